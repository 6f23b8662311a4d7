//! What a build of CPython leaves for `sysconfig`: the variables in two forms, and `build-details.json`.

use crate::archive::{Entry, Kind};

const PLATFORM: &str = "linux_x86_64-linux-gnu";

/// The generated files. `variables` has lines `NAME = value`, the value being an integer or the rest of the line.
pub fn files(variables: &str, details: &str) -> Vec<Entry> {
    let mut python =
        String::from("# Variables of the build for the sysconfig module.\nbuild_time_vars = {\n");
    let mut json = String::from("{\n");
    let lines = variables.lines().filter(|l| !l.is_empty() && !l.starts_with('#'));
    let pairs: Vec<(&str, &str)> = lines
        .map(|l| l.split_once('=').unwrap_or_else(|| panic!("sysconfig variable without value: {l}")))
        .collect();
    for (index, (name, value)) in pairs.iter().enumerate() {
        let (name, value) = (name.trim(), value.trim());
        let number = value.parse::<i64>().is_ok();
        let quoted = value.replace('\\', "\\\\");
        let (py, js) = if number {
            (value.to_owned(), value.to_owned())
        } else {
            (format!("'{}'", quoted.replace('\'', "\\'")), format!("\"{}\"", quoted.replace('"', "\\\"")))
        };
        python.push_str(&format!("    '{name}': {py},\n"));
        let comma = if index + 1 < pairs.len() { "," } else { "" };
        json.push_str(&format!("  \"{name}\": {js}{comma}\n"));
    }
    python.push_str("}\n");
    json.push_str("}\n");
    let template = |name: String, text: String| Entry {
        path: format!("lib/python3.14/{name}"),
        kind: Kind::Template,
        data: text.into_bytes(),
    };
    vec![
        template(format!("_sysconfigdata__{PLATFORM}.py"), python),
        template(format!("_sysconfig_vars__{PLATFORM}.json"), json),
        template("build-details.json".to_owned(), details.to_owned()),
    ]
}
