//! `reversed`. CPython: `Objects/enumobject.c`.

use super::iter_self;
use crate::alloc;
use crate::dealloc::dealloc_gc;
use crate::defs::MethodDef;
use crate::errors::{self, type_error};
use crate::exceptions::{PyExc_IndexError, PyExc_StopIteration};
use crate::object::Object;
use crate::reference::Slot;
use crate::result::{NextResult, Result, next_result};
use crate::tuple::{self, Tuple};
use crate::typeobj::{TypeObject, flags};
use crate::{Int, id};
use core::cell::Cell;
use krait_macros::pyfn;

/// `reversedobject`.
#[repr(C)]
pub struct Reversed {
    ob_base: Object,
    /// The next index; -1 at the end.
    index: Cell<isize>,
    sequence: Slot,
}

crate::object_type!(Reversed, PyReversed_Type);

/// The type `reversed`.
#[unsafe(no_mangle)]
pub static PyReversed_Type: TypeObject = TypeObject::of::<Reversed>(c"reversed")
    .flags(flags::HAVE_GC | flags::BASETYPE)
    .doc(c"reversed(object, /)\n--\n\nReturn a reverse iterator over the values of the given sequence.")
    .tp_dealloc(dealloc_gc::<Reversed>)
    .tp_traverse(traverse)
    .tp_iter(iter_self)
    .tp_iternext(next)
    .tp_new(new)
    .tp_vectorcall(vectorcall)
    .methods(&[length_hint::DEF, reduce::DEF, setstate::DEF, MethodDef::SENTINEL]);

crate::traverse!(traverse, Reversed, |this, v| {
    v.slot(&this.sequence)?;
});

fn make(ty: &TypeObject, sequence: &Object) -> Result {
    if let Some(method) = sequence.lookup_special(id!("__reversed__"))? {
        if method.is_none() {
            return Err(type_error(format!("'{}' object is not reversible", sequence.type_name())));
        }
        return method.call(&[]);
    }
    if !sequence.is_sequence() {
        return Err(type_error(format!("'{}' object is not reversible", sequence.type_name())));
    }
    let len = sequence.len()?;
    let object = alloc::allocate(ty, 0)?;
    let this = object.expect::<Reversed>();
    this.index.set(len as isize - 1);
    this.sequence.set(sequence.to_ref());
    crate::gc::track(&object);
    Ok(object)
}

extern "C" fn new(ty: &TypeObject, args: &Tuple, kwargs: Option<&Object>) -> Result {
    if ty.is_type(&PyReversed_Type) {
        tuple::no_keywords("reversed", kwargs)?;
    }
    crate::args::check_positional("reversed", args.len(), 1, 1)?;
    make(ty, args.as_objects()[0])
}

unsafe extern "C" fn vectorcall(
    ty: *mut Object,
    args: *const *mut Object,
    nargsf: usize,
    kwnames: *mut Object,
) -> Result {
    // SAFETY: the vectorcall protocol.
    let (ty, args, kwnames) = unsafe { crate::args::vectorcall(ty, args, nargsf, kwnames) };
    crate::args::no_keywords("reversed", kwnames.map_or(0, Tuple::len))?;
    crate::args::check_positional("reversed", args.len(), 1, 1)?;
    make(ty.expect::<TypeObject>(), args[0])
}

extern "C" fn next(object: &Object) -> NextResult {
    next_result((|| {
        let this = object.expect::<Reversed>();
        let index = this.index.get();
        let Some(sequence) = this.sequence.get().filter(|_| index >= 0) else { return Ok(None) };
        match sequence.sequence_get(index) {
            Ok(item) => {
                this.index.set(index - 1);
                Ok(Some(item))
            }
            Err(raised) => {
                if errors::matches(&PyExc_IndexError) || errors::matches(&PyExc_StopIteration) {
                    errors::clear();
                    this.index.set(-1);
                    this.sequence.take();
                    return Ok(None);
                }
                Err(raised)
            }
        }
    })())
}

/// Private method returning an estimate of len(list(it)).
#[pyfn("__length_hint__($self, /)")]
fn length_hint(this: &Reversed) -> Result<isize> {
    let Some(sequence) = this.sequence.get() else { return Ok(0) };
    let len = sequence.len()? as isize;
    Ok(if len < this.index.get() { 0 } else { this.index.get() + 1 })
}

/// Return state information for pickling.
#[pyfn("__reduce__($self, /)")]
fn reduce(this: &Reversed) -> Result {
    let ty = this.ty().to_ref();
    let parts = match this.sequence.get() {
        Some(sequence) => {
            let index = Int::from_i64(this.index.get() as i64).into_object();
            vec![ty, Tuple::from_vec(vec![sequence]).into_object(), index]
        }
        None => vec![ty, Tuple::from_vec(vec![Tuple::empty().to_ref()]).into_object()],
    };
    Ok(Tuple::from_vec(parts).into_object())
}

/// Set state information for unpickling.
#[pyfn("__setstate__($self, object, /)")]
fn setstate(this: &Reversed, object: &Object) -> Result<()> {
    let index = crate::iterators::state_integer(object)?;
    if let Some(sequence) = this.sequence.get() {
        this.index.set(index.min(sequence.len()? as isize - 1).max(-1));
    }
    Ok(())
}
