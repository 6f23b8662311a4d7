//! `property`. CPython: `Objects/descrobject.c`.

use crate::classmethod::is_abstract;
use crate::dealloc::dealloc_gc;
use crate::defs::{GetSetDef, MemberDef, MethodDef, member};
use crate::errors::{self, attribute_error, type_error};
use crate::exceptions::PyExc_AttributeError;
use crate::object::{Object, bool_object, none};
use crate::reference::{Ref, Slot};
use crate::result::{Raised, Result, unit_result};
use crate::tuple::Tuple;
use crate::typeobj::{TypeObject, base, flags};
use crate::{Dict, args, id};
use core::cell::Cell;
use core::ffi::{c_int, c_void};
use core::mem::offset_of;
use krait_macros::pyfn;

/// `propertyobject`.
#[repr(C)]
pub struct Property {
    ob_base: Object,
    fget: Slot,
    fset: Slot,
    fdel: Slot,
    doc: Slot,
    name: Slot,
    /// The documentation came from the getter.
    getter_doc: Cell<c_int>,
}

const _: () = assert!(size_of::<Property>() == 64);

crate::object_type!(Property, PyProperty_Type);

impl Property {
    /// The function that gets the attribute.
    pub fn getter(&self) -> Option<Ref<Object>> {
        self.fget.get()
    }
}

static METHODS: &[MethodDef] =
    &[getter::DEF, setter::DEF, deleter::DEF, set_name_method::DEF, MethodDef::SENTINEL];
static MEMBERS: &[MemberDef] = &[
    MemberDef::new(c"fget", member::T_OBJECT, offset_of!(Property, fget), member::READONLY),
    MemberDef::new(c"fset", member::T_OBJECT, offset_of!(Property, fset), member::READONLY),
    MemberDef::new(c"fdel", member::T_OBJECT, offset_of!(Property, fdel), member::READONLY),
    MemberDef::new(c"__doc__", member::T_OBJECT, offset_of!(Property, doc), 0),
    MemberDef::SENTINEL,
];
static GETSET: &[GetSetDef] = &[
    GetSetDef::getset(c"__name__", get_name, set_name),
    GetSetDef::getter(c"__isabstractmethod__", get_isabstractmethod),
    GetSetDef::SENTINEL,
];

/// The type `property`.
#[unsafe(no_mangle)]
pub static PyProperty_Type: TypeObject = TypeObject::of::<Property>(c"property")
    .flags(flags::HAVE_GC | flags::BASETYPE)
    .doc(c"property(fget=None, fset=None, fdel=None, doc=None)\n--\n\nProperty attribute.\n\n  fget\n    function to be used for getting an attribute value\n  fset\n    function to be used for setting an attribute value\n  fdel\n    function to be used for del'ing an attribute\n  doc\n    docstring\n\nTypical use is to define a managed attribute x:\n\nclass C(object):\n    def getx(self): return self._x\n    def setx(self, value): self._x = value\n    def delx(self): del self._x\n    x = property(getx, setx, delx, \"I'm the 'x' property.\")\n\nDecorators make defining new properties or modifying existing ones easy:\n\nclass C(object):\n    @property\n    def x(self):\n        \"I am the 'x' property.\"\n        return self._x\n    @x.setter\n    def x(self, value):\n        self._x = value\n    @x.deleter\n    def x(self):\n        del self._x")
    .tp_dealloc(dealloc_gc::<Property>)
    .tp_traverse(traverse)
    .tp_clear(clear)
    .methods(METHODS)
    .members(MEMBERS)
    .getset(GETSET)
    .tp_descr_get(descr_get)
    .tp_descr_set(descr_set)
    .tp_init(init)
    .tp_alloc(base::generic_alloc)
    .tp_new(base::generic_new);

crate::traverse!(traverse, Property, |this, v| {
    v.slot(&this.fget)?;
    v.slot(&this.fset)?;
    v.slot(&this.fdel)?;
    v.slot(&this.doc)?;
    v.slot(&this.name)?;
});

unsafe extern "C" fn clear(object: *mut Object) -> c_int {
    // SAFETY: called by the collector with a live instance.
    let this = unsafe { &*object }.expect::<Property>();
    this.doc.take();
    0
}

impl Property {
    /// The getter function.
    pub fn fget(&self) -> Option<Ref<Object>> {
        self.fget.get()
    }

    /// `__name__`: what `__set_name__` said, else the getter's name.
    fn known_name(&self) -> Result<Option<Ref<Object>>> {
        match (self.name.get(), self.fget.get()) {
            (Some(name), _) => Ok(Some(name)),
            (None, Some(fget)) => fget.get_attr_opt(id!("__name__")),
            (None, None) => Ok(None),
        }
    }

    /// Raises "property 'x' of 'C' object has no setter".
    #[cold]
    fn missing(&self, instance: &Object, what: &str) -> Raised {
        let describe = || -> Result<String> {
            let class = instance.ty().get_attr(id!("__qualname__"))?.repr()?;
            Ok(match self.known_name()? {
                Some(name) => format!("property {} of {class} object has no {what}", name.repr()?),
                None => format!("property of {class} object has no {what}"),
            })
        };
        match describe() {
            Ok(message) => attribute_error(message),
            Err(raised) => raised,
        }
    }
}

extern "C" fn init(object: &Object, args: &Tuple, kwargs: Option<&Object>) -> c_int {
    unit_result(initialize(object, args, kwargs.and_then(|k| k.downcast())))
}

fn initialize(object: &Object, args: &Tuple, kwargs: Option<&Dict>) -> Result<()> {
    let this = object.expect::<Property>();
    let values = args::parse_init("property", &["fget", "fset", "fdel", "doc"], 0, args, kwargs)?;
    let mut values = values.into_iter().map(|v| v.filter(|v| !v.is_none()));
    let mut next = || values.next().flatten();
    let fget = next();
    let fset = next();
    let fdel = next();
    let mut doc = next();
    this.fget.set(fget.clone());
    this.fset.set(fset);
    this.fdel.set(fdel);
    this.doc.take();
    this.name.take();
    this.getter_doc.set(0);
    if let (None, Some(fget)) = (&doc, &fget) {
        doc = fget.get_attr_opt(id!("__doc__"))?.filter(|d| !d.is_none());
        this.getter_doc.set(c_int::from(doc.is_some()));
    }
    if object.downcast_exact::<Property>().is_some() {
        this.doc.set(doc);
        return Ok(());
    }
    // A subclass has a `__doc__` of its own, which hides the member: the instance's dict or slot takes it.
    let doc = doc.unwrap_or_else(|| none().to_ref());
    match object.set_attr(id!("__doc__"), Some(&doc)) {
        Ok(()) => Ok(()),
        Err(raised) if this.getter_doc.get() == 0 => errors::clear_if(raised, &PyExc_AttributeError),
        Err(raised) => Err(raised),
    }
}

extern "C" fn descr_get(object: &Object, instance: Option<&Object>, _owner: Option<&Object>) -> Result {
    let Some(instance) = instance.filter(|i| !i.is_none()) else { return Ok(object.to_ref()) };
    let this = object.expect::<Property>();
    match this.fget.get() {
        Some(fget) => fget.call(&[instance]),
        None => Err(this.missing(instance, "getter")),
    }
}

extern "C" fn descr_set(object: &Object, instance: &Object, value: Option<&Object>) -> c_int {
    let this = object.expect::<Property>();
    unit_result((|| {
        match value {
            Some(value) => match this.fset.get() {
                Some(fset) => fset.call(&[instance, value]),
                None => Err(this.missing(instance, "setter")),
            },
            None => match this.fdel.get() {
                Some(fdel) => fdel.call(&[instance]),
                None => Err(this.missing(instance, "deleter")),
            },
        }
        .map(drop)
    })())
}

/// A property of the same class with some functions replaced (`property_copy`).
fn copy(this: &Property, fget: Option<&Object>, fset: Option<&Object>, fdel: Option<&Object>) -> Result {
    let pick = |new: Option<&Object>, old: &Slot| match new.filter(|n| !n.is_none()) {
        Some(new) => new.to_ref(),
        None => old.get().unwrap_or_else(|| none().to_ref()),
    };
    let get = pick(fget, &this.fget);
    let from_getter = this.getter_doc.get() != 0 && !get.is_none();
    let doc = if from_getter { None } else { this.doc.get() };
    let doc = doc.unwrap_or_else(|| none().to_ref());
    let (set, del) = (pick(fset, &this.fset), pick(fdel, &this.fdel));
    let new = this.ty().call(&[&get, &set, &del, &doc])?;
    if let Some(property) = new.downcast::<Property>() {
        property.name.set(this.name.get());
    }
    Ok(new)
}

/// Descriptor to obtain a copy of the property with a different getter.
#[pyfn("getter($self, object, /)")]
fn getter(this: &Property, object: &Object) -> Result {
    copy(this, Some(object), None, None)
}

/// Descriptor to obtain a copy of the property with a different setter.
#[pyfn("setter($self, object, /)")]
fn setter(this: &Property, object: &Object) -> Result {
    copy(this, None, Some(object), None)
}

/// Descriptor to obtain a copy of the property with a different deleter.
#[pyfn("deleter($self, object, /)")]
fn deleter(this: &Property, object: &Object) -> Result {
    copy(this, None, None, Some(object))
}

/// Method to set name of a property.
#[pyfn("__set_name__($self, owner, name, /)", raw)]
fn set_name_method(this: &Property, args: &[&Object], kwnames: Option<&Tuple>) -> Result<()> {
    if kwnames.is_some_and(|k| !k.is_empty()) {
        return Err(type_error("property.__set_name__() takes no keyword arguments"));
    }
    let [_owner, name] = args else {
        return Err(type_error(format!(
            "__set_name__() takes 2 positional arguments but {} were given",
            args.len()
        )));
    };
    this.name.set(Some(name.to_ref()));
    Ok(())
}

extern "C" fn get_name(object: &Object, _: *mut c_void) -> Result {
    match object.expect::<Property>().known_name()? {
        Some(name) => Ok(name),
        None => Err(attribute_error(format!("'{}' object has no attribute '__name__'", object.type_name()))),
    }
}

extern "C" fn set_name(object: &Object, value: Option<&Object>, _: *mut c_void) -> c_int {
    object.expect::<Property>().name.set(value.map(Object::to_ref));
    0
}

extern "C" fn get_isabstractmethod(object: &Object, _: *mut c_void) -> Result {
    let this = object.expect::<Property>();
    for function in [&this.fget, &this.fset, &this.fdel] {
        if is_abstract(function.get())? {
            return Ok(bool_object(true).to_ref());
        }
    }
    Ok(bool_object(false).to_ref())
}
