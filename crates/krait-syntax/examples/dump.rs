//! Print the syntax tree of each file named, one line a file, in the form of [`krait_ast::dump`]; with `--time`, parse
//! all of them and print how long that took.

use krait_syntax::{ErrorKind, Mode, ParseFlags, SyntaxError, parse_bytes};
use std::time::Instant;

fn latin1(encoding: &str, bytes: &[u8]) -> Result<String, String> {
    match encoding {
        "iso-8859-1" | "latin1" => Ok(bytes.iter().map(|&byte| char::from(byte)).collect()),
        _ => Err(format!("unknown encoding: {encoding}")),
    }
}

fn main() {
    let mut files: Vec<String> = std::env::args().skip(1).collect();
    let flags = ParseFlags::default();
    if files.first().is_some_and(|arg| arg == "--time") {
        let sources: Vec<Vec<u8>> =
            files.split_off(1).iter().filter_map(|file| std::fs::read(file).ok()).collect();
        let start = Instant::now();
        let parsed = sources
            .iter()
            .filter(|source| parse_bytes(source, Mode::Exec, flags, &mut latin1).is_ok())
            .count();
        println!("{parsed} of {} files, {:?}", sources.len(), start.elapsed());
        return;
    }
    for file in files {
        let source = match std::fs::read(&file) {
            Ok(source) => source,
            Err(error) => {
                println!("{file}: {error}");
                continue;
            }
        };
        match parse_bytes(&source, Mode::Exec, flags, &mut latin1) {
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
