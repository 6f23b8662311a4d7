//! Raising, testing and fetching exceptions of the current thread. CPython: `Python/errors.c`.
//!
//! Every raising function sets the exception and returns [`Raised`], so that code reads `return Err(type_error(..))`.

use crate::exceptions::{self as exc, BaseException};
use crate::object::Object;
use crate::reference::Ref;
use crate::result::{Raised, Result};
use crate::str::Str;
use crate::thread;
use crate::typeobj::TypeObject;

/// Sets an instance as the current exception as it is (no context chaining).
pub fn restore(exception: Ref<BaseException>) -> Raised {
    thread::current().current_exception.set(Some(exception));
    Raised
}

/// Takes the current exception; `None` when there is none.
pub fn take() -> Option<Ref<BaseException>> {
    thread::current().current_exception.take()
}

/// Takes the exception that `Raised` announced. Its absence is a bug of the callee: a SystemError stands in.
pub fn fetch(_raised: Raised) -> Ref<BaseException> {
    if let Some(exception) = take() {
        return exception;
    }
    system_error("error return without exception set");
    take().expect("an exception was set just now")
}

/// Is an exception set?
#[inline(always)]
pub fn occurred() -> bool {
    !thread::current().current_exception.is_empty()
}

/// Forgets the current exception.
pub fn clear() {
    drop(take());
}

/// Does the current exception match a type?
pub fn matches(ty: &TypeObject) -> bool {
    thread::current().current_exception.get().is_some_and(|e| e.ty().is_subtype_of(ty))
}

/// Clears the current exception if it is of the type; otherwise leaves it and says `Err`.
pub fn clear_if(raised: Raised, ty: &TypeObject) -> Result<()> {
    if matches(ty) {
        clear();
        Ok(())
    } else {
        Err(raised)
    }
}

/// Raises a new exception of `ty` with a message; `__context__` is chained to the exception being handled.
#[cold]
pub fn raise(ty: &TypeObject, message: impl AsRef<str>) -> Raised {
    let text = Str::new(message.as_ref());
    raise_with(ty, &[&text])
}

/// Raises a new exception of `ty` made from these arguments.
#[cold]
pub fn raise_with(ty: &TypeObject, args: &[&Object]) -> Raised {
    match ty.call(args) {
        Ok(instance) => raise_instance(instance),
        Err(raised) => raised,
    }
}

/// Raises an instance, chaining `__context__` (`_PyErr_SetObject`).
#[cold]
pub fn raise_instance(instance: Ref<Object>) -> Raised {
    match instance.downcast_into::<BaseException>() {
        Ok(exception) => {
            exc::chain_context(&exception);
            restore(exception)
        }
        Err(_) => type_error("exceptions must derive from BaseException"),
    }
}

macro_rules! raisers {
    ($($name:ident $ty:ident;)*) => {
        $(
            #[doc = concat!("Raises `", stringify!($ty), "` with a message.")]
            #[cold]
            pub fn $name(message: impl AsRef<str>) -> Raised {
                raise(&exc::$ty, message)
            }
        )*
    };
}

raisers! {
    type_error PyExc_TypeError; value_error PyExc_ValueError; index_error PyExc_IndexError;
    attribute_error PyExc_AttributeError; overflow_error PyExc_OverflowError; runtime_error PyExc_RuntimeError;
    system_error PyExc_SystemError; zero_division_error PyExc_ZeroDivisionError;
    recursion_error PyExc_RecursionError; not_implemented_error PyExc_NotImplementedError;
    name_error PyExc_NameError; import_error PyExc_ImportError; os_error PyExc_OSError; eof_error PyExc_EOFError;
    buffer_error PyExc_BufferError; lookup_error PyExc_LookupError; reference_error PyExc_ReferenceError;
    assertion_error PyExc_AssertionError;
}

/// Raises `KeyError(key)`.
#[cold]
pub fn key_error(key: &Object) -> Raised {
    raise_with(&exc::PyExc_KeyError, &[key])
}

/// Raises `MemoryError`.
#[cold]
pub fn memory_error() -> Raised {
    exc::raise_memory_error()
}

/// Raises `StopIteration(value)`; a tuple or exception value is wrapped as the eval loop does.
#[cold]
pub fn stop_iteration(value: &Object) -> Raised {
    raise_with(&exc::PyExc_StopIteration, &[value])
}

/// Raises the `OSError` subclass for an errno, with an optional file name.
#[cold]
pub fn os_error_from_errno(errno: i32, filename: Option<&Object>) -> Raised {
    exc::raise_errno(errno, filename)
}

/// Raises `OSError` from a Rust I/O error.
#[cold]
pub fn from_io(error: &std::io::Error, filename: Option<&Object>) -> Raised {
    match error.raw_os_error() {
        Some(errno) => os_error_from_errno(errno, filename),
        None => os_error(error.to_string()),
    }
}

/// "argument must be str, not int"-style TypeError text: `expected` and the actual type's name.
#[cold]
pub fn expected(what: &str, actual: &Object) -> Raised {
    type_error(format!("{what}, not {}", actual.type_name()))
}

/// Reports an exception that cannot be raised (`PyErr_WriteUnraisable`) and clears it.
pub fn write_unraisable(place: &str, object: Option<&Object>) {
    match crate::interp::current().hooks.write_unraisable.get() {
        Some(hook) => hook(place, object),
        None => clear(),
    }
}

/// Issues a warning of a category; an error if the filters turn it into one.
pub fn warn(category: &TypeObject, message: impl AsRef<str>, stack_level: isize) -> Result<()> {
    match crate::interp::current().hooks.warn.get() {
        Some(hook) => hook(category, message.as_ref(), stack_level),
        None => Ok(()),
    }
}
