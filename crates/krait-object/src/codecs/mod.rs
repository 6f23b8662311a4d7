//! Encoding and decoding of text. CPython: `Python/codecs.c`, the codecs of `Objects/unicodeobject.c`.
//!
//! - this file: the registry of codecs and error handlers, the fast paths by name
//! - `utf8`, `utf16`, `single` (ASCII, Latin-1, charmap), `escape` (unicode-escape and its raw form): the codecs
//! - `handlers`: strict, ignore, replace, ... and calling handlers from codecs
//!
//! A codec works on Rust slices and asks [`handlers::Handler`] what to do where the data does not fit.

pub mod escape;
pub mod handlers;
pub mod single;
pub mod utf16;
pub mod utf8;

use crate::errors::{self, lookup_error, type_error};
use crate::object::Object;
use crate::reference::Ref;
use crate::result::Result;
use crate::str::Str;
use crate::tuple::Tuple;
use crate::{Bytes, Dict, List, id, interp};
use handlers::Handler;

/// The encodings that are built in, by normalised name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Builtin {
    Utf8,
    Latin1,
    Ascii,
    /// Byte order: `None` writes and reads a mark.
    Utf16(Option<bool>),
    Utf32(Option<bool>),
}

/// The name in lower case, with `-` for space and underscore.
fn normalize(name: &str) -> String {
    name.chars().map(|c| if matches!(c, ' ' | '_') { '-' } else { c.to_ascii_lowercase() }).collect()
}

/// The built-in codec with a name, for the paths that need no registry.
pub fn builtin(name: &str) -> Option<Builtin> {
    Some(match normalize(name).as_str() {
        "utf-8" | "utf8" => Builtin::Utf8,
        "latin-1" | "latin1" | "iso-8859-1" | "iso8859-1" => Builtin::Latin1,
        "ascii" | "us-ascii" => Builtin::Ascii,
        "utf-16" | "utf16" => Builtin::Utf16(None),
        "utf-16-le" | "utf-16le" => Builtin::Utf16(Some(true)),
        "utf-16-be" | "utf-16be" => Builtin::Utf16(Some(false)),
        "utf-32" | "utf32" => Builtin::Utf32(None),
        "utf-32-le" | "utf-32le" => Builtin::Utf32(Some(true)),
        "utf-32-be" | "utf-32be" => Builtin::Utf32(Some(false)),
        _ => return None,
    })
}

/// `text.encode(encoding, errors)`.
pub fn encode_text(text: &Str, encoding: &str, errors: &str) -> Result {
    let handler = Handler::new(errors);
    let bytes = match builtin(encoding) {
        Some(Builtin::Utf8) => utf8::encode(text, &handler)?,
        Some(Builtin::Latin1) => single::encode(text, &handler, 256)?,
        Some(Builtin::Ascii) => single::encode(text, &handler, 128)?,
        Some(Builtin::Utf16(order)) => utf16::encode16(text, &handler, order)?,
        Some(Builtin::Utf32(order)) => utf16::encode32(text, &handler, order)?,
        None => {
            let made = run_codec(text, encoding, errors, true)?;
            if made.downcast::<Bytes>().is_none() {
                return Err(type_error(format!(
                    "'{encoding}' encoder returned '{}' instead of 'bytes'; use codecs.encode() to encode to arbitrary types",
                    made.type_name()
                )));
            }
            return Ok(made);
        }
    };
    Ok(Bytes::new(&bytes).into_object())
}

/// `bytes.decode(encoding, errors)`.
pub fn decode_text(bytes: &[u8], encoding: &str, errors: &str) -> Result<Ref<Str>> {
    let handler = Handler::new(errors);
    match builtin(encoding) {
        Some(Builtin::Utf8) => Ok(utf8::decode(bytes, &handler, true)?.0),
        Some(Builtin::Latin1) => Ok(Str::from_latin1(bytes)),
        Some(Builtin::Ascii) => single::decode_ascii(bytes, &handler),
        Some(Builtin::Utf16(order)) => Ok(utf16::decode16(bytes, &handler, order, true)?.text),
        Some(Builtin::Utf32(order)) => Ok(utf16::decode32(bytes, &handler, order, true)?.text),
        None => {
            let made = run_codec(&Bytes::new(bytes), encoding, errors, false)?;
            let name = made.type_name().to_owned();
            made.downcast_into::<Str>().map_err(|_| {
                type_error(format!(
                    "'{encoding}' decoder returned '{name}' instead of 'str'; use codecs.decode() to decode to arbitrary types"
                ))
            })
        }
    }
}

/// Encodes or decodes by a codec of the registry that is marked as a text encoding.
fn run_codec(input: &Object, encoding: &str, errors: &str, encode: bool) -> Result {
    let codec = lookup(encoding)?;
    if codec.downcast_exact::<Tuple>().is_none() {
        if let Some(flag) = codec.get_attr_opt(id!("_is_text_encoding"))? {
            if !flag.is_true()? {
                let verb = if encode { "encode" } else { "decode" };
                return Err(lookup_error(format!(
                    "'{encoding}' is not a text encoding; use codecs.{verb}() to handle arbitrary codecs"
                )));
            }
        }
    }
    call_codec(&codec, input, errors, encode)
}

/// Calls the encoder or decoder of a codec entry; the first item of what it returns.
pub fn call_codec(codec: &Object, input: &Object, errors: &str, encode: bool) -> Result {
    let Some(tuple) = codec.downcast::<Tuple>() else {
        return Err(type_error("codec search functions must return 4-tuples"));
    };
    let Some(function) = tuple.get(usize::from(!encode)) else {
        return Err(type_error("codec search functions must return 4-tuples"));
    };
    let result = match function.call(&[input, &Str::new(errors)]) {
        Ok(result) => result,
        Err(raised) => return Err(raised),
    };
    match result.downcast::<Tuple>().filter(|t| t.len() == 2) {
        Some(pair) => Ok(pair.as_slice()[0].clone()),
        None => Err(type_error(if encode {
            "encoder must return a tuple (object, integer)"
        } else {
            "decoder must return a tuple (object,integer)"
        })),
    }
}

/// The lists and tables of the registry, made at first use.
fn search_path() -> Ref<List> {
    let interp = interp::current();
    interp.codec_search_path.get().unwrap_or_else(|| {
        let list = List::new();
        interp.codec_search_path.set(Some(list.clone()));
        list
    })
}

fn search_cache() -> Ref<Dict> {
    let interp = interp::current();
    interp.codec_search_cache.get().unwrap_or_else(|| {
        let dict = Dict::new();
        interp.codec_search_cache.set(Some(dict.clone()));
        dict
    })
}

/// `codecs.register(search_function)`.
pub fn register(search: &Object) -> Result<()> {
    if !search.is_callable() {
        return Err(type_error("argument must be callable"));
    }
    search_path().push(search.to_ref());
    Ok(())
}

/// `codecs.unregister(search_function)`.
pub fn unregister(search: &Object) -> Result<()> {
    let path = search_path();
    let kept: Vec<_> = path.to_vec().into_iter().filter(|f| !f.is(search)).collect();
    if kept.len() != path.len() {
        interp::current().codec_search_path.set(Some(List::from_vec(kept)));
        search_cache().clear();
    }
    Ok(())
}

/// `codecs.lookup(encoding)`.
pub fn lookup(encoding: &str) -> Result {
    let name: String =
        encoding.chars().map(|c| if c == ' ' { '-' } else { c.to_ascii_lowercase() }).collect();
    let key = Str::new(&name);
    let cache = search_cache();
    if let Some(found) = cache.get(&key)? {
        return Ok(found);
    }
    if search_path().is_empty() {
        // The first use imports the package whose search function knows the standard encodings.
        if let Some(import) = interp::current().hooks.import_module.get() {
            import("encodings")?;
        }
    }
    for search in search_path().to_vec() {
        let found = search.call(&[&key])?;
        if found.is_none() {
            continue;
        }
        if found.downcast::<Tuple>().is_none_or(|t| t.len() != 4) {
            return Err(type_error("codec search functions must return 4-tuples"));
        }
        cache.set(&key, &found)?;
        return Ok(found);
    }
    Err(lookup_error(format!("unknown encoding: {encoding}")))
}

/// `codecs.register_error(name, handler)`.
pub fn register_error(name: &Str, handler: &Object) -> Result<()> {
    if !handler.is_callable() {
        return Err(type_error("handler must be callable"));
    }
    error_registry().set(name, handler)
}

fn error_registry() -> Ref<Dict> {
    let interp = interp::current();
    interp.codec_error_registry.get().unwrap_or_else(|| {
        let dict = Dict::new();
        interp.codec_error_registry.set(Some(dict.clone()));
        dict
    })
}

/// A handler registered by a program or by the codecs module.
pub fn lookup_error_handler(name: &str) -> Result {
    match error_registry().get(&Str::new(name))? {
        Some(handler) => Ok(handler),
        None => Err(errors::lookup_error(format!("unknown error handler name '{name}'"))),
    }
}
