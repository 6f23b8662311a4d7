//! Simple statements.

use super::{Parsed, Parser};
use crate::token::TokenKind;
use krait_ast::{Expr, ExprContext, ExprKind, Name, Operator, Stmt, StmtKind};

impl Parser<'_> {
    pub(super) fn simple_statement(&mut self) -> Parsed<Stmt> {
        let start = self.pos;
        let node = match self.kind() {
            TokenKind::Return => self.return_stmt()?,
            TokenKind::Import => self.import_name()?,
            TokenKind::From => self.import_from()?,
            TokenKind::Raise => self.raise_stmt()?,
            TokenKind::Del => self.del_stmt()?,
            TokenKind::Assert => self.assert_stmt()?,
            TokenKind::Pass => self.word(StmtKind::Pass),
            TokenKind::Break => self.word(StmtKind::Break),
            TokenKind::Continue => self.word(StmtKind::Continue),
            TokenKind::Global => StmtKind::Global { names: self.name_list()? },
            TokenKind::Nonlocal => StmtKind::Nonlocal { names: self.name_list()? },
            TokenKind::Yield => StmtKind::Expr { value: Box::new(self.yield_expr()?) },
            TokenKind::Name if self.kind_at(1) == TokenKind::Name && self.at_word("type") => {
                self.type_alias()?
            }
            _ => self.expression_stmt()?,
        };
        Ok(Stmt::new(node, self.range(start)))
    }

    fn word(&mut self, node: StmtKind) -> StmtKind {
        self.pos += 1;
        node
    }

    /// The end of a simple statement: what may stand where an optional expression is left out.
    fn at_end(&self) -> bool {
        matches!(self.kind(), TokenKind::Newline | TokenKind::Semi)
    }

    fn return_stmt(&mut self) -> Parsed<StmtKind> {
        self.pos += 1;
        let value = if self.at_end() { None } else { Some(Box::new(self.star_expressions()?)) };
        Ok(StmtKind::Return { value })
    }

    fn raise_stmt(&mut self) -> Parsed<StmtKind> {
        self.pos += 1;
        if self.at_end() {
            return Ok(StmtKind::Raise { exc: None, cause: None });
        }
        let exc = Some(Box::new(self.expression()?));
        let cause = if self.eat(TokenKind::From) { Some(Box::new(self.expression()?)) } else { None };
        Ok(StmtKind::Raise { exc, cause })
    }

    fn del_stmt(&mut self) -> Parsed<StmtKind> {
        self.pos += 1;
        let mut targets = Vec::new();
        loop {
            let mut target = self.primary()?;
            self.make_del_target(&mut target)?;
            targets.push(target);
            if !self.eat(TokenKind::Comma) || self.at_end() {
                break;
            }
        }
        if self.at_end() { Ok(StmtKind::Delete { targets }) } else { self.fail() }
    }

    fn assert_stmt(&mut self) -> Parsed<StmtKind> {
        self.pos += 1;
        let test = Box::new(self.expression()?);
        let msg = if self.eat(TokenKind::Comma) { Some(Box::new(self.expression()?)) } else { None };
        Ok(StmtKind::Assert { test, msg })
    }

    fn name_list(&mut self) -> Parsed<Vec<Name>> {
        self.pos += 1;
        let mut names = vec![self.name()?];
        while self.eat(TokenKind::Comma) {
            names.push(self.name()?);
        }
        Ok(names)
    }

    fn type_alias(&mut self) -> Parsed<StmtKind> {
        self.pos += 1;
        let at = self.pos;
        let id = self.name()?;
        let name = Expr::new(ExprKind::Name { id, ctx: ExprContext::Store }, self.token_range(at));
        let type_params = self.type_params()?;
        self.expect(TokenKind::Equal)?;
        let value = Box::new(self.expression()?);
        self.since(12, "Type statement is")?;
        Ok(StmtKind::TypeAlias { name: Box::new(name), type_params, value })
    }

    /// What begins with an expression: an expression statement or an assignment of some kind.
    fn expression_stmt(&mut self) -> Parsed<StmtKind> {
        let start = self.pos;
        let first = self.star_expressions()?;
        match self.kind() {
            TokenKind::Equal => self.assign(first),
            TokenKind::Colon => self.ann_assign(first, start),
            kind => match augmented_operator(kind) {
                Some(op) => self.aug_assign(first, op),
                None => Ok(StmtKind::Expr { value: Box::new(first) }),
            },
        }
    }

    fn assign(&mut self, first: Expr) -> Parsed<StmtKind> {
        let mut targets = Vec::with_capacity(1);
        let mut value = first;
        while self.kind() == TokenKind::Equal {
            self.make_target(&mut value)?;
            targets.push(value);
            self.pos += 1;
            value = self.annotated_rhs()?;
        }
        let type_comment = self.type_comment();
        Ok(StmtKind::Assign { targets, value: Box::new(value), type_comment })
    }

    fn ann_assign(&mut self, mut target: Expr, start: usize) -> Parsed<StmtKind> {
        self.make_single_target(&mut target)?;
        self.pos += 1;
        let simple =
            self.tokens[start].kind == TokenKind::Name && matches!(target.node, ExprKind::Name { .. });
        let annotation = Box::new(self.expression()?);
        let value = if self.eat(TokenKind::Equal) { Some(Box::new(self.annotated_rhs()?)) } else { None };
        self.since(
            6,
            if simple { "Variable annotation syntax is" } else { "Variable annotations syntax is" },
        )?;
        Ok(StmtKind::AnnAssign { target: Box::new(target), annotation, value, simple })
    }

    fn aug_assign(&mut self, mut target: Expr, op: Operator) -> Parsed<StmtKind> {
        self.make_single_target(&mut target)?;
        self.pos += 1;
        if op == Operator::MatMult {
            self.since_read(5, "The '@' operator is")?;
        }
        let value = Box::new(self.annotated_rhs()?);
        Ok(StmtKind::AugAssign { target: Box::new(target), op, value })
    }

    pub(super) fn annotated_rhs(&mut self) -> Parsed<Expr> {
        if self.kind() == TokenKind::Yield { self.yield_expr() } else { self.star_expressions() }
    }
}

fn augmented_operator(kind: TokenKind) -> Option<Operator> {
    Some(match kind {
        TokenKind::PlusEqual => Operator::Add,
        TokenKind::MinEqual => Operator::Sub,
        TokenKind::StarEqual => Operator::Mult,
        TokenKind::AtEqual => Operator::MatMult,
        TokenKind::SlashEqual => Operator::Div,
        TokenKind::PercentEqual => Operator::Mod,
        TokenKind::AmperEqual => Operator::BitAnd,
        TokenKind::VBarEqual => Operator::BitOr,
        TokenKind::CircumflexEqual => Operator::BitXor,
        TokenKind::LeftShiftEqual => Operator::LShift,
        TokenKind::RightShiftEqual => Operator::RShift,
        TokenKind::DoubleStarEqual => Operator::Pow,
        TokenKind::DoubleSlashEqual => Operator::FloorDiv,
        _ => return None,
    })
}
