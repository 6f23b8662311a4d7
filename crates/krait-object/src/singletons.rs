//! `None`, `NotImplemented` and `Ellipsis`. CPython: `Objects/object.c`, `Objects/sliceobject.c`.

use crate::defs::MethodDef;
use crate::errors::type_error;
use crate::object::{Object, bool_object, none, not_implemented};
use crate::result::{Raised, Result};
use crate::slots::{CompareOp, NumberMethods};
use crate::str::Str;
use crate::tuple::Tuple;
use crate::typeobj::TypeObject;
use crate::{Dict, Ref, id};
use core::ffi::c_int;
use krait_macros::pyfn;

/// The object `None`.
#[unsafe(no_mangle)]
pub static _Py_NoneStruct: Object = Object::immortal(&raw const _PyNone_Type);
/// The object `NotImplemented`.
#[unsafe(no_mangle)]
pub static _Py_NotImplementedStruct: Object = Object::immortal(&raw const _PyNotImplemented_Type);
/// The object `Ellipsis`.
#[unsafe(no_mangle)]
pub static _Py_EllipsisObject: Object = Object::immortal(&raw const PyEllipsis_Type);

static NONE_NUMBER: NumberMethods = NumberMethods::EMPTY.nb_bool(none_bool);
static NOT_IMPLEMENTED_NUMBER: NumberMethods = NumberMethods::EMPTY.nb_bool(not_implemented_bool);

/// The type `NoneType`.
#[unsafe(no_mangle)]
pub static _PyNone_Type: TypeObject = TypeObject::of::<Object>(c"NoneType")
    .doc(c"NoneType()\n--\n\nThe type of the None singleton.")
    .tp_dealloc(never)
    .tp_repr(none_repr)
    .as_number(&NONE_NUMBER)
    .tp_hash(none_hash)
    .tp_richcompare(none_richcompare)
    .tp_new(none_new);

/// The type `NotImplementedType`.
#[unsafe(no_mangle)]
pub static _PyNotImplemented_Type: TypeObject = TypeObject::of::<Object>(c"NotImplementedType")
    .doc(c"NotImplementedType()\n--\n\nThe type of the NotImplemented singleton.")
    .tp_dealloc(never)
    .tp_repr(not_implemented_repr)
    .as_number(&NOT_IMPLEMENTED_NUMBER)
    .methods(&[not_implemented_reduce::DEF, MethodDef::SENTINEL])
    .tp_new(not_implemented_new);

/// The type `ellipsis`.
#[unsafe(no_mangle)]
pub static PyEllipsis_Type: TypeObject = TypeObject::of::<Object>(c"ellipsis")
    .doc(c"ellipsis()\n--\n\nThe type of the Ellipsis singleton.")
    .tp_dealloc(never)
    .tp_repr(ellipsis_repr)
    .methods(&[ellipsis_reduce::DEF, MethodDef::SENTINEL])
    .tp_new(ellipsis_new);

/// The object `Ellipsis`.
pub fn ellipsis() -> &'static Object {
    &_Py_EllipsisObject
}

/// The objects are immortal; an extension module that counts wrongly must not free them.
unsafe extern "C" fn never(object: *mut Object) {
    // SAFETY: the singletons are statics.
    unsafe { (*object).make_immortal() };
}

fn refuse_arguments(name: &str, args: &Tuple, kwargs: Option<&Object>) -> Result<()> {
    if !args.is_empty() || kwargs.and_then(|k| k.downcast::<Dict>()).is_some_and(|d| !d.is_empty()) {
        return Err(type_error(format!("{name} takes no arguments")));
    }
    Ok(())
}

extern "C" fn none_new(_: &TypeObject, args: &Tuple, kwargs: Option<&Object>) -> Result {
    refuse_arguments("NoneType", args, kwargs).map(|()| none().to_ref())
}

extern "C" fn none_repr(_: &Object) -> Result {
    Ok(id!("None").to_ref())
}

extern "C" fn none_bool(_: &Object) -> c_int {
    0
}

/// A constant, so that hashes of None do not depend on where it lies.
extern "C" fn none_hash(_: &Object) -> isize {
    0xFCA8_6420
}

extern "C" fn none_richcompare(a: &Object, b: &Object, op: c_int) -> Result {
    Ok(match CompareOp::from_int(op) {
        CompareOp::Eq if a.is(b) => bool_object(true).to_ref(),
        CompareOp::Ne if a.is(b) => bool_object(false).to_ref(),
        _ => not_implemented().to_ref(),
    })
}

extern "C" fn not_implemented_new(_: &TypeObject, args: &Tuple, kwargs: Option<&Object>) -> Result {
    refuse_arguments("NotImplementedType", args, kwargs).map(|()| not_implemented().to_ref())
}

extern "C" fn not_implemented_repr(_: &Object) -> Result {
    Ok(id!("NotImplemented").to_ref())
}

extern "C" fn not_implemented_bool(_: &Object) -> c_int {
    let Raised = type_error("NotImplemented should not be used in a boolean context");
    -1
}

/// Helper for pickle.
#[pyfn("__reduce__($self, /)", nosig)]
fn not_implemented_reduce(_object: &Object) -> Ref<Str> {
    Ref::from_borrowed(id!("NotImplemented"))
}

extern "C" fn ellipsis_new(_: &TypeObject, args: &Tuple, kwargs: Option<&Object>) -> Result {
    refuse_arguments("EllipsisType", args, kwargs).map(|()| ellipsis().to_ref())
}

extern "C" fn ellipsis_repr(_: &Object) -> Result {
    Ok(id!("Ellipsis").to_ref())
}

/// Helper for pickle.
#[pyfn("__reduce__($self, /)", nosig)]
fn ellipsis_reduce(_object: &Object) -> Ref<Str> {
    Ref::from_borrowed(id!("Ellipsis"))
}
