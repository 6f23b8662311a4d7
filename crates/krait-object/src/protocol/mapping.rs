//! Subscripts and mappings (`PyObject_GetItem`, `PyMapping_*`).

use crate::object::Object;
use crate::reference::Ref;
use crate::result::Result;

impl Object {
    /// `self[key]`.
    pub fn get_item(&self, _key: &Object) -> Result {
        todo!()
    }
    /// `self[key] = value`.
    pub fn set_item(&self, _key: &Object, _value: &Object) -> Result<()> {
        todo!()
    }
    /// `del self[key]`.
    pub fn del_item(&self, _key: &Object) -> Result<()> {
        todo!()
    }
    /// `self[key]`, `None` for KeyError (`PyMapping_GetOptionalItem`).
    pub fn get_item_opt(&self, _key: &Object) -> Result<Option<Ref<Object>>> {
        todo!()
    }
    /// `PyMapping_Check`.
    pub fn is_mapping(&self) -> bool {
        self.ty().mapping().is_some_and(|m| m.mp_subscript.get().is_some())
    }
    /// `list(self.keys())` (`PyMapping_Keys`).
    pub fn mapping_keys(&self) -> Result<Ref<crate::List>> {
        todo!()
    }
    /// `list(self.items())`.
    pub fn mapping_items(&self) -> Result<Ref<crate::List>> {
        todo!()
    }
}
