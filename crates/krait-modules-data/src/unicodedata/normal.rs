//! Normal forms of text (UAX #15). CPython: `nfd_nfkd` and `nfc_nfkc` in `Modules/unicodedata.c`.

use super::{record, tables};

/// A normal form.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Form {
    compose: bool,
    compatible: bool,
}

impl Form {
    /// By name: `NFC`, `NFKC`, `NFD`, `NFKD`.
    pub fn named(name: &str) -> Option<Form> {
        let (compose, compatible) = match name {
            "NFC" => (true, false),
            "NFKC" => (true, true),
            "NFD" => (false, false),
            "NFKD" => (false, true),
            _ => return None,
        };
        Some(Form { compose, compatible })
    }
}

const S_BASE: u32 = 0xac00;
const L_BASE: u32 = 0x1100;
const V_BASE: u32 = 0x1161;
const T_BASE: u32 = 0x11a7;
const L_COUNT: u32 = 19;
const V_COUNT: u32 = 21;
const T_COUNT: u32 = 28;
const S_COUNT: u32 = L_COUNT * V_COUNT * T_COUNT;

/// The letters of a Hangul syllable, and how many they are.
pub fn hangul_parts(c: u32) -> Option<([u32; 3], usize)> {
    let index = c.checked_sub(S_BASE).filter(|&i| i < S_COUNT)?;
    let tail = index % T_COUNT;
    let parts =
        [L_BASE + index / (V_COUNT * T_COUNT), V_BASE + index % (V_COUNT * T_COUNT) / T_COUNT, T_BASE + tail];
    Some((parts, if tail == 0 { 2 } else { 3 }))
}

/// The decomposition as the database writes it.
pub fn mapping(c: u32) -> Option<&'static str> {
    let at = tables::DECOMPOSITIONS.binary_search_by_key(&c, |row| row.0).ok()?;
    Some(tables::DECOMPOSITIONS[at].1)
}

/// Appends the full decomposition of a character. Decompositions of the database nest a few levels at most; what is
/// still to be done lies on a stack.
fn decompose(out: &mut Vec<u32>, c: u32, compatible: bool) {
    let mut pending = vec![c];
    while let Some(c) = pending.pop() {
        if let Some((parts, len)) = hangul_parts(c) {
            out.extend_from_slice(&parts[..len]);
            continue;
        }
        match mapping(c).filter(|m| compatible || !m.starts_with('<')) {
            Some(text) => {
                let points = text.split(' ').filter(|part| !part.starts_with('<'));
                pending.extend(points.filter_map(|hex| u32::from_str_radix(hex, 16).ok()).rev());
            }
            None => out.push(c),
        }
    }
}

fn class(c: u32) -> u8 {
    record(c).3
}

/// Sorts runs of combining characters by their class.
fn reorder(text: &mut [u32]) {
    let mut start = 0;
    while start < text.len() {
        let len = text[start..].iter().take_while(|&&c| class(c) != 0).count();
        text[start..start + len].sort_by_key(|&c| class(c));
        start += len + 1;
    }
}

fn compose_pair(first: u32, second: u32) -> Option<u32> {
    if let (Some(l), Some(v)) = (first.checked_sub(L_BASE), second.checked_sub(V_BASE)) {
        if l < L_COUNT && v < V_COUNT {
            return Some(S_BASE + (l * V_COUNT + v) * T_COUNT);
        }
    }
    if let (Some(s), Some(t)) = (first.checked_sub(S_BASE), second.checked_sub(T_BASE)) {
        if s < S_COUNT && s % T_COUNT == 0 && t > 0 && t < T_COUNT {
            return Some(first + t);
        }
    }
    let at = tables::COMPOSITIONS.binary_search_by_key(&(first, second), |row| (row.0, row.1)).ok()?;
    Some(tables::COMPOSITIONS[at].2)
}

/// Composes decomposed text in place.
fn compose(text: &mut Vec<u32>) {
    let mut starter: Option<usize> = None;
    let mut previous_class = 0;
    let mut len = 0;
    for index in 0..text.len() {
        let c = text[index];
        let this_class = class(c);
        if let Some(at) = starter {
            // Blocked when a character of the same or a higher class, or another starter, stands between.
            let adjacent = at + 1 == len;
            if adjacent || (previous_class != 0 && previous_class < this_class) {
                if let Some(whole) = compose_pair(text[at], c) {
                    text[at] = whole;
                    continue;
                }
            }
        }
        if this_class == 0 {
            starter = Some(len);
        }
        previous_class = this_class;
        text[len] = c;
        len += 1;
    }
    text.truncate(len);
}

/// The normal form of text.
pub fn normalize(form: Form, text: impl Iterator<Item = u32>) -> Vec<u32> {
    let mut out = Vec::new();
    text.for_each(|c| decompose(&mut out, c, form.compatible));
    reorder(&mut out);
    if form.compose {
        compose(&mut out);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(name: &str, text: &str) -> String {
        let form = Form::named(name).unwrap();
        normalize(form, text.chars().map(u32::from)).into_iter().filter_map(char::from_u32).collect()
    }

    #[test]
    fn normal_forms() {
        assert_eq!(form("NFC", "e\u{301}\u{327}"), "\u{229}\u{301}");
        assert_eq!(form("NFD", "\u{1e69}"), "s\u{323}\u{307}");
        assert_eq!(form("NFKC", "ﬁ①"), "fi1");
        assert_eq!(form("NFD", "한"), "\u{1112}\u{1161}\u{11ab}");
        assert_eq!(form("NFC", "\u{1112}\u{1161}\u{11ab}"), "한");
        assert_eq!(form("NFC", "\u{212b}\u{958}"), "\u{c5}\u{915}\u{93c}");
        assert_eq!(form("NFC", "a\u{5ae}\u{315}\u{300}b"), "\u{e0}\u{5ae}\u{315}b");
    }
}
