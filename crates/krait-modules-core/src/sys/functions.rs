//! Functions of `sys` that act on the interpreter, its threads and frames.

use krait_macros::pyfn;
use krait_object::errors::{self, type_error, value_error};
use krait_object::{Dict, Object, Ref, Result, Tuple, id, interp, none, thread};

/// Return current exception information: (type, value, traceback).
///
/// Return information about the most recent exception caught by an except
/// clause in the current stack frame or in an older stack frame.
#[pyfn("exc_info()")]
pub fn exc_info() -> Result {
    let parts = match thread::current().handled_exception() {
        Some(value) => {
            let traceback = value.traceback.get().unwrap_or_else(|| none().to_ref());
            vec![value.ty().to_ref(), value.into_object(), traceback]
        }
        None => vec![none().to_ref(), none().to_ref(), none().to_ref()],
    };
    Ok(Tuple::from_vec(parts).into_object())
}

/// Return the current exception.
///
/// Return the most recent exception caught by an except clause
/// in the current stack frame or in an older stack frame, or None
/// if no such clause exists.
#[pyfn("exception()")]
pub fn exception() -> Result {
    Ok(thread::current().handled_exception().map_or_else(|| none().to_ref(), Ref::into_object))
}

/// Exit the interpreter by raising SystemExit(status).
///
/// If the status is omitted or None, it defaults to zero (i.e., success).
/// If the status is an integer, it will be used as the system exit status.
/// If it is another kind of object, it will be printed and the system
/// exit status will be one (i.e., failure).
#[pyfn("exit(status=None, /)")]
pub fn exit(status: Option<&Object>) -> Result<()> {
    let status = status.unwrap_or(none());
    Err(errors::raise_with(&krait_object::exceptions::PyExc_SystemExit, &[status]))
}

/// Return the current default encoding used by the Unicode implementation.
#[pyfn("getdefaultencoding()")]
pub fn getdefaultencoding() -> &'static str {
    "utf-8"
}

/// Return the encoding used to convert Unicode filenames to OS filenames.
#[pyfn("getfilesystemencoding()")]
pub fn getfilesystemencoding() -> &'static str {
    "utf-8"
}

/// Return the error mode used for Unicode to OS filename conversion.
#[pyfn("getfilesystemencodeerrors()")]
pub fn getfilesystemencodeerrors() -> &'static str {
    "surrogateescape"
}

/// Return the current value of the recursion limit.
///
/// The recursion limit is the maximum depth of the Python interpreter
/// stack.  This limit prevents infinite recursion from causing an overflow
/// of the C stack and crashing Python.
#[pyfn("getrecursionlimit()")]
pub fn getrecursionlimit() -> i32 {
    interp::current().recursion_limit.get()
}

/// Set the maximum depth of the Python interpreter stack to n.
///
/// This limit prevents infinite recursion from causing an overflow of the C
/// stack and crashing Python.  The highest possible limit is platform-
/// dependent.
#[pyfn("setrecursionlimit(limit, /)")]
pub fn setrecursionlimit(limit: i32) -> Result<()> {
    if limit < 1 {
        return Err(value_error("recursion limit must be greater or equal than 1"));
    }
    krait_vm::context::set_recursion_limit(limit)
}

/// Return the current thread switch interval; see sys.setswitchinterval().
#[pyfn("getswitchinterval()")]
pub fn getswitchinterval() -> f64 {
    interp::current().gil().interval() as f64 * 1e-6
}

/// Set the ideal thread switching delay inside the Python interpreter.
///
/// The actual frequency of switching threads can be lower if the
/// interpreter executes long sequences of uninterruptible code
/// (this is implementation-specific and workload-dependent).
///
/// The parameter must represent the desired switching delay in seconds
/// A typical value is 0.005 (5 milliseconds).
#[pyfn("setswitchinterval(interval, /)")]
pub fn setswitchinterval(interval: f64) -> Result<()> {
    if interval <= 0.0 || interval.is_nan() {
        return Err(value_error("switch interval must be strictly positive"));
    }
    interp::current().gil().set_interval((interval * 1e6) as u64);
    Ok(())
}

/// Return a frame object from the call stack.
///
/// If optional integer depth is given, return the frame object that many
/// calls below the top of the stack.  If that is deeper than the call
/// stack, ValueError is raised.  The default for depth is zero, returning
/// the frame at the top of the call stack.
///
/// This function should be used for internal and specialized purposes
/// only.
#[pyfn("_getframe(depth=0, /)")]
pub fn getframe(depth: i32) -> Result {
    Ok(krait_vm::context::frame_at(depth.max(0) as usize)?.into_object())
}

/// Return the name of the module for a calling frame.
///
/// The default depth returns the module containing the call to this API.
/// A more typical use in a library will pass a depth of 1 to get the user's
/// module rather than the library module.
///
/// If no frame, module, or name can be found, returns None.
#[pyfn("_getframemodulename(depth=0)")]
pub fn getframemodulename(depth: i32) -> Result {
    let Some(frame) = krait_vm::context::caller(depth.max(0) as usize) else {
        return Ok(none().to_ref());
    };
    let globals = frame.get_attr(id!("f_globals"))?;
    Ok(globals.downcast::<Dict>().and_then(|g| g.get_str(id!("__name__"))).unwrap_or_else(|| none().to_ref()))
}

/// Return the maximum string digits limit for non-binary int<->str conversions.
#[pyfn("get_int_max_str_digits()")]
pub fn get_int_max_str_digits() -> i32 {
    interp::current().int_max_str_digits.get()
}

/// Set the maximum string digits limit for non-binary int<->str conversions.
#[pyfn("set_int_max_str_digits(maxdigits)")]
pub fn set_int_max_str_digits(maxdigits: i32) -> Result<()> {
    if maxdigits != 0 && maxdigits < 640 {
        return Err(value_error("maxdigits must be >= 640 or 0 for unlimited"));
    }
    interp::current().int_max_str_digits.set(maxdigits);
    Ok(())
}

/// Return True if Python is exiting.
#[pyfn("is_finalizing()")]
pub fn is_finalizing() -> bool {
    interp::current().finalizing.get()
}

/// Return *True* if a stack profiler trampoline is active.
#[pyfn("is_stack_trampoline_active()")]
pub fn is_stack_trampoline_active() -> bool {
    false
}

/// Return True if the GIL is currently enabled and False if the GIL is disabled.
#[pyfn("_is_gil_enabled()")]
pub fn is_gil_enabled() -> bool {
    true
}

/// Return the number of memory blocks currently allocated.
#[pyfn("getallocatedblocks()")]
pub fn getallocatedblocks() -> usize {
    krait_object::gc::collect::objects(None).len()
}

/// set_asyncgen_hooks([firstiter] [, finalizer])
///
/// Set a finalizer for async generators objects.
#[pyfn("set_asyncgen_hooks(firstiter=<unrepresentable>, finalizer=<unrepresentable>)", nosig)]
pub fn set_asyncgen_hooks(firstiter: Option<&Object>, finalizer: Option<&Object>) -> Result<()> {
    let state = thread::current();
    for (value, name) in [(finalizer, "finalizer"), (firstiter, "firstiter")] {
        if let Some(value) = value.filter(|v| !v.is_none() && !v.is_callable()) {
            return Err(type_error(format!("callable {name} expected, got {}", value.type_name())));
        }
    }
    if let Some(value) = finalizer {
        state.async_gen_finalizer.set(Some(value.to_ref()).filter(|v| !v.is_none()));
    }
    if let Some(value) = firstiter {
        state.async_gen_firstiter.set(Some(value.to_ref()).filter(|v| !v.is_none()));
    }
    Ok(())
}

/// Return the installed asynchronous generators hooks.
///
/// This returns a namedtuple of the form (firstiter, finalizer).
#[pyfn("get_asyncgen_hooks()")]
pub fn get_asyncgen_hooks() -> Result {
    let state = thread::current();
    let or_none = |slot: &krait_object::Slot| slot.get().unwrap_or_else(|| none().to_ref());
    crate::sys::attributes::asyncgen_hooks(vec![
        or_none(&state.async_gen_firstiter),
        or_none(&state.async_gen_finalizer),
    ])
}

/// Check status of origin tracking for coroutine objects in this thread.
#[pyfn("get_coroutine_origin_tracking_depth()")]
pub fn get_coroutine_origin_tracking_depth() -> i32 {
    thread::current().coroutine_origin_tracking_depth.get()
}

/// Enable or disable origin tracking for coroutine objects in this thread.
///
/// Coroutine objects will track 'depth' frames of traceback information
/// about where they came from, available in their cr_origin attribute.
///
/// Set a depth of 0 to disable.
#[pyfn("set_coroutine_origin_tracking_depth(depth)")]
pub fn set_coroutine_origin_tracking_depth(depth: i32) -> Result<()> {
    if depth < 0 {
        return Err(value_error("depth must be >= 0"));
    }
    thread::current().coroutine_origin_tracking_depth.set(depth);
    Ok(())
}
