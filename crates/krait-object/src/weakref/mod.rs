//! Weak references. CPython: `Objects/weakrefobject.c`.
//!
//! A referent holds the head of a doubly linked list of its weak references. The list's beginning is a reference
//! without callback and then a proxy without callback, which are shared by all who ask; the others follow.
//!
//! - this file: the reference type, the list, clearing
//! - `proxy`: `weakref.ProxyType` and `weakref.CallableProxyType`
//!
//! Invariant: a reference is in the list of its referent exactly while `wr_object` is not null.

pub mod proxy;

use crate::dealloc::dealloc_gc;
use crate::defs::{MemberDef, MethodDef, member};
use crate::errors::{self, type_error};
use crate::object::{Object, none, not_implemented};
use crate::reference::{Ref, Slot};
use crate::result::{Result, len_result};
use crate::slots::{CompareOp, VectorcallFn};
use crate::str::Str;
use crate::tuple::Tuple;
use crate::typeobj::{TypeObject, flags};
use crate::{Raised, alloc, gc, id, result};
use core::cell::Cell;
use core::ffi::{c_int, c_void};
use core::mem::offset_of;

/// `PyWeakReference`.
#[repr(C)]
pub struct WeakRef {
    ob_base: Object,
    wr_object: Cell<*mut Object>,
    wr_callback: Slot,
    hash: Cell<isize>,
    wr_prev: Cell<*mut WeakRef>,
    wr_next: Cell<*mut WeakRef>,
    vectorcall: Cell<Option<VectorcallFn>>,
}

const _: () = assert!(size_of::<WeakRef>() == 64);

crate::object_type!(WeakRef, _PyWeakref_RefType);

static REF_METHODS: &[MethodDef] = &[crate::generic_alias::CLASS_GETITEM, MethodDef::SENTINEL];

static REF_MEMBERS: &[MemberDef] = &[
    MemberDef::new(c"__callback__", member::T_OBJECT, offset_of!(WeakRef, wr_callback), member::READONLY),
    MemberDef::SENTINEL,
];

/// The type `weakref.ReferenceType`.
#[unsafe(no_mangle)]
pub static _PyWeakref_RefType: TypeObject = TypeObject::of::<WeakRef>(c"weakref.ReferenceType")
    .flags(flags::HAVE_GC | flags::BASETYPE)
    .vectorcall_offset(offset_of!(WeakRef, vectorcall))
    .doc(c"A weak reference to an object.")
    .tp_dealloc(dealloc_gc::<WeakRef>)
    .tp_traverse(weakref_traverse)
    .tp_clear(weakref_clear)
    .tp_repr(weakref_repr)
    .tp_hash(weakref_hash)
    .tp_call(weakref_call)
    .tp_richcompare(weakref_richcompare)
    .tp_init(weakref_init)
    .tp_new(weakref_new)
    .methods(REF_METHODS)
    .members(REF_MEMBERS);

crate::traverse!(weakref_traverse, WeakRef, |this, v| {
    v.slot(&this.wr_callback)?;
});

unsafe extern "C" fn weakref_clear(object: *mut Object) -> c_int {
    // SAFETY: called with a live instance.
    unsafe { &*object }.expect::<WeakRef>().clear();
    0
}

impl Drop for WeakRef {
    fn drop(&mut self) {
        self.unlink();
    }
}

/// Where the list head of an object is; `None` when its type does not support weak references.
fn list_of(object: &Object) -> Option<&Cell<*mut WeakRef>> {
    let ty = object.ty();
    let offset = if ty.has_flag(flags::MANAGED_WEAKREF) {
        -4 * size_of::<usize>() as isize
    } else {
        ty.tp_weaklistoffset.get()
    };
    if offset == 0 {
        return None;
    }
    // SAFETY: the type says that a list head lives at that offset of each instance.
    Some(unsafe { &*object.as_ptr().cast::<u8>().offset(offset).cast::<Cell<*mut WeakRef>>() })
}

/// Does the object's type support weak references?
pub fn supported(ty: &TypeObject) -> bool {
    ty.has_flag(flags::MANAGED_WEAKREF) || ty.tp_weaklistoffset.get() > 0
}

/// All weak references to an object, in list order.
pub fn all(object: &Object) -> Vec<Ref<WeakRef>> {
    let mut found = Vec::new();
    let mut at = list_of(object).map_or(core::ptr::null_mut(), Cell::get);
    // SAFETY: list entries are live references (they unlink when they die).
    while let Some(reference) = unsafe { at.as_ref() } {
        if reference.refcount() > 0 {
            found.push(Ref::from_borrowed(reference));
        }
        at = reference.wr_next.get();
    }
    found
}

/// A weak reference to an object (`PyWeakref_NewRef`).
pub fn new_ref(object: &Object, callback: Option<&Object>) -> Result<Ref<WeakRef>> {
    create(&_PyWeakref_RefType, object, callback)
}

pub(crate) fn create(ty: &TypeObject, object: &Object, callback: Option<&Object>) -> Result<Ref<WeakRef>> {
    let Some(list) = list_of(object) else {
        return Err(type_error(format!("cannot create weak reference to '{}' object", object.type_name())));
    };
    let callback = callback.filter(|c| !c.is_none());
    let basic = core::ptr::eq(ty, &raw const _PyWeakref_RefType) || proxy::is_proxy_type(ty);
    if callback.is_none() && basic {
        if let Some(found) = find_basic(list, ty) {
            return Ok(found);
        }
    }
    let reference = alloc::alloc_instance(ty, 0)?;
    // SAFETY: every type that gets here is WeakRef's or derives from it; all-zero is a valid unlinked state.
    let reference = unsafe { reference.cast_into::<WeakRef>() };
    reference.wr_object.set(object.as_ptr());
    reference.hash.set(-1);
    reference.vectorcall.set(Some(weakref_vectorcall));
    reference.wr_callback.set(callback.map(Object::to_ref));
    insert(list, &reference, callback.is_none() && basic);
    gc::track(&reference);
    Ok(reference)
}

/// The shared reference or proxy without callback, if there is one.
fn find_basic(list: &Cell<*mut WeakRef>, ty: &TypeObject) -> Option<Ref<WeakRef>> {
    let mut at = list.get();
    // SAFETY: list entries are live.
    while let Some(reference) = unsafe { at.as_ref() } {
        if !reference.is_basic() {
            return None;
        }
        if core::ptr::eq(reference.type_ptr(), ty) && reference.refcount() > 0 {
            return Some(Ref::from_borrowed(reference));
        }
        at = reference.wr_next.get();
    }
    None
}

/// Links a reference: shared ones first (the plain reference before a proxy), others behind them.
fn insert(list: &Cell<*mut WeakRef>, reference: &WeakRef, basic: bool) {
    let plain = core::ptr::eq(reference.type_ptr(), &raw const _PyWeakref_RefType);
    let mut prev: *mut WeakRef = core::ptr::null_mut();
    let mut at = list.get();
    if !(basic && plain) {
        // SAFETY: list entries are live.
        while let Some(entry) = unsafe { at.as_ref() } {
            let entry_plain = core::ptr::eq(entry.type_ptr(), &raw const _PyWeakref_RefType);
            if !entry.is_basic() || (basic && !entry_plain) {
                break;
            }
            prev = at;
            at = entry.wr_next.get();
        }
    }
    let me = core::ptr::from_ref(reference).cast_mut();
    reference.wr_prev.set(prev);
    reference.wr_next.set(at);
    // SAFETY: neighbours are live list entries.
    unsafe {
        if let Some(next) = at.as_ref() {
            next.wr_prev.set(me);
        }
        match prev.as_ref() {
            Some(prev) => prev.wr_next.set(me),
            None => list.set(me),
        }
    }
}

impl WeakRef {
    fn is_basic(&self) -> bool {
        self.wr_callback.is_empty()
            && (core::ptr::eq(self.type_ptr(), &raw const _PyWeakref_RefType)
                || proxy::is_proxy_type(self.ty()))
    }

    /// The referent, if it is alive.
    #[inline]
    pub fn get(&self) -> Option<Ref<Object>> {
        // SAFETY: while not null the referent is allocated: it unlinks its references before it dies.
        let object = unsafe { self.wr_object.get().as_ref() }?;
        (object.refcount() > 0).then(|| object.to_ref())
    }

    /// Takes the reference out of its referent's list.
    fn unlink(&self) {
        let object = self.wr_object.replace(core::ptr::null_mut());
        // SAFETY: not null, hence alive or dying with its list still in place.
        let Some(object) = (unsafe { object.as_ref() }) else { return };
        let (prev, next) =
            (self.wr_prev.replace(core::ptr::null_mut()), self.wr_next.replace(core::ptr::null_mut()));
        // SAFETY: neighbours are live list entries.
        unsafe {
            if let Some(next) = next.as_ref() {
                next.wr_prev.set(prev);
            }
            if let Some(prev) = prev.as_ref() {
                prev.wr_next.set(next);
            } else if let Some(list) = list_of(object) {
                list.set(next);
            }
        }
    }

    /// Forgets referent and callback.
    fn clear(&self) {
        self.unlink();
        self.wr_callback.take();
    }
}

/// Called when an object dies: clears its weak references, then calls their callbacks (`PyObject_ClearWeakRefs`).
pub fn clear_refs(object: &Object) {
    let Some(list) = list_of(object) else { return };
    let mut pending = Vec::new();
    // SAFETY: list entries are live; each step removes the first.
    while let Some(reference) = unsafe { list.get().as_ref() } {
        reference.unlink();
        if let Some(callback) = reference.wr_callback.take() {
            if reference.refcount() > 0 {
                pending.push((Ref::from_borrowed(reference), callback));
            }
        }
    }
    call_back(pending);
}

fn call_back(pending: Vec<(Ref<WeakRef>, Ref<Object>)>) {
    if pending.is_empty() {
        return;
    }
    let saved = errors::take();
    for (reference, callback) in pending {
        if callback.call(&[&reference]).is_err() {
            errors::write_unraisable("while calling weakref callback ", Some(&callback));
        }
    }
    if let Some(exception) = saved {
        errors::restore(exception);
    }
}

/// For the collector: clears the weak references with callbacks to unreachable objects, and calls the callbacks of those
/// references that are themselves reachable.
pub(crate) fn handle_unreachable(objects: &[Ref<Object>], unreachable: &dyn Fn(&Object) -> bool) {
    let mut pending = Vec::new();
    for object in objects {
        for reference in all(object) {
            if reference.wr_callback.is_empty() {
                continue;
            }
            reference.unlink();
            if !unreachable(&reference) {
                if let Some(callback) = reference.wr_callback.take() {
                    pending.push((reference, callback));
                }
            }
        }
    }
    call_back(pending);
}

/// For the collector: after the finalisers have run, the remaining weak references to garbage are cleared.
pub(crate) fn clear_after_finalizers(list: &gc::GcHead) {
    gc::collect::for_each_object(list, |object| {
        for reference in all(object) {
            reference.unlink();
        }
    });
}

extern "C" fn weakref_repr(object: &Object) -> Result {
    let reference = object.expect::<WeakRef>();
    let Some(referent) = reference.get() else {
        return Ok(Str::new(&format!("<weakref at {object:p}; dead>")).into_object());
    };
    let name = match referent.lookup_special(id!("__name__"))? {
        Some(name) => name.downcast::<Str>().map(|s| s.to_string_lossy()),
        None => None,
    };
    let tail = name.map_or(String::new(), |n| format!(" ({n})"));
    let text = format!("<weakref at {object:p}; to '{}' at {:p}{tail}>", referent.type_name(), &*referent);
    Ok(Str::new(&text).into_object())
}

extern "C" fn weakref_hash(object: &Object) -> isize {
    let reference = object.expect::<WeakRef>();
    len_result((|| {
        if reference.hash.get() != -1 {
            return Ok(reference.hash.get());
        }
        let Some(referent) = reference.get() else {
            return Err(type_error("weak object has gone away"));
        };
        let hash = referent.hash()?;
        reference.hash.set(hash);
        Ok(hash)
    })())
}

extern "C" fn weakref_richcompare(a: &Object, b: &Object, op: c_int) -> Result {
    let op = CompareOp::from_int(op);
    let (CompareOp::Eq | CompareOp::Ne, Some(x), Some(y)) =
        (op, a.downcast::<WeakRef>(), b.downcast::<WeakRef>())
    else {
        return Ok(not_implemented().to_ref());
    };
    match (x.get(), y.get()) {
        (Some(x), Some(y)) => x.rich_compare(&y, op),
        _ => {
            let same = a.is(b);
            Ok(crate::object::bool_object(if op == CompareOp::Eq { same } else { !same }).to_ref())
        }
    }
}

extern "C" fn weakref_call(object: &Object, args: &Tuple, kwargs: Option<&Object>) -> Result {
    let reference = object.expect::<WeakRef>();
    if kwargs.is_some_and(|k| k.downcast::<crate::Dict>().is_some_and(|d| !d.is_empty())) {
        return Err(type_error("weakref.ReferenceType.__call__() takes no keyword arguments"));
    }
    if !args.is_empty() {
        return Err(type_error(format!("__call__ expected 0 arguments, got {}", args.len())));
    }
    Ok(reference.get().unwrap_or_else(|| none().to_ref()))
}

unsafe extern "C" fn weakref_vectorcall(
    callable: *mut Object,
    _args: *const *mut Object,
    nargs: usize,
    kwnames: *mut Object,
) -> Result {
    // SAFETY: the vectorcall protocol passes a live callable and kwnames that is null or a tuple.
    let (reference, kwnames) = unsafe { ((*callable).expect::<WeakRef>(), kwnames.as_ref()) };
    if kwnames.is_some_and(|k| k.downcast::<Tuple>().is_some_and(|t| !t.is_empty())) {
        return Err(type_error("weakref.ReferenceType() takes no keyword arguments"));
    }
    let count = nargs & !(1 << (usize::BITS - 1));
    if count != 0 {
        return Err(type_error(format!("weakref.ReferenceType expected 0 arguments, got {count}")));
    }
    Ok(reference.get().unwrap_or_else(|| none().to_ref()))
}

fn unpack<'a>(args: &'a Tuple, name: &str) -> Result<(&'a Object, Option<&'a Object>)> {
    match args.as_objects() {
        [object] => Ok((object, None)),
        [object, callback] => Ok((object, Some(callback))),
        [] => Err(type_error(format!("{name} expected at least 1 argument, got 0"))),
        more => Err(type_error(format!("{name} expected at most 2 arguments, got {}", more.len()))),
    }
}

extern "C" fn weakref_new(ty: &TypeObject, args: &Tuple, _kwargs: Option<&Object>) -> Result {
    let (object, callback) = unpack(args, "__new__")?;
    create(ty, object, callback).map(Ref::into_object)
}

extern "C" fn weakref_init(object: &Object, args: &Tuple, kwargs: Option<&Object>) -> c_int {
    let keywords = kwargs.and_then(|k| k.downcast::<crate::Dict>()).is_some_and(|d| !d.is_empty());
    result::unit_result(if keywords && object.ty().is_type(&_PyWeakref_RefType) {
        Err(type_error("ref() takes no keyword arguments"))
    } else {
        unpack(args, "__init__").map(|_| ())
    })
}

/// The referent of a proxy, or ReferenceError.
pub(crate) fn live(reference: &WeakRef) -> Result {
    reference
        .get()
        .ok_or_else(|| -> Raised { errors::reference_error("weakly-referenced object no longer exists") })
}

/// Pointer type of the list head, for layouts that embed one (`im_weakreflist` and the like).
pub type ListHead = Cell<*mut c_void>;
