//! `__slots__` of a new class: which members it gets, and whether its instances have a dict and weak references.
//! CPython: `Objects/typeobject.c` (`type_new_slots`).

use super::TypeObject;
use crate::errors::{type_error, value_error};
use crate::object::Object;
use crate::reference::Ref;
use crate::result::Result;
use crate::str::Str;
use crate::tuple::Tuple;
use crate::{Dict, id};

/// What a class adds to its base's layout.
pub(super) struct ClassSlots {
    /// Names of the members, mangled and sorted; `None` without `__slots__`.
    pub names: Option<Ref<Tuple>>,
    pub add_dict: bool,
    pub add_weakref: bool,
}

/// Reads `__slots__` in the namespace of a new class.
pub(super) fn plan(class: &Str, base: &TypeObject, bases: &Tuple, dict: &Dict) -> Result<ClassSlots> {
    let may_dict = base.tp_dictoffset.get() == 0;
    let may_weakref = base.tp_weaklistoffset.get() == 0 && base.tp_itemsize.get() == 0;
    let Some(slots) = dict.get_str(id!("__slots__")) else {
        return Ok(ClassSlots { names: None, add_dict: may_dict, add_weakref: may_weakref });
    };
    let given = match slots.downcast::<Str>() {
        Some(one) => Tuple::from_slice(&[one]),
        None => slots.to_tuple()?,
    };
    if !given.is_empty() && base.tp_itemsize.get() != 0 {
        return Err(type_error(format!("nonempty __slots__ not supported for subtype of '{}'", base.name())));
    }
    let mut plan = ClassSlots { names: None, add_dict: false, add_weakref: false };
    let mut names: Vec<Ref<Str>> = Vec::with_capacity(given.len());
    for item in given.as_slice() {
        let name = check_name(item)?;
        if name.eq_str("__dict__") {
            if !may_dict || plan.add_dict {
                return Err(type_error("__dict__ slot disallowed: we already got one"));
            }
            plan.add_dict = true;
        } else if name.eq_str("__weakref__") {
            if !may_weakref || plan.add_weakref {
                return Err(type_error("__weakref__ slot disallowed: we already got one"));
            }
            plan.add_weakref = true;
        } else {
            names.push(mangle(class, name));
        }
    }
    for name in &names {
        check_conflict(name, dict)?;
    }
    names.sort_by(|a, b| a.chars().iter().cmp(b.chars().iter()));
    inherit(&mut plan, base, bases, may_dict, may_weakref);
    plan.names = Some(Tuple::from_vec(names.into_iter().map(Ref::into_object).collect()));
    Ok(plan)
}

fn check_name(item: &Object) -> Result<&Str> {
    let Some(name) = item.downcast::<Str>() else {
        return Err(type_error(format!("__slots__ items must be strings, not '{}'", item.type_name())));
    };
    let valid = match name.as_ascii() {
        Some(text) => {
            !text.is_empty()
                && !text.as_bytes()[0].is_ascii_digit()
                && text.bytes().all(|b| b == b'_' || b.is_ascii_alphanumeric())
        }
        None => name.call_method(id!("isidentifier"), &[])?.is_true()?,
    };
    if valid { Ok(name) } else { Err(type_error("__slots__ must be identifiers")) }
}

/// A slot may not have the name of a class variable; what the compiler puts into the namespace does not count.
fn check_conflict(name: &Str, dict: &Dict) -> Result<()> {
    let internal = ["__qualname__", "__classcell__", "__classdictcell__"];
    if dict.get(name)?.is_some() && !internal.iter().any(|i| name.eq_str(i)) {
        return Err(value_error(format!("{} in __slots__ conflicts with class variable", name.repr()?)));
    }
    Ok(())
}

/// Another base than the best one may have had a dict or weak references, which its methods rely on.
fn inherit(plan: &mut ClassSlots, base: &TypeObject, bases: &Tuple, may_dict: bool, may_weakref: bool) {
    if bases.len() <= 1 {
        return;
    }
    for other in bases.as_slice() {
        let other = other.expect::<TypeObject>();
        if other.is_type(base) {
            continue;
        }
        plan.add_dict |= may_dict && other.tp_dictoffset.get() != 0;
        plan.add_weakref |= may_weakref && other.tp_weaklistoffset.get() != 0;
    }
}

/// Private names carry the class' name (`_Py_Mangle`).
pub fn mangle(class: &Str, name: &Str) -> Ref<Str> {
    let text = name.to_string_lossy();
    if !text.starts_with("__") || text.ends_with("__") || text.contains('.') {
        return Ref::from_borrowed(name);
    }
    let class = class.to_string_lossy();
    let class = class.trim_start_matches('_');
    if class.is_empty() {
        return Ref::from_borrowed(name);
    }
    Str::new(&format!("_{class}{text}"))
}
