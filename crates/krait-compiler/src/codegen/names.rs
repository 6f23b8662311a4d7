//! Loading, storing and deleting names, and making closures.

use krait_ast::{ExprContext, Name};
use krait_bytecode::opcode::operand::make_function;
use krait_bytecode::{Code, Const, Opcode, StrConst};
use std::rc::Rc;

use super::Codegen;
use super::scope::ScopeKind;
use crate::error::{CompileError, Result};
use crate::instruction_sequence::Location;
use crate::symtable::{BlockKind, Scope};

/// Where a name lives at run time.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Access {
    Fast,
    Global,
    Deref,
    Name,
}

impl Codegen<'_, '_> {
    pub(super) fn load_name(&mut self, name: &Name, loc: Location) -> Result {
        self.name_op(name, ExprContext::Load, loc)
    }

    pub(super) fn store_name(&mut self, name: &Name, loc: Location) -> Result {
        self.name_op(name, ExprContext::Store, loc)
    }

    pub(super) fn delete_name(&mut self, name: &Name, loc: Location) -> Result {
        self.name_op(name, ExprContext::Del, loc)
    }

    /// Index of a cell in the arguments of instructions.
    pub(super) fn cell_index(&mut self, text: &StrConst) -> u32 {
        self.unit.meta.cellvars.add(text)
    }

    /// Index of a free variable: they come behind the cells.
    pub(super) fn free_index(&mut self, text: &StrConst) -> u32 {
        self.unit.meta.cellvars.len() as u32 + self.unit.meta.freevars.add(text)
    }

    fn access(&self, scope: Scope, text: &StrConst) -> Access {
        let function_like = self.unit.block.is_function_like();
        match scope {
            Scope::Free | Scope::Cell => Access::Deref,
            Scope::Local if function_like => Access::Fast,
            Scope::Local if self.unit.meta.fasthidden.get(&text.text) == Some(&true) => Access::Fast,
            Scope::GlobalImplicit if function_like => Access::Global,
            Scope::GlobalExplicit => Access::Global,
            Scope::Local | Scope::GlobalImplicit | Scope::Unknown => Access::Name,
        }
    }

    pub(super) fn name_op(&mut self, name: &Name, ctx: ExprContext, loc: Location) -> Result {
        let mangled = self.mangle(name);
        let scope = self.unit.symbol_scope(&mangled);
        let text = self.intern(&mangled);
        let access = self.access(scope, &text);
        let arg = match (access, scope) {
            (Access::Fast, _) => self.unit.meta.varnames.add(&text),
            (Access::Deref, Scope::Free) => self.free_index(&text),
            (Access::Deref, _) => self.cell_index(&text),
            (Access::Global | Access::Name, _) => self.unit.meta.names.add(&text),
        };
        let op = match ctx {
            ExprContext::Load => self.load_op(access, scope, loc)?,
            ExprContext::Store => match access {
                Access::Fast => Opcode::STORE_FAST,
                Access::Global => Opcode::STORE_GLOBAL,
                Access::Deref => Opcode::STORE_DEREF,
                Access::Name => Opcode::STORE_NAME,
            },
            ExprContext::Del => match access {
                Access::Fast => Opcode::DELETE_FAST,
                Access::Global => Opcode::DELETE_GLOBAL,
                Access::Deref => Opcode::DELETE_DEREF,
                Access::Name => Opcode::DELETE_NAME,
            },
        };
        // The low bit says whether to push a NULL too; the optimiser may set it.
        let arg = if op == Opcode::LOAD_GLOBAL { arg << 1 } else { arg };
        self.op_arg(op, arg, loc);
        Ok(())
    }

    /// The instruction that loads, after code that pushes the class namespace where it must be asked first.
    fn load_op(&mut self, access: Access, scope: Scope, loc: Location) -> Result<Opcode> {
        let block = self.unit.block;
        let in_class = block.kind == BlockKind::Class;
        let inlined = self.unit.inlined > 0;
        Ok(match access {
            Access::Fast => Opcode::LOAD_FAST,
            Access::Deref if in_class && !inlined => {
                self.op(Opcode::LOAD_LOCALS, loc);
                Opcode::LOAD_FROM_DICT_OR_DEREF
            }
            Access::Deref if block.can_see_class_scope => {
                self.load_classdict(loc);
                Opcode::LOAD_FROM_DICT_OR_DEREF
            }
            Access::Deref => Opcode::LOAD_DEREF,
            Access::Global if block.can_see_class_scope && scope == Scope::GlobalImplicit => {
                self.load_classdict(loc);
                Opcode::LOAD_FROM_DICT_OR_GLOBALS
            }
            Access::Global => Opcode::LOAD_GLOBAL,
            Access::Name if in_class && inlined => Opcode::LOAD_GLOBAL,
            Access::Name => Opcode::LOAD_NAME,
        })
    }

    fn load_classdict(&mut self, loc: Location) {
        let text = self.intern(&Name::from("__classdict__"));
        let arg = self.free_index(&text);
        self.op_arg(Opcode::LOAD_DEREF, arg, loc);
    }

    /// Where the variable that an inner unit closes over lives in this one.
    pub(super) fn ref_scope(&self, name: &str) -> Scope {
        let implicit = matches!(name, "__class__" | "__classdict__" | "__conditional_annotations__");
        if implicit && self.unit.kind == ScopeKind::Class {
            return Scope::Cell;
        }
        self.unit.symbol_scope(name)
    }

    fn closure_index(&mut self, code: &Code, name: &StrConst) -> Result<u32> {
        let meta = &self.unit.meta;
        let found = match self.ref_scope(name.as_str().unwrap_or_default()) {
            Scope::Cell => meta.cellvars.get(name),
            _ => meta.freevars.get(name).map(|at| at + meta.cellvars.len() as u32),
        };
        found.ok_or_else(|| {
            CompileError::system(format!(
                "compiler_lookup_arg(name='{}') failed in {}; freevars of code {}",
                name.text, meta.name.text, code.name.text
            ))
        })
    }

    /// Makes a function from a code object; `flags` says which attributes are on the stack.
    pub(super) fn make_closure(&mut self, code: Rc<Code>, mut flags: u32, loc: Location) -> Result {
        let free: Vec<StrConst> =
            code.freevars().map(|name| self.cache.intern(&StrConst::new(name.clone()))).collect();
        if !free.is_empty() {
            for name in &free {
                let index = self.closure_index(&code, name)?;
                self.op_arg(Opcode::LOAD_CLOSURE, index, loc);
            }
            flags |= make_function::CLOSURE;
            self.op_arg(Opcode::BUILD_TUPLE, free.len() as u32, loc);
        }
        self.load_const(Const::Code(code), loc);
        self.op(Opcode::MAKE_FUNCTION, loc);
        for bit in [
            make_function::CLOSURE,
            make_function::ANNOTATIONS,
            make_function::ANNOTATE,
            make_function::KWDEFAULTS,
            make_function::DEFAULTS,
        ] {
            if flags & bit != 0 {
                self.op_arg(Opcode::SET_FUNCTION_ATTRIBUTE, bit, loc);
            }
        }
        Ok(())
    }
}
