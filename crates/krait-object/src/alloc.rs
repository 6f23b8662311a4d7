//! Object memory. Blocks come from mimalloc; objects of collected types carry a collector header before them.
//!
//! Memory layout of an instance, lowest address first: weak reference list and managed dict pointer (only types with
//! `MANAGED_WEAKREF`/`MANAGED_DICT`), the 16-byte collector header (only types with `HAVE_GC`), the object.

use crate::errors;
use crate::gc::GcHead;
use crate::object::Object;
use crate::reference::{Ref, Typed};
use crate::result::Result;
use crate::typeobj::{TypeObject, flags};
use core::ffi::c_void;
use core::ptr::NonNull;

/// Bytes before an instance of `ty`.
#[inline(always)]
pub fn presize(ty: &TypeObject) -> usize {
    let bits = ty.tp_flags.get();
    let gc = if bits & flags::HAVE_GC != 0 { size_of::<GcHead>() } else { 0 };
    let pre = if bits & flags::PREHEADER != 0 { 2 * size_of::<usize>() } else { 0 };
    gc + pre
}

/// Raw memory from the object allocator; null when exhausted.
#[inline(always)]
pub fn malloc(size: usize) -> *mut c_void {
    if size > isize::MAX as usize {
        return core::ptr::null_mut();
    }
    // SAFETY: plain allocation.
    unsafe { libmimalloc_sys::mi_malloc(size.max(1)) }
}

/// Zeroed memory.
#[inline(always)]
pub fn calloc(size: usize) -> *mut c_void {
    if size > isize::MAX as usize {
        return core::ptr::null_mut();
    }
    // SAFETY: plain allocation.
    unsafe { libmimalloc_sys::mi_zalloc(size.max(1)) }
}

/// Grows or shrinks a block; null (old block untouched) when exhausted.
///
/// # Safety
/// `ptr` is null or a live block of this allocator, and is not used after success.
#[inline(always)]
pub unsafe fn realloc(ptr: *mut c_void, size: usize) -> *mut c_void {
    if size > isize::MAX as usize {
        return core::ptr::null_mut();
    }
    // SAFETY: the caller's promise.
    unsafe { libmimalloc_sys::mi_realloc(ptr, size.max(1)) }
}

/// Frees a block.
///
/// # Safety
/// `ptr` is null or a live block of this allocator, and is not used afterwards.
#[inline(always)]
pub unsafe fn free(ptr: *mut c_void) {
    // SAFETY: the caller's promise.
    unsafe { libmimalloc_sys::mi_free(ptr) }
}

/// Zeroed memory for an instance of `ty` with `extra` bytes behind `basicsize`, header set, one reference, not
/// tracked by the collector. All-zero must be a valid state of the layout.
#[inline]
pub fn alloc_instance(ty: &TypeObject, extra: usize) -> Result {
    let pre = presize(ty);
    let size = pre + ty.tp_basicsize.get() as usize + extra + crate::dict::instance::extra_size(ty);
    let block = calloc(size);
    if block.is_null() {
        return Err(errors::memory_error());
    }
    // SAFETY: the block has `pre` bytes before the object.
    let object = unsafe { block.cast::<u8>().add(pre) }.cast::<Object>();
    init_header(object, ty);
    // SAFETY: a valid header with one reference was written just now.
    let object = unsafe { Ref::from_owned(NonNull::new_unchecked(object)) };
    crate::dict::instance::init(&object, ty);
    Ok(object)
}

/// A zeroed instance of a type or of a subtype, through its `tp_alloc`.
pub fn allocate(ty: &TypeObject, items: usize) -> Result {
    match ty.tp_alloc.get() {
        Some(function) => function(ty, items as isize),
        None => alloc_instance(ty, items * ty.tp_itemsize.get() as usize),
    }
}

/// Can a block of that size be had? For sizes that Python code chooses, before an allocation that has no error path.
pub fn can_allocate(size: usize) -> bool {
    if size < 1 << 24 {
        return true;
    }
    let block = malloc(size);
    // SAFETY: allocated just now, or null.
    unsafe { free(block) };
    !block.is_null()
}

/// Writes an object header: count 1, type `ty` (which gains a reference if it is a heap type).
#[inline(always)]
pub fn init_header(object: *mut Object, ty: &TypeObject) {
    if ty.is_heap_type() {
        ty.incref();
    }
    // SAFETY: the caller has just allocated room for a header; types outlive their instances, so the lifetime is
    // extended to match `Object::new`.
    unsafe { object.write(Object::new(&*core::ptr::from_ref(ty))) }
}

/// Moves a native struct to the heap as a new object. The type in its header decides the header space; for a
/// collected type the object is not yet tracked (see [`crate::gc::track`]).
#[inline]
pub fn new_object<T: Typed>(value: T) -> Ref<T> {
    let ty = T::type_object();
    let pre = presize(ty);
    let block = malloc(pre + size_of::<T>());
    if block.is_null() {
        out_of_memory();
    }
    // SAFETY: the block is large enough and aligned (16); the collector header is zeroed before use.
    unsafe {
        core::ptr::write_bytes(block.cast::<u8>(), 0, pre);
        let object = block.cast::<u8>().add(pre).cast::<T>();
        object.write(value);
        Ref::from_owned(NonNull::new_unchecked(object))
    }
}

/// As [`new_object`] for a type that has nothing before its instances: not collected, no managed dictionary.
#[inline(always)]
pub fn new_plain<T: Typed>(value: T) -> Ref<T> {
    debug_assert!(presize(T::type_object()) == 0);
    let block = malloc(size_of::<T>()).cast::<T>();
    if block.is_null() {
        out_of_memory();
    }
    // SAFETY: the block is large enough and aligned (16).
    unsafe {
        block.write(value);
        Ref::from_owned(NonNull::new_unchecked(block))
    }
}

/// As [`new_object`], and tracked by the collector.
#[inline]
pub fn new_tracked<T: Typed + core::ops::Deref<Target = Object>>(value: T) -> Ref<T> {
    let object = new_object(value);
    crate::gc::track(&object);
    object
}

/// Gives the memory of a dead object back (`tp_free`), collector header included. The reference that an instance of a
/// heap type holds on its type is given back by the destructor of that type, after this call (as in CPython).
///
/// # Safety
/// The object is dead (count zero), untracked, its fields are dropped, and it is not used afterwards.
pub unsafe fn free_object(object: *mut Object) {
    // SAFETY: the header of a dead object is still readable; its type is alive.
    let pre = unsafe { presize(&*(*object).type_ptr()) };
    // SAFETY: the block begins `pre` bytes before the object.
    unsafe { free(object.cast::<u8>().sub(pre).cast()) };
}

/// [`free_object`] with the C face of `tp_free`.
///
/// # Safety
/// As for [`free_object`].
pub unsafe extern "C" fn tp_free(object: *mut c_void) {
    // SAFETY: the caller's promise.
    unsafe { free_object(object.cast()) }
}

/// Small fixed-size allocations have no error path: the process stops with a message, as a Rust program does.
#[cold]
fn out_of_memory() -> ! {
    std::alloc::handle_alloc_error(std::alloc::Layout::new::<[usize; 8]>())
}
