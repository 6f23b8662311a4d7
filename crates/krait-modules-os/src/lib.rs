//! Native modules of the operating system: `posix`, `time`, `_thread`, `_signal` and their kin. One file or folder a
//! module.
//!
//! Invariant: whatever may block runs with the GIL released (see [`sys`]), and a call that a signal interrupted lets the
//! Python handlers run before it starts again.

mod posix;
mod signal;
mod sys;
mod thread;
mod time;

use krait_object::module::ModuleDef;

/// The modules of this crate.
pub static MODULES: &[&ModuleDef] = &[&posix::MODULE, &signal::MODULE, &thread::MODULE, &time::MODULE];
