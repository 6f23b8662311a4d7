//! Type aliases, type parameters and type comments.

use super::node::Kind;
use super::peg::{Parse, Peg, Rule, choice};
use crate::token::TokenKind as T;

impl Peg<'_> {
    pub(super) fn type_alias(&mut self) -> Parse {
        self.word("type")?;
        self.name()?;
        self.opt(Self::type_params)?;
        self.t(T::Equal)?;
        self.expression()
    }

    pub(super) fn type_params(&mut self) -> Parse {
        choice!(self, p:
            {
                p.invalid(|p| {
                    p.t(T::LSqb)?;
                    let close = p.t(T::RSqb)?;
                    p.raise_from(p.token_span(close), "Type parameter list cannot be empty")
                })
            }
            {
                p.t(T::LSqb)?;
                p.commas(Self::type_param)?;
                p.opt_comma()?;
                p.t(T::RSqb)
            }
        )
    }

    fn type_param(&mut self) -> Parse {
        self.memo(Rule::TypeParam, |p| {
            choice!(p, p:
                {
                    p.name()?;
                    p.opt(|p| {
                        p.t(T::Colon)?;
                        p.expression()
                    })?;
                    p.opt(Self::type_param_default)?;
                    p.matched()
                }
                { p.invalid(Self::invalid_type_param) }
                {
                    p.t(T::Star)?;
                    p.name()?;
                    p.opt(|p| {
                        p.t(T::Equal)?;
                        p.star_expression()
                    })?;
                    p.matched()
                }
                {
                    p.t(T::DoubleStar)?;
                    p.name()?;
                    p.opt(Self::type_param_default)?;
                    p.matched()
                }
            )
        })
    }

    fn type_param_default(&mut self) -> Parse {
        self.t(T::Equal)?;
        self.expression()
    }

    fn invalid_type_param(&mut self) -> Parse {
        choice!(self, p:
            {
                p.t(T::Star)?;
                p.invalid_bound("TypeVarTuple")
            }
            {
                p.t(T::DoubleStar)?;
                p.invalid_bound("ParamSpec")
            }
        )
    }

    fn invalid_bound(&mut self, what: &str) -> Parse {
        self.name()?;
        let colon = self.t(T::Colon)?;
        let bound = self.expression()?;
        let part = if self.kind(bound) == Kind::Tuple { "constraints" } else { "bound" };
        self.raise_from(self.token_span(colon), format!("cannot use {part} with {what}"))
    }

    pub(super) fn func_type(&mut self) -> Parse {
        self.t(T::LPar)?;
        self.opt(Self::type_expressions)?;
        self.t(T::RPar)?;
        self.t(T::RArrow)?;
        self.expression()?;
        self.many(|p| p.t(T::Newline))?;
        self.t(T::EndMarker)
    }

    fn starred_types(&mut self) -> Parse {
        choice!(self, p:
            {
                p.t(T::Star)?;
                p.expression()?;
                p.t(T::Comma)?;
                p.t(T::DoubleStar)?;
                p.expression()
            }
            {
                p.t(T::Star)?;
                p.expression()
            }
            {
                p.t(T::DoubleStar)?;
                p.expression()
            }
        )
    }

    fn type_expressions(&mut self) -> Parse {
        choice!(self, p:
            {
                p.commas(Self::expression)?;
                p.t(T::Comma)?;
                p.starred_types()
            }
            { p.starred_types() }
            {
                p.commas(Self::expression)?;
                p.matched()
            }
        )
    }

    pub(super) fn func_type_comment(&mut self) -> Parse {
        choice!(self, p:
            {
                p.t(T::Newline)?;
                p.t(T::TypeComment)?;
                p.lookahead(|p| {
                    p.t(T::Newline)?;
                    p.t(T::Indent)
                })?;
                p.matched()
            }
            {
                p.invalid(|p| {
                    p.t(T::TypeComment)?;
                    p.t(T::Newline)?;
                    p.t(T::TypeComment)?;
                    p.t(T::Newline)?;
                    p.t(T::Indent)?;
                    p.raise_here("Cannot have two type comments on def")
                })
            }
            { p.t(T::TypeComment) }
        )
    }
}
