//! `from __future__ import …` at the head of a module (CPython: `Python/future.c`).

use krait_ast::{Alias, Mod, Stmt, StmtKind};
use krait_bytecode::flags::{CO_FUTURE_ANNOTATIONS, CO_FUTURE_BARRY_AS_BDFL};

use crate::docstring::has_docstring;
use crate::error::{CompileError, Result};

/// What the future statements of a module switch on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Futures {
    /// `CO_FUTURE_*` bits, and the `PyCF_*` ones that the compiler was called with.
    pub features: u32,
    /// Line and column of the last future statement; -1 without one.
    pub last: (i32, i32),
}

fn check_features(names: &[Alias]) -> Result<u32> {
    let mut features = 0;
    for alias in names {
        features |= match alias.name.as_str() {
            "nested_scopes" | "generators" | "division" | "absolute_import" | "with_statement"
            | "print_function" | "unicode_literals" | "generator_stop" => 0,
            "barry_as_FLUFL" => CO_FUTURE_BARRY_AS_BDFL,
            "annotations" => CO_FUTURE_ANNOTATIONS,
            "braces" => return Err(CompileError::syntax("not a chance", alias.range)),
            other => {
                let shown: String = other.chars().take(100).collect();
                return Err(CompileError::syntax(
                    format!("future feature {shown} is not defined"),
                    alias.range,
                ));
            }
        };
    }
    Ok(features)
}

/// The names of a statement that imports from `__future__`.
fn future_import(stmt: &Stmt) -> Option<&[Alias]> {
    match &stmt.node {
        StmtKind::ImportFrom { module: Some(module), names, level: 0 } if *module == "__future__" => {
            Some(names)
        }
        _ => None,
    }
}

/// The future features that a module asks for. Only a docstring and other future statements may come before one.
pub fn from_ast(module: &Mod) -> Result<Futures> {
    let mut futures = Futures { features: 0, last: (-1, -1) };
    let (Mod::Module { body, .. } | Mod::Interactive { body }) = module else {
        return Ok(futures);
    };
    let first = usize::from(has_docstring(body));
    for stmt in &body[first..] {
        let Some(names) = future_import(stmt) else { break };
        futures.features |= check_features(names)?;
        futures.last = (stmt.range.lineno as i32, stmt.range.col_offset as i32);
    }
    Ok(futures)
}
