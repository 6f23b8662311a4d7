//! What can be done with any object: CPython's `Objects/abstract.c`, `Objects/object.c`, `Objects/call.c`.
//!
//! - `object`: comparison, hash, repr, truth, isinstance
//! - `attributes`: getattr, setattr, the generic algorithm
//! - `call`: calling, methods, vectorcall
//! - `number`, `sequence`, `mapping`, `iter`: the protocols
//!
//! Everything here may run Python code unless it says otherwise.

pub mod attributes;
pub mod call;
pub mod iter;
pub mod mapping;
pub mod number;
pub mod object;
pub mod sequence;
