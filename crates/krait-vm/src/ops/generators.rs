//! Generators and coroutines: creation, sending, awaiting.

use crate::async_generator;
use crate::eval::Regs;
use crate::frame::{self, DataStack, Frame, Owner};
use crate::generator::{self, Coroutine, Generator};
use crate::ops::{Enter, STAY};
use crate::stackref::StackRef;
use krait_bytecode::flags::{CO_GENERATOR, CO_ITERABLE_COROUTINE};
use krait_object::errors::{self, runtime_error, type_error};
use krait_object::{Object, Raised, Ref, Result, exceptions as exc, id};

/// `RETURN_GENERATOR`: the frame moves into a new generator, which is what the caller gets.
///
/// # Safety
/// The registers' frame is on the data stack; it is gone afterwards.
pub unsafe fn return_generator(r: &mut Regs) -> Result<StackRef> {
    // SAFETY: the frame is moved before its room is given back.
    unsafe {
        (*r.frame).stackpointer = r.sp;
        (*r.frame).instr_ptr = r.ip;
        let made = generator::from_frame(r.ts, r.frame)?;
        let iframe = made.frame();
        let object = (*iframe).frame_obj;
        if !object.is_null() {
            (*object).set_frame(iframe);
        }
        DataStack::of(r.ts).pop(r.frame);
        Ok(StackRef::owned(made.into_object()))
    }
}

/// `SEND`: the next value of the receiver below the value on top. A generator or coroutine runs in this loop.
#[inline(always)]
pub fn send(r: &mut Regs, arg: usize) -> Enter {
    let receiver = r.object(2);
    if let Some(generator) = generator::exact_generator_or_coroutine(receiver) {
        if generator.is_resumable() {
            let value = r.pop();
            r.save_return(2 + arg);
            return Ok(generator::resume_in_loop(r.ts, generator, value.heap_safe()));
        }
    }
    let value = r.pop();
    match send_slow(receiver, value.object())? {
        Sent::Yielded(result) => r.push_ref(result),
        Sent::Returned(result) => {
            r.push_ref(result);
            r.jump(arg as isize);
        }
    }
    Ok(STAY)
}

/// How a `send` ended.
pub enum Sent {
    Yielded(Ref<Object>),
    Returned(Ref<Object>),
}

/// Sends to any iterator (`PyIter_Send`).
#[inline(never)]
pub fn send_slow(receiver: &Object, value: &Object) -> Result<Sent> {
    if let Some(send) = receiver.ty().asynchronous().and_then(|a| a.am_send.get()) {
        let mut result = core::ptr::null_mut();
        let status = send(receiver, Some(value), &mut result);
        // SAFETY: a slot of the type gives an owned reference unless it says that it failed.
        let result = unsafe { Ref::from_owned_opt(result) };
        return match (status, result) {
            (1, Some(result)) => Ok(Sent::Yielded(result)),
            (0, Some(result)) => Ok(Sent::Returned(result)),
            _ => Err(Raised),
        };
    }
    let result = match (value.is_none(), receiver.ty().tp_iternext.get()) {
        (true, Some(next)) => next(receiver).ok_or(Raised),
        _ => receiver.call_method(id!("send"), &[value]),
    };
    match result {
        Ok(value) => Ok(Sent::Yielded(value)),
        Err(Raised) => Ok(Sent::Returned(generator::stop_iteration_value()?)),
    }
}

/// `YIELD_VALUE`: suspends the generator's frame; gives back the value.
#[inline(always)]
pub fn suspend(r: &mut Regs, arg: usize) -> StackRef {
    let value = r.pop().heap_safe();
    // SAFETY: the compiler emits the instruction only in generators, whose frame lies in the generator.
    unsafe {
        debug_assert!((*r.frame).owner == Owner::Generator);
        (*r.frame).stackpointer = r.sp;
        (*r.frame).instr_ptr = r.ip;
        generator::suspended(r.ts, Frame::generator(r.frame), arg);
        let previous = core::mem::replace(&mut (*r.frame).previous, core::ptr::null_mut());
        frame::set_current_frame(r.ts, previous);
    }
    r.ts.recursion_remaining.set(r.ts.recursion_remaining.get() + 1);
    value
}

/// `GET_AWAITABLE`.
pub fn get_awaitable(r: &mut Regs, arg: usize) -> Result<()> {
    let iterable = r.pop();
    let iterator = match generator::awaitable_iter(iterable.object()) {
        Ok(iterator) => iterator,
        Err(raised) => return Err(awaitable_error(iterable.object(), arg, raised)),
    };
    if let Some(coroutine) = iterator.downcast_exact::<Coroutine>() {
        if coroutine.yield_from().is_some() {
            return Err(runtime_error("coroutine is being awaited already"));
        }
    }
    r.push_ref(iterator);
    Ok(())
}

#[cold]
fn awaitable_error(object: &Object, arg: usize, raised: Raised) -> Raised {
    let awaitable = object.ty().asynchronous().is_some_and(|a| a.am_await.get().is_some());
    let method = match arg {
        1 => "__aenter__",
        2 => "__aexit__",
        _ => return raised,
    };
    if awaitable {
        return raised;
    }
    errors::clear();
    type_error(format!(
        "'async with' received an object from {method} that does not implement __await__: {}",
        object.type_name()
    ))
}

/// `GET_AITER`.
pub fn get_aiter(r: &mut Regs) -> Result<()> {
    let object = r.pop();
    let object = object.object();
    let Some(get) = object.ty().asynchronous().and_then(|a| a.am_aiter.get()) else {
        return Err(type_error(format!(
            "'async for' requires an object with __aiter__ method, got {}",
            object.type_name()
        )));
    };
    let iterator = get(object)?;
    if iterator.ty().asynchronous().is_none_or(|a| a.am_anext.get().is_none()) {
        return Err(type_error(format!(
            "'async for' received an object from __aiter__ that does not implement __anext__: {}",
            iterator.type_name()
        )));
    }
    r.push_ref(iterator);
    Ok(())
}

/// `GET_ANEXT`.
pub fn get_anext(r: &mut Regs) -> Result<()> {
    let iterator = r.object(1);
    let awaitable = next_awaitable(iterator)?;
    r.push_ref(awaitable);
    Ok(())
}

fn next_awaitable(iterator: &Object) -> Result {
    let Some(next) = iterator.ty().asynchronous().and_then(|a| a.am_anext.get()) else {
        return Err(type_error(format!(
            "'async for' requires an iterator with __anext__ method, got {}",
            iterator.type_name()
        )));
    };
    let awaitable = next(iterator)?;
    if async_generator::is_async_generator(iterator) {
        return Ok(awaitable);
    }
    match generator::awaitable_iter(&awaitable) {
        Ok(found) => Ok(found),
        Err(Raised) => {
            let cause = errors::fetch(Raised);
            let raised = type_error(format!(
                "'async for' received an invalid object from __anext__: {}",
                awaitable.type_name()
            ));
            krait_object::exceptions::with_current::<exc::BaseException>(|e| {
                e.context.set(Some(cause.clone()));
                e.set_cause(Some(&cause));
            });
            Err(raised)
        }
    }
}

/// `CLEANUP_THROW`: an exception thrown into a `yield from`; StopIteration ends it with a value.
pub fn cleanup_throw(r: &mut Regs) -> Result<()> {
    let (exception, last_sent, receiver) = (r.pop(), r.pop(), r.pop());
    drop((last_sent, receiver));
    let exception = exception.into_ref();
    if !exception.is_instance_of(&exc::PyExc_StopIteration) {
        if let Ok(exception) = exception.downcast_into::<exc::BaseException>() {
            return Err(errors::restore(exception));
        }
        return Err(errors::system_error("CLEANUP_THROW without an exception"));
    }
    let value = exception.get_attr(id!("value"))?;
    r.push(StackRef::immortal(krait_object::none()));
    r.push_ref(value);
    Ok(())
}

/// `END_ASYNC_FOR`: StopAsyncIteration ends the loop, anything else goes on.
pub fn end_async_for(r: &mut Regs) -> Result<()> {
    let (exception, iterator) = (r.pop(), r.pop());
    drop(iterator);
    let exception = exception.into_ref();
    if exception.is_instance_of(&exc::PyExc_StopAsyncIteration) {
        return Ok(());
    }
    match exception.downcast_into::<exc::BaseException>() {
        Ok(exception) => Err(errors::restore(exception)),
        Err(_) => Err(errors::system_error("END_ASYNC_FOR without an exception")),
    }
}

/// Is the generator one that `await` accepts (`types.coroutine`)?
pub fn is_iterable_coroutine(generator: &Generator) -> bool {
    let flags = generator.code_flags();
    flags & (CO_ITERABLE_COROUTINE | CO_GENERATOR) == CO_ITERABLE_COROUTINE | CO_GENERATOR
}
