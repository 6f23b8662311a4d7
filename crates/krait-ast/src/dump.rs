//! The text that `ast.dump(tree, include_attributes=True)` gives, with what is not ASCII escaped as `ascii()` does.
//!
//! In Python: `ast.dump(tree, include_attributes=True).encode("ascii", "backslashreplace")`. Meant for tests and tools:
//! it recurses as deep as the tree is.

use crate::*;
use std::fmt::Write;

/// Dump a whole tree.
pub fn dump(module: &Mod) -> String {
    let mut d = Dumper { out: String::new(), fields: 0 };
    d.module(module);
    d.out
}

/// Dump one expression.
pub fn dump_expr(expr: &Expr) -> String {
    let mut d = Dumper { out: String::new(), fields: 0 };
    d.expr(expr);
    d.out
}

struct Dumper {
    out: String,
    /// How many fields the node being written has shown.
    fields: usize,
}

impl Dumper {
    fn node(&mut self, name: &str, range: Option<Range>, fields: impl FnOnce(&mut Self)) {
        self.out.push_str(name);
        self.out.push('(');
        let outer = std::mem::replace(&mut self.fields, 0);
        fields(self);
        if let Some(r) = range {
            self.value("lineno", r.lineno);
            self.value("col_offset", r.col_offset);
            self.value("end_lineno", r.end_lineno);
            self.value("end_col_offset", r.end_col_offset);
        }
        self.fields = outer;
        self.out.push(')');
    }

    fn field(&mut self, name: &str) {
        if self.fields > 0 {
            self.out.push_str(", ");
        }
        self.fields += 1;
        self.out.push_str(name);
        self.out.push('=');
    }

    fn value(&mut self, name: &str, value: impl std::fmt::Display) {
        self.field(name);
        // Writing to a String cannot fail.
        let _ = write!(self.out, "{value}");
    }

    fn str_field(&mut self, name: &str, text: &str) {
        self.field(name);
        self.quoted(text.chars().map(u32::from));
    }

    fn opt_str(&mut self, name: &str, text: Option<&str>) {
        if let Some(text) = text {
            self.str_field(name, text);
        }
    }

    fn expr_field(&mut self, name: &str, expr: &Expr) {
        self.field(name);
        self.expr(expr);
    }

    fn opt_expr(&mut self, name: &str, expr: Option<&Expr>) {
        if let Some(expr) = expr {
            self.expr_field(name, expr);
        }
    }

    fn items<T>(&mut self, items: &[T], mut each: impl FnMut(&mut Self, &T)) {
        for (i, item) in items.iter().enumerate() {
            if i > 0 {
                self.out.push_str(", ");
            }
            each(self, item);
        }
    }

    fn list<T>(&mut self, name: &str, items: &[T], each: impl FnMut(&mut Self, &T)) {
        if !items.is_empty() {
            self.field(name);
            self.out.push('[');
            self.items(items, each);
            self.out.push(']');
        }
    }

    fn exprs(&mut self, name: &str, exprs: &[Expr]) {
        self.list(name, exprs, Self::expr);
    }

    fn opt_exprs(&mut self, name: &str, exprs: &[Option<Expr>]) {
        self.list(name, exprs, |d, expr| match expr {
            Some(expr) => d.expr(expr),
            None => d.out.push_str("None"),
        });
    }

    fn names(&mut self, name: &str, names: &[Name]) {
        self.list(name, names, |d, name| d.quoted(name.chars().map(u32::from)));
    }

    fn body(&mut self, name: &str, body: &[Stmt]) {
        self.list(name, body, Self::stmt);
    }

    fn op(&mut self, name: &str, op: impl std::fmt::Debug) {
        self.field(name);
        let _ = write!(self.out, "{op:?}()");
    }

    fn ctx(&mut self, ctx: ExprContext) {
        self.op("ctx", ctx);
    }

    fn module(&mut self, module: &Mod) {
        match module {
            Mod::Module { body, type_ignores } => self.node("Module", None, |d| {
                d.body("body", body);
                d.list("type_ignores", type_ignores, |d, ignore| {
                    d.node("TypeIgnore", None, |d| {
                        d.value("lineno", ignore.lineno);
                        d.str_field("tag", &ignore.tag);
                    });
                });
            }),
            Mod::Interactive { body } => self.node("Interactive", None, |d| d.body("body", body)),
            Mod::Expression { body } => self.node("Expression", None, |d| d.expr_field("body", body)),
            Mod::FunctionType { argtypes, returns } => self.node("FunctionType", None, |d| {
                d.exprs("argtypes", argtypes);
                d.expr_field("returns", returns);
            }),
        }
    }

    fn stmt(&mut self, stmt: &Stmt) {
        self.node(stmt_name(&stmt.node), Some(stmt.range), |d| d.stmt_fields(&stmt.node));
    }

    fn stmt_fields(&mut self, node: &StmtKind) {
        match node {
            StmtKind::FunctionDef(def) | StmtKind::AsyncFunctionDef(def) => self.function(def),
            StmtKind::ClassDef(def) => {
                self.str_field("name", &def.name);
                self.exprs("bases", &def.bases);
                self.list("keywords", &def.keywords, Self::keyword);
                self.body("body", &def.body);
                self.exprs("decorator_list", &def.decorator_list);
                self.list("type_params", &def.type_params, Self::type_param);
            }
            StmtKind::Return { value } => self.opt_expr("value", value.as_deref()),
            StmtKind::Delete { targets } => self.exprs("targets", targets),
            StmtKind::Assign { targets, value, type_comment } => {
                self.exprs("targets", targets);
                self.expr_field("value", value);
                self.opt_str("type_comment", type_comment.as_deref());
            }
            StmtKind::TypeAlias { name, type_params, value } => {
                self.expr_field("name", name);
                self.list("type_params", type_params, Self::type_param);
                self.expr_field("value", value);
            }
            StmtKind::AugAssign { target, op, value } => {
                self.expr_field("target", target);
                self.op("op", op);
                self.expr_field("value", value);
            }
            StmtKind::AnnAssign { target, annotation, value, simple } => {
                self.expr_field("target", target);
                self.expr_field("annotation", annotation);
                self.opt_expr("value", value.as_deref());
                self.value("simple", i32::from(*simple));
            }
            StmtKind::For(stmt) | StmtKind::AsyncFor(stmt) => {
                self.expr_field("target", &stmt.target);
                self.expr_field("iter", &stmt.iter);
                self.body("body", &stmt.body);
                self.body("orelse", &stmt.orelse);
                self.opt_str("type_comment", stmt.type_comment.as_deref());
            }
            StmtKind::While { test, body, orelse } | StmtKind::If { test, body, orelse } => {
                self.expr_field("test", test);
                self.body("body", body);
                self.body("orelse", orelse);
            }
            StmtKind::With(stmt) | StmtKind::AsyncWith(stmt) => {
                self.list("items", &stmt.items, |d, item| {
                    d.node("withitem", None, |d| {
                        d.expr_field("context_expr", &item.context_expr);
                        d.opt_expr("optional_vars", item.optional_vars.as_ref());
                    });
                });
                self.body("body", &stmt.body);
                self.opt_str("type_comment", stmt.type_comment.as_deref());
            }
            StmtKind::Match { subject, cases } => {
                self.expr_field("subject", subject);
                self.list("cases", cases, Self::match_case);
            }
            StmtKind::Raise { exc, cause } => {
                self.opt_expr("exc", exc.as_deref());
                self.opt_expr("cause", cause.as_deref());
            }
            StmtKind::Try(stmt) | StmtKind::TryStar(stmt) => {
                self.body("body", &stmt.body);
                self.list("handlers", &stmt.handlers, Self::handler);
                self.body("orelse", &stmt.orelse);
                self.body("finalbody", &stmt.finalbody);
            }
            StmtKind::Assert { test, msg } => {
                self.expr_field("test", test);
                self.opt_expr("msg", msg.as_deref());
            }
            StmtKind::Import { names } => self.list("names", names, Self::alias),
            StmtKind::ImportFrom { module, names, level } => {
                self.opt_str("module", module.as_deref());
                self.list("names", names, Self::alias);
                self.value("level", level);
            }
            StmtKind::Global { names } | StmtKind::Nonlocal { names } => self.names("names", names),
            StmtKind::Expr { value } => self.expr_field("value", value),
            StmtKind::Pass | StmtKind::Break | StmtKind::Continue => {}
        }
    }

    fn function(&mut self, def: &FunctionDef) {
        self.str_field("name", &def.name);
        self.arguments(&def.args);
        self.body("body", &def.body);
        self.exprs("decorator_list", &def.decorator_list);
        self.opt_expr("returns", def.returns.as_deref());
        self.opt_str("type_comment", def.type_comment.as_deref());
        self.list("type_params", &def.type_params, Self::type_param);
    }

    fn handler(&mut self, handler: &ExceptHandler) {
        self.node("ExceptHandler", Some(handler.range), |d| {
            d.opt_expr("type", handler.r#type.as_ref());
            d.opt_str("name", handler.name.as_deref());
            d.body("body", &handler.body);
        });
    }

    fn match_case(&mut self, case: &MatchCase) {
        self.node("match_case", None, |d| {
            d.field("pattern");
            d.pattern(&case.pattern);
            d.opt_expr("guard", case.guard.as_deref());
            d.body("body", &case.body);
        });
    }

    fn alias(&mut self, alias: &Alias) {
        self.node("alias", Some(alias.range), |d| {
            d.str_field("name", &alias.name);
            d.opt_str("asname", alias.asname.as_deref());
        });
    }

    fn type_param(&mut self, param: &TypeParam) {
        let (class, name, bound, default) = match &param.node {
            TypeParamKind::TypeVar { name, bound, default_value } => {
                ("TypeVar", name, bound.as_deref(), default_value)
            }
            TypeParamKind::ParamSpec { name, default_value } => ("ParamSpec", name, None, default_value),
            TypeParamKind::TypeVarTuple { name, default_value } => {
                ("TypeVarTuple", name, None, default_value)
            }
        };
        self.node(class, Some(param.range), |d| {
            d.str_field("name", name);
            d.opt_expr("bound", bound);
            d.opt_expr("default_value", default.as_deref());
        });
    }

    fn arguments(&mut self, args: &Arguments) {
        self.field("args");
        self.node("arguments", None, |d| {
            d.list("posonlyargs", &args.posonlyargs, Self::arg);
            d.list("args", &args.args, Self::arg);
            d.opt_arg("vararg", args.vararg.as_deref());
            d.list("kwonlyargs", &args.kwonlyargs, Self::arg);
            d.opt_exprs("kw_defaults", &args.kw_defaults);
            d.opt_arg("kwarg", args.kwarg.as_deref());
            d.exprs("defaults", &args.defaults);
        });
    }

    fn opt_arg(&mut self, name: &str, arg: Option<&Arg>) {
        if let Some(arg) = arg {
            self.field(name);
            self.arg(arg);
        }
    }

    fn arg(&mut self, arg: &Arg) {
        self.node("arg", Some(arg.range), |d| {
            d.str_field("arg", &arg.arg);
            d.opt_expr("annotation", arg.annotation.as_deref());
            d.opt_str("type_comment", arg.type_comment.as_deref());
        });
    }

    fn keyword(&mut self, keyword: &Keyword) {
        self.node("keyword", Some(keyword.range), |d| {
            d.opt_str("arg", keyword.arg.as_deref());
            d.expr_field("value", &keyword.value);
        });
    }

    fn generators(&mut self, generators: &[Comprehension]) {
        self.list("generators", generators, |d, generator| {
            d.node("comprehension", None, |d| {
                d.expr_field("target", &generator.target);
                d.expr_field("iter", &generator.iter);
                d.exprs("ifs", &generator.ifs);
                d.value("is_async", i32::from(generator.is_async));
            });
        });
    }

    fn pattern(&mut self, pattern: &Pattern) {
        let name = match &pattern.node {
            PatternKind::MatchValue { .. } => "MatchValue",
            PatternKind::MatchSingleton { .. } => "MatchSingleton",
            PatternKind::MatchSequence { .. } => "MatchSequence",
            PatternKind::MatchMapping { .. } => "MatchMapping",
            PatternKind::MatchClass { .. } => "MatchClass",
            PatternKind::MatchStar { .. } => "MatchStar",
            PatternKind::MatchAs { .. } => "MatchAs",
            PatternKind::MatchOr { .. } => "MatchOr",
        };
        self.node(name, Some(pattern.range), |d| d.pattern_fields(&pattern.node));
    }

    fn pattern_fields(&mut self, node: &PatternKind) {
        match node {
            PatternKind::MatchValue { value } => self.expr_field("value", value),
            PatternKind::MatchSingleton { value } => {
                self.field("value");
                self.constant(value);
            }
            PatternKind::MatchSequence { patterns } | PatternKind::MatchOr { patterns } => {
                self.list("patterns", patterns, Self::pattern);
            }
            PatternKind::MatchMapping { keys, patterns, rest } => {
                self.exprs("keys", keys);
                self.list("patterns", patterns, Self::pattern);
                self.opt_str("rest", rest.as_deref());
            }
            PatternKind::MatchClass { cls, patterns, kwd_attrs, kwd_patterns } => {
                self.expr_field("cls", cls);
                self.list("patterns", patterns, Self::pattern);
                self.names("kwd_attrs", kwd_attrs);
                self.list("kwd_patterns", kwd_patterns, Self::pattern);
            }
            PatternKind::MatchStar { name } => self.opt_str("name", name.as_deref()),
            PatternKind::MatchAs { pattern, name } => {
                if let Some(pattern) = pattern {
                    self.field("pattern");
                    self.pattern(pattern);
                }
                self.opt_str("name", name.as_deref());
            }
        }
    }

    fn expr(&mut self, expr: &Expr) {
        self.node(expr_name(&expr.node), Some(expr.range), |d| d.expr_fields(&expr.node));
    }

    fn expr_fields(&mut self, node: &ExprKind) {
        match node {
            ExprKind::BoolOp { op, values } => {
                self.op("op", op);
                self.exprs("values", values);
            }
            ExprKind::NamedExpr { target, value } => {
                self.expr_field("target", target);
                self.expr_field("value", value);
            }
            ExprKind::BinOp { left, op, right } => {
                self.expr_field("left", left);
                self.op("op", op);
                self.expr_field("right", right);
            }
            ExprKind::UnaryOp { op, operand } => {
                self.op("op", op);
                self.expr_field("operand", operand);
            }
            ExprKind::Lambda { args, body } => {
                self.arguments(args);
                self.expr_field("body", body);
            }
            ExprKind::IfExp { test, body, orelse } => {
                self.expr_field("test", test);
                self.expr_field("body", body);
                self.expr_field("orelse", orelse);
            }
            ExprKind::Dict { keys, values } => {
                self.opt_exprs("keys", keys);
                self.exprs("values", values);
            }
            ExprKind::Set { elts } => self.exprs("elts", elts),
            ExprKind::ListComp { elt, generators }
            | ExprKind::SetComp { elt, generators }
            | ExprKind::GeneratorExp { elt, generators } => {
                self.expr_field("elt", elt);
                self.generators(generators);
            }
            ExprKind::DictComp { key, value, generators } => {
                self.expr_field("key", key);
                self.expr_field("value", value);
                self.generators(generators);
            }
            ExprKind::Await { value } | ExprKind::YieldFrom { value } => self.expr_field("value", value),
            ExprKind::Yield { value } => self.opt_expr("value", value.as_deref()),
            ExprKind::Compare { left, ops, comparators } => {
                self.expr_field("left", left);
                self.list("ops", ops, |d, op| {
                    let _ = write!(d.out, "{op:?}()");
                });
                self.exprs("comparators", comparators);
            }
            ExprKind::Call { func, args, keywords } => {
                self.expr_field("func", func);
                self.exprs("args", args);
                self.list("keywords", keywords, Self::keyword);
            }
            ExprKind::FormattedValue { value, conversion, format_spec } => {
                self.expr_field("value", value);
                self.value("conversion", conversion);
                self.opt_expr("format_spec", format_spec.as_deref());
            }
            ExprKind::Interpolation { value, str, conversion, format_spec } => {
                self.expr_field("value", value);
                self.field("str");
                self.constant(str);
                self.value("conversion", conversion);
                self.opt_expr("format_spec", format_spec.as_deref());
            }
            ExprKind::JoinedStr { values } | ExprKind::TemplateStr { values } => self.exprs("values", values),
            ExprKind::Constant { value, kind } => {
                self.field("value");
                self.constant(value);
                self.opt_str("kind", kind.as_deref());
            }
            ExprKind::Attribute { value, attr, ctx } => {
                self.expr_field("value", value);
                self.str_field("attr", attr);
                self.ctx(*ctx);
            }
            ExprKind::Subscript { value, slice, ctx } => {
                self.expr_field("value", value);
                self.expr_field("slice", slice);
                self.ctx(*ctx);
            }
            ExprKind::Starred { value, ctx } => {
                self.expr_field("value", value);
                self.ctx(*ctx);
            }
            ExprKind::Name { id, ctx } => {
                self.str_field("id", id);
                self.ctx(*ctx);
            }
            ExprKind::List { elts, ctx } | ExprKind::Tuple { elts, ctx } => {
                self.exprs("elts", elts);
                self.ctx(*ctx);
            }
            ExprKind::Slice { lower, upper, step } => {
                self.opt_expr("lower", lower.as_deref());
                self.opt_expr("upper", upper.as_deref());
                self.opt_expr("step", step.as_deref());
            }
        }
    }

    fn constant(&mut self, value: &Constant) {
        match value {
            Constant::None => self.out.push_str("None"),
            Constant::True => self.out.push_str("True"),
            Constant::False => self.out.push_str("False"),
            Constant::Ellipsis => self.out.push_str("Ellipsis"),
            Constant::Int(value) => {
                let _ = write!(self.out, "{value}");
            }
            Constant::Float(value) => float(&mut self.out, *value, true),
            Constant::Complex { real, imag } => complex(&mut self.out, *real, *imag),
            Constant::Str(text) => self.quoted(text.code_points()),
            Constant::Bytes(bytes) => {
                self.out.push('b');
                quote(&mut self.out, bytes.iter().map(|&b| u32::from(b)));
            }
            Constant::Tuple(items) => {
                self.out.push('(');
                self.items(items, Self::constant);
                self.out.push_str(if items.len() == 1 { ",)" } else { ")" });
            }
            Constant::FrozenSet(items) => {
                self.out.push_str(if items.is_empty() { "frozenset(" } else { "frozenset({" });
                self.items(items, Self::constant);
                self.out.push_str(if items.is_empty() { ")" } else { "})" });
            }
        }
    }

    fn quoted(&mut self, points: impl Iterator<Item = u32> + Clone) {
        quote(&mut self.out, points);
    }
}

/// A string or bytes literal as `ascii()` writes it.
fn quote(out: &mut String, points: impl Iterator<Item = u32> + Clone) {
    let has = |c: char| points.clone().any(|p| p == u32::from(c));
    let quote = if has('\'') && !has('"') { '"' } else { '\'' };
    out.push(quote);
    for point in points {
        let _ = match point {
            0x09 => write!(out, "\\t"),
            0x0a => write!(out, "\\n"),
            0x0d => write!(out, "\\r"),
            0x5c => write!(out, "\\\\"),
            0x20..0x7f => {
                let c = point as u8 as char;
                if c == quote {
                    out.push('\\');
                }
                out.push(c);
                Ok(())
            }
            0..0x100 => write!(out, "\\x{point:02x}"),
            0x100..0x1_0000 => write!(out, "\\u{point:04x}"),
            _ => write!(out, "\\U{point:08x}"),
        };
    }
    out.push(quote);
}

/// The shortest text that reads back as `value`, in Python's form; `point` adds `.0` to whole numbers.
fn float(out: &mut String, value: f64, point: bool) {
    if !value.is_finite() {
        out.push_str(if value.is_nan() {
            "nan"
        } else if value < 0.0 {
            "-inf"
        } else {
            "inf"
        });
        return;
    }
    let text = format!("{value:e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..16).contains(&exponent) {
        let plain = format!("{value}");
        out.push_str(&plain);
        if point && !plain.contains('.') {
            out.push_str(".0");
        }
    } else {
        let sign = if exponent < 0 { '-' } else { '+' };
        let _ = write!(out, "{mantissa}e{sign}{:02}", exponent.abs());
    }
}

fn complex(out: &mut String, real: f64, imag: f64) {
    if real == 0.0 && real.is_sign_positive() {
        float(out, imag, false);
        out.push('j');
        return;
    }
    out.push('(');
    float(out, real, false);
    if imag.is_nan() || imag.is_sign_positive() {
        out.push('+');
    }
    float(out, imag, false);
    out.push_str("j)");
}

/// The class name of a statement.
pub fn stmt_name(node: &StmtKind) -> &'static str {
    match node {
        StmtKind::FunctionDef(_) => "FunctionDef",
        StmtKind::AsyncFunctionDef(_) => "AsyncFunctionDef",
        StmtKind::ClassDef(_) => "ClassDef",
        StmtKind::Return { .. } => "Return",
        StmtKind::Delete { .. } => "Delete",
        StmtKind::Assign { .. } => "Assign",
        StmtKind::TypeAlias { .. } => "TypeAlias",
        StmtKind::AugAssign { .. } => "AugAssign",
        StmtKind::AnnAssign { .. } => "AnnAssign",
        StmtKind::For(_) => "For",
        StmtKind::AsyncFor(_) => "AsyncFor",
        StmtKind::While { .. } => "While",
        StmtKind::If { .. } => "If",
        StmtKind::With(_) => "With",
        StmtKind::AsyncWith(_) => "AsyncWith",
        StmtKind::Match { .. } => "Match",
        StmtKind::Raise { .. } => "Raise",
        StmtKind::Try(_) => "Try",
        StmtKind::TryStar(_) => "TryStar",
        StmtKind::Assert { .. } => "Assert",
        StmtKind::Import { .. } => "Import",
        StmtKind::ImportFrom { .. } => "ImportFrom",
        StmtKind::Global { .. } => "Global",
        StmtKind::Nonlocal { .. } => "Nonlocal",
        StmtKind::Expr { .. } => "Expr",
        StmtKind::Pass => "Pass",
        StmtKind::Break => "Break",
        StmtKind::Continue => "Continue",
    }
}

/// The class name of an expression.
pub fn expr_name(node: &ExprKind) -> &'static str {
    match node {
        ExprKind::BoolOp { .. } => "BoolOp",
        ExprKind::NamedExpr { .. } => "NamedExpr",
        ExprKind::BinOp { .. } => "BinOp",
        ExprKind::UnaryOp { .. } => "UnaryOp",
        ExprKind::Lambda { .. } => "Lambda",
        ExprKind::IfExp { .. } => "IfExp",
        ExprKind::Dict { .. } => "Dict",
        ExprKind::Set { .. } => "Set",
        ExprKind::ListComp { .. } => "ListComp",
        ExprKind::SetComp { .. } => "SetComp",
        ExprKind::DictComp { .. } => "DictComp",
        ExprKind::GeneratorExp { .. } => "GeneratorExp",
        ExprKind::Await { .. } => "Await",
        ExprKind::Yield { .. } => "Yield",
        ExprKind::YieldFrom { .. } => "YieldFrom",
        ExprKind::Compare { .. } => "Compare",
        ExprKind::Call { .. } => "Call",
        ExprKind::FormattedValue { .. } => "FormattedValue",
        ExprKind::Interpolation { .. } => "Interpolation",
        ExprKind::JoinedStr { .. } => "JoinedStr",
        ExprKind::TemplateStr { .. } => "TemplateStr",
        ExprKind::Constant { .. } => "Constant",
        ExprKind::Attribute { .. } => "Attribute",
        ExprKind::Subscript { .. } => "Subscript",
        ExprKind::Starred { .. } => "Starred",
        ExprKind::Name { .. } => "Name",
        ExprKind::List { .. } => "List",
        ExprKind::Tuple { .. } => "Tuple",
        ExprKind::Slice { .. } => "Slice",
    }
}
