//! `complex`. CPython: `Objects/complexobject.c`.

use crate::args::parse_init;
use crate::dealloc::dealloc_plain;
use crate::defs::{MemberDef, MethodDef, member};
use crate::errors::{overflow_error, type_error, value_error, zero_division_error};
use crate::format::float::{Style, to_text};
use crate::format::number::{format_complex, spec_argument};
use crate::object::{Object, bool_object, not_implemented};
use crate::reference::Ref;
use crate::result::{Result, len_result};
use crate::slots::{CompareOp, NumberMethods};
use crate::str::Str;
use crate::tuple::Tuple;
use crate::typeobj::{TypeObject, flags};
use crate::{Dict, Float, Int, alloc, hash, id};
use core::cell::Cell;
use core::ffi::c_int;
use core::mem::offset_of;
use krait_macros::pyfn;

/// `PyComplexObject`.
#[repr(C)]
pub struct Complex {
    ob_base: Object,
    real: Cell<f64>,
    imag: Cell<f64>,
}

const _: () = assert!(size_of::<Complex>() == 32);

crate::object_type!(Complex, PyComplex_Type);

static AS_NUMBER: NumberMethods = NumberMethods::EMPTY
    .nb_add(nb_add)
    .nb_subtract(nb_subtract)
    .nb_multiply(nb_multiply)
    .nb_power(nb_power)
    .nb_negative(nb_negative)
    .nb_positive(nb_positive)
    .nb_absolute(nb_absolute)
    .nb_bool(nb_bool)
    .nb_true_divide(nb_true_divide);
static METHODS: &[MethodDef] =
    &[from_number::DEF, conjugate::DEF, complex_::DEF, getnewargs::DEF, format::DEF, MethodDef::SENTINEL];
static MEMBERS: &[MemberDef] = &[
    MemberDef::new(c"real", member::T_DOUBLE, offset_of!(Complex, real), member::READONLY)
        .doc(c"the real part of a complex number"),
    MemberDef::new(c"imag", member::T_DOUBLE, offset_of!(Complex, imag), member::READONLY)
        .doc(c"the imaginary part of a complex number"),
    MemberDef::SENTINEL,
];

/// The type `complex`.
#[unsafe(no_mangle)]
pub static PyComplex_Type: TypeObject = TypeObject::of::<Complex>(c"complex")
    .flags(flags::BASETYPE)
    .doc(c"complex(real=0, imag=0)\n--\n\nCreate a complex number from a string or numbers.\n\nIf a string is given, parse it as a complex number.\nIf a single number is given, convert it to a complex number.\nIf the 'real' or 'imag' arguments are given, create a complex number\nwith the specified real and imaginary components.")
    .tp_dealloc(dealloc_plain::<Complex>)
    .tp_repr(repr)
    .tp_hash(complex_hash)
    .tp_richcompare(richcompare)
    .tp_new(new)
    .as_number(&AS_NUMBER)
    .methods(METHODS)
    .members(MEMBERS);

/// Real and imaginary part.
type Pair = (f64, f64);

impl Complex {
    /// A new complex number.
    pub fn new(real: f64, imag: f64) -> Ref<Complex> {
        alloc::new_object(Complex {
            ob_base: Object::new(&PyComplex_Type),
            real: Cell::new(real),
            imag: Cell::new(imag),
        })
    }

    /// Real and imaginary part.
    pub fn value(&self) -> (f64, f64) {
        (self.real.get(), self.imag.get())
    }
}

/// An operand: complex, or a real number that keeps its nature (mixed arithmetic treats it as having no imaginary
/// part at all, not a zero one).
#[derive(Clone, Copy)]
enum Operand {
    Complex(f64, f64),
    Real(f64),
}

impl Operand {
    fn of(object: &Object) -> Result<Option<Operand>> {
        if let Some(c) = object.downcast::<Complex>() {
            return Ok(Some(Operand::Complex(c.real.get(), c.imag.get())));
        }
        if let Some(f) = object.downcast::<Float>() {
            return Ok(Some(Operand::Real(f.value())));
        }
        match object.downcast::<Int>() {
            Some(int) => Ok(Some(Operand::Real(int.to_f64()?))),
            None => Ok(None),
        }
    }

    fn pair(self) -> Pair {
        match self {
            Operand::Complex(re, im) => (re, im),
            Operand::Real(re) => (re, 0.0),
        }
    }
}

macro_rules! operands {
    ($a:ident, $b:ident) => {
        match (Operand::of($a)?, Operand::of($b)?) {
            (Some(a), Some(b)) => (a, b),
            _ => return Ok(not_implemented().to_ref()),
        }
    };
}

fn make(pair: Pair) -> Result {
    Ok(Complex::new(pair.0, pair.1).into_object())
}

extern "C" fn nb_add(a: &Object, b: &Object) -> Result {
    use Operand::{Complex as C, Real as R};
    make(match operands!(a, b) {
        (C(ar, ai), C(br, bi)) => (ar + br, ai + bi),
        (C(ar, ai), R(b)) => (ar + b, ai),
        (R(a), C(br, bi)) => (a + br, bi),
        (R(a), R(b)) => (a + b, 0.0),
    })
}

extern "C" fn nb_subtract(a: &Object, b: &Object) -> Result {
    use Operand::{Complex as C, Real as R};
    make(match operands!(a, b) {
        (C(ar, ai), C(br, bi)) => (ar - br, ai - bi),
        (C(ar, ai), R(b)) => (ar - b, ai),
        (R(a), C(br, bi)) => (a - br, -bi),
        (R(a), R(b)) => (a - b, 0.0),
    })
}

extern "C" fn nb_multiply(a: &Object, b: &Object) -> Result {
    use Operand::{Complex as C, Real as R};
    make(match operands!(a, b) {
        (C(ar, ai), C(br, bi)) => product((ar, ai), (br, bi)),
        (C(re, im), R(x)) | (R(x), C(re, im)) => (re * x, im * x),
        (R(a), R(b)) => (a * b, 0.0),
    })
}

/// Product with the recovery of infinities of C99 annex G.
pub fn product((a, b): Pair, (c, d): Pair) -> Pair {
    let (ac, bd, ad, bc) = (a * c, b * d, a * d, b * c);
    let (re, im) = (ac - bd, ad + bc);
    if !(re.is_nan() && im.is_nan()) {
        return (re, im);
    }
    let unit = |x: f64| if x.is_infinite() { 1f64.copysign(x) } else { 0f64.copysign(x) };
    let calm = |x: f64| if x.is_nan() { 0f64.copysign(x) } else { x };
    let (mut a, mut b, mut c, mut d) = (a, b, c, d);
    let mut recalculate = false;
    if a.is_infinite() || b.is_infinite() {
        (a, b, c, d) = (unit(a), unit(b), calm(c), calm(d));
        recalculate = true;
    }
    if c.is_infinite() || d.is_infinite() {
        (c, d, a, b) = (unit(c), unit(d), calm(a), calm(b));
        recalculate = true;
    }
    if !recalculate && [ac, bd, ad, bc].iter().any(|x| x.is_infinite()) {
        (a, b, c, d) = (calm(a), calm(b), calm(c), calm(d));
        recalculate = true;
    }
    if recalculate {
        return (f64::INFINITY * (a * c - b * d), f64::INFINITY * (a * d + b * c));
    }
    (re, im)
}

/// Quotient by Smith's method; `None` for division by zero.
pub fn quotient(a: Pair, b: Pair) -> Option<Pair> {
    let (abs_re, abs_im) = (b.0.abs(), b.1.abs());
    let (re, im) = if abs_re >= abs_im {
        if abs_re == 0.0 {
            return None;
        }
        let ratio = b.1 / b.0;
        let denominator = b.0 + b.1 * ratio;
        ((a.0 + a.1 * ratio) / denominator, (a.1 - a.0 * ratio) / denominator)
    } else if abs_im >= abs_re {
        let ratio = b.0 / b.1;
        let denominator = b.0 * ratio + b.1;
        ((a.0 * ratio + a.1) / denominator, (a.1 * ratio - a.0) / denominator)
    } else {
        (f64::NAN, f64::NAN)
    };
    if re.is_nan() && im.is_nan() {
        let unit = |x: f64| if x.is_infinite() { 1f64.copysign(x) } else { 0f64.copysign(x) };
        if (a.0.is_infinite() || a.1.is_infinite()) && b.0.is_finite() && b.1.is_finite() {
            let (x, y) = (unit(a.0), unit(a.1));
            return Some((f64::INFINITY * (x * b.0 + y * b.1), f64::INFINITY * (y * b.0 - x * b.1)));
        }
        if (abs_re.is_infinite() || abs_im.is_infinite()) && a.0.is_finite() && a.1.is_finite() {
            let (x, y) = (unit(b.0), unit(b.1));
            return Some((0.0 * (a.0 * x + a.1 * y), 0.0 * (a.1 * x - a.0 * y)));
        }
    }
    Some((re, im))
}

extern "C" fn nb_true_divide(a: &Object, b: &Object) -> Result {
    use Operand::{Complex as C, Real as R};
    let result = match operands!(a, b) {
        (C(re, im), R(x)) if x != 0.0 => Some((re / x, im / x)),
        (_, R(_)) => None,
        (a, C(re, im)) => quotient(a.pair(), (re, im)),
    };
    match result {
        Some(pair) => make(pair),
        None => Err(zero_division_error("division by zero")),
    }
}

fn pow((ar, ai): Pair, (br, bi): Pair) -> Option<Pair> {
    if br == 0.0 && bi == 0.0 {
        return Some((1.0, 0.0));
    }
    if ar == 0.0 && ai == 0.0 {
        return if bi != 0.0 || br < 0.0 { None } else { Some((0.0, 0.0)) };
    }
    let size = ar.hypot(ai);
    let mut length = size.powf(br);
    let angle = ai.atan2(ar);
    let mut phase = angle * br;
    if bi != 0.0 {
        length *= (-angle * bi).exp();
        phase += bi * size.ln();
    }
    Some((length * phase.cos(), length * phase.sin()))
}

/// Power by a small integer, by squaring.
fn pow_integer(base: Pair, exponent: i32) -> Option<Pair> {
    let mut result = (1.0, 0.0);
    let mut power = base;
    let mut left = exponent.unsigned_abs();
    while left > 0 {
        if left & 1 == 1 {
            result = product(result, power);
        }
        left >>= 1;
        if left > 0 {
            power = product(power, power);
        }
    }
    if exponent >= 0 { Some(result) } else { quotient((1.0, 0.0), result) }
}

fn checked_power(base: Pair, exponent: Pair) -> Result {
    let whole = exponent.1 == 0.0 && exponent.0 == exponent.0.floor() && exponent.0.abs() <= 100.0;
    let result = if whole { pow_integer(base, exponent.0 as i32) } else { pow(base, exponent) };
    match result {
        None => Err(zero_division_error("zero to a negative or complex power")),
        Some((re, im)) => {
            let finite = |(x, y): Pair| x.is_finite() && y.is_finite();
            if (re.is_infinite() || im.is_infinite()) && finite(base) && finite(exponent) {
                return Err(overflow_error("complex exponentiation"));
            }
            make((re, im))
        }
    }
}

/// `a ** b` of floats where the result is complex.
pub fn power_of_reals(a: f64, b: f64) -> Result {
    checked_power((a, 0.0), (b, 0.0))
}

extern "C" fn nb_power(a: &Object, b: &Object, modulus: &Object) -> Result {
    let (a, b) = operands!(a, b);
    if !modulus.is_none() {
        return Err(value_error("complex modulo"));
    }
    checked_power(a.pair(), b.pair())
}

extern "C" fn nb_negative(a: &Object) -> Result {
    let (re, im) = a.expect::<Complex>().value();
    make((-re, -im))
}

extern "C" fn nb_positive(a: &Object) -> Result {
    match a.downcast_exact::<Complex>() {
        Some(_) => Ok(a.to_ref()),
        None => make(a.expect::<Complex>().value()),
    }
}

extern "C" fn nb_absolute(a: &Object) -> Result {
    let (re, im) = a.expect::<Complex>().value();
    let size = re.hypot(im);
    if size.is_infinite() && re.is_finite() && im.is_finite() {
        return Err(overflow_error("absolute value too large"));
    }
    Ok(Float::new(size).into_object())
}

extern "C" fn nb_bool(a: &Object) -> c_int {
    let (re, im) = a.expect::<Complex>().value();
    c_int::from(re != 0.0 || im != 0.0)
}

extern "C" fn repr(object: &Object) -> Result {
    let (re, im) = object.expect::<Complex>().value();
    let digits = |value: f64| to_text(value, Style { kind: 'r', ..Style::default() });
    let text = if re == 0.0 && re.is_sign_positive() {
        format!("{}j", digits(im))
    } else {
        let sign = if im.is_sign_negative() && !im.is_nan() { "" } else { "+" };
        format!("({}{sign}{}j)", digits(re), digits(im))
    };
    Ok(Str::new(&text).into_object())
}

extern "C" fn complex_hash(object: &Object) -> isize {
    let (re, im) = object.expect::<Complex>().value();
    let real = crate::float::hash_f64(re, object) as usize;
    let imag = crate::float::hash_f64(im, object) as usize;
    len_result(Ok(match real.wrapping_add(hash::IMAG.wrapping_mul(imag)) as isize {
        -1 => -2,
        hash => hash,
    }))
}

extern "C" fn richcompare(a: &Object, b: &Object, op: c_int) -> Result {
    let op = CompareOp::from_int(op);
    if !matches!(op, CompareOp::Eq | CompareOp::Ne) {
        return Ok(not_implemented().to_ref());
    }
    let (re, im) = a.expect::<Complex>().value();
    let equal = if let Some(other) = b.downcast::<Complex>() {
        (re, im) == other.value()
    } else if let Some(other) = b.downcast::<Float>() {
        im == 0.0 && re == other.value()
    } else if let Some(other) = b.downcast::<Int>() {
        im == 0.0 && crate::float::compare_int(re, other).is_some_and(core::cmp::Ordering::is_eq)
    } else {
        return Ok(not_implemented().to_ref());
    };
    Ok(bool_object(equal == (op == CompareOp::Eq)).to_ref())
}

/// Parses ASCII text as `complex()` does.
fn parse(text: &str) -> Option<Pair> {
    let space = |c: char| matches!(c, ' ' | '\t' | '\n' | '\r' | '\x0b' | '\x0c');
    let mut body = text.trim_matches(space);
    if let Some(inner) = body.strip_prefix('(') {
        body = inner.strip_suffix(')')?.trim_matches(space);
    }
    let imaginary = body.strip_suffix(['j', 'J']);
    let Some(rest) = imaginary else {
        return Some((crate::float::parse(body).filter(|_| !body.is_empty() && !body.contains(space))?, 0.0));
    };
    if rest.contains(space) {
        return None;
    }
    // The imaginary part begins at the last sign that is not part of an exponent.
    let bytes = rest.as_bytes();
    let split = (1..bytes.len())
        .rev()
        .find(|&i| matches!(bytes[i], b'+' | b'-') && !matches!(bytes[i - 1], b'e' | b'E'))
        .filter(|&i| crate::float::parse(&rest[..i]).is_some());
    let (real, imag) = match split {
        Some(at) => (crate::float::parse(&rest[..at])?, &rest[at..]),
        None => (0.0, rest),
    };
    let imag = match imag {
        "" | "+" => 1.0,
        "-" => -1.0,
        digits => crate::float::parse(digits)?,
    };
    Some((real, imag))
}

/// The value of an object with `__complex__`, or `None`.
fn by_special_method(object: &Object) -> Result<Option<Pair>> {
    if let Some(c) = object.downcast::<Complex>() {
        return Ok(Some(c.value()));
    }
    let Some(made) = object.call_special(id!("__complex__"), &[])? else { return Ok(None) };
    let Some(c) = made.downcast::<Complex>() else {
        return Err(type_error(format!(
            "{}.__complex__() must return a complex, not {}",
            object.type_name(),
            made.type_name()
        )));
    };
    if made.downcast_exact::<Complex>().is_none() {
        crate::errors::warn(
            &crate::exceptions::PyExc_DeprecationWarning,
            format!(
                "{}.__complex__() must return a complex, not {}.  The ability to return an instance of a strict subclass of complex is deprecated, and may not be supported in a future version of Python.",
                object.type_name(),
                made.type_name()
            ),
            1,
        )?;
    }
    Ok(Some(c.value()))
}

/// Any number as complex (`PyComplex_AsCComplex`).
pub fn from_number_object(object: &Object) -> Result<(f64, f64)> {
    match by_special_method(object)? {
        Some(pair) => Ok(pair),
        None => Ok((object.as_f64()?, 0.0)),
    }
}

fn into_subtype(ty: &TypeObject, (re, im): Pair) -> Result {
    if ty.is_type(&PyComplex_Type) {
        return make((re, im));
    }
    let object = alloc::alloc_instance(ty, 0)?;
    let c = object.expect::<Complex>();
    c.real.set(re);
    c.imag.set(im);
    Ok(object)
}

fn is_real_number(object: &Object) -> bool {
    object.ty().number().is_some_and(|n| n.nb_float.get().is_some() || n.nb_index.get().is_some())
}

extern "C" fn new(ty: &TypeObject, args: &Tuple, kwargs: Option<&Object>) -> Result {
    let kwargs = kwargs.and_then(|k| k.downcast::<Dict>());
    let values = parse_init("complex", &["real", "imag"], 0, args, kwargs)?;
    let (real, imag) = (values[0].as_deref(), values[1].as_deref());
    let only_positional = kwargs.is_none_or(Dict::is_empty);
    if let (Some(real), None) = (real, imag) {
        if only_positional && ty.is_type(&PyComplex_Type) && real.downcast_exact::<Complex>().is_some() {
            return Ok(real.to_ref());
        }
        if let Some(text) = real.downcast::<Str>() {
            if !only_positional {
                return Err(type_error("complex() argument 'real' must be a real number, not str"));
            }
            let parsed = crate::str::numeric::to_ascii_number(text).and_then(|t| parse(&t));
            return match parsed {
                Some(pair) => into_subtype(ty, pair),
                None => Err(value_error("complex() arg is a malformed string")),
            };
        }
    }
    let mut value = (0.0, 0.0);
    let mut real_is_complex = false;
    if let Some(real) = real {
        match by_special_method(real)? {
            Some(pair) => {
                value = pair;
                real_is_complex = true;
            }
            None if is_real_number(real) => value.0 = real.as_f64()?,
            None if imag.is_none() && only_positional => {
                return Err(type_error(format!(
                    "complex() argument must be a string or a number, not {}",
                    real.type_name()
                )));
            }
            None => {
                return Err(type_error(format!(
                    "complex() argument 'real' must be a real number, not {}",
                    real.type_name()
                )));
            }
        }
    }
    if real_is_complex && (imag.is_some() || !only_positional) {
        crate::errors::warn(
            &crate::exceptions::PyExc_DeprecationWarning,
            "complex() argument 'real' must be a real number, not complex",
            1,
        )?;
    }
    if let Some(imag) = imag {
        if let Some(c) = imag.downcast::<Complex>() {
            crate::errors::warn(
                &crate::exceptions::PyExc_DeprecationWarning,
                "complex() argument 'imag' must be a real number, not complex",
                1,
            )?;
            let (re, im) = c.value();
            value = (value.0 - im, if real_is_complex { value.1 + re } else { re });
        } else if is_real_number(imag) {
            let im = imag.as_f64()?;
            value.1 = if real_is_complex { value.1 + im } else { im };
        } else {
            return Err(type_error(format!(
                "complex() argument 'imag' must be a real number, not {}",
                imag.type_name()
            )));
        }
    }
    into_subtype(ty, value)
}

/// Convert number to a complex floating-point number.
#[pyfn("from_number($type, number, /)", class)]
fn from_number(ty: &TypeObject, number: &Object) -> Result {
    if number.downcast_exact::<Complex>().is_some() && ty.is_type(&PyComplex_Type) {
        return Ok(number.to_ref());
    }
    into_subtype(ty, from_number_object(number)?)
}

/// Return the complex conjugate of its argument. (3-4j).conjugate() == 3+4j.
#[pyfn("conjugate($self, /)")]
fn conjugate(c: &Complex) -> Ref<Complex> {
    Complex::new(c.real.get(), -c.imag.get())
}

/// Convert this value to exact type complex.
#[pyfn("__complex__($self, /)")]
fn complex_(c: &Complex) -> Result {
    nb_positive(c)
}

#[pyfn("__getnewargs__($self, /)")]
fn getnewargs(c: &Complex) -> (f64, f64) {
    c.value()
}

/// Convert to a string according to format_spec.
#[pyfn("__format__($self, format_spec, /)")]
fn format(c: &Complex, format_spec: &Object) -> Result {
    let spec = spec_argument(format_spec)?;
    if spec.is_empty() {
        return Ok(c.str()?.into_object());
    }
    let (re, im) = c.value();
    Ok(format_complex(re, im, spec, c.type_name())?.into_object())
}
