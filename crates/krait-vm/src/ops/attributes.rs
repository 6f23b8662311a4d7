//! Attributes, methods and `super()`.

use crate::eval::Regs;
use crate::stackref::StackRef;
use krait_object::{Object, Ref, Result, TypeObject};

#[inline(always)]
pub fn load_attr(r: &mut Regs, arg: usize) -> Result<()> {
    let owner = r.pop();
    let name = r.name(arg >> 1);
    if arg & 1 == 0 {
        let value = owner.object().get_attr(name)?;
        r.push_ref(value);
        return Ok(());
    }
    let (value, is_method) = owner.object().get_method(name)?;
    r.push_ref(value);
    r.push(if is_method { owner } else { StackRef::NULL });
    Ok(())
}

#[inline(always)]
pub fn store_attr(r: &mut Regs, arg: usize) -> Result<()> {
    let (owner, value) = (r.pop(), r.pop());
    owner.object().set_attr(r.name(arg), Some(value.object()))
}

#[inline(always)]
pub fn delete_attr(r: &mut Regs, arg: usize) -> Result<()> {
    let owner = r.pop();
    owner.object().set_attr(r.name(arg), None)
}

/// `LOAD_SUPER_ATTR`: `super(class, self).name` without keeping the super object.
#[inline(always)]
pub fn load_super_attr(r: &mut Regs, arg: usize) -> Result<()> {
    let (instance, class, super_type) = (r.pop(), r.pop(), r.pop());
    let value =
        super_attr(super_type.object(), class.object(), instance.object(), r.name(arg >> 2), arg & 2 != 0)?;
    r.push_ref(value);
    if arg & 1 != 0 {
        r.push(StackRef::NULL);
    }
    Ok(())
}

#[inline(never)]
fn super_attr(
    super_type: &Object,
    class: &Object,
    instance: &Object,
    name: &krait_object::Str,
    with_arguments: bool,
) -> Result {
    let made: Ref<Object> =
        if with_arguments { super_type.call(&[class, instance])? } else { super_type.call(&[])? };
    made.get_attr(name)
}

/// The special method `name` of the type, as callable and `self` (`_PyObject_LookupSpecialMethod`).
pub fn special_method(object: &Object, name: &krait_object::Str) -> Result<Option<(Ref<Object>, bool)>> {
    let Some(found) = object.ty().lookup(name) else { return Ok(None) };
    let ty: &TypeObject = found.ty();
    if ty.has_flag(krait_object::typeobj::flags::METHOD_DESCRIPTOR) {
        return Ok(Some((found, true)));
    }
    match ty.tp_descr_get.get() {
        Some(get) => Ok(Some((get(&found, Some(object), Some(object.ty()))?, false))),
        None => Ok(Some((found, false))),
    }
}
