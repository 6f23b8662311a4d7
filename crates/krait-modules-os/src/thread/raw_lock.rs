//! A lock of one word that any thread may release, with timeouts and interruption (a futex).
//!
//! Invariant: 0 is free, 1 taken, 2 taken and perhaps waited for. All-zero memory is a free lock.

use core::sync::atomic::{AtomicU32, Ordering};
use krait_object::Result;
use krait_object::gil::allow_threads;

/// The word.
#[repr(transparent)]
pub struct RawLock(AtomicU32);

/// How a wait ended.
enum Wait {
    Acquired,
    TimedOut,
    Interrupted,
}

/// The monotonic clock in nanoseconds.
pub fn monotonic() -> i128 {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: a structure to fill.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &mut now) };
    i128::from(now.tv_sec) * 1_000_000_000 + i128::from(now.tv_nsec)
}

impl RawLock {
    /// A free lock.
    pub const fn new() -> RawLock {
        RawLock(AtomicU32::new(0))
    }

    /// Takes the lock if it is free.
    pub fn try_acquire(&self) -> bool {
        self.0.compare_exchange(0, 1, Ordering::Acquire, Ordering::Relaxed).is_ok()
    }

    /// Is it taken?
    pub fn is_locked(&self) -> bool {
        self.0.load(Ordering::Relaxed) != 0
    }

    /// Frees the lock; false if it was free.
    pub fn release(&self) -> bool {
        let before = self.0.swap(0, Ordering::Release);
        if before == 2 {
            // SAFETY: wakes one waiter of this word.
            unsafe {
                libc::syscall(
                    libc::SYS_futex,
                    self.0.as_ptr(),
                    libc::FUTEX_WAKE | libc::FUTEX_PRIVATE_FLAG,
                    1,
                )
            };
        }
        before != 0
    }

    /// Makes it free whatever it was (after fork).
    pub fn reset(&self) {
        self.0.store(0, Ordering::Release);
    }

    /// Takes the lock with the GIL released while waiting; false when the time (nanoseconds, `None`: no end) is over.
    /// A signal handler that raises ends the wait.
    pub fn acquire(&self, timeout: Option<i128>) -> Result<bool> {
        if self.try_acquire() {
            return Ok(true);
        }
        let deadline = timeout.map(|t| monotonic() + t);
        loop {
            match allow_threads(|| self.wait(deadline)) {
                Wait::Acquired => return Ok(true),
                Wait::TimedOut => return Ok(false),
                Wait::Interrupted => crate::sys::check_signals()?,
            }
        }
    }

    fn wait(&self, deadline: Option<i128>) -> Wait {
        let until = deadline.map(|d| libc::timespec {
            tv_sec: i64::try_from(d / 1_000_000_000).unwrap_or(i64::MAX),
            tv_nsec: (d % 1_000_000_000) as i64,
        });
        let until = until.as_ref().map_or(core::ptr::null(), core::ptr::from_ref);
        loop {
            if self.0.swap(2, Ordering::Acquire) == 0 {
                return Wait::Acquired;
            }
            let operation = libc::FUTEX_WAIT_BITSET | libc::FUTEX_PRIVATE_FLAG;
            // SAFETY: the word outlives the wait, because the caller holds the lock's owner.
            let status = unsafe {
                libc::syscall(
                    libc::SYS_futex,
                    self.0.as_ptr(),
                    operation,
                    2,
                    until,
                    core::ptr::null::<u32>(),
                    libc::FUTEX_BITSET_MATCH_ANY,
                )
            };
            match crate::sys::errno() {
                libc::ETIMEDOUT if status == -1 => return Wait::TimedOut,
                libc::EINTR if status == -1 => return Wait::Interrupted,
                _ => {}
            }
        }
    }
}
