//! Loads of locals that may be unset get a check.

use krait_bytecode::Opcode;

use super::{BlockId, Graph};

/// Locals beyond these are looked at one block at a time, so that the analysis stays linear.
const TRACKED: usize = 64;

pub(crate) fn add_checks_for_uninitialized(graph: &mut Graph, nlocals: usize, nparams: usize) {
    if nlocals == 0 {
        return;
    }
    if nlocals > TRACKED {
        check_untracked(graph, nlocals);
    }
    graph.clear_visited();
    let mut start = 0u64;
    for local in nparams..nlocals.min(TRACKED) {
        start |= 1 << local;
    }
    let mut todo = Vec::new();
    maybe_push(graph, graph.entry, start, &mut todo);
    let mut at = Some(graph.entry);
    while let Some(id) = at {
        scan_block(graph, id, &mut todo);
        at = graph.blocks[id].next;
    }
    while let Some(id) = todo.pop() {
        graph.blocks[id].visited = false;
        scan_block(graph, id, &mut todo);
    }
}

/// `visited` marks the blocks on the list.
fn maybe_push(graph: &mut Graph, id: BlockId, unset: u64, todo: &mut Vec<BlockId>) {
    let block = &mut graph.blocks[id];
    let both = block.unsafe_locals | unset;
    if block.unsafe_locals != both {
        block.unsafe_locals = both;
        if !block.visited {
            block.visited = true;
            todo.push(id);
        }
    }
}

fn scan_block(graph: &mut Graph, id: BlockId, todo: &mut Vec<BlockId>) {
    let mut unset = graph.blocks[id].unsafe_locals;
    for n in 0..graph.blocks[id].instrs.len() {
        let instr = graph.blocks[id].instrs[n];
        if let Some(handler) = instr.except {
            maybe_push(graph, handler, unset, todo);
        }
        if instr.arg >= TRACKED as u32 {
            continue;
        }
        let bit = 1u64 << instr.arg;
        match instr.op {
            Opcode::DELETE_FAST | Opcode::LOAD_FAST_AND_CLEAR | Opcode::STORE_FAST_MAYBE_NULL => unset |= bit,
            Opcode::STORE_FAST | Opcode::LOAD_FAST_CHECK => unset &= !bit,
            Opcode::LOAD_FAST => {
                if unset & bit != 0 {
                    graph.blocks[id].instrs[n].op = Opcode::LOAD_FAST_CHECK;
                }
                unset &= !bit;
            }
            _ => {}
        }
    }
    let block = &graph.blocks[id];
    let next = block.next.filter(|_| block.has_fallthrough());
    let jump = block.last().filter(|i| i.is_jump()).and_then(|i| i.target);
    for target in next.into_iter().chain(jump) {
        maybe_push(graph, target, unset, todo);
    }
}

fn check_untracked(graph: &mut Graph, nlocals: usize) {
    // Number of the block in which the local was last known to be set.
    let mut set_in = vec![0usize; nlocals - TRACKED];
    let mut number = 0;
    graph.each(|block| {
        number += 1;
        for instr in &mut block.instrs {
            let Some(local) = (instr.arg as usize).checked_sub(TRACKED).filter(|n| *n < set_in.len()) else {
                continue;
            };
            match instr.op {
                Opcode::DELETE_FAST | Opcode::LOAD_FAST_AND_CLEAR | Opcode::STORE_FAST_MAYBE_NULL => {
                    set_in[local] = number - 1;
                }
                Opcode::STORE_FAST => set_in[local] = number,
                Opcode::LOAD_FAST => {
                    if set_in[local] != number {
                        instr.op = Opcode::LOAD_FAST_CHECK;
                    }
                    set_in[local] = number;
                }
                _ => {}
            }
        }
    });
}
