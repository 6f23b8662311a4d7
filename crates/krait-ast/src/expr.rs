//! Expressions and what only occurs within them.

use crate::{Constant, Name, Range};
use std::rc::Rc;

/// An expression. It has a destructor (see [`crate`]), so move its parts out with [`Expr::into_node`].
#[derive(Debug, Clone)]
pub struct Expr {
    pub node: ExprKind,
    pub range: Range,
}

impl Expr {
    pub fn new(node: ExprKind, range: Range) -> Self {
        Expr { node, range }
    }

    /// What stands in a place that has been emptied.
    pub(crate) const fn vacant() -> Self {
        Expr { node: ExprKind::VACANT, range: Range::new(0, 0, 0, 0) }
    }

    /// Leave a `None` constant behind and take the expression.
    pub fn take(&mut self) -> Expr {
        std::mem::replace(self, Expr::vacant())
    }

    pub fn into_node(mut self) -> ExprKind {
        std::mem::replace(&mut self.node, ExprKind::VACANT)
    }

    pub fn as_name(&self) -> Option<&Name> {
        match &self.node {
            ExprKind::Name { id, .. } => Some(id),
            _ => None,
        }
    }

    pub fn as_constant(&self) -> Option<&Constant> {
        match &self.node {
            ExprKind::Constant { value, .. } => Some(value),
            _ => None,
        }
    }
}

#[derive(Debug, Clone)]
pub enum ExprKind {
    BoolOp {
        op: BoolOp,
        values: Vec<Expr>,
    },
    NamedExpr {
        target: Box<Expr>,
        value: Box<Expr>,
    },
    BinOp {
        left: Box<Expr>,
        op: Operator,
        right: Box<Expr>,
    },
    UnaryOp {
        op: UnaryOp,
        operand: Box<Expr>,
    },
    Lambda {
        args: Box<Arguments>,
        body: Box<Expr>,
    },
    IfExp {
        test: Box<Expr>,
        body: Box<Expr>,
        orelse: Box<Expr>,
    },
    /// A `None` key is a `**mapping` item, whose mapping is the value.
    Dict {
        keys: Vec<Option<Expr>>,
        values: Vec<Expr>,
    },
    Set {
        elts: Vec<Expr>,
    },
    ListComp {
        elt: Box<Expr>,
        generators: Vec<Comprehension>,
    },
    SetComp {
        elt: Box<Expr>,
        generators: Vec<Comprehension>,
    },
    DictComp {
        key: Box<Expr>,
        value: Box<Expr>,
        generators: Vec<Comprehension>,
    },
    GeneratorExp {
        elt: Box<Expr>,
        generators: Vec<Comprehension>,
    },
    Await {
        value: Box<Expr>,
    },
    Yield {
        value: Option<Box<Expr>>,
    },
    YieldFrom {
        value: Box<Expr>,
    },
    Compare {
        left: Box<Expr>,
        ops: Vec<CmpOp>,
        comparators: Vec<Expr>,
    },
    Call {
        func: Box<Expr>,
        args: Vec<Expr>,
        keywords: Vec<Keyword>,
    },
    /// `conversion` is -1 or the code of `s`, `r` or `a`.
    FormattedValue {
        value: Box<Expr>,
        conversion: i32,
        format_spec: Option<Box<Expr>>,
    },
    /// `str` is the source text of `value`.
    Interpolation {
        value: Box<Expr>,
        str: Constant,
        conversion: i32,
        format_spec: Option<Box<Expr>>,
    },
    JoinedStr {
        values: Vec<Expr>,
    },
    TemplateStr {
        values: Vec<Expr>,
    },
    /// `kind` is `u` for a literal with that prefix.
    Constant {
        value: Constant,
        kind: Option<Rc<str>>,
    },
    Attribute {
        value: Box<Expr>,
        attr: Name,
        ctx: ExprContext,
    },
    Subscript {
        value: Box<Expr>,
        slice: Box<Expr>,
        ctx: ExprContext,
    },
    Starred {
        value: Box<Expr>,
        ctx: ExprContext,
    },
    Name {
        id: Name,
        ctx: ExprContext,
    },
    List {
        elts: Vec<Expr>,
        ctx: ExprContext,
    },
    Tuple {
        elts: Vec<Expr>,
        ctx: ExprContext,
    },
    Slice {
        lower: Option<Box<Expr>>,
        upper: Option<Box<Expr>>,
        step: Option<Box<Expr>>,
    },
}

impl ExprKind {
    pub(crate) const VACANT: ExprKind = ExprKind::Constant { value: Constant::None, kind: None };

    pub const fn constant(value: Constant) -> Self {
        ExprKind::Constant { value, kind: None }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ExprContext {
    Load,
    Store,
    Del,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BoolOp {
    And,
    Or,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operator {
    Add,
    Sub,
    Mult,
    MatMult,
    Div,
    Mod,
    Pow,
    LShift,
    RShift,
    BitOr,
    BitXor,
    BitAnd,
    FloorDiv,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UnaryOp {
    Invert,
    Not,
    UAdd,
    USub,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CmpOp {
    Eq,
    NotEq,
    Lt,
    LtE,
    Gt,
    GtE,
    Is,
    IsNot,
    In,
    NotIn,
}

/// One `for … in … if …` of a comprehension.
#[derive(Debug, Clone)]
pub struct Comprehension {
    pub target: Expr,
    pub iter: Expr,
    pub ifs: Vec<Expr>,
    pub is_async: bool,
}

/// The parameters of a function or lambda. `kw_defaults` runs along `kwonlyargs`; `defaults` belongs to the last ones
/// of `posonlyargs` followed by `args`.
#[derive(Debug, Clone, Default)]
pub struct Arguments {
    pub posonlyargs: Vec<Arg>,
    pub args: Vec<Arg>,
    pub vararg: Option<Box<Arg>>,
    pub kwonlyargs: Vec<Arg>,
    pub kw_defaults: Vec<Option<Expr>>,
    pub kwarg: Option<Box<Arg>>,
    pub defaults: Vec<Expr>,
}

#[derive(Debug, Clone)]
pub struct Arg {
    pub arg: Name,
    pub annotation: Option<Box<Expr>>,
    pub type_comment: Option<Rc<str>>,
    pub range: Range,
}

/// `name=value` in a call or class statement; without a name it is `**value`.
#[derive(Debug, Clone)]
pub struct Keyword {
    pub arg: Option<Name>,
    pub value: Expr,
    pub range: Range,
}
