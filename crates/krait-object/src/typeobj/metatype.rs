//! The type `type`: calling a class, its attributes as an object, life and death of heap types. CPython:
//! `Objects/typeobject.c` (`PyType_Type`). Creation is in `create`, the computed attributes in `attributes`.

use super::{HeapTypeObject, TypeObject, attributes, base, create, flags, mro, slotdefs};
use crate::defs::{MemberDef, MethodDef, member};
use crate::descriptors::mappingproxy;
use crate::errors::{attribute_error, type_error};
use crate::exceptions::raise_attribute_error;
use crate::object::Object;
use crate::protocol::call::with_first;
use crate::protocol::object::{default_is_instance, default_is_subclass};
use crate::reference::Ref;
use crate::result::{Raised, Result, unit_result};
use crate::slots::NumberMethods;
use crate::str::Str;
use crate::tuple::Tuple;
use crate::{Dict, List, alloc, errors, gc, id, weakref};
use core::ffi::c_int;
use core::mem::offset_of;
use core::ptr::NonNull;
use krait_macros::pyfn;

static METHODS: &[MethodDef] = &[
    mro_method::DEF,
    subclasses::DEF,
    prepare::DEF,
    instancecheck::DEF,
    subclasscheck::DEF,
    dir::DEF,
    sizeof::DEF,
    MethodDef::SENTINEL,
];

static MEMBERS: &[MemberDef] = &[
    MemberDef::new(
        c"__basicsize__",
        member::T_PYSSIZET,
        offset_of!(TypeObject, tp_basicsize),
        member::READONLY,
    ),
    MemberDef::new(
        c"__itemsize__",
        member::T_PYSSIZET,
        offset_of!(TypeObject, tp_itemsize),
        member::READONLY,
    ),
    MemberDef::new(c"__flags__", member::T_ULONG, offset_of!(TypeObject, tp_flags), member::READONLY),
    MemberDef::new(
        c"__weakrefoffset__",
        member::T_PYSSIZET,
        offset_of!(TypeObject, tp_weaklistoffset),
        member::READONLY,
    ),
    MemberDef::new(c"__base__", member::T_OBJECT, offset_of!(TypeObject, tp_base), member::READONLY),
    MemberDef::new(
        c"__dictoffset__",
        member::T_PYSSIZET,
        offset_of!(TypeObject, tp_dictoffset),
        member::READONLY,
    ),
    MemberDef::SENTINEL,
];

static NUMBER: NumberMethods = NumberMethods::EMPTY.nb_or(crate::union::type_or);

/// The type `type`.
#[unsafe(no_mangle)]
pub static PyType_Type: TypeObject = TypeObject::of::<HeapTypeObject>(c"type")
    .itemsize(size_of::<MemberDef>())
    .flags(flags::HAVE_GC | flags::BASETYPE | flags::TYPE_SUBCLASS | flags::ITEMS_AT_END)
    .vectorcall_offset(offset_of!(TypeObject, tp_vectorcall))
    .doc(c"type(object) -> the object's type\ntype(name, bases, dict, **kwds) -> a new type")
    .as_number(&NUMBER)
    .tp_dealloc(dealloc)
    .tp_repr(repr)
    .tp_call(type_call)
    .tp_getattro(type_getattro)
    .tp_setattro(type_setattro)
    .tp_traverse(traverse)
    .tp_clear(clear)
    .weaklist_offset(offset_of!(TypeObject, tp_weaklist))
    .methods(METHODS)
    .members(MEMBERS)
    .getset(attributes::GETSET)
    .dict_offset(offset_of!(TypeObject, tp_dict))
    .tp_init(init)
    .tp_new(create::type_new)
    .tp_is_gc(is_gc)
    .tp_vectorcall(type_vectorcall);

/// `cls(*args, **kwargs)`: makes an instance by `tp_new` and, if it is one of the class, initialises it by `tp_init`.
#[inline(never)]
pub extern "C" fn type_call(callable: &Object, args: &Tuple, kwargs: Option<&Object>) -> Result {
    let ty = callable.expect::<TypeObject>();
    if core::ptr::eq(ty, &raw const PyType_Type) {
        let has_kwargs = kwargs.and_then(|k| k.downcast::<Dict>()).is_some_and(|d| !d.is_empty());
        match args.len() {
            1 if !has_kwargs => return Ok(args.as_slice()[0].ty().to_ref()),
            3 => {}
            _ => return Err(type_error("type() takes 1 or 3 arguments")),
        }
    }
    let Some(new) = ty.tp_new.get() else {
        return Err(type_error(format!("cannot create '{}' instances", ty.name())));
    };
    let object = crate::protocol::call::check_result(callable, new(ty, args, kwargs))?;
    if !object.is_instance_of(ty) {
        return Ok(object);
    }
    if let Some(init) = object.ty().tp_init.get() {
        if init(&object, args, kwargs) < 0 {
            return Err(Raised);
        }
    }
    Ok(object)
}

/// `type(x)` without making a tuple.
unsafe extern "C" fn type_vectorcall(
    callable: *mut Object,
    args: *const *mut Object,
    nargsf: usize,
    kwnames: *mut Object,
) -> Result {
    let nargs = crate::cfunction::vectorcall_nargs(nargsf);
    // SAFETY: the vectorcall protocol.
    unsafe {
        let kwnames = kwnames.as_ref().map(|k| k.expect::<Tuple>()).filter(|k| !k.is_empty());
        if nargs == 1 && core::ptr::eq(callable, PyType_Type.as_ptr()) {
            if kwnames.is_some() {
                return Err(type_error("type() takes no keyword arguments"));
            }
            return Ok((**args).ty().to_ref());
        }
        let total = nargs + kwnames.map_or(0, Tuple::len);
        let all: &[&Object] = if total == 0 { &[] } else { core::slice::from_raw_parts(args.cast(), total) };
        let tuple = Tuple::from_slice(&all[..nargs]);
        let kwargs = match kwnames {
            Some(names) => Some(crate::protocol::call::keywords_as_dict(names, &all[nargs..])?),
            None => None,
        };
        type_call(&*callable, &tuple, kwargs.as_deref().map(|d| &**d))
    }
}

/// Calls a class with a plain `__new__` and a Python `__init__` without packing the arguments; `None` when the class is
/// not of that kind.
#[inline]
pub fn call_fast(ty: &TypeObject, args: &[&Object], kwnames: Option<&Tuple>) -> Option<Result> {
    let plain = base::is_object_new(ty.tp_new.get())
        && slotdefs::is_generic_init(ty.tp_init.get())
        && ty.ty().tp_call.get().is_some_and(|c| c as *const () == type_call as *const ());
    plain.then(|| {
        let object = base::new_instance(ty)?;
        let (init, unbound) = match object.lookup_special_method(id!("__init__"))? {
            Some(found) => found,
            None => {
                return Err(errors::raise_with(&crate::exceptions::PyExc_AttributeError, &[id!("__init__")]));
            }
        };
        let result = if unbound {
            with_first(&object, args, |all| init.vectorcall(all, kwnames))?
        } else {
            init.vectorcall(args, kwnames)?
        };
        super::slot_functions::check_init_result(&result)?;
        Ok(object)
    })
}

/// Attribute of a class: data descriptor of the metatype, attribute of the class or its bases, other attribute of the
/// metatype.
#[inline(never)]
pub extern "C" fn type_getattro(object: &Object, name: &Object) -> Result {
    let ty = object.expect::<TypeObject>();
    let Some(name) = name.downcast::<Str>() else {
        return Err(type_error(format!("attribute name must be string, not '{}'", name.type_name())));
    };
    match find_attr(ty, name)? {
        Some(found) => Ok(found),
        None => Err(no_attribute(ty, name)),
    }
}

/// As [`type_getattro`], `None` for AttributeError.
pub fn get_attr_opt(ty: &TypeObject, name: &Str) -> Result<Option<Ref<Object>>> {
    match find_attr(ty, name) {
        Ok(found) => Ok(found),
        Err(raised) => errors::clear_if(raised, &crate::exceptions::PyExc_AttributeError).map(|()| None),
    }
}

fn find_attr(ty: &TypeObject, name: &Str) -> Result<Option<Ref<Object>>> {
    let metatype = ty.ty();
    let meta = metatype.lookup(name);
    if let Some(meta) = &meta {
        let descr = meta.ty();
        if let (Some(get), Some(_)) = (descr.tp_descr_get.get(), descr.tp_descr_set.get()) {
            return get(meta, Some(ty), Some(metatype)).map(Some);
        }
    }
    if let Some(own) = ty.lookup(name) {
        return match own.ty().tp_descr_get.get() {
            Some(get) => get(&own, None, Some(ty)).map(Some),
            None => Ok(Some(own)),
        };
    }
    let Some(meta) = meta else { return Ok(None) };
    match meta.ty().tp_descr_get.get() {
        Some(get) => get(&meta, Some(ty), Some(metatype)).map(Some),
        None => Ok(Some(meta)),
    }
}

#[cold]
fn no_attribute(ty: &TypeObject, name: &Str) -> Raised {
    raise_attribute_error(&format!("type object '{}' has no attribute '{name}'", ty.name()), ty, name)
}

/// Attribute assignment on a class keeps caches and slots in step.
#[inline(never)]
pub extern "C" fn type_setattro(object: &Object, name: &Object, value: Option<&Object>) -> c_int {
    let ty = object.expect::<TypeObject>();
    unit_result(match name.downcast::<Str>() {
        Some(name) => set_attr(ty, name, value),
        None => Err(type_error(format!("attribute name must be string, not '{}'", name.type_name()))),
    })
}

fn set_attr(ty: &TypeObject, name: &Str, value: Option<&Object>) -> Result<()> {
    if ty.has_flag(flags::IMMUTABLETYPE) {
        return Err(type_error(format!("cannot set '{name}' attribute of immutable type '{}'", ty.name())));
    }
    let name = crate::str::intern::intern(Ref::from_borrowed(name));
    if let Some(descr) = ty.ty().lookup(&name) {
        if let Some(set) = descr.ty().tp_descr_set.get() {
            return if set(&descr, ty, value) < 0 { Err(Raised) } else { Ok(()) };
        }
    }
    let Some(dict) = ty.dict() else { return Err(no_attribute(ty, &name)) };
    ty.modified();
    // The old value dies after the dict has the new one and the slots follow it.
    let _old = dict.get_str(&name);
    match value {
        Some(value) => dict.set_str(&name, value)?,
        None if dict.remove(&name)? => {}
        None => return Err(no_attribute(ty, &name)),
    }
    ty.modified();
    if is_dunder(&name) {
        slotdefs::update(ty, &name);
    }
    Ok(())
}

fn is_dunder(name: &Str) -> bool {
    name.as_ascii().is_some_and(|n| n.len() > 4 && n.starts_with("__") && n.ends_with("__"))
}

extern "C" fn repr(object: &Object) -> Result {
    let ty = object.expect::<TypeObject>();
    let module = attributes::module_of(ty)?;
    let text = match module.as_ref().and_then(|m| m.downcast::<Str>()).filter(|m| !m.eq_str("builtins")) {
        Some(module) => format!("<class '{module}.{}'>", attributes::qualname_of(ty)),
        None => format!("<class '{}'>", attributes::name_for_repr(ty)),
    };
    Ok(Str::new(&text).into_object())
}

extern "C" fn init(_object: &Object, args: &Tuple, kwargs: Option<&Object>) -> c_int {
    let has_kwargs = kwargs.and_then(|k| k.downcast::<Dict>()).is_some_and(|d| !d.is_empty());
    unit_result(match args.len() {
        1 if has_kwargs => Err(type_error("type.__init__() takes no keyword arguments")),
        1 | 3 => Ok(()),
        _ => Err(type_error("type.__init__() takes 1 or 3 arguments")),
    })
}

extern "C" fn is_gc(object: &Object) -> c_int {
    c_int::from(object.expect::<TypeObject>().is_heap_type())
}

crate::traverse!(traverse, TypeObject, |this, v| {
    if let Some(heap) = this.as_heap() {
        for field in [&this.tp_dict, &this.tp_cache, &this.tp_mro, &this.tp_bases] {
            // SAFETY: null or an object that the type owns; visitors run no Python code.
            if let Some(object) = unsafe { field.get().as_ref() } {
                v.visit(object)?;
            }
        }
        if let Some(base) = this.base_type() {
            v.visit(base)?;
        }
        v.slot(&heap.ht_module)?;
    }
});

unsafe extern "C" fn clear(object: *mut Object) -> c_int {
    // SAFETY: called by the collector with a live heap type.
    let ty = unsafe { &*object }.expect::<TypeObject>();
    let Some(heap) = ty.as_heap() else { return 0 };
    ty.modified();
    if let Some(dict) = ty.dict() {
        dict.clear();
    }
    heap.ht_module.take();
    drop_field(&ty.tp_mro);
    0
}

/// Empties an owned nullable field.
fn drop_field<T>(field: &core::cell::Cell<*mut T>) {
    if let Some(old) = NonNull::new(field.replace(core::ptr::null_mut())) {
        // SAFETY: the field owned one reference, which is given back once.
        unsafe { Object::decref(old.cast()) };
    }
}

unsafe extern "C" fn dealloc(object: *mut Object) {
    // SAFETY: a dead heap type; its fields are given back once.
    unsafe {
        let ty = (*object).expect::<TypeObject>();
        gc::untrack(ty);
        let saved = errors::take();
        if !ty.tp_weaklist.get().is_null() {
            weakref::clear_refs(ty);
        }
        ty.modified();
        for base in ty.bases().as_slice() {
            base.expect::<TypeObject>().remove_subclass(ty);
        }
        if let Some(state) = crate::thread::try_current() {
            state.current_exception.set(saved);
        }
        ty.free_subclasses();
        let base = ty.tp_base.replace(core::ptr::null());
        if let Some(base) = NonNull::new(base.cast_mut()) {
            Object::decref(base.cast());
        }
        for field in [&ty.tp_dict, &ty.tp_bases, &ty.tp_mro, &ty.tp_cache] {
            drop_field(field);
        }
        alloc::free(ty.tp_doc.replace(core::ptr::null()).cast_mut().cast());
        if let Some(heap) = ty.as_heap() {
            heap.ht_name.take();
            heap.ht_qualname.take();
            heap.ht_slots.take();
            heap.ht_module.take();
            crate::dict::instance::free_class(ty);
            alloc::free(heap.ht_tpname.replace(core::ptr::null_mut()).cast());
        }
        match ty.ty().tp_free.get() {
            Some(free) => free(object.cast()),
            None => alloc::free_object(object),
        }
    }
}

/// Return a type's method resolution order.
#[pyfn("mro($self, /)")]
fn mro_method(ty: &TypeObject) -> Result<Ref<List>> {
    Ok(List::from_vec(mro::linearize(ty)?))
}

/// Return a list of immediate subclasses.
#[pyfn("__subclasses__($self, /)")]
fn subclasses(ty: &TypeObject) -> Ref<List> {
    List::from_vec(ty.subclasses().into_iter().map(Ref::into_object).collect())
}

/// Create the namespace for the class statement
#[pyfn("__prepare__($cls, name, bases, /, **kwds)", class, raw)]
fn prepare(_class: &Object, _args: &[&Object], _kwnames: Option<&Tuple>) -> Ref<Dict> {
    Dict::new()
}

/// Check if an object is an instance.
#[pyfn("__instancecheck__($self, instance, /)")]
fn instancecheck(ty: &TypeObject, instance: &Object) -> Result<bool> {
    default_is_instance(instance, ty)
}

/// Check if a class is a subclass.
#[pyfn("__subclasscheck__($self, subclass, /)")]
fn subclasscheck(ty: &TypeObject, subclass: &Object) -> Result<bool> {
    default_is_subclass(subclass, ty)
}

/// Specialized __dir__ implementation for types.
#[pyfn("__dir__($self, /)")]
fn dir(ty: &TypeObject) -> Result<Ref<List>> {
    let names = Dict::new();
    base::merge_class(&names, ty)?;
    Ok(List::from_vec(names.keys()))
}

/// Return memory consumption of the type object.
#[pyfn("__sizeof__($self, /)")]
fn sizeof(ty: &TypeObject) -> usize {
    if ty.is_heap_type() { size_of::<HeapTypeObject>() } else { size_of::<TypeObject>() }
}

/// The read-only view of a class' dict, `cls.__dict__`.
pub(super) fn dict_proxy(ty: &TypeObject) -> Result {
    match ty.dict() {
        Some(dict) => Ok(mappingproxy::MappingProxy::of(dict).into_object()),
        None => Err(attribute_error("__dict__")),
    }
}
