//! The object header and its reference count.
//!
//! Every Python object begins with [`Object`]: CPython 3.14's `PyObject` on 64-bit (`Include/refcount.h`). The low
//! 32 bits of the count word are the count itself; a count whose sign bit (as `i32`) is set is *immortal*: it is
//! never changed and never reaches zero.
//!
//! Invariants: the reference count is only touched while the GIL is held; `ob_type` is never null; a pointer to an
//! object whose count is at least one is valid.

use crate::typeobj::TypeObject;
use core::cell::Cell;
use core::ptr::NonNull;

/// Count that marks an object as immortal at its creation (`_Py_IMMORTAL_INITIAL_REFCNT`).
pub const IMMORTAL_INITIAL: u32 = 3 << 30;
/// Flag of statically allocated objects in the flags half-word.
const STATIC_FLAG_BITS: u64 = 5;
/// The whole count word of a statically allocated object.
pub const STATIC_IMMORTAL: u64 = IMMORTAL_INITIAL as u64 | (STATIC_FLAG_BITS << 48);

/// `PyObject`: what all objects share.
#[repr(C)]
pub struct Object {
    ob_refcnt: Cell<u64>,
    ob_type: Cell<*const TypeObject>,
}

/// `PyVarObject`: an object with a size in items.
#[repr(C)]
pub struct VarObject {
    pub ob_base: Object,
    pub ob_size: Cell<isize>,
}

// SAFETY: statics hold objects; all access to counts and types happens with the GIL held.
unsafe impl Sync for Object {}
// SAFETY: as for `Object`.
unsafe impl Sync for VarObject {}

impl Object {
    /// A header with one reference, for a value that is about to be moved to the heap.
    pub const fn new(ty: &'static TypeObject) -> Object {
        Object { ob_refcnt: Cell::new(1), ob_type: Cell::new(ty) }
    }

    /// The header of a static (immortal) object.
    pub const fn immortal(ty: *const TypeObject) -> Object {
        Object { ob_refcnt: Cell::new(STATIC_IMMORTAL), ob_type: Cell::new(ty) }
    }

    /// The object's type, borrowed from the object.
    #[inline(always)]
    pub fn ty(&self) -> &TypeObject {
        // SAFETY: a live object's type pointer is valid and the object keeps its type alive.
        unsafe { &*self.ob_type.get() }
    }

    /// The type as a raw pointer, for identity tests.
    #[inline(always)]
    pub fn type_ptr(&self) -> *const TypeObject {
        self.ob_type.get()
    }

    /// Replaces the type pointer (`Py_SET_TYPE`); counts are the caller's affair.
    pub fn set_type_ptr(&self, ty: *const TypeObject) {
        self.ob_type.set(ty);
    }

    /// The current reference count (`Py_REFCNT`).
    #[inline(always)]
    pub fn refcount(&self) -> u32 {
        self.ob_refcnt.get() as u32
    }

    /// Sets the count of a mortal object (collector and resurrection only).
    pub fn set_refcount(&self, count: u32) {
        self.ob_refcnt.set((self.ob_refcnt.get() & !0xffff_ffff) | u64::from(count));
    }

    /// True when the count never changes.
    #[inline(always)]
    pub fn is_immortal(&self) -> bool {
        (self.ob_refcnt.get() as i32) < 0
    }

    /// Makes the object immortal from now on.
    pub fn make_immortal(&self) {
        self.ob_refcnt.set(u64::from(IMMORTAL_INITIAL) | (1 << 48));
    }

    /// `Py_INCREF`. Prefer cloning a [`crate::Ref`].
    #[inline(always)]
    pub fn incref(&self) {
        let word = self.ob_refcnt.get();
        if (word as i32) < 0 {
            return;
        }
        self.ob_refcnt.set(word + 1);
    }

    /// `Py_DECREF`: gives one reference back; at zero the object is deallocated.
    ///
    /// # Safety
    /// The caller owns one reference and does not use it afterwards.
    #[inline(always)]
    pub unsafe fn decref(this: NonNull<Object>) {
        // SAFETY: the caller owns a reference, so the object is alive.
        let object = unsafe { this.as_ref() };
        let word = object.ob_refcnt.get();
        if (word as i32) < 0 {
            return;
        }
        object.ob_refcnt.set(word - 1);
        if word as u32 == 1 {
            // SAFETY: the last reference is gone; nobody else can reach the object.
            unsafe { crate::dealloc::dealloc(this) }
        }
    }

    /// The address as an owned-nothing pointer for C faces.
    #[inline(always)]
    pub fn as_ptr(&self) -> *mut Object {
        core::ptr::from_ref(self).cast_mut()
    }

    /// Same object?
    #[inline(always)]
    pub fn is(&self, other: &Object) -> bool {
        core::ptr::eq(self, other)
    }

    /// True for the object `None`.
    #[inline(always)]
    pub fn is_none(&self) -> bool {
        core::ptr::eq(self, none())
    }

    /// The name of the type for messages (`Py_TYPE(o)->tp_name`).
    pub fn type_name(&self) -> &str {
        self.ty().name()
    }

    /// Checked downcast: `Some` when the object's type is `T`'s type or a subtype.
    #[inline(always)]
    pub fn downcast<T: crate::Typed>(&self) -> Option<&T> {
        // SAFETY: `check` is `Typed`'s promise that the layout is `T`'s.
        if T::check(self) { Some(unsafe { self.cast::<T>() }) } else { None }
    }

    /// Checked downcast to exactly `T`'s own type.
    #[inline(always)]
    pub fn downcast_exact<T: crate::Typed>(&self) -> Option<&T> {
        // SAFETY: the exact type has `T`'s layout.
        if T::check_exact(self) { Some(unsafe { self.cast::<T>() }) } else { None }
    }

    /// The receiver of a slot or method of `T`: callers have tested the type, a violation is a bug.
    #[inline(always)]
    pub fn expect<T: crate::Typed>(&self) -> &T {
        debug_assert!(T::check(self), "slot of {} called with {}", T::type_object().name(), self.type_name());
        // SAFETY: a type's slots and methods are reached only through instances of that type; method descriptors
        // and slot wrappers test it.
        unsafe { self.cast::<T>() }
    }

    /// Reinterprets the object as a `T`.
    ///
    /// # Safety
    /// The object's type is `T`'s or a subtype of it.
    #[inline(always)]
    pub unsafe fn cast<T: crate::Typed>(&self) -> &T {
        // SAFETY: the caller promises the layout.
        unsafe { &*core::ptr::from_ref(self).cast::<T>() }
    }

    /// A new reference to this object.
    #[inline(always)]
    pub fn to_ref(&self) -> crate::Ref<Object> {
        crate::Ref::from_borrowed(self)
    }
}

impl VarObject {
    /// Header of a variable-size object with one reference.
    pub const fn new(ty: &'static TypeObject, size: isize) -> VarObject {
        VarObject { ob_base: Object::new(ty), ob_size: Cell::new(size) }
    }

    /// Header of a static variable-size object.
    pub const fn immortal(ty: *const TypeObject, size: isize) -> VarObject {
        VarObject { ob_base: Object::immortal(ty), ob_size: Cell::new(size) }
    }
}

impl core::fmt::Debug for Object {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "<{} object at {:p}>", self.type_name(), self)
    }
}

/// The object `None`.
#[inline(always)]
pub fn none() -> &'static Object {
    &crate::singletons::_Py_NoneStruct
}

/// The object `NotImplemented`.
#[inline(always)]
pub fn not_implemented() -> &'static Object {
    &crate::singletons::_Py_NotImplementedStruct
}

/// `True` or `False`.
#[inline(always)]
pub fn bool_object(value: bool) -> &'static Object {
    crate::int::bool_singleton(value)
}
