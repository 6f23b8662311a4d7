//! Type objects: the `PyTypeObject` layout, its constant builder for static types, and what every part of the object
//! model asks of a type. CPython: `Objects/typeobject.c`.
//!
//! - `flags`: `Py_TPFLAGS_*`
//! - `ready`, `inherit`, `mro`: making a type usable
//! - `slotdefs`: the table between special method names and slots, both ways; `wrappers` go from method to slot,
//!   `slot_functions`, `slot_numbers` and `slot_buffer` from slot to method
//! - `lookup`: attribute look-up along the MRO with version tags and a cache
//! - `create`, `class_slots`, `layout`: `type.__new__`, metaclasses, `__slots__`
//! - `spec`: heap types from tables, for extension modules
//! - `instances`: life and death of instances of classes
//! - `metatype`, `attributes`: the type `type`, its methods and computed attributes
//! - `base`, `reduce`: the type `object`, pickling
//! - `class_assign`: assignment of `__class__` and `__bases__`
//! - `builtin_types`: the table of static types
//!
//! Invariants: `tp_mro` of a ready type is a tuple of types whose first entry is the type; slots and `tp_dict` agree;
//! a change of `tp_dict` goes through [`TypeObject::modified`].

pub mod attributes;
pub mod base;
pub mod builtin_types;
pub mod class_assign;
pub mod class_slots;
pub mod create;
pub mod flags;
pub mod inherit;
pub mod instances;
pub mod layout;
pub mod lookup;
pub mod metatype;
pub mod mro;
pub mod ready;
pub mod reduce;
pub mod slot_buffer;
pub mod slot_functions;
pub mod slot_numbers;
pub mod slotdefs;
pub mod spec;
#[cfg(test)]
mod tests;
pub mod wrappers;

pub use base::PyBaseObject_Type;
pub use metatype::PyType_Type;

use crate::defs::{GetSetDef, MemberDef, MethodDef};
use crate::object::{Object, VarObject};
use crate::slots::*;
use core::cell::Cell;
use core::ffi::{CStr, c_char, c_void};

/// `PyTypeObject`.
#[repr(C)]
pub struct TypeObject {
    pub ob_base: VarObject,
    pub tp_name: Cell<*const c_char>,
    pub tp_basicsize: Cell<isize>,
    pub tp_itemsize: Cell<isize>,
    pub tp_dealloc: Cell<Option<DestructorFn>>,
    pub tp_vectorcall_offset: Cell<isize>,
    pub tp_getattr: Cell<Option<GetAttrCharFn>>,
    pub tp_setattr: Cell<Option<SetAttrCharFn>>,
    pub tp_as_async: Cell<*const AsyncMethods>,
    pub tp_repr: Cell<Option<UnaryFn>>,
    pub tp_as_number: Cell<*const NumberMethods>,
    pub tp_as_sequence: Cell<*const SequenceMethods>,
    pub tp_as_mapping: Cell<*const MappingMethods>,
    pub tp_hash: Cell<Option<HashFn>>,
    pub tp_call: Cell<Option<CallFn>>,
    pub tp_str: Cell<Option<UnaryFn>>,
    pub tp_getattro: Cell<Option<BinaryFn>>,
    pub tp_setattro: Cell<Option<SetFn>>,
    pub tp_as_buffer: Cell<*const BufferProcs>,
    pub tp_flags: Cell<u64>,
    pub tp_doc: Cell<*const c_char>,
    pub tp_traverse: Cell<Option<TraverseFn>>,
    pub tp_clear: Cell<Option<ClearFn>>,
    pub tp_richcompare: Cell<Option<RichCompareFn>>,
    pub tp_weaklistoffset: Cell<isize>,
    pub tp_iter: Cell<Option<UnaryFn>>,
    pub tp_iternext: Cell<Option<IterNextFn>>,
    pub tp_methods: Cell<*const MethodDef>,
    pub tp_members: Cell<*const MemberDef>,
    pub tp_getset: Cell<*const GetSetDef>,
    pub tp_base: Cell<*const TypeObject>,
    pub tp_dict: Cell<*mut Object>,
    pub tp_descr_get: Cell<Option<DescrGetFn>>,
    pub tp_descr_set: Cell<Option<DescrSetFn>>,
    pub tp_dictoffset: Cell<isize>,
    pub tp_init: Cell<Option<InitFn>>,
    pub tp_alloc: Cell<Option<AllocFn>>,
    pub tp_new: Cell<Option<NewFn>>,
    pub tp_free: Cell<Option<FreeFn>>,
    pub tp_is_gc: Cell<Option<InquiryFn>>,
    pub tp_bases: Cell<*mut Object>,
    pub tp_mro: Cell<*mut Object>,
    pub tp_cache: Cell<*mut Object>,
    pub tp_subclasses: Cell<*mut c_void>,
    pub tp_weaklist: Cell<*mut Object>,
    pub tp_del: Cell<Option<DestructorFn>>,
    pub tp_version_tag: Cell<u32>,
    pub tp_finalize: Cell<Option<FinalizeFn>>,
    pub tp_vectorcall: Cell<Option<VectorcallFn>>,
    pub tp_watched: Cell<u8>,
    pub tp_versions_used: Cell<u16>,
}

// SAFETY: type objects are changed only with the GIL held.
unsafe impl Sync for TypeObject {}

const _: () = {
    assert!(size_of::<TypeObject>() == 416);
    assert!(core::mem::offset_of!(TypeObject, tp_flags) == 168);
    assert!(core::mem::offset_of!(TypeObject, tp_versions_used) == 410);
};

macro_rules! builder {
    ($($field:ident: $ty:ty;)*) => {
        $(
            #[doc = concat!("Sets `", stringify!($field), "`.")]
            pub const fn $field(mut self, function: $ty) -> TypeObject {
                self.$field = Cell::new(Some(function));
                self
            }
        )*
    };
}

impl TypeObject {
    /// A static type with a name, instances of layout `T`, and nothing else set. The name is "list" for a builtin,
    /// "collections.deque" for one that lives in a module.
    pub const fn of<T>(name: &'static CStr) -> TypeObject {
        TypeObject::new(name, size_of::<T>())
    }

    /// A static type with the given instance size.
    pub const fn new(name: &'static CStr, basicsize: usize) -> TypeObject {
        TypeObject {
            ob_base: VarObject::immortal(&raw const PyType_Type, 0),
            tp_name: Cell::new(name.as_ptr()),
            tp_basicsize: Cell::new(basicsize as isize),
            tp_itemsize: Cell::new(0),
            tp_dealloc: Cell::new(None),
            tp_vectorcall_offset: Cell::new(0),
            tp_getattr: Cell::new(None),
            tp_setattr: Cell::new(None),
            tp_as_async: Cell::new(core::ptr::null()),
            tp_repr: Cell::new(None),
            tp_as_number: Cell::new(core::ptr::null()),
            tp_as_sequence: Cell::new(core::ptr::null()),
            tp_as_mapping: Cell::new(core::ptr::null()),
            tp_hash: Cell::new(None),
            tp_call: Cell::new(None),
            tp_str: Cell::new(None),
            tp_getattro: Cell::new(None),
            tp_setattro: Cell::new(None),
            tp_as_buffer: Cell::new(core::ptr::null()),
            tp_flags: Cell::new(flags::IMMUTABLETYPE | flags::STATIC_BUILTIN),
            tp_doc: Cell::new(core::ptr::null()),
            tp_traverse: Cell::new(None),
            tp_clear: Cell::new(None),
            tp_richcompare: Cell::new(None),
            tp_weaklistoffset: Cell::new(0),
            tp_iter: Cell::new(None),
            tp_iternext: Cell::new(None),
            tp_methods: Cell::new(core::ptr::null()),
            tp_members: Cell::new(core::ptr::null()),
            tp_getset: Cell::new(core::ptr::null()),
            tp_base: Cell::new(core::ptr::null()),
            tp_dict: Cell::new(core::ptr::null_mut()),
            tp_descr_get: Cell::new(None),
            tp_descr_set: Cell::new(None),
            tp_dictoffset: Cell::new(0),
            tp_init: Cell::new(None),
            tp_alloc: Cell::new(None),
            tp_new: Cell::new(None),
            tp_free: Cell::new(None),
            tp_is_gc: Cell::new(None),
            tp_bases: Cell::new(core::ptr::null_mut()),
            tp_mro: Cell::new(core::ptr::null_mut()),
            tp_cache: Cell::new(core::ptr::null_mut()),
            tp_subclasses: Cell::new(core::ptr::null_mut()),
            tp_weaklist: Cell::new(core::ptr::null_mut()),
            tp_del: Cell::new(None),
            tp_version_tag: Cell::new(0),
            tp_finalize: Cell::new(None),
            tp_vectorcall: Cell::new(None),
            tp_watched: Cell::new(0),
            tp_versions_used: Cell::new(0),
        }
    }

    /// Adds flags.
    pub const fn flags(mut self, more: u64) -> TypeObject {
        self.tp_flags = Cell::new(self.tp_flags.get() | more);
        self
    }

    /// Base type (default `object`).
    pub const fn base(mut self, base: *const TypeObject) -> TypeObject {
        self.tp_base = Cell::new(base);
        self
    }

    /// Size of one item of a variable-size object.
    pub const fn itemsize(mut self, size: usize) -> TypeObject {
        self.tp_itemsize = Cell::new(size as isize);
        self
    }

    /// Documentation, `name(signature)\n--\n\ntext`.
    pub const fn doc(mut self, doc: &'static CStr) -> TypeObject {
        self.tp_doc = Cell::new(doc.as_ptr());
        self
    }

    /// Method table, ending in [`MethodDef::SENTINEL`].
    pub const fn methods(mut self, table: &'static [MethodDef]) -> TypeObject {
        self.tp_methods = Cell::new(table.as_ptr());
        self
    }

    /// Attribute table, ending in [`GetSetDef::SENTINEL`].
    pub const fn getset(mut self, table: &'static [GetSetDef]) -> TypeObject {
        self.tp_getset = Cell::new(table.as_ptr());
        self
    }

    /// Member table, ending in [`MemberDef::SENTINEL`].
    pub const fn members(mut self, table: &'static [MemberDef]) -> TypeObject {
        self.tp_members = Cell::new(table.as_ptr());
        self
    }

    /// Number protocol.
    pub const fn as_number(mut self, suite: &'static NumberMethods) -> TypeObject {
        self.tp_as_number = Cell::new(suite);
        self
    }

    /// Sequence protocol.
    pub const fn as_sequence(mut self, suite: &'static SequenceMethods) -> TypeObject {
        self.tp_as_sequence = Cell::new(suite);
        self
    }

    /// Mapping protocol.
    pub const fn as_mapping(mut self, suite: &'static MappingMethods) -> TypeObject {
        self.tp_as_mapping = Cell::new(suite);
        self
    }

    /// Asynchronous protocol.
    pub const fn as_async(mut self, suite: &'static AsyncMethods) -> TypeObject {
        self.tp_as_async = Cell::new(suite);
        self
    }

    /// Buffer protocol.
    pub const fn as_buffer(mut self, suite: &'static BufferProcs) -> TypeObject {
        self.tp_as_buffer = Cell::new(suite);
        self
    }

    /// Offset of the weak reference list in an instance.
    pub const fn weaklist_offset(mut self, offset: usize) -> TypeObject {
        self.tp_weaklistoffset = Cell::new(offset as isize);
        self
    }

    /// Offset of the instance dictionary.
    pub const fn dict_offset(mut self, offset: usize) -> TypeObject {
        self.tp_dictoffset = Cell::new(offset as isize);
        self
    }

    /// Offset of the instance's vectorcall function pointer; sets the flag too.
    pub const fn vectorcall_offset(mut self, offset: usize) -> TypeObject {
        self.tp_vectorcall_offset = Cell::new(offset as isize);
        self.flags(flags::HAVE_VECTORCALL)
    }

    builder! {
        tp_dealloc: DestructorFn;
        tp_repr: UnaryFn;
        tp_hash: HashFn;
        tp_call: CallFn;
        tp_str: UnaryFn;
        tp_getattro: BinaryFn;
        tp_setattro: SetFn;
        tp_traverse: TraverseFn;
        tp_clear: ClearFn;
        tp_richcompare: RichCompareFn;
        tp_iter: UnaryFn;
        tp_iternext: IterNextFn;
        tp_descr_get: DescrGetFn;
        tp_descr_set: DescrSetFn;
        tp_init: InitFn;
        tp_alloc: AllocFn;
        tp_new: NewFn;
        tp_free: FreeFn;
        tp_is_gc: InquiryFn;
        tp_finalize: FinalizeFn;
        tp_vectorcall: VectorcallFn;
    }

    /// `tp_name` in full, as messages show it for static types.
    pub fn full_name(&self) -> &str {
        // SAFETY: `tp_name` is a NUL-terminated string that lives as long as the type.
        unsafe { CStr::from_ptr(self.tp_name.get()) }.to_str().unwrap_or("?")
    }

    /// The name in messages: `tp_name` as C's `%.200s` of it prints.
    pub fn name(&self) -> &str {
        self.full_name()
    }

    /// The last part of `tp_name` (`__name__`).
    pub fn short_name(&self) -> &str {
        let full = self.full_name();
        full.rsplit('.').next().unwrap_or(full)
    }

    /// Is a flag set?
    #[inline(always)]
    pub fn has_flag(&self, flag: u64) -> bool {
        self.tp_flags.get() & flag != 0
    }

    /// Sets flags.
    pub fn set_flag(&self, flag: u64) {
        self.tp_flags.set(self.tp_flags.get() | flag);
    }

    /// Clears flags.
    pub fn clear_flag(&self, flag: u64) {
        self.tp_flags.set(self.tp_flags.get() & !flag);
    }

    /// Do instances carry the collector's header?
    #[inline(always)]
    pub fn is_gc_type(&self) -> bool {
        self.has_flag(flags::HAVE_GC)
    }

    /// Made by a `class` statement or a spec, not static?
    #[inline(always)]
    pub fn is_heap_type(&self) -> bool {
        self.has_flag(flags::HEAPTYPE)
    }

    /// Same type?
    #[inline(always)]
    pub fn is_type(&self, other: &TypeObject) -> bool {
        core::ptr::eq(self, other)
    }

    /// The base type, `None` for `object`.
    #[inline(always)]
    pub fn base_type(&self) -> Option<&TypeObject> {
        // SAFETY: `tp_base` is null or a live type that this type keeps alive.
        unsafe { self.tp_base.get().as_ref() }
    }

    /// `PyType_IsSubtype`.
    pub fn is_subtype_of(&self, other: &TypeObject) -> bool {
        if core::ptr::eq(self, other) {
            return true;
        }
        // SAFETY: `tp_mro` is null or a tuple that the type owns.
        if let Some(mro) = unsafe { self.tp_mro.get().as_ref() } {
            let mro = mro.expect::<crate::Tuple>();
            return mro.as_slice().iter().any(|t| core::ptr::eq(t.as_ptr(), other.as_ptr()));
        }
        let mut base = self.base_type();
        while let Some(ty) = base {
            if core::ptr::eq(ty, other) {
                return true;
            }
            base = ty.base_type();
        }
        core::ptr::eq(other, &raw const PyBaseObject_Type)
    }

    #[inline(always)]
    pub fn number(&self) -> Option<&NumberMethods> {
        // SAFETY: null or a suite that lives as long as the type.
        unsafe { self.tp_as_number.get().as_ref() }
    }
    #[inline(always)]
    pub fn sequence(&self) -> Option<&SequenceMethods> {
        // SAFETY: null or a suite that lives as long as the type.
        unsafe { self.tp_as_sequence.get().as_ref() }
    }
    #[inline(always)]
    pub fn mapping(&self) -> Option<&MappingMethods> {
        // SAFETY: null or a suite that lives as long as the type.
        unsafe { self.tp_as_mapping.get().as_ref() }
    }
    #[inline(always)]
    pub fn asynchronous(&self) -> Option<&AsyncMethods> {
        // SAFETY: null or a suite that lives as long as the type.
        unsafe { self.tp_as_async.get().as_ref() }
    }
    #[inline(always)]
    pub fn buffer(&self) -> Option<&BufferProcs> {
        // SAFETY: null or a suite that lives as long as the type.
        unsafe { self.tp_as_buffer.get().as_ref() }
    }
}

crate::object_type!(TypeObject, PyType_Type, TYPE_SUBCLASS);

/// `PyHeapTypeObject`: a type made at run time, with its suites inside.
#[repr(C)]
pub struct HeapTypeObject {
    pub ht_type: TypeObject,
    pub as_async: AsyncMethods,
    pub as_number: NumberMethods,
    pub as_mapping: MappingMethods,
    pub as_sequence: SequenceMethods,
    pub as_buffer: BufferProcs,
    pub ht_name: crate::Slot<crate::Str>,
    pub ht_slots: crate::Slot,
    pub ht_qualname: crate::Slot<crate::Str>,
    pub ht_cached_keys: Cell<*mut c_void>,
    pub ht_module: crate::Slot,
    pub ht_tpname: Cell<*mut c_char>,
    pub ht_token: Cell<*mut c_void>,
    pub spec_cache: SpecializationCache,
}

/// What the specialising interpreter remembers of a type (`_specialization_cache`).
#[repr(C)]
pub struct SpecializationCache {
    pub getitem: Cell<*mut Object>,
    pub getitem_version: Cell<u32>,
    pub init: Cell<*mut Object>,
}

const _: () = assert!(size_of::<HeapTypeObject>() == 936);
