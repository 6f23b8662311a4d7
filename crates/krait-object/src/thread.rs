//! Thread states and the interpreter they belong to. CPython: `Python/pystate.c`, `Include/cpython/pystate.h`.
//!
//! The current thread state is one thread-local pointer. It is set while the thread holds the GIL (see
//! [`crate::gil`]) and may be used for object access only then.

use crate::exceptions::BaseException;
use crate::interp::Interpreter;
use crate::object::Object;
use crate::reference::{Ref, Slot};
use core::cell::Cell;
use core::ffi::c_void;
use core::sync::atomic::{AtomicU32, Ordering};

/// One entry of the stack of exceptions being handled (`_PyErr_StackItem`); generators have their own.
#[repr(C)]
pub struct ExcInfo {
    pub exc_value: Slot<BaseException>,
    pub previous: Cell<*const ExcInfo>,
}

impl ExcInfo {
    /// An entry with no exception.
    pub const fn new() -> ExcInfo {
        ExcInfo { exc_value: Slot::empty(), previous: Cell::new(core::ptr::null()) }
    }
}

impl Default for ExcInfo {
    fn default() -> Self {
        ExcInfo::new()
    }
}

/// Bits of [`ThreadState::eval_breaker`].
pub mod breaker {
    pub const GIL_DROP_REQUEST: u32 = 1;
    pub const SIGNALS_PENDING: u32 = 2;
    pub const CALLS_TO_DO: u32 = 4;
    pub const ASYNC_EXCEPTION: u32 = 8;
    pub const GC_SCHEDULED: u32 = 16;
    pub const EXPLICIT_EXIT: u32 = 32;
    pub const INSTRUMENTATION: u32 = 64;
}

/// `PyThreadState`: what one thread of one interpreter has.
pub struct ThreadState {
    /// The interpreter; valid for the life of the thread state.
    pub interp: &'static Interpreter,
    /// The exception that `Err(Raised)` speaks of.
    pub current_exception: Slot<BaseException>,
    /// Bottom entry of the stack of handled exceptions.
    pub exc_state: ExcInfo,
    /// Innermost entry of the stack of handled exceptions.
    pub exc_info: Cell<*const ExcInfo>,
    /// Innermost interpreter frame (`krait_vm::Frame`).
    pub current_frame: Cell<*mut c_void>,
    /// Chunks of the data stack (owned by `krait_vm`).
    pub datastack: Cell<*mut c_void>,
    /// Python recursion still allowed.
    pub recursion_remaining: Cell<i32>,
    /// Nesting of C recursion allowed past the limit while a RecursionError is handled.
    pub recursion_headroom: Cell<i32>,
    /// Lowest stack address that native code may reach before it raises RecursionError.
    pub stack_soft_limit: Cell<usize>,
    /// Requests that the eval loop must look at; any thread may set bits.
    pub eval_breaker: AtomicU32,
    /// Exception type to raise asynchronously.
    pub async_exc: Slot,
    /// `threading.get_ident()`.
    pub thread_id: Cell<u64>,
    /// Native id (`gettid`).
    pub native_thread_id: Cell<i32>,
    /// Serial number of the thread state.
    pub id: u64,
    /// Per-thread dictionary (`PyThreadState_GetDict`).
    pub dict: Slot<crate::Dict>,
    /// The current `contextvars.Context`.
    pub context: Slot,
    pub context_version: Cell<u64>,
    /// Objects whose deallocation was put off because the native stack was deep.
    pub trash: Cell<*mut Object>,
    pub trash_nesting: Cell<u32>,
    /// Asynchronous generator hooks.
    pub async_gen_firstiter: Slot,
    pub async_gen_finalizer: Slot,
    pub coroutine_origin_tracking_depth: Cell<i32>,
    /// Tracing and profiling (`sys.settrace`, `sys.setprofile`).
    pub trace_func: Slot,
    pub profile_func: Slot,
    pub tracing: Cell<i32>,
    /// Nesting of `repr` in progress (`Py_ReprEnter`).
    pub repr_stack: core::cell::RefCell<Vec<*const Object>>,
    /// The running event loop (`_asyncio`).
    pub asyncio_running_loop: Slot,
    pub asyncio_running_task: Slot,
}

thread_local! {
    static CURRENT: Cell<*const ThreadState> = const { Cell::new(core::ptr::null()) };
}

/// The current thread state. It exists whenever object code runs.
#[inline(always)]
pub fn current() -> &'static ThreadState {
    let ptr = CURRENT.get();
    debug_assert!(!ptr.is_null(), "object code ran without a thread state (GIL not held)");
    // SAFETY: set by `attach` to a thread state that lives until it is detached, and object code runs only between.
    unsafe { &*ptr }
}

/// The current thread state, if this thread is attached.
#[inline(always)]
pub fn try_current() -> Option<&'static ThreadState> {
    // SAFETY: as for `current`; null when detached.
    unsafe { CURRENT.get().as_ref() }
}

/// Makes `state` this thread's current one (null: none).
///
/// # Safety
/// The caller holds the GIL of the state's interpreter, and the state outlives its being current.
pub unsafe fn set_current(state: *const ThreadState) {
    CURRENT.set(state);
}

/// Stack kept free below the soft limit for leaf native code (signal handlers, printing, the allocator).
const STACK_RESERVE: usize = 256 * 1024;

impl ThreadState {
    /// A state for the calling thread.
    pub fn new(interp: &'static Interpreter, id: u64) -> Box<ThreadState> {
        let state = Box::new(ThreadState {
            interp,
            current_exception: Slot::empty(),
            exc_state: ExcInfo::new(),
            exc_info: Cell::new(core::ptr::null()),
            current_frame: Cell::new(core::ptr::null_mut()),
            datastack: Cell::new(core::ptr::null_mut()),
            recursion_remaining: Cell::new(interp.recursion_limit.get()),
            recursion_headroom: Cell::new(0),
            stack_soft_limit: Cell::new(0),
            eval_breaker: AtomicU32::new(0),
            async_exc: Slot::empty(),
            thread_id: Cell::new(0),
            native_thread_id: Cell::new(0),
            id,
            dict: Slot::empty(),
            context: Slot::empty(),
            context_version: Cell::new(0),
            trash: Cell::new(core::ptr::null_mut()),
            trash_nesting: Cell::new(0),
            async_gen_firstiter: Slot::empty(),
            async_gen_finalizer: Slot::empty(),
            coroutine_origin_tracking_depth: Cell::new(0),
            trace_func: Slot::empty(),
            profile_func: Slot::empty(),
            tracing: Cell::new(0),
            repr_stack: Default::default(),
            asyncio_running_loop: Slot::empty(),
            asyncio_running_task: Slot::empty(),
        });
        state.exc_info.set(&raw const state.exc_state);
        state
    }

    /// Binds the state to the calling OS thread: ids and stack bounds.
    pub fn bind_to_thread(&self) {
        // SAFETY: plain libc queries about the calling thread.
        let (id, native) = unsafe { (libc::pthread_self() as u64, libc::syscall(libc::SYS_gettid) as i32) };
        self.thread_id.set(id);
        self.native_thread_id.set(native);
        self.stack_soft_limit.set(native_stack_base() + STACK_RESERVE);
    }

    /// Asks the eval loop to look at something; callable from any thread and from signal handlers.
    pub fn request(&self, bits: u32) {
        self.eval_breaker.fetch_or(bits, Ordering::Release);
    }

    /// Takes requests back.
    pub fn clear_request(&self, bits: u32) {
        self.eval_breaker.fetch_and(!bits, Ordering::AcqRel);
    }

    /// True when native recursion has come near the end of the thread's stack.
    #[inline(always)]
    pub fn native_stack_is_low(&self) -> bool {
        let here = 0u8;
        (&raw const here as usize) < self.stack_soft_limit.get()
    }

    /// The exception being handled (`sys.exception()`), innermost non-empty.
    pub fn handled_exception(&self) -> Option<Ref<BaseException>> {
        let mut item = self.exc_info.get();
        // SAFETY: entries live in the thread state or in generators that are running, and unlink before they die.
        while let Some(entry) = unsafe { item.as_ref() } {
            if let Some(value) = entry.exc_value.get() {
                return Some(value);
            }
            item = entry.previous.get();
        }
        None
    }
}

/// Lowest usable address of the calling thread's stack.
fn native_stack_base() -> usize {
    // SAFETY: the attribute object is initialised by pthread_getattr_np and destroyed once.
    unsafe {
        let mut attr: libc::pthread_attr_t = core::mem::zeroed();
        if libc::pthread_getattr_np(libc::pthread_self(), &mut attr) != 0 {
            return 0;
        }
        let (mut base, mut size) = (core::ptr::null_mut(), 0);
        let status = libc::pthread_attr_getstack(&attr, &mut base, &mut size);
        libc::pthread_attr_destroy(&mut attr);
        if status == 0 { base as usize } else { 0 }
    }
}

/// Guard of one native recursion step: raises RecursionError when the native stack is nearly used up
/// (`Py_EnterRecursiveCall`). `place` continues "maximum recursion depth exceeded", e.g. " while calling a Python object".
#[inline(always)]
pub fn check_recursion(place: &str) -> crate::Result<()> {
    let state = current();
    if state.native_stack_is_low() { Err(recursion_error(place)) } else { Ok(()) }
}

#[cold]
fn recursion_error(place: &str) -> crate::Raised {
    crate::errors::recursion_error(format!("maximum recursion depth exceeded{place}"))
}
