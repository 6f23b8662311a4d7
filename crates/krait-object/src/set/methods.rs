//! The types `set` and `frozenset`: slots and methods.

use super::iterator::SetIter;
use super::{Set, dealloc, tp_clear, traverse};
use crate::alloc;
use crate::args::{Args, check_positional, no_keywords as no_keyword_count};
use crate::defs::MethodDef;
use crate::errors::key_error;
use crate::generic_alias::CLASS_GETITEM;
use crate::object::{Object, bool_object, not_implemented};
use crate::protocol::object::repr_enter;
use crate::reference::Ref;
use crate::result::{Result, int_result, unit_result};
use crate::slots::{CompareOp, NumberMethods, SequenceMethods};
use crate::str::Str;
use crate::str::search::Builder;
use crate::tuple::{Tuple, no_keywords};
use crate::typeobj::{TypeObject, flags};
use crate::{List, id, thread};
use core::ffi::c_int;
use core::mem::offset_of;
use krait_macros::pyfn;

static AS_SEQUENCE: SequenceMethods = SequenceMethods::EMPTY.sq_length(length).sq_contains(sq_contains);
static FROZEN_AS_NUMBER: NumberMethods =
    NumberMethods::EMPTY.nb_subtract(nb_subtract).nb_and(nb_and).nb_xor(nb_xor).nb_or(nb_or);
static AS_NUMBER: NumberMethods = NumberMethods::EMPTY
    .nb_subtract(nb_subtract)
    .nb_and(nb_and)
    .nb_xor(nb_xor)
    .nb_or(nb_or)
    .nb_inplace_subtract(nb_inplace_subtract)
    .nb_inplace_and(nb_inplace_and)
    .nb_inplace_xor(nb_inplace_xor)
    .nb_inplace_or(nb_inplace_or);

static METHODS: &[MethodDef] = &[
    add::DEF,
    clear::DEF,
    contains::DEF,
    copy::DEF,
    discard::DEF,
    difference::DEF,
    difference_update::DEF,
    intersection::DEF,
    intersection_update::DEF,
    isdisjoint::DEF,
    issubset::DEF,
    issuperset::DEF,
    pop::DEF,
    reduce::DEF,
    remove::DEF,
    sizeof::DEF,
    symmetric_difference::DEF,
    symmetric_difference_update::DEF,
    union::DEF,
    update::DEF,
    CLASS_GETITEM,
    MethodDef::SENTINEL,
];
static FROZEN_METHODS: &[MethodDef] = &[
    contains::DEF,
    frozen_copy::DEF,
    difference::DEF,
    intersection::DEF,
    isdisjoint::DEF,
    issubset::DEF,
    issuperset::DEF,
    reduce::DEF,
    sizeof::DEF,
    symmetric_difference::DEF,
    union::DEF,
    CLASS_GETITEM,
    MethodDef::SENTINEL,
];

const fn base(name: &'static core::ffi::CStr) -> TypeObject {
    TypeObject::of::<Set>(name)
        .flags(flags::HAVE_GC | flags::BASETYPE | flags::MATCH_SELF)
        .weaklist_offset(offset_of!(Set, weakreflist))
        .tp_dealloc(dealloc)
        .tp_repr(repr)
        .tp_traverse(traverse)
        .tp_clear(tp_clear)
        .tp_richcompare(richcompare)
        .tp_iter(iter)
        .as_sequence(&AS_SEQUENCE)
}

/// The type `set`.
#[unsafe(no_mangle)]
pub static PySet_Type: TypeObject = base(c"set")
    .doc(c"set(iterable=(), /)\n--\n\nBuild an unordered collection of unique elements.")
    .tp_init(init)
    .tp_new(new)
    .tp_vectorcall(vectorcall)
    .as_number(&AS_NUMBER)
    .methods(METHODS);

/// The type `frozenset`.
#[unsafe(no_mangle)]
pub static PyFrozenSet_Type: TypeObject = base(c"frozenset")
    .doc(c"frozenset(iterable=(), /)\n--\n\nBuild an immutable unordered collection of unique elements.")
    .tp_hash(frozen_hash)
    .tp_new(frozen_new)
    .tp_vectorcall(frozen_vectorcall)
    .as_number(&FROZEN_AS_NUMBER)
    .methods(FROZEN_METHODS);

fn allocate(ty: &TypeObject) -> Result {
    if ty.is_type(&PySet_Type) {
        return Ok(Set::new().into_object());
    }
    let object = alloc::allocate(ty, 0)?;
    object.expect::<Set>().init_zeroed();
    crate::gc::track(&object);
    Ok(object)
}

extern "C" fn new(ty: &TypeObject, _args: &Tuple, _kwargs: Option<&Object>) -> Result {
    allocate(ty)
}

extern "C" fn init(object: &Object, args: &Tuple, kwargs: Option<&Object>) -> c_int {
    unit_result((|| {
        let set = object.expect::<Set>();
        if object.ty().tp_new.get().is_some_and(|f| f as usize == new as *const () as usize) {
            no_keywords("set", kwargs)?;
        }
        check_positional("set", args.len(), 0, 1)?;
        set.clear();
        set.hash.set(-1);
        match args.get(0) {
            Some(iterable) => set.update(iterable),
            None => Ok(()),
        }
    })())
}

unsafe extern "C" fn vectorcall(
    ty: *mut Object,
    args: *const *mut Object,
    nargsf: usize,
    kwnames: *mut Object,
) -> Result {
    // SAFETY: the vectorcall protocol.
    let (ty, args, kwnames) = unsafe { crate::args::vectorcall(ty, args, nargsf, kwnames) };
    no_keyword_count("set", kwnames.map_or(0, Tuple::len))?;
    check_positional("set", args.len(), 0, 1)?;
    let made = allocate(ty.expect::<TypeObject>())?;
    if let [iterable] = args {
        made.expect::<Set>().update(iterable)?;
    }
    Ok(made)
}

fn make_frozen(ty: &TypeObject, args: &[&Object]) -> Result {
    check_positional("frozenset", args.len(), 0, 1)?;
    let exact = ty.is_type(&PyFrozenSet_Type);
    let made = match args {
        [iterable] if exact && core::ptr::eq(iterable.type_ptr(), &raw const PyFrozenSet_Type) => {
            return Ok(iterable.to_ref());
        }
        _ => allocate(ty)?,
    };
    if let [iterable] = args {
        made.expect::<Set>().update(iterable)?;
    }
    Ok(made)
}

extern "C" fn frozen_new(ty: &TypeObject, args: &Tuple, kwargs: Option<&Object>) -> Result {
    if ty.is_type(&PyFrozenSet_Type)
        || ty.tp_init.get().map(|f| f as usize) == PyFrozenSet_Type.tp_init.get().map(|f| f as usize)
    {
        no_keywords("frozenset", kwargs)?;
    }
    make_frozen(ty, args.as_objects())
}

unsafe extern "C" fn frozen_vectorcall(
    ty: *mut Object,
    args: *const *mut Object,
    nargsf: usize,
    kwnames: *mut Object,
) -> Result {
    // SAFETY: the vectorcall protocol.
    let (ty, args, kwnames) = unsafe { crate::args::vectorcall(ty, args, nargsf, kwnames) };
    no_keyword_count("frozenset", kwnames.map_or(0, Tuple::len))?;
    make_frozen(ty.expect::<TypeObject>(), args)
}

extern "C" fn repr(object: &Object) -> Result {
    let set = object.expect::<Set>();
    let name = object.ty().short_name();
    let Some(_guard) = repr_enter(object) else { return Ok(Str::new(&format!("{name}(...)")).into_object()) };
    if set.is_empty() {
        return Ok(Str::new(&format!("{name}()")).into_object());
    }
    thread::check_recursion(" while getting the repr of an object")?;
    let plain = object.ty().is_type(&PySet_Type);
    let mut out = Builder::new();
    if !plain {
        out.push_str(name);
        out.push_str("(");
    }
    out.push_str("{");
    for (index, item) in set.items().iter().enumerate() {
        if index > 0 {
            out.push_str(", ");
        }
        out.push(&*item.repr()?);
    }
    out.push_str(if plain { "}" } else { "})" });
    Ok(out.finish().into_object())
}

extern "C" fn frozen_hash(object: &Object) -> isize {
    let set = object.expect::<Set>();
    if set.hash.get() == -1 {
        set.hash.set(set.frozen_hash());
    }
    set.hash.get()
}

extern "C" fn length(object: &Object) -> isize {
    object.expect::<Set>().len() as isize
}

extern "C" fn sq_contains(object: &Object, key: &Object) -> c_int {
    int_result(object.expect::<Set>().contains(key))
}

extern "C" fn iter(object: &Object) -> Result {
    Ok(SetIter::new(object.expect::<Set>()).into_object())
}

fn equal(x: &Set, y: &Set) -> Result<bool> {
    let (a, b) = (x.hash.get(), y.hash.get());
    if x.len() != y.len() || (a != -1 && b != -1 && a != b) {
        return Ok(false);
    }
    x.is_subset_of(y)
}

extern "C" fn richcompare(a: &Object, b: &Object, op: c_int) -> Result {
    let (Some(x), Some(y)) = (a.downcast::<Set>(), b.downcast::<Set>()) else {
        return Ok(not_implemented().to_ref());
    };
    let holds = match CompareOp::from_int(op) {
        CompareOp::Eq => equal(x, y)?,
        CompareOp::Ne => !equal(x, y)?,
        CompareOp::Le => x.is_subset_of(y)?,
        CompareOp::Ge => y.is_subset_of(x)?,
        CompareOp::Lt => x.len() < y.len() && x.is_subset_of(y)?,
        CompareOp::Gt => x.len() > y.len() && y.is_subset_of(x)?,
    };
    Ok(bool_object(holds).to_ref())
}

macro_rules! operators {
    ($($name:ident $x:ident $y:ident $body:expr;)*) => { $(
        extern "C" fn $name(a: &Object, b: &Object) -> Result {
            match (a.downcast::<Set>(), b.downcast::<Set>()) {
                (Some($x), Some($y)) => $body,
                _ => Ok(not_implemented().to_ref()),
            }
        }
    )* };
}

operators! {
    nb_subtract x y x.difference(y).map(Ref::into_object);
    nb_and x y x.intersection(y).map(Ref::into_object);
    nb_xor x y x.symmetric_difference(y).map(Ref::into_object);
    nb_or x y x.union(&[y]).map(Ref::into_object);
    nb_inplace_subtract x y { x.difference_update(y)?; Ok(x.to_ref()) };
    nb_inplace_xor x y { x.symmetric_difference_update(y)?; Ok(x.to_ref()) };
    nb_inplace_or x y { x.update(y)?; Ok(x.to_ref()) };
    nb_inplace_and x y { x.take_content(x.intersection(y)?)?; Ok(x.to_ref()) };
}

/// Add an element to a set.
///
/// This has no effect if the element is already present.
#[pyfn("add($self, object, /)")]
fn add(set: &Set, object: &Object) -> Result<()> {
    set.add(object)
}

/// Remove all elements from this set.
#[pyfn("clear($self, /)")]
fn clear(set: &Set) {
    set.clear();
}

/// x.__contains__(y) <==> y in x.
#[pyfn("__contains__($self, object, /)", coexist)]
fn contains(set: &Set, object: &Object) -> Result<bool> {
    set.contains(object)
}

/// Return a shallow copy of a set.
#[pyfn("copy($self, /)")]
fn copy(set: &Set) -> Result<Ref<Set>> {
    set.copy()
}

/// Return a shallow copy of a set.
#[pyfn("copy($self, /)")]
fn frozen_copy(set: &Set) -> Result<Ref<Set>> {
    if set.ty().is_type(&PyFrozenSet_Type) { Ok(Ref::from_borrowed(set)) } else { set.copy() }
}

/// Remove an element from a set if it is a member.
///
/// Unlike set.remove(), the discard() method does not raise
/// an exception when an element is missing from the set.
#[pyfn("discard($self, object, /)")]
fn discard(set: &Set, object: &Object) -> Result<()> {
    set.discard(object).map(|_| ())
}

/// Remove an element from a set; it must be a member.
///
/// If the element is not a member, raise a KeyError.
#[pyfn("remove($self, object, /)")]
fn remove(set: &Set, object: &Object) -> Result<()> {
    if set.discard(object)? { Ok(()) } else { Err(key_error(object)) }
}

/// Remove and return an arbitrary set element.
///
/// Raises KeyError if the set is empty.
#[pyfn("pop($self, /)")]
fn pop(set: &Set) -> Result {
    set.pop().ok_or_else(|| key_error(&Str::new("pop from an empty set")))
}

/// Return a new set with elements in the set that are not in the others.
#[pyfn("difference($self, /, *others)")]
fn difference(set: &Set, others: Args<'_>) -> Result<Ref<Set>> {
    let [first, rest @ ..] = others.as_slice() else { return set.copy() };
    let result = set.difference(first)?;
    for other in rest {
        result.difference_update(other)?;
    }
    Ok(result)
}

/// Update the set, removing elements found in others.
#[pyfn("difference_update($self, /, *others)")]
fn difference_update(set: &Set, others: Args<'_>) -> Result<()> {
    others.as_slice().iter().try_for_each(|other| set.difference_update(other))
}

fn intersect_all(set: &Set, others: &[&Object]) -> Result<Ref<Set>> {
    let [first, rest @ ..] = others else { return set.copy() };
    let mut result = set.intersection(first)?;
    for other in rest {
        result = result.intersection(other)?;
    }
    Ok(result)
}

/// Return a new set with elements common to the set and all others.
#[pyfn("intersection($self, /, *others)")]
fn intersection(set: &Set, others: Args<'_>) -> Result<Ref<Set>> {
    intersect_all(set, others.as_slice())
}

/// Update the set, keeping only elements found in it and all others.
#[pyfn("intersection_update($self, /, *others)")]
fn intersection_update(set: &Set, others: Args<'_>) -> Result<()> {
    set.take_content(intersect_all(set, others.as_slice())?)
}

/// Return True if two sets have a null intersection.
#[pyfn("isdisjoint($self, other, /)")]
fn isdisjoint(set: &Set, other: &Object) -> Result<bool> {
    set.is_disjoint(other)
}

/// Report whether another set contains this set.
#[pyfn("issubset($self, other, /)")]
fn issubset(set: &Set, other: &Object) -> Result<bool> {
    match other.downcast::<Set>() {
        Some(other) => set.is_subset_of(other),
        None => Ok(set.intersection(other)?.len() == set.len()),
    }
}

/// Report whether this set contains another set.
#[pyfn("issuperset($self, other, /)")]
fn issuperset(set: &Set, other: &Object) -> Result<bool> {
    if let Some(other) = other.downcast::<Set>() {
        return other.is_subset_of(set);
    }
    let iterator = other.iter()?;
    while let Some(item) = iterator.iter_next()? {
        if !set.contains(&item)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Return state information for pickling.
#[pyfn("__reduce__($self, /)")]
fn reduce(set: &Set) -> Result {
    let items = List::from_vec(set.items()).into_object();
    let state = Object::call_method(set, id!("__getstate__"), &[])?;
    let args = Tuple::from_vec(vec![items]).into_object();
    Ok(Tuple::from_vec(vec![set.ty().to_ref(), args, state]).into_object())
}

/// S.__sizeof__() -> size of S in memory, in bytes.
#[pyfn("__sizeof__($self, /)")]
fn sizeof(set: &Set) -> usize {
    let table = if set.is_small() { 0 } else { (set.mask() + 1) * 16 };
    set.ty().tp_basicsize.get() as usize + table
}

/// Return a new set with elements in either the set or other but not both.
#[pyfn("symmetric_difference($self, other, /)")]
fn symmetric_difference(set: &Set, other: &Object) -> Result<Ref<Set>> {
    set.symmetric_difference(other)
}

/// Update the set, keeping only elements found in either set, but not in both.
#[pyfn("symmetric_difference_update($self, other, /)")]
fn symmetric_difference_update(set: &Set, other: &Object) -> Result<()> {
    set.symmetric_difference_update(other)
}

/// Return a new set with elements from the set and all others.
#[pyfn("union($self, /, *others)")]
fn union(set: &Set, others: Args<'_>) -> Result<Ref<Set>> {
    set.union(others.as_slice())
}

/// Update the set, adding elements from all others.
#[pyfn("update($self, /, *others)")]
fn update(set: &Set, others: Args<'_>) -> Result<()> {
    others.as_slice().iter().try_for_each(|other| set.update(other))
}
