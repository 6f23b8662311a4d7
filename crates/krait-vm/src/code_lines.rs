//! The iterators of `co_lines()`, `co_positions()` and `co_branches()`, and `co_lnotab`.

use crate::code::CodeObject;
use core::cell::Cell;
use krait_bytecode::location;
use krait_bytecode::opcode::Opcode;
use krait_object::dealloc::dealloc_plain;
use krait_object::result::NextResult;
use krait_object::{Int, Object, Ref, Tuple, TypeObject, alloc, none};
use std::cell::RefCell;

/// Rows of numbers (or None) that come out as tuples.
#[repr(C)]
struct Rows<const N: usize> {
    ob_base: Object,
    next: Cell<usize>,
    rows: RefCell<Vec<[Option<i64>; N]>>,
}

macro_rules! rows_type {
    ($static:ident, $alias:ident, $columns:literal, $name:literal, $next:ident) => {
        type $alias = Rows<$columns>;
        static $static: TypeObject = TypeObject::of::<$alias>($name)
            .tp_dealloc(dealloc_plain::<$alias>)
            .tp_iter(itself)
            .tp_iternext($next);

        extern "C" fn $next(object: &Object) -> NextResult {
            // SAFETY: the slot of the type, whose instances have this layout.
            unsafe { &*core::ptr::from_ref(object).cast::<$alias>() }.take()
        }
    };
}

extern "C" fn itself(object: &Object) -> krait_object::Result {
    Ok(object.to_ref())
}

rows_type!(LINE_ITERATOR, Lines, 3, c"line_iterator", lines_next);
rows_type!(POSITIONS_ITERATOR, Positions, 4, c"positions_iterator", positions_next);

// SAFETY: two types share the layout with three columns; both are declared here.
unsafe impl krait_object::Typed for Rows<3> {
    fn type_object() -> &'static TypeObject {
        &LINE_ITERATOR
    }
}
// SAFETY: declared beside the type.
unsafe impl krait_object::Typed for Rows<4> {
    fn type_object() -> &'static TypeObject {
        &POSITIONS_ITERATOR
    }
}

impl<const N: usize> Rows<N> {
    fn take(&self) -> NextResult {
        let at = self.next.get();
        let row = *self.rows.borrow().get(at)?;
        self.next.set(at + 1);
        let item = |n: Option<i64>| n.map_or_else(|| none().to_ref(), |n| Int::from_i64(n).into_object());
        Some(Tuple::from_vec(row.into_iter().map(item).collect()).into_object())
    }
}

/// The types, to be made ready at start.
pub fn types() -> [&'static TypeObject; 2] {
    [&LINE_ITERATOR, &POSITIONS_ITERATOR]
}

fn rows3(rows: Vec<[Option<i64>; 3]>) -> Ref<Object> {
    let value = Rows { ob_base: Object::new(&LINE_ITERATOR), next: Cell::new(0), rows: RefCell::new(rows) };
    alloc::new_object::<Lines>(value).into_object()
}

/// `co_lines()`.
pub fn lines(code: &CodeObject) -> Ref<Object> {
    let all = location::lines(code.line_table(), code.co_firstlineno.get());
    rows3(all.map(|(a, b, line)| [Some(a as i64), Some(b as i64), line.map(i64::from)]).collect())
}

/// `co_positions()`.
pub fn positions(code: &CodeObject) -> Ref<Object> {
    let all = location::positions(code.line_table(), code.co_firstlineno.get());
    let rows = all
        .take(code.units())
        .map(|p| [p.line, p.end_line, p.column, p.end_column].map(|n| n.map(i64::from)))
        .collect();
    let value =
        Rows { ob_base: Object::new(&POSITIONS_ITERATOR), next: Cell::new(0), rows: RefCell::new(rows) };
    alloc::new_object::<Positions>(value).into_object()
}

/// `co_branches()`: offset of the branch, of what follows it, and of its target.
pub fn branches(code: &CodeObject) -> Ref<Object> {
    let units = code.adaptive();
    let (mut rows, mut at, mut extended) = (Vec::new(), 0, 0usize);
    while at < units.len() {
        let start = at;
        let base = code.opcode_at(at).deopt();
        let arg = extended << 8 | usize::from(units[at] >> 8);
        at += 1 + base.caches();
        extended = if base == Opcode::EXTENDED_ARG { arg } else { 0 };
        let row = match base {
            Opcode::FOR_ITER => [start, at, at + arg + 2],
            op if op.is_conditional_jump() => {
                let next = usize::from(code.opcode_at(at).deopt() == Opcode::NOT_TAKEN);
                [start, at + next, at + arg]
            }
            Opcode::END_ASYNC_FOR => [start, at.saturating_sub(arg), at],
            _ => continue,
        };
        rows.push(row.map(|n| Some(2 * n as i64)));
    }
    rows3(rows)
}

/// The table of byte and line deltas of older versions.
pub fn lnotab(code: &CodeObject) -> Vec<u8> {
    let mut table = Vec::new();
    let (mut last_offset, mut last_line) = (0i64, i64::from(code.co_firstlineno.get()));
    for (start, _, line) in location::lines(code.line_table(), code.co_firstlineno.get()) {
        let Some(line) = line.map(i64::from).filter(|l| *l != last_line) else { continue };
        let (mut bytes, mut lines) = (start as i64 - last_offset, line - last_line);
        while bytes > 255 {
            table.extend([255, 0]);
            bytes -= 255;
        }
        while !(-128..=127).contains(&lines) {
            let step = lines.clamp(-128, 127);
            table.extend([bytes as u8, step as i8 as u8]);
            lines -= step;
            bytes = 0;
        }
        table.extend([bytes as u8, lines as i8 as u8]);
        (last_offset, last_line) = (start as i64, line);
    }
    table
}
