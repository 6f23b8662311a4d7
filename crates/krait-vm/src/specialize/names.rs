//! Specialising attributes and globals.

use super::Site;
use crate::eval::Regs;
use krait_bytecode::opcode::raw;
use krait_object::descriptors::member::MemberDescr;
use krait_object::dict::instance;
use krait_object::module::Module;
use krait_object::typeobj::{PyBaseObject_Type, flags};
use krait_object::{Dict, Object, Str, TypeObject};

fn site(r: Regs) -> Site {
    // SAFETY: specialisers are called with `ip` at the instruction.
    unsafe { Site::new(r.ip) }
}

/// The version of a dict's keys as it fits a cache word, if they are all strings.
fn short_version(dict: &Dict) -> Option<u16> {
    if !dict.table().is_unicode() {
        return None;
    }
    u16::try_from(dict.keys_version()).ok().filter(|v| *v != 0)
}

#[cold]
pub fn load_global(r: Regs, arg: usize) {
    let site = site(r);
    let name = r.name(arg >> 1);
    let form = global_form(site, r.frame().globals(), r.frame().builtins(), name);
    site.decide(form);
}

fn global_form(site: Site, globals: &Dict, builtins: &Object, name: &Str) -> Option<u8> {
    if globals.downcast_exact::<Dict>().is_none() {
        return None;
    }
    let version = short_version(globals)?;
    if let Some(index) = globals.table().lookup(name) {
        globals.value_at(index)?;
        site.set_u16(1, version);
        site.set_u16(3, u16::try_from(index).ok()?);
        return Some(raw::LOAD_GLOBAL_MODULE);
    }
    let builtins = builtins.downcast_exact::<Dict>()?;
    let builtins_version = short_version(builtins)?;
    let index = builtins.table().lookup(name)?;
    builtins.value_at(index)?;
    site.set_u16(1, version);
    site.set_u16(2, builtins_version);
    site.set_u16(3, u16::try_from(index).ok()?);
    Some(raw::LOAD_GLOBAL_BUILTIN)
}

#[cold]
pub fn load_attr(r: Regs, arg: usize) {
    let site = site(r);
    let (owner, name, method) = (r.object(1), r.name(arg >> 1), arg & 1 != 0);
    let form = if let Some(module) = owner.downcast_exact::<Module>() {
        module_form(site, module, name)
    } else if let Some(class) = owner.downcast::<TypeObject>() {
        class_form(site, class, name, method)
    } else {
        instance_form(site, owner, name, method)
    };
    site.decide(form);
}

fn module_form(site: Site, module: &Module, name: &Str) -> Option<u8> {
    let dict = module.dict();
    if !dict.table().is_unicode() {
        return None;
    }
    let index = dict.table().lookup(name)?;
    dict.value_at(index)?;
    let version = dict.keys_version();
    if version == 0 {
        return None;
    }
    site.set_u32(1, version);
    site.set_u16(3, u16::try_from(index).ok()?);
    Some(raw::LOAD_ATTR_MODULE)
}

/// How an attribute found on the type behaves.
enum Descr<'a> {
    Absent,
    /// A function or method descriptor that binds.
    Method,
    /// A `__slots__` member at this offset.
    Slot(usize),
    Property(&'a Object),
    /// A plain value.
    Value,
    Other,
}

fn describe(descr: Option<&Object>) -> Descr<'_> {
    let Some(descr) = descr else { return Descr::Absent };
    let ty = descr.ty();
    if let Some(member) = descr.downcast_exact::<MemberDescr>() {
        let def = member.def();
        let plain = def.ty == krait_object::defs::member::T_OBJECT_EX && def.flags == 0 && def.offset > 0;
        return if plain { Descr::Slot(def.offset as usize) } else { Descr::Other };
    }
    if descr.downcast_exact::<krait_object::property::Property>().is_some() {
        return Descr::Property(descr);
    }
    match () {
        () if ty.tp_descr_set.get().is_some() => Descr::Other,
        () if ty.has_flag(flags::METHOD_DESCRIPTOR) => Descr::Method,
        () if ty.tp_descr_get.get().is_some() => Descr::Other,
        () => Descr::Value,
    }
}

fn same_slot<T: Copy>(a: Option<T>, b: Option<T>) -> bool {
    debug_assert!(size_of::<Option<T>>() == size_of::<usize>());
    // SAFETY: both are nullable function pointers, compared as words.
    unsafe { core::mem::transmute_copy::<_, usize>(&a) == core::mem::transmute_copy::<_, usize>(&b) }
}

fn class_form(site: Site, class: &TypeObject, name: &Str, method: bool) -> Option<u8> {
    let meta = class.ty();
    if !core::ptr::eq(meta, &krait_object::typeobj::PyType_Type) || meta.lookup(name).is_some() {
        return None;
    }
    let version = class.assign_version();
    let descr = class.lookup(name)?;
    if version == 0 {
        return None;
    }
    let fine = match describe(Some(&descr)) {
        // A function looked up on its class is itself.
        Descr::Method => true,
        Descr::Value => true,
        _ => false,
    };
    let _ = method;
    if !fine {
        return None;
    }
    site.set_u32(1, version);
    site.set_ptr(5, descr.as_raw());
    Some(raw::LOAD_ATTR_CLASS)
}

fn instance_form(site: Site, owner: &Object, name: &Str, method: bool) -> Option<u8> {
    let ty = owner.ty();
    if !same_slot(ty.tp_getattro.get(), PyBaseObject_Type.tp_getattro.get()) {
        return None;
    }
    let version = ty.assign_version();
    if version == 0 {
        return None;
    }
    site.set_u32(1, version);
    let descr = ty.lookup(name);
    match describe(descr.as_deref()) {
        Descr::Absent => dict_value_form(site, owner, name),
        Descr::Slot(offset) => {
            site.set_u16(3, u16::try_from(offset).ok()?);
            Some(raw::LOAD_ATTR_SLOT)
        }
        Descr::Method if method => {
            site.set_ptr(5, descr?.as_raw());
            shadow_free(site, owner, name, true)
        }
        Descr::Value if !method => {
            site.set_ptr(5, descr?.as_raw());
            shadow_free(site, owner, name, false)
        }
        Descr::Property(property) if !method => {
            let getter = property.downcast::<krait_object::property::Property>()?.getter()?;
            let function = crate::function::is_plain(&getter)?;
            if !crate::bind::is_simple(function.code()) || function.code().co_argcount.get() != 1 {
                return None;
            }
            let version = function.version();
            if version == 0 {
                return None;
            }
            site.set_u32(3, version);
            site.set_ptr(5, getter.as_raw());
            Some(raw::LOAD_ATTR_PROPERTY)
        }
        _ => None,
    }
}

/// An attribute in the instance's inline values or dict.
fn dict_value_form(site: Site, owner: &Object, name: &Str) -> Option<u8> {
    let ty = owner.ty();
    if ty.has_flag(flags::INLINE_VALUES) && instance::inline_values(owner).is_valid() {
        let index = instance::shared_keys(ty)?.lookup(name)?;
        site.set_u16(3, u16::try_from(index).ok()?);
        return Some(raw::LOAD_ATTR_INSTANCE_VALUE);
    }
    if !ty.has_flag(flags::MANAGED_DICT) {
        return None;
    }
    let dict = instance::managed_slot(owner).get()?;
    let index = dict.table().lookup(name)?;
    site.set_u16(3, u16::try_from(index).ok()?);
    Some(raw::LOAD_ATTR_WITH_HINT)
}

/// A class attribute that the instance does not shadow.
fn shadow_free(site: Site, owner: &Object, name: &Str, method: bool) -> Option<u8> {
    let ty = owner.ty();
    if ty.has_flag(flags::INLINE_VALUES) {
        let keys = instance::shared_keys(ty)?;
        if !instance::inline_values(owner).is_valid() || keys.lookup(name).is_some() {
            return None;
        }
        let version = keys.version_for_cache();
        if version == 0 {
            return None;
        }
        site.set_u32(3, version);
        return Some(if method {
            raw::LOAD_ATTR_METHOD_WITH_VALUES
        } else {
            raw::LOAD_ATTR_NONDESCRIPTOR_WITH_VALUES
        });
    }
    if ty.has_flag(flags::MANAGED_DICT) || ty.tp_dictoffset.get() != 0 {
        return None;
    }
    Some(if method { raw::LOAD_ATTR_METHOD_NO_DICT } else { raw::LOAD_ATTR_NONDESCRIPTOR_NO_DICT })
}

#[cold]
pub fn store_attr(r: Regs, arg: usize) {
    let site = site(r);
    let form = store_form(site, r.object(1), r.name(arg));
    site.decide(form);
}

fn store_form(site: Site, owner: &Object, name: &Str) -> Option<u8> {
    let ty = owner.ty();
    if !same_slot(ty.tp_setattro.get(), PyBaseObject_Type.tp_setattro.get()) {
        return None;
    }
    let version = ty.assign_version();
    if version == 0 {
        return None;
    }
    site.set_u32(1, version);
    match describe(ty.lookup(name).as_deref()) {
        Descr::Slot(offset) => {
            site.set_u16(3, u16::try_from(offset).ok()?);
            Some(raw::STORE_ATTR_SLOT)
        }
        Descr::Absent => {
            if ty.has_flag(flags::INLINE_VALUES) && instance::inline_values(owner).is_valid() {
                if !instance::managed_slot(owner).is_empty() {
                    return None;
                }
                let index = instance::shared_keys(ty)?.lookup(name)?;
                site.set_u16(3, u16::try_from(index).ok()?);
                return Some(raw::STORE_ATTR_INSTANCE_VALUE);
            }
            if !ty.has_flag(flags::MANAGED_DICT) {
                return None;
            }
            let dict = instance::managed_slot(owner).get()?;
            let index = dict.table().lookup(name)?;
            site.set_u16(3, u16::try_from(index).ok()?);
            Some(raw::STORE_ATTR_WITH_HINT)
        }
        _ => None,
    }
}
