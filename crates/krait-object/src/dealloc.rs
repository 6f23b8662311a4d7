//! Deallocation and its bound on native recursion (`_Py_Dealloc`, the "trashcan").

use crate::object::Object;
use crate::thread;
use core::ptr::NonNull;

/// How deep destructors nest before objects are put on the list.
const MAX_NESTING: u32 = 50;

/// Deallocates an object whose count has just reached zero.
///
/// A chain of containers could nest destructors without bound; past [`MAX_NESTING`] dead objects are put on a list
/// that the outermost call empties. The list runs through the dead objects' count words.
///
/// # Safety
/// The count is zero and nobody else holds a pointer to the object.
#[cold]
#[inline(never)]
pub unsafe fn dealloc(object: NonNull<Object>) {
    let state = thread::current();
    let nesting = state.trash_nesting.get();
    // SAFETY: the object is dead but its header is intact.
    let ty = unsafe { object.as_ref() }.ty();
    if nesting >= MAX_NESTING && ty.is_gc_type() {
        // SAFETY: a dead object's count word is free to use as a link.
        unsafe { object.cast::<*mut Object>().as_ptr().write(state.trash.get()) };
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
    if nesting == 0 {
        empty_trash(state);
    }
}

fn empty_trash(state: &thread::ThreadState) {
    while let Some(object) = NonNull::new(state.trash.get()) {
        // SAFETY: the list was linked by `dealloc`; the count word becomes zero again.
        unsafe {
            let link = object.cast::<*mut Object>();
            state.trash.set(link.read());
            object.cast::<u64>().write(0);
            state.trash_nesting.set(1);
            if let Some(destroy) = object.as_ref().ty().tp_dealloc.get() {
                destroy(object.as_ptr());
            }
            state.trash_nesting.set(0);
        }
    }
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
