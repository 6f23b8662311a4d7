//! The values of literals: strings and bytes with their escapes, numbers (CPython's `Parser/string_parser.c`,
//! `Parser/action_helpers.c` and the `unicode_escape` decoder).
//!
//! Errors are messages: the parser knows where the literal stands.

use std::borrow::Cow;
use std::rc::Rc;

mod aliases;

use aliases::ALIASES;
use krait_ast::constant::{Constant, Int, Text, push_code_point};
use num_bigint::BigInt;

/// A SyntaxWarning about an escape sequence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EscapeWarning {
    pub message: String,
    /// Offset of the backslash in the text that was decoded.
    pub offset: usize,
}

/// A decoded literal, and the warning about its first doubtful escape.
pub type Decoded<T> = Result<(T, Option<EscapeWarning>), String>;

/// The value of a string literal.
#[derive(Clone, Debug, PartialEq)]
pub enum StringValue {
    Text(Text),
    Bytes(Rc<[u8]>),
}

/// The warning about a backslash that escapes nothing.
pub fn invalid_escape_message(escape: &str) -> String {
    format!(
        "\"\\{escape}\" is an invalid escape sequence. Such sequences will not work in the future. \
         Did you mean \"\\\\{escape}\"? A raw string is also an option."
    )
}

fn octal_escape_message(value: u32) -> String {
    format!(
        "\"\\{value:o}\" is an invalid octal escape sequence. Such sequences will not work in the future. \
         Did you mean \"\\\\{value:o}\"? A raw string is also an option."
    )
}

/// The parts of the text of a STRING token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StringParts<'a> {
    pub bytes: bool,
    pub raw: bool,
    /// Whether the prefix is `u`, which the syntax tree records.
    pub unicode: bool,
    /// What stands between the quotes.
    pub body: &'a str,
    /// Offset of `body` in the token.
    pub body_offset: usize,
}

/// Take a STRING token apart.
pub fn string_parts(token: &str) -> StringParts<'_> {
    let quote_at = token.find(['"', '\'']).unwrap_or(0);
    let (prefix, quoted) = token.split_at(quote_at);
    let has = |letter: char| prefix.chars().any(|ch| ch.eq_ignore_ascii_case(&letter));
    let quote = &quoted[..quoted.len().min(1)];
    let triple = quoted.len() >= 6 && quoted[1..].starts_with(quote) && quoted[2..].starts_with(quote);
    let size = if triple { 3 } else { 1 };
    let body = quoted.get(size..quoted.len().saturating_sub(size)).unwrap_or("");
    StringParts { bytes: has('b'), raw: has('r'), unicode: has('u'), body, body_offset: quote_at + size }
}

/// The value of a STRING token. The warning's offset counts from the start of the token.
pub fn decode_string(token: &str) -> Decoded<StringValue> {
    let parts = string_parts(token);
    let shift = |warning: Option<EscapeWarning>| {
        warning.map(|w| EscapeWarning { offset: w.offset + parts.body_offset, ..w })
    };
    if parts.bytes {
        if !parts.body.is_ascii() {
            return Err("bytes can only contain ASCII literal characters".into());
        }
        if parts.raw {
            return Ok((StringValue::Bytes(Rc::from(parts.body.as_bytes())), None));
        }
        let (bytes, warning) = decode_bytes_escapes(parts.body)?;
        return Ok((StringValue::Bytes(Rc::from(bytes)), shift(warning)));
    }
    let (text, warning) = decode_text(parts.body, parts.raw)?;
    Ok((StringValue::Text(text), shift(warning)))
}

/// The text of the literal part of an f-string or of any string body.
pub fn decode_text(body: &str, raw: bool) -> Decoded<Text> {
    if raw || memchr::memchr(b'\\', body.as_bytes()).is_none() {
        return Ok((Text::from(body), None));
    }
    let mut decoder = Unescape { body: body.as_bytes(), at: 0, warning: None };
    let text = decoder.text()?;
    Ok((Text::from(text), decoder.warning))
}

/// The bytes of the body of a bytes literal that is not raw.
pub fn decode_bytes_escapes(body: &str) -> Decoded<Vec<u8>> {
    let mut decoder = Unescape { body: body.as_bytes(), at: 0, warning: None };
    let bytes = decoder.bytes()?;
    Ok((bytes, decoder.warning))
}

/// A walk over the body of a string.
struct Unescape<'a> {
    body: &'a [u8],
    at: usize,
    warning: Option<EscapeWarning>,
}

impl Unescape<'_> {
    fn text(&mut self) -> Result<Vec<u8>, String> {
        let mut out = Vec::with_capacity(self.body.len());
        while self.at < self.body.len() {
            let rest = &self.body[self.at..];
            let plain = memchr::memchr(b'\\', rest).unwrap_or(rest.len());
            out.extend_from_slice(&rest[..plain]);
            self.at += plain;
            if self.at < self.body.len() {
                self.text_escape(&mut out)?;
            }
        }
        Ok(out)
    }

    /// One escape sequence, whose backslash is at the current place.
    fn text_escape(&mut self, out: &mut Vec<u8>) -> Result<(), String> {
        let start = self.at;
        self.at += 1;
        let Some(&byte) = self.body.get(self.at).filter(|byte| byte.is_ascii()) else {
            // Before a character beyond ASCII, or at the end, the backslash stands for itself.
            out.push(b'\\');
            return Ok(());
        };
        self.at += 1;
        if self.simple_escape(byte, out) {
            return Ok(());
        }
        match byte {
            b'x' => self.hex_escape(start, 2, "truncated \\xXX escape", out),
            b'u' => self.hex_escape(start, 4, "truncated \\uXXXX escape", out),
            b'U' => self.hex_escape(start, 8, "truncated \\UXXXXXXXX escape", out),
            b'N' => self.named_escape(start, out),
            b'0'..=b'7' => {
                let value = self.octal(byte, start);
                push_code_point(out, value);
                Ok(())
            }
            _ => {
                self.warn_invalid(byte, start);
                out.extend([b'\\', byte]);
                Ok(())
            }
        }
    }

    /// The escapes that strings and bytes share and that stand for one ASCII character or none.
    fn simple_escape(&mut self, byte: u8, out: &mut Vec<u8>) -> bool {
        let value = match byte {
            b'\n' => return true,
            b'\\' | b'\'' | b'"' => byte,
            b'b' => 8,
            b'f' => 12,
            b't' => b'\t',
            b'n' => b'\n',
            b'r' => b'\r',
            b'v' => 11,
            b'a' => 7,
            _ => return false,
        };
        out.push(value);
        true
    }

    fn octal(&mut self, first: u8, start: usize) -> u32 {
        let mut value = u32::from(first - b'0');
        for _ in 0..2 {
            let Some(&digit) = self.body.get(self.at).filter(|digit| matches!(digit, b'0'..=b'7')) else {
                break;
            };
            value = value * 8 + u32::from(digit - b'0');
            self.at += 1;
        }
        if value > 0o377 && self.warning.is_none() {
            self.warning = Some(EscapeWarning { message: octal_escape_message(value), offset: start });
        }
        value
    }

    fn warn_invalid(&mut self, byte: u8, start: usize) {
        if self.warning.is_none() {
            let message = invalid_escape_message(&(byte as char).to_string());
            self.warning = Some(EscapeWarning { message, offset: start });
        }
    }

    fn decode_error(&self, start: usize, reason: &str) -> String {
        let from = expanded_length(&self.body[..start]);
        let to = from + expanded_length(&self.body[start..self.at]);
        if to == from + 1 {
            return format!(
                "(unicode error) 'unicodeescape' codec can't decode byte 0x5c in position {from}: {reason}"
            );
        }
        format!(
            "(unicode error) 'unicodeescape' codec can't decode bytes in position {from}-{}: {reason}",
            to - 1
        )
    }

    fn hex_escape(
        &mut self,
        start: usize,
        digits: usize,
        reason: &str,
        out: &mut Vec<u8>,
    ) -> Result<(), String> {
        let mut value = 0u32;
        for _ in 0..digits {
            let digit = self.body.get(self.at).and_then(|&byte| (byte as char).to_digit(16));
            let Some(digit) = digit else { return Err(self.decode_error(start, reason)) };
            value = value << 4 | digit;
            self.at += 1;
        }
        if value > 0x10_ffff {
            return Err(self.decode_error(start, "illegal Unicode character"));
        }
        push_code_point(out, value);
        Ok(())
    }

    fn named_escape(&mut self, start: usize, out: &mut Vec<u8>) -> Result<(), String> {
        let malformed = "malformed \\N character escape";
        if self.body.get(self.at) != Some(&b'{') {
            return Err(self.decode_error(start, malformed));
        }
        self.at += 1;
        let name_start = self.at;
        let Some(length) = memchr::memchr(b'}', &self.body[name_start..]) else {
            self.at = self.body.len();
            return Err(self.decode_error(start, malformed));
        };
        self.at += length;
        if length == 0 {
            return Err(self.decode_error(start, malformed));
        }
        self.at += 1;
        let name = std::str::from_utf8(&self.body[name_start..name_start + length]).unwrap_or("");
        match character_by_name(name) {
            Some(ch) => {
                push_code_point(out, ch as u32);
                Ok(())
            }
            None => Err(self.decode_error(start, "unknown Unicode character name")),
        }
    }

    fn bytes(&mut self) -> Result<Vec<u8>, String> {
        let mut out = Vec::with_capacity(self.body.len());
        while self.at < self.body.len() {
            let rest = &self.body[self.at..];
            let plain = memchr::memchr(b'\\', rest).unwrap_or(rest.len());
            out.extend_from_slice(&rest[..plain]);
            self.at += plain;
            let start = self.at;
            let Some(&byte) = self.body.get(start + 1) else {
                out.extend_from_slice(&self.body[start..]);
                break;
            };
            self.at = start + 2;
            if !self.simple_escape(byte, &mut out) {
                self.byte_escape(byte, start, &mut out)?;
            }
        }
        Ok(out)
    }

    fn byte_escape(&mut self, byte: u8, start: usize, out: &mut Vec<u8>) -> Result<(), String> {
        match byte {
            b'0'..=b'7' => out.push(self.octal(byte, start) as u8),
            b'x' => {
                let digit = |at: usize| self.body.get(at).and_then(|&byte| (byte as char).to_digit(16));
                let (Some(high), Some(low)) = (digit(self.at), digit(self.at + 1)) else {
                    return Err(format!("(value error) invalid \\x escape at position {start}"));
                };
                out.push((high << 4 | low) as u8);
                self.at += 2;
            }
            _ => {
                self.warn_invalid(byte, start);
                out.extend([b'\\', byte]);
            }
        }
        Ok(())
    }
}

/// The character of this name or alias, in any case, as `unicodedata.lookup` finds it (but for named sequences).
pub fn character_by_name(name: &str) -> Option<char> {
    let upper = name.to_ascii_uppercase();
    if let Ok(at) = ALIASES.binary_search_by(|(alias, _)| (*alias).cmp(&upper)) {
        return char::from_u32(ALIASES[at].1);
    }
    if let Some(digits) = upper.strip_prefix("TANGUT IDEOGRAPH-") {
        return tangut_ideograph(digits);
    }
    // This look-up ignores spaces, hyphens and underscores; Python does not.
    let ch = unicode_names2::character(name)?;
    unicode_names2::name(ch).is_some_and(|found| found.to_string() == upper).then_some(ch)
}

/// Tangut ideographs are named by their code.
fn tangut_ideograph(digits: &str) -> Option<char> {
    let plain = digits.len() == 5 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    let code = u32::from_str_radix(digits, 16).ok().filter(|_| plain)?;
    matches!(code, 0x17000..=0x187f7 | 0x18d00..=0x18d08).then(|| char::from_u32(code))?
}

/// Length of the form that CPython decodes: characters beyond ASCII are written as escapes of ten bytes in it, and
/// the positions in its messages count those.
fn expanded_length(text: &[u8]) -> usize {
    let mut length = 0;
    let mut bytes = text.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\\' => match bytes.next_if(u8::is_ascii) {
                Some(_) => length += 2,
                None => length += 6,
            },
            0xc0.. => length += 10,
            0x80.. => {}
            _ => length += 1,
        }
    }
    length
}

/// The value of a NUMBER token. `max_digits` is `sys.get_int_max_str_digits()`; 0 means no limit.
pub fn parse_number(token: &str, max_digits: usize) -> Result<Constant, String> {
    let text: Cow<'_, str> = if memchr::memchr(b'_', token.as_bytes()).is_some() {
        Cow::Owned(token.replace('_', ""))
    } else {
        Cow::Borrowed(token)
    };
    let bytes = text.as_bytes();
    let radix = match bytes {
        [b'0', b'x' | b'X', ..] => 16,
        [b'0', b'o' | b'O', ..] => 8,
        [b'0', b'b' | b'B', ..] => 2,
        _ => 10,
    };
    if radix != 10 {
        return parse_int(&text[2..], radix).map(Constant::Int);
    }
    if let Some(imaginary) = text.strip_suffix(['j', 'J']) {
        return Ok(Constant::Complex { real: 0.0, imag: parse_float(imaginary)? });
    }
    if bytes.iter().all(u8::is_ascii_digit) {
        check_digits(bytes.len(), max_digits)?;
        return parse_int(&text, 10).map(Constant::Int);
    }
    parse_float(&text).map(Constant::Float)
}

fn check_digits(digits: usize, max_digits: usize) -> Result<(), String> {
    // Below this many digits CPython does not look at the limit.
    const THRESHOLD: usize = 640;
    if max_digits == 0 || digits <= THRESHOLD || digits <= max_digits {
        return Ok(());
    }
    Err(format!(
        "Exceeds the limit ({max_digits} digits) for integer string conversion: value has {digits} digits; \
         use sys.set_int_max_str_digits() to increase the limit - Consider hexadecimal for huge integer literals \
         to avoid decimal conversion limits."
    ))
}

fn parse_int(digits: &str, radix: u32) -> Result<Int, String> {
    if let Ok(small) = i64::from_str_radix(digits, radix) {
        return Ok(Int::Small(small));
    }
    BigInt::parse_bytes(digits.as_bytes(), radix).map(Int::from).ok_or_else(|| "invalid integer".to_owned())
}

fn parse_float(text: &str) -> Result<f64, String> {
    text.parse().map_err(|_| format!("could not convert string to float: '{text}'"))
}
