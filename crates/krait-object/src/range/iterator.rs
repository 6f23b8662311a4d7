//! Iterators of ranges.

use super::Range;
use crate::alloc;
use crate::dealloc::dealloc_plain;
use crate::defs::MethodDef;
use crate::int::{Int, arith};
use crate::iterators::{iter_self, reduce_with_state};
use crate::object::{Object, none};
use crate::reference::{Ref, Slot};
use crate::result::{NextResult, Result, next_result};
use crate::typeobj::{TypeObject, flags};
use core::cell::Cell;
use core::cmp::Ordering;
use krait_macros::pyfn;

/// `_PyRangeIterObject`. The eval loop and the JIT step it in place.
#[repr(C)]
pub struct RangeIter {
    ob_base: Object,
    /// The next value.
    pub start: Cell<i64>,
    pub step: Cell<i64>,
    /// Values still to come.
    pub len: Cell<i64>,
}

/// `longrangeiterobject`.
#[repr(C)]
pub struct LongRangeIter {
    ob_base: Object,
    start: Slot<Int>,
    step: Slot<Int>,
    len: Slot<Int>,
}

const _: () = assert!(size_of::<RangeIter>() == 40 && size_of::<LongRangeIter>() == 40);

crate::object_type!(RangeIter, PyRangeIter_Type);
crate::object_type!(LongRangeIter, PyLongRangeIter_Type);

/// The type `range_iterator`.
#[unsafe(no_mangle)]
pub static PyRangeIter_Type: TypeObject = TypeObject::of::<RangeIter>(c"range_iterator")
    .flags(flags::DISALLOW_INSTANTIATION)
    .tp_dealloc(dealloc_plain::<RangeIter>)
    .tp_iter(iter_self)
    .tp_iternext(next)
    .methods(&[length_hint::DEF, reduce::DEF, setstate::DEF, MethodDef::SENTINEL]);

/// The type `longrange_iterator`.
#[unsafe(no_mangle)]
pub static PyLongRangeIter_Type: TypeObject = TypeObject::of::<LongRangeIter>(c"longrange_iterator")
    .flags(flags::DISALLOW_INSTANTIATION)
    .tp_dealloc(dealloc_plain::<LongRangeIter>)
    .tp_iter(iter_self)
    .tp_iternext(long_next)
    .methods(&[long_length_hint::DEF, long_reduce::DEF, long_setstate::DEF, MethodDef::SENTINEL]);

/// An iterator of `len` values from `start`: over machine integers where no value, nor the one after the last, leaves
/// them.
pub fn iterate(start: &Int, step: &Int, len: &Int) -> Result {
    if let (Some(a), Some(s), Some(n)) = (start.to_i64(), step.to_i64(), len.to_i64()) {
        let end = i128::from(a) + i128::from(s) * i128::from(n);
        if i64::try_from(end).is_ok() {
            return Ok(RangeIter::new(a, s, n).into_object());
        }
    }
    let long = LongRangeIter {
        ob_base: Object::new(&PyLongRangeIter_Type),
        start: Slot::new(Ref::from_borrowed(start)),
        step: Slot::new(Ref::from_borrowed(step)),
        len: Slot::new(Ref::from_borrowed(len)),
    };
    Ok(alloc::new_object(long).into_object())
}

impl RangeIter {
    /// `len` values from `start`; none of them, nor the one after the last, overflows.
    pub fn new(start: i64, step: i64, len: i64) -> Ref<RangeIter> {
        alloc::new_object(RangeIter {
            ob_base: Object::new(&PyRangeIter_Type),
            start: Cell::new(start),
            step: Cell::new(step),
            len: Cell::new(len),
        })
    }

    /// The next value as a machine integer.
    #[inline(always)]
    pub fn next_value(&self) -> Option<i64> {
        let len = self.len.get();
        if len <= 0 {
            return None;
        }
        let value = self.start.get();
        self.start.set(value.wrapping_add(self.step.get()));
        self.len.set(len - 1);
        Some(value)
    }
}

extern "C" fn next(object: &Object) -> NextResult {
    object.expect::<RangeIter>().next_value().map(|value| Int::from_i64(value).into_object())
}

fn reduce_rest(start: Ref<Int>, step: Ref<Int>, len: &Int) -> Result {
    let stop = arith::add(&start, &arith::multiply(len, &step));
    reduce_with_state("iter", Range::new(start, stop, step)?.into_object(), none().to_ref())
}

/// Private method returning an estimate of len(list(it)).
#[pyfn("__length_hint__($self, /)")]
fn length_hint(iterator: &RangeIter) -> i64 {
    iterator.len.get()
}

/// Return state information for pickling.
#[pyfn("__reduce__($self, /)")]
fn reduce(iterator: &RangeIter) -> Result {
    let [start, step, len] =
        [&iterator.start, &iterator.step, &iterator.len].map(|cell| Int::from_i64(cell.get()));
    reduce_rest(start, step, &len)
}

/// Set state information for unpickling.
#[pyfn("__setstate__($self, object, /)")]
fn setstate(iterator: &RangeIter, object: &Object) -> Result<()> {
    let index = (crate::iterators::state_integer(object)? as i64).clamp(0, iterator.len.get());
    iterator.start.set(iterator.start.get().wrapping_add(index.wrapping_mul(iterator.step.get())));
    iterator.len.set(iterator.len.get() - index);
    Ok(())
}

impl LongRangeIter {
    fn parts(&self) -> [Ref<Int>; 3] {
        [&self.start, &self.step, &self.len].map(|slot| slot.get().unwrap_or_else(|| Int::from_i64(0)))
    }
}

extern "C" fn long_next(object: &Object) -> NextResult {
    next_result((|| {
        let iterator = object.expect::<LongRangeIter>();
        let [start, step, len] = iterator.parts();
        if len.is_zero() || len.is_negative() {
            return Ok(None);
        }
        iterator.start.set(arith::add(&start, &step));
        iterator.len.set(arith::subtract(&len, &Int::from_i64(1)));
        Ok(Some(start.into_object()))
    })())
}

/// Private method returning an estimate of len(list(it)).
#[pyfn("__length_hint__($self, /)")]
fn long_length_hint(iterator: &LongRangeIter) -> Ref<Int> {
    let [_, _, len] = iterator.parts();
    len
}

/// Return state information for pickling.
#[pyfn("__reduce__($self, /)")]
fn long_reduce(iterator: &LongRangeIter) -> Result {
    let [start, step, len] = iterator.parts();
    reduce_rest(start, step, &len)
}

/// Set state information for unpickling.
#[pyfn("__setstate__($self, object, /)")]
fn long_setstate(iterator: &LongRangeIter, object: &Object) -> Result<()> {
    let state = arith::require_int(object)?;
    let [start, step, len] = iterator.parts();
    let index = if state.is_negative() {
        Int::from_i64(0)
    } else if state.compare(&len) == Ordering::Greater {
        len.clone()
    } else {
        state
    };
    iterator.start.set(arith::add(&start, &arith::multiply(&index, &step)));
    iterator.len.set(arith::subtract(&len, &index));
    Ok(())
}
