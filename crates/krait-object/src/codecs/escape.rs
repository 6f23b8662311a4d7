//! `unicode_escape` and `raw_unicode_escape`.

use super::handlers::{Handler, backslash};
use crate::reference::Ref;
use crate::result::Result;
use crate::str::Str;
use crate::str::search::Builder;

/// Encodes as the body of a literal.
pub fn encode(text: &Str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for c in text.chars().iter() {
        match c {
            0x5c => out.extend(b"\\\\"),
            9 => out.extend(b"\\t"),
            10 => out.extend(b"\\n"),
            13 => out.extend(b"\\r"),
            0x20..0x7f => out.push(c as u8),
            _ => out.extend(backslash(c).into_bytes()),
        }
    }
    out
}

/// Encodes only what Latin-1 has not.
pub fn encode_raw(text: &Str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for c in text.chars().iter() {
        match c {
            0..0x100 => out.push(c as u8),
            _ => out.extend(backslash(c).into_bytes()),
        }
    }
    out
}

/// Up to `count` hexadecimal digits from `at`: their value and how many there were.
fn hex(bytes: &[u8], at: usize, count: usize) -> (u32, usize) {
    let digits = bytes[at.min(bytes.len())..].iter().take(count).map_while(|b| char::from(*b).to_digit(16));
    digits.fold((0, 0), |(value, n), d| (value << 4 | d, n + 1))
}

/// Decodes the body of a literal. With `is_final` false an escape cut at the end is left over.
pub fn decode(bytes: &[u8], handler: &Handler<'_>, is_final: bool) -> Result<(Ref<Str>, usize)> {
    let (mut out, mut at) = (Builder::new(), 0);
    while at < bytes.len() {
        if bytes[at] != b'\\' {
            out.push_char(bytes[at].into());
            at += 1;
            continue;
        }
        let Some(&kind) = bytes.get(at + 1) else {
            if !is_final {
                break;
            }
            let (text, next) = handler.decode("unicodeescape", bytes, at, at + 1, "\\ at end of string")?;
            out.push(&text);
            at = next;
            continue;
        };
        let simple = match kind {
            b'\n' => Some(None),
            b'\\' | b'\'' | b'"' => Some(Some(u32::from(kind))),
            b'b' => Some(Some(8)),
            b'f' => Some(Some(12)),
            b't' => Some(Some(9)),
            b'n' => Some(Some(10)),
            b'r' => Some(Some(13)),
            b'v' => Some(Some(11)),
            b'a' => Some(Some(7)),
            _ => None,
        };
        if let Some(c) = simple {
            c.into_iter().for_each(|c| out.push_char(c));
            at += 2;
            continue;
        }
        match escape(bytes, at, kind) {
            Escape::Char(c, next) => {
                out.push_char(c);
                at = next;
            }
            Escape::Unknown => {
                out.push_char(0x5c);
                out.push_char(kind.into());
                at += 2;
            }
            Escape::Bad(end, reason) => {
                if !is_final && end >= bytes.len() {
                    break;
                }
                let (text, next) = handler.decode("unicodeescape", bytes, at, end, reason)?;
                out.push(&text);
                at = next;
            }
        }
    }
    Ok((out.finish(), at))
}

enum Escape {
    Char(u32, usize),
    Unknown,
    Bad(usize, &'static str),
}

fn escape(bytes: &[u8], at: usize, kind: u8) -> Escape {
    let (count, reason) = match kind {
        b'0'..=b'7' => {
            let digits = bytes[at + 1..].iter().take(3).take_while(|b| (b'0'..=b'7').contains(b));
            let (value, n) = digits.fold((0, 0), |(v, n), b| (v * 8 + u32::from(b - b'0'), n + 1));
            return Escape::Char(value, at + 1 + n);
        }
        b'x' => (2, "truncated \\xXX escape"),
        b'u' => (4, "truncated \\uXXXX escape"),
        b'U' => (8, "truncated \\UXXXXXXXX escape"),
        b'N' => return named(bytes, at),
        _ => return Escape::Unknown,
    };
    match hex(bytes, at + 2, count) {
        (value, n) if n == count && value < 0x110000 => Escape::Char(value, at + 2 + n),
        (_, n) if n == count => Escape::Bad(at + 2 + n, "illegal Unicode character"),
        (_, n) => Escape::Bad(at + 2 + n, reason),
    }
}

fn named(bytes: &[u8], at: usize) -> Escape {
    let malformed = "malformed \\N character escape";
    if bytes.get(at + 2) != Some(&b'{') {
        return Escape::Bad((at + 2).min(bytes.len()), malformed);
    }
    let Some(len) = bytes[at + 3..].iter().position(|b| *b == b'}') else {
        return Escape::Bad(bytes.len(), malformed);
    };
    let end = at + 3 + len + 1;
    let name = core::str::from_utf8(&bytes[at + 3..end - 1]).ok().filter(|n| !n.is_empty());
    match name.and_then(unicode_names2::character) {
        Some(c) => Escape::Char(c.into(), end),
        None => Escape::Bad(end, "unknown Unicode character name"),
    }
}

/// Decodes the raw form: only `\u` and `\U` are escapes.
pub fn decode_raw(bytes: &[u8], handler: &Handler<'_>, is_final: bool) -> Result<(Ref<Str>, usize)> {
    let (mut out, mut at) = (Builder::new(), 0);
    while at < bytes.len() {
        let count = match (bytes[at], bytes.get(at + 1)) {
            (b'\\', Some(b'u')) => 4,
            (b'\\', Some(b'U')) => 8,
            (b'\\', Some(b'\\')) => {
                out.push_char(0x5c);
                out.push_char(0x5c);
                at += 2;
                continue;
            }
            (b'\\', None) if !is_final => break,
            (byte, _) => {
                out.push_char(byte.into());
                at += 1;
                continue;
            }
        };
        let (value, n) = hex(bytes, at + 2, count);
        if n == count && value < 0x110000 {
            out.push_char(value);
            at += 2 + n;
            continue;
        }
        if n < count && !is_final && at + 2 + n >= bytes.len() {
            break;
        }
        let reason = match (n == count, count) {
            (true, _) => "\\Uxxxxxxxx out of range",
            (_, 4) => "truncated \\uXXXX escape",
            _ => "truncated \\UXXXXXXXX escape",
        };
        let (text, next) = handler.decode("rawunicodeescape", bytes, at, at + 2 + n, reason)?;
        out.push(&text);
        at = next;
    }
    Ok((out.finish(), at))
}
