//! Reads sources separated by NUL bytes and prints the tokens of each as one JSON line: for comparison with
//! CPython's `_tokenize.TokenizerIter`. With the argument `extra`, comments and blank lines are tokens.

use std::io::{Read, Write};

use krait_syntax::encoding::normalize_newlines;
use krait_syntax::tokenizer::tokenize::TokenIter;

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

fn main() -> std::io::Result<()> {
    let extra = std::env::args().any(|arg| arg == "extra");
    let mut input = String::new();
    std::io::stdin().read_to_string(&mut input)?;
    let mut out = std::io::stdout().lock();
    for source in input.split('\0') {
        let text = normalize_newlines(source, true);
        let mut parts = Vec::new();
        for token in TokenIter::new(&text, extra, text.len() != source.len()) {
            parts.push(match token {
                Ok(token) => format!(
                    "[\"{:?}\",{},[{},{}],[{},{}],{}]",
                    token.kind,
                    quote(token.text),
                    token.start.0,
                    token.start.1,
                    token.end.0,
                    token.end.1,
                    quote(token.line)
                ),
                Err(error) => format!(
                    "[\"{:?}\",{},{},{},{},{},{}]",
                    error.kind,
                    quote(&error.message),
                    error.lineno,
                    error.col_offset,
                    error.end_lineno,
                    error.end_col_offset,
                    quote(error.text.as_deref().unwrap_or(""))
                ),
            });
        }
        writeln!(out, "[{}]", parts.join(","))?;
    }
    Ok(())
}
