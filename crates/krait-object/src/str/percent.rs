//! `%` formatting of text. CPython: `unicode_format` in `Objects/unicode_format.c`.

use super::Str;
use super::search::Builder;
use crate::Int;
use crate::errors::{overflow_error, type_error, value_error};
use crate::format::float::{Style, to_text};
use crate::object::Object;
use crate::reference::Ref;
use crate::result::Result;
use crate::tuple::Tuple;

/// One conversion: `%-10.3f`.
#[derive(Default, Debug)]
pub struct Conversion {
    pub left: bool,
    pub plus: bool,
    pub space: bool,
    pub alternate: bool,
    pub zero: bool,
    pub width: usize,
    pub precision: Option<usize>,
    pub kind: u32,
}

/// Gives the arguments of a `%` operation in order.
pub struct Arguments<'a> {
    tuple: Option<&'a Tuple>,
    single: &'a Object,
    mapping: bool,
    used: usize,
}

impl<'a> Arguments<'a> {
    /// From the right operand. Text and bytes are never mappings here.
    pub fn new(object: &'a Object) -> Arguments<'a> {
        let tuple = object.downcast::<Tuple>();
        let is_text = object.downcast::<Str>().is_some();
        let mapping = tuple.is_none() && !is_text && object.is_mapping();
        Arguments { tuple, single: object, mapping, used: 0 }
    }

    /// For a bytes template: bytes and bytearrays are no mappings.
    pub fn new_bytes(object: &'a Object) -> Arguments<'a> {
        let is_bytes = object.downcast::<crate::Bytes>().is_some()
            || object.downcast::<crate::bytearray::ByteArray>().is_some();
        let mut arguments = Arguments::new(object);
        arguments.mapping &= !is_bytes;
        arguments
    }

    /// The next argument.
    pub fn next(&mut self) -> Result<Ref<Object>> {
        let index = self.used;
        self.used += 1;
        let found = match self.tuple {
            Some(tuple) => tuple.get(index),
            None if index == 0 => Some(self.single),
            None => None,
        };
        found.map(Object::to_ref).ok_or_else(|| type_error("not enough arguments for format string"))
    }

    /// The value of a `%(key)s`.
    pub fn by_key(&mut self, key: &Object) -> Result<Ref<Object>> {
        if !self.mapping {
            return Err(type_error("format requires a mapping"));
        }
        self.used = 1;
        self.single.get_item(key)
    }

    /// Were all arguments used? A mapping need not be.
    pub fn finish(&self, what: &str) -> Result<()> {
        let given = self.tuple.map_or(1, Tuple::len);
        if self.used < given && !self.mapping {
            return Err(type_error(format!("not all arguments converted during {what} formatting")));
        }
        Ok(())
    }
}

/// A number after `%` or `.`: digits or `*`.
fn read_number(
    text: &[u32],
    at: &mut usize,
    arguments: &mut Arguments<'_>,
    what: &str,
) -> Result<Option<isize>> {
    if text.get(*at) == Some(&u32::from('*')) {
        *at += 1;
        let value = arguments.next()?;
        if value.downcast::<Int>().is_none() {
            return Err(type_error("* wants int"));
        }
        return match value.as_isize(false) {
            Ok(n) => Ok(Some(n)),
            Err(raised) => Err(raised),
        };
    }
    let start = *at;
    let mut value: isize = 0;
    while let Some(digit) = text.get(*at).filter(|c| (48..58).contains(*c)) {
        let next = value.checked_mul(10).and_then(|v| v.checked_add((digit - 48) as isize));
        let limit = if what == "width" { isize::MAX } else { i32::MAX as isize };
        value = match next.filter(|v| *v <= limit) {
            Some(next) => next,
            None if what == "width" => return Err(value_error("width too big")),
            None => return Err(value_error("precision too big")),
        };
        *at += 1;
    }
    Ok((*at > start).then_some(value))
}

/// Parses a conversion after its `%`; gives it and the mapping key.
pub fn parse_conversion(
    text: &[u32],
    at: &mut usize,
    arguments: &mut Arguments<'_>,
) -> Result<(Conversion, Option<Vec<u32>>)> {
    let mut conversion = Conversion::default();
    let mut key = None;
    let incomplete = || value_error("incomplete format");
    if text.get(*at) == Some(&u32::from('(')) {
        let start = *at + 1;
        let mut depth = 1;
        *at = start;
        while depth > 0 {
            match text.get(*at).map(|&c| char::from_u32(c)) {
                Some(Some('(')) => depth += 1,
                Some(Some(')')) => depth -= 1,
                None => return Err(value_error("incomplete format key")),
                _ => {}
            }
            *at += 1;
        }
        key = Some(text[start..*at - 1].to_vec());
    }
    while let Some(c) = text.get(*at).and_then(|&c| char::from_u32(c)) {
        match c {
            '-' => conversion.left = true,
            '+' => conversion.plus = true,
            ' ' => conversion.space = true,
            '#' => conversion.alternate = true,
            '0' => conversion.zero = true,
            _ => break,
        }
        *at += 1;
    }
    if let Some(width) = read_number(text, at, arguments, "width")? {
        conversion.left |= width < 0;
        conversion.width = width.unsigned_abs();
    }
    if text.get(*at) == Some(&u32::from('.')) {
        *at += 1;
        let precision = read_number(text, at, arguments, "precision")?.unwrap_or(0);
        if precision > i32::MAX as isize {
            return Err(overflow_error("Python int too large to convert to C int"));
        }
        conversion.precision = Some(usize::try_from(precision).unwrap_or(0));
    }
    if text.get(*at).is_some_and(|&c| matches!(char::from_u32(c), Some('h' | 'l' | 'L'))) {
        *at += 1;
    }
    match text.get(*at) {
        Some(&kind) => {
            conversion.kind = kind;
            *at += 1;
            Ok((conversion, key))
        }
        None => Err(incomplete()),
    }
}

/// Digits of an integer conversion, with sign and prefix in front.
pub fn integer_text(value: &Object, conversion: &Conversion) -> Result<(String, usize)> {
    let kind = char::from_u32(conversion.kind).unwrap_or('?');
    let int = integer_argument(value, kind)?;
    let digits = match kind {
        'x' => int.to_radix(16),
        'X' => int.to_radix(16).to_ascii_uppercase(),
        'o' => int.to_radix(8),
        _ => int.to_decimal()?,
    };
    let negative = digits.starts_with('-');
    let mut digits = digits.trim_start_matches('-').to_owned();
    if let Some(precision) = conversion.precision.filter(|&p| p > digits.len()) {
        digits = "0".repeat(precision - digits.len()) + &digits;
    }
    let prefix = match kind {
        'x' if conversion.alternate => "0x",
        'X' if conversion.alternate => "0X",
        'o' if conversion.alternate => "0o",
        _ => "",
    };
    let sign = sign_of(negative, conversion);
    let head = sign.len() + prefix.len();
    Ok((format!("{sign}{prefix}{digits}"), head))
}

fn sign_of(negative: bool, conversion: &Conversion) -> &'static str {
    match (negative, conversion.plus, conversion.space) {
        (true, ..) => "-",
        (_, true, _) => "+",
        (_, _, true) => " ",
        _ => "",
    }
}

fn integer_argument(value: &Object, kind: char) -> Result<Ref<Int>> {
    if let Some(int) = value.downcast::<Int>() {
        return Ok(Ref::from_borrowed(int));
    }
    let has = |slot: fn(&crate::slots::NumberMethods) -> bool| value.ty().number().is_some_and(slot);
    if matches!(kind, 'x' | 'X' | 'o') {
        if has(|n| n.nb_index.get().is_some()) {
            return value.index();
        }
        return Err(type_error(format!("%{kind} format: an integer is required, not {}", value.type_name())));
    }
    if has(|n| n.nb_int.get().is_some() || n.nb_index.get().is_some()) {
        return match value.to_int() {
            Err(raised) if crate::errors::matches(&crate::exceptions::PyExc_TypeError) => {
                crate::errors::clear();
                let _ = raised;
                Err(type_error(format!(
                    "%{kind} format: a real number is required, not {}",
                    value.type_name()
                )))
            }
            other => other,
        };
    }
    Err(type_error(format!("%{kind} format: a real number is required, not {}", value.type_name())))
}

/// Text of a float conversion with its sign; the second value is the length of the sign.
pub fn float_text(value: &Object, conversion: &Conversion) -> Result<(String, usize)> {
    let number = value.as_f64()?;
    let style = Style {
        kind: char::from_u32(conversion.kind).unwrap_or('g'),
        precision: conversion.precision.unwrap_or(6),
        alternate: conversion.alternate,
        add_dot_zero: false,
    };
    let text = to_text(number, style);
    let negative = text.starts_with('-');
    let sign = sign_of(negative, conversion);
    Ok((format!("{sign}{}", text.trim_start_matches('-')), sign.len()))
}

/// `template % arguments`.
pub fn format(template: &Str, right: &Object) -> Result<Ref<Str>> {
    let text: Vec<u32> = template.chars().iter().collect();
    let mut arguments = Arguments::new(right);
    let (mut out, mut at) = (Builder::new(), 0);
    while at < text.len() {
        if text[at] != u32::from('%') {
            out.push_char(text[at]);
            at += 1;
            continue;
        }
        at += 1;
        let (conversion, key) = parse_conversion(&text, &mut at, &mut arguments)?;
        if conversion.kind == u32::from('%') {
            out.push_char(u32::from('%'));
            continue;
        }
        let value = match key {
            Some(key) => arguments.by_key(&Str::from_ucs4(&key))?,
            None => arguments.next()?,
        };
        convert(&mut out, &value, &conversion, at - 1)?;
    }
    arguments.finish("string")?;
    Ok(out.finish())
}

fn convert(out: &mut Builder, value: &Object, conversion: &Conversion, index: usize) -> Result<()> {
    let (body, head) = match char::from_u32(conversion.kind) {
        Some('s') => (truncated(value.str()?, conversion), 0),
        Some('r') => (truncated(value.repr()?, conversion), 0),
        Some('a') => (truncated(value.ascii()?, conversion), 0),
        Some('c') => (character(value)?, 0),
        Some('i' | 'd' | 'u' | 'o' | 'x' | 'X') => {
            let (text, head) = integer_text(value, conversion)?;
            (Str::new(&text), head)
        }
        Some('e' | 'E' | 'f' | 'F' | 'g' | 'G') => {
            let (text, head) = float_text(value, conversion)?;
            (Str::new(&text), head)
        }
        _ => {
            let shown = match conversion.kind {
                c if (31..=126).contains(&c) => char::from_u32(c).unwrap_or('?'),
                _ => '?',
            };
            return Err(value_error(format!(
                "unsupported format character '{shown}' (0x{:x}) at index {index}",
                conversion.kind
            )));
        }
    };
    let numeric = !matches!(char::from_u32(conversion.kind), Some('s' | 'r' | 'a' | 'c'));
    let padding = conversion.width.saturating_sub(body.len());
    let zero = conversion.zero && numeric && !conversion.left;
    let chars = body.chars();
    if conversion.left {
        out.push(&body);
        (0..padding).for_each(|_| out.push_char(32));
    } else if zero {
        out.push_chars(chars.slice(0, head));
        (0..padding).for_each(|_| out.push_char(48));
        out.push_chars(chars.slice(head, body.len()));
    } else {
        (0..padding).for_each(|_| out.push_char(32));
        out.push(&body);
    }
    Ok(())
}

fn truncated(text: Ref<Str>, conversion: &Conversion) -> Ref<Str> {
    match conversion.precision {
        Some(precision) if precision < text.len() => text.part(0, precision),
        _ => text,
    }
}

fn character(value: &Object) -> Result<Ref<Str>> {
    if let Some(text) = value.downcast::<Str>() {
        if text.len() == 1 {
            return Ok(Ref::from_borrowed(text));
        }
        return Err(type_error(format!(
            "%c requires an int or a unicode character, not a string of length {}",
            text.len()
        )));
    }
    if !value.is_index() {
        return Err(type_error(format!(
            "%c requires an int or a unicode character, not {}",
            value.type_name()
        )));
    }
    match value.index()?.to_i64().filter(|c| (0..=0x10ffff).contains(c)) {
        Some(code) => Ok(Str::from_char(code as u32)),
        None => Err(overflow_error("%c arg not in range(0x110000)")),
    }
}
