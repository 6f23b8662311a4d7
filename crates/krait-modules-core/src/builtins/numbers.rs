//! Built-in functions on numbers and characters.

use krait_macros::pyfn;
use krait_object::bytearray::ByteArray;
use krait_object::errors::{type_error, value_error};
use krait_object::protocol::number;
use krait_object::{Bytes, Float, Int, Object, Ref, Result, Str, Typed, none};

/// Return the absolute value of the argument.
#[pyfn("abs(number, /)")]
pub fn abs(number: &Object) -> Result {
    krait_object::protocol::number::absolute(number)
}

/// Return the binary representation of an integer.
///
///   >>> bin(2796202)
///   '0b1010101010101010101010'
#[pyfn("bin(integer, /)")]
pub fn bin(integer: &Object) -> Result<String> {
    Ok(integer.index()?.to_prefixed(2))
}

/// Return the octal representation of an integer.
///
///   >>> oct(342391)
///   '0o1234567'
#[pyfn("oct(integer, /)")]
pub fn oct(integer: &Object) -> Result<String> {
    Ok(integer.index()?.to_prefixed(8))
}

/// Return the hexadecimal representation of an integer.
///
///   >>> hex(12648430)
///   '0xc0ffee'
#[pyfn("hex(integer, /)")]
pub fn hex(integer: &Object) -> Result<String> {
    Ok(integer.index()?.to_prefixed(16))
}

/// Return a Unicode string of one character with ordinal i; 0 <= i <= 0x10ffff.
#[pyfn("chr(i, /)")]
pub fn chr(i: &Object) -> Result<Ref<Str>> {
    let code = i.index()?;
    match code.to_i64().filter(|c| (0..=0x10ffff).contains(c)) {
        Some(code) => Ok(Str::from_char(code as u32)),
        None => Err(value_error("chr() arg not in range(0x110000)")),
    }
}

/// Return the ordinal value of a character.
///
/// If the argument is a one-character string, return the Unicode code
/// point of that character.
///
/// If the argument is a bytes or bytearray object of length 1, return its
/// single byte value.
#[pyfn("ord(character, /)")]
pub fn ord(character: &Object) -> Result<u32> {
    let wrong =
        |len: usize| type_error(format!("ord() expected a character, but string of length {len} found"));
    if let Some(text) = character.downcast::<Str>() {
        return if text.len() == 1 { Ok(text.chars().at(0)) } else { Err(wrong(text.len())) };
    }
    let bytes = if let Some(bytes) = character.downcast::<Bytes>() {
        bytes.as_slice().to_vec()
    } else if let Some(array) = character.downcast::<ByteArray>() {
        array.to_vec()
    } else {
        return Err(type_error(format!(
            "ord() expected string of length 1, but {} found",
            character.type_name()
        )));
    };
    match bytes.as_slice() {
        [one] => Ok(u32::from(*one)),
        more => Err(wrong(more.len())),
    }
}

/// Return the tuple (x//y, x%y).  Invariant: div*y + mod == x.
#[pyfn("divmod(x, y, /)")]
pub fn divmod(x: &Object, y: &Object) -> Result {
    krait_object::protocol::number::divmod(x, y)
}

/// Equivalent to base**exp with 2 arguments or base**exp % mod with 3 arguments.
///
/// Some types, such as ints, are able to use a more efficient algorithm when
/// invoked using the three argument form.
#[pyfn("pow(base, exp, mod=None)")]
pub fn pow(base: &Object, exp: &Object, r#mod: Option<&Object>) -> Result {
    number::power(base, exp, r#mod.unwrap_or(none()))
}

/// Round a number to a given precision in decimal digits.
///
/// The return value is an integer if ndigits is omitted or None.  Otherwise
/// the return value has the same type as the number.  ndigits may be negative.
#[pyfn("round(number, ndigits=None)")]
pub fn round(number: &Object, ndigits: Option<&Object>) -> Result {
    krait_object::protocol::number::round(number, ndigits)
}

/// Return the sum of a 'start' value (default: 0) plus an iterable of numbers
///
/// When the iterable is empty, return the start value.
/// This function is intended specifically for use with numeric values and may
/// reject non-numeric types.
#[pyfn("sum(iterable, /, start=0)")]
pub fn sum(iterable: &Object, start: Option<&Object>) -> Result {
    let iterator = iterable.iter()?;
    let mut total = match start {
        None => Int::from_i64(0).into_object(),
        Some(start) => {
            let what = if start.downcast::<Str>().is_some() {
                Some("strings [use ''.join(seq) instead]")
            } else if start.downcast::<Bytes>().is_some() {
                Some("bytes [use b''.join(seq) instead]")
            } else if start.downcast::<ByteArray>().is_some() {
                Some("bytearray [use b''.join(seq) instead]")
            } else {
                None
            };
            if let Some(what) = what {
                return Err(type_error(format!("sum() can't sum {what}")));
            }
            start.to_ref()
        }
    };
    // Ints and floats are summed in machine numbers as long as they last.
    let mut pending = None;
    if let Some(int) = Int::check_exact(&total).then(|| total.expect::<Int>().to_i64()).flatten() {
        match sum_ints(&iterator, int)? {
            Ended::Done(result) => return Ok(result),
            Ended::Other(so_far, item) => {
                total = so_far;
                pending = Some(item);
            }
        }
    }
    if let Some(item) = pending.take() {
        if Int::check_exact(&total) && Float::check_exact(&item) {
            let start = total.as_f64()?;
            match sum_floats(&iterator, start, Some(item))? {
                Ended::Done(result) => return Ok(result),
                Ended::Other(so_far, item) => {
                    total = so_far;
                    pending = Some(item);
                }
            }
        } else {
            pending = Some(item);
        }
    } else if Float::check_exact(&total) {
        match sum_floats(&iterator, total.expect::<Float>().value(), None)? {
            Ended::Done(result) => return Ok(result),
            Ended::Other(so_far, item) => {
                total = so_far;
                pending = Some(item);
            }
        }
    }
    loop {
        let item = match pending.take() {
            Some(item) => item,
            None => match iterator.iter_next()? {
                Some(item) => item,
                None => return Ok(total),
            },
        };
        total = number::add(&total, &item)?;
    }
}

/// How a run of one kind of number ended.
enum Ended {
    Done(Ref<Object>),
    /// The sum so far and the item that did not fit.
    Other(Ref<Object>, Ref<Object>),
}

fn sum_ints(iterator: &Object, start: i64) -> Result<Ended> {
    let mut total = start;
    while let Some(item) = iterator.iter_next()? {
        let small = match item.downcast_exact::<Int>() {
            Some(int) => int.to_i64(),
            None if item.is_instance_of(&krait_object::int::PyBool_Type) => {
                Some(i64::from(!item.expect::<Int>().is_zero()))
            }
            None => None,
        };
        match small.and_then(|n| total.checked_add(n)) {
            Some(next) => total = next,
            None => return Ok(Ended::Other(Int::from_i64(total).into_object(), item)),
        }
    }
    Ok(Ended::Done(Int::from_i64(total).into_object()))
}

/// Compensated (Neumaier) summation, as CPython's since 3.12.
fn sum_floats(iterator: &Object, start: f64, first: Option<Ref<Object>>) -> Result<Ended> {
    let (mut high, mut low) = (start, 0.0f64);
    let mut add = |x: f64| {
        let t = high + x;
        low += if high.abs() >= x.abs() { (high - t) + x } else { (x - t) + high };
        high = t;
    };
    let mut pending = first;
    let other = loop {
        let item = match pending.take() {
            Some(item) => item,
            None => match iterator.iter_next()? {
                Some(item) => item,
                None => break None,
            },
        };
        if let Some(float) = item.downcast_exact::<Float>() {
            add(float.value());
        } else if let Some(small) = item.downcast::<Int>().and_then(Int::to_i64) {
            add(small as f64);
        } else {
            break Some(item);
        }
    };
    let total = if low != 0.0 && low.is_finite() { high + low } else { high };
    let total = Float::new(total).into_object();
    Ok(match other {
        None => Ended::Done(total),
        Some(item) => Ended::Other(total, item),
    })
}
