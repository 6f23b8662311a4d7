//! The cycle collector. CPython: `Python/gc.c`.

use crate::object::Object;
use core::cell::Cell;

/// `PyGC_Head`: the 16 bytes before every object of a collected type. `next` is zero while the object is untracked;
/// both words carry flag bits in their low bits during a collection.
#[repr(C)]
pub struct GcHead {
    pub next: Cell<usize>,
    pub prev: Cell<usize>,
}

/// Collector state of one interpreter.
pub struct GcState {}

impl GcState {
    pub const fn new() -> GcState {
        GcState {}
    }
}

/// Puts a container under the collector's eye (`PyObject_GC_Track`).
#[inline(always)]
pub fn track(_object: &Object) {}

/// Takes it out again (`PyObject_GC_UnTrack`); harmless when it is not tracked.
#[inline(always)]
pub fn untrack(_object: &Object) {}

/// Is it tracked?
pub fn is_tracked(_object: &Object) -> bool {
    false
}

/// Calls the visitor on objects, for `tp_traverse`: stops at the first non-zero answer.
pub struct Visitor {
    visit: crate::slots::VisitFn,
    arg: *mut core::ffi::c_void,
}

impl Visitor {
    /// From the arguments of `tp_traverse`.
    pub fn new(visit: crate::slots::VisitFn, arg: *mut core::ffi::c_void) -> Visitor {
        Visitor { visit, arg }
    }

    /// Visits one object.
    #[inline(always)]
    pub fn visit(&self, object: &Object) -> Result<(), core::ffi::c_int> {
        // SAFETY: the collector's visitor with the collector's argument; visitors do not change objects.
        match unsafe { (self.visit)(object.as_ptr(), self.arg) } {
            0 => Ok(()),
            stop => Err(stop),
        }
    }

    /// Visits the content of a slot.
    #[inline(always)]
    pub fn slot<T: crate::Typed + core::ops::Deref<Target = Object>>(
        &self,
        slot: &crate::Slot<T>,
    ) -> Result<(), core::ffi::c_int> {
        // SAFETY: visitors run no Python code, so the content stays.
        match unsafe { slot.as_ptr().cast::<Object>().as_ref() } {
            Some(object) => self.visit(object),
            None => Ok(()),
        }
    }
}

/// Defines a `tp_traverse` function from a closure body: `traverse!(list_traverse, List, |this, v| { v.slot(&this.x)?; })`.
#[macro_export]
macro_rules! traverse {
    ($name:ident, $ty:ty, |$this:ident, $v:ident| $body:block) => {
        unsafe extern "C" fn $name(
            object: *mut $crate::Object,
            visit: $crate::slots::VisitFn,
            arg: *mut core::ffi::c_void,
        ) -> core::ffi::c_int {
            // SAFETY: called by the collector with an instance of the type.
            let $this = unsafe { &*object.cast::<$ty>() };
            let $v = $crate::gc::Visitor::new(visit, arg);
            let walk = || -> core::result::Result<(), core::ffi::c_int> {
                $body
                Ok(())
            };
            match walk() {
                Ok(()) => 0,
                Err(stop) => stop,
            }
        }
    };
}
