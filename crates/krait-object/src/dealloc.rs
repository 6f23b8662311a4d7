//! Deallocation and its bound on native recursion (`_Py_Dealloc`, the "trashcan").

use crate::gc::{GcHead, PREV_MASK};
use crate::object::Object;
use crate::thread;
use crate::typeobj::flags;
use core::ptr::NonNull;

/// How deep destructors nest before objects are put on the list.
const MAX_NESTING: u32 = 50;

/// Bit of a put-off object's link: it was tracked by the collector.
const WAS_TRACKED: usize = 4;

/// Deallocates an object whose count has just reached zero.
///
/// A chain of containers could nest destructors without bound; past [`MAX_NESTING`] dead objects are put on a list
/// that the outermost call empties. The list runs through the collector headers: the count stays zero, so that weak
/// references see a dead object. Types are not put off, because their bases list them.
///
/// # Safety
/// The count is zero and nobody else holds a pointer to the object.
#[cold]
#[inline(never)]
pub unsafe fn dealloc(object: NonNull<Object>) {
    let state = thread::current();
    let nesting = state.trash_nesting.get();
    // SAFETY: the object is dead but its header is intact.
    let this = unsafe { object.as_ref() };
    let ty = this.ty();
    if nesting >= MAX_NESTING && ty.is_gc_type() && !ty.has_flag(flags::TYPE_SUBCLASS) {
        let head = GcHead::of(this);
        let tracked = if head.next.get() != 0 { WAS_TRACKED } else { 0 };
        crate::gc::untrack(this);
        let link = state.trash.get() as usize | tracked;
        head.prev.set(link | (head.prev.get() & !PREV_MASK));
        state.trash.set(object.as_ptr());
        return;
    }
    state.trash_nesting.set(nesting + 1);
    let Some(destroy) = ty.tp_dealloc.get() else {
        unreachable!("type {} is not ready", ty.name());
    };
    // SAFETY: the destructor of its own type, called once.
    unsafe { destroy(object.as_ptr()) };
    state.trash_nesting.set(nesting);
    if nesting == 0 && !state.trash.get().is_null() {
        empty_trash(state);
    }
}

#[cold]
fn empty_trash(state: &thread::ThreadState) {
    while let Some(object) = NonNull::new(state.trash.get()) {
        // SAFETY: the list was linked by `dealloc`, whose objects are dead and have collector headers.
        unsafe {
            let this = object.as_ref();
            let head = GcHead::of(this);
            let link = head.prev.get();
            state.trash.set((link & PREV_MASK & !WAS_TRACKED) as *mut Object);
            head.prev.set(link & !PREV_MASK);
            if link & WAS_TRACKED != 0 {
                crate::gc::track(this);
            }
            state.trash_nesting.set(1);
            if let Some(destroy) = this.ty().tp_dealloc.get() {
                destroy(object.as_ptr());
            }
            state.trash_nesting.set(0);
        }
    }
}

/// Runs the finaliser of a dead object, once in its life; true when that brought the object back to life
/// (`PyObject_CallFinalizerFromDealloc`).
///
/// # Safety
/// The object's count is zero; when the result is true, its memory belongs to others again.
pub unsafe fn call_finalizer(object: *mut Object) -> bool {
    // SAFETY: a dead object is still readable.
    let this = unsafe { &*object };
    let Some(finalize) = this.ty().tp_finalize.get() else { return false };
    let collected = crate::gc::is_gc(this);
    if collected && crate::gc::is_finalized(this) {
        return false;
    }
    this.set_refcount(1);
    finalize(this);
    if collected {
        crate::gc::set_finalized(this);
    }
    let count = this.refcount() - 1;
    this.set_refcount(count);
    count > 0
}

/// `tp_dealloc` of a collected type whose struct `T` drops its own fields: untracks, clears weak references, drops the
/// fields, frees. Subtypes made by `class` reach it through their own destructor.
///
/// # Safety
/// A dead instance of `T` or of a subtype, called once.
pub unsafe extern "C" fn dealloc_gc<T: crate::Typed>(object: *mut Object) {
    // SAFETY: a dead object is still readable; nobody else touches it.
    unsafe {
        crate::gc::untrack(&*object);
        destroy::<T>(object);
    }
}

/// `tp_dealloc` of a type without collector header whose struct drops its own fields.
///
/// # Safety
/// A dead instance of `T` or of a subtype, called once.
pub unsafe extern "C" fn dealloc_plain<T: crate::Typed>(object: *mut Object) {
    // SAFETY: as for `dealloc_gc`. A subtype may be collected though `T` is not.
    unsafe {
        if crate::gc::is_gc(&*object) {
            crate::gc::untrack(&*object);
        }
        destroy::<T>(object);
    }
}

/// # Safety
/// As for the callers; the object is untracked.
unsafe fn destroy<T: crate::Typed>(object: *mut Object) {
    // SAFETY: the caller's promise; the fields are dropped once and not used afterwards.
    unsafe {
        let ty = (*object).ty();
        let offset = ty.tp_weaklistoffset.get();
        if offset > 0 && !object.cast::<u8>().offset(offset).cast::<*mut Object>().read().is_null() {
            crate::weakref::clear_refs(&*object);
        }
        let free = ty.tp_free.get();
        core::ptr::drop_in_place(object.cast::<T>());
        match free {
            Some(free) => free(object.cast()),
            None => crate::alloc::free_object(object),
        }
    }
}
