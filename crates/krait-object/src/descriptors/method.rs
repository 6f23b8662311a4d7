//! `method_descriptor` and `classmethod_descriptor`: entries of method tables in a type's dict.

use super::{Descriptor, common, doc_object, get_qualname, keywords, reduce_descriptor, signature_object};
use crate::cfunction::{CFunction, vectorcall_nargs};
use crate::dealloc::dealloc_gc;
use crate::defs::{GetSetDef, MemberDef, MethodDef, member, meth};
use crate::errors::{system_error, type_error};
use crate::object::Object;
use crate::reference::Ref;
use crate::result::{Raised, Result};
use crate::slots::VectorcallFn;
use crate::str::intern::intern_str;
use crate::tuple::Tuple;
use crate::typeobj::{TypeObject, flags};
use crate::{alloc, thread};
use core::cell::Cell;
use core::ffi::c_void;
use core::mem::offset_of;
use krait_macros::pyfn;

/// `PyMethodDescrObject`.
#[repr(C)]
pub struct MethodDescr {
    common: Descriptor,
    d_method: Cell<*const MethodDef>,
    vectorcall: Cell<Option<VectorcallFn>>,
}

const _: () = assert!(size_of::<MethodDescr>() == 56);

/// A `MethodDescr` whose function gets the class.
#[repr(transparent)]
pub struct ClassMethodDescr(MethodDescr);

crate::object_type!(MethodDescr, PyMethodDescr_Type);
crate::object_type!(ClassMethodDescr, PyClassMethodDescr_Type);

static METHODS: &[MethodDef] = &[reduce::DEF, MethodDef::SENTINEL];
static GETSET: &[GetSetDef] = &[
    GetSetDef::getter(c"__doc__", get_doc),
    GetSetDef::getter(c"__qualname__", get_qualname),
    GetSetDef::getter(c"__text_signature__", get_text_signature),
    GetSetDef::SENTINEL,
];
/// `__objclass__` and `__name__` of all descriptors.
pub(super) static MEMBERS: &[MemberDef] = &[
    MemberDef::new(c"__objclass__", member::T_OBJECT, offset_of!(Descriptor, d_type), member::READONLY),
    MemberDef::new(c"__name__", member::T_OBJECT, offset_of!(Descriptor, d_name), member::READONLY),
    MemberDef::SENTINEL,
];

/// The type `method_descriptor`.
#[unsafe(no_mangle)]
pub static PyMethodDescr_Type: TypeObject = TypeObject::of::<MethodDescr>(c"method_descriptor")
    .flags(flags::HAVE_GC | flags::METHOD_DESCRIPTOR | flags::DISALLOW_INSTANTIATION)
    .vectorcall_offset(offset_of!(MethodDescr, vectorcall))
    .tp_dealloc(dealloc_gc::<MethodDescr>)
    .tp_repr(repr)
    .tp_call(crate::protocol::call::vectorcall_call)
    .tp_traverse(super::descriptor_traverse)
    .methods(METHODS)
    .members(MEMBERS)
    .getset(GETSET)
    .tp_descr_get(descr_get);

/// The type `classmethod_descriptor`.
#[unsafe(no_mangle)]
pub static PyClassMethodDescr_Type: TypeObject =
    TypeObject::of::<ClassMethodDescr>(c"classmethod_descriptor")
        .flags(flags::HAVE_GC | flags::DISALLOW_INSTANTIATION)
        .tp_dealloc(dealloc_gc::<ClassMethodDescr>)
        .tp_repr(repr)
        .tp_call(class_call)
        .tp_traverse(super::descriptor_traverse)
        .members(MEMBERS)
        .getset(GETSET)
        .tp_descr_get(class_descr_get);

fn build(
    ty: &'static TypeObject,
    owner: &TypeObject,
    def: &MethodDef,
    vectorcall: Option<VectorcallFn>,
) -> MethodDescr {
    MethodDescr {
        common: Descriptor::header(ty, owner, intern_str(def.name())),
        d_method: Cell::new(def),
        vectorcall: Cell::new(vectorcall),
    }
}

/// The descriptor of a method table's entry (`PyDescr_NewMethod`). The entry lives as long as the type.
pub fn new(owner: &TypeObject, def: &MethodDef) -> Result<Ref<MethodDescr>> {
    let mask = meth::VARARGS | meth::FASTCALL | meth::NOARGS | meth::O | meth::KEYWORDS | meth::METHOD;
    const VARARGS_KEYWORDS: i32 = meth::VARARGS | meth::KEYWORDS;
    const FAST_KEYWORDS: i32 = meth::FASTCALL | meth::KEYWORDS;
    const METHOD: i32 = meth::METHOD | meth::FASTCALL | meth::KEYWORDS;
    let vectorcall: VectorcallFn = match def.ml_flags & mask {
        meth::VARARGS => vectorcall_varargs,
        VARARGS_KEYWORDS => vectorcall_varargs_keywords,
        meth::FASTCALL => vectorcall_fast,
        FAST_KEYWORDS => vectorcall_fast_keywords,
        meth::NOARGS => vectorcall_noargs,
        meth::O => vectorcall_o,
        METHOD => vectorcall_method,
        _ => return Err(system_error(format!("{}() method: bad call flags", def.name()))),
    };
    Ok(alloc::new_tracked(build(&PyMethodDescr_Type, owner, def, Some(vectorcall))))
}

/// The descriptor of a class method table's entry (`PyDescr_NewClassMethod`).
pub fn new_class(owner: &TypeObject, def: &MethodDef) -> Result<Ref<ClassMethodDescr>> {
    Ok(alloc::new_tracked(ClassMethodDescr(build(&PyClassMethodDescr_Type, owner, def, None))))
}

/// The table entry behind a method descriptor.
pub fn def_of(object: &Object) -> Option<&MethodDef> {
    object.downcast_exact::<MethodDescr>().map(MethodDescr::def)
}

impl MethodDescr {
    /// The table entry.
    #[inline(always)]
    pub fn def(&self) -> &MethodDef {
        // SAFETY: the entry lives as long as the type, which the descriptor keeps alive.
        unsafe { &*self.d_method.get() }
    }

    /// The type that it belongs to.
    #[inline(always)]
    pub fn owner(&self) -> &TypeObject {
        self.common.owner()
    }

    fn display(&self) -> String {
        match self.common.qualname() {
            Ok(name) => name.str().map_or_else(|_| "?".to_owned(), |n| n.to_string_lossy()),
            Err(Raised) => {
                crate::errors::clear();
                self.def().name().to_owned()
            }
        }
    }

    #[cold]
    fn no_receiver(&self) -> Raised {
        type_error(format!("unbound method {}() needs an argument", self.display()))
    }

    #[cold]
    fn no_keywords(&self) -> Raised {
        type_error(format!("{}() takes no keyword arguments", self.display()))
    }
}

/// What a vectorcall of a method descriptor has: the descriptor, the tested receiver, the other positional arguments.
struct Call<'a> {
    descr: &'a MethodDescr,
    receiver: &'a Object,
    args: *const *mut Object,
    nargs: usize,
    kwnames: Option<&'a Tuple>,
}

impl<'a> Call<'a> {
    /// # Safety
    /// The arguments of a vectorcall of a `MethodDescr`.
    #[inline(always)]
    unsafe fn enter(
        callable: *mut Object,
        args: *const *mut Object,
        nargsf: usize,
        kwnames: *mut Object,
    ) -> Result<Call<'a>> {
        // SAFETY: the caller's promise; with at least one argument, `args` can be read.
        unsafe {
            let descr = (*callable).expect::<MethodDescr>();
            let nargs = vectorcall_nargs(nargsf);
            if nargs == 0 {
                return Err(descr.no_receiver());
            }
            let receiver: &Object = &**args;
            descr.common.check(receiver)?;
            thread::check_recursion(" while calling a Python object")?;
            let kwnames = kwnames.as_ref().map(|k| k.expect::<Tuple>());
            Ok(Call { descr, receiver, args: args.add(1), nargs: nargs - 1, kwnames })
        }
    }

    #[inline(always)]
    fn without_keywords(self) -> Result<Call<'a>> {
        if self.kwnames.is_some_and(|k| !k.is_empty()) { Err(self.descr.no_keywords()) } else { Ok(self) }
    }

    /// The positional arguments, or with `keywords` also the keyword values.
    fn arguments(&self, keywords: bool) -> &'a [&'a Object] {
        let more = if keywords { self.kwnames.map_or(0, Tuple::len) } else { 0 };
        match self.nargs + more {
            0 => &[],
            // SAFETY: a vectorcall's arguments.
            n => unsafe { core::slice::from_raw_parts(self.args.cast::<&Object>(), n) },
        }
    }
}

unsafe extern "C" fn vectorcall_noargs(
    callable: *mut Object,
    args: *const *mut Object,
    nargsf: usize,
    kwnames: *mut Object,
) -> Result {
    // SAFETY: a vectorcall; the flags say that the entry is a METH_NOARGS function.
    unsafe {
        let call = Call::enter(callable, args, nargsf, kwnames)?.without_keywords()?;
        if call.nargs != 0 {
            let name = call.descr.display();
            return Err(type_error(format!("{name}() takes no arguments ({} given)", call.nargs)));
        }
        (call.descr.def().ml_meth.plain)(call.receiver, None)
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
        let call = Call::enter(callable, args, nargsf, kwnames)?.without_keywords()?;
        if call.nargs != 1 {
            let name = call.descr.display();
            return Err(type_error(format!("{name}() takes exactly one argument ({} given)", call.nargs)));
        }
        (call.descr.def().ml_meth.plain)(call.receiver, (*call.args).as_ref())
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
        let call = Call::enter(callable, args, nargsf, kwnames)?.without_keywords()?;
        (call.descr.def().ml_meth.fast)(call.receiver, call.args, call.nargs as isize)
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
        let call = Call::enter(callable, args, nargsf, kwnames)?;
        (call.descr.def().ml_meth.fast_keywords)(call.receiver, call.args, call.nargs as isize, call.kwnames)
    }
}

unsafe extern "C" fn vectorcall_method(
    callable: *mut Object,
    args: *const *mut Object,
    nargsf: usize,
    kwnames: *mut Object,
) -> Result {
    // SAFETY: a vectorcall; the flags say that the entry is a METH_METHOD function.
    unsafe {
        let call = Call::enter(callable, args, nargsf, kwnames)?;
        let function = call.descr.def().ml_meth.method;
        function(call.receiver, call.descr.owner(), call.args, call.nargs, call.kwnames)
    }
}

unsafe extern "C" fn vectorcall_varargs(
    callable: *mut Object,
    args: *const *mut Object,
    nargsf: usize,
    kwnames: *mut Object,
) -> Result {
    // SAFETY: a vectorcall; the flags say that the entry is a METH_VARARGS function.
    unsafe {
        let call = Call::enter(callable, args, nargsf, kwnames)?.without_keywords()?;
        let tuple = Tuple::from_slice(call.arguments(false));
        (call.descr.def().ml_meth.plain)(call.receiver, Some(&tuple))
    }
}

unsafe extern "C" fn vectorcall_varargs_keywords(
    callable: *mut Object,
    args: *const *mut Object,
    nargsf: usize,
    kwnames: *mut Object,
) -> Result {
    // SAFETY: a vectorcall; the flags say that the entry is a METH_VARARGS | METH_KEYWORDS function.
    unsafe {
        let call = Call::enter(callable, args, nargsf, kwnames)?;
        let all = call.arguments(true);
        let tuple = Tuple::from_slice(&all[..call.nargs]);
        let kwargs = match call.kwnames.filter(|k| !k.is_empty()) {
            Some(names) => Some(crate::protocol::call::keywords_as_dict(names, &all[call.nargs..])?),
            None => None,
        };
        (call.descr.def().ml_meth.keywords)(call.receiver, &tuple, kwargs.as_deref().map(|d| &**d))
    }
}

extern "C" fn repr(object: &Object) -> Result {
    common(object).describe("method")
}

extern "C" fn descr_get(object: &Object, instance: Option<&Object>, owner: Option<&Object>) -> Result {
    let descr = object.expect::<MethodDescr>();
    let Some(instance) = instance else { return Ok(object.to_ref()) };
    descr.common.check(instance)?;
    if descr.def().ml_flags & meth::METHOD == 0 {
        return Ok(CFunction::new(descr.def(), Some(instance), None, None)?.into_object());
    }
    if owner.is_some_and(|o| o.downcast::<TypeObject>().is_none()) {
        return Err(type_error(format!(
            "descriptor '{}' needs a type, not '{}', as arg 2",
            descr.common.name(),
            owner.map_or("", |o| o.type_name())
        )));
    }
    Ok(CFunction::new(descr.def(), Some(instance), None, Some(descr.owner()))?.into_object())
}

/// The function bound to the class (`classmethod_get`).
extern "C" fn class_descr_get(object: &Object, instance: Option<&Object>, owner: Option<&Object>) -> Result {
    let descr = &object.expect::<ClassMethodDescr>().0;
    let common = &descr.common;
    let class = match (owner, instance) {
        (Some(class), _) => class,
        (None, Some(instance)) => instance.ty(),
        (None, None) => {
            return Err(type_error(format!(
                "descriptor '{}' for type '{}' needs either an object or a type",
                common.name(),
                common.owner().name()
            )));
        }
    };
    let Some(class) = class.downcast::<TypeObject>() else {
        return Err(type_error(format!(
            "descriptor '{}' for type '{}' needs a type, not a '{}' as arg 2",
            common.name(),
            common.owner().name(),
            class.type_name()
        )));
    };
    if !class.is_subtype_of(common.owner()) {
        return Err(type_error(format!(
            "descriptor '{}' requires a subtype of '{}' but received '{}'",
            common.name(),
            common.owner().name(),
            class.name()
        )));
    }
    let defining = (descr.def().ml_flags & meth::METHOD != 0).then_some(common.owner());
    Ok(CFunction::new(descr.def(), Some(class), None, defining)?.into_object())
}

extern "C" fn class_call(object: &Object, args: &Tuple, kwargs: Option<&Object>) -> Result {
    let descr = &object.expect::<ClassMethodDescr>().0;
    let Some(class) = args.get(0) else {
        return Err(type_error(format!(
            "descriptor '{}' of '{}' object needs an argument",
            descr.common.name(),
            descr.owner().name()
        )));
    };
    let bound = class_descr_get(object, None, Some(class))?;
    let rest = Tuple::from_exact_iter(args.len() - 1, args.as_slice()[1..].iter().cloned());
    bound.call_dict(&rest, keywords(kwargs))
}

extern "C" fn get_doc(object: &Object, _: *mut c_void) -> Result {
    let def = any_def(object);
    doc_object(def.name(), def.doc())
}

extern "C" fn get_text_signature(object: &Object, _: *mut c_void) -> Result {
    let def = any_def(object);
    signature_object(def.name(), def.doc())
}

fn any_def(object: &Object) -> &MethodDef {
    match object.downcast::<ClassMethodDescr>() {
        Some(class_method) => class_method.0.def(),
        None => object.expect::<MethodDescr>().def(),
    }
}

/// Helper for pickle.
#[pyfn("__reduce__($self, /)")]
fn reduce(object: &Object) -> Result {
    reduce_descriptor(object)
}
