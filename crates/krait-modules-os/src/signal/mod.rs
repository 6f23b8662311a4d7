//! `_signal`: signal handlers. CPython: `Modules/signalmodule.c`.
//!
//! Invariant: the C handler touches atomics only. Python handlers run in the main thread, from
//! [`run_pending_signal_handlers`], which the eval loop and interrupted system calls ask for.

mod constants;

use crate::sys::{self, check};
use core::sync::atomic::{AtomicBool, AtomicI32, AtomicPtr, AtomicU64, Ordering};
use krait_macros::pyfn;
use krait_object::errors::{self, value_error};
use krait_object::module::{Module, ModuleDef};
use krait_object::thread::{self, ThreadState, breaker};
use krait_object::{
    Float, MethodDef, Object, Raised, Ref, Result, Set, Slot, Str, exceptions, none, type_error,
};

/// The module.
pub static MODULE: ModuleDef = ModuleDef::new(c"_signal")
    .doc(c"This module provides mechanisms to use signal handlers in Python.")
    .methods(METHODS)
    .exec(exec);

#[rustfmt::skip]
static METHODS: &[MethodDef] = &[
    default_int_handler::DEF, raise_signal::DEF, signal::DEF, getsignal::DEF, strsignal::DEF, siginterrupt::DEF,
    set_wakeup_fd::DEF, alarm::DEF, pause::DEF, setitimer::DEF, getitimer::DEF, pthread_kill::DEF,
    pthread_sigmask::DEF, sigpending::DEF, sigwait::DEF, valid_signals::DEF,
    MethodDef::SENTINEL,
];

const COUNT: usize = 65;

/// Python handlers by signal number: an object, or the numbers `SIG_DFL` and `SIG_IGN`.
struct Handlers([Slot; COUNT]);

// SAFETY: touched only with the GIL held.
unsafe impl Sync for Handlers {}

static HANDLERS: Handlers = Handlers([const { Slot::empty() }; COUNT]);
static TRIPPED: [AtomicBool; COUNT] = [const { AtomicBool::new(false) }; COUNT];
static ANY_TRIPPED: AtomicBool = AtomicBool::new(false);
static WAKEUP_FD: AtomicI32 = AtomicI32::new(-1);
static MAIN_THREAD: AtomicU64 = AtomicU64::new(0);
static MAIN_STATE: AtomicPtr<ThreadState> = AtomicPtr::new(core::ptr::null_mut());

fn exec(module: &Module) -> Result<()> {
    for &(name, value) in constants::INTEGERS {
        module.add_int(name, value)?;
    }
    module.add("ItimerError", &exceptions::PyExc_OSError)?;
    let state = thread::current();
    if MAIN_STATE.load(Ordering::Acquire).is_null() {
        MAIN_THREAD.store(state.thread_id.get(), Ordering::Relaxed);
        MAIN_STATE.store(core::ptr::from_ref(state).cast_mut(), Ordering::Release);
        install(module)?;
    }
    state.interp.hooks.check_signals.set(Some(run_pending_signal_handlers));
    Ok(())
}

/// Reads the handlers that the process has, and sets Python's own: SIGINT raises KeyboardInterrupt; a write into a
/// closed pipe is an error and no death.
fn install(module: &Module) -> Result<()> {
    for number in 1..COUNT as i32 {
        let known = match current_action(number) {
            Some(libc::SIG_DFL) => sys::int(0),
            Some(libc::SIG_IGN) => sys::int(1),
            _ => none().to_ref(),
        };
        HANDLERS.0[number as usize].set(Some(known));
    }
    for number in [libc::SIGPIPE, libc::SIGXFSZ] {
        set_action(number, libc::SIG_IGN)?;
        HANDLERS.0[number as usize].set(Some(sys::int(1)));
    }
    let slot = &HANDLERS.0[libc::SIGINT as usize];
    let is_default =
        slot.get().and_then(|h| h.downcast::<krait_object::Int>().and_then(|n| n.to_i64())) == Some(0);
    let function = module.dict().get_str(krait_object::id!("default_int_handler"));
    if let (true, Some(function)) = (is_default, function) {
        set_action(libc::SIGINT, handler_address())?;
        slot.set(Some(function));
    }
    Ok(())
}

fn current_action(number: i32) -> Option<usize> {
    // SAFETY: an all-zero action is valid and is filled.
    unsafe {
        let mut action: libc::sigaction = core::mem::zeroed();
        (libc::sigaction(number, core::ptr::null(), &mut action) == 0).then_some(action.sa_sigaction)
    }
}

fn set_action(number: i32, handler: usize) -> Result<()> {
    // SAFETY: the handler is `SIG_DFL`, `SIG_IGN` or a function that is safe in signals; system calls are interrupted.
    unsafe {
        let mut action: libc::sigaction = core::mem::zeroed();
        action.sa_sigaction = handler;
        action.sa_flags = libc::SA_ONSTACK;
        libc::sigemptyset(&mut action.sa_mask);
        check(libc::sigaction(number, &action, core::ptr::null_mut())).map(drop)
    }
}

fn handler_address() -> usize {
    on_signal as extern "C" fn(i32) as usize
}

/// The C handler: remembers the signal and asks the main thread to look.
extern "C" fn on_signal(number: i32) {
    let saved = sys::errno();
    trip(number);
    let fd = WAKEUP_FD.load(Ordering::Relaxed);
    if fd >= 0 {
        let byte = number as u8;
        // SAFETY: one byte; write is safe in signal handlers.
        unsafe { libc::write(fd, (&raw const byte).cast(), 1) };
    }
    sys::set_errno(saved);
}

/// Marks a signal as arrived.
pub fn trip(number: i32) {
    if let Some(flag) = usize::try_from(number).ok().and_then(|n| TRIPPED.get(n)) {
        flag.store(true, Ordering::Release);
        ANY_TRIPPED.store(true, Ordering::Release);
        // SAFETY: the main thread's state lives as long as the process.
        if let Some(main) = unsafe { MAIN_STATE.load(Ordering::Acquire).as_ref() } {
            main.request(breaker::SIGNALS_PENDING);
        }
    }
}

fn is_main_thread() -> bool {
    thread::current().thread_id.get() == MAIN_THREAD.load(Ordering::Relaxed)
        && thread::current().interp.id == 0
}

/// Runs the Python handlers of signals that arrived; in the main thread only.
pub fn run_pending_signal_handlers() -> Result<()> {
    if !ANY_TRIPPED.load(Ordering::Acquire) || !is_main_thread() {
        return Ok(());
    }
    thread::current().clear_request(breaker::SIGNALS_PENDING);
    ANY_TRIPPED.store(false, Ordering::Release);
    for number in 1..COUNT {
        if !TRIPPED[number].swap(false, Ordering::AcqRel) {
            continue;
        }
        let Some(handler) = HANDLERS.0[number].get().filter(|h| h.is_callable()) else { continue };
        if let Err(raised) = handler.call(&[&sys::int(number as i64), none()]) {
            // The others stay for the next time.
            ANY_TRIPPED.store(true, Ordering::Release);
            thread::current().request(breaker::SIGNALS_PENDING);
            return Err(raised);
        }
    }
    Ok(())
}

/// `signal.default_int_handler` etc. after fork: nothing is pending in the child, which is the main thread.
#[expect(dead_code, reason = "called by fork once it resets threads too")]
pub fn after_fork_child() {
    for flag in &TRIPPED {
        flag.store(false, Ordering::Relaxed);
    }
    ANY_TRIPPED.store(false, Ordering::Relaxed);
    let state = thread::current();
    MAIN_THREAD.store(state.thread_id.get(), Ordering::Relaxed);
    MAIN_STATE.store(core::ptr::from_ref(state).cast_mut(), Ordering::Release);
}

fn checked_number(number: i32) -> Result<usize> {
    match usize::try_from(number) {
        Ok(index) if (1..COUNT).contains(&index) => Ok(index),
        _ => Err(value_error("signal number out of range")),
    }
}

/// The default handler for SIGINT installed by Python.
#[pyfn("default_int_handler(signalnum, frame, /)")]
fn default_int_handler(signalnum: i32, frame: &Object) -> Result<()> {
    let _ = (signalnum, frame);
    Err(errors::raise_with(&exceptions::PyExc_KeyboardInterrupt, &[]))
}

/// Send a signal to the executing process.
#[pyfn("raise_signal(signalnum, /)")]
fn raise_signal(signalnum: i32) -> Result<()> {
    // SAFETY: a plain call.
    sys::once(|| unsafe { libc::raise(signalnum) }).map_err(sys::os_error)?;
    sys::check_signals()
}

/// Set the action for the given signal.
#[pyfn("signal(signalnum, handler, /)")]
fn signal(signalnum: i32, handler: &Object) -> Result {
    if !is_main_thread() {
        return Err(value_error("signal only works in main thread of the main interpreter"));
    }
    let index = checked_number(signalnum)?;
    let action = if handler.is_callable() {
        handler_address()
    } else {
        match handler.downcast::<krait_object::Int>().and_then(|n| n.to_i64()) {
            Some(0) => libc::SIG_DFL,
            Some(1) => libc::SIG_IGN,
            _ => {
                return Err(type_error(
                    "signal handler must be signal.SIG_IGN, signal.SIG_DFL, or a callable object",
                ));
            }
        }
    };
    sys::check_signals()?;
    set_action(signalnum, action)?;
    let old = HANDLERS.0[index].replace(Some(handler.to_ref()));
    Ok(old.unwrap_or_else(|| none().to_ref()))
}

/// Return the current action for the given signal.
#[pyfn("getsignal(signalnum, /)")]
fn getsignal(signalnum: i32) -> Result {
    let index = checked_number(signalnum)?;
    Ok(HANDLERS.0[index].get().unwrap_or_else(|| none().to_ref()))
}

/// Return the system description of the given signal.
#[pyfn("strsignal(signalnum, /)")]
fn strsignal(signalnum: i32) -> Result<Option<Ref<Str>>> {
    checked_number(signalnum)?;
    // SAFETY: the text is copied at once, with the GIL held.
    let text = unsafe { libc::strsignal(signalnum) };
    if text.is_null() {
        return Ok(None);
    }
    // SAFETY: a C string.
    let bytes = unsafe { core::ffi::CStr::from_ptr(text) }.to_bytes();
    if bytes.starts_with(b"Unknown signal") {
        return Ok(None);
    }
    sys::fs_decode(bytes).map(Some)
}

/// Change system call restart behaviour.
#[pyfn("siginterrupt(signalnum, flag, /)")]
fn siginterrupt(signalnum: i32, flag: i32) -> Result<()> {
    checked_number(signalnum)?;
    // SAFETY: the action that is there is changed in its flags only.
    unsafe {
        let mut action: libc::sigaction = core::mem::zeroed();
        check(libc::sigaction(signalnum, core::ptr::null(), &mut action))?;
        if flag != 0 {
            action.sa_flags &= !libc::SA_RESTART;
        } else {
            action.sa_flags |= libc::SA_RESTART;
        }
        check(libc::sigaction(signalnum, &action, core::ptr::null_mut())).map(drop)
    }
}

/// Sets the fd to be written to (with the signal number) when a signal comes in.
#[pyfn("set_wakeup_fd(fd, /, *, warn_on_full_buffer=True)")]
fn set_wakeup_fd(fd: i32, warn_on_full_buffer: bool) -> Result<i32> {
    let _ = warn_on_full_buffer;
    if !is_main_thread() {
        return Err(value_error("set_wakeup_fd only works in main thread of the main interpreter"));
    }
    if fd != -1 {
        // SAFETY: a plain query.
        let mode = check(unsafe { libc::fcntl(fd, libc::F_GETFL) })?;
        if mode & libc::O_NONBLOCK == 0 {
            return Err(value_error(format!("the fd {fd} must be in non-blocking mode")));
        }
    }
    Ok(WAKEUP_FD.swap(fd, Ordering::Relaxed))
}

/// Arrange for SIGALRM to arrive after the given number of seconds.
#[pyfn("alarm(seconds, /)")]
fn alarm(seconds: i32) -> u32 {
    // SAFETY: a plain call.
    unsafe { libc::alarm(seconds as u32) }
}

/// Wait until a signal arrives.
#[pyfn("pause()")]
fn pause() -> Result<()> {
    // SAFETY: a plain call.
    krait_object::gil::allow_threads(|| unsafe { libc::pause() });
    sys::check_signals()
}

fn time_value(seconds: f64) -> libc::timeval {
    let micros = (seconds.fract() * 1e6).ceil();
    libc::timeval { tv_sec: seconds.trunc() as i64, tv_usec: micros.min(999_999.0) as i64 }
}

fn timer_pair(timer: &libc::itimerval) -> (Ref<Float>, Ref<Float>) {
    let seconds = |t: libc::timeval| Float::new(t.tv_sec as f64 + t.tv_usec as f64 * 1e-6);
    (seconds(timer.it_value), seconds(timer.it_interval))
}

/// Sets given itimer to expire after value seconds and after that every interval seconds.
#[pyfn("setitimer(which, seconds, interval=0.0, /)")]
fn setitimer(which: i32, seconds: f64, interval: f64) -> Result<(Ref<Float>, Ref<Float>)> {
    let new = libc::itimerval { it_value: time_value(seconds), it_interval: time_value(interval) };
    let mut old: libc::itimerval = crate::posix::zeroed();
    // SAFETY: structures to read and fill.
    check(unsafe { libc::setitimer(which as _, &new, &mut old) })?;
    Ok(timer_pair(&old))
}

/// Returns current value of given itimer.
#[pyfn("getitimer(which, /)")]
fn getitimer(which: i32) -> Result<(Ref<Float>, Ref<Float>)> {
    let mut timer: libc::itimerval = crate::posix::zeroed();
    // SAFETY: a structure to fill.
    check(unsafe { libc::getitimer(which as _, &mut timer) })?;
    Ok(timer_pair(&timer))
}

fn empty_set() -> libc::sigset_t {
    // SAFETY: filled by sigemptyset.
    unsafe {
        let mut set = core::mem::zeroed();
        libc::sigemptyset(&mut set);
        set
    }
}

fn set_from(signals: &Object) -> Result<libc::sigset_t> {
    let mut set = empty_set();
    for item in signals.iter()?.collect()? {
        let number = sys::c_long(&item)?;
        if !(1..COUNT as i64).contains(&number) {
            return Err(out_of_range(number));
        }
        // SAFETY: a valid set; numbers that the C library keeps for itself are refused and passed over.
        unsafe { libc::sigaddset(&mut set, number as i32) };
    }
    Ok(set)
}

fn out_of_range(number: i64) -> Raised {
    value_error(format!("signal number {number} out of range [1; {}]", COUNT - 1))
}

fn set_object(set: &libc::sigset_t) -> Result<Ref<Set>> {
    let found = Set::new();
    for number in 1..COUNT as i32 {
        // SAFETY: a valid set.
        if unsafe { libc::sigismember(set, number) } == 1 {
            found.add(&sys::int(number.into()))?;
        }
    }
    Ok(found)
}

/// Send a signal to a thread.
#[pyfn("pthread_kill(thread_id, signalnum, /)")]
fn pthread_kill(thread_id: u64, signalnum: i32) -> Result<()> {
    // SAFETY: the thread id is the caller's word.
    match unsafe { libc::pthread_kill(thread_id, signalnum) } {
        0 => sys::check_signals(),
        number => Err(sys::os_error(number)),
    }
}

/// Fetch and/or change the signal mask of the calling thread.
#[pyfn("pthread_sigmask(how, mask, /)")]
fn pthread_sigmask(how: i32, mask: &Object) -> Result<Ref<Set>> {
    let (new, mut old) = (set_from(mask)?, empty_set());
    // SAFETY: valid sets.
    match unsafe { libc::pthread_sigmask(how, &new, &mut old) } {
        0 => sys::check_signals()?,
        number => return Err(sys::os_error(number)),
    }
    set_object(&old)
}

/// Examine pending signals.
#[pyfn("sigpending()")]
fn sigpending() -> Result<Ref<Set>> {
    let mut set = empty_set();
    // SAFETY: a valid set.
    check(unsafe { libc::sigpending(&mut set) })?;
    set_object(&set)
}

/// Wait for a signal.
#[pyfn("sigwait(sigset, /)")]
fn sigwait(sigset: &Object) -> Result<i32> {
    let set = set_from(sigset)?;
    let mut number = 0;
    // SAFETY: a valid set and a number to fill.
    match krait_object::gil::allow_threads(|| unsafe { libc::sigwait(&set, &mut number) }) {
        0 => Ok(number),
        error => Err(sys::os_error(error)),
    }
}

/// Return a set of valid signal numbers on this platform.
#[pyfn("valid_signals()")]
fn valid_signals() -> Result<Ref<Set>> {
    let mut set = empty_set();
    // SAFETY: a valid set.
    unsafe { libc::sigfillset(&mut set) };
    set_object(&set)
}
