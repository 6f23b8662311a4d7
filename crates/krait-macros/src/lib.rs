//! temporary
use proc_macro::TokenStream;
use quote::quote;
#[proc_macro_attribute]
pub fn pyfn(_attr: TokenStream, item: TokenStream) -> TokenStream {
    let f: syn::ItemFn = syn::parse(item).unwrap();
    let name = &f.sig.ident;
    let vis=&f.vis;
    quote! { #[allow(dead_code)] #f #vis mod #name { pub const DEF: ::krait_object::MethodDef = ::krait_object::MethodDef::SENTINEL; } }.into()
}
