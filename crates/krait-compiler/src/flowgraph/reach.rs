//! Reachability: dead blocks, and blocks that only exceptions reach.

use krait_bytecode::Opcode;

use super::{BlockId, Graph, Result, jumps, silent_jump};

/// Counts predecessors and empties the blocks that nothing reaches.
pub(crate) fn remove_unreachable(graph: &mut Graph) {
    graph.each(|b| {
        b.visited = false;
        b.predecessors = 0;
    });
    graph.blocks[graph.entry].predecessors = 1;
    graph.blocks[graph.entry].visited = true;
    let mut todo = vec![graph.entry];
    while let Some(id) = todo.pop() {
        let mut reach = |graph: &mut Graph, target: BlockId| {
            if !graph.blocks[target].visited {
                graph.blocks[target].visited = true;
                todo.push(target);
            }
            graph.blocks[target].predecessors += 1;
        };
        if graph.blocks[id].has_fallthrough()
            && let Some(next) = graph.blocks[id].next
        {
            reach(graph, next);
        }
        for n in 0..graph.blocks[id].instrs.len() {
            let instr = &graph.blocks[id].instrs[n];
            if instr.op.has_target()
                && let Some(target) = instr.target
            {
                reach(graph, target);
            }
        }
    }
    graph.each(|b| {
        if b.predecessors == 0 {
            let old: Vec<_> = b.instrs.drain(..).map(|i| i.except).collect();
            b.haunt(&old, 0);
            b.except_handler = false;
        }
    });
}

fn mark_warm(graph: &mut Graph) {
    graph.clear_visited();
    graph.blocks[graph.entry].visited = true;
    let mut todo = vec![graph.entry];
    while let Some(id) = todo.pop() {
        graph.blocks[id].warm = true;
        for target in flow_targets(graph, id) {
            if !graph.blocks[target].visited {
                graph.blocks[target].visited = true;
                todo.push(target);
            }
        }
    }
}

/// Where normal flow goes from a block.
fn flow_targets(graph: &Graph, id: BlockId) -> impl Iterator<Item = BlockId> + use<> {
    let block = &graph.blocks[id];
    let next = block.next.filter(|_| block.has_fallthrough());
    let jump = block.last().filter(|i| i.is_jump()).and_then(|i| i.target);
    next.into_iter().chain(jump)
}

fn mark_cold(graph: &mut Graph) {
    mark_warm(graph);
    graph.clear_visited();
    let handlers: Vec<BlockId> = graph.layout().filter(|id| graph.blocks[*id].except_handler).collect();
    let mut todo = handlers;
    for id in &todo {
        graph.blocks[*id].visited = true;
    }
    while let Some(id) = todo.pop() {
        graph.blocks[id].cold = true;
        for target in flow_targets(graph, id) {
            let block = &mut graph.blocks[target];
            if !block.warm && !block.visited {
                block.visited = true;
                todo.push(target);
            }
        }
    }
}

/// Moves the blocks that only exceptions reach behind the others.
pub(crate) fn push_cold_blocks_to_end(graph: &mut Graph) -> Result {
    if graph.blocks[graph.entry].next.is_none() {
        return Ok(());
    }
    mark_cold(graph);
    jump_from_cold_to_warm(graph);
    let order: Vec<BlockId> = graph.layout().collect();
    let is_cold = |id: &BlockId| graph.blocks[*id].cold;
    let (cold, warm): (Vec<BlockId>, Vec<BlockId>) = order.iter().copied().partition(is_cold);
    if cold.is_empty() {
        return Ok(());
    }
    let layout: Vec<BlockId> = warm.into_iter().chain(cold).collect();
    for pair in layout.windows(2) {
        graph.blocks[pair[0]].next = Some(pair[1]);
    }
    if let Some(last) = layout.last() {
        graph.blocks[*last].next = None;
    }
    jumps::remove_redundant_nops_and_jumps(graph)
}

/// A cold block that falls through to a warm one will not be in front of it any more.
fn jump_from_cold_to_warm(graph: &mut Graph) {
    let mut at = Some(graph.entry);
    while let Some(id) = at {
        at = graph.blocks[id].next;
        let Some(next) = at else { break };
        if graph.blocks[id].cold && graph.blocks[id].has_fallthrough() && graph.blocks[next].warm {
            graph.blocks[next].label = true;
            let bridge = graph.new_block();
            let block = &mut graph.blocks[bridge];
            block.instrs.push(silent_jump(Opcode::JUMP_NO_INTERRUPT, next));
            block.cold = true;
            block.predecessors = 1;
            block.next = Some(next);
            graph.blocks[id].next = Some(bridge);
        }
    }
}
