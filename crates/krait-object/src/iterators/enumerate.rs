//! `enumerate`. CPython: `Objects/enumobject.c`.

use super::iter_self;
use crate::alloc;
use crate::dealloc::dealloc_gc;
use crate::defs::MethodDef;
use crate::errors::type_error;
use crate::generic_alias::CLASS_GETITEM;
use crate::object::Object;
use crate::reference::{Ref, Slot};
use crate::result::{NextResult, Result, next_result};
use crate::tuple::Tuple;
use crate::typeobj::{TypeObject, flags};
use crate::{Dict, Int, Str};
use core::cell::Cell;
use krait_macros::pyfn;

/// `enumobject`.
#[repr(C)]
pub struct Enumerate {
    ob_base: Object,
    index: Cell<isize>,
    iterator: Slot,
    _result: Slot<Tuple>,
    /// The index when it is larger than a machine integer.
    long_index: Slot<Int>,
    _one: Slot<Int>,
}

const _: () = assert!(size_of::<Enumerate>() == 56);

crate::object_type!(Enumerate, PyEnum_Type);

/// The type `enumerate`.
#[unsafe(no_mangle)]
pub static PyEnum_Type: TypeObject = TypeObject::of::<Enumerate>(c"enumerate")
    .flags(flags::HAVE_GC | flags::BASETYPE)
    .doc(c"enumerate(iterable, start=0)\n--\n\nReturn an enumerate object.\n\n  iterable\n    an object supporting iteration\n\nThe enumerate object yields pairs containing a count (from start, which\ndefaults to zero) and a value yielded by the iterable argument.\n\nenumerate is useful for obtaining an indexed list:\n    (0, seq[0]), (1, seq[1]), (2, seq[2]), ...")
    .tp_dealloc(dealloc_gc::<Enumerate>)
    .tp_traverse(traverse)
    .tp_iter(iter_self)
    .tp_iternext(next)
    .tp_new(new)
    .tp_vectorcall(vectorcall)
    .methods(&[reduce::DEF, CLASS_GETITEM, MethodDef::SENTINEL]);

crate::traverse!(traverse, Enumerate, |this, v| {
    v.slot(&this.iterator)?;
    v.slot(&this.long_index)?;
});

fn make(ty: &TypeObject, iterable: &Object, start: Option<&Object>) -> Result {
    let start = start.map(Object::index).transpose()?;
    let object = alloc::allocate(ty, 0)?;
    let this = object.expect::<Enumerate>();
    match start {
        None => this.index.set(0),
        Some(int) => match int.to_i64() {
            Some(small) if small < i64::MAX => this.index.set(small as isize),
            _ => {
                this.index.set(isize::MAX);
                this.long_index.set(int);
            }
        },
    }
    this.iterator.set(iterable.iter()?);
    crate::gc::track(&object);
    Ok(object)
}

extern "C" fn new(ty: &TypeObject, args: &Tuple, kwargs: Option<&Object>) -> Result {
    let kwargs = kwargs.and_then(|k| k.downcast::<Dict>());
    let values = crate::args::parse_init("enumerate", &["iterable", "start"], 1, args, kwargs)?;
    let [Some(iterable), start] = &values[..] else { return Err(crate::args::missing()) };
    make(ty, iterable, start.as_deref())
}

/// Faster than [`new`], with messages of its own, as in CPython.
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
    let positional = args.len() - names.len();
    let is = |name: &Object, text: &str| name.downcast::<Str>().is_some_and(|s| s.eq_str(text));
    match (positional, names) {
        (1, []) => make(ty, args[0], None),
        (2, []) => make(ty, args[0], Some(args[1])),
        (1, [name]) if is(name, "start") => make(ty, args[0], Some(args[1])),
        (0, [name]) if is(name, "iterable") => make(ty, args[0], None),
        (0, [a, b]) if is(a, "iterable") && is(b, "start") => make(ty, args[0], Some(args[1])),
        (0, [a, b]) if is(a, "start") && is(b, "iterable") => make(ty, args[1], Some(args[0])),
        (0, _) if !names.iter().any(|n| is(n, "iterable")) && names.len() <= 1 => match names {
            [name] if !is(name, "start") => Err(bad_keyword(name)),
            _ => Err(type_error("enumerate() missing required argument 'iterable'")),
        },
        (_, [.., name]) if args.len() <= 2 => Err(bad_keyword(
            names.iter().find(|n| !is(n, "iterable") && !is(n, "start")).copied().unwrap_or(name),
        )),
        _ => Err(type_error(format!("enumerate() takes at most 2 arguments ({} given)", args.len()))),
    }
}

#[cold]
fn bad_keyword(name: &Object) -> crate::Raised {
    match name.str() {
        Ok(name) => type_error(format!("'{name}' is an invalid keyword argument for enumerate()")),
        Err(raised) => raised,
    }
}

extern "C" fn next(object: &Object) -> NextResult {
    let this = object.expect::<Enumerate>();
    let iterator = this.iterator.get()?;
    let function = iterator.ty().tp_iternext.get()?;
    let item = function(&iterator)?;
    next_result(take_index(this).map(|index| Some(Tuple::pair(index, item).into_object())))
}

fn take_index(this: &Enumerate) -> Result {
    let index = this.index.get();
    if index < isize::MAX {
        this.index.set(index + 1);
        return Ok(Int::from_i64(index as i64).into_object());
    }
    let now = this.long_index.get().unwrap_or_else(|| Int::from_i64(i64::MAX));
    this.long_index.set(crate::int::arith::add(&now, &Int::from_i64(1)));
    Ok(now.into_object())
}

/// Return state information for pickling.
#[pyfn("__reduce__($self, /)")]
fn reduce(this: &Enumerate) -> Result<(Ref<Object>, Ref<Tuple>)> {
    let iterator = this.iterator.get().unwrap_or_else(|| crate::none().to_ref());
    let index = match this.long_index.get() {
        Some(index) => index,
        None => Int::from_i64(this.index.get() as i64),
    };
    Ok((this.ty().to_ref(), Tuple::pair(iterator, index.into_object())))
}
