//! `list`. CPython: `Objects/listobject.c`.
//!
//! - this file: layout, growth, the face for native code
//! - `methods`: the type, its slots and methods
//! - `subscript`: indices and slices, reading and assigning
//! - `sort`, `merge`, `compare`: `list.sort`
//!
//! Invariants: the first `ob_size` places of `ob_item` are owned references; `allocated` places exist, or -1 while the
//! list is being sorted (it is empty then). Every drop of an item may run Python code and change the list: items leave
//! the list before they are dropped, and no slice of the storage is held across a call.

mod compare;
mod merge;
pub mod methods;
pub mod sort;
mod subscript;

use crate::alloc;
use crate::errors;
use crate::gc;
use crate::object::{Object, VarObject};
use crate::reference::Ref;
use crate::result::Result;
use crate::tuple::Tuple;
use crate::typeobj::TypeObject;
use core::cell::Cell;

pub use methods::PyList_Type;

/// `PyListObject`.
#[repr(C)]
pub struct List {
    ob_base: VarObject,
    ob_item: Cell<*mut Ref<Object>>,
    allocated: Cell<isize>,
}

const _: () = assert!(size_of::<List>() == 40);

crate::object_type!(List, PyList_Type, LIST_SUBCLASS);

/// All types of this module.
pub static TYPES: &[&TypeObject] = &[&PyList_Type];

const WORD: usize = size_of::<usize>();

impl List {
    /// An empty list.
    #[inline]
    pub fn new() -> Ref<List> {
        alloc::new_tracked(List {
            ob_base: VarObject::new(&PyList_Type, 0),
            ob_item: Cell::new(core::ptr::null_mut()),
            allocated: Cell::new(0),
        })
    }

    /// An empty list with room for `count` items.
    pub fn with_capacity(count: usize) -> Ref<List> {
        let list = List::new();
        if count > 0 && list.set_allocated(count).is_err() {
            errors::clear();
        }
        list
    }

    /// A list of these items.
    pub fn from_vec(items: Vec<Ref<Object>>) -> Ref<List> {
        let list = List::with_capacity(items.len());
        for item in items {
            list.push(item);
        }
        list
    }

    /// A list with new references to these objects.
    pub fn from_slice(items: &[&Object]) -> Ref<List> {
        let list = List::with_capacity(items.len());
        for item in items {
            list.push(item.to_ref());
        }
        list
    }

    /// Number of items now.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.ob_base.ob_size.get() as usize
    }

    /// Empty now?
    #[inline(always)]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    #[inline(always)]
    fn set_len(&self, len: usize) {
        self.ob_base.ob_size.set(len as isize);
    }

    /// Places for items.
    pub fn capacity(&self) -> usize {
        self.allocated.get().max(0) as usize
    }

    /// Where an item is. The index is at most the number of places.
    #[inline(always)]
    fn place(&self, index: usize) -> *mut Ref<Object> {
        // SAFETY: in or one past the block; with no block the index is zero.
        unsafe { self.ob_item.get().add(index) }
    }

    /// A new reference to one item.
    #[inline(always)]
    pub fn get(&self, index: usize) -> Option<Ref<Object>> {
        if index >= self.len() {
            return None;
        }
        // SAFETY: below the length.
        Some(unsafe { (*self.place(index)).clone() })
    }

    /// Replaces an item; false when the index is out of range.
    #[inline]
    pub fn set(&self, index: usize, item: Ref<Object>) -> bool {
        if index >= self.len() {
            return false;
        }
        // SAFETY: below the length; the old item is dropped when the new one is in place.
        drop(unsafe { core::mem::replace(&mut *self.place(index), item) });
        true
    }

    /// Gives the block exactly `count` places.
    fn set_allocated(&self, count: usize) -> Result<()> {
        if count > isize::MAX as usize / WORD {
            return Err(errors::memory_error());
        }
        // SAFETY: the block belongs to the list.
        let block = unsafe { alloc::realloc(self.ob_item.get().cast(), count * WORD) };
        if block.is_null() {
            return Err(errors::memory_error());
        }
        self.ob_item.set(block.cast());
        self.allocated.set(count as isize);
        Ok(())
    }

    /// Makes room for `len` items, more than that if the list grows step by step. The length does not change.
    #[inline]
    fn reserve(&self, len: usize) -> Result<()> {
        let allocated = self.allocated.get();
        if allocated >= len as isize && len as isize >= allocated >> 1 {
            return Ok(());
        }
        self.reserve_slow(len)
    }

    #[cold]
    #[inline(never)]
    fn reserve_slow(&self, len: usize) -> Result<()> {
        let mut count = (len + (len >> 3) + 6) & !3;
        // A jump by more than what would be spare is not a step of many.
        if (len as isize) - (self.len() as isize) > (count - len) as isize {
            count = (len + 3) & !3;
        }
        if len == 0 {
            self.free_block();
            return Ok(());
        }
        self.set_allocated(count)
    }

    fn free_block(&self) {
        let block = self.ob_item.replace(core::ptr::null_mut());
        self.allocated.set(0);
        // SAFETY: the block belongs to the list, which forgets it.
        unsafe { alloc::free(block.cast()) };
    }

    /// Room for exactly `count` items, rounded to what the allocator gives anyway; for an empty list without a block.
    fn preallocate(&self, count: usize) -> Result<()> {
        self.set_allocated((count + 1) & !1)
    }

    /// Appends; MemoryError when there is no room to be had.
    #[inline]
    pub fn try_push(&self, item: Ref<Object>) -> Result<()> {
        let len = self.len();
        if len as isize >= self.allocated.get() {
            self.reserve(len + 1)?;
        }
        // SAFETY: there is room for one more.
        unsafe { self.place(len).write(item) };
        self.set_len(len + 1);
        Ok(())
    }

    /// Appends.
    #[inline]
    pub fn push(&self, item: Ref<Object>) {
        if self.try_push(item).is_err() {
            errors::clear();
            std::alloc::handle_alloc_error(std::alloc::Layout::new::<List>());
        }
    }

    /// Removes the last item.
    pub fn pop(&self) -> Option<Ref<Object>> {
        let last = self.len().checked_sub(1)?;
        self.take_at(last)
    }

    /// Removes the item at an index and gives it to the caller.
    fn take_at(&self, index: usize) -> Option<Ref<Object>> {
        let len = self.len();
        if index >= len {
            return None;
        }
        // SAFETY: below the length; the items behind move down, so that each is owned once.
        let item = unsafe {
            let place = self.place(index);
            let item = place.read();
            core::ptr::copy(place.add(1), place, len - index - 1);
            item
        };
        self.set_len(len - 1);
        self.shrink();
        Some(item)
    }

    /// Gives memory back after the list has become shorter.
    fn shrink(&self) {
        if self.reserve(self.len()).is_err() {
            // The larger block stays.
            errors::clear();
        }
    }

    /// Inserts before an index (at most the length).
    pub fn insert(&self, index: usize, item: Ref<Object>) {
        if self.try_insert(index, item).is_err() {
            errors::clear();
            std::alloc::handle_alloc_error(std::alloc::Layout::new::<List>());
        }
    }

    fn try_insert(&self, index: usize, item: Ref<Object>) -> Result<()> {
        let len = self.len();
        self.reserve(len + 1)?;
        let index = index.min(len);
        // SAFETY: there is room for one more; the items behind move up.
        unsafe {
            let place = self.place(index);
            core::ptr::copy(place, place.add(1), len - index);
            place.write(item);
        }
        self.set_len(len + 1);
        Ok(())
    }

    /// Removes all items.
    pub fn clear(&self) {
        drop(self.take_all());
    }

    /// Takes all items out; the list is empty afterwards and owns no memory.
    fn take_all(&self) -> Taken {
        if self.ob_item.get().is_null() {
            // A list under sort keeps its mark.
            return Taken { items: core::ptr::null_mut(), len: 0, capacity: 0 };
        }
        let taken = Taken {
            items: self.ob_item.replace(core::ptr::null_mut()),
            len: self.len(),
            capacity: self.allocated.get(),
        };
        self.set_len(0);
        self.allocated.set(0);
        taken
    }

    /// New references to all items.
    pub fn to_vec(&self) -> Vec<Ref<Object>> {
        // SAFETY: cloning runs no Python code.
        unsafe { self.as_slice() }.to_vec()
    }

    /// The items as a tuple.
    pub fn to_tuple(&self) -> Ref<Tuple> {
        // SAFETY: cloning runs no Python code.
        let items = unsafe { self.as_slice() };
        Tuple::from_exact_iter(items.len(), items.iter().cloned())
    }

    /// The items, borrowed.
    ///
    /// # Safety
    /// The list is not changed while the slice is in use: no Python code runs.
    #[inline(always)]
    pub unsafe fn as_slice(&self) -> &[Ref<Object>] {
        if self.is_empty() {
            return &[];
        }
        // SAFETY: `ob_size` items live in the block; the caller promises that they stay.
        unsafe { core::slice::from_raw_parts(self.ob_item.get(), self.len()) }
    }

    /// `list.extend` with any iterable.
    pub fn extend(&self, iterable: &Object) -> Result<()> {
        if let Some(list) = iterable.downcast_exact::<List>() {
            return self.extend_items(&list.to_vec());
        }
        if let Some(tuple) = iterable.downcast_exact::<Tuple>() {
            return self.extend_items(tuple.as_slice());
        }
        self.extend_iterator(iterable)
    }

    /// Appends new references to these items.
    pub fn extend_items(&self, items: &[Ref<Object>]) -> Result<()> {
        if items.is_empty() {
            return Ok(());
        }
        let len = self.len();
        if self.ob_item.get().is_null() {
            self.preallocate(items.len())?;
        } else if len + items.len() > self.capacity() {
            self.reserve(len + items.len())?;
        }
        for (offset, item) in items.iter().enumerate() {
            // SAFETY: there is room for all of them.
            unsafe { self.place(len + offset).write(item.clone()) };
        }
        self.set_len(len + items.len());
        Ok(())
    }

    fn extend_iterator(&self, iterable: &Object) -> Result<()> {
        let iterator = iterable.iter()?;
        let hint = iterable.length_hint(8)?.max(0) as usize;
        let len = self.len();
        if hint < isize::MAX as usize / WORD - len {
            if self.ob_item.get().is_null() {
                if hint > 0 {
                    self.preallocate(hint)?;
                }
            } else {
                self.reserve(len + hint)?;
            }
        }
        while let Some(item) = iterator.iter_next()? {
            self.try_push(item)?;
        }
        if (self.len() as isize) < self.allocated.get() {
            self.shrink();
        }
        Ok(())
    }

    /// `list.sort()`.
    pub fn sort(&self) -> Result<()> {
        sort::sort(self, None, false)
    }

    /// Reverses in place.
    pub fn reverse(&self) {
        let len = self.len();
        if len > 1 {
            // SAFETY: exclusive for the moment: no code runs during the reversal.
            unsafe { core::slice::from_raw_parts_mut(self.ob_item.get(), len) }.reverse();
        }
    }
}

/// Items that have left a list, with their block.
struct Taken {
    items: *mut Ref<Object>,
    len: usize,
    capacity: isize,
}

impl Drop for Taken {
    fn drop(&mut self) {
        // SAFETY: the block is owned here; items go last to first, as they do in CPython.
        unsafe {
            for index in (0..self.len).rev() {
                core::ptr::drop_in_place(self.items.add(index));
            }
            alloc::free(self.items.cast());
        }
    }
}

/// The items of a list or tuple, or of any iterable collected, as a tuple: a snapshot (`PySequence_Fast`). `message` is
/// the TypeError when it is not iterable.
pub fn fast(object: &Object, message: &str) -> Result<Ref<Tuple>> {
    if let Some(tuple) = object.downcast_exact::<Tuple>() {
        return Ok(Ref::from_borrowed(tuple));
    }
    if let Some(list) = object.downcast_exact::<List>() {
        return Ok(list.to_tuple());
    }
    let iterator = match object.iter() {
        Ok(iterator) => iterator,
        Err(raised) => {
            errors::clear_if(raised, &crate::exceptions::PyExc_TypeError)?;
            return Err(errors::type_error(message));
        }
    };
    let items = List::new();
    items.extend(&iterator)?;
    Ok(items.to_tuple())
}

crate::traverse!(traverse, List, |this, v| {
    // SAFETY: visitors run no Python code.
    for item in unsafe { this.as_slice() } {
        v.visit(item)?;
    }
});

unsafe extern "C" fn tp_clear(object: *mut Object) -> core::ffi::c_int {
    // SAFETY: called with a live instance.
    unsafe { &*object }.expect::<List>().clear();
    0
}

unsafe extern "C" fn dealloc(object: *mut Object) {
    // SAFETY: a dead list, whose items are given up once.
    unsafe {
        let list = &*object.cast::<List>();
        gc::untrack(list);
        drop(list.take_all());
        match list.ty().tp_free.get() {
            Some(free) => free(object.cast()),
            None => alloc::free_object(object),
        }
    }
}
