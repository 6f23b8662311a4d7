//! Folding of operators whose operands are constants.

use krait_bytecode::{Const, Opcode};

use super::constants::{make_load, value_of};
use super::{Instr, Result, STACK_USE_GUIDELINE, arithmetic};
use crate::constants::ConstCache;
use crate::instruction_sequence::NO_LOCATION;

/// Places of the `count` constant loads that end just before `end`, in order; `NOP`s between them do not matter.
pub(crate) fn constant_loads(instrs: &[Instr], end: usize, count: usize) -> Option<Vec<usize>> {
    if count > STACK_USE_GUIDELINE as usize {
        return None;
    }
    let mut found = Vec::with_capacity(count);
    let mut before = instrs[..end].iter().enumerate().rev();
    while found.len() < count {
        let (n, instr) = before.next()?;
        match instr.op {
            Opcode::NOP => {}
            _ if instr.loads_const() => found.push(n),
            _ => return None,
        }
    }
    found.reverse();
    Some(found)
}

pub(crate) fn values(instrs: &[Instr], places: &[usize], consts: &[Const]) -> Result<Vec<Const>> {
    places.iter().map(|n| value_of(instrs[*n].op, instrs[*n].arg, consts)).collect()
}

pub(crate) fn nop_out(instrs: &mut [Instr], places: &[usize]) {
    for n in places {
        instrs[*n].set_nop();
        instrs[*n].loc = NO_LOCATION;
    }
}

pub(crate) fn unary(
    instrs: &mut [Instr],
    n: usize,
    consts: &mut Vec<Const>,
    cache: &mut ConstCache,
) -> Result {
    let Some(places) = constant_loads(instrs, n, 1) else { return Ok(()) };
    let operands = values(instrs, &places, consts)?;
    if let Some(result) = arithmetic::unary(instrs[n].op, instrs[n].arg, &operands[0]) {
        nop_out(instrs, &places);
        make_load(&mut instrs[n], result, consts, cache)?;
    }
    Ok(())
}

pub(crate) fn binary(
    instrs: &mut [Instr],
    n: usize,
    consts: &mut Vec<Const>,
    cache: &mut ConstCache,
) -> Result {
    let Some(places) = constant_loads(instrs, n, 2) else { return Ok(()) };
    let operands = values(instrs, &places, consts)?;
    if let Some(result) = arithmetic::binary(instrs[n].arg, &operands[0], &operands[1]) {
        nop_out(instrs, &places);
        make_load(&mut instrs[n], result, consts, cache)?;
    }
    Ok(())
}
