//! The one table of CPython 3.14 opcodes: numbers, names, operands, inline caches, stack effects and families.
//!
//! Everything that knows about instructions (compiler, eval loop, `dis`, verifier, JIT) asks this module. The rows are
//! in [`table`]; what the operands of some instructions mean (intrinsics, binary operators, comparisons…) is in
//! [`operand`]. CPython keeps the same facts in `pycore_opcode_metadata.h` and `opcode_ids.h`.
//!
//! Invariants: discriminants of [`Opcode`] are CPython's numbers; opcodes up to 255 may appear in code bytes, those
//! from 256 on are *pseudo*: they exist only between code generation and assembly.

pub mod operand;
mod table;

pub use table::{Opcode, raw};

/// Opcodes below this number ignore their argument.
pub const HAVE_ARGUMENT: u8 = 43;
/// The first opcode of the instrumented forms.
pub const MIN_INSTRUMENTED_OPCODE: u8 = 234;
/// Size of one code unit (opcode byte and argument byte).
pub const CODE_UNIT_SIZE: usize = 2;

/// Which part an opcode plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Emitted by the compiler and valid in a `.pyc`.
    Base,
    /// Written over a base instruction by the specialising interpreter.
    Specialized,
    /// Written over an instruction by monitoring or tracing.
    Instrumented,
    /// Exists only inside the compiler.
    Pseudo,
}

/// Properties of an opcode, as a set of bits (CPython's `HAS_*_FLAG`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flags(pub u16);

impl Flags {
    pub const ARG: Flags = Flags(1);
    pub const CONST: Flags = Flags(2);
    pub const NAME: Flags = Flags(4);
    pub const JUMP: Flags = Flags(8);
    pub const FREE: Flags = Flags(16);
    pub const LOCAL: Flags = Flags(32);
    pub const EVAL_BREAK: Flags = Flags(64);
    pub const DEOPT: Flags = Flags(128);
    pub const ERROR: Flags = Flags(256);
    pub const ESCAPES: Flags = Flags(512);
    pub const EXIT: Flags = Flags(1024);
    pub const PURE: Flags = Flags(2048);
    pub const PASSTHROUGH: Flags = Flags(4096);
    pub const OPARG_AND_1: Flags = Flags(8192);
    pub const ERROR_NO_POP: Flags = Flags(16384);
    pub const NO_SAVE_IP: Flags = Flags(32768);

    pub const fn has(self, flag: Flags) -> bool {
        self.0 & flag.0 != 0
    }
}

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Info {
    pub name: &'static str,
    pub kind: Kind,
    pub flags: Flags,
    /// Code units of inline cache after the instruction.
    pub caches: u8,
    /// The opcode whose specialised or instrumented form this is (itself for the others).
    pub base: Opcode,
}

impl Opcode {
    /// The opcode with this number, pseudo opcodes included.
    pub const fn from_number(number: u16) -> Option<Opcode> {
        if (number as usize) < table::BY_NUMBER.len() { table::BY_NUMBER[number as usize] } else { None }
    }

    /// The opcode of a code byte.
    #[inline]
    pub const fn from_byte(byte: u8) -> Option<Opcode> {
        table::BY_NUMBER[byte as usize]
    }

    /// The opcode of this name, pseudo opcodes included.
    pub fn from_name(name: &str) -> Option<Opcode> {
        table::BY_NUMBER.iter().flatten().copied().find(|op| op.name() == name)
    }

    /// Every opcode in the order of the numbers.
    pub fn all() -> impl Iterator<Item = Opcode> {
        table::BY_NUMBER.iter().flatten().copied()
    }

    #[inline]
    pub const fn number(self) -> u16 {
        self as u16
    }

    /// The code byte of a real opcode; `None` for a pseudo opcode.
    #[inline]
    pub const fn byte(self) -> Option<u8> {
        if self.is_pseudo() { None } else { Some(self as u16 as u8) }
    }

    #[inline]
    pub const fn info(self) -> &'static Info {
        match &table::INFO[self as usize] {
            Some(info) => info,
            None => unreachable!(),
        }
    }

    pub const fn name(self) -> &'static str {
        self.info().name
    }

    #[inline]
    pub const fn kind(self) -> Kind {
        self.info().kind
    }

    #[inline]
    pub const fn flags(self) -> Flags {
        self.info().flags
    }

    /// Code units of inline cache after the instruction.
    #[inline]
    pub const fn caches(self) -> usize {
        self.info().caches as usize
    }

    /// The base form of a specialised or instrumented opcode, itself otherwise.
    #[inline]
    pub const fn deopt(self) -> Opcode {
        self.info().base
    }

    #[inline]
    pub const fn is_pseudo(self) -> bool {
        self as u16 >= 256
    }

    #[inline]
    pub const fn has_arg(self) -> bool {
        self.flags().has(Flags::ARG)
    }

    #[inline]
    pub const fn has_const(self) -> bool {
        self.flags().has(Flags::CONST)
    }

    #[inline]
    pub const fn has_name(self) -> bool {
        self.flags().has(Flags::NAME)
    }

    #[inline]
    pub const fn has_jump(self) -> bool {
        self.flags().has(Flags::JUMP)
    }

    #[inline]
    pub const fn has_local(self) -> bool {
        self.flags().has(Flags::LOCAL)
    }

    #[inline]
    pub const fn has_free(self) -> bool {
        self.flags().has(Flags::FREE)
    }

    /// Pushes an exception handler block (`hasexc` of module `dis`).
    #[inline]
    pub const fn is_block_push(self) -> bool {
        matches!(self, Opcode::SETUP_FINALLY | Opcode::SETUP_WITH | Opcode::SETUP_CLEANUP)
    }

    /// The argument is a label before assembly.
    #[inline]
    pub const fn has_target(self) -> bool {
        self.has_jump() || self.is_block_push()
    }

    #[inline]
    pub const fn is_unconditional_jump(self) -> bool {
        use Opcode::*;
        matches!(self, JUMP | JUMP_NO_INTERRUPT | JUMP_FORWARD | JUMP_BACKWARD | JUMP_BACKWARD_NO_INTERRUPT)
    }

    #[inline]
    pub const fn is_conditional_jump(self) -> bool {
        use Opcode::*;
        matches!(self, POP_JUMP_IF_FALSE | POP_JUMP_IF_TRUE | POP_JUMP_IF_NONE | POP_JUMP_IF_NOT_NONE)
    }

    #[inline]
    pub const fn is_backward_jump(self) -> bool {
        matches!(self, Opcode::JUMP_BACKWARD | Opcode::JUMP_BACKWARD_NO_INTERRUPT)
    }

    /// Leaves the code unit: nothing after it in a block is reached.
    #[inline]
    pub const fn is_scope_exit(self) -> bool {
        matches!(self, Opcode::RETURN_VALUE | Opcode::RAISE_VARARGS | Opcode::RERAISE)
    }

    /// Must be the last instruction of a basic block.
    #[inline]
    pub const fn is_terminator(self) -> bool {
        self.has_jump() || self.is_scope_exit()
    }

    /// Depth popped and pushed counted together; `jump` tells whether a handler-pushing or jumping instruction is
    /// followed along its jump. `None` where the depth is not defined (specialised forms) or the argument is absurd.
    pub fn stack_effect(self, arg: u32, jump: bool) -> Option<i32> {
        if self.kind() == Kind::Specialized {
            return None;
        }
        if self.is_block_push() && !jump {
            return Some(0);
        }
        let effect = i64::from(self.pushed(arg)?) - i64::from(self.popped(arg)?);
        i32::try_from(effect).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_names_agree() {
        assert_eq!(Opcode::RESUME.number(), 128);
        assert_eq!(Opcode::from_name("LOAD_FAST_BORROW"), Some(Opcode::LOAD_FAST_BORROW));
        assert_eq!(Opcode::from_byte(raw::LOAD_CONST), Some(Opcode::LOAD_CONST));
        assert_eq!(Opcode::all().count(), 238);
        for op in Opcode::all() {
            assert_eq!(Opcode::from_number(op.number()), Some(op));
            assert_eq!(op.deopt().deopt(), op.deopt());
        }
    }

    #[test]
    fn stack_effects() {
        assert_eq!(Opcode::CALL.stack_effect(3, false), Some(-4));
        assert_eq!(Opcode::SETUP_CLEANUP.stack_effect(0, true), Some(2));
        assert_eq!(Opcode::SETUP_CLEANUP.stack_effect(0, false), Some(0));
        assert_eq!(Opcode::UNPACK_EX.stack_effect(0x0102, false), Some(3));
        assert_eq!(Opcode::BUILD_MAP.stack_effect(u32::MAX, false), None);
    }
}
