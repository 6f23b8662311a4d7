//! The method resolution order: C3 linearisation. CPython: `Objects/typeobject.c` (`mro_implementation`, `mro_internal`).

use super::lookup::VERSIONS_OFF;
use super::{PyType_Type, TypeObject};
use crate::errors::type_error;
use crate::object::Object;
use crate::reference::Ref;
use crate::result::{Raised, Result};
use crate::tuple::Tuple;
use crate::{id, typeobj};

/// The linearisation of a type from those of its bases (`type.mro`).
pub fn linearize(ty: &TypeObject) -> Result<Vec<Ref<Object>>> {
    let bases = ty.bases();
    for base in bases.as_slice() {
        let base = base.expect::<TypeObject>();
        if base.tp_mro.get().is_null() {
            return Err(type_error(format!("Cannot extend an incomplete type '{}'", base.name())));
        }
    }
    let mro_of =
        |base: &Object| base.expect::<TypeObject>().mro().map_or_else(Vec::new, |m| m.as_slice().to_vec());
    let mut result = vec![ty.to_ref()];
    if let [base] = bases.as_slice() {
        // One base: its linearisation follows as it is.
        result.extend(mro_of(base));
        return Ok(result);
    }
    check_duplicates(&bases)?;
    let mut lists: Vec<Vec<Ref<Object>>> = bases.as_slice().iter().map(|b| mro_of(b)).collect();
    lists.push(bases.as_slice().to_vec());
    merge(&mut result, &lists)?;
    Ok(result)
}

fn check_duplicates(bases: &Tuple) -> Result<()> {
    let items = bases.as_slice();
    for (i, base) in items.iter().enumerate() {
        if items[i + 1..].iter().any(|other| other.is(base)) {
            let name = base.expect::<TypeObject>().display_name();
            return Err(type_error(format!("duplicate base class {name}")));
        }
    }
    Ok(())
}

/// Takes, again and again, the first head that no other list has in its tail.
fn merge(result: &mut Vec<Ref<Object>>, lists: &[Vec<Ref<Object>>]) -> Result<()> {
    let mut at = vec![0usize; lists.len()];
    loop {
        let mut exhausted = true;
        let mut chosen = None;
        for (list, &start) in lists.iter().zip(&at) {
            let Some(candidate) = list.get(start) else { continue };
            exhausted = false;
            let blocked =
                lists.iter().zip(&at).any(|(l, &s)| l.iter().skip(s + 1).any(|other| other.is(candidate)));
            if !blocked {
                chosen = Some(candidate.clone());
                break;
            }
        }
        if exhausted {
            return Ok(());
        }
        let Some(chosen) = chosen else { return Err(conflict(lists, &at)) };
        for (list, start) in lists.iter().zip(&mut at) {
            if list.get(*start).is_some_and(|head| head.is(&chosen)) {
                *start += 1;
            }
        }
        result.push(chosen);
    }
}

#[cold]
fn conflict(lists: &[Vec<Ref<Object>>], at: &[usize]) -> Raised {
    let mut heads: Vec<&Object> = Vec::new();
    for (list, &start) in lists.iter().zip(at) {
        if let Some(head) = list.get(start) {
            if !heads.iter().any(|h| h.is(head)) {
                heads.push(head);
            }
        }
    }
    let names: Vec<String> = heads.iter().map(|h| h.expect::<TypeObject>().display_name()).collect();
    type_error(format!(
        "Cannot create a consistent method resolution order (MRO) for bases {}",
        names.join(", ")
    ))
}

impl TypeObject {
    /// `__name__` as messages print it.
    pub(crate) fn display_name(&self) -> String {
        match self.as_heap().and_then(|h| h.ht_name.get()) {
            Some(name) => name.to_string_lossy(),
            None => self.short_name().to_owned(),
        }
    }
}

/// Does the metaclass define `mro` itself?
fn has_custom_mro(ty: &TypeObject) -> bool {
    if core::ptr::eq(ty.type_ptr(), &raw const PyType_Type) {
        return false;
    }
    let own = PyType_Type.dict().and_then(|d| d.get_str(id!("mro")));
    match (ty.ty().lookup(id!("mro")), own) {
        (Some(found), Some(own)) => !found.is(&own),
        _ => false,
    }
}

/// Computes the MRO, by the metaclass' `mro` if it has its own, and checks it (`mro_invoke`).
fn invoke(ty: &TypeObject) -> Result<Ref<Tuple>> {
    if !has_custom_mro(ty) {
        return Ok(Tuple::from_vec(linearize(ty)?));
    }
    let Some(method) = ty.lookup_special(id!("mro"))? else {
        return Err(crate::errors::attribute_error("mro"));
    };
    let mro = method.call(&[])?.to_tuple()?;
    if mro.is_empty() {
        return Err(type_error("type MRO must not be empty"));
    }
    let solid = typeobj::layout::solid_base(ty);
    for class in mro.as_slice() {
        let Some(base) = class.downcast::<TypeObject>() else {
            return Err(type_error(format!("mro() returned a non-class ('{}')", class.type_name())));
        };
        if !solid.is_subtype_of(typeobj::layout::solid_base(base)) {
            return Err(type_error(format!(
                "mro() returned base with unsuitable layout ('{}')",
                base.name()
            )));
        }
    }
    Ok(mro)
}

/// Sets `tp_mro`. `Ok(None)`: a custom `mro()` changed it meanwhile, the computed one is dropped; otherwise the old one
/// (`mro_internal`).
pub fn update(ty: &TypeObject) -> Result<Option<Option<Ref<Object>>>> {
    let old = ty.tp_mro.get();
    // SAFETY: `tp_mro` is null or owned by the type; the clone keeps the old one alive to compare with.
    let _keep = unsafe { old.as_ref() }.map(Object::to_ref);
    let new = invoke(ty)?;
    if ty.tp_mro.get() != old {
        return Ok(None);
    }
    // A MRO that the bases do not determine can hold types whose changes do not reach this one: no version tags.
    let cacheable = !has_custom_mro(ty)
        && new
            .as_slice()
            .iter()
            .all(|base| base.expect::<TypeObject>().tp_versions_used.get() != VERSIONS_OFF);
    ty.tp_mro.set(new.into_object().into_raw());
    ty.modified();
    if !cacheable {
        ty.tp_versions_used.set(VERSIONS_OFF);
    }
    // SAFETY: the type's own reference to the old MRO goes to the caller.
    Ok(Some(unsafe { Ref::from_owned_opt(old) }))
}
