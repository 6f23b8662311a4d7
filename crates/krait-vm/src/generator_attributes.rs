//! Methods and attributes of generators and coroutines. CPython: `Objects/genobject.c`.

use crate::function_attributes::name_value;
use crate::generator::{Generator, as_generator, state};
use core::ffi::{CStr, c_int, c_void};
use core::mem::offset_of;
use krait_macros::pyfn;
use krait_object::args::{Args, check_positional};
use krait_object::defs::member::{READONLY, T_OBJECT};
use krait_object::generic_alias::GenericAlias;
use krait_object::object::bool_object;
use krait_object::result::unit_result;
use krait_object::slots::GetterFn;
use krait_object::{
    GetSetDef, Int, MemberDef, MethodDef, Object, Ref, Result, Str, TypeObject, errors, none,
};

pub static GENERATOR_METHODS: &[MethodDef] =
    &[send::DEF, throw::DEF, close::DEF, sizeof::DEF, class_getitem::DEF, MethodDef::SENTINEL];
pub static COROUTINE_METHODS: &[MethodDef] = GENERATOR_METHODS;
pub static COROUTINE_MEMBERS: &[MemberDef] = &[
    MemberDef::new(c"cr_origin", T_OBJECT, offset_of!(Generator, gi_origin_or_finalizer), READONLY),
    MemberDef::SENTINEL,
];

macro_rules! getset {
    ($name:ident, $yield_from:literal, $running:expr, $frame:literal, $suspended:literal, $code:literal) => {
        pub static $name: &[GetSetDef] = &[
            GetSetDef::getset(c"__name__", get_name, set_name).doc(c"name of the generator"),
            GetSetDef::getset(c"__qualname__", get_qualname, set_qualname)
                .doc(c"qualified name of the generator"),
            getter($yield_from, get_yield_from),
            getter($frame, get_frame),
            getter($suspended, get_suspended),
            getter($code, get_code),
            $running,
            GetSetDef::SENTINEL,
        ];
    };
}

const fn getter(name: &'static CStr, get: GetterFn) -> GetSetDef {
    GetSetDef::getter(name, get)
}

getset!(
    GENERATOR_GETSET,
    c"gi_yieldfrom",
    getter(c"gi_running", get_running),
    c"gi_frame",
    c"gi_suspended",
    c"gi_code"
);
getset!(
    COROUTINE_GETSET,
    c"cr_await",
    getter(c"cr_running", get_running),
    c"cr_frame",
    c"cr_suspended",
    c"cr_code"
);
getset!(ASYNC_GENERATOR_GETSET, c"ag_await", GetSetDef::SENTINEL, c"ag_frame", c"ag_suspended", c"ag_code");

pub extern "C" fn repr(object: &Object) -> Result {
    let this = as_generator(object);
    let name = this.gi_qualname.get().map_or_else(String::new, |n| n.to_string_lossy());
    Ok(Str::new(&format!("<{} object {name} at {object:p}>", object.type_name())).into_object())
}

extern "C" fn get_name(object: &Object, _: *mut c_void) -> Result {
    Ok(as_generator(object).gi_name.get().map_or_else(|| none().to_ref(), Ref::into_object))
}

extern "C" fn set_name(object: &Object, value: Option<&Object>, _: *mut c_void) -> c_int {
    unit_result(name_value(value, "__name__").map(|n| as_generator(object).gi_name.set(Some(n))))
}

extern "C" fn get_qualname(object: &Object, _: *mut c_void) -> Result {
    Ok(as_generator(object).gi_qualname.get().map_or_else(|| none().to_ref(), Ref::into_object))
}

extern "C" fn set_qualname(object: &Object, value: Option<&Object>, _: *mut c_void) -> c_int {
    unit_result(name_value(value, "__qualname__").map(|n| as_generator(object).gi_qualname.set(Some(n))))
}

extern "C" fn get_yield_from(object: &Object, _: *mut c_void) -> Result {
    Ok(as_generator(object).yield_from().unwrap_or_else(|| none().to_ref()))
}

extern "C" fn get_frame(object: &Object, _: *mut c_void) -> Result {
    let this = as_generator(object);
    if this.is_finished() {
        return Ok(none().to_ref());
    }
    // SAFETY: the state says that the frame is whole.
    Ok(unsafe { crate::frame_object::of_frame(this.frame()) }.into_object())
}

extern "C" fn get_suspended(object: &Object, _: *mut c_void) -> Result {
    Ok(bool_object(as_generator(object).is_suspended()).to_ref())
}

extern "C" fn get_running(object: &Object, _: *mut c_void) -> Result {
    Ok(bool_object(as_generator(object).gi_frame_state.get() == state::EXECUTING).to_ref())
}

extern "C" fn get_code(object: &Object, _: *mut c_void) -> Result {
    Ok(as_generator(object).code().to_ref())
}

/// send(value) -> send 'value' into generator/iterator,
/// return next yielded value or raise StopIteration.
#[pyfn("send($self, object, /)")]
fn send(generator: &Object, object: &Object) -> Result {
    as_generator(generator).send_method(Some(object))
}

/// close() -> raise GeneratorExit inside generator/iterator.
#[pyfn("close($self, /)")]
fn close(generator: &Object) -> Result {
    as_generator(generator).close()
}

/// The arguments of a `throw` method, with the warning about the old signature.
pub fn throw_arguments<'a>(
    args: &[&'a Object],
) -> Result<(&'a Object, Option<&'a Object>, Option<&'a Object>)> {
    check_positional("throw", args.len(), 1, 3)?;
    if args.len() > 1 {
        errors::warn(
            &krait_object::exceptions::PyExc_DeprecationWarning,
            "the (type, exc, tb) signature of throw() is deprecated, use the single-arg signature instead.",
            1,
        )?;
    }
    Ok((args[0], args.get(1).copied(), args.get(2).copied()))
}

/// throw(value)
/// throw(type[,value[,tb]])
///
/// Raise exception in generator, return next yielded value or raise
/// StopIteration.
/// the (type, val, tb) signature is deprecated,
/// and may be removed in a future version of Python.
#[pyfn("throw($self, *args)", nosig)]
fn throw(generator: &Object, args: Args<'_>) -> Result {
    let (ty, value, tb) = throw_arguments(args.as_slice())?;
    as_generator(generator).throw(true, ty, value, tb)
}

/// gen.__sizeof__() -> size of gen in memory, in bytes
#[pyfn("__sizeof__($self, /)")]
fn sizeof(generator: &Object) -> Result {
    let code = as_generator(generator).code();
    let slots = i64::from(code.co_nlocalsplus.get()) + i64::from(code.co_stacksize.get());
    Ok(Int::from_i64(generator.ty().tp_basicsize.get() as i64 + 8 * slots).into_object())
}

/// See PEP 585
#[pyfn("__class_getitem__($type, object, /)", class)]
pub fn class_getitem(class: &TypeObject, object: &Object) -> Result {
    Ok(GenericAlias::new(class, object).into_object())
}
