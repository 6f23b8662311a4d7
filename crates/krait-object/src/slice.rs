//! `slice`. CPython: `Objects/sliceobject.c`.

use crate::object::Object;
use crate::reference::Slot;
use crate::result::Result;
use crate::typeobj::{TypeObject, flags};

/// `PySliceObject`.
#[repr(C)]
pub struct Slice {
    ob_base: Object,
    pub start: Slot,
    pub stop: Slot,
    pub step: Slot,
}

crate::object_type!(Slice, PySlice_Type);

/// The type `slice`.
#[unsafe(no_mangle)]
pub static PySlice_Type: TypeObject = TypeObject::of::<Slice>(c"slice").flags(flags::HAVE_GC);

/// The part of a sequence that a slice selects.
#[derive(Clone, Copy, Debug)]
pub struct Indices {
    pub start: isize,
    pub step: isize,
    /// Number of items.
    pub len: usize,
}

impl Slice {
    /// Applied to a sequence of `len` items.
    pub fn adjust(&self, _len: usize) -> Result<Indices> {
        todo!()
    }
}
