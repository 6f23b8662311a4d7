//! Cells and free variables get their places among the locals, and a frame the instructions that it starts with.

use krait_bytecode::Opcode;

use super::{FlowError, Graph, Instr, Result, is_generator};
use crate::instruction_sequence::{Location, NO_LOCATION};
use crate::unit::UnitMetadata;

/// Number of locals, cells and free variables. A parameter that is also a cell counts once.
pub(crate) fn prepare_localsplus(graph: &mut Graph, unit: &UnitMetadata, flags: u32) -> Result<usize> {
    let nlocals = unit.varnames.len();
    let total = nlocals + unit.cellvars.len() + unit.freevars.len();
    let mut places = cell_places(unit);
    insert_prefix(graph, unit, &places, flags);
    let mut dropped = 0;
    for (n, place) in places.iter_mut().enumerate() {
        if *place == n + nlocals {
            *place -= dropped;
        } else {
            dropped += 1;
        }
    }
    let mut bad = false;
    graph.each(|block| {
        for instr in &mut block.instrs {
            if matches!(
                instr.op,
                Opcode::MAKE_CELL
                    | Opcode::LOAD_CLOSURE
                    | Opcode::LOAD_DEREF
                    | Opcode::STORE_DEREF
                    | Opcode::DELETE_DEREF
                    | Opcode::LOAD_FROM_DICT_OR_DEREF
            ) {
                match places.get(instr.arg as usize) {
                    Some(place) => instr.arg = *place as u32,
                    None => bad = true,
                }
            }
        }
    });
    if bad {
        return Err(FlowError::Value("cell index out of range"));
    }
    Ok(total - dropped)
}

/// Where each cell and free variable is, before those that share the place of a parameter are left out.
fn cell_places(unit: &UnitMetadata) -> Vec<usize> {
    let nlocals = unit.varnames.len();
    let cells = unit.cellvars.names().iter().enumerate().map(|(n, name)| match unit.varnames.get(name) {
        Some(local) => local as usize,
        None => nlocals + n,
    });
    let frees = (0..unit.freevars.len()).map(|n| nlocals + unit.cellvars.len() + n);
    cells.chain(frees).collect()
}

fn insert_prefix(graph: &mut Graph, unit: &UnitMetadata, places: &[usize], flags: u32) {
    let mut prefix = Vec::new();
    if !unit.freevars.is_empty() {
        prefix.push(Instr::new(Opcode::COPY_FREE_VARS, unit.freevars.len() as u32, NO_LOCATION));
    }
    let mut cells: Vec<usize> = (0..unit.cellvars.len()).collect();
    cells.sort_by_key(|cell| places[*cell]);
    prefix.extend(cells.into_iter().map(|cell| Instr::new(Opcode::MAKE_CELL, cell as u32, NO_LOCATION)));
    if is_generator(flags) {
        // The generator that RETURN_GENERATOR makes is pushed before it returns; resuming pops it.
        let loc = Location::new(unit.firstlineno, unit.firstlineno, -1, -1);
        prefix.extend([Instr::new(Opcode::RETURN_GENERATOR, 0, loc), Instr::new(Opcode::POP_TOP, 0, loc)]);
    }
    let entry = &mut graph.blocks[graph.entry];
    entry.ghosts.truncate(entry.ghosts.len().saturating_sub(prefix.len()));
    entry.instrs.splice(0..0, prefix);
}
