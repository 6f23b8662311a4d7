//! Values that a `Constant` node can hold, and the text type that can hold lone surrogates.

use num_bigint::BigInt;
use std::fmt;
use std::rc::Rc;

/// The value of a constant. `Tuple` and `FrozenSet` come only from folding or from trees made by hand.
#[derive(Debug, Clone, PartialEq)]
pub enum Constant {
    None,
    True,
    False,
    Ellipsis,
    Int(Int),
    Float(f64),
    Complex { real: f64, imag: f64 },
    Str(Text),
    Bytes(Rc<[u8]>),
    Tuple(Rc<[Constant]>),
    FrozenSet(Rc<[Constant]>),
}

/// An integer. Invariant: `Big` only holds what does not fit `Small`, so that equality is structural.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Int {
    Small(i64),
    Big(Rc<BigInt>),
}

impl From<i64> for Int {
    fn from(value: i64) -> Self {
        Int::Small(value)
    }
}

impl From<BigInt> for Int {
    fn from(value: BigInt) -> Self {
        i64::try_from(&value).map_or_else(|_| Int::Big(Rc::new(value)), Int::Small)
    }
}

impl Int {
    pub fn to_big(&self) -> BigInt {
        match self {
            Int::Small(value) => BigInt::from(*value),
            Int::Big(value) => (**value).clone(),
        }
    }
}

impl fmt::Display for Int {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Int::Small(value) => value.fmt(f),
            Int::Big(value) => value.fmt(f),
        }
    }
}

/// A Python string: any sequence of code points, surrogates included (`"\ud800"` is a legal literal).
///
/// Stored in generalised UTF-8: each code point, a surrogate too, is encoded on its own as UTF-8 would encode a number
/// of its size. This is Python's `utf-8` codec with `surrogatepass`, which is also what `marshal` writes. A pair of
/// surrogates stays two code points.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Text(Rc<[u8]>);

impl Text {
    /// `bytes` must be generalised UTF-8; what is not is read leniently by [`Text::code_points`], never a panic.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        Text(Rc::from(bytes))
    }

    pub fn from_code_points(points: impl IntoIterator<Item = u32>) -> Self {
        let mut bytes = Vec::new();
        for point in points {
            push_code_point(&mut bytes, point);
        }
        Text(Rc::from(bytes))
    }

    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The text as a `str`; `None` if it holds a surrogate.
    pub fn as_str(&self) -> Option<&str> {
        std::str::from_utf8(&self.0).ok()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn code_points(&self) -> CodePoints<'_> {
        CodePoints { bytes: &self.0 }
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Text(Rc::from(text.as_bytes()))
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Text(Rc::from(text.into_bytes()))
    }
}

impl From<Vec<u8>> for Text {
    fn from(bytes: Vec<u8>) -> Self {
        Text(Rc::from(bytes))
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        String::from_utf8_lossy(&self.0).fmt(f)
    }
}

/// Append one code point (up to 0x10ffff, surrogates included) in generalised UTF-8.
pub fn push_code_point(out: &mut Vec<u8>, point: u32) {
    let tail = |shift: u32| 0x80 | ((point >> shift) & 0x3f) as u8;
    match point {
        0..0x80 => out.push(point as u8),
        0x80..0x800 => out.extend([0xc0 | (point >> 6) as u8, tail(0)]),
        0x800..0x1_0000 => out.extend([0xe0 | (point >> 12) as u8, tail(6), tail(0)]),
        _ => out.extend([0xf0 | (point >> 18) as u8 & 7, tail(12), tail(6), tail(0)]),
    }
}

/// The code points of a [`Text`].
#[derive(Clone)]
pub struct CodePoints<'a> {
    bytes: &'a [u8],
}

impl Iterator for CodePoints<'_> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        let (&first, rest) = self.bytes.split_first()?;
        let (mut point, count) = match first {
            0..0xc0 => (u32::from(first), 0),
            0xc0..0xe0 => (u32::from(first & 0x1f), 1),
            0xe0..0xf0 => (u32::from(first & 0x0f), 2),
            _ => (u32::from(first & 0x07), 3),
        };
        let count = count.min(rest.len());
        for &byte in &rest[..count] {
            point = (point << 6) | u32::from(byte & 0x3f);
        }
        self.bytes = &rest[count..];
        Some(point)
    }
}
