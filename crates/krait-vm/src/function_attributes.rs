//! Attributes and constructor of Python functions. CPython: `Objects/funcobject.c`.

use crate::cell::Cell as PyCell;
use crate::code::CodeObject;
use crate::function::Function;
use core::ffi::{c_int, c_void};
use core::mem::offset_of;
use krait_object::args::parse_init;
use krait_object::defs::member::{READONLY, T_OBJECT};
use krait_object::errors::{type_error, value_error};
use krait_object::result::unit_result;
use krait_object::{
    Dict, GetSetDef, Int, MemberDef, Object, Ref, Result, Slot, Str, Tuple, TypeObject, Typed, none,
};

pub static MEMBERS: &[MemberDef] = &[
    MemberDef::new(c"__closure__", T_OBJECT, offset_of!(Function, func_closure), READONLY),
    MemberDef::new(c"__doc__", T_OBJECT, offset_of!(Function, func_doc), 0),
    MemberDef::new(c"__globals__", T_OBJECT, offset_of!(Function, func_globals), READONLY),
    MemberDef::new(c"__builtins__", T_OBJECT, offset_of!(Function, func_builtins), READONLY),
    MemberDef::SENTINEL,
];

pub static GETSET: &[GetSetDef] = &[
    GetSetDef::getset(c"__code__", get_code, set_code),
    GetSetDef::getset(c"__defaults__", get_defaults, set_defaults),
    GetSetDef::getset(c"__kwdefaults__", get_kwdefaults, set_kwdefaults),
    GetSetDef::getset(c"__annotations__", get_annotations, set_annotations)
        .doc(c"Dict of annotations in a function object."),
    GetSetDef::getset(c"__annotate__", get_annotate, set_annotate)
        .doc(c"Get the code object for a function."),
    GetSetDef::getset(c"__dict__", get_dict, set_dict),
    GetSetDef::getset(c"__name__", get_name, set_name),
    GetSetDef::getset(c"__qualname__", get_qualname, set_qualname),
    GetSetDef::getset(c"__module__", get_module, set_module),
    GetSetDef::getset(c"__type_params__", get_type_params, set_type_params)
        .doc(c"Get the declared type parameters for a function."),
    GetSetDef::SENTINEL,
];

fn or_none<T: Typed>(slot: &Slot<T>) -> Result {
    Ok(slot.get().map_or_else(|| none().to_ref(), Ref::into_object))
}

extern "C" fn get_code(object: &Object, _: *mut c_void) -> Result {
    or_none(&object.expect::<Function>().func_code)
}

extern "C" fn set_code(object: &Object, value: Option<&Object>, _: *mut c_void) -> c_int {
    unit_result((|| {
        let function = object.expect::<Function>();
        let Some(code) = value.and_then(|v| v.downcast::<CodeObject>()) else {
            return Err(type_error("__code__ must be set to a code object"));
        };
        let (free, closure) =
            (code.co_nfreevars.get() as usize, function.func_closure.get().map_or(0, |c| c.len()));
        if free != closure {
            let name = function.func_name.get().map_or_else(String::new, |n| n.to_string_lossy());
            return Err(value_error(format!(
                "{name}() requires a code object with {closure} free vars, not {free}"
            )));
        }
        function.changed();
        function.func_code.set(Some(Ref::from_borrowed(code)));
        Ok(())
    })())
}

extern "C" fn get_defaults(object: &Object, _: *mut c_void) -> Result {
    or_none(&object.expect::<Function>().func_defaults)
}

/// A value of the type, or nothing for None and deletion.
fn typed_or_none<T: Typed>(value: Option<&Object>, message: &str) -> Result<Option<Ref<T>>> {
    match value {
        Some(value) if !value.is_none() => match value.downcast::<T>() {
            Some(typed) => Ok(Some(Ref::from_borrowed(typed))),
            None => Err(type_error(message)),
        },
        _ => Ok(None),
    }
}

extern "C" fn set_defaults(object: &Object, value: Option<&Object>, _: *mut c_void) -> c_int {
    unit_result((|| {
        let value = typed_or_none::<Tuple>(value, "__defaults__ must be set to a tuple object")?;
        let function = object.expect::<Function>();
        function.changed();
        function.func_defaults.set(value);
        Ok(())
    })())
}

extern "C" fn get_kwdefaults(object: &Object, _: *mut c_void) -> Result {
    or_none(&object.expect::<Function>().func_kwdefaults)
}

extern "C" fn set_kwdefaults(object: &Object, value: Option<&Object>, _: *mut c_void) -> c_int {
    unit_result((|| {
        let value = typed_or_none::<Dict>(value, "__kwdefaults__ must be set to a dict object")?;
        let function = object.expect::<Function>();
        function.changed();
        function.func_kwdefaults.set(value);
        Ok(())
    })())
}

/// The annotations as a dict, evaluated or converted at first use.
pub fn annotations(function: &Function) -> Result<Ref<Dict>> {
    if let Some(found) = function.func_annotations.get() {
        if let Some(dict) = found.downcast::<Dict>() {
            return Ok(Ref::from_borrowed(dict));
        }
        let dict = Dict::new();
        for pair in found.downcast::<Tuple>().map_or(&[][..], Tuple::as_objects).chunks(2) {
            if let [name, value] = pair {
                dict.set(name, value)?;
            }
        }
        function.func_annotations.set(Some(dict.clone().into_object()));
        return Ok(dict);
    }
    let dict = match function.func_annotate.get().filter(|a| a.is_callable()) {
        None => Dict::new(),
        Some(annotate) => match annotate.call(&[&Int::from_i64(1)])?.downcast_into::<Dict>() {
            Ok(dict) => dict,
            Err(other) => {
                return Err(type_error(format!(
                    "__annotate__ returned non-dict of type '{}'",
                    other.type_name()
                )));
            }
        },
    };
    function.func_annotations.set(Some(dict.clone().into_object()));
    Ok(dict)
}

extern "C" fn get_annotations(object: &Object, _: *mut c_void) -> Result {
    Ok(annotations(object.expect::<Function>())?.into_object())
}

extern "C" fn set_annotations(object: &Object, value: Option<&Object>, _: *mut c_void) -> c_int {
    unit_result((|| {
        let value = typed_or_none::<Dict>(value, "__annotations__ must be set to a dict object")?;
        let function = object.expect::<Function>();
        function.changed();
        function.func_annotations.set(value.map(Ref::into_object));
        function.func_annotate.set(None);
        Ok(())
    })())
}

extern "C" fn get_annotate(object: &Object, _: *mut c_void) -> Result {
    or_none(&object.expect::<Function>().func_annotate)
}

extern "C" fn set_annotate(object: &Object, value: Option<&Object>, _: *mut c_void) -> c_int {
    unit_result((|| {
        let Some(value) = value else { return Err(type_error("__annotate__ cannot be deleted")) };
        let function = object.expect::<Function>();
        if value.is_none() {
            function.changed();
            function.func_annotate.set(Some(value.to_ref()));
            return Ok(());
        }
        if !value.is_callable() {
            return Err(type_error("__annotate__ must be callable or None"));
        }
        function.changed();
        function.func_annotate.set(Some(value.to_ref()));
        function.func_annotations.set(None);
        Ok(())
    })())
}

extern "C" fn get_dict(object: &Object, _: *mut c_void) -> Result {
    let function = object.expect::<Function>();
    if function.func_dict.is_empty() {
        function.func_dict.set(Some(Dict::new()));
    }
    or_none(&function.func_dict)
}

extern "C" fn set_dict(object: &Object, value: Option<&Object>, _: *mut c_void) -> c_int {
    unit_result(match value.map(|v| (v, v.downcast::<Dict>())) {
        None => Err(type_error("cannot delete __dict__")),
        Some((value, None)) => {
            Err(type_error(format!("__dict__ must be set to a dictionary, not a '{}'", value.type_name())))
        }
        Some((_, Some(dict))) => {
            object.expect::<Function>().func_dict.set(Some(Ref::from_borrowed(dict)));
            Ok(())
        }
    })
}

/// A string for a name attribute.
pub fn name_value(value: Option<&Object>, attribute: &str) -> Result<Ref<Str>> {
    match value.and_then(|v| v.downcast::<Str>()) {
        Some(text) => Ok(Ref::from_borrowed(text)),
        None => Err(type_error(format!("{attribute} must be set to a string object"))),
    }
}

extern "C" fn get_name(object: &Object, _: *mut c_void) -> Result {
    or_none(&object.expect::<Function>().func_name)
}

extern "C" fn set_name(object: &Object, value: Option<&Object>, _: *mut c_void) -> c_int {
    unit_result(name_value(value, "__name__").map(|n| object.expect::<Function>().func_name.set(Some(n))))
}

extern "C" fn get_qualname(object: &Object, _: *mut c_void) -> Result {
    or_none(&object.expect::<Function>().func_qualname)
}

extern "C" fn set_qualname(object: &Object, value: Option<&Object>, _: *mut c_void) -> c_int {
    unit_result(
        name_value(value, "__qualname__").map(|n| object.expect::<Function>().func_qualname.set(Some(n))),
    )
}

extern "C" fn get_module(object: &Object, _: *mut c_void) -> Result {
    or_none(&object.expect::<Function>().func_module)
}

extern "C" fn set_module(object: &Object, value: Option<&Object>, _: *mut c_void) -> c_int {
    object.expect::<Function>().func_module.set(value.map(Object::to_ref));
    0
}

extern "C" fn get_type_params(object: &Object, _: *mut c_void) -> Result {
    let params = object.expect::<Function>().func_typeparams.get();
    Ok(params.unwrap_or_else(|| Tuple::empty().to_ref()))
}

extern "C" fn set_type_params(object: &Object, value: Option<&Object>, _: *mut c_void) -> c_int {
    unit_result(match value.filter(|v| v.downcast::<Tuple>().is_some()) {
        None => Err(type_error("__type_params__ must be set to a tuple")),
        Some(params) => {
            object.expect::<Function>().func_typeparams.set(Some(params.to_ref()));
            Ok(())
        }
    })
}

fn argument<T: Typed>(value: &Object, name: &str, expected: &str) -> Result<Ref<T>> {
    match value.downcast::<T>() {
        Some(typed) => Ok(Ref::from_borrowed(typed)),
        None => Err(type_error(format!(
            "function() argument '{name}' must be {expected}, not {}",
            if value.is_none() { "None" } else { value.type_name() }
        ))),
    }
}

pub extern "C" fn new(_ty: &TypeObject, args: &Tuple, kwargs: Option<&Object>) -> Result {
    let params = ["code", "globals", "name", "argdefs", "closure", "kwdefaults"];
    let kwargs = kwargs.and_then(|k| k.downcast::<Dict>());
    let values = parse_init("function", &params, 2, args, kwargs)?;
    let value = |i: usize| values[i].as_deref();
    let code = argument::<CodeObject>(value(0).unwrap_or(none()), "code", "code")?;
    let globals = argument::<Dict>(value(1).unwrap_or(none()), "globals", "dict")?;
    let name = typed_or_none::<Str>(value(2), "arg 3 (name) must be None or string")?;
    let defaults = typed_or_none::<Tuple>(value(3), "arg 4 (defaults) must be None or tuple")?;
    let free = code.co_nfreevars.get() as usize;
    let closure = match value(4).filter(|c| !c.is_none()) {
        None if free > 0 => return Err(type_error("arg 5 (closure) must be tuple")),
        None => None,
        Some(closure) => match closure.downcast::<Tuple>() {
            Some(tuple) => Some(Ref::from_borrowed(tuple)),
            None if free > 0 => return Err(type_error("arg 5 (closure) must be tuple")),
            None => return Err(type_error("arg 5 (closure) must be None or tuple")),
        },
    };
    let kwdefaults = typed_or_none::<Dict>(value(5), "arg 6 (kwdefaults) must be None or dict")?;
    let given = closure.as_ref().map_or(0, |c| c.len());
    if given != free {
        let name = code.name_str().to_string_lossy();
        return Err(value_error(format!("{name} requires closure of length {free}, not {given}")));
    }
    let cells = closure.as_deref().map_or(&[][..], Tuple::as_objects);
    if let Some(bad) = cells.iter().find(|c| c.downcast::<PyCell>().is_none()) {
        return Err(type_error(format!("arg 5 (closure) expected cell, found {}", bad.type_name())));
    }
    let function = Function::new(&code, &globals);
    if let Some(name) = name {
        function.func_name.set(Some(name));
    }
    function.func_defaults.set(defaults);
    function.func_closure.set(closure);
    function.func_kwdefaults.set(kwdefaults);
    Ok(function.into_object())
}
