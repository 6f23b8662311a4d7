//! Attributes of instances: values inline behind the object, and the dictionary that is made of them on demand
//! (`_PyObject_InitInlineValues` and its relatives).
//!
//! Types with `MANAGED_DICT` have a pointer to the instance's dictionary before the collector's header. With
//! `INLINE_VALUES` the values of the first attributes lie behind the fixed part of the object, by the keys that all
//! instances share; a dictionary that is asked for uses the same values until it outgrows them. Then the values are
//! invalid and the dictionary alone holds the attributes.
//!
//! Invariants: while inline values are valid, they are the instance's attributes, and a dictionary, if there is one,
//! uses them; a dictionary that outlives its instance has taken the values with it.

use super::Dict;
use super::keys::Keys;
use super::values::Values;
use crate::errors;
use crate::gc::Visitor;
use crate::id;
use crate::object::Object;
use crate::reference::{Ref, Slot};
use crate::result::Result;
use crate::str::Str;
use crate::tuple::Tuple;
use crate::typeobj::{HeapTypeObject, TypeObject, flags};
use core::ffi::{c_int, c_void};

/// Offset of the managed dictionary pointer: before the collector's header.
pub const MANAGED_DICT_OFFSET: isize = -3 * size_of::<usize>() as isize;

/// Does the instance have a managed dictionary pointer?
#[inline(always)]
pub fn is_managed(object: &Object) -> bool {
    object.ty().has_flag(flags::MANAGED_DICT)
}

/// Does the instance have inline values?
#[inline(always)]
pub fn has_inline_values(object: &Object) -> bool {
    object.ty().has_flag(flags::INLINE_VALUES)
}

/// The place of the dictionary of an instance with `MANAGED_DICT`.
#[inline(always)]
pub fn managed_slot(object: &Object) -> &Slot<Dict> {
    debug_assert!(is_managed(object));
    // SAFETY: instances of such types have the pointer three words before them.
    unsafe { &*core::ptr::from_ref(object).cast::<Slot<Dict>>().sub(3) }
}

/// The inline values of an instance with `INLINE_VALUES`.
#[inline(always)]
pub fn inline_values(object: &Object) -> &Values {
    debug_assert!(has_inline_values(object));
    let offset = object.ty().tp_basicsize.get() as usize;
    // SAFETY: instances of such types have their values behind the fixed part.
    unsafe { &*core::ptr::from_ref(object).cast::<u8>().add(offset).cast::<Values>() }
}

/// The keys that the instances of a class share, if it has any.
#[inline(always)]
pub fn shared_keys(ty: &TypeObject) -> Option<&Keys> {
    if !ty.is_heap_type() {
        return None;
    }
    // SAFETY: heap types are laid out as `HeapTypeObject`, which owns a count of the keys.
    unsafe {
        let heap = &*core::ptr::from_ref(ty).cast::<HeapTypeObject>();
        heap.ht_cached_keys.get().cast::<Keys>().as_ref()
    }
}

/// Prepares a new class whose instances have inline values: gives it shared keys, with the attributes that its methods
/// are known to set (`__static_attributes__`). For other classes does nothing.
pub fn init_class(ty: &TypeObject) {
    if !ty.is_heap_type() || !ty.has_flag(flags::INLINE_VALUES) {
        return;
    }
    let Ok(keys) = Keys::alloc_shared() else {
        errors::clear();
        ty.clear_flag(flags::INLINE_VALUES);
        return;
    };
    // SAFETY: allocated just now.
    let table = unsafe { keys.as_ref() };
    // SAFETY: a ready type owns its dict.
    let dict = unsafe { ty.tp_dict.get().as_ref() };
    let found = dict.and_then(|d| d.downcast::<Dict>()).and_then(|d| d.get_str(id!("__static_attributes__")));
    for name in found.iter().filter_map(|f| f.downcast::<Tuple>()).flat_map(|t| t.as_objects()) {
        if let Some(name) = name.downcast_exact::<Str>() {
            table.insert_shared(name, name.hash());
        }
    }
    // SAFETY: as in `shared_keys`.
    let heap = unsafe { &*core::ptr::from_ref(ty).cast::<HeapTypeObject>() };
    let old = heap.ht_cached_keys.replace(keys.as_ptr().cast::<c_void>());
    if !old.is_null() {
        // SAFETY: the type owned a count of the old keys.
        unsafe { Keys::release(old.cast()) };
    }
}

/// Frees what [`init_class`] made, when the class dies.
pub fn free_class(ty: &TypeObject) {
    if shared_keys(ty).is_some() {
        // SAFETY: as in `init_class_keys`.
        unsafe {
            let heap = &*core::ptr::from_ref(ty).cast::<HeapTypeObject>();
            Keys::release(heap.ht_cached_keys.replace(core::ptr::null_mut()).cast());
        }
    }
}

/// Bytes that an instance needs behind its fixed part for inline values (`_PyInlineValuesSize`).
#[inline]
pub fn extra_size(ty: &TypeObject) -> usize {
    if !ty.has_flag(flags::INLINE_VALUES) {
        return 0;
    }
    shared_keys(ty).map_or(0, |keys| Values::bytes(keys.shared_capacity()))
}

/// Sets up the inline values of a new instance, which has [`extra_size`] bytes behind its fixed part.
#[inline]
pub fn init(object: &Object, ty: &TypeObject) {
    if !ty.has_flag(flags::INLINE_VALUES) {
        return;
    }
    let Some(keys) = shared_keys(ty) else { return };
    // The memory was measured with this capacity; later instances get one less, down to what is used.
    let capacity = keys.shared_capacity();
    keys.shrink_usable();
    let place = core::ptr::from_ref(inline_values(object)).cast_mut();
    // SAFETY: the caller's promise.
    unsafe { Values::init(place, capacity, true) };
}

fn dict_of_values(object: &Object, keys: &Keys) -> Ref<Dict> {
    let values = inline_values(object);
    keys.retain();
    Dict::from_parts(keys, values, values.len())
}

/// The dictionary of an instance with a managed one, made if need be (`_PyObject_MaterializeManagedDict`).
pub fn materialize(object: &Object) -> Ref<Dict> {
    if let Some(dict) = managed_slot(object).get() {
        return dict;
    }
    let dict = match shared_keys(object.ty()) {
        Some(keys) if has_inline_values(object) && inline_values(object).is_valid() => {
            dict_of_values(object, keys)
        }
        _ => Dict::new(),
    };
    managed_slot(object).set(dict.clone());
    dict
}

/// The place of the instance's dictionary pointer; `None` when instances of the type have no dictionary.
#[inline(always)]
pub fn dict_slot(object: &Object) -> Option<&Slot<Dict>> {
    if is_managed(object) {
        return Some(managed_slot(object));
    }
    let offset = match object.ty().tp_dictoffset.get() {
        0 => return None,
        offset @ 1.. => offset,
        offset => from_end(object, offset),
    };
    // SAFETY: the type promises a dictionary pointer at that offset.
    Some(unsafe { &*core::ptr::from_ref(object).cast::<u8>().offset(offset).cast::<Slot<Dict>>() })
}

/// The offset that a negative `tp_dictoffset` means for this object.
#[cold]
fn from_end(object: &Object, offset: isize) -> isize {
    let ty = object.ty();
    let size = ty.tp_basicsize.get() + variable_size(object) * ty.tp_itemsize.get();
    ((size + 7) & !7) + offset
}

fn variable_size(object: &Object) -> isize {
    if let Some(int) = object.downcast::<crate::Int>() {
        return int.digits().len() as isize;
    }
    // SAFETY: a negative dict offset occurs in variable-size types only.
    let size = unsafe { &*core::ptr::from_ref(object).cast::<crate::VarObject>() }.ob_size.get();
    size.abs()
}

/// The instance's dictionary, made if need be; `None` when the type has none.
pub fn instance_dict(object: &Object) -> Result<Option<Ref<Dict>>> {
    if is_managed(object) {
        return Ok(Some(materialize(object)));
    }
    let Some(slot) = dict_slot(object) else { return Ok(None) };
    if let Some(dict) = slot.get() {
        return Ok(Some(dict));
    }
    let dict = Dict::new();
    slot.set(dict.clone());
    Ok(Some(dict))
}

/// The instance's dictionary if it has been made.
pub fn instance_dict_if_made(object: &Object) -> Option<Ref<Dict>> {
    dict_slot(object)?.get()
}

/// An attribute in the instance's own dictionary or values.
#[inline]
pub fn instance_get_attr(object: &Object, name: &Str) -> Result<Option<Ref<Object>>> {
    if has_inline_values(object) {
        let values = inline_values(object);
        if values.is_valid() {
            if let (Some(keys), Some(_)) = (shared_keys(object.ty()), name.downcast_exact::<Str>()) {
                let index = keys.find_str(name, name.hash());
                return Ok(if index < 0 { None } else { values.peek(index as usize).map(Object::to_ref) });
            }
        }
    }
    let Some(slot) = dict_slot(object) else { return Ok(None) };
    match slot.get() {
        Some(dict) => dict.get(name),
        // A name that is not an exact string: its comparison may match any key.
        None if has_inline_values(object) && inline_values(object).is_valid() => {
            materialize(object).get(name)
        }
        None => Ok(None),
    }
}

/// Sets or deletes an attribute in the instance's own dictionary or values. `Ok(false)`: there was nothing to delete.
/// The type gives its instances a dictionary.
#[inline]
pub fn instance_set_attr(object: &Object, name: &Str, value: Option<&Object>) -> Result<bool> {
    if has_inline_values(object) && inline_values(object).is_valid() {
        if let Some(done) = set_inline(object, name, value) {
            return Ok(done);
        }
    }
    let dict = match instance_dict_if_made(object) {
        Some(dict) => dict,
        None if value.is_none() && !has_inline_values(object) => return Ok(false),
        None => match instance_dict(object)? {
            Some(dict) => dict,
            None => {
                return Err(errors::attribute_error(format!(
                    "'{}' object has no __dict__",
                    object.type_name()
                )));
            }
        },
    };
    match value {
        Some(value) => dict.set(name, value).map(|()| true),
        None => dict.remove(name),
    }
}

/// Sets or deletes among valid inline values; `None` when the name has no place there.
#[inline]
fn set_inline(object: &Object, name: &Str, value: Option<&Object>) -> Option<bool> {
    let keys = shared_keys(object.ty())?;
    name.downcast_exact::<Str>()?;
    let values = inline_values(object);
    let index = match value {
        Some(_) => keys.insert_shared(name, name.hash())?,
        None => match usize::try_from(keys.find_str(name, name.hash())) {
            Ok(index) => index,
            Err(_) => return Some(false),
        },
    };
    set_inline_at(object, values, index, value)
}

/// Sets or deletes the inline value at an index of the shared keys (valid values only). For inline caches.
#[inline]
pub fn set_inline_at(object: &Object, values: &Values, index: usize, value: Option<&Object>) -> Option<bool> {
    debug_assert!(values.is_valid());
    let added = value.is_some();
    let old = values.replace(index, value.map(Object::to_ref));
    if old.is_some() != added {
        // SAFETY: no Python code runs while the dictionary is borrowed.
        if let Some(dict) = unsafe { managed_slot(object).peek() } {
            dict.add_used(if added { 1 } else { -1 });
        }
    }
    let found = added || old.is_some();
    drop(old);
    Some(found)
}

/// Makes a dictionary that uses an instance's inline values independent of it: the values move to the heap. Without
/// memory for them they are lost, and the dictionary becomes empty.
fn detach(object: &Object, dict: &Dict) {
    let values = inline_values(object);
    if !core::ptr::eq(dict.ma_values.get(), values) {
        return;
    }
    values.invalidate();
    match values.move_out(dict.table()) {
        Ok(moved) => dict.ma_values.set(moved.as_ptr()),
        Err(_) => {
            errors::write_unraisable("while clearing an object managed dict", None);
            dict.ma_values.set(core::ptr::null());
            let keys = dict.ma_keys.replace(Keys::empty());
            dict.ma_used.set(0);
            values.clear();
            // SAFETY: the dict owned a count of the shared keys.
            unsafe { Keys::release(keys) };
        }
    }
}

/// Replaces the instance's dictionary (`__dict__ = ..`, or deletion with `None`); false when the type has none.
pub fn instance_set_dict(object: &Object, dict: Option<Ref<Dict>>) -> bool {
    let Some(slot) = dict_slot(object) else { return false };
    if !has_inline_values(object) {
        slot.set(dict);
        return true;
    }
    match slot.get() {
        Some(old) => {
            detach(object, &old);
            slot.set(dict);
        }
        None => {
            let values = inline_values(object);
            values.invalidate();
            slot.set(dict);
            values.clear();
        }
    }
    true
}

/// Has the instance no attributes of its own?
pub fn instance_is_empty(object: &Object) -> bool {
    if has_inline_values(object) && inline_values(object).is_valid() {
        return inline_values(object).is_empty();
    }
    instance_dict_if_made(object).is_none_or(|d| d.is_empty())
}

/// Before an object changes its class: attributes that are laid out by the old class move into a dictionary of their
/// own.
pub fn prepare_class_change(object: &Object, new: &TypeObject) -> Result<()> {
    if !has_inline_values(object) || core::ptr::eq(object.ty(), new) {
        return Ok(());
    }
    let dict = materialize(object);
    detach(object, &dict);
    inline_values(object).invalidate();
    Ok(())
}

/// Visits what the attribute storage owns (`PyObject_VisitManagedDict`).
pub fn instance_traverse(object: &Object, visitor: &Visitor) -> core::result::Result<(), c_int> {
    let Some(slot) = dict_slot(object) else { return Ok(()) };
    if has_inline_values(object) {
        let values = inline_values(object);
        if values.is_valid() {
            for n in 0..values.len() {
                if let Some(value) = values.peek(values.nth_index(n)) {
                    visitor.visit(value)?;
                }
            }
        }
    }
    visitor.slot(slot)
}

/// Drops the instance's attributes (`PyObject_ClearManagedDict`): for `tp_clear` and for destructors. A dictionary that
/// others hold keeps its content.
pub fn instance_clear(object: &Object) {
    let Some(slot) = dict_slot(object) else { return };
    if has_inline_values(object) {
        match slot.get() {
            None => {
                let values = inline_values(object);
                if values.is_valid() {
                    values.clear();
                }
                return;
            }
            Some(dict) => detach(object, &dict),
        }
    }
    slot.take();
}
