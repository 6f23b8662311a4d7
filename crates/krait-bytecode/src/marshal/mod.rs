//! The `marshal` format, version 5, over any model of Python values.
//!
//! The reader builds values through [`Builder`] and the writer looks at them through [`Model`], so that the interpreter
//! reads and writes its objects with no intermediate form. [`consts`] is both over [`Const`](crate::Const). Neither side
//! recurses: depth is bounded by CPython's limit and costs no native stack. CPython's counterpart is `Python/marshal.c`.

pub mod consts;
mod float;
mod reader;
mod writer;

pub use consts::{dumps, loads};
pub use reader::{Builder, CodeFields, Container, Reader, Source, Text};
pub use writer::{Model, Part, View, Writer};

/// The version that `dumps` writes by default.
pub const VERSION: i32 = 5;

/// Deepest nesting that is read or written.
pub const MAX_DEPTH: usize = 2000;

/// Set in the type code of an object that later ones may refer to.
const FLAG_REF: u8 = 0x80;

/// Type codes.
mod code {
    pub const NULL: u8 = b'0';
    pub const NONE: u8 = b'N';
    pub const FALSE: u8 = b'F';
    pub const TRUE: u8 = b'T';
    pub const STOP_ITERATION: u8 = b'S';
    pub const ELLIPSIS: u8 = b'.';
    pub const INT: u8 = b'i';
    pub const INT64: u8 = b'I';
    pub const LONG: u8 = b'l';
    pub const FLOAT: u8 = b'f';
    pub const BINARY_FLOAT: u8 = b'g';
    pub const COMPLEX: u8 = b'x';
    pub const BINARY_COMPLEX: u8 = b'y';
    pub const STRING: u8 = b's';
    pub const INTERNED: u8 = b't';
    pub const REF: u8 = b'r';
    pub const TUPLE: u8 = b'(';
    pub const SMALL_TUPLE: u8 = b')';
    pub const LIST: u8 = b'[';
    pub const DICT: u8 = b'{';
    pub const CODE: u8 = b'c';
    pub const UNICODE: u8 = b'u';
    pub const SET: u8 = b'<';
    pub const FROZENSET: u8 = b'>';
    pub const SLICE: u8 = b':';
    pub const ASCII: u8 = b'a';
    pub const ASCII_INTERNED: u8 = b'A';
    pub const SHORT_ASCII: u8 = b'z';
    pub const SHORT_ASCII_INTERNED: u8 = b'Z';
}

/// Why reading or writing failed, by the exception that it is. `Model` carries the error of the value model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error<E> {
    /// `EOFError`
    Eof(&'static str),
    /// `ValueError`
    Value(&'static str),
    /// `TypeError`
    Type(&'static str),
    Model(E),
}

pub type Result<T, E> = std::result::Result<T, Error<E>>;

impl<E: std::fmt::Display> std::fmt::Display for Error<E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Error::Eof(text) | Error::Value(text) | Error::Type(text) => f.write_str(text),
            Error::Model(error) => error.fmt(f),
        }
    }
}
