//! UTF-8.

use super::handlers::{Handler, Kind, Replacement};
use crate::reference::Ref;
use crate::result::Result;
use crate::str::Str;
use crate::str::search::Builder;

/// Encodes; surrogates go to the handler.
pub fn encode(text: &Str, handler: &Handler<'_>) -> Result<Vec<u8>> {
    if let Some(utf8) = text.to_utf8() {
        return Ok(utf8.as_bytes().to_vec());
    }
    if handler.kind == Kind::SurrogatePass {
        return Ok(text.to_wtf8());
    }
    let chars = text.chars();
    let (mut out, mut at) = (Vec::with_capacity(text.len()), 0);
    while at < chars.len() {
        if let Some(c) = char::from_u32(chars.at(at)) {
            out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            at += 1;
            continue;
        }
        let mut end = at + 1;
        while end < chars.len() && char::from_u32(chars.at(end)).is_none() {
            end += 1;
        }
        let (replacement, next) = handler.encode("utf-8", text, at, end, "surrogates not allowed")?;
        match replacement {
            Replacement::Bytes(bytes) => out.extend(bytes),
            Replacement::Text(made) => match made.as_ascii() {
                Some(ascii) => out.extend_from_slice(ascii.as_bytes()),
                None => {
                    return Err(crate::exceptions::unicode::raise_encode(
                        "utf-8",
                        text,
                        at,
                        end,
                        "surrogates not allowed",
                    ));
                }
            },
        }
        at = next;
    }
    Ok(out)
}

/// Decodes; with `is_final` false an incomplete sequence at the end is left over. Gives the text and how many bytes were
/// used.
pub fn decode(bytes: &[u8], handler: &Handler<'_>, is_final: bool) -> Result<(Ref<Str>, usize)> {
    match core::str::from_utf8(bytes) {
        Ok(text) => return Ok((Str::new(text), bytes.len())),
        Err(error) if !is_final && error.error_len().is_none() && handler.kind == Kind::Strict => {
            let valid = error.valid_up_to();
            let text = String::from_utf8_lossy(&bytes[..valid]);
            return Ok((Str::new(&text), valid));
        }
        Err(_) => {}
    }
    let (mut out, mut at) = (Builder::new(), 0);
    while at < bytes.len() {
        let error = match core::str::from_utf8(&bytes[at..]) {
            Ok(text) => {
                out.push_str(text);
                at = bytes.len();
                break;
            }
            Err(error) => error,
        };
        let bad = at + error.valid_up_to();
        out.push_str(&String::from_utf8_lossy(&bytes[at..bad]));
        if handler.kind == Kind::SurrogatePass {
            if let Some(c) = surrogate(&bytes[bad..]) {
                out.push_char(c);
                at = bad + 3;
                continue;
            }
        }
        let (end, reason) = match error.error_len() {
            None if !is_final => return Ok((out.finish(), bad)),
            None => (bytes.len(), "unexpected end of data"),
            Some(_) if !is_lead(bytes[bad]) => (bad + 1, "invalid start byte"),
            Some(len) => (bad + len, "invalid continuation byte"),
        };
        let (text, next) = handler.decode("utf-8", bytes, bad, end, reason)?;
        out.push(&text);
        at = next;
    }
    Ok((out.finish(), at))
}

fn is_lead(byte: u8) -> bool {
    (0xc2..=0xf4).contains(&byte)
}

/// A surrogate written as three bytes.
fn surrogate(bytes: &[u8]) -> Option<u32> {
    match bytes {
        [0xed, b1 @ 0xa0..=0xbf, b2 @ 0x80..=0xbf, ..] => {
            Some(0xd000 | u32::from(b1 & 0x3f) << 6 | u32::from(b2 & 0x3f))
        }
        _ => None,
    }
}
