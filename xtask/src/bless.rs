//! Makes the fixtures of the crates' tests anew. Expectations come from CPython, never from Krait: each folder of
//! fixtures has a script, which a python3.14 that the user names runs.

use crate::Outcome;
use crate::needs;
use std::fs;
use std::path::{Path, PathBuf};

/// `cargo xtask bless PYTHON`.
pub fn run(arguments: Vec<String>) -> Outcome {
    let python = match arguments.first() {
        Some(python) => PathBuf::from(python),
        None => needs::oracle_python().map_err(|e| format!("name a python3.14: bless PYTHON ({e})"))?,
    };
    let version = needs::command(&python)
        .args(["-c", "import sys; print(sys.implementation.name, *sys.version_info[:2], hasattr(sys.implementation, '_krait'))"])
        .output()
        .map_err(|e| format!("{}: {e}", python.display()))?;
    let version = String::from_utf8_lossy(&version.stdout).trim().to_owned();
    if version != "cpython 3 14 False" {
        return Err(format!("{} is not CPython 3.14 ({version})", python.display()));
    }
    let mut scripts = Vec::new();
    for entry in fs::read_dir(needs::root().join("crates")).map_err(|e| e.to_string())?.flatten() {
        find(&entry.path().join("tests"), &mut scripts);
    }
    scripts.sort();
    let mut good = true;
    for script in scripts {
        println!("{}", script.strip_prefix(needs::root()).unwrap_or(&script).display());
        good &= needs::status(needs::command(&python).arg(&script))?;
    }
    Ok(good)
}

/// Scripts are named `bless*.py`, or like the fixture file beside them (`errors.py` makes `errors.jsonl`).
fn find(folder: &Path, scripts: &mut Vec<PathBuf>) {
    for path in fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            find(&path, scripts);
            continue;
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let makes = path.extension().is_some_and(|e| e == "py") && path.with_extension("jsonl").exists();
        if makes || name.starts_with("bless") && name.ends_with(".py") {
            scripts.push(path);
        }
    }
}
