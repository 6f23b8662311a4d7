//! `bytes_iterator` and `bytearray_iterator`.

use super::Bytes;
use crate::bytearray::ByteArray;
use crate::dealloc::dealloc_gc;
use crate::defs::MethodDef;
use crate::object::Object;
use crate::reference::Slot;
use crate::result::{NextResult, Result};
use crate::tuple::Tuple;
use crate::typeobj::{TypeObject, flags};
use crate::{Int, alloc, id};
use core::cell::Cell;
use krait_macros::pyfn;

/// Both iterators: a position and what is iterated over, until it is used up.
#[repr(C)]
pub struct ByteIterator {
    ob_base: Object,
    index: Cell<usize>,
    sequence: Slot,
}

// SAFETY: repr(C) with the header first; exactly the two types below have this layout.
unsafe impl crate::Typed for ByteIterator {
    fn type_object() -> &'static TypeObject {
        &PyBytesIter_Type
    }
    fn check(object: &Object) -> bool {
        Self::check_exact(object) || core::ptr::eq(object.type_ptr(), &raw const PyByteArrayIter_Type)
    }
}

impl core::ops::Deref for ByteIterator {
    type Target = Object;
    fn deref(&self) -> &Object {
        &self.ob_base
    }
}

static METHODS: &[MethodDef] = &[length_hint::DEF, reduce::DEF, setstate::DEF, MethodDef::SENTINEL];

const fn base(ty: TypeObject) -> TypeObject {
    ty.flags(flags::HAVE_GC)
        .tp_dealloc(dealloc_gc::<ByteIterator>)
        .tp_traverse(traverse)
        .tp_iter(iter_self)
        .tp_iternext(next)
        .methods(METHODS)
}

/// The type `bytes_iterator`.
#[unsafe(no_mangle)]
pub static PyBytesIter_Type: TypeObject = base(TypeObject::of::<ByteIterator>(c"bytes_iterator"));
/// The type `bytearray_iterator`.
#[unsafe(no_mangle)]
pub static PyByteArrayIter_Type: TypeObject = base(TypeObject::of::<ByteIterator>(c"bytearray_iterator"));

crate::traverse!(traverse, ByteIterator, |this, v| {
    v.slot(&this.sequence)?;
});

fn make(ty: &'static TypeObject, sequence: &Object) -> Result {
    Ok(alloc::new_tracked(ByteIterator {
        ob_base: Object::new(ty),
        index: Cell::new(0),
        sequence: Slot::new(sequence.to_ref()),
    })
    .into_object())
}

/// `iter(bytes)`.
pub extern "C" fn bytes_iter(object: &Object) -> Result {
    make(&PyBytesIter_Type, object)
}

/// `iter(bytearray)`.
pub extern "C" fn bytearray_iter(object: &Object) -> Result {
    make(&PyByteArrayIter_Type, object)
}

extern "C" fn iter_self(object: &Object) -> Result {
    Ok(object.to_ref())
}

fn byte_at(sequence: &Object, index: usize) -> Option<u8> {
    match sequence.downcast::<Bytes>() {
        Some(bytes) => bytes.as_slice().get(index).copied(),
        None => sequence.downcast::<ByteArray>().and_then(|a| a.get(index)),
    }
}

extern "C" fn next(object: &Object) -> NextResult {
    let this = object.expect::<ByteIterator>();
    let sequence = this.sequence.get()?;
    match byte_at(&sequence, this.index.get()) {
        Some(byte) => {
            this.index.set(this.index.get() + 1);
            Some(Int::from_i64(byte.into()).into_object())
        }
        None => {
            this.sequence.take();
            None
        }
    }
}

fn remaining(this: &ByteIterator) -> usize {
    let len = this.sequence.get().map_or(0, |s| match s.downcast::<Bytes>() {
        Some(bytes) => bytes.as_slice().len(),
        None => s.downcast::<ByteArray>().map_or(0, ByteArray::len),
    });
    len.saturating_sub(this.index.get())
}

/// Private method returning an estimate of len(list(it)).
#[pyfn("__length_hint__($self, /)", nosig)]
fn length_hint(this: &ByteIterator) -> usize {
    remaining(this)
}

/// Return state information for pickling.
#[pyfn("__reduce__($self, /)", nosig)]
fn reduce(this: &ByteIterator) -> Result {
    let Some(iter) = crate::interp::current().builtins.get().and_then(|b| b.get_str(id!("iter"))) else {
        return Err(crate::errors::attribute_error("iter"));
    };
    Ok(match this.sequence.get() {
        Some(sequence) => {
            let args = Tuple::from_vec(vec![sequence]).into_object();
            Tuple::from_vec(vec![iter, args, Int::from_u64(this.index.get() as u64).into_object()])
        }
        None => {
            let args = Tuple::from_vec(vec![Tuple::empty().to_ref()]).into_object();
            Tuple::from_vec(vec![iter, args])
        }
    }
    .into_object())
}

/// Set state information for unpickling.
#[pyfn("__setstate__($self, state, /)", nosig)]
fn setstate(this: &ByteIterator, state: isize) {
    this.index.set(usize::try_from(state).unwrap_or(0));
}
