//! Comparisons, identity and membership.

use crate::eval::Regs;
use krait_object::Result;
use krait_object::slots::CompareOp;

#[inline(always)]
pub fn compare_op(r: &mut Regs, arg: usize) -> Result<()> {
    let (right, left) = (r.pop(), r.pop());
    let result = left.object().rich_compare(right.object(), CompareOp::from_int((arg >> 5) as i32))?;
    if arg & 16 != 0 {
        let truth = result.is_true()?;
        r.push_bool(truth);
    } else {
        r.push_ref(result);
    }
    Ok(())
}

#[inline(always)]
pub fn is_op(r: &mut Regs, arg: usize) {
    let (right, left) = (r.pop(), r.pop());
    r.push_bool(left.object().is(right.object()) != (arg == 1));
}

#[inline(always)]
pub fn contains_op(r: &mut Regs, arg: usize) -> Result<()> {
    let (right, left) = (r.pop(), r.pop());
    let found = right.object().contains_item(left.object())?;
    r.push_bool(found != (arg == 1));
    Ok(())
}
