//! Warnings about code that cannot mean what it says.

use krait_ast::{CmpOp, Constant, Expr, ExprKind, Int};

use super::Codegen;
use crate::error::Result;
use crate::instruction_sequence::Location;

/// Name of the type of an expression, where it can be told.
fn type_name(expr: &Expr) -> Option<&'static str> {
    Some(match &expr.node {
        ExprKind::Tuple { .. } => "tuple",
        ExprKind::List { .. } | ExprKind::ListComp { .. } => "list",
        ExprKind::Dict { .. } | ExprKind::DictComp { .. } => "dict",
        ExprKind::Set { .. } | ExprKind::SetComp { .. } => "set",
        ExprKind::GeneratorExp { .. } => "generator",
        ExprKind::Lambda { .. } => "function",
        ExprKind::TemplateStr { .. } | ExprKind::Interpolation { .. } => "string.templatelib.Template",
        ExprKind::JoinedStr { .. } | ExprKind::FormattedValue { .. } => "str",
        ExprKind::Constant { value, .. } => match value {
            Constant::None => "NoneType",
            Constant::True | Constant::False => "bool",
            Constant::Ellipsis => "ellipsis",
            Constant::Int(Int::Small(_) | Int::Big(_)) => "int",
            Constant::Float(_) => "float",
            Constant::Complex { .. } => "complex",
            Constant::Str(_) => "str",
            Constant::Bytes(_) => "bytes",
            Constant::Tuple(_) => "tuple",
            Constant::FrozenSet(_) => "frozenset",
        },
        _ => return None,
    })
}

/// Whether identity with this makes sense.
fn fits_is(expr: &Expr) -> bool {
    match &expr.node {
        ExprKind::Tuple { .. } => false,
        ExprKind::Constant { value, .. } => {
            matches!(value, Constant::None | Constant::True | Constant::False | Constant::Ellipsis)
        }
        _ => true,
    }
}

impl Codegen<'_, '_> {
    pub(super) fn check_compare(
        &mut self,
        left: &Expr,
        ops: &[CmpOp],
        comparators: &[Expr],
        loc: Location,
    ) -> Result {
        let mut left = left;
        for (op, right) in ops.iter().zip(comparators) {
            let (word, meant) = match op {
                CmpOp::Is => ("is", "=="),
                CmpOp::IsNot => ("is not", "!="),
                _ => {
                    left = right;
                    continue;
                }
            };
            if let Some(literal) = [left, right].into_iter().find(|side| !fits_is(side)) {
                let kind = type_name(literal).unwrap_or_default();
                let message = format!("\"{word}\" with '{kind}' literal. Did you mean \"{meant}\"?");
                return self.warning(message, loc);
            }
            left = right;
        }
        Ok(())
    }

    pub(super) fn check_caller(&mut self, func: &Expr) -> Result {
        let literal = matches!(
            func.node,
            ExprKind::Constant { .. }
                | ExprKind::Tuple { .. }
                | ExprKind::List { .. }
                | ExprKind::ListComp { .. }
                | ExprKind::Dict { .. }
                | ExprKind::DictComp { .. }
                | ExprKind::Set { .. }
                | ExprKind::SetComp { .. }
                | ExprKind::GeneratorExp { .. }
                | ExprKind::JoinedStr { .. }
                | ExprKind::FormattedValue { .. }
                | ExprKind::TemplateStr { .. }
                | ExprKind::Interpolation { .. }
        );
        match type_name(func) {
            Some(kind) if literal => self.warning(
                format!("'{kind}' object is not callable; perhaps you missed a comma?"),
                func.range.into(),
            ),
            _ => Ok(()),
        }
    }

    pub(super) fn check_subscripter(&mut self, value: &Expr) -> Result {
        let bad = match &value.node {
            ExprKind::Constant { value, .. } => matches!(
                value,
                Constant::None
                    | Constant::Ellipsis
                    | Constant::True
                    | Constant::False
                    | Constant::Int(_)
                    | Constant::Float(_)
                    | Constant::Complex { .. }
                    | Constant::FrozenSet(_)
            ),
            ExprKind::Set { .. }
            | ExprKind::SetComp { .. }
            | ExprKind::GeneratorExp { .. }
            | ExprKind::TemplateStr { .. }
            | ExprKind::Interpolation { .. }
            | ExprKind::Lambda { .. } => true,
            _ => false,
        };
        match type_name(value) {
            Some(kind) if bad => self.warning(
                format!("'{kind}' object is not subscriptable; perhaps you missed a comma?"),
                value.range.into(),
            ),
            _ => Ok(()),
        }
    }

    pub(super) fn check_index(&mut self, value: &Expr, index: &Expr) -> Result {
        let Some(index_kind) = type_name(index).filter(|kind| !matches!(*kind, "int" | "bool")) else {
            return Ok(());
        };
        let sequence = match &value.node {
            ExprKind::Constant { value, .. } => {
                matches!(value, Constant::Str(_) | Constant::Bytes(_) | Constant::Tuple(_))
            }
            ExprKind::Tuple { .. }
            | ExprKind::List { .. }
            | ExprKind::ListComp { .. }
            | ExprKind::JoinedStr { .. }
            | ExprKind::FormattedValue { .. } => true,
            _ => false,
        };
        match type_name(value) {
            Some(kind) if sequence => self.warning(
                format!(
                    "{kind} indices must be integers or slices, not {index_kind}; \
                     perhaps you missed a comma?"
                ),
                value.range.into(),
            ),
            _ => Ok(()),
        }
    }
}
