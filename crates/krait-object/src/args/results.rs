//! Rust values to objects: what native functions return.

use crate::bytes::Bytes;
use crate::float::Float;
use crate::int::Int;
use crate::list::List;
use crate::object::{Object, bool_object, none};
use crate::reference::{Ref, Typed};
use crate::result::Result;
use crate::str::Str;
use crate::tuple::Tuple;
use num_bigint::BigInt;

/// A Rust type that a native function can return.
pub trait IntoResult {
    /// The object, as the C function returns it.
    fn into_result(self) -> Result;
}

impl<T: Typed> IntoResult for Ref<T> {
    #[inline(always)]
    fn into_result(self) -> Result {
        Ok(self.into_object())
    }
}

/// A new reference.
impl<T: Typed> IntoResult for &T {
    #[inline(always)]
    fn into_result(self) -> Result {
        Ref::from_borrowed(self).into_result()
    }
}

impl<T: IntoResult> IntoResult for Result<T> {
    #[inline(always)]
    fn into_result(self) -> Result {
        self?.into_result()
    }
}

/// `None` is Python's `None`.
impl<T: IntoResult> IntoResult for Option<T> {
    #[inline(always)]
    fn into_result(self) -> Result {
        match self {
            Some(value) => value.into_result(),
            None => none().into_result(),
        }
    }
}

impl IntoResult for () {
    #[inline(always)]
    fn into_result(self) -> Result {
        none().into_result()
    }
}

impl IntoResult for bool {
    #[inline(always)]
    fn into_result(self) -> Result {
        bool_object(self).into_result()
    }
}

impl IntoResult for f64 {
    #[inline(always)]
    fn into_result(self) -> Result {
        Float::new(self).into_result()
    }
}

impl IntoResult for &str {
    fn into_result(self) -> Result {
        Str::new(self).into_result()
    }
}

impl IntoResult for String {
    fn into_result(self) -> Result {
        Str::new(&self).into_result()
    }
}

impl IntoResult for char {
    fn into_result(self) -> Result {
        Str::from_char(self.into()).into_result()
    }
}

impl IntoResult for &[u8] {
    fn into_result(self) -> Result {
        Bytes::new(self).into_result()
    }
}

impl IntoResult for Vec<u8> {
    fn into_result(self) -> Result {
        Bytes::new(&self).into_result()
    }
}

/// A list.
impl<T: Typed> IntoResult for Vec<Ref<T>> {
    fn into_result(self) -> Result {
        List::from_vec(self.into_iter().map(Ref::into_object).collect::<Vec<Ref<Object>>>()).into_result()
    }
}

impl IntoResult for BigInt {
    fn into_result(self) -> Result {
        Int::from_bigint(&self).into_result()
    }
}

macro_rules! integers {
    ($($ty:ty as $wide:ty, $make:ident;)*) => {
        $(impl IntoResult for $ty {
            #[inline(always)]
            fn into_result(self) -> Result {
                Int::$make(self as $wide).into_result()
            }
        })*
    };
}

integers! {
    i8 as i64, from_i64; i16 as i64, from_i64; i32 as i64, from_i64; i64 as i64, from_i64; isize as i64, from_i64;
    u8 as i64, from_i64; u16 as i64, from_i64; u32 as i64, from_i64; u64 as u64, from_u64; usize as u64, from_u64;
}

macro_rules! tuples {
    ($($($name:ident)*;)*) => {
        $(impl<$($name: IntoResult),*> IntoResult for ($($name,)*) {
            fn into_result(self) -> Result {
                #[expect(non_snake_case, reason = "the type parameters name the values too")]
                let ($($name,)*) = self;
                Tuple::from_vec(vec![$($name.into_result()?),*]).into_result()
            }
        })*
    };
}

tuples! { A; A B; A B C; A B C D; A B C D E; A B C D E F; A B C D E F G; A B C D E F G H; }
