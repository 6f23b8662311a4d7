//! Docstrings: where they are, and how their indentation is stripped (CPython: `_PyCompile_CleanDoc`).

use krait_ast::{Constant, ExprKind, Stmt, StmtKind, Text};

/// The docstring of a body: a string literal (no f-string) as its first statement.
pub fn docstring(body: &[Stmt]) -> Option<&Text> {
    let StmtKind::Expr { value } = &body.first()?.node else { return None };
    match &value.node {
        ExprKind::Constant { value: Constant::Str(text), .. } => Some(text),
        _ => None,
    }
}

pub fn has_docstring(body: &[Stmt]) -> bool {
    docstring(body).is_some()
}

fn leading_spaces(line: &[u8]) -> usize {
    line.iter().take_while(|&&b| b == b' ').count()
}

/// Expands tabs to multiples of eight columns.
fn expand_tabs(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut column = 0;
    for &byte in text {
        match byte {
            b'\t' => {
                let width = 8 - column % 8;
                out.resize(out.len() + width, b' ');
                column += width;
            }
            b'\n' | b'\r' => {
                out.push(byte);
                column = 0;
            }
            // Columns count characters, so continuation bytes do not.
            _ => {
                out.push(byte);
                column += usize::from(byte & 0xC0 != 0x80);
            }
        }
    }
    out
}

/// Strips the indentation that all lines but the first share, and the leading spaces of the first.
pub fn clean(doc: &[u8]) -> Vec<u8> {
    let expanded = if doc.contains(&b'\t') { expand_tabs(doc) } else { doc.to_vec() };
    let mut lines = expanded.split(|&b| b == b'\n');
    let first = lines.next().unwrap_or_default();
    let margin = lines
        .clone()
        .map(|line| (leading_spaces(line), line.len()))
        .filter(|(indent, length)| indent < length)
        .map(|(indent, _)| indent)
        .min()
        .unwrap_or(0);
    let mut out = Vec::with_capacity(expanded.len());
    out.extend_from_slice(&first[leading_spaces(first)..]);
    for line in lines {
        out.push(b'\n');
        out.extend_from_slice(&line[margin.min(leading_spaces(line))..]);
    }
    out
}
