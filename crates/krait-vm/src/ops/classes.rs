//! Making functions.

use crate::code::CodeObject;
use crate::eval::Regs;
use crate::function::Function;
use krait_bytecode::opcode::operand::make_function as attribute;
use krait_object::errors::system_error;
use krait_object::{Dict, Result, Tuple};

/// `MAKE_FUNCTION`.
pub fn make_function(r: &mut Regs) -> Result<()> {
    let code = r.pop();
    let Some(code) = code.object().downcast::<CodeObject>() else {
        return Err(system_error("MAKE_FUNCTION without a code object"));
    };
    let function = Function::new(code, r.frame().globals());
    r.push_ref(function.into_object());
    Ok(())
}

/// `SET_FUNCTION_ATTRIBUTE`.
pub fn set_function_attribute(r: &mut Regs, arg: usize) -> Result<()> {
    let (function, value) = (r.pop(), r.pop());
    let Some(target) = function.object().downcast::<Function>() else {
        return Err(system_error("SET_FUNCTION_ATTRIBUTE without a function"));
    };
    let value = value.into_ref();
    match arg as u32 {
        attribute::DEFAULTS => target.func_defaults.set(value.downcast_into::<Tuple>().ok()),
        attribute::KWDEFAULTS => target.func_kwdefaults.set(value.downcast_into::<Dict>().ok()),
        attribute::ANNOTATIONS => target.func_annotations.set(value),
        attribute::CLOSURE => target.func_closure.set(value.downcast_into::<Tuple>().ok()),
        attribute::ANNOTATE => target.func_annotate.set(value),
        _ => return Err(system_error("bad operand of SET_FUNCTION_ATTRIBUTE")),
    }
    r.push(function);
    Ok(())
}
