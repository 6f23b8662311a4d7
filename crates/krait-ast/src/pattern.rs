//! Patterns of the `match` statement.

use crate::{Constant, Expr, Name, Range};

#[derive(Debug, Clone)]
pub struct Pattern {
    pub node: PatternKind,
    pub range: Range,
}

#[derive(Debug, Clone)]
pub enum PatternKind {
    MatchValue {
        value: Box<Expr>,
    },
    MatchSingleton {
        value: Constant,
    },
    MatchSequence {
        patterns: Vec<Pattern>,
    },
    MatchMapping {
        keys: Vec<Expr>,
        patterns: Vec<Pattern>,
        rest: Option<Name>,
    },
    MatchClass {
        cls: Box<Expr>,
        patterns: Vec<Pattern>,
        kwd_attrs: Vec<Name>,
        kwd_patterns: Vec<Pattern>,
    },
    MatchStar {
        name: Option<Name>,
    },
    /// Without a pattern a capture, without a name too the wildcard.
    MatchAs {
        pattern: Option<Box<Pattern>>,
        name: Option<Name>,
    },
    MatchOr {
        patterns: Vec<Pattern>,
    },
}
