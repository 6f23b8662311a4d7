//! Numbers: their extent and the errors about their form. The value is read later, by [`crate::literals`].

use super::{Tokenizer, Warning, name};
use crate::token::{Token, TokenKind};

/// A scan step that may have met an error, whose token is then given.
type Scan<T> = Result<T, Token>;

impl Tokenizer<'_> {
    /// A number whose first digit, `first`, has been read.
    pub(super) fn number(&mut self, start: usize, first: u8) -> Token {
        let scanned = if first == b'0' { self.zero_number(start) } else { self.decimal_number(start) };
        scanned.unwrap_or_else(|token| token)
    }

    /// A number from the byte after its point on; `byte` is that byte.
    pub(super) fn fraction(&mut self, start: usize, byte: Option<u8>) -> Token {
        self.fraction_tail(start, byte).unwrap_or_else(|token| token)
    }

    fn zero_number(&mut self, start: usize) -> Scan<Token> {
        let byte = self.next();
        match byte.map(|byte| byte | 0x20) {
            Some(b'x') => self.radix_number(start, 16, "hexadecimal"),
            Some(b'o') => self.radix_number(start, 8, "octal"),
            Some(b'b') => self.radix_number(start, 2, "binary"),
            _ => self.leading_zeros(start, byte),
        }
    }

    fn radix_number(&mut self, start: usize, radix: u32, kind: &str) -> Scan<Token> {
        let is_digit = |byte: Option<u8>| byte.is_some_and(|byte| (byte as char).is_digit(radix));
        let mut byte = self.next();
        loop {
            if byte == Some(b'_') {
                byte = self.next();
            }
            if !is_digit(byte) {
                return Err(self.bad_radix_digit(byte, radix, kind));
            }
            while is_digit(byte) {
                byte = self.next();
            }
            if byte != Some(b'_') {
                break;
            }
        }
        if radix < 10 && byte.is_some_and(|byte| byte.is_ascii_digit()) {
            return Err(self.bad_radix_digit(byte, radix, kind));
        }
        self.finish_number(start, byte, kind)
    }

    fn bad_radix_digit(&mut self, byte: Option<u8>, radix: u32, kind: &str) -> Token {
        if let Some(digit) = byte.filter(|byte| radix < 10 && byte.is_ascii_digit()) {
            return self.error(format!("invalid digit '{}' in {kind} literal", digit as char));
        }
        self.back(byte);
        self.error(format!("invalid {kind} literal"))
    }

    /// `0` with more zeros, underscores, or the rest of a float after it.
    fn leading_zeros(&mut self, start: usize, mut byte: Option<u8>) -> Scan<Token> {
        loop {
            if byte == Some(b'_') {
                byte = self.next();
                if !byte.is_some_and(|byte| byte.is_ascii_digit()) {
                    self.back(byte);
                    return Err(self.error("invalid decimal literal".into()));
                }
            }
            if byte != Some(b'0') {
                break;
            }
            byte = self.next();
        }
        let zeros_end = self.cur;
        let nonzero = byte.is_some_and(|byte| byte.is_ascii_digit());
        if nonzero {
            byte = self.decimal_tail()?;
        }
        match byte {
            Some(b'.') => {
                let byte = self.next();
                self.fraction_tail(start, byte)
            }
            Some(b'e' | b'E') => self.exponent(start, byte),
            Some(b'j' | b'J') => self.imaginary(start),
            _ if nonzero && !self.options.extra_tokens => {
                self.back(byte);
                let (from, to) = (start + 1 - self.line_start, zeros_end - self.line_start);
                Err(self.error_range(
                    "leading zeros in decimal integer literals are not permitted; \
                     use an 0o prefix for octal integers"
                        .into(),
                    from,
                    to,
                ))
            }
            _ => self.finish_number(start, byte, "decimal"),
        }
    }

    fn decimal_number(&mut self, start: usize) -> Scan<Token> {
        let byte = self.decimal_tail()?;
        if byte == Some(b'.') {
            let byte = self.next();
            return self.fraction_tail(start, byte);
        }
        self.after_fraction(start, byte)
    }

    fn fraction_tail(&mut self, start: usize, byte: Option<u8>) -> Scan<Token> {
        let byte = if byte.is_some_and(|byte| byte.is_ascii_digit()) { self.decimal_tail()? } else { byte };
        self.after_fraction(start, byte)
    }

    fn after_fraction(&mut self, start: usize, byte: Option<u8>) -> Scan<Token> {
        match byte {
            Some(b'e' | b'E') => self.exponent(start, byte),
            Some(b'j' | b'J') => self.imaginary(start),
            _ => self.finish_number(start, byte, "decimal"),
        }
    }

    fn exponent(&mut self, start: usize, letter: Option<u8>) -> Scan<Token> {
        let mut byte = self.next();
        let signed = matches!(byte, Some(b'+' | b'-'));
        if signed {
            byte = self.next();
        }
        if !byte.is_some_and(|byte| byte.is_ascii_digit()) {
            self.back(byte);
            if signed {
                return Err(self.error("invalid decimal literal".into()));
            }
            // `1else`: the letter belongs to what follows the number.
            return self.finish_number(start, letter, "decimal");
        }
        let byte = self.decimal_tail()?;
        if matches!(byte, Some(b'j' | b'J')) {
            return self.imaginary(start);
        }
        self.finish_number(start, byte, "decimal")
    }

    fn imaginary(&mut self, start: usize) -> Scan<Token> {
        let byte = self.next();
        self.finish_number(start, byte, "imaginary")
    }

    /// More decimal digits, with single underscores between them; the byte after them.
    fn decimal_tail(&mut self) -> Scan<Option<u8>> {
        loop {
            let mut byte = self.next();
            while byte.is_some_and(|byte| byte.is_ascii_digit()) {
                byte = self.next();
            }
            if byte != Some(b'_') {
                return Ok(byte);
            }
            byte = self.next();
            if !byte.is_some_and(|byte| byte.is_ascii_digit()) {
                self.back(byte);
                return Err(self.error("invalid decimal literal".into()));
            }
        }
    }

    /// The number ends before `byte`, which has been read: check what it runs into.
    fn finish_number(&mut self, start: usize, byte: Option<u8>, kind: &str) -> Scan<Token> {
        self.back(byte);
        if let Some(byte) = byte
            && name::may_continue(byte)
            && byte < 128
            && !self.options.extra_tokens
        {
            if !self.keyword_follows() {
                return Err(self.error(format!("invalid {kind} literal")));
            }
            self.warnings.push(Warning {
                message: format!("invalid {kind} literal"),
                lineno: self.lineno,
                offset: self.cur,
            });
        }
        Ok(self.token(TokenKind::Number, start, self.cur))
    }

    /// Whether one of the keywords that may follow a number in valid code comes next.
    fn keyword_follows(&mut self) -> bool {
        const WORDS: [&[u8]; 5] = [b"and", b"else", b"for", b"or", b"not"];
        let rest = &self.src[self.cur..self.inp];
        if rest[0] == b'i' {
            let found = matches!(rest.get(1), Some(b'f' | b'n' | b's'));
            self.look_at(self.cur + 1);
            return found;
        }
        let Some(word) = WORDS.iter().find(|word| word[0] == rest[0]) else { return false };
        let common = rest.iter().zip(*word).take_while(|(one, other)| one == other).count();
        let found = common == word.len() && !rest.get(common).is_some_and(|&byte| name::may_continue(byte));
        self.look_at(self.cur + common);
        found
    }
}
