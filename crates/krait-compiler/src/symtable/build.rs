//! The first pass: walks statements and records definitions, uses and blocks.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use krait_ast::{
    Alias, Arg, Arguments, ClassDef, ExceptHandler, Expr, ExprContext, ExprKind, FunctionDef, Keyword, Mod,
    Name, Range, Stmt, StmtKind, TypeParam, TypeParamKind,
};
use krait_bytecode::flags::CO_FUTURE_ANNOTATIONS;

use super::{Block, BlockId, BlockKey, BlockKind, NameSet, Role, SymbolTable, Symbols, analyze, flag};
use crate::depth::{Depth, with_stack};
use crate::docstring::has_docstring;
use crate::error::{CompileError, ErrorKind, Result};
use crate::instruction_sequence::Location;
use crate::options::PYCF_ALLOW_TOP_LEVEL_AWAIT;

pub(super) struct Builder {
    pub(super) table: SymbolTable,
    /// Open blocks, innermost last.
    pub(super) stack: Vec<BlockId>,
    /// The class whose name mangles private names.
    private: Option<Name>,
    pub(super) depth: Depth,
    features: u32,
}

/// Builds the table of a module and resolves its scopes.
pub fn build(module: &Mod, features: u32) -> Result<SymbolTable> {
    let table = SymbolTable { blocks: Vec::new(), by_key: HashMap::new() };
    let mut builder = Builder { table, stack: Vec::new(), private: None, depth: Depth::default(), features };
    builder.module(module)?;
    analyze::analyze(&mut builder.table)?;
    Ok(builder.table)
}

impl Builder {
    fn module(&mut self, module: &Mod) -> Result {
        let key = BlockKey::new(module, Role::Body);
        self.enter_block(&Name::from("top"), BlockKind::Module, key, Location::new(0, 0, 0, 0))?;
        match module {
            Mod::Module { body, .. } => {
                self.cur_mut().has_docstring = has_docstring(body);
                self.stmts(body)?;
            }
            Mod::Interactive { body } => self.stmts(body)?,
            Mod::Expression { body } => self.expr(body)?,
            Mod::FunctionType { .. } => {
                return Err(CompileError::plain(
                    ErrorKind::Runtime,
                    "this compiler does not handle FunctionTypes",
                ));
            }
        }
        self.exit_block();
        Ok(())
    }

    pub(super) fn cur_id(&self) -> BlockId {
        self.stack.last().copied().unwrap_or(BlockId(0))
    }

    pub(super) fn cur(&self) -> &Block {
        self.table.block(self.cur_id())
    }

    pub(super) fn cur_mut(&mut self) -> &mut Block {
        let id = self.cur_id();
        self.table.block_mut(id)
    }

    fn new_block(&mut self, name: &Name, kind: BlockKind, key: BlockKey, loc: Location) -> BlockId {
        let parent = self.stack.last().map(|&id| self.table.block(id));
        let nested = parent.is_some_and(|p| p.nested || p.is_function_like());
        let method = kind == BlockKind::Function && parent.is_some_and(|p| p.kind == BlockKind::Class);
        let id = BlockId(self.table.blocks.len() as u32);
        self.table.blocks.push(Block {
            kind,
            name: name.clone(),
            key,
            loc,
            symbols: Symbols::default(),
            varnames: Vec::new(),
            children: Vec::new(),
            directives: Vec::new(),
            mangled_names: None,
            scope_info: "",
            comprehension: None,
            annotation_block: None,
            nested,
            generator: false,
            coroutine: false,
            annotations_used: false,
            varargs: false,
            varkeywords: false,
            returns_value: false,
            needs_class_closure: false,
            needs_classdict: false,
            comp_inlined: false,
            can_see_class_scope: false,
            has_docstring: false,
            method,
            has_conditional_annotations: false,
            in_conditional_block: false,
            in_unevaluated_annotation: false,
            comp_iter_target: false,
            comp_iter_expr: 0,
        });
        self.table.by_key.insert(key, id);
        id
    }

    fn enter_existing(&mut self, id: BlockId, add_to_children: bool) {
        let previous = self.stack.last().copied();
        self.stack.push(id);
        let Some(previous) = previous else { return };
        let outer = self.table.block(previous);
        let (iter_expr, mangled) = (outer.comp_iter_expr, outer.mangled_names.clone());
        let block = self.table.block_mut(id);
        // No assignment expression in the outermost iterator of a comprehension, however deep.
        block.comp_iter_expr = iter_expr;
        let kind = block.kind;
        // In classes all names are mangled.
        if kind != BlockKind::Class && mangled.is_some() {
            block.mangled_names = mangled;
        }
        // Annotations that become strings are never compiled, so their names do not matter to anybody.
        let ignored = kind == BlockKind::Annotation && self.features & CO_FUTURE_ANNOTATIONS != 0;
        if add_to_children && !ignored {
            self.table.block_mut(previous).children.push(id);
        }
    }

    pub(super) fn enter_block(
        &mut self,
        name: &Name,
        kind: BlockKind,
        key: BlockKey,
        loc: impl Into<Location>,
    ) -> Result {
        let loc = loc.into();
        let id = self.new_block(name, kind, key, loc);
        self.enter_existing(id, true);
        if matches!(kind, BlockKind::Annotation | BlockKind::TypeVariable | BlockKind::TypeAlias) {
            let format = Name::from(".format");
            self.add_def(&format, flag::DEF_PARAM, loc)?;
            self.add_def(&format, flag::USE, loc)?;
        }
        Ok(())
    }

    pub(super) fn exit_block(&mut self) {
        self.stack.pop();
    }

    pub(super) fn lookup_in(&self, id: BlockId, name: &Name) -> u32 {
        let mangled = self.cur().maybe_mangle(self.private.as_ref(), name);
        self.table.block(id).flags(&mangled)
    }

    fn lookup(&self, name: &Name) -> u32 {
        self.lookup_in(self.cur_id(), name)
    }

    pub(super) fn add_def_in(&mut self, id: BlockId, name: &Name, flags: u32, loc: Location) -> Result {
        let mangled = self.cur().maybe_mangle(self.private.as_ref(), name);
        let block = self.table.block_mut(id);
        let old = block.symbols.get(&mangled).unwrap_or(0);
        if flags & old & flag::DEF_PARAM != 0 {
            return Err(CompileError::syntax(
                format!("duplicate argument '{name}' in function definition"),
                loc,
            ));
        }
        if flags & old & flag::DEF_TYPE_PARAM != 0 {
            return Err(CompileError::syntax(format!("duplicate type parameter '{name}'"), loc));
        }
        let mut new = old | flags;
        if block.comp_iter_target {
            // An iteration variable must not be the target of an assignment expression too.
            if new & (flag::DEF_GLOBAL | flag::DEF_NONLOCAL) != 0 {
                return Err(CompileError::syntax(
                    format!("comprehension inner loop cannot rebind assignment expression target '{name}'"),
                    loc,
                ));
            }
            new |= flag::DEF_COMP_ITER;
        }
        block.symbols.set(&mangled, new);
        if flags & flag::DEF_PARAM != 0 {
            block.varnames.push(mangled);
        } else if flags & flag::DEF_GLOBAL != 0 {
            let top = self.table.block_mut(BlockId(0));
            let known = top.symbols.get(&mangled).unwrap_or(0);
            top.symbols.set(&mangled, known | flags);
        }
        Ok(())
    }

    pub(super) fn check_name(&self, name: &Name, loc: impl Into<Location>, ctx: ExprContext) -> Result {
        let message = match ctx {
            ExprContext::Load => return Ok(()),
            ExprContext::Store => "cannot assign to __debug__",
            ExprContext::Del => "cannot delete __debug__",
        };
        if *name == "__debug__" { Err(CompileError::syntax(message, loc)) } else { Ok(()) }
    }

    pub(super) fn check_keywords(&self, keywords: &[Keyword]) -> Result {
        for keyword in keywords {
            if let Some(arg) = &keyword.arg {
                self.check_name(arg, keyword.range, ExprContext::Store)?;
            }
        }
        Ok(())
    }

    pub(super) fn add_def_ctx(
        &mut self,
        name: &Name,
        flags: u32,
        loc: impl Into<Location>,
        ctx: ExprContext,
    ) -> Result {
        let loc = loc.into();
        if flags & flag::DEF_BOUND != 0 {
            self.check_name(name, loc, ctx)?;
        }
        if flags & flag::DEF_TYPE_PARAM != 0 {
            if let Some(names) = &self.cur().mangled_names {
                names.borrow_mut().insert(name.clone());
            }
        }
        self.add_def_in(self.cur_id(), name, flags, loc)
    }

    pub(super) fn add_def(&mut self, name: &Name, flags: u32, loc: impl Into<Location>) -> Result {
        let ctx = if flags == flag::USE { ExprContext::Load } else { ExprContext::Store };
        self.add_def_ctx(name, flags, loc, ctx)
    }

    pub(super) fn record_directive(&mut self, name: &Name, loc: impl Into<Location>) {
        let mangled = self.cur().maybe_mangle(self.private.as_ref(), name);
        let loc = loc.into();
        self.cur_mut().directives.push((mangled, loc));
    }

    pub(super) fn allows_top_level_await(&self) -> bool {
        self.features & PYCF_ALLOW_TOP_LEVEL_AWAIT != 0 && self.cur().kind == BlockKind::Module
    }

    /// Whether the function that the current block belongs to is asynchronous.
    pub(super) fn in_async_def(&self) -> bool {
        self.cur().is_function_like() && self.cur().coroutine
    }

    fn stmts(&mut self, body: &[Stmt]) -> Result {
        body.iter().try_for_each(|stmt| self.stmt(stmt))
    }

    fn stmt(&mut self, stmt: &Stmt) -> Result {
        self.depth.enter()?;
        let result = with_stack(|| self.stmt_inner(stmt));
        self.depth.leave();
        result
    }

    fn conditional(&mut self, visit: impl FnOnce(&mut Self) -> Result) -> Result {
        let outer = std::mem::replace(&mut self.cur_mut().in_conditional_block, true);
        visit(self)?;
        self.cur_mut().in_conditional_block = outer;
        Ok(())
    }

    fn stmt_inner(&mut self, stmt: &Stmt) -> Result {
        match &stmt.node {
            StmtKind::FunctionDef(def) => self.function(stmt, def, false),
            StmtKind::AsyncFunctionDef(def) => self.function(stmt, def, true),
            StmtKind::ClassDef(def) => self.class(stmt, def),
            StmtKind::TypeAlias { name, type_params, value } => {
                self.type_alias(stmt, name, type_params, value)
            }
            StmtKind::Return { value } => {
                if let Some(value) = value {
                    self.expr(value)?;
                    self.cur_mut().returns_value = true;
                }
                Ok(())
            }
            StmtKind::Delete { targets } => self.exprs(targets),
            StmtKind::Assign { targets, value, .. } => {
                self.exprs(targets)?;
                self.expr(value)
            }
            StmtKind::AnnAssign { target, annotation, value, simple } => {
                self.ann_assign(stmt, target, annotation, value.as_deref(), *simple)
            }
            StmtKind::AugAssign { target, value, .. } => {
                self.expr(target)?;
                self.expr(value)
            }
            StmtKind::For(def) | StmtKind::AsyncFor(def) => {
                if matches!(stmt.node, StmtKind::AsyncFor(_)) {
                    self.mark_async_module();
                }
                self.expr(&def.target)?;
                self.expr(&def.iter)?;
                self.conditional(|b| {
                    b.stmts(&def.body)?;
                    b.stmts(&def.orelse)
                })
            }
            StmtKind::While { test, body, orelse } | StmtKind::If { test, body, orelse } => {
                self.expr(test)?;
                self.conditional(|b| {
                    b.stmts(body)?;
                    b.stmts(orelse)
                })
            }
            StmtKind::With(def) | StmtKind::AsyncWith(def) => {
                if matches!(stmt.node, StmtKind::AsyncWith(_)) {
                    self.mark_async_module();
                }
                self.conditional(|b| {
                    for item in &def.items {
                        b.expr(&item.context_expr)?;
                        b.opt_expr(item.optional_vars.as_ref())?;
                    }
                    b.stmts(&def.body)
                })
            }
            StmtKind::Match { subject, cases } => {
                self.expr(subject)?;
                self.conditional(|b| {
                    for case in cases {
                        b.pattern(&case.pattern)?;
                        b.opt_expr(case.guard.as_deref())?;
                        b.stmts(&case.body)?;
                    }
                    Ok(())
                })
            }
            StmtKind::Raise { exc, cause } => {
                self.opt_expr(exc.as_deref())?;
                self.opt_expr(cause.as_deref())
            }
            StmtKind::Try(def) | StmtKind::TryStar(def) => self.conditional(|b| {
                b.stmts(&def.body)?;
                for handler in &def.handlers {
                    b.handler(handler)?;
                }
                b.stmts(&def.orelse)?;
                b.stmts(&def.finalbody)
            }),
            StmtKind::Assert { test, msg } => {
                self.expr(test)?;
                self.opt_expr(msg.as_deref())
            }
            StmtKind::Import { names } | StmtKind::ImportFrom { names, .. } => {
                names.iter().try_for_each(|alias| self.alias(alias))
            }
            StmtKind::Global { names } => self.declare(stmt, names, flag::DEF_GLOBAL, "global"),
            StmtKind::Nonlocal { names } => self.declare(stmt, names, flag::DEF_NONLOCAL, "nonlocal"),
            StmtKind::Expr { value } => self.expr(value),
            StmtKind::Pass | StmtKind::Break | StmtKind::Continue => Ok(()),
        }
    }

    /// `async for` and `async with` make a module that may await a coroutine.
    fn mark_async_module(&mut self) {
        if self.allows_top_level_await() {
            self.cur_mut().coroutine = true;
        }
    }

    fn function(&mut self, stmt: &Stmt, def: &FunctionDef, is_async: bool) -> Result {
        self.add_def(&def.name, flag::DEF_LOCAL, stmt.range)?;
        self.defaults(&def.args)?;
        self.exprs(&def.decorator_list)?;
        let key = BlockKey::new(stmt, Role::Body);
        let generic = !def.type_params.is_empty();
        if generic {
            self.enter_type_params(&def.name, key, stmt)?;
            self.type_params(&def.type_params)?;
        }
        let block = self.new_block(&def.name, BlockKind::Function, key, stmt.range.into());
        self.table.block_mut(block).has_docstring = has_docstring(&def.body);
        self.function_annotations(stmt, def)?;
        self.enter_existing(block, true);
        self.cur_mut().coroutine |= is_async;
        self.arguments(&def.args)?;
        self.stmts(&def.body)?;
        self.exit_block();
        if generic {
            self.exit_block();
        }
        Ok(())
    }

    /// Default values are evaluated outside of the function.
    pub(super) fn defaults(&mut self, args: &Arguments) -> Result {
        self.exprs(&args.defaults)?;
        args.kw_defaults.iter().flatten().try_for_each(|expr| self.expr(expr))
    }

    fn enter_type_params(&mut self, name: &Name, key: BlockKey, stmt: &Stmt) -> Result {
        let in_class = self.cur().kind == BlockKind::Class;
        let loc = stmt.range;
        self.enter_block(name, BlockKind::TypeParameters, key.with(Role::TypeParams), loc)?;
        if in_class {
            self.cur_mut().can_see_class_scope = true;
            self.add_def(&Name::from("__classdict__"), flag::USE, loc)?;
        }
        match &stmt.node {
            StmtKind::ClassDef(_) => {
                for name in [".type_params", ".generic_base"] {
                    self.add_def(&Name::from(name), flag::DEF_LOCAL, loc)?;
                    self.add_def(&Name::from(name), flag::USE, loc)?;
                }
            }
            StmtKind::FunctionDef(def) | StmtKind::AsyncFunctionDef(def) => {
                // Also without defaults, as the list of them is never absent.
                self.add_def(&Name::from(".defaults"), flag::DEF_PARAM, loc)?;
                if def.args.kw_defaults.iter().flatten().next().is_some() {
                    self.add_def(&Name::from(".kwdefaults"), flag::DEF_PARAM, loc)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn type_params(&mut self, params: &[TypeParam]) -> Result {
        params.iter().try_for_each(|param| self.type_param(param))
    }

    fn type_param(&mut self, param: &TypeParam) -> Result {
        let key = BlockKey::new(param, Role::Bound);
        let (name, default, info) = match &param.node {
            TypeParamKind::TypeVar { name, default_value, .. } => (name, default_value, "a TypeVar default"),
            TypeParamKind::ParamSpec { name, default_value } => (name, default_value, "a ParamSpec default"),
            TypeParamKind::TypeVarTuple { name, default_value } => {
                (name, default_value, "a TypeVarTuple default")
            }
        };
        self.add_def(name, flag::DEF_TYPE_PARAM | flag::DEF_LOCAL, param.range)?;
        if *name == "__classdict__" {
            return Err(CompileError::syntax(
                format!("reserved name '{name}' cannot be used for type parameter"),
                param.range,
            ));
        }
        if let TypeParamKind::TypeVar { bound: Some(bound), .. } = &param.node {
            let tuple = matches!(bound.node, ExprKind::Tuple { .. });
            let info = if tuple { "a TypeVar constraint" } else { "a TypeVar bound" };
            self.type_variable(bound, name, key, info)?;
        }
        match default {
            Some(default) => self.type_variable(default, name, key.with(Role::Default), info),
            None => Ok(()),
        }
    }

    fn type_variable(&mut self, expr: &Expr, name: &Name, key: BlockKey, info: &'static str) -> Result {
        let in_class = self.cur().can_see_class_scope;
        self.enter_block(name, BlockKind::TypeVariable, key, expr.range)?;
        self.see_class(in_class, expr.range)?;
        self.cur_mut().scope_info = info;
        self.expr(expr)?;
        self.exit_block();
        Ok(())
    }

    fn see_class(&mut self, in_class: bool, range: Range) -> Result {
        self.cur_mut().can_see_class_scope = in_class;
        if in_class {
            self.add_def(&Name::from("__classdict__"), flag::USE, range)?;
        }
        Ok(())
    }

    fn class(&mut self, stmt: &Stmt, def: &ClassDef) -> Result {
        self.add_def(&def.name, flag::DEF_LOCAL, stmt.range)?;
        self.exprs(&def.decorator_list)?;
        let outer_private = self.private.clone();
        let key = BlockKey::new(stmt, Role::Body);
        let generic = !def.type_params.is_empty();
        if generic {
            self.enter_type_params(&def.name, key, stmt)?;
            self.private = Some(def.name.clone());
            self.cur_mut().mangled_names = Some(Rc::new(RefCell::new(NameSet::default())));
            self.type_params(&def.type_params)?;
        }
        self.exprs(&def.bases)?;
        self.keywords(&def.keywords)?;
        self.enter_block(&def.name, BlockKind::Class, key, stmt.range)?;
        self.private = Some(def.name.clone());
        if generic {
            self.add_def(&Name::from("__type_params__"), flag::DEF_LOCAL, stmt.range)?;
            self.add_def(&Name::from(".type_params"), flag::USE, stmt.range)?;
        }
        self.cur_mut().has_docstring = has_docstring(&def.body);
        self.stmts(&def.body)?;
        self.exit_block();
        if generic {
            self.exit_block();
        }
        self.private = outer_private;
        Ok(())
    }

    fn type_alias(&mut self, stmt: &Stmt, name: &Expr, params: &[TypeParam], value: &Expr) -> Result {
        self.expr(name)?;
        let Some(id) = name.as_name() else {
            return Err(CompileError::plain(ErrorKind::Value, "TypeAlias with non-Name name"));
        };
        let in_class = self.cur().kind == BlockKind::Class;
        let key = BlockKey::new(stmt, Role::Body);
        let generic = !params.is_empty();
        if generic {
            self.enter_type_params(id, key, stmt)?;
            self.type_params(params)?;
        }
        self.enter_block(id, BlockKind::TypeAlias, key, stmt.range)?;
        self.see_class(in_class, value.range)?;
        self.expr(value)?;
        self.exit_block();
        if generic {
            self.exit_block();
        }
        Ok(())
    }

    fn ann_assign(
        &mut self,
        stmt: &Stmt,
        target: &Expr,
        annotation: &Expr,
        value: Option<&Expr>,
        simple: bool,
    ) -> Result {
        if let Some(name) = target.as_name() {
            let known = self.lookup(name);
            let declared = known & (flag::DEF_GLOBAL | flag::DEF_NONLOCAL) != 0;
            if declared && self.cur_id() != self.table.top() && simple {
                let what = if known & flag::DEF_GLOBAL != 0 { "global" } else { "nonlocal" };
                return Err(CompileError::syntax(
                    format!("annotated name '{name}' can't be {what}"),
                    stmt.range,
                ));
            }
            if simple {
                self.add_def(name, flag::DEF_ANNOT | flag::DEF_LOCAL, target.range)?;
            } else if value.is_some() {
                self.add_def(name, flag::DEF_LOCAL, target.range)?;
            }
        } else {
            self.expr(target)?;
        }
        self.annotation(annotation)?;
        self.opt_expr(value)
    }

    /// The annotation of a variable: all those of a block go to one block of their own.
    fn annotation(&mut self, annotation: &Expr) -> Result {
        let parent = self.cur_id();
        let block = self.cur();
        let (kind, loc) = (block.kind, annotation.range);
        let unevaluated = kind == BlockKind::Function;
        // A module may be seen half executed, so there every annotation counts as conditional.
        let conditional = kind == BlockKind::Module || kind == BlockKind::Class && block.in_conditional_block;
        if conditional && !block.has_conditional_annotations {
            self.cur_mut().has_conditional_annotations = true;
            self.add_def(&Name::from("__conditional_annotations__"), flag::USE, loc)?;
        }
        match self.table.block(parent).annotation_block {
            Some(existing) => self.enter_existing(existing, false),
            None => {
                let role = if unevaluated { Role::Unevaluated } else { Role::Annotations };
                let key = self.table.block(parent).key.with(role);
                self.enter_block(&Name::from("__annotate__"), BlockKind::Annotation, key, loc)?;
                let id = self.cur_id();
                self.table.block_mut(parent).annotation_block = Some(id);
                if kind == BlockKind::Class && self.features & CO_FUTURE_ANNOTATIONS == 0 {
                    self.see_class(true, loc)?;
                }
            }
        }
        self.cur_mut().in_unevaluated_annotation |= unevaluated;
        self.expr(annotation)?;
        if unevaluated {
            self.cur_mut().in_unevaluated_annotation = false;
        }
        self.exit_block();
        Ok(())
    }

    fn function_annotations(&mut self, stmt: &Stmt, def: &FunctionDef) -> Result {
        let block = self.cur();
        let sees_class = block.can_see_class_scope || block.kind == BlockKind::Class;
        let key = BlockKey::new(stmt, Role::Annotations);
        self.enter_block(&Name::from("__annotate__"), BlockKind::Annotation, key, stmt.range)?;
        if sees_class {
            self.see_class(true, stmt.range)?;
        }
        let args = &def.args;
        self.arg_annotations(&args.posonlyargs)?;
        self.arg_annotations(&args.args)?;
        self.arg_annotations(args.vararg.as_deref())?;
        self.arg_annotations(args.kwarg.as_deref())?;
        self.arg_annotations(&args.kwonlyargs)?;
        if let Some(returns) = &def.returns {
            self.cur_mut().annotations_used = true;
            self.expr(returns)?;
        }
        self.exit_block();
        Ok(())
    }

    fn arg_annotations<'a>(&mut self, args: impl IntoIterator<Item = &'a Arg>) -> Result {
        for annotation in args.into_iter().filter_map(|arg| arg.annotation.as_deref()) {
            self.cur_mut().annotations_used = true;
            self.expr(annotation)?;
        }
        Ok(())
    }

    pub(super) fn arguments(&mut self, args: &Arguments) -> Result {
        self.params(&args.posonlyargs)?;
        self.params(&args.args)?;
        self.params(&args.kwonlyargs)?;
        if let Some(arg) = args.vararg.as_deref() {
            self.params([arg])?;
            self.cur_mut().varargs = true;
        }
        if let Some(arg) = args.kwarg.as_deref() {
            self.params([arg])?;
            self.cur_mut().varkeywords = true;
        }
        Ok(())
    }

    fn params<'a>(&mut self, args: impl IntoIterator<Item = &'a Arg>) -> Result {
        args.into_iter().try_for_each(|arg| self.add_def(&arg.arg, flag::DEF_PARAM, arg.range))
    }

    fn handler(&mut self, handler: &ExceptHandler) -> Result {
        self.opt_expr(handler.r#type.as_ref())?;
        if let Some(name) = &handler.name {
            self.add_def(name, flag::DEF_LOCAL, handler.range)?;
        }
        self.stmts(&handler.body)
    }

    fn alias(&mut self, alias: &Alias) -> Result {
        let name = alias.asname.as_ref().unwrap_or(&alias.name);
        if *name == "*" {
            if self.cur().kind != BlockKind::Module {
                return Err(CompileError::syntax("import * only allowed at module level", alias.range));
            }
            return Ok(());
        }
        match name.split_once('.') {
            Some((head, _)) => self.add_def(&Name::from(head), flag::DEF_IMPORT, alias.range),
            None => self.add_def(name, flag::DEF_IMPORT, alias.range),
        }
    }

    fn declare(&mut self, stmt: &Stmt, names: &[Name], bit: u32, word: &str) -> Result {
        for name in names {
            let known = self.lookup(name);
            let message = if known & flag::DEF_PARAM != 0 {
                format!("name '{name}' is parameter and {word}")
            } else if known & flag::USE != 0 {
                format!("name '{name}' is used prior to {word} declaration")
            } else if known & flag::DEF_ANNOT != 0 {
                format!("annotated name '{name}' can't be {word}")
            } else if known & flag::DEF_LOCAL != 0 {
                format!("name '{name}' is assigned to before {word} declaration")
            } else {
                self.add_def(name, bit, stmt.range)?;
                self.record_directive(name, stmt.range);
                continue;
            };
            return Err(CompileError::syntax(message, stmt.range));
        }
        Ok(())
    }
}
