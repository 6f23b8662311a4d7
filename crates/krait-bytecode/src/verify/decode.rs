//! Code bytes to instructions.

use crate::opcode::operand::{BinaryOp, Comparison, Intrinsic1, Intrinsic2};
use crate::opcode::{Kind, Opcode};

use super::{Checked, Unit};

#[derive(Clone, Copy, Debug)]
pub(super) struct Inst {
    pub op: Opcode,
    pub arg: u32,
    /// First code unit, that of `EXTENDED_ARG` if there is one.
    pub start: usize,
    /// Index of the instruction that this one jumps to.
    pub target: Option<usize>,
}

pub(super) struct Program {
    pub insts: Vec<Inst>,
    /// Index of the instruction that starts at a code unit.
    index: Vec<Option<usize>>,
}

type Placed<T> = Result<T, (usize, &'static str)>;

impl Program {
    pub fn at(&self, unit: usize) -> Option<usize> {
        self.index.get(unit).copied().flatten()
    }

    pub fn decode(code: &[u8]) -> Placed<Program> {
        if code.is_empty() || !code.len().is_multiple_of(2) {
            return Err((0, "no code"));
        }
        let units = code.len() / 2;
        let mut insts = Vec::new();
        // Code unit behind each instruction and its caches: jumps count from there.
        let mut behind = Vec::new();
        let mut index = vec![None; units];
        let mut at = 0;
        while at < units {
            let start = at;
            let (op, arg) = read(code, &mut at)?;
            at += 1 + op.caches();
            if at > units {
                return Err((start, "inline cache is cut off"));
            }
            index[start] = Some(insts.len());
            insts.push(Inst { op, arg, start, target: None });
            behind.push(at);
        }
        let mut program = Program { insts, index };
        for (n, behind) in behind.into_iter().enumerate() {
            let inst = program.insts[n];
            // The argument of END_ASYNC_FOR tells where the loop's SEND is; nothing jumps.
            if !inst.op.has_jump() || inst.op == Opcode::END_ASYNC_FOR {
                continue;
            }
            let distance = inst.arg as usize;
            let unit = match inst.op.is_backward_jump() {
                true => behind.checked_sub(distance),
                false => behind.checked_add(distance),
            };
            let target = unit.and_then(|unit| program.at(unit)).ok_or((inst.start, "jump out of range"))?;
            program.insts[n].target = Some(target);
        }
        Ok(program)
    }
}

/// The instruction at a code unit; leaves `at` at the unit of its opcode.
fn read(code: &[u8], at: &mut usize) -> Placed<(Opcode, u32)> {
    let start = *at;
    let mut arg = 0u32;
    for _ in 0..4 {
        let Some([byte, low]) = code.get(*at * 2..*at * 2 + 2) else {
            return Err((start, "EXTENDED_ARG without an instruction"));
        };
        arg = arg << 8 | u32::from(*low);
        let op = Opcode::from_byte(*byte).filter(|op| op.kind() == Kind::Base);
        match op {
            Some(Opcode::EXTENDED_ARG) => *at += 1,
            Some(Opcode::CACHE | Opcode::RESERVED | Opcode::INTERPRETER_EXIT | Opcode::EXIT_INIT_CHECK)
            | None => {
                return Err((start, "not an instruction of code objects"));
            }
            Some(op) if i32::try_from(arg).is_ok() => return Ok((op, if op.has_arg() { arg } else { 0 })),
            Some(_) => break,
        }
    }
    Err((start, "argument out of range"))
}

/// Arguments that are indices or numbers of operations.
pub(super) fn check_argument(unit: &Unit<'_>, inst: &Inst) -> Checked {
    use Opcode::*;
    let arg = inst.arg as usize;
    let local = |n: usize| n < unit.localspluskinds.len();
    let ok = match inst.op {
        LOAD_CONST => return if arg < unit.consts { Ok(()) } else { Err("constant out of range") },
        LOAD_GLOBAL | LOAD_ATTR => arg >> 1 < unit.names,
        LOAD_SUPER_ATTR => arg >> 2 < unit.names,
        op if op.has_name() => arg < unit.names,
        LOAD_FAST_LOAD_FAST
        | LOAD_FAST_BORROW_LOAD_FAST_BORROW
        | STORE_FAST_LOAD_FAST
        | STORE_FAST_STORE_FAST => arg < 256 && local(arg >> 4) && local(arg & 15),
        op if op.has_local() || op.has_free() => local(arg),
        COPY_FREE_VARS => arg == unit.free_variables(),
        BINARY_OP => BinaryOp::from_arg(inst.arg).is_some(),
        COMPARE_OP => Comparison::from_arg(inst.arg).is_some(),
        IS_OP | CONTAINS_OP => arg < 2,
        CALL_INTRINSIC_1 => Intrinsic1::from_arg(inst.arg).is_some(),
        CALL_INTRINSIC_2 => Intrinsic2::from_arg(inst.arg).is_some(),
        LOAD_COMMON_CONSTANT => arg < 5,
        LOAD_SPECIAL => arg < 4,
        LOAD_SMALL_INT => arg < 256,
        CONVERT_VALUE => (1..=3).contains(&arg),
        BUILD_INTERPOLATION => arg < 16,
        BUILD_SLICE => arg == 2 || arg == 3,
        RAISE_VARARGS | RERAISE | GET_AWAITABLE => arg < 3,
        SET_FUNCTION_ATTRIBUTE => matches!(arg, 1 | 2 | 4 | 8 | 16),
        COPY | LIST_APPEND | LIST_EXTEND | SET_ADD | SET_UPDATE | MAP_ADD | DICT_UPDATE | DICT_MERGE => {
            arg > 0
        }
        SWAP => arg > 1,
        YIELD_VALUE => unit.is_generator(),
        _ => true,
    };
    if ok { Ok(()) } else { Err("argument out of range") }
}
