//! `types.SimpleNamespace`. CPython: `Objects/namespaceobject.c`.

use crate::dealloc::dealloc_gc;
use crate::defs::{MemberDef, MethodDef, member};
use crate::errors::type_error;
use crate::object::{Object, not_implemented};
use crate::reference::{Ref, Slot};
use crate::result::{Result, unit_result};
use crate::slots::CompareOp;
use crate::str::Str;
use crate::tuple::Tuple;
use crate::typeobj::{TypeObject, flags};
use crate::{Dict, alloc};
use core::ffi::c_int;
use core::mem::offset_of;
use krait_macros::pyfn;

/// `_PyNamespaceObject`.
#[repr(C)]
pub struct Namespace {
    ob_base: Object,
    ns_dict: Slot<Dict>,
}

crate::object_type!(Namespace, _PyNamespace_Type);

static MEMBERS: &[MemberDef] = &[
    MemberDef::new(c"__dict__", member::T_OBJECT, offset_of!(Namespace, ns_dict), member::READONLY),
    MemberDef::SENTINEL,
];

/// The type `types.SimpleNamespace`.
#[unsafe(no_mangle)]
pub static _PyNamespace_Type: TypeObject = TypeObject::of::<Namespace>(c"types.SimpleNamespace")
    .flags(flags::HAVE_GC | flags::BASETYPE)
    .dict_offset(offset_of!(Namespace, ns_dict))
    .doc(c"SimpleNamespace(mapping_or_iterable=(), /, **kwargs)\n--\n\nA simple attribute-based namespace.")
    .tp_dealloc(dealloc_gc::<Namespace>)
    .tp_traverse(traverse)
    .tp_clear(clear)
    .tp_repr(repr)
    .tp_richcompare(richcompare)
    .tp_init(init)
    .tp_new(new)
    .members(MEMBERS)
    .methods(&[reduce::DEF, replace::DEF, MethodDef::SENTINEL]);

crate::traverse!(traverse, Namespace, |this, v| {
    v.slot(&this.ns_dict)?;
});

unsafe extern "C" fn clear(object: *mut Object) -> c_int {
    // SAFETY: called with a live instance.
    unsafe { &*object }.expect::<Namespace>().ns_dict.take();
    0
}

impl Namespace {
    /// A namespace with this dictionary as its attributes.
    pub fn from_dict(dict: Ref<Dict>) -> Ref<Namespace> {
        alloc::new_tracked(Namespace { ob_base: Object::new(&_PyNamespace_Type), ns_dict: Slot::new(dict) })
    }

    /// The attributes.
    pub fn dict(&self) -> Ref<Dict> {
        self.ns_dict.get().unwrap_or_else(Dict::new)
    }
}

extern "C" fn new(ty: &TypeObject, _args: &Tuple, _kwargs: Option<&Object>) -> Result {
    let object = alloc::alloc_instance(ty, 0)?;
    object.expect::<Namespace>().ns_dict.set(Some(Dict::new()));
    crate::gc::track(&object);
    Ok(object)
}

extern "C" fn init(object: &Object, args: &Tuple, kwargs: Option<&Object>) -> c_int {
    unit_result((|| {
        let dict = object.expect::<Namespace>().dict();
        match args.as_objects() {
            [] => {}
            [source] => {
                let given = match source.downcast_exact::<Dict>() {
                    Some(dict) => Ref::from_borrowed(dict),
                    None => {
                        let made = Object::call(&crate::dict::PyDict_Type, &[source])?;
                        match made.downcast_into::<Dict>() {
                            Ok(dict) => dict,
                            Err(_) => return Err(crate::errors::system_error("dict() did not give a dict")),
                        }
                    }
                };
                only_text_keys(&given)?;
                dict.merge(&given, true)?;
            }
            more => {
                return Err(type_error(format!(
                    "{} expected at most 1 argument, got {}",
                    object.ty().short_name(),
                    more.len()
                )));
            }
        }
        if let Some(kwargs) = kwargs.and_then(|k| k.downcast::<Dict>()) {
            only_text_keys(kwargs)?;
            dict.merge(kwargs, true)?;
        }
        Ok(())
    })())
}

fn only_text_keys(dict: &Dict) -> Result<()> {
    match dict.keys().iter().all(|k| k.downcast::<Str>().is_some()) {
        true => Ok(()),
        false => Err(type_error("keywords must be strings")),
    }
}

extern "C" fn repr(object: &Object) -> Result {
    let own = object.ty().is_type(&_PyNamespace_Type);
    let name = if own { "namespace" } else { object.ty().short_name() };
    let Some(_guard) = crate::protocol::object::repr_enter(object) else {
        return Ok(Str::new(&format!("{name}(...)")).into_object());
    };
    let mut parts = Vec::new();
    for (key, value) in object.expect::<Namespace>().dict().items() {
        if let Some(key) = key.downcast::<Str>().filter(|k| !k.is_empty()) {
            parts.push(format!("{key}={}", value.repr()?));
        }
    }
    Ok(Str::new(&format!("{name}({})", parts.join(", "))).into_object())
}

extern "C" fn richcompare(a: &Object, b: &Object, op: c_int) -> Result {
    match (a.downcast::<Namespace>(), b.downcast::<Namespace>()) {
        (Some(x), Some(y)) => Object::rich_compare(&x.dict(), &y.dict(), CompareOp::from_int(op)),
        _ => Ok(not_implemented().to_ref()),
    }
}

/// Return state information for pickling
#[pyfn("__reduce__($self, /)")]
fn reduce(namespace: &Namespace) -> Result {
    let empty = Tuple::empty().to_ref();
    Ok(Tuple::from_vec(vec![namespace.ty().to_ref(), empty, namespace.dict().into_object()]).into_object())
}

/// Return a copy of the namespace object with new values for the specified attributes.
#[pyfn("__replace__($self, /, **changes)")]
fn replace(namespace: &Namespace, changes: crate::args::Kwargs<'_>) -> Result {
    let made = Object::call(namespace.ty(), &[])?;
    let Some(copy) = made.downcast::<Namespace>() else {
        return Err(type_error(format!(
            "expect types.SimpleNamespace type, but {}() returned '{}' object",
            namespace.ty().full_name(),
            made.type_name()
        )));
    };
    let dict = copy.dict();
    dict.merge(&namespace.dict(), true)?;
    for (name, value) in changes.iter() {
        dict.set_str(name, value)?;
    }
    Ok(made)
}
