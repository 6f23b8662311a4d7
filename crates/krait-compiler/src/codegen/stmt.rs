//! Statements, one by one.

use krait_ast::{Constant, Expr, ExprKind, Stmt, StmtKind};
use krait_bytecode::Opcode;
use krait_bytecode::opcode::operand::{CommonConstant, Intrinsic1};

use super::Codegen;
use super::scope::ScopeKind;
use crate::depth::with_stack;
use crate::error::Result;
use crate::instruction_sequence::{Location, NO_LOCATION};

impl<'a> Codegen<'a, '_> {
    pub(super) fn stmt(&mut self, stmt: &'a Stmt) -> Result {
        self.depth.enter()?;
        let result = with_stack(|| self.stmt_inner(stmt));
        self.depth.leave();
        result
    }

    fn stmt_inner(&mut self, stmt: &'a Stmt) -> Result {
        let loc = Location::from(stmt.range);
        match &stmt.node {
            StmtKind::FunctionDef(def) => self.function(stmt, def, false),
            StmtKind::AsyncFunctionDef(def) => self.function(stmt, def, true),
            StmtKind::ClassDef(def) => self.class(stmt, def),
            StmtKind::TypeAlias { name, type_params, value } => {
                self.type_alias(stmt, name, type_params, value)
            }
            StmtKind::Return { value } => self.return_stmt(stmt, value.as_deref()),
            StmtKind::Delete { targets } => self.exprs(targets),
            StmtKind::Assign { targets, value, .. } => self.assign(targets, value, loc),
            StmtKind::AugAssign { target, op, value } => self.aug_assign(target, *op, value, loc),
            StmtKind::AnnAssign { target, annotation, value, simple } => {
                self.ann_assign(stmt, target, annotation, value.as_deref(), *simple)
            }
            StmtKind::For(def) => self.conditional(|c| c.for_stmt(def, loc)),
            StmtKind::AsyncFor(def) => self.conditional(|c| c.async_for(def, loc)),
            StmtKind::While { test, body, orelse } => {
                self.conditional(|c| c.while_stmt(test, body, orelse, loc))
            }
            StmtKind::If { test, body, orelse } => self.conditional(|c| c.if_stmt(test, body, orelse, loc)),
            StmtKind::With(def) => self.conditional(|c| c.with(def, 0)),
            StmtKind::AsyncWith(def) => self.conditional(|c| c.async_with(def, 0, loc)),
            StmtKind::Match { subject, cases } => self.conditional(|c| c.match_stmt(subject, cases)),
            StmtKind::Raise { exc, cause } => self.raise(exc.as_deref(), cause.as_deref(), loc),
            StmtKind::Try(def) => self.conditional(|c| c.try_stmt(def, false, loc)),
            StmtKind::TryStar(def) => self.conditional(|c| c.try_stmt(def, true, loc)),
            StmtKind::Assert { test, msg } => self.assert_stmt(test, msg.as_deref(), loc),
            StmtKind::Import { names } => self.import(names, loc),
            StmtKind::ImportFrom { module, names, level } => {
                self.import_from(module.as_ref(), names, *level, loc)
            }
            StmtKind::Global { .. } | StmtKind::Nonlocal { .. } => Ok(()),
            StmtKind::Expr { value } => self.expr_stmt(value, loc),
            StmtKind::Pass => {
                self.op(Opcode::NOP, loc);
                Ok(())
            }
            StmtKind::Break => self.break_stmt(loc),
            StmtKind::Continue => self.continue_stmt(loc),
        }
    }

    /// A statement whose parts may not run: annotations in it are recorded as they are passed.
    fn conditional(&mut self, generate: impl FnOnce(&mut Self) -> Result) -> Result {
        let outer = std::mem::replace(&mut self.unit.in_conditional_block, true);
        generate(self)?;
        self.unit.in_conditional_block = outer;
        Ok(())
    }

    fn expr_stmt(&mut self, value: &'a Expr, loc: Location) -> Result {
        if self.interactive && self.outer.is_empty() {
            self.expr(value)?;
            self.op_arg(Opcode::CALL_INTRINSIC_1, Intrinsic1::Print as u32, loc);
            self.op(Opcode::POP_TOP, NO_LOCATION);
            return Ok(());
        }
        if matches!(value.node, ExprKind::Constant { .. }) {
            self.op(Opcode::NOP, loc);
            return Ok(());
        }
        self.expr(value)?;
        self.op(Opcode::POP_TOP, NO_LOCATION);
        Ok(())
    }

    fn raise(&mut self, exc: Option<&'a Expr>, cause: Option<&'a Expr>, loc: Location) -> Result {
        let mut count = 0;
        if let Some(exc) = exc {
            self.expr(exc)?;
            count += 1;
            if let Some(cause) = cause {
                self.expr(cause)?;
                count += 1;
            }
        }
        self.op_arg(Opcode::RAISE_VARARGS, count, loc);
        Ok(())
    }

    fn assert_stmt(&mut self, test: &'a Expr, msg: Option<&'a Expr>, loc: Location) -> Result {
        let always = match &test.node {
            ExprKind::Tuple { elts, .. } => !elts.is_empty(),
            ExprKind::Constant { value: Constant::Tuple(items), .. } => !items.is_empty(),
            _ => false,
        };
        if always {
            self.warning("assertion is always true, perhaps remove parentheses?".to_owned(), loc)?;
        }
        if self.optimize > 0 {
            return Ok(());
        }
        let end = self.label();
        self.jump_if(test, end, true, loc)?;
        self.op_arg(Opcode::LOAD_COMMON_CONSTANT, CommonConstant::AssertionError as u32, loc);
        if let Some(msg) = msg {
            self.expr(msg)?;
            self.op_arg(Opcode::CALL, 0, loc);
        }
        self.op_arg(Opcode::RAISE_VARARGS, 1, test.range.into());
        self.place(end);
        Ok(())
    }

    fn return_stmt(&mut self, stmt: &'a Stmt, value: Option<&'a Expr>) -> Result {
        let mut loc = Location::from(stmt.range);
        let block = self.unit.block;
        if !block.is_function_like() {
            return self.error("'return' outside function", loc);
        }
        if value.is_some() && block.coroutine && block.generator {
            return self.error("'return' with value in async generator", loc);
        }
        let constant = value.and_then(Expr::as_constant);
        match value {
            Some(value) if constant.is_some() => {
                loc = value.range.into();
                self.op(Opcode::NOP, loc);
            }
            Some(value) => self.expr(value)?,
            None => {}
        }
        let preserve_tos = value.is_some() && constant.is_none();
        if value.is_none_or(|value| value.range.lineno != stmt.range.lineno) {
            loc = stmt.range.into();
            self.op(Opcode::NOP, loc);
        }
        self.unwind_blocks(&mut loc, preserve_tos, false)?;
        match (value, constant) {
            (None, _) => self.load_none(loc),
            (_, Some(constant)) => self.load_constant(constant, loc),
            _ => {}
        }
        self.op(Opcode::RETURN_VALUE, loc);
        Ok(())
    }

    fn break_stmt(&mut self, origin: Location) -> Result {
        let mut loc = origin;
        self.op(Opcode::NOP, loc);
        let Some(target) = self.unwind_blocks(&mut loc, false, true)? else {
            return self.error("'break' outside loop", origin);
        };
        self.unwind_block(&mut loc, &target, false)?;
        self.jump(Opcode::JUMP, target.exit, loc);
        Ok(())
    }

    fn continue_stmt(&mut self, origin: Location) -> Result {
        let mut loc = origin;
        self.op(Opcode::NOP, loc);
        let Some(target) = self.unwind_blocks(&mut loc, false, true)? else {
            return self.error("'continue' not properly in loop", origin);
        };
        self.jump(Opcode::JUMP, target.start, loc);
        Ok(())
    }

    /// Whether `async for` and `async with` may stand here.
    pub(super) fn in_async_function(&self) -> bool {
        self.unit.kind == ScopeKind::AsyncFunction || self.top_level_await()
    }
}
