//! `wrapper_descriptor`: a native slot seen as a method; and its bound form, `method-wrapper`.

use super::method::MEMBERS;
use super::{
    Descriptor, common, doc_object, get_qualname, keywords, reduce_descriptor, signature_object,
    split_receiver,
};
use crate::dealloc::dealloc_gc;
use crate::defs::{GetSetDef, MemberDef, MethodDef, member};
use crate::errors::type_error;
use crate::object::{Object, bool_object, not_implemented};
use crate::reference::{Ref, Slot};
use crate::result::Result;
use crate::slots::CompareOp;
use crate::str::Str;
use crate::tuple::Tuple;
use crate::typeobj::slotdefs::{KEYWORDS, SlotDef};
use crate::typeobj::{TypeObject, flags};
use crate::{alloc, hash, thread};
use core::cell::Cell;
use core::ffi::{c_int, c_void};
use core::mem::offset_of;
use krait_macros::pyfn;

/// `PyWrapperDescrObject`.
#[repr(C)]
pub struct SlotWrapper {
    common: Descriptor,
    d_base: Cell<*const SlotDef>,
    d_wrapped: Cell<*mut c_void>,
}

/// A slot wrapper bound to an instance (`wrapperobject`).
#[repr(C)]
pub struct MethodWrapper {
    ob_base: Object,
    descr: Slot<SlotWrapper>,
    instance: Slot,
}

const _: () = assert!(size_of::<SlotWrapper>() == 56 && size_of::<MethodWrapper>() == 32);

crate::object_type!(SlotWrapper, PyWrapperDescr_Type);
crate::object_type!(MethodWrapper, _PyMethodWrapper_Type);

static GETSET: &[GetSetDef] = &[
    GetSetDef::getter(c"__doc__", get_doc),
    GetSetDef::getter(c"__qualname__", get_qualname),
    GetSetDef::getter(c"__text_signature__", get_text_signature),
    GetSetDef::SENTINEL,
];

/// The type `wrapper_descriptor`.
#[unsafe(no_mangle)]
pub static PyWrapperDescr_Type: TypeObject = TypeObject::of::<SlotWrapper>(c"wrapper_descriptor")
    .flags(flags::HAVE_GC | flags::METHOD_DESCRIPTOR | flags::DISALLOW_INSTANTIATION)
    .tp_dealloc(dealloc_gc::<SlotWrapper>)
    .tp_repr(repr)
    .tp_call(call)
    .tp_traverse(super::descriptor_traverse)
    .methods(&[reduce::DEF, MethodDef::SENTINEL])
    .members(MEMBERS)
    .getset(GETSET)
    .tp_descr_get(descr_get);

impl SlotWrapper {
    /// The method that a filled slot becomes (`PyDescr_NewWrapper`).
    pub fn new(owner: &TypeObject, base: &'static SlotDef, wrapped: *mut c_void) -> Ref<SlotWrapper> {
        alloc::new_tracked(SlotWrapper {
            common: Descriptor::header(&PyWrapperDescr_Type, owner, base.name()),
            d_base: Cell::new(base),
            d_wrapped: Cell::new(wrapped),
        })
    }

    /// The slot's function.
    #[inline(always)]
    pub fn wrapped(&self) -> *mut c_void {
        self.d_wrapped.get()
    }

    /// The slot table's entry.
    #[inline(always)]
    pub fn slot_def(&self) -> &SlotDef {
        // SAFETY: entries are static (or as long-lived as the extension module that made the descriptor).
        unsafe { &*self.d_base.get() }
    }

    /// The type that it belongs to.
    #[inline(always)]
    pub fn owner(&self) -> &TypeObject {
        self.common.owner()
    }

    /// Calls the slot for a receiver whose type has been tested (`wrapperdescr_raw_call`).
    fn raw_call(&self, receiver: &Object, args: &Tuple, kwargs: Option<&Object>) -> Result {
        let def = self.slot_def();
        thread::check_recursion(" while calling a Python object")?;
        if def.flags & KEYWORDS != 0 {
            // SAFETY: the flag says which variant is set.
            return unsafe { (def.wrapper.keywords)(receiver, args, self.wrapped(), kwargs) };
        }
        if keywords(kwargs).is_some() {
            return Err(type_error(format!("wrapper {}() takes no keyword arguments", def.name_text())));
        }
        // SAFETY: the flag says which variant is set; entries without wrapper have no descriptor.
        unsafe { (def.wrapper.plain)(receiver, args, self.wrapped()) }
    }
}

extern "C" fn call(object: &Object, args: &Tuple, kwargs: Option<&Object>) -> Result {
    let descr = object.expect::<SlotWrapper>();
    let (receiver, rest) = split_receiver(&descr.common, args)?;
    descr.raw_call(receiver, &rest, kwargs)
}

extern "C" fn repr(object: &Object) -> Result {
    common(object).describe("slot wrapper")
}

extern "C" fn descr_get(object: &Object, instance: Option<&Object>, _owner: Option<&Object>) -> Result {
    let Some(instance) = instance else { return Ok(object.to_ref()) };
    common(object).check(instance)?;
    Ok(bind(object.expect::<SlotWrapper>(), instance).into_object())
}

/// A slot wrapper bound to an instance of its owner (`PyWrapper_New`).
pub fn bind(descr: &SlotWrapper, instance: &Object) -> Ref<MethodWrapper> {
    alloc::new_tracked(MethodWrapper {
        ob_base: Object::new(&_PyMethodWrapper_Type),
        descr: Slot::new(descr.into()),
        instance: Slot::new(instance.to_ref()),
    })
}

extern "C" fn get_doc(object: &Object, _: *mut c_void) -> Result {
    let def = object.expect::<SlotWrapper>().slot_def();
    doc_object(def.name_text(), Some(def.doc()))
}

extern "C" fn get_text_signature(object: &Object, _: *mut c_void) -> Result {
    let def = object.expect::<SlotWrapper>().slot_def();
    signature_object(def.name_text(), Some(def.doc()))
}

/// Helper for pickle.
#[pyfn("__reduce__($self, /)")]
fn reduce(object: &Object) -> Result {
    reduce_descriptor(object)
}

static BOUND_GETSET: &[GetSetDef] = &[
    GetSetDef::getter(c"__objclass__", bound_objclass),
    GetSetDef::getter(c"__name__", bound_name),
    GetSetDef::getter(c"__qualname__", bound_qualname),
    GetSetDef::getter(c"__doc__", bound_doc),
    GetSetDef::getter(c"__text_signature__", bound_text_signature),
    GetSetDef::SENTINEL,
];
static BOUND_MEMBERS: &[MemberDef] = &[
    MemberDef::new(c"__self__", member::T_OBJECT, offset_of!(MethodWrapper, instance), member::READONLY),
    MemberDef::SENTINEL,
];

/// The type `method-wrapper`.
#[unsafe(no_mangle)]
pub static _PyMethodWrapper_Type: TypeObject = TypeObject::of::<MethodWrapper>(c"method-wrapper")
    .flags(flags::HAVE_GC | flags::DISALLOW_INSTANTIATION)
    .tp_dealloc(dealloc_gc::<MethodWrapper>)
    .tp_repr(bound_repr)
    .tp_hash(bound_hash)
    .tp_call(bound_call)
    .tp_traverse(bound_traverse)
    .tp_richcompare(bound_richcompare)
    .methods(&[bound_reduce::DEF, MethodDef::SENTINEL])
    .members(BOUND_MEMBERS)
    .getset(BOUND_GETSET);

crate::traverse!(bound_traverse, MethodWrapper, |this, v| {
    v.slot(&this.descr)?;
    v.slot(&this.instance)?;
});

impl MethodWrapper {
    fn descr(&self) -> &SlotWrapper {
        // SAFETY: set at creation and never replaced.
        unsafe { self.descr.peek().unwrap_unchecked() }
    }

    fn instance(&self) -> &Object {
        // SAFETY: set at creation and never replaced.
        unsafe { self.instance.peek().unwrap_unchecked() }
    }
}

extern "C" fn bound_call(object: &Object, args: &Tuple, kwargs: Option<&Object>) -> Result {
    let bound = object.expect::<MethodWrapper>();
    bound.descr().raw_call(bound.instance(), args, kwargs)
}

extern "C" fn bound_repr(object: &Object) -> Result {
    let bound = object.expect::<MethodWrapper>();
    let text = format!(
        "<method-wrapper '{}' of {} object at {:p}>",
        bound.descr().slot_def().name_text(),
        bound.instance().type_name(),
        bound.instance()
    );
    Ok(Str::new(&text).into_object())
}

extern "C" fn bound_hash(object: &Object) -> isize {
    let bound = object.expect::<MethodWrapper>();
    let address = |o: &Object| hash::hash_pointer(o.as_ptr() as usize);
    match address(bound.instance()) ^ address(bound.descr()) {
        -1 => -2,
        hash => hash,
    }
}

extern "C" fn bound_richcompare(a: &Object, b: &Object, op: c_int) -> Result {
    let op = CompareOp::from_int(op);
    let (CompareOp::Eq | CompareOp::Ne, Some(x), Some(y)) =
        (op, a.downcast::<MethodWrapper>(), b.downcast::<MethodWrapper>())
    else {
        return Ok(not_implemented().to_ref());
    };
    let equal = x.instance().is(y.instance()) && x.descr().is(y.descr());
    Ok(bool_object(equal == (op == CompareOp::Eq)).to_ref())
}

extern "C" fn bound_objclass(object: &Object, _: *mut c_void) -> Result {
    Ok(object.expect::<MethodWrapper>().descr().owner().to_ref())
}

extern "C" fn bound_name(object: &Object, _: *mut c_void) -> Result {
    Ok(object.expect::<MethodWrapper>().descr().slot_def().name().to_ref())
}

extern "C" fn bound_qualname(object: &Object, _: *mut c_void) -> Result {
    object.expect::<MethodWrapper>().descr().common.qualname()
}

extern "C" fn bound_doc(object: &Object, closure: *mut c_void) -> Result {
    get_doc(object.expect::<MethodWrapper>().descr(), closure)
}

extern "C" fn bound_text_signature(object: &Object, closure: *mut c_void) -> Result {
    get_text_signature(object.expect::<MethodWrapper>().descr(), closure)
}

/// Helper for pickle.
#[pyfn("__reduce__($self, /)")]
fn bound_reduce(bound: &MethodWrapper) -> Result {
    let builtins = crate::interp::current().builtins.get();
    let Some(getattr) = builtins.and_then(|b| b.get_str(crate::id!("getattr"))) else {
        return Err(crate::errors::attribute_error("getattr"));
    };
    let args = Tuple::from_slice(&[bound.instance(), bound.descr().slot_def().name()]);
    Ok(Tuple::from_vec(vec![getattr, args.into_object()]).into_object())
}
