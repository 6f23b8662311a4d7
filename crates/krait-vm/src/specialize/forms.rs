//! Bodies of specialised instructions.
use crate::eval::Regs;
use krait_object::Result;
pub fn load_global_module(_r: &mut Regs, _arg: usize) -> Result<bool> {
    Ok(false)
}
pub fn load_global_builtin(_r: &mut Regs, _arg: usize) -> Result<bool> {
    Ok(false)
}
