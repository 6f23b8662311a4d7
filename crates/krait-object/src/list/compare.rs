//! What keys are sorted by: machine values where all keys are of one simple exact type, `<` otherwise.

use crate::float::Float;
use crate::int::Int;
use crate::object::Object;
use crate::str::{Chars, Str};
use crate::tuple::Tuple;
use core::cmp::Ordering;

/// The kind that all keys have.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Keys {
    /// Exact ints of machine size.
    Ints,
    /// Exact floats, none of them NaN.
    Floats,
    /// Exact strings.
    Strings,
    /// Exact tuples, none empty, whose first items are of that kind. Those decide most comparisons.
    Tuples(First),
    /// Anything else: `<` may run Python code.
    Other,
}

/// The kind of the first items of tuples.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum First {
    Ints,
    Floats,
    Strings,
}

impl First {
    /// The order of two objects of this kind.
    #[inline]
    pub fn order(self, a: &Object, b: &Object) -> Ordering {
        match self {
            First::Ints => a.expect::<Int>().compare(b.expect::<Int>()),
            First::Floats => {
                let (x, y) = (a.expect::<Float>().value(), b.expect::<Float>().value());
                x.partial_cmp(&y).unwrap_or(Ordering::Equal)
            }
            First::Strings => strings(a.expect::<Str>(), b.expect::<Str>()),
        }
    }
}

/// The kind of some keys.
pub fn classify<'a>(mut keys: impl Iterator<Item = &'a Object>) -> Keys {
    fn kind(key: &Object) -> Keys {
        if let Some(int) = key.downcast_exact::<Int>() {
            if int.to_i64().is_some() { Keys::Ints } else { Keys::Other }
        } else if let Some(float) = key.downcast_exact::<Float>() {
            if float.value().is_nan() { Keys::Other } else { Keys::Floats }
        } else if key.downcast_exact::<Str>().is_some() {
            Keys::Strings
        } else {
            match key
                .downcast_exact::<Tuple>()
                .and_then(|t| t.get(0))
                .filter(|f| f.downcast_exact::<Tuple>().is_none())
                .map(kind)
            {
                Some(Keys::Ints) => Keys::Tuples(First::Ints),
                Some(Keys::Floats) => Keys::Tuples(First::Floats),
                Some(Keys::Strings) => Keys::Tuples(First::Strings),
                _ => Keys::Other,
            }
        }
    }
    let Some(first) = keys.next().map(kind) else { return Keys::Other };
    if first != Keys::Other && keys.all(|key| kind(key) == first) { first } else { Keys::Other }
}

/// Order of two strings by code points.
#[inline]
pub fn strings(a: &Str, b: &Str) -> Ordering {
    match (a.chars(), b.chars()) {
        (Chars::Latin1(x), Chars::Latin1(y)) => x.cmp(y),
        (Chars::Ucs2(x), Chars::Ucs2(y)) => x.cmp(y),
        (Chars::Ucs4(x), Chars::Ucs4(y)) => x.cmp(y),
        (x, y) => x.iter().cmp(y.iter()),
    }
}
