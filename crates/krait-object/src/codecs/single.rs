//! Encodings of one byte a character: ASCII, Latin-1, and character maps.

use super::handlers::{Handler, Replacement};
use crate::errors::type_error;
use crate::exceptions::unicode::raise_encode;
use crate::object::Object;
use crate::reference::Ref;
use crate::result::Result;
use crate::str::Str;
use crate::str::search::Builder;
use crate::{Bytes, Int};

/// Encodes to ASCII (`limit` 128) or Latin-1 (256).
pub fn encode(text: &Str, handler: &Handler<'_>, limit: u32) -> Result<Vec<u8>> {
    let (name, reason) = match limit {
        128 => ("ascii", "ordinal not in range(128)"),
        _ => ("latin-1", "ordinal not in range(256)"),
    };
    let chars = text.chars();
    let (mut out, mut at) = (Vec::with_capacity(text.len()), 0);
    while at < chars.len() {
        if chars.at(at) < limit {
            out.push(chars.at(at) as u8);
            at += 1;
            continue;
        }
        let mut end = at + 1;
        while end < chars.len() && chars.at(end) >= limit {
            end += 1;
        }
        let (replacement, next) = handler.encode(name, text, at, end, reason)?;
        match replacement {
            Replacement::Bytes(bytes) => out.extend(bytes),
            Replacement::Text(made) => {
                for c in made.chars().iter() {
                    if c >= limit {
                        return Err(raise_encode(name, text, at, end, reason));
                    }
                    out.push(c as u8);
                }
            }
        }
        at = next;
    }
    Ok(out)
}

/// Decodes ASCII.
pub fn decode_ascii(bytes: &[u8], handler: &Handler<'_>) -> Result<Ref<Str>> {
    if bytes.is_ascii() {
        return Ok(Str::from_ascii(bytes));
    }
    let (mut out, mut at) = (Builder::new(), 0);
    while at < bytes.len() {
        if bytes[at] < 128 {
            out.push_char(bytes[at].into());
            at += 1;
            continue;
        }
        let (text, next) = handler.decode("ascii", bytes, at, at + 1, "ordinal not in range(128)")?;
        out.push(&text);
        at = next;
    }
    Ok(out.finish())
}

/// `_codecs.charmap_decode` with a mapping: text of 256 characters, or a dict of ordinals.
pub fn decode_charmap(bytes: &[u8], handler: &Handler<'_>, mapping: &Object) -> Result<Ref<Str>> {
    let table = mapping.downcast::<Str>();
    let (mut out, mut at) = (Builder::new(), 0);
    while at < bytes.len() {
        let byte = bytes[at];
        let found = match table {
            Some(table) => {
                let c = if (byte as usize) < table.len() { table.chars().at(byte.into()) } else { 0xfffe };
                (c != 0xfffe).then(|| Str::from_char(c))
            }
            None => map_byte(mapping, byte)?,
        };
        match found {
            Some(text) => {
                out.push(&text);
                at += 1;
            }
            None => {
                let (text, next) =
                    handler.decode("charmap", bytes, at, at + 1, "character maps to <undefined>")?;
                out.push(&text);
                at = next;
            }
        }
    }
    Ok(out.finish())
}

fn map_byte(mapping: &Object, byte: u8) -> Result<Option<Ref<Str>>> {
    let value = match mapping.get_item(&Int::from_i64(byte.into())) {
        Ok(value) => value,
        Err(raised) => {
            crate::errors::clear_if(raised, &crate::exceptions::PyExc_LookupError)?;
            return Ok(None);
        }
    };
    if value.is_none() {
        return Ok(None);
    }
    if let Some(int) = value.downcast::<Int>() {
        return match int.to_i64().filter(|c| (0..0x110000).contains(c)) {
            Some(0xfffe) => Ok(None),
            Some(code) => Ok(Some(Str::from_char(code as u32))),
            None => Err(type_error("character mapping must be in range(0x110000)")),
        };
    }
    match value.downcast_into::<Str>() {
        Ok(text) => Ok((!text.eq_str("\u{fffe}")).then_some(text)),
        Err(_) => Err(type_error("character mapping must return integer, None or str")),
    }
}

/// `_codecs.charmap_encode` with a dict of ordinals to bytes or ordinals.
pub fn encode_charmap(text: &Str, handler: &Handler<'_>, mapping: &Object) -> Result<Vec<u8>> {
    let chars = text.chars();
    let (mut out, mut at) = (Vec::with_capacity(text.len()), 0);
    let reason = "character maps to <undefined>";
    while at < chars.len() {
        if let Some(bytes) = map_char(mapping, chars.at(at))? {
            out.extend(bytes);
            at += 1;
            continue;
        }
        let mut end = at + 1;
        while end < chars.len() && map_char(mapping, chars.at(end))?.is_none() {
            end += 1;
        }
        let (replacement, next) = handler.encode("charmap", text, at, end, reason)?;
        let made = match replacement {
            Replacement::Bytes(bytes) if bytes.is_ascii() => Str::from_ascii(&bytes),
            Replacement::Bytes(bytes) => {
                out.extend(bytes);
                at = next;
                continue;
            }
            Replacement::Text(made) => made,
        };
        for c in made.chars().iter() {
            match map_char(mapping, c)? {
                Some(bytes) => out.extend(bytes),
                None => return Err(raise_encode("charmap", text, at, end, reason)),
            }
        }
        at = next;
    }
    Ok(out)
}

fn map_char(mapping: &Object, c: u32) -> Result<Option<Vec<u8>>> {
    let value = match mapping.get_item(&Int::from_i64(c.into())) {
        Ok(value) => value,
        Err(raised) => {
            crate::errors::clear_if(raised, &crate::exceptions::PyExc_LookupError)?;
            return Ok(None);
        }
    };
    if value.is_none() {
        return Ok(None);
    }
    if let Some(int) = value.downcast::<Int>() {
        return match int.to_i64().filter(|b| (0..256).contains(b)) {
            Some(byte) => Ok(Some(vec![byte as u8])),
            None => Err(type_error("character mapping must be in range(256)")),
        };
    }
    match value.downcast::<Bytes>() {
        Some(bytes) => Ok(Some(bytes.as_slice().to_vec())),
        None => Err(type_error(format!(
            "character mapping must return integer, bytes or None, not {}",
            value.type_name()
        ))),
    }
}
