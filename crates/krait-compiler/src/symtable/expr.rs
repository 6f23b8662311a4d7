//! Uses and definitions in expressions.

use krait_ast::{Comprehension as For, Expr, ExprContext, ExprKind, Keyword, Name};

use super::build::Builder;
use super::{BlockKey, BlockKind, Comprehension, Role, flag};
use crate::depth::with_stack;
use crate::error::{CompileError, Result};

impl Builder {
    pub(super) fn exprs(&mut self, exprs: &[Expr]) -> Result {
        exprs.iter().try_for_each(|expr| self.expr(expr))
    }

    pub(super) fn opt_expr(&mut self, expr: Option<&Expr>) -> Result {
        expr.map_or(Ok(()), |expr| self.expr(expr))
    }

    pub(super) fn keywords(&mut self, keywords: &[Keyword]) -> Result {
        self.check_keywords(keywords)?;
        keywords.iter().try_for_each(|keyword| self.expr(&keyword.value))
    }

    pub(super) fn expr(&mut self, expr: &Expr) -> Result {
        self.depth.enter()?;
        let result = with_stack(|| self.expr_inner(expr));
        self.depth.leave();
        result
    }

    fn expr_inner(&mut self, expr: &Expr) -> Result {
        match &expr.node {
            ExprKind::NamedExpr { target, value } => self.named_expr(expr, target, value),
            ExprKind::BoolOp { values, .. }
            | ExprKind::JoinedStr { values }
            | ExprKind::TemplateStr { values }
            | ExprKind::Set { elts: values }
            | ExprKind::List { elts: values, .. }
            | ExprKind::Tuple { elts: values, .. } => self.exprs(values),
            ExprKind::BinOp { left: a, right: b, .. } | ExprKind::Subscript { value: a, slice: b, .. } => {
                self.expr(a)?;
                self.expr(b)
            }
            ExprKind::UnaryOp { operand: value, .. } | ExprKind::Starred { value, .. } => self.expr(value),
            ExprKind::Lambda { args, body } => {
                self.defaults(args)?;
                let key = BlockKey::new(expr, Role::Body);
                self.enter_block(&Name::from("lambda"), BlockKind::Function, key, expr.range)?;
                self.arguments(args)?;
                self.expr(body)?;
                self.exit_block();
                Ok(())
            }
            ExprKind::IfExp { test, body, orelse } => {
                self.expr(test)?;
                self.expr(body)?;
                self.expr(orelse)
            }
            ExprKind::Dict { keys, values } => {
                keys.iter().flatten().try_for_each(|key| self.expr(key))?;
                self.exprs(values)
            }
            ExprKind::ListComp { elt, generators } => {
                self.comprehension(expr, "<listcomp>", Comprehension::List, generators, elt, None)
            }
            ExprKind::SetComp { elt, generators } => {
                self.comprehension(expr, "<setcomp>", Comprehension::Set, generators, elt, None)
            }
            ExprKind::DictComp { key, value, generators } => {
                self.comprehension(expr, "<dictcomp>", Comprehension::Dict, generators, key, Some(value))
            }
            ExprKind::GeneratorExp { elt, generators } => {
                self.comprehension(expr, "<genexpr>", Comprehension::Generator, generators, elt, None)
            }
            ExprKind::Yield { value } => self.yield_expr(expr, value.as_deref()),
            ExprKind::YieldFrom { value } => self.yield_expr(expr, Some(value)),
            ExprKind::Await { value } => self.await_expr(expr, value),
            ExprKind::Compare { left, comparators, .. } => {
                self.expr(left)?;
                self.exprs(comparators)
            }
            ExprKind::Call { func, args, keywords } => {
                self.expr(func)?;
                self.exprs(args)?;
                self.keywords(keywords)
            }
            ExprKind::FormattedValue { value, format_spec, .. }
            | ExprKind::Interpolation { value, format_spec, .. } => {
                self.expr(value)?;
                self.opt_expr(format_spec.as_deref())
            }
            ExprKind::Constant { .. } => Ok(()),
            ExprKind::Attribute { value, attr, ctx } => {
                self.check_name(attr, expr.range, *ctx)?;
                self.expr(value)
            }
            ExprKind::Slice { lower, upper, step } => {
                self.opt_expr(lower.as_deref())?;
                self.opt_expr(upper.as_deref())?;
                self.opt_expr(step.as_deref())
            }
            ExprKind::Name { id, ctx } => self.name(expr, id, *ctx),
        }
    }

    fn name(&mut self, expr: &Expr, id: &Name, ctx: ExprContext) -> Result {
        if self.cur().in_unevaluated_annotation {
            return Ok(());
        }
        let bit = if ctx == ExprContext::Load { flag::USE } else { flag::DEF_LOCAL };
        self.add_def_ctx(id, bit, expr.range, ctx)?;
        // A method that mentions `super` may call it without arguments, which needs the class.
        if ctx == ExprContext::Load && *id == "super" && self.cur().is_function_like() {
            self.add_def(&Name::from("__class__"), flag::USE, expr.range)?;
        }
        Ok(())
    }

    /// Some expressions make no sense where evaluation is put off.
    fn forbid_in_annotation_scope(&self, what: &str, expr: &Expr) -> Result {
        let block = self.cur();
        let message = match block.kind {
            BlockKind::Annotation => format!("{what} cannot be used within an annotation"),
            BlockKind::TypeVariable => format!("{what} cannot be used within {}", block.scope_info),
            BlockKind::TypeAlias => format!("{what} cannot be used within a type alias"),
            BlockKind::TypeParameters => {
                format!("{what} cannot be used within the definition of a generic")
            }
            BlockKind::Function | BlockKind::Class | BlockKind::Module => return Ok(()),
        };
        Err(CompileError::syntax(message, expr.range))
    }

    fn yield_expr(&mut self, expr: &Expr, value: Option<&Expr>) -> Result {
        self.forbid_in_annotation_scope("yield expression", expr)?;
        self.opt_expr(value)?;
        self.cur_mut().generator = true;
        let Some(kind) = self.cur().comprehension else { return Ok(()) };
        let message = match kind {
            Comprehension::List => "'yield' inside list comprehension",
            Comprehension::Set => "'yield' inside set comprehension",
            Comprehension::Dict => "'yield' inside dict comprehension",
            Comprehension::Generator => "'yield' inside generator expression",
        };
        Err(CompileError::syntax(message, expr.range))
    }

    fn await_expr(&mut self, expr: &Expr, value: &Expr) -> Result {
        self.forbid_in_annotation_scope("await expression", expr)?;
        if !self.allows_top_level_await() {
            if !self.cur().is_function_like() {
                return Err(CompileError::syntax("'await' outside function", expr.range));
            }
            if !self.in_async_def() && self.cur().comprehension.is_none() {
                return Err(CompileError::syntax("'await' outside async function", expr.range));
            }
        }
        self.expr(value)?;
        self.cur_mut().coroutine = true;
        Ok(())
    }

    fn named_expr(&mut self, expr: &Expr, target: &Expr, value: &Expr) -> Result {
        self.forbid_in_annotation_scope("named expression", expr)?;
        if self.cur().comp_iter_expr > 0 {
            return Err(CompileError::syntax(
                "assignment expression cannot be used in a comprehension iterable expression",
                expr.range,
            ));
        }
        if self.cur().comprehension.is_some() {
            if let Some(name) = target.as_name() {
                self.extend_named_expr_scope(target, name)?;
            }
        }
        self.expr(value)?;
        self.expr(target)
    }

    /// An assignment expression in a comprehension binds in the nearest function or module around it.
    fn extend_named_expr_scope(&mut self, target: &Expr, name: &Name) -> Result {
        let loc = target.range.into();
        for id in self.stack.clone().into_iter().rev() {
            let block = self.table.block(id);
            let known = self.lookup_in(id, name);
            if block.comprehension.is_some() {
                if known & flag::DEF_COMP_ITER != 0 && known & (flag::DEF_LOCAL | flag::DEF_GLOBAL) != 0 {
                    return Err(CompileError::syntax(
                        format!(
                            "assignment expression cannot rebind comprehension iteration variable '{name}'"
                        ),
                        target.range,
                    ));
                }
                continue;
            }
            let place = match block.kind {
                BlockKind::Function => {
                    let global = known & flag::DEF_GLOBAL != 0;
                    let bit = if global { flag::DEF_GLOBAL } else { flag::DEF_NONLOCAL };
                    self.add_def(name, bit, target.range)?;
                    self.record_directive(name, target.range);
                    return self.add_def_in(id, name, flag::DEF_LOCAL, loc);
                }
                BlockKind::Module => {
                    self.add_def(name, flag::DEF_GLOBAL, target.range)?;
                    self.record_directive(name, target.range);
                    return self.add_def_in(id, name, flag::DEF_GLOBAL, loc);
                }
                BlockKind::Class => "in a class body",
                BlockKind::TypeParameters => "within the definition of a generic",
                BlockKind::TypeAlias => "in a type alias",
                BlockKind::TypeVariable => "in a TypeVar bound",
                BlockKind::Annotation => continue,
            };
            return Err(CompileError::syntax(
                format!("assignment expression within a comprehension cannot be used {place}"),
                target.range,
            ));
        }
        Ok(())
    }

    fn iterated(&mut self, iter: &Expr) -> Result {
        self.cur_mut().comp_iter_expr += 1;
        self.expr(iter)?;
        self.cur_mut().comp_iter_expr -= 1;
        Ok(())
    }

    fn iteration_target(&mut self, target: &Expr) -> Result {
        self.cur_mut().comp_iter_target = true;
        self.expr(target)?;
        self.cur_mut().comp_iter_target = false;
        Ok(())
    }

    fn comprehension(
        &mut self,
        expr: &Expr,
        name: &str,
        kind: Comprehension,
        generators: &[For],
        elt: &Expr,
        value: Option<&Expr>,
    ) -> Result {
        let Some((outermost, inner)) = generators.split_first() else {
            return Err(CompileError::system("comprehension with no generators"));
        };
        // The outermost iterable is evaluated outside and handed in.
        self.iterated(&outermost.iter)?;
        let key = BlockKey::new(expr, Role::Body);
        self.enter_block(&Name::from(name), BlockKind::Function, key, expr.range)?;
        self.cur_mut().comprehension = Some(kind);
        self.cur_mut().coroutine |= outermost.is_async;
        self.add_def(&Name::from(".0"), flag::DEF_PARAM, expr.range)?;
        self.iteration_target(&outermost.target)?;
        self.exprs(&outermost.ifs)?;
        for generator in inner {
            self.iteration_target(&generator.target)?;
            self.iterated(&generator.iter)?;
            self.exprs(&generator.ifs)?;
            self.cur_mut().coroutine |= generator.is_async;
        }
        self.opt_expr(value)?;
        self.expr(elt)?;
        let is_generator = kind == Comprehension::Generator;
        self.cur_mut().generator = is_generator;
        let is_async = self.cur().coroutine && !is_generator;
        self.exit_block();
        if !is_async {
            return Ok(());
        }
        if !self.in_async_def() && self.cur().comprehension.is_none() && !self.allows_top_level_await() {
            return Err(CompileError::syntax(
                "asynchronous comprehension outside of an asynchronous function",
                expr.range,
            ));
        }
        self.cur_mut().coroutine = true;
        Ok(())
    }
}
