//! Compound statements.

use super::node::TargetUse;
use super::peg::{Parse, Peg, choice};
use crate::token::TokenKind as T;

impl Peg<'_> {
    pub(super) fn compound_stmt(&mut self) -> Parse {
        choice!(self, p:
            {
                p.ahead(&[T::Def, T::At, T::Async])?;
                p.function_def()
            }
            {
                p.ahead(&[T::If])?;
                p.if_stmt()
            }
            {
                p.ahead(&[T::Class, T::At])?;
                p.class_def()
            }
            {
                p.ahead(&[T::With, T::Async])?;
                p.with_stmt()
            }
            {
                p.ahead(&[T::For, T::Async])?;
                p.for_stmt()
            }
            {
                p.ahead(&[T::Try])?;
                p.try_stmt()
            }
            {
                p.ahead(&[T::While])?;
                p.while_stmt()
            }
            { p.match_stmt() }
        )
    }

    fn colon_block(&mut self) -> Parse {
        self.t(T::Colon)?;
        self.block()
    }

    /// `:`, a newline, and no indented block.
    pub(super) fn colon_no_indent(&mut self) -> Parse<()> {
        self.t(T::Colon)?;
        self.t(T::Newline)?;
        self.not_ahead(&[T::Indent])
    }

    pub(super) fn newline_for_colon(&mut self) -> Parse {
        self.t(T::Newline)?;
        self.raise_here("expected ':'")
    }

    // Definitions.

    fn decorators(&mut self) -> Parse {
        self.many1(|p| {
            p.t(T::At)?;
            p.named_expression()?;
            p.t(T::Newline)
        })?;
        self.matched()
    }

    fn class_def(&mut self) -> Parse {
        choice!(self, p:
            {
                p.decorators()?;
                p.class_def_raw()
            }
            { p.class_def_raw() }
        )
    }

    /// `class`, its name and arguments; the token of the keyword.
    fn class_head(&mut self) -> Parse<usize> {
        let class = self.t(T::Class)?;
        self.name()?;
        self.opt(Self::type_params)?;
        self.opt(|p| {
            p.t(T::LPar)?;
            p.opt(Self::arguments)?;
            p.t(T::RPar)
        })?;
        Ok(class)
    }

    fn class_def_raw(&mut self) -> Parse {
        choice!(self, p:
            { p.invalid(Self::invalid_class_def_raw) }
            {
                p.class_head()?;
                p.colon_block()
            }
        )
    }

    fn invalid_class_def_raw(&mut self) -> Parse {
        choice!(self, p:
            {
                p.class_head()?;
                p.newline_for_colon()
            }
            {
                let class = p.class_head()?;
                p.colon_no_indent()?;
                p.raise_no_block("class definition", class)
            }
        )
    }

    fn function_def(&mut self) -> Parse {
        choice!(self, p:
            {
                p.decorators()?;
                p.function_def_raw()
            }
            { p.function_def_raw() }
        )
    }

    /// A function up to its `)` and return annotation; the token of `def`.
    fn def_head(&mut self, forced: bool) -> Parse<usize> {
        let def = self.t(T::Def)?;
        self.name()?;
        self.opt(Self::type_params)?;
        if forced {
            self.forced(T::LPar, "(")?;
        } else {
            self.t(T::LPar)?;
        }
        self.opt(Self::params)?;
        self.t(T::RPar)?;
        self.opt(|p| {
            p.t(T::RArrow)?;
            p.expression()
        })?;
        Ok(def)
    }

    fn function_def_raw(&mut self) -> Parse {
        choice!(self, p:
            { p.invalid(Self::invalid_def_raw) }
            {
                p.def_head(false)?;
                p.t(T::Colon)?;
                p.opt(Self::func_type_comment)?;
                p.block()
            }
            {
                p.t(T::Async)?;
                p.def_head(false)?;
                p.t(T::Colon)?;
                p.opt(Self::func_type_comment)?;
                p.block()
            }
        )
    }

    fn invalid_def_raw(&mut self) -> Parse {
        choice!(self, p:
            {
                p.opt(|p| p.t(T::Async))?;
                let def = p.def_head(false)?;
                p.colon_no_indent()?;
                p.raise_no_block("function definition", def)
            }
            {
                p.opt(|p| p.t(T::Async))?;
                p.def_head(true)?;
                p.forced(T::Colon, ":")?;
                p.opt(Self::func_type_comment)?;
                p.block()
            }
        )
    }

    // Conditions.

    fn if_stmt(&mut self) -> Parse {
        self.conditional(T::If, Self::invalid_if_stmt)
    }

    fn elif_stmt(&mut self) -> Parse {
        self.conditional(T::Elif, Self::invalid_elif_stmt)
    }

    fn conditional(&mut self, keyword: T, invalid: fn(&mut Self) -> Parse) -> Parse {
        choice!(self, p:
            { p.invalid(invalid) }
            {
                p.t(keyword)?;
                p.named_expression()?;
                p.colon_block()?;
                p.elif_stmt()
            }
            {
                p.t(keyword)?;
                p.named_expression()?;
                p.colon_block()?;
                p.opt(Self::else_block)?;
                p.matched()
            }
        )
    }

    fn invalid_if_stmt(&mut self) -> Parse {
        self.invalid_condition(T::If, "'if' statement")
    }

    fn invalid_elif_stmt(&mut self) -> Parse {
        self.invalid_condition(T::Elif, "'elif' statement")
    }

    fn invalid_while_stmt(&mut self) -> Parse {
        self.invalid_condition(T::While, "'while' statement")
    }

    fn invalid_condition(&mut self, keyword: T, what: &str) -> Parse {
        choice!(self, p:
            {
                p.t(keyword)?;
                p.named_expression()?;
                p.newline_for_colon()
            }
            {
                let token = p.t(keyword)?;
                p.named_expression()?;
                p.colon_no_indent()?;
                p.raise_no_block(what, token)
            }
        )
    }

    fn else_block(&mut self) -> Parse {
        choice!(self, p:
            { p.invalid(Self::invalid_else_stmt) }
            {
                p.t(T::Else)?;
                p.forced(T::Colon, ":")?;
                p.block()
            }
        )
    }

    fn invalid_else_stmt(&mut self) -> Parse {
        choice!(self, p:
            {
                let token = p.t(T::Else)?;
                p.colon_no_indent()?;
                p.raise_no_block("'else' statement", token)
            }
            {
                p.t(T::Else)?;
                p.colon_block()?;
                p.t(T::Elif)?;
                p.raise_here("'elif' block follows an 'else' block")
            }
        )
    }

    // Loops.

    fn while_stmt(&mut self) -> Parse {
        choice!(self, p:
            { p.invalid(Self::invalid_while_stmt) }
            {
                p.t(T::While)?;
                p.named_expression()?;
                p.colon_block()?;
                p.opt(Self::else_block)?;
                p.matched()
            }
        )
    }

    fn for_stmt(&mut self) -> Parse {
        choice!(self, p:
            { p.invalid(Self::invalid_for_stmt) }
            { p.for_loop() }
            {
                p.t(T::Async)?;
                p.for_loop()
            }
            { p.invalid(Self::invalid_for_target) }
        )
    }

    fn for_loop(&mut self) -> Parse {
        self.t(T::For)?;
        self.star_targets()?;
        self.t(T::In)?;
        self.cut(|p| {
            p.star_expressions()?;
            p.t(T::Colon)?;
            p.opt(|p| p.t(T::TypeComment))?;
            p.block()?;
            p.opt(Self::else_block)?;
            p.matched()
        })
    }

    fn invalid_for_stmt(&mut self) -> Parse {
        choice!(self, p:
            {
                p.for_head()?;
                p.newline_for_colon()
            }
            {
                let token = p.for_head()?;
                p.colon_no_indent()?;
                p.raise_no_block("'for' statement", token)
            }
        )
    }

    fn for_head(&mut self) -> Parse<usize> {
        self.opt(|p| p.t(T::Async))?;
        let token = self.t(T::For)?;
        self.star_targets()?;
        self.t(T::In)?;
        self.star_expressions()?;
        Ok(token)
    }

    pub(super) fn invalid_for_target(&mut self) -> Parse {
        self.opt(|p| p.t(T::Async))?;
        self.t(T::For)?;
        let target = self.star_expressions()?;
        self.raise_invalid_target(TargetUse::For, target)
    }

    // with

    fn with_stmt(&mut self) -> Parse {
        choice!(self, p:
            { p.invalid(Self::invalid_with_stmt_indent) }
            { p.with_parenthesized(true) }
            { p.with_plain() }
            {
                p.t(T::Async)?;
                p.with_parenthesized(false)
            }
            {
                p.t(T::Async)?;
                p.with_plain()
            }
            { p.invalid(Self::invalid_with_stmt) }
        )
    }

    fn with_parenthesized(&mut self, type_comment: bool) -> Parse {
        self.t(T::With)?;
        self.t(T::LPar)?;
        self.commas(Self::with_item)?;
        self.opt_comma()?;
        self.t(T::RPar)?;
        self.t(T::Colon)?;
        if type_comment {
            self.opt(|p| p.t(T::TypeComment))?;
        }
        self.block()
    }

    fn with_plain(&mut self) -> Parse {
        self.t(T::With)?;
        self.commas(Self::with_item)?;
        self.t(T::Colon)?;
        self.opt(|p| p.t(T::TypeComment))?;
        self.block()
    }

    fn with_item(&mut self) -> Parse {
        const ENDS: [T; 3] = [T::Comma, T::RPar, T::Colon];
        choice!(self, p:
            {
                p.expression()?;
                p.t(T::As)?;
                p.star_target()?;
                p.ahead(&ENDS)?;
                p.matched()
            }
            {
                p.invalid(|p| {
                    p.expression()?;
                    p.t(T::As)?;
                    let target = p.expression()?;
                    p.ahead(&ENDS)?;
                    p.raise_invalid_target(TargetUse::Assign, target)
                })
            }
            { p.expression() }
        )
    }

    /// `with` and its items as the invalid rules take them; the token of the keyword.
    fn with_head(&mut self, parenthesized: bool) -> Parse<usize> {
        let as_target = |p: &mut Self| {
            p.opt(|p| {
                p.t(T::As)?;
                p.star_target()
            })
        };
        self.opt(|p| p.t(T::Async))?;
        let token = self.t(T::With)?;
        if !parenthesized {
            self.commas(|p| {
                p.expression()?;
                as_target(p)
            })?;
            return Ok(token);
        }
        self.t(T::LPar)?;
        self.commas(|p| {
            p.expressions()?;
            as_target(p)
        })?;
        self.opt_comma()?;
        self.t(T::RPar)?;
        Ok(token)
    }

    fn invalid_with_stmt(&mut self) -> Parse {
        choice!(self, p:
            {
                p.with_head(false)?;
                p.newline_for_colon()
            }
            {
                p.with_head(true)?;
                p.newline_for_colon()
            }
        )
    }

    fn invalid_with_stmt_indent(&mut self) -> Parse {
        choice!(self, p:
            {
                let token = p.with_head(false)?;
                p.colon_no_indent()?;
                p.raise_no_block("'with' statement", token)
            }
            {
                let token = p.with_head(true)?;
                p.colon_no_indent()?;
                p.raise_no_block("'with' statement", token)
            }
        )
    }

    // try

    fn try_stmt(&mut self) -> Parse {
        choice!(self, p:
            { p.invalid(Self::invalid_try_stmt) }
            {
                p.try_body()?;
                p.finally_block()
            }
            {
                p.try_body()?;
                p.many1(Self::except_block)?;
                p.try_tail()
            }
            {
                p.try_body()?;
                p.many1(Self::except_star_block)?;
                p.try_tail()
            }
        )
    }

    fn try_body(&mut self) -> Parse {
        self.t(T::Try)?;
        self.forced(T::Colon, ":")?;
        self.block()
    }

    fn try_tail(&mut self) -> Parse {
        self.opt(Self::else_block)?;
        self.opt(Self::finally_block)?;
        self.matched()
    }

    fn invalid_try_stmt(&mut self) -> Parse {
        choice!(self, p:
            {
                let token = p.t(T::Try)?;
                p.colon_no_indent()?;
                p.raise_no_block("'try' statement", token)
            }
            {
                p.t(T::Try)?;
                p.colon_block()?;
                p.not_ahead(&[T::Except, T::Finally])?;
                p.raise_here("expected 'except' or 'finally' block")
            }
            {
                p.t(T::Try)?;
                p.t(T::Colon)?;
                p.many(Self::block)?;
                p.many1(Self::except_block)?;
                let except = p.t(T::Except)?;
                let star = p.t(T::Star)?;
                p.expression()?;
                p.opt(Self::as_name)?;
                p.t(T::Colon)?;
                let (from, to) = (p.token_span(except), p.token_span(star));
                p.raise_range(from, to, "cannot have both 'except' and 'except*' on the same 'try'")
            }
            {
                p.t(T::Try)?;
                p.t(T::Colon)?;
                p.many(Self::block)?;
                p.many1(Self::except_star_block)?;
                let except = p.t(T::Except)?;
                p.opt(|p| {
                    p.expression()?;
                    p.opt(Self::as_name)
                })?;
                p.t(T::Colon)?;
                p.raise(p.token_span(except), "cannot have both 'except' and 'except*' on the same 'try'")
            }
        )
    }

    fn except_block(&mut self) -> Parse {
        choice!(self, p:
            { p.invalid(Self::invalid_except_stmt_indent) }
            {
                p.t(T::Except)?;
                p.expression()?;
                p.colon_block()
            }
            {
                p.t(T::Except)?;
                p.expression()?;
                p.as_name()?;
                p.colon_block()
            }
            {
                p.t(T::Except)?;
                p.expressions()?;
                p.colon_block()
            }
            {
                p.t(T::Except)?;
                p.colon_block()
            }
            { p.invalid(Self::invalid_except_stmt) }
        )
    }

    fn except_star_block(&mut self) -> Parse {
        choice!(self, p:
            { p.invalid(Self::invalid_except_star_stmt_indent) }
            {
                p.except_star()?;
                p.expression()?;
                p.colon_block()
            }
            {
                p.except_star()?;
                p.expression()?;
                p.as_name()?;
                p.colon_block()
            }
            {
                p.except_star()?;
                p.expressions()?;
                p.colon_block()
            }
            { p.invalid(Self::invalid_except_star_stmt) }
        )
    }

    fn except_star(&mut self) -> Parse<usize> {
        let token = self.t(T::Except)?;
        self.t(T::Star)?;
        Ok(token)
    }

    fn invalid_except_stmt(&mut self) -> Parse {
        choice!(self, p:
            {
                p.t(T::Except)?;
                p.invalid_exception_list()
            }
            {
                p.t(T::Except)?;
                p.expression()?;
                p.opt(Self::as_name)?;
                p.newline_for_colon()
            }
            {
                p.t(T::Except)?;
                p.newline_for_colon()
            }
            {
                p.t(T::Except)?;
                p.invalid_exception_name("except")
            }
        )
    }

    fn invalid_except_star_stmt(&mut self) -> Parse {
        choice!(self, p:
            {
                p.except_star()?;
                p.invalid_exception_list()
            }
            {
                p.except_star()?;
                p.expression()?;
                p.opt(Self::as_name)?;
                p.newline_for_colon()
            }
            {
                p.except_star()?;
                p.any(&[T::Newline, T::Colon])?;
                p.raise_here("expected one or more exception types")
            }
            {
                p.except_star()?;
                p.invalid_exception_name("except*")
            }
        )
    }

    fn invalid_exception_list(&mut self) -> Parse {
        let first = self.expression()?;
        self.t(T::Comma)?;
        self.expressions()?;
        self.as_name()?;
        self.t(T::Colon)?;
        self.raise_from(self.span(first), "multiple exception types must be parenthesized when using 'as'")
    }

    fn invalid_exception_name(&mut self, what: &str) -> Parse {
        self.expression()?;
        self.t(T::As)?;
        let name = self.expression()?;
        self.colon_block()?;
        let message = format!("cannot use {what} statement with {}", self.describe(name));
        self.raise(self.span(name), message)
    }

    fn invalid_except_stmt_indent(&mut self) -> Parse {
        choice!(self, p:
            {
                let token = p.t(T::Except)?;
                p.expression()?;
                p.opt(Self::as_name)?;
                p.colon_no_indent()?;
                p.raise_no_block("'except' statement", token)
            }
            {
                let token = p.t(T::Except)?;
                p.colon_no_indent()?;
                p.raise_no_block("'except' statement", token)
            }
        )
    }

    fn invalid_except_star_stmt_indent(&mut self) -> Parse {
        let token = self.except_star()?;
        self.expression()?;
        self.opt(Self::as_name)?;
        self.colon_no_indent()?;
        self.raise_no_block("'except*' statement", token)
    }

    fn finally_block(&mut self) -> Parse {
        choice!(self, p:
            {
                p.invalid(|p| {
                    let token = p.t(T::Finally)?;
                    p.colon_no_indent()?;
                    p.raise_no_block("'finally' statement", token)
                })
            }
            {
                p.t(T::Finally)?;
                p.forced(T::Colon, ":")?;
                p.block()
            }
        )
    }
}
