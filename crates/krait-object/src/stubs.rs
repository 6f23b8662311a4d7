//! Type objects not yet written: each owner replaces its entry and deletes it here.
use crate::TypeObject;
pub const TYPE: TypeObject = TypeObject::new(c"type", 936);
pub const OBJECT: TypeObject = TypeObject::new(c"object", 16);
pub const STR: TypeObject = TypeObject::new(c"str", 64);
