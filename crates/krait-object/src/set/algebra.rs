//! Operations between sets, and between sets and iterables.

use super::{PyFrozenSet_Type, PySet_Type, Set, hash_element};
use crate::Dict;
use crate::object::Object;
use crate::reference::Ref;
use crate::result::Result;

impl Set {
    /// Is it a frozenset (or an instance of a subclass)?
    pub fn is_frozen(&self) -> bool {
        self.is_instance_of(&PyFrozenSet_Type)
    }

    /// An empty set of the same kind, set or frozenset.
    fn empty_like(&self) -> Ref<Set> {
        Set::of_type(if self.is_frozen() { &PyFrozenSet_Type } else { &PySet_Type })
    }

    /// A copy, exact set or frozenset.
    pub fn copy(&self) -> Result<Ref<Set>> {
        let copy = self.empty_like();
        copy.merge(self)?;
        Ok(copy)
    }

    /// Calls `each` with every element and its hash; the set may change meanwhile.
    fn for_each_element(&self, mut each: impl FnMut(&Object, isize) -> Result<bool>) -> Result<bool> {
        let mut position = 0;
        loop {
            let (key, hash) = match self.next_entry(&mut position) {
                Some((key, hash)) => (key.to_ref(), hash),
                None => return Ok(true),
            };
            if !each(&key, hash)? {
                return Ok(false);
            }
        }
    }

    /// Elements that are also in the iterable.
    pub fn intersection(&self, other: &Object) -> Result<Ref<Set>> {
        if self.is(other) {
            return self.copy();
        }
        let result = self.empty_like();
        if let Some(set) = other.downcast::<Set>() {
            let (large, small) = if set.len() > self.len() { (set, self) } else { (self, set) };
            small.for_each_element(|key, hash| {
                if large.contains_known_hash(key, hash)? {
                    result.insert_known_hash(key, hash)?;
                }
                Ok(true)
            })?;
            return Ok(result);
        }
        let iterator = other.iter()?;
        while let Some(item) = iterator.iter_next()? {
            let hash = hash_element(&item)?;
            if self.contains_known_hash(&item, hash)? {
                result.insert_known_hash(&item, hash)?;
            }
        }
        Ok(result)
    }

    /// Elements that are in no other.
    pub fn difference(&self, other: &Object) -> Result<Ref<Set>> {
        let size = if let Some(set) = other.downcast::<Set>() {
            set.len()
        } else if let Some(dict) = other.downcast_exact::<Dict>() {
            dict.len()
        } else {
            let result = self.copy()?;
            result.difference_update(other)?;
            return Ok(result);
        };
        // With much to keep it is faster to copy and take away.
        if self.len() >> 2 > size {
            let result = self.copy()?;
            result.difference_update(other)?;
            return Ok(result);
        }
        let result = self.empty_like();
        self.for_each_element(|key, hash| {
            let there = match other.downcast::<Set>() {
                Some(set) => set.contains_known_hash(key, hash)?,
                None => other.expect::<Dict>().contains_known_hash(key, hash)?,
            };
            if !there {
                result.insert_known_hash(key, hash)?;
            }
            Ok(true)
        })?;
        Ok(result)
    }

    /// Removes all items of an iterable.
    pub fn difference_update(&self, other: &Object) -> Result<()> {
        if self.is(other) {
            self.clear();
            return Ok(());
        }
        match other.downcast::<Set>() {
            Some(set) if set.len() >> 3 > self.len() => {
                // The other one is much larger: only what both have matters.
                let common = self.intersection(set)?;
                common.for_each_element(|key, hash| self.discard_known_hash(key, hash).map(|_| true))?;
            }
            Some(set) => {
                set.for_each_element(|key, hash| self.discard_known_hash(key, hash).map(|_| true))?;
            }
            None => {
                let iterator = other.iter()?;
                while let Some(item) = iterator.iter_next()? {
                    self.discard_known_hash(&item, hash_element(&item)?)?;
                }
            }
        }
        if self.fill.get() - self.used.get() > self.mask.get() / 4 {
            self.resize_for(self.growth())?;
        }
        Ok(())
    }

    /// Keeps what is in exactly one of the set and the iterable.
    pub fn symmetric_difference_update(&self, other: &Object) -> Result<()> {
        if self.is(other) {
            self.clear();
            return Ok(());
        }
        if let Some(dict) = other.downcast_exact::<Dict>() {
            let mut position = 0;
            loop {
                let (key, hash) = match dict.next_entry(&mut position) {
                    Some((key, _, hash)) => (key.to_ref(), hash),
                    None => return Ok(()),
                };
                self.toggle(&key, hash)?;
            }
        }
        let other = match other.downcast::<Set>() {
            Some(set) => Ref::from_borrowed(set),
            None => Set::from_iterable(other)?,
        };
        other.for_each_element(|key, hash| self.toggle(key, hash).map(|()| true))?;
        Ok(())
    }

    fn toggle(&self, key: &Object, hash: isize) -> Result<()> {
        if !self.discard_known_hash(key, hash)? {
            self.insert_known_hash(key, hash)?;
        }
        Ok(())
    }

    /// What is in exactly one of the set and the iterable.
    pub fn symmetric_difference(&self, other: &Object) -> Result<Ref<Set>> {
        let result = self.empty_like();
        result.update(other)?;
        result.symmetric_difference_update(self)?;
        Ok(result)
    }

    /// Elements of the set and of all iterables.
    pub fn union(&self, others: &[&Object]) -> Result<Ref<Set>> {
        let result = self.copy()?;
        for other in others {
            if !self.is(other) {
                result.update(other)?;
            }
        }
        Ok(result)
    }

    /// Exchanges the contents with another set that nobody else sees.
    pub(super) fn take_content(&self, other: Ref<Set>) -> Result<()> {
        let old = self.copy()?;
        self.clear();
        self.merge(&other)?;
        drop(old);
        Ok(())
    }

    /// Are all elements in the other set?
    pub fn is_subset_of(&self, other: &Set) -> Result<bool> {
        if self.len() > other.len() {
            return Ok(false);
        }
        self.for_each_element(|key, hash| other.contains_known_hash(key, hash))
    }

    /// Have they no element in common?
    pub fn is_disjoint(&self, other: &Object) -> Result<bool> {
        if self.is(other) {
            return Ok(self.is_empty());
        }
        if let Some(set) = other.downcast::<Set>() {
            let (large, small) = if set.len() > self.len() { (set, self) } else { (self, set) };
            return small.for_each_element(|key, hash| Ok(!large.contains_known_hash(key, hash)?));
        }
        let iterator = other.iter()?;
        while let Some(item) = iterator.iter_next()? {
            if self.contains_known_hash(&item, hash_element(&item)?)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
