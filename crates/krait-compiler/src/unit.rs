//! What code generation hands over beside the instructions of a code unit (`_PyCompile_CodeUnitMetadata`).

use std::rc::Rc;

use krait_bytecode::{Str, StrConst};

use crate::constants::{Consts, FastMap};

/// Names in the order of their indices.
#[derive(Clone, Debug, Default)]
pub struct NameTable {
    names: Vec<StrConst>,
    index: FastMap<Rc<Str>, u32>,
}

impl NameTable {
    pub fn new() -> NameTable {
        NameTable::default()
    }

    /// Index of the name, which is appended when it is new.
    pub fn add(&mut self, name: &StrConst) -> u32 {
        let next = self.names.len() as u32;
        let names = &mut self.names;
        *self.index.entry(name.text.clone()).or_insert_with(|| {
            names.push(name.clone());
            next
        })
    }

    pub fn get(&self, name: &Str) -> Option<u32> {
        self.index.get(name).copied()
    }

    pub fn contains(&self, name: &Str) -> bool {
        self.index.contains_key(name)
    }

    pub fn names(&self) -> &[StrConst] {
        &self.names
    }

    pub fn len(&self) -> usize {
        self.names.len()
    }

    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }
}

#[derive(Clone, Debug)]
pub struct UnitMetadata {
    pub name: StrConst,
    pub qualname: StrConst,
    pub consts: Consts,
    pub names: NameTable,
    pub varnames: NameTable,
    pub cellvars: NameTable,
    /// Indices here start behind those of `cellvars` in the arguments of instructions.
    pub freevars: NameTable,
    /// Names that are locals only inside an inlined comprehension; `true` where they are one at the moment.
    pub fasthidden: FastMap<Rc<Str>, bool>,
    pub argcount: u32,
    pub posonlyargcount: u32,
    pub kwonlyargcount: u32,
    pub firstlineno: i32,
}
