//! `FrameLocalsProxy`: the write-through mapping of a function's locals (PEP 667). CPython: `Objects/frameobject.c`.
//!
//! Names that the code has no variable for live in the frame object's `f_extra_locals`. A value that is replaced is
//! kept until the frame ends, because the evaluation stack may have borrowed it.

use crate::cell::Cell;
use crate::frame::Frame;
use crate::frame_object::FrameObject;
use crate::stackref::StackRef;
use core::ffi::c_int;
use krait_bytecode::flags::{CO_FAST_CELL, CO_FAST_FREE, CO_FAST_HIDDEN};
use krait_macros::pyfn;
use krait_object::args::{Args, check_positional};
use krait_object::dealloc::dealloc_gc;
use krait_object::errors::{self, key_error, type_error, value_error};
use krait_object::result::{int_result, len_result, unit_result};
use krait_object::slots::{MappingMethods, NumberMethods, SequenceMethods};
use krait_object::typeobj::flags;
use krait_object::{
    CompareOp, Dict, List, MethodDef, Object, Raised, Ref, Result, Slot, Str, Tuple, TypeObject, alloc, none,
    not_implemented,
};

/// `PyFrameLocalsProxyObject`.
#[repr(C)]
pub struct LocalsProxy {
    ob_base: Object,
    frame: Slot<FrameObject>,
}

krait_object::object_type!(LocalsProxy, PyFrameLocalsProxy_Type);

static AS_MAPPING: MappingMethods =
    MappingMethods::EMPTY.mp_length(length).mp_subscript(subscript).mp_ass_subscript(assign);
static AS_SEQUENCE: SequenceMethods = SequenceMethods::EMPTY.sq_contains(contains_slot);
static AS_NUMBER: NumberMethods = NumberMethods::EMPTY.nb_or(or).nb_inplace_or(inplace_or);

/// The type `FrameLocalsProxy`.
#[unsafe(no_mangle)]
pub static PyFrameLocalsProxy_Type: TypeObject = TypeObject::of::<LocalsProxy>(c"FrameLocalsProxy")
    .flags(flags::HAVE_GC | flags::MAPPING)
    .doc(c"FrameLocalsProxy($self, /, *args, **kwargs)\n--\n\nCreate a write-through view of the locals dictionary for a frame.\n\n  frame\n    the frame object to wrap.")
    .tp_dealloc(dealloc_gc::<LocalsProxy>)
    .tp_traverse(traverse)
    .tp_new(new_slot)
    .tp_repr(repr)
    .tp_richcompare(richcompare)
    .tp_iter(iter)
    .as_mapping(&AS_MAPPING)
    .as_sequence(&AS_SEQUENCE)
    .as_number(&AS_NUMBER)
    .methods(&[
        contains::DEF,
        getitem::DEF,
        update::DEF,
        reversed::DEF,
        copy::DEF,
        keys::DEF,
        values::DEF,
        items::DEF,
        get::DEF,
        pop::DEF,
        setdefault::DEF,
        MethodDef::SENTINEL,
    ]);

krait_object::traverse!(traverse, LocalsProxy, |this, v| {
    v.slot(&this.frame)?;
});

/// The proxy of a frame.
pub fn new(frame: &FrameObject) -> Ref<LocalsProxy> {
    alloc::new_tracked(LocalsProxy {
        ob_base: Object::new(&PyFrameLocalsProxy_Type),
        frame: Slot::new(Ref::from_borrowed(frame)),
    })
}

extern "C" fn new_slot(_: &TypeObject, args: &Tuple, kwargs: Option<&Object>) -> Result {
    let keywords = kwargs.and_then(|k| k.downcast::<Dict>()).map_or(0, Dict::len);
    if args.len() != 1 || keywords != 0 {
        return Err(type_error(format!("FrameLocalsProxy expected 1 argument, got {}", args.len())));
    }
    match args.get(0).and_then(|f| f.downcast::<FrameObject>()) {
        Some(frame) => Ok(new(frame).into_object()),
        None => Err(type_error(format!("expect frame, not {}", args.get(0).map_or("", |a| a.type_name())))),
    }
}

/// Has an inlined comprehension put a value into a variable of its own?
pub fn has_hidden_values(frame: &Frame) -> bool {
    let base = core::ptr::from_ref(frame).cast_mut();
    frame.code().kinds().iter().enumerate().any(|(index, kind)| {
        // SAFETY: the index is that of a local.
        kind & CO_FAST_HIDDEN != 0 && unsafe { !(*Frame::locals(base).add(index)).is_null() }
    })
}

/// The value of one variable.
fn value_at(frame: &Frame, index: usize, kind: u8) -> Option<Ref<Object>> {
    let base = core::ptr::from_ref(frame).cast_mut();
    // SAFETY: the index is that of a local.
    let value = unsafe { (*Frame::locals(base).add(index)).get() }?;
    if kind & (CO_FAST_FREE | CO_FAST_CELL) != 0 {
        if let Some(cell) = value.downcast_exact::<Cell>() {
            return cell.ob_ref.get();
        }
    }
    Some(value.to_ref())
}

fn lookup_in(frame: &FrameObject, key: &Object) -> Result<Option<Ref<Object>>> {
    if let (Some(inner), Some(name)) = (frame.inner(), key.downcast::<Str>()) {
        if let Some((index, kind)) = variable(inner, name) {
            if let Some(value) = value_at(inner, index, kind) {
                return Ok(Some(value));
            }
        }
    }
    match frame.f_extra_locals.get() {
        Some(extra) => extra.get(key),
        None => Ok(None),
    }
}

/// Index and kind of the variable with this name.
fn variable(frame: &Frame, name: &Str) -> Option<(usize, u8)> {
    let code = frame.code();
    let kinds = code.kinds();
    let names = code.localsplus_names().as_objects();
    (0..names.len())
        .filter(|&i| kinds[i] & CO_FAST_HIDDEN == 0 || value_at(frame, i, kinds[i]).is_some())
        .find(|&i| names[i].is(name) || names[i].expect::<Str>().eq(name))
        .map(|i| (i, kinds[i]))
}

fn store(frame: &FrameObject, key: &Object, value: &Object) -> Result<()> {
    if let (Some(inner), Some(name)) = (frame.inner(), key.downcast::<Str>()) {
        if let Some((index, kind)) = variable(inner, name) {
            let base = core::ptr::from_ref(inner).cast_mut();
            // SAFETY: the index is that of a local; the old value is kept alive for what may have borrowed it.
            unsafe {
                let place = Frame::locals(base).add(index);
                if kind & (CO_FAST_FREE | CO_FAST_CELL) != 0 {
                    if let Some(cell) = (*place).get().and_then(|c| c.downcast_exact::<Cell>()) {
                        cell.ob_ref.set(Some(value.to_ref()));
                        return Ok(());
                    }
                }
                let old = core::mem::replace(&mut *place, StackRef::new(value));
                if let Some(old) = old.into_ref_opt() {
                    keep(frame, old);
                }
            }
            return Ok(());
        }
    }
    if frame.f_extra_locals.is_empty() {
        frame.f_extra_locals.set(Some(Dict::new()));
    }
    match frame.f_extra_locals.get() {
        Some(extra) => extra.set(key, value),
        None => Ok(()),
    }
}

fn keep(frame: &FrameObject, old: Ref<Object>) {
    match frame.f_overwritten.get() {
        Some(list) => list.push(old),
        None => frame.f_overwritten.set(Some(List::from_vec(vec![old]))),
    }
}

fn remove(frame: &FrameObject, key: &Object) -> Result<Option<Ref<Object>>> {
    let is_variable = match (frame.inner(), key.downcast::<Str>()) {
        (Some(inner), Some(name)) => variable(inner, name).is_some(),
        _ => false,
    };
    if is_variable {
        return Err(value_error("cannot remove local variables from FrameLocalsProxy"));
    }
    match frame.f_extra_locals.get() {
        Some(extra) => extra.pop(key),
        None => Ok(None),
    }
}

/// All variables that have a value, and the extra names, as a new dict.
pub fn snapshot(frame: &FrameObject) -> Result<Ref<Dict>> {
    let dict = Dict::new();
    if let Some(inner) = frame.inner() {
        let code = inner.code();
        for (index, &kind) in code.kinds().iter().enumerate() {
            if let Some(value) = value_at(inner, index, kind) {
                dict.set(code.local_name(index), &value)?;
            }
        }
    }
    if let Some(extra) = frame.f_extra_locals.get() {
        dict.merge(&extra, true)?;
    }
    Ok(dict)
}

impl LocalsProxy {
    fn frame(&self) -> Result<Ref<FrameObject>> {
        self.frame.get().ok_or_else(|| errors::system_error("FrameLocalsProxy without a frame"))
    }

    fn dict(&self) -> Result<Ref<Dict>> {
        snapshot(&*self.frame()?)
    }
}

fn this(object: &Object) -> &LocalsProxy {
    object.expect::<LocalsProxy>()
}

extern "C" fn length(object: &Object) -> isize {
    len_result(this(object).dict().map(|d| d.len() as isize))
}

extern "C" fn subscript(object: &Object, key: &Object) -> Result {
    match lookup_in(&*this(object).frame()?, key)? {
        Some(value) => Ok(value),
        None => Err(missing(key)),
    }
}

fn missing(key: &Object) -> Raised {
    match key.repr() {
        Ok(text) => {
            krait_object::exceptions::raise_key_error_text(&format!("local variable {text} is not defined"))
        }
        Err(raised) => raised,
    }
}

extern "C" fn assign(object: &Object, key: &Object, value: Option<&Object>) -> c_int {
    unit_result((|| {
        let frame = this(object).frame()?;
        match value {
            Some(value) => store(&frame, key, value),
            None => match remove(&frame, key)? {
                Some(_) => Ok(()),
                None => Err(key_error(key)),
            },
        }
    })())
}

extern "C" fn contains_slot(object: &Object, key: &Object) -> c_int {
    int_result(this(object).frame().and_then(|f| Ok(lookup_in(&f, key)?.is_some())))
}

extern "C" fn iter(object: &Object) -> Result {
    let names = List::from_vec(this(object).dict()?.keys());
    Object::iter(&names)
}

extern "C" fn repr(object: &Object) -> Result {
    let Some(_guard) = krait_object::protocol::object::repr_enter(object) else {
        return Ok(Str::new("{...}").into_object());
    };
    let dict = this(object).dict()?;
    Ok(Object::repr(&dict)?.into_object())
}

extern "C" fn richcompare(a: &Object, b: &Object, op: c_int) -> Result {
    let op = CompareOp::from_int(op);
    let proxy = this(a);
    if !matches!(op, CompareOp::Eq | CompareOp::Ne) {
        return Ok(not_implemented().to_ref());
    }
    if let Some(other) = b.downcast::<LocalsProxy>() {
        let (mine, theirs) = (proxy.frame()?, other.frame()?);
        let same = mine.is(&theirs);
        return Ok(krait_object::object::bool_object(same == (op == CompareOp::Eq)).to_ref());
    }
    match b.downcast::<Dict>() {
        Some(_) => {
            let dict = proxy.dict()?;
            Object::rich_compare(&dict, b, op)
        }
        None => Ok(not_implemented().to_ref()),
    }
}

extern "C" fn or(a: &Object, b: &Object) -> Result {
    if a.downcast::<LocalsProxy>().is_none() || !b.is_mapping() {
        if b.downcast::<LocalsProxy>().is_none() || !a.is_mapping() {
            return Ok(not_implemented().to_ref());
        }
    }
    let dict = Dict::new();
    dict.merge(a, true)?;
    dict.merge(b, true)?;
    Ok(dict.into_object())
}

extern "C" fn inplace_or(a: &Object, b: &Object) -> Result {
    if !b.is_mapping() {
        return Ok(not_implemented().to_ref());
    }
    merge(this(a), b)?;
    Ok(a.to_ref())
}

fn merge(proxy: &LocalsProxy, other: &Object) -> Result<()> {
    if other.downcast::<Dict>().is_none() && other.downcast::<LocalsProxy>().is_none() {
        return Err(type_error("update() argument must be dict or another FrameLocalsProxy"));
    }
    let source = Dict::new();
    source.merge(other, true)?;
    let frame = proxy.frame()?;
    source.items().iter().try_for_each(|(key, value)| store(&frame, key, value))
}

/// D.__contains__(key) -> True if D has a key k, else False.
#[pyfn("__contains__($self, object, /)", coexist)]
fn contains(proxy: &LocalsProxy, object: &Object) -> Result<bool> {
    Ok(lookup_in(&*proxy.frame()?, object)?.is_some())
}

/// x.__getitem__(y) <==> x[y]
#[pyfn("__getitem__($self, object, /)", coexist)]
fn getitem(proxy: &LocalsProxy, object: &Object) -> Result {
    subscript(proxy, object)
}

/// Update the frame's locals.
#[pyfn("update($self, object, /)")]
fn update(proxy: &LocalsProxy, object: &Object) -> Result<()> {
    merge(proxy, object)
}

/// Return a reverse iterator over the names.
#[pyfn("__reversed__($self, /)")]
fn reversed(proxy: &LocalsProxy) -> Result {
    let mut names = proxy.dict()?.keys();
    names.reverse();
    Object::iter(&List::from_vec(names))
}

/// A shallow copy, as a dict.
#[pyfn("copy($self, /)")]
fn copy(proxy: &LocalsProxy) -> Result {
    Ok(proxy.dict()?.into_object())
}

/// A list of the names.
#[pyfn("keys($self, /)")]
fn keys(proxy: &LocalsProxy) -> Result {
    Ok(List::from_vec(proxy.dict()?.keys()).into_object())
}

/// A list of the values.
#[pyfn("values($self, /)")]
fn values(proxy: &LocalsProxy) -> Result {
    let items = proxy.dict()?.items();
    Ok(List::from_vec(items.into_iter().map(|(_, v)| v).collect()).into_object())
}

/// A list of the pairs of name and value.
#[pyfn("items($self, /)")]
fn items(proxy: &LocalsProxy) -> Result {
    let items = proxy.dict()?.items();
    Ok(List::from_vec(items.into_iter().map(|(k, v)| Tuple::from_vec(vec![k, v]).into_object()).collect())
        .into_object())
}

/// D.get(k[,d]) -> D[k] if k in D, else d. d defaults to None.
#[pyfn("get($self, *args)", nosig)]
fn get(proxy: &LocalsProxy, args: Args<'_>) -> Result {
    let (key, default) = key_and_default("get", args.as_slice())?;
    let found = lookup_in(&*proxy.frame()?, key)?;
    Ok(found.unwrap_or_else(|| default.unwrap_or(none()).to_ref()))
}

fn key_and_default<'a>(name: &str, args: &[&'a Object]) -> Result<(&'a Object, Option<&'a Object>)> {
    match args {
        [key] => Ok((key, None)),
        [key, default] => Ok((key, Some(default))),
        _ => {
            check_positional(name, args.len(), 1, 2)?;
            Err(krait_object::args::missing())
        }
    }
}

/// D.pop(k[,d]) -> v, remove specified key and return the corresponding value.
#[pyfn("pop($self, *args)", nosig)]
fn pop(proxy: &LocalsProxy, args: Args<'_>) -> Result {
    let (key, default) = key_and_default("pop", args.as_slice())?;
    match (remove(&*proxy.frame()?, key)?, default) {
        (Some(value), _) => Ok(value),
        (None, Some(default)) => Ok(default.to_ref()),
        (None, None) => Err(key_error(key)),
    }
}

/// D.setdefault(k[,d]) -> D.get(k,d), also set D[k]=d if k not in D.
#[pyfn("setdefault($self, *args)", nosig)]
fn setdefault(proxy: &LocalsProxy, args: Args<'_>) -> Result {
    let (key, default) = key_and_default("setdefault", args.as_slice())?;
    let frame = proxy.frame()?;
    if let Some(found) = lookup_in(&frame, key)? {
        return Ok(found);
    }
    let default = default.unwrap_or(none());
    store(&frame, key, default)?;
    Ok(default.to_ref())
}
