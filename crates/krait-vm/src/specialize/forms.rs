//! Bodies of the specialised operators, comparisons, truth tests, subscripts and iterations.
//!
//! `Ok(false)` says that the guard failed; nothing has changed then.

use crate::eval::Regs;
use crate::generator::{self, exact_generator_or_coroutine};
use crate::stackref::StackRef;
use core::cmp::Ordering;
use krait_bytecode::opcode::raw;
use krait_object::iterators::sequence::{ListIter, TupleIter};
use krait_object::range::iterator::RangeIter;
use krait_object::set::Set;
use krait_object::{Dict, Float, Int, List, Object, Result, Str, Tuple, none};

/// Guard result.
type Hit = Result<bool>;

#[inline(always)]
fn compact(object: &Object) -> Option<i64> {
    let int = object.downcast_exact::<Int>()?;
    if int.is_compact() { Some(int.compact_value()) } else { None }
}

/// An index: a compact int that is not negative.
#[inline(always)]
fn index(object: &Object) -> Option<usize> {
    compact(object).and_then(|i| usize::try_from(i).ok())
}

/// Both operands, when they are small ints.
#[inline(always)]
fn ints(r: &Regs) -> Option<(i64, i64)> {
    Some((compact(r.object(2))?, compact(r.object(1))?))
}

#[inline(always)]
fn floats(r: &Regs) -> Option<(f64, f64)> {
    let left = r.object(2).downcast_exact::<Float>()?;
    let right = r.object(1).downcast_exact::<Float>()?;
    Some((left.value(), right.value()))
}

/// Replaces the two operands by the result.
#[inline(always)]
fn replace_two(r: &mut Regs, result: StackRef) {
    let (right, left) = (r.pop(), r.pop());
    r.push(result);
    drop((right, left));
}

/// As [`replace_two`] for exact ints and floats.
///
/// # Safety
/// Both operands are of such a type.
#[inline(always)]
unsafe fn replace_numbers(r: &mut Regs, result: StackRef) {
    let (right, left) = (r.pop(), r.pop());
    r.push(result);
    // SAFETY: the caller's promise.
    unsafe {
        right.drop_plain();
        left.drop_plain();
    }
}

macro_rules! int_forms {
    ($($name:ident $operator:tt;)*) => {
        $(
            #[inline(always)]
            pub fn $name(r: &mut Regs) -> Hit {
                let Some((a, b)) = ints(r) else { return Ok(false) };
                // SAFETY: both are exact ints.
                unsafe { replace_numbers(r, StackRef::owned(Int::from_i64(a $operator b).into_object())) };
                Ok(true)
            }
        )*
    };
}

macro_rules! float_forms {
    ($($name:ident $operator:tt;)*) => {
        $(
            #[inline(always)]
            pub fn $name(r: &mut Regs) -> Hit {
                let Some((a, b)) = floats(r) else { return Ok(false) };
                let value = a $operator b;
                // An operand that nobody else holds becomes the result.
                if r.peek(2).is_counted() && r.object(2).refcount() == 1 {
                    // SAFETY: the only reference is the one on the stack.
                    unsafe { r.object(2).cast::<Float>().set_value(value) };
                    // SAFETY: an exact float.
                    unsafe { r.pop().drop_plain() };
                    return Ok(true);
                }
                // SAFETY: both are exact floats.
                unsafe { replace_numbers(r, StackRef::owned(Float::new(value).into_object())) };
                Ok(true)
            }
        )*
    };
}

int_forms! { add_int +; subtract_int -; multiply_int *; }
float_forms! { add_float +; subtract_float -; multiply_float *; }

#[inline(always)]
pub fn add_unicode(r: &mut Regs) -> Hit {
    let (Some(a), Some(b)) = (r.object(2).downcast_exact::<Str>(), r.object(1).downcast_exact::<Str>())
    else {
        return Ok(false);
    };
    let result = a.concat(b);
    replace_two(r, StackRef::owned(result.into_object()));
    Ok(true)
}

/// `BINARY_OP_INPLACE_ADD_UNICODE`: `s += t` or `s = s + t` for a local `s`; the `STORE_FAST` behind it is done too.
#[inline(always)]
pub fn inplace_add_unicode(r: &mut Regs) -> Hit {
    // SAFETY: the next instruction is within the code.
    let next = unsafe { r.ip.read() };
    if next as u8 != raw::STORE_FAST {
        return Ok(false);
    }
    let local = r.local((next >> 8) as usize);
    let fits = r.object(2).downcast_exact::<Str>().is_some()
        && r.object(1).downcast_exact::<Str>().is_some()
        && core::ptr::eq(local.as_ptr(), r.object(2))
        && local.is_counted();
    if !fits {
        return Ok(false);
    }
    let (right, left) = (r.pop(), r.pop());
    drop(left);
    // SAFETY: both are exact strings.
    let (target, more) = unsafe {
        let taken = core::mem::replace(r.local((next >> 8) as usize), StackRef::NULL);
        (taken.into_ref().cast_into::<Str>(), right.object().cast::<Str>())
    };
    let result = Str::append(target, more);
    *r.local((next >> 8) as usize) = StackRef::owned(result.into_object());
    r.jump(1);
    Ok(true)
}

#[inline(always)]
pub fn subscr_list_int(r: &mut Regs) -> Hit {
    let (Some(list), Some(index)) = (r.object(2).downcast_exact::<List>(), index(r.object(1))) else {
        return Ok(false);
    };
    let Some(item) = list.get(index) else { return Ok(false) };
    replace_two(r, StackRef::owned(item));
    Ok(true)
}

#[inline(always)]
pub fn subscr_tuple_int(r: &mut Regs) -> Hit {
    let (Some(tuple), Some(index)) = (r.object(2).downcast_exact::<Tuple>(), index(r.object(1))) else {
        return Ok(false);
    };
    let Some(item) = tuple.get(index) else { return Ok(false) };
    replace_two(r, StackRef::new(item));
    Ok(true)
}

#[inline(always)]
pub fn subscr_str_int(r: &mut Regs) -> Hit {
    let (Some(text), Some(index)) = (r.object(2).downcast_exact::<Str>(), index(r.object(1))) else {
        return Ok(false);
    };
    if index >= text.len() || !text.is_ascii() {
        return Ok(false);
    }
    let character = Str::latin1_char(text.chars().at(index) as u8);
    replace_two(r, StackRef::immortal(character));
    Ok(true)
}

#[inline(always)]
pub fn subscr_dict(r: &mut Regs) -> Hit {
    let Some(dict) = r.object(2).downcast_exact::<Dict>() else { return Ok(false) };
    match dict.get(r.object(1))? {
        Some(value) => {
            replace_two(r, StackRef::owned(value));
            Ok(true)
        }
        None => Err(krait_object::errors::key_error(r.object(1))),
    }
}

#[inline(always)]
pub fn store_subscr_list_int(r: &mut Regs) -> Hit {
    let (Some(list), Some(index)) = (r.object(2).downcast_exact::<List>(), index(r.object(1))) else {
        return Ok(false);
    };
    if index >= list.len() {
        return Ok(false);
    }
    let value = r.peek(3);
    let value = core::mem::replace(value, StackRef::NULL).into_ref();
    list.set(index, value);
    r.drop_top(3);
    Ok(true)
}

#[inline(always)]
pub fn store_subscr_dict(r: &mut Regs) -> Hit {
    let Some(dict) = r.object(2).downcast_exact::<Dict>() else { return Ok(false) };
    dict.set(r.object(1), r.object(3))?;
    r.drop_top(3);
    Ok(true)
}

/// Bits of the comparison mask.
#[inline(always)]
fn order_bit(order: Ordering) -> usize {
    match order {
        Ordering::Less => 2,
        Ordering::Greater => 4,
        Ordering::Equal => 8,
    }
}

#[inline(always)]
fn answer(r: &mut Regs, truth: bool) {
    replace_two(r, StackRef::immortal(krait_object::object::bool_object(truth)));
}

/// # Safety
/// Both operands are exact ints or floats.
#[inline(always)]
unsafe fn answer_numbers(r: &mut Regs, truth: bool) {
    // SAFETY: the caller's promise.
    unsafe { replace_numbers(r, StackRef::immortal(krait_object::object::bool_object(truth))) };
}

#[inline(always)]
pub fn compare_int(r: &mut Regs, arg: usize) -> Hit {
    let Some((a, b)) = ints(r) else { return Ok(false) };
    // SAFETY: both are exact ints.
    unsafe { answer_numbers(r, order_bit(a.cmp(&b)) & arg != 0) };
    Ok(true)
}

#[inline(always)]
pub fn compare_float(r: &mut Regs, arg: usize) -> Hit {
    let Some((a, b)) = floats(r) else { return Ok(false) };
    let bit = a.partial_cmp(&b).map_or(1, order_bit);
    // SAFETY: both are exact floats.
    unsafe { answer_numbers(r, bit & arg != 0) };
    Ok(true)
}

#[inline(always)]
pub fn compare_str(r: &mut Regs, arg: usize) -> Hit {
    let (Some(a), Some(b)) = (r.object(2).downcast_exact::<Str>(), r.object(1).downcast_exact::<Str>())
    else {
        return Ok(false);
    };
    let equal = core::ptr::eq(a, b) || a.eq(b);
    answer(r, if equal { 8 } else { 2 | 4 } & arg != 0);
    Ok(true)
}

#[inline(always)]
pub fn contains_dict(r: &mut Regs, arg: usize) -> Hit {
    let Some(dict) = r.object(1).downcast_exact::<Dict>() else { return Ok(false) };
    let found = dict.contains(r.object(2))?;
    answer(r, found != (arg == 1));
    Ok(true)
}

#[inline(always)]
pub fn contains_set(r: &mut Regs, arg: usize) -> Hit {
    let Some(set) = r.object(1).downcast::<Set>() else { return Ok(false) };
    let found = set.contains(r.object(2))?;
    answer(r, found != (arg == 1));
    Ok(true)
}

#[inline(always)]
fn truth(r: &mut Regs, value: bool) -> Hit {
    r.set_top(StackRef::immortal(krait_object::object::bool_object(value)));
    Ok(true)
}

#[inline(always)]
pub fn to_bool_bool(r: &mut Regs) -> Hit {
    Ok(core::ptr::eq(r.object(1).type_ptr(), &krait_object::int::PyBool_Type))
}

#[inline(always)]
pub fn to_bool_int(r: &mut Regs) -> Hit {
    match r.object(1).downcast_exact::<Int>() {
        Some(int) => {
            let value = !int.is_zero();
            truth(r, value)
        }
        None => Ok(false),
    }
}

#[inline(always)]
pub fn to_bool_list(r: &mut Regs) -> Hit {
    match r.object(1).downcast_exact::<List>() {
        Some(list) => {
            let value = !list.is_empty();
            truth(r, value)
        }
        None => Ok(false),
    }
}

#[inline(always)]
pub fn to_bool_str(r: &mut Regs) -> Hit {
    match r.object(1).downcast_exact::<Str>() {
        Some(text) => {
            let value = !text.is_empty();
            truth(r, value)
        }
        None => Ok(false),
    }
}

#[inline(always)]
pub fn to_bool_none(r: &mut Regs) -> Hit {
    if r.object(1).is_none() { truth(r, false) } else { Ok(false) }
}

/// `TO_BOOL_ALWAYS_TRUE`: an instance of a class without `__bool__` and `__len__`.
#[inline(always)]
pub fn to_bool_always_true(r: &mut Regs) -> Hit {
    let version = r.cache_u32(3, 1);
    if r.object(1).ty().tp_version_tag.get() != version {
        return Ok(false);
    }
    truth(r, true)
}

#[inline(always)]
pub fn unpack_two_tuple(r: &mut Regs) -> Hit {
    let Some(tuple) = r.object(1).downcast_exact::<Tuple>() else { return Ok(false) };
    let [first, second] = tuple.as_objects() else { return Ok(false) };
    let (first, second) = (StackRef::new(first), StackRef::new(second));
    let sequence = r.pop();
    r.push(second);
    r.push(first);
    drop(sequence);
    Ok(true)
}

#[inline(always)]
pub fn unpack_tuple(r: &mut Regs, arg: usize) -> Hit {
    let Some(tuple) = r.object(1).downcast_exact::<Tuple>() else { return Ok(false) };
    if tuple.len() != arg {
        return Ok(false);
    }
    let sequence = r.pop();
    crate::ops::containers::push_reversed(r, tuple.as_slice());
    drop(sequence);
    Ok(true)
}

#[inline(always)]
pub fn unpack_list(r: &mut Regs, arg: usize) -> Hit {
    let Some(list) = r.object(1).downcast_exact::<List>() else { return Ok(false) };
    if list.len() != arg {
        return Ok(false);
    }
    let sequence = r.pop();
    // SAFETY: only counts are touched while the slice is in use.
    crate::ops::containers::push_reversed(r, unsafe { list.as_slice() });
    drop(sequence);
    Ok(true)
}

/// `FOR_ITER_LIST`: the next item, or the way out of the loop.
#[inline(always)]
pub fn for_iter_list(r: &mut Regs, arg: usize) -> Hit {
    let Some(iterator) = r.object(1).downcast_exact::<ListIter>() else { return Ok(false) };
    match iterator.next() {
        Some(item) => r.push_ref(item),
        None => r.jump(arg as isize + 1),
    }
    Ok(true)
}

/// `FOR_ITER_TUPLE`.
#[inline(always)]
pub fn for_iter_tuple(r: &mut Regs, arg: usize) -> Hit {
    let Some(iterator) = r.object(1).downcast_exact::<TupleIter>() else { return Ok(false) };
    match iterator.next() {
        Some(item) => r.push_ref(item),
        None => r.jump(arg as isize + 1),
    }
    Ok(true)
}

/// `FOR_ITER_RANGE`.
#[inline(always)]
pub fn for_iter_range(r: &mut Regs, arg: usize) -> Hit {
    let Some(iterator) = r.object(1).downcast_exact::<RangeIter>() else { return Ok(false) };
    match iterator.next_value() {
        Some(value) => r.push_ref(Int::from_i64(value).into_object()),
        None => r.jump(arg as isize + 1),
    }
    Ok(true)
}

/// `FOR_ITER_GEN`.
#[inline(always)]
pub fn for_iter_generator(r: &mut Regs, arg: usize) -> Result<Option<*mut crate::frame::Frame>> {
    let Some(generator) = r.object(1).downcast_exact::<generator::Generator>() else { return Ok(None) };
    if !generator.is_resumable() {
        return Ok(None);
    }
    r.save_return(2 + arg);
    Ok(Some(generator::resume_in_loop(r.ts, generator, StackRef::immortal(none()))))
}

/// `SEND_GEN`.
#[inline(always)]
pub fn send_generator(r: &mut Regs, arg: usize) -> Result<Option<*mut crate::frame::Frame>> {
    let Some(generator) = exact_generator_or_coroutine(r.object(2)) else { return Ok(None) };
    if !generator.is_resumable() {
        return Ok(None);
    }
    let value = r.pop();
    r.save_return(2 + arg);
    Ok(Some(generator::resume_in_loop(r.ts, generator, value.heap_safe())))
}
