//! Constants of a unit: truth tests that are decided, constants without use.

use krait_bytecode::{Const, Opcode};

use super::arithmetic::small_int;
use super::{FlowError, Graph, Instr, Result};
use crate::constants::ConstCache;

/// The value that a constant-loading instruction pushes.
pub(crate) fn value_of(op: Opcode, arg: u32, consts: &[Const]) -> Result<Const> {
    if op == Opcode::LOAD_SMALL_INT {
        return Ok(Const::int(i64::from(arg)));
    }
    consts
        .get(arg as usize)
        .cloned()
        .ok_or(FlowError::System("Internal error: failed to get value of a constant"))
}

/// Index of a new constant, which is merged with those that are there.
pub(crate) fn add_const(value: Const, consts: &mut Vec<Const>, cache: &mut ConstCache) -> Result<u32> {
    let value = cache.merge_one(value);
    if let Some(index) = cache.position(consts, &value) {
        return Ok(index);
    }
    if consts.len() >= i32::MAX as usize - 1 {
        return Err(FlowError::Overflow("too many constants"));
    }
    consts.push(value);
    Ok(consts.len() as u32 - 1)
}

/// Makes the instruction load the value.
pub(crate) fn make_load(
    instr: &mut Instr,
    value: Const,
    consts: &mut Vec<Const>,
    cache: &mut ConstCache,
) -> Result {
    match small_int(&value) {
        Some(n) => instr.set(Opcode::LOAD_SMALL_INT, n),
        None => instr.set(Opcode::LOAD_CONST, add_const(value, consts, cache)?),
    }
    Ok(())
}

pub(crate) fn optimize_load_const(
    graph: &mut Graph,
    consts: &mut Vec<Const>,
    cache: &mut ConstCache,
) -> Result {
    let mut at = Some(graph.entry);
    while let Some(id) = at {
        optimize_block(&mut graph.blocks[id].instrs, consts, cache)?;
        at = graph.blocks[id].next;
    }
    Ok(())
}

fn optimize_block(instrs: &mut [Instr], consts: &mut Vec<Const>, cache: &mut ConstCache) -> Result {
    // What is on the top of the stack; a copy of a loaded constant is that constant.
    let (mut op, mut arg) = (Opcode::NOP, 0);
    for n in 0..instrs.len() {
        let instr = &mut instrs[n];
        if instr.op == Opcode::LOAD_CONST
            && let Some(small) = small_int(&value_of(instr.op, instr.arg, consts)?)
        {
            instr.set(Opcode::LOAD_SMALL_INT, small);
        }
        let is_copy = op == Opcode::LOAD_CONST && instr.op == Opcode::COPY && instr.arg == 1;
        if !is_copy {
            (op, arg) = (instr.op, instr.arg);
        }
        if !matches!(op, Opcode::LOAD_CONST | Opcode::LOAD_SMALL_INT) || n + 1 >= instrs.len() {
            continue;
        }
        match instrs[n + 1].op {
            jump @ (Opcode::POP_JUMP_IF_FALSE
            | Opcode::POP_JUMP_IF_TRUE
            | Opcode::JUMP_IF_FALSE
            | Opcode::JUMP_IF_TRUE) => {
                let truth = value_of(op, arg, consts)?.truth();
                decide_jump(&mut instrs[n..n + 2], jump, truth);
            }
            Opcode::IS_OP => {
                if matches!(value_of(op, arg, consts)?, Const::None) {
                    test_none(&mut instrs[n..]);
                }
            }
            Opcode::TO_BOOL => {
                let truth = Const::bool(value_of(op, arg, consts)?.truth());
                let index = add_const(truth, consts, cache)?;
                instrs[n].set_nop();
                instrs[n + 1].set(Opcode::LOAD_CONST, index);
            }
            _ => {}
        }
    }
    Ok(())
}

/// `pair` loads a constant and jumps by its truth.
fn decide_jump(pair: &mut [Instr], jump: Opcode, truth: bool) {
    if matches!(jump, Opcode::POP_JUMP_IF_FALSE | Opcode::POP_JUMP_IF_TRUE) {
        pair[0].set_nop();
    }
    if truth == matches!(jump, Opcode::POP_JUMP_IF_TRUE | Opcode::JUMP_IF_TRUE) {
        pair[1].op = Opcode::JUMP;
    } else {
        pair[1].set_nop();
    }
}

/// `instrs` starts with loading `None` and `is`: a jump by the result becomes one instruction.
fn test_none(instrs: &mut [Instr]) {
    let mut jump = 2;
    if instrs.get(jump).is_some_and(|i| i.op == Opcode::TO_BOOL) {
        instrs[jump].set_nop();
        jump += 1;
    }
    let Some(op) = instrs.get(jump).map(|i| i.op) else { return };
    let inverted = instrs[1].arg != 0;
    let not_none = match op {
        Opcode::POP_JUMP_IF_FALSE => !inverted,
        Opcode::POP_JUMP_IF_TRUE => inverted,
        _ => return,
    };
    instrs[0].set_nop();
    instrs[1].set_nop();
    instrs[jump].op = if not_none { Opcode::POP_JUMP_IF_NOT_NONE } else { Opcode::POP_JUMP_IF_NONE };
}

/// Drops the constants that no instruction loads, but the first: it may be the docstring.
pub(crate) fn remove_unused_consts(graph: &mut Graph, consts: &mut Vec<Const>) -> Result {
    let mut used = vec![false; consts.len()];
    if let Some(first) = used.first_mut() {
        *first = true;
    }
    for id in graph.layout() {
        for instr in graph.blocks[id].instrs.iter().filter(|i| i.op.has_const()) {
            let missing = FlowError::System("Internal error: failed to get value of a constant");
            *used.get_mut(instr.arg as usize).ok_or(missing)? = true;
        }
    }
    let mut index = vec![0; consts.len()];
    let mut next = 0;
    for (old, new) in index.iter_mut().enumerate() {
        *new = next;
        next += u32::from(used[old]);
    }
    if next as usize == consts.len() {
        return Ok(());
    }
    let mut used = used.into_iter();
    consts.retain(|_| used.next().unwrap_or(false));
    graph.each(|block| {
        for instr in block.instrs.iter_mut().filter(|i| i.op.has_const()) {
            instr.arg = index[instr.arg as usize];
        }
    });
    Ok(())
}
