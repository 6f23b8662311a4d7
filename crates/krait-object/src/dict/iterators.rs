//! Iterators over dicts, forwards and backwards.

use super::Dict;
use crate::List;
use crate::alloc;
use crate::dealloc::dealloc_gc;
use crate::defs::MethodDef;
use crate::errors::runtime_error;
use crate::iterators::{builtin, iter_self};
use crate::object::Object;
use crate::reference::{Ref, Slot};
use crate::result::{NextResult, Result, next_result};
use crate::tuple::Tuple;
use crate::typeobj::{TypeObject, flags};
use core::cell::Cell;
use krait_macros::pyfn;

/// `dictiterobject`.
#[repr(C)]
pub struct DictIter {
    ob_base: Object,
    /// Empty when exhausted.
    dict: Slot<Dict>,
    /// Entries at the start; -1 once the dict changed its size.
    used: Cell<isize>,
    position: Cell<usize>,
    _result: Slot<Tuple>,
    /// Entries still to come.
    remaining: Cell<isize>,
}

/// What an iterator gives.
#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    Key,
    Value,
    Item,
}

macro_rules! iterator_types {
    ($($(#[$doc:meta])* $name:ident $text:literal $next:ident $what:expr, $forwards:literal;)*) => { $(
        $(#[$doc])*
        #[unsafe(no_mangle)]
        pub static $name: TypeObject = TypeObject::of::<DictIter>($text)
            .flags(flags::HAVE_GC | flags::DISALLOW_INSTANTIATION)
            .tp_dealloc(dealloc_gc::<DictIter>)
            .tp_traverse(traverse)
            .tp_iter(iter_self)
            .tp_iternext($next)
            .methods(METHODS);
        extern "C" fn $next(object: &Object) -> NextResult {
            // SAFETY: a slot of these types only.
            next_result(unsafe { &*object.as_ptr().cast::<DictIter>() }.advance($what, $forwards))
        }
    )* };
}

// SAFETY: all types of this module have this layout; `check` is never used across them.
unsafe impl crate::Typed for DictIter {
    fn type_object() -> &'static TypeObject {
        &PyDictIterKey_Type
    }
    fn check(object: &Object) -> bool {
        object.ty().tp_traverse.get().is_some_and(|f| f as usize == traverse as *const () as usize)
    }
}

impl core::ops::Deref for DictIter {
    type Target = Object;
    fn deref(&self) -> &Object {
        &self.ob_base
    }
}

iterator_types! {
    /// The type `dict_keyiterator`.
    PyDictIterKey_Type c"dict_keyiterator" next_key What::Key, true;
    /// The type `dict_valueiterator`.
    PyDictIterValue_Type c"dict_valueiterator" next_value What::Value, true;
    /// The type `dict_itemiterator`.
    PyDictIterItem_Type c"dict_itemiterator" next_item What::Item, true;
    /// The type `dict_reversekeyiterator`.
    PyDictRevIterKey_Type c"dict_reversekeyiterator" previous_key What::Key, false;
    /// The type `dict_reversevalueiterator`.
    PyDictRevIterValue_Type c"dict_reversevalueiterator" previous_value What::Value, false;
    /// The type `dict_reverseitemiterator`.
    PyDictRevIterItem_Type c"dict_reverseitemiterator" previous_item What::Item, false;
}

static METHODS: &[MethodDef] = &[length_hint::DEF, reduce::DEF, MethodDef::SENTINEL];

crate::traverse!(traverse, DictIter, |this, v| {
    v.slot(&this.dict)?;
});

impl DictIter {
    /// A new iterator of one of the types of this module.
    pub fn new(dict: &Dict, ty: &'static TypeObject) -> Ref<DictIter> {
        let forwards =
            [&raw const PyDictIterKey_Type, &raw const PyDictIterValue_Type, &raw const PyDictIterItem_Type]
                .iter()
                .any(|&t| core::ptr::eq(t, ty));
        let position = if forwards { 0 } else { dict.end_position() };
        alloc::new_tracked(DictIter {
            ob_base: Object::new(ty),
            dict: Slot::new(Ref::from_borrowed(dict)),
            used: Cell::new(dict.len() as isize),
            position: Cell::new(position),
            _result: Slot::empty(),
            remaining: Cell::new(dict.len() as isize),
        })
    }

    #[inline]
    fn advance(&self, what: What, forwards: bool) -> Result<Option<Ref<Object>>> {
        let Some(dict) = self.dict.get() else { return Ok(None) };
        if self.used.get() != dict.len() as isize {
            self.used.set(-1);
            return Err(runtime_error("dictionary changed size during iteration"));
        }
        let mut position = self.position.get();
        let index =
            if forwards { dict.next_index(&mut position) } else { dict.previous_index(&mut position) };
        let Some((key, value)) = index.and_then(|i| dict.entry_at(i)) else {
            self.dict.take();
            return Ok(None);
        };
        if self.remaining.get() == 0 && forwards {
            self.dict.take();
            return Err(runtime_error("dictionary keys changed during iteration"));
        }
        let result = match what {
            What::Key => key.to_ref(),
            What::Value => value.to_ref(),
            What::Item => Tuple::pair(key.to_ref(), value.to_ref()).into_object(),
        };
        self.position.set(position);
        self.remaining.set(self.remaining.get() - 1);
        Ok(Some(result))
    }

    fn what(&self) -> (What, bool) {
        let ty = self.type_ptr();
        let is = |other: &TypeObject| core::ptr::eq(ty, other);
        let what = if is(&PyDictIterKey_Type) || is(&PyDictRevIterKey_Type) {
            What::Key
        } else if is(&PyDictIterValue_Type) || is(&PyDictRevIterValue_Type) {
            What::Value
        } else {
            What::Item
        };
        (what, is(&PyDictIterKey_Type) || is(&PyDictIterValue_Type) || is(&PyDictIterItem_Type))
    }
}

/// Private method returning an estimate of len(list(it)).
#[pyfn("__length_hint__($self, /)")]
fn length_hint(iterator: &DictIter) -> isize {
    match iterator.dict.get() {
        Some(dict) if iterator.used.get() == dict.len() as isize => iterator.remaining.get(),
        _ => 0,
    }
}

/// Return state information for pickling.
#[pyfn("__reduce__($self, /)")]
fn reduce(iterator: &DictIter) -> Result {
    let copy = DictIter {
        ob_base: Object::new(&PyDictIterKey_Type),
        dict: Slot::from_option(iterator.dict.get()),
        used: Cell::new(iterator.used.get()),
        position: Cell::new(iterator.position.get()),
        _result: Slot::empty(),
        remaining: Cell::new(iterator.remaining.get()),
    };
    let (what, forwards) = iterator.what();
    let rest = List::new();
    while let Some(item) = copy.advance(what, forwards)? {
        rest.push(item);
    }
    Ok(Tuple::pair(builtin("iter")?, Tuple::from_vec(vec![rest.into_object()]).into_object()).into_object())
}
