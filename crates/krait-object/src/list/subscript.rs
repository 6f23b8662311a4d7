//! Indices and slices of lists.

use super::{List, Taken};
use crate::alloc;
use crate::errors::{index_error, type_error, value_error};
use crate::object::Object;
use crate::reference::Ref;
use crate::result::{Result, unit_result};
use crate::slice::{Indices, Slice};
use core::ffi::c_int;

pub(super) extern "C" fn subscript(object: &Object, key: &Object) -> Result {
    let list = object.expect::<List>();
    if let Some(int) = key.downcast_exact::<crate::Int>() {
        if int.is_compact() {
            return item(list, int.compact_value() as isize);
        }
    }
    if key.is_index() {
        return item(list, key.as_subscript()?);
    }
    let Some(slice) = key.downcast::<Slice>() else { return Err(bad_index(key)) };
    // Converting the indices may run Python code: the length is taken after it.
    let (start, stop, step) = slice.unpack()?;
    let indices = Indices::adjust(start, stop, step, list.len());
    Ok(list.select(&indices)?.into_object())
}

#[inline]
fn item(list: &List, index: isize) -> Result {
    let index = if index < 0 { index + list.len() as isize } else { index };
    match usize::try_from(index).ok().and_then(|i| list.get(i)) {
        Some(item) => Ok(item),
        None => Err(index_error("list index out of range")),
    }
}

#[cold]
fn bad_index(key: &Object) -> crate::Raised {
    type_error(format!("list indices must be integers or slices, not {}", key.type_name()))
}

pub(super) extern "C" fn ass_subscript(object: &Object, key: &Object, value: Option<&Object>) -> c_int {
    unit_result(assign(object.expect::<List>(), key, value))
}

fn assign(list: &List, key: &Object, value: Option<&Object>) -> Result<()> {
    if key.is_index() {
        let index = key.as_subscript()?;
        let index = if index < 0 { index + list.len() as isize } else { index };
        return assign_item(list, index, value);
    }
    let Some(slice) = key.downcast::<Slice>() else { return Err(bad_index(key)) };
    let (start, stop, step) = slice.unpack()?;
    let indices = Indices::adjust(start, stop, step, list.len());
    match value {
        None => list.delete_slice(&indices),
        Some(value) if step == 1 => {
            let items = super::fast(value, "must assign iterable to extended slice")?;
            let indices = Indices::adjust(start, stop, step, list.len());
            list.splice(indices.start as usize, indices.len, items.as_slice())
        }
        Some(value) => {
            let items = super::fast(value, "must assign iterable to extended slice")?;
            let indices = Indices::adjust(start, stop, step, list.len());
            list.assign_extended(&indices, items.as_slice())
        }
    }
}

/// Assigns or deletes at an index that counts from the start.
pub(super) fn assign_item(list: &List, index: isize, value: Option<&Object>) -> Result<()> {
    let Some(index) = usize::try_from(index).ok().filter(|&i| i < list.len()) else {
        return Err(index_error("list assignment index out of range"));
    };
    match value {
        Some(value) => {
            list.set(index, value.to_ref());
        }
        None => drop(list.take_at(index)),
    }
    Ok(())
}

impl List {
    /// A new list of the items that a slice selects.
    pub fn select(&self, indices: &Indices) -> Result<Ref<List>> {
        let result = List::new();
        if indices.len == 0 {
            return Ok(result);
        }
        result.set_allocated(indices.len)?;
        let mut at = indices.start;
        for _ in 0..indices.len {
            match self.get(at as usize) {
                Some(item) => result.try_push(item)?,
                None => break,
            }
            at += indices.step;
        }
        Ok(result)
    }

    /// Replaces `count` items from `start` on with new references to others (`list_ass_slice`).
    pub(super) fn splice(&self, start: usize, count: usize, items: &[Ref<Object>]) -> Result<()> {
        let len = self.len();
        let (start, count) = (start.min(len), count.min(len - start.min(len)));
        let new_len = len - count + items.len();
        if new_len == 0 {
            self.clear();
            return Ok(());
        }
        // The old items are kept alive until the list is whole again.
        // SAFETY: cloning runs no Python code.
        let old = unsafe { self.as_slice() }[start..start + count].to_vec();
        if new_len > len {
            self.reserve(new_len)?;
        }
        // SAFETY: there is room; the tail moves, and the places of the old items, to which `old` holds references
        // of its own, are given up and written again.
        unsafe {
            for index in start..start + count {
                drop_owned_elsewhere(self.place(index));
            }
            core::ptr::copy(self.place(start + count), self.place(start + items.len()), len - start - count);
            for (offset, item) in items.iter().enumerate() {
                self.place(start + offset).write(item.clone());
            }
        }
        self.set_len(new_len);
        if new_len < len {
            self.shrink();
        }
        drop(old);
        Ok(())
    }

    fn delete_slice(&self, indices: &Indices) -> Result<()> {
        if indices.len == 0 {
            return Ok(());
        }
        let (start, step) = indices.ascending();
        if step == 1 {
            return self.splice(start, indices.len, &[]);
        }
        let len = self.len();
        let block = alloc::malloc(indices.len * size_of::<usize>()).cast::<Ref<Object>>();
        if block.is_null() {
            return Err(crate::errors::memory_error());
        }
        let mut write = start;
        let mut taken = 0;
        for read in start..len {
            // SAFETY: each item is read once and goes to the list or to the block.
            unsafe {
                let item = self.place(read).read();
                if (read - start) % step == 0 && taken < indices.len {
                    block.add(taken).write(item);
                    taken += 1;
                } else {
                    self.place(write).write(item);
                    write += 1;
                }
            }
        }
        self.set_len(write);
        self.shrink();
        drop(Taken { items: block, len: taken, capacity: 0 });
        Ok(())
    }

    fn assign_extended(&self, indices: &Indices, items: &[Ref<Object>]) -> Result<()> {
        if items.len() != indices.len {
            return Err(value_error(format!(
                "attempt to assign sequence of size {} to extended slice of size {}",
                items.len(),
                indices.len
            )));
        }
        let mut old = Vec::with_capacity(items.len());
        let mut at = indices.start;
        for item in items {
            // SAFETY: the indices were adjusted to the length, and nothing runs in between.
            old.push(unsafe { core::mem::replace(&mut *self.place(at as usize), item.clone()) });
            at += indices.step;
        }
        drop(old);
        Ok(())
    }
}

/// Gives up the reference in a place whose object another reference keeps alive.
///
/// # Safety
/// The place holds an owned reference that is not used afterwards.
unsafe fn drop_owned_elsewhere(place: *mut Ref<Object>) {
    // SAFETY: the caller's promise.
    unsafe { core::ptr::drop_in_place(place) };
}
