//! The module `builtins`. CPython: `Python/bltinmodule.c`.
//!
//! - `numbers`: abs, bin, chr, divmod, hex, oct, ord, pow, round, sum
//! - `objects`: attributes, identity, types, text forms
//! - `iteration`: all, any, iter, len, max, min, next, sorted, aiter
//! - `console`: print, input
//! - `code`: compile, eval, exec, globals, locals, vars, dir, `__import__`, `__build_class__`

pub mod code;
pub mod console;
pub mod iteration;
pub mod numbers;
pub mod objects;

use krait_object::MethodDef;

/// The functions.
pub static METHODS: &[MethodDef] = &[
    code::build_class::DEF,
    code::import::DEF,
    code::breakpoint::DEF,
    code::compile::DEF,
    code::dir::DEF,
    code::eval::DEF,
    code::exec::DEF,
    code::globals::DEF,
    code::locals::DEF,
    code::vars::DEF,
    numbers::abs::DEF,
    iteration::aiter::DEF,
    iteration::all::DEF,
    iteration::any::DEF,
    objects::ascii::DEF,
    numbers::bin::DEF,
    objects::callable::DEF,
    numbers::chr::DEF,
    objects::delattr::DEF,
    numbers::divmod::DEF,
    objects::format::DEF,
    objects::getattr::DEF,
    objects::hasattr::DEF,
    objects::hash::DEF,
    numbers::hex::DEF,
    objects::id::DEF,
    console::input::DEF,
    objects::isinstance::DEF,
    objects::issubclass::DEF,
    iteration::iter::DEF,
    iteration::len::DEF,
    iteration::max::DEF,
    iteration::min::DEF,
    iteration::next::DEF,
    numbers::oct::DEF,
    numbers::ord::DEF,
    numbers::pow::DEF,
    console::print::DEF,
    objects::repr::DEF,
    numbers::round::DEF,
    objects::setattr::DEF,
    iteration::sorted::DEF,
    numbers::sum::DEF,
    MethodDef::SENTINEL,
];

/// The types that `builtins` shows.
pub fn types() -> impl Iterator<Item = &'static krait_object::TypeObject> {
    use krait_object as o;
    [
        &o::typeobj::PyBaseObject_Type,
        &o::typeobj::PyType_Type,
        &o::int::PyBool_Type,
        &o::int::PyLong_Type,
        &o::float::PyFloat_Type,
        &o::complex::PyComplex_Type,
        &o::str::PyUnicode_Type,
        &o::bytes::PyBytes_Type,
        &o::bytearray::PyByteArray_Type,
        &o::tuple::PyTuple_Type,
        &o::list::PyList_Type,
        &o::dict::PyDict_Type,
        &o::set::PySet_Type,
        &o::set::PyFrozenSet_Type,
        &o::range::PyRange_Type,
        &o::slice::PySlice_Type,
        &o::property::PyProperty_Type,
        &o::classmethod::PyClassMethod_Type,
        &o::classmethod::PyStaticMethod_Type,
        &o::super_::PySuper_Type,
        &o::iterators::enumerate::PyEnum_Type,
        &o::iterators::filter::PyFilter_Type,
        &o::iterators::map::PyMap_Type,
        &o::iterators::zip::PyZip_Type,
        &o::iterators::reversed::PyReversed_Type,
    ]
    .into_iter()
}
