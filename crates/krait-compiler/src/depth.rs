//! Bounds the recursion over syntax trees.
//!
//! A tree is as deep as its author made it, so each pass counts its depth, and continues on a fresh piece of stack when
//! the native one runs short. CPython compares the machine's stack pointer with a limit instead.

use krait_ast::visitor::{Visitor, walk_expr, walk_mod, walk_pattern, walk_stmt};
use krait_ast::{Expr, Mod, Pattern, Stmt};

use crate::error::{CompileError, Result};

/// Deepest nesting of statements and expressions that is compiled.
const LIMIT: u32 = 30_000;
/// Stack that must be left before a node is visited, and the size of each further piece.
const RED_ZONE: usize = 128 * 1024;
const PIECE: usize = 4 * 1024 * 1024;

/// How deep a pass is in the tree.
#[derive(Debug, Default)]
pub struct Depth(u32);

impl Depth {
    /// Counts one level; every successful call is paired with [`Depth::leave`].
    pub fn enter(&mut self) -> Result {
        if self.0 >= LIMIT {
            return Err(CompileError::too_deep());
        }
        self.0 += 1;
        Ok(())
    }

    pub fn leave(&mut self) {
        self.0 -= 1;
    }
}

/// Calls `f` with enough stack for one more level.
pub fn with_stack<R>(f: impl FnOnce() -> R) -> R {
    stacker::maybe_grow(RED_ZONE, PIECE, f)
}

/// Stack that copying one level of a tree may take.
const COPY_FRAME: usize = 8 * 1024;

/// Finds the deepest nesting, as far as the limit.
#[derive(Default)]
struct Measure {
    depth: Depth,
    deepest: u32,
    too_deep: bool,
}

impl Measure {
    fn level(&mut self, walk: impl FnOnce(&mut Self)) {
        if self.too_deep || self.depth.enter().is_err() {
            self.too_deep = true;
            return;
        }
        self.deepest = self.deepest.max(self.depth.0);
        with_stack(|| walk(self));
        self.depth.leave();
    }
}

impl Visitor for Measure {
    fn visit_stmt(&mut self, stmt: &Stmt) {
        self.level(|m| walk_stmt(m, stmt));
    }

    fn visit_expr(&mut self, expr: &Expr) {
        self.level(|m| walk_expr(m, expr));
    }

    fn visit_pattern(&mut self, pattern: &Pattern) {
        self.level(|m| walk_pattern(m, pattern));
    }
}

/// A copy of a tree that is not too deep to be compiled.
pub fn copy(module: &Mod) -> Result<Mod> {
    let mut measure = Measure::default();
    walk_mod(&mut measure, module);
    if measure.too_deep {
        return Err(CompileError::too_deep());
    }
    let needed = (measure.deepest as usize + 16) * COPY_FRAME;
    Ok(stacker::maybe_grow(needed, needed, || module.clone()))
}
