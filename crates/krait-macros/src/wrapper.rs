//! The C-ABI wrapper around the Rust function.

use crate::signature::{Kind, Param, Signature};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};
use syn::{Expr, FnArg, ItemFn, Lit, LitCStr, Meta, Type};

/// The module with the table entry of a function.
pub fn write(signature: &Signature, flags: &[String], function: &ItemFn) -> syn::Result<TokenStream> {
    let name = &function.sig.ident;
    let vis = &function.vis;
    let has = |flag: &str| flags.iter().any(|f| f == flag);
    for flag in flags {
        if !["class", "static", "coexist", "raw", "nosig"].contains(&flag.as_str()) {
            return Err(syn::Error::new(name.span(), format!("unknown flag {flag}")));
        }
    }
    let (wrapper, field, convention) =
        if has("raw") { raw_wrapper(name) } else { typed_wrapper(signature, function)? };
    let mut meth = convention;
    for (flag, value) in [("class", 16), ("static", 32), ("coexist", 64)] {
        if has(flag) {
            meth |= value;
        }
    }
    let python_name = cstr(&signature.name)?;
    let doc = cstr(&documentation(signature, function, has("nosig")))?;
    Ok(quote! {
        #[doc(hidden)]
        #[allow(clippy::all, reason = "generated")]
        #vis mod #name {
            #[allow(unused_imports, reason = "types of the function's parameters")]
            use super::*;
            #wrapper
            /// The method table entry.
            pub const DEF: ::krait_object::MethodDef = ::krait_object::MethodDef::new(
                #python_name,
                ::krait_object::defs::MethodPtr { #field: wrapper },
                #meth,
                #doc,
            );
        }
    })
}

fn cstr(text: &str) -> syn::Result<LitCStr> {
    let owned = std::ffi::CString::new(text)
        .map_err(|_| syn::Error::new(Span::call_site(), "zero byte in documentation"))?;
    Ok(LitCStr::new(&owned, Span::call_site()))
}

fn documentation(signature: &Signature, function: &ItemFn, nosig: bool) -> String {
    let mut lines = Vec::new();
    for attribute in function.attrs.iter().filter(|a| a.path().is_ident("doc")) {
        if let Meta::NameValue(pair) = &attribute.meta {
            if let Expr::Lit(literal) = &pair.value {
                if let Lit::Str(text) = &literal.lit {
                    let line = text.value();
                    lines.push(line.strip_prefix(' ').unwrap_or(&line).to_owned());
                }
            }
        }
    }
    let text = lines.join("\n");
    if nosig { text } else { format!("{}{}\n--\n\n{text}", signature.name, signature.text) }
}

fn raw_wrapper(name: &Ident) -> (TokenStream, Ident, i32) {
    let wrapper = quote! {
        unsafe extern "C" fn wrapper(
            slf: &::krait_object::Object,
            args: *const *mut ::krait_object::Object,
            nargs: isize,
            kwnames: Option<&::krait_object::Tuple>,
        ) -> ::krait_object::Result {
            // SAFETY: METH_FASTCALL | METH_KEYWORDS: `args` has the positional and keyword values.
            let args = unsafe { ::krait_object::args::with_keywords(args, nargs, kwnames) };
            ::krait_object::args::IntoResult::into_result(super::#name(slf, args, kwnames))
        }
    };
    (wrapper, format_ident!("fast_keywords"), 128 | 2)
}

/// The Rust types of the function's parameters.
fn types(function: &ItemFn) -> Vec<&Type> {
    let typed = |arg| match arg {
        &FnArg::Typed(ref pattern) => Some(&*pattern.ty),
        FnArg::Receiver(_) => None,
    };
    function.sig.inputs.iter().filter_map(typed).collect()
}

fn is_option(ty: &Type) -> bool {
    matches!(ty, Type::Path(path) if path.path.segments.last().is_some_and(|s| s.ident == "Option"))
}

/// The Rust value of an absent parameter.
fn default_value(default: &str, ty: &Type) -> TokenStream {
    if is_option(ty) {
        return quote!(None);
    }
    match default {
        "None" => quote!(::krait_object::none()),
        "True" => quote!(true),
        "False" => quote!(false),
        _ => {
            let quoted = default.len() >= 2
                && (default.starts_with('\'') && default.ends_with('\'')
                    || default.starts_with('"') && default.ends_with('"'));
            if quoted {
                let text = unescape(&default[1..default.len() - 1]);
                return quote!(#text);
            }
            match default.parse::<TokenStream>() {
                Ok(tokens) => tokens,
                Err(_) => quote!(None),
            }
        }
    }
}

fn unescape(text: &str) -> String {
    text.replace("\\n", "\n").replace("\\t", "\t").replace("\\\\", "\\")
}

/// Converts a present argument.
fn convert(param: &Param, ty: &Type, value: &TokenStream, context: &TokenStream) -> TokenStream {
    let none_is_absent = param.default.as_deref() == Some("None") && is_option(ty);
    if none_is_absent {
        quote!(::krait_object::args::optional(#value, &#context)?)
    } else {
        quote!(::krait_object::args::FromArg::from_arg(#value, &#context)?)
    }
}

fn typed_wrapper(signature: &Signature, function: &ItemFn) -> syn::Result<(TokenStream, Ident, i32)> {
    let types = types(function);
    let expected = signature.params.len() + usize::from(signature.has_receiver);
    if types.len() != expected {
        let message = format!("signature has {expected} parameters, the function {}", types.len());
        return Err(syn::Error::new(function.sig.ident.span(), message));
    }
    let (receiver, types) = if signature.has_receiver {
        let ty = types[0];
        let bind = quote!(let receiver: #ty = ::krait_object::args::FromSelf::from_self(slf););
        (Some((bind, quote!(receiver,))), &types[1..])
    } else {
        (None, &types[..])
    };
    let (bind_self, pass_self) = receiver.unwrap_or_default();
    let name = &function.sig.ident;
    let call = |values: &[Ident]| quote!(::krait_object::args::IntoResult::into_result(super::#name(#pass_self #(#values),*)));
    let params = &signature.params;
    let only_positional = params.iter().all(|p| p.kind == Kind::PositionalOnly);
    let python_name = &signature.name;
    if params.is_empty() {
        let call = call(&[]);
        let wrapper = quote! {
            extern "C" fn wrapper(
                slf: &::krait_object::Object,
                _: Option<&::krait_object::Object>,
            ) -> ::krait_object::Result {
                let _ = slf;
                #bind_self
                #call
            }
        };
        return Ok((wrapper, format_ident!("plain"), 4));
    }
    if let ([param], true) = (params.as_slice(), only_positional && params[0].default.is_none()) {
        let (ty, value) = (types[0], format_ident!("a0"));
        let context =
            quote!(::krait_object::args::ArgContext { function: #python_name, param: "", index: 0 });
        let converted = convert(param, ty, &quote!(arg), &context);
        let call = call(std::slice::from_ref(&value));
        let wrapper = quote! {
            extern "C" fn wrapper(
                slf: &::krait_object::Object,
                arg: Option<&::krait_object::Object>,
            ) -> ::krait_object::Result {
                let _ = slf;
                let arg = arg.unwrap_or(::krait_object::none());
                #bind_self
                let #value: #ty = #converted;
                #call
            }
        };
        return Ok((wrapper, format_ident!("plain"), 8));
    }
    let values: Vec<Ident> = (0..params.len()).map(|i| format_ident!("a{i}")).collect();
    let call = call(&values);
    if only_positional {
        let bindings = positional_bindings(signature, types, &values);
        let (min, max) = (params.iter().filter(|p| p.default.is_none()).count(), params.len());
        let wrapper = quote! {
            unsafe extern "C" fn wrapper(
                slf: &::krait_object::Object,
                args: *const *mut ::krait_object::Object,
                nargs: isize,
            ) -> ::krait_object::Result {
                let _ = slf;
                // SAFETY: METH_FASTCALL: `args` has `nargs` live objects.
                let args = unsafe { ::krait_object::args::slice(args, nargs as usize) };
                if args.len() < #min || args.len() > #max {
                    return Err(::krait_object::args::positional_count(#python_name, args.len(), #min, #max));
                }
                #bind_self
                #bindings
                #call
            }
        };
        return Ok((wrapper, format_ident!("fast"), 128));
    }
    let bindings = keyword_bindings(signature, types, &values);
    let wrapper = quote! {
        unsafe extern "C" fn wrapper(
            slf: &::krait_object::Object,
            args: *const *mut ::krait_object::Object,
            nargs: isize,
            kwnames: Option<&::krait_object::Tuple>,
        ) -> ::krait_object::Result {
            let _ = slf;
            // SAFETY: METH_FASTCALL | METH_KEYWORDS: `args` has the positional and keyword values.
            let args = unsafe { ::krait_object::args::with_keywords(args, nargs, kwnames) };
            #bindings
            #bind_self
            #call
        }
    };
    Ok((wrapper, format_ident!("fast_keywords"), 128 | 2))
}

fn positional_bindings(signature: &Signature, types: &[&Type], values: &[Ident]) -> TokenStream {
    let function = &signature.name;
    let bind = |((index, param), (ty, value)): ((usize, &Param), (&&Type, &Ident))| {
        let position = index + 1;
        let context =
            quote!(::krait_object::args::ArgContext { function: #function, param: "", index: #position });
        let converted = convert(param, ty, &quote!(value), &context);
        match &param.default {
            None => quote! {
                let value = args[#index];
                let #value: #ty = #converted;
            },
            Some(default) => {
                let default = default_value(default, ty);
                quote! {
                    let #value: #ty = match args.get(#index).copied() {
                        Some(value) => #converted,
                        None => #default,
                    };
                }
            }
        }
    };
    signature.params.iter().enumerate().zip(types.iter().zip(values)).map(bind).collect()
}

fn keyword_bindings(signature: &Signature, types: &[&Type], values: &[Ident]) -> TokenStream {
    let function = &signature.name;
    let named: Vec<&Param> =
        signature.params.iter().filter(|p| !matches!(p.kind, Kind::VarArgs | Kind::VarKwargs)).collect();
    let names: Vec<&str> = named.iter().map(|p| p.name.as_str()).collect();
    let count = |kind: Kind| named.iter().filter(|p| p.kind == kind).count();
    let posonly = count(Kind::PositionalOnly);
    let positional = posonly + count(Kind::PositionalOrKeyword);
    let required: Vec<bool> = named.iter().map(|p| p.default.is_none()).collect();
    let varargs = signature.params.iter().any(|p| p.kind == Kind::VarArgs);
    let varkwargs = signature.params.iter().any(|p| p.kind == Kind::VarKwargs);
    let total = named.len();
    let mut out = quote! {
        static SPEC: ::krait_object::args::ParamSpec = ::krait_object::args::ParamSpec {
            function: #function,
            params: &[#(#names),*],
            required: &[#(#required),*],
            posonly: #posonly,
            positional: #positional,
            varargs: #varargs,
            varkwargs: #varkwargs,
        };
        let mut slots: [Option<&::krait_object::Object>; #total] = [None; #total];
        let (extra_args, extra_kwargs) = SPEC.bind(args, kwnames, &mut slots)?;
        let _ = (&extra_args, &extra_kwargs);
    };
    let mut index = 0usize;
    for ((param, ty), value) in signature.params.iter().zip(types).zip(values) {
        match param.kind {
            Kind::VarArgs => out.extend(quote!(let #value: #ty = extra_args;)),
            Kind::VarKwargs => out.extend(quote!(let #value: #ty = extra_kwargs;)),
            kind => {
                let context = if kind == Kind::PositionalOnly {
                    let position = index + 1;
                    quote!(::krait_object::args::ArgContext { function: #function, param: "", index: #position })
                } else {
                    let name = &param.name;
                    quote!(::krait_object::args::ArgContext { function: #function, param: #name, index: 0 })
                };
                let converted = convert(param, ty, &quote!(value), &context);
                let absent = match &param.default {
                    Some(default) => default_value(default, ty),
                    None => quote!(return Err(SPEC.missing(#index))),
                };
                out.extend(quote! {
                    let #value: #ty = match slots[#index] {
                        Some(value) => #converted,
                        None => #absent,
                    };
                });
                index += 1;
            }
        }
    }
    out
}
