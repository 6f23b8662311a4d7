//! Python functions. CPython: `Objects/funcobject.c`.
//!
//! Invariants: code, globals and builtins are always set, names are strings, defaults a tuple or nothing, keyword
//! defaults a dict or nothing, the closure a tuple of as many cells as the code has free variables. A change of what a
//! call looks at sets `func_version` to zero.

use crate::code::{CodeObject, next_version};
use crate::function_attributes as attributes;
use crate::stackref::StackRef;
use core::cell::Cell;
use core::ffi::c_int;
use core::mem::offset_of;
use krait_object::dealloc::dealloc_gc;
use krait_object::method::Method;
use krait_object::slots::VectorcallFn;
use krait_object::typeobj::flags;
use krait_object::weakref::ListHead;
use krait_object::{
    Dict, Object, Ref, Result, Slot, Str, Tuple, TypeObject, alloc, id, interp, none, thread,
};

/// `PyFunctionObject`.
#[repr(C)]
pub struct Function {
    ob_base: Object,
    pub func_globals: Slot<Dict>,
    pub func_builtins: Slot,
    pub func_name: Slot<Str>,
    pub func_qualname: Slot<Str>,
    pub func_code: Slot<CodeObject>,
    pub func_defaults: Slot<Tuple>,
    pub func_kwdefaults: Slot<Dict>,
    pub func_closure: Slot<Tuple>,
    pub func_doc: Slot,
    pub func_dict: Slot<Dict>,
    func_weakreflist: ListHead,
    pub func_module: Slot,
    /// A dict, or a tuple of names and values in turn that becomes one when asked for.
    pub func_annotations: Slot,
    pub func_annotate: Slot,
    pub func_typeparams: Slot,
    pub vectorcall: Cell<Option<VectorcallFn>>,
    pub func_version: Cell<u32>,
}

const _: () = {
    assert!(size_of::<Function>() == 152);
    assert!(offset_of!(Function, vectorcall) == 136);
    assert!(offset_of!(Function, func_weakreflist) == 96);
};

krait_object::object_type!(Function, PyFunction_Type);

/// The type `function`.
#[unsafe(no_mangle)]
pub static PyFunction_Type: TypeObject = TypeObject::of::<Function>(c"function")
    .flags(flags::HAVE_GC | flags::METHOD_DESCRIPTOR)
    .vectorcall_offset(offset_of!(Function, vectorcall))
    .weaklist_offset(offset_of!(Function, func_weakreflist))
    .dict_offset(offset_of!(Function, func_dict))
    .doc(c"function(code, globals, name=None, argdefs=None, closure=None,\n         kwdefaults=None)\n--\n\nCreate a function object.\n\n  code\n    a code object\n  globals\n    the globals dictionary\n  name\n    a string that overrides the name from the code object\n  argdefs\n    a tuple that specifies the default argument values\n  closure\n    a tuple that supplies the bindings for free variables\n  kwdefaults\n    a dictionary that specifies the default keyword argument values")
    .tp_dealloc(dealloc_gc::<Function>)
    .tp_traverse(traverse)
    .tp_clear(clear)
    .tp_repr(repr)
    .tp_call(call)
    .tp_descr_get(descr_get)
    .tp_new(attributes::new)
    .members(attributes::MEMBERS)
    .getset(attributes::GETSET);

krait_object::traverse!(traverse, Function, |this, v| {
    v.slot(&this.func_code)?;
    v.slot(&this.func_globals)?;
    v.slot(&this.func_builtins)?;
    v.slot(&this.func_module)?;
    v.slot(&this.func_defaults)?;
    v.slot(&this.func_kwdefaults)?;
    v.slot(&this.func_doc)?;
    v.slot(&this.func_name)?;
    v.slot(&this.func_dict)?;
    v.slot(&this.func_closure)?;
    v.slot(&this.func_annotations)?;
    v.slot(&this.func_annotate)?;
    v.slot(&this.func_typeparams)?;
    v.slot(&this.func_qualname)?;
});

unsafe extern "C" fn clear(object: *mut Object) -> c_int {
    // SAFETY: called with a live instance.
    let this = unsafe { &*object }.expect::<Function>();
    this.func_version.set(0);
    // Code, globals, builtins and names stay, because a function that is being called looks at them.
    this.func_module.take();
    this.func_defaults.take();
    this.func_kwdefaults.take();
    this.func_doc.take();
    this.func_dict.take();
    this.func_closure.take();
    this.func_annotations.take();
    this.func_annotate.take();
    this.func_typeparams.take();
    0
}

extern "C" fn repr(object: &Object) -> Result {
    let name = object.expect::<Function>().qualname().to_string_lossy();
    Ok(Str::new(&format!("<function {name} at {object:p}>")).into_object())
}

extern "C" fn descr_get(object: &Object, instance: Option<&Object>, _owner: Option<&Object>) -> Result {
    match instance {
        Some(instance) if !instance.is_none() => Ok(Method::new(object, instance).into_object()),
        _ => Ok(object.to_ref()),
    }
}

extern "C" fn call(object: &Object, args: &Tuple, kwargs: Option<&Object>) -> Result {
    let function = object.expect::<Function>();
    let mut values = args.as_slice().to_vec();
    let mut names = Vec::new();
    for (name, value) in kwargs.and_then(|k| k.downcast::<Dict>()).map_or_else(Vec::new, Dict::items) {
        if name.downcast::<Str>().is_none() {
            return Err(krait_object::type_error("keywords must be strings"));
        }
        names.push(name);
        values.push(value);
    }
    let kwnames = Tuple::from_vec(names);
    let args = values.iter().map(|v| &**v).collect::<Vec<_>>();
    invoke(function, &args, Some(&kwnames))
}

/// What the globals say their builtins are (`_PyEval_BuiltinsFromGlobals`).
pub fn builtins_of(globals: &Dict) -> Ref<Object> {
    if let Some(found) = globals.get_str(id!("__builtins__")) {
        return match found.downcast::<krait_object::module::Module>() {
            Some(module) => module.dict().into_object(),
            None => found,
        };
    }
    current_builtins()
}

/// The builtins of the running frame, or of the interpreter (`PyEval_GetBuiltins`).
pub fn current_builtins() -> Ref<Object> {
    let ts = thread::current();
    let frame = crate::frame::visible_frame(ts);
    // SAFETY: null or a live frame.
    match unsafe { frame.as_ref() } {
        Some(frame) => frame.builtins().to_ref(),
        None => interp::current().builtins.get().map_or_else(|| Dict::new().into_object(), Ref::into_object),
    }
}

impl Function {
    /// A function over code and globals (`PyFunction_NewWithQualName`).
    pub fn new(code: &CodeObject, globals: &Dict) -> Ref<Function> {
        let module = globals.get_str(id!("__name__"));
        let builtins = builtins_of(globals);
        Function::with_builtins(code, globals, builtins, module)
    }

    /// As [`Function::new`] with the builtins given.
    pub fn with_builtins(
        code: &CodeObject,
        globals: &Dict,
        builtins: Ref<Object>,
        module: Option<Ref<Object>>,
    ) -> Ref<Function> {
        let doc = match code.consts().get(0) {
            Some(doc) if code.has_flag(krait_bytecode::flags::CO_HAS_DOCSTRING) => doc.to_ref(),
            _ => none().to_ref(),
        };
        alloc::new_tracked(Function {
            ob_base: Object::new(&PyFunction_Type),
            func_globals: Slot::new(Ref::from_borrowed(globals)),
            func_builtins: Slot::new(builtins),
            func_name: Slot::new(Ref::from_borrowed(code.name_str())),
            func_qualname: Slot::new(Ref::from_borrowed(code.qualname_str())),
            func_code: Slot::new(Ref::from_borrowed(code)),
            func_defaults: Slot::empty(),
            func_kwdefaults: Slot::empty(),
            func_closure: Slot::empty(),
            func_doc: Slot::new(doc),
            func_dict: Slot::empty(),
            func_weakreflist: Cell::new(core::ptr::null_mut()),
            func_module: Slot::from_option(module),
            func_annotations: Slot::empty(),
            func_annotate: Slot::empty(),
            func_typeparams: Slot::empty(),
            vectorcall: Cell::new(Some(vectorcall)),
            func_version: Cell::new(code.co_version.get()),
        })
    }

    #[inline(always)]
    pub fn code(&self) -> &CodeObject {
        // SAFETY: always set; callers do not keep the borrow over Python code that could replace it.
        unsafe { self.func_code.peek().unwrap_unchecked() }
    }

    #[inline(always)]
    pub fn globals_ptr(&self) -> *const Dict {
        self.func_globals.as_ptr()
    }

    #[inline(always)]
    pub fn builtins_ptr(&self) -> *const Object {
        self.func_builtins.as_ptr()
    }

    pub fn qualname(&self) -> Ref<Str> {
        self.func_qualname.get().unwrap_or_else(|| Ref::from_borrowed(Str::empty()))
    }

    /// What a call looks at has changed.
    pub fn changed(&self) {
        self.func_version.set(0);
    }

    /// A version that stands for what a call looks at; 0 when there are no more numbers.
    pub fn version(&self) -> u32 {
        if self.func_version.get() == 0 {
            self.func_version.set(next_version());
        }
        self.func_version.get()
    }
}

/// Calls a function with borrowed arguments; keyword values follow the positional ones.
pub fn invoke(function: &Function, args: &[&Object], kwnames: Option<&Tuple>) -> Result {
    invoke_with_locals(function, None, args, kwnames)
}

/// As [`invoke`], with a namespace for the body (class bodies, `exec`).
pub fn invoke_with_locals(
    function: &Function,
    locals: Option<&Object>,
    args: &[&Object],
    kwnames: Option<&Tuple>,
) -> Result {
    let ts = thread::current();
    thread::check_recursion("")?;
    // SAFETY: the references made here are given to the frame; the frame is evaluated at once.
    unsafe {
        let func = StackRef::new(function);
        let locals = locals.map(Object::to_ref);
        let frame = crate::bind::frame_from_objects(ts, func, locals, args, kwnames)?;
        crate::eval::eval_entry(ts, frame)
    }
}

/// `function.__call__` in the vectorcall protocol.
///
/// # Safety
/// A vectorcall of a function object.
pub unsafe extern "C" fn vectorcall(
    callable: *mut Object,
    args: *const *mut Object,
    nargsf: usize,
    kwnames: *mut Object,
) -> Result {
    // SAFETY: the vectorcall protocol: `args` has the positional arguments and then one value per keyword name.
    unsafe {
        let function = (*callable).expect::<Function>();
        let kwnames = kwnames.as_ref().map(|k| k.expect::<Tuple>());
        let nargs = krait_object::cfunction::vectorcall_nargs(nargsf);
        let given = krait_object::args::slice(args, nargs + kwnames.map_or(0, Tuple::len));
        invoke(function, given, kwnames)
    }
}

/// Does a call of the object run straight into this interpreter?
#[inline(always)]
pub fn is_plain(object: &Object) -> Option<&Function> {
    let function = object.downcast_exact::<Function>()?;
    let plain =
        function.vectorcall.get().is_some_and(|f| core::ptr::fn_addr_eq(f, vectorcall as VectorcallFn));
    plain.then_some(function)
}
