//! Processes' ids, users, groups, sessions and priorities.

use crate::sys::{Gid, Uid, check, errno, id_object, os_error, set_errno};
use krait_macros::pyfn;
use krait_object::args::{ArgContext, FromArg};
use krait_object::errors::{type_error, value_error};
use krait_object::{Int, Object, Ref, Result, Str};

macro_rules! plain {
    ($($doc:literal $sig:literal $name:ident -> $ret:ty = $call:expr;)*) => { $(
        #[doc = $doc]
        #[pyfn($sig)]
        pub fn $name() -> $ret {
            // SAFETY: a plain call without arguments.
            ($call)(unsafe { libc::$name() })
        }
    )* };
}

plain! {
    "Return the current process id." "getpid()" getpid -> i32 = core::convert::identity;
    "Return the parent's process id." "getppid()" getppid -> i32 = core::convert::identity;
    "Return the current process's user id." "getuid()" getuid -> Ref<Int> = id_object;
    "Return the current process's effective user id." "geteuid()" geteuid -> Ref<Int> = id_object;
    "Return the current process's group id." "getgid()" getgid -> Ref<Int> = id_object;
    "Return the current process's effective group id." "getegid()" getegid -> Ref<Int> = id_object;
    "Return the current process group id." "getpgrp()" getpgrp -> i32 = core::convert::identity;
    "Call the system call setsid()." "setsid()" setsid -> Result<()> = |s| check(s).map(drop);
}

/// Return a tuple of the current process's real, effective, and saved user ids.
#[pyfn("getresuid()")]
pub fn getresuid() -> Result<(Ref<Int>, Ref<Int>, Ref<Int>)> {
    let mut ids = [0; 3];
    let [real, effective, saved] = &mut ids;
    // SAFETY: three ids to fill.
    check(unsafe { libc::getresuid(real, effective, saved) })?;
    Ok((id_object(ids[0]), id_object(ids[1]), id_object(ids[2])))
}

/// Return a tuple of the current process's real, effective, and saved group ids.
#[pyfn("getresgid()")]
pub fn getresgid() -> Result<(Ref<Int>, Ref<Int>, Ref<Int>)> {
    let mut ids = [0; 3];
    let [real, effective, saved] = &mut ids;
    // SAFETY: three ids to fill.
    check(unsafe { libc::getresgid(real, effective, saved) })?;
    Ok((id_object(ids[0]), id_object(ids[1]), id_object(ids[2])))
}

/// Return list of supplemental group IDs for the process.
#[pyfn("getgroups()")]
pub fn getgroups() -> Result<Vec<Ref<Int>>> {
    // SAFETY: asks for the count only.
    let count = check(unsafe { libc::getgroups(0, core::ptr::null_mut()) })?;
    let mut ids = vec![0; count as usize];
    // SAFETY: room for `count` ids.
    let count = check(unsafe { libc::getgroups(count, ids.as_mut_ptr()) })?;
    Ok(ids[..count as usize].iter().map(|&id| id_object(id)).collect())
}

/// Set the groups of the current process to list.
#[pyfn("setgroups(groups, /)")]
pub fn setgroups(groups: &Object) -> Result<()> {
    if !groups.is_sequence() {
        return Err(type_error("setgroups argument must be a sequence"));
    }
    let mut ids = Vec::new();
    for item in groups.collect()? {
        if item.downcast::<Int>().is_none() {
            return Err(type_error("groups must be integers"));
        }
        let context = ArgContext { function: "setgroups", place: krait_object::args::Place::Only };
        ids.push(Gid::from_arg(&item, &context)?.0);
    }
    if ids.len() > 65536 {
        return Err(value_error("too many groups"));
    }
    // SAFETY: the ids and their count.
    check(unsafe { libc::setgroups(ids.len(), ids.as_ptr()) }).map(drop)
}

/// Call the system call getpgid(), and return the result.
#[pyfn("getpgid(pid)")]
pub fn getpgid(pid: i32) -> Result<i32> {
    // SAFETY: a plain call.
    check(unsafe { libc::getpgid(pid) })
}

/// Call the system call getsid(pid) and return the result.
#[pyfn("getsid(pid, /)")]
pub fn getsid(pid: i32) -> Result<i32> {
    // SAFETY: a plain call.
    check(unsafe { libc::getsid(pid) })
}

/// Set the current process's user id.
#[pyfn("setuid(uid, /)")]
pub fn setuid(uid: Uid) -> Result<()> {
    // SAFETY: a plain call.
    check(unsafe { libc::setuid(uid.0) }).map(drop)
}

/// Set the current process's effective user id.
#[pyfn("seteuid(euid, /)")]
pub fn seteuid(euid: Uid) -> Result<()> {
    // SAFETY: a plain call.
    check(unsafe { libc::seteuid(euid.0) }).map(drop)
}

/// Set the current process's group id.
#[pyfn("setgid(gid, /)")]
pub fn setgid(gid: Gid) -> Result<()> {
    // SAFETY: a plain call.
    check(unsafe { libc::setgid(gid.0) }).map(drop)
}

/// Set the current process's effective group id.
#[pyfn("setegid(egid, /)")]
pub fn setegid(egid: Gid) -> Result<()> {
    // SAFETY: a plain call.
    check(unsafe { libc::setegid(egid.0) }).map(drop)
}

/// Set the current process's real and effective user ids.
#[pyfn("setreuid(ruid, euid, /)")]
pub fn setreuid(ruid: Uid, euid: Uid) -> Result<()> {
    // SAFETY: a plain call.
    check(unsafe { libc::setreuid(ruid.0, euid.0) }).map(drop)
}

/// Set the current process's real and effective group ids.
#[pyfn("setregid(rgid, egid, /)")]
pub fn setregid(rgid: Gid, egid: Gid) -> Result<()> {
    // SAFETY: a plain call.
    check(unsafe { libc::setregid(rgid.0, egid.0) }).map(drop)
}

/// Set the current process's real, effective, and saved user ids.
#[pyfn("setresuid(ruid, euid, suid, /)")]
pub fn setresuid(ruid: Uid, euid: Uid, suid: Uid) -> Result<()> {
    // SAFETY: a plain call.
    check(unsafe { libc::setresuid(ruid.0, euid.0, suid.0) }).map(drop)
}

/// Set the current process's real, effective, and saved group ids.
#[pyfn("setresgid(rgid, egid, sgid, /)")]
pub fn setresgid(rgid: Gid, egid: Gid, sgid: Gid) -> Result<()> {
    // SAFETY: a plain call.
    check(unsafe { libc::setresgid(rgid.0, egid.0, sgid.0) }).map(drop)
}

/// Call the system call setpgid(pid, pgrp).
#[pyfn("setpgid(pid, pgrp, /)")]
pub fn setpgid(pid: i32, pgrp: i32) -> Result<()> {
    // SAFETY: a plain call.
    check(unsafe { libc::setpgid(pid, pgrp) }).map(drop)
}

/// Make the current process the leader of its process group.
#[pyfn("setpgrp()")]
pub fn setpgrp() -> Result<()> {
    // SAFETY: a plain call.
    check(unsafe { libc::setpgid(0, 0) }).map(drop)
}

/// For calls whose -1 may be a value.
fn by_errno(call: impl FnOnce() -> i32) -> Result<i32> {
    set_errno(0);
    let value = call();
    if value == -1 && errno() != 0 { Err(os_error(errno())) } else { Ok(value) }
}

/// Return program scheduling priority.
#[pyfn("getpriority(which, who)")]
pub fn getpriority(which: i32, who: i32) -> Result<i32> {
    // SAFETY: a plain call.
    by_errno(|| unsafe { libc::getpriority(which as libc::__priority_which_t, who as libc::id_t) })
}

/// Set program scheduling priority.
#[pyfn("setpriority(which, who, priority)")]
pub fn setpriority(which: i32, who: i32, priority: i32) -> Result<()> {
    // SAFETY: a plain call.
    check(unsafe { libc::setpriority(which as libc::__priority_which_t, who as libc::id_t, priority) })
        .map(drop)
}

/// Add increment to the priority of process and return the new priority.
#[pyfn("nice(increment, /)")]
pub fn nice(increment: i32) -> Result<i32> {
    // SAFETY: a plain call.
    by_errno(|| unsafe { libc::nice(increment) })
}

/// Return the process group associated with the terminal specified by fd.
#[pyfn("tcgetpgrp(fd, /)")]
pub fn tcgetpgrp(fd: i32) -> Result<i32> {
    // SAFETY: a plain call.
    check(unsafe { libc::tcgetpgrp(fd) })
}

/// Set the process group associated with the terminal specified by fd.
#[pyfn("tcsetpgrp(fd, pgid, /)")]
pub fn tcsetpgrp(fd: i32, pgid: i32) -> Result<()> {
    // SAFETY: a plain call.
    check(unsafe { libc::tcsetpgrp(fd, pgid) }).map(drop)
}

unsafe extern "C" {
    fn getlogin_r(buffer: *mut core::ffi::c_char, size: usize) -> i32;
}

/// Return the actual login name.
#[pyfn("getlogin()")]
pub fn getlogin() -> Result<Ref<Str>> {
    let mut buffer = [0u8; 256];
    // SAFETY: the buffer is as long as said.
    let number = unsafe { getlogin_r(buffer.as_mut_ptr().cast(), buffer.len()) };
    if number != 0 {
        return Err(os_error(number));
    }
    let end = buffer.iter().position(|&b| b == 0).unwrap_or(buffer.len());
    crate::sys::fs_decode(&buffer[..end])
}
