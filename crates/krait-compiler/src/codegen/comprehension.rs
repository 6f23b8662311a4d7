//! Comprehensions and generator expressions.
//!
//! All but generator expressions are inlined (PEP 709): their loop runs in the unit around, with the outer values of
//! their names pushed on the stack meanwhile.

use krait_ast::{Comprehension, Expr, ExprKind, Name};
use krait_bytecode::Opcode;
use krait_bytecode::opcode::operand::Intrinsic1;
use std::rc::Rc;

use super::Codegen;
use super::blocks::{BlockType, Datum, NO_LABEL};
use super::scope::{ArgCounts, ScopeKind};
use crate::depth::with_stack;
use crate::error;
use crate::instruction_sequence::{Label, Location, NO_LOCATION};
use crate::symtable::{Block, BlockKey, BlockKind, Role, Scope, flag};

/// What a comprehension makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Result {
    Generator,
    List,
    Set,
    Dict,
}

/// The loops of a comprehension and what each round yields.
#[derive(Clone, Copy)]
struct Loops<'a> {
    loc: Location,
    result: Result,
    generators: &'a [Comprehension],
    elt: &'a Expr,
    value: Option<&'a Expr>,
}

/// What must be undone after an inlined comprehension.
#[derive(Default)]
struct Inlined {
    /// Symbols that had another scope outside.
    symbols: Vec<(Name, Option<u32>)>,
    /// Names that became fast locals of a unit that has none otherwise.
    hidden: Vec<Name>,
    /// Locals whose outer values are on the stack.
    pushed: Vec<Name>,
    cleanup: Option<Label>,
}

impl<'a> Codegen<'a, '_> {
    pub(super) fn comprehension(
        &mut self,
        expr: &'a Expr,
        name: &str,
        result: Result,
        generators: &'a [Comprehension],
        elt: &'a Expr,
        value: Option<&'a Expr>,
    ) -> error::Result {
        let id = self.lookup_block(BlockKey::new(expr, Role::Body))?;
        let table = self.table;
        let block = table.block(id);
        let loc = Location::from(expr.range);
        let loops = Loops { loc, result, generators, elt, value };
        if block.comp_inlined {
            return self.inlined_comprehension(block, loops);
        }
        let name = self.cache.intern_str(name);
        let counts = ArgCounts { args: 1, ..ArgCounts::default() };
        self.enter_scope(name, ScopeKind::Comprehension, id, loc.lineno, None, counts);
        self.begin_collection(result, loc);
        self.generator(loops, 0, 0, false)?;
        if result == Result::Generator {
            self.wrap_in_stop_iteration_handler();
        } else {
            self.op(Opcode::RETURN_VALUE, loc);
        }
        let code = self.assemble_unit(true)?;
        self.make_closure(code, 0, loc)?;
        self.outermost_iterator(generators)?;
        self.op_arg(Opcode::CALL, 0, loc);
        if block.coroutine && result != Result::Generator {
            self.await_value(0, loc);
        }
        Ok(())
    }

    /// Pushes the iterator of the first loop.
    fn outermost_iterator(&mut self, generators: &'a [Comprehension]) -> error::Result {
        let Some(outermost) = generators.first() else { return Ok(()) };
        self.expr(&outermost.iter)?;
        let op = if outermost.is_async { Opcode::GET_AITER } else { Opcode::GET_ITER };
        self.op(op, outermost.iter.range.into());
        Ok(())
    }

    fn begin_collection(&mut self, result: Result, loc: Location) {
        match result {
            Result::Generator => {}
            Result::List => self.op_arg(Opcode::BUILD_LIST, 0, loc),
            Result::Set => self.op_arg(Opcode::BUILD_SET, 0, loc),
            Result::Dict => self.op_arg(Opcode::BUILD_MAP, 0, loc),
        }
    }

    fn inlined_comprehension(&mut self, block: &'a Block, loops: Loops<'a>) -> error::Result {
        self.outermost_iterator(loops.generators)?;
        let in_class = self.unit.block.kind == BlockKind::Class && self.unit.inlined == 0;
        let mut inlined = self.enter_inlined(block, in_class);
        self.push_locals(block, &mut inlined, loops.loc);
        self.begin_collection(loops.result, loops.loc);
        if loops.result != Result::Generator {
            self.op_arg(Opcode::SWAP, 2, loops.loc);
        }
        self.generator(loops, 0, 0, true)?;
        self.pop_locals(&inlined, loops.loc);
        self.leave_inlined(inlined);
        Ok(())
    }

    /// Gives the names of the comprehension the scopes that they have in it.
    fn enter_inlined(&mut self, block: &Block, in_class: bool) -> Inlined {
        let mut inlined = Inlined::default();
        self.unit.inlined += 1;
        for (name, symbol) in block.symbols.iter() {
            let scope = Scope::of(symbol);
            let outer = self.unit.symbol_scope(name);
            // What is free inside is treated as outside. A cell inside that is free outside stays free.
            let differs =
                scope != outer && scope != Scope::Free && !(scope == Scope::Cell && outer == Scope::Free);
            if differs || in_class {
                let saved = self.unit.overrides.insert(name.clone(), symbol);
                inlined.symbols.push((name.clone(), saved));
            }
            if is_bound_here(symbol) && !self.unit.block.is_function_like() {
                let text = self.intern(name);
                let hidden = self.unit.meta.fasthidden.insert(Rc::clone(&text.text), true);
                if hidden != Some(true) {
                    inlined.hidden.push(name.clone());
                }
            }
        }
        inlined
    }

    /// Puts the outer values of the comprehension's locals on the stack, and a handler that restores them.
    fn push_locals(&mut self, block: &Block, inlined: &mut Inlined, loc: Location) {
        for (name, symbol) in block.symbols.iter() {
            if !is_bound_here(symbol) {
                continue;
            }
            // For a cell this saves the cell itself; the comprehension gets a new one.
            self.op_local(Opcode::LOAD_FAST_AND_CLEAR, name, loc);
            if Scope::of(symbol) == Scope::Cell {
                let text = self.intern(name);
                let free = self.unit.symbol_scope(name) == Scope::Free;
                let index = if free { self.free_index(&text) } else { self.cell_index(&text) };
                self.op_arg(Opcode::MAKE_CELL, index, loc);
            }
            inlined.pushed.push(name.clone());
        }
        if !inlined.pushed.is_empty() {
            self.op_arg(Opcode::SWAP, inlined.pushed.len() as u32 + 1, loc);
            let cleanup = self.label();
            self.jump(Opcode::SETUP_FINALLY, cleanup, loc);
            inlined.cleanup = Some(cleanup);
        }
    }

    fn pop_locals(&mut self, inlined: &Inlined, loc: Location) {
        let Some(cleanup) = inlined.cleanup else { return };
        self.op(Opcode::POP_BLOCK, NO_LOCATION);
        let end = self.label();
        self.jump(Opcode::JUMP_NO_INTERRUPT, end, NO_LOCATION);
        self.place(cleanup);
        // The unfinished result lies below the exception.
        self.op_arg(Opcode::SWAP, 2, NO_LOCATION);
        self.op(Opcode::POP_TOP, NO_LOCATION);
        self.restore_locals(&inlined.pushed, loc);
        self.op_arg(Opcode::RERAISE, 0, NO_LOCATION);
        self.place(end);
        self.restore_locals(&inlined.pushed, loc);
    }

    fn restore_locals(&mut self, pushed: &[Name], loc: Location) {
        self.op_arg(Opcode::SWAP, pushed.len() as u32 + 1, loc);
        for name in pushed.iter().rev() {
            self.op_local(Opcode::STORE_FAST_MAYBE_NULL, name, loc);
        }
    }

    fn leave_inlined(&mut self, inlined: Inlined) {
        self.unit.inlined -= 1;
        for (name, saved) in inlined.symbols {
            match saved {
                Some(symbol) => self.unit.overrides.insert(name, symbol),
                None => self.unit.overrides.remove(&name),
            };
        }
        // Not removed: a name that was a fast local for a while is a hidden one of the code object.
        for name in inlined.hidden {
            let text = self.intern(&name);
            self.unit.meta.fasthidden.insert(text.text, false);
        }
    }

    /// One loop of a comprehension and those inside it. `on_stack`: its iterator is there already.
    fn generator(&mut self, loops: Loops<'a>, at: usize, depth: u32, on_stack: bool) -> error::Result {
        self.depth.enter()?;
        let result = with_stack(|| {
            if loops.generators[at].is_async {
                self.async_generator(loops, at, depth, on_stack)
            } else {
                self.sync_generator(loops, at, depth, on_stack)
            }
        });
        self.depth.leave();
        result
    }

    fn sync_generator(
        &mut self,
        loops: Loops<'a>,
        at: usize,
        mut depth: u32,
        on_stack: bool,
    ) -> error::Result {
        let generator = &loops.generators[at];
        let start = self.label();
        let if_cleanup = self.label();
        let mut looping = true;
        if at == 0 {
            if !on_stack {
                self.op_arg(Opcode::LOAD_FAST, 0, loops.loc);
            }
        } else if let Some(only) = single_item(&generator.iter) {
            // `for y in [f(x)]` is a way to name a value: no loop.
            self.expr(only)?;
            looping = false;
        } else {
            self.expr(&generator.iter)?;
            self.op(Opcode::GET_ITER, generator.iter.range.into());
        }
        let anchor = self.label();
        if looping {
            depth += 1;
            self.place(start);
            self.jump(Opcode::FOR_ITER, anchor, generator.iter.range.into());
        }
        self.expr(&generator.target)?;
        let elt_loc = self.round(loops, at, depth, if_cleanup)?;
        self.place(if_cleanup);
        if looping {
            self.jump(Opcode::JUMP, start, elt_loc);
            self.place(anchor);
            self.op(Opcode::END_FOR, NO_LOCATION);
            self.op(Opcode::POP_ITER, NO_LOCATION);
        }
        Ok(())
    }

    fn async_generator(&mut self, loops: Loops<'a>, at: usize, depth: u32, on_stack: bool) -> error::Result {
        let generator = &loops.generators[at];
        let loc = loops.loc;
        let start = self.label();
        let send = self.label();
        let except = self.label();
        let if_cleanup = self.label();
        if at == 0 {
            if !on_stack {
                self.op_arg(Opcode::LOAD_FAST, 0, loc);
            }
        } else {
            self.expr(&generator.iter)?;
            self.op(Opcode::GET_AITER, generator.iter.range.into());
        }
        self.place(start);
        self.push_block(BlockType::AsyncComprehensionGenerator, start, NO_LABEL, loc, Datum::None)?;
        self.jump(Opcode::SETUP_FINALLY, except, loc);
        self.op(Opcode::GET_ANEXT, loc);
        self.load_none(loc);
        self.place(send);
        self.yield_from(true, loc);
        self.op(Opcode::POP_BLOCK, loc);
        self.expr(&generator.target)?;
        let elt_loc = self.round(loops, at, depth + 1, if_cleanup)?;
        self.place(if_cleanup);
        self.jump(Opcode::JUMP, start, elt_loc);
        self.pop_block();
        self.place(except);
        self.jump(Opcode::END_ASYNC_FOR, send, loc);
        Ok(())
    }

    /// The conditions of a loop and then the next loop or the element. Returns the place of the jump back.
    fn round(
        &mut self,
        loops: Loops<'a>,
        at: usize,
        depth: u32,
        if_cleanup: Label,
    ) -> error::Result<Location> {
        for condition in &loops.generators[at].ifs {
            self.jump_if(condition, if_cleanup, false, loops.loc)?;
        }
        let loc = Location::from(loops.elt.range);
        if at + 1 < loops.generators.len() {
            self.generator(loops, at + 1, depth, false)?;
            return Ok(loc);
        }
        self.expr(loops.elt)?;
        match (loops.result, loops.value) {
            (Result::Generator, _) => {
                self.yield_value(loc);
                self.op(Opcode::POP_TOP, loc);
            }
            (Result::List, _) => self.op_arg(Opcode::LIST_APPEND, depth + 1, loc),
            (Result::Dict, Some(value)) => {
                self.expr(value)?;
                let loc = Location::from(loops.elt.range.to(value.range));
                self.op_arg(Opcode::MAP_ADD, depth + 1, loc);
                return Ok(loc);
            }
            (Result::Set | Result::Dict, _) => self.op_arg(Opcode::SET_ADD, depth + 1, loc),
        }
        Ok(loc)
    }

    /// A StopIteration that leaves a generator becomes a RuntimeError.
    pub(super) fn wrap_in_stop_iteration_handler(&mut self) {
        let handler = self.label();
        self.unit.seq.insert(0, Opcode::SETUP_CLEANUP, handler.0, NO_LOCATION);
        self.load_none(NO_LOCATION);
        self.op(Opcode::RETURN_VALUE, NO_LOCATION);
        self.place(handler);
        self.op_arg(Opcode::CALL_INTRINSIC_1, Intrinsic1::StopIterationError as u32, NO_LOCATION);
        self.op_arg(Opcode::RERAISE, 1, NO_LOCATION);
    }
}

/// Names that the comprehension binds itself, and not for a scope further out.
fn is_bound_here(symbol: u32) -> bool {
    symbol & flag::DEF_LOCAL != 0 && symbol & flag::DEF_NONLOCAL == 0
}

fn single_item(iter: &Expr) -> Option<&Expr> {
    let (ExprKind::List { elts, .. } | ExprKind::Tuple { elts, .. }) = &iter.node else { return None };
    match &elts[..] {
        [only] if !matches!(only.node, ExprKind::Starred { .. }) => Some(only),
        _ => None,
    }
}
