//! Arguments of calls and of class statements.

use super::{BRACKET_DEPTH, Parsed, Parser};
use crate::token::TokenKind;
use krait_ast::{Expr, ExprContext, ExprKind, Keyword};

impl Parser<'_> {
    /// A call of `func`, at its opening parenthesis.
    pub(super) fn call(&mut self, func: Expr) -> Parsed<ExprKind> {
        let func = Box::new(func);
        let start = self.pos;
        self.pos += 1;
        if self.eat(TokenKind::RPar) {
            return Ok(ExprKind::Call { func, args: Vec::new(), keywords: Vec::new() });
        }
        self.enter(BRACKET_DEPTH)?;
        let (mut args, mut keywords) = (Vec::new(), Vec::new());
        self.collect_arguments(&mut args, &mut keywords)?;
        let bare_generator = matches!(self.kind(), TokenKind::For | TokenKind::Async);
        match args.pop() {
            Some(elt) if bare_generator && args.is_empty() && keywords.is_empty() => {
                args.push(self.generator(start, elt)?);
            }
            last => {
                args.extend(last);
                self.expect(TokenKind::RPar)?;
            }
        }
        self.leave(BRACKET_DEPTH);
        Ok(ExprKind::Call { func, args, keywords })
    }

    /// The arguments of a class statement, up to its closing parenthesis.
    pub(super) fn arguments(&mut self) -> Parsed<(Vec<Expr>, Vec<Keyword>)> {
        let (mut args, mut keywords) = (Vec::new(), Vec::new());
        self.collect_arguments(&mut args, &mut keywords)?;
        Ok((args, keywords))
    }

    /// Positional arguments come before keywords; `*iterable` may also stand between keywords, but not after a
    /// `**mapping`.
    fn collect_arguments(&mut self, args: &mut Vec<Expr>, keywords: &mut Vec<Keyword>) -> Parsed<()> {
        let mut mapping_seen = false;
        while self.kind() != TokenKind::RPar {
            let start = self.pos;
            match self.kind() {
                TokenKind::DoubleStar => {
                    self.pos += 1;
                    let value = self.expression()?;
                    keywords.push(Keyword { arg: None, value, range: self.range(start) });
                    mapping_seen = true;
                }
                TokenKind::Name if self.kind_at(1) == TokenKind::Equal => {
                    let arg = Some(self.name()?);
                    self.pos += 1;
                    let value = self.expression()?;
                    keywords.push(Keyword { arg, value, range: self.range(start) });
                }
                TokenKind::Star if mapping_seen => return self.fail(),
                TokenKind::Star => args.push(self.starred_argument()?),
                _ => {
                    let value = self.named_expression()?;
                    if !keywords.is_empty() || self.kind() == TokenKind::Equal {
                        return self.fail();
                    }
                    args.push(value);
                }
            }
            if !self.eat(TokenKind::Comma) {
                break;
            }
            // A comma is allowed after the last argument, but not before any.
            if matches!(self.kind(), TokenKind::For | TokenKind::Async) {
                return self.fail();
            }
        }
        Ok(())
    }

    /// `'*' expression`
    pub(super) fn starred_argument(&mut self) -> Parsed<Expr> {
        let start = self.pos;
        self.expect(TokenKind::Star)?;
        let value = Box::new(self.expression()?);
        Ok(Expr::new(ExprKind::Starred { value, ctx: ExprContext::Load }, self.range(start)))
    }
}
