//! What is changed in the tree before symbols are looked at (CPython: `Python/ast_preprocess.c`).
//!
//! `__debug__` becomes a constant, docstrings go away at level 2, `'…%s…' % (…)` with simple formats becomes an
//! f-string, and numbers in patterns are folded. On the way, jumps out of `finally` blocks are warned about (PEP 765).

use krait_ast::{
    Arguments, Comprehension, Constant, ExceptHandler, Expr, ExprContext, ExprKind, FunctionDef, MatchCase,
    Mod, Operator, Pattern, PatternKind, Range, Stmt, StmtKind, Try, TypeParam, TypeParamKind, UnaryOp,
};
use krait_bytecode::flags::CO_FUTURE_ANNOTATIONS;
use num_traits::ToPrimitive;

use crate::depth::{Depth, with_stack};
use crate::docstring::has_docstring;
use crate::error::{Result, WarnFn, warn};
use crate::format;

/// What a `return`, `break` or `continue` stands in, innermost.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Around {
    Finally,
    Function,
    Loop,
}

struct Preprocessor<'w> {
    optimize: u8,
    features: u32,
    /// Only give the warnings; leave the tree as it was written.
    check_only: bool,
    around: Vec<Around>,
    depth: Depth,
    warn: &'w mut WarnFn<'w>,
}

/// Rewrites a module in place. With `check_only` nothing is rewritten, for those who want the tree itself.
pub fn preprocess<'w>(
    module: &mut Mod,
    optimize: u8,
    features: u32,
    check_only: bool,
    warn: &'w mut WarnFn<'w>,
) -> Result {
    let mut p =
        Preprocessor { optimize, features, check_only, around: Vec::new(), depth: Depth::default(), warn };
    match module {
        Mod::Module { body, .. } => p.body(body),
        Mod::Interactive { body } => p.stmts(body),
        Mod::Expression { body } => p.expr(body),
        Mod::FunctionType { .. } => Ok(()),
    }
}

impl Preprocessor<'_> {
    /// The body of a module, class or function, which may begin with a docstring.
    fn body(&mut self, body: &mut Vec<Stmt>) -> Result {
        let mut documented = has_docstring(body);
        if documented && self.optimize >= 2 {
            let doc = body.remove(0);
            if body.is_empty() {
                // As if `pass` stood where the docstring begins.
                let Range { lineno, col_offset, .. } = doc.range;
                let range = Range::new(lineno, col_offset, lineno, col_offset + 4);
                body.push(Stmt::new(StmtKind::Pass, range));
            }
            documented = false;
        }
        self.stmts(body)?;
        // A string that became the first statement, or was computed, is no docstring: hide it in an f-string.
        if !documented && has_docstring(body) {
            if let Some(Stmt { node: StmtKind::Expr { value }, .. }) = body.first_mut() {
                let range = value.range;
                let text = value.take();
                **value = Expr::new(ExprKind::JoinedStr { values: vec![text] }, range);
            }
        }
        Ok(())
    }

    fn stmts(&mut self, body: &mut [Stmt]) -> Result {
        body.iter_mut().try_for_each(|stmt| self.stmt(stmt))
    }

    fn exprs<'a>(&mut self, exprs: impl IntoIterator<Item = &'a mut Expr>) -> Result {
        exprs.into_iter().try_for_each(|expr| self.expr(expr))
    }

    fn opt(&mut self, expr: &mut Option<Box<Expr>>) -> Result {
        expr.as_deref_mut().map_or(Ok(()), |expr| self.expr(expr))
    }

    fn within(&mut self, around: Around, visit: impl FnOnce(&mut Self) -> Result) -> Result {
        self.around.push(around);
        let result = visit(self);
        self.around.pop();
        result
    }

    fn jump(&mut self, word: &str, stmt: &Stmt) -> Result {
        if self.around.last() != Some(&Around::Finally) {
            return Ok(());
        }
        warn(self.warn, format!("'{word}' in a 'finally' block"), stmt.range.into())
    }

    fn stmt(&mut self, stmt: &mut Stmt) -> Result {
        self.depth.enter()?;
        let result = with_stack(|| self.stmt_inner(stmt));
        self.depth.leave();
        result
    }

    fn stmt_inner(&mut self, stmt: &mut Stmt) -> Result {
        match stmt.node {
            StmtKind::Return { .. } => self.jump("return", stmt)?,
            StmtKind::Break => self.jump("break", stmt)?,
            StmtKind::Continue => self.jump("continue", stmt)?,
            _ => {}
        }
        match &mut stmt.node {
            StmtKind::FunctionDef(def) | StmtKind::AsyncFunctionDef(def) => self.function(def),
            StmtKind::ClassDef(def) => {
                self.type_params(&mut def.type_params)?;
                self.exprs(&mut def.bases)?;
                self.exprs(def.keywords.iter_mut().map(|k| &mut k.value))?;
                self.body(&mut def.body)?;
                self.exprs(&mut def.decorator_list)
            }
            StmtKind::Return { value } => self.opt(value),
            StmtKind::Delete { targets } => self.exprs(targets),
            StmtKind::Assign { targets, value, .. } => {
                self.exprs(targets)?;
                self.expr(value)
            }
            StmtKind::TypeAlias { name, type_params, value } => {
                self.expr(name)?;
                self.type_params(type_params)?;
                self.expr(value)
            }
            StmtKind::AugAssign { target, value, .. } => {
                self.expr(target)?;
                self.expr(value)
            }
            StmtKind::AnnAssign { target, annotation, value, .. } => {
                self.expr(target)?;
                self.annotation(Some(annotation))?;
                self.opt(value)
            }
            StmtKind::For(def) | StmtKind::AsyncFor(def) => {
                self.expr(&mut def.target)?;
                self.expr(&mut def.iter)?;
                self.within(Around::Loop, |p| p.stmts(&mut def.body))?;
                self.stmts(&mut def.orelse)
            }
            StmtKind::While { test, body, orelse } => {
                self.expr(test)?;
                self.within(Around::Loop, |p| p.stmts(body))?;
                self.stmts(orelse)
            }
            StmtKind::If { test, body, orelse } => {
                self.expr(test)?;
                self.stmts(body)?;
                self.stmts(orelse)
            }
            StmtKind::With(def) | StmtKind::AsyncWith(def) => {
                for item in &mut def.items {
                    self.expr(&mut item.context_expr)?;
                    self.exprs(&mut item.optional_vars)?;
                }
                self.stmts(&mut def.body)
            }
            StmtKind::Match { subject, cases } => {
                self.expr(subject)?;
                cases.iter_mut().try_for_each(|case| self.case(case))
            }
            StmtKind::Raise { exc, cause } => {
                self.opt(exc)?;
                self.opt(cause)
            }
            StmtKind::Try(def) | StmtKind::TryStar(def) => self.try_stmt(def),
            StmtKind::Assert { test, msg } => {
                self.expr(test)?;
                self.opt(msg)
            }
            StmtKind::Expr { value } => self.expr(value),
            StmtKind::Import { .. }
            | StmtKind::ImportFrom { .. }
            | StmtKind::Global { .. }
            | StmtKind::Nonlocal { .. }
            | StmtKind::Pass
            | StmtKind::Break
            | StmtKind::Continue => Ok(()),
        }
    }

    fn function(&mut self, def: &mut FunctionDef) -> Result {
        self.type_params(&mut def.type_params)?;
        self.arguments(&mut def.args)?;
        self.within(Around::Function, |p| p.body(&mut def.body))?;
        self.exprs(&mut def.decorator_list)?;
        self.annotation(def.returns.as_deref_mut())
    }

    fn try_stmt(&mut self, def: &mut Try) -> Result {
        self.stmts(&mut def.body)?;
        for ExceptHandler { r#type, body, .. } in &mut def.handlers {
            self.exprs(r#type)?;
            self.stmts(body)?;
        }
        self.stmts(&mut def.orelse)?;
        self.within(Around::Finally, |p| p.stmts(&mut def.finalbody))
    }

    fn case(&mut self, case: &mut MatchCase) -> Result {
        self.pattern(&mut case.pattern)?;
        self.opt(&mut case.guard)?;
        self.stmts(&mut case.body)
    }

    /// Annotations that will become strings keep their text.
    fn annotation(&mut self, annotation: Option<&mut Expr>) -> Result {
        if self.features & CO_FUTURE_ANNOTATIONS != 0 {
            return Ok(());
        }
        self.exprs(annotation)
    }

    fn arguments(&mut self, args: &mut Arguments) -> Result {
        for arg in args.posonlyargs.iter_mut().chain(&mut args.args) {
            self.annotation(arg.annotation.as_deref_mut())?;
        }
        if let Some(arg) = &mut args.vararg {
            self.annotation(arg.annotation.as_deref_mut())?;
        }
        for arg in &mut args.kwonlyargs {
            self.annotation(arg.annotation.as_deref_mut())?;
        }
        self.exprs(args.kw_defaults.iter_mut().flatten())?;
        if let Some(arg) = &mut args.kwarg {
            self.annotation(arg.annotation.as_deref_mut())?;
        }
        self.exprs(&mut args.defaults)
    }

    fn type_params(&mut self, params: &mut [TypeParam]) -> Result {
        for param in params {
            match &mut param.node {
                TypeParamKind::TypeVar { bound, default_value, .. } => {
                    self.opt(bound)?;
                    self.opt(default_value)?;
                }
                TypeParamKind::ParamSpec { default_value, .. }
                | TypeParamKind::TypeVarTuple { default_value, .. } => self.opt(default_value)?,
            }
        }
        Ok(())
    }

    fn expr(&mut self, expr: &mut Expr) -> Result {
        self.depth.enter()?;
        let result = with_stack(|| self.expr_inner(expr));
        self.depth.leave();
        result
    }

    fn comprehensions(&mut self, generators: &mut [Comprehension]) -> Result {
        for generator in generators {
            self.expr(&mut generator.target)?;
            self.expr(&mut generator.iter)?;
            self.exprs(&mut generator.ifs)?;
        }
        Ok(())
    }

    fn expr_inner(&mut self, expr: &mut Expr) -> Result {
        match &mut expr.node {
            ExprKind::BoolOp { values, .. }
            | ExprKind::Set { elts: values }
            | ExprKind::JoinedStr { values }
            | ExprKind::TemplateStr { values }
            | ExprKind::List { elts: values, .. }
            | ExprKind::Tuple { elts: values, .. } => self.exprs(values),
            ExprKind::BinOp { left, right, .. } => {
                self.expr(left)?;
                self.expr(right)?;
                self.fold_format(expr);
                Ok(())
            }
            ExprKind::NamedExpr { value, .. } => self.expr(value),
            ExprKind::Subscript { value: a, slice: b, .. } => {
                self.expr(a)?;
                self.expr(b)
            }
            ExprKind::UnaryOp { operand: value, .. }
            | ExprKind::Await { value }
            | ExprKind::YieldFrom { value }
            | ExprKind::Attribute { value, .. }
            | ExprKind::Starred { value, .. } => self.expr(value),
            ExprKind::Lambda { args, body } => {
                self.arguments(args)?;
                self.expr(body)
            }
            ExprKind::IfExp { test, body, orelse } => {
                self.expr(test)?;
                self.expr(body)?;
                self.expr(orelse)
            }
            ExprKind::Dict { keys, values } => {
                self.exprs(keys.iter_mut().flatten())?;
                self.exprs(values)
            }
            ExprKind::ListComp { elt, generators }
            | ExprKind::SetComp { elt, generators }
            | ExprKind::GeneratorExp { elt, generators } => {
                self.expr(elt)?;
                self.comprehensions(generators)
            }
            ExprKind::DictComp { key, value, generators } => {
                self.expr(key)?;
                self.expr(value)?;
                self.comprehensions(generators)
            }
            ExprKind::Yield { value } => self.opt(value),
            ExprKind::Compare { left, comparators, .. } => {
                self.expr(left)?;
                self.exprs(comparators)
            }
            ExprKind::Call { func, args, keywords } => {
                self.expr(func)?;
                self.exprs(args)?;
                self.exprs(keywords.iter_mut().map(|k| &mut k.value))
            }
            ExprKind::FormattedValue { value, format_spec, .. }
            | ExprKind::Interpolation { value, format_spec, .. } => {
                self.expr(value)?;
                self.opt(format_spec)
            }
            ExprKind::Slice { lower, upper, step } => {
                self.opt(lower)?;
                self.opt(upper)?;
                self.opt(step)
            }
            ExprKind::Name { id, ctx: ExprContext::Load } if *id == "__debug__" => {
                if !self.check_only {
                    let value = if self.optimize == 0 { Constant::True } else { Constant::False };
                    expr.node = ExprKind::constant(value);
                }
                Ok(())
            }
            ExprKind::Name { .. } | ExprKind::Constant { .. } => Ok(()),
        }
    }

    /// `'…%s…' % (a, b)` becomes `f'…{a!s}…{b!s}'`.
    fn fold_format(&self, expr: &mut Expr) {
        let ExprKind::BinOp { left, op: Operator::Mod, right } = &mut expr.node else { return };
        let Some(Constant::Str(text)) = left.as_constant() else { return };
        let ExprKind::Tuple { elts, .. } = &mut right.node else { return };
        let starred = elts.iter().any(|e| matches!(e.node, ExprKind::Starred { .. }));
        if self.check_only || starred {
            return;
        }
        if let Some(values) = format::to_fstring(text, elts) {
            expr.node = ExprKind::JoinedStr { values };
        }
    }

    fn patterns(&mut self, patterns: &mut [Pattern]) -> Result {
        patterns.iter_mut().try_for_each(|pattern| self.pattern(pattern))
    }

    fn pattern(&mut self, pattern: &mut Pattern) -> Result {
        self.depth.enter()?;
        let result = with_stack(|| self.pattern_inner(pattern));
        self.depth.leave();
        result
    }

    fn pattern_inner(&mut self, pattern: &mut Pattern) -> Result {
        match &mut pattern.node {
            PatternKind::MatchValue { value } => {
                self.fold_number(value);
                Ok(())
            }
            PatternKind::MatchSequence { patterns } | PatternKind::MatchOr { patterns } => {
                self.patterns(patterns)
            }
            PatternKind::MatchMapping { keys, patterns, .. } => {
                keys.iter_mut().for_each(|key| self.fold_number(key));
                self.patterns(patterns)
            }
            PatternKind::MatchClass { cls, patterns, kwd_patterns, .. } => {
                self.expr(cls)?;
                self.patterns(patterns)?;
                self.patterns(kwd_patterns)
            }
            PatternKind::MatchAs { pattern: Some(inner), .. } => self.pattern(inner),
            PatternKind::MatchSingleton { .. }
            | PatternKind::MatchStar { .. }
            | PatternKind::MatchAs { .. } => Ok(()),
        }
    }

    /// `-1` and `-1 + 2j` in patterns are literals.
    fn fold_number(&self, expr: &mut Expr) {
        if self.check_only {
            return;
        }
        let folded = match &mut expr.node {
            ExprKind::UnaryOp { op: UnaryOp::USub, operand } => operand.as_constant().and_then(negative),
            ExprKind::BinOp { left, op: op @ (Operator::Add | Operator::Sub), right } => {
                self.fold_number(left);
                let minus = *op == Operator::Sub;
                match (left.as_constant(), right.as_constant()) {
                    (Some(real), Some(Constant::Complex { real: re, imag: im })) => {
                        complex_sum(real, *re, *im, minus)
                    }
                    _ => None,
                }
            }
            _ => None,
        };
        if let Some(value) = folded {
            expr.node = ExprKind::constant(value);
        }
    }
}

fn negative(value: &Constant) -> Option<Constant> {
    Some(match value {
        Constant::Int(n) => Constant::Int((-n.to_big()).into()),
        Constant::Float(n) => Constant::Float(-n),
        Constant::Complex { real, imag } => Constant::Complex { real: -real, imag: -imag },
        _ => return None,
    })
}

/// A real number plus or minus a complex one.
fn complex_sum(left: &Constant, re: f64, im: f64, minus: bool) -> Option<Constant> {
    let real = match left {
        Constant::Int(n) => n.to_big().to_f64().filter(|n| n.is_finite())?,
        Constant::Float(n) => *n,
        _ => return None,
    };
    let (real, imag) = if minus { (real - re, -im) } else { (real + re, im) };
    Some(Constant::Complex { real, imag })
}
