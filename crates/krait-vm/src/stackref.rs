//! Tagged references of the evaluation stack and the locals. CPython: `pycore_stackref.h`.
//!
//! One word: an object's address, whose low bit says *borrowed*. A borrowed reference owns no count: the compiler has
//! proved that the local variable it was loaded from outlives it (`LOAD_FAST_BORROW`), or the object is immortal. The
//! word 1 is null; dropping it costs nothing, because it reads as borrowed.

use core::mem::ManuallyDrop;
use core::ptr::NonNull;
use krait_object::{Object, Ref};

const BORROWED: usize = 1;

/// An owned or borrowed reference, or null.
#[repr(transparent)]
pub struct StackRef(usize);

impl StackRef {
    pub const NULL: StackRef = StackRef(BORROWED);

    /// Takes over an owned reference.
    #[inline(always)]
    pub fn owned(value: Ref<Object>) -> StackRef {
        StackRef(value.into_raw() as usize)
    }

    /// A new counted reference.
    #[inline(always)]
    pub fn new(object: &Object) -> StackRef {
        object.incref();
        StackRef(object.as_ptr() as usize)
    }

    /// A reference that owns no count.
    ///
    /// # Safety
    /// The object outlives the reference: it is immortal, or something that stays in place keeps it alive.
    #[inline(always)]
    pub unsafe fn borrowed(object: &Object) -> StackRef {
        StackRef(object.as_ptr() as usize | BORROWED)
    }

    /// A reference to an immortal object.
    #[inline(always)]
    pub fn immortal(object: &'static Object) -> StackRef {
        StackRef(object.as_ptr() as usize | BORROWED)
    }

    #[inline(always)]
    pub fn is_null(&self) -> bool {
        self.0 == BORROWED
    }

    /// Owns a count (not null, not borrowed)?
    #[inline(always)]
    pub fn is_counted(&self) -> bool {
        self.0 & BORROWED == 0
    }

    /// The address, null for null.
    #[inline(always)]
    pub fn as_ptr(&self) -> *mut Object {
        (self.0 & !BORROWED) as *mut Object
    }

    /// The object, or nothing for null.
    #[inline(always)]
    pub fn get(&self) -> Option<&Object> {
        // SAFETY: a reference that is not null keeps or borrows a live object.
        unsafe { self.as_ptr().as_ref() }
    }

    /// The object of a reference that is known not to be null.
    #[inline(always)]
    pub fn object(&self) -> &Object {
        debug_assert!(!self.is_null(), "null on the stack");
        // SAFETY: not null by the instruction's contract; alive as for `get`.
        unsafe { &*self.as_ptr() }
    }

    /// The object with the lifetime that the caller vouches for.
    ///
    /// # Safety
    /// The reference is not null and outlives the result.
    #[inline(always)]
    pub unsafe fn object_unbound<'a>(&self) -> &'a Object {
        // SAFETY: the caller's promise.
        unsafe { &*self.as_ptr() }
    }

    /// Turns into an owned reference; a borrowed one gains a count. Must not be null.
    #[inline(always)]
    pub fn into_ref(self) -> Ref<Object> {
        debug_assert!(!self.is_null());
        let this = ManuallyDrop::new(self);
        // SAFETY: not null; the count is this reference's own, or made just now.
        unsafe {
            let ptr = NonNull::new_unchecked(this.as_ptr());
            if !this.is_counted() {
                ptr.as_ref().incref();
            }
            Ref::from_owned(ptr)
        }
    }

    /// As [`StackRef::into_ref`], nothing for null.
    #[inline(always)]
    pub fn into_ref_opt(self) -> Option<Ref<Object>> {
        if self.is_null() { None } else { Some(self.into_ref()) }
    }

    /// Makes sure that the reference owns its count, so that it may outlive the frame.
    #[inline(always)]
    pub fn heap_safe(self) -> StackRef {
        if self.0 & BORROWED != 0 && self.0 != BORROWED {
            self.object().incref();
            let this = ManuallyDrop::new(self);
            return StackRef(this.0 & !BORROWED);
        }
        self
    }

    /// A second reference with its own count; null stays null.
    #[inline(always)]
    pub fn duplicate(&self) -> StackRef {
        if self.is_counted() {
            self.object().incref();
        }
        StackRef(self.0)
    }

    /// A second, borrowed reference to what this one holds.
    ///
    /// # Safety
    /// This reference stays where it is while the result is in use.
    #[inline(always)]
    pub unsafe fn lend(&self) -> StackRef {
        StackRef(self.0 | BORROWED)
    }
}

impl StackRef {
    /// Drops a reference to an exact `int` or `float`, whose memory can be freed at once.
    ///
    /// # Safety
    /// The object is of such a type: nothing lies before it and no destructor needs to run.
    #[inline(always)]
    pub unsafe fn drop_plain(self) {
        let this = ManuallyDrop::new(self);
        if !this.is_counted() {
            return;
        }
        let object = this.object();
        if object.is_immortal() {
            return;
        }
        let count = object.refcount() - 1;
        object.set_refcount(count);
        if count == 0 {
            // SAFETY: the last reference is gone; the caller vouches for the type.
            unsafe { krait_object::alloc::free(object.as_ptr().cast()) };
        }
    }
}

impl Drop for StackRef {
    #[inline(always)]
    fn drop(&mut self) {
        if self.is_counted() {
            // SAFETY: the reference owns one count and is not used after drop.
            unsafe { Object::decref(NonNull::new_unchecked(self.0 as *mut Object)) }
        }
    }
}

impl From<Ref<Object>> for StackRef {
    #[inline(always)]
    fn from(value: Ref<Object>) -> StackRef {
        StackRef::owned(value)
    }
}
