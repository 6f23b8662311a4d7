//! Code objects of the fixtures in `code/` against those of CPython, field by field. `bless.py` writes the goldens.

use std::path::Path;

use krait_compiler::{CompileOptions, compile};
use krait_syntax::{Mode, ParseFlags, parse};

#[path = "support/report.rs"]
mod report;

/// The arguments of `compile()` from the first line of a fixture.
fn options(name: &str, source: &str) -> (CompileOptions, Mode) {
    let mut options = CompileOptions::new(name);
    let mut mode = Mode::Exec;
    for word in source.lines().next().unwrap_or_default().split_whitespace() {
        match word.split_once('=') {
            Some(("mode", "eval")) => mode = Mode::Eval,
            Some(("mode", "single")) => mode = Mode::Single,
            Some(("optimize", level)) => options.optimize = level.parse().unwrap(),
            Some(("flags", bits)) => {
                options.flags = u32::from_str_radix(bits.trim_start_matches("0x"), 16).unwrap();
            }
            _ => {}
        }
    }
    (options, mode)
}

fn compiled(name: &str, source: &str) -> String {
    let (options, mode) = options(name, source);
    let module = parse(source, name, mode, ParseFlags::default()).expect("the fixture parses");
    let code = compile(&module, &options, &mut |_| Ok(())).expect("the fixture compiles");
    let mut all = Vec::new();
    report::walk(&code, &mut all);
    let mut out = String::new();
    for code in all {
        let fields = report::fields(code);
        let qualname = &fields.iter().find(|(field, _)| *field == "co_qualname").unwrap().1;
        out.push_str(&format!("== {qualname}\n"));
        for (field, value) in fields {
            out.push_str(&format!("{field}: {value}\n"));
        }
    }
    out
}

/// The lines that differ, each with the code object that it belongs to.
fn differences(golden: &str, ours: &str) -> Vec<String> {
    let mut at = "";
    let mut found = Vec::new();
    if golden.lines().count() != ours.lines().count() {
        found.push("another number of code objects".to_owned());
    }
    for (wanted, got) in golden.lines().zip(ours.lines()) {
        if wanted.starts_with("== ") {
            at = wanted;
        }
        if wanted != got {
            found.push(format!("{at}\n  wanted {wanted}\n  got    {got}"));
        }
    }
    found
}

#[test]
fn code_objects_equal_those_of_cpython() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/code");
    let mut names: Vec<_> = std::fs::read_dir(&folder).unwrap().flatten().map(|entry| entry.path()).collect();
    names.retain(|path| path.extension().is_some_and(|ext| ext == "py"));
    names.sort();
    assert!(!names.is_empty());
    let mut failed = Vec::new();
    for path in names {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let source = std::fs::read_to_string(&path).unwrap();
        let golden = std::fs::read_to_string(path.with_extension("golden")).unwrap();
        let found = differences(&golden, &compiled(&name, &source));
        if !found.is_empty() {
            failed.push(format!("{name}: {}", found[..found.len().min(4)].join("\n")));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n\n"));
}
