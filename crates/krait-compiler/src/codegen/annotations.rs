//! Annotations, which are evaluated when somebody asks for them (PEP 649, PEP 749).

use krait_ast::{Arg, Expr, ExprKind, FunctionDef, Name, Stmt, StmtKind};
use krait_bytecode::opcode::operand::{CommonConstant, Comparison, make_function};
use krait_bytecode::{Code, Const, Opcode, StrConst};
use std::rc::Rc;

use super::Codegen;
use super::scope::{ArgCounts, ScopeKind};
use crate::error::Result;
use crate::instruction_sequence::Location;
use crate::symtable::{BlockId, BlockKey, BlockKind, Role};

/// Formats above this one are not for the generated function to give.
const VALUE_WITH_FAKE_GLOBALS: i64 = 2;

impl<'a> Codegen<'a, '_> {
    /// Enters a unit that takes one parameter, the wanted format, and refuses those it does not know.
    pub(super) fn enter_annotations_scope(&mut self, name: StrConst, block: BlockId, loc: Location) {
        let counts = ArgCounts { posonly: 1, ..ArgCounts::default() };
        self.enter_scope(name, ScopeKind::Annotations, block, loc.lineno, None, counts);
        let body = self.label();
        self.op_arg(Opcode::LOAD_FAST, 0, loc);
        self.load_const(Const::int(VALUE_WITH_FAKE_GLOBALS), loc);
        self.compare(Comparison::Greater, loc);
        self.jump(Opcode::POP_JUMP_IF_FALSE, body, loc);
        self.op_arg(Opcode::LOAD_COMMON_CONSTANT, CommonConstant::NotImplementedError as u32, loc);
        self.op_arg(Opcode::RAISE_VARARGS, 1, loc);
        self.place(body);
    }

    fn leave_annotations_scope(&mut self, loc: Location) -> Result {
        self.op(Opcode::RETURN_VALUE, loc);
        let code = self.assemble_unit(true)?;
        let code = self.with_public_parameter(code);
        self.make_closure(code, 0, loc)
    }

    /// The parameter's own name cannot clash with one in an annotation; signatures show a proper one.
    fn with_public_parameter(&mut self, code: Rc<Code>) -> Rc<Code> {
        let mut names = code.localsplusnames.to_vec();
        if let Some(first) = names.first_mut() {
            *first = Const::Str(self.cache.intern_str("format"));
        }
        let mut code = Rc::unwrap_or_clone(code);
        code.localsplusnames = names.into();
        Rc::new(code)
    }

    /// The annotations of a function; returns the flag that says that there are some.
    pub(super) fn function_annotations(
        &mut self,
        key: BlockKey,
        def: &'a FunctionDef,
        loc: Location,
    ) -> Result<u32> {
        let id = self.lookup_block(key.with(Role::Annotations))?;
        if !self.table.block(id).annotations_used {
            return Ok(0);
        }
        let name = self.intern_text("__annotate__");
        self.enter_annotations_scope(name, id, loc);
        let args = &def.args;
        let mut count = 0;
        let ordered = args
            .args
            .iter()
            .chain(&args.posonlyargs)
            .chain(args.vararg.as_deref())
            .chain(&args.kwonlyargs)
            .chain(args.kwarg.as_deref());
        for Arg { arg, annotation, .. } in ordered {
            if let Some(annotation) = annotation {
                self.named_annotation(arg, annotation, loc)?;
                count += 1;
            }
        }
        if let Some(returns) = &def.returns {
            self.named_annotation(&Name::from("return"), returns, loc)?;
            count += 1;
        }
        self.op_arg(Opcode::BUILD_MAP, count, loc);
        self.leave_annotations_scope(loc)?;
        Ok(make_function::ANNOTATE)
    }

    fn named_annotation(&mut self, name: &Name, annotation: &'a Expr, loc: Location) -> Result {
        let mangled = self.mangle(name);
        self.load_str(&mangled, loc);
        if self.future_annotations() {
            self.load_annotation_text(annotation);
            return Ok(());
        }
        match &annotation.node {
            // `*args: *Ts` is annotated with the one item of the unpacked value.
            ExprKind::Starred { value, .. } => {
                self.expr(value)?;
                self.op_arg(Opcode::UNPACK_SEQUENCE, 1, loc);
                Ok(())
            }
            _ => self.expr(annotation),
        }
    }

    /// Puts the annotation of a variable off; if it may not be reached, notes at run time that it was.
    pub(super) fn defer_annotation(&mut self, stmt: &'a Stmt, loc: Location) {
        let module = self.unit.kind == ScopeKind::Module;
        if !module && !self.unit.in_conditional_block {
            self.unit.deferred_annotations.push((stmt, None));
            return;
        }
        let index = self.unit.next_conditional;
        self.unit.next_conditional += 1;
        self.unit.deferred_annotations.push((stmt, Some(index)));
        if module {
            self.op_name(Opcode::LOAD_NAME, &Name::from("__conditional_annotations__"), loc);
        } else {
            self.op_cell(Opcode::LOAD_DEREF, "__conditional_annotations__", loc);
        }
        self.load_int(index, loc);
        self.op_arg(Opcode::SET_ADD, 1, loc);
        self.op(Opcode::POP_TOP, loc);
    }

    /// Makes the function that gives the annotations of a module or class.
    pub(super) fn process_deferred_annotations(&mut self, loc: Location) -> Result {
        let deferred = std::mem::take(&mut self.unit.deferred_annotations);
        let Some(id) = self.unit.block.annotation_block.filter(|_| !deferred.is_empty()) else {
            return Ok(());
        };
        let module = self.unit.kind == ScopeKind::Module;
        if module {
            self.start_annotation_setup();
        }
        let in_class = self.unit.kind == ScopeKind::Class;
        let name = self.intern_text("__annotate__");
        self.enter_annotations_scope(name, id, loc);
        self.op_arg(Opcode::BUILD_MAP, 0, loc);
        for (stmt, index) in deferred {
            self.deferred_annotation(stmt, index, in_class, loc)?;
        }
        self.leave_annotations_scope(loc)?;
        let class_block = self.unit.block.kind == BlockKind::Class;
        let target = if class_block { "__annotate_func__" } else { "__annotate__" };
        self.store_name(&Name::from(target), loc)?;
        if module {
            self.end_annotation_setup();
        }
        Ok(())
    }

    fn deferred_annotation(
        &mut self,
        stmt: &'a Stmt,
        index: Option<usize>,
        in_class: bool,
        loc: Location,
    ) -> Result {
        let StmtKind::AnnAssign { target, annotation, .. } = &stmt.node else { return Ok(()) };
        let Some(name) = target.as_name() else { return Ok(()) };
        let mangled = self.mangle(name);
        let stmt_loc = Location::from(stmt.range);
        let not_set = self.label();
        if let Some(index) = index {
            self.load_int(index, stmt_loc);
            let text = self.intern_text("__conditional_annotations__");
            if in_class {
                let arg = self.free_index(&text);
                self.op_arg(Opcode::LOAD_DEREF, arg, stmt_loc);
            } else {
                let arg = self.unit.meta.names.add(&text) << 1;
                self.op_arg(Opcode::LOAD_GLOBAL, arg, stmt_loc);
            }
            self.op_arg(Opcode::CONTAINS_OP, 0, stmt_loc);
            self.jump(Opcode::POP_JUMP_IF_FALSE, not_set, stmt_loc);
        }
        self.expr(annotation)?;
        self.op_arg(Opcode::COPY, 2, stmt_loc);
        self.load_str(&mangled, stmt_loc);
        self.op(Opcode::STORE_SUBSCR, loc);
        self.place(not_set);
        Ok(())
    }
}
