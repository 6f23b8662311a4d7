//! `dict`: insertion-ordered compact tables. CPython: `Objects/dictobject.c`.
//!
//! - this file: layout, the type, the face for native code
//! - `keys`: the tables
//! - `values`: values of dicts that share their keys
//! - `lookup`, `insert`: finding, adding, removing, resizing
//! - `instance`: dictionaries of instances, inline values
//! - `methods`: slots and methods; `merge`: update, fromkeys, copy
//! - `iterators`, `views`: `dict_keys` and the like
//!
//! Invariants: `ma_keys` is never null; `ma_values` is null unless the table is shared; `ma_used` counts the values
//! that are set. A table may change in any call that hashes or compares keys, or drops an object: look-ups start
//! again when it did, and objects are dropped when the dict is consistent.

mod insert;
pub mod instance;
pub mod iterators;
pub mod keys;
mod lookup;
mod merge;
mod methods;
#[cfg(test)]
mod tests;
pub mod values;
pub mod views;

use crate::alloc;
use crate::errors;
use crate::object::Object;
use crate::reference::Ref;
use crate::result::Result;
use crate::str::Str;
use crate::typeobj::TypeObject;
use core::cell::Cell;
pub use keys::{Keys, Kind};
pub(crate) use lookup::quick_equal;
use values::Values;

pub use methods::PyDict_Type;

/// `PyDictObject`.
#[repr(C)]
pub struct Dict {
    ob_base: Object,
    ma_used: Cell<isize>,
    watcher_tag: Cell<u64>,
    ma_keys: Cell<*const Keys>,
    ma_values: Cell<*const Values>,
}

const _: () = assert!(size_of::<Dict>() == 48);

crate::object_type!(Dict, PyDict_Type, DICT_SUBCLASS);

/// All types of this module.
pub static TYPES: &[&TypeObject] = &[
    &PyDict_Type,
    &iterators::PyDictIterKey_Type,
    &iterators::PyDictIterValue_Type,
    &iterators::PyDictIterItem_Type,
    &iterators::PyDictRevIterKey_Type,
    &iterators::PyDictRevIterValue_Type,
    &iterators::PyDictRevIterItem_Type,
    &views::PyDictKeys_Type,
    &views::PyDictValues_Type,
    &views::PyDictItems_Type,
];

/// The hash of a key; TypeError with dict's wording when it has none.
#[inline(always)]
pub(crate) fn hash_key(key: &Object) -> Result<isize> {
    match key.downcast_exact::<Str>() {
        Some(text) => Ok(text.hash()),
        None => hash_other(key),
    }
}

fn hash_other(key: &Object) -> Result<isize> {
    key.hash().map_err(|raised| unhashable(raised, key, "dict key"))
}

/// Puts the reason of a TypeError from hashing into a message that says what the object was needed for.
#[cold]
pub(crate) fn unhashable(raised: crate::Raised, key: &Object, role: &str) -> crate::Raised {
    let exception = errors::fetch(raised);
    if !core::ptr::eq(exception.type_ptr(), &raw const crate::exceptions::PyExc_TypeError) {
        return errors::restore(exception);
    }
    let reason = match Object::str(&exception) {
        Ok(text) => text,
        Err(raised) => return raised,
    };
    errors::type_error(format!("cannot use '{}' as a {role} ({reason})", key.ty().full_name()))
}

impl Dict {
    /// An empty dict.
    #[inline]
    pub fn new() -> Ref<Dict> {
        Dict::from_parts(Keys::empty(), core::ptr::null(), 0)
    }

    /// An empty dict with room for `count` entries (`_PyDict_NewPresized`); `unicode`: all keys will be strings.
    pub fn with_capacity(count: usize, unicode: bool) -> Ref<Dict> {
        let dict = Dict::new();
        if count > keys::usable_fraction(1 << keys::LOG_MINSIZE) {
            let kind = if unicode { Kind::Unicode } else { Kind::General };
            let log2 = keys::log2_for_count(count.min(1 << 17));
            match Keys::alloc(log2, kind) {
                Ok(table) => dict.ma_keys.set(table.as_ptr()),
                Err(_) => errors::clear(),
            }
        }
        dict
    }

    fn from_parts(keys: *const Keys, values: *const Values, used: usize) -> Ref<Dict> {
        alloc::new_tracked(Dict {
            ob_base: Object::new(&PyDict_Type),
            ma_used: Cell::new(used as isize),
            watcher_tag: Cell::new(0),
            ma_keys: Cell::new(keys),
            ma_values: Cell::new(values),
        })
    }

    /// The table now. It is replaced when the dict grows: use it only until the next change or call into Python.
    #[inline(always)]
    pub fn table(&self) -> &Keys {
        // SAFETY: never null after construction; the table lives until it is replaced.
        unsafe { &*self.ma_keys.get() }
    }

    /// The values of a dict that shares its keys.
    #[inline(always)]
    pub(crate) fn split_values(&self) -> Option<&Values> {
        // SAFETY: null or values that the dict (or the instance that it belongs to) keeps.
        unsafe { self.ma_values.get().as_ref() }
    }

    /// Are the keys shared with other dicts?
    #[inline(always)]
    pub fn is_split(&self) -> bool {
        !self.ma_values.get().is_null()
    }

    /// Number of entries.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.ma_used.get() as usize
    }

    /// Empty?
    #[inline(always)]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    #[inline(always)]
    fn add_used(&self, delta: isize) {
        self.ma_used.set(self.ma_used.get() + delta);
    }

    /// The value of a key; hashing and comparing may run Python code.
    #[inline]
    pub fn get(&self, key: &Object) -> Result<Option<Ref<Object>>> {
        self.get_known_hash(key, hash_key(key)?)
    }

    /// As [`Dict::get`], with the key's hash.
    #[inline]
    pub fn get_known_hash(&self, key: &Object, hash: isize) -> Result<Option<Ref<Object>>> {
        let index = self.find(key, hash)?;
        Ok(self.value_ref(index))
    }

    /// The value of a string key. Runs no Python code and cannot fail when all keys are exact strings; otherwise as
    /// `get`, with an error read as absence after reporting it as unraisable.
    #[inline]
    pub fn get_str(&self, key: &Str) -> Option<Ref<Object>> {
        let table = self.table();
        if table.is_unicode() && key.downcast_exact::<Str>().is_some() {
            return self.value_ref(table.find_str(key, key.hash()));
        }
        self.get_str_slow(key)
    }

    #[cold]
    fn get_str_slow(&self, key: &Str) -> Option<Ref<Object>> {
        match self.get(key) {
            Ok(found) => found,
            Err(_) => {
                errors::write_unraisable("on dict look-up", None);
                None
            }
        }
    }

    /// Sets `self[key] = value`.
    #[inline]
    pub fn set(&self, key: &Object, value: &Object) -> Result<()> {
        self.insert(key.to_ref(), hash_key(key)?, value.to_ref())
    }

    /// Sets `self[key] = value`, taking over the references.
    #[inline]
    pub fn set_owned(&self, key: Ref<Object>, value: Ref<Object>) -> Result<()> {
        let hash = hash_key(&key)?;
        self.insert(key, hash, value)
    }

    /// As [`Dict::set`], with the key's hash.
    pub fn set_known_hash(&self, key: &Object, hash: isize, value: &Object) -> Result<()> {
        self.insert(key.to_ref(), hash, value.to_ref())
    }

    /// Sets a string key.
    #[inline]
    pub fn set_str(&self, key: &Str, value: &Object) -> Result<()> {
        self.set(key, value)
    }

    /// Removes a key; false when it is absent.
    pub fn remove(&self, key: &Object) -> Result<bool> {
        Ok(self.pop_known_hash(key, hash_key(key)?)?.is_some())
    }

    /// Removes a key and gives its value.
    pub fn pop(&self, key: &Object) -> Result<Option<Ref<Object>>> {
        if self.is_empty() {
            return Ok(None);
        }
        self.pop_known_hash(key, hash_key(key)?)
    }

    /// As [`Dict::pop`], with the key's hash.
    pub fn pop_known_hash(&self, key: &Object, hash: isize) -> Result<Option<Ref<Object>>> {
        let index = self.find(key, hash)?;
        Ok(self.take_at(index, hash))
    }

    /// `setdefault`.
    pub fn set_default(&self, key: &Object, default: &Object) -> Result {
        let hash = hash_key(key)?;
        if let Some(found) = self.get_known_hash(key, hash)? {
            return Ok(found);
        }
        self.insert_absent(key.to_ref(), hash, default.to_ref())?;
        Ok(default.to_ref())
    }

    /// Is the key there?
    pub fn contains(&self, key: &Object) -> Result<bool> {
        self.contains_known_hash(key, hash_key(key)?)
    }

    /// As [`Dict::contains`], with the key's hash.
    pub fn contains_known_hash(&self, key: &Object, hash: isize) -> Result<bool> {
        let index = self.find(key, hash)?;
        Ok(self.peek_value(index).is_some())
    }

    /// Is the string key there? As [`Dict::get_str`].
    pub fn contains_str(&self, key: &Str) -> bool {
        self.get_str(key).is_some()
    }

    /// The entry at or after a position, which moves on (`PyDict_Next`); start with 0.
    pub fn next(&self, position: &mut usize) -> Option<(Ref<Object>, Ref<Object>)> {
        let (key, value) = self.next_pair(position)?;
        Some((key.to_ref(), value.to_ref()))
    }

    /// The table index of the entry at or after a position, which moves on.
    #[inline]
    pub(crate) fn next_index(&self, position: &mut usize) -> Option<usize> {
        if let Some(values) = self.split_values() {
            if *position >= values.len() {
                return None;
            }
            *position += 1;
            return Some(values.nth_index(*position - 1));
        }
        let table = self.table();
        while *position < table.entry_count() {
            *position += 1;
            if table.value_at(*position - 1).is_some() {
                return Some(*position - 1);
            }
        }
        None
    }

    /// The table index of the entry before a position, which moves back; start with [`Dict::end_position`].
    pub(crate) fn previous_index(&self, position: &mut usize) -> Option<usize> {
        if let Some(values) = self.split_values() {
            *position = (*position).min(values.len()).checked_sub(1)?;
            return Some(values.nth_index(*position));
        }
        let table = self.table();
        *position = (*position).min(table.entry_count());
        while *position > 0 {
            *position -= 1;
            if table.value_at(*position).is_some() {
                return Some(*position);
            }
        }
        None
    }

    /// The key and value at a table index, borrowed until the dict changes.
    #[inline(always)]
    pub(crate) fn entry_at(&self, index: usize) -> Option<(&Object, &Object)> {
        Some((self.table().key_at(index)?, self.value_at(index)?))
    }

    /// As [`Dict::next`] with borrowed objects, and the hash; they are good until the dict changes.
    #[inline]
    pub(crate) fn next_entry(&self, position: &mut usize) -> Option<(&Object, &Object, isize)> {
        let index = self.next_index(position)?;
        let (key, value) = self.entry_at(index)?;
        Some((key, value, self.table().hash_at(index)))
    }

    /// As [`Dict::next_entry`] without the hash.
    #[inline]
    pub(crate) fn next_pair(&self, position: &mut usize) -> Option<(&Object, &Object)> {
        let index = self.next_index(position)?;
        self.entry_at(index)
    }

    /// Where [`Dict::previous_index`] starts.
    pub(crate) fn end_position(&self) -> usize {
        self.split_values().map_or_else(|| self.table().entry_count(), Values::len)
    }

    /// A snapshot of all entries.
    pub fn items(&self) -> Vec<(Ref<Object>, Ref<Object>)> {
        let mut all = Vec::with_capacity(self.len());
        let mut position = 0;
        all.extend(core::iter::from_fn(|| self.next(&mut position)));
        all
    }

    /// A snapshot of all keys.
    pub fn keys(&self) -> Vec<Ref<Object>> {
        let mut all = Vec::with_capacity(self.len());
        let mut position = 0;
        all.extend(core::iter::from_fn(|| self.next_pair(&mut position).map(|(key, _)| key.to_ref())));
        all
    }

    /// A snapshot of all values.
    pub fn values(&self) -> Vec<Ref<Object>> {
        let mut all = Vec::with_capacity(self.len());
        let mut position = 0;
        all.extend(core::iter::from_fn(|| self.next_pair(&mut position).map(|(_, value)| value.to_ref())));
        all
    }

    /// Removes all entries.
    pub fn clear(&self) {
        let old = self.ma_keys.get();
        match self.split_values() {
            Some(values) if values.is_embedded() => {
                self.ma_used.set(0);
                values.clear();
            }
            Some(values) => {
                let values = core::ptr::from_ref(values);
                self.ma_values.set(core::ptr::null());
                self.ma_keys.set(Keys::empty());
                self.ma_used.set(0);
                // SAFETY: taken out of the dict just now.
                unsafe {
                    Values::release(values);
                    Keys::release(old);
                }
            }
            None => {
                self.ma_keys.set(Keys::empty());
                self.ma_used.set(0);
                // SAFETY: taken out of the dict just now.
                unsafe { Keys::release(old) };
            }
        }
    }

    /// Bytes of the dict for `__sizeof__`.
    pub fn size_of(&self) -> usize {
        let mut size = self.ty().tp_basicsize.get() as usize;
        let table = self.table();
        if self.is_split() {
            size += table.shared_capacity() * size_of::<usize>();
        }
        if table.refs() == 1 && !core::ptr::eq(table, Keys::empty()) {
            size += table.size_of();
        }
        size
    }

    /// The version of the keys for inline caches; zero when there is none to be had.
    pub fn keys_version(&self) -> u32 {
        self.table().version_for_cache()
    }

    /// The value at an index of the table, borrowed; good until the dict changes. For inline caches.
    #[inline(always)]
    pub fn value_at(&self, index: usize) -> Option<&Object> {
        match self.split_values() {
            Some(values) if index < values.capacity() => values.peek(index),
            Some(_) => None,
            None => self.table().value_at(index),
        }
    }

    /// Replaces the value of an entry that is there: false when it is not. For inline caches.
    #[inline]
    pub fn replace_at(&self, index: usize, value: &Object) -> bool {
        if self.value_at(index).is_none() {
            return false;
        }
        self.replace_value(index, value.to_ref());
        true
    }
}

/// The index of a string among the keys of a table of strings.
#[inline]
pub fn lookup_in_keys(keys: &Keys, name: &Str) -> Option<usize> {
    keys.lookup(name)
}
