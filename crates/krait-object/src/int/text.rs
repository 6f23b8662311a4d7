//! `int` to text, in any radix.

use super::Int;
use crate::errors::value_error;
use crate::object::Object;
use crate::result::Result;
use crate::str::Str;

/// Digits that are always allowed (`_PY_LONG_MAX_STR_DIGITS_THRESHOLD`).
pub const DIGITS_THRESHOLD: usize = 640;

impl Int {
    /// Decimal text; ValueError beyond `sys.get_int_max_str_digits()`.
    pub fn to_decimal(&self) -> Result<String> {
        if let Some(small) = self.to_i64() {
            return Ok(small.to_string());
        }
        let limit = crate::interp::current().int_max_str_digits.get() as usize;
        // A cheap bound first, so that huge numbers are refused before the conversion.
        let at_least = (self.bit_length() as f64 * core::f64::consts::LOG10_2) as usize;
        if limit > 0 && at_least > limit.max(DIGITS_THRESHOLD) {
            return Err(too_long(limit));
        }
        let text = self.to_bigint().to_string();
        if limit > 0 && text.trim_start_matches('-').len() > limit.max(DIGITS_THRESHOLD) {
            return Err(too_long(limit));
        }
        Ok(text)
    }

    /// Digits in a radix up to 36, without prefix; sign first.
    pub fn to_radix(&self, radix: u32) -> String {
        match (self.to_i64(), radix) {
            (Some(n), 2) => sign(n, format!("{:b}", n.unsigned_abs())),
            (Some(n), 8) => sign(n, format!("{:o}", n.unsigned_abs())),
            (Some(n), 16) => sign(n, format!("{:x}", n.unsigned_abs())),
            _ => self.to_bigint().to_str_radix(radix),
        }
    }

    /// As `bin`, `oct` or `hex` write it.
    pub fn to_prefixed(&self, radix: u32) -> String {
        let prefix = match radix {
            2 => "0b",
            8 => "0o",
            _ => "0x",
        };
        let digits = self.to_radix(radix);
        match digits.strip_prefix('-') {
            Some(magnitude) => format!("-{prefix}{magnitude}"),
            None => format!("{prefix}{digits}"),
        }
    }
}

fn sign(n: i64, digits: String) -> String {
    if n < 0 { format!("-{digits}") } else { digits }
}

#[cold]
fn too_long(limit: usize) -> crate::Raised {
    value_error(format!(
        "Exceeds the limit ({limit} digits) for integer string conversion; use sys.set_int_max_str_digits() to increase the limit"
    ))
}

pub(super) extern "C" fn repr(object: &Object) -> Result {
    Ok(Str::new(&object.expect::<Int>().to_decimal()?).into_object())
}
