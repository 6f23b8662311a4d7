//! Constructor, methods and attributes of `int`, and the type `bool`.

use super::{Int, PyLong_Type, arith, parse, text};
use crate::args::parse_init;
use crate::defs::{GetSetDef, MethodDef};
use crate::errors::{overflow_error, type_error, value_error};
use crate::format::number::{format_int, spec_argument};
use crate::object::{Object, bool_object};
use crate::reference::Ref;
use crate::result::Result;
use crate::slots::NumberMethods;
use crate::str::Str;
use crate::tuple::Tuple;
use crate::typeobj::TypeObject;
use crate::{Bytes, Dict, alloc, id};
use core::ffi::c_void;
use krait_macros::pyfn;
use num_bigint::BigInt;
use num_integer::Integer;

static METHODS: &[MethodDef] = &[
    conjugate::DEF,
    bit_length::DEF,
    bit_count::DEF,
    to_bytes::DEF,
    from_bytes::DEF,
    as_integer_ratio::DEF,
    trunc::DEF,
    floor::DEF,
    ceil::DEF,
    round::DEF,
    getnewargs::DEF,
    format::DEF,
    sizeof::DEF,
    is_integer::DEF,
    MethodDef::SENTINEL,
];
static GETSET: &[GetSetDef] = &[
    GetSetDef::getter(c"real", get_self).doc(c"the real part of a complex number"),
    GetSetDef::getter(c"imag", get_zero).doc(c"the imaginary part of a complex number"),
    GetSetDef::getter(c"numerator", get_self).doc(c"the numerator of a rational number in lowest terms"),
    GetSetDef::getter(c"denominator", get_one).doc(c"the denominator of a rational number in lowest terms"),
    GetSetDef::SENTINEL,
];

/// Slots of `int`.
pub(super) const fn int_type(ty: TypeObject) -> TypeObject {
    ty.doc(c"int([x]) -> integer\nint(x, base=10) -> integer\n\nConvert a number or string to an integer, or return 0 if no arguments\nare given.")
        .tp_dealloc(crate::dealloc::dealloc_plain::<Int>)
        .tp_repr(text::repr)
        .tp_hash(arith::int_hash)
        .tp_richcompare(arith::richcompare)
        .tp_new(int_new)
        .as_number(&arith::AS_NUMBER)
        .methods(METHODS)
        .getset(GETSET)
}

static BOOL_NUMBER: NumberMethods =
    NumberMethods::EMPTY.nb_and(bool_and).nb_or(bool_or).nb_xor(bool_xor).nb_invert(bool_invert);

/// Slots of `bool`.
pub(super) const fn bool_type(ty: TypeObject) -> TypeObject {
    ty.doc(c"bool(object=False, /)\n--\n\nReturns True when the argument is true, False otherwise.")
        .tp_dealloc(crate::dealloc::dealloc_plain::<Int>)
        .tp_repr(bool_repr)
        .tp_new(bool_new)
        .as_number(&BOOL_NUMBER)
}

/// Copies a number into an instance of a subclass.
fn into_subtype(ty: &TypeObject, int: Ref<Int>) -> Result {
    if ty.is_type(&PyLong_Type) {
        return Ok(int.into_object());
    }
    let digits = int.digits();
    // The base size has room for no digit, but at least one is always there.
    let object = alloc::alloc_instance(ty, 4 * digits.len().max(1).next_multiple_of(2))?;
    let made = object.expect::<Int>();
    made.lv_tag.set(int.lv_tag.get());
    // SAFETY: `alloc_instance` made room for the digits behind the fixed part.
    unsafe {
        core::ptr::copy_nonoverlapping(digits.as_ptr(), made.ob_digit.as_ptr().cast_mut(), digits.len());
    }
    Ok(object)
}

extern "C" fn int_new(ty: &TypeObject, args: &Tuple, kwargs: Option<&Object>) -> Result {
    let kwargs = kwargs.and_then(|k| k.downcast::<Dict>());
    // `x` can be given by position only: its name in the table is one that no keyword has.
    let mut values = parse_init("int", &["", "base"], 0, args, kwargs)?;
    let (x, base) = (values[0].take(), values[1].take());
    let int = match (x, base) {
        (None, None) => Int::from_i64(0),
        (None, Some(_)) => return Err(type_error("int() missing string argument")),
        (Some(x), None) => x.to_int()?,
        (Some(x), Some(base)) => with_base(&x, &base)?,
    };
    into_subtype(ty, int)
}

fn with_base(x: &Object, base: &Object) -> Result<Ref<Int>> {
    let base = base.as_isize(true)?;
    if base != 0 && !(2..=36).contains(&base) {
        return Err(value_error("int() base must be >= 2 and <= 36, or 0"));
    }
    let base = base as u32;
    if let Some(text) = x.downcast::<Str>() {
        return parse::from_text(text, base);
    }
    match parse::from_bytes_like_base(x, base) {
        Some(result) if x.downcast::<Bytes>().is_some() || x.type_name() == "bytearray" => result,
        _ => Err(type_error("int() can't convert non-string with explicit base")),
    }
}

extern "C" fn get_self(object: &Object, _: *mut c_void) -> Result {
    Ok(object.expect::<Int>().to_exact().into_object())
}
extern "C" fn get_zero(_: &Object, _: *mut c_void) -> Result {
    Ok(Int::from_i64(0).into_object())
}
extern "C" fn get_one(_: &Object, _: *mut c_void) -> Result {
    Ok(Int::from_i64(1).into_object())
}

/// Returns self, the complex conjugate of any int.
#[pyfn("conjugate($self, /)")]
fn conjugate(int: &Int) -> Ref<Int> {
    int.to_exact()
}

/// Truncating an Integral returns itself.
#[pyfn("__trunc__($self, /)")]
fn trunc(int: &Int) -> Ref<Int> {
    int.to_exact()
}

/// Flooring an Integral returns itself.
#[pyfn("__floor__($self, /)")]
fn floor(int: &Int) -> Ref<Int> {
    int.to_exact()
}

/// Ceiling of an Integral returns itself.
#[pyfn("__ceil__($self, /)")]
fn ceil(int: &Int) -> Ref<Int> {
    int.to_exact()
}

/// Number of bits necessary to represent self in binary.
#[pyfn("bit_length($self, /)")]
fn bit_length(int: &Int) -> u64 {
    int.bit_length()
}

/// Number of ones in the binary representation of the absolute value of self.
#[pyfn("bit_count($self, /)")]
fn bit_count(int: &Int) -> u64 {
    int.digits().iter().map(|d| u64::from(d.count_ones())).sum()
}

/// Return a pair of integers, whose ratio is equal to the original int.
#[pyfn("as_integer_ratio($self, /)")]
fn as_integer_ratio(int: &Int) -> (Ref<Int>, Ref<Int>) {
    (int.to_exact(), Int::from_i64(1))
}

/// Returns True. Exists for duck type compatibility with float.is_integer.
#[pyfn("is_integer($self, /)")]
fn is_integer(_int: &Int) -> bool {
    true
}

#[pyfn("__getnewargs__($self, /)")]
fn getnewargs(int: &Int) -> Result {
    Ok(Tuple::from_vec(vec![int.to_exact().into_object()]).into_object())
}

/// Convert to a string according to format_spec.
#[pyfn("__format__($self, format_spec, /)")]
fn format(int: &Int, format_spec: &Object) -> Result {
    let spec = spec_argument(format_spec)?;
    if spec.is_empty() {
        return Ok(int.str()?.into_object());
    }
    Ok(format_int(int, spec, int.type_name())?.into_object())
}

/// Returns size in memory, in bytes.
#[pyfn("__sizeof__($self, /)")]
fn sizeof(int: &Int) -> usize {
    24 + 4 * int.digits().len().max(1)
}

/// Rounding an Integral returns itself.
///
/// Rounding with an ndigits argument also returns an integer.
#[pyfn("__round__($self, ndigits=None, /)")]
fn round(int: &Int, ndigits: Option<&Object>) -> Result<Ref<Int>> {
    let Some(ndigits) = ndigits else { return Ok(int.to_exact()) };
    let ndigits = ndigits.index()?;
    if !ndigits.is_negative() {
        return Ok(int.to_exact());
    }
    // A power of ten longer than the number leaves zero.
    let places = ndigits.to_i64().map_or(u64::MAX, i64::unsigned_abs);
    if places > int.bit_length() {
        return Ok(Int::from_i64(0));
    }
    let unit = num_traits::pow(BigInt::from(10), places as usize);
    let value = int.to_bigint();
    let (quotient, rest) = value.div_mod_floor(&unit);
    let double: BigInt = &rest * 2;
    let up = match double.cmp(&unit) {
        core::cmp::Ordering::Greater => true,
        core::cmp::Ordering::Equal => quotient.is_odd(),
        core::cmp::Ordering::Less => false,
    };
    let rounded = (quotient + i32::from(up)) * unit;
    Ok(Int::from_bigint(&rounded))
}

fn is_little(byteorder: Option<&Object>) -> Result<bool> {
    let Some(order) = byteorder else { return Ok(false) };
    match order.downcast::<Str>() {
        Some(text) if text.eq_str("little") => Ok(true),
        Some(text) if text.eq_str("big") => Ok(false),
        Some(_) => Err(value_error("byteorder must be either 'little' or 'big'")),
        None => {
            Err(type_error(format!("to_bytes() argument 'byteorder' must be str, not {}", order.type_name())))
        }
    }
}

/// Return an array of bytes representing an integer.
#[pyfn("to_bytes($self, /, length=1, byteorder='big', *, signed=False)")]
fn to_bytes(int: &Int, length: isize, byteorder: Option<&Object>, signed: bool) -> Result<Ref<Bytes>> {
    let little = is_little(byteorder)?;
    if length < 0 {
        return Err(value_error("length argument must be non-negative"));
    }
    if int.is_negative() && !signed {
        return Err(overflow_error("can't convert negative int to unsigned"));
    }
    let length = length as usize;
    let too_big = || overflow_error("int too big to convert");
    let mut bytes =
        if signed { int.to_bigint().to_signed_bytes_le() } else { int.to_bigint().magnitude().to_bytes_le() };
    if int.is_zero() {
        bytes.clear();
    }
    if bytes.len() > length {
        return Err(too_big());
    }
    bytes.resize(length, if int.is_negative() { 0xff } else { 0 });
    if !little {
        bytes.reverse();
    }
    Ok(Bytes::new(&bytes))
}

/// Return the integer represented by the given array of bytes.
#[pyfn("from_bytes($type, /, bytes, byteorder='big', *, signed=False)", class)]
fn from_bytes(ty: &TypeObject, bytes: &Object, byteorder: Option<&Object>, signed: bool) -> Result {
    let little = is_little(byteorder)?;
    let data = match bytes.downcast::<Bytes>() {
        Some(data) => Ref::from_borrowed(data),
        None => bytes.to_bytes()?,
    };
    let slice = data.as_slice();
    let value = match (little, signed) {
        (true, true) => BigInt::from_signed_bytes_le(slice),
        (false, true) => BigInt::from_signed_bytes_be(slice),
        (true, false) => BigInt::from_bytes_le(num_bigint::Sign::Plus, slice),
        (false, false) => BigInt::from_bytes_be(num_bigint::Sign::Plus, slice),
    };
    let int = Int::from_bigint(&value).into_object();
    if ty.is_type(&PyLong_Type) { Ok(int) } else { Object::call(ty, &[&int]) }
}

extern "C" fn bool_repr(object: &Object) -> Result {
    Ok(if object.expect::<Int>().is_zero() { id!("False") } else { id!("True") }.to_ref())
}

extern "C" fn bool_new(_ty: &TypeObject, args: &Tuple, kwargs: Option<&Object>) -> Result {
    if kwargs.and_then(|k| k.downcast::<Dict>()).is_some_and(|d| !d.is_empty()) {
        return Err(type_error("bool() takes no keyword arguments"));
    }
    let truth = match args.as_objects() {
        [] => false,
        [one] => one.is_true()?,
        more => {
            return Err(type_error(format!("bool expected at most 1 argument, got {}", more.len())));
        }
    };
    Ok(bool_object(truth).to_ref())
}

fn is_bool(object: &Object) -> bool {
    core::ptr::eq(object.type_ptr(), &raw const super::PyBool_Type)
}

macro_rules! bool_ops {
    ($($name:ident $sign:literal $op:tt;)*) => { $(
        extern "C" fn $name(a: &Object, b: &Object) -> Result {
            if !is_bool(a) || !is_bool(b) {
                return arith::bitwise($sign, a, b);
            }
            let (a, b) = (!a.expect::<Int>().is_zero(), !b.expect::<Int>().is_zero());
            Ok(bool_object(a $op b).to_ref())
        }
    )* };
}
bool_ops! { bool_and '&' &; bool_or '|' |; bool_xor '^' ^; }

extern "C" fn bool_invert(object: &Object) -> Result {
    crate::errors::warn(
        &crate::exceptions::PyExc_DeprecationWarning,
        "Bitwise inversion '~' on bool is deprecated and will be removed in Python 3.16. This returns the bitwise inversion of the underlying int object and is usually not what you expect from the negation of a bool object. Use the 'not' operator for boolean negation or ~int(x) for the bitwise inversion of the underlying int.",
        1,
    )?;
    let value = i64::from(!object.expect::<Int>().is_zero());
    Ok(Int::from_i64(!value).into_object())
}
