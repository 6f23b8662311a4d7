//! The buffer protocol of classes (PEP 688): `__buffer__` and `__release_buffer__`. CPython: `Objects/typeobject.c`
//! (`slot_bf_getbuffer`, `_PyBufferWrapper_Type`).
//!
//! A buffer that a class exports comes from the memoryview that its `__buffer__` returned. Its owner is a wrapper that
//! keeps the view and the exporting object together until the buffer is released.

use super::slot_functions::{call_method, lookup_maybe};
use super::{TypeObject, flags};
use crate::buffer::Buffer;
use crate::dealloc::dealloc_gc;
use crate::errors::{self, attribute_error, type_error, value_error};
use crate::object::Object;
use crate::reference::{Ref, Slot};
use crate::result::{Raised, Result, unit_result};
use crate::slots::BufferProcs;
use crate::{Int, alloc, id, interp};
use core::ffi::c_int;
use core::ptr::NonNull;

/// `PyBufferWrapper`.
#[repr(C)]
struct BufferWrapper {
    ob_base: Object,
    view: Slot,
    exporter: Slot,
}

crate::object_type!(BufferWrapper, _PyBufferWrapper_Type);

static BUFFER: BufferProcs = BufferProcs::EMPTY.bf_releasebuffer(release_wrapped);

/// The type of the owner of buffers that classes export.
#[expect(non_upper_case_globals, reason = "static types carry their C names")]
pub static _PyBufferWrapper_Type: TypeObject = TypeObject::of::<BufferWrapper>(c"_buffer_wrapper")
    .flags(flags::HAVE_GC)
    .tp_dealloc(dealloc_gc::<BufferWrapper>)
    .tp_traverse(traverse)
    .as_buffer(&BUFFER);

crate::traverse!(traverse, BufferWrapper, |this, v| {
    v.slot(&this.view)?;
    v.slot(&this.exporter)?;
});

fn is_memoryview(object: &Object) -> bool {
    !object.ty().is_heap_type() && object.ty().full_name() == "memoryview"
}

/// Fills a buffer through `__buffer__`.
pub(super) fn get(object: &Object, buffer: *mut Buffer, request: c_int) -> c_int {
    unit_result((|| {
        // SAFETY: the caller gives a buffer to fill.
        let buffer = unsafe { &mut *buffer };
        buffer.obj = core::ptr::null_mut();
        let view = call_method(id!("__buffer__"), &[object, &Int::from_i64(i64::from(request))])?;
        if !is_memoryview(&view) {
            return Err(type_error("__buffer__ returned non-memoryview object"));
        }
        let Some(fill) = view.ty().buffer().and_then(|b| b.bf_getbuffer.get()) else {
            return Err(errors::buffer_error("memoryview does not export a buffer"));
        };
        if fill(&view, buffer, request) < 0 {
            return Err(Raised);
        }
        let wrapper = alloc::new_tracked(BufferWrapper {
            ob_base: Object::new(&_PyBufferWrapper_Type),
            view: Slot::new(view),
            exporter: Slot::new(object.to_ref()),
        });
        let owner = core::mem::replace(&mut buffer.obj, wrapper.into_object().into_raw());
        if let Some(owner) = NonNull::new(owner) {
            // SAFETY: the view put a reference to itself there; the wrapper has its own.
            unsafe { Object::decref(owner) };
        }
        Ok(())
    })())
}

extern "C" fn release_wrapped(object: &Object, buffer: *mut Buffer) {
    let wrapper = object.expect::<BufferWrapper>();
    let (Some(view), Some(exporter)) = (wrapper.view.take(), wrapper.exporter.take()) else { return };
    if let Some(release) = view.ty().buffer().and_then(|b| b.bf_releasebuffer.get()) {
        release(&view, buffer);
    }
    let own = exporter.ty().buffer().and_then(|b| b.bf_releasebuffer.get());
    if own.is_some_and(|f| f as *const () == super::slot_functions::slot_bf_releasebuffer as *const ()) {
        call_release(&exporter, &view);
    }
}

/// `exporter.__release_buffer__(view)`; what it raises is reported.
fn call_release(exporter: &Object, view: &Object) {
    let saved = errors::take();
    let result = lookup_maybe(exporter, id!("__release_buffer__"))
        .and_then(|m| m.map_or(Ok(None), |m| m.call(exporter, &[view]).map(Some)));
    if result.is_err() {
        errors::write_unraisable("calling __release_buffer__", Some(exporter));
    }
    crate::thread::current().current_exception.set(saved);
}

/// Releases a buffer that a native base of the class exported.
pub(super) fn release(object: &Object, buffer: *mut Buffer) {
    let Some(mro) = object.ty().mro() else { return };
    for class in mro.as_slice() {
        let native = class.expect::<TypeObject>().buffer().and_then(|b| b.bf_releasebuffer.get());
        if let Some(native) = native {
            if native as *const () != super::slot_functions::slot_bf_releasebuffer as *const () {
                native(object, buffer);
                return;
            }
        }
    }
}

/// `object.__buffer__(flags)` of a native exporter.
pub(super) fn memoryview_of(object: &Object, request: c_int) -> Result {
    let memoryview = interp::current().builtins.get().and_then(|b| b.get_str(id!("memoryview")));
    let Some(memoryview) = memoryview else { return Err(attribute_error("memoryview")) };
    memoryview.call_method(id!("_from_flags"), &[object, &Int::from_i64(i64::from(request))])
}

/// `object.__release_buffer__(view)` of a native exporter.
pub(super) fn release_view(object: &Object, view: &Object) -> Result<()> {
    if !is_memoryview(view) {
        return Err(type_error("expected a memoryview object"));
    }
    let exporter: Ref<Object> = view.get_attr(id!("obj"))?;
    if !exporter.is(object) {
        return Err(value_error("memoryview's buffer is not this object"));
    }
    view.call_method(id!("release"), &[]).map(drop)
}
