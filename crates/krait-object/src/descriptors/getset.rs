//! `getset_descriptor`: an attribute that native functions compute.

use super::method::MEMBERS;
use super::{Descriptor, common, get_qualname};
use crate::alloc;
use crate::dealloc::dealloc_gc;
use crate::defs::GetSetDef;
use crate::errors::attribute_error;
use crate::object::{Object, none};
use crate::reference::Ref;
use crate::result::{Raised, Result, unit_result};
use crate::str::Str;
use crate::str::intern::intern_str;
use crate::typeobj::{TypeObject, flags};
use core::cell::Cell;
use core::ffi::{CStr, c_int, c_void};

/// `PyGetSetDescrObject`.
#[repr(C)]
pub struct GetSetDescr {
    common: Descriptor,
    d_getset: Cell<*const GetSetDef>,
}

const _: () = assert!(size_of::<GetSetDescr>() == 48);

crate::object_type!(GetSetDescr, PyGetSetDescr_Type);

static GETSET: &[GetSetDef] = &[
    GetSetDef::getter(c"__doc__", get_doc),
    GetSetDef::getter(c"__qualname__", get_qualname),
    GetSetDef::SENTINEL,
];

/// The type `getset_descriptor`.
#[unsafe(no_mangle)]
pub static PyGetSetDescr_Type: TypeObject = TypeObject::of::<GetSetDescr>(c"getset_descriptor")
    .flags(flags::HAVE_GC | flags::DISALLOW_INSTANTIATION)
    .tp_dealloc(dealloc_gc::<GetSetDescr>)
    .tp_repr(repr)
    .tp_traverse(super::descriptor_traverse)
    .members(MEMBERS)
    .getset(GETSET)
    .tp_descr_get(descr_get)
    .tp_descr_set(descr_set);

/// The descriptor of an attribute table's entry (`PyDescr_NewGetSet`). The entry lives as long as the type.
pub fn new(owner: &TypeObject, def: &GetSetDef) -> Ref<GetSetDescr> {
    // SAFETY: names in attribute tables are C strings.
    let name = unsafe { CStr::from_ptr(def.name) }.to_str().unwrap_or("?");
    alloc::new_tracked(GetSetDescr {
        common: Descriptor::header(&PyGetSetDescr_Type, owner, intern_str(name)),
        d_getset: Cell::new(def),
    })
}

impl GetSetDescr {
    /// The table entry.
    #[inline(always)]
    pub fn def(&self) -> &GetSetDef {
        // SAFETY: the entry lives as long as the type, which the descriptor keeps alive.
        unsafe { &*self.d_getset.get() }
    }
}

extern "C" fn repr(object: &Object) -> Result {
    common(object).describe("attribute")
}

extern "C" fn descr_get(object: &Object, instance: Option<&Object>, _owner: Option<&Object>) -> Result {
    let descr = object.expect::<GetSetDescr>();
    let Some(instance) = instance else { return Ok(object.to_ref()) };
    descr.common.check(instance)?;
    match descr.def().get {
        Some(get) => get(instance, descr.def().closure),
        None => Err(attribute_error(format!(
            "attribute '{}' of '{}' objects is not readable",
            descr.common.name(),
            descr.common.owner().name()
        ))),
    }
}

extern "C" fn descr_set(object: &Object, instance: &Object, value: Option<&Object>) -> c_int {
    let descr = object.expect::<GetSetDescr>();
    let set = || -> Result<()> {
        descr.common.check(instance)?;
        match descr.def().set {
            Some(set) if set(instance, value, descr.def().closure) < 0 => Err(Raised),
            Some(_) => Ok(()),
            None => Err(attribute_error(format!(
                "attribute '{}' of '{}' objects is not writable",
                descr.common.name(),
                descr.common.owner().name()
            ))),
        }
    };
    unit_result(set())
}

extern "C" fn get_doc(object: &Object, _: *mut c_void) -> Result {
    let doc = object.expect::<GetSetDescr>().def().doc;
    if doc.is_null() {
        return Ok(none().to_ref());
    }
    // SAFETY: documentation in attribute tables are C strings.
    Ok(Str::new(&unsafe { CStr::from_ptr(doc) }.to_string_lossy()).into_object())
}
