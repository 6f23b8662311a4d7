//! Arguments of native functions: binding to parameters, conversion to Rust types, conversion of results. What
//! `#[pyfn]` generates calls only what is here. CPython: Argument Clinic and `Python/getargs.c`.

use crate::errors::{overflow_error, type_error};
use crate::object::{Object, bool_object, none};
use crate::reference::{Ref, Typed};
use crate::result::{Raised, Result};
use crate::tuple::Tuple;
use crate::{Bytes, Dict, Float, Int, Str};

/// Says in messages which argument is meant.
pub struct ArgContext {
    pub function: &'static str,
    /// Name, for parameters that can be given by keyword.
    pub param: &'static str,
    /// Position from 1, for positional-only ones; 0 for the only argument.
    pub index: usize,
}

impl ArgContext {
    /// "argument 1", "argument 'name'" or "argument".
    pub fn display(&self) -> String {
        match (self.index, self.param) {
            (0, "") => "argument".to_owned(),
            (0, name) => format!("argument '{name}'"),
            (index, _) => format!("argument {index}"),
        }
    }

    /// TypeError "f() argument 1 must be str, not int".
    #[cold]
    pub fn bad(&self, expected: &str, actual: &Object) -> Raised {
        let actual = if actual.is_none() { "None" } else { actual.type_name() };
        type_error(format!("{}() {} must be {expected}, not {actual}", self.function, self.display()))
    }
}

/// Conversion of one argument.
pub trait FromArg<'a>: Sized {
    /// The Rust value, or an exception that names the argument.
    fn from_arg(value: &'a Object, context: &ArgContext) -> Result<Self>;
}

/// Conversion of the receiver, whose type the caller has tested.
pub trait FromSelf<'a>: Sized {
    /// The receiver as its layout.
    fn from_self(value: &'a Object) -> Self;
}

impl<'a, T: Typed> FromSelf<'a> for &'a T {
    #[inline(always)]
    fn from_self(value: &'a Object) -> &'a T {
        value.expect::<T>()
    }
}

impl<'a, T: Typed> FromArg<'a> for &'a T {
    #[inline(always)]
    fn from_arg(value: &'a Object, context: &ArgContext) -> Result<&'a T> {
        match value.downcast::<T>() {
            Some(typed) => Ok(typed),
            None => Err(context.bad(T::type_object().full_name(), value)),
        }
    }
}

impl<'a, T: Typed> FromArg<'a> for Ref<T> {
    fn from_arg(value: &'a Object, context: &ArgContext) -> Result<Ref<T>> {
        Ok(Ref::from_borrowed(<&T>::from_arg(value, context)?))
    }
}

impl<'a, T: FromArg<'a>> FromArg<'a> for Option<T> {
    fn from_arg(value: &'a Object, context: &ArgContext) -> Result<Option<T>> {
        T::from_arg(value, context).map(Some)
    }
}

/// Conversion where Python's None means absence.
#[inline]
pub fn optional<'a, T: FromArg<'a>>(value: &'a Object, context: &ArgContext) -> Result<Option<T>> {
    if value.is_none() { Ok(None) } else { T::from_arg(value, context).map(Some) }
}

impl<'a> FromArg<'a> for &'a str {
    fn from_arg(value: &'a Object, context: &ArgContext) -> Result<&'a str> {
        let text = <&Str>::from_arg(value, context)?;
        match text.to_utf8() {
            Some(utf8) => Ok(utf8),
            None => {
                let at = text.chars().iter().position(|c| char::from_u32(c).is_none()).unwrap_or(0);
                Err(crate::exceptions::unicode::raise_encode(
                    "utf-8",
                    text,
                    at,
                    at + 1,
                    "surrogates not allowed",
                ))
            }
        }
    }
}

impl<'a> FromArg<'a> for String {
    fn from_arg(value: &'a Object, context: &ArgContext) -> Result<String> {
        <&str>::from_arg(value, context).map(str::to_owned)
    }
}

impl<'a> FromArg<'a> for bool {
    fn from_arg(value: &'a Object, _: &ArgContext) -> Result<bool> {
        value.is_true()
    }
}

impl<'a> FromArg<'a> for f64 {
    fn from_arg(value: &'a Object, _: &ArgContext) -> Result<f64> {
        value.as_f64()
    }
}

/// One character of text.
impl<'a> FromArg<'a> for char {
    fn from_arg(value: &'a Object, context: &ArgContext) -> Result<char> {
        let Some(text) = value.downcast::<Str>() else {
            return Err(context.bad("a unicode character", value));
        };
        if text.len() != 1 {
            return Err(type_error(format!(
                "{}() {} must be a unicode character, not a string of length {}",
                context.function,
                context.display(),
                text.len()
            )));
        }
        Ok(char::from_u32(text.chars().at(0)).unwrap_or('\u{fffd}'))
    }
}

macro_rules! integers {
    ($($ty:ty, $c_name:literal;)*) => { $(
        impl<'a> FromArg<'a> for $ty {
            fn from_arg(value: &'a Object, _: &ArgContext) -> Result<$ty> {
                let int = value.index()?;
                match int.to_i64().and_then(|n| <$ty>::try_from(n).ok()) {
                    Some(n) => Ok(n),
                    None => Err(overflow_error(concat!("Python int too large to convert to C ", $c_name))),
                }
            }
        }
    )* };
}
integers! { i16, "short"; i32, "int"; i64, "long"; isize, "ssize_t"; u8, "unsigned char"; u16, "unsigned short"; }

macro_rules! unsigned {
    ($($ty:ty, $c_name:literal;)*) => { $(
        impl<'a> FromArg<'a> for $ty {
            fn from_arg(value: &'a Object, _: &ArgContext) -> Result<$ty> {
                let int = value.index()?;
                if int.is_negative() {
                    return Err(crate::value_error("value must be positive"));
                }
                match int.to_u64().and_then(|n| <$ty>::try_from(n).ok()) {
                    Some(n) => Ok(n),
                    None => Err(overflow_error(concat!("Python int too large to convert to C ", $c_name))),
                }
            }
        }
    )* };
}
unsigned! { u32, "unsigned int"; u64, "unsigned long"; usize, "size_t"; }

/// `*args`.
#[derive(Clone, Copy)]
pub struct Args<'a>(pub &'a [&'a Object]);

impl<'a> core::ops::Deref for Args<'a> {
    type Target = [&'a Object];
    fn deref(&self) -> &[&'a Object] {
        self.0
    }
}

impl<'a> Args<'a> {
    /// The arguments with the lifetime of the call.
    pub fn as_slice(&self) -> &'a [&'a Object] {
        self.0
    }

    /// As a tuple.
    pub fn to_tuple(&self) -> Ref<Tuple> {
        Tuple::from_slice(self.0)
    }
}

/// `**kwargs`: the keywords that no parameter took.
#[derive(Default)]
pub struct Kwargs<'a>(Vec<(&'a Str, &'a Object)>);

impl<'a> Kwargs<'a> {
    /// Names and values in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&'a Str, &'a Object)> + '_ {
        self.0.iter().copied()
    }

    /// None given?
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// As a dict.
    pub fn to_dict(&self) -> Result<Ref<Dict>> {
        let dict = Dict::new();
        for (name, value) in self.iter() {
            dict.set_str(name, value)?;
        }
        Ok(dict)
    }
}

/// The positional arguments as a slice.
///
/// # Safety
/// `args` has `count` live objects, unless `count` is zero.
#[inline(always)]
pub unsafe fn slice<'a>(args: *const *mut Object, count: usize) -> &'a [&'a Object] {
    if count == 0 {
        return &[];
    }
    // SAFETY: the caller's promise; object pointers and references have one representation.
    unsafe { core::slice::from_raw_parts(args.cast::<&Object>(), count) }
}

/// All values of a vectorcall: positional ones and then one for each keyword name.
///
/// # Safety
/// As METH_FASTCALL | METH_KEYWORDS passes them.
#[inline(always)]
pub unsafe fn with_keywords<'a>(
    args: *const *mut Object,
    nargs: isize,
    kwnames: Option<&Tuple>,
) -> &'a [&'a Object] {
    // SAFETY: the caller's promise.
    unsafe { slice(args, nargs as usize + kwnames.map_or(0, Tuple::len)) }
}

/// "f expected at least 1 argument, got 0" (`_PyArg_CheckPositional`).
#[cold]
pub fn positional_count(function: &str, given: usize, min: usize, max: usize) -> Raised {
    let (bound, count) = if given < min {
        (if min == max { "" } else { "at least " }, min)
    } else {
        (if min == max { "" } else { "at most " }, max)
    };
    let plural = if count == 1 { "" } else { "s" };
    type_error(format!("{function} expected {bound}{count} argument{plural}, got {given}"))
}

/// The parameters of a function that takes keywords.
pub struct ParamSpec {
    pub function: &'static str,
    pub params: &'static [&'static str],
    pub required: &'static [bool],
    pub posonly: usize,
    /// Parameters that can be given by position.
    pub positional: usize,
    pub varargs: bool,
    pub varkwargs: bool,
}

impl ParamSpec {
    /// Fills `slots` (one for each parameter) from the arguments of a call; gives back what is left over.
    #[inline]
    pub fn bind<'a>(
        &self,
        args: &'a [&'a Object],
        kwnames: Option<&'a Tuple>,
        slots: &mut [Option<&'a Object>],
    ) -> Result<(Args<'a>, Kwargs<'a>)> {
        let keywords = kwnames.map_or(0, Tuple::len);
        let given = args.len() - keywords;
        let taken = given.min(self.positional);
        for (slot, arg) in slots.iter_mut().zip(&args[..taken]) {
            *slot = Some(arg);
        }
        if given > self.positional && !self.varargs {
            return Err(self.too_many(given, keywords));
        }
        let rest = Args(&args[taken..given]);
        let mut extra = Kwargs::default();
        if let Some(names) = kwnames {
            if !self.varkwargs && given + keywords > self.params.len() && !self.varargs {
                return Err(self.too_many(given, keywords));
            }
            for (name, value) in names.as_objects().iter().zip(&args[given..]) {
                self.bind_keyword(name, value, given, slots, &mut extra)?;
            }
        }
        Ok((rest, extra))
    }

    fn bind_keyword<'a>(
        &self,
        name: &'a Object,
        value: &'a Object,
        given: usize,
        slots: &mut [Option<&'a Object>],
        extra: &mut Kwargs<'a>,
    ) -> Result<()> {
        let Some(text) = name.downcast::<Str>() else { return Err(type_error("keywords must be strings")) };
        let found = self.params[self.posonly..].iter().position(|p| text.eq_str(p));
        match found.map(|at| at + self.posonly) {
            Some(index) if slots[index].is_some() && index < given => Err(type_error(format!(
                "argument for {}() given by name ('{text}') and position ({})",
                self.function,
                index + 1
            ))),
            Some(index) => {
                slots[index] = Some(value);
                Ok(())
            }
            None if self.varkwargs => {
                extra.0.push((text, value));
                Ok(())
            }
            None => {
                Err(type_error(format!("{}() got an unexpected keyword argument '{text}'", self.function)))
            }
        }
    }

    #[cold]
    fn too_many(&self, given: usize, keywords: usize) -> Raised {
        let function = self.function;
        let total = self.params.len();
        let plural = |n: usize| if n == 1 { "" } else { "s" };
        if given + keywords > total {
            let min = self.required.iter().filter(|r| **r).count();
            let bound = if min == total { "exactly" } else { "at most" };
            let kind = if given == 0 { "keyword " } else { "" };
            let s = plural(total);
            let all = given + keywords;
            return type_error(format!("{function}() takes {bound} {total} {kind}argument{s} ({all} given)"));
        }
        if self.positional == 0 {
            return type_error(format!("{function}() takes no positional arguments"));
        }
        let min = self.required[..self.positional].iter().filter(|r| **r).count();
        let bound = if min < self.positional { "at most" } else { "exactly" };
        let (max, s) = (self.positional, plural(self.positional));
        type_error(format!("{function}() takes {bound} {max} positional argument{s} ({given} given)"))
    }

    /// The exception for a required parameter that got no argument.
    #[cold]
    pub fn missing(&self, index: usize) -> Raised {
        let function = self.function;
        if index < self.posonly {
            let min = self.required[..self.posonly].iter().filter(|r| **r).count();
            let bound = if min < self.positional { "at least" } else { "exactly" };
            let s = if min == 1 { "" } else { "s" };
            return type_error(format!(
                "{function}() takes {bound} {min} positional argument{s} ({index} given)"
            ));
        }
        type_error(format!(
            "{function}() missing required argument '{}' (pos {})",
            self.params[index],
            index + 1
        ))
    }
}

/// Binds the arguments of a `tp_new` or `tp_init` (tuple and dict) to parameters that can be given by position or name;
/// the first `required` must be there.
pub fn parse_init(
    function: &str,
    params: &[&str],
    required: usize,
    args: &Tuple,
    kwargs: Option<&Dict>,
) -> Result<Vec<Option<Ref<Object>>>> {
    let keywords = kwargs.map_or(0, Dict::len);
    if args.len() + keywords > params.len() {
        let total = params.len();
        let bound = if required == total { "exactly" } else { "at most" };
        let kind = if args.is_empty() { "keyword " } else { "" };
        let s = if total == 1 { "" } else { "s" };
        let given = args.len() + keywords;
        return Err(type_error(format!(
            "{function}() takes {bound} {total} {kind}argument{s} ({given} given)"
        )));
    }
    let mut values: Vec<Option<Ref<Object>>> = vec![None; params.len()];
    for (slot, arg) in values.iter_mut().zip(args.as_slice()) {
        *slot = Some(arg.clone());
    }
    for (name, value) in kwargs.map_or_else(Vec::new, Dict::items) {
        let Some(text) = name.downcast::<Str>() else { return Err(type_error("keywords must be strings")) };
        match params.iter().position(|p| text.eq_str(p)) {
            Some(index) if values[index].is_some() => {
                return Err(type_error(format!(
                    "argument for {function}() given by name ('{text}') and position ({})",
                    index + 1
                )));
            }
            Some(index) => values[index] = Some(value),
            None => {
                return Err(type_error(format!("{function}() got an unexpected keyword argument '{text}'")));
            }
        }
    }
    if let Some(index) = values[..required].iter().position(Option::is_none) {
        return Err(type_error(format!(
            "{function}() missing required argument '{}' (pos {})",
            params[index],
            index + 1
        )));
    }
    Ok(values)
}

/// Conversion of a function's result to an object.
pub trait IntoResult {
    /// The object, or the error that was raised.
    fn into_result(self) -> Result;
}

impl<T: IntoResult> IntoResult for Result<T> {
    #[inline(always)]
    fn into_result(self) -> Result {
        self?.into_result()
    }
}

impl<T: Typed> IntoResult for Ref<T> {
    #[inline(always)]
    fn into_result(self) -> Result {
        Ok(self.into_object())
    }
}

impl<T: IntoResult> IntoResult for Option<T> {
    fn into_result(self) -> Result {
        match self {
            Some(value) => value.into_result(),
            None => Ok(none().to_ref()),
        }
    }
}

macro_rules! results {
    ($($ty:ty: |$value:ident| $object:expr;)*) => { $(
        impl IntoResult for $ty {
            #[inline]
            fn into_result(self) -> Result {
                let $value = self;
                Ok($object)
            }
        }
    )* };
}

results! {
    (): |_v| none().to_ref();
    bool: |v| bool_object(v).to_ref();
    i8: |v| Int::from_i64(v.into()).into_object();
    u8: |v| Int::from_i64(v.into()).into_object();
    i16: |v| Int::from_i64(v.into()).into_object();
    u16: |v| Int::from_i64(v.into()).into_object();
    i32: |v| Int::from_i64(v.into()).into_object();
    u32: |v| Int::from_i64(v.into()).into_object();
    i64: |v| Int::from_i64(v).into_object();
    u64: |v| Int::from_u64(v).into_object();
    isize: |v| Int::from_i64(v as i64).into_object();
    usize: |v| Int::from_u64(v as u64).into_object();
    f64: |v| Float::new(v).into_object();
    &str: |v| Str::new(v).into_object();
    String: |v| Str::new(&v).into_object();
    char: |v| Str::from_char(v.into()).into_object();
    &[u8]: |v| Bytes::new(v).into_object();
    Vec<u8>: |v| Bytes::new(&v).into_object();
    &'static Object: |v| v.to_ref();
}

impl<A: IntoResult, B: IntoResult> IntoResult for (A, B) {
    fn into_result(self) -> Result {
        Ok(Tuple::from_vec(vec![self.0.into_result()?, self.1.into_result()?]).into_object())
    }
}

impl<A: IntoResult, B: IntoResult, C: IntoResult> IntoResult for (A, B, C) {
    fn into_result(self) -> Result {
        let items = vec![self.0.into_result()?, self.1.into_result()?, self.2.into_result()?];
        Ok(Tuple::from_vec(items).into_object())
    }
}
