//! `slice`. CPython: `Objects/sliceobject.c`.
//!
//! Invariant: the three slots of a constructed slice are never empty.

use crate::alloc;
use crate::dealloc::dealloc_gc;
use crate::defs::{MemberDef, MethodDef, member};
use crate::errors::{type_error, value_error};
use crate::object::{Object, none, not_implemented};
use crate::reference::{Ref, Slot};
use crate::result::{Result, len_result};
use crate::slots::CompareOp;

use crate::Int;
use crate::str::search::Builder;
use crate::tuple::{self, Tuple};
use crate::typeobj::{TypeObject, flags};
use core::ffi::c_int;
use core::mem::offset_of;
use krait_macros::pyfn;
use num_bigint::BigInt;
use num_traits::{Signed, Zero};

/// `PySliceObject`.
#[repr(C)]
pub struct Slice {
    ob_base: Object,
    pub start: Slot,
    pub stop: Slot,
    pub step: Slot,
}

crate::object_type!(Slice, PySlice_Type);

/// All types of this module.
pub static TYPES: &[&TypeObject] = &[&PySlice_Type];

static MEMBERS: &[MemberDef] = &[
    MemberDef::new(c"start", member::T_OBJECT, offset_of!(Slice, start), member::READONLY),
    MemberDef::new(c"stop", member::T_OBJECT, offset_of!(Slice, stop), member::READONLY),
    MemberDef::new(c"step", member::T_OBJECT, offset_of!(Slice, step), member::READONLY),
    MemberDef::SENTINEL,
];

/// The type `slice`.
#[unsafe(no_mangle)]
pub static PySlice_Type: TypeObject = TypeObject::of::<Slice>(c"slice")
    .flags(flags::HAVE_GC)
    .doc(c"slice(stop)\nslice(start, stop[, step])\n\nCreate a slice object.\n\nThis is used for extended slicing (e.g. a[0:10:2]).")
    .tp_dealloc(dealloc_gc::<Slice>)
    .tp_traverse(traverse)
    .tp_repr(repr)
    .tp_hash(hash)
    .tp_richcompare(richcompare)
    .tp_new(new)
    .members(MEMBERS)
    .methods(&[indices::DEF, reduce::DEF, MethodDef::SENTINEL]);

crate::traverse!(traverse, Slice, |this, v| {
    v.slot(&this.start)?;
    v.slot(&this.stop)?;
    v.slot(&this.step)?;
});

/// The part of a sequence that a slice selects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Indices {
    pub start: isize,
    pub step: isize,
    /// Number of items.
    pub len: usize,
}

impl Indices {
    /// Clips unpacked slice indices to a sequence of `len` items (`PySlice_AdjustIndices`).
    #[inline]
    pub fn adjust(start: isize, stop: isize, step: isize, len: usize) -> Indices {
        let len = len as isize;
        let clip = |index: isize| {
            let index = if index < 0 { index.saturating_add(len) } else { index };
            if index < 0 {
                if step < 0 { -1 } else { 0 }
            } else if index >= len {
                if step < 0 { len - 1 } else { len }
            } else {
                index
            }
        };
        let (start, stop) = (clip(start), clip(stop));
        let count = if step < 0 {
            if stop < start { (start - stop - 1) / step.saturating_neg() + 1 } else { 0 }
        } else if start < stop {
            (stop - start - 1) / step + 1
        } else {
            0
        };
        Indices { start, step, len: count as usize }
    }

    /// The lowest index and the distance upwards, for a selection that is not empty.
    pub fn ascending(&self) -> (usize, usize) {
        if self.step < 0 {
            let lowest = self.start + (self.len as isize - 1) * self.step;
            (lowest as usize, self.step.unsigned_abs())
        } else {
            (self.start as usize, self.step as usize)
        }
    }

    /// The selected indices in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = usize> + use<> {
        let (start, step) = (self.start, self.step);
        (0..self.len).map(move |n| (start + n as isize * step) as usize)
    }
}

/// One index of a slice as a clipped machine integer; `None` object: nothing.
fn slice_index(object: &Object) -> Result<Option<isize>> {
    if object.is_none() {
        return Ok(None);
    }
    if !object.is_index() {
        return Err(type_error("slice indices must be integers or None or have an __index__ method"));
    }
    object.as_isize(true).map(Some)
}

impl Slice {
    /// `slice(start, stop, step)`.
    pub fn new(start: &Object, stop: &Object, step: &Object) -> Ref<Slice> {
        Slice::from_owned(start.to_ref(), stop.to_ref(), step.to_ref())
    }

    /// `slice(start, stop, step)`, taking over the references.
    pub fn from_owned(start: Ref<Object>, stop: Ref<Object>, step: Ref<Object>) -> Ref<Slice> {
        alloc::new_tracked(Slice {
            ob_base: Object::new(&PySlice_Type),
            start: Slot::new(start),
            stop: Slot::new(stop),
            step: Slot::new(step),
        })
    }

    /// The three parts as machine integers with their defaults, not yet clipped to a length (`PySlice_Unpack`). May run
    /// Python code: take the sequence's length afterwards.
    pub fn unpack(&self) -> Result<(isize, isize, isize)> {
        let part = |slot: &Slot| slot.get().unwrap_or_else(|| none().to_ref());
        let step = slice_index(&part(&self.step))?.unwrap_or(1);
        if step == 0 {
            return Err(value_error("slice step cannot be zero"));
        }
        let step = step.max(-isize::MAX);
        let (first, last) = if step < 0 { (isize::MAX, isize::MIN) } else { (0, isize::MAX) };
        let start = slice_index(&part(&self.start))?.unwrap_or(first);
        let stop = slice_index(&part(&self.stop))?.unwrap_or(last);
        Ok((start, stop, step))
    }

    /// Applied to a sequence of `len` items.
    pub fn adjust(&self, len: usize) -> Result<Indices> {
        let (start, stop, step) = self.unpack()?;
        Ok(Indices::adjust(start, stop, step, len))
    }

    fn parts(&self) -> [Ref<Object>; 3] {
        [&self.start, &self.stop, &self.step].map(|slot| slot.get().unwrap_or_else(|| none().to_ref()))
    }

    /// `slice.indices` for a length of any size: start, stop and step.
    pub fn long_indices(&self, len: &BigInt) -> Result<[BigInt; 3]> {
        let [start, stop, step] = self.parts();
        let whole = |object: &Object| -> Result<Option<BigInt>> {
            if object.is_none() {
                return Ok(None);
            }
            if !object.is_index() {
                return Err(type_error("slice indices must be integers or None or have an __index__ method"));
            }
            Ok(Some(object.index()?.to_bigint()))
        };
        let step = whole(&step)?.unwrap_or_else(|| BigInt::from(1));
        if step.is_zero() {
            return Err(value_error("slice step cannot be zero"));
        }
        let down = step.is_negative();
        let (lower, upper) = if down { (BigInt::from(-1), len - 1) } else { (BigInt::zero(), len.clone()) };
        let clip = |value: Option<BigInt>, default: &BigInt| match value {
            None => default.clone(),
            Some(v) if v.is_negative() => (v + len).max(lower.clone()),
            Some(v) => v.min(upper.clone()),
        };
        let start = clip(whole(&start)?, if down { &upper } else { &lower });
        let stop = clip(whole(&stop)?, if down { &lower } else { &upper });
        Ok([start, stop, step])
    }
}

extern "C" fn new(_ty: &TypeObject, args: &Tuple, kwargs: Option<&Object>) -> Result {
    tuple::no_keywords("slice", kwargs)?;
    let slice = match args.as_objects() {
        [stop] => Slice::new(none(), stop, none()),
        [start, stop] => Slice::new(start, stop, none()),
        [start, stop, step] => Slice::new(start, stop, step),
        other => {
            crate::args::check_positional("slice", other.len(), 1, 3)?;
            return Err(crate::args::missing());
        }
    };
    Ok(slice.into_object())
}

extern "C" fn repr(object: &Object) -> Result {
    let mut out = Builder::new();
    out.push_str("slice(");
    for (index, part) in object.expect::<Slice>().parts().iter().enumerate() {
        if index > 0 {
            out.push_str(", ");
        }
        out.push(&*part.repr()?);
    }
    out.push_str(")");
    Ok(out.finish().into_object())
}

extern "C" fn hash(object: &Object) -> isize {
    len_result((|| {
        let mut hasher = tuple::Hasher::new();
        for part in object.expect::<Slice>().parts() {
            hasher.add(part.hash()?);
        }
        // Unlike a tuple's, the length is not mixed in.
        Ok(hasher.finish_unsized())
    })())
}

extern "C" fn richcompare(a: &Object, b: &Object, op: c_int) -> Result {
    let (Some(x), Some(y)) = (a.downcast::<Slice>(), b.downcast::<Slice>()) else {
        return Ok(not_implemented().to_ref());
    };
    let op = CompareOp::from_int(op);
    if a.is(b) {
        let holds = matches!(op, CompareOp::Eq | CompareOp::Le | CompareOp::Ge);
        return Ok(crate::object::bool_object(holds).to_ref());
    }
    tuple::compare_items(&x.parts(), &y.parts(), op)
}

/// S.indices(len) -> (start, stop, stride)
///
/// Assuming a sequence of length len, calculate the start and stop
/// indices, and the stride length of the extended slice described by
/// S. Out of bounds indices are clipped in a manner consistent with the
/// handling of normal slices.
#[pyfn("indices($self, object, /)")]
fn indices(slice: &Slice, object: &Object) -> Result<(Ref<Int>, Ref<Int>, Ref<Int>)> {
    let len = object.index()?;
    if len.is_negative() {
        return Err(value_error("length should not be negative"));
    }
    let [start, stop, step] = slice.long_indices(&len.to_bigint())?;
    Ok((Int::from_bigint(&start), Int::from_bigint(&stop), Int::from_bigint(&step)))
}

/// Return state information for pickling.
#[pyfn("__reduce__($self, /)")]
fn reduce(slice: &Slice) -> (Ref<Object>, Ref<Tuple>) {
    (slice.ty().to_ref(), Tuple::from_vec(slice.parts().to_vec()))
}

/// `slice` text for native code that has parts of machine size.
pub fn from_isize(start: Option<isize>, stop: Option<isize>, step: Option<isize>) -> Ref<Slice> {
    let part = |value: Option<isize>| match value {
        Some(value) => Int::from_i64(value as i64).into_object(),
        None => none().to_ref(),
    };
    Slice::from_owned(part(start), part(stop), part(step))
}

#[cfg(test)]
mod tests {
    use super::Indices;

    #[test]
    fn clipping() {
        let all = |start, stop, step, len| Indices::adjust(start, stop, step, len).iter().collect::<Vec<_>>();
        assert_eq!(all(1, -1, 1, 5), [1, 2, 3]);
        assert_eq!(all(isize::MAX, isize::MIN, -1, 3), [2, 1, 0]);
        assert_eq!(all(isize::MAX, isize::MIN, -2, 4), [3, 1]);
        assert_eq!(all(5, 2, 1, 9), [0usize; 0]);
        assert_eq!(all(-100, 100, 3, 7), [0, 3, 6]);
        assert_eq!(all(0, isize::MAX, isize::MAX, 3), [0]);
        assert_eq!(Indices::adjust(isize::MAX, isize::MIN, -2, 5).ascending(), (0, 2));
    }
}
