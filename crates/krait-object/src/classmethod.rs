//! `classmethod` and `staticmethod`. CPython: `Objects/funcobject.c`.

use crate::dealloc::dealloc_gc;
use crate::defs::{GetSetDef, MemberDef, MethodDef, member};
use crate::errors::{attribute_error, runtime_error, type_error};
use crate::method::Method;
use crate::object::{Object, bool_object};
use crate::protocol::attributes::{generic_get_dict, generic_set_dict};
use crate::reference::{Ref, Slot, Typed};
use crate::result::{Result, unit_result};
use crate::str::Str;
use crate::tuple::Tuple;
use crate::typeobj::{TypeObject, base, flags};
use crate::{Dict, alloc, id};
use core::ffi::{c_int, c_void};
use core::mem::offset_of;

/// `classmethod` and `staticmethod` objects have the same layout.
#[repr(C)]
struct Wrapper {
    ob_base: Object,
    callable: Slot,
    dict: Slot<Dict>,
}

/// A function that gets the class.
#[repr(transparent)]
pub struct ClassMethod(Wrapper);
/// A function that gets nothing.
#[repr(transparent)]
pub struct StaticMethod(Wrapper);

const _: () = assert!(size_of::<Wrapper>() == 32);

crate::object_type!(ClassMethod, PyClassMethod_Type);
crate::object_type!(StaticMethod, PyStaticMethod_Type);

static MEMBERS: &[MemberDef] = &[
    MemberDef::new(c"__func__", member::T_OBJECT, offset_of!(Wrapper, callable), member::READONLY),
    MemberDef::new(c"__wrapped__", member::T_OBJECT, offset_of!(Wrapper, callable), member::READONLY),
    MemberDef::SENTINEL,
];
static GETSET: &[GetSetDef] = &[
    GetSetDef::getter(c"__isabstractmethod__", get_isabstractmethod),
    GetSetDef::getset(c"__dict__", generic_get_dict, generic_set_dict),
    GetSetDef::getset(c"__annotations__", get_annotations, set_annotations),
    GetSetDef::getset(c"__annotate__", get_annotate, set_annotate),
    GetSetDef::SENTINEL,
];
static METHODS: &[MethodDef] = &[crate::generic_alias::CLASS_GETITEM, MethodDef::SENTINEL];

const fn common(ty: TypeObject) -> TypeObject {
    ty.flags(flags::HAVE_GC | flags::BASETYPE)
        .tp_repr(repr)
        .tp_traverse(traverse)
        .tp_clear(clear)
        .methods(METHODS)
        .members(MEMBERS)
        .getset(GETSET)
        .dict_offset(offset_of!(Wrapper, dict))
        .tp_init(init)
        .tp_alloc(base::generic_alloc)
        .tp_new(base::generic_new)
}

/// The type `classmethod`.
#[unsafe(no_mangle)]
pub static PyClassMethod_Type: TypeObject = common(TypeObject::of::<ClassMethod>(c"classmethod"))
    .doc(c"classmethod(function, /)\n--\n\nConvert a function to be a class method.\n\nA class method receives the class as implicit first argument,\njust like an instance method receives the instance.\nTo declare a class method, use this idiom:\n\n  class C:\n      @classmethod\n      def f(cls, arg1, arg2, argN):\n          ...\n\nIt can be called either on the class (e.g. C.f()) or on an instance\n(e.g. C().f()).  The instance is ignored except for its class.\nIf a class method is called for a derived class, the derived class\nobject is passed as the implied first argument.\n\nClass methods are different than C++ or Java static methods.\nIf you want those, see the staticmethod builtin.")
    .tp_dealloc(dealloc_gc::<ClassMethod>)
    .tp_descr_get(class_descr_get);

/// The type `staticmethod`.
#[unsafe(no_mangle)]
pub static PyStaticMethod_Type: TypeObject = common(TypeObject::of::<StaticMethod>(c"staticmethod"))
    .doc(c"staticmethod(function, /)\n--\n\nConvert a function to be a static method.\n\nA static method does not receive an implicit first argument.\nTo declare a static method, use this idiom:\n\n     class C:\n         @staticmethod\n         def f(arg1, arg2, argN):\n             ...\n\nIt can be called either on the class (e.g. C.f()) or on an instance\n(e.g. C().f()). Both the class and the instance are ignored, and\nneither is passed implicitly as the first argument to the method.\n\nStatic methods in Python are similar to those found in Java or C++.\nFor a more advanced concept, see the classmethod builtin.")
    .tp_dealloc(dealloc_gc::<StaticMethod>)
    .tp_call(static_call)
    .tp_descr_get(static_descr_get);

crate::traverse!(traverse, Wrapper, |this, v| {
    v.slot(&this.callable)?;
    v.slot(&this.dict)?;
});

unsafe extern "C" fn clear(object: *mut Object) -> c_int {
    // SAFETY: called by the collector with a live instance of one of the types.
    let this = unsafe { &*object.cast::<Wrapper>() };
    this.callable.take();
    this.dict.take();
    0
}

fn wrapper(object: &Object) -> &Wrapper {
    debug_assert!(ClassMethod::check(object) || StaticMethod::check(object));
    // SAFETY: only the two types use these functions.
    unsafe { &*core::ptr::from_ref(object).cast::<Wrapper>() }
}

fn new_wrapper(ty: &'static TypeObject, callable: &Object) -> Wrapper {
    Wrapper { ob_base: Object::new(ty), callable: Slot::new(callable.to_ref()), dict: Slot::empty() }
}

impl ClassMethod {
    /// A class method (`PyClassMethod_New`).
    pub fn new(callable: &Object) -> Ref<ClassMethod> {
        alloc::new_tracked(ClassMethod(new_wrapper(&PyClassMethod_Type, callable)))
    }

    /// The function; `None` before `__init__`.
    pub fn callable(&self) -> Option<Ref<Object>> {
        self.0.callable.get()
    }
}

impl StaticMethod {
    /// A static method (`PyStaticMethod_New`).
    pub fn new(callable: &Object) -> Ref<StaticMethod> {
        alloc::new_tracked(StaticMethod(new_wrapper(&PyStaticMethod_Type, callable)))
    }

    /// The function; `None` before `__init__`.
    pub fn callable(&self) -> Option<Ref<Object>> {
        self.0.callable.get()
    }
}

fn type_name(object: &Object) -> &'static str {
    if ClassMethod::check(object) { "classmethod" } else { "staticmethod" }
}

extern "C" fn init(object: &Object, args: &Tuple, kwargs: Option<&Object>) -> c_int {
    unit_result((|| {
        if kwargs.and_then(|k| k.downcast::<Dict>()).is_some_and(|d| !d.is_empty()) {
            return Err(type_error(format!("{}() takes no keyword arguments", type_name(object))));
        }
        let [callable] = args.as_objects() else {
            let name = type_name(object);
            return Err(type_error(format!("{name} expected 1 argument, got {}", args.len())));
        };
        wrapper(object).callable.set(Some(callable.to_ref()));
        copy_attributes(object, callable)
    })())
}

/// Looks like the function (`functools_wraps`).
fn copy_attributes(object: &Object, callable: &Object) -> Result<()> {
    for name in [id!("__module__"), id!("__name__"), id!("__qualname__"), id!("__doc__")] {
        if let Some(value) = callable.get_attr_opt(name)? {
            object.set_attr(name, Some(&value))?;
        }
    }
    Ok(())
}

extern "C" fn repr(object: &Object) -> Result {
    let shown = match wrapper(object).callable.get() {
        Some(callable) => callable.repr()?.to_string_lossy(),
        None => "<NULL>".to_owned(),
    };
    let ty = type_name(object);
    Ok(Str::new(&format!("<{ty}({shown})>")).into_object())
}

extern "C" fn class_descr_get(object: &Object, instance: Option<&Object>, owner: Option<&Object>) -> Result {
    let Some(callable) = wrapper(object).callable.get() else {
        return Err(runtime_error("uninitialized classmethod object"));
    };
    let class: &Object = match (owner, instance) {
        (Some(owner), _) => owner,
        (None, Some(instance)) => instance.ty(),
        (None, None) => return Err(type_error("__get__(None, None) is invalid")),
    };
    Ok(Method::new(&callable, class).into_object())
}

extern "C" fn static_descr_get(object: &Object, _: Option<&Object>, _: Option<&Object>) -> Result {
    wrapper(object).callable.get().ok_or_else(|| runtime_error("uninitialized staticmethod object"))
}

extern "C" fn static_call(object: &Object, args: &Tuple, kwargs: Option<&Object>) -> Result {
    match wrapper(object).callable.get() {
        Some(callable) => callable.call_dict(args, kwargs.and_then(|k| k.downcast())),
        None => Err(runtime_error("uninitialized staticmethod object")),
    }
}

/// Is `__isabstractmethod__` true (`_PyObject_IsAbstract`)?
pub(crate) fn is_abstract(object: Option<Ref<Object>>) -> Result<bool> {
    match object {
        Some(object) => match object.get_attr_opt(id!("__isabstractmethod__"))? {
            Some(value) => value.is_true(),
            None => Ok(false),
        },
        None => Ok(false),
    }
}

extern "C" fn get_isabstractmethod(object: &Object, _: *mut c_void) -> Result {
    Ok(bool_object(is_abstract(wrapper(object).callable.get())?).to_ref())
}

/// An attribute of the function, remembered in the wrapper's own dict.
fn wrapped_attribute(object: &Object, name: &'static Str) -> Result {
    let this = wrapper(object);
    let dict = match object.instance_dict()? {
        Some(dict) => dict,
        None => Dict::new(),
    };
    if let Some(found) = dict.get(name)? {
        return Ok(found);
    }
    let Some(callable) = this.callable.get() else {
        return Err(attribute_error(format!("'{}' object has no attribute '{name}'", object.type_name())));
    };
    let value = callable.get_attr(name)?;
    dict.set_str(name, &value)?;
    Ok(value)
}

fn set_wrapped_attribute(object: &Object, name: &'static Str, value: Option<&Object>) -> Result<()> {
    let Some(dict) = object.instance_dict()? else { return Ok(()) };
    match value {
        Some(value) => dict.set_str(name, value),
        None if dict.remove(name)? => Ok(()),
        None => Err(attribute_error(format!("'{}' object has no attribute '{name}'", object.type_name()))),
    }
}

extern "C" fn get_annotations(object: &Object, _: *mut c_void) -> Result {
    wrapped_attribute(object, id!("__annotations__"))
}

extern "C" fn set_annotations(object: &Object, value: Option<&Object>, _: *mut c_void) -> c_int {
    unit_result(set_wrapped_attribute(object, id!("__annotations__"), value))
}

extern "C" fn get_annotate(object: &Object, _: *mut c_void) -> Result {
    wrapped_attribute(object, id!("__annotate__"))
}

extern "C" fn set_annotate(object: &Object, value: Option<&Object>, _: *mut c_void) -> c_int {
    unit_result(set_wrapped_attribute(object, id!("__annotate__"), value))
}
