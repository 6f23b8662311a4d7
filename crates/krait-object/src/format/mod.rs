//! The format mini-language (`format(value, spec)`). CPython: `Python/formatter_unicode.c`.
//!
//! - this file: the parsed specification, padding, grouping
//! - `float`: digits of floats in the styles e, f, g, r
//! - `number`: formatting of int, float, complex and of text

pub mod float;
pub mod number;

use crate::errors::value_error;
use crate::result::Result;
use crate::str::Str;

/// A parsed format specification.
#[derive(Clone, Debug)]
pub struct Spec {
    pub fill: u32,
    /// One of `<`, `>`, `=`, `^`.
    pub align: char,
    pub explicit_align: bool,
    pub alternate: bool,
    pub no_negative_zero: bool,
    /// `+`, `-` or space; `\0` when not given.
    pub sign: char,
    pub width: Option<usize>,
    /// `,`, `_`, `n` (locale) or `\0`.
    pub thousands: char,
    /// Separator in the fraction.
    pub fraction_thousands: char,
    pub precision: Option<usize>,
    /// Presentation type.
    pub kind: char,
}

/// Reads a decimal number of a width or precision.
fn number(chars: &[u32], at: &mut usize) -> Result<Option<usize>> {
    let start = *at;
    let mut value = 0usize;
    while let Some(digit) = chars.get(*at).and_then(|&c| crate::str::numeric::decimal_value(c)) {
        let next = value.checked_mul(10).and_then(|v| v.checked_add(digit as usize));
        value = match next.filter(|&v| v <= isize::MAX as usize) {
            Some(next) => next,
            None => return Err(value_error("Too many decimal digits in format string")),
        };
        *at += 1;
    }
    Ok((*at > start).then_some(value))
}

fn is_align(c: u32) -> bool {
    matches!(char::from_u32(c), Some('<' | '>' | '=' | '^'))
}

impl Spec {
    /// Parses a specification with the defaults of a type; `type_name` is for the error message.
    pub fn parse(spec: &Str, default_kind: char, default_align: char, type_name: &str) -> Result<Spec> {
        let chars: Vec<u32> = spec.chars().iter().collect();
        let mut out = Spec {
            fill: u32::from(' '),
            align: default_align,
            explicit_align: false,
            alternate: false,
            no_negative_zero: false,
            sign: '\0',
            width: None,
            thousands: '\0',
            fraction_thousands: '\0',
            precision: None,
            kind: default_kind,
        };
        let mut at = 0;
        let is = |at: usize, c: char| chars.get(at) == Some(&u32::from(c));
        let mut fill_given = false;
        if chars.len() >= 2 && is_align(chars[1]) {
            out.align = char::from_u32(chars[1]).unwrap_or('<');
            out.fill = chars[0];
            fill_given = true;
            out.explicit_align = true;
            at = 2;
        } else if chars.first().is_some_and(|&c| is_align(c)) {
            out.align = char::from_u32(chars[0]).unwrap_or('<');
            out.explicit_align = true;
            at = 1;
        }
        if let Some(sign) = [' ', '+', '-'].into_iter().find(|&s| is(at, s)) {
            out.sign = sign;
            at += 1;
        }
        if is(at, 'z') {
            out.no_negative_zero = true;
            at += 1;
        }
        if is(at, '#') {
            out.alternate = true;
            at += 1;
        }
        if !fill_given && is(at, '0') {
            out.fill = u32::from('0');
            if !out.explicit_align && default_align == '>' {
                out.align = '=';
            }
            at += 1;
        }
        out.width = number(&chars, &mut at)?;
        out.thousands = separators(&chars, &mut at)?;
        if is(at, '.') {
            at += 1;
            out.precision = number(&chars, &mut at)?;
            let before = at;
            out.fraction_thousands = separators(&chars, &mut at)?;
            if out.precision.is_none() && before == at {
                return Err(value_error("Format specifier missing precision"));
            }
        }
        if chars.len() - at > 1 {
            return Err(value_error(format!(
                "Invalid format specifier '{spec}' for object of type '{type_name}'"
            )));
        }
        if let Some(&kind) = chars.get(at) {
            out.kind = char::from_u32(kind).unwrap_or('\u{fffd}');
        }
        out.check_separators()?;
        Ok(out)
    }

    fn check_separators(&mut self) -> Result<()> {
        for separator in [self.thousands, self.fraction_thousands] {
            if separator == '\0' {
                continue;
            }
            match self.kind {
                'd' | 'e' | 'f' | 'g' | 'E' | 'G' | '%' | 'F' | '\0' => {}
                'b' | 'o' | 'x' | 'X' if separator == '_' => {
                    // Groups of four digits: marked by a separator of their own.
                    if self.thousands == '_' {
                        self.thousands = '4';
                    }
                }
                kind => {
                    return Err(value_error(format!("Cannot specify '{separator}' with '{}'.", shown(kind))));
                }
            }
        }
        Ok(())
    }
}

/// A presentation type in messages.
pub(crate) fn shown(kind: char) -> String {
    if ('!'..='\x7f').contains(&kind) { kind.to_string() } else { format!("\\x{:x}", u32::from(kind)) }
}

fn separators(chars: &[u32], at: &mut usize) -> Result<char> {
    let is = |at: usize, c: char| chars.get(at) == Some(&u32::from(c));
    let mut found = '\0';
    if is(*at, ',') {
        found = ',';
        *at += 1;
    }
    if is(*at, '_') {
        if found != '\0' {
            return Err(value_error("Cannot specify both ',' and '_'."));
        }
        found = '_';
        *at += 1;
    }
    if is(*at, ',') {
        return Err(value_error(match found {
            '_' => "Cannot specify both ',' and '_'.",
            _ => "Cannot specify ',' with ','.",
        }));
    }
    if found == '_' && is(*at, '_') {
        return Err(value_error("Cannot specify '_' with '_'."));
    }
    Ok(found)
}

/// How many fill characters go left and right of `len` characters.
pub fn padding(len: usize, width: Option<usize>, align: char) -> (usize, usize) {
    let total = width.unwrap_or(0).saturating_sub(len);
    match align {
        '>' | '=' => (total, 0),
        '^' => (total / 2, total - total / 2),
        _ => (0, total),
    }
}

/// Puts separators into a run of digits, padding it with zeros to `min_width` characters first where asked.
pub fn group_digits(digits: &str, separator: &str, group: usize, min_width: usize) -> String {
    let mut out: Vec<char> = Vec::new();
    let separator: Vec<char> = separator.chars().rev().collect();
    let mut count = 0;
    let mut source = digits.chars().rev();
    loop {
        let next = match source.next() {
            Some(digit) => digit,
            None if out.len() < min_width => '0',
            None => break,
        };
        if count == group {
            out.extend(&separator);
            count = 0;
        }
        out.push(next);
        count += 1;
    }
    out.iter().rev().collect()
}

/// Puts separators into a fraction, from the left.
pub fn group_fraction(digits: &str, separator: char, group: usize) -> String {
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && index % group == 0 {
            out.push(separator);
        }
        out.push(digit);
    }
    out
}
