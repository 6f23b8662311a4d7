//! Names: the identifier alphabet, keywords, and the check of names that are not plain ASCII.

use std::borrow::Cow;

use unicode_general_category::{GeneralCategory, get_general_category};
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfkc_quick};

use super::Tokenizer;

const START: u8 = 1;
const CONTINUE: u8 = 2;

/// What each byte may do in a name; any byte of a non-ASCII character is let through and checked afterwards.
static ALPHABET: [u8; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = match byte as u8 {
            b'a'..=b'z' | b'A'..=b'Z' | b'_' | 128..=255 => START | CONTINUE,
            b'0'..=b'9' => CONTINUE,
            _ => 0,
        };
        byte += 1;
    }
    table
};

#[inline(always)]
pub(super) fn may_start(byte: u8) -> bool {
    ALPHABET[byte as usize] & START != 0
}

#[inline(always)]
pub(super) fn may_continue(byte: u8) -> bool {
    ALPHABET[byte as usize] & CONTINUE != 0
}

/// The name as the program sees it: identifiers are compared in their NFKC form.
pub fn normalize_name(name: &str) -> Cow<'_, str> {
    if name.is_ascii() || is_nfkc_quick(name.chars()) == IsNormalized::Yes {
        Cow::Borrowed(name)
    } else {
        Cow::Owned(name.nfkc().collect())
    }
}

/// Whether `str.isprintable` holds for the character.
pub fn is_printable(ch: char) -> bool {
    use GeneralCategory as G;
    ch == ' '
        || !matches!(
            get_general_category(ch),
            G::Control
                | G::Format
                | G::Surrogate
                | G::PrivateUse
                | G::Unassigned
                | G::LineSeparator
                | G::ParagraphSeparator
                | G::SpaceSeparator
        )
}

/// Whether the character may begin an identifier (XID_Start, and the underscore).
pub fn is_identifier_start(ch: char) -> bool {
    ch == '_' || unicode_ident::is_xid_start(ch)
}

/// Whether the character may go on an identifier.
pub fn is_identifier_continue(ch: char) -> bool {
    unicode_ident::is_xid_continue(ch)
}

impl Tokenizer<'_> {
    /// Check the name from `start` to the reading head, which has non-ASCII characters.
    pub(super) fn verify_name(&mut self, start: usize) -> bool {
        if self.options.extra_tokens {
            return true;
        }
        let name = &self.text[start..self.cur];
        let wrong = name
            .char_indices()
            .find(|&(at, ch)| if at == 0 { !is_identifier_start(ch) } else { !is_identifier_continue(ch) });
        let Some((at, ch)) = wrong else { return true };
        self.cur = start + at + ch.len_utf8();
        let message = if is_printable(ch) {
            format!("invalid character '{ch}' (U+{:04X})", ch as u32)
        } else {
            format!("invalid non-printable character U+{:04X}", ch as u32)
        };
        self.syntax_error_here(message);
        false
    }
}
