//! Stack depth: of each block's start, and the greatest.

use krait_bytecode::Opcode;

use super::{BlockId, FlowError, Graph, Result};

/// Depth of a block that was not entered yet.
const UNKNOWN: i32 = i32::MIN;

pub(crate) fn calculate(graph: &mut Graph) -> Result<u32> {
    graph.each(|b| b.startdepth = UNKNOWN);
    let mut todo = Vec::new();
    enter(graph, graph.entry, 0, &mut todo)?;
    let mut greatest = 0;
    while let Some(id) = todo.pop() {
        let mut depth = graph.blocks[id].startdepth;
        let mut next = graph.blocks[id].next;
        for n in 0..graph.blocks[id].instrs.len() {
            let instr = graph.blocks[id].instrs[n];
            let effect = |jump| {
                let failed = FlowError::System("compiler stack_effect failed");
                instr.op.stack_effect(instr.arg, jump).ok_or(failed)
            };
            let after = depth + effect(false)?;
            if after < 0 {
                return Err(FlowError::Value("Invalid CFG, stack underflow"));
            }
            greatest = greatest.max(after);
            if let Some(target) = instr.target
                && instr.op.has_target()
                && instr.op != Opcode::END_ASYNC_FOR
            {
                let at_target = depth + effect(true)?;
                if at_target < 0 {
                    return Err(FlowError::Value("Invalid CFG, stack underflow"));
                }
                greatest = greatest.max(at_target);
                enter(graph, target, at_target, &mut todo)?;
            }
            depth = after;
            if instr.op.is_unconditional_jump() || instr.op.is_scope_exit() {
                next = None;
                break;
            }
        }
        if let Some(next) = next {
            enter(graph, next, depth, &mut todo)?;
        }
    }
    // A frame has room for one value at least.
    Ok(greatest.max(1) as u32)
}

fn enter(graph: &mut Graph, id: BlockId, depth: i32, todo: &mut Vec<BlockId>) -> Result {
    let block = &mut graph.blocks[id];
    if block.startdepth == UNKNOWN {
        block.startdepth = depth;
        todo.push(id);
    } else if block.startdepth != depth {
        return Err(FlowError::Value("Invalid CFG, inconsistent stackdepth"));
    }
    Ok(())
}
