//! Adding and removing entries, and growing tables.

use super::Dict;
use super::keys::{DUMMY, EMPTY, Keys, Kind, LOG_MINSIZE, log2_for_size};
use super::values::Values;
use crate::object::Object;
use crate::reference::Ref;
use crate::result::Result;
use crate::str::Str;
use core::ptr::NonNull;

impl Dict {
    /// Sets a key whose hash is known.
    #[inline]
    pub(crate) fn insert(&self, key: Ref<Object>, hash: isize, value: Ref<Object>) -> Result<()> {
        if self.is_split() {
            return self.insert_split(key, hash, value);
        }
        let index = self.find(&key, hash)?;
        // The comparison may have run code that changed the dict, but what the search says of it is true.
        if self.peek_value(index).is_some() {
            self.replace_value(index as usize, value);
            return Ok(());
        }
        self.insert_absent(key, hash, value)
    }

    #[inline(never)]
    fn insert_split(&self, key: Ref<Object>, hash: isize, value: Ref<Object>) -> Result<()> {
        if key.downcast_exact::<Str>().is_none() {
            let index = self.find(&key, hash)?;
            if self.peek_value(index).is_some() {
                self.replace_value(index as usize, value);
                return Ok(());
            }
        }
        self.insert_absent(key, hash, value)
    }

    /// Puts a value in the place of an old one, or of none in a shared table.
    #[inline]
    pub(super) fn replace_value(&self, index: usize, value: Ref<Object>) {
        if let Some(values) = self.split_values() {
            let old = values.replace(index, Some(value));
            if old.is_none() {
                self.add_used(1);
            }
            drop(old);
            return;
        }
        let old = self.table().value_cell(index).replace(value.into_raw());
        // SAFETY: the table owned the old value.
        drop(unsafe { Ref::from_owned_opt(old) });
    }

    /// Adds a key that the dict does not have (in a split dict: that is an exact string, or absent). Runs no Python
    /// code but for dropping what was replaced.
    pub(super) fn insert_absent(&self, key: Ref<Object>, hash: isize, value: Ref<Object>) -> Result<()> {
        let text = key.downcast_exact::<Str>();
        if self.is_split() {
            if let Some(text) = text {
                if let Some(index) = self.table().insert_shared(text, hash) {
                    self.replace_value(index, value);
                    return Ok(());
                }
            }
            self.grow(text.is_some())?;
        } else if self.table().is_unicode() && text.is_none() {
            self.grow(false)?;
        } else if self.table().usable() <= 0 {
            self.grow(self.table().is_unicode())?;
        }
        self.table().add_entry(key.into_raw(), hash, value.into_raw());
        self.add_used(1);
        Ok(())
    }

    #[cold]
    #[inline(never)]
    fn grow(&self, unicode: bool) -> Result<()> {
        self.resize(log2_for_size(self.len() * 3), unicode)
    }

    /// Moves the entries to a new table that is not shared. `unicode`: the new table is for strings if the old one is.
    pub(super) fn resize(&self, log2_size: u8, unicode: bool) -> Result<()> {
        let old = self.ma_keys.get();
        let unicode = unicode && self.table().is_unicode();
        let made =
            Keys::alloc(log2_size.max(LOG_MINSIZE), if unicode { Kind::Unicode } else { Kind::General })?;
        // SAFETY: allocated just now.
        let target = unsafe { made.as_ref() };
        match self.split_values() {
            Some(values) => {
                move_split_entries(self.table(), values, target);
                let values = core::ptr::from_ref(values);
                self.ma_values.set(core::ptr::null());
                self.ma_keys.set(made.as_ptr());
                // SAFETY: the dict owned its values, if they are not an instance's, and one count of the keys.
                unsafe {
                    if (*values).is_embedded() {
                        (*values).invalidate();
                    } else {
                        Values::release(values);
                    }
                    Keys::release(old);
                }
            }
            None => {
                self.table().move_entries_to(target);
                self.ma_keys.set(made.as_ptr());
                // SAFETY: tables that are not shared have one owner; the entries were moved.
                unsafe { Keys::free_block(old) };
            }
        }
        Ok(())
    }

    /// Takes the entry at an index that a look-up of `hash` gave; `None` when there is none.
    pub(super) fn take_at(&self, index: isize, hash: isize) -> Option<Ref<Object>> {
        self.peek_value(index)?;
        let index_usize = index as usize;
        if let Some(values) = self.split_values() {
            let old = values.replace(index_usize, None);
            self.add_used(-1);
            return old;
        }
        let table = self.table();
        table.set_index(table.slot_of_index(hash, index), DUMMY);
        let key = self.unlink_entry(index_usize);
        let value = table.value_cell(index_usize).replace(core::ptr::null_mut());
        table.invalidate_version();
        self.add_used(-1);
        drop(key);
        // SAFETY: the table owned the value.
        unsafe { Ref::from_owned_opt(value) }
    }

    fn unlink_entry(&self, index: usize) -> Option<Ref<Object>> {
        let table = self.table();
        let cell = if table.is_unicode() {
            &table.unicode_entry(index).key
        } else {
            &table.general_entry(index).key
        };
        // SAFETY: the table owned the key.
        unsafe { Ref::from_owned_opt(cell.replace(core::ptr::null_mut())) }
    }

    /// Takes the last entry (`popitem`).
    pub fn pop_last(&self) -> Result<Option<(Ref<Object>, Ref<Object>)>> {
        if self.is_empty() {
            return Ok(None);
        }
        if self.is_split() {
            self.resize(self.table().log2_size(), true)?;
        }
        let table = self.table();
        let mut count = table.entry_count();
        while count > 0 && table.value_at(count - 1).is_none() {
            count -= 1;
        }
        let Some(index) = count.checked_sub(1) else { return Ok(None) };
        let slot = table.slot_of_index(table.hash_at(index), index as isize);
        table.set_index(slot, DUMMY);
        let key = self.unlink_entry(index);
        let value = table.value_cell(index).replace(core::ptr::null_mut());
        // The slot stays a dummy, so the room does not come back.
        table.truncate_entries(index);
        table.invalidate_version();
        self.add_used(-1);
        // SAFETY: the table owned the value.
        Ok(key.zip(unsafe { Ref::from_owned_opt(value) }))
    }
}

fn move_split_entries(keys: &Keys, values: &Values, target: &Keys) {
    for n in 0..values.len() {
        let index = values.nth_index(n);
        let key = keys.key_ptr(index);
        if let Some(key) = NonNull::new(key) {
            // SAFETY: the shared table owns the key; the target gets a reference of its own.
            unsafe { key.as_ref() }.incref();
            target.add_entry(key.as_ptr(), keys.hash_at(index), values.ptr(index));
        }
    }
    values.forget_all();
    debug_assert!(target.find_any() || target.entry_count() == 0);
}

impl Keys {
    fn find_any(&self) -> bool {
        (0..self.size()).any(|slot| self.index(slot) != EMPTY)
    }
}
