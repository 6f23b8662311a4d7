//! Sources that do not parse, and the SyntaxErrors that CPython gives for them (`fixtures/errors.jsonl`, made by
//! `fixtures/errors.py`).

use krait_syntax::ErrorKind;
use krait_syntax::diagnose::{Mode, Options, diagnose};
use krait_syntax::encoding::normalize_newlines;
use serde_json::{Value, json};

fn found(mode: &str, source: &str) -> Value {
    let has = |word: &str| mode.split(' ').any(|part| part == word);
    let start = match mode.split(' ').next() {
        Some("eval") => Mode::Eval,
        Some("single") => Mode::Single,
        _ => Mode::Exec,
    };
    let options = Options {
        mode: start,
        type_comments: has("types"),
        dont_imply_dedent: has("dedent"),
        allow_incomplete: has("incomplete"),
        ..Options::default()
    };
    let text = normalize_newlines(source, start == Mode::Exec);
    let Some(error) = diagnose(&text, options) else { return Value::Null };
    let class = match error.kind {
        ErrorKind::Syntax => "SyntaxError",
        ErrorKind::Indentation => "IndentationError",
        ErrorKind::Tab => "TabError",
        ErrorKind::Incomplete => "_IncompleteInputError",
        ErrorKind::TooComplex => "MemoryError",
        ErrorKind::Value => "ValueError",
    };
    json!([
        mode,
        source,
        class,
        error.message,
        error.lineno,
        error.col_offset,
        error.end_lineno,
        error.end_col_offset,
        error.text
    ])
}

#[test]
fn errors_are_those_of_cpython() -> Result<(), serde_json::Error> {
    let mut wrong = Vec::new();
    for line in include_str!("fixtures/errors.jsonl").lines() {
        let expected: Value = serde_json::from_str(line)?;
        let (mode, source) = (expected[0].as_str().unwrap_or(""), expected[1].as_str().unwrap_or(""));
        let found = found(mode, source);
        if found != expected {
            wrong.push(format!("expected {expected}\n   found {found}"));
        }
    }
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
    Ok(())
}

#[test]
fn deep_nesting_ends_well() {
    let deep = [
        "-".repeat(200_000) + "x x",
        "lambda:".repeat(50_000) + "1 1",
        "a if b else ".repeat(50_000) + "c d",
        "(".repeat(150) + &"[".repeat(49),
        "f'{".repeat(140),
    ];
    for source in deep {
        assert!(diagnose(&normalize_newlines(&source, true), Options::default()).is_some());
    }
}
