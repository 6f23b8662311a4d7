//! `weakref.ProxyType` and `weakref.CallableProxyType`: objects that act as their referent.

use super::{WeakRef, live};
use crate::dealloc::dealloc_gc;
use crate::defs::MethodDef;
use crate::object::{Object, not_implemented};
use crate::protocol::number;
use crate::reference::Ref;
use crate::result::{NextResult, Result, int_result, len_result, next_result, unit_result};
use crate::slots::{CompareOp, MappingMethods, NumberMethods, SequenceMethods};
use crate::str::Str;
use crate::tuple::Tuple;
use crate::typeobj::{TypeObject, flags};
use crate::{errors, id};
use core::ffi::c_int;
use krait_macros::pyfn;

/// The type `weakref.ProxyType`.
#[unsafe(no_mangle)]
pub static _PyWeakref_ProxyType: TypeObject =
    base(TypeObject::of::<WeakRef>(c"weakref.ProxyType")).methods(METHODS);

/// The type `weakref.CallableProxyType`.
#[unsafe(no_mangle)]
pub static _PyWeakref_CallableProxyType: TypeObject =
    base(TypeObject::of::<WeakRef>(c"weakref.CallableProxyType")).tp_call(call);

const fn base(ty: TypeObject) -> TypeObject {
    ty.flags(flags::HAVE_GC | flags::DISALLOW_INSTANTIATION)
        .tp_dealloc(dealloc_gc::<WeakRef>)
        .tp_traverse(super::weakref_traverse)
        .tp_clear(super::weakref_clear)
        .tp_repr(repr)
        .tp_str(str_)
        .tp_getattro(getattro)
        .tp_setattro(setattro)
        .tp_richcompare(richcompare)
        .tp_iter(iter)
        .tp_iternext(iternext)
        .as_number(&AS_NUMBER)
        .as_sequence(&AS_SEQUENCE)
        .as_mapping(&AS_MAPPING)
        .tp_hash(crate::typeobj::base::hash_not_implemented)
}

/// Is it one of the two proxy types?
pub(crate) fn is_proxy_type(ty: &TypeObject) -> bool {
    core::ptr::eq(ty, &raw const _PyWeakref_ProxyType)
        || core::ptr::eq(ty, &raw const _PyWeakref_CallableProxyType)
}

/// `weakref.proxy(object, callback)`.
pub fn new_proxy(object: &Object, callback: Option<&Object>) -> Result<Ref<WeakRef>> {
    let ty = if object.is_callable() { &_PyWeakref_CallableProxyType } else { &_PyWeakref_ProxyType };
    super::create(ty, object, callback)
}

/// The referent of a proxy; any other object is itself.
fn unwrap(object: &Object) -> Result {
    if is_proxy_type(object.ty()) { live(object.expect::<WeakRef>()) } else { Ok(object.to_ref()) }
}

macro_rules! binary {
    ($($name:ident $op:ident;)*) => { $(
        extern "C" fn $name(a: &Object, b: &Object) -> Result {
            number::$op(&*unwrap(a)?, &*unwrap(b)?)
        }
    )* };
}
macro_rules! unary {
    ($($name:ident $op:expr;)*) => { $(
        extern "C" fn $name(a: &Object) -> Result {
            let referent = unwrap(a)?;
            $op(&referent)
        }
    )* };
}

binary! {
    nb_add add; nb_subtract subtract; nb_multiply multiply; nb_remainder remainder; nb_divmod divmod;
    nb_lshift lshift; nb_rshift rshift; nb_and and; nb_xor xor; nb_or or; nb_floor_divide floor_divide;
    nb_true_divide true_divide; nb_matrix_multiply matrix_multiply;
    nb_inplace_add inplace_add; nb_inplace_subtract inplace_subtract; nb_inplace_multiply inplace_multiply;
    nb_inplace_remainder inplace_remainder; nb_inplace_lshift inplace_lshift; nb_inplace_rshift inplace_rshift;
    nb_inplace_and inplace_and; nb_inplace_xor inplace_xor; nb_inplace_or inplace_or;
    nb_inplace_floor_divide inplace_floor_divide; nb_inplace_true_divide inplace_true_divide;
    nb_inplace_matrix_multiply inplace_matrix_multiply;
}

unary! {
    nb_negative number::negative; nb_positive number::positive; nb_absolute number::absolute; nb_invert number::invert;
    nb_int |o: &Object| o.to_int().map(Ref::into_object);
    nb_float |o: &Object| o.as_f64().map(|f| crate::Float::new(f).into_object());
    nb_index |o: &Object| o.index().map(Ref::into_object);
    str_ |o: &Object| o.str().map(Ref::into_object);
    iter Object::iter;
}

extern "C" fn nb_power(a: &Object, b: &Object, modulus: &Object) -> Result {
    number::power(&*unwrap(a)?, &*unwrap(b)?, &*unwrap(modulus)?)
}
extern "C" fn nb_inplace_power(a: &Object, b: &Object, modulus: &Object) -> Result {
    number::inplace_power(&*unwrap(a)?, &*unwrap(b)?, &*unwrap(modulus)?)
}
extern "C" fn nb_bool(a: &Object) -> c_int {
    int_result(unwrap(a).and_then(|o| o.is_true()))
}

static AS_NUMBER: NumberMethods = NumberMethods::EMPTY
    .nb_add(nb_add)
    .nb_subtract(nb_subtract)
    .nb_multiply(nb_multiply)
    .nb_remainder(nb_remainder)
    .nb_divmod(nb_divmod)
    .nb_power(nb_power)
    .nb_negative(nb_negative)
    .nb_positive(nb_positive)
    .nb_absolute(nb_absolute)
    .nb_bool(nb_bool)
    .nb_invert(nb_invert)
    .nb_lshift(nb_lshift)
    .nb_rshift(nb_rshift)
    .nb_and(nb_and)
    .nb_xor(nb_xor)
    .nb_or(nb_or)
    .nb_int(nb_int)
    .nb_float(nb_float)
    .nb_inplace_add(nb_inplace_add)
    .nb_inplace_subtract(nb_inplace_subtract)
    .nb_inplace_multiply(nb_inplace_multiply)
    .nb_inplace_remainder(nb_inplace_remainder)
    .nb_inplace_power(nb_inplace_power)
    .nb_inplace_lshift(nb_inplace_lshift)
    .nb_inplace_rshift(nb_inplace_rshift)
    .nb_inplace_and(nb_inplace_and)
    .nb_inplace_xor(nb_inplace_xor)
    .nb_inplace_or(nb_inplace_or)
    .nb_floor_divide(nb_floor_divide)
    .nb_true_divide(nb_true_divide)
    .nb_inplace_floor_divide(nb_inplace_floor_divide)
    .nb_inplace_true_divide(nb_inplace_true_divide)
    .nb_index(nb_index)
    .nb_matrix_multiply(nb_matrix_multiply)
    .nb_inplace_matrix_multiply(nb_inplace_matrix_multiply);

extern "C" fn length(a: &Object) -> isize {
    len_result(unwrap(a).and_then(|o| Object::len(&o)).map(|n| n as isize))
}
extern "C" fn contains(a: &Object, item: &Object) -> c_int {
    int_result(unwrap(a).and_then(|o| o.contains_item(&*unwrap(item)?)))
}
extern "C" fn subscript(a: &Object, key: &Object) -> Result {
    unwrap(a)?.get_item(&*unwrap(key)?)
}
extern "C" fn ass_subscript(a: &Object, key: &Object, value: Option<&Object>) -> c_int {
    unit_result(unwrap(a).and_then(|o| match value {
        Some(value) => o.set_item(key, value),
        None => o.del_item(key),
    }))
}

static AS_SEQUENCE: SequenceMethods = SequenceMethods::EMPTY.sq_length(length).sq_contains(contains);
static AS_MAPPING: MappingMethods =
    MappingMethods::EMPTY.mp_length(length).mp_subscript(subscript).mp_ass_subscript(ass_subscript);

extern "C" fn repr(object: &Object) -> Result {
    let referent = live(object.expect::<WeakRef>())?;
    let text = format!("<weakproxy at {object:p}; to '{}' at {:p}>", referent.type_name(), &*referent);
    Ok(Str::new(&text).into_object())
}

fn attribute_name(name: &Object) -> Result<&Str> {
    name.downcast::<Str>().ok_or_else(|| {
        errors::type_error(format!("attribute name must be string, not '{}'", name.type_name()))
    })
}

extern "C" fn getattro(object: &Object, name: &Object) -> Result {
    unwrap(object)?.get_attr(attribute_name(name)?)
}

extern "C" fn setattro(object: &Object, name: &Object, value: Option<&Object>) -> c_int {
    unit_result(unwrap(object).and_then(|o| o.set_attr(attribute_name(name)?, value)))
}

extern "C" fn richcompare(a: &Object, b: &Object, op: c_int) -> Result {
    if !is_proxy_type(a.ty()) && !is_proxy_type(b.ty()) {
        return Ok(not_implemented().to_ref());
    }
    unwrap(a)?.rich_compare(&*unwrap(b)?, CompareOp::from_int(op))
}

extern "C" fn iternext(object: &Object) -> NextResult {
    next_result(unwrap(object).and_then(|o| {
        if !o.is_iterator() {
            let name = o.type_name();
            return Err(errors::type_error(format!(
                "Weakref proxy referenced a non-iterator '{name}' object"
            )));
        }
        o.iter_next()
    }))
}

extern "C" fn call(object: &Object, args: &Tuple, kwargs: Option<&Object>) -> Result {
    unwrap(object)?.call_dict(args, kwargs.and_then(|k| k.downcast()))
}

/// bytes(referent)
#[pyfn("__bytes__($self, /)")]
fn bytes(object: &Object) -> Result {
    unwrap(object)?.call_method(id!("__bytes__"), &[])
}

/// iter(reversed(referent))
#[pyfn("__reversed__($self, /)")]
fn reversed(object: &Object) -> Result {
    unwrap(object)?.call_method(id!("__reversed__"), &[])
}

static METHODS: &[MethodDef] = &[bytes::DEF, reversed::DEF, MethodDef::SENTINEL];
