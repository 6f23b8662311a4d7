//! Destructors that take chains apart in a loop: left-leaning ones, because only memory bounds how long those are, and
//! tails of tails (`not not …`, `… else … else …`), because the stack of a thread may be small.

use crate::{Expr, ExprKind, Stmt, StmtKind};

/// The child along which chains grow, if it is itself a link of one.
fn next_link(node: &mut ExprKind) -> Option<Expr> {
    let child = match node {
        ExprKind::BinOp { left, right, .. } => {
            if is_link(left) {
                left
            } else {
                right
            }
        }
        ExprKind::Attribute { value: child, .. }
        | ExprKind::Subscript { value: child, .. }
        | ExprKind::Call { func: child, .. }
        | ExprKind::UnaryOp { operand: child, .. }
        | ExprKind::IfExp { orelse: child, .. }
        | ExprKind::Lambda { body: child, .. } => child,
        _ => return None,
    };
    is_link(child).then(|| child.take())
}

fn is_link(expr: &Expr) -> bool {
    use ExprKind::*;
    matches!(
        expr.node,
        BinOp { .. }
            | Attribute { .. }
            | Subscript { .. }
            | Call { .. }
            | UnaryOp { .. }
            | IfExp { .. }
            | Lambda { .. }
    )
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
