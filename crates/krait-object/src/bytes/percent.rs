//! `%` formatting of bytes (PEP 461).

use super::Bytes;
use super::like::BytesLike;
use crate::errors::{overflow_error, type_error, value_error};
use crate::id;
use crate::object::Object;
use crate::result::Result;
use crate::str::percent::{Arguments, Conversion, float_text, integer_text, parse_conversion};

/// `template % right`.
pub fn format(template: &[u8], right: &Object) -> Result<Vec<u8>> {
    let text: Vec<u32> = template.iter().map(|&b| u32::from(b)).collect();
    let mut arguments = Arguments::new_bytes(right);
    let (mut out, mut at) = (Vec::with_capacity(template.len()), 0);
    while at < text.len() {
        if template[at] != b'%' {
            out.push(template[at]);
            at += 1;
            continue;
        }
        at += 1;
        let (conversion, key) = parse_conversion(&text, &mut at, &mut arguments)?;
        if conversion.kind == u32::from('%') {
            out.push(b'%');
            continue;
        }
        let value = match key {
            Some(key) => {
                let key: Vec<u8> = key.iter().map(|&c| c as u8).collect();
                arguments.by_key(&Bytes::new(&key))?
            }
            None => arguments.next()?,
        };
        convert(&mut out, &value, &conversion, at - 1)?;
    }
    arguments.finish("bytes")?;
    Ok(out)
}

fn convert(out: &mut Vec<u8>, value: &Object, conversion: &Conversion, index: usize) -> Result<()> {
    let kind = char::from_u32(conversion.kind).unwrap_or('?');
    let truncate = |mut bytes: Vec<u8>| {
        bytes.truncate(conversion.precision.unwrap_or(usize::MAX));
        bytes
    };
    let (body, head, numeric) = match kind {
        's' | 'b' => (truncate(as_bytes(value)?), 0, false),
        'r' | 'a' => (truncate(value.ascii()?.to_string_lossy().into_bytes()), 0, false),
        'c' => (vec![one_byte(value)?], 0, false),
        'i' | 'd' | 'u' | 'o' | 'x' | 'X' => {
            let (text, head) = integer_text(value, conversion)?;
            (text.into_bytes(), head, true)
        }
        'e' | 'E' | 'f' | 'F' | 'g' | 'G' => {
            let (text, head) = float_text(value, conversion)?;
            (text.into_bytes(), head, true)
        }
        _ => {
            return Err(value_error(format!(
                "unsupported format character '{kind}' (0x{:x}) at index {index}",
                conversion.kind
            )));
        }
    };
    let padding = conversion.width.saturating_sub(body.len());
    if conversion.left {
        out.extend_from_slice(&body);
        out.resize(out.len() + padding, b' ');
    } else if conversion.zero && numeric {
        out.extend_from_slice(&body[..head]);
        out.resize(out.len() + padding, b'0');
        out.extend_from_slice(&body[head..]);
    } else {
        out.resize(out.len() + padding, b' ');
        out.extend_from_slice(&body);
    }
    Ok(())
}

fn as_bytes(value: &Object) -> Result<Vec<u8>> {
    if let Some(bytes) = BytesLike::of(value)? {
        return Ok(bytes.as_slice().to_vec());
    }
    match value.call_special(id!("__bytes__"), &[])? {
        Some(made) => match made.downcast::<Bytes>() {
            Some(bytes) => Ok(bytes.as_slice().to_vec()),
            None => Err(type_error(format!(
                "{}.__bytes__() must return a bytes, not {}",
                value.type_name(),
                made.type_name()
            ))),
        },
        None => Err(type_error(format!(
            "%b requires a bytes-like object, or an object that implements __bytes__, not '{}'",
            value.type_name()
        ))),
    }
}

fn one_byte(value: &Object) -> Result<u8> {
    if let Some(bytes) = BytesLike::of(value)? {
        return match bytes.as_slice() {
            [one] => Ok(*one),
            more => Err(type_error(format!(
                "%c requires an integer in range(256) or a single byte, not a {} object of length {}",
                value.type_name(),
                more.len()
            ))),
        };
    }
    if !value.is_index() {
        return Err(type_error(format!(
            "%c requires an integer in range(256) or a single byte, not {}",
            value.type_name()
        )));
    }
    u8::try_from(value.as_isize(true)?).map_err(|_| overflow_error("%c arg not in range(256)"))
}
