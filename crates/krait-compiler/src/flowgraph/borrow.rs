//! Loads of locals that need no reference of their own.
//!
//! A load may borrow when the value is consumed in the same block, before the local is overwritten or deleted, and does
//! not end up in another local. The pass runs each block on a stack that remembers which instruction pushed what.

use krait_bytecode::Opcode;

use super::{Block, BlockId, FlowError, Graph, Result};

#[derive(Clone, Copy)]
struct Source {
    /// The instruction that pushed the value, if it is in this block.
    instr: Option<usize>,
    /// The local that the value is from.
    local: Option<u32>,
}

const UNKNOWN: Source = Source { instr: None, local: None };

/// State of one block: the stack, and which instructions must own what they push.
struct Tracker {
    stack: Vec<Source>,
    owns: Vec<bool>,
}

impl Tracker {
    fn pop(&mut self) -> Result<Source> {
        self.stack.pop().ok_or(FlowError::Value("Invalid CFG, stack underflow"))
    }

    fn pop_many(&mut self, count: usize) -> Result {
        for _ in 0..count {
            self.pop()?;
        }
        Ok(())
    }

    fn push(&mut self, instr: usize, local: Option<u32>) {
        self.stack.push(Source { instr: Some(instr), local });
    }

    fn push_many(&mut self, instr: usize, count: usize) {
        for _ in 0..count {
            self.push(instr, None);
        }
    }

    fn own(&mut self, source: Source) {
        if let Some(instr) = source.instr {
            self.owns[instr] = true;
        }
    }

    /// The local loses its value: whoever borrowed it may not.
    fn kill(&mut self, local: u32) {
        for n in 0..self.stack.len() {
            if self.stack[n].local == Some(local) {
                self.own(self.stack[n]);
            }
        }
    }

    fn store(&mut self, local: u32) -> Result {
        let source = self.pop()?;
        self.kill(local);
        self.own(source);
        Ok(())
    }

    fn below_top(&self, depth: u32) -> Result<usize> {
        self.stack.len().checked_sub(depth as usize).ok_or(FlowError::Value("Invalid CFG, stack underflow"))
    }
}

pub(crate) fn optimize_load_fast(graph: &mut Graph) -> Result {
    graph.clear_visited();
    graph.blocks[graph.entry].visited = true;
    graph.blocks[graph.entry].startdepth = 0;
    let mut todo = vec![graph.entry];
    while let Some(id) = todo.pop() {
        let depth = graph.blocks[id].startdepth.max(0) as usize;
        let size = graph.blocks[id].instrs.len();
        let mut tracker = Tracker { stack: vec![UNKNOWN; depth], owns: vec![false; size] };
        for n in 0..size {
            if let Some(target) = step(&mut tracker, &graph.blocks[id], n)? {
                visit(graph, target, &mut todo);
            }
        }
        if let Some(next) = graph.blocks[id].next
            && graph.blocks[id].last().is_some()
            && graph.blocks[id].has_fallthrough()
        {
            visit(graph, next, &mut todo);
        }
        for source in std::mem::take(&mut tracker.stack) {
            tracker.own(source);
        }
        for (instr, owns) in graph.blocks[id].instrs.iter_mut().zip(tracker.owns) {
            instr.op = match instr.op {
                Opcode::LOAD_FAST if !owns => Opcode::LOAD_FAST_BORROW,
                Opcode::LOAD_FAST_LOAD_FAST if !owns => Opcode::LOAD_FAST_BORROW_LOAD_FAST_BORROW,
                op => op,
            };
        }
    }
    Ok(())
}

fn visit(graph: &mut Graph, id: BlockId, todo: &mut Vec<BlockId>) {
    if !graph.blocks[id].visited {
        graph.blocks[id].visited = true;
        todo.push(id);
    }
}

/// Runs one instruction; returns the block that it may jump to.
fn step(tracker: &mut Tracker, block: &Block, n: usize) -> Result<Option<BlockId>> {
    use Opcode::*;
    let instr = &block.instrs[n];
    let (op, arg) = (instr.op, instr.arg);
    let bad = FlowError::System("compiler stack_effect failed");
    let (Some(popped), Some(pushed)) = (op.popped(arg), op.pushed(arg)) else { return Err(bad) };
    let (popped, pushed) = (popped as usize, pushed as usize);
    match op {
        DELETE_FAST => tracker.kill(arg),
        LOAD_FAST => tracker.push(n, Some(arg)),
        LOAD_FAST_AND_CLEAR => {
            tracker.kill(arg);
            tracker.push(n, Some(arg));
        }
        LOAD_FAST_LOAD_FAST => {
            tracker.push(n, Some(arg >> 4));
            tracker.push(n, Some(arg & 15));
        }
        STORE_FAST => tracker.store(arg)?,
        STORE_FAST_LOAD_FAST => {
            tracker.store(arg >> 4)?;
            tracker.push(n, Some(arg & 15));
        }
        STORE_FAST_STORE_FAST => {
            tracker.store(arg >> 4)?;
            tracker.store(arg & 15)?;
        }
        COPY => {
            let place = tracker.below_top(arg)?;
            let source = *tracker.stack.get(place).ok_or(bad)?;
            tracker.stack.push(source);
        }
        SWAP => {
            let (place, top) = (tracker.below_top(arg)?, tracker.below_top(1)?);
            if place <= top {
                tracker.stack.swap(place, top);
            }
        }
        // These leave all their inputs on the stack. CPython takes what they push for pushed by the first instructions
        // of the block; that costs a borrow at times and is part of what it emits.
        FORMAT_SIMPLE | GET_ANEXT | GET_LEN | GET_YIELD_FROM_ITER | IMPORT_FROM | MATCH_KEYS
        | MATCH_MAPPING | MATCH_SEQUENCE | WITH_EXCEPT_START => {
            (0..pushed.saturating_sub(popped)).for_each(|place| tracker.push(place, None));
        }
        // These leave some.
        DICT_MERGE | DICT_UPDATE | LIST_APPEND | LIST_EXTEND | MAP_ADD | RERAISE | SET_ADD | SET_UPDATE => {
            tracker.pop_many(popped.saturating_sub(pushed))?;
        }
        END_SEND | SET_FUNCTION_ATTRIBUTE => {
            let top = tracker.pop()?;
            tracker.pop()?;
            tracker.stack.push(top);
        }
        CHECK_EXC_MATCH => {
            tracker.pop()?;
            tracker.push(n, None);
        }
        END_ASYNC_FOR => {
            tracker.pop_many(2)?;
            return Ok(None);
        }
        FOR_ITER => tracker.push(n, None),
        LOAD_ATTR | LOAD_SUPER_ATTR => {
            let receiver = tracker.pop()?;
            tracker.pop_many(popped - 1)?;
            tracker.push(n, None);
            if arg & 1 != 0 {
                // A method call may push the receiver again.
                tracker.stack.push(receiver);
            }
        }
        LOAD_SPECIAL | PUSH_EXC_INFO => {
            let top = tracker.pop()?;
            tracker.push(n, None);
            tracker.stack.push(top);
        }
        SEND => {
            tracker.pop()?;
            tracker.push(n, None);
        }
        _ if op.is_block_push() => {}
        _ => {
            tracker.pop_many(popped)?;
            tracker.push_many(n, pushed);
        }
    }
    Ok(instr.target.filter(|_| op.has_target()))
}
