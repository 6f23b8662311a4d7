//! The module `itertools`. CPython: `Modules/itertoolsmodule.c`.
//!
//! - `infinite`: count, cycle, repeat
//! - `filters`: compress, dropwhile, filterfalse, takewhile, islice, starmap
//! - `combine`: chain, zip_longest, accumulate, pairwise, batched, groupby, tee
//! - `combinatoric`: product, permutations, combinations, combinations_with_replacement
//!
//! All are containers for the collector, and iterators whose `__next__` may run Python code: state is in cells and slots,
//! and nothing is borrowed across a call.

pub mod combinatoric;
pub mod combine;
pub mod filters;
pub mod grouping;
pub mod infinite;

use krait_object::errors::type_error;
use krait_object::module::{Module, ModuleDef};
use krait_object::{Dict, MethodDef, Object, Result, Tuple, TypeObject};

/// The module.
pub static MODULE: ModuleDef = ModuleDef::new(c"itertools")
    .doc(c"Functional tools for creating and using iterators.")
    .methods(&[grouping::tee::DEF, MethodDef::SENTINEL])
    .exec(exec);

/// The types, as the module shows them.
pub static TYPES: &[&TypeObject] = &[
    &combine::ACCUMULATE,
    &grouping::BATCHED,
    &combinatoric::COMBINATIONS,
    &combinatoric::COMBINATIONS_WITH_REPLACEMENT,
    &infinite::CYCLE,
    &filters::DROPWHILE,
    &filters::TAKEWHILE,
    &filters::ISLICE,
    &filters::STARMAP,
    &combine::CHAIN,
    &filters::COMPRESS,
    &filters::FILTERFALSE,
    &infinite::COUNT,
    &combine::PAIRWISE,
    &combinatoric::PERMUTATIONS,
    &combinatoric::PRODUCT,
    &infinite::REPEAT,
    &grouping::GROUPBY,
    &grouping::GROUPER,
    &grouping::TEE,
    &grouping::TEE_DATA,
    &combine::ZIP_LONGEST,
];

fn exec(module: &Module) -> Result<()> {
    for ty in TYPES {
        module.add_type(ty)?;
    }
    Ok(())
}

/// The keyword arguments of a constructor as a dict.
pub(crate) fn keywords<'a>(kwargs: Option<&'a Object>) -> Option<&'a Dict> {
    kwargs.and_then(|k| k.downcast::<Dict>()).filter(|d| !d.is_empty())
}

/// Refuses keyword arguments.
pub(crate) fn no_keywords(name: &str, kwargs: Option<&Object>) -> Result<()> {
    match keywords(kwargs) {
        Some(_) => Err(type_error(format!("{name}() takes no keyword arguments"))),
        None => Ok(()),
    }
}

/// The arguments of a constructor that takes between `min` and `max` positional ones.
pub(crate) fn positional<'a>(
    name: &'static str,
    args: &'a Tuple,
    min: usize,
    max: usize,
) -> Result<&'a [&'a Object]> {
    let given = args.as_objects();
    if given.len() < min || given.len() > max {
        let (bound, count) = if given.len() < min { ("least", min) } else { ("most", max) };
        let bound = if min == max { String::new() } else { format!("at {bound} ") };
        let s = if count == 1 { "" } else { "s" };
        return Err(type_error(format!("{name} expected {bound}{count} argument{s}, got {}", given.len())));
    }
    Ok(given)
}

/// `iter(self)` of an iterator.
pub(crate) extern "C" fn iter_self(object: &Object) -> Result {
    Ok(object.to_ref())
}

/// Declares an iterator type: struct with slots and other fields, type object with the common slots.
macro_rules! iterator_type {
    (
        $(#[$doc:meta])*
        $name:ident $type_name:literal $static:ident { $($slot:ident: $slot_ty:ty,)* } { $($field:ident: $ty:ty,)* }
        next: $next:path, new: $new:path, doc: $text:literal $(, $extra:ident($value:expr))*
    ) => {
        $(#[$doc])*
        #[repr(C)]
        pub struct $name {
            ob_base: krait_object::Object,
            $(pub $slot: krait_object::Slot<$slot_ty>,)*
            $(pub $field: $ty,)*
        }
        krait_object::object_type!($name, $static);
        #[doc = concat!("The type `itertools.", $type_name, "`.")]
        pub static $static: krait_object::TypeObject = {
            krait_object::traverse!(traverse, $name, |this, v| {
                let _ = (&this, &v);
                $(v.slot(&this.$slot)?;)*
            });
            match core::ffi::CStr::from_bytes_with_nul(concat!("itertools.", $type_name, "\0").as_bytes()) {
                Ok(name) => krait_object::TypeObject::of::<$name>(name)
                    .flags(krait_object::typeobj::flags::HAVE_GC | krait_object::typeobj::flags::BASETYPE)
                    .doc($text)
                    .tp_dealloc(krait_object::dealloc::dealloc_gc::<$name>)
                    .tp_traverse(traverse)
                    .tp_iter(crate::itertools::iter_self)
                    .tp_iternext($next)
                    .tp_new($new)
                    $(.$extra($value))*,
                Err(_) => unreachable!(),
            }
        };
    };
}
pub(crate) use iterator_type;

/// A new instance of `ty`, all fields zero, tracked by the collector once `fill` has set them.
pub(crate) fn make<T: krait_object::Typed>(ty: &TypeObject, fill: impl FnOnce(&T)) -> Result {
    let object = krait_object::alloc::alloc_instance(ty, 0)?;
    fill(object.expect::<T>());
    krait_object::gc::track(&object);
    Ok(object)
}
