//! New threads and handles on them.
//!
//! The state of a handle is shared with its thread and touched without the GIL; it holds no objects.

use super::raw_lock::RawLock;
use crate::time::{Rounding, nanos_from};
use core::cell::Cell;
use core::ffi::c_void;
use core::sync::atomic::{AtomicI64, AtomicU64, AtomicUsize, Ordering};
use krait_macros::pyfn;
use krait_object::errors::{self, runtime_error, type_error, value_error};
use krait_object::thread::ThreadState;
use krait_object::typeobj::flags;
use krait_object::{
    Dict, GetSetDef, Int, MethodDef, Object, Ref, Result, Str, Tuple, TypeObject, alloc, exceptions, gil,
    interp, thread,
};
use std::sync::{Arc, Mutex, PoisonError};

const NOT_STARTED: u64 = 0;
const RUNNING: u64 = 2;
const DONE: u64 = 3;

/// What a handle knows. `ended` is held from the start until the thread has ended.
#[derive(Default)]
struct HandleState {
    ident: AtomicU64,
    stage: AtomicU64,
    ended: RawLock,
}

impl Default for RawLock {
    fn default() -> RawLock {
        RawLock::new()
    }
}

impl HandleState {
    fn set_done(&self) {
        if self.stage.swap(DONE, Ordering::AcqRel) == RUNNING {
            self.ended.release();
        }
    }

    fn is_done(&self) -> bool {
        self.stage.load(Ordering::Acquire) == DONE
    }

    /// Waits for the end with the GIL released; false when the time is over.
    fn wait(&self, timeout: Option<i128>) -> Result<bool> {
        if self.is_done() {
            return Ok(true);
        }
        let acquired = self.ended.acquire(timeout)?;
        if acquired {
            self.ended.release();
        }
        Ok(acquired)
    }
}

/// Threads that the interpreter waits for at its end.
static JOINED_AT_EXIT: Mutex<Vec<Arc<HandleState>>> = Mutex::new(Vec::new());
/// Threads that this module started and that run.
static COUNT: AtomicI64 = AtomicI64::new(0);
static STACK_SIZE: AtomicUsize = AtomicUsize::new(0);
static MAIN_IDENT: AtomicU64 = AtomicU64::new(0);
const DEFAULT_STACK: usize = 16 << 20;

/// The first thread that loads the module is the main one.
pub fn remember_main_thread() {
    let ident = thread::current().thread_id.get();
    let _ = MAIN_IDENT.compare_exchange(0, ident, Ordering::Relaxed, Ordering::Relaxed);
}

/// `_thread._ThreadHandle`.
#[repr(C)]
pub struct ThreadHandle {
    ob_base: Object,
    state: Cell<*const HandleState>,
}

krait_object::object_type!(ThreadHandle, THREAD_HANDLE);

static GETSET: &[GetSetDef] = &[GetSetDef::getter(c"ident", get_handle_ident), GetSetDef::SENTINEL];
static METHODS: &[MethodDef] = &[join::DEF, is_done::DEF, set_done::DEF, MethodDef::SENTINEL];

/// The type `_thread._ThreadHandle`.
pub static THREAD_HANDLE: TypeObject = TypeObject::of::<ThreadHandle>(c"_thread._ThreadHandle")
    .flags(flags::IMMUTABLETYPE)
    .tp_dealloc(handle_dealloc)
    .tp_repr(handle_repr)
    .tp_new(handle_new)
    .getset(GETSET)
    .methods(METHODS);

fn new_handle() -> Result {
    let object = alloc::alloc_instance(&THREAD_HANDLE, 0)?;
    object.expect::<ThreadHandle>().state.set(Arc::into_raw(Arc::default()));
    Ok(object)
}

extern "C" fn handle_new(_: &TypeObject, _: &Tuple, _: Option<&Object>) -> Result {
    new_handle()
}

unsafe extern "C" fn handle_dealloc(object: *mut Object) {
    // SAFETY: a dead instance; its share of the state is given back once.
    unsafe {
        let state = (*object.cast::<ThreadHandle>()).state.get();
        if !state.is_null() {
            drop(Arc::from_raw(state));
        }
        alloc::free_object(object);
    }
}

extern "C" fn handle_repr(object: &Object) -> Result {
    let ident = object.expect::<ThreadHandle>().state().ident.load(Ordering::Relaxed);
    Ok(Str::new(&format!("<{} object: ident={ident}>", object.ty().full_name())).into_object())
}

extern "C" fn get_handle_ident(object: &Object, _: *mut c_void) -> Result {
    let ident = object.expect::<ThreadHandle>().state().ident.load(Ordering::Relaxed);
    Ok(Int::from_u64(ident).into_object())
}

impl ThreadHandle {
    fn state(&self) -> Arc<HandleState> {
        let state = self.state.get();
        // SAFETY: set when the object was made, to a share that it keeps; this is one share more.
        unsafe {
            Arc::increment_strong_count(state);
            Arc::from_raw(state)
        }
    }
}

#[pyfn("join($self, timeout=None, /)", nosig)]
fn join(handle: &ThreadHandle, timeout: Option<&Object>) -> Result<()> {
    let timeout = match timeout {
        Some(value) => Some(nanos_from(value, Rounding::Up)?).filter(|&n| n >= 0),
        None => None,
    };
    let state = handle.state();
    if state.stage.load(Ordering::Acquire) == NOT_STARTED {
        return Err(runtime_error("thread not started"));
    }
    if !state.is_done() && state.ident.load(Ordering::Relaxed) == thread::current().thread_id.get() {
        return Err(runtime_error("Cannot join current thread"));
    }
    state.wait(timeout).map(drop)
}

#[pyfn("is_done($self, /)", nosig)]
fn is_done(handle: &ThreadHandle) -> bool {
    handle.state().is_done()
}

#[pyfn("_set_done($self, /)", nosig)]
fn set_done(handle: &ThreadHandle) -> Result<()> {
    let state = handle.state();
    if state.stage.load(Ordering::Acquire) == NOT_STARTED {
        return Err(runtime_error("thread not started"));
    }
    state.set_done();
    Ok(())
}

/// What a new thread gets.
struct Boot {
    state: Box<ThreadState>,
    function: Ref<Object>,
    args: Ref<Tuple>,
    kwargs: Option<Ref<Dict>>,
    handle: Arc<HandleState>,
}

/// A boot record on its way.
struct Parcel(Box<Boot>);

// SAFETY: the record is touched by one thread at a time, and its objects only with the GIL held.
unsafe impl Send for Parcel {}

fn start(function: &Object, args: &Tuple, kwargs: Option<&Dict>, handle: &Arc<HandleState>) -> Result<u64> {
    let interp = interp::current();
    if interp.finalizing.get() {
        return Err(errors::raise(
            &exceptions::PyExc_PythonFinalizationError,
            "can't create new thread at interpreter shutdown",
        ));
    }
    let id = interp.next_thread_id.get();
    interp.next_thread_id.set(id + 1);
    let state = ThreadState::new(interp, id);
    interp.threads.borrow_mut().push(&raw const *state);
    let parcel = Parcel(Box::new(Boot {
        state,
        function: function.to_ref(),
        args: Ref::from_borrowed(args),
        kwargs: kwargs.map(Ref::from_borrowed),
        handle: handle.clone(),
    }));
    let size = match STACK_SIZE.load(Ordering::Relaxed) {
        0 => DEFAULT_STACK,
        size => size,
    };
    handle.ended.try_acquire();
    handle.stage.store(RUNNING, Ordering::Release);
    COUNT.fetch_add(1, Ordering::Relaxed);
    let address = Box::into_raw(Box::new(parcel)) as usize;
    // SAFETY: the box is taken back once, in the new thread.
    let spawned = std::thread::Builder::new()
        .stack_size(size)
        .spawn(move || run(*unsafe { Box::from_raw(address as *mut Parcel) }));
    match spawned {
        Ok(thread) => {
            use std::os::unix::thread::JoinHandleExt;
            let ident = thread.as_pthread_t();
            handle.ident.store(ident, Ordering::Release);
            Ok(ident)
        }
        Err(_) => {
            // SAFETY: no thread was made, so that the record is still ours.
            let parcel = *unsafe { Box::from_raw(address as *mut Parcel) };
            forget(&parcel.0.state);
            COUNT.fetch_sub(1, Ordering::Relaxed);
            handle.set_done();
            Err(runtime_error("can't start new thread"))
        }
    }
}

/// Takes a thread state off the interpreter's list.
fn forget(state: &ThreadState) {
    state.interp.threads.borrow_mut().retain(|&t| !core::ptr::eq(t, state));
}

fn run(parcel: Parcel) {
    let Boot { state, function, args, kwargs, handle } = *parcel.0;
    state.bind_to_thread();
    gil::attach(&state);
    handle.ident.store(state.thread_id.get(), Ordering::Release);
    if let Err(raised) = function.call_dict(&args, kwargs.as_deref()) {
        if errors::clear_if(raised, &exceptions::PyExc_SystemExit).is_err() {
            errors::write_unraisable("Exception ignored in thread started by", Some(&function));
        }
    }
    drop((function, args, kwargs));
    clear(&state);
    forget(&state);
    COUNT.fetch_sub(1, Ordering::Relaxed);
    gil::detach();
    handle.set_done();
}

/// Drops what a thread state holds while the GIL is held.
fn clear(state: &ThreadState) {
    drop(state.dict.take());
    drop(state.context.take());
    drop(state.async_exc.take());
    drop(state.current_exception.take());
    drop(state.exc_state.exc_value.take());
    drop(state.async_gen_firstiter.take());
    drop(state.async_gen_finalizer.take());
    drop(state.trace_func.take());
    drop(state.profile_func.take());
    drop(state.asyncio_running_loop.take());
    drop(state.asyncio_running_task.take());
}

fn check_call(function: &Object, args: &Object, kwargs: Option<&Object>) -> Result<()> {
    if !function.is_callable() {
        return Err(type_error("first arg must be callable"));
    }
    if args.downcast::<Tuple>().is_none() {
        return Err(type_error("2nd arg must be a tuple"));
    }
    if kwargs.is_some_and(|k| k.downcast::<Dict>().is_none()) {
        return Err(type_error("optional 3rd arg must be a dictionary"));
    }
    Ok(())
}

/// Start a new thread and return its identifier.
#[pyfn("start_new_thread(function, args, kwargs={}, /)")]
pub fn start_new_thread(function: &Object, args: &Object, kwargs: Option<&Object>) -> Result<u64> {
    check_call(function, args, kwargs)?;
    let Some(args) = args.downcast::<Tuple>() else { return Err(type_error("2nd arg must be a tuple")) };
    start(function, args, kwargs.and_then(|k| k.downcast()), &Arc::default())
}

/// An obsolete synonym of start_new_thread().
#[pyfn("start_new(function, args, kwargs={}, /)")]
pub fn start_new(function: &Object, args: &Object, kwargs: Option<&Object>) -> Result<u64> {
    start_new_thread(function, args, kwargs)
}

/// Start a new thread and return a handle on it.
#[pyfn("start_joinable_thread(function, handle=None, daemon=True)")]
pub fn start_joinable_thread(function: &Object, handle: Option<&Object>, daemon: bool) -> Result {
    if !function.is_callable() {
        return Err(type_error("thread function must be callable"));
    }
    let object = match handle {
        Some(handle) if handle.downcast::<ThreadHandle>().is_none() => {
            return Err(type_error("'handle' must be a _ThreadHandle"));
        }
        Some(handle) => handle.to_ref(),
        None => new_handle()?,
    };
    let state = object.expect::<ThreadHandle>().state();
    if state.stage.load(Ordering::Acquire) != NOT_STARTED {
        return Err(runtime_error("thread already started"));
    }
    start(function, Tuple::empty(), None, &state)?;
    if !daemon {
        let mut list = JOINED_AT_EXIT.lock().unwrap_or_else(PoisonError::into_inner);
        list.retain(|s| !s.is_done());
        list.push(state);
    }
    Ok(object)
}

/// Internal only. Make a thread handle for threads not spawned by the _thread or threading module.
#[pyfn("_make_thread_handle(ident, /)")]
pub fn make_thread_handle(ident: u64) -> Result {
    let object = new_handle()?;
    let state = object.expect::<ThreadHandle>().state();
    state.ident.store(ident, Ordering::Relaxed);
    state.ended.try_acquire();
    state.stage.store(RUNNING, Ordering::Release);
    Ok(object)
}

/// Wait for all non-daemon threads (other than the calling thread) to stop.
#[pyfn("_shutdown()")]
pub fn shutdown() -> Result<()> {
    let me = thread::current().thread_id.get();
    loop {
        let next = {
            let mut list = JOINED_AT_EXIT.lock().unwrap_or_else(PoisonError::into_inner);
            list.retain(|s| !s.is_done());
            list.iter().find(|s| s.ident.load(Ordering::Relaxed) != me).cloned()
        };
        match next {
            Some(state) => state.wait(None)?,
            None => return Ok(()),
        };
    }
}

/// Return the number of currently running Python threads, excluding the main thread.
#[pyfn("_count()")]
pub fn count() -> i64 {
    COUNT.load(Ordering::Relaxed)
}

/// Return the thread stack size used when creating new threads.
#[pyfn("stack_size(size=0, /)")]
pub fn stack_size(size: isize) -> Result<usize> {
    let Ok(size) = usize::try_from(size) else {
        return Err(value_error("size must be 0 or a positive value"));
    };
    if size != 0 && size < 32768 {
        return Err(value_error(format!("size not valid: {size} bytes")));
    }
    Ok(STACK_SIZE.swap(size, Ordering::Relaxed))
}

/// Internal only. Return a non-zero integer that uniquely identifies the main thread.
#[pyfn("_get_main_thread_ident()")]
pub fn get_main_thread_ident() -> u64 {
    MAIN_IDENT.load(Ordering::Relaxed)
}
