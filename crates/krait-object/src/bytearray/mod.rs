//! `bytearray`. CPython: `Objects/bytearrayobject.c`.
//!
//! The memory is a block of its own; `ob_start` may lie behind `ob_bytes` after bytes were removed at the front.
//! While a buffer is lent out (`ob_exports`), the size cannot change.

pub mod methods;

use crate::alloc;
use crate::buffer::Buffer;
use crate::bytes::like::BytesLike;
use crate::bytes::{algorithms, byte_value, exports_exist, from_arguments, iterator, like, repeated, sliced};
use crate::dealloc::dealloc_plain;
use crate::errors::{index_error, type_error, value_error};
use crate::object::{Object, VarObject, bool_object, not_implemented};
use crate::reference::Ref;
use crate::result::{Result, int_result, unit_result};
use crate::slots::{BufferProcs, CompareOp, MappingMethods, NumberMethods, SequenceMethods};
use crate::str::Str;
use crate::tuple::Tuple;
use crate::typeobj::{TypeObject, flags};
use crate::{Dict, Int};
use core::cell::Cell;
use core::ffi::c_int;

/// `PyByteArrayObject`.
#[repr(C)]
pub struct ByteArray {
    ob_base: VarObject,
    ob_alloc: Cell<isize>,
    ob_bytes: Cell<*mut u8>,
    ob_start: Cell<*mut u8>,
    ob_exports: Cell<isize>,
}

const _: () = assert!(size_of::<ByteArray>() == 56);

crate::object_type!(ByteArray, PyByteArray_Type);

static AS_NUMBER: NumberMethods = NumberMethods::EMPTY.nb_remainder(remainder);
static AS_SEQUENCE: SequenceMethods = SequenceMethods::EMPTY
    .sq_length(length)
    .sq_concat(concat)
    .sq_repeat(repeat)
    .sq_item(item)
    .sq_ass_item(ass_item)
    .sq_contains(contains)
    .sq_inplace_concat(inplace_concat)
    .sq_inplace_repeat(inplace_repeat);
static AS_MAPPING: MappingMethods =
    MappingMethods::EMPTY.mp_length(length).mp_subscript(subscript).mp_ass_subscript(ass_subscript);
static AS_BUFFER: BufferProcs = BufferProcs::EMPTY.bf_getbuffer(getbuffer).bf_releasebuffer(releasebuffer);

/// The type `bytearray`.
#[unsafe(no_mangle)]
pub static PyByteArray_Type: TypeObject = TypeObject::of::<ByteArray>(c"bytearray")
    .flags(flags::BASETYPE | flags::MATCH_SELF)
    .doc(c"bytearray(iterable_of_ints) -> bytearray\nbytearray(string, encoding[, errors]) -> bytearray\nbytearray(bytes_or_buffer) -> mutable copy of bytes_or_buffer\nbytearray(int) -> bytes array of size given by the parameter initialized with null bytes\nbytearray() -> empty bytes array\n\nConstruct a mutable bytearray object from:\n  - an iterable yielding integers in range(256)\n  - a text string encoded using the specified encoding\n  - a bytes or a buffer object\n  - any object implementing the buffer API.\n  - an integer")
    .tp_dealloc(dealloc_plain::<ByteArray>)
    .tp_repr(repr)
    .tp_str(str_)
    .tp_iter(iterator::bytearray_iter)
    .tp_richcompare(richcompare)
    .tp_init(init)
    .tp_new(new)
    .as_number(&AS_NUMBER)
    .as_sequence(&AS_SEQUENCE)
    .as_mapping(&AS_MAPPING)
    .as_buffer(&AS_BUFFER)
    .methods(crate::bytes::methods::bytearray::METHODS);

impl Drop for ByteArray {
    fn drop(&mut self) {
        // SAFETY: the block is this object's own and is freed once.
        unsafe { alloc::free(self.ob_bytes.get().cast()) }
    }
}

impl ByteArray {
    /// A new array.
    pub fn new(bytes: &[u8]) -> Ref<ByteArray> {
        let array = alloc::new_object(ByteArray {
            ob_base: VarObject::new(&PyByteArray_Type, 0),
            ob_alloc: Cell::new(0),
            ob_bytes: Cell::new(core::ptr::null_mut()),
            ob_start: Cell::new(core::ptr::null_mut()),
            ob_exports: Cell::new(0),
        });
        if array.replace_all(bytes).is_err() {
            std::alloc::handle_alloc_error(std::alloc::Layout::new::<ByteArray>());
        }
        array
    }

    /// Number of bytes now.
    pub fn len(&self) -> usize {
        self.ob_base.ob_size.get() as usize
    }

    /// Empty now?
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// One byte.
    pub fn get(&self, index: usize) -> Option<u8> {
        // SAFETY: the index is inside.
        (index < self.len()).then(|| unsafe { self.ob_start.get().add(index).read() })
    }

    /// The bytes, copied.
    pub fn to_vec(&self) -> Vec<u8> {
        // SAFETY: no Python code runs during the copy.
        unsafe { self.as_slice() }.to_vec()
    }

    /// The bytes, borrowed.
    ///
    /// # Safety
    /// Nothing changes the array while the slice is in use: no Python code runs.
    pub unsafe fn as_slice(&self) -> &[u8] {
        if self.is_empty() {
            return &[];
        }
        // SAFETY: `len` bytes live at `ob_start`; the caller promises that they stay.
        unsafe { core::slice::from_raw_parts(self.ob_start.get(), self.len()) }
    }

    /// A new array, for methods shared with `bytes`.
    pub(crate) fn make(&self, bytes: &[u8]) -> Ref<ByteArray> {
        ByteArray::new(bytes)
    }

    /// Is the size fixed because memory is lent out?
    fn check_resizable(&self) -> Result<()> {
        if self.ob_exports.get() > 0 { Err(exports_exist()) } else { Ok(()) }
    }

    /// Changes the number of bytes; new ones are zero.
    pub(crate) fn resize(&self, size: usize) -> Result<()> {
        if size == self.len() {
            return Ok(());
        }
        self.check_resizable()?;
        let offset = self.ob_start.get() as usize - self.ob_bytes.get() as usize;
        let capacity = self.ob_alloc.get() as usize;
        if size + offset + 1 > capacity || size + 1 < capacity / 2 {
            self.reallocate(size)?;
        }
        let old = self.len();
        // SAFETY: the block has room for `size + 1` bytes behind `ob_start`.
        unsafe {
            if size > old {
                core::ptr::write_bytes(self.ob_start.get().add(old), 0, size - old);
            }
            self.ob_start.get().add(size).write(0);
        }
        self.ob_base.ob_size.set(size as isize);
        Ok(())
    }

    /// Moves to a block for `size` bytes, with room to grow when growing by little.
    fn reallocate(&self, size: usize) -> Result<()> {
        let capacity = self.ob_alloc.get() as usize;
        let wanted = if size < capacity || size > capacity + capacity / 8 {
            size.checked_add(1)
        } else {
            size.checked_add((size >> 3) + if size < 9 { 3 } else { 6 })
        };
        let Some(wanted) = wanted else { return Err(crate::errors::memory_error()) };
        let block = alloc::malloc(wanted).cast::<u8>();
        if block.is_null() {
            return Err(crate::errors::memory_error());
        }
        // SAFETY: both blocks have at least `min(len, size)` bytes; the old one is freed once.
        unsafe {
            let keep = self.len().min(size);
            if keep > 0 {
                core::ptr::copy_nonoverlapping(self.ob_start.get(), block, keep);
            }
            alloc::free(self.ob_bytes.get().cast());
        }
        self.ob_bytes.set(block);
        self.ob_start.set(block);
        self.ob_alloc.set(wanted as isize);
        Ok(())
    }

    /// Replaces the bytes `start..end` by others.
    pub(crate) fn splice(&self, start: usize, end: usize, new: &[u8]) -> Result<()> {
        let (old_len, removed) = (self.len(), end - start);
        if removed == new.len() {
            self.write(start, new);
            return Ok(());
        }
        self.check_resizable()?;
        let tail = old_len - end;
        let new_len = old_len - removed + new.len();
        if new_len > old_len {
            self.resize(new_len)?;
        }
        // SAFETY: the block has room for the longer of both lengths behind `ob_start`.
        unsafe {
            let base = self.ob_start.get();
            core::ptr::copy(base.add(end), base.add(start + new.len()), tail);
        }
        if new_len < old_len {
            self.resize(new_len)?;
        }
        self.write(start, new);
        Ok(())
    }

    fn write(&self, at: usize, bytes: &[u8]) {
        assert!(at + bytes.len() <= self.len(), "write inside the array");
        if !bytes.is_empty() {
            // SAFETY: the range was tested; `bytes` is not part of this block (callers copy).
            unsafe { core::ptr::copy(bytes.as_ptr(), self.ob_start.get().add(at), bytes.len()) }
        }
    }

    /// Replaces everything.
    pub(crate) fn replace_all(&self, bytes: &[u8]) -> Result<()> {
        self.resize(bytes.len())?;
        self.write(0, bytes);
        Ok(())
    }

    fn set(&self, index: usize, byte: u8) {
        self.write(index, &[byte]);
    }
}

extern "C" fn new(ty: &TypeObject, _args: &Tuple, _kwargs: Option<&Object>) -> Result {
    alloc::alloc_instance(ty, 0)
}

extern "C" fn init(object: &Object, args: &Tuple, kwargs: Option<&Object>) -> c_int {
    unit_result((|| {
        let bytes = from_arguments(args, kwargs.and_then(|k| k.downcast::<Dict>()), "bytearray")?;
        object.expect::<ByteArray>().replace_all(&bytes)
    })())
}

extern "C" fn length(object: &Object) -> isize {
    object.expect::<ByteArray>().ob_base.ob_size.get()
}

extern "C" fn concat(a: &Object, b: &Object) -> Result {
    let (Some(x), Some(y)) = (BytesLike::of(a)?, BytesLike::of(b)?) else {
        return Err(type_error(format!("can't concat {} to {}", b.type_name(), a.type_name())));
    };
    Ok(ByteArray::new(&[x.as_slice(), y.as_slice()].concat()).into_object())
}

extern "C" fn inplace_concat(a: &Object, b: &Object) -> Result {
    let Some(other) = BytesLike::of(b)? else {
        return Err(type_error(format!("can't concat {} to {}", b.type_name(), a.type_name())));
    };
    let bytes = other.as_slice().to_vec();
    drop(other);
    let array = a.expect::<ByteArray>();
    array.splice(array.len(), array.len(), &bytes)?;
    Ok(a.to_ref())
}

extern "C" fn repeat(a: &Object, count: isize) -> Result {
    Ok(ByteArray::new(&repeated(&a.expect::<ByteArray>().to_vec(), count)?).into_object())
}

extern "C" fn inplace_repeat(a: &Object, count: isize) -> Result {
    let array = a.expect::<ByteArray>();
    array.replace_all(&repeated(&array.to_vec(), count)?)?;
    Ok(a.to_ref())
}

extern "C" fn item(a: &Object, index: isize) -> Result {
    match usize::try_from(index).ok().and_then(|i| a.expect::<ByteArray>().get(i)) {
        Some(byte) => Ok(Int::from_i64(byte.into()).into_object()),
        None => Err(index_error("bytearray index out of range")),
    }
}

extern "C" fn ass_item(a: &Object, index: isize, value: Option<&Object>) -> c_int {
    unit_result(set_index(a.expect(), index, value))
}

fn set_index(array: &ByteArray, index: isize, value: Option<&Object>) -> Result<()> {
    let byte = value.map(|v| byte_value(v, "bytearray")).transpose()?;
    let Some(at) = usize::try_from(index).ok().filter(|i| *i < array.len()) else {
        return Err(index_error("bytearray index out of range"));
    };
    match byte {
        Some(byte) => {
            array.set(at, byte);
            Ok(())
        }
        None => array.splice(at, at + 1, &[]),
    }
}

extern "C" fn contains(a: &Object, b: &Object) -> c_int {
    int_result((|| {
        let sub = like::sub_argument(b)?;
        Ok(memchr::memmem::find(&a.expect::<ByteArray>().to_vec(), sub.as_slice()).is_some())
    })())
}

fn key_error(key: &Object) -> crate::Raised {
    type_error(format!("bytearray indices must be integers or slices, not {}", key.type_name()))
}

extern "C" fn subscript(a: &Object, key: &Object) -> Result {
    let array = a.expect::<ByteArray>();
    if key.is_index() {
        let index = key.as_subscript()?;
        return item(a, if index < 0 { index + array.len() as isize } else { index });
    }
    let Some(slice) = key.downcast::<crate::slice::Slice>() else { return Err(key_error(key)) };
    let indices = slice.adjust(array.len())?;
    Ok(ByteArray::new(&sliced(&array.to_vec(), indices)).into_object())
}

extern "C" fn ass_subscript(a: &Object, key: &Object, value: Option<&Object>) -> c_int {
    unit_result(assign(a.expect(), key, value))
}

fn assign(array: &ByteArray, key: &Object, value: Option<&Object>) -> Result<()> {
    if key.is_index() {
        let index = key.as_subscript()?;
        return set_index(array, if index < 0 { index + array.len() as isize } else { index }, value);
    }
    let Some(slice) = key.downcast::<crate::slice::Slice>() else { return Err(key_error(key)) };
    let new = match value {
        None => Vec::new(),
        Some(value) => slice_value(value)?,
    };
    let indices = slice.adjust(array.len())?;
    let start = indices.start as usize;
    if indices.step == 1 {
        return array.splice(start, start + indices.len, &new);
    }
    let positions: Vec<usize> =
        (0..indices.len).map(|i| (indices.start + i as isize * indices.step) as usize).collect();
    if value.is_none() {
        let kept: Vec<u8> = array
            .to_vec()
            .into_iter()
            .enumerate()
            .filter(|(i, _)| !positions.contains(i))
            .map(|(_, b)| b)
            .collect();
        return array.replace_all(&kept);
    }
    if new.len() != positions.len() {
        return Err(value_error(format!(
            "attempt to assign bytes of size {} to extended slice of size {}",
            new.len(),
            positions.len()
        )));
    }
    positions.into_iter().zip(new).for_each(|(at, byte)| array.set(at, byte));
    Ok(())
}

/// What is assigned to a slice: bytes-like, or an iterable of ints (but no int and no text).
fn slice_value(value: &Object) -> Result<Vec<u8>> {
    if let Some(bytes) = BytesLike::of(value)? {
        return Ok(bytes.as_slice().to_vec());
    }
    if value.is_index() || value.downcast::<Str>().is_some() {
        return Err(type_error("can assign only bytes, buffers, or iterables of ints in range(0, 256)"));
    }
    from_arguments(&Tuple::from_slice(&[value]), None, "bytearray")
}

extern "C" fn remainder(a: &Object, b: &Object) -> Result {
    match a.downcast::<ByteArray>() {
        Some(template) => {
            Ok(ByteArray::new(&crate::bytes::percent::format(&template.to_vec(), b)?).into_object())
        }
        None => Ok(not_implemented().to_ref()),
    }
}

extern "C" fn repr(object: &Object) -> Result {
    let name = object.ty().short_name();
    let text = format!("{name}({})", algorithms::repr(&object.expect::<ByteArray>().to_vec()));
    Ok(Str::new(&text).into_object())
}

extern "C" fn str_(object: &Object) -> Result {
    crate::bytes::warn_str("bytearray")?;
    repr(object)
}

extern "C" fn richcompare(a: &Object, b: &Object, op: c_int) -> Result {
    let op = CompareOp::from_int(op);
    let (Some(x), Some(y)) = (BytesLike::of(a)?, BytesLike::of(b)?) else {
        crate::bytes::warn_compare(a, b, op)?;
        return Ok(not_implemented().to_ref());
    };
    Ok(bool_object(op.holds(x.as_slice().cmp(y.as_slice()))).to_ref())
}

/// What a view of an empty array points to.
static EMPTY: u8 = 0;

extern "C" fn getbuffer(object: &Object, view: *mut Buffer, flags: c_int) -> c_int {
    let array = object.expect::<ByteArray>();
    let start = array.ob_start.get();
    let data = if start.is_null() { (&raw const EMPTY).cast_mut() } else { start };
    unit_result((|| {
        crate::buffer::fill_info(view, object, data, array.len(), false, flags)?;
        array.ob_exports.set(array.ob_exports.get() + 1);
        Ok(())
    })())
}

extern "C" fn releasebuffer(object: &Object, _view: *mut Buffer) {
    let array = object.expect::<ByteArray>();
    array.ob_exports.set(array.ob_exports.get() - 1);
}
