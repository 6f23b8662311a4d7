//! What unit tests of this crate need: an interpreter with a thread state that holds the GIL.

use crate::interp::Interpreter;
use crate::thread::ThreadState;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

static LOCK: Mutex<()> = Mutex::new(());

/// Holds the GIL for one test; tests that use objects run one after another.
pub struct Session {
    _guard: MutexGuard<'static, ()>,
}

/// Attaches the calling thread to the test interpreter, made on first use with all built-in types ready.
pub fn init() -> Session {
    static INTERP: OnceLock<&'static Interpreter> = OnceLock::new();
    let guard = LOCK.lock().unwrap_or_else(PoisonError::into_inner);
    let interp = INTERP.get_or_init(|| Interpreter::leak_new(0));
    let id = interp.next_thread_id.replace(interp.next_thread_id.get() + 1);
    let state: &'static ThreadState = Box::leak(ThreadState::new(interp, id));
    state.bind_to_thread();
    crate::gil::attach(state);
    crate::typeobj::builtin_types::init_types().expect("built-in types become ready");
    Session { _guard: guard }
}

impl Drop for Session {
    fn drop(&mut self) {
        crate::gil::detach();
    }
}
