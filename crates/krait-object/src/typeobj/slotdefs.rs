//! The table between special method names and slots, read both ways. CPython: `Objects/typeobject.c` (`slotdefs`).
//!
//! - a native slot appears as a method: [`add_operators`] puts a slot wrapper under each name of a filled slot
//! - a method fills the slot: [`fixup`] for a new class, [`update`] when an attribute of a class changes
//!
//! Entries of one slot stand together; a name with several slots (`__len__`) appears in several places.

use super::wrappers::*;
use super::{HeapTypeObject, TypeObject, base, flags, ready};
use super::{slot_functions::*, slot_numbers::*};
use crate::descriptors::wrapper::SlotWrapper;
use crate::object::{Object, none};
use crate::reference::Ref;
use crate::result::Result;
use crate::slots::*;
use crate::str::Str;
use crate::str::intern::intern_str;
use crate::tuple::Tuple;
use core::cell::Cell;
use core::ffi::{CStr, c_char, c_int, c_void};
use core::mem::offset_of;

/// Turns a call of a slot wrapper into a call of the slot's function (`wrapperfunc`).
pub type WrapperFn = extern "C" fn(&Object, &Tuple, *mut c_void) -> Result;
/// As [`WrapperFn`], for slots that take keyword arguments.
pub type KeywordWrapperFn = extern "C" fn(&Object, &Tuple, *mut c_void, Option<&Object>) -> Result;

/// The wrapper of an entry; flag [`KEYWORDS`] tells which.
#[derive(Clone, Copy)]
#[repr(C)]
pub union Wrapper {
    pub none: *const c_void,
    pub plain: WrapperFn,
    pub keywords: KeywordWrapperFn,
}

/// `PyWrapperFlag_KEYWORDS`.
pub const KEYWORDS: c_int = 1;

/// `struct wrapperbase`: one special method of one slot.
#[repr(C)]
pub struct SlotDef {
    name: *const c_char,
    offset: c_int,
    /// The slot function that calls the Python method; null when another slot of the same name serves.
    function: *const c_void,
    pub wrapper: Wrapper,
    doc: *const c_char,
    pub flags: c_int,
    name_object: Cell<*const Str>,
}

// SAFETY: constant but for the cached name, which is written under the GIL with one and the same value.
unsafe impl Sync for SlotDef {}

impl SlotDef {
    const fn new(
        name: &'static CStr,
        offset: usize,
        function: *const c_void,
        wrapper: Wrapper,
        doc: &'static CStr,
        flags: c_int,
    ) -> SlotDef {
        SlotDef {
            name: name.as_ptr(),
            offset: offset as c_int,
            function,
            wrapper,
            doc: doc.as_ptr(),
            flags,
            name_object: Cell::new(core::ptr::null()),
        }
    }

    /// The special method's name, interned.
    #[inline(always)]
    pub fn name(&self) -> &'static Str {
        // SAFETY: null or an interned, hence immortal, string.
        match unsafe { self.name_object.get().as_ref() } {
            Some(name) => name,
            None => self.intern_name(),
        }
    }

    #[cold]
    fn intern_name(&self) -> &'static Str {
        let name = intern_str(self.name_text());
        self.name_object.set(name);
        name
    }

    /// The name as text.
    pub fn name_text(&self) -> &'static str {
        // SAFETY: names in the table are C string literals.
        unsafe { CStr::from_ptr(self.name) }.to_str().unwrap_or("?")
    }

    /// The documentation with its signature line.
    pub fn doc(&self) -> &'static str {
        // SAFETY: documentation in the table are C string literals.
        unsafe { CStr::from_ptr(self.doc) }.to_str().unwrap_or("")
    }

    fn has_wrapper(&self) -> bool {
        // SAFETY: all variants are pointers.
        !unsafe { self.wrapper.none }.is_null()
    }

    fn same_wrapper(&self, other: &SlotDef) -> bool {
        // SAFETY: all variants are pointers.
        unsafe { self.wrapper.none == other.wrapper.none }
    }
}

const NO_WRAPPER: Wrapper = Wrapper { none: core::ptr::null() };

macro_rules! function {
    (none) => {
        core::ptr::null()
    };
    ($f:ident) => {
        $f as *const c_void
    };
}
macro_rules! wrapper {
    (none) => {
        NO_WRAPPER
    };
    ($f:ident) => {
        Wrapper { plain: $f }
    };
}
/// The documentation literal: name, signature, text.
macro_rules! doc {
    ($name:literal, $sig:literal, $text:literal) => {
        match CStr::from_bytes_with_nul(concat!($name, $sig, "\n--\n\n", $text, "\0").as_bytes()) {
            Ok(doc) => doc,
            Err(_) => unreachable!(),
        }
    };
}
macro_rules! name {
    ($name:literal) => {
        match CStr::from_bytes_with_nul(concat!($name, "\0").as_bytes()) {
            Ok(name) => name,
            Err(_) => unreachable!(),
        }
    };
}
macro_rules! tp {
    ($name:literal $field:ident $function:ident $wrapper:ident $sig:literal $text:literal) => {
        SlotDef::new(
            name!($name),
            offset_of!(HeapTypeObject, ht_type) + offset_of!(TypeObject, $field),
            function!($function),
            wrapper!($wrapper),
            doc!($name, $sig, $text),
            0,
        )
    };
}
macro_rules! suite {
    ($as:ident $suite:ident $name:literal $field:ident $function:ident $wrapper:ident $sig:literal $text:literal) => {
        SlotDef::new(
            name!($name),
            offset_of!(HeapTypeObject, $as) + offset_of!($suite, $field),
            function!($function),
            wrapper!($wrapper),
            doc!($name, $sig, $text),
            0,
        )
    };
}
macro_rules! am { ($($t:tt)*) => { suite!(as_async AsyncMethods $($t)*) }; }
macro_rules! mp { ($($t:tt)*) => { suite!(as_mapping MappingMethods $($t)*) }; }
macro_rules! sq { ($($t:tt)*) => { suite!(as_sequence SequenceMethods $($t)*) }; }
macro_rules! nb { ($($t:tt)*) => { suite!(as_number NumberMethods $($t)*) }; }
macro_rules! bf { ($($t:tt)*) => { suite!(as_buffer BufferProcs $($t)*) }; }
macro_rules! unary {
    ($name:literal $field:ident $function:ident $text:literal) => {
        nb!($name $field $function wrap_unary "($self, /)" $text)
    };
}
macro_rules! left {
    ($name:literal $field:ident $function:ident $text:literal) => {
        nb!($name $field $function wrap_binary "($self, value, /)" $text)
    };
}
macro_rules! right {
    ($name:literal $field:ident $function:ident $text:literal) => {
        nb!($name $field $function wrap_binary_reflected "($self, value, /)" $text)
    };
}

/// The table.
pub static SLOTS: [SlotDef; 94] = [
    tp!("__getattribute__" tp_getattr none none "" ""),
    tp!("__getattr__" tp_getattr none none "" ""),
    tp!("__setattr__" tp_setattr none none "" ""),
    tp!("__delattr__" tp_setattr none none "" ""),
    tp!("__repr__" tp_repr slot_tp_repr wrap_unary "($self, /)" "Return repr(self)."),
    tp!("__hash__" tp_hash slot_tp_hash wrap_hash "($self, /)" "Return hash(self)."),
    SlotDef::new(
        c"__call__",
        offset_of!(TypeObject, tp_call),
        slot_tp_call as *const c_void,
        Wrapper { keywords: wrap_call },
        c"__call__($self, /, *args, **kwargs)\n--\n\nCall self as a function.",
        KEYWORDS,
    ),
    tp!("__str__" tp_str slot_tp_str wrap_unary "($self, /)" "Return str(self)."),
    tp!("__getattribute__" tp_getattro slot_tp_getattr_hook wrap_binary "($self, name, /)" "Return getattr(self, name)."),
    tp!("__getattr__" tp_getattro slot_tp_getattr_hook none "($self, name, /)" "Implement getattr(self, name)."),
    tp!("__setattr__" tp_setattro slot_tp_setattro wrap_setattr "($self, name, value, /)"
        "Implement setattr(self, name, value)."),
    tp!("__delattr__" tp_setattro slot_tp_setattro wrap_delattr "($self, name, /)" "Implement delattr(self, name)."),
    tp!("__lt__" tp_richcompare slot_tp_richcompare wrap_lt "($self, value, /)" "Return self<value."),
    tp!("__le__" tp_richcompare slot_tp_richcompare wrap_le "($self, value, /)" "Return self<=value."),
    tp!("__eq__" tp_richcompare slot_tp_richcompare wrap_eq "($self, value, /)" "Return self==value."),
    tp!("__ne__" tp_richcompare slot_tp_richcompare wrap_ne "($self, value, /)" "Return self!=value."),
    tp!("__gt__" tp_richcompare slot_tp_richcompare wrap_gt "($self, value, /)" "Return self>value."),
    tp!("__ge__" tp_richcompare slot_tp_richcompare wrap_ge "($self, value, /)" "Return self>=value."),
    tp!("__iter__" tp_iter slot_tp_iter wrap_unary "($self, /)" "Implement iter(self)."),
    tp!("__next__" tp_iternext slot_tp_iternext wrap_next "($self, /)" "Implement next(self)."),
    tp!("__get__" tp_descr_get slot_tp_descr_get wrap_descr_get "($self, instance, owner=None, /)"
        "Return an attribute of instance, which is of type owner."),
    tp!("__set__" tp_descr_set slot_tp_descr_set wrap_descr_set "($self, instance, value, /)"
        "Set an attribute of instance to value."),
    tp!("__delete__" tp_descr_set slot_tp_descr_set wrap_descr_delete "($self, instance, /)"
        "Delete an attribute of instance."),
    SlotDef::new(
        c"__init__",
        offset_of!(TypeObject, tp_init),
        slot_tp_init as *const c_void,
        Wrapper { keywords: wrap_init },
        c"__init__($self, /, *args, **kwargs)\n--\n\nInitialize self.  See help(type(self)) for accurate signature.",
        KEYWORDS,
    ),
    tp!("__new__" tp_new slot_tp_new none "(type, /, *args, **kwargs)"
        "Create and return new object.  See help(type) for accurate signature."),
    tp!("__del__" tp_finalize slot_tp_finalize wrap_del "($self, /)"
        "Called when the instance is about to be destroyed."),
    bf!("__buffer__" bf_getbuffer slot_bf_getbuffer wrap_buffer "($self, flags, /)"
        "Return a buffer object that exposes the underlying memory of the object."),
    bf!("__release_buffer__" bf_releasebuffer slot_bf_releasebuffer wrap_releasebuffer "($self, buffer, /)"
        "Release the buffer object that exposes the underlying memory of the object."),
    am!("__await__" am_await slot_am_await wrap_unary "($self, /)"
        "Return an iterator to be used in await expression."),
    am!("__aiter__" am_aiter slot_am_aiter wrap_unary "($self, /)"
        "Return an awaitable, that resolves in asynchronous iterator."),
    am!("__anext__" am_anext slot_am_anext wrap_unary "($self, /)" "Return a value or raise StopAsyncIteration."),
    left!("__add__" nb_add slot_nb_add "Return self+value."),
    right!("__radd__" nb_add slot_nb_add "Return value+self."),
    left!("__sub__" nb_subtract slot_nb_subtract "Return self-value."),
    right!("__rsub__" nb_subtract slot_nb_subtract "Return value-self."),
    left!("__mul__" nb_multiply slot_nb_multiply "Return self*value."),
    right!("__rmul__" nb_multiply slot_nb_multiply "Return value*self."),
    left!("__mod__" nb_remainder slot_nb_remainder "Return self%value."),
    right!("__rmod__" nb_remainder slot_nb_remainder "Return value%self."),
    left!("__divmod__" nb_divmod slot_nb_divmod "Return divmod(self, value)."),
    right!("__rdivmod__" nb_divmod slot_nb_divmod "Return divmod(value, self)."),
    nb!("__pow__" nb_power slot_nb_power wrap_ternary "($self, value, mod=None, /)" "Return pow(self, value, mod)."),
    nb!("__rpow__" nb_power slot_nb_power wrap_ternary_reflected "($self, value, mod=None, /)"
        "Return pow(value, self, mod)."),
    unary!("__neg__" nb_negative slot_nb_negative "-self"),
    unary!("__pos__" nb_positive slot_nb_positive "+self"),
    unary!("__abs__" nb_absolute slot_nb_absolute "abs(self)"),
    nb!("__bool__" nb_bool slot_nb_bool wrap_inquiry "($self, /)" "True if self else False"),
    unary!("__invert__" nb_invert slot_nb_invert "~self"),
    left!("__lshift__" nb_lshift slot_nb_lshift "Return self<<value."),
    right!("__rlshift__" nb_lshift slot_nb_lshift "Return value<<self."),
    left!("__rshift__" nb_rshift slot_nb_rshift "Return self>>value."),
    right!("__rrshift__" nb_rshift slot_nb_rshift "Return value>>self."),
    left!("__and__" nb_and slot_nb_and "Return self&value."),
    right!("__rand__" nb_and slot_nb_and "Return value&self."),
    left!("__xor__" nb_xor slot_nb_xor "Return self^value."),
    right!("__rxor__" nb_xor slot_nb_xor "Return value^self."),
    left!("__or__" nb_or slot_nb_or "Return self|value."),
    right!("__ror__" nb_or slot_nb_or "Return value|self."),
    unary!("__int__" nb_int slot_nb_int "int(self)"),
    unary!("__float__" nb_float slot_nb_float "float(self)"),
    left!("__iadd__" nb_inplace_add slot_nb_inplace_add "Return self+=value."),
    left!("__isub__" nb_inplace_subtract slot_nb_inplace_subtract "Return self-=value."),
    left!("__imul__" nb_inplace_multiply slot_nb_inplace_multiply "Return self*=value."),
    left!("__imod__" nb_inplace_remainder slot_nb_inplace_remainder "Return self%=value."),
    nb!("__ipow__" nb_inplace_power slot_nb_inplace_power wrap_ternary "($self, value, /)" "Return self**=value."),
    left!("__ilshift__" nb_inplace_lshift slot_nb_inplace_lshift "Return self<<=value."),
    left!("__irshift__" nb_inplace_rshift slot_nb_inplace_rshift "Return self>>=value."),
    left!("__iand__" nb_inplace_and slot_nb_inplace_and "Return self&=value."),
    left!("__ixor__" nb_inplace_xor slot_nb_inplace_xor "Return self^=value."),
    left!("__ior__" nb_inplace_or slot_nb_inplace_or "Return self|=value."),
    left!("__floordiv__" nb_floor_divide slot_nb_floor_divide "Return self//value."),
    right!("__rfloordiv__" nb_floor_divide slot_nb_floor_divide "Return value//self."),
    left!("__truediv__" nb_true_divide slot_nb_true_divide "Return self/value."),
    right!("__rtruediv__" nb_true_divide slot_nb_true_divide "Return value/self."),
    left!("__ifloordiv__" nb_inplace_floor_divide slot_nb_inplace_floor_divide "Return self//=value."),
    left!("__itruediv__" nb_inplace_true_divide slot_nb_inplace_true_divide "Return self/=value."),
    unary!("__index__" nb_index slot_nb_index
        "Return self converted to an integer, if self is suitable for use as an index into a list."),
    left!("__matmul__" nb_matrix_multiply slot_nb_matrix_multiply "Return self@value."),
    right!("__rmatmul__" nb_matrix_multiply slot_nb_matrix_multiply "Return value@self."),
    left!("__imatmul__" nb_inplace_matrix_multiply slot_nb_inplace_matrix_multiply "Return self@=value."),
    mp!("__len__" mp_length slot_mp_length wrap_len "($self, /)" "Return len(self)."),
    mp!("__getitem__" mp_subscript slot_mp_subscript wrap_binary "($self, key, /)" "Return self[key]."),
    mp!("__setitem__" mp_ass_subscript slot_mp_ass_subscript wrap_set_item "($self, key, value, /)"
        "Set self[key] to value."),
    mp!("__delitem__" mp_ass_subscript slot_mp_ass_subscript wrap_del_item "($self, key, /)" "Delete self[key]."),
    sq!("__len__" sq_length slot_sq_length wrap_len "($self, /)" "Return len(self)."),
    // Classes that define __add__ or __mul__ fill the number slots; these only show native sequences' slots.
    sq!("__add__" sq_concat none wrap_binary "($self, value, /)" "Return self+value."),
    sq!("__mul__" sq_repeat none wrap_index_arg "($self, value, /)" "Return self*value."),
    sq!("__rmul__" sq_repeat none wrap_index_arg "($self, value, /)" "Return value*self."),
    sq!("__getitem__" sq_item slot_sq_item wrap_sq_item "($self, key, /)" "Return self[key]."),
    sq!("__setitem__" sq_ass_item slot_sq_ass_item wrap_sq_set_item "($self, key, value, /)"
        "Set self[key] to value."),
    sq!("__delitem__" sq_ass_item slot_sq_ass_item wrap_sq_del_item "($self, key, /)" "Delete self[key]."),
    sq!("__contains__" sq_contains slot_sq_contains wrap_contains "($self, key, /)" "Return bool(key in self)."),
    sq!("__iadd__" sq_inplace_concat none wrap_binary "($self, value, /)" "Implement self+=value."),
    sq!("__imul__" sq_inplace_repeat none wrap_index_arg "($self, value, /)" "Implement self*=value."),
];

/// A slot's content as an address, for identity.
pub(crate) fn address<T>(cell: &Cell<T>) -> usize {
    const { assert!(size_of::<T>() == size_of::<usize>()) };
    // SAFETY: a nullable pointer, one word wide.
    unsafe { core::ptr::from_ref(cell).cast::<usize>().read() }
}

/// Is it the `tp_new` of classes that define `__new__` in Python?
pub(crate) fn is_generic_new(new: Option<NewFn>) -> bool {
    address(&Cell::new(new)) == slot_tp_new as *const () as usize
}

/// Is it the `tp_init` of classes that define `__init__` in Python?
pub fn is_generic_init(init: Option<InitFn>) -> bool {
    address(&Cell::new(init)) == slot_tp_init as *const () as usize
}

/// The slot at an offset into `PyHeapTypeObject`; `None` when the type lacks the suite.
fn slot(ty: &TypeObject, offset: c_int) -> Option<&Cell<usize>> {
    let offset = offset as usize;
    macro_rules! within {
        ($as:ident, $suite:ident, $field:ident) => {
            if let Some(at) = offset.checked_sub(offset_of!(HeapTypeObject, $as)) {
                if at < size_of::<$suite>() {
                    // SAFETY: null or a live suite, whose fields are nullable function pointers.
                    return unsafe {
                        let suite = ty.$field.get().as_ref()?;
                        Some(&*core::ptr::from_ref(suite).cast::<u8>().add(at).cast::<Cell<usize>>())
                    };
                }
            }
        };
    }
    within!(as_buffer, BufferProcs, tp_as_buffer);
    within!(as_sequence, SequenceMethods, tp_as_sequence);
    within!(as_mapping, MappingMethods, tp_as_mapping);
    within!(as_number, NumberMethods, tp_as_number);
    within!(as_async, AsyncMethods, tp_as_async);
    // SAFETY: the remaining offsets are those of function slots in the type object itself.
    Some(unsafe { &*core::ptr::from_ref(ty).cast::<u8>().add(offset).cast::<Cell<usize>>() })
}

/// The content of the slot at an offset; 0 when it is empty.
pub(super) fn slot_content(ty: &TypeObject, offset: usize) -> usize {
    slot(ty, offset as c_int).map_or(0, Cell::get)
}

/// Puts a slot wrapper into the dict for each filled slot whose name is not there yet.
pub(crate) fn add_operators(ty: &TypeObject) -> Result<()> {
    let Some(dict) = ty.dict() else { return Ok(()) };
    for def in &SLOTS {
        if !def.has_wrapper() {
            continue;
        }
        let Some(function) = slot(ty, def.offset).map(Cell::get).filter(|&f| f != 0) else { continue };
        let name = def.name();
        if same_as_base(ty, def, function) || dict.get_str(name).is_some() {
            continue;
        }
        if function == base::hash_not_implemented as *const () as usize {
            dict.set_str(name, none())?;
        } else {
            dict.set_str(name, &SlotWrapper::new(ty, def, function as *mut c_void))?;
        }
    }
    Ok(())
}

/// Does the type's table repeat a slot of its base? Then the base's method serves. Hash and comparison go together.
fn same_as_base(ty: &TypeObject, def: &SlotDef, function: usize) -> bool {
    let Some(base) = ty.base_type() else { return false };
    if slot(base, def.offset).map(Cell::get) != Some(function) {
        return false;
    }
    match def.offset as usize {
        o if o == offset_of!(TypeObject, tp_hash) => {
            address(&ty.tp_richcompare) == address(&base.tp_richcompare)
        }
        o if o == offset_of!(TypeObject, tp_richcompare) => address(&ty.tp_hash) == address(&base.tp_hash),
        _ => true,
    }
}

/// Sets all slots of a new class from the methods that it has or inherits (`fixup_slot_dispatchers`).
pub(crate) fn fixup(ty: &TypeObject) {
    for group in SLOTS.chunk_by(|a, b| a.offset == b.offset) {
        update_group(ty, group);
    }
}

/// As [`fixup`] for a class with one base whose slots [`super::inherit`] has copied: only slots with a name in the
/// class' own dict can differ, and those that were not copied.
pub(crate) fn fixup_own(ty: &TypeObject) {
    let (Some(dict), Some(base)) = (ty.dict(), ty.base_type()) else { return };
    for group in SLOTS.chunk_by(|a, b| a.offset == b.offset) {
        let content = |t| slot(t, group[0].offset).map_or(0, Cell::get);
        if content(ty) != content(base) || group.iter().any(|def| dict.get_str(def.name()).is_some()) {
            update_group(ty, group);
        }
    }
}

/// Follows an attribute change of `ty` into its slots and those of its subclasses that inherit the attribute
/// (`update_slot`). Names without slot cost a look through the table.
pub(crate) fn update(ty: &TypeObject, name: &Str) {
    let mut groups: Vec<&[SlotDef]> = Vec::new();
    for group in SLOTS.chunk_by(|a, b| a.offset == b.offset) {
        if group.iter().any(|def| core::ptr::eq(def.name(), name) || def.name().eq(name)) {
            groups.push(group);
        }
    }
    if !groups.is_empty() {
        update_down(ty, name, &groups);
    }
}

fn update_down(ty: &TypeObject, name: &Str, groups: &[&[SlotDef]]) {
    for group in groups {
        update_group(ty, group);
    }
    for subclass in ty.subclasses() {
        if subclass.dict().is_some_and(|d| d.get_str(name).is_some()) {
            continue;
        }
        update_down(&subclass, name, groups);
    }
}

/// Sets all slots of a type and its subclasses anew, after a change of `__bases__` (`update_all_slots`).
pub(crate) fn update_all(ty: &TypeObject) {
    for def in &SLOTS {
        update(ty, def.name());
    }
}

/// Decides one slot. A native function serves as it is ("specific") when every name of the slot leads to a wrapper of
/// that one function; otherwise the function that calls the Python methods does ("generic") (`update_one_slot`).
fn update_group(ty: &TypeObject, group: &[SlotDef]) {
    let Some(target) = slot(ty, group[0].offset) else { return };
    let (mut specific, mut generic, mut use_generic) = (0usize, 0usize, false);
    for def in group {
        // Not through the cache: a class under construction would fill it with what is asked once.
        let Some(descr) = ty.lookup_in_mro(def.name()) else { continue };
        if let Some(wrapper) = descr.downcast_exact::<SlotWrapper>().filter(|w| same_name(w, def)) {
            let unique = unique_slot(ty, def.name());
            if unique.is_none_or(|s| core::ptr::eq(s, target)) {
                generic = def.function as usize;
            }
            let function = wrapper.wrapped() as usize;
            if (specific == 0 || specific == function)
                && wrapper.slot_def().same_wrapper(def)
                && ty.is_subtype_of(wrapper.owner())
            {
                specific = function;
            } else {
                use_generic = true;
            }
        } else if group[0].offset as usize == offset_of!(TypeObject, tp_new) && ready::is_new_wrapper(&descr)
        {
            specific = address(&ty.tp_new);
        } else if descr.is_none() && group[0].offset as usize == offset_of!(TypeObject, tp_hash) {
            specific = base::hash_not_implemented as *const () as usize;
        } else {
            use_generic = true;
            generic = def.function as usize;
            if group[0].offset as usize == offset_of!(TypeObject, tp_call) {
                // A Python-level __call__ does not follow the vectorcall pointer.
                ty.clear_flag(flags::HAVE_VECTORCALL);
            }
        }
    }
    target.set(if specific != 0 && !use_generic { specific } else { generic });
}

fn same_name(wrapper: &SlotWrapper, def: &SlotDef) -> bool {
    core::ptr::eq(wrapper.slot_def().name(), def.name())
}

/// When a name has several slots and exactly one of them is filled: that one (`resolve_slotdups`).
fn unique_slot<'a>(ty: &'a TypeObject, name: &'static Str) -> Option<&'a Cell<usize>> {
    let mut found: Option<&Cell<usize>> = None;
    for def in SLOTS.iter().filter(|d| core::ptr::eq(d.name(), name)) {
        let Some(cell) = slot(ty, def.offset).filter(|c| c.get() != 0) else { continue };
        if found.is_some() {
            return None;
        }
        found = Some(cell);
    }
    found
}

/// The names of all special methods that have a slot (`_PyType_GetSlotWrapperNames`).
pub fn wrapper_names() -> Vec<Ref<Str>> {
    SLOTS.iter().filter(|d| d.has_wrapper()).map(|d| Ref::from_borrowed(d.name())).collect()
}
