//! Bytes-like arguments.

use super::Bytes;
use crate::args::{ArgContext, FromArg};
use crate::buffer::{View, request};
use crate::errors::{type_error, value_error};
use crate::object::Object;
use crate::result::Result;

/// The memory of an argument: borrowed from `bytes`, or a buffer held for the duration of the call.
pub enum BytesLike<'a> {
    Borrowed(&'a [u8]),
    View(View),
    Owned(Vec<u8>),
}

impl<'a> BytesLike<'a> {
    /// Of any exporter; `None` for other objects.
    pub fn of(object: &'a Object) -> Result<Option<BytesLike<'a>>> {
        if let Some(bytes) = object.downcast::<Bytes>() {
            return Ok(Some(BytesLike::Borrowed(bytes.as_slice())));
        }
        if object.ty().buffer().is_none_or(|b| b.bf_getbuffer.get().is_none()) {
            return Ok(None);
        }
        Ok(Some(BytesLike::View(View::get(object, request::SIMPLE)?)))
    }

    /// Of an exporter, or TypeError.
    pub fn required(object: &'a Object) -> Result<BytesLike<'a>> {
        BytesLike::of(object)?.ok_or_else(|| {
            type_error(format!("a bytes-like object is required, not '{}'", object.type_name()))
        })
    }

    /// The bytes.
    pub fn as_slice(&self) -> &[u8] {
        match self {
            BytesLike::Borrowed(bytes) => bytes,
            BytesLike::View(view) => view.as_slice(),
            BytesLike::Owned(bytes) => bytes,
        }
    }
}

impl<'a> FromArg<'a> for BytesLike<'a> {
    fn from_arg(value: &'a Object, _: &ArgContext) -> Result<BytesLike<'a>> {
        BytesLike::required(value)
    }
}

/// What is searched for: bytes, or one byte given as an int.
pub fn sub_argument(object: &Object) -> Result<BytesLike<'_>> {
    if let Some(bytes) = BytesLike::of(object)? {
        return Ok(bytes);
    }
    if !object.is_index() {
        return Err(type_error(format!(
            "argument should be integer or bytes-like object, not '{}'",
            object.type_name()
        )));
    }
    match u8::try_from(object.as_isize(true)?) {
        Ok(byte) => Ok(BytesLike::Owned(vec![byte])),
        Err(_) => Err(value_error("byte must be in range(0, 256)")),
    }
}
