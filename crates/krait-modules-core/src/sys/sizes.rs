//! Sizes, counts, interning.

use krait_macros::pyfn;
use krait_object::errors::{self, type_error, value_error};
use krait_object::{Object, Ref, Result, Str, Typed, gc, id};

/// Return the reference count of object.
///
/// The count returned is generally one higher than you might expect,
/// because it includes the (temporary) reference as an argument to
/// getrefcount().
#[pyfn("getrefcount(object, /)")]
pub fn getrefcount(object: &Object) -> u32 {
    object.refcount()
}

/// getsizeof(object [, default]) -> int
///
/// Return the size of object in bytes.
#[pyfn("getsizeof(object, default=<unrepresentable>)", nosig)]
pub fn getsizeof(object: &Object, default: Option<&Object>) -> Result {
    match size_of_object(object) {
        Ok(size) => Ok(krait_object::Int::from_u64(size as u64).into_object()),
        Err(raised) => match default {
            Some(default) => {
                errors::clear_if(raised, &krait_object::exceptions::PyExc_TypeError)?;
                Ok(default.to_ref())
            }
            None => Err(raised),
        },
    }
}

fn size_of_object(object: &Object) -> Result<usize> {
    let Some(method) = object.lookup_special(id!("__sizeof__"))? else {
        return Err(type_error(format!("Type {} doesn't define __sizeof__", object.type_name())));
    };
    let size = method.call(&[])?.as_isize(false)?;
    let Ok(size) = usize::try_from(size) else { return Err(value_error("__sizeof__() should return >= 0")) };
    let header = if gc::is_gc(object) { krait_object::alloc::presize(object.ty()) } else { 0 };
    Ok(size + header)
}

/// ``Intern'' the given string.
///
/// This enters the string in the (global) table of interned strings whose
/// purpose is to speed up dictionary lookups. Return the string itself or
/// the previously interned string object with the same value.
#[pyfn("intern(string, /)")]
pub fn intern(string: &Str) -> Result<Ref<Str>> {
    if !Str::check_exact(string) {
        return Err(type_error(format!("can't intern {}", string.type_name())));
    }
    Ok(krait_object::str::intern::intern(Ref::from_borrowed(string)))
}

/// Return True if the given string is "interned".
#[pyfn("_is_interned(string, /)")]
pub fn is_interned(string: &Str) -> bool {
    string.is_interned()
}

/// Return True if the given object is "immortal" per PEP 683.
///
/// This function should be used for specialized purposes only.
#[pyfn("_is_immortal(op, /)")]
pub fn is_immortal(op: &Object) -> bool {
    op.is_immortal()
}
