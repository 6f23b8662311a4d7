//! Trees against CPython's: each `tests/ast/*.py` and the tree that CPython 3.14 makes of it beside it, and the modes
//! other than `exec` in a table. `python3.14 tests/bless_ast.py` makes the expectations anew.

use krait_ast::dump::dump;
use krait_syntax::{ErrorKind, Mode, ParseFlags, SyntaxError, parse};
use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ast")
}

fn show(error: &SyntaxError) -> String {
    let class = match error.kind {
        ErrorKind::Indentation => "IndentationError",
        ErrorKind::Tab => "TabError",
        _ => "SyntaxError",
    };
    format!("{class}: {}", error.message)
}

fn tree(source: &str, mode: Mode, type_comments: bool) -> String {
    let flags = ParseFlags { type_comments, ..ParseFlags::default() };
    match parse(source, "<test>", mode, flags) {
        Ok(module) => dump(&module),
        Err(error) => show(&error),
    }
}

/// The places around the first difference.
fn difference(want: &str, got: &str) -> String {
    let at = want.bytes().zip(got.bytes()).take_while(|(a, b)| a == b).count();
    let around =
        |text: &str| text.get(at.saturating_sub(100)..text.len().min(at + 100)).unwrap_or(text).to_owned();
    format!("want …{}…\n got …{}…", around(want), around(got))
}

#[test]
fn trees_equal_cpythons() {
    let mut failures = Vec::new();
    let mut count = 0;
    for entry in std::fs::read_dir(folder()).expect("the fixtures are there") {
        let path = entry.expect("the folder can be read").path();
        if path.extension().is_none_or(|extension| extension != "py") {
            continue;
        }
        let source = std::fs::read_to_string(&path).expect("a fixture is UTF-8");
        let want = std::fs::read_to_string(path.with_extension("ast")).expect("its tree is beside it");
        let got = tree(&source, Mode::Exec, path.file_stem().is_some_and(|stem| stem == "type_comments"));
        count += 1;
        if want.trim_end() != got {
            failures.push(format!("{}:\n{}", path.display(), difference(want.trim_end(), &got)));
        }
    }
    assert!(count >= 10);
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

fn unescape(text: &str) -> String {
    text.replace("\\\\", "\0")
        .replace("\\n", "\n")
        .replace("\\t", "\t")
        .replace("\\x0c", "\x0c")
        .replace('\0', "\\")
}

#[test]
fn modes_equal_cpythons() {
    let table = std::fs::read_to_string(folder().join("modes.tsv")).expect("the table is there");
    for line in table.lines() {
        let mut columns = line.splitn(3, '\t');
        let mode = match columns.next() {
            Some("eval") => Mode::Eval,
            Some("single") => Mode::Single,
            Some("func_type") => Mode::FuncType,
            other => panic!("no such mode: {other:?}"),
        };
        let source = unescape(columns.next().expect("a source"));
        let want = columns.next().expect("an expectation");
        assert_eq!(tree(&source, mode, false), want, "{mode:?} {source:?}");
    }
}

#[test]
fn long_chains_need_no_stack() {
    let small = std::thread::Builder::new().stack_size(1 << 20);
    let worker = small.spawn(|| {
        for (head, link, tail) in
            [("a", "+a", ""), ("a", ".a", ""), ("a", "()", ""), ("a", "[0]", ""), ("", "a=", "a")]
        {
            let source = format!("{head}{}{tail}", link.repeat(100_000));
            assert!(parse(&source, "<test>", Mode::Exec, ParseFlags::default()).is_ok(), "{link}");
        }
        let ladder = format!("if a: b\n{}", "elif a: b\n".repeat(5_000));
        assert!(parse(&ladder, "<test>", Mode::Exec, ParseFlags::default()).is_ok());
    });
    worker.expect("a thread starts").join().expect("nothing panics");
}

/// The deepest nesting that CPython 3.14 accepts, and one more.
#[test]
fn nesting_is_bounded_as_in_cpython() {
    for (link, tail, most) in [
        ("-", "1", 5968),
        ("not ", "1", 5968),
        ("a if b else ", "1", 5968),
        ("lambda:", "1", 2984),
        ("1**", "1", 2984),
    ] {
        let deep =
            |count: usize| parse(&(link.repeat(count) + tail), "<test>", Mode::Exec, ParseFlags::default());
        assert!(deep(most).is_ok(), "{link}");
        assert_eq!(deep(most + 1).expect_err("too deep").kind, ErrorKind::TooComplex, "{link}");
        assert_eq!(deep(100_000).expect_err("too deep").kind, ErrorKind::TooComplex, "{link}");
    }
    let ladder = |count: usize| {
        let source = format!("if a:b\n{}", "elif a:b\n".repeat(count));
        parse(&source, "<test>", Mode::Exec, ParseFlags::default())
    };
    assert!(ladder(5966).is_ok());
    assert_eq!(ladder(5967).expect_err("too deep").kind, ErrorKind::TooComplex);
    let parens = |count: usize| "(".repeat(count) + "1" + &")".repeat(count);
    assert!(parse(&parens(200), "<test>", Mode::Eval, ParseFlags::default()).is_ok());
    let error = parse(&parens(201), "<test>", Mode::Eval, ParseFlags::default()).expect_err("too deep");
    assert_eq!(error.message, "too many nested parentheses");
}
