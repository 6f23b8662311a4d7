//! The native module `_io`: files, buffers and text over them. CPython: `Modules/_io/`.
//!
//! - `base`: `_IOBase` and the abstract types below it
//! - `fileio`: raw files; `buffered`: buffers over raw files; `textio`: text over buffers
//! - `open`: the functions of the module
//!
//! Invariant: no borrow of an object's state lives across a call that can run Python code.

pub mod base;
pub mod buffered;

pub mod fileio;
pub mod open;
pub mod textio;

use krait_object::exceptions as exc;
use krait_object::module::{Module, ModuleDef};
use krait_object::object::Object;
use krait_object::result::{Raised, Result};
use krait_object::{Dict, MethodDef, Ref, Str, Tuple, errors, interp, value_error};

/// Size of buffers (`io.DEFAULT_BUFFER_SIZE`).
pub const DEFAULT_BUFFER_SIZE: usize = 131_072;

/// The modules of this crate.
pub static MODULES: &[&ModuleDef] = &[&MODULE];

/// `_io`.
pub static MODULE: ModuleDef = ModuleDef::new(c"_io")
    .methods(&[open::open::DEF, open::open_code::DEF, open::text_encoding::DEF, MethodDef::SENTINEL])
    .exec(exec);

fn exec(module: &Module) -> Result<()> {
    module.add_int("DEFAULT_BUFFER_SIZE", DEFAULT_BUFFER_SIZE as i64)?;
    module.add("BlockingIOError", &exc::PyExc_BlockingIOError)?;
    let bases = Tuple::from_slice(&[&exc::PyExc_OSError, &exc::PyExc_ValueError]);
    let namespace = Dict::new();
    namespace.set_str(krait_object::id!("__module__"), &Str::new("io"))?;
    let class =
        krait_object::typeobj::PyType_Type.call(&[&Str::new("UnsupportedOperation"), &bases, &namespace])?;
    module.add("UnsupportedOperation", &class)?;
    for ty in [
        &base::IO_BASE,
        &base::RAW_IO_BASE,
        &base::BUFFERED_IO_BASE,
        &base::TEXT_IO_BASE,
        &fileio::FILE_IO,
        &buffered::BUFFERED_READER,
        &buffered::BUFFERED_WRITER,
        &buffered::BUFFERED_RANDOM,
        &textio::TEXT_IO_WRAPPER,
    ] {
        module.add_type(ty)?;
    }
    Ok(())
}

/// Raises `io.UnsupportedOperation`.
#[cold]
pub(crate) fn unsupported(message: &str) -> Raised {
    let class = interp::current()
        .modules
        .get()
        .and_then(|m| m.get_str(krait_object::id!("_io")))
        .map(|m| m.get_attr(krait_object::id!("UnsupportedOperation")));
    match class {
        Some(Ok(class)) => match class.call(&[&Str::new(message)]) {
            Ok(instance) => errors::raise_instance(instance),
            Err(raised) => raised,
        },
        Some(Err(raised)) => raised,
        None => value_error(message),
    }
}

/// Runs a system call with the GIL released; repeats it after a signal whose handler did not raise.
pub(crate) fn retry(call: impl Fn() -> isize + Send + Sync) -> Result<core::result::Result<isize, i32>> {
    loop {
        let (result, errno) = krait_object::gil::allow_threads(|| {
            let result = call();
            // SAFETY: errno is this thread's own.
            (result, unsafe { *libc::__errno_location() })
        });
        if result >= 0 {
            return Ok(Ok(result));
        }
        if errno != libc::EINTR {
            return Ok(Err(errno));
        }
        if let Some(check) = interp::current().hooks.check_signals.get() {
            check()?;
        }
    }
}

/// An attribute that must be true, as `closed` or `readable()`.
pub(crate) fn is_closed(object: &Object) -> Result<bool> {
    object.get_attr(krait_object::id!("closed"))?.is_true()
}

/// Calls a method and keeps no result.
pub(crate) fn call_unit(object: &Object, name: &Str) -> Result<()> {
    object.call_method(name, &[]).map(drop)
}

/// Runs `second` whatever `first` gave; the error of `second` has the one of `first` as context.
pub(crate) fn both(first: Result<()>, second: impl FnOnce() -> Result<()>) -> Result<()> {
    let Err(raised) = first else { return second() };
    let earlier: Ref<exc::BaseException> = errors::fetch(raised);
    match second() {
        Ok(()) => Err(errors::restore(earlier)),
        Err(raised) => {
            let later = errors::fetch(raised);
            later.set_attr(krait_object::id!("__context__"), Some(&earlier))?;
            Err(errors::restore(later))
        }
    }
}
