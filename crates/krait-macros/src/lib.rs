//! `#[pyfn]`: a Rust function becomes an entry of a method table.
//!
//! The attribute's text is the Python signature, exactly what becomes `__text_signature__`. Beside the untouched
//! function the macro writes a module of the same name with `pub const DEF: MethodDef`, so that method tables are
//! visible data: `&[append::DEF, pop::DEF, MethodDef::SENTINEL]`. It only parses arguments and converts the result;
//! what is called, and in which order, is decided where the table is.
//!
//! Rules: the first parameter `$self`, `$module` or `$type` is the receiver. An absent parameter becomes its default:
//! numbers, strings and booleans as Rust literals, everything else `None` of an `Option`. Where the default text is
//! `None` and the Rust type is `Option`, a Python None arrives as `None` too. `*args` is `Args<'_>`, `**kwargs` is
//! `Kwargs<'_>`. Flags: `class`, `static`, `coexist`, `raw` (takes `(&Object, &[&Object], Option<&Tuple>)`), `nosig`
//! (no signature line in the documentation).

mod signature;
mod wrapper;

use proc_macro::TokenStream;
use quote::quote;
use syn::parse::{Parse, ParseStream};
use syn::{Ident, ItemFn, LitStr, Token, parse_macro_input};

/// The attribute's arguments.
struct Attribute {
    text: LitStr,
    flags: Vec<String>,
}

impl Parse for Attribute {
    fn parse(input: ParseStream<'_>) -> syn::Result<Attribute> {
        let text: LitStr = input.parse()?;
        let mut flags = Vec::new();
        while input.peek(Token![,]) {
            input.parse::<Token![,]>()?;
            if input.is_empty() {
                break;
            }
            if input.peek(Token![static]) {
                input.parse::<Token![static]>()?;
                flags.push("static".to_owned());
            } else {
                flags.push(input.parse::<Ident>()?.to_string());
            }
        }
        Ok(Attribute { text, flags })
    }
}

/// See the crate's documentation.
#[proc_macro_attribute]
pub fn pyfn(attribute: TokenStream, item: TokenStream) -> TokenStream {
    let attribute = parse_macro_input!(attribute as Attribute);
    let function = parse_macro_input!(item as ItemFn);
    let parsed = match signature::parse(&attribute.text) {
        Ok(parsed) => parsed,
        Err(error) => return error.to_compile_error().into(),
    };
    match wrapper::write(&parsed, &attribute.flags, &function) {
        Ok(module) => quote!(#function #module).into(),
        Err(error) => error.to_compile_error().into(),
    }
}
