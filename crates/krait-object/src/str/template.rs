//! `str.format`: the template parser and the substitution. CPython: `Objects/stringlib/unicode_format.h`.

use super::Str;
use super::search::Builder;
use crate::errors::{index_error, key_error, value_error};
use crate::object::Object;
use crate::reference::Ref;
use crate::result::Result;
use crate::{Dict, Int};

/// One step of a template: literal text, then perhaps a field.
pub struct Piece {
    pub literal: Vec<u32>,
    pub field: Option<Field>,
}

/// A replacement field.
pub struct Field {
    pub name: Vec<u32>,
    pub conversion: Option<u32>,
    pub spec: Vec<u32>,
    /// The specification holds fields itself.
    pub nested: bool,
}

const OPEN: u32 = '{' as u32;
const CLOSE: u32 = '}' as u32;

/// Splits a template into pieces; errors as `string.Formatter.parse` raises them.
pub fn parse(text: &[u32]) -> Result<Vec<Piece>> {
    let (mut pieces, mut at) = (Vec::new(), 0);
    while at < text.len() {
        let (piece, next) = parse_piece(text, at)?;
        pieces.push(piece);
        at = next;
    }
    Ok(pieces)
}

fn parse_piece(text: &[u32], start: usize) -> Result<(Piece, usize)> {
    let mut at = start;
    while at < text.len() && text[at] != OPEN && text[at] != CLOSE {
        at += 1;
    }
    let literal = text[start..at].to_vec();
    if at == text.len() {
        return Ok((Piece { literal, field: None }, at));
    }
    let doubled = text.get(at + 1) == Some(&text[at]);
    if doubled {
        let mut literal = literal;
        literal.push(text[at]);
        return Ok((Piece { literal, field: None }, at + 2));
    }
    if text[at] == CLOSE {
        return Err(value_error("Single '}' encountered in format string"));
    }
    if at + 1 == text.len() {
        return Err(value_error("Single '{' encountered in format string"));
    }
    let (field, next) = parse_field(text, at + 1)?;
    Ok((Piece { literal, field: Some(field) }, next))
}

/// Parses after the opening brace; gives the position behind the closing one.
fn parse_field(text: &[u32], start: usize) -> Result<(Field, usize)> {
    let mut at = start;
    let mut bracket = false;
    // The name ends at ! or : or }, but not inside [].
    while at < text.len() {
        match char::from_u32(text[at]) {
            Some('[') => bracket = true,
            Some(']') => bracket = false,
            Some('{') if !bracket => return Err(value_error("unexpected '{' in field name")),
            Some('}' | ':' | '!') if !bracket => break,
            _ => {}
        }
        at += 1;
    }
    let name = text[start..at].to_vec();
    if at == text.len() {
        return Err(value_error("expected '}' before end of string"));
    }
    let mut conversion = None;
    if text[at] == u32::from('!') {
        at += 1;
        let Some(&c) = text.get(at) else {
            return Err(value_error("end of string while looking for conversion specifier"));
        };
        conversion = Some(c);
        at += 1;
        match text.get(at) {
            None => return Err(value_error("unmatched '{' in format spec")),
            Some(&c) if c != u32::from(':') && c != CLOSE => {
                return Err(value_error("expected ':' after conversion specifier"));
            }
            _ => {}
        }
    }
    if text[at] == CLOSE {
        return Ok((Field { name, conversion, spec: Vec::new(), nested: false }, at + 1));
    }
    let spec_start = at + 1;
    let (mut depth, mut nested) = (1, false);
    at = spec_start;
    while at < text.len() {
        if text[at] == OPEN {
            depth += 1;
            nested = true;
        } else if text[at] == CLOSE {
            depth -= 1;
            if depth == 0 {
                let spec = text[spec_start..at].to_vec();
                return Ok((Field { name, conversion, spec, nested }, at + 1));
            }
        }
        at += 1;
    }
    Err(value_error("unmatched '{' in format spec"))
}

/// Where a name or index in a field name comes from.
pub enum Step {
    Attribute(Ref<Str>),
    /// An index if it is a number, else a text key.
    Item(Ref<Object>),
}

/// Number from digits; `None` when it is not all digits.
fn as_index(chars: &[u32]) -> Result<Option<usize>> {
    if chars.is_empty() {
        return Ok(None);
    }
    let mut value = 0usize;
    for &c in chars {
        let Some(digit) = super::numeric::decimal_value(c) else { return Ok(None) };
        value = match value.checked_mul(10).and_then(|v| v.checked_add(digit as usize)) {
            Some(value) if value <= isize::MAX as usize => value,
            _ => return Err(value_error("Too many decimal digits in format string")),
        };
    }
    Ok(Some(value))
}

/// Splits "first.attr[item]" (`_string.formatter_field_name_split`).
pub fn split_name(name: &[u32]) -> Result<(Vec<u32>, Vec<Step>)> {
    let end = name.iter().position(|&c| c == u32::from('.') || c == u32::from('[')).unwrap_or(name.len());
    let (first, mut rest) = (name[..end].to_vec(), &name[end..]);
    let mut steps = Vec::new();
    while let Some(&c) = rest.first() {
        if c == u32::from('.') {
            let end = rest[1..].iter().position(|&c| c == u32::from('.') || c == u32::from('['));
            let end = end.map_or(rest.len(), |e| e + 1);
            if end == 1 {
                return Err(value_error("Empty attribute in format string"));
            }
            steps.push(Step::Attribute(Str::from_ucs4(&rest[1..end])));
            rest = &rest[end..];
        } else if c == u32::from('[') {
            let Some(end) = rest.iter().position(|&c| c == u32::from(']')) else {
                return Err(value_error("Missing ']' in format string"));
            };
            let key = &rest[1..end];
            if key.is_empty() {
                return Err(value_error("Empty attribute in format string"));
            }
            steps.push(Step::Item(match as_index(key)? {
                Some(index) => Int::from_u64(index as u64).into_object(),
                None => Str::from_ucs4(key).into_object(),
            }));
            rest = &rest[end + 1..];
        } else {
            return Err(value_error("Only '.' or '[' may follow ']' in format field specifier"));
        }
    }
    Ok((first, steps))
}

/// The first part of a field name: an index, or a keyword.
pub fn first_key(first: &[u32]) -> Result<Ref<Object>> {
    Ok(match as_index(first)? {
        Some(index) => Int::from_u64(index as u64).into_object(),
        None => Str::from_ucs4(first).into_object(),
    })
}

/// How automatic numbering stands.
#[derive(Clone, Copy, PartialEq)]
enum Numbering {
    Unknown,
    Automatic(usize),
    Manual,
}

struct Formatter<'a> {
    args: &'a [&'a Object],
    /// `None` for `format_map`, which takes names only.
    keywords: Option<&'a Object>,
    positional: bool,
    numbering: Numbering,
}

/// `template.format(*args, **keywords)`.
pub fn format(template: &Str, args: &[&Object], keywords: Option<&Dict>) -> Result<Ref<Str>> {
    let keywords = keywords.map(|k| -> &Object { k });
    let mut formatter = Formatter { args, keywords, positional: true, numbering: Numbering::Unknown };
    formatter.run(template, 2)
}

/// `template.format_map(mapping)`.
pub fn format_map(template: &Str, mapping: &Object) -> Result<Ref<Str>> {
    let mut formatter =
        Formatter { args: &[], keywords: Some(mapping), positional: false, numbering: Numbering::Unknown };
    formatter.run(template, 2)
}

impl Formatter<'_> {
    fn run(&mut self, template: &Str, depth: u32) -> Result<Ref<Str>> {
        if depth == 0 {
            return Err(value_error("Max string recursion exceeded"));
        }
        let text: Vec<u32> = template.chars().iter().collect();
        let (mut out, mut at) = (Builder::new(), 0);
        while at < text.len() {
            let (piece, next) = parse_piece(&text, at)?;
            piece.literal.iter().for_each(|&c| out.push_char(c));
            if let Some(field) = piece.field {
                let value = self.value(&field)?;
                let shown = self.convert(&value, field.conversion)?;
                let spec = Str::from_ucs4(&field.spec);
                let spec = if field.nested { self.run(&spec, depth - 1)? } else { spec };
                out.push(&*shown.format(&spec)?);
            }
            at = next;
        }
        Ok(out.finish())
    }

    fn convert(&self, value: &Object, conversion: Option<u32>) -> Result {
        Ok(match conversion.map(|c| (c, char::from_u32(c))) {
            None => value.to_ref(),
            Some((_, Some('r'))) => value.repr()?.into_object(),
            Some((_, Some('s'))) => value.str()?.into_object(),
            Some((_, Some('a'))) => value.ascii()?.into_object(),
            Some((c, Some(ch))) if (33..127).contains(&c) => {
                return Err(value_error(format!("Unknown conversion specifier {ch}")));
            }
            Some((c, _)) => return Err(value_error(format!("Unknown conversion specifier \\x{c:x}"))),
        })
    }

    fn value(&mut self, field: &Field) -> Result {
        let (first, steps) = split_name(&field.name)?;
        let mut value = self.first(&first)?;
        for step in steps {
            value = match step {
                Step::Attribute(name) => value.get_attr(&name)?,
                Step::Item(key) => value.get_item(&key)?,
            };
        }
        Ok(value)
    }

    fn first(&mut self, first: &[u32]) -> Result {
        let index = if first.is_empty() { Some(self.next_automatic()?) } else { as_index(first)? };
        if !first.is_empty() && index.is_some() {
            if matches!(self.numbering, Numbering::Automatic(_)) {
                return Err(value_error(
                    "cannot switch from automatic field numbering to manual field specification",
                ));
            }
            self.numbering = Numbering::Manual;
        }
        let Some(index) = index else {
            let key = Str::from_ucs4(first);
            return match self.keywords {
                Some(keywords) => keywords.get_item(&key),
                None => Err(key_error(&key)),
            };
        };
        if !self.positional {
            return Err(value_error("Format string contains positional fields"));
        }
        match self.args.get(index) {
            Some(value) => Ok(value.to_ref()),
            None => {
                Err(index_error(format!("Replacement index {index} out of range for positional args tuple")))
            }
        }
    }

    fn next_automatic(&mut self) -> Result<usize> {
        match self.numbering {
            Numbering::Manual => {
                Err(value_error("cannot switch from manual field specification to automatic field numbering"))
            }
            Numbering::Unknown => {
                self.numbering = Numbering::Automatic(1);
                Ok(0)
            }
            Numbering::Automatic(next) => {
                self.numbering = Numbering::Automatic(next + 1);
                Ok(next)
            }
        }
    }
}
