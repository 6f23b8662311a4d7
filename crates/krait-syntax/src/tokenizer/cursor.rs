//! The reading head: bytes one by one, lines entered as they are reached (CPython's `tok_nextc`, `tok_backup`).

use super::{Done, Tokenizer};

impl Tokenizer<'_> {
    /// The next byte, or `None` at the end of the source or after an error.
    #[inline(always)]
    pub(super) fn next(&mut self) -> Option<u8> {
        if self.cur < self.inp {
            let byte = self.src[self.cur];
            self.cur += 1;
            return Some(byte);
        }
        self.next_line()
    }

    /// Undo the last `next`, which gave `byte`.
    #[inline(always)]
    pub(super) fn back(&mut self, byte: Option<u8>) {
        if byte.is_some() {
            self.cur -= 1;
        }
    }

    /// The byte that `next` would give if it is on the current line.
    #[inline(always)]
    pub(super) fn peek(&self) -> u8 {
        if self.cur < self.inp { self.src[self.cur] } else { 0 }
    }

    /// Enter the next line and return its first byte.
    fn next_line(&mut self) -> Option<u8> {
        if self.done != Done::No {
            return None;
        }
        if self.inp >= self.src.len() {
            self.done = Done::Eof;
            return None;
        }
        let rest = &self.src[self.inp..];
        let end = memchr::memchr(b'\n', rest).map_or(self.src.len(), |at| self.inp + at + 1);
        self.lineno += 1;
        self.cur = self.inp;
        if self.start.is_none() {
            self.buf = self.cur;
        }
        self.line_start = self.cur;
        self.inp = end;
        if self.first_nul < end {
            self.syntax_error_here("source code cannot contain null bytes".into());
            self.cur = self.inp;
            return None;
        }
        self.cur += 1;
        Some(self.src[self.cur - 1])
    }

    /// After a backslash: the newline, and the certainty that a line follows. `None` when it is an error.
    pub(super) fn continuation_line(&mut self) -> Option<u8> {
        if self.next() != Some(b'\n') {
            self.done = Done::LineCont;
            return None;
        }
        let byte = self.next();
        if byte.is_none() {
            if self.done != Done::Error {
                self.done = Done::Eof;
            }
            self.cur = self.inp;
            return None;
        }
        self.back(byte);
        byte
    }
}
