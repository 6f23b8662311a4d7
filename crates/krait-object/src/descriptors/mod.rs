//! Descriptors: what the entries of native method, attribute and member tables become in a type's dict. CPython:
//! `Objects/descrobject.c`.
//!
//! - `method`: `method_descriptor`, `classmethod_descriptor`
//! - `wrapper`: `wrapper_descriptor` (a slot as a method) and its bound form `method-wrapper`
//! - `getset`, `member`: computed and stored attributes
//! - `mappingproxy`: the read-only view that `type.__dict__` is
//!
//! Invariant: a descriptor touches an instance only after it has tested that the instance is of its owner type.

pub mod getset;
pub mod mappingproxy;
pub mod member;
pub mod method;
pub mod wrapper;

use crate::errors::type_error;
use crate::object::{Object, none};
use crate::reference::Slot;
use crate::result::{Raised, Result};
use crate::str::Str;
use crate::tuple::Tuple;
use crate::typeobj::TypeObject;
use crate::{Dict, id};
use core::ffi::c_void;

/// `PyDescrObject`: what all descriptors begin with.
#[repr(C)]
pub struct Descriptor {
    pub ob_base: Object,
    pub d_type: Slot<TypeObject>,
    pub d_name: Slot<Str>,
    pub d_qualname: Slot,
}

const _: () = assert!(size_of::<Descriptor>() == 40);

impl Descriptor {
    /// Header of a new descriptor of native type `ty`.
    pub(crate) fn header(ty: &'static TypeObject, owner: &TypeObject, name: &'static Str) -> Descriptor {
        Descriptor {
            ob_base: Object::new(ty),
            d_type: Slot::new(owner.into()),
            d_name: Slot::new(name.into()),
            d_qualname: Slot::empty(),
        }
    }

    /// The type that it belongs to; it never changes.
    #[inline(always)]
    pub fn owner(&self) -> &TypeObject {
        // SAFETY: set at creation and never replaced.
        unsafe { self.d_type.peek().unwrap_unchecked() }
    }

    /// Its name; it never changes.
    pub fn name(&self) -> &Str {
        // SAFETY: set at creation and never replaced.
        unsafe { self.d_name.peek().unwrap_unchecked() }
    }

    /// Refuses instances of other types (`descr_check`).
    #[inline(always)]
    pub fn check(&self, instance: &Object) -> Result<()> {
        if instance.is_instance_of(self.owner()) { Ok(()) } else { Err(self.mismatch(instance)) }
    }

    #[cold]
    fn mismatch(&self, instance: &Object) -> Raised {
        type_error(format!(
            "descriptor '{}' for '{}' objects doesn't apply to a '{}' object",
            self.name(),
            self.owner().name(),
            instance.type_name()
        ))
    }

    /// "<method 'append' of 'list' objects>".
    fn describe(&self, what: &str) -> Result {
        let text = format!("<{what} '{}' of '{}' objects>", self.name(), self.owner().name());
        Ok(Str::new(&text).into_object())
    }

    /// `owner.__qualname__ + "." + name`, computed once.
    fn qualname(&self) -> Result {
        if let Some(known) = self.d_qualname.get() {
            return Ok(known);
        }
        let owner = self.owner().get_attr(id!("__qualname__"))?;
        let Some(owner) = owner.downcast::<Str>() else {
            return Err(type_error("<descriptor>.__objclass__.__qualname__ is not a unicode object"));
        };
        let text = Str::new(&format!("{owner}.{}", self.name())).into_object();
        self.d_qualname.set(Some(text.clone()));
        Ok(text)
    }
}

/// The common part of any descriptor object of this module.
fn common(object: &Object) -> &Descriptor {
    // SAFETY: only descriptor types use these functions, and their layouts begin with a `Descriptor`.
    unsafe { &*core::ptr::from_ref(object).cast::<Descriptor>() }
}

crate::traverse!(descriptor_traverse, Descriptor, |this, v| {
    v.slot(&this.d_type)?;
});

extern "C" fn get_qualname(object: &Object, _: *mut c_void) -> Result {
    common(object).qualname()
}

/// `getattr(owner, name)`: how descriptors are pickled.
fn reduce_descriptor(object: &Object) -> Result {
    let builtins = crate::interp::current().builtins.get();
    let Some(getattr) = builtins.and_then(|b| b.get_str(id!("getattr"))) else {
        return Err(crate::errors::attribute_error("getattr"));
    };
    let descr = common(object);
    let args = Tuple::from_slice(&[descr.owner(), descr.name()]);
    Ok(Tuple::from_vec(vec![getattr, args.into_object()]).into_object())
}

/// The `__doc__` of a raw documentation text, `None` when there is none.
pub(crate) fn doc_object(name: &str, raw: Option<&str>) -> Result {
    match raw {
        Some(raw) => {
            let text = crate::cfunction::split_doc(name, raw).1;
            if text.is_empty() { Ok(none().to_ref()) } else { Ok(Str::new(text).into_object()) }
        }
        None => Ok(none().to_ref()),
    }
}

/// The `__text_signature__` of a raw documentation text, `None` when there is none.
pub(crate) fn signature_object(name: &str, raw: Option<&str>) -> Result {
    match raw.and_then(|raw| crate::cfunction::split_doc(name, raw).0) {
        Some(signature) => Ok(Str::new(signature).into_object()),
        None => Ok(none().to_ref()),
    }
}

/// Is it a data descriptor (`PyDescr_IsData`)?
pub fn is_data(object: &Object) -> bool {
    object.ty().tp_descr_set.get().is_some()
}

/// The receiver in `args[0]`, tested, and the other arguments.
fn split_receiver<'a>(descr: &Descriptor, args: &'a Tuple) -> Result<(&'a Object, crate::Ref<Tuple>)> {
    let Some(receiver) = args.get(0) else {
        return Err(type_error(format!(
            "descriptor '{}' of '{}' object needs an argument",
            descr.name(),
            descr.owner().name()
        )));
    };
    if !receiver.is_instance_of(descr.owner()) {
        return Err(requires(descr, receiver));
    }
    let rest = Tuple::from_exact_iter(args.len() - 1, args.as_slice()[1..].iter().cloned());
    Ok((receiver, rest))
}

#[cold]
fn requires(descr: &Descriptor, receiver: &Object) -> Raised {
    type_error(format!(
        "descriptor '{}' requires a '{}' object but received a '{}'",
        descr.name(),
        descr.owner().name(),
        receiver.type_name()
    ))
}

/// Empty keyword dicts count as none.
fn keywords(kwargs: Option<&Object>) -> Option<&Dict> {
    kwargs.and_then(|k| k.downcast::<Dict>()).filter(|d| !d.is_empty())
}
