//! What Python sees of code objects: attributes, comparison, `replace`. CPython: `Objects/codeobject.c`.

use crate::code::CodeObject;
use crate::code_lines;
use crate::code_new::{self, Fields};
use core::ffi::{c_int, c_void};
use core::mem::offset_of;
use krait_bytecode::flags::*;
use krait_macros::pyfn;
use krait_object::args::Kwargs;
use krait_object::defs::member::{READONLY, T_INT, T_OBJECT};
use krait_object::errors::{type_error, value_error};
use krait_object::object::bool_object;
use krait_object::result::len_result;
use krait_object::{
    Bytes, CompareOp, GetSetDef, Int, MemberDef, MethodDef, Object, Raised, Ref, Result, Str, Tuple,
    not_implemented,
};

pub static METHODS: &[MethodDef] = &[
    sizeof::DEF,
    co_lines::DEF,
    co_branches::DEF,
    co_positions::DEF,
    replace::DEF,
    dunder_replace::DEF,
    varname_from_oparg::DEF,
    MethodDef::SENTINEL,
];

const fn int(name: &'static core::ffi::CStr, offset: usize) -> MemberDef {
    MemberDef::new(name, T_INT, offset, READONLY)
}

const fn object(name: &'static core::ffi::CStr, offset: usize) -> MemberDef {
    MemberDef::new(name, T_OBJECT, offset, READONLY)
}

pub static MEMBERS: &[MemberDef] = &[
    int(c"co_argcount", offset_of!(CodeObject, co_argcount)),
    int(c"co_posonlyargcount", offset_of!(CodeObject, co_posonlyargcount)),
    int(c"co_kwonlyargcount", offset_of!(CodeObject, co_kwonlyargcount)),
    int(c"co_stacksize", offset_of!(CodeObject, co_stacksize)),
    int(c"co_flags", offset_of!(CodeObject, co_flags)),
    object(c"co_names", offset_of!(CodeObject, co_names)),
    object(c"co_filename", offset_of!(CodeObject, co_filename)),
    object(c"co_name", offset_of!(CodeObject, co_name)),
    object(c"co_qualname", offset_of!(CodeObject, co_qualname)),
    int(c"co_firstlineno", offset_of!(CodeObject, co_firstlineno)),
    object(c"co_linetable", offset_of!(CodeObject, co_linetable)),
    object(c"co_exceptiontable", offset_of!(CodeObject, co_exceptiontable)),
    object(c"co_consts", offset_of!(CodeObject, co_consts)),
    int(c"co_nlocals", offset_of!(CodeObject, co_nlocals)),
    MemberDef::SENTINEL,
];

pub static GETSET: &[GetSetDef] = &[
    GetSetDef::getter(c"co_lnotab", get_lnotab),
    GetSetDef::getter(c"_co_code_adaptive", get_adaptive),
    GetSetDef::getter(c"co_varnames", get_varnames),
    GetSetDef::getter(c"co_cellvars", get_cellvars),
    GetSetDef::getter(c"co_freevars", get_freevars),
    GetSetDef::getter(c"co_code", get_code),
    GetSetDef::SENTINEL,
];

extern "C" fn get_varnames(object: &Object, _: *mut c_void) -> Result {
    Ok(object.expect::<CodeObject>().varnames().into_object())
}

extern "C" fn get_cellvars(object: &Object, _: *mut c_void) -> Result {
    Ok(object.expect::<CodeObject>().cellvars().into_object())
}

extern "C" fn get_freevars(object: &Object, _: *mut c_void) -> Result {
    Ok(object.expect::<CodeObject>().freevars().into_object())
}

extern "C" fn get_code(object: &Object, _: *mut c_void) -> Result {
    Ok(object.expect::<CodeObject>().code_bytes().into_object())
}

extern "C" fn get_adaptive(object: &Object, _: *mut c_void) -> Result {
    let units = object.expect::<CodeObject>().adaptive();
    let bytes: Vec<u8> = units.iter().flat_map(|u| u.to_le_bytes()).collect();
    Ok(Bytes::new(&bytes).into_object())
}

extern "C" fn get_lnotab(object: &Object, _: *mut c_void) -> Result {
    krait_object::errors::warn(
        &krait_object::exceptions::PyExc_DeprecationWarning,
        "co_lnotab is deprecated, use co_lines instead.",
        1,
    )?;
    Ok(Bytes::new(&code_lines::lnotab(object.expect::<CodeObject>())).into_object())
}

pub extern "C" fn repr(object: &Object) -> Result {
    let code = object.expect::<CodeObject>();
    let line = match code.co_firstlineno.get() {
        0 => -1,
        line => line,
    };
    let (name, file) = (code.name_str().to_string_lossy(), code.filename_str().to_string_lossy());
    Ok(Str::new(&format!("<code object {name} at {object:p}, file \"{file}\", line {line}>")).into_object())
}

pub extern "C" fn richcompare(a: &Object, b: &Object, op: c_int) -> Result {
    let op = CompareOp::from_int(op);
    let (CompareOp::Eq | CompareOp::Ne, Some(x), Some(y)) =
        (op, a.downcast::<CodeObject>(), b.downcast::<CodeObject>())
    else {
        return Ok(not_implemented().to_ref());
    };
    Ok(bool_object(equal(x, y)? == (op == CompareOp::Eq)).to_ref())
}

fn equal(x: &CodeObject, y: &CodeObject) -> Result<bool> {
    if core::ptr::eq(x, y) {
        return Ok(true);
    }
    let numbers = |c: &CodeObject| {
        [&c.co_argcount, &c.co_posonlyargcount, &c.co_kwonlyargcount, &c.co_flags, &c.co_firstlineno]
            .map(|f| f.get())
    };
    Ok(x.name_str().eq(y.name_str())
        && numbers(x) == numbers(y)
        && x.units() == y.units()
        && x.deopted() == y.deopted()
        && same_consts(x.consts(), y.consts())?
        && Object::eq(x.names(), y.names())?
        && Object::eq(x.localsplus_names(), y.localsplus_names())?
        && x.line_table() == y.line_table()
        && x.exception_table() == y.exception_table())
}

/// Constants are the same when their types are, too (`1` and `1.0` differ).
fn same_consts(x: &Tuple, y: &Tuple) -> Result<bool> {
    if x.len() != y.len() {
        return Ok(false);
    }
    for (a, b) in x.as_objects().iter().zip(y.as_objects()) {
        if !core::ptr::eq(a.type_ptr(), b.type_ptr()) {
            return Ok(false);
        }
        let same = match (a.downcast::<Tuple>(), b.downcast::<Tuple>()) {
            (Some(a), Some(b)) => same_consts(a, b)?,
            _ => match (a.downcast::<krait_object::Float>(), b.downcast::<krait_object::Float>()) {
                (Some(a), Some(b)) => a.value().to_bits() == b.value().to_bits(),
                _ => a.eq(b)?,
            },
        };
        if !same {
            return Ok(false);
        }
    }
    Ok(true)
}

pub extern "C" fn hash(object: &Object) -> isize {
    len_result((|| {
        let code = object.expect::<CodeObject>();
        let mut value: u64 = 20_221_211;
        let mut mix = |h: isize| value = (value ^ h as u64).wrapping_mul(1_000_003);
        mix(code.name_str().hash());
        mix(Object::hash(code.consts())?);
        mix(Object::hash(code.names())?);
        mix(Object::hash(code.localsplus_names())?);
        mix(Object::hash(&Bytes::new(code.line_table()))?);
        mix(Object::hash(&Bytes::new(code.exception_table()))?);
        for field in [&code.co_argcount, &code.co_posonlyargcount, &code.co_kwonlyargcount, &code.co_flags] {
            mix(field.get() as isize);
        }
        mix(code.co_firstlineno.get() as isize);
        mix(code.units() as isize);
        code.deopted().chunks(2).for_each(|u| mix(isize::from(u[0]) << 8 | isize::from(u[1])));
        Ok(if value as isize == -1 { -2 } else { value as isize })
    })())
}

/// Size of the object in memory, in bytes.
#[pyfn("__sizeof__($self, /)")]
fn sizeof(code: &CodeObject) -> Result {
    let size = code.ty().tp_basicsize.get() as i64 + 2 * code.units() as i64;
    Ok(Int::from_i64(size).into_object())
}

/// Line ranges of the instructions.
#[pyfn("co_lines($self, /)", nosig)]
fn co_lines(code: &CodeObject) -> Result {
    Ok(code_lines::lines(code))
}

/// Ranges of the branch instructions.
#[pyfn("co_branches($self, /)", nosig)]
fn co_branches(code: &CodeObject) -> Result {
    Ok(code_lines::branches(code))
}

/// Source ranges of the instructions.
#[pyfn("co_positions($self, /)", nosig)]
fn co_positions(code: &CodeObject) -> Result {
    Ok(code_lines::positions(code))
}

/// Name of a local variable by index.
#[pyfn("_varname_from_oparg($self, /, oparg)")]
fn varname_from_oparg(code: &CodeObject, oparg: i32) -> Result {
    match usize::try_from(oparg).ok().and_then(|i| code.localsplus_names().get(i)) {
        Some(name) => Ok(name.to_ref()),
        None => Err(krait_object::errors::index_error("tuple index out of range")),
    }
}

/// Return a copy of the code object with new values for the specified fields.
#[pyfn("replace($self, /, **changes)")]
fn replace(code: &CodeObject, changes: Kwargs<'_>) -> Result {
    replaced(code, &changes)
}

/// The same as replace().
#[pyfn("__replace__($self, /, **changes)")]
fn dunder_replace(code: &CodeObject, changes: Kwargs<'_>) -> Result {
    replaced(code, &changes)
}

fn replaced(code: &CodeObject, changes: &Kwargs<'_>) -> Result {
    let mut fields = Fields::of(code);
    for (name, value) in changes.iter() {
        let name = name.to_string_lossy();
        let bad = |expected: &str| -> Raised {
            type_error(format!("replace() argument '{name}' must be {expected}, not {}", value.type_name()))
        };
        if let Some(number) = fields.int_field(&name) {
            *number = value.as_isize(false).and_then(code_new::to_int)?;
            if *number < 0 {
                return Err(value_error(format!("{name} must be a positive integer")));
            }
        } else if let Some(tuple) = fields.tuple_field(&name) {
            *tuple = Ref::from_borrowed(value.downcast::<Tuple>().ok_or_else(|| bad("tuple"))?);
        } else if let Some(text) = fields.str_field(&name) {
            *text = Ref::from_borrowed(value.downcast::<Str>().ok_or_else(|| bad("str"))?);
        } else if let Some(bytes) = fields.bytes_field(&name) {
            *bytes = Ref::from_borrowed(value.downcast::<Bytes>().ok_or_else(|| bad("bytes"))?);
        } else {
            return Err(type_error(format!("replace() got an unexpected keyword argument '{name}'")));
        }
    }
    Ok(fields.build()?.into_object())
}

/// Does the code make a generator, coroutine or asynchronous generator?
pub fn is_generator_like(flags: u32) -> bool {
    flags & (CO_GENERATOR | CO_COROUTINE | CO_ASYNC_GENERATOR) != 0
}
