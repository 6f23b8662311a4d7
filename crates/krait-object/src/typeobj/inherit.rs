//! Inheritance of flags, sizes and slots. CPython: `Objects/typeobject.c` (`inherit_special`, `inherit_slots`).
//!
//! A slot comes from the first type in the MRO that defines it itself, that is, whose slot differs from its own base's.

use super::{TypeObject, flags};
use crate::id;
use crate::result::Result;
use crate::slots::{AsyncMethods, BufferProcs, MappingMethods, NumberMethods, SequenceMethods};
use core::cell::Cell;

/// Inherits everything that the type does not have itself. The MRO is set.
pub fn all(ty: &TypeObject) -> Result<()> {
    if let Some(base) = ty.base_type() {
        special(ty, base);
    }
    if let Some(mro) = ty.mro() {
        for base in mro.as_slice().iter().skip(1) {
            let base = base.expect::<TypeObject>();
            slots(ty, base);
            pattern_flags(ty, base);
        }
    }
    if let Some(base) = ty.base_type() {
        share_suite(&ty.tp_as_async, &base.tp_as_async);
        share_suite(&ty.tp_as_number, &base.tp_as_number);
        share_suite(&ty.tp_as_sequence, &base.tp_as_sequence);
        share_suite(&ty.tp_as_mapping, &base.tp_as_mapping);
        share_suite(&ty.tp_as_buffer, &base.tp_as_buffer);
    }
    Ok(())
}

fn share_suite<T>(own: &Cell<*const T>, base: &Cell<*const T>) {
    if own.get().is_null() {
        own.set(base.get());
    }
}

/// Flags that only ever come from the base in which they are set.
const SUBCLASS_FLAGS: u64 = flags::BASE_EXC_SUBCLASS
    | flags::TYPE_SUBCLASS
    | flags::LONG_SUBCLASS
    | flags::BYTES_SUBCLASS
    | flags::UNICODE_SUBCLASS
    | flags::TUPLE_SUBCLASS
    | flags::LIST_SUBCLASS
    | flags::DICT_SUBCLASS
    | flags::MATCH_SELF
    | flags::ITEMS_AT_END
    | flags::PREHEADER;

/// Flags and sizes from the base whose layout this type extends.
fn special(ty: &TypeObject, base: &TypeObject) {
    if !ty.is_gc_type() && base.is_gc_type() && ty.tp_traverse.get().is_none() && ty.tp_clear.get().is_none()
    {
        ty.set_flag(flags::HAVE_GC);
        ty.tp_traverse.set(base.tp_traverse.get());
        ty.tp_clear.set(base.tp_clear.get());
    }
    ty.set_flag(base.tp_flags.get() & SUBCLASS_FLAGS);
    if ty.tp_basicsize.get() == 0 {
        ty.tp_basicsize.set(base.tp_basicsize.get());
    }
    for (own, base) in [
        (&ty.tp_itemsize, &base.tp_itemsize),
        (&ty.tp_weaklistoffset, &base.tp_weaklistoffset),
        (&ty.tp_dictoffset, &base.tp_dictoffset),
    ] {
        if own.get() == 0 {
            own.set(base.get());
        }
    }
}

/// What `match` treats the type as.
fn pattern_flags(ty: &TypeObject, base: &TypeObject) {
    const COLLECTION: u64 = flags::SEQUENCE | flags::MAPPING;
    if ty.tp_flags.get() & COLLECTION == 0 {
        ty.set_flag(base.tp_flags.get() & COLLECTION);
    }
}

/// A slot's content as a word, to compare and to copy.
fn word<T>(cell: &Cell<T>) -> &Cell<usize> {
    const { assert!(size_of::<T>() == size_of::<usize>()) };
    // SAFETY: slots are nullable pointers or offsets, one word wide, of which every copied value is valid.
    unsafe { &*core::ptr::from_ref(cell).cast::<Cell<usize>>() }
}

/// Does `base` define the slot itself?
fn defines(base: usize, basebase: Option<usize>) -> bool {
    base != 0 && basebase != Some(base)
}

macro_rules! copy {
    ($ty:ident, $base:ident, $basebase:ident: $($field:ident)*) => {
        $(
            if word(&$ty.$field).get() == 0
                && defines(word(&$base.$field).get(), $basebase.map(|b| word(&b.$field).get()))
            {
                $ty.$field.set($base.$field.get());
            }
        )*
    };
}

/// Fills the empty slots of `ty` with those that `base` defines.
fn slots(ty: &TypeObject, base: &TypeObject) {
    suites(ty, base);
    let basebase = base.base_type();
    copy!(ty, base, basebase: tp_dealloc);
    if ty.tp_getattr.get().is_none() && ty.tp_getattro.get().is_none() {
        ty.tp_getattr.set(base.tp_getattr.get());
        ty.tp_getattro.set(base.tp_getattro.get());
    }
    if ty.tp_setattr.get().is_none() && ty.tp_setattro.get().is_none() {
        ty.tp_setattr.set(base.tp_setattr.get());
        ty.tp_setattro.set(base.tp_setattro.get());
    }
    copy!(ty, base, basebase: tp_repr tp_vectorcall_offset);
    if ty.tp_call.get().is_none() && base.has_flag(flags::HAVE_VECTORCALL) {
        ty.set_flag(flags::HAVE_VECTORCALL);
    }
    copy!(ty, base, basebase: tp_call tp_str);
    if ty.tp_richcompare.get().is_none() && ty.tp_hash.get().is_none() && !overrides_hash(ty) {
        ty.tp_richcompare.set(base.tp_richcompare.get());
        ty.tp_hash.set(base.tp_hash.get());
    }
    copy!(ty, base, basebase: tp_iter tp_iternext tp_descr_get);
    if base.tp_descr_get.get().is_some()
        && word(&ty.tp_descr_get).get() == word(&base.tp_descr_get).get()
        && ty.has_flag(flags::IMMUTABLETYPE)
        && base.has_flag(flags::METHOD_DESCRIPTOR)
    {
        ty.set_flag(flags::METHOD_DESCRIPTOR);
    }
    copy!(ty, base, basebase: tp_descr_set tp_dictoffset tp_init tp_alloc tp_is_gc tp_finalize tp_free);
}

/// Comparison and hash are inherited together: defining one of them in the class keeps the other away.
fn overrides_hash(ty: &TypeObject) -> bool {
    ty.dict().is_some_and(|d| d.get_str(id!("__eq__")).is_some() || d.get_str(id!("__hash__")).is_some())
}

fn suites(ty: &TypeObject, base: &TypeObject) {
    let bb = base.base_type();
    suite::<NumberMethods>(&ty.tp_as_number, &base.tp_as_number, bb.map(|b| &b.tp_as_number));
    suite::<AsyncMethods>(&ty.tp_as_async, &base.tp_as_async, bb.map(|b| &b.tp_as_async));
    suite::<SequenceMethods>(&ty.tp_as_sequence, &base.tp_as_sequence, bb.map(|b| &b.tp_as_sequence));
    suite::<MappingMethods>(&ty.tp_as_mapping, &base.tp_as_mapping, bb.map(|b| &b.tp_as_mapping));
    suite::<BufferProcs>(&ty.tp_as_buffer, &base.tp_as_buffer, bb.map(|b| &b.tp_as_buffer));
}

/// Copies function by function when both types have the suite, and the copy is not the base's own.
fn suite<T>(own: &Cell<*const T>, base: &Cell<*const T>, basebase: Option<&Cell<*const T>>) {
    if own.get() == base.get() {
        return;
    }
    let (Some(own), Some(base)) = (words(own.get()), words(base.get())) else { return };
    let basebase = basebase.and_then(|b| words(b.get()));
    for (i, (slot, from)) in own.iter().zip(base).enumerate() {
        if slot.get() == 0 && defines(from.get(), basebase.map(|b| b[i].get())) {
            slot.set(from.get());
        }
    }
}

/// The functions of a suite as words.
fn words<'a, T>(suite: *const T) -> Option<&'a [Cell<usize>]> {
    if suite.is_null() {
        return None;
    }
    // SAFETY: suites are tables of nullable function pointers that live as long as their type.
    Some(unsafe {
        core::slice::from_raw_parts(suite.cast::<Cell<usize>>(), size_of::<T>() / size_of::<usize>())
    })
}
