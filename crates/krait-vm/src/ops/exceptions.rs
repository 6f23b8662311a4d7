//! Raising and handling exceptions, and the `with` statement.

use crate::eval::Regs;
use crate::ops::attributes::special_method;
use crate::stackref::StackRef;
use krait_bytecode::opcode::operand::SPECIAL_METHODS;
use krait_object::errors::{self, runtime_error, type_error};
use krait_object::exceptions::{self as exc, BaseException};
use krait_object::typeobj::flags;
use krait_object::{Object, Raised, Ref, Result, Str, Tuple, TypeObject, id, none};

/// `PUSH_EXC_INFO`: the exception on top becomes the one being handled; what was is put under it.
#[inline(always)]
pub fn push_exc_info(r: &mut Regs) {
    let exception = r.pop();
    // SAFETY: the innermost entry is live while its thread or generator runs.
    let item = unsafe { &*r.ts.exc_info.get() };
    // SAFETY: what handlers get on the stack is an exception.
    let value = unsafe { Ref::from_borrowed(exception.object().cast::<BaseException>()) };
    match item.exc_value.replace(Some(value)) {
        Some(previous) => r.push_ref(previous.into_object()),
        None => r.push(StackRef::immortal(none())),
    }
    r.push(exception);
}

#[inline(always)]
pub fn pop_except(r: &mut Regs) {
    let previous = r.pop();
    // SAFETY: as for `push_exc_info`.
    let item = unsafe { &*r.ts.exc_info.get() };
    let previous = previous.into_ref();
    item.exc_value.set(previous.downcast_into::<BaseException>().ok());
}

/// May it stand in an `except` clause?
fn is_exception_class(object: &Object) -> bool {
    object.downcast::<TypeObject>().is_some_and(|t| t.has_flag(flags::BASE_EXC_SUBCLASS))
}

#[inline(always)]
pub fn check_exc_match(r: &mut Regs) -> Result<()> {
    let class = r.pop();
    let matched = exception_matches(r.object(1), class.object())?;
    r.push_bool(matched);
    Ok(())
}

#[inline(never)]
fn exception_matches(value: &Object, class: &Object) -> Result<bool> {
    check_catchable(class)?;
    Ok(match class.downcast::<Tuple>() {
        Some(classes) => classes.as_objects().iter().any(|c| matches_class(value, c)),
        None => matches_class(value, class),
    })
}

fn matches_class(value: &Object, class: &Object) -> bool {
    class.downcast::<TypeObject>().is_some_and(|t| value.is_instance_of(t))
}

const NOT_CATCHABLE: &str = "catching classes that do not inherit from BaseException is not allowed";

fn check_catchable(class: &Object) -> Result<()> {
    let fine = match class.downcast::<Tuple>() {
        Some(classes) => classes.as_objects().iter().all(|c| is_exception_class(c)),
        None => is_exception_class(class),
    };
    if fine { Ok(()) } else { Err(type_error(NOT_CATCHABLE)) }
}

/// `CHECK_EG_MATCH`: splits the exception by an `except*` clause.
pub fn check_eg_match(r: &mut Regs) -> Result<()> {
    let (class, value) = (r.pop(), r.pop());
    let (rest, matched) = split_group(value.object(), class.object())?;
    if !matched.is_none() {
        if let Some(exception) = matched.downcast::<BaseException>() {
            // SAFETY: the innermost entry is live while its thread or generator runs.
            unsafe { &*r.ts.exc_info.get() }.exc_value.set(Some(Ref::from_borrowed(exception)));
        }
    }
    r.push_ref(rest);
    r.push_ref(matched);
    Ok(())
}

fn group_class() -> &'static TypeObject {
    &exc::PyExc_BaseExceptionGroup
}

/// What is left and what the clause takes (`_PyEval_ExceptionGroupMatch`).
fn split_group(value: &Object, class: &Object) -> Result<(Ref<Object>, Ref<Object>)> {
    check_catchable(class)?;
    let is_group = |c: &Object| c.downcast::<TypeObject>().is_some_and(|t| t.is_subtype_of(group_class()));
    let groups = match class.downcast::<Tuple>() {
        Some(classes) => classes.as_objects().iter().any(|c| is_group(c)),
        None => is_group(class),
    };
    if groups {
        return Err(type_error("catching ExceptionGroup with except* is not allowed. Use except instead."));
    }
    if value.is_none() {
        return Ok((none().to_ref(), none().to_ref()));
    }
    let whole = match class.downcast::<Tuple>() {
        Some(classes) => classes.as_objects().iter().any(|c| matches_class(value, c)),
        None => matches_class(value, class),
    };
    if whole {
        if value.is_instance_of(group_class()) {
            return Ok((none().to_ref(), value.to_ref()));
        }
        return Ok((none().to_ref(), wrap_in_group(value)?));
    }
    if !value.is_instance_of(group_class()) {
        return Ok((value.to_ref(), none().to_ref()));
    }
    let pair = value.call_method(id!("split"), &[class])?;
    let Some(parts) = pair.downcast::<Tuple>() else {
        return Err(type_error(format!(
            "{}.split must return a tuple, not {}",
            value.type_name(),
            pair.type_name()
        )));
    };
    match parts.as_slice() {
        [matched, rest, ..] => Ok((rest.clone(), matched.clone())),
        _ => Err(type_error(format!(
            "{}.split must return a 2-tuple, got tuple of size {}",
            value.type_name(),
            parts.len()
        ))),
    }
}

/// A naked exception caught by `except*` is wrapped in a group, whose traceback begins here.
fn wrap_in_group(value: &Object) -> Result {
    let message = Str::empty();
    let group = Object::call(group_class(), &[message, &Tuple::from_slice(&[value])])?;
    let frame = crate::frame::visible_frame(krait_object::thread::current());
    if !frame.is_null() {
        // SAFETY: a live frame of this thread.
        let tb = unsafe { crate::traceback::entry_for(frame, None) };
        group.expect::<BaseException>().traceback.set(Some(tb.into_object()));
    }
    Ok(group)
}

/// `RAISE_VARARGS`.
pub fn raise_varargs(r: &mut Regs, arg: usize) -> Raised {
    let cause = if arg == 2 { Some(r.pop()) } else { None };
    let value = if arg >= 1 { Some(r.pop()) } else { None };
    match value {
        None => reraise_handled(),
        Some(value) => do_raise(value.object(), cause.as_ref().map(|c| c.object())),
    }
}

#[cold]
fn reraise_handled() -> Raised {
    match krait_object::thread::current().handled_exception() {
        Some(exception) => errors::restore(exception),
        None => runtime_error("No active exception to reraise"),
    }
}

#[cold]
fn do_raise(value: &Object, cause: Option<&Object>) -> Raised {
    let exception = match exc::instantiate(value) {
        Ok(exception) => exception,
        Err(raised) => return raised,
    };
    if let Some(cause) = cause {
        let fixed = if is_exception_class(cause) {
            match exc::instantiate(cause) {
                Ok(made) => Some(made.into_object()),
                Err(raised) => return raised,
            }
        } else if cause.downcast::<BaseException>().is_some() {
            Some(cause.to_ref())
        } else if cause.is_none() {
            None
        } else {
            return type_error("exception causes must derive from BaseException");
        };
        exception.set_cause(fixed.as_deref());
    }
    errors::raise_instance(exception.into_object())
}

/// `RERAISE`: the value on top is raised as it is; with an operand the frame goes back to the instruction that raised.
#[inline(always)]
pub fn reraise(r: &mut Regs, arg: usize) -> Raised {
    let exception = r.pop();
    if arg != 0 {
        if let Some(lasti) = r.object(arg).downcast::<krait_object::Int>().and_then(|i| i.to_i64()) {
            if (0..r.code().units() as i64).contains(&lasti) {
                // SAFETY: within the code.
                unsafe { (*r.frame).instr_ptr = r.code().first_instr().offset(lasti as isize) };
            }
        }
    }
    match exception.into_ref().downcast_into::<BaseException>() {
        Ok(exception) => errors::restore(exception),
        Err(_) => errors::system_error("RERAISE without an exception"),
    }
}

/// `LOAD_SPECIAL`: a method of the context manager on top, with `self` or null.
pub fn load_special(r: &mut Regs, arg: usize) -> Result<()> {
    let owner = r.pop();
    let name = match arg {
        0 => id!("__enter__"),
        1 => id!("__exit__"),
        2 => id!("__aenter__"),
        _ => id!("__aexit__"),
    };
    match special_method(owner.object(), name)? {
        Some((method, takes_self)) => {
            r.push_ref(method);
            r.push(if takes_self { owner } else { StackRef::NULL });
            Ok(())
        }
        None => Err(no_special(owner.object(), arg)?),
    }
}

/// "'X' object does not support the context manager protocol", with a hint when it supports the other one.
#[cold]
fn no_special(owner: &Object, arg: usize) -> Result<Raised> {
    let name = SPECIAL_METHODS.get(arg).copied().unwrap_or("");
    let ty = owner.ty();
    let has = |a: &'static Str, b: &'static Str| ty.lookup(a).is_some() && ty.lookup(b).is_some();
    let (protocol, other, hint) = if arg < 2 {
        (
            "context manager",
            has(id!("__aenter__"), id!("__aexit__")),
            "asynchronous context manager protocol. Did you mean to use 'async with'?",
        )
    } else {
        (
            "asynchronous context manager",
            has(id!("__enter__"), id!("__exit__")),
            "context manager protocol. Did you mean to use 'with'?",
        )
    };
    let mut text = format!(
        "'{}' object does not support the {protocol} protocol (missed {name} method)",
        owner.type_name()
    );
    if other {
        text.push_str(&format!(" but it supports the {hint}"));
    }
    Ok(type_error(text))
}

/// `WITH_EXCEPT_START`: calls `__exit__(type, value, traceback)` for the exception on top.
pub fn with_except_start(r: &mut Regs) -> Result<()> {
    let value = r.object(1);
    let traceback = value.downcast::<BaseException>().and_then(|e| e.traceback.get());
    let traceback = traceback.unwrap_or_else(|| none().to_ref());
    let exit = r.object(5);
    let instance = r.peek(4);
    let ty: &Object = value.ty();
    let result = match instance.get() {
        Some(instance) => exit.call(&[instance, ty, value, &traceback])?,
        None => exit.call(&[ty, value, &traceback])?,
    };
    r.push_ref(result);
    Ok(())
}
