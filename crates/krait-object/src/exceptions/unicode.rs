//! `UnicodeEncodeError`, `UnicodeDecodeError`, `UnicodeTranslateError`.

use super::base::init_args;
use super::simple::object_member;
use super::*;
use crate::Bytes;
use crate::defs::{MemberDef, member};
use crate::errors::type_error;
use crate::result::unit_result;
use crate::tuple::Tuple;
use core::cell::Cell;
use core::ffi::c_int;
use core::mem::offset_of;

/// `PyUnicodeErrorObject`; shared by the three types.
#[repr(C)]
pub struct UnicodeErrorFields {
    pub base: BaseException,
    pub encoding: crate::Slot,
    pub object: crate::Slot,
    pub start: Cell<isize>,
    pub end: Cell<isize>,
    pub reason: crate::Slot,
}

const _: () = assert!(size_of::<UnicodeErrorFields>() == 112);

// SAFETY: repr(C) with the header first; `check` accepts exactly the three types of this layout.
unsafe impl crate::Typed for UnicodeErrorFields {
    fn type_object() -> &'static TypeObject {
        &PyExc_UnicodeError
    }
    fn check(object: &Object) -> bool {
        object.is_instance_of(&PyExc_UnicodeEncodeError)
            || object.is_instance_of(&PyExc_UnicodeDecodeError)
            || object.is_instance_of(&PyExc_UnicodeTranslateError)
    }
}

impl core::ops::Deref for UnicodeErrorFields {
    type Target = Object;
    fn deref(&self) -> &Object {
        &self.base
    }
}

crate::traverse!(traverse, UnicodeErrorFields, |this, v| {
    this.base.visit(&v)?;
    v.slot(&this.encoding)?;
    v.slot(&this.object)?;
    v.slot(&this.reason)?;
});

unsafe extern "C" fn clear(object: *mut Object) -> c_int {
    // SAFETY: called with a live instance of one of the three types.
    let this = unsafe { &*object.cast::<UnicodeErrorFields>() };
    this.base.clear_fields();
    this.encoding.take();
    this.object.take();
    this.reason.take();
    0
}

static MEMBERS: &[MemberDef] = &[
    object_member(c"encoding", offset_of!(UnicodeErrorFields, encoding)).doc(c"exception encoding"),
    object_member(c"object", offset_of!(UnicodeErrorFields, object)).doc(c"exception object"),
    MemberDef::new(c"start", member::T_PYSSIZET, offset_of!(UnicodeErrorFields, start), 0)
        .doc(c"exception start"),
    MemberDef::new(c"end", member::T_PYSSIZET, offset_of!(UnicodeErrorFields, end), 0).doc(c"exception end"),
    object_member(c"reason", offset_of!(UnicodeErrorFields, reason)).doc(c"exception reason"),
    MemberDef::SENTINEL,
];

const fn layout(ty: TypeObject) -> TypeObject {
    super::base::layout(ty)
        .tp_dealloc(crate::dealloc::dealloc_gc::<UnicodeErrorFields>)
        .tp_traverse(traverse)
        .tp_clear(clear)
        .members(MEMBERS)
}

pub(super) const fn encode(ty: TypeObject) -> TypeObject {
    layout(ty).tp_init(encode_init).tp_str(encode_str)
}
pub(super) const fn decode(ty: TypeObject) -> TypeObject {
    layout(ty).tp_init(decode_init).tp_str(decode_str)
}
pub(super) const fn translate(ty: TypeObject) -> TypeObject {
    layout(ty).tp_init(translate_init).tp_str(translate_str)
}

fn text_argument(args: &Tuple, index: usize) -> Result<&Object> {
    let value = &*args.as_slice()[index];
    if value.downcast::<Str>().is_none() {
        return Err(type_error(format!("argument {} must be str, not {}", index + 1, value.type_name())));
    }
    Ok(value)
}

fn check_count(args: &Tuple, count: usize) -> Result<()> {
    if args.len() != count {
        return Err(type_error(format!("function takes exactly {count} arguments ({} given)", args.len())));
    }
    Ok(())
}

extern "C" fn encode_init(object: &Object, args: &Tuple, kwargs: Option<&Object>) -> c_int {
    unit_result((|| {
        init_args(object, args, kwargs)?;
        check_count(args, 5)?;
        text_argument(args, 1)?;
        fill(object, Some(text_argument(args, 0)?), &args.as_slice()[1], args, 2)
    })())
}

extern "C" fn decode_init(object: &Object, args: &Tuple, kwargs: Option<&Object>) -> c_int {
    unit_result((|| {
        init_args(object, args, kwargs)?;
        check_count(args, 5)?;
        let encoding = text_argument(args, 0)?;
        let given = &*args.as_slice()[1];
        let data = if given.downcast::<Bytes>().is_some() {
            given.to_ref()
        } else {
            given.to_bytes()?.into_object()
        };
        fill(object, Some(encoding), &data, args, 2)
    })())
}

extern "C" fn translate_init(object: &Object, args: &Tuple, kwargs: Option<&Object>) -> c_int {
    unit_result((|| {
        init_args(object, args, kwargs)?;
        check_count(args, 4)?;
        fill(object, None, text_argument(args, 0)?, args, 1)
    })())
}

/// Stores the fields; `start`, `end` and `reason` are the arguments from `at` on.
fn fill(object: &Object, encoding: Option<&Object>, data: &Object, args: &Tuple, at: usize) -> Result<()> {
    // SAFETY: called from the init functions of the three types of this layout.
    let fields = unsafe { &*object.as_ptr().cast::<UnicodeErrorFields>() };
    let start = args.as_slice()[at].as_isize(false)?;
    let end = args.as_slice()[at + 1].as_isize(false)?;
    let reason = text_argument(args, at + 2)?;
    fields.encoding.set(encoding.map(Object::to_ref));
    fields.object.set(Some(data.to_ref()));
    fields.start.set(start);
    fields.end.set(end);
    fields.reason.set(Some(reason.to_ref()));
    Ok(())
}

impl UnicodeErrorFields {
    fn text(slot: &crate::Slot) -> Result<String> {
        match slot.get() {
            Some(value) => Ok(value.str()?.to_string_lossy()),
            None => Ok("None".to_owned()),
        }
    }

    /// `start` and `end` clipped to the object as the handlers see them.
    pub fn clipped(&self, len: usize) -> (usize, usize) {
        let start = self.start.get().clamp(0, len.saturating_sub(1) as isize) as usize;
        let end = self.end.get().clamp(1.min(len as isize), len as isize) as usize;
        (start, end.max(start.min(len)))
    }
}

fn bad_character(code: u32) -> String {
    match code {
        0..=0xff => format!("\\x{code:02x}"),
        0x100..=0xffff => format!("\\u{code:04x}"),
        _ => format!("\\U{code:08x}"),
    }
}

fn fields(object: &Object) -> &UnicodeErrorFields {
    // SAFETY: called from the str functions of the three types of this layout.
    unsafe { &*object.as_ptr().cast::<UnicodeErrorFields>() }
}

extern "C" fn encode_str(object: &Object) -> Result {
    let this = fields(object);
    let Some(data) = this.object.get().and_then(|o| o.downcast_into::<Str>().ok()) else {
        return Ok(Str::empty().to_ref());
    };
    let (encoding, reason) =
        (UnicodeErrorFields::text(&this.encoding)?, UnicodeErrorFields::text(&this.reason)?);
    let (start, end) = (this.start.get(), this.end.get());
    let text = if start >= 0 && (start as usize) < data.len() && end == start + 1 {
        let shown = bad_character(data.chars().at(start as usize));
        format!("'{encoding}' codec can't encode character '{shown}' in position {start}: {reason}")
    } else {
        format!("'{encoding}' codec can't encode characters in position {start}-{}: {reason}", end - 1)
    };
    Ok(Str::new(&text).into_object())
}

extern "C" fn decode_str(object: &Object) -> Result {
    let this = fields(object);
    let Some(data) = this.object.get().and_then(|o| o.downcast_into::<Bytes>().ok()) else {
        return Ok(Str::empty().to_ref());
    };
    let (encoding, reason) =
        (UnicodeErrorFields::text(&this.encoding)?, UnicodeErrorFields::text(&this.reason)?);
    let (start, end) = (this.start.get(), this.end.get());
    let byte = usize::try_from(start).ok().and_then(|at| data.as_slice().get(at).copied());
    let text = match byte {
        Some(byte) if end == start + 1 => {
            format!("'{encoding}' codec can't decode byte 0x{byte:02x} in position {start}: {reason}")
        }
        _ => format!("'{encoding}' codec can't decode bytes in position {start}-{}: {reason}", end - 1),
    };
    Ok(Str::new(&text).into_object())
}

extern "C" fn translate_str(object: &Object) -> Result {
    let this = fields(object);
    let Some(data) = this.object.get().and_then(|o| o.downcast_into::<Str>().ok()) else {
        return Ok(Str::empty().to_ref());
    };
    let reason = UnicodeErrorFields::text(&this.reason)?;
    let (start, end) = (this.start.get(), this.end.get());
    let text = if start >= 0 && (start as usize) < data.len() && end == start + 1 {
        let shown = bad_character(data.chars().at(start as usize));
        format!("can't translate character '{shown}' in position {start}: {reason}")
    } else {
        format!("can't translate characters in position {start}-{}: {reason}", end - 1)
    };
    Ok(Str::new(&text).into_object())
}

/// Raises UnicodeDecodeError.
#[cold]
pub fn raise_decode(encoding: &str, data: &[u8], start: usize, end: usize, reason: &str) -> Raised {
    errors::raise_with(
        &PyExc_UnicodeDecodeError,
        &[
            &Str::new(encoding),
            &Bytes::new(data),
            &crate::Int::from_i64(start as i64),
            &crate::Int::from_i64(end as i64),
            &Str::new(reason),
        ],
    )
}

/// Raises UnicodeEncodeError.
#[cold]
pub fn raise_encode(encoding: &str, data: &Str, start: usize, end: usize, reason: &str) -> Raised {
    errors::raise_with(
        &PyExc_UnicodeEncodeError,
        &[
            &Str::new(encoding),
            data,
            &crate::Int::from_i64(start as i64),
            &crate::Int::from_i64(end as i64),
            &Str::new(reason),
        ],
    )
}
