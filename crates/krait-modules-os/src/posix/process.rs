//! Processes: making, replacing, ending and waiting for them; signals to them.

use super::path::{Path, PathOrFd};
use super::stat::zeroed;
use crate::sys::{self, blocking, check, fs_converter, id_object, int, os_error, tuple};
use core::ffi::c_char;
use krait_macros::pyfn;
use krait_object::errors::{self, type_error, value_error};
use krait_object::structseq::StructSeq;
use krait_object::{Float, List, Object, Ref, Result, Tuple, none, thread};
use std::ffi::CString;

/// `posix.waitid_result`.
pub static WAITID_RESULT: StructSeq = StructSeq::new(
    c"posix.waitid_result",
    c"waitid_result: Result from waitid.",
    &[(c"si_pid", c""), (c"si_uid", c""), (c"si_signo", c""), (c"si_status", c""), (c"si_code", c"")],
    5,
);

/// `resource.struct_rusage`, made by `wait3` and `wait4` too.
pub static RUSAGE: StructSeq = StructSeq::new(
    c"resource.struct_rusage",
    c"struct_rusage: Result from getrusage.",
    &[
        (c"ru_utime", c"user time used"),
        (c"ru_stime", c"system time used"),
        (c"ru_maxrss", c"max. resident set size"),
        (c"ru_ixrss", c"shared memory size"),
        (c"ru_idrss", c"unshared data size"),
        (c"ru_isrss", c"unshared stack size"),
        (c"ru_minflt", c"page faults not requiring I/O"),
        (c"ru_majflt", c"page faults requiring I/O"),
        (c"ru_nswap", c"number of swap outs"),
        (c"ru_inblock", c"block input operations"),
        (c"ru_oublock", c"block output operations"),
        (c"ru_msgsnd", c"IPC messages sent"),
        (c"ru_msgrcv", c"IPC messages received"),
        (c"ru_nsignals", c"signals received"),
        (c"ru_nvcsw", c"voluntary context switches"),
        (c"ru_nivcsw", c"involuntary context switches"),
    ],
    16,
);

/// The result object of an `rusage` structure.
pub fn rusage_object(usage: &libc::rusage) -> Result {
    let seconds = |t: libc::timeval| Float::new(t.tv_sec as f64 + t.tv_usec as f64 * 1e-6).into_object();
    let counts = [
        usage.ru_maxrss,
        usage.ru_ixrss,
        usage.ru_idrss,
        usage.ru_isrss,
        usage.ru_minflt,
        usage.ru_majflt,
        usage.ru_nswap,
        usage.ru_inblock,
        usage.ru_oublock,
        usage.ru_msgsnd,
        usage.ru_msgrcv,
        usage.ru_nsignals,
        usage.ru_nvcsw,
        usage.ru_nivcsw,
    ];
    let mut values = vec![seconds(usage.ru_utime), seconds(usage.ru_stime)];
    values.extend(counts.iter().map(|&c| int(c)));
    RUSAGE.make(values)
}

/// Functions of `register_at_fork`: before (last first), after in the parent, after in the child.
struct ForkHooks {
    lists: [krait_object::Slot<List>; 3],
}

// SAFETY: touched only with the GIL held.
unsafe impl Sync for ForkHooks {}

static FORK_HOOKS: ForkHooks = ForkHooks { lists: [const { krait_object::Slot::empty() }; 3] };

#[derive(Clone, Copy)]
enum ForkStage {
    Before,
    Parent,
    Child,
}

impl ForkHooks {
    fn add(&self, stage: ForkStage, function: Option<&Object>) {
        let Some(function) = function else { return };
        let slot = &self.lists[stage as usize];
        let list = slot.get().unwrap_or_else(|| {
            let list = List::new();
            slot.set(Some(list.clone()));
            list
        });
        list.push(function.to_ref());
    }

    fn run(&self, stage: ForkStage) {
        let mut functions = self.lists[stage as usize].get().map_or_else(Vec::new, |l| l.to_vec());
        if matches!(stage, ForkStage::Before) {
            functions.reverse();
        }
        for function in functions {
            if function.call(&[]).is_err() {
                errors::write_unraisable("Exception ignored in", Some(&function));
            }
        }
    }
}

/// Register callables to be called when forking a new process.
#[pyfn(
    "register_at_fork(*, before=<unrepresentable>, after_in_child=<unrepresentable>, after_in_parent=<unrepresentable>)"
)]
pub fn register_at_fork(
    before: Option<Ref<Object>>,
    after_in_child: Option<Ref<Object>>,
    after_in_parent: Option<Ref<Object>>,
) -> Result<()> {
    let given =
        [(&before, "before"), (&after_in_child, "after_in_child"), (&after_in_parent, "after_in_parent")];
    if given.iter().all(|(f, _)| f.is_none()) {
        return Err(type_error("At least one argument is required."));
    }
    for (function, name) in given {
        if function.as_ref().is_some_and(|f| !f.is_callable()) {
            let actual = function.as_ref().map_or("", |f| f.type_name());
            return Err(type_error(format!("'{name}' must be callable, not {actual}")));
        }
    }
    FORK_HOOKS.add(ForkStage::Before, before.as_deref());
    FORK_HOOKS.add(ForkStage::Child, after_in_child.as_deref());
    FORK_HOOKS.add(ForkStage::Parent, after_in_parent.as_deref());
    Ok(())
}

/// What happens before a fork that returns to Python code (`PyOS_BeforeFork`).
pub fn before_fork() {
    FORK_HOOKS.run(ForkStage::Before);
}

/// `PyOS_AfterFork_Parent`.
pub fn after_fork_parent() {
    FORK_HOOKS.run(ForkStage::Parent);
}

/// `PyOS_AfterFork_Child`: the calling thread is the only one left.
pub fn after_fork_child() {
    let state = thread::current();
    krait_object::gil::reset_after_fork(state);
    state.bind_to_thread();
    state.interp.threads.borrow_mut().retain(|&t| core::ptr::eq(t, state));
    FORK_HOOKS.run(ForkStage::Child);
}

/// Fork a child process.
#[pyfn("fork()")]
pub fn fork() -> Result<i32> {
    before_fork();
    // SAFETY: the child goes on with this thread only, and puts the lock in order first.
    let pid = unsafe { libc::fork() };
    let number = sys::errno();
    if pid == 0 {
        after_fork_child();
    } else {
        after_fork_parent();
    }
    if pid == -1 { Err(os_error(number)) } else { Ok(pid) }
}

/// C strings with the array of pointers that exec takes.
pub struct StringArray {
    _strings: Vec<CString>,
    pointers: Vec<*const c_char>,
}

impl StringArray {
    /// From the strings.
    pub fn new(strings: Vec<CString>) -> StringArray {
        let mut pointers: Vec<*const c_char> = strings.iter().map(|s| s.as_ptr()).collect();
        pointers.push(core::ptr::null());
        StringArray { _strings: strings, pointers }
    }

    /// The array, ending in null.
    pub fn as_ptr(&self) -> *const *const c_char {
        self.pointers.as_ptr()
    }
}

/// The arguments of a new program.
pub fn argument_array(function: &str, argv: &Object) -> Result<StringArray> {
    if argv.downcast::<List>().is_none() && argv.downcast::<Tuple>().is_none() {
        let place = if function.starts_with("execv") && !function.ends_with('e') { "arg 2" } else { "argv" };
        return Err(type_error(format!("{function}: {place} must be a tuple or list")));
    }
    let items = argv.collect()?;
    if items.is_empty() {
        return Err(value_error(format!("{function}: argv must not be empty")));
    }
    let strings = items.iter().map(|item| fs_converter(item)).collect::<Result<Vec<_>>>()?;
    if strings.first().is_some_and(|s| s.is_empty()) {
        return Err(value_error(format!("{function}: argv first element cannot be empty")));
    }
    Ok(StringArray::new(strings))
}

/// The environment of a new program.
pub fn environment_array(env: &Object) -> Result<StringArray> {
    let (keys, values) = (env.mapping_keys()?.to_vec(), env.mapping_values()?.to_vec());
    let mut strings = Vec::new();
    for (key, value) in keys.iter().zip(&values) {
        let (key, value) = (fs_converter(key)?.into_bytes(), fs_converter(value)?.into_bytes());
        if key.is_empty() || key[1..].contains(&b'=') {
            return Err(value_error("illegal environment variable name"));
        }
        strings.push(sys::c_string(&[key, value].join(&b'='))?);
    }
    Ok(StringArray::new(strings))
}

/// Execute an executable path with arguments, replacing current process.
#[pyfn("execv(path, argv, /)")]
pub fn execv(path: Path, argv: &Object) -> Result<()> {
    let argv = argument_array("execv", argv)?;
    // SAFETY: C strings and an array that ends in null.
    unsafe { libc::execv(path.c_str().as_ptr(), argv.as_ptr()) };
    Err(path.last_error())
}

/// Execute an executable path with arguments, replacing current process.
#[pyfn("execve(path, argv, env)")]
pub fn execve(path: PathOrFd, argv: &Object, env: &Object) -> Result<()> {
    let argv = argument_array("execve", argv)?;
    if !env.is_mapping() {
        return Err(type_error("execve: environment must be a mapping object"));
    }
    let env = environment_array(env)?;
    // SAFETY: C strings and arrays that end in null.
    unsafe {
        match path.fd {
            Some(fd) => libc::fexecve(fd, argv.as_ptr(), env.as_ptr()),
            None => libc::execve(path.c_str().as_ptr(), argv.as_ptr(), env.as_ptr()),
        }
    };
    Err(path.last_error())
}

/// Wait for completion of a given child process.
#[pyfn("waitpid(pid, options, /)")]
pub fn waitpid(pid: i32, options: i32) -> Result<(i32, i32)> {
    let mut status = 0;
    // SAFETY: a status to fill.
    let pid = blocking(|| unsafe { libc::waitpid(pid, &mut status, options) })?;
    Ok((pid, status))
}

/// Wait for completion of a child process.
#[pyfn("wait()")]
pub fn wait() -> Result<(i32, i32)> {
    waitpid(-1, 0)
}

fn wait_usage(pid: i32, options: i32) -> Result {
    let (mut status, mut usage) = (0, zeroed::<libc::rusage>());
    // SAFETY: structures to fill.
    let pid = blocking(|| unsafe { libc::wait4(pid, &mut status, options, &mut usage) })?;
    Ok(tuple(vec![int(pid.into()), int(status.into()), rusage_object(&usage)?]))
}

/// Wait for completion of a child process.
#[pyfn("wait3(options)")]
pub fn wait3(options: i32) -> Result {
    wait_usage(-1, options)
}

/// Wait for completion of a specific child process.
#[pyfn("wait4(pid, options)")]
pub fn wait4(pid: i32, options: i32) -> Result {
    wait_usage(pid, options)
}

/// What `waitid` says, without the parts that cannot be sent between threads.
#[derive(Clone, Copy, Default)]
struct WaitInfo {
    pid: i32,
    uid: u32,
    signo: i32,
    status: i32,
    code: i32,
}

/// Returns the result of waiting for a process or processes.
#[pyfn("waitid(idtype, id, options, /)")]
pub fn waitid(idtype: i32, id: i32, options: i32) -> Result {
    let mut found = WaitInfo::default();
    blocking(|| {
        // SAFETY: an all-zero structure is valid and is filled; the fields read are those of SIGCHLD.
        unsafe {
            let mut info: libc::siginfo_t = core::mem::zeroed();
            let status = libc::waitid(idtype as libc::idtype_t, id as libc::id_t, &mut info, options);
            found = WaitInfo {
                pid: info.si_pid(),
                uid: info.si_uid(),
                signo: info.si_signo,
                status: info.si_status(),
                code: info.si_code,
            };
            status
        }
    })?;
    if found.pid == 0 {
        return Ok(none().to_ref());
    }
    WAITID_RESULT.make(vec![
        int(found.pid.into()),
        id_object(found.uid).into_object(),
        int(found.signo.into()),
        int(found.status.into()),
        int(found.code.into()),
    ])
}

/// Kill a process with a signal.
#[pyfn("kill(pid, signal, /)")]
pub fn kill(pid: i32, signal: isize) -> Result<()> {
    let Ok(signal) = i32::try_from(signal) else { return Err(os_error(libc::EINVAL)) };
    // SAFETY: a plain call.
    check(unsafe { libc::kill(pid, signal) })?;
    sys::check_signals()
}

/// Kill a process group with a signal.
#[pyfn("killpg(pgid, signal, /)")]
pub fn killpg(pgid: i32, signal: i32) -> Result<()> {
    // SAFETY: a plain call.
    check(unsafe { libc::killpg(pgid, signal) })?;
    sys::check_signals()
}

/// Exit to the system with specified status, without normal exit processing.
#[pyfn("_exit(status)")]
pub fn exit_now(status: i32) {
    // SAFETY: ends the process.
    unsafe { libc::_exit(status) }
}

/// Abort the interpreter immediately.
#[pyfn("abort()")]
pub fn abort() {
    // SAFETY: ends the process.
    unsafe { libc::abort() }
}

/// Execute the command in a subshell.
#[pyfn("system(command)")]
pub fn system(command: sys::FsPath) -> Result<i32> {
    let command = &command.0;
    // SAFETY: a C string.
    Ok(krait_object::gil::allow_threads(|| unsafe { libc::system(command.as_ptr()) }))
}

/// Return a file descriptor referring to the process *pid*.
#[pyfn("pidfd_open(pid, flags=0)")]
pub fn pidfd_open(pid: i32, flags: u32) -> Result<i32> {
    // SAFETY: a plain call.
    check(unsafe { libc::syscall(libc::SYS_pidfd_open, pid, flags) }).map(|fd| fd as i32)
}

macro_rules! status_queries {
    ($($doc:literal $sig:literal $name:ident $macro:ident -> $ret:ty;)*) => { $(
        #[doc = $doc]
        #[pyfn($sig)]
        pub fn $name(status: i32) -> $ret {
            libc::$macro(status)
        }
    )* };
}

status_queries! {
    "Return True if the process returning status was dumped to a core file." "WCOREDUMP(status, /)"
        wcoredump WCOREDUMP -> bool;
    "Return the process return code from status." "WEXITSTATUS(status)" wexitstatus WEXITSTATUS -> i32;
    "Return True if a particular process was continued from a job control stop." "WIFCONTINUED(status)"
        wifcontinued WIFCONTINUED -> bool;
    "Return True if the process returning status exited via the exit() system call." "WIFEXITED(status)"
        wifexited WIFEXITED -> bool;
    "Return True if the process returning status was terminated by a signal." "WIFSIGNALED(status)"
        wifsignaled WIFSIGNALED -> bool;
    "Return True if the process returning status was stopped." "WIFSTOPPED(status)" wifstopped WIFSTOPPED -> bool;
    "Return the signal that stopped the process that provided the status value." "WSTOPSIG(status)"
        wstopsig WSTOPSIG -> i32;
    "Return the signal that terminated the process that provided the status value." "WTERMSIG(status)"
        wtermsig WTERMSIG -> i32;
}

/// Convert a wait status to an exit code.
#[pyfn("waitstatus_to_exitcode(status)")]
pub fn waitstatus_to_exitcode(status: i32) -> Result<i32> {
    if libc::WIFEXITED(status) {
        return Ok(libc::WEXITSTATUS(status));
    }
    if libc::WIFSIGNALED(status) {
        return Ok(-libc::WTERMSIG(status));
    }
    if libc::WIFSTOPPED(status) {
        let signal = libc::WSTOPSIG(status);
        return Err(value_error(format!("process stopped by delivery of signal {signal}")));
    }
    Err(value_error(format!("invalid wait status: {status}")))
}
