//! `SyntaxError` and its subclasses.

use super::base::init_args;
use super::simple::{exception_layout, object_member};
use super::*;
use crate::Int;
use crate::defs::MemberDef;
use crate::errors::type_error;
use crate::result::unit_result;
use crate::tuple::Tuple;
use core::ffi::c_int;
use core::mem::offset_of;

exception_layout!(
    /// `PySyntaxErrorObject`.
    SyntaxError, super::PyExc_SyntaxError, 144,
    { msg, filename, lineno, offset, end_lineno, end_offset, text, print_file_and_line, metadata, }
);

static MEMBERS: &[MemberDef] = &[
    object_member(c"msg", offset_of!(SyntaxError, msg)).doc(c"exception msg"),
    object_member(c"filename", offset_of!(SyntaxError, filename)).doc(c"exception filename"),
    object_member(c"lineno", offset_of!(SyntaxError, lineno)).doc(c"exception lineno"),
    object_member(c"offset", offset_of!(SyntaxError, offset)).doc(c"exception offset"),
    object_member(c"text", offset_of!(SyntaxError, text)).doc(c"exception text"),
    object_member(c"end_lineno", offset_of!(SyntaxError, end_lineno)).doc(c"exception end lineno"),
    object_member(c"end_offset", offset_of!(SyntaxError, end_offset)).doc(c"exception end offset"),
    object_member(c"print_file_and_line", offset_of!(SyntaxError, print_file_and_line))
        .doc(c"exception print_file_and_line"),
    object_member(c"_metadata", offset_of!(SyntaxError, metadata)).doc(c"exception private metadata"),
    MemberDef::SENTINEL,
];

pub(super) const fn layout(ty: TypeObject) -> TypeObject {
    SyntaxError::collected(ty).tp_init(init).tp_str(str_).members(MEMBERS)
}

extern "C" fn init(object: &Object, args: &Tuple, kwargs: Option<&Object>) -> c_int {
    unit_result((|| {
        init_args(object, args, kwargs)?;
        let error = object.expect::<SyntaxError>();
        if let Some(msg) = args.get(0) {
            error.msg.set(Some(msg.to_ref()));
        }
        if args.len() == 2 {
            fill_details(error, &*args.as_slice()[1].to_tuple()?)?;
        }
        Ok(())
    })())
}

/// (filename, lineno, offset, text[, end_lineno, end_offset[, metadata]])
fn fill_details(error: &SyntaxError, details: &Tuple) -> Result<()> {
    let items = details.as_slice();
    if items.len() < 4 {
        return Err(type_error(format!("function takes at least 4 arguments ({} given)", items.len())));
    }
    if items.len() > 7 {
        return Err(type_error(format!("function takes at most 7 arguments ({} given)", items.len())));
    }
    if items.len() == 5 {
        return Err(type_error("end_offset must be provided when end_lineno is provided"));
    }
    let slots = [
        &error.filename,
        &error.lineno,
        &error.offset,
        &error.text,
        &error.end_lineno,
        &error.end_offset,
        &error.metadata,
    ];
    for (slot, item) in slots.into_iter().zip(items) {
        slot.set(Some(item.clone()));
    }
    Ok(())
}

extern "C" fn str_(object: &Object) -> Result {
    let error = object.expect::<SyntaxError>();
    let Some(msg) = error.msg.get() else { return Ok(Str::new("None").into_object()) };
    let filename = error.filename.get().and_then(|f| f.downcast_into::<Str>().ok()).map(|f| {
        let text = f.to_string_lossy();
        text.rsplit('/').next().unwrap_or(&text).to_owned()
    });
    let line = error
        .lineno
        .get()
        .filter(|n| n.downcast_exact::<Int>().is_some())
        .and_then(|n| n.downcast::<Int>().and_then(Int::to_i64));
    let msg = msg.str()?;
    let text = match (filename, line) {
        (None, None) => return Ok(msg.into_object()),
        (Some(file), Some(line)) => format!("{msg} ({file}, line {line})"),
        (Some(file), None) => format!("{msg} ({file})"),
        (None, Some(line)) => format!("{msg} (line {line})"),
    };
    Ok(Str::new(&text).into_object())
}
