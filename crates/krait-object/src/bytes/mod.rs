//! `bytes`. CPython: `Objects/bytesobject.c`.
//!
//! - this file: layout and slots
//! - `like`: arguments that are bytes-like
//! - `algorithms`: what `bytes` and `bytearray` do, over slices
//! - `methods`: the method table, written once for both types
//! - `percent`: `%` formatting
//! - `iterator`: `bytes_iterator`

pub mod algorithms;
pub mod iterator;
pub mod like;
pub mod methods;
pub mod percent;

use crate::alloc;
use crate::args::parse_init;
use crate::buffer::{Buffer, request};
use crate::dealloc::dealloc_plain;
use crate::errors::{buffer_error, index_error, overflow_error, type_error, value_error};
use crate::object::{Object, VarObject, bool_object, not_implemented};
use crate::reference::Ref;
use crate::result::{Result, int_result};
use crate::slots::{BufferProcs, CompareOp, MappingMethods, NumberMethods, SequenceMethods};
use crate::str::Str;
use crate::tuple::Tuple;
use crate::typeobj::{TypeObject, flags};
use crate::{Dict, Int, hash, id};
use core::cell::Cell;
use core::ffi::c_int;
use core::ptr::NonNull;
use like::BytesLike;

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

static AS_NUMBER: NumberMethods = NumberMethods::EMPTY.nb_remainder(remainder);
static AS_SEQUENCE: SequenceMethods = SequenceMethods::EMPTY
    .sq_length(length)
    .sq_concat(concat)
    .sq_repeat(repeat)
    .sq_item(item)
    .sq_contains(contains);
static AS_MAPPING: MappingMethods = MappingMethods::EMPTY.mp_length(length).mp_subscript(subscript);
static AS_BUFFER: BufferProcs = BufferProcs::EMPTY.bf_getbuffer(getbuffer);

/// The type `bytes`.
#[unsafe(no_mangle)]
pub static PyBytes_Type: TypeObject = TypeObject::new(c"bytes", HEADER + 1)
    .itemsize(1)
    .flags(flags::BASETYPE | flags::BYTES_SUBCLASS | flags::MATCH_SELF)
    .doc(c"bytes(iterable_of_ints) -> bytes\nbytes(string, encoding[, errors]) -> bytes\nbytes(bytes_or_buffer) -> immutable copy of bytes_or_buffer\nbytes(int) -> bytes object of size given by the parameter initialized with null bytes\nbytes() -> empty bytes object\n\nConstruct an immutable array of bytes from:\n  - an iterable yielding integers in range(256)\n  - a text string encoded using the specified encoding\n  - any object implementing the buffer API.\n  - an integer")
    .tp_dealloc(dealloc_plain::<Bytes>)
    .tp_repr(repr)
    .tp_str(str_)
    .tp_hash(bytes_hash)
    .tp_iter(iterator::bytes_iter)
    .tp_richcompare(richcompare)
    .tp_new(new)
    .as_number(&AS_NUMBER)
    .as_sequence(&AS_SEQUENCE)
    .as_mapping(&AS_MAPPING)
    .as_buffer(&AS_BUFFER)
    .methods(methods::bytes::METHODS);

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

extern "C" fn length(object: &Object) -> isize {
    object.expect::<Bytes>().ob_base.ob_size.get()
}

extern "C" fn concat(a: &Object, b: &Object) -> Result {
    let (Some(x), Some(y)) = (BytesLike::of(a)?, BytesLike::of(b)?) else {
        return Err(type_error(format!("can't concat {} to {}", b.type_name(), a.type_name())));
    };
    Ok(Bytes::new(&[x.as_slice(), y.as_slice()].concat()).into_object())
}

/// Bytes repeated, or MemoryError / OverflowError.
pub(crate) fn repeated(bytes: &[u8], count: isize) -> Result<Vec<u8>> {
    let count = usize::try_from(count).unwrap_or(0);
    let total = bytes.len().checked_mul(count).filter(|&n| n <= isize::MAX as usize - HEADER - 1);
    let Some(total) = total else { return Err(overflow_error("repeated bytes are too long")) };
    let mut out = Vec::new();
    if out.try_reserve_exact(total).is_err() {
        return Err(crate::errors::memory_error());
    }
    if let [one] = bytes {
        out.resize(total, *one);
    } else {
        (0..count).for_each(|_| out.extend_from_slice(bytes));
    }
    Ok(out)
}

extern "C" fn repeat(a: &Object, count: isize) -> Result {
    let bytes = a.expect::<Bytes>();
    if count == 1 && a.downcast_exact::<Bytes>().is_some() {
        return Ok(a.to_ref());
    }
    Ok(Bytes::new(&repeated(bytes.as_slice(), count)?).into_object())
}

extern "C" fn item(a: &Object, index: isize) -> Result {
    match usize::try_from(index).ok().and_then(|i| a.expect::<Bytes>().as_slice().get(i).copied()) {
        Some(byte) => Ok(Int::from_i64(byte.into()).into_object()),
        None => Err(index_error("index out of range")),
    }
}

extern "C" fn contains(a: &Object, b: &Object) -> c_int {
    int_result((|| {
        let sub = like::sub_argument(b)?;
        Ok(memchr::memmem::find(a.expect::<Bytes>().as_slice(), sub.as_slice()).is_some())
    })())
}

/// The bytes that a slice selects.
pub(crate) fn sliced(bytes: &[u8], indices: crate::slice::Indices) -> Vec<u8> {
    let at = |i: usize| bytes[(indices.start + i as isize * indices.step) as usize];
    (0..indices.len).map(at).collect()
}

extern "C" fn subscript(a: &Object, key: &Object) -> Result {
    let bytes = a.expect::<Bytes>();
    if key.is_index() {
        let index = key.as_subscript()?;
        let index = if index < 0 { index + bytes.as_slice().len() as isize } else { index };
        return item(a, index);
    }
    let Some(slice) = key.downcast::<crate::slice::Slice>() else {
        return Err(type_error(format!("byte indices must be integers or slices, not {}", key.type_name())));
    };
    let indices = slice.adjust(bytes.as_slice().len())?;
    if indices.step == 1 {
        if indices.len == bytes.as_slice().len() && a.downcast_exact::<Bytes>().is_some() {
            return Ok(a.to_ref());
        }
        let start = indices.start as usize;
        return Ok(Bytes::new(&bytes.as_slice()[start..start + indices.len]).into_object());
    }
    Ok(Bytes::new(&sliced(bytes.as_slice(), indices)).into_object())
}

extern "C" fn remainder(a: &Object, b: &Object) -> Result {
    match a.downcast::<Bytes>() {
        Some(template) => Ok(Bytes::new(&percent::format(template.as_slice(), b)?).into_object()),
        None => Ok(not_implemented().to_ref()),
    }
}

extern "C" fn repr(object: &Object) -> Result {
    Ok(Str::new(&algorithms::repr(object.expect::<Bytes>().as_slice())).into_object())
}

/// `str(bytes)` warns with `-b` and is an error with `-bb`.
pub(crate) fn warn_str(what: &str) -> Result<()> {
    if crate::interp::current().bytes_warning.get() > 0 {
        crate::errors::warn(
            &crate::exceptions::PyExc_BytesWarning,
            format!("str() on a {what} instance"),
            1,
        )?;
    }
    Ok(())
}

extern "C" fn str_(object: &Object) -> Result {
    warn_str("bytes")?;
    repr(object)
}

extern "C" fn bytes_hash(object: &Object) -> isize {
    let bytes = object.expect::<Bytes>();
    if bytes.ob_shash.get() == -1 {
        bytes.ob_shash.set(hash::hash_bytes(bytes.as_slice()));
    }
    bytes.ob_shash.get()
}

/// With `-b`, comparing bytes with text is worth a warning.
pub(crate) fn warn_compare(a: &Object, b: &Object, op: CompareOp) -> Result<()> {
    let level = crate::interp::current().bytes_warning.get();
    if level == 0 || !matches!(op, CompareOp::Eq | CompareOp::Ne) {
        return Ok(());
    }
    let is_text = |o: &Object| o.downcast::<Str>().is_some();
    let is_int = |o: &Object| o.downcast::<Int>().is_some();
    let message = if is_text(a) || is_text(b) {
        "Comparison between bytes and string"
    } else if is_int(a) || is_int(b) {
        "Comparison between bytes and int"
    } else {
        return Ok(());
    };
    crate::errors::warn(&crate::exceptions::PyExc_BytesWarning, message, 1)
}

extern "C" fn richcompare(a: &Object, b: &Object, op: c_int) -> Result {
    let op = CompareOp::from_int(op);
    let (Some(x), Some(y)) = (a.downcast::<Bytes>(), b.downcast::<Bytes>()) else {
        warn_compare(a, b, op)?;
        return Ok(not_implemented().to_ref());
    };
    Ok(bool_object(op.holds(x.as_slice().cmp(y.as_slice()))).to_ref())
}

extern "C" fn getbuffer(object: &Object, view: *mut Buffer, flags: c_int) -> c_int {
    let bytes = object.expect::<Bytes>();
    crate::result::unit_result(crate::buffer::fill_info(
        view,
        object,
        bytes.as_slice().as_ptr().cast_mut(),
        bytes.as_slice().len(),
        true,
        flags,
    ))
}

/// The bytes that a constructor's arguments make (`bytes(...)`, `bytearray(...)`).
pub(crate) fn from_arguments(args: &Tuple, kwargs: Option<&Dict>, name: &str) -> Result<Vec<u8>> {
    let values = parse_init(name, &["source", "encoding", "errors"], 0, args, kwargs)?;
    let text_of = |value: &Option<Ref<Object>>, which: &str, default: &str| -> Result<String> {
        match value {
            None => Ok(default.to_owned()),
            Some(v) => v.downcast::<Str>().map(|t| t.to_string_lossy()).ok_or_else(|| {
                type_error(format!("{name}() argument '{which}' must be str, not {}", v.type_name()))
            }),
        }
    };
    let Some(source) = &values[0] else {
        if values[1].is_some() || values[2].is_some() {
            let which = if values[1].is_some() { "encoding" } else { "errors" };
            return Err(type_error(format!("{which} without a string argument")));
        }
        return Ok(Vec::new());
    };
    if values[1].is_some() || values[2].is_some() {
        let Some(text) = source.downcast::<Str>() else {
            let which = if values[1].is_some() { "encoding" } else { "errors" };
            return Err(type_error(format!("{which} without a string argument")));
        };
        if values[1].is_none() {
            return Err(type_error("string argument without an encoding"));
        }
        let encoding = text_of(&values[1], "encoding", "utf-8")?;
        let errors = text_of(&values[2], "errors", "strict")?;
        let made = crate::codecs::encode_text(text, &encoding, &errors)?;
        return Ok(made.downcast::<Bytes>().map_or_else(Vec::new, |b| b.as_slice().to_vec()));
    }
    if name == "bytes" {
        if let Some(made) = source.call_special(id!("__bytes__"), &[])? {
            return match made.downcast::<Bytes>() {
                Some(bytes) => Ok(bytes.as_slice().to_vec()),
                None => Err(type_error(format!(
                    "{}.__bytes__() must return a bytes, not {}",
                    source.type_name(),
                    made.type_name()
                ))),
            };
        }
    }
    if source.downcast::<Str>().is_some() {
        return Err(type_error("string argument without an encoding"));
    }
    from_source(source, name)
}

/// From a count, a buffer or an iterable of ints.
fn from_source(source: &Object, name: &str) -> Result<Vec<u8>> {
    if source.is_index() {
        match source.as_isize(false) {
            Ok(count) => {
                let Ok(count) = usize::try_from(count) else { return Err(value_error("negative count")) };
                let mut out = Vec::new();
                if out.try_reserve_exact(count).is_err() {
                    return Err(crate::errors::memory_error());
                }
                out.resize(count, 0);
                return Ok(out);
            }
            Err(raised) => crate::errors::clear_if(raised, &crate::exceptions::PyExc_TypeError)?,
        }
    }
    if let Some(bytes) = crate::buffer::copy_of_bytes(source)? {
        return Ok(bytes);
    }
    if source.ty().tp_iter.get().is_none() && !source.is_sequence() {
        return Err(type_error(format!("cannot convert '{}' object to {name}", source.type_name())));
    }
    let mut out = Vec::new();
    source.for_each(|item| {
        out.push(byte_value(&item, name)?);
        Ok(())
    })?;
    Ok(out)
}

/// An int in `range(256)`.
pub(crate) fn byte_value(item: &Object, name: &str) -> Result<u8> {
    let value = item.as_isize(true)?;
    let what =
        if name == "bytes" { "bytes must be in range(0, 256)" } else { "byte must be in range(0, 256)" };
    u8::try_from(value).map_err(|_| value_error(what))
}

/// Makes an instance of `bytes` or of a subclass.
pub(crate) fn into_type(ty: &TypeObject, bytes: &[u8]) -> Result {
    if ty.is_type(&PyBytes_Type) {
        return Ok(Bytes::new(bytes).into_object());
    }
    let object = alloc::alloc_instance(ty, bytes.len())?;
    let made = object.expect::<Bytes>();
    made.ob_base.ob_size.set(bytes.len() as isize);
    made.ob_shash.set(-1);
    // SAFETY: the instance has `bytes.len()` bytes behind its fixed part, and the final zero is there already.
    unsafe {
        core::ptr::copy_nonoverlapping(bytes.as_ptr(), made.ob_sval.as_ptr().cast_mut(), bytes.len());
    }
    Ok(object)
}

extern "C" fn new(ty: &TypeObject, args: &Tuple, kwargs: Option<&Object>) -> Result {
    let kwargs = kwargs.and_then(|k| k.downcast::<Dict>());
    if let ([one], true, true) =
        (args.as_objects(), kwargs.is_none_or(Dict::is_empty), ty.is_type(&PyBytes_Type))
    {
        if one.downcast_exact::<Bytes>().is_some() {
            return Ok(one.to_ref());
        }
    }
    into_type(ty, &from_arguments(args, kwargs, "bytes")?)
}

/// The error of a change of size while the memory is lent out.
#[cold]
pub(crate) fn exports_exist() -> crate::Raised {
    buffer_error("Existing exports of data: object cannot be re-sized")
}

/// Flags of a plain request, for callers that only read.
pub const READ: c_int = request::SIMPLE;
