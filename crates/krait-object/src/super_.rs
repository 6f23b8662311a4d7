//! `super`. CPython: `Objects/typeobject.c` (`PySuper_Type`).

use crate::dealloc::dealloc_gc;
use crate::defs::{MemberDef, member};
use crate::errors::{runtime_error, type_error};
use crate::object::Object;
use crate::reference::{Ref, Slot};
use crate::result::{Result, unit_result};
use crate::str::Str;
use crate::tuple::Tuple;
use crate::typeobj::{TypeObject, base, flags};
use crate::{Dict, alloc, id, interp};
use core::ffi::c_int;
use core::mem::offset_of;

/// `superobject`.
#[repr(C)]
pub struct Super {
    ob_base: Object,
    ty: Slot<TypeObject>,
    obj: Slot,
    obj_type: Slot<TypeObject>,
}

const _: () = assert!(size_of::<Super>() == 40);

crate::object_type!(Super, PySuper_Type);

static MEMBERS: &[MemberDef] = &[
    MemberDef::new(c"__thisclass__", member::T_OBJECT, offset_of!(Super, ty), member::READONLY)
        .doc(c"the class invoking super()"),
    MemberDef::new(c"__self__", member::T_OBJECT, offset_of!(Super, obj), member::READONLY)
        .doc(c"the instance invoking super(); may be None"),
    MemberDef::new(c"__self_class__", member::T_OBJECT, offset_of!(Super, obj_type), member::READONLY)
        .doc(c"the type of the instance invoking super(); may be None"),
    MemberDef::SENTINEL,
];

/// The type `super`.
#[unsafe(no_mangle)]
pub static PySuper_Type: TypeObject = TypeObject::of::<Super>(c"super")
    .flags(flags::HAVE_GC | flags::BASETYPE)
    .doc(c"super() -> same as super(__class__, <first argument>)\nsuper(type) -> unbound super object\nsuper(type, obj) -> bound super object; requires isinstance(obj, type)\nsuper(type, type2) -> bound super object; requires issubclass(type2, type)\nTypical use to call a cooperative superclass method:\nclass C(B):\n    def meth(self, arg):\n        super().meth(arg)\nThis works for class methods too:\nclass C(B):\n    @classmethod\n    def cmeth(cls, arg):\n        super().cmeth(arg)\n")
    .tp_dealloc(dealloc_gc::<Super>)
    .tp_repr(repr)
    .tp_getattro(getattro)
    .tp_traverse(traverse)
    .members(MEMBERS)
    .tp_descr_get(descr_get)
    .tp_init(init)
    .tp_alloc(base::generic_alloc)
    .tp_new(base::generic_new)
    .tp_vectorcall(vectorcall);

crate::traverse!(traverse, Super, |this, v| {
    v.slot(&this.obj)?;
    v.slot(&this.ty)?;
    v.slot(&this.obj_type)?;
});

extern "C" fn repr(object: &Object) -> Result {
    let this = object.expect::<Super>();
    let name = this.ty.get().map_or_else(|| "NULL".to_owned(), |t| t.name().to_owned());
    let text = match this.obj_type.get() {
        Some(ty) => format!("<super: <class '{name}'>, <{} object>>", ty.name()),
        None => format!("<super: <class '{name}'>, NULL>"),
    };
    Ok(Str::new(&text).into_object())
}

/// Looks for `name` in the MRO of `start` behind `ty`.
fn find_behind(ty: &TypeObject, start: &TypeObject, name: &Str) -> Result<Option<Ref<Object>>> {
    let Some(mro) = start.mro() else { return Ok(None) };
    let mut behind = mro.as_slice().iter().skip_while(|class| !class.is(ty));
    behind.next();
    for class in behind {
        if let Some(dict) = class.expect::<TypeObject>().dict() {
            if let Some(found) = dict.get(name)? {
                return Ok(Some(found));
            }
        }
    }
    Ok(None)
}

fn bind(found: Ref<Object>, obj: &Object, start: &TypeObject) -> Result {
    match found.ty().tp_descr_get.get() {
        Some(get) => get(&found, Some(obj).filter(|o| !o.is(start)), Some(start)),
        None => Ok(found),
    }
}

extern "C" fn getattro(object: &Object, name: &Object) -> Result {
    let this = object.expect::<Super>();
    let Some(name) = name.downcast::<Str>() else {
        return Err(type_error(format!("attribute name must be string, not '{}'", name.type_name())));
    };
    // `super().__class__` is `super`, so that isinstance works on super objects.
    if !name.eq_str("__class__") {
        if let (Some(ty), Some(obj), Some(start)) = (this.ty.get(), this.obj.get(), this.obj_type.get()) {
            if let Some(found) = find_behind(&ty, &start, name)? {
                return bind(found, &obj, &start);
            }
        }
    }
    object.generic_get_attr(name)
}

/// The class in whose MRO to look: `obj` is an instance of `ty`, or a subclass of it (`supercheck`).
fn check(ty: &TypeObject, obj: &Object) -> Result<Ref<TypeObject>> {
    if let Some(class) = obj.downcast::<TypeObject>() {
        if class.is_subtype_of(ty) {
            return Ok(Ref::from_borrowed(class));
        }
    }
    if obj.is_instance_of(ty) {
        return Ok(Ref::from_borrowed(obj.ty()));
    }
    // A proxy tells its class by `__class__`.
    if let Some(claimed) = obj.get_attr_opt(id!("__class__"))? {
        if let Ok(claimed) = claimed.downcast_into::<TypeObject>() {
            if !claimed.is_type(obj.ty()) && claimed.is_subtype_of(ty) {
                return Ok(claimed);
            }
        }
    }
    let (what, name) = match obj.downcast::<TypeObject>() {
        Some(class) => ("type", class.name()),
        None => ("instance of", obj.type_name()),
    };
    Err(type_error(format!(
        "super(type, obj): obj ({what} {name}) is not an instance or subtype of type ({}).",
        ty.name()
    )))
}

extern "C" fn descr_get(object: &Object, instance: Option<&Object>, _owner: Option<&Object>) -> Result {
    let this = object.expect::<Super>();
    let Some(instance) = instance.filter(|i| !i.is_none() && this.obj.is_empty()) else {
        return Ok(object.to_ref());
    };
    let Some(ty) = this.ty.get() else { return Ok(object.to_ref()) };
    if object.downcast_exact::<Super>().is_none() {
        // A subclass decides itself how it is made.
        return object.ty().call(&[&ty, instance]);
    }
    let obj_type = check(&ty, instance)?;
    Ok(alloc::new_tracked(Super {
        ob_base: Object::new(&PySuper_Type),
        ty: Slot::new(ty),
        obj: Slot::new(instance.to_ref()),
        obj_type: Slot::new(obj_type),
    })
    .into_object())
}

fn initialize(this: &Super, args: &[&Object]) -> Result<()> {
    let (ty, obj) = match args {
        [] => {
            let Some(context) = interp::current().hooks.super_context.get() else {
                return Err(runtime_error("super(): no current frame"));
            };
            let (ty, obj) = context()?;
            (ty, Some(obj))
        }
        [ty] => ((*ty).to_ref(), None),
        [ty, obj] => ((*ty).to_ref(), Some((*obj).to_ref())),
        more => return Err(type_error(format!("super() expected at most 2 arguments, got {}", more.len()))),
    };
    let ty = ty.downcast_into::<TypeObject>().map_err(|other| {
        type_error(format!("super() argument 1 must be a type, not {}", other.type_name()))
    })?;
    let obj = obj.filter(|o| !o.is_none());
    let obj_type = match &obj {
        Some(obj) => Some(check(&ty, obj)?),
        None => None,
    };
    this.ty.set(Some(ty));
    this.obj.set(obj);
    this.obj_type.set(obj_type);
    Ok(())
}

extern "C" fn init(object: &Object, args: &Tuple, kwargs: Option<&Object>) -> c_int {
    if kwargs.and_then(|k| k.downcast::<Dict>()).is_some_and(|d| !d.is_empty()) {
        return unit_result(Err(type_error("super() takes no keyword arguments")));
    }
    unit_result(initialize(object.expect::<Super>(), args.as_objects()))
}

unsafe extern "C" fn vectorcall(
    callable: *mut Object,
    args: *const *mut Object,
    nargsf: usize,
    kwnames: *mut Object,
) -> Result {
    let nargs = crate::cfunction::vectorcall_nargs(nargsf);
    // SAFETY: the vectorcall protocol.
    let (ty, args, kwnames) = unsafe {
        let args: &[&Object] = if nargs == 0 { &[] } else { core::slice::from_raw_parts(args.cast(), nargs) };
        ((*callable).expect::<TypeObject>(), args, kwnames.as_ref().map(|k| k.expect::<Tuple>()))
    };
    if kwnames.is_some_and(|k| !k.is_empty()) {
        return Err(type_error("super() takes no keyword arguments"));
    }
    let object = base::generic_alloc(ty, 0)?;
    initialize(object.expect::<Super>(), args)?;
    Ok(object)
}

/// `super(ty, obj).name` without the super object: the attribute, and whether it is a method still to be called with
/// `obj` first (`_PySuper_Lookup`).
pub fn lookup(ty: &TypeObject, obj: &Object, name: &Str, want_method: bool) -> Result<(Ref<Object>, bool)> {
    let start = check(ty, obj)?;
    if !name.eq_str("__class__") {
        if let Some(found) = find_behind(ty, &start, name)? {
            if want_method && !obj.is(&start) && found.ty().has_flag(flags::METHOD_DESCRIPTOR) {
                return Ok((found, true));
            }
            return Ok((bind(found, obj, &start)?, false));
        }
    }
    let object = PySuper_Type.call(&[ty, obj])?;
    Ok((object.generic_get_attr(name)?, false))
}
