//! The control-flow graph of a code unit: built from an instruction sequence, optimised, and laid out again.
//!
//! A graph is a list of basic blocks in layout order (`next`); jumps and handler pushes hold the block that they go to.
//! Passes are one file per family. Invariants between passes: a terminator is the last instruction of its block;
//! unreachable blocks are empty; `predecessors` is right after [`reach::remove_unreachable`]. What is emitted must be
//! CPython's to the byte, so the order of passes and of the blocks that they visit is part of the contract. CPython's
//! counterpart is `Python/flowgraph.c`.

use std::fmt;

use krait_bytecode::flags::{CO_ASYNC_GENERATOR, CO_COROUTINE, CO_GENERATOR, CO_VARARGS, CO_VARKEYWORDS};
use krait_bytecode::{Const, Opcode};

use crate::constants::ConstCache;
use crate::instruction_sequence::{Handler, Instruction, InstructionSequence, Label, Location, NO_LOCATION};
use crate::unit::UnitMetadata;

mod arithmetic;
mod borrow;
mod build;
mod constants;
mod depth;
mod exceptions;
mod fold;
mod jumps;
mod lines;
mod locals;
mod nops;
mod number;
mod peephole;
mod prefix;
mod reach;
mod sequences;
mod swaps;

pub(crate) use arithmetic::equality_key;

/// Most items of a sequence that the compiler builds on the stack.
pub const STACK_USE_GUIDELINE: u32 = 30;

/// The instructions cannot be made into a code object. CPython raises `SystemError`, `ValueError` or `OverflowError`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FlowError {
    System(&'static str),
    Value(&'static str),
    Overflow(&'static str),
}

impl fmt::Display for FlowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FlowError::System(text) | FlowError::Value(text) | FlowError::Overflow(text) => f.write_str(text),
        }
    }
}

impl std::error::Error for FlowError {}

pub(crate) type Result<T = ()> = std::result::Result<T, FlowError>;

/// Index of a block in [`Graph::blocks`], which is not its place in the layout.
pub(crate) type BlockId = usize;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Instr {
    pub op: Opcode,
    pub arg: u32,
    pub loc: Location,
    pub target: Option<BlockId>,
    /// The handler that an exception in this instruction goes to.
    pub except: Option<BlockId>,
}

impl Instr {
    pub fn new(op: Opcode, arg: u32, loc: Location) -> Instr {
        Instr { op, arg, loc, target: None, except: None }
    }

    pub fn set(&mut self, op: Opcode, arg: u32) {
        self.op = op;
        self.arg = arg;
    }

    pub fn set_nop(&mut self) {
        self.set(Opcode::NOP, 0);
    }

    pub fn is_jump(&self) -> bool {
        self.op.has_jump()
    }

    pub fn loads_const(&self) -> bool {
        matches!(self.op, Opcode::LOAD_CONST | Opcode::LOAD_SMALL_INT)
    }
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Block {
    pub instrs: Vec<Instr>,
    /// Handlers of instructions that were removed from the end, the next place last. CPython does not clear the places
    /// of a block that it shortens, and an instruction that is added later takes over the handler of its place.
    pub ghosts: Vec<Option<BlockId>>,
    /// The block that follows in the layout.
    pub next: Option<BlockId>,
    /// Something may jump here.
    pub label: bool,
    /// Scratch mark of traversals.
    pub visited: bool,
    pub except_handler: bool,
    /// Reached by normal flow.
    pub warm: bool,
    /// Reached only through exception handlers.
    pub cold: bool,
    /// The handler wants the index of the raising instruction on the stack.
    pub preserve_lasti: bool,
    pub predecessors: u32,
    /// Stack depth on entry; negative while it is not known.
    pub startdepth: i32,
    /// Locals that may be unset here, of the first 64.
    pub unsafe_locals: u64,
}

impl Block {
    /// Appends instructions as they are.
    pub fn extend(&mut self, instrs: impl IntoIterator<Item = Instr>) {
        for instr in instrs {
            self.ghosts.pop();
            self.instrs.push(instr);
        }
    }

    /// Appends an instruction without a handler of its own.
    pub fn add(&mut self, instr: Instr) {
        let except = self.ghosts.pop().flatten();
        self.instrs.push(Instr { except, ..instr });
    }

    /// Keeps in mind what was in the places from `length` on.
    pub fn haunt(&mut self, old: &[Option<BlockId>], length: usize) {
        self.ghosts.extend(old[length..].iter().rev());
    }

    pub fn last(&self) -> Option<&Instr> {
        self.instrs.last()
    }

    pub fn last_op(&self) -> Option<Opcode> {
        self.instrs.last().map(|i| i.op)
    }

    pub fn exits_scope(&self) -> bool {
        self.last_op().is_some_and(Opcode::is_scope_exit)
    }

    pub fn has_fallthrough(&self) -> bool {
        !self.last_op().is_some_and(|op| op.is_scope_exit() || op.is_unconditional_jump())
    }

    pub fn has_no_lineno(&self) -> bool {
        self.instrs.iter().all(|i| i.loc.lineno < 0)
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Graph {
    pub blocks: Vec<Block>,
    pub entry: BlockId,
}

impl Graph {
    pub fn new_block(&mut self) -> BlockId {
        self.blocks.push(Block::default());
        self.blocks.len() - 1
    }

    /// The blocks in layout order. Passes that insert blocks walk `next` themselves.
    pub fn layout(&self) -> Layout<'_> {
        Layout { graph: self, at: Some(self.entry) }
    }

    /// Applies `f` to every block in layout order.
    pub fn each(&mut self, mut f: impl FnMut(&mut Block)) {
        let mut at = Some(self.entry);
        while let Some(id) = at {
            f(&mut self.blocks[id]);
            at = self.blocks[id].next;
        }
    }

    pub fn clear_visited(&mut self) {
        self.each(|b| b.visited = false);
    }

    /// The block itself or the first one after it that has instructions.
    pub fn nonempty(&self, mut at: Option<BlockId>) -> Option<BlockId> {
        while let Some(id) = at {
            if !self.blocks[id].instrs.is_empty() {
                return at;
            }
            at = self.blocks[id].next;
        }
        None
    }
}

pub(crate) struct Layout<'a> {
    graph: &'a Graph,
    at: Option<BlockId>,
}

impl Iterator for Layout<'_> {
    type Item = BlockId;

    fn next(&mut self) -> Option<BlockId> {
        let id = self.at?;
        self.at = self.graph.blocks[id].next;
        Some(id)
    }
}

/// What the assembler needs beside the instructions.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    pub stackdepth: u32,
    pub nlocalsplus: usize,
}

/// Optimises the instructions of a code unit. `consts` grows by folded constants and loses those without use.
pub fn optimize(
    sequence: InstructionSequence,
    consts: &mut Vec<Const>,
    cache: &mut ConstCache,
    nlocals: usize,
    nparams: usize,
) -> Result<Optimized> {
    cache.begin_unit();
    let mut graph = build::from_sequence(sequence)?;
    exceptions::mark_except_handlers(&mut graph);
    exceptions::label_exception_targets(&mut graph)?;
    optimize_graph(&mut graph, consts, cache)?;
    constants::remove_unused_consts(&mut graph, consts)?;
    locals::add_checks_for_uninitialized(&mut graph, nlocals, nparams);
    peephole::insert_superinstructions(&mut graph);
    reach::push_cold_blocks_to_end(&mut graph)?;
    lines::resolve_line_numbers(&mut graph);
    Ok(Optimized(graph))
}

/// An optimised graph that waits for [`lower`].
pub struct Optimized(Graph);

impl Optimized {
    /// A graph that is taken as optimised already.
    pub fn unoptimized(sequence: InstructionSequence) -> Result<Optimized> {
        let mut graph = build::from_sequence(sequence)?;
        exceptions::label_exception_targets(&mut graph)?;
        Ok(Optimized(graph))
    }

    /// The instructions with labels applied, pseudo ones included; for those who inspect the optimiser
    /// (`_testinternalcapi.optimize_cfg`).
    pub fn into_sequence(mut self) -> Result<InstructionSequence> {
        depth::calculate(&mut self.0)?;
        borrow::optimize_load_fast(&mut self.0)?;
        Ok(to_sequence(&self.0))
    }
}

fn optimize_graph(graph: &mut Graph, consts: &mut Vec<Const>, cache: &mut ConstCache) -> Result {
    build::check(graph)?;
    jumps::inline_small_or_no_lineno_blocks(graph);
    reach::remove_unreachable(graph);
    lines::resolve_line_numbers(graph);
    constants::optimize_load_const(graph, consts, cache)?;
    let mut at = Some(graph.entry);
    while let Some(id) = at {
        peephole::optimize_block(graph, id, consts, cache)?;
        at = graph.blocks[id].next;
    }
    nops::remove_redundant_nops_and_pairs(graph);
    reach::remove_unreachable(graph);
    jumps::remove_redundant_nops_and_jumps(graph)
}

/// Turns an optimised graph into real instructions: cells and frame prefix, stack depth, pseudo instructions, jump
/// directions and borrowed loads.
pub fn lower(
    optimized: Optimized,
    unit: &UnitMetadata,
    code_flags: u32,
) -> Result<(InstructionSequence, Shape)> {
    let mut graph = optimized.0;
    jumps::convert_pseudo_conditional_jumps(&mut graph);
    let stackdepth = depth::calculate(&mut graph)?;
    let nlocalsplus = prefix::prepare_localsplus(&mut graph, unit, code_flags)?;
    jumps::convert_pseudo_ops(&mut graph)?;
    jumps::normalize(&mut graph)?;
    borrow::optimize_load_fast(&mut graph)?;
    Ok((to_sequence(&graph), Shape { stackdepth, nlocalsplus }))
}

pub(crate) fn is_generator(flags: u32) -> bool {
    flags & (CO_GENERATOR | CO_COROUTINE | CO_ASYNC_GENERATOR) != 0
}

/// Parameters of a unit, `*args` and `**kwargs` included.
pub fn parameter_count(unit: &UnitMetadata, flags: u32) -> usize {
    let stars = u32::from(flags & CO_VARARGS != 0) + u32::from(flags & CO_VARKEYWORDS != 0);
    (unit.argcount + unit.posonlyargcount + unit.kwonlyargcount + stars) as usize
}

fn to_sequence(graph: &Graph) -> InstructionSequence {
    let mut labels = vec![0; graph.blocks.len()];
    for (n, id) in graph.layout().enumerate() {
        labels[id] = n as u32;
    }
    let mut sequence = InstructionSequence::new();
    for id in graph.layout() {
        sequence.use_label(Label(labels[id]));
        for instr in &graph.blocks[id].instrs {
            let arg = match instr.target {
                Some(target) if instr.op.has_target() => labels[target],
                _ => instr.arg,
            };
            let handler = instr.except.map(|handler| Handler {
                label: Label(labels[handler]),
                start_depth: graph.blocks[handler].startdepth.max(0) as u32,
                preserve_lasti: graph.blocks[handler].preserve_lasti,
            });
            sequence.push(Instruction { op: instr.op, arg, loc: instr.loc, handler });
        }
    }
    sequence.apply_label_map();
    sequence
}

/// A jump without a line of its own.
fn silent_jump(op: Opcode, target: BlockId) -> Instr {
    Instr { target: Some(target), ..Instr::new(op, 0, NO_LOCATION) }
}
