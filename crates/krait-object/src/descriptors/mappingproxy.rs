//! `mappingproxy`: a read-only view of a mapping.

use crate::dealloc::dealloc_gc;
use crate::defs::MethodDef;
use crate::errors::type_error;
use crate::object::{Object, none};
use crate::protocol::number;
use crate::reference::{Ref, Slot};
use crate::result::{Result, int_result, len_result};
use crate::slots::{CompareOp, MappingMethods, NumberMethods, SequenceMethods};
use crate::str::Str;
use crate::tuple::Tuple;
use crate::typeobj::{TypeObject, flags};
use crate::{Dict, List, alloc, args, id};
use core::ffi::c_int;
use krait_macros::pyfn;

/// `mappingproxyobject`.
#[repr(C)]
pub struct MappingProxy {
    ob_base: Object,
    mapping: Slot,
}

const _: () = assert!(size_of::<MappingProxy>() == 24);

crate::object_type!(MappingProxy, PyDictProxy_Type);

static NUMBER: NumberMethods = NumberMethods::EMPTY.nb_or(or).nb_inplace_or(inplace_or);
static SEQUENCE: SequenceMethods = SequenceMethods::EMPTY.sq_contains(contains);
static MAPPING: MappingMethods = MappingMethods::EMPTY.mp_length(length).mp_subscript(subscript);

static METHODS: &[MethodDef] = &[
    get::DEF,
    keys::DEF,
    values::DEF,
    items::DEF,
    copy::DEF,
    crate::generic_alias::CLASS_GETITEM,
    reversed::DEF,
    MethodDef::SENTINEL,
];

/// The type `mappingproxy`.
#[unsafe(no_mangle)]
pub static PyDictProxy_Type: TypeObject = TypeObject::of::<MappingProxy>(c"mappingproxy")
    .flags(flags::HAVE_GC | flags::MAPPING)
    .doc(c"mappingproxy(mapping)\n--\n\nRead-only proxy of a mapping.")
    .tp_dealloc(dealloc_gc::<MappingProxy>)
    .tp_repr(repr)
    .as_number(&NUMBER)
    .as_sequence(&SEQUENCE)
    .as_mapping(&MAPPING)
    .tp_hash(hash)
    .tp_str(str)
    .tp_traverse(traverse)
    .tp_richcompare(richcompare)
    .tp_iter(iter)
    .methods(METHODS)
    .tp_new(new);

crate::traverse!(traverse, MappingProxy, |this, v| {
    v.slot(&this.mapping)?;
});

impl MappingProxy {
    /// A view of a mapping (`PyDictProxy_New` without its check).
    pub fn of(mapping: &Object) -> Ref<MappingProxy> {
        alloc::new_tracked(MappingProxy {
            ob_base: Object::new(&PyDictProxy_Type),
            mapping: Slot::new(mapping.to_ref()),
        })
    }

    /// A view of any mapping (`PyDictProxy_New`).
    pub fn new(mapping: &Object) -> Result<Ref<MappingProxy>> {
        let sequence = mapping.downcast::<List>().is_some() || mapping.downcast::<Tuple>().is_some();
        if !mapping.is_mapping() || sequence {
            return Err(type_error(format!(
                "mappingproxy() argument must be a mapping, not {}",
                mapping.type_name()
            )));
        }
        Ok(MappingProxy::of(mapping))
    }

    /// What it shows; it never changes.
    #[inline(always)]
    pub fn mapping(&self) -> &Object {
        // SAFETY: set at creation and never replaced.
        unsafe { self.mapping.peek().unwrap_unchecked() }
    }
}

fn inner(object: &Object) -> &Object {
    object.expect::<MappingProxy>().mapping()
}

extern "C" fn new(_ty: &TypeObject, args: &Tuple, kwargs: Option<&Object>) -> Result {
    let kwargs = kwargs.and_then(|k| k.downcast::<Dict>());
    let values = args::parse_init("mappingproxy", &["mapping"], 1, args, kwargs)?;
    match values.into_iter().next().flatten() {
        Some(mapping) => Ok(MappingProxy::new(&mapping)?.into_object()),
        None => Err(type_error("mappingproxy() missing required argument 'mapping' (pos 1)")),
    }
}

extern "C" fn length(object: &Object) -> isize {
    len_result(inner(object).len().map(|n| n as isize))
}

extern "C" fn subscript(object: &Object, key: &Object) -> Result {
    inner(object).get_item(key)
}

extern "C" fn contains(object: &Object, key: &Object) -> c_int {
    let mapping = inner(object);
    int_result(match mapping.downcast_exact::<Dict>() {
        Some(dict) => dict.contains(key),
        None => mapping.contains_item(key),
    })
}

extern "C" fn iter(object: &Object) -> Result {
    inner(object).iter()
}

extern "C" fn repr(object: &Object) -> Result {
    crate::thread::check_recursion(" while getting the repr of an object")?;
    let text = inner(object).repr()?;
    let parts = [Str::new("mappingproxy("), text, Str::new(")")];
    let points: Vec<u32> = parts.iter().flat_map(|p| p.chars().iter().collect::<Vec<_>>()).collect();
    Ok(Str::from_ucs4(&points).into_object())
}

extern "C" fn str(object: &Object) -> Result {
    Ok(inner(object).str()?.into_object())
}

extern "C" fn hash(object: &Object) -> isize {
    len_result(inner(object).hash())
}

extern "C" fn richcompare(object: &Object, other: &Object, op: c_int) -> Result {
    inner(object).rich_compare(other, CompareOp::from_int(op))
}

/// The mapping of a proxy, or the operand itself.
fn unwrap(operand: &Object) -> &Object {
    operand.downcast::<MappingProxy>().map_or(operand, MappingProxy::mapping)
}

extern "C" fn or(a: &Object, b: &Object) -> Result {
    number::or(unwrap(a), unwrap(b))
}

extern "C" fn inplace_or(object: &Object, _other: &Object) -> Result {
    Err(type_error(format!("'|=' is not supported by {}; use '|' instead", object.type_name())))
}

/// Return the value for key if key is in the mapping, else default.
#[pyfn("get($self, key, default=None, /)")]
fn get(proxy: &MappingProxy, key: &Object, default: Option<&Object>) -> Result {
    proxy.mapping().call_method(id!("get"), &[key, default.unwrap_or(none())])
}

/// a set-like object providing a view on D's keys
#[pyfn("keys($self, /)")]
fn keys(proxy: &MappingProxy) -> Result {
    proxy.mapping().call_method(id!("keys"), &[])
}

/// an object providing a view on D's values
#[pyfn("values($self, /)")]
fn values(proxy: &MappingProxy) -> Result {
    proxy.mapping().call_method(id!("values"), &[])
}

/// a set-like object providing a view on D's items
#[pyfn("items($self, /)")]
fn items(proxy: &MappingProxy) -> Result {
    proxy.mapping().call_method(id!("items"), &[])
}

/// a shallow copy of D
#[pyfn("copy($self, /)")]
fn copy(proxy: &MappingProxy) -> Result {
    proxy.mapping().call_method(id!("copy"), &[])
}

/// reverse iterator
#[pyfn("__reversed__($self, /)")]
fn reversed(proxy: &MappingProxy) -> Result {
    proxy.mapping().call_method(id!("__reversed__"), &[])
}
