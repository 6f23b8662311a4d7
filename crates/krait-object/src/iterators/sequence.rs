//! Iterators by index: over lists (both ways), tuples and other sequences; and `iter(callable, sentinel)`.
//! CPython: `Objects/iterobject.c` and the iterators in `listobject.c`, `tupleobject.c`.

use super::{iter_self, reduce_as, reduce_with_state};
use crate::alloc;
use crate::dealloc::dealloc_gc;
use crate::defs::MethodDef;
use crate::errors::{self, type_error};
use crate::exceptions::{PyExc_IndexError, PyExc_StopIteration};
use crate::object::Object;
use crate::reference::{Ref, Slot};
use crate::result::{NextResult, Result, next_result};
use crate::slots::CompareOp;
use crate::tuple::Tuple;
use crate::typeobj::{TypeObject, flags};
use crate::{Int, List};
use core::cell::Cell;
use krait_macros::pyfn;

/// `_PyListIterObject`, `_PyTupleIterObject`, `seqiterobject`: what is iterated over, and the next index.
#[repr(C)]
struct Indexed {
    ob_base: Object,
    /// -1 when a reverse iterator is exhausted.
    index: Cell<isize>,
    sequence: Slot,
}

macro_rules! indexed {
    ($($(#[$doc:meta])* $name:ident $type_object:ident $text:literal $next:ident $methods:expr;)*) => { $(
        $(#[$doc])*
        #[repr(C)]
        pub struct $name(Indexed);
        crate::object_type!($name, $type_object);

        /// Its type.
        #[unsafe(no_mangle)]
        pub static $type_object: TypeObject = TypeObject::of::<$name>($text)
            .flags(flags::HAVE_GC | flags::DISALLOW_INSTANTIATION)
            .tp_dealloc(dealloc_gc::<$name>)
            .tp_traverse(traverse)
            .tp_iter(iter_self)
            .tp_iternext($next)
            .methods($methods);
    )* };
}

indexed! {
    /// `list_iterator`.
    ListIter PyListIter_Type c"list_iterator" list_next
        &[list_hint::DEF, list_reduce::DEF, list_setstate::DEF, MethodDef::SENTINEL];
    /// `list_reverseiterator`.
    ListRevIter PyListRevIter_Type c"list_reverseiterator" list_previous
        &[reverse_hint::DEF, reverse_reduce::DEF, reverse_setstate::DEF, MethodDef::SENTINEL];
    /// `tuple_iterator`.
    TupleIter PyTupleIter_Type c"tuple_iterator" tuple_next
        &[tuple_hint::DEF, tuple_reduce::DEF, tuple_setstate::DEF, MethodDef::SENTINEL];
    /// `iterator`: by `__getitem__`.
    SeqIter PySeqIter_Type c"iterator" seq_next
        &[seq_hint::DEF, seq_reduce::DEF, seq_setstate::DEF, MethodDef::SENTINEL];
}

crate::traverse!(traverse, Indexed, |this, v| {
    v.slot(&this.sequence)?;
});

fn indexed(ty: &'static TypeObject, sequence: &Object, index: isize) -> Indexed {
    Indexed { ob_base: Object::new(ty), index: Cell::new(index), sequence: Slot::new(sequence.to_ref()) }
}

/// A state to set an index to: not below `least`.
fn state_index(state: &Object, least: isize) -> Result<isize> {
    Ok(super::state_integer(state)?.max(least))
}

impl ListIter {
    /// Over a list, from its start.
    #[inline]
    pub fn new(list: &List) -> Ref<ListIter> {
        alloc::new_tracked(ListIter(indexed(&PyListIter_Type, list, 0)))
    }

    /// The next item.
    #[inline(always)]
    pub fn next(&self) -> Option<Ref<Object>> {
        // SAFETY: the list is cloned from before anything else runs.
        let item = unsafe { self.0.sequence.peek() }.and_then(|s| {
            // SAFETY: constructed with a list.
            unsafe { s.cast::<List>() }.get(self.0.index.get() as usize)
        });
        match item {
            Some(item) => {
                self.0.index.set(self.0.index.get() + 1);
                Some(item)
            }
            None => {
                self.0.sequence.take();
                None
            }
        }
    }
}

extern "C" fn list_next(object: &Object) -> NextResult {
    // SAFETY: the slot of its own type.
    unsafe { object.cast::<ListIter>() }.next()
}

impl ListRevIter {
    /// Over a list, from its end.
    pub fn new(list: &List) -> Ref<ListRevIter> {
        alloc::new_tracked(ListRevIter(indexed(&PyListRevIter_Type, list, list.len() as isize - 1)))
    }
}

extern "C" fn list_previous(object: &Object) -> NextResult {
    let this = &object.expect::<ListRevIter>().0;
    let list = this.sequence.get()?;
    let index = this.index.get();
    match usize::try_from(index).ok().and_then(|i| list.expect::<List>().get(i)) {
        Some(item) => {
            this.index.set(index - 1);
            Some(item)
        }
        None => {
            this.index.set(-1);
            this.sequence.take();
            None
        }
    }
}

impl TupleIter {
    /// Over a tuple.
    #[inline]
    pub fn new(tuple: &Tuple) -> Ref<TupleIter> {
        alloc::new_tracked(TupleIter(indexed(&PyTupleIter_Type, tuple, 0)))
    }

    /// The next item.
    #[inline(always)]
    pub fn next(&self) -> Option<Ref<Object>> {
        // SAFETY: the item is cloned from before anything else runs.
        let item = unsafe { self.0.sequence.peek() }.and_then(|s| {
            // SAFETY: constructed with a tuple.
            unsafe { s.cast::<Tuple>() }.get(self.0.index.get() as usize).map(Object::to_ref)
        });
        match item {
            Some(item) => {
                self.0.index.set(self.0.index.get() + 1);
                Some(item)
            }
            None => {
                self.0.sequence.take();
                None
            }
        }
    }
}

extern "C" fn tuple_next(object: &Object) -> NextResult {
    // SAFETY: the slot of its own type.
    unsafe { object.cast::<TupleIter>() }.next()
}

impl SeqIter {
    /// Over anything that has `__getitem__` (`PySeqIter_New`).
    pub fn new(sequence: &Object) -> Ref<SeqIter> {
        alloc::new_tracked(SeqIter(indexed(&PySeqIter_Type, sequence, 0)))
    }
}

extern "C" fn seq_next(object: &Object) -> NextResult {
    next_result((|| {
        let this = &object.expect::<SeqIter>().0;
        let Some(sequence) = this.sequence.get() else { return Ok(None) };
        let index = this.index.get();
        if index == isize::MAX {
            return Err(errors::overflow_error("iter index too large"));
        }
        match sequence.sequence_get(index) {
            Ok(item) => {
                this.index.set(index + 1);
                Ok(Some(item))
            }
            Err(raised) => {
                if errors::matches(&PyExc_IndexError) || errors::matches(&PyExc_StopIteration) {
                    errors::clear();
                    this.sequence.take();
                    return Ok(None);
                }
                Err(raised)
            }
        }
    })())
}

/// Private method returning an estimate of len(list(it)).
#[pyfn("__length_hint__($self, /)")]
fn list_hint(iterator: &ListIter) -> isize {
    let len =
        iterator.0.sequence.get().map_or(0, |s| s.expect::<List>().len() as isize - iterator.0.index.get());
    len.max(0)
}

/// Private method returning an estimate of len(list(it)).
#[pyfn("__length_hint__($self, /)")]
fn reverse_hint(iterator: &ListRevIter) -> isize {
    let len = iterator.0.index.get() + 1;
    match iterator.0.sequence.get() {
        Some(list) if list.expect::<List>().len() as isize >= len => len,
        _ => 0,
    }
}

/// Private method returning an estimate of len(list(it)).
#[pyfn("__length_hint__($self, /)")]
fn tuple_hint(iterator: &TupleIter) -> isize {
    iterator.0.sequence.get().map_or(0, |s| s.expect::<Tuple>().len() as isize - iterator.0.index.get())
}

/// Private method returning an estimate of len(list(it)).
#[pyfn("__length_hint__($self, /)")]
fn seq_hint(iterator: &SeqIter) -> Result {
    let Some(sequence) = iterator.0.sequence.get() else { return Ok(Int::from_i64(0).into_object()) };
    if sequence.ty().sequence().is_none_or(|s| s.sq_length.get().is_none())
        && sequence.ty().mapping().is_none_or(|m| m.mp_length.get().is_none())
    {
        return Ok(crate::not_implemented().to_ref());
    }
    let rest = sequence.len()? as isize - iterator.0.index.get();
    Ok(Int::from_i64(rest.max(0) as i64).into_object())
}

fn index_object(iterator: &Indexed) -> Ref<Object> {
    Int::from_i64(iterator.index.get() as i64).into_object()
}

/// Return state information for pickling.
#[pyfn("__reduce__($self, /)")]
fn list_reduce(iterator: &ListIter) -> Result {
    match iterator.0.sequence.get() {
        Some(list) => reduce_with_state("iter", list, index_object(&iterator.0)),
        None => reduce_as("iter", List::new().into_object()),
    }
}

/// Return state information for pickling.
#[pyfn("__reduce__($self, /)")]
fn reverse_reduce(iterator: &ListRevIter) -> Result {
    match iterator.0.sequence.get() {
        Some(list) => reduce_with_state("reversed", list, index_object(&iterator.0)),
        None => reduce_as("iter", List::new().into_object()),
    }
}

/// Return state information for pickling.
#[pyfn("__reduce__($self, /)")]
fn tuple_reduce(iterator: &TupleIter) -> Result {
    match iterator.0.sequence.get() {
        Some(tuple) => reduce_with_state("iter", tuple, index_object(&iterator.0)),
        None => reduce_as("iter", Tuple::empty().to_ref()),
    }
}

/// Return state information for pickling.
#[pyfn("__reduce__($self, /)")]
fn seq_reduce(iterator: &SeqIter) -> Result {
    match iterator.0.sequence.get() {
        Some(sequence) => reduce_with_state("iter", sequence, index_object(&iterator.0)),
        None => reduce_as("iter", Tuple::empty().to_ref()),
    }
}

/// Set state information for unpickling.
#[pyfn("__setstate__($self, object, /)")]
fn list_setstate(iterator: &ListIter, object: &Object) -> Result<()> {
    let index = state_index(object, 0)?;
    if let Some(list) = iterator.0.sequence.get() {
        iterator.0.index.set(index.min(list.expect::<List>().len() as isize));
    }
    Ok(())
}

/// Set state information for unpickling.
#[pyfn("__setstate__($self, object, /)")]
fn reverse_setstate(iterator: &ListRevIter, object: &Object) -> Result<()> {
    let index = state_index(object, -1)?;
    if let Some(list) = iterator.0.sequence.get() {
        iterator.0.index.set(index.min(list.expect::<List>().len() as isize - 1));
    }
    Ok(())
}

/// Set state information for unpickling.
#[pyfn("__setstate__($self, object, /)")]
fn tuple_setstate(iterator: &TupleIter, object: &Object) -> Result<()> {
    let index = state_index(object, 0)?;
    if let Some(tuple) = iterator.0.sequence.get() {
        iterator.0.index.set(index.min(tuple.expect::<Tuple>().len() as isize));
    }
    Ok(())
}

/// Set state information for unpickling.
#[pyfn("__setstate__($self, object, /)")]
fn seq_setstate(iterator: &SeqIter, object: &Object) -> Result<()> {
    let index = state_index(object, 0)?;
    if !iterator.0.sequence.is_empty() {
        iterator.0.index.set(index);
    }
    Ok(())
}

/// `calliterobject`: `iter(callable, sentinel)`.
#[repr(C)]
pub struct CallIter {
    ob_base: Object,
    callable: Slot,
    sentinel: Slot,
}

crate::object_type!(CallIter, PyCallIter_Type);

/// The type `callable_iterator`.
#[unsafe(no_mangle)]
pub static PyCallIter_Type: TypeObject = TypeObject::of::<CallIter>(c"callable_iterator")
    .flags(flags::HAVE_GC | flags::DISALLOW_INSTANTIATION)
    .tp_dealloc(dealloc_gc::<CallIter>)
    .tp_traverse(call_traverse)
    .tp_iter(iter_self)
    .tp_iternext(call_next)
    .methods(&[call_reduce::DEF, MethodDef::SENTINEL]);

crate::traverse!(call_traverse, CallIter, |this, v| {
    v.slot(&this.callable)?;
    v.slot(&this.sentinel)?;
});

impl CallIter {
    /// Calls `callable` until it returns `sentinel` (`PyCallIter_New`).
    pub fn new(callable: &Object, sentinel: &Object) -> Ref<CallIter> {
        alloc::new_tracked(CallIter {
            ob_base: Object::new(&PyCallIter_Type),
            callable: Slot::new(callable.to_ref()),
            sentinel: Slot::new(sentinel.to_ref()),
        })
    }

    fn exhaust(&self) {
        self.callable.take();
        self.sentinel.take();
    }
}

extern "C" fn call_next(object: &Object) -> NextResult {
    next_result((|| {
        let this = object.expect::<CallIter>();
        let Some(callable) = this.callable.get() else { return Ok(None) };
        let value = match callable.call(&[]) {
            Ok(value) => value,
            Err(raised) => {
                errors::clear_if(raised, &PyExc_StopIteration)?;
                this.exhaust();
                return Ok(None);
            }
        };
        // The call may have exhausted the iterator.
        let Some(sentinel) = this.sentinel.get() else { return Ok(None) };
        if sentinel.rich_compare_bool(&value, CompareOp::Eq)? {
            this.exhaust();
            return Ok(None);
        }
        Ok(Some(value))
    })())
}

/// Return state information for pickling.
#[pyfn("__reduce__($self, /)")]
fn call_reduce(iterator: &CallIter) -> Result {
    match iterator.callable.get().zip(iterator.sentinel.get()) {
        Some((callable, sentinel)) => {
            let args = Tuple::pair(callable, sentinel).into_object();
            Ok(Tuple::pair(super::builtin("iter")?, args).into_object())
        }
        None => reduce_as("iter", Tuple::empty().to_ref()),
    }
}

/// `iter(object[, sentinel])`, the builtin.
pub fn iter_builtin(object: &Object, sentinel: Option<&Object>) -> Result {
    match sentinel {
        None => object.iter(),
        Some(_) if !object.is_callable() => Err(type_error("iter(v, w): v must be callable")),
        Some(sentinel) => Ok(CallIter::new(object, sentinel).into_object()),
    }
}
