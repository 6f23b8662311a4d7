//! `_opcode_metadata.py`, written from the one table of opcodes.

use krait_bytecode::opcode::{HAVE_ARGUMENT, Kind, MIN_INSTRUMENTED_OPCODE, Opcode};
use std::fmt::Write;

/// The module's text. `dis` numbers its tables by the order of `opmap`: the opcodes with fixed places come first.
pub fn module() -> String {
    let mut out = String::from("# Written from the interpreter's table of opcodes.\n");
    out.push_str("_specializations = {\n");
    for base in Opcode::all().filter(|op| op.kind() == Kind::Base) {
        let family = Opcode::all().filter(|op| op.kind() == Kind::Specialized && op.deopt() == base);
        let names: Vec<_> = family.map(|op| format!("        \"{}\",\n", op.name())).collect();
        if !names.is_empty() {
            write!(out, "    \"{}\": [\n{}    ],\n", base.name(), names.concat()).unwrap();
        }
    }
    out.push_str("}\n\n_specialized_opmap = {\n");
    let mut specialized: Vec<_> = Opcode::all().filter(|op| op.kind() == Kind::Specialized).collect();
    specialized.sort_by_key(|op| op.name());
    specialized.iter().for_each(|&op| entry(&mut out, op));
    out.push_str("}\n\nopmap = {\n");
    let fixed = ["CACHE", "RESERVED", "RESUME", "INSTRUMENTED_LINE", "ENTER_EXECUTOR"];
    fixed.iter().filter_map(|name| Opcode::from_name(name)).for_each(|op| entry(&mut out, op));
    Opcode::all()
        .filter(|op| op.kind() != Kind::Specialized && !fixed.contains(&op.name()))
        .for_each(|op| entry(&mut out, op));
    write!(
        out,
        "}}\n\nHAVE_ARGUMENT = {HAVE_ARGUMENT}\nMIN_INSTRUMENTED_OPCODE = {MIN_INSTRUMENTED_OPCODE}\n"
    )
    .unwrap();
    out
}

fn entry(out: &mut String, op: Opcode) {
    writeln!(out, "    '{}': {},", op.name(), op.number()).unwrap();
}
