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
pub const HASH: &str = env!("KRAIT_STDLIB_HASH");

/// The embedded library.
static ARCHIVE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/library.bin"));
