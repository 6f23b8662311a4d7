//! Slots of classes made in Python: each calls the special method of the instance's class. CPython:
//! `Objects/typeobject.c` (`slot_tp_repr` and the like). Number slots are in `slot_numbers`.

use super::{TypeObject, base};
use crate::buffer::Buffer;
use crate::descriptors::wrapper::SlotWrapper;
use crate::errors::{self, attribute_error, type_error, value_error};
use crate::exceptions as exc;
use crate::object::{Object, none, not_implemented};
use crate::protocol::object::generic_getattro;
use crate::reference::Ref;
use crate::result::{NextResult, Raised, Result, int_result, len_result, next_result, unit_result};
use crate::slots::CompareOp;
use crate::str::Str;
use crate::tuple::Tuple;
use crate::{Dict, Int, id};
use core::ffi::c_int;

/// A special method found on a type: bound already, or to be called with the instance first.
pub struct SpecialMethod {
    function: Ref<Object>,
    unbound: bool,
}

/// Arguments of special methods fit here, the instance included.
const MAX_ARGS: usize = 4;

impl SpecialMethod {
    /// Calls it for `instance` with at most three more arguments.
    pub fn call(&self, instance: &Object, args: &[&Object]) -> Result {
        if !self.unbound {
            return self.function.call(args);
        }
        debug_assert!(args.len() < MAX_ARGS);
        let mut all = [instance; MAX_ARGS];
        all[1..=args.len()].copy_from_slice(args);
        self.function.call(&all[..=args.len()])
    }

    /// Is the attribute `None` (which blocks an inherited method)?
    pub fn is_none(&self) -> bool {
        self.function.is_none()
    }
}

/// The special method `name` of the instance's class (`lookup_maybe_method`).
pub fn lookup_maybe(instance: &Object, name: &Str) -> Result<Option<SpecialMethod>> {
    let Some(found) = instance.ty().lookup(name) else { return Ok(None) };
    if found.ty().has_flag(super::flags::METHOD_DESCRIPTOR) {
        return Ok(Some(SpecialMethod { function: found, unbound: true }));
    }
    let function = match found.ty().tp_descr_get.get() {
        Some(get) => get(&found, Some(instance), Some(instance.ty()))?,
        None => found,
    };
    Ok(Some(SpecialMethod { function, unbound: false }))
}

/// `args[0].name(*args[1..])` through the class; AttributeError when there is none (`vectorcall_method`).
pub fn call_method(name: &Str, args: &[&Object]) -> Result {
    match lookup_maybe(args[0], name)? {
        Some(method) => method.call(args[0], &args[1..]),
        None => Err(errors::raise_with(&exc::PyExc_AttributeError, &[name])),
    }
}

/// As [`call_method`]; `None` when there is no such method (`vectorcall_maybe`).
pub fn call_maybe(name: &Str, args: &[&Object]) -> Result<Option<Ref<Object>>> {
    match lookup_maybe(args[0], name)? {
        Some(method) => method.call(args[0], &args[1..]).map(Some),
        None => Ok(None),
    }
}

/// Calls `repr`.
pub extern "C" fn slot_tp_repr(object: &Object) -> Result {
    match call_maybe(id!("__repr__"), &[object])? {
        Some(text) => Ok(text),
        None => Ok(Str::new(&format!("<{} object at {object:p}>", object.type_name())).into_object()),
    }
}

/// Calls `__str__`.
pub extern "C" fn slot_tp_str(object: &Object) -> Result {
    call_method(id!("__str__"), &[object])
}

/// Calls `__hash__`; big results are hashed once more.
pub extern "C" fn slot_tp_hash(object: &Object) -> isize {
    let hash = || -> Result<isize> {
        let Some(method) = lookup_maybe(object, id!("__hash__"))?.filter(|m| !m.is_none()) else {
            return Err(base::unhashable(object));
        };
        let value = method.call(object, &[])?;
        let Some(int) = value.downcast::<Int>() else {
            return Err(type_error("__hash__ method should return an integer"));
        };
        let hash = match int.to_i64() {
            Some(hash) => hash as isize,
            None => match crate::int::PyLong_Type.tp_hash.get() {
                Some(hash) => hash(&value),
                None => 0,
            },
        };
        Ok(if hash == -1 { -2 } else { hash })
    };
    len_result(hash())
}

/// Calls `__call__`.
pub extern "C" fn slot_tp_call(object: &Object, args: &Tuple, kwargs: Option<&Object>) -> Result {
    let Some(method) = lookup_maybe(object, id!("__call__"))? else {
        return Err(errors::raise_with(&exc::PyExc_AttributeError, &[id!("__call__")]));
    };
    call_with_tuple(&method, object, args, kwargs)
}

fn call_with_tuple(method: &SpecialMethod, object: &Object, args: &Tuple, kwargs: Option<&Object>) -> Result {
    let kwargs = kwargs.and_then(|k| k.downcast::<Dict>());
    if method.unbound {
        method.function.call_prepend(object, args, kwargs)
    } else {
        method.function.call_dict(args, kwargs)
    }
}

/// Calls `__getattribute__`.
#[inline(never)]
pub extern "C" fn slot_tp_getattro(object: &Object, name: &Object) -> Result {
    call_method(id!("__getattribute__"), &[object, name])
}

/// Calls `__getattribute__`, and `__getattr__` when that raises AttributeError.
#[inline(never)]
pub extern "C" fn slot_tp_getattr_hook(object: &Object, name: &Object) -> Result {
    let ty = object.ty();
    let Some(getattr) = ty.lookup(id!("__getattr__")) else {
        // The class lost its __getattr__: from now on the simple slot will do.
        ty.tp_getattro.set(Some(slot_tp_getattro));
        return slot_tp_getattro(object, name);
    };
    match getattribute_opt(object, name)? {
        Some(found) => Ok(found),
        None => call_attribute(object, &getattr, name),
    }
}

/// `__getattribute__`, `None` for AttributeError.
fn getattribute_opt(object: &Object, name: &Object) -> Result<Option<Ref<Object>>> {
    let getattribute = object.ty().lookup(id!("__getattribute__"));
    let generic = match &getattribute {
        None => true,
        Some(g) => g
            .downcast_exact::<SlotWrapper>()
            .is_some_and(|w| core::ptr::eq(w.wrapped().cast(), generic_getattro as *const ())),
    };
    if let (true, Some(name)) = (generic, name.downcast::<Str>()) {
        return object.generic_get_attr_opt(name);
    }
    let result = match getattribute {
        Some(g) => call_attribute(object, &g, name),
        None => generic_getattro(object, name),
    };
    match result {
        Ok(found) => Ok(Some(found)),
        Err(raised) => errors::clear_if(raised, &exc::PyExc_AttributeError).map(|()| None),
    }
}

/// Calls a look-up function found on the type (`call_attribute`).
fn call_attribute(object: &Object, function: &Object, name: &Object) -> Result {
    match function.ty().tp_descr_get.get() {
        Some(_) if function.ty().has_flag(super::flags::METHOD_DESCRIPTOR) => function.call(&[object, name]),
        Some(get) => get(function, Some(object), Some(object.ty()))?.call(&[name]),
        None => function.call(&[name]),
    }
}

/// Calls `__setattr__` or `__delattr__`.
pub extern "C" fn slot_tp_setattro(object: &Object, name: &Object, value: Option<&Object>) -> c_int {
    let result = match value {
        Some(value) => call_method(id!("__setattr__"), &[object, name, value]),
        None => call_method(id!("__delattr__"), &[object, name]),
    };
    unit_result(result.map(drop))
}

/// The special method of a comparison.
pub fn comparison_name(op: CompareOp) -> &'static Str {
    match op {
        CompareOp::Lt => id!("__lt__"),
        CompareOp::Le => id!("__le__"),
        CompareOp::Eq => id!("__eq__"),
        CompareOp::Ne => id!("__ne__"),
        CompareOp::Gt => id!("__gt__"),
        CompareOp::Ge => id!("__ge__"),
    }
}

/// Calls `__lt__` and the like.
pub extern "C" fn slot_tp_richcompare(object: &Object, other: &Object, op: c_int) -> Result {
    let name = comparison_name(CompareOp::from_int(op));
    match call_maybe(name, &[object, other]) {
        Ok(Some(result)) => Ok(result),
        Ok(None) => Ok(not_implemented().to_ref()),
        Err(raised) => Err(raised),
    }
}

/// Calls `__iter__`; without it, iterates by `__getitem__`.
pub extern "C" fn slot_tp_iter(object: &Object) -> Result {
    let not_iterable = || type_error(format!("'{}' object is not iterable", object.type_name()));
    match lookup_maybe(object, id!("__iter__"))? {
        Some(method) if method.is_none() => Err(not_iterable()),
        Some(method) => method.call(object, &[]),
        None => Err(not_iterable()),
    }
}

/// Calls `__next__`.
pub extern "C" fn slot_tp_iternext(object: &Object) -> NextResult {
    next_result(call_method(id!("__next__"), &[object]).map(Some))
}

/// Calls `__get__`.
pub extern "C" fn slot_tp_descr_get(
    object: &Object,
    instance: Option<&Object>,
    owner: Option<&Object>,
) -> Result {
    let ty = object.ty();
    let Some(get) = ty.lookup(id!("__get__")) else {
        ty.tp_descr_get.set(None);
        return Ok(object.to_ref());
    };
    get.call(&[object, instance.unwrap_or(none()), owner.unwrap_or(none())])
}

/// Calls `__set__` or `__delete__`.
pub extern "C" fn slot_tp_descr_set(object: &Object, target: &Object, value: Option<&Object>) -> c_int {
    let result = match value {
        Some(value) => call_method(id!("__set__"), &[object, target, value]),
        None => call_method(id!("__delete__"), &[object, target]),
    };
    unit_result(result.map(drop))
}

/// Calls `__init__`.
#[inline(never)]
pub extern "C" fn slot_tp_init(object: &Object, args: &Tuple, kwargs: Option<&Object>) -> c_int {
    let init = || -> Result<()> {
        let Some(method) = lookup_maybe(object, id!("__init__"))? else {
            return Err(errors::raise_with(&exc::PyExc_AttributeError, &[id!("__init__")]));
        };
        let result = call_with_tuple(&method, object, args, kwargs)?;
        check_init_result(&result)
    };
    unit_result(init())
}

/// `__init__` must return None.
pub fn check_init_result(result: &Object) -> Result<()> {
    if result.is_none() {
        return Ok(());
    }
    Err(type_error(format!("__init__() should return None, not '{}'", result.type_name())))
}

/// Calls `__new__`.
#[inline(never)]
pub extern "C" fn slot_tp_new(ty: &TypeObject, args: &Tuple, kwargs: Option<&Object>) -> Result {
    let new = ty.get_attr(id!("__new__"))?;
    new.call_prepend(ty, args, kwargs.and_then(|k| k.downcast::<Dict>()))
}

/// Calls `__del__`; what it raises is reported and forgotten.
pub extern "C" fn slot_tp_finalize(object: &Object) {
    let saved = errors::take();
    match lookup_maybe(object, id!("__del__")) {
        Ok(Some(method)) => {
            if method.call(object, &[]).is_err() {
                errors::write_unraisable("calling deallocator", Some(&method.function));
            }
        }
        Ok(None) => {}
        Err(Raised) => errors::write_unraisable("looking up __del__", Some(object)),
    }
    crate::thread::current().current_exception.set(saved);
}

/// Length by `__len__`: a non-negative index.
pub extern "C" fn slot_sq_length(object: &Object) -> isize {
    let length = || -> Result<isize> {
        let value = call_method(id!("__len__"), &[object])?.index()?;
        if value.is_negative() {
            return Err(value_error("__len__() should return >= 0"));
        }
        value.as_isize(false)
    };
    len_result(length())
}

/// As [`slot_sq_length`].
pub extern "C" fn slot_mp_length(object: &Object) -> isize {
    slot_sq_length(object)
}

/// Calls `__getitem__` with an index.
pub extern "C" fn slot_sq_item(object: &Object, index: isize) -> Result {
    let index = Int::from_i64(index as i64);
    call_method(id!("__getitem__"), &[object, &index])
}

/// Calls `__setitem__` or `__delitem__` with an index.
pub extern "C" fn slot_sq_ass_item(object: &Object, index: isize, value: Option<&Object>) -> c_int {
    let index = Int::from_i64(index as i64);
    slot_mp_ass_subscript(object, &index, value)
}

/// Calls `__getitem__`.
pub extern "C" fn slot_mp_subscript(object: &Object, key: &Object) -> Result {
    call_method(id!("__getitem__"), &[object, key])
}

/// Calls `__setitem__` or `__delitem__`.
pub extern "C" fn slot_mp_ass_subscript(object: &Object, key: &Object, value: Option<&Object>) -> c_int {
    let result = match value {
        Some(value) => call_method(id!("__setitem__"), &[object, key, value]),
        None => call_method(id!("__delitem__"), &[object, key]),
    };
    unit_result(result.map(drop))
}

/// Calls `__contains__`; without it, compares with each item.
pub extern "C" fn slot_sq_contains(object: &Object, item: &Object) -> c_int {
    let contains = || -> Result<bool> {
        match lookup_maybe(object, id!("__contains__"))? {
            Some(method) if method.is_none() => {
                Err(type_error(format!("'{}' object is not a container", object.type_name())))
            }
            Some(method) => method.call(object, &[item])?.is_true(),
            None => {
                let iterator = object.iter()?;
                while let Some(found) = iterator.iter_next()? {
                    if Object::eq(&found, item)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
        }
    };
    int_result(contains())
}

fn call_async(name: &'static Str, object: &Object) -> Result {
    match call_maybe(name, &[object])? {
        Some(result) => Ok(result),
        None => Err(attribute_error(format!("object {} does not have {name} method", object.type_name()))),
    }
}

/// Calls `__await__`.
pub extern "C" fn slot_am_await(object: &Object) -> Result {
    call_async(id!("__await__"), object)
}

/// Calls `__aiter__`.
pub extern "C" fn slot_am_aiter(object: &Object) -> Result {
    call_async(id!("__aiter__"), object)
}

/// Calls `__anext__`.
pub extern "C" fn slot_am_anext(object: &Object) -> Result {
    call_async(id!("__anext__"), object)
}

/// Calls `__buffer__`.
pub extern "C" fn slot_bf_getbuffer(object: &Object, buffer: *mut Buffer, request: c_int) -> c_int {
    super::slot_buffer::get(object, buffer, request)
}

/// Calls `__release_buffer__`.
pub extern "C" fn slot_bf_releasebuffer(object: &Object, buffer: *mut Buffer) {
    super::slot_buffer::release(object, buffer);
}
