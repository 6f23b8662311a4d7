//! `range`. CPython: `Objects/rangeobject.c`.
//!
//! - this file: layout, the type, its slots and methods
//! - `iterator`: `range_iterator` over machine integers, `longrange_iterator` over any
//!
//! Invariant: the four slots of a constructed range are never empty, and `length` fits the other three.

pub mod iterator;

use crate::alloc;
use crate::args::{check_positional, no_keywords as no_keyword_count};
use crate::dealloc::dealloc_plain;
use crate::defs::{MemberDef, MethodDef, member};
use crate::errors::{index_error, overflow_error, type_error, value_error};
use crate::int::{Int, PyBool_Type, arith};
use crate::object::{Object, bool_object, none, not_implemented};
use crate::reference::{Ref, Slot};
use crate::result::{Result, int_result, len_result};
use crate::slice::Slice;
use crate::slots::{CompareOp, MappingMethods, NumberMethods, SequenceMethods};
use crate::str::Str;
use crate::tuple::{Tuple, no_keywords};
use crate::typeobj::{TypeObject, flags};
use core::cmp::Ordering;
use core::ffi::c_int;
use core::mem::offset_of;
use krait_macros::pyfn;

/// `rangeobject`.
#[repr(C)]
pub struct Range {
    ob_base: Object,
    start: Slot<Int>,
    stop: Slot<Int>,
    step: Slot<Int>,
    length: Slot<Int>,
}

const _: () = assert!(size_of::<Range>() == 48);

crate::object_type!(Range, PyRange_Type);

/// All types of this module.
pub static TYPES: &[&TypeObject] =
    &[&PyRange_Type, &iterator::PyRangeIter_Type, &iterator::PyLongRangeIter_Type];

static AS_NUMBER: NumberMethods = NumberMethods::EMPTY.nb_bool(nb_bool);
static AS_SEQUENCE: SequenceMethods =
    SequenceMethods::EMPTY.sq_length(length).sq_item(sq_item).sq_contains(contains);
static AS_MAPPING: MappingMethods = MappingMethods::EMPTY.mp_length(length).mp_subscript(subscript);
static MEMBERS: &[MemberDef] = &[
    MemberDef::new(c"start", member::T_OBJECT_EX, offset_of!(Range, start), member::READONLY),
    MemberDef::new(c"stop", member::T_OBJECT_EX, offset_of!(Range, stop), member::READONLY),
    MemberDef::new(c"step", member::T_OBJECT_EX, offset_of!(Range, step), member::READONLY),
    MemberDef::SENTINEL,
];

/// The type `range`.
#[unsafe(no_mangle)]
pub static PyRange_Type: TypeObject = TypeObject::of::<Range>(c"range")
    .flags(flags::SEQUENCE)
    .doc(c"range(stop) -> range object\nrange(start, stop[, step]) -> range object\n\nReturn an object that produces a sequence of integers from start (inclusive)\nto stop (exclusive) by step.  range(i, j) produces i, i+1, i+2, ..., j-1.\nstart defaults to 0, and stop is omitted!  range(4) produces 0, 1, 2, 3.\nThese are exactly the valid indices for a list of 4 elements.\nWhen step is given, it specifies the increment (or decrement).")
    .tp_dealloc(dealloc_plain::<Range>)
    .tp_repr(repr)
    .tp_hash(hash)
    .tp_richcompare(richcompare)
    .tp_iter(iter)
    .tp_new(new)
    .tp_vectorcall(vectorcall)
    .as_number(&AS_NUMBER)
    .as_sequence(&AS_SEQUENCE)
    .as_mapping(&AS_MAPPING)
    .members(MEMBERS)
    .methods(&[reversed::DEF, reduce::DEF, count::DEF, index::DEF, MethodDef::SENTINEL]);

/// Number of items of `range(start, stop, step)` if the three are machine integers.
fn machine_length(start: i64, stop: i64, step: i64) -> u64 {
    let distance = |low: i64, high: i64| (high as u64).wrapping_sub(low as u64);
    if step > 0 && start < stop {
        (distance(start, stop) - 1) / step as u64 + 1
    } else if step < 0 && start > stop {
        (distance(stop, start) - 1) / step.unsigned_abs() + 1
    } else {
        0
    }
}

fn compute_length(start: &Int, stop: &Int, step: &Int) -> Result<Ref<Int>> {
    if let (Some(a), Some(b), Some(s)) = (start.to_i64(), stop.to_i64(), step.to_i64()) {
        return Ok(Int::from_u64(machine_length(a, b, s)));
    }
    let one = Int::from_i64(1);
    let (low, high, step) = if step.is_negative() {
        (stop, start, arith::subtract(&Int::from_i64(0), step))
    } else {
        (start, stop, Ref::from_borrowed(step))
    };
    if low.compare(high) != Ordering::Less {
        return Ok(Int::from_i64(0));
    }
    let last = arith::subtract(&arith::subtract(high, low), &one);
    Ok(arith::add(&arith::div_mod(&last, &step)?.0, &one))
}

impl Range {
    /// `range(start, stop, step)`.
    pub fn new(start: Ref<Int>, stop: Ref<Int>, step: Ref<Int>) -> Result<Ref<Range>> {
        if step.is_zero() {
            return Err(value_error("range() arg 3 must not be zero"));
        }
        let length = compute_length(&start, &stop, &step)?;
        Ok(alloc::new_object(Range {
            ob_base: Object::new(&PyRange_Type),
            start: Slot::new(start),
            stop: Slot::new(stop),
            step: Slot::new(step),
            length: Slot::new(length),
        }))
    }

    fn part(&self, slot: &Slot<Int>) -> Ref<Int> {
        slot.get().unwrap_or_else(|| Int::from_i64(0))
    }

    /// The first item.
    pub fn start(&self) -> Ref<Int> {
        self.part(&self.start)
    }

    /// The bound.
    pub fn stop(&self) -> Ref<Int> {
        self.part(&self.stop)
    }

    /// The distance between items.
    pub fn step(&self) -> Ref<Int> {
        self.part(&self.step)
    }

    /// Number of items.
    pub fn length(&self) -> Ref<Int> {
        self.part(&self.length)
    }

    /// The value at an index, whether it is in the range or not.
    fn value_at(&self, index: &Int) -> Ref<Int> {
        let (start, step) = (self.start(), self.step());
        if let (Some(i), Some(a), Some(s)) = (index.to_i64(), start.to_i64(), step.to_i64()) {
            return Int::from_i128(i128::from(a) + i128::from(i) * i128::from(s));
        }
        arith::add(&start, &arith::multiply(index, &step))
    }

    /// The item at an index, negative from the end.
    fn item(&self, index: &Int) -> Result<Ref<Int>> {
        let length = self.length();
        let index = if index.is_negative() { arith::add(index, &length) } else { Ref::from_borrowed(index) };
        if index.is_negative() || index.compare(&length) != Ordering::Less {
            return Err(index_error("range object index out of range"));
        }
        Ok(self.value_at(&index))
    }

    /// Is the number in the range?
    fn contains_int(&self, value: &Int) -> Result<bool> {
        let (start, stop, step) = (self.start(), self.stop(), self.step());
        let inside = if step.is_negative() {
            value.compare(&start) != Ordering::Greater && value.compare(&stop) == Ordering::Greater
        } else {
            value.compare(&start) != Ordering::Less && value.compare(&stop) == Ordering::Less
        };
        if !inside {
            return Ok(false);
        }
        Ok(arith::div_mod(&arith::subtract(value, &start), &step)?.1.is_zero())
    }

    fn select(&self, slice: &Slice) -> Result<Ref<Range>> {
        let [start, stop, step] = slice.long_indices(&self.length().to_bigint())?;
        let step = arith::multiply(&Int::from_bigint(&step), &self.step());
        let value = |index| self.value_at(&Int::from_bigint(index));
        Range::new(value(&start), value(&stop), step)
    }
}

fn make(args: &[&Object]) -> Result {
    check_positional("range", args.len(), 1, 3)?;
    let int = |object: &Object| object.index().map(|i| i.to_exact());
    let (start, stop) = match args {
        [stop] => (Int::from_i64(0), int(stop)?),
        [start, stop, ..] => (int(start)?, int(stop)?),
        [] => return Err(crate::args::missing()),
    };
    let step = match args.get(2) {
        Some(step) => int(step)?,
        None => Int::from_i64(1),
    };
    Ok(Range::new(start, stop, step)?.into_object())
}

extern "C" fn new(_ty: &TypeObject, args: &Tuple, kwargs: Option<&Object>) -> Result {
    no_keywords("range", kwargs)?;
    make(args.as_objects())
}

unsafe extern "C" fn vectorcall(
    ty: *mut Object,
    args: *const *mut Object,
    nargsf: usize,
    kwnames: *mut Object,
) -> Result {
    // SAFETY: the vectorcall protocol.
    let (_, args, kwnames) = unsafe { crate::args::vectorcall(ty, args, nargsf, kwnames) };
    no_keyword_count("range", kwnames.map_or(0, Tuple::len))?;
    make(args)
}

extern "C" fn repr(object: &Object) -> Result {
    let range = object.expect::<Range>();
    let (start, stop, step) = (range.start().repr()?, range.stop().repr()?, range.step());
    if step.to_i64() == Some(1) {
        return Ok(Str::new(&format!("range({start}, {stop})")).into_object());
    }
    Ok(Str::new(&format!("range({start}, {stop}, {})", step.repr()?)).into_object())
}

fn equal(x: &Range, y: &Range) -> bool {
    let same = |a: Ref<Int>, b: Ref<Int>| a.compare(&b) == Ordering::Equal;
    if core::ptr::eq(x, y) {
        return true;
    }
    let length = x.length();
    if !same(length.clone(), y.length()) {
        return false;
    }
    if length.is_zero() {
        return true;
    }
    same(x.start(), y.start()) && (length.to_i64() == Some(1) || same(x.step(), y.step()))
}

extern "C" fn richcompare(a: &Object, b: &Object, op: c_int) -> Result {
    let op = CompareOp::from_int(op);
    match (op, a.downcast::<Range>(), b.downcast::<Range>()) {
        (CompareOp::Eq | CompareOp::Ne, Some(x), Some(y)) => {
            Ok(bool_object(equal(x, y) == (op == CompareOp::Eq)).to_ref())
        }
        _ => Ok(not_implemented().to_ref()),
    }
}

/// Equal ranges hash alike: the length, and what of start and step matters with that length.
extern "C" fn hash(object: &Object) -> isize {
    let range = object.expect::<Range>();
    let length = range.length();
    let start = if length.is_zero() { none().to_ref() } else { range.start().into_object() };
    let step = match length.to_i64() {
        Some(0 | 1) => none().to_ref(),
        _ => range.step().into_object(),
    };
    len_result(Object::hash(&Tuple::from_vec(vec![length.into_object(), start, step])))
}

extern "C" fn nb_bool(object: &Object) -> c_int {
    c_int::from(!object.expect::<Range>().length().is_zero())
}

extern "C" fn length(object: &Object) -> isize {
    let length = object.expect::<Range>().length();
    len_result(match length.to_i64() {
        Some(n) => Ok(n as isize),
        None => Err(overflow_error("Python int too large to convert to C ssize_t")),
    })
}

extern "C" fn sq_item(object: &Object, index: isize) -> Result {
    // The protocol has already added the length to a negative index.
    if index < 0 {
        return Err(index_error("range object index out of range"));
    }
    Ok(object.expect::<Range>().item(&Int::from_i64(index as i64))?.into_object())
}

/// An exact int or bool.
fn exact_int(object: &Object) -> Option<&Int> {
    if object.ty().is_type(&PyBool_Type) { object.downcast() } else { object.downcast_exact() }
}

extern "C" fn contains(object: &Object, item: &Object) -> c_int {
    int_result(match exact_int(item) {
        Some(int) => object.expect::<Range>().contains_int(int),
        None => object.contains_by_iteration(item),
    })
}

extern "C" fn subscript(object: &Object, key: &Object) -> Result {
    let range = object.expect::<Range>();
    if key.is_index() {
        return Ok(range.item(&*key.index()?)?.into_object());
    }
    match key.downcast::<Slice>() {
        Some(slice) => Ok(range.select(slice)?.into_object()),
        None => {
            let name = key.type_name();
            Err(type_error(format!("range indices must be integers or slices, not {name}")))
        }
    }
}

extern "C" fn iter(object: &Object) -> Result {
    let range = object.expect::<Range>();
    iterator::iterate(&range.start(), &range.step(), &range.length())
}

/// Return a reverse iterator.
#[pyfn("__reversed__($self, /)")]
fn reversed(range: &Range) -> Result {
    let last = range.value_at(&arith::subtract(&range.length(), &Int::from_i64(1)));
    iterator::iterate(&last, &arith::subtract(&Int::from_i64(0), &range.step()), &range.length())
}

#[pyfn("__reduce__($self, /)")]
fn reduce(range: &Range) -> (Ref<Object>, Ref<Tuple>) {
    let parts = [range.start(), range.stop(), range.step()].map(Ref::into_object);
    (range.ty().to_ref(), Tuple::from_vec(parts.to_vec()))
}

/// rangeobject.count(value) -> integer -- return number of occurrences of value
#[pyfn("count($self, object, /)", nosig)]
fn count(range: &Range, object: &Object) -> Result<usize> {
    match exact_int(object) {
        Some(int) => Ok(usize::from(range.contains_int(int)?)),
        None => range.count_of(object),
    }
}

/// rangeobject.index(value) -> integer -- return index of value.
/// Raise ValueError if the value is not present.
#[pyfn("index($self, object, /)", nosig)]
fn index(range: &Range, object: &Object) -> Result {
    let Some(int) = exact_int(object) else {
        return Ok(Int::from_u64(range.index_of(object)? as u64).into_object());
    };
    if !range.contains_int(int)? {
        return Err(value_error("range.index(x): x not in range"));
    }
    let distance = arith::subtract(int, &range.start());
    Ok(arith::div_mod(&distance, &range.step())?.0.into_object())
}

#[cfg(test)]
mod tests {
    use super::machine_length;

    #[test]
    fn lengths() {
        assert_eq!(machine_length(0, 10, 3), 4);
        assert_eq!(machine_length(10, 0, -3), 4);
        assert_eq!(machine_length(0, 0, 1), 0);
        assert_eq!(machine_length(i64::MIN, i64::MAX, 1), u64::MAX);
        assert_eq!(machine_length(i64::MAX, i64::MIN, i64::MIN), 2);
        assert_eq!(machine_length(5, 1, 1), 0);
    }
}
