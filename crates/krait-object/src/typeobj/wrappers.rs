//! From a call of a slot wrapper (`int.__add__(1, 2)`) to the slot's function: unpacks the arguments, calls, makes an
//! object of the result. CPython: `Objects/typeobject.c` (`wrap_binaryfunc` and the like).

use super::TypeObject;
use super::slot_functions::slot_tp_setattro;
use super::slotdefs::address;
use crate::Int;
use crate::errors::{self, overflow_error, type_error};
use crate::exceptions::PyExc_StopIteration;
use crate::object::{Object, bool_object, none};
use crate::result::{Raised, Result};
use crate::slots::*;
use crate::tuple::Tuple;
use core::ffi::{c_int, c_void};

/// The slot's function as its type.
macro_rules! slot_fn {
    ($wrapped:ident as $ty:ty) => {
        // SAFETY: the slot table pairs each slot with the wrapper of its function type.
        unsafe { core::mem::transmute::<*mut c_void, $ty>($wrapped) }
    };
}

/// Exactly `N` arguments.
fn exactly<const N: usize>(args: &Tuple) -> Result<&[&Object; N]> {
    args.as_objects().try_into().map_err(|_| {
        let plural = if N == 1 { "" } else { "s" };
        type_error(format!("expected {N} argument{plural}, got {}", args.len()))
    })
}

/// One argument and perhaps a second.
fn one_or_two(args: &Tuple) -> Result<(&Object, Option<&Object>)> {
    match args.as_objects() {
        [first] => Ok((first, None)),
        [first, second] => Ok((first, Some(second))),
        more => Err(type_error(format!("expected 1 or 2 arguments, got {}", more.len()))),
    }
}

/// The result of a slot that returns a status.
fn done(status: c_int) -> Result {
    if status < 0 { Err(Raised) } else { Ok(none().to_ref()) }
}

fn truth(status: c_int) -> Result {
    if status < 0 { Err(Raised) } else { Ok(bool_object(status != 0).to_ref()) }
}

/// A number that is -1 only with an exception set.
fn number(value: isize) -> Result {
    if value == -1 && errors::occurred() {
        Err(Raised)
    } else {
        Ok(Int::from_i64(value as i64).into_object())
    }
}

pub extern "C" fn wrap_unary(object: &Object, args: &Tuple, wrapped: *mut c_void) -> Result {
    let [] = exactly(args)?;
    slot_fn!(wrapped as UnaryFn)(object)
}

pub extern "C" fn wrap_binary(object: &Object, args: &Tuple, wrapped: *mut c_void) -> Result {
    let [other] = exactly(args)?;
    slot_fn!(wrapped as BinaryFn)(object, other)
}

pub extern "C" fn wrap_binary_reflected(object: &Object, args: &Tuple, wrapped: *mut c_void) -> Result {
    let [other] = exactly(args)?;
    slot_fn!(wrapped as BinaryFn)(other, object)
}

pub extern "C" fn wrap_ternary(object: &Object, args: &Tuple, wrapped: *mut c_void) -> Result {
    let (other, third) = one_or_two(args)?;
    slot_fn!(wrapped as PowerFn)(object, other, third.unwrap_or(none()))
}

pub extern "C" fn wrap_ternary_reflected(object: &Object, args: &Tuple, wrapped: *mut c_void) -> Result {
    let (other, third) = one_or_two(args)?;
    slot_fn!(wrapped as PowerFn)(other, object, third.unwrap_or(none()))
}

pub extern "C" fn wrap_inquiry(object: &Object, args: &Tuple, wrapped: *mut c_void) -> Result {
    let [] = exactly(args)?;
    truth(slot_fn!(wrapped as InquiryFn)(object))
}

pub extern "C" fn wrap_len(object: &Object, args: &Tuple, wrapped: *mut c_void) -> Result {
    let [] = exactly(args)?;
    number(slot_fn!(wrapped as LenFn)(object))
}

pub extern "C" fn wrap_hash(object: &Object, args: &Tuple, wrapped: *mut c_void) -> Result {
    let [] = exactly(args)?;
    number(slot_fn!(wrapped as HashFn)(object))
}

pub extern "C" fn wrap_index_arg(object: &Object, args: &Tuple, wrapped: *mut c_void) -> Result {
    let [count] = exactly(args)?;
    let count = count.as_isize(false)?;
    slot_fn!(wrapped as IndexArgFn)(object, count)
}

/// An index, counted from the end when negative.
fn index_of(object: &Object, index: &Object) -> Result<isize> {
    let index = index.as_isize(false)?;
    if index < 0 {
        if let Some(length) = object.ty().sequence().and_then(|s| s.sq_length.get()) {
            let length = length(object);
            if length < 0 {
                return Err(Raised);
            }
            return Ok(index + length);
        }
    }
    Ok(index)
}

pub extern "C" fn wrap_sq_item(object: &Object, args: &Tuple, wrapped: *mut c_void) -> Result {
    let [index] = exactly(args)?;
    let index = index_of(object, index)?;
    slot_fn!(wrapped as IndexArgFn)(object, index)
}

pub extern "C" fn wrap_sq_set_item(object: &Object, args: &Tuple, wrapped: *mut c_void) -> Result {
    let [index, value] = exactly(args)?;
    let index = index_of(object, index)?;
    done(slot_fn!(wrapped as IndexSetFn)(object, index, Some(value)))
}

pub extern "C" fn wrap_sq_del_item(object: &Object, args: &Tuple, wrapped: *mut c_void) -> Result {
    let [index] = exactly(args)?;
    let index = index_of(object, index)?;
    done(slot_fn!(wrapped as IndexSetFn)(object, index, None))
}

pub extern "C" fn wrap_contains(object: &Object, args: &Tuple, wrapped: *mut c_void) -> Result {
    let [item] = exactly(args)?;
    truth(slot_fn!(wrapped as ContainsFn)(object, item))
}

pub extern "C" fn wrap_set_item(object: &Object, args: &Tuple, wrapped: *mut c_void) -> Result {
    let [key, value] = exactly(args)?;
    done(slot_fn!(wrapped as SetFn)(object, key, Some(value)))
}

pub extern "C" fn wrap_del_item(object: &Object, args: &Tuple, wrapped: *mut c_void) -> Result {
    let [key] = exactly(args)?;
    done(slot_fn!(wrapped as SetFn)(object, key, None))
}

/// `object.__setattr__` must not get round the `tp_setattro` of a native type in between (`hackcheck`).
fn check_setattr(object: &Object, function: *mut c_void, what: &str) -> Result<()> {
    let slot = |t: &TypeObject| address(&t.tp_setattro);
    let of_class = slot_tp_setattro as *const () as usize;
    let ty = object.ty();
    let Some(mro) = ty.mro() else { return Ok(()) };
    // The native type that defines the object's slot: classes never define one of their own.
    let definer = mro.as_slice().iter().rev().map(|t| t.expect::<TypeObject>());
    let definer = definer.into_iter().find(|t| slot(t) != of_class && slot(t) == slot(ty));
    let mut base = Some(definer.unwrap_or(ty));
    while let Some(t) = base {
        if slot(t) == function as usize {
            break;
        }
        if slot(t) != of_class {
            return Err(type_error(format!("can't apply this {what} to {} object", object.type_name())));
        }
        base = t.base_type();
    }
    Ok(())
}

pub extern "C" fn wrap_setattr(object: &Object, args: &Tuple, wrapped: *mut c_void) -> Result {
    let [name, value] = exactly(args)?;
    check_setattr(object, wrapped, "__setattr__")?;
    done(slot_fn!(wrapped as SetFn)(object, name, Some(value)))
}

pub extern "C" fn wrap_delattr(object: &Object, args: &Tuple, wrapped: *mut c_void) -> Result {
    let [name] = exactly(args)?;
    check_setattr(object, wrapped, "__delattr__")?;
    done(slot_fn!(wrapped as SetFn)(object, name, None))
}

pub extern "C" fn wrap_call(
    object: &Object,
    args: &Tuple,
    wrapped: *mut c_void,
    kwargs: Option<&Object>,
) -> Result {
    slot_fn!(wrapped as CallFn)(object, args, kwargs)
}

pub extern "C" fn wrap_init(
    object: &Object,
    args: &Tuple,
    wrapped: *mut c_void,
    kwargs: Option<&Object>,
) -> Result {
    done(slot_fn!(wrapped as InitFn)(object, args, kwargs))
}

pub extern "C" fn wrap_del(object: &Object, args: &Tuple, wrapped: *mut c_void) -> Result {
    let [] = exactly(args)?;
    slot_fn!(wrapped as FinalizeFn)(object);
    Ok(none().to_ref())
}

macro_rules! compare {
    ($($name:ident $op:ident;)*) => {
        $(
            pub extern "C" fn $name(object: &Object, args: &Tuple, wrapped: *mut c_void) -> Result {
                let [other] = exactly(args)?;
                slot_fn!(wrapped as RichCompareFn)(object, other, CompareOp::$op as c_int)
            }
        )*
    };
}

compare! {
    wrap_lt Lt; wrap_le Le; wrap_eq Eq; wrap_ne Ne; wrap_gt Gt; wrap_ge Ge;
}

pub extern "C" fn wrap_next(object: &Object, args: &Tuple, wrapped: *mut c_void) -> Result {
    let [] = exactly(args)?;
    match slot_fn!(wrapped as IterNextFn)(object) {
        Some(item) => Ok(item),
        None if errors::occurred() => Err(Raised),
        None => Err(errors::raise_with(&PyExc_StopIteration, &[])),
    }
}

pub extern "C" fn wrap_descr_get(object: &Object, args: &Tuple, wrapped: *mut c_void) -> Result {
    let (instance, owner) = one_or_two(args)?;
    let instance = Some(instance).filter(|i| !i.is_none());
    let owner = owner.filter(|o| !o.is_none());
    if instance.is_none() && owner.is_none() {
        return Err(type_error("__get__(None, None) is invalid"));
    }
    slot_fn!(wrapped as DescrGetFn)(object, instance, owner)
}

pub extern "C" fn wrap_descr_set(object: &Object, args: &Tuple, wrapped: *mut c_void) -> Result {
    let [instance, value] = exactly(args)?;
    done(slot_fn!(wrapped as DescrSetFn)(object, instance, Some(value)))
}

pub extern "C" fn wrap_descr_delete(object: &Object, args: &Tuple, wrapped: *mut c_void) -> Result {
    let [instance] = exactly(args)?;
    done(slot_fn!(wrapped as DescrSetFn)(object, instance, None))
}

pub extern "C" fn wrap_buffer(object: &Object, args: &Tuple, _wrapped: *mut c_void) -> Result {
    let [request] = exactly(args)?;
    let request = request.as_isize(false)?;
    let Ok(request) = c_int::try_from(request) else {
        return Err(overflow_error("buffer flags out of range"));
    };
    super::slot_buffer::memoryview_of(object, request)
}

pub extern "C" fn wrap_releasebuffer(object: &Object, args: &Tuple, _wrapped: *mut c_void) -> Result {
    let [view] = exactly(args)?;
    super::slot_buffer::release_view(object, view)?;
    Ok(none().to_ref())
}
