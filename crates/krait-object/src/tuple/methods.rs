//! The type `tuple`: slots and methods; hash and comparison of items, which other types use too.

use super::{Tuple, free_list, may_be_tracked};
use crate::alloc;
use crate::defs::MethodDef;
use crate::errors::{self, index_error, type_error, value_error};
use crate::gc::{self, GcHead};
use crate::generic_alias::CLASS_GETITEM;
use crate::iterators::sequence::TupleIter;
use crate::list::methods::bound;
use crate::object::{Object, bool_object, not_implemented};
use crate::protocol::object::repr_enter;
use crate::reference::Ref;
use crate::result::{Result, int_result, len_result};
use crate::slice::Slice;
use crate::slots::{CompareOp, MappingMethods, SequenceMethods};
use crate::str::Str;
use crate::str::search::Builder;
use crate::thread;
use crate::typeobj::{TypeObject, flags};
use crate::{Dict, List};
use core::ffi::c_int;
use krait_macros::pyfn;

static AS_SEQUENCE: SequenceMethods = SequenceMethods::EMPTY
    .sq_length(length)
    .sq_concat(concat)
    .sq_repeat(repeat)
    .sq_item(sq_item)
    .sq_contains(contains);
static AS_MAPPING: MappingMethods = MappingMethods::EMPTY.mp_length(length).mp_subscript(subscript);

/// The type `tuple`.
#[unsafe(no_mangle)]
pub static PyTuple_Type: TypeObject = TypeObject::new(c"tuple", size_of::<Tuple>())
    .itemsize(size_of::<usize>())
    .flags(flags::HAVE_GC | flags::BASETYPE | flags::TUPLE_SUBCLASS | flags::SEQUENCE | flags::MATCH_SELF)
    .doc(c"tuple(iterable=(), /)\n--\n\nBuilt-in immutable sequence.\n\nIf no argument is given, the constructor returns an empty tuple.\nIf iterable is specified the tuple is initialized from iterable's items.\n\nIf the argument is a tuple, the return value is the same object.")
    .tp_dealloc(dealloc)
    .tp_repr(repr)
    .tp_hash(hash)
    .tp_traverse(traverse)
    .tp_richcompare(richcompare)
    .tp_iter(iter)
    .tp_new(new)
    .tp_vectorcall(vectorcall)
    .as_sequence(&AS_SEQUENCE)
    .as_mapping(&AS_MAPPING)
    .methods(&[getnewargs::DEF, index::DEF, count::DEF, CLASS_GETITEM, MethodDef::SENTINEL]);

crate::traverse!(traverse, Tuple, |this, v| {
    for item in this.items_so_far() {
        v.visit(item)?;
    }
});

unsafe extern "C" fn dealloc(object: *mut Object) {
    // SAFETY: a dead tuple; its items are dropped once.
    unsafe {
        let tuple = &*object.cast::<Tuple>();
        gc::untrack(tuple);
        let len = tuple.len();
        for index in (0..len).rev() {
            let item = tuple.items_ptr().add(index).cast::<*mut Object>().read();
            drop(Ref::from_owned_opt(item));
        }
        if core::ptr::eq(tuple.type_ptr(), &raw const PyTuple_Type) {
            let block = object.cast::<u8>().sub(size_of::<GcHead>());
            if !free_list::keep(block, len) {
                alloc::free(block.cast());
            }
            return;
        }
        match tuple.ty().tp_free.get() {
            Some(free) => free(object.cast()),
            None => alloc::free_object(object),
        }
    }
}

impl Tuple {
    /// The items of a tuple that may be under construction: unwritten places are null.
    fn items_so_far(&self) -> impl Iterator<Item = &Object> {
        // SAFETY: each place is null or an owned object.
        (0..self.len()).filter_map(|i| unsafe { (*self.items_ptr().add(i).cast::<*mut Object>()).as_ref() })
    }
}

/// TypeError "f() takes no keyword arguments" if there are any (`_PyArg_NoKeywords`).
pub fn no_keywords(function: &str, kwargs: Option<&Object>) -> Result<()> {
    match kwargs.and_then(|k| k.downcast::<Dict>()) {
        Some(dict) if !dict.is_empty() => Err(type_error(format!("{function}() takes no keyword arguments"))),
        _ => Ok(()),
    }
}

extern "C" fn new(ty: &TypeObject, args: &Tuple, kwargs: Option<&Object>) -> Result {
    if ty.is_type(&PyTuple_Type) || ty.tp_init.get().is_none() {
        no_keywords("tuple", kwargs)?;
    }
    make(ty, args.as_objects())
}

fn make(ty: &TypeObject, args: &[&Object]) -> Result {
    crate::args::check_positional("tuple", args.len(), 0, 1)?;
    let items = match args {
        [iterable] => iterable.to_tuple()?,
        _ => Ref::from_borrowed(Tuple::empty()),
    };
    if ty.is_type(&PyTuple_Type) {
        return Ok(items.into_object());
    }
    let object = alloc::allocate(ty, items.len())?;
    let tuple = object.expect::<Tuple>();
    tuple.ob_base.ob_size.set(items.len() as isize);
    tuple.ob_hash.set(-1);
    for (index, item) in items.as_slice().iter().enumerate() {
        // SAFETY: allocated with room for that many items.
        unsafe { tuple.items_ptr().add(index).write(item.clone()) };
    }
    gc::track(&object);
    Ok(object)
}

unsafe extern "C" fn vectorcall(
    ty: *mut Object,
    args: *const *mut Object,
    nargsf: usize,
    kwnames: *mut Object,
) -> Result {
    // SAFETY: the vectorcall protocol.
    let (ty, args, kwnames) = unsafe { crate::args::vectorcall(ty, args, nargsf, kwnames) };
    crate::args::no_keywords("tuple", kwnames.map_or(0, Tuple::len))?;
    make(ty.expect::<TypeObject>(), args)
}

extern "C" fn repr(object: &Object) -> Result {
    let items = object.expect::<Tuple>().as_objects();
    if items.is_empty() {
        return Ok(Str::new("()").into_object());
    }
    let Some(_guard) = repr_enter(object) else { return Ok(Str::new("(...)").into_object()) };
    thread::check_recursion(" while getting the repr of an object")?;
    let mut out = Builder::new();
    out.push_char('('.into());
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push_str(", ");
        }
        out.push(&*item.repr()?);
    }
    out.push_str(if items.len() == 1 { ",)" } else { ")" });
    Ok(out.finish().into_object())
}

/// The hash of a sequence of hashes (a variant of xxHash).
pub struct Hasher(u64);

const PRIME1: u64 = 11_400_714_785_074_694_791;
const PRIME2: u64 = 14_029_467_366_897_019_727;
const PRIME5: u64 = 2_870_177_450_012_600_261;

impl Hasher {
    /// The hash of nothing yet.
    #[expect(clippy::new_without_default, reason = "a hasher is made to be fed")]
    pub fn new() -> Hasher {
        Hasher(PRIME5)
    }

    /// Mixes in the next item's hash.
    #[inline(always)]
    pub fn add(&mut self, hash: isize) {
        let lane = (hash as u64).wrapping_mul(PRIME2);
        self.0 = self.0.wrapping_add(lane).rotate_left(31).wrapping_mul(PRIME1);
    }

    /// The hash of `len` items.
    #[inline(always)]
    pub fn finish(self, len: usize) -> isize {
        Hasher(self.0.wrapping_add(len as u64 ^ (PRIME5 ^ 3_527_539))).finish_unsized()
    }

    /// The hash without the length mixed in.
    pub fn finish_unsized(self) -> isize {
        if self.0 == u64::MAX { 1_546_275_796 } else { self.0 as isize }
    }
}

extern "C" fn hash(object: &Object) -> isize {
    let tuple = object.expect::<Tuple>();
    let cached = tuple.ob_hash.get();
    if cached != -1 {
        return cached;
    }
    len_result((|| {
        let mut hasher = Hasher::new();
        for item in tuple.as_objects() {
            hasher.add(item.hash()?);
        }
        let hash = hasher.finish(tuple.len());
        tuple.ob_hash.set(hash);
        Ok(hash)
    })())
}

/// `a OP b` of two sequences of items, which both callers keep alive.
pub fn compare_items(a: &[Ref<Object>], b: &[Ref<Object>], op: CompareOp) -> Result {
    thread::check_recursion(" in comparison")?;
    for (left, right) in a.iter().zip(b) {
        if !left.is(right) && !left.rich_compare_bool(right, CompareOp::Eq)? {
            return match op {
                CompareOp::Eq => Ok(bool_object(false).to_ref()),
                CompareOp::Ne => Ok(bool_object(true).to_ref()),
                _ => left.rich_compare(right, op),
            };
        }
    }
    Ok(bool_object(op.holds(a.len().cmp(&b.len()))).to_ref())
}

extern "C" fn richcompare(a: &Object, b: &Object, op: c_int) -> Result {
    match (a.downcast::<Tuple>(), b.downcast::<Tuple>()) {
        (Some(x), Some(y)) => compare_items(x.as_slice(), y.as_slice(), CompareOp::from_int(op)),
        _ => Ok(not_implemented().to_ref()),
    }
}

extern "C" fn iter(object: &Object) -> Result {
    Ok(TupleIter::new(object.expect::<Tuple>()).into_object())
}

extern "C" fn length(object: &Object) -> isize {
    object.expect::<Tuple>().len() as isize
}

extern "C" fn sq_item(object: &Object, index: isize) -> Result {
    match usize::try_from(index).ok().and_then(|i| object.expect::<Tuple>().get(i)) {
        Some(item) => Ok(item.to_ref()),
        None => Err(index_error("tuple index out of range")),
    }
}

extern "C" fn contains(object: &Object, item: &Object) -> c_int {
    int_result((|| {
        for own in object.expect::<Tuple>().as_objects() {
            if own.rich_compare_bool(item, CompareOp::Eq)? {
                return Ok(true);
            }
        }
        Ok(false)
    })())
}

extern "C" fn concat(a: &Object, b: &Object) -> Result {
    let (x, y) = match (a.downcast_exact::<Tuple>(), b.downcast_exact::<Tuple>()) {
        (Some(x), _) if x.is_empty() && b.downcast_exact::<Tuple>().is_some() => return Ok(b.to_ref()),
        (_, Some(y)) if y.is_empty() && a.downcast_exact::<Tuple>().is_some() => return Ok(a.to_ref()),
        (Some(x), Some(y)) => (x, y),
        _ => match b.downcast::<Tuple>() {
            Some(y) => (a.expect::<Tuple>(), y),
            None => {
                let name = b.type_name();
                return Err(type_error(format!("can only concatenate tuple (not \"{name}\") to tuple")));
            }
        },
    };
    let len = x.len() + y.len();
    Ok(Tuple::from_exact_iter(len, x.as_slice().iter().chain(y.as_slice()).cloned()).into_object())
}

extern "C" fn repeat(object: &Object, times: isize) -> Result {
    let tuple = object.expect::<Tuple>();
    if (tuple.is_empty() || times == 1) && object.downcast_exact::<Tuple>().is_some() {
        return Ok(object.to_ref());
    }
    if tuple.is_empty() || times <= 0 {
        return Ok(Tuple::empty().to_ref());
    }
    let Some(total) = tuple.len().checked_mul(times as usize).filter(|&n| n <= isize::MAX as usize / 16)
    else {
        return Err(errors::memory_error());
    };
    if !alloc::can_allocate(total * size_of::<usize>()) {
        return Err(errors::memory_error());
    }
    Ok(Tuple::from_exact_iter(total, tuple.as_slice().iter().cycle().cloned()).into_object())
}

extern "C" fn subscript(object: &Object, key: &Object) -> Result {
    let tuple = object.expect::<Tuple>();
    if key.is_index() {
        let index = key.as_subscript()?;
        return sq_item(object, if index < 0 { index + tuple.len() as isize } else { index });
    }
    let Some(slice) = key.downcast::<Slice>() else {
        let name = key.type_name();
        return Err(type_error(format!("tuple indices must be integers or slices, not {name}")));
    };
    let indices = slice.adjust(tuple.len())?;
    if indices.len == tuple.len() && indices.step == 1 && object.downcast_exact::<Tuple>().is_some() {
        return Ok(object.to_ref());
    }
    let items = tuple.as_slice();
    Ok(Tuple::from_exact_iter(indices.len, indices.iter().map(|i| items[i].clone())).into_object())
}

#[pyfn("__getnewargs__($self, /)")]
fn getnewargs(tuple: &Tuple) -> Ref<Tuple> {
    let copy = Tuple::from_exact_iter(tuple.len(), tuple.as_slice().iter().cloned());
    Tuple::from_vec(vec![copy.into_object()])
}

/// Return first index of value.
///
/// Raises ValueError if the value is not present.
#[pyfn("index($self, value, start=0, stop=sys.maxsize, /)")]
fn index(tuple: &Tuple, value: &Object, start: Option<&Object>, stop: Option<&Object>) -> Result<usize> {
    let len = tuple.len();
    let (start, stop) = (bound(start, 0, len)?, bound(stop, isize::MAX, len)?);
    for (at, item) in tuple.as_objects().iter().enumerate().take(stop.min(len)).skip(start) {
        if item.rich_compare_bool(value, CompareOp::Eq)? {
            return Ok(at);
        }
    }
    Err(value_error("tuple.index(x): x not in tuple"))
}

/// Return number of occurrences of value.
#[pyfn("count($self, value, /)")]
fn count(tuple: &Tuple, value: &Object) -> Result<usize> {
    let mut found = 0;
    for item in tuple.as_objects() {
        if item.rich_compare_bool(value, CompareOp::Eq)? {
            found += 1;
        }
    }
    Ok(found)
}

impl Object {
    /// `tuple(self)`: an exact tuple is itself.
    pub fn to_tuple(&self) -> Result<Ref<Tuple>> {
        if let Some(tuple) = self.downcast_exact::<Tuple>() {
            return Ok(Ref::from_borrowed(tuple));
        }
        if let Some(list) = self.downcast_exact::<List>() {
            return Ok(list.to_tuple());
        }
        let items = List::new();
        items.extend(self)?;
        Ok(items.to_tuple())
    }
}

/// Tracks a tuple whose items were written by hand, if they may be part of a cycle.
pub fn track_if_needed(tuple: &Tuple) {
    if tuple.as_objects().iter().any(|o| may_be_tracked(o)) {
        gc::track(tuple);
    }
}
