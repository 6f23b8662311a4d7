//! UTF-16 and UTF-32 in both byte orders.

use super::handlers::{Handler, Kind, Replacement};
use crate::exceptions::unicode::raise_encode;
use crate::reference::Ref;
use crate::result::Result;
use crate::str::Str;
use crate::str::search::Builder;

/// What a decoder gives.
pub struct Decoded {
    pub text: Ref<Str>,
    pub consumed: usize,
    /// Byte order that was used: little endian?
    pub little: bool,
}

fn push16(out: &mut Vec<u8>, unit: u16, little: bool) {
    out.extend(if little { unit.to_le_bytes() } else { unit.to_be_bytes() });
}

fn push32(out: &mut Vec<u8>, unit: u32, little: bool) {
    out.extend(if little { unit.to_le_bytes() } else { unit.to_be_bytes() });
}

fn name(width: usize, order: Option<bool>) -> String {
    let suffix = match order {
        Some(true) => "-le",
        Some(false) => "-be",
        None => "",
    };
    format!("utf-{}{suffix}", width * 8)
}

/// Encodes in units of `width` bytes; without a byte order a mark is written, in native order.
fn encode(text: &Str, handler: &Handler<'_>, order: Option<bool>, width: usize) -> Result<Vec<u8>> {
    let little = order.unwrap_or(true);
    let mut out = Vec::with_capacity(text.len() * width + width);
    let push = |out: &mut Vec<u8>, c: u32| match width {
        4 => push32(out, c, little),
        _ if c >= 0x10000 => {
            push16(out, (0xd800 + ((c - 0x10000) >> 10)) as u16, little);
            push16(out, (0xdc00 + ((c - 0x10000) & 0x3ff)) as u16, little);
        }
        _ => push16(out, c as u16, little),
    };
    if order.is_none() {
        push(&mut out, 0xfeff);
    }
    let (chars, encoding) = (text.chars(), name(width, order));
    let mut at = 0;
    while at < chars.len() {
        let c = chars.at(at);
        if char::from_u32(c).is_some() || handler.kind == Kind::SurrogatePass {
            push(&mut out, c);
            at += 1;
            continue;
        }
        let mut end = at + 1;
        while end < chars.len() && char::from_u32(chars.at(end)).is_none() {
            end += 1;
        }
        let reason = "surrogates not allowed";
        let (replacement, next) = handler.encode(&encoding, text, at, end, reason)?;
        match replacement {
            Replacement::Bytes(bytes) if handler.kind != Kind::Other => {
                // The built-in handlers give ASCII text as bytes.
                bytes.iter().for_each(|&b| push(&mut out, b.into()));
            }
            Replacement::Bytes(bytes) if bytes.len() % width == 0 => out.extend(bytes),
            Replacement::Text(made) if made.is_ascii() => {
                made.chars().iter().for_each(|c| push(&mut out, c));
            }
            _ => return Err(raise_encode(&encoding, text, at, end, reason)),
        }
        at = next;
    }
    Ok(out)
}

/// UTF-16.
pub fn encode16(text: &Str, handler: &Handler<'_>, order: Option<bool>) -> Result<Vec<u8>> {
    encode(text, handler, order, 2)
}

/// UTF-32.
pub fn encode32(text: &Str, handler: &Handler<'_>, order: Option<bool>) -> Result<Vec<u8>> {
    encode(text, handler, order, 4)
}

/// Decodes UTF-16; without a byte order a mark at the beginning is looked for.
pub fn decode16(bytes: &[u8], handler: &Handler<'_>, order: Option<bool>, is_final: bool) -> Result<Decoded> {
    let (mut little, mut at) = (order.unwrap_or(true), 0);
    if order.is_none() {
        match bytes {
            [0xff, 0xfe, ..] => at = 2,
            [0xfe, 0xff, ..] => {
                little = false;
                at = 2;
            }
            _ => {}
        }
    }
    let encoding = name(2, order.map(|_| little));
    let unit = |at: usize| -> Option<u32> {
        let pair = [*bytes.get(at)?, *bytes.get(at + 1)?];
        Some(u32::from(if little { u16::from_le_bytes(pair) } else { u16::from_be_bytes(pair) }))
    };
    let mut out = Builder::new();
    while at < bytes.len() {
        let problem = match (unit(at), unit(at + 2)) {
            (Some(high @ 0xd800..0xdc00), Some(low @ 0xdc00..0xe000)) => {
                out.push_char(0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00));
                at += 4;
                continue;
            }
            (Some(c), _) if !(0xd800..0xe000).contains(&c) => {
                out.push_char(c);
                at += 2;
                continue;
            }
            (Some(c), _)
                if handler.kind == Kind::SurrogatePass
                    && !((0xd800..0xdc00).contains(&c) && at + 4 > bytes.len() && !is_final) =>
            {
                out.push_char(c);
                at += 2;
                continue;
            }
            (Some(0xd800..0xdc00), None) if !is_final => break,
            (None, _) if !is_final => break,
            (Some(0xd800..0xdc00), Some(_)) => (at + 2, "illegal UTF-16 surrogate"),
            (Some(0xd800..0xdc00), None) => (bytes.len(), "unexpected end of data"),
            (Some(_), _) => (at + 2, "illegal encoding"),
            (None, _) => (bytes.len(), "truncated data"),
        };
        let (text, next) = handler.decode(&encoding, bytes, at, problem.0, problem.1)?;
        out.push(&text);
        at = next;
    }
    Ok(Decoded { text: out.finish(), consumed: at, little })
}

/// Decodes UTF-32; without a byte order a mark at the beginning is looked for.
pub fn decode32(bytes: &[u8], handler: &Handler<'_>, order: Option<bool>, is_final: bool) -> Result<Decoded> {
    let (mut little, mut at) = (order.unwrap_or(true), 0);
    if order.is_none() {
        match bytes {
            [0xff, 0xfe, 0, 0, ..] => at = 4,
            [0, 0, 0xfe, 0xff, ..] => {
                little = false;
                at = 4;
            }
            _ => {}
        }
    }
    let encoding = name(4, order.map(|_| little));
    let mut out = Builder::new();
    while at < bytes.len() {
        let problem = match bytes.get(at..at + 4) {
            Some(quad) => {
                let quad = [quad[0], quad[1], quad[2], quad[3]];
                let c = if little { u32::from_le_bytes(quad) } else { u32::from_be_bytes(quad) };
                let surrogate = (0xd800..0xe000).contains(&c);
                if c < 0x110000 && (!surrogate || handler.kind == Kind::SurrogatePass) {
                    out.push_char(c);
                    at += 4;
                    continue;
                }
                let reason = if surrogate {
                    "code point in surrogate code point range(0xd800, 0xe000)"
                } else {
                    "code point not in range(0x110000)"
                };
                (at + 4, reason)
            }
            None if !is_final => break,
            None => (bytes.len(), "truncated data"),
        };
        let (text, next) = handler.decode(&encoding, bytes, at, problem.0, problem.1)?;
        out.push(&text);
        at = next;
    }
    Ok(Decoded { text: out.finish(), consumed: at, little })
}
