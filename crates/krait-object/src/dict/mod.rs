//! `dict`: insertion-ordered compact tables. CPython: `Objects/dictobject.c`.

pub mod instance;

use crate::object::Object;
use crate::reference::Ref;
use crate::result::Result;
use crate::str::Str;
use crate::typeobj::{TypeObject, flags};
use core::cell::Cell;
use core::ffi::c_void;

/// `PyDictObject`.
#[repr(C)]
pub struct Dict {
    ob_base: Object,
    ma_used: Cell<isize>,
    watcher_tag: Cell<u64>,
    ma_keys: Cell<*mut c_void>,
    ma_values: Cell<*mut c_void>,
}

const _: () = assert!(size_of::<Dict>() == 48);

crate::object_type!(Dict, PyDict_Type, DICT_SUBCLASS);

/// The type `dict`.
#[unsafe(no_mangle)]
pub static PyDict_Type: TypeObject = TypeObject::of::<Dict>(c"dict")
    .flags(flags::HAVE_GC | flags::BASETYPE | flags::DICT_SUBCLASS | flags::MAPPING | flags::MATCH_SELF);

impl Dict {
    /// An empty dict.
    pub fn new() -> Ref<Dict> {
        todo!()
    }
    /// Number of entries.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.ma_used.get() as usize
    }
    /// Empty?
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// The value of a key; hashing and comparing may run Python code.
    pub fn get(&self, _key: &Object) -> Result<Option<Ref<Object>>> {
        todo!()
    }
    /// The value of a string key. Runs no Python code and cannot fail when all keys are exact strings; otherwise as
    /// `get`, with an error read as absence after reporting it as unraisable.
    pub fn get_str(&self, _key: &Str) -> Option<Ref<Object>> {
        todo!()
    }
    /// Sets `self[key] = value`.
    pub fn set(&self, _key: &Object, _value: &Object) -> Result<()> {
        todo!()
    }
    /// Sets a string key.
    pub fn set_str(&self, _key: &Str, _value: &Object) -> Result<()> {
        todo!()
    }
    /// Removes a key; false when it is absent.
    pub fn remove(&self, _key: &Object) -> Result<bool> {
        todo!()
    }
    /// Removes a key and gives its value.
    pub fn pop(&self, _key: &Object) -> Result<Option<Ref<Object>>> {
        todo!()
    }
    /// `setdefault`.
    pub fn set_default(&self, _key: &Object, _default: &Object) -> Result {
        todo!()
    }
    /// Is the key there?
    pub fn contains(&self, _key: &Object) -> Result<bool> {
        todo!()
    }
    /// The entry at or after a position, which moves on (`PyDict_Next`); start with 0.
    pub fn next(&self, _position: &mut usize) -> Option<(Ref<Object>, Ref<Object>)> {
        todo!()
    }
    /// A snapshot of all entries.
    pub fn items(&self) -> Vec<(Ref<Object>, Ref<Object>)> {
        todo!()
    }
    /// A snapshot of all keys.
    pub fn keys(&self) -> Vec<Ref<Object>> {
        todo!()
    }
    /// A shallow copy (`PyDict_Copy`).
    pub fn copy(&self) -> Result<Ref<Dict>> {
        todo!()
    }
    /// `dict.update` with a mapping; `override_` false keeps existing values.
    pub fn merge(&self, _mapping: &Object, _override: bool) -> Result<()> {
        todo!()
    }
    /// Removes all entries.
    pub fn clear(&self) {
        todo!()
    }
}
