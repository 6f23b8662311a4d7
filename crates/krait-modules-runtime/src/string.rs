//! `_string`: the parts of `str.format` that `string.Formatter` uses. CPython: `Objects/stringlib/unicode_format.h`.

use krait_macros::pyfn;
use krait_object::defs::MethodDef;
use krait_object::module::ModuleDef;
use krait_object::{
    Int, List, Object, Ref, Result, Str, Tuple, none, object::bool_object, type_error, value_error,
};

/// The module.
pub static MODULE: ModuleDef = ModuleDef::new(c"_string").doc(c"string helper module").methods(&[
    parser::DEF,
    split::DEF,
    MethodDef::SENTINEL,
]);

fn text(object: &Object) -> Result<Vec<u32>> {
    match object.downcast::<Str>() {
        Some(text) => Ok(text.chars().iter().collect()),
        None => Err(type_error(format!("expected str, got {}", object.type_name()))),
    }
}

fn made(points: &[u32]) -> Ref<Object> {
    Str::from_ucs4(points).into_object()
}

const OPEN: u32 = b'{' as u32;
const CLOSE: u32 = b'}' as u32;

/// parse the argument as a format string
#[pyfn("formatter_parser(object, /)")]
fn parser(object: &Object) -> Result {
    let text = text(object)?;
    let mut pieces = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let (piece, next) = markup(&text, at)?;
        pieces.push(piece.into_object());
        at = next;
    }
    List::from_vec(pieces).iter()
}

/// One piece of literal text and the field behind it.
fn markup(text: &[u32], start: usize) -> Result<(Ref<Tuple>, usize)> {
    let mut at = start;
    let piece = |end: usize| {
        Tuple::from_vec(vec![made(&text[start..end]), none().to_ref(), none().to_ref(), none().to_ref()])
    };
    while at < text.len() && text[at] != OPEN && text[at] != CLOSE {
        at += 1;
    }
    let Some(&brace) = text.get(at) else { return Ok((piece(at), at)) };
    match text.get(at + 1) {
        Some(&second) if second == brace => return Ok((piece(at + 1), at + 2)),
        _ if brace == CLOSE => return Err(value_error("Single '}' encountered in format string")),
        None => return Err(value_error("Single '{' encountered in format string")),
        _ => {}
    }
    let (name, spec, conversion, next) = field(text, at + 1)?;
    Ok((Tuple::from_vec(vec![made(&text[start..at]), name, spec, conversion]), next))
}

type Field = (Ref<Object>, Ref<Object>, Ref<Object>, usize);

/// A replacement field that begins at `start`: name, specification, conversion, end.
fn field(text: &[u32], start: usize) -> Result<Field> {
    let mut at = start;
    let mut bracket = false;
    while let Some(&c) = text.get(at) {
        match char::from_u32(c) {
            Some('{') => return Err(value_error("unexpected '{' in field name")),
            Some('[') => bracket = true,
            Some(']') => bracket = false,
            Some('}' | ':' | '!') if !bracket => break,
            _ => {}
        }
        at += 1;
    }
    let name = made(&text[start..at]);
    let mut conversion = none().to_ref();
    match text.get(at).and_then(|&c| char::from_u32(c)) {
        Some('}') => return Ok((name, Str::empty().to_ref(), conversion, at + 1)),
        Some('!') => {
            let Some(&c) = text.get(at + 1) else {
                return Err(value_error("end of string while looking for conversion specifier"));
            };
            conversion = made(&[c]);
            at += 2;
            match text.get(at).and_then(|&c| char::from_u32(c)) {
                None => return Err(value_error("unmatched '{' in format spec")),
                Some('}') => return Ok((name, Str::empty().to_ref(), conversion, at + 1)),
                Some(':') => {}
                Some(_) => return Err(value_error("expected ':' after conversion specifier")),
            }
        }
        Some(':') => {}
        _ => return Err(value_error("expected '}' before end of string")),
    }
    let begin = at + 1;
    let mut depth = 1;
    for (offset, &c) in text[begin..].iter().enumerate() {
        depth += i32::from(c == OPEN) - i32::from(c == CLOSE);
        if depth == 0 {
            let end = begin + offset;
            return Ok((name, made(&text[begin..end]), conversion, end + 1));
        }
    }
    Err(value_error("unmatched '{' in format spec"))
}

/// A part of a field name: an integer if it is all digits.
fn part(points: &[u32]) -> Result {
    let digits = points.iter().map(|&c| char::from_u32(c).and_then(|c| c.to_digit(10)));
    let mut number: Option<i64> = (!points.is_empty()).then_some(0);
    for digit in digits {
        let Some(digit) = digit else {
            number = None;
            break;
        };
        number = match number.and_then(|n| n.checked_mul(10)).and_then(|n| n.checked_add(digit.into())) {
            Some(number) => Some(number),
            None => return Err(value_error("Too many decimal digits in format string")),
        };
    }
    Ok(match number {
        Some(number) => Int::from_i64(number).into_object(),
        None => made(points),
    })
}

/// split the argument as a field name
#[pyfn("formatter_field_name_split(object, /)")]
fn split(object: &Object) -> Result<Ref<Tuple>> {
    let text = text(object)?;
    let (dot, open, close) = (u32::from('.'), u32::from('['), u32::from(']'));
    let mut at = text.iter().position(|&c| c == dot || c == open).unwrap_or(text.len());
    let first = part(&text[..at])?;
    let mut rest = Vec::new();
    while at < text.len() {
        let attribute = text[at] == dot;
        if !attribute && text[at] != open {
            return Err(value_error("Only '.' or '[' may follow ']' in format field specifier"));
        }
        let begin = at + 1;
        let stop = |&c: &u32| if attribute { c == dot || c == open } else { c == close };
        let found = text[begin..].iter().position(stop).map(|n| begin + n);
        if !attribute && found.is_none() {
            return Err(value_error("Missing ']' in format string"));
        }
        let end = found.unwrap_or(text.len());
        if begin == end {
            return Err(value_error("Empty attribute in format string"));
        }
        let name = if attribute { made(&text[begin..end]) } else { part(&text[begin..end])? };
        rest.push(Tuple::pair(bool_object(attribute).to_ref(), name).into_object());
        at = if attribute { end } else { end + 1 };
    }
    Ok(Tuple::pair(first, List::from_vec(rest).iter()?))
}
