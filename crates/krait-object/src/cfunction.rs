//! Built-in functions and methods bound to an object. CPython: `Objects/methodobject.c`.

use crate::dealloc::dealloc_gc;
use crate::defs::{GetSetDef, MemberDef, MethodDef, member, meth};
use crate::errors::type_error;
use crate::object::{Object, bool_object, none, not_implemented};
use crate::reference::{Ref, Slot};
use crate::result::{Result, len_result};
use crate::slots::{CompareOp, VectorcallFn};
use crate::str::Str;
use crate::tuple::Tuple;
use crate::typeobj::{TypeObject, flags};
use crate::weakref::ListHead;
use crate::{alloc, hash, id, thread};
use core::cell::Cell;
use core::ffi::{c_int, c_void};
use core::mem::offset_of;
use krait_macros::pyfn;

/// `PyCFunctionObject`; with METH_METHOD the defining class follows (`PyCMethodObject`).
#[repr(C)]
pub struct CFunction {
    ob_base: Object,
    m_ml: Cell<*const MethodDef>,
    m_self: Slot,
    m_module: Slot,
    m_weakreflist: ListHead,
    vectorcall: Cell<Option<VectorcallFn>>,
}

/// `PyCMethodObject`.
#[repr(C)]
pub struct CMethod {
    func: CFunction,
    mm_class: Slot<TypeObject>,
}

const _: () = assert!(size_of::<CFunction>() == 56);

crate::object_type!(CFunction, PyCFunction_Type);
crate::object_type!(CMethod, PyCMethod_Type);

static MEMBERS: &[MemberDef] = &[
    MemberDef::new(c"__module__", member::T_OBJECT, offset_of!(CFunction, m_module), 0),
    MemberDef::SENTINEL,
];

static GETSET: &[GetSetDef] = &[
    GetSetDef::getter(c"__doc__", get_doc),
    GetSetDef::getter(c"__name__", get_name),
    GetSetDef::getter(c"__qualname__", get_qualname),
    GetSetDef::getter(c"__self__", get_self),
    GetSetDef::getter(c"__text_signature__", get_text_signature),
    GetSetDef::SENTINEL,
];

const fn base(ty: TypeObject) -> TypeObject {
    ty.flags(flags::HAVE_GC)
        .vectorcall_offset(offset_of!(CFunction, vectorcall))
        .weaklist_offset(offset_of!(CFunction, m_weakreflist))
        .tp_traverse(traverse)
        .tp_repr(repr)
        .tp_hash(hash)
        .tp_call(call)
        .tp_richcompare(richcompare)
        .methods(&[reduce::DEF, MethodDef::SENTINEL])
        .members(MEMBERS)
        .getset(GETSET)
}

/// The type `builtin_function_or_method`.
#[unsafe(no_mangle)]
pub static PyCFunction_Type: TypeObject = base(TypeObject::of::<CFunction>(c"builtin_function_or_method"))
    .flags(flags::DISALLOW_INSTANTIATION)
    .tp_dealloc(dealloc_gc::<CFunction>);

/// The type of built-in methods that know their defining class.
#[unsafe(no_mangle)]
pub static PyCMethod_Type: TypeObject = base(TypeObject::of::<CMethod>(c"builtin_method"))
    .base(&raw const PyCFunction_Type)
    .tp_dealloc(dealloc_gc::<CMethod>);

crate::traverse!(traverse, CFunction, |this, v| {
    v.slot(&this.m_self)?;
    v.slot(&this.m_module)?;
    if this.is_instance_of(&PyCMethod_Type) {
        v.slot(&this.expect::<CMethod>().mm_class)?;
    }
});

impl CFunction {
    /// A function of a method table (`PyCMethod_New`). The table entry must live for ever or as long as `instance`.
    pub fn new(
        def: &MethodDef,
        instance: Option<&Object>,
        module: Option<&Object>,
        class: Option<&TypeObject>,
    ) -> Result<Ref<CFunction>> {
        let conventions =
            meth::VARARGS | meth::FASTCALL | meth::NOARGS | meth::O | meth::KEYWORDS | meth::METHOD;
        let vectorcall: Option<VectorcallFn> = match def.ml_flags & conventions {
            meth::VARARGS => None,
            f if f == meth::VARARGS | meth::KEYWORDS => None,
            meth::FASTCALL => Some(vectorcall_fast),
            f if f == meth::FASTCALL | meth::KEYWORDS => Some(vectorcall_fast_keywords),
            meth::NOARGS => Some(vectorcall_noargs),
            meth::O => Some(vectorcall_o),
            f if f == meth::METHOD | meth::FASTCALL | meth::KEYWORDS => Some(vectorcall_method),
            _ => {
                return Err(crate::errors::system_error(format!("{}() method: bad call flags", def.name())));
            }
        };
        let function = CFunction {
            ob_base: Object::new(if class.is_some() { &PyCMethod_Type } else { &PyCFunction_Type }),
            m_ml: Cell::new(def),
            m_self: Slot::from_option(instance.map(Object::to_ref)),
            m_module: Slot::from_option(module.map(Object::to_ref)),
            m_weakreflist: Cell::new(core::ptr::null_mut()),
            vectorcall: Cell::new(vectorcall),
        };
        if let Some(class) = class {
            let method = CMethod { func: function, mm_class: Slot::new(Ref::from_borrowed(class)) };
            let method = alloc::new_tracked(method);
            // SAFETY: `CMethod` begins with a `CFunction`.
            return Ok(unsafe { method.cast_into::<CFunction>() });
        }
        Ok(alloc::new_tracked(function))
    }

    /// The table entry.
    #[inline(always)]
    pub fn def(&self) -> &MethodDef {
        // SAFETY: the entry outlives the function.
        unsafe { &*self.m_ml.get() }
    }

    /// What the C function gets as `self`; null when there is none (static methods).
    #[inline(always)]
    pub fn self_ptr(&self) -> *mut Object {
        if self.def().ml_flags & meth::STATIC != 0 { core::ptr::null_mut() } else { self.m_self.as_ptr() }
    }

    /// `__self__`: the module or the bound instance.
    pub fn instance(&self) -> Option<Ref<Object>> {
        self.m_self.get()
    }

    /// The receiver for the C functions, which are declared with `&Object`: a missing one is passed as `None`.
    #[inline(always)]
    fn receiver(&self) -> &Object {
        // SAFETY: `m_self` is set at creation and never replaced.
        unsafe { self.self_ptr().as_ref() }.unwrap_or(none())
    }

    fn qualified(&self) -> String {
        // SAFETY: never replaced, as above.
        let instance = unsafe { self.m_self.peek() };
        match instance {
            Some(i) if i.downcast::<crate::module::Module>().is_none() => match i.downcast::<TypeObject>() {
                Some(ty) => format!("{}.{}", ty.short_name(), self.def().name()),
                None => format!("{}.{}", i.ty().short_name(), self.def().name()),
            },
            _ => match self.m_module.get().and_then(|m| m.downcast_into::<Str>().ok()) {
                Some(module) if !module.eq_str("builtins") => format!("{module}.{}", self.def().name()),
                _ => self.def().name().to_owned(),
            },
        }
    }
}

/// Positional count of a vectorcall's `nargsf`.
#[inline(always)]
pub fn vectorcall_nargs(nargsf: usize) -> usize {
    nargsf & !(1 << (usize::BITS - 1))
}

/// The function and its positional count, after the test that no keywords were given and that the stack is not low.
///
/// # Safety
/// The arguments of a vectorcall of a `CFunction`.
#[inline(always)]
unsafe fn enter<'a>(
    callable: *mut Object,
    nargsf: usize,
    kwnames: *mut Object,
) -> Result<(&'a CFunction, usize)> {
    // SAFETY: the caller's promise.
    let (function, kwnames) = unsafe { ((*callable).expect::<CFunction>(), kwnames.as_ref()) };
    if kwnames.is_some_and(|k| !k.expect::<Tuple>().is_empty()) {
        return Err(no_keywords(function));
    }
    thread::check_recursion(" while calling a Python object")?;
    Ok((function, vectorcall_nargs(nargsf)))
}

#[cold]
fn no_keywords(function: &CFunction) -> crate::Raised {
    type_error(format!("{}() takes no keyword arguments", function.qualified()))
}

unsafe extern "C" fn vectorcall_noargs(
    callable: *mut Object,
    _args: *const *mut Object,
    nargsf: usize,
    kwnames: *mut Object,
) -> Result {
    // SAFETY: a vectorcall; the flags say that the entry is a METH_NOARGS function.
    unsafe {
        let (function, nargs) = enter(callable, nargsf, kwnames)?;
        if nargs != 0 {
            return Err(type_error(format!("{}() takes no arguments ({nargs} given)", function.qualified())));
        }
        (function.def().ml_meth.plain)(function.receiver(), None)
    }
}

unsafe extern "C" fn vectorcall_o(
    callable: *mut Object,
    args: *const *mut Object,
    nargsf: usize,
    kwnames: *mut Object,
) -> Result {
    // SAFETY: a vectorcall; the flags say that the entry is a METH_O function.
    unsafe {
        let (function, nargs) = enter(callable, nargsf, kwnames)?;
        if nargs != 1 {
            return Err(type_error(format!(
                "{}() takes exactly one argument ({nargs} given)",
                function.qualified()
            )));
        }
        (function.def().ml_meth.plain)(function.receiver(), (*args).as_ref())
    }
}

unsafe extern "C" fn vectorcall_fast(
    callable: *mut Object,
    args: *const *mut Object,
    nargsf: usize,
    kwnames: *mut Object,
) -> Result {
    // SAFETY: a vectorcall; the flags say that the entry is a METH_FASTCALL function.
    unsafe {
        let (function, nargs) = enter(callable, nargsf, kwnames)?;
        (function.def().ml_meth.fast)(function.receiver(), args, nargs as isize)
    }
}

unsafe extern "C" fn vectorcall_fast_keywords(
    callable: *mut Object,
    args: *const *mut Object,
    nargsf: usize,
    kwnames: *mut Object,
) -> Result {
    // SAFETY: a vectorcall; the flags say that the entry is a METH_FASTCALL | METH_KEYWORDS function.
    unsafe {
        let function = (*callable).expect::<CFunction>();
        thread::check_recursion(" while calling a Python object")?;
        let kwnames = kwnames.as_ref().map(|k| k.expect::<Tuple>());
        let nargs = vectorcall_nargs(nargsf) as isize;
        (function.def().ml_meth.fast_keywords)(function.receiver(), args, nargs, kwnames)
    }
}

unsafe extern "C" fn vectorcall_method(
    callable: *mut Object,
    args: *const *mut Object,
    nargsf: usize,
    kwnames: *mut Object,
) -> Result {
    // SAFETY: a vectorcall; the flags say that the entry is a METH_METHOD function of a `CMethod`.
    unsafe {
        let method = (*callable).expect::<CMethod>();
        thread::check_recursion(" while calling a Python object")?;
        let kwnames = kwnames.as_ref().map(|k| k.expect::<Tuple>());
        let Some(class) = method.mm_class.peek() else {
            return Err(crate::errors::system_error("method without defining class"));
        };
        let function = &method.func;
        (function.def().ml_meth.method)(function.receiver(), class, args, vectorcall_nargs(nargsf), kwnames)
    }
}

extern "C" fn call(object: &Object, args: &Tuple, kwargs: Option<&Object>) -> Result {
    let function = object.expect::<CFunction>();
    let kwargs = kwargs.and_then(|k| k.downcast::<crate::Dict>());
    if function.vectorcall.get().is_some() {
        let mut all: Vec<Ref<Object>> = args.as_slice().to_vec();
        let mut names = Vec::new();
        for (name, value) in kwargs.map_or_else(Vec::new, crate::Dict::items) {
            names.push(name);
            all.push(value);
        }
        let borrowed: Vec<&Object> = all.iter().map(|o| &**o).collect();
        let names = (!names.is_empty()).then(|| Tuple::from_vec(names));
        return object.vectorcall(&borrowed, names.as_deref());
    }
    thread::check_recursion(" while calling a Python object")?;
    if function.def().ml_flags & meth::KEYWORDS != 0 {
        // SAFETY: the flags say that the entry is METH_VARARGS | METH_KEYWORDS.
        return unsafe { (function.def().ml_meth.keywords)(function.receiver(), args, kwargs.map(|k| &**k)) };
    }
    if kwargs.is_some_and(|k| !k.is_empty()) {
        return Err(no_keywords(function));
    }
    // SAFETY: the flags say that the entry is METH_VARARGS.
    unsafe { (function.def().ml_meth.plain)(function.receiver(), Some(args)) }
}

extern "C" fn repr(object: &Object) -> Result {
    let function = object.expect::<CFunction>();
    let name = function.def().name();
    let text = match function.instance() {
        Some(i) if i.downcast::<crate::module::Module>().is_none() => {
            format!("<built-in method {name} of {} object at {:p}>", i.type_name(), &*i)
        }
        _ => format!("<built-in function {name}>"),
    };
    Ok(Str::new(&text).into_object())
}

extern "C" fn hash(object: &Object) -> isize {
    let function = object.expect::<CFunction>();
    len_result((|| {
        let own = hash::hash_pointer(function.m_self.as_ptr() as usize);
        // SAFETY: reading the union as a pointer: all variants are pointers.
        let code = hash::hash_pointer(unsafe { function.def().ml_meth.null } as usize);
        Ok(if own ^ code == -1 { -2 } else { own ^ code })
    })())
}

extern "C" fn richcompare(a: &Object, b: &Object, op: c_int) -> Result {
    let op = CompareOp::from_int(op);
    let (CompareOp::Eq | CompareOp::Ne, Some(x), Some(y)) =
        (op, a.downcast::<CFunction>(), b.downcast::<CFunction>())
    else {
        return Ok(not_implemented().to_ref());
    };
    // SAFETY: reading the unions as pointers.
    let same_code = unsafe { x.def().ml_meth.null == y.def().ml_meth.null };
    let equal = x.m_self.as_ptr() == y.m_self.as_ptr() && same_code;
    Ok(bool_object(equal == (op == CompareOp::Eq)).to_ref())
}

/// Splits the raw documentation into the text signature and the text (`_PyType_GetTextSignatureFromInternalDoc`).
pub fn split_doc<'a>(name: &str, doc: &'a str) -> (Option<&'a str>, &'a str) {
    let short = name.rsplit('.').next().unwrap_or(name);
    let Some(rest) = doc.strip_prefix(short) else { return (None, doc) };
    if !rest.starts_with('(') {
        return (None, doc);
    }
    match rest.find(")\n--\n\n") {
        Some(at) => (Some(&rest[..=at]), &rest[at + 6..]),
        None => (None, doc),
    }
}

extern "C" fn get_doc(object: &Object, _: *mut c_void) -> Result {
    let def = object.expect::<CFunction>().def();
    Ok(match def.doc() {
        Some(doc) => Str::new(split_doc(def.name(), doc).1).into_object(),
        None => none().to_ref(),
    })
}

extern "C" fn get_text_signature(object: &Object, _: *mut c_void) -> Result {
    let def = object.expect::<CFunction>().def();
    Ok(match def.doc().and_then(|doc| split_doc(def.name(), doc).0) {
        Some(signature) => Str::new(signature).into_object(),
        None => none().to_ref(),
    })
}

extern "C" fn get_name(object: &Object, _: *mut c_void) -> Result {
    Ok(Str::new(object.expect::<CFunction>().def().name()).into_object())
}

extern "C" fn get_qualname(object: &Object, _: *mut c_void) -> Result {
    let function = object.expect::<CFunction>();
    let name = function.def().name();
    let Some(instance) = function.instance() else { return Ok(Str::new(name).into_object()) };
    if instance.downcast::<crate::module::Module>().is_some() {
        return Ok(Str::new(name).into_object());
    }
    let owner = match instance.downcast::<TypeObject>() {
        Some(_) => instance.clone(),
        None => instance.ty().to_ref(),
    };
    let qualname = owner.get_attr(id!("__qualname__"))?;
    let Some(qualname) = qualname.downcast::<Str>() else {
        return Err(type_error("<method>.__class__.__qualname__ is not a unicode object"));
    };
    Ok(Str::new(&format!("{qualname}.{name}")).into_object())
}

extern "C" fn get_self(object: &Object, _: *mut c_void) -> Result {
    Ok(object.expect::<CFunction>().instance().unwrap_or_else(|| none().to_ref()))
}

/// Helper for pickle.
#[pyfn("__reduce__($self, /)")]
fn reduce(function: &CFunction) -> Result {
    let name = Str::new(function.def().name()).into_object();
    let Some(instance) = function.instance().filter(|i| i.downcast::<crate::module::Module>().is_none())
    else {
        return Ok(name);
    };
    let Some(getattr) = crate::interp::current().builtins.get().and_then(|b| b.get_str(id!("getattr")))
    else {
        return Err(crate::errors::attribute_error("getattr"));
    };
    let args = Tuple::from_vec(vec![instance, name]).into_object();
    Ok(Tuple::from_vec(vec![getattr, args]).into_object())
}
