//! Comparison, hash, text, truth, `dir` and type tests of any object. CPython: `Objects/object.c`, `Objects/abstract.c`.

use crate::errors::{self, type_error};
use crate::object::{Object, bool_object, not_implemented};
use crate::reference::Ref;
use crate::result::{Raised, Result, from_int, unit_result};
use crate::slots::CompareOp;
use crate::str::Str;
use crate::typeobj::{PyType_Type, TypeObject};
use crate::{Bytes, List, Tuple, id, thread};
use core::ffi::c_int;

/// `PyObject_GenericGetAttr` as a slot.
#[inline(never)]
pub extern "C" fn generic_getattro(object: &Object, name: &Object) -> Result {
    match name.downcast::<Str>() {
        Some(name) => object.generic_get_attr(name),
        None => Err(type_error(format!("attribute name must be string, not '{}'", name.type_name()))),
    }
}

/// `PyObject_GenericSetAttr` as a slot.
#[inline(never)]
pub extern "C" fn generic_setattro(object: &Object, name: &Object, value: Option<&Object>) -> c_int {
    unit_result(match name.downcast::<Str>() {
        Some(name) => object.generic_set_attr(name, value),
        None => Err(type_error(format!("attribute name must be string, not '{}'", name.type_name()))),
    })
}

/// `id(self)` as the hash of objects that compare by identity (`PyObject_GenericHash`).
pub extern "C" fn generic_hash(object: &Object) -> isize {
    crate::hash::hash_pointer(object.as_ptr() as usize)
}

/// An iterator's `__iter__`: itself (`PyObject_SelfIter`).
pub extern "C" fn self_iter(object: &Object) -> Result {
    Ok(object.to_ref())
}

impl Object {
    /// `repr(self)`.
    pub fn repr(&self) -> Result<Ref<Str>> {
        let Some(repr) = self.ty().tp_repr.get() else {
            return Ok(Str::new(&format!("<{} object at {self:p}>", self.type_name())));
        };
        thread::check_recursion(" while getting the repr of an object")?;
        repr(self)?
            .downcast_into::<Str>()
            .map_err(|other| type_error(format!("__repr__ returned non-string (type {})", other.type_name())))
    }

    /// `str(self)`.
    pub fn str(&self) -> Result<Ref<Str>> {
        if let Some(text) = self.downcast_exact::<Str>() {
            return Ok(Ref::from_borrowed(text));
        }
        let Some(str) = self.ty().tp_str.get() else { return self.repr() };
        thread::check_recursion(" while getting the str of an object")?;
        str(self)?
            .downcast_into::<Str>()
            .map_err(|other| type_error(format!("__str__ returned non-string (type {})", other.type_name())))
    }

    /// `ascii(self)`.
    pub fn ascii(&self) -> Result<Ref<Str>> {
        let text = self.repr()?;
        if text.is_ascii() {
            return Ok(text);
        }
        let mut out = String::with_capacity(text.len() + 8);
        for c in text.chars().iter() {
            match c {
                0..0x80 => out.push(c as u8 as char),
                0x80..0x100 => out.push_str(&format!("\\x{c:02x}")),
                0x100..0x10000 => out.push_str(&format!("\\u{c:04x}")),
                _ => out.push_str(&format!("\\U{c:08x}")),
            }
        }
        Ok(Str::new(&out))
    }

    /// `bytes(self)` (`PyObject_Bytes`).
    pub fn to_bytes(&self) -> Result<Ref<Bytes>> {
        if let Some(bytes) = self.downcast_exact::<Bytes>() {
            return Ok(Ref::from_borrowed(bytes));
        }
        let result = match self.lookup_special(id!("__bytes__"))? {
            Some(method) => {
                let value = method.call(&[])?;
                if value.downcast::<Bytes>().is_none() {
                    return Err(type_error(format!(
                        "__bytes__ returned non-bytes (type {})",
                        value.type_name()
                    )));
                }
                value
            }
            None => crate::bytes::PyBytes_Type.call(&[self])?,
        };
        result.downcast_into::<Bytes>().map_err(|other| errors::expected("bytes expected", &other))
    }

    /// `hash(self)`.
    #[inline]
    pub fn hash(&self) -> Result<isize> {
        let hash = match self.ty().tp_hash.get() {
            Some(hash) => hash(self),
            None => return Err(crate::typeobj::base::unhashable(self)),
        };
        if hash == -1 { Err(Raised) } else { Ok(hash) }
    }

    /// `bool(self)`.
    #[inline]
    pub fn is_true(&self) -> Result<bool> {
        if self.is(bool_object(true)) {
            return Ok(true);
        }
        if self.is(bool_object(false)) || self.is_none() {
            return Ok(false);
        }
        let ty = self.ty();
        if let Some(truth) = ty.number().and_then(|n| n.nb_bool.get()) {
            return from_int(truth(self));
        }
        let length = ty.mapping().and_then(|m| m.mp_length.get());
        match length.or_else(|| ty.sequence().and_then(|s| s.sq_length.get())) {
            Some(length) => match length(self) {
                ..0 => Err(Raised),
                length => Ok(length != 0),
            },
            None => Ok(true),
        }
    }

    /// `format(self, spec)`.
    pub fn format(&self, spec: &Str) -> Result<Ref<Str>> {
        if spec.is_empty() {
            if let Some(text) = self.downcast_exact::<Str>() {
                return Ok(Ref::from_borrowed(text));
            }
            if self.downcast_exact::<crate::Int>().is_some() {
                return self.str();
            }
        }
        let Some(method) = self.lookup_special(id!("__format__"))? else {
            return Err(type_error(format!("Type {} doesn't define __format__", self.type_name())));
        };
        method
            .call(&[spec])?
            .downcast_into::<Str>()
            .map_err(|other| type_error(format!("__format__ must return a str, not {}", other.type_name())))
    }

    /// `dir(self)`.
    pub fn dir(&self) -> Result<Ref<List>> {
        let Some(method) = self.lookup_special(id!("__dir__"))? else {
            return Err(type_error("object does not provide __dir__"));
        };
        let names = method.call(&[])?.to_list()?;
        names.sort()?;
        Ok(names)
    }

    /// `callable(self)`.
    pub fn is_callable(&self) -> bool {
        self.ty().tp_call.get().is_some()
    }

    /// `self OP other`.
    #[inline]
    pub fn rich_compare(&self, other: &Object, op: CompareOp) -> Result {
        thread::check_recursion(" in comparison")?;
        compare(self, other, op)
    }

    /// `bool(self OP other)`; identical objects are equal without asking.
    #[inline]
    pub fn rich_compare_bool(&self, other: &Object, op: CompareOp) -> Result<bool> {
        if self.is(other) {
            match op {
                CompareOp::Eq => return Ok(true),
                CompareOp::Ne => return Ok(false),
                _ => {}
            }
        }
        self.rich_compare(other, op)?.is_true()
    }

    /// `self == other` with the identity shortcut.
    pub fn eq(&self, other: &Object) -> Result<bool> {
        self.rich_compare_bool(other, CompareOp::Eq)
    }

    /// `isinstance(self, class)` with `__instancecheck__`.
    pub fn is_instance(&self, class: &Object) -> Result<bool> {
        if core::ptr::eq(self.type_ptr().cast::<Object>(), class) {
            return Ok(true);
        }
        if core::ptr::eq(class.type_ptr(), &raw const PyType_Type) {
            return default_is_instance(self, class);
        }
        if let Some(classes) = alternatives(class) {
            thread::check_recursion(" in __instancecheck__")?;
            for class in classes.as_slice() {
                if self.is_instance(class)? {
                    return Ok(true);
                }
            }
            return Ok(false);
        }
        if let Some(method) = class.lookup_special(id!("__instancecheck__"))? {
            thread::check_recursion(" in __instancecheck__")?;
            return method.call(&[self])?.is_true();
        }
        default_is_instance(self, class)
    }

    /// `issubclass(self, class)` with `__subclasscheck__`.
    pub fn is_subclass(&self, class: &Object) -> Result<bool> {
        if core::ptr::eq(class.type_ptr(), &raw const PyType_Type) {
            return if self.is(class) { Ok(true) } else { default_is_subclass(self, class) };
        }
        if let Some(classes) = alternatives(class) {
            thread::check_recursion(" in __subclasscheck__")?;
            for class in classes.as_slice() {
                if self.is_subclass(class)? {
                    return Ok(true);
                }
            }
            return Ok(false);
        }
        if let Some(method) = class.lookup_special(id!("__subclasscheck__"))? {
            thread::check_recursion(" in __subclasscheck__")?;
            return method.call(&[self])?.is_true();
        }
        default_is_subclass(self, class)
    }

    /// `isinstance` by the type's MRO alone.
    #[inline(always)]
    pub fn is_instance_of(&self, ty: &TypeObject) -> bool {
        core::ptr::eq(self.type_ptr(), ty) || self.ty().is_subtype_of(ty)
    }
}

/// Asks the operands in turn: the right one first when its type is a subtype, else the left one; then the other with
/// the operator exchanged.
fn compare(a: &Object, b: &Object, op: CompareOp) -> Result {
    let mut asked_reflected = false;
    let (left, right) = (a.ty(), b.ty());
    if !left.is_type(right) && right.is_subtype_of(left) {
        if let Some(compare) = right.tp_richcompare.get() {
            asked_reflected = true;
            let result = compare(b, a, op.swapped() as c_int)?;
            if !result.is(not_implemented()) {
                return Ok(result);
            }
        }
    }
    if let Some(compare) = left.tp_richcompare.get() {
        let result = compare(a, b, op as c_int)?;
        if !result.is(not_implemented()) {
            return Ok(result);
        }
    }
    if !asked_reflected {
        if let Some(compare) = b.ty().tp_richcompare.get() {
            let result = compare(b, a, op.swapped() as c_int)?;
            if !result.is(not_implemented()) {
                return Ok(result);
            }
        }
    }
    match op {
        CompareOp::Eq => Ok(bool_object(a.is(b)).to_ref()),
        CompareOp::Ne => Ok(bool_object(!a.is(b)).to_ref()),
        _ => Err(type_error(format!(
            "'{}' not supported between instances of '{}' and '{}'",
            op.symbol(),
            a.type_name(),
            b.type_name()
        ))),
    }
}

/// The classes of a tuple or union, of which one suffices.
fn alternatives(class: &Object) -> Option<Ref<Tuple>> {
    if let Some(classes) = class.downcast::<Tuple>() {
        return Some(Ref::from_borrowed(classes));
    }
    class.downcast_exact::<crate::union::Union>().map(crate::union::Union::args)
}

/// `__bases__` of something that is not a type but behaves like a class.
fn abstract_bases(class: &Object) -> Result<Option<Ref<Tuple>>> {
    Ok(class.get_attr_opt(id!("__bases__"))?.and_then(|b| b.downcast_into::<Tuple>().ok()))
}

fn check_class(class: &Object, message: &str) -> Result<()> {
    if abstract_bases(class)?.is_none() {
        return Err(type_error(message));
    }
    Ok(())
}

/// `isinstance` without hooks: the type, or else `__class__` (`object_isinstance`).
pub fn default_is_instance(object: &Object, class: &Object) -> Result<bool> {
    if let Some(ty) = class.downcast::<TypeObject>() {
        if object.is_instance_of(ty) {
            return Ok(true);
        }
        let Some(claimed) = object.get_attr_opt(id!("__class__"))? else { return Ok(false) };
        let claimed = claimed.downcast::<TypeObject>();
        return Ok(claimed.is_some_and(|c| !c.is_type(object.ty()) && c.is_subtype_of(ty)));
    }
    check_class(class, "isinstance() arg 2 must be a type, a tuple of types, or a union")?;
    match object.get_attr_opt(id!("__class__"))? {
        Some(claimed) => abstract_is_subclass(&claimed, class),
        None => Ok(false),
    }
}

/// `issubclass` without hooks (`recursive_issubclass`).
pub fn default_is_subclass(derived: &Object, class: &Object) -> Result<bool> {
    if let (Some(derived), Some(class)) = (derived.downcast::<TypeObject>(), class.downcast::<TypeObject>()) {
        return Ok(derived.is_subtype_of(class));
    }
    check_class(derived, "issubclass() arg 1 must be a class")?;
    if class.downcast_exact::<crate::union::Union>().is_none() {
        check_class(class, "issubclass() arg 2 must be a class, a tuple of classes, or a union")?;
    }
    abstract_is_subclass(derived, class)
}

/// Searches `__bases__` upwards.
fn abstract_is_subclass(derived: &Object, class: &Object) -> Result<bool> {
    let mut derived = derived.to_ref();
    loop {
        if derived.is(class) {
            return Ok(true);
        }
        let Some(bases) = abstract_bases(&derived)? else { return Ok(false) };
        match bases.as_slice() {
            [] => return Ok(false),
            [one] => derived = one.clone(),
            many => {
                thread::check_recursion(" in __issubclass__")?;
                for base in many {
                    if abstract_is_subclass(base, class)? {
                        return Ok(true);
                    }
                }
                return Ok(false);
            }
        }
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
