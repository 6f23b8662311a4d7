//! Arguments of calls.

use super::node::Kind;
use super::peg::{Fail, Id, Parse, Peg, Rule, choice};
use crate::token::TokenKind as T;

const UNPARENTHESIZED: &str = "Generator expression must be parenthesized";
const MEANT_EQUAL: &str = "invalid syntax. Maybe you meant '==' or ':=' instead of '='?";

/// What the keyword part of an argument list has.
#[derive(Clone, Default)]
struct Keywords {
    starred: Vec<Id>,
    unpacking: bool,
}

/// One keyword argument, or a starred one among them.
#[derive(Clone, Copy)]
enum Keyword {
    Named,
    Unpacked,
    Starred(Id),
}

impl Peg<'_> {
    pub(super) fn arguments(&mut self) -> Parse {
        self.memo(Rule::Arguments, |p| {
            choice!(p, p:
                {
                    let arguments = p.args()?;
                    p.opt_comma()?;
                    p.ahead(&[T::RPar])?;
                    Ok(arguments)
                }
                { p.invalid(Self::invalid_arguments) }
            )
        })
    }

    /// A positional argument: `(starred_expression | (assignment_expression | expression !':=') !'=')`.
    fn positional(&mut self) -> Parse {
        choice!(self, p:
            { p.starred_expression() }
            {
                let value = p.either(Self::assignment_expression, Self::plain_expression)?;
                p.not_ahead(&[T::Equal])?;
                Ok(value)
            }
        )
    }

    fn args(&mut self) -> Parse {
        choice!(self, p:
            {
                let start = p.mark;
                let mut children = p.commas(Self::positional)?;
                let keywords = p.opt(|p| {
                    p.t(T::Comma)?;
                    p.kwargs()
                })?.unwrap_or_default();
                children.extend(keywords.starred);
                p.arguments_node(start, children, keywords.unpacking)
            }
            {
                let start = p.mark;
                let keywords = p.kwargs()?;
                p.arguments_node(start, keywords.starred, keywords.unpacking)
            }
        )
    }

    fn arguments_node(&mut self, start: usize, children: Vec<Id>, unpacking: bool) -> Parse {
        let kind = if unpacking { Kind::ArgumentsUnpacked } else { Kind::Arguments };
        self.parent(kind, start, children)
    }

    fn kwargs(&mut self) -> Parse<Keywords> {
        let items = self.kwargs_items()?;
        let mut keywords = Keywords::default();
        for item in items {
            match item {
                Keyword::Named => {}
                Keyword::Unpacked => keywords.unpacking = true,
                Keyword::Starred(id) => keywords.starred.push(id),
            }
        }
        Ok(keywords)
    }

    fn kwargs_items(&mut self) -> Parse<Vec<Keyword>> {
        choice!(self, p:
            {
                let mut items = p.commas(Self::kwarg_or_starred)?;
                p.t(T::Comma)?;
                items.extend(p.commas(Self::kwarg_or_double_starred)?);
                Ok(items)
            }
            { p.commas(Self::kwarg_or_starred) }
            { p.commas(Self::kwarg_or_double_starred) }
        )
    }

    fn kwarg(&mut self) -> Parse<Keyword> {
        self.name()?;
        self.t(T::Equal)?;
        self.expression()?;
        Ok(Keyword::Named)
    }

    fn kwarg_or_starred(&mut self) -> Parse<Keyword> {
        choice!(self, p:
            { p.invalid(Self::invalid_kwarg) }
            { p.kwarg() }
            { p.starred_expression().map(Keyword::Starred) }
        )
    }

    fn kwarg_or_double_starred(&mut self) -> Parse<Keyword> {
        choice!(self, p:
            { p.invalid(Self::invalid_kwarg) }
            { p.kwarg() }
            {
                p.t(T::DoubleStar)?;
                p.expression()?;
                Ok(Keyword::Unpacked)
            }
        )
    }

    fn invalid_kwarg(&mut self) -> Parse<Keyword> {
        choice!(self, p:
            {
                let constant = p.any(&[T::True, T::False, T::None])?;
                let equal = p.t(T::Equal)?;
                let message = format!("cannot assign to {}", p.token_text(constant));
                let (from, to) = (p.token_span(constant), p.token_span(equal));
                p.raise_range(from, to, message)
            }
            {
                let (name, equal) = p.name_equals_comprehension()?;
                let (from, to) = (p.span(name), p.token_span(equal));
                p.raise_range(from, to, MEANT_EQUAL)
            }
            {
                p.not(|p| {
                    p.name()?;
                    p.t(T::Equal)
                })?;
                let value = p.expression()?;
                let equal = p.t(T::Equal)?;
                let (from, to) = (p.span(value), p.token_span(equal));
                let message = "expression cannot contain assignment, perhaps you meant \"==\"?";
                p.raise_range(from, to, message)
            }
            {
                let stars = p.t(T::DoubleStar)?;
                p.expression()?;
                p.t(T::Equal)?;
                let value = p.expression()?;
                let (from, to) = (p.token_span(stars), p.span(value));
                p.raise_range(from, to, "cannot assign to keyword argument unpacking")
            }
        )
    }

    /// `name = element for ...`
    fn name_equals_comprehension(&mut self) -> Parse<(Id, usize)> {
        let name = self.name()?;
        let equal = self.t(T::Equal)?;
        self.expression()?;
        self.for_if_clauses()?;
        Ok((name, equal))
    }

    fn last_of_comprehension(&self, clause: Id) -> Id {
        self.children(clause).first().copied().unwrap_or(clause)
    }

    fn invalid_arguments(&mut self) -> Parse {
        choice!(self, p:
            { p.invalid_unpacking_order() }
            {
                let element = p.expression()?;
                let clause = p.for_if_clauses()?;
                p.t(T::Comma)?;
                p.opt(|p| {
                    p.either(Self::args, |p| {
                        p.expression()?;
                        p.for_if_clauses()
                    })
                })?;
                let last = p.last_of_comprehension(clause);
                let (from, to) = (p.span(element), p.span(last));
                p.raise_range(from, to, UNPARENTHESIZED)
            }
            {
                let (name, equal) = p.name_equals_comprehension()?;
                let (from, to) = (p.span(name), p.token_span(equal));
                p.raise_range(from, to, MEANT_EQUAL)
            }
            {
                p.opt(|p| {
                    p.args()?;
                    p.t(T::Comma)
                })?;
                let name = p.name()?;
                let equal = p.t(T::Equal)?;
                p.ahead(&[T::Comma, T::RPar])?;
                let (from, to) = (p.span(name), p.token_span(equal));
                p.raise_range(from, to, "expected argument value expression")
            }
            { p.invalid_bare_generator() }
            {
                p.args()?;
                p.t(T::Comma)?;
                let element = p.expression()?;
                let clause = p.for_if_clauses()?;
                let last = p.last_of_comprehension(clause);
                let (from, to) = (p.span(element), p.span(last));
                p.raise_range(from, to, UNPARENTHESIZED)
            }
            {
                let arguments = p.args()?;
                p.t(T::Comma)?;
                p.args()?;
                let unpacking = p.kind(arguments) == Kind::ArgumentsUnpacked;
                let what = if unpacking { " unpacking" } else { "" };
                p.raise_here(format!("positional argument follows keyword argument{what}"))
            }
        )
    }

    fn invalid_unpacking_order(&mut self) -> Parse {
        self.either(
            |p| {
                p.commas(Self::positional)?;
                p.t(T::Comma)?;
                p.kwargs()
            },
            Self::kwargs,
        )?;
        let comma = self.t(T::Comma)?;
        self.commas(|p| {
            p.starred_expression()?;
            p.not_ahead(&[T::Equal])
        })?;
        let message = "iterable argument unpacking follows keyword argument unpacking";
        self.raise_from(self.token_span(comma), message)
    }

    fn invalid_bare_generator(&mut self) -> Parse {
        let arguments = self.args()?;
        let clause = self.for_if_clauses()?;
        let positional = self.children(arguments);
        let (Some(&element), true) = (positional.last(), positional.len() > 1) else {
            return Err(Fail::Cut);
        };
        let last = self.last_of_comprehension(clause);
        let (from, to) = (self.span(element), self.span(last));
        self.raise_range(from, to, UNPARENTHESIZED)
    }
}
