//! Iteration. CPython: `PyObject_GetIter`, `PyIter_Next`, `PyObject_LengthHint`.

use crate::errors::{self, type_error, value_error};
use crate::exceptions::{PyExc_StopIteration, PyExc_TypeError};
use crate::int::Int;
use crate::iterators::sequence::SeqIter;
use crate::list::List;
use crate::object::Object;
use crate::reference::Ref;
use crate::result::{Raised, Result};
use crate::tuple::Tuple;
use crate::{id, not_implemented};

impl Object {
    /// `iter(self)`.
    #[inline]
    pub fn iter(&self) -> Result {
        let Some(function) = self.ty().tp_iter.get() else { return self.iter_by_index() };
        let iterator = function(self)?;
        if !iterator.is_iterator() {
            let name = iterator.type_name();
            return Err(type_error(format!("iter() returned non-iterator of type '{name}'")));
        }
        Ok(iterator)
    }

    #[cold]
    fn iter_by_index(&self) -> Result {
        if self.is_sequence() {
            return Ok(SeqIter::new(self).into_object());
        }
        Err(type_error(format!("'{}' object is not iterable", self.type_name())))
    }

    /// The next item of an iterator; `None` at the end (StopIteration is cleared).
    #[inline]
    pub fn iter_next(&self) -> Result<Option<Ref<Object>>> {
        let Some(function) = self.ty().tp_iternext.get() else { return Err(self.not_an_iterator()) };
        match function(self) {
            Some(item) => Ok(Some(item)),
            None => end_of_iteration(),
        }
    }

    #[cold]
    fn not_an_iterator(&self) -> Raised {
        type_error(format!("'{}' object is not an iterator", self.type_name()))
    }

    /// Is it an iterator?
    #[inline(always)]
    pub fn is_iterator(&self) -> bool {
        self.ty().tp_iternext.get().is_some_and(|f| f as usize != next_not_implemented as *const () as usize)
    }

    /// All items of an iterable, in a Rust vector.
    pub fn collect(&self) -> Result<Vec<Ref<Object>>> {
        if let Some(list) = self.downcast_exact::<List>() {
            return Ok(list.to_vec());
        }
        if let Some(tuple) = self.downcast_exact::<Tuple>() {
            return Ok(tuple.as_slice().to_vec());
        }
        let iterator = self.iter()?;
        let mut items = Vec::new();
        while let Some(item) = iterator.iter_next()? {
            items.push(item);
        }
        Ok(items)
    }

    /// Calls `each` for every item of an iterable.
    pub fn for_each(&self, mut each: impl FnMut(Ref<Object>) -> Result<()>) -> Result<()> {
        let iterator = self.iter()?;
        while let Some(item) = iterator.iter_next()? {
            each(item)?;
        }
        Ok(())
    }

    /// `operator.length_hint(self, default)`.
    pub fn length_hint(&self, default: isize) -> Result<isize> {
        if self.has_len() {
            match self.len() {
                Ok(len) => return Ok(len as isize),
                Err(raised) => errors::clear_if(raised, &PyExc_TypeError)?,
            }
        }
        let Some(method) = self.lookup_special(id!("__length_hint__"))? else { return Ok(default) };
        let hint = match method.call(&[]) {
            Ok(hint) => hint,
            Err(raised) => {
                errors::clear_if(raised, &PyExc_TypeError)?;
                return Ok(default);
            }
        };
        if hint.is(not_implemented()) {
            return Ok(default);
        }
        let Some(int) = hint.downcast::<Int>() else {
            return Err(type_error(format!("__length_hint__ must be an integer, not {}", hint.type_name())));
        };
        match int.to_i64() {
            Some(n) if n >= 0 => Ok(n as isize),
            None if !int.is_negative() => {
                Err(errors::overflow_error("Python int too large to convert to C ssize_t"))
            }
            _ => Err(value_error("__length_hint__() should return >= 0")),
        }
    }
}

/// What null from `tp_iternext` means: the end, unless an exception other than StopIteration is set.
#[cold]
fn end_of_iteration() -> Result<Option<Ref<Object>>> {
    if !errors::occurred() {
        return Ok(None);
    }
    errors::clear_if(Raised, &PyExc_StopIteration).map(|()| None)
}

/// `tp_iternext` of types that say that they are no iterators (`_PyObject_NextNotImplemented`).
pub extern "C" fn next_not_implemented(object: &Object) -> crate::result::NextResult {
    type_error(format!("'{}' object is not iterable", object.type_name()));
    None
}
