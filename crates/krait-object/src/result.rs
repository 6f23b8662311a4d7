//! The calling convention: Rust's own `Result` is C's "NULL with an exception set".
//!
//! [`Raised`] is a unit struct that says that an exception is set in the current thread state. `Result<Ref<T>>` is
//! therefore one pointer, null on error, exactly what a C slot returns; a slot function is
//! `extern "C" fn(&Object) -> Result` and uses `?` inside. Slots that return a number map through [`int_result`],
//! [`unit_result`] and [`len_result`].

use crate::object::Object;
use crate::reference::Ref;
use core::ffi::c_int;

/// Says that an exception is set in the current thread state (see [`crate::errors`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Raised;

/// What fallible operations return.
pub type Result<T = Ref<Object>> = core::result::Result<T, Raised>;

const _: () = assert!(size_of::<Result>() == size_of::<*mut Object>());

/// `Ok(true)` 1, `Ok(false)` 0, error -1.
#[inline(always)]
pub fn int_result(result: Result<bool>) -> c_int {
    match result {
        Ok(value) => c_int::from(value),
        Err(Raised) => -1,
    }
}

/// `Ok` 0, error -1.
#[inline(always)]
pub fn unit_result(result: Result<()>) -> c_int {
    match result {
        Ok(()) => 0,
        Err(Raised) => -1,
    }
}

/// A length or hash, or -1 for an error.
#[inline(always)]
pub fn len_result(result: Result<isize>) -> isize {
    result.unwrap_or(-1)
}

/// Reads a C int status (negative: an exception is set).
#[inline(always)]
pub fn from_int(status: c_int) -> Result<bool> {
    if status < 0 { Err(Raised) } else { Ok(status != 0) }
}

/// The result of `tp_iternext`: a value, or null with or without an exception.
///
/// `Some` is the next item. For a null pointer the thread state tells whether it is the end or an error.
pub type NextResult = Option<Ref<Object>>;

/// Makes the C result of `tp_iternext` from a Rust one.
#[inline(always)]
pub fn next_result(result: Result<Option<Ref<Object>>>) -> NextResult {
    result.unwrap_or(None)
}
