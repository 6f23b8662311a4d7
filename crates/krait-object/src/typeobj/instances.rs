//! Life and death of instances of classes: destructor, traversal, `__dict__` and `__weakref__`. CPython:
//! `Objects/typeobject.c` (`subtype_dealloc` and the like).
//!
//! The functions stand for all classes: they do what each class in the chain of bases added, down to the first native
//! base, whose own function does the rest.

use super::{TypeObject, flags};
use crate::defs::{GetSetDef, MemberDef};
use crate::dict::instance;
use crate::errors::{attribute_error, type_error};
use crate::gc::{self, Visitor};
use crate::object::{Object, none};
use crate::protocol::attributes::{generic_get_dict, generic_set_dict};
use crate::reference::Slot;
use crate::result::{Raised, Result, unit_result};
use crate::slots::VisitFn;
use crate::{id, weakref};
use core::ffi::{c_int, c_void};
use core::ptr::NonNull;

const DICT: GetSetDef =
    GetSetDef::getset(c"__dict__", get_dict, set_dict).doc(c"dictionary for instance variables");
const WEAKREF: GetSetDef =
    GetSetDef::getter(c"__weakref__", get_weakref).doc(c"list of weak references to the object");

static FULL: [GetSetDef; 3] = [DICT, WEAKREF, GetSetDef::SENTINEL];
static DICT_ONLY: [GetSetDef; 2] = [DICT, GetSetDef::SENTINEL];
static WEAKREF_ONLY: [GetSetDef; 2] = [WEAKREF, GetSetDef::SENTINEL];

/// The attribute table of a class that adds these.
pub(super) fn getset(dict: bool, weakref: bool) -> *const GetSetDef {
    match (dict, weakref) {
        (true, true) => FULL.as_ptr(),
        (true, false) => DICT_ONLY.as_ptr(),
        (false, true) => WEAKREF_ONLY.as_ptr(),
        (false, false) => core::ptr::null(),
    }
}

/// A native base that keeps a dict of its own kind (as `type` does), whose descriptor then knows better.
fn native_base_with_dict(object: &Object) -> Option<&TypeObject> {
    let mut ty = object.ty();
    while let Some(base) = ty.base_type() {
        if ty.tp_dictoffset.get() != 0 && !ty.is_heap_type() {
            return Some(ty);
        }
        ty = base;
    }
    None
}

fn native_descriptor(base: &TypeObject, object: &Object) -> Result<crate::Ref<Object>> {
    let descr = base.lookup(id!("__dict__"));
    descr.filter(|d| d.ty().tp_descr_set.get().is_some()).ok_or_else(|| {
        type_error(format!("this __dict__ descriptor does not support '{}' objects", object.type_name()))
    })
}

extern "C" fn get_dict(object: &Object, closure: *mut c_void) -> Result {
    if let Some(base) = native_base_with_dict(object) {
        let descr = native_descriptor(base, object)?;
        return match descr.ty().tp_descr_get.get() {
            Some(get) => get(&descr, Some(object), Some(object.ty())),
            None => Ok(descr),
        };
    }
    generic_get_dict(object, closure)
}

extern "C" fn set_dict(object: &Object, value: Option<&Object>, closure: *mut c_void) -> c_int {
    if let Some(base) = native_base_with_dict(object) {
        return unit_result(native_descriptor(base, object).and_then(|descr| {
            match descr.ty().tp_descr_set.get() {
                Some(set) if set(&descr, object, value) < 0 => Err(Raised),
                _ => Ok(()),
            }
        }));
    }
    if instance::dict_slot(object).is_none() {
        return unit_result(Err(attribute_error("This object has no __dict__")));
    }
    match value {
        Some(_) => generic_set_dict(object, value, closure),
        None => {
            instance::instance_set_dict(object, None);
            0
        }
    }
}

extern "C" fn get_weakref(object: &Object, _: *mut c_void) -> Result {
    if !weakref::supported(object.ty()) {
        return Err(attribute_error("This object has no __weakref__"));
    }
    Ok(match weakref::all(object).into_iter().next() {
        Some(first) => first.into_object(),
        None => none().to_ref(),
    })
}

/// The first base whose function is not `own`, calling `each` for every class before it.
fn native_base<'a>(
    ty: &'a TypeObject,
    is_class: fn(&TypeObject) -> bool,
    mut each: impl FnMut(&'a TypeObject) -> core::result::Result<(), c_int>,
) -> core::result::Result<&'a TypeObject, c_int> {
    let mut base = ty;
    while is_class(base) {
        each(base)?;
        match base.base_type() {
            Some(next) => base = next,
            None => break,
        }
    }
    Ok(base)
}

/// The fields that a class' `__slots__` added to its instances.
fn slot_fields<'a>(ty: &'a TypeObject, object: &'a Object) -> impl Iterator<Item = &'a Slot> {
    let count = if ty.is_heap_type() { ty.ob_base.ob_size.get().max(0) as usize } else { 0 };
    let members: &'a [MemberDef] = if count == 0 || ty.tp_members.get().is_null() {
        &[]
    } else {
        // SAFETY: a class with `count` items has that many entries in its member table.
        unsafe { core::slice::from_raw_parts(ty.tp_members.get(), count) }
    };
    members
        .iter()
        .filter(|m| m.ty == crate::defs::member::T_OBJECT_EX && m.flags & crate::defs::member::READONLY == 0)
        // SAFETY: the entry describes a nullable object pointer in the instance.
        .map(move |m| unsafe { &*object.as_ptr().cast::<u8>().offset(m.offset).cast::<Slot>() })
}

fn is_traversed_here(ty: &TypeObject) -> bool {
    ty.tp_traverse.get().is_some_and(|f| f as *const () == traverse as *const ())
}
fn is_cleared_here(ty: &TypeObject) -> bool {
    ty.tp_clear.get().is_some_and(|f| f as *const () == clear as *const ())
}
fn is_destroyed_here(ty: &TypeObject) -> bool {
    ty.tp_dealloc.get().is_some_and(|f| f as *const () == dealloc as *const ())
}

/// `tp_traverse` of classes.
///
/// # Safety
/// Called by the collector with a live instance of a class.
#[inline(never)]
pub unsafe extern "C" fn traverse(object: *mut Object, visit: VisitFn, arg: *mut c_void) -> c_int {
    // SAFETY: the caller's promise.
    let object = unsafe { &*object };
    let ty = object.ty();
    let visitor = Visitor::new(visit, arg);
    let walk = || -> core::result::Result<(), c_int> {
        let base = native_base(ty, is_traversed_here, |class| {
            if class.ob_base.ob_size.get() == 0 {
                return Ok(());
            }
            slot_fields(class, object).try_for_each(|field| visitor.slot(field))
        })?;
        if ty.has_flag(flags::MANAGED_DICT) || ty.tp_dictoffset.get() != base.tp_dictoffset.get() {
            instance::instance_traverse(object, &visitor)?;
        }
        let native = base.tp_traverse.get().filter(|_| !is_traversed_here(base));
        if ty.is_heap_type() && (native.is_none() || !base.is_heap_type()) {
            visitor.visit(ty)?;
        }
        match native {
            // SAFETY: the native base's own function.
            Some(traverse) => match unsafe { traverse(object.as_ptr(), visit, arg) } {
                0 => Ok(()),
                stop => Err(stop),
            },
            None => Ok(()),
        }
    };
    walk().err().unwrap_or(0)
}

/// `tp_clear` of classes.
///
/// # Safety
/// Called by the collector with a live instance of a class.
#[inline(never)]
pub unsafe extern "C" fn clear(object: *mut Object) -> c_int {
    // SAFETY: the caller's promise.
    let object = unsafe { &*object };
    let ty = object.ty();
    let base = native_base(ty, is_cleared_here, |class| {
        if class.ob_base.ob_size.get() != 0 {
            slot_fields(class, object).for_each(|field| drop(field.take()));
        }
        Ok(())
    });
    let Ok(base) = base else { return 0 };
    if ty.has_flag(flags::MANAGED_DICT) || ty.tp_dictoffset.get() != base.tp_dictoffset.get() {
        instance::instance_clear(object);
    }
    match base.tp_clear.get().filter(|_| !is_cleared_here(base)) {
        // SAFETY: the native base's own function.
        Some(clear) => unsafe { clear(object.as_ptr()) },
        None => 0,
    }
}

/// `tp_dealloc` of classes: finaliser (which may bring the object back to life), weak references, slots, attributes,
/// then the native base's destructor, then the class' own count.
///
/// # Safety
/// A dead instance of a class, called once.
#[inline(never)]
pub unsafe extern "C" fn dealloc(object: *mut Object) {
    // SAFETY: a dead object is still readable; nobody else touches it.
    unsafe {
        let this = &*object;
        let ty = this.ty();
        let Ok(base) = native_base(ty, is_destroyed_here, |_| Ok(())) else { return };
        let weak_here = ty.tp_weaklistoffset.get() != 0 && base.tp_weaklistoffset.get() == 0;
        if ty.tp_finalize.get().is_some() {
            gc::track(this);
            if crate::dealloc::call_finalizer(object) {
                return;
            }
        }
        gc::untrack(this);
        if weak_here {
            weakref::clear_refs(this);
        }
        let _ = native_base(ty, is_destroyed_here, |class| {
            if class.ob_base.ob_size.get() != 0 {
                slot_fields(class, this).for_each(|field| drop(field.take()));
            }
            Ok(())
        });
        if ty.has_flag(flags::MANAGED_DICT) || (ty.tp_dictoffset.get() != 0 && base.tp_dictoffset.get() == 0)
        {
            instance::instance_clear(this);
        }
        // The finaliser may have changed the class.
        let ty = this.ty();
        let owns_type = ty.is_heap_type() && !base.is_heap_type();
        let ty = NonNull::from(ty);
        if base.is_gc_type() {
            gc::track(this);
        }
        if let Some(destroy) = base.tp_dealloc.get() {
            destroy(object);
        }
        if owns_type {
            Object::decref(ty.cast());
        }
    }
}
