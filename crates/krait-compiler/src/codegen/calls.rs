//! Calls: of functions, methods and `super()`, with and without unpacking.

use krait_ast::{Expr, ExprContext, ExprKind, Keyword, Name};
use krait_bytecode::opcode::operand::{CommonConstant, Intrinsic1};
use krait_bytecode::{Const, Opcode};

use super::assign::attribute_location;
use super::{Codegen, STACK_USE_GUIDELINE};
use crate::error::Result;
use crate::instruction_sequence::{Label, Location, NO_LOCATION};
use crate::symtable::{BlockKey, Role, Scope, flag};

/// A `super()` or `super(a, b)` whose attribute is loaded without making the super object.
pub(super) struct SuperCall<'a> {
    call: &'a Expr,
    func: &'a Expr,
    name: &'a Name,
    args: &'a [Expr],
}

impl SuperCall<'_> {
    pub(super) fn two_args_bit(&self) -> u32 {
        if self.args.is_empty() { 0 } else { 2 }
    }
}

fn is_starred(expr: &Expr) -> bool {
    matches!(expr.node, ExprKind::Starred { .. })
}

impl<'a> Codegen<'a, '_> {
    pub(super) fn call(
        &mut self,
        call: &'a Expr,
        func: &'a Expr,
        args: &'a [Expr],
        keywords: &'a [Keyword],
    ) -> Result {
        self.validate_keywords(keywords)?;
        if self.method_call(call, func, args, keywords)? {
            return Ok(());
        }
        let end = self.label();
        self.check_caller(func)?;
        self.expr(func)?;
        self.call_on_generator(func, args, keywords, end)?;
        self.op(Opcode::PUSH_NULL, func.range.into());
        self.call_helper(call.range.into(), 0, args, None, keywords)?;
        self.place(end);
        Ok(())
    }

    pub(super) fn validate_keywords(&self, keywords: &[Keyword]) -> Result {
        for (i, keyword) in keywords.iter().enumerate() {
            let Some(arg) = &keyword.arg else { continue };
            let again = keywords[i + 1..].iter().find(|other| other.arg.as_ref() == Some(arg));
            if let Some(other) = again {
                return self.error(format!("keyword argument repeated: {arg}"), other.range);
            }
        }
        Ok(())
    }

    /// Whether a name is that of an imported module, whose functions are no methods.
    fn is_imported(&self, expr: &Expr) -> bool {
        expr.as_name().is_some_and(|name| self.module_unit().symbol(name) & flag::DEF_IMPORT != 0)
    }

    /// `obj.meth(…)` without a bound method in between; says whether it was done.
    fn method_call(
        &mut self,
        call: &'a Expr,
        func: &'a Expr,
        args: &'a [Expr],
        keywords: &'a [Keyword],
    ) -> Result<bool> {
        let ExprKind::Attribute { value, attr, ctx: ExprContext::Load } = &func.node else {
            return Ok(false);
        };
        let many = args.len() + keywords.len() + usize::from(!keywords.is_empty()) >= STACK_USE_GUIDELINE;
        if self.is_imported(value)
            || many
            || args.iter().any(is_starred)
            || keywords.iter().any(|keyword| keyword.arg.is_none())
        {
            return Ok(false);
        }
        let mut loc = Location::from(func.range);
        if let Some(inner) = self.super_call(value, attr) {
            self.load_super_args(&inner)?;
            self.op_mangled(Opcode::LOAD_SUPER_ATTR, attr, 2, inner.two_args_bit() | 1, loc);
            loc = attribute_location(loc, func, attr);
            self.op(Opcode::NOP, loc);
        } else {
            self.expr(value)?;
            loc = attribute_location(loc, func, attr);
            self.op_mangled(Opcode::LOAD_ATTR, attr, 1, 1, loc);
        }
        self.exprs(args)?;
        let call_loc = attribute_location(call.range.into(), func, attr);
        let count = (args.len() + keywords.len()) as u32;
        if keywords.is_empty() {
            self.op_arg(Opcode::CALL, count, call_loc);
        } else {
            self.keyword_values(keywords)?;
            self.load_keyword_names(keywords, loc);
            self.op_arg(Opcode::CALL_KW, count, call_loc);
        }
        Ok(true)
    }

    fn keyword_values(&mut self, keywords: &'a [Keyword]) -> Result {
        keywords.iter().try_for_each(|keyword| self.expr(&keyword.value))
    }

    fn load_keyword_names(&mut self, keywords: &[Keyword], loc: Location) {
        let names = self.name_tuple(keywords.iter().filter_map(|keyword| keyword.arg.as_ref()));
        self.load_const(names, loc);
    }

    /// The call of `super` before an attribute, if it can be skipped.
    pub(super) fn super_call(&self, value: &'a Expr, attr: &Name) -> Option<SuperCall<'a>> {
        let ExprKind::Call { func, args, keywords } = &value.node else { return None };
        let name = func.as_name().filter(|name| **name == "super")?;
        if !keywords.is_empty() || *attr == "__class__" {
            return None;
        }
        // Only the built-in `super`, as far as can be seen.
        if self.unit.symbol_scope(name) != Scope::GlobalImplicit {
            return None;
        }
        if self.module_unit().symbol_scope(name) != Scope::Unknown {
            return None;
        }
        let usable = match args.len() {
            0 => {
                let meta = &self.unit.meta;
                (meta.argcount > 0 || meta.posonlyargcount > 0) && self.ref_scope("__class__") == Scope::Free
            }
            2 => !args.iter().any(is_starred),
            _ => false,
        };
        usable.then_some(SuperCall { call: value, func, name, args })
    }

    pub(super) fn load_super_args(&mut self, inner: &SuperCall<'a>) -> Result {
        self.load_name(inner.name, inner.func.range.into())?;
        if !inner.args.is_empty() {
            return self.exprs(inner.args);
        }
        let loc = Location::from(inner.call.range);
        self.load_name(&Name::from("__class__"), loc)?;
        let first = self.unit.meta.varnames.names().first().and_then(|name| name.as_str()).map(Name::from);
        match first {
            Some(name) => self.load_name(&name, loc),
            None => Ok(()),
        }
    }

    /// `all(… for …)`, `any(… for …)` and `tuple(… for …)` run the generator in place if the name is the built-in.
    fn call_on_generator(
        &mut self,
        func: &'a Expr,
        args: &'a [Expr],
        keywords: &[Keyword],
        end: Label,
    ) -> Result {
        let (Some(name), [generator], []) = (func.as_name(), args, keywords) else { return Ok(()) };
        if !matches!(generator.node, ExprKind::GeneratorExp { .. }) {
            return Ok(());
        }
        // An asynchronous one cannot be iterated over; the call says so.
        let block = self.lookup_block(BlockKey::new(generator, Role::Body))?;
        if self.table.block(block).coroutine {
            return Ok(());
        }
        let (constant, early) = match name.as_str() {
            "all" => (CommonConstant::All, Some((Opcode::POP_JUMP_IF_TRUE, true))),
            "any" => (CommonConstant::Any, Some((Opcode::POP_JUMP_IF_FALSE, false))),
            "tuple" => (CommonConstant::Tuple, None),
            _ => return Ok(()),
        };
        let loc = Location::from(func.range);
        let skip = self.label();
        self.op_arg(Opcode::COPY, 1, loc);
        self.op_arg(Opcode::LOAD_COMMON_CONSTANT, constant as u32, loc);
        self.op_arg(Opcode::IS_OP, 0, loc);
        self.jump(Opcode::POP_JUMP_IF_FALSE, skip, loc);
        self.op(Opcode::POP_TOP, loc);
        if early.is_none() {
            self.op_arg(Opcode::BUILD_LIST, 0, loc);
        }
        self.expr(generator)?;
        let start = self.label();
        let cleanup = self.label();
        self.place(start);
        self.jump(Opcode::FOR_ITER, cleanup, loc);
        match early {
            None => {
                self.op_arg(Opcode::LIST_APPEND, 2, loc);
                self.jump(Opcode::JUMP, start, loc);
            }
            Some((go_on, _)) => {
                self.op(Opcode::TO_BOOL, loc);
                self.jump(go_on, start, loc);
            }
        }
        self.op(Opcode::POP_ITER, NO_LOCATION);
        if let Some((_, result)) = early {
            self.load_const(Const::bool(!result), loc);
        }
        self.jump(Opcode::JUMP, end, loc);
        self.place(cleanup);
        self.op(Opcode::END_FOR, NO_LOCATION);
        self.op(Opcode::POP_ITER, NO_LOCATION);
        match early {
            None => self.op_arg(Opcode::CALL_INTRINSIC_1, Intrinsic1::ListToTuple as u32, loc),
            Some((_, result)) => self.load_const(Const::bool(result), loc),
        }
        self.jump(Opcode::JUMP, end, loc);
        self.place(skip);
        Ok(())
    }

    /// Arguments and the call itself; `pushed` arguments are on the stack already, `injected` is the name of one that
    /// comes after the positional ones.
    pub(super) fn call_helper(
        &mut self,
        loc: Location,
        pushed: usize,
        args: &'a [Expr],
        injected: Option<&Name>,
        keywords: &'a [Keyword],
    ) -> Result {
        self.validate_keywords(keywords)?;
        let many = args.len() + usize::from(injected.is_some()) + keywords.len() * 2 > STACK_USE_GUIDELINE;
        if many || args.iter().any(is_starred) || keywords.iter().any(|keyword| keyword.arg.is_none()) {
            return self.call_unpacking(loc, pushed, args, injected, keywords);
        }
        self.exprs(args)?;
        let mut count = pushed + args.len();
        if let Some(name) = injected {
            self.load_name(name, loc)?;
            count += 1;
        }
        if keywords.is_empty() {
            self.op_arg(Opcode::CALL, count as u32, loc);
        } else {
            self.keyword_values(keywords)?;
            self.load_keyword_names(keywords, loc);
            self.op_arg(Opcode::CALL_KW, (count + keywords.len()) as u32, loc);
        }
        Ok(())
    }

    fn call_unpacking(
        &mut self,
        loc: Location,
        pushed: usize,
        args: &'a [Expr],
        injected: Option<&Name>,
        keywords: &'a [Keyword],
    ) -> Result {
        match args {
            [Expr { node: ExprKind::Starred { value, .. }, .. }] if pushed == 0 && injected.is_none() => {
                self.expr(value)?;
            }
            _ => self.sequence(args, injected, pushed, super::literals::TUPLE, loc)?,
        }
        if keywords.is_empty() {
            self.op(Opcode::PUSH_NULL, loc);
        } else {
            self.keyword_dict(keywords, loc)?;
        }
        self.op(Opcode::CALL_FUNCTION_EX, loc);
        Ok(())
    }

    /// One dictionary of all keyword arguments.
    fn keyword_dict(&mut self, keywords: &'a [Keyword], loc: Location) -> Result {
        let mut have_dict = false;
        let mut rest = keywords;
        while !rest.is_empty() {
            let named = rest.iter().take_while(|keyword| keyword.arg.is_some()).count();
            if named > 0 {
                let (group, tail) = rest.split_at(named);
                self.named_keywords(group, loc)?;
                if have_dict {
                    self.op_arg(Opcode::DICT_MERGE, 1, loc);
                }
                rest = tail;
            } else if !have_dict {
                self.op_arg(Opcode::BUILD_MAP, 0, loc);
            }
            have_dict = true;
            if let Some((unpacked, tail)) = rest.split_first() {
                self.expr(&unpacked.value)?;
                self.op_arg(Opcode::DICT_MERGE, 1, loc);
                rest = tail;
            }
        }
        Ok(())
    }

    fn named_keywords(&mut self, keywords: &'a [Keyword], loc: Location) -> Result {
        let big = keywords.len() * 2 > STACK_USE_GUIDELINE;
        if big {
            self.op_arg(Opcode::BUILD_MAP, 0, NO_LOCATION);
        }
        for keyword in keywords {
            if let Some(arg) = &keyword.arg {
                self.load_str(arg, loc);
            }
            self.expr(&keyword.value)?;
            if big {
                self.op_arg(Opcode::MAP_ADD, 1, NO_LOCATION);
            }
        }
        if !big {
            self.op_arg(Opcode::BUILD_MAP, keywords.len() as u32, loc);
        }
        Ok(())
    }
}
