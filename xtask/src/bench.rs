//! Speed as a ratio to the reference, in one interleaved run.

use crate::Outcome;
use crate::needs;

/// `cargo xtask bench`.
pub fn run(mut arguments: Vec<String>) -> Outcome {
    let krait = needs::krait(&mut arguments)?;
    let oracle = needs::oracle_python()?;
    let suite = match arguments.first().map(String::as_str) {
        Some("micro" | "core" | "extra") => arguments.remove(0),
        _ => "micro".to_owned(),
    };
    let runner = if suite == "micro" { "bench/micro_run.py" } else { "bench/pyperformance_run.py" };
    let mut command = needs::command("python3");
    command.arg(needs::shared(runner)?);
    command.arg("--python").arg(format!("cpython={}", oracle.display()));
    command.arg("--python").arg(format!("krait={}", krait.display()));
    if suite != "micro" {
        command.args(["--suite", &suite]);
    }
    let results = needs::results("bench")?.join(format!("{suite}.json"));
    command.arg("--json").arg(results).args(&arguments);
    needs::status(&mut command)
}
