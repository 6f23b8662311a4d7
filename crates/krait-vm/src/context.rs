//! Questions about the running frame: globals, locals, `super()` without arguments, recursion limit.

use crate::cell::Cell;
use crate::frame::{Frame, visible_frame};
use crate::frame_object::{self, FrameObject};
use crate::locals_proxy::{self, LocalsProxy};
use krait_bytecode::flags::{CO_FAST_CELL, CO_FAST_FREE};
use krait_object::errors::{runtime_error, system_error, value_error};
use krait_object::{Dict, Object, Ref, Result, TypeObject, interp, thread};

/// The innermost frame that Python may see.
fn frame<'a>() -> Option<&'a Frame> {
    // SAFETY: null or a live frame of this thread; callers do not keep it.
    unsafe { visible_frame(thread::current()).as_ref() }
}

/// The globals of the running frame (`PyEval_GetGlobals`).
pub fn current_globals() -> Option<Ref<Dict>> {
    frame().map(|f| Ref::from_borrowed(f.globals()))
}

/// The builtins of the running frame (`PyEval_GetBuiltins`).
pub fn current_builtins() -> Ref<Object> {
    crate::function::current_builtins()
}

/// What `locals()` gives: a snapshot for a function, the namespace for a module or class body.
pub fn current_locals() -> Result {
    let frame = visible_frame(thread::current());
    if frame.is_null() {
        return Err(system_error("frame does not exist"));
    }
    // SAFETY: a live frame of this thread.
    let object = unsafe { frame_object::of_frame(frame) };
    let locals = frame_object::locals_of(&object)?;
    match locals.downcast::<LocalsProxy>() {
        Some(_) => Ok(locals_proxy::snapshot(&object)?.into_object()),
        None => Ok(locals),
    }
}

/// `sys._getframe(depth)`.
pub fn frame_at(depth: usize) -> Result<Ref<FrameObject>> {
    let mut at = visible_frame(thread::current());
    // SAFETY: the chain of the thread's frames is live.
    unsafe {
        for _ in 0..depth {
            if at.is_null() {
                break;
            }
            at = Frame::first_complete((*at).previous);
        }
        if at.is_null() {
            return Err(value_error("call stack is not deep enough"));
        }
        Ok(frame_object::of_frame(at))
    }
}

/// File name, line, function name and globals of the running frame or of one `depth` below, for warnings.
pub fn caller(depth: usize) -> Option<Ref<FrameObject>> {
    let mut at = visible_frame(thread::current());
    // SAFETY: the chain of the thread's frames is live.
    unsafe {
        for _ in 0..depth {
            at = Frame::first_complete(at.as_ref()?.previous);
        }
        (!at.is_null()).then(|| frame_object::of_frame(at))
    }
}

/// The class and instance for `super()` without arguments (`super_init_without_args`).
pub fn super_context() -> Result<(Ref, Ref)> {
    let ts = thread::current();
    // SAFETY: null or a live frame of this thread.
    let Some(frame) = (unsafe { visible_frame(ts).as_ref() }) else {
        return Err(runtime_error("super(): no current frame"));
    };
    let code = frame.code();
    if code.co_argcount.get() == 0 {
        return Err(runtime_error("super(): no arguments"));
    }
    let base = core::ptr::from_ref(frame).cast_mut();
    let kinds = code.kinds();
    // SAFETY: indices are below the number of locals.
    let local = |index: usize| unsafe { (*Frame::locals(base).add(index)).get() };
    let first = match local(0) {
        Some(value) if kinds[0] & CO_FAST_CELL != 0 => match value.downcast_exact::<Cell>() {
            Some(cell) => cell.ob_ref.get(),
            None => Some(value.to_ref()),
        },
        value => value.map(Object::to_ref),
    };
    let Some(instance) = first else { return Err(runtime_error("super(): arg[0] deleted")) };
    for (index, &kind) in kinds.iter().enumerate() {
        if kind & CO_FAST_FREE == 0 || !code.local_name(index).eq_str("__class__") {
            continue;
        }
        let Some(cell) = local(index).and_then(|c| c.downcast_exact::<Cell>()) else {
            return Err(runtime_error("super(): bad __class__ cell"));
        };
        let Some(class) = cell.ob_ref.get() else {
            return Err(runtime_error("super(): empty __class__ cell"));
        };
        if class.downcast::<TypeObject>().is_none() {
            return Err(runtime_error(format!("super(): __class__ is not a type ({})", class.type_name())));
        }
        return Ok((class, instance));
    }
    Err(runtime_error("super(): __class__ cell not found"))
}

/// `sys.setrecursionlimit`: every thread of the interpreter keeps the depth that it has.
pub fn set_recursion_limit(limit: i32) -> Result<()> {
    let interp = interp::current();
    let ts = thread::current();
    let depth = interp.recursion_limit.get() - ts.recursion_remaining.get();
    if depth >= limit {
        return Err(krait_object::errors::recursion_error(format!(
            "cannot set the recursion limit to {limit} at the recursion depth {depth}: the limit is too low"
        )));
    }
    let change = limit - interp.recursion_limit.get();
    interp.recursion_limit.set(limit);
    for &other in interp.threads.borrow().iter() {
        // SAFETY: registered thread states are live; only the GIL's holder touches the count.
        let other = unsafe { &*other };
        if !core::ptr::eq(other, ts) {
            other.recursion_remaining.set(other.recursion_remaining.get() + change);
        }
    }
    ts.recursion_remaining.set(ts.recursion_remaining.get() + change);
    Ok(())
}
