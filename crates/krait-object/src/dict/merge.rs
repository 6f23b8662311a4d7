//! `dict.update`, `dict.fromkeys`, copies.

use super::Dict;
use super::keys::{self, Keys, Kind};
use super::values::Values;
use crate::errors::{self, runtime_error, value_error};
use crate::exceptions::PyExc_TypeError;
use crate::object::Object;
use crate::reference::Ref;
use crate::result::Result;
use crate::set::Set;
use crate::str::Str;
use crate::{id, list};

/// Updates from a mapping (anything with `keys`) or an iterable of pairs (`dict_update_arg`).
pub fn update_from(dict: &Dict, source: &Object) -> Result<()> {
    if source.downcast_exact::<Dict>().is_some() || source.get_attr_opt(id!("keys"))?.is_some() {
        return dict.merge(source, true);
    }
    dict.merge_pairs(source, true)
}

impl Dict {
    /// `dict.update` with a mapping; `override_` false keeps existing values.
    pub fn merge(&self, mapping: &Object, override_: bool) -> Result<()> {
        match mapping.downcast::<Dict>() {
            Some(other) if iterates_as_dict(mapping) => self.merge_dict(other, override_),
            _ => self.merge_mapping(mapping, override_),
        }
    }

    fn merge_dict(&self, other: &Dict, override_: bool) -> Result<()> {
        if core::ptr::eq(self, other) || other.is_empty() {
            return Ok(());
        }
        if self.is_empty() && !self.is_split() && self.take_clone(other)? {
            return Ok(());
        }
        let wanted = self.len() + other.len();
        if keys::usable_fraction(self.table().size()) < other.len() && !self.is_split() {
            self.resize(keys::log2_for_count(wanted), other.table().is_unicode())?;
        }
        let mut position = 0;
        let table = other.table().entry_count();
        loop {
            let (key, value, hash) = match other.next_entry(&mut position) {
                Some((key, value, hash)) => (key.to_ref(), value.to_ref(), hash),
                None => return Ok(()),
            };
            if override_ || !self.contains_known_hash(&key, hash)? {
                self.insert(key, hash, value)?;
            }
            if other.table().entry_count() != table {
                return Err(runtime_error("dict mutated during update"));
            }
        }
    }

    /// Takes a copy of the other's table as it is, where that is the fastest way to have its entries.
    fn take_clone(&self, other: &Dict) -> Result<bool> {
        let table = other.table();
        if other.is_split() || other.len() != table.entry_count() {
            return Ok(false);
        }
        let copy = table.duplicate()?;
        let old = self.ma_keys.replace(copy.as_ptr());
        self.ma_used.set(other.ma_used.get());
        // SAFETY: the dict owned its old table.
        unsafe { Keys::release(old) };
        Ok(true)
    }

    fn merge_mapping(&self, mapping: &Object, override_: bool) -> Result<()> {
        let keys = mapping.mapping_keys()?;
        let iterator = keys.iter()?;
        while let Some(key) = iterator.iter_next()? {
            if !override_ && self.contains(&key)? {
                continue;
            }
            let value = mapping.get_item(&key)?;
            self.set_owned(key, value)?;
        }
        Ok(())
    }

    /// Updates from an iterable of pairs (`PyDict_MergeFromSeq2`).
    pub fn merge_pairs(&self, pairs: &Object, override_: bool) -> Result<()> {
        let iterator = pairs.iter()?;
        let mut count = 0;
        while let Some(item) = iterator.iter_next()? {
            let fast = match list::fast(&item, "object is not iterable") {
                Ok(fast) => fast,
                Err(raised) => return Err(note_element(raised, count)),
            };
            let [key, value] = fast.as_slice() else {
                return Err(value_error(format!(
                    "dictionary update sequence element #{count} has length {}; 2 is required",
                    fast.len()
                )));
            };
            if override_ {
                self.set(key, value)?;
            } else {
                self.set_default(key, value)?;
            }
            count += 1;
        }
        Ok(())
    }

    /// A shallow copy (`PyDict_Copy`), an exact dict.
    pub fn copy(&self) -> Result<Ref<Dict>> {
        if self.is_empty() {
            return Ok(Dict::new());
        }
        if let Some(values) = self.split_values() {
            let copy = values.duplicate(self.table())?;
            self.table().retain();
            return Ok(Dict::from_parts(self.table(), copy.as_ptr(), self.len()));
        }
        if self.len() >= self.table().entry_count() * 2 / 3 {
            let copy = self.table().duplicate()?;
            return Ok(Dict::from_parts(copy.as_ptr(), core::ptr::null::<Values>(), self.len()));
        }
        let kind = if self.table().is_unicode() { Kind::Unicode } else { Kind::General };
        let compact = Keys::alloc(keys::log2_for_count(self.len()), kind)?;
        // SAFETY: allocated just now.
        let table = unsafe { compact.as_ref() };
        let mut position = 0;
        while let Some((key, value, hash)) = self.next_entry(&mut position) {
            table.add_entry(key.to_ref().into_raw(), hash, value.to_ref().into_raw());
        }
        Ok(Dict::from_parts(compact.as_ptr(), core::ptr::null::<Values>(), self.len()))
    }
}

/// Does the dict (or an instance of a subclass) iterate over its keys the usual way?
fn iterates_as_dict(mapping: &Object) -> bool {
    let own = super::methods::PyDict_Type.tp_iter.get();
    mapping.ty().tp_iter.get().map(|f| f as usize) == own.map(|f| f as usize)
}

#[cold]
fn note_element(raised: crate::Raised, count: usize) -> crate::Raised {
    if !errors::matches(&PyExc_TypeError) {
        return raised;
    }
    let exception = errors::fetch(raised);
    let note = Str::new(&format!("Cannot convert dictionary update sequence element #{count} to a sequence"));
    if exception.call_method(id!("add_note"), &[&note]).is_err() {
        errors::clear();
    }
    errors::restore(exception)
}

/// `dict.fromkeys`.
pub fn from_keys(class: &Object, iterable: &Object, value: &Object) -> Result {
    let made = class.call(&[])?;
    if let Some(dict) = made.downcast_exact::<Dict>() {
        if dict.is_empty() {
            if let Some(source) = iterable.downcast_exact::<Dict>() {
                let mut position = 0;
                let known = source.len();
                let unicode = source.table().is_unicode();
                dict.resize(keys::log2_for_count(known), unicode)?;
                loop {
                    let (key, hash) = match source.next_entry(&mut position) {
                        Some((key, _, hash)) => (key.to_ref(), hash),
                        None => return Ok(made),
                    };
                    dict.insert(key, hash, value.to_ref())?;
                }
            }
            if let Some(source) = iterable.downcast_exact::<Set>() {
                for (key, hash) in source.snapshot() {
                    dict.insert(key, hash, value.to_ref())?;
                }
                return Ok(made);
            }
        }
        let iterator = iterable.iter()?;
        while let Some(key) = iterator.iter_next()? {
            dict.set(&key, value)?;
        }
        return Ok(made);
    }
    let iterator = iterable.iter()?;
    while let Some(key) = iterator.iter_next()? {
        made.set_item(&key, value)?;
    }
    Ok(made)
}
