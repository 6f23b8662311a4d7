//! The type `dict`: slots and methods.

use super::Dict;
use super::iterators::{self, DictIter};
use super::keys::Keys;
use super::merge;
use super::values::Values;
use super::views;
use crate::alloc;
use crate::defs::MethodDef;
use crate::errors;
use crate::gc;
use crate::generic_alias::CLASS_GETITEM;
use crate::object::{Object, bool_object, none, not_implemented};
use crate::protocol::object::repr_enter;
use crate::reference::Ref;
use crate::result::{Result, int_result, unit_result};
use crate::slots::{CompareOp, MappingMethods, NumberMethods, SequenceMethods};
use crate::str::Str;
use crate::str::search::Builder;
use crate::tuple::Tuple;
use crate::typeobj::{TypeObject, flags};
use crate::{id, thread};
use core::ffi::c_int;
use krait_macros::pyfn;

static AS_NUMBER: NumberMethods = NumberMethods::EMPTY.nb_or(nb_or).nb_inplace_or(nb_inplace_or);
static AS_SEQUENCE: SequenceMethods = SequenceMethods::EMPTY.sq_contains(sq_contains);
static AS_MAPPING: MappingMethods =
    MappingMethods::EMPTY.mp_length(mp_length).mp_subscript(mp_subscript).mp_ass_subscript(mp_ass_subscript);

static METHODS: &[MethodDef] = &[
    contains::DEF,
    getitem::DEF,
    sizeof::DEF,
    get::DEF,
    setdefault::DEF,
    pop::DEF,
    popitem::DEF,
    keys::DEF,
    items::DEF,
    values::DEF,
    update::DEF,
    fromkeys::DEF,
    clear::DEF,
    copy::DEF,
    reversed::DEF,
    CLASS_GETITEM,
    MethodDef::SENTINEL,
];

/// The type `dict`.
#[unsafe(no_mangle)]
pub static PyDict_Type: TypeObject = TypeObject::of::<Dict>(c"dict")
    .flags(flags::HAVE_GC | flags::BASETYPE | flags::DICT_SUBCLASS | flags::MAPPING | flags::MATCH_SELF)
    .doc(c"dict() -> new empty dictionary\ndict(mapping) -> new dictionary initialized from a mapping object's\n    (key, value) pairs\ndict(iterable) -> new dictionary initialized as if via:\n    d = {}\n    for k, v in iterable:\n        d[k] = v\ndict(**kwargs) -> new dictionary initialized with the name=value pairs\n    in the keyword argument list.  For example:  dict(one=1, two=2)")
    .tp_dealloc(dealloc)
    .tp_repr(repr)
    .tp_traverse(traverse)
    .tp_clear(tp_clear)
    .tp_richcompare(richcompare)
    .tp_iter(iter)
    .tp_init(init)
    .tp_new(new)
    .tp_vectorcall(vectorcall)
    .as_number(&AS_NUMBER)
    .as_sequence(&AS_SEQUENCE)
    .as_mapping(&AS_MAPPING)
    .methods(METHODS);

crate::traverse!(traverse, Dict, |this, v| {
    if this.ma_keys.get().is_null() {
        return Ok(());
    }
    let table = this.table();
    match this.split_values() {
        // An instance visits its inline values itself.
        Some(values) if values.is_embedded() => {}
        Some(values) => {
            for n in 0..values.len() {
                if let Some(value) = values.peek(values.nth_index(n)) {
                    v.visit(value)?;
                }
            }
        }
        None => {
            for index in 0..table.entry_count() {
                if let Some(value) = table.value_at(index) {
                    v.visit(value)?;
                    if !table.is_unicode() {
                        if let Some(key) = table.key_at(index) {
                            v.visit(key)?;
                        }
                    }
                }
            }
        }
    }
});

unsafe extern "C" fn tp_clear(object: *mut Object) -> c_int {
    // SAFETY: called with a live instance.
    unsafe { &*object }.expect::<Dict>().clear();
    0
}

unsafe extern "C" fn dealloc(object: *mut Object) {
    // SAFETY: a dead dict, whose table and values are given up once.
    unsafe {
        let dict = &*object.cast::<Dict>();
        gc::untrack(dict);
        let values = dict.ma_values.get();
        if !values.is_null() && !(*values).is_embedded() {
            Values::release(values);
        }
        let keys = dict.ma_keys.get();
        if !keys.is_null() {
            Keys::release(keys);
        }
        match dict.ty().tp_free.get() {
            Some(free) => free(object.cast()),
            None => alloc::free_object(object),
        }
    }
}

/// `dict.__new__`: empty; a subclass's instance lives in memory of the subclass's size.
extern "C" fn new(ty: &TypeObject, _args: &Tuple, _kwargs: Option<&Object>) -> Result {
    if ty.is_type(&PyDict_Type) {
        return Ok(Dict::new().into_object());
    }
    let object = alloc::allocate(ty, 0)?;
    object.expect::<Dict>().ma_keys.set(Keys::empty());
    gc::track(&object);
    Ok(object)
}

extern "C" fn init(object: &Object, args: &Tuple, kwargs: Option<&Object>) -> c_int {
    let kwargs = kwargs.and_then(|k| k.downcast::<Dict>());
    unit_result(update_from(object.expect::<Dict>(), "dict", args.as_objects(), kwargs))
}

unsafe extern "C" fn vectorcall(
    ty: *mut Object,
    args: *const *mut Object,
    nargsf: usize,
    kwnames: *mut Object,
) -> Result {
    // SAFETY: the vectorcall protocol: `nargs` arguments and a value for each name.
    let (ty, args, kwnames) = unsafe { crate::args::vectorcall(ty, args, nargsf, kwnames) };
    let keywords = kwnames.map_or(0, Tuple::len);
    let (positional, values) = args.split_at(args.len() - keywords);
    if positional.len() > 1 {
        let given = positional.len();
        return Err(errors::type_error(format!("dict expected at most 1 argument, got {given}")));
    }
    let made = new(ty.expect::<TypeObject>(), Tuple::empty(), None)?;
    let dict = made.expect::<Dict>();
    if let [source] = positional {
        merge::update_from(dict, source)?;
    }
    for (name, value) in kwnames.map_or(&[][..], Tuple::as_objects).iter().zip(values) {
        dict.set(name, value)?;
    }
    Ok(made)
}

/// What `dict()` and `dict.update` share: at most one source, then keywords.
fn update_from(dict: &Dict, function: &str, args: &[&Object], kwargs: Option<&Dict>) -> Result<()> {
    match args {
        [] => {}
        [source] => merge::update_from(dict, source)?,
        more => {
            let given = more.len();
            return Err(errors::type_error(format!("{function} expected at most 1 argument, got {given}")));
        }
    }
    let Some(kwargs) = kwargs else { return Ok(()) };
    if !kwargs.table().is_unicode() && kwargs.keys().iter().any(|k| k.downcast::<Str>().is_none()) {
        return Err(errors::type_error("keywords must be strings"));
    }
    dict.merge(kwargs, true)
}

extern "C" fn repr(object: &Object) -> Result {
    let dict = object.expect::<Dict>();
    let Some(_guard) = repr_enter(object) else { return Ok(Str::new("{...}").into_object()) };
    if dict.is_empty() {
        return Ok(Str::new("{}").into_object());
    }
    thread::check_recursion(" while getting the repr of an object")?;
    let mut out = Builder::new();
    out.push_char('{'.into());
    let mut position = 0;
    let mut first = true;
    while let Some((key, value)) = dict.next(&mut position) {
        if !core::mem::take(&mut first) {
            out.push_str(", ");
        }
        out.push(&*key.repr()?);
        out.push_str(": ");
        out.push(&*value.repr()?);
    }
    out.push_char('}'.into());
    Ok(out.finish().into_object())
}

/// Same keys with equal values?
pub(super) fn equal(a: &Dict, b: &Dict) -> Result<bool> {
    if a.len() != b.len() {
        return Ok(false);
    }
    let mut position = 0;
    loop {
        let (key, value, hash) = match a.next_entry(&mut position) {
            Some((key, value, hash)) => (key.to_ref(), value.to_ref(), hash),
            None => return Ok(true),
        };
        let Some(other) = b.get_known_hash(&key, hash)? else { return Ok(false) };
        if !other.rich_compare_bool(&value, CompareOp::Eq)? {
            return Ok(false);
        }
    }
}

extern "C" fn richcompare(a: &Object, b: &Object, op: c_int) -> Result {
    let op = CompareOp::from_int(op);
    match (op, a.downcast::<Dict>(), b.downcast::<Dict>()) {
        (CompareOp::Eq | CompareOp::Ne, Some(x), Some(y)) => {
            thread::check_recursion(" in comparison")?;
            Ok(bool_object(equal(x, y)? == (op == CompareOp::Eq)).to_ref())
        }
        _ => Ok(not_implemented().to_ref()),
    }
}

extern "C" fn iter(object: &Object) -> Result {
    Ok(DictIter::new(object.expect::<Dict>(), &iterators::PyDictIterKey_Type).into_object())
}

extern "C" fn nb_or(a: &Object, b: &Object) -> Result {
    let (Some(x), Some(_)) = (a.downcast::<Dict>(), b.downcast::<Dict>()) else {
        return Ok(not_implemented().to_ref());
    };
    let made = x.copy()?;
    merge::update_from(&made, b)?;
    Ok(made.into_object())
}

extern "C" fn nb_inplace_or(a: &Object, b: &Object) -> Result {
    merge::update_from(a.expect::<Dict>(), b)?;
    Ok(a.to_ref())
}

extern "C" fn sq_contains(object: &Object, key: &Object) -> c_int {
    int_result(object.expect::<Dict>().contains(key))
}

extern "C" fn mp_length(object: &Object) -> isize {
    object.expect::<Dict>().len() as isize
}

extern "C" fn mp_subscript(object: &Object, key: &Object) -> Result {
    match object.expect::<Dict>().get(key)? {
        Some(value) => Ok(value),
        None => missing(object, key),
    }
}

#[cold]
fn missing(object: &Object, key: &Object) -> Result {
    if object.downcast_exact::<Dict>().is_none() {
        if let Some(value) = object.call_special(id!("__missing__"), &[key])? {
            return Ok(value);
        }
    }
    Err(errors::key_error(key))
}

extern "C" fn mp_ass_subscript(object: &Object, key: &Object, value: Option<&Object>) -> c_int {
    let dict = object.expect::<Dict>();
    unit_result(match value {
        Some(value) => dict.set(key, value),
        None => match dict.remove(key) {
            Ok(true) => Ok(()),
            Ok(false) => Err(errors::key_error(key)),
            Err(raised) => Err(raised),
        },
    })
}

/// True if the dictionary has the specified key, else False.
#[pyfn("__contains__($self, key, /)", coexist)]
fn contains(dict: &Dict, key: &Object) -> Result<bool> {
    dict.contains(key)
}

/// Return self[key].
#[pyfn("__getitem__($self, key, /)", coexist)]
fn getitem(dict: &Object, key: &Object) -> Result {
    mp_subscript(dict, key)
}

/// Return the size of the dict in memory.
#[pyfn("__sizeof__($self, /)")]
fn sizeof(dict: &Dict) -> usize {
    dict.size_of()
}

/// Return the value for key if key is in the dictionary, else default.
#[pyfn("get($self, key, default=None, /)")]
fn get(dict: &Dict, key: &Object, default: Option<&Object>) -> Result {
    Ok(match dict.get(key)? {
        Some(value) => value,
        None => default.unwrap_or(none()).to_ref(),
    })
}

/// Insert key with a value of default if key is not in the dictionary.
///
/// Return the value for key if key is in the dictionary, else default.
#[pyfn("setdefault($self, key, default=None, /)")]
fn setdefault(dict: &Dict, key: &Object, default: Option<&Object>) -> Result {
    dict.set_default(key, default.unwrap_or(none()))
}

/// D.pop(k[,d]) -> v, remove specified key and return the corresponding value.
///
/// If the key is not found, return the default if given; otherwise,
/// raise a KeyError.
#[pyfn("pop($self, key, default=<unrepresentable>, /)")]
fn pop(dict: &Dict, key: &Object, default: Option<&Object>) -> Result {
    match (dict.pop(key)?, default) {
        (Some(value), _) => Ok(value),
        (None, Some(default)) => Ok(default.to_ref()),
        (None, None) => Err(errors::key_error(key)),
    }
}

/// Remove and return a (key, value) pair as a 2-tuple.
///
/// Pairs are returned in LIFO (last-in, first-out) order.
/// Raises KeyError if the dict is empty.
#[pyfn("popitem($self, /)")]
fn popitem(dict: &Dict) -> Result<(Ref<Object>, Ref<Object>)> {
    match dict.pop_last()? {
        Some(pair) => Ok(pair),
        None => Err(errors::key_error(&Str::new("popitem(): dictionary is empty"))),
    }
}

/// Return a set-like object providing a view on the dict's keys.
#[pyfn("keys($self, /)")]
fn keys(dict: &Dict) -> Ref<views::DictView> {
    views::DictView::new(dict, &views::PyDictKeys_Type)
}

/// Return a set-like object providing a view on the dict's items.
#[pyfn("items($self, /)")]
fn items(dict: &Dict) -> Ref<views::DictView> {
    views::DictView::new(dict, &views::PyDictItems_Type)
}

/// Return an object providing a view on the dict's values.
#[pyfn("values($self, /)")]
fn values(dict: &Dict) -> Ref<views::DictView> {
    views::DictView::new(dict, &views::PyDictValues_Type)
}

/// D.update([E, ]**F) -> None.  Update D from mapping/iterable E and F.
/// If E is present and has a .keys() method, then does:  for k in E.keys(): D[k] = E[k]
/// If E is present and lacks a .keys() method, then does:  for k, v in E: D[k] = v
/// In either case, this is followed by: for k in F:  D[k] = F[k]
#[pyfn("update($self, *args, **kwargs)", raw, nosig)]
fn update(slf: &Object, args: &[&Object], kwnames: Option<&Tuple>) -> Result {
    let dict = slf.expect::<Dict>();
    let keywords = kwnames.map_or(0, Tuple::len);
    let (positional, values) = args.split_at(args.len() - keywords);
    update_from(dict, "update", positional, None)?;
    for (name, value) in kwnames.map_or(&[][..], Tuple::as_objects).iter().zip(values) {
        dict.set(name, value)?;
    }
    Ok(none().to_ref())
}

/// Create a new dictionary with keys from iterable and values set to value.
#[pyfn("fromkeys($type, iterable, value=None, /)", class)]
fn fromkeys(class: &Object, iterable: &Object, value: Option<&Object>) -> Result {
    merge::from_keys(class, iterable, value.unwrap_or(none()))
}

/// Remove all items from the dict.
#[pyfn("clear($self, /)")]
fn clear(dict: &Dict) {
    dict.clear();
}

/// Return a shallow copy of the dict.
#[pyfn("copy($self, /)")]
fn copy(dict: &Dict) -> Result<Ref<Dict>> {
    dict.copy()
}

/// Return a reverse iterator over the dict keys.
#[pyfn("__reversed__($self, /)")]
fn reversed(dict: &Dict) -> Ref<DictIter> {
    DictIter::new(dict, &iterators::PyDictRevIterKey_Type)
}
