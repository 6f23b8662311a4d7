//! Type objects not yet written: each owner replaces its entry and deletes it here.
use crate::TypeObject;
pub const TYPE: TypeObject = TypeObject::new(c"type", 936);
pub const OBJECT: TypeObject = TypeObject::new(c"object", 16);
