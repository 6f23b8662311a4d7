//! The type `object`. CPython: `Objects/typeobject.c` (`PyBaseObject_Type`). Pickling is in `reduce`, `__class__` in
//! `class_assign`.

use super::{TypeObject, class_assign, flags, reduce};
use crate::defs::{GetSetDef, MethodDef};
use crate::errors::type_error;
use crate::object::{Object, VarObject, bool_object, none, not_implemented};
use crate::protocol::object::{generic_getattro, generic_hash, generic_setattro};
use crate::reference::Ref;
use crate::result::{Raised, Result, len_result, unit_result};
use crate::slots::{CompareOp, InitFn, NewFn};
use crate::str::Str;
use crate::tuple::Tuple;
use crate::{Dict, List, alloc, gc, id};
use core::ffi::c_int;
use krait_macros::pyfn;

static METHODS: &[MethodDef] = &[
    reduce::reduce_ex::DEF,
    reduce::reduce_method::DEF,
    reduce::getstate::DEF,
    subclasshook::DEF,
    init_subclass::DEF,
    format::DEF,
    sizeof::DEF,
    dir::DEF,
    MethodDef::SENTINEL,
];

static GETSET: &[GetSetDef] = &[
    GetSetDef::getset(c"__class__", class_assign::get_class, class_assign::set_class)
        .doc(c"the object's class"),
    GetSetDef::SENTINEL,
];

/// The type `object`.
#[unsafe(no_mangle)]
pub static PyBaseObject_Type: TypeObject = TypeObject::of::<Object>(c"object")
    .flags(flags::BASETYPE)
    .doc(
        c"object()\n--\n\nThe base class of the class hierarchy.\n\nWhen called, it accepts no arguments and returns a new featureless\ninstance that has no instance attributes and cannot be given any.\n",
    )
    .tp_dealloc(dealloc)
    .tp_repr(object_repr)
    .tp_hash(generic_hash)
    .tp_str(object_str)
    .tp_getattro(generic_getattro)
    .tp_setattro(generic_setattro)
    .tp_richcompare(object_richcompare)
    .methods(METHODS)
    .getset(GETSET)
    .tp_init(object_init)
    .tp_alloc(generic_alloc)
    .tp_new(object_new)
    .tp_free(alloc::tp_free);

unsafe extern "C" fn dealloc(object: *mut Object) {
    // SAFETY: a dead instance; `tp_free` gives its memory back.
    unsafe {
        match (*object).ty().tp_free.get() {
            Some(free) => free(object.cast()),
            None => alloc::free_object(object),
        }
    }
}

/// `PyType_GenericAlloc`: a zeroed instance with room for `items` items and a final empty one, tracked by the collector
/// if its type is collected.
#[inline(never)]
pub extern "C" fn generic_alloc(ty: &TypeObject, items: isize) -> Result {
    let itemsize = ty.tp_itemsize.get();
    let extra = if itemsize == 0 {
        0
    } else {
        let bytes = usize::try_from(items)
            .ok()
            .and_then(|n| n.checked_add(1))
            .and_then(|n| n.checked_mul(itemsize as usize));
        match bytes.filter(|&b| b < isize::MAX as usize / 2) {
            Some(bytes) => bytes.next_multiple_of(size_of::<usize>()),
            None => return Err(crate::errors::memory_error()),
        }
    };
    let object = alloc::alloc_instance(ty, extra)?;
    if itemsize != 0 {
        // SAFETY: instances of types with items begin with a `VarObject`.
        unsafe { (*object.as_raw().cast::<VarObject>()).ob_size.set(items) };
    }
    if ty.is_gc_type() {
        gc::track(&object);
    }
    Ok(object)
}

/// Is it `object`'s own `tp_new`?
pub fn is_object_new(new: Option<NewFn>) -> bool {
    new.is_some_and(|f| f as *const () == object_new as *const ())
}

/// Is it `object`'s own `tp_init`?
pub fn is_object_init(init: Option<InitFn>) -> bool {
    init.is_some_and(|f| f as *const () == object_init as *const ())
}

fn has_arguments(args: &Tuple, kwargs: Option<&Object>) -> bool {
    !args.is_empty() || kwargs.and_then(|k| k.downcast::<Dict>()).is_some_and(|d| !d.is_empty())
}

/// `object.__new__`. Arguments are an error unless exactly one of `__new__` and `__init__` is overridden.
#[inline(never)]
pub extern "C" fn object_new(ty: &TypeObject, args: &Tuple, kwargs: Option<&Object>) -> Result {
    if has_arguments(args, kwargs) {
        if !is_object_new(ty.tp_new.get()) {
            return Err(type_error("object.__new__() takes exactly one argument (the type to instantiate)"));
        }
        if is_object_init(ty.tp_init.get()) {
            return Err(type_error(format!("{}() takes no arguments", ty.name())));
        }
    }
    new_instance(ty)
}

/// A new instance of a type whose `tp_new` is `object`'s.
#[inline]
pub fn new_instance(ty: &TypeObject) -> Result {
    if ty.has_flag(flags::IS_ABSTRACT) {
        return Err(abstract_error(ty));
    }
    match ty.tp_alloc.get() {
        Some(alloc) => alloc(ty, 0),
        None => generic_alloc(ty, 0),
    }
}

#[cold]
fn abstract_error(ty: &TypeObject) -> Raised {
    let names = || -> Result<Vec<String>> {
        let methods = ty.get_attr(id!("__abstractmethods__"))?.to_list()?;
        methods.sort()?;
        Ok(methods
            .to_vec()
            .iter()
            .map(|m| m.downcast::<Str>().map_or("?".into(), Str::to_string_lossy))
            .collect())
    };
    match names() {
        Ok(names) => type_error(format!(
            "Can't instantiate abstract class {} without an implementation for abstract method{} '{}'",
            ty.name(),
            if names.len() == 1 { "" } else { "s" },
            names.join("', '")
        )),
        Err(raised) => raised,
    }
}

/// `object.__init__`.
#[inline(never)]
pub extern "C" fn object_init(object: &Object, args: &Tuple, kwargs: Option<&Object>) -> c_int {
    let check = || -> Result<()> {
        if !has_arguments(args, kwargs) {
            return Ok(());
        }
        let ty = object.ty();
        if !is_object_init(ty.tp_init.get()) {
            return Err(type_error(
                "object.__init__() takes exactly one argument (the instance to initialize)",
            ));
        }
        if is_object_new(ty.tp_new.get()) {
            return Err(type_error(format!(
                "{}.__init__() takes exactly one argument (the instance to initialize)",
                ty.name()
            )));
        }
        Ok(())
    };
    unit_result(check())
}

/// `object.__repr__`.
pub extern "C" fn object_repr(object: &Object) -> Result {
    let ty = object.ty();
    let module = super::attributes::module_of(ty)?;
    let text = match module.as_ref().and_then(|m| m.downcast::<Str>()).filter(|m| !m.eq_str("builtins")) {
        Some(module) => format!("<{module}.{} object at {object:p}>", super::attributes::qualname_of(ty)),
        None => format!("<{} object at {object:p}>", ty.name()),
    };
    Ok(Str::new(&text).into_object())
}

/// `object.__str__`: the repr.
pub extern "C" fn object_str(object: &Object) -> Result {
    match object.ty().tp_repr.get() {
        Some(repr) => repr(object),
        None => object_repr(object),
    }
}

/// `object.__eq__` is identity; `__ne__` inverts the type's `__eq__`.
pub extern "C" fn object_richcompare(object: &Object, other: &Object, op: c_int) -> Result {
    match CompareOp::from_int(op) {
        CompareOp::Eq if object.is(other) => Ok(bool_object(true).to_ref()),
        CompareOp::Ne => {
            let Some(compare) = object.ty().tp_richcompare.get() else {
                return Ok(not_implemented().to_ref());
            };
            let equal = compare(object, other, CompareOp::Eq as c_int)?;
            if equal.is(not_implemented()) {
                return Ok(equal);
            }
            Ok(bool_object(!equal.is_true()?).to_ref())
        }
        _ => Ok(not_implemented().to_ref()),
    }
}

/// `tp_hash` of types that are not hashable (`PyObject_HashNotImplemented`).
#[inline(never)]
pub extern "C" fn hash_not_implemented(object: &Object) -> isize {
    len_result(Err(unhashable(object)))
}

/// Raises "unhashable type".
#[cold]
pub fn unhashable(object: &Object) -> Raised {
    type_error(format!("unhashable type: '{}'", object.type_name()))
}

/// Abstract classes can override this to customize issubclass().
///
/// This is invoked early on by abc.ABCMeta.__subclasscheck__().
/// It should return True, False or NotImplemented.  If it returns
/// NotImplemented, the normal algorithm is used.  Otherwise, it
/// overrides the normal algorithm (and the outcome is cached).
#[pyfn("__subclasshook__($type, object, /)", class)]
fn subclasshook(_ty: &TypeObject, _object: &Object) -> Ref<Object> {
    not_implemented().to_ref()
}

/// This method is called when a class is subclassed.
///
/// The default implementation does nothing. It may be
/// overridden to extend subclasses.
#[pyfn("__init_subclass__($type, /)", class)]
fn init_subclass(_ty: &TypeObject) -> Ref<Object> {
    none().to_ref()
}

/// Default object formatter.
///
/// Return str(self) if format_spec is empty. Raise TypeError otherwise.
#[pyfn("__format__($self, format_spec, /)")]
fn format(object: &Object, format_spec: &Str) -> Result<Ref<Str>> {
    if !format_spec.is_empty() {
        return Err(type_error(format!(
            "unsupported format string passed to {}.__format__",
            object.type_name()
        )));
    }
    object.str()
}

/// Size of object in memory, in bytes.
#[pyfn("__sizeof__($self, /)")]
fn sizeof(object: &Object) -> isize {
    let ty = object.ty();
    let items = match ty.tp_itemsize.get() {
        0 => 0,
        // SAFETY: instances of types with items begin with a `VarObject`.
        size => size * unsafe { (*object.as_ptr().cast::<VarObject>()).ob_size.get() },
    };
    ty.tp_basicsize.get() + items
}

/// Default dir() implementation.
#[pyfn("__dir__($self, /)")]
fn dir(object: &Object) -> Result<Ref<List>> {
    let names = match object.get_attr_opt(id!("__dict__"))? {
        Some(dict) => match dict.downcast::<Dict>() {
            Some(dict) => dict.copy()?,
            None => Dict::new(),
        },
        None => Dict::new(),
    };
    if let Some(class) = object.get_attr_opt(id!("__class__"))? {
        merge_class(&names, &class)?;
    }
    Ok(List::from_vec(names.keys()))
}

/// Adds the names of a class and its bases.
pub(crate) fn merge_class(names: &Dict, class: &Object) -> Result<()> {
    if let Some(dict) = class.get_attr_opt(id!("__dict__"))? {
        names.merge(&dict, true)?;
    }
    crate::thread::check_recursion(" in __dir__")?;
    if let Some(bases) = class.get_attr_opt(id!("__bases__"))? {
        for base in bases.to_tuple()?.as_slice() {
            merge_class(names, base)?;
        }
    }
    Ok(())
}

/// `PyType_GenericNew`: an instance with all fields empty, whatever the arguments.
pub extern "C" fn generic_new(ty: &TypeObject, _args: &Tuple, _kwargs: Option<&Object>) -> Result {
    match ty.tp_alloc.get() {
        Some(alloc) => alloc(ty, 0),
        None => generic_alloc(ty, 0),
    }
}
