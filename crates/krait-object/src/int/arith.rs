//! Operators of `int`.
//!
//! Compact operands are computed in machine words, up to four digits in 128 bits, anything longer by the big-integer
//! library.

use super::{Int, SHIFT};
use crate::errors::{overflow_error, type_error, value_error, zero_division_error};
use crate::object::{Object, bool_object, not_implemented};
use crate::reference::Ref;
use crate::result::{Result, len_result};
use crate::slots::{CompareOp, NumberMethods};
use crate::{Float, Tuple, hash};
use core::cmp::Ordering;
use core::ffi::c_int;
use num_bigint::{BigInt, Sign};
use num_integer::Integer;
use num_traits::{One, Signed, ToPrimitive, Zero};

pub(super) static AS_NUMBER: NumberMethods = NumberMethods::EMPTY
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
    .nb_int(nb_positive)
    .nb_float(nb_float)
    .nb_floor_divide(nb_floor_divide)
    .nb_true_divide(nb_true_divide)
    .nb_index(nb_positive);

/// Both operands as ints, or `NotImplemented` from the calling slot.
macro_rules! operands {
    ($a:ident, $b:ident) => {
        match ($a.downcast::<Int>(), $b.downcast::<Int>()) {
            (Some(a), Some(b)) => (a, b),
            _ => return Ok(not_implemented().to_ref()),
        }
    };
}

extern "C" fn nb_add(a: &Object, b: &Object) -> Result {
    let (a, b) = operands!(a, b);
    Ok(add(a, b).into_object())
}

extern "C" fn nb_subtract(a: &Object, b: &Object) -> Result {
    let (a, b) = operands!(a, b);
    Ok(subtract(a, b).into_object())
}

extern "C" fn nb_multiply(a: &Object, b: &Object) -> Result {
    let (a, b) = operands!(a, b);
    Ok(multiply(a, b).into_object())
}

/// `a + b`.
#[inline]
pub fn add(a: &Int, b: &Int) -> Ref<Int> {
    if a.is_compact() && b.is_compact() {
        return Int::from_i64(a.compact_value() + b.compact_value());
    }
    match (a.to_i128(), b.to_i128()) {
        (Some(x), Some(y)) => Int::from_i128(x + y),
        _ => Int::from_bigint(&(a.to_bigint() + b.to_bigint())),
    }
}

/// `a - b`.
#[inline]
pub fn subtract(a: &Int, b: &Int) -> Ref<Int> {
    if a.is_compact() && b.is_compact() {
        return Int::from_i64(a.compact_value() - b.compact_value());
    }
    match (a.to_i128(), b.to_i128()) {
        (Some(x), Some(y)) => Int::from_i128(x - y),
        _ => Int::from_bigint(&(a.to_bigint() - b.to_bigint())),
    }
}

/// `a * b`.
#[inline]
pub fn multiply(a: &Int, b: &Int) -> Ref<Int> {
    if a.is_compact() && b.is_compact() {
        return Int::from_i64(a.compact_value() * b.compact_value());
    }
    match (a.to_i128(), b.to_i128()) {
        (Some(x), Some(y)) if a.digits().len() + b.digits().len() <= 4 => Int::from_i128(x * y),
        _ => Int::from_bigint(&(a.to_bigint() * b.to_bigint())),
    }
}

/// `divmod(a, b)`, rounding towards minus infinity.
pub fn div_mod(a: &Int, b: &Int) -> Result<(Ref<Int>, Ref<Int>)> {
    if b.is_zero() {
        return Err(zero_division_error("division by zero"));
    }
    if a.is_compact() && b.is_compact() {
        let (q, r) = a.compact_value().div_mod_floor(&b.compact_value());
        return Ok((Int::from_i64(q), Int::from_i64(r)));
    }
    if let (Some(x), Some(y)) = (a.to_i128(), b.to_i128()) {
        let (q, r) = x.div_mod_floor(&y);
        return Ok((Int::from_i128(q), Int::from_i128(r)));
    }
    let (q, r) = a.to_bigint().div_mod_floor(&b.to_bigint());
    Ok((Int::from_bigint(&q), Int::from_bigint(&r)))
}

extern "C" fn nb_remainder(a: &Object, b: &Object) -> Result {
    let (a, b) = operands!(a, b);
    Ok(div_mod(a, b)?.1.into_object())
}

extern "C" fn nb_floor_divide(a: &Object, b: &Object) -> Result {
    let (a, b) = operands!(a, b);
    Ok(div_mod(a, b)?.0.into_object())
}

extern "C" fn nb_divmod(a: &Object, b: &Object) -> Result {
    let (a, b) = operands!(a, b);
    let (q, r) = div_mod(a, b)?;
    Ok(Tuple::from_vec(vec![q.into_object(), r.into_object()]).into_object())
}

extern "C" fn nb_true_divide(a: &Object, b: &Object) -> Result {
    let (a, b) = operands!(a, b);
    Ok(Float::new(true_divide(a, b)?).into_object())
}

/// Integers up to this are exact as floats.
const EXACT: i64 = 1 << 53;

/// The correctly rounded quotient.
pub fn true_divide(a: &Int, b: &Int) -> Result<f64> {
    if b.is_zero() {
        return Err(zero_division_error("division by zero"));
    }
    if let (Some(x), Some(y)) = (a.to_i64(), b.to_i64()) {
        if x.unsigned_abs() <= EXACT as u64 && y.unsigned_abs() <= EXACT as u64 {
            return Ok(x as f64 / y as f64);
        }
    }
    if a.is_zero() {
        return Ok(if b.is_negative() { -0.0 } else { 0.0 });
    }
    let negative = a.is_negative() != b.is_negative();
    let (x, y) = (a.to_bigint().abs(), b.to_bigint().abs());
    // Scale so that the integer quotient has at least 55 bits, remember whether anything was lost, round once. In the
    // subnormal range fewer bits count, so the shift is bounded by the smallest exponent.
    let shift = (x.bits() as i64 - y.bits() as i64 - 55).max(-1074 - 2);
    if shift > 2000 {
        return Err(overflow_error("integer division result too large for a float"));
    }
    let (x, y) = if shift >= 0 { (x, y << shift as usize) } else { (x << (-shift) as usize, y) };
    let (q, r) = x.div_rem(&y);
    let q = if r.is_zero() { q << 1usize } else { (q << 1usize) | BigInt::one() };
    match scaled_to_f64(&q, shift - 1) {
        value if value.is_infinite() => Err(overflow_error("integer division result too large for a float")),
        value => Ok(if negative { -value } else { value }),
    }
}

/// `magnitude * 2**exponent` rounded to nearest even; infinity when out of range.
pub(crate) fn scaled_to_f64(magnitude: &BigInt, exponent: i64) -> f64 {
    let bits = magnitude.bits() as i64;
    if bits == 0 {
        return 0.0;
    }
    // Bits that a float of this size keeps: 53, fewer when subnormal.
    let keep = 53.min(bits + exponent + 1074);
    if keep < 0 {
        return 0.0;
    }
    let drop = bits - keep;
    let (mut mantissa, exponent) = if drop <= 0 {
        (magnitude.to_u64().unwrap_or(0), exponent)
    } else {
        let kept = (magnitude >> drop as usize).to_u64().unwrap_or(0);
        let rest = magnitude - (BigInt::from(kept) << drop as usize);
        let half = BigInt::one() << (drop - 1) as usize;
        let up = match rest.cmp(&half) {
            Ordering::Greater => true,
            Ordering::Equal => kept & 1 == 1,
            Ordering::Less => false,
        };
        (kept + u64::from(up), exponent + drop)
    };
    let mut exponent = exponent;
    if exponent > 1100 {
        return f64::INFINITY;
    }
    // Multiply by powers of two in steps that stay in range; exact because the mantissa fits.
    while exponent < -1074 && mantissa & 1 == 0 && mantissa != 0 {
        mantissa >>= 1;
        exponent += 1;
    }
    let mut value = mantissa as f64;
    while exponent > 0 {
        let step = exponent.min(1000);
        value *= 2f64.powi(step as i32);
        exponent -= step;
    }
    while exponent < 0 {
        let step = (-exponent).min(1000);
        value /= 2f64.powi(step as i32);
        exponent += step;
    }
    value
}

impl Int {
    /// As a float, rounded to nearest even; OverflowError when too large.
    pub fn to_f64(&self) -> Result<f64> {
        if let Some(small) = self.to_i64() {
            return Ok(small as f64);
        }
        let value = scaled_to_f64(&self.to_bigint().abs(), 0);
        if value.is_infinite() {
            return Err(overflow_error("int too large to convert to float"));
        }
        Ok(if self.is_negative() { -value } else { value })
    }

    /// The number's hash: the value modulo 2^61 - 1, with the sign; never -1.
    pub fn number_hash(&self) -> isize {
        if self.is_compact() {
            let value = self.compact_value();
            return if value == -1 { -2 } else { value as isize };
        }
        let modulus = u128::from(hash::MODULUS);
        let magnitude = self
            .digits()
            .iter()
            .rev()
            .fold(0u128, |acc, &digit| (acc << SHIFT | u128::from(digit)) % modulus)
            as isize;
        match if self.is_negative() { -magnitude } else { magnitude } {
            -1 => -2,
            hash => hash,
        }
    }

    /// Order of two ints.
    pub fn compare(&self, other: &Int) -> Ordering {
        if self.is_compact() && other.is_compact() {
            return self.compact_value().cmp(&other.compact_value());
        }
        let order =
            |a: &[u32], b: &[u32]| a.len().cmp(&b.len()).then_with(|| a.iter().rev().cmp(b.iter().rev()));
        match (self.is_negative(), other.is_negative()) {
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
            (false, false) => order(self.digits(), other.digits()),
            (true, true) => order(other.digits(), self.digits()),
        }
    }
}

extern "C" fn nb_float(a: &Object) -> Result {
    Ok(Float::new(a.expect::<Int>().to_f64()?).into_object())
}

extern "C" fn nb_negative(a: &Object) -> Result {
    let int = a.expect::<Int>();
    if int.is_compact() {
        return Ok(Int::from_i64(-int.compact_value()).into_object());
    }
    Ok(Int::from_digits(!int.is_negative(), int.digits()).into_object())
}

extern "C" fn nb_positive(a: &Object) -> Result {
    Ok(a.expect::<Int>().to_exact().into_object())
}

extern "C" fn nb_absolute(a: &Object) -> Result {
    let int = a.expect::<Int>();
    if int.is_negative() { nb_negative(a) } else { nb_positive(a) }
}

extern "C" fn nb_bool(a: &Object) -> c_int {
    c_int::from(!a.expect::<Int>().is_zero())
}

extern "C" fn nb_invert(a: &Object) -> Result {
    let int = a.expect::<Int>();
    match int.to_i64().and_then(|n| n.checked_add(1)) {
        Some(n) => Ok(Int::from_i64(-n).into_object()),
        None => Ok(Int::from_bigint(&-(int.to_bigint() + BigInt::one())).into_object()),
    }
}

/// Most bits that a shift may give; beyond it memory could not hold the result.
const MAX_SHIFT: u64 = 1 << 40;

extern "C" fn nb_lshift(a: &Object, b: &Object) -> Result {
    let (a, b) = operands!(a, b);
    if b.is_negative() {
        return Err(value_error("negative shift count"));
    }
    if a.is_zero() {
        return Ok(Int::from_i64(0).into_object());
    }
    let Some(count) = b.to_u64().filter(|&n| n < MAX_SHIFT) else {
        return Err(match b.to_u64() {
            Some(_) => crate::errors::memory_error(),
            None => overflow_error("too many digits in integer"),
        });
    };
    if count < 62 {
        if let Some(value) = a.to_i64() {
            return Ok(Int::from_i128(i128::from(value) << count).into_object());
        }
    }
    Ok(Int::from_bigint(&(a.to_bigint() << count)).into_object())
}

extern "C" fn nb_rshift(a: &Object, b: &Object) -> Result {
    let (a, b) = operands!(a, b);
    if b.is_negative() {
        return Err(value_error("negative shift count"));
    }
    let floor = || Int::from_i64(if a.is_negative() { -1 } else { 0 }).into_object();
    let Some(count) = b.to_u64() else { return Ok(floor()) };
    if let Some(value) = a.to_i64() {
        return Ok(if count > 63 { floor() } else { Int::from_i64(value >> count).into_object() });
    }
    if count >= a.bit_length() {
        return Ok(floor());
    }
    Ok(Int::from_bigint(&(a.to_bigint() >> count)).into_object())
}

macro_rules! bitwise {
    ($($name:ident $op:tt;)*) => { $(
        extern "C" fn $name(a: &Object, b: &Object) -> Result {
            let (a, b) = operands!(a, b);
            Ok(match (a.to_i64(), b.to_i64()) {
                (Some(x), Some(y)) => Int::from_i64(x $op y).into_object(),
                _ => Int::from_bigint(&(a.to_bigint() $op b.to_bigint())).into_object(),
            })
        }
    )* };
}
bitwise! { nb_and &; nb_or |; nb_xor ^; }

/// The bitwise slots, for `bool` to fall back on.
pub(super) fn bitwise(op: char, a: &Object, b: &Object) -> Result {
    match op {
        '&' => nb_and(a, b),
        '|' => nb_or(a, b),
        _ => nb_xor(a, b),
    }
}

extern "C" fn nb_power(a: &Object, b: &Object, modulus: &Object) -> Result {
    let (a, b) = operands!(a, b);
    if modulus.is_none() {
        return power(a, b);
    }
    match modulus.downcast::<Int>() {
        Some(modulus) => power_modulo(a, b, modulus),
        None => Ok(not_implemented().to_ref()),
    }
}

fn power(a: &Int, b: &Int) -> Result {
    if b.is_negative() {
        // A negative exponent gives a float.
        if a.is_zero() {
            return Err(zero_division_error("zero to a negative power"));
        }
        let (x, y) = (Float::new(a.to_f64()?), Float::new(b.to_f64()?));
        return crate::protocol::number::power(&x, &y, crate::none());
    }
    let Some(exponent) = b.to_u64() else {
        return match a.to_i64() {
            Some(0) => Ok(Int::from_i64(0).into_object()),
            Some(1) => Ok(Int::from_i64(1).into_object()),
            Some(-1) => Ok(Int::from_i64(if b.digits()[0] & 1 == 1 { -1 } else { 1 }).into_object()),
            _ => Err(crate::errors::memory_error()),
        };
    };
    if let Some(value) = a.to_i64() {
        match (value, exponent) {
            (_, 0) | (1, _) => return Ok(Int::from_i64(1).into_object()),
            (0, _) => return Ok(Int::from_i64(0).into_object()),
            (-1, e) => return Ok(Int::from_i64(if e & 1 == 1 { -1 } else { 1 }).into_object()),
            (2, e) if e < MAX_SHIFT => return Ok(Int::from_bigint(&(BigInt::one() << e)).into_object()),
            _ => {}
        }
        if let Some(small) = u32::try_from(exponent).ok().and_then(|e| value.checked_pow(e)) {
            return Ok(Int::from_i64(small).into_object());
        }
    }
    if exponent.saturating_mul(a.bit_length()) > MAX_SHIFT {
        return Err(crate::errors::memory_error());
    }
    Ok(Int::from_bigint(&num_traits::pow::Pow::pow(a.to_bigint(), exponent)).into_object())
}

fn power_modulo(a: &Int, b: &Int, modulus: &Int) -> Result {
    if modulus.is_zero() {
        return Err(value_error("pow() 3rd argument cannot be 0"));
    }
    let negative_modulus = modulus.is_negative();
    let m = modulus.to_bigint().abs();
    if m.is_one() {
        return Ok(Int::from_i64(0).into_object());
    }
    let (mut base, mut exponent) = (a.to_bigint(), b.to_bigint());
    if exponent.sign() == Sign::Minus {
        base = match base.mod_floor(&m).modinv(&m) {
            Some(inverse) => inverse,
            None => return Err(value_error("base is not invertible for the given modulus")),
        };
        exponent = -exponent;
    }
    let mut result = base.mod_floor(&m).modpow(&exponent, &m);
    if negative_modulus && !result.is_zero() {
        result -= m;
    }
    Ok(Int::from_bigint(&result).into_object())
}

pub(super) extern "C" fn richcompare(a: &Object, b: &Object, op: c_int) -> Result {
    let (a, b) = operands!(a, b);
    Ok(bool_object(CompareOp::from_int(op).holds(a.compare(b))).to_ref())
}

pub(super) extern "C" fn int_hash(a: &Object) -> isize {
    len_result(Ok(a.expect::<Int>().number_hash()))
}

/// Asks for an int operand in module functions: TypeError as `operator.index` gives it.
pub fn require_int(object: &Object) -> Result<Ref<Int>> {
    if object.is_index() {
        return object.index();
    }
    Err(type_error(format!("'{}' object cannot be interpreted as an integer", object.type_name())))
}
