//! One collection. CPython: `gc_collect_main` in `Python/gc.c`.
//!
//! Steps: copy each object's count into its header; subtract the references that come from inside the generation; what
//! keeps a positive rest is reachable from outside, and so is all it reaches; the rest is garbage. Weak references to
//! garbage are cleared, finalisers run, and what they did not resurrect is cleared, which breaks the cycles.
//!
//! While a generation is under collection, the bits of `prev` above the flags hold the remaining count ("gc refs")
//! instead of a link; the list is then singly linked, and `move_unreachable` restores the links.

use super::{GcHead, GcState, PREV_COLLECTING, PREV_FINALIZED, PREV_MASK, is_gc};
use crate::object::Object;
use crate::reference::Ref;
use crate::{errors, interp, thread};
use core::ffi::{c_int, c_void};

/// Bit of `next` that marks tentatively unreachable objects in `move_unreachable`.
const NEXT_UNREACHABLE: usize = 1;
/// Bits of `prev` below the count.
const REFS_SHIFT: u32 = 2;

/// Flag of `gc.set_debug`: statistics to standard error.
pub const DEBUG_STATS: i32 = 1;
pub const DEBUG_COLLECTABLE: i32 = 2;
pub const DEBUG_UNCOLLECTABLE: i32 = 4;
pub const DEBUG_SAVEALL: i32 = 32;

/// Runs the collection that was scheduled (called from the eval breaker with no exception set).
pub fn run_scheduled() {
    let state = thread::current();
    state.clear_request(thread::breaker::GC_SCHEDULED);
    let gc = &state.interp.gc;
    if !gc.enabled.get() || gc.collecting.get() {
        return;
    }
    for generation in (0..3).rev() {
        let g = &gc.generations[generation];
        if g.count.get() > g.threshold.get() {
            if generation == 2 && gc.long_lived_pending.get() < gc.long_lived_total.get() / 4 {
                continue;
            }
            collect_with_callbacks(generation);
            break;
        }
    }
}

/// `gc.collect(generation)`: the number of unreachable objects.
pub fn collect_with_callbacks(generation: usize) -> isize {
    let gc = &interp::current().gc;
    if gc.collecting.replace(true) {
        return 0;
    }
    let saved = errors::take();
    invoke_callbacks(gc, "start", generation, 0, 0);
    let (collected, uncollectable) = collect(gc, generation);
    invoke_callbacks(gc, "stop", generation, collected, uncollectable);
    if let Some(exception) = saved {
        errors::restore(exception);
    }
    gc.collecting.set(false);
    collected + uncollectable
}

fn invoke_callbacks(gc: &GcState, phase: &str, generation: usize, collected: isize, uncollectable: isize) {
    let Some(callbacks) = gc.callbacks.get() else { return };
    if callbacks.is_empty() {
        return;
    }
    let run = || -> crate::Result<()> {
        let info = crate::Dict::new();
        let entries =
            [("generation", generation as isize), ("collected", collected), ("uncollectable", uncollectable)];
        for (name, value) in entries {
            info.set_str(&crate::Str::new(name), &crate::Int::from_i64(value as i64))?;
        }
        let phase = crate::Str::new(phase);
        for callback in callbacks.to_vec() {
            if callback.call(&[&phase, &info]).is_err() {
                errors::write_unraisable("on calling GC callback ", Some(&callback));
            }
        }
        Ok(())
    };
    if run().is_err() {
        errors::write_unraisable("in garbage collection callbacks", None);
    }
}

/// Iterates over a list of headers; the successor is read before the body runs.
fn for_each(list: &GcHead, mut body: impl FnMut(&GcHead)) {
    let mut at = list.next.get() & !NEXT_UNREACHABLE;
    while at != list.address() {
        // SAFETY: links of a well-formed list.
        let head = unsafe { GcHead::at(at) };
        at = head.next.get() & !NEXT_UNREACHABLE;
        body(head);
    }
}

fn new_list() -> Box<GcHead> {
    let list = Box::new(GcHead::unlinked());
    list.init_list();
    list
}

fn collect(gc: &GcState, generation: usize) -> (isize, isize) {
    for (index, g) in gc.generations.iter().enumerate() {
        match index {
            i if i <= generation => g.count.set(0),
            i if i == generation + 1 => g.count.set(g.count.get() + 1),
            _ => {}
        }
    }
    let target = &gc.generations[generation].head;
    for younger in &gc.generations[..generation] {
        target.merge(&younger.head);
    }
    let unreachable = new_list();
    deduce_unreachable(target, &unreachable);
    let mut survivors = 0;
    for_each(target, |_| survivors += 1);
    if generation < 2 {
        if generation == 1 {
            gc.long_lived_pending.set(gc.long_lived_pending.get() + survivors);
        }
        gc.generations[generation + 1].head.merge(target);
    } else {
        gc.long_lived_pending.set(0);
        gc.long_lived_total.set(survivors);
    }
    let old = if generation < 2 { &gc.generations[generation + 1].head } else { target };

    let legacy = new_list();
    move_legacy_finalizers(&unreachable, &legacy);
    let mut collected = 0;
    for_each(&unreachable, |_| collected += 1);
    clear_weakrefs(&unreachable);
    finalize_garbage(&unreachable);
    let final_unreachable = new_list();
    handle_resurrected(&unreachable, &final_unreachable, old);
    crate::weakref::clear_after_finalizers(&final_unreachable);
    delete_garbage(gc, &final_unreachable, old);

    let mut uncollectable = 0;
    for_each(&legacy, |head| {
        uncollectable += 1;
        if let Some(garbage) = gc.garbage.get() {
            garbage.push(head.object().to_ref());
        }
    });
    old.merge(&legacy);
    let stats = &gc.stats[generation];
    stats.collections.set(stats.collections.get() + 1);
    stats.collected.set(stats.collected.get() + collected as u64);
    stats.uncollectable.set(stats.uncollectable.get() + uncollectable as u64);
    (collected, uncollectable)
}

/// Splits `base` into what is reachable from outside (stays) and what is not.
fn deduce_unreachable(base: &GcHead, unreachable: &GcHead) {
    update_refs(base);
    subtract_refs(base);
    move_unreachable(base, unreachable);
}

fn refs(head: &GcHead) -> usize {
    head.prev.get() >> REFS_SHIFT
}

fn set_refs(head: &GcHead, count: usize) {
    head.prev.set((head.prev.get() & !PREV_MASK) | (count << REFS_SHIFT));
}

fn update_refs(list: &GcHead) {
    for_each(list, |head| {
        let object = head.object();
        if object.is_immortal() {
            // An immortal object is never garbage: leave the list, keep no count.
            remove_single(list, head);
            return;
        }
        let flags = head.prev.get() & PREV_FINALIZED;
        head.prev.set(flags | PREV_COLLECTING | ((object.refcount() as usize) << REFS_SHIFT));
    });
}

/// Unlinks a header while walking a list whose earlier headers have lost their back links.
fn remove_single(list: &GcHead, head: &GcHead) {
    // The predecessor may already hold a count in `prev`, but its address is still in this header's own `prev`.
    let _ = list;
    let prev = head.prev.get() & PREV_MASK;
    let next = head.next.get();
    // SAFETY: neighbours in a well-formed list.
    unsafe {
        GcHead::at(prev).next.set(next);
        let next = GcHead::at(next);
        next.prev.set(prev | (next.prev.get() & !PREV_MASK));
    }
    head.next.set(0);
    head.prev.set(head.prev.get() & !PREV_MASK);
}

fn traverse(object: &Object, visit: crate::slots::VisitFn, arg: *mut c_void) {
    if let Some(traverse) = object.ty().tp_traverse.get() {
        // SAFETY: the type's own traverse function on its instance; the visitors here run no Python code.
        unsafe { traverse(object.as_ptr(), visit, arg) };
    }
}

unsafe extern "C" fn visit_decref(object: *mut Object, _: *mut c_void) -> c_int {
    // SAFETY: traverse functions pass live objects.
    let object = unsafe { &*object };
    if is_gc(object) {
        let head = GcHead::of(object);
        if head.prev.get() & PREV_COLLECTING != 0 && refs(head) > 0 {
            head.prev.set(head.prev.get() - (1 << REFS_SHIFT));
        }
    }
    0
}

fn subtract_refs(list: &GcHead) {
    for_each(list, |head| traverse(head.object(), visit_decref, core::ptr::null_mut()));
}

/// Called on what a reachable object refers to: it is reachable too.
unsafe extern "C" fn visit_reachable(object: *mut Object, reachable: *mut c_void) -> c_int {
    // SAFETY: traverse functions pass live objects; `reachable` is the list head that `move_unreachable` passes.
    let (object, reachable) = unsafe { (&*object, &*reachable.cast::<GcHead>()) };
    if !is_gc(object) {
        return 0;
    }
    let head = GcHead::of(object);
    if head.prev.get() & PREV_COLLECTING == 0 {
        return 0;
    }
    if head.next.get() & NEXT_UNREACHABLE != 0 {
        // In the unreachable list by a hasty judgement: back it goes, to be traversed later.
        let prev = head.prev.get() & PREV_MASK;
        let next = head.next.get() & !NEXT_UNREACHABLE;
        // SAFETY: neighbours in the unreachable list, whose links carry the mark bit in `next`.
        unsafe {
            let before = GcHead::at(prev);
            before.next.set(next | (before.next.get() & NEXT_UNREACHABLE));
            let after = GcHead::at(next);
            after.prev.set(prev | (after.prev.get() & !PREV_MASK));
        }
        reachable.append(head);
        set_refs(head, 1);
    } else if refs(head) == 0 {
        set_refs(head, 1);
    }
    0
}

fn move_unreachable(young: &GcHead, unreachable: &GcHead) {
    let mut prev = young.address();
    let mut at = young.next.get();
    while at != young.address() {
        // SAFETY: links of the list under collection.
        let head = unsafe { GcHead::at(at) };
        if refs(head) > 0 {
            traverse(head.object(), visit_reachable, core::ptr::from_ref(young).cast_mut().cast());
            // Reachable and done: restore the back link and leave the collecting state.
            head.prev.set(prev | (head.prev.get() & PREV_FINALIZED));
            prev = at;
        } else {
            // SAFETY: `prev` is the last kept header of the list.
            unsafe { GcHead::at(prev) }.next.set(head.next.get());
            let last = unreachable.prev.get();
            // SAFETY: the last header of the unreachable list, or its head.
            let last_head = unsafe { GcHead::at(last) };
            last_head.next.set(at | if last == unreachable.address() { 0 } else { NEXT_UNREACHABLE });
            head.prev.set(last | (head.prev.get() & !PREV_MASK));
            head.next.set(unreachable.address() | NEXT_UNREACHABLE);
            unreachable.prev.set(at);
        }
        // SAFETY: `prev` is in the list; its successor is the next to look at.
        at = unsafe { GcHead::at(prev) }.next.get();
    }
    young.prev.set(prev);
    clear_unreachable_mark(unreachable);
}

fn clear_unreachable_mark(list: &GcHead) {
    list.next.set(list.next.get() & !NEXT_UNREACHABLE);
    let mut at = list.next.get();
    while at != list.address() {
        // SAFETY: links of a well-formed list.
        let head = unsafe { GcHead::at(at) };
        head.next.set(head.next.get() & !NEXT_UNREACHABLE);
        at = head.next.get();
    }
}

/// Objects with the old `tp_del` slot, and all they reach, cannot be collected.
fn move_legacy_finalizers(unreachable: &GcHead, legacy: &GcHead) {
    for_each(unreachable, |head| {
        if head.object().ty().tp_del.get().is_some() {
            move_to(head, legacy);
        }
    });
    unsafe extern "C" fn visit_move(object: *mut Object, legacy: *mut c_void) -> c_int {
        // SAFETY: as for the other visitors.
        let (object, legacy) = unsafe { (&*object, &*legacy.cast::<GcHead>()) };
        if is_gc(object) && GcHead::of(object).prev.get() & PREV_COLLECTING != 0 {
            move_to(GcHead::of(object), legacy);
        }
        0
    }
    for_each(legacy, |head| {
        traverse(head.object(), visit_move, core::ptr::from_ref(legacy).cast_mut().cast());
    });
}

fn move_to(head: &GcHead, list: &GcHead) {
    head.unlink();
    head.prev.set(head.prev.get() & !PREV_COLLECTING);
    list.append(head);
}

fn clear_weakrefs(unreachable: &GcHead) {
    let mut objects = Vec::new();
    for_each(unreachable, |head| objects.push(head.object().to_ref()));
    crate::weakref::handle_unreachable(&objects, &|object| {
        is_gc(object) && GcHead::of(object).prev.get() & PREV_COLLECTING != 0
    });
}

fn finalize_garbage(unreachable: &GcHead) {
    let mut objects = Vec::new();
    for_each(unreachable, |head| {
        let object = head.object();
        if head.prev.get() & PREV_FINALIZED == 0 && object.ty().tp_finalize.get().is_some() {
            head.prev.set(head.prev.get() | PREV_FINALIZED);
            objects.push(object.to_ref());
        }
    });
    for object in objects {
        if let Some(finalize) = object.ty().tp_finalize.get() {
            finalize(&object);
        }
    }
}

/// Finalisers may have made garbage reachable again: look once more.
fn handle_resurrected(unreachable: &GcHead, still: &GcHead, old: &GcHead) {
    for_each(unreachable, |head| head.prev.set(head.prev.get() & !PREV_COLLECTING));
    deduce_unreachable(unreachable, still);
    old.merge(unreachable);
}

fn delete_garbage(gc: &GcState, garbage: &GcHead, old: &GcHead) {
    while !garbage.is_empty_list() {
        // SAFETY: the list is not empty, so its first link is a live header.
        let head = unsafe { GcHead::at(garbage.next.get()) };
        let object: Ref<Object> = head.object().to_ref();
        head.prev.set(head.prev.get() & !PREV_COLLECTING);
        if gc.debug.get() & DEBUG_SAVEALL != 0 {
            if let Some(list) = gc.garbage.get() {
                list.push(object.clone());
            }
        } else if let Some(clear) = object.ty().tp_clear.get() {
            // SAFETY: the type's own clear function; our reference keeps the object alive.
            unsafe { clear(object.as_ptr()) };
            if errors::occurred() {
                errors::write_unraisable("in tp_clear of", Some(&object));
            }
        }
        // Still where it was: it survives until its last reference goes; move it on so that the loop ends.
        if garbage.next.get() == head.address() {
            head.unlink();
            old.append(head);
        }
    }
}

/// Every tracked object of a generation (`None`: all), for `gc.get_objects`.
pub fn objects(generation: Option<usize>) -> Vec<Ref<Object>> {
    let gc = &interp::current().gc;
    let mut found = Vec::new();
    for (index, g) in gc.generations.iter().enumerate() {
        if generation.is_none_or(|wanted| wanted == index) {
            for_each(&g.head, |head| found.push(head.object().to_ref()));
        }
    }
    found
}

/// The objects that refer directly to one of `targets` (`gc.get_referrers`).
pub fn referrers(targets: &[&Object]) -> Vec<Ref<Object>> {
    unsafe extern "C" fn visit(object: *mut Object, targets: *mut c_void) -> c_int {
        // SAFETY: the argument is the slice that `referrers` passes.
        let targets = unsafe { &*targets.cast::<&[&Object]>() };
        c_int::from(targets.iter().any(|t| t.as_ptr() == object))
    }
    let all = objects(None);
    let arg = (&raw const targets).cast_mut().cast::<c_void>();
    all.into_iter()
        .filter(|object| {
            object.ty().tp_traverse.get().is_some_and(|traverse| {
                // SAFETY: the type's own traverse function with a visitor that only compares.
                unsafe { traverse(object.as_ptr(), visit, arg) != 0 }
            })
        })
        .collect()
}

/// The objects that an object refers to directly (`gc.get_referents`).
pub fn referents(object: &Object) -> Vec<Ref<Object>> {
    unsafe extern "C" fn visit(object: *mut Object, out: *mut c_void) -> c_int {
        // SAFETY: the vector that `referents` passes, and a live object.
        unsafe { (*out.cast::<Vec<Ref<Object>>>()).push((*object).to_ref()) };
        0
    }
    let mut out: Vec<Ref<Object>> = Vec::new();
    if is_gc(object) {
        traverse(object, visit, (&raw mut out).cast());
    }
    out
}

/// `gc.freeze`: sets all tracked objects aside.
pub fn freeze() {
    let gc = &interp::current().gc;
    for g in &gc.generations {
        gc.permanent.merge(&g.head);
        g.count.set(0);
    }
}

/// `gc.unfreeze`.
pub fn unfreeze() {
    let gc = &interp::current().gc;
    gc.generations[2].head.merge(&gc.permanent);
}

/// `gc.get_freeze_count`.
pub fn freeze_count() -> usize {
    let mut count = 0;
    for_each(&interp::current().gc.permanent, |_| count += 1);
    count
}

/// Calls `body` for each object of a list; the successor is read first.
pub(crate) fn for_each_object(list: &GcHead, mut body: impl FnMut(&Object)) {
    for_each(list, |head| body(head.object()));
}
