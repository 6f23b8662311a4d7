//! Making a type usable: base, MRO, `tp_dict`, inherited slots. CPython: `Objects/typeobject.c` (`PyType_Ready`).
//!
//! Static types keep the suites of their base when they have none of their own; heap types always have their own.

use super::{PyBaseObject_Type, TypeObject, flags, inherit, mro, slotdefs};
use crate::cfunction::CFunction;
use crate::defs::{MethodDef, MethodPtr, meth};
use crate::descriptors;
use crate::errors::{system_error, type_error};
use crate::object::{Object, none};
use crate::reference::Ref;
use crate::result::Result;
use crate::str::Str;
use crate::str::intern::intern_str;
use crate::tuple::Tuple;
use crate::{Dict, id};
use core::ffi::{CStr, c_char};

/// Makes a type ready; its bases first (`PyType_Ready`).
pub fn ready(ty: &TypeObject) -> Result<()> {
    if ty.has_flag(flags::READY) {
        return Ok(());
    }
    if ty.has_flag(flags::READYING) {
        return Err(system_error(format!("type '{}' is its own base", ty.name())));
    }
    ty.set_flag(flags::READYING);
    if !ty.is_heap_type() {
        // Static types of extension modules too are never changed and never die.
        ty.set_flag(flags::IMMUTABLETYPE);
        if !ty.is_immortal() {
            ty.make_immortal();
        }
    }
    let result = ready_steps(ty);
    ty.clear_flag(flags::READYING);
    if result.is_ok() {
        ty.set_flag(flags::READY);
    }
    result
}

fn ready_steps(ty: &TypeObject) -> Result<()> {
    if ty.tp_dict.get().is_null() {
        ty.tp_dict.set(Dict::new().into_object().into_raw());
    }
    set_base(ty)?;
    set_new(ty)?;
    fill_dict(ty)?;
    mro::update(ty)?;
    inherit::all(ty)?;
    set_hash(ty)?;
    for base in ty.bases().as_slice() {
        base.expect::<TypeObject>().add_subclass(ty);
    }
    check(ty)
}

/// Fills in `tp_base`, `tp_bases` and a missing metatype.
fn set_base(ty: &TypeObject) -> Result<()> {
    let is_object = core::ptr::eq(ty, &raw const PyBaseObject_Type);
    if ty.tp_base.get().is_null() && !is_object {
        ty.tp_base.set(&raw const PyBaseObject_Type);
    }
    if let Some(base) = ty.base_type() {
        ready(base)?;
        if ty.type_ptr().is_null() {
            ty.set_type_ptr(base.type_ptr());
        }
    }
    if ty.tp_bases.get().is_null() {
        let bases = match ty.base_type() {
            Some(base) => Tuple::from_slice(&[base]),
            None => Ref::from_borrowed(Tuple::empty()),
        };
        ty.tp_bases.set(bases.into_object().into_raw());
    }
    if !ty.is_heap_type() {
        for base in ty.bases().as_slice() {
            let base = base.expect::<TypeObject>();
            if base.is_heap_type() {
                return Err(type_error(format!(
                    "type '{}' is not dynamically allocated but its base type '{}' is dynamically allocated",
                    ty.name(),
                    base.name()
                )));
            }
        }
    }
    Ok(())
}

/// `tp_new` and its face `__new__`.
fn set_new(ty: &TypeObject) -> Result<()> {
    let Some(base) = ty.base_type() else { return add_new_wrapper(ty) };
    let own = ty.tp_new.get().is_some();
    if !own && core::ptr::eq(base, &raw const PyBaseObject_Type) && !ty.is_heap_type() {
        ty.set_flag(flags::DISALLOW_INSTANTIATION);
    }
    if ty.has_flag(flags::DISALLOW_INSTANTIATION) {
        ty.tp_new.set(None);
        return Ok(());
    }
    if own {
        return add_new_wrapper(ty);
    }
    ty.tp_new.set(base.tp_new.get());
    Ok(())
}

static NEW_DEF: MethodDef = MethodDef::new(
    c"__new__",
    MethodPtr { keywords: new_wrapper },
    meth::VARARGS | meth::KEYWORDS,
    c"__new__($type, *args, **kwargs)\n--\n\nCreate and return a new object.  See help(type) for accurate signature.",
);

fn add_new_wrapper(ty: &TypeObject) -> Result<()> {
    let Some(dict) = ty.dict() else { return Ok(()) };
    if dict.get_str(id!("__new__")).is_some() {
        return Ok(());
    }
    let function = CFunction::new(&NEW_DEF, Some(ty), None, None)?;
    dict.set_str(id!("__new__"), &function)
}

/// Is it the `__new__` that stands for a native `tp_new`?
pub(crate) fn is_new_wrapper(object: &Object) -> bool {
    object.downcast_exact::<CFunction>().is_some_and(|f| core::ptr::eq(f.def(), &raw const NEW_DEF))
}

/// `T.__new__(S, ...)` for a native `T`: the checks that keep `object.__new__(dict)` from making a half-initialised
/// dict (`tp_new_wrapper`).
extern "C" fn new_wrapper(receiver: &Object, args: &Tuple, kwargs: Option<&Object>) -> Result {
    let Some(ty) = receiver.downcast::<TypeObject>() else {
        return Err(system_error("__new__() called with non-type 'self'"));
    };
    let Some(first) = args.get(0) else {
        return Err(type_error(format!("{}.__new__(): not enough arguments", ty.name())));
    };
    let Some(subtype) = first.downcast::<TypeObject>() else {
        return Err(type_error(format!(
            "{}.__new__(X): X is not a type object ({})",
            ty.name(),
            first.type_name()
        )));
    };
    if !subtype.is_subtype_of(ty) {
        return Err(type_error(format!(
            "{0}.__new__({1}): {1} is not a subtype of {0}",
            ty.name(),
            subtype.name()
        )));
    }
    // The most derived native base decides how instances are made.
    let mut native = Some(subtype);
    while let Some(base) = native.filter(|t| slotdefs::is_generic_new(t.tp_new.get())) {
        native = base.base_type();
    }
    let own_new = ty.tp_new.get();
    if let Some(native) = native {
        if slotdefs::address(&native.tp_new) != slotdefs::address(&ty.tp_new) {
            return Err(type_error(format!(
                "{}.__new__({}) is not safe, use {}.__new__()",
                ty.name(),
                subtype.name(),
                native.name()
            )));
        }
    }
    let Some(new) = own_new else {
        return Err(type_error(format!("cannot create '{}' instances", subtype.name())));
    };
    let rest = Tuple::from_exact_iter(args.len() - 1, args.as_slice()[1..].iter().cloned());
    new(subtype, &rest, kwargs)
}

/// Slot wrappers, methods, members, attributes and `__doc__`.
fn fill_dict(ty: &TypeObject) -> Result<()> {
    slotdefs::add_operators(ty)?;
    let Some(dict) = ty.dict() else { return Ok(()) };
    // A table that is the base's own (types that only differ in name share it) has been read there.
    let base = ty.base_type();
    let new_members = base.is_none_or(|b| b.tp_members.get() != ty.tp_members.get());
    let new_getset = base.is_none_or(|b| b.tp_getset.get() != ty.tp_getset.get());
    if base.is_none_or(|b| b.tp_methods.get() != ty.tp_methods.get()) {
        add_methods(ty, dict)?;
    }
    // SAFETY: the tables end in sentinels and live as long as the type.
    unsafe {
        for def in entries(ty.tp_members.get(), |d| d.name).take_while(|_| new_members) {
            let descr = descriptors::member::new(ty, def);
            set_default(dict, intern_str(text(def.name)), &descr)?;
        }
        for def in entries(ty.tp_getset.get(), |d| d.name).take_while(|_| new_getset) {
            let descr = descriptors::getset::new(ty, def);
            set_default(dict, intern_str(text(def.name)), &descr)?;
        }
    }
    set_doc(ty, dict)
}

fn add_methods(ty: &TypeObject, dict: &Dict) -> Result<()> {
    // SAFETY: the table ends in a sentinel and lives as long as the type.
    for def in unsafe { entries(ty.tp_methods.get(), |d| d.ml_name) } {
        let descr = method_object(ty, def)?;
        let name = intern_str(def.name());
        if def.ml_flags & meth::COEXIST != 0 {
            dict.set_str(name, &descr)?;
        } else {
            set_default(dict, name, &descr)?;
        }
    }
    Ok(())
}

/// The object that a method table's entry becomes in the type's dict.
pub(crate) fn method_object(ty: &TypeObject, def: &'static MethodDef) -> Result {
    if def.ml_flags & meth::CLASS != 0 {
        if def.ml_flags & meth::STATIC != 0 {
            return Err(crate::errors::value_error("method cannot be both class and static"));
        }
        return Ok(descriptors::method::new_class(ty, def)?.into_object());
    }
    if def.ml_flags & meth::STATIC != 0 {
        let function = CFunction::new(def, Some(ty), None, None)?;
        return Ok(crate::classmethod::StaticMethod::new(&function).into_object());
    }
    Ok(descriptors::method::new(ty, def)?.into_object())
}

fn set_default(dict: &Dict, name: &'static Str, value: &Object) -> Result<()> {
    if dict.get_str(name).is_some() { Ok(()) } else { dict.set_str(name, value) }
}

/// The entries of a C table that ends where `name` is null.
///
/// # Safety
/// The table is null or ends in a sentinel, and lives for ever (or as long as the type that is made ready).
unsafe fn entries<T: 'static>(
    table: *const T,
    name: fn(&T) -> *const c_char,
) -> impl Iterator<Item = &'static T> {
    let mut at = table;
    core::iter::from_fn(move || {
        // SAFETY: the caller's promise; the walk stops at the sentinel.
        let entry = unsafe { at.as_ref() }?;
        if name(entry).is_null() {
            return None;
        }
        at = at.wrapping_add(1);
        Some(entry)
    })
}

/// # Safety
/// `ptr` is a NUL-terminated string that outlives the result's use.
unsafe fn text<'a>(ptr: *const c_char) -> &'a str {
    // SAFETY: the caller's promise.
    unsafe { CStr::from_ptr(ptr) }.to_str().unwrap_or("?")
}

fn set_doc(ty: &TypeObject, dict: &Dict) -> Result<()> {
    if dict.get_str(id!("__doc__")).is_some() {
        return Ok(());
    }
    let doc = ty.raw_doc().map(|doc| crate::cfunction::split_doc(ty.name(), doc).1);
    match doc {
        Some(doc) => dict.set_str(id!("__doc__"), &Str::new(doc)),
        None => dict.set_str(id!("__doc__"), none()),
    }
}

impl TypeObject {
    /// `tp_doc` with its signature line.
    pub(crate) fn raw_doc(&self) -> Option<&str> {
        let doc = self.tp_doc.get();
        // SAFETY: null or a NUL-terminated string that lives as long as the type.
        if doc.is_null() { None } else { unsafe { CStr::from_ptr(doc) }.to_str().ok() }
    }
}

/// A type without hash function says so in its dict.
fn set_hash(ty: &TypeObject) -> Result<()> {
    if ty.tp_hash.get().is_some() {
        return Ok(());
    }
    let Some(dict) = ty.dict() else { return Ok(()) };
    if dict.get_str(id!("__hash__")).is_some() {
        return Ok(());
    }
    dict.set_str(id!("__hash__"), none())?;
    ty.tp_hash.set(Some(super::base::hash_not_implemented));
    Ok(())
}

fn check(ty: &TypeObject) -> Result<()> {
    if ty.is_gc_type() && ty.tp_traverse.get().is_none() {
        return Err(system_error(format!(
            "type {} has the Py_TPFLAGS_HAVE_GC flag but has no traverse function",
            ty.name()
        )));
    }
    if ty.has_flag(flags::PREHEADER) && !ty.is_gc_type() {
        return Err(system_error(format!(
            "type {} has a managed dict or weak reference list but no Py_TPFLAGS_HAVE_GC flag",
            ty.name()
        )));
    }
    Ok(())
}
