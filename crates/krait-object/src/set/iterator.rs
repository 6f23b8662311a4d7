//! `set_iterator`.

use super::Set;
use crate::List;
use crate::alloc;
use crate::dealloc::dealloc_gc;
use crate::defs::MethodDef;
use crate::errors::runtime_error;
use crate::iterators::{iter_self, reduce_as};
use crate::object::Object;
use crate::reference::{Ref, Slot};
use crate::result::{NextResult, Result, next_result};
use crate::typeobj::{TypeObject, flags};
use core::cell::Cell;
use krait_macros::pyfn;

/// `setiterobject`.
#[repr(C)]
pub struct SetIter {
    ob_base: Object,
    /// Empty when exhausted.
    set: Slot<Set>,
    /// Elements at the start; -1 once the set changed its size.
    used: Cell<isize>,
    position: Cell<usize>,
    remaining: Cell<isize>,
}

const _: () = assert!(size_of::<SetIter>() == 48);

crate::object_type!(SetIter, PySetIter_Type);

/// The type `set_iterator`.
#[unsafe(no_mangle)]
pub static PySetIter_Type: TypeObject = TypeObject::of::<SetIter>(c"set_iterator")
    .flags(flags::HAVE_GC | flags::DISALLOW_INSTANTIATION)
    .tp_dealloc(dealloc_gc::<SetIter>)
    .tp_traverse(traverse)
    .tp_iter(iter_self)
    .tp_iternext(next)
    .methods(&[length_hint::DEF, reduce::DEF, MethodDef::SENTINEL]);

crate::traverse!(traverse, SetIter, |this, v| {
    v.slot(&this.set)?;
});

impl SetIter {
    /// Over a set.
    pub fn new(set: &Set) -> Ref<SetIter> {
        alloc::new_tracked(SetIter {
            ob_base: Object::new(&PySetIter_Type),
            set: Slot::new(Ref::from_borrowed(set)),
            used: Cell::new(set.len() as isize),
            position: Cell::new(0),
            remaining: Cell::new(set.len() as isize),
        })
    }

    fn advance(&self) -> Result<Option<Ref<Object>>> {
        let Some(set) = self.set.get() else { return Ok(None) };
        if self.used.get() != set.len() as isize {
            self.used.set(-1);
            return Err(runtime_error("Set changed size during iteration"));
        }
        let mut position = self.position.get();
        let Some((key, _)) = set.next_entry(&mut position) else {
            self.set.take();
            return Ok(None);
        };
        self.position.set(position);
        self.remaining.set(self.remaining.get() - 1);
        Ok(Some(key.to_ref()))
    }
}

extern "C" fn next(object: &Object) -> NextResult {
    next_result(object.expect::<SetIter>().advance())
}

/// Private method returning an estimate of len(list(it)).
#[pyfn("__length_hint__($self, /)")]
fn length_hint(iterator: &SetIter) -> isize {
    match iterator.set.get() {
        Some(set) if iterator.used.get() == set.len() as isize => iterator.remaining.get(),
        _ => 0,
    }
}

/// Return state information for pickling.
#[pyfn("__reduce__($self, /)")]
fn reduce(iterator: &SetIter) -> Result {
    let copy = SetIter {
        ob_base: Object::new(&PySetIter_Type),
        set: Slot::from_option(iterator.set.get()),
        used: Cell::new(iterator.used.get()),
        position: Cell::new(iterator.position.get()),
        remaining: Cell::new(iterator.remaining.get()),
    };
    let rest = List::new();
    while let Some(item) = copy.advance()? {
        rest.push(item);
    }
    reduce_as("iter", rest.into_object())
}
