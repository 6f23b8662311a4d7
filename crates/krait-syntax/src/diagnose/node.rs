//! What the recogniser remembers of the tree: the kind of an expression, its range, and the few children that error
//! messages ask about.

use super::peg::Id;

/// A stretch of source: 1-based lines, 0-based byte columns; -1 where a token has no column.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Span {
    pub(super) line: i64,
    pub(super) col: i64,
    pub(super) end_line: i64,
    pub(super) end_col: i64,
}

/// The kinds of node that messages tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Something that matched and of which nothing is asked.
    Other,
    Name,
    Attribute,
    Subscript,
    Starred,
    List,
    Tuple,
    Lambda,
    Call,
    Operation,
    Generator,
    Yield,
    Await,
    ListComp,
    SetComp,
    DictComp,
    Dict,
    Set,
    FString,
    TString,
    None,
    True,
    False,
    Ellipsis,
    Literal,
    Bytes,
    Compare,
    /// A comparison whose first operator is `in`.
    CompareIn,
    Conditional,
    Walrus,
    /// A `for` clause; its child is the last expression in it.
    Comprehension,
    /// Arguments of a call; its children are the positional ones.
    Arguments,
    /// Arguments of a call, one of which is a `**` unpacking.
    ArgumentsUnpacked,
}

impl Kind {
    /// What messages call an expression of this kind (`_PyPegen_get_expr_name`).
    pub(super) fn describe(self) -> &'static str {
        match self {
            Kind::Name => "name",
            Kind::Attribute => "attribute",
            Kind::Subscript => "subscript",
            Kind::Starred => "starred",
            Kind::List => "list",
            Kind::Tuple => "tuple",
            Kind::Lambda => "lambda",
            Kind::Call => "function call",
            Kind::Operation => "expression",
            Kind::Generator => "generator expression",
            Kind::Yield => "yield expression",
            Kind::Await => "await expression",
            Kind::ListComp => "list comprehension",
            Kind::SetComp => "set comprehension",
            Kind::DictComp => "dict comprehension",
            Kind::Dict => "dict literal",
            Kind::Set => "set display",
            Kind::FString => "f-string expression",
            Kind::TString => "t-string expression",
            Kind::None => "None",
            Kind::True => "True",
            Kind::False => "False",
            Kind::Ellipsis => "ellipsis",
            Kind::Literal | Kind::Bytes => "literal",
            Kind::Compare | Kind::CompareIn => "comparison",
            Kind::Conditional => "conditional expression",
            Kind::Walrus => "named expression",
            Kind::Other | Kind::Comprehension | Kind::Arguments | Kind::ArgumentsUnpacked => "expression",
        }
    }
}

/// What a target is for: deleting and `for` have rules of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TargetUse {
    Assign,
    For,
    Delete,
}

#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) kind: Kind,
    pub(super) span: Span,
    /// The first token of the node.
    pub(super) token: usize,
    pub(super) children: Vec<Id>,
}
