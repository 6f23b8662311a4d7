//! Iteration.

use crate::object::Object;
use crate::reference::Ref;
use crate::result::Result;

impl Object {
    /// `iter(self)`.
    pub fn iter(&self) -> Result {
        todo!()
    }
    /// The next item of an iterator; `None` at the end (StopIteration is cleared).
    #[inline]
    pub fn iter_next(&self) -> Result<Option<Ref<Object>>> {
        todo!()
    }
    /// Is it an iterator?
    pub fn is_iterator(&self) -> bool {
        self.ty().tp_iternext.get().is_some()
    }
    /// All items of an iterable, in a Rust vector.
    pub fn collect(&self) -> Result<Vec<Ref<Object>>> {
        todo!()
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
    pub fn length_hint(&self, _default: isize) -> Result<isize> {
        todo!()
    }
}
