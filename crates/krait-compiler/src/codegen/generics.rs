//! Type parameters and type aliases (PEP 695, PEP 696).

use krait_ast::{Expr, ExprKind, Name, Stmt, TypeParam, TypeParamKind};
use krait_bytecode::Opcode;
use krait_bytecode::opcode::operand::{Intrinsic1, Intrinsic2, make_function};

use super::Codegen;
use super::scope::{ArgCounts, ScopeKind};
use crate::error::Result;
use crate::instruction_sequence::Location;
use crate::symtable::{BlockKey, Role};

impl<'a> Codegen<'a, '_> {
    /// Enters the scope around something generic.
    pub(super) fn enter_type_params(
        &mut self,
        name: &Name,
        key: BlockKey,
        line: i32,
        private: Option<&Name>,
        counts: ArgCounts,
    ) -> Result {
        let id = self.lookup_block(key.with(Role::TypeParams))?;
        let text = self.intern_text(&format!("<generic parameters of {name}>"));
        self.enter_scope(text, ScopeKind::Annotations, id, line, private, counts);
        Ok(())
    }

    /// Makes the type parameters, binds them, and leaves a tuple of them on the stack.
    pub(super) fn type_params(&mut self, params: &'a [TypeParam]) -> Result {
        let mut seen_default = false;
        for param in params {
            self.type_param(param, &mut seen_default)?;
        }
        if let Some(first) = params.first() {
            self.op_arg(Opcode::BUILD_TUPLE, params.len() as u32, first.range.into());
        }
        Ok(())
    }

    fn type_param(&mut self, param: &'a TypeParam, seen_default: &mut bool) -> Result {
        let loc = Location::from(param.range);
        let key = BlockKey::new(param, Role::Bound);
        let (name, bound, default, intrinsic) = match &param.node {
            TypeParamKind::TypeVar { name, bound, default_value } => {
                (name, bound.as_deref(), default_value, Intrinsic1::TypeVar)
            }
            TypeParamKind::TypeVarTuple { name, default_value } => {
                (name, None, default_value, Intrinsic1::TypeVarTuple)
            }
            TypeParamKind::ParamSpec { name, default_value } => {
                (name, None, default_value, Intrinsic1::ParamSpec)
            }
        };
        self.load_str(name, loc);
        if let Some(bound) = bound {
            self.bound_or_default(bound, name, key, false)?;
            let constraints = matches!(bound.node, ExprKind::Tuple { .. });
            let intrinsic =
                if constraints { Intrinsic2::TypeVarWithConstraints } else { Intrinsic2::TypeVarWithBound };
            self.op_arg(Opcode::CALL_INTRINSIC_2, intrinsic as u32, loc);
        } else {
            self.op_arg(Opcode::CALL_INTRINSIC_1, intrinsic as u32, loc);
        }
        if let Some(default) = default {
            *seen_default = true;
            let starred = intrinsic == Intrinsic1::TypeVarTuple;
            self.bound_or_default(default, name, key.with(Role::Default), starred)?;
            self.op_arg(Opcode::CALL_INTRINSIC_2, Intrinsic2::SetTypeParamDefault as u32, loc);
        } else if *seen_default {
            return self
                .error(format!("non-default type parameter '{name}' follows default type parameter"), loc);
        }
        self.op_arg(Opcode::COPY, 1, loc);
        self.store_name(name, loc)
    }

    /// A function that evaluates the expression when asked.
    fn bound_or_default(&mut self, expr: &'a Expr, name: &Name, key: BlockKey, starred: bool) -> Result {
        let loc = Location::from(expr.range);
        self.load_format_default(loc);
        let id = self.lookup_block(key)?;
        let text = self.intern(name);
        self.enter_annotations_scope(text, id, loc);
        match &expr.node {
            ExprKind::Starred { value, .. } if starred => {
                self.expr(value)?;
                self.op_arg(Opcode::UNPACK_SEQUENCE, 1, loc);
            }
            _ => self.expr(expr)?,
        }
        self.op(Opcode::RETURN_VALUE, loc);
        let code = self.assemble_unit(true)?;
        self.make_closure(code, make_function::DEFAULTS, loc)
    }

    pub(super) fn type_alias(
        &mut self,
        stmt: &'a Stmt,
        target: &'a Expr,
        params: &'a [TypeParam],
        value: &'a Expr,
    ) -> Result {
        let loc = Location::from(stmt.range);
        let Some(name) = target.as_name() else { return Ok(()) };
        let key = BlockKey::new(stmt, Role::Body);
        let generic = !params.is_empty();
        if generic {
            self.enter_type_params(name, key, loc.lineno, None, ArgCounts::default())?;
            self.load_str(name, loc);
            self.type_params(params)?;
        } else {
            self.load_str(name, loc);
            self.load_none(loc);
        }
        self.type_alias_body(name, key, value, loc)?;
        if generic {
            let code = self.assemble_unit(false)?;
            self.make_closure(code, 0, loc)?;
            self.op(Opcode::PUSH_NULL, loc);
            self.op_arg(Opcode::CALL, 0, loc);
        }
        self.store_name(name, loc)
    }

    fn type_alias_body(&mut self, name: &Name, key: BlockKey, value: &'a Expr, loc: Location) -> Result {
        self.load_format_default(loc);
        let id = self.lookup_block(key)?;
        let text = self.intern(name);
        self.enter_annotations_scope(text, id, loc);
        self.expr(value)?;
        self.op(Opcode::RETURN_VALUE, loc);
        let code = self.assemble_unit(false)?;
        self.make_closure(code, make_function::DEFAULTS, loc)?;
        self.op_arg(Opcode::BUILD_TUPLE, 3, loc);
        self.op_arg(Opcode::CALL_INTRINSIC_1, Intrinsic1::TypeAlias as u32, loc);
        Ok(())
    }
}
