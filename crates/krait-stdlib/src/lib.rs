//! The pure-Python standard library: embedded in the program, unpacked once for each user, and found at start-up.
//!
//! - `archive`: the embedded form
//! - `unpack`: unpacking into the cache folder, safely against other processes
//! - `locate`: which library a start uses, and the prefixes and module search path that follow (CPython:
//!   `Modules/getpath.py`)
//!
//! May depend on `krait-bytecode` and `krait-compiler` at build time only: the program carries finished data.
#![forbid(unsafe_code)]

mod archive;
mod locate;
mod unpack;

pub use locate::{Environment, Prefixes, locate};

/// The folder of the library below a prefix.
pub const LIBRARY: &str = "lib/python3.14";

/// Names the embedded library by its content.
pub const NAME: &str = env!("KRAIT_STDLIB_NAME");

/// A module whose code is in the program (CPython: `struct _frozen`).
#[derive(Clone, Copy, Debug)]
pub struct Frozen {
    pub name: &'static str,
    /// The module that the code is of (`__origname__`); one that begins with `<` is a package's `__init__`.
    pub origin: Option<&'static str>,
    pub package: bool,
    pub group: FrozenGroup,
    /// The marshalled code object.
    pub code: &'static [u8],
}

/// When a frozen module is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrozenGroup {
    /// Always: the import system is made of these.
    Bootstrap,
    /// Unless `-X frozen_modules=off`.
    Library,
    /// As `Library`; only tests of the import system use them.
    Test,
}

/// All frozen modules, in the order of `_imp._frozen_module_names()`.
pub static FROZEN: &[Frozen] = include!(concat!(env!("OUT_DIR"), "/frozen.rs"));

/// The frozen module of a name.
pub fn frozen(name: &str) -> Option<&'static Frozen> {
    FROZEN.iter().find(|module| module.name == name)
}

/// The embedded library.
static ARCHIVE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/library.bin"));
