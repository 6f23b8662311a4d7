//! Displays of constants: tuples become constants, lists and sets are filled from one.

use std::collections::HashSet;

use krait_bytecode::{Const, Opcode};

use super::constants::{add_const, make_load};
use super::fold::{constant_loads, nop_out, values};
use super::{Instr, Result, STACK_USE_GUIDELINE, arithmetic};
use crate::constants::ConstCache;

/// Shorter lists and sets are built item by item.
const MIN_CONST_SEQUENCE_SIZE: u32 = 3;

pub(crate) fn fold_tuple(
    instrs: &mut [Instr],
    n: usize,
    consts: &mut Vec<Const>,
    cache: &mut ConstCache,
) -> Result {
    let Some(places) = constant_loads(instrs, n, instrs[n].arg as usize) else { return Ok(()) };
    let items = values(instrs, &places, consts)?;
    nop_out(instrs, &places);
    make_load(&mut instrs[n], Const::tuple(items), consts, cache)
}

fn frozenset(items: Vec<Const>) -> Const {
    let mut seen = HashSet::new();
    let kept: Vec<Const> =
        items.into_iter().filter(|item| seen.insert(arithmetic::equality_key(item))).collect();
    Const::FrozenSet(kept.into())
}

/// A list or set that is only looped over or searched becomes a constant (a list of anything becomes a tuple); one of
/// three constants or more is filled from a constant.
pub(crate) fn optimize_list_or_set(
    instrs: &mut [Instr],
    n: usize,
    next: Option<Opcode>,
    consts: &mut Vec<Const>,
    cache: &mut ConstCache,
) -> Result {
    let (op, size) = (instrs[n].op, instrs[n].arg);
    let only_read = matches!(next, Some(Opcode::GET_ITER | Opcode::CONTAINS_OP));
    if size > STACK_USE_GUIDELINE || (size < MIN_CONST_SEQUENCE_SIZE && !only_read) {
        return Ok(());
    }
    let Some(places) = constant_loads(instrs, n, size as usize) else {
        if only_read && op == Opcode::BUILD_LIST {
            instrs[n].set(Opcode::BUILD_TUPLE, size);
        }
        return Ok(());
    };
    let items = values(instrs, &places, consts)?;
    let value = if op == Opcode::BUILD_SET { frozenset(items) } else { Const::tuple(items) };
    let index = add_const(value, consts, cache)?;
    nop_out(instrs, &places);
    if only_read {
        instrs[n].set(Opcode::LOAD_CONST, index);
        return Ok(());
    }
    instrs[n - 2].loc = instrs[n].loc;
    instrs[n - 2].set(op, 0);
    instrs[n - 1].set(Opcode::LOAD_CONST, index);
    instrs[n].set(if op == Opcode::BUILD_LIST { Opcode::LIST_EXTEND } else { Opcode::SET_UPDATE }, 1);
    Ok(())
}

/// A list or set that is filled with constants one by one, which is how long displays are written, and then only read:
/// a list that becomes a tuple by the intrinsic at `n`, or one that ends with the `LIST_APPEND` or `SET_ADD` at `n`.
pub(crate) fn fold_appends(
    instrs: &mut [Instr],
    n: usize,
    consts: &mut Vec<Const>,
    cache: &mut ConstCache,
) -> Result {
    let is_set = instrs[n].op == Opcode::SET_ADD;
    let (build, append) = match is_set {
        true => (Opcode::BUILD_SET, Opcode::SET_ADD),
        false => (Opcode::BUILD_LIST, Opcode::LIST_APPEND),
    };
    let end = if instrs[n].op == append { n + 1 } else { n };
    let mut expect_append = true;
    let mut loads = Vec::new();
    let mut all = Vec::new();
    for place in (0..end).rev() {
        let instr = &instrs[place];
        if instr.op == Opcode::NOP {
            continue;
        }
        all.push(place);
        if instr.op == build && instr.arg == 0 {
            if !expect_append {
                return Ok(());
            }
            loads.reverse();
            let items = values(instrs, &loads, consts)?;
            let value = if is_set { frozenset(items) } else { Const::tuple(items) };
            nop_out(instrs, &all);
            return make_load(&mut instrs[n], value, consts, cache);
        }
        if expect_append {
            if instr.op != append || instr.arg != 1 {
                return Ok(());
            }
        } else if instr.loads_const() {
            loads.push(place);
        } else {
            return Ok(());
        }
        expect_append = !expect_append;
    }
    Ok(())
}
