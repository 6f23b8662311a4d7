//! Exception types and their common layout. CPython: `Objects/exceptions.c`.
//!
//! This file has the base layout and the table of all types; types with fields of their own have a file each.

#![allow(non_upper_case_globals, reason = "static types carry their C names")]

use crate::defs::GetSetDef;
use crate::object::Object;
use crate::reference::{Ref, Slot};
use crate::result::Raised;
use crate::tuple::Tuple;
use crate::typeobj::{TypeObject, flags};
use core::cell::Cell;

/// `PyBaseExceptionObject`.
#[repr(C)]
pub struct BaseException {
    ob_base: Object,
    pub dict: Slot,
    pub args: Slot<Tuple>,
    pub notes: Slot,
    pub traceback: Slot,
    pub context: Slot<BaseException>,
    pub cause: Slot,
    pub suppress_context: Cell<bool>,
}

const _: () = assert!(size_of::<BaseException>() == 72);

crate::object_type!(BaseException, PyExc_BaseException, BASE_EXC_SUBCLASS);

/// The type `BaseException`.
pub static PyExc_BaseException: TypeObject = TypeObject::of::<BaseException>(c"BaseException")
    .flags(flags::HAVE_GC | flags::BASETYPE | flags::BASE_EXC_SUBCLASS);

macro_rules! exception_types {
    ($($name:ident $rust:ident ($base:ident, $size:literal);)*) => {
        $(
            #[doc = concat!("The type `", stringify!($name), "`.")]
            pub static $rust: TypeObject = match core::ffi::CStr::from_bytes_with_nul(
                concat!(stringify!($name), "\0").as_bytes(),
            ) {
                Ok(name) => TypeObject::new(name, $size)
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
    BaseExceptionGroup PyExc_BaseExceptionGroup (PyExc_BaseException, 96);
    Exception PyExc_Exception (PyExc_BaseException, 72);
    GeneratorExit PyExc_GeneratorExit (PyExc_BaseException, 72);
    KeyboardInterrupt PyExc_KeyboardInterrupt (PyExc_BaseException, 72);
    SystemExit PyExc_SystemExit (PyExc_BaseException, 80);
    ArithmeticError PyExc_ArithmeticError (PyExc_Exception, 72);
    AssertionError PyExc_AssertionError (PyExc_Exception, 72);
    AttributeError PyExc_AttributeError (PyExc_Exception, 88);
    BufferError PyExc_BufferError (PyExc_Exception, 72);
    EOFError PyExc_EOFError (PyExc_Exception, 72);
    ImportError PyExc_ImportError (PyExc_Exception, 104);
    LookupError PyExc_LookupError (PyExc_Exception, 72);
    MemoryError PyExc_MemoryError (PyExc_Exception, 72);
    NameError PyExc_NameError (PyExc_Exception, 80);
    OSError PyExc_OSError (PyExc_Exception, 112);
    ReferenceError PyExc_ReferenceError (PyExc_Exception, 72);
    RuntimeError PyExc_RuntimeError (PyExc_Exception, 72);
    StopAsyncIteration PyExc_StopAsyncIteration (PyExc_Exception, 72);
    StopIteration PyExc_StopIteration (PyExc_Exception, 80);
    SyntaxError PyExc_SyntaxError (PyExc_Exception, 144);
    SystemError PyExc_SystemError (PyExc_Exception, 72);
    TypeError PyExc_TypeError (PyExc_Exception, 72);
    ValueError PyExc_ValueError (PyExc_Exception, 72);
    Warning PyExc_Warning (PyExc_Exception, 72);
    BlockingIOError PyExc_BlockingIOError (PyExc_OSError, 112);
    BytesWarning PyExc_BytesWarning (PyExc_Warning, 72);
    ChildProcessError PyExc_ChildProcessError (PyExc_OSError, 112);
    ConnectionError PyExc_ConnectionError (PyExc_OSError, 112);
    DeprecationWarning PyExc_DeprecationWarning (PyExc_Warning, 72);
    EncodingWarning PyExc_EncodingWarning (PyExc_Warning, 72);
    FileExistsError PyExc_FileExistsError (PyExc_OSError, 112);
    FileNotFoundError PyExc_FileNotFoundError (PyExc_OSError, 112);
    FloatingPointError PyExc_FloatingPointError (PyExc_ArithmeticError, 72);
    FutureWarning PyExc_FutureWarning (PyExc_Warning, 72);
    ImportWarning PyExc_ImportWarning (PyExc_Warning, 72);
    IndentationError PyExc_IndentationError (PyExc_SyntaxError, 144);
    IndexError PyExc_IndexError (PyExc_LookupError, 72);
    InterruptedError PyExc_InterruptedError (PyExc_OSError, 112);
    IsADirectoryError PyExc_IsADirectoryError (PyExc_OSError, 112);
    KeyError PyExc_KeyError (PyExc_LookupError, 72);
    ModuleNotFoundError PyExc_ModuleNotFoundError (PyExc_ImportError, 104);
    NotADirectoryError PyExc_NotADirectoryError (PyExc_OSError, 112);
    NotImplementedError PyExc_NotImplementedError (PyExc_RuntimeError, 72);
    OverflowError PyExc_OverflowError (PyExc_ArithmeticError, 72);
    PendingDeprecationWarning PyExc_PendingDeprecationWarning (PyExc_Warning, 72);
    PermissionError PyExc_PermissionError (PyExc_OSError, 112);
    ProcessLookupError PyExc_ProcessLookupError (PyExc_OSError, 112);
    PythonFinalizationError PyExc_PythonFinalizationError (PyExc_RuntimeError, 72);
    RecursionError PyExc_RecursionError (PyExc_RuntimeError, 72);
    ResourceWarning PyExc_ResourceWarning (PyExc_Warning, 72);
    RuntimeWarning PyExc_RuntimeWarning (PyExc_Warning, 72);
    SyntaxWarning PyExc_SyntaxWarning (PyExc_Warning, 72);
    TimeoutError PyExc_TimeoutError (PyExc_OSError, 112);
    UnboundLocalError PyExc_UnboundLocalError (PyExc_NameError, 80);
    UnicodeError PyExc_UnicodeError (PyExc_ValueError, 72);
    UnicodeWarning PyExc_UnicodeWarning (PyExc_Warning, 72);
    UserWarning PyExc_UserWarning (PyExc_Warning, 72);
    ZeroDivisionError PyExc_ZeroDivisionError (PyExc_ArithmeticError, 72);
    _IncompleteInputError PyExc__IncompleteInputError (PyExc_SyntaxError, 144);
    BrokenPipeError PyExc_BrokenPipeError (PyExc_ConnectionError, 112);
    ConnectionAbortedError PyExc_ConnectionAbortedError (PyExc_ConnectionError, 112);
    ConnectionRefusedError PyExc_ConnectionRefusedError (PyExc_ConnectionError, 112);
    ConnectionResetError PyExc_ConnectionResetError (PyExc_ConnectionError, 112);
    TabError PyExc_TabError (PyExc_IndentationError, 144);
    UnicodeDecodeError PyExc_UnicodeDecodeError (PyExc_UnicodeError, 112);
    UnicodeEncodeError PyExc_UnicodeEncodeError (PyExc_UnicodeError, 112);
    UnicodeTranslateError PyExc_UnicodeTranslateError (PyExc_UnicodeError, 112);
}

/// Links the exception being handled as `__context__` of a new one, avoiding cycles (`_PyErr_SetObject`).
pub fn chain_context(exception: &Ref<BaseException>) {
    let _ = exception;
    todo!()
}

/// Raises `MemoryError` without allocating when memory is short.
pub fn raise_memory_error() -> Raised {
    todo!()
}

/// Raises the `OSError` subclass that belongs to an errno.
pub fn raise_errno(errno: i32, filename: Option<&Object>) -> Raised {
    let _ = (errno, filename);
    todo!()
}

#[expect(dead_code, reason = "table of the base type's attributes")]
static GETSET: &[GetSetDef] = &[GetSetDef::SENTINEL];
