//! Built-in functions on any object: attributes, types, text forms.

use krait_macros::pyfn;
use krait_object::errors::type_error;
use krait_object::{Object, Ref, Result, Str};

/// An attribute name argument.
fn name_of<'a>(name: &'a Object) -> Result<&'a Str> {
    name.downcast::<Str>()
        .ok_or_else(|| type_error(format!("attribute name must be string, not '{}'", name.type_name())))
}

/// Get a named attribute from an object.
///
/// getattr(x, 'y') is equivalent to ``x.y``
///
/// When a default argument is given, it is returned when the attribute doesn't
/// exist; without it, an exception is raised in that case.
#[pyfn("getattr(object, name, default=<unrepresentable>, /)", nosig)]
pub fn getattr(object: &Object, name: &Object, default: Option<&Object>) -> Result {
    let name = name_of(name)?;
    match default {
        None => object.get_attr(name),
        Some(default) => Ok(object.get_attr_opt(name)?.unwrap_or_else(|| default.to_ref())),
    }
}

/// Return whether the object has an attribute with the given name.
///
/// This is done by calling getattr(obj, name) and catching AttributeError.
#[pyfn("hasattr(obj, name, /)")]
pub fn hasattr(obj: &Object, name: &Object) -> Result<bool> {
    obj.has_attr(name_of(name)?)
}

/// Sets the named attribute on the given object to the specified value.
///
/// setattr(x, 'y', v) is equivalent to ``x.y = v``
#[pyfn("setattr(obj, name, value, /)")]
pub fn setattr(obj: &Object, name: &Object, value: &Object) -> Result<()> {
    obj.set_attr(name_of(name)?, Some(value))
}

/// Deletes the named attribute from the given object.
///
/// delattr(x, 'y') is equivalent to ``del x.y``
#[pyfn("delattr(obj, name, /)")]
pub fn delattr(obj: &Object, name: &Object) -> Result<()> {
    obj.set_attr(name_of(name)?, None)
}

/// Return whether the object is callable (i.e., some kind of function).
///
/// Note that classes are callable, as are instances of classes with a
/// __call__() method.
#[pyfn("callable(obj, /)")]
pub fn callable(obj: &Object) -> bool {
    obj.is_callable()
}

/// Return the hash value for the given object.
///
/// Two objects that compare equal must also have the same hash value, but the
/// reverse is not necessarily true.
#[pyfn("hash(obj, /)")]
pub fn hash(obj: &Object) -> Result<isize> {
    obj.hash()
}

/// Return the identity of an object.
///
/// This is guaranteed to be unique among simultaneously existing objects.
/// (CPython uses the object's memory address.)
#[pyfn("id(obj, /)")]
pub fn id(obj: &Object) -> usize {
    obj.as_ptr() as usize
}

/// Return whether an object is an instance of a class or of a subclass thereof.
///
/// A tuple, as in ``isinstance(x, (A, B, ...))``, may be given as the target to
/// check against. This is equivalent to ``isinstance(x, A) or isinstance(x, B)
/// or ...`` etc.
#[pyfn("isinstance(obj, class_or_tuple, /)")]
pub fn isinstance(obj: &Object, class_or_tuple: &Object) -> Result<bool> {
    obj.is_instance(class_or_tuple)
}

/// Return whether 'cls' is derived from another class or is the same class.
///
/// A tuple, as in ``issubclass(x, (A, B, ...))``, may be given as the target to
/// check against. This is equivalent to ``issubclass(x, A) or issubclass(x, B)
/// or ...``.
#[pyfn("issubclass(cls, class_or_tuple, /)")]
pub fn issubclass(cls: &Object, class_or_tuple: &Object) -> Result<bool> {
    cls.is_subclass(class_or_tuple)
}

/// Return the canonical string representation of the object.
///
/// For many object types, including most builtins, eval(repr(obj)) == obj.
#[pyfn("repr(obj, /)")]
pub fn repr(obj: &Object) -> Result<Ref<Str>> {
    obj.repr()
}

/// Return an ASCII-only representation of an object.
///
/// As repr(), return a string containing a printable representation of an
/// object, but escape the non-ASCII characters in the string returned by
/// repr() using \\x, \\u or \\U escapes. This generates a string similar
/// to that returned by repr() in Python 2.
#[pyfn("ascii(obj, /)")]
pub fn ascii(obj: &Object) -> Result<Ref<Str>> {
    obj.ascii()
}

/// Return type(value).__format__(value, format_spec)
///
/// Many built-in types implement format_spec according to the
/// Format Specification Mini-language. See help('FORMATTING') for details.
///
/// If type(value) does not supply a method named __format__
/// and format_spec is empty, then str(value) is returned.
#[pyfn("format(value, format_spec='', /)")]
pub fn format(value: &Object, format_spec: Option<&Str>) -> Result<Ref<Str>> {
    value.format(format_spec.unwrap_or(Str::empty()))
}
