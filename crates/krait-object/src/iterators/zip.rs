//! `zip`. CPython: `Python/bltinmodule.c`.

use super::iter_self;
use crate::alloc;
use crate::dealloc::dealloc_gc;
use crate::defs::MethodDef;
use crate::errors::{self, type_error, value_error};
use crate::exceptions::PyExc_StopIteration;
use crate::object::{Object, bool_object};
use crate::reference::{Ref, Slot};
use crate::result::{NextResult, Raised, Result, next_result};
use crate::tuple::Tuple;
use crate::typeobj::{TypeObject, flags};
use crate::{Dict, id};
use core::cell::Cell;
use krait_macros::pyfn;

/// `zipobject`.
#[repr(C)]
pub struct Zip {
    ob_base: Object,
    size: Cell<isize>,
    iterators: Slot<Tuple>,
    _result: Slot<Tuple>,
    strict: Cell<i32>,
}

const _: () = assert!(size_of::<Zip>() == 48);

crate::object_type!(Zip, PyZip_Type);

/// The type `zip`.
#[unsafe(no_mangle)]
pub static PyZip_Type: TypeObject = TypeObject::of::<Zip>(c"zip")
    .flags(flags::HAVE_GC | flags::BASETYPE)
    .doc(c"zip(*iterables, strict=False)\n--\n\nThe zip object yields n-length tuples, where n is the number of\niterables passed as positional arguments to zip().  The i-th element\nin every tuple comes from the i-th iterable argument to zip().  This\ncontinues until the shortest argument is exhausted.\n\nIf strict is true and one of the arguments is exhausted before the\nothers, raise a ValueError.\n\n   >>> list(zip('abcdefg', range(3), range(4)))\n   [('a', 0, 0), ('b', 1, 1), ('c', 2, 2)]")
    .tp_dealloc(dealloc_gc::<Zip>)
    .tp_traverse(traverse)
    .tp_iter(iter_self)
    .tp_iternext(next)
    .tp_new(new)
    .methods(&[reduce::DEF, setstate::DEF, MethodDef::SENTINEL]);

crate::traverse!(traverse, Zip, |this, v| {
    v.slot(&this.iterators)?;
});

/// The argument `strict` of `zip` and `map`, which take no other keyword.
pub(super) fn strict_argument(function: &str, kwargs: Option<&Object>) -> Result<bool> {
    let Some(kwargs) = kwargs.and_then(|k| k.downcast::<Dict>()).filter(|k| !k.is_empty()) else {
        return Ok(false);
    };
    if kwargs.len() > 1 {
        return Err(type_error(format!(
            "{function}() takes at most 1 keyword argument ({} given)",
            kwargs.len()
        )));
    }
    match kwargs.get_str(id!("strict")) {
        Some(strict) => strict.is_true(),
        None => {
            let name = kwargs.keys()[0].str()?;
            Err(type_error(format!("{function}() got an unexpected keyword argument '{name}'")))
        }
    }
}

extern "C" fn new(ty: &TypeObject, args: &Tuple, kwargs: Option<&Object>) -> Result {
    let strict = strict_argument("zip", kwargs)?;
    let iterators = args.as_objects().iter().map(|o| o.iter()).collect::<Result<Vec<_>>>()?;
    let object = alloc::allocate(ty, 0)?;
    let this = object.expect::<Zip>();
    this.size.set(iterators.len() as isize);
    this.iterators.set(Tuple::from_vec(iterators));
    this.strict.set(strict.into());
    crate::gc::track(&object);
    Ok(object)
}

/// The next items of all iterators; `Ok(None)` at the end of one, or in strict mode of all together.
pub(super) fn advance_all(
    function: &str,
    iterators: &Tuple,
    strict: bool,
    mut each: impl FnMut(Ref<Object>),
) -> Result<bool> {
    for (index, iterator) in iterators.as_objects().iter().enumerate() {
        let item = iterator.ty().tp_iternext.get().and_then(|f| f(iterator));
        match item {
            Some(item) => each(item),
            None if strict => return strict_end(function, iterators, index).map(|()| false),
            None => {
                return if errors::occurred() { Err(Raised) } else { Ok(false) };
            }
        }
    }
    Ok(true)
}

/// Iterator `index` has ended: all others must have, too.
#[cold]
fn strict_end(function: &str, iterators: &Tuple, index: usize) -> Result<()> {
    if errors::occurred() {
        errors::clear_if(Raised, &PyExc_StopIteration)?;
    }
    let before = |n: usize| if n == 1 { " 1".to_owned() } else { format!("s 1-{n}") };
    if index > 0 {
        return Err(value_error(format!(
            "{function}() argument {} is shorter than argument{}",
            index + 1,
            before(index)
        )));
    }
    for (index, iterator) in iterators.as_objects().iter().enumerate().skip(1) {
        if iterator.ty().tp_iternext.get().and_then(|f| f(iterator)).is_some() {
            return Err(value_error(format!(
                "{function}() argument {} is longer than argument{}",
                index + 1,
                before(index)
            )));
        }
        if errors::occurred() {
            errors::clear_if(Raised, &PyExc_StopIteration)?;
        }
    }
    Ok(())
}

extern "C" fn next(object: &Object) -> NextResult {
    next_result((|| {
        let this = object.expect::<Zip>();
        let Some(iterators) = this.iterators.get().filter(|i| !i.is_empty()) else { return Ok(None) };
        if iterators.len() == 2 && this.strict.get() == 0 {
            return Ok(next_pair(iterators.as_objects()[0], iterators.as_objects()[1]));
        }
        let mut items = Vec::with_capacity(iterators.len());
        let more = advance_all("zip", &iterators, this.strict.get() != 0, |item| items.push(item))?;
        Ok(more.then(|| Tuple::from_vec(items).into_object()))
    })())
}

#[inline]
fn next_pair(a: &Object, b: &Object) -> NextResult {
    let first = a.ty().tp_iternext.get()?(a)?;
    let second = b.ty().tp_iternext.get()?(b)?;
    Some(Tuple::pair(first, second).into_object())
}

/// Return state information for pickling.
#[pyfn("__reduce__($self, /)")]
fn reduce(this: &Zip) -> Result {
    let iterators = this.iterators.get().map_or_else(|| Tuple::empty().to_ref(), Ref::into_object);
    let mut parts = vec![this.ty().to_ref(), iterators];
    if this.strict.get() != 0 {
        parts.push(bool_object(true).to_ref());
    }
    Ok(Tuple::from_vec(parts).into_object())
}

/// Set state information for unpickling.
#[pyfn("__setstate__($self, object, /)")]
fn setstate(this: &Zip, object: &Object) -> Result<()> {
    this.strict.set(object.is_true()?.into());
    Ok(())
}
