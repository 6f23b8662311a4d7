//! Properties of characters (`Objects/unicodectype.c`), from Unicode data crates.

use unicode_properties::{GeneralCategory as Gc, GeneralCategoryGroup as Group, UnicodeGeneralCategory};

/// The general category; surrogates are Cs.
pub fn category(c: u32) -> Gc {
    char::from_u32(c).map_or(Gc::Surrogate, |c| c.general_category())
}

/// `str.isalpha`: a letter.
pub fn is_alpha(c: u32) -> bool {
    if c < 0x80 {
        return (c as u8).is_ascii_alphabetic();
    }
    char::from_u32(c).is_some_and(|c| c.general_category_group() == Group::Letter)
}

/// `str.isdecimal`.
pub fn is_decimal(c: u32) -> bool {
    super::numeric::decimal_value(c).is_some()
}

/// Digits that are not decimal: superscripts, circled digits and the like.
static EXTRA_DIGITS: &[(u32, u32)] = &[
    (0xb2, 0xb3),
    (0xb9, 0xb9),
    (0x1369, 0x1371),
    (0x19da, 0x19da),
    (0x2070, 0x2070),
    (0x2074, 0x2079),
    (0x2080, 0x2089),
    (0x2460, 0x2468),
    (0x2474, 0x247c),
    (0x2488, 0x2490),
    (0x24ea, 0x24ea),
    (0x24f5, 0x24fd),
    (0x24ff, 0x24ff),
    (0x2776, 0x277e),
    (0x2780, 0x2788),
    (0x278a, 0x2792),
    (0x10a40, 0x10a43),
    (0x10e60, 0x10e68),
    (0x11052, 0x1105a),
    (0x1f100, 0x1f10a),
];

/// `str.isdigit`.
pub fn is_digit(c: u32) -> bool {
    if c < 0x80 {
        return (48..58).contains(&c);
    }
    is_decimal(c) || EXTRA_DIGITS.iter().any(|&(low, high)| (low..=high).contains(&c))
}

/// Ideographs with a numeric value, which the general category does not tell.
static NUMERIC_IDEOGRAPHS: &[u32] = &[
    0x3405, 0x3483, 0x382a, 0x3b4d, 0x4e00, 0x4e03, 0x4e07, 0x4e09, 0x4e24, 0x4e5d, 0x4e8c, 0x4e94, 0x4e96,
    0x4eac, 0x4ebf, 0x4ec0, 0x4edf, 0x4ee8, 0x4f0d, 0x4f70, 0x4fe9, 0x5006, 0x5104, 0x5146, 0x5169, 0x516b,
    0x516d, 0x5341, 0x5343, 0x5344, 0x5345, 0x534c, 0x53c1, 0x53c2, 0x53c3, 0x53c4, 0x56db, 0x58f1, 0x58f9,
    0x5e7a, 0x5efe, 0x5eff, 0x5f0c, 0x5f0d, 0x5f0e, 0x5f10, 0x62d0, 0x62fe, 0x634c, 0x67d2, 0x6f06, 0x7396,
    0x767e, 0x7695, 0x79ed, 0x8086, 0x842c, 0x8cae, 0x8cb3, 0x8d30, 0x920e, 0x94a9, 0x9621, 0x9646, 0x964c,
    0x9678, 0x96f6, 0xf96b, 0xf973, 0xf978, 0xf9b2, 0xf9d1, 0xf9d3, 0xf9fd, 0x20001, 0x20064, 0x200e2,
    0x20121, 0x2092a, 0x20983, 0x2098c, 0x2099c, 0x20aea, 0x20afd, 0x20b19, 0x22390, 0x22998, 0x23b1b,
    0x2626d, 0x2f890,
];

/// `str.isnumeric`.
pub fn is_numeric(c: u32) -> bool {
    if c < 0x80 {
        return (48..58).contains(&c);
    }
    char::from_u32(c).is_some_and(|ch| ch.general_category_group() == Group::Number)
        || NUMERIC_IDEOGRAPHS.binary_search(&c).is_ok()
}

/// `str.isprintable`, what `repr` shows as it is.
pub fn is_printable(c: u32) -> bool {
    if c < 0x7f {
        return c >= 0x20;
    }
    !matches!(
        category(c),
        Gc::Control
            | Gc::Format
            | Gc::Surrogate
            | Gc::PrivateUse
            | Gc::Unassigned
            | Gc::LineSeparator
            | Gc::ParagraphSeparator
            | Gc::SpaceSeparator
    )
}

/// Lower case by the derived property.
pub fn is_lower(c: u32) -> bool {
    char::from_u32(c).is_some_and(char::is_lowercase)
}

/// Upper case by the derived property.
pub fn is_upper(c: u32) -> bool {
    char::from_u32(c).is_some_and(char::is_uppercase)
}

/// Title case letters (Lt).
pub fn is_title(c: u32) -> bool {
    c >= 0x1c5 && category(c) == Gc::TitlecaseLetter
}

/// Has the character case (upper, lower or title)?
pub fn is_cased(c: u32) -> bool {
    is_lower(c) || is_upper(c) || is_title(c)
}

/// Characters that a final sigma looks through.
pub fn is_case_ignorable(c: u32) -> bool {
    matches!(
        c,
        0x27 | 0x2e
            | 0x3a
            | 0xb7
            | 0x387
            | 0x55f
            | 0x5f4
            | 0x2018
            | 0x2019
            | 0x2024
            | 0x2027
            | 0xfe13
            | 0xfe52
            | 0xfe55
            | 0xff07
            | 0xff0e
            | 0xff1a
    ) || matches!(
        category(c),
        Gc::NonspacingMark | Gc::EnclosingMark | Gc::Format | Gc::ModifierLetter | Gc::ModifierSymbol
    )
}

/// Line boundaries of `str.splitlines`.
pub fn is_line_break(c: u32) -> bool {
    matches!(c, 0xa..=0xd | 0x1c..=0x1e | 0x85 | 0x2028 | 0x2029)
}

/// `str.isidentifier` for one character at the start.
pub fn is_identifier_start(c: u32) -> bool {
    c == u32::from('_') || char::from_u32(c).is_some_and(unicode_ident::is_xid_start)
}

/// `str.isidentifier` for a later character.
pub fn is_identifier_continue(c: u32) -> bool {
    char::from_u32(c).is_some_and(unicode_ident::is_xid_continue)
}
