//! The `match` statement.
//!
//! A pattern takes the subject off the stack when it matches and jumps to a label of [`Context::fail_pop`] when it does
//! not; those labels pop what is left over. Captured values wait on the stack until the whole pattern has matched.

use krait_ast::{Expr, ExprKind, MatchCase, Name, Pattern, PatternKind};
use krait_bytecode::Opcode;
use krait_bytecode::opcode::operand::{BinaryOp, Comparison};
use std::collections::HashSet;

use super::Codegen;
use crate::depth::with_stack;
use crate::error::Result;
use crate::flowgraph::equality_key;
use crate::instruction_sequence::{Label, Location, NEXT_LOCATION, NO_LOCATION};
use crate::pyrepr;

#[derive(Default)]
struct Context {
    /// Names captured so far, in the order in which they lie on the stack.
    stores: Vec<Name>,
    /// Whether a pattern that always matches may stand here.
    allow_irrefutable: bool,
    /// `fail_pop[n]` pops n items and goes on with the next pattern.
    fail_pop: Vec<Label>,
    /// Items on the stack above the captured ones that belong to the pattern.
    on_top: usize,
}

fn is_wildcard(pattern: &Pattern) -> bool {
    matches!(pattern.node, PatternKind::MatchAs { pattern: None, name: None })
}

fn is_star(pattern: &Pattern) -> bool {
    matches!(pattern.node, PatternKind::MatchStar { .. })
}

fn is_star_wildcard(pattern: &Pattern) -> bool {
    matches!(pattern.node, PatternKind::MatchStar { name: None })
}

impl<'a> Codegen<'a, '_> {
    pub(super) fn match_stmt(&mut self, subject: &'a Expr, cases: &'a [MatchCase]) -> Result {
        self.expr(subject)?;
        let end = self.label();
        let Some((last, init)) = cases.split_last() else { return Ok(()) };
        let has_default = is_wildcard(&last.pattern) && !init.is_empty();
        let tried = if has_default { init } else { cases };
        for (i, case) in tried.iter().enumerate() {
            let keep_subject = i + 1 != tried.len();
            let allow_irrefutable = case.guard.is_some() || i + 1 == cases.len();
            self.case(case, keep_subject, allow_irrefutable, end)?;
        }
        if has_default {
            // Shows in tracing that the default was reached.
            let loc = Location::from(last.pattern.range);
            self.op(Opcode::NOP, loc);
            if let Some(guard) = &last.guard {
                self.jump_if(guard, end, false, loc)?;
            }
            self.stmts(&last.body)?;
        }
        self.place(end);
        Ok(())
    }

    fn case(
        &mut self,
        case: &'a MatchCase,
        keep_subject: bool,
        allow_irrefutable: bool,
        end: Label,
    ) -> Result {
        let loc = Location::from(case.pattern.range);
        if keep_subject {
            self.op_arg(Opcode::COPY, 1, loc);
        }
        let mut pc = Context { allow_irrefutable, ..Context::default() };
        self.pattern(&case.pattern, &mut pc)?;
        for name in &pc.stores {
            self.store_name(name, loc)?;
        }
        if let Some(guard) = &case.guard {
            let fail = self.fail_label(&mut pc, 0);
            self.jump_if(guard, fail, false, loc)?;
        }
        if keep_subject {
            self.op(Opcode::POP_TOP, NEXT_LOCATION);
        }
        self.stmts(&case.body)?;
        self.jump(Opcode::JUMP, end, NO_LOCATION);
        self.emit_fail_pops(&mut pc, loc);
        Ok(())
    }

    fn fail_label(&mut self, pc: &mut Context, pops: usize) -> Label {
        while pc.fail_pop.len() <= pops {
            let label = self.label();
            pc.fail_pop.push(label);
        }
        pc.fail_pop[pops]
    }

    fn jump_to_fail(&mut self, pc: &mut Context, op: Opcode, loc: Location) {
        let pops = pc.on_top + pc.stores.len();
        let target = self.fail_label(pc, pops);
        self.jump(op, target, loc);
    }

    fn emit_fail_pops(&mut self, pc: &mut Context, loc: Location) {
        for (pops, label) in std::mem::take(&mut pc.fail_pop).into_iter().enumerate().rev() {
            self.place(label);
            if pops > 0 {
                self.op(Opcode::POP_TOP, loc);
            }
        }
    }

    fn rotate(&mut self, mut count: usize, loc: Location) {
        while count > 1 {
            self.op_arg(Opcode::SWAP, count as u32, loc);
            count -= 1;
        }
    }

    fn duplicate_store<T>(&self, name: &Name, loc: Location) -> Result<T> {
        self.error(format!("multiple assignments to name {} in pattern", pyrepr::text(name)), loc)
    }

    /// Captures the top of the stack, or drops it.
    fn capture(&mut self, name: Option<&Name>, pc: &mut Context, loc: Location) -> Result {
        let Some(name) = name else {
            self.op(Opcode::POP_TOP, loc);
            return Ok(());
        };
        if pc.stores.contains(name) {
            return self.duplicate_store(name, loc);
        }
        self.rotate(pc.on_top + pc.stores.len() + 1, loc);
        pc.stores.push(name.clone());
        Ok(())
    }

    fn pattern(&mut self, pattern: &'a Pattern, pc: &mut Context) -> Result {
        self.depth.enter()?;
        let result = with_stack(|| self.pattern_inner(pattern, pc));
        self.depth.leave();
        result
    }

    fn pattern_inner(&mut self, pattern: &'a Pattern, pc: &mut Context) -> Result {
        let loc = Location::from(pattern.range);
        match &pattern.node {
            PatternKind::MatchValue { value } => self.value_pattern(value, pc, loc),
            PatternKind::MatchSingleton { value } => {
                self.load_constant(value, loc);
                self.op_arg(Opcode::IS_OP, 0, loc);
                self.jump_to_fail(pc, Opcode::POP_JUMP_IF_FALSE, loc);
                Ok(())
            }
            PatternKind::MatchSequence { patterns } => self.sequence_pattern(patterns, pc, loc),
            PatternKind::MatchMapping { keys, patterns, rest } => {
                self.mapping_pattern(keys, patterns, rest.as_ref(), pc, loc)
            }
            PatternKind::MatchClass { cls, patterns, kwd_attrs, kwd_patterns } => {
                self.class_pattern(cls, patterns, kwd_attrs, kwd_patterns, pc, loc)
            }
            PatternKind::MatchStar { name } => self.capture(name.as_ref(), pc, loc),
            PatternKind::MatchAs { pattern: inner, name } => {
                self.as_pattern(inner.as_deref(), name.as_ref(), pc, loc)
            }
            PatternKind::MatchOr { patterns } => self.or_pattern(patterns, pc, loc),
        }
    }

    fn subpattern(&mut self, pattern: &'a Pattern, pc: &mut Context) -> Result {
        let outer = std::mem::replace(&mut pc.allow_irrefutable, true);
        self.pattern(pattern, pc)?;
        pc.allow_irrefutable = outer;
        Ok(())
    }

    fn value_pattern(&mut self, value: &'a Expr, pc: &mut Context, loc: Location) -> Result {
        let allowed = matches!(value.node, ExprKind::Constant { .. } | ExprKind::Attribute { .. });
        if !allowed {
            return self.error("patterns may only match literals and attribute lookups", loc);
        }
        self.expr(value)?;
        self.compare(Comparison::Equal, loc);
        self.op(Opcode::TO_BOOL, loc);
        self.jump_to_fail(pc, Opcode::POP_JUMP_IF_FALSE, loc);
        Ok(())
    }

    fn as_pattern(
        &mut self,
        inner: Option<&'a Pattern>,
        name: Option<&Name>,
        pc: &mut Context,
        loc: Location,
    ) -> Result {
        let Some(inner) = inner else {
            if !pc.allow_irrefutable {
                return match name {
                    Some(name) => self.error(
                        format!("name capture {} makes remaining patterns unreachable", pyrepr::text(name)),
                        loc,
                    ),
                    None => self.error("wildcard makes remaining patterns unreachable", loc),
                };
            }
            return self.capture(name, pc, loc);
        };
        pc.on_top += 1;
        self.op_arg(Opcode::COPY, 1, loc);
        self.pattern(inner, pc)?;
        pc.on_top -= 1;
        self.capture(name, pc, loc)
    }

    fn check_length(&mut self, length: usize, how: Comparison, pc: &mut Context, loc: Location) {
        self.op(Opcode::GET_LEN, loc);
        self.load_int(length, loc);
        self.compare(how, loc);
        self.jump_to_fail(pc, Opcode::POP_JUMP_IF_FALSE, loc);
    }

    fn sequence_pattern(&mut self, patterns: &'a [Pattern], pc: &mut Context, loc: Location) -> Result {
        let mut stars = patterns.iter().enumerate().filter(|(_, p)| is_star(p)).map(|(i, _)| i);
        let star = stars.next();
        if stars.next().is_some() {
            return self.error("multiple starred names in sequence pattern", loc);
        }
        let only_wildcards = patterns.iter().all(|p| is_wildcard(p) || is_star_wildcard(p));
        pc.on_top += 1;
        self.op(Opcode::MATCH_SEQUENCE, loc);
        self.jump_to_fail(pc, Opcode::POP_JUMP_IF_FALSE, loc);
        match star {
            None => self.check_length(patterns.len(), Comparison::Equal, pc, loc),
            Some(_) if patterns.len() > 1 => {
                self.check_length(patterns.len() - 1, Comparison::GreaterEqual, pc, loc);
            }
            Some(_) => {}
        }
        pc.on_top -= 1;
        match star {
            _ if only_wildcards => {
                self.op(Opcode::POP_TOP, loc);
                Ok(())
            }
            Some(star) if is_star_wildcard(&patterns[star]) => {
                self.sequence_by_index(patterns, star, pc, loc)
            }
            _ => self.sequence_by_unpacking(patterns, pc, loc),
        }
    }

    fn sequence_by_unpacking(&mut self, patterns: &'a [Pattern], pc: &mut Context, loc: Location) -> Result {
        let what = "sequence pattern";
        self.unpack(patterns, is_star, what, "expressions in sequence pattern", loc)?;
        pc.on_top += patterns.len();
        for pattern in patterns {
            pc.on_top -= 1;
            self.subpattern(pattern, pc)?;
        }
        Ok(())
    }

    /// Items before and after a star whose items nobody wants.
    fn sequence_by_index(
        &mut self,
        patterns: &'a [Pattern],
        star: usize,
        pc: &mut Context,
        loc: Location,
    ) -> Result {
        pc.on_top += 1;
        for (i, pattern) in patterns.iter().enumerate() {
            if i == star || is_wildcard(pattern) {
                continue;
            }
            self.op_arg(Opcode::COPY, 1, loc);
            if i < star {
                self.load_int(i, loc);
            } else {
                // The subject may not take negative indices.
                self.op(Opcode::GET_LEN, loc);
                self.load_int(patterns.len() - i, loc);
                self.binary_op(BinaryOp::Subtract, loc);
            }
            self.binary_op(BinaryOp::Subscript, loc);
            self.subpattern(pattern, pc)?;
        }
        pc.on_top -= 1;
        self.op(Opcode::POP_TOP, loc);
        Ok(())
    }

    /// Fails when the tuple of attributes or values on the stack is None.
    fn check_found(&mut self, pc: &mut Context, loc: Location) {
        self.op_arg(Opcode::COPY, 1, loc);
        self.load_none(loc);
        self.op_arg(Opcode::IS_OP, 1, loc);
        self.jump_to_fail(pc, Opcode::POP_JUMP_IF_FALSE, loc);
    }

    fn class_pattern(
        &mut self,
        cls: &'a Expr,
        patterns: &'a [Pattern],
        attrs: &'a [Name],
        attr_patterns: &'a [Pattern],
        pc: &mut Context,
        loc: Location,
    ) -> Result {
        if attrs.len() != attr_patterns.len() {
            let message = format!(
                "kwd_attrs ({}) / kwd_patterns ({}) length mismatch in class pattern",
                attrs.len(),
                attr_patterns.len()
            );
            return self.error(message, loc);
        }
        for (i, attr) in attrs.iter().enumerate() {
            if let Some(j) = attrs[i + 1..].iter().position(|other| other == attr) {
                let place = attr_patterns[i + 1 + j].range;
                return self.error(format!("attribute name repeated in class pattern: {attr}"), place);
            }
        }
        self.expr(cls)?;
        let names = self.name_tuple(attrs);
        self.load_const(names, loc);
        self.op_arg(Opcode::MATCH_CLASS, patterns.len() as u32, loc);
        // The tuple is one item on top from here on, and counts so when the match fails.
        self.op_arg(Opcode::COPY, 1, loc);
        self.load_none(loc);
        self.op_arg(Opcode::IS_OP, 1, loc);
        pc.on_top += 1;
        self.jump_to_fail(pc, Opcode::POP_JUMP_IF_FALSE, loc);
        let count = patterns.len() + attrs.len();
        self.op_arg(Opcode::UNPACK_SEQUENCE, count as u32, loc);
        pc.on_top += count;
        pc.on_top -= 1;
        for pattern in patterns.iter().chain(attr_patterns) {
            pc.on_top -= 1;
            if is_wildcard(pattern) {
                self.op(Opcode::POP_TOP, loc);
            } else {
                self.subpattern(pattern, pc)?;
            }
        }
        Ok(())
    }

    fn mapping_pattern(
        &mut self,
        keys: &'a [Expr],
        patterns: &'a [Pattern],
        rest: Option<&Name>,
        pc: &mut Context,
        loc: Location,
    ) -> Result {
        let size = keys.len();
        if size != patterns.len() {
            let count = patterns.len();
            return self.error(
                format!("keys ({size}) / patterns ({count}) length mismatch in mapping pattern"),
                loc,
            );
        }
        pc.on_top += 1;
        self.op(Opcode::MATCH_MAPPING, loc);
        self.jump_to_fail(pc, Opcode::POP_JUMP_IF_FALSE, loc);
        if size == 0 && rest.is_none() {
            pc.on_top -= 1;
            self.op(Opcode::POP_TOP, loc);
            return Ok(());
        }
        if size > 0 {
            self.check_length(size, Comparison::GreaterEqual, pc, loc);
        }
        self.mapping_keys(keys, loc)?;
        self.op_arg(Opcode::BUILD_TUPLE, size as u32, loc);
        self.op(Opcode::MATCH_KEYS, loc);
        pc.on_top += 2;
        self.check_found(pc, loc);
        self.op_arg(Opcode::UNPACK_SEQUENCE, size as u32, loc);
        pc.on_top += size;
        pc.on_top -= 1;
        for pattern in patterns {
            pc.on_top -= 1;
            self.subpattern(pattern, pc)?;
        }
        pc.on_top -= 2;
        match rest {
            Some(rest) => self.mapping_rest(size, rest, pc, loc),
            None => {
                self.op(Opcode::POP_TOP, loc);
                self.op(Opcode::POP_TOP, loc);
                Ok(())
            }
        }
    }

    fn mapping_keys(&mut self, keys: &'a [Expr], loc: Location) -> Result {
        let mut seen = HashSet::new();
        for key in keys {
            match &key.node {
                ExprKind::Constant { value, .. } => {
                    let constant = self.constant(value);
                    if !seen.insert(equality_key(&constant)) {
                        let shown = pyrepr::constant(value);
                        return self.error(format!("mapping pattern checks duplicate key ({shown})"), loc);
                    }
                }
                ExprKind::Attribute { .. } => {}
                _ => {
                    return self
                        .error("mapping pattern keys may only match literals and attribute lookups", loc);
                }
            }
            self.expr(key)?;
        }
        Ok(())
    }

    /// Binds a copy of the mapping without the keys that matched.
    fn mapping_rest(&mut self, size: usize, rest: &Name, pc: &mut Context, loc: Location) -> Result {
        self.op_arg(Opcode::BUILD_MAP, 0, loc);
        self.op_arg(Opcode::SWAP, 3, loc);
        self.op_arg(Opcode::DICT_UPDATE, 2, loc);
        self.op_arg(Opcode::UNPACK_SEQUENCE, size as u32, loc);
        for left in (1..=size).rev() {
            self.op_arg(Opcode::COPY, left as u32 + 1, loc);
            self.op_arg(Opcode::SWAP, 2, loc);
            self.op(Opcode::DELETE_SUBSCR, loc);
        }
        self.capture(Some(rest), pc, loc)
    }

    fn or_pattern(&mut self, patterns: &'a [Pattern], pc: &mut Context, loc: Location) -> Result {
        let end = self.label();
        let mut control: Option<Vec<Name>> = None;
        for (i, alternative) in patterns.iter().enumerate() {
            let alt_loc = Location::from(alternative.range);
            // Only the last alternative may match anything, if any may.
            let allow_irrefutable = i + 1 == patterns.len() && pc.allow_irrefutable;
            let mut alt = Context { allow_irrefutable, ..Context::default() };
            self.op_arg(Opcode::COPY, 1, alt_loc);
            self.pattern(alternative, &mut alt)?;
            match &control {
                None => control = Some(alt.stores.clone()),
                Some(control) => self.reorder_captures(control, &mut alt.stores, alt_loc, loc)?,
            }
            self.jump(Opcode::JUMP, end, alt_loc);
            self.emit_fail_pops(&mut alt, alt_loc);
        }
        self.op(Opcode::POP_TOP, loc);
        self.jump_to_fail(pc, Opcode::JUMP, loc);
        self.place(end);
        let control = control.unwrap_or_default();
        // Where the captures go: below the subject, what is on top, and the captures before.
        let rotations = control.len() + 1 + pc.on_top + pc.stores.len();
        for name in control {
            self.rotate(rotations, loc);
            if pc.stores.contains(&name) {
                return self.duplicate_store(&name, loc);
            }
            pc.stores.push(name);
        }
        self.op(Opcode::POP_TOP, loc);
        Ok(())
    }

    /// Brings the captures of an alternative into the order of the first one.
    fn reorder_captures(
        &mut self,
        control: &[Name],
        stores: &mut Vec<Name>,
        alt_loc: Location,
        loc: Location,
    ) -> Result {
        let different = "alternative patterns bind different names";
        if stores.len() != control.len() {
            return self.error(different, loc);
        }
        for wanted in (0..control.len()).rev() {
            let Some(found) = stores.iter().position(|name| *name == control[wanted]) else {
                return self.error(different, loc);
            };
            if found != wanted {
                let rotated: Vec<Name> = stores.drain(..=found).collect();
                let at = wanted - found;
                stores.splice(at..at, rotated);
                for _ in 0..=found {
                    self.rotate(wanted + 1, alt_loc);
                }
            }
        }
        Ok(())
    }
}
