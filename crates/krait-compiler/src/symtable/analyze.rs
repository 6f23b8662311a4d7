//! The second pass: from definitions and uses to scopes, outermost block first, free names travelling back out.

use krait_ast::Name;

use super::{
    Block, BlockId, BlockKind, Comprehension, NameMap, NameSet, SCOPE_OFFSET, Scope, SymbolTable, flag,
};
use crate::depth::{Depth, with_stack};
use crate::error::{CompileError, Result};

type Scopes = NameMap<Scope>;

/// What an enclosing block hands to the blocks inside it.
#[derive(Default)]
struct Visible {
    /// Names bound by enclosing functions; `None` at module level.
    bound: Option<NameSet>,
    /// Names declared global by enclosing blocks.
    global: NameSet,
    type_params: NameSet,
    /// The class whose names the block can see.
    class_entry: Option<BlockId>,
}

pub(super) fn analyze(table: &mut SymbolTable) -> Result {
    let mut analyzer = Analyzer { table, depth: Depth::default() };
    let top = analyzer.table.top();
    analyzer.block(top, Visible::default())?;
    Ok(())
}

struct Analyzer<'t> {
    table: &'t mut SymbolTable,
    depth: Depth,
}

fn error_at_directive(block: &Block, name: &Name, message: String) -> CompileError {
    match block.directives.iter().find(|(known, _)| known == name) {
        Some((_, loc)) => CompileError::syntax(message, *loc),
        None => CompileError::system("BUG: internal directive bookkeeping broken"),
    }
}

impl Analyzer<'_> {
    /// Analyses a block and what is inside it; returns the names that are free in it.
    fn block(&mut self, id: BlockId, visible: Visible) -> Result<NameSet> {
        self.depth.enter()?;
        let free = with_stack(|| self.block_inner(id, visible));
        self.depth.leave();
        free
    }

    fn block_inner(&mut self, id: BlockId, mut visible: Visible) -> Result<NameSet> {
        let kind = self.table.block(id).kind;
        let function_like = kind.is_function_like();
        let mut local = NameSet::default();
        let mut free = NameSet::default();
        let mut scopes = Scopes::default();
        // A class body's names are not seen by the functions in it: what these see is what the class itself sees.
        let (mut child_bound, mut child_global) = (NameSet::default(), NameSet::default());
        if kind == BlockKind::Class {
            child_global = visible.global.clone();
            child_bound = visible.bound.clone().unwrap_or_default();
        }
        let count = self.table.block(id).symbols.len();
        for at in 0..count {
            let (name, flags) = self.table.block(id).symbols.entries[at].clone();
            let scope = self.name(id, &name, flags, &mut visible, &mut local, &mut free)?;
            scopes.insert(name, scope);
        }
        if kind == BlockKind::Class {
            for name in ["__class__", "__classdict__", "__conditional_annotations__"] {
                child_bound.insert(Name::from(name));
            }
        } else {
            if function_like {
                child_bound = local;
            }
            if let Some(bound) = &visible.bound {
                child_bound.extend(bound.iter().cloned());
            }
            child_global = visible.global.clone();
        }
        let outer = Visible {
            bound: Some(child_bound),
            global: child_global,
            type_params: std::mem::take(&mut visible.type_params),
            class_entry: visible.class_entry,
        };
        let mut inlined_cells = NameSet::default();
        let mut child_free = self.children(id, &outer, &mut scopes, &mut inlined_cells)?;
        self.splice_inlined(id);
        // A class may bind the name itself; what sees the class needs its namespace all the same.
        if scopes.get("__classdict__") == Some(&Scope::GlobalImplicit)
            && self.table.block(id).can_see_class_scope
        {
            child_free.insert(Name::from("__classdict__"));
        }
        if function_like {
            cells(&mut scopes, &mut child_free, &inlined_cells);
        } else if kind == BlockKind::Class {
            self.drop_class_free(id, &mut child_free);
        }
        self.update(id, &scopes, visible.bound.as_ref(), &child_free, &inlined_cells);
        free.extend(child_free);
        Ok(free)
    }

    /// Scope of one name, as far as it can be told without looking at nested blocks.
    fn name(
        &self,
        id: BlockId,
        name: &Name,
        flags: u32,
        visible: &mut Visible,
        local: &mut NameSet,
        free: &mut NameSet,
    ) -> Result<Scope> {
        let block = self.table.block(id);
        if flags & flag::DEF_GLOBAL != 0 {
            if flags & flag::DEF_NONLOCAL != 0 {
                return Err(error_at_directive(block, name, format!("name '{name}' is nonlocal and global")));
            }
            visible.global.insert(name.clone());
            if let Some(bound) = &mut visible.bound {
                bound.remove(name);
            }
            return Ok(Scope::GlobalExplicit);
        }
        if flags & flag::DEF_NONLOCAL != 0 {
            self.nonlocal(block, name, visible)?;
            free.insert(name.clone());
            return Ok(Scope::Free);
        }
        if flags & flag::DEF_BOUND != 0 {
            local.insert(name.clone());
            visible.global.remove(name);
            if flags & flag::DEF_TYPE_PARAM != 0 {
                visible.type_params.insert(name.clone());
            } else {
                visible.type_params.remove(name);
            }
            return Ok(Scope::Local);
        }
        // A name that both the class around and a function further out may bind is looked up in the class and then in
        // the globals, past the function.
        if let Some(class) = visible.class_entry {
            let class_flags = self.table.block(class).flags(name);
            if class_flags & flag::DEF_GLOBAL != 0 {
                return Ok(Scope::GlobalExplicit);
            }
            if class_flags & flag::DEF_BOUND != 0 && class_flags & flag::DEF_NONLOCAL == 0 {
                return Ok(Scope::GlobalImplicit);
            }
        }
        if visible.bound.as_ref().is_some_and(|bound| bound.contains(name)) {
            free.insert(name.clone());
            return Ok(Scope::Free);
        }
        Ok(Scope::GlobalImplicit)
    }

    fn nonlocal(&self, block: &Block, name: &Name, visible: &Visible) -> Result {
        let message = match &visible.bound {
            None => "nonlocal declaration not allowed at module level".to_owned(),
            Some(bound) if !bound.contains(name) => format!("no binding for nonlocal '{name}' found"),
            Some(_) if visible.type_params.contains(name) => {
                format!("nonlocal binding not allowed for type parameter '{name}'")
            }
            Some(_) => return Ok(()),
        };
        Err(error_at_directive(block, name, message))
    }

    /// Analyses the blocks inside; returns the names free in any of them.
    fn children(
        &mut self,
        id: BlockId,
        outer: &Visible,
        scopes: &mut Scopes,
        inlined_cells: &mut NameSet,
    ) -> Result<NameSet> {
        let mut free = NameSet::default();
        for at in 0..self.table.block(id).children.len() {
            let child = self.table.block(id).children[at];
            let (kind, sees_class) = {
                let block = self.table.block(id);
                (block.kind, block.can_see_class_scope)
            };
            let entry = self.table.block(child);
            let class_entry = match (entry.can_see_class_scope, kind) {
                (true, BlockKind::Class) => Some(id),
                (true, _) => outer.class_entry,
                (false, _) => None,
            };
            // Comprehensions in annotation scopes of classes see the class through a function of their own.
            let inline = entry.comprehension.is_some_and(|c| c != Comprehension::Generator) && !sees_class;
            let visible = Visible {
                bound: outer.bound.clone(),
                global: outer.global.clone(),
                type_params: outer.type_params.clone(),
                class_entry,
            };
            let mut child_free = self.block(child, visible)?;
            if inline {
                self.inline_comprehension(id, child, scopes, &mut child_free, inlined_cells);
                self.table.block_mut(child).comp_inlined = true;
            }
            free.extend(child_free);
        }
        Ok(free)
    }

    /// Merges the symbols of an inlined comprehension into the block around it (PEP 709).
    fn inline_comprehension(
        &mut self,
        id: BlockId,
        comp: BlockId,
        scopes: &mut Scopes,
        comp_free: &mut NameSet,
        inlined_cells: &mut NameSet,
    ) {
        let in_class = self.table.block(id).kind == BlockKind::Class;
        let mut dropped = Vec::new();
        for (name, comp_flags) in self.table.block(comp).symbols.entries.clone() {
            // The iterator that the comprehension gets as a parameter stays on the stack.
            if comp_flags & flag::DEF_PARAM != 0 {
                continue;
            }
            let mut scope = Scope::of(comp_flags);
            let only_flags = comp_flags & ((1 << SCOPE_OFFSET) - 1);
            if scope == Scope::Cell || only_flags & flag::DEF_COMP_CELL != 0 {
                inlined_cells.insert(name.clone());
            }
            let implicit = matches!(&*name, "__class__" | "__classdict__" | "__conditional_annotations__");
            if scope == Scope::Free && in_class && implicit {
                scope = Scope::GlobalImplicit;
                if !self.free_in_child(comp, &name) {
                    comp_free.remove(&name);
                }
                dropped.push(name.clone());
            }
            match self.table.block(id).symbols.get(&name) {
                None => {
                    self.table.block_mut(id).symbols.set(&name, only_flags);
                    scopes.insert(name, scope);
                }
                Some(existing) => {
                    // What is free in the comprehension and local here is simply local now, unless a block inside
                    // the comprehension needs a cell, or this is a class.
                    if existing & flag::DEF_BOUND != 0 && !in_class && !self.free_in_child(comp, &name) {
                        comp_free.remove(&name);
                    }
                }
            }
        }
        for name in dropped {
            self.table.block_mut(comp).symbols.remove(&name);
        }
    }

    fn free_in_child(&self, id: BlockId, name: &str) -> bool {
        let children = &self.table.block(id).children;
        children.iter().any(|&child| self.table.block(child).scope(name) == Scope::Free)
    }

    /// The children of inlined comprehensions become children of the block around.
    fn splice_inlined(&mut self, id: BlockId) {
        let children = &self.table.block(id).children;
        if !children.iter().any(|&child| self.table.block(child).comp_inlined) {
            return;
        }
        let mut spliced = Vec::new();
        for &child in children {
            let block = self.table.block(child);
            if block.comp_inlined {
                spliced.extend_from_slice(&block.children);
            } else {
                spliced.push(child);
            }
        }
        self.table.block_mut(id).children = spliced;
    }

    /// A class provides these itself when a method asks for them.
    fn drop_class_free(&mut self, id: BlockId, free: &mut NameSet) {
        let block = self.table.block_mut(id);
        block.needs_class_closure |= free.remove("__class__");
        block.needs_classdict |= free.remove("__classdict__");
        block.has_conditional_annotations |= free.remove("__conditional_annotations__");
    }

    /// Writes the scopes into the flags, and passes names on that are free further in.
    fn update(
        &mut self,
        id: BlockId,
        scopes: &Scopes,
        bound: Option<&NameSet>,
        free: &NameSet,
        inlined_cells: &NameSet,
    ) {
        let block = self.table.block_mut(id);
        for (name, flags) in &mut block.symbols.entries {
            if inlined_cells.contains(name) {
                *flags |= flag::DEF_COMP_CELL;
            }
            let scope = scopes.get(name).copied().unwrap_or(Scope::Unknown);
            *flags |= (scope as u32) << SCOPE_OFFSET;
        }
        let class_like = block.kind == BlockKind::Class || block.can_see_class_scope;
        for name in free {
            if let Some(flags) = block.symbols.get(name) {
                // A method's free variable with the name of something in the class itself.
                if class_like {
                    block.symbols.set(name, flags | flag::DEF_FREE_CLASS);
                }
            } else if bound.is_none_or(|bound| bound.contains(name)) {
                block.symbols.set(name, (Scope::Free as u32) << SCOPE_OFFSET);
            }
        }
    }
}

/// Locals that a nested block needs become cells.
fn cells(scopes: &mut Scopes, free: &mut NameSet, inlined_cells: &NameSet) {
    for (name, scope) in scopes.iter_mut() {
        if *scope == Scope::Local && (free.contains(name) || inlined_cells.contains(name)) {
            *scope = Scope::Cell;
            free.remove(name);
        }
    }
}
