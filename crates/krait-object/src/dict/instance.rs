//! Where an instance keeps its attributes. CPython: `Objects/dictobject.c` (`_PyObject_GetManagedDict` and the like),
//! `Objects/object.c` (`_PyObject_ComputedDictPointer`).
//!
//! A class with `MANAGED_DICT` has a pointer before the object (and perhaps inline values behind it); other types have
//! a pointer at `tp_dictoffset`, counted from the end of variable-size objects when negative.

use super::Dict;
use crate::gc::Visitor;
use crate::int::Int;
use crate::object::Object;
use crate::reference::{Ref, Slot};
use crate::result::Result;
use crate::str::Str;
use crate::typeobj::{TypeObject, flags};
use core::ffi::c_int;

/// Offset of the managed dict pointer: before the collector's header.
pub const MANAGED_DICT_OFFSET: isize = -3 * size_of::<usize>() as isize;

/// The place of the dict pointer; `None` when instances of the type have no dict.
#[inline(always)]
pub fn dict_slot(object: &Object) -> Option<&Slot<Dict>> {
    let ty = object.ty();
    let offset = if ty.has_flag(flags::MANAGED_DICT) {
        MANAGED_DICT_OFFSET
    } else {
        match ty.tp_dictoffset.get() {
            0 => return None,
            offset @ 1.. => offset,
            offset => from_end(object, offset),
        }
    };
    // SAFETY: the type says that a nullable dict pointer lives at that offset of each instance.
    Some(unsafe { &*object.as_ptr().cast::<u8>().offset(offset).cast::<Slot<Dict>>() })
}

/// The offset that a negative `tp_dictoffset` means for this object.
#[cold]
fn from_end(object: &Object, offset: isize) -> isize {
    let ty = object.ty();
    // SAFETY: only variable-size objects have a negative offset.
    let size = unsafe { object.as_ptr().cast::<crate::object::VarObject>().as_ref() };
    let mut items = size.map_or(0, |v| v.ob_size.get());
    if ty.has_flag(flags::LONG_SUBCLASS) {
        // SAFETY: the flag says that the object is an int.
        items = unsafe { object.cast::<Int>() }.digits().len() as isize;
    }
    let size = ty.tp_basicsize.get() + items.abs() * ty.tp_itemsize.get();
    let word = size_of::<usize>() as isize;
    (size + word - 1) / word * word + offset
}

/// Prepares the attribute storage of a new instance.
#[inline(always)]
pub fn init(_object: &Object, _ty: &TypeObject) {}

/// Bytes that instances of the type need behind `tp_basicsize` for their attributes.
#[inline(always)]
pub fn extra_size(_ty: &TypeObject) -> usize {
    0
}

/// Prepares a new class whose instances have a managed dict (shared keys, inline values).
pub fn init_class(_ty: &TypeObject) {}

/// The instance's dict, made if it has none yet; `None` when its type has none.
pub fn instance_dict(object: &Object) -> Result<Option<Ref<Dict>>> {
    let Some(slot) = dict_slot(object) else { return Ok(None) };
    if let Some(dict) = slot.get() {
        return Ok(Some(dict));
    }
    let dict = Dict::new();
    slot.set(Some(dict.clone()));
    Ok(Some(dict))
}

/// Replaces the instance's dict (`obj.__dict__ = {...}`; `None` deletes it); false when the type has none.
pub fn instance_set_dict(object: &Object, dict: Option<Ref<Dict>>) -> bool {
    let Some(slot) = dict_slot(object) else { return false };
    slot.set(dict);
    true
}

/// An attribute of the instance itself.
#[inline]
pub fn instance_get_attr(object: &Object, name: &Str) -> Result<Option<Ref<Object>>> {
    let Some(dict) = dict_slot(object).and_then(Slot::get) else { return Ok(None) };
    dict.get(name)
}

/// Sets (`None`: deletes) an attribute of the instance itself, whose type has a dict; false when there was nothing to
/// delete.
pub fn instance_set_attr(object: &Object, name: &Str, value: Option<&Object>) -> Result<bool> {
    match value {
        Some(value) => match instance_dict(object)? {
            Some(dict) => dict.set_str(name, value).map(|()| true),
            None => Ok(false),
        },
        None => match dict_slot(object).and_then(Slot::get) {
            Some(dict) => dict.remove(name),
            None => Ok(false),
        },
    }
}

/// Has the instance any attributes of its own?
pub fn instance_is_empty(object: &Object) -> bool {
    dict_slot(object).and_then(Slot::get).is_none_or(|d| d.is_empty())
}

/// Drops the attributes (`tp_clear` and destructors of managed-dict classes).
pub fn instance_clear(object: &Object) {
    if let Some(slot) = dict_slot(object) {
        slot.take();
    }
}

/// Visits what the attribute storage owns.
pub fn instance_traverse(object: &Object, visitor: &Visitor) -> core::result::Result<(), c_int> {
    match dict_slot(object) {
        Some(slot) => visitor.slot(slot),
        None => Ok(()),
    }
}

/// Before an object changes its class: attributes that are laid out by the old class move into a dict.
pub fn prepare_class_change(_object: &Object, _new: &TypeObject) -> Result<()> {
    Ok(())
}

/// Frees what [`init_class`] made, when the class dies.
pub fn free_class(_ty: &TypeObject) {}
