//! The native modules that the interpreter cannot start without, and its start and end.
//!
//! One file or folder a module. Each reads like its Python stub: documentation, signature, body; the method table is
//! beside them. May depend on the object model and the VM.
//!
//! - `builtins`, `sys`, `marshal`, `imp`, `itertools`: modules
//! - `import`: the native side of the import system
//! - `config`: what a start was asked for
//! - `lifecycle`: start and end of the interpreter

pub mod builtins;
pub mod config;
pub mod imp;
pub mod import;
pub mod itertools;
pub mod lifecycle;
pub mod marshal;
pub mod sys;
pub mod warnings;

/// The native modules of this crate, but for `sys` and `builtins`, which are made at start.
pub static MODULES: &[&krait_object::module::ModuleDef] =
    &[&imp::MODULE, &itertools::MODULE, &marshal::MODULE, &warnings::MODULE];
