//! `FileIO`: a file descriptor as a raw stream. CPython: `Modules/_io/fileio.c`.

use crate::base::{self, Base};
use crate::{DEFAULT_BUFFER_SIZE, both, retry, unsupported};
use core::cell::Cell;
use core::ffi::{c_int, c_void};
use krait_macros::pyfn;
use krait_object::buffer::{View, request};
use krait_object::object::{bool_object, none};
use krait_object::result::{Raised, Result, unit_result};
use krait_object::typeobj::flags;
use krait_object::{
    Bytes, Dict, GetSetDef, Int, MethodDef, Object, Ref, Str, Tuple, TypeObject, alloc, args, errors, gc, id,
    type_error, value_error,
};

/// `fileio`.
#[repr(C)]
pub struct FileIO {
    base: Base,
    fd: Cell<c_int>,
    created: Cell<bool>,
    readable: Cell<bool>,
    writable: Cell<bool>,
    appending: Cell<bool>,
    /// -1 not known yet.
    seekable: Cell<i8>,
    closefd: Cell<bool>,
    finalizing: Cell<bool>,
    blksize: Cell<u32>,
}

krait_object::object_type!(FileIO, FILE_IO);

/// `_io.FileIO`.
pub static FILE_IO: TypeObject = TypeObject::of::<FileIO>(c"_io.FileIO")
    .flags(flags::BASETYPE)
    .base(&raw const base::RAW_IO_BASE)
    .doc(c"FileIO(file, mode='r', closefd=True, opener=None)\n--\n\nOpen a file.")
    .tp_dealloc(base::dealloc_stream::<FileIO>)
    .tp_new(new)
    .tp_init(init)
    .tp_repr(repr)
    .getset(&[
        GetSetDef::getter(c"closed", get_closed),
        GetSetDef::getter(c"closefd", get_closefd),
        GetSetDef::getter(c"mode", get_mode),
        GetSetDef::getset(c"_finalizing", get_finalizing, set_finalizing),
        GetSetDef::getset(c"_blksize", get_blksize, set_blksize),
        GetSetDef::SENTINEL,
    ])
    .methods(&[
        read::DEF,
        readall::DEF,
        readinto::DEF,
        write::DEF,
        seek::DEF,
        tell::DEF,
        truncate::DEF,
        close::DEF,
        seekable::DEF,
        readable::DEF,
        writable::DEF,
        fileno::DEF,
        isatty::DEF,
        isatty_open_only::DEF,
        dealloc_warn::DEF,
        getstate::DEF,
        MethodDef::SENTINEL,
    ]);

extern "C" fn new(ty: &TypeObject, _: &Tuple, _: Option<&Object>) -> Result {
    let object = alloc::allocate(ty, 0)?;
    let file = object.expect::<FileIO>();
    file.fd.set(-1);
    file.seekable.set(-1);
    file.closefd.set(true);
    file.blksize.set(DEFAULT_BUFFER_SIZE as u32);
    if !gc::is_tracked(&object) {
        gc::track(&object);
    }
    Ok(object)
}

extern "C" fn init(object: &Object, args: &Tuple, kwargs: Option<&Object>) -> c_int {
    unit_result((|| {
        let kwargs = kwargs.and_then(|k| k.downcast::<Dict>());
        let v = args::parse_init("FileIO", &["file", "mode", "closefd", "opener"], 1, args, kwargs)?;
        let mode = match &v[1] {
            Some(mode) => match mode.downcast::<Str>() {
                Some(mode) => mode.to_string(),
                None => {
                    return Err(type_error(format!(
                        "FileIO() argument 'mode' must be str, not {}",
                        mode.type_name()
                    )));
                }
            },
            None => "r".to_owned(),
        };
        let closefd = v[2].as_ref().map_or(Ok(true), |c| c.is_true())?;
        let opener = v[3].as_deref().filter(|o| !o.is_none());
        let file = v[0].as_deref().unwrap_or(none());
        let this = object.expect::<FileIO>();
        let opened = this.open(file, &mode, closefd, opener);
        if opened.is_err() && !closefd {
            this.fd.set(-1);
        }
        opened
    })())
}

/// The path of a file name argument as bytes.
fn path_bytes(name: &Object) -> Result<Vec<u8>> {
    let path = match name.get_attr_opt(id!("__fspath__"))? {
        Some(method) if name.downcast::<Str>().is_none() && name.downcast::<Bytes>().is_none() => {
            method.call_no_args()?
        }
        _ => name.to_ref(),
    };
    let bytes = if let Some(text) = path.downcast::<Str>() {
        let made = krait_object::codecs::encode_text(text, "utf-8", "surrogateescape")?;
        made.downcast::<Bytes>().map(|b| b.as_slice().to_vec()).unwrap_or_default()
    } else if let Some(bytes) = path.downcast::<Bytes>() {
        bytes.as_slice().to_vec()
    } else {
        return Err(type_error(format!(
            "expected str, bytes or os.PathLike object, not {}",
            name.type_name()
        )));
    };
    if bytes.contains(&0) {
        return Err(value_error("embedded null byte"));
    }
    Ok(bytes)
}

impl FileIO {
    /// The descriptor; negative when closed.
    pub fn fd(&self) -> c_int {
        self.fd.get()
    }

    fn parse_mode(&self, mode: &str) -> Result<c_int> {
        let bad =
            || value_error("Must have exactly one of create/read/write/append mode and at most one plus");
        let (mut kinds, mut plus, mut oflags) = (0, false, 0);
        for c in mode.chars() {
            match c {
                'x' | 'r' | 'w' | 'a' => {
                    if kinds > 0 {
                        return Err(bad());
                    }
                    kinds += 1;
                    self.readable.set(c == 'r');
                    self.writable.set(c != 'r');
                    self.created.set(c == 'x');
                    self.appending.set(c == 'a');
                    oflags |= match c {
                        'x' => libc::O_EXCL | libc::O_CREAT,
                        'w' => libc::O_CREAT | libc::O_TRUNC,
                        'a' => libc::O_APPEND | libc::O_CREAT,
                        _ => 0,
                    };
                }
                'b' => {}
                '+' if !plus => plus = true,
                '+' => return Err(bad()),
                _ => return Err(value_error(format!("invalid mode: {mode}"))),
            }
        }
        if kinds == 0 {
            return Err(bad());
        }
        if plus {
            self.readable.set(true);
            self.writable.set(true);
        }
        oflags |= match (self.readable.get(), self.writable.get()) {
            (true, true) => libc::O_RDWR,
            (true, false) => libc::O_RDONLY,
            _ => libc::O_WRONLY,
        };
        Ok(oflags | libc::O_CLOEXEC)
    }

    fn open(&self, name: &Object, mode: &str, closefd: bool, opener: Option<&Object>) -> Result<()> {
        if self.fd.get() >= 0 {
            if self.closefd.get() {
                self.close_fd()?;
            } else {
                self.fd.set(-1);
            }
        }
        let given = match name.downcast::<Int>() {
            Some(int) => {
                let fd = int.to_i64().and_then(|v| i32::try_from(v).ok());
                let fd =
                    fd.ok_or_else(|| errors::overflow_error("Python int too large to convert to C int"))?;
                if fd < 0 {
                    return Err(value_error("negative file descriptor"));
                }
                Some(fd)
            }
            None => None,
        };
        let oflags = self.parse_mode(mode)?;
        self.closefd.set(given.is_none() || closefd);
        if let Some(fd) = given {
            self.fd.set(fd);
        } else {
            if !closefd {
                return Err(value_error("Cannot use closefd=False with file name"));
            }
            self.open_path(name, oflags, opener)?;
        }
        let own = given.is_none();
        let ready = self.inspect(name).and_then(|()| self.set_attr(id!("name"), Some(name)));
        if ready.is_err() {
            let fd = self.fd.replace(-1);
            if own {
                // SAFETY: the descriptor was opened here.
                unsafe { libc::close(fd) };
            }
            return ready;
        }
        if self.appending.get() {
            // A pipe cannot be positioned: that is no error here.
            // SAFETY: plain system call.
            unsafe { libc::lseek(self.fd.get(), 0, libc::SEEK_END) };
        }
        Ok(())
    }

    fn open_path(&self, name: &Object, oflags: c_int, opener: Option<&Object>) -> Result<()> {
        let fd = match opener {
            None => {
                let path = std::ffi::CString::new(path_bytes(name)?)
                    .map_err(|_| value_error("embedded null byte"))?;
                // SAFETY: the path is NUL-terminated and outlives the call.
                let opened = retry(|| unsafe { libc::open(path.as_ptr(), oflags, 0o666) } as isize)?;
                opened.map_err(|errno| errors::os_error_from_errno(errno, Some(name)))? as c_int
            }
            Some(opener) => {
                let result = opener.call(&[name, &Int::from_i64(i64::from(oflags))])?;
                let Some(int) = result.downcast::<Int>() else {
                    return Err(type_error("expected integer from opener"));
                };
                let fd = int.to_i64().and_then(|v| i32::try_from(v).ok()).unwrap_or(-1);
                if fd < 0 {
                    return Err(value_error(format!("opener returned {fd}")));
                }
                // SAFETY: plain system call.
                unsafe { libc::fcntl(fd, libc::F_SETFD, libc::FD_CLOEXEC) };
                fd
            }
        };
        self.fd.set(fd);
        Ok(())
    }

    /// Refuses directories and bad descriptors, and learns the block size.
    fn inspect(&self, name: &Object) -> Result<()> {
        // SAFETY: `stat` is plain data.
        let mut stat: libc::stat = unsafe { core::mem::zeroed() };
        // SAFETY: the pointer is valid for the call.
        if unsafe { libc::fstat(self.fd.get(), &raw mut stat) } < 0 {
            let errno = std::io::Error::last_os_error().raw_os_error().unwrap_or(0);
            return if errno == libc::EBADF { Err(errors::os_error_from_errno(errno, None)) } else { Ok(()) };
        }
        if stat.st_mode & libc::S_IFMT == libc::S_IFDIR {
            return Err(errors::os_error_from_errno(libc::EISDIR, Some(name)));
        }
        if stat.st_blksize > 1 {
            self.blksize.set((stat.st_blksize as usize).max(DEFAULT_BUFFER_SIZE) as u32);
        }
        Ok(())
    }

    fn close_fd(&self) -> Result<()> {
        let fd = self.fd.replace(-1);
        if fd < 0 {
            return Ok(());
        }
        let errno = krait_object::gil::allow_threads(|| {
            // SAFETY: the descriptor is this object's own.
            if unsafe { libc::close(fd) } < 0 { std::io::Error::last_os_error().raw_os_error() } else { None }
        });
        match errno {
            Some(errno) => Err(errors::os_error_from_errno(errno, None)),
            None => Ok(()),
        }
    }

    fn open_fd(&self) -> Result<c_int> {
        if self.fd.get() < 0 { Err(value_error("I/O operation on closed file")) } else { Ok(self.fd.get()) }
    }

    /// Reads up to `size` bytes; `None` when that would block.
    pub fn read_bytes(&self, size: usize) -> Result<Option<Vec<u8>>> {
        let fd = self.open_fd()?;
        if !self.readable.get() {
            return Err(unsupported("File not open for reading"));
        }
        let mut data: Vec<u8> = Vec::with_capacity(size);
        let address = data.as_mut_ptr() as usize;
        let size = size.min(isize::MAX as usize);
        // SAFETY: the vector has room for `size` bytes and is not touched during the call.
        match retry(|| unsafe { libc::read(fd, address as *mut c_void, size) })? {
            Ok(count) => {
                // SAFETY: the system call filled `count` bytes.
                unsafe { data.set_len(count as usize) };
                Ok(Some(data))
            }
            Err(libc::EAGAIN) => Ok(None),
            Err(errno) => Err(errors::os_error_from_errno(errno, None)),
        }
    }

    /// Writes once; `None` when that would block.
    pub fn write_bytes(&self, data: &[u8]) -> Result<Option<usize>> {
        let fd = self.open_fd()?;
        if !self.writable.get() {
            return Err(unsupported("File not open for writing"));
        }
        // SAFETY: the slice is valid for the call.
        match retry(|| unsafe { libc::write(fd, data.as_ptr().cast(), data.len()) })? {
            Ok(count) => Ok(Some(count as usize)),
            Err(libc::EAGAIN) => Ok(None),
            Err(errno) => Err(errors::os_error_from_errno(errno, None)),
        }
    }

    /// Moves the position.
    pub fn seek_to(&self, offset: i64, whence: c_int) -> Result<i64> {
        let fd = self.open_fd()?;
        // SAFETY: plain system call.
        match retry(|| unsafe { libc::lseek(fd, offset, whence) } as isize)? {
            Ok(position) => {
                self.seekable.set(1);
                Ok(position as i64)
            }
            Err(errno) => Err(errors::os_error_from_errno(errno, None)),
        }
    }

    fn mode_text(&self) -> &'static str {
        match (self.created.get(), self.appending.get(), self.readable.get(), self.writable.get()) {
            (true, _, true, _) => "xb+",
            (true, ..) => "xb",
            (_, true, true, _) => "ab+",
            (_, true, ..) => "ab",
            (_, _, true, true) => "rb+",
            (_, _, true, _) => "rb",
            _ => "wb",
        }
    }
}

#[pyfn("read($self, size=-1, /)")]
fn read(this: &FileIO, size: Option<&Object>) -> Result {
    let size = match size {
        Some(size) if !size.is_none() => size.as_isize(false)?,
        _ => -1,
    };
    if size < 0 {
        return readall(this);
    }
    Ok(match this.read_bytes(size as usize)? {
        Some(data) => Bytes::new(&data).into_object(),
        None => none().to_ref(),
    })
}

/// Read all data from the file, returned as bytes.
#[pyfn("readall($self, /)")]
fn readall(this: &FileIO) -> Result {
    let mut all = Vec::new();
    loop {
        match this.read_bytes(DEFAULT_BUFFER_SIZE)? {
            Some(part) if part.is_empty() => break,
            Some(part) => all.extend_from_slice(&part),
            None if all.is_empty() => return Ok(none().to_ref()),
            None => break,
        }
    }
    Ok(Bytes::new(&all).into_object())
}

#[pyfn("readinto($self, buffer, /)")]
fn readinto(this: &FileIO, buffer: &Object) -> Result<Option<usize>> {
    let view = View::get(buffer, request::WRITABLE)?;
    let data = this.read_bytes(view.raw().len as usize)?;
    Ok(data.map(|data| {
        view.write(0, &data);
        data.len()
    }))
}

#[pyfn("write($self, b, /)")]
fn write(this: &FileIO, b: View) -> Result<Option<usize>> {
    this.write_bytes(b.as_slice())
}

#[pyfn("seek($self, pos, whence=0, /)")]
fn seek(this: &FileIO, pos: i64, whence: i32) -> Result<i64> {
    this.seek_to(pos, whence)
}

#[pyfn("tell($self, /)")]
fn tell(this: &FileIO) -> Result<i64> {
    this.seek_to(0, libc::SEEK_CUR)
}

#[pyfn("truncate($self, size=None, /)")]
fn truncate(this: &FileIO, size: Option<i64>) -> Result<i64> {
    let fd = this.open_fd()?;
    if !this.writable.get() {
        return Err(unsupported("File not open for writing"));
    }
    let size = match size {
        Some(size) => size,
        None => this.seek_to(0, libc::SEEK_CUR)?,
    };
    // SAFETY: plain system call.
    match retry(|| unsafe { libc::ftruncate(fd, size) } as isize)? {
        Ok(_) => Ok(size),
        Err(errno) => Err(errors::os_error_from_errno(errno, None)),
    }
}

#[pyfn("close($self, /)")]
fn close(this: &FileIO) -> Result<()> {
    if !this.closefd.get() {
        this.fd.set(-1);
    }
    if this.finalizing.get() && this.fd.get() >= 0 {
        base::warn_unclosed(this);
    }
    let method = base::IO_BASE.get_attr(id!("close"))?;
    both(method.call(&[this]).map(drop), || this.close_fd())
}

#[pyfn("seekable($self, /)")]
fn seekable(this: &FileIO) -> Result<bool> {
    this.open_fd()?;
    if this.seekable.get() < 0 {
        // SAFETY: plain system call.
        let position = unsafe { libc::lseek(this.fd.get(), 0, libc::SEEK_CUR) };
        this.seekable.set(i8::from(position >= 0));
    }
    Ok(this.seekable.get() == 1)
}

#[pyfn("readable($self, /)")]
fn readable(this: &FileIO) -> Result<bool> {
    this.open_fd()?;
    Ok(this.readable.get())
}

#[pyfn("writable($self, /)")]
fn writable(this: &FileIO) -> Result<bool> {
    this.open_fd()?;
    Ok(this.writable.get())
}

#[pyfn("fileno($self, /)")]
fn fileno(this: &FileIO) -> Result<i32> {
    this.open_fd()
}

#[pyfn("isatty($self, /)")]
fn isatty(this: &FileIO) -> Result<bool> {
    let fd = this.open_fd()?;
    // SAFETY: plain system call.
    Ok(unsafe { libc::isatty(fd) } == 1)
}

#[pyfn("_isatty_open_only($self, /)")]
fn isatty_open_only(this: &FileIO) -> Result<bool> {
    isatty(this)
}

#[pyfn("_dealloc_warn($self, source, /)")]
fn dealloc_warn(this: &FileIO, source: &Object) {
    if this.fd.get() >= 0 && this.closefd.get() {
        base::warn_unclosed(source);
    }
}

#[pyfn("__getstate__($self, /)")]
fn getstate(this: &FileIO) -> Result {
    Err(cannot_pickle(this))
}

/// The error of `__getstate__`.
pub fn cannot_pickle(object: &Object) -> Raised {
    type_error(format!("cannot pickle '{}' instances", object.type_name()))
}

extern "C" fn get_closed(object: &Object, _: *mut c_void) -> Result {
    Ok(bool_object(object.expect::<FileIO>().fd.get() < 0).to_ref())
}

extern "C" fn get_closefd(object: &Object, _: *mut c_void) -> Result {
    Ok(bool_object(object.expect::<FileIO>().closefd.get()).to_ref())
}

extern "C" fn get_mode(object: &Object, _: *mut c_void) -> Result {
    Ok(Str::new(object.expect::<FileIO>().mode_text()).into_object())
}

extern "C" fn get_finalizing(object: &Object, _: *mut c_void) -> Result {
    Ok(bool_object(object.expect::<FileIO>().finalizing.get()).to_ref())
}

extern "C" fn set_finalizing(object: &Object, value: Option<&Object>, _: *mut c_void) -> c_int {
    unit_result((|| {
        let value = value.ok_or_else(|| type_error("can't delete numeric/char attribute"))?.is_true()?;
        object.expect::<FileIO>().finalizing.set(value);
        Ok(())
    })())
}

extern "C" fn get_blksize(object: &Object, _: *mut c_void) -> Result {
    Ok(Int::from_i64(i64::from(object.expect::<FileIO>().blksize.get())).into_object())
}

extern "C" fn set_blksize(object: &Object, value: Option<&Object>, _: *mut c_void) -> c_int {
    unit_result((|| {
        let size = value.ok_or_else(|| type_error("can't delete numeric/char attribute"))?.as_isize(true)?;
        object.expect::<FileIO>().blksize.set(size.clamp(1, i32::MAX as isize) as u32);
        Ok(())
    })())
}

extern "C" fn repr(object: &Object) -> Result {
    let this = object.expect::<FileIO>();
    let name = object.type_name();
    if this.fd.get() < 0 {
        return Ok(Str::new(&format!("<{name} [closed]>")).into_object());
    }
    let (mode, closefd) = (this.mode_text(), if this.closefd.get() { "True" } else { "False" });
    let shown: Option<Ref<Object>> = object.get_attr_opt(id!("name"))?;
    Ok(Str::new(&match shown {
        None => format!("<{name} fd={} mode='{mode}' closefd={closefd}>", this.fd.get()),
        Some(file) => format!("<{name} name={} mode='{mode}' closefd={closefd}>", file.repr()?),
    })
    .into_object())
}
