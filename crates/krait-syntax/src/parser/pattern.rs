//! Patterns of `case` clauses.

use super::{BRACKET_DEPTH, Parsed, Parser};
use crate::token::TokenKind;
use krait_ast::{Constant, Expr, ExprContext, ExprKind, Name, Operator, Pattern, PatternKind, UnaryOp};

impl Parser<'_> {
    /// A pattern, or a sequence of them without brackets.
    pub(super) fn patterns(&mut self) -> Parsed<Pattern> {
        let start = self.pos;
        let first = self.maybe_star_pattern()?;
        if self.kind() == TokenKind::Comma {
            let patterns = self.sequence(first, |kind| matches!(kind, TokenKind::Colon | TokenKind::If))?;
            return Ok(self.pattern_node(start, PatternKind::MatchSequence { patterns }));
        }
        if matches!(first.node, PatternKind::MatchStar { .. }) { self.fail() } else { Ok(first) }
    }

    fn pattern_node(&self, start: usize, node: PatternKind) -> Pattern {
        Pattern { node, range: self.range(start) }
    }

    /// The patterns from `first`, which a comma follows, to the one before a token that `ends` them.
    fn sequence(&mut self, first: Pattern, ends: fn(TokenKind) -> bool) -> Parsed<Vec<Pattern>> {
        let mut patterns = vec![first];
        while self.eat(TokenKind::Comma) && !ends(self.kind()) {
            patterns.push(self.maybe_star_pattern()?);
        }
        Ok(patterns)
    }

    fn maybe_star_pattern(&mut self) -> Parsed<Pattern> {
        let start = self.pos;
        if !self.eat(TokenKind::Star) {
            return self.pattern();
        }
        let name = if self.at_word("_") {
            self.pos += 1;
            None
        } else {
            Some(self.capture_target()?)
        };
        Ok(self.pattern_node(start, PatternKind::MatchStar { name }))
    }

    /// A name that is bound: not `_`, and not the beginning of something longer.
    fn capture_target(&mut self) -> Parsed<Name> {
        if self.at_word("_") {
            return self.fail();
        }
        let name = self.name()?;
        match self.kind() {
            TokenKind::Dot | TokenKind::LPar | TokenKind::Equal => self.fail(),
            _ => Ok(name),
        }
    }

    fn pattern(&mut self) -> Parsed<Pattern> {
        let start = self.pos;
        let first = self.or_pattern()?;
        if !self.eat(TokenKind::As) {
            return Ok(first);
        }
        let name = Some(self.capture_target()?);
        Ok(self.pattern_node(start, PatternKind::MatchAs { pattern: Some(Box::new(first)), name }))
    }

    fn or_pattern(&mut self) -> Parsed<Pattern> {
        let start = self.pos;
        let first = self.closed_pattern()?;
        if self.kind() != TokenKind::VBar {
            return Ok(first);
        }
        let mut patterns = vec![first];
        while self.eat(TokenKind::VBar) {
            patterns.push(self.closed_pattern()?);
        }
        Ok(self.pattern_node(start, PatternKind::MatchOr { patterns }))
    }

    fn closed_pattern(&mut self) -> Parsed<Pattern> {
        let start = self.pos;
        let node = match self.kind() {
            TokenKind::Number | TokenKind::Minus => {
                PatternKind::MatchValue { value: Box::new(self.signed_or_complex()?) }
            }
            TokenKind::String | TokenKind::FStringStart | TokenKind::TStringStart => {
                PatternKind::MatchValue { value: Box::new(self.strings()?) }
            }
            TokenKind::None | TokenKind::True | TokenKind::False => {
                PatternKind::MatchSingleton { value: self.singleton() }
            }
            TokenKind::Name => self.name_pattern()?,
            TokenKind::LPar => return self.bracketed(Self::group_pattern),
            TokenKind::LSqb => return self.bracketed(Self::list_pattern),
            TokenKind::LBrace => return self.bracketed(Self::mapping_pattern),
            _ => return self.fail(),
        };
        Ok(self.pattern_node(start, node))
    }

    fn bracketed(&mut self, rule: impl FnOnce(&mut Self) -> Parsed<Pattern>) -> Parsed<Pattern> {
        self.enter(BRACKET_DEPTH / 2)?;
        let pattern = rule(self)?;
        self.leave(BRACKET_DEPTH / 2);
        Ok(pattern)
    }

    fn singleton(&mut self) -> Constant {
        let value = match self.kind() {
            TokenKind::True => Constant::True,
            TokenKind::False => Constant::False,
            _ => Constant::None,
        };
        self.pos += 1;
        value
    }

    /// A number, perhaps negative, or a sum of a real and an imaginary one.
    fn signed_or_complex(&mut self) -> Parsed<Expr> {
        let start = self.pos;
        let negative = self.eat(TokenKind::Minus);
        let number = self.number()?;
        let real = is_real(&number);
        let number_range = number.range;
        let left = if negative {
            let node = ExprKind::UnaryOp { op: UnaryOp::USub, operand: Box::new(number) };
            Expr::new(node, self.range(start))
        } else {
            number
        };
        let op = match self.kind() {
            TokenKind::Plus => Operator::Add,
            TokenKind::Minus => Operator::Sub,
            _ => return Ok(left),
        };
        if !real {
            return self.raise("real number required in complex literal", number_range);
        }
        self.pos += 1;
        let right = self.number()?;
        if is_real(&right) {
            return self.raise("imaginary number required in complex literal", right.range);
        }
        let node = ExprKind::BinOp { left: Box::new(left), op, right: Box::new(right) };
        Ok(Expr::new(node, self.range(start)))
    }

    /// A capture, the wildcard, a dotted value or a class.
    fn name_pattern(&mut self) -> Parsed<PatternKind> {
        if self.at_word("_") {
            self.pos += 1;
            return Ok(PatternKind::MatchAs { pattern: None, name: None });
        }
        let dotted = self.kind_at(1) == TokenKind::Dot;
        if !dotted && self.kind_at(1) != TokenKind::LPar {
            let name = Some(self.capture_target()?);
            return Ok(PatternKind::MatchAs { pattern: None, name });
        }
        let value = Box::new(self.name_or_attr()?);
        match self.kind() {
            TokenKind::LPar => self.class_pattern(value),
            TokenKind::Equal => self.fail(),
            _ => Ok(PatternKind::MatchValue { value }),
        }
    }

    fn name_or_attr(&mut self) -> Parsed<Expr> {
        let start = self.pos;
        let id = self.name()?;
        let mut expr = Expr::new(ExprKind::Name { id, ctx: ExprContext::Load }, self.range(start));
        while self.eat(TokenKind::Dot) {
            let attr = self.name()?;
            let node = ExprKind::Attribute { value: Box::new(expr), attr, ctx: ExprContext::Load };
            expr = Expr::new(node, self.range(start));
        }
        Ok(expr)
    }

    fn class_pattern(&mut self, cls: Box<Expr>) -> Parsed<PatternKind> {
        self.pos += 1;
        self.enter(BRACKET_DEPTH / 2)?;
        let (mut patterns, mut kwd_attrs, mut kwd_patterns) = (Vec::new(), Vec::new(), Vec::new());
        while self.kind() != TokenKind::RPar {
            if self.kind() == TokenKind::Name && self.kind_at(1) == TokenKind::Equal {
                kwd_attrs.push(self.name()?);
                self.pos += 1;
                kwd_patterns.push(self.pattern()?);
            } else if kwd_attrs.is_empty() {
                patterns.push(self.pattern()?);
            } else {
                return self.fail();
            }
            if !self.eat(TokenKind::Comma) {
                break;
            }
        }
        self.expect(TokenKind::RPar)?;
        self.leave(BRACKET_DEPTH / 2);
        Ok(PatternKind::MatchClass { cls, patterns, kwd_attrs, kwd_patterns })
    }

    /// Parentheses: a sequence, or a pattern as it is.
    fn group_pattern(&mut self) -> Parsed<Pattern> {
        let start = self.pos;
        self.pos += 1;
        let mut patterns = Vec::new();
        if self.kind() != TokenKind::RPar {
            let first = self.maybe_star_pattern()?;
            if self.kind() != TokenKind::Comma {
                if matches!(first.node, PatternKind::MatchStar { .. }) {
                    return self.fail();
                }
                self.expect(TokenKind::RPar)?;
                return Ok(first);
            }
            patterns = self.sequence(first, |kind| kind == TokenKind::RPar)?;
        }
        self.expect(TokenKind::RPar)?;
        Ok(self.pattern_node(start, PatternKind::MatchSequence { patterns }))
    }

    fn list_pattern(&mut self) -> Parsed<Pattern> {
        let start = self.pos;
        self.pos += 1;
        let mut patterns = Vec::new();
        if self.kind() != TokenKind::RSqb {
            let first = self.maybe_star_pattern()?;
            patterns = self.sequence(first, |kind| kind == TokenKind::RSqb)?;
        }
        self.expect(TokenKind::RSqb)?;
        Ok(self.pattern_node(start, PatternKind::MatchSequence { patterns }))
    }

    fn mapping_pattern(&mut self) -> Parsed<Pattern> {
        let start = self.pos;
        self.pos += 1;
        let (mut keys, mut patterns, mut rest) = (Vec::new(), Vec::new(), None);
        while self.kind() != TokenKind::RBrace {
            if self.eat(TokenKind::DoubleStar) {
                rest = Some(self.capture_target()?);
                self.eat(TokenKind::Comma);
                break;
            }
            keys.push(self.mapping_key()?);
            self.expect(TokenKind::Colon)?;
            patterns.push(self.pattern()?);
            if !self.eat(TokenKind::Comma) {
                break;
            }
        }
        self.expect(TokenKind::RBrace)?;
        Ok(self.pattern_node(start, PatternKind::MatchMapping { keys, patterns, rest }))
    }

    fn mapping_key(&mut self) -> Parsed<Expr> {
        match self.kind() {
            TokenKind::Number | TokenKind::Minus => self.signed_or_complex(),
            TokenKind::String | TokenKind::FStringStart | TokenKind::TStringStart => self.strings(),
            TokenKind::None | TokenKind::True | TokenKind::False => {
                let node = ExprKind::constant(self.singleton());
                Ok(Expr::new(node, self.last_range()))
            }
            TokenKind::Name if self.kind_at(1) == TokenKind::Dot => self.name_or_attr(),
            _ => self.fail(),
        }
    }
}

fn is_real(number: &Expr) -> bool {
    !matches!(number.as_constant(), Some(Constant::Complex { .. }))
}
