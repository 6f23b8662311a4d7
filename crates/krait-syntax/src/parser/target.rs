//! Targets: expressions that were read as values and turn out to be assigned to, bound or deleted.
//!
//! Parentheses leave no trace in the tree, but the grammar allows them around every target, so nothing is lost.

use super::{Parsed, Parser};
use crate::token::TokenKind;
use krait_ast::{Expr, ExprContext, ExprKind};

impl Parser<'_> {
    /// Make `expr` a target of assignment (`star_targets`).
    pub(super) fn make_target(&mut self, expr: &mut Expr) -> Parsed<()> {
        if set_context(expr, ExprContext::Store, true) { Ok(()) } else { self.fail() }
    }

    /// A name, attribute or subscript (`single_target`).
    pub(super) fn make_single_target(&mut self, expr: &mut Expr) -> Parsed<()> {
        match &mut expr.node {
            ExprKind::Name { ctx, .. }
            | ExprKind::Attribute { ctx, .. }
            | ExprKind::Subscript { ctx, .. } => {
                *ctx = ExprContext::Store;
                Ok(())
            }
            _ => self.fail(),
        }
    }

    pub(super) fn make_del_target(&mut self, expr: &mut Expr) -> Parsed<()> {
        if set_context(expr, ExprContext::Del, false) { Ok(()) } else { self.fail() }
    }

    /// One target of `for` or `with`, where an operator would not belong to it.
    pub(super) fn star_target(&mut self) -> Parsed<Expr> {
        let start = self.pos;
        let mut target = if self.eat(TokenKind::Star) {
            let value = Box::new(self.primary()?);
            Expr::new(ExprKind::Starred { value, ctx: ExprContext::Load }, self.range(start))
        } else {
            self.primary()?
        };
        self.make_target(&mut target)?;
        Ok(target)
    }

    /// The targets of `for`, up to its `in`.
    pub(super) fn star_targets(&mut self) -> Parsed<Expr> {
        let start = self.pos;
        let first = self.star_target()?;
        if self.kind() != TokenKind::Comma {
            return Ok(first);
        }
        let mut elts = vec![first];
        while self.eat(TokenKind::Comma) && self.kind() != TokenKind::In {
            elts.push(self.star_target()?);
        }
        Ok(Expr::new(ExprKind::Tuple { elts, ctx: ExprContext::Store }, self.range(start)))
    }
}

/// Give `expr` and what it unpacks into the context; false if it is no target.
fn set_context(expr: &mut Expr, context: ExprContext, starred: bool) -> bool {
    match &mut expr.node {
        ExprKind::Name { ctx, .. } | ExprKind::Attribute { ctx, .. } | ExprKind::Subscript { ctx, .. } => {
            *ctx = context;
            true
        }
        ExprKind::Tuple { elts, ctx } | ExprKind::List { elts, ctx } => {
            *ctx = context;
            elts.iter_mut().all(|elt| set_context(elt, context, starred))
        }
        ExprKind::Starred { value, ctx } if starred => {
            *ctx = context;
            set_context(value, context, starred)
        }
        _ => false,
    }
}
