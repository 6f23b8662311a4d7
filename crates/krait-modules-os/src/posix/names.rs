//! Names in the file system: links, renaming, removing, making.

use super::path::{Path, PathFdOrNone, PathOrFd};
use crate::sys::{self, DirFd, fs_decode};
use core::ffi::c_char;
use krait_macros::pyfn;
use krait_object::{Bytes, List, Object, Ref, Result};

fn text_or_bytes(bytes: &[u8], as_bytes: bool) -> Result {
    if as_bytes { Ok(Bytes::new(bytes).into_object()) } else { Ok(fs_decode(bytes)?.into_object()) }
}

fn rename_any(src: &Path, dst: &Path, src_dir_fd: DirFd, dst_dir_fd: DirFd) -> Result<()> {
    let (from, to) = (src.c_str(), dst.c_str());
    // SAFETY: both are C strings.
    sys::once(|| unsafe { libc::renameat(src_dir_fd.0, from.as_ptr(), dst_dir_fd.0, to.as_ptr()) })
        .map(drop)
        .map_err(|number| src.error_with(dst, number))
}

/// Rename a file or directory.
#[pyfn("rename(src, dst, *, src_dir_fd=None, dst_dir_fd=None)")]
pub fn rename(src: Path, dst: Path, src_dir_fd: DirFd, dst_dir_fd: DirFd) -> Result<()> {
    rename_any(&src, &dst, src_dir_fd, dst_dir_fd)
}

/// Rename a file or directory, overwriting the destination.
#[pyfn("replace(src, dst, *, src_dir_fd=None, dst_dir_fd=None)")]
pub fn replace(src: Path, dst: Path, src_dir_fd: DirFd, dst_dir_fd: DirFd) -> Result<()> {
    rename_any(&src, &dst, src_dir_fd, dst_dir_fd)
}

/// Create a hard link to a file.
#[pyfn("link(src, dst, *, src_dir_fd=None, dst_dir_fd=None, follow_symlinks=(os.name != 'nt'))")]
pub fn link(
    src: Path,
    dst: Path,
    src_dir_fd: DirFd,
    dst_dir_fd: DirFd,
    follow_symlinks: Option<bool>,
) -> Result<()> {
    let (from, to) = (src.c_str(), dst.c_str());
    let flags = if follow_symlinks == Some(true) { libc::AT_SYMLINK_FOLLOW } else { 0 };
    // SAFETY: both are C strings.
    sys::once(|| unsafe { libc::linkat(src_dir_fd.0, from.as_ptr(), dst_dir_fd.0, to.as_ptr(), flags) })
        .map(drop)
        .map_err(|number| src.error_with(&dst, number))
}

/// Create a symbolic link pointing to src named dst.
#[pyfn("symlink(src, dst, target_is_directory=False, *, dir_fd=None)")]
pub fn symlink(src: Path, dst: Path, target_is_directory: bool, dir_fd: DirFd) -> Result<()> {
    let _ = target_is_directory;
    let (from, to) = (src.c_str(), dst.c_str());
    // SAFETY: both are C strings.
    sys::once(|| unsafe { libc::symlinkat(from.as_ptr(), dir_fd.0, to.as_ptr()) })
        .map(drop)
        .map_err(|number| src.error_with(&dst, number))
}

/// Return a string representing the path to which the symbolic link points.
#[pyfn("readlink(path, *, dir_fd=None)")]
pub fn readlink(path: Path, dir_fd: DirFd) -> Result {
    let mut buffer = vec![0u8; libc::PATH_MAX as usize];
    let out = &mut buffer[..];
    // SAFETY: the path is a C string, the buffer as long as said.
    let len =
        path.run(move |p| unsafe { libc::readlinkat(dir_fd.0, p, out.as_mut_ptr().cast(), out.len()) })?;
    text_or_bytes(&buffer[..len as usize], path.is_bytes)
}

fn unlink_any(path: &Path, dir_fd: DirFd, flags: i32) -> Result<()> {
    // SAFETY: the path is a C string.
    path.run(|p| unsafe { libc::unlinkat(dir_fd.0, p, flags) }).map(drop)
}

/// Remove a file (same as remove()).
#[pyfn("unlink(path, *, dir_fd=None)")]
pub fn unlink(path: Path, dir_fd: DirFd) -> Result<()> {
    unlink_any(&path, dir_fd, 0)
}

/// Remove a file (same as unlink()).
#[pyfn("remove(path, *, dir_fd=None)")]
pub fn remove(path: Path, dir_fd: DirFd) -> Result<()> {
    unlink_any(&path, dir_fd, 0)
}

/// Remove a directory.
#[pyfn("rmdir(path, *, dir_fd=None)")]
pub fn rmdir(path: Path, dir_fd: DirFd) -> Result<()> {
    unlink_any(&path, dir_fd, libc::AT_REMOVEDIR)
}

/// Create a directory.
#[pyfn("mkdir(path, mode=511, *, dir_fd=None)")]
pub fn mkdir(path: Path, mode: i32, dir_fd: DirFd) -> Result<()> {
    // SAFETY: the path is a C string.
    path.run(|p| unsafe { libc::mkdirat(dir_fd.0, p, mode as libc::mode_t) }).map(drop)
}

/// Create a "fifo" (a POSIX named pipe).
#[pyfn("mkfifo(path, mode=438, *, dir_fd=None)")]
pub fn mkfifo(path: Path, mode: i32, dir_fd: DirFd) -> Result<()> {
    // SAFETY: the path is a C string.
    path.run(|p| unsafe { libc::mkfifoat(dir_fd.0, p, mode as libc::mode_t) }).map(drop)
}

/// Create a node in the file system.
#[pyfn("mknod(path, mode=384, device=0, *, dir_fd=None)")]
pub fn mknod(path: Path, mode: i32, device: u64, dir_fd: DirFd) -> Result<()> {
    // SAFETY: the path is a C string.
    path.run(|p| unsafe { libc::mknodat(dir_fd.0, p, mode as libc::mode_t, device) }).map(drop)
}

/// Truncate a file, specified by path, to a specific length.
#[pyfn("truncate(path, length)")]
pub fn truncate(path: PathOrFd, length: i64) -> Result<()> {
    let fd = path.fd;
    // SAFETY: the path is a C string.
    path.run(|p| unsafe {
        match fd {
            Some(fd) => libc::ftruncate(fd, length),
            None => libc::truncate(p, length),
        }
    })
    .map(drop)
}

/// Change the current working directory to the specified path.
#[pyfn("chdir(path)")]
pub fn chdir(path: PathOrFd) -> Result<()> {
    let fd = path.fd;
    // SAFETY: the path is a C string.
    path.run(|p| unsafe {
        match fd {
            Some(fd) => libc::fchdir(fd),
            None => libc::chdir(p),
        }
    })
    .map(drop)
}

/// Change root directory to path.
#[pyfn("chroot(path)")]
pub fn chroot(path: Path) -> Result<()> {
    // SAFETY: the path is a C string.
    path.run(|p| unsafe { libc::chroot(p) }).map(drop)
}

fn current_directory() -> Result<Vec<u8>> {
    use std::os::unix::ffi::OsStringExt;
    let found = krait_object::gil::allow_threads(std::env::current_dir);
    found.map(|p| p.into_os_string().into_vec()).map_err(|e| krait_object::errors::from_io(&e, None))
}

/// Return a unicode string representing the current working directory.
#[pyfn("getcwd()")]
pub fn getcwd() -> Result {
    text_or_bytes(&current_directory()?, false)
}

/// Return a bytes string representing the current working directory.
#[pyfn("getcwdb()")]
pub fn getcwdb() -> Result {
    text_or_bytes(&current_directory()?, true)
}

/// An open directory stream; closed on drop.
pub struct Stream(pub *mut libc::DIR, bool);

// SAFETY: a stream is used by one thread at a time.
unsafe impl Send for Stream {}

impl Stream {
    /// Opens a path or a duplicate of a descriptor.
    pub fn open(path: &PathFdOrNone) -> Result<Stream> {
        let (name, fd) = (path.c_str(), path.fd);
        let opened = krait_object::gil::allow_threads(|| {
            // SAFETY: the path is a C string; a duplicate descriptor belongs to the stream once it is open.
            unsafe {
                let stream = match fd {
                    Some(fd) => {
                        let copy = libc::fcntl(fd, libc::F_DUPFD_CLOEXEC, 0);
                        if copy == -1 { core::ptr::null_mut() } else { libc::fdopendir(copy) }
                    }
                    None => libc::opendir(name.as_ptr()),
                };
                if stream.is_null() { Err(sys::errno()) } else { Ok(Stream(stream, fd.is_some())) }
            }
        });
        opened.map_err(|number| path.error(number))
    }

    /// The next entry that is not `.` or `..`; `Err` is an error number.
    pub fn next(&mut self) -> core::result::Result<Option<DirectoryEntry>, i32> {
        let stream = &mut *self;
        krait_object::gil::allow_threads(move || {
            loop {
                sys::set_errno(0);
                // SAFETY: the stream is open; the entry is read before the next call.
                let entry = unsafe { libc::readdir(stream.0).as_ref() };
                let Some(entry) = entry else {
                    return if sys::errno() == 0 { Ok(None) } else { Err(sys::errno()) };
                };
                // SAFETY: names end in NUL within the entry.
                let name = unsafe { core::ffi::CStr::from_ptr(entry.d_name.as_ptr().cast::<c_char>()) };
                if name != c"." && name != c".." {
                    let name = name.to_bytes().to_vec();
                    return Ok(Some(DirectoryEntry { name, kind: entry.d_type, inode: entry.d_ino }));
                }
            }
        })
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        // SAFETY: open, and closed once. The position is shared with the descriptor it was duplicated from.
        unsafe {
            if self.1 {
                libc::rewinddir(self.0);
            }
            libc::closedir(self.0);
        }
    }
}

/// What a directory says of an entry.
pub struct DirectoryEntry {
    pub name: Vec<u8>,
    pub kind: u8,
    pub inode: u64,
}

/// Return a list containing the names of the files in the directory.
#[pyfn("listdir(path=None)")]
pub fn listdir(path: PathFdOrNone) -> Result<Ref<List>> {
    let mut stream = Stream::open(&path)?;
    let list = List::new();
    while let Some(entry) = stream.next().map_err(|number| path.error(number))? {
        let name: Ref<Object> = text_or_bytes(&entry.name, path.is_bytes)?;
        list.try_push(name)?;
    }
    Ok(list)
}
