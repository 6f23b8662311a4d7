//! Compile every `.py` file under the folders named and print one JSON line a file with all fields of all its code
//! objects; with `--time`, compile all of them and print how long that took. `KRAIT_OPTIMIZE` sets the level.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;

use krait_bytecode::{Code, marshal};
use krait_compiler::{CompileError, CompileOptions, ErrorKind, compile_owned};
use krait_syntax::{Mode, ParseFlags, parse_bytes};

#[path = "../tests/support/report.rs"]
mod report;

fn main() {
    let mut args: Vec<String> = std::env::args().skip(1).collect();
    let time = args.first().is_some_and(|arg| arg == "--time");
    if time {
        args.remove(0);
    }
    // The parser and the compiler count their depth; deep trees need room up to their limits.
    let worker = std::thread::Builder::new().stack_size(64 << 20).spawn(move || run(&args, time));
    if let Ok(worker) = worker {
        let _ = worker.join();
    }
}

fn run(roots: &[String], time: bool) {
    let mut sources = Vec::new();
    for root in roots {
        let root = Path::new(root);
        let mut files = Vec::new();
        collect(root, &mut files);
        for file in files {
            let rel = file.strip_prefix(root).unwrap_or(&file).to_string_lossy().into_owned();
            if let Ok(source) = std::fs::read(&file) {
                sources.push((rel, source));
            }
        }
    }
    let start = Instant::now();
    for (rel, source) in &sources {
        let result = compile_source(rel, source);
        if !time {
            println!("{}", line(rel, result));
        }
    }
    if time {
        println!("{} files, {:?}", sources.len(), start.elapsed());
    }
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    let mut entries: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() && !path.ends_with("__pycache__") {
            collect(&path, files);
        } else if path.extension().is_some_and(|ext| ext == "py") {
            files.push(path);
        }
    }
}

/// What an exception would show: its type and message, and the four numbers of its place.
struct Failure {
    kind: &'static str,
    message: String,
    at: [Option<i32>; 4],
}

fn latin1(encoding: &str, bytes: &[u8]) -> Result<String, String> {
    match encoding {
        "iso-8859-1" => Ok(bytes.iter().map(|&byte| char::from(byte)).collect()),
        _ => Err(format!("unknown encoding: {encoding}")),
    }
}

fn compile_source(rel: &str, source: &[u8]) -> Result<std::rc::Rc<Code>, Failure> {
    let parse = parse_bytes(source, Mode::Exec, ParseFlags::default(), &mut latin1).map_err(|error| {
        use krait_syntax::ErrorKind;
        let kind = match error.kind {
            ErrorKind::Indentation => "IndentationError",
            ErrorKind::Tab => "TabError",
            ErrorKind::Value => "ValueError",
            _ => "SyntaxError",
        };
        let at = [error.lineno, error.col_offset, error.end_lineno, error.end_col_offset].map(Some);
        Failure { kind, message: error.message.clone(), at }
    })?;
    let mut options = CompileOptions::new(rel);
    options.optimize = std::env::var("KRAIT_OPTIMIZE").ok().and_then(|level| level.parse().ok()).unwrap_or(0);
    compile_owned(parse.module, &options, &mut |_| Ok(())).map_err(failure)
}

fn failure(error: CompileError) -> Failure {
    let kind = match error.kind {
        ErrorKind::Syntax => "SyntaxError",
        ErrorKind::Recursion => "RecursionError",
        ErrorKind::Overflow => "OverflowError",
        ErrorKind::Runtime => "RuntimeError",
        ErrorKind::System => "SystemError",
        ErrorKind::Value | ErrorKind::Raised => "ValueError",
    };
    let at = match error.place {
        Some(p) => [p.lineno, p.offset, p.end_lineno, p.end_offset].map(Some),
        None => [None; 4],
    };
    Failure { kind, message: error.message, at }
}

fn line(rel: &str, result: Result<std::rc::Rc<Code>, Failure>) -> String {
    let mut out = format!("{{\"f\":{}", json(rel));
    match result {
        Ok(code) => {
            out.push_str(",\"c\":[");
            let mut all = Vec::new();
            report::walk(&code, &mut all);
            let all: Vec<String> = all.into_iter().map(json_fields).collect();
            out.push_str(&all.join(","));
            let marshalled = marshal::dumps(&code).unwrap_or_default();
            let hex: String = marshalled.iter().map(|b| format!("{b:02x}")).collect();
            let _ = write!(out, "],\"marshal\":\"{hex}\"}}");
        }
        Err(failure) => {
            let at: Vec<String> =
                failure.at.iter().map(|n| n.map_or("null".to_owned(), |n| n.to_string())).collect();
            let text = format!("{}: {}", failure.kind, failure.message);
            let _ = write!(out, ",\"error\":{},\"at\":[{}]}}", json(&text), at.join(","));
        }
    }
    out
}

/// A JSON string, ASCII only.
fn json(text: &str) -> String {
    let mut out = String::from("\"");
    for unit in text.encode_utf16() {
        match unit {
            0x22 => out.push_str("\\\""),
            0x5c => out.push_str("\\\\"),
            0x20..0x7f => out.push(char::from(unit as u8)),
            _ => {
                let _ = write!(out, "\\u{unit:04x}");
            }
        }
    }
    out.push('"');
    out
}

fn json_fields(code: &Code) -> String {
    let mut out = format!("{{\"q\":{},\"l\":\"{}\"", json(&code.qualname.to_string()), code.firstlineno);
    for (name, value) in report::fields(code) {
        let _ = write!(out, ",{}:{}", json(name), json(&value));
    }
    out.push('}');
    out
}
