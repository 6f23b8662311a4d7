//! What `bytes` and `bytearray` do, over slices.

use crate::errors::{overflow_error, value_error};
use crate::result::Result;

/// White space of ASCII as C's `isspace` sees it.
pub fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | 9..=13)
}

/// The literal of bytes.
pub fn repr(bytes: &[u8]) -> String {
    let quote = if bytes.contains(&b'\'') && !bytes.contains(&b'"') { '"' } else { '\'' };
    let mut out = String::with_capacity(bytes.len() + 3);
    out.push('b');
    out.push(quote);
    for &byte in bytes {
        match byte {
            _ if byte == quote as u8 || byte == b'\\' => {
                out.push('\\');
                out.push(char::from(byte));
            }
            b'\t' => out.push_str("\\t"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            0x20..0x7f => out.push(char::from(byte)),
            _ => out.push_str(&format!("\\x{byte:02x}")),
        }
    }
    out.push(quote);
    out
}

/// Positions of occurrences that do not overlap, at most `limit`.
pub fn occurrences(hay: &[u8], needle: &[u8], limit: usize) -> Vec<usize> {
    if needle.is_empty() {
        return (0..=hay.len()).take(limit).collect();
    }
    memchr::memmem::find_iter(hay, needle).take(limit).collect()
}

/// Copy with `old` replaced by `new`, at most `limit` times; `None` when there is nothing to replace.
pub fn replace(bytes: &[u8], old: &[u8], new: &[u8], limit: usize) -> Option<Vec<u8>> {
    let found = occurrences(bytes, old, limit);
    if found.is_empty() {
        return None;
    }
    let (mut out, mut from) = (Vec::with_capacity(bytes.len()), 0);
    for at in found {
        out.extend_from_slice(&bytes[from..at]);
        out.extend_from_slice(new);
        from = at + old.len();
    }
    out.extend_from_slice(&bytes[from..]);
    Some(out)
}

/// Ranges of the parts between separators, from the front.
pub fn split(bytes: &[u8], sep: &[u8], limit: usize) -> Vec<(usize, usize)> {
    let (mut parts, mut from) = (Vec::new(), 0);
    for at in occurrences(bytes, sep, limit) {
        parts.push((from, at));
        from = at + sep.len();
    }
    parts.push((from, bytes.len()));
    parts
}

/// Ranges of the parts between separators, split from the back.
pub fn rsplit(bytes: &[u8], sep: &[u8], limit: usize) -> Vec<(usize, usize)> {
    let (mut parts, mut end) = (Vec::new(), bytes.len());
    while parts.len() < limit {
        let Some(at) = memchr::memmem::rfind(&bytes[..end], sep) else { break };
        parts.push((at + sep.len(), end));
        end = at;
    }
    parts.push((0, end));
    parts.reverse();
    parts
}

/// Ranges of the words, from the front.
pub fn split_space(bytes: &[u8], limit: usize) -> Vec<(usize, usize)> {
    let (mut parts, mut at) = (Vec::new(), 0);
    loop {
        while at < bytes.len() && is_space(bytes[at]) {
            at += 1;
        }
        if at == bytes.len() {
            return parts;
        }
        if parts.len() >= limit {
            let mut end = bytes.len();
            while end > at && is_space(bytes[end - 1]) {
                end -= 1;
            }
            parts.push((at, end));
            return parts;
        }
        let start = at;
        while at < bytes.len() && !is_space(bytes[at]) {
            at += 1;
        }
        parts.push((start, at));
    }
}

/// Ranges of the words, from the back.
pub fn rsplit_space(bytes: &[u8], limit: usize) -> Vec<(usize, usize)> {
    let (mut parts, mut end) = (Vec::new(), bytes.len());
    loop {
        while end > 0 && is_space(bytes[end - 1]) {
            end -= 1;
        }
        if end == 0 {
            break;
        }
        if parts.len() >= limit {
            let start = bytes.iter().position(|b| !is_space(*b)).unwrap_or(0);
            parts.push((start, end));
            break;
        }
        let mut start = end;
        while start > 0 && !is_space(bytes[start - 1]) {
            start -= 1;
        }
        parts.push((start, end));
        end = start;
    }
    parts.reverse();
    parts
}

/// Ranges of the lines.
pub fn lines(bytes: &[u8], keepends: bool) -> Vec<(usize, usize)> {
    let (mut out, mut start, mut at) = (Vec::new(), 0, 0);
    while at < bytes.len() {
        if !matches!(bytes[at], b'\n' | b'\r') {
            at += 1;
            continue;
        }
        let end = at;
        at += if bytes[at] == b'\r' && bytes.get(at + 1) == Some(&b'\n') { 2 } else { 1 };
        out.push((start, if keepends { at } else { end }));
        start = at;
    }
    if start < bytes.len() {
        out.push((start, bytes.len()));
    }
    out
}

/// The range left after stripping bytes of a set from the ends.
pub fn strip(bytes: &[u8], set: Option<&[u8]>, left: bool, right: bool) -> (usize, usize) {
    let drop = |byte: u8| set.map_or(is_space(byte), |set| set.contains(&byte));
    let (mut start, mut end) = (0, bytes.len());
    while left && start < end && drop(bytes[start]) {
        start += 1;
    }
    while right && end > start && drop(bytes[end - 1]) {
        end -= 1;
    }
    (start, end)
}

/// Padding on both sides.
pub fn pad(bytes: &[u8], left: usize, right: usize, fill: u8) -> Result<Vec<u8>> {
    let total = left.checked_add(right).and_then(|n| n.checked_add(bytes.len()));
    let mut out = Vec::new();
    match total {
        Some(total) if total <= isize::MAX as usize => {
            if out.try_reserve_exact(total).is_err() {
                return Err(crate::errors::memory_error());
            }
        }
        _ => return Err(overflow_error("padded bytes are too long")),
    }
    out.resize(left, fill);
    out.extend_from_slice(bytes);
    out.resize(out.len() + right, fill);
    Ok(out)
}

/// Tabs become spaces.
pub fn expandtabs(bytes: &[u8], tab: usize) -> Result<Vec<u8>> {
    let (mut out, mut column) = (Vec::with_capacity(bytes.len()), 0usize);
    for &byte in bytes {
        match byte {
            b'\t' if tab > 0 => {
                let spaces = tab - column % tab;
                if out.try_reserve(spaces).is_err() || out.len() + spaces > isize::MAX as usize {
                    return Err(overflow_error("result too long"));
                }
                out.resize(out.len() + spaces, b' ');
                column += spaces;
            }
            b'\t' => {}
            _ => {
                out.push(byte);
                column = if matches!(byte, b'\n' | b'\r') { 0 } else { column + 1 };
            }
        }
    }
    Ok(out)
}

/// Zeros on the left, after a sign.
pub fn zfill(bytes: &[u8], width: usize) -> Vec<u8> {
    let zeros = width.saturating_sub(bytes.len());
    let sign = usize::from(matches!(bytes.first(), Some(b'+' | b'-')));
    let mut out = bytes[..sign].to_vec();
    out.resize(sign + zeros, b'0');
    out.extend_from_slice(&bytes[sign..]);
    out
}

/// Words with a capital first letter.
pub fn title(bytes: &[u8]) -> Vec<u8> {
    let mut previous = false;
    let map = |&byte: &u8| {
        let out = if previous { byte.to_ascii_lowercase() } else { byte.to_ascii_uppercase() };
        previous = byte.is_ascii_alphabetic();
        out
    };
    bytes.iter().map(map).collect()
}

/// `istitle`.
pub fn is_title(bytes: &[u8]) -> bool {
    let (mut cased, mut previous) = (false, false);
    for byte in bytes {
        if byte.is_ascii_uppercase() {
            if previous {
                return false;
            }
            (previous, cased) = (true, true);
        } else if byte.is_ascii_lowercase() {
            if !previous {
                return false;
            }
            cased = true;
        } else {
            previous = false;
        }
    }
    cased
}

/// Hexadecimal digits, grouped by a separator every `group` bytes (counted from the right if positive).
pub fn hex(bytes: &[u8], separator: Option<u8>, group: isize) -> String {
    let mut out = String::with_capacity(bytes.len() * 2);
    let size = group.unsigned_abs();
    for (index, byte) in bytes.iter().enumerate() {
        if let Some(separator) = separator.filter(|_| index > 0 && size > 0) {
            let at = if group > 0 { bytes.len() - index } else { index };
            if at % size == 0 {
                out.push(char::from(separator));
            }
        }
        out.push_str(&format!("{byte:02x}"));
    }
    out
}

/// Bytes from pairs of hexadecimal digits with white space between.
pub fn from_hex(text: &[u8]) -> Result<Vec<u8>> {
    let (mut out, mut at) = (Vec::new(), 0);
    while at < text.len() {
        if is_space(text[at]) {
            at += 1;
            continue;
        }
        let digit = |i: usize| text.get(i).and_then(|b| char::from(*b).to_digit(16));
        let bad = |i: usize| {
            if i >= text.len() {
                value_error("fromhex() arg must contain an even number of hexadecimal digits")
            } else {
                value_error(format!("non-hexadecimal number found in fromhex() arg at position {i}"))
            }
        };
        let Some(high) = digit(at) else { return Err(bad(at)) };
        let Some(low) = digit(at + 1) else { return Err(bad(at + 1)) };
        out.push((high << 4 | low) as u8);
        at += 2;
    }
    Ok(out)
}
