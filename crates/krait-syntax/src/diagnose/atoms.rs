//! Atoms: names, constants, displays, comprehensions, groups and lambdas.

use super::node::Kind;
use super::peg::{Fail, Parse, Peg, choice};
use crate::literals;
use crate::token::TokenKind as T;

impl Peg<'_> {
    pub(super) fn atom(&mut self) -> Parse {
        let start = self.mark;
        let constant = match self.peek()? {
            T::Name => return self.name(),
            T::True => Kind::True,
            T::False => Kind::False,
            T::None => Kind::None,
            T::Ellipsis => Kind::Ellipsis,
            T::Number => return self.number(),
            T::String | T::FStringStart | T::TStringStart => return self.strings(),
            T::LPar => {
                return choice!(self, p: { p.tuple() } { p.group() } { p.genexp() });
            }
            T::LSqb => return choice!(self, p: { p.list() } { p.listcomp() }),
            T::LBrace => {
                return choice!(self, p: { p.dict() } { p.set() } { p.dictcomp() } { p.setcomp() });
            }
            _ => return Err(Fail::No),
        };
        self.mark += 1;
        self.node(constant, start)
    }

    pub(super) fn number(&mut self) -> Parse {
        let token = self.t(T::Number)?;
        if let Err(message) = literals::parse_number(self.token_text(token), self.options.max_digits) {
            let mut span = self.token_span(token);
            span.col = -1;
            span.end_col = -1;
            return self.raise(span, message);
        }
        self.node(Kind::Literal, token)
    }

    fn group(&mut self) -> Parse {
        choice!(self, p:
            {
                p.t(T::LPar)?;
                let inside = p.either(Self::yield_expr, Self::named_expression)?;
                p.t(T::RPar)?;
                Ok(inside)
            }
            { p.invalid(Self::invalid_group) }
        )
    }

    fn invalid_group(&mut self) -> Parse {
        choice!(self, p:
            {
                p.t(T::LPar)?;
                let starred = p.starred_expression()?;
                p.t(T::RPar)?;
                p.raise(p.span(starred), "cannot use starred expression here")
            }
            {
                p.t(T::LPar)?;
                let stars = p.t(T::DoubleStar)?;
                p.expression()?;
                p.t(T::RPar)?;
                p.raise(p.token_span(stars), "cannot use double starred expression here")
            }
        )
    }

    pub(super) fn lambdef(&mut self) -> Parse {
        self.enter()?;
        let found = self.lambdef_inner();
        self.depth -= 1;
        found
    }

    fn lambdef_inner(&mut self) -> Parse {
        let start = self.t(T::Lambda)?;
        self.opt(Self::lambda_params)?;
        self.t(T::Colon)?;
        self.expression()?;
        self.node(Kind::Lambda, start)
    }

    pub(super) fn list(&mut self) -> Parse {
        let start = self.t(T::LSqb)?;
        let items = self.opt(Self::star_named_expressions)?;
        self.t(T::RSqb)?;
        let children = items.map(|items| self.children(items).to_vec()).unwrap_or_default();
        self.parent(Kind::List, start, children)
    }

    pub(super) fn tuple(&mut self) -> Parse {
        let start = self.t(T::LPar)?;
        let items = self.opt(|p| {
            let mut items = vec![p.star_named_expression()?];
            p.t(T::Comma)?;
            if let Some(rest) = p.opt(Self::star_named_expressions)? {
                items.extend_from_slice(p.children(rest));
            }
            Ok(items)
        })?;
        self.t(T::RPar)?;
        self.parent(Kind::Tuple, start, items.unwrap_or_default())
    }

    fn set(&mut self) -> Parse {
        let start = self.t(T::LBrace)?;
        self.star_named_expressions()?;
        self.t(T::RBrace)?;
        self.node(Kind::Set, start)
    }

    // Dicts.

    fn dict(&mut self) -> Parse {
        choice!(self, p:
            {
                let start = p.t(T::LBrace)?;
                p.opt(|p| {
                    p.commas(Self::double_starred_kvpair)?;
                    p.opt_comma()
                })?;
                p.t(T::RBrace)?;
                p.node(Kind::Dict, start)
            }
            {
                // Also in the first pass: CPython switches off only alternatives that are nothing but an invalid rule.
                p.t(T::LBrace)?;
                p.invalid_double_starred_kvpairs()?;
                p.t(T::RBrace)
            }
        )
    }

    fn double_starred_kvpair(&mut self) -> Parse {
        choice!(self, p:
            {
                p.t(T::DoubleStar)?;
                p.bitwise_or()
            }
            { p.kvpair() }
        )
    }

    fn kvpair(&mut self) -> Parse {
        self.expression()?;
        self.t(T::Colon)?;
        self.expression()
    }

    fn invalid_double_starred_kvpairs(&mut self) -> Parse {
        choice!(self, p:
            {
                p.commas(Self::double_starred_kvpair)?;
                p.t(T::Comma)?;
                p.invalid_kvpair()
            }
            { p.invalid_starred_value() }
            { p.invalid_missing_value() }
        )
    }

    fn invalid_kvpair(&mut self) -> Parse {
        choice!(self, p:
            {
                let key = p.expression()?;
                p.not_ahead(&[T::Colon])?;
                // CPython gives the last column of the key as the start and no end.
                let mut span = p.span(key);
                span.col = span.end_col - 1;
                span.end_col = -1;
                p.raise(span, "':' expected after dictionary key")
            }
            { p.invalid_starred_value() }
            { p.invalid_missing_value() }
        )
    }

    fn invalid_starred_value(&mut self) -> Parse {
        self.expression()?;
        self.t(T::Colon)?;
        let star = self.t(T::Star)?;
        self.bitwise_or()?;
        self.raise_from(self.token_span(star), "cannot use a starred expression in a dictionary value")
    }

    fn invalid_missing_value(&mut self) -> Parse {
        self.expression()?;
        let colon = self.t(T::Colon)?;
        self.ahead(&[T::RBrace, T::Comma])?;
        self.raise(self.token_span(colon), "expression expected after dictionary key and ':'")
    }

    // Comprehensions.

    /// The `for` clauses of a comprehension; the last of them.
    pub(super) fn for_if_clauses(&mut self) -> Parse {
        let clauses = self.many1(Self::for_if_clause)?;
        Ok(clauses[clauses.len() - 1])
    }

    fn for_if_clause(&mut self) -> Parse {
        choice!(self, p:
            {
                p.t(T::Async)?;
                p.for_clause()
            }
            { p.for_clause() }
            { p.invalid(Self::invalid_for_if_clause) }
            { p.invalid(Self::invalid_for_target) }
        )
    }

    fn for_clause(&mut self) -> Parse {
        let start = self.t(T::For)?;
        self.star_targets()?;
        self.t(T::In)?;
        self.cut(|p| {
            let iterable = p.disjunction()?;
            let conditions = p.many(|p| {
                p.t(T::If)?;
                p.disjunction()
            })?;
            let last = conditions.last().copied().unwrap_or(iterable);
            p.parent(Kind::Comprehension, start, vec![last])
        })
    }

    fn invalid_for_if_clause(&mut self) -> Parse {
        self.opt(|p| p.t(T::Async))?;
        self.t(T::For)?;
        self.commas(Self::bitwise_or)?;
        self.opt_comma()?;
        self.not_ahead(&[T::In])?;
        self.raise_here("'in' expected after for-loop variables")
    }

    fn listcomp(&mut self) -> Parse {
        choice!(self, p:
            { p.comprehension(Kind::ListComp, T::LSqb, T::RSqb, Self::named_expression) }
            { p.invalid(Self::invalid_comprehension) }
        )
    }

    fn setcomp(&mut self) -> Parse {
        choice!(self, p:
            { p.comprehension(Kind::SetComp, T::LBrace, T::RBrace, Self::named_expression) }
            { p.invalid(Self::invalid_comprehension) }
        )
    }

    pub(super) fn genexp(&mut self) -> Parse {
        choice!(self, p:
            {
                p.comprehension(Kind::Generator, T::LPar, T::RPar, |p| {
                    p.either(Self::assignment_expression, Self::plain_expression)
                })
            }
            { p.invalid(Self::invalid_comprehension) }
        )
    }

    fn dictcomp(&mut self) -> Parse {
        choice!(self, p:
            { p.comprehension(Kind::DictComp, T::LBrace, T::RBrace, Self::kvpair) }
            {
                p.invalid(|p| {
                    p.t(T::LBrace)?;
                    let stars = p.t(T::DoubleStar)?;
                    p.bitwise_or()?;
                    p.for_if_clauses()?;
                    p.t(T::RBrace)?;
                    p.raise(p.token_span(stars), "dict unpacking cannot be used in dict comprehension")
                })
            }
        )
    }

    fn comprehension(&mut self, kind: Kind, open: T, close: T, element: fn(&mut Self) -> Parse) -> Parse {
        let start = self.t(open)?;
        element(self)?;
        self.for_if_clauses()?;
        self.t(close)?;
        self.node(kind, start)
    }

    fn invalid_comprehension(&mut self) -> Parse {
        choice!(self, p:
            {
                p.any(&[T::LSqb, T::LPar, T::LBrace])?;
                let starred = p.starred_expression()?;
                p.for_if_clauses()?;
                p.raise(p.span(starred), "iterable unpacking cannot be used in comprehension")
            }
            {
                p.any(&[T::LSqb, T::LBrace])?;
                let first = p.star_named_expression()?;
                p.t(T::Comma)?;
                let rest = p.star_named_expressions()?;
                p.for_if_clauses()?;
                let last = p.children(rest).last().copied().unwrap_or(first);
                let (from, to) = (p.span(first), p.span(last));
                p.raise_range(from, to, "did you forget parentheses around the comprehension target?")
            }
            {
                p.any(&[T::LSqb, T::LBrace])?;
                let first = p.star_named_expression()?;
                let comma = p.t(T::Comma)?;
                p.for_if_clauses()?;
                let (from, to) = (p.span(first), p.token_span(comma));
                p.raise_range(from, to, "did you forget parentheses around the comprehension target?")
            }
        )
    }
}
