//! `try`: handlers, exception groups and `finally`.

use krait_ast::{ExceptHandler, Try};
use krait_bytecode::Opcode;
use krait_bytecode::opcode::operand::Intrinsic2;

use super::Codegen;
use super::blocks::{BlockType, Datum, NO_LABEL};
use crate::error::Result;
use crate::instruction_sequence::{Label, Location, NO_LOCATION};

impl<'a> Codegen<'a, '_> {
    pub(super) fn try_stmt(&mut self, def: &'a Try, star: bool, loc: Location) -> Result {
        if def.finalbody.is_empty() {
            self.try_handlers(def, star, loc)
        } else {
            self.try_finally(def, star, loc)
        }
    }

    fn try_handlers(&mut self, def: &'a Try, star: bool, loc: Location) -> Result {
        if star { self.try_star_except(def, loc) } else { self.try_except(def, loc) }
    }

    /// Drops the exception that a handler was entered with, and raises the current one again.
    pub(super) fn pop_except_and_reraise(&mut self, loc: Location) {
        self.op_arg(Opcode::COPY, 3, loc);
        self.op(Opcode::POP_EXCEPT, loc);
        self.op_arg(Opcode::RERAISE, 1, loc);
    }

    fn try_finally(&mut self, def: &'a Try, star: bool, loc: Location) -> Result {
        let body = self.label();
        let end = self.label();
        let exit = self.label();
        let cleanup = self.label();
        self.jump(Opcode::SETUP_FINALLY, end, loc);
        self.place(body);
        self.push_block(BlockType::FinallyTry, body, end, loc, Datum::Finally(&def.finalbody))?;
        if def.handlers.is_empty() {
            self.stmts(&def.body)?;
        } else {
            self.try_handlers(def, star, loc)?;
        }
        self.op(Opcode::POP_BLOCK, NO_LOCATION);
        self.pop_block();
        self.stmts(&def.finalbody)?;
        self.jump(Opcode::JUMP_NO_INTERRUPT, exit, NO_LOCATION);
        self.place(end);
        self.push_block(BlockType::FinallyEnd, end, NO_LABEL, loc, Datum::None)?;
        self.jump(Opcode::SETUP_CLEANUP, cleanup, NO_LOCATION);
        self.op(Opcode::PUSH_EXC_INFO, NO_LOCATION);
        self.stmts(&def.finalbody)?;
        self.pop_block();
        self.op_arg(Opcode::RERAISE, 0, NO_LOCATION);
        self.place(cleanup);
        self.pop_except_and_reraise(NO_LOCATION);
        self.place(exit);
        Ok(())
    }

    fn try_except(&mut self, def: &'a Try, loc: Location) -> Result {
        let body = self.label();
        let except = self.label();
        let end = self.label();
        let cleanup = self.label();
        self.jump(Opcode::SETUP_FINALLY, except, loc);
        self.place(body);
        self.push_block(BlockType::TryExcept, body, NO_LABEL, loc, Datum::None)?;
        self.stmts(&def.body)?;
        self.pop_block();
        self.op(Opcode::POP_BLOCK, NO_LOCATION);
        self.stmts(&def.orelse)?;
        self.jump(Opcode::JUMP_NO_INTERRUPT, end, NO_LOCATION);
        self.place(except);
        self.jump(Opcode::SETUP_CLEANUP, cleanup, NO_LOCATION);
        self.op(Opcode::PUSH_EXC_INFO, NO_LOCATION);
        self.push_block(BlockType::ExceptionHandler, NO_LABEL, NO_LABEL, loc, Datum::None)?;
        for (i, handler) in def.handlers.iter().enumerate() {
            if handler.r#type.is_none() && i + 1 < def.handlers.len() {
                return self.error("default 'except:' must be last", handler.range);
            }
            self.handler(handler, end)?;
        }
        self.pop_block();
        self.op_arg(Opcode::RERAISE, 0, NO_LOCATION);
        self.place(cleanup);
        self.pop_except_and_reraise(NO_LOCATION);
        self.place(end);
        Ok(())
    }

    fn handler(&mut self, handler: &'a ExceptHandler, end: Label) -> Result {
        let loc = Location::from(handler.range);
        let next = self.label();
        if let Some(class) = &handler.r#type {
            self.expr(class)?;
            self.op(Opcode::CHECK_EXC_MATCH, loc);
            self.jump(Opcode::POP_JUMP_IF_FALSE, next, loc);
        }
        if let Some(name) = &handler.name {
            let cleanup_end = self.label();
            let cleanup_body = self.label();
            self.store_name(name, loc)?;
            self.jump(Opcode::SETUP_CLEANUP, cleanup_end, loc);
            self.place(cleanup_body);
            self.push_block(BlockType::HandlerCleanup, cleanup_body, NO_LABEL, loc, Datum::Name(name))?;
            self.stmts(&handler.body)?;
            self.pop_block();
            self.op(Opcode::POP_BLOCK, NO_LOCATION);
            self.op(Opcode::POP_BLOCK, NO_LOCATION);
            self.op(Opcode::POP_EXCEPT, NO_LOCATION);
            self.clear_name(name, NO_LOCATION)?;
            self.jump(Opcode::JUMP_NO_INTERRUPT, end, NO_LOCATION);
            self.place(cleanup_end);
            self.clear_name(name, NO_LOCATION)?;
            self.op_arg(Opcode::RERAISE, 1, NO_LOCATION);
        } else {
            let cleanup_body = self.label();
            self.place(cleanup_body);
            self.push_block(BlockType::HandlerCleanup, cleanup_body, NO_LABEL, loc, Datum::None)?;
            self.op(Opcode::POP_TOP, loc);
            self.stmts(&handler.body)?;
            self.pop_block();
            self.op(Opcode::POP_BLOCK, NO_LOCATION);
            self.op(Opcode::POP_EXCEPT, NO_LOCATION);
            self.jump(Opcode::JUMP_NO_INTERRUPT, end, NO_LOCATION);
        }
        self.place(next);
        Ok(())
    }

    fn try_star_except(&mut self, def: &'a Try, loc: Location) -> Result {
        let body = self.label();
        let except = self.label();
        let orelse = self.label();
        let end = self.label();
        let cleanup = self.label();
        let reraise_star = self.label();
        self.jump(Opcode::SETUP_FINALLY, except, loc);
        self.place(body);
        self.push_block(BlockType::TryExcept, body, NO_LABEL, loc, Datum::None)?;
        self.stmts(&def.body)?;
        self.pop_block();
        self.op(Opcode::POP_BLOCK, NO_LOCATION);
        self.jump(Opcode::JUMP_NO_INTERRUPT, orelse, NO_LOCATION);
        self.place(except);
        self.jump(Opcode::SETUP_CLEANUP, cleanup, NO_LOCATION);
        self.op(Opcode::PUSH_EXC_INFO, NO_LOCATION);
        self.push_block(BlockType::ExceptionGroupHandler, NO_LABEL, NO_LABEL, loc, Datum::None)?;
        for (i, handler) in def.handlers.iter().enumerate() {
            if i == 0 {
                // The list of what the handlers raise, and a copy of the group to take matches from.
                let loc = Location::from(handler.range);
                self.op_arg(Opcode::BUILD_LIST, 0, loc);
                self.op_arg(Opcode::COPY, 2, loc);
            }
            self.star_handler(handler)?;
            if i + 1 == def.handlers.len() {
                // What no handler took.
                self.op_arg(Opcode::LIST_APPEND, 1, NO_LOCATION);
                self.jump(Opcode::JUMP_NO_INTERRUPT, reraise_star, NO_LOCATION);
            }
        }
        self.pop_block();
        self.reraise_group(reraise_star, end, cleanup);
        self.place(orelse);
        self.stmts(&def.orelse)?;
        self.place(end);
        Ok(())
    }

    fn star_handler(&mut self, handler: &'a ExceptHandler) -> Result {
        let loc = Location::from(handler.range);
        let next = self.label();
        let with_error = self.label();
        let no_match = self.label();
        if let Some(class) = &handler.r#type {
            self.expr(class)?;
            self.op(Opcode::CHECK_EG_MATCH, loc);
            self.op_arg(Opcode::COPY, 1, loc);
            self.jump(Opcode::POP_JUMP_IF_NONE, no_match, loc);
        }
        let cleanup_end = self.label();
        let cleanup_body = self.label();
        let datum = match &handler.name {
            Some(name) => {
                self.store_name(name, loc)?;
                Datum::Name(name)
            }
            None => {
                self.op(Opcode::POP_TOP, loc);
                Datum::None
            }
        };
        self.jump(Opcode::SETUP_CLEANUP, cleanup_end, loc);
        self.place(cleanup_body);
        self.push_block(BlockType::HandlerCleanup, cleanup_body, NO_LABEL, loc, datum)?;
        self.stmts(&handler.body)?;
        self.pop_block();
        self.op(Opcode::POP_BLOCK, NO_LOCATION);
        if let Some(name) = &handler.name {
            self.clear_name(name, NO_LOCATION)?;
        }
        self.jump(Opcode::JUMP_NO_INTERRUPT, next, NO_LOCATION);
        self.place(cleanup_end);
        if let Some(name) = &handler.name {
            self.clear_name(name, NO_LOCATION)?;
        }
        self.op_arg(Opcode::LIST_APPEND, 3, NO_LOCATION);
        self.op(Opcode::POP_TOP, NO_LOCATION);
        self.jump(Opcode::JUMP_NO_INTERRUPT, with_error, NO_LOCATION);
        self.place(next);
        self.op(Opcode::NOP, NO_LOCATION);
        self.jump(Opcode::JUMP_NO_INTERRUPT, with_error, NO_LOCATION);
        self.place(no_match);
        self.op(Opcode::POP_TOP, loc);
        self.place(with_error);
        Ok(())
    }

    /// After all `except*` clauses: raises what is left and what they raised, if anything.
    fn reraise_group(&mut self, reraise_star: Label, end: Label, cleanup: Label) {
        let reraise = self.label();
        self.place(reraise_star);
        self.op_arg(Opcode::CALL_INTRINSIC_2, Intrinsic2::PrepReraiseStar as u32, NO_LOCATION);
        self.op_arg(Opcode::COPY, 1, NO_LOCATION);
        self.jump(Opcode::POP_JUMP_IF_NOT_NONE, reraise, NO_LOCATION);
        self.op(Opcode::POP_TOP, NO_LOCATION);
        self.op(Opcode::POP_BLOCK, NO_LOCATION);
        self.op(Opcode::POP_EXCEPT, NO_LOCATION);
        self.jump(Opcode::JUMP_NO_INTERRUPT, end, NO_LOCATION);
        self.place(reraise);
        self.op(Opcode::POP_BLOCK, NO_LOCATION);
        self.op_arg(Opcode::SWAP, 2, NO_LOCATION);
        self.op(Opcode::POP_EXCEPT, NO_LOCATION);
        self.op_arg(Opcode::RERAISE, 0, NO_LOCATION);
        self.place(cleanup);
        self.pop_except_and_reraise(NO_LOCATION);
    }
}
