//! Removal of instructions that do nothing, where no line event is lost.

use krait_bytecode::Opcode;

use super::{BlockId, Graph};
use crate::instruction_sequence::NO_LOCATION;

/// Line of the first instruction after the block that will stay.
fn line_after(graph: &Graph, id: BlockId) -> Option<i32> {
    let next = graph.nonempty(graph.blocks[id].next)?;
    let stays = graph.blocks[next].instrs.iter().find(|i| i.op != Opcode::NOP || i.loc.lineno >= 0);
    Some(stays.map_or(NO_LOCATION.lineno, |i| i.loc.lineno))
}

/// How many were removed.
fn clean_block(graph: &mut Graph, id: BlockId) -> usize {
    if !graph.blocks[id].instrs.iter().any(|i| i.op == Opcode::NOP) {
        return 0;
    }
    let after = line_after(graph, id);
    let old = std::mem::take(&mut graph.blocks[id].instrs);
    let before = old.len();
    let handlers: Vec<_> = old.iter().map(|i| i.except).collect();
    let mut kept = Vec::with_capacity(before);
    let mut previous_line = -1;
    let mut instrs = old.into_iter().peekable();
    while let Some(instr) = instrs.next() {
        let line = instr.loc.lineno;
        if instr.op == Opcode::NOP {
            if line < 0 || line == previous_line {
                continue;
            }
            match instrs.peek_mut() {
                Some(next) if next.loc.lineno == line => continue,
                Some(next) if next.loc.lineno < 0 => {
                    next.loc = instr.loc;
                    continue;
                }
                None if after == Some(line) => continue,
                _ => {}
            }
        }
        kept.push(instr);
        previous_line = line;
    }
    let removed = before - kept.len();
    graph.blocks[id].haunt(&handlers, kept.len());
    graph.blocks[id].instrs = kept;
    removed
}

/// How many were removed.
pub(crate) fn remove_redundant_nops(graph: &mut Graph) -> usize {
    let mut removed = 0;
    let mut at = Some(graph.entry);
    while let Some(id) = at {
        removed += clean_block(graph, id);
        at = graph.blocks[id].next;
    }
    removed
}

/// Also removes a push that the next instruction pops.
pub(crate) fn remove_redundant_nops_and_pairs(graph: &mut Graph) {
    loop {
        let mut done = true;
        let mut previous: Option<(BlockId, usize)> = None;
        let mut at = Some(graph.entry);
        while let Some(id) = at {
            clean_block(graph, id);
            if graph.blocks[id].label {
                previous = None;
            }
            for n in 0..graph.blocks[id].instrs.len() {
                let is_pair = graph.blocks[id].instrs[n].op == Opcode::POP_TOP
                    && previous.is_some_and(|(block, n)| {
                        let push = &graph.blocks[block].instrs[n];
                        push.loads_const() || (push.op == Opcode::COPY && push.arg == 1)
                    });
                if is_pair && let Some((block, before)) = previous {
                    graph.blocks[block].instrs[before].set_nop();
                    graph.blocks[id].instrs[n].set_nop();
                    done = false;
                }
                previous = Some((id, n));
            }
            let ends_with_jump = previous.is_some_and(|(block, n)| graph.blocks[block].instrs[n].is_jump());
            if ends_with_jump || !graph.blocks[id].has_fallthrough() {
                previous = None;
            }
            at = graph.blocks[id].next;
        }
        if done {
            return;
        }
    }
}
