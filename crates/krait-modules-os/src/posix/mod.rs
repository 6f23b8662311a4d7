//! `posix`: the operating system interface. CPython: `Modules/posixmodule.c`.
//!
//! - `path`: path arguments; `constants`: the headers' numbers
//! - `stat`: metadata; `names`: links and directories; `scandir`: `scandir` and `DirEntry`
//! - `files`: descriptors; `process`: processes, waiting, signals; `ids`: users and groups; `sched`: scheduling
//! - `system`: environment, limits, the machine

mod constants;
mod files;
mod ids;
mod names;
mod path;
mod process;
mod scandir;
mod sched;
mod stat;
mod system;

pub use files::numbered;
use krait_object::module::{Module, ModuleDef};
use krait_object::{Dict, List, MethodDef, Result, Str, exceptions};
pub use stat::zeroed;

/// The module.
pub static MODULE: ModuleDef = ModuleDef::new(c"posix")
    .doc(c"This module provides access to operating system functionality that is\nstandardized by the C Standard and the POSIX standard (a thinly\ndisguised Unix interface).  Refer to the library manual and\ncorresponding Unix manual entries for more information on calls.")
    .methods(METHODS)
    .exec(exec);

#[rustfmt::skip]
static METHODS: &[MethodDef] = &[
    stat::stat::DEF, stat::lstat::DEF, stat::fstat::DEF, stat::statvfs::DEF, stat::fstatvfs::DEF, stat::access::DEF,
    stat::chmod::DEF, stat::fchmod::DEF, stat::chown::DEF, stat::fchown::DEF, stat::lchown::DEF, stat::utime::DEF,
    names::rename::DEF, names::replace::DEF, names::link::DEF, names::symlink::DEF, names::readlink::DEF,
    names::unlink::DEF, names::remove::DEF, names::rmdir::DEF, names::mkdir::DEF, names::mkfifo::DEF,
    names::mknod::DEF, names::truncate::DEF, names::chdir::DEF, names::chroot::DEF, names::getcwd::DEF,
    names::getcwdb::DEF, names::listdir::DEF, scandir::scandir::DEF,
    files::open::DEF, files::close::DEF, files::closerange::DEF, files::read::DEF, files::pread::DEF,
    files::readinto::DEF, files::write::DEF, files::pwrite::DEF, files::readv::DEF, files::writev::DEF,
    files::preadv::DEF, files::pwritev::DEF, files::lseek::DEF, files::dup::DEF, files::dup2::DEF, files::pipe::DEF,
    files::pipe2::DEF, files::ftruncate::DEF, files::fsync::DEF, files::fdatasync::DEF, files::fchdir::DEF,
    files::sync::DEF, files::isatty::DEF, files::get_inheritable::DEF, files::set_inheritable::DEF,
    files::get_blocking::DEF, files::set_blocking::DEF, files::sendfile::DEF, files::copy_file_range::DEF,
    files::splice::DEF, files::lockf::DEF, files::posix_fadvise::DEF, files::posix_fallocate::DEF,
    files::memfd_create::DEF, files::eventfd::DEF, files::eventfd_read::DEF, files::eventfd_write::DEF,
    files::urandom::DEF, files::getrandom::DEF,
    system::fspath::DEF, system::putenv::DEF, system::unsetenv::DEF, system::create_environ::DEF,
    system::strerror::DEF, system::uname::DEF, system::times::DEF, system::get_terminal_size::DEF,
    system::cpu_count::DEF, system::sysconf::DEF, system::pathconf::DEF, system::fpathconf::DEF, system::confstr::DEF,
    system::getloadavg::DEF, system::umask::DEF, system::device_encoding::DEF, system::major::DEF, system::minor::DEF,
    system::makedev::DEF, system::ctermid::DEF, system::ttyname::DEF, system::path_normpath::DEF,
    system::path_splitroot_ex::DEF,
    ids::getpid::DEF, ids::getppid::DEF, ids::getuid::DEF, ids::geteuid::DEF, ids::getgid::DEF, ids::getegid::DEF,
    ids::getresuid::DEF, ids::getresgid::DEF, ids::getgroups::DEF, ids::getpgrp::DEF, ids::getpgid::DEF,
    ids::getsid::DEF, ids::setuid::DEF, ids::seteuid::DEF, ids::setgid::DEF, ids::setegid::DEF, ids::setreuid::DEF,
    ids::setregid::DEF, ids::setresuid::DEF, ids::setresgid::DEF, ids::setgroups::DEF, ids::setpgid::DEF,
    ids::setpgrp::DEF, ids::setsid::DEF, ids::getpriority::DEF, ids::setpriority::DEF, ids::nice::DEF,
    ids::tcgetpgrp::DEF, ids::tcsetpgrp::DEF, ids::getlogin::DEF,
    process::fork::DEF, process::execv::DEF, process::execve::DEF, process::waitpid::DEF, process::wait::DEF,
    process::wait3::DEF, process::wait4::DEF, process::waitid::DEF, process::kill::DEF, process::killpg::DEF,
    process::exit_now::DEF, process::abort::DEF, process::system::DEF, process::register_at_fork::DEF,
    process::pidfd_open::DEF, process::wcoredump::DEF, process::wexitstatus::DEF, process::wifcontinued::DEF,
    process::wifexited::DEF, process::wifsignaled::DEF, process::wifstopped::DEF, process::wstopsig::DEF,
    process::wtermsig::DEF, process::waitstatus_to_exitcode::DEF,
    sched::sched_yield::DEF, sched::sched_get_priority_max::DEF, sched::sched_get_priority_min::DEF,
    sched::sched_getaffinity::DEF, sched::sched_setaffinity::DEF, sched::sched_getscheduler::DEF,
    sched::sched_rr_get_interval::DEF,
    MethodDef::SENTINEL,
];

/// What `os` asks for to fill its `supports_*` sets.
#[rustfmt::skip]
static HAVE_FUNCTIONS: &[&str] = &[
    "HAVE_EVENTFD", "HAVE_FACCESSAT", "HAVE_FCHDIR", "HAVE_FCHMOD", "HAVE_FCHMODAT", "HAVE_FCHOWN", "HAVE_FCHOWNAT",
    "HAVE_FEXECVE", "HAVE_FDOPENDIR", "HAVE_FPATHCONF", "HAVE_FSTATAT", "HAVE_FSTATVFS", "HAVE_FTRUNCATE",
    "HAVE_FUTIMENS", "HAVE_FUTIMES", "HAVE_FUTIMESAT", "HAVE_LINKAT", "HAVE_LCHOWN", "HAVE_LSTAT", "HAVE_LUTIMES",
    "HAVE_MEMFD_CREATE", "HAVE_MKDIRAT", "HAVE_MKFIFOAT", "HAVE_MKNODAT", "HAVE_OPENAT", "HAVE_READLINKAT",
    "HAVE_RENAMEAT", "HAVE_SYMLINKAT", "HAVE_UNLINKAT", "HAVE_UTIMENSAT",
];

fn exec(module: &Module) -> Result<()> {
    for &(name, value) in constants::INTEGERS {
        module.add_int(name, value)?;
    }
    for (name, table) in [
        ("sysconf_names", constants::SYSCONF),
        ("pathconf_names", constants::PATHCONF),
        ("confstr_names", constants::CONFSTR),
    ] {
        let dict = Dict::new();
        for &(key, value) in table {
            dict.set(&Str::new(key), &crate::sys::int(i64::from(value)))?;
        }
        module.add(name, &dict)?;
    }
    let have = HAVE_FUNCTIONS.iter().map(|name| Str::new(name).into_object()).collect();
    module.add("_have_functions", &List::from_vec(have))?;
    let environ = system::environ()?;
    module.add("environ", &environ)?;
    module.add("error", &exceptions::PyExc_OSError)?;
    module.add("stat_result", stat::STAT_RESULT.ty()?)?;
    module.add("statvfs_result", stat::STATVFS_RESULT.ty()?)?;
    module.add("uname_result", system::UNAME_RESULT.ty()?)?;
    module.add("times_result", system::TIMES_RESULT.ty()?)?;
    module.add("terminal_size", system::TERMINAL_SIZE.ty()?)?;
    module.add("waitid_result", process::WAITID_RESULT.ty()?)?;
    module.add_type(&scandir::DIR_ENTRY)?;
    krait_object::typeobj::ready::ready(&scandir::SCANDIR_ITERATOR)
}
