//! Calls.
//!
//! The stack holds the callable, then `self` or null, then the arguments. Python functions get their frame here and are
//! entered by the loop; everything else is called through the vectorcall protocol.

use crate::bind::frame_from_stack;
use crate::eval::Regs;
use crate::frame::Frame;
use crate::function::is_plain;
use crate::ops::{Enter, STAY};
use crate::stackref::StackRef;
use core::mem::{ManuallyDrop, MaybeUninit};
use krait_object::errors::{self, type_error};
use krait_object::method::Method;
use krait_object::{Dict, Object, Raised, Ref, Result, Str, Tuple, exceptions as exc, id};

/// Arguments for which no memory is allocated.
const SMALL: usize = 10;

/// Calls `function` with the references as borrowed objects.
///
/// # Safety
/// `count` references that are not null lie at `args` and stay there during the call.
#[inline(always)]
pub unsafe fn with_objects<T>(
    args: *const StackRef,
    count: usize,
    function: impl FnOnce(&[&Object]) -> T,
) -> T {
    // SAFETY: the caller's promise; the buffer is written up to `count`.
    unsafe {
        if count <= SMALL {
            let mut buffer = [MaybeUninit::<&Object>::uninit(); SMALL];
            for (index, place) in buffer.iter_mut().enumerate().take(count) {
                place.write((*args.add(index)).object_unbound());
            }
            return function(core::slice::from_raw_parts(buffer.as_ptr().cast(), count));
        }
        let all: Vec<&Object> = (0..count).map(|i| (*args.add(i)).object_unbound()).collect();
        function(&all)
    }
}

/// Replaces a bound method by its function and instance.
///
/// # Safety
/// `base` is the place of the callable; the next one is null.
#[inline(always)]
pub unsafe fn unpack_method(base: *mut StackRef) {
    // SAFETY: the caller's promise; new references are made before the method goes.
    unsafe {
        if let Some(method) = (*base).object().downcast_exact::<Method>() {
            let function = StackRef::new(method.function());
            *base.add(1) = StackRef::new(method.instance());
            drop(core::ptr::replace(base, function));
        }
    }
}

/// Where the callable lies, where the arguments begin (with `self`, if any) and how many they are.
///
/// # Safety
/// The stack has a callable, `self` or null, and `arg` arguments, with `above` values on top.
#[inline(always)]
unsafe fn operands(r: &Regs, arg: usize, above: usize) -> (*mut StackRef, *mut StackRef, usize) {
    // SAFETY: the caller's promise.
    unsafe {
        let base = r.sp.sub(arg + 2 + above);
        if (*base.add(1)).is_null() {
            unpack_method(base);
        }
        let has_self = !(*base.add(1)).is_null();
        (base, base.add(2 - usize::from(has_self)), arg + usize::from(has_self))
    }
}

/// `CALL`.
#[inline(always)]
pub fn call(r: &mut Regs, arg: usize) -> Enter {
    // SAFETY: the instruction's operands; those that are given away are taken off the stack first.
    unsafe {
        let (base, args, count) = operands(r, arg, 0);
        if is_plain((*base).object()).is_some() {
            r.sp = base;
            r.save_return(1 + 3);
            return frame_from_stack(r.ts, base.read(), None, args, count, None);
        }
        let result = with_objects(args, count, |args| (*base).object().vectorcall(args, None));
        finish(r, arg + 2, result)
    }
}

/// Takes the operands off and pushes the result.
#[inline(always)]
pub fn finish(r: &mut Regs, operands: usize, result: Result) -> Enter {
    r.drop_top(operands);
    r.push_ref(result?);
    Ok(STAY)
}

/// `CALL_KW`: as `CALL` with the names of the keyword arguments on top.
#[inline(always)]
pub fn call_kw(r: &mut Regs, arg: usize) -> Enter {
    // SAFETY: as for `call`.
    unsafe {
        let (base, args, count) = operands(r, arg, 1);
        let names = r.object(1).cast::<Tuple>();
        if is_plain((*base).object()).is_some() {
            let names = r.pop();
            let names = names.object().cast::<Tuple>();
            r.sp = base;
            r.save_return(1 + 3);
            let positional = count - names.len();
            return frame_from_stack(r.ts, base.read(), None, args, positional, Some(names));
        }
        let result = with_objects(args, count, |args| (*base).object().vectorcall(args, Some(names)));
        finish(r, arg + 3, result)
    }
}

/// `CALL_FUNCTION_EX`: `function(*args, **kwargs)`.
pub fn call_function_ex(r: &mut Regs) -> Enter {
    let (kwargs, args, null, function) = (r.pop(), r.pop(), r.pop(), r.pop());
    drop(null);
    let args = match args.object().downcast_exact::<Tuple>() {
        Some(tuple) => Ref::from_borrowed(tuple),
        None => star_arguments(function.object(), args.object())?,
    };
    let kwargs = kwargs.into_ref_opt();
    let kwargs = kwargs.as_ref().and_then(|k| k.downcast::<Dict>());
    if is_plain(function.object()).is_some() {
        r.save_return(1);
        return enter_with_tuple(*r, function, &args, kwargs);
    }
    let result = function.object().call_dict(&args, kwargs)?;
    r.push_ref(result);
    Ok(STAY)
}

/// A frame for a plain function from a tuple and a dict (`_PyEvalFramePushAndInit_Ex`).
fn enter_with_tuple(r: Regs, function: StackRef, args: &Tuple, kwargs: Option<&Dict>) -> Enter {
    let mut values: Vec<ManuallyDrop<StackRef>> =
        args.as_slice().iter().map(|a| ManuallyDrop::new(StackRef::new(a))).collect();
    let mut names = Vec::new();
    let items = kwargs.map_or_else(Vec::new, Dict::items);
    if items.iter().any(|(name, _)| name.downcast::<Str>().is_none()) {
        values.into_iter().for_each(|v| drop(ManuallyDrop::into_inner(v)));
        return Err(type_error("keywords must be strings"));
    }
    for (name, value) in items {
        names.push(name);
        values.push(ManuallyDrop::new(StackRef::owned(value)));
    }
    let names = (!names.is_empty()).then(|| Tuple::from_vec(names));
    // SAFETY: the values are given away: the vector forgets them.
    unsafe { frame_from_stack(r.ts, function, None, values.as_ptr().cast(), args.len(), names.as_deref()) }
}

/// How messages name a callable: "module.qualname()" (`_PyObject_FunctionStr`).
pub fn function_str(function: &Object) -> Result<String> {
    let Some(qualname) = function.get_attr_opt(id!("__qualname__"))? else {
        return Ok(function.str()?.to_string_lossy());
    };
    let qualname = qualname.str()?;
    if let Some(module) = function.get_attr_opt(id!("__module__"))? {
        let builtin = module.downcast::<Str>().is_some_and(|m| m.eq_str("builtins"));
        if !module.is_none() && !builtin {
            return Ok(format!("{}.{qualname}()", module.str()?));
        }
    }
    Ok(format!("{qualname}()"))
}

#[cold]
fn star_arguments(function: &Object, args: &Object) -> Result<Ref<Tuple>> {
    if args.ty().tp_iter.get().is_none() && !args.is_sequence() {
        return Err(type_error(format!(
            "{} argument after * must be an iterable, not {}",
            function_str(function)?,
            args.type_name()
        )));
    }
    args.to_tuple()
}

/// `DICT_MERGE`: keyword arguments of a call, which may not repeat.
pub fn dict_merge(r: &mut Regs, arg: usize) -> Result<()> {
    let update = r.pop();
    let Some(dict) = r.object(arg).downcast::<Dict>() else {
        return Err(errors::system_error("DICT_MERGE without a dict"));
    };
    merge_keywords(r.object(arg + 3), dict, update.object())
}

#[inline(never)]
fn merge_keywords(function: &Object, dict: &Dict, update: &Object) -> Result<()> {
    if let Some(source) = update.downcast_exact::<Dict>() {
        for (key, value) in source.items() {
            merge_one(function, dict, &key, &value)?;
        }
        return Ok(());
    }
    let keys = match update.get_attr_opt(id!("keys"))? {
        Some(keys) => match keys.call(&[]) {
            Err(_) if errors::matches(&exc::PyExc_AttributeError) => {
                return Err(not_a_mapping(function, update)?);
            }
            other => other?,
        },
        None => return Err(not_a_mapping(function, update)?),
    };
    keys.for_each(|key| {
        let value = update.get_item(&key)?;
        merge_one(function, dict, &key, &value)
    })
}

#[cold]
fn not_a_mapping(function: &Object, update: &Object) -> Result<Raised> {
    errors::clear();
    Ok(type_error(format!(
        "{} argument after ** must be a mapping, not {}",
        function_str(function)?,
        update.type_name()
    )))
}

fn merge_one(function: &Object, dict: &Dict, key: &Object, value: &Object) -> Result<()> {
    if !dict.contains(key)? {
        return dict.set(key, value);
    }
    match key.downcast::<Str>() {
        None => Err(type_error("keywords must be strings")),
        Some(name) => Err(type_error(format!(
            "{} got multiple values for keyword argument '{name}'",
            function_str(function)?
        ))),
    }
}

/// Result check after a constructor's `__init__` ran in its own frame.
#[inline(always)]
pub fn exit_init_check(r: &mut Regs) -> Result<()> {
    let result = r.pop();
    if result.object().is_none() {
        return Ok(());
    }
    Err(bad_init_result(result.object()))
}

#[cold]
fn bad_init_result(result: &Object) -> Raised {
    type_error(format!("__init__() should return None, not '{}'", result.type_name()))
}

/// A frame that is not entered after all.
///
/// # Safety
/// The frame was made by `frame_from_stack` and is the topmost of the data stack.
#[cold]
pub unsafe fn discard(r: &Regs, frame: *mut Frame) {
    // SAFETY: the caller's promise.
    unsafe { crate::frame::clear_and_pop(r.ts, frame) }
}
