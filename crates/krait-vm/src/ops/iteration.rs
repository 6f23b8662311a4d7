//! `for` loops.

use crate::eval::Regs;
use crate::generator::{self, Generator};
use crate::ops::{Enter, STAY};
use crate::stackref::StackRef;
use krait_object::{Result, errors, exceptions as exc, none};

#[inline(always)]
pub fn get_iter(r: &mut Regs) -> Result<()> {
    let iterable = r.pop();
    let iterator = iterable.object().iter()?;
    r.push_ref(iterator);
    Ok(())
}

/// `FOR_ITER`: pushes the next item; at the end jumps past `END_FOR`. A generator runs in this loop.
#[inline(always)]
pub fn for_iter(r: &mut Regs, arg: usize) -> Enter {
    let iterator = r.object(1);
    if let Some(generator) = iterator.downcast_exact::<Generator>() {
        if generator.is_resumable() {
            r.save_return(2 + arg);
            return Ok(generator::resume_in_loop(r.ts, generator, StackRef::immortal(none())));
        }
    }
    let next = iterator.ty().tp_iternext.get();
    match next.and_then(|next| next(iterator)) {
        Some(item) => r.push_ref(item),
        None => {
            if errors::occurred() {
                stop_iteration_only()?;
            }
            r.jump(arg as isize + 1);
        }
    }
    Ok(STAY)
}

#[cold]
fn stop_iteration_only() -> Result<()> {
    errors::clear_if(krait_object::Raised, &exc::PyExc_StopIteration)
}

/// Drops the iterator at the end of a loop.
#[inline(always)]
pub fn pop_iter(r: &mut Regs) {
    drop(r.pop());
}

/// `GET_YIELD_FROM_ITER`.
pub fn get_yield_from_iter(r: &mut Regs) -> Result<()> {
    let iterable = r.object(1);
    if iterable.downcast_exact::<generator::Coroutine>().is_some() {
        let flags = r.code().co_flags.get() as u32;
        if flags & (krait_bytecode::flags::CO_COROUTINE | krait_bytecode::flags::CO_ITERABLE_COROUTINE) == 0 {
            return Err(krait_object::type_error(
                "cannot 'yield from' a coroutine object in a non-coroutine generator",
            ));
        }
        return Ok(());
    }
    if iterable.downcast_exact::<Generator>().is_some() {
        return Ok(());
    }
    get_iter(r)
}
