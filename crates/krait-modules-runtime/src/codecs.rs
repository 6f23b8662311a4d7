//! `_codecs`: the registry of codecs and the built-in ones. CPython: `Modules/_codecsmodule.c`, `Python/codecs.c`.
//!
//! Every encoder gives (bytes, characters read), every decoder (text, bytes read).

use krait_macros::pyfn;
use krait_object::buffer::View;
use krait_object::cfunction::CFunction;
use krait_object::codecs::handlers::{Handler, Replacement, unicode_error};
use krait_object::codecs::{self, escape, lookup_error_handler, single, utf8, utf16};
use krait_object::defs::MethodDef;
use krait_object::exceptions::{
    PyExc_UnicodeDecodeError, PyExc_UnicodeEncodeError, PyExc_UnicodeTranslateError,
};
use krait_object::module::{Module, ModuleDef};
use krait_object::{Bytes, Dict, Int, Object, Ref, Result, Str, Tuple, errors, type_error, value_error};

/// The module.
pub static MODULE: ModuleDef = ModuleDef::new(c"_codecs").methods(METHODS).exec(exec);

/// The built-in error handlers are found by name like those of programs.
fn exec(_module: &Module) -> Result<()> {
    for def in HANDLERS {
        let name = def.name().trim_end_matches("_errors");
        if lookup_error_handler(name).is_err() {
            errors::clear();
            codecs::register_error(&Str::new(name), &*CFunction::new(def, None, None, None)?)?;
        }
    }
    Ok(())
}

type Encoded = Result<(Vec<u8>, usize)>;
type Decoded = Result<(Ref<Str>, usize)>;

fn handler<'a>(errors: Option<&'a str>) -> Handler<'a> {
    Handler::new(errors.unwrap_or("strict"))
}

/// Register a codec search function.
///
/// Search functions are expected to take one argument, the encoding name in
/// all lower case letters, and either return None, or a tuple of functions
/// (encoder, decoder, stream_reader, stream_writer) (or a CodecInfo object).
#[pyfn("register(search_function, /)")]
fn register(search_function: &Object) -> Result<()> {
    codecs::register(search_function)
}

/// Unregister a codec search function and clear the registry's cache.
///
/// If the search function is not registered, do nothing.
#[pyfn("unregister(search_function, /)")]
fn unregister(search_function: &Object) -> Result<()> {
    codecs::unregister(search_function)
}

/// Looks up a codec tuple in the Python codec registry and returns a CodecInfo object.
#[pyfn("lookup(encoding, /)")]
fn lookup(encoding: &str) -> Result {
    codecs::lookup(encoding)
}

/// Encodes obj using the codec registered for encoding.
///
/// The default encoding is 'utf-8'.  errors may be given to set a
/// different error handling scheme.  Default is 'strict' meaning that encoding
/// errors raise a ValueError.  Other possible values are 'ignore', 'replace'
/// and 'backslashreplace' as well as any other name registered with
/// codecs.register_error that can handle ValueErrors.
#[pyfn("encode(obj, encoding='utf-8', errors='strict')")]
fn encode(obj: &Object, encoding: &str, errors: &str) -> Result {
    codecs::call_codec(&*codecs::lookup(encoding)?, obj, errors, true)
}

/// Decodes obj using the codec registered for encoding.
///
/// Default encoding is 'utf-8'.  errors may be given to set a
/// different error handling scheme.  Default is 'strict' meaning that encoding
/// errors raise a ValueError.  Other possible values are 'ignore', 'replace'
/// and 'backslashreplace' as well as any other name registered with
/// codecs.register_error that can handle ValueErrors.
#[pyfn("decode(obj, encoding='utf-8', errors='strict')")]
fn decode(obj: &Object, encoding: &str, errors: &str) -> Result {
    codecs::call_codec(&*codecs::lookup(encoding)?, obj, errors, false)
}

/// Register the specified error handler under the name errors.
///
/// handler must be a callable object, that
/// will be called with an exception instance containing
/// information about the location of the encoding/decoding
/// error and must return a (replacement, new position) tuple.
#[pyfn("register_error(errors, handler, /)")]
fn register_error(errors: &Str, handler: &Object) -> Result<()> {
    codecs::register_error(errors, handler)
}

/// lookup_error(errors) -> handler
///
/// Return the error handler for the specified error handling name or raise a
/// LookupError, if no handler exists under this name.
#[pyfn("lookup_error(name, /)")]
fn lookup_error(name: &str) -> Result {
    lookup_error_handler(name)
}

#[pyfn("charmap_build(map, /)")]
fn charmap_build(map: &Str) -> Result<Ref<Dict>> {
    let table = Dict::new();
    for (byte, code) in map.chars().iter().enumerate().take(256) {
        table.set(&Int::from_u64(code.into()), &Int::from_i64(byte as i64))?;
    }
    Ok(table)
}

#[pyfn("charmap_encode(str, errors=None, mapping=None, /)")]
fn charmap_encode(text: &Str, errors: Option<&str>, mapping: Option<&Object>) -> Encoded {
    let bytes = match mapping {
        Some(mapping) => single::encode_charmap(text, &handler(errors), mapping)?,
        None => single::encode(text, &handler(errors), 256)?,
    };
    Ok((bytes, text.len()))
}

#[pyfn("charmap_decode(data, errors=None, mapping=None, /)")]
fn charmap_decode(data: View, errors: Option<&str>, mapping: Option<&Object>) -> Decoded {
    let bytes = data.as_slice();
    let text = match mapping {
        Some(mapping) => single::decode_charmap(bytes, &handler(errors), mapping)?,
        None => Str::from_latin1(bytes),
    };
    Ok((text, bytes.len()))
}

#[pyfn("readbuffer_encode(data, errors=None, /)")]
fn readbuffer_encode(data: &Object, _errors: Option<&str>) -> Encoded {
    let bytes = text_or_bytes(data)?;
    let len = bytes.len();
    Ok((bytes, len))
}

/// The UTF-8 of a string, or the memory of a buffer.
fn text_or_bytes(data: &Object) -> Result<Vec<u8>> {
    match data.downcast::<Str>() {
        Some(text) => utf8::encode(text, &Handler::new("strict")),
        None => Ok(View::get(data, krait_object::buffer::request::SIMPLE)?.as_slice().to_vec()),
    }
}

#[pyfn("unicode_escape_decode(data, errors=None, final=True, /)")]
fn unicode_escape_decode(data: &Object, errors: Option<&str>, is_final: bool) -> Decoded {
    escape::decode(&text_or_bytes(data)?, &handler(errors), is_final)
}

#[pyfn("raw_unicode_escape_decode(data, errors=None, final=True, /)")]
fn raw_unicode_escape_decode(data: &Object, errors: Option<&str>, is_final: bool) -> Decoded {
    escape::decode_raw(&text_or_bytes(data)?, &handler(errors), is_final)
}

#[pyfn("escape_encode(data, errors=None, /)")]
fn escape_encode(data: &Bytes, _errors: Option<&str>) -> Encoded {
    let mut out = Vec::with_capacity(data.as_slice().len());
    for &byte in data.as_slice() {
        match byte {
            b'\\' | b'\'' => out.extend([b'\\', byte]),
            b'\t' => out.extend(b"\\t"),
            b'\n' => out.extend(b"\\n"),
            b'\r' => out.extend(b"\\r"),
            b' '..=b'~' => out.push(byte),
            _ => out.extend(format!("\\x{byte:02x}").bytes()),
        }
    }
    Ok((out, data.as_slice().len()))
}

#[pyfn("escape_decode(data, errors=None, /)")]
fn escape_decode(data: &Object, errors: Option<&str>) -> Encoded {
    let source = text_or_bytes(data)?;
    let mut out = Vec::with_capacity(source.len());
    let mut at = 0;
    while let Some(&byte) = source.get(at) {
        at += 1;
        if byte != b'\\' {
            out.push(byte);
            continue;
        }
        let Some(&kind) = source.get(at) else { return Err(value_error("Trailing \\ in string")) };
        at += 1;
        match kind {
            b'\n' => {}
            b'\\' | b'\'' | b'"' => out.push(kind),
            b'a' => out.push(7),
            b'b' => out.push(8),
            b't' => out.push(b'\t'),
            b'n' => out.push(b'\n'),
            b'v' => out.push(11),
            b'f' => out.push(12),
            b'r' => out.push(b'\r'),
            b'0'..=b'7' => {
                let mut value = u32::from(kind - b'0');
                for _ in 0..2 {
                    let Some(digit) = source.get(at).filter(|d| (b'0'..=b'7').contains(d)) else { break };
                    value = value * 8 + u32::from(digit - b'0');
                    at += 1;
                }
                out.push(value as u8);
            }
            b'x' => at = escape_hex(&source, at, errors.unwrap_or("strict"), &mut out)?,
            other => out.extend([b'\\', other]),
        }
    }
    Ok((out, source.len()))
}

/// The two digits behind `\x`; where to go on.
fn escape_hex(source: &[u8], at: usize, errors: &str, out: &mut Vec<u8>) -> Result<usize> {
    let digit = |n: usize| source.get(n).and_then(|&b| char::from(b).to_digit(16));
    if let (Some(high), Some(low)) = (digit(at), digit(at + 1)) {
        out.push((high * 16 + low) as u8);
        return Ok(at + 2);
    }
    match errors {
        "strict" => return Err(value_error(format!("invalid \\x escape at position {}", at - 2))),
        "replace" => out.push(b'?'),
        "ignore" => {}
        other => {
            return Err(value_error(format!("decoding error; unknown error handling code: {other}")));
        }
    }
    Ok(at + usize::from(digit(at).is_some()))
}

/// Byte order of the `_ex_` functions: -1 little, 0 by mark, 1 big.
fn order_of(byteorder: i32) -> Option<bool> {
    (byteorder != 0).then_some(byteorder < 0)
}

#[pyfn("utf_8_encode(str, errors=None, /)")]
fn utf_8_encode(text: &Str, errors: Option<&str>) -> Encoded {
    Ok((utf8::encode(text, &handler(errors))?, text.len()))
}

#[pyfn("utf_8_decode(data, errors=None, final=False, /)")]
fn utf_8_decode(data: View, errors: Option<&str>, is_final: bool) -> Decoded {
    utf8::decode(data.as_slice(), &handler(errors), is_final)
}

#[pyfn("latin_1_encode(str, errors=None, /)")]
fn latin_1_encode(text: &Str, errors: Option<&str>) -> Encoded {
    Ok((single::encode(text, &handler(errors), 256)?, text.len()))
}

#[pyfn("latin_1_decode(data, errors=None, /)")]
fn latin_1_decode(data: View, _errors: Option<&str>) -> Decoded {
    Ok((Str::from_latin1(data.as_slice()), data.as_slice().len()))
}

#[pyfn("ascii_encode(str, errors=None, /)")]
fn ascii_encode(text: &Str, errors: Option<&str>) -> Encoded {
    Ok((single::encode(text, &handler(errors), 128)?, text.len()))
}

#[pyfn("ascii_decode(data, errors=None, /)")]
fn ascii_decode(data: View, errors: Option<&str>) -> Decoded {
    Ok((single::decode_ascii(data.as_slice(), &handler(errors))?, data.as_slice().len()))
}

#[pyfn("unicode_escape_encode(str, errors=None, /)")]
fn unicode_escape_encode(text: &Str, _errors: Option<&str>) -> Encoded {
    Ok((escape::encode(text), text.len()))
}

#[pyfn("raw_unicode_escape_encode(str, errors=None, /)")]
fn raw_unicode_escape_encode(text: &Str, _errors: Option<&str>) -> Encoded {
    Ok((escape::encode_raw(text), text.len()))
}

#[pyfn("utf_16_decode(data, errors=None, final=False, /)")]
fn utf_16_decode(data: View, errors: Option<&str>, is_final: bool) -> Decoded {
    utf16::decode16(data.as_slice(), &handler(errors), None, is_final).map(|d| (d.text, d.consumed))
}

#[pyfn("utf_16_encode(str, errors=None, byteorder=0, /)")]
fn utf_16_encode(text: &Str, errors: Option<&str>, byteorder: i32) -> Encoded {
    Ok((utf16::encode16(text, &handler(errors), order_of(byteorder))?, text.len()))
}

#[pyfn("utf_16_ex_decode(data, errors=None, byteorder=0, final=False, /)")]
fn utf_16_ex_decode(
    data: View,
    errors: Option<&str>,
    byteorder: i32,
    is_final: bool,
) -> Result<(Ref<Str>, usize, i32)> {
    let bytes = data.as_slice();
    let made = utf16::decode16(bytes, &handler(errors), order_of(byteorder), is_final)?;
    let order = match byteorder {
        0 if made.consumed == 0 => 0,
        0 => {
            if made.little {
                -1
            } else {
                1
            }
        }
        known => known,
    };
    Ok((made.text, made.consumed, order))
}

#[pyfn("utf_16_le_encode(str, errors=None, /)")]
fn utf_16_le_encode(text: &Str, errors: Option<&str>) -> Encoded {
    Ok((utf16::encode16(text, &handler(errors), Some(true))?, text.len()))
}

#[pyfn("utf_16_le_decode(data, errors=None, final=False, /)")]
fn utf_16_le_decode(data: View, errors: Option<&str>, is_final: bool) -> Decoded {
    utf16::decode16(data.as_slice(), &handler(errors), Some(true), is_final).map(|d| (d.text, d.consumed))
}

#[pyfn("utf_16_be_encode(str, errors=None, /)")]
fn utf_16_be_encode(text: &Str, errors: Option<&str>) -> Encoded {
    Ok((utf16::encode16(text, &handler(errors), Some(false))?, text.len()))
}

#[pyfn("utf_16_be_decode(data, errors=None, final=False, /)")]
fn utf_16_be_decode(data: View, errors: Option<&str>, is_final: bool) -> Decoded {
    utf16::decode16(data.as_slice(), &handler(errors), Some(false), is_final).map(|d| (d.text, d.consumed))
}

#[pyfn("utf_32_decode(data, errors=None, final=False, /)")]
fn utf_32_decode(data: View, errors: Option<&str>, is_final: bool) -> Decoded {
    utf16::decode32(data.as_slice(), &handler(errors), None, is_final).map(|d| (d.text, d.consumed))
}

#[pyfn("utf_32_encode(str, errors=None, byteorder=0, /)")]
fn utf_32_encode(text: &Str, errors: Option<&str>, byteorder: i32) -> Encoded {
    Ok((utf16::encode32(text, &handler(errors), order_of(byteorder))?, text.len()))
}

#[pyfn("utf_32_ex_decode(data, errors=None, byteorder=0, final=False, /)")]
fn utf_32_ex_decode(
    data: View,
    errors: Option<&str>,
    byteorder: i32,
    is_final: bool,
) -> Result<(Ref<Str>, usize, i32)> {
    let bytes = data.as_slice();
    let made = utf16::decode32(bytes, &handler(errors), order_of(byteorder), is_final)?;
    let order = match byteorder {
        0 if made.consumed == 0 => 0,
        0 => {
            if made.little {
                -1
            } else {
                1
            }
        }
        known => known,
    };
    Ok((made.text, made.consumed, order))
}

#[pyfn("utf_32_le_encode(str, errors=None, /)")]
fn utf_32_le_encode(text: &Str, errors: Option<&str>) -> Encoded {
    Ok((utf16::encode32(text, &handler(errors), Some(true))?, text.len()))
}

#[pyfn("utf_32_le_decode(data, errors=None, final=False, /)")]
fn utf_32_le_decode(data: View, errors: Option<&str>, is_final: bool) -> Decoded {
    utf16::decode32(data.as_slice(), &handler(errors), Some(true), is_final).map(|d| (d.text, d.consumed))
}

#[pyfn("utf_32_be_encode(str, errors=None, /)")]
fn utf_32_be_encode(text: &Str, errors: Option<&str>) -> Encoded {
    Ok((utf16::encode32(text, &handler(errors), Some(false))?, text.len()))
}

#[pyfn("utf_32_be_decode(data, errors=None, final=False, /)")]
fn utf_32_be_decode(data: View, errors: Option<&str>, is_final: bool) -> Decoded {
    utf16::decode32(data.as_slice(), &handler(errors), Some(false), is_final).map(|d| (d.text, d.consumed))
}

/// What a built-in handler makes of an exception: (replacement, position).
fn handle(exception: &Object, name: &str) -> Result<Ref<Tuple>> {
    let fields = unicode_error(exception)?;
    let (Some(object), Some(encoding), Some(reason)) = (
        fields.object.get(),
        fields.encoding.get().or_else(|| Some(Str::empty().to_ref())),
        fields.reason.get(),
    ) else {
        return Err(type_error("object attribute not set"));
    };
    let encoding = encoding.str()?.to_string_lossy();
    let reason = reason.str()?.to_string_lossy();
    let handler = Handler::new(name);
    let (start, end) = (fields.start.get().max(0) as usize, fields.end.get().max(0) as usize);
    if let Some(text) = object.downcast::<Str>() {
        let end = end.min(text.len());
        let start = start.min(end.saturating_sub(1));
        if exception.is_instance_of(&PyExc_UnicodeTranslateError) && name == "replace" {
            let made = Str::from_ucs4(&vec![0xfffd; end - start]);
            return Ok(Tuple::from_slice(&[&made, &Int::from_i64(end as i64)]));
        }
        let (made, next) = handler.encode(&encoding, text, start, end, &reason)?;
        let made = match made {
            Replacement::Text(text) => text.into_object(),
            Replacement::Bytes(bytes) if matches!(name, "surrogateescape" | "surrogatepass") => {
                Bytes::new(&bytes).into_object()
            }
            Replacement::Bytes(bytes) => Str::from_latin1(&bytes).into_object(),
        };
        return Ok(Tuple::from_slice(&[&made, &Int::from_i64(next as i64)]));
    }
    let data = View::get(&object, krait_object::buffer::request::SIMPLE)?;
    let end = end.min(data.as_slice().len());
    let start = start.min(end.saturating_sub(1));
    let (made, next) = handler.decode(&encoding, data.as_slice(), start, end, &reason)?;
    Ok(Tuple::from_slice(&[&made, &Int::from_i64(next as i64)]))
}

#[cold]
fn unhandled(exception: &Object) -> krait_object::Raised {
    type_error(format!("don't know how to handle {} in error callback", exception.type_name()))
}

/// Implements the 'strict' error handling, which raises a UnicodeError on coding errors.
#[pyfn("strict_errors(exception, /)")]
fn strict_errors(exception: &Object) -> Result {
    if exception.is_instance_of(&krait_object::exceptions::PyExc_BaseException) {
        return Err(errors::raise_instance(exception.to_ref()));
    }
    Err(type_error("codec must pass exception instance"))
}

/// Implements the 'ignore' error handling, which ignores malformed data and continues.
#[pyfn("ignore_errors(exception, /)")]
fn ignore_errors(exception: &Object) -> Result<Ref<Tuple>> {
    let end = unicode_error(exception)?.end.get();
    Ok(Tuple::from_slice(&[Str::empty(), &Int::from_i64(end as i64)]))
}

/// Implements the 'replace' error handling, which replaces malformed data with a replacement marker.
#[pyfn("replace_errors(exception, /)")]
fn replace_errors(exception: &Object) -> Result<Ref<Tuple>> {
    handle(exception, "replace")
}

/// Implements the 'backslashreplace' error handling, which replaces malformed data with a backslashed escape sequence.
#[pyfn("backslashreplace_errors(exception, /)")]
fn backslashreplace_errors(exception: &Object) -> Result<Ref<Tuple>> {
    handle(exception, "backslashreplace")
}

/// Implements the 'xmlcharrefreplace' error handling, which replaces an unencodable character with the appropriate XML character reference.
#[pyfn("xmlcharrefreplace_errors(exception, /)")]
fn xmlcharrefreplace_errors(exception: &Object) -> Result<Ref<Tuple>> {
    if !exception.is_instance_of(&PyExc_UnicodeEncodeError) {
        return Err(unhandled(exception));
    }
    handle(exception, "xmlcharrefreplace")
}

/// Implements the 'namereplace' error handling, which replaces an unencodable character with a \\N{...} escape sequence.
#[pyfn("namereplace_errors(exception, /)")]
fn namereplace_errors(exception: &Object) -> Result<Ref<Tuple>> {
    if !exception.is_instance_of(&PyExc_UnicodeEncodeError) {
        return Err(unhandled(exception));
    }
    handle(exception, "namereplace")
}

/// Implements the 'surrogateescape' error handling.
#[pyfn("surrogateescape_errors(exception, /)")]
fn surrogateescape_errors(exception: &Object) -> Result<Ref<Tuple>> {
    if !exception.is_instance_of(&PyExc_UnicodeEncodeError)
        && !exception.is_instance_of(&PyExc_UnicodeDecodeError)
    {
        return Err(unhandled(exception));
    }
    handle(exception, "surrogateescape")
}

/// Implements the 'surrogatepass' error handling.
#[pyfn("surrogatepass_errors(exception, /)")]
fn surrogatepass_errors(exception: &Object) -> Result<Ref<Tuple>> {
    if !exception.is_instance_of(&PyExc_UnicodeEncodeError)
        && !exception.is_instance_of(&PyExc_UnicodeDecodeError)
    {
        return Err(unhandled(exception));
    }
    handle(exception, "surrogatepass")
}

static HANDLERS: &[MethodDef] = &[
    strict_errors::DEF,
    ignore_errors::DEF,
    replace_errors::DEF,
    backslashreplace_errors::DEF,
    xmlcharrefreplace_errors::DEF,
    namereplace_errors::DEF,
    surrogateescape_errors::DEF,
    surrogatepass_errors::DEF,
];

static METHODS: &[MethodDef] = &[
    register::DEF,
    unregister::DEF,
    lookup::DEF,
    encode::DEF,
    decode::DEF,
    register_error::DEF,
    lookup_error::DEF,
    charmap_build::DEF,
    charmap_encode::DEF,
    charmap_decode::DEF,
    readbuffer_encode::DEF,
    unicode_escape_decode::DEF,
    raw_unicode_escape_decode::DEF,
    escape_encode::DEF,
    escape_decode::DEF,
    utf_8_encode::DEF,
    utf_8_decode::DEF,
    latin_1_encode::DEF,
    latin_1_decode::DEF,
    ascii_encode::DEF,
    ascii_decode::DEF,
    unicode_escape_encode::DEF,
    raw_unicode_escape_encode::DEF,
    utf_16_decode::DEF,
    utf_16_encode::DEF,
    utf_16_ex_decode::DEF,
    utf_16_le_encode::DEF,
    utf_16_le_decode::DEF,
    utf_16_be_encode::DEF,
    utf_16_be_decode::DEF,
    utf_32_decode::DEF,
    utf_32_encode::DEF,
    utf_32_ex_decode::DEF,
    utf_32_le_encode::DEF,
    utf_32_le_decode::DEF,
    utf_32_be_encode::DEF,
    utf_32_be_decode::DEF,
    MethodDef::SENTINEL,
];
