//! From a raised exception to its handler. CPython: the `error` and `exception_unwind` labels of `Python/ceval.c`.

use super::{Regs, leave_recursion};
use crate::frame::{self, Frame};
use crate::traceback;
use krait_object::{Int, Raised, errors};

/// Where the exception comes from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The current instruction.
    Here,
    /// `RERAISE`: the traceback already tells where.
    Reraise,
    /// Thrown into a generator that stopped before the current instruction.
    Thrown,
}

/// Finds the handler of the current exception, in this frame or in one below down to `entry`, and gives the registers
/// to go on with; nothing when `entry` itself has ended.
#[cold]
#[inline(never)]
pub fn unwind(mut r: Regs, entry: *mut Frame, mut origin: Origin) -> Option<Regs> {
    loop {
        r.save_sp();
        // SAFETY: the frame that raised is live; incomplete frames are invisible.
        if origin != Origin::Reraise && !r.frame().is_incomplete() {
            traceback::add_entry(r.frame);
        }
        let lasti = r.frame().lasti();
        let unit = match origin {
            Origin::Here => lasti,
            Origin::Thrown => lasti - 1,
            // The frame has gone back to the instruction that raised first; this one decides about the handler.
            // SAFETY: `ip` is within the code, behind the instruction.
            Origin::Reraise => unsafe { r.ip.offset_from(r.code().first_instr()) as i32 - 1 },
        };
        origin = Origin::Here;
        if let Some(handler) = r.code().handler(unit.max(0) as u32) {
            let exception = errors::fetch(Raised);
            drop_to(&mut r, handler.depth as usize);
            if handler.lasti {
                r.push_ref(Int::from_i64(i64::from(lasti)).into_object());
            }
            r.push_ref(exception.into_object());
            // SAFETY: handler targets are within the code.
            r.ip = unsafe { r.code().first_instr().add(handler.target as usize) };
            return Some(r);
        }
        // Destructors run without the exception in their way.
        let exception = errors::fetch(Raised);
        drop_to(&mut r, 0);
        r.save_sp();
        let (ts, ended, previous) = (r.ts, r.frame, r.frame().previous);
        frame::set_current_frame(ts, previous);
        leave_recursion(ts);
        // SAFETY: the frame has ended and is unlinked.
        unsafe { frame::clear_and_pop(ts, ended) };
        let _: Raised = errors::restore(exception);
        if core::ptr::eq(ended, entry) {
            return None;
        }
        r = Regs::load(ts, previous);
    }
}

/// Drops what lies above the first `depth` values of the stack.
fn drop_to(r: &mut Regs, depth: usize) {
    let base = r.code().co_nlocalsplus.get() as usize + depth;
    // SAFETY: the place is within the frame.
    let target = unsafe { Frame::locals(r.frame).add(base) };
    while r.sp > target {
        drop(r.pop());
        r.save_sp();
    }
}
