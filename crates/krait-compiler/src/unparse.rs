//! Expressions back to source text, as annotations under `from __future__ import annotations` become (CPython:
//! `Python/ast_unparse.c`).

use krait_ast::{
    Arg, Arguments, BoolOp, CmpOp, Comprehension, Constant, Expr, ExprKind, Int, Keyword, Operator, UnaryOp,
};
use krait_bytecode::Str;

use crate::depth::with_stack;
use crate::pyrepr;

/// How tightly an operator binds; what binds less tightly than its surroundings is put in parentheses.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Tuple,
    Test,
    Or,
    And,
    Not,
    Cmp,
    BitOr,
    BitXor,
    BitAnd,
    Shift,
    Arith,
    Term,
    Factor,
    Power,
    Await,
    Atom,
}

impl Level {
    /// The next tighter level.
    fn next(self) -> Level {
        use Level::*;
        match self {
            Tuple => Test,
            Test => Or,
            Or => And,
            And => Not,
            Not => Cmp,
            Cmp => BitOr,
            BitOr => BitXor,
            BitXor => BitAnd,
            BitAnd => Shift,
            Shift => Arith,
            Arith => Term,
            Term => Factor,
            Factor => Power,
            Power => Await,
            Await | Atom => Atom,
        }
    }
}

/// The text of an expression.
pub fn unparse(expr: &Expr) -> Str {
    let mut writer = Writer { out: String::new() };
    writer.expr(expr, Level::Test);
    Str::new(&writer.out)
}

struct Writer {
    out: String,
}

fn operator(op: Operator) -> (&'static str, Level) {
    match op {
        Operator::Add => (" + ", Level::Arith),
        Operator::Sub => (" - ", Level::Arith),
        Operator::Mult => (" * ", Level::Term),
        Operator::MatMult => (" @ ", Level::Term),
        Operator::Div => (" / ", Level::Term),
        Operator::Mod => (" % ", Level::Term),
        Operator::LShift => (" << ", Level::Shift),
        Operator::RShift => (" >> ", Level::Shift),
        Operator::BitOr => (" | ", Level::BitOr),
        Operator::BitXor => (" ^ ", Level::BitXor),
        Operator::BitAnd => (" & ", Level::BitAnd),
        Operator::FloorDiv => (" // ", Level::Term),
        Operator::Pow => (" ** ", Level::Power),
    }
}

fn comparison(op: CmpOp) -> &'static str {
    match op {
        CmpOp::Eq => " == ",
        CmpOp::NotEq => " != ",
        CmpOp::Lt => " < ",
        CmpOp::LtE => " <= ",
        CmpOp::Gt => " > ",
        CmpOp::GtE => " >= ",
        CmpOp::Is => " is ",
        CmpOp::IsNot => " is not ",
        CmpOp::In => " in ",
        CmpOp::NotIn => " not in ",
    }
}

impl Writer {
    fn push(&mut self, text: &str) {
        self.out.push_str(text);
    }

    fn expr(&mut self, expr: &Expr, level: Level) {
        with_stack(|| self.expr_inner(expr, level));
    }

    fn paren(&mut self, needed: bool, write: impl FnOnce(&mut Self)) {
        if needed {
            self.push("(");
        }
        write(self);
        if needed {
            self.push(")");
        }
    }

    fn list<T>(&mut self, items: &[T], mut write: impl FnMut(&mut Self, &T)) {
        for (i, item) in items.iter().enumerate() {
            if i > 0 {
                self.push(", ");
            }
            write(self, item);
        }
    }

    fn exprs(&mut self, exprs: &[Expr]) {
        self.list(exprs, |w, expr| w.expr(expr, Level::Test));
    }

    fn expr_inner(&mut self, expr: &Expr, level: Level) {
        match &expr.node {
            ExprKind::BoolOp { op, values } => self.bool_op(*op, values, level),
            ExprKind::BinOp { left, op, right } => {
                let (text, own) = operator(*op);
                let (before, after) =
                    if *op == Operator::Pow { (own.next(), own) } else { (own, own.next()) };
                self.paren(level > own, |w| {
                    w.expr(left, before);
                    w.push(text);
                    w.expr(right, after);
                });
            }
            ExprKind::UnaryOp { op, operand } => {
                let (text, own) = match op {
                    UnaryOp::Invert => ("~", Level::Factor),
                    UnaryOp::Not => ("not ", Level::Not),
                    UnaryOp::UAdd => ("+", Level::Factor),
                    UnaryOp::USub => ("-", Level::Factor),
                };
                self.paren(level > own, |w| {
                    w.push(text);
                    w.expr(operand, own);
                });
            }
            ExprKind::Lambda { args, body } => self.paren(level > Level::Test, |w| {
                w.push("lambda");
                w.arguments(args);
                w.push(": ");
                w.expr(body, Level::Test);
            }),
            ExprKind::IfExp { test, body, orelse } => self.paren(level > Level::Test, |w| {
                w.expr(body, Level::Or);
                w.push(" if ");
                w.expr(test, Level::Or);
                w.push(" else ");
                w.expr(orelse, Level::Test);
            }),
            ExprKind::NamedExpr { target, value } => self.paren(level > Level::Tuple, |w| {
                w.expr(target, Level::Atom);
                w.push(" := ");
                w.expr(value, Level::Atom);
            }),
            ExprKind::Dict { keys, values } => self.dict(keys, values),
            ExprKind::Set { elts } => self.between("{", "}", |w| w.exprs(elts)),
            ExprKind::GeneratorExp { elt, generators } => self.comprehension("(", ")", elt, None, generators),
            ExprKind::ListComp { elt, generators } => self.comprehension("[", "]", elt, None, generators),
            ExprKind::SetComp { elt, generators } => self.comprehension("{", "}", elt, None, generators),
            ExprKind::DictComp { key, value, generators } => {
                self.comprehension("{", "}", key, Some(value), generators);
            }
            ExprKind::Yield { value: None } => self.push("(yield)"),
            ExprKind::Yield { value: Some(value) } => {
                self.between("(yield ", ")", |w| w.expr(value, Level::Test));
            }
            ExprKind::YieldFrom { value } => {
                self.between("(yield from ", ")", |w| w.expr(value, Level::Test));
            }
            ExprKind::Await { value } => self.paren(level > Level::Await, |w| {
                w.push("await ");
                w.expr(value, Level::Atom);
            }),
            ExprKind::Compare { left, ops, comparators } => self.paren(level > Level::Cmp, |w| {
                w.expr(left, Level::BitOr);
                for (op, right) in ops.iter().zip(comparators) {
                    w.push(comparison(*op));
                    w.expr(right, Level::BitOr);
                }
            }),
            ExprKind::Call { func, args, keywords } => self.call(func, args, keywords),
            ExprKind::Constant { value, kind } => self.constant(value, kind.as_deref()),
            ExprKind::JoinedStr { .. } | ExprKind::FormattedValue { .. } => self.string('f', expr),
            ExprKind::TemplateStr { .. } | ExprKind::Interpolation { .. } => self.string('t', expr),
            ExprKind::Attribute { value, attr, .. } => {
                self.expr(value, Level::Atom);
                // `1.real` would be a number followed by a name.
                let int = matches!(value.as_constant(), Some(Constant::Int(Int::Small(_) | Int::Big(_))));
                self.push(if int { " ." } else { "." });
                self.push(attr);
            }
            ExprKind::Starred { value, .. } => {
                self.push("*");
                self.expr(value, Level::BitOr);
            }
            ExprKind::Name { id, .. } => self.push(id),
            ExprKind::List { elts, .. } => self.between("[", "]", |w| w.exprs(elts)),
            ExprKind::Tuple { elts, .. } if elts.is_empty() => self.push("()"),
            ExprKind::Tuple { elts, .. } => self.paren(level > Level::Tuple, |w| {
                w.exprs(elts);
                if elts.len() == 1 {
                    w.push(",");
                }
            }),
            ExprKind::Subscript { value, slice, .. } => {
                self.expr(value, Level::Atom);
                self.between("[", "]", |w| w.expr(slice, Level::Tuple));
            }
            ExprKind::Slice { lower, upper, step } => {
                self.opt(lower.as_deref());
                self.push(":");
                self.opt(upper.as_deref());
                if step.is_some() {
                    self.push(":");
                    self.opt(step.as_deref());
                }
            }
        }
    }

    fn opt(&mut self, expr: Option<&Expr>) {
        if let Some(expr) = expr {
            self.expr(expr, Level::Test);
        }
    }

    fn between(&mut self, open: &str, close: &str, write: impl FnOnce(&mut Self)) {
        self.push(open);
        write(self);
        self.push(close);
    }

    fn bool_op(&mut self, op: BoolOp, values: &[Expr], level: Level) {
        let (text, own) = match op {
            BoolOp::And => (" and ", Level::And),
            BoolOp::Or => (" or ", Level::Or),
        };
        self.paren(level > own, |w| {
            for (i, value) in values.iter().enumerate() {
                if i > 0 {
                    w.push(text);
                }
                w.expr(value, own.next());
            }
        });
    }

    fn dict(&mut self, keys: &[Option<Expr>], values: &[Expr]) {
        self.push("{");
        for (i, (key, value)) in keys.iter().zip(values).enumerate() {
            if i > 0 {
                self.push(", ");
            }
            match key {
                Some(key) => {
                    self.expr(key, Level::Test);
                    self.push(": ");
                    self.expr(value, Level::Test);
                }
                None => {
                    self.push("**");
                    self.expr(value, Level::BitOr);
                }
            }
        }
        self.push("}");
    }

    fn comprehension(
        &mut self,
        open: &str,
        close: &str,
        elt: &Expr,
        value: Option<&Expr>,
        generators: &[Comprehension],
    ) {
        self.push(open);
        self.expr(elt, Level::Test);
        if let Some(value) = value {
            self.push(": ");
            self.expr(value, Level::Test);
        }
        for generator in generators {
            self.push(if generator.is_async { " async for " } else { " for " });
            self.expr(&generator.target, Level::Tuple);
            self.push(" in ");
            self.expr(&generator.iter, Level::Or);
            for condition in &generator.ifs {
                self.push(" if ");
                self.expr(condition, Level::Or);
            }
        }
        self.push(close);
    }

    fn call(&mut self, func: &Expr, args: &[Expr], keywords: &[Keyword]) {
        self.expr(func, Level::Atom);
        if let ([Expr { node: ExprKind::GeneratorExp { elt, generators }, .. }], []) = (args, keywords) {
            return self.comprehension("(", ")", elt, None, generators);
        }
        self.push("(");
        self.exprs(args);
        if !args.is_empty() && !keywords.is_empty() {
            self.push(", ");
        }
        self.list(keywords, |w, keyword| {
            match &keyword.arg {
                Some(arg) => {
                    w.push(arg);
                    w.push("=");
                }
                None => w.push("**"),
            }
            w.expr(&keyword.value, Level::Test);
        });
        self.push(")");
    }

    fn arg(&mut self, arg: &Arg) {
        self.push(&arg.arg);
        if let Some(annotation) = &arg.annotation {
            self.push(": ");
            self.expr(annotation, Level::Test);
        }
    }

    /// Parameters of a lambda, with a space before the first unless it begins with a star.
    fn arguments(&mut self, args: &Arguments) {
        let positional = args.posonlyargs.len() + args.args.len();
        if positional > 0 {
            self.push(" ");
        }
        let mut first = true;
        let mut separate = |w: &mut Self| {
            w.push(if first { "" } else { ", " });
            first = false;
        };
        let required = positional.saturating_sub(args.defaults.len());
        for (i, arg) in args.posonlyargs.iter().chain(&args.args).enumerate() {
            separate(self);
            self.arg(arg);
            if let Some(default) = i.checked_sub(required).and_then(|i| args.defaults.get(i)) {
                self.push("=");
                self.expr(default, Level::Test);
            }
            if i + 1 == args.posonlyargs.len() {
                self.push(", /");
            }
        }
        if args.vararg.is_some() || !args.kwonlyargs.is_empty() {
            separate(self);
            self.push("*");
            if let Some(arg) = &args.vararg {
                self.arg(arg);
            }
        }
        for (i, arg) in args.kwonlyargs.iter().enumerate() {
            separate(self);
            self.arg(arg);
            if let Some(Some(default)) = args.kw_defaults.get(i) {
                self.push("=");
                self.expr(default, Level::Test);
            }
        }
        if let Some(arg) = &args.kwarg {
            separate(self);
            self.push("**");
            self.arg(arg);
        }
    }

    fn constant(&mut self, value: &Constant, kind: Option<&str>) {
        if let Some(kind) = kind {
            self.push(kind);
        }
        match value {
            Constant::Ellipsis => self.push("..."),
            Constant::Float(_) | Constant::Complex { .. } => {
                // There is no literal for infinity; this one overflows to it.
                let text = pyrepr::constant(value).replace("inf", "1e309");
                self.push(&text);
            }
            Constant::Tuple(items) => {
                self.push("(");
                self.list(items, |w, item| w.constant(item, None));
                self.push(if items.len() == 1 { ",)" } else { ")" });
            }
            _ => self.push(&pyrepr::constant(value)),
        }
    }

    fn string(&mut self, prefix: char, expr: &Expr) {
        let mut body = Vec::new();
        string_part(&mut body, expr);
        self.out.push(prefix);
        let text = krait_ast::Text::from_bytes(&body);
        self.push(&pyrepr::string(&text));
    }
}

/// Text of a part of an f-string or t-string, before it is quoted. Generalised UTF-8, as the literals are.
fn string_part(out: &mut Vec<u8>, expr: &Expr) {
    match &expr.node {
        ExprKind::Constant { value: Constant::Str(text), .. } => {
            for &byte in text.as_bytes() {
                out.push(byte);
                if matches!(byte, b'{' | b'}') {
                    out.push(byte);
                }
            }
        }
        ExprKind::JoinedStr { values } | ExprKind::TemplateStr { values } => {
            values.iter().for_each(|value| string_part(out, value));
        }
        ExprKind::FormattedValue { value, conversion, format_spec } => {
            let mut writer = Writer { out: String::new() };
            writer.expr(value, Level::Or);
            replacement(out, writer.out.as_bytes(), *conversion, format_spec.as_deref());
        }
        ExprKind::Interpolation { str, conversion, format_spec, .. } => {
            let text = match str {
                Constant::Str(text) => text.as_bytes(),
                _ => b"",
            };
            replacement(out, text, *conversion, format_spec.as_deref());
        }
        _ => {}
    }
}

fn replacement(out: &mut Vec<u8>, text: &[u8], conversion: i32, format_spec: Option<&Expr>) {
    out.push(b'{');
    // Two braces would be a literal one.
    if text.first() == Some(&b'{') {
        out.push(b' ');
    }
    out.extend_from_slice(text);
    if let Ok(conversion @ 1..) = u8::try_from(conversion) {
        out.extend([b'!', conversion]);
    }
    if let Some(spec) = format_spec {
        out.push(b':');
        string_part(out, spec);
    }
    out.push(b'}');
}
