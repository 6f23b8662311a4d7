//! `member_descriptor`: a field of the instance's struct as an attribute, and the conversions of all `Py_T_*` kinds.
//! CPython: `Objects/descrobject.c`, `Python/structmember.c`.

use super::method::MEMBERS;
use super::{Descriptor, common, get_qualname, reduce_descriptor};
use crate::dealloc::dealloc_gc;
use crate::defs::member::*;
use crate::defs::{GetSetDef, MemberDef, MethodDef};
use crate::errors::{self, attribute_error, overflow_error, system_error, type_error};
use crate::exceptions::{PyExc_RuntimeWarning, raise_attribute_error};
use crate::object::{Object, bool_object, none};
use crate::reference::{Ref, Slot};
use crate::result::{Result, unit_result};
use crate::str::Str;
use crate::str::intern::intern_str;
use crate::typeobj::{TypeObject, flags};
use crate::{Float, Int, alloc};
use core::cell::Cell;
use core::ffi::{CStr, c_char, c_int, c_void};
use krait_macros::pyfn;

/// `PyMemberDescrObject`.
#[repr(C)]
pub struct MemberDescr {
    common: Descriptor,
    d_member: Cell<*const MemberDef>,
}

const _: () = assert!(size_of::<MemberDescr>() == 48);

crate::object_type!(MemberDescr, PyMemberDescr_Type);

static GETSET: &[GetSetDef] = &[
    GetSetDef::getter(c"__doc__", get_doc),
    GetSetDef::getter(c"__qualname__", get_qualname),
    GetSetDef::SENTINEL,
];

/// The type `member_descriptor`.
#[unsafe(no_mangle)]
pub static PyMemberDescr_Type: TypeObject = TypeObject::of::<MemberDescr>(c"member_descriptor")
    .flags(flags::HAVE_GC | flags::DISALLOW_INSTANTIATION)
    .tp_dealloc(dealloc_gc::<MemberDescr>)
    .tp_repr(repr)
    .tp_traverse(super::descriptor_traverse)
    .methods(&[reduce::DEF, MethodDef::SENTINEL])
    .members(MEMBERS)
    .getset(GETSET)
    .tp_descr_get(descr_get)
    .tp_descr_set(descr_set);

/// The descriptor of a member table's entry (`PyDescr_NewMember`). The entry lives as long as the type.
pub fn new(owner: &TypeObject, def: &MemberDef) -> Ref<MemberDescr> {
    alloc::new_tracked(MemberDescr {
        common: Descriptor::header(&PyMemberDescr_Type, owner, intern_str(name_of(def))),
        d_member: Cell::new(def),
    })
}

fn name_of(def: &MemberDef) -> &str {
    // SAFETY: names in member tables are C strings.
    unsafe { CStr::from_ptr(def.name) }.to_str().unwrap_or("?")
}

impl MemberDescr {
    /// The table entry.
    #[inline(always)]
    pub fn def(&self) -> &MemberDef {
        // SAFETY: the entry lives as long as the type, which the descriptor keeps alive.
        unsafe { &*self.d_member.get() }
    }
}

extern "C" fn repr(object: &Object) -> Result {
    common(object).describe("member")
}

extern "C" fn descr_get(object: &Object, instance: Option<&Object>, _owner: Option<&Object>) -> Result {
    let descr = object.expect::<MemberDescr>();
    let Some(instance) = instance else { return Ok(object.to_ref()) };
    descr.common.check(instance)?;
    // SAFETY: the instance is of the owner type, whose layout the entry describes.
    unsafe { get_one(instance, descr.def()) }
}

extern "C" fn descr_set(object: &Object, instance: &Object, value: Option<&Object>) -> c_int {
    let descr = object.expect::<MemberDescr>();
    // SAFETY: as for `descr_get`.
    unit_result(descr.common.check(instance).and_then(|()| unsafe { set_one(instance, descr.def(), value) }))
}

extern "C" fn get_doc(object: &Object, _: *mut c_void) -> Result {
    let doc = object.expect::<MemberDescr>().def().doc;
    if doc.is_null() {
        return Ok(none().to_ref());
    }
    // SAFETY: documentation in member tables are C strings.
    Ok(Str::new(&unsafe { CStr::from_ptr(doc) }.to_string_lossy()).into_object())
}

/// Helper for pickle.
#[pyfn("__reduce__($self, /)")]
fn reduce(object: &Object) -> Result {
    reduce_descriptor(object)
}

/// The value of a member (`PyMember_GetOne`).
///
/// # Safety
/// The instance has a field of the entry's kind at the entry's offset.
pub unsafe fn get_one(instance: &Object, def: &MemberDef) -> Result {
    // SAFETY: the caller's promise.
    unsafe {
        let at = instance.as_ptr().cast::<u8>().offset(def.offset);
        let int = |value: i64| Ok(Int::from_i64(value).into_object());
        let uint = |value: u64| Ok(Int::from_u64(value).into_object());
        match def.ty {
            T_BOOL => Ok(bool_object(at.read() != 0).to_ref()),
            T_BYTE => int(i64::from(at.cast::<i8>().read())),
            T_UBYTE => uint(u64::from(at.read())),
            T_SHORT => int(i64::from(at.cast::<i16>().read())),
            T_USHORT => uint(u64::from(at.cast::<u16>().read())),
            T_INT => int(i64::from(at.cast::<i32>().read())),
            T_UINT => uint(u64::from(at.cast::<u32>().read())),
            T_LONG | T_LONGLONG | T_PYSSIZET => int(at.cast::<i64>().read()),
            T_ULONG | T_ULONGLONG => uint(at.cast::<u64>().read()),
            T_FLOAT => Ok(Float::new(f64::from(at.cast::<f32>().read())).into_object()),
            T_DOUBLE => Ok(Float::new(at.cast::<f64>().read()).into_object()),
            T_STRING => {
                let text = at.cast::<*const c_char>().read();
                if text.is_null() { Ok(none().to_ref()) } else { Ok(c_text(text)) }
            }
            T_STRING_INPLACE => Ok(c_text(at.cast())),
            T_CHAR => Ok(Str::new(&(at.read() as char).to_string()).into_object()),
            T_OBJECT => {
                let slot = &*at.cast::<Slot<Object>>();
                Ok(slot.get().unwrap_or_else(|| none().to_ref()))
            }
            T_OBJECT_EX => {
                let slot = &*at.cast::<Slot<Object>>();
                slot.get().ok_or_else(|| {
                    let name = name_of(def);
                    let message = format!("'{}' object has no attribute '{name}'", instance.type_name());
                    raise_attribute_error(&message, instance, &Str::new(name))
                })
            }
            T_NONE => Ok(none().to_ref()),
            _ => Err(system_error("bad memberdescr type")),
        }
    }
}

/// # Safety
/// `text` is a NUL-terminated string.
unsafe fn c_text(text: *const c_char) -> Ref<Object> {
    // SAFETY: the caller's promise.
    Str::new(&unsafe { CStr::from_ptr(text) }.to_string_lossy()).into_object()
}

/// Sets (`None`: deletes) a member (`PyMember_SetOne`).
///
/// # Safety
/// As for [`get_one`].
pub unsafe fn set_one(instance: &Object, def: &MemberDef, value: Option<&Object>) -> Result<()> {
    if def.flags & READONLY != 0 {
        return Err(attribute_error("readonly attribute"));
    }
    // SAFETY: the caller's promise.
    let at = unsafe { instance.as_ptr().cast::<u8>().offset(def.offset) };
    if matches!(def.ty, T_OBJECT | T_OBJECT_EX) {
        // SAFETY: the kinds are nullable object pointers.
        let slot = unsafe { &*at.cast::<Slot<Object>>() };
        if value.is_none() && def.ty == T_OBJECT_EX && slot.is_empty() {
            return Err(attribute_error(name_of(def)));
        }
        slot.set(value.map(Object::to_ref));
        return Ok(());
    }
    let Some(value) = value else {
        return Err(type_error("can't delete numeric/char attribute"));
    };
    // SAFETY: the caller's promise.
    unsafe { set_number(at, def.ty, value) }
}

/// # Safety
/// `at` is a field of kind `ty`.
unsafe fn set_number(at: *mut u8, ty: c_int, value: &Object) -> Result<()> {
    macro_rules! integer {
        ($rust:ty, $message:literal) => {{
            let number = signed(value)?;
            let cut = number as $rust;
            // SAFETY: the caller's promise.
            unsafe { at.cast::<$rust>().write_unaligned(cut) };
            if i128::from(cut) != number {
                warn_truncated($message)?;
            }
        }};
    }
    match ty {
        T_BOOL => {
            if !value.is(bool_object(true)) && !value.is(bool_object(false)) {
                return Err(type_error("attribute value type must be bool"));
            }
            // SAFETY: the caller's promise.
            unsafe { at.write(u8::from(value.is(bool_object(true)))) };
        }
        T_BYTE => integer!(i8, "Truncation of value to char"),
        T_UBYTE => integer!(u8, "Truncation of value to unsigned char"),
        T_SHORT => integer!(i16, "Truncation of value to short"),
        T_USHORT => integer!(u16, "Truncation of value to unsigned short"),
        T_INT => integer!(i32, "Truncation of value to int"),
        T_UINT => integer!(u32, "Writing negative value into unsigned field"),
        T_LONG | T_LONGLONG | T_PYSSIZET => {
            let number = signed(value)?;
            let Ok(number) = i64::try_from(number) else {
                return Err(overflow_error("Python int too large to convert to C long"));
            };
            // SAFETY: the caller's promise.
            unsafe { at.cast::<i64>().write_unaligned(number) };
        }
        T_ULONG | T_ULONGLONG => {
            let number = signed(value)?;
            // SAFETY: the caller's promise.
            unsafe { at.cast::<u64>().write_unaligned(number as u64) };
            if number < 0 {
                warn_truncated("Writing negative value into unsigned field")?;
            } else if u64::try_from(number).is_err() {
                return Err(overflow_error("Python int too large to convert to C unsigned long"));
            }
        }
        T_FLOAT => {
            let number = value.as_f64()?;
            // SAFETY: the caller's promise.
            unsafe { at.cast::<f32>().write_unaligned(number as f32) };
        }
        T_DOUBLE => {
            let number = value.as_f64()?;
            // SAFETY: the caller's promise.
            unsafe { at.cast::<f64>().write_unaligned(number) };
        }
        T_CHAR => {
            let text = value.downcast::<Str>().and_then(|s| s.as_ascii());
            let Some(&[byte]) = text.map(str::as_bytes) else {
                return Err(type_error("bad argument type for built-in operation"));
            };
            // SAFETY: the caller's promise.
            unsafe { at.write(byte) };
        }
        T_STRING | T_STRING_INPLACE => return Err(type_error("readonly attribute")),
        _ => return Err(system_error(format!("bad memberdescr type for {}", value.type_name()))),
    }
    Ok(())
}

/// The value as a number that holds all 64-bit ones, signed or not.
fn signed(value: &Object) -> Result<i128> {
    let int = value.index()?;
    if let Some(small) = int.to_i64() {
        return Ok(i128::from(small));
    }
    match int.to_u64() {
        Some(big) => Ok(i128::from(big)),
        None => Err(overflow_error("Python int too large to convert to C long")),
    }
}

fn warn_truncated(message: &str) -> Result<()> {
    errors::warn(&PyExc_RuntimeWarning, message, 1)
}
