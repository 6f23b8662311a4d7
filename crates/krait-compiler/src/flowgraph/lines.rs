//! Line numbers of instructions that have none: exits should have one, so that a frame knows where it left.

use krait_bytecode::opcode::Flags;

use super::{Block, Graph};
use crate::instruction_sequence::NO_LOCATION;

pub(crate) fn resolve_line_numbers(graph: &mut Graph) {
    duplicate_exits_without_lineno(graph);
    propagate_line_numbers(graph);
}

fn is_silent_exit_or_check(block: &Block) -> bool {
    (block.exits_scope() || block.instrs.iter().any(|i| i.op.flags().has(Flags::EVAL_BREAK)))
        && block.has_no_lineno()
}

/// An exit without a line that several jumps reach gets a copy for each, which takes the line of its jump.
fn duplicate_exits_without_lineno(graph: &mut Graph) {
    let mut at = Some(graph.entry);
    while let Some(id) = at {
        if let Some(last) = graph.blocks[id].last()
            && last.is_jump()
            && let Some(target) = graph.nonempty(last.target)
            && graph.blocks[target].predecessors > 1
            && is_silent_exit_or_check(&graph.blocks[target])
        {
            let loc = last.loc;
            let copy = graph.new_block();
            let original = &mut graph.blocks[target];
            original.predecessors -= 1;
            let mut instrs = original.instrs.clone();
            instrs[0].loc = loc;
            let next = original.next.replace(copy);
            graph.blocks[copy] = Block { instrs, next, label: true, predecessors: 1, ..Block::default() };
            if let Some(last) = graph.blocks[id].instrs.last_mut() {
                last.target = Some(copy);
            }
        }
        at = graph.blocks[id].next;
    }
    let mut at = Some(graph.entry);
    while let Some(id) = at {
        at = graph.blocks[id].next;
        if let Some(next) = at
            && graph.blocks[id].has_fallthrough()
            && let Some(loc) = graph.blocks[id].last().map(|i| i.loc)
            && is_silent_exit_or_check(&graph.blocks[next])
        {
            graph.blocks[next].instrs[0].loc = loc;
        }
    }
}

/// Instructions take the line of the one before them, over the edge of the block where there is one predecessor.
fn propagate_line_numbers(graph: &mut Graph) {
    let mut at = Some(graph.entry);
    while let Some(id) = at {
        at = graph.blocks[id].next;
        let mut previous = NO_LOCATION;
        for instr in &mut graph.blocks[id].instrs {
            if instr.loc.lineno == NO_LOCATION.lineno {
                instr.loc = previous;
            } else {
                previous = instr.loc;
            }
        }
        let Some(last) = graph.blocks[id].last().copied() else { continue };
        let next = at.filter(|_| graph.blocks[id].has_fallthrough());
        let jump = last.target.filter(|_| last.is_jump()).and_then(|target| graph.nonempty(Some(target)));
        for heir in next.into_iter().chain(jump) {
            let block = &mut graph.blocks[heir];
            if block.predecessors == 1
                && let Some(first) = block.instrs.first_mut()
                && first.loc.lineno == NO_LOCATION.lineno
            {
                first.loc = previous;
            }
        }
    }
}
