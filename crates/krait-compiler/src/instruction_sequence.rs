//! A flat list of instructions with symbolic labels: what code generation writes and the control-flow graph is made of.
//!
//! Invariants: the argument of an instruction with a target is a label until [`InstructionSequence::apply_label_map`]
//! has run, and the index of an instruction afterwards; a label stands for the place where [`use_label`] put it.
//! CPython keeps the same in `Python/instruction_sequence.c`.
//!
//! [`use_label`]: InstructionSequence::use_label

use krait_bytecode::Opcode;

/// A range of source text; columns are UTF-8 byte offsets. `-1` means unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Location {
    pub lineno: i32,
    pub end_lineno: i32,
    pub col: i32,
    pub end_col: i32,
}

/// Instruction that belongs to no line.
pub const NO_LOCATION: Location = Location { lineno: -1, end_lineno: -1, col: -1, end_col: -1 };
/// Instruction that takes over the location of the next one.
pub const NEXT_LOCATION: Location = Location { lineno: -2, end_lineno: -2, col: -2, end_col: -2 };

impl Location {
    pub const fn new(lineno: i32, end_lineno: i32, col: i32, end_col: i32) -> Location {
        Location { lineno, end_lineno, col, end_col }
    }
}

/// A place to jump to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Label(pub u32);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Instruction {
    pub op: Opcode,
    /// The argument, or the label of the target, or 0.
    pub arg: u32,
    pub loc: Location,
    /// The handler that covers this instruction; filled by the flow graph for the assembler.
    pub handler: Option<Handler>,
}

/// An exception handler as the exception table describes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Handler {
    /// Label of the handler's first instruction.
    pub label: Label,
    pub start_depth: u32,
    pub preserve_lasti: bool,
}

impl Instruction {
    pub const fn new(op: Opcode, arg: u32, loc: Location) -> Instruction {
        Instruction { op, arg, loc, handler: None }
    }
}

#[derive(Clone, Debug, Default)]
pub struct InstructionSequence {
    instrs: Vec<Instruction>,
    /// Where each label points, by label id; `None` until it is used.
    labels: Vec<Option<u32>>,
    /// Sequences of nested code units, kept for those who inspect the compiler's output.
    nested: Vec<InstructionSequence>,
    /// Instructions that fill `__conditional_annotations__` and friends, to replace `ANNOTATIONS_PLACEHOLDER`.
    annotations_code: Option<Box<InstructionSequence>>,
}

impl InstructionSequence {
    pub fn new() -> InstructionSequence {
        InstructionSequence::default()
    }

    pub fn new_label(&mut self) -> Label {
        self.labels.push(None);
        Label(self.labels.len() as u32 - 1)
    }

    /// Makes the label point to the next instruction that is added.
    pub fn use_label(&mut self, label: Label) {
        let at = self.instrs.len() as u32;
        let id = label.0 as usize;
        if id >= self.labels.len() {
            self.labels.resize(id + 1, None);
        }
        self.labels[id] = Some(at);
    }

    pub fn add(&mut self, op: Opcode, arg: u32, loc: Location) {
        debug_assert!(op.has_arg() || arg == 0, "{} takes no argument", op.name());
        self.instrs.push(Instruction::new(op, arg, loc));
    }

    /// Adds a jump or a block push that goes to `label`.
    pub fn add_jump(&mut self, op: Opcode, label: Label, loc: Location) {
        debug_assert!(op.has_target());
        self.instrs.push(Instruction::new(op, label.0, loc));
    }

    pub fn push(&mut self, instr: Instruction) {
        self.instrs.push(instr);
    }

    /// Inserts before `at` and moves the labels that point behind it.
    pub fn insert(&mut self, at: usize, op: Opcode, arg: u32, loc: Location) {
        self.instrs.insert(at, Instruction::new(op, arg, loc));
        for place in self.labels.iter_mut().flatten() {
            if *place as usize >= at {
                *place += 1;
            }
        }
    }

    pub fn instrs(&self) -> &[Instruction] {
        &self.instrs
    }

    pub fn instrs_mut(&mut self) -> &mut Vec<Instruction> {
        &mut self.instrs
    }

    pub fn len(&self) -> usize {
        self.instrs.len()
    }

    pub fn is_empty(&self) -> bool {
        self.instrs.is_empty()
    }

    pub fn last(&self) -> Option<&Instruction> {
        self.instrs.last()
    }

    /// Index that a label stands for.
    pub fn place(&self, label: Label) -> Option<usize> {
        self.labels.get(label.0 as usize).copied().flatten().map(|n| n as usize)
    }

    pub fn add_nested(&mut self, nested: InstructionSequence) {
        self.nested.push(nested);
    }

    pub fn nested(&self) -> &[InstructionSequence] {
        &self.nested
    }

    pub fn set_annotations_code(&mut self, code: InstructionSequence) {
        self.annotations_code = Some(Box::new(code));
    }

    pub fn take_annotations_code(&mut self) -> Option<InstructionSequence> {
        self.annotations_code.take().map(|code| *code)
    }

    /// Replaces labels in arguments and handlers by the indices they stand for. Afterwards labels are indices.
    pub fn apply_label_map(&mut self) {
        let labels = std::mem::take(&mut self.labels);
        let place = |id: u32| labels.get(id as usize).copied().flatten().unwrap_or(id);
        if labels.is_empty() {
            return;
        }
        for instr in &mut self.instrs {
            if instr.op.has_target() {
                instr.arg = place(instr.arg);
            }
            if let Some(handler) = &mut instr.handler {
                handler.label = Label(place(handler.label.0));
            }
        }
    }
}
