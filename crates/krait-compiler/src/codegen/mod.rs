//! Code generation: walks the tree and writes the instructions of each code unit.
//!
//! Each family of constructs has a file: the driver and emission helpers here, units and scopes in [`scope`], names in
//! [`names`], and so on. The order of emission, the locations and the labels are CPython's, because the optimiser and the
//! assembler turn them into bytes that must be the same. CPython keeps this in `Python/codegen.c` and
//! `Python/compile.c`.
//!
//! Invariants: every label that is jumped to is used exactly once; frame blocks are pushed and popped in pairs; the
//! symbol table was built from the very tree that is walked.

mod annotations;
mod assign;
mod blocks;
mod calls;
mod checks;
mod classes;
mod comprehension;
mod conditions;
mod control;
mod exceptions;
mod expr;
mod functions;
mod generics;
mod imports;
mod literals;
mod names;
mod pattern;
mod scope;
mod stmt;
mod strings;
mod with;

use std::rc::Rc;

use krait_ast::{Constant, Expr, Mod, Name, Stmt};
use krait_bytecode::opcode::operand::{BinaryOp, Comparison};
use krait_bytecode::{Code, Const, Opcode, Str, StrConst};

use crate::constants::{ConstCache, FastMap};
use crate::depth::Depth;
use crate::docstring;
use crate::error::{CompileError, Result, WarnFn, warn};
use crate::instruction_sequence::{Label, Location, NO_LOCATION};
use crate::options::CompileOptions;
use crate::symtable::SymbolTable;
use scope::{ScopeKind, Unit};

/// More operands than this are not put on the stack together.
const STACK_USE_GUIDELINE: usize = 30;

type Names = FastMap<Name, StrConst>;

/// What is the same for all units of a module.
pub(crate) struct Codegen<'a, 'w> {
    table: &'a SymbolTable,
    /// Future features and flags in force.
    features: u32,
    /// Line and column of the last future statement.
    last_future: (i32, i32),
    optimize: u8,
    interactive: bool,
    filename: StrConst,
    cache: ConstCache,
    names: Names,
    /// Qualified names that classes load.
    class_names: FastMap<Rc<Str>, StrConst>,
    warn: &'w mut WarnFn<'w>,
    depth: Depth,
    /// The unit being written.
    unit: Unit<'a>,
    /// The units around it, outermost first.
    outer: Vec<Unit<'a>>,
}

/// Generates the code of a module.
pub(crate) fn generate<'a, 'w>(
    module: &'a Mod,
    table: &'a SymbolTable,
    options: &CompileOptions,
    features: u32,
    last_future: (i32, i32),
    warn: &'w mut WarnFn<'w>,
) -> Result<Rc<Code>> {
    let mut cache = ConstCache::new();
    let filename = StrConst::from(options.filename.as_str());
    let name = cache.intern_str("<module>");
    let unit = Unit::new(ScopeKind::Module, table.block(table.top()), name, 1, None);
    let mut codegen = Codegen {
        table,
        features,
        last_future,
        optimize: options.optimize,
        interactive: matches!(module, Mod::Interactive { .. }),
        filename,
        cache,
        names: Names::default(),
        class_names: FastMap::default(),
        warn,
        depth: Depth::default(),
        unit,
        outer: Vec::new(),
    };
    codegen.fill_unit_names();
    codegen.begin_unit(1);
    codegen.module(module)
}

impl<'a> Codegen<'a, '_> {
    fn module(&mut self, module: &'a Mod) -> Result<Rc<Code>> {
        let add_none = match module {
            Mod::Module { body, .. } | Mod::Interactive { body } => {
                self.module_body(body)?;
                true
            }
            Mod::Expression { body } => {
                self.expr(body)?;
                false
            }
            Mod::FunctionType { .. } => {
                return Err(CompileError::system("module kind should not be possible"));
            }
        };
        self.assemble_unit(add_none)
    }

    fn module_body(&mut self, body: &'a [Stmt]) -> Result {
        let loc = body.first().map_or(Location::new(1, 1, 0, 0), |stmt| stmt.range.into());
        if self.unit.block.has_conditional_annotations {
            self.op_arg(Opcode::BUILD_SET, 0, loc);
            let name = Name::from("__conditional_annotations__");
            self.op_name(Opcode::STORE_NAME, &name, loc);
        }
        let interactive = self.interactive;
        self.body(body, loc, interactive)
    }

    /// The statements of a module or class, its docstring and its annotations.
    fn body(&mut self, body: &'a [Stmt], loc: Location, interactive: bool) -> Result {
        let strings = self.future_annotations();
        if strings && self.unit.block.annotation_block.is_some() {
            self.op(Opcode::SETUP_ANNOTATIONS, loc);
        }
        let mut rest = body;
        if !interactive && self.unit.block.has_docstring {
            if let (Some(doc), Some((first, tail))) = (docstring::docstring(body), body.split_first()) {
                rest = tail;
                let doc = self.clean_docstring(doc.as_bytes());
                self.load_const(doc, docstring_range(first).into());
                self.store_name(&Name::from("__doc__"), NO_LOCATION)?;
            }
        }
        self.stmts(rest)?;
        if !strings {
            self.process_deferred_annotations(loc)?;
        }
        Ok(())
    }

    fn clean_docstring(&mut self, doc: &[u8]) -> Const {
        let cleaned = Str::from_bytes(docstring::clean(doc)).unwrap_or_else(|| Str::new(""));
        Const::Str(StrConst::new(cleaned))
    }

    fn future_annotations(&self) -> bool {
        self.features & krait_bytecode::flags::CO_FUTURE_ANNOTATIONS != 0
    }

    fn op(&mut self, op: Opcode, loc: Location) {
        self.unit.seq.add(op, 0, loc);
    }

    fn op_arg(&mut self, op: Opcode, arg: u32, loc: Location) {
        self.unit.seq.add(op, arg, loc);
    }

    fn jump(&mut self, op: Opcode, target: Label, loc: Location) {
        self.unit.seq.add_jump(op, target, loc);
    }

    fn label(&mut self) -> Label {
        self.unit.seq.new_label()
    }

    fn place(&mut self, label: Label) {
        self.unit.seq.use_label(label);
    }

    fn load_const(&mut self, value: Const, loc: Location) {
        let index = self.unit.meta.consts.add(value, &mut self.cache);
        self.op_arg(Opcode::LOAD_CONST, index, loc);
    }

    fn load_none(&mut self, loc: Location) {
        self.load_const(Const::None, loc);
    }

    fn load_int(&mut self, value: usize, loc: Location) {
        self.load_const(Const::int(value as i64), loc);
    }

    /// Loads an identifier as a string.
    fn load_str(&mut self, name: &Name, loc: Location) {
        let text = self.intern(name);
        self.load_const(Const::Str(text), loc);
    }

    /// The one interned string of a name.
    fn intern(&mut self, name: &Name) -> StrConst {
        if let Some(known) = self.names.get(name) {
            return known.clone();
        }
        let interned = self.cache.intern_str(name);
        self.names.insert(name.clone(), interned.clone());
        interned
    }

    /// An instruction on a name of the unit's `co_names`, as it is.
    fn op_name(&mut self, op: Opcode, name: &Name, loc: Location) {
        self.op_name_shifted(op, name, 0, 0, loc);
    }

    /// The same with the name's index shifted to make room for flags below.
    fn op_name_shifted(&mut self, op: Opcode, name: &Name, shift: u32, low: u32, loc: Location) {
        let text = self.intern(name);
        let index = self.unit.meta.names.add(&text);
        self.op_arg(op, index << shift | low, loc);
    }

    /// An instruction on a name that is mangled inside a class.
    fn op_mangled(&mut self, op: Opcode, name: &Name, shift: u32, low: u32, loc: Location) {
        let mangled = self.mangle(name);
        self.op_name_shifted(op, &mangled, shift, low, loc);
    }

    /// An instruction on a fast local.
    fn op_local(&mut self, op: Opcode, name: &Name, loc: Location) {
        let text = self.intern(name);
        let index = self.unit.meta.varnames.add(&text);
        self.op_arg(op, index, loc);
    }

    fn binary_op(&mut self, op: BinaryOp, loc: Location) {
        self.op_arg(Opcode::BINARY_OP, op as u32, loc);
    }

    fn compare(&mut self, op: Comparison, loc: Location) {
        self.op_arg(Opcode::COMPARE_OP, op.arg(), loc);
    }

    fn error<T>(&self, message: impl Into<String>, loc: impl Into<Location>) -> Result<T> {
        Err(CompileError::syntax(message, loc))
    }

    fn warning(&mut self, message: String, loc: Location) -> Result {
        warn(self.warn, message, loc)
    }

    fn exprs(&mut self, exprs: &'a [Expr]) -> Result {
        exprs.iter().try_for_each(|expr| self.expr(expr))
    }

    fn stmts(&mut self, body: &'a [Stmt]) -> Result {
        body.iter().try_for_each(|stmt| self.stmt(stmt))
    }

    /// A constant of the tree as the code object holds it.
    fn constant(&mut self, value: &Constant) -> Const {
        match value {
            Constant::None => Const::None,
            Constant::True => Const::True,
            Constant::False => Const::False,
            Constant::Ellipsis => Const::Ellipsis,
            Constant::Int(krait_ast::Int::Small(n)) => Const::int(*n),
            Constant::Int(krait_ast::Int::Big(n)) => Const::int((**n).clone()),
            Constant::Float(n) => Const::float(*n),
            Constant::Complex { real, imag } => Const::complex(*real, *imag),
            Constant::Str(text) => {
                let text = Str::from_bytes(text.as_bytes().to_vec()).unwrap_or_else(|| Str::new(""));
                Const::Str(StrConst::new(text))
            }
            Constant::Bytes(bytes) => Const::bytes(bytes.clone()),
            Constant::Tuple(items) => {
                Const::tuple(items.iter().map(|item| self.constant(item)).collect::<Vec<_>>())
            }
            Constant::FrozenSet(items) => {
                Const::FrozenSet(items.iter().map(|item| self.constant(item)).collect())
            }
        }
    }

    fn load_constant(&mut self, value: &Constant, loc: Location) {
        let value = self.constant(value);
        self.load_const(value, loc);
    }
}

fn docstring_range(stmt: &Stmt) -> krait_ast::Range {
    match &stmt.node {
        krait_ast::StmtKind::Expr { value } => value.range,
        _ => stmt.range,
    }
}
