//! Case conversion with full mappings.

use super::classify::{is_case_ignorable, is_cased, is_lower, is_title, is_upper};
use super::{Chars, Str};
use crate::reference::Ref;

fn push_upper(out: &mut Vec<u32>, c: u32) {
    match char::from_u32(c) {
        Some(ch) => out.extend(ch.to_uppercase().map(u32::from)),
        None => out.push(c),
    }
}

fn push_title(out: &mut Vec<u32>, c: u32) {
    if c < 0x80 {
        out.push(u32::from((c as u8).to_ascii_uppercase()));
        return;
    }
    match char::from_u32(c) {
        Some(ch) => {
            let mapped = unicode_case_mapping::to_titlecase(ch);
            if mapped[0] == 0 { out.push(c) } else { out.extend(mapped.into_iter().filter(|m| *m != 0)) }
        }
        None => out.push(c),
    }
}

/// Lower case at a position; a capital sigma at the end of a word becomes a final one.
fn push_lower(out: &mut Vec<u32>, chars: &Chars<'_>, at: usize) {
    let c = chars.at(at);
    if c == 0x3a3 {
        out.push(if is_final_sigma(chars, at) { 0x3c2 } else { 0x3c3 });
        return;
    }
    match char::from_u32(c) {
        Some(ch) => out.extend(ch.to_lowercase().map(u32::from)),
        None => out.push(c),
    }
}

fn is_final_sigma(chars: &Chars<'_>, at: usize) -> bool {
    let before = (0..at).rev().map(|i| chars.at(i)).find(|&c| !is_case_ignorable(c));
    let after = (at + 1..chars.len()).map(|i| chars.at(i)).find(|&c| !is_case_ignorable(c));
    before.is_some_and(is_cased) && !after.is_some_and(is_cased)
}

fn map_ascii(s: &Str, map: impl Fn(u8) -> u8) -> Option<Ref<Str>> {
    let text = s.as_ascii()?;
    Some(Str::from_ascii(&text.bytes().map(map).collect::<Vec<u8>>()))
}

/// `str.upper`.
pub fn upper(s: &Str) -> Ref<Str> {
    if let Some(mapped) = map_ascii(s, |b| b.to_ascii_uppercase()) {
        return mapped;
    }
    let mut out = Vec::with_capacity(s.len());
    s.chars().iter().for_each(|c| push_upper(&mut out, c));
    Str::from_ucs4(&out)
}

/// `str.lower`.
pub fn lower(s: &Str) -> Ref<Str> {
    if let Some(mapped) = map_ascii(s, |b| b.to_ascii_lowercase()) {
        return mapped;
    }
    let chars = s.chars();
    let mut out = Vec::with_capacity(s.len());
    (0..chars.len()).for_each(|i| push_lower(&mut out, &chars, i));
    Str::from_ucs4(&out)
}

/// `str.casefold`.
pub fn casefold(s: &Str) -> Ref<Str> {
    if let Some(mapped) = map_ascii(s, |b| b.to_ascii_lowercase()) {
        return mapped;
    }
    let mut out = Vec::with_capacity(s.len());
    for c in s.chars().iter() {
        match char::from_u32(c) {
            Some(ch) => push_folded(&mut out, ch),
            None => out.push(c),
        }
    }
    Str::from_ucs4(&out)
}

/// Full case folding: the lower case of the upper case, but for the characters whose folding is special.
fn push_folded(out: &mut Vec<u32>, ch: char) {
    if let Some(folded) = unicode_case_mapping::case_folded(ch) {
        // Simple folding exists; a full one that is longer shows as an upper case of several characters.
        let upper: Vec<char> = ch.to_uppercase().collect();
        if upper.len() > 1 {
            upper.iter().for_each(|u| out.extend(u.to_lowercase().map(u32::from)));
        } else {
            out.push(folded.get());
        }
        return;
    }
    let upper: Vec<char> = ch.to_uppercase().collect();
    if upper.len() > 1 {
        upper.iter().for_each(|u| out.extend(u.to_lowercase().map(u32::from)));
    } else {
        out.push(u32::from(ch));
    }
}

/// `str.swapcase`.
pub fn swapcase(s: &Str) -> Ref<Str> {
    let chars = s.chars();
    let mut out = Vec::with_capacity(s.len());
    for i in 0..chars.len() {
        let c = chars.at(i);
        if is_upper(c) {
            push_lower(&mut out, &chars, i);
        } else if is_lower(c) {
            push_upper(&mut out, c);
        } else {
            out.push(c);
        }
    }
    Str::from_ucs4(&out)
}

/// `str.capitalize`.
pub fn capitalize(s: &Str) -> Ref<Str> {
    let chars = s.chars();
    let mut out = Vec::with_capacity(s.len());
    for i in 0..chars.len() {
        if i == 0 { push_title(&mut out, chars.at(0)) } else { push_lower(&mut out, &chars, i) }
    }
    Str::from_ucs4(&out)
}

/// `str.title`.
pub fn title(s: &Str) -> Ref<Str> {
    let chars = s.chars();
    let mut out = Vec::with_capacity(s.len());
    let mut previous_cased = false;
    for i in 0..chars.len() {
        let c = chars.at(i);
        if previous_cased {
            push_lower(&mut out, &chars, i)
        } else {
            push_title(&mut out, c)
        }
        previous_cased = is_cased(c);
    }
    Str::from_ucs4(&out)
}

/// `str.istitle`.
pub fn istitle(s: &Str) -> bool {
    let (mut cased, mut previous_cased) = (false, false);
    for c in s.chars().iter() {
        if is_upper(c) || is_title(c) {
            if previous_cased {
                return false;
            }
            previous_cased = true;
            cased = true;
        } else if is_lower(c) {
            if !previous_cased {
                return false;
            }
            cased = true;
        } else {
            previous_cased = false;
        }
    }
    cased
}
