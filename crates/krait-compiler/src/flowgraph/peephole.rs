//! Rewriting of short runs of instructions inside a block.

use krait_bytecode::opcode::operand::{COMPARE_TO_BOOL, Intrinsic1};
use krait_bytecode::{Const, Opcode};

use super::{BlockId, Graph, Instr, Result, fold, jumps, nops, sequences, swaps};
use crate::constants::ConstCache;

pub(crate) fn optimize_block(
    graph: &mut Graph,
    id: BlockId,
    consts: &mut Vec<Const>,
    cache: &mut ConstCache,
) -> Result {
    let mut n = 0;
    while n < graph.blocks[id].instrs.len() {
        let instr = graph.blocks[id].instrs[n];
        if instr.is_jump() {
            // A changed jump is looked at again.
            n += usize::from(!optimize_jump(graph, id, n));
        } else {
            optimize_at(&mut graph.blocks[id].instrs, n, consts, cache)?;
            n += 1;
        }
    }
    optimize_swaps(&mut graph.blocks[id].instrs);
    Ok(())
}

/// Comes after the rest, which may have turned stores into pops that a swap can be applied to.
fn optimize_swaps(instrs: &mut [Instr]) {
    let mut n = 0;
    while n < instrs.len() {
        if instrs[n].op == Opcode::SWAP {
            n = swaps::swaptimize(instrs, n);
            swaps::apply_static_swaps(instrs, n);
        }
        n += 1;
    }
}

/// Whether the jump at `n` changed.
fn optimize_jump(graph: &mut Graph, id: BlockId, n: usize) -> bool {
    use Opcode::*;
    let Instr { op, target: Some(target), .. } = graph.blocks[id].instrs[n] else { return false };
    let Some(at_target) = graph.blocks[target].instrs.first().map(|i| i.op) else { return false };
    match (op, at_target) {
        (POP_JUMP_IF_NOT_NONE | POP_JUMP_IF_NONE | POP_JUMP_IF_FALSE | POP_JUMP_IF_TRUE, JUMP)
        | (JUMP_IF_FALSE, JUMP | JUMP_IF_FALSE)
        | (JUMP_IF_TRUE, JUMP | JUMP_IF_TRUE)
        | (JUMP | JUMP_NO_INTERRUPT, JUMP_NO_INTERRUPT) => jumps::thread(graph, id, n, op),
        (JUMP | JUMP_NO_INTERRUPT, JUMP) => jumps::thread(graph, id, n, JUMP),
        (JUMP_IF_FALSE, JUMP_IF_TRUE) | (JUMP_IF_TRUE, JUMP_IF_FALSE) => {
            // The opposite test does not jump: what follows it is the target.
            let next = graph.blocks[target].next;
            graph.blocks[id].instrs[n].target = next.or(Some(target));
            next.is_some()
        }
        _ => false,
    }
}

fn optimize_at(instrs: &mut [Instr], n: usize, consts: &mut Vec<Const>, cache: &mut ConstCache) -> Result {
    use Opcode::*;
    let (op, arg) = (instrs[n].op, instrs[n].arg);
    let next = instrs.get(n + 1).map(|i| i.op);
    match (op, next) {
        (BUILD_TUPLE, Some(UNPACK_SEQUENCE)) if arg == instrs[n + 1].arg && matches!(arg, 1..=3) => {
            instrs[n].set_nop();
            if arg == 1 {
                instrs[n + 1].set_nop();
            } else {
                instrs[n + 1].op = SWAP;
            }
        }
        (BUILD_TUPLE, _) => sequences::fold_tuple(instrs, n, consts, cache)?,
        (BUILD_LIST | BUILD_SET, _) => sequences::optimize_list_or_set(instrs, n, next, consts, cache)?,
        (STORE_FAST, Some(STORE_FAST))
            if arg == instrs[n + 1].arg && instrs[n].loc.lineno == instrs[n + 1].loc.lineno =>
        {
            instrs[n].set(POP_TOP, 0);
        }
        (SWAP, _) if arg == 1 => instrs[n].set_nop(),
        (LOAD_GLOBAL, Some(PUSH_NULL)) if arg & 1 == 0 => {
            instrs[n].set(LOAD_GLOBAL, arg | 1);
            instrs[n + 1].set_nop();
        }
        (COMPARE_OP, Some(TO_BOOL)) => forward(instrs, n, COMPARE_OP, arg | COMPARE_TO_BOOL),
        (CONTAINS_OP | IS_OP, Some(TO_BOOL)) => forward(instrs, n, op, arg),
        (CONTAINS_OP | IS_OP, Some(UNARY_NOT)) => forward(instrs, n, op, arg ^ 1),
        (TO_BOOL, Some(TO_BOOL)) => instrs[n].set_nop(),
        (UNARY_NOT, Some(TO_BOOL)) => forward(instrs, n, UNARY_NOT, 0),
        (UNARY_NOT, Some(UNARY_NOT)) => {
            instrs[n].set_nop();
            instrs[n + 1].set_nop();
        }
        (UNARY_NOT | UNARY_INVERT | UNARY_NEGATIVE, _) => fold::unary(instrs, n, consts, cache)?,
        (LIST_APPEND | SET_ADD, Some(GET_ITER | CONTAINS_OP)) if arg == 1 => {
            sequences::fold_appends(instrs, n, consts, cache)?;
        }
        (CALL_INTRINSIC_1, _) if arg == Intrinsic1::ListToTuple as u32 => {
            sequences::fold_appends(instrs, n, consts, cache)?;
            if instrs[n].op == CALL_INTRINSIC_1 && next == Some(GET_ITER) {
                instrs[n].set_nop();
            }
        }
        (CALL_INTRINSIC_1, _) if arg == Intrinsic1::UnaryPositive as u32 => {
            fold::unary(instrs, n, consts, cache)?;
        }
        (BINARY_OP, _) => fold::binary(instrs, n, consts, cache)?,
        _ => {}
    }
    Ok(())
}

/// Lets the next instruction do the work of the one at `n`.
fn forward(instrs: &mut [Instr], n: usize, op: Opcode, arg: u32) {
    instrs[n].set_nop();
    instrs[n + 1].set(op, arg);
}

/// Pairs of accesses to locals become one instruction each.
pub(crate) fn insert_superinstructions(graph: &mut Graph) {
    use Opcode::*;
    graph.each(|block| {
        for n in 1..block.instrs.len() {
            let [first, second] = &mut block.instrs[n - 1..=n] else { continue };
            let op = match (first.op, second.op) {
                (LOAD_FAST, LOAD_FAST) => LOAD_FAST_LOAD_FAST,
                (STORE_FAST, LOAD_FAST) => STORE_FAST_LOAD_FAST,
                (STORE_FAST, STORE_FAST) => STORE_FAST_STORE_FAST,
                _ => continue,
            };
            let (a, b) = (first.loc.lineno, second.loc.lineno);
            if (a >= 0 && b >= 0 && a != b) || first.arg >= 16 || second.arg >= 16 {
                continue;
            }
            first.set(op, first.arg << 4 | second.arg);
            second.set_nop();
        }
    });
    nops::remove_redundant_nops(graph);
}
