//! Specialising operators, comparisons, truth tests and iteration.

use super::Site;
use crate::eval::Regs;
use crate::generator::{self, exact_generator_or_coroutine};
use krait_bytecode::opcode::operand::{BinaryOp, Comparison};
use krait_bytecode::opcode::raw;
use krait_object::iterators::sequence::{ListIter, TupleIter};
use krait_object::range::iterator::RangeIter;
use krait_object::set::Set;
use krait_object::{Dict, Float, Int, List, Object, Str, Tuple};

/// The instruction that `ip` is at.
fn site(r: Regs) -> Site {
    // SAFETY: specialisers are called with `ip` at the instruction.
    unsafe { Site::new(r.ip) }
}

fn both<T: krait_object::Typed>(a: &Object, b: &Object) -> bool {
    a.downcast_exact::<T>().is_some() && b.downcast_exact::<T>().is_some()
}

fn compact(object: &Object) -> bool {
    object.downcast_exact::<Int>().is_some_and(Int::is_compact)
}

fn is_index(object: &Object) -> bool {
    object.downcast_exact::<Int>().is_some_and(|i| i.is_compact() && !i.is_negative())
}

#[cold]
pub fn binary_op(r: Regs, arg: usize) {
    let (left, right) = (r.object(2), r.object(1));
    let form = binary_form(left, right, arg).map(|form| {
        // SAFETY: the instruction and its five caches are followed by another instruction.
        let next = unsafe { r.ip.add(1 + 5).read() };
        let in_place = form == raw::BINARY_OP_ADD_UNICODE
            && next as u8 == raw::STORE_FAST
            && core::ptr::eq(r.local((next >> 8) as usize).as_ptr(), left);
        if in_place { raw::BINARY_OP_INPLACE_ADD_UNICODE } else { form }
    });
    site(r).decide(form);
}

fn binary_form(left: &Object, right: &Object, arg: usize) -> Option<u8> {
    use BinaryOp::*;
    let op = BinaryOp::from_arg(arg as u32)?;
    if matches!(op, Add | InplaceAdd) && both::<Str>(left, right) {
        return Some(raw::BINARY_OP_ADD_UNICODE);
    }
    if op == Subscript {
        return subscript_form(left, right);
    }
    if compact(left) && compact(right) {
        return match op {
            Add | InplaceAdd => Some(raw::BINARY_OP_ADD_INT),
            Subtract | InplaceSubtract => Some(raw::BINARY_OP_SUBTRACT_INT),
            Multiply | InplaceMultiply => Some(raw::BINARY_OP_MULTIPLY_INT),
            _ => None,
        };
    }
    if both::<Float>(left, right) {
        return match op {
            Add | InplaceAdd => Some(raw::BINARY_OP_ADD_FLOAT),
            Subtract | InplaceSubtract => Some(raw::BINARY_OP_SUBTRACT_FLOAT),
            Multiply | InplaceMultiply => Some(raw::BINARY_OP_MULTIPLY_FLOAT),
            _ => None,
        };
    }
    None
}

fn subscript_form(container: &Object, key: &Object) -> Option<u8> {
    if container.downcast_exact::<Dict>().is_some() {
        return Some(raw::BINARY_OP_SUBSCR_DICT);
    }
    if !is_index(key) {
        return None;
    }
    match () {
        () if container.downcast_exact::<List>().is_some() => Some(raw::BINARY_OP_SUBSCR_LIST_INT),
        () if container.downcast_exact::<Tuple>().is_some() => Some(raw::BINARY_OP_SUBSCR_TUPLE_INT),
        () if container.downcast_exact::<Str>().is_some() => Some(raw::BINARY_OP_SUBSCR_STR_INT),
        () => None,
    }
}

#[cold]
pub fn store_subscr(r: Regs, _arg: usize) {
    let (container, key) = (r.object(2), r.object(1));
    let form = match () {
        () if container.downcast_exact::<Dict>().is_some() => Some(raw::STORE_SUBSCR_DICT),
        () if container.downcast_exact::<List>().is_some() && is_index(key) => {
            Some(raw::STORE_SUBSCR_LIST_INT)
        }
        () => None,
    };
    site(r).decide(form);
}

#[cold]
pub fn compare_op(r: Regs, arg: usize) {
    let (left, right) = (r.object(2), r.object(1));
    let equality = matches!(Comparison::from_arg(arg as u32), Some(Comparison::Equal | Comparison::NotEqual));
    let form = match () {
        () if compact(left) && compact(right) => Some(raw::COMPARE_OP_INT),
        () if both::<Float>(left, right) => Some(raw::COMPARE_OP_FLOAT),
        () if equality && both::<Str>(left, right) => Some(raw::COMPARE_OP_STR),
        () => None,
    };
    site(r).decide(form);
}

#[cold]
pub fn contains_op(r: Regs, _arg: usize) {
    let container = r.object(1);
    let form = match () {
        () if container.downcast_exact::<Dict>().is_some() => Some(raw::CONTAINS_OP_DICT),
        () if container.downcast_exact::<Set>().is_some() => Some(raw::CONTAINS_OP_SET),
        () => None,
    };
    site(r).decide(form);
}

#[cold]
pub fn to_bool(r: Regs, _arg: usize) {
    let value = r.object(1);
    let ty = value.ty();
    let form = match () {
        () if core::ptr::eq(ty, &krait_object::int::PyBool_Type) => Some(raw::TO_BOOL_BOOL),
        () if value.is_none() => Some(raw::TO_BOOL_NONE),
        () if value.downcast_exact::<Int>().is_some() => Some(raw::TO_BOOL_INT),
        () if value.downcast_exact::<List>().is_some() => Some(raw::TO_BOOL_LIST),
        () if value.downcast_exact::<Str>().is_some() => Some(raw::TO_BOOL_STR),
        () => {
            let plain = ty.number().is_none_or(|n| n.nb_bool.get().is_none())
                && ty.mapping().is_none_or(|m| m.mp_length.get().is_none())
                && ty.sequence().is_none_or(|s| s.sq_length.get().is_none());
            let version = if plain && ty.is_heap_type() { ty.assign_version() } else { 0 };
            (version != 0).then(|| {
                site(r).set_u32(1, version);
                raw::TO_BOOL_ALWAYS_TRUE
            })
        }
    };
    site(r).decide(form);
}

#[cold]
pub fn unpack_sequence(r: Regs, arg: usize) {
    let sequence = r.object(1);
    let form = if let Some(tuple) = sequence.downcast_exact::<Tuple>() {
        match tuple.len() {
            n if n != arg => None,
            2 => Some(raw::UNPACK_SEQUENCE_TWO_TUPLE),
            _ => Some(raw::UNPACK_SEQUENCE_TUPLE),
        }
    } else {
        sequence.downcast_exact::<List>().filter(|l| l.len() == arg).map(|_| raw::UNPACK_SEQUENCE_LIST)
    };
    site(r).decide(form);
}

#[cold]
pub fn for_iter(r: Regs, _arg: usize) {
    let iterator = r.object(1);
    let form = match () {
        () if iterator.downcast_exact::<ListIter>().is_some() => Some(raw::FOR_ITER_LIST),
        () if iterator.downcast_exact::<TupleIter>().is_some() => Some(raw::FOR_ITER_TUPLE),
        () if iterator.downcast_exact::<RangeIter>().is_some() => Some(raw::FOR_ITER_RANGE),
        () if iterator.downcast_exact::<generator::Generator>().is_some() => Some(raw::FOR_ITER_GEN),
        () => None,
    };
    site(r).decide(form);
}

#[cold]
pub fn send(r: Regs, _arg: usize) {
    site(r).decide(exact_generator_or_coroutine(r.object(2)).map(|_| raw::SEND_GEN));
}
