//! Error handlers: what to do with characters that cannot be encoded and bytes that cannot be decoded.

use super::lookup_error_handler;
use crate::errors::{self, index_error, type_error};
use crate::exceptions::unicode::{UnicodeErrorFields, raise_decode, raise_encode};
use crate::object::Object;
use crate::reference::Ref;
use crate::result::Result;
use crate::str::Str;
use crate::tuple::Tuple;
use crate::{Bytes, Int};

/// The handlers that are done without a call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Strict,
    Ignore,
    Replace,
    BackslashReplace,
    NameReplace,
    XmlCharRefReplace,
    SurrogateEscape,
    SurrogatePass,
    Other,
}

/// A handler by name.
pub struct Handler<'a> {
    pub kind: Kind,
    pub name: &'a str,
}

/// What replaces a piece of text that cannot be encoded.
pub enum Replacement {
    Text(Ref<Str>),
    Bytes(Vec<u8>),
}

impl<'a> Handler<'a> {
    /// From its name.
    pub fn new(name: &'a str) -> Handler<'a> {
        let kind = match name {
            "strict" => Kind::Strict,
            "ignore" => Kind::Ignore,
            "replace" => Kind::Replace,
            "backslashreplace" => Kind::BackslashReplace,
            "namereplace" => Kind::NameReplace,
            "xmlcharrefreplace" => Kind::XmlCharRefReplace,
            "surrogateescape" => Kind::SurrogateEscape,
            "surrogatepass" => Kind::SurrogatePass,
            _ => Kind::Other,
        };
        Handler { kind, name }
    }

    /// Characters `start..end` of `text` do not fit the encoding: their replacement and where to go on.
    pub fn encode(
        &self,
        encoding: &str,
        text: &Str,
        start: usize,
        end: usize,
        reason: &str,
    ) -> Result<(Replacement, usize)> {
        let chars = text.chars();
        let each = |f: &dyn Fn(u32) -> String| -> Result<(Replacement, usize)> {
            let joined: String = (start..end).map(|i| f(chars.at(i))).collect();
            Ok((Replacement::Bytes(joined.into_bytes()), end))
        };
        match self.kind {
            Kind::Strict => Err(raise_encode(encoding, text, start, end, reason)),
            Kind::Ignore => Ok((Replacement::Bytes(Vec::new()), end)),
            Kind::Replace => {
                // As text, so that encodings without a question mark in ASCII position encode it their way.
                Ok((Replacement::Text(Str::new(&"?".repeat(end - start))), end))
            }
            Kind::BackslashReplace => each(&backslash),
            Kind::XmlCharRefReplace => each(&|c| format!("&#{c};")),
            Kind::NameReplace => each(&name_or_backslash),
            Kind::SurrogateEscape => self.surrogate_escape(encoding, text, start, end, reason),
            Kind::SurrogatePass | Kind::Other => self.call_encode(encoding, text, start, end, reason),
        }
    }

    fn surrogate_escape(
        &self,
        encoding: &str,
        text: &Str,
        start: usize,
        end: usize,
        reason: &str,
    ) -> Result<(Replacement, usize)> {
        let chars = text.chars();
        let mut bytes = Vec::new();
        let mut at = start;
        while at < end && (0xdc80..=0xdcff).contains(&chars.at(at)) {
            bytes.push((chars.at(at) - 0xdc00) as u8);
            at += 1;
        }
        if bytes.is_empty() {
            return Err(raise_encode(encoding, text, start, end, reason));
        }
        Ok((Replacement::Bytes(bytes), at))
    }

    /// Bytes `start..end` of `data` do not decode: replacement text and where to go on.
    pub fn decode(
        &self,
        encoding: &str,
        data: &[u8],
        start: usize,
        end: usize,
        reason: &str,
    ) -> Result<(Ref<Str>, usize)> {
        match self.kind {
            Kind::Strict => Err(raise_decode(encoding, data, start, end, reason)),
            Kind::Ignore => Ok((Str::empty().into(), end)),
            Kind::Replace => Ok((Str::from_char(0xfffd), end)),
            Kind::BackslashReplace => {
                let shown: String = data[start..end].iter().map(|b| format!("\\x{b:02x}")).collect();
                Ok((Str::new(&shown), end))
            }
            Kind::SurrogateEscape => {
                let escaped: Vec<u32> = data[start..end.min(start + 4)]
                    .iter()
                    .take_while(|b| **b >= 128)
                    .map(|&b| 0xdc00 + u32::from(b))
                    .collect();
                if escaped.is_empty() {
                    return Err(raise_decode(encoding, data, start, end, reason));
                }
                Ok((Str::from_ucs4(&escaped), start + escaped.len()))
            }
            _ => self.call_decode(encoding, data, start, end, reason),
        }
    }

    fn call_encode(
        &self,
        encoding: &str,
        text: &Str,
        start: usize,
        end: usize,
        reason: &str,
    ) -> Result<(Replacement, usize)> {
        let handler = lookup_error_handler(self.name)?;
        let exception = made(raise_encode(encoding, text, start, end, reason));
        let result = handler.call(&[&exception])?;
        let message = "encoding error handler must return (str/bytes, int) tuple";
        let (first, position) = unpack(&result, message)?;
        let next = position_in(position, text.len())?;
        if let Some(text) = first.downcast::<Str>() {
            return Ok((Replacement::Text(Ref::from_borrowed(text)), next));
        }
        match first.downcast::<Bytes>() {
            Some(bytes) => Ok((Replacement::Bytes(bytes.as_slice().to_vec()), next)),
            None => Err(type_error(message)),
        }
    }

    fn call_decode(
        &self,
        encoding: &str,
        data: &[u8],
        start: usize,
        end: usize,
        reason: &str,
    ) -> Result<(Ref<Str>, usize)> {
        let handler = lookup_error_handler(self.name)?;
        let exception = made(raise_decode(encoding, data, start, end, reason));
        let result = handler.call(&[&exception])?;
        let message = "decoding error handler must return (str, int) tuple";
        let (first, position) = unpack(&result, message)?;
        let Some(text) = first.downcast::<Str>() else { return Err(type_error(message)) };
        Ok((Ref::from_borrowed(text), position_in(position, data.len())?))
    }
}

/// The exception object that a raising helper has just set.
fn made(raised: crate::Raised) -> Ref<Object> {
    errors::fetch(raised).into_object()
}

fn unpack<'a>(result: &'a Object, message: &str) -> Result<(&'a Object, isize)> {
    let Some([first, position]) = result.downcast::<Tuple>().map(Tuple::as_objects) else {
        return Err(type_error(message));
    };
    if position.downcast::<Int>().is_none() {
        return Err(type_error(message));
    }
    Ok((first, position.as_isize(false)?))
}

fn position_in(position: isize, len: usize) -> Result<usize> {
    let at = if position < 0 { position + len as isize } else { position };
    if at < 0 || at as usize > len {
        return Err(index_error(format!("position {position} from error handler out of bounds")));
    }
    Ok(at as usize)
}

/// `\xff`, `\uffff` or `\U0010ffff`.
pub fn backslash(c: u32) -> String {
    match c {
        0..0x100 => format!("\\x{c:02x}"),
        0x100..0x10000 => format!("\\u{c:04x}"),
        _ => format!("\\U{c:08x}"),
    }
}

fn name_or_backslash(c: u32) -> String {
    match char::from_u32(c).and_then(unicode_names2::name) {
        Some(name) => format!("\\N{{{name}}}"),
        None => backslash(c),
    }
}

/// The fields of a Unicode error that a Python-level handler gets, or TypeError.
pub fn unicode_error(exception: &Object) -> Result<&UnicodeErrorFields> {
    exception.downcast::<UnicodeErrorFields>().ok_or_else(|| {
        type_error(format!("don't know how to handle {} in error callback", exception.type_name()))
    })
}
