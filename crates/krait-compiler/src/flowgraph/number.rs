//! Arithmetic of numeric constants with Python's results. `None`: Python would raise, so nothing is folded.

use krait_bytecode::opcode::operand::BinaryOp;
use krait_bytecode::{Complex, Const, Int};
use num_bigint::{BigInt, Sign};
use num_traits::{Signed, ToPrimitive, Zero};

#[derive(Clone, Debug)]
pub(crate) enum Number {
    Bool(bool),
    Int(BigInt),
    Float(f64),
    Complex(Complex),
}

impl Number {
    pub fn of(value: &Const) -> Option<Number> {
        Some(match value {
            Const::True => Number::Bool(true),
            Const::False => Number::Bool(false),
            Const::Int(n) => Number::Int(n.to_big()),
            Const::Float(n) => Number::Float(**n),
            Const::Complex(c) => Number::Complex(**c),
            _ => return None,
        })
    }

    pub fn to_const(&self) -> Const {
        match self {
            Number::Bool(b) => Const::bool(*b),
            Number::Int(n) => Const::int(Int::from(n.clone())),
            Number::Float(n) => Const::float(*n),
            Number::Complex(c) => Const::complex(c.real, c.imag),
        }
    }

    /// The value of an integer or a boolean.
    pub fn to_int(&self) -> Option<BigInt> {
        match self {
            Number::Bool(b) => Some(BigInt::from(u8::from(*b))),
            Number::Int(n) => Some(n.clone()),
            _ => None,
        }
    }

    /// `None` for complex numbers and for integers beyond the range of a float.
    fn to_float(&self) -> Option<f64> {
        match self {
            Number::Float(n) => Some(*n),
            Number::Complex(_) => None,
            _ => self.to_int()?.to_f64().filter(|n| n.is_finite()),
        }
    }

    pub fn negative(&self) -> Number {
        match self {
            Number::Float(n) => Number::Float(-n),
            Number::Complex(c) => Number::Complex(Complex { real: -c.real, imag: -c.imag }),
            _ => Number::Int(-self.to_int().unwrap_or_default()),
        }
    }

    pub fn positive(&self) -> Number {
        match self {
            Number::Bool(b) => Number::Int(BigInt::from(u8::from(*b))),
            other => other.clone(),
        }
    }

    pub fn binary(&self, op: BinaryOp, other: &Number) -> Option<Number> {
        use Number::*;
        match (self, other) {
            (Complex(_), _) | (_, Complex(_)) => complex_binary(self, op, other).map(Complex),
            (Float(_), _) | (_, Float(_)) => float_binary(self.to_float()?, op, other.to_float()?),
            (Bool(a), Bool(b)) if matches!(op, BinaryOp::And | BinaryOp::Or | BinaryOp::Xor) => {
                Some(Bool(match op {
                    BinaryOp::And => a & b,
                    BinaryOp::Or => a | b,
                    _ => a ^ b,
                }))
            }
            _ => int_binary(self.to_int()?, op, other.to_int()?),
        }
    }
}

fn int_binary(a: BigInt, op: BinaryOp, b: BigInt) -> Option<Number> {
    use num_integer_floor::{div_floor, mod_floor};
    Some(Number::Int(match op {
        BinaryOp::Add => a + b,
        BinaryOp::Subtract => a - b,
        BinaryOp::Multiply => a * b,
        BinaryOp::And => a & b,
        BinaryOp::Or => a | b,
        BinaryOp::Xor => a ^ b,
        BinaryOp::FloorDivide => div_floor(&a, &b)?,
        BinaryOp::Remainder => mod_floor(&a, &b)?,
        BinaryOp::TrueDivide => return true_divide(&a, &b).map(Number::Float),
        BinaryOp::Power if b.is_negative() => {
            let (a, b) = (Number::Int(a).to_float()?, Number::Int(b).to_float()?);
            return float_binary(a, op, b);
        }
        BinaryOp::Power if a.is_zero() && !b.is_zero() => a,
        BinaryOp::Power => a.pow(b.to_u32()?),
        BinaryOp::LeftShift => {
            let count = shift_count(&a, &b)?;
            a << count
        }
        BinaryOp::RightShift if b.is_negative() => return None,
        BinaryOp::RightShift => match b.to_u64() {
            Some(n) => a >> n,
            None if a.is_negative() => BigInt::from(-1),
            None => BigInt::zero(),
        },
        _ => return None,
    }))
}

fn shift_count(a: &BigInt, b: &BigInt) -> Option<u64> {
    if b.is_negative() {
        None
    } else if a.is_zero() {
        Some(0)
    } else {
        b.to_u64()
    }
}

mod num_integer_floor {
    use num_bigint::BigInt;
    use num_traits::{Signed, Zero};

    pub fn div_floor(a: &BigInt, b: &BigInt) -> Option<BigInt> {
        if b.is_zero() {
            return None;
        }
        let quotient = a / b;
        let inexact = !(&quotient * b - a).is_zero();
        Some(if inexact && a.is_negative() != b.is_negative() { quotient - 1 } else { quotient })
    }

    pub fn mod_floor(a: &BigInt, b: &BigInt) -> Option<BigInt> {
        div_floor(a, b).map(|quotient| a - quotient * b)
    }
}

/// Correctly rounded quotient.
fn true_divide(a: &BigInt, b: &BigInt) -> Option<f64> {
    if b.is_zero() {
        return None;
    }
    let negative = (a.sign() == Sign::Minus) != (b.sign() == Sign::Minus);
    let sign = if negative { -1.0 } else { 1.0 };
    let (a, b) = (a.magnitude(), b.magnitude());
    if a.is_zero() {
        return Some(0.0 * sign);
    }
    // A quotient of 66 or 67 bits, its last bit standing for all that follow.
    let shift = 66 - (a.bits() as i64 - b.bits() as i64);
    let (a, b) = if shift >= 0 { (a << shift, b.clone()) } else { (a.clone(), b << -shift) };
    let quotient = &a / &b;
    let sticky = u128::from(&quotient * &b != a);
    let bits = quotient.to_u128()? | sticky;
    round_scaled(bits, -shift).map(|value| value * sign)
}

/// `bits * 2**exponent` rounded half to even; `None` on overflow.
fn round_scaled(bits: u128, exponent: i64) -> Option<f64> {
    let length = 128 - i64::from(bits.leading_zeros());
    let top = length - 1 + exponent;
    if top > 1024 {
        return None;
    }
    let precision = if top >= -1022 { 53 } else { 53 - (-1022 - top) };
    if precision < 0 {
        return Some(0.0);
    }
    let drop = length - precision;
    let (mut mantissa, exponent) = if drop > 0 { (bits >> drop, exponent + drop) } else { (bits, exponent) };
    if drop > 0 {
        let rest = bits & ((1 << drop) - 1);
        let half = 1u128 << (drop - 1);
        if rest > half || (rest == half && mantissa & 1 == 1) {
            mantissa += 1;
        }
    }
    // Exact: the mantissa has at most 53 bits and the result is representable; two steps keep powers in range.
    let half = exponent / 2;
    let value = mantissa as f64 * 2f64.powi(half as i32) * 2f64.powi((exponent - half) as i32);
    value.is_finite().then_some(value)
}

fn float_binary(a: f64, op: BinaryOp, b: f64) -> Option<Number> {
    if op == BinaryOp::Power && a < 0.0 && a.is_finite() && b.is_finite() && b != b.floor() {
        let (a, b) = (Complex { real: a, imag: 0.0 }, Complex { real: b, imag: 0.0 });
        return complex_pow(a, b).map(Number::Complex);
    }
    Some(Number::Float(match op {
        BinaryOp::Add => a + b,
        BinaryOp::Subtract => a - b,
        BinaryOp::Multiply => a * b,
        BinaryOp::Power => float_pow(a, b)?,
        _ if b == 0.0 => return None,
        BinaryOp::TrueDivide => a / b,
        BinaryOp::Remainder => float_mod(a, b),
        BinaryOp::FloorDivide => float_floor_div(a, b),
        _ => return None,
    }))
}

fn float_mod(a: f64, b: f64) -> f64 {
    let rest = a % b;
    if rest == 0.0 {
        return 0f64.copysign(b);
    }
    if (b < 0.0) != (rest < 0.0) { rest + b } else { rest }
}

fn float_floor_div(a: f64, b: f64) -> f64 {
    let rest = a % b;
    let mut quotient = (a - rest) / b;
    if rest != 0.0 && (b < 0.0) != (rest < 0.0) {
        quotient -= 1.0;
    }
    if quotient == 0.0 {
        return 0f64.copysign(a / b);
    }
    let floor = quotient.floor();
    if quotient - floor > 0.5 { floor + 1.0 } else { floor }
}

fn float_pow(a: f64, b: f64) -> Option<f64> {
    if a == 0.0 && b < 0.0 {
        return None;
    }
    let value = a.powf(b);
    if value.is_infinite() && a.is_finite() && b.is_finite() { None } else { Some(value) }
}

fn complex_binary(a: &Number, op: BinaryOp, b: &Number) -> Option<Complex> {
    let real = |n: &Number| match n {
        Number::Complex(_) => Some(None),
        other => other.to_float().map(Some),
    };
    let whole = |n: &Number| match n {
        Number::Complex(c) => *c,
        other => Complex { real: other.to_float().unwrap_or(0.0), imag: 0.0 },
    };
    let (x, y) = (whole(a), whole(b));
    Some(match (op, real(a)?, real(b)?) {
        (BinaryOp::Add, None, None) => Complex { real: x.real + y.real, imag: x.imag + y.imag },
        (BinaryOp::Add, Some(r), _) => Complex { real: r + y.real, imag: y.imag },
        (BinaryOp::Add, _, Some(r)) => Complex { real: x.real + r, imag: x.imag },
        (BinaryOp::Subtract, None, None) => Complex { real: x.real - y.real, imag: x.imag - y.imag },
        (BinaryOp::Subtract, Some(r), _) => Complex { real: r - y.real, imag: -y.imag },
        (BinaryOp::Subtract, _, Some(r)) => Complex { real: x.real - r, imag: x.imag },
        (BinaryOp::Multiply, None, None) => product(x, y),
        (BinaryOp::Multiply, Some(r), _) => Complex { real: r * y.real, imag: r * y.imag },
        (BinaryOp::Multiply, _, Some(r)) => Complex { real: x.real * r, imag: x.imag * r },
        (BinaryOp::TrueDivide, _, Some(r)) if r != 0.0 => Complex { real: x.real / r, imag: x.imag / r },
        (BinaryOp::TrueDivide, Some(r), None) => real_quotient(r, y)?,
        (BinaryOp::TrueDivide, None, None) => quotient(x, y)?,
        (BinaryOp::Power, ..) => complex_pow(x, y)?,
        _ => return None,
    })
}

fn product(a: Complex, b: Complex) -> Complex {
    Complex { real: a.real * b.real - a.imag * b.imag, imag: a.real * b.imag + a.imag * b.real }
}

/// Smith's method, as CPython: divide by the larger part first.
fn quotient(a: Complex, b: Complex) -> Option<Complex> {
    let nan = Complex { real: f64::NAN, imag: f64::NAN };
    if b.real.abs() >= b.imag.abs() {
        if b.real == 0.0 {
            return None;
        }
        let ratio = b.imag / b.real;
        let denominator = b.real + b.imag * ratio;
        Some(Complex {
            real: (a.real + a.imag * ratio) / denominator,
            imag: (a.imag - a.real * ratio) / denominator,
        })
    } else if b.imag.abs() >= b.real.abs() {
        let ratio = b.real / b.imag;
        let denominator = b.real * ratio + b.imag;
        Some(Complex {
            real: (a.real * ratio + a.imag) / denominator,
            imag: (a.imag * ratio - a.real) / denominator,
        })
    } else {
        Some(nan)
    }
}

fn real_quotient(a: f64, b: Complex) -> Option<Complex> {
    if b.real.abs() >= b.imag.abs() {
        if b.real == 0.0 {
            return None;
        }
        let ratio = b.imag / b.real;
        let denominator = b.real + b.imag * ratio;
        Some(Complex { real: a / denominator, imag: (-a * ratio) / denominator })
    } else if b.imag.abs() >= b.real.abs() {
        let ratio = b.real / b.imag;
        let denominator = b.real * ratio + b.imag;
        Some(Complex { real: (a * ratio) / denominator, imag: (-a) / denominator })
    } else {
        Some(Complex { real: f64::NAN, imag: f64::NAN })
    }
}

fn complex_pow(a: Complex, b: Complex) -> Option<Complex> {
    let value = if b.imag == 0.0 && b.real == b.real.floor() && b.real.abs() <= 100.0 {
        let power = small_power(a, b.real.abs() as u32);
        if b.real > 0.0 { power } else { quotient(Complex { real: 1.0, imag: 0.0 }, power)? }
    } else {
        general_power(a, b)?
    };
    (value.real.is_finite() && value.imag.is_finite()).then_some(value)
}

fn small_power(mut base: Complex, mut n: u32) -> Complex {
    let mut result = Complex { real: 1.0, imag: 0.0 };
    while n > 0 {
        if n & 1 == 1 {
            result = product(result, base);
        }
        n >>= 1;
        base = product(base, base);
    }
    result
}

fn general_power(a: Complex, b: Complex) -> Option<Complex> {
    if a.real == 0.0 && a.imag == 0.0 {
        return (b.imag == 0.0 && b.real >= 0.0).then_some(Complex { real: 0.0, imag: 0.0 });
    }
    let size = a.real.hypot(a.imag);
    let angle = a.imag.atan2(a.real);
    let mut length = size.powf(b.real);
    let mut phase = angle * b.real;
    if b.imag != 0.0 {
        length *= (-angle * b.imag).exp();
        phase += b.imag * size.ln();
    }
    Some(Complex { real: length * phase.cos(), imag: length * phase.sin() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn divide(a: i64, b: i64) -> f64 {
        true_divide(&BigInt::from(a), &BigInt::from(b)).unwrap()
    }

    #[test]
    fn quotients_are_rounded_once() {
        for (a, b) in [(1, 3), (-7, 2), (10, 5), (i64::MAX, 3), (1, i64::MAX)] {
            if a.unsigned_abs() < 1 << 53 && b.unsigned_abs() < 1 << 53 {
                assert_eq!(divide(a, b), a as f64 / b as f64);
            }
        }
        assert_eq!(divide(1, i64::MAX), 1.0842021724855044e-19);
        let tiny = true_divide(&BigInt::from(1), &(BigInt::from(1) << 1074)).unwrap();
        assert_eq!(tiny, 5e-324);
        assert!(true_divide(&(BigInt::from(1) << 1024), &BigInt::from(1)).is_none());
        assert!(divide(0, -5).is_sign_negative());
    }

    #[test]
    fn floor_division() {
        assert_eq!(float_floor_div(-7.0, 2.0), -4.0);
        assert_eq!(float_mod(-7.5, 2.0), 0.5);
        assert_eq!(num_integer_floor::mod_floor(&BigInt::from(-7), &BigInt::from(3)), Some(BigInt::from(2)));
    }
}
