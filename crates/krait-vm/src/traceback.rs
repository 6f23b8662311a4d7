//! Traceback entries. CPython: `Python/traceback.c`.

use crate::frame::Frame;
use crate::frame_object::{self, FrameObject};
use core::cell::Cell;
use core::ffi::{c_int, c_void};
use core::mem::offset_of;
use krait_macros::pyfn;
use krait_object::args::parse_init;
use krait_object::dealloc::dealloc_gc;
use krait_object::defs::member::{AUDIT_READ, READONLY, T_INT, T_OBJECT};
use krait_object::errors::{type_error, value_error};
use krait_object::result::unit_result;
use krait_object::typeobj::flags;
use krait_object::{
    Dict, GetSetDef, Int, List, MemberDef, MethodDef, Object, Ref, Result, Slot, Str, Tuple, TypeObject,
    alloc, none, thread,
};

/// `PyTracebackObject`. A line number of -1 is found from the instruction when it is asked for.
#[repr(C)]
pub struct Traceback {
    ob_base: Object,
    pub tb_next: Slot<Traceback>,
    pub tb_frame: Slot<FrameObject>,
    pub tb_lasti: Cell<i32>,
    tb_lineno: Cell<i32>,
}

const _: () = assert!(size_of::<Traceback>() == 40);

krait_object::object_type!(Traceback, PyTraceBack_Type);

/// The type `traceback`.
#[unsafe(no_mangle)]
pub static PyTraceBack_Type: TypeObject = TypeObject::of::<Traceback>(c"traceback")
    .flags(flags::HAVE_GC)
    .doc(c"traceback(tb_next, tb_frame, tb_lasti, tb_lineno)\n--\n\nCreate a new traceback object.")
    .tp_dealloc(dealloc_gc::<Traceback>)
    .tp_traverse(traverse)
    .tp_clear(clear)
    .tp_new(new)
    .methods(&[dir::DEF, MethodDef::SENTINEL])
    .members(&[
        MemberDef::new(c"tb_frame", T_OBJECT, offset_of!(Traceback, tb_frame), READONLY | AUDIT_READ),
        MemberDef::new(c"tb_lasti", T_INT, offset_of!(Traceback, tb_lasti), READONLY),
        MemberDef::SENTINEL,
    ])
    .getset(&[
        GetSetDef::getset(c"tb_next", get_next, set_next),
        GetSetDef::getter(c"tb_lineno", get_lineno),
        GetSetDef::SENTINEL,
    ]);

krait_object::traverse!(traverse, Traceback, |this, v| {
    v.slot(&this.tb_next)?;
    v.slot(&this.tb_frame)?;
});

unsafe extern "C" fn clear(object: *mut Object) -> c_int {
    // SAFETY: called with a live instance.
    let this = unsafe { &*object }.expect::<Traceback>();
    this.tb_next.take();
    this.tb_frame.take();
    0
}

fn make(next: Option<Ref<Traceback>>, frame: Ref<FrameObject>, lasti: i32, lineno: i32) -> Ref<Traceback> {
    alloc::new_tracked(Traceback {
        ob_base: Object::new(&PyTraceBack_Type),
        tb_next: Slot::from_option(next),
        tb_frame: Slot::new(frame),
        tb_lasti: Cell::new(lasti),
        tb_lineno: Cell::new(lineno),
    })
}

/// An entry for where a frame is now.
///
/// # Safety
/// The frame is live and complete.
pub unsafe fn entry_for(frame: *mut Frame, next: Option<Ref<Traceback>>) -> Ref<Traceback> {
    // SAFETY: the caller's promise.
    let (object, lasti) = unsafe { (frame_object::of_frame(frame), (*frame).lasti()) };
    make(next, object, lasti * 2, -1)
}

/// Adds an entry for the frame to the current exception (`PyTraceBack_Here`).
pub fn add_entry(frame: *mut Frame) {
    let Some(exception) = thread::current().current_exception.get() else { return };
    let next = exception.traceback.get().and_then(|t| t.downcast_into::<Traceback>().ok());
    // SAFETY: the callers pass the live frame that raised.
    let entry = unsafe { entry_for(frame, next) };
    exception.traceback.set(Some(entry.into_object()));
}

impl Traceback {
    /// The line of the entry; `None` when it is unknown.
    pub fn lineno(&self) -> Option<i32> {
        match self.tb_lineno.get() {
            -1 => self.tb_frame.get()?.code()?.line_of(self.tb_lasti.get() / 2),
            line => Some(line),
        }
    }
}

extern "C" fn get_lineno(object: &Object, _: *mut c_void) -> Result {
    Ok(match object.expect::<Traceback>().lineno() {
        Some(line) => Int::from_i64(i64::from(line)).into_object(),
        None => none().to_ref(),
    })
}

extern "C" fn get_next(object: &Object, _: *mut c_void) -> Result {
    Ok(object.expect::<Traceback>().tb_next.get().map_or_else(|| none().to_ref(), Ref::into_object))
}

fn next_value(value: &Object) -> Result<Option<Ref<Traceback>>> {
    if value.is_none() {
        return Ok(None);
    }
    match value.downcast::<Traceback>() {
        Some(tb) => Ok(Some(Ref::from_borrowed(tb))),
        None => Err(type_error(format!("expected traceback object or None, got '{}'", value.type_name()))),
    }
}

extern "C" fn set_next(object: &Object, value: Option<&Object>, _: *mut c_void) -> c_int {
    unit_result((|| {
        let Some(value) = value else { return Err(type_error("can't delete tb_next attribute")) };
        let next = next_value(value)?;
        let mut at = next.clone();
        while let Some(tb) = at {
            if tb.is(object) {
                return Err(value_error("traceback loop detected"));
            }
            at = tb.tb_next.get();
        }
        object.expect::<Traceback>().tb_next.set(next);
        Ok(())
    })())
}

extern "C" fn new(_ty: &TypeObject, args: &Tuple, kwargs: Option<&Object>) -> Result {
    let params = ["tb_next", "tb_frame", "tb_lasti", "tb_lineno"];
    let kwargs = kwargs.and_then(|k| k.downcast::<Dict>());
    let values = parse_init("traceback", &params, 4, args, kwargs)?;
    let value = |i: usize| values[i].as_deref().unwrap_or(none());
    let Some(frame) = value(1).downcast::<FrameObject>() else {
        return Err(type_error(format!(
            "traceback() argument 'tb_frame' must be frame, not {}",
            value(1).type_name()
        )));
    };
    let int = |i: usize| value(i).as_isize(false).and_then(crate::code_new::to_int);
    let (lasti, lineno) = (int(2)?, int(3)?);
    Ok(make(next_value(value(0))?, Ref::from_borrowed(frame), lasti, lineno).into_object())
}

/// Names of the attributes.
#[pyfn("__dir__($self, /)", nosig)]
fn dir(_this: &Traceback) -> Result {
    let names = ["tb_frame", "tb_next", "tb_lasti", "tb_lineno"];
    Ok(List::from_vec(names.map(|n| Str::new(n).into_object()).to_vec()).into_object())
}
