//! `lock` and `RLock`.

use super::raw_lock::RawLock;
use crate::time::{Rounding, nanos_from};
use core::cell::Cell;
use krait_macros::pyfn;
use krait_object::args::Args;
use krait_object::dealloc::dealloc_gc;
use krait_object::errors::{overflow_error, runtime_error, type_error, value_error};
use krait_object::typeobj::flags;
use krait_object::weakref::ListHead;
use krait_object::{Dict, Int, MethodDef, Object, Ref, Result, Str, Tuple, TypeObject, alloc, gc, thread};

/// Longest timeout in seconds.
pub const TIMEOUT_MAX: f64 = 9_223_372_036.0;

/// `_thread.lock`.
#[repr(C)]
pub struct Lock {
    ob_base: Object,
    weaklist: ListHead,
    raw: RawLock,
}

krait_object::object_type!(Lock, LOCK);

static LOCK_METHODS: &[MethodDef] = &[
    acquire::DEF,
    acquire_lock::DEF,
    release::DEF,
    release_lock::DEF,
    locked::DEF,
    locked_lock::DEF,
    enter::DEF,
    exit::DEF,
    at_fork_reinit::DEF,
    MethodDef::SENTINEL,
];

/// The type `_thread.lock`.
pub static LOCK: TypeObject = TypeObject::of::<Lock>(c"_thread.lock")
    .flags(flags::HAVE_GC | flags::IMMUTABLETYPE)
    .doc(c"lock()\n--\n\nA lock object is a synchronization primitive.")
    .weaklist_offset(core::mem::offset_of!(Lock, weaklist))
    .tp_dealloc(dealloc_gc::<Lock>)
    .tp_traverse(traverse_lock)
    .tp_repr(lock_repr)
    .tp_new(lock_new)
    .methods(LOCK_METHODS);

krait_object::traverse!(traverse_lock, Lock, |_this, _v| {});

/// A new free lock.
pub fn new_lock() -> Result {
    let object = alloc::alloc_instance(&LOCK, 0)?;
    gc::track(&object);
    Ok(object)
}

extern "C" fn lock_new(_: &TypeObject, args: &Tuple, kwargs: Option<&Object>) -> Result {
    let given = kwargs.and_then(|k| k.downcast::<Dict>()).map_or(0, Dict::len);
    if args.len() + given > 0 {
        return Err(type_error("lock() takes no arguments"));
    }
    new_lock()
}

extern "C" fn lock_repr(object: &Object) -> Result {
    let state = if object.expect::<Lock>().raw.is_locked() { "locked" } else { "unlocked" };
    let name = object.ty().full_name();
    Ok(Str::new(&format!("<{state} {name} object at {:#x}>", object.as_ptr() as usize)).into_object())
}

/// The timeout of `acquire`: `Some(None)` waits for ever, `None` does not wait.
fn timeout_argument(blocking: bool, timeout: Option<&Object>) -> Result<Option<Option<i128>>> {
    let unset = -1_000_000_000;
    let nanos = match timeout {
        Some(value) => nanos_from(value, Rounding::Up)?,
        None => unset,
    };
    if !blocking && nanos != unset {
        return Err(value_error("can't specify a timeout for a non-blocking call"));
    }
    if nanos < 0 && nanos != unset {
        return Err(value_error("timeout value must be a non-negative number"));
    }
    if nanos > TIMEOUT_MAX as i128 * 1_000_000_000 {
        return Err(overflow_error("timeout value is too large"));
    }
    Ok(match (blocking, nanos) {
        (false, _) => None,
        (true, n) if n == unset => Some(None),
        (true, n) => Some(Some(n)),
    })
}

fn take(raw: &RawLock, timeout: Option<Option<i128>>) -> Result<bool> {
    match timeout {
        None => Ok(raw.try_acquire()),
        Some(wait) => raw.acquire(wait),
    }
}

/// Lock the lock.
#[pyfn("acquire($self, /, blocking=True, timeout=-1)")]
fn acquire(lock: &Lock, blocking: bool, timeout: Option<&Object>) -> Result<bool> {
    take(&lock.raw, timeout_argument(blocking, timeout)?)
}

/// An obsolete synonym of acquire().
#[pyfn("acquire_lock($self, /, blocking=True, timeout=-1)")]
fn acquire_lock(lock: &Lock, blocking: bool, timeout: Option<&Object>) -> Result<bool> {
    acquire(lock, blocking, timeout)
}

/// Release the lock.
#[pyfn("release($self, /)")]
fn release(lock: &Lock) -> Result<()> {
    if lock.raw.release() { Ok(()) } else { Err(runtime_error("release unlocked lock")) }
}

/// An obsolete synonym of release().
#[pyfn("release_lock($self, /)")]
fn release_lock(lock: &Lock) -> Result<()> {
    release(lock)
}

/// Return whether the lock is in the locked state.
#[pyfn("locked($self, /)")]
fn locked(lock: &Lock) -> bool {
    lock.raw.is_locked()
}

/// An obsolete synonym of locked().
#[pyfn("locked_lock($self, /)")]
fn locked_lock(lock: &Lock) -> bool {
    lock.raw.is_locked()
}

/// Lock the lock.
#[pyfn("__enter__($self, /)")]
fn enter(lock: &Lock) -> Result<bool> {
    lock.raw.acquire(None)
}

/// Release the lock.
#[pyfn("__exit__($self, /, *exc_info)")]
fn exit(lock: &Lock, exc_info: Args<'_>) -> Result<()> {
    let _ = exc_info;
    release(lock)
}

#[pyfn("_at_fork_reinit($self, /)", nosig)]
fn at_fork_reinit(lock: &Lock) {
    lock.raw.reset();
}

/// `_thread.RLock`: a lock that its owner may take again.
#[repr(C)]
pub struct RLock {
    ob_base: Object,
    weaklist: ListHead,
    raw: RawLock,
    owner: Cell<u64>,
    count: Cell<u64>,
}

krait_object::object_type!(RLock, RLOCK);

static RLOCK_METHODS: &[MethodDef] = &[
    r_acquire::DEF,
    r_release::DEF,
    r_locked::DEF,
    is_owned::DEF,
    recursion_count::DEF,
    acquire_restore::DEF,
    release_save::DEF,
    r_enter::DEF,
    r_exit::DEF,
    r_at_fork_reinit::DEF,
    MethodDef::SENTINEL,
];

/// The type `_thread.RLock`.
pub static RLOCK: TypeObject = TypeObject::of::<RLock>(c"_thread.RLock")
    .flags(flags::HAVE_GC | flags::BASETYPE | flags::IMMUTABLETYPE)
    .weaklist_offset(core::mem::offset_of!(RLock, weaklist))
    .tp_dealloc(dealloc_gc::<RLock>)
    .tp_traverse(traverse_rlock)
    .tp_repr(rlock_repr)
    .tp_new(rlock_new)
    .methods(RLOCK_METHODS);

krait_object::traverse!(traverse_rlock, RLock, |_this, _v| {});

extern "C" fn rlock_new(ty: &TypeObject, args: &Tuple, kwargs: Option<&Object>) -> Result {
    let given = kwargs.and_then(|k| k.downcast::<Dict>()).map_or(0, Dict::len);
    if ty.is_type(&RLOCK) && args.len() + given > 0 {
        return Err(type_error(format!("RLock() takes no arguments ({} given)", args.len() + given)));
    }
    alloc::allocate(ty, 0)
}

extern "C" fn rlock_repr(object: &Object) -> Result {
    let lock = object.expect::<RLock>();
    let state = if lock.count.get() > 0 { "locked" } else { "unlocked" };
    let text = format!(
        "<{state} {} object owner={} count={} at {:#x}>",
        object.ty().full_name(),
        lock.owner.get(),
        lock.count.get(),
        object.as_ptr() as usize
    );
    Ok(Str::new(&text).into_object())
}

fn me() -> u64 {
    thread::current().thread_id.get()
}

impl RLock {
    fn is_mine(&self) -> bool {
        self.count.get() > 0 && self.owner.get() == me()
    }

    fn take(&self, timeout: Option<Option<i128>>) -> Result<bool> {
        if self.is_mine() {
            self.count.set(self.count.get() + 1);
            return Ok(true);
        }
        let taken = take(&self.raw, timeout)?;
        if taken {
            self.owner.set(me());
            self.count.set(1);
        }
        Ok(taken)
    }
}

/// Lock the lock.
#[pyfn("acquire($self, /, blocking=True, timeout=-1)")]
fn r_acquire(lock: &RLock, blocking: bool, timeout: Option<&Object>) -> Result<bool> {
    lock.take(timeout_argument(blocking, timeout)?)
}

/// Release the lock.
#[pyfn("release($self, /)")]
fn r_release(lock: &RLock) -> Result<()> {
    if !lock.is_mine() {
        return Err(runtime_error("cannot release un-acquired lock"));
    }
    lock.count.set(lock.count.get() - 1);
    if lock.count.get() == 0 {
        lock.owner.set(0);
        lock.raw.release();
    }
    Ok(())
}

/// Return a boolean indicating whether this object is locked right now.
#[pyfn("locked($self, /)")]
fn r_locked(lock: &RLock) -> bool {
    lock.raw.is_locked()
}

/// For internal use by `threading.Condition`.
#[pyfn("_is_owned($self, /)")]
fn is_owned(lock: &RLock) -> bool {
    lock.is_mine()
}

/// For internal use by reentrancy checks.
#[pyfn("_recursion_count($self, /)")]
fn recursion_count(lock: &RLock) -> u64 {
    if lock.is_mine() { lock.count.get() } else { 0 }
}

/// For internal use by `threading.Condition`.
#[pyfn("_acquire_restore($self, state, /)")]
fn acquire_restore(lock: &RLock, state: &Tuple) -> Result<()> {
    let [count, owner] = state.as_slice() else {
        return Err(type_error("_acquire_restore() argument 1 must be a tuple of two integers"));
    };
    let (count, owner) = (count.index()?, owner.index()?);
    lock.raw.acquire(None)?;
    lock.owner.set(owner.to_u64().unwrap_or(0));
    lock.count.set(count.to_u64().unwrap_or(1));
    Ok(())
}

/// For internal use by `threading.Condition`.
#[pyfn("_release_save($self, /)")]
fn release_save(lock: &RLock) -> Result<(Ref<Int>, Ref<Int>)> {
    if lock.count.get() == 0 {
        return Err(runtime_error("cannot release un-acquired lock"));
    }
    let saved = (Int::from_u64(lock.count.get()), Int::from_u64(lock.owner.get()));
    lock.count.set(0);
    lock.owner.set(0);
    lock.raw.release();
    Ok(saved)
}

/// Lock the lock.
#[pyfn("__enter__($self, /)")]
fn r_enter(lock: &RLock) -> Result<bool> {
    lock.take(Some(None))
}

/// Release the lock.
#[pyfn("__exit__($self, /, *exc_info)")]
fn r_exit(lock: &RLock, exc_info: Args<'_>) -> Result<()> {
    let _ = exc_info;
    r_release(lock)
}

#[pyfn("_at_fork_reinit($self, /)", nosig)]
fn r_at_fork_reinit(lock: &RLock) {
    lock.count.set(0);
    lock.owner.set(0);
    lock.raw.reset();
}
