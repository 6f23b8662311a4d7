//! Instructions that specialise themselves (PEP 659). CPython: `Python/specialize.c`.
//!
//! A base instruction with caches counts down in its first cache word; at zero a *specialiser* looks at the operands
//! and writes over the opcode a form that assumes what it has seen, with what the form needs in the other cache words.
//! A form checks its assumption (guard) before it has any effect; when it does not hold the base instruction does the
//! work, and counts towards specialising anew.
//!
//! - `names`: attributes and globals
//! - `operators`: operators, subscripts, comparisons, iteration
//! - `calls`: calls
//! - `forms`: the bodies of the specialised instructions

pub mod call_forms;
pub mod calls;
pub mod forms;
pub mod name_forms;
pub mod names;
pub mod operators;

use crate::code::CodeObject;
use krait_bytecode::opcode::{Opcode, raw};

/// A counter word: the value in the upper twelve bits, the backoff in the lower four.
pub const BACKOFF_BITS: u16 = 4;
const MAX_BACKOFF: u16 = 12;
/// A counter below this has run down.
pub const UNREACHABLE: u16 = 15;

const fn counter(value: u16, backoff: u16) -> u16 {
    value << BACKOFF_BITS | backoff
}

/// The first try comes at the second execution.
const WARMUP: u16 = counter(1, 1);
/// After a specialised form was written: this many misses until the next try.
const COOLDOWN: u16 = counter(52, 0);
/// For back-edges: how long until a trace is worth recording.
const JUMP_BACKWARD: u16 = counter(4095, 12);

/// The counter after a failed try: twice as long.
pub fn backoff(word: u16) -> u16 {
    let exponent = word & 15;
    if exponent < MAX_BACKOFF {
        counter((1 << (exponent + 1)) - 1, exponent + 1)
    } else {
        counter((1 << MAX_BACKOFF) - 1, MAX_BACKOFF)
    }
}

/// Writes an opcode over that of an instruction; the operand stays.
///
/// # Safety
/// `instruction` is an instruction of a live code object.
#[inline(always)]
pub unsafe fn set_opcode(instruction: *mut u16, opcode: u8) {
    // SAFETY: the caller's promise.
    unsafe { instruction.write(instruction.read() & 0xff00 | u16::from(opcode)) }
}

/// An instruction that a specialiser works on.
#[derive(Clone, Copy)]
pub struct Site(*mut u16);

impl Site {
    /// The instruction at this place.
    ///
    /// # Safety
    /// `instruction` is an instruction with caches of a code object that outlives the site.
    pub unsafe fn new(instruction: *mut u16) -> Site {
        Site(instruction)
    }

    /// Gives up for now.
    pub fn fail(self) {
        // SAFETY: the first cache word is the counter.
        unsafe {
            let word = self.0.add(1);
            word.write(backoff(word.read()));
            let base = Opcode::from_byte(self.0.read() as u8).map(Opcode::deopt).and_then(Opcode::byte);
            if let Some(base) = base {
                set_opcode(self.0, base);
            }
        }
    }

    /// Writes the specialised form.
    pub fn become_form(self, opcode: u8) {
        // SAFETY: the site's instruction and its counter.
        unsafe {
            set_opcode(self.0, opcode);
            self.0.add(1).write(COOLDOWN);
        }
    }

    /// Specialises if there is a form.
    pub fn decide(self, opcode: Option<u8>) {
        match opcode {
            Some(opcode) => self.become_form(opcode),
            None => self.fail(),
        }
    }

    /// Fills a cache word (0 is the counter).
    pub fn set_u16(self, index: usize, value: u16) {
        // SAFETY: callers stay within the instruction's caches.
        unsafe { self.0.add(1 + index).write(value) }
    }

    pub fn set_u32(self, index: usize, value: u32) {
        // SAFETY: as above, two words.
        unsafe { self.0.add(1 + index).cast::<u32>().write_unaligned(value) }
    }

    pub fn set_ptr<T>(self, index: usize, value: *const T) {
        // SAFETY: as above, four words.
        unsafe { self.0.add(1 + index).cast::<*const T>().write_unaligned(value) }
    }
}

/// Puts starting counters into the caches of new code, and marks constants (`_PyCode_Quicken`).
pub fn quicken(code: &CodeObject) {
    let first = code.first_instr();
    let mut at = 0;
    while at < code.units() {
        let op = code.opcode_at(at);
        let caches = op.caches();
        // SAFETY: within the code; the caches of the last instruction are tested.
        unsafe {
            if caches > 0 && at + caches < code.units() {
                let start = match op {
                    Opcode::JUMP_BACKWARD => JUMP_BACKWARD,
                    Opcode::POP_JUMP_IF_FALSE
                    | Opcode::POP_JUMP_IF_TRUE
                    | Opcode::POP_JUMP_IF_NONE
                    | Opcode::POP_JUMP_IF_NOT_NONE => 0x5555,
                    _ => WARMUP,
                };
                first.add(at + 1).write(start);
            }
            if op == Opcode::LOAD_CONST {
                let arg = usize::from(first.add(at).read() >> 8);
                let extended = at > 0 && code.opcode_at(at - 1) == Opcode::EXTENDED_ARG;
                let immortal = code.consts().get(arg).is_some_and(|c| c.is_immortal());
                if !extended {
                    set_opcode(
                        first.add(at),
                        if immortal { raw::LOAD_CONST_IMMORTAL } else { raw::LOAD_CONST_MORTAL },
                    );
                }
            }
        }
        at += 1 + caches;
    }
}
