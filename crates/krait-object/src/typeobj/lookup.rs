//! Attribute look-up along the MRO.

use crate::object::Object;
use crate::reference::Ref;
use crate::str::Str;
use crate::typeobj::TypeObject;

impl TypeObject {
    /// The attribute `name` of the type or its bases, without binding (`_PyType_LookupRef`).
    pub fn lookup(&self, _name: &Str) -> Option<Ref<Object>> {
        todo!()
    }
}
