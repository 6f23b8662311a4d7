//! Heap types from a table of slots, as extension modules make them. CPython: `Objects/typeobject.c`
//! (`PyType_FromMetaclass`), `Include/typeslots.h`.

use super::create::{calculate_metaclass, members_of, set_inline_values, type_new};
use super::{
    HeapTypeObject, PyBaseObject_Type, PyType_Type, TypeObject, base, flags, instances, layout, ready,
};
use crate::defs::{MemberDef, member};
use crate::errors::{system_error, type_error};
use crate::object::Object;
use crate::reference::Ref;
use crate::result::{Raised, Result};
use crate::slots::*;
use crate::str::Str;
use crate::tuple::Tuple;
use crate::{alloc, id};
use core::cell::Cell;
use core::ffi::{CStr, c_char, c_int, c_uint, c_void};
use core::mem::offset_of;

/// `PyType_Slot`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct TypeSlot {
    pub slot: c_int,
    pub pfunc: *mut c_void,
}

/// `PyType_Spec`.
#[repr(C)]
pub struct TypeSpec {
    pub name: *const c_char,
    pub basicsize: c_int,
    pub itemsize: c_int,
    pub flags: c_uint,
    pub slots: *const TypeSlot,
}

const TP_BASE: c_int = 48;
const TP_BASES: c_int = 49;
const TP_DOC: c_int = 56;
const TP_MEMBERS: c_int = 72;
const TP_TOKEN: c_int = 83;

/// Where the function of each slot number goes in a heap type; 0 for those that are not plain functions.
static OFFSETS: [usize; 84] = {
    macro_rules! suite {
        ($as:ident $suite:ident $field:ident) => {
            offset_of!(HeapTypeObject, $as) + offset_of!($suite, $field)
        };
    }
    macro_rules! nb {
        ($field:ident) => {
            suite!(as_number NumberMethods $field)
        };
    }
    macro_rules! sq {
        ($field:ident) => {
            suite!(as_sequence SequenceMethods $field)
        };
    }
    macro_rules! mp {
        ($field:ident) => {
            suite!(as_mapping MappingMethods $field)
        };
    }
    macro_rules! am {
        ($field:ident) => {
            suite!(as_async AsyncMethods $field)
        };
    }
    macro_rules! bf {
        ($field:ident) => {
            suite!(as_buffer BufferProcs $field)
        };
    }
    macro_rules! tp {
        ($field:ident) => {
            offset_of!(TypeObject, $field)
        };
    }
    [
        0,
        bf!(bf_getbuffer),
        bf!(bf_releasebuffer),
        mp!(mp_ass_subscript),
        mp!(mp_length),
        mp!(mp_subscript),
        nb!(nb_absolute),
        nb!(nb_add),
        nb!(nb_and),
        nb!(nb_bool),
        nb!(nb_divmod),
        nb!(nb_float),
        nb!(nb_floor_divide),
        nb!(nb_index),
        nb!(nb_inplace_add),
        nb!(nb_inplace_and),
        nb!(nb_inplace_floor_divide),
        nb!(nb_inplace_lshift),
        nb!(nb_inplace_multiply),
        nb!(nb_inplace_or),
        nb!(nb_inplace_power),
        nb!(nb_inplace_remainder),
        nb!(nb_inplace_rshift),
        nb!(nb_inplace_subtract),
        nb!(nb_inplace_true_divide),
        nb!(nb_inplace_xor),
        nb!(nb_int),
        nb!(nb_invert),
        nb!(nb_lshift),
        nb!(nb_multiply),
        nb!(nb_negative),
        nb!(nb_or),
        nb!(nb_positive),
        nb!(nb_power),
        nb!(nb_remainder),
        nb!(nb_rshift),
        nb!(nb_subtract),
        nb!(nb_true_divide),
        nb!(nb_xor),
        sq!(sq_ass_item),
        sq!(sq_concat),
        sq!(sq_contains),
        sq!(sq_inplace_concat),
        sq!(sq_inplace_repeat),
        sq!(sq_item),
        sq!(sq_length),
        sq!(sq_repeat),
        tp!(tp_alloc),
        0,
        0,
        tp!(tp_call),
        tp!(tp_clear),
        tp!(tp_dealloc),
        tp!(tp_del),
        tp!(tp_descr_get),
        tp!(tp_descr_set),
        0,
        tp!(tp_getattr),
        tp!(tp_getattro),
        tp!(tp_hash),
        tp!(tp_init),
        tp!(tp_is_gc),
        tp!(tp_iter),
        tp!(tp_iternext),
        tp!(tp_methods),
        tp!(tp_new),
        tp!(tp_repr),
        tp!(tp_richcompare),
        tp!(tp_setattr),
        tp!(tp_setattro),
        tp!(tp_str),
        tp!(tp_traverse),
        0,
        tp!(tp_getset),
        tp!(tp_free),
        nb!(nb_matrix_multiply),
        nb!(nb_inplace_matrix_multiply),
        am!(am_await),
        am!(am_aiter),
        am!(am_anext),
        tp!(tp_finalize),
        am!(am_send),
        tp!(tp_vectorcall),
        0,
    ]
};

/// What the first look at the slots gives.
#[derive(Default)]
struct Plan {
    members: Vec<MemberDef>,
    doc: Option<&'static CStr>,
    bases: Option<Ref<Tuple>>,
    token: Option<*mut c_void>,
}

/// Makes a heap type of a spec (`PyType_FromMetaclass`).
///
/// # Safety
/// The spec, its slots and the tables they point at are as the C API demands, and method and attribute tables live as
/// long as the type.
pub unsafe fn from_spec(
    metaclass: Option<&TypeObject>,
    module: Option<&Object>,
    spec: &TypeSpec,
    bases: Option<&Object>,
) -> Result<Ref<TypeObject>> {
    // SAFETY: the caller's promise.
    unsafe {
        let name = CStr::from_ptr(spec.name).to_str().unwrap_or("?");
        let mut plan = read_slots(spec, name)?;
        let bases = match bases {
            Some(bases) => bases_tuple(bases),
            None => {
                plan.bases.take().unwrap_or_else(|| Tuple::from_slice(&[&PyBaseObject_Type as &TypeObject]))
            }
        };
        let base = layout::best_base(&bases)?;
        let metaclass = pick_metaclass(metaclass.unwrap_or(&PyType_Type), &bases)?;
        let (basicsize, data_offset) = sizes(spec, base)?;
        let alloc_type = metaclass.tp_alloc.get().unwrap_or(base::generic_alloc);
        let ty = alloc_type(metaclass, plan.members.len() as isize)?.cast_into::<TypeObject>();
        ty.tp_flags.set(u64::from(spec.flags) | flags::HEAPTYPE);
        let heap = ty.as_heap().ok_or(Raised)?;
        set_identity(&ty, heap, name, base, &bases)?;
        ty.tp_basicsize.set(basicsize);
        ty.tp_itemsize.set(itemsize(spec, base));
        set_functions(&ty, spec);
        set_members(&ty, &plan.members, data_offset);
        if let Some(doc) = plan.doc {
            set_doc(&ty, doc)?;
        }
        if ty.tp_dealloc.get().is_none() {
            ty.tp_dealloc.set(Some(instances::dealloc));
        }
        heap.ht_token.set(match plan.token {
            Some(token) if token.is_null() => core::ptr::from_ref(spec).cast_mut().cast(),
            Some(token) => token,
            None => core::ptr::null_mut(),
        });
        heap.ht_module.set(module.map(Object::to_ref));
        ready::ready(&ty)?;
        if ty.has_flag(flags::MANAGED_DICT) {
            ty.tp_dictoffset.set(-1);
            set_inline_values(&ty);
        }
        if let Some(dict) = ty.dict() {
            if dict.get_str(id!("__module__")).is_none() {
                if let Some((module, _)) = name.rsplit_once('.') {
                    dict.set_str(id!("__module__"), &Str::new(module))?;
                }
            }
        }
        Ok(ty)
    }
}

fn bases_tuple(bases: &Object) -> Ref<Tuple> {
    match bases.downcast::<Tuple>() {
        Some(tuple) => Ref::from_borrowed(tuple),
        None => Tuple::from_slice(&[bases]),
    }
}

fn pick_metaclass<'a>(metaclass: &'a TypeObject, bases: &'a Tuple) -> Result<&'a TypeObject> {
    let winner = calculate_metaclass(metaclass, bases)?;
    if winner.tp_new.get().is_some_and(|n| n as *const () != type_new as *const ()) {
        return Err(type_error("Metaclasses with custom tp_new are not supported."));
    }
    Ok(winner)
}

/// # Safety
/// The slots are a C table that ends in slot 0.
unsafe fn each_slot(spec: &TypeSpec) -> impl Iterator<Item = TypeSlot> {
    let mut at = spec.slots;
    core::iter::from_fn(move || {
        // SAFETY: the caller's promise.
        let slot = unsafe { at.as_ref() }?;
        at = at.wrapping_add(1);
        (slot.slot != 0).then_some(*slot)
    })
}

/// # Safety
/// As for [`from_spec`].
unsafe fn read_slots(spec: &TypeSpec, name: &str) -> Result<Plan> {
    let mut plan = Plan::default();
    // SAFETY: the caller's promise about slots and what they point at.
    unsafe {
        for slot in each_slot(spec) {
            match slot.slot {
                TP_MEMBERS => {
                    let mut at = slot.pfunc.cast::<MemberDef>().cast_const();
                    while let Some(def) = at.as_ref().filter(|d| !d.name.is_null()) {
                        plan.members.push(*def);
                        at = at.add(1);
                    }
                }
                TP_DOC if !slot.pfunc.is_null() => plan.doc = Some(CStr::from_ptr(slot.pfunc.cast())),
                TP_BASE => plan.bases = slot.pfunc.cast::<Object>().as_ref().map(|b| Tuple::from_slice(&[b])),
                TP_BASES => plan.bases = slot.pfunc.cast::<Object>().as_ref().map(bases_tuple),
                TP_TOKEN => plan.token = Some(slot.pfunc),
                TP_DOC => {}
                1..84 => {}
                _ => return Err(system_error(format!("invalid slot offset in type '{name}'"))),
            }
        }
    }
    Ok(plan)
}

/// `tp_basicsize`, and where the type's own data begin when the spec asks for a size behind the base's.
fn sizes(spec: &TypeSpec, base: &TypeObject) -> Result<(isize, isize)> {
    let inherited = base.tp_basicsize.get();
    match spec.basicsize as isize {
        0 => Ok((inherited, inherited)),
        size @ 1.. => Ok((size, inherited)),
        extra => {
            if base.tp_itemsize.get() != 0 && !base.has_flag(flags::ITEMS_AT_END) {
                return Err(system_error(
                    "Cannot extend variable-size class without Py_TPFLAGS_ITEMS_AT_END.",
                ));
            }
            const ALIGNMENT: isize = 16;
            let align = |n: isize| (n + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
            let offset = align(inherited);
            Ok((offset + align(-extra), offset))
        }
    }
}

fn itemsize(spec: &TypeSpec, base: &TypeObject) -> isize {
    if spec.itemsize == 0 { base.tp_itemsize.get() } else { spec.itemsize as isize }
}

/// Names, bases and suites of the new type.
fn set_identity(
    ty: &TypeObject,
    heap: &HeapTypeObject,
    name: &str,
    base: &TypeObject,
    bases: &Ref<Tuple>,
) -> Result<()> {
    ty.tp_as_async.set(&heap.as_async);
    ty.tp_as_number.set(&heap.as_number);
    ty.tp_as_sequence.set(&heap.as_sequence);
    ty.tp_as_mapping.set(&heap.as_mapping);
    ty.tp_as_buffer.set(&heap.as_buffer);
    ty.tp_bases.set(bases.clone().into_object().into_raw());
    base.incref();
    ty.tp_base.set(base);
    let full = super::attributes::copy_text(&Str::new(name), "type name must not contain null characters")?;
    ty.tp_name.set(full);
    heap.ht_tpname.set(full);
    let short = Str::new(name.rsplit('.').next().unwrap_or(name));
    heap.ht_name.set(Some(short.clone()));
    heap.ht_qualname.set(Some(short));
    Ok(())
}

/// # Safety
/// As for [`from_spec`].
unsafe fn set_functions(ty: &TypeObject, spec: &TypeSpec) {
    // SAFETY: the caller's promise.
    for slot in unsafe { each_slot(spec) } {
        let offset = OFFSETS.get(slot.slot as usize).copied().unwrap_or(0);
        if offset == 0 {
            continue;
        }
        // SAFETY: the offset is that of a nullable pointer in a heap type, whose suites are part of it.
        let target = unsafe { &*ty.as_ptr().cast::<u8>().add(offset).cast::<Cell<*mut c_void>>() };
        target.set(slot.pfunc);
    }
}

/// Copies the member table into the type; the three members with special names set offsets.
fn set_members(ty: &TypeObject, members: &[MemberDef], data_offset: isize) {
    let table = members_of(ty);
    for (index, def) in members.iter().enumerate() {
        let mut def = *def;
        if def.flags & member::RELATIVE_OFFSET != 0 {
            def.flags &= !member::RELATIVE_OFFSET;
            def.offset += data_offset;
        }
        // SAFETY: names in member tables are C strings.
        match unsafe { CStr::from_ptr(def.name) }.to_bytes() {
            b"__weaklistoffset__" => ty.tp_weaklistoffset.set(def.offset),
            b"__dictoffset__" => ty.tp_dictoffset.set(def.offset),
            b"__vectorcalloffset__" => ty.tp_vectorcall_offset.set(def.offset),
            _ => {}
        }
        // SAFETY: the type was allocated with room for the table and a final empty entry.
        unsafe { table.add(index).write(def) };
    }
    if !members.is_empty() {
        ty.tp_members.set(table);
    }
}

fn set_doc(ty: &TypeObject, doc: &CStr) -> Result<()> {
    let bytes = doc.to_bytes_with_nul();
    let block = alloc::malloc(bytes.len()).cast::<u8>();
    if block.is_null() {
        return Err(crate::errors::memory_error());
    }
    // SAFETY: the block is as long as the text with its zero.
    unsafe { core::ptr::copy_nonoverlapping(bytes.as_ptr(), block, bytes.len()) };
    ty.tp_doc.set(block.cast());
    Ok(())
}

/// What `PyType_GetSlot` gives for a slot number; `None` for an invalid one.
pub fn get_slot(ty: &TypeObject, slot: c_int) -> Option<*mut c_void> {
    match slot {
        TP_BASE => return Some(ty.tp_base.get().cast_mut().cast()),
        TP_BASES => return Some(ty.tp_bases.get().cast()),
        TP_DOC => return Some(ty.tp_doc.get().cast_mut().cast()),
        TP_MEMBERS => return Some(ty.tp_members.get().cast_mut().cast()),
        TP_TOKEN => return Some(ty.as_heap().map_or(core::ptr::null_mut(), |h| h.ht_token.get())),
        _ => {}
    }
    let offset = usize::try_from(slot).ok().and_then(|s| OFFSETS.get(s).copied()).filter(|&o| o != 0)?;
    Some(super::slotdefs::slot_content(ty, offset) as *mut c_void)
}
