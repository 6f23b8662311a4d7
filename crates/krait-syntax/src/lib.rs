//! Python source text to tokens to syntax tree, with CPython's SyntaxErrors.
//!
//! It may use nothing but `krait-ast`. No input makes it panic or overflow the native stack.
#![forbid(unsafe_code)]

pub mod diagnose;
pub mod encoding;
pub mod error;
pub mod literals;
mod parse;
mod parser;
pub mod token;
pub mod tokenizer;

pub use error::{ErrorKind, SyntaxError};
pub use parse::{Mode, Parse, ParseFlags, parse, parse_bytes, parse_with_warnings};
pub use token::{Token, TokenKind};
