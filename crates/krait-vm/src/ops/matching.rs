//! `match` statements.

use crate::eval::Regs;
use crate::stackref::StackRef;
use krait_object::errors::type_error;
use krait_object::typeobj::flags;
use krait_object::{Dict, Object, Ref, Result, Str, Tuple, TypeObject, id, none};

#[inline(always)]
pub fn match_mapping(r: &mut Regs) {
    let is = r.object(1).ty().has_flag(flags::MAPPING);
    r.push_bool(is);
}

#[inline(always)]
pub fn match_sequence(r: &mut Regs) {
    let is = r.object(1).ty().has_flag(flags::SEQUENCE);
    r.push_bool(is);
}

/// `MATCH_KEYS`: pushes the tuple of values, or None when a key is missing.
pub fn match_keys(r: &mut Regs) -> Result<()> {
    let (subject, keys) = (r.object(2), r.object(1));
    let values = values_for(subject, keys.expect::<Tuple>())?;
    match values {
        Some(values) => r.push_ref(values.into_object()),
        None => r.push(StackRef::immortal(none())),
    }
    Ok(())
}

fn values_for(mapping: &Object, keys: &Tuple) -> Result<Option<Ref<Tuple>>> {
    let mut values = Vec::with_capacity(keys.len());
    if keys.is_empty() {
        return Ok(Some(Tuple::from_vec(values)));
    }
    let get = mapping.get_attr(id!("get"))?;
    let missing = Object::call(&krait_object::typeobj::PyBaseObject_Type, &[])?;
    let seen = Dict::new();
    for key in keys.as_objects() {
        if seen.contains(key)? {
            return Err(krait_object::value_error(format!(
                "mapping pattern checks duplicate key ({})",
                key.repr()?
            )));
        }
        seen.set(key, none())?;
        let value = get.call(&[key, &missing])?;
        if value.is(&missing) {
            return Ok(None);
        }
        values.push(value);
    }
    Ok(Some(Tuple::from_vec(values)))
}

/// `MATCH_CLASS`: subject, class, names of keyword patterns; the operand counts the positional ones.
pub fn match_class(r: &mut Regs, arg: usize) -> Result<()> {
    let (names, class, subject) = (r.pop(), r.pop(), r.pop());
    let found = class_attributes(subject.object(), class.object(), arg, names.object().expect::<Tuple>())?;
    match found {
        Some(values) => r.push_ref(values.into_object()),
        None => r.push(StackRef::immortal(none())),
    }
    Ok(())
}

fn class_attributes(
    subject: &Object,
    class: &Object,
    positional: usize,
    names: &Tuple,
) -> Result<Option<Ref<Tuple>>> {
    let Some(ty) = class.downcast::<TypeObject>() else {
        return Err(type_error("called match pattern must be a class"));
    };
    if !subject.is_instance(class)? {
        return Ok(None);
    }
    let mut seen: Vec<Ref<Str>> = Vec::new();
    let mut values = Vec::new();
    if positional > 0 {
        let (allowed, match_self) = match class.get_attr_opt(id!("__match_args__"))? {
            Some(found) => match found.downcast_into::<Tuple>() {
                Ok(tuple) => (tuple, false),
                Err(other) => {
                    return Err(type_error(format!(
                        "{}.__match_args__ must be a tuple (got {})",
                        ty.short_name(),
                        other.type_name()
                    )));
                }
            },
            None => (Tuple::empty().into(), ty.has_flag(flags::MATCH_SELF)),
        };
        let most = if match_self { 1 } else { allowed.len() };
        if most < positional {
            let s = if most == 1 { "" } else { "s" };
            return Err(type_error(format!(
                "{}() accepts {most} positional sub-pattern{s} ({positional} given)",
                ty.short_name()
            )));
        }
        if match_self {
            values.push(subject.to_ref());
        } else {
            for name in &allowed.as_objects()[..positional] {
                let Some(name) = name.downcast::<Str>() else {
                    return Err(type_error(format!(
                        "__match_args__ elements must be strings (got {})",
                        name.type_name()
                    )));
                };
                match attribute(subject, ty, name, &mut seen)? {
                    Some(value) => values.push(value),
                    None => return Ok(None),
                }
            }
        }
    }
    for name in names.as_objects() {
        match attribute(subject, ty, name.expect::<Str>(), &mut seen)? {
            Some(value) => values.push(value),
            None => return Ok(None),
        }
    }
    Ok(Some(Tuple::from_vec(values)))
}

fn attribute(
    subject: &Object,
    ty: &TypeObject,
    name: &Str,
    seen: &mut Vec<Ref<Str>>,
) -> Result<Option<Ref<Object>>> {
    if seen.iter().any(|s| s.eq(name)) {
        return Err(type_error(format!(
            "{}() got multiple sub-patterns for attribute {}",
            ty.short_name(),
            Object::repr(name)?
        )));
    }
    seen.push(Ref::from_borrowed(name));
    subject.get_attr_opt(name)
}
