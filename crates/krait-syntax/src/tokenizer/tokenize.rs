//! The tokens as the `tokenize` module shows them (CPython's `Python/Python-tokenize.c`): comments and blank lines
//! are tokens, columns count characters, and every token carries its text and its line.

use super::{Done, Options, Tokenizer, byte_to_char_offset};
use crate::error::SyntaxError;
use crate::token::{Token, TokenKind};

/// A token with everything that `tokenize.TokenInfo` has. Lines count from 1 and columns from 0, in characters.
#[derive(Clone, Debug)]
pub struct TokenInfo<'a> {
    /// The exact kind, also for operators.
    pub kind: TokenKind,
    pub text: &'a str,
    pub start: (u32, i64),
    pub end: (u32, i64),
    pub line: &'a str,
}

/// Iterator over the tokens of a source text.
pub struct TokenIter<'a> {
    tokenizer: Tokenizer<'a>,
    text: &'a str,
    finished: bool,
    /// The source did not end in a newline, and one was added to `text`.
    implicit_newline: bool,
}

impl<'a> TokenIter<'a> {
    /// Tokens of `text`; `implicit_newline` says that its last newline was added to it.
    pub fn new(text: &'a str, extra_tokens: bool, implicit_newline: bool) -> Self {
        let tokenizer = Tokenizer::new(text, Options { extra_tokens, ..Options::default() });
        TokenIter { tokenizer, text, finished: false, implicit_newline }
    }

    /// The lines from the one that holds byte `start` to the one that holds byte `end`.
    fn lines(&self, start: usize, end: usize) -> &'a str {
        let bytes = self.text.as_bytes();
        let from = memchr::memrchr(b'\n', &bytes[..start]).map_or(0, |at| at + 1);
        let to = memchr::memchr(b'\n', &bytes[end..]).map_or(bytes.len(), |at| end + at + 1);
        &self.text[from..to]
    }

    fn info(&self, token: &Token) -> TokenInfo<'a> {
        let (start, mut end) = (token.start as usize, token.end as usize);
        if token.kind == TokenKind::EndMarker {
            let lineno = self.tokenizer.lineno() + u32::from(self.tokenizer.options.extra_tokens);
            let at = if self.tokenizer.options.extra_tokens { 0 } else { -1 };
            return TokenInfo {
                kind: token.kind,
                text: "",
                start: (lineno, at),
                end: (lineno, at),
                line: "",
            };
        }
        let extra = self.tokenizer.options.extra_tokens;
        if !extra && matches!(token.kind, TokenKind::Indent | TokenKind::Dedent) {
            let at = (token.lineno, -1);
            return TokenInfo { kind: token.kind, text: "", start: at, end: at, line: "" };
        }
        if token.kind == TokenKind::Dedent && extra && self.tokenizer.done == Done::Eof {
            let lineno = self.tokenizer.lineno() + 1;
            return TokenInfo { kind: token.kind, text: "", start: (lineno, 0), end: (lineno, 0), line: "" };
        }
        let newline = matches!(token.kind, TokenKind::Newline | TokenKind::Nl);
        if newline && end > start {
            end -= 1;
        }
        let line = self.lines(start, end);
        let first_line = self.lines(start, start);
        let start_col = byte_to_char_offset(first_line, i64::from(token.col_offset));
        let end_byte = i64::from(token.end_col_offset) - i64::from(newline);
        let mut end_col = byte_to_char_offset(self.lines(end, end), end_byte);
        let mut text = &self.text[start..end];
        if extra && newline {
            if self.implicit_newline && end + 1 >= self.text.len() {
                text = "";
            } else {
                text = "\n";
            }
            end_col = start_col + 1;
        }
        TokenInfo {
            kind: token.kind,
            text,
            start: (token.lineno, start_col),
            end: (token.end_lineno, end_col),
            line,
        }
    }
}

impl<'a> Iterator for TokenIter<'a> {
    type Item = Result<TokenInfo<'a>, Box<SyntaxError>>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.finished {
            return None;
        }
        let token = self.tokenizer.next_token();
        match token.kind {
            TokenKind::Error => {
                self.finished = true;
                Some(Err(self.tokenizer.syntax_error()))
            }
            kind => {
                self.finished = kind == TokenKind::EndMarker;
                Some(Ok(self.info(&token)))
            }
        }
    }
}
