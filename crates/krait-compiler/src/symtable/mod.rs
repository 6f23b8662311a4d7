//! Symbol tables: which names each block binds and uses, and what that makes them: local, cell, free or global.
//!
//! [`build`] walks the tree once to record definitions and uses, then `analyze` resolves scopes from the outside in.
//! Blocks are found again by the tree node they belong to, so the tree must not move between the symbol table and code
//! generation. CPython keeps the same in `Python/symtable.c`; flags and their bits are those that its `symtable` module
//! shows.

mod analyze;
mod build;
mod expr;
mod mangle;
mod pattern;

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::hash::BuildHasherDefault;
use std::rc::Rc;

use krait_ast::Name;
use krait_ast::name::NameHasher;

use crate::instruction_sequence::Location;

pub use build::build;
pub use mangle::mangle;

pub type NameMap<V> = HashMap<Name, V, BuildHasherDefault<NameHasher>>;
pub type NameSet = HashSet<Name, BuildHasherDefault<NameHasher>>;

/// Bits of a symbol's flags; the resolved [`Scope`] stands above them from [`SCOPE_OFFSET`] on.
pub mod flag {
    pub const DEF_GLOBAL: u32 = 1;
    pub const DEF_LOCAL: u32 = 2;
    pub const DEF_PARAM: u32 = 4;
    pub const DEF_NONLOCAL: u32 = 8;
    pub const USE: u32 = 16;
    pub const DEF_FREE_CLASS: u32 = 64;
    pub const DEF_IMPORT: u32 = 128;
    pub const DEF_ANNOT: u32 = 256;
    pub const DEF_COMP_ITER: u32 = 512;
    pub const DEF_TYPE_PARAM: u32 = 1024;
    pub const DEF_COMP_CELL: u32 = 2048;
    pub const DEF_BOUND: u32 = DEF_LOCAL | DEF_PARAM | DEF_IMPORT;
}

pub const SCOPE_OFFSET: u32 = 12;
const SCOPE_MASK: u32 = 15;

/// What a name is in a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u32)]
pub enum Scope {
    Unknown = 0,
    Local = 1,
    GlobalExplicit = 2,
    GlobalImplicit = 3,
    Free = 4,
    Cell = 5,
}

impl Scope {
    pub fn of(flags: u32) -> Scope {
        match flags >> SCOPE_OFFSET & SCOPE_MASK {
            1 => Scope::Local,
            2 => Scope::GlobalExplicit,
            3 => Scope::GlobalImplicit,
            4 => Scope::Free,
            5 => Scope::Cell,
            _ => Scope::Unknown,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BlockKind {
    Function,
    Class,
    Module,
    /// The lazily evaluated annotations of a function, class or module.
    Annotation,
    TypeAlias,
    /// Around a generic function, class or type alias.
    TypeParameters,
    /// A bound, a constraint tuple or a default of one type parameter.
    TypeVariable,
}

impl BlockKind {
    pub fn is_function_like(self) -> bool {
        !matches!(self, BlockKind::Class | BlockKind::Module)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Comprehension {
    List,
    Dict,
    Set,
    Generator,
}

/// Which of the blocks that a tree node has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    Body,
    TypeParams,
    Annotations,
    /// Annotations of variables in a function, which are never evaluated.
    Unevaluated,
    Bound,
    Default,
}

/// Identity of a block: the address of its node and its role there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct BlockKey(usize, Role);

impl BlockKey {
    pub fn new<T>(node: &T, role: Role) -> BlockKey {
        BlockKey(std::ptr::from_ref(node) as usize, role)
    }

    /// The key of another block of the same node.
    pub fn with(self, role: Role) -> BlockKey {
        BlockKey(self.0, role)
    }
}

/// Index of a block in its [`SymbolTable`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct BlockId(u32);

/// Flags by name, in the order in which the names came up.
#[derive(Clone, Debug, Default)]
pub struct Symbols {
    entries: Vec<(Name, u32)>,
    index: NameMap<u32>,
}

impl Symbols {
    pub fn get(&self, name: &str) -> Option<u32> {
        self.index.get(name).map(|&at| self.entries[at as usize].1)
    }

    pub fn set(&mut self, name: &Name, flags: u32) {
        match self.index.get(name) {
            Some(&at) => self.entries[at as usize].1 = flags,
            None => {
                self.index.insert(name.clone(), self.entries.len() as u32);
                self.entries.push((name.clone(), flags));
            }
        }
    }

    pub fn remove(&mut self, name: &str) {
        if let Some(at) = self.index.remove(name) {
            self.entries.remove(at as usize);
            for place in self.index.values_mut().filter(|place| **place > at) {
                *place -= 1;
            }
        }
    }

    pub fn iter(&self) -> impl Iterator<Item = (&Name, u32)> {
        self.entries.iter().map(|(name, flags)| (name, *flags))
    }

    pub fn len(&self) -> usize {
        self.entries.len()
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

/// One block of code with names of its own.
#[derive(Clone, Debug)]
pub struct Block {
    pub kind: BlockKind,
    pub name: Name,
    pub key: BlockKey,
    pub loc: Location,
    pub symbols: Symbols,
    /// Parameters in the order of their positions.
    pub varnames: Vec<Name>,
    pub children: Vec<BlockId>,
    /// Where names were declared global or nonlocal.
    directives: Vec<(Name, Location)>,
    /// Inside the type parameters of a class: the only names that are mangled there.
    mangled_names: Option<Rc<RefCell<NameSet>>>,
    /// What the block is for, in words, for messages.
    scope_info: &'static str,
    pub comprehension: Option<Comprehension>,
    pub annotation_block: Option<BlockId>,
    pub nested: bool,
    pub generator: bool,
    pub coroutine: bool,
    pub annotations_used: bool,
    pub varargs: bool,
    pub varkeywords: bool,
    pub returns_value: bool,
    pub needs_class_closure: bool,
    pub needs_classdict: bool,
    pub comp_inlined: bool,
    pub can_see_class_scope: bool,
    pub has_docstring: bool,
    pub method: bool,
    pub has_conditional_annotations: bool,
    in_conditional_block: bool,
    in_unevaluated_annotation: bool,
    comp_iter_target: bool,
    comp_iter_expr: u32,
}

impl Block {
    pub fn is_function_like(&self) -> bool {
        self.kind.is_function_like()
    }

    /// Flags of a (mangled) name; 0 for one that the block does not mention.
    pub fn flags(&self, name: &str) -> u32 {
        self.symbols.get(name).unwrap_or(0)
    }

    pub fn scope(&self, name: &str) -> Scope {
        Scope::of(self.flags(name))
    }

    /// The name as this block stores it.
    pub fn maybe_mangle(&self, private: Option<&Name>, name: &Name) -> Name {
        if let Some(names) = &self.mangled_names {
            if !names.borrow().contains(name) {
                return name.clone();
            }
        }
        mangle(private, name)
    }
}

/// All blocks of a module.
#[derive(Clone, Debug)]
pub struct SymbolTable {
    blocks: Vec<Block>,
    by_key: HashMap<BlockKey, BlockId>,
}

impl SymbolTable {
    pub fn top(&self) -> BlockId {
        BlockId(0)
    }

    pub fn block(&self, id: BlockId) -> &Block {
        &self.blocks[id.0 as usize]
    }

    fn block_mut(&mut self, id: BlockId) -> &mut Block {
        &mut self.blocks[id.0 as usize]
    }

    pub fn lookup(&self, key: BlockKey) -> Option<BlockId> {
        self.by_key.get(&key).copied()
    }

    pub fn len(&self) -> usize {
        self.blocks.len()
    }

    pub fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }
}
