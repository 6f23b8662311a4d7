//! Subscripts and mappings (`PyObject_GetItem`, `PyMapping_*`). CPython: `Objects/abstract.c`.

use crate::errors::{self, type_error};
use crate::exceptions::PyExc_KeyError;
use crate::generic_alias::GenericAlias;
use crate::list::List;
use crate::object::Object;
use crate::reference::Ref;
use crate::result::{Result, from_int};
use crate::typeobj::{PyType_Type, TypeObject};
use crate::{Dict, Str, id};

impl Object {
    /// `self[key]`.
    #[inline]
    pub fn get_item(&self, key: &Object) -> Result {
        match self.ty().mapping().and_then(|m| m.mp_subscript.get()) {
            Some(function) => function(self, key),
            None => self.get_item_otherwise(key),
        }
    }

    fn get_item_otherwise(&self, key: &Object) -> Result {
        if let Some(function) = self.ty().sequence().and_then(|s| s.sq_item.get()) {
            if !key.is_index() {
                let name = key.type_name();
                return Err(type_error(format!("sequence index must be integer, not '{name}'")));
            }
            let _ = function;
            return self.sequence_get(key.as_subscript()?);
        }
        if let Some(ty) = self.downcast::<TypeObject>() {
            return class_item(ty, key);
        }
        Err(type_error(format!("'{}' object is not subscriptable", self.type_name())))
    }

    /// `self[key] = value`.
    #[inline]
    pub fn set_item(&self, key: &Object, value: &Object) -> Result<()> {
        match self.ty().mapping().and_then(|m| m.mp_ass_subscript.get()) {
            Some(function) => from_int(function(self, key, Some(value))).map(|_| ()),
            None => self.assign_by_index(key, Some(value)),
        }
    }

    /// `del self[key]`.
    pub fn del_item(&self, key: &Object) -> Result<()> {
        match self.ty().mapping().and_then(|m| m.mp_ass_subscript.get()) {
            Some(function) => from_int(function(self, key, None)).map(|_| ()),
            None => self.assign_by_index(key, None),
        }
    }

    #[cold]
    fn assign_by_index(&self, key: &Object, value: Option<&Object>) -> Result<()> {
        if let Some(suite) = self.ty().sequence() {
            if key.is_index() {
                if suite.sq_ass_item.get().is_some() {
                    return self.sequence_set(key.as_subscript()?, value);
                }
            } else if suite.sq_ass_item.get().is_some() {
                let name = key.type_name();
                return Err(type_error(format!("sequence index must be integer, not '{name}'")));
            }
        }
        let what = if value.is_some() { "assignment" } else { "deletion" };
        let verb = if value.is_some() { "does not" } else { "doesn't" };
        Err(type_error(format!("'{}' object {verb} support item {what}", self.type_name())))
    }

    /// `self[key]`, `None` for KeyError (`PyMapping_GetOptionalItem`).
    pub fn get_item_opt(&self, key: &Object) -> Result<Option<Ref<Object>>> {
        if let Some(dict) = self.downcast_exact::<Dict>() {
            return dict.get(key);
        }
        match self.get_item(key) {
            Ok(value) => Ok(Some(value)),
            Err(raised) => errors::clear_if(raised, &PyExc_KeyError).map(|()| None),
        }
    }

    /// `PyMapping_Check`.
    pub fn is_mapping(&self) -> bool {
        self.ty().mapping().is_some_and(|m| m.mp_subscript.get().is_some())
    }

    /// `list(self.keys())` (`PyMapping_Keys`).
    pub fn mapping_keys(&self) -> Result<Ref<List>> {
        match self.downcast_exact::<Dict>() {
            Some(dict) => Ok(List::from_vec(dict.keys())),
            None => self.method_as_list(id!("keys")),
        }
    }

    /// `list(self.values())`.
    pub fn mapping_values(&self) -> Result<Ref<List>> {
        match self.downcast_exact::<Dict>() {
            Some(dict) => Ok(List::from_vec(dict.values())),
            None => self.method_as_list(id!("values")),
        }
    }

    /// `list(self.items())`.
    pub fn mapping_items(&self) -> Result<Ref<List>> {
        let Some(dict) = self.downcast_exact::<Dict>() else { return self.method_as_list(id!("items")) };
        let pair = |(key, value)| crate::Tuple::pair(key, value).into_object();
        Ok(List::from_vec(dict.items().into_iter().map(pair).collect()))
    }

    fn method_as_list(&self, method: &Str) -> Result<Ref<List>> {
        let items = self.call_method(method, &[])?;
        let iterator = items.iter().map_err(|raised| {
            if !errors::matches(&crate::exceptions::PyExc_TypeError) {
                return raised;
            }
            errors::clear();
            type_error(format!(
                "{}.{method}() returned a non-iterable (type {})",
                self.type_name(),
                items.type_name()
            ))
        })?;
        iterator.to_list()
    }
}

/// `class[key]` by `__class_getitem__`; `type[key]` is a generic alias.
fn class_item(ty: &TypeObject, key: &Object) -> Result {
    if ty.is_type(&PyType_Type) {
        return Ok(GenericAlias::new(ty, key).into_object());
    }
    match ty.get_attr_opt(id!("__class_getitem__"))? {
        Some(method) if !method.is_none() => method.call(&[key]),
        _ => Err(type_error(format!("type '{}' is not subscriptable", ty.name()))),
    }
}
