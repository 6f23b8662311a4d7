//! Conditions: jumps that depend on an expression, `and`/`or`, comparisons and conditional expressions.

use krait_ast::{BoolOp, CmpOp, Expr, ExprKind, UnaryOp};
use krait_bytecode::Opcode;
use krait_bytecode::opcode::operand::Comparison;

use super::Codegen;
use crate::depth::with_stack;
use crate::error::Result;
use crate::instruction_sequence::{Label, Location, NO_LOCATION};

impl<'a> Codegen<'a, '_> {
    /// Jumps to `target` if the truth of `expr` is `when`; otherwise goes on.
    pub(super) fn jump_if(&mut self, expr: &'a Expr, target: Label, when: bool, loc: Location) -> Result {
        self.depth.enter()?;
        let result = with_stack(|| self.jump_if_inner(expr, target, when, loc));
        self.depth.leave();
        result
    }

    fn jump_if_inner(&mut self, expr: &'a Expr, target: Label, when: bool, loc: Location) -> Result {
        match &expr.node {
            ExprKind::UnaryOp { op: UnaryOp::Not, operand } => self.jump_if(operand, target, !when, loc),
            ExprKind::BoolOp { op, values } => self.jump_if_bool(*op, values, target, when, loc),
            ExprKind::IfExp { test, body, orelse } => {
                let end = self.label();
                let next = self.label();
                self.jump_if(test, next, false, loc)?;
                self.jump_if(body, target, when, loc)?;
                self.jump(Opcode::JUMP_NO_INTERRUPT, end, NO_LOCATION);
                self.place(next);
                self.jump_if(orelse, target, when, loc)?;
                self.place(end);
                Ok(())
            }
            ExprKind::Compare { left, ops, comparators } if ops.len() > 1 && comparators.len() > 1 => {
                self.jump_if_chain(expr, left, ops, comparators, target, when)
            }
            _ => {
                self.expr(expr)?;
                let loc = Location::from(expr.range);
                self.op(Opcode::TO_BOOL, loc);
                self.jump(jump_when(when), target, loc);
                Ok(())
            }
        }
    }

    fn jump_if_bool(
        &mut self,
        op: BoolOp,
        values: &'a [Expr],
        target: Label,
        when: bool,
        loc: Location,
    ) -> Result {
        let Some((last, init)) = values.split_last() else { return Ok(()) };
        let decides = op == BoolOp::Or;
        // The value that decides early either goes to the target or past the whole condition.
        let early = if decides == when { target } else { self.label() };
        for value in init {
            self.jump_if(value, early, decides, loc)?;
        }
        self.jump_if(last, target, when, loc)?;
        if early != target {
            self.place(early);
        }
        Ok(())
    }

    fn jump_if_chain(
        &mut self,
        expr: &'a Expr,
        left: &'a Expr,
        ops: &[CmpOp],
        comparators: &'a [Expr],
        target: Label,
        when: bool,
    ) -> Result {
        let loc = Location::from(expr.range);
        self.check_compare(left, ops, comparators, loc)?;
        let cleanup = self.label();
        self.expr(left)?;
        let last = ops.len().min(comparators.len()) - 1;
        for (op, right) in ops.iter().zip(comparators).take(last) {
            self.expr(right)?;
            self.op_arg(Opcode::SWAP, 2, loc);
            self.op_arg(Opcode::COPY, 2, loc);
            self.compare_op(*op, loc);
            self.op(Opcode::TO_BOOL, loc);
            self.jump(Opcode::POP_JUMP_IF_FALSE, cleanup, loc);
        }
        self.expr(&comparators[last])?;
        self.compare_op(ops[last], loc);
        self.op(Opcode::TO_BOOL, loc);
        self.jump(jump_when(when), target, loc);
        let end = self.label();
        self.jump(Opcode::JUMP_NO_INTERRUPT, end, NO_LOCATION);
        self.place(cleanup);
        self.op(Opcode::POP_TOP, loc);
        if !when {
            self.jump(Opcode::JUMP_NO_INTERRUPT, target, NO_LOCATION);
        }
        self.place(end);
        Ok(())
    }

    pub(super) fn bool_op(&mut self, op: BoolOp, values: &'a [Expr], loc: Location) -> Result {
        let Some((last, init)) = values.split_last() else { return Ok(()) };
        let jump = match op {
            BoolOp::And => Opcode::JUMP_IF_FALSE,
            BoolOp::Or => Opcode::JUMP_IF_TRUE,
        };
        let end = self.label();
        for value in init {
            self.expr(value)?;
            self.jump(jump, end, loc);
            self.op(Opcode::POP_TOP, loc);
        }
        self.expr(last)?;
        self.place(end);
        Ok(())
    }

    pub(super) fn if_exp(
        &mut self,
        test: &'a Expr,
        body: &'a Expr,
        orelse: &'a Expr,
        loc: Location,
    ) -> Result {
        let end = self.label();
        let next = self.label();
        self.jump_if(test, next, false, loc)?;
        self.expr(body)?;
        self.jump(Opcode::JUMP_NO_INTERRUPT, end, NO_LOCATION);
        self.place(next);
        self.expr(orelse)?;
        self.place(end);
        Ok(())
    }

    pub(super) fn comparison(
        &mut self,
        left: &'a Expr,
        ops: &[CmpOp],
        comparators: &'a [Expr],
        loc: Location,
    ) -> Result {
        self.check_compare(left, ops, comparators, loc)?;
        self.expr(left)?;
        let Some(last) = ops.len().min(comparators.len()).checked_sub(1) else { return Ok(()) };
        if last == 0 {
            self.expr(&comparators[0])?;
            self.compare_op(ops[0], loc);
            return Ok(());
        }
        let cleanup = self.label();
        for (op, right) in ops.iter().zip(comparators).take(last) {
            self.expr(right)?;
            self.op_arg(Opcode::SWAP, 2, loc);
            self.op_arg(Opcode::COPY, 2, loc);
            self.compare_op(*op, loc);
            self.op_arg(Opcode::COPY, 1, loc);
            self.op(Opcode::TO_BOOL, loc);
            self.jump(Opcode::POP_JUMP_IF_FALSE, cleanup, loc);
            self.op(Opcode::POP_TOP, loc);
        }
        self.expr(&comparators[last])?;
        self.compare_op(ops[last], loc);
        let end = self.label();
        self.jump(Opcode::JUMP_NO_INTERRUPT, end, NO_LOCATION);
        self.place(cleanup);
        self.op_arg(Opcode::SWAP, 2, loc);
        self.op(Opcode::POP_TOP, loc);
        self.place(end);
        Ok(())
    }

    pub(super) fn compare_op(&mut self, op: CmpOp, loc: Location) {
        let comparison = match op {
            CmpOp::Eq => Comparison::Equal,
            CmpOp::NotEq => Comparison::NotEqual,
            CmpOp::Lt => Comparison::Less,
            CmpOp::LtE => Comparison::LessEqual,
            CmpOp::Gt => Comparison::Greater,
            CmpOp::GtE => Comparison::GreaterEqual,
            CmpOp::Is => return self.op_arg(Opcode::IS_OP, 0, loc),
            CmpOp::IsNot => return self.op_arg(Opcode::IS_OP, 1, loc),
            CmpOp::In => return self.op_arg(Opcode::CONTAINS_OP, 0, loc),
            CmpOp::NotIn => return self.op_arg(Opcode::CONTAINS_OP, 1, loc),
        };
        self.compare(comparison, loc);
    }
}

fn jump_when(when: bool) -> Opcode {
    if when { Opcode::POP_JUMP_IF_TRUE } else { Opcode::POP_JUMP_IF_FALSE }
}
