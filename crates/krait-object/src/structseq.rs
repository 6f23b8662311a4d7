//! Struct sequences: tuples with named fields, such as `sys.version_info` and `time.struct_time`. CPython:
//! `Objects/structseq.c`.
//!
//! An instance is a tuple of the visible fields; further fields lie behind them and are reached by name only. The types
//! cannot be subclassed, so that a type's pointer leads to its definition.

use crate::defs::{MemberDef, MethodDef, member};
use crate::errors::type_error;
use crate::object::{Object, none};
use crate::reference::Ref;
use crate::result::Result;
use crate::str::Str;
use crate::tuple::{PyTuple_Type, Tuple};
use crate::typeobj::{TypeObject, flags};
use crate::{Dict, Int, alloc, args, gc, id};
use core::ffi::{CStr, c_int, c_void};
use krait_macros::pyfn;
use std::sync::OnceLock;

/// A field: name (or `UNNAMED`) and documentation.
pub type Field = (&'static CStr, &'static CStr);

/// The name of a field that is reached by index only.
pub const UNNAMED: &CStr = c"unnamed field";

/// The definition of a struct sequence type; a static whose type is made at first use.
pub struct StructSeq {
    name: &'static CStr,
    doc: &'static CStr,
    fields: &'static [Field],
    visible: usize,
    can_make: bool,
    made: OnceLock<Made>,
}

struct Made(&'static TypeObject);

// SAFETY: a reference to a leaked type object, which is used only with the GIL held.
unsafe impl Send for Made {}
// SAFETY: as above.
unsafe impl Sync for Made {}

/// The type object with its definition behind it.
#[repr(C)]
struct Extended {
    ty: TypeObject,
    definition: *const StructSeq,
}

impl StructSeq {
    /// A definition. The first `visible` fields are the tuple's items.
    pub const fn new(
        name: &'static CStr,
        doc: &'static CStr,
        fields: &'static [Field],
        visible: usize,
    ) -> StructSeq {
        StructSeq { name, doc, fields, visible, can_make: true, made: OnceLock::new() }
    }

    /// Programs cannot call the type (`sys.flags`).
    pub const fn no_new(mut self) -> StructSeq {
        self.can_make = false;
        self
    }

    /// The type, made ready at first use.
    pub fn ty(&'static self) -> Result<&'static TypeObject> {
        if let Some(made) = self.made.get() {
            return Ok(made.0);
        }
        let made = self.make_type()?;
        Ok(self.made.get_or_init(|| Made(made)).0)
    }

    fn make_type(&'static self) -> Result<&'static TypeObject> {
        let mut members: Vec<MemberDef> = Vec::new();
        for (index, (name, doc)) in self.fields.iter().enumerate() {
            if *name != UNNAMED {
                let offset = size_of::<Tuple>() + index * size_of::<usize>();
                members.push(MemberDef::new(name, member::T_OBJECT, offset, member::READONLY).doc(doc));
            }
        }
        members.push(MemberDef::SENTINEL);
        let mut ty = TypeObject::new(self.name, size_of::<Tuple>())
            .itemsize(size_of::<usize>())
            .base(&raw const PyTuple_Type)
            .flags(flags::HAVE_GC | flags::TUPLE_SUBCLASS | flags::SEQUENCE)
            .doc(self.doc)
            .tp_dealloc(dealloc)
            .tp_traverse(traverse)
            .tp_repr(repr)
            .tp_new(new)
            .members(Box::leak(members.into_boxed_slice()))
            .methods(METHODS);
        if !self.can_make {
            ty = ty.flags(flags::DISALLOW_INSTANTIATION);
            ty.tp_new.set(None);
        }
        let extended: &'static Extended = Box::leak(Box::new(Extended { ty, definition: self }));
        crate::typeobj::ready::ready(&extended.ty)?;
        let unnamed = self.fields[..self.visible].iter().filter(|f| f.0 == UNNAMED).count();
        for (name, value) in [
            ("n_sequence_fields", self.visible),
            ("n_fields", self.fields.len()),
            ("n_unnamed_fields", unnamed),
        ] {
            set_in_type(&extended.ty, crate::str::intern::intern_str(name), &Int::from_i64(value as i64))?;
        }
        let names = self.fields[..self.visible].iter().filter(|f| f.0 != UNNAMED);
        let names = names.map(|f| Str::new(f.0.to_str().unwrap_or("?")).into_object()).collect();
        set_in_type(&extended.ty, id!("__match_args__"), &Tuple::from_vec(names))?;
        Ok(&extended.ty)
    }

    /// An instance; missing fields at the end are None.
    pub fn make(&'static self, values: Vec<Ref<Object>>) -> Result {
        instance(self.ty()?, self, values)
    }
}

/// Adds to the dictionary of a type that nobody has seen yet.
fn set_in_type(ty: &TypeObject, name: &Str, value: &Object) -> Result<()> {
    match ty.dict() {
        Some(dict) => dict.set_str(name, value),
        None => Ok(()),
    }
}

fn definition(ty: &TypeObject) -> &'static StructSeq {
    // SAFETY: the slots of this file are set only in types of the extended layout, which have no subtypes.
    unsafe { &*(*core::ptr::from_ref(ty).cast::<Extended>()).definition }
}

fn instance(ty: &TypeObject, def: &StructSeq, values: Vec<Ref<Object>>) -> Result {
    let count = def.fields.len();
    let object = alloc::alloc_instance(ty, count * size_of::<usize>())?;
    let tuple = object.expect::<Tuple>();
    tuple.ob_base.ob_size.set(def.visible as isize);
    tuple.ob_hash.set(-1);
    let mut values = values.into_iter();
    for index in 0..count {
        let value = values.next().unwrap_or_else(|| none().to_ref());
        // SAFETY: the instance has room for all fields; each is written once.
        unsafe { tuple.items_ptr().add(index).write(value) };
    }
    gc::track(&object);
    Ok(object)
}

/// All fields, hidden ones too.
fn all_fields(object: &Object) -> &[Ref<Object>] {
    let count = definition(object.ty()).fields.len();
    // SAFETY: an instance has that many items, which never change.
    unsafe { core::slice::from_raw_parts(object.expect::<Tuple>().items_ptr(), count) }
}

unsafe extern "C" fn dealloc(object: *mut Object) {
    // SAFETY: a dead instance, still readable; each item is dropped once.
    unsafe {
        gc::untrack(&*object);
        let count = definition((*object).ty()).fields.len();
        let items = (*object).expect::<Tuple>().items_ptr();
        for index in 0..count {
            core::ptr::drop_in_place(items.add(index));
        }
        alloc::free_object(object);
    }
}

unsafe extern "C" fn traverse(object: *mut Object, visit: crate::slots::VisitFn, arg: *mut c_void) -> c_int {
    // SAFETY: called by the collector with a live instance.
    let object = unsafe { &*object };
    let visitor = gc::Visitor::new(visit, arg);
    for item in all_fields(object) {
        if let Err(stop) = visitor.visit(item) {
            return stop;
        }
    }
    0
}

extern "C" fn repr(object: &Object) -> Result {
    let def = definition(object.ty());
    let mut parts = Vec::new();
    for (field, value) in def.fields[..def.visible].iter().zip(all_fields(object)) {
        parts.push(format!("{}={}", field.0.to_str().unwrap_or("?"), value.repr()?));
    }
    Ok(Str::new(&format!("{}({})", object.ty().full_name(), parts.join(", "))).into_object())
}

extern "C" fn new(ty: &TypeObject, args: &Tuple, kwargs: Option<&Object>) -> Result {
    let def = definition(ty);
    let kwargs = kwargs.and_then(|k| k.downcast::<Dict>());
    let values = args::parse_init(ty.short_name(), &["sequence", "dict"], 1, args, kwargs)?;
    let (min, max, name) = (def.visible, def.fields.len(), ty.full_name());
    let Some(sequence) = &values[0] else { return Err(type_error("constructor requires a sequence")) };
    let sequence = match sequence.to_tuple() {
        Ok(sequence) => sequence,
        Err(raised) => {
            crate::errors::clear_if(raised, &crate::exceptions::PyExc_TypeError)?;
            return Err(type_error("constructor requires a sequence"));
        }
    };
    let extra = match &values[1] {
        None => None,
        Some(dict) => match dict.downcast::<Dict>() {
            Some(dict) => Some(Ref::from_borrowed(dict)),
            None => {
                return Err(type_error(format!("{name}() takes a dict as second arg, if any")));
            }
        },
    };
    let len = sequence.len();
    if len < min || len > max {
        let text = if min == max {
            format!("{name}() takes a {min}-sequence ({len}-sequence given)")
        } else if len < min {
            format!("{name}() takes an at least {min}-sequence ({len}-sequence given)")
        } else {
            format!("{name}() takes an at most {max}-sequence ({len}-sequence given)")
        };
        return Err(type_error(text));
    }
    let mut items = sequence.as_slice().to_vec();
    for field in &def.fields[len..] {
        let given = match &extra {
            Some(dict) => dict.get(&Str::new(field.0.to_str().unwrap_or("?")))?,
            None => None,
        };
        items.push(given.unwrap_or_else(|| none().to_ref()));
    }
    instance(ty, def, items)
}

static METHODS: &[MethodDef] = &[reduce::DEF, replace::DEF, MethodDef::SENTINEL];

/// Helper for pickle.
#[pyfn("__reduce__($self, /)", nosig)]
fn reduce(object: &Object) -> Result {
    let def = definition(object.ty());
    let fields = all_fields(object);
    let visible = Tuple::from_vec(fields[..def.visible].to_vec());
    let hidden = Dict::new();
    for (field, value) in def.fields.iter().zip(fields).skip(def.visible) {
        hidden.set(&Str::new(field.0.to_str().unwrap_or("?")), value)?;
    }
    let args = Tuple::from_vec(vec![visible.into_object(), hidden.into_object()]).into_object();
    Ok(Tuple::from_vec(vec![object.ty().to_ref(), args]).into_object())
}

/// Return a copy of the structure with new values for the specified fields.
#[pyfn("__replace__($self, /, **changes)", nosig)]
fn replace(object: &Object, changes: crate::args::Kwargs<'_>) -> Result {
    let def = definition(object.ty());
    if def.fields[..def.visible].iter().any(|f| f.0 == UNNAMED) {
        return Err(type_error(format!(
            "__replace__() is not supported for {} because it has unnamed field(s)",
            object.type_name()
        )));
    }
    let mut items = all_fields(object).to_vec();
    let mut unknown = Vec::new();
    for (name, value) in changes.iter() {
        match def.fields.iter().position(|f| name.eq_str(f.0.to_str().unwrap_or("?"))) {
            Some(index) => items[index] = value.to_ref(),
            None => unknown.push(Ref::from_borrowed(name).into_object()),
        }
    }
    if !unknown.is_empty() {
        let names = crate::List::from_vec(unknown);
        return Err(type_error(format!("Got unexpected field name(s): {}", Object::repr(&names)?)));
    }
    instance(object.ty(), def, items)
}
