//! The environment, limits of the system, the machine, the terminal.

use super::constants;
use super::path::PathOrFd;
use super::stat::zeroed;
use crate::sys::{self, FsPath, check, errno, fs_decode, int, os_error, set_errno, tuple};
use core::ffi::{CStr, c_char};
use krait_macros::pyfn;
use krait_object::args::{ArgContext, FromArg};
use krait_object::errors::{type_error, value_error};
use krait_object::structseq::StructSeq;
use krait_object::{Bytes, Dict, Float, Int, Object, Ref, Result, Str, none};

/// `posix.uname_result`.
pub static UNAME_RESULT: StructSeq = StructSeq::new(
    c"posix.uname_result",
    c"uname_result: Result from os.uname().",
    &[
        (c"sysname", c"operating system name"),
        (c"nodename", c"name of machine on network (implementation-defined)"),
        (c"release", c"operating system release"),
        (c"version", c"operating system version"),
        (c"machine", c"hardware identifier"),
    ],
    5,
);

/// `posix.times_result`.
pub static TIMES_RESULT: StructSeq = StructSeq::new(
    c"posix.times_result",
    c"times_result: Result from os.times().",
    &[
        (c"user", c"user time"),
        (c"system", c"system time"),
        (c"children_user", c"user time of children"),
        (c"children_system", c"system time of children"),
        (c"elapsed", c"elapsed time since an arbitrary point in the past"),
    ],
    5,
);

/// `os.terminal_size`.
pub static TERMINAL_SIZE: StructSeq = StructSeq::new(
    c"os.terminal_size",
    c"A tuple of (columns, lines) for holding terminal window size",
    &[
        (c"columns", c"width of the terminal window in characters"),
        (c"lines", c"height of the terminal window in characters"),
    ],
    2,
);

/// The environment as a dictionary of bytes.
pub fn environ() -> Result<Ref<Dict>> {
    use std::os::unix::ffi::OsStrExt;
    let dict = Dict::new();
    for (key, value) in std::env::vars_os() {
        let (key, value) = (Bytes::new(key.as_bytes()), Bytes::new(value.as_bytes()));
        dict.set_default(&key, &value)?;
    }
    Ok(dict)
}

/// Create the environment dictionary.
#[pyfn("_create_environ()")]
pub fn create_environ() -> Result<Ref<Dict>> {
    environ()
}

/// Return the file system path representation of the object.
#[pyfn("fspath(path)")]
pub fn fspath(path: &Object) -> Result {
    sys::fspath(path)
}

/// Change or add an environment variable.
#[pyfn("putenv(name, value, /)")]
pub fn putenv(name: FsPath, value: FsPath) -> Result<()> {
    if name.0.as_bytes().contains(&b'=') {
        return Err(value_error("illegal environment variable name"));
    }
    // SAFETY: C strings; the environment is changed only with the GIL held.
    check(unsafe { libc::setenv(name.0.as_ptr(), value.0.as_ptr(), 1) }).map(drop)
}

/// Delete an environment variable.
#[pyfn("unsetenv(name, /)")]
pub fn unsetenv(name: FsPath) -> Result<()> {
    // SAFETY: as for `putenv`.
    check(unsafe { libc::unsetenv(name.0.as_ptr()) }).map(drop)
}

/// Translate an error code to a message string.
#[pyfn("strerror(code, /)")]
pub fn strerror(code: i32) -> Result<Ref<Str>> {
    // SAFETY: the text is copied at once, with the GIL held.
    let text = unsafe { libc::strerror(code) };
    if text.is_null() {
        return Err(value_error("strerror() argument out of range"));
    }
    // SAFETY: a C string.
    fs_decode(unsafe { CStr::from_ptr(text) }.to_bytes())
}

/// Return an object identifying the current operating system.
#[pyfn("uname()")]
pub fn uname() -> Result {
    let mut names: libc::utsname = zeroed();
    // SAFETY: a structure to fill.
    check(unsafe { libc::uname(&mut names) })?;
    let mut values = Vec::new();
    for field in [&names.sysname, &names.nodename, &names.release, &names.version, &names.machine] {
        // SAFETY: the fields are NUL-terminated.
        let text = unsafe { CStr::from_ptr(field.as_ptr()) };
        values.push(fs_decode(text.to_bytes())?.into_object());
    }
    UNAME_RESULT.make(values)
}

/// Return a collection containing process timing information.
#[pyfn("times()")]
pub fn times() -> Result {
    let mut tms: libc::tms = zeroed();
    // SAFETY: a structure to fill, and a plain query.
    let (elapsed, ticks) = unsafe { (libc::times(&mut tms), libc::sysconf(libc::_SC_CLK_TCK) as f64) };
    check(elapsed)?;
    let clocks = [tms.tms_utime, tms.tms_stime, tms.tms_cutime, tms.tms_cstime, elapsed];
    TIMES_RESULT.make(clocks.iter().map(|&c| Float::new(c as f64 / ticks).into_object()).collect())
}

/// Return the size of the terminal window as (columns, lines).
#[pyfn("get_terminal_size(fd=<unrepresentable>, /)")]
pub fn get_terminal_size(fd: Option<i32>) -> Result {
    let mut size: libc::winsize = zeroed();
    // SAFETY: a structure to fill.
    check(unsafe { libc::ioctl(fd.unwrap_or(1), libc::TIOCGWINSZ, &mut size) })?;
    TERMINAL_SIZE.make(vec![int(size.ws_col.into()), int(size.ws_row.into())])
}

/// Return the number of logical CPUs in the system.
#[pyfn("cpu_count()")]
pub fn cpu_count() -> Option<Ref<Int>> {
    // SAFETY: a plain query.
    let count = unsafe { libc::sysconf(libc::_SC_NPROCESSORS_ONLN) };
    (count >= 1).then(|| Int::from_i64(count))
}

fn config_name(value: &Object, table: &[(&str, i32)]) -> Result<i32> {
    if let Some(name) = value.downcast::<Str>() {
        return match table.iter().find(|(key, _)| name.eq_str(key)) {
            Some((_, number)) => Ok(*number),
            None => Err(value_error("unrecognized configuration name")),
        };
    }
    if value.is_index() {
        return sys::c_int(value);
    }
    Err(type_error("configuration names must be strings or integers"))
}

macro_rules! config_argument {
    ($($name:ident $table:ident;)*) => { $(
        #[doc = concat!("Parameter: a name of `", stringify!($table), "` or a number.")]
        pub struct $name(i32);

        impl<'a> FromArg<'a> for $name {
            fn from_arg(value: &'a Object, _: &ArgContext) -> Result<$name> {
                config_name(value, constants::$table).map($name)
            }
        }
    )* };
}

config_argument! { Sysconf SYSCONF; Pathconf PATHCONF; Confstr CONFSTR; }

/// -1 with `errno` set is an error, without it a value.
fn limit(call: impl FnOnce() -> i64) -> core::result::Result<i64, i32> {
    set_errno(0);
    let value = call();
    if value == -1 && errno() != 0 { Err(errno()) } else { Ok(value) }
}

/// Return an integer-valued system configuration variable.
#[pyfn("sysconf(name, /)")]
pub fn sysconf(name: Sysconf) -> Result<i64> {
    // SAFETY: a plain query.
    limit(|| unsafe { libc::sysconf(name.0) }).map_err(os_error)
}

/// Return the configuration limit name for the file or directory path.
#[pyfn("pathconf(path, name)")]
pub fn pathconf(path: PathOrFd, name: Pathconf) -> Result<i64> {
    // SAFETY: a C string.
    limit(|| unsafe {
        match path.fd {
            Some(fd) => libc::fpathconf(fd, name.0),
            None => libc::pathconf(path.c_str().as_ptr(), name.0),
        }
    })
    .map_err(|number| if number == libc::EINVAL { os_error(number) } else { path.error(number) })
}

/// Return the configuration limit name for the file descriptor fd.
#[pyfn("fpathconf(fd, name, /)")]
pub fn fpathconf(fd: i32, name: Pathconf) -> Result<i64> {
    // SAFETY: a plain query.
    limit(|| unsafe { libc::fpathconf(fd, name.0) }).map_err(os_error)
}

/// Return a string-valued system configuration variable.
#[pyfn("confstr(name, /)")]
pub fn confstr(name: Confstr) -> Result {
    set_errno(0);
    // SAFETY: asks for the length only.
    let len = unsafe { libc::confstr(name.0, core::ptr::null_mut(), 0) };
    if len == 0 {
        return if errno() != 0 { Err(os_error(errno())) } else { Ok(none().to_ref()) };
    }
    let mut buffer = vec![0u8; len];
    // SAFETY: the buffer is as long as said.
    unsafe { libc::confstr(name.0, buffer.as_mut_ptr().cast(), len) };
    Ok(fs_decode(&buffer[..len - 1])?.into_object())
}

/// Return average recent system load information.
#[pyfn("getloadavg()")]
pub fn getloadavg() -> Result<(f64, f64, f64)> {
    let mut loads = [0.0; 3];
    // SAFETY: room for three numbers.
    if unsafe { libc::getloadavg(loads.as_mut_ptr(), 3) } != 3 {
        return Err(krait_object::errors::os_error("Load averages are unobtainable"));
    }
    Ok((loads[0], loads[1], loads[2]))
}

/// Set the current numeric umask and return the previous umask.
#[pyfn("umask(mask, /)")]
pub fn umask(mask: i32) -> u32 {
    // SAFETY: a plain call.
    unsafe { libc::umask(mask as libc::mode_t) }
}

/// Return a string describing the encoding of a terminal's file descriptor.
#[pyfn("device_encoding(fd)")]
pub fn device_encoding(fd: i32) -> Option<&'static str> {
    // SAFETY: a plain query.
    (unsafe { libc::isatty(fd) } == 1).then_some("utf-8")
}

/// Extracts a device major number from a raw device number.
#[pyfn("major(device, /)")]
pub fn major(device: u64) -> u32 {
    libc::major(device)
}

/// Extracts a device minor number from a raw device number.
#[pyfn("minor(device, /)")]
pub fn minor(device: u64) -> u32 {
    libc::minor(device)
}

/// Composes a raw device number from the major and minor device numbers.
#[pyfn("makedev(major, minor, /)")]
pub fn makedev(major: u32, minor: u32) -> u64 {
    libc::makedev(major, minor)
}

/// Return the name of the controlling terminal for this process.
#[pyfn("ctermid()")]
pub fn ctermid() -> &'static str {
    "/dev/tty"
}

/// Return the name of the terminal device connected to 'fd'.
#[pyfn("ttyname(fd, /)")]
pub fn ttyname(fd: i32) -> Result<Ref<Str>> {
    let mut buffer = [0u8; 256];
    // SAFETY: the buffer is as long as said.
    let number = unsafe { libc::ttyname_r(fd, buffer.as_mut_ptr().cast::<c_char>(), buffer.len()) };
    if number != 0 {
        return Err(os_error(number));
    }
    let end = buffer.iter().position(|&b| b == 0).unwrap_or(buffer.len());
    fs_decode(&buffer[..end])
}

/// The path as code points, with what makes an object of the same kind of a part.
fn path_text(path: &Object) -> Result<(Vec<u32>, bool)> {
    let path = sys::fspath(path)?;
    match path.downcast::<Str>() {
        Some(text) => Ok((text.chars().iter().collect(), false)),
        None => Ok((path.expect::<Bytes>().as_slice().iter().map(|&b| u32::from(b)).collect(), true)),
    }
}

fn path_object(points: &[u32], as_bytes: bool) -> Ref<Object> {
    if as_bytes {
        return Bytes::new(&points.iter().map(|&p| p as u8).collect::<Vec<u8>>()).into_object();
    }
    Str::from_ucs4(points).into_object()
}

const SLASH: u32 = b'/' as u32;
const DOT: u32 = b'.' as u32;

/// How many slashes make the root: two exactly are kept, as POSIX says.
fn root_len(path: &[u32]) -> usize {
    match path {
        [SLASH, SLASH, SLASH, ..] => 1,
        [SLASH, SLASH, ..] => 2,
        [SLASH, ..] => 1,
        _ => 0,
    }
}

/// Normalize path, eliminating double slashes, etc.
#[pyfn("_path_normpath(path)")]
pub fn path_normpath(path: &Object) -> Result {
    let (text, as_bytes) = path_text(path)?;
    let root = root_len(&text);
    let mut parts: Vec<&[u32]> = Vec::new();
    for part in text[root..].split(|&p| p == SLASH) {
        match part {
            [] | [DOT] => {}
            [DOT, DOT] if parts.last().is_some_and(|l| *l != [DOT, DOT]) => {
                parts.pop();
            }
            [DOT, DOT] if root > 0 => {}
            part => parts.push(part),
        }
    }
    let mut out = vec![SLASH; root];
    out.extend(parts.join(&SLASH));
    if out.is_empty() {
        out.push(DOT);
    }
    Ok(path_object(&out, as_bytes))
}

/// Split a pathname into drive, root and tail.
#[pyfn("_path_splitroot_ex(p)")]
pub fn path_splitroot_ex(path: &Object) -> Result {
    let (text, as_bytes) = path_text(path)?;
    let (root, tail) = text.split_at(root_len(&text));
    Ok(tuple(vec![path_object(&[], as_bytes), path_object(root, as_bytes), path_object(tail, as_bytes)]))
}
