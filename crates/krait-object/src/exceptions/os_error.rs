//! `OSError`: its constructor picks the subclass that belongs to the error number (PEP 3151).

use super::base::{self, alloc_exception, no_keywords};
use super::simple::{exception_layout, object_member};
use super::*;
use crate::defs::{GetSetDef, MemberDef, MethodDef};
use crate::errors::attribute_error;
use crate::object::none;
use crate::reference::Slot;
use crate::result::unit_result;
use crate::tuple::Tuple;
use core::cell::Cell;
use core::ffi::{c_int, c_void};
use core::mem::offset_of;
use krait_macros::pyfn;

exception_layout!(
    /// `PyOSErrorObject`.
    OSError, super::PyExc_OSError, 112, { myerrno, strerror, filename, filename2, }, written: Cell<isize>
);

static MEMBERS: &[MemberDef] = &[
    object_member(c"errno", offset_of!(OSError, myerrno)).doc(c"POSIX exception code"),
    object_member(c"strerror", offset_of!(OSError, strerror)).doc(c"exception strerror"),
    object_member(c"filename", offset_of!(OSError, filename)).doc(c"exception filename"),
    object_member(c"filename2", offset_of!(OSError, filename2)).doc(c"second exception filename"),
    MemberDef::SENTINEL,
];
static GETSET: &[GetSetDef] =
    &[GetSetDef::getset(c"characters_written", get_written, set_written), GetSetDef::SENTINEL];

pub(super) const fn layout(ty: TypeObject) -> TypeObject {
    OSError::collected(ty)
        .tp_new(new)
        .tp_init(init)
        .tp_str(str_)
        .members(MEMBERS)
        .getset(GETSET)
        .methods(&[reduce::DEF, MethodDef::SENTINEL])
}

/// The subclass for an error number; `OSError` itself for the others.
pub fn class_for_errno(errno: i32) -> &'static TypeObject {
    match errno {
        libc::EAGAIN | libc::EALREADY | libc::EINPROGRESS => &PyExc_BlockingIOError,
        libc::EPIPE | libc::ESHUTDOWN => &PyExc_BrokenPipeError,
        libc::ECHILD => &PyExc_ChildProcessError,
        libc::ECONNABORTED => &PyExc_ConnectionAbortedError,
        libc::ECONNREFUSED => &PyExc_ConnectionRefusedError,
        libc::ECONNRESET => &PyExc_ConnectionResetError,
        libc::EEXIST => &PyExc_FileExistsError,
        libc::ENOENT => &PyExc_FileNotFoundError,
        libc::EISDIR => &PyExc_IsADirectoryError,
        libc::ENOTDIR => &PyExc_NotADirectoryError,
        libc::EINTR => &PyExc_InterruptedError,
        libc::EACCES | libc::EPERM => &PyExc_PermissionError,
        libc::ESRCH => &PyExc_ProcessLookupError,
        libc::ETIMEDOUT => &PyExc_TimeoutError,
        _ => &PyExc_OSError,
    }
}

/// The system's text for an error number.
pub fn strerror(errno: i32) -> String {
    let mut buffer = [0u8; 256];
    // SAFETY: the buffer and its length; the XSI function writes a NUL-terminated text.
    let status = unsafe { libc::strerror_r(errno, buffer.as_mut_ptr().cast(), buffer.len()) };
    let end = buffer.iter().position(|&b| b == 0).unwrap_or(buffer.len());
    if status != 0 && end == 0 {
        return format!("Unknown error {errno}");
    }
    String::from_utf8_lossy(&buffer[..end]).into_owned()
}

/// Raises the `OSError` subclass that belongs to an error number.
pub fn raise_errno(errno: i32, filename: Option<&Object>) -> Raised {
    let (number, text) = (crate::Int::from_i64(i64::from(errno)), Str::new(&strerror(errno)));
    match filename {
        Some(filename) => errors::raise_with(&PyExc_OSError, &[&number, &text, filename]),
        None => errors::raise_with(&PyExc_OSError, &[&number, &text]),
    }
}

/// As [`raise_errno`] with two file names (rename, link).
pub fn raise_errno_two(errno: i32, first: &Object, second: &Object) -> Raised {
    let (number, text) = (crate::Int::from_i64(i64::from(errno)), Str::new(&strerror(errno)));
    errors::raise_with(&PyExc_OSError, &[&number, &text, first, none(), second])
}

/// Raises from the calling thread's `errno`.
pub fn raise_last_errno(filename: Option<&Object>) -> Raised {
    // SAFETY: errno belongs to this thread.
    raise_errno(unsafe { *libc::__errno_location() }, filename)
}

/// Does `__init__` do the work? When a subclass overrides `__init__` but not `__new__`, it does; else `__new__`.
fn uses_init(ty: &TypeObject) -> bool {
    let own_init = ty.tp_init.get().is_some_and(|f| f as usize != init as *const () as usize);
    let own_new = ty.tp_new.get().is_some_and(|f| f as usize != new as *const () as usize);
    own_init && !own_new
}

extern "C" fn new(ty: &TypeObject, args: &Tuple, kwargs: Option<&Object>) -> Result {
    let mut chosen = ty;
    if !uses_init(ty) {
        no_keywords(ty, kwargs)?;
        if ty.is_type(&PyExc_OSError) && (2..=5).contains(&args.len()) {
            let errno = args.get(0).and_then(|n| n.downcast::<crate::Int>()).and_then(crate::Int::to_i64);
            if let Some(errno) = errno.and_then(|n| i32::try_from(n).ok()) {
                chosen = class_for_errno(errno);
            }
        }
    }
    let object = alloc_exception(chosen, Tuple::empty())?;
    object.expect::<OSError>().written.set(-1);
    if uses_init(chosen) {
        return Ok(object);
    }
    fill(object.expect(), args);
    Ok(object)
}

extern "C" fn init(object: &Object, args: &Tuple, kwargs: Option<&Object>) -> c_int {
    if !uses_init(object.ty()) {
        return 0;
    }
    unit_result((|| {
        no_keywords(object.ty(), kwargs)?;
        fill(object.expect(), args);
        Ok(())
    })())
}

/// Spreads the arguments (errno, strerror, filename, winerror, filename2) over the fields; `args` keeps two of them
/// when there is a file name, for compatibility.
fn fill(error: &OSError, args: &Tuple) {
    let mut shown = Ref::from_borrowed(args);
    if (2..=5).contains(&args.len()) {
        let items = args.as_slice();
        error.myerrno.set(Some(items[0].clone()));
        error.strerror.set(Some(items[1].clone()));
        if let Some(filename) = items.get(2).filter(|f| !f.is_none()) {
            let counts_written = error.is_instance_of(&PyExc_BlockingIOError) && filename.is_index();
            if counts_written {
                match filename.as_isize(false) {
                    Ok(written) => error.written.set(written),
                    Err(_) => errors::clear(),
                }
            } else {
                error.filename.set(Some(filename.clone()));
                if let Some(second) = items.get(4).filter(|f| !f.is_none()) {
                    error.filename2.set(Some(second.clone()));
                }
                shown = Tuple::from_vec(items[..2].to_vec());
            }
        }
    }
    error.base.args.set(Some(shown));
}

extern "C" fn str_(object: &Object) -> Result {
    let error = object.expect::<OSError>();
    let or_none = |slot: &Slot| slot.get().unwrap_or_else(|| none().to_ref());
    if let Some(filename) = error.filename.get() {
        let mut text = format!(
            "[Errno {}] {}: {}",
            or_none(&error.myerrno).str()?,
            or_none(&error.strerror).str()?,
            filename.repr()?
        );
        if let Some(second) = error.filename2.get() {
            text.push_str(&format!(" -> {}", second.repr()?));
        }
        return Ok(Str::new(&text).into_object());
    }
    if !error.myerrno.is_empty() && !error.strerror.is_empty() {
        let text = format!("[Errno {}] {}", or_none(&error.myerrno).str()?, or_none(&error.strerror).str()?);
        return Ok(Str::new(&text).into_object());
    }
    base::str_(object)
}

extern "C" fn get_written(object: &Object, _: *mut c_void) -> Result {
    match object.expect::<OSError>().written.get() {
        -1 => Err(attribute_error("characters_written")),
        written => Ok(crate::Int::from_i64(written as i64).into_object()),
    }
}

extern "C" fn set_written(object: &Object, value: Option<&Object>, _: *mut c_void) -> c_int {
    let error = object.expect::<OSError>();
    unit_result(match value {
        None if error.written.get() == -1 => Err(attribute_error("characters_written")),
        None => {
            error.written.set(-1);
            Ok(())
        }
        Some(value) => value.as_isize(false).map(|n| error.written.set(n)),
    })
}

/// Helper for pickle.
#[pyfn("__reduce__($self, /)")]
fn reduce(error: &OSError) -> Result {
    let mut args = error.base.arguments();
    if let (2, Some(filename)) = (args.len(), error.filename.get()) {
        let mut items = args.as_slice().to_vec();
        items.push(filename);
        if let Some(second) = error.filename2.get() {
            items.push(none().to_ref());
            items.push(second);
        }
        args = Tuple::from_vec(items);
    }
    let mut parts = vec![error.ty().to_ref(), args.into_object()];
    parts.extend(error.base.dict.get());
    Ok(Tuple::from_vec(parts).into_object())
}
