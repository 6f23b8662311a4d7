//! Specialising operators.

use super::Site;
use crate::eval::Regs;

macro_rules! later { ($($n:ident)*) => { $(pub fn $n(r: Regs, _arg: usize) {
    // SAFETY: `ip` is at the instruction.
    unsafe { Site::new(r.ip) }.fail()
})* } }
later!(binary_op store_subscr compare_op contains_op to_bool unpack_sequence for_iter send);
