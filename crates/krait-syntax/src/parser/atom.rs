//! Atoms: names, literals, and what stands in brackets.

use super::{BRACKET_DEPTH, Parsed, Parser};
use crate::literals;
use crate::token::TokenKind;
use krait_ast::{Comprehension, Constant, Expr, ExprContext, ExprKind};

impl Parser<'_> {
    pub(super) fn atom(&mut self) -> Parsed<Expr> {
        let node = match self.kind() {
            TokenKind::Name => {
                let id = self.name()?;
                return Ok(Expr::new(ExprKind::Name { id, ctx: ExprContext::Load }, self.last_range()));
            }
            TokenKind::Number => return self.number(),
            TokenKind::String | TokenKind::FStringStart | TokenKind::TStringStart => return self.strings(),
            TokenKind::LPar => return self.bracket(Self::parenthesised),
            TokenKind::LSqb => return self.bracket(Self::list),
            TokenKind::LBrace => return self.bracket(Self::braced),
            TokenKind::True => ExprKind::constant(Constant::True),
            TokenKind::False => ExprKind::constant(Constant::False),
            TokenKind::None => ExprKind::constant(Constant::None),
            TokenKind::Ellipsis => ExprKind::constant(Constant::Ellipsis),
            _ => return self.fail(),
        };
        self.pos += 1;
        Ok(Expr::new(node, self.last_range()))
    }

    pub(super) fn number(&mut self) -> Parsed<Expr> {
        self.need(TokenKind::Number)?;
        let text = self.text(self.token());
        let value = match small_decimal(text) {
            Some(value) => Constant::Int(value.into()),
            None => match literals::parse_number(text, self.flags.max_int_digits) {
                Ok(value) => value,
                Err(message) => return self.raise_here(message),
            },
        };
        if self.flags.feature_version < 6 && text.contains('_') {
            return self
                .raise_here("Underscores in numeric literals are only supported in Python 3.6 and greater");
        }
        self.pos += 1;
        Ok(Expr::new(ExprKind::constant(value), self.last_range()))
    }

    fn bracket(&mut self, rule: impl FnOnce(&mut Self) -> Parsed<Expr>) -> Parsed<Expr> {
        self.enter(BRACKET_DEPTH)?;
        let expr = rule(self)?;
        self.leave(BRACKET_DEPTH);
        Ok(expr)
    }

    /// A tuple, a group or a generator expression.
    fn parenthesised(&mut self) -> Parsed<Expr> {
        let start = self.pos;
        self.pos += 1;
        if self.kind() == TokenKind::Yield {
            let expr = self.yield_expr()?;
            self.expect(TokenKind::RPar)?;
            return Ok(expr);
        }
        if self.eat(TokenKind::RPar) {
            return Ok(self.display(start, Vec::new(), TokenKind::RPar));
        }
        let first = self.star_named_expression()?;
        match self.kind() {
            TokenKind::RPar if !matches!(first.node, ExprKind::Starred { .. }) => {
                self.pos += 1;
                Ok(first)
            }
            TokenKind::Comma => {
                let elts = self.elements(first, TokenKind::RPar)?;
                Ok(self.display(start, elts, TokenKind::RPar))
            }
            TokenKind::For | TokenKind::Async => self.generator(start, first),
            _ => self.fail(),
        }
    }

    /// The rest of a generator expression that began with the parenthesis at `start`.
    pub(super) fn generator(&mut self, start: usize, elt: Expr) -> Parsed<Expr> {
        let generators = self.for_if_clauses(&elt)?;
        self.expect(TokenKind::RPar)?;
        Ok(Expr::new(ExprKind::GeneratorExp { elt: Box::new(elt), generators }, self.range(start)))
    }

    fn display(&self, start: usize, elts: Vec<Expr>, close: TokenKind) -> Expr {
        let ctx = ExprContext::Load;
        let node = match close {
            TokenKind::RPar => ExprKind::Tuple { elts, ctx },
            TokenKind::RSqb => ExprKind::List { elts, ctx },
            _ => ExprKind::Set { elts },
        };
        Expr::new(node, self.range(start))
    }

    /// The elements after `first`, with the closing bracket.
    fn elements(&mut self, first: Expr, close: TokenKind) -> Parsed<Vec<Expr>> {
        let mut elts = vec![first];
        while self.eat(TokenKind::Comma) && self.kind() != close {
            elts.push(self.star_named_expression()?);
        }
        self.expect(close)?;
        Ok(elts)
    }

    fn list(&mut self) -> Parsed<Expr> {
        let start = self.pos;
        self.pos += 1;
        if self.eat(TokenKind::RSqb) {
            return Ok(self.display(start, Vec::new(), TokenKind::RSqb));
        }
        let first = self.star_named_expression()?;
        if matches!(self.kind(), TokenKind::For | TokenKind::Async) {
            let generators = self.for_if_clauses(&first)?;
            self.expect(TokenKind::RSqb)?;
            return Ok(Expr::new(ExprKind::ListComp { elt: Box::new(first), generators }, self.range(start)));
        }
        let elts = self.elements(first, TokenKind::RSqb)?;
        Ok(self.display(start, elts, TokenKind::RSqb))
    }

    /// A dict, a set, or a comprehension of either.
    fn braced(&mut self) -> Parsed<Expr> {
        let start = self.pos;
        self.pos += 1;
        if matches!(self.kind(), TokenKind::RBrace | TokenKind::DoubleStar) {
            return self.dict(start, Vec::new(), Vec::new());
        }
        let walrus = self.at_walrus();
        let first = self.star_named_expression()?;
        if self.kind() == TokenKind::Colon && !walrus && !matches!(first.node, ExprKind::Starred { .. }) {
            return self.dict_from(start, first);
        }
        if matches!(self.kind(), TokenKind::For | TokenKind::Async) {
            let generators = self.for_if_clauses(&first)?;
            self.expect(TokenKind::RBrace)?;
            return Ok(Expr::new(ExprKind::SetComp { elt: Box::new(first), generators }, self.range(start)));
        }
        let elts = self.elements(first, TokenKind::RBrace)?;
        Ok(self.display(start, elts, TokenKind::RBrace))
    }

    fn dict_from(&mut self, start: usize, key: Expr) -> Parsed<Expr> {
        self.pos += 1;
        let value = self.expression()?;
        if matches!(self.kind(), TokenKind::For | TokenKind::Async) {
            let generators = self.for_if_clauses(&key)?;
            self.expect(TokenKind::RBrace)?;
            let node = ExprKind::DictComp { key: Box::new(key), value: Box::new(value), generators };
            return Ok(Expr::new(node, self.range(start)));
        }
        if self.kind() != TokenKind::RBrace {
            self.expect(TokenKind::Comma)?;
        }
        self.dict(start, vec![Some(key)], vec![value])
    }

    /// The remaining items of a dict, with the closing brace.
    fn dict(&mut self, start: usize, mut keys: Vec<Option<Expr>>, mut values: Vec<Expr>) -> Parsed<Expr> {
        while self.kind() != TokenKind::RBrace {
            if self.eat(TokenKind::DoubleStar) {
                keys.push(None);
                values.push(self.bitwise_or()?);
            } else {
                keys.push(Some(self.expression()?));
                self.expect(TokenKind::Colon)?;
                values.push(self.expression()?);
            }
            if !self.eat(TokenKind::Comma) {
                break;
            }
        }
        self.expect(TokenKind::RBrace)?;
        Ok(Expr::new(ExprKind::Dict { keys, values }, self.range(start)))
    }

    /// The clauses of a comprehension over `element`, which must not be starred.
    pub(super) fn for_if_clauses(&mut self, element: &Expr) -> Parsed<Vec<Comprehension>> {
        if matches!(element.node, ExprKind::Starred { .. }) {
            return self.fail();
        }
        let mut generators = Vec::with_capacity(1);
        loop {
            let is_async = self.eat(TokenKind::Async);
            self.expect(TokenKind::For)?;
            let target = self.star_targets()?;
            self.expect(TokenKind::In)?;
            let iter = self.disjunction()?;
            let mut ifs = Vec::new();
            while self.eat(TokenKind::If) {
                ifs.push(self.disjunction()?);
            }
            if is_async {
                self.since(6, "Async comprehensions are")?;
            }
            generators.push(Comprehension { target, iter, ifs, is_async });
            if !matches!(self.kind(), TokenKind::For | TokenKind::Async) {
                return Ok(generators);
            }
        }
    }
}

/// The value of a short decimal number, which is what most numbers are.
fn small_decimal(text: &str) -> Option<i64> {
    if text.len() > 18 {
        return None;
    }
    text.bytes()
        .try_fold(0, |value: i64, byte| byte.is_ascii_digit().then(|| value * 10 + i64::from(byte - b'0')))
}
