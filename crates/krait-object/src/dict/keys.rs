//! The tables behind dicts: a hash index of small integers into an array of entries in insertion order.
//!
//! One block of memory: [`Keys`], then `1 << log2_index_bytes` bytes of indices (8, 16, 32 or 64 bits each, by size),
//! then room for the entries. Entries of tables whose keys are all exact strings hold no hash, as the string has it.
//! A *shared* table has keys only; its values are in [`super::values::Values`] of each instance.
//!
//! Invariants: an index is [`EMPTY`], [`DUMMY`] or less than `entries`; an entry's key is null exactly when it was
//! deleted; `usable + entries` never exceeds the room for entries; the version is zero or names this set of keys at
//! these indices. Nothing here runs Python code, but dropping keys and values does.

use super::values::SHARED_MAX;
use crate::alloc;
use crate::errors;
use crate::object::Object;
use crate::result::Result;
use crate::str::Str;
use core::cell::Cell;
use core::ptr::NonNull;
use core::sync::atomic::{AtomicU32, Ordering};

/// Index of a slot never used.
pub const EMPTY: isize = -1;
/// Index of a slot whose entry was deleted.
pub const DUMMY: isize = -2;
/// Logarithm of the smallest table.
pub const LOG_MINSIZE: u8 = 3;
const PERTURB_SHIFT: u32 = 5;
const SHARED_LOG_SIZE: u8 = 6;

/// What a table holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Kind {
    /// Any keys; entries with hashes.
    General = 0,
    /// Exact strings only.
    Unicode = 1,
    /// Exact strings only; the values are elsewhere.
    Split = 2,
}

/// Head of a table (`PyDictKeysObject`).
#[repr(C)]
pub struct Keys {
    refs: Cell<usize>,
    log2_size: u8,
    log2_index_bytes: u8,
    kind: Kind,
    version: Cell<u32>,
    usable: Cell<isize>,
    entries: Cell<isize>,
}

const HEAD: usize = size_of::<Keys>();
const _: () = assert!(HEAD == 32);

#[repr(C)]
pub(super) struct UnicodeEntry {
    pub key: Cell<*mut Object>,
    pub value: Cell<*mut Object>,
}

#[repr(C)]
pub(super) struct GeneralEntry {
    pub hash: Cell<isize>,
    pub key: Cell<*mut Object>,
    pub value: Cell<*mut Object>,
}

#[repr(C)]
struct EmptyKeys {
    head: Keys,
    indices: [u8; 8],
}

// SAFETY: never written.
unsafe impl Sync for EmptyKeys {}

/// The table of all empty dicts; it has no room, so the first insertion replaces it.
static EMPTY_KEYS: EmptyKeys = EmptyKeys {
    head: Keys {
        refs: Cell::new(1),
        log2_size: 0,
        log2_index_bytes: 3,
        kind: Kind::Unicode,
        version: Cell::new(1),
        usable: Cell::new(0),
        entries: Cell::new(0),
    },
    indices: [0xff; 8],
};

static NEXT_VERSION: AtomicU32 = AtomicU32::new(2);

/// Entries that a table with `size` slots takes.
#[inline(always)]
pub fn usable_fraction(size: usize) -> usize {
    (size << 1) / 3
}

/// Logarithm of the smallest table with at least `size` slots.
pub fn log2_for_size(size: usize) -> u8 {
    (usize::BITS - ((size.max(1) - 1) | 7).leading_zeros()) as u8
}

/// Logarithm of the smallest table that takes `count` entries.
pub fn log2_for_count(count: usize) -> u8 {
    log2_for_size((count * 3).div_ceil(2))
}

/// The walk over the slots that a hash may be in.
pub(super) struct Probe {
    mask: usize,
    perturb: usize,
    pub slot: usize,
}

impl Probe {
    #[inline(always)]
    pub fn new(mask: usize, hash: isize) -> Probe {
        Probe { mask, perturb: hash as usize, slot: hash as usize & mask }
    }

    #[inline(always)]
    pub fn advance(&mut self) {
        self.perturb >>= PERTURB_SHIFT;
        self.slot = self.slot.wrapping_mul(5).wrapping_add(self.perturb).wrapping_add(1) & self.mask;
    }
}

impl Keys {
    /// The table of empty dicts.
    pub fn empty() -> *const Keys {
        &raw const EMPTY_KEYS.head
    }

    /// A new table without entries.
    pub fn alloc(log2_size: u8, kind: Kind) -> Result<NonNull<Keys>> {
        if log2_size >= 58 {
            return Err(errors::memory_error());
        }
        let log2_index_bytes = log2_size + Keys::index_width_log2(log2_size);
        let room = usable_fraction(1 << log2_size);
        let block = alloc::malloc(Keys::block_size(log2_index_bytes, room, kind)).cast::<Keys>();
        let Some(keys) = NonNull::new(block) else { return Err(errors::memory_error()) };
        let usable = if kind == Kind::Split { SHARED_MAX.min(room) } else { room };
        // SAFETY: the block has room for the head and the indices.
        unsafe {
            keys.write(Keys {
                refs: Cell::new(1),
                log2_size,
                log2_index_bytes,
                kind,
                version: Cell::new(0),
                usable: Cell::new(usable as isize),
                entries: Cell::new(0),
            });
            core::ptr::write_bytes(keys.as_ptr().add(1).cast::<u8>(), 0xff, 1 << log2_index_bytes);
        }
        Ok(keys)
    }

    /// A new shared table for the instances of a class.
    pub fn alloc_shared() -> Result<NonNull<Keys>> {
        Keys::alloc(SHARED_LOG_SIZE, Kind::Split)
    }

    const fn index_width_log2(log2_size: u8) -> u8 {
        match log2_size {
            0..8 => 0,
            8..16 => 1,
            16..32 => 2,
            _ => 3,
        }
    }

    fn block_size(log2_index_bytes: u8, room: usize, kind: Kind) -> usize {
        let entry = if kind == Kind::General { size_of::<GeneralEntry>() } else { size_of::<UnicodeEntry>() };
        HEAD + (1 << log2_index_bytes) + room * entry
    }

    /// Bytes of the table, for `__sizeof__`.
    pub fn size_of(&self) -> usize {
        Keys::block_size(self.log2_index_bytes, usable_fraction(self.size()), self.kind)
    }

    /// What the table holds.
    #[inline(always)]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// All keys exact strings?
    #[inline(always)]
    pub fn is_unicode(&self) -> bool {
        self.kind != Kind::General
    }

    /// Number of slots.
    #[inline(always)]
    pub fn size(&self) -> usize {
        1 << self.log2_size
    }

    /// Logarithm of the number of slots.
    pub(super) fn log2_size(&self) -> u8 {
        self.log2_size
    }

    #[inline(always)]
    pub(super) fn mask(&self) -> usize {
        self.size() - 1
    }

    /// Entries made so far, deleted ones too.
    #[inline(always)]
    pub fn entry_count(&self) -> usize {
        self.entries.get() as usize
    }

    /// Entries that can still be made.
    #[inline(always)]
    pub(super) fn usable(&self) -> isize {
        self.usable.get()
    }

    /// Makes one future entry impossible: instances made from now on have room for one value less.
    pub(super) fn shrink_usable(&self) {
        if self.usable.get() > 1 {
            self.usable.set(self.usable.get() - 1);
        }
    }

    /// Entries that a shared table can have at most.
    #[inline(always)]
    pub fn shared_capacity(&self) -> usize {
        (self.entries.get() + self.usable.get()) as usize
    }

    /// Owners of the table.
    pub(super) fn refs(&self) -> usize {
        self.refs.get()
    }

    #[inline(always)]
    pub(super) fn retain(&self) {
        if !core::ptr::eq(self, Keys::empty()) {
            self.refs.set(self.refs.get() + 1);
        }
    }

    /// The version, zero if none is assigned.
    #[inline(always)]
    pub fn version(&self) -> u32 {
        self.version.get()
    }

    /// The version of the keys as they are now, assigned if need be; zero when versions have run out. It changes when
    /// a key is added or removed, not when a value is replaced.
    pub fn version_for_cache(&self) -> u32 {
        if self.version.get() == 0 {
            let next = NEXT_VERSION.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |v| v.checked_add(1));
            self.version.set(next.unwrap_or(0));
        }
        self.version.get()
    }

    #[inline(always)]
    pub(super) fn invalidate_version(&self) {
        self.version.set(0);
    }

    #[inline(always)]
    fn indices(&self) -> *mut u8 {
        core::ptr::from_ref(self).cast_mut().wrapping_add(1).cast::<u8>()
    }

    /// What a slot holds.
    #[inline(always)]
    pub(super) fn index(&self, slot: usize) -> isize {
        debug_assert!(slot < self.size());
        let base = self.indices();
        // SAFETY: the slot is masked to the table's size, and the width follows from the size.
        unsafe {
            match self.log2_size {
                0..8 => isize::from(base.cast::<i8>().add(slot).read()),
                8..16 => isize::from(base.cast::<i16>().add(slot).read()),
                16..32 => base.cast::<i32>().add(slot).read() as isize,
                _ => base.cast::<i64>().add(slot).read() as isize,
            }
        }
    }

    #[inline(always)]
    pub(super) fn set_index(&self, slot: usize, index: isize) {
        debug_assert!(slot < self.size() && !core::ptr::eq(self, Keys::empty()));
        let base = self.indices();
        // SAFETY: as in `index`; the table is not the static one.
        unsafe {
            match self.log2_size {
                0..8 => base.cast::<i8>().add(slot).write(index as i8),
                8..16 => base.cast::<i16>().add(slot).write(index as i16),
                16..32 => base.cast::<i32>().add(slot).write(index as i32),
                _ => base.cast::<i64>().add(slot).write(index as i64),
            }
        }
    }

    #[inline(always)]
    fn entries_ptr(&self) -> *mut u8 {
        self.indices().wrapping_add(1 << self.log2_index_bytes)
    }

    /// An entry of a table of strings. The index is below the room for entries.
    #[inline(always)]
    pub(super) fn unicode_entry(&self, index: usize) -> &UnicodeEntry {
        debug_assert!(self.is_unicode());
        // SAFETY: callers pass indices of entries, or of the entry that they are about to write.
        unsafe { &*self.entries_ptr().cast::<UnicodeEntry>().add(index) }
    }

    /// An entry of a general table. The index is below the room for entries.
    #[inline(always)]
    pub(super) fn general_entry(&self, index: usize) -> &GeneralEntry {
        debug_assert!(!self.is_unicode());
        // SAFETY: as in `unicode_entry`.
        unsafe { &*self.entries_ptr().cast::<GeneralEntry>().add(index) }
    }

    /// The key of an entry, null if it was deleted.
    #[inline(always)]
    pub(super) fn key_ptr(&self, index: usize) -> *mut Object {
        if self.is_unicode() {
            self.unicode_entry(index).key.get()
        } else {
            self.general_entry(index).key.get()
        }
    }

    /// The value of an entry of a table that is not shared, null if it was deleted.
    #[inline(always)]
    pub(super) fn value_cell(&self, index: usize) -> &Cell<*mut Object> {
        if self.is_unicode() { &self.unicode_entry(index).value } else { &self.general_entry(index).value }
    }

    /// The hash of the key of an entry that is not deleted.
    #[inline(always)]
    pub(super) fn hash_at(&self, index: usize) -> isize {
        if self.is_unicode() {
            // SAFETY: keys of tables of strings are exact strings, alive while they are in the table.
            unsafe { &*self.unicode_entry(index).key.get().cast::<Str>() }.hash()
        } else {
            self.general_entry(index).hash.get()
        }
    }

    /// The key at an index, borrowed from the table. For inline caches.
    #[inline(always)]
    pub fn key_at(&self, index: usize) -> Option<&Object> {
        if index >= self.entry_count() {
            return None;
        }
        // SAFETY: null or a key that the table owns.
        unsafe { self.key_ptr(index).as_ref() }
    }

    /// The value at an index, borrowed from the table. For inline caches.
    #[inline(always)]
    pub fn value_at(&self, index: usize) -> Option<&Object> {
        if index >= self.entry_count() {
            return None;
        }
        // SAFETY: null or a value that the table owns.
        unsafe { self.value_cell(index).get().as_ref() }
    }

    /// The entry of an exact string in a table of strings, or [`EMPTY`]. Runs no Python code.
    #[inline]
    pub(super) fn find_str(&self, key: &Str, hash: isize) -> isize {
        debug_assert!(self.is_unicode());
        let wanted = core::ptr::from_ref(key);
        let mut probe = Probe::new(self.mask(), hash);
        loop {
            let index = self.index(probe.slot);
            if index >= 0 {
                let found = self.unicode_entry(index as usize).key.get().cast::<Str>();
                // SAFETY: entries that indices point to have a key, an exact string.
                if core::ptr::eq(found, wanted) || unsafe { same_text(&*found, key, hash) } {
                    return index;
                }
            } else if index == EMPTY {
                return EMPTY;
            }
            probe.advance();
        }
    }

    /// The index of a string among the keys. Runs no Python code; `None` also for general tables.
    pub fn lookup(&self, key: &Str) -> Option<usize> {
        if !self.is_unicode() || key.downcast_exact::<Str>().is_none() {
            return None;
        }
        usize::try_from(self.find_str(key, key.hash())).ok()
    }

    /// The slot that holds an index.
    pub(super) fn slot_of_index(&self, hash: isize, index: isize) -> usize {
        let mut probe = Probe::new(self.mask(), hash);
        while self.index(probe.slot) != index {
            debug_assert!(self.index(probe.slot) != EMPTY);
            probe.advance();
        }
        probe.slot
    }

    #[inline(always)]
    fn free_slot(&self, hash: isize) -> usize {
        let mut probe = Probe::new(self.mask(), hash);
        while self.index(probe.slot) >= 0 {
            probe.advance();
        }
        probe.slot
    }

    /// Adds an entry; takes over the references. There is room, and the key is not there.
    #[inline]
    pub(super) fn add_entry(&self, key: *mut Object, hash: isize, value: *mut Object) -> usize {
        debug_assert!(self.usable.get() > 0);
        let index = self.entries.get();
        self.set_index(self.free_slot(hash), index);
        if self.is_unicode() {
            let entry = self.unicode_entry(index as usize);
            entry.key.set(key);
            entry.value.set(value);
        } else {
            let entry = self.general_entry(index as usize);
            entry.hash.set(hash);
            entry.key.set(key);
            entry.value.set(value);
        }
        self.invalidate_version();
        self.usable.set(self.usable.get() - 1);
        self.entries.set(index + 1);
        index as usize
    }

    /// The index of a string in a shared table, added if there is room; `None` when there is none.
    #[inline]
    pub(super) fn insert_shared(&self, key: &Str, hash: isize) -> Option<usize> {
        debug_assert!(self.kind == Kind::Split);
        let found = self.find_str(key, hash);
        if found >= 0 {
            return Some(found as usize);
        }
        if self.usable.get() <= 0 {
            return None;
        }
        Some(self.add_entry(key.to_ref().into_raw(), hash, core::ptr::null_mut()))
    }

    /// Empties the last entry's place (`popitem`): the entry's references are the caller's now.
    pub(super) fn truncate_entries(&self, count: usize) {
        self.entries.set(count as isize);
    }

    /// Copies the entries that are not deleted to a table that has none, moving the references. A table of strings may
    /// go to a general one.
    pub(super) fn move_entries_to(&self, target: &Keys) {
        let mut count = 0;
        for index in 0..self.entry_count() {
            let value = self.value_cell(index).get();
            if value.is_null() {
                continue;
            }
            let (key, hash) = (self.key_ptr(index), self.hash_at(index));
            debug_assert!(target.usable.get() > 0);
            target.set_index(target.free_slot(hash), count);
            if target.is_unicode() {
                let entry = target.unicode_entry(count as usize);
                entry.key.set(key);
                entry.value.set(value);
            } else {
                let entry = target.general_entry(count as usize);
                entry.hash.set(hash);
                entry.key.set(key);
                entry.value.set(value);
            }
            count += 1;
        }
        target.entries.set(count);
        target.usable.set(target.usable.get() - count);
    }

    /// A copy of a table that is not shared, with new references to all keys and values.
    pub(super) fn duplicate(&self) -> Result<NonNull<Keys>> {
        debug_assert!(self.kind != Kind::Split);
        if core::ptr::eq(self, Keys::empty()) {
            return Ok(NonNull::from(self));
        }
        let size = self.size_of();
        let Some(block) = NonNull::new(alloc::malloc(size).cast::<Keys>()) else {
            return Err(errors::memory_error());
        };
        let entry = if self.is_unicode() { size_of::<UnicodeEntry>() } else { size_of::<GeneralEntry>() };
        let used = HEAD + (1 << self.log2_index_bytes) + self.entry_count() * entry;
        // SAFETY: both blocks are `size` bytes long; entries beyond the used ones are never read.
        unsafe {
            core::ptr::copy_nonoverlapping(
                core::ptr::from_ref(self).cast::<u8>(),
                block.as_ptr().cast::<u8>(),
                used,
            );
        }
        // SAFETY: initialised just now.
        let copy = unsafe { block.as_ref() };
        copy.refs.set(1);
        copy.version.set(0);
        for index in 0..copy.entry_count() {
            // SAFETY: null or an object that the original owns.
            unsafe {
                if let Some(value) = copy.value_cell(index).get().as_ref() {
                    value.incref();
                    (*copy.key_ptr(index)).incref();
                }
            }
        }
        Ok(block)
    }

    /// Gives one ownership back; the last one drops keys and values, which may run Python code.
    ///
    /// # Safety
    /// The caller owns one count of the table and does not use it afterwards.
    pub unsafe fn release(this: *const Keys) {
        if core::ptr::eq(this, Keys::empty()) {
            return;
        }
        // SAFETY: owned by the caller, hence alive.
        let keys = unsafe { &*this };
        keys.refs.set(keys.refs.get() - 1);
        if keys.refs.get() > 0 {
            return;
        }
        for index in 0..keys.entry_count() {
            let (key, value) = (keys.key_ptr(index), keys.value_cell(index).get());
            // SAFETY: null or references that the table owns, given up once.
            unsafe {
                if let Some(key) = NonNull::new(key) {
                    Object::decref(key);
                }
                if let Some(value) = NonNull::new(value) {
                    Object::decref(value);
                }
            }
        }
        // SAFETY: nobody owns the table any more.
        unsafe { Keys::free_block(this) };
    }

    /// Frees the memory of a table whose entries were moved away.
    ///
    /// # Safety
    /// The caller is the only owner, and the table is not used afterwards.
    pub(super) unsafe fn free_block(this: *const Keys) {
        if !core::ptr::eq(this, Keys::empty()) {
            // SAFETY: the caller's promise; the block came from the same allocator.
            unsafe { alloc::free(this.cast_mut().cast()) };
        }
    }
}

#[inline(always)]
fn same_text(found: &Str, key: &Str, hash: isize) -> bool {
    found.hash() == hash && found.eq(key)
}
