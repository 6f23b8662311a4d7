//! `__format__` of int, float, complex and str.

use super::float::{Style, to_text};
use super::{Spec, group_digits, group_fraction, padding, shown};
use crate::errors::{overflow_error, value_error};
use crate::reference::Ref;
use crate::result::Result;
use crate::str::Str;
use crate::{Int, Object};

#[cold]
fn unknown_kind(kind: char, type_name: &str) -> crate::Raised {
    value_error(format!("Unknown format code '{}' for object of type '{type_name}'", shown(kind)))
}

/// A number in parts: sign, prefix (0x), integer digits, and the rest (point, fraction, exponent, percent).
struct Parts {
    negative: bool,
    prefix: String,
    integer: String,
    rest: String,
}

fn separator(spec: &Spec) -> (String, usize, String) {
    match spec.thousands {
        '\0' => (String::new(), usize::MAX, ".".to_owned()),
        '4' => ("_".to_owned(), 4, ".".to_owned()),
        'n' => locale_separators(),
        c => (c.to_string(), 3, ".".to_owned()),
    }
}

/// Thousands separator, group size and decimal point of the C locale in force.
fn locale_separators() -> (String, usize, String) {
    // SAFETY: localeconv gives static data that no other thread changes while the GIL is held.
    unsafe {
        let conv = libc::localeconv();
        let text = |p: *const core::ffi::c_char| {
            if p.is_null() {
                String::new()
            } else {
                core::ffi::CStr::from_ptr(p).to_string_lossy().into_owned()
            }
        };
        let grouping = text((*conv).grouping);
        let group = grouping.bytes().next().map_or(usize::MAX, usize::from);
        (text((*conv).thousands_sep), group, text((*conv).decimal_point))
    }
}

fn assemble(parts: &Parts, spec: &Spec) -> Ref<Str> {
    let sign = match (parts.negative, spec.sign) {
        (true, _) => "-",
        (false, '+') => "+",
        (false, ' ') => " ",
        _ => "",
    };
    let (separator, group, point) = separator(spec);
    let rest = if spec.thousands == 'n' && parts.rest.starts_with('.') {
        point + &parts.rest[1..]
    } else {
        parts.rest.clone()
    };
    let around = sign.len() + parts.prefix.len() + rest.chars().count();
    let zero_pad = spec.fill == u32::from('0') && spec.align == '=';
    let min_digits = if zero_pad { spec.width.unwrap_or(0).saturating_sub(around) } else { 0 };
    let digits = if separator.is_empty() && min_digits == 0 || parts.integer.is_empty() {
        parts.integer.clone()
    } else {
        group_digits(&parts.integer, &separator, group, min_digits)
    };
    let body_len = around + digits.chars().count();
    let (left, right) = padding(body_len, spec.width, spec.align);
    let mut out: Vec<u32> = Vec::with_capacity(body_len + left + right);
    let push = |out: &mut Vec<u32>, text: &str| out.extend(text.chars().map(u32::from));
    if spec.align == '=' {
        push(&mut out, sign);
        push(&mut out, &parts.prefix);
        out.extend(std::iter::repeat_n(spec.fill, left));
    } else {
        out.extend(std::iter::repeat_n(spec.fill, left));
        push(&mut out, sign);
        push(&mut out, &parts.prefix);
    }
    push(&mut out, &digits);
    push(&mut out, &rest);
    out.extend(std::iter::repeat_n(spec.fill, right));
    Str::from_ucs4(&out)
}

/// `format(text, spec)`.
pub fn format_str(text: &Str, spec_text: &Str, type_name: &str) -> Result<Ref<Str>> {
    if spec_text.is_empty() {
        return Ok(Ref::from_borrowed(text));
    }
    let spec = Spec::parse(spec_text, 's', '<', type_name)?;
    if spec.kind != 's' {
        return Err(unknown_kind(spec.kind, type_name));
    }
    if spec.sign != '\0' {
        let what = if spec.sign == ' ' { "Space" } else { "Sign" };
        return Err(value_error(format!("{what} not allowed in string format specifier")));
    }
    if spec.no_negative_zero {
        return Err(value_error("Negative zero coercion (z) not allowed in string format specifier"));
    }
    if spec.alternate {
        return Err(value_error("Alternate form (#) not allowed in string format specifier"));
    }
    if spec.thousands != '\0' {
        return Err(value_error(format!("Cannot specify '{}' with 's'.", spec.thousands)));
    }
    if spec.align == '=' {
        return Err(value_error("'=' alignment not allowed in string format specifier"));
    }
    let len = text.len().min(spec.precision.unwrap_or(usize::MAX));
    let (left, right) = padding(len, spec.width, spec.align);
    let mut out: Vec<u32> = Vec::with_capacity(len + left + right);
    out.extend(std::iter::repeat_n(spec.fill, left));
    out.extend(text.chars().iter().take(len));
    out.extend(std::iter::repeat_n(spec.fill, right));
    Ok(Str::from_ucs4(&out))
}

/// `format(int, spec)`.
pub fn format_int(int: &Int, spec_text: &Str, type_name: &str) -> Result<Ref<Str>> {
    let spec = Spec::parse(spec_text, 'd', '>', type_name)?;
    if "eEfFgG%".contains(spec.kind) {
        return format_float_spec(int.to_f64()?, &spec, type_name);
    }
    if spec.precision.is_some() || spec.fraction_thousands != '\0' {
        return Err(value_error("Precision not allowed in integer format specifier"));
    }
    if spec.no_negative_zero {
        return Err(value_error("Negative zero coercion (z) not allowed in integer format specifier"));
    }
    if spec.kind == 'c' {
        return format_character(int, &spec);
    }
    let digits = match spec.kind {
        'd' | 'n' => int.to_decimal()?,
        'b' => int.to_radix(2),
        'o' => int.to_radix(8),
        'x' => int.to_radix(16),
        'X' => int.to_radix(16).to_ascii_uppercase(),
        kind => return Err(unknown_kind(kind, type_name)),
    };
    let prefix = match spec.kind {
        'b' if spec.alternate => "0b",
        'o' if spec.alternate => "0o",
        'x' if spec.alternate => "0x",
        'X' if spec.alternate => "0X",
        _ => "",
    };
    let parts = Parts {
        negative: int.is_negative(),
        prefix: prefix.to_owned(),
        integer: digits.trim_start_matches('-').to_owned(),
        rest: String::new(),
    };
    let mut spec = spec;
    if spec.kind == 'n' {
        spec.thousands = 'n';
    }
    Ok(assemble(&parts, &spec))
}

fn format_character(int: &Int, spec: &Spec) -> Result<Ref<Str>> {
    if spec.sign != '\0' {
        return Err(value_error("Sign not allowed with integer format specifier 'c'"));
    }
    if spec.alternate {
        return Err(value_error("Alternate form (#) not allowed with integer format specifier 'c'"));
    }
    let Some(code) = int.to_i64().filter(|c| (0..=0x10ffff).contains(c)) else {
        return Err(overflow_error("%c arg not in range(0x110000)"));
    };
    let (left, right) = padding(1, spec.width, spec.align);
    let mut out: Vec<u32> = vec![spec.fill; left];
    out.push(code as u32);
    out.extend(std::iter::repeat_n(spec.fill, right));
    Ok(Str::from_ucs4(&out))
}

/// `format(float, spec)`.
pub fn format_float(value: f64, spec_text: &Str, type_name: &str) -> Result<Ref<Str>> {
    let spec = Spec::parse(spec_text, '\0', '>', type_name)?;
    format_float_spec(value, &spec, type_name)
}

/// The text of a float by a specification's type and precision, without sign, split at the point.
fn float_parts(value: f64, spec: &Spec, type_name: &str) -> Result<Parts> {
    let mut kind = spec.kind;
    let mut precision = spec.precision;
    let mut add_dot_zero = false;
    let mut value = value;
    match kind {
        '\0' => {
            add_dot_zero = true;
            kind = if precision.is_some() { 'g' } else { 'r' };
            precision = precision.or(Some(0));
        }
        'n' => kind = 'g',
        '%' => {
            kind = 'f';
            value *= 100.0;
        }
        'e' | 'E' | 'f' | 'F' | 'g' | 'G' => {}
        other => return Err(unknown_kind(other, type_name)),
    }
    let precision = precision.unwrap_or(6);
    if precision > i32::MAX as usize {
        return Err(value_error("precision too big"));
    }
    let style = Style { kind, precision, alternate: spec.alternate, add_dot_zero };
    let text = to_text(value, style);
    let mut negative = text.starts_with('-');
    let text = text.trim_start_matches('-');
    if negative
        && spec.no_negative_zero
        && !text.bytes().any(|b| (b'1'..=b'9').contains(&b))
        && value.is_finite()
    {
        negative = false;
    }
    let split = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let mut rest = text[split..].to_owned();
    if spec.fraction_thousands != '\0' && rest.starts_with('.') {
        let end = rest[1..].find(|c: char| !c.is_ascii_digit()).map_or(rest.len(), |at| at + 1);
        let fraction = group_fraction(&rest[1..end], spec.fraction_thousands, 3);
        rest = format!(".{fraction}{}", &rest[end..]);
    }
    if spec.kind == '%' {
        rest.push('%');
    }
    Ok(Parts { negative, prefix: String::new(), integer: text[..split].to_owned(), rest })
}

fn format_float_spec(value: f64, spec: &Spec, type_name: &str) -> Result<Ref<Str>> {
    let parts = float_parts(value, spec, type_name)?;
    let mut spec = spec.clone();
    if spec.kind == 'n' {
        spec.thousands = 'n';
    }
    if !value.is_finite() && spec.thousands != '\0' {
        spec.thousands = '\0';
    }
    Ok(assemble(&parts, &spec))
}

/// `format(complex, spec)`.
pub fn format_complex(real: f64, imag: f64, spec_text: &Str, type_name: &str) -> Result<Ref<Str>> {
    let spec = Spec::parse(spec_text, '\0', '>', type_name)?;
    if spec.fill == u32::from('0') {
        return Err(value_error("Zero padding is not allowed in complex format specifier"));
    }
    if spec.align == '=' {
        return Err(value_error("'=' alignment flag is not allowed in complex format specifier"));
    }
    if spec.kind == '%' {
        return Err(unknown_kind('%', type_name));
    }
    // Without a type the text is that of `str`: parentheses, and no real part when it is positive zero.
    let bare = spec.kind == '\0';
    let part_spec = Spec { width: None, fill: u32::from(' '), align: '>', ..spec.clone() };
    let one = |value: f64, sign: char| -> Result<Ref<Str>> {
        let mut spec = Spec { sign, ..part_spec.clone() };
        if bare && spec.precision.is_none() {
            // Shortest digits without ".0".
            let text = to_text(value, Style { kind: 'r', alternate: spec.alternate, ..Style::default() });
            let negative = text.starts_with('-');
            let text = text.trim_start_matches('-').to_owned();
            let split = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
            let parts = Parts {
                negative,
                prefix: String::new(),
                integer: text[..split].to_owned(),
                rest: text[split..].to_owned(),
            };
            return Ok(assemble(&parts, &spec));
        }
        if bare {
            spec.kind = 'g';
        }
        format_float_spec(value, &spec, type_name)
    };
    let skip_real = bare && real == 0.0 && real.is_sign_positive();
    let real_text = if skip_real { Str::empty().into() } else { one(real, spec.sign)? };
    let imag_text = one(imag, if skip_real { spec.sign } else { '+' })?;
    let (open, close) = if bare && !skip_real { ("(", ")") } else { ("", "") };
    let text = format!("{open}{real_text}{imag_text}j{close}");
    let len = text.chars().count();
    let (left, right) = padding(len, spec.width, spec.align);
    let mut out: Vec<u32> = vec![spec.fill; left];
    out.extend(text.chars().map(u32::from));
    out.extend(std::iter::repeat_n(spec.fill, right));
    Ok(Str::from_ucs4(&out))
}

/// The specification argument of `__format__`, which must be text.
pub fn spec_argument(spec: &Object) -> Result<&Str> {
    spec.downcast::<Str>().ok_or_else(|| {
        crate::type_error(format!("__format__() argument must be str, not {}", spec.type_name()))
    })
}
