//! `stat` and what changes a file's metadata: modes, owners, times.

use super::path::{Path, PathOrFd};
use crate::sys::{self, DirFd, Gid, Uid, id_object, int};
use core::ffi::c_char;
use krait_macros::pyfn;
use krait_object::errors::{not_implemented_error, overflow_error, type_error, value_error};
use krait_object::structseq::{StructSeq, UNNAMED};
use krait_object::{Float, Int, Object, Ref, Result, Tuple};

/// `os.stat_result`.
pub static STAT_RESULT: StructSeq = StructSeq::new(
    c"os.stat_result",
    c"stat_result: Result from stat, fstat, or lstat.",
    &[
        (c"st_mode", c"protection bits"),
        (c"st_ino", c"inode"),
        (c"st_dev", c"device"),
        (c"st_nlink", c"number of hard links"),
        (c"st_uid", c"user ID of owner"),
        (c"st_gid", c"group ID of owner"),
        (c"st_size", c"total size, in bytes"),
        (UNNAMED, c"integer time of last access"),
        (UNNAMED, c"integer time of last modification"),
        (UNNAMED, c"integer time of last change"),
        (c"st_atime", c"time of last access"),
        (c"st_mtime", c"time of last modification"),
        (c"st_ctime", c"time of last change"),
        (c"st_atime_ns", c"time of last access in nanoseconds"),
        (c"st_mtime_ns", c"time of last modification in nanoseconds"),
        (c"st_ctime_ns", c"time of last change in nanoseconds"),
        (c"st_blksize", c"blocksize for filesystem I/O"),
        (c"st_blocks", c"number of blocks allocated"),
        (c"st_rdev", c"device type (if inode device)"),
    ],
    10,
);

/// `os.statvfs_result`.
pub static STATVFS_RESULT: StructSeq = StructSeq::new(
    c"os.statvfs_result",
    c"statvfs_result: Result from statvfs or fstatvfs.",
    &[
        (c"f_bsize", c""),
        (c"f_frsize", c""),
        (c"f_blocks", c""),
        (c"f_bfree", c""),
        (c"f_bavail", c""),
        (c"f_files", c""),
        (c"f_ffree", c""),
        (c"f_favail", c""),
        (c"f_flag", c""),
        (c"f_namemax", c""),
        (c"f_fsid", c""),
    ],
    10,
);

/// An empty structure of plain numbers.
pub fn zeroed<T: Copy>() -> T {
    // SAFETY: used for C structures of integers only, for which zero is valid.
    unsafe { core::mem::zeroed() }
}

/// The result object of a `stat` structure.
pub fn stat_result(st: &libc::stat) -> Result {
    let times =
        [(st.st_atime, st.st_atime_nsec), (st.st_mtime, st.st_mtime_nsec), (st.st_ctime, st.st_ctime_nsec)];
    let mut values = vec![
        int(i64::from(st.st_mode)),
        Int::from_u64(st.st_ino).into_object(),
        Int::from_u64(st.st_dev).into_object(),
        Int::from_u64(st.st_nlink).into_object(),
        id_object(st.st_uid).into_object(),
        id_object(st.st_gid).into_object(),
        int(st.st_size),
    ];
    values.extend(times.iter().map(|t| int(t.0)));
    values.extend(times.iter().map(|t| Float::new(t.0 as f64 + 1e-9 * t.1 as f64).into_object()));
    values.extend(
        times.iter().map(|t| Int::from_i128(i128::from(t.0) * 1_000_000_000 + i128::from(t.1)).into_object()),
    );
    values.extend([int(st.st_blksize), int(st.st_blocks), Int::from_u64(st.st_rdev).into_object()]);
    STAT_RESULT.make(values)
}

/// Refuses a descriptor together with `dir_fd` or `follow_symlinks=False`.
fn check_combination(function: &str, path: &PathOrFd, dir_fd: DirFd, follow: bool) -> Result<()> {
    if path.fd.is_some() && dir_fd.is_given() {
        return Err(value_error(format!("{function}: can't specify dir_fd without matching path")));
    }
    if path.fd.is_some() && !follow {
        return Err(value_error(format!("{function}: cannot use fd and follow_symlinks together")));
    }
    Ok(())
}

fn no_follow(follow: bool) -> i32 {
    if follow { 0 } else { libc::AT_SYMLINK_NOFOLLOW }
}

/// Perform a stat system call on the given path.
#[pyfn("stat(path, *, dir_fd=None, follow_symlinks=True)")]
pub fn stat(path: PathOrFd, dir_fd: DirFd, follow_symlinks: bool) -> Result {
    check_combination("stat", &path, dir_fd, follow_symlinks)?;
    let mut st: libc::stat = zeroed();
    let out = &mut st;
    match path.fd {
        // SAFETY: `out` is a valid structure to fill.
        Some(fd) => path.run(move |_| unsafe { libc::fstat(fd, out) })?,
        None => {
            let flags = no_follow(follow_symlinks);
            // SAFETY: as above, and the path is a C string.
            path.run(move |p| unsafe { libc::fstatat(dir_fd.0, p, out, flags) })?
        }
    };
    stat_result(&st)
}

/// Perform an lstat system call on the given path.
#[pyfn("lstat(path, *, dir_fd=None)")]
pub fn lstat(path: Path, dir_fd: DirFd) -> Result {
    let mut st: libc::stat = zeroed();
    let out = &mut st;
    // SAFETY: the path is a C string, `out` a valid structure to fill.
    path.run(move |p| unsafe { libc::fstatat(dir_fd.0, p, out, libc::AT_SYMLINK_NOFOLLOW) })?;
    stat_result(&st)
}

/// Perform a stat system call on the given file descriptor.
#[pyfn("fstat(fd)")]
pub fn fstat(fd: i32) -> Result {
    let mut st: libc::stat = zeroed();
    // SAFETY: a valid structure to fill.
    sys::blocking(|| unsafe { libc::fstat(fd, &mut st) })?;
    stat_result(&st)
}

fn statvfs_result(st: &libc::statvfs) -> Result {
    let fields = [
        st.f_bsize,
        st.f_frsize,
        st.f_blocks,
        st.f_bfree,
        st.f_bavail,
        st.f_files,
        st.f_ffree,
        st.f_favail,
        st.f_flag,
        st.f_namemax,
        st.f_fsid,
    ];
    STATVFS_RESULT.make(fields.iter().map(|&f| Int::from_u64(f).into_object()).collect())
}

/// Perform a statvfs system call on the given path.
#[pyfn("statvfs(path)")]
pub fn statvfs(path: PathOrFd) -> Result {
    let mut st: libc::statvfs = zeroed();
    let (out, fd) = (&mut st, path.fd);
    // SAFETY: the path is a C string, `out` a valid structure to fill.
    path.run(move |p| unsafe {
        match fd {
            Some(fd) => libc::fstatvfs(fd, out),
            None => libc::statvfs(p, out),
        }
    })?;
    statvfs_result(&st)
}

/// Perform an fstatvfs system call on the given fd.
#[pyfn("fstatvfs(fd, /)")]
pub fn fstatvfs(fd: i32) -> Result {
    let mut st: libc::statvfs = zeroed();
    // SAFETY: a valid structure to fill.
    sys::blocking(|| unsafe { libc::fstatvfs(fd, &mut st) })?;
    statvfs_result(&st)
}

/// Use the real uid/gid to test for access to a path.
#[pyfn("access(path, mode, *, dir_fd=None, effective_ids=False, follow_symlinks=True)")]
pub fn access(path: Path, mode: i32, dir_fd: DirFd, effective_ids: bool, follow_symlinks: bool) -> bool {
    let flags = no_follow(follow_symlinks) | if effective_ids { libc::AT_EACCESS } else { 0 };
    let name = path.c_str();
    // SAFETY: the path is a C string.
    sys::once(|| unsafe { libc::faccessat(dir_fd.0, name.as_ptr(), mode, flags) }).is_ok()
}

/// Change the access permissions of a file.
#[pyfn("chmod(path, mode, *, dir_fd=None, follow_symlinks=(os.name != 'nt'))")]
pub fn chmod(path: PathOrFd, mode: i32, dir_fd: DirFd, follow_symlinks: Option<bool>) -> Result<()> {
    let follow = follow_symlinks.unwrap_or(true);
    let mode = mode as libc::mode_t;
    if let Some(fd) = path.fd {
        check_combination("chmod", &path, dir_fd, follow)?;
        // SAFETY: a plain call.
        path.run(|_| unsafe { libc::fchmod(fd, mode) })?;
        return Ok(());
    }
    let (flags, name) = (no_follow(follow), path.c_str());
    // SAFETY: the path is a C string.
    let result = sys::once(|| unsafe { libc::fchmodat(dir_fd.0, name.as_ptr(), mode, flags) });
    match result {
        Ok(_) => Ok(()),
        Err(libc::EOPNOTSUPP) if !follow && dir_fd.is_given() => {
            Err(value_error("chmod: cannot use dir_fd and follow_symlinks together"))
        }
        Err(libc::EOPNOTSUPP) if !follow => {
            Err(not_implemented_error("chmod: follow_symlinks unavailable on this platform"))
        }
        Err(number) => Err(path.error(number)),
    }
}

/// Change the access permissions of the file given by file descriptor fd.
#[pyfn("fchmod(fd, mode)")]
pub fn fchmod(fd: i32, mode: i32) -> Result<()> {
    // SAFETY: a plain call.
    sys::blocking(|| unsafe { libc::fchmod(fd, mode as libc::mode_t) }).map(drop)
}

/// Change the owner and group id of path to the numeric uid and gid.
#[pyfn("chown(path, uid, gid, *, dir_fd=None, follow_symlinks=True)")]
pub fn chown(path: PathOrFd, uid: Uid, gid: Gid, dir_fd: DirFd, follow_symlinks: bool) -> Result<()> {
    check_combination("chown", &path, dir_fd, follow_symlinks)?;
    let (fd, flags) = (path.fd, no_follow(follow_symlinks));
    // SAFETY: the path is a C string.
    path.run(|p| unsafe {
        match fd {
            Some(fd) => libc::fchown(fd, uid.0, gid.0),
            None => libc::fchownat(dir_fd.0, p, uid.0, gid.0, flags),
        }
    })
    .map(drop)
}

/// Change the owner and group id of the file specified by file descriptor.
#[pyfn("fchown(fd, uid, gid)")]
pub fn fchown(fd: i32, uid: Uid, gid: Gid) -> Result<()> {
    // SAFETY: a plain call.
    sys::blocking(|| unsafe { libc::fchown(fd, uid.0, gid.0) }).map(drop)
}

/// Change the owner and group id of path to the numeric uid and gid; symbolic links are not followed.
#[pyfn("lchown(path, uid, gid)")]
pub fn lchown(path: Path, uid: Uid, gid: Gid) -> Result<()> {
    // SAFETY: the path is a C string.
    path.run(|p| unsafe { libc::lchown(p, uid.0, gid.0) }).map(drop)
}

/// Set the access and modified time of path.
#[pyfn("utime(path, times=None, *, ns=<unrepresentable>, dir_fd=None, follow_symlinks=True)")]
pub fn utime(
    path: PathOrFd,
    times: Option<&Object>,
    ns: Option<&Object>,
    dir_fd: DirFd,
    follow_symlinks: bool,
) -> Result<()> {
    let pair = match (times, ns) {
        (Some(_), Some(_)) => {
            return Err(value_error("utime: you may specify either 'times' or 'ns' but not both"));
        }
        (Some(times), None) => Some(time_pair(times, "times", timespec_from_seconds)?),
        (None, Some(ns)) => Some(time_pair(ns, "ns", timespec_from_ns)?),
        (None, None) => None,
    };
    check_combination("utime", &path, dir_fd, follow_symlinks)?;
    let now = libc::timespec { tv_sec: 0, tv_nsec: libc::UTIME_NOW };
    let specs = pair.unwrap_or([now, now]);
    let (fd, flags) = (path.fd, no_follow(follow_symlinks));
    // SAFETY: the path is a C string, `specs` two time stamps.
    path.run(|p: *const c_char| unsafe {
        match fd {
            Some(fd) => libc::futimens(fd, specs.as_ptr()),
            None => libc::utimensat(dir_fd.0, p, specs.as_ptr(), flags),
        }
    })
    .map(drop)
}

fn time_pair(
    value: &Object,
    name: &str,
    convert: fn(&Object) -> Result<libc::timespec>,
) -> Result<[libc::timespec; 2]> {
    match value.downcast::<Tuple>().map(Tuple::as_slice) {
        Some([access, modified]) => Ok([convert(access)?, convert(modified)?]),
        _ if name == "ns" => Err(type_error("utime: 'ns' must be a tuple of two ints")),
        _ => Err(type_error("utime: 'times' must be either a tuple of two ints or None")),
    }
}

/// Seconds, rounded towards minus infinity to the clock's nanoseconds.
fn timespec_from_seconds(value: &Object) -> Result<libc::timespec> {
    let Some(float) = value.downcast::<Float>() else {
        let Some(tv_sec) = value.index()?.to_i64() else {
            return Err(overflow_error("timestamp out of range for platform time_t"));
        };
        return Ok(libc::timespec { tv_sec, tv_nsec: 0 });
    };
    let seconds = float.value();
    if seconds.is_nan() {
        return Err(value_error("Invalid value NaN (not a number)"));
    }
    let whole = seconds.trunc();
    let mut tv_nsec = ((seconds - whole) * 1e9).floor();
    let mut tv_sec = whole;
    if tv_nsec < 0.0 {
        tv_nsec += 1e9;
        tv_sec -= 1.0;
    }
    if !(-9.223_372_036_854_776e18..9.223_372_036_854_776e18).contains(&tv_sec) {
        return Err(overflow_error("timestamp out of range for platform time_t"));
    }
    Ok(libc::timespec { tv_sec: tv_sec as i64, tv_nsec: tv_nsec as i64 })
}

fn timespec_from_ns(value: &Object) -> Result<libc::timespec> {
    let int: Ref<Int> = value.index()?;
    let seconds =
        int.to_i128().map(|n| (i64::try_from(n.div_euclid(1_000_000_000)), n.rem_euclid(1_000_000_000)));
    match seconds {
        Some((Ok(tv_sec), rest)) => Ok(libc::timespec { tv_sec, tv_nsec: rest as i64 }),
        _ => Err(overflow_error("Python int too large to convert to C long")),
    }
}
