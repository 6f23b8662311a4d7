//! The abstract syntax tree of Python 3.14: the node classes of `Parser/Python.asdl` as Rust types.
//!
//! Positions are CPython's: 1-based lines, 0-based columns counted in UTF-8 bytes of the decoded source. The tree owns
//! its children. Nodes can be walked with [`visitor`] and printed as `ast.dump` prints them with [`dump`].
//!
//! Invariant: dropping a tree never recurses along left-leaning chains (`a+a+…`, `a.b.c…`, `elif` ladders), whose
//! length only memory bounds, nor along signs, conditionals and lambdas. Every other kind of nesting is bounded by whoever builds the tree (the parser does).
//! Code that walks trees recursively (`Clone` and `Debug` included) must know or count how deep they are.
#![forbid(unsafe_code)]

pub mod constant;
mod drop;
pub mod dump;
pub mod expr;
pub mod name;
pub mod pattern;
pub mod stmt;
pub mod visitor;

pub use constant::{Constant, Int, Text};
pub use expr::*;
pub use name::{Interner, Name};
pub use pattern::*;
pub use stmt::*;

/// Where a node stands in the source: 1-based lines and UTF-8 byte columns, the end exclusive.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Range {
    pub lineno: u32,
    pub col_offset: u32,
    pub end_lineno: u32,
    pub end_col_offset: u32,
}

impl Range {
    pub const fn new(lineno: u32, col_offset: u32, end_lineno: u32, end_col_offset: u32) -> Self {
        Range { lineno, col_offset, end_lineno, end_col_offset }
    }

    /// From the start of `self` to the end of `last`.
    pub const fn to(self, last: Range) -> Self {
        Range { end_lineno: last.end_lineno, end_col_offset: last.end_col_offset, ..self }
    }
}

/// A whole unit of source, by the way it was parsed.
#[derive(Debug, Clone)]
pub enum Mod {
    Module { body: Vec<Stmt>, type_ignores: Vec<TypeIgnore> },
    Interactive { body: Vec<Stmt> },
    Expression { body: Box<Expr> },
    FunctionType { argtypes: Vec<Expr>, returns: Box<Expr> },
}

/// A `# type: ignore` comment; `tag` is what follows the word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypeIgnore {
    pub lineno: u32,
    pub tag: std::rc::Rc<str>,
}
