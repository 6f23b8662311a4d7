//! Objects to Rust values, with the errors that CPython's converters raise.

use crate::buffer::{View, request};
use crate::errors::{overflow_error, type_error, value_error};
use crate::exceptions::unicode::raise_encode;
use crate::float::Float;
use crate::int::Int;
use crate::object::Object;
use crate::reference::{Ref, Typed};
use crate::result::{Raised, Result};
use crate::str::{Chars, Str};

/// Which argument of which function, for messages.
#[derive(Clone, Copy, Debug)]
pub struct ArgContext {
    pub function: &'static str,
    pub place: Place,
}

/// How messages name an argument.
#[derive(Clone, Copy, Debug)]
pub enum Place {
    /// The only argument there is.
    Only,
    /// Position, from 1.
    Index(usize),
    /// Name.
    Name(&'static str),
}

impl core::fmt::Display for Place {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Place::Only => f.write_str("argument"),
            Place::Index(index) => write!(f, "argument {index}"),
            Place::Name(name) => write!(f, "argument '{name}'"),
        }
    }
}

impl ArgContext {
    /// `f() argument 1 must be EXPECTED, not TYPE` (`_PyArg_BadArgument`).
    #[cold]
    pub fn bad(&self, expected: &str, actual: &Object) -> Raised {
        let actual = if actual.is_none() { "None" } else { actual.type_name() };
        type_error(format!("{}() {} must be {expected}, not {actual}", self.function, self.place))
    }
}

/// The receiver of a method. Descriptors and the method tables vouch for its type, so it is not tested here.
pub trait FromSelf<'a> {
    /// From the first argument of the C function.
    fn from_self(slf: &'a Object) -> Self;
}

impl<'a, T: Typed> FromSelf<'a> for &'a T {
    #[inline(always)]
    fn from_self(slf: &'a Object) -> &'a T {
        slf.expect::<T>()
    }
}

/// A Rust type that a parameter can have.
pub trait FromArg<'a>: Sized {
    /// Converts an argument, or raises what CPython's converter raises.
    fn from_arg(value: &'a Object, cx: &ArgContext) -> Result<Self>;
}

impl<'a, T: Typed> FromArg<'a> for &'a T {
    #[inline(always)]
    fn from_arg(value: &'a Object, cx: &ArgContext) -> Result<&'a T> {
        match value.downcast::<T>() {
            Some(typed) => Ok(typed),
            None => Err(cx.bad(T::type_object().full_name(), value)),
        }
    }
}

impl<'a, T: Typed> FromArg<'a> for Ref<T> {
    #[inline(always)]
    fn from_arg(value: &'a Object, cx: &ArgContext) -> Result<Ref<T>> {
        <&T>::from_arg(value, cx).map(Ref::from_borrowed)
    }
}

/// Python's `None` is `None`.
impl<'a, T: FromArg<'a>> FromArg<'a> for Option<T> {
    #[inline(always)]
    fn from_arg(value: &'a Object, cx: &ArgContext) -> Result<Option<T>> {
        if value.is_none() { Ok(None) } else { T::from_arg(value, cx).map(Some) }
    }
}

/// The truth of any object.
impl<'a> FromArg<'a> for bool {
    #[inline(always)]
    fn from_arg(value: &'a Object, _: &ArgContext) -> Result<bool> {
        if value.is(crate::object::bool_object(true)) {
            return Ok(true);
        }
        if value.is(crate::object::bool_object(false)) {
            return Ok(false);
        }
        value.is_true()
    }
}

impl<'a> FromArg<'a> for f64 {
    #[inline(always)]
    fn from_arg(value: &'a Object, _: &ArgContext) -> Result<f64> {
        match value.downcast_exact::<Float>() {
            Some(float) => Ok(float.value()),
            None => value.as_f64(),
        }
    }
}

impl<'a> FromArg<'a> for char {
    fn from_arg(value: &'a Object, cx: &ArgContext) -> Result<char> {
        code_point(value, cx).map(|code| char::from_u32(code).unwrap_or('\u{fffd}'))
    }
}

/// A one-character string, surrogates included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CodePoint(pub u32);

impl<'a> FromArg<'a> for CodePoint {
    fn from_arg(value: &'a Object, cx: &ArgContext) -> Result<CodePoint> {
        code_point(value, cx).map(CodePoint)
    }
}

fn code_point(value: &Object, cx: &ArgContext) -> Result<u32> {
    let Some(text) = value.downcast::<Str>() else {
        return Err(cx.bad("a unicode character", value));
    };
    if text.len() != 1 {
        let (function, place) = (cx.function, cx.place);
        return Err(type_error(format!(
            "{function}(): {place} must be a unicode character, not a string of length {}",
            text.len()
        )));
    }
    Ok(text.chars().at(0))
}

/// UTF-8 text without NUL, as Argument Clinic's `str` is. Take `&Str` for text that may hold anything.
impl<'a> FromArg<'a> for &'a str {
    fn from_arg(value: &'a Object, cx: &ArgContext) -> Result<&'a str> {
        let Some(string) = value.downcast::<Str>() else {
            return Err(cx.bad("str", value));
        };
        let text = utf8(string)?;
        if text.as_bytes().contains(&0) { Err(value_error("embedded null character")) } else { Ok(text) }
    }
}

impl<'a> FromArg<'a> for String {
    fn from_arg(value: &'a Object, cx: &ArgContext) -> Result<String> {
        <&str>::from_arg(value, cx).map(str::to_owned)
    }
}

/// Readable memory in one piece (`y*`).
impl<'a> FromArg<'a> for View {
    fn from_arg(value: &'a Object, _: &ArgContext) -> Result<View> {
        View::get(value, request::SIMPLE)
    }
}

/// Memory that may be written (`w*`).
pub struct WritableView(pub View);

impl<'a> FromArg<'a> for WritableView {
    fn from_arg(value: &'a Object, cx: &ArgContext) -> Result<WritableView> {
        View::get(value, request::WRITABLE).map(WritableView).map_err(|_| {
            crate::errors::clear();
            cx.bad("read-write bytes-like object", value)
        })
    }
}

/// A string as UTF-8; a lone surrogate raises UnicodeEncodeError (`PyUnicode_AsUTF8AndSize`).
pub fn utf8(string: &Str) -> Result<&str> {
    string.to_utf8().ok_or_else(|| surrogate_error(string))
}

#[cold]
fn surrogate_error(string: &Str) -> Raised {
    let is_surrogate = |code: u32| (0xd800..0xe000).contains(&code);
    let chars: Chars<'_> = string.chars();
    let start = chars.iter().position(is_surrogate).unwrap_or(0);
    let end = start + chars.iter().skip(start).take_while(|&c| is_surrogate(c)).count();
    raise_encode("utf-8", string, start, end, "surrogates not allowed")
}

/// The argument as an `int`, through `__index__` where it is none.
#[inline(always)]
fn with_int<R>(value: &Object, read: impl FnOnce(&Int) -> Result<R>) -> Result<R> {
    match value.downcast::<Int>() {
        Some(int) => read(int),
        None => read(&*value.index()?),
    }
}

macro_rules! signed {
    ($($ty:ty, $c_name:literal;)*) => {
        $(impl<'a> FromArg<'a> for $ty {
            #[inline]
            fn from_arg(value: &'a Object, _: &ArgContext) -> Result<$ty> {
                with_int(value, |int| {
                    int.to_i64().and_then(|v| <$ty>::try_from(v).ok()).ok_or_else(|| {
                        overflow_error(concat!("Python int too large to convert to C ", $c_name))
                    })
                })
            }
        })*
    };
}

signed! { i32, "int"; i64, "long"; isize, "ssize_t"; }

macro_rules! unsigned {
    ($($ty:ty, $c_name:literal;)*) => {
        $(impl<'a> FromArg<'a> for $ty {
            #[inline]
            fn from_arg(value: &'a Object, _: &ArgContext) -> Result<$ty> {
                with_int(value, |int| {
                    if int.is_negative() {
                        return Err(value_error("Cannot convert negative int"));
                    }
                    int.to_u64().and_then(|v| <$ty>::try_from(v).ok()).ok_or_else(|| {
                        overflow_error(concat!("Python int too large for C ", $c_name))
                    })
                })
            }
        })*
    };
}

unsigned! { u16, "unsigned short"; u32, "unsigned int"; u64, "unsigned long"; usize, "size_t"; }

macro_rules! ranged {
    ($($ty:ty, $name:literal;)*) => {
        $(impl<'a> FromArg<'a> for $ty {
            #[inline]
            fn from_arg(value: &'a Object, _: &ArgContext) -> Result<$ty> {
                let wide = i64::from_arg(value, &ArgContext { function: "", place: Place::Only })?;
                <$ty>::try_from(wide).map_err(|_| {
                    overflow_error(if wide < i64::from(<$ty>::MIN) {
                        concat!($name, " is less than minimum")
                    } else {
                        concat!($name, " is greater than maximum")
                    })
                })
            }
        })*
    };
}

ranged! { u8, "unsigned byte integer"; i16, "signed short integer"; }
