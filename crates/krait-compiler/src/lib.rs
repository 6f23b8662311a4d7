//! krait-compiler: from the syntax tree to [`Code`]: symbol table, code generation, control-flow graph and assembly.
//!
//! [`compile`] does it all; the stages are callable on their own for tests and for modules that show them to Python.
#![forbid(unsafe_code)]

pub mod assemble;
mod codegen;
pub mod constants;
mod depth;
pub mod docstring;
pub mod error;
pub mod flowgraph;
mod format;
pub mod future;
pub mod instruction_sequence;
pub mod options;
pub mod preprocess;
pub mod pyrepr;
pub mod symtable;
pub mod unit;
pub mod unparse;

use std::rc::Rc;

use krait_ast::Mod;
use krait_bytecode::Code;

pub use error::{CompileError, ErrorKind, Place, Result, WarnFn, Warning, WarningRefused};
pub use options::{CompileOptions, PYCF_ALLOW_TOP_LEVEL_AWAIT};

/// Compiles a tree, which stays as it is. What kind of code comes out follows from the tree: a module, an interactive
/// statement or an expression.
pub fn compile<'w>(module: &Mod, options: &CompileOptions, warn: &'w mut WarnFn<'w>) -> Result<Rc<Code>> {
    compile_owned(depth::copy(module)?, options, warn)
}

/// Like [`compile`] for a tree that nobody needs afterwards.
pub fn compile_owned<'w>(
    mut module: Mod,
    options: &CompileOptions,
    warn: &'w mut WarnFn<'w>,
) -> Result<Rc<Code>> {
    let futures = future::from_ast(&module)?;
    let features = options.flags | futures.features;
    preprocess::preprocess(&mut module, options.optimize, features, false, &mut *warn)?;
    let table = symtable::build(&module, features)?;
    codegen::generate(&module, &table, options, features, futures.last, warn)
}
