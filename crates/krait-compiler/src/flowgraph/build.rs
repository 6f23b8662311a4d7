//! From an instruction sequence to basic blocks.

use krait_bytecode::Opcode;

use super::{BlockId, FlowError, Graph, Instr, Result};
use crate::instruction_sequence::{Instruction, InstructionSequence};

struct Builder {
    graph: Graph,
    current: BlockId,
    /// The next instruction is a jump target.
    pending_label: bool,
}

impl Builder {
    /// Whether the next instruction must open a new block. Labels an empty unlabelled block in passing.
    fn is_terminated(&mut self) -> bool {
        let block = &mut self.graph.blocks[self.current];
        if block.last_op().is_some_and(Opcode::is_terminator) {
            return true;
        }
        if self.pending_label {
            if !block.instrs.is_empty() || block.label {
                return true;
            }
            block.label = true;
            self.pending_label = false;
        }
        false
    }

    fn maybe_start_block(&mut self) {
        if self.is_terminated() {
            let id = self.graph.new_block();
            self.graph.blocks[id].label = self.pending_label;
            self.pending_label = false;
            self.graph.blocks[self.current].next = Some(id);
            self.current = id;
        }
    }

    fn add(&mut self, instr: &Instruction) {
        self.maybe_start_block();
        self.graph.blocks[self.current].instrs.push(Instr::new(instr.op, instr.arg, instr.loc));
    }
}

pub(crate) fn from_sequence(mut sequence: InstructionSequence) -> Result<Graph> {
    sequence.apply_label_map();
    let annotations = sequence.take_annotations_code();
    let instrs = sequence.instrs();
    let mut is_target = vec![false; instrs.len()];
    for instr in instrs.iter().filter(|i| i.op.has_target()) {
        *is_target.get_mut(instr.arg as usize).ok_or(FlowError::Value("label out of range"))? = true;
    }
    let mut builder =
        Builder { graph: Graph { blocks: Vec::new(), entry: 0 }, current: 0, pending_label: false };
    builder.graph.new_block();
    let mut block_of = vec![None; instrs.len()];
    for (n, instr) in instrs.iter().enumerate() {
        if instr.op == Opcode::ANNOTATIONS_PLACEHOLDER {
            for inner in annotations.iter().flat_map(|code| code.instrs()) {
                builder.add(inner);
            }
            continue;
        }
        if is_target[n] {
            builder.pending_label = true;
            builder.maybe_start_block();
            block_of[n] = Some(builder.current);
        }
        builder.add(instr);
    }
    resolve_targets(&mut builder.graph, &block_of)?;
    Ok(builder.graph)
}

fn resolve_targets(graph: &mut Graph, block_of: &[Option<BlockId>]) -> Result {
    for block in &mut graph.blocks {
        for instr in block.instrs.iter_mut().filter(|i| i.op.has_target()) {
            let target = block_of.get(instr.arg as usize).copied().flatten();
            instr.target =
                Some(target.ok_or(FlowError::Value("jump to an instruction that is not emitted"))?);
        }
    }
    Ok(())
}

/// Jumps and exits must be the last instruction of their block.
pub(crate) fn check(graph: &Graph) -> Result {
    for id in graph.layout() {
        let instrs = &graph.blocks[id].instrs;
        if instrs.iter().rev().skip(1).any(|i| i.op.is_terminator()) {
            return Err(FlowError::System("malformed control flow graph."));
        }
    }
    Ok(())
}
