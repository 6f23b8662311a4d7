//! Merging of equal constants across a module, and the ordered constants of one code unit.
//!
//! Invariant: after merging, two constants with the same [`ConstKey`] are the same object, in every code object of the
//! module; `marshal` then writes the value once. In CPython this is the `c_const_cache` of `Python/compile.c`.

use std::collections::HashMap;
use std::hash::BuildHasherDefault;
use std::rc::Rc;

use krait_ast::name::NameHasher;

use krait_bytecode::{Const, ConstKey, Str, StrConst};

/// A map with the hash of identifiers, which is good enough for what one module holds.
pub type FastMap<K, V> = HashMap<K, V, BuildHasherDefault<NameHasher>>;

/// The constants of a whole module, each once, and its interned strings.
#[derive(Debug, Default)]
pub struct ConstCache {
    merged: FastMap<ConstKey, Const>,
    interned: FastMap<Rc<Str>, StrConst>,
    /// Index of the first `indexed` constants of the unit that is being optimised.
    positions: FastMap<ConstKey, u32>,
    indexed: usize,
}

/// Up to this many constants a look through all of them is quicker than an index.
const FEW: usize = 32;

impl ConstCache {
    pub fn new() -> ConstCache {
        ConstCache::default()
    }

    /// The constant that stands for all equal ones (`_PyCompile_ConstCacheMergeOne`). Elements are left as they are.
    pub fn merge_one(&mut self, value: Const) -> Const {
        let value = match value {
            Const::None | Const::True | Const::False | Const::Ellipsis => return value,
            // Strings that look like names are interned in every code object, so it may be done here once.
            Const::Str(s) if s.interned || s.is_name_like() => Const::Str(self.intern(&s)),
            value => value,
        };
        self.merged.entry(ConstKey(value.clone())).or_insert(value).clone()
    }

    /// Like [`merge_one`](Self::merge_one), elements of tuples and frozensets first (`merge_consts_recursive`).
    pub fn merge_recursive(&mut self, value: Const) -> Const {
        if let Some(known) = self.merged.get(&ConstKey(value.clone())) {
            return known.clone();
        }
        let value = match value {
            Const::Tuple(items) => {
                Const::Tuple(items.iter().map(|c| self.merge_recursive(c.clone())).collect())
            }
            Const::FrozenSet(items) => {
                Const::FrozenSet(items.iter().map(|c| self.merge_recursive(c.clone())).collect())
            }
            other => other,
        };
        self.merge_one(value)
    }

    /// The one interned string with this text.
    pub fn intern(&mut self, text: &StrConst) -> StrConst {
        if let Some(known) = self.interned.get(&text.text) {
            return known.clone();
        }
        let interned = StrConst { text: text.text.clone(), interned: true };
        self.interned.insert(text.text.clone(), interned.clone());
        interned
    }

    /// Forgets the constants of the unit before.
    pub fn begin_unit(&mut self) {
        self.positions.clear();
        self.indexed = 0;
    }

    /// Index of a merged constant among those of the current unit, to which it may only have been appended.
    pub fn position(&mut self, consts: &[Const], value: &Const) -> Option<u32> {
        if consts.len() <= FEW {
            return consts.iter().position(|known| known.is(value)).map(|at| at as u32);
        }
        for (at, known) in consts.iter().enumerate().skip(self.indexed) {
            self.positions.entry(ConstKey(known.clone())).or_insert(at as u32);
        }
        self.indexed = consts.len();
        self.positions.get(&ConstKey(value.clone())).copied()
    }

    pub fn is_interned(&self, text: &StrConst) -> bool {
        self.interned.contains_key(&text.text)
    }

    pub fn intern_str(&mut self, text: &str) -> StrConst {
        self.intern(&StrConst::from(text))
    }
}

/// The constants of one code unit in the order of their indices; equal ones share an index.
#[derive(Clone, Debug, Default)]
pub struct Consts {
    items: Vec<Const>,
    index: FastMap<ConstKey, u32>,
}

impl Consts {
    pub fn new() -> Consts {
        Consts::default()
    }

    /// Index of the constant, which is merged with those of the module and appended when it is new.
    pub fn add(&mut self, value: Const, cache: &mut ConstCache) -> u32 {
        let value = cache.merge_recursive(value);
        let next = self.items.len() as u32;
        let items = &mut self.items;
        *self.index.entry(ConstKey(value.clone())).or_insert_with(|| {
            items.push(value);
            next
        })
    }

    pub fn items(&self) -> &[Const] {
        &self.items
    }

    pub fn into_items(self) -> Vec<Const> {
        self.items
    }

    pub fn len(&self) -> usize {
        self.items.len()
    }

    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }
}
