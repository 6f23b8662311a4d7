//! From the bytes of a source file to text: byte order mark, coding cookie (PEP 263), newlines
//! (CPython's `Parser/tokenizer/helpers.c` and `Parser/tokenizer/string_tokenizer.c`).

use std::borrow::Cow;

use crate::error::{ErrorKind, SyntaxError};

/// Decodes bytes by the name of an encoding other than UTF-8 and ASCII. The error is the message for the SyntaxError.
pub type Decode<'a> = dyn FnMut(&str, &[u8]) -> Result<String, String> + 'a;

/// A decoded source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    pub text: String,
    /// Name of the encoding, normalised as CPython does it (`utf-8`, `iso-8859-1`, or as spelt).
    pub encoding: String,
}

const BOM: &[u8] = b"\xef\xbb\xbf";

/// The text of a source file.
pub fn decode_source(bytes: &[u8], decode: &mut Decode<'_>) -> Result<Source, Box<SyntaxError>> {
    let (body, has_bom) = match bytes.strip_prefix(BOM) {
        Some(rest) => (rest, true),
        None => (bytes, false),
    };
    let encoding = match find_cookie(body) {
        Some(cookie) if has_bom && cookie != "utf-8" => {
            return Err(problem(format!("encoding problem: {cookie} with BOM")));
        }
        Some(cookie) => cookie,
        None => "utf-8".to_owned(),
    };
    let text = if encoding == "utf-8" { decode_utf8(body)? } else { decode_named(&encoding, body, decode)? };
    Ok(Source { text, encoding })
}

fn decode_named(encoding: &str, body: &[u8], decode: &mut Decode<'_>) -> Result<String, Box<SyntaxError>> {
    decode(encoding, body).map_err(problem)
}

fn problem(message: String) -> Box<SyntaxError> {
    Box::new(SyntaxError::nowhere(ErrorKind::Syntax, message))
}

fn decode_utf8(body: &[u8]) -> Result<String, Box<SyntaxError>> {
    let error = match std::str::from_utf8(body) {
        Ok(text) => return Ok(text.to_owned()),
        Err(error) => error,
    };
    let at = error.valid_up_to();
    let byte = body[at];
    let lineno = body[..at].iter().filter(|&&byte| byte == b'\n').count() + 1;
    Err(problem(format!(
        "(unicode error) 'utf-8' codec can't decode byte 0x{byte:02x} in position {at}: {} on line {lineno}",
        utf8_reason(&body[at..])
    )))
}

/// Why the bytes do not begin with a character, in the words of Python's UTF-8 codec.
fn utf8_reason(bytes: &[u8]) -> &'static str {
    match bytes {
        [0x80..=0xc1 | 0xf5..=0xff, ..] => "invalid start byte",
        [_, rest @ ..] if rest.iter().take(3).all(|byte| byte & 0xc0 == 0x80) && rest.len() < 3 => {
            "unexpected end of data"
        }
        _ => "invalid continuation byte",
    }
}

/// The encoding that a comment in the first two lines names; the second counts only if the first has no code.
pub fn find_cookie(body: &[u8]) -> Option<String> {
    for line in body.split_inclusive(|&byte| byte == b'\n' || byte == b'\r').take(2) {
        if let Some(name) = cookie_in_line(line) {
            return Some(normalize_encoding(&name));
        }
        let blank = line.iter().find(|byte| !matches!(byte, b' ' | b'\t' | 0x0c));
        if !matches!(blank, None | Some(b'#' | b'\n' | b'\r')) {
            return None;
        }
    }
    None
}

/// The name in `# ... coding[:=] name`.
fn cookie_in_line(line: &[u8]) -> Option<String> {
    let comment = line.iter().position(|byte| !matches!(byte, b' ' | b'\t' | 0x0c))?;
    if line[comment] != b'#' {
        return None;
    }
    let line = &line[comment..];
    let mut from = 0;
    while let Some(found) = line[from..].windows(6).position(|window| window == b"coding") {
        let after = from + found + 6;
        from = after;
        if !matches!(line.get(after), Some(b':' | b'=')) {
            continue;
        }
        let rest = &line[after + 1..];
        let skip = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        let name: Vec<u8> = rest[skip..]
            .iter()
            .copied()
            .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
            .collect();
        if !name.is_empty() {
            return String::from_utf8(name).ok();
        }
    }
    None
}

/// The common spellings of UTF-8 and Latin-1 get one name; others are left alone.
pub fn normalize_encoding(name: &str) -> String {
    let head: String =
        name.chars().take(12).map(|ch| if ch == '_' { '-' } else { ch.to_ascii_lowercase() }).collect();
    let is =
        |known: &str| head == known || head.strip_prefix(known).is_some_and(|rest| rest.starts_with('-'));
    if is("utf-8") {
        return "utf-8".into();
    }
    if is("latin-1") || is("iso-8859-1") || is("iso-latin-1") {
        return "iso-8859-1".into();
    }
    name.to_owned()
}

/// Newlines as the tokenizer wants them: `\n` only, and (for whole files) one at the end.
pub fn normalize_newlines(text: &str, final_newline: bool) -> Cow<'_, str> {
    let mut text = match memchr::memchr(b'\r', text.as_bytes()) {
        None => Cow::Borrowed(text),
        Some(_) => Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n")),
    };
    if final_newline && !text.is_empty() && !text.ends_with('\n') {
        text.to_mut().push('\n');
    }
    text
}
