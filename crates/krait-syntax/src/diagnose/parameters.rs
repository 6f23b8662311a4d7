//! Parameters of functions and lambdas. The two lists of rules differ in annotations, in what ends the list, and in a
//! few words of the messages.

use super::peg::{Fail, Parse, Peg, choice};
use crate::error::ErrorKind;
use crate::token::TokenKind as T;

/// Whose parameters they are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Of {
    Def,
    Lambda,
}

impl Of {
    fn end(self) -> T {
        if self == Of::Def { T::RPar } else { T::Colon }
    }
}

impl Peg<'_> {
    pub(super) fn params(&mut self) -> Parse {
        choice!(self, p:
            { p.invalid(|p| p.invalid_parameters(Of::Def)) }
            { p.parameters(Of::Def) }
        )
    }

    pub(super) fn lambda_params(&mut self) -> Parse {
        choice!(self, p:
            { p.invalid(|p| p.invalid_parameters(Of::Lambda)) }
            { p.parameters(Of::Lambda) }
        )
    }

    fn parameters(&mut self, of: Of) -> Parse {
        choice!(self, p:
            {
                p.slash_no_default(of)?;
                p.many(|p| p.param_no_default(of))?;
                p.many(|p| p.param_with_default(of))?;
                p.opt(|p| p.star_etc(of))?;
                p.matched()
            }
            {
                p.slash_with_default(of)?;
                p.many(|p| p.param_with_default(of))?;
                p.opt(|p| p.star_etc(of))?;
                p.matched()
            }
            {
                p.many1(|p| p.param_no_default(of))?;
                p.many(|p| p.param_with_default(of))?;
                p.opt(|p| p.star_etc(of))?;
                p.matched()
            }
            {
                p.many1(|p| p.param_with_default(of))?;
                p.opt(|p| p.star_etc(of))?;
                p.matched()
            }
            { p.star_etc(of) }
        )
    }

    fn slash(&mut self, of: Of) -> Parse {
        self.t(T::Slash)?;
        if self.opt(|p| p.t(T::Comma))?.is_none() {
            self.ahead(&[of.end()])?;
        }
        self.matched()
    }

    fn slash_no_default(&mut self, of: Of) -> Parse {
        self.many1(|p| p.param_no_default(of))?;
        self.slash(of)
    }

    fn slash_with_default(&mut self, of: Of) -> Parse {
        self.many(|p| p.param_no_default(of))?;
        self.many1(|p| p.param_with_default(of))?;
        self.slash(of)
    }

    fn star_etc(&mut self, of: Of) -> Parse {
        choice!(self, p:
            { p.invalid(if of == Of::Def { Self::invalid_star_etc } else { Self::invalid_lambda_star_etc }) }
            {
                p.t(T::Star)?;
                p.param_no_default(of)?;
                p.star_tail(of)
            }
            {
                p.t(T::Star)?;
                p.param_star_annotation(of)?;
                p.star_tail(of)
            }
            {
                p.t(T::Star)?;
                p.t(T::Comma)?;
                p.many1(|p| p.param_maybe_default(of))?;
                p.opt(|p| p.kwds(of))?;
                p.matched()
            }
            { p.kwds(of) }
        )
    }

    fn star_tail(&mut self, of: Of) -> Parse {
        self.many(|p| p.param_maybe_default(of))?;
        self.opt(|p| p.kwds(of))?;
        self.matched()
    }

    fn kwds(&mut self, of: Of) -> Parse {
        choice!(self, p:
            { p.invalid(if of == Of::Def { Self::invalid_kwds } else { Self::invalid_lambda_kwds }) }
            {
                p.t(T::DoubleStar)?;
                p.param_no_default(of)
            }
        )
    }

    /// What follows a parameter: a comma, or the end of the list.
    fn param_end(&mut self, of: Of) -> Parse<()> {
        if self.opt(|p| p.t(T::Comma))?.is_some() {
            if of == Of::Def {
                self.opt(|p| p.t(T::TypeComment))?;
            }
            return Ok(());
        }
        if of == Of::Def {
            self.opt(|p| p.t(T::TypeComment))?;
        }
        self.ahead(&[of.end()])
    }

    fn param_no_default(&mut self, of: Of) -> Parse {
        let param = self.param(of)?;
        self.param_end(of)?;
        Ok(param)
    }

    fn param_star_annotation(&mut self, of: Of) -> Parse {
        if of == Of::Lambda {
            return Err(Fail::No);
        }
        self.name()?;
        self.t(T::Colon)?;
        self.star_expression()?;
        self.param_end(of)?;
        self.matched()
    }

    fn param_with_default(&mut self, of: Of) -> Parse {
        let param = self.param(of)?;
        self.default_value()?;
        self.param_end(of)?;
        Ok(param)
    }

    fn param_maybe_default(&mut self, of: Of) -> Parse {
        let param = self.param(of)?;
        self.opt(Self::default_value)?;
        self.param_end(of)?;
        Ok(param)
    }

    fn param(&mut self, of: Of) -> Parse {
        let start = self.mark;
        self.name()?;
        if of == Of::Def {
            self.opt(|p| {
                p.t(T::Colon)?;
                p.expression()
            })?;
        }
        self.node(super::node::Kind::Other, start)
    }

    fn default_value(&mut self) -> Parse {
        choice!(self, p:
            {
                p.t(T::Equal)?;
                p.expression()
            }
            {
                p.invalid(|p| {
                    let equal = p.t(T::Equal)?;
                    p.ahead(&[T::RPar, T::Comma])?;
                    p.raise(p.token_span(equal), "expected default value expression")
                })
            }
        )
    }

    // Mistakes.

    fn invalid_parameters(&mut self, of: Of) -> Parse {
        choice!(self, p:
            {
                let slash = p.t(T::Slash)?;
                p.t(T::Comma)?;
                p.raise(p.token_span(slash), "at least one argument must precede /")
            }
            {
                p.any_slash(of)?;
                p.many(|p| p.param_maybe_default(of))?;
                let slash = p.t(T::Slash)?;
                p.raise(p.token_span(slash), "/ may appear only once")
            }
            {
                p.opt(|p| p.slash_no_default(of))?;
                p.many(|p| p.param_no_default(of))?;
                p.either(
                    |p| p.slash_with_default(of),
                    |p| {
                        p.many1(|p| p.param_with_default(of))?;
                        p.matched()
                    },
                )?;
                let param = p.param_no_default(of)?;
                p.raise(p.span(param), "parameter without a default follows parameter with a default")
            }
            { p.invalid_parenthesized(of) }
            {
                p.opt(|p| p.any_slash(of))?;
                p.many(|p| p.param_maybe_default(of))?;
                p.t(T::Star)?;
                p.either(|p| p.t(T::Comma), |p| p.param_no_default(of))?;
                p.many(|p| p.param_maybe_default(of))?;
                let slash = p.t(T::Slash)?;
                p.raise(p.token_span(slash), "/ must be ahead of *")
            }
            {
                p.many1(|p| p.param_maybe_default(of))?;
                p.t(T::Slash)?;
                let star = p.t(T::Star)?;
                p.raise(p.token_span(star), "expected comma between / and *")
            }
        )
    }

    fn any_slash(&mut self, of: Of) -> Parse {
        self.either(|p| p.slash_no_default(of), |p| p.slash_with_default(of))
    }

    fn invalid_parenthesized(&mut self, of: Of) -> Parse {
        self.many(|p| p.param_no_default(of))?;
        let open = self.t(T::LPar)?;
        let message = match of {
            Of::Def => {
                self.many1(|p| p.param_no_default(of))?;
                "Function parameters cannot be parenthesized"
            }
            Of::Lambda => {
                self.commas(|p| p.param(of))?;
                "Lambda expression parameters cannot be parenthesized"
            }
        };
        self.opt_comma()?;
        let close = self.t(T::RPar)?;
        let (from, to) = (self.token_span(open), self.token_span(close));
        self.raise_range(from, to, message)
    }

    fn invalid_star_etc(&mut self) -> Parse {
        choice!(self, p:
            {
                let star = p.t(T::Star)?;
                p.nothing_after_star(Of::Def)?;
                p.raise(p.token_span(star), "named arguments must follow bare *")
            }
            {
                p.t(T::Star)?;
                p.t(T::Comma)?;
                p.t(T::TypeComment)?;
                p.raise_last(ErrorKind::Syntax, "bare * has associated type comment")
            }
            { p.invalid_star_default(Of::Def) }
            { p.invalid_second_star(Of::Def) }
        )
    }

    fn invalid_lambda_star_etc(&mut self) -> Parse {
        choice!(self, p:
            {
                p.t(T::Star)?;
                p.nothing_after_star(Of::Lambda)?;
                p.raise_here("named arguments must follow bare *")
            }
            { p.invalid_star_default(Of::Lambda) }
            { p.invalid_second_star(Of::Lambda) }
        )
    }

    fn nothing_after_star(&mut self, of: Of) -> Parse {
        self.either(
            |p| p.t(of.end()),
            |p| {
                p.t(T::Comma)?;
                p.any(&[of.end(), T::DoubleStar])
            },
        )
    }

    fn invalid_star_default(&mut self, of: Of) -> Parse {
        self.t(T::Star)?;
        self.param(of)?;
        let equal = self.t(T::Equal)?;
        self.raise(self.token_span(equal), "var-positional argument cannot have default value")
    }

    fn invalid_second_star(&mut self, of: Of) -> Parse {
        self.t(T::Star)?;
        self.either(|p| p.param_no_default(of), |p| p.t(T::Comma))?;
        self.many(|p| p.param_maybe_default(of))?;
        let star = self.t(T::Star)?;
        self.either(|p| p.param_no_default(of), |p| p.t(T::Comma))?;
        self.raise(self.token_span(star), "* argument may appear only once")
    }

    fn invalid_kwds(&mut self) -> Parse {
        self.invalid_after_kwds(Of::Def)
    }

    fn invalid_lambda_kwds(&mut self) -> Parse {
        self.invalid_after_kwds(Of::Lambda)
    }

    fn invalid_after_kwds(&mut self, of: Of) -> Parse {
        choice!(self, p:
            {
                p.t(T::DoubleStar)?;
                p.param(of)?;
                let equal = p.t(T::Equal)?;
                p.raise(p.token_span(equal), "var-keyword argument cannot have default value")
            }
            {
                p.t(T::DoubleStar)?;
                p.param(of)?;
                p.t(T::Comma)?;
                let param = p.param(of)?;
                p.raise(p.span(param), "arguments cannot follow var-keyword argument")
            }
            {
                p.t(T::DoubleStar)?;
                p.param(of)?;
                p.t(T::Comma)?;
                let token = p.any(&[T::Star, T::DoubleStar, T::Slash])?;
                p.raise(p.token_span(token), "arguments cannot follow var-keyword argument")
            }
        )
    }
}
