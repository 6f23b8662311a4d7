//! Path arguments: text, bytes, path objects and, where a function allows them, descriptors and None (`path_t`).

use crate::sys::{self, Status, fd_number, fs_encode};
use core::ffi::{CStr, c_char};
use krait_object::args::{ArgContext, FromArg, Place};
use krait_object::errors::{type_error, value_error};
use krait_object::{Bytes, Object, Raised, Ref, Result, Str, exceptions, id};
use std::ffi::CString;

/// A path argument. `NULLABLE`: None means the current directory. `FD`: a descriptor is allowed.
pub struct PathArg<const NULLABLE: bool, const FD: bool> {
    narrow: CString,
    /// The descriptor, if it is one.
    pub fd: Option<i32>,
    /// What was passed, for errors.
    pub object: Ref<Object>,
    /// The path is bytes, so results are bytes.
    pub is_bytes: bool,
}

/// A path.
pub type Path = PathArg<false, false>;
/// A path or a descriptor.
pub type PathOrFd = PathArg<false, true>;
/// A path, a descriptor, or None.
pub type PathFdOrNone = PathArg<true, true>;

impl<'a, const NULLABLE: bool, const FD: bool> FromArg<'a> for PathArg<NULLABLE, FD> {
    fn from_arg(value: &'a Object, cx: &ArgContext) -> Result<Self> {
        let argument = match cx.place {
            Place::Name(name) => name,
            _ => "path",
        };
        if NULLABLE && value.is_none() {
            let object = value.to_ref();
            return Ok(PathArg { narrow: c".".to_owned(), fd: None, object, is_bytes: false });
        }
        let is_text = |o: &Object| o.downcast::<Str>().is_some() || o.downcast::<Bytes>().is_some();
        if FD && !is_text(value) && value.is_index() {
            let fd = fd_number(value)?;
            return Ok(PathArg {
                narrow: CString::default(),
                fd: Some(fd),
                object: value.to_ref(),
                is_bytes: false,
            });
        }
        let path = if is_text(value) { value.to_ref() } else { Self::from_path_like(value, cx, argument)? };
        let is_bytes = path.downcast::<Bytes>().is_some();
        let bytes = match path.downcast::<Str>() {
            Some(text) => fs_encode(text)?,
            None => path.clone(),
        };
        let Ok(narrow) = CString::new(bytes.expect::<Bytes>().as_slice()) else {
            return Err(value_error(format!("{}: embedded null character in {argument}", cx.function)));
        };
        Ok(PathArg { narrow, fd: None, object: path, is_bytes })
    }
}

impl<const NULLABLE: bool, const FD: bool> PathArg<NULLABLE, FD> {
    fn from_path_like(value: &Object, cx: &ArgContext, argument: &str) -> Result {
        let wrong = || {
            let allowed = match (FD, NULLABLE) {
                (true, true) => "string, bytes, os.PathLike, integer or None",
                (true, false) => "string, bytes, os.PathLike or integer",
                (false, true) => "string, bytes, os.PathLike or None",
                (false, false) => "string, bytes or os.PathLike",
            };
            let actual = value.type_name();
            type_error(format!("{}: {argument} should be {allowed}, not {actual}", cx.function))
        };
        match value.lookup_special(id!("__fspath__"))? {
            Some(method) if !method.is_none() => sys::fspath(value),
            _ => Err(wrong()),
        }
    }

    /// The path as a C string.
    pub fn c_str(&self) -> &CStr {
        &self.narrow
    }

    /// The path's bytes.
    #[expect(dead_code, reason = "for the functions on paths that are still to come")]
    pub fn bytes(&self) -> &[u8] {
        self.narrow.as_bytes()
    }

    /// Runs a call on the path with the GIL released; failure raises OSError with the file name.
    pub fn run<T: Status>(&self, call: impl FnOnce(*const c_char) -> T + Send) -> Result<T> {
        let path = self.c_str();
        sys::once(|| call(path.as_ptr())).map_err(|number| self.error(number))
    }

    /// OSError with the file name.
    pub fn error(&self, number: i32) -> Raised {
        exceptions::raise_errno(number, Some(&self.object))
    }

    /// OSError from `errno` with the file name.
    pub fn last_error(&self) -> Raised {
        self.error(sys::errno())
    }

    /// `OSError` that names two paths.
    pub fn error_with(&self, other: &Self, number: i32) -> Raised {
        exceptions::raise_errno_two(number, &self.object, &other.object)
    }
}
