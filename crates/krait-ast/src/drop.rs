//! Destructors that take left-leaning chains apart in a loop, because only memory bounds how long those are.

use crate::{Expr, ExprKind, Stmt, StmtKind};

/// The child along which chains grow, if it is itself a link of one.
fn next_link(node: &mut ExprKind) -> Option<Expr> {
    let child = match node {
        ExprKind::BinOp { left: child, .. }
        | ExprKind::Attribute { value: child, .. }
        | ExprKind::Subscript { value: child, .. }
        | ExprKind::Call { func: child, .. } => child,
        _ => return None,
    };
    match child.node {
        ExprKind::BinOp { .. }
        | ExprKind::Attribute { .. }
        | ExprKind::Subscript { .. }
        | ExprKind::Call { .. } => Some(child.take()),
        _ => None,
    }
}

impl Drop for Expr {
    fn drop(&mut self) {
        let mut link = next_link(&mut self.node);
        while let Some(mut expr) = link {
            link = next_link(&mut expr.node);
        }
    }
}

/// The `else` branch that holds nothing but another `if`.
fn next_branch(node: &mut StmtKind) -> Option<Stmt> {
    match node {
        StmtKind::If { orelse, .. } if matches!(orelse[..], [Stmt { node: StmtKind::If { .. }, .. }]) => {
            orelse.pop()
        }
        _ => None,
    }
}

impl Drop for Stmt {
    fn drop(&mut self) {
        let mut branch = next_branch(&mut self.node);
        while let Some(mut stmt) = branch {
            branch = next_branch(&mut stmt.node);
        }
    }
}
