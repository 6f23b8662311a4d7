//! The methods that only `bytearray` has.

use super::ByteArray;
use crate::Bytes;
use crate::bytes::{byte_value, from_arguments};
use crate::errors::{index_error, type_error, value_error};
use crate::object::{Object, none};
use crate::reference::Ref;
use crate::result::Result;
use crate::str::Str;
use crate::tuple::Tuple;
use krait_macros::pyfn;

/// Append a single item to the end of the bytearray.
#[pyfn("append($self, item, /)")]
pub fn append(array: &ByteArray, item: &Object) -> Result<()> {
    let byte = byte_value(item, "bytearray")?;
    array.splice(array.len(), array.len(), &[byte])
}

/// Append all the items from the iterator or sequence to the end of the bytearray.
#[pyfn("extend($self, iterable_of_ints, /)")]
pub fn extend(array: &ByteArray, iterable_of_ints: &Object) -> Result<()> {
    if iterable_of_ints.downcast::<Str>().is_some() {
        return Err(type_error("expected iterable of integers; got: 'str'"));
    }
    if iterable_of_ints.is_index() && crate::buffer::copy_of_bytes(iterable_of_ints)?.is_none() {
        return Err(type_error(format!("can't extend bytearray with {}", iterable_of_ints.type_name())));
    }
    let bytes = from_arguments(&Tuple::from_slice(&[iterable_of_ints]), None, "bytearray")?;
    array.splice(array.len(), array.len(), &bytes)
}

/// Insert a single item into the bytearray before the given index.
#[pyfn("insert($self, index, item, /)")]
pub fn insert(array: &ByteArray, index: isize, item: &Object) -> Result<()> {
    let byte = byte_value(item, "bytearray")?;
    let len = array.len() as isize;
    let at = (if index < 0 { index + len } else { index }).clamp(0, len) as usize;
    array.splice(at, at, &[byte])
}

/// Remove and return a single item from B.
#[pyfn("pop($self, index=-1, /)")]
pub fn pop(array: &ByteArray, index: isize) -> Result<u8> {
    if array.is_empty() {
        return Err(index_error("pop from empty bytearray"));
    }
    let at = if index < 0 { index + array.len() as isize } else { index };
    let found = usize::try_from(at).ok().and_then(|at| array.get(at).map(|byte| (at, byte)));
    let Some((at, byte)) = found else { return Err(index_error("pop index out of range")) };
    array.splice(at, at + 1, &[])?;
    Ok(byte)
}

/// Remove the first occurrence of a value in the bytearray.
#[pyfn("remove($self, value, /)")]
pub fn remove(array: &ByteArray, value: &Object) -> Result<()> {
    let byte = byte_value(value, "bytearray")?;
    match array.to_vec().iter().position(|b| *b == byte) {
        Some(at) => array.splice(at, at + 1, &[]),
        None => Err(value_error("value not found in bytearray")),
    }
}

/// Reverse the order of the values in B in place.
#[pyfn("reverse($self, /)")]
pub fn reverse(array: &ByteArray) -> Result<()> {
    let mut bytes = array.to_vec();
    bytes.reverse();
    array.replace_all(&bytes)
}

/// Remove all items from the bytearray.
#[pyfn("clear($self, /)")]
pub fn clear(array: &ByteArray) -> Result<()> {
    array.resize(0)
}

/// Return a copy of B.
#[pyfn("copy($self, /)")]
pub fn copy(array: &ByteArray) -> Ref<ByteArray> {
    ByteArray::new(&array.to_vec())
}

/// Resize the internal buffer of bytearray to len.
#[pyfn("resize($self, size, /)")]
pub fn resize(array: &ByteArray, size: isize) -> Result<()> {
    match usize::try_from(size) {
        Ok(size) => array.resize(size),
        Err(_) => Err(value_error(format!("Can only resize to positive sizes, got {size}"))),
    }
}

/// Return the number of bytes actually allocated.
#[pyfn("__alloc__($self, /)", nosig)]
pub fn alloc_(array: &ByteArray) -> isize {
    array.ob_alloc.get()
}

/// Returns the size of the bytearray object in memory, in bytes.
#[pyfn("__sizeof__($self, /)")]
pub fn sizeof(array: &ByteArray) -> isize {
    array.ty().tp_basicsize.get() + array.ob_alloc.get()
}

fn reduced(array: &ByteArray, protocol: i64) -> Result {
    let dict = match array.instance_dict()? {
        Some(dict) if !dict.is_empty() => dict.into_object(),
        _ => none().to_ref(),
    };
    let args = if protocol >= 3 {
        Tuple::from_vec(vec![Bytes::new(&array.to_vec()).into_object()])
    } else if array.is_empty() {
        Ref::from_borrowed(Tuple::empty())
    } else {
        let text = Str::from_latin1(&array.to_vec()).into_object();
        Tuple::from_vec(vec![text, Str::new("latin-1").into_object()])
    };
    Ok(Tuple::from_vec(vec![array.ty().to_ref(), args.into_object(), dict]).into_object())
}

/// Return state information for pickling.
#[pyfn("__reduce__($self, /)")]
pub fn reduce(array: &ByteArray) -> Result {
    reduced(array, 2)
}

/// Return state information for pickling.
#[pyfn("__reduce_ex__($self, proto=0, /)")]
pub fn reduce_ex(array: &ByteArray, proto: i64) -> Result {
    reduced(array, proto)
}
