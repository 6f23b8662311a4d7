//! The type `list`: slots and methods.

use super::{List, dealloc, subscript, tp_clear, traverse};
use crate::alloc;
use crate::defs::MethodDef;
use crate::errors::{self, index_error, type_error, value_error};
use crate::gc;
use crate::generic_alias::CLASS_GETITEM;
use crate::iterators::sequence::{ListIter, ListRevIter};
use crate::object::{Object, bool_object, not_implemented};
use crate::protocol::object::repr_enter;
use crate::reference::Ref;
use crate::result::{Result, int_result, unit_result};
use crate::slots::{CompareOp, MappingMethods, SequenceMethods};
use crate::str::Str;
use crate::str::search::Builder;
use crate::thread;
use crate::tuple::{self, Tuple};
use crate::typeobj::{TypeObject, flags};
use core::ffi::c_int;
use krait_macros::pyfn;

static AS_SEQUENCE: SequenceMethods = SequenceMethods::EMPTY
    .sq_length(length)
    .sq_concat(concat)
    .sq_repeat(repeat)
    .sq_item(sq_item)
    .sq_ass_item(sq_ass_item)
    .sq_contains(contains)
    .sq_inplace_concat(inplace_concat)
    .sq_inplace_repeat(inplace_repeat);
static AS_MAPPING: MappingMethods = MappingMethods::EMPTY
    .mp_length(length)
    .mp_subscript(subscript::subscript)
    .mp_ass_subscript(subscript::ass_subscript);

static METHODS: &[MethodDef] = &[
    getitem::DEF,
    reversed::DEF,
    sizeof::DEF,
    clear::DEF,
    copy::DEF,
    append::DEF,
    insert::DEF,
    extend::DEF,
    pop::DEF,
    remove::DEF,
    index::DEF,
    count::DEF,
    reverse::DEF,
    sort::DEF,
    CLASS_GETITEM,
    MethodDef::SENTINEL,
];

/// The type `list`.
#[unsafe(no_mangle)]
pub static PyList_Type: TypeObject = TypeObject::of::<List>(c"list")
    .flags(flags::HAVE_GC | flags::BASETYPE | flags::LIST_SUBCLASS | flags::SEQUENCE | flags::MATCH_SELF)
    .doc(c"list(iterable=(), /)\n--\n\nBuilt-in mutable sequence.\n\nIf no argument is given, the constructor creates a new empty list.\nThe argument must be an iterable if specified.")
    .tp_dealloc(dealloc)
    .tp_repr(repr)
    .tp_traverse(traverse)
    .tp_clear(tp_clear)
    .tp_richcompare(richcompare)
    .tp_iter(iter)
    .tp_init(init)
    .tp_new(new)
    .tp_vectorcall(vectorcall)
    .as_sequence(&AS_SEQUENCE)
    .as_mapping(&AS_MAPPING)
    .methods(METHODS);

extern "C" fn new(ty: &TypeObject, _args: &Tuple, _kwargs: Option<&Object>) -> Result {
    if ty.is_type(&PyList_Type) {
        return Ok(List::new().into_object());
    }
    let object = alloc::allocate(ty, 0)?;
    gc::track(&object);
    Ok(object)
}

extern "C" fn init(object: &Object, args: &Tuple, kwargs: Option<&Object>) -> c_int {
    unit_result((|| {
        // A subclass with a `__new__` of its own may be given keywords; `list` itself takes none.
        if object.ty().tp_new.get().is_some_and(|f| f as usize == new as *const () as usize) {
            tuple::no_keywords("list", kwargs)?;
        }
        fill(object.expect::<List>(), args.as_objects())
    })())
}

fn fill(list: &List, args: &[&Object]) -> Result<()> {
    let iterable = match args {
        [] => None,
        [iterable] => Some(*iterable),
        more => {
            crate::args::check_positional("list", more.len(), 0, 1)?;
            None
        }
    };
    list.clear();
    match iterable {
        Some(iterable) => list.extend(iterable),
        None => Ok(()),
    }
}

unsafe extern "C" fn vectorcall(
    ty: *mut Object,
    args: *const *mut Object,
    nargsf: usize,
    kwnames: *mut Object,
) -> Result {
    // SAFETY: the vectorcall protocol.
    let (ty, args, kwnames) = unsafe { crate::args::vectorcall(ty, args, nargsf, kwnames) };
    if kwnames.is_some_and(|k| !k.is_empty()) {
        return Err(type_error("list() takes no keyword arguments"));
    }
    crate::args::check_positional("list", args.len(), 0, 1)?;
    let made = new(ty.expect::<TypeObject>(), Tuple::empty(), None)?;
    fill(made.expect::<List>(), args)?;
    Ok(made)
}

extern "C" fn repr(object: &Object) -> Result {
    let list = object.expect::<List>();
    if list.is_empty() {
        return Ok(Str::new("[]").into_object());
    }
    let Some(_guard) = repr_enter(object) else { return Ok(Str::new("[...]").into_object()) };
    thread::check_recursion(" while getting the repr of an object")?;
    let mut out = Builder::new();
    out.push_char('['.into());
    let mut index = 0;
    while let Some(item) = list.get(index) {
        if index > 0 {
            out.push_str(", ");
        }
        out.push(&*item.repr()?);
        index += 1;
    }
    out.push_char(']'.into());
    Ok(out.finish().into_object())
}

extern "C" fn length(object: &Object) -> isize {
    object.expect::<List>().len() as isize
}

extern "C" fn concat(a: &Object, b: &Object) -> Result {
    let Some(other) = b.downcast::<List>() else {
        return Err(type_error(format!("can only concatenate list (not \"{}\") to list", b.type_name())));
    };
    let list = a.expect::<List>();
    let result = List::new();
    if !(list.is_empty() && other.is_empty()) {
        result.set_allocated(list.len() + other.len())?;
    }
    // SAFETY: cloning runs no Python code.
    unsafe {
        result.extend_items(list.as_slice())?;
        result.extend_items(other.as_slice())?;
    }
    Ok(result.into_object())
}

extern "C" fn repeat(object: &Object, times: isize) -> Result {
    let list = object.expect::<List>();
    let times = times.max(0) as usize;
    let result = List::new();
    if list.is_empty() || times == 0 {
        return Ok(result.into_object());
    }
    let Some(total) = list.len().checked_mul(times).filter(|&n| n <= isize::MAX as usize / 8) else {
        return Err(errors::memory_error());
    };
    result.set_allocated(total)?;
    // SAFETY: cloning runs no Python code.
    let items = unsafe { list.as_slice() };
    for _ in 0..times {
        result.extend_items(items)?;
    }
    Ok(result.into_object())
}

extern "C" fn sq_item(object: &Object, index: isize) -> Result {
    match usize::try_from(index).ok().and_then(|i| object.expect::<List>().get(i)) {
        Some(item) => Ok(item),
        None => Err(index_error("list index out of range")),
    }
}

extern "C" fn sq_ass_item(object: &Object, index: isize, value: Option<&Object>) -> c_int {
    unit_result(subscript::assign_item(object.expect::<List>(), index, value))
}

extern "C" fn contains(object: &Object, item: &Object) -> c_int {
    int_result(position(object.expect::<List>(), item, 0, usize::MAX).map(|at| at.is_some()))
}

/// The index of the first item in a range that equals `item`; the list may change while it is compared.
fn position(list: &List, item: &Object, start: usize, stop: usize) -> Result<Option<usize>> {
    let mut index = start;
    while index < stop {
        let Some(own) = list.get(index) else { return Ok(None) };
        if own.rich_compare_bool(item, CompareOp::Eq)? {
            return Ok(Some(index));
        }
        index += 1;
    }
    Ok(None)
}

extern "C" fn inplace_concat(object: &Object, other: &Object) -> Result {
    object.expect::<List>().extend(other)?;
    Ok(object.to_ref())
}

extern "C" fn inplace_repeat(object: &Object, times: isize) -> Result {
    let list = object.expect::<List>();
    let len = list.len();
    if len == 0 || times == 1 {
        return Ok(object.to_ref());
    }
    if times < 1 {
        list.clear();
        return Ok(object.to_ref());
    }
    let Some(total) = len.checked_mul(times as usize).filter(|&n| n <= isize::MAX as usize / 8) else {
        return Err(errors::memory_error());
    };
    list.reserve(total)?;
    for index in len..total {
        if let Some(item) = list.get(index - len) {
            list.try_push(item)?;
        }
    }
    Ok(object.to_ref())
}

extern "C" fn richcompare(a: &Object, b: &Object, op: c_int) -> Result {
    let (Some(x), Some(y)) = (a.downcast::<List>(), b.downcast::<List>()) else {
        return Ok(not_implemented().to_ref());
    };
    let op = CompareOp::from_int(op);
    if x.len() != y.len() && matches!(op, CompareOp::Eq | CompareOp::Ne) {
        return Ok(bool_object(op == CompareOp::Ne).to_ref());
    }
    thread::check_recursion(" in comparison")?;
    let mut index = 0;
    while let (Some(left), Some(right)) = (x.get(index), y.get(index)) {
        if !left.is(&right) && !left.rich_compare_bool(&right, CompareOp::Eq)? {
            return match op {
                CompareOp::Eq => Ok(bool_object(false).to_ref()),
                CompareOp::Ne => Ok(bool_object(true).to_ref()),
                _ => left.rich_compare(&right, op),
            };
        }
        index += 1;
    }
    Ok(bool_object(op.holds(x.len().cmp(&y.len()))).to_ref())
}

extern "C" fn iter(object: &Object) -> Result {
    Ok(ListIter::new(object.expect::<List>()).into_object())
}

/// Return self[index].
#[pyfn("__getitem__($self, index, /)", coexist)]
fn getitem(list: &Object, index: &Object) -> Result {
    subscript::subscript(list, index)
}

/// Return a reverse iterator over the list.
#[pyfn("__reversed__($self, /)")]
fn reversed(list: &List) -> Ref<ListRevIter> {
    ListRevIter::new(list)
}

/// Return the size of the list in memory, in bytes.
#[pyfn("__sizeof__($self, /)")]
fn sizeof(list: &List) -> usize {
    list.ty().tp_basicsize.get() as usize + list.capacity() * size_of::<usize>()
}

/// Remove all items from list.
#[pyfn("clear($self, /)")]
fn clear(list: &List) {
    list.clear();
}

/// Return a shallow copy of the list.
#[pyfn("copy($self, /)")]
fn copy(list: &List) -> Result<Ref<List>> {
    let result = List::with_capacity(list.len());
    // SAFETY: cloning runs no Python code.
    result.extend_items(unsafe { list.as_slice() })?;
    Ok(result)
}

/// Append object to the end of the list.
#[pyfn("append($self, object, /)")]
fn append(list: &List, object: &Object) -> Result<()> {
    list.try_push(object.to_ref())
}

/// Insert object before index.
#[pyfn("insert($self, index, object, /)")]
fn insert(list: &List, index: &Object, object: &Object) -> Result<()> {
    let index = index.as_isize(false)?;
    let len = list.len() as isize;
    let at = if index < 0 { (index + len).max(0) } else { index.min(len) };
    list.try_insert(at as usize, object.to_ref())
}

/// Extend list by appending elements from the iterable.
#[pyfn("extend($self, iterable, /)")]
fn extend(list: &List, iterable: &Object) -> Result<()> {
    list.extend(iterable)
}

/// Remove and return item at index (default last).
///
/// Raises IndexError if list is empty or index is out of range.
#[pyfn("pop($self, index=-1, /)")]
fn pop(list: &List, index: Option<&Object>) -> Result {
    let index = match index {
        Some(index) => index.as_isize(false)?,
        None => -1,
    };
    if list.is_empty() {
        return Err(index_error("pop from empty list"));
    }
    let index = if index < 0 { index + list.len() as isize } else { index };
    match usize::try_from(index).ok().and_then(|i| list.take_at(i)) {
        Some(item) => Ok(item),
        None => Err(index_error("pop index out of range")),
    }
}

/// Remove first occurrence of value.
///
/// Raises ValueError if the value is not present.
#[pyfn("remove($self, value, /)")]
fn remove(list: &List, value: &Object) -> Result<()> {
    match position(list, value, 0, usize::MAX)? {
        Some(at) => {
            drop(list.take_at(at));
            Ok(())
        }
        None => Err(value_error("list.remove(x): x not in list")),
    }
}

/// A bound of `index`, clipped; negative counts from the end.
pub(crate) fn bound(value: Option<&Object>, default: isize, len: usize) -> Result<usize> {
    let bound = match value {
        None => default,
        Some(value) if value.is_index() => value.as_isize(true)?,
        Some(_) => return Err(type_error("slice indices must be integers or have an __index__ method")),
    };
    Ok(if bound < 0 { bound.saturating_add(len as isize).max(0) } else { bound } as usize)
}

/// Return first index of value.
///
/// Raises ValueError if the value is not present.
#[pyfn("index($self, value, start=0, stop=sys.maxsize, /)")]
fn index(list: &List, value: &Object, start: Option<&Object>, stop: Option<&Object>) -> Result<usize> {
    let len = list.len();
    let (start, stop) = (bound(start, 0, len)?, bound(stop, isize::MAX, len)?);
    match position(list, value, start, stop)? {
        Some(at) => Ok(at),
        None => Err(value_error("list.index(x): x not in list")),
    }
}

/// Return number of occurrences of value.
#[pyfn("count($self, value, /)")]
fn count(list: &List, value: &Object) -> Result<usize> {
    let (mut index, mut found) = (0, 0);
    while let Some(item) = list.get(index) {
        if item.rich_compare_bool(value, CompareOp::Eq)? {
            found += 1;
        }
        index += 1;
    }
    Ok(found)
}

/// Reverse *IN PLACE*.
#[pyfn("reverse($self, /)")]
fn reverse(list: &List) {
    list.reverse();
}

/// Sort the list in ascending order and return None.
///
/// The sort is in-place (i.e. the list itself is modified) and stable
/// (i.e. the order of two equal elements is maintained).
///
/// If a key function is given, apply it once to each list item and sort
/// them, ascending or descending, according to their function values.
///
/// The reverse flag can be set to sort in descending order.
#[pyfn("sort($self, /, *, key=None, reverse=False)")]
fn sort(list: &List, key: Option<&Object>, reverse: bool) -> Result<()> {
    super::sort::sort(list, key, reverse)
}
