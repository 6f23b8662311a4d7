//! Bounds the recursion over syntax trees.
//!
//! A tree is as deep as its author made it, so each pass counts its depth, and continues on a fresh piece of stack when
//! the native one runs short. CPython compares the machine's stack pointer with a limit instead.

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
