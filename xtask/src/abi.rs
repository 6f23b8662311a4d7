//! Exported C symbols of the program against the list of what CPython's headers promise.

use crate::Outcome;
use crate::needs;
use crate::shrinking::{Failures, List};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

const HEADER: &str = "C symbols that CPython exports and Krait does not yet: symbol, tier, number of examined wheels that need it.
Written by: cargo xtask abi-check --bless";

/// `cargo xtask abi-check`.
pub fn run(mut arguments: Vec<String>) -> Outcome {
    let bless = needs::take_flag(&mut arguments, "--bless");
    let krait = needs::krait(&mut arguments)?;
    let facts = needs::shared("facts/capi_symbols.json")?;
    let text = fs::read_to_string(&facts).map_err(|e| format!("{}: {e}", facts.display()))?;
    let facts: Value = serde_json::from_str(&text).map_err(|e| format!("{}: {e}", facts.display()))?;
    let exported = exported(&krait)?;
    let list = List::read(needs::root().join("conformance/missing-symbols.txt"), HEADER)?;
    let (mut missing, mut present) = (Failures::new(), Vec::new());
    let symbols = facts.get("symbols").and_then(Value::as_array).cloned().unwrap_or_default();
    for record in &symbols {
        let field = |name: &str| record.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let name = field("sym");
        if exported.contains(&name) {
            present.push(name);
        } else {
            let wheels = record.get("wheels").and_then(Value::as_u64).unwrap_or(0);
            missing.insert(name, (field("tier"), wheels.to_string()));
        }
    }
    println!("{} of {} symbols", present.len(), symbols.len());
    if bless {
        return list.bless(missing, |_| true);
    }
    Ok(list.check(&missing, present.into_iter()))
}

/// The defined dynamic symbols of a program, as `nm` lists them.
fn exported(program: &Path) -> Result<BTreeSet<String>, String> {
    let mut command = needs::command("nm");
    command.args(["--dynamic", "--defined-only", "--format=posix"]).arg(program);
    let output = command.output().map_err(|e| format!("nm (of binutils): {e}"))?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let names = text.lines().filter_map(|line| line.split(' ').next());
    Ok(names.map(|name| name.split('@').next().unwrap_or(name).to_owned()).collect())
}
