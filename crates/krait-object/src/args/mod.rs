//! Arguments of native functions: from the calling convention to Rust values. CPython: `Python/getargs.c` and what
//! Argument Clinic writes.
//!
//! - this file: the wrappers that `#[pyfn]` fills in, the counting errors
//! - `bind`: keyword arguments onto parameters
//! - `convert`: [`FromArg`], objects to Rust values
//! - `init`: the arguments of `tp_new` and `tp_init`
//! - `results`: [`IntoResult`], Rust values to objects
//! - `suggest`: "Did you mean"
//!
//! Invariants: `args` of a call are the positional arguments followed by the values of `kwnames`; everything passed
//! is kept alive by the caller for the duration of the call.

mod bind;
mod convert;
mod init;
mod results;
pub mod suggest;
#[cfg(test)]
mod tests;

pub use bind::{Args, Kwargs, ParamSpec};
pub use convert::{ArgContext, CodePoint, FromArg, FromSelf, Place, WritableView, utf8};
pub use init::parse_init;
pub use results::IntoResult;

use crate::defs::{MethodDef, MethodPtr, meth};
use crate::errors::{system_error, type_error};
use crate::object::Object;
use crate::result::{Raised, Result};
use crate::tuple::Tuple;
use core::ffi::{CStr, c_int};

/// A function without parameters.
pub trait NoArgs {
    /// The call.
    fn call(slf: &Object) -> Result;
}

/// A function with one positional-only parameter.
pub trait OneArg {
    /// The call.
    fn call<'a>(slf: &'a Object, arg: &'a Object) -> Result;
}

/// A function with positional-only parameters.
pub trait Positional {
    /// The call.
    fn call<'a>(slf: &'a Object, args: &'a [&'a Object]) -> Result;
}

/// A function that takes keywords.
pub trait Keywords {
    /// The call; the first `nargs` arguments are positional.
    fn call<'a>(slf: &'a Object, args: &'a [&'a Object], nargs: usize, kwnames: Option<&'a Tuple>) -> Result;
}

extern "C" fn no_args<F: NoArgs>(slf: &Object, _: Option<&Object>) -> Result {
    F::call(slf)
}

extern "C" fn one_arg<F: OneArg>(slf: &Object, arg: Option<&Object>) -> Result {
    match arg {
        Some(arg) => F::call(slf, arg),
        None => Err(missing()),
    }
}

/// The METH_FASTCALL wrapper.
///
/// # Safety
/// `args` points to `nargs` valid objects.
unsafe extern "C" fn positional<F: Positional>(
    slf: &Object,
    args: *const *mut Object,
    nargs: isize,
) -> Result {
    // SAFETY: the caller's promise.
    F::call(slf, unsafe { slice(args, nargs as usize) })
}

/// The METH_FASTCALL | METH_KEYWORDS wrapper.
///
/// # Safety
/// `args` points to `nargs` valid objects and as many more as `kwnames` has items.
unsafe extern "C" fn keywords<F: Keywords>(
    slf: &Object,
    args: *const *mut Object,
    nargs: isize,
    kwnames: Option<&Tuple>,
) -> Result {
    let nargs = nargs as usize;
    let total = nargs + kwnames.map_or(0, Tuple::len);
    // SAFETY: the caller's promise.
    F::call(slf, unsafe { slice(args, total) }, nargs, kwnames)
}

/// Arguments as a slice of borrowed objects.
///
/// # Safety
/// `args` points to `count` valid objects that live as long as `'a`; it may be null when there are none.
#[inline(always)]
pub unsafe fn slice<'a>(args: *const *mut Object, count: usize) -> &'a [&'a Object] {
    if count == 0 {
        return &[];
    }
    // SAFETY: `&Object` is one non-null pointer; the caller promises validity.
    unsafe { core::slice::from_raw_parts(args.cast::<&Object>(), count) }
}

/// The parts of a vectorcall: the callable, all values (those of keywords last), and the keywords' names.
///
/// # Safety
/// As the vectorcall protocol passes them; the result lives as long as the call.
#[inline(always)]
pub unsafe fn vectorcall<'a>(
    callable: *mut Object,
    args: *const *mut Object,
    nargsf: usize,
    kwnames: *mut Object,
) -> (&'a Object, &'a [&'a Object], Option<&'a Tuple>) {
    // SAFETY: the caller's promise: names are null or a tuple, and there is a value for each.
    unsafe {
        let names = kwnames.cast::<Tuple>().as_ref();
        let count = (nargsf & !(1 << (usize::BITS - 1))) + names.map_or(0, Tuple::len);
        (&*callable, slice(args, count), names)
    }
}

impl MethodDef {
    const fn of(name: &'static CStr, doc: &'static CStr, flags: c_int, meth: MethodPtr) -> MethodDef {
        let mut def = MethodDef::new(name, meth, flags, doc);
        if doc.is_empty() {
            def.ml_doc = core::ptr::null();
        }
        def
    }

    /// An entry for a function without parameters.
    pub const fn no_args<F: NoArgs>(name: &'static CStr, doc: &'static CStr, flags: c_int) -> MethodDef {
        MethodDef::of(name, doc, flags | meth::NOARGS, MethodPtr { plain: no_args::<F> })
    }

    /// An entry for a function with one positional-only parameter.
    pub const fn one_arg<F: OneArg>(name: &'static CStr, doc: &'static CStr, flags: c_int) -> MethodDef {
        MethodDef::of(name, doc, flags | meth::O, MethodPtr { plain: one_arg::<F> })
    }

    /// An entry for a function with positional-only parameters.
    pub const fn positional<F: Positional>(
        name: &'static CStr,
        doc: &'static CStr,
        flags: c_int,
    ) -> MethodDef {
        MethodDef::of(name, doc, flags | meth::FASTCALL, MethodPtr { fast: positional::<F> })
    }

    /// An entry for a function that takes keywords.
    pub const fn keywords<F: Keywords>(name: &'static CStr, doc: &'static CStr, flags: c_int) -> MethodDef {
        let meth = MethodPtr { fast_keywords: keywords::<F> };
        MethodDef::of(name, doc, flags | meth::FASTCALL | meth::KEYWORDS, meth)
    }
}

/// Tests the number of positional-only arguments (`_PyArg_CheckPositional`).
#[inline(always)]
pub fn check_positional(function: &str, nargs: usize, min: usize, max: usize) -> Result<()> {
    if nargs < min || nargs > max { Err(wrong_count(function, nargs, min, max)) } else { Ok(()) }
}

#[cold]
fn wrong_count(function: &str, nargs: usize, min: usize, max: usize) -> Raised {
    let (bound, count) = if nargs < min { ("at least ", min) } else { ("at most ", max) };
    let bound = if min == max { "" } else { bound };
    type_error(format!("{function} expected {bound}{count} argument{}, got {nargs}", plural(count)))
}

/// `f() takes no keyword arguments` (`_PyArg_NoKeywords`).
pub fn no_keywords(function: &str, kwargs: usize) -> Result<()> {
    if kwargs == 0 { Ok(()) } else { Err(type_error(format!("{function}() takes no keyword arguments"))) }
}

/// A required argument is absent although the count was tested: a caller broke the convention.
#[cold]
pub fn missing() -> Raised {
    system_error("bad call of a native function: argument missing")
}

fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}
