//! Expressions, one by one; operators, attributes, subscripts, `yield` and `await`.

use krait_ast::{Expr, ExprContext, ExprKind, Name, Operator, UnaryOp};
use krait_bytecode::opcode::operand::{BinaryOp, Intrinsic1, resume};
use krait_bytecode::{Const, Opcode, Slice};
use std::rc::Rc;

use super::Codegen;
use super::assign::{attribute_location, is_constant_slice, is_two_part_slice};
use super::comprehension::Result as Collect;
use super::scope::ScopeKind;
use crate::depth::with_stack;
use crate::error::Result;
use crate::instruction_sequence::{Location, NO_LOCATION};

pub(super) fn binary_operator(op: Operator) -> BinaryOp {
    match op {
        Operator::Add => BinaryOp::Add,
        Operator::Sub => BinaryOp::Subtract,
        Operator::Mult => BinaryOp::Multiply,
        Operator::MatMult => BinaryOp::MatrixMultiply,
        Operator::Div => BinaryOp::TrueDivide,
        Operator::Mod => BinaryOp::Remainder,
        Operator::Pow => BinaryOp::Power,
        Operator::LShift => BinaryOp::LeftShift,
        Operator::RShift => BinaryOp::RightShift,
        Operator::BitOr => BinaryOp::Or,
        Operator::BitXor => BinaryOp::Xor,
        Operator::BitAnd => BinaryOp::And,
        Operator::FloorDiv => BinaryOp::FloorDivide,
    }
}

impl<'a> Codegen<'a, '_> {
    pub(super) fn expr(&mut self, expr: &'a Expr) -> Result {
        self.depth.enter()?;
        let result = with_stack(|| self.expr_inner(expr));
        self.depth.leave();
        result
    }

    fn expr_inner(&mut self, expr: &'a Expr) -> Result {
        let loc = Location::from(expr.range);
        match &expr.node {
            ExprKind::NamedExpr { target, value } => self.named_expr(target, value, loc),
            ExprKind::BoolOp { op, values } => self.bool_op(*op, values, loc),
            ExprKind::BinOp { left, op, right } => {
                self.expr(left)?;
                self.expr(right)?;
                self.binary_op(binary_operator(*op), loc);
                Ok(())
            }
            ExprKind::UnaryOp { op, operand } => self.unary_op(*op, operand, loc),
            ExprKind::Lambda { args, body } => self.lambda(expr, args, body),
            ExprKind::IfExp { test, body, orelse } => self.if_exp(test, body, orelse, loc),
            ExprKind::Dict { keys, values } => self.dict(keys, values, loc),
            ExprKind::Set { elts } => self.set(elts, loc),
            ExprKind::GeneratorExp { elt, generators } => {
                self.comprehension(expr, "<genexpr>", Collect::Generator, generators, elt, None)
            }
            ExprKind::ListComp { elt, generators } => {
                self.comprehension(expr, "<listcomp>", Collect::List, generators, elt, None)
            }
            ExprKind::SetComp { elt, generators } => {
                self.comprehension(expr, "<setcomp>", Collect::Set, generators, elt, None)
            }
            ExprKind::DictComp { key, value, generators } => {
                self.comprehension(expr, "<dictcomp>", Collect::Dict, generators, key, Some(value))
            }
            ExprKind::Yield { value } => self.yield_expr(value.as_deref(), loc),
            ExprKind::YieldFrom { value } => self.yield_from_expr(value, loc),
            ExprKind::Await { value } => {
                self.expr(value)?;
                self.await_value(0, loc);
                Ok(())
            }
            ExprKind::Compare { left, ops, comparators } => self.comparison(left, ops, comparators, loc),
            ExprKind::Call { func, args, keywords } => self.call(expr, func, args, keywords),
            ExprKind::JoinedStr { values } => self.joined_str(values, loc),
            ExprKind::TemplateStr { values } => self.template_str(values, loc),
            ExprKind::FormattedValue { value, conversion, format_spec } => {
                self.formatted_value(value, *conversion, format_spec.as_deref(), loc)
            }
            ExprKind::Interpolation { value, str, conversion, format_spec } => {
                self.interpolation(value, str, *conversion, format_spec.as_deref(), loc)
            }
            ExprKind::Constant { value, .. } => {
                self.load_constant(value, loc);
                Ok(())
            }
            ExprKind::Attribute { value, attr, ctx } => self.attribute(expr, value, attr, *ctx, loc),
            ExprKind::Subscript { value, slice, ctx } => self.subscript(value, slice, *ctx, loc),
            ExprKind::Starred { ctx, .. } => self.starred(*ctx, loc),
            ExprKind::Slice { step, .. } => self.slice(expr, step.as_deref(), loc),
            ExprKind::Name { id, ctx } => self.name_op(id, *ctx, loc),
            ExprKind::List { elts, ctx } => match ctx {
                ExprContext::Store => self.unpack_into(elts, loc),
                ExprContext::Load => self.list(elts, loc),
                ExprContext::Del => self.exprs(elts),
            },
            ExprKind::Tuple { elts, ctx } => match ctx {
                ExprContext::Store => self.unpack_into(elts, loc),
                ExprContext::Load => self.tuple(elts, loc),
                ExprContext::Del => self.exprs(elts),
            },
        }
    }

    fn unary_op(&mut self, op: UnaryOp, operand: &'a Expr, loc: Location) -> Result {
        self.expr(operand)?;
        match op {
            UnaryOp::Invert => self.op(Opcode::UNARY_INVERT, loc),
            UnaryOp::USub => self.op(Opcode::UNARY_NEGATIVE, loc),
            UnaryOp::UAdd => {
                self.op_arg(Opcode::CALL_INTRINSIC_1, Intrinsic1::UnaryPositive as u32, loc);
            }
            UnaryOp::Not => {
                self.op(Opcode::TO_BOOL, loc);
                self.op(Opcode::UNARY_NOT, loc);
            }
        }
        Ok(())
    }

    fn attribute(
        &mut self,
        expr: &'a Expr,
        value: &'a Expr,
        attr: &'a Name,
        ctx: ExprContext,
        loc: Location,
    ) -> Result {
        if ctx == ExprContext::Load {
            if let Some(call) = self.super_call(value, attr) {
                self.load_super_args(&call)?;
                self.op_mangled(Opcode::LOAD_SUPER_ATTR, attr, 2, call.two_args_bit(), loc);
                self.op(Opcode::NOP, attribute_location(loc, expr, attr));
                return Ok(());
            }
        }
        if ctx == ExprContext::Store {
            self.note_static_attribute(value, attr);
        }
        self.expr(value)?;
        let loc = attribute_location(loc, expr, attr);
        match ctx {
            ExprContext::Load => self.op_mangled(Opcode::LOAD_ATTR, attr, 1, 0, loc),
            ExprContext::Store => self.op_mangled(Opcode::STORE_ATTR, attr, 0, 0, loc),
            ExprContext::Del => self.op_mangled(Opcode::DELETE_ATTR, attr, 0, 0, loc),
        }
        Ok(())
    }

    /// `self.attr = …` is remembered by the class around.
    fn note_static_attribute(&mut self, value: &Expr, attr: &Name) {
        if value.as_name().is_none_or(|name| *name != "self") {
            return;
        }
        if let Some(class) = self.outer.iter_mut().rev().find(|unit| unit.kind == ScopeKind::Class) {
            class.static_attributes.insert(attr.clone());
        }
    }

    fn subscript(&mut self, value: &'a Expr, slice: &'a Expr, ctx: ExprContext, loc: Location) -> Result {
        if ctx == ExprContext::Load {
            self.check_subscripter(value)?;
            self.check_index(value, slice)?;
        }
        self.expr(value)?;
        if is_two_part_slice(slice) && ctx != ExprContext::Del {
            self.slice_parts(slice)?;
            let load = ctx == ExprContext::Load;
            self.op(if load { Opcode::BINARY_SLICE } else { Opcode::STORE_SLICE }, loc);
            return Ok(());
        }
        self.expr(slice)?;
        match ctx {
            ExprContext::Load => self.binary_op(BinaryOp::Subscript, loc),
            ExprContext::Store => self.op(Opcode::STORE_SUBSCR, loc),
            ExprContext::Del => self.op(Opcode::DELETE_SUBSCR, loc),
        }
        Ok(())
    }

    /// Pushes the two bounds of a slice.
    pub(super) fn slice_parts(&mut self, slice: &'a Expr) -> Result {
        let ExprKind::Slice { lower, upper, .. } = &slice.node else { return Ok(()) };
        for part in [lower, upper] {
            match part {
                Some(part) => self.expr(part)?,
                None => self.load_none(slice.range.into()),
            }
        }
        Ok(())
    }

    fn slice(&mut self, slice: &'a Expr, step: Option<&'a Expr>, loc: Location) -> Result {
        if is_constant_slice(slice) {
            let ExprKind::Slice { lower, upper, .. } = &slice.node else { return Ok(()) };
            let mut part = |part: Option<&Expr>| match part.and_then(Expr::as_constant) {
                Some(value) => self.constant(value),
                None => Const::None,
            };
            let value =
                Slice { start: part(lower.as_deref()), stop: part(upper.as_deref()), step: part(step) };
            self.load_const(Const::Slice(Rc::new(value)), loc);
            return Ok(());
        }
        self.slice_parts(slice)?;
        let mut count = 2;
        if let Some(step) = step {
            self.expr(step)?;
            count = 3;
        }
        self.op_arg(Opcode::BUILD_SLICE, count, loc);
        Ok(())
    }

    fn yield_expr(&mut self, value: Option<&'a Expr>, loc: Location) -> Result {
        if !self.unit.block.is_function_like() {
            return self.error("'yield' outside function", loc);
        }
        match value {
            Some(value) => self.expr(value)?,
            None => self.load_none(loc),
        }
        self.yield_value(loc);
        Ok(())
    }

    pub(super) fn yield_value(&mut self, loc: Location) {
        if self.unit.block.generator && self.unit.block.coroutine {
            self.op_arg(Opcode::CALL_INTRINSIC_1, Intrinsic1::AsyncGenWrap as u32, loc);
        }
        self.op_arg(Opcode::YIELD_VALUE, 0, loc);
        self.op_arg(Opcode::RESUME, resume::AFTER_YIELD, loc);
    }

    fn yield_from_expr(&mut self, value: &'a Expr, loc: Location) -> Result {
        if !self.unit.block.is_function_like() {
            return self.error("'yield from' outside function", loc);
        }
        if self.unit.kind == ScopeKind::AsyncFunction {
            return self.error("'yield from' inside async function", loc);
        }
        self.expr(value)?;
        self.op(Opcode::GET_YIELD_FROM_ITER, loc);
        self.load_none(loc);
        self.yield_from(false, loc);
        Ok(())
    }

    /// Sends values to the iterator on the stack until it is exhausted.
    pub(super) fn yield_from(&mut self, awaits: bool, loc: Location) {
        let send = self.label();
        let fail = self.label();
        let exit = self.label();
        self.place(send);
        self.jump(Opcode::SEND, exit, loc);
        // Takes the StopIteration that `throw` and `close` may raise.
        self.jump(Opcode::SETUP_FINALLY, fail, loc);
        self.op_arg(Opcode::YIELD_VALUE, 1, loc);
        self.op(Opcode::POP_BLOCK, NO_LOCATION);
        let place = if awaits { resume::AFTER_AWAIT } else { resume::AFTER_YIELD_FROM };
        self.op_arg(Opcode::RESUME, place, loc);
        self.jump(Opcode::JUMP_NO_INTERRUPT, send, loc);
        self.place(fail);
        self.op(Opcode::CLEANUP_THROW, loc);
        self.place(exit);
        self.op(Opcode::END_SEND, loc);
    }
}
