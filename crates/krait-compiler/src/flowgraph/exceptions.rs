//! Which handler covers which instruction.

use std::rc::Rc;

use krait_bytecode::Opcode;
use krait_bytecode::opcode::operand::resume;

use super::{BlockId, FlowError, Graph, Result};

pub(crate) fn mark_except_handlers(graph: &mut Graph) {
    let targets: Vec<BlockId> = graph
        .layout()
        .flat_map(|id| graph.blocks[id].instrs.iter())
        .filter(|i| i.op.is_block_push())
        .filter_map(|i| i.target)
        .collect();
    for target in targets {
        graph.blocks[target].except_handler = true;
    }
}

/// The handlers that are active at a place, innermost first. Blocks share the tails.
#[derive(Clone)]
struct Handlers(Option<Rc<Entry>>);

struct Entry {
    handler: BlockId,
    depth: u32,
    outer: Handlers,
}

impl Handlers {
    fn top(&self) -> Option<BlockId> {
        self.0.as_ref().map(|entry| entry.handler)
    }

    fn depth(&self) -> u32 {
        self.0.as_ref().map_or(0, |entry| entry.depth)
    }

    fn push(&self, handler: BlockId) -> Handlers {
        Handlers(Some(Rc::new(Entry { handler, depth: self.depth() + 1, outer: self.clone() })))
    }

    fn pop(&self) -> Result<Handlers> {
        match &self.0 {
            Some(entry) => Ok(entry.outer.clone()),
            None => Err(FlowError::Value("POP_BLOCK without a block")),
        }
    }
}

/// Gives each instruction its handler and removes `POP_BLOCK`. Every block is entered with one set of handlers.
pub(crate) fn label_exception_targets(graph: &mut Graph) -> Result {
    graph.clear_visited();
    let mut todo = vec![(graph.entry, Handlers(None))];
    graph.blocks[graph.entry].visited = true;
    while let Some((id, mut handlers)) = todo.pop() {
        // `None`: no yield since the block began.
        let mut yield_depth = None;
        for n in 0..graph.blocks[id].instrs.len() {
            let instr = graph.blocks[id].instrs[n];
            let mut except = handlers.top();
            match instr.op {
                op if op.is_block_push() => {
                    let target = target_of(instr.target)?;
                    visit(graph, &mut todo, target, &handlers);
                    if matches!(op, Opcode::SETUP_WITH | Opcode::SETUP_CLEANUP) {
                        graph.blocks[target].preserve_lasti = true;
                    }
                    handlers = handlers.push(target);
                    except = None;
                }
                Opcode::POP_BLOCK => {
                    handlers = handlers.pop()?;
                    graph.blocks[id].instrs[n].set_nop();
                    except = None;
                }
                op if op.has_jump() => visit(graph, &mut todo, target_of(instr.target)?, &handlers),
                Opcode::YIELD_VALUE => yield_depth = Some(handlers.depth()),
                Opcode::RESUME if instr.arg != resume::AT_FUNC_START && yield_depth.take() == Some(1) => {
                    graph.blocks[id].instrs[n].arg |= resume::DEPTH1_MASK;
                }
                Opcode::RETURN_GENERATOR => except = None,
                _ => {}
            }
            graph.blocks[id].instrs[n].except = except;
        }
        if graph.blocks[id].has_fallthrough()
            && let Some(next) = graph.blocks[id].next
        {
            visit(graph, &mut todo, next, &handlers);
        }
    }
    Ok(())
}

fn target_of(target: Option<BlockId>) -> Result<BlockId> {
    target.ok_or(FlowError::System("jump with NULL target"))
}

fn visit(graph: &mut Graph, todo: &mut Vec<(BlockId, Handlers)>, target: BlockId, handlers: &Handlers) {
    if !graph.blocks[target].visited {
        graph.blocks[target].visited = true;
        todo.push((target, handlers.clone()));
    }
}
