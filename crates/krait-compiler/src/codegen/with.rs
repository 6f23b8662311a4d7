//! `with` and `async with`.

use krait_ast::{With, WithItem};
use krait_bytecode::Opcode;
use krait_bytecode::opcode::operand::SpecialMethod;

use super::Codegen;
use super::blocks::{BlockType, Datum};
use crate::error::{CompileError, ErrorKind, Result};
use crate::instruction_sequence::{Label, Location, NO_LOCATION};

impl<'a> Codegen<'a, '_> {
    /// `exit(None, None, None)` with the bound method on the stack.
    pub(super) fn call_exit_with_nones(&mut self, loc: Location) {
        for _ in 0..3 {
            self.load_none(loc);
        }
        self.op_arg(Opcode::CALL, 3, loc);
    }

    /// Awaits what is on the stack; `kind` tells messages where it came from.
    pub(super) fn await_value(&mut self, kind: u32, loc: Location) {
        self.op_arg(Opcode::GET_AWAITABLE, kind, loc);
        self.load_none(loc);
        self.yield_from(true, loc);
    }

    /// Pushes the bound exit method and calls the enter method.
    fn enter_context(&mut self, enter: SpecialMethod, exit: SpecialMethod, loc: Location) {
        self.op_arg(Opcode::COPY, 1, loc);
        self.op_arg(Opcode::LOAD_SPECIAL, exit as u32, loc);
        self.op_arg(Opcode::SWAP, 2, loc);
        self.op_arg(Opcode::SWAP, 3, loc);
        self.op_arg(Opcode::LOAD_SPECIAL, enter as u32, loc);
        self.op_arg(Opcode::CALL, 0, loc);
    }

    /// What the exit method returned decides whether the exception is swallowed.
    fn with_except_finish(&mut self, cleanup: Label) {
        let suppress = self.label();
        self.op(Opcode::TO_BOOL, NO_LOCATION);
        self.jump(Opcode::POP_JUMP_IF_TRUE, suppress, NO_LOCATION);
        self.op_arg(Opcode::RERAISE, 2, NO_LOCATION);
        self.place(suppress);
        self.op(Opcode::POP_TOP, NO_LOCATION);
        self.op(Opcode::POP_BLOCK, NO_LOCATION);
        self.op(Opcode::POP_EXCEPT, NO_LOCATION);
        for _ in 0..3 {
            self.op(Opcode::POP_TOP, NO_LOCATION);
        }
        let exit = self.label();
        self.jump(Opcode::JUMP_NO_INTERRUPT, exit, NO_LOCATION);
        self.place(cleanup);
        self.pop_except_and_reraise(NO_LOCATION);
        self.place(exit);
    }

    fn with_target_and_body(&mut self, def: &'a With, at: usize, loc: Location) -> Result<bool> {
        match def.items.get(at).and_then(|item| item.optional_vars.as_ref()) {
            Some(target) => self.expr(target)?,
            None => self.op(Opcode::POP_TOP, loc),
        }
        let innermost = at + 1 == def.items.len();
        if innermost {
            self.stmts(&def.body)?;
        }
        Ok(innermost)
    }

    pub(super) fn with(&mut self, def: &'a With, at: usize) -> Result {
        let Some(WithItem { context_expr: context, .. }) = def.items.get(at) else {
            return Err(CompileError::plain(ErrorKind::Value, "empty items on With"));
        };
        let loc = Location::from(context.range);
        let block = self.label();
        let handler = self.label();
        let exit = self.label();
        let cleanup = self.label();
        self.expr(context)?;
        self.enter_context(SpecialMethod::Enter, SpecialMethod::Exit, loc);
        self.jump(Opcode::SETUP_WITH, handler, loc);
        self.place(block);
        self.push_block(BlockType::With, block, handler, loc, Datum::None)?;
        if !self.with_target_and_body(def, at, loc)? {
            self.with(def, at + 1)?;
        }
        self.op(Opcode::POP_BLOCK, NO_LOCATION);
        self.pop_block();
        self.call_exit_with_nones(loc);
        self.op(Opcode::POP_TOP, loc);
        self.jump(Opcode::JUMP, exit, loc);
        self.place(handler);
        self.jump(Opcode::SETUP_CLEANUP, cleanup, loc);
        self.op(Opcode::PUSH_EXC_INFO, loc);
        self.op(Opcode::WITH_EXCEPT_START, loc);
        self.with_except_finish(cleanup);
        self.place(exit);
        Ok(())
    }

    pub(super) fn async_with(&mut self, def: &'a With, at: usize, stmt_loc: Location) -> Result {
        if !self.in_async_function() {
            return self.error("'async with' outside async function", stmt_loc);
        }
        let Some(WithItem { context_expr: context, .. }) = def.items.get(at) else {
            return Err(CompileError::plain(ErrorKind::Value, "empty items on With"));
        };
        let loc = Location::from(context.range);
        let block = self.label();
        let handler = self.label();
        let exit = self.label();
        let cleanup = self.label();
        self.expr(context)?;
        self.enter_context(SpecialMethod::AsyncEnter, SpecialMethod::AsyncExit, loc);
        self.await_value(1, loc);
        self.jump(Opcode::SETUP_WITH, handler, loc);
        self.place(block);
        self.push_block(BlockType::AsyncWith, block, handler, loc, Datum::None)?;
        if !self.with_target_and_body(def, at, loc)? {
            self.async_with(def, at + 1, stmt_loc)?;
        }
        self.pop_block();
        self.op(Opcode::POP_BLOCK, loc);
        self.call_exit_with_nones(loc);
        self.await_value(2, loc);
        self.op(Opcode::POP_TOP, loc);
        self.jump(Opcode::JUMP, exit, loc);
        self.place(handler);
        self.jump(Opcode::SETUP_CLEANUP, cleanup, loc);
        self.op(Opcode::PUSH_EXC_INFO, loc);
        self.op(Opcode::WITH_EXCEPT_START, loc);
        self.await_value(2, loc);
        self.with_except_finish(cleanup);
        self.place(exit);
        Ok(())
    }
}
