//! Attributes, comparison, hash, text, truth, type tests (`Objects/object.c`, `Objects/abstract.c`).

use crate::object::Object;
use crate::reference::Ref;
use crate::result::Result;
use crate::slots::CompareOp;
use crate::str::Str;
use crate::typeobj::TypeObject;

impl Object {
    /// `repr(self)`.
    pub fn repr(&self) -> Result<Ref<Str>> {
        todo!()
    }
    /// `str(self)`.
    pub fn str(&self) -> Result<Ref<Str>> {
        todo!()
    }
    /// `ascii(self)`.
    pub fn ascii(&self) -> Result<Ref<Str>> {
        todo!()
    }
    /// `bytes(self)` (`PyObject_Bytes`).
    pub fn to_bytes(&self) -> Result<Ref<crate::Bytes>> {
        todo!()
    }
    /// `hash(self)`.
    pub fn hash(&self) -> Result<isize> {
        todo!()
    }
    /// `bool(self)`.
    pub fn is_true(&self) -> Result<bool> {
        todo!()
    }
    /// `format(self, spec)`.
    pub fn format(&self, _spec: &Str) -> Result<Ref<Str>> {
        todo!()
    }
    /// `dir(self)`.
    pub fn dir(&self) -> Result<Ref<crate::List>> {
        todo!()
    }
    /// `callable(self)`.
    pub fn is_callable(&self) -> bool {
        self.ty().tp_call.get().is_some()
    }
    /// `self OP other`.
    pub fn rich_compare(&self, _other: &Object, _op: CompareOp) -> Result {
        todo!()
    }
    /// `bool(self OP other)`; identical objects are equal without asking.
    pub fn rich_compare_bool(&self, _other: &Object, _op: CompareOp) -> Result<bool> {
        todo!()
    }
    /// `self == other` with the identity shortcut.
    pub fn eq(&self, other: &Object) -> Result<bool> {
        self.rich_compare_bool(other, CompareOp::Eq)
    }
    /// `getattr(self, name)`.
    pub fn get_attr(&self, _name: &Str) -> Result {
        todo!()
    }
    /// `getattr(self, name)`, `None` for AttributeError, which is suppressed where possible without raising it.
    pub fn get_attr_opt(&self, _name: &Str) -> Result<Option<Ref<Object>>> {
        todo!()
    }
    /// `hasattr(self, name)` (errors other than AttributeError pass on).
    pub fn has_attr(&self, name: &Str) -> Result<bool> {
        Ok(self.get_attr_opt(name)?.is_some())
    }
    /// `setattr(self, name, value)`; `None` deletes.
    pub fn set_attr(&self, _name: &Str, _value: Option<&Object>) -> Result<()> {
        todo!()
    }
    /// Generic attribute look-up (`PyObject_GenericGetAttr`).
    pub fn generic_get_attr(&self, _name: &Str) -> Result {
        todo!()
    }
    /// As [`Object::generic_get_attr`], `None` where that raises its own AttributeError.
    pub fn generic_get_attr_opt(&self, _name: &Str) -> Result<Option<Ref<Object>>> {
        todo!()
    }
    /// Generic attribute assignment (`PyObject_GenericSetAttr`).
    pub fn generic_set_attr(&self, _name: &Str, _value: Option<&Object>) -> Result<()> {
        todo!()
    }
    /// The bound special method `name` looked up on the type (`_PyObject_LookupSpecial`).
    pub fn lookup_special(&self, _name: &Str) -> Result<Option<Ref<Object>>> {
        todo!()
    }
    /// A method ready to call without binding: (callable, needs self as first argument) (`_PyObject_GetMethod`).
    pub fn get_method(&self, _name: &Str) -> Result<(Ref<Object>, bool)> {
        todo!()
    }
    /// `isinstance(self, class)` with `__instancecheck__`.
    pub fn is_instance(&self, _class: &Object) -> Result<bool> {
        todo!()
    }
    /// `issubclass(self, class)` with `__subclasscheck__`.
    pub fn is_subclass(&self, _class: &Object) -> Result<bool> {
        todo!()
    }
    /// `isinstance` by the type's MRO alone.
    #[inline(always)]
    pub fn is_instance_of(&self, ty: &TypeObject) -> bool {
        core::ptr::eq(self.type_ptr(), ty) || self.ty().is_subtype_of(ty)
    }
    /// The instance dictionary, made if the type has one (`PyObject_GenericGetDict`); `None` without.
    pub fn instance_dict(&self) -> Result<Option<Ref<crate::Dict>>> {
        todo!()
    }
}

/// Marks `repr` of a container as in progress; `Ok(None)`: it is already (recursive structure) (`Py_ReprEnter`).
pub fn repr_enter(object: &Object) -> Option<ReprGuard> {
    let state = crate::thread::current();
    let ptr = core::ptr::from_ref(object);
    let mut stack = state.repr_stack.borrow_mut();
    if stack.contains(&ptr) {
        return None;
    }
    stack.push(ptr);
    Some(ReprGuard(ptr))
}

/// Ends a [`repr_enter`] on drop.
pub struct ReprGuard(*const Object);

impl Drop for ReprGuard {
    fn drop(&mut self) {
        let mut stack = crate::thread::current().repr_stack.borrow_mut();
        if let Some(at) = stack.iter().rposition(|&p| p == self.0) {
            stack.remove(at);
        }
    }
}
