//! Native modules about data: regular expressions, text data, serialisation, checksums.
//!
//! One module of Python per file or folder; each has its [`ModuleDef`] beside its functions. Depends on the object
//! model only.

pub mod hashes;
pub mod sre;
pub mod unicodedata;

use krait_object::module::ModuleDef;

/// Every module of this crate.
pub static MODULES: &[&ModuleDef] =
    &[&sre::MODULE, &unicodedata::MODULE, &hashes::MD5, &hashes::SHA1, &hashes::SHA2];
