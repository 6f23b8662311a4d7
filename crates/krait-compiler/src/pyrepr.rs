//! `repr()` of constants, for messages and for annotations that become text.

use std::fmt::Write;

use krait_ast::{Constant, Text};

/// `repr` of a string that is valid Unicode.
pub fn text(text: &str) -> String {
    points(text.chars().map(u32::from))
}

pub fn string(text: &Text) -> String {
    points(text.code_points())
}

fn points(points: impl Iterator<Item = u32>) -> String {
    let points: Vec<u32> = points.collect();
    let has = |c: char| points.contains(&u32::from(c));
    let quote = if has('\'') && !has('"') { '"' } else { '\'' };
    let mut out = String::with_capacity(points.len() + 2);
    out.push(quote);
    for point in points {
        push_point(&mut out, point, quote);
    }
    out.push(quote);
    out
}

fn push_point(out: &mut String, point: u32, quote: char) {
    let escaped = match char::from_u32(point) {
        Some('\n') => "\\n",
        Some('\r') => "\\r",
        Some('\t') => "\\t",
        Some('\\') => "\\\\",
        Some(c) if c == quote => {
            out.push('\\');
            out.push(c);
            return;
        }
        Some(c) if is_printable(c) => {
            out.push(c);
            return;
        }
        _ => "",
    };
    out.push_str(escaped);
    if escaped.is_empty() {
        // Writing to a String cannot fail.
        let _ = match point {
            0..0x100 => write!(out, "\\x{point:02x}"),
            0x100..0x1_0000 => write!(out, "\\u{point:04x}"),
            _ => write!(out, "\\U{point:08x}"),
        };
    }
}

/// As Rust's own `Debug` of strings sees it, which knows the Unicode categories.
fn is_printable(c: char) -> bool {
    if c.is_ascii() {
        return !c.is_ascii_control();
    }
    // After a letter, so that combining characters stay as they are.
    let shown = format!("{:?}", format!("a{c}"));
    shown.ends_with(&format!("{c}\"")) && !c.is_whitespace()
}

pub fn bytes(bytes: &[u8]) -> String {
    let quote = if bytes.contains(&b'\'') && !bytes.contains(&b'"') { b'"' } else { b'\'' };
    let mut out = String::from("b");
    out.push(char::from(quote));
    for &byte in bytes {
        let _ = match byte {
            b'\n' => write!(out, "\\n"),
            b'\r' => write!(out, "\\r"),
            b'\t' => write!(out, "\\t"),
            b'\\' => write!(out, "\\\\"),
            _ if byte == quote => write!(out, "\\{}", char::from(byte)),
            0x20..0x7f => write!(out, "{}", char::from(byte)),
            _ => write!(out, "\\x{byte:02x}"),
        };
    }
    out.push(char::from(quote));
    out
}

/// Digits with an exponent. Where 17 digits are needed, the ones nearest to the number: a shortest representation alone
/// does not say which of two neighbours it is.
fn shortest(value: f64) -> String {
    let short = format!("{value:e}");
    let digits = short.bytes().take_while(|b| *b != b'e').filter(u8::is_ascii_digit).count();
    if digits < 17 { short } else { format!("{value:.16e}") }
}

/// Shortest digits that read back as the same number; `point_zero` adds `.0` to whole ones.
fn digits(value: f64, point_zero: bool) -> String {
    if value.is_nan() {
        return "nan".to_owned();
    }
    if value.is_infinite() {
        return if value < 0.0 { "-inf" } else { "inf" }.to_owned();
    }
    let scientific = shortest(value);
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..16).contains(&exponent) {
        let fixed = format!("{value}");
        let exact = mantissa.bytes().filter(u8::is_ascii_digit).count() == 17;
        let places = usize::try_from(16 - exponent).unwrap_or(0);
        let fixed = if exact { format!("{value:.places$}") } else { fixed };
        return if point_zero && !fixed.contains('.') { fixed + ".0" } else { fixed };
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.abs())
}

pub fn float(value: f64) -> String {
    digits(value, true)
}

pub fn complex(real: f64, imag: f64) -> String {
    if real == 0.0 && !real.is_sign_negative() {
        return format!("{}j", digits(imag, false));
    }
    let sign = if imag.is_sign_negative() && !imag.is_nan() { "" } else { "+" };
    format!("({}{sign}{}j)", digits(real, false), digits(imag, false))
}

pub fn constant(value: &Constant) -> String {
    match value {
        Constant::None => "None".to_owned(),
        Constant::True => "True".to_owned(),
        Constant::False => "False".to_owned(),
        Constant::Ellipsis => "Ellipsis".to_owned(),
        Constant::Int(n) => n.to_string(),
        Constant::Float(n) => float(*n),
        Constant::Complex { real, imag } => complex(*real, *imag),
        Constant::Str(text) => string(text),
        Constant::Bytes(value) => bytes(value),
        Constant::Tuple(items) => {
            let shown: Vec<String> = items.iter().map(constant).collect();
            let comma = if items.len() == 1 { "," } else { "" };
            format!("({}{comma})", shown.join(", "))
        }
        Constant::FrozenSet(items) if items.is_empty() => "frozenset()".to_owned(),
        Constant::FrozenSet(items) => {
            let shown: Vec<String> = items.iter().map(constant).collect();
            format!("frozenset({{{}}})", shown.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        assert_eq!(float(1.0), "1.0");
        assert_eq!(float(1e16), "1e+16");
        assert_eq!(float(1.5e-5), "1.5e-05");
        assert_eq!(float(2f64.powi(-25)), "2.9802322387695312e-08");
        assert_eq!(float(0.1 + 0.2), "0.30000000000000004");
        assert_eq!(float(123456789.125), "123456789.125");
        assert_eq!(complex(0.0, 2.0), "2j");
        assert_eq!(complex(-1.0, -2.5), "(-1-2.5j)");
    }

    #[test]
    fn strings() {
        assert_eq!(text("it's"), "\"it's\"");
        assert_eq!(text("a\n\u{7f}\u{e9}\u{a0}"), "'a\\n\\x7fé\\xa0'");
    }
}
