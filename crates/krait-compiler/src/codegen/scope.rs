//! Code units: what one code object is made from, entering and leaving them, and their qualified names.

use std::collections::BTreeSet;
use std::rc::Rc;

use krait_ast::{Name, Stmt};
use krait_bytecode::flags::*;
use krait_bytecode::{Code, Const, Opcode, StrConst};

use super::Codegen;
use super::blocks::FrameBlock;
use crate::assemble::optimize_and_assemble;
use crate::constants::{Consts, FastMap};
use crate::error::{CompileError, ErrorKind, Result};
use crate::flowgraph::FlowError;
use crate::instruction_sequence::{InstructionSequence, Location, NO_LOCATION};
use crate::options::PYCF_ALLOW_TOP_LEVEL_AWAIT;
use crate::symtable::{Block, BlockId, BlockKey, BlockKind, NameMap, Scope, flag, mangle};
use crate::unit::{NameTable, UnitMetadata};

/// Flags that every code object of a module inherits.
const INHERITED: u32 = CO_FUTURE_DIVISION
    | CO_FUTURE_ABSOLUTE_IMPORT
    | CO_FUTURE_WITH_STATEMENT
    | CO_FUTURE_PRINT_FUNCTION
    | CO_FUTURE_UNICODE_LITERALS
    | CO_FUTURE_BARRY_AS_BDFL
    | CO_FUTURE_GENERATOR_STOP
    | CO_FUTURE_ANNOTATIONS;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ScopeKind {
    Module,
    Class,
    Function,
    AsyncFunction,
    Lambda,
    Comprehension,
    /// Annotations, type parameters and type aliases.
    Annotations,
}

/// How many parameters of each kind a unit has, `*args` and `**kwargs` apart.
#[derive(Clone, Copy, Default)]
pub(super) struct ArgCounts {
    pub args: usize,
    pub posonly: usize,
    pub kwonly: usize,
}

pub(super) struct Unit<'a> {
    pub kind: ScopeKind,
    pub block: &'a Block,
    pub meta: UnitMetadata,
    pub seq: InstructionSequence,
    /// The sequence of a module while its annotations are written.
    stashed: Option<InstructionSequence>,
    /// The class whose name mangles private names.
    pub private: Option<Name>,
    pub frame_blocks: Vec<FrameBlock<'a>>,
    /// Symbols that have another scope while an inlined comprehension is written.
    pub overrides: NameMap<u32>,
    /// How many inlined comprehensions are around the current place.
    pub inlined: u32,
    /// Attributes that methods assign to `self`.
    pub static_attributes: BTreeSet<Name>,
    /// Annotated names, and their index if whether they are set is known only at run time.
    pub deferred_annotations: Vec<(&'a Stmt, Option<usize>)>,
    pub next_conditional: usize,
    pub in_conditional_block: bool,
}

impl<'a> Unit<'a> {
    pub fn new(
        kind: ScopeKind,
        block: &'a Block,
        name: StrConst,
        firstlineno: i32,
        private: Option<Name>,
    ) -> Unit<'a> {
        let meta = UnitMetadata {
            qualname: name.clone(),
            name,
            consts: Consts::new(),
            names: NameTable::new(),
            varnames: NameTable::new(),
            cellvars: NameTable::new(),
            freevars: NameTable::new(),
            fasthidden: FastMap::default(),
            argcount: 0,
            posonlyargcount: 0,
            kwonlyargcount: 0,
            firstlineno,
        };
        Unit {
            kind,
            block,
            meta,
            seq: InstructionSequence::new(),
            stashed: None,
            private,
            frame_blocks: Vec::new(),
            overrides: NameMap::default(),
            inlined: 0,
            static_attributes: BTreeSet::new(),
            deferred_annotations: Vec::new(),
            next_conditional: 0,
            in_conditional_block: false,
        }
    }

    /// Flags of a (mangled) name at this place.
    pub fn symbol(&self, name: &str) -> u32 {
        match self.overrides.get(name) {
            Some(flags) => *flags,
            None => self.block.flags(name),
        }
    }

    pub fn symbol_scope(&self, name: &str) -> Scope {
        Scope::of(self.symbol(name))
    }
}

/// Names of a block that have the scope or the flag, in the order of their code points.
fn names_with(block: &Block, scope: Scope, bit: u32) -> Vec<Name> {
    let mut names: Vec<Name> = block
        .symbols
        .iter()
        .filter(|(_, flags)| Scope::of(*flags) == scope || flags & bit != 0)
        .map(|(name, _)| name.clone())
        .collect();
    names.sort_unstable();
    names
}

impl<'a> Codegen<'a, '_> {
    /// The name as this place stores it.
    pub(super) fn mangle(&self, name: &Name) -> Name {
        self.unit.block.maybe_mangle(self.unit.private.as_ref(), name)
    }

    /// The unit of the module itself.
    pub(super) fn module_unit(&self) -> &Unit<'a> {
        self.outer.first().unwrap_or(&self.unit)
    }

    pub(super) fn lookup_block(&self, key: BlockKey) -> Result<BlockId> {
        self.table
            .lookup(key)
            .ok_or_else(|| CompileError::plain(ErrorKind::System, "unknown symbol table entry"))
    }

    /// Starts a unit of its own; [`assemble_unit`](Self::assemble_unit) ends it.
    pub(super) fn enter_scope(
        &mut self,
        name: StrConst,
        kind: ScopeKind,
        block: BlockId,
        lineno: i32,
        private: Option<&Name>,
        counts: ArgCounts,
    ) {
        let private = private.or(self.unit.private.as_ref()).cloned();
        let mut unit = Unit::new(kind, self.table.block(block), name, lineno, private);
        unit.meta.argcount = counts.args as u32;
        unit.meta.posonlyargcount = counts.posonly as u32;
        unit.meta.kwonlyargcount = counts.kwonly as u32;
        self.outer.push(std::mem::replace(&mut self.unit, unit));
        self.fill_unit_names();
        self.unit.meta.qualname = self.qualified_name();
        self.begin_unit(lineno);
    }

    /// Parameters, cells and free variables as the symbol table has them.
    pub(super) fn fill_unit_names(&mut self) {
        let block = self.unit.block;
        for name in &block.varnames {
            let text = self.intern(name);
            self.unit.meta.varnames.add(&text);
        }
        let mut cells = names_with(block, Scope::Cell, flag::DEF_COMP_CELL);
        let implicit = [
            (block.needs_class_closure, "__class__"),
            (block.needs_classdict, "__classdict__"),
            (block.has_conditional_annotations, "__conditional_annotations__"),
        ];
        cells.extend(implicit.into_iter().filter(|(needed, _)| *needed).map(|(_, name)| Name::from(name)));
        for name in cells {
            let text = self.intern(&name);
            self.unit.meta.cellvars.add(&text);
        }
        for name in names_with(block, Scope::Free, flag::DEF_FREE_CLASS) {
            let text = self.intern(&name);
            self.unit.meta.freevars.add(&text);
        }
    }

    pub(super) fn begin_unit(&mut self, lineno: i32) {
        let module = self.unit.kind == ScopeKind::Module;
        let loc = Location::new(if module { 0 } else { lineno }, lineno, 0, 0);
        self.op_arg(Opcode::RESUME, 0, loc);
        if module {
            self.op(Opcode::ANNOTATIONS_PLACEHOLDER, loc);
        }
    }

    fn qualified_name(&mut self) -> StrConst {
        let name = self.unit.meta.name.clone();
        let mut level = self.outer.len();
        if level <= 1 {
            return name;
        }
        let mut parent = &self.outer[level - 1];
        // Annotation scopes leave no trace in the names of what is in them.
        if parent.kind == ScopeKind::Annotations {
            if level == 2 {
                return name;
            }
            level -= 1;
            parent = &self.outer[level - 1];
        }
        let named =
            matches!(self.unit.kind, ScopeKind::Function | ScopeKind::AsyncFunction | ScopeKind::Class);
        if named {
            let own = Name::from(name.as_str().unwrap_or_default());
            let mangled = mangle(parent.private.as_ref(), &own);
            if parent.symbol_scope(&mangled) == Scope::GlobalExplicit {
                return name;
            }
        }
        let local = matches!(parent.kind, ScopeKind::Function | ScopeKind::AsyncFunction | ScopeKind::Lambda);
        let base = parent.meta.qualname.as_str().unwrap_or_default();
        let own = name.as_str().unwrap_or_default();
        let qualified = if local { format!("{base}.<locals>.{own}") } else { format!("{base}.{own}") };
        // A later unit of the same name has a string of its own until its code object is made.
        let text = StrConst::from(qualified.as_str());
        if self.cache.is_interned(&text) { text } else { self.cache.intern(&text) }
    }

    fn code_flags(&self) -> u32 {
        let block = self.unit.block;
        let mut flags = self.features & INHERITED;
        let set = |condition: bool, bit: u32| if condition { bit } else { 0 };
        if block.is_function_like() {
            flags |= CO_NEWLOCALS | CO_OPTIMIZED;
            flags |= set(block.nested, CO_NESTED);
            flags |= set(block.generator && !block.coroutine, CO_GENERATOR);
            flags |= set(block.generator && block.coroutine, CO_ASYNC_GENERATOR);
            flags |= set(!block.generator && block.coroutine, CO_COROUTINE);
            flags |= set(block.varargs, CO_VARARGS);
            flags |= set(block.varkeywords, CO_VARKEYWORDS);
            flags |= set(block.has_docstring, CO_HAS_DOCSTRING);
            flags |= set(block.method, CO_METHOD);
        }
        if self.top_level_await() && block.coroutine && !block.generator {
            flags |= CO_COROUTINE;
        }
        flags
    }

    pub(super) fn top_level_await(&self) -> bool {
        self.features & PYCF_ALLOW_TOP_LEVEL_AWAIT != 0 && self.unit.block.kind == BlockKind::Module
    }

    /// Ends the current unit, makes its code object and goes back to the unit around it. `add_none` says whether the
    /// end of the code returns None or what is on the stack.
    pub(super) fn assemble_unit(&mut self, add_none: bool) -> Result<Rc<Code>> {
        if add_none {
            self.load_none(NO_LOCATION);
        }
        self.op(Opcode::RETURN_VALUE, NO_LOCATION);
        let flags = self.code_flags();
        let seq = std::mem::take(&mut self.unit.seq);
        let meta = match self.outer.pop() {
            Some(outer) => std::mem::replace(&mut self.unit, outer).meta,
            None => self.unit.meta.clone(),
        };
        optimize_and_assemble(meta, seq, flags, &self.filename, &mut self.cache).map_err(
            |error| match error {
                FlowError::System(message) => CompileError::plain(ErrorKind::System, message),
                FlowError::Value(message) => CompileError::plain(ErrorKind::Value, message),
                FlowError::Overflow(message) => CompileError::plain(ErrorKind::Overflow, message),
            },
        )
    }

    /// What follows goes to a sequence that is put at the start of the module.
    pub(super) fn start_annotation_setup(&mut self) {
        self.unit.stashed = Some(std::mem::take(&mut self.unit.seq));
    }

    pub(super) fn end_annotation_setup(&mut self) {
        if let Some(stashed) = self.unit.stashed.take() {
            let annotations = std::mem::replace(&mut self.unit.seq, stashed);
            self.unit.seq.set_annotations_code(annotations);
        }
    }

    /// A tuple of interned names.
    pub(super) fn name_tuple<'n>(&mut self, names: impl IntoIterator<Item = &'n Name>) -> Const {
        let items: Vec<Const> = names.into_iter().map(|name| Const::Str(self.intern(name))).collect();
        Const::tuple(items)
    }
}
