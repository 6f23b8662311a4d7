//! Walking a tree: a [`Visitor`] gets each node and calls the `walk_*` function for the children it wants visited.
//!
//! Children come in the order of the fields in `Python.asdl`. The walk recurses as deep as the tree is; a visitor over
//! trees that are not its own must count its depth and stop.

use crate::*;

pub trait Visitor {
    fn visit_stmt(&mut self, stmt: &Stmt) {
        walk_stmt(self, stmt);
    }
    fn visit_expr(&mut self, expr: &Expr) {
        walk_expr(self, expr);
    }
    fn visit_pattern(&mut self, pattern: &Pattern) {
        walk_pattern(self, pattern);
    }
    fn visit_arguments(&mut self, arguments: &Arguments) {
        walk_arguments(self, arguments);
    }
    fn visit_arg(&mut self, arg: &Arg) {
        walk_arg(self, arg);
    }
    fn visit_keyword(&mut self, keyword: &Keyword) {
        self.visit_expr(&keyword.value);
    }
    fn visit_comprehension(&mut self, comprehension: &Comprehension) {
        walk_comprehension(self, comprehension);
    }
    fn visit_except_handler(&mut self, handler: &ExceptHandler) {
        walk_except_handler(self, handler);
    }
    fn visit_with_item(&mut self, item: &WithItem) {
        walk_with_item(self, item);
    }
    fn visit_match_case(&mut self, case: &MatchCase) {
        walk_match_case(self, case);
    }
    fn visit_type_param(&mut self, param: &TypeParam) {
        walk_type_param(self, param);
    }
    fn visit_alias(&mut self, _alias: &Alias) {}
}

pub fn walk_mod<V: Visitor + ?Sized>(v: &mut V, module: &Mod) {
    match module {
        Mod::Module { body, .. } | Mod::Interactive { body } => walk_body(v, body),
        Mod::Expression { body } => v.visit_expr(body),
        Mod::FunctionType { argtypes, returns } => {
            walk_exprs(v, argtypes);
            v.visit_expr(returns);
        }
    }
}

pub fn walk_body<V: Visitor + ?Sized>(v: &mut V, body: &[Stmt]) {
    for stmt in body {
        v.visit_stmt(stmt);
    }
}

pub fn walk_exprs<'a, V: Visitor + ?Sized>(v: &mut V, exprs: impl IntoIterator<Item = &'a Expr>) {
    for expr in exprs {
        v.visit_expr(expr);
    }
}

fn walk_option<V: Visitor + ?Sized>(v: &mut V, expr: &Option<Box<Expr>>) {
    if let Some(expr) = expr {
        v.visit_expr(expr);
    }
}

fn walk_type_params<V: Visitor + ?Sized>(v: &mut V, params: &[TypeParam]) {
    for param in params {
        v.visit_type_param(param);
    }
}

fn walk_patterns<V: Visitor + ?Sized>(v: &mut V, patterns: &[Pattern]) {
    for pattern in patterns {
        v.visit_pattern(pattern);
    }
}

fn walk_function<V: Visitor + ?Sized>(v: &mut V, def: &FunctionDef) {
    v.visit_arguments(&def.args);
    walk_body(v, &def.body);
    walk_exprs(v, &def.decorator_list);
    walk_option(v, &def.returns);
    walk_type_params(v, &def.type_params);
}

fn walk_class<V: Visitor + ?Sized>(v: &mut V, def: &ClassDef) {
    walk_exprs(v, &def.bases);
    for keyword in &def.keywords {
        v.visit_keyword(keyword);
    }
    walk_body(v, &def.body);
    walk_exprs(v, &def.decorator_list);
    walk_type_params(v, &def.type_params);
}

fn walk_try<V: Visitor + ?Sized>(v: &mut V, stmt: &Try) {
    walk_body(v, &stmt.body);
    for handler in &stmt.handlers {
        v.visit_except_handler(handler);
    }
    walk_body(v, &stmt.orelse);
    walk_body(v, &stmt.finalbody);
}

pub fn walk_stmt<V: Visitor + ?Sized>(v: &mut V, stmt: &Stmt) {
    match &stmt.node {
        StmtKind::FunctionDef(def) | StmtKind::AsyncFunctionDef(def) => walk_function(v, def),
        StmtKind::ClassDef(def) => walk_class(v, def),
        StmtKind::Return { value } => walk_option(v, value),
        StmtKind::Delete { targets } => walk_exprs(v, targets),
        StmtKind::Assign { targets, value, .. } => {
            walk_exprs(v, targets);
            v.visit_expr(value);
        }
        StmtKind::TypeAlias { name, type_params, value } => {
            v.visit_expr(name);
            walk_type_params(v, type_params);
            v.visit_expr(value);
        }
        StmtKind::AugAssign { target, value, .. } => {
            v.visit_expr(target);
            v.visit_expr(value);
        }
        StmtKind::AnnAssign { target, annotation, value, .. } => {
            v.visit_expr(target);
            v.visit_expr(annotation);
            walk_option(v, value);
        }
        StmtKind::For(stmt) | StmtKind::AsyncFor(stmt) => {
            v.visit_expr(&stmt.target);
            v.visit_expr(&stmt.iter);
            walk_body(v, &stmt.body);
            walk_body(v, &stmt.orelse);
        }
        StmtKind::While { test, body, orelse } | StmtKind::If { test, body, orelse } => {
            v.visit_expr(test);
            walk_body(v, body);
            walk_body(v, orelse);
        }
        StmtKind::With(stmt) | StmtKind::AsyncWith(stmt) => {
            for item in &stmt.items {
                v.visit_with_item(item);
            }
            walk_body(v, &stmt.body);
        }
        StmtKind::Match { subject, cases } => {
            v.visit_expr(subject);
            for case in cases {
                v.visit_match_case(case);
            }
        }
        StmtKind::Raise { exc: a, cause: b } => {
            walk_option(v, a);
            walk_option(v, b);
        }
        StmtKind::Try(stmt) | StmtKind::TryStar(stmt) => walk_try(v, stmt),
        StmtKind::Assert { test, msg } => {
            v.visit_expr(test);
            walk_option(v, msg);
        }
        StmtKind::Import { names } | StmtKind::ImportFrom { names, .. } => {
            for alias in names {
                v.visit_alias(alias);
            }
        }
        StmtKind::Expr { value } => v.visit_expr(value),
        StmtKind::Global { .. }
        | StmtKind::Nonlocal { .. }
        | StmtKind::Pass
        | StmtKind::Break
        | StmtKind::Continue => {}
    }
}

fn walk_comprehensions<V: Visitor + ?Sized>(v: &mut V, generators: &[Comprehension]) {
    for generator in generators {
        v.visit_comprehension(generator);
    }
}

pub fn walk_expr<V: Visitor + ?Sized>(v: &mut V, expr: &Expr) {
    match &expr.node {
        ExprKind::BoolOp { values, .. }
        | ExprKind::Set { elts: values }
        | ExprKind::JoinedStr { values }
        | ExprKind::TemplateStr { values }
        | ExprKind::List { elts: values, .. }
        | ExprKind::Tuple { elts: values, .. } => walk_exprs(v, values),
        ExprKind::NamedExpr { target: a, value: b }
        | ExprKind::BinOp { left: a, right: b, .. }
        | ExprKind::Subscript { value: a, slice: b, .. } => {
            v.visit_expr(a);
            v.visit_expr(b);
        }
        ExprKind::UnaryOp { operand: value, .. }
        | ExprKind::Await { value }
        | ExprKind::YieldFrom { value }
        | ExprKind::Attribute { value, .. }
        | ExprKind::Starred { value, .. } => v.visit_expr(value),
        ExprKind::Lambda { args, body } => {
            v.visit_arguments(args);
            v.visit_expr(body);
        }
        ExprKind::IfExp { test, body, orelse } => {
            v.visit_expr(test);
            v.visit_expr(body);
            v.visit_expr(orelse);
        }
        ExprKind::Dict { keys, values } => {
            walk_exprs(v, keys.iter().flatten());
            walk_exprs(v, values);
        }
        ExprKind::ListComp { elt, generators }
        | ExprKind::SetComp { elt, generators }
        | ExprKind::GeneratorExp { elt, generators } => {
            v.visit_expr(elt);
            walk_comprehensions(v, generators);
        }
        ExprKind::DictComp { key, value, generators } => {
            v.visit_expr(key);
            v.visit_expr(value);
            walk_comprehensions(v, generators);
        }
        ExprKind::Yield { value } => walk_option(v, value),
        ExprKind::Compare { left, comparators, .. } => {
            v.visit_expr(left);
            walk_exprs(v, comparators);
        }
        ExprKind::Call { func, args, keywords } => {
            v.visit_expr(func);
            walk_exprs(v, args);
            for keyword in keywords {
                v.visit_keyword(keyword);
            }
        }
        ExprKind::FormattedValue { value, format_spec, .. }
        | ExprKind::Interpolation { value, format_spec, .. } => {
            v.visit_expr(value);
            walk_option(v, format_spec);
        }
        ExprKind::Slice { lower, upper, step } => {
            walk_option(v, lower);
            walk_option(v, upper);
            walk_option(v, step);
        }
        ExprKind::Constant { .. } | ExprKind::Name { .. } => {}
    }
}

pub fn walk_pattern<V: Visitor + ?Sized>(v: &mut V, pattern: &Pattern) {
    match &pattern.node {
        PatternKind::MatchValue { value } => v.visit_expr(value),
        PatternKind::MatchSequence { patterns } | PatternKind::MatchOr { patterns } => {
            walk_patterns(v, patterns)
        }
        PatternKind::MatchMapping { keys, patterns, .. } => {
            walk_exprs(v, keys);
            walk_patterns(v, patterns);
        }
        PatternKind::MatchClass { cls, patterns, kwd_patterns, .. } => {
            v.visit_expr(cls);
            walk_patterns(v, patterns);
            walk_patterns(v, kwd_patterns);
        }
        PatternKind::MatchAs { pattern: Some(pattern), .. } => v.visit_pattern(pattern),
        PatternKind::MatchAs { .. } | PatternKind::MatchSingleton { .. } | PatternKind::MatchStar { .. } => {}
    }
}

pub fn walk_arguments<V: Visitor + ?Sized>(v: &mut V, arguments: &Arguments) {
    let each = |v: &mut V, args: &[Arg]| args.iter().for_each(|arg| v.visit_arg(arg));
    each(v, &arguments.posonlyargs);
    each(v, &arguments.args);
    if let Some(arg) = &arguments.vararg {
        v.visit_arg(arg);
    }
    each(v, &arguments.kwonlyargs);
    walk_exprs(v, arguments.kw_defaults.iter().flatten());
    if let Some(arg) = &arguments.kwarg {
        v.visit_arg(arg);
    }
    walk_exprs(v, &arguments.defaults);
}

pub fn walk_arg<V: Visitor + ?Sized>(v: &mut V, arg: &Arg) {
    walk_option(v, &arg.annotation);
}

pub fn walk_comprehension<V: Visitor + ?Sized>(v: &mut V, comprehension: &Comprehension) {
    v.visit_expr(&comprehension.target);
    v.visit_expr(&comprehension.iter);
    walk_exprs(v, &comprehension.ifs);
}

pub fn walk_except_handler<V: Visitor + ?Sized>(v: &mut V, handler: &ExceptHandler) {
    walk_exprs(v, &handler.r#type);
    walk_body(v, &handler.body);
}

pub fn walk_with_item<V: Visitor + ?Sized>(v: &mut V, item: &WithItem) {
    v.visit_expr(&item.context_expr);
    walk_exprs(v, &item.optional_vars);
}

pub fn walk_match_case<V: Visitor + ?Sized>(v: &mut V, case: &MatchCase) {
    v.visit_pattern(&case.pattern);
    walk_option(v, &case.guard);
    walk_body(v, &case.body);
}

pub fn walk_type_param<V: Visitor + ?Sized>(v: &mut V, param: &TypeParam) {
    match &param.node {
        TypeParamKind::TypeVar { bound, default_value, .. } => {
            walk_option(v, bound);
            walk_option(v, default_value);
        }
        TypeParamKind::ParamSpec { default_value, .. }
        | TypeParamKind::TypeVarTuple { default_value, .. } => {
            walk_option(v, default_value);
        }
    }
}
