//! Digits in text: decimal values of characters, and numbers written with any Unicode digits.

use super::Str;

/// First character of each run of ten decimal digits (general category Nd) outside ASCII, Unicode 16.
static DIGIT_ZEROS: &[u32] = &[
    0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xde6, 0xe50, 0xed0,
    0xf20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90, 0x1b50, 0x1bb0, 0x1c40, 0x1c50,
    0xa620, 0xa8d0, 0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0xff10, 0x104a0, 0x10d30, 0x10d40, 0x11066,
    0x110f0, 0x11136, 0x111d0, 0x112f0, 0x11450, 0x114d0, 0x11650, 0x116c0, 0x116d0, 0x116da, 0x11730,
    0x118e0, 0x11950, 0x11bf0, 0x11c50, 0x11d50, 0x11da0, 0x11f50, 0x16130, 0x16a60, 0x16ac0, 0x16b50,
    0x16d70, 0x1ccf0, 0x1d7ce, 0x1d7d8, 0x1d7e2, 0x1d7ec, 0x1d7f6, 0x1e140, 0x1e2f0, 0x1e4f0, 0x1e5f1,
    0x1e950, 0x1fbf0,
];

/// The value of a decimal digit character.
pub fn decimal_value(c: u32) -> Option<u32> {
    if c < 0x80 {
        return (48..58).contains(&c).then(|| c - 48);
    }
    let index = DIGIT_ZEROS.partition_point(|&zero| zero <= c);
    let zero = *DIGIT_ZEROS.get(index.checked_sub(1)?)?;
    (c - zero < 10).then(|| c - zero)
}

/// White space as `str.isspace` and `str.strip` see it.
pub fn is_space(c: u32) -> bool {
    matches!(
        c,
        0x9..=0xd | 0x1c..=0x20 | 0x85 | 0xa0 | 0x1680 | 0x2000..=0x200a | 0x2028 | 0x2029 | 0x202f | 0x205f | 0x3000
    )
}

/// The text with all digits and white space made ASCII, as number parsing wants it (`_PyUnicode_TransformDecimalAndSpaceToASCII`);
/// `None` when a character is neither.
pub fn to_ascii_number(text: &Str) -> Option<String> {
    if let Some(ascii) = text.as_ascii() {
        return Some(ascii.to_owned());
    }
    text.chars()
        .iter()
        .map(|c| match c {
            0..0x80 => char::from_u32(c),
            _ if is_space(c) => Some(' '),
            _ => decimal_value(c).and_then(|d| char::from_digit(d, 10)),
        })
        .collect()
}
