//! The sequence protocol (`PySequence_*`). CPython: `Objects/abstract.c`.

use crate::errors::{self, type_error};
use crate::list::List;
use crate::object::Object;
use crate::reference::Ref;
use crate::result::{Result, from_int};
use crate::slots::CompareOp;
use crate::tuple::Tuple;
use crate::{Dict, Int};

/// A length that a slot gave.
#[inline(always)]
pub(super) fn checked_len(len: isize) -> Result<usize> {
    debug_assert!(len >= 0 || errors::occurred(), "length slot failed without an exception");
    usize::try_from(len).map_err(|_| crate::Raised)
}

impl Object {
    /// `len(self)`.
    #[inline]
    pub fn len(&self) -> Result<usize> {
        if let Some(function) = self.ty().sequence().and_then(|s| s.sq_length.get()) {
            return checked_len(function(self));
        }
        if let Some(function) = self.ty().mapping().and_then(|m| m.mp_length.get()) {
            return checked_len(function(self));
        }
        Err(type_error(format!("object of type '{}' has no len()", self.type_name())))
    }

    /// Has it a length?
    pub(crate) fn has_len(&self) -> bool {
        self.ty().sequence().is_some_and(|s| s.sq_length.get().is_some())
            || self.ty().mapping().is_some_and(|m| m.mp_length.get().is_some())
    }

    /// `item in self`.
    #[inline]
    pub fn contains_item(&self, item: &Object) -> Result<bool> {
        if let Some(function) = self.ty().sequence().and_then(|s| s.sq_contains.get()) {
            return from_int(function(self, item));
        }
        self.contains_by_iteration(item)
    }

    /// `item in self` by comparing with each item.
    pub fn contains_by_iteration(&self, item: &Object) -> Result<bool> {
        let iterator = self.iter_or("argument of type", "is not a container or iterable")?;
        while let Some(own) = iterator.iter_next()? {
            if own.rich_compare_bool(item, CompareOp::Eq)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The iterator, or a TypeError of the given wording when there is none.
    fn iter_or(&self, before: &str, after: &str) -> Result {
        self.iter().map_err(|raised| {
            if errors::matches(&crate::exceptions::PyExc_TypeError) {
                errors::clear();
                return type_error(format!("{before} '{}' {after}", self.type_name()));
            }
            raised
        })
    }

    /// `operator.countOf(self, item)`.
    pub fn count_of(&self, item: &Object) -> Result<usize> {
        let iterator = self.iter_or("argument of type", "is not iterable")?;
        let mut count = 0;
        while let Some(own) = iterator.iter_next()? {
            count += usize::from(own.rich_compare_bool(item, CompareOp::Eq)?);
        }
        Ok(count)
    }

    /// `operator.indexOf(self, item)`.
    pub fn index_of(&self, item: &Object) -> Result<usize> {
        let iterator = self.iter_or("argument of type", "is not iterable")?;
        let mut index = 0;
        while let Some(own) = iterator.iter_next()? {
            if own.rich_compare_bool(item, CompareOp::Eq)? {
                return Ok(index);
            }
            index += 1;
        }
        Err(errors::value_error("sequence.index(x): x not in sequence"))
    }

    /// `list(self)`.
    pub fn to_list(&self) -> Result<Ref<List>> {
        let list = List::new();
        list.extend(self)?;
        Ok(list)
    }

    /// `PySequence_Check`.
    pub fn is_sequence(&self) -> bool {
        self.downcast::<Dict>().is_none() && self.ty().sequence().is_some_and(|s| s.sq_item.get().is_some())
    }

    /// `PySequence_GetItem`: by index, negative from the end.
    pub fn sequence_get(&self, index: isize) -> Result {
        let Some(suite) = self.ty().sequence() else {
            return Err(self.no_sequence("is not a sequence", "does not support indexing"));
        };
        let Some(function) = suite.sq_item.get() else {
            return Err(self.no_sequence("is not a sequence", "does not support indexing"));
        };
        function(self, self.wrap_index(index)?)
    }

    /// `PySequence_SetItem` and `PySequence_DelItem`.
    pub fn sequence_set(&self, index: isize, value: Option<&Object>) -> Result<()> {
        match self.ty().sequence().and_then(|s| s.sq_ass_item.get()) {
            Some(function) => from_int(function(self, self.wrap_index(index)?, value)).map(|_| ()),
            None => {
                let what = if value.is_some() { "item assignment" } else { "item deletion" };
                Err(self.no_sequence("is not a sequence", &format!("doesn't support {what}")))
            }
        }
    }

    /// An index that counts from the end, if it is negative and the length is known, made to count from the start.
    fn wrap_index(&self, index: isize) -> Result<isize> {
        match self.ty().sequence().and_then(|s| s.sq_length.get()) {
            Some(function) if index < 0 => Ok(index + checked_len(function(self))? as isize),
            _ => Ok(index),
        }
    }

    #[cold]
    fn no_sequence(&self, for_mapping: &str, otherwise: &str) -> crate::Raised {
        let mapping = self.ty().mapping().is_some_and(|m| m.mp_subscript.get().is_some());
        if mapping {
            return type_error(format!("{} {for_mapping}", self.type_name()));
        }
        type_error(format!("'{}' object {otherwise}", self.type_name()))
    }

    /// Runs `body` on the items of an exact list or tuple, or of what an iterable gives (`PySequence_Fast`). The items
    /// are a snapshot: Python code that runs in `body` does not change them. `message` is the TypeError when the object
    /// is not iterable.
    pub fn with_fast_slice<R>(
        &self,
        message: &str,
        body: impl FnOnce(&[Ref<Object>]) -> Result<R>,
    ) -> Result<R> {
        let items = crate::list::fast(self, message)?;
        body(items.as_slice())
    }
}

/// `a + b` for sequences (`PySequence_Concat`).
pub fn concat(a: &Object, b: &Object) -> Result {
    if let Some(function) = a.ty().sequence().and_then(|s| s.sq_concat.get()) {
        return function(a, b);
    }
    if a.is_sequence() && b.is_sequence() {
        let result = super::number::add(a, b);
        return result;
    }
    Err(type_error(format!("'{}' object can't be concatenated", a.type_name())))
}

/// `a += b` for sequences (`PySequence_InPlaceConcat`).
pub fn inplace_concat(a: &Object, b: &Object) -> Result {
    let suite = a.ty().sequence();
    if let Some(function) = suite.and_then(|s| s.sq_inplace_concat.get().or(s.sq_concat.get())) {
        return function(a, b);
    }
    if a.is_sequence() && b.is_sequence() {
        return super::number::inplace_add(a, b);
    }
    Err(type_error(format!("'{}' object can't be concatenated", a.type_name())))
}

/// `a * n` for sequences (`PySequence_Repeat`).
pub fn repeat(a: &Object, times: isize) -> Result {
    if let Some(function) = a.ty().sequence().and_then(|s| s.sq_repeat.get()) {
        return function(a, times);
    }
    if a.is_sequence() {
        return super::number::multiply(a, &Int::from_i64(times as i64));
    }
    Err(type_error(format!("'{}' object can't be repeated", a.type_name())))
}

/// The part `[low:high]` of a sequence (`PySequence_GetSlice`).
pub fn get_slice(sequence: &Object, low: isize, high: isize) -> Result {
    match sequence.ty().mapping().and_then(|m| m.mp_subscript.get()) {
        Some(function) => function(sequence, &crate::slice::from_isize(Some(low), Some(high), None)),
        None => Err(type_error(format!("'{}' object is unsliceable", sequence.type_name()))),
    }
}

/// A tuple of the items of an exact list or tuple without running Python code, `None` for others.
pub fn snapshot(object: &Object) -> Option<Ref<Tuple>> {
    if let Some(tuple) = object.downcast_exact::<Tuple>() {
        return Some(Ref::from_borrowed(tuple));
    }
    object.downcast_exact::<List>().map(List::to_tuple)
}
