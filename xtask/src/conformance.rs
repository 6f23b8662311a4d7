//! CPython's test suite, never edited, against the list of what does not pass yet.

use crate::Outcome;
use crate::needs;
use crate::shrinking::{Failures, List};
use flate2::read::GzDecoder;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

const HEADER: &str =
    "Cases of CPython's test suite that the reference passes and Krait does not yet: id, kind, reason.
Written by: cargo xtask conformance --bless";

/// Reasons are cut to this many characters.
const REASON: usize = 90;

/// `cargo xtask conformance`.
pub fn run(mut arguments: Vec<String>) -> Outcome {
    let bless = needs::take_flag(&mut arguments, "--bless");
    let krait = needs::krait(&mut arguments)?;
    let runner = needs::shared("conformance/suite_run.py")?;
    let reference = needs::shared("conformance/reference-cpython-3.14.8.json.gz")?;
    let tests = tests_folder(&needs::oracle()?)?;
    let results = needs::results("conformance")?.join("krait.json");
    let list = List::read(needs::root().join("conformance/expected-failures.txt"), HEADER)?;

    let mut command = needs::command("python3");
    command.arg(runner).args(["run", "--python"]).arg(&krait).arg("--tests").arg(&tests);
    command.arg("--reference").arg(&reference).arg("--json").arg(&results).args(&arguments);
    needs::status(&mut command)?;

    let reference = passing(&load(&reference)?);
    let subject = load(&results)?;
    let (found, passed) = failures(&reference, &subject);
    let files = subject.get("files").and_then(Value::as_object).cloned().unwrap_or_default();
    let ran = |id: &str| {
        files.keys().any(|file| id.strip_prefix(file.as_str()).is_some_and(|r| r.starts_with('.')))
    };
    if bless {
        return list.bless(found, ran);
    }
    Ok(list.check(&found, passed.into_iter()))
}

/// A folder with CPython's `test` package alone, and its C test helpers.
fn tests_folder(oracle: &Path) -> Result<PathBuf, String> {
    let folder = needs::results("conformance/tests")?;
    let library = oracle.join("lib/python3.14");
    let link = |from: &Path, name: &Path| {
        let to = folder.join(name);
        let _ = fs::remove_file(&to);
        symlink(from, &to).map_err(|e| format!("{}: {e}", to.display()))
    };
    link(&library.join("test"), Path::new("test"))?;
    for entry in fs::read_dir(library.join("lib-dynload")).into_iter().flatten().flatten() {
        let name = entry.file_name();
        if ["_test", "_xxtest", "xx"].iter().any(|prefix| name.to_string_lossy().starts_with(prefix)) {
            link(&entry.path(), Path::new(&name))?;
        }
    }
    Ok(folder)
}

fn load(path: &Path) -> Result<Value, String> {
    let error = |e: &dyn std::fmt::Display| format!("{}: {e}", path.display());
    let file = File::open(path).map_err(|e| error(&e))?;
    let parsed = if path.extension().is_some_and(|e| e == "gz") {
        serde_json::from_reader(GzDecoder::new(file))
    } else {
        serde_json::from_reader(file)
    };
    parsed.map_err(|e| error(&e))
}

/// The cases that the reference passes, by file.
fn passing(reference: &Value) -> BTreeMap<String, Vec<String>> {
    let files = reference.get("files").and_then(Value::as_object);
    let cases = |unit: &Value| match unit.pointer("/by_status/pass") {
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        Some(Value::Object(names)) => names.keys().cloned().collect(),
        _ => Vec::new(),
    };
    files.into_iter().flatten().map(|(file, unit)| (file.clone(), cases(unit))).collect()
}

/// What fails of the files that were run, and the ids that pass. A file of which nothing passes for one reason is one
/// entry.
fn failures(reference: &BTreeMap<String, Vec<String>>, subject: &Value) -> (Failures, Vec<String>) {
    let (mut found, mut passed) = (Failures::new(), Vec::new());
    let empty = Map::new();
    let files = subject.get("files").and_then(Value::as_object).unwrap_or(&empty);
    for (file, unit) in files {
        let Some(asked) = reference.get(file).filter(|asked| !asked.is_empty()) else { continue };
        let cases = unit.get("cases").and_then(Value::as_object).unwrap_or(&empty);
        let (mut bad, mut good) = (Vec::new(), Vec::new());
        for case in asked {
            let id = if case.starts_with('.') { format!("{file}{case}") } else { format!("{file}.{case}") };
            match judge(unit, cases.get(case)) {
                Some(failure) => bad.push((id, failure)),
                None => good.push(id),
            }
        }
        match bad.first() {
            Some((_, first)) if good.is_empty() && asked.len() > 1 && bad.iter().all(|(_, f)| f == first) => {
                found.insert(format!("{file}.*"), first.clone());
            }
            _ => found.extend(bad),
        }
        passed.extend(good);
    }
    (found, passed)
}

/// Kind and reason of a case that does not pass.
fn judge(unit: &Value, case: Option<&Value>) -> Option<(String, String)> {
    let text =
        |value: &Value, index: usize| value.get(index).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (status, reason) = match (case, unit.get("import")) {
        (Some(case), _) => (text(case, 0), text(case, 2)),
        (None, Some(import)) => (text(import, 0), format!("import: {}", text(import, 1))),
        (None, None) => ("missing".to_owned(), String::new()),
    };
    let kind = match status.as_str() {
        "pass" => return None,
        "timeout" => "hang",
        "crash" => "crash",
        "skip" => "skip",
        "missing" | "notrun" => "missing",
        _ => "fail",
    };
    let line = reason.split(['\n', '\t']).next().unwrap_or_default();
    Some((kind.to_owned(), line.chars().take(REASON).collect::<String>().trim_end().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn judged_by_file_and_case() {
        let reference = passing(&json!({"files": {
            "test_a": {"by_status": {"pass": [".T.x", ".T.y"], "skip": {".T.z": "why"}}},
            "test_b": {"by_status": {"pass": [".T.x", ".T.y"]}},
            "test_c": {"by_status": {"pass": [".T.x"]}},
        }}));
        let subject = json!({"files": {
            "test_a": {"cases": {".T.x": ["pass"], ".T.y": ["fail", 0.1, "AssertionError: 1\nmore", "x:1"]}},
            "test_b": {"cases": {}, "import": ["error", "No module named 'b'"]},
        }});
        let (found, passed) = failures(&reference, &subject);
        assert_eq!(passed, ["test_a.T.x"]);
        let expected: Vec<_> = found.iter().map(|(id, (kind, why))| format!("{id} {kind} {why}")).collect();
        assert_eq!(
            expected,
            ["test_a.T.y fail AssertionError: 1", "test_b.* fail import: No module named 'b'"]
        );
    }
}
