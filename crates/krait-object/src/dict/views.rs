//! `dict_keys`, `dict_values`, `dict_items`: views with set operations.

use super::iterators::{self, DictIter};
use super::{Dict, hash_key};
use crate::alloc;
use crate::dealloc::dealloc_gc;
use crate::defs::{GetSetDef, MethodDef};
use crate::descriptors::mappingproxy::MappingProxy;
use crate::object::{Object, bool_object, not_implemented};
use crate::protocol::object::repr_enter;
use crate::reference::{Ref, Slot};
use crate::result::{Result, int_result};
use crate::set::{PyFrozenSet_Type, PySet_Type, Set};
use crate::slots::{CompareOp, NumberMethods, SequenceMethods};
use crate::str::Str;
use crate::tuple::Tuple;
use crate::typeobj::{TypeObject, flags};
use crate::{List, thread};
use core::ffi::{c_int, c_void};
use krait_macros::pyfn;

/// `_PyDictViewObject`.
#[repr(C)]
pub struct DictView {
    ob_base: Object,
    dict: Slot<Dict>,
}

static AS_NUMBER: NumberMethods =
    NumberMethods::EMPTY.nb_subtract(nb_subtract).nb_and(nb_and).nb_or(nb_or).nb_xor(nb_xor);
static KEYS_AS_SEQUENCE: SequenceMethods =
    SequenceMethods::EMPTY.sq_length(sq_length).sq_contains(keys_contain);
static ITEMS_AS_SEQUENCE: SequenceMethods =
    SequenceMethods::EMPTY.sq_length(sq_length).sq_contains(items_contain);
static VALUES_AS_SEQUENCE: SequenceMethods = SequenceMethods::EMPTY.sq_length(sq_length);

static GETSET: &[GetSetDef] = &[
    GetSetDef::getter(c"mapping", get_mapping).doc(c"dictionary that this view refers to"),
    GetSetDef::SENTINEL,
];

extern "C" fn get_mapping(object: &Object, _: *mut c_void) -> Result {
    Ok(MappingProxy::of(&object.expect::<DictView>().dict()).into_object())
}

const fn view_type(name: &'static core::ffi::CStr) -> TypeObject {
    TypeObject::of::<DictView>(name)
        .flags(flags::HAVE_GC | flags::DISALLOW_INSTANTIATION)
        .tp_dealloc(dealloc_gc::<DictView>)
        .tp_traverse(traverse)
        .tp_repr(repr)
        .getset(GETSET)
}

/// The type `dict_keys`.
#[unsafe(no_mangle)]
pub static PyDictKeys_Type: TypeObject = view_type(c"dict_keys")
    .tp_richcompare(richcompare)
    .tp_iter(iter_keys)
    .as_number(&AS_NUMBER)
    .as_sequence(&KEYS_AS_SEQUENCE)
    .methods(&[isdisjoint::DEF, reversed_keys::DEF, MethodDef::SENTINEL]);

/// The type `dict_items`.
#[unsafe(no_mangle)]
pub static PyDictItems_Type: TypeObject = view_type(c"dict_items")
    .tp_richcompare(richcompare)
    .tp_iter(iter_items)
    .as_number(&AS_NUMBER)
    .as_sequence(&ITEMS_AS_SEQUENCE)
    .methods(&[isdisjoint::DEF, reversed_items::DEF, MethodDef::SENTINEL]);

/// The type `dict_values`.
#[unsafe(no_mangle)]
pub static PyDictValues_Type: TypeObject = view_type(c"dict_values")
    .tp_iter(iter_values)
    .as_sequence(&VALUES_AS_SEQUENCE)
    .methods(&[reversed_values::DEF, MethodDef::SENTINEL]);

// SAFETY: the three types of this module share the layout, and `check` tests for them.
unsafe impl crate::Typed for DictView {
    fn type_object() -> &'static TypeObject {
        &PyDictKeys_Type
    }
    fn check(object: &Object) -> bool {
        object.ty().tp_traverse.get().is_some_and(|f| f as usize == traverse as *const () as usize)
    }
}

impl core::ops::Deref for DictView {
    type Target = Object;
    fn deref(&self) -> &Object {
        &self.ob_base
    }
}

crate::traverse!(traverse, DictView, |this, v| {
    v.slot(&this.dict)?;
});

impl DictView {
    /// A view of one of the types of this module.
    pub fn new(dict: &Dict, ty: &'static TypeObject) -> Ref<DictView> {
        alloc::new_tracked(DictView { ob_base: Object::new(ty), dict: Slot::new(Ref::from_borrowed(dict)) })
    }

    /// What it looks at.
    pub fn dict(&self) -> Ref<Dict> {
        self.dict.get().unwrap_or_else(Dict::new)
    }
}

/// A view of keys or items?
fn is_set_view(object: &Object) -> bool {
    object.is_instance_of(&PyDictKeys_Type) || object.is_instance_of(&PyDictItems_Type)
}

fn is_keys(object: &Object) -> bool {
    object.is_instance_of(&PyDictKeys_Type)
}

extern "C" fn sq_length(object: &Object) -> isize {
    object.expect::<DictView>().dict().len() as isize
}

extern "C" fn keys_contain(object: &Object, key: &Object) -> c_int {
    int_result(object.expect::<DictView>().dict().contains(key))
}

extern "C" fn items_contain(object: &Object, item: &Object) -> c_int {
    int_result((|| {
        let Some([key, value]) = item.downcast::<Tuple>().map(Tuple::as_objects) else { return Ok(false) };
        match object.expect::<DictView>().dict().get(key)? {
            Some(found) => found.rich_compare_bool(value, CompareOp::Eq),
            None => Ok(false),
        }
    })())
}

extern "C" fn iter_keys(object: &Object) -> Result {
    Ok(DictIter::new(&object.expect::<DictView>().dict(), &iterators::PyDictIterKey_Type).into_object())
}

extern "C" fn iter_values(object: &Object) -> Result {
    Ok(DictIter::new(&object.expect::<DictView>().dict(), &iterators::PyDictIterValue_Type).into_object())
}

extern "C" fn iter_items(object: &Object) -> Result {
    Ok(DictIter::new(&object.expect::<DictView>().dict(), &iterators::PyDictIterItem_Type).into_object())
}

extern "C" fn repr(object: &Object) -> Result {
    let Some(_guard) = repr_enter(object) else { return Ok(Str::new("...").into_object()) };
    thread::check_recursion(" while getting the repr of an object")?;
    let list: Ref<List> = object.to_list()?;
    let mut out = crate::str::search::Builder::new();
    out.push_str(object.type_name());
    out.push_char('('.into());
    out.push(&*list.repr()?);
    out.push_char(')'.into());
    Ok(out.finish().into_object())
}

fn all_contained_in(items: &Object, container: &Object) -> Result<bool> {
    let iterator = items.iter()?;
    while let Some(item) = iterator.iter_next()? {
        if !container.contains_item(&item)? {
            return Ok(false);
        }
    }
    Ok(true)
}

extern "C" fn richcompare(a: &Object, b: &Object, op: c_int) -> Result {
    if !is_set(b) && !is_set_view(b) {
        return Ok(not_implemented().to_ref());
    }
    let (left, right) = (a.len()?, b.len()?);
    let op = CompareOp::from_int(op);
    let holds = match op {
        CompareOp::Eq => left == right && all_contained_in(a, b)?,
        CompareOp::Ne => !(left == right && all_contained_in(a, b)?),
        CompareOp::Lt => left < right && all_contained_in(a, b)?,
        CompareOp::Le => left <= right && all_contained_in(a, b)?,
        CompareOp::Gt => left > right && all_contained_in(b, a)?,
        CompareOp::Ge => left >= right && all_contained_in(b, a)?,
    };
    Ok(bool_object(holds).to_ref())
}

fn is_set(object: &Object) -> bool {
    object.is_instance_of(&PySet_Type) || object.is_instance_of(&PyFrozenSet_Type)
}

/// A new set of a view's elements; `None` when neither operand is a view of keys or items.
fn to_set(object: &Object) -> Result<Ref<Set>> {
    if is_keys(object) {
        let set = Set::new();
        for key in object.expect::<DictView>().dict().keys() {
            set.add(&key)?;
        }
        return Ok(set);
    }
    Set::from_iterable(object)
}

extern "C" fn nb_subtract(a: &Object, b: &Object) -> Result {
    let result = to_set(a)?;
    result.difference_update(b)?;
    Ok(result.into_object())
}

/// Elements of `b` that are in the view.
pub(crate) extern "C" fn nb_and(a: &Object, b: &Object) -> Result {
    // Reflected: the view is on the right.
    if !is_set_view(a) {
        return nb_and(b, a);
    }
    let (mut view, mut other) = (a, b);
    if is_set_view(other) && other.len()? > view.len()? {
        core::mem::swap(&mut view, &mut other);
    }
    if is_keys(view) && other.downcast_exact::<Set>().is_some() && view.len()? <= other.len()? {
        let set = Set::from_iterable(other)?;
        return set.intersection(view).map(Ref::into_object);
    }
    let result = Set::new();
    let iterator = other.iter()?;
    while let Some(item) = iterator.iter_next()? {
        if view.contains_item(&item)? {
            result.add(&item)?;
        }
    }
    Ok(result.into_object())
}

extern "C" fn nb_or(a: &Object, b: &Object) -> Result {
    let result = to_set(a)?;
    result.update(b)?;
    Ok(result.into_object())
}

extern "C" fn nb_xor(a: &Object, b: &Object) -> Result {
    if a.is_instance_of(&PyDictItems_Type) && b.is_instance_of(&PyDictItems_Type) {
        return xor_items(&a.expect::<DictView>().dict(), &b.expect::<DictView>().dict());
    }
    let result = to_set(a)?;
    result.symmetric_difference_update(b)?;
    Ok(result.into_object())
}

/// Items that one dict has and the other has not; only keys are hashed, and pairs that differ.
fn xor_items(a: &Dict, b: &Dict) -> Result {
    let result = Set::new();
    let rest = b.copy()?;
    for (key, value) in a.items() {
        let hash = hash_key(&key)?;
        match rest.get_known_hash(&key, hash)? {
            Some(other) if value.rich_compare_bool(&other, CompareOp::Eq)? => {
                rest.pop_known_hash(&key, hash)?;
            }
            _ => result.add(&Tuple::pair(key, value))?,
        }
    }
    for (key, value) in rest.items() {
        result.add(&Tuple::pair(key, value))?;
    }
    Ok(result.into_object())
}

/// Return True if the view and the given iterable have a null intersection.
#[pyfn("isdisjoint($self, object, /)")]
fn isdisjoint(view: &Object, object: &Object) -> Result<bool> {
    if view.is(object) {
        return Ok(view.len()? == 0);
    }
    let (mut container, mut items) = (view, object);
    if (is_set(items) || is_set_view(items)) && items.len()? > container.len()? {
        core::mem::swap(&mut container, &mut items);
    }
    let iterator = items.iter()?;
    while let Some(item) = iterator.iter_next()? {
        if container.contains_item(&item)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Return a reverse iterator over the dict keys.
#[pyfn("__reversed__($self, /)")]
fn reversed_keys(view: &DictView) -> Ref<DictIter> {
    DictIter::new(&view.dict(), &iterators::PyDictRevIterKey_Type)
}

/// Return a reverse iterator over the dict items.
#[pyfn("__reversed__($self, /)")]
fn reversed_items(view: &DictView) -> Ref<DictIter> {
    DictIter::new(&view.dict(), &iterators::PyDictRevIterItem_Type)
}

/// Return a reverse iterator over the dict values.
#[pyfn("__reversed__($self, /)")]
fn reversed_values(view: &DictView) -> Ref<DictIter> {
    DictIter::new(&view.dict(), &iterators::PyDictRevIterValue_Type)
}
