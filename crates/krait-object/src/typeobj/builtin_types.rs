//! The static types that every interpreter has, in the order in which they are made ready. Bases come first where a
//! type needs them in its table; [`ready`] makes missing ones ready itself.

use super::ready::ready;
use super::{PyBaseObject_Type, PyType_Type, TypeObject};
use crate::result::Result;

/// One line per type.
static TYPES: &[&TypeObject] = &[
    &PyBaseObject_Type,
    &PyType_Type,
    &crate::singletons::_PyNone_Type,
    &crate::singletons::_PyNotImplemented_Type,
    &crate::singletons::PyEllipsis_Type,
    &crate::descriptors::method::PyMethodDescr_Type,
    &crate::descriptors::method::PyClassMethodDescr_Type,
    &crate::descriptors::wrapper::PyWrapperDescr_Type,
    &crate::descriptors::wrapper::_PyMethodWrapper_Type,
    &crate::descriptors::getset::PyGetSetDescr_Type,
    &crate::descriptors::member::PyMemberDescr_Type,
    &crate::descriptors::mappingproxy::PyDictProxy_Type,
    &crate::cfunction::PyCFunction_Type,
    &crate::cfunction::PyCMethod_Type,
    &crate::classmethod::PyClassMethod_Type,
    &crate::classmethod::PyStaticMethod_Type,
    &crate::property::PyProperty_Type,
    &crate::super_::PySuper_Type,
    &crate::method::PyMethod_Type,
    &crate::module::PyModule_Type,
    &crate::str::PyUnicode_Type,
    &crate::bytes::PyBytes_Type,
    &crate::int::PyLong_Type,
    &crate::int::PyBool_Type,
    &crate::float::PyFloat_Type,
    &crate::complex::PyComplex_Type,
    &crate::bytearray::PyByteArray_Type,
    &crate::bytes::iterator::PyBytesIter_Type,
    &crate::bytes::iterator::PyByteArrayIter_Type,
    &crate::str::slots::PyUnicodeIter_Type,
    &crate::str::slots::_PyUnicodeASCIIIter_Type,
    &crate::namespace::_PyNamespace_Type,
    &crate::weakref::_PyWeakref_RefType,
    &crate::weakref::proxy::_PyWeakref_ProxyType,
    &crate::weakref::proxy::_PyWeakref_CallableProxyType,
    &crate::generic_alias::Py_GenericAliasType,
    &crate::generic_alias::_Py_GenericAliasIterType,
    &crate::union::_PyUnion_Type,
    &super::slot_buffer::_PyBufferWrapper_Type,
];

/// Types that their modules list.
static GROUPS: &[&[&TypeObject]] = &[
    crate::tuple::TYPES,
    crate::list::TYPES,
    crate::dict::TYPES,
    crate::set::TYPES,
    crate::slice::TYPES,
    crate::range::TYPES,
    crate::iterators::TYPES,
];

/// Makes all built-in static types ready. Idempotent.
pub fn init_types() -> Result<()> {
    for ty in TYPES.iter().chain(GROUPS.iter().copied().flatten()) {
        ready(ty)?;
    }
    for (_, ty) in crate::exceptions::ALL {
        ready(ty)?;
    }
    Ok(())
}

/// The built-in static types (`_PyStaticType_GetBuiltins`).
pub fn all() -> impl Iterator<Item = &'static TypeObject> {
    let own = TYPES.iter().chain(GROUPS.iter().copied().flatten()).copied();
    own.chain(crate::exceptions::ALL.iter().map(|(_, ty)| *ty))
}
