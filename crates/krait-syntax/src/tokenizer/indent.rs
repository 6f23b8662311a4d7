//! Indentation: the stack of columns, counted twice (tabs to 8 columns and tabs to 1 column), so that indentation
//! whose meaning depends on the width of a tab is refused.

use super::{Done, MAX_INDENT, Tokenizer};
use crate::token::{Token, TokenKind};

const TAB_SIZE: u32 = 8;

impl Tokenizer<'_> {
    /// Read the indentation at the start of a line and settle how many INDENT or DEDENT tokens are due. The line is
    /// blank (it has no statement) if the answer is `true`.
    pub(super) fn read_indentation(&mut self) -> Result<bool, Token> {
        self.at_line_start = false;
        let (mut col, mut alt_col) = (0u32, 0u32);
        let mut continued: Option<u32> = None;
        let first = loop {
            match self.next() {
                Some(b' ') => {
                    col += 1;
                    alt_col += 1;
                }
                Some(b'\t') => {
                    col = (col / TAB_SIZE + 1) * TAB_SIZE;
                    alt_col += 1;
                }
                Some(0x0c) => {
                    col = 0;
                    alt_col = 0;
                }
                Some(b'\\') => {
                    if continued.is_none_or(|at| at == 0) {
                        continued = Some(col);
                    }
                    if self.continuation_line().is_none() {
                        return Err(self.error_token());
                    }
                }
                None if self.done == Done::Error => return Err(self.error_token()),
                other => break other,
            }
        };
        self.back(first);
        let blank = self.is_blank(first, &mut col, &mut alt_col);
        if !blank && self.parens.is_empty() {
            if let Some(at) = continued.filter(|&at| at != 0) {
                col = at;
                alt_col = at;
            }
            self.settle_indentation(col, alt_col)?;
        }
        Ok(blank)
    }

    fn is_blank(&self, first: Option<u8>, col: &mut u32, alt_col: &mut u32) -> bool {
        if !matches!(first, Some(b'#' | b'\n')) {
            return false;
        }
        if self.options.interactive {
            if *col == 0 && first == Some(b'\n') {
                return false;
            }
            if self.lineno == 1 {
                *col = 0;
                *alt_col = 0;
                return false;
            }
        }
        true
    }

    fn settle_indentation(&mut self, col: u32, alt_col: u32) -> Result<(), Token> {
        let (top, alt_top) = self.top_indent();
        if col == top {
            return if alt_col == alt_top { Ok(()) } else { Err(self.indent_error()) };
        }
        if col > top {
            if self.indents.len() >= MAX_INDENT {
                self.done = Done::TooDeep;
                self.cur = self.inp;
                return Err(self.error_token());
            }
            if alt_col <= alt_top {
                return Err(self.indent_error());
            }
            self.pending += 1;
            self.indents.push((col, alt_col));
            return Ok(());
        }
        while self.indents.len() > 1 && col < self.top_indent().0 {
            self.pending -= 1;
            self.indents.pop();
        }
        let (top, alt_top) = self.top_indent();
        if col != top {
            self.done = Done::Dedent;
            self.cur = self.inp;
            return Err(self.error_token());
        }
        if alt_col != alt_top {
            return Err(self.indent_error());
        }
        Ok(())
    }

    fn top_indent(&self) -> (u32, u32) {
        self.indents.last().copied().unwrap_or((0, 0))
    }

    fn indent_error(&mut self) -> Token {
        self.done = Done::TabSpace;
        self.cur = self.inp;
        self.error_token()
    }

    /// The INDENT or DEDENT that is due, if any.
    pub(super) fn pending_token(&mut self) -> Option<Token> {
        if self.pending < 0 {
            self.pending += 1;
            return Some(self.mark(TokenKind::Dedent));
        }
        if self.pending > 0 {
            self.pending -= 1;
            let start = if self.options.extra_tokens { self.line_start } else { self.cur };
            return Some(self.token(TokenKind::Indent, start, self.cur));
        }
        None
    }
}
