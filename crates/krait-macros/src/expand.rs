//! What `#[pyfn]` writes: a module beside the function, with the wrapper and the constant `DEF`.

use crate::signature::{Default, Kind, Param, Signature};
use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{ToTokens, quote};
use std::ffi::CString;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::{Error, FnArg, ItemFn, LitStr, Result, Token, Type};

/// The attribute's arguments.
struct Attribute {
    signature: LitStr,
    flags: Vec<Ident>,
}

impl Parse for Attribute {
    fn parse(input: ParseStream) -> Result<Attribute> {
        let signature = input.parse()?;
        let mut flags = Vec::new();
        while input.parse::<Option<Token![,]>>()?.is_some() && !input.is_empty() {
            let flag = input.call(Ident::parse_any)?;
            if !["class", "static", "coexist", "raw", "nosig"].contains(&flag.to_string().as_str()) {
                return Err(Error::new(flag.span(), "expected class, static, coexist, raw or nosig"));
            }
            flags.push(flag);
        }
        Ok(Attribute { signature, flags })
    }
}

impl Attribute {
    fn has(&self, flag: &str) -> bool {
        self.flags.iter().any(|f| f == flag)
    }

    fn error(&self, message: impl std::fmt::Display) -> Error {
        Error::new(self.signature.span(), message)
    }
}

/// The function and its signature.
struct Function {
    attribute: Attribute,
    signature: Signature,
    item: ItemFn,
    /// The Rust function's first parameter takes the receiver.
    takes_self: bool,
}

/// The whole expansion.
pub fn pyfn(attribute: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let attribute: Attribute = syn::parse2(attribute)?;
    let item: ItemFn = syn::parse2(item)?;
    let text = attribute.signature.value();
    let count = item.sig.inputs.len();
    let raw = attribute.has("raw");
    let signature = if raw { Signature::parse_name(&text) } else { Signature::parse(&text) }
        .map_err(|e| attribute.error(e))?;
    let takes_self = if raw { count == 3 } else { signature.receiver.is_some() };
    let expected = if raw { 2 } else { signature.params.len() } + usize::from(takes_self);
    if count != expected {
        let message = format!("the signature asks for {expected} Rust parameters, the function has {count}");
        return Err(Error::new(item.sig.ident.span(), message));
    }
    let function = Function { attribute, signature, item, takes_self };
    let wrapper = if raw { function.raw() } else { function.wrapper()? };
    Ok(function.module(wrapper))
}

/// A wrapper: the constructor of `MethodDef`, and the implementation that it is generic over.
struct Wrapper {
    constructor: Ident,
    implementation: TokenStream,
}

impl Function {
    fn module(&self, wrapper: Wrapper) -> TokenStream {
        let Wrapper { constructor, implementation } = wrapper;
        let item = &self.item;
        let name = c_string(&self.signature.name);
        let doc = c_string(&self.doc());
        let flags = self.flags();
        let (module, vis) = (&item.sig.ident, &item.vis);
        let cfgs = item.attrs.iter().filter(|a| a.path().is_ident("cfg"));
        quote! {
            #item
            #(#cfgs)*
            #[allow(clippy::all, unused, missing_docs, reason = "written by pyfn")]
            #vis mod #module {
                pub struct Call;
                #implementation
                pub const DEF: ::krait_object::MethodDef =
                    ::krait_object::MethodDef::#constructor::<Call>(#name, #doc, #flags);
            }
        }
    }

    fn flags(&self) -> TokenStream {
        let flags = ["class", "static", "coexist"].into_iter().filter(|f| self.attribute.has(f)).map(|f| {
            let flag = ident(&f.to_uppercase());
            quote!(::krait_object::defs::meth::#flag)
        });
        let flags: Vec<_> = flags.collect();
        if flags.is_empty() { quote!(0) } else { quote!(#(#flags)|*) }
    }

    /// `ml_doc`: signature line and the doc comment.
    fn doc(&self) -> String {
        let mut lines = Vec::new();
        for attr in self.item.attrs.iter().filter(|a| a.path().is_ident("doc")) {
            if let syn::Meta::NameValue(pair) = &attr.meta
                && let syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) = &pair.value
            {
                let text = text.value();
                lines.push(text.strip_prefix(' ').unwrap_or(&text).to_string());
            }
        }
        let text = lines.join("\n");
        if self.attribute.has("nosig") {
            return text;
        }
        format!("{}\n--\n\n{text}", self.signature.text(self.attribute.has("static")))
    }

    fn raw(&self) -> Wrapper {
        let function = self.path();
        let receiver = self.receiver();
        Wrapper {
            constructor: ident("keywords"),
            implementation: quote! {
                impl ::krait_object::args::Keywords for Call {
                    #[inline(always)]
                    fn call<'a>(
                        slf: &'a ::krait_object::Object,
                        args: &'a [&'a ::krait_object::Object],
                        nargs: usize,
                        kwnames: Option<&'a ::krait_object::Tuple>,
                    ) -> ::krait_object::Result {
                        ::krait_object::args::IntoResult::into_result(#function(#receiver args, kwnames))
                    }
                }
            },
        }
    }

    fn wrapper(&self) -> Result<Wrapper> {
        let params = &self.signature.params;
        match params.as_slice() {
            [] => Ok(self.no_args()),
            [only] if only.kind == Kind::PositionalOnly && only.default.is_none() => Ok(self.one_arg()),
            _ if params.iter().all(|p| matches!(p.kind, Kind::PositionalOnly | Kind::Args)) => {
                self.positional()
            }
            _ => self.keywords(),
        }
    }

    fn no_args(&self) -> Wrapper {
        let (function, receiver) = (self.path(), self.receiver());
        Wrapper {
            constructor: ident("no_args"),
            implementation: quote! {
                impl ::krait_object::args::NoArgs for Call {
                    #[inline(always)]
                    fn call<'a>(slf: &'a ::krait_object::Object) -> ::krait_object::Result {
                        ::krait_object::args::IntoResult::into_result(#function(#receiver))
                    }
                }
            },
        }
    }

    fn one_arg(&self) -> Wrapper {
        let (function, receiver) = (self.path(), self.receiver());
        let place = quote!(::krait_object::args::Place::Only);
        let value = self.convert(place, quote!(arg));
        Wrapper {
            constructor: ident("one_arg"),
            implementation: quote! {
                impl ::krait_object::args::OneArg for Call {
                    #[inline(always)]
                    fn call<'a>(
                        slf: &'a ::krait_object::Object,
                        arg: &'a ::krait_object::Object,
                    ) -> ::krait_object::Result {
                        ::krait_object::args::IntoResult::into_result(#function(#receiver #value))
                    }
                }
            },
        }
    }

    fn positional(&self) -> Result<Wrapper> {
        let (function, receiver) = (self.path(), self.receiver());
        let name = &self.signature.name;
        let max = self.signature.count(|p| p.kind == Kind::PositionalOnly);
        let min = self.signature.count(|p| p.kind == Kind::PositionalOnly && p.default.is_none());
        let varargs = self.signature.params.iter().any(|p| p.kind == Kind::Args);
        let limit = if varargs { quote!(usize::MAX) } else { quote!(#max) };
        let mut values = Vec::new();
        for (index, param) in self.signature.params.iter().enumerate() {
            values.push(match param.kind {
                Kind::Args => {
                    quote!(::krait_object::args::Args::new(args.get(#index..).unwrap_or(&[])))
                }
                _ => self.value(index, param, quote!(args.get(#index).copied()))?,
            });
        }
        Ok(Wrapper {
            constructor: ident("positional"),
            implementation: quote! {
                impl ::krait_object::args::Positional for Call {
                    #[inline(always)]
                    fn call<'a>(
                        slf: &'a ::krait_object::Object,
                        args: &'a [&'a ::krait_object::Object],
                    ) -> ::krait_object::Result {
                        ::krait_object::args::check_positional(#name, args.len(), #min, #limit)?;
                        ::krait_object::args::IntoResult::into_result(#function(#receiver #(#values),*))
                    }
                }
            },
        })
    }

    fn keywords(&self) -> Result<Wrapper> {
        let (function, receiver) = (self.path(), self.receiver());
        let signature = &self.signature;
        let name = &signature.name;
        let positional = |p: &Param| matches!(p.kind, Kind::PositionalOnly | Kind::Positional);
        let posonly = signature.count(|p| p.kind == Kind::PositionalOnly);
        let maxpos = signature.count(positional);
        let minpos = signature.count(|p| positional(p) && p.default.is_none());
        let minkw = signature.count(|p| p.kind == Kind::KeywordOnly && p.default.is_none());
        let varargs = signature.params.iter().any(|p| p.kind == Kind::Args);
        let varkw = signature.params.iter().any(|p| p.kind == Kind::Kwargs);
        let named = |p: &&Param| matches!(p.kind, Kind::Positional | Kind::KeywordOnly);
        let names: Vec<_> = signature.params.iter().filter(named).map(|p| &p.name).collect();
        let (keywords, total) = (names.len(), names.len() + posonly);
        let mut values = Vec::new();
        let mut index = 0;
        for param in &signature.params {
            values.push(match param.kind {
                Kind::Args => quote!(::krait_object::args::Args::new(SPEC.rest(args, nargs))),
                Kind::Kwargs => {
                    quote!(::krait_object::args::Kwargs::new(&SPEC, kwnames, &args[nargs..]))
                }
                _ => {
                    index += 1;
                    let at = index - 1;
                    self.value(at, param, quote!(bound.get(#at).copied().flatten()))?
                }
            });
        }
        Ok(Wrapper {
            constructor: ident("keywords"),
            implementation: quote! {
                impl ::krait_object::args::Keywords for Call {
                    #[inline(always)]
                    fn call<'a>(
                        slf: &'a ::krait_object::Object,
                        args: &'a [&'a ::krait_object::Object],
                        nargs: usize,
                        kwnames: Option<&'a ::krait_object::Tuple>,
                    ) -> ::krait_object::Result {
                        static INTERNED: [::krait_object::str::intern::Cached; #keywords] =
                            [const { ::krait_object::str::intern::Cached::new() }; #keywords];
                        static SPEC: ::krait_object::args::ParamSpec = ::krait_object::args::ParamSpec {
                            function: #name,
                            keywords: &[#(#names),*],
                            interned: &INTERNED,
                            posonly: #posonly,
                            minpos: #minpos,
                            maxpos: #maxpos,
                            minkw: #minkw,
                            varargs: #varargs,
                            varkw: #varkw,
                        };
                        let mut buffer = [None; #total];
                        let bound = SPEC.bind(args, nargs, kwnames, &mut buffer)?;
                        ::krait_object::args::IntoResult::into_result(#function(#receiver #(#values),*))
                    }
                }
            },
        })
    }

    /// The expression that makes the Rust value of a parameter from `argument`, an `Option<&Object>`.
    fn value(&self, index: usize, param: &Param, argument: TokenStream) -> Result<TokenStream> {
        let place = match param.kind {
            Kind::PositionalOnly => {
                let number = index + 1;
                quote!(::krait_object::args::Place::Index(#number))
            }
            _ => {
                let name = &param.name;
                quote!(::krait_object::args::Place::Name(#name))
            }
        };
        let present = self.convert(place, quote!(value));
        let ty = self.rust_type(param);
        let optional = ty.is_some_and(|t| is_named(t, "Option"));
        let absent = match &param.default {
            None => quote!(return Err(::krait_object::args::missing())),
            Some(_) if optional => quote!(None),
            Some(Default::None) => {
                let none = quote!(::krait_object::none());
                self.convert(quote!(::krait_object::args::Place::Only), none)
            }
            Some(default) => literal(default, ty).ok_or_else(|| {
                self.attribute.error(format!("parameter `{}` must be an Option for this default", param.name))
            })?,
        };
        let present = match &param.default {
            Some(Default::None) | None => present,
            Some(_) if optional => quote!(Some(#present)),
            Some(_) => present,
        };
        Ok(quote!(match #argument { Some(value) => #present, None => #absent }))
    }

    fn convert(&self, place: TokenStream, value: TokenStream) -> TokenStream {
        let name = &self.signature.name;
        quote! {
            ::krait_object::args::FromArg::from_arg(
                #value,
                &::krait_object::args::ArgContext { function: #name, place: #place },
            )?
        }
    }

    /// The Rust type of a parameter.
    fn rust_type(&self, param: &Param) -> Option<&Type> {
        let index = self.signature.params.iter().position(|p| p.name == param.name)?;
        match self.item.sig.inputs.iter().nth(index + usize::from(self.takes_self))? {
            FnArg::Typed(typed) => Some(&typed.ty),
            FnArg::Receiver(_) => None,
        }
    }

    fn path(&self) -> TokenStream {
        let name = &self.item.sig.ident;
        quote!(super::#name)
    }

    fn receiver(&self) -> TokenStream {
        if self.takes_self { quote!(::krait_object::args::FromSelf::from_self(slf),) } else { quote!() }
    }
}

/// The Rust literal of a default, fitting the type where the type tells.
fn literal(default: &Default, ty: Option<&Type>) -> Option<TokenStream> {
    let float = ty.is_some_and(|t| is_named(t, "f64"));
    Some(match default {
        Default::Bool(value) => quote!(#value),
        Default::Int(value) if float => {
            signed(Literal::f64_unsuffixed(value.unsigned_abs() as f64), *value < 0)
        }
        Default::Int(value) => signed(Literal::u128_unsuffixed(value.unsigned_abs()), *value < 0),
        Default::Float(value) => signed(Literal::f64_unsuffixed(value.abs()), *value < 0.0),
        Default::Str(text) if ty.is_some_and(|t| is_named(t, "Str")) => quote!(::krait_object::id!(#text)),
        Default::Str(text) if ty.is_some_and(|t| is_named(t, "char")) => {
            let char = text.chars().next()?;
            quote!(#char)
        }
        Default::Str(text) => quote!(#text),
        Default::None | Default::Other => return None,
    })
}

fn signed(literal: Literal, negative: bool) -> TokenStream {
    if negative { quote!(-#literal) } else { literal.to_token_stream() }
}

/// Is the type (behind references) a path that ends in `name`?
fn is_named(ty: &Type, name: &str) -> bool {
    match ty {
        Type::Reference(reference) => is_named(&reference.elem, name),
        Type::Path(path) => path.path.segments.last().is_some_and(|s| s.ident == name),
        _ => false,
    }
}

fn ident(name: &str) -> Ident {
    Ident::new(name, Span::call_site())
}

fn c_string(text: &str) -> Literal {
    Literal::c_string(&CString::new(text.replace('\0', "")).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expansion(attribute: TokenStream, item: TokenStream) -> String {
        pyfn(attribute, item).unwrap().to_string().replace(' ', "")
    }

    #[test]
    fn conventions() {
        let of = |signature: &str, item: TokenStream| expansion(quote!(#signature), item);
        assert!(
            of(
                "f()",
                quote!(
                    fn f() {}
                )
            )
            .contains("MethodDef::no_args::<Call>")
        );
        assert!(
            of(
                "f($self,a,/)",
                quote!(
                    fn f(s: &List, a: &Object) {}
                )
            )
            .contains("one_arg::<Call>")
        );
        assert!(
            of(
                "f(a=1,/)",
                quote!(
                    fn f(a: i32) {}
                )
            )
            .contains("positional::<Call>")
        );
        assert!(
            of(
                "f(*a)",
                quote!(
                    fn f(a: Args<'_>) {}
                )
            )
            .contains("positional::<Call>")
        );
        assert!(
            of(
                "f(a)",
                quote!(
                    fn f(a: i32) {}
                )
            )
            .contains("keywords::<Call>")
        );
        let raw = quote!("f(...)", raw, static);
        let raw = expansion(
            raw,
            quote!(
                fn f(a: &[&Object], k: Option<&Tuple>) {}
            ),
        );
        assert!(raw.contains("super::f(args,kwnames)"));
        assert!(raw.contains("meth::STATIC"));
    }

    #[test]
    fn documentation() {
        let item = quote! {
            /// First.
            ///
            /// Second.
            fn r#in(list: &List, object: &Object) {}
        };
        let text = expansion(quote!("append($self, object, /)", class), item);
        assert!(text.contains(r#"c"append($self,object,/)\n--\n\nFirst.\n\nSecond.""#), "{text}");
        assert!(text.contains("modr#in{"));
        assert!(text.contains("super::r#in("));
    }

    #[test]
    fn defaults() {
        let item = quote!(
            fn f(a: Option<&Object>, b: isize, c: &str, d: Option<&Object>, e: f64, g: &Object) {}
        );
        let text = expansion(quote!("f(a=None, b=-1, c='x', d=<unrepresentable>, e=0, g=None)"), item);
        assert!(text.contains("None=>-1}"));
        assert!(text.contains("None=>\"x\"}"));
        assert!(text.contains("None=>0.0}"));
        assert!(text.contains("Some(value)=>Some(::krait_object::args::FromArg::from_arg("));
        assert!(text.contains("None=>::krait_object::args::FromArg::from_arg(::krait_object::none(),"));
        assert!(text.contains("Place::Name(\"a\")"));
    }

    #[test]
    fn mistakes() {
        assert!(
            pyfn(
                quote!("f(a)"),
                quote!(
                    fn f() {}
                )
            )
            .is_err()
        );
        assert!(
            pyfn(
                quote!("f(a)", wrong),
                quote!(
                    fn f(a: i32) {}
                )
            )
            .is_err()
        );
        assert!(
            pyfn(
                quote!("f(a=<x>)"),
                quote!(
                    fn f(a: i32) {}
                )
            )
            .is_err()
        );
    }
}
