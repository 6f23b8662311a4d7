//! Text to `int`: `int("0x_ff", 0)`.

use super::Int;
use super::text::DIGITS_THRESHOLD;
use crate::errors::{type_error, value_error};
use crate::object::Object;
use crate::reference::Ref;
use crate::result::Result;
use crate::str::Str;
use num_bigint::BigInt;

/// `int(text, base)`; base 0 reads the prefix.
pub fn from_text(text: &Str, base: u32) -> Result<Ref<Int>> {
    let ascii = crate::str::numeric::to_ascii_number(text);
    match ascii.as_deref().map(|t| if base == 0 { parse_base_zero(t) } else { parse(t, base) }) {
        Some(Parsed::Value(value)) => Ok(value),
        Some(Parsed::TooLong(digits)) => Err(too_long(digits)),
        _ => Err(invalid(text, base)),
    }
}

#[cold]
fn invalid(shown: &Object, base: u32) -> crate::Raised {
    match shown.repr() {
        Ok(repr) => value_error(format!("invalid literal for int() with base {base}: {repr}")),
        Err(raised) => raised,
    }
}

#[cold]
fn too_long(digits: usize) -> crate::Raised {
    let limit = crate::interp::current().int_max_str_digits.get();
    value_error(format!(
        "Exceeds the limit ({limit} digits) for integer string conversion: value has {digits} digits; use sys.set_int_max_str_digits() to increase the limit"
    ))
}

/// `int(bytes-like)`.
pub fn from_bytes_like(object: &Object) -> Result<Ref<Int>> {
    from_bytes_like_base(object, 10).unwrap_or_else(|| {
        Err(type_error(format!(
            "int() argument must be a string, a bytes-like object or a real number, not '{}'",
            object.type_name()
        )))
    })
}

/// `int(bytes or bytearray, base)`; `None` for other types.
pub fn from_bytes_like_base(object: &Object, base: u32) -> Option<Result<Ref<Int>>> {
    let bytes = match crate::buffer::copy_of_bytes(object) {
        Ok(bytes) => bytes?,
        Err(raised) => return Some(Err(raised)),
    };
    let parsed = match core::str::from_utf8(&bytes) {
        Ok(text) if text.is_ascii() && base == 0 => parse_base_zero(text),
        Ok(text) if text.is_ascii() => parse(text, base),
        _ => Parsed::Invalid,
    };
    Some(match parsed {
        Parsed::Value(value) => Ok(value),
        Parsed::TooLong(digits) => Err(too_long(digits)),
        Parsed::Invalid => Err(invalid(&crate::Bytes::new(&bytes), base)),
    })
}

/// What came out of a text.
pub enum Parsed {
    Value(Ref<Int>),
    /// More decimal digits than allowed.
    TooLong(usize),
    Invalid,
}

/// Parses ASCII text with optional space around, sign, prefix and single underscores between digits.
pub fn parse(text: &str, base: u32) -> Parsed {
    let trimmed = text.trim_matches(|c: char| matches!(c, ' ' | '\t' | '\n' | '\r' | '\x0b' | '\x0c'));
    let (negative, rest) = match trimmed.as_bytes().first() {
        Some(b'-') => (true, &trimmed[1..]),
        Some(b'+') => (false, &trimmed[1..]),
        _ => (false, trimmed),
    };
    let prefix_base = match rest.get(..2) {
        Some("0x" | "0X") => 16,
        Some("0o" | "0O") => 8,
        Some("0b" | "0B") => 2,
        _ => 0,
    };
    let (base, digits, prefixed) = match (base, prefix_base) {
        (0, 0) => (10, rest, false),
        (0, found) => (found, &rest[2..], true),
        (given, found) if given == found => (given, &rest[2..], true),
        (given, _) => (given, rest, false),
    };
    // After a prefix one underscore may follow: 0x_ff.
    let digits = if prefixed { digits.strip_prefix('_').unwrap_or(digits) } else { digits };
    let Some(clean) = clean_digits(digits, base) else { return Parsed::Invalid };
    convert(negative, &clean, base)
}

/// As [`parse`] with base 0, where a decimal literal must not begin with zeros unless it is zero.
pub fn parse_base_zero(text: &str) -> Parsed {
    let digits = text.trim().trim_start_matches(['+', '-']);
    let leading_zero = digits.len() > 1
        && digits.starts_with('0')
        && digits.as_bytes()[1] != b'_'
        && digits.as_bytes()[1].is_ascii_digit();
    if leading_zero && digits.bytes().any(|b| !matches!(b, b'0' | b'_')) {
        return Parsed::Invalid;
    }
    parse(text, 0)
}

/// Digits without underscores; `None` if empty, a digit is out of range, or an underscore stands wrong.
fn clean_digits(digits: &str, base: u32) -> Option<String> {
    let mut clean = String::with_capacity(digits.len());
    let mut last_underscore = true;
    for c in digits.chars() {
        if c == '_' {
            if last_underscore {
                return None;
            }
            last_underscore = true;
        } else {
            c.to_digit(base)?;
            clean.push(c);
            last_underscore = false;
        }
    }
    (!clean.is_empty() && !last_underscore).then_some(clean)
}

fn convert(negative: bool, digits: &str, base: u32) -> Parsed {
    if digits.len() <= 12 {
        let value = i64::from_str_radix(digits, base).unwrap_or(0);
        return Parsed::Value(Int::from_i64(if negative { -value } else { value }));
    }
    if !base.is_power_of_two() {
        let limit = crate::interp::current().int_max_str_digits.get() as usize;
        if limit > 0 && digits.len() > limit.max(DIGITS_THRESHOLD) {
            return Parsed::TooLong(digits.len());
        }
    }
    match BigInt::parse_bytes(digits.as_bytes(), base) {
        Some(value) => Parsed::Value(Int::from_bigint(&if negative { -value } else { value })),
        None => Parsed::Invalid,
    }
}
