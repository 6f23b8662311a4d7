//! `tuple`: an immutable sequence with its items in the object. CPython: `Objects/tupleobject.c`.

use crate::alloc;
use crate::object::{Object, VarObject};
use crate::reference::Ref;
use crate::typeobj::{TypeObject, flags};
use core::cell::Cell;
use core::ptr::NonNull;

/// `PyTupleObject`; the items follow the fixed part.
#[repr(C)]
pub struct Tuple {
    pub ob_base: VarObject,
    /// Cached hash, -1 when not yet computed.
    pub ob_hash: Cell<isize>,
    ob_item: [Ref<Object>; 0],
}

crate::object_type!(Tuple, PyTuple_Type, TUPLE_SUBCLASS);

/// The type `tuple`.
#[unsafe(no_mangle)]
pub static PyTuple_Type: TypeObject = TypeObject::new(c"tuple", size_of::<Tuple>())
    .itemsize(size_of::<usize>())
    .flags(flags::HAVE_GC | flags::BASETYPE | flags::TUPLE_SUBCLASS | flags::SEQUENCE | flags::MATCH_SELF);

/// The empty tuple.
#[unsafe(no_mangle)]
static EMPTY: Tuple =
    Tuple { ob_base: VarObject::immortal(&raw const PyTuple_Type, 0), ob_hash: Cell::new(-1), ob_item: [] };

// SAFETY: the only shared static is immutable but for its cached hash, which is touched under the GIL.
unsafe impl Sync for Tuple {}

impl Tuple {
    /// The empty tuple.
    pub fn empty() -> &'static Tuple {
        &EMPTY
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
        for (index, item) in items.take(len).enumerate() {
            // SAFETY: `alloc` made room for `len` items; each is written once.
            unsafe { tuple.items_ptr().add(index).write(item) };
            filled = index + 1;
        }
        assert_eq!(filled, len, "iterator shorter than announced");
        crate::gc::track(&tuple);
        tuple
    }

    /// An untracked tuple whose items are not yet written.
    fn alloc(len: usize) -> Ref<Tuple> {
        let pre = size_of::<crate::gc::GcHead>();
        let size = pre + size_of::<Tuple>() + len * size_of::<usize>();
        let block = alloc::malloc(size);
        if block.is_null() {
            std::alloc::handle_alloc_error(std::alloc::Layout::new::<Tuple>());
        }
        // SAFETY: the block has room for the collector header, the fixed part and `len` items.
        unsafe {
            core::ptr::write_bytes(block.cast::<u8>(), 0, pre);
            let tuple = block.cast::<u8>().add(pre).cast::<Tuple>();
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
    Ref::from_borrowed(&EMPTY)
}
