//! `#[pyfn("SIGNATURE")]`: makes a Python function or method of a plain Rust function.
//!
//! The signature is the text that becomes `__text_signature__`; the macro reads it, chooses the calling convention, and
//! writes beside the untouched function a module of the same name with the constant `DEF`, an entry for a method
//! table. What CPython's Argument Clinic does; the run-time part is `krait_object::args`.
//!
//! Invariant: the macro only parses arguments and writes one wrapper. It emits no unsafe code and collects nothing: the
//! method tables are written by hand where they can be read.

mod expand;
mod signature;

use proc_macro::TokenStream;

/// Makes a Python function of the Rust function below it. See the crate's documentation of `expand` for the rules.
///
/// ```ignore
/// /// Split the string.
/// #[pyfn("split($self, /, sep=None, maxsplit=-1)")]
/// fn split(s: &Str, sep: Option<&Object>, maxsplit: isize) -> Result<Ref<List>> { .. }
///
/// static METHODS: &[MethodDef] = &[split::DEF, MethodDef::SENTINEL];
/// ```
///
/// Parameters
/// - `$self`, `$type` or `$module` first: the Rust function's first parameter takes it. Functions of modules may leave
///   `$module` out; then it is not passed, but still shown in `__text_signature__`.
/// - a parameter with default `None`: absent and Python's `None` both arrive as Rust `None` in an `Option`; a parameter
///   that is no `Option` gets the object `None`.
/// - a parameter with a number, string or boolean as default: that Rust literal, or `None` (absent) in an `Option`.
/// - any other default, such as `<unrepresentable>`: an `Option` that is `None` when absent.
/// - `*args` takes `Args<'_>`, `**kwargs` takes `Kwargs<'_>`.
///
/// Flags after the signature: `class`, `static`, `coexist`; `nosig` (documentation without signature); `raw` (the
/// function takes `(self, args: &[&Object], kwnames: Option<&Tuple>)`, with or without `self`; keyword values are the
/// last of `args`).
#[proc_macro_attribute]
pub fn pyfn(attribute: TokenStream, item: TokenStream) -> TokenStream {
    expand::pyfn(attribute.into(), item.into()).unwrap_or_else(|e| e.to_compile_error()).into()
}
