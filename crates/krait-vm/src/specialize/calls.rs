//! Specialising calls.

use super::Site;
use crate::bind::is_simple;
use crate::eval::Regs;
use crate::function::{Function, is_plain};
use crate::run::vm_state;
use krait_bytecode::opcode::raw;
use krait_object::cfunction::CFunction;
use krait_object::defs::meth;
use krait_object::descriptors::method::MethodDescr;
use krait_object::method::Method;
use krait_object::typeobj::{PyType_Type, base, flags};
use krait_object::{Object, TypeObject, id};

const KEYWORDS: i32 = meth::FASTCALL | meth::KEYWORDS;
const CONVENTION: i32 =
    meth::VARARGS | meth::FASTCALL | meth::NOARGS | meth::O | meth::KEYWORDS | meth::METHOD;

#[cold]
pub fn call(r: Regs, arg: usize) {
    // SAFETY: specialisers are called with `ip` at the instruction.
    let site = unsafe { Site::new(r.ip) };
    let callable = r.object(arg + 2);
    let has_self = !r.peek(arg + 1).is_null();
    let count = arg + usize::from(has_self);
    let form = if let Some(function) = is_plain(callable) {
        function_form(site, function, count, raw::CALL_PY_EXACT_ARGS, raw::CALL_PY_GENERAL)
    } else if let Some(method) = callable.downcast_exact::<Method>().filter(|_| !has_self) {
        is_plain(method.function()).and_then(|function| {
            function_form(
                site,
                function,
                count + 1,
                raw::CALL_BOUND_METHOD_EXACT_ARGS,
                raw::CALL_BOUND_METHOD_GENERAL,
            )
        })
    } else if let Some(class) = callable.downcast::<TypeObject>() {
        class_form(site, class, count, has_self)
    } else if let Some(function) = callable.downcast_exact::<CFunction>() {
        native_form(function, count)
    } else if let Some(method) = callable.downcast_exact::<MethodDescr>() {
        descriptor_form(method, count)
    } else {
        None
    };
    site.become_form(form.unwrap_or_else(|| general(callable)));
}

/// The form for anything that is no Python function.
fn general(callable: &Object) -> u8 {
    let python = is_plain(callable).is_some()
        || callable.downcast_exact::<Method>().is_some_and(|m| is_plain(m.function()).is_some());
    if python { raw::CALL } else { raw::CALL_NON_PY_GENERAL }
}

fn function_form(site: Site, function: &Function, count: usize, exact: u8, general: u8) -> Option<u8> {
    let version = function.version();
    if version == 0 {
        return None;
    }
    site.set_u32(1, version);
    let code = function.code();
    let fits = is_simple(code) && code.co_argcount.get() as usize == count;
    Some(if fits { exact } else { general })
}

fn class_form(site: Site, class: &TypeObject, count: usize, has_self: bool) -> Option<u8> {
    let is = |ty: &TypeObject| core::ptr::eq(class, ty);
    if has_self {
        return None;
    }
    if count == 1 {
        if is(&PyType_Type) {
            return Some(raw::CALL_TYPE_1);
        }
        if is(&krait_object::str::PyUnicode_Type) {
            return Some(raw::CALL_STR_1);
        }
        if is(&krait_object::tuple::PyTuple_Type) {
            return Some(raw::CALL_TUPLE_1);
        }
    }
    if class.has_flag(flags::IMMUTABLETYPE) && class.tp_vectorcall.get().is_some() {
        return Some(raw::CALL_BUILTIN_CLASS);
    }
    init_form(site, class, count)
}

/// A class with `object`'s `__new__` and a Python `__init__` that takes just these arguments.
fn init_form(site: Site, class: &TypeObject, count: usize) -> Option<u8> {
    let heap = class.as_heap()?;
    let plain = core::ptr::eq(class.ty(), &PyType_Type)
        && base::is_object_new(class.tp_new.get())
        && !class.has_flag(flags::IS_ABSTRACT);
    if !plain {
        return None;
    }
    let version = class.assign_version();
    let init = class.lookup(id!("__init__"))?;
    let function = is_plain(&init)?;
    let code = function.code();
    if version == 0 || !is_simple(code) || code.co_argcount.get() as usize != count + 1 {
        return None;
    }
    let function_version = function.version();
    if function_version == 0 {
        return None;
    }
    // The version keeps the function in place; `TypeObject::modified` empties the cache.
    heap.spec_cache.init.set(init.as_raw());
    site.set_u32(1, version);
    Some(raw::CALL_ALLOC_AND_ENTER_INIT)
}

fn native_form(function: &CFunction, count: usize) -> Option<u8> {
    let builtins = || function.instance().is_some_and(|m| is_builtins(&m));
    match function.def().ml_flags & CONVENTION {
        meth::O if count == 1 => {
            let is_len = function.def().name() == "len" && builtins();
            if is_len {
                vm_state().len.set(Some(function.to_ref()));
            }
            Some(if is_len { raw::CALL_LEN } else { raw::CALL_BUILTIN_O })
        }
        meth::FASTCALL => {
            let is_isinstance = count == 2 && function.def().name() == "isinstance" && builtins();
            if is_isinstance {
                vm_state().isinstance.set(Some(function.to_ref()));
            }
            Some(if is_isinstance { raw::CALL_ISINSTANCE } else { raw::CALL_BUILTIN_FAST })
        }
        KEYWORDS => Some(raw::CALL_BUILTIN_FAST_WITH_KEYWORDS),
        _ => None,
    }
}

fn is_builtins(module: &Object) -> bool {
    let Some(module) = module.downcast::<krait_object::module::Module>() else { return false };
    let builtins = krait_object::interp::current().builtins.get();
    builtins.is_some_and(|b| module.dict().is(&b))
}

fn descriptor_form(method: &MethodDescr, count: usize) -> Option<u8> {
    if count == 0 {
        return None;
    }
    match method.def().ml_flags & CONVENTION {
        meth::NOARGS if count == 1 => Some(raw::CALL_METHOD_DESCRIPTOR_NOARGS),
        meth::O if count == 2 => {
            let list = core::ptr::eq(method.owner(), &krait_object::list::PyList_Type);
            let append = list && method.def().name() == "append";
            if append {
                vm_state().list_append.set(Some(method.to_ref()));
            }
            Some(if append { raw::CALL_LIST_APPEND } else { raw::CALL_METHOD_DESCRIPTOR_O })
        }
        meth::FASTCALL => Some(raw::CALL_METHOD_DESCRIPTOR_FAST),
        KEYWORDS => Some(raw::CALL_METHOD_DESCRIPTOR_FAST_WITH_KEYWORDS),
        _ => None,
    }
}
