//! Frame blocks: what `break`, `continue` and `return` must undo on their way out.

use krait_ast::{Name, Stmt};
use krait_bytecode::Opcode;

use super::Codegen;
use crate::error::{CompileError, Result};
use crate::instruction_sequence::{Label, Location, NO_LOCATION};

/// Deepest nesting of frame blocks.
const MAX_BLOCKS: usize = 21;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BlockType {
    WhileLoop,
    ForLoop,
    AsyncForLoop,
    TryExcept,
    FinallyTry,
    FinallyEnd,
    With,
    AsyncWith,
    HandlerCleanup,
    PopValue,
    ExceptionHandler,
    ExceptionGroupHandler,
    AsyncComprehensionGenerator,
    StopIteration,
}

/// What unwinding needs beside the type.
#[derive(Clone, Copy, Debug)]
pub(super) enum Datum<'a> {
    None,
    /// The body of a `finally`.
    Finally(&'a [Stmt]),
    /// The name of an `except … as name`.
    Name(&'a Name),
}

#[derive(Clone, Copy, Debug)]
pub(super) struct FrameBlock<'a> {
    pub kind: BlockType,
    /// Where `continue` goes.
    pub start: Label,
    /// Where `break` goes.
    pub exit: Label,
    pub loc: Location,
    pub datum: Datum<'a>,
}

/// A label of a block that is never jumped to.
pub(super) const NO_LABEL: Label = Label(u32::MAX);

impl<'a> Codegen<'a, '_> {
    pub(super) fn push_block(
        &mut self,
        kind: BlockType,
        start: Label,
        exit: Label,
        loc: Location,
        datum: Datum<'a>,
    ) -> Result {
        self.push_frame_block(FrameBlock { kind, start, exit, loc, datum })
    }

    fn push_frame_block(&mut self, block: FrameBlock<'a>) -> Result {
        if self.unit.frame_blocks.len() >= MAX_BLOCKS {
            return Err(CompileError::syntax("too many statically nested blocks", block.loc));
        }
        self.unit.frame_blocks.push(block);
        Ok(())
    }

    pub(super) fn pop_block(&mut self) {
        self.unit.frame_blocks.pop();
    }

    /// Leaves all blocks out to the innermost loop, which is returned, or out of the unit when `to_loop` is false.
    pub(super) fn unwind_blocks(
        &mut self,
        loc: &mut Location,
        preserve_tos: bool,
        to_loop: bool,
    ) -> Result<Option<FrameBlock<'a>>> {
        let Some(top) = self.unit.frame_blocks.last().copied() else { return Ok(None) };
        if top.kind == BlockType::ExceptionGroupHandler {
            return Err(CompileError::syntax(
                "'break', 'continue' and 'return' cannot appear in an except* block",
                *loc,
            ));
        }
        let is_loop = matches!(top.kind, BlockType::WhileLoop | BlockType::ForLoop | BlockType::AsyncForLoop);
        if to_loop && is_loop {
            return Ok(Some(top));
        }
        self.pop_block();
        self.unwind_block(loc, &top, preserve_tos)?;
        let found = self.unwind_blocks(loc, preserve_tos, to_loop)?;
        self.push_frame_block(top)?;
        Ok(found)
    }

    fn swap_below(&mut self, preserve_tos: bool, loc: Location) {
        if preserve_tos {
            self.op_arg(Opcode::SWAP, 2, loc);
        }
    }

    /// Code that leaves one block. `loc` becomes that of the code that follows.
    pub(super) fn unwind_block(
        &mut self,
        loc: &mut Location,
        block: &FrameBlock<'a>,
        preserve_tos: bool,
    ) -> Result {
        match block.kind {
            BlockType::WhileLoop
            | BlockType::ExceptionHandler
            | BlockType::ExceptionGroupHandler
            | BlockType::AsyncComprehensionGenerator
            | BlockType::StopIteration => {}
            BlockType::ForLoop | BlockType::AsyncForLoop | BlockType::PopValue => {
                self.swap_below(preserve_tos, *loc);
                self.op(Opcode::POP_TOP, *loc);
            }
            BlockType::TryExcept => self.op(Opcode::POP_BLOCK, *loc),
            BlockType::FinallyTry => self.unwind_finally(loc, block, preserve_tos)?,
            BlockType::FinallyEnd => {
                self.swap_below(preserve_tos, *loc);
                self.op(Opcode::POP_TOP, *loc);
                self.swap_below(preserve_tos, *loc);
                self.op(Opcode::POP_BLOCK, *loc);
                self.op(Opcode::POP_EXCEPT, *loc);
            }
            BlockType::With | BlockType::AsyncWith => {
                *loc = block.loc;
                self.op(Opcode::POP_BLOCK, *loc);
                if preserve_tos {
                    self.op_arg(Opcode::SWAP, 3, *loc);
                    self.op_arg(Opcode::SWAP, 2, *loc);
                }
                self.call_exit_with_nones(*loc);
                if block.kind == BlockType::AsyncWith {
                    self.await_value(2, *loc);
                }
                self.op(Opcode::POP_TOP, *loc);
                // What follows seems to come after the statement that leaves.
                *loc = NO_LOCATION;
            }
            BlockType::HandlerCleanup => {
                let Datum::Name(name) = block.datum else {
                    self.swap_below(preserve_tos, *loc);
                    self.op(Opcode::POP_BLOCK, *loc);
                    self.op(Opcode::POP_EXCEPT, *loc);
                    return Ok(());
                };
                self.op(Opcode::POP_BLOCK, *loc);
                self.swap_below(preserve_tos, *loc);
                self.op(Opcode::POP_BLOCK, *loc);
                self.op(Opcode::POP_EXCEPT, *loc);
                self.clear_name(name, *loc)?;
            }
        }
        Ok(())
    }

    fn unwind_finally(&mut self, loc: &mut Location, block: &FrameBlock<'a>, preserve_tos: bool) -> Result {
        self.op(Opcode::POP_BLOCK, *loc);
        if preserve_tos {
            self.push_block(BlockType::PopValue, NO_LABEL, NO_LABEL, *loc, Datum::None)?;
        }
        if let Datum::Finally(body) = block.datum {
            self.stmts(body)?;
        }
        if preserve_tos {
            self.pop_block();
        }
        *loc = NO_LOCATION;
        Ok(())
    }

    /// `name = None; del name`
    pub(super) fn clear_name(&mut self, name: &Name, loc: Location) -> Result {
        self.load_none(loc);
        self.store_name(name, loc)?;
        self.delete_name(name, loc)
    }
}
