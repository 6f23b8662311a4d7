//! Modules and the definition of native ones. CPython: `Objects/moduleobject.c`.

use crate::cfunction::CFunction;
use crate::dealloc::dealloc_gc;
use crate::defs::{GetSetDef, MemberDef, MethodDef, member};
use crate::errors::{attribute_error, type_error};
use crate::object::{Object, none};
use crate::reference::{Ref, Slot};
use crate::result::{Result, unit_result};
use crate::str::Str;
use crate::tuple::Tuple;
use crate::typeobj::{TypeObject, flags};
use crate::weakref::ListHead;
use crate::{Dict, List, alloc, errors, exceptions, id};
use core::cell::Cell;
use core::ffi::{CStr, c_char, c_int, c_void};
use core::mem::offset_of;
use krait_macros::pyfn;

/// `PyModuleObject`.
#[repr(C)]
pub struct Module {
    ob_base: Object,
    md_dict: Slot<Dict>,
    md_def: Cell<*const c_void>,
    md_state: Cell<*mut c_void>,
    md_weaklist: ListHead,
    md_name: Slot,
}

crate::object_type!(Module, PyModule_Type);

static GETSET: &[GetSetDef] = &[
    GetSetDef::getset(c"__annotations__", get_annotations, set_annotations),
    GetSetDef::getset(c"__annotate__", get_annotate, set_annotate),
    GetSetDef::SENTINEL,
];

static MEMBERS: &[MemberDef] = &[
    MemberDef::new(c"__dict__", member::T_OBJECT, offset_of!(Module, md_dict), member::READONLY),
    MemberDef::SENTINEL,
];

/// The type `module`.
#[unsafe(no_mangle)]
pub static PyModule_Type: TypeObject = TypeObject::of::<Module>(c"module")
    .flags(flags::HAVE_GC | flags::BASETYPE)
    .dict_offset(offset_of!(Module, md_dict))
    .weaklist_offset(offset_of!(Module, md_weaklist))
    .doc(
        c"module(name, doc=None)\n--\n\nCreate a module object.\n\nThe name must be a string; the optional docstring can have any type.",
    )
    .tp_dealloc(dealloc_gc::<Module>)
    .tp_traverse(traverse)
    .tp_clear(clear)
    .tp_repr(repr)
    .tp_getattro(getattro)
    .tp_init(init)
    .tp_new(new)
    .methods(&[dir::DEF, MethodDef::SENTINEL])
    .getset(GETSET)
    .members(MEMBERS);

crate::traverse!(traverse, Module, |this, v| {
    v.slot(&this.md_dict)?;
    v.slot(&this.md_name)?;
});

unsafe extern "C" fn clear(object: *mut Object) -> c_int {
    // SAFETY: called with a live instance.
    unsafe { &*object }.expect::<Module>().md_dict.take();
    0
}

/// A native module: its name, functions, and what its execution adds. The module's table of functions is visible
/// where it is defined.
pub struct ModuleDef {
    name: &'static CStr,
    doc: Option<&'static CStr>,
    methods: &'static [MethodDef],
    exec: Option<fn(&Module) -> Result<()>>,
}

impl ModuleDef {
    /// A module with nothing in it.
    pub const fn new(name: &'static CStr) -> ModuleDef {
        ModuleDef { name, doc: None, methods: &[MethodDef::SENTINEL], exec: None }
    }

    /// Documentation.
    pub const fn doc(mut self, doc: &'static CStr) -> ModuleDef {
        self.doc = Some(doc);
        self
    }

    /// Functions, ending in [`MethodDef::SENTINEL`].
    pub const fn methods(mut self, methods: &'static [MethodDef]) -> ModuleDef {
        self.methods = methods;
        self
    }

    /// What fills the module in: constants, types.
    pub const fn exec(mut self, exec: fn(&Module) -> Result<()>) -> ModuleDef {
        self.exec = Some(exec);
        self
    }

    /// The module's name.
    pub fn name(&self) -> &'static str {
        self.name.to_str().unwrap_or("?")
    }

    /// A new module object with its functions, not yet executed.
    pub fn create(&'static self) -> Result<Ref<Module>> {
        let name = Str::new(self.name());
        let module = Module::new(&name)?;
        module.md_def.set(core::ptr::from_ref(self).cast());
        module.add_methods(self.methods)?;
        if let Some(doc) = self.doc.and_then(|d| d.to_str().ok()) {
            module.add("__doc__", &Str::new(doc))?;
        }
        Ok(module)
    }

    /// Runs the definition's `exec` on a module made by [`ModuleDef::create`].
    pub fn execute(&self, module: &Module) -> Result<()> {
        match self.exec {
            Some(exec) => exec(module),
            None => Ok(()),
        }
    }
}

impl Module {
    /// An empty module (`PyModule_NewObject`).
    pub fn new(name: &Object) -> Result<Ref<Module>> {
        let module = alloc::new_tracked(Module {
            ob_base: Object::new(&PyModule_Type),
            md_dict: Slot::new(Dict::new()),
            md_def: Cell::new(core::ptr::null()),
            md_state: Cell::new(core::ptr::null_mut()),
            md_weaklist: Cell::new(core::ptr::null_mut()),
            md_name: Slot::empty(),
        });
        module.init_dict(name, none())?;
        Ok(module)
    }

    fn init_dict(&self, name: &Object, doc: &Object) -> Result<()> {
        let dict = self.dict();
        dict.set_str(id!("__name__"), name)?;
        dict.set_str(id!("__doc__"), doc)?;
        dict.set_str(id!("__package__"), none())?;
        dict.set_str(id!("__loader__"), none())?;
        dict.set_str(id!("__spec__"), none())?;
        if name.downcast_exact::<Str>().is_some() {
            self.md_name.set(Some(name.to_ref()));
        }
        Ok(())
    }

    /// The namespace.
    pub fn dict(&self) -> Ref<Dict> {
        match self.md_dict.get() {
            Some(dict) => dict,
            None => {
                let dict = Dict::new();
                self.md_dict.set(Some(dict.clone()));
                dict
            }
        }
    }

    /// The namespace if it was made, borrowed for inline caches.
    ///
    /// # Safety
    /// The module is not cleared while the result is in use.
    #[inline(always)]
    pub unsafe fn peek_dict(&self) -> Option<&Dict> {
        // SAFETY: the caller's promise.
        unsafe { self.md_dict.peek() }
    }

    /// Adds an attribute.
    pub fn add(&self, name: &str, value: &Object) -> Result<()> {
        self.dict().set_str(crate::str::intern::intern_str(name), value)
    }

    /// Adds an integer constant.
    pub fn add_int(&self, name: &str, value: i64) -> Result<()> {
        self.add(name, &crate::Int::from_i64(value))
    }

    /// Adds a text constant.
    pub fn add_str(&self, name: &str, value: &str) -> Result<()> {
        self.add(name, &Str::new(value))
    }

    /// Makes a static type ready and adds it under the last part of its name.
    pub fn add_type(&self, ty: &'static TypeObject) -> Result<()> {
        crate::typeobj::ready::ready(ty)?;
        self.add(ty.short_name(), ty)
    }

    /// Adds the functions of a table.
    pub fn add_methods(&self, table: &'static [MethodDef]) -> Result<()> {
        let name = self.name_object()?;
        for def in table.iter().take_while(|d| !d.ml_name.is_null()) {
            let function = CFunction::new(def, Some(self), Some(&name), None)?;
            self.dict().set_str(crate::str::intern::intern_str(def.name()), &function)?;
        }
        Ok(())
    }

    /// `__name__`, which must be a string.
    pub fn name_object(&self) -> Result {
        match self.dict().get_str(id!("__name__")) {
            Some(name) if name.downcast::<Str>().is_some() => Ok(name),
            _ => Err(errors::system_error("nameless module")),
        }
    }

    /// Remembers that the definition's `exec` has run; false if it had before.
    pub fn mark_executed(&self) -> bool {
        let first = self.md_state.get().is_null();
        self.md_state.set(core::ptr::from_ref(self).cast_mut().cast());
        first
    }

    /// The native definition, if it has one.
    pub fn def(&self) -> Option<&'static ModuleDef> {
        // SAFETY: set only by `ModuleDef::create`, to a static.
        unsafe { self.md_def.get().cast::<ModuleDef>().as_ref() }
    }
}

extern "C" fn new(ty: &TypeObject, _args: &Tuple, _kwargs: Option<&Object>) -> Result {
    let object = alloc::alloc_instance(ty, 0)?;
    object.expect::<Module>().md_dict.set(Some(Dict::new()));
    crate::gc::track(&object);
    Ok(object)
}

extern "C" fn init(object: &Object, args: &Tuple, kwargs: Option<&Object>) -> c_int {
    unit_result((|| {
        let parsed = crate::args::parse_init(
            "module",
            &["name", "doc"],
            1,
            args,
            kwargs.and_then(|k| k.downcast::<Dict>()),
        )?;
        let Some(name) = &parsed[0] else {
            return Err(type_error("module() missing required argument 'name' (pos 1)"));
        };
        if name.downcast::<Str>().is_none() {
            return Err(type_error(format!(
                "module() argument 'name' must be str, not {}",
                name.type_name()
            )));
        }
        let module = object.expect::<Module>();
        let doc = parsed[1].clone();
        module.init_dict(name, doc.as_deref().unwrap_or(none()))
    })())
}

extern "C" fn repr(object: &Object) -> Result {
    let importlib = crate::interp::current().importlib.get();
    if let Some(importlib) = importlib {
        return importlib.call_method(id!("_module_repr"), &[object]);
    }
    let name = object.expect::<Module>().name_object()?;
    Ok(Str::new(&format!("<module {}>", name.repr()?)).into_object())
}

/// `getattr(module, name)`, `None` for AttributeError.
pub(crate) fn get_attr_opt(module: &Module, name: &Str) -> Result<Option<Ref<Object>>> {
    if let Some(value) = module.generic_get_attr_opt(name)? {
        return Ok(Some(value));
    }
    let Some(getattr) = module.dict().get_str(id!("__getattr__")) else { return Ok(None) };
    match getattr.call(&[name]) {
        Ok(value) => Ok(Some(value)),
        Err(raised) => errors::clear_if(raised, &exceptions::PyExc_AttributeError).map(|()| None),
    }
}

#[inline(never)]
pub(crate) extern "C" fn getattro(object: &Object, name: &Object) -> Result {
    let Some(name) = name.downcast::<Str>() else {
        return Err(type_error(format!("attribute name must be string, not '{}'", name.type_name())));
    };
    let module = object.expect::<Module>();
    if let Some(value) = object.generic_get_attr_opt(name)? {
        return Ok(value);
    }
    let dict = module.dict();
    if let Some(getattr) = dict.get_str(id!("__getattr__")) {
        return match getattr.call(&[name]) {
            Err(raised) if errors::matches(&exceptions::PyExc_AttributeError) => Err(raised),
            other => other,
        };
    }
    Err(missing_attribute(module, &dict, name))
}

/// The AttributeError for a module, with a hint when the module is shadowed or half initialised.
#[cold]
fn missing_attribute(module: &Module, dict: &Dict, name: &Str) -> crate::Raised {
    let Some(module_name) = dict.get_str(id!("__name__")).and_then(|n| n.downcast_into::<Str>().ok()) else {
        return exceptions::raise_attribute_error(&format!("module has no attribute '{name}'"), module, name);
    };
    let message = match attribute_hint(dict, &module_name, name) {
        Some(text) => text,
        None => format!("module '{module_name}' has no attribute '{name}'"),
    };
    exceptions::raise_attribute_error(&message, module, name)
}

fn attribute_hint(dict: &Dict, module_name: &Str, name: &Str) -> Option<String> {
    let spec = dict.get_str(id!("__spec__")).filter(|s| !s.is_none())?;
    let hook = crate::interp::current().hooks.module_attribute_hint.get()?;
    hook(&spec, module_name, name)
}

extern "C" fn get_annotations(object: &Object, _: *mut c_void) -> Result {
    let dict = object.expect::<Module>().dict();
    if let Some(found) = dict.get_str(id!("__annotations__")) {
        return Ok(found);
    }
    let annotate = dict.get_str(id!("__annotate__"));
    let annotations = match annotate.filter(|a| a.is_callable()) {
        Some(annotate) => {
            let result = annotate.call(&[&crate::Int::from_i64(1)])?;
            if result.downcast::<Dict>().is_none() {
                return Err(type_error(format!(
                    "__annotate__ returned non-dict of type '{}'",
                    result.type_name()
                )));
            }
            result
        }
        None => Dict::new().into_object(),
    };
    dict.set_str(id!("__annotations__"), &annotations)?;
    Ok(annotations)
}

extern "C" fn set_annotations(object: &Object, value: Option<&Object>, _: *mut c_void) -> c_int {
    let dict = object.expect::<Module>().dict();
    unit_result((|| {
        match value {
            Some(value) => dict.set_str(id!("__annotations__"), value)?,
            None => {
                if !dict.remove(id!("__annotations__"))? {
                    return Err(attribute_error("__annotations__"));
                }
            }
        }
        dict.remove(id!("__annotate__"))?;
        Ok(())
    })())
}

extern "C" fn get_annotate(object: &Object, _: *mut c_void) -> Result {
    let dict = object.expect::<Module>().dict();
    if let Some(found) = dict.get_str(id!("__annotate__")) {
        return Ok(found);
    }
    dict.set_str(id!("__annotate__"), none())?;
    Ok(none().to_ref())
}

extern "C" fn set_annotate(object: &Object, value: Option<&Object>, _: *mut c_void) -> c_int {
    let dict = object.expect::<Module>().dict();
    unit_result((|| {
        let Some(value) = value else { return Err(type_error("cannot delete __annotate__ attribute")) };
        if !value.is_none() && !value.is_callable() {
            return Err(type_error("__annotate__ must be callable or None"));
        }
        dict.set_str(id!("__annotate__"), value)?;
        if !value.is_none() {
            dict.remove(id!("__annotations__"))?;
        }
        Ok(())
    })())
}

/// __dir__() -> list
#[pyfn("__dir__($self, /)")]
fn dir(module: &Module) -> Result {
    let dict = module.get_attr(id!("__dict__"))?;
    let Some(dict) = dict.downcast::<Dict>() else {
        return Err(type_error("<module>.__dict__ is not a dictionary"));
    };
    match dict.get_str(id!("__dir__")) {
        Some(function) => function.call(&[]),
        None => Ok(List::from_vec(dict.keys()).into_object()),
    }
}

/// The C text of a pointer for layouts that hold one.
pub type CText = Cell<*const c_char>;
