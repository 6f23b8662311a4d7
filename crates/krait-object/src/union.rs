//! `typing.Union` (`int | str`). CPython: `Objects/unionobject.c`.

use crate::dealloc::dealloc_gc;
use crate::defs::{GetSetDef, MemberDef, MethodDef, member};
use crate::errors::type_error;
use crate::generic_alias::{self, GenericAlias, type_repr};
use crate::object::{Object, bool_object, not_implemented};
use crate::reference::{Ref, Slot};
use crate::result::{Result, len_result};
use crate::slots::{CompareOp, MappingMethods, NumberMethods};
use crate::str::Str;
use crate::tuple::Tuple;
use crate::typeobj::{TypeObject, flags};
use crate::weakref::ListHead;
use crate::{alloc, id};
use core::cell::Cell;
use core::ffi::{c_int, c_void};
use core::mem::offset_of;
use krait_macros::pyfn;

/// `unionobject`.
#[repr(C)]
pub struct Union {
    ob_base: Object,
    args: Slot<Tuple>,
    /// The hashable members as a frozenset, and the others as a tuple: what equality compares.
    hashable_args: Slot,
    unhashable_args: Slot<Tuple>,
    parameters: Slot<Tuple>,
    weakreflist: ListHead,
}

const _: () = assert!(size_of::<Union>() == 56);

crate::object_type!(Union, _PyUnion_Type);

static AS_NUMBER: NumberMethods = NumberMethods::EMPTY.nb_or(type_or);
static AS_MAPPING: MappingMethods = MappingMethods::EMPTY.mp_subscript(subscript);
static MEMBERS: &[MemberDef] = &[
    MemberDef::new(c"__args__", member::T_OBJECT, offset_of!(Union, args), member::READONLY),
    MemberDef::SENTINEL,
];
static GETSET: &[GetSetDef] = &[
    GetSetDef::getter(c"__name__", get_name).doc(c"Name of the type"),
    GetSetDef::getter(c"__qualname__", get_name).doc(c"Qualified name of the type"),
    GetSetDef::getter(c"__origin__", get_origin).doc(c"Always returns the type"),
    GetSetDef::getter(c"__parameters__", get_parameters).doc(c"Type variables in the types.UnionType."),
    GetSetDef::SENTINEL,
];
static METHODS: &[MethodDef] = &[mro_entries::DEF, class_getitem::DEF, MethodDef::SENTINEL];

/// The type `typing.Union`.
#[unsafe(no_mangle)]
pub static _PyUnion_Type: TypeObject = TypeObject::of::<Union>(c"typing.Union")
    .flags(flags::HAVE_GC | flags::DISALLOW_INSTANTIATION)
    .doc(c"Represent a union type\n\nE.g. for int | str")
    .weaklist_offset(offset_of!(Union, weakreflist))
    .tp_dealloc(dealloc_gc::<Union>)
    .tp_traverse(traverse)
    .tp_repr(repr)
    .tp_hash(hash)
    .tp_getattro(getattro)
    .tp_richcompare(richcompare)
    .as_number(&AS_NUMBER)
    .as_mapping(&AS_MAPPING)
    .members(MEMBERS)
    .getset(GETSET)
    .methods(METHODS);

crate::traverse!(traverse, Union, |this, v| {
    v.slot(&this.args)?;
    v.slot(&this.hashable_args)?;
    v.slot(&this.unhashable_args)?;
    v.slot(&this.parameters)?;
});

/// Collects members: flattened, `None` as its type, duplicates dropped.
#[derive(Default)]
struct Builder {
    args: Vec<Ref<Object>>,
    hashable: Vec<Ref<Object>>,
    unhashable: Vec<Ref<Object>>,
}

impl Builder {
    fn add(&mut self, item: &Object) -> Result<()> {
        if let Some(union) = item.downcast::<Union>() {
            for arg in union.args().as_objects() {
                self.add_one(arg)?;
            }
            return Ok(());
        }
        if item.is_none() { self.add_one(&crate::singletons::_PyNone_Type) } else { self.add_one(item) }
    }

    fn add_one(&mut self, item: &Object) -> Result<()> {
        let list = match item.hash() {
            Ok(_) => &mut self.hashable,
            Err(raised) => {
                crate::errors::clear_if(raised, &crate::exceptions::PyExc_TypeError)?;
                &mut self.unhashable
            }
        };
        for seen in list.iter() {
            if seen.eq(item)? {
                return Ok(());
            }
        }
        list.push(item.to_ref());
        self.args.push(item.to_ref());
        Ok(())
    }

    fn finish(self) -> Result {
        if self.args.is_empty() {
            return Err(type_error("Cannot take a Union of no types."));
        }
        if let [one] = self.args.as_slice() {
            return Ok(one.clone());
        }
        let hashable = crate::set::frozenset_from(self.hashable)?;
        Ok(alloc::new_tracked(Union {
            ob_base: Object::new(&_PyUnion_Type),
            args: Slot::new(Tuple::from_vec(self.args)),
            hashable_args: Slot::new(hashable.into_object()),
            unhashable_args: Slot::new(Tuple::from_vec(self.unhashable)),
            parameters: Slot::empty(),
            weakreflist: Cell::new(core::ptr::null_mut()),
        })
        .into_object())
    }
}

impl Union {
    /// The members.
    pub fn args(&self) -> Ref<Tuple> {
        self.args.get().unwrap_or_else(|| Ref::from_borrowed(Tuple::empty()))
    }
}

/// `Union[a, b, ...]` of these types; one type alone is itself.
pub fn make_union(items: &[&Object]) -> Result {
    let mut builder = Builder::default();
    for item in items {
        builder.add(item)?;
    }
    builder.finish()
}

fn is_unionable(object: &Object) -> bool {
    object.is_none()
        || object.downcast::<TypeObject>().is_some()
        || object.downcast::<GenericAlias>().is_some()
        || object.downcast::<Union>().is_some()
        || crate::interp::current().hooks.is_type_alias.get().is_some_and(|hook| hook(object))
}

/// `a | b` on types (`_Py_union_type_or`).
pub extern "C" fn type_or(a: &Object, b: &Object) -> Result {
    if !is_unionable(a) || !is_unionable(b) {
        return Ok(not_implemented().to_ref());
    }
    make_union(&[a, b])
}

extern "C" fn repr(object: &Object) -> Result {
    let mut out = String::new();
    for (index, arg) in object.expect::<Union>().args().as_objects().iter().enumerate() {
        if index > 0 {
            out.push_str(" | ");
        }
        if arg.is(&crate::singletons::_PyNone_Type) {
            out.push_str("None")
        } else {
            type_repr(&mut out, arg)?
        }
    }
    Ok(Str::new(&out).into_object())
}

extern "C" fn hash(object: &Object) -> isize {
    let union = object.expect::<Union>();
    len_result((|| {
        if let Some(unhashable) = union.unhashable_args.get().filter(|u| !u.is_empty()) {
            // The first unhashable member says what is wrong.
            for arg in unhashable.as_objects() {
                arg.hash()?;
            }
            return Err(type_error("unhashable union"));
        }
        match union.hashable_args.get() {
            Some(set) => set.hash(),
            None => Ok(0),
        }
    })())
}

extern "C" fn getattro(object: &Object, name: &Object) -> Result {
    let Some(name) = name.downcast::<Str>() else {
        return Err(type_error(format!("attribute name must be string, not '{}'", name.type_name())));
    };
    object.generic_get_attr(name)
}

extern "C" fn richcompare(a: &Object, b: &Object, op: c_int) -> Result {
    let op = CompareOp::from_int(op);
    let (CompareOp::Eq | CompareOp::Ne, Some(x), Some(y)) =
        (op, a.downcast::<Union>(), b.downcast::<Union>())
    else {
        return Ok(not_implemented().to_ref());
    };
    Ok(bool_object(same_members(x, y)? == (op == CompareOp::Eq)).to_ref())
}

fn same_members(x: &Union, y: &Union) -> Result<bool> {
    let (Some(xs), Some(ys)) = (x.hashable_args.get(), y.hashable_args.get()) else { return Ok(false) };
    if !xs.eq(&ys)? {
        return Ok(false);
    }
    let empty = || Ref::from_borrowed(Tuple::empty());
    let xu = x.unhashable_args.get().unwrap_or_else(empty);
    let yu = y.unhashable_args.get().unwrap_or_else(empty);
    if xu.len() != yu.len() {
        return Ok(false);
    }
    let mut left: Vec<&Object> = yu.as_objects().to_vec();
    for item in xu.as_objects() {
        let mut found = None;
        for (index, other) in left.iter().enumerate() {
            if item.eq(other)? {
                found = Some(index);
                break;
            }
        }
        match found {
            Some(index) => drop(left.remove(index)),
            None => return Ok(false),
        }
    }
    Ok(true)
}

fn parameters(union: &Union) -> Result<Ref<Tuple>> {
    if let Some(found) = union.parameters.get() {
        return Ok(found);
    }
    let made = generic_alias::make_parameters(&union.args())?;
    union.parameters.set(Some(made.clone()));
    Ok(made)
}

extern "C" fn subscript(object: &Object, item: &Object) -> Result {
    let union = object.expect::<Union>();
    let args = generic_alias::subs_parameters(object, &union.args(), &*parameters(union)?, item)?;
    make_union(args.as_objects())
}

extern "C" fn get_name(_: &Object, _: *mut c_void) -> Result {
    Ok(id!("Union").to_ref())
}

extern "C" fn get_origin(_: &Object, _: *mut c_void) -> Result {
    Ok(_PyUnion_Type.to_ref())
}

extern "C" fn get_parameters(object: &Object, _: *mut c_void) -> Result {
    Ok(parameters(object.expect::<Union>())?.into_object())
}

#[pyfn("__mro_entries__($self, object, /)")]
fn mro_entries(union: &Union, _object: &Object) -> Result {
    Err(type_error(format!("Cannot subclass {}", union.repr()?)))
}

/// See PEP 585
#[pyfn("__class_getitem__($type, object, /)", class)]
fn class_getitem(_ty: &Object, object: &Object) -> Result {
    match object.downcast::<Tuple>() {
        Some(tuple) if tuple.is_empty() => Err(type_error("Cannot take a Union of no types.")),
        Some(tuple) => make_union_checked(tuple.as_objects()),
        None => make_union_checked(&[object]),
    }
}

/// As `typing.Union[...]`: strings become forward references.
fn make_union_checked(items: &[&Object]) -> Result {
    let mut builder = Builder::default();
    for item in items {
        if item.downcast::<Str>().is_some() {
            let typing = match crate::interp::current().hooks.import_module.get() {
                Some(import) => import("typing")?,
                None => return Err(crate::errors::import_error("typing")),
            };
            let converted = typing.call_method(id!("_type_convert"), &[item])?;
            builder.add(&converted)?;
        } else {
            let converted = match item.downcast::<TypeObject>() {
                Some(_) => item.to_ref(),
                None if is_unionable(item) => item.to_ref(),
                None => match crate::interp::current().hooks.import_module.get() {
                    Some(import) => import("typing")?.call_method(
                        id!("_type_check"),
                        &[item, &Str::new("Union[arg, ...]: each arg must be a type.")],
                    )?,
                    None => item.to_ref(),
                },
            };
            builder.add(&converted)?;
        }
    }
    builder.finish()
}
