//! Compound statements.

use super::{Parsed, Parser};
use crate::token::TokenKind;
use krait_ast::{
    ClassDef, ExceptHandler, Expr, ExprContext, ExprKind, For, FunctionDef, MatchCase, Range, Stmt, StmtKind,
    Try, With, WithItem,
};

impl Parser<'_> {
    /// Parse a compound statement if one begins here.
    pub(super) fn compound_statement(&mut self, out: &mut Vec<Stmt>) -> Parsed<bool> {
        let start = self.pos;
        let node = match self.kind() {
            TokenKind::Def | TokenKind::Class => self.definition(Vec::new())?,
            TokenKind::At => {
                out.push(self.decorated()?);
                return Ok(true);
            }
            TokenKind::Async => self.async_stmt()?,
            TokenKind::If => {
                out.push(self.if_stmt()?);
                return Ok(true);
            }
            TokenKind::With => StmtKind::With(Box::new(self.with_stmt(false)?)),
            TokenKind::For => StmtKind::For(Box::new(self.for_stmt()?)),
            TokenKind::Try => self.try_stmt()?,
            TokenKind::While => self.while_stmt()?,
            TokenKind::Name if self.at_word("match") => match self.match_stmt()? {
                Some(node) => node,
                None => return Ok(false),
            },
            _ => return Ok(false),
        };
        out.push(Stmt::new(node, self.range(start)));
        Ok(true)
    }

    /// The decorators do not count into the range of what they decorate.
    fn decorated(&mut self) -> Parsed<Stmt> {
        let mut decorators = Vec::new();
        while self.eat(TokenKind::At) {
            decorators.push(self.named_expression()?);
            self.expect(TokenKind::Newline)?;
        }
        let start = self.pos;
        let node = if self.eat(TokenKind::Async) {
            self.need(TokenKind::Def)?;
            self.async_function(decorators)?
        } else {
            self.definition(decorators)?
        };
        Ok(Stmt::new(node, self.range(start)))
    }

    fn definition(&mut self, decorators: Vec<Expr>) -> Parsed<StmtKind> {
        match self.kind() {
            TokenKind::Def => Ok(StmtKind::FunctionDef(Box::new(self.function(decorators)?))),
            TokenKind::Class => self.class(decorators),
            _ => self.fail(),
        }
    }

    fn async_function(&mut self, decorators: Vec<Expr>) -> Parsed<StmtKind> {
        let def = self.function(decorators)?;
        self.since_read(5, "Async functions are")?;
        Ok(StmtKind::AsyncFunctionDef(Box::new(def)))
    }

    fn async_stmt(&mut self) -> Parsed<StmtKind> {
        self.pos += 1;
        match self.kind() {
            TokenKind::Def => self.async_function(Vec::new()),
            TokenKind::For => {
                let stmt = self.for_stmt()?;
                self.since(5, "Async for loops are")?;
                Ok(StmtKind::AsyncFor(Box::new(stmt)))
            }
            TokenKind::With => {
                let stmt = self.with_stmt(true)?;
                self.since_read(5, "Async with statements are")?;
                Ok(StmtKind::AsyncWith(Box::new(stmt)))
            }
            _ => self.fail(),
        }
    }

    fn function(&mut self, decorator_list: Vec<Expr>) -> Parsed<FunctionDef> {
        self.pos += 1;
        let name = self.name()?;
        let type_params = self.type_params()?;
        self.expect(TokenKind::LPar)?;
        let args = Box::new(self.parameters(TokenKind::RPar)?);
        self.expect(TokenKind::RPar)?;
        let returns = if self.eat(TokenKind::RArrow) { Some(Box::new(self.expression()?)) } else { None };
        self.expect(TokenKind::Colon)?;
        let on_next_line = self.kind() == TokenKind::Newline
            && self.kind_at(1) == TokenKind::TypeComment
            && self.kind_at(2) == TokenKind::Newline
            && self.kind_at(3) == TokenKind::Indent;
        self.pos += usize::from(on_next_line);
        let type_comment = self.type_comment();
        let body = self.block()?;
        Ok(FunctionDef { name, args, body, decorator_list, returns, type_comment, type_params })
    }

    fn class(&mut self, decorator_list: Vec<Expr>) -> Parsed<StmtKind> {
        self.pos += 1;
        let name = self.name()?;
        let type_params = self.type_params()?;
        let (mut bases, mut keywords) = (Vec::new(), Vec::new());
        if self.eat(TokenKind::LPar) {
            (bases, keywords) = self.arguments()?;
            self.expect(TokenKind::RPar)?;
        }
        let body = self.colon_block()?;
        Ok(StmtKind::ClassDef(Box::new(ClassDef {
            name,
            bases,
            keywords,
            body,
            decorator_list,
            type_params,
        })))
    }

    /// `if` with its `elif` ladder, which is read in a loop and folded from its end.
    fn if_stmt(&mut self) -> Parsed<Stmt> {
        let mut rungs: Vec<(usize, Expr, Vec<Stmt>)> = Vec::with_capacity(1);
        let mut depth = 0;
        loop {
            let start = self.pos;
            self.pos += 1;
            let test = self.named_expression()?;
            rungs.push((start, test, self.colon_block()?));
            if self.kind() != TokenKind::Elif {
                break;
            }
            let levels = if rungs.len() == 1 { 3 } else { 1 };
            self.enter(levels)?;
            depth += levels;
        }
        self.leave(depth);
        let mut orelse = self.else_block()?;
        loop {
            let Some((start, test, body)) = rungs.pop() else { return self.fail() };
            let stmt = Stmt::new(StmtKind::If { test: Box::new(test), body, orelse }, self.range(start));
            if rungs.is_empty() {
                return Ok(stmt);
            }
            orelse = vec![stmt];
        }
    }

    fn while_stmt(&mut self) -> Parsed<StmtKind> {
        self.pos += 1;
        let test = Box::new(self.named_expression()?);
        let body = self.colon_block()?;
        let orelse = self.else_block()?;
        Ok(StmtKind::While { test, body, orelse })
    }

    fn for_stmt(&mut self) -> Parsed<For> {
        self.pos += 1;
        let target = self.star_targets()?;
        self.expect(TokenKind::In)?;
        let iter = self.star_expressions()?;
        self.expect(TokenKind::Colon)?;
        let type_comment = self.type_comment();
        let body = self.block()?;
        let orelse = self.else_block()?;
        Ok(For { target, iter, body, orelse, type_comment })
    }

    fn with_stmt(&mut self, is_async: bool) -> Parsed<With> {
        self.pos += 1;
        let grouped =
            if self.parens_end_before_colon() { self.attempt(Self::grouped_with_items)? } else { None };
        let in_parens = grouped.is_some();
        let items = match grouped {
            Some(items) => items,
            None => self.with_items()?,
        };
        self.expect(TokenKind::Colon)?;
        let type_comment = if is_async && in_parens { None } else { self.type_comment() };
        let body = self.block()?;
        Ok(With { items, body, type_comment })
    }

    /// The next token opens a parenthesis that is closed just before a colon.
    fn parens_end_before_colon(&self) -> bool {
        if self.kind() != TokenKind::LPar {
            return false;
        }
        let mut open = 0usize;
        for (index, token) in self.tokens.iter().enumerate().skip(self.pos) {
            match token.kind {
                TokenKind::LPar => open += 1,
                TokenKind::RPar => open -= 1,
                TokenKind::Newline => return false,
                _ => {}
            }
            if open == 0 {
                return self.tokens.get(index + 1).is_some_and(|token| token.kind == TokenKind::Colon);
            }
        }
        false
    }

    fn grouped_with_items(&mut self) -> Parsed<Vec<WithItem>> {
        self.pos += 1;
        let mut items = Vec::new();
        loop {
            items.push(self.with_item()?);
            if !self.eat(TokenKind::Comma) || self.kind() == TokenKind::RPar {
                break;
            }
        }
        self.expect(TokenKind::RPar)?;
        self.need(TokenKind::Colon)?;
        Ok(items)
    }

    fn with_items(&mut self) -> Parsed<Vec<WithItem>> {
        let mut items = Vec::with_capacity(1);
        loop {
            items.push(self.with_item()?);
            if !self.eat(TokenKind::Comma) {
                return Ok(items);
            }
        }
    }

    fn with_item(&mut self) -> Parsed<WithItem> {
        let context_expr = self.expression()?;
        let mut optional_vars = None;
        if self.eat(TokenKind::As) {
            optional_vars = Some(self.star_target()?);
            if !matches!(self.kind(), TokenKind::Comma | TokenKind::RPar | TokenKind::Colon) {
                return self.fail();
            }
        }
        Ok(WithItem { context_expr, optional_vars })
    }

    fn try_stmt(&mut self) -> Parsed<StmtKind> {
        self.pos += 1;
        let body = self.colon_block()?;
        let mut handlers = Vec::new();
        let star = self.kind_at(1) == TokenKind::Star;
        while self.kind() == TokenKind::Except {
            handlers.push(self.except_block(star)?);
        }
        let orelse = if handlers.is_empty() { Vec::new() } else { self.else_block()? };
        let finalbody = if self.eat(TokenKind::Finally) { self.colon_block()? } else { Vec::new() };
        if handlers.is_empty() && finalbody.is_empty() {
            return self.fail();
        }
        let group = star && !handlers.is_empty();
        let node = Box::new(Try { body, handlers, orelse, finalbody });
        if group {
            self.since(11, "Exception groups are")?;
            return Ok(StmtKind::TryStar(node));
        }
        Ok(StmtKind::Try(node))
    }

    fn except_block(&mut self, star: bool) -> Parsed<ExceptHandler> {
        let start = self.pos;
        self.pos += 1;
        if star {
            self.expect(TokenKind::Star)?;
        }
        let (mut r#type, mut name, mut bare_tuple) = (None, None, false);
        if star || self.kind() != TokenKind::Colon {
            let first = self.pos;
            let expr = self.expression()?;
            if self.eat(TokenKind::As) {
                name = Some(self.name()?);
                r#type = Some(expr);
            } else if self.kind() == TokenKind::Comma {
                r#type = Some(self.expressions_from(first, expr)?);
                bare_tuple = true;
            } else {
                r#type = Some(expr);
            }
        }
        let body = self.colon_block()?;
        if bare_tuple {
            self.since_read(14, "except expressions without parentheses are")?;
        }
        Ok(ExceptHandler { r#type, name, body, range: self.range(start) })
    }

    /// A `match` statement, or `None` where `match` is a name like any other.
    fn match_stmt(&mut self) -> Parsed<Option<StmtKind>> {
        use TokenKind::*;
        let continues_name = matches!(
            self.kind_at(1),
            Equal
                | Dot
                | Comma
                | RPar
                | Colon
                | Newline
                | Semi
                | ColonEqual
                | In
                | Is
                | And
                | Or
                | If
                | EqEqual
        );
        if continues_name {
            return Ok(Option::None);
        }
        let Some(subject) = self.attempt(Self::match_head)? else { return Ok(Option::None) };
        let mut cases = Vec::new();
        loop {
            cases.push(self.case_block()?);
            if self.eat(TokenKind::Dedent) {
                break;
            }
        }
        self.since_read(10, "Pattern matching is")?;
        Ok(Some(StmtKind::Match { subject: Box::new(subject), cases }))
    }

    fn match_head(&mut self) -> Parsed<Expr> {
        self.pos += 1;
        let subject = self.subject_expr()?;
        self.expect(TokenKind::Colon)?;
        self.expect(TokenKind::Newline)?;
        self.expect(TokenKind::Indent)?;
        if self.at_word("case") { Ok(subject) } else { self.fail() }
    }

    fn subject_expr(&mut self) -> Parsed<Expr> {
        let start = self.pos;
        let first = self.star_named_expression()?;
        if self.kind() == TokenKind::Comma {
            let mut elts = vec![first];
            while self.eat(TokenKind::Comma) && self.kind() != TokenKind::Colon {
                elts.push(self.star_named_expression()?);
            }
            return Ok(Expr::new(ExprKind::Tuple { elts, ctx: ExprContext::Load }, self.range(start)));
        }
        if matches!(first.node, ExprKind::Starred { .. }) { self.fail() } else { Ok(first) }
    }

    fn case_block(&mut self) -> Parsed<MatchCase> {
        if !self.at_word("case") {
            return self.fail();
        }
        self.pos += 1;
        self.enter(super::BLOCK_DEPTH)?;
        let pattern = self.patterns()?;
        let guard = if self.eat(TokenKind::If) { Some(Box::new(self.named_expression()?)) } else { None };
        let body = self.colon_block()?;
        self.leave(super::BLOCK_DEPTH);
        Ok(MatchCase { pattern, guard, body })
    }

    /// The range of a single token.
    pub(super) fn last_range(&self) -> Range {
        self.token_range(self.pos.saturating_sub(1))
    }
}
