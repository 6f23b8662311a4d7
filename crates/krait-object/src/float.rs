//! `float`. CPython: `Objects/floatobject.c`.

use crate::dealloc::dealloc_plain;
use crate::defs::{GetSetDef, MethodDef};
use crate::errors::{overflow_error, type_error, value_error, zero_division_error};
use crate::format::float as text;
use crate::format::number::{format_float, spec_argument};
use crate::object::{Object, bool_object, not_implemented};
use crate::reference::Ref;
use crate::result::{Result, len_result};
use crate::slots::{CompareOp, NumberMethods};
use crate::str::Str;
use crate::tuple::Tuple;
use crate::typeobj::{TypeObject, flags};
use crate::{Dict, Int, alloc, hash};
use core::cell::Cell;
use core::cmp::Ordering;
use core::ffi::{c_int, c_void};
use krait_macros::pyfn;
use num_bigint::BigInt;

/// `PyFloatObject`.
#[repr(C)]
pub struct Float {
    ob_base: Object,
    ob_fval: Cell<f64>,
}

crate::object_type!(Float, PyFloat_Type);

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
    .nb_int(nb_int)
    .nb_float(nb_positive)
    .nb_floor_divide(nb_floor_divide)
    .nb_true_divide(nb_true_divide);

static METHODS: &[MethodDef] = &[
    from_number::DEF,
    conjugate::DEF,
    trunc::DEF,
    floor::DEF,
    ceil::DEF,
    round::DEF,
    as_integer_ratio::DEF,
    fromhex::DEF,
    hex::DEF,
    is_integer::DEF,
    getnewargs::DEF,
    getformat::DEF,
    format::DEF,
    MethodDef::SENTINEL,
];
static GETSET: &[GetSetDef] = &[
    GetSetDef::getter(c"real", get_self).doc(c"the real part of a complex number"),
    GetSetDef::getter(c"imag", get_zero).doc(c"the imaginary part of a complex number"),
    GetSetDef::SENTINEL,
];

/// The type `float`.
#[unsafe(no_mangle)]
pub static PyFloat_Type: TypeObject = TypeObject::of::<Float>(c"float")
    .flags(flags::BASETYPE | flags::MATCH_SELF)
    .doc(c"float(x=0, /)\n--\n\nConvert a string or number to a floating-point number, if possible.")
    .tp_dealloc(dealloc_plain::<Float>)
    .tp_repr(repr)
    .tp_hash(float_hash)
    .tp_richcompare(richcompare)
    .tp_new(new)
    .as_number(&AS_NUMBER)
    .methods(METHODS)
    .getset(GETSET);

impl Float {
    /// A new float.
    #[inline]
    pub fn new(value: f64) -> Ref<Float> {
        alloc::new_plain(Float { ob_base: Object::new(&PyFloat_Type), ob_fval: Cell::new(value) })
    }

    /// Changes the value.
    ///
    /// # Safety
    /// The caller holds the only reference: nobody can see the change.
    #[inline(always)]
    pub unsafe fn set_value(&self, value: f64) {
        self.ob_fval.set(value);
    }

    /// The value.
    #[inline(always)]
    pub fn value(&self) -> f64 {
        self.ob_fval.get()
    }
}

/// The operand as a float: floats and ints; `None` for other types.
fn operand(object: &Object) -> Result<Option<f64>> {
    if let Some(float) = object.downcast::<Float>() {
        return Ok(Some(float.value()));
    }
    match object.downcast::<Int>() {
        Some(int) => int.to_f64().map(Some),
        None => Ok(None),
    }
}

macro_rules! operands {
    ($a:ident, $b:ident) => {
        match (operand($a)?, operand($b)?) {
            (Some(a), Some(b)) => (a, b),
            _ => return Ok(not_implemented().to_ref()),
        }
    };
}

macro_rules! arithmetic {
    ($($name:ident $op:tt;)*) => { $(
        extern "C" fn $name(a: &Object, b: &Object) -> Result {
            let (a, b) = operands!(a, b);
            Ok(Float::new(a $op b).into_object())
        }
    )* };
}
arithmetic! { nb_add +; nb_subtract -; nb_multiply *; }

extern "C" fn nb_true_divide(a: &Object, b: &Object) -> Result {
    let (a, b) = operands!(a, b);
    if b == 0.0 {
        return Err(zero_division_error("division by zero"));
    }
    Ok(Float::new(a / b).into_object())
}

/// Quotient rounded down and remainder with the divisor's sign.
pub fn div_mod(a: f64, b: f64) -> Result<(f64, f64)> {
    if b == 0.0 {
        return Err(zero_division_error("division by zero"));
    }
    let mut remainder = a % b;
    let mut quotient = (a - remainder) / b;
    if remainder != 0.0 {
        if (b < 0.0) != (remainder < 0.0) {
            remainder += b;
            quotient -= 1.0;
        }
    } else {
        remainder = 0.0f64.copysign(b);
    }
    let floor = if quotient != 0.0 {
        let floor = quotient.floor();
        if quotient - floor > 0.5 { floor + 1.0 } else { floor }
    } else {
        0.0f64.copysign(a / b)
    };
    Ok((floor, remainder))
}

extern "C" fn nb_remainder(a: &Object, b: &Object) -> Result {
    let (a, b) = operands!(a, b);
    Ok(Float::new(div_mod(a, b)?.1).into_object())
}

extern "C" fn nb_floor_divide(a: &Object, b: &Object) -> Result {
    let (a, b) = operands!(a, b);
    Ok(Float::new(div_mod(a, b)?.0).into_object())
}

extern "C" fn nb_divmod(a: &Object, b: &Object) -> Result {
    let (a, b) = operands!(a, b);
    let (q, r) = div_mod(a, b)?;
    Ok(Tuple::from_vec(vec![Float::new(q).into_object(), Float::new(r).into_object()]).into_object())
}

extern "C" fn nb_power(a: &Object, b: &Object, modulus: &Object) -> Result {
    if !modulus.is_none() {
        return Err(type_error("pow() 3rd argument not allowed unless all arguments are integers"));
    }
    let (a, b) = operands!(a, b);
    if a == 0.0 && b < 0.0 {
        return Err(zero_division_error("zero to a negative power"));
    }
    if a < 0.0 && a.is_finite() && b.is_finite() && b != b.floor() {
        // A negative number to a fractional power is complex.
        return crate::complex::power_of_reals(a, b);
    }
    let value = a.powf(b);
    if value.is_infinite() && a.is_finite() && b.is_finite() {
        return Err(crate::errors::raise_with(
            &crate::exceptions::PyExc_OverflowError,
            &[&Int::from_i64(libc::ERANGE.into()), &Str::new("Numerical result out of range")],
        ));
    }
    Ok(Float::new(value).into_object())
}

extern "C" fn nb_negative(a: &Object) -> Result {
    Ok(Float::new(-a.expect::<Float>().value()).into_object())
}

extern "C" fn nb_positive(a: &Object) -> Result {
    match a.downcast_exact::<Float>() {
        Some(_) => Ok(a.to_ref()),
        None => Ok(Float::new(a.expect::<Float>().value()).into_object()),
    }
}

extern "C" fn nb_absolute(a: &Object) -> Result {
    Ok(Float::new(a.expect::<Float>().value().abs()).into_object())
}

extern "C" fn nb_bool(a: &Object) -> c_int {
    c_int::from(a.expect::<Float>().value() != 0.0)
}

/// The integer part as an int; errors for infinities and NaN.
pub fn to_integer(value: f64) -> Result<Ref<Int>> {
    if value.is_nan() {
        return Err(value_error("cannot convert float NaN to integer"));
    }
    if value.is_infinite() {
        return Err(overflow_error("cannot convert float infinity to integer"));
    }
    if value.abs() < 9e18 {
        return Ok(Int::from_i64(value as i64));
    }
    let (mantissa, exponent) = decompose(value);
    Ok(Int::from_bigint(&(BigInt::from(mantissa) << exponent.max(0) as usize)))
}

/// A finite value as `mantissa * 2**exponent` with an odd (or zero) mantissa.
pub fn decompose(value: f64) -> (i64, i32) {
    if value == 0.0 {
        return (0, 0);
    }
    let bits = value.to_bits();
    let raw_exponent = (bits >> 52 & 0x7ff) as i32;
    let fraction = (bits & ((1 << 52) - 1)) as i64;
    let (mantissa, exponent) =
        if raw_exponent == 0 { (fraction, -1074) } else { (fraction | 1 << 52, raw_exponent - 1075) };
    let zeros = if exponent < 0 { mantissa.trailing_zeros() as i32 } else { 0 };
    (if value < 0.0 { -(mantissa >> zeros) } else { mantissa >> zeros }, exponent + zeros)
}

extern "C" fn nb_int(a: &Object) -> Result {
    Ok(to_integer(a.expect::<Float>().value())?.into_object())
}

extern "C" fn repr(object: &Object) -> Result {
    Ok(Str::new(&text::repr(object.expect::<Float>().value())).into_object())
}

/// Hash of a float; `object` decides for NaN, which hashes by identity.
pub fn hash_f64(value: f64, object: &Object) -> isize {
    if value.is_nan() {
        return hash::hash_pointer(object.as_ptr() as usize);
    }
    hash_number(value)
}

fn hash_number(value: f64) -> isize {
    if value.is_infinite() {
        return if value > 0.0 { hash::INF } else { -hash::INF };
    }
    let (mantissa, exponent) = decompose(value);
    // mantissa * 2**exponent modulo 2**61 - 1: multiplying by two rotates 61 bits.
    let magnitude = mantissa.unsigned_abs() % hash::MODULUS;
    let shift = exponent.rem_euclid(61) as u32;
    let rotated = (magnitude << shift & hash::MODULUS) | magnitude >> (61 - shift);
    let signed = if mantissa < 0 { -(rotated as i64) } else { rotated as i64 };
    if signed == -1 { -2 } else { signed as isize }
}

extern "C" fn float_hash(object: &Object) -> isize {
    len_result(Ok(hash_f64(object.expect::<Float>().value(), object)))
}

/// Order of a float and an int, exactly; `None` for NaN.
pub fn compare_int(a: f64, b: &Int) -> Option<Ordering> {
    if a.is_nan() {
        return None;
    }
    if a.is_infinite() {
        return Some(if a > 0.0 { Ordering::Greater } else { Ordering::Less });
    }
    if let Some(small) = b.to_i64().filter(|n| n.unsigned_abs() < 1 << 53) {
        return a.partial_cmp(&(small as f64));
    }
    let floor = a.floor();
    let whole = match to_integer(floor) {
        Ok(whole) => whole,
        Err(_) => return None,
    };
    Some(whole.compare(b).then(if a > floor { Ordering::Greater } else { Ordering::Equal }))
}

extern "C" fn richcompare(a: &Object, b: &Object, op: c_int) -> Result {
    let op = CompareOp::from_int(op);
    let value = a.expect::<Float>().value();
    let order = if let Some(other) = b.downcast::<Float>() {
        value.partial_cmp(&other.value())
    } else if let Some(int) = b.downcast::<Int>() {
        compare_int(value, int)
    } else {
        return Ok(not_implemented().to_ref());
    };
    let holds = match order {
        Some(order) => op.holds(order),
        None => op == CompareOp::Ne,
    };
    Ok(bool_object(holds).to_ref())
}

/// Parses ASCII text as `float()` does: surrounding space, underscores between digits, inf and nan.
pub fn parse(text: &str) -> Option<f64> {
    let trimmed = text.trim_matches(|c: char| matches!(c, ' ' | '\t' | '\n' | '\r' | '\x0b' | '\x0c'));
    let bytes = trimmed.as_bytes();
    let clean: String = if bytes.contains(&b'_') {
        for (index, _) in bytes.iter().enumerate().filter(|(_, b)| **b == b'_') {
            let digit = |at: Option<usize>| at.and_then(|i| bytes.get(i)).is_some_and(u8::is_ascii_digit);
            if !digit(index.checked_sub(1)) || !digit(Some(index + 1)) {
                return None;
            }
        }
        trimmed.replace('_', "")
    } else {
        trimmed.to_owned()
    };
    let body = clean.trim_start_matches(['+', '-']);
    if clean.len() - body.len() > 1 {
        return None;
    }
    let lower = body.to_ascii_lowercase();
    if matches!(lower.as_str(), "inf" | "infinity" | "nan") {
        let magnitude = if lower == "nan" { f64::NAN } else { f64::INFINITY };
        return Some(if clean.starts_with('-') { -magnitude } else { magnitude });
    }
    // The library's parser takes more names than Python does.
    if !body.bytes().all(|b| matches!(b, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-')) {
        return None;
    }
    clean.parse().ok()
}

/// `float(object)` for text and bytes-like objects.
fn from_text(object: &Object) -> Result<f64> {
    let parsed = if let Some(text) = object.downcast::<Str>() {
        crate::str::numeric::to_ascii_number(text).and_then(|t| parse(&t))
    } else {
        match crate::buffer::copy_of_bytes(object)? {
            Some(bytes) => core::str::from_utf8(&bytes).ok().and_then(parse),
            None => {
                return Err(type_error(format!(
                    "float() argument must be a string or a real number, not '{}'",
                    object.type_name()
                )));
            }
        }
    };
    match parsed {
        Some(value) => Ok(value),
        None => Err(value_error(format!("could not convert string to float: {}", object.repr()?))),
    }
}

/// `float(object)`.
pub fn from_object(object: &Object) -> Result<f64> {
    let is_number =
        object.ty().number().is_some_and(|n| n.nb_float.get().is_some() || n.nb_index.get().is_some());
    if is_number { object.as_f64() } else { from_text(object) }
}

fn into_subtype(ty: &TypeObject, value: f64) -> Result {
    if ty.is_type(&PyFloat_Type) {
        return Ok(Float::new(value).into_object());
    }
    let object = alloc::alloc_instance(ty, 0)?;
    object.expect::<Float>().ob_fval.set(value);
    Ok(object)
}

extern "C" fn new(ty: &TypeObject, args: &Tuple, kwargs: Option<&Object>) -> Result {
    let keywords = kwargs.and_then(|k| k.downcast::<Dict>()).is_some_and(|d| !d.is_empty());
    if keywords && ty.tp_init.get().map(|f| f as usize) == PyFloat_Type.tp_init.get().map(|f| f as usize) {
        return Err(type_error("float() takes no keyword arguments"));
    }
    let value = match args.as_objects() {
        [] => 0.0,
        [one] => match one.downcast_exact::<Float>() {
            Some(_) if ty.is_type(&PyFloat_Type) => return Ok(one.to_ref()),
            Some(float) => float.value(),
            None => from_object(one)?,
        },
        more => {
            return Err(type_error(format!("float expected at most 1 argument, got {}", more.len())));
        }
    };
    into_subtype(ty, value)
}

extern "C" fn get_self(object: &Object, _: *mut c_void) -> Result {
    nb_positive(object)
}

extern "C" fn get_zero(_: &Object, _: *mut c_void) -> Result {
    Ok(Float::new(0.0).into_object())
}

/// Convert real number to a floating-point number.
#[pyfn("from_number($type, number, /)", class)]
fn from_number(ty: &TypeObject, number: &Object) -> Result {
    if number.downcast_exact::<Float>().is_some() && ty.is_type(&PyFloat_Type) {
        return Ok(number.to_ref());
    }
    into_subtype(ty, number.as_f64()?)
}

/// Return self, the complex conjugate of any float.
#[pyfn("conjugate($self, /)")]
fn conjugate(float: &Float) -> Result {
    nb_positive(float)
}

/// Return the Integral closest to x between 0 and x.
#[pyfn("__trunc__($self, /)")]
fn trunc(float: &Float) -> Result<Ref<Int>> {
    to_integer(float.value())
}

/// Return the floor as an Integral.
#[pyfn("__floor__($self, /)")]
fn floor(float: &Float) -> Result<Ref<Int>> {
    to_integer(float.value().floor())
}

/// Return the ceiling as an Integral.
#[pyfn("__ceil__($self, /)")]
fn ceil(float: &Float) -> Result<Ref<Int>> {
    to_integer(float.value().ceil())
}

/// Return the Integral closest to x, rounding half toward even.
///
/// When an argument is passed, work like built-in round(x, ndigits).
#[pyfn("__round__($self, ndigits=None, /)")]
fn round(float: &Float, ndigits: Option<&Object>) -> Result {
    let value = float.value();
    let Some(ndigits) = ndigits else {
        return Ok(to_integer(value.round_ties_even())?.into_object());
    };
    let digits = ndigits.as_isize(true)?;
    if !value.is_finite() || digits > 323 {
        return Ok(Float::new(value).into_object());
    }
    if digits < -308 {
        return Ok(Float::new(0.0f64.copysign(value)).into_object());
    }
    let rounded = round_to(value, digits as i32);
    if rounded.is_infinite() {
        return Err(overflow_error("rounded value too large to represent"));
    }
    Ok(Float::new(rounded).into_object())
}

/// The value rounded to so many decimals, half to even of the exact value.
fn round_to(value: f64, digits: i32) -> f64 {
    if digits >= 0 {
        return format!("{value:.*}", digits as usize).parse().unwrap_or(value);
    }
    // Digits before the point: round in scientific notation.
    let magnitude = value.abs();
    if magnitude == 0.0 {
        return value;
    }
    let exponent: i32 =
        format!("{magnitude:e}").split_once('e').and_then(|(_, e)| e.parse().ok()).unwrap_or(0);
    let keep = exponent + digits;
    let rounded = if keep >= 0 {
        format!("{magnitude:.*e}", keep as usize).parse().unwrap_or(magnitude)
    } else if keep == -1 {
        // The first digit itself is rounded: to ten or to nothing, a tie to nothing.
        let unit: f64 = format!("1e{}", -digits).parse().unwrap_or(f64::INFINITY);
        if magnitude > unit / 2.0 { unit } else { 0.0 }
    } else {
        0.0
    };
    rounded.copysign(value)
}

/// Return a pair of integers, whose ratio is exactly equal to the original float.
#[pyfn("as_integer_ratio($self, /)")]
fn as_integer_ratio(float: &Float) -> Result<(Ref<Int>, Ref<Int>)> {
    let value = float.value();
    if value.is_infinite() {
        return Err(overflow_error("cannot convert Infinity to integer ratio"));
    }
    if value.is_nan() {
        return Err(value_error("cannot convert NaN to integer ratio"));
    }
    let (mantissa, exponent) = decompose(value);
    let (mut top, mut bottom) = (BigInt::from(mantissa), BigInt::from(1));
    if exponent > 0 {
        top <<= exponent as usize;
    } else {
        bottom <<= (-exponent) as usize;
    }
    Ok((Int::from_bigint(&top), Int::from_bigint(&bottom)))
}

/// Return True if the float is an integer.
#[pyfn("is_integer($self, /)")]
fn is_integer(float: &Float) -> bool {
    let value = float.value();
    value.is_finite() && value == value.floor()
}

#[pyfn("__getnewargs__($self, /)")]
fn getnewargs(float: &Float) -> Result {
    Ok(Tuple::from_vec(vec![Float::new(float.value()).into_object()]).into_object())
}

/// You probably don't want to use this function.
#[pyfn("__getformat__($type, typestr, /)", class)]
fn getformat(_ty: &TypeObject, typestr: &str) -> Result<&'static str> {
    match typestr {
        "double" | "float" => Ok("IEEE, little-endian"),
        _ => Err(value_error("__getformat__() argument 1 must be 'double' or 'float'")),
    }
}

/// Formats the float according to format_spec.
#[pyfn("__format__($self, format_spec, /)")]
fn format(float: &Float, format_spec: &Object) -> Result {
    let spec = spec_argument(format_spec)?;
    if spec.is_empty() {
        return Ok(float.str()?.into_object());
    }
    Ok(format_float(float.value(), spec, float.type_name())?.into_object())
}

/// Return a hexadecimal representation of a floating-point number.
#[pyfn("hex($self, /)")]
fn hex(float: &Float) -> String {
    let value = float.value();
    if !value.is_finite() {
        return text::repr(value);
    }
    let sign = if value.is_sign_negative() { "-" } else { "" };
    if value == 0.0 {
        return format!("{sign}0x0.0p+0");
    }
    let bits = value.to_bits();
    let (raw, fraction) = ((bits >> 52 & 0x7ff) as i32, bits & ((1 << 52) - 1));
    let (lead, exponent) = if raw == 0 { (0, -1022) } else { (1, raw - 1023) };
    format!("{sign}0x{lead}.{fraction:013x}p{exponent:+}")
}

/// Create a floating-point number from a hexadecimal string.
#[pyfn("fromhex($type, string, /)", class)]
fn fromhex(ty: &TypeObject, string: &str) -> Result {
    let value = match parse_hex(string) {
        Hex::Value(value) => value,
        Hex::Overflow => {
            return Err(overflow_error("hexadecimal value too large to represent as a float"));
        }
        Hex::Invalid => return Err(value_error("invalid hexadecimal floating-point string")),
    };
    let float = Float::new(value).into_object();
    if ty.is_type(&PyFloat_Type) { Ok(float) } else { Object::call(ty, &[&float]) }
}

enum Hex {
    Value(f64),
    Overflow,
    Invalid,
}

fn parse_hex(text: &str) -> Hex {
    let text = text.trim_matches(|c: char| matches!(c, ' ' | '\t' | '\n' | '\r' | '\x0b' | '\x0c'));
    let (negative, body) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    let signed = |value: f64| Hex::Value(if negative { -value } else { value });
    match body.to_ascii_lowercase().as_str() {
        "inf" | "infinity" => return signed(f64::INFINITY),
        "nan" => return signed(f64::NAN),
        _ => {}
    }
    let body = body.strip_prefix("0x").or_else(|| body.strip_prefix("0X")).unwrap_or(body);
    let (digits, exponent) = match body.find(['p', 'P']) {
        Some(at) => {
            let given = &body[at + 1..];
            let bare = given.trim_start_matches(['+', '-']);
            if bare.is_empty() || given.len() - bare.len() > 1 || !bare.bytes().all(|b| b.is_ascii_digit()) {
                return Hex::Invalid;
            }
            let huge = if given.starts_with('-') { i64::MIN / 4 } else { i64::MAX / 4 };
            (&body[..at], given.parse::<i64>().unwrap_or(huge).clamp(i64::MIN / 4, i64::MAX / 4))
        }
        None => (body, 0),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all = format!("{whole}{fraction}");
    if all.is_empty() || !all.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Hex::Invalid;
    }
    let Some(mantissa) = BigInt::parse_bytes(all.as_bytes(), 16) else { return Hex::Invalid };
    let exponent = exponent - 4 * fraction.len() as i64;
    let value = crate::int::arith::scaled_to_f64(&mantissa, exponent);
    if value.is_infinite() { Hex::Overflow } else { signed(value) }
}
