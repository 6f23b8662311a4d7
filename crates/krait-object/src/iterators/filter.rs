//! `filter`. CPython: `Python/bltinmodule.c`.

use super::iter_self;
use crate::alloc;
use crate::dealloc::dealloc_gc;
use crate::defs::MethodDef;
use crate::int::PyBool_Type;
use crate::object::{Object, none};
use crate::reference::Slot;
use crate::result::{NextResult, Result, next_result};
use crate::tuple::{self, Tuple};
use crate::typeobj::{TypeObject, flags};
use krait_macros::pyfn;

/// `filterobject`.
#[repr(C)]
pub struct Filter {
    ob_base: Object,
    function: Slot,
    iterator: Slot,
}

crate::object_type!(Filter, PyFilter_Type);

/// The type `filter`.
#[unsafe(no_mangle)]
pub static PyFilter_Type: TypeObject = TypeObject::of::<Filter>(c"filter")
    .flags(flags::HAVE_GC | flags::BASETYPE)
    .doc(c"filter(function, iterable, /)\n--\n\nReturn an iterator yielding those items of iterable for which\nfunction(item) is true.  If function is None, return the items that\nare true.")
    .tp_dealloc(dealloc_gc::<Filter>)
    .tp_traverse(traverse)
    .tp_iter(iter_self)
    .tp_iternext(next)
    .tp_new(new)
    .tp_vectorcall(vectorcall)
    .methods(&[reduce::DEF, MethodDef::SENTINEL]);

crate::traverse!(traverse, Filter, |this, v| {
    v.slot(&this.function)?;
    v.slot(&this.iterator)?;
});

fn make(ty: &TypeObject, args: &[&Object]) -> Result {
    crate::args::check_positional("filter", args.len(), 2, 2)?;
    let iterator = args[1].iter()?;
    let object = alloc::allocate(ty, 0)?;
    let this = object.expect::<Filter>();
    this.function.set(args[0].to_ref());
    this.iterator.set(iterator);
    crate::gc::track(&object);
    Ok(object)
}

extern "C" fn new(ty: &TypeObject, args: &Tuple, kwargs: Option<&Object>) -> Result {
    if ty.is_type(&PyFilter_Type) {
        tuple::no_keywords("filter", kwargs)?;
    }
    make(ty, args.as_objects())
}

unsafe extern "C" fn vectorcall(
    ty: *mut Object,
    args: *const *mut Object,
    nargsf: usize,
    kwnames: *mut Object,
) -> Result {
    // SAFETY: the vectorcall protocol.
    let (ty, args, kwnames) = unsafe { crate::args::vectorcall(ty, args, nargsf, kwnames) };
    crate::args::no_keywords("filter", kwnames.map_or(0, Tuple::len))?;
    make(ty.expect::<TypeObject>(), args)
}

extern "C" fn next(object: &Object) -> NextResult {
    next_result((|| {
        let this = object.expect::<Filter>();
        let (Some(function), Some(iterator)) = (this.function.get(), this.iterator.get()) else {
            return Ok(None);
        };
        let truth = function.is_none() || function.is(&PyBool_Type);
        let Some(next) = iterator.ty().tp_iternext.get() else { return Ok(None) };
        loop {
            let Some(item) = next(&iterator) else {
                return if crate::errors::occurred() { Err(crate::Raised) } else { Ok(None) };
            };
            let wanted = if truth { item.is_true()? } else { function.call(&[&item])?.is_true()? };
            if wanted {
                return Ok(Some(item));
            }
        }
    })())
}

/// Return state information for pickling.
#[pyfn("__reduce__($self, /)")]
fn reduce(this: &Filter) -> Result {
    let part = |slot: &Slot| slot.get().unwrap_or_else(|| none().to_ref());
    let args = Tuple::pair(part(&this.function), part(&this.iterator));
    Ok(Tuple::pair(this.ty().to_ref(), args.into_object()).into_object())
}
