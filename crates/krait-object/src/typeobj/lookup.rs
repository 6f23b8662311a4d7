//! Attribute look-up along the MRO, version tags and the cache keyed by them. CPython: `Objects/typeobject.c`
//! (`_PyType_LookupRef`, `PyType_Modified`, `assign_version_tag`).
//!
//! A version tag stands for one state of a type: of its own dict and those of its bases. Zero means none is assigned.
//! Tags are never reused, so that a cache entry or a specialised instruction with a stale tag can never match.
//!
//! Invariants: a type has a tag only if all its bases have one; [`TypeObject::modified`] runs before or with each
//! change of a type's dict and takes the tags of the type and its subclasses away.

use super::{HeapTypeObject, TypeObject, flags};
use crate::object::Object;
use crate::reference::Ref;
use crate::str::Str;
use crate::{Dict, Tuple, interp};
use core::cell::Cell;
use core::sync::atomic::{AtomicU32, Ordering};

/// Number of entries of the cache; a power of two.
const CACHE_SIZE: usize = 4096;
/// Tags below belong to static types, which all interpreters share (`_Py_TYPE_BASE_VERSION_TAG`).
pub const BASE_VERSION_TAG: u32 = 2 << 16;
/// Tags below are assigned by hand to the types that the optimiser knows (`_Py_TYPE_VERSION_NEXT`).
const FIRST_GLOBAL_TAG: u32 = 16;
/// How many tags one type may use up before it goes without.
const MAX_VERSIONS_PER_TYPE: u16 = 1000;
/// `tp_versions_used` of a type that must never have a tag.
pub(super) const VERSIONS_OFF: u16 = 30_000;

static NEXT_GLOBAL_TAG: AtomicU32 = AtomicU32::new(FIRST_GLOBAL_TAG);

/// One remembered look-up: the name is interned, hence immortal; the value is borrowed from the type's dict, and null
/// for a name that is known to be absent.
#[derive(Default)]
struct Entry {
    version: Cell<u32>,
    name: Cell<usize>,
    value: Cell<usize>,
}

/// A function that is told that a watched type is about to change.
pub type Watcher = fn(&TypeObject);

/// What an interpreter remembers about types.
pub struct TypeState {
    cache: Box<[Entry]>,
    next_tag: Cell<u32>,
    watchers: [Cell<Option<Watcher>>; 8],
}

impl TypeState {
    /// An empty cache.
    pub fn new() -> TypeState {
        TypeState {
            cache: (0..CACHE_SIZE).map(|_| Entry::default()).collect(),
            next_tag: Cell::new(BASE_VERSION_TAG),
            watchers: [const { Cell::new(None) }; 8],
        }
    }

    /// Forgets all remembered look-ups.
    pub fn clear_cache(&self) {
        for entry in &self.cache {
            entry.version.set(0);
            entry.name.set(0);
        }
    }

    /// Registers a watcher; gives its number.
    pub fn add_watcher(&self, watcher: Watcher) -> Option<usize> {
        let free = self.watchers.iter().position(|w| w.get().is_none())?;
        self.watchers[free].set(Some(watcher));
        Some(free)
    }

    /// Removes a watcher; false when there is none of that number.
    pub fn clear_watcher(&self, id: usize) -> bool {
        self.watchers.get(id).is_some_and(|w| w.replace(None).is_some())
    }
}

impl Default for TypeState {
    fn default() -> Self {
        TypeState::new()
    }
}

#[inline(always)]
fn slot_of(version: u32, name: usize) -> usize {
    (version as usize ^ (name >> 3)) & (CACHE_SIZE - 1)
}

impl TypeObject {
    /// The attribute `name` of the type or its bases, without binding (`_PyType_LookupRef`).
    #[inline]
    pub fn lookup(&self, name: &Str) -> Option<Ref<Object>> {
        self.lookup_version(name).0
    }

    /// As [`TypeObject::lookup`], with the version tag under which the answer holds (0: it may change unnoticed).
    #[inline]
    pub fn lookup_version(&self, name: &Str) -> (Option<Ref<Object>>, u32) {
        let version = self.tp_version_tag.get();
        if version != 0 {
            let address = core::ptr::from_ref(name) as usize;
            let entry = &interp::current().types.cache[slot_of(version, address)];
            if entry.version.get() == version && entry.name.get() == address {
                // SAFETY: the version matches, so the dict that held the value when the entry was made is unchanged
                // and keeps it alive.
                let value = unsafe { (entry.value.get() as *const Object).as_ref() };
                return (value.map(Object::to_ref), version);
            }
        }
        self.lookup_slow(name)
    }

    #[cold]
    #[inline(never)]
    fn lookup_slow(&self, name: &Str) -> (Option<Ref<Object>>, u32) {
        let version = if name.is_interned() { self.assign_version() } else { 0 };
        let found = self.lookup_in_mro(name);
        // The look-up may have run Python code (keys that are not strings): remember only what still holds.
        if version != 0 && self.tp_version_tag.get() == version {
            let address = core::ptr::from_ref(name) as usize;
            let entry = &interp::current().types.cache[slot_of(version, address)];
            entry.version.set(version);
            entry.name.set(address);
            entry.value.set(found.as_ref().map_or(0, |v| v.as_raw() as usize));
            return (found, version);
        }
        (found, 0)
    }

    /// Walks the MRO, past the cache (`find_name_in_mro`).
    pub(super) fn lookup_in_mro(&self, name: &Str) -> Option<Ref<Object>> {
        let Some(mro) = self.mro() else {
            // A type that is being made ready.
            return self.dict().and_then(|d| d.get_str(name));
        };
        for base in mro.as_slice() {
            if let Some(found) = base.expect::<TypeObject>().dict().and_then(|d| d.get_str(name)) {
                return Some(found);
            }
        }
        None
    }

    /// The MRO, kept alive for the caller; `None` before the type is ready.
    #[inline(always)]
    pub fn mro(&self) -> Option<Ref<Tuple>> {
        // SAFETY: `tp_mro` is null or a tuple that the type owns.
        unsafe { self.tp_mro.get().as_ref() }.map(|m| Ref::from_borrowed(m.expect::<Tuple>()))
    }

    /// The direct bases; empty for `object`.
    pub fn bases(&self) -> Ref<Tuple> {
        // SAFETY: `tp_bases` is null or a tuple that the type owns.
        match unsafe { self.tp_bases.get().as_ref() } {
            Some(bases) => Ref::from_borrowed(bases.expect::<Tuple>()),
            None => Ref::from_borrowed(Tuple::empty()),
        }
    }

    /// The type's own dict; `None` before it is ready. Changes must go through [`TypeObject::modified`].
    #[inline(always)]
    pub fn dict(&self) -> Option<&Dict> {
        // SAFETY: `tp_dict` is null or a dict that the type owns for its whole life.
        unsafe { self.tp_dict.get().as_ref() }.map(|d| d.expect::<Dict>())
    }

    /// The version tag, assigned if need be; 0 when the type can have none (`PyUnstable_Type_AssignVersionTag`).
    pub fn assign_version(&self) -> u32 {
        let version = self.tp_version_tag.get();
        if version != 0 {
            return version;
        }
        if !self.has_flag(flags::READY) || self.tp_versions_used.get() >= MAX_VERSIONS_PER_TYPE {
            return 0;
        }
        for base in self.bases().as_slice() {
            if base.expect::<TypeObject>().assign_version() == 0 {
                return 0;
            }
        }
        let version = if self.has_flag(flags::IMMUTABLETYPE) && !self.is_heap_type() {
            next_global_tag()
        } else {
            interp::current().types.next_heap_tag()
        };
        if version != 0 {
            self.tp_versions_used.set(self.tp_versions_used.get() + 1);
            self.tp_version_tag.set(version);
        }
        version
    }

    /// Takes the version tags of the type and its subclasses away: every change of a type's dict, bases or MRO goes
    /// through here (`PyType_Modified`).
    pub fn modified(&self) {
        if self.tp_version_tag.get() == 0 {
            return;
        }
        self.for_each_subclass(|subclass| subclass.modified());
        let watched = self.tp_watched.get();
        if watched != 0 {
            for (id, watcher) in interp::current().types.watchers.iter().enumerate() {
                if watched & (1 << id) != 0 {
                    if let Some(watcher) = watcher.get() {
                        watcher(self);
                    }
                }
            }
        }
        self.tp_version_tag.set(0);
        if let Some(heap) = self.as_heap() {
            heap.spec_cache.getitem.set(core::ptr::null_mut());
            heap.spec_cache.init.set(core::ptr::null_mut());
        }
    }

    /// The heap part of a type made at run time.
    #[inline(always)]
    pub fn as_heap(&self) -> Option<&HeapTypeObject> {
        // SAFETY: the flag says that the type object is the beginning of a `HeapTypeObject`.
        self.is_heap_type().then(|| unsafe { &*core::ptr::from_ref(self).cast::<HeapTypeObject>() })
    }

    /// Has the watcher with this number told of changes of the type (`PyType_Watch`).
    pub fn watch(&self, id: usize) {
        // A type without tag is not seen to change.
        self.assign_version();
        self.tp_watched.set(self.tp_watched.get() | 1 << (id & 7));
    }

    /// Ends [`TypeObject::watch`].
    pub fn unwatch(&self, id: usize) {
        self.tp_watched.set(self.tp_watched.get() & !(1 << (id & 7)));
    }

    /// Calls `each` for every direct subclass, kept alive meanwhile.
    pub fn for_each_subclass(&self, mut each: impl FnMut(&TypeObject)) {
        for subclass in self.subclasses() {
            each(&subclass);
        }
    }

    /// The direct subclasses, oldest first.
    pub fn subclasses(&self) -> Vec<Ref<TypeObject>> {
        // SAFETY: null or a boxed vector made by `add_subclass`; its entries are live types, which leave the
        // vector before they die.
        unsafe {
            match self.tp_subclasses.get().cast::<Vec<*const TypeObject>>().as_ref() {
                Some(list) => list.iter().map(|&t| Ref::from_borrowed(&*t)).collect(),
                None => Vec::new(),
            }
        }
    }

    /// Registers a direct subclass.
    pub(crate) fn add_subclass(&self, subclass: &TypeObject) {
        let mut list = self.tp_subclasses.get().cast::<Vec<*const TypeObject>>();
        if list.is_null() {
            list = Box::into_raw(Box::default());
            self.tp_subclasses.set(list.cast());
        }
        // SAFETY: made above or by an earlier call; nothing else borrows it.
        let list = unsafe { &mut *list };
        if !list.iter().rev().take(1).any(|&t| core::ptr::eq(t, subclass)) {
            list.push(subclass);
        }
    }

    /// Takes a direct subclass out of the registry.
    pub(crate) fn remove_subclass(&self, subclass: &TypeObject) {
        let list = self.tp_subclasses.get().cast::<Vec<*const TypeObject>>();
        // SAFETY: as in `add_subclass`.
        let Some(list) = (unsafe { list.as_mut() }) else { return };
        if let Some(at) = list.iter().rposition(|&t| core::ptr::eq(t, subclass)) {
            list.remove(at);
        }
        if list.is_empty() {
            self.free_subclasses();
        }
    }

    /// Frees the registry of a type that has no subclasses (any more).
    pub(crate) fn free_subclasses(&self) {
        let list = self.tp_subclasses.replace(core::ptr::null_mut()).cast::<Vec<*const TypeObject>>();
        if !list.is_null() {
            // SAFETY: made by `Box::into_raw`; the field was cleared just now.
            drop(unsafe { Box::from_raw(list) });
        }
    }
}

impl TypeState {
    fn next_heap_tag(&self) -> u32 {
        let tag = self.next_tag.get();
        if tag != 0 {
            self.next_tag.set(tag.wrapping_add(1));
        }
        tag
    }
}

fn next_global_tag() -> u32 {
    let tag = NEXT_GLOBAL_TAG.fetch_add(1, Ordering::Relaxed);
    if tag < BASE_VERSION_TAG {
        return tag;
    }
    NEXT_GLOBAL_TAG.store(BASE_VERSION_TAG, Ordering::Relaxed);
    0
}
