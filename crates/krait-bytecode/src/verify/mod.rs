//! A check that foreign code (from a `.pyc`, `marshal` or `code.replace`) can be run without breaking the interpreter.
//!
//! Code is run abstractly until nothing new is found. A verified unit: has only base instructions with arguments in
//! range; jumps to instructions only and never falls off the end; keeps its stack between empty and `stacksize`, with
//! one depth at each place; uses no NULL where a value is needed, no unset local without a check, no cell but where
//! there is one, no container instruction on something else; and overwrites no local that a value on the stack borrows.
//! Types of other values, and the set of `SET_ADD`, are the interpreter's to check. CPython has no counterpart: it
//! trusts its input.

mod decode;
mod state;
mod step;

use std::fmt;

use crate::code::Code;
use crate::exceptions::Entries;
use crate::flags::*;
use crate::opcode::{Flags, Opcode};

use decode::{Inst, Program};
use state::{Local, Slot, State};

/// What there is to verify of a code object.
#[derive(Clone, Copy, Debug)]
pub struct Unit<'a> {
    pub code: &'a [u8],
    pub consts: usize,
    pub names: usize,
    pub localspluskinds: &'a [u8],
    pub argcount: u32,
    pub kwonlyargcount: u32,
    pub stacksize: u32,
    pub flags: u32,
    pub exceptiontable: &'a [u8],
}

impl<'a> From<&'a Code> for Unit<'a> {
    fn from(code: &'a Code) -> Unit<'a> {
        Unit {
            code: &code.code,
            consts: code.consts.len(),
            names: code.names.len(),
            localspluskinds: &code.localspluskinds,
            argcount: code.argcount,
            kwonlyargcount: code.kwonlyargcount,
            stacksize: code.stacksize,
            flags: code.flags,
            exceptiontable: &code.exceptiontable,
        }
    }
}

impl Unit<'_> {
    fn is_generator(&self) -> bool {
        self.flags & (CO_GENERATOR | CO_COROUTINE | CO_ASYNC_GENERATOR) != 0
    }

    fn parameters(&self) -> usize {
        let stars = usize::from(self.flags & CO_VARARGS != 0) + usize::from(self.flags & CO_VARKEYWORDS != 0);
        self.argcount as usize + self.kwonlyargcount as usize + stars
    }

    fn free_variables(&self) -> usize {
        self.localspluskinds.iter().filter(|kind| **kind & CO_FAST_FREE != 0).count()
    }
}

/// Why a unit is refused, and at which code unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub offset: usize,
    pub reason: &'static str,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at offset {}", self.reason, self.offset * 2)
    }
}

type Checked<T = ()> = Result<T, &'static str>;

/// A range of instructions with a handler, in indices of instructions.
struct Cover {
    first: usize,
    last: usize,
    handler: usize,
    depth: usize,
    lasti: bool,
}

pub fn verify(unit: &Unit<'_>) -> Result<(), Refusal> {
    let whole = |reason| Refusal { offset: 0, reason };
    if unit.parameters() > unit.localspluskinds.len() {
        return Err(whole("more parameters than locals"));
    }
    let program = Program::decode(unit.code).map_err(|(offset, reason)| Refusal { offset, reason })?;
    let covers = read_covers(unit, &program).map_err(whole)?;
    check_frame_start(unit, &program).map_err(whole)?;
    Run::new(unit, &program, covers).go()
}

/// Verifies a code object and those among its constants.
pub fn verify_all(code: &Code) -> Result<(), Refusal> {
    verify(&Unit::from(code))?;
    for value in code.consts.iter() {
        if let crate::Const::Code(inner) = value {
            verify_all(inner)?;
        }
    }
    Ok(())
}

fn read_covers(unit: &Unit<'_>, program: &Program) -> Checked<Vec<Cover>> {
    let mut covers = Vec::new();
    let mut behind = 0;
    for entry in Entries::new(unit.exceptiontable) {
        let bad = "exception table entry out of range";
        if entry.start < behind || entry.end <= entry.start || entry.end as usize > unit.code.len() / 2 {
            return Err(bad);
        }
        behind = entry.end;
        let first = program.at(entry.start as usize).ok_or(bad)?;
        let last = match program.at(entry.end as usize) {
            Some(next) => next,
            None if entry.end as usize == unit.code.len() / 2 => program.insts.len(),
            None => return Err(bad),
        };
        let handler = program.at(entry.target as usize).ok_or(bad)?;
        if entry.depth > unit.stacksize {
            return Err(bad);
        }
        covers.push(Cover { first, last, handler, depth: entry.depth as usize, lasti: entry.lasti });
    }
    Ok(covers)
}

/// A generator's frame begins with `RETURN_GENERATOR`, after cells are set up; nothing comes back to it.
fn check_frame_start(unit: &Unit<'_>, program: &Program) -> Checked {
    let prefix = |inst: &&Inst| matches!(inst.op, Opcode::COPY_FREE_VARS | Opcode::MAKE_CELL);
    let start = program.insts.iter().take_while(prefix).count();
    let places = program.insts.iter().enumerate().filter(|(_, inst)| inst.op == Opcode::RETURN_GENERATOR);
    let places: Vec<usize> = places.map(|(n, _)| n).collect();
    if unit.is_generator() {
        if places != [start] {
            return Err("a generator must start with RETURN_GENERATOR");
        }
        if program.insts.iter().any(|inst| inst.target.is_some_and(|target| target <= start)) {
            return Err("jump to the start of a generator");
        }
    } else if !places.is_empty() {
        return Err("RETURN_GENERATOR outside of a generator");
    }
    Ok(())
}

struct Run<'a> {
    unit: &'a Unit<'a>,
    program: &'a Program,
    covers: Vec<Cover>,
    /// Instructions that are reached otherwise than from the one before.
    leaders: Vec<bool>,
    /// What is known on entry of the leaders.
    states: Vec<Option<State>>,
    todo: Vec<usize>,
}

impl<'a> Run<'a> {
    fn new(unit: &'a Unit<'a>, program: &'a Program, covers: Vec<Cover>) -> Run<'a> {
        let mut leaders = vec![false; program.insts.len()];
        let targets = program.insts.iter().filter_map(|inst| inst.target);
        for n in targets.chain(covers.iter().map(|cover| cover.handler)) {
            leaders[n] = true;
        }
        let states = leaders.iter().map(|_| None).collect();
        Run { unit, program, covers, leaders, states, todo: Vec::new() }
    }

    fn go(&mut self) -> Result<(), Refusal> {
        let mut locals = vec![Local::Unset; self.unit.localspluskinds.len()];
        locals[..self.unit.parameters()].fill(Local::Set);
        self.run_from(0, State { stack: Vec::new(), locals })?;
        while let Some(n) = self.todo.pop() {
            if let Some(state) = self.states[n].clone() {
                self.run_from(n, state)?;
            }
        }
        Ok(())
    }

    /// Follows one path until it ends or joins what is known.
    fn run_from(&mut self, mut n: usize, mut state: State) -> Result<(), Refusal> {
        loop {
            let inst = self.program.insts[n];
            let refuse = |reason| Refusal { offset: inst.start, reason };
            let before = self.cover_of(n).map(|_| state.clone());
            let flow = step::step(self.unit, &inst, &mut state).map_err(refuse)?;
            if state.stack.len() > self.unit.stacksize as usize {
                return Err(refuse("stack overflow"));
            }
            if let Some(before) = before {
                self.enter_handler(n, before, flow.popped).map_err(refuse)?;
            }
            if let (Some(target), Some(jump)) = (inst.target, flow.jump) {
                self.enter(target, jump).map_err(refuse)?;
            }
            if !flow.falls_through {
                return Ok(());
            }
            n += 1;
            if n >= self.program.insts.len() {
                return Err(refuse("execution falls off the end"));
            }
            if self.leaders[n] {
                return self.enter(n, state).map_err(refuse);
            }
        }
    }

    fn cover_of(&self, n: usize) -> Option<&Cover> {
        let after = self.covers.partition_point(|cover| cover.first <= n);
        self.covers[..after].last().filter(|cover| n < cover.last)
    }

    /// An exception in instruction `n` finds what lies below its operands.
    fn enter_handler(&mut self, n: usize, mut state: State, popped: usize) -> Checked {
        let Some(cover) = self.cover_of(n) else { return Ok(()) };
        let (depth, lasti, handler) = (cover.depth, cover.lasti, cover.handler);
        if !self.program.insts[n].op.flags().has(Flags::ERROR) {
            return Ok(());
        }
        if state.stack.len() < depth + popped {
            return Err("exception handler deeper than the stack");
        }
        state.stack.truncate(depth);
        if lasti {
            state.stack.push(Slot::VALUE);
        }
        state.stack.push(Slot::VALUE);
        if state.stack.len() > self.unit.stacksize as usize {
            return Err("stack overflow");
        }
        self.enter(handler, state)
    }

    fn enter(&mut self, n: usize, state: State) -> Checked {
        let changed = match &mut self.states[n] {
            Some(known) => known.merge(&state)?,
            unknown => {
                *unknown = Some(state);
                true
            }
        };
        if changed && !self.todo.contains(&n) {
            self.todo.push(n);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::opcode::raw;

    fn run(code: &[u8], stacksize: u32) -> Result<(), &'static str> {
        let unit = Unit {
            code,
            consts: 1,
            names: 1,
            localspluskinds: &[CO_FAST_LOCAL],
            argcount: 0,
            kwonlyargcount: 0,
            stacksize,
            flags: 0,
            exceptiontable: &[],
        };
        verify(&unit).map_err(|refusal| refusal.reason)
    }

    #[test]
    fn refusals() {
        use raw::*;
        assert_eq!(run(&[RESUME, 0, LOAD_CONST, 0, RETURN_VALUE, 0], 1), Ok(()));
        assert_eq!(run(&[LOAD_CONST, 1, RETURN_VALUE, 0], 1), Err("constant out of range"));
        assert_eq!(run(&[LOAD_CONST, 0, LOAD_CONST, 0, RETURN_VALUE, 0], 1), Err("stack overflow"));
        assert_eq!(run(&[RETURN_VALUE, 0], 1), Err("stack underflow"));
        assert_eq!(run(&[LOAD_CONST, 0], 1), Err("execution falls off the end"));
        assert_eq!(run(&[JUMP_FORWARD, 9], 1), Err("jump out of range"));
        assert_eq!(run(&[LOAD_FAST, 0, RETURN_VALUE, 0], 1), Err("load of an unset local"));
        assert_eq!(run(&[PUSH_NULL, 0, RETURN_VALUE, 0], 1), Err("NULL where a value is needed"));
        assert_eq!(run(&[LOAD_DEREF, 0, RETURN_VALUE, 0], 1), Err("no cell in the local"));
        assert_eq!(
            run(&[200, 0, LOAD_CONST, 0, RETURN_VALUE, 0], 1),
            Err("not an instruction of code objects")
        );
        let borrow = [
            LOAD_CONST,
            0,
            STORE_FAST,
            0,
            LOAD_FAST_BORROW,
            0,
            LOAD_CONST,
            0,
            STORE_FAST,
            0,
            RETURN_VALUE,
            0,
        ];
        assert_eq!(run(&borrow, 2), Err("local overwritten while it is borrowed"));
        assert_eq!(run(&[], 1), Err("no code"));
    }
}
