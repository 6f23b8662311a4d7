//! Slots of the type `str`, its constructor and its iterators.

use super::search::{Builder, needle};
use super::{PyUnicode_Type, Str, escape, methods};
use crate::args::parse_init;
use crate::errors::type_error;
use crate::object::{Object, bool_object, not_implemented};
use crate::reference::{Ref, Slot};
use crate::result::{NextResult, Result, int_result};
use crate::slots::{CompareOp, MappingMethods, NumberMethods, SequenceMethods};
use crate::tuple::Tuple;
use crate::typeobj::{TypeObject, flags};
use crate::{Dict, Int, alloc, dealloc, gc};
use core::cell::Cell;
use core::cmp::Ordering;
use core::ffi::c_int;

static AS_NUMBER: NumberMethods = NumberMethods::EMPTY.nb_remainder(remainder);
static AS_SEQUENCE: SequenceMethods = SequenceMethods::EMPTY
    .sq_length(length)
    .sq_concat(concat)
    .sq_repeat(repeat)
    .sq_item(item)
    .sq_contains(contains);
static AS_MAPPING: MappingMethods = MappingMethods::EMPTY.mp_length(length).mp_subscript(subscript);

/// The slots of `str`.
pub(super) const fn str_type(ty: TypeObject) -> TypeObject {
    ty.flags(flags::BASETYPE | flags::UNICODE_SUBCLASS | flags::MATCH_SELF)
        .doc(c"str(object='') -> str\nstr(bytes_or_buffer[, encoding[, errors]]) -> str\n\nCreate a new string object from the given object. If encoding or\nerrors is specified, then the object must expose a data buffer\nthat will be decoded using the given encoding and error handler.\nOtherwise, returns the result of object.__str__() (if defined)\nor repr(object).\nencoding defaults to 'utf-8'.\nerrors defaults to 'strict'.")
        .tp_dealloc(str_dealloc)
        .tp_repr(repr)
        .tp_str(str_)
        .tp_hash(str_hash)
        .tp_iter(iter)
        .tp_richcompare(richcompare)
        .tp_new(new)
        .as_number(&AS_NUMBER)
        .as_sequence(&AS_SEQUENCE)
        .as_mapping(&AS_MAPPING)
        .methods(methods::METHODS)
}

unsafe extern "C" fn str_dealloc(object: *mut Object) {
    // SAFETY: a dead string, still readable; its caches are freed once.
    unsafe {
        (*object).expect::<Str>().free_caches();
        dealloc::dealloc_plain::<Str>(object);
    }
}

extern "C" fn repr(object: &Object) -> Result {
    Ok(escape::repr(object.expect(), false).into_object())
}

extern "C" fn str_(object: &Object) -> Result {
    Ok(object.expect::<Str>().exact().into_object())
}

extern "C" fn str_hash(object: &Object) -> isize {
    object.expect::<Str>().hash()
}

extern "C" fn length(object: &Object) -> isize {
    object.expect::<Str>().len() as isize
}

extern "C" fn concat(a: &Object, b: &Object) -> Result {
    let Some(other) = b.downcast::<Str>() else {
        return Err(type_error(format!("can only concatenate str (not \"{}\") to str", b.type_name())));
    };
    Ok(a.expect::<Str>().concat(other).into_object())
}

extern "C" fn repeat(a: &Object, count: isize) -> Result {
    Ok(a.expect::<Str>().repeat(usize::try_from(count).unwrap_or(0))?.into_object())
}

extern "C" fn item(a: &Object, index: isize) -> Result {
    methods::at_index(a.expect(), index)
}

extern "C" fn contains(a: &Object, b: &Object) -> c_int {
    int_result(match b.downcast::<Str>() {
        Some(sub) => {
            let chars = a.expect::<Str>().chars();
            Ok(chars.find(&needle(&chars, sub.chars())).is_some())
        }
        None => {
            Err(type_error(format!("'in <string>' requires string as left operand, not {}", b.type_name())))
        }
    })
}

extern "C" fn subscript(a: &Object, key: &Object) -> Result {
    let s = a.expect::<Str>();
    if key.is_index() {
        return methods::at_index(s, key.as_subscript()?);
    }
    let Some(slice) = key.downcast::<crate::slice::Slice>() else {
        return Err(type_error(format!("string indices must be integers, not '{}'", key.type_name())));
    };
    let indices = slice.adjust(s.len())?;
    if indices.step == 1 {
        let start = indices.start as usize;
        return Ok(s.part(start, start + indices.len).into_object());
    }
    let chars = s.chars();
    let mut out = Builder::new();
    for i in 0..indices.len {
        out.push_char(chars.at((indices.start + i as isize * indices.step) as usize));
    }
    Ok(out.finish().into_object())
}

extern "C" fn remainder(a: &Object, b: &Object) -> Result {
    match a.downcast::<Str>() {
        Some(template) => Ok(super::percent::format(template, b)?.into_object()),
        None => Ok(not_implemented().to_ref()),
    }
}

impl Str {
    /// Order by code points.
    pub fn compare(&self, other: &Str) -> Ordering {
        match (self.chars(), other.chars()) {
            (super::Chars::Latin1(a), super::Chars::Latin1(b)) => a.cmp(b),
            (a, b) => a.iter().cmp(b.iter()),
        }
    }
}

extern "C" fn richcompare(a: &Object, b: &Object, op: c_int) -> Result {
    let (Some(x), Some(y)) = (a.downcast::<Str>(), b.downcast::<Str>()) else {
        return Ok(not_implemented().to_ref());
    };
    let holds = match CompareOp::from_int(op) {
        CompareOp::Eq => x.eq(y),
        CompareOp::Ne => !x.eq(y),
        op => op.holds(x.compare(y)),
    };
    Ok(bool_object(holds).to_ref())
}

extern "C" fn new(ty: &TypeObject, args: &Tuple, kwargs: Option<&Object>) -> Result {
    let kwargs = kwargs.and_then(|k| k.downcast::<Dict>());
    let values = parse_init("str", &["object", "encoding", "errors"], 0, args, kwargs)?;
    let text = match &values[0] {
        None => Str::empty().into(),
        Some(object) if values[1].is_none() && values[2].is_none() => object.str()?,
        Some(object) => {
            let name = |value: &Option<Ref<Object>>, which: &str, default: &str| -> Result<String> {
                match value {
                    None => Ok(default.to_owned()),
                    Some(v) => match v.downcast::<Str>() {
                        Some(text) => Ok(text.to_string_lossy()),
                        None => Err(type_error(format!(
                            "str() argument '{which}' must be str, not {}",
                            v.type_name()
                        ))),
                    },
                }
            };
            let encoding = name(&values[1], "encoding", "utf-8")?;
            let errors = name(&values[2], "errors", "strict")?;
            decode_object(object, &encoding, &errors)?
        }
    };
    if ty.is_type(&PyUnicode_Type) {
        return Ok(text.into_object());
    }
    into_subtype(ty, &text)
}

fn decode_object(object: &Object, encoding: &str, errors: &str) -> Result<Ref<Str>> {
    if object.downcast::<Str>().is_some() {
        return Err(type_error("decoding str is not supported"));
    }
    let Some(bytes) = crate::buffer::copy_of_bytes(object)? else {
        return Err(type_error(format!(
            "decoding to str: need a bytes-like object, {} found",
            object.type_name()
        )));
    };
    crate::codecs::decode_text(&bytes, encoding, errors)
}

/// Copies text into an instance of a subclass, whose characters live apart from it.
fn into_subtype(ty: &TypeObject, text: &Str) -> Result {
    let object = alloc::alloc_instance(ty, 0)?;
    object.expect::<Str>().adopt_characters(text)?;
    if ty.is_gc_type() {
        gc::track(&object);
    }
    Ok(object)
}

/// `str_iterator` and `str_ascii_iterator`.
#[repr(C)]
pub struct StrIterator {
    ob_base: Object,
    index: Cell<usize>,
    text: Slot<Str>,
}

crate::object_type!(StrIterator, PyUnicodeIter_Type);

crate::traverse!(iter_traverse, StrIterator, |this, v| {
    v.slot(&this.text)?;
});

static ITER_METHODS: &[crate::MethodDef] = &[
    iter_methods::length_hint::DEF,
    iter_methods::reduce::DEF,
    iter_methods::setstate::DEF,
    crate::MethodDef::SENTINEL,
];

const fn iter_type(ty: TypeObject) -> TypeObject {
    ty.flags(flags::HAVE_GC)
        .tp_dealloc(dealloc::dealloc_gc::<StrIterator>)
        .tp_traverse(iter_traverse)
        .tp_iter(iter_self)
        .tp_iternext(iter_next)
        .methods(ITER_METHODS)
}

/// The type `str_iterator`.
#[unsafe(no_mangle)]
pub static PyUnicodeIter_Type: TypeObject = iter_type(TypeObject::of::<StrIterator>(c"str_iterator"));
/// The type `str_ascii_iterator`.
#[unsafe(no_mangle)]
pub static _PyUnicodeASCIIIter_Type: TypeObject =
    iter_type(TypeObject::of::<StrIterator>(c"str_ascii_iterator"));

extern "C" fn iter(object: &Object) -> Result {
    let text = object.expect::<Str>();
    let ty = if text.is_ascii() { &_PyUnicodeASCIIIter_Type } else { &PyUnicodeIter_Type };
    Ok(alloc::new_tracked(StrIterator {
        ob_base: Object::new(ty),
        index: Cell::new(0),
        text: Slot::new(Ref::from_borrowed(text)),
    })
    .into_object())
}

extern "C" fn iter_self(object: &Object) -> Result {
    Ok(object.to_ref())
}

extern "C" fn iter_next(object: &Object) -> NextResult {
    // SAFETY: both iterator types have this layout.
    let this = unsafe { &*object.as_ptr().cast::<StrIterator>() };
    let text = this.text.get()?;
    let index = this.index.get();
    if index >= text.len() {
        this.text.take();
        return None;
    }
    this.index.set(index + 1);
    Some(Str::from_char(text.chars().at(index)).into_object())
}

mod iter_methods {
    use super::*;
    use krait_macros::pyfn;

    fn of(object: &Object) -> &StrIterator {
        // SAFETY: methods of the two iterator types, which share this layout.
        unsafe { &*object.as_ptr().cast::<StrIterator>() }
    }

    /// Private method returning an estimate of len(list(it)).
    #[pyfn("__length_hint__($self, /)", nosig)]
    pub fn length_hint(object: &Object) -> usize {
        let this = of(object);
        this.text.get().map_or(0, |t| t.len().saturating_sub(this.index.get()))
    }

    /// Return state information for pickling.
    #[pyfn("__reduce__($self, /)", nosig)]
    pub fn reduce(object: &Object) -> Result {
        let this = of(object);
        let Some(iter) = crate::interp::current().builtins.get().and_then(|b| b.get_str(crate::id!("iter")))
        else {
            return Err(crate::errors::attribute_error("iter"));
        };
        Ok(match this.text.get() {
            Some(text) => {
                let args = Tuple::from_vec(vec![text.into_object()]).into_object();
                let index = Int::from_u64(this.index.get() as u64).into_object();
                Tuple::from_vec(vec![iter, args, index])
            }
            None => {
                let args = Tuple::from_vec(vec![Str::empty().to_ref()]).into_object();
                Tuple::from_vec(vec![iter, args])
            }
        }
        .into_object())
    }

    /// Set state information for unpickling.
    #[pyfn("__setstate__($self, state, /)", nosig)]
    pub fn setstate(object: &Object, state: isize) {
        let this = of(object);
        let len = this.text.get().map_or(0, |t| t.len());
        this.index.set(usize::try_from(state).unwrap_or(0).min(len));
    }
}
