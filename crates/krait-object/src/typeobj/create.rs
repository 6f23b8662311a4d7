//! Making classes: `type.__new__`. CPython: `Objects/typeobject.c` (`type_new`). `__slots__` are in `class_slots`.

use super::class_slots::{ClassSlots, plan};
use super::{
    HeapTypeObject, PyBaseObject_Type, TypeObject, attributes, base, flags, instances, layout, ready,
    slotdefs,
};
use crate::classmethod::{ClassMethod, StaticMethod};
use crate::defs::{MemberDef, member};
use crate::dict::instance;
use crate::errors::{self, type_error};
use crate::exceptions::BaseException;
use crate::object::{Object, none};
use crate::reference::{Ref, Slot};
use crate::result::{Raised, Result};
use crate::str::Str;
use crate::tuple::Tuple;
use crate::{Dict, alloc, id, interp};

/// `type.__new__(metatype, name, bases, dict, **kwargs)`.
pub(super) extern "C" fn type_new(metatype: &TypeObject, args: &Tuple, kwargs: Option<&Object>) -> Result {
    let [name, bases, dict] = args.as_objects() else {
        return Err(type_error(format!("type.__new__() takes exactly 3 arguments ({} given)", args.len())));
    };
    let (Some(name), Some(bases), Some(dict)) =
        (name.downcast::<Str>(), bases.downcast::<Tuple>(), dict.downcast::<Dict>())
    else {
        return Err(bad_argument(name, bases, dict));
    };
    let bases = if bases.is_empty() {
        Tuple::from_slice(&[&PyBaseObject_Type as &TypeObject])
    } else {
        check_bases(bases)?;
        Ref::from_borrowed(bases)
    };
    let winner = calculate_metaclass(metatype, &bases)?;
    if !winner.is_type(metatype) {
        if let Some(new) = winner.tp_new.get().filter(|&n| n as *const () != type_new as *const ()) {
            return new(winner, args, kwargs);
        }
    }
    let kwargs = kwargs.and_then(|k| k.downcast::<Dict>()).filter(|k| !k.is_empty());
    Ok(build(winner, name, &bases, dict, kwargs)?.into_object())
}

#[cold]
fn bad_argument(name: &Object, bases: &Object, dict: &Object) -> Raised {
    let (index, expected, actual) = if name.downcast::<Str>().is_none() {
        (1, "str", name)
    } else if bases.downcast::<Tuple>().is_none() {
        (2, "tuple", bases)
    } else {
        (3, "dict", dict)
    };
    let actual = if actual.is_none() { "None" } else { actual.type_name() };
    type_error(format!("type.__new__() argument {index} must be {expected}, not {actual}"))
}

fn check_bases(bases: &Tuple) -> Result<()> {
    for base in bases.as_slice() {
        if base.downcast::<TypeObject>().is_none() && base.has_attr(id!("__mro_entries__"))? {
            return Err(type_error("type() doesn't support MRO entry resolution; use types.new_class()"));
        }
    }
    Ok(())
}

/// The most derived of the metaclass and the types of the bases (`_PyType_CalculateMetaclass`).
pub fn calculate_metaclass<'a>(metatype: &'a TypeObject, bases: &'a Tuple) -> Result<&'a TypeObject> {
    let mut winner = metatype;
    for base in bases.as_slice() {
        let candidate = base.ty();
        if winner.is_subtype_of(candidate) {
            continue;
        }
        if candidate.is_subtype_of(winner) {
            winner = candidate;
            continue;
        }
        return Err(type_error(
            "metaclass conflict: the metaclass of a derived class must be a (non-strict) subclass of the metaclasses of all its bases",
        ));
    }
    Ok(winner)
}

/// Makes the class, step by step.
fn build(
    metatype: &TypeObject,
    name: &Str,
    bases: &Ref<Tuple>,
    namespace: &Dict,
    kwargs: Option<&Dict>,
) -> Result<Ref<TypeObject>> {
    let base = layout::best_base(bases)?;
    let dict = namespace.copy()?;
    let slots = plan(name, base, bases, &dict)?;
    let ty = allocate(metatype, name, bases, base, &dict, &slots)?;
    let heap = ty.as_heap().ok_or(Raised)?;
    set_names(&ty, heap, &dict)?;
    set_module(&dict)?;
    set_doc(&ty, &dict)?;
    wrap_function(&dict, id!("__new__"), |f| StaticMethod::new(f).into_object())?;
    wrap_function(&dict, id!("__init_subclass__"), |f| ClassMethod::new(f).into_object())?;
    wrap_function(&dict, id!("__class_getitem__"), |f| ClassMethod::new(f).into_object())?;
    set_layout(&ty, base, &slots)?;
    let class_cell = take_cell(&dict, id!("__classcell__"))?;
    if let Some(cell) = class_cell {
        fill_cell(&cell, &ty);
    }
    if let Some(cell) = take_cell(&dict, id!("__classdictcell__"))? {
        fill_cell(&cell, &dict);
    }
    if dict.get_str(id!("__eq__")).is_some() && dict.get_str(id!("__hash__")).is_none() {
        dict.set_str(id!("__hash__"), none())?;
    }
    ready::ready(&ty)?;
    set_inline_values(&ty);
    if bases.len() == 1 {
        slotdefs::fixup_own(&ty);
    } else {
        slotdefs::fixup(&ty);
    }
    call_set_name(&ty, &dict)?;
    call_init_subclass(&ty, kwargs)?;
    Ok(ty)
}

/// The type object with everything that the destructor needs.
fn allocate(
    metatype: &TypeObject,
    name: &Str,
    bases: &Ref<Tuple>,
    base: &TypeObject,
    dict: &Ref<Dict>,
    slots: &ClassSlots,
) -> Result<Ref<TypeObject>> {
    let alloc = metatype.tp_alloc.get().unwrap_or(base::generic_alloc);
    let object = alloc(metatype, slots.names.as_ref().map_or(0, |n| n.len() as isize))?;
    // SAFETY: instances of `type` and its subclasses are heap types; all-zero is a valid state of all fields.
    let ty = unsafe { object.cast_into::<TypeObject>() };
    ty.tp_flags.set(flags::HEAPTYPE | flags::BASETYPE | flags::HAVE_GC);
    let Some(heap) = ty.as_heap() else { return Err(Raised) };
    ty.tp_as_async.set(&heap.as_async);
    ty.tp_as_number.set(&heap.as_number);
    ty.tp_as_sequence.set(&heap.as_sequence);
    ty.tp_as_mapping.set(&heap.as_mapping);
    ty.tp_as_buffer.set(&heap.as_buffer);
    ty.tp_bases.set(bases.clone().into_object().into_raw());
    base.incref();
    ty.tp_base.set(base);
    ty.tp_dict.set(dict.clone().into_object().into_raw());
    heap.ht_name.set(Some(Ref::from_borrowed(name)));
    heap.ht_slots.set(slots.names.clone().map(Ref::into_object));
    Ok(ty)
}

/// `tp_name`, and `__qualname__`, which leaves the namespace.
fn set_names(ty: &TypeObject, heap: &HeapTypeObject, dict: &Dict) -> Result<()> {
    let Some(name) = heap.ht_name.get() else { return Err(Raised) };
    let c_name = attributes::c_string(&name)?;
    ty.tp_name.set(c_name);
    heap.ht_tpname.set(c_name);
    let qualname = match dict.get_str(id!("__qualname__")) {
        Some(qualname) => qualname.downcast_into::<Str>().map_err(|other| {
            type_error(format!("type __qualname__ must be a str, not {}", other.type_name()))
        })?,
        None => name,
    };
    heap.ht_qualname.set(Some(qualname));
    dict.remove(id!("__qualname__"))?;
    Ok(())
}

/// `__module__`: that of the calling frame, unless the namespace says otherwise.
fn set_module(dict: &Dict) -> Result<()> {
    if dict.get_str(id!("__module__")).is_some() {
        return Ok(());
    }
    let globals = interp::current().hooks.current_globals.get().and_then(|globals| globals());
    match globals.and_then(|g| g.get_str(id!("__name__"))) {
        Some(module) => dict.set_str(id!("__module__"), &module),
        None => Ok(()),
    }
}

/// `tp_doc` from `__doc__`.
fn set_doc(ty: &TypeObject, dict: &Dict) -> Result<()> {
    let Some(doc) = dict.get_str(id!("__doc__")) else { return Ok(()) };
    let Some(text) = doc.downcast::<Str>() else { return Ok(()) };
    let block = attributes::copy_text(text, "type docstring must not contain null characters")?;
    ty.tp_doc.set(block);
    Ok(())
}

/// A plain Python function (`PyFunction_Check`): its type is static and named "function".
fn is_function(object: &Object) -> bool {
    !object.ty().is_heap_type() && object.ty().full_name() == "function"
}

/// `__new__` becomes a static method, `__init_subclass__` and `__class_getitem__` class methods.
fn wrap_function(dict: &Dict, name: &'static Str, wrap: fn(&Object) -> Ref<Object>) -> Result<()> {
    match dict.get_str(name) {
        Some(function) if is_function(&function) => dict.set_str(name, &wrap(&function)),
        _ => Ok(()),
    }
}

/// Members for the slots, sizes, instance dict and weak references, and the slots that all classes have.
fn set_layout(ty: &TypeObject, base: &TypeObject, slots: &ClassSlots) -> Result<()> {
    let mut offset = base.tp_basicsize.get();
    if let Some(names) = &slots.names {
        let members = members_of(ty);
        for (index, name) in names.as_slice().iter().enumerate() {
            let name = crate::str::intern::intern(name.clone().downcast_into::<Str>().map_err(|_| Raised)?);
            // SAFETY: the type was allocated with room for one entry per slot; interned names live for ever, and
            // their UTF-8 form is NUL-terminated.
            unsafe {
                let text = name.leak_ref().to_utf8().unwrap_or("");
                members.add(index).write(MemberDef {
                    name: text.as_ptr().cast(),
                    ty: member::T_OBJECT_EX,
                    offset,
                    flags: 0,
                    doc: core::ptr::null(),
                });
            }
            offset += size_of::<usize>() as isize;
        }
        if !names.is_empty() {
            ty.tp_members.set(members);
        }
    }
    if slots.add_weakref {
        ty.set_flag(flags::MANAGED_WEAKREF);
        ty.tp_weaklistoffset.set(-4 * size_of::<usize>() as isize);
    }
    if slots.add_dict {
        ty.set_flag(flags::MANAGED_DICT);
        ty.tp_dictoffset.set(-1);
    }
    ty.tp_basicsize.set(offset);
    ty.tp_itemsize.set(base.tp_itemsize.get());
    ty.tp_getset.set(instances::getset(slots.add_dict, slots.add_weakref));
    ty.tp_dealloc.set(Some(instances::dealloc));
    ty.tp_traverse.set(Some(instances::traverse));
    ty.tp_clear.set(Some(instances::clear));
    ty.tp_alloc.set(Some(base::generic_alloc));
    ty.tp_free.set(Some(alloc::tp_free));
    Ok(())
}

/// Instances with a managed dict keep their first attributes in themselves, unless items follow the fixed part
/// (`type_ready_managed_dict`).
pub(super) fn set_inline_values(ty: &TypeObject) {
    if ty.has_flag(flags::MANAGED_DICT) && ty.tp_itemsize.get() == 0 {
        ty.set_flag(flags::INLINE_VALUES);
        instance::init_class(ty);
    }
}

/// Where the member table of a heap type is: behind the type object (`PyObject_GetItemData`).
pub(super) fn members_of(ty: &TypeObject) -> *mut MemberDef {
    let size = ty.ty().tp_basicsize.get();
    // SAFETY: heap types are allocated with their metatype's basic size and items behind it.
    unsafe { ty.as_ptr().cast::<u8>().offset(size).cast() }
}

/// A cell that the compiler put into the namespace, taken out of it.
fn take_cell(dict: &Dict, name: &'static Str) -> Result<Option<Ref<Object>>> {
    let Some(cell) = dict.get_str(name) else { return Ok(None) };
    if cell.ty().is_heap_type() || cell.ty().full_name() != "cell" {
        let shown = cell.ty().repr()?.to_string_lossy();
        return Err(type_error(format!("{name} must be a nonlocal cell, not {shown}")));
    }
    dict.remove(name)?;
    Ok(Some(cell))
}

/// `PyCellObject`.
#[repr(C)]
struct CellLayout {
    ob_base: Object,
    ob_ref: Slot,
}

fn fill_cell(cell: &Object, value: &Object) {
    // SAFETY: the type was tested: cells are a header and one reference (`PyCellObject`).
    let cell = unsafe { &*core::ptr::from_ref(cell).cast::<CellLayout>() };
    cell.ob_ref.set(Some(value.to_ref()));
}

/// Calls `__set_name__` on the values of the namespace that have it.
fn call_set_name(ty: &TypeObject, dict: &Dict) -> Result<()> {
    for (key, value) in dict.items() {
        let Some((method, unbound)) = value.lookup_special_method(id!("__set_name__"))? else { continue };
        let result = if unbound { method.call(&[&value, ty, &key]) } else { method.call(&[ty, &key]) };
        if let Err(raised) = result {
            return Err(add_note(raised, &value, &key, ty));
        }
    }
    Ok(())
}

/// Notes on the exception which descriptor it came from.
#[cold]
fn add_note(raised: Raised, value: &Object, key: &Object, ty: &TypeObject) -> Raised {
    let exception: Ref<BaseException> = errors::fetch(raised);
    let shown = key.repr().map_or_else(
        |_| {
            errors::clear();
            "?".to_owned()
        },
        |k| k.to_string_lossy(),
    );
    let note = Str::new(&format!(
        "Error calling __set_name__ on '{}' instance {shown} in '{}'",
        value.type_name(),
        ty.name()
    ));
    if exception.call_method(id!("add_note"), &[&note]).is_err() {
        errors::clear();
    }
    errors::restore(exception)
}

/// `super(cls, cls).__init_subclass__(**kwargs)`.
fn call_init_subclass(ty: &TypeObject, kwargs: Option<&Dict>) -> Result<()> {
    let Some(mro) = ty.mro() else { return Ok(()) };
    let name = id!("__init_subclass__");
    for class in mro.as_slice().iter().skip(1) {
        let class = class.expect::<TypeObject>();
        let Some(found) = class.dict().and_then(|d| d.get_str(name)) else { continue };
        if kwargs.is_none() && core::ptr::eq(class, &raw const PyBaseObject_Type) {
            // The default one does nothing.
            return Ok(());
        }
        let method = match found.ty().tp_descr_get.get() {
            Some(get) => get(&found, None, Some(ty))?,
            None => found,
        };
        method.call_dict(Tuple::empty(), kwargs)?;
        return Ok(());
    }
    Ok(())
}
