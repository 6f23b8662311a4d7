//! Characters: categories, case folding and sets, as regular expressions see them. CPython: the macros and
//! `charset` functions of `Modules/_sre/sre.c` and `sre_lib.h`.

use super::opcode::*;
use core::ffi::c_int;
use krait_object::str::{classify, numeric};

fn is_word(c: u32) -> bool {
    c == 0x5f || (c < 128 && (c as u8).is_ascii_alphanumeric())
}

fn is_loc_word(c: u32) -> bool {
    // SAFETY: `isalnum` takes the values of an unsigned char.
    c == 0x5f || (c < 256 && unsafe { libc::isalnum(c as c_int) } != 0)
}

fn is_unicode_word(c: u32) -> bool {
    if c < 128 {
        return is_word(c);
    }
    classify::is_alpha(c) || classify::is_decimal(c) || classify::is_digit(c) || classify::is_numeric(c)
}

/// Is the character in a category (`CATEGORY_*`, in the order of `re._constants`)?
pub fn in_category(category: u32, c: u32) -> bool {
    let within = match category / 2 {
        0 => c < 128 && (c as u8).is_ascii_digit(),
        1 => matches!(c, 9..=13 | 32),
        2 => is_word(c),
        3 => c == 10,
        4 => is_loc_word(c),
        5 => classify::is_decimal(c),
        6 => numeric::is_space(c),
        7 => is_unicode_word(c),
        8 => classify::is_line_break(c),
        _ => return false,
    };
    within != (category & 1 == 1)
}

/// Does a word begin or end between two characters, in the flavour of an `AT_*BOUNDARY` code?
pub fn word_test(at: u32) -> fn(u32) -> bool {
    match at {
        AT_LOC_BOUNDARY | AT_LOC_NON_BOUNDARY => is_loc_word,
        AT_UNI_BOUNDARY | AT_UNI_NON_BOUNDARY => is_unicode_word,
        _ => is_word,
    }
}

/// ASCII lower case.
pub fn lower_ascii(c: u32) -> u32 {
    if (65..=90).contains(&c) { c + 32 } else { c }
}

fn lower_locale(c: u32) -> u32 {
    // SAFETY: `tolower` takes the values of an unsigned char.
    if c < 256 { unsafe { libc::tolower(c as c_int) as u32 } } else { c }
}

fn upper_locale(c: u32) -> u32 {
    // SAFETY: as above.
    if c < 256 { unsafe { libc::toupper(c as c_int) as u32 } } else { c }
}

/// Simple (one to one) Unicode lower case.
pub fn lower_unicode(c: u32) -> u32 {
    if c < 128 {
        return lower_ascii(c);
    }
    // The one letter with a longer lower case is U+0130, whose simple mapping is its first part.
    char::from_u32(c).and_then(|c| c.to_lowercase().next()).map_or(c, u32::from)
}

/// Simple (one to one) Unicode upper case.
pub fn upper_unicode(c: u32) -> u32 {
    let Some(letter) = char::from_u32(c) else { return c };
    let mut upper = letter.to_uppercase();
    match (upper.next(), upper.next()) {
        (Some(one), None) => one.into(),
        _ => long_upper(c),
    }
}

/// The simple upper case of letters whose full upper case has several letters: Greek with iota subscript.
fn long_upper(c: u32) -> u32 {
    match c {
        0x1f80..=0x1f87 | 0x1f90..=0x1f97 | 0x1fa0..=0x1fa7 => c + 8,
        0x1fb3 | 0x1fc3 | 0x1ff3 => c + 9,
        _ => c,
    }
}

/// How a group reference or literal compares letters.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Fold {
    Exact,
    Ascii,
    Locale,
    Unicode,
}

/// Folds a character for comparison.
pub fn fold(fold: Fold, c: u32) -> u32 {
    match fold {
        Fold::Exact => c,
        Fold::Ascii => lower_ascii(c),
        Fold::Locale => lower_locale(c),
        Fold::Unicode => lower_unicode(c),
    }
}

fn word(code: &[u32], at: usize) -> u32 {
    code.get(at).copied().unwrap_or(FAILURE)
}

fn bit(code: &[u32], base: usize, index: usize) -> bool {
    word(code, base + index / 32) & (1 << (index & 31)) != 0
}

/// Is the character in the set that begins at `at`?
pub fn in_set(code: &[u32], mut at: usize, c: u32) -> bool {
    let mut found = true;
    loop {
        match word(code, at) {
            NEGATE => {
                found = !found;
                at += 1;
            }
            LITERAL => {
                if word(code, at + 1) == c {
                    return found;
                }
                at += 2;
            }
            CATEGORY => {
                if in_category(word(code, at + 1), c) {
                    return found;
                }
                at += 2;
            }
            CHARSET => {
                if c < 256 && bit(code, at + 1, c as usize) {
                    return found;
                }
                at += 9;
            }
            RANGE => {
                if (word(code, at + 1)..=word(code, at + 2)).contains(&c) {
                    return found;
                }
                at += 3;
            }
            RANGE_UNI_IGNORE => {
                let range = word(code, at + 1)..=word(code, at + 2);
                if range.contains(&c) || range.contains(&upper_unicode(c)) {
                    return found;
                }
                at += 3;
            }
            BIGCHARSET => {
                let blocks = word(code, at + 1) as usize;
                if c < 0x10000 {
                    let index = (c >> 8) as usize;
                    let block = word(code, at + 2 + index / 4).to_le_bytes()[index % 4];
                    if bit(code, at + 2 + 64, usize::from(block) * 256 + (c & 255) as usize) {
                        return found;
                    }
                }
                at += 2 + 64 + blocks.saturating_mul(8);
            }
            _ => return !found,
        }
    }
}

/// Does the one-character instruction at `pc` accept a character?
#[inline]
pub fn accepts(code: &[u32], pc: usize, c: u32) -> bool {
    let argument = || word(code, pc + 1);
    let locale = |literal: u32| c == literal || lower_locale(c) == literal || upper_locale(c) == literal;
    match word(code, pc) {
        LITERAL => c == argument(),
        NOT_LITERAL => c != argument(),
        IN => in_set(code, pc + 2, c),
        ANY => c != 10,
        ANY_ALL => true,
        CATEGORY => in_category(argument(), c),
        LITERAL_IGNORE => lower_ascii(c) == argument(),
        NOT_LITERAL_IGNORE => lower_ascii(c) != argument(),
        LITERAL_UNI_IGNORE => lower_unicode(c) == argument(),
        NOT_LITERAL_UNI_IGNORE => lower_unicode(c) != argument(),
        LITERAL_LOC_IGNORE => locale(argument()),
        NOT_LITERAL_LOC_IGNORE => !locale(argument()),
        IN_IGNORE => in_set(code, pc + 2, lower_ascii(c)),
        IN_UNI_IGNORE => in_set(code, pc + 2, lower_unicode(c)),
        IN_LOC_IGNORE => {
            let (lower, upper) = (lower_locale(c), upper_locale(c));
            in_set(code, pc + 2, lower) || (upper != lower && in_set(code, pc + 2, upper))
        }
        _ => false,
    }
}

/// The instruction after the one-character instruction at `pc`; `None` for other instructions.
#[inline]
pub fn after_one(code: &[u32], pc: usize) -> Option<usize> {
    match word(code, pc) {
        ANY | ANY_ALL => Some(pc + 1),
        LITERAL
        | NOT_LITERAL
        | CATEGORY
        | LITERAL_IGNORE
        | NOT_LITERAL_IGNORE
        | LITERAL_UNI_IGNORE
        | NOT_LITERAL_UNI_IGNORE
        | LITERAL_LOC_IGNORE
        | NOT_LITERAL_LOC_IGNORE => Some(pc + 2),
        IN | IN_IGNORE | IN_UNI_IGNORE | IN_LOC_IGNORE => Some(pc + 1 + word(code, pc + 1) as usize),
        _ => None,
    }
}
