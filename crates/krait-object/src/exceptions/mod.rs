//! Exception types and their common layout. CPython: `Objects/exceptions.c`.
//!
//! - this file: the table of all types, raising helpers
//! - `base`: `BaseException`
//! - `simple`: types with one or two attributes (`StopIteration`, `ImportError`, `AttributeError`, ...)
//! - `os_error`, `syntax`, `unicode`, `group`: the types that do more

#![allow(non_upper_case_globals, reason = "static types carry their C names")]

pub mod base;
pub mod group;
pub mod os_error;
pub mod simple;
pub mod syntax;
pub mod unicode;

pub use base::{BaseException, PyExc_BaseException};
pub use group::{exception_group_type, init_exception_group};
pub use os_error::{raise_errno, raise_errno_two};

use crate::object::Object;
use crate::reference::Ref;
use crate::result::{Raised, Result};
use crate::str::Str;
use crate::typeobj::{TypeObject, flags};
use crate::{errors, thread};

macro_rules! exception_types {
    ($($name:ident $rust:ident ($base:ident, $size:literal, $layout:path);)*) => {
        $(
            #[doc = concat!("The type `", stringify!($name), "`.")]
            pub static $rust: TypeObject = match core::ffi::CStr::from_bytes_with_nul(
                concat!(stringify!($name), "\0").as_bytes(),
            ) {
                Ok(name) => $layout(TypeObject::new(name, $size))
                    .base(&raw const $base)
                    .flags(flags::HAVE_GC | flags::BASETYPE | flags::BASE_EXC_SUBCLASS),
                Err(_) => unreachable!(),
            };
        )*
        /// All exception types with their names, bases first (`ExceptionGroup` is made at start-up).
        pub static ALL: &[(&str, &TypeObject)] =
            &[("BaseException", &PyExc_BaseException), $((stringify!($name), &$rust),)*];
    };
}

exception_types! {
    BaseExceptionGroup PyExc_BaseExceptionGroup (PyExc_BaseException, 96, group::layout);
    Exception PyExc_Exception (PyExc_BaseException, 72, base::layout);
    GeneratorExit PyExc_GeneratorExit (PyExc_BaseException, 72, base::layout);
    KeyboardInterrupt PyExc_KeyboardInterrupt (PyExc_BaseException, 72, base::layout);
    SystemExit PyExc_SystemExit (PyExc_BaseException, 80, simple::system_exit);
    ArithmeticError PyExc_ArithmeticError (PyExc_Exception, 72, base::layout);
    AssertionError PyExc_AssertionError (PyExc_Exception, 72, base::layout);
    AttributeError PyExc_AttributeError (PyExc_Exception, 88, simple::attribute_error);
    BufferError PyExc_BufferError (PyExc_Exception, 72, base::layout);
    EOFError PyExc_EOFError (PyExc_Exception, 72, base::layout);
    ImportError PyExc_ImportError (PyExc_Exception, 104, simple::import_error);
    LookupError PyExc_LookupError (PyExc_Exception, 72, base::layout);
    MemoryError PyExc_MemoryError (PyExc_Exception, 72, simple::memory_error);
    NameError PyExc_NameError (PyExc_Exception, 80, simple::name_error);
    OSError PyExc_OSError (PyExc_Exception, 112, os_error::layout);
    ReferenceError PyExc_ReferenceError (PyExc_Exception, 72, base::layout);
    RuntimeError PyExc_RuntimeError (PyExc_Exception, 72, base::layout);
    StopAsyncIteration PyExc_StopAsyncIteration (PyExc_Exception, 72, base::layout);
    StopIteration PyExc_StopIteration (PyExc_Exception, 80, simple::stop_iteration);
    SyntaxError PyExc_SyntaxError (PyExc_Exception, 144, syntax::layout);
    SystemError PyExc_SystemError (PyExc_Exception, 72, base::layout);
    TypeError PyExc_TypeError (PyExc_Exception, 72, base::layout);
    ValueError PyExc_ValueError (PyExc_Exception, 72, base::layout);
    Warning PyExc_Warning (PyExc_Exception, 72, base::layout);
    BlockingIOError PyExc_BlockingIOError (PyExc_OSError, 112, os_error::layout);
    BytesWarning PyExc_BytesWarning (PyExc_Warning, 72, base::layout);
    ChildProcessError PyExc_ChildProcessError (PyExc_OSError, 112, os_error::layout);
    ConnectionError PyExc_ConnectionError (PyExc_OSError, 112, os_error::layout);
    DeprecationWarning PyExc_DeprecationWarning (PyExc_Warning, 72, base::layout);
    EncodingWarning PyExc_EncodingWarning (PyExc_Warning, 72, base::layout);
    FileExistsError PyExc_FileExistsError (PyExc_OSError, 112, os_error::layout);
    FileNotFoundError PyExc_FileNotFoundError (PyExc_OSError, 112, os_error::layout);
    FloatingPointError PyExc_FloatingPointError (PyExc_ArithmeticError, 72, base::layout);
    FutureWarning PyExc_FutureWarning (PyExc_Warning, 72, base::layout);
    ImportWarning PyExc_ImportWarning (PyExc_Warning, 72, base::layout);
    IndentationError PyExc_IndentationError (PyExc_SyntaxError, 144, syntax::layout);
    IndexError PyExc_IndexError (PyExc_LookupError, 72, base::layout);
    InterruptedError PyExc_InterruptedError (PyExc_OSError, 112, os_error::layout);
    IsADirectoryError PyExc_IsADirectoryError (PyExc_OSError, 112, os_error::layout);
    KeyError PyExc_KeyError (PyExc_LookupError, 72, simple::key_error);
    ModuleNotFoundError PyExc_ModuleNotFoundError (PyExc_ImportError, 104, simple::import_error);
    NotADirectoryError PyExc_NotADirectoryError (PyExc_OSError, 112, os_error::layout);
    NotImplementedError PyExc_NotImplementedError (PyExc_RuntimeError, 72, base::layout);
    OverflowError PyExc_OverflowError (PyExc_ArithmeticError, 72, base::layout);
    PendingDeprecationWarning PyExc_PendingDeprecationWarning (PyExc_Warning, 72, base::layout);
    PermissionError PyExc_PermissionError (PyExc_OSError, 112, os_error::layout);
    ProcessLookupError PyExc_ProcessLookupError (PyExc_OSError, 112, os_error::layout);
    PythonFinalizationError PyExc_PythonFinalizationError (PyExc_RuntimeError, 72, base::layout);
    RecursionError PyExc_RecursionError (PyExc_RuntimeError, 72, base::layout);
    ResourceWarning PyExc_ResourceWarning (PyExc_Warning, 72, base::layout);
    RuntimeWarning PyExc_RuntimeWarning (PyExc_Warning, 72, base::layout);
    SyntaxWarning PyExc_SyntaxWarning (PyExc_Warning, 72, base::layout);
    TimeoutError PyExc_TimeoutError (PyExc_OSError, 112, os_error::layout);
    UnboundLocalError PyExc_UnboundLocalError (PyExc_NameError, 80, simple::name_error);
    UnicodeError PyExc_UnicodeError (PyExc_ValueError, 72, base::layout);
    UnicodeWarning PyExc_UnicodeWarning (PyExc_Warning, 72, base::layout);
    UserWarning PyExc_UserWarning (PyExc_Warning, 72, base::layout);
    ZeroDivisionError PyExc_ZeroDivisionError (PyExc_ArithmeticError, 72, base::layout);
    _IncompleteInputError PyExc__IncompleteInputError (PyExc_SyntaxError, 144, syntax::layout);
    BrokenPipeError PyExc_BrokenPipeError (PyExc_ConnectionError, 112, os_error::layout);
    ConnectionAbortedError PyExc_ConnectionAbortedError (PyExc_ConnectionError, 112, os_error::layout);
    ConnectionRefusedError PyExc_ConnectionRefusedError (PyExc_ConnectionError, 112, os_error::layout);
    ConnectionResetError PyExc_ConnectionResetError (PyExc_ConnectionError, 112, os_error::layout);
    TabError PyExc_TabError (PyExc_IndentationError, 144, syntax::layout);
    UnicodeDecodeError PyExc_UnicodeDecodeError (PyExc_UnicodeError, 112, unicode::decode);
    UnicodeEncodeError PyExc_UnicodeEncodeError (PyExc_UnicodeError, 112, unicode::encode);
    UnicodeTranslateError PyExc_UnicodeTranslateError (PyExc_UnicodeError, 112, unicode::translate);
}

/// Links the exception being handled as `__context__` of a new one, avoiding cycles (`_PyErr_SetObject`).
pub fn chain_context(exception: &Ref<BaseException>) {
    let Some(handled) = thread::current().handled_exception() else { return };
    if handled.is(exception) {
        return;
    }
    // Walk the chain: a link back to the new exception would make a cycle, so it is cut. The slow pointer moves every
    // other step and finds cycles that were there already.
    let mut at = handled.clone();
    let mut slow = handled.clone();
    let mut move_slow = false;
    while let Some(context) = at.context.get() {
        if context.is(exception) {
            at.context.set(None);
            break;
        }
        at = context;
        if at.is(&slow) {
            break;
        }
        if move_slow {
            if let Some(next) = slow.context.get() {
                slow = next;
            }
        }
        move_slow = !move_slow;
    }
    exception.context.set(Some(handled));
}

/// Raises `MemoryError`.
pub fn raise_memory_error() -> Raised {
    errors::raise_with(&PyExc_MemoryError, &[])
}

/// Raises AttributeError with the object and the name that suggestions are made from.
#[cold]
pub fn raise_attribute_error(message: &str, object: &Object, name: &Object) -> Raised {
    let raised = errors::attribute_error(message);
    with_current::<simple::AttributeError>(|e| {
        e.obj.set(Some(object.to_ref()));
        e.name.set(Some(name.to_ref()));
    });
    raised
}

/// Raises NameError (or UnboundLocalError by `ty`) with the name.
#[cold]
pub fn raise_name_error(ty: &TypeObject, message: &str, name: &Object) -> Raised {
    let raised = errors::raise(ty, message);
    with_current::<simple::NameError>(|e| e.name.set(Some(name.to_ref())));
    raised
}

/// Raises ImportError (or a subclass) with module name, path and the missing name.
#[cold]
pub fn raise_import_error(
    ty: &TypeObject,
    message: &str,
    name: Option<&Object>,
    path: Option<&Object>,
    name_from: Option<&Object>,
) -> Raised {
    let raised = errors::raise(ty, message);
    with_current::<simple::ImportError>(|e| {
        e.name.set(name.map(Object::to_ref));
        e.path.set(path.map(Object::to_ref));
        e.name_from.set(name_from.map(Object::to_ref));
    });
    raised
}

/// Raises KeyError whose message is shown as text, not as the repr of a key.
#[cold]
pub fn raise_key_error_text(message: &str) -> Raised {
    errors::raise_with(&PyExc_KeyError, &[&Str::new(message)])
}

/// Applies a change to the current exception if it has the layout.
pub fn with_current<T: crate::Typed>(change: impl FnOnce(&T)) {
    if let Some(current) = thread::current().current_exception.get() {
        if let Some(typed) = current.downcast::<T>() {
            change(typed);
        }
    }
}

/// Makes an exception from what a `raise` statement names: an instance, or a class that is called without arguments.
pub fn instantiate(value: &Object) -> Result<Ref<BaseException>> {
    let made = match value.downcast::<TypeObject>() {
        Some(ty) if ty.has_flag(flags::BASE_EXC_SUBCLASS) => {
            let made = Object::call(ty, &[])?;
            if made.downcast::<BaseException>().is_none() {
                return Err(errors::type_error(format!(
                    "calling {} should have returned an instance of BaseException, not {}",
                    ty.repr()?,
                    made.ty().repr()?
                )));
            }
            made
        }
        _ => value.to_ref(),
    };
    made.downcast_into::<BaseException>()
        .map_err(|_| errors::type_error("exceptions must derive from BaseException"))
}
