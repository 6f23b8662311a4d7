//! The number protocol (`PyNumber_*`): binary operators with reflection, in-place forms, conversions.
//! CPython: `Objects/abstract.c`.

use crate::errors::{overflow_error, type_error};
use crate::object::{Object, none};
use crate::reference::Ref;
use crate::result::Result;
use crate::slots::{BinaryFn, NumberMethods, PowerFn};
use crate::str::Str;
use crate::{Float, Int, id};
use core::cell::Cell;

type BinarySlot = fn(&NumberMethods) -> &Cell<Option<BinaryFn>>;

#[inline(always)]
fn slot_of(object: &Object, slot: BinarySlot) -> Option<BinaryFn> {
    object.ty().number().and_then(|n| slot(n).get())
}

/// Tries the slot of both operands; the right one first if its type derives from the left one's. `NotImplemented` when
/// neither knows.
#[inline]
fn binary_op1(a: &Object, b: &Object, slot: BinarySlot) -> Result {
    let left = slot_of(a, slot);
    let right = if core::ptr::eq(a.type_ptr(), b.type_ptr()) { None } else { slot_of(b, slot) };
    let right = right.filter(|r| left.is_none_or(|l| l as usize != *r as usize));
    if let Some(left) = left {
        if let Some(right) = right {
            if b.ty().is_subtype_of(a.ty()) {
                let result = right(a, b)?;
                if !result.is(crate::not_implemented()) {
                    return Ok(result);
                }
                return left(a, b);
            }
        }
        let result = left(a, b)?;
        if !result.is(crate::not_implemented()) {
            return Ok(result);
        }
    }
    match right {
        Some(right) => right(a, b),
        None => Ok(crate::not_implemented().to_ref()),
    }
}

#[cold]
fn unsupported(a: &Object, b: &Object, sign: &str) -> crate::Raised {
    type_error(format!("unsupported operand type(s) for {sign}: '{}' and '{}'", a.type_name(), b.type_name()))
}

#[inline]
fn binary_op(a: &Object, b: &Object, slot: BinarySlot, sign: &str) -> Result {
    let result = binary_op1(a, b, slot)?;
    if result.is(crate::not_implemented()) { Err(unsupported(a, b, sign)) } else { Ok(result) }
}

fn inplace_op1(a: &Object, b: &Object, inplace: BinarySlot, slot: BinarySlot) -> Result {
    if let Some(function) = slot_of(a, inplace) {
        let result = function(a, b)?;
        if !result.is(crate::not_implemented()) {
            return Ok(result);
        }
    }
    binary_op1(a, b, slot)
}

fn inplace_op(a: &Object, b: &Object, inplace: BinarySlot, slot: BinarySlot, sign: &str) -> Result {
    let result = inplace_op1(a, b, inplace, slot)?;
    if result.is(crate::not_implemented()) { Err(unsupported(a, b, sign)) } else { Ok(result) }
}

macro_rules! operators {
    ($($name:ident $inplace:ident $slot:ident $inplace_slot:ident $sign:literal;)*) => {
        $(
            #[doc = concat!("`a ", $sign, " b`.")]
            pub fn $name(a: &Object, b: &Object) -> Result {
                binary_op(a, b, |n| &n.$slot, $sign)
            }
            #[doc = concat!("`a ", $sign, "= b`.")]
            pub fn $inplace(a: &Object, b: &Object) -> Result {
                inplace_op(a, b, |n| &n.$inplace_slot, |n| &n.$slot, concat!($sign, "="))
            }
        )*
    };
}

operators! {
    subtract inplace_subtract nb_subtract nb_inplace_subtract "-";
    matrix_multiply inplace_matrix_multiply nb_matrix_multiply nb_inplace_matrix_multiply "@";
    true_divide inplace_true_divide nb_true_divide nb_inplace_true_divide "/";
    floor_divide inplace_floor_divide nb_floor_divide nb_inplace_floor_divide "//";
    remainder inplace_remainder nb_remainder nb_inplace_remainder "%";
    lshift inplace_lshift nb_lshift nb_inplace_lshift "<<";
    and inplace_and nb_and nb_inplace_and "&";
    xor inplace_xor nb_xor nb_inplace_xor "^";
    or inplace_or nb_or nb_inplace_or "|";
}

/// `a >> b`.
pub fn rshift(a: &Object, b: &Object) -> Result {
    let result = binary_op1(a, b, |n| &n.nb_rshift)?;
    if !result.is(crate::not_implemented()) {
        return Ok(result);
    }
    // `print >> sys.stderr` was a statement once.
    if let Some(function) = a.downcast::<crate::cfunction::CFunction>() {
        if function.def().name() == "print" {
            return Err(type_error(format!(
                "unsupported operand type(s) for >>: '{}' and '{}'. Did you mean \"print(<message>, file=<output_stream>)\"?",
                a.type_name(),
                b.type_name()
            )));
        }
    }
    Err(unsupported(a, b, ">>"))
}

/// `a >>= b`.
pub fn inplace_rshift(a: &Object, b: &Object) -> Result {
    inplace_op(a, b, |n| &n.nb_inplace_rshift, |n| &n.nb_rshift, ">>=")
}

/// `a + b`: numbers, then sequences.
pub fn add(a: &Object, b: &Object) -> Result {
    let result = binary_op1(a, b, |n| &n.nb_add)?;
    if !result.is(crate::not_implemented()) {
        return Ok(result);
    }
    match a.ty().sequence().and_then(|s| s.sq_concat.get()) {
        Some(concat) => concat(a, b),
        None => Err(unsupported(a, b, "+")),
    }
}

/// `a += b`.
pub fn inplace_add(a: &Object, b: &Object) -> Result {
    let result = inplace_op1(a, b, |n| &n.nb_inplace_add, |n| &n.nb_add)?;
    if !result.is(crate::not_implemented()) {
        return Ok(result);
    }
    let sequence = a.ty().sequence();
    match sequence.and_then(|s| s.sq_inplace_concat.get().or(s.sq_concat.get())) {
        Some(concat) => concat(a, b),
        None => Err(unsupported(a, b, "+=")),
    }
}

/// `sequence * count` by a sequence's repeat slot.
fn repeat(repeat: crate::slots::IndexArgFn, sequence: &Object, count: &Object) -> Result {
    if !count.is_index() {
        return Err(type_error(format!(
            "can't multiply sequence by non-int of type '{}'",
            count.type_name()
        )));
    }
    repeat(sequence, count.as_isize(false).map_err(index_overflow)?)
}

/// An OverflowError of `__index__` conversion is reported as not fitting an index.
fn index_overflow(raised: crate::Raised) -> crate::Raised {
    if crate::errors::matches(&crate::exceptions::PyExc_OverflowError) {
        crate::errors::clear();
        return overflow_error("cannot fit 'int' into an index-sized integer");
    }
    raised
}

/// `a * b`: numbers, then sequences on either side.
pub fn multiply(a: &Object, b: &Object) -> Result {
    let result = binary_op1(a, b, |n| &n.nb_multiply)?;
    if !result.is(crate::not_implemented()) {
        return Ok(result);
    }
    if let Some(function) = a.ty().sequence().and_then(|s| s.sq_repeat.get()) {
        return repeat(function, a, b);
    }
    if let Some(function) = b.ty().sequence().and_then(|s| s.sq_repeat.get()) {
        return repeat(function, b, a);
    }
    Err(unsupported(a, b, "*"))
}

/// `a *= b`.
pub fn inplace_multiply(a: &Object, b: &Object) -> Result {
    let result = inplace_op1(a, b, |n| &n.nb_inplace_multiply, |n| &n.nb_multiply)?;
    if !result.is(crate::not_implemented()) {
        return Ok(result);
    }
    if let Some(s) = a.ty().sequence() {
        if let Some(function) = s.sq_inplace_repeat.get().or(s.sq_repeat.get()) {
            return repeat(function, a, b);
        }
    } else if let Some(function) = b.ty().sequence().and_then(|s| s.sq_repeat.get()) {
        return repeat(function, b, a);
    }
    Err(unsupported(a, b, "*="))
}

/// `divmod(a, b)`.
pub fn divmod(a: &Object, b: &Object) -> Result {
    binary_op(a, b, |n| &n.nb_divmod, "divmod()")
}

fn power_slot(object: &Object) -> Option<PowerFn> {
    object.ty().number().and_then(|n| n.nb_power.get())
}

fn ternary(a: &Object, b: &Object, modulus: &Object, sign: &str) -> Result {
    let left = power_slot(a);
    let mut right = if core::ptr::eq(a.type_ptr(), b.type_ptr()) { None } else { power_slot(b) };
    right = right.filter(|r| left.is_none_or(|l| l as usize != *r as usize));
    let mut tried_right = false;
    if let Some(left) = left {
        if let Some(right) = right.filter(|_| b.ty().is_subtype_of(a.ty())) {
            let result = right(a, b, modulus)?;
            if !result.is(crate::not_implemented()) {
                return Ok(result);
            }
            tried_right = true;
        }
        let result = left(a, b, modulus)?;
        if !result.is(crate::not_implemented()) {
            return Ok(result);
        }
    }
    if let Some(right) = right.filter(|_| !tried_right) {
        let result = right(a, b, modulus)?;
        if !result.is(crate::not_implemented()) {
            return Ok(result);
        }
    }
    if let Some(third) = power_slot(modulus) {
        let same = |f: Option<PowerFn>| f.is_some_and(|f| f as usize == third as usize);
        if !same(left) && !same(right) {
            let result = third(a, b, modulus)?;
            if !result.is(crate::not_implemented()) {
                return Ok(result);
            }
        }
    }
    if modulus.is_none() {
        return Err(unsupported(a, b, sign));
    }
    Err(type_error(format!(
        "unsupported operand type(s) for {sign}: '{}', '{}', '{}'",
        a.type_name(),
        b.type_name(),
        modulus.type_name()
    )))
}

/// `pow(a, b, modulus)`; `None` object for no modulus.
pub fn power(a: &Object, b: &Object, modulus: &Object) -> Result {
    ternary(a, b, modulus, "** or pow()")
}

/// `a **= b`.
pub fn inplace_power(a: &Object, b: &Object, modulus: &Object) -> Result {
    if let Some(function) = a.ty().number().and_then(|n| n.nb_inplace_power.get()) {
        let result = function(a, b, modulus)?;
        if !result.is(crate::not_implemented()) {
            return Ok(result);
        }
    }
    ternary(a, b, modulus, "**=")
}

macro_rules! unary {
    ($($name:ident $slot:ident $sign:literal;)*) => { $(
        #[doc = concat!("The operator ", $sign, ".")]
        pub fn $name(a: &Object) -> Result {
            match a.ty().number().and_then(|n| n.$slot.get()) {
                Some(function) => function(a),
                None => Err(type_error(format!(concat!("bad operand type for ", $sign, ": '{}'"), a.type_name()))),
            }
        }
    )* };
}

unary! {
    negative nb_negative "unary -"; positive nb_positive "unary +"; invert nb_invert "unary ~";
    absolute nb_absolute "abs()";
}

impl Object {
    /// `operator.index(self)`: an exact or subclass `int`.
    #[inline]
    pub fn index(&self) -> Result<Ref<Int>> {
        if let Some(int) = self.downcast::<Int>() {
            return Ok(Ref::from_borrowed(int));
        }
        self.index_slow()
    }

    #[cold]
    fn index_slow(&self) -> Result<Ref<Int>> {
        let Some(function) = self.ty().number().and_then(|n| n.nb_index.get()) else {
            return Err(type_error(format!(
                "'{}' object cannot be interpreted as an integer",
                self.type_name()
            )));
        };
        let made = function(self)?;
        checked_int(made, "__index__")
    }

    /// `operator.index` as a machine integer; out of range raises `OverflowError`, or clips when `clip` is true.
    pub fn as_isize(&self, clip: bool) -> Result<isize> {
        let int = self.index()?;
        match int.to_i64() {
            Some(value) => Ok(value as isize),
            None if clip => Ok(if int.is_negative() { isize::MIN } else { isize::MAX }),
            None => {
                Err(overflow_error(format!("cannot fit '{}' into an index-sized integer", self.type_name())))
            }
        }
    }

    /// As [`Object::as_isize`] without clipping, with IndexError when it does not fit (subscripts).
    pub fn as_subscript(&self) -> Result<isize> {
        let int = self.index()?;
        int.to_i64().map(|v| v as isize).ok_or_else(|| {
            crate::errors::index_error(format!(
                "cannot fit '{}' into an index-sized integer",
                self.type_name()
            ))
        })
    }

    /// `int(self)` (`PyNumber_Long`).
    pub fn to_int(&self) -> Result<Ref<Int>> {
        if let Some(int) = self.downcast_exact::<Int>() {
            return Ok(Ref::from_borrowed(int));
        }
        if let Some(function) = self.ty().number().and_then(|n| n.nb_int.get()) {
            return checked_int(function(self)?, "__int__").map(|i| i.to_exact());
        }
        if self.is_index() {
            return Ok(self.index()?.to_exact());
        }
        if let Some(text) = self.downcast::<Str>() {
            return crate::int::parse::from_text(text, 10);
        }
        crate::int::parse::from_bytes_like(self)
    }

    /// `float(self)` as a number (`PyFloat_AsDouble`).
    #[inline]
    pub fn as_f64(&self) -> Result<f64> {
        match self.downcast::<Float>() {
            Some(float) => Ok(float.value()),
            None => self.as_f64_slow(),
        }
    }

    #[cold]
    fn as_f64_slow(&self) -> Result<f64> {
        if let Some(function) = self.ty().number().and_then(|n| n.nb_float.get()) {
            let made = function(self)?;
            let Some(float) = made.downcast::<Float>() else {
                return Err(type_error(format!(
                    "{}.__float__ returned non-float (type {})",
                    self.type_name(),
                    made.type_name()
                )));
            };
            if made.downcast_exact::<Float>().is_none() {
                crate::errors::warn(
                    &crate::exceptions::PyExc_DeprecationWarning,
                    format!(
                        "{}.__float__ returned non-float (type {}).  The ability to return an instance of a strict subclass of float is deprecated, and may not be supported in a future version of Python.",
                        self.type_name(),
                        made.type_name()
                    ),
                    1,
                )?;
            }
            return Ok(float.value());
        }
        if self.is_index() {
            return self.index()?.to_f64();
        }
        Err(type_error(format!("must be real number, not {}", self.type_name())))
    }

    /// Has it `__index__`?
    #[inline]
    pub fn is_index(&self) -> bool {
        self.ty().number().is_some_and(|n| n.nb_index.get().is_some())
    }
}

/// What `__int__` or `__index__` returned must be an int; a strict subclass is deprecated.
fn checked_int(made: Ref<Object>, method: &str) -> Result<Ref<Int>> {
    let exact = made.downcast_exact::<Int>().is_some();
    let name = made.type_name().to_owned();
    match made.downcast_into::<Int>() {
        Ok(int) if exact => Ok(int),
        Ok(int) => {
            crate::errors::warn(
                &crate::exceptions::PyExc_DeprecationWarning,
                format!(
                    "{method} returned non-int (type {name}).  The ability to return an instance of a strict subclass of int is deprecated, and may not be supported in a future version of Python."
                ),
                1,
            )?;
            Ok(int)
        }
        Err(_) => Err(type_error(format!("{method} returned non-int (type {name})"))),
    }
}

/// `round(number, ndigits)`.
pub fn round(number: &Object, ndigits: Option<&Object>) -> Result {
    let Some(method) = number.lookup_special(id!("__round__"))? else {
        return Err(type_error(format!("type {} doesn't define __round__ method", number.ty().full_name())));
    };
    match ndigits.filter(|n| !n.is_none()) {
        Some(ndigits) => method.call(&[ndigits]),
        None => method.call(&[]),
    }
}

/// `pow(a, b)`.
pub fn pow2(a: &Object, b: &Object) -> Result {
    power(a, b, none())
}
