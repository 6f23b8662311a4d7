//! The cycle collector. CPython: `Python/gc.c`.
//!
//! - this file: the header before collected objects, tracking, the state, the face for `tp_traverse`
//! - `collect`: one collection
//!
//! Three generations; an object enters the youngest when it is tracked, and survivors move on. A collection is asked
//! for when the youngest has grown past its threshold, and runs at the next check of the eval breaker, so that
//! allocation itself never runs Python code.
//!
//! Invariants: a header's `next` is zero exactly when the object is untracked; list heads live in the interpreter,
//! which never moves; flag bits live in the low two bits of `prev`.

pub mod collect;

use crate::object::Object;
use crate::reference::Slot;
use core::cell::Cell;

/// `PyGC_Head`: the 16 bytes before every object of a collected type.
#[repr(C)]
pub struct GcHead {
    pub next: Cell<usize>,
    pub prev: Cell<usize>,
}

/// The finaliser has run.
pub(crate) const PREV_FINALIZED: usize = 1;
/// In the generation under collection.
pub(crate) const PREV_COLLECTING: usize = 2;
pub(crate) const PREV_MASK: usize = !3;

impl GcHead {
    pub(crate) const fn unlinked() -> GcHead {
        GcHead { next: Cell::new(0), prev: Cell::new(0) }
    }

    pub(crate) fn address(&self) -> usize {
        core::ptr::from_ref(self) as usize
    }

    /// Makes an empty list of it.
    pub(crate) fn init_list(&self) {
        self.next.set(self.address());
        self.prev.set(self.address());
    }

    pub(crate) fn is_empty_list(&self) -> bool {
        self.next.get() == self.address()
    }

    /// The header before a collected object.
    #[inline(always)]
    pub(crate) fn of(object: &Object) -> &GcHead {
        // SAFETY: callers pass instances of collected types, which have a header before them.
        unsafe { &*core::ptr::from_ref(object).cast::<GcHead>().sub(1) }
    }

    /// The object behind a header.
    #[inline(always)]
    pub(crate) fn object(&self) -> &Object {
        // SAFETY: every linked header but a list head is followed by its object.
        unsafe { &*core::ptr::from_ref(self).add(1).cast::<Object>() }
    }

    /// # Safety
    /// `address` is that of a live header.
    #[inline(always)]
    pub(crate) unsafe fn at<'a>(address: usize) -> &'a GcHead {
        // SAFETY: the caller's promise.
        unsafe { &*(address as *const GcHead) }
    }

    /// Appends an unlinked header to the list.
    #[inline(always)]
    pub(crate) fn append(&self, node: &GcHead) {
        let last = self.prev.get();
        // SAFETY: a list's links are live headers.
        unsafe { GcHead::at(last) }.next.set(node.address());
        node.prev.set(last | (node.prev.get() & !PREV_MASK));
        node.next.set(self.address());
        self.prev.set(node.address());
    }

    /// Takes the header out of its list; flags stay.
    #[inline(always)]
    pub(crate) fn unlink(&self) {
        let (prev, next) = (self.prev.get() & PREV_MASK, self.next.get());
        // SAFETY: a linked header's neighbours are live headers.
        unsafe {
            GcHead::at(prev).next.set(next);
            let next = GcHead::at(next);
            next.prev.set(prev | (next.prev.get() & !PREV_MASK));
        }
        self.next.set(0);
        self.prev.set(self.prev.get() & !PREV_MASK);
    }

    /// Moves all headers of `from` to the end of this list.
    pub(crate) fn merge(&self, from: &GcHead) {
        if from.is_empty_list() {
            return;
        }
        let (first, last, tail) = (from.next.get(), from.prev.get(), self.prev.get());
        // SAFETY: ends of two well-formed lists.
        unsafe {
            GcHead::at(tail).next.set(first);
            let head = GcHead::at(first);
            head.prev.set(tail | (head.prev.get() & !PREV_MASK));
            GcHead::at(last).next.set(self.address());
        }
        self.prev.set(last);
        from.init_list();
    }
}

/// One generation.
pub struct Generation {
    pub(crate) head: GcHead,
    pub threshold: Cell<i32>,
    pub count: Cell<i32>,
}

/// Totals of one generation (`gc.get_stats`).
#[derive(Default)]
pub struct GenerationStats {
    pub collections: Cell<u64>,
    pub collected: Cell<u64>,
    pub uncollectable: Cell<u64>,
}

/// Collector state of one interpreter.
pub struct GcState {
    pub enabled: Cell<bool>,
    /// `gc.set_debug` flags.
    pub debug: Cell<i32>,
    pub generations: [Generation; 3],
    /// Objects set aside by `gc.freeze`.
    pub(crate) permanent: GcHead,
    pub stats: [GenerationStats; 3],
    pub collecting: Cell<bool>,
    /// `gc.garbage`.
    pub garbage: Slot<crate::List>,
    /// `gc.callbacks`.
    pub callbacks: Slot<crate::List>,
    pub(crate) long_lived_total: Cell<isize>,
    pub(crate) long_lived_pending: Cell<isize>,
}

impl GcState {
    pub(crate) fn new() -> GcState {
        let generation = |threshold| Generation {
            head: GcHead::unlinked(),
            threshold: Cell::new(threshold),
            count: Cell::new(0),
        };
        GcState {
            enabled: Cell::new(true),
            debug: Cell::new(0),
            generations: [generation(2000), generation(10), generation(10)],
            permanent: GcHead::unlinked(),
            stats: Default::default(),
            collecting: Cell::new(false),
            garbage: Slot::empty(),
            callbacks: Slot::empty(),
            long_lived_total: Cell::new(0),
            long_lived_pending: Cell::new(0),
        }
    }

    /// Links the list heads to themselves, once the state has its final address.
    pub(crate) fn init(&self) {
        for generation in &self.generations {
            generation.head.init_list();
        }
        self.permanent.init_list();
    }
}

/// Does the object have a collector header (`PyObject_IS_GC`)?
#[inline(always)]
pub fn is_gc(object: &Object) -> bool {
    let ty = object.ty();
    ty.is_gc_type() && ty.tp_is_gc.get().is_none_or(|f| f(object) != 0)
}

/// Puts a container under the collector's eye (`PyObject_GC_Track`).
#[inline(always)]
pub fn track(object: &Object) {
    let head = GcHead::of(object);
    if head.next.get() != 0 {
        return;
    }
    let state = crate::thread::current();
    let young = &state.interp.gc.generations[0];
    young.head.append(head);
    let count = young.count.get() + 1;
    young.count.set(count);
    if count > young.threshold.get() {
        schedule(state);
    }
}

/// Asks for a collection at the next check of the eval breaker.
#[cold]
fn schedule(state: &crate::thread::ThreadState) {
    let gc = &state.interp.gc;
    if gc.enabled.get() && gc.generations[0].threshold.get() != 0 && !gc.collecting.get() {
        state.request(crate::thread::breaker::GC_SCHEDULED);
    }
}

/// Takes it out again (`PyObject_GC_UnTrack`); harmless when it is not tracked.
#[inline(always)]
pub fn untrack(object: &Object) {
    let head = GcHead::of(object);
    if head.next.get() == 0 {
        return;
    }
    head.unlink();
    let young = &crate::interp::current().gc.generations[0];
    if young.count.get() > 0 {
        young.count.set(young.count.get() - 1);
    }
}

/// Is it tracked?
pub fn is_tracked(object: &Object) -> bool {
    is_gc(object) && GcHead::of(object).next.get() != 0
}

/// Has its finaliser run?
pub fn is_finalized(object: &Object) -> bool {
    is_gc(object) && GcHead::of(object).prev.get() & PREV_FINALIZED != 0
}

/// Remembers that the finaliser has run.
pub fn set_finalized(object: &Object) {
    let head = GcHead::of(object);
    head.prev.set(head.prev.get() | PREV_FINALIZED);
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
    pub fn slot<T: crate::Typed>(&self, slot: &crate::Slot<T>) -> Result<(), core::ffi::c_int> {
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
