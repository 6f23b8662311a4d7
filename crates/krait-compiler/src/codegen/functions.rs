//! Functions and lambdas: defaults, annotations, the body and the decorators.

use krait_ast::{Arguments, Expr, FunctionDef, Stmt};
use krait_bytecode::opcode::operand::{Intrinsic2, make_function};
use krait_bytecode::{Const, Opcode, StrConst};

use super::Codegen;
use super::blocks::{BlockType, Datum, NO_LABEL};
use super::scope::{ArgCounts, ScopeKind};
use crate::docstring;
use crate::error::Result;
use crate::instruction_sequence::{Location, NO_LOCATION};
use crate::symtable::{BlockKey, Role};

impl ArgCounts {
    fn of(args: &Arguments) -> ArgCounts {
        ArgCounts { args: args.args.len(), posonly: args.posonlyargs.len(), kwonly: args.kwonlyargs.len() }
    }
}

/// Line that a definition starts on, decorators included.
pub(super) fn first_line(stmt: &Stmt, decorators: &[Expr]) -> i32 {
    decorators.first().map_or(stmt.range.lineno, |decorator| decorator.range.lineno) as i32
}

impl<'a> Codegen<'a, '_> {
    pub(super) fn apply_decorators(&mut self, decorators: &[Expr]) {
        for decorator in decorators.iter().rev() {
            self.op_arg(Opcode::CALL, 0, decorator.range.into());
        }
    }

    /// Pushes default values; returns the flags that say which there are.
    fn default_arguments(&mut self, args: &'a Arguments, loc: Location) -> Result<u32> {
        let mut flags = 0;
        if !args.defaults.is_empty() {
            flags |= make_function::DEFAULTS;
            self.exprs(&args.defaults)?;
            self.op_arg(Opcode::BUILD_TUPLE, args.defaults.len() as u32, loc);
        }
        let mut count = 0;
        for (arg, default) in args.kwonlyargs.iter().zip(&args.kw_defaults) {
            if let Some(default) = default {
                count += 1;
                let mangled = self.mangle(&arg.arg);
                self.load_str(&mangled, loc);
                self.expr(default)?;
            }
        }
        if count > 0 {
            flags |= make_function::KWDEFAULTS;
            self.op_arg(Opcode::BUILD_MAP, count, loc);
        }
        Ok(flags)
    }

    pub(super) fn function(&mut self, stmt: &'a Stmt, def: &'a FunctionDef, is_async: bool) -> Result {
        self.exprs(&def.decorator_list)?;
        let line = first_line(stmt, &def.decorator_list);
        let loc = Location::from(stmt.range);
        let mut flags = self.default_arguments(&def.args, loc)?;
        let key = BlockKey::new(stmt, Role::Body);
        let generic = !def.type_params.is_empty();
        // Defaults are evaluated outside of the type parameters' scope and handed in.
        let handed = flags.count_ones();
        if generic {
            if handed == 2 {
                self.op_arg(Opcode::SWAP, 2, loc);
            }
            let counts = ArgCounts { args: handed as usize, ..ArgCounts::default() };
            self.enter_type_params(&def.name, key, line, None, counts)?;
            self.type_params(&def.type_params)?;
            for i in 0..handed {
                self.op_arg(Opcode::LOAD_FAST, i, loc);
            }
        }
        flags |= self.function_annotations(key, def, loc)?;
        self.function_body(stmt, def, is_async, flags, line)?;
        if generic {
            self.op_arg(Opcode::SWAP, 2, loc);
            self.op_arg(Opcode::CALL_INTRINSIC_2, Intrinsic2::SetFunctionTypeParams as u32, loc);
            let code = self.assemble_unit(false)?;
            self.make_closure(code, 0, loc)?;
            if handed > 0 {
                self.op_arg(Opcode::SWAP, handed + 1, loc);
                self.op_arg(Opcode::CALL, handed - 1, loc);
            } else {
                self.op(Opcode::PUSH_NULL, loc);
                self.op_arg(Opcode::CALL, 0, loc);
            }
        }
        self.apply_decorators(&def.decorator_list);
        self.store_name(&def.name, loc)
    }

    fn function_body(
        &mut self,
        stmt: &'a Stmt,
        def: &'a FunctionDef,
        is_async: bool,
        flags: u32,
        line: i32,
    ) -> Result {
        let kind = if is_async { ScopeKind::AsyncFunction } else { ScopeKind::Function };
        let id = self.lookup_block(BlockKey::new(stmt, Role::Body))?;
        let name = self.intern(&def.name);
        self.enter_scope(name, kind, id, line, None, ArgCounts::of(&def.args));
        let block = self.unit.block;
        let mut body = &def.body[..];
        if block.has_docstring {
            if let Some(doc) = docstring::docstring(body) {
                let doc = self.clean_docstring(doc.as_bytes());
                // The docstring is the first constant.
                self.unit.meta.consts.add(doc, &mut self.cache);
                body = &body[1..];
            }
        }
        let start = self.label();
        self.place(start);
        let wraps = block.coroutine || block.generator;
        if wraps {
            self.push_block(BlockType::StopIteration, start, NO_LABEL, NO_LOCATION, Datum::None)?;
        }
        self.stmts(body)?;
        if wraps {
            self.wrap_in_stop_iteration_handler();
            self.pop_block();
        }
        let code = self.assemble_unit(true)?;
        self.make_closure(code, flags, stmt.range.into())
    }

    pub(super) fn lambda(&mut self, expr: &'a Expr, args: &'a Arguments, body: &'a Expr) -> Result {
        let loc = Location::from(expr.range);
        let flags = self.default_arguments(args, loc)?;
        let id = self.lookup_block(BlockKey::new(expr, Role::Body))?;
        let name = self.cache.intern_str("<lambda>");
        self.enter_scope(name, ScopeKind::Lambda, id, loc.lineno, None, ArgCounts::of(args));
        self.expr(body)?;
        let generator = self.unit.block.generator;
        if !generator {
            self.op(Opcode::RETURN_VALUE, body.range.into());
        }
        let code = self.assemble_unit(!generator)?;
        self.make_closure(code, flags, loc)
    }

    /// The default of the one parameter of lazily evaluated code.
    pub(super) fn load_format_default(&mut self, loc: Location) {
        self.load_const(Const::tuple([Const::int(1)]), loc);
    }

    pub(super) fn intern_text(&mut self, text: &str) -> StrConst {
        self.cache.intern_str(text)
    }
}
