//! `map`. CPython: `Python/bltinmodule.c`.

use super::iter_self;
use super::zip::{advance_all, strict_argument};
use crate::alloc;
use crate::dealloc::dealloc_gc;
use crate::defs::MethodDef;
use crate::errors::type_error;
use crate::object::{Object, bool_object, none};
use crate::reference::{Ref, Slot};
use crate::result::{NextResult, Result, next_result};
use crate::tuple::Tuple;
use crate::typeobj::{TypeObject, flags};
use core::cell::Cell;
use krait_macros::pyfn;

/// `mapobject`.
#[repr(C)]
pub struct Map {
    ob_base: Object,
    iterators: Slot<Tuple>,
    function: Slot,
    strict: Cell<i32>,
}

const _: () = assert!(size_of::<Map>() == 40);

crate::object_type!(Map, PyMap_Type);

/// The type `map`.
#[unsafe(no_mangle)]
pub static PyMap_Type: TypeObject = TypeObject::of::<Map>(c"map")
    .flags(flags::HAVE_GC | flags::BASETYPE)
    .doc(c"map(function, iterable, /, *iterables, strict=False)\n--\n\nMake an iterator that computes the function using arguments from\neach of the iterables.  Stops when the shortest iterable is exhausted.\n\nIf strict is true and one of the arguments is exhausted before the\nothers, raise a ValueError.")
    .tp_dealloc(dealloc_gc::<Map>)
    .tp_traverse(traverse)
    .tp_iter(iter_self)
    .tp_iternext(next)
    .tp_new(new)
    .tp_vectorcall(vectorcall)
    .methods(&[reduce::DEF, setstate::DEF, MethodDef::SENTINEL]);

crate::traverse!(traverse, Map, |this, v| {
    v.slot(&this.iterators)?;
    v.slot(&this.function)?;
});

fn make(ty: &TypeObject, args: &[&Object], strict: bool) -> Result {
    let [function, iterables @ ..] = args else { return Err(too_few()) };
    if iterables.is_empty() {
        return Err(too_few());
    }
    let iterators = iterables.iter().map(|o| o.iter()).collect::<Result<Vec<_>>>()?;
    let object = alloc::allocate(ty, 0)?;
    let this = object.expect::<Map>();
    this.iterators.set(Tuple::from_vec(iterators));
    this.function.set(function.to_ref());
    this.strict.set(strict.into());
    crate::gc::track(&object);
    Ok(object)
}

#[cold]
fn too_few() -> crate::Raised {
    type_error("map() must have at least two arguments.")
}

extern "C" fn new(ty: &TypeObject, args: &Tuple, kwargs: Option<&Object>) -> Result {
    make(ty, args.as_objects(), strict_argument("map", kwargs)?)
}

unsafe extern "C" fn vectorcall(
    ty: *mut Object,
    args: *const *mut Object,
    nargsf: usize,
    kwnames: *mut Object,
) -> Result {
    // SAFETY: the vectorcall protocol.
    let (ty, args, kwnames) = unsafe { crate::args::vectorcall(ty, args, nargsf, kwnames) };
    let ty = ty.expect::<TypeObject>();
    let names = kwnames.map_or(&[][..], Tuple::as_objects);
    if names.is_empty() {
        return make(ty, args, false);
    }
    let (positional, values) = args.split_at(args.len() - names.len());
    let kwargs = crate::Dict::new();
    for (name, value) in names.iter().zip(values) {
        kwargs.set(name, value)?;
    }
    make(ty, positional, strict_argument("map", Some(&kwargs))?)
}

extern "C" fn next(object: &Object) -> NextResult {
    next_result((|| {
        let this = object.expect::<Map>();
        let (Some(iterators), Some(function)) = (this.iterators.get(), this.function.get()) else {
            return Ok(None);
        };
        if let [iterator] = iterators.as_objects() {
            let Some(item) = iterator.ty().tp_iternext.get().and_then(|f| f(iterator)) else {
                return if crate::errors::occurred() { Err(crate::Raised) } else { Ok(None) };
            };
            return function.call(&[&item]).map(Some);
        }
        let mut items = Vec::with_capacity(iterators.len());
        if !advance_all("map", &iterators, this.strict.get() != 0, |item| items.push(item))? {
            return Ok(None);
        }
        let args: Vec<&Object> = items.iter().map(|item| &**item).collect();
        function.call(&args).map(Some)
    })())
}

/// Return state information for pickling.
#[pyfn("__reduce__($self, /)")]
fn reduce(this: &Map) -> Result {
    let mut args = vec![this.function.get().unwrap_or_else(|| none().to_ref())];
    args.extend(this.iterators.get().iter().flat_map(|t| t.as_slice()).cloned());
    let mut parts = vec![this.ty().to_ref(), Tuple::from_vec(args).into_object()];
    if this.strict.get() != 0 {
        parts.push(bool_object(true).to_ref());
    }
    let result: Ref<Tuple> = Tuple::from_vec(parts);
    Ok(result.into_object())
}

/// Set state information for unpickling.
#[pyfn("__setstate__($self, object, /)")]
fn setstate(this: &Map, object: &Object) -> Result<()> {
    this.strict.set(object.is_true()?.into());
    Ok(())
}
