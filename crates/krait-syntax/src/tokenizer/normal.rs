//! Scanning code: everything but the literal parts of f-strings (CPython's `tok_get_normal_mode`).

use super::operator::operator;
use super::{Done, MAX_LEVEL, Mode, ModeKind, Paren, Tokenizer, name};
use crate::token::{Token, TokenKind};

/// What scanning a comment came to.
enum Comment {
    Token(Token),
    /// A comment nobody asked for; its last byte read is given.
    Skipped(Option<u8>),
}

impl Tokenizer<'_> {
    pub(super) fn regular_token(&mut self) -> Token {
        loop {
            self.start = None;
            let mut blank = false;
            if self.at_line_start {
                match self.read_indentation() {
                    Ok(is_blank) => blank = is_blank,
                    Err(token) => return token,
                }
            }
            self.start = Some(self.cur);
            if let Some(token) = self.pending_token() {
                return token;
            }
            if let Some(token) = self.line_token(blank) {
                return token;
            }
        }
    }

    /// The next token of the line; `None` when the line ended without one.
    fn line_token(&mut self, blank: bool) -> Option<Token> {
        loop {
            self.start = None;
            let mut byte = self.next();
            while matches!(byte, Some(b' ' | b'\t' | 0x0c)) {
                byte = self.next();
            }
            let mut start = self.cur.wrapping_sub(1);
            self.start = Some(start);
            if byte == Some(b'#') {
                match self.comment(start, blank) {
                    Comment::Token(token) => return Some(token),
                    Comment::Skipped(last) => byte = last,
                }
            }
            let Some(byte) = byte else { return Some(self.end_token()) };
            if name::may_start(byte) {
                return Some(self.name_or_prefixed(start, byte));
            }
            match byte {
                b'\n' => {
                    // After a comment the token is the newline alone.
                    if self.options.extra_tokens {
                        start = self.cur - 1;
                    }
                    return self.newline(start, blank);
                }
                b'0'..=b'9' => return Some(self.number(start, byte)),
                b'.' => return Some(self.dot(start)),
                b'"' | b'\'' => return Some(self.string(start, byte)),
                b'\\' => {
                    if self.continuation_line().is_none() {
                        return Some(self.error_token());
                    }
                }
                _ => return Some(self.punctuation(start, byte)),
            }
        }
    }

    fn end_token(&mut self) -> Token {
        if !self.parens.is_empty() || self.done != Done::Eof {
            return self.error_token();
        }
        self.mark(TokenKind::EndMarker)
    }

    fn newline(&mut self, start: usize, blank: bool) -> Option<Token> {
        self.at_line_start = true;
        if blank || !self.parens.is_empty() {
            return self.options.extra_tokens.then(|| self.token(TokenKind::Nl, start, self.cur));
        }
        if self.comment_newline && self.options.extra_tokens {
            self.comment_newline = false;
            return Some(self.token(TokenKind::Nl, start, self.cur));
        }
        Some(self.token(TokenKind::Newline, start, self.cur))
    }

    fn comment(&mut self, start: usize, blank: bool) -> Comment {
        // The comment goes up to the newline, which is on this line if anywhere.
        let has_newline = self.inp > self.cur && self.src[self.inp - 1] == b'\n';
        let end = if has_newline { self.inp - 1 } else { self.inp };
        self.cur = end;
        if self.options.type_comments
            && let Some(token) = self.type_comment(start, end, blank)
        {
            return Comment::Token(token);
        }
        if self.options.extra_tokens {
            self.comment_newline = blank && self.parens.is_empty();
            return Comment::Token(self.token(TokenKind::Comment, start, end));
        }
        Comment::Skipped(self.next())
    }

    /// The token for a comment `# type: ...`.
    fn type_comment(&mut self, start: usize, end: usize, blank: bool) -> Option<Token> {
        let skip_blanks = |mut at: usize| {
            while at < end && matches!(self.src[at], b' ' | b'\t') {
                at += 1;
            }
            at
        };
        let at = skip_blanks(start + 1);
        let rest = self.src[at..end].strip_prefix(b"type:")?;
        let at = skip_blanks(end - rest.len());
        let text = &self.src[at..end];
        let ignore = text.starts_with(b"ignore")
            && !text.get(6).is_some_and(|&byte| byte >= 128 || byte.is_ascii_alphanumeric());
        if !ignore {
            return Some(self.token(TokenKind::TypeComment, at, end));
        }
        let token = self.token(TokenKind::TypeIgnore, at + 6, end);
        if blank {
            self.next();
            self.at_line_start = true;
        }
        Some(token)
    }

    /// A name, a keyword, or a string whose prefix looks like the start of a name.
    fn name_or_prefixed(&mut self, start: usize, first: u8) -> Token {
        let mut quote = None;
        if matches!(first | 0x20, b'b' | b'u' | b'r' | b'f' | b't') {
            match self.string_prefix(start, first) {
                Ok(found) => quote = found,
                Err(token) => return token,
            }
        }
        if let Some((byte, interpolated)) = quote {
            return if interpolated { self.open_fstring(start, byte) } else { self.string(start, byte) };
        }
        let mut end = start + 1;
        let mut non_ascii = first;
        while end < self.inp && name::may_continue(self.src[end]) {
            non_ascii |= self.src[end];
            end += 1;
        }
        self.cur = end;
        self.look_past();
        if non_ascii >= 128 && !self.verify_name(start) {
            return self.error_token();
        }
        let kind = if self.options.extra_tokens {
            TokenKind::Name
        } else {
            TokenKind::keyword(&self.src[start..end]).unwrap_or(TokenKind::Name)
        };
        self.token(kind, start, end)
    }

    fn dot(&mut self, start: usize) -> Token {
        if self.peek().is_ascii_digit() {
            let byte = self.next();
            return self.fraction(start, byte);
        }
        if self.src[self.cur..self.inp].starts_with(b"..") {
            self.cur += 2;
            return self.token(TokenKind::Ellipsis, start, self.cur);
        }
        let dots = usize::from(self.peek() == b'.');
        self.look_at(self.cur + dots);
        self.token(TokenKind::Dot, start, self.cur)
    }

    /// CPython has looked one byte further by now, which notices the end of the source.
    #[inline]
    fn look_past(&mut self) {
        self.look_at(self.cur);
    }

    /// CPython has looked at the byte at `at`, but not read it.
    #[inline]
    pub(super) fn look_at(&mut self, at: usize) {
        if at == self.src.len() && self.done == Done::No {
            self.done = Done::Eof;
        }
    }

    fn punctuation(&mut self, start: usize, byte: u8) -> Token {
        if byte == b':' && self.in_fstring() && self.mode.in_expr() {
            let cursor = self.mode.curly_depth - 1;
            if cursor == self.mode.expr_start_depth {
                self.mode.kind = ModeKind::Literal;
                self.mode.in_format_spec = true;
                return self.token(TokenKind::Colon, start, self.cur);
            }
        }
        let second = self.peek();
        let third = if self.cur + 1 < self.inp { self.src[self.cur + 1] } else { 0 };
        let Some((mut kind, mut length)) = operator(byte, second, third) else {
            return self.unknown_byte(start, byte);
        };
        if kind == TokenKind::NotEqual && byte == b'<' && !self.flufl {
            (kind, length) = (TokenKind::Less, 1);
        }
        self.cur = start + length;
        if length < 3 {
            self.look_past();
        }
        if length == 1
            && let Err(token) = self.track_brackets(start, byte)
        {
            return token;
        }
        self.token(kind, start, self.cur)
    }

    /// A byte that begins no token: `$`, `?`, a backquote, or a control character.
    fn unknown_byte(&mut self, start: usize, byte: u8) -> Token {
        self.look_past();
        if matches!(byte, b' '..=b'~') {
            return self.token(TokenKind::Op, start, self.cur);
        }
        self.error(format!("invalid non-printable character U+{byte:04X}"))
    }

    fn track_brackets(&mut self, start: usize, byte: u8) -> Result<(), Token> {
        match byte {
            b'(' | b'[' | b'{' => {
                if self.parens.len() >= MAX_LEVEL {
                    return Err(self.error("too many nested parentheses".into()));
                }
                self.parens.push(Paren { byte, lineno: self.lineno, col: start - self.line_start });
                if self.in_fstring() {
                    self.mode.curly_depth += 1;
                }
                Ok(())
            }
            b')' | b']' | b'}' => self.close_bracket(byte),
            b'=' if self.mode.curly_depth - self.mode.expr_start_depth == 1 => {
                self.mode.in_debug = true;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn close_bracket(&mut self, byte: u8) -> Result<(), Token> {
        let close = byte as char;
        let prefix = self.mode.prefix();
        let in_fstring = self.in_fstring();
        if in_fstring && self.mode.curly_depth == 0 && byte == b'}' {
            return Err(self.error(format!("{prefix}-string: single '}}' is not allowed")));
        }
        let lenient = self.options.extra_tokens;
        match self.parens.pop() {
            None if !lenient => return Err(self.error(format!("unmatched '{close}'"))),
            Some(open) if !lenient && !matches(open.byte, byte) => return Err(self.mismatch(open, byte)),
            _ => {}
        }
        if !in_fstring {
            return Ok(());
        }
        self.mode.curly_depth -= 1;
        if self.mode.curly_depth < 0 {
            return Err(self.error(format!("{prefix}-string: unmatched '{close}'")));
        }
        if byte == b'}' && self.mode.curly_depth == self.mode.expr_start_depth {
            self.mode.expr_start_depth -= 1;
            self.mode.kind = ModeKind::Literal;
            self.mode.in_format_spec = false;
            self.mode.in_debug = false;
        }
        Ok(())
    }

    fn mismatch(&mut self, open: Paren, byte: u8) -> Token {
        let (close, opening) = (byte as char, open.byte as char);
        if self.in_fstring() && open.byte == b'{' && self.mode.curly_depth - 1 == self.mode.expr_start_depth {
            let prefix = self.mode.prefix();
            return self.error(format!("{prefix}-string: unmatched '{close}'"));
        }
        let mut message =
            format!("closing parenthesis '{close}' does not match opening parenthesis '{opening}'");
        if open.lineno != self.lineno {
            message.push_str(&format!(" on line {}", open.lineno));
        }
        self.error(message)
    }

    /// Leave the f-string that ends here.
    pub(super) fn pop_mode(&mut self) {
        self.mode = self.outer_modes.pop().unwrap_or(Mode::FILE);
    }
}

fn matches(open: u8, close: u8) -> bool {
    matches!((open, close), (b'(', b')') | (b'[', b']') | (b'{', b'}'))
}
