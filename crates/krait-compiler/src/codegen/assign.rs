//! Assignments, augmented and annotated ones, and unpacking.

use krait_ast::{Expr, ExprContext, ExprKind, Name, Operator, Stmt};
use krait_bytecode::opcode::operand::BinaryOp;
use krait_bytecode::{Const, Opcode};

use super::Codegen;
use super::expr::binary_operator;
use super::scope::ScopeKind;
use crate::error::{CompileError, Result};
use crate::instruction_sequence::Location;
use crate::unparse;

impl<'a> Codegen<'a, '_> {
    pub(super) fn assign(&mut self, targets: &'a [Expr], value: &'a Expr, loc: Location) -> Result {
        self.expr(value)?;
        for (i, target) in targets.iter().enumerate() {
            if i + 1 < targets.len() {
                self.op_arg(Opcode::COPY, 1, loc);
            }
            self.expr(target)?;
        }
        Ok(())
    }

    /// Unpacks what is on the stack into the elements of a tuple or list.
    pub(super) fn unpack_into(&mut self, elts: &'a [Expr], loc: Location) -> Result {
        self.unpack(
            elts,
            |e| matches!(e.node, ExprKind::Starred { .. }),
            "assignment",
            "expressions in assignment",
            loc,
        )?;
        for elt in elts {
            match &elt.node {
                ExprKind::Starred { value, .. } => self.expr(value)?,
                _ => self.expr(elt)?,
            }
        }
        Ok(())
    }

    /// The unpacking instruction for targets of which one may be starred.
    pub(super) fn unpack<T>(
        &mut self,
        targets: &[T],
        starred: impl Fn(&T) -> bool,
        what: &str,
        multiple: &str,
        loc: Location,
    ) -> Result {
        let count = targets.len();
        let mut stars = targets.iter().enumerate().filter(|(_, target)| starred(target)).map(|(i, _)| i);
        let Some(star) = stars.next() else {
            self.op_arg(Opcode::UNPACK_SEQUENCE, count as u32, loc);
            return Ok(());
        };
        let after = count - star - 1;
        if star >= 1 << 8 || after >= (i32::MAX >> 8) as usize {
            return self.error(format!("too many expressions in star-unpacking {what}"), loc);
        }
        self.op_arg(Opcode::UNPACK_EX, (star + (after << 8)) as u32, loc);
        if stars.next().is_some() {
            return self.error(format!("multiple starred {multiple}"), loc);
        }
        Ok(())
    }

    pub(super) fn aug_assign(
        &mut self,
        target: &'a Expr,
        op: Operator,
        value: &'a Expr,
        stmt_loc: Location,
    ) -> Result {
        let loc = Location::from(target.range);
        self.aug_load(target, loc)?;
        self.expr(value)?;
        self.binary_op(binary_operator(op).inplace(), stmt_loc);
        match &target.node {
            ExprKind::Attribute { attr, .. } => {
                let loc = attribute_location(loc, target, attr);
                self.op_arg(Opcode::SWAP, 2, loc);
                self.op_mangled(Opcode::STORE_ATTR, attr, 0, 0, loc);
            }
            ExprKind::Subscript { slice, .. } if is_two_part_slice(slice) => {
                for depth in [4, 3, 2] {
                    self.op_arg(Opcode::SWAP, depth, loc);
                }
                self.op(Opcode::STORE_SLICE, loc);
            }
            ExprKind::Subscript { .. } => {
                self.op_arg(Opcode::SWAP, 3, loc);
                self.op_arg(Opcode::SWAP, 2, loc);
                self.op(Opcode::STORE_SUBSCR, loc);
            }
            ExprKind::Name { id, .. } => self.store_name(id, loc)?,
            _ => {}
        }
        Ok(())
    }

    /// Loads the old value and keeps below it what the store needs.
    fn aug_load(&mut self, target: &'a Expr, loc: Location) -> Result {
        match &target.node {
            ExprKind::Attribute { value, attr, .. } => {
                self.expr(value)?;
                self.op_arg(Opcode::COPY, 1, loc);
                let loc = attribute_location(loc, target, attr);
                self.op_mangled(Opcode::LOAD_ATTR, attr, 1, 0, loc);
            }
            ExprKind::Subscript { value, slice, .. } => {
                self.expr(value)?;
                if is_two_part_slice(slice) {
                    self.slice_parts(slice)?;
                    for _ in 0..3 {
                        self.op_arg(Opcode::COPY, 3, loc);
                    }
                    self.op(Opcode::BINARY_SLICE, loc);
                } else {
                    self.expr(slice)?;
                    self.op_arg(Opcode::COPY, 2, loc);
                    self.op_arg(Opcode::COPY, 2, loc);
                    self.binary_op(BinaryOp::Subscript, loc);
                }
            }
            ExprKind::Name { id, .. } => self.load_name(id, loc)?,
            _ => {
                return Err(CompileError::system("invalid node type for augmented assignment"));
            }
        }
        Ok(())
    }

    pub(super) fn ann_assign(
        &mut self,
        stmt: &'a Stmt,
        target: &'a Expr,
        annotation: &'a Expr,
        value: Option<&'a Expr>,
        simple: bool,
    ) -> Result {
        let loc = Location::from(stmt.range);
        if let Some(value) = value {
            self.expr(value)?;
            self.expr(target)?;
        }
        match &target.node {
            ExprKind::Name { id, .. } => {
                let stored = matches!(self.unit.kind, ScopeKind::Module | ScopeKind::Class);
                if simple && stored {
                    if self.future_annotations() {
                        self.store_annotation_text(id, annotation, loc);
                    } else {
                        self.defer_annotation(stmt, loc);
                    }
                }
            }
            ExprKind::Attribute { value: object, .. } if value.is_none() => self.discard(object)?,
            ExprKind::Subscript { value: object, slice, .. } if value.is_none() => {
                self.discard(object)?;
                self.check_subscript(slice)?;
            }
            ExprKind::Attribute { .. } | ExprKind::Subscript { .. } => {}
            _ => return Err(CompileError::system("invalid node type for annotated assignment")),
        }
        Ok(())
    }

    /// Loads the source text of an annotation.
    pub(super) fn load_annotation_text(&mut self, annotation: &Expr) {
        let text = unparse::unparse(annotation);
        let text = Const::Str(krait_bytecode::StrConst::new(text));
        self.load_const(text, annotation.range.into());
    }

    fn store_annotation_text(&mut self, name: &Name, annotation: &Expr, loc: Location) {
        self.load_annotation_text(annotation);
        self.op_name(Opcode::LOAD_NAME, &Name::from("__annotations__"), loc);
        let mangled = self.mangle(name);
        self.load_str(&mangled, loc);
        self.op(Opcode::STORE_SUBSCR, loc);
    }

    /// Evaluates an expression for its errors only.
    fn discard(&mut self, expr: &'a Expr) -> Result {
        self.expr(expr)?;
        self.op(Opcode::POP_TOP, expr.range.into());
        Ok(())
    }

    /// Evaluates all parts of the subscript of a target without a value.
    fn check_subscript(&mut self, slice: &'a Expr) -> Result {
        match &slice.node {
            ExprKind::Slice { lower, upper, step } => {
                [lower, upper, step].into_iter().flatten().try_for_each(|part| self.discard(part))
            }
            ExprKind::Tuple { elts, .. } => elts.iter().try_for_each(|elt| self.check_subscript(elt)),
            _ => self.discard(slice),
        }
    }

    pub(super) fn named_expr(&mut self, target: &'a Expr, value: &'a Expr, loc: Location) -> Result {
        self.expr(value)?;
        self.op_arg(Opcode::COPY, 1, loc);
        self.expr(target)
    }

    pub(super) fn starred(&self, ctx: ExprContext, loc: Location) -> Result {
        match ctx {
            ExprContext::Store => self.error("starred assignment target must be in a list or tuple", loc),
            _ => self.error("can't use starred expression here", loc),
        }
    }
}

/// `a[b:c]` whose bounds are not all constants.
pub(super) fn is_two_part_slice(slice: &Expr) -> bool {
    matches!(slice.node, ExprKind::Slice { step: None, .. }) && !is_constant_slice(slice)
}

pub(super) fn is_constant_slice(slice: &Expr) -> bool {
    let ExprKind::Slice { lower, upper, step } = &slice.node else { return false };
    [lower, upper, step].into_iter().flatten().all(|part| part.as_constant().is_some())
}

/// An attribute access that spans lines belongs to the line of the attribute's name.
pub(super) fn attribute_location(mut loc: Location, expr: &Expr, attr: &Name) -> Location {
    let (end_line, end_col) = (expr.range.end_lineno as i32, expr.range.end_col_offset as i32);
    if loc.lineno != end_line {
        loc.lineno = end_line;
        let length = attr.chars().count() as i32;
        if length <= end_col {
            loc.col = end_col - length;
        } else {
            loc.col = -1;
            loc.end_col = -1;
        }
        loc.end_lineno = loc.end_lineno.max(end_line);
    }
    loc
}
