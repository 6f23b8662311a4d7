//! Exception types with a few attributes of their own.

use super::base::{self, BaseException, alloc_exception, init_args};
use crate::defs::{MemberDef, MethodDef, member};
use crate::errors::type_error;
use crate::object::{Object, none};
use crate::reference::Ref;
use crate::result::{Result, unit_result};
use crate::tuple::Tuple;
use crate::typeobj::TypeObject;
use crate::{Dict, id};
use core::ffi::c_int;
use core::mem::offset_of;
use krait_macros::pyfn;

/// Declares an exception layout: the base and nullable object fields, each with a `Slot`; gives it collection.
macro_rules! exception_layout {
    ($(#[$doc:meta])* $name:ident, $type_object:path, $size:literal, { $($field:ident,)* } $(, $extra:ident: $ty:ty)*) => {
        $(#[$doc])*
        #[repr(C)]
        pub struct $name {
            pub base: BaseException,
            $(pub $field: $crate::Slot,)*
            $(pub $extra: $ty,)*
        }
        const _: () = assert!(size_of::<$name>() == $size);
        crate::object_type!($name, $type_object);
        impl $name {
            pub(super) const fn collected(ty: TypeObject) -> TypeObject {
                crate::traverse!(traverse, $name, |this, v| {
                    this.base.visit(&v)?;
                    $(v.slot(&this.$field)?;)*
                });
                unsafe extern "C" fn clear(object: *mut Object) -> core::ffi::c_int {
                    // SAFETY: called with a live instance.
                    let this = unsafe { &*object }.expect::<$name>();
                    this.base.clear_fields();
                    $(this.$field.take();)*
                    0
                }
                base::layout(ty)
                    .tp_dealloc(crate::dealloc::dealloc_gc::<$name>)
                    .tp_traverse(traverse)
                    .tp_clear(clear)
            }
        }
    };
}
pub(super) use exception_layout;

/// A writable object member.
pub(super) const fn object_member(name: &'static core::ffi::CStr, offset: usize) -> MemberDef {
    MemberDef::new(name, member::T_OBJECT, offset, 0)
}

exception_layout!(
    /// `PyStopIterationObject`.
    StopIteration, super::PyExc_StopIteration, 80, { value, }
);
exception_layout!(
    /// `PySystemExitObject`.
    SystemExit, super::PyExc_SystemExit, 80, { code, }
);
exception_layout!(
    /// `PyNameErrorObject`.
    NameError, super::PyExc_NameError, 80, { name, }
);
exception_layout!(
    /// `PyAttributeErrorObject`.
    AttributeError, super::PyExc_AttributeError, 88, { obj, name, }
);
exception_layout!(
    /// `PyImportErrorObject`.
    ImportError, super::PyExc_ImportError, 104, { msg, name, path, name_from, }
);

static STOP_ITERATION_MEMBERS: &[MemberDef] = &[
    object_member(c"value", offset_of!(StopIteration, value)).doc(c"generator return value"),
    MemberDef::SENTINEL,
];

pub(super) const fn stop_iteration(ty: TypeObject) -> TypeObject {
    StopIteration::collected(ty).tp_init(stop_iteration_init).members(STOP_ITERATION_MEMBERS)
}

extern "C" fn stop_iteration_init(object: &Object, args: &Tuple, kwargs: Option<&Object>) -> c_int {
    unit_result(init_args(object, args, kwargs).map(|()| {
        let value = args.get(0).unwrap_or(none());
        object.expect::<StopIteration>().value.set(Some(value.to_ref()));
    }))
}

static SYSTEM_EXIT_MEMBERS: &[MemberDef] =
    &[object_member(c"code", offset_of!(SystemExit, code)).doc(c"exception code"), MemberDef::SENTINEL];

pub(super) const fn system_exit(ty: TypeObject) -> TypeObject {
    SystemExit::collected(ty).tp_init(system_exit_init).members(SYSTEM_EXIT_MEMBERS)
}

extern "C" fn system_exit_init(object: &Object, args: &Tuple, kwargs: Option<&Object>) -> c_int {
    unit_result(init_args(object, args, kwargs).map(|()| {
        let code = match args.as_objects() {
            [] => return,
            [one] => one.to_ref(),
            _ => args.to_ref(),
        };
        object.expect::<SystemExit>().code.set(Some(code));
    }))
}

/// Takes the named keyword arguments out of `kwargs`; any other is an error that names the type.
fn take_keywords<const N: usize>(
    type_name: &str,
    names: [&str; N],
    kwargs: Option<&Object>,
) -> Result<[Option<Ref<Object>>; N]> {
    let mut values = [const { None }; N];
    let Some(kwargs) = kwargs.and_then(|k| k.downcast::<Dict>()) else { return Ok(values) };
    for (key, value) in kwargs.items() {
        let at = names.iter().position(|n| key.downcast::<crate::Str>().is_some_and(|k| k.eq_str(n)));
        match at {
            Some(index) => values[index] = Some(value),
            None => {
                return Err(type_error(format!(
                    "{type_name}() got an unexpected keyword argument '{}'",
                    key.str()?
                )));
            }
        }
    }
    Ok(values)
}

static NAME_ERROR_MEMBERS: &[MemberDef] =
    &[object_member(c"name", offset_of!(NameError, name)).doc(c"name"), MemberDef::SENTINEL];

pub(super) const fn name_error(ty: TypeObject) -> TypeObject {
    NameError::collected(ty).tp_init(name_error_init).members(NAME_ERROR_MEMBERS)
}

extern "C" fn name_error_init(object: &Object, args: &Tuple, kwargs: Option<&Object>) -> c_int {
    unit_result((|| {
        init_args(object, args, None)?;
        let [name] = take_keywords("NameError", ["name"], kwargs)?;
        object.expect::<NameError>().name.set(name);
        Ok(())
    })())
}

static ATTRIBUTE_ERROR_MEMBERS: &[MemberDef] = &[
    object_member(c"name", offset_of!(AttributeError, name)).doc(c"attribute name"),
    object_member(c"obj", offset_of!(AttributeError, obj)).doc(c"object"),
    MemberDef::SENTINEL,
];
static ATTRIBUTE_ERROR_METHODS: &[MethodDef] =
    &[attribute_error_getstate::DEF, attribute_error_reduce::DEF, MethodDef::SENTINEL];

pub(super) const fn attribute_error(ty: TypeObject) -> TypeObject {
    AttributeError::collected(ty)
        .tp_init(attribute_error_init)
        .members(ATTRIBUTE_ERROR_MEMBERS)
        .methods(ATTRIBUTE_ERROR_METHODS)
}

extern "C" fn attribute_error_init(object: &Object, args: &Tuple, kwargs: Option<&Object>) -> c_int {
    unit_result((|| {
        init_args(object, args, None)?;
        let [name, obj] = take_keywords("AttributeError", ["name", "obj"], kwargs)?;
        let error = object.expect::<AttributeError>();
        error.name.set(name);
        error.obj.set(obj);
        Ok(())
    })())
}

/// The state for pickle: the attributes and the name; the object may not be picklable and stays out.
#[pyfn("__getstate__($self, /)")]
fn attribute_error_getstate(error: &AttributeError) -> Result {
    let dict = error.base.dict.get();
    if error.name.is_empty() && error.base.args.is_empty() && dict.is_none() {
        return Ok(none().to_ref());
    }
    let state = match dict.as_ref().and_then(|d| d.downcast::<Dict>()) {
        Some(dict) => dict.copy()?,
        None => Dict::new(),
    };
    if let Some(name) = error.name.get() {
        state.set_str(id!("name"), &name)?;
    }
    state.set_str(id!("args"), &error.base.arguments())?;
    Ok(state.into_object())
}

/// Helper for pickle.
#[pyfn("__reduce__($self, /)")]
fn attribute_error_reduce(error: &AttributeError) -> Result {
    let state = attribute_error_getstate(error)?;
    let args = error.base.arguments().into_object();
    Ok(Tuple::from_vec(vec![error.ty().to_ref(), args, state]).into_object())
}

static IMPORT_ERROR_MEMBERS: &[MemberDef] = &[
    object_member(c"msg", offset_of!(ImportError, msg)).doc(c"exception message"),
    object_member(c"name", offset_of!(ImportError, name)).doc(c"module name"),
    object_member(c"path", offset_of!(ImportError, path)).doc(c"module path"),
    object_member(c"name_from", offset_of!(ImportError, name_from)).doc(c"name imported from module"),
    MemberDef::SENTINEL,
];

pub(super) const fn import_error(ty: TypeObject) -> TypeObject {
    ImportError::collected(ty)
        .tp_init(import_error_init)
        .tp_str(import_error_str)
        .members(IMPORT_ERROR_MEMBERS)
        .methods(&[import_error_reduce::DEF, MethodDef::SENTINEL])
}

extern "C" fn import_error_init(object: &Object, args: &Tuple, kwargs: Option<&Object>) -> c_int {
    unit_result((|| {
        init_args(object, args, None)?;
        let [name, path, name_from] = take_keywords("ImportError", ["name", "path", "name_from"], kwargs)?;
        let error = object.expect::<ImportError>();
        error.name.set(name);
        error.path.set(path);
        error.name_from.set(name_from);
        error.msg.set(if let [one] = args.as_objects() { Some(one.to_ref()) } else { None });
        Ok(())
    })())
}

extern "C" fn import_error_str(object: &Object) -> Result {
    match object.expect::<ImportError>().msg.get() {
        Some(msg) if msg.downcast_exact::<crate::Str>().is_some() => Ok(msg),
        _ => base::str_(object),
    }
}

/// Helper for pickle.
#[pyfn("__reduce__($self, /)")]
fn import_error_reduce(error: &ImportError) -> Result {
    let dict = error.base.dict.get();
    let fields = [("name", &error.name), ("path", &error.path), ("name_from", &error.name_from)];
    let mut state = None;
    if fields.iter().any(|(_, slot)| !slot.is_empty()) {
        let copy = match dict.as_ref().and_then(|d| d.downcast::<Dict>()) {
            Some(dict) => dict.copy()?,
            None => Dict::new(),
        };
        for (name, slot) in fields {
            if let Some(value) = slot.get() {
                copy.set_str(&crate::Str::new(name), &value)?;
            }
        }
        state = Some(copy.into_object());
    } else if let Some(dict) = dict {
        state = Some(dict);
    }
    let mut parts = vec![error.ty().to_ref(), error.base.arguments().into_object()];
    parts.extend(state);
    Ok(Tuple::from_vec(parts).into_object())
}

/// A KeyError shows its only argument as a repr, so that an empty or blank key is seen.
pub(super) const fn key_error(ty: TypeObject) -> TypeObject {
    base::layout(ty).tp_str(key_error_str)
}

extern "C" fn key_error_str(object: &Object) -> Result {
    let args = object.expect::<BaseException>().arguments();
    match args.as_objects() {
        [one] => Ok(one.repr()?.into_object()),
        _ => base::str_(object),
    }
}

pub(super) const fn memory_error(ty: TypeObject) -> TypeObject {
    base::layout(ty).tp_new(memory_error_new)
}

extern "C" fn memory_error_new(ty: &TypeObject, args: &Tuple, _kwargs: Option<&Object>) -> Result {
    alloc_exception(ty, args)
}
