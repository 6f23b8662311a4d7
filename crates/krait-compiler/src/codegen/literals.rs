//! Displays of lists, tuples, sets and dictionaries.

use krait_ast::{Expr, ExprKind, Name};
use krait_bytecode::Opcode;
use krait_bytecode::opcode::operand::Intrinsic1;

use super::{Codegen, STACK_USE_GUIDELINE};
use crate::error::Result;
use crate::instruction_sequence::Location;

/// How a sequence is built: at once, or by adding and extending.
#[derive(Clone, Copy)]
pub(super) struct Builder {
    build: Opcode,
    add: Opcode,
    extend: Opcode,
    /// A list is made when it cannot be built at once, and turned into a tuple.
    tuple: bool,
}

pub(super) const LIST: Builder = Builder {
    build: Opcode::BUILD_LIST,
    add: Opcode::LIST_APPEND,
    extend: Opcode::LIST_EXTEND,
    tuple: false,
};
pub(super) const TUPLE: Builder = Builder { tuple: true, ..LIST };
pub(super) const SET: Builder =
    Builder { build: Opcode::BUILD_SET, add: Opcode::SET_ADD, extend: Opcode::SET_UPDATE, tuple: false };

impl<'a> Codegen<'a, '_> {
    pub(super) fn list(&mut self, elts: &'a [Expr], loc: Location) -> Result {
        self.sequence(elts, None, 0, LIST, loc)
    }

    pub(super) fn tuple(&mut self, elts: &'a [Expr], loc: Location) -> Result {
        self.sequence(elts, None, 0, TUPLE, loc)
    }

    pub(super) fn set(&mut self, elts: &'a [Expr], loc: Location) -> Result {
        self.sequence(elts, None, 0, SET, loc)
    }

    /// A sequence of `pushed` items that are on the stack, `elts`, and the value of the name `injected`.
    pub(super) fn sequence(
        &mut self,
        elts: &'a [Expr],
        injected: Option<&Name>,
        pushed: usize,
        how: Builder,
        loc: Location,
    ) -> Result {
        let total = elts.len() + pushed + usize::from(injected.is_some());
        let big = total > STACK_USE_GUIDELINE;
        let starred = elts.iter().any(|elt| matches!(elt.node, ExprKind::Starred { .. }));
        if !starred && !big {
            self.exprs(elts)?;
            if let Some(name) = injected {
                self.load_name(name, loc)?;
            }
            let build = if how.tuple { Opcode::BUILD_TUPLE } else { how.build };
            self.op_arg(build, total as u32, loc);
            return Ok(());
        }
        let mut built = big;
        if big {
            self.op_arg(how.build, pushed as u32, loc);
        }
        for (i, elt) in elts.iter().enumerate() {
            if let ExprKind::Starred { value, .. } = &elt.node {
                if !built {
                    self.op_arg(how.build, (i + pushed) as u32, loc);
                    built = true;
                }
                self.expr(value)?;
                self.op_arg(how.extend, 1, loc);
            } else {
                self.expr(elt)?;
                if built {
                    self.op_arg(how.add, 1, loc);
                }
            }
        }
        if let Some(name) = injected {
            self.load_name(name, loc)?;
            self.op_arg(how.add, 1, loc);
        }
        if how.tuple {
            self.op_arg(Opcode::CALL_INTRINSIC_1, Intrinsic1::ListToTuple as u32, loc);
        }
        Ok(())
    }

    pub(super) fn dict(&mut self, keys: &'a [Option<Expr>], values: &'a [Expr], loc: Location) -> Result {
        let mut have_dict = false;
        // Items before `at` that are not in the dictionary yet.
        let mut waiting = 0;
        let count = keys.len().min(values.len());
        for at in 0..count {
            if keys[at].is_none() {
                if waiting > 0 {
                    self.dict_part(keys, values, at - waiting, at, &mut have_dict, loc)?;
                    waiting = 0;
                }
                if !have_dict {
                    self.op_arg(Opcode::BUILD_MAP, 0, loc);
                    have_dict = true;
                }
                self.expr(&values[at])?;
                self.op_arg(Opcode::DICT_UPDATE, 1, loc);
            } else if waiting * 2 > STACK_USE_GUIDELINE {
                self.dict_part(keys, values, at - waiting, at + 1, &mut have_dict, loc)?;
                waiting = 0;
            } else {
                waiting += 1;
            }
        }
        if waiting > 0 {
            self.dict_part(keys, values, count - waiting, count, &mut have_dict, loc)?;
        }
        if !have_dict {
            self.op_arg(Opcode::BUILD_MAP, 0, loc);
        }
        Ok(())
    }

    /// Builds a dictionary of some of the items, and merges it into the one before.
    fn dict_part(
        &mut self,
        keys: &'a [Option<Expr>],
        values: &'a [Expr],
        begin: usize,
        end: usize,
        have_dict: &mut bool,
        loc: Location,
    ) -> Result {
        let count = end - begin;
        let big = count * 2 > STACK_USE_GUIDELINE;
        if big {
            self.op_arg(Opcode::BUILD_MAP, 0, loc);
        }
        for (key, value) in keys[begin..end].iter().zip(&values[begin..end]) {
            if let Some(key) = key {
                self.expr(key)?;
            }
            self.expr(value)?;
            if big {
                self.op_arg(Opcode::MAP_ADD, 1, loc);
            }
        }
        if !big {
            self.op_arg(Opcode::BUILD_MAP, count as u32, loc);
        }
        if *have_dict {
            self.op_arg(Opcode::DICT_UPDATE, 1, loc);
        }
        *have_dict = true;
        Ok(())
    }
}
