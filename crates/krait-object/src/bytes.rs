//! `bytes`. CPython: `Objects/bytesobject.c`.

use crate::alloc;
use crate::object::VarObject;
use crate::reference::Ref;
use crate::typeobj::{TypeObject, flags};
use core::cell::Cell;
use core::ptr::NonNull;

/// `PyBytesObject`; the bytes follow, then a zero byte.
#[repr(C)]
pub struct Bytes {
    ob_base: VarObject,
    ob_shash: Cell<isize>,
    ob_sval: [u8; 0],
}

/// Offset of the bytes.
pub const HEADER: usize = core::mem::offset_of!(Bytes, ob_sval);

crate::object_type!(Bytes, PyBytes_Type, BYTES_SUBCLASS);

/// The type `bytes`.
#[unsafe(no_mangle)]
pub static PyBytes_Type: TypeObject = TypeObject::new(c"bytes", HEADER + 1)
    .itemsize(1)
    .flags(flags::BASETYPE | flags::BYTES_SUBCLASS | flags::MATCH_SELF);

impl Bytes {
    /// A new bytes object.
    pub fn new(bytes: &[u8]) -> Ref<Bytes> {
        let block = alloc::malloc(HEADER + bytes.len() + 1);
        if block.is_null() {
            std::alloc::handle_alloc_error(std::alloc::Layout::new::<Bytes>());
        }
        // SAFETY: the block holds header, bytes and the final zero.
        unsafe {
            let object = block.cast::<Bytes>();
            object.write(Bytes {
                ob_base: VarObject::new(&PyBytes_Type, bytes.len() as isize),
                ob_shash: Cell::new(-1),
                ob_sval: [],
            });
            let data = block.cast::<u8>().add(HEADER);
            core::ptr::copy_nonoverlapping(bytes.as_ptr(), data, bytes.len());
            data.add(bytes.len()).write(0);
            Ref::from_owned(NonNull::new_unchecked(object))
        }
    }

    /// The bytes.
    #[inline(always)]
    pub fn as_slice(&self) -> &[u8] {
        // SAFETY: `ob_size` bytes follow the header.
        unsafe { core::slice::from_raw_parts(self.ob_sval.as_ptr(), self.ob_base.ob_size.get() as usize) }
    }
}
