//! `set` and `frozenset`. CPython: `Objects/setobject.c`.
//!
//! - this file: layout, the hash table, the face for native code
//! - `algebra`: operations between sets and iterables
//! - `methods`: the two types, slots and methods; `iterator`
//!
//! An open-addressing table of (key, hash), probed in short linear stretches, with CPython's sequence of places so that
//! iteration gives the same order. Invariants: a place is empty (null key, hash 0), deleted ([`DUMMY`], hash -1) or
//! owns its key; `fill` counts places that are not empty, `used` the owned ones; there is always an empty place.
//! Comparing keys may run Python code: the search starts again when the table changed.

mod algebra;
pub mod iterator;
pub mod methods;
#[cfg(test)]
mod tests;

use crate::alloc;
use crate::dict::{quick_equal, unhashable};
use crate::errors;
use crate::exceptions::PyExc_TypeError;
use crate::gc;
use crate::object::Object;
use crate::reference::Ref;
use crate::result::Result;
use crate::slots::CompareOp;
use crate::str::Str;
use crate::typeobj::TypeObject;
use crate::weakref::ListHead;
use core::cell::Cell;
use core::ffi::c_void;

pub use methods::{PyFrozenSet_Type, PySet_Type};

const SMALL: usize = 8;
const LINEAR_PROBES: usize = 9;
const PERTURB_SHIFT: u32 = 5;

/// `setentry`.
#[repr(C)]
struct Entry {
    key: Cell<*mut Object>,
    hash: Cell<isize>,
}

/// `PySetObject`, of sets and frozensets.
#[repr(C)]
pub struct Set {
    ob_base: Object,
    fill: Cell<isize>,
    used: Cell<isize>,
    mask: Cell<isize>,
    table: Cell<*const Entry>,
    /// The hash of a frozenset, -1 until computed.
    hash: Cell<isize>,
    /// Where `pop` goes on.
    finger: Cell<isize>,
    small: [Entry; SMALL],
    weakreflist: ListHead,
}

const _: () = assert!(size_of::<Set>() == 200);

// SAFETY: sets and frozensets share the layout.
unsafe impl crate::Typed for Set {
    fn type_object() -> &'static TypeObject {
        &PySet_Type
    }
    #[inline(always)]
    fn check(object: &Object) -> bool {
        let ty = object.type_ptr();
        core::ptr::eq(ty, &raw const PySet_Type)
            || core::ptr::eq(ty, &raw const PyFrozenSet_Type)
            || object.ty().is_subtype_of(&PySet_Type)
            || object.ty().is_subtype_of(&PyFrozenSet_Type)
    }
}

impl core::ops::Deref for Set {
    type Target = Object;
    fn deref(&self) -> &Object {
        &self.ob_base
    }
}

/// All types of this module.
pub static TYPES: &[&TypeObject] = &[&PySet_Type, &PyFrozenSet_Type, &iterator::PySetIter_Type];

/// The key of deleted places; never dereferenced.
#[inline(always)]
fn dummy() -> *mut Object {
    core::ptr::from_ref(crate::none()).cast_mut().wrapping_byte_add(1)
}

/// The outcome of a search.
enum Place {
    /// The entry of an equal key.
    Active(*const Entry),
    /// The empty place where the key would go.
    Unused(*const Entry),
}

/// The hash of an element; TypeError with set's wording when it has none.
#[inline(always)]
pub(crate) fn hash_element(key: &Object) -> Result<isize> {
    match key.downcast_exact::<Str>() {
        Some(text) => Ok(text.hash()),
        None => key.hash().map_err(|raised| unhashable(raised, key, "set element")),
    }
}

impl Set {
    /// An empty set.
    pub fn new() -> Ref<Set> {
        Set::of_type(&PySet_Type)
    }

    /// An empty set or frozenset.
    fn of_type(ty: &'static TypeObject) -> Ref<Set> {
        let set = alloc::new_object(Set {
            ob_base: Object::new(ty),
            fill: Cell::new(0),
            used: Cell::new(0),
            mask: Cell::new(SMALL as isize - 1),
            table: Cell::new(core::ptr::null()),
            hash: Cell::new(-1),
            finger: Cell::new(0),
            small: [const { Entry { key: Cell::new(core::ptr::null_mut()), hash: Cell::new(0) } }; SMALL],
            weakreflist: Cell::new(core::ptr::null_mut()),
        });
        set.table.set(set.small.as_ptr());
        gc::track(&set);
        set
    }

    /// Makes zeroed memory of a subclass's instance an empty set.
    fn init_zeroed(&self) {
        self.mask.set(SMALL as isize - 1);
        self.table.set(self.small.as_ptr());
        self.hash.set(-1);
    }

    /// A set of the items of an iterable.
    pub fn from_iterable(iterable: &Object) -> Result<Ref<Set>> {
        let set = Set::new();
        set.update(iterable)?;
        Ok(set)
    }

    /// A frozenset of the items of an iterable.
    pub fn frozen_from_iterable(iterable: &Object) -> Result<Ref<Set>> {
        let set = Set::of_type(&PyFrozenSet_Type);
        set.update(iterable)?;
        Ok(set)
    }

    /// A set with these items.
    pub fn from_slice(items: &[&Object]) -> Result<Ref<Set>> {
        let set = Set::new();
        for item in items {
            set.add(item)?;
        }
        Ok(set)
    }

    /// Number of elements.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.used.get() as usize
    }

    /// Empty?
    #[inline(always)]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    #[inline(always)]
    fn mask(&self) -> usize {
        self.mask.get() as usize
    }

    /// A place of the table. The index is at most the mask.
    #[inline(always)]
    fn entry(&self, index: usize) -> &Entry {
        debug_assert!(index <= self.mask());
        // SAFETY: the table has `mask + 1` places.
        unsafe { &*self.table.get().add(index) }
    }

    fn is_small(&self) -> bool {
        core::ptr::eq(self.table.get(), self.small.as_ptr())
    }

    /// Looks for a key.
    #[inline]
    fn find(&self, key: &Object, hash: isize) -> Result<Place> {
        loop {
            if let Some(place) = self.search(key, hash)? {
                return Ok(place);
            }
        }
    }

    /// One pass; `None` when the set changed on the way.
    #[inline]
    fn search(&self, key: &Object, hash: isize) -> Result<Option<Place>> {
        let table = self.table.get();
        let mask = self.mask();
        let mut perturb = hash as usize;
        let mut index = perturb & mask;
        loop {
            let probes = if index + LINEAR_PROBES <= mask { LINEAR_PROBES } else { 0 };
            for at in index..=index + probes {
                let entry = self.entry(at);
                let found = entry.key.get();
                if found.is_null() {
                    return Ok(Some(Place::Unused(entry)));
                }
                if entry.hash.get() != hash || core::ptr::eq(found, dummy()) {
                    continue;
                }
                if core::ptr::eq(found, key) {
                    return Ok(Some(Place::Active(entry)));
                }
                // SAFETY: neither empty nor deleted: an owned key.
                let start = unsafe { &*found }.to_ref();
                let equal = match quick_equal(&start, key) {
                    Some(equal) => equal,
                    None => {
                        let equal = start.rich_compare_bool(key, CompareOp::Eq)?;
                        let same = core::ptr::eq(table, self.table.get())
                            && mask == self.mask()
                            && core::ptr::eq(self.entry(at).key.get(), found);
                        if !same {
                            return Ok(None);
                        }
                        equal
                    }
                };
                if equal {
                    return Ok(Some(Place::Active(self.entry(at))));
                }
            }
            perturb >>= PERTURB_SHIFT;
            index = index.wrapping_mul(5).wrapping_add(1).wrapping_add(perturb) & mask;
        }
    }

    /// Adds an element; false when it was there.
    pub fn insert(&self, key: &Object) -> Result<bool> {
        self.insert_known_hash(key, hash_element(key)?)
    }

    /// Adds an element.
    pub fn add(&self, key: &Object) -> Result<()> {
        self.insert(key).map(|_| ())
    }

    fn insert_known_hash(&self, key: &Object, hash: isize) -> Result<bool> {
        let Place::Unused(place) = self.find(key, hash)? else { return Ok(false) };
        // SAFETY: a place of the table as it is now.
        let entry = unsafe { &*place };
        entry.key.set(key.to_ref().into_raw());
        entry.hash.set(hash);
        self.fill.set(self.fill.get() + 1);
        self.used.set(self.used.get() + 1);
        if self.fill.get() * 5 >= self.mask.get() * 3 {
            self.resize_for(self.growth())?;
        }
        Ok(true)
    }

    fn growth(&self) -> usize {
        if self.len() > 50_000 { self.len() * 2 } else { self.len() * 4 }
    }

    /// Rebuilds the table with room for more than `least` elements.
    fn resize_for(&self, least: usize) -> Result<()> {
        let mut size = SMALL;
        while size <= least {
            size = size.checked_mul(2).ok_or_else(errors::memory_error)?;
        }
        let (old, old_mask, was_small) = (self.table.get(), self.mask(), self.is_small());
        if size == SMALL && was_small && self.fill.get() == self.used.get() {
            return Ok(());
        }
        let mut moved: Vec<(*mut Object, isize)> = Vec::new();
        if size == SMALL {
            // The small table may be the source, too.
            moved.extend(self.raw_entries());
            self.small.iter().for_each(Entry::clear);
            self.table.set(self.small.as_ptr());
        } else {
            let block = alloc::calloc(size.saturating_mul(size_of::<Entry>()));
            if block.is_null() {
                return Err(errors::memory_error());
            }
            self.table.set(block.cast());
        }
        self.mask.set(size as isize - 1);
        self.fill.set(self.used.get());
        if size == SMALL {
            moved.iter().for_each(|&(key, hash)| self.insert_clean(key, hash));
        } else {
            for index in 0..=old_mask {
                // SAFETY: the old table is intact.
                let entry = unsafe { &*old.add(index) };
                if entry.is_active() {
                    self.insert_clean(entry.key.get(), entry.hash.get());
                }
            }
        }
        if was_small {
            if size != SMALL {
                self.small.iter().for_each(Entry::clear);
            }
        } else {
            // SAFETY: an allocated table that nobody uses any more.
            unsafe { alloc::free(old.cast_mut().cast::<c_void>()) };
        }
        Ok(())
    }

    /// Puts a key that is not there into a table without deleted places; takes over the reference.
    fn insert_clean(&self, key: *mut Object, hash: isize) {
        let mask = self.mask();
        let mut perturb = hash as usize;
        let mut index = perturb & mask;
        loop {
            let probes = if index + LINEAR_PROBES <= mask { LINEAR_PROBES } else { 0 };
            for at in index..=index + probes {
                let entry = self.entry(at);
                if entry.key.get().is_null() {
                    entry.key.set(key);
                    entry.hash.set(hash);
                    return;
                }
            }
            perturb >>= PERTURB_SHIFT;
            index = index.wrapping_mul(5).wrapping_add(1).wrapping_add(perturb) & mask;
        }
    }

    fn raw_entries(&self) -> impl Iterator<Item = (*mut Object, isize)> + '_ {
        (0..=self.mask())
            .map(|index| self.entry(index))
            .filter(|entry| entry.is_active())
            .map(|entry| (entry.key.get(), entry.hash.get()))
    }

    /// The element at or after a position, which moves on; good until the set changes.
    #[inline]
    pub(crate) fn next_entry(&self, position: &mut usize) -> Option<(&Object, isize)> {
        while *position <= self.mask() {
            let entry = self.entry(*position);
            *position += 1;
            if entry.is_active() {
                // SAFETY: an owned key.
                return Some((unsafe { &*entry.key.get() }, entry.hash.get()));
            }
        }
        None
    }

    /// All elements with their hashes.
    pub fn snapshot(&self) -> Vec<(Ref<Object>, isize)> {
        let mut all = Vec::with_capacity(self.len());
        let mut position = 0;
        while let Some((key, hash)) = self.next_entry(&mut position) {
            all.push((key.to_ref(), hash));
        }
        all
    }

    /// All elements.
    pub fn items(&self) -> Vec<Ref<Object>> {
        self.snapshot().into_iter().map(|(key, _)| key).collect()
    }

    /// Is it an element? A set stands for the frozenset of its elements.
    pub fn contains(&self, key: &Object) -> Result<bool> {
        self.contains_known_hash(key, self.hash_or_frozen(key)?)
    }

    /// The hash of a key to look for, where an unhashable set is hashed as a frozenset would be.
    fn hash_or_frozen(&self, key: &Object) -> Result<isize> {
        if let Some(text) = key.downcast_exact::<Str>() {
            return Ok(text.hash());
        }
        key.hash().or_else(|raised| match key.downcast::<Set>() {
            Some(set) if errors::matches(&PyExc_TypeError) => {
                errors::clear();
                Ok(set.frozen_hash())
            }
            _ => Err(unhashable(raised, key, "set element")),
        })
    }

    fn contains_known_hash(&self, key: &Object, hash: isize) -> Result<bool> {
        Ok(matches!(self.find(key, hash)?, Place::Active(_)))
    }

    /// Removes an element; false when it was not there.
    pub fn discard(&self, key: &Object) -> Result<bool> {
        self.discard_known_hash(key, self.hash_or_frozen(key)?)
    }

    fn discard_known_hash(&self, key: &Object, hash: isize) -> Result<bool> {
        let Place::Active(place) = self.find(key, hash)? else { return Ok(false) };
        // SAFETY: a place of the table as it is now.
        drop(self.take_entry(unsafe { &*place }));
        Ok(true)
    }

    fn take_entry(&self, entry: &Entry) -> Option<Ref<Object>> {
        let key = entry.key.replace(dummy());
        entry.hash.set(-1);
        self.used.set(self.used.get() - 1);
        // SAFETY: the place owned its key.
        unsafe { Ref::from_owned_opt(key) }
    }

    /// Removes some element.
    pub fn pop(&self) -> Option<Ref<Object>> {
        if self.is_empty() {
            return None;
        }
        let mask = self.mask();
        let mut index = self.finger.get() as usize & mask;
        while !self.entry(index).is_active() {
            index = if index == mask { 0 } else { index + 1 };
        }
        self.finger.set(index as isize + 1);
        self.take_entry(self.entry(index))
    }

    /// Removes all elements.
    pub fn clear(&self) {
        if self.fill.get() == 0 && self.is_small() {
            return;
        }
        let owned: Vec<*mut Object> = self.raw_entries().map(|(key, _)| key).collect();
        let (old, was_small) = (self.table.get(), self.is_small());
        self.small.iter().for_each(Entry::clear);
        self.table.set(self.small.as_ptr());
        self.mask.set(SMALL as isize - 1);
        self.fill.set(0);
        self.used.set(0);
        self.hash.set(-1);
        if !was_small && !old.is_null() {
            // SAFETY: an allocated table that nobody uses any more.
            unsafe { alloc::free(old.cast_mut().cast::<c_void>()) };
        }
        for key in owned {
            // SAFETY: taken out of the table, which owned it.
            drop(unsafe { Ref::from_owned_opt(key) });
        }
    }

    /// Adds all items of an iterable.
    pub fn update(&self, iterable: &Object) -> Result<()> {
        if let Some(other) = iterable.downcast::<Set>() {
            return self.merge(other);
        }
        if let Some(dict) = iterable.downcast_exact::<crate::Dict>() {
            if (self.len() + dict.len()) * 5 >= self.mask() * 3 {
                self.resize_for((self.len() + dict.len()) * 2)?;
            }
            let mut position = 0;
            loop {
                let (key, hash) = match dict.next_entry(&mut position) {
                    Some((key, _, hash)) => (key.to_ref(), hash),
                    None => return Ok(()),
                };
                self.insert_known_hash(&key, hash)?;
            }
        }
        let iterator = iterable.iter()?;
        while let Some(item) = iterator.iter_next()? {
            self.add(&item)?;
        }
        Ok(())
    }

    /// Adds all elements of another set.
    fn merge(&self, other: &Set) -> Result<()> {
        if core::ptr::eq(self, other) || other.is_empty() {
            return Ok(());
        }
        if (self.fill.get() + other.used.get()) * 5 >= self.mask.get() * 3 {
            self.resize_for((self.len() + other.len()) * 2)?;
        }
        if self.fill.get() == 0 {
            let same_shape = self.mask() == other.mask() && other.fill.get() == other.used.get();
            for index in 0..=other.mask() {
                let entry = other.entry(index);
                if !entry.is_active() {
                    continue;
                }
                // SAFETY: an owned key.
                unsafe { &*entry.key.get() }.incref();
                if same_shape {
                    self.entry(index).key.set(entry.key.get());
                    self.entry(index).hash.set(entry.hash.get());
                } else {
                    self.insert_clean(entry.key.get(), entry.hash.get());
                }
            }
            self.fill.set(other.used.get());
            self.used.set(other.used.get());
            return Ok(());
        }
        let mut position = 0;
        loop {
            let (key, hash) = match other.next_entry(&mut position) {
                Some((key, hash)) => (key.to_ref(), hash),
                None => return Ok(()),
            };
            self.insert_known_hash(&key, hash)?;
        }
    }

    /// The hash that a frozenset of these elements has.
    pub(crate) fn frozen_hash(&self) -> isize {
        let shuffle = |h: u64| ((h ^ 89_869_747) ^ (h << 16)).wrapping_mul(3_644_798_167);
        let mut position = 0;
        let mut hash = 0u64;
        while let Some((_, element)) = self.next_entry(&mut position) {
            hash ^= shuffle(element as u64);
        }
        hash ^= (self.len() as u64 + 1).wrapping_mul(1_927_868_237);
        hash ^= (hash >> 11) ^ (hash >> 25);
        hash = hash.wrapping_mul(69_069).wrapping_add(907_133_923);
        if hash == u64::MAX { 590_923_713 } else { hash as isize }
    }
}

impl Entry {
    #[inline(always)]
    fn is_active(&self) -> bool {
        let key = self.key.get();
        !key.is_null() && !core::ptr::eq(key, dummy())
    }

    fn clear(&self) {
        self.key.set(core::ptr::null_mut());
        self.hash.set(0);
    }
}

/// A frozenset of these items.
pub fn frozenset_from(items: Vec<Ref<Object>>) -> Result<Ref<Object>> {
    let set = Set::of_type(&PyFrozenSet_Type);
    for item in &items {
        set.add(item)?;
    }
    Ok(set.into_object())
}

crate::traverse!(traverse, Set, |this, v| {
    if !this.table.get().is_null() {
        let mut position = 0;
        while let Some((key, _)) = this.next_entry(&mut position) {
            v.visit(key)?;
        }
    }
});

unsafe extern "C" fn tp_clear(object: *mut Object) -> core::ffi::c_int {
    // SAFETY: called with a live instance.
    unsafe { &*object }.expect::<Set>().clear();
    0
}

unsafe extern "C" fn dealloc(object: *mut Object) {
    // SAFETY: a dead set, whose elements are given up once.
    unsafe {
        let set = &*object.cast::<Set>();
        gc::untrack(set);
        if !set.weakreflist.get().is_null() {
            crate::weakref::clear_refs(set);
        }
        if !set.table.get().is_null() {
            set.clear();
        }
        match set.ty().tp_free.get() {
            Some(free) => free(object.cast()),
            None => alloc::free_object(object),
        }
    }
}
