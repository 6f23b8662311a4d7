//! The bodies of the instructions, one file for each family.
//!
//! A body is a function over [`Regs`](crate::eval::Regs) that is inlined into its line of the loop. It takes its
//! operands off the stack into owned values first, so that they are given back on every way out. A body that calls a
//! Python function returns the new frame and leaves the rest to the loop.

pub mod attributes;
pub mod binary;
pub mod calls;
pub mod classes;
pub mod compare;
pub mod containers;
pub mod exceptions;
pub mod formatting;
pub mod generators;
pub mod globals;
pub mod imports;
pub mod intrinsics;
pub mod iteration;
pub mod jumps;
pub mod loads_stores;
pub mod matching;
pub mod variables;

use crate::frame::Frame;

/// What a body that may enter a Python function gives back: the frame to enter, or null.
pub type Enter = krait_object::Result<*mut Frame>;

/// Nothing to enter.
pub const STAY: *mut Frame = core::ptr::null_mut();
