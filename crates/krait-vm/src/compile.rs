//! From source to code objects, with the compiler's errors as Python exceptions.

use crate::code::CodeObject;
use crate::code_convert;
use krait_ast::Mod;
use krait_compiler::{CompileError, CompileOptions, ErrorKind as CompileErrorKind, WarningRefused};
use krait_object::errors::{self, raise, raise_with};
use krait_object::exceptions as exc;
use krait_object::{Int, Object, Raised, Ref, Result, Str, Tuple, TypeObject, none};
use krait_syntax::{ErrorKind, Mode, ParseFlags, SyntaxError};

pub use krait_syntax::Mode as CompileMode;

/// `PyCF_*` flags of `compile()` that concern parsing.
pub mod flags {
    pub const DONT_IMPLY_DEDENT: u32 = 0x200;
    pub const ONLY_AST: u32 = 0x400;
    pub const TYPE_COMMENTS: u32 = 0x1000;
    pub const ALLOW_INCOMPLETE_INPUT: u32 = 0x4000;
    pub const BARRY_AS_FLUFL: u32 = krait_bytecode::flags::CO_FUTURE_BARRY_AS_BDFL;
}

/// Parses source text or the bytes of a file.
pub fn parse_source(source: &[u8], is_text: bool, filename: &str, mode: Mode, flags: u32) -> Result<Mod> {
    let options = ParseFlags {
        type_comments: flags & flags::TYPE_COMMENTS != 0,
        dont_imply_dedent: flags & flags::DONT_IMPLY_DEDENT != 0,
        allow_incomplete_input: flags & flags::ALLOW_INCOMPLETE_INPUT != 0,
        barry_as_flufl: flags & flags::BARRY_AS_FLUFL != 0,
        max_int_digits: krait_object::interp::current().int_max_str_digits.get().max(0) as usize,
        ..ParseFlags::default()
    };
    let parsed = match (is_text, core::str::from_utf8(source)) {
        (true, Ok(text)) => krait_syntax::parse_with_warnings(text, mode, options),
        _ => krait_syntax::parse_bytes(source, mode, options, &mut decode),
    };
    let parsed = parsed.map_err(|error| raise_syntax_error(&error, filename, Some(source)))?;
    for warning in &parsed.warnings {
        match warn(&warning.message, filename, warning.lineno as i32) {
            Ok(()) => {}
            Err(WarningRefused::Raised) => return Err(Raised),
            Err(WarningRefused::AsError) => {
                let line = line_text(source, warning.lineno as i32);
                return Err(raise_at(
                    &exc::PyExc_SyntaxError,
                    &warning.message,
                    filename,
                    [warning.lineno as i32, 1, warning.lineno as i32, 0],
                    line.as_deref(),
                ));
            }
        }
    }
    Ok(parsed.module)
}

/// Decodes a source in an encoding other than UTF-8.
fn decode(encoding: &str, bytes: &[u8]) -> core::result::Result<String, String> {
    let data = krait_object::Bytes::new(bytes);
    let text = data.call_method(krait_object::id!("decode"), &[&Str::new(encoding)]);
    match text.and_then(|t| t.downcast_into::<Str>().map_err(|_| Raised)) {
        Ok(text) => Ok(text.to_string_lossy()),
        Err(Raised) => {
            let error = errors::take();
            Err(error.and_then(|e| Object::str(&e).ok()).map_or_else(String::new, |t| t.to_string_lossy()))
        }
    }
}

/// Gives a SyntaxWarning through the warnings machinery.
fn warn(message: &str, filename: &str, lineno: i32) -> core::result::Result<(), WarningRefused> {
    let hook = krait_object::interp::current().hooks.warn_explicit.get();
    let given = match hook {
        Some(hook) => hook(&exc::PyExc_SyntaxWarning, message, filename, lineno),
        None => Ok(()),
    };
    given.map_err(|_| {
        if errors::matches(&exc::PyExc_SyntaxWarning) {
            errors::clear();
            WarningRefused::AsError
        } else {
            WarningRefused::Raised
        }
    })
}

/// Compiles a tree.
pub fn compile_tree(
    module: Mod,
    source: Option<&[u8]>,
    filename: &str,
    flags: u32,
    optimize: u8,
) -> Result<Ref<CodeObject>> {
    let mut options = CompileOptions::new(filename);
    options.flags = flags;
    options.optimize = optimize;
    let mut sink = |w: krait_compiler::Warning| warn(&w.message, filename, w.place.lineno);
    match krait_compiler::compile_owned(module, &options, &mut sink) {
        Ok(code) => code_convert::from_bytecode(&code),
        Err(error) => Err(raise_compile_error(&error, filename, source)),
    }
}

/// Compiles source (bytes of a file, or text in UTF-8) to a code object. `flags` are `CO_FUTURE_*` and `PyCF_*` bits.
pub fn compile_source(
    source: &[u8],
    is_text: bool,
    filename: &str,
    mode: Mode,
    flags: u32,
    optimize: u8,
) -> Result<Ref<CodeObject>> {
    let module = parse_source(source, is_text, filename, mode, flags)?;
    compile_tree(module, Some(source), filename, flags, optimize)
}

/// One line of the source, with its newline.
fn line_text(source: &[u8], lineno: i32) -> Option<String> {
    let index = usize::try_from(lineno).ok()?.checked_sub(1)?;
    let line = source.split_inclusive(|b| *b == b'\n').nth(index)?;
    Some(String::from_utf8_lossy(line).into_owned())
}

/// The line of a file, for compilations whose source is not at hand.
fn file_line(filename: &str, lineno: i32) -> Option<String> {
    line_text(&std::fs::read(filename).ok()?, lineno)
}

/// Sets a SyntaxError (or a subclass) with its place: line, column, end line, end column.
pub fn raise_at(
    ty: &TypeObject,
    message: &str,
    filename: &str,
    place: [i32; 4],
    text: Option<&str>,
) -> Raised {
    let int = |n: i32| Int::from_i64(i64::from(n)).into_object();
    let text = text.map_or_else(|| none().to_ref(), |t| Str::new(t).into_object());
    let details = Tuple::from_vec(vec![
        Str::new(filename).into_object(),
        int(place[0]),
        int(place[1]),
        text,
        int(place[2]),
        int(place[3]),
    ]);
    raise_with(ty, &[&Str::new(message), &details])
}

/// The Python exception for an error of the parser.
pub fn raise_syntax_error(error: &SyntaxError, filename: &str, _source: Option<&[u8]>) -> Raised {
    let ty: &TypeObject = match error.kind {
        ErrorKind::Syntax => &exc::PyExc_SyntaxError,
        ErrorKind::Indentation => &exc::PyExc_IndentationError,
        ErrorKind::Tab => &exc::PyExc_TabError,
        ErrorKind::Incomplete => &exc::PyExc__IncompleteInputError,
        ErrorKind::TooComplex => return raise(&exc::PyExc_MemoryError, &error.message),
        ErrorKind::Value => return raise(&exc::PyExc_ValueError, &error.message),
    };
    if error.lineno == 0 && error.text.is_none() {
        return raise(ty, &error.message);
    }
    let place = [error.lineno, error.col_offset, error.end_lineno, error.end_col_offset];
    raise_at(ty, &error.message, filename, place, error.text.as_deref())
}

/// The Python exception for an error of the compiler.
pub fn raise_compile_error(error: &CompileError, filename: &str, source: Option<&[u8]>) -> Raised {
    let ty: &TypeObject = match error.kind {
        CompileErrorKind::Syntax => &exc::PyExc_SyntaxError,
        CompileErrorKind::Recursion => &exc::PyExc_RecursionError,
        CompileErrorKind::Overflow => &exc::PyExc_OverflowError,
        CompileErrorKind::Runtime => &exc::PyExc_RuntimeError,
        CompileErrorKind::System => &exc::PyExc_SystemError,
        CompileErrorKind::Value => &exc::PyExc_ValueError,
        CompileErrorKind::Raised => return Raised,
    };
    let Some(place) = error.place.filter(|_| error.kind == CompileErrorKind::Syntax) else {
        return raise(ty, &error.message);
    };
    let text = match source {
        Some(source) => line_text(source, place.lineno),
        None => file_line(filename, place.lineno),
    };
    let numbers = [place.lineno, place.offset, place.end_lineno, place.end_offset];
    raise_at(ty, &error.message, filename, numbers, text.as_deref())
}
