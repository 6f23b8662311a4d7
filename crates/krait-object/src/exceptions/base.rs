//! `BaseException`: layout, construction, text, attributes that all exceptions have.

use crate::defs::{GetSetDef, MemberDef, MethodDef, member};
use crate::errors::type_error;
use crate::object::{Object, none};
use crate::reference::{Ref, Slot};
use crate::result::{Result, unit_result};
use crate::str::Str;
use crate::tuple::Tuple;
use crate::typeobj::{TypeObject, flags};
use crate::{Dict, List, alloc, gc, id};
use core::cell::Cell;
use core::ffi::{c_int, c_void};
use core::mem::offset_of;
use krait_macros::pyfn;

/// `PyBaseExceptionObject`.
#[repr(C)]
pub struct BaseException {
    ob_base: Object,
    pub dict: Slot,
    pub args: Slot<Tuple>,
    pub notes: Slot,
    pub traceback: Slot,
    pub context: Slot<BaseException>,
    pub cause: Slot,
    pub suppress_context: Cell<bool>,
}

const _: () = assert!(size_of::<BaseException>() == 72);

crate::object_type!(BaseException, PyExc_BaseException, BASE_EXC_SUBCLASS);

static METHODS: &[MethodDef] =
    &[reduce::DEF, setstate::DEF, with_traceback::DEF, add_note::DEF, MethodDef::SENTINEL];
static GETSET: &[GetSetDef] = &[
    GetSetDef::getset(c"__dict__", get_dict, set_dict),
    GetSetDef::getset(c"args", get_args, set_args),
    GetSetDef::getset(c"__traceback__", get_traceback, set_traceback),
    GetSetDef::getset(c"__context__", get_context, set_context).doc(c"exception context"),
    GetSetDef::getset(c"__cause__", get_cause, set_cause).doc(c"exception cause"),
    GetSetDef::SENTINEL,
];
static MEMBERS: &[MemberDef] = &[
    MemberDef::new(c"__suppress_context__", member::T_BOOL, offset_of!(BaseException, suppress_context), 0),
    MemberDef::SENTINEL,
];

/// The type `BaseException`.
pub static PyExc_BaseException: TypeObject = layout(TypeObject::of::<BaseException>(c"BaseException"))
    .flags(flags::HAVE_GC | flags::BASETYPE | flags::BASE_EXC_SUBCLASS)
    .doc(c"Common base class for all exceptions")
    .dict_offset(offset_of!(BaseException, dict))
    .tp_repr(repr)
    .tp_str(str_)
    .methods(METHODS)
    .getset(GETSET)
    .members(MEMBERS);

/// Slots of a type whose instances have the base layout.
pub(super) const fn layout(ty: TypeObject) -> TypeObject {
    ty.dict_offset(offset_of!(BaseException, dict))
        .tp_dealloc(crate::dealloc::dealloc_gc::<BaseException>)
        .tp_traverse(traverse)
        .tp_clear(clear)
        .tp_init(init)
        .tp_new(new)
}

crate::traverse!(traverse, BaseException, |this, v| {
    this.visit(&v)?;
});

unsafe extern "C" fn clear(object: *mut Object) -> c_int {
    // SAFETY: called with a live instance.
    unsafe { &*object }.expect::<BaseException>().clear_fields();
    0
}

impl BaseException {
    pub(super) fn visit(&self, v: &gc::Visitor) -> core::result::Result<(), c_int> {
        v.slot(&self.dict)?;
        v.slot(&self.args)?;
        v.slot(&self.notes)?;
        v.slot(&self.traceback)?;
        v.slot(&self.context)?;
        v.slot(&self.cause)
    }

    pub(super) fn clear_fields(&self) {
        self.dict.take();
        self.args.take();
        self.notes.take();
        self.traceback.take();
        self.context.take();
        self.cause.take();
    }

    /// The constructor's arguments.
    pub fn arguments(&self) -> Ref<Tuple> {
        self.args.get().unwrap_or_else(|| Ref::from_borrowed(Tuple::empty()))
    }
}

/// An instance of a subtype with its `args`, fields zero, tracked by the collector.
pub(super) fn alloc_exception(ty: &TypeObject, args: &Tuple) -> Result {
    let object = alloc::alloc_instance(ty, 0)?;
    object.expect::<BaseException>().args.set(Some(Ref::from_borrowed(args)));
    gc::track(&object);
    Ok(object)
}

pub(super) extern "C" fn new(ty: &TypeObject, args: &Tuple, _kwargs: Option<&Object>) -> Result {
    alloc_exception(ty, args)
}

/// Refuses keyword arguments (`_PyArg_NoKeywords`).
pub(super) fn no_keywords(ty: &TypeObject, kwargs: Option<&Object>) -> Result<()> {
    if kwargs.and_then(|k| k.downcast::<Dict>()).is_some_and(|d| !d.is_empty()) {
        return Err(type_error(format!("{}() takes no keyword arguments", ty.full_name())));
    }
    Ok(())
}

/// `BaseException.__init__`: stores the arguments.
pub(super) fn init_args(object: &Object, args: &Tuple, kwargs: Option<&Object>) -> Result<()> {
    no_keywords(object.ty(), kwargs)?;
    object.expect::<BaseException>().args.set(Some(Ref::from_borrowed(args)));
    Ok(())
}

pub(super) extern "C" fn init(object: &Object, args: &Tuple, kwargs: Option<&Object>) -> c_int {
    unit_result(init_args(object, args, kwargs))
}

pub(super) extern "C" fn str_(object: &Object) -> Result {
    let args = object.expect::<BaseException>().arguments();
    match args.as_objects() {
        [] => Ok(Str::empty().to_ref()),
        [one] => Ok(one.str()?.into_object()),
        _ => Ok(Object::str(&args)?.into_object()),
    }
}

pub(super) extern "C" fn repr(object: &Object) -> Result {
    let args = object.expect::<BaseException>().arguments();
    let name = object.ty().short_name();
    let text = match args.as_objects() {
        [one] => format!("{name}({})", Display(one.repr()?)),
        _ => format!("{name}{}", Display(Object::repr(&args)?)),
    };
    Ok(Str::new(&text).into_object())
}

/// Text that may hold surrogates, shown lossily.
struct Display(Ref<Str>);
impl core::fmt::Display for Display {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(&self.0.to_string_lossy())
    }
}

extern "C" fn get_dict(object: &Object, _: *mut c_void) -> Result {
    let exception = object.expect::<BaseException>();
    if exception.dict.is_empty() {
        exception.dict.set(Some(Dict::new().into_object()));
    }
    Ok(exception.dict.get().unwrap_or_else(|| none().to_ref()))
}

extern "C" fn set_dict(object: &Object, value: Option<&Object>, _: *mut c_void) -> c_int {
    unit_result(match value {
        None => Err(type_error("cannot delete __dict__")),
        Some(value) if value.downcast::<Dict>().is_none() => {
            Err(type_error(format!("__dict__ must be set to a dictionary, not a '{}'", value.type_name())))
        }
        Some(value) => {
            object.expect::<BaseException>().dict.set(Some(value.to_ref()));
            Ok(())
        }
    })
}

extern "C" fn get_args(object: &Object, _: *mut c_void) -> Result {
    Ok(object.expect::<BaseException>().arguments().into_object())
}

extern "C" fn set_args(object: &Object, value: Option<&Object>, _: *mut c_void) -> c_int {
    unit_result((|| {
        let Some(value) = value else { return Err(type_error("args may not be deleted")) };
        let args = value.to_tuple()?;
        object.expect::<BaseException>().args.set(Some(args));
        Ok(())
    })())
}

extern "C" fn get_traceback(object: &Object, _: *mut c_void) -> Result {
    Ok(object.expect::<BaseException>().traceback.get().unwrap_or_else(|| none().to_ref()))
}

fn assign_traceback(exception: &BaseException, value: &Object) -> Result<()> {
    if !value.is_none() && value.type_name() != "traceback" {
        return Err(type_error("__traceback__ must be a traceback or None"));
    }
    exception.traceback.set((!value.is_none()).then(|| value.to_ref()));
    Ok(())
}

extern "C" fn set_traceback(object: &Object, value: Option<&Object>, _: *mut c_void) -> c_int {
    unit_result(match value {
        None => Err(type_error("__traceback__ may not be deleted")),
        Some(value) => assign_traceback(object.expect::<BaseException>(), value),
    })
}

extern "C" fn get_context(object: &Object, _: *mut c_void) -> Result {
    let context = object.expect::<BaseException>().context.get();
    Ok(context.map_or_else(|| none().to_ref(), Ref::into_object))
}

extern "C" fn set_context(object: &Object, value: Option<&Object>, _: *mut c_void) -> c_int {
    unit_result((|| {
        let Some(value) = value else { return Err(type_error("__context__ may not be deleted")) };
        let exception = object.expect::<BaseException>();
        if value.is_none() {
            exception.context.set(None);
            return Ok(());
        }
        let Some(context) = value.downcast::<BaseException>() else {
            return Err(type_error("exception context must be None or derive from BaseException"));
        };
        exception.context.set(Some(Ref::from_borrowed(context)));
        Ok(())
    })())
}

extern "C" fn get_cause(object: &Object, _: *mut c_void) -> Result {
    Ok(object.expect::<BaseException>().cause.get().unwrap_or_else(|| none().to_ref()))
}

extern "C" fn set_cause(object: &Object, value: Option<&Object>, _: *mut c_void) -> c_int {
    unit_result((|| {
        let Some(value) = value else { return Err(type_error("__cause__ may not be deleted")) };
        if !value.is_none() && value.downcast::<BaseException>().is_none() {
            return Err(type_error("exception cause must be None or derive from BaseException"));
        }
        object.expect::<BaseException>().set_cause(Some(value).filter(|v| !v.is_none()));
        Ok(())
    })())
}

impl BaseException {
    /// Sets the cause and suppresses the context in tracebacks (`PyException_SetCause`).
    pub fn set_cause(&self, cause: Option<&Object>) {
        self.cause.set(cause.map(Object::to_ref));
        self.suppress_context.set(true);
    }
}

/// Helper for pickle.
#[pyfn("__reduce__($self, /)")]
pub(super) fn reduce(exception: &BaseException) -> Result {
    let mut parts = vec![exception.ty().to_ref(), exception.arguments().into_object()];
    parts.extend(exception.dict.get());
    Ok(Tuple::from_vec(parts).into_object())
}

/// Restores the instance dictionary, for pickle.
#[pyfn("__setstate__($self, state, /)")]
fn setstate(exception: &BaseException, state: &Object) -> Result<()> {
    if state.is_none() {
        return Ok(());
    }
    let Some(dict) = state.downcast::<Dict>() else {
        return Err(type_error("state is not a dictionary"));
    };
    for (name, value) in dict.items() {
        let Some(name) = name.downcast::<Str>() else {
            return Err(type_error("attribute name must be string"));
        };
        exception.set_attr(name, Some(&value))?;
    }
    Ok(())
}

/// Set self.__traceback__ to tb and return self.
#[pyfn("with_traceback($self, object, /)")]
fn with_traceback(exception: &BaseException, object: &Object) -> Result {
    assign_traceback(exception, object)?;
    Ok(exception.to_ref())
}

/// Add a note to the exception
#[pyfn("add_note($self, object, /)")]
fn add_note(exception: &BaseException, object: &Object) -> Result<()> {
    if object.downcast::<Str>().is_none() {
        return Err(type_error(format!("add_note() argument must be str, not {}", object.type_name())));
    }
    let notes = match exception.get_attr_opt(id!("__notes__"))? {
        Some(notes) => notes,
        None => {
            let notes = List::new().into_object();
            exception.set_attr(id!("__notes__"), Some(&notes))?;
            notes
        }
    };
    match notes.downcast::<List>() {
        Some(list) => {
            list.push(object.to_ref());
            Ok(())
        }
        None => Err(type_error("Cannot add note: __notes__ is not a list")),
    }
}
