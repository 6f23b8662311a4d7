//! krait-vm: code objects, functions, frames, generators and the evaluation loop.
//!
//! - `code*`: code objects, made from what the compiler gives
//! - `function*`, `cell`, `bind`: functions and the binding of arguments
//! - `frame`, `stackref`: interpreter frames and the tagged references in them
//! - `frame_object`, `locals_proxy`, `traceback`: what Python sees of frames
//! - `eval`, `ops`, `specialize`: the loop, the instructions' bodies, their specialised forms
//! - `generator*`, `coroutine_wrapper`, `async_generator`: suspended frames
//! - `template`: template strings
//! - `compile`, `run`, `context`: from source to code, running code, asking about the running frame
//!
//! May depend on the compiler and the object model. Unsafe code is confined to frames, the stack and the loop.

#![allow(
    clippy::mut_from_ref,
    reason = "registers, frames and stacks are reached through pointers that one thread owns"
)]

pub mod async_generator;
pub mod bind;
pub mod cell;
pub mod code;
pub mod code_attributes;
pub mod code_convert;
pub mod code_lines;
pub mod code_new;
pub mod compile;
pub mod context;
pub mod coroutine_wrapper;
pub mod eval;
pub mod frame;
pub mod frame_object;
pub mod function;
pub mod function_attributes;
pub mod generator;
pub mod generator_attributes;
pub mod locals_proxy;
pub mod ops;
pub mod run;
pub mod specialize;
pub mod stackref;
pub mod template;
pub mod traceback;

pub use code::CodeObject;
pub use compile::{CompileMode, compile_source};
pub use frame::Frame;
pub use frame_object::FrameObject;
pub use function::Function;
pub use run::{run_code, run_code_with_closure};
pub use traceback::Traceback;

use krait_object::{Result, TypeObject, interp};

/// The static types of this crate, in the order in which they are made ready.
pub static TYPES: &[&TypeObject] = &[
    &code::PyCode_Type,
    &function::PyFunction_Type,
    &cell::PyCell_Type,
    &frame_object::PyFrame_Type,
    &locals_proxy::PyFrameLocalsProxy_Type,
    &traceback::PyTraceBack_Type,
    &generator::PyGen_Type,
    &generator::PyCoro_Type,
    &coroutine_wrapper::_PyCoroWrapper_Type,
    &generator::PyAsyncGen_Type,
    &async_generator::_PyAsyncGenASend_Type,
    &async_generator::_PyAsyncGenAThrow_Type,
    &async_generator::_PyAsyncGenWrappedValue_Type,
    &template::_PyInterpolation_Type,
    &template::_PyTemplate_Type,
    &template::_PyTemplateIter_Type,
];

/// Makes the types ready and gives the object model what it needs from here. Called once for each interpreter, after
/// the object model's own types are ready.
pub fn init() -> Result<()> {
    for ty in TYPES.iter().copied().chain(code_lines::types()) {
        krait_object::typeobj::ready::ready(ty)?;
    }
    let hooks = &interp::current().hooks;
    hooks.current_globals.set(Some(context::current_globals));
    hooks.super_context.set(Some(context::super_context));
    Ok(())
}
