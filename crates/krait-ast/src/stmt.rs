//! Statements and what only occurs within them.

use crate::{Arguments, Expr, Keyword, Name, Operator, Pattern, Range};
use std::rc::Rc;

/// A statement. It has a destructor (see [`crate`]), so move its parts out with [`Stmt::into_node`].
#[derive(Debug, Clone)]
pub struct Stmt {
    pub node: StmtKind,
    pub range: Range,
}

impl Stmt {
    pub fn new(node: StmtKind, range: Range) -> Self {
        Stmt { node, range }
    }

    pub fn into_node(mut self) -> StmtKind {
        std::mem::replace(&mut self.node, StmtKind::Pass)
    }
}

#[derive(Debug, Clone)]
pub enum StmtKind {
    FunctionDef(Box<FunctionDef>),
    AsyncFunctionDef(Box<FunctionDef>),
    ClassDef(Box<ClassDef>),
    Return {
        value: Option<Box<Expr>>,
    },
    Delete {
        targets: Vec<Expr>,
    },
    Assign {
        targets: Vec<Expr>,
        value: Box<Expr>,
        type_comment: Option<Rc<str>>,
    },
    TypeAlias {
        name: Box<Expr>,
        type_params: Vec<TypeParam>,
        value: Box<Expr>,
    },
    AugAssign {
        target: Box<Expr>,
        op: Operator,
        value: Box<Expr>,
    },
    /// `simple`: the target is a bare name without parentheses.
    AnnAssign {
        target: Box<Expr>,
        annotation: Box<Expr>,
        value: Option<Box<Expr>>,
        simple: bool,
    },
    For(Box<For>),
    AsyncFor(Box<For>),
    While {
        test: Box<Expr>,
        body: Vec<Stmt>,
        orelse: Vec<Stmt>,
    },
    If {
        test: Box<Expr>,
        body: Vec<Stmt>,
        orelse: Vec<Stmt>,
    },
    With(Box<With>),
    AsyncWith(Box<With>),
    Match {
        subject: Box<Expr>,
        cases: Vec<MatchCase>,
    },
    Raise {
        exc: Option<Box<Expr>>,
        cause: Option<Box<Expr>>,
    },
    Try(Box<Try>),
    TryStar(Box<Try>),
    Assert {
        test: Box<Expr>,
        msg: Option<Box<Expr>>,
    },
    Import {
        names: Vec<Alias>,
    },
    ImportFrom {
        module: Option<Name>,
        names: Vec<Alias>,
        level: u32,
    },
    Global {
        names: Vec<Name>,
    },
    Nonlocal {
        names: Vec<Name>,
    },
    Expr {
        value: Box<Expr>,
    },
    Pass,
    Break,
    Continue,
}

#[derive(Debug, Clone)]
pub struct FunctionDef {
    pub name: Name,
    pub args: Box<Arguments>,
    pub body: Vec<Stmt>,
    pub decorator_list: Vec<Expr>,
    pub returns: Option<Box<Expr>>,
    pub type_comment: Option<Rc<str>>,
    pub type_params: Vec<TypeParam>,
}

#[derive(Debug, Clone)]
pub struct ClassDef {
    pub name: Name,
    pub bases: Vec<Expr>,
    pub keywords: Vec<Keyword>,
    pub body: Vec<Stmt>,
    pub decorator_list: Vec<Expr>,
    pub type_params: Vec<TypeParam>,
}

#[derive(Debug, Clone)]
pub struct For {
    pub target: Expr,
    pub iter: Expr,
    pub body: Vec<Stmt>,
    pub orelse: Vec<Stmt>,
    pub type_comment: Option<Rc<str>>,
}

#[derive(Debug, Clone)]
pub struct With {
    pub items: Vec<WithItem>,
    pub body: Vec<Stmt>,
    pub type_comment: Option<Rc<str>>,
}

#[derive(Debug, Clone)]
pub struct Try {
    pub body: Vec<Stmt>,
    pub handlers: Vec<ExceptHandler>,
    pub orelse: Vec<Stmt>,
    pub finalbody: Vec<Stmt>,
}

/// `r#type` is the expression after `except`, `name` the one after `as`.
#[derive(Debug, Clone)]
pub struct ExceptHandler {
    pub r#type: Option<Expr>,
    pub name: Option<Name>,
    pub body: Vec<Stmt>,
    pub range: Range,
}

#[derive(Debug, Clone)]
pub struct WithItem {
    pub context_expr: Expr,
    pub optional_vars: Option<Expr>,
}

#[derive(Debug, Clone)]
pub struct MatchCase {
    pub pattern: Pattern,
    pub guard: Option<Box<Expr>>,
    pub body: Vec<Stmt>,
}

#[derive(Debug, Clone)]
pub struct Alias {
    pub name: Name,
    pub asname: Option<Name>,
    pub range: Range,
}

#[derive(Debug, Clone)]
pub struct TypeParam {
    pub node: TypeParamKind,
    pub range: Range,
}

#[derive(Debug, Clone)]
pub enum TypeParamKind {
    TypeVar { name: Name, bound: Option<Box<Expr>>, default_value: Option<Box<Expr>> },
    ParamSpec { name: Name, default_value: Option<Box<Expr>> },
    TypeVarTuple { name: Name, default_value: Option<Box<Expr>> },
}
