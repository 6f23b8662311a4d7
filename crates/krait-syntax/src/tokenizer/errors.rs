//! How the tokenizer reports errors, and how CPython's parser words those that the tokenizer only flags.

use super::{Done, Tokenizer};
use crate::error::{ErrorKind, SyntaxError};
use crate::token::{Token, TokenKind};

/// Number of characters that the first `col` bytes of `line` touch; one more when `col` is past the end.
pub fn byte_to_char_offset(line: &str, col: i64) -> i64 {
    let bytes = line.as_bytes();
    let Ok(col) = usize::try_from(col) else { return col };
    if col > bytes.len() {
        return line.chars().count() as i64 + 1;
    }
    bytes[..col].iter().filter(|&&byte| byte & 0xc0 != 0x80).count() as i64
}

impl<'a> Tokenizer<'a> {
    /// The token that stands for the error which was recorded or flagged.
    pub(super) fn error_token(&mut self) -> Token {
        self.mark(TokenKind::Error)
    }

    /// Record a syntax error that ends at the reading head; the token for it.
    #[cold]
    pub(super) fn error(&mut self, message: String) -> Token {
        self.syntax_error_here(message);
        self.error_token()
    }

    /// Record a syntax error at the given columns (1-based bytes) of this line.
    #[cold]
    pub(super) fn error_range(&mut self, message: String, from: usize, to: usize) -> Token {
        let line = self.line_text(self.line_start);
        let columns = (byte_to_char_offset(line, from as i64), byte_to_char_offset(line, to as i64));
        self.record(message, Some((columns.0 as i32, columns.1 as i32)));
        self.error_token()
    }

    #[cold]
    pub(super) fn syntax_error_here(&mut self, message: String) {
        self.record(message, None);
    }

    fn record(&mut self, message: String, columns: Option<(i32, i32)>) {
        if self.done == Done::Error {
            return;
        }
        self.done = Done::Error;
        let line = self.line_text(self.line_start);
        let (offset, end_offset) = columns.unwrap_or_else(|| {
            let at = self.text[self.line_start..self.cur].chars().count() as i32;
            (at, at)
        });
        self.error = Some(Box::new(SyntaxError {
            kind: ErrorKind::Syntax,
            message,
            lineno: self.lineno as i32,
            col_offset: offset,
            end_lineno: self.lineno as i32,
            end_col_offset: end_offset,
            text: Some(line.to_owned()),
        }));
    }

    /// The line that begins at `start`, without its newline.
    fn line_text(&self, start: usize) -> &'a str {
        let rest = &self.text[start..];
        let end = memchr::memchr(b'\n', rest.as_bytes()).unwrap_or(rest.len());
        &rest[..end]
    }

    /// The text that CPython's parser shows for an error on line `lineno`.
    pub(crate) fn error_line(&self, lineno: i64) -> &'a str {
        if i64::from(self.lineno) <= lineno && self.inp > self.line_start {
            return &self.text[self.line_start..self.inp];
        }
        let mut start = 0;
        for _ in 1..lineno {
            match memchr::memchr(b'\n', &self.src[start..]) {
                Some(at) if start + at < self.inp => start += at + 1,
                _ => break,
            }
        }
        self.line_text(start)
    }

    /// An error with columns in bytes from 1 (`_PyPegen_raise_error_known_location`).
    pub(crate) fn located_error(
        &self,
        kind: ErrorKind,
        message: String,
        start: (i64, i64),
        end: (i64, i64),
    ) -> Box<SyntaxError> {
        let line = self.error_line(start.0);
        let offset = byte_to_char_offset(line, start.1) as i32;
        let end_offset = (if end.1 > 0 { byte_to_char_offset(line, end.1) } else { end.1 }) as i32;
        Box::new(SyntaxError {
            kind,
            message,
            lineno: start.0 as i32,
            col_offset: offset,
            end_lineno: end.0 as i32,
            end_col_offset: end_offset,
            text: Some(line.to_owned()),
        })
    }

    /// The error about the innermost bracket that is still open.
    pub(crate) fn unclosed_bracket_error(&self) -> Option<Box<SyntaxError>> {
        let open = self.innermost_paren()?;
        let line = i64::from(open.lineno);
        let message = format!("'{}' was never closed", open.byte as char);
        Some(self.located_error(ErrorKind::Syntax, message, (line, open.col as i64 + 1), (line, 0)))
    }

    /// The error recorded by the tokenizer itself, as opposed to conditions the parser puts into words.
    pub(crate) fn recorded_error(&self) -> Option<&SyntaxError> {
        self.error.as_deref()
    }

    /// The error behind an `Error` token, as the parser reports it (`_Pypegen_tokenizer_error`).
    pub fn syntax_error(&self) -> Box<SyntaxError> {
        if let Some(error) = &self.error {
            return error.clone();
        }
        let line = i64::from(self.lineno);
        let whole_line = |kind, message: &str, col: i64| {
            self.located_error(kind, message.to_owned(), (line, col + 1), (line, 0))
        };
        let head = |kind, message: &str| {
            let col = self.column() as i64;
            self.located_error(kind, message.to_owned(), (line, col), (line, -1))
        };
        match self.done {
            Done::TabSpace => {
                whole_line(ErrorKind::Tab, "inconsistent use of tabs and spaces in indentation", 0)
            }
            Done::TooDeep => whole_line(ErrorKind::Indentation, "too many levels of indentation", 0),
            Done::LineCont => {
                let col = self.cur as i64 - self.buf as i64 - 1;
                let message = "unexpected character after line continuation character";
                whole_line(ErrorKind::Syntax, message, col)
            }
            Done::Dedent => {
                head(ErrorKind::Indentation, "unindent does not match any outer indentation level")
            }
            Done::Eof | Done::Error | Done::No => self
                .unclosed_bracket_error()
                .unwrap_or_else(|| head(ErrorKind::Syntax, "unexpected EOF while parsing")),
        }
    }
}
