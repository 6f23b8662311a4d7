//! The sequence protocol (`PySequence_*`).

use crate::object::Object;
use crate::reference::Ref;
use crate::result::Result;

impl Object {
    /// `len(self)`.
    pub fn len(&self) -> Result<usize> {
        todo!()
    }
    /// `item in self`.
    pub fn contains_item(&self, _item: &Object) -> Result<bool> {
        todo!()
    }
    /// `tuple(self)`.
    pub fn to_tuple(&self) -> Result<Ref<crate::Tuple>> {
        todo!()
    }
    /// `list(self)`.
    pub fn to_list(&self) -> Result<Ref<crate::List>> {
        todo!()
    }
    /// `PySequence_Check`.
    pub fn is_sequence(&self) -> bool {
        todo!()
    }
    /// `PySequence_GetItem`: by index, negative from the end.
    pub fn sequence_get(&self, _index: isize) -> Result {
        todo!()
    }
}

/// `a + b` for sequences (`PySequence_Concat`).
pub fn concat(_a: &Object, _b: &Object) -> Result {
    todo!()
}
