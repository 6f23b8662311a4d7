//! `None`, `NotImplemented` and `Ellipsis`.

use crate::object::Object;

/// The object `None`.
#[unsafe(no_mangle)]
pub static _Py_NoneStruct: Object = Object::immortal(&raw const _PyNone_Type);
/// The object `NotImplemented`.
#[unsafe(no_mangle)]
pub static _Py_NotImplementedStruct: Object = Object::immortal(&raw const _PyNotImplemented_Type);
/// The object `Ellipsis`.
#[unsafe(no_mangle)]
pub static _Py_EllipsisObject: Object = Object::immortal(&raw const PyEllipsis_Type);

#[unsafe(no_mangle)]
pub static _PyNone_Type: crate::TypeObject = crate::TypeObject::of::<Object>(c"NoneType");
#[unsafe(no_mangle)]
pub static _PyNotImplemented_Type: crate::TypeObject = crate::TypeObject::of::<Object>(c"NotImplementedType");
#[unsafe(no_mangle)]
pub static PyEllipsis_Type: crate::TypeObject = crate::TypeObject::of::<Object>(c"ellipsis");

/// The object `Ellipsis`.
pub fn ellipsis() -> &'static Object {
    &_Py_EllipsisObject
}
