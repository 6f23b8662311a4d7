//! Python source text to tokens to syntax tree, with CPython's SyntaxErrors.
//!
//! It may use nothing but `krait-ast`. No input makes it panic or overflow the native stack.
#![forbid(unsafe_code)]

pub mod encoding;
pub mod error;
pub mod literals;
pub mod token;
pub mod tokenizer;

pub use error::{ErrorKind, SyntaxError};
pub use token::{Token, TokenKind};
