//! Specialising attributes and globals.

use super::Site;
use crate::eval::Regs;

pub fn load_global(r: Regs, _arg: usize) {
    // SAFETY: `ip` is at the instruction.
    unsafe { Site::new(r.ip) }.fail()
}
pub fn load_attr(r: Regs, _arg: usize) {
    // SAFETY: `ip` is at the instruction.
    unsafe { Site::new(r.ip) }.fail()
}
pub fn store_attr(r: Regs, _arg: usize) {
    // SAFETY: `ip` is at the instruction.
    unsafe { Site::new(r.ip) }.fail()
}
