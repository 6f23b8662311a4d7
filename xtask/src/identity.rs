//! The compiler's output against CPython's: every module under the roots, compiled by both, compared field by field.

use crate::Outcome;
use crate::needs;

/// `cargo xtask identity`.
pub fn run(mut arguments: Vec<String>) -> Outcome {
    let krait = needs::krait(&mut arguments)?;
    let dump = needs::shared("identity/dump.py")?;
    let compare = needs::shared("identity/compare.py")?;
    let results = needs::results("identity")?;
    let roots = if arguments.is_empty() {
        vec![needs::oracle()?.join("lib/python3.14").to_string_lossy().into_owned()]
    } else {
        arguments
    };
    let files = [("reference", needs::oracle_python()?), ("krait", krait)].map(|(name, python)| {
        let file = results.join(format!("{name}.jsonl"));
        let mut command = needs::command(&python);
        command.arg(&dump).arg(&file).args(&roots);
        (file, needs::status(&mut command))
    });
    let mut command = needs::command("python3");
    command.arg(&compare);
    for (file, status) in files {
        if !status? {
            return Err(format!("writing {} failed", file.display()));
        }
        command.arg(file);
    }
    let output = command.arg("-v").output().map_err(|e| format!("python3: {e}"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    print!("{text}");
    let shares: Vec<&str> = text.split_whitespace().filter(|word| word.ends_with('%')).collect();
    Ok(output.status.success() && !shares.is_empty() && shares.iter().all(|&share| share == "100.00%"))
}
