//! Digits of floats. CPython: `Python/pystrtod.c` (`PyOS_double_to_string`).
//!
//! The standard library gives the shortest round-trip digits and exact decimals of any precision; this file arranges
//! them as Python does.

/// Style of [`to_text`].
#[derive(Clone, Copy, Default, Debug)]
pub struct Style {
    /// `e`, `f`, `g` or `r` (shortest), upper case for upper-case output.
    pub kind: char,
    pub precision: usize,
    /// `#`: keep the point and trailing zeros.
    pub alternate: bool,
    /// Add ".0" to a result without point or exponent.
    pub add_dot_zero: bool,
}

/// The text of a float, with a minus sign where it is negative.
pub fn to_text(value: f64, style: Style) -> String {
    let upper = style.kind.is_ascii_uppercase();
    let text = if value.is_nan() {
        "nan".to_owned()
    } else if value.is_infinite() {
        if value < 0.0 { "-inf".to_owned() } else { "inf".to_owned() }
    } else {
        match style.kind.to_ascii_lowercase() {
            'e' => exponent_style(value, style),
            'f' => fixed_style(value, style),
            'r' => shortest(value, style),
            _ => general_style(value, style),
        }
    };
    if upper { text.to_ascii_uppercase() } else { text }
}

/// `repr(value)`.
pub fn repr(value: f64) -> String {
    to_text(value, Style { kind: 'r', add_dot_zero: true, ..Style::default() })
}

/// Most digits that a request makes sense for; beyond it zeros follow.
const MAX_PRECISION: usize = 1100;

/// Decimal digits and exponent (of the first digit) in scientific form with `precision` digits after the first.
fn scientific(value: f64, precision: usize) -> (bool, String, i32) {
    let text = format!("{:.*e}", precision.min(MAX_PRECISION), value.abs());
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let mut digits: String = mantissa.chars().filter(|c| *c != '.').collect();
    digits.extend(std::iter::repeat_n('0', precision.saturating_sub(MAX_PRECISION)));
    (value.is_sign_negative(), digits, exponent.parse().unwrap_or(0))
}

fn write_exponent(out: &mut String, exponent: i32) {
    let sign = if exponent < 0 { '-' } else { '+' };
    out.push('e');
    out.push(sign);
    out.push_str(&format!("{:02}", exponent.abs()));
}

fn exponent_style(value: f64, style: Style) -> String {
    let (negative, digits, exponent) = scientific(value, style.precision);
    let mut out = String::new();
    if negative {
        out.push('-');
    }
    out.push_str(&digits[..1]);
    if digits.len() > 1 || style.alternate {
        out.push('.');
        out.push_str(&digits[1..]);
    }
    write_exponent(&mut out, exponent);
    out
}

fn fixed_style(value: f64, style: Style) -> String {
    let mut out = format!("{:.*}", style.precision.min(MAX_PRECISION), value);
    if style.precision > MAX_PRECISION {
        out.extend(std::iter::repeat_n('0', style.precision - MAX_PRECISION));
    }
    if style.precision == 0 && style.alternate {
        out.push('.');
    }
    out
}

/// Digits with the decimal point after `point` of them (which may be negative or beyond the end).
fn place_point(digits: &str, point: i32) -> (String, String) {
    if point <= 0 {
        return ("0".to_owned(), "0".repeat(point.unsigned_abs() as usize) + digits);
    }
    let point = point as usize;
    if point >= digits.len() {
        return (digits.to_owned() + &"0".repeat(point - digits.len()), String::new());
    }
    (digits[..point].to_owned(), digits[point..].to_owned())
}

fn general_style(value: f64, style: Style) -> String {
    let precision = style.precision.max(1);
    let (negative, mut digits, exponent) = scientific(value, precision - 1);
    if !style.alternate {
        let kept = digits.trim_end_matches('0').len().max(1);
        digits.truncate(kept);
    }
    // Without ".0" the limit is the precision; with it (str style) one less would lose the point.
    let limit = if style.add_dot_zero && exponent == precision as i32 { exponent } else { precision as i32 };
    let out = if exponent < -4 || exponent >= limit {
        with_exponent(&digits, exponent, style.alternate)
    } else {
        plain(&digits, exponent, style)
    };
    if negative { format!("-{out}") } else { out }
}

fn with_exponent(digits: &str, exponent: i32, alternate: bool) -> String {
    let mut out = digits[..1].to_owned();
    if digits.len() > 1 || alternate {
        out.push('.');
        out.push_str(&digits[1..]);
    }
    write_exponent(&mut out, exponent);
    out
}

fn plain(digits: &str, exponent: i32, style: Style) -> String {
    let (mut out, fraction) = place_point(digits, exponent + 1);
    if !fraction.is_empty() || style.alternate {
        out.push('.');
        out.push_str(&fraction);
    } else if style.add_dot_zero {
        out.push_str(".0");
    }
    out
}

fn shortest(value: f64, style: Style) -> String {
    let text = format!("{:e}", value.abs());
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let digits: String = mantissa.chars().filter(|c| *c != '.').collect();
    let out = if (-4..16).contains(&exponent) {
        plain(&digits, exponent, style)
    } else {
        with_exponent(&digits, exponent, style.alternate)
    };
    if value.is_sign_negative() { format!("-{out}") } else { out }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Expectations are what `repr` and `format` of CPython 3.14 print.
    #[test]
    fn repr_of_floats() {
        for (value, text) in [
            (0.1, "0.1"),
            (1e16, "1e+16"),
            (1e15, "1000000000000000.0"),
            (-0.0, "-0.0"),
            (1e-5, "1e-05"),
            (0.0001, "0.0001"),
            (1.5e300, "1.5e+300"),
            (5e-324, "5e-324"),
            (123456789.0, "123456789.0"),
        ] {
            assert_eq!(repr(value), text);
        }
    }

    #[test]
    fn styles() {
        let g = |value, precision, alternate| {
            to_text(value, Style { kind: 'g', precision, alternate, add_dot_zero: false })
        };
        assert_eq!(g(1234567.0, 6, false), "1.23457e+06");
        assert_eq!(g(0.0001, 6, false), "0.0001");
        assert_eq!(g(1.0, 6, true), "1.00000");
        let e = to_text(12345.678, Style { kind: 'E', precision: 2, ..Style::default() });
        assert_eq!(e, "1.23E+04");
        let f = to_text(2.5, Style { kind: 'f', precision: 0, ..Style::default() });
        assert_eq!(f, "2");
    }
}
