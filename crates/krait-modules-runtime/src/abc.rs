//! `_abc`: abstract base classes. CPython: `Modules/_abc.c`.
//!
//! Each abstract class has `_abc_impl`, an [`AbcData`] with a registry and two caches. These are sets of weak references
//! whose callback, bound to a weak reference to the set, takes dead entries out.
//!
//! Invariant: the negative cache is valid only while its version equals the module's counter, which every `register`
//! raises.

use core::cell::Cell;
use core::sync::atomic::{AtomicU64, Ordering};
use krait_macros::pyfn;
use krait_object::cfunction::CFunction;
use krait_object::dealloc::dealloc_gc;
use krait_object::defs::MethodDef;
use krait_object::module::{Module, ModuleDef};
use krait_object::typeobj::{TypeObject, flags};
use krait_object::weakref::{self, WeakRef};
use krait_object::{
    Int, Object, Ref, Result, Set, Slot, Str, Tuple, alloc, errors, id, not_implemented, type_error,
};

/// The module.
pub static MODULE: ModuleDef = ModuleDef::new(c"_abc")
    .doc(c"Module contains faster C implementation of abc.ABCMeta")
    .methods(METHODS)
    .exec(exec);

static METHODS: &[MethodDef] = &[
    get_cache_token::DEF,
    abc_init::DEF,
    abc_register::DEF,
    abc_instancecheck::DEF,
    abc_subclasscheck::DEF,
    get_dump::DEF,
    reset_registry::DEF,
    reset_caches::DEF,
    MethodDef::SENTINEL,
];

fn exec(_module: &Module) -> Result<()> {
    krait_object::typeobj::ready::ready(&ABC_DATA_TYPE)
}

/// Counts registrations. One counter serves all interpreters: versions are only compared for equality.
static INVALIDATION: AtomicU64 = AtomicU64::new(0);

/// What an abstract class remembers.
#[repr(C)]
pub struct AbcData {
    ob_base: Object,
    registry: Slot<Set>,
    cache: Slot<Set>,
    negative_cache: Slot<Set>,
    negative_version: Cell<u64>,
}

krait_object::object_type!(AbcData, ABC_DATA_TYPE);

/// The type `_abc._abc_data`.
pub static ABC_DATA_TYPE: TypeObject = TypeObject::of::<AbcData>(c"_abc._abc_data")
    .flags(flags::HAVE_GC)
    .doc(c"Internal state held by ABC machinery.")
    .tp_dealloc(dealloc_gc::<AbcData>)
    .tp_traverse(traverse)
    .tp_new(new);

krait_object::traverse!(traverse, AbcData, |this, v| {
    v.slot(&this.registry)?;
    v.slot(&this.cache)?;
    v.slot(&this.negative_cache)?;
});

extern "C" fn new(ty: &TypeObject, _args: &Tuple, _kwargs: Option<&Object>) -> Result {
    let object = alloc::alloc_instance(ty, 0)?;
    object.expect::<AbcData>().negative_version.set(INVALIDATION.load(Ordering::Relaxed));
    krait_object::gc::track(&object);
    Ok(object)
}

fn data(class: &Object) -> Result<Ref<AbcData>> {
    let found = class.get_attr(id!("_abc_impl"))?;
    found.downcast_into::<AbcData>().map_err(|_| type_error("_abc_impl is set to a wrong type"))
}

/// Takes a dead reference out of its set; bound to a weak reference to the set.
#[pyfn("_destroy($self, wr, /)")]
fn destroy(set: &WeakRef, wr: &Object) -> Result<()> {
    if let Some(set) = set.get() {
        if let Some(set) = set.downcast::<Set>() {
            set.discard(wr)?;
        }
    }
    Ok(())
}

static DESTROY: MethodDef = destroy::DEF;

fn add_to(slot: &Slot<Set>, object: &Object) -> Result<()> {
    let set = slot.get().unwrap_or_else(|| {
        let set = Set::new();
        slot.set(Some(set.clone()));
        set
    });
    let set_ref = weakref::new_ref(&set, None)?;
    let callback = CFunction::new(&DESTROY, Some(&*set_ref), None, None)?;
    let reference = weakref::new_ref(object, Some(&*callback))?;
    set.add(&reference)
}

fn is_in(slot: &Slot<Set>, object: &Object) -> Result<bool> {
    let Some(set) = slot.get().filter(|s| !s.is_empty()) else { return Ok(false) };
    match weakref::new_ref(object, None) {
        Ok(reference) => set.contains(&reference),
        Err(raised) => {
            errors::clear_if(raised, &krait_object::exceptions::PyExc_TypeError)?;
            Ok(false)
        }
    }
}

/// Returns the current ABC cache token.
///
/// The token is an opaque object (supporting equality testing) identifying the
/// current version of the ABC cache for virtual subclasses. The token changes
/// with every call to register() on any ABC.
#[pyfn("get_cache_token()")]
fn get_cache_token() -> u64 {
    INVALIDATION.load(Ordering::Relaxed)
}

/// Internal ABC helper for class set-up. Should be never used outside abc module.
#[pyfn("_abc_init(self, /)")]
fn abc_init(class: &Object) -> Result<()> {
    compute_abstract(class)?;
    let made = new(&ABC_DATA_TYPE, Tuple::empty(), None)?;
    class.set_attr(id!("_abc_impl"), Some(&made))?;
    inherit_collection_flags(class)
}

/// `__abc_tpflags__` of collections.abc says whether patterns take instances for sequences or mappings.
fn inherit_collection_flags(class: &Object) -> Result<()> {
    const COLLECTION: u64 = flags::SEQUENCE | flags::MAPPING;
    let Some(class) = class.downcast::<TypeObject>() else { return Ok(()) };
    let name = id!("__abc_tpflags__");
    let Some(wanted) = class.dict().and_then(|d| d.get_str(name)) else { return Ok(()) };
    let Some(wanted) = wanted.downcast::<Int>().and_then(Int::to_i64) else { return Ok(()) };
    let wanted = wanted as u64 & COLLECTION;
    if wanted == COLLECTION {
        return Err(type_error("__abc_tpflags__ cannot be both Py_TPFLAGS_SEQUENCE and Py_TPFLAGS_MAPPING"));
    }
    if wanted != 0 && class.is_heap_type() {
        class.clear_flag(COLLECTION);
        class.set_flag(wanted);
    }
    class.set_attr(name, None)
}

fn is_abstract(object: &Object) -> Result<bool> {
    match object.get_attr_opt(id!("__isabstractmethod__"))? {
        Some(flag) => flag.is_true(),
        None => Ok(false),
    }
}

/// Sets `__abstractmethods__`: the abstract members of the namespace and those inherited and not overridden.
fn compute_abstract(class: &Object) -> Result<()> {
    let abstracts = Set::new();
    let namespace = class.get_attr(id!("__dict__"))?;
    for item in namespace.mapping_items()?.to_vec() {
        let Some([name, value]) = item.downcast::<Tuple>().map(Tuple::as_objects) else {
            return Err(type_error("Iterator expected 2-tuples"));
        };
        if is_abstract(value)? {
            abstracts.add(name)?;
        }
    }
    let bases = class.get_attr(id!("__bases__"))?;
    let Some(bases) = bases.downcast::<Tuple>() else { return Err(type_error("__bases__ is not tuple")) };
    for base in bases.as_objects() {
        let Some(names) = base.get_attr_opt(id!("__abstractmethods__"))? else { continue };
        for name in names.collect()? {
            let Some(text) = name.downcast::<Str>() else {
                return Err(errors::expected("attribute name must be string", &name));
            };
            if let Some(value) = class.get_attr_opt(text)? {
                if is_abstract(&value)? {
                    abstracts.add(&name)?;
                }
            }
        }
    }
    let frozen = Set::frozen_from_iterable(&abstracts)?;
    class.set_attr(id!("__abstractmethods__"), Some(&frozen))
}

/// Internal ABC helper for subclasss registration. Should be never used outside abc module.
#[pyfn("_abc_register(self, subclass, /)")]
fn abc_register(class: &Object, subclass: &Object) -> Result {
    if subclass.downcast::<TypeObject>().is_none() {
        return Err(type_error("Can only register classes"));
    }
    if subclass.is_subclass(class)? {
        return Ok(subclass.to_ref());
    }
    if class.is_subclass(subclass)? {
        return Err(errors::runtime_error("Refusing to create an inheritance cycle"));
    }
    add_to(&data(class)?.registry, subclass)?;
    INVALIDATION.fetch_add(1, Ordering::Relaxed);
    if let Some(ty) = class.downcast::<TypeObject>() {
        let collection = [flags::SEQUENCE, flags::MAPPING].into_iter().find(|&f| ty.has_flag(f));
        if let (Some(flag), Some(sub)) = (collection, subclass.downcast::<TypeObject>()) {
            set_collection_flag(sub, flag);
        }
    }
    Ok(subclass.to_ref())
}

fn set_collection_flag(class: &TypeObject, flag: u64) {
    if class.is_heap_type() && !class.has_flag(flag) {
        class.clear_flag(flags::SEQUENCE | flags::MAPPING);
        class.set_flag(flag);
        for sub in class.subclasses() {
            set_collection_flag(&sub, flag);
        }
    }
}

/// Internal ABC helper for instance checks. Should be never used outside abc module.
#[pyfn("_abc_instancecheck(self, instance, /)")]
fn abc_instancecheck(class: &Object, instance: &Object) -> Result {
    let data = data(class)?;
    let subclass = instance.get_attr(id!("__class__"))?;
    if is_in(&data.cache, &subclass)? {
        return true_or(true);
    }
    let ty: &Object = instance.ty();
    if ty.is(&subclass) {
        if data.negative_version.get() == get_cache_token() && is_in(&data.negative_cache, &subclass)? {
            return true_or(false);
        }
        return class.call_method(id!("__subclasscheck__"), &[&subclass]);
    }
    let first = class.call_method(id!("__subclasscheck__"), &[&subclass])?;
    if first.is_true()? {
        return Ok(first);
    }
    class.call_method(id!("__subclasscheck__"), &[ty])
}

fn true_or(value: bool) -> Result {
    Ok(krait_object::object::bool_object(value).to_ref())
}

/// Internal ABC helper for subclasss checks. Should be never used outside abc module.
#[pyfn("_abc_subclasscheck(self, subclass, /)")]
fn abc_subclasscheck(class: &Object, subclass: &Object) -> Result<bool> {
    let Some(sub_type) = subclass.downcast::<TypeObject>() else {
        return Err(type_error("issubclass() arg 1 must be a class"));
    };
    let data = data(class)?;
    if is_in(&data.cache, subclass)? {
        return Ok(true);
    }
    if data.negative_version.get() < get_cache_token() {
        if let Some(set) = data.negative_cache.get() {
            set.clear();
        }
        data.negative_version.set(get_cache_token());
    } else if is_in(&data.negative_cache, subclass)? {
        return Ok(false);
    }
    let verdict = class.call_method(id!("__subclasshook__"), &[subclass])?;
    let known = if verdict.is(krait_object::object::bool_object(true)) {
        true
    } else if verdict.is(krait_object::object::bool_object(false)) {
        false
    } else if verdict.is(not_implemented()) {
        derives(&data, class, sub_type)?
    } else {
        return Err(errors::assertion_error(
            "__subclasshook__ must return either False, True, or NotImplemented",
        ));
    };
    add_to(if known { &data.cache } else { &data.negative_cache }, subclass)?;
    Ok(known)
}

/// By inheritance, by registration, or through a subclass.
fn derives(data: &AbcData, class: &Object, subclass: &TypeObject) -> Result<bool> {
    if subclass.mro().is_some_and(|mro| mro.as_objects().iter().any(|t| t.is(class))) {
        return Ok(true);
    }
    for entry in data.registry.get().map(|s| s.items()).unwrap_or_default() {
        let Some(registered) = entry.downcast::<WeakRef>().and_then(WeakRef::get) else { continue };
        if subclass.is_subclass(&registered)? {
            return Ok(true);
        }
    }
    let subclasses = class.call_method(id!("__subclasses__"), &[])?;
    let Some(subclasses) = subclasses.downcast::<krait_object::List>() else {
        return Err(type_error("__subclasses__() must return a list"));
    };
    for other in subclasses.to_vec() {
        if subclass.is_subclass(&other)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Internal ABC helper for cache and registry debugging.
///
/// Return shallow copies of registry, of both caches, and
/// negative cache version. Don't call this function directly,
/// instead use ABC._dump_registry() for a nice repr.
#[pyfn("_get_dump(self, /)")]
fn get_dump(class: &Object) -> Result<Ref<Tuple>> {
    let data = data(class)?;
    let copy = |slot: &Slot<Set>| match slot.get() {
        Some(set) => Set::from_iterable(&set),
        None => Ok(Set::new()),
    };
    Ok(Tuple::from_slice(&[
        &*copy(&data.registry)?,
        &*copy(&data.cache)?,
        &*copy(&data.negative_cache)?,
        &*Int::from_u64(data.negative_version.get()),
    ]))
}

/// Internal ABC helper to reset registry of a given class.
///
/// Should be only used by refleak.py
#[pyfn("_reset_registry(self, /)")]
fn reset_registry(class: &Object) -> Result<()> {
    if let Some(set) = data(class)?.registry.get() {
        set.clear();
    }
    Ok(())
}

/// Internal ABC helper to reset both caches of a given class.
///
/// Should be only used by refleak.py
#[pyfn("_reset_caches(self, /)")]
fn reset_caches(class: &Object) -> Result<()> {
    let data = data(class)?;
    for set in [data.cache.get(), data.negative_cache.get()].into_iter().flatten() {
        set.clear();
    }
    Ok(())
}
