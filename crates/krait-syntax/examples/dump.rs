//! Print the syntax tree of each file named, one line a file, in the form of [`krait_ast::dump`], or its error.
//!
//! Options come first: `--time` (only tell how long parsing all of them took), `--warnings` (instead of the trees), `--eval`, `--single`, `--func-type`,
//! `--type-comments`, `--incomplete`, `--keep-blocks-open`, `--version=MINOR`.

use krait_syntax::{ErrorKind, Mode, ParseFlags, SyntaxError, parse_bytes};
use std::time::Instant;

fn latin1(encoding: &str, bytes: &[u8]) -> Result<String, String> {
    match encoding {
        "iso-8859-1" | "latin1" => Ok(bytes.iter().map(|&byte| char::from(byte)).collect()),
        _ => Err(format!("unknown encoding: {encoding}")),
    }
}

fn main() {
    let mut flags = ParseFlags::default();
    let mut mode = Mode::Exec;
    let (mut time, mut warnings) = (false, false);
    let mut files = Vec::new();
    for arg in std::env::args().skip(1) {
        match arg.as_str() {
            "--time" => time = true,
            "--warnings" => warnings = true,
            "--eval" => mode = Mode::Eval,
            "--single" => mode = Mode::Single,
            "--func-type" => mode = Mode::FuncType,
            "--type-comments" => flags.type_comments = true,
            "--incomplete" => flags.allow_incomplete_input = true,
            "--keep-blocks-open" => flags.dont_imply_dedent = true,
            other => match other.strip_prefix("--version=").and_then(|minor| minor.parse().ok()) {
                Some(minor) => flags.feature_version = minor,
                None => files.push(arg),
            },
        }
    }
    let sources: Vec<(String, Vec<u8>)> =
        files.into_iter().filter_map(|file| std::fs::read(&file).ok().map(|source| (file, source))).collect();
    if time {
        let start = Instant::now();
        let parsed = sources
            .iter()
            .filter(|(_, source)| parse_bytes(source, mode, flags, &mut latin1).is_ok())
            .count();
        println!("{parsed} of {} files, {:?}", sources.len(), start.elapsed());
        return;
    }
    for (_, source) in &sources {
        match parse_bytes(source, mode, flags, &mut latin1) {
            Ok(parse) if warnings => {
                let shown: Vec<String> = parse
                    .warnings
                    .iter()
                    .map(|warning| format!("{}: {}", warning.lineno, warning.message))
                    .collect();
                println!("{shown:?}");
            }
            Ok(parse) => println!("{}", krait_ast::dump::dump(&parse.module)),
            Err(error) => println!("{}", show(&error)),
        }
    }
}

/// `class: message (line, column, end line, end column)`
fn show(error: &SyntaxError) -> String {
    let class = match error.kind {
        ErrorKind::Syntax => "SyntaxError",
        ErrorKind::Indentation => "IndentationError",
        ErrorKind::Tab => "TabError",
        ErrorKind::Incomplete => "_IncompleteInputError",
        ErrorKind::TooComplex => "MemoryError",
        ErrorKind::Value => "ValueError",
    };
    let place = (error.lineno, error.col_offset, error.end_lineno, error.end_col_offset);
    format!("{class}: {} {place:?}", error.message)
}
