//! Krait's object model: header, references, types and slots, collector, the built-in data types, the protocols, and
//! the thread state that carries the current exception.
//!
//! Layouts of everything that the public headers show are CPython 3.14's. May depend on `krait-bytecode` only.
//!
//! Invariants: objects are touched only with the GIL held; `Err(Raised)` means that an exception is set and `Ok` that
//! none is; no `&mut` into an object lives across a call that can run Python code.

extern crate self as krait_object;

pub mod alloc;
pub mod args;
pub mod buffer;
pub mod bytearray;
pub mod bytes;
pub mod cfunction;
pub mod classmethod;
pub mod codecs;
pub mod complex;
pub mod dealloc;
pub mod defs;
pub mod descriptors;
pub mod dict;
pub mod errors;
pub mod exceptions;
pub mod float;
pub mod format;
pub mod gc;
pub mod generic_alias;
pub mod gil;
pub mod hash;
pub mod int;
pub mod interp;
pub mod iterators;
pub mod list;
pub mod method;
pub mod module;
pub mod namespace;
pub mod object;
pub mod property;
pub mod protocol;
pub mod range;
pub mod reference;
pub mod result;
pub mod set;
pub mod singletons;
pub mod slice;
pub mod slots;
pub mod str;
pub mod structseq;
pub mod super_;
#[cfg(test)]
mod testing;
pub mod thread;
pub mod tuple;
pub mod typeobj;
pub mod union;
pub mod weakref;

pub use bytes::Bytes;
pub use complex::Complex;
pub use defs::{GetSetDef, MemberDef, MethodDef};
pub use dict::Dict;
pub use errors::{type_error, value_error};
pub use float::Float;
pub use int::Int;
pub use list::List;
pub use object::{Object, VarObject, none, not_implemented};
pub use reference::{Ref, Slot, Typed};
pub use result::{Raised, Result};
pub use set::Set;
pub use slice::Slice;
pub use slots::CompareOp;
pub use str::Str;
pub use tuple::Tuple;
pub use typeobj::TypeObject;
