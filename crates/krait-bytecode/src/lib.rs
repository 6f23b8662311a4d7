//! krait-bytecode: what compiled Python is made of, with no object model behind it.
//!
//! The one table of opcodes, [`Code`] and its constants, location and exception tables, `marshal` and the header of
//! `.pyc` files. It depends on no other crate of the workspace; the compiler produces these types and the interpreter
//! consumes them.
#![forbid(unsafe_code)]

pub mod code;
pub mod exceptions;
pub mod flags;
pub mod location;
pub mod marshal;
pub mod opcode;
pub mod pyc;
pub mod text;
pub mod verify;

pub use code::{Code, Complex, Const, ConstKey, Int, Slice};
pub use opcode::Opcode;
pub use text::{Str, StrConst};

/// The magic number of 3.14's bytecode, first two bytes of a `.pyc`.
pub const MAGIC_NUMBER: u16 = 3627;
