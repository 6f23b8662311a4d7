//! Bound methods. CPython: `Objects/classobject.c`.

use crate::dealloc::dealloc_gc;
use crate::defs::{MemberDef, MethodDef, member};
use crate::errors::{attribute_error, type_error};
use crate::object::{Object, bool_object, not_implemented};
use crate::reference::{Ref, Slot};
use crate::result::{Result, len_result};
use crate::slots::{CompareOp, VectorcallFn};
use crate::str::Str;
use crate::tuple::Tuple;
use crate::typeobj::{TypeObject, flags};
use crate::weakref::ListHead;
use crate::{alloc, hash, id, thread};
use core::cell::Cell;
use core::ffi::c_int;
use core::mem::offset_of;
use krait_macros::pyfn;

/// `PyMethodObject`.
#[repr(C)]
pub struct Method {
    ob_base: Object,
    im_func: Slot,
    im_self: Slot,
    im_weakreflist: ListHead,
    vectorcall: Cell<Option<VectorcallFn>>,
}

const _: () = assert!(size_of::<Method>() == 48);

crate::object_type!(Method, PyMethod_Type);

static MEMBERS: &[MemberDef] = &[
    MemberDef::new(c"__func__", member::T_OBJECT, offset_of!(Method, im_func), member::READONLY)
        .doc(c"the function (or other callable) implementing a method"),
    MemberDef::new(c"__self__", member::T_OBJECT, offset_of!(Method, im_self), member::READONLY)
        .doc(c"the instance to which a method is bound"),
    MemberDef::SENTINEL,
];

/// The type `method`.
#[unsafe(no_mangle)]
pub static PyMethod_Type: TypeObject = TypeObject::of::<Method>(c"method")
    .flags(flags::HAVE_GC)
    .vectorcall_offset(offset_of!(Method, vectorcall))
    .weaklist_offset(offset_of!(Method, im_weakreflist))
    .doc(c"method(function, instance, /)\n--\n\nCreate a bound instance method object.")
    .tp_dealloc(dealloc_gc::<Method>)
    .tp_traverse(traverse)
    .tp_repr(repr)
    .tp_hash(hash)
    .tp_call(call)
    .tp_getattro(getattro)
    .tp_richcompare(richcompare)
    .tp_descr_get(descr_get)
    .tp_new(new)
    .methods(&[reduce::DEF, MethodDef::SENTINEL])
    .members(MEMBERS);

crate::traverse!(traverse, Method, |this, v| {
    v.slot(&this.im_func)?;
    v.slot(&this.im_self)?;
});

impl Method {
    /// A function bound to an instance (`PyMethod_New`).
    #[inline]
    pub fn new(function: &Object, instance: &Object) -> Ref<Method> {
        alloc::new_tracked(Method {
            ob_base: Object::new(&PyMethod_Type),
            im_func: Slot::new(function.to_ref()),
            im_self: Slot::new(instance.to_ref()),
            im_weakreflist: Cell::new(core::ptr::null_mut()),
            vectorcall: Cell::new(Some(method_vectorcall)),
        })
    }

    /// The function; it never changes.
    #[inline(always)]
    pub fn function(&self) -> &Object {
        // SAFETY: set at creation and never replaced.
        unsafe { self.im_func.peek().unwrap_unchecked() }
    }

    /// The instance; it never changes.
    #[inline(always)]
    pub fn instance(&self) -> &Object {
        // SAFETY: set at creation and never replaced.
        unsafe { self.im_self.peek().unwrap_unchecked() }
    }
}

/// Room for the arguments of usual calls without allocation.
const SMALL: usize = 8;

unsafe extern "C" fn method_vectorcall(
    callable: *mut Object,
    args: *const *mut Object,
    nargsf: usize,
    kwnames: *mut Object,
) -> Result {
    // SAFETY: the vectorcall protocol: `args` has the positional arguments and then one value per keyword name.
    unsafe {
        let method = (*callable).expect::<Method>();
        let nargs = nargsf & !(1 << (usize::BITS - 1));
        let kwnames = kwnames.as_ref().map(|k| k.expect::<Tuple>());
        let total = nargs + kwnames.map_or(0, Tuple::len);
        let given = if total == 0 { &[] } else { core::slice::from_raw_parts(args.cast::<&Object>(), total) };
        if total < SMALL {
            let mut buffer = [method.instance(); SMALL];
            buffer[1..=total].copy_from_slice(given);
            return method.function().vectorcall(&buffer[..=total], kwnames);
        }
        let mut all = Vec::with_capacity(total + 1);
        all.push(method.instance());
        all.extend_from_slice(given);
        method.function().vectorcall(&all, kwnames)
    }
}

extern "C" fn call(object: &Object, args: &Tuple, kwargs: Option<&Object>) -> Result {
    let method = object.expect::<Method>();
    let mut all = vec![method.instance().to_ref()];
    all.extend(args.as_slice().iter().cloned());
    method.function().call_dict(&Tuple::from_vec(all), kwargs.and_then(|k| k.downcast()))
}

extern "C" fn repr(object: &Object) -> Result {
    let method = object.expect::<Method>();
    let mut name = method.function().get_attr_opt(id!("__qualname__"))?;
    if name.is_none() {
        name = method.function().get_attr_opt(id!("__name__"))?;
    }
    let name = name.and_then(|n| n.downcast_into::<Str>().ok()).map_or("?".into(), |n| n.to_string_lossy());
    thread::check_recursion(" while getting the repr of an object")?;
    let text = format!("<bound method {name} of {}>", method.instance().repr()?);
    Ok(Str::new(&text).into_object())
}

extern "C" fn hash(object: &Object) -> isize {
    let method = object.expect::<Method>();
    len_result((|| {
        let hash = hash::hash_pointer(method.instance().as_ptr() as usize) ^ method.function().hash()?;
        Ok(if hash == -1 { -2 } else { hash })
    })())
}

extern "C" fn richcompare(a: &Object, b: &Object, op: c_int) -> Result {
    let op = CompareOp::from_int(op);
    let (CompareOp::Eq | CompareOp::Ne, Some(x), Some(y)) =
        (op, a.downcast::<Method>(), b.downcast::<Method>())
    else {
        return Ok(not_implemented().to_ref());
    };
    let equal = x.instance().is(y.instance()) && x.function().eq(y.function())?;
    Ok(bool_object(equal == (op == CompareOp::Eq)).to_ref())
}

extern "C" fn getattro(object: &Object, name: &Object) -> Result {
    let Some(name) = name.downcast::<Str>() else {
        return Err(type_error(format!("attribute name must be string, not '{}'", name.type_name())));
    };
    if object.ty().lookup(name).is_some() {
        return object.generic_get_attr(name);
    }
    object.expect::<Method>().function().get_attr(name)
}

extern "C" fn descr_get(object: &Object, _instance: Option<&Object>, _owner: Option<&Object>) -> Result {
    Ok(object.to_ref())
}

extern "C" fn new(_ty: &TypeObject, args: &Tuple, kwargs: Option<&Object>) -> Result {
    if kwargs.and_then(|k| k.downcast::<crate::Dict>()).is_some_and(|d| !d.is_empty()) {
        return Err(type_error("method() takes no keyword arguments"));
    }
    let [function, instance] = args.as_objects() else {
        return Err(type_error(format!("method expected 2 arguments, got {}", args.len())));
    };
    if !function.is_callable() {
        return Err(type_error("first argument must be callable"));
    }
    if instance.is_none() {
        return Err(type_error("instance must not be None"));
    }
    Ok(Method::new(function, instance).into_object())
}

/// Helper for pickle.
#[pyfn("__reduce__($self, /)")]
fn reduce(method: &Method) -> Result {
    let builtins = crate::interp::current().builtins.get();
    let Some(getattr) = builtins.and_then(|b| b.get_str(id!("getattr"))) else {
        return Err(attribute_error("getattr"));
    };
    let name = method.function().get_attr(id!("__name__"))?;
    let args = Tuple::from_slice(&[method.instance(), &name]);
    Ok(Tuple::from_vec(vec![getattr, args.into_object()]).into_object())
}
