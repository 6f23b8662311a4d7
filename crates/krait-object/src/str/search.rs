//! Searching, splitting and replacing over characters of any width.

use super::{Chars, Str};
use crate::reference::Ref;
use memchr::memmem;

/// A search over code units of one width.
trait Unit: Copy + Eq + 'static {
    fn find(hay: &[Self], needle: &[Self]) -> Option<usize>;
    fn rfind(hay: &[Self], needle: &[Self]) -> Option<usize>;
}

impl Unit for u8 {
    fn find(hay: &[u8], needle: &[u8]) -> Option<usize> {
        match needle {
            [one] => memchr::memchr(*one, hay),
            _ => memmem::find(hay, needle),
        }
    }
    fn rfind(hay: &[u8], needle: &[u8]) -> Option<usize> {
        match needle {
            [one] => memchr::memrchr(*one, hay),
            _ => memmem::rfind(hay, needle),
        }
    }
}

macro_rules! wide_unit {
    ($ty:ty) => {
        impl Unit for $ty {
            fn find(hay: &[$ty], needle: &[$ty]) -> Option<usize> {
                wide_find(hay, needle)
            }
            fn rfind(hay: &[$ty], needle: &[$ty]) -> Option<usize> {
                if needle.is_empty() {
                    return Some(hay.len());
                }
                (0..=hay.len().checked_sub(needle.len())?).rev().find(|&i| hay[i..].starts_with(needle))
            }
        }
    };
}
wide_unit!(u16);
wide_unit!(u32);

/// Knuth-Morris-Pratt for wide units: linear on any input.
fn wide_find<T: Copy + Eq>(hay: &[T], needle: &[T]) -> Option<usize> {
    let Some(&first) = needle.first() else { return Some(0) };
    if needle.len() > hay.len() {
        return None;
    }
    if needle.len() == 1 {
        return hay.iter().position(|&u| u == first);
    }
    let mut borders = vec![0usize; needle.len()];
    let mut matched = 0;
    for i in 1..needle.len() {
        while matched > 0 && needle[i] != needle[matched] {
            matched = borders[matched - 1];
        }
        if needle[i] == needle[matched] {
            matched += 1;
        }
        borders[i] = matched;
    }
    matched = 0;
    for (i, &unit) in hay.iter().enumerate() {
        while matched > 0 && unit != needle[matched] {
            matched = borders[matched - 1];
        }
        if unit == needle[matched] {
            matched += 1;
        }
        if matched == needle.len() {
            return Some(i + 1 - matched);
        }
    }
    None
}

/// A needle brought to the width of the text it is looked for in.
pub enum Needle<'a> {
    Latin1(std::borrow::Cow<'a, [u8]>),
    Ucs2(std::borrow::Cow<'a, [u16]>),
    Ucs4(std::borrow::Cow<'a, [u32]>),
    /// Wider than the text: occurs nowhere.
    Never,
}

/// Widens `needle` for `hay`.
pub fn needle<'a>(hay: &Chars<'_>, needle: Chars<'a>) -> Needle<'a> {
    use std::borrow::Cow::{Borrowed, Owned};
    match (hay, needle) {
        (Chars::Latin1(_), Chars::Latin1(n)) => Needle::Latin1(Borrowed(n)),
        (Chars::Ucs2(_), Chars::Latin1(n)) => Needle::Ucs2(Owned(n.iter().map(|&b| b.into()).collect())),
        (Chars::Ucs2(_), Chars::Ucs2(n)) => Needle::Ucs2(Borrowed(n)),
        (Chars::Ucs4(_), Chars::Latin1(n)) => Needle::Ucs4(Owned(n.iter().map(|&b| b.into()).collect())),
        (Chars::Ucs4(_), Chars::Ucs2(n)) => Needle::Ucs4(Owned(n.iter().map(|&b| b.into()).collect())),
        (Chars::Ucs4(_), Chars::Ucs4(n)) => Needle::Ucs4(Borrowed(n)),
        _ => Needle::Never,
    }
}

impl<'a> Chars<'a> {
    /// A part of the characters.
    #[inline]
    pub fn slice(self, start: usize, end: usize) -> Chars<'a> {
        match self {
            Chars::Latin1(s) => Chars::Latin1(&s[start..end]),
            Chars::Ucs2(s) => Chars::Ucs2(&s[start..end]),
            Chars::Ucs4(s) => Chars::Ucs4(&s[start..end]),
        }
    }

    /// First occurrence of a needle.
    pub fn find(&self, n: &Needle<'_>) -> Option<usize> {
        match (self, n) {
            (Chars::Latin1(h), Needle::Latin1(n)) => Unit::find(h, n),
            (Chars::Ucs2(h), Needle::Ucs2(n)) => Unit::find(h, n),
            (Chars::Ucs4(h), Needle::Ucs4(n)) => Unit::find(h, n),
            _ => None,
        }
    }

    /// Last occurrence of a needle.
    pub fn rfind(&self, n: &Needle<'_>) -> Option<usize> {
        match (self, n) {
            (Chars::Latin1(h), Needle::Latin1(n)) => Unit::rfind(h, n),
            (Chars::Ucs2(h), Needle::Ucs2(n)) => Unit::rfind(h, n),
            (Chars::Ucs4(h), Needle::Ucs4(n)) => Unit::rfind(h, n),
            _ => None,
        }
    }

    /// Positions of occurrences that do not overlap, at most `limit`.
    pub fn occurrences(&self, needle_chars: Chars<'_>, limit: usize) -> Vec<usize> {
        let n = needle(self, needle_chars);
        let step = needle_chars.len();
        let (mut found, mut from) = (Vec::new(), 0);
        if step == 0 {
            return (0..=self.len()).take(limit).collect();
        }
        while found.len() < limit {
            let Some(at) = self.slice(from, self.len()).find(&n) else { break };
            found.push(from + at);
            from += at + step;
        }
        found
    }

    /// Begins with these characters?
    pub fn starts_with(&self, prefix: Chars<'_>) -> bool {
        prefix.len() <= self.len() && self.slice(0, prefix.len()).same(prefix)
    }

    /// Ends with these characters?
    pub fn ends_with(&self, suffix: Chars<'_>) -> bool {
        suffix.len() <= self.len() && self.slice(self.len() - suffix.len(), self.len()).same(suffix)
    }

    /// The same characters?
    pub fn same(&self, other: Chars<'_>) -> bool {
        match (self, other) {
            (Chars::Latin1(a), Chars::Latin1(b)) => *a == b,
            (Chars::Ucs2(a), Chars::Ucs2(b)) => *a == b,
            (Chars::Ucs4(a), Chars::Ucs4(b)) => *a == b,
            _ => self.len() == other.len() && self.iter().eq(other.iter()),
        }
    }
}

/// Collects characters of any width and makes the narrowest string (`_PyUnicodeWriter`).
#[derive(Default)]
pub struct Builder {
    /// Kept as bytes while everything is below U+0100.
    narrow: Vec<u8>,
    wide: Vec<u32>,
    is_wide: bool,
}

impl Builder {
    /// An empty builder.
    pub fn new() -> Builder {
        Builder::default()
    }

    /// Characters so far.
    pub fn len(&self) -> usize {
        if self.is_wide { self.wide.len() } else { self.narrow.len() }
    }

    /// Nothing yet?
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn widen(&mut self) {
        if !self.is_wide {
            self.wide = self.narrow.iter().map(|&b| u32::from(b)).collect();
            self.narrow = Vec::new();
            self.is_wide = true;
        }
    }

    /// Appends characters.
    pub fn push_chars(&mut self, chars: Chars<'_>) {
        match chars {
            Chars::Latin1(s) if !self.is_wide => self.narrow.extend_from_slice(s),
            Chars::Latin1(s) => self.wide.extend(s.iter().map(|&b| u32::from(b))),
            Chars::Ucs2(s) => {
                self.widen();
                self.wide.extend(s.iter().map(|&u| u32::from(u)));
            }
            Chars::Ucs4(s) => {
                self.widen();
                self.wide.extend_from_slice(s);
            }
        }
    }

    /// Appends a string.
    pub fn push(&mut self, s: &Str) {
        self.push_chars(s.chars());
    }

    /// Appends text.
    pub fn push_str(&mut self, text: &str) {
        if !self.is_wide && text.is_ascii() {
            self.narrow.extend_from_slice(text.as_bytes());
        } else {
            text.chars().for_each(|c| self.push_char(u32::from(c)));
        }
    }

    /// Appends a character.
    pub fn push_char(&mut self, c: u32) {
        if !self.is_wide && c < 256 {
            self.narrow.push(c as u8);
        } else {
            self.widen();
            self.wide.push(c);
        }
    }

    /// The string.
    pub fn finish(self) -> Ref<Str> {
        if self.is_wide { Str::from_ucs4(&self.wide) } else { Str::from_latin1(&self.narrow) }
    }
}
