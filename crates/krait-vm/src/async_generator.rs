//! Asynchronous generators: the awaitables of `__anext__`, `asend`, `athrow` and `aclose`, and the hooks of the event
//! loop. CPython: the second half of `Objects/genobject.c`.

use crate::generator::{Generator, PyAsyncGen_Type, am_send, as_generator, finalize_from_dealloc};
use crate::generator_attributes::{class_getitem, throw_arguments};
use core::cell::Cell;
use core::mem::offset_of;
use krait_macros::pyfn;
use krait_object::args::Args;
use krait_object::dealloc::dealloc_gc;
use krait_object::defs::member::{READONLY, T_BOOL};
use krait_object::errors::{self, runtime_error};
use krait_object::exceptions as exc;
use krait_object::result::{NextResult, next_result};
use krait_object::slots::AsyncMethods;
use krait_object::typeobj::flags;
use krait_object::{
    MemberDef, MethodDef, Object, Raised, Ref, Result, Slot, Tuple, TypeObject, alloc, none, thread,
};

pub static ASYNC: AsyncMethods = AsyncMethods::EMPTY.am_aiter(aiter).am_anext(anext).am_send(am_send);
pub static METHODS: &[MethodDef] =
    &[asend::DEF, athrow::DEF, aclose::DEF, sizeof::DEF, class_getitem::DEF, MethodDef::SENTINEL];
pub static MEMBERS: &[MemberDef] = &[
    MemberDef::new(c"ag_running", T_BOOL, offset_of!(Generator, gi_running_async), READONLY),
    MemberDef::SENTINEL,
];

/// How far an awaitable is.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(i32)]
enum Stage {
    Init,
    Iterating,
    Closed,
}

/// A value that the generator itself yields, told apart from what it awaits.
#[repr(C)]
struct Wrapped {
    ob_base: Object,
    value: Slot,
}

krait_object::object_type!(Wrapped, _PyAsyncGenWrappedValue_Type);

#[unsafe(no_mangle)]
pub static _PyAsyncGenWrappedValue_Type: TypeObject =
    TypeObject::of::<Wrapped>(c"async_generator_wrapped_value")
        .flags(flags::HAVE_GC)
        .tp_dealloc(dealloc_gc::<Wrapped>)
        .tp_traverse(wrapped_traverse);

krait_object::traverse!(wrapped_traverse, Wrapped, |this, v| {
    v.slot(&this.value)?;
});

/// `PyAsyncGenASend` and `PyAsyncGenAThrow`: `value` is what is sent, or the arguments of `throw` (nothing: `aclose`).
#[repr(C)]
pub struct Awaitable {
    ob_base: Object,
    generator: Slot<Generator>,
    value: Slot,
    stage: Cell<Stage>,
}

const _: () = assert!(size_of::<Awaitable>() == 40);

const fn base(name: &'static core::ffi::CStr) -> TypeObject {
    TypeObject::of::<Awaitable>(name)
        .flags(flags::HAVE_GC | flags::DISALLOW_INSTANTIATION)
        .tp_dealloc(dealloc)
        .tp_traverse(traverse)
        .tp_finalize(finalize)
        .tp_iter(itself)
        .as_async(&AWAIT)
}

static AWAIT: AsyncMethods = AsyncMethods::EMPTY.am_await(itself);

#[unsafe(no_mangle)]
pub static _PyAsyncGenASend_Type: TypeObject = base(c"async_generator_asend")
    .tp_iternext(asend_next)
    .methods(&[asend_send::DEF, asend_throw::DEF, asend_close::DEF, MethodDef::SENTINEL]);
#[unsafe(no_mangle)]
pub static _PyAsyncGenAThrow_Type: TypeObject = base(c"async_generator_athrow")
    .tp_iternext(athrow_next)
    .methods(&[athrow_send::DEF, athrow_throw::DEF, athrow_close::DEF, MethodDef::SENTINEL]);

krait_object::traverse!(traverse, Awaitable, |this, v| {
    v.slot(&this.generator)?;
    v.slot(&this.value)?;
});

unsafe extern "C" fn dealloc(object: *mut Object) {
    // SAFETY: a dead awaitable; the finaliser may bring it back to life.
    unsafe {
        if finalize_from_dealloc(&*object, finalize) {
            return;
        }
        krait_object::gc::untrack(&*object);
        core::ptr::drop_in_place(object.cast::<Awaitable>());
        alloc::free_object(object);
    }
}

extern "C" fn finalize(object: &Object) {
    let this = awaitable(object);
    if this.stage.get() != Stage::Init {
        return;
    }
    let Some(generator) = this.generator.get() else { return };
    let method = match () {
        () if core::ptr::eq(object.type_ptr(), &_PyAsyncGenASend_Type) => "asend",
        () if this.value.is_empty() => "aclose",
        () => "athrow",
    };
    let name = generator.gi_qualname.get().map_or_else(String::new, |n| n.to_string_lossy());
    let saved = errors::take();
    let text = format!("coroutine method '{method}' of '{name}' was never awaited");
    if errors::warn(&exc::PyExc_RuntimeWarning, text, 1).is_err() {
        errors::write_unraisable("", Some(&generator));
    }
    if let Some(saved) = saved {
        let _: Raised = errors::restore(saved);
    }
}

fn awaitable(object: &Object) -> &Awaitable {
    // SAFETY: slots and methods of the two types get their instances, which share the layout.
    unsafe { &*core::ptr::from_ref(object).cast::<Awaitable>() }
}

// SAFETY: both types have this layout; the check below knows both.
unsafe impl krait_object::Typed for Awaitable {
    fn type_object() -> &'static TypeObject {
        &_PyAsyncGenASend_Type
    }
    fn check(object: &Object) -> bool {
        let ty = object.type_ptr();
        core::ptr::eq(ty, &_PyAsyncGenASend_Type) || core::ptr::eq(ty, &_PyAsyncGenAThrow_Type)
    }
}

extern "C" fn itself(object: &Object) -> Result {
    Ok(object.to_ref())
}

/// Is it exactly an asynchronous generator?
pub fn is_async_generator(object: &Object) -> bool {
    core::ptr::eq(object.type_ptr(), &PyAsyncGen_Type)
}

/// Marks a value as yielded by the generator itself (`INTRINSIC_ASYNC_GEN_WRAP`).
pub fn wrap(value: &Object) -> Ref<Object> {
    alloc::new_tracked(Wrapped {
        ob_base: Object::new(&_PyAsyncGenWrappedValue_Type),
        value: Slot::new(value.to_ref()),
    })
    .into_object()
}

/// Tells the event loop about a generator that is iterated for the first time.
fn init_hooks(generator: &Generator) -> Result<()> {
    if generator.gi_hooks_inited.replace(true) {
        return Ok(());
    }
    let ts = thread::current();
    if let Some(finalizer) = ts.async_gen_finalizer.get() {
        generator.gi_origin_or_finalizer.set(Some(finalizer));
    }
    if let Some(first) = ts.async_gen_firstiter.get() {
        first.call(&[generator])?;
    }
    Ok(())
}

fn new(ty: &'static TypeObject, generator: &Object, value: Option<Ref<Object>>) -> Result {
    let generator = as_generator(generator);
    init_hooks(generator)?;
    let made = alloc::new_object(Awaitable {
        ob_base: Object::new(ty),
        // SAFETY: only the layout matters to the slot, and the generator has it.
        generator: Slot::new(unsafe { generator.to_ref().cast_into::<Generator>() }),
        value: Slot::from_option(value),
        stage: Cell::new(Stage::Init),
    });
    krait_object::gc::track(awaitable_object(&made));
    Ok(made.into_object())
}

fn awaitable_object(awaitable: &Awaitable) -> &Object {
    &awaitable.ob_base
}

extern "C" fn aiter(object: &Object) -> Result {
    Ok(object.to_ref())
}

extern "C" fn anext(object: &Object) -> Result {
    new(&_PyAsyncGenASend_Type, object, None)
}

/// asend(v) -> send 'v' in generator.
#[pyfn("asend($self, object, /)")]
fn asend(generator: &Object, object: &Object) -> Result {
    new(&_PyAsyncGenASend_Type, generator, Some(object.to_ref()))
}

/// athrow(value)
/// athrow(type[,value[,tb]])
///
/// raise exception in generator.
/// the (type, val, tb) signature is deprecated,
/// and may be removed in a future version of Python.
#[pyfn("athrow($self, *args)", nosig)]
fn athrow(generator: &Object, args: Args<'_>) -> Result {
    if args.len() > 1 {
        errors::warn(
            &exc::PyExc_DeprecationWarning,
            "the (type, exc, tb) signature of athrow() is deprecated, use the single-arg signature instead.",
            1,
        )?;
    }
    new(&_PyAsyncGenAThrow_Type, generator, Some(args.to_tuple().into_object()))
}

/// aclose() -> raise GeneratorExit inside generator.
#[pyfn("aclose($self, /)")]
fn aclose(generator: &Object) -> Result {
    new(&_PyAsyncGenAThrow_Type, generator, None)
}

/// gen.__sizeof__() -> size of gen in memory, in bytes
#[pyfn("__sizeof__($self, /)")]
fn sizeof(generator: &Object) -> Result {
    let code = as_generator(generator).code();
    let slots = i64::from(code.co_nlocalsplus.get()) + i64::from(code.co_stacksize.get());
    Ok(krait_object::Int::from_i64(generator.ty().tp_basicsize.get() as i64 + 8 * slots).into_object())
}

fn stops_iteration() -> bool {
    errors::matches(&exc::PyExc_StopAsyncIteration) || errors::matches(&exc::PyExc_GeneratorExit)
}

/// What the generator gave, for the awaiter: a yielded value ends the awaiting with StopIteration.
fn unwrap(generator: &Generator, result: Result) -> Result {
    match result {
        Err(raised) => {
            if stops_iteration() {
                generator.gi_closed.set(true);
            }
            generator.gi_running_async.set(false);
            Err(raised)
        }
        Ok(value) => match value.downcast::<Wrapped>() {
            Some(wrapped) => {
                generator.gi_running_async.set(false);
                let inner = wrapped.value.get().unwrap_or_else(|| none().to_ref());
                Err(errors::stop_iteration(&inner))
            }
            None => Ok(value),
        },
    }
}

fn is_wrapped(value: &Object) -> bool {
    value.downcast::<Wrapped>().is_some()
}

fn filter_none(value: &Object) -> Option<&Object> {
    Some(value).filter(|v| !v.is_none())
}

impl Awaitable {
    fn target(&self) -> Ref<Generator> {
        match self.generator.get() {
            Some(generator) => generator,
            None => unreachable!("set at creation and never replaced"),
        }
    }

    fn close_stage(&self) {
        self.stage.set(Stage::Closed);
    }

    fn begin(&self, generator: &Generator, method: &str) -> Result<()> {
        if self.stage.get() == Stage::Init {
            if generator.gi_running_async.get() {
                self.close_stage();
                return Err(runtime_error(format!("{method}(): asynchronous generator is already running")));
            }
            self.stage.set(Stage::Iterating);
            generator.gi_running_async.set(true);
        }
        Ok(())
    }

    fn asend(&self, value: &Object) -> Result {
        let generator = self.target();
        if self.stage.get() == Stage::Closed {
            return Err(runtime_error("cannot reuse already awaited __anext__()/asend()"));
        }
        let first = self.stage.get() == Stage::Init;
        self.begin(&generator, "anext")?;
        generator.gi_running_async.set(true);
        let stored = self.value.get();
        let value = if first && value.is_none() { stored.as_deref() } else { filter_none(value) };
        let result = unwrap(&generator, generator.send_method(value.and_then(filter_none)));
        if result.is_err() {
            self.close_stage();
        }
        result
    }

    fn asend_throw(&self, ty: &Object, value: Option<&Object>, tb: Option<&Object>) -> Result {
        let generator = self.target();
        if self.stage.get() == Stage::Closed {
            return Err(runtime_error("cannot reuse already awaited __anext__()/asend()"));
        }
        self.begin(&generator, "anext")?;
        let result = unwrap(&generator, generator.throw(true, ty, value, tb));
        if result.is_err() {
            self.close_stage();
        }
        result
    }

    fn athrow(&self, value: &Object) -> Result {
        let generator = self.target();
        let args = self.value.get();
        if self.stage.get() == Stage::Closed {
            return Err(runtime_error("cannot reuse already awaited aclose()/athrow()"));
        }
        if generator.is_finished() {
            self.close_stage();
            return Err(errors::raise_with(&exc::PyExc_StopIteration, &[]));
        }
        if self.stage.get() == Stage::Init {
            return self.athrow_first(&generator, args.as_deref(), value);
        }
        let result = generator.send_method(filter_none(value));
        match (&args, result) {
            (Some(_), result) => unwrap(&generator, result),
            (None, Ok(value)) if is_wrapped(&value) => self.ignored(&generator),
            (None, Ok(value)) => Ok(value),
            (None, Err(raised)) => self.ended(&generator, true, raised),
        }
    }

    fn athrow_first(&self, generator: &Generator, args: Option<&Object>, value: &Object) -> Result {
        let method = if args.is_some() { "athrow" } else { "aclose" };
        if generator.gi_running_async.get() {
            self.close_stage();
            return Err(runtime_error(format!("{method}(): asynchronous generator is already running")));
        }
        if generator.gi_closed.get() {
            self.close_stage();
            return Err(errors::raise_with(&exc::PyExc_StopAsyncIteration, &[]));
        }
        if !value.is_none() {
            return Err(runtime_error("can't send non-None value to a just-started coroutine"));
        }
        self.begin(generator, method)?;
        let result = match args.and_then(|a| a.downcast::<Tuple>()) {
            None => {
                generator.gi_closed.set(true);
                match generator.throw(false, &exc::PyExc_GeneratorExit, None, None) {
                    Ok(value) if is_wrapped(&value) => return self.ignored(generator),
                    other => other,
                }
            }
            Some(args) => {
                let args = args.as_objects();
                let Some(ty) = args.first() else {
                    self.close_stage();
                    generator.gi_running_async.set(false);
                    krait_object::args::check_positional("athrow", 0, 1, 3)?;
                    return Err(krait_object::args::missing());
                };
                let thrown = generator.throw(false, ty, args.get(1).copied(), args.get(2).copied());
                unwrap(generator, thrown)
            }
        };
        result.or_else(|raised| self.ended(generator, args.is_none(), raised))
    }

    fn ignored(&self, generator: &Generator) -> Result {
        generator.gi_running_async.set(false);
        self.close_stage();
        Err(runtime_error("async generator ignored GeneratorExit"))
    }

    fn ended(&self, generator: &Generator, closing: bool, raised: Raised) -> Result {
        generator.gi_running_async.set(false);
        self.close_stage();
        if closing && stops_iteration() {
            errors::clear();
            return Err(errors::raise_with(&exc::PyExc_StopIteration, &[]));
        }
        Err(raised)
    }

    fn athrow_throw(&self, ty: &Object, value: Option<&Object>, tb: Option<&Object>) -> Result {
        let generator = self.target();
        if self.stage.get() == Stage::Closed {
            return Err(runtime_error("cannot reuse already awaited aclose()/athrow()"));
        }
        let closing = self.value.is_empty();
        self.begin(&generator, if closing { "aclose" } else { "athrow" })?;
        let result = generator.throw(true, ty, value, tb);
        if !closing {
            return match unwrap(&generator, result) {
                Ok(value) => Ok(value),
                Err(raised) => {
                    self.close_stage();
                    Err(raised)
                }
            };
        }
        match result {
            Ok(value) if is_wrapped(&value) => self.ignored(&generator),
            Ok(value) => Ok(value),
            Err(raised) => self.ended(&generator, true, raised),
        }
    }

    /// The end of `close()` after GeneratorExit was thrown.
    fn closed(&self, result: Result) -> Result {
        match result {
            Ok(_) => Err(runtime_error("coroutine ignored GeneratorExit")),
            Err(_) if stops_iteration() || errors::matches(&exc::PyExc_StopIteration) => {
                errors::clear();
                Ok(none().to_ref())
            }
            Err(raised) => Err(raised),
        }
    }
}

extern "C" fn asend_next(object: &Object) -> NextResult {
    next_result(awaitable(object).asend(none()).map(Some))
}

extern "C" fn athrow_next(object: &Object) -> NextResult {
    next_result(awaitable(object).athrow(none()).map(Some))
}

/// send(value) -> send 'value' into generator/iterator,
/// return next yielded value or raise StopIteration.
#[pyfn("send($self, object, /)")]
fn asend_send(this: &Object, object: &Object) -> Result {
    awaitable(this).asend(object)
}

/// throw(value) -> raise exception in generator/iterator, return next yielded value or raise StopIteration.
#[pyfn("throw($self, *args)", nosig)]
fn asend_throw(this: &Object, args: Args<'_>) -> Result {
    let (ty, value, tb) = throw_arguments(args.as_slice())?;
    awaitable(this).asend_throw(ty, value, tb)
}

/// close() -> raise GeneratorExit inside generator/iterator.
#[pyfn("close($self, /)")]
fn asend_close(this: &Object) -> Result {
    let this = awaitable(this);
    if this.stage.get() == Stage::Closed {
        return Ok(none().to_ref());
    }
    this.closed(this.asend_throw(&exc::PyExc_GeneratorExit, None, None))
}

/// send(value) -> send 'value' into generator/iterator,
/// return next yielded value or raise StopIteration.
#[pyfn("send($self, object, /)")]
fn athrow_send(this: &Object, object: &Object) -> Result {
    awaitable(this).athrow(object)
}

/// throw(value) -> raise exception in generator/iterator, return next yielded value or raise StopIteration.
#[pyfn("throw($self, *args)", nosig)]
fn athrow_throw(this: &Object, args: Args<'_>) -> Result {
    let (ty, value, tb) = throw_arguments(args.as_slice())?;
    awaitable(this).athrow_throw(ty, value, tb)
}

/// close() -> raise GeneratorExit inside generator/iterator.
#[pyfn("close($self, /)")]
fn athrow_close(this: &Object) -> Result {
    let this = awaitable(this);
    if this.stage.get() == Stage::Closed {
        return Ok(none().to_ref());
    }
    this.closed(this.athrow_throw(&exc::PyExc_GeneratorExit, None, None))
}
