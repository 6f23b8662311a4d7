//! Strings of constants and names.
//!
//! Python strings may hold lone surrogates, so the text is kept as UTF-8 in which surrogates are encoded like any other
//! code point (Python's `utf-8` codec with `surrogatepass`). Invariant: the bytes are always well formed in that sense.

use std::fmt;
use std::rc::Rc;

/// An immutable Python string.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Str {
    bytes: Box<[u8]>,
}

/// A shared string with the mark that it is interned. Equality is that of the text.
#[derive(Clone)]
pub struct StrConst {
    pub text: Rc<Str>,
    pub interned: bool,
}

impl Str {
    pub fn new(text: &str) -> Str {
        Str { bytes: text.as_bytes().into() }
    }

    /// From UTF-8 that may encode surrogates; `None` when it is not well formed.
    pub fn from_bytes(bytes: Vec<u8>) -> Option<Str> {
        if std::str::from_utf8(&bytes).is_ok() || well_formed(&bytes) {
            Some(Str { bytes: bytes.into() })
        } else {
            None
        }
    }

    pub fn from_code_points(points: impl IntoIterator<Item = u32>) -> Str {
        let mut bytes = Vec::new();
        for point in points {
            push_code_point(&mut bytes, point);
        }
        Str { bytes: bytes.into() }
    }

    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The text, unless it holds lone surrogates.
    pub fn as_str(&self) -> Option<&str> {
        std::str::from_utf8(&self.bytes).ok()
    }

    pub fn is_ascii(&self) -> bool {
        self.bytes.is_ascii()
    }

    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Length in code points.
    pub fn char_count(&self) -> usize {
        self.bytes.iter().filter(|b| **b & 0xC0 != 0x80).count()
    }

    pub fn code_points(&self) -> CodePoints<'_> {
        CodePoints { bytes: &self.bytes }
    }

    /// Whether the string is one of those that always exist once: empty, or one Latin-1 character.
    pub fn is_singleton(&self) -> bool {
        match &*self.bytes {
            [] => true,
            [b] => *b < 0x80,
            [lead, _] => *lead == 0xC2 || *lead == 0xC3,
            _ => false,
        }
    }

    /// Letters, digits and underscores of ASCII only: such constants are interned.
    pub fn is_name_like(&self) -> bool {
        self.bytes.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'_')
    }
}

impl StrConst {
    pub fn new(text: Str) -> StrConst {
        let interned = text.is_singleton();
        StrConst { text: Rc::new(text), interned }
    }
}

impl std::ops::Deref for StrConst {
    type Target = Str;
    fn deref(&self) -> &Str {
        &self.text
    }
}

impl PartialEq for StrConst {
    fn eq(&self, other: &StrConst) -> bool {
        Rc::ptr_eq(&self.text, &other.text) || self.text == other.text
    }
}

impl Eq for StrConst {}

impl From<&str> for StrConst {
    fn from(text: &str) -> StrConst {
        StrConst::new(Str::new(text))
    }
}

impl From<&str> for Str {
    fn from(text: &str) -> Str {
        Str::new(text)
    }
}

impl fmt::Debug for Str {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", String::from_utf8_lossy(&self.bytes))
    }
}

impl fmt::Display for Str {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.bytes))
    }
}

impl fmt::Debug for StrConst {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

/// Appends a code point (surrogates allowed; beyond U+10FFFF becomes U+FFFD).
pub fn push_code_point(bytes: &mut Vec<u8>, point: u32) {
    let tail = |shift: u32| (point >> shift & 0x3F) as u8 | 0x80;
    match point {
        0..0x80 => bytes.push(point as u8),
        0x80..0x800 => bytes.extend([0xC0 | (point >> 6) as u8, tail(0)]),
        0x800..0x1_0000 => bytes.extend([0xE0 | (point >> 12) as u8, tail(6), tail(0)]),
        0x1_0000..0x11_0000 => bytes.extend([0xF0 | (point >> 18) as u8, tail(12), tail(6), tail(0)]),
        _ => push_code_point(bytes, 0xFFFD),
    }
}

pub struct CodePoints<'a> {
    bytes: &'a [u8],
}

impl Iterator for CodePoints<'_> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        let (point, length) = decode(self.bytes)?;
        self.bytes = &self.bytes[length..];
        Some(point)
    }
}

/// First code point and how many bytes it takes; `None` at the end or when it is not well formed.
fn decode(bytes: &[u8]) -> Option<(u32, usize)> {
    let lead = *bytes.first()?;
    let (length, least, bits) = match lead {
        0..0x80 => return Some((u32::from(lead), 1)),
        0xC2..0xE0 => (2, 0x80, lead & 0x1F),
        0xE0..0xF0 => (3, 0x800, lead & 0x0F),
        0xF0..0xF5 => (4, 0x1_0000, lead & 0x07),
        _ => return None,
    };
    let mut point = u32::from(bits);
    for byte in bytes.get(1..length)? {
        if byte & 0xC0 != 0x80 {
            return None;
        }
        point = point << 6 | u32::from(byte & 0x3F);
    }
    (least..0x11_0000).contains(&point).then_some((point, length))
}

fn well_formed(mut bytes: &[u8]) -> bool {
    while !bytes.is_empty() {
        match decode(bytes) {
            Some((_, length)) => bytes = &bytes[length..],
            None => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn surrogates_are_kept() {
        let text = Str::from_bytes(vec![b'a', 0xED, 0xA0, 0x80]).unwrap();
        assert_eq!(text.as_str(), None);
        assert_eq!(text.code_points().collect::<Vec<_>>(), [0x61, 0xD800]);
        assert_eq!(Str::from_code_points([0x61, 0xD800]), text);
        assert!(Str::from_bytes(vec![0xC0, 0x80]).is_none());
        assert!(Str::from_bytes(vec![0xE2, 0x82]).is_none());
    }

    #[test]
    fn singletons() {
        assert!(Str::new("\u{e9}").is_singleton());
        assert!(!Str::new("\u{100}").is_singleton());
        assert!(StrConst::from("").interned);
    }
}
