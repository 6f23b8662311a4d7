//! Statements in sequence, and blocks.

use super::{BLOCK_DEPTH, Parsed, Parser};
use crate::token::TokenKind;
use krait_ast::Stmt;

impl Parser<'_> {
    pub(super) fn statement(&mut self, out: &mut Vec<Stmt>) -> Parsed<()> {
        if self.compound_statement(out)? { Ok(()) } else { self.simple_statements(out) }
    }

    /// Statements on one line, with its newline.
    pub(super) fn simple_statements(&mut self, out: &mut Vec<Stmt>) -> Parsed<()> {
        loop {
            let stmt = self.simple_statement()?;
            out.push(stmt);
            let more = self.eat(TokenKind::Semi);
            if self.eat(TokenKind::Newline) {
                return Ok(());
            }
            if !more {
                return self.fail();
            }
        }
    }

    pub(super) fn block(&mut self) -> Parsed<Vec<Stmt>> {
        let mut body = Vec::new();
        if !self.eat(TokenKind::Newline) {
            self.simple_statements(&mut body)?;
            return Ok(body);
        }
        self.expect(TokenKind::Indent)?;
        self.enter(BLOCK_DEPTH)?;
        loop {
            self.statement(&mut body)?;
            if self.eat(TokenKind::Dedent) {
                break;
            }
        }
        self.leave(BLOCK_DEPTH);
        Ok(body)
    }

    /// `:` and a block.
    pub(super) fn colon_block(&mut self) -> Parsed<Vec<Stmt>> {
        self.expect(TokenKind::Colon)?;
        self.block()
    }

    /// The block of an `else`, if there is one.
    pub(super) fn else_block(&mut self) -> Parsed<Vec<Stmt>> {
        if self.eat(TokenKind::Else) { self.colon_block() } else { Ok(Vec::new()) }
    }
}
