//! Attributes: `getattr`, `setattr`, the generic algorithm, methods without binding. CPython: `Objects/object.c`.
//!
//! Order of the generic look-up: data descriptor of the type, the instance's own attributes, other descriptor or value
//! of the type. Look-ups that may fail have a form that gives `None` instead of raising, because `hasattr`, pattern
//! matching and many protocols ask in vain most of the time.

use crate::dict::{Dict, instance};
use crate::errors::{self, attribute_error, type_error};
use crate::exceptions::simple::AttributeError;
use crate::exceptions::{PyExc_AttributeError, raise_attribute_error, with_current};
use crate::module;
use crate::object::Object;
use crate::protocol::object::{generic_getattro, generic_setattro};
use crate::reference::Ref;
use crate::result::{Raised, Result, unit_result};
use crate::slots::BinaryFn;
use crate::str::Str;
use crate::typeobj::{TypeObject, flags, metatype};
use core::ffi::c_int;

/// Are these the same slot function?
#[inline(always)]
fn same(slot: Option<BinaryFn>, function: BinaryFn) -> bool {
    slot.is_some_and(|s| s as *const () == function as *const ())
}

impl Object {
    /// `getattr(self, name)`.
    #[inline]
    pub fn get_attr(&self, name: &Str) -> Result {
        let result = match self.ty().tp_getattro.get() {
            Some(get) => get(self, name),
            None => self.get_attr_by_chars(name),
        };
        match result {
            Ok(found) => Ok(found),
            Err(raised) => Err(self.add_context(raised, name)),
        }
    }

    /// An AttributeError that says neither object nor name gets them, for suggestions
    /// (`_PyObject_SetAttributeErrorContext`).
    #[cold]
    fn add_context(&self, raised: Raised, name: &Str) -> Raised {
        with_current::<AttributeError>(|error| {
            if error.obj.is_empty() && error.name.is_empty() {
                error.obj.set(Some(self.to_ref()));
                error.name.set(Some(name.to_ref()));
            }
        });
        raised
    }

    /// The look-up through `tp_getattr`, which takes a C string.
    #[cold]
    fn get_attr_by_chars(&self, name: &Str) -> Result {
        let Some(get) = self.ty().tp_getattr.get() else { return Err(self.no_attribute(name)) };
        let Some(text) = name.to_utf8().and_then(|t| std::ffi::CString::new(t).ok()) else {
            return Err(self.no_attribute(name));
        };
        // SAFETY: a valid object and C string.
        unsafe { get(self.as_ptr(), text.as_ptr().cast_mut()) }
    }

    /// `getattr(self, name)` for a name that need not be a string.
    pub fn get_attr_object(&self, name: &Object) -> Result {
        match name.downcast::<Str>() {
            Some(name) => self.get_attr(name),
            None => Err(name_type_error(name)),
        }
    }

    /// `getattr(self, name)`, `None` for AttributeError, which is suppressed where possible without raising it
    /// (`PyObject_GetOptionalAttr`).
    pub fn get_attr_opt(&self, name: &Str) -> Result<Option<Ref<Object>>> {
        let slot = self.ty().tp_getattro.get();
        if same(slot, generic_getattro) {
            return self.generic_get_attr_opt(name);
        }
        if same(slot, metatype::type_getattro) {
            return metatype::get_attr_opt(self.expect::<TypeObject>(), name);
        }
        if same(slot, module::getattro) {
            return module::get_attr_opt(self.expect::<module::Module>(), name);
        }
        match self.get_attr(name) {
            Ok(found) => Ok(Some(found)),
            Err(raised) => errors::clear_if(raised, &PyExc_AttributeError).map(|()| None),
        }
    }

    /// `hasattr(self, name)` (errors other than AttributeError pass on).
    pub fn has_attr(&self, name: &Str) -> Result<bool> {
        Ok(self.get_attr_opt(name)?.is_some())
    }

    /// `setattr(self, name, value)`; `None` deletes.
    pub fn set_attr(&self, name: &Str, value: Option<&Object>) -> Result<()> {
        let ty = self.ty();
        let interned;
        let name = if name.is_interned() {
            name
        } else {
            interned = crate::str::intern::intern(Ref::from_borrowed(name));
            &*interned
        };
        if let Some(set) = ty.tp_setattro.get() {
            return if set(self, name, value) < 0 { Err(Raised) } else { Ok(()) };
        }
        if let Some(set) = ty.tp_setattr.get() {
            if let Some(text) = name.to_utf8().and_then(|t| std::ffi::CString::new(t).ok()) {
                let value = value.map_or(core::ptr::null_mut(), Object::as_ptr);
                // SAFETY: a valid object and C string; a null value deletes.
                let status = unsafe { set(self.as_ptr(), text.as_ptr().cast_mut(), value) };
                return if status < 0 { Err(Raised) } else { Ok(()) };
            }
        }
        let none = ty.tp_getattr.get().is_none() && ty.tp_getattro.get().is_none();
        Err(type_error(format!(
            "'{}' object has {} attributes ({} .{name})",
            ty.name(),
            if none { "no" } else { "only read-only" },
            if value.is_some() { "assign to" } else { "del" },
        )))
    }

    /// `setattr(self, name, value)` for a name that need not be a string; `None` deletes.
    pub fn set_attr_object(&self, name: &Object, value: Option<&Object>) -> Result<()> {
        match name.downcast::<Str>() {
            Some(name) => self.set_attr(name, value),
            None => Err(name_type_error(name)),
        }
    }

    /// Generic attribute look-up (`PyObject_GenericGetAttr`).
    #[inline]
    pub fn generic_get_attr(&self, name: &Str) -> Result {
        match self.find_generic(name, None)? {
            Some(found) => Ok(found),
            None => Err(self.no_attribute(name)),
        }
    }

    /// As [`Object::generic_get_attr`], `None` for AttributeError, also for one that a descriptor raised.
    pub fn generic_get_attr_opt(&self, name: &Str) -> Result<Option<Ref<Object>>> {
        match self.find_generic(name, None) {
            Ok(found) => Ok(found),
            Err(raised) => errors::clear_if(raised, &PyExc_AttributeError).map(|()| None),
        }
    }

    /// As [`Object::generic_get_attr`] with `dict` as the instance's attributes (`_PyObject_GenericGetAttrWithDict`).
    pub fn generic_get_attr_with_dict(&self, name: &Str, dict: &Dict) -> Result {
        match self.find_generic(name, Some(dict))? {
            Some(found) => Ok(found),
            None => Err(self.no_attribute(name)),
        }
    }

    /// The generic algorithm; `None` when nothing is found. Errors are those of descriptors.
    #[inline]
    fn find_generic(&self, name: &Str, dict: Option<&Dict>) -> Result<Option<Ref<Object>>> {
        let ty = self.ty();
        let descr = ty.lookup(name);
        if let Some(descr) = &descr {
            let descr_type = descr.ty();
            if let (Some(get), Some(_)) = (descr_type.tp_descr_get.get(), descr_type.tp_descr_set.get()) {
                return get(descr, Some(self), Some(ty)).map(Some);
            }
        }
        let own = match dict {
            Some(dict) => dict.get(name)?,
            None => instance::instance_get_attr(self, name)?,
        };
        if own.is_some() {
            return Ok(own);
        }
        let Some(descr) = descr else { return Ok(None) };
        match descr.ty().tp_descr_get.get() {
            Some(get) => get(&descr, Some(self), Some(self.ty())).map(Some),
            None => Ok(Some(descr)),
        }
    }

    /// Generic attribute assignment (`PyObject_GenericSetAttr`).
    pub fn generic_set_attr(&self, name: &Str, value: Option<&Object>) -> Result<()> {
        let ty = self.ty();
        // The class may lose the descriptor, and the instance its class, while the setter runs.
        let descr = ty.lookup(name);
        if let Some(descr) = &descr {
            if let Some(set) = descr.ty().tp_descr_set.get() {
                return if set(descr, self, value) < 0 { Err(Raised) } else { Ok(()) };
            }
        }
        if instance::dict_slot(self).is_none() {
            return Err(self.no_dict(name, descr.as_deref()));
        }
        if instance::instance_set_attr(self, name, value)? {
            return Ok(());
        }
        Err(match self.downcast::<TypeObject>() {
            Some(ty) => attribute_error(format!("type object '{}' has no attribute '{name}'", ty.name())),
            None => attribute_error(format!("'{}' object has no attribute '{name}'", self.type_name())),
        })
    }

    #[cold]
    fn no_dict(&self, name: &Str, descr: Option<&Object>) -> Raised {
        let ty = self.ty();
        if descr.is_some() {
            return attribute_error(format!("'{}' object attribute '{name}' is read-only", ty.name()));
        }
        let generic = ty.tp_setattro.get().is_some_and(|s| s as *const () == generic_setattro as *const ());
        let message = if generic {
            format!(
                "'{}' object has no attribute '{name}' and no __dict__ for setting new attributes",
                ty.name()
            )
        } else {
            format!("'{}' object has no attribute '{name}'", ty.name())
        };
        raise_attribute_error(&message, self, name)
    }

    /// Raises the AttributeError of a failed look-up.
    #[cold]
    pub fn no_attribute(&self, name: &Str) -> Raised {
        let message = format!("'{}' object has no attribute '{name}'", self.type_name());
        raise_attribute_error(&message, self, name)
    }

    /// The bound special method `name` looked up on the type (`_PyObject_LookupSpecial`).
    pub fn lookup_special(&self, name: &Str) -> Result<Option<Ref<Object>>> {
        let ty = self.ty();
        let Some(found) = ty.lookup(name) else { return Ok(None) };
        match found.ty().tp_descr_get.get() {
            Some(get) => get(&found, Some(self), Some(ty)).map(Some),
            None => Ok(Some(found)),
        }
    }

    /// As [`Object::lookup_special`], unbound when it can be called with the object as first argument: the bool tells
    /// (`_PyObject_LookupSpecialMethod`).
    pub fn lookup_special_method(&self, name: &Str) -> Result<Option<(Ref<Object>, bool)>> {
        let ty = self.ty();
        let Some(found) = ty.lookup(name) else { return Ok(None) };
        if found.ty().has_flag(flags::METHOD_DESCRIPTOR) {
            return Ok(Some((found, true)));
        }
        match found.ty().tp_descr_get.get() {
            Some(get) => Ok(Some((get(&found, Some(self), Some(ty))?, false))),
            None => Ok(Some((found, false))),
        }
    }

    /// A method ready to call without binding: (callable, needs self as first argument) (`_PyObject_GetMethod`).
    #[inline]
    pub fn get_method(&self, name: &Str) -> Result<(Ref<Object>, bool)> {
        let ty = self.ty();
        if !same(ty.tp_getattro.get(), generic_getattro) {
            return Ok((self.get_attr(name)?, false));
        }
        let descr = ty.lookup(name);
        let mut is_method = false;
        if let Some(descr) = &descr {
            let descr_type = descr.ty();
            if descr_type.has_flag(flags::METHOD_DESCRIPTOR) {
                is_method = true;
            } else if let (Some(get), Some(_)) =
                (descr_type.tp_descr_get.get(), descr_type.tp_descr_set.get())
            {
                return Ok((get(descr, Some(self), Some(ty))?, false));
            }
        }
        if let Some(own) = instance::instance_get_attr(self, name)? {
            return Ok((own, false));
        }
        let Some(descr) = descr else { return Err(self.no_attribute(name)) };
        if is_method {
            return Ok((descr, true));
        }
        match descr.ty().tp_descr_get.get() {
            Some(get) => Ok((get(&descr, Some(self), Some(self.ty()))?, false)),
            None => Ok((descr, false)),
        }
    }

    /// The instance dictionary, made if the type has one (`PyObject_GenericGetDict`); `None` without.
    pub fn instance_dict(&self) -> Result<Option<Ref<Dict>>> {
        instance::instance_dict(self)
    }
}

#[cold]
fn name_type_error(name: &Object) -> Raised {
    type_error(format!("attribute name must be string, not '{}'", name.type_name()))
}

/// A getter for `__dict__` in attribute tables (`PyObject_GenericGetDict`).
pub extern "C" fn generic_get_dict(object: &Object, _: *mut core::ffi::c_void) -> Result {
    match object.instance_dict()? {
        Some(dict) => Ok(dict.into_object()),
        None => Err(attribute_error("This object has no __dict__")),
    }
}

/// A setter for `__dict__` in attribute tables (`PyObject_GenericSetDict`).
pub extern "C" fn generic_set_dict(
    object: &Object,
    value: Option<&Object>,
    _: *mut core::ffi::c_void,
) -> c_int {
    unit_result(set_dict(object, value))
}

fn set_dict(object: &Object, value: Option<&Object>) -> Result<()> {
    if instance::dict_slot(object).is_none() {
        return Err(attribute_error("This object has no __dict__"));
    }
    let Some(value) = value else { return Err(type_error("cannot delete __dict__")) };
    let Some(dict) = value.downcast::<Dict>() else {
        return Err(type_error(format!(
            "__dict__ must be set to a dictionary, not a '{}'",
            value.type_name()
        )));
    };
    instance::instance_set_dict(object, Some(Ref::from_borrowed(dict)));
    Ok(())
}
