//! The error that parsing ends with: what becomes a `SyntaxError` object with its five location attributes.

use std::fmt;

/// Which exception class, or which way of ending, an error stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    Syntax,
    Indentation,
    Tab,
    /// `_IncompleteInputError`: the input stopped where more could make it valid.
    Incomplete,
    /// `MemoryError`: nested too deeply for the parser.
    TooComplex,
    /// `ValueError`: the source holds what no source may hold.
    Value,
}

/// Lines and columns count from 1, columns in characters, as the attributes of the Python exception. Zero or less is
/// what CPython stores there for "unknown".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxError {
    pub kind: ErrorKind,
    pub message: String,
    pub lineno: i32,
    pub col_offset: i32,
    pub end_lineno: i32,
    pub end_col_offset: i32,
    /// The source line, with its newline where it has one.
    pub text: Option<String>,
}

/// A position within the source: a 1-based line and a 0-based byte column in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub lineno: u32,
    pub col_offset: u32,
}

impl SyntaxError {
    /// An error from `start` to `end` (byte columns) of `source`.
    pub fn at(source: &str, kind: ErrorKind, message: impl Into<String>, start: Place, end: Place) -> Self {
        let line = source_line(source, start.lineno);
        let end_line = if end.lineno == start.lineno { line } else { source_line(source, end.lineno) };
        SyntaxError {
            kind,
            message: message.into(),
            lineno: start.lineno as i32,
            col_offset: char_column(line, start.col_offset),
            end_lineno: end.lineno as i32,
            end_col_offset: char_column(end_line, end.col_offset),
            text: Some(line.to_owned()),
        }
    }

    /// An error that belongs to no place in the source.
    pub fn nowhere(kind: ErrorKind, message: impl Into<String>) -> Self {
        SyntaxError {
            kind,
            message: message.into(),
            lineno: 0,
            col_offset: 0,
            end_lineno: 0,
            end_col_offset: 0,
            text: None,
        }
    }
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (line {}, column {})", self.message, self.lineno, self.col_offset)
    }
}

impl std::error::Error for SyntaxError {}

/// The text of line `lineno` (from 1) with its newline; empty beyond the end.
pub fn source_line(source: &str, lineno: u32) -> &str {
    source.split_inclusive('\n').nth((lineno as usize).saturating_sub(1)).unwrap_or("")
}

/// The 1-based character column of a byte column; a column past the line counts the rest as single bytes.
pub fn char_column(line: &str, byte_column: u32) -> i32 {
    let byte_column = byte_column as usize;
    let inside = line.as_bytes().iter().take(byte_column).filter(|&&b| b & 0xc0 != 0x80).count();
    (inside + byte_column.saturating_sub(line.len()) + 1) as i32
}
