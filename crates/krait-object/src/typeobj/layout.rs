//! Which layouts go together: the best base of a new class, assignment of `__class__` and `__bases__`. CPython:
//! `Objects/typeobject.c` (`best_base`, `compatible_for_assignment`).

use super::{PyBaseObject_Type, TypeObject, flags, ready};
use crate::errors::type_error;
use crate::result::Result;
use crate::slots::CompareOp;
use crate::tuple::Tuple;

/// The most derived type in the chain of bases that adds something to the layout.
pub fn solid_base(ty: &TypeObject) -> &TypeObject {
    let mut at = ty;
    while let Some(base) = at.base_type() {
        let same = at.tp_basicsize.get() == base.tp_basicsize.get()
            && at.tp_itemsize.get() == base.tp_itemsize.get();
        if !same {
            return at;
        }
        at = base;
    }
    at
}

/// The base whose layout a class with these bases extends.
pub fn best_base(bases: &Tuple) -> Result<&TypeObject> {
    let mut best: Option<(&TypeObject, &TypeObject)> = None;
    for base in bases.as_slice() {
        let Some(base) = base.downcast::<TypeObject>() else {
            return Err(type_error("bases must be types"));
        };
        if !base.has_flag(flags::READY) {
            ready::ready(base)?;
        }
        if !base.has_flag(flags::BASETYPE) {
            return Err(type_error(format!("type '{}' is not an acceptable base type", base.name())));
        }
        let candidate = solid_base(base);
        best = match best {
            None => Some((candidate, base)),
            Some((winner, chosen)) if winner.is_subtype_of(candidate) => Some((winner, chosen)),
            Some((winner, _)) if candidate.is_subtype_of(winner) => Some((candidate, base)),
            Some(_) => return Err(type_error("multiple bases have instance lay-out conflict")),
        };
    }
    Ok(best.map_or(&PyBaseObject_Type, |(_, base)| base))
}

/// Does the type add nothing to its base's layout?
fn compatible_with_base(ty: &TypeObject) -> bool {
    let Some(base) = ty.base_type() else { return false };
    const LAYOUT: u64 = flags::HAVE_GC | flags::PREHEADER;
    let clear = |t: &TypeObject| super::slotdefs::address(&t.tp_clear);
    ty.tp_basicsize.get() == base.tp_basicsize.get()
        && ty.tp_itemsize.get() == base.tp_itemsize.get()
        && ty.tp_dictoffset.get() == base.tp_dictoffset.get()
        && ty.tp_weaklistoffset.get() == base.tp_weaklistoffset.get()
        && ty.tp_flags.get() & LAYOUT == base.tp_flags.get() & LAYOUT
        && (clear(ty) == clear(base) || !ty.is_gc_type())
}

/// Do two types with the same base add the same slots, in the same order?
fn same_slots_added(a: &TypeObject, b: &TypeObject) -> Result<bool> {
    let Some(base) = a.base_type() else { return Ok(false) };
    let word = size_of::<usize>() as isize;
    let mut size = base.tp_basicsize.get();
    if a.tp_dictoffset.get() == size && b.tp_dictoffset.get() == size {
        size += word;
    }
    if a.tp_weaklistoffset.get() == size && b.tp_weaklistoffset.get() == size {
        size += word;
    }
    if a.tp_flags.get() & flags::PREHEADER != b.tp_flags.get() & flags::PREHEADER {
        return Ok(false);
    }
    let slots = |t: &TypeObject| t.as_heap().and_then(|h| h.ht_slots.get());
    if let (Some(x), Some(y)) = (slots(a), slots(b)) {
        if !x.rich_compare_bool(&y, CompareOp::Eq)? {
            return Ok(false);
        }
        size += word * x.downcast::<Tuple>().map_or(0, Tuple::len) as isize;
    }
    Ok(size == a.tp_basicsize.get() && size == b.tp_basicsize.get())
}

/// Can an object of type `old` become one of type `new`, as far as its memory goes?
pub fn check_assignment(old: &TypeObject, new: &TypeObject, attribute: &str) -> Result<()> {
    let free = |t: &TypeObject| super::slotdefs::address(&t.tp_free);
    if free(new) != free(old) {
        return Err(type_error(format!(
            "{attribute} assignment: '{}' deallocator differs from '{}'",
            new.name(),
            old.name()
        )));
    }
    let reduce = |mut ty: &'_ TypeObject| -> *const TypeObject {
        while compatible_with_base(ty) {
            match ty.base_type() {
                // SAFETY: a type keeps its bases alive, and the caller keeps the type alive.
                Some(base) => ty = unsafe { &*core::ptr::from_ref(base) },
                None => break,
            }
        }
        ty
    };
    // SAFETY: both are bases of types that the caller keeps alive.
    let (new_base, old_base) = unsafe { (&*reduce(new), &*reduce(old)) };
    let same_base = new_base.tp_base.get() == old_base.tp_base.get();
    if !new_base.is_type(old_base) && (!same_base || !same_slots_added(new_base, old_base)?) {
        return Err(type_error(format!(
            "{attribute} assignment: '{}' object layout differs from '{}'",
            new.name(),
            old.name()
        )));
    }
    Ok(())
}
