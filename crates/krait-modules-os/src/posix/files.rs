//! Open files: descriptors, reading, writing, pipes.

use super::path::Path;
use crate::sys::{self, DirFd, Fildes, blocking, check};
use krait_macros::pyfn;
use krait_object::args::WritableView;
use krait_object::buffer::{View, request};
use krait_object::errors::{overflow_error, type_error, value_error};
use krait_object::{Bytes, Object, Raised, Ref, Result, alloc};

/// Largest count of one read or write, as the kernel bounds it.
const MAX_IO: usize = 0x7fff_f000;

/// Open a file for low level IO.  Returns a file descriptor (integer).
#[pyfn("open(path, flags, mode=511, *, dir_fd=None)")]
pub fn open(path: Path, flags: i32, mode: i32, dir_fd: DirFd) -> Result<i32> {
    let name = path.c_str();
    // SAFETY: the path is a C string.
    sys::retried(|| unsafe {
        libc::openat(dir_fd.0, name.as_ptr(), flags | libc::O_CLOEXEC, mode as libc::c_uint)
    })?
    .map_err(|number| path.error(number))
}

/// Close a file descriptor.
#[pyfn("close(fd)")]
pub fn close(fd: i32) -> Result<()> {
    // SAFETY: a plain call. After EINTR the descriptor is closed nevertheless on Linux.
    match sys::once(|| unsafe { libc::close(fd) }) {
        Ok(_) | Err(libc::EINTR) => Ok(()),
        Err(number) => Err(sys::os_error(number)),
    }
}

/// Closes all file descriptors in [fd_low, fd_high), ignoring errors.
#[pyfn("closerange(fd_low, fd_high, /)")]
pub fn closerange(fd_low: i32, fd_high: i32) {
    krait_object::gil::allow_threads(|| close_fds(fd_low, fd_high));
}

/// Closes a range of descriptors.
pub fn close_fds(low: i32, high: i32) {
    let low = low.max(0);
    if low >= high {
        return;
    }
    // SAFETY: plain calls.
    unsafe {
        if libc::syscall(libc::SYS_close_range, low as libc::c_uint, (high - 1) as libc::c_uint, 0) != 0 {
            for fd in low..high {
                libc::close(fd);
            }
        }
    }
}

/// Read from a file descriptor.  Returns a bytes object.
#[pyfn("read(fd, length, /)")]
pub fn read(fd: i32, length: isize) -> Result<Ref<Bytes>> {
    // SAFETY: the buffer is as long as said.
    read_with(length, |buffer| unsafe { libc::read(fd, buffer.as_mut_ptr().cast(), buffer.len()) })
}

/// Read a number of bytes from a file descriptor starting at a particular offset.
#[pyfn("pread(fd, length, offset, /)")]
pub fn pread(fd: i32, length: i32, offset: i64) -> Result<Ref<Bytes>> {
    // SAFETY: the buffer is as long as said.
    read_with(length as isize, |buffer| unsafe {
        libc::pread(fd, buffer.as_mut_ptr().cast(), buffer.len(), offset)
    })
}

fn read_with(length: isize, mut call: impl FnMut(&mut [u8]) -> isize + Send) -> Result<Ref<Bytes>> {
    let Ok(length) = usize::try_from(length) else { return Err(sys::os_error(libc::EINVAL)) };
    let mut buffer = buffer_of(length.min(MAX_IO))?;
    let count = blocking(|| call(&mut buffer))?;
    Ok(Bytes::new(&buffer[..count as usize]))
}

fn buffer_of(length: usize) -> Result<Vec<u8>> {
    if !alloc::can_allocate(length) {
        return Err(krait_object::errors::memory_error());
    }
    Ok(vec![0; length])
}

/// Read into a buffer object from a file descriptor.
#[pyfn("readinto(fd, buffer, /)")]
pub fn readinto(fd: i32, buffer: WritableView) -> Result<isize> {
    let raw = buffer.0.raw();
    let (address, len) = (raw.buf as usize, (raw.len as usize).min(MAX_IO));
    if len == 0 {
        let mut nothing = [0u8; 1];
        // SAFETY: nothing is read.
        return blocking(|| unsafe { libc::read(fd, nothing.as_mut_ptr().cast(), 0) });
    }
    // SAFETY: the exporter keeps the memory while the view is held.
    blocking(|| unsafe { libc::read(fd, address as *mut _, len) })
}

/// Write a bytes object to a file descriptor.
#[pyfn("write(fd, data, /)")]
pub fn write(fd: i32, data: View) -> Result<isize> {
    let bytes = data.as_slice();
    // SAFETY: the slice is valid while the view is held.
    blocking(|| unsafe { libc::write(fd, bytes.as_ptr().cast(), bytes.len().min(MAX_IO)) })
}

/// Write bytes to a file descriptor starting at a particular offset.
#[pyfn("pwrite(fd, buffer, offset, /)")]
pub fn pwrite(fd: i32, buffer: View, offset: i64) -> Result<isize> {
    let bytes = buffer.as_slice();
    // SAFETY: the slice is valid while the view is held.
    blocking(|| unsafe { libc::pwrite(fd, bytes.as_ptr().cast(), bytes.len().min(MAX_IO), offset) })
}

/// Views of a sequence of buffers with the vector that the kernel takes.
struct Vector {
    entries: Vec<libc::iovec>,
    _views: Vec<View>,
}

/// The vector alone may go to the part without the GIL.
#[derive(Clone, Copy)]
struct Entries<'a>(&'a [libc::iovec]);

// SAFETY: the views behind the entries are held by the caller.
unsafe impl Send for Entries<'_> {}

impl Entries<'_> {
    fn parts(&self) -> (*const libc::iovec, i32) {
        (self.0.as_ptr(), self.0.len() as i32)
    }
}

impl Vector {
    fn new(function: &str, buffers: &Object, flags: i32) -> Result<Vector> {
        if !buffers.is_sequence() {
            return Err(type_error(format!("{function}() arg 2 must be a sequence")));
        }
        let mut vector = Vector { entries: Vec::new(), _views: Vec::new() };
        for item in buffers.collect()? {
            let view = View::get(&item, flags)?;
            let raw = view.raw();
            vector.entries.push(libc::iovec { iov_base: raw.buf, iov_len: raw.len as usize });
            vector._views.push(view);
        }
        Ok(vector)
    }

    fn run(&self, call: impl Fn(*const libc::iovec, i32) -> isize + Send) -> Result<isize> {
        let entries = Entries(&self.entries);
        blocking(move || {
            let (data, count) = entries.parts();
            call(data, count)
        })
    }
}

/// Read from a file descriptor fd into an iterable of buffers.
#[pyfn("readv(fd, buffers, /)")]
pub fn readv(fd: i32, buffers: &Object) -> Result<isize> {
    let vector = Vector::new("readv", buffers, request::WRITABLE)?;
    // SAFETY: the vector describes writable memory.
    vector.run(move |data, count| unsafe { libc::readv(fd, data, count) })
}

/// Iterate over buffers, and write the contents of each to a file descriptor.
#[pyfn("writev(fd, buffers, /)")]
pub fn writev(fd: i32, buffers: &Object) -> Result<isize> {
    let vector = Vector::new("writev", buffers, request::SIMPLE)?;
    // SAFETY: the vector describes readable memory.
    vector.run(move |data, count| unsafe { libc::writev(fd, data, count) })
}

/// Reads from a file descriptor into a number of mutable bytes-like objects.
#[pyfn("preadv(fd, buffers, offset, flags=0, /)")]
pub fn preadv(fd: i32, buffers: &Object, offset: i64, flags: i32) -> Result<isize> {
    let vector = Vector::new("preadv2", buffers, request::WRITABLE)?;
    // SAFETY: the vector describes writable memory.
    vector.run(move |data, count| unsafe { libc::preadv2(fd, data, count, offset, flags) })
}

/// Writes the contents of bytes-like objects to a file descriptor at a given offset.
#[pyfn("pwritev(fd, buffers, offset, flags=0, /)")]
pub fn pwritev(fd: i32, buffers: &Object, offset: i64, flags: i32) -> Result<isize> {
    let vector = Vector::new("pwritev2", buffers, request::SIMPLE)?;
    // SAFETY: the vector describes readable memory.
    vector.run(move |data, count| unsafe { libc::pwritev2(fd, data, count, offset, flags) })
}

/// Set the position of a file descriptor.  Return the new position.
#[pyfn("lseek(fd, position, whence, /)")]
pub fn lseek(fd: i32, position: i64, whence: i32) -> Result<i64> {
    // SAFETY: a plain call.
    sys::once(|| unsafe { libc::lseek(fd, position, whence) }).map_err(sys::os_error)
}

/// Return a duplicate of a file descriptor.
#[pyfn("dup(fd, /)")]
pub fn dup(fd: i32) -> Result<i32> {
    // SAFETY: a plain call.
    check(unsafe { libc::fcntl(fd, libc::F_DUPFD_CLOEXEC, 0) })
}

/// Duplicate file descriptor.
#[pyfn("dup2(fd, fd2, inheritable=True)")]
pub fn dup2(fd: i32, fd2: i32, inheritable: bool) -> Result<i32> {
    if fd < 0 || fd2 < 0 {
        return Err(sys::os_error(libc::EBADF));
    }
    // SAFETY: plain calls.
    sys::once(|| unsafe {
        if inheritable || fd == fd2 { libc::dup2(fd, fd2) } else { libc::dup3(fd, fd2, libc::O_CLOEXEC) }
    })
    .map_err(sys::os_error)
}

/// Create a pipe.
#[pyfn("pipe()")]
pub fn pipe() -> Result<(i32, i32)> {
    pipe2(libc::O_CLOEXEC)
}

/// Create a pipe with flags set atomically.
#[pyfn("pipe2(flags, /)")]
pub fn pipe2(flags: i32) -> Result<(i32, i32)> {
    let mut fds = [0; 2];
    // SAFETY: room for two descriptors.
    check(unsafe { libc::pipe2(fds.as_mut_ptr(), flags) })?;
    Ok((fds[0], fds[1]))
}

/// Truncate a file, specified by file descriptor, to a specific length.
#[pyfn("ftruncate(fd, length, /)")]
pub fn ftruncate(fd: i32, length: i64) -> Result<()> {
    // SAFETY: a plain call.
    blocking(|| unsafe { libc::ftruncate(fd, length) }).map(drop)
}

/// Force write of fd to disk.
#[pyfn("fsync(fd)")]
pub fn fsync(fd: Fildes) -> Result<()> {
    // SAFETY: a plain call.
    blocking(|| unsafe { libc::fsync(fd.0) }).map(drop)
}

/// Force write of fd to disk without forcing update of metadata.
#[pyfn("fdatasync(fd)")]
pub fn fdatasync(fd: Fildes) -> Result<()> {
    // SAFETY: a plain call.
    blocking(|| unsafe { libc::fdatasync(fd.0) }).map(drop)
}

/// Change to the directory of the given file descriptor.
#[pyfn("fchdir(fd)")]
pub fn fchdir(fd: Fildes) -> Result<()> {
    // SAFETY: a plain call.
    blocking(|| unsafe { libc::fchdir(fd.0) }).map(drop)
}

/// Force write of everything to disk.
#[pyfn("sync()")]
pub fn sync() {
    // SAFETY: a plain call.
    krait_object::gil::allow_threads(|| unsafe { libc::sync() });
}

/// Return True if the fd is connected to a terminal.
#[pyfn("isatty(fd, /)")]
pub fn isatty(fd: i32) -> bool {
    // SAFETY: a plain call.
    krait_object::gil::allow_threads(|| unsafe { libc::isatty(fd) }) == 1
}

/// Get the close-on-exe flag of the specified file descriptor.
#[pyfn("get_inheritable(fd, /)")]
pub fn get_inheritable(fd: i32) -> Result<bool> {
    // SAFETY: a plain call.
    Ok(check(unsafe { libc::fcntl(fd, libc::F_GETFD) })? & libc::FD_CLOEXEC == 0)
}

/// Set the inheritable flag of the specified file descriptor.
#[pyfn("set_inheritable(fd, inheritable, /)")]
pub fn set_inheritable(fd: i32, inheritable: i32) -> Result<()> {
    let request = if inheritable != 0 { libc::FIONCLEX } else { libc::FIOCLEX };
    // SAFETY: a plain call.
    check(unsafe { libc::ioctl(fd, request, core::ptr::null_mut::<u8>()) }).map(drop)
}

/// Get the blocking mode of the file descriptor.
#[pyfn("get_blocking(fd, /)")]
pub fn get_blocking(fd: i32) -> Result<bool> {
    // SAFETY: a plain call.
    Ok(check(unsafe { libc::fcntl(fd, libc::F_GETFL) })? & libc::O_NONBLOCK == 0)
}

/// Set the blocking mode of the specified file descriptor.
#[pyfn("set_blocking(fd, blocking, /)")]
pub fn set_blocking(fd: i32, blocking: bool) -> Result<()> {
    // SAFETY: plain calls.
    unsafe {
        let flags = check(libc::fcntl(fd, libc::F_GETFL))?;
        let flags = if blocking { flags & !libc::O_NONBLOCK } else { flags | libc::O_NONBLOCK };
        check(libc::fcntl(fd, libc::F_SETFL, flags)).map(drop)
    }
}

/// Copy count bytes from file descriptor in_fd to file descriptor out_fd.
#[pyfn("sendfile(out_fd, in_fd, offset, count)")]
pub fn sendfile(out_fd: i32, in_fd: i32, offset: &Object, count: isize) -> Result<isize> {
    let count = unsigned(count, "count")?;
    let mut position = match offset.is_none() {
        true => None,
        false => Some(sys::c_long(offset)?),
    };
    // SAFETY: the position is valid during the call.
    blocking(|| unsafe {
        let at = position.as_mut().map_or(core::ptr::null_mut(), |p| core::ptr::from_mut(p));
        libc::sendfile(out_fd, in_fd, at, count)
    })
}

fn unsigned(count: isize, name: &str) -> core::result::Result<usize, Raised> {
    usize::try_from(count).map_err(|_| value_error(format!("negative value for '{name}' not allowed")))
}

/// An optional offset argument.
fn optional_offset(value: Option<&Object>) -> Result<Option<i64>> {
    value.map(sys::c_long).transpose()
}

fn at(offset: &mut Option<i64>) -> *mut i64 {
    offset.as_mut().map_or(core::ptr::null_mut(), core::ptr::from_mut)
}

/// Copy count bytes from one file descriptor to another.
#[pyfn("copy_file_range(src, dst, count, offset_src=None, offset_dst=None)")]
pub fn copy_file_range(
    src: i32,
    dst: i32,
    count: isize,
    offset_src: Option<&Object>,
    offset_dst: Option<&Object>,
) -> Result<isize> {
    let count = unsigned(count, "count")?;
    let (mut from, mut to) = (optional_offset(offset_src)?, optional_offset(offset_dst)?);
    // SAFETY: the offsets are valid during the call.
    blocking(|| unsafe { libc::copy_file_range(src, at(&mut from), dst, at(&mut to), count, 0) })
}

/// Transfer count bytes from one pipe to a descriptor or vice versa.
#[pyfn("splice(src, dst, count, offset_src=None, offset_dst=None, flags=0)")]
pub fn splice(
    src: i32,
    dst: i32,
    count: isize,
    offset_src: Option<&Object>,
    offset_dst: Option<&Object>,
    flags: u32,
) -> Result<isize> {
    let count = unsigned(count, "count")?;
    let (mut from, mut to) = (optional_offset(offset_src)?, optional_offset(offset_dst)?);
    // SAFETY: the offsets are valid during the call.
    blocking(|| unsafe { libc::splice(src, at(&mut from), dst, at(&mut to), count, flags) })
}

/// Apply, test or remove a POSIX lock on an open file descriptor.
#[pyfn("lockf(fd, command, length, /)")]
pub fn lockf(fd: i32, command: i32, length: i64) -> Result<()> {
    // SAFETY: a plain call.
    blocking(|| unsafe { libc::lockf(fd, command, length) }).map(drop)
}

/// Announce an intention to access data in a specific pattern.
#[pyfn("posix_fadvise(fd, offset, length, advice, /)")]
pub fn posix_fadvise(fd: i32, offset: i64, length: i64, advice: i32) -> Result<()> {
    // SAFETY: a plain call.
    numbered(|| unsafe { libc::posix_fadvise(fd, offset, length, advice) })
}

/// Ensure a file has allocated at least a particular number of bytes on disk.
#[pyfn("posix_fallocate(fd, offset, length, /)")]
pub fn posix_fallocate(fd: i32, offset: i64, length: i64) -> Result<()> {
    // SAFETY: a plain call.
    numbered(|| unsafe { libc::posix_fallocate(fd, offset, length) })
}

/// For calls that return the error number.
pub fn numbered(mut call: impl FnMut() -> i32 + Send) -> Result<()> {
    loop {
        match krait_object::gil::allow_threads(&mut call) {
            0 => return Ok(()),
            libc::EINTR => sys::check_signals()?,
            number => return Err(sys::os_error(number)),
        }
    }
}

/// Create an anonymous file.
#[pyfn("memfd_create(name, flags=MFD_CLOEXEC)")]
pub fn memfd_create(name: sys::FsPath, flags: Option<u32>) -> Result<i32> {
    let flags = flags.unwrap_or(libc::MFD_CLOEXEC);
    // SAFETY: the name is a C string.
    check(unsafe { libc::memfd_create(name.0.as_ptr(), flags) })
}

/// Creates and returns an event notification file descriptor.
#[pyfn("eventfd(initval, flags=EFD_CLOEXEC)")]
pub fn eventfd(initval: u32, flags: Option<i32>) -> Result<i32> {
    // SAFETY: a plain call.
    check(unsafe { libc::eventfd(initval, flags.unwrap_or(libc::EFD_CLOEXEC)) })
}

/// Read eventfd value.
#[pyfn("eventfd_read(fd)")]
pub fn eventfd_read(fd: Fildes) -> Result<u64> {
    let mut value = 0;
    // SAFETY: a valid counter to fill.
    sys::once(|| unsafe { libc::eventfd_read(fd.0, &mut value) }).map_err(sys::os_error)?;
    Ok(value)
}

/// Write eventfd value.
#[pyfn("eventfd_write(fd, value)")]
pub fn eventfd_write(fd: Fildes, value: u64) -> Result<()> {
    // SAFETY: a plain call.
    sys::once(|| unsafe { libc::eventfd_write(fd.0, value) }).map(drop).map_err(sys::os_error)
}

/// Return a bytes object containing random bytes suitable for cryptographic use.
#[pyfn("urandom(size, /)")]
pub fn urandom(size: isize) -> Result<Ref<Bytes>> {
    let Ok(size) = usize::try_from(size) else { return Err(value_error("negative argument not allowed")) };
    let mut buffer = buffer_of(size)?;
    let mut filled = 0;
    while filled < size {
        let rest = &mut buffer[filled..];
        // SAFETY: the buffer is as long as said.
        filled += blocking(|| unsafe { libc::getrandom(rest.as_mut_ptr().cast(), rest.len(), 0) })? as usize;
    }
    Ok(Bytes::new(&buffer))
}

/// Obtain a series of random bytes.
#[pyfn("getrandom(size, flags=0)")]
pub fn getrandom(size: isize, flags: i32) -> Result<Ref<Bytes>> {
    let Ok(size) = usize::try_from(size) else { return Err(sys::os_error(libc::EINVAL)) };
    if size > i32::MAX as usize {
        return Err(overflow_error("size is too large"));
    }
    let mut buffer = buffer_of(size)?;
    // SAFETY: the buffer is as long as said.
    let count = blocking(|| unsafe { libc::getrandom(buffer.as_mut_ptr().cast(), size, flags as u32) })?;
    Ok(Bytes::new(&buffer[..count as usize]))
}
