//! `tuple`: an immutable sequence with its items in the object. CPython: `Objects/tupleobject.c`.
//!
//! - this file: layout, construction, free lists
//! - `methods`: the type, its slots and methods, hash and comparison
//!
//! Invariants: items never change while more than the creator can see the tuple; a tuple is tracked by the collector
//! only if one of its items may be part of a cycle.

pub mod methods;

use crate::alloc;
use crate::gc::{self, GcHead};
use crate::object::{Object, VarObject};
use crate::reference::Ref;
use crate::typeobj::TypeObject;
use core::cell::Cell;
use core::ptr::NonNull;

pub use methods::{Hasher, PyTuple_Type, compare_items, no_keywords};

/// `PyTupleObject`; the items follow the fixed part.
#[repr(C)]
pub struct Tuple {
    pub ob_base: VarObject,
    /// Cached hash, -1 when not yet computed.
    pub ob_hash: Cell<isize>,
    ob_item: [Ref<Object>; 0],
}

crate::object_type!(Tuple, PyTuple_Type, TUPLE_SUBCLASS);

/// All types of this module.
pub static TYPES: &[&TypeObject] = &[&PyTuple_Type];

/// The empty tuple, with the header that the collector's list never sees.
static EMPTY: EmptyTuple = EmptyTuple {
    _head: GcHead::unlinked(),
    tuple: Tuple {
        ob_base: VarObject::immortal(&raw const PyTuple_Type, 0),
        ob_hash: Cell::new(-1),
        ob_item: [],
    },
};

#[repr(C)]
struct EmptyTuple {
    _head: GcHead,
    tuple: Tuple,
}

// SAFETY: never linked, and immortal.
unsafe impl Sync for EmptyTuple {}
// SAFETY: the only shared static is immutable but for its cached hash, which is touched under the GIL.
unsafe impl Sync for Tuple {}

impl Tuple {
    /// The empty tuple.
    pub fn empty() -> &'static Tuple {
        &EMPTY.tuple
    }

    /// A tuple of exactly these items, in order.
    pub fn from_vec(items: Vec<Ref<Object>>) -> Ref<Tuple> {
        Tuple::from_exact_iter(items.len(), items.into_iter())
    }

    /// A tuple with new references to these objects.
    pub fn from_slice(items: &[&Object]) -> Ref<Tuple> {
        Tuple::from_exact_iter(items.len(), items.iter().map(|o| o.to_ref()))
    }

    /// A tuple of the `len` items that the iterator gives. The iterator must not run Python code.
    pub fn from_exact_iter(len: usize, items: impl Iterator<Item = Ref<Object>>) -> Ref<Tuple> {
        if len == 0 {
            return EMPTY_REF();
        }
        let tuple = Tuple::alloc(len);
        let mut filled = 0;
        let mut cyclic = false;
        for (index, item) in items.take(len).enumerate() {
            cyclic |= may_be_tracked(&item);
            // SAFETY: `alloc` made room for `len` items; each is written once.
            unsafe { tuple.items_ptr().add(index).write(item) };
            filled = index + 1;
        }
        assert_eq!(filled, len, "iterator shorter than announced");
        if cyclic {
            gc::track(&tuple);
        }
        tuple
    }

    /// A tuple of two items.
    #[inline]
    pub fn pair(first: Ref<Object>, second: Ref<Object>) -> Ref<Tuple> {
        let tuple = Tuple::alloc(2);
        let cyclic = may_be_tracked(&first) || may_be_tracked(&second);
        // SAFETY: `alloc` made room for two items.
        unsafe {
            tuple.items_ptr().write(first);
            tuple.items_ptr().add(1).write(second);
        }
        if cyclic {
            gc::track(&tuple);
        }
        tuple
    }

    /// An untracked tuple whose items are not yet written.
    fn alloc(len: usize) -> Ref<Tuple> {
        let pre = size_of::<GcHead>();
        let block = match free_list::take(len) {
            Some(block) => block,
            None => {
                let size = len.checked_mul(size_of::<usize>()).map_or(usize::MAX, |n| n.saturating_add(48));
                alloc::malloc(size).cast::<u8>()
            }
        };
        if block.is_null() {
            std::alloc::handle_alloc_error(std::alloc::Layout::new::<Tuple>());
        }
        // SAFETY: the block has room for the collector header, the fixed part and `len` items.
        unsafe {
            core::ptr::write_bytes(block, 0, pre);
            let tuple = block.add(pre).cast::<Tuple>();
            tuple.write(Tuple {
                ob_base: VarObject::new(&PyTuple_Type, len as isize),
                ob_hash: Cell::new(-1),
                ob_item: [],
            });
            Ref::from_owned(NonNull::new_unchecked(tuple))
        }
    }

    /// Where the items are.
    #[inline(always)]
    pub fn items_ptr(&self) -> *mut Ref<Object> {
        self.ob_item.as_ptr().cast_mut()
    }

    /// Number of items.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.ob_base.ob_size.get() as usize
    }

    /// No items?
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The items.
    #[inline(always)]
    pub fn as_slice(&self) -> &[Ref<Object>] {
        // SAFETY: `ob_size` items follow the fixed part and never change while the tuple is reachable.
        unsafe { core::slice::from_raw_parts(self.items_ptr(), self.len()) }
    }

    /// The items as borrowed objects (same representation).
    #[inline(always)]
    pub fn as_objects(&self) -> &[&Object] {
        // SAFETY: `Ref<Object>` and `&Object` are both one non-null pointer.
        unsafe { core::slice::from_raw_parts(self.items_ptr().cast::<&Object>(), self.len()) }
    }

    /// One item.
    #[inline(always)]
    pub fn get(&self, index: usize) -> Option<&Object> {
        self.as_slice().get(index).map(|r| &**r)
    }
}

#[expect(non_snake_case, reason = "reads as the constant that a static reference cannot be")]
fn EMPTY_REF() -> Ref<Tuple> {
    Ref::from_borrowed(&EMPTY.tuple)
}

/// Can the object be part of a cycle, as far as can be seen now?
#[inline(always)]
pub(crate) fn may_be_tracked(object: &Object) -> bool {
    object.ty().is_gc_type() && (object.downcast_exact::<Tuple>().is_none() || gc::is_tracked(object))
}

/// Blocks of dead small tuples, kept for the next ones of the same length. One list per length; a block's first word is
/// the link. Each thread has its own, so that no lock is needed.
pub(crate) mod free_list {
    use core::cell::Cell;

    const LENGTHS: usize = 20;
    const DEPTH: u16 = 2000;

    struct Lists {
        heads: [Cell<*mut u8>; LENGTHS],
        counts: [Cell<u16>; LENGTHS],
    }

    thread_local! {
        static LISTS: Lists = const {
            Lists {
                heads: [const { Cell::new(core::ptr::null_mut()) }; LENGTHS],
                counts: [const { Cell::new(0) }; LENGTHS],
            }
        };
    }

    /// A block for a tuple of that length, its content undefined.
    #[inline(always)]
    pub fn take(len: usize) -> Option<*mut u8> {
        if len == 0 || len > LENGTHS {
            return None;
        }
        LISTS.with(|lists| {
            let head = lists.heads[len - 1].get();
            if head.is_null() {
                return None;
            }
            // SAFETY: blocks on the list hold the link in their first word.
            lists.heads[len - 1].set(unsafe { head.cast::<*mut u8>().read() });
            lists.counts[len - 1].set(lists.counts[len - 1].get() - 1);
            Some(head)
        })
    }

    /// Keeps a block; false when the list is full.
    ///
    /// # Safety
    /// `block` is the whole block of a dead exact tuple of that length, which nobody uses any more.
    #[inline(always)]
    pub unsafe fn keep(block: *mut u8, len: usize) -> bool {
        if len == 0 || len > LENGTHS {
            return false;
        }
        LISTS.with(|lists| {
            if lists.counts[len - 1].get() >= DEPTH {
                return false;
            }
            // SAFETY: the caller gives the block away.
            unsafe { block.cast::<*mut u8>().write(lists.heads[len - 1].get()) };
            lists.heads[len - 1].set(block);
            lists.counts[len - 1].set(lists.counts[len - 1].get() + 1);
            true
        })
    }
}
