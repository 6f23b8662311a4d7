//! Values of dicts that share their keys with others (`PyDictValues`): an array of values by key index, and the order
//! in which they were set.
//!
//! Memory: four bytes of state, padding, `capacity` values, then `capacity` bytes of key indices in insertion order.
//! *Embedded* values lie behind an instance ([`super::instance`]) and are valid until its dictionary has outgrown them.
//!
//! Invariants: `size` values are not null, and the first `size` order bytes name them; every index of the shared table
//! is below the capacity, because the table's capacity never grows.

use super::keys::Keys;
use crate::alloc;
use crate::errors;
use crate::object::Object;
use crate::reference::Ref;
use crate::result::Result;
use core::cell::Cell;
use core::ptr::NonNull;

/// Most keys that a shared table has.
pub const SHARED_MAX: usize = 30;

/// Head of the values.
#[repr(C, align(8))]
pub struct Values {
    capacity: Cell<u8>,
    size: Cell<u8>,
    embedded: Cell<bool>,
    valid: Cell<bool>,
    items: [Cell<*mut Object>; 0],
}

const _: () = assert!(size_of::<Values>() == 8);

impl Values {
    /// Bytes for values of `capacity` keys.
    pub fn bytes(capacity: usize) -> usize {
        size_of::<Values>() + capacity * size_of::<usize>() + capacity.next_multiple_of(size_of::<usize>())
    }

    /// Sets up empty values in place.
    ///
    /// # Safety
    /// `place` has [`Values::bytes`]`(capacity)` bytes.
    pub unsafe fn init(place: *mut Values, capacity: usize, embedded: bool) {
        // SAFETY: the caller's promise.
        unsafe {
            place.write(Values {
                capacity: Cell::new(capacity as u8),
                size: Cell::new(0),
                embedded: Cell::new(embedded),
                valid: Cell::new(true),
                items: [],
            });
            core::ptr::write_bytes(place.add(1).cast::<*mut Object>(), 0, capacity);
        }
    }

    /// New empty values, not embedded.
    pub fn alloc(keys: &Keys) -> Result<NonNull<Values>> {
        let capacity = keys.shared_capacity();
        let Some(values) = NonNull::new(alloc::malloc(Values::bytes(capacity)).cast::<Values>()) else {
            return Err(errors::memory_error());
        };
        // SAFETY: allocated with that size.
        unsafe { Values::init(values.as_ptr(), capacity, false) };
        Ok(values)
    }

    /// Room for values.
    #[inline(always)]
    pub fn capacity(&self) -> usize {
        usize::from(self.capacity.get())
    }

    /// Values set.
    #[inline(always)]
    pub fn len(&self) -> usize {
        usize::from(self.size.get())
    }

    /// None set?
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Behind an instance?
    #[inline(always)]
    pub fn is_embedded(&self) -> bool {
        self.embedded.get()
    }

    /// Do embedded values hold the instance's attributes?
    #[inline(always)]
    pub fn is_valid(&self) -> bool {
        self.valid.get()
    }

    pub(super) fn invalidate(&self) {
        self.valid.set(false);
    }

    #[inline(always)]
    fn cell(&self, index: usize) -> &Cell<*mut Object> {
        debug_assert!(index < self.capacity());
        // SAFETY: indices of the shared table are below the capacity.
        unsafe { &*self.items.as_ptr().add(index) }
    }

    #[inline(always)]
    fn order(&self, at: usize) -> &Cell<u8> {
        debug_assert!(at < self.capacity());
        // SAFETY: `capacity` order bytes follow the values.
        unsafe { &*self.items.as_ptr().add(self.capacity()).cast::<Cell<u8>>().add(at) }
    }

    /// The value of the key at an index, borrowed; it lives until it is replaced.
    #[inline(always)]
    pub fn peek(&self, index: usize) -> Option<&Object> {
        // SAFETY: null or a value that is owned here.
        unsafe { self.cell(index).get().as_ref() }
    }

    #[inline(always)]
    pub(super) fn ptr(&self, index: usize) -> *mut Object {
        self.cell(index).get()
    }

    /// Sets or removes (`None`) a value and gives the old one back. Drop that after everything is in place.
    #[inline(always)]
    pub fn replace(&self, index: usize, value: Option<Ref<Object>>) -> Option<Ref<Object>> {
        let new = value.map_or(core::ptr::null_mut(), Ref::into_raw);
        let old = self.cell(index).replace(new);
        match (old.is_null(), new.is_null()) {
            (true, false) => {
                self.order(self.len()).set(index as u8);
                self.size.set(self.size.get() + 1);
            }
            (false, true) => self.forget_order(index),
            _ => {}
        }
        // SAFETY: the values owned the old one.
        unsafe { Ref::from_owned_opt(old) }
    }

    fn forget_order(&self, index: usize) {
        let len = self.len();
        let at = (0..len).find(|&i| usize::from(self.order(i).get()) == index).unwrap_or(len - 1);
        for i in at..len - 1 {
            self.order(i).set(self.order(i + 1).get());
        }
        self.size.set(len as u8 - 1);
    }

    /// The key index of the n-th value in insertion order.
    #[inline(always)]
    pub fn nth_index(&self, n: usize) -> usize {
        usize::from(self.order(n).get())
    }

    /// Removes all values; dropping them may run Python code, after all are gone from here.
    pub(super) fn clear(&self) {
        let mut dropped = Vec::with_capacity(self.len());
        for n in 0..self.len() {
            let index = self.nth_index(n);
            // SAFETY: an owned value, taken out once.
            dropped.extend(unsafe { Ref::from_owned_opt(self.cell(index).replace(core::ptr::null_mut())) });
        }
        self.size.set(0);
        drop(dropped);
    }

    /// Forgets all values without dropping them: they were moved elsewhere.
    pub(super) fn forget_all(&self) {
        for n in 0..self.len() {
            self.cell(self.nth_index(n)).set(core::ptr::null_mut());
        }
        self.size.set(0);
    }

    /// A copy on the heap with new references.
    pub(super) fn duplicate(&self, keys: &Keys) -> Result<NonNull<Values>> {
        let copy = Values::alloc(keys)?;
        // SAFETY: allocated just now.
        let target = unsafe { copy.as_ref() };
        for n in 0..self.len() {
            let index = self.nth_index(n);
            target.replace(index, self.peek(index).map(Object::to_ref));
        }
        Ok(copy)
    }

    /// A copy on the heap to which the references move; this is empty afterwards.
    pub(super) fn move_out(&self, keys: &Keys) -> Result<NonNull<Values>> {
        let copy = Values::alloc(keys)?;
        // SAFETY: allocated just now.
        let target = unsafe { copy.as_ref() };
        for n in 0..self.len() {
            let index = self.nth_index(n);
            // SAFETY: owned here until `forget_all`.
            target.replace(index, unsafe { Ref::from_owned_opt(self.ptr(index)) });
        }
        self.forget_all();
        Ok(copy)
    }

    /// Drops the values and frees the memory unless it is embedded.
    ///
    /// # Safety
    /// The caller owns the values, and does not use them afterwards.
    pub(super) unsafe fn release(this: *const Values) {
        // SAFETY: owned by the caller, hence alive.
        let values = unsafe { &*this };
        values.clear();
        if !values.is_embedded() {
            // SAFETY: came from the same allocator; the owner gives it up.
            unsafe { alloc::free(this.cast_mut().cast()) };
        }
    }
}
