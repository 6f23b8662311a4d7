//! Unary and binary operators, subscripts and slices.

use crate::eval::Regs;
use crate::ops::containers::new_slice;
use krait_object::protocol::number;
use krait_object::{Object, Result, none};

fn power(a: &Object, b: &Object) -> Result {
    number::power(a, b, none())
}

fn inplace_power(a: &Object, b: &Object) -> Result {
    number::inplace_power(a, b, none())
}

/// The functions of `BINARY_OP`, by operand.
pub static OPERATORS: [fn(&Object, &Object) -> Result; 27] = [
    number::add,
    number::and,
    number::floor_divide,
    number::lshift,
    number::matrix_multiply,
    number::multiply,
    number::remainder,
    number::or,
    power,
    number::rshift,
    number::subtract,
    number::true_divide,
    number::xor,
    number::inplace_add,
    number::inplace_and,
    number::inplace_floor_divide,
    number::inplace_lshift,
    number::inplace_matrix_multiply,
    number::inplace_multiply,
    number::inplace_remainder,
    number::inplace_or,
    inplace_power,
    number::inplace_rshift,
    number::inplace_subtract,
    number::inplace_true_divide,
    number::inplace_xor,
    Object::get_item,
];

#[inline(always)]
pub fn binary_op(r: &mut Regs, arg: usize) -> Result<()> {
    let right = r.pop();
    let left = r.pop();
    let Some(operator) = OPERATORS.get(arg) else {
        return Err(krait_object::errors::system_error("bad operand of BINARY_OP"));
    };
    let result = operator(left.object(), right.object())?;
    r.push_ref(result);
    Ok(())
}

#[inline(always)]
pub fn unary(r: &mut Regs, operator: fn(&Object) -> Result) -> Result<()> {
    let value = r.pop();
    let result = operator(value.object())?;
    r.push_ref(result);
    Ok(())
}

#[inline(always)]
pub fn binary_slice(r: &mut Regs) -> Result<()> {
    let (stop, start, container) = (r.pop(), r.pop(), r.pop());
    let result = get_slice(container.object(), start.object(), stop.object())?;
    r.push_ref(result);
    Ok(())
}

#[inline(never)]
fn get_slice(container: &Object, start: &Object, stop: &Object) -> Result {
    container.get_item(&new_slice(start, stop, none()))
}

#[inline(always)]
pub fn store_slice(r: &mut Regs) -> Result<()> {
    let (stop, start, container, value) = (r.pop(), r.pop(), r.pop(), r.pop());
    let slice = new_slice(start.object(), stop.object(), none());
    container.object().set_item(&slice, value.object())
}

#[inline(always)]
pub fn store_subscr(r: &mut Regs) -> Result<()> {
    let (key, container, value) = (r.pop(), r.pop(), r.pop());
    container.object().set_item(key.object(), value.object())
}

#[inline(always)]
pub fn delete_subscr(r: &mut Regs) -> Result<()> {
    let (key, container) = (r.pop(), r.pop());
    container.object().del_item(key.object())
}
