//! Finding keys. Comparing may run Python code that changes the dict: then the search starts again.

use super::Dict;
use super::keys::{EMPTY, Keys, Probe};
use crate::int::Int;
use crate::object::Object;
use crate::reference::Ref;
use crate::result::Result;
use crate::slots::CompareOp;
use crate::str::Str;

impl Dict {
    /// The index of a key, or [`EMPTY`]. In a shared table a key may be there without a value.
    #[inline]
    pub(super) fn find(&self, key: &Object, hash: isize) -> Result<isize> {
        if self.table().is_unicode() {
            if let Some(text) = key.downcast_exact::<Str>() {
                return Ok(self.table().find_str(text, hash));
            }
        }
        self.find_comparing(key, hash)
    }

    #[inline(never)]
    fn find_comparing(&self, key: &Object, hash: isize) -> Result<isize> {
        loop {
            if let Some(index) = self.search(key, hash)? {
                return Ok(index);
            }
            if self.table().is_unicode() {
                if let Some(text) = key.downcast_exact::<Str>() {
                    return Ok(self.table().find_str(text, hash));
                }
            }
        }
    }

    /// One pass; `None` when the dict changed on the way.
    fn search(&self, key: &Object, hash: isize) -> Result<Option<isize>> {
        let table: *const Keys = self.ma_keys.get();
        let mut probe = Probe::new(self.table().mask(), hash);
        loop {
            // `self.table()` is still `table` here: comparisons below return when it is not.
            let keys = self.table();
            let index = keys.index(probe.slot);
            if index == EMPTY {
                return Ok(Some(EMPTY));
            }
            if index >= 0 {
                let found = keys.key_ptr(index as usize);
                if core::ptr::eq(found, key) {
                    return Ok(Some(index));
                }
                if keys.hash_at(index as usize) == hash {
                    // SAFETY: an entry that an index points to has a key.
                    let start = unsafe { &*found }.to_ref();
                    match quick_equal(&start, key) {
                        Some(true) => return Ok(Some(index)),
                        Some(false) => {}
                        None => {
                            let equal = start.rich_compare_bool(key, CompareOp::Eq)?;
                            if !self.unchanged(table, index as usize, &start) {
                                return Ok(None);
                            }
                            if equal {
                                return Ok(Some(index));
                            }
                        }
                    }
                }
            }
            probe.advance();
        }
    }

    fn unchanged(&self, table: *const Keys, index: usize, key: &Object) -> bool {
        let now = self.table();
        core::ptr::eq(now, table) && index < now.entry_count() && core::ptr::eq(now.key_ptr(index), key)
    }

    /// The value at an index that a look-up gave, borrowed until the dict changes.
    #[inline(always)]
    pub(super) fn peek_value(&self, index: isize) -> Option<&Object> {
        if index < 0 {
            return None;
        }
        match self.split_values() {
            Some(values) => values.peek(index as usize),
            None => self.table().value_at(index as usize),
        }
    }

    /// A new reference to the value at an index that a look-up gave.
    #[inline(always)]
    pub(super) fn value_ref(&self, index: isize) -> Option<Ref<Object>> {
        self.peek_value(index).map(Object::to_ref)
    }
}

/// Equality of exact strings and of exact small ints, which runs no Python code; `None` for others.
#[inline]
pub(crate) fn quick_equal(a: &Object, b: &Object) -> Option<bool> {
    if let Some(x) = a.downcast_exact::<Int>() {
        let y = b.downcast_exact::<Int>()?;
        return Some(x.digits() == y.digits() && x.is_negative() == y.is_negative());
    }
    let x = a.downcast_exact::<Str>()?;
    Some(x.eq(b.downcast_exact::<Str>()?))
}
