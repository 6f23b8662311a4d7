//! Default pickling and copying: `object.__reduce_ex__`, `__getstate__`. CPython: `Objects/typeobject.c`.

use super::PyBaseObject_Type;
use super::TypeObject;
use super::flags;
use crate::cfunction::CFunction;
use crate::dict::instance;
use crate::errors::{import_error, type_error, value_error};
use crate::object::{Object, none};
use crate::reference::Ref;
use crate::result::Result;
use crate::tuple::Tuple;
use crate::{Dict, Int, List, Str, id, interp};
use krait_macros::pyfn;

fn copyreg() -> Result {
    match interp::current().hooks.import_module.get() {
        Some(import) => import("copyreg"),
        None => Err(import_error("copyreg")),
    }
}

/// Helper for pickle.
#[pyfn("__reduce_ex__($self, protocol, /)")]
pub fn reduce_ex(object: &Object, protocol: i32) -> Result {
    if let Some(reduce) = object.get_attr_opt(id!("__reduce__"))? {
        let of_class = object.ty().get_attr(id!("__reduce__"))?;
        let of_object = PyBaseObject_Type.dict().and_then(|d| d.get_str(id!("__reduce__")));
        if !of_object.is_some_and(|o| o.is(&of_class)) {
            return reduce.call(&[]);
        }
    }
    common_reduce(object, protocol)
}

/// Helper for pickle.
#[pyfn("__reduce__($self, /)")]
pub fn reduce_method(object: &Object) -> Result {
    common_reduce(object, 0)
}

fn common_reduce(object: &Object, protocol: i32) -> Result {
    if protocol >= 2 {
        return reduce_newobj(object);
    }
    copyreg()?.call_method(id!("_reduce_ex"), &[object, &Int::from_i64(i64::from(protocol))])
}

/// `copyreg.__newobj__`, its arguments, state, list items, dict items.
fn reduce_newobj(object: &Object) -> Result {
    let ty = object.ty();
    if ty.tp_new.get().is_none() {
        return Err(type_error(format!("cannot pickle '{}' object", ty.name())));
    }
    let (args, kwargs) = new_arguments(object)?;
    let copyreg = copyreg()?;
    let has_args = args.is_some();
    let kwargs = kwargs.filter(|k| !k.is_empty());
    let (function, arguments) = match (args, kwargs) {
        (args, None) => {
            let mut all = vec![ty.to_ref()];
            if let Some(args) = args {
                all.extend_from_slice(args.as_slice());
            }
            (copyreg.get_attr(id!("__newobj__"))?, Tuple::from_vec(all))
        }
        (args, Some(kwargs)) => {
            let args = args.unwrap_or_else(|| Ref::from_borrowed(Tuple::empty()));
            let all = vec![ty.to_ref(), args.into_object(), kwargs.into_object()];
            (copyreg.get_attr(id!("__newobj_ex__"))?, Tuple::from_vec(all))
        }
    };
    let is_list = object.downcast::<List>().is_some();
    let is_dict = object.downcast::<Dict>().is_some();
    let state = state_of(object, !(has_args || is_list || is_dict))?;
    let list_items = if is_list { object.iter()? } else { none().to_ref() };
    let dict_items = if is_dict { object.call_method(id!("items"), &[])?.iter()? } else { none().to_ref() };
    Ok(Tuple::from_vec(vec![function, arguments.into_object(), state, list_items, dict_items]).into_object())
}

type NewArguments = (Option<Ref<Tuple>>, Option<Ref<Dict>>);

/// What `__getnewargs_ex__` or `__getnewargs__` say (`_PyObject_GetNewArguments`).
fn new_arguments(object: &Object) -> Result<NewArguments> {
    if let Some(method) = object.lookup_special(id!("__getnewargs_ex__"))? {
        let value = method.call(&[])?;
        let Some(pair) = value.downcast::<Tuple>() else {
            return Err(type_error(format!(
                "__getnewargs_ex__ should return a tuple, not '{}'",
                value.type_name()
            )));
        };
        let [args, kwargs] = pair.as_slice() else {
            return Err(value_error(format!(
                "__getnewargs_ex__ should return a tuple of length 2, not {}",
                pair.len()
            )));
        };
        let args = args.clone().downcast_into::<Tuple>().map_err(|other| {
            type_error(format!(
                "first item of the tuple returned by __getnewargs_ex__ must be a tuple, not '{}'",
                other.type_name()
            ))
        })?;
        let kwargs = kwargs.clone().downcast_into::<Dict>().map_err(|other| {
            type_error(format!(
                "second item of the tuple returned by __getnewargs_ex__ must be a dict, not '{}'",
                other.type_name()
            ))
        })?;
        return Ok((Some(args), Some(kwargs)));
    }
    let Some(method) = object.lookup_special(id!("__getnewargs__"))? else { return Ok((None, None)) };
    let args = method.call(&[])?.downcast_into::<Tuple>().map_err(|other| {
        type_error(format!("__getnewargs__ should return a tuple, not '{}'", other.type_name()))
    })?;
    Ok((Some(args), None))
}

/// Helper for pickle.
#[pyfn("__getstate__($self, /)")]
pub fn getstate(object: &Object) -> Result {
    default_state(object, false)
}

/// `__getstate__()`; the default one also refuses, if `required`, layouts that it would not save.
fn state_of(object: &Object, required: bool) -> Result {
    let method = object.get_attr(id!("__getstate__"))?;
    if let Some(function) = method.downcast_exact::<CFunction>() {
        let default = PyBaseObject_Type.dict().and_then(|d| d.get_str(id!("__getstate__")));
        let def = default.as_ref().and_then(|d| crate::descriptors::method::def_of(d));
        if def.is_some_and(|d| core::ptr::eq(d, function.def()))
            && function.instance().is_some_and(|i| i.is(object))
        {
            return default_state(object, required);
        }
    }
    method.call(&[])
}

fn default_state(object: &Object, required: bool) -> Result {
    let ty = object.ty();
    if required && ty.tp_itemsize.get() != 0 {
        return Err(type_error(format!("cannot pickle {} objects", ty.name())));
    }
    let mut state = if instance::instance_is_empty(object) {
        none().to_ref()
    } else {
        match object.instance_dict()? {
            Some(dict) => dict.into_object(),
            None => none().to_ref(),
        }
    };
    let names = slot_names(ty)?;
    let names = names.downcast::<List>().map_or_else(Vec::new, List::to_vec);
    if required {
        let word = size_of::<usize>() as isize;
        let mut size = size_of::<Object>() as isize + names.len() as isize * word;
        if ty.tp_dictoffset.get() != 0 && !ty.has_flag(flags::MANAGED_DICT) {
            size += word;
        }
        if ty.tp_weaklistoffset.get() > 0 {
            size += word;
        }
        if ty.tp_basicsize.get() > size {
            return Err(type_error(format!("cannot pickle '{}' object", ty.name())));
        }
    }
    if !names.is_empty() {
        let slots = Dict::new();
        for name in names {
            let Some(name) = name.downcast::<Str>() else { continue };
            if let Some(value) = object.get_attr_opt(name)? {
                slots.set(name, &value)?;
            }
        }
        if !slots.is_empty() {
            state = Tuple::from_vec(vec![state, slots.into_object()]).into_object();
        }
    }
    Ok(state)
}

/// The names of the class' slots, by `copyreg._slotnames`, which caches them in the class.
fn slot_names(ty: &TypeObject) -> Result {
    let cached = ty.dict().and_then(|d| d.get_str(id!("__slotnames__")));
    if let Some(names) = cached {
        if names.is_none() || names.downcast::<List>().is_some() {
            return Ok(names);
        }
        return Err(type_error(format!(
            "{}.__slotnames__ should be a list or None, not {}",
            ty.name(),
            names.type_name()
        )));
    }
    let names = copyreg()?.call_method(id!("_slotnames"), &[ty])?;
    if names.is_none() || names.downcast::<List>().is_some() {
        return Ok(names);
    }
    Err(type_error("copyreg._slotnames didn't return a list or None"))
}
