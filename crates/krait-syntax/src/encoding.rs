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

const UTF8: &str = "utf-8";
const BOM: &[u8] = b"\xef\xbb\xbf";

/// The text of a source given as bytes.
pub fn decode_source(bytes: &[u8], decode: &mut Decode<'_>) -> Result<Source, Box<SyntaxError>> {
    let (body, has_bom) = match bytes.strip_prefix(BOM) {
        Some(rest) => (rest, true),
        None => (bytes, false),
    };
    let encoding = match find_cookie(body) {
        Some((cookie, line)) if has_bom && cookie != UTF8 => return Err(bom_conflict(&cookie, line)),
        Some((cookie, _)) => cookie,
        None => UTF8.to_owned(),
    };
    let text = if encoding == UTF8 {
        match std::str::from_utf8(body) {
            Ok(text) => text.to_owned(),
            Err(error) => return Err(not_utf8(body, error.valid_up_to())),
        }
    } else {
        decode(&encoding, body).map_err(undecodable)?
    };
    Ok(Source { text, encoding })
}

/// The bytes are not in the encoding that is declared, or there is no such encoding.
fn undecodable(message: String) -> Box<SyntaxError> {
    Box::new(SyntaxError { col_offset: -1, ..SyntaxError::nowhere(ErrorKind::Syntax, message) })
}

/// The cookie of a source that begins with a byte order mark names something else than UTF-8.
fn bom_conflict(cookie: &str, line: &[u8]) -> Box<SyntaxError> {
    let text = String::from_utf8_lossy(line).into_owned();
    Box::new(SyntaxError {
        kind: ErrorKind::Syntax,
        message: format!("encoding problem: {cookie} with BOM"),
        lineno: 1,
        col_offset: 0,
        end_lineno: 1,
        end_col_offset: line.len() as i32,
        text: Some(text),
    })
}

/// The byte at `at` begins no character.
fn not_utf8(body: &[u8], at: usize) -> Box<SyntaxError> {
    let mut lineno = 1;
    let mut rest = body;
    let mut start = 0;
    let line = loop {
        let (line, after) = split_line(rest);
        let next = body.len() - after.len();
        if at < next || after.is_empty() {
            break line;
        }
        start = next;
        rest = after;
        lineno += 1;
    };
    let column = String::from_utf8_lossy(&body[start..at]).chars().count() as i32 + 1;
    Box::new(SyntaxError {
        kind: ErrorKind::Syntax,
        message: format!(
            "Non-UTF-8 code starting with '\\x{:02x}' on line {lineno}, but no encoding declared; \
             see https://peps.python.org/pep-0263/ for details",
            body[at]
        ),
        lineno,
        col_offset: column,
        end_lineno: lineno,
        end_col_offset: column,
        text: Some(String::from_utf8_lossy(line).into_owned()),
    })
}

/// The first line without its newline, and what follows it.
fn split_line(bytes: &[u8]) -> (&[u8], &[u8]) {
    let Some(end) = memchr::memchr2(b'\n', b'\r', bytes) else { return (bytes, &[]) };
    let size = if bytes[end..].starts_with(b"\r\n") { 2 } else { 1 };
    (&bytes[..end], &bytes[end + size..])
}

/// The encoding that a comment in the first two lines names; the second counts only if the first has no code.
/// With it comes its line.
pub fn find_cookie(body: &[u8]) -> Option<(String, &[u8])> {
    let mut rest = body;
    for _ in 0..2 {
        let (line, after) = split_line(rest);
        if let Some(name) = cookie_in_line(line) {
            return Some((normalize_encoding(&name), line));
        }
        let first = line.iter().find(|byte| !matches!(byte, b' ' | b'\t' | 0x0c));
        if !matches!(first, None | Some(b'#')) {
            return None;
        }
        rest = after;
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
