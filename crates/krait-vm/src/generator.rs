//! Generators and coroutines. CPython: `Objects/genobject.c`.
//!
//! The frame lies in the object. While the generator runs, the frame is linked into the thread's chain and the
//! generator's entry into the stack of handled exceptions; both are unlinked when it suspends or ends.
//!
//! Invariants: `gi_frame_state` tells which part of the frame is valid: before `COMPLETED` all of it, in `CLEARED` only
//! the code.

use crate::code::CodeObject;
use crate::frame::{Frame, LOCALS_OFFSET, Owner};
use crate::generator_attributes as attributes;
use crate::ops::generators::{Sent, is_iterable_coroutine};
use crate::stackref::StackRef;
use core::cell::{Cell, UnsafeCell};
use core::ffi::c_int;
use core::mem::{ManuallyDrop, offset_of};
use krait_bytecode::flags::{CO_ASYNC_GENERATOR, CO_COROUTINE};
use krait_object::errors::{self, runtime_error, type_error, value_error};
use krait_object::exceptions::{self as exc, BaseException};
use krait_object::result::{NextResult, next_result};
use krait_object::slots::AsyncMethods;
use krait_object::thread::{self, ExcInfo, ThreadState};
use krait_object::typeobj::flags;
use krait_object::weakref::ListHead;
use krait_object::{Object, Raised, Ref, Result, Slot, Str, Tuple, TypeObject, alloc, gc, none};

/// Values of `gi_frame_state`.
pub mod state {
    pub const CREATED: i8 = -3;
    pub const SUSPENDED: i8 = -2;
    pub const SUSPENDED_YIELD_FROM: i8 = -1;
    pub const EXECUTING: i8 = 0;
    pub const COMPLETED: i8 = 1;
    pub const CLEARED: i8 = 4;
}

/// `PyGenObject`, and the same for coroutines and asynchronous generators.
#[repr(C)]
pub struct Generator {
    ob_base: Object,
    gi_weakreflist: ListHead,
    pub gi_name: Slot<Str>,
    pub gi_qualname: Slot<Str>,
    pub gi_exc_state: ExcInfo,
    /// A coroutine's origin, an asynchronous generator's finaliser.
    pub gi_origin_or_finalizer: Slot,
    pub gi_hooks_inited: Cell<bool>,
    pub gi_closed: Cell<bool>,
    pub gi_running_async: Cell<bool>,
    pub gi_frame_state: Cell<i8>,
    pub gi_iframe: UnsafeCell<Frame>,
}

/// Size without locals.
const BASE_SIZE: usize = offset_of!(Generator, gi_iframe) + LOCALS_OFFSET;

const _: () = {
    assert!(size_of::<Generator>() == 160);
    assert!(offset_of!(Generator, gi_iframe) == 72);
    assert!(BASE_SIZE == 152);
};

krait_object::object_type!(Generator, PyGen_Type);

/// A coroutine: the layout is a generator's.
#[repr(transparent)]
pub struct Coroutine(Generator);

krait_object::object_type!(Coroutine, PyCoro_Type);

impl Coroutine {
    /// What it awaits at the moment.
    pub fn yield_from(&self) -> Option<Ref<Object>> {
        self.0.yield_from()
    }
}

const fn base(name: &'static core::ffi::CStr) -> TypeObject {
    TypeObject::new(name, BASE_SIZE)
        .itemsize(size_of::<usize>())
        .flags(flags::HAVE_GC | flags::DISALLOW_INSTANTIATION)
        .weaklist_offset(offset_of!(Generator, gi_weakreflist))
        .tp_dealloc(dealloc)
        .tp_traverse(traverse)
        .tp_finalize(finalize)
        .tp_repr(attributes::repr)
}

/// The type `generator`.
#[unsafe(no_mangle)]
pub static PyGen_Type: TypeObject = base(c"generator")
    .tp_iter(itself)
    .tp_iternext(iternext)
    .as_async(&GENERATOR_ASYNC)
    .methods(attributes::GENERATOR_METHODS)
    .getset(attributes::GENERATOR_GETSET);

/// The type `coroutine`.
#[unsafe(no_mangle)]
pub static PyCoro_Type: TypeObject = base(c"coroutine")
    .as_async(&COROUTINE_ASYNC)
    .methods(attributes::COROUTINE_METHODS)
    .members(attributes::COROUTINE_MEMBERS)
    .getset(attributes::COROUTINE_GETSET);

static GENERATOR_ASYNC: AsyncMethods = AsyncMethods::EMPTY.am_send(am_send);
static COROUTINE_ASYNC: AsyncMethods =
    AsyncMethods::EMPTY.am_await(crate::coroutine_wrapper::await_).am_send(am_send);

/// The type `async_generator`.
#[unsafe(no_mangle)]
pub static PyAsyncGen_Type: TypeObject = base(c"async_generator")
    .as_async(&crate::async_generator::ASYNC)
    .methods(crate::async_generator::METHODS)
    .members(crate::async_generator::MEMBERS)
    .getset(attributes::ASYNC_GENERATOR_GETSET);

// SAFETY: the interpreter's frame lies in memory that only the GIL's holder touches.
unsafe impl Sync for Generator {}

unsafe extern "C" fn traverse(
    object: *mut Object,
    visit: krait_object::slots::VisitFn,
    arg: *mut core::ffi::c_void,
) -> c_int {
    // SAFETY: called by the collector with a live instance.
    let (this, v) = unsafe { (&*object.cast::<Generator>(), gc::Visitor::new(visit, arg)) };
    let walk = || -> core::result::Result<(), c_int> {
        v.slot(&this.gi_name)?;
        v.slot(&this.gi_qualname)?;
        v.slot(&this.gi_origin_or_finalizer)?;
        v.slot(&this.gi_exc_state.exc_value)?;
        let state = this.gi_frame_state.get();
        if state < state::COMPLETED {
            // SAFETY: the state says that the frame is whole.
            unsafe { Frame::traverse(this.frame(), &v, state != state::EXECUTING)? };
        }
        Ok(())
    };
    match walk() {
        Ok(()) => 0,
        Err(stop) => stop,
    }
}

unsafe extern "C" fn dealloc(object: *mut Object) {
    // SAFETY: a dead generator. The finaliser may bring it back to life.
    unsafe {
        let this = &*object.cast::<Generator>();
        if this.gi_frame_state.get() < state::COMPLETED && finalize_from_dealloc(this, finalize) {
            return;
        }
        gc::untrack(this);
        this.clear_frame();
        drop(ManuallyDrop::into_inner(core::ptr::read(&(*this.frame()).f_executable)));
        krait_object::dealloc::dealloc_gc::<Generator>(object);
    }
}

/// Runs the finaliser of a dead object, once in its life; true when that brought the object back.
///
/// # Safety
/// The object's count is zero, and it is of a collected type.
pub unsafe fn finalize_from_dealloc(object: &Object, finalizer: extern "C" fn(&Object)) -> bool {
    if gc::is_finalized(object) {
        return false;
    }
    object.set_refcount(1);
    gc::set_finalized(object);
    finalizer(object);
    let count = object.refcount();
    object.set_refcount(count - 1);
    count > 1
}

extern "C" fn itself(object: &Object) -> Result {
    Ok(object.to_ref())
}

extern "C" fn iternext(object: &Object) -> NextResult {
    next_result((|| match as_generator(object).send(None, false)? {
        Sent::Yielded(value) => Ok(Some(value)),
        Sent::Returned(value) if value.is_none() => Ok(None),
        Sent::Returned(value) => Err(errors::stop_iteration(&value)),
    })())
}

pub extern "C" fn am_send(object: &Object, value: Option<&Object>, result: *mut *mut Object) -> c_int {
    let (status, value) = match as_generator(object).send(value.filter(|v| !v.is_none()), false) {
        Ok(Sent::Yielded(value)) => (1, value.into_raw()),
        Ok(Sent::Returned(value)) => (0, value.into_raw()),
        Err(Raised) => (-1, core::ptr::null_mut()),
    };
    // SAFETY: the caller gives a place for the result.
    unsafe { result.write(value) };
    status
}

/// The receiver of a slot or method of one of the three types.
pub fn as_generator(object: &Object) -> &Generator {
    debug_assert!(any_generator(object).is_some());
    // SAFETY: slots and methods of the three types get their instances, which share the layout.
    unsafe { &*core::ptr::from_ref(object).cast::<Generator>() }
}

/// Exactly a generator or coroutine?
#[inline(always)]
pub fn exact_generator_or_coroutine(object: &Object) -> Option<&Generator> {
    let ty = object.type_ptr();
    (core::ptr::eq(ty, &PyGen_Type) || core::ptr::eq(ty, &PyCoro_Type)).then(|| as_generator(object))
}

/// One of the three types?
pub fn any_generator(object: &Object) -> Option<&Generator> {
    let ty = object.type_ptr();
    let is = [&PyGen_Type, &PyCoro_Type, &PyAsyncGen_Type].into_iter().any(|t| core::ptr::eq(ty, t));
    // SAFETY: the three types share the layout.
    is.then(|| unsafe { &*core::ptr::from_ref(object).cast::<Generator>() })
}

/// A generator, coroutine or asynchronous generator with the frame, which moves into it.
///
/// # Safety
/// The frame is not used afterwards; its stack pointer and instruction pointer are up to date.
pub unsafe fn from_frame(ts: &ThreadState, frame: *mut Frame) -> Result<Ref<Generator>> {
    // SAFETY: the object is allocated with room for the frame.
    unsafe {
        let code = (*frame).code();
        let ty = match () {
            () if code.has_flag(CO_ASYNC_GENERATOR) => &PyAsyncGen_Type,
            () if code.has_flag(CO_COROUTINE) => &PyCoro_Type,
            () => &PyGen_Type,
        };
        let slots = code.co_nlocalsplus.get() + code.co_stacksize.get();
        let object = alloc::alloc_instance(ty, (slots.max(1) as usize) * size_of::<StackRef>())?;
        let this = &*object.as_raw().cast::<Generator>();
        if let Some(function) = (*frame).function() {
            this.gi_name.set(function.func_name.get());
            this.gi_qualname.set(function.func_qualname.get());
        }
        this.gi_frame_state.set(state::CREATED);
        Frame::move_to(frame, this.frame());
        (*this.frame()).owner = Owner::Generator;
        if core::ptr::eq(ty, &PyCoro_Type) && ts.coroutine_origin_tracking_depth.get() > 0 {
            let depth = ts.coroutine_origin_tracking_depth.get();
            this.gi_origin_or_finalizer.set(Some(origin((*frame).previous, depth).into_object()));
        }
        gc::track(this);
        Ok(object.cast_into::<Generator>())
    }
}

/// File, line and name of the callers (`compute_cr_origin`).
fn origin(frame: *mut Frame, depth: i32) -> Ref<Tuple> {
    let mut entries = Vec::new();
    // SAFETY: the chain of the thread's frames is live.
    unsafe {
        let mut at = Frame::first_complete(frame);
        while let (Some(frame), true) = (at.as_ref(), (entries.len() as i32) < depth) {
            let code = frame.code();
            let line = krait_object::Int::from_i64(i64::from(frame.lineno().unwrap_or(-1)));
            entries.push(Tuple::from_slice(&[code.filename_str(), &line, code.name_str()]).into_object());
            at = Frame::first_complete(frame.previous);
        }
    }
    Tuple::from_vec(entries)
}

/// Links the generator as running and gives its frame, for the loop to enter; `value` is what `yield` gives.
#[inline(always)]
pub fn resume_in_loop(ts: &ThreadState, generator: &Generator, value: StackRef) -> *mut Frame {
    let frame = generator.frame();
    // SAFETY: a suspended frame, whose stack has room for the value.
    unsafe {
        (*frame).stackpointer.write(value);
        (*frame).stackpointer = (*frame).stackpointer.add(1);
    }
    generator.gi_frame_state.set(state::EXECUTING);
    generator.gi_exc_state.previous.set(ts.exc_info.get());
    ts.exc_info.set(&raw const generator.gi_exc_state);
    frame
}

/// Unlinks a generator that yields; `kind` is 1 for `yield from` and `await`.
#[inline(always)]
pub fn suspended(ts: &ThreadState, generator: &Generator, kind: usize) {
    generator.gi_frame_state.set(if kind == 1 { state::SUSPENDED_YIELD_FROM } else { state::SUSPENDED });
    ts.exc_info.set(generator.gi_exc_state.previous.replace(core::ptr::null()));
}

/// Unlinks a generator whose frame has ended, and clears the frame (`clear_gen_frame`).
///
/// # Safety
/// The frame is a generator's, unlinked from the frame chain.
pub unsafe fn clear_ended(ts: &ThreadState, frame: *mut Frame) {
    // SAFETY: the caller's promise.
    unsafe {
        let generator = Frame::generator(frame);
        // Clearing the locals may drop the last reference to the generator.
        let keep = generator.to_ref();
        generator.gi_frame_state.set(state::CLEARED);
        ts.exc_info.set(generator.gi_exc_state.previous.replace(core::ptr::null()));
        Frame::clear_except_code(frame);
        generator.gi_exc_state.exc_value.take();
        (*frame).previous = core::ptr::null_mut();
        drop(keep);
    }
}

/// The value that StopIteration carries, when that is the current exception or there is none
/// (`_PyGen_FetchStopIterationValue`).
pub fn stop_iteration_value() -> Result {
    let Some(exception) = errors::take() else { return Ok(none().to_ref()) };
    if !exception.is_instance_of(&exc::PyExc_StopIteration) {
        return Err(errors::restore(exception));
    }
    let value = exception.downcast::<exc::simple::StopIteration>().and_then(|e| e.value.get());
    Ok(value.unwrap_or_else(|| none().to_ref()))
}

impl Generator {
    /// The frame in the object.
    #[inline(always)]
    pub fn frame(&self) -> *mut Frame {
        self.gi_iframe.get()
    }

    /// Not running and not ended?
    #[inline(always)]
    pub fn is_resumable(&self) -> bool {
        self.gi_frame_state.get() < state::EXECUTING
    }

    pub fn is_finished(&self) -> bool {
        self.gi_frame_state.get() >= state::COMPLETED
    }

    pub fn is_suspended(&self) -> bool {
        matches!(self.gi_frame_state.get(), state::SUSPENDED | state::SUSPENDED_YIELD_FROM)
    }

    /// The code, also after the end.
    pub fn code(&self) -> &CodeObject {
        // SAFETY: the frame keeps its code until the generator dies.
        unsafe { (*self.frame()).code() }
    }

    pub fn code_flags(&self) -> u32 {
        self.code().co_flags.get() as u32
    }

    /// "generator", "coroutine" or "async generator", for messages.
    pub fn kind(&self) -> &'static str {
        match () {
            () if core::ptr::eq(self.type_ptr(), &PyCoro_Type) => "coroutine",
            () if core::ptr::eq(self.type_ptr(), &PyAsyncGen_Type) => "async generator",
            () => "generator",
        }
    }

    fn is_coroutine(&self) -> bool {
        core::ptr::eq(self.type_ptr(), &PyCoro_Type)
    }

    /// What it delegates to at the moment.
    pub fn yield_from(&self) -> Option<Ref<Object>> {
        if self.gi_frame_state.get() != state::SUSPENDED_YIELD_FROM {
            return None;
        }
        // SAFETY: a suspended frame's top of stack is the delegate.
        unsafe { (*(*self.frame()).stackpointer.sub(1)).get().map(Object::to_ref) }
    }

    /// Drops the frame's content; the code stays.
    fn clear_frame(&self) {
        if self.gi_frame_state.replace(state::CLEARED) == state::CLEARED {
            return;
        }
        // SAFETY: the frame was whole and is not running.
        unsafe {
            (*self.frame()).previous = core::ptr::null_mut();
            Frame::clear_except_code(self.frame());
        }
        self.gi_exc_state.exc_value.take();
    }

    /// Goes on with a value (`gen_send_ex2`). `None` is None.
    pub fn send(&self, value: Option<&Object>, closing: bool) -> Result<Sent> {
        match self.gi_frame_state.get() {
            state::CREATED if value.is_some_and(|v| !v.is_none()) => {
                Err(type_error(format!("can't send non-None value to a just-started {}", self.kind())))
            }
            state::EXECUTING => Err(value_error(format!("{} already executing", self.kind()))),
            s if s >= state::COMPLETED => {
                if self.is_coroutine() && !closing {
                    return Err(runtime_error("cannot reuse already awaited coroutine"));
                }
                Ok(Sent::Returned(none().to_ref()))
            }
            _ => self.resume(value, false),
        }
    }

    /// Raises the current exception where the generator stopped.
    pub fn send_exception(&self, closing: bool) -> Result<Sent> {
        match self.gi_frame_state.get() {
            state::EXECUTING => Err(value_error(format!("{} already executing", self.kind()))),
            s if s >= state::COMPLETED => {
                if self.is_coroutine() && !closing {
                    return Err(runtime_error("cannot reuse already awaited coroutine"));
                }
                Err(Raised)
            }
            _ => self.resume(None, true),
        }
    }

    fn resume(&self, value: Option<&Object>, throw: bool) -> Result<Sent> {
        let ts = thread::current();
        let keep = self.to_ref();
        let frame = resume_in_loop(ts, self, StackRef::new(value.unwrap_or(none())));
        if throw {
            self.chain_handled(ts);
        }
        // SAFETY: the generator's frame, linked as running just now.
        let result = unsafe { crate::eval::eval_generator(ts, frame, throw) };
        let sent = match result {
            Ok(value) if self.is_suspended() => Ok(Sent::Yielded(value)),
            Ok(value) => Ok(Sent::Returned(value)),
            Err(raised) => Err(raised),
        };
        drop(keep);
        sent
    }

    /// The exception that is thrown in gets the one that the generator handles as its context.
    fn chain_handled(&self, ts: &ThreadState) {
        let handled = self.gi_exc_state.exc_value.get();
        if let (Some(handled), Some(thrown)) = (handled, ts.current_exception.get()) {
            if thrown.context.is_empty() && !thrown.is(&handled) {
                thrown.context.set(Some(handled));
            }
        }
    }

    /// `send()` as a method: the end is StopIteration.
    pub fn send_method(&self, value: Option<&Object>) -> Result {
        let sent = self.send(value, false)?;
        self.method_result(sent)
    }

    fn method_result(&self, sent: Sent) -> Result {
        match sent {
            Sent::Yielded(value) => Ok(value),
            Sent::Returned(_) if core::ptr::eq(self.type_ptr(), &PyAsyncGen_Type) => {
                Err(errors::raise_with(&exc::PyExc_StopAsyncIteration, &[]))
            }
            Sent::Returned(value) if value.is_none() => {
                Err(errors::raise_with(&exc::PyExc_StopIteration, &[]))
            }
            Sent::Returned(value) => Err(errors::stop_iteration(&value)),
        }
    }

    /// `throw()`; `close_on_exit` closes what is delegated to when GeneratorExit is thrown (`_gen_throw`).
    pub fn throw(
        &self,
        close_on_exit: bool,
        ty: &Object,
        value: Option<&Object>,
        tb: Option<&Object>,
    ) -> Result {
        let Some(delegate) = self.yield_from() else { return self.throw_here(ty, value, tb) };
        if close_on_exit && is_generator_exit(ty) {
            self.gi_frame_state.set(state::EXECUTING);
            let closed = close_iterator(&delegate);
            self.gi_frame_state.set(state::SUSPENDED_YIELD_FROM);
            return match closed {
                Ok(()) => self.throw_here(ty, value, tb),
                Err(Raised) => self.pass_exception(),
            };
        }
        let result = if let Some(inner) = exact_generator_or_coroutine(&delegate) {
            self.throw_into(|| inner.throw(close_on_exit, ty, value, tb))
        } else {
            let Some(throw) = delegate.get_attr_opt(krait_object::id!("throw"))? else {
                return self.throw_here(ty, value, tb);
            };
            let args: Vec<&Object> = [Some(ty), value, tb].into_iter().flatten().collect();
            self.throw_into(|| throw.call(&args))
        };
        match result {
            Ok(value) => Ok(value),
            Err(Raised) => self.pass_exception(),
        }
    }

    fn pass_exception(&self) -> Result {
        let sent = self.send_exception(false)?;
        self.method_result(sent)
    }

    /// Runs something as if from the generator's frame, so that tracebacks and `f_back` show it.
    fn throw_into(&self, run: impl FnOnce() -> Result) -> Result {
        let ts = thread::current();
        let current = crate::frame::current_frame(ts);
        // SAFETY: the frame is whole and suspended; it is unlinked again below.
        unsafe { (*self.frame()).previous = current };
        crate::frame::set_current_frame(ts, self.frame());
        self.gi_frame_state.set(state::EXECUTING);
        let result = run();
        self.gi_frame_state.set(state::SUSPENDED_YIELD_FROM);
        crate::frame::set_current_frame(ts, current);
        // SAFETY: as above.
        unsafe { (*self.frame()).previous = core::ptr::null_mut() };
        result
    }

    fn throw_here(&self, ty: &Object, value: Option<&Object>, tb: Option<&Object>) -> Result {
        let exception = thrown_exception(ty, value, tb)?;
        let _: Raised = errors::restore(exception);
        self.pass_exception()
    }

    /// `close()` (`gen_close`).
    pub fn close(&self) -> Result {
        match self.gi_frame_state.get() {
            state::CREATED => {
                self.clear_frame();
                return Ok(none().to_ref());
            }
            s if s >= state::COMPLETED => return Ok(none().to_ref()),
            _ => {}
        }
        let closed = match self.yield_from() {
            Some(delegate) => {
                self.gi_frame_state.set(state::EXECUTING);
                let closed = close_iterator(&delegate);
                self.gi_frame_state.set(state::SUSPENDED_YIELD_FROM);
                closed
            }
            None => Ok(()),
        };
        if closed.is_ok() {
            let _: Raised = errors::raise_with(&exc::PyExc_GeneratorExit, &[]);
        }
        match self.send_exception(true) {
            Ok(Sent::Yielded(_)) => Err(runtime_error(format!("{} ignored GeneratorExit", self.kind()))),
            Ok(Sent::Returned(value)) => Ok(value),
            Err(raised) => {
                if errors::matches(&exc::PyExc_GeneratorExit) {
                    errors::clear();
                    return Ok(none().to_ref());
                }
                Err(raised)
            }
        }
    }
}

fn is_generator_exit(ty: &Object) -> bool {
    match ty.downcast::<TypeObject>() {
        Some(ty) => ty.is_subtype_of(&exc::PyExc_GeneratorExit),
        None => ty.is_instance_of(&exc::PyExc_GeneratorExit),
    }
}

fn close_iterator(iterator: &Object) -> Result<()> {
    if let Some(generator) = exact_generator_or_coroutine(iterator) {
        return generator.close().map(drop);
    }
    match iterator.get_attr_opt(krait_object::id!("close")) {
        Ok(Some(close)) => close.call(&[]).map(drop),
        Ok(None) => Ok(()),
        Err(Raised) => {
            errors::write_unraisable("", Some(iterator));
            Ok(())
        }
    }
}

/// The exception that the arguments of `throw()` stand for.
pub fn thrown_exception(
    ty: &Object,
    value: Option<&Object>,
    tb: Option<&Object>,
) -> Result<Ref<BaseException>> {
    let tb = tb.filter(|t| !t.is_none());
    if tb.is_some_and(|t| t.downcast::<crate::traceback::Traceback>().is_none()) {
        return Err(type_error("throw() third argument must be a traceback object"));
    }
    let value = value.filter(|v| !v.is_none());
    let class = ty.downcast::<TypeObject>().filter(|t| t.has_flag(flags::BASE_EXC_SUBCLASS));
    let exception = match class {
        Some(class) => match value {
            Some(instance) if instance.is_instance_of(class) => exc::instantiate(instance)?,
            Some(args) => match args.downcast::<Tuple>() {
                Some(args) => exc::instantiate(&*class.call_dict(args, None)?)?,
                None => exc::instantiate(&*class.call(&[args])?)?,
            },
            None => exc::instantiate(class)?,
        },
        None if ty.downcast::<BaseException>().is_some() => {
            if value.is_some() {
                return Err(type_error("instance exception may not have a separate value"));
            }
            exc::instantiate(ty)?
        }
        None => {
            return Err(type_error(format!(
                "exceptions must be classes or instances deriving from BaseException, not {}",
                ty.type_name()
            )));
        }
    };
    if let Some(tb) = tb {
        exception.traceback.set(Some(tb.to_ref()));
    }
    Ok(exception)
}

/// `tp_finalize`: closes what has not ended.
pub extern "C" fn finalize(object: &Object) {
    let this = as_generator(object);
    if this.is_finished() {
        return;
    }
    let saved = errors::take();
    if core::ptr::eq(this.type_ptr(), &PyAsyncGen_Type) {
        let finalizer = this.gi_origin_or_finalizer.get();
        if let (Some(finalizer), false) = (finalizer, this.gi_closed.get()) {
            if finalizer.call(&[this]).is_err() {
                errors::write_unraisable("", Some(this));
            }
            restore(saved);
            return;
        }
    }
    if this.is_coroutine() && this.gi_frame_state.get() == state::CREATED {
        let name = this.gi_qualname.get().map_or_else(String::new, |n| n.to_string_lossy());
        let warned =
            errors::warn(&exc::PyExc_RuntimeWarning, format!("coroutine '{name}' was never awaited"), 1);
        if warned.is_err() {
            errors::write_unraisable("", Some(this));
        }
        this.clear_frame();
    } else if this.close().is_err() {
        errors::write_unraisable("", Some(this));
    }
    restore(saved);
}

fn restore(saved: Option<Ref<BaseException>>) {
    if let Some(saved) = saved {
        let _: Raised = errors::restore(saved);
    }
}

/// The iterator that `await` uses (`_PyCoro_GetAwaitableIter`).
pub fn awaitable_iter(object: &Object) -> Result {
    if object.downcast_exact::<Coroutine>().is_some() {
        return Ok(object.to_ref());
    }
    if object.downcast_exact::<Generator>().is_some_and(is_iterable_coroutine) {
        return Ok(object.to_ref());
    }
    let Some(get) = object.ty().asynchronous().and_then(|a| a.am_await.get()) else {
        return Err(type_error(format!("'{}' object can't be awaited", object.type_name())));
    };
    let iterator = get(object)?;
    let is_coroutine = iterator.downcast_exact::<Coroutine>().is_some()
        || iterator.downcast_exact::<Generator>().is_some_and(is_iterable_coroutine);
    if is_coroutine {
        return Err(type_error("__await__() returned a coroutine"));
    }
    if !iterator.is_iterator() {
        return Err(type_error(format!(
            "__await__() returned non-iterator of type '{}'",
            iterator.type_name()
        )));
    }
    Ok(iterator)
}
