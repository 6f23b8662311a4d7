//! The effect of one instruction on what is known.

use crate::opcode::Opcode;

use super::decode::{Inst, check_argument};
use super::state::{Kind, Local, Slot, State};
use super::{Checked, Unit};

/// Where it goes on.
pub(super) struct Flow {
    pub falls_through: bool,
    /// The state at the target of a jump.
    pub jump: Option<State>,
    /// Operands that are gone when it raises.
    pub popped: usize,
}

/// Changes the state to that of the next instruction.
pub(super) fn step(unit: &Unit<'_>, inst: &Inst, state: &mut State) -> Checked<Flow> {
    check_argument(unit, inst)?;
    let (op, arg) = (inst.op, inst.arg);
    let depth = state.stack.len();
    let mut jump = None;
    if !step_locals(op, arg, state)? && !step_stack(op, arg, state)? {
        step_plain(op, arg, state)?;
    }
    if inst.target.is_some() {
        let mut at_target = state.clone();
        if op == Opcode::FOR_ITER {
            at_target.stack.pop();
            at_target.push(Slot::NULLABLE);
        }
        jump = Some(at_target);
    }
    let falls_through = !op.is_scope_exit() && !op.is_unconditional_jump();
    let left = depth.min(state.stack.len());
    let popped = op.popped(arg).unwrap_or(0).saturating_sub(op.pushed(arg).unwrap_or(0)) as usize;
    Ok(Flow { falls_through, jump, popped: popped.min(depth - left.min(depth)) })
}

fn load(state: &mut State, local: u32, borrow: bool) -> Checked {
    let kind = match state.local(local) {
        Local::Set => Kind::Any,
        Local::Cell => Kind::Cell,
        _ => return Err("load of an unset local"),
    };
    state.push(Slot { borrowed: borrow.then_some(local), ..Slot::of(kind) });
    Ok(())
}

fn store(state: &mut State, local: u32) -> Checked {
    let slot = state.pop()?;
    if slot.borrowed.is_some() {
        return Err("borrowed value stored in a local");
    }
    let value = match (slot.maybe_null, slot.kind) {
        (true, _) => Local::Unknown,
        (false, Kind::Cell) => Local::Cell,
        _ => Local::Set,
    };
    state.set_local(local, value)
}

fn need_cell(state: &State, local: u32) -> Checked {
    if state.local(local) == Local::Cell { Ok(()) } else { Err("no cell in the local") }
}

/// Instructions on locals and cells; false for others.
fn step_locals(op: Opcode, arg: u32, state: &mut State) -> Checked<bool> {
    use Opcode::*;
    let (high, low) = (arg >> 4, arg & 15);
    match op {
        LOAD_FAST => load(state, arg, false)?,
        LOAD_FAST_BORROW => load(state, arg, true)?,
        LOAD_FAST_CHECK => {
            let kind = if state.local(arg) == Local::Cell { Kind::Cell } else { Kind::Any };
            if kind == Kind::Any {
                state.locals[arg as usize] = Local::Set;
            }
            state.push(Slot::of(kind));
        }
        LOAD_FAST_LOAD_FAST | LOAD_FAST_BORROW_LOAD_FAST_BORROW => {
            let borrow = op == LOAD_FAST_BORROW_LOAD_FAST_BORROW;
            load(state, high, borrow)?;
            load(state, low, borrow)?;
        }
        LOAD_FAST_AND_CLEAR => {
            let slot = match state.local(arg) {
                Local::Set => Slot::VALUE,
                Local::Cell => Slot::of(Kind::Cell),
                _ => Slot::NULLABLE,
            };
            state.set_local(arg, Local::Unset)?;
            state.push(slot);
        }
        STORE_FAST => store(state, arg)?,
        STORE_FAST_LOAD_FAST => {
            store(state, high)?;
            load(state, low, false)?;
        }
        STORE_FAST_STORE_FAST => {
            store(state, high)?;
            store(state, low)?;
        }
        DELETE_FAST => state.set_local(arg, Local::Unset)?,
        MAKE_CELL => state.set_local(arg, Local::Cell)?,
        COPY_FREE_VARS => {
            let first = state.locals.len() - arg as usize;
            for local in first..state.locals.len() {
                state.set_local(local as u32, Local::Cell)?;
            }
        }
        LOAD_DEREF => {
            need_cell(state, arg)?;
            state.push(Slot::VALUE);
        }
        STORE_DEREF => {
            need_cell(state, arg)?;
            state.pop_value()?;
        }
        DELETE_DEREF => need_cell(state, arg)?,
        LOAD_FROM_DICT_OR_DEREF => {
            need_cell(state, arg)?;
            state.pop_value()?;
            state.push(Slot::VALUE);
        }
        _ => return Ok(false),
    }
    Ok(true)
}

fn need_kind(state: &State, depth: u32, kind: Kind) -> Checked {
    let place = state.below_top(depth)?;
    if state.stack[place].kind == kind { Ok(()) } else { Err("container instruction on another type") }
}

/// Instructions that shuffle the stack, take NULL, or rely on a type; false for others.
fn step_stack(op: Opcode, arg: u32, state: &mut State) -> Checked<bool> {
    use Opcode::*;
    match op {
        COPY => {
            let place = state.below_top(arg)?;
            state.push(state.stack[place]);
        }
        SWAP => {
            let (place, top) = (state.below_top(arg)?, state.below_top(1)?);
            state.stack.swap(place, top);
        }
        PUSH_NULL => state.push(Slot::NULLABLE),
        POP_TOP | END_FOR => {
            state.pop()?;
        }
        BUILD_LIST | BUILD_SET | BUILD_MAP => {
            let count =
                if op == BUILD_MAP { arg.checked_mul(2).ok_or("argument out of range")? } else { arg };
            (0..count).try_for_each(|_| state.pop_value().map(drop))?;
            let kind = match op {
                BUILD_LIST => Kind::List,
                BUILD_SET => Kind::Set,
                _ => Kind::Dict,
            };
            state.push(Slot::of(kind));
        }
        LIST_APPEND | LIST_EXTEND | SET_ADD | SET_UPDATE | DICT_UPDATE | DICT_MERGE | MAP_ADD => {
            let items = if op == MAP_ADD { 2 } else { 1 };
            (0..items).try_for_each(|_| state.pop_value().map(drop))?;
            let kind = match op {
                LIST_APPEND | LIST_EXTEND => Kind::List,
                SET_ADD | SET_UPDATE => Kind::Set,
                _ => Kind::Dict,
            };
            // Names of conditional annotations are added to a set that is a variable.
            if op == SET_ADD {
                state.below_top(arg)?;
            } else {
                need_kind(state, arg, kind)?;
            }
            if op == DICT_MERGE {
                // The callable, for the message.
                state.below_top(arg.saturating_add(3))?;
            }
        }
        MAKE_FUNCTION => {
            state.pop_value()?;
            state.push(Slot::of(Kind::Function));
        }
        SET_FUNCTION_ATTRIBUTE => {
            need_kind(state, 1, Kind::Function)?;
            state.pop_value()?;
            state.pop_value()?;
            state.push(Slot::of(Kind::Function));
        }
        CALL | CALL_KW => {
            let operands = arg.checked_add(u32::from(op == CALL_KW)).ok_or("argument out of range")?;
            (0..operands).try_for_each(|_| state.pop_value().map(drop))?;
            state.pop()?;
            state.pop_value()?;
            state.push(Slot::VALUE);
        }
        CALL_FUNCTION_EX => {
            state.pop()?;
            state.pop_value()?;
            state.pop()?;
            state.pop_value()?;
            state.push(Slot::VALUE);
        }
        LOAD_GLOBAL => {
            state.push(Slot::VALUE);
            if arg & 1 != 0 {
                state.push(Slot::NULLABLE);
            }
        }
        LOAD_ATTR => {
            let receiver = state.pop_value()?;
            state.push(Slot::VALUE);
            if arg & 1 != 0 {
                state.push(Slot { maybe_null: true, kind: Kind::Any, ..receiver });
            }
        }
        LOAD_SUPER_ATTR => {
            let receiver = state.pop_value()?;
            state.pop_value()?;
            state.pop_value()?;
            state.push(Slot::VALUE);
            if arg & 1 != 0 {
                state.push(Slot { maybe_null: true, kind: Kind::Any, ..receiver });
            }
        }
        LOAD_SPECIAL => {
            let receiver = state.pop_value()?;
            state.push(Slot::VALUE);
            state.push(Slot { maybe_null: true, kind: Kind::Any, ..receiver });
        }
        WITH_EXCEPT_START => {
            for (depth, nullable) in [(1, false), (3, false), (4, true), (5, false)] {
                let place = state.below_top(depth)?;
                if state.stack[place].maybe_null && !nullable {
                    return Err("NULL where a value is needed");
                }
            }
            state.push(Slot::VALUE);
        }
        END_SEND => {
            let value = state.pop_value()?;
            state.pop()?;
            state.push(value);
        }
        PUSH_EXC_INFO => {
            let value = state.pop_value()?;
            state.push(Slot::VALUE);
            state.push(value);
        }
        _ => return Ok(false),
    }
    Ok(true)
}

/// Instructions that take values and give values, as the table of opcodes has it.
fn step_plain(op: Opcode, arg: u32, state: &mut State) -> Checked {
    let (Some(popped), Some(pushed)) = (op.popped(arg), op.pushed(arg)) else {
        return Err("argument out of range");
    };
    if popped as usize > state.stack.len() {
        return Err("stack underflow");
    }
    let base = state.stack.len() - popped as usize;
    if state.stack[base..].iter().any(|slot| slot.maybe_null) {
        return Err("NULL where a value is needed");
    }
    // What an instruction only looks at stays as it is.
    let kept = kept_inputs(op, popped).min(popped).min(pushed) as usize;
    state.stack.truncate(base + kept);
    if pushed as usize - kept > u16::MAX as usize * 2 {
        return Err("stack overflow");
    }
    (kept..pushed as usize).for_each(|_| state.push(Slot::VALUE));
    Ok(())
}

/// How many operands, from the bottom, are still there afterwards.
fn kept_inputs(op: Opcode, popped: u32) -> u32 {
    use Opcode::*;
    match op {
        GET_LEN | MATCH_MAPPING | MATCH_SEQUENCE | MATCH_KEYS | IMPORT_FROM | GET_ANEXT | FOR_ITER => popped,
        CHECK_EXC_MATCH | SEND => popped - 1,
        RERAISE => popped - 1,
        _ => 0,
    }
}
