//! Reads sources separated by NUL bytes and prints the SyntaxError of each as a JSON line (`null` where there is
//! none): for comparison with CPython. The argument is the mode (`exec`, `eval`, `single`
//! or `func_type`), and words that switch options on: `incomplete`, `dedent`, `types`, and
//! `parse` to go through the parser proper first.

use std::io::{Read, Write};

use krait_syntax::diagnose::{Mode, Options, diagnose};
use krait_syntax::encoding::normalize_newlines;
use krait_syntax::{ParseFlags, SyntaxError, parse_with_warnings};

fn quote(text: &str) -> String {
    let mut out = String::from("\"");
    for unit in text.encode_utf16() {
        match unit {
            0x22 | 0x5c => out.extend(['\\', unit as u8 as char]),
            0x20..=0x7e => out.push(unit as u8 as char),
            _ => out.push_str(&format!("\\u{unit:04x}")),
        }
    }
    out.push('"');
    out
}

fn parse_error(source: &str, options: &Options) -> Option<Box<SyntaxError>> {
    let flags = ParseFlags {
        type_comments: options.type_comments,
        dont_imply_dedent: options.dont_imply_dedent,
        allow_incomplete_input: options.allow_incomplete,
        ..ParseFlags::default()
    };
    let mode = match options.mode {
        Mode::Exec => krait_syntax::Mode::Exec,
        Mode::Eval => krait_syntax::Mode::Eval,
        Mode::Single => krait_syntax::Mode::Single,
        Mode::FuncType => krait_syntax::Mode::FuncType,
    };
    parse_with_warnings(source, mode, flags).err()
}

fn main() -> std::io::Result<()> {
    let mode = match std::env::args().nth(1).as_deref() {
        Some("eval") => Mode::Eval,
        Some("single") => Mode::Single,
        Some("func_type") => Mode::FuncType,
        _ => Mode::Exec,
    };
    let has = |word: &str| std::env::args().any(|arg| arg == word);
    let options = Options {
        mode,
        allow_incomplete: has("incomplete"),
        dont_imply_dedent: has("dedent"),
        type_comments: has("types"),
        ..Options::default()
    };
    let mut input = String::new();
    std::io::stdin().read_to_string(&mut input)?;
    let mut out = std::io::stdout().lock();
    for source in input.split('\0') {
        let text = normalize_newlines(source, mode == Mode::Exec);
        let error = if has("parse") { parse_error(source, &options) } else { diagnose(&text, options) };
        match error {
            None => writeln!(out, "null")?,
            Some(error) => writeln!(
                out,
                "[\"{:?}\",{},{},{},{},{},{}]",
                error.kind,
                quote(&error.message),
                error.lineno,
                error.col_offset,
                error.end_lineno,
                error.end_col_offset,
                error.text.as_deref().map_or("null".into(), quote)
            )?,
        }
    }
    Ok(())
}
