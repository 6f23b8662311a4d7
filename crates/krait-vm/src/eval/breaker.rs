//! Requests that the loop looks at between instructions. CPython: `_Py_HandlePending`.

use core::sync::atomic::Ordering;
use krait_object::thread::{ThreadState, breaker};
use krait_object::{Result, TypeObject, errors, gc, gil, interp};

/// Has anybody asked for anything?
#[inline(always)]
pub fn is_set(ts: &ThreadState) -> bool {
    ts.eval_breaker.load(Ordering::Relaxed) != 0
}

/// Functions that other threads want to have called by the main thread (`Py_AddPendingCall`).
pub static PENDING: std::sync::Mutex<Vec<Pending>> = std::sync::Mutex::new(Vec::new());

/// One pending call; -1 says that it raised.
pub struct Pending {
    pub function: unsafe extern "C" fn(*mut core::ffi::c_void) -> core::ffi::c_int,
    pub argument: usize,
}

/// Does what was asked for.
#[cold]
#[inline(never)]
pub fn handle(ts: &ThreadState) -> Result<()> {
    let requests = ts.eval_breaker.load(Ordering::Acquire);
    if requests & breaker::SIGNALS_PENDING != 0 {
        ts.clear_request(breaker::SIGNALS_PENDING);
        if let Some(check) = interp::current().hooks.check_signals.get() {
            check()?;
        }
    }
    if requests & breaker::CALLS_TO_DO != 0 {
        ts.clear_request(breaker::CALLS_TO_DO);
        run_pending()?;
    }
    if requests & breaker::GC_SCHEDULED != 0 {
        ts.clear_request(breaker::GC_SCHEDULED);
        gc::collect::run_scheduled();
    }
    if requests & breaker::GIL_DROP_REQUEST != 0 {
        gil::yield_now();
    }
    if requests & breaker::ASYNC_EXCEPTION != 0 {
        ts.clear_request(breaker::ASYNC_EXCEPTION);
        if let Some(class) = ts.async_exc.take() {
            if let Some(ty) = class.downcast::<TypeObject>() {
                return Err(errors::raise_with(ty, &[]));
            }
        }
    }
    Ok(())
}

fn run_pending() -> Result<()> {
    let calls = core::mem::take(&mut *PENDING.lock().unwrap_or_else(std::sync::PoisonError::into_inner));
    for call in calls {
        // SAFETY: the caller of the registration vouches for function and argument.
        if unsafe { (call.function)(call.argument as *mut _) } < 0 {
            return Err(krait_object::Raised);
        }
    }
    Ok(())
}
