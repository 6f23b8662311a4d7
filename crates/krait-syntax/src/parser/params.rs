//! Parameters of functions and lambdas, and type parameters.

use super::{Parsed, Parser};
use crate::token::TokenKind;
use krait_ast::{Arg, Arguments, Expr, TypeParam, TypeParamKind};

/// What a lambda default costs of the nesting limit, as CPython counts it.
const DEFAULT_DEPTH: u32 = 6;

impl Parser<'_> {
    /// Parameters up to `close`: `)` for a function, `:` for a lambda, which has no annotations.
    pub(super) fn parameters(&mut self, close: TokenKind) -> Parsed<Arguments> {
        let mut params = Arguments::default();
        while self.kind() != close {
            match self.kind() {
                TokenKind::Slash => self.slash(&mut params)?,
                TokenKind::Star => {
                    self.star_parameters(&mut params, close)?;
                    break;
                }
                TokenKind::DoubleStar => {
                    self.keyword_parameter(&mut params, close)?;
                    break;
                }
                _ => self.plain_parameter(&mut params, close)?,
            }
            if self.tokens[self.pos - 1].kind == TokenKind::Slash && !self.eat(TokenKind::Comma) {
                break;
            }
        }
        Ok(params)
    }

    /// What was read so far is positional-only.
    fn slash(&mut self, params: &mut Arguments) -> Parsed<()> {
        if params.args.is_empty() || !params.posonlyargs.is_empty() {
            return self.fail();
        }
        self.pos += 1;
        self.since(8, "Positional-only parameters are")?;
        params.posonlyargs = std::mem::take(&mut params.args);
        Ok(())
    }

    fn plain_parameter(&mut self, params: &mut Arguments, close: TokenKind) -> Parsed<()> {
        let mut arg = self.parameter(close)?;
        match self.default()? {
            Some(default) => params.defaults.push(default),
            None if params.defaults.is_empty() => {}
            None => return self.fail(),
        }
        self.end_parameter(&mut arg, close)?;
        params.args.push(arg);
        Ok(())
    }

    fn parameter(&mut self, close: TokenKind) -> Parsed<Arg> {
        let start = self.pos;
        let arg = self.name()?;
        let annotated = close == TokenKind::RPar && self.eat(TokenKind::Colon);
        let annotation = if annotated { Some(Box::new(self.expression()?)) } else { None };
        Ok(Arg { arg, annotation, type_comment: None, range: self.range(start) })
    }

    fn default(&mut self) -> Parsed<Option<Expr>> {
        if !self.eat(TokenKind::Equal) {
            return Ok(None);
        }
        self.enter(DEFAULT_DEPTH)?;
        let value = self.expression()?;
        self.leave(DEFAULT_DEPTH);
        Ok(Some(value))
    }

    /// The comma after a parameter (or the end of the list), and its type comment.
    fn end_parameter(&mut self, arg: &mut Arg, close: TokenKind) -> Parsed<()> {
        let comma = self.eat(TokenKind::Comma);
        if close == TokenKind::RPar {
            arg.type_comment = self.type_comment();
        }
        if comma { Ok(()) } else { self.need(close) }
    }

    /// From `*` on.
    fn star_parameters(&mut self, params: &mut Arguments, close: TokenKind) -> Parsed<()> {
        self.pos += 1;
        if self.eat(TokenKind::Comma) {
            self.need(TokenKind::Name)?;
        } else {
            let mut arg = self.var_positional(close)?;
            self.end_parameter(&mut arg, close)?;
            params.vararg = Some(Box::new(arg));
        }
        while self.kind() == TokenKind::Name {
            let mut arg = self.parameter(close)?;
            let default = self.default()?;
            self.end_parameter(&mut arg, close)?;
            params.kwonlyargs.push(arg);
            params.kw_defaults.push(default);
        }
        if self.kind() == TokenKind::DoubleStar {
            self.keyword_parameter(params, close)?;
        }
        self.need(close)
    }

    /// `*args`, whose annotation may be starred.
    fn var_positional(&mut self, close: TokenKind) -> Parsed<Arg> {
        let start = self.pos;
        let arg = self.name()?;
        let annotated = close == TokenKind::RPar && self.eat(TokenKind::Colon);
        let annotation = if annotated { Some(Box::new(self.star_expression()?)) } else { None };
        Ok(Arg { arg, annotation, type_comment: None, range: self.range(start) })
    }

    fn keyword_parameter(&mut self, params: &mut Arguments, close: TokenKind) -> Parsed<()> {
        self.pos += 1;
        let mut arg = self.parameter(close)?;
        self.end_parameter(&mut arg, close)?;
        params.kwarg = Some(Box::new(arg));
        self.need(close)
    }

    /// `[T, *Ts, **P]` if it is there.
    pub(super) fn type_params(&mut self) -> Parsed<Vec<TypeParam>> {
        let mut params = Vec::new();
        if !self.eat(TokenKind::LSqb) {
            return Ok(params);
        }
        loop {
            params.push(self.type_param()?);
            if !self.eat(TokenKind::Comma) || self.kind() == TokenKind::RSqb {
                break;
            }
        }
        self.expect(TokenKind::RSqb)?;
        self.since_read(12, "Type parameter lists are")?;
        Ok(params)
    }

    fn type_param(&mut self) -> Parsed<TypeParam> {
        let start = self.pos;
        let node = if self.eat(TokenKind::Star) {
            TypeParamKind::TypeVarTuple { name: self.name()?, default_value: self.type_param_default(true)? }
        } else if self.eat(TokenKind::DoubleStar) {
            TypeParamKind::ParamSpec { name: self.name()?, default_value: self.type_param_default(false)? }
        } else {
            let name = self.name()?;
            let bound = if self.eat(TokenKind::Colon) { Some(Box::new(self.expression()?)) } else { None };
            TypeParamKind::TypeVar { name, bound, default_value: self.type_param_default(false)? }
        };
        Ok(TypeParam { node, range: self.range(start) })
    }

    fn type_param_default(&mut self, starred: bool) -> Parsed<Option<Box<Expr>>> {
        if !self.eat(TokenKind::Equal) {
            return Ok(None);
        }
        let value = if starred { self.star_expression()? } else { self.expression()? };
        self.since(13, "Type parameter defaults are")?;
        Ok(Some(Box::new(value)))
    }
}
