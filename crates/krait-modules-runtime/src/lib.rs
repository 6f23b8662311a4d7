//! Native modules about the running program: abstract classes, weak references, codecs, exit functions, system errors.
//!
//! One module of Python per file; each has its [`ModuleDef`] beside its functions. Depends on the object model only.

pub mod abc;
pub mod atexit;
pub mod codecs;
pub mod errno;
pub mod string;
pub mod weakref;

use krait_object::module::ModuleDef;

/// Every module of this crate.
pub static MODULES: &[&ModuleDef] =
    &[&abc::MODULE, &atexit::MODULE, &codecs::MODULE, &errno::MODULE, &string::MODULE, &weakref::MODULE];
