//! Changing what an object is: `obj.__class__ = C` and `C.__bases__ = (...)`. CPython: `Objects/typeobject.c`
//! (`object_set_class`, `type_set_bases`).

use super::{TypeObject, attributes, flags, layout, mro, slotdefs};
use crate::dict::instance;
use crate::errors::type_error;
use crate::module::Module;
use crate::object::Object;
use crate::reference::{Ref, Typed};
use crate::result::{Result, unit_result};
use crate::tuple::Tuple;
use core::ffi::{c_int, c_void};
use core::ptr::NonNull;

pub(super) extern "C" fn get_class(object: &Object, _: *mut c_void) -> Result {
    Ok(object.ty().to_ref())
}

pub(super) extern "C" fn set_class(object: &Object, value: Option<&Object>, _: *mut c_void) -> c_int {
    unit_result(assign_class(object, value))
}

fn assign_class(object: &Object, value: Option<&Object>) -> Result<()> {
    let Some(value) = value else { return Err(type_error("can't delete __class__ attribute")) };
    let Some(new) = value.downcast::<TypeObject>() else {
        return Err(type_error(format!(
            "__class__ must be set to a class, not '{}' object",
            value.type_name()
        )));
    };
    if let Some(audit) = crate::interp::current().hooks.audit.get() {
        audit("object.__setattr__", &[object, crate::id!("__class__"), value])?;
    }
    let old = object.ty().to_type_ref();
    let module = Module::type_object();
    let modules = new.is_subtype_of(module) && old.is_subtype_of(module);
    if !modules && (new.has_flag(flags::IMMUTABLETYPE) || old.has_flag(flags::IMMUTABLETYPE)) {
        return Err(type_error(
            "__class__ assignment only supported for mutable types or ModuleType subclasses",
        ));
    }
    layout::check_assignment(&old, new, "__class__")?;
    instance::prepare_class_change(object, new)?;
    if new.is_heap_type() {
        new.incref();
    }
    object.set_type_ptr(new);
    if old.is_heap_type() {
        // SAFETY: the object held a reference to its heap type, which is given back; `old` has its own.
        unsafe { Object::decref(NonNull::from(&**old)) };
    }
    Ok(())
}

impl TypeObject {
    /// A new reference to the type, as a type.
    pub fn to_type_ref(&self) -> Ref<TypeObject> {
        Ref::from_borrowed(self)
    }
}

pub(super) extern "C" fn get_bases(object: &Object, _: *mut c_void) -> Result {
    Ok(object.expect::<TypeObject>().bases().into_object())
}

pub(super) extern "C" fn set_bases(object: &Object, value: Option<&Object>, _: *mut c_void) -> c_int {
    unit_result(assign_bases(object.expect::<TypeObject>(), value))
}

fn assign_bases(ty: &TypeObject, value: Option<&Object>) -> Result<()> {
    let value = attributes::check_settable(ty, value, "__bases__")?;
    let Some(bases) = value.downcast::<Tuple>() else {
        return Err(type_error(format!(
            "can only assign tuple to {}.__bases__, not {}",
            ty.name(),
            value.type_name()
        )));
    };
    if bases.is_empty() {
        return Err(type_error(format!(
            "can only assign non-empty tuple to {}.__bases__, not ()",
            ty.name()
        )));
    }
    for base in bases.as_slice() {
        let Some(base) = base.downcast::<TypeObject>() else {
            return Err(type_error(format!(
                "{}.__bases__ must be tuple of classes, not '{}'",
                ty.name(),
                base.type_name()
            )));
        };
        if base.is_subtype_of(ty) || in_base_chain(base, ty) {
            return Err(type_error("a __bases__ item causes an inheritance cycle"));
        }
    }
    let new_base = layout::best_base(bases)?;
    let Some(old_base) = ty.base_type().map(TypeObject::to_type_ref) else {
        return Err(type_error("cannot set '__bases__' attribute of immutable type 'object'"));
    };
    layout::check_assignment(&old_base, new_base, "__bases__")?;
    let old_bases = ty.bases();
    swap_bases(ty, bases, new_base);
    let mut undo = Vec::new();
    if let Err(raised) = update_hierarchy(ty, &mut undo) {
        // The old linearisations come back; meanwhile nothing else may have changed them.
        for (changed, old) in undo.into_iter().rev() {
            let new = changed.tp_mro.replace(Ref::into_raw(old));
            changed.modified();
            // SAFETY: the type's own reference to the linearisation that it gives up.
            drop(unsafe { Ref::from_owned_opt(new) });
        }
        if core::ptr::eq(ty.tp_bases.get(), bases.as_ptr()) {
            swap_bases(ty, &old_bases, &old_base);
        }
        return Err(raised);
    }
    if core::ptr::eq(ty.tp_bases.get(), bases.as_ptr()) {
        for base in old_bases.as_slice() {
            base.expect::<TypeObject>().remove_subclass(ty);
        }
        for base in bases.as_slice() {
            base.expect::<TypeObject>().add_subclass(ty);
        }
        slotdefs::update_all(ty);
    }
    Ok(())
}

fn in_base_chain(from: &TypeObject, ty: &TypeObject) -> bool {
    let mut at = Some(from);
    while let Some(t) = at {
        if t.is_type(ty) {
            return true;
        }
        at = t.base_type();
    }
    false
}

fn swap_bases(ty: &TypeObject, bases: &Tuple, base: &TypeObject) {
    ty.modified();
    bases.incref();
    base.incref();
    let old_bases = ty.tp_bases.replace(bases.as_ptr());
    let old_base = ty.tp_base.replace(base);
    for old in [old_bases, old_base.cast_mut().cast::<Object>()] {
        if let Some(old) = NonNull::new(old) {
            // SAFETY: the fields owned one reference each.
            unsafe { Object::decref(old) };
        }
    }
}

/// Linearises a type and its subclasses anew; remembers the old linearisations.
fn update_hierarchy(ty: &TypeObject, undo: &mut Vec<(Ref<TypeObject>, Ref<Object>)>) -> Result<()> {
    let Some(old) = mro::update(ty)? else { return Ok(()) };
    if let Some(old) = old {
        undo.push((ty.to_type_ref(), old));
    }
    for subclass in ty.subclasses() {
        update_hierarchy(&subclass, undo)?;
    }
    Ok(())
}
