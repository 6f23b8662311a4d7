//! Strings: plain ones as one token, f-strings and t-strings as a start, literal parts and an end with the tokens of
//! the replacement fields between them (CPython's `tok_get_fstring_mode`).

use super::{Done, MAX_EXPR_NESTING, MAX_FSTRING_LEVEL, Mode, ModeKind, Tokenizer, Warning};
use crate::token::{Token, TokenKind};

/// Letters of a string prefix that cannot go together, in the order in which they are complained about.
const INCOMPATIBLE: [(u8, u8); 7] =
    [(b'u', b'b'), (b'u', b'r'), (b'u', b'f'), (b'u', b't'), (b'b', b'f'), (b'b', b't'), (b'f', b't')];

impl Tokenizer<'_> {
    /// Whether a string begins here: its quote (which is then read) and whether it has replacement fields.
    pub(super) fn string_prefix(&mut self, start: usize, first: u8) -> Result<Option<(u8, bool)>, Token> {
        let mut seen: [u8; 5] = [0; 5];
        let mut count = 0;
        let mut at = start;
        let mut byte = first;
        while matches!(byte | 0x20, b'b' | b'u' | b'r' | b'f' | b't') && byte.is_ascii_alphabetic() {
            let letter = byte | 0x20;
            if seen[..count].contains(&letter) {
                return Ok(None);
            }
            seen[count] = letter;
            count += 1;
            at += 1;
            byte = if at < self.inp { self.src[at] } else { 0 };
        }
        if !matches!(byte, b'"' | b'\'') {
            return Ok(None);
        }
        self.cur = at + 1;
        let has = |letter: u8| seen[..count].contains(&letter);
        if let Some((one, other)) = INCOMPATIBLE.iter().find(|(one, other)| has(*one) && has(*other)) {
            let message = format!("'{}' and '{}' prefixes are incompatible", *one as char, *other as char);
            let (from, to) = (start + 1 - self.line_start, self.cur - self.line_start);
            return Err(self.error_range(message, from, to));
        }
        Ok(Some((byte, has(b'f') || has(b't'))))
    }

    /// A string without replacement fields, whose opening quote has been read.
    pub(super) fn string(&mut self, start: usize, quote: u8) -> Token {
        self.first_lineno = self.lineno;
        self.multi_line_start = self.line_start;
        let rest = &self.src[self.cur..self.inp];
        let quote_size = if rest.starts_with(&[quote, quote]) { 3 } else { 1 };
        let empty = rest.first() == Some(&quote);
        if quote_size == 3 {
            self.cur += 2;
        } else {
            self.look_at(self.cur + usize::from(empty));
        }
        let mut end_size = 0;
        let mut escaped_quote = false;
        while end_size != quote_size {
            self.skip_plain(quote, end_size);
            let byte = self.next();
            if self.done == Done::Error {
                return self.error_token();
            }
            match byte {
                None => return self.unterminated(start, quote, quote_size, byte, escaped_quote),
                Some(b'\n') if quote_size == 1 => {
                    return self.unterminated(start, quote, quote_size, byte, escaped_quote);
                }
                Some(byte) if byte == quote => end_size += 1,
                Some(byte) => {
                    end_size = 0;
                    if byte == b'\\' && self.next() == Some(quote) {
                        escaped_quote = true;
                    }
                }
            }
        }
        self.string_token(TokenKind::String, start, self.cur)
    }

    /// Skip what cannot end a string: everything on this line up to a quote or a backslash.
    #[inline]
    fn skip_plain(&mut self, quote: u8, end_size: usize) {
        if end_size != 0 {
            return;
        }
        let rest = &self.src[self.cur..self.inp];
        let skip = memchr::memchr3(quote, b'\\', b'\n', rest).unwrap_or(rest.len());
        self.cur += skip;
    }

    fn unterminated(
        &mut self,
        start: usize,
        quote: u8,
        quote_size: usize,
        last: Option<u8>,
        escaped_quote: bool,
    ) -> Token {
        let detected = self.lineno;
        self.cur = start + 1;
        self.line_start = self.multi_line_start;
        self.lineno = self.first_lineno;
        if self.in_fstring() && self.mode.quote == quote && self.mode.quote_size == quote_size {
            let prefix = self.mode.prefix();
            return self.error(format!("{prefix}-string: expecting '}}'"));
        }
        let message = if quote_size == 3 {
            format!("unterminated triple-quoted string literal (detected at line {detected})")
        } else if escaped_quote {
            format!(
                "unterminated string literal (detected at line {detected}); \
                 perhaps you escaped the end quote?"
            )
        } else {
            format!("unterminated string literal (detected at line {detected})")
        };
        self.ended_in_string = last.is_none();
        self.error(message)
    }

    /// Open an f-string or t-string, whose first quote has been read.
    pub(super) fn open_fstring(&mut self, start: usize, quote: u8) -> Token {
        self.first_lineno = self.lineno;
        self.multi_line_start = self.line_start;
        let rest = &self.src[self.cur..self.inp];
        let quote_size = if rest.starts_with(&[quote, quote]) { 3 } else { 1 };
        let empty = rest.first() == Some(&quote);
        if quote_size == 3 {
            self.cur += 2;
        } else {
            self.look_at(self.cur + usize::from(empty));
        }
        if self.outer_modes.len() + 1 >= MAX_FSTRING_LEVEL {
            return self.error("too many nested f-strings or t-strings".into());
        }
        let prefix = [self.src[start] | 0x20, self.src[start + 1] | 0x20];
        let template = prefix.contains(&b't');
        let mode = Mode {
            kind: ModeKind::Literal,
            template,
            quote,
            quote_size,
            raw: prefix.contains(&b'r'),
            start,
            line_start: self.line_start,
            first_line: self.lineno,
            ..Mode::FILE
        };
        self.outer_modes.push(std::mem::replace(&mut self.mode, mode));
        let kind = if template { TokenKind::TStringStart } else { TokenKind::FStringStart };
        self.string_token(kind, start, self.cur)
    }

    fn middle(&self, end: usize) -> Token {
        let kind = if self.mode.template { TokenKind::TStringMiddle } else { TokenKind::FStringMiddle };
        self.string_token(kind, self.start.unwrap_or(end), end)
    }

    /// A token of the literal part of an f-string: text, the end, or the `{` of a replacement field.
    pub(super) fn literal_token(&mut self) -> Token {
        self.start = Some(self.cur);
        self.first_lineno = self.lineno;
        let rest = &self.src[self.cur..self.inp];
        if rest.first() == Some(&b'{') && rest.get(1) != Some(&b'{') {
            return match self.enter_field() {
                Ok(()) => self.regular_token(),
                Err(token) => token,
            };
        }
        let (quote, size) = (self.mode.quote, self.mode.quote_size);
        if rest.len() >= size && rest[..size].iter().all(|&byte| byte == quote) {
            self.cur += size;
            let kind = if self.mode.template { TokenKind::TStringEnd } else { TokenKind::FStringEnd };
            self.multi_line_start = self.line_start;
            let token = self.string_token(kind, self.cur - size, self.cur);
            self.pop_mode();
            return token;
        }
        self.multi_line_start = self.line_start;
        self.literal_text()
    }

    fn enter_field(&mut self) -> Result<(), Token> {
        self.mode.expr_start_depth += 1;
        if self.mode.expr_start_depth >= MAX_EXPR_NESTING {
            let prefix = self.mode.prefix();
            return Err(self.error(format!("{prefix}-string: expressions nested too deeply")));
        }
        self.mode.kind = ModeKind::Regular;
        Ok(())
    }

    /// Literal text up to a replacement field, a doubled brace (of which one is given), or the closing quotes.
    fn literal_text(&mut self) -> Token {
        let (quote, size) = (self.mode.quote, self.mode.quote_size);
        let mut end_size = 0;
        let mut named_escape = false;
        while end_size != size {
            let byte = self.next();
            if self.done == Done::Error {
                return self.error_token();
            }
            let in_spec = self.mode.in_format_spec && self.mode.in_expr();
            let Some(byte) = byte.filter(|&byte| !(size == 1 && byte == b'\n')) else {
                return self.unterminated_fstring(byte, in_spec);
            };
            if byte == quote {
                end_size += 1;
                continue;
            }
            end_size = 0;
            match byte {
                b'{' => return self.literal_before_brace(in_spec),
                b'}' => {
                    if named_escape {
                        return self.middle(self.cur);
                    }
                    return self.literal_before_close(in_spec);
                }
                b'\\' => self.literal_escape(&mut named_escape),
                _ => {}
            }
        }
        self.cur -= size;
        self.middle(self.cur)
    }

    fn literal_before_brace(&mut self, in_spec: bool) -> Token {
        let next = self.next();
        if next == Some(b'{') && !in_spec {
            return self.middle(self.cur - 1);
        }
        self.back(next);
        self.cur -= 1;
        match self.enter_field() {
            Ok(()) => self.middle(self.cur),
            Err(token) => token,
        }
    }

    fn literal_before_close(&mut self, in_spec: bool) -> Token {
        let next = self.next();
        if next == Some(b'}') && !in_spec && self.mode.curly_depth == 0 {
            return self.middle(self.cur - 1);
        }
        self.back(next);
        self.cur -= 1;
        self.mode.kind = ModeKind::Regular;
        self.mode.in_format_spec = false;
        self.middle(self.cur)
    }

    fn literal_escape(&mut self, named_escape: &mut bool) {
        let next = self.next();
        match next {
            Some(brace @ (b'{' | b'}')) => {
                if !self.mode.raw {
                    let brace = brace as char;
                    self.warnings.push(Warning {
                        message: crate::literals::invalid_escape_message(&brace.to_string()),
                        lineno: self.lineno,
                        offset: self.cur - 2,
                    });
                }
                self.back(next);
            }
            Some(b'N') if !self.mode.raw => {
                let brace = self.next();
                if brace == Some(b'{') {
                    *named_escape = true;
                } else {
                    self.back(brace);
                }
            }
            _ => {}
        }
    }

    fn unterminated_fstring(&mut self, last: Option<u8>, in_spec: bool) -> Token {
        let prefix = self.mode.prefix();
        if in_spec && last == Some(b'\n') {
            return self.error(format!(
                "{prefix}-string: newlines are not allowed in format specifiers \
                 for single quoted {prefix}-strings"
            ));
        }
        let detected = self.lineno;
        self.cur = self.mode.start + 1;
        self.line_start = self.mode.line_start;
        self.lineno = self.mode.first_line;
        self.ended_in_string = self.mode.quote_size == 3 && last.is_none();
        let quotes = if self.mode.quote_size == 3 { "triple-quoted " } else { "" };
        self.error(format!("unterminated {quotes}{prefix}-string literal (detected at line {detected})"))
    }
}
