//! Bodies of the specialised instructions for attributes and globals.

use crate::eval::Regs;
use crate::frame::{Frame, push_frame};
use crate::function::Function;
use crate::stackref::StackRef;
use krait_object::dict::instance;
use krait_object::module::Module;
use krait_object::{Dict, Object, Result, Slot, TypeObject};

type Hit = Result<bool>;

const LOAD_GLOBAL: usize = 4;
const LOAD_ATTR: usize = 9;
const STORE_ATTR: usize = 4;

/// Pushes a value, and null when it is about to be called.
#[inline(always)]
fn push_loaded(r: &mut Regs, value: StackRef, arg: usize) {
    r.push(value);
    if arg & 1 != 0 {
        r.push(StackRef::NULL);
    }
}

/// Replaces the owner by a value, and pushes null when the value is about to be called.
#[inline(always)]
fn replace_owner(r: &mut Regs, value: StackRef, arg: usize) -> Hit {
    let owner = r.pop();
    push_loaded(r, value, arg);
    drop(owner);
    Ok(true)
}

#[inline(always)]
pub fn load_global_module(r: &mut Regs, arg: usize) -> Hit {
    let globals = r.frame().globals();
    if globals.table().version() != u32::from(r.cache(LOAD_GLOBAL, 1)) {
        return Ok(false);
    }
    match globals.value_at(r.cache(LOAD_GLOBAL, 3) as usize) {
        Some(value) => {
            push_loaded(r, StackRef::new(value), arg);
            Ok(true)
        }
        None => Ok(false),
    }
}

#[inline(always)]
pub fn load_global_builtin(r: &mut Regs, arg: usize) -> Hit {
    if r.frame().globals().table().version() != u32::from(r.cache(LOAD_GLOBAL, 1)) {
        return Ok(false);
    }
    // SAFETY: specialised for a dict; the frame's builtins never change.
    let builtins = unsafe { r.frame().builtins().cast::<Dict>() };
    if builtins.downcast_exact::<Dict>().is_none()
        || builtins.table().version() != u32::from(r.cache(LOAD_GLOBAL, 2))
    {
        return Ok(false);
    }
    match builtins.value_at(r.cache(LOAD_GLOBAL, 3) as usize) {
        Some(value) => {
            push_loaded(r, StackRef::new(value), arg);
            Ok(true)
        }
        None => Ok(false),
    }
}

/// Does the owner's type still have the version in the cache?
#[inline(always)]
fn type_matches(r: &Regs, caches: usize) -> bool {
    r.object(1).ty().tp_version_tag.get() == r.cache_u32(caches, 1)
}

#[inline(always)]
pub fn load_attr_instance_value(r: &mut Regs, arg: usize) -> Hit {
    if !type_matches(r, LOAD_ATTR) {
        return Ok(false);
    }
    let values = instance::inline_values(r.object(1));
    if !values.is_valid() {
        return Ok(false);
    }
    match values.peek(r.cache(LOAD_ATTR, 3) as usize) {
        Some(value) => replace_owner(r, StackRef::new(value), arg),
        None => Ok(false),
    }
}

#[inline(always)]
pub fn load_attr_with_hint(r: &mut Regs, arg: usize) -> Hit {
    if !type_matches(r, LOAD_ATTR) {
        return Ok(false);
    }
    let name: &Object = r.name(arg >> 1);
    // SAFETY: nothing replaces the dict while it is looked at.
    let Some(dict) = (unsafe { instance::managed_slot(r.object(1)).peek() }) else { return Ok(false) };
    let index = r.cache(LOAD_ATTR, 3) as usize;
    if !dict.table().is_unicode() || !dict.table().key_at(index).is_some_and(|k| k.is(name)) {
        return Ok(false);
    }
    match dict.value_at(index).map(StackRef::new) {
        Some(value) => replace_owner(r, value, arg),
        None => Ok(false),
    }
}

#[inline(always)]
pub fn load_attr_module(r: &mut Regs, arg: usize) -> Hit {
    let Some(module) = r.object(1).downcast_exact::<Module>() else { return Ok(false) };
    // SAFETY: nothing replaces the dict while it is looked at.
    let Some(dict) = (unsafe { module.peek_dict() }) else { return Ok(false) };
    if dict.table().version() != r.cache_u32(LOAD_ATTR, 1) {
        return Ok(false);
    }
    match dict.value_at(r.cache(LOAD_ATTR, 3) as usize).map(StackRef::new) {
        Some(value) => replace_owner(r, value, arg),
        None => Ok(false),
    }
}

/// The `__slots__` member at an offset of the object.
///
/// # Safety
/// The object's type has an object field there.
#[inline(always)]
unsafe fn slot_at(object: &Object, offset: usize) -> &Slot {
    // SAFETY: the caller's promise.
    unsafe { &*object.as_ptr().cast::<u8>().add(offset).cast::<Slot>() }
}

#[inline(always)]
pub fn load_attr_slot(r: &mut Regs, arg: usize) -> Hit {
    if !type_matches(r, LOAD_ATTR) {
        return Ok(false);
    }
    // SAFETY: the type version stands for the member's offset.
    match unsafe { slot_at(r.object(1), r.cache(LOAD_ATTR, 3) as usize) }.get() {
        Some(value) => replace_owner(r, StackRef::owned(value), arg),
        None => Ok(false),
    }
}

/// The object whose address is in the cache; the type version keeps it alive.
#[inline(always)]
fn cached_object<'a>(r: &Regs) -> &'a Object {
    // SAFETY: callers have tested the type version under which the address was cached.
    unsafe { &*r.cache_ptr::<Object>(LOAD_ATTR, 5) }
}

#[inline(always)]
pub fn load_attr_class(r: &mut Regs, arg: usize) -> Hit {
    let Some(class) = r.object(1).downcast::<TypeObject>() else { return Ok(false) };
    if class.tp_version_tag.get() != r.cache_u32(LOAD_ATTR, 1) {
        return Ok(false);
    }
    let value = StackRef::new(cached_object(r));
    replace_owner(r, value, arg)
}

/// Are the instance's values inline, and its class's keys as they were?
#[inline(always)]
fn keys_match(r: &Regs) -> bool {
    let owner = r.object(1);
    instance::inline_values(owner).is_valid()
        && instance::shared_keys(owner.ty()).is_some_and(|k| k.version() == r.cache_u32(LOAD_ATTR, 3))
}

/// The owner stays as the first argument.
#[inline(always)]
fn push_method(r: &mut Regs) -> Hit {
    let method = StackRef::new(cached_object(r));
    let owner = r.pop();
    r.push(method);
    r.push(owner);
    Ok(true)
}

#[inline(always)]
pub fn load_attr_method_with_values(r: &mut Regs) -> Hit {
    if !type_matches(r, LOAD_ATTR) || !keys_match(r) {
        return Ok(false);
    }
    push_method(r)
}

#[inline(always)]
pub fn load_attr_method_no_dict(r: &mut Regs) -> Hit {
    if !type_matches(r, LOAD_ATTR) {
        return Ok(false);
    }
    push_method(r)
}

#[inline(always)]
pub fn load_attr_nondescriptor_with_values(r: &mut Regs) -> Hit {
    if !type_matches(r, LOAD_ATTR) || !keys_match(r) {
        return Ok(false);
    }
    let value = StackRef::new(cached_object(r));
    replace_owner(r, value, 0)
}

#[inline(always)]
pub fn load_attr_nondescriptor_no_dict(r: &mut Regs) -> Hit {
    if !type_matches(r, LOAD_ATTR) {
        return Ok(false);
    }
    let value = StackRef::new(cached_object(r));
    replace_owner(r, value, 0)
}

/// `LOAD_ATTR_PROPERTY`: the getter runs in this loop.
#[inline(always)]
pub fn load_attr_property(r: &mut Regs) -> Result<Option<*mut Frame>> {
    if !type_matches(r, LOAD_ATTR) {
        return Ok(None);
    }
    // SAFETY: the type version keeps the property and its getter alive; the function's version stands for its code,
    // which takes one argument.
    unsafe {
        let getter = cached_object(r).cast::<Function>();
        if getter.func_version.get() != r.cache_u32(LOAD_ATTR, 3) {
            return Ok(None);
        }
        let code = getter.code();
        let owner = r.pop().heap_safe();
        r.save_return(1 + LOAD_ATTR);
        let frame = push_frame(r.ts, code);
        Frame::init(frame, StackRef::new(getter), None, code, 1);
        Frame::locals(frame).write(owner);
        Ok(Some(frame))
    }
}

#[inline(always)]
pub fn store_attr_instance_value(r: &mut Regs) -> Hit {
    if !type_matches(r, STORE_ATTR) {
        return Ok(false);
    }
    let owner = r.object(1);
    let values = instance::inline_values(owner);
    if !values.is_valid() || !instance::managed_slot(owner).is_empty() {
        return Ok(false);
    }
    let value = core::mem::replace(r.peek(2), StackRef::NULL).into_ref();
    let old = values.replace(r.cache(STORE_ATTR, 3) as usize, Some(value));
    r.drop_top(2);
    drop(old);
    Ok(true)
}

#[inline(always)]
pub fn store_attr_slot(r: &mut Regs) -> Hit {
    if !type_matches(r, STORE_ATTR) {
        return Ok(false);
    }
    let value = core::mem::replace(r.peek(2), StackRef::NULL).into_ref();
    // SAFETY: the type version stands for the member's offset.
    let old = unsafe { slot_at(r.object(1), r.cache(STORE_ATTR, 3) as usize) }.replace(Some(value));
    r.drop_top(2);
    drop(old);
    Ok(true)
}

#[inline(always)]
pub fn store_attr_with_hint(r: &mut Regs, arg: usize) -> Hit {
    if !type_matches(r, STORE_ATTR) {
        return Ok(false);
    }
    let name: &Object = r.name(arg);
    let Some(dict) = instance::managed_slot(r.object(1)).get() else { return Ok(false) };
    let index = r.cache(STORE_ATTR, 3) as usize;
    if !dict.table().is_unicode() || !dict.table().key_at(index).is_some_and(|k| k.is(name)) {
        return Ok(false);
    }
    if !dict.replace_at(index, r.object(2)) {
        return Ok(false);
    }
    r.drop_top(2);
    Ok(true)
}
