//! Number slots of classes: they call `__add__`, `__radd__` and the like. CPython: `Objects/typeobject.c` (`SLOT1BIN`).

use super::slot_functions::{call_maybe, call_method, lookup_maybe};
use crate::errors::type_error;
use crate::id;
use crate::object::{Object, not_implemented};
use crate::result::{Raised, Result};
use crate::slots::{CompareOp, NumberMethods};
use crate::str::Str;
use core::ffi::c_int;

/// Where a binary operator's slot is and how its methods are called.
struct Operator {
    /// The address in a type's slot.
    slot: fn(&NumberMethods) -> usize,
    /// The slot function of classes.
    own: usize,
    name: &'static Str,
    reflected: &'static Str,
}

impl Operator {
    fn fills(&self, object: &Object) -> bool {
        object.ty().number().is_some_and(|n| (self.slot)(n) == self.own)
    }

    fn call(&self, name: &Str, args: [&Object; 2], third: Option<&Object>) -> Result {
        let result = match third {
            Some(third) => call_maybe(name, &[args[0], args[1], third]),
            None => call_maybe(name, &args),
        };
        Ok(result?.unwrap_or_else(|| not_implemented().to_ref()))
    }

    /// `a OP b`: the left operand's method, or first the right one's reflected method when its class is a subclass
    /// that overrides it.
    fn apply(&self, a: &Object, b: &Object, third: Option<&Object>) -> Result {
        let same_type = core::ptr::eq(a.type_ptr(), b.type_ptr());
        let mut do_other = !same_type && self.fills(b);
        if self.fills(a) {
            if do_other && b.ty().is_subtype_of(a.ty()) && is_overloaded(a, b, self.reflected)? {
                let result = self.call(self.reflected, [b, a], third)?;
                if !result.is(not_implemented()) {
                    return Ok(result);
                }
                do_other = false;
            }
            let result = self.call(self.name, [a, b], third)?;
            if !result.is(not_implemented()) || core::ptr::eq(a.type_ptr(), b.type_ptr()) {
                return Ok(result);
            }
        }
        if do_other {
            return self.call(self.reflected, [b, a], third);
        }
        Ok(not_implemented().to_ref())
    }
}

/// Does the right operand's class have another method `name` than the left one's (`method_is_overloaded`)?
fn is_overloaded(left: &Object, right: &Object, name: &Str) -> Result<bool> {
    let Some(b) = right.ty().get_attr_opt(name)? else { return Ok(false) };
    let Some(a) = left.ty().get_attr_opt(name)? else { return Ok(true) };
    a.rich_compare_bool(&b, CompareOp::Ne)
}

macro_rules! binary {
    ($($function:ident $slot:ident $name:literal $reflected:literal;)*) => {
        $(
            #[doc = concat!("Calls `", $name, "` or `", $reflected, "`.")]
            pub extern "C" fn $function(a: &Object, b: &Object) -> Result {
                Operator {
                    slot: |n| super::slotdefs::address(&n.$slot),
                    own: $function as *const () as usize,
                    name: id!($name),
                    reflected: id!($reflected),
                }
                .apply(a, b, None)
            }
        )*
    };
}

binary! {
    slot_nb_add nb_add "__add__" "__radd__";
    slot_nb_subtract nb_subtract "__sub__" "__rsub__";
    slot_nb_multiply nb_multiply "__mul__" "__rmul__";
    slot_nb_matrix_multiply nb_matrix_multiply "__matmul__" "__rmatmul__";
    slot_nb_remainder nb_remainder "__mod__" "__rmod__";
    slot_nb_divmod nb_divmod "__divmod__" "__rdivmod__";
    slot_nb_lshift nb_lshift "__lshift__" "__rlshift__";
    slot_nb_rshift nb_rshift "__rshift__" "__rrshift__";
    slot_nb_and nb_and "__and__" "__rand__";
    slot_nb_xor nb_xor "__xor__" "__rxor__";
    slot_nb_or nb_or "__or__" "__ror__";
    slot_nb_floor_divide nb_floor_divide "__floordiv__" "__rfloordiv__";
    slot_nb_true_divide nb_true_divide "__truediv__" "__rtruediv__";
}

/// Calls `__pow__` or `__rpow__`, with the modulus if there is one.
pub extern "C" fn slot_nb_power(a: &Object, b: &Object, modulus: &Object) -> Result {
    Operator {
        slot: |n| super::slotdefs::address(&n.nb_power),
        own: slot_nb_power as *const () as usize,
        name: id!("__pow__"),
        reflected: id!("__rpow__"),
    }
    .apply(a, b, (!modulus.is_none()).then_some(modulus))
}

/// Calls `__ipow__`; in-place power has no modulus.
pub extern "C" fn slot_nb_inplace_power(a: &Object, b: &Object, _modulus: &Object) -> Result {
    call_method(id!("__ipow__"), &[a, b])
}

macro_rules! unary {
    ($($function:ident $name:literal;)*) => {
        $(
            #[doc = concat!("Calls `", $name, "`.")]
            pub extern "C" fn $function(a: &Object) -> Result {
                call_method(id!($name), &[a])
            }
        )*
    };
}

unary! {
    slot_nb_negative "__neg__";
    slot_nb_positive "__pos__";
    slot_nb_absolute "__abs__";
    slot_nb_invert "__invert__";
    slot_nb_int "__int__";
    slot_nb_float "__float__";
    slot_nb_index "__index__";
}

macro_rules! inplace {
    ($($function:ident $name:literal;)*) => {
        $(
            #[doc = concat!("Calls `", $name, "`.")]
            pub extern "C" fn $function(a: &Object, b: &Object) -> Result {
                call_method(id!($name), &[a, b])
            }
        )*
    };
}

inplace! {
    slot_nb_inplace_add "__iadd__";
    slot_nb_inplace_subtract "__isub__";
    slot_nb_inplace_multiply "__imul__";
    slot_nb_inplace_matrix_multiply "__imatmul__";
    slot_nb_inplace_remainder "__imod__";
    slot_nb_inplace_lshift "__ilshift__";
    slot_nb_inplace_rshift "__irshift__";
    slot_nb_inplace_and "__iand__";
    slot_nb_inplace_xor "__ixor__";
    slot_nb_inplace_or "__ior__";
    slot_nb_inplace_floor_divide "__ifloordiv__";
    slot_nb_inplace_true_divide "__itruediv__";
}

/// Truth by `__bool__`, else by `__len__`, else true.
pub extern "C" fn slot_nb_bool(a: &Object) -> c_int {
    let truth = || -> Result<bool> {
        if let Some(method) = lookup_maybe(a, id!("__bool__"))? {
            let value = method.call(a, &[])?;
            if !core::ptr::eq(value.type_ptr(), &raw const crate::int::PyBool_Type) {
                return Err(type_error(format!(
                    "__bool__ should return bool, returned {}",
                    value.type_name()
                )));
            }
            return value.is_true();
        }
        match lookup_maybe(a, id!("__len__"))? {
            Some(method) => method.call(a, &[])?.is_true(),
            None => Ok(true),
        }
    };
    match truth() {
        Ok(truth) => c_int::from(truth),
        Err(Raised) => -1,
    }
}
