//! Locals, constants, and moving values on the stack.

use crate::eval::Regs;
use crate::ops::variables::unbound_local;
use crate::stackref::StackRef;
use krait_object::exceptions as exc;
use krait_object::{Int, Object, Result, Str, id, interp};

#[inline(always)]
pub fn load_fast(r: &mut Regs, arg: usize) {
    let value = r.local(arg).duplicate();
    r.push(value);
}

#[inline(always)]
pub fn load_fast_borrow(r: &mut Regs, arg: usize) {
    // SAFETY: the compiler emits the instruction only where the local outlives the value on the stack.
    let value = unsafe { r.local(arg).lend() };
    r.push(value);
}

#[inline(always)]
pub fn load_fast_check(r: &mut Regs, arg: usize) -> Result<()> {
    if r.local(arg).is_null() {
        return Err(unbound_local(r.code(), arg));
    }
    load_fast(r, arg);
    Ok(())
}

#[inline(always)]
pub fn load_fast_and_clear(r: &mut Regs, arg: usize) {
    let value = core::mem::replace(r.local(arg), StackRef::NULL);
    r.push(value);
}

#[inline(always)]
pub fn load_fast_pair(r: &mut Regs, arg: usize) {
    load_fast(r, arg >> 4);
    load_fast(r, arg & 15);
}

#[inline(always)]
pub fn load_fast_borrow_pair(r: &mut Regs, arg: usize) {
    load_fast_borrow(r, arg >> 4);
    load_fast_borrow(r, arg & 15);
}

#[inline(always)]
pub fn store_fast(r: &mut Regs, arg: usize) {
    // The new value is in place before the old one's destructor can look.
    let value = r.pop().heap_safe();
    drop(core::mem::replace(r.local(arg), value));
}

#[inline(always)]
pub fn store_fast_load_fast(r: &mut Regs, arg: usize) {
    store_fast(r, arg >> 4);
    load_fast(r, arg & 15);
}

#[inline(always)]
pub fn store_fast_pair(r: &mut Regs, arg: usize) {
    store_fast(r, arg >> 4);
    store_fast(r, arg & 15);
}

#[inline(always)]
pub fn delete_fast(r: &mut Regs, arg: usize) -> Result<()> {
    if r.local(arg).is_null() {
        return Err(unbound_local(r.code(), arg));
    }
    drop(core::mem::replace(r.local(arg), StackRef::NULL));
    Ok(())
}

#[inline(always)]
pub fn load_const(r: &mut Regs, arg: usize) {
    // SAFETY: constant operands are below the number of constants; the frame's code object keeps them alive, and
    // values that leave the frame gain a count.
    unsafe {
        let value = r.code().consts().as_slice().get_unchecked(arg);
        r.push(StackRef::borrowed(value));
    }
}

#[inline(always)]
pub fn load_small_int(r: &mut Regs, arg: usize) {
    r.push_ref(Int::from_i64(arg as i64).into_object());
}

/// `LOAD_COMMON_CONSTANT`.
pub fn load_common_constant(r: &mut Regs, arg: usize) -> Result<()> {
    let value = common_constant(arg)?;
    r.push(value);
    Ok(())
}

#[cold]
fn common_constant(arg: usize) -> Result<StackRef> {
    let builtin = |name: &'static Str| -> Result<StackRef> {
        match interp::current().builtins.get().and_then(|b| b.get_str(name)) {
            Some(found) => Ok(StackRef::owned(found)),
            None => Err(krait_object::errors::system_error(format!("builtins.{name} is missing"))),
        }
    };
    let ty = |t: &'static krait_object::TypeObject| -> Result<StackRef> { Ok(StackRef::new(t)) };
    match arg {
        0 => ty(&exc::PyExc_AssertionError),
        1 => ty(&exc::PyExc_NotImplementedError),
        2 => ty(&krait_object::tuple::PyTuple_Type),
        3 => builtin(id!("all")),
        4 => builtin(id!("any")),
        _ => Err(krait_object::errors::system_error("bad operand of LOAD_COMMON_CONSTANT")),
    }
}

#[inline(always)]
pub fn pop_top(r: &mut Regs) {
    drop(r.pop());
}

#[inline(always)]
pub fn push_null(r: &mut Regs) {
    r.push(StackRef::NULL);
}

/// `END_SEND`: drops the receiver under the value.
#[inline(always)]
pub fn end_send(r: &mut Regs) {
    let value = r.pop();
    r.set_top(value);
}

#[inline(always)]
pub fn copy(r: &mut Regs, arg: usize) {
    let value = r.peek(arg).duplicate();
    r.push(value);
}

#[inline(always)]
pub fn swap(r: &mut Regs, arg: usize) {
    // SAFETY: both places are within the stack by the code's stack effects.
    unsafe { core::ptr::swap(r.sp.sub(1), r.sp.sub(arg)) };
}

#[inline(always)]
pub fn unary_not(r: &mut Regs) {
    let value = r.pop();
    r.push_bool(!is_true_object(value.object()));
}

/// Is it the object `True`?
#[inline(always)]
pub fn is_true_object(object: &Object) -> bool {
    core::ptr::eq(object, krait_object::object::bool_object(true))
}
