//! The computed attributes of classes: names, documentation, annotations. CPython: `Objects/typeobject.c`
//! (`type_getsets`). `__bases__` assignment is in `class_assign`.

use super::{PyType_Type, TypeObject, class_assign, flags, metatype};
use crate::cfunction::split_doc;
use crate::defs::GetSetDef;
use crate::errors::{self, attribute_error, type_error, value_error};
use crate::exceptions::{PyExc_AttributeError, raise_attribute_error};
use crate::object::{Object, none};
use crate::reference::Ref;
use crate::result::{Result, unit_result};
use crate::str::Str;
use crate::tuple::Tuple;
use crate::{Dict, Int, alloc, id};
use core::ffi::{c_char, c_int, c_void};

pub(super) static GETSET: &[GetSetDef] = &[
    GetSetDef::getset(c"__name__", get_name, set_name),
    GetSetDef::getset(c"__qualname__", get_qualname, set_qualname),
    GetSetDef::getset(c"__bases__", class_assign::get_bases, class_assign::set_bases),
    GetSetDef::getter(c"__mro__", get_mro),
    GetSetDef::getset(c"__module__", get_module, set_module),
    GetSetDef::getset(c"__abstractmethods__", get_abstractmethods, set_abstractmethods),
    GetSetDef::getter(c"__dict__", get_dict),
    GetSetDef::getset(c"__doc__", get_doc, set_doc),
    GetSetDef::getter(c"__text_signature__", get_text_signature),
    GetSetDef::getset(c"__annotations__", get_annotations, set_annotations),
    GetSetDef::getset(c"__annotate__", get_annotate, set_annotate),
    GetSetDef::getset(c"__type_params__", get_type_params, set_type_params),
    GetSetDef::SENTINEL,
];

fn dict_of(ty: &TypeObject) -> Result<&Dict> {
    ty.dict().ok_or_else(|| attribute_error("__dict__"))
}

/// Refuses to change a special attribute of an immutable type, or to delete it (`check_set_special_type_attr`).
pub(super) fn check_settable<'a>(
    ty: &TypeObject,
    value: Option<&'a Object>,
    name: &str,
) -> Result<&'a Object> {
    if ty.has_flag(flags::IMMUTABLETYPE) {
        return Err(type_error(format!("cannot set '{name}' attribute of immutable type '{}'", ty.name())));
    }
    value.ok_or_else(|| {
        type_error(format!("cannot delete '{name}' attribute of immutable type '{}'", ty.name()))
    })
}

/// `__module__` as repr wants it: `None` when it is missing or not a string.
pub(crate) fn module_of(ty: &TypeObject) -> Result<Option<Ref<Object>>> {
    match module(ty) {
        Ok(module) => Ok(Some(module)),
        Err(raised) => errors::clear_if(raised, &PyExc_AttributeError).map(|()| None),
    }
}

/// `__qualname__` as text.
pub(crate) fn qualname_of(ty: &TypeObject) -> String {
    match ty.as_heap().and_then(|h| h.ht_qualname.get()) {
        Some(name) => name.to_string_lossy(),
        None => ty.short_name().to_owned(),
    }
}

/// What "<class '...'>" shows for a type without module.
pub(super) fn name_for_repr(ty: &TypeObject) -> String {
    if ty.is_heap_type() { ty.display_name() } else { ty.full_name().to_owned() }
}

/// `module.qualname`, without the module for builtins (`PyType_GetFullyQualifiedName`).
pub fn fully_qualified_name(ty: &TypeObject, separator: char) -> Result<String> {
    if !ty.is_heap_type() {
        return Ok(ty.full_name().to_owned());
    }
    let qualname = qualname_of(ty);
    Ok(match module_of(ty)?.as_ref().and_then(|m| m.downcast::<Str>()) {
        Some(m) if !m.eq_str("builtins") && !m.eq_str("__main__") => format!("{m}{separator}{qualname}"),
        _ => qualname,
    })
}

extern "C" fn get_name(object: &Object, _: *mut c_void) -> Result {
    let ty = object.expect::<TypeObject>();
    Ok(match ty.as_heap().and_then(|h| h.ht_name.get()) {
        Some(name) => name.into_object(),
        None => Str::new(ty.short_name()).into_object(),
    })
}

extern "C" fn set_name(object: &Object, value: Option<&Object>, _: *mut c_void) -> c_int {
    let ty = object.expect::<TypeObject>();
    unit_result((|| {
        let value = check_settable(ty, value, "__name__")?;
        let Some(name) = value.downcast::<Str>() else {
            return Err(type_error(format!(
                "can only assign string to {}.__name__, not '{}'",
                ty.name(),
                value.type_name()
            )));
        };
        let c_name = c_string(name)?;
        let Some(heap) = ty.as_heap() else { return Ok(()) };
        ty.modified();
        heap.ht_name.set(Some(Ref::from_borrowed(name)));
        ty.tp_name.set(c_name);
        let old = heap.ht_tpname.replace(c_name);
        // SAFETY: `ht_tpname` is null or a block of this allocator, which nothing uses any more.
        unsafe { alloc::free(old.cast()) };
        Ok(())
    })())
}

/// A copy of the name for `tp_name`.
pub(super) fn c_string(name: &Str) -> Result<*mut c_char> {
    copy_text(name, "type name must not contain null characters")
}

/// A copy of a text as a C string in the object allocator.
pub(super) fn copy_text(text: &Str, on_null: &str) -> Result<*mut c_char> {
    let Some(utf8) = text.to_utf8() else {
        let at = text.chars().iter().position(|c| char::from_u32(c).is_none()).unwrap_or(0);
        let reason = "surrogates not allowed";
        return Err(crate::exceptions::unicode::raise_encode("utf-8", text, at, at + 1, reason));
    };
    if utf8.contains('\0') {
        return Err(value_error(on_null));
    }
    let block = alloc::malloc(utf8.len() + 1).cast::<u8>();
    if block.is_null() {
        return Err(errors::memory_error());
    }
    // SAFETY: the block has room for the text and the final zero.
    unsafe {
        core::ptr::copy_nonoverlapping(utf8.as_ptr(), block, utf8.len());
        block.add(utf8.len()).write(0);
    }
    Ok(block.cast())
}

extern "C" fn get_qualname(object: &Object, _: *mut c_void) -> Result {
    let ty = object.expect::<TypeObject>();
    Ok(match ty.as_heap().and_then(|h| h.ht_qualname.get()) {
        Some(name) => name.into_object(),
        None => Str::new(ty.short_name()).into_object(),
    })
}

extern "C" fn set_qualname(object: &Object, value: Option<&Object>, _: *mut c_void) -> c_int {
    let ty = object.expect::<TypeObject>();
    unit_result((|| {
        let value = check_settable(ty, value, "__qualname__")?;
        let Some(name) = value.downcast::<Str>() else {
            return Err(type_error(format!(
                "can only assign string to {}.__qualname__, not '{}'",
                ty.name(),
                value.type_name()
            )));
        };
        if let Some(heap) = ty.as_heap() {
            heap.ht_qualname.set(Some(Ref::from_borrowed(name)));
        }
        Ok(())
    })())
}

extern "C" fn get_mro(object: &Object, _: *mut c_void) -> Result {
    Ok(object.expect::<TypeObject>().mro().map_or_else(|| none().to_ref(), Ref::into_object))
}

fn module(ty: &TypeObject) -> Result {
    if ty.is_heap_type() {
        return match dict_of(ty)?.get(id!("__module__"))? {
            Some(module) => Ok(module),
            None => Err(attribute_error("__module__")),
        };
    }
    Ok(match ty.full_name().rsplit_once('.') {
        Some((module, _)) => crate::str::intern::intern_str(module).to_ref(),
        None => id!("builtins").to_ref(),
    })
}

extern "C" fn get_module(object: &Object, _: *mut c_void) -> Result {
    module(object.expect::<TypeObject>())
}

extern "C" fn set_module(object: &Object, value: Option<&Object>, _: *mut c_void) -> c_int {
    let ty = object.expect::<TypeObject>();
    unit_result((|| {
        let value = check_settable(ty, value, "__module__")?;
        ty.modified();
        let dict = dict_of(ty)?;
        dict.remove(id!("__firstlineno__"))?;
        dict.set_str(id!("__module__"), value)
    })())
}

extern "C" fn get_abstractmethods(object: &Object, _: *mut c_void) -> Result {
    let ty = object.expect::<TypeObject>();
    // `type` itself has this descriptor in its dict, not a value.
    if !core::ptr::eq(ty, &raw const PyType_Type) {
        if let Some(methods) = dict_of(ty)?.get(id!("__abstractmethods__"))? {
            return Ok(methods);
        }
    }
    let name = id!("__abstractmethods__");
    Err(raise_attribute_error("__abstractmethods__", ty, name))
}

extern "C" fn set_abstractmethods(object: &Object, value: Option<&Object>, _: *mut c_void) -> c_int {
    let ty = object.expect::<TypeObject>();
    unit_result((|| {
        let dict = dict_of(ty)?;
        let mut is_abstract = false;
        match value {
            Some(value) => {
                is_abstract = value.is_true()?;
                dict.set_str(id!("__abstractmethods__"), value)?;
            }
            None if dict.remove(id!("__abstractmethods__"))? => {}
            None => return Err(attribute_error("__abstractmethods__")),
        }
        ty.modified();
        if is_abstract {
            ty.set_flag(flags::IS_ABSTRACT);
        } else {
            ty.clear_flag(flags::IS_ABSTRACT);
        }
        Ok(())
    })())
}

extern "C" fn get_dict(object: &Object, _: *mut c_void) -> Result {
    metatype::dict_proxy(object.expect::<TypeObject>())
}

extern "C" fn get_doc(object: &Object, _: *mut c_void) -> Result {
    let ty = object.expect::<TypeObject>();
    if !ty.is_heap_type() {
        if let Some(raw) = ty.raw_doc() {
            return Ok(Str::new(split_doc(ty.name(), raw).1).into_object());
        }
    }
    let Some(doc) = dict_of(ty)?.get(id!("__doc__"))? else { return Ok(none().to_ref()) };
    match doc.ty().tp_descr_get.get() {
        Some(get) => get(&doc, None, Some(ty)),
        None => Ok(doc),
    }
}

extern "C" fn set_doc(object: &Object, value: Option<&Object>, _: *mut c_void) -> c_int {
    let ty = object.expect::<TypeObject>();
    unit_result((|| {
        let value = check_settable(ty, value, "__doc__")?;
        ty.modified();
        dict_of(ty)?.set_str(id!("__doc__"), value)
    })())
}

extern "C" fn get_text_signature(object: &Object, _: *mut c_void) -> Result {
    let ty = object.expect::<TypeObject>();
    Ok(match ty.raw_doc().and_then(|raw| split_doc(ty.name(), raw).0) {
        Some(signature) => Str::new(signature).into_object(),
        None => none().to_ref(),
    })
}

fn heap_only(ty: &TypeObject, name: &str) -> Result<()> {
    if ty.is_heap_type() {
        return Ok(());
    }
    Err(attribute_error(format!("type object '{}' has no attribute '{name}'", ty.name())))
}

fn refuse_immutable(ty: &TypeObject, name: &str) -> Result<()> {
    if ty.has_flag(flags::IMMUTABLETYPE) {
        return Err(type_error(format!("cannot set '{name}' attribute of immutable type '{}'", ty.name())));
    }
    Ok(())
}

/// A value of the class' dict, bound if it is a descriptor.
fn bound(ty: &TypeObject, value: Ref<Object>) -> Result {
    match value.ty().tp_descr_get.get() {
        Some(get) => get(&value, None, Some(ty)),
        None => Ok(value),
    }
}

extern "C" fn get_annotate(object: &Object, _: *mut c_void) -> Result {
    let ty = object.expect::<TypeObject>();
    heap_only(ty, "__annotate__")?;
    let dict = dict_of(ty)?;
    let found = match dict.get(id!("__annotate__"))? {
        Some(found) => Some(found),
        None => dict.get(id!("__annotate_func__"))?,
    };
    match found {
        Some(annotate) => bound(ty, annotate),
        None => {
            dict.set_str(id!("__annotate_func__"), none())?;
            ty.modified();
            Ok(none().to_ref())
        }
    }
}

extern "C" fn set_annotate(object: &Object, value: Option<&Object>, _: *mut c_void) -> c_int {
    let ty = object.expect::<TypeObject>();
    unit_result((|| {
        let Some(value) = value else {
            return Err(type_error("cannot delete __annotate__ attribute"));
        };
        refuse_immutable(ty, "__annotate__")?;
        if !value.is_none() && !value.is_callable() {
            return Err(type_error("__annotate__ must be callable or None"));
        }
        let dict = dict_of(ty)?;
        ty.modified();
        dict.set_str(id!("__annotate_func__"), value)?;
        if !value.is_none() {
            dict.remove(id!("__annotations_cache__"))?;
        }
        Ok(())
    })())
}

extern "C" fn get_annotations(object: &Object, closure: *mut c_void) -> Result {
    let ty = object.expect::<TypeObject>();
    heap_only(ty, "__annotations__")?;
    let dict = dict_of(ty)?;
    let found = match dict.get(id!("__annotations__"))? {
        Some(found) => Some(found),
        None => dict.get(id!("__annotations_cache__"))?,
    };
    if let Some(annotations) = found {
        return bound(ty, annotations);
    }
    let annotate = get_annotate(ty, closure)?;
    let annotations = if annotate.is_callable() {
        let value = annotate.call(&[&Int::from_i64(1)])?;
        if value.downcast::<Dict>().is_none() {
            let name = fully_qualified_name(value.ty(), '.')?;
            return Err(type_error(format!("__annotate__() must return a dict, not {name}")));
        }
        value
    } else {
        Dict::new().into_object()
    };
    dict.set_str(id!("__annotations_cache__"), &annotations)?;
    ty.modified();
    Ok(annotations)
}

extern "C" fn set_annotations(object: &Object, value: Option<&Object>, _: *mut c_void) -> c_int {
    let ty = object.expect::<TypeObject>();
    unit_result((|| {
        refuse_immutable(ty, "__annotations__")?;
        let dict = dict_of(ty)?;
        ty.modified();
        match value {
            Some(value) if dict.contains(id!("__annotations__"))? => {
                dict.set_str(id!("__annotations__"), value)?;
            }
            Some(value) => dict.set_str(id!("__annotations_cache__"), value)?,
            None => {
                let removed = dict.remove(id!("__annotations__"))?;
                if !removed && !dict.remove(id!("__annotations_cache__"))? {
                    return Err(attribute_error("__annotations__"));
                }
            }
        }
        dict.remove(id!("__annotate_func__"))?;
        dict.remove(id!("__annotate__"))?;
        Ok(())
    })())
}

extern "C" fn get_type_params(object: &Object, _: *mut c_void) -> Result {
    let ty = object.expect::<TypeObject>();
    // As with __abstractmethods__, `type` has only the descriptor.
    if !core::ptr::eq(ty, &raw const PyType_Type) {
        if let Some(params) = dict_of(ty)?.get(id!("__type_params__"))? {
            return Ok(params);
        }
    }
    Ok(Tuple::empty().to_ref())
}

extern "C" fn set_type_params(object: &Object, value: Option<&Object>, _: *mut c_void) -> c_int {
    let ty = object.expect::<TypeObject>();
    unit_result((|| {
        let value = check_settable(ty, value, "__type_params__")?;
        dict_of(ty)?.set_str(id!("__type_params__"), value)?;
        ty.modified();
        Ok(())
    })())
}
