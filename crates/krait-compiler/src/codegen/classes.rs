//! Class statements.

use krait_ast::{ClassDef, Name, Stmt};
use krait_bytecode::opcode::operand::Intrinsic1;
use krait_bytecode::{Const, Opcode};

use super::Codegen;
use super::functions::first_line;
use super::scope::{ArgCounts, ScopeKind};
use crate::error::Result;
use crate::instruction_sequence::{Location, NO_LOCATION};
use crate::symtable::{BlockKey, Role};

impl<'a> Codegen<'a, '_> {
    pub(super) fn class(&mut self, stmt: &'a Stmt, def: &'a ClassDef) -> Result {
        self.exprs(&def.decorator_list)?;
        let line = first_line(stmt, &def.decorator_list);
        let loc = Location::from(stmt.range);
        let key = BlockKey::new(stmt, Role::Body);
        if def.type_params.is_empty() {
            self.class_body(stmt, def, key, line)?;
            self.call_helper(loc, 2, &def.bases, None, &def.keywords)?;
        } else {
            self.enter_type_params(&def.name, key, line, Some(&def.name), ArgCounts::default())?;
            self.type_params(&def.type_params)?;
            let params = Name::from(".type_params");
            let base = Name::from(".generic_base");
            self.store_name(&params, loc)?;
            self.class_body(stmt, def, key, line)?;
            self.load_name(&params, loc)?;
            self.op_arg(Opcode::CALL_INTRINSIC_1, Intrinsic1::SubscriptGeneric as u32, loc);
            self.store_name(&base, loc)?;
            self.call_helper(loc, 2, &def.bases, Some(&base), &def.keywords)?;
            let code = self.assemble_unit(false)?;
            self.make_closure(code, 0, loc)?;
            self.op(Opcode::PUSH_NULL, loc);
            self.op_arg(Opcode::CALL, 0, loc);
        }
        self.apply_decorators(&def.decorator_list);
        self.store_name(&def.name, loc)
    }

    fn class_body(&mut self, stmt: &'a Stmt, def: &'a ClassDef, key: BlockKey, line: i32) -> Result {
        let id = self.lookup_block(key)?;
        let name = self.intern(&def.name);
        self.enter_scope(name, ScopeKind::Class, id, line, Some(&def.name), ArgCounts::default());
        let loc = Location::new(line, line, 0, 0);
        self.class_prologue(!def.type_params.is_empty(), line, loc)?;
        self.body(&def.body, loc, false)?;
        self.class_epilogue()?;
        let code = self.assemble_unit(true)?;
        // The class statement's own line, not that of a decorator.
        let loc = Location::from(stmt.range);
        self.op(Opcode::LOAD_BUILD_CLASS, loc);
        self.op(Opcode::PUSH_NULL, loc);
        self.make_closure(code, 0, loc)?;
        self.load_str(&def.name, loc);
        Ok(())
    }

    fn class_prologue(&mut self, generic: bool, line: i32, loc: Location) -> Result {
        self.load_name(&Name::from("__name__"), loc)?;
        self.store_name(&Name::from("__module__"), loc)?;
        // Classes of the same name share the string with each other, though not always with the code objects.
        let qualname = self.unit.meta.qualname.clone();
        let shared = self.class_names.entry(qualname.text.clone()).or_insert(qualname).clone();
        self.load_const(Const::Str(shared), loc);
        self.store_name(&Name::from("__qualname__"), loc)?;
        self.load_const(Const::int(i64::from(line)), loc);
        self.store_name(&Name::from("__firstlineno__"), loc)?;
        if generic {
            self.load_name(&Name::from(".type_params"), loc)?;
            self.store_name(&Name::from("__type_params__"), loc)?;
        }
        if self.unit.block.needs_classdict {
            self.op(Opcode::LOAD_LOCALS, loc);
            self.op_cell(Opcode::STORE_DEREF, "__classdict__", loc);
        }
        if self.unit.block.has_conditional_annotations {
            self.op_arg(Opcode::BUILD_SET, 0, loc);
            self.op_cell(Opcode::STORE_DEREF, "__conditional_annotations__", loc);
        }
        Ok(())
    }

    fn class_epilogue(&mut self) -> Result {
        let attributes = std::mem::take(&mut self.unit.static_attributes);
        let attributes = self.name_tuple(&attributes);
        self.load_const(attributes, NO_LOCATION);
        self.store_name(&Name::from("__static_attributes__"), NO_LOCATION)?;
        if self.unit.block.needs_classdict {
            self.op_cell(Opcode::LOAD_CLOSURE, "__classdict__", NO_LOCATION);
            self.store_name(&Name::from("__classdictcell__"), NO_LOCATION)?;
        }
        if self.unit.block.needs_class_closure {
            self.op_cell(Opcode::LOAD_CLOSURE, "__class__", NO_LOCATION);
            self.op_arg(Opcode::COPY, 1, NO_LOCATION);
            self.store_name(&Name::from("__classcell__"), NO_LOCATION)?;
        } else {
            self.load_none(NO_LOCATION);
        }
        self.op(Opcode::RETURN_VALUE, NO_LOCATION);
        Ok(())
    }

    /// An instruction on one of the cells of a class.
    pub(super) fn op_cell(&mut self, op: Opcode, name: &str, loc: Location) {
        let text = self.intern_text(name);
        let index = self.cell_index(&text);
        self.op_arg(op, index, loc);
    }
}
