//! `types.GenericAlias`: `list[int]` and what shares its substitution of type parameters. CPython:
//! `Objects/genericaliasobject.c`.

use crate::dealloc::dealloc_gc;
use crate::defs::{GetSetDef, MemberDef, MethodDef, MethodPtr, member, meth};
use crate::errors::type_error;
use crate::object::{Object, bool_object, none, not_implemented};
use crate::reference::{Ref, Slot};
use crate::result::{NextResult, Result, len_result};
use crate::slots::{CompareOp, MappingMethods, NumberMethods, VectorcallFn};
use crate::str::Str;
use crate::tuple::Tuple;
use crate::typeobj::{TypeObject, flags};
use crate::weakref::ListHead;
use crate::{Dict, List, alloc, errors, exceptions, id};
use core::cell::Cell;
use core::ffi::{c_int, c_void};
use core::mem::offset_of;
use krait_macros::pyfn;

/// `gaobject`.
#[repr(C)]
pub struct GenericAlias {
    ob_base: Object,
    origin: Slot,
    args: Slot<Tuple>,
    parameters: Slot<Tuple>,
    weakreflist: ListHead,
    starred: Cell<bool>,
    vectorcall: Cell<Option<VectorcallFn>>,
}

const _: () = assert!(size_of::<GenericAlias>() == 64);

crate::object_type!(GenericAlias, Py_GenericAliasType);

static AS_NUMBER: NumberMethods = NumberMethods::EMPTY.nb_or(crate::union::type_or);
static AS_MAPPING: MappingMethods = MappingMethods::EMPTY.mp_subscript(subscript);
static MEMBERS: &[MemberDef] = &[
    MemberDef::new(c"__origin__", member::T_OBJECT, offset_of!(GenericAlias, origin), member::READONLY),
    MemberDef::new(c"__args__", member::T_OBJECT, offset_of!(GenericAlias, args), member::READONLY),
    MemberDef::new(c"__unpacked__", member::T_BOOL, offset_of!(GenericAlias, starred), member::READONLY),
    MemberDef::SENTINEL,
];
static GETSET: &[GetSetDef] = &[
    GetSetDef::getter(c"__parameters__", get_parameters).doc(c"Type variables in the GenericAlias."),
    GetSetDef::getter(c"__typing_unpacked_tuple_args__", get_unpacked_tuple_args),
    GetSetDef::SENTINEL,
];
static METHODS: &[MethodDef] =
    &[mro_entries::DEF, instancecheck::DEF, subclasscheck::DEF, reduce::DEF, dir::DEF, MethodDef::SENTINEL];

/// The type `types.GenericAlias`.
#[unsafe(no_mangle)]
pub static Py_GenericAliasType: TypeObject = TypeObject::of::<GenericAlias>(c"types.GenericAlias")
    .flags(flags::HAVE_GC | flags::BASETYPE)
    .doc(c"GenericAlias(origin, args, /)\n--\n\nRepresent a PEP 585 generic type\n\nE.g. for t = list[int], t.__origin__ is list and t.__args__ is (int,).")
    .vectorcall_offset(offset_of!(GenericAlias, vectorcall))
    .weaklist_offset(offset_of!(GenericAlias, weakreflist))
    .tp_dealloc(dealloc_gc::<GenericAlias>)
    .tp_traverse(traverse)
    .tp_repr(repr)
    .tp_hash(hash)
    .tp_call(call)
    .tp_getattro(getattro)
    .tp_richcompare(richcompare)
    .tp_iter(iter)
    .tp_new(new)
    .as_number(&AS_NUMBER)
    .as_mapping(&AS_MAPPING)
    .members(MEMBERS)
    .getset(GETSET)
    .methods(METHODS);

crate::traverse!(traverse, GenericAlias, |this, v| {
    v.slot(&this.origin)?;
    v.slot(&this.args)?;
    v.slot(&this.parameters)?;
});

/// The method table entry `__class_getitem__` of a type that is generic in name only.
pub const CLASS_GETITEM: MethodDef = MethodDef::new(
    c"__class_getitem__",
    MethodPtr { plain: class_getitem_entry },
    meth::O | meth::CLASS,
    c"__class_getitem__($type, object, /)\n--\n\nSee PEP 585",
);

extern "C" fn class_getitem_entry(class: &Object, item: Option<&Object>) -> Result {
    Ok(GenericAlias::new(class, item.unwrap_or(none())).into_object())
}

impl GenericAlias {
    /// `origin[args]` (`Py_GenericAlias`); `args` that is not a tuple is one argument.
    pub fn new(origin: &Object, args: &Object) -> Ref<GenericAlias> {
        let args = match args.downcast::<Tuple>() {
            Some(tuple) => Ref::from_borrowed(tuple),
            None => Tuple::from_slice(&[args]),
        };
        alloc::new_tracked(GenericAlias {
            ob_base: Object::new(&Py_GenericAliasType),
            origin: Slot::new(origin.to_ref()),
            args: Slot::new(args),
            parameters: Slot::empty(),
            weakreflist: Cell::new(core::ptr::null_mut()),
            starred: Cell::new(false),
            vectorcall: Cell::new(Some(alias_vectorcall)),
        })
    }

    /// The generic type.
    pub fn origin(&self) -> Ref<Object> {
        self.origin.get().unwrap_or_else(|| none().to_ref())
    }

    /// The arguments.
    pub fn args(&self) -> Ref<Tuple> {
        self.args.get().unwrap_or_else(|| Ref::from_borrowed(Tuple::empty()))
    }

    fn parameters(&self) -> Result<Ref<Tuple>> {
        if let Some(found) = self.parameters.get() {
            return Ok(found);
        }
        let made = make_parameters(&self.args())?;
        self.parameters.set(Some(made.clone()));
        Ok(made)
    }
}

/// The type parameters in `args`, each once, in order (`_Py_make_parameters`).
pub fn make_parameters(args: &Tuple) -> Result<Ref<Tuple>> {
    let mut found: Vec<Ref<Object>> = Vec::new();
    let mut add = |item: &Object| {
        if !found.iter().any(|f| f.is(item)) {
            found.push(item.to_ref());
        }
    };
    for arg in args.as_objects() {
        if arg.downcast::<TypeObject>().is_some() {
            continue;
        }
        if arg.get_attr_opt(id!("__typing_subst__"))?.is_some() {
            add(arg);
            continue;
        }
        let sub = match arg.get_attr_opt(id!("__parameters__"))? {
            Some(sub) => sub.downcast_into::<Tuple>().ok(),
            None if arg.downcast::<Tuple>().is_some() => Some(make_parameters(arg.expect::<Tuple>())?),
            None => match arg.downcast::<List>() {
                Some(list) => Some(make_parameters(&list.to_tuple())?),
                None => None,
            },
        };
        for item in sub.iter().flat_map(|s| s.as_objects()) {
            add(item);
        }
    }
    Ok(Tuple::from_vec(found))
}

/// Applies `item` to the parameters of one argument that has parameters of its own.
fn substitute_argument(arg: &Object, parameters: &Tuple, items: &[Ref<Object>]) -> Result {
    let sub = match arg.get_attr_opt(id!("__parameters__"))? {
        Some(sub) => sub,
        None => return Ok(arg.to_ref()),
    };
    let Some(sub) = sub.downcast::<Tuple>().filter(|s| !s.is_empty()) else { return Ok(arg.to_ref()) };
    let mut chosen = Vec::new();
    for param in sub.as_objects() {
        match parameters.as_objects().iter().position(|p| p.is(param)) {
            Some(index) => {
                let value = &items[index];
                let variadic = param.ty().tp_iter.get().is_some();
                match value.downcast::<Tuple>().filter(|_| variadic) {
                    Some(many) => chosen.extend(many.as_slice().iter().cloned()),
                    None => chosen.push(value.clone()),
                }
            }
            None => chosen.push(param.to_ref()),
        }
    }
    arg.get_item(&Tuple::from_vec(chosen))
}

/// The items of a subscript, with `*tuple[...]` unpacked (`_unpack_args`).
fn unpack_items(item: &Object) -> Result<Ref<Tuple>> {
    let items = match item.downcast::<Tuple>() {
        Some(tuple) => tuple.as_slice().to_vec(),
        None => vec![item.to_ref()],
    };
    let mut out = Vec::new();
    for item in items {
        if item.downcast::<TypeObject>().is_none() {
            if let Some(sub) = item.get_attr_opt(id!("__typing_unpacked_tuple_args__"))? {
                if let Some(sub) = sub.downcast::<Tuple>() {
                    let ellipsis = crate::singletons::ellipsis();
                    let open = sub.as_objects().last().is_some_and(|last| last.is(ellipsis));
                    if !open {
                        out.extend(sub.as_slice().iter().cloned());
                        continue;
                    }
                }
            }
        }
        out.push(item);
    }
    Ok(Tuple::from_vec(out))
}

/// The arguments with `item` put in for the parameters (`_Py_subs_parameters`).
pub fn subs_parameters(
    alias: &Object,
    args: &Tuple,
    parameters: &Tuple,
    item: &Object,
) -> Result<Ref<Tuple>> {
    if parameters.is_empty() {
        return Err(type_error(format!("{} is not a generic class", alias.repr()?)));
    }
    let mut items = unpack_items(item)?;
    for param in parameters.as_objects() {
        if let Some(prepare) = param.get_attr_opt(id!("__typing_prepare_subst__"))?.filter(|p| !p.is_none()) {
            let prepared = prepare.call(&[alias, &items])?;
            items = prepared.downcast_into::<Tuple>().unwrap_or_else(|one| Tuple::from_vec(vec![one]));
        }
    }
    if items.len() != parameters.len() {
        let few = if items.len() > parameters.len() { "many" } else { "few" };
        return Err(type_error(format!(
            "Too {few} arguments for {}; actual {}, expected {}",
            alias.repr()?,
            items.len(),
            parameters.len()
        )));
    }
    substitute_all(args, parameters, items.as_slice())
}

fn substitute_all(args: &Tuple, parameters: &Tuple, items: &[Ref<Object>]) -> Result<Ref<Tuple>> {
    let mut out = Vec::new();
    for arg in args.as_objects() {
        if arg.downcast::<TypeObject>().is_some() {
            out.push(arg.to_ref());
            continue;
        }
        if let Some(tuple) = arg.downcast::<Tuple>() {
            out.push(substitute_all(tuple, parameters, items)?.into_object());
            continue;
        }
        if let Some(list) = arg.downcast::<List>() {
            let inner = substitute_all(&list.to_tuple(), parameters, items)?;
            out.push(List::from_vec(inner.as_slice().to_vec()).into_object());
            continue;
        }
        let unpack = is_unpacked_typevartuple(arg)?;
        let new = match arg.get_attr_opt(id!("__typing_subst__"))? {
            Some(subst) => match parameters.as_objects().iter().position(|p| p.is(arg)) {
                Some(index) => subst.call(&[&items[index]])?,
                None => arg.to_ref(),
            },
            None => substitute_argument(arg, parameters, items)?,
        };
        if unpack {
            match new.downcast::<Tuple>() {
                Some(tuple) => out.extend(tuple.as_slice().iter().cloned()),
                None => {
                    return Err(type_error(format!(
                        "expected __typing_subst__ of {} objects to return a tuple, not {}",
                        arg.type_name(),
                        new.type_name()
                    )));
                }
            }
        } else {
            out.push(new);
        }
    }
    Ok(Tuple::from_vec(out))
}

fn is_unpacked_typevartuple(arg: &Object) -> Result<bool> {
    if arg.downcast::<TypeObject>().is_some() {
        return Ok(false);
    }
    match arg.get_attr_opt(id!("__typing_is_unpacked_typevartuple__"))? {
        Some(value) => value.is_true(),
        None => Ok(false),
    }
}

/// Appends how a type argument is written in `repr` of aliases and unions (`_Py_typing_type_repr`).
pub fn type_repr(out: &mut String, object: &Object) -> Result<()> {
    if object.is(crate::singletons::ellipsis()) {
        out.push_str("...");
        return Ok(());
    }
    if object.is_none() || object.ty().is_type(&crate::singletons::_PyNone_Type) {
        out.push_str("None");
        return Ok(());
    }
    let has_origin = object.get_attr_opt(id!("__origin__"))?.is_some();
    let has_args = has_origin && object.get_attr_opt(id!("__args__"))?.is_some();
    if !has_args {
        let qualname = object.get_attr_opt(id!("__qualname__"))?;
        let module = object.get_attr_opt(id!("__module__"))?.filter(|m| !m.is_none());
        if let (Some(qualname), Some(module)) = (qualname, module) {
            if !module.downcast::<Str>().is_some_and(|m| m.eq_str("builtins")) {
                out.push_str(&format!("{}.", module.str()?));
            }
            out.push_str(&qualname.str()?.to_string_lossy());
            return Ok(());
        }
    }
    out.push_str(&object.repr()?.to_string_lossy());
    Ok(())
}

extern "C" fn repr(object: &Object) -> Result {
    let alias = object.expect::<GenericAlias>();
    crate::thread::check_recursion(" while getting the repr of an object")?;
    let mut out = String::new();
    if alias.starred.get() {
        out.push('*');
    }
    type_repr(&mut out, &alias.origin())?;
    out.push('[');
    let args = alias.args();
    for (index, arg) in args.as_objects().iter().enumerate() {
        if index > 0 {
            out.push_str(", ");
        }
        match arg.downcast::<List>() {
            Some(list) => {
                out.push('[');
                for (index, item) in list.to_vec().iter().enumerate() {
                    if index > 0 {
                        out.push_str(", ");
                    }
                    type_repr(&mut out, item)?;
                }
                out.push(']');
            }
            None => type_repr(&mut out, arg)?,
        }
    }
    if args.is_empty() {
        out.push_str("()");
    }
    out.push(']');
    Ok(Str::new(&out).into_object())
}

extern "C" fn hash(object: &Object) -> isize {
    let alias = object.expect::<GenericAlias>();
    len_result((|| {
        let args = alias.args();
        let hash = alias.origin().hash()? ^ Object::hash(&args)?;
        Ok(if hash == -1 { -2 } else { hash })
    })())
}

/// Sets `__orig_class__` on the result of a call, where it has room for it.
fn set_orig_class(alias: &Object, instance: Ref<Object>) -> Result {
    match instance.set_attr(id!("__orig_class__"), Some(alias)) {
        Ok(()) => Ok(instance),
        Err(raised) => {
            if errors::matches(&exceptions::PyExc_AttributeError)
                || errors::matches(&exceptions::PyExc_TypeError)
            {
                errors::clear();
                Ok(instance)
            } else {
                Err(raised)
            }
        }
    }
}

extern "C" fn call(object: &Object, args: &Tuple, kwargs: Option<&Object>) -> Result {
    let instance =
        object.expect::<GenericAlias>().origin().call_dict(args, kwargs.and_then(|k| k.downcast()))?;
    set_orig_class(object, instance)
}

unsafe extern "C" fn alias_vectorcall(
    callable: *mut Object,
    args: *const *mut Object,
    nargsf: usize,
    kwnames: *mut Object,
) -> Result {
    // SAFETY: the vectorcall protocol: `args` has the positional arguments and then one value per keyword name.
    unsafe {
        let alias = &*callable;
        let kwnames = kwnames.as_ref().map(|k| k.expect::<Tuple>());
        let total = crate::cfunction::vectorcall_nargs(nargsf) + kwnames.map_or(0, Tuple::len);
        let given = if total == 0 { &[] } else { core::slice::from_raw_parts(args.cast::<&Object>(), total) };
        let instance = alias.expect::<GenericAlias>().origin().vectorcall(given, kwnames)?;
        set_orig_class(alias, instance)
    }
}

/// Attributes that are the alias's own; everything else is looked up on the origin.
const OWN: &[&str] = &[
    "__class__",
    "__origin__",
    "__args__",
    "__unpacked__",
    "__parameters__",
    "__typing_unpacked_tuple_args__",
    "__mro_entries__",
    "__reduce_ex__",
    "__reduce__",
    "__copy__",
    "__deepcopy__",
];
/// Attributes that are not taken from the origin either.
const BLOCKED: &[&str] = &["__bases__", "__copy__", "__deepcopy__"];

extern "C" fn getattro(object: &Object, name: &Object) -> Result {
    let Some(text) = name.downcast::<Str>() else {
        return Err(type_error(format!("attribute name must be string, not '{}'", name.type_name())));
    };
    let is_in = |list: &[&str]| list.iter().any(|n| text.eq_str(n));
    if is_in(BLOCKED) || is_in(OWN) {
        return object.generic_get_attr(text);
    }
    let dunder_own = text.eq_str("__origin__") || text.eq_str("__class__");
    if dunder_own {
        return object.generic_get_attr(text);
    }
    object.expect::<GenericAlias>().origin().get_attr(text)
}

extern "C" fn richcompare(a: &Object, b: &Object, op: c_int) -> Result {
    let op = CompareOp::from_int(op);
    let (CompareOp::Eq | CompareOp::Ne, Some(x), Some(y)) =
        (op, a.downcast::<GenericAlias>(), b.downcast::<GenericAlias>())
    else {
        return Ok(not_implemented().to_ref());
    };
    let equal = x.starred.get() == y.starred.get()
        && x.origin().eq(&y.origin())?
        && Object::eq(&x.args(), &y.args())?;
    Ok(bool_object(equal == (op == CompareOp::Eq)).to_ref())
}

extern "C" fn subscript(object: &Object, item: &Object) -> Result {
    let alias = object.expect::<GenericAlias>();
    let args = subs_parameters(object, &alias.args(), &*alias.parameters()?, item)?;
    let made = GenericAlias::new(&alias.origin(), &args);
    made.starred.set(alias.starred.get());
    Ok(made.into_object())
}

extern "C" fn new(ty: &TypeObject, args: &Tuple, kwargs: Option<&Object>) -> Result {
    if kwargs.and_then(|k| k.downcast::<Dict>()).is_some_and(|d| !d.is_empty()) {
        return Err(type_error("GenericAlias() takes no keyword arguments"));
    }
    let [origin, arguments] = args.as_objects() else {
        return Err(type_error(format!("GenericAlias expected 2 arguments, got {}", args.len())));
    };
    let object = alloc::alloc_instance(ty, 0)?;
    let alias = object.expect::<GenericAlias>();
    alias.origin.set(Some(origin.to_ref()));
    alias.args.set(Some(match arguments.downcast::<Tuple>() {
        Some(tuple) => Ref::from_borrowed(tuple),
        None => Tuple::from_slice(&[arguments]),
    }));
    alias.vectorcall.set(Some(alias_vectorcall));
    crate::gc::track(&object);
    Ok(object)
}

extern "C" fn get_parameters(object: &Object, _: *mut c_void) -> Result {
    Ok(object.expect::<GenericAlias>().parameters()?.into_object())
}

extern "C" fn get_unpacked_tuple_args(object: &Object, _: *mut c_void) -> Result {
    let alias = object.expect::<GenericAlias>();
    if alias.starred.get() && alias.origin().is(&crate::tuple::PyTuple_Type) {
        return Ok(alias.args().into_object());
    }
    Ok(none().to_ref())
}

#[pyfn("__mro_entries__($self, object, /)")]
fn mro_entries(alias: &GenericAlias, _object: &Object) -> Result {
    Ok(Tuple::from_vec(vec![alias.origin()]).into_object())
}

#[pyfn("__instancecheck__($self, object, /)")]
fn instancecheck(_alias: &GenericAlias, _object: &Object) -> Result {
    Err(type_error("isinstance() argument 2 cannot be a parameterized generic"))
}

#[pyfn("__subclasscheck__($self, object, /)")]
fn subclasscheck(_alias: &GenericAlias, _object: &Object) -> Result {
    Err(type_error("issubclass() argument 2 cannot be a parameterized generic"))
}

#[pyfn("__reduce__($self, /)")]
fn reduce(alias: &GenericAlias) -> Result {
    let (origin, args) = (alias.origin(), alias.args());
    if alias.starred.get() {
        let plain = GenericAlias::new(&origin, &args);
        let Some(next) = crate::interp::current().builtins.get().and_then(|b| b.get_str(id!("next"))) else {
            return Err(errors::attribute_error("next"));
        };
        let iterator = Object::iter(&plain)?;
        let args = Tuple::from_vec(vec![iterator]).into_object();
        return Ok(Tuple::from_vec(vec![next, args]).into_object());
    }
    let args = Tuple::from_vec(vec![origin, args.into_object()]).into_object();
    Ok(Tuple::from_vec(vec![Py_GenericAliasType.to_ref(), args]).into_object())
}

#[pyfn("__dir__($self, /)")]
fn dir(alias: &GenericAlias) -> Result<Ref<List>> {
    let names = alias.origin().dir()?;
    for own in [
        "__origin__",
        "__args__",
        "__parameters__",
        "__mro_entries__",
        "__reduce_ex__",
        "__reduce__",
        "__copy__",
        "__deepcopy__",
        "__unpacked__",
        "__typing_unpacked_tuple_args__",
        "__class__",
    ] {
        let name = Str::new(own);
        if !names.contains_item(&name)? {
            names.push(name.into_object());
        }
    }
    Ok(names)
}

/// The iterator that `*alias` uses: gives the starred alias once.
#[repr(C)]
pub struct AliasIterator {
    ob_base: Object,
    obj: Slot,
}

crate::object_type!(AliasIterator, _Py_GenericAliasIterType);

/// The type `generic_alias_iterator`.
#[unsafe(no_mangle)]
pub static _Py_GenericAliasIterType: TypeObject = TypeObject::of::<AliasIterator>(c"generic_alias_iterator")
    .flags(flags::HAVE_GC)
    .tp_dealloc(dealloc_gc::<AliasIterator>)
    .tp_traverse(iter_traverse)
    .tp_iter(iter_self)
    .tp_iternext(iter_next)
    .methods(&[iter_reduce::DEF, MethodDef::SENTINEL]);

crate::traverse!(iter_traverse, AliasIterator, |this, v| {
    v.slot(&this.obj)?;
});

extern "C" fn iter(object: &Object) -> Result {
    Ok(alloc::new_tracked(AliasIterator {
        ob_base: Object::new(&_Py_GenericAliasIterType),
        obj: Slot::new(object.to_ref()),
    })
    .into_object())
}

extern "C" fn iter_self(object: &Object) -> Result {
    Ok(object.to_ref())
}

extern "C" fn iter_next(object: &Object) -> NextResult {
    let taken = object.expect::<AliasIterator>().obj.take()?;
    let alias = taken.expect::<GenericAlias>();
    let starred = GenericAlias::new(&alias.origin(), &alias.args());
    starred.starred.set(true);
    Some(starred.into_object())
}

/// Return state information for pickling.
#[pyfn("__reduce__($self, /)")]
fn iter_reduce(iterator: &AliasIterator) -> Result {
    let builtins = crate::interp::current().builtins.get();
    let Some(iter) = builtins.and_then(|b| b.get_str(id!("iter"))) else {
        return Err(crate::errors::attribute_error("iter"));
    };
    let rest = iterator.obj.get().unwrap_or_else(|| Tuple::empty().to_ref());
    Ok(Tuple::from_vec(vec![iter, Tuple::from_vec(vec![rest]).into_object()]).into_object())
}
