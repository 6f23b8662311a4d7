//! System calls from object code: errors, interruption, descriptors and the file system's text encoding.

use krait_object::args::{ArgContext, FromArg};
use krait_object::errors::{overflow_error, type_error, value_error};
use krait_object::exceptions;
use krait_object::gil::allow_threads;
use krait_object::{Bytes, Int, Object, Raised, Ref, Result, Str, Tuple, codecs, errors, id, interp};

/// A C status: -1 means that `errno` tells what went wrong.
pub trait Status: Copy + Send {
    /// Is it -1?
    fn failed(self) -> bool;
}

macro_rules! status {
    ($($ty:ty)*) => { $(impl Status for $ty {
        fn failed(self) -> bool {
            self == -1
        }
    })* };
}

status! { i32 i64 isize }

/// The calling thread's `errno`.
pub fn errno() -> i32 {
    // SAFETY: errno belongs to this thread.
    unsafe { *libc::__errno_location() }
}

/// Sets the calling thread's `errno`.
pub fn set_errno(value: i32) {
    // SAFETY: errno belongs to this thread.
    unsafe { *libc::__errno_location() = value };
}

/// OSError from `errno`.
#[cold]
pub fn last_error() -> Raised {
    errors::os_error_from_errno(errno(), None)
}

/// OSError from an error number.
#[cold]
pub fn os_error(number: i32) -> Raised {
    errors::os_error_from_errno(number, None)
}

/// A call that does not block: its value, or OSError.
pub fn check<T: Status>(status: T) -> Result<T> {
    if status.failed() { Err(last_error()) } else { Ok(status) }
}

/// Lets pending Python signal handlers run.
pub fn check_signals() -> Result<()> {
    match interp::current().hooks.check_signals.get() {
        Some(hook) => hook(),
        None => Ok(()),
    }
}

/// Runs a call once with the GIL released: its value or the error number.
pub fn once<T: Status>(call: impl FnOnce() -> T + Send) -> core::result::Result<T, i32> {
    allow_threads(|| {
        let status = call();
        if status.failed() { Err(errno()) } else { Ok(status) }
    })
}

/// Runs a call with the GIL released, again after each interruption (PEP 475); the error number when it fails.
pub fn retried<T: Status>(mut call: impl FnMut() -> T + Send) -> Result<core::result::Result<T, i32>> {
    loop {
        match once(&mut call) {
            Err(libc::EINTR) => check_signals()?,
            other => return Ok(other),
        }
    }
}

/// As [`retried`]; failure raises OSError.
pub fn blocking<T: Status>(call: impl FnMut() -> T + Send) -> Result<T> {
    retried(call)?.map_err(os_error)
}

/// File system bytes as text.
pub fn fs_decode(bytes: &[u8]) -> Result<Ref<Str>> {
    codecs::decode_text(bytes, "utf-8", "surrogateescape")
}

/// Text as file system bytes.
pub fn fs_encode(text: &Str) -> Result<Ref<Object>> {
    codecs::encode_text(text, "utf-8", "surrogateescape")
}

/// `os.fspath`: text, bytes, or what `__fspath__` says.
pub fn fspath(path: &Object) -> Result {
    if path.downcast::<Str>().is_some() || path.downcast::<Bytes>().is_some() {
        return Ok(path.to_ref());
    }
    let expected =
        || type_error(format!("expected str, bytes or os.PathLike object, not {}", path.type_name()));
    let Some(method) = path.lookup_special(id!("__fspath__"))? else { return Err(expected()) };
    if method.is_none() {
        return Err(expected());
    }
    let result = method.call(&[])?;
    if result.downcast::<Str>().is_some() || result.downcast::<Bytes>().is_some() {
        return Ok(result);
    }
    Err(type_error(format!(
        "expected {}.__fspath__() to return str or bytes, not {}",
        path.type_name(),
        result.type_name()
    )))
}

/// Text, bytes or a path object as a C string (`PyUnicode_FSConverter`).
pub fn fs_converter(object: &Object) -> Result<std::ffi::CString> {
    let path = fspath(object)?;
    let bytes = match path.downcast::<Str>() {
        Some(text) => fs_encode(text)?,
        None => path,
    };
    c_string(bytes.expect::<Bytes>().as_slice())
}

/// Bytes as a C string.
pub fn c_string(bytes: &[u8]) -> Result<std::ffi::CString> {
    std::ffi::CString::new(bytes).map_err(|_| value_error("embedded null byte"))
}

/// A file system path that must not be a descriptor, as a C string.
pub struct FsPath(pub std::ffi::CString);

impl<'a> FromArg<'a> for FsPath {
    fn from_arg(value: &'a Object, _: &ArgContext) -> Result<FsPath> {
        fs_converter(value).map(FsPath)
    }
}

/// A file descriptor number in range.
pub fn fd_number(value: &Object) -> Result<i32> {
    if value.is_type_bool() {
        errors::warn(&exceptions::PyExc_RuntimeWarning, "bool is used as a file descriptor", 1)?;
    }
    let int = value.index()?;
    match int.to_i64().map(i32::try_from) {
        Some(Ok(fd)) => Ok(fd),
        _ if int.is_negative() => Err(overflow_error("fd is less than minimum")),
        _ => Err(overflow_error("fd is greater than maximum")),
    }
}

/// Is it `True` or `False`?
pub trait IsBool {
    /// Is it `True` or `False`?
    fn is_type_bool(&self) -> bool;
}

impl IsBool for Object {
    fn is_type_bool(&self) -> bool {
        use krait_object::object::bool_object;
        self.is(bool_object(true)) || self.is(bool_object(false))
    }
}

/// A descriptor: an integer, or an object with `fileno()` (`PyObject_AsFileDescriptor`).
pub fn as_descriptor(value: &Object) -> Result<i32> {
    let fd = if value.downcast::<Int>().is_some() {
        if value.is_type_bool() {
            errors::warn(&exceptions::PyExc_RuntimeWarning, "bool is used as a file descriptor", 1)?;
        }
        c_int(value)?
    } else {
        let Some(method) = value.get_attr_opt(id!("fileno"))? else {
            return Err(type_error("argument must be an int, or have a fileno() method."));
        };
        let number = method.call(&[])?;
        if number.downcast::<Int>().is_none() {
            return Err(type_error("fileno() returned a non-integer"));
        }
        c_int(&number)?
    };
    if fd < 0 {
        return Err(value_error(format!("file descriptor cannot be a negative integer ({fd})")));
    }
    Ok(fd)
}

/// An integer that fits a C `int`.
pub fn c_int(value: &Object) -> Result<i32> {
    match value.index()?.to_i64().map(i32::try_from) {
        Some(Ok(number)) => Ok(number),
        _ => Err(overflow_error("Python int too large to convert to C int")),
    }
}

/// An integer that fits a C `long`.
pub fn c_long(value: &Object) -> Result<i64> {
    value.index()?.to_i64().ok_or_else(|| overflow_error("Python int too large to convert to C long"))
}

/// Parameter: descriptor or object with `fileno()`.
#[derive(Clone, Copy)]
pub struct Fildes(pub i32);

impl<'a> FromArg<'a> for Fildes {
    fn from_arg(value: &'a Object, _: &ArgContext) -> Result<Fildes> {
        as_descriptor(value).map(Fildes)
    }
}

/// Parameter: `dir_fd`, `AT_FDCWD` when it is None.
#[derive(Clone, Copy)]
pub struct DirFd(pub i32);

impl DirFd {
    /// Was one given?
    pub fn is_given(self) -> bool {
        self.0 != libc::AT_FDCWD
    }
}

impl<'a> FromArg<'a> for DirFd {
    fn from_arg(value: &'a Object, _: &ArgContext) -> Result<DirFd> {
        if value.is_none() {
            return Ok(DirFd(libc::AT_FDCWD));
        }
        if value.is_index() {
            return fd_number(value).map(DirFd);
        }
        Err(type_error(format!("argument should be integer or None, not {}", value.type_name())))
    }
}

macro_rules! id_argument {
    ($name:ident, $text:literal) => {
        #[doc = concat!("Parameter: a ", $text, "; -1 leaves it as it is.")]
        #[derive(Clone, Copy)]
        pub struct $name(pub u32);

        impl<'a> FromArg<'a> for $name {
            fn from_arg(value: &'a Object, _: &ArgContext) -> Result<$name> {
                if !value.is_index() {
                    let actual = value.type_name();
                    return Err(type_error(format!(concat!($text, " should be integer, not {}"), actual)));
                }
                let int = value.index()?;
                match int.to_i64() {
                    Some(-1) => Ok($name(u32::MAX)),
                    Some(n) if n >= 0 && n < i64::from(u32::MAX) => Ok($name(n as u32)),
                    _ if int.is_negative() => Err(overflow_error(concat!($text, " is less than minimum"))),
                    _ => Err(overflow_error(concat!($text, " is greater than maximum"))),
                }
            }
        }
    };
}

id_argument!(Uid, "uid");
id_argument!(Gid, "gid");

/// A user or group id as Python shows it.
pub fn id_object(id: u32) -> Ref<Int> {
    Int::from_i64(if id == u32::MAX { -1 } else { i64::from(id) })
}

/// A tuple of values.
pub fn tuple(items: Vec<Ref<Object>>) -> Ref<Object> {
    Tuple::from_vec(items).into_object()
}

/// A Python integer.
pub fn int(value: i64) -> Ref<Object> {
    Int::from_i64(value).into_object()
}
