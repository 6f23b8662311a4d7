//! `if`, `while`, `for` and `async for`.

use krait_ast::{Expr, For, Stmt};
use krait_bytecode::Opcode;

use super::Codegen;
use super::blocks::{BlockType, Datum};
use crate::error::Result;
use crate::instruction_sequence::{Location, NO_LOCATION};

impl<'a> Codegen<'a, '_> {
    pub(super) fn if_stmt(
        &mut self,
        test: &'a Expr,
        body: &'a [Stmt],
        orelse: &'a [Stmt],
        loc: Location,
    ) -> Result {
        let end = self.label();
        if orelse.is_empty() {
            self.jump_if(test, end, false, loc)?;
            self.stmts(body)?;
        } else {
            let next = self.label();
            self.jump_if(test, next, false, loc)?;
            self.stmts(body)?;
            self.jump(Opcode::JUMP_NO_INTERRUPT, end, NO_LOCATION);
            self.place(next);
            self.stmts(orelse)?;
        }
        self.place(end);
        Ok(())
    }

    pub(super) fn while_stmt(
        &mut self,
        test: &'a Expr,
        body: &'a [Stmt],
        orelse: &'a [Stmt],
        loc: Location,
    ) -> Result {
        let start = self.label();
        let end = self.label();
        let anchor = self.label();
        self.place(start);
        self.push_block(BlockType::WhileLoop, start, end, loc, Datum::None)?;
        self.jump_if(test, anchor, false, loc)?;
        self.stmts(body)?;
        self.jump(Opcode::JUMP, start, NO_LOCATION);
        self.pop_block();
        self.place(anchor);
        self.stmts(orelse)?;
        self.place(end);
        Ok(())
    }

    pub(super) fn for_stmt(&mut self, def: &'a For, loc: Location) -> Result {
        let start = self.label();
        let cleanup = self.label();
        let end = self.label();
        self.push_block(BlockType::ForLoop, start, end, loc, Datum::None)?;
        self.expr(&def.iter)?;
        let loc = Location::from(def.iter.range);
        self.op(Opcode::GET_ITER, loc);
        self.place(start);
        self.jump(Opcode::FOR_ITER, cleanup, loc);
        // Keeps the line of a target that stands on a line of its own.
        self.op(Opcode::NOP, def.target.range.into());
        self.expr(&def.target)?;
        self.stmts(&def.body)?;
        self.jump(Opcode::JUMP, start, NO_LOCATION);
        self.place(cleanup);
        // Exhausted generators jump to the first of these, other iterators to the second.
        self.op(Opcode::END_FOR, NO_LOCATION);
        self.op(Opcode::POP_ITER, NO_LOCATION);
        self.pop_block();
        self.stmts(&def.orelse)?;
        self.place(end);
        Ok(())
    }

    pub(super) fn async_for(&mut self, def: &'a For, loc: Location) -> Result {
        if !self.in_async_function() {
            return self.error("'async for' outside async function", loc);
        }
        let start = self.label();
        let send = self.label();
        let except = self.label();
        let end = self.label();
        self.expr(&def.iter)?;
        let iter_loc = Location::from(def.iter.range);
        self.op(Opcode::GET_AITER, iter_loc);
        self.place(start);
        self.push_block(BlockType::AsyncForLoop, start, end, loc, Datum::None)?;
        self.jump(Opcode::SETUP_FINALLY, except, loc);
        self.op(Opcode::GET_ANEXT, loc);
        self.load_none(loc);
        self.place(send);
        self.yield_from(true, loc);
        self.op(Opcode::POP_BLOCK, loc);
        self.op(Opcode::NOT_TAKEN, loc);
        self.expr(&def.target)?;
        self.stmts(&def.body)?;
        self.jump(Opcode::JUMP, start, NO_LOCATION);
        self.pop_block();
        self.place(except);
        self.jump(Opcode::END_ASYNC_FOR, send, iter_loc);
        self.stmts(&def.orelse)?;
        self.place(end);
        Ok(())
    }
}
