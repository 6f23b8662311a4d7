//! From real instructions to a code object: jump offsets, code bytes, location and exception tables, names of locals.
//!
//! Labels are indices of instructions on entry. CPython's counterpart is `Python/assemble.c`.

use std::rc::Rc;

use krait_bytecode::exceptions::{self, Entry};
use krait_bytecode::flags::*;
use krait_bytecode::location;
use krait_bytecode::{Code, Const, Opcode, StrConst};

use crate::constants::ConstCache;
use crate::flowgraph::{self, FlowError, Shape};
use crate::instruction_sequence::{Handler, Instruction, InstructionSequence, NEXT_LOCATION, NO_LOCATION};
use crate::unit::{NameTable, UnitMetadata};

/// `END_ASYNC_FOR` names the `END_SEND` of its loop, which is this far behind the `SEND` that is its label.
const END_SEND_OFFSET: i64 = 5;

type Result<T> = std::result::Result<T, FlowError>;

/// Optimises the instructions of a code unit and makes the code object. `argcount` of the unit does not count
/// positional-only parameters.
pub fn optimize_and_assemble(
    mut unit: UnitMetadata,
    sequence: InstructionSequence,
    flags: u32,
    filename: &StrConst,
    cache: &mut ConstCache,
) -> Result<Rc<Code>> {
    let mut consts = std::mem::take(&mut unit.consts).into_items();
    let nparams = flowgraph::parameter_count(&unit, flags);
    let nlocals = unit.varnames.len();
    let graph = flowgraph::optimize(sequence, &mut consts, cache, nlocals, nparams)?;
    let (instrs, shape) = flowgraph::lower(graph, &unit, flags)?;
    assemble(&unit, instrs, shape, consts, flags, filename, cache)
}

/// Makes the code object of instructions that [`flowgraph::lower`] gave.
pub fn assemble(
    unit: &UnitMetadata,
    sequence: InstructionSequence,
    shape: Shape,
    consts: Vec<Const>,
    flags: u32,
    filename: &StrConst,
    cache: &mut ConstCache,
) -> Result<Rc<Code>> {
    let mut instrs = sequence.instrs().to_vec();
    resolve_directions(&mut instrs)?;
    let offsets = resolve_offsets(&mut instrs)?;
    let exceptiontable = exception_table(&instrs, &offsets)?;
    let linetable = location_table(&mut instrs, unit.firstlineno);
    let code = code_bytes(&instrs);
    let names = unit.names.names().iter().map(|name| Const::Str(cache.intern(name))).collect();
    let (localsplusnames, localspluskinds) = localsplus(unit, flags, shape.nlocalsplus, cache);
    // The order of the merges is CPython's: what comes first is what others share.
    let exceptiontable = merge_bytes(exceptiontable, cache);
    let linetable = merge_bytes(linetable, cache);
    let code = merge_bytes(code, cache);
    let names = merge_tuple(names, cache);
    let consts = merge_tuple(consts.into_iter().map(unshare_set).collect(), cache);
    let localsplusnames = merge_tuple(localsplusnames, cache);
    Ok(Rc::new(Code {
        argcount: unit.posonlyargcount + unit.argcount,
        posonlyargcount: unit.posonlyargcount,
        kwonlyargcount: unit.kwonlyargcount,
        stacksize: shape.stackdepth,
        flags,
        code,
        consts,
        names,
        localsplusnames,
        localspluskinds: localspluskinds.into(),
        filename: cache.intern(filename),
        name: cache.intern(&unit.name),
        qualname: cache.intern(&unit.qualname),
        firstlineno: unit.firstlineno,
        linetable,
        exceptiontable,
    }))
}

/// Interning the strings of a frozenset makes another one for each code object, unless all of them are new to the
/// process. That cannot be known here; words are rarely new, numbers mostly.
fn unshare_set(value: Const) -> Const {
    let is_word = |c: &Const| match c {
        Const::Str(s) => {
            s.is_name_like() && !s.is_singleton() && !s.as_bytes().first().is_some_and(u8::is_ascii_digit)
        }
        _ => false,
    };
    match value {
        Const::FrozenSet(items) if items.iter().any(is_word) => {
            Const::FrozenSet(items.iter().cloned().collect())
        }
        other => other,
    }
}

fn merge_bytes(bytes: Vec<u8>, cache: &mut ConstCache) -> Rc<[u8]> {
    match cache.merge_one(Const::Bytes(bytes.into())) {
        Const::Bytes(bytes) => bytes,
        _ => Rc::new([]),
    }
}

fn merge_tuple(items: Vec<Const>, cache: &mut ConstCache) -> Rc<[Const]> {
    match cache.merge_one(Const::Tuple(items.into())) {
        Const::Tuple(items) => items,
        _ => Rc::new([]),
    }
}

/// Code units of an instruction with its `EXTENDED_ARG`s and caches.
fn size(op: Opcode, arg: u32) -> usize {
    let extended = usize::from(arg > 0xFF) + usize::from(arg > 0xFFFF) + usize::from(arg > 0xFF_FFFF);
    extended + 1 + op.caches()
}

fn resolve_directions(instrs: &mut [Instruction]) -> Result<()> {
    for (n, instr) in instrs.iter_mut().enumerate() {
        let forward = instr.arg as usize > n;
        instr.op = match instr.op {
            Opcode::JUMP | Opcode::JUMP_NO_INTERRUPT if forward => Opcode::JUMP_FORWARD,
            Opcode::JUMP => Opcode::JUMP_BACKWARD,
            Opcode::JUMP_NO_INTERRUPT => Opcode::JUMP_BACKWARD_NO_INTERRUPT,
            op if op.is_pseudo() => return Err(FlowError::System("pseudo instruction in the assembler")),
            op => op,
        };
    }
    Ok(())
}

/// Makes jump arguments relative and returns the offset of each instruction. Wider arguments move the instructions
/// behind them, so this goes on until no size changes.
fn resolve_offsets(instrs: &mut [Instruction]) -> Result<Vec<usize>> {
    let targets: Vec<u32> = instrs.iter().map(|i| i.arg).collect();
    let mut offsets = vec![0; instrs.len()];
    loop {
        let mut total = 0;
        for (instr, offset) in instrs.iter().zip(&mut offsets) {
            *offset = total;
            total += size(instr.op, instr.arg);
        }
        let mut stable = true;
        let mut behind = 0;
        for (instr, label) in instrs.iter_mut().zip(&targets) {
            let before = size(instr.op, instr.arg);
            behind += before;
            if !instr.op.has_jump() {
                continue;
            }
            let target = *offsets.get(*label as usize).ok_or(FlowError::Value("label out of range"))?;
            let distance = behind as i64 - target as i64;
            let arg =
                if instr.op == Opcode::END_ASYNC_FOR { distance - END_SEND_OFFSET } else { distance.abs() };
            instr.arg = u32::try_from(arg).map_err(|_| FlowError::Value("label out of range"))?;
            stable &= size(instr.op, instr.arg) == before;
        }
        if stable {
            return Ok(offsets);
        }
    }
}

fn code_bytes(instrs: &[Instruction]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(instrs.len() * 4);
    for instr in instrs {
        for shift in [24, 16, 8] {
            if instr.arg >> shift != 0 {
                bytes.extend([krait_bytecode::opcode::raw::EXTENDED_ARG, (instr.arg >> shift) as u8]);
            }
        }
        bytes.extend([instr.op.byte().unwrap_or_default(), instr.arg as u8]);
        bytes.resize(bytes.len() + 2 * instr.op.caches(), 0);
    }
    bytes
}

fn location_table(instrs: &mut [Instruction], firstlineno: i32) -> Vec<u8> {
    for n in (0..instrs.len()).rev() {
        if instrs[n].loc == NEXT_LOCATION {
            let next = instrs.get(n + 1).map(|i| i.loc).filter(|_| !instrs[n].op.is_terminator());
            instrs[n].loc = next.unwrap_or(NO_LOCATION);
        }
    }
    let mut writer = location::Writer::new(firstlineno);
    let mut pending = (NO_LOCATION, 0);
    let mut flush = |(loc, units): (crate::instruction_sequence::Location, usize)| {
        if loc.lineno == NO_LOCATION.lineno {
            writer.none(units);
        } else {
            writer.add(units, loc.lineno, loc.end_lineno, loc.col, loc.end_col);
        }
    };
    for instr in instrs.iter() {
        if instr.loc != pending.0 {
            flush(pending);
            pending = (instr.loc, 0);
        }
        pending.1 += size(instr.op, instr.arg);
    }
    flush(pending);
    writer.finish()
}

fn exception_table(instrs: &[Instruction], offsets: &[usize]) -> Result<Vec<u8>> {
    let mut table = Vec::new();
    let mut emit = |start: usize, end: usize, handler: Option<Handler>| {
        let Some(handler) = handler else { return Ok(()) };
        let target = *offsets.get(handler.label.0 as usize).ok_or(FlowError::Value("label out of range"))?;
        let below = 1 + u32::from(handler.preserve_lasti);
        let depth =
            handler.start_depth.checked_sub(below).ok_or(FlowError::Value("Invalid CFG, stack underflow"))?;
        let entry = Entry {
            start: start as u32,
            end: end as u32,
            target: target as u32,
            depth,
            lasti: handler.preserve_lasti,
        };
        exceptions::write(&mut table, &entry);
        Ok(())
    };
    let mut start = 0;
    let mut handler: Option<Handler> = None;
    let mut end = 0;
    for (instr, offset) in instrs.iter().zip(offsets) {
        if instr.handler.map(|h| h.label) != handler.map(|h| h.label) {
            emit(start, *offset, handler)?;
            start = *offset;
            handler = instr.handler;
        }
        end = offset + size(instr.op, instr.arg);
    }
    emit(start, end, handler)?;
    Ok(table)
}

/// Kinds of the parameters in the order of the locals.
fn parameter_kinds(unit: &UnitMetadata, flags: u32) -> impl Iterator<Item = u8> {
    let counts = [
        (unit.posonlyargcount, CO_FAST_ARG_POS),
        (unit.argcount, CO_FAST_ARG_POS | CO_FAST_ARG_KW),
        (unit.kwonlyargcount, CO_FAST_ARG_KW),
        (u32::from(flags & CO_VARARGS != 0), CO_FAST_ARG_VAR | CO_FAST_ARG_POS),
        (u32::from(flags & CO_VARKEYWORDS != 0), CO_FAST_ARG_VAR | CO_FAST_ARG_KW),
    ];
    counts.into_iter().flat_map(|(count, kind)| std::iter::repeat_n(kind, count as usize))
}

fn localsplus(unit: &UnitMetadata, flags: u32, size: usize, cache: &mut ConstCache) -> (Vec<Const>, Vec<u8>) {
    let mut names = Vec::with_capacity(size);
    let mut kinds = Vec::with_capacity(size);
    let mut parameters = parameter_kinds(unit, flags);
    for name in unit.varnames.names() {
        let mut kind = CO_FAST_LOCAL | parameters.next().unwrap_or(0);
        if unit.fasthidden.contains_key(&name.text) {
            kind |= CO_FAST_HIDDEN;
        }
        if unit.cellvars.contains(name) {
            kind |= CO_FAST_CELL;
        }
        names.push(Const::Str(cache.intern(name)));
        kinds.push(kind);
    }
    let mut add = |table: &NameTable, kind| {
        for name in table.names().iter().filter(|name| kind == CO_FAST_FREE || !unit.varnames.contains(name))
        {
            names.push(Const::Str(cache.intern(name)));
            kinds.push(kind);
        }
    };
    add(&unit.cellvars, CO_FAST_CELL);
    add(&unit.freevars, CO_FAST_FREE);
    (names, kinds)
}
