//! Owned references and the typing of native objects.
//!
//! `Ref<T>` owns one reference: cloning increments, dropping decrements. `&T` is a borrowed reference. Neither can
//! cross threads, because counts are only touched under the GIL. `Option<Ref<T>>` is one nullable pointer.

use crate::object::Object;
use crate::typeobj::TypeObject;
use core::marker::PhantomData;
use core::ops::Deref;
use core::ptr::NonNull;

/// A Rust struct that is the layout of a Python type's instances.
///
/// # Safety
/// The struct is `repr(C)` and starts with an [`Object`] header; every object for which [`Typed::check`] is true has
/// (at least) this layout.
pub unsafe trait Typed: 'static {
    /// The Python type.
    fn type_object() -> &'static TypeObject;

    /// Instance of the type or of a subtype?
    #[inline(always)]
    fn check(object: &Object) -> bool {
        Self::check_exact(object) || object.ty().is_subtype_of(Self::type_object())
    }

    /// Instance of exactly the type?
    #[inline(always)]
    fn check_exact(object: &Object) -> bool {
        core::ptr::eq(object.type_ptr(), Self::type_object())
    }
}

// SAFETY: `Object` is its own header; every object is one.
unsafe impl Typed for Object {
    fn type_object() -> &'static TypeObject {
        &crate::typeobj::PyBaseObject_Type
    }
    #[inline(always)]
    fn check(_: &Object) -> bool {
        true
    }
}

/// Declares that a `repr(C)` struct is the instance layout of a static type, and makes it dereference to [`Object`].
///
/// `object_type!(List, PyList_Type)` tests by walking the MRO; `object_type!(List, PyList_Type, LIST_SUBCLASS)` tests
/// a type flag.
#[macro_export]
macro_rules! object_type {
    ($name:ty, $type_object:path) => {
        // SAFETY: declared beside the struct, which is repr(C) with the header first; the type object's basicsize is
        // at least the struct's size.
        unsafe impl $crate::Typed for $name {
            #[inline(always)]
            fn type_object() -> &'static $crate::TypeObject {
                &$type_object
            }
        }
        $crate::object_type!(@deref $name);
    };
    ($name:ty, $type_object:path, $flag:ident) => {
        // SAFETY: as above; the flag is inherited by subtypes and set on no other type.
        unsafe impl $crate::Typed for $name {
            #[inline(always)]
            fn type_object() -> &'static $crate::TypeObject {
                &$type_object
            }
            #[inline(always)]
            fn check(object: &$crate::Object) -> bool {
                object.ty().has_flag($crate::typeobj::flags::$flag)
            }
        }
        $crate::object_type!(@deref $name);
    };
    (@deref $name:ty) => {
        impl core::ops::Deref for $name {
            type Target = $crate::Object;
            #[inline(always)]
            fn deref(&self) -> &$crate::Object {
                // SAFETY: the struct is repr(C) and starts with the header.
                unsafe { &*core::ptr::from_ref(self).cast::<$crate::Object>() }
            }
        }
    };
}

/// An owned reference to an object of layout `T`.
#[repr(transparent)]
pub struct Ref<T: Typed = Object> {
    ptr: NonNull<T>,
    /// Neither `Send` nor `Sync`.
    _not_send: PhantomData<*const T>,
}

impl<T: Typed> Ref<T> {
    /// A new reference to a borrowed object.
    #[inline(always)]
    pub fn from_borrowed(object: &T) -> Ref<T> {
        let ptr = NonNull::from(object);
        // SAFETY: `T: Typed` starts with an `Object` and the borrow proves it is alive.
        unsafe { ptr.cast::<Object>().as_ref().incref() };
        Ref { ptr, _not_send: PhantomData }
    }

    /// Takes over one reference that the caller owns.
    ///
    /// # Safety
    /// `ptr` is a valid object of layout `T`, and the caller gives one owned reference away.
    #[inline(always)]
    pub unsafe fn from_owned(ptr: NonNull<T>) -> Ref<T> {
        Ref { ptr, _not_send: PhantomData }
    }

    /// Takes over one reference from a nullable pointer; null gives `None`.
    ///
    /// # Safety
    /// As for [`Ref::from_owned`] when not null.
    #[inline(always)]
    pub unsafe fn from_owned_opt(ptr: *mut T) -> Option<Ref<T>> {
        // SAFETY: the caller's promise.
        NonNull::new(ptr).map(|p| unsafe { Ref::from_owned(p) })
    }

    /// Gives the reference to the caller as a raw pointer (a C function's "new reference").
    #[inline(always)]
    pub fn into_raw(self) -> *mut T {
        let ptr = self.ptr.as_ptr();
        core::mem::forget(self);
        ptr
    }

    /// The pointer, still owned by this reference.
    #[inline(always)]
    pub fn as_raw(&self) -> *mut T {
        self.ptr.as_ptr()
    }

    /// Upcast without touching the count.
    #[inline(always)]
    pub fn into_object(self) -> Ref<Object> {
        // SAFETY: every `T: Typed` is an object; ownership moves.
        unsafe { Ref::from_owned(NonNull::new_unchecked(self.into_raw().cast::<Object>())) }
    }

    /// Downcast without a test.
    ///
    /// # Safety
    /// The object has layout `U`.
    #[inline(always)]
    pub unsafe fn cast_into<U: Typed>(self) -> Ref<U> {
        // SAFETY: the caller promises the layout; ownership moves.
        unsafe { Ref::from_owned(NonNull::new_unchecked(self.into_raw().cast::<U>())) }
    }

    /// The borrowed object with the lifetime of an immortal one.
    ///
    /// # Safety
    /// The object is immortal or outlives every use of the result.
    pub unsafe fn leak_ref(&self) -> &'static T {
        // SAFETY: the caller's promise.
        unsafe { &*self.ptr.as_ptr() }
    }
}

impl Ref<Object> {
    /// Checked downcast that keeps ownership; the object comes back on mismatch.
    #[inline]
    pub fn downcast_into<U: Typed>(self) -> core::result::Result<Ref<U>, Ref<Object>> {
        // SAFETY: `check` tells the layout.
        if U::check(&self) { Ok(unsafe { self.cast_into::<U>() }) } else { Err(self) }
    }
}

impl<T: Typed> Clone for Ref<T> {
    #[inline(always)]
    fn clone(&self) -> Ref<T> {
        // SAFETY: this reference keeps the object alive.
        Ref::from_borrowed(unsafe { self.ptr.as_ref() })
    }
}

impl<T: Typed> Drop for Ref<T> {
    #[inline(always)]
    fn drop(&mut self) {
        // SAFETY: this reference owns one count and is not used after drop.
        unsafe { Object::decref(self.ptr.cast()) }
    }
}

impl<T: Typed> Deref for Ref<T> {
    type Target = T;
    #[inline(always)]
    fn deref(&self) -> &T {
        // SAFETY: an owned reference keeps the object alive.
        unsafe { self.ptr.as_ref() }
    }
}

impl<T: Typed + Deref<Target = Object>> From<Ref<T>> for Ref<Object> {
    fn from(value: Ref<T>) -> Ref<Object> {
        value.into_object()
    }
}

impl<T: Typed> From<&T> for Ref<T> {
    fn from(value: &T) -> Ref<T> {
        Ref::from_borrowed(value)
    }
}

impl<T: Typed> core::fmt::Debug for Ref<T> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        // SAFETY: every `T: Typed` starts with an object header.
        unsafe { self.ptr.cast::<Object>().as_ref() }.fmt(f)
    }
}

impl<T: Typed + core::fmt::Display> core::fmt::Display for Ref<T> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        (**self).fmt(f)
    }
}

/// A nullable owned reference in a field of an object: `Cell<Option<Ref<T>>>` with borrowing read access.
///
/// Replacing the content drops the old value *after* the new one is in place, because the drop may run Python code.
#[repr(transparent)]
pub struct Slot<T: Typed = Object>(core::cell::UnsafeCell<Option<Ref<T>>>);

impl<T: Typed> Slot<T> {
    /// An empty slot.
    pub const fn empty() -> Slot<T> {
        Slot(core::cell::UnsafeCell::new(None))
    }

    /// A slot that holds `value`.
    pub const fn new(value: Ref<T>) -> Slot<T> {
        Slot(core::cell::UnsafeCell::new(Some(value)))
    }

    /// A slot that holds `value` or nothing.
    pub const fn from_option(value: Option<Ref<T>>) -> Slot<T> {
        Slot(core::cell::UnsafeCell::new(value))
    }

    /// A new reference to the content.
    #[inline(always)]
    pub fn get(&self) -> Option<Ref<T>> {
        // SAFETY: single-threaded by the GIL; no Python code runs during the clone.
        unsafe { (*self.0.get()).clone() }
    }

    /// The content, borrowed. The borrow must not outlive a call that may run Python code and replace it.
    ///
    /// # Safety
    /// Nothing replaces the content while the result is in use.
    #[inline(always)]
    pub unsafe fn peek(&self) -> Option<&T> {
        // SAFETY: the caller's promise.
        unsafe { (*self.0.get()).as_deref() }
    }

    /// Is there nothing in it?
    #[inline(always)]
    pub fn is_empty(&self) -> bool {
        // SAFETY: single-threaded by the GIL.
        unsafe { (*self.0.get()).is_none() }
    }

    /// The content's address, or null.
    #[inline(always)]
    pub fn as_ptr(&self) -> *mut T {
        // SAFETY: single-threaded by the GIL.
        unsafe { (*self.0.get()).as_ref().map_or(core::ptr::null_mut(), Ref::as_raw) }
    }

    /// Replaces the content and drops the old one.
    pub fn set(&self, value: impl Into<Option<Ref<T>>>) {
        drop(self.replace(value.into()));
    }

    /// Replaces the content and gives the old one back.
    pub fn replace(&self, value: Option<Ref<T>>) -> Option<Ref<T>> {
        // SAFETY: single-threaded by the GIL; no reference into the cell is held during the swap.
        unsafe { core::mem::replace(&mut *self.0.get(), value) }
    }

    /// Empties the slot.
    pub fn take(&self) -> Option<Ref<T>> {
        self.replace(None)
    }
}
