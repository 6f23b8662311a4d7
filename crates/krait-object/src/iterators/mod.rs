//! Iterator types that are not a container's own affair.
//!
//! - `sequence`: over lists, tuples, anything with `__getitem__`; `callable_iterator`
//! - `enumerate`, `reversed`, `zip`, `map`, `filter`: the builtins
//!
//! Invariants: an exhausted iterator drops what it iterates over; `tp_iternext` gives null without an exception at the
//! end.

pub mod enumerate;
pub mod filter;
pub mod map;
pub mod reversed;
pub mod sequence;
pub mod zip;

use crate::Int;
use crate::errors;
use crate::object::Object;
use crate::reference::Ref;
use crate::result::Result;
use crate::str::intern::intern_str;
use crate::tuple::Tuple;
use crate::typeobj::TypeObject;

/// All types of this module.
pub static TYPES: &[&TypeObject] = &[
    &sequence::PyListIter_Type,
    &sequence::PyListRevIter_Type,
    &sequence::PyTupleIter_Type,
    &sequence::PySeqIter_Type,
    &sequence::PyCallIter_Type,
    &enumerate::PyEnum_Type,
    &reversed::PyReversed_Type,
    &zip::PyZip_Type,
    &map::PyMap_Type,
    &filter::PyFilter_Type,
];

/// `tp_iter` of iterators.
pub extern "C" fn iter_self(object: &Object) -> Result {
    Ok(object.to_ref())
}

/// A builtin by name, as pickling support needs it (`_PyEval_GetBuiltin`).
pub fn builtin(name: &str) -> Result {
    let found = crate::interp::current().builtins.get().and_then(|b| b.get_str(intern_str(name)));
    found.ok_or_else(|| errors::attribute_error(name))
}

/// `(builtin, (argument,))`: how exhausted iterators are pickled.
pub(crate) fn reduce_as(name: &str, argument: Ref<Object>) -> Result {
    Ok(Tuple::pair(builtin(name)?, Tuple::from_vec(vec![argument]).into_object()).into_object())
}

/// `(builtin, (argument,), state)`.
pub(crate) fn reduce_with_state(name: &str, argument: Ref<Object>, state: Ref<Object>) -> Result {
    let args = Tuple::from_vec(vec![argument]).into_object();
    Ok(Tuple::from_vec(vec![builtin(name)?, args, state]).into_object())
}

/// A state given to `__setstate__`: an int, not merely something with `__index__` (`PyLong_AsSsize_t`).
pub(crate) fn state_integer(state: &Object) -> Result<isize> {
    let Some(int) = state.downcast::<Int>() else { return Err(errors::type_error("an integer is required")) };
    match int.to_i64() {
        Some(value) => Ok(value as isize),
        None => Err(errors::overflow_error("Python int too large to convert to C ssize_t")),
    }
}
