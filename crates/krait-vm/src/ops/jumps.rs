//! Jumps and truth values.

use crate::eval::Regs;
use crate::ops::loads_stores::is_true_object;
use krait_object::Result;

#[inline(always)]
pub fn jump_forward(r: &mut Regs, arg: usize) {
    r.jump(arg as isize);
}

#[inline(always)]
pub fn jump_backward(r: &mut Regs, arg: usize) {
    r.jump(-(arg as isize));
}

#[inline(always)]
pub fn pop_jump_if_true(r: &mut Regs, arg: usize) {
    let value = r.pop();
    if is_true_object(value.object()) {
        r.jump(arg as isize);
    }
}

#[inline(always)]
pub fn pop_jump_if_false(r: &mut Regs, arg: usize) {
    let value = r.pop();
    if !is_true_object(value.object()) {
        r.jump(arg as isize);
    }
}

#[inline(always)]
pub fn pop_jump_if_none(r: &mut Regs, arg: usize) {
    let value = r.pop();
    if value.object().is_none() {
        r.jump(arg as isize);
    }
}

#[inline(always)]
pub fn pop_jump_if_not_none(r: &mut Regs, arg: usize) {
    let value = r.pop();
    if !value.object().is_none() {
        r.jump(arg as isize);
    }
}

#[inline(always)]
pub fn to_bool(r: &mut Regs) -> Result<()> {
    let value = r.pop();
    let truth = value.object().is_true()?;
    r.push_bool(truth);
    Ok(())
}
