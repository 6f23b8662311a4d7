//! The module `_warnings`: what importlib calls before the library's `warnings` is there. CPython: `Python/_warnings.c`.
//!
//! Filters, registries and formatting are the library's own (`_py_warnings`), which takes over everything that this module
//! does not have.

use krait_macros::pyfn;
use krait_object::module::ModuleDef;
use krait_object::{Int, MethodDef, Object, Result, id, none};

/// The module.
pub static MODULE: ModuleDef = ModuleDef::new(c"_warnings")
    .doc(c"Low-level interface to warnings functionality.")
    .methods(&[warn::DEF, MethodDef::SENTINEL]);

/// Issue a warning, or maybe ignore it or raise an exception.
#[pyfn("warn(message, category=None, stacklevel=1, source=None)")]
fn warn(message: &Object, category: Option<&Object>, stacklevel: isize, source: Option<&Object>) -> Result {
    let library = crate::import::import_name("_py_warnings")?;
    let level = Int::from_i64(stacklevel as i64);
    let category = category.unwrap_or(none());
    library.call_method(id!("warn"), &[message, category, &level, source.unwrap_or(none())])
}
