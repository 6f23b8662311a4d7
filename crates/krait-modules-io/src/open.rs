//! The functions of the module. CPython: `Modules/_io/_iomodule.c`.

use crate::DEFAULT_BUFFER_SIZE;
use crate::buffered::{BUFFERED_RANDOM, BUFFERED_READER, BUFFERED_WRITER};
use crate::fileio::FILE_IO;
use crate::textio::TEXT_IO_WRAPPER;
use krait_macros::pyfn;
use krait_object::object::{bool_object, none};
use krait_object::result::{Raised, Result};
use krait_object::{Int, Object, Ref, Str, errors, exceptions as exc, id, value_error};

/// What the text of a mode asks for.
struct Mode {
    raw: String,
    creating: bool,
    reading: bool,
    writing: bool,
    appending: bool,
    updating: bool,
    binary: bool,
}

fn parse_mode(mode: &str) -> Result<Mode> {
    let invalid = || value_error(format!("invalid mode: '{mode}'"));
    let has = |c: char| mode.contains(c);
    let repeated = mode.char_indices().any(|(at, c)| mode[..at].contains(c));
    if repeated || mode.chars().any(|c| !"xrwa+tb".contains(c)) {
        return Err(invalid());
    }
    let (creating, reading, writing, appending) = (has('x'), has('r'), has('w'), has('a'));
    if has('t') && has('b') {
        return Err(value_error("can't have text and binary mode at once"));
    }
    if [creating, reading, writing, appending].iter().filter(|b| **b).count() != 1 {
        return Err(value_error("must have exactly one of create/read/write/append mode"));
    }
    let raw = ['x', 'r', 'w', 'a', '+'].into_iter().filter(|c| has(*c)).collect();
    Ok(Mode { raw, creating, reading, writing, appending, updating: has('+'), binary: has('b') })
}

/// Open file and return a stream.  Raise OSError upon failure.
#[pyfn(
    "open(file, mode='r', buffering=-1, encoding=None, errors=None, newline=None, closefd=True, opener=None)"
)]
pub fn open(
    file: &Object,
    mode: &str,
    buffering: i32,
    encoding: Option<&str>,
    errors: Option<&str>,
    newline: Option<&str>,
    closefd: bool,
    opener: Option<&Object>,
) -> Result {
    let path = match file.get_attr_opt(id!("__fspath__"))? {
        Some(method) if file.downcast::<Int>().is_none() => method.call_no_args()?,
        _ => file.to_ref(),
    };
    let parsed = parse_mode(mode)?;
    if parsed.binary {
        for (given, name) in
            [(encoding.is_some(), "encoding"), (errors.is_some(), "errors"), (newline.is_some(), "newline")]
        {
            if given {
                let article = if name == "newline" { "a" } else { "an" };
                return Err(value_error(format!("binary mode doesn't take {article} {name} argument")));
            }
        }
    }
    if parsed.binary && buffering == 1 {
        errors::warn(
            &exc::PyExc_RuntimeWarning,
            "line buffering (buffering=1) isn't supported in binary mode, the default buffer size will be used",
            1,
        )?;
    }
    let raw =
        FILE_IO.call(&[&path, &Str::new(&parsed.raw), bool_object(closefd), opener.unwrap_or(none())])?;
    match layers(&raw, &parsed, mode, buffering, encoding, errors, newline) {
        Ok(stream) => Ok(stream),
        Err(raised) => Err(close_after_error(&raw, raised)),
    }
}

/// Closes a stream that failed to open fully; the first error stays.
fn close_after_error(stream: &Object, raised: Raised) -> Raised {
    let error = errors::fetch(raised);
    if stream.call_method(id!("close"), &[]).is_err() {
        errors::clear();
    }
    errors::restore(error)
}

fn layers(
    raw: &Ref<Object>,
    parsed: &Mode,
    mode: &str,
    buffering: i32,
    encoding: Option<&str>,
    errors: Option<&str>,
    newline: Option<&str>,
) -> Result {
    let terminal = raw.call_method(id!("isatty"), &[])?.is_true()?;
    let line_buffering = buffering == 1 || (buffering < 0 && terminal);
    let size = if buffering < 0 || buffering == 1 {
        raw.get_attr(id!("_blksize"))?.as_isize(true)?.max(DEFAULT_BUFFER_SIZE as isize)
    } else {
        buffering as isize
    };
    if size == 0 {
        if !parsed.binary {
            return Err(value_error("can't have unbuffered text I/O"));
        }
        return Ok(raw.clone());
    }
    let class = if parsed.updating {
        &BUFFERED_RANDOM
    } else if parsed.creating || parsed.writing || parsed.appending {
        &BUFFERED_WRITER
    } else if parsed.reading {
        &BUFFERED_READER
    } else {
        return Err(value_error(format!("unknown mode: '{mode}'")));
    };
    let buffer = class.call(&[raw, &Int::from_i64(size as i64)])?;
    if parsed.binary {
        return Ok(buffer);
    }
    let optional = |text: Option<&str>| text.map_or(none().to_ref(), |t| Str::new(t).into_object());
    let wrapper = TEXT_IO_WRAPPER.call(&[
        &buffer,
        &optional(encoding),
        &optional(errors),
        &optional(newline),
        bool_object(line_buffering),
    ])?;
    wrapper.set_attr(id!("mode"), Some(&Str::new(mode)))?;
    Ok(wrapper)
}

/// Opens the provided file with the intent to import the contents.
#[pyfn("open_code(path)")]
pub fn open_code(path: &Object) -> Result {
    open(path, "rb", -1, None, None, None, true, None)
}

/// A helper function to choose the text encoding.
#[pyfn("text_encoding(encoding, stacklevel=2, /)")]
pub fn text_encoding(encoding: &Object, _stacklevel: i32) -> Result {
    if encoding.is_none() { Ok(Str::new("utf-8").into_object()) } else { Ok(encoding.to_ref()) }
}
