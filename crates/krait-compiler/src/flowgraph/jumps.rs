//! Jumps: redundant ones, jumps to jumps, copies of small exits, and what pseudo jumps become.

use krait_bytecode::Opcode;

use super::{Block, BlockId, FlowError, Graph, Instr, Result, nops};
use crate::instruction_sequence::Location;

/// Blocks up to this size that leave the scope are copied instead of jumped to.
const MAX_COPY_SIZE: usize = 4;

fn remove_redundant_jumps(graph: &mut Graph) -> Result<usize> {
    let mut removed = 0;
    let mut at = Some(graph.entry);
    while let Some(id) = at {
        let next = graph.blocks[id].next;
        if let Some(last) = graph.blocks[id].last()
            && last.op.is_unconditional_jump()
        {
            let target = graph.nonempty(last.target).ok_or(FlowError::System("jump with NULL target"))?;
            if graph.nonempty(next) == Some(target) {
                removed += 1;
                let last = graph.blocks[id].instrs.len() - 1;
                graph.blocks[id].instrs[last].set_nop();
            }
        }
        at = next;
    }
    Ok(removed)
}

pub(crate) fn remove_redundant_nops_and_jumps(graph: &mut Graph) -> Result {
    loop {
        let nops = nops::remove_redundant_nops(graph);
        if nops + remove_redundant_jumps(graph)? == 0 {
            return Ok(());
        }
    }
}

/// Replaces the jump at the end of a block by a copy of its target, if that is a small exit or has no line at all.
fn inline_target(graph: &mut Graph, id: BlockId) -> bool {
    let Some(last) = graph.blocks[id].last() else { return false };
    let (op, Some(target)) = (last.op, last.target) else { return false };
    if !op.is_unconditional_jump() {
        return false;
    }
    let block = &graph.blocks[target];
    let small_exit = block.exits_scope() && block.instrs.len() <= MAX_COPY_SIZE;
    let silent = block.has_no_lineno() && !block.has_fallthrough();
    if !small_exit && !silent {
        return false;
    }
    let copy = block.instrs.clone();
    let block = &mut graph.blocks[id];
    if let Some(jump) = block.instrs.last_mut() {
        jump.set_nop();
    }
    block.extend(copy);
    if silent
        && op == Opcode::JUMP
        && let Some(last) = block.instrs.last_mut()
        && last.op.is_unconditional_jump()
    {
        // A loop must stay interruptible.
        last.op = Opcode::JUMP;
    }
    graph.blocks[target].predecessors = graph.blocks[target].predecessors.wrapping_sub(1);
    true
}

pub(crate) fn inline_small_or_no_lineno_blocks(graph: &mut Graph) {
    let mut changed = true;
    while changed {
        changed = false;
        let mut at = Some(graph.entry);
        while let Some(id) = at {
            changed |= inline_target(graph, id);
            at = graph.blocks[id].next;
        }
    }
}

/// Lets the jump at `n` go where the jump that it leads to goes. The old place stays as a `NOP` for its line.
pub(crate) fn thread(graph: &mut Graph, id: BlockId, n: usize, op: Opcode) -> bool {
    let Some(target) = graph.blocks[id].instrs[n].target else { return false };
    let Some(second) = graph.blocks[target].instrs.first().copied() else { return false };
    if second.target.is_none() || second.target == Some(target) {
        return false;
    }
    graph.blocks[id].instrs[n].set_nop();
    graph.blocks[id].add(Instr { target: second.target, ..Instr::new(op, 0, second.loc) });
    true
}

/// `JUMP_IF_…` becomes a copy, a truth test and a popping jump.
pub(crate) fn convert_pseudo_conditional_jumps(graph: &mut Graph) {
    graph.each(|block| {
        let Some(last) = block.instrs.last_mut() else { return };
        last.op = match last.op {
            Opcode::JUMP_IF_FALSE => Opcode::POP_JUMP_IF_FALSE,
            Opcode::JUMP_IF_TRUE => Opcode::POP_JUMP_IF_TRUE,
            _ => return,
        };
        let jump = *last;
        let test = [(Opcode::COPY, 1), (Opcode::TO_BOOL, 0)]
            .map(|(op, arg)| Instr { except: jump.except, ..Instr::new(op, arg, jump.loc) });
        block.instrs.pop();
        block.instrs.extend(test);
        block.instrs.push(jump);
        block.ghosts.truncate(block.ghosts.len().saturating_sub(test.len()));
    });
}

pub(crate) fn convert_pseudo_ops(graph: &mut Graph) -> Result {
    graph.each(|block| {
        for instr in &mut block.instrs {
            match instr.op {
                Opcode::LOAD_CLOSURE => instr.op = Opcode::LOAD_FAST,
                Opcode::STORE_FAST_MAYBE_NULL => instr.op = Opcode::STORE_FAST,
                op if op.is_block_push() || op == Opcode::POP_BLOCK => instr.set_nop(),
                _ => {}
            }
        }
    });
    remove_redundant_nops_and_jumps(graph)
}

fn reversed(op: Opcode) -> Opcode {
    match op {
        Opcode::POP_JUMP_IF_NOT_NONE => Opcode::POP_JUMP_IF_NONE,
        Opcode::POP_JUMP_IF_NONE => Opcode::POP_JUMP_IF_NOT_NONE,
        Opcode::POP_JUMP_IF_FALSE => Opcode::POP_JUMP_IF_TRUE,
        _ => Opcode::POP_JUMP_IF_FALSE,
    }
}

/// Makes all conditional jumps go forward: one that goes back jumps over an unconditional jump instead.
pub(crate) fn normalize(graph: &mut Graph) -> Result {
    graph.clear_visited();
    let mut at = Some(graph.entry);
    while let Some(id) = at {
        graph.blocks[id].visited = true;
        if let Some(last) = graph.blocks[id].last().copied()
            && last.op.is_conditional_jump()
        {
            normalize_block(graph, id, last)?;
        }
        at = graph.blocks[id].next;
    }
    Ok(())
}

fn not_taken(loc: Location) -> Instr {
    Instr::new(Opcode::NOT_TAKEN, 0, loc)
}

fn normalize_block(graph: &mut Graph, id: BlockId, last: Instr) -> Result {
    let target = last.target.ok_or(FlowError::System("jump with NULL target"))?;
    if !graph.blocks[target].visited {
        graph.blocks[id].add(not_taken(last.loc));
        return Ok(());
    }
    let next = graph.blocks[id].next.ok_or(FlowError::System("jump with NULL target"))?;
    let bridge = graph.new_block();
    graph.blocks[bridge] = Block {
        instrs: vec![
            not_taken(last.loc),
            Instr { target: Some(target), ..Instr::new(Opcode::JUMP, 0, last.loc) },
        ],
        startdepth: graph.blocks[target].startdepth,
        cold: graph.blocks[id].cold,
        next: Some(next),
        ..Block::default()
    };
    let block = &mut graph.blocks[id];
    if let Some(jump) = block.instrs.last_mut() {
        jump.op = reversed(last.op);
        jump.target = Some(next);
    }
    block.next = Some(bridge);
    Ok(())
}
