//! `list`. CPython: `Objects/listobject.c`.

use crate::object::{Object, VarObject};
use crate::reference::Ref;
use crate::typeobj::{TypeObject, flags};
use core::cell::Cell;

/// `PyListObject`.
#[repr(C)]
pub struct List {
    ob_base: VarObject,
    ob_item: Cell<*mut Ref<Object>>,
    allocated: Cell<isize>,
}

crate::object_type!(List, PyList_Type, LIST_SUBCLASS);

/// The type `list`.
#[unsafe(no_mangle)]
pub static PyList_Type: TypeObject = TypeObject::of::<List>(c"list")
    .flags(flags::HAVE_GC | flags::BASETYPE | flags::LIST_SUBCLASS | flags::SEQUENCE | flags::MATCH_SELF);

impl List {
    /// An empty list.
    pub fn new() -> Ref<List> {
        todo!()
    }
    /// A list of these items.
    pub fn from_vec(_items: Vec<Ref<Object>>) -> Ref<List> {
        todo!()
    }
    /// Number of items now.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.ob_base.ob_size.get() as usize
    }
    /// Empty now?
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// A new reference to one item.
    pub fn get(&self, _index: usize) -> Option<Ref<Object>> {
        todo!()
    }
    /// Replaces an item; false when the index is out of range.
    pub fn set(&self, _index: usize, _item: Ref<Object>) -> bool {
        todo!()
    }
    /// Appends.
    pub fn push(&self, _item: Ref<Object>) {
        todo!()
    }
    /// Removes the last item.
    pub fn pop(&self) -> Option<Ref<Object>> {
        todo!()
    }
    /// Inserts before an index (at most the length).
    pub fn insert(&self, _index: usize, _item: Ref<Object>) {
        todo!()
    }
    /// New references to all items.
    pub fn to_vec(&self) -> Vec<Ref<Object>> {
        todo!()
    }
    /// The items as a tuple.
    pub fn to_tuple(&self) -> Ref<crate::Tuple> {
        crate::Tuple::from_vec(self.to_vec())
    }
    /// The items, borrowed.
    ///
    /// # Safety
    /// The list is not changed while the slice is in use: no Python code runs.
    #[inline(always)]
    pub unsafe fn as_slice(&self) -> &[Ref<Object>] {
        todo!()
    }
    /// `list.extend` with any iterable.
    pub fn extend(&self, _iterable: &Object) -> crate::Result<()> {
        todo!()
    }
    /// `list.sort()`.
    pub fn sort(&self) -> crate::Result<()> {
        todo!()
    }
}
