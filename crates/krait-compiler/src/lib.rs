//! krait-compiler: from the syntax tree to [`Code`](krait_bytecode): symbol table, code generation, control-flow graph
//! and assembly.
#![forbid(unsafe_code)]

pub mod assemble;
pub mod constants;
pub mod flowgraph;
pub mod instruction_sequence;
pub mod unit;
