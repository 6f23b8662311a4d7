//! The global interpreter lock: one thread at a time runs object code. CPython: `Python/ceval_gil.c`.
//!
//! Work that may block runs inside [`allow_threads`], whose closure is `Send`, so that no object reference gets in.
//! A thread that wants the lock waits for the switch interval, then asks the holder (eval breaker) to hand over; the
//! holder waits until another thread has really taken it (forced switching), so hand-over is fair.

use crate::thread::{self, ThreadState, breaker};
use core::sync::atomic::{AtomicPtr, AtomicU64, Ordering};
use std::sync::{Condvar, Mutex};
use std::time::Duration;

/// A GIL; each interpreter owns one or shares its parent's.
pub struct Gil {
    state: Mutex<GilState>,
    released: Condvar,
    switched: Condvar,
    /// The holder's thread state, for drop requests.
    holder: AtomicPtr<ThreadState>,
    /// Switch interval in microseconds.
    interval: AtomicU64,
}

struct GilState {
    locked: bool,
    switch_number: u64,
    last_holder: usize,
}

impl Gil {
    /// An unlocked GIL with CPython's interval of 5 ms.
    pub const fn new() -> Gil {
        Gil {
            state: Mutex::new(GilState { locked: false, switch_number: 0, last_holder: 0 }),
            released: Condvar::new(),
            switched: Condvar::new(),
            holder: AtomicPtr::new(core::ptr::null_mut()),
            interval: AtomicU64::new(5000),
        }
    }

    /// `sys.setswitchinterval`, in microseconds.
    pub fn set_interval(&self, micros: u64) {
        self.interval.store(micros.max(1), Ordering::Relaxed);
    }

    /// `sys.getswitchinterval`, in microseconds.
    pub fn interval(&self) -> u64 {
        self.interval.load(Ordering::Relaxed)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, GilState> {
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Waits for the lock and makes `state` the holder.
    fn take(&self, thread: &ThreadState) {
        let mut state = self.lock();
        while state.locked {
            let switches = state.switch_number;
            let wait = Duration::from_micros(self.interval());
            let (next, timeout) =
                self.released.wait_timeout(state, wait).unwrap_or_else(std::sync::PoisonError::into_inner);
            state = next;
            if timeout.timed_out() && state.locked && state.switch_number == switches {
                // SAFETY: the holder cannot go away while `state` is locked and it holds the GIL.
                if let Some(holder) = unsafe { self.holder.load(Ordering::Acquire).as_ref() } {
                    holder.request(breaker::GIL_DROP_REQUEST);
                }
            }
        }
        state.locked = true;
        let me = core::ptr::from_ref(thread) as usize;
        if state.last_holder != me {
            state.last_holder = me;
            state.switch_number += 1;
        }
        self.holder.store(core::ptr::from_ref(thread).cast_mut(), Ordering::Release);
        self.switched.notify_all();
    }

    /// Gives the lock up; when another thread asked for it, waits until one has taken it.
    fn release(&self, thread: &ThreadState) {
        let mut state = self.lock();
        state.locked = false;
        self.holder.store(core::ptr::null_mut(), Ordering::Release);
        self.released.notify_one();
        if thread.eval_breaker.load(Ordering::Acquire) & breaker::GIL_DROP_REQUEST != 0 {
            thread.clear_request(breaker::GIL_DROP_REQUEST);
            let me = core::ptr::from_ref(thread) as usize;
            while state.last_holder == me && !state.locked {
                let (next, timeout) = self
                    .switched
                    .wait_timeout(state, Duration::from_millis(5))
                    .unwrap_or_else(std::sync::PoisonError::into_inner);
                state = next;
                if timeout.timed_out() {
                    break;
                }
            }
        }
    }
}

impl Default for Gil {
    fn default() -> Self {
        Gil::new()
    }
}

/// Takes the GIL and makes `state` current (`PyEval_RestoreThread`).
pub fn attach(state: &ThreadState) {
    state.interp.gil().take(state);
    // SAFETY: the GIL was taken just now, and the caller keeps `state` alive until `detach`.
    unsafe { thread::set_current(state) };
}

/// Releases the GIL and leaves the thread without a current state (`PyEval_SaveThread`).
pub fn detach() -> &'static ThreadState {
    let state = thread::current();
    // SAFETY: no object code runs until the next `attach`.
    unsafe { thread::set_current(core::ptr::null()) };
    state.interp.gil().release(state);
    state
}

/// Runs `work` with the GIL released (`Py_BEGIN_ALLOW_THREADS`). The closure is `Send`: it cannot touch objects.
pub fn allow_threads<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    let state = detach();
    let result = work();
    // SAFETY: errno belongs to this thread; taking the lock must not change what the work left in it.
    let errno = unsafe { *libc::__errno_location() };
    attach(state);
    // SAFETY: as above.
    unsafe { *libc::__errno_location() = errno };
    result
}

/// Called by the eval loop on a drop request: lets another thread run.
pub fn yield_now() {
    let state = detach();
    attach(state);
}

/// After fork in the child: the lock is held by the only thread left.
pub fn reset_after_fork(state: &'static ThreadState) {
    let gil = state.interp.gil();
    // In the child the mutex may be locked by a thread that no longer exists; the GIL lives in a leaked
    // interpreter, so a fresh one takes its place.
    state.interp.replace_gil(gil.interval());
    attach(state);
}
