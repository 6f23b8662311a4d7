//! Methods of `bytes` and `bytearray`, written once and defined for both types.
//!
//! Arguments are converted before the receiver's memory is looked at, because a conversion may run Python code that
//! changes a bytearray.

use super::algorithms as algo;
use super::like::{BytesLike, sub_argument};
use crate::bytearray::ByteArray;
use crate::bytes::Bytes;
use crate::errors::{type_error, value_error};
use crate::object::Object;
use crate::reference::Ref;
use crate::result::Result;
use crate::str::Str;
use crate::typeobj::TypeObject;
use crate::{List, Tuple};

/// Start and end of a search.
pub(crate) use crate::str::methods::range;

fn limit(count: isize) -> usize {
    if count < 0 { usize::MAX } else { count as usize }
}

fn find(bytes: &[u8], sub: &[u8], (start, end): (usize, usize), last: bool) -> Option<usize> {
    if start > end || start > bytes.len() {
        return None;
    }
    let part = &bytes[start..end];
    let found = if last { memchr::memmem::rfind(part, sub) } else { memchr::memmem::find(part, sub) };
    found.map(|at| at + start)
}

/// Does one of several prefixes (or suffixes) match?
fn matches_any(
    receiver: &dyn Fn() -> Vec<u8>,
    what: &Object,
    bounds: (Option<&Object>, Option<&Object>),
    name: &str,
    test: fn(&[u8], &[u8]) -> bool,
) -> Result<bool> {
    let tuple = what.downcast::<Tuple>();
    let items = tuple.map_or(core::slice::from_ref(&what), Tuple::as_objects);
    for item in items {
        let Some(bytes) = BytesLike::of(item)? else {
            if tuple.is_some() {
                return Err(type_error(format!(
                    "a bytes-like object is required, not '{}'",
                    item.type_name()
                )));
            }
            return Err(type_error(format!(
                "{name} first arg must be bytes or a tuple of bytes, not {}",
                item.type_name()
            )));
        };
        let own = receiver();
        let (start, end) = range(bounds.0, bounds.1, own.len())?;
        if start <= end && start <= own.len() && test(&own[start..end], bytes.as_slice()) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The fill byte of a padding method.
fn fill_byte(fill: Option<&Object>, name: &str) -> Result<u8> {
    let Some(fill) = fill else { return Ok(b' ') };
    let bytes = match (fill.downcast::<Bytes>(), fill.downcast::<ByteArray>()) {
        (Some(bytes), _) => bytes.as_slice().to_vec(),
        (_, Some(array)) => array.to_vec(),
        _ => {
            return Err(type_error(format!(
                "{name}() argument 2 must be a byte string of length 1, not {}",
                fill.type_name()
            )));
        }
    };
    match bytes.as_slice() {
        [one] => Ok(*one),
        more => Err(type_error(format!(
            "{name}() argument 2 must be a byte string of length 1, not a {} object of length {}",
            fill.type_name(),
            more.len()
        ))),
    }
}

fn separator<'a>(sep: Option<&'a Object>) -> Result<Option<BytesLike<'a>>> {
    let Some(sep) = sep.filter(|s| !s.is_none()) else { return Ok(None) };
    let sep = BytesLike::required(sep)?;
    if sep.as_slice().is_empty() {
        return Err(value_error("empty separator"));
    }
    Ok(Some(sep))
}

/// The separator of `hex`.
fn hex_separator(sep: Option<&Object>) -> Result<Option<u8>> {
    let Some(sep) = sep else { return Ok(None) };
    let unit = if let Some(text) = sep.downcast::<Str>() {
        if text.len() != 1 {
            return Err(value_error("sep must be length 1."));
        }
        text.chars().at(0)
    } else if let Some(bytes) = sep.downcast::<Bytes>() {
        match bytes.as_slice() {
            [one] => u32::from(*one),
            _ => return Err(value_error("sep must be length 1.")),
        }
    } else {
        return Err(type_error("sep must be str or bytes."));
    };
    if unit >= 128 {
        return Err(value_error("sep must be ASCII."));
    }
    Ok(Some(unit as u8))
}

/// The digits that `fromhex` reads: text or bytes.
fn hex_digits(source: &Object) -> Result<Vec<u8>> {
    if let Some(text) = source.downcast::<Str>() {
        let chars = text.chars();
        if let Some(at) = chars.iter().position(|c| c >= 128) {
            return Err(value_error(format!(
                "non-hexadecimal number found in fromhex() arg at position {at}"
            )));
        }
        return Ok(chars.iter().map(|c| c as u8).collect());
    }
    match BytesLike::of(source)? {
        Some(bytes) => Ok(bytes.as_slice().to_vec()),
        None => Err(type_error(format!(
            "fromhex() argument must be str or bytes-like, not {}",
            source.type_name()
        ))),
    }
}

/// `bytes.maketrans`.
fn translation_table(frm: &[u8], to: &[u8]) -> Result<Vec<u8>> {
    if frm.len() != to.len() {
        return Err(value_error("maketrans arguments must have same length"));
    }
    let mut table: Vec<u8> = (0..=255).collect();
    for (from, to) in frm.iter().zip(to) {
        table[usize::from(*from)] = *to;
    }
    Ok(table)
}

macro_rules! define_methods {
    ($module:ident, $ty:ty, $type_name:literal, extra: [$($extra:path),*]) => {
        #[doc = concat!("Methods of `", $type_name, "`.")]
        pub mod $module {
            use super::*;
            use crate::defs::MethodDef;
            use krait_macros::pyfn;

            /// The table.
            pub static METHODS: &[MethodDef] = &[
                $($extra,)*
                capitalize::DEF, center::DEF, count::DEF, decode::DEF, endswith::DEF, expandtabs::DEF, find_::DEF,
                fromhex::DEF, hex::DEF, index::DEF, isalnum::DEF, isalpha::DEF, isascii::DEF, isdigit::DEF, islower::DEF,
                isspace::DEF, istitle::DEF, isupper::DEF, join::DEF, ljust::DEF, lower::DEF, lstrip::DEF, maketrans::DEF,
                partition::DEF, removeprefix::DEF, removesuffix::DEF, replace::DEF, rfind::DEF, rindex::DEF, rjust::DEF,
                rpartition::DEF, rsplit::DEF, rstrip::DEF, split::DEF, splitlines::DEF, startswith::DEF, strip::DEF,
                swapcase::DEF, title::DEF, translate::DEF, upper::DEF, zfill::DEF,
                MethodDef::SENTINEL,
            ];

            fn list(this: &$ty, bytes: &[u8], parts: Vec<(usize, usize)>) -> Ref<List> {
                List::from_vec(parts.into_iter().map(|(a, b)| this.make(&bytes[a..b]).into_object()).collect())
            }

            /// Return a copy with only its first character capitalized and the rest lower-cased.
            #[pyfn("capitalize($self, /)")]
            fn capitalize(this: &$ty) -> Ref<$ty> {
                let mut bytes = this.to_vec().to_ascii_lowercase();
                if let Some(first) = bytes.first_mut() {
                    first.make_ascii_uppercase();
                }
                this.make(&bytes)
            }
            /// Return a copy with all ASCII characters converted to lowercase.
            #[pyfn("lower($self, /)")]
            fn lower(this: &$ty) -> Ref<$ty> {
                this.make(&this.to_vec().to_ascii_lowercase())
            }
            /// Return a copy with all ASCII characters converted to uppercase.
            #[pyfn("upper($self, /)")]
            fn upper(this: &$ty) -> Ref<$ty> {
                this.make(&this.to_vec().to_ascii_uppercase())
            }
            /// Return a copy with uppercase ASCII characters converted to lowercase and vice versa.
            #[pyfn("swapcase($self, /)")]
            fn swapcase(this: &$ty) -> Ref<$ty> {
                let swap = |b: &u8| if b.is_ascii_lowercase() { b.to_ascii_uppercase() } else { b.to_ascii_lowercase() };
                this.make(&this.to_vec().iter().map(swap).collect::<Vec<u8>>())
            }
            /// Return a titlecased version: words start with uppercase characters, the rest are lowercase.
            #[pyfn("title($self, /)")]
            fn title(this: &$ty) -> Ref<$ty> {
                this.make(&algo::title(&this.to_vec()))
            }
            /// Return True if all characters are ASCII or there is none.
            #[pyfn("isascii($self, /)")]
            fn isascii(this: &$ty) -> bool {
                this.to_vec().is_ascii()
            }
            /// Return True if all characters are alphanumeric and there is at least one character.
            #[pyfn("isalnum($self, /)")]
            fn isalnum(this: &$ty) -> bool {
                let bytes = this.to_vec();
                !bytes.is_empty() && bytes.iter().all(u8::is_ascii_alphanumeric)
            }
            /// Return True if all characters are alphabetic and there is at least one character.
            #[pyfn("isalpha($self, /)")]
            fn isalpha(this: &$ty) -> bool {
                let bytes = this.to_vec();
                !bytes.is_empty() && bytes.iter().all(u8::is_ascii_alphabetic)
            }
            /// Return True if all characters are digits and there is at least one character.
            #[pyfn("isdigit($self, /)")]
            fn isdigit(this: &$ty) -> bool {
                let bytes = this.to_vec();
                !bytes.is_empty() && bytes.iter().all(u8::is_ascii_digit)
            }
            /// Return True if all cased characters are lowercase and there is at least one cased character.
            #[pyfn("islower($self, /)")]
            fn islower(this: &$ty) -> bool {
                let bytes = this.to_vec();
                bytes.iter().any(u8::is_ascii_lowercase) && !bytes.iter().any(u8::is_ascii_uppercase)
            }
            /// Return True if all cased characters are uppercase and there is at least one cased character.
            #[pyfn("isupper($self, /)")]
            fn isupper(this: &$ty) -> bool {
                let bytes = this.to_vec();
                bytes.iter().any(u8::is_ascii_uppercase) && !bytes.iter().any(u8::is_ascii_lowercase)
            }
            /// Return True if all characters are whitespace and there is at least one character.
            #[pyfn("isspace($self, /)")]
            fn isspace(this: &$ty) -> bool {
                let bytes = this.to_vec();
                !bytes.is_empty() && bytes.iter().all(|b| algo::is_space(*b))
            }
            /// Return True if it is a titlecased string and there is at least one character.
            #[pyfn("istitle($self, /)")]
            fn istitle(this: &$ty) -> bool {
                algo::is_title(&this.to_vec())
            }
            /// Return the lowest index where subsection 'sub' is found within [start, end), or -1.
            #[pyfn("find($self, sub[, start[, end]], /)")]
            fn find_(this: &$ty, sub: &Object, start: Option<&Object>, end: Option<&Object>) -> Result<isize> {
                let sub = sub_argument(sub)?;
                let bytes = this.to_vec();
                let bounds = range(start, end, bytes.len())?;
                Ok(super::find(&bytes, sub.as_slice(), bounds, false).map_or(-1, |at| at as isize))
            }
            /// Return the highest index where subsection 'sub' is found within [start, end), or -1.
            #[pyfn("rfind($self, sub[, start[, end]], /)")]
            fn rfind(this: &$ty, sub: &Object, start: Option<&Object>, end: Option<&Object>) -> Result<isize> {
                let sub = sub_argument(sub)?;
                let bytes = this.to_vec();
                let bounds = range(start, end, bytes.len())?;
                Ok(super::find(&bytes, sub.as_slice(), bounds, true).map_or(-1, |at| at as isize))
            }
            /// As find, but raise ValueError if the subsection is not found.
            #[pyfn("index($self, sub[, start[, end]], /)")]
            fn index(this: &$ty, sub: &Object, start: Option<&Object>, end: Option<&Object>) -> Result<isize> {
                match find_(this, sub, start, end)? {
                    -1 => Err(value_error("subsection not found")),
                    at => Ok(at),
                }
            }
            /// As rfind, but raise ValueError if the subsection is not found.
            #[pyfn("rindex($self, sub[, start[, end]], /)")]
            fn rindex(this: &$ty, sub: &Object, start: Option<&Object>, end: Option<&Object>) -> Result<isize> {
                match rfind(this, sub, start, end)? {
                    -1 => Err(value_error("subsection not found")),
                    at => Ok(at),
                }
            }
            /// Return the number of non-overlapping occurrences of subsection 'sub' in [start, end).
            #[pyfn("count($self, sub[, start[, end]], /)")]
            fn count(this: &$ty, sub: &Object, start: Option<&Object>, end: Option<&Object>) -> Result<usize> {
                let sub = sub_argument(sub)?;
                let bytes = this.to_vec();
                let (start, end) = range(start, end, bytes.len())?;
                if start > end || start > bytes.len() {
                    return Ok(0);
                }
                Ok(algo::occurrences(&bytes[start..end], sub.as_slice(), usize::MAX).len())
            }
            /// Return True if it starts with the specified prefix, False otherwise.
            #[pyfn("startswith($self, prefix[, start[, end]], /)")]
            fn startswith(this: &$ty, prefix: &Object, start: Option<&Object>, end: Option<&Object>) -> Result<bool> {
                matches_any(&|| this.to_vec(), prefix, (start, end), "startswith", |b, x| b.starts_with(x))
            }
            /// Return True if it ends with the specified suffix, False otherwise.
            #[pyfn("endswith($self, suffix[, start[, end]], /)")]
            fn endswith(this: &$ty, suffix: &Object, start: Option<&Object>, end: Option<&Object>) -> Result<bool> {
                matches_any(&|| this.to_vec(), suffix, (start, end), "endswith", |b, x| b.ends_with(x))
            }
            /// Return a copy with the given prefix removed if present.
            #[pyfn("removeprefix($self, prefix, /)")]
            fn removeprefix(this: &$ty, prefix: BytesLike<'_>) -> Ref<$ty> {
                let bytes = this.to_vec();
                this.make(bytes.strip_prefix(prefix.as_slice()).unwrap_or(&bytes))
            }
            /// Return a copy with the given suffix removed if present.
            #[pyfn("removesuffix($self, suffix, /)")]
            fn removesuffix(this: &$ty, suffix: BytesLike<'_>) -> Ref<$ty> {
                let bytes = this.to_vec();
                this.make(bytes.strip_suffix(suffix.as_slice()).unwrap_or(&bytes))
            }
            /// Return a copy with all occurrences of substring old replaced by new.
            #[pyfn("replace($self, old, new, count=-1, /)")]
            fn replace(this: &$ty, old: BytesLike<'_>, new: BytesLike<'_>, count: isize) -> Ref<$ty> {
                let bytes = this.to_vec();
                match algo::replace(&bytes, old.as_slice(), new.as_slice(), limit(count)) {
                    Some(made) => this.make(&made),
                    None => this.make(&bytes),
                }
            }
            /// Return a list of the sections, using sep as the delimiter.
            #[pyfn("split($self, /, sep=None, maxsplit=-1)")]
            fn split(this: &$ty, sep: Option<&Object>, maxsplit: isize) -> Result<Ref<List>> {
                let sep = separator(sep)?;
                let bytes = this.to_vec();
                let parts = match &sep {
                    Some(sep) => algo::split(&bytes, sep.as_slice(), limit(maxsplit)),
                    None => algo::split_space(&bytes, limit(maxsplit)),
                };
                Ok(list(this, &bytes, parts))
            }
            /// Return a list of the sections, using sep as the delimiter, starting at the end.
            #[pyfn("rsplit($self, /, sep=None, maxsplit=-1)")]
            fn rsplit(this: &$ty, sep: Option<&Object>, maxsplit: isize) -> Result<Ref<List>> {
                let sep = separator(sep)?;
                let bytes = this.to_vec();
                let parts = match &sep {
                    Some(sep) => algo::rsplit(&bytes, sep.as_slice(), limit(maxsplit)),
                    None => algo::rsplit_space(&bytes, limit(maxsplit)),
                };
                Ok(list(this, &bytes, parts))
            }
            /// Return a list of the lines, breaking at line boundaries.
            #[pyfn("splitlines($self, /, keepends=False)")]
            fn splitlines(this: &$ty, keepends: bool) -> Ref<List> {
                let bytes = this.to_vec();
                list(this, &bytes, algo::lines(&bytes, keepends))
            }
            /// Partition into three parts using the given separator.
            #[pyfn("partition($self, sep, /)")]
            fn partition(this: &$ty, sep: BytesLike<'_>) -> Result<(Ref<$ty>, Ref<$ty>, Ref<$ty>)> {
                let (bytes, sep) = (this.to_vec(), sep.as_slice());
                if sep.is_empty() {
                    return Err(value_error("empty separator"));
                }
                Ok(match memchr::memmem::find(&bytes, sep) {
                    Some(at) => (this.make(&bytes[..at]), this.make(sep), this.make(&bytes[at + sep.len()..])),
                    None => (this.make(&bytes), this.make(b""), this.make(b"")),
                })
            }
            /// Partition into three parts using the given separator, starting at the end.
            #[pyfn("rpartition($self, sep, /)")]
            fn rpartition(this: &$ty, sep: BytesLike<'_>) -> Result<(Ref<$ty>, Ref<$ty>, Ref<$ty>)> {
                let (bytes, sep) = (this.to_vec(), sep.as_slice());
                if sep.is_empty() {
                    return Err(value_error("empty separator"));
                }
                Ok(match memchr::memmem::rfind(&bytes, sep) {
                    Some(at) => (this.make(&bytes[..at]), this.make(sep), this.make(&bytes[at + sep.len()..])),
                    None => (this.make(b""), this.make(b""), this.make(&bytes)),
                })
            }
            /// Concatenate any number of bytes objects, with this one in between.
            #[pyfn("join($self, iterable_of_bytes, /)")]
            fn join(this: &$ty, iterable_of_bytes: &Object) -> Result<Ref<$ty>> {
                if iterable_of_bytes.ty().tp_iter.get().is_none() && !iterable_of_bytes.is_sequence() {
                    return Err(type_error("can only join an iterable"));
                }
                let items = iterable_of_bytes.collect()?;
                let mut out = Vec::new();
                for (index, item) in items.iter().enumerate() {
                    let Some(bytes) = BytesLike::of(item)? else {
                        return Err(type_error(format!(
                            "sequence item {index}: expected a bytes-like object, {} found",
                            item.type_name()
                        )));
                    };
                    if index > 0 {
                        out.extend_from_slice(&this.to_vec());
                    }
                    out.extend_from_slice(bytes.as_slice());
                }
                Ok(this.make(&out))
            }
            /// Strip leading and trailing bytes contained in the argument; ASCII whitespace by default.
            #[pyfn("strip($self, bytes=None, /)")]
            fn strip(this: &$ty, bytes: Option<BytesLike<'_>>) -> Ref<$ty> {
                stripped(this, bytes, true, true)
            }
            /// Strip leading bytes contained in the argument; ASCII whitespace by default.
            #[pyfn("lstrip($self, bytes=None, /)")]
            fn lstrip(this: &$ty, bytes: Option<BytesLike<'_>>) -> Ref<$ty> {
                stripped(this, bytes, true, false)
            }
            /// Strip trailing bytes contained in the argument; ASCII whitespace by default.
            #[pyfn("rstrip($self, bytes=None, /)")]
            fn rstrip(this: &$ty, bytes: Option<BytesLike<'_>>) -> Ref<$ty> {
                stripped(this, bytes, false, true)
            }
            fn stripped(this: &$ty, set: Option<BytesLike<'_>>, left: bool, right: bool) -> Ref<$ty> {
                let bytes = this.to_vec();
                let (start, end) = algo::strip(&bytes, set.as_ref().map(BytesLike::as_slice), left, right);
                this.make(&bytes[start..end])
            }
            /// Return a centered string of length width.
            #[pyfn("center($self, width, fillchar=b' ', /)")]
            fn center(this: &$ty, width: isize, fillchar: Option<&Object>) -> Result<Ref<$ty>> {
                let fill = fill_byte(fillchar, "center")?;
                let bytes = this.to_vec();
                let margin = usize::try_from(width).unwrap_or(0).saturating_sub(bytes.len());
                let left = margin / 2 + (margin & width as usize & 1);
                Ok(this.make(&algo::pad(&bytes, left, margin - left, fill)?))
            }
            /// Return a left-justified string of length width.
            #[pyfn("ljust($self, width, fillchar=b' ', /)")]
            fn ljust(this: &$ty, width: isize, fillchar: Option<&Object>) -> Result<Ref<$ty>> {
                let fill = fill_byte(fillchar, "ljust")?;
                let bytes = this.to_vec();
                let margin = usize::try_from(width).unwrap_or(0).saturating_sub(bytes.len());
                Ok(this.make(&algo::pad(&bytes, 0, margin, fill)?))
            }
            /// Return a right-justified string of length width.
            #[pyfn("rjust($self, width, fillchar=b' ', /)")]
            fn rjust(this: &$ty, width: isize, fillchar: Option<&Object>) -> Result<Ref<$ty>> {
                let fill = fill_byte(fillchar, "rjust")?;
                let bytes = this.to_vec();
                let margin = usize::try_from(width).unwrap_or(0).saturating_sub(bytes.len());
                Ok(this.make(&algo::pad(&bytes, margin, 0, fill)?))
            }
            /// Pad a numeric string with zeros on the left, to fill a field of the given width.
            #[pyfn("zfill($self, width, /)")]
            fn zfill(this: &$ty, width: isize) -> Ref<$ty> {
                this.make(&algo::zfill(&this.to_vec(), usize::try_from(width).unwrap_or(0)))
            }
            /// Return a copy where all tab characters are expanded using spaces.
            #[pyfn("expandtabs($self, /, tabsize=8)")]
            fn expandtabs(this: &$ty, tabsize: i32) -> Result<Ref<$ty>> {
                Ok(this.make(&algo::expandtabs(&this.to_vec(), usize::try_from(tabsize).unwrap_or(0))?))
            }
            /// Return a copy with each character mapped by the given translation table.
            #[pyfn("translate($self, table, /, delete=b'')")]
            fn translate(this: &$ty, table: Option<&Object>, delete: Option<BytesLike<'_>>) -> Result<Ref<$ty>> {
                let table = match table.filter(|t| !t.is_none()) {
                    Some(table) => Some(BytesLike::required(table)?),
                    None => None,
                };
                if table.as_ref().is_some_and(|t| t.as_slice().len() != 256) {
                    return Err(value_error("translation table must be 256 characters long"));
                }
                let delete = delete.as_ref().map_or(&[][..], BytesLike::as_slice);
                let map = |byte: u8| table.as_ref().map_or(byte, |t| t.as_slice()[usize::from(byte)]);
                let bytes = this.to_vec();
                let kept = bytes.into_iter().filter(|b| !delete.contains(b)).map(map);
                Ok(this.make(&kept.collect::<Vec<u8>>()))
            }
            /// Return a translation table usable for the bytes or bytearray translate method.
            #[pyfn("maketrans(frm, to, /)", static)]
            fn maketrans(frm: BytesLike<'_>, to: BytesLike<'_>) -> Result<Ref<Bytes>> {
                Ok(Bytes::new(&translation_table(frm.as_slice(), to.as_slice())?))
            }
            /// Decode the bytes using the codec registered for encoding.
            #[pyfn("decode($self, /, encoding='utf-8', errors='strict')")]
            fn decode(this: &$ty, encoding: &str, errors: &str) -> Result<Ref<Str>> {
                crate::codecs::decode_text(&this.to_vec(), encoding, errors)
            }
            /// Create a string of hexadecimal numbers from the bytes.
            #[pyfn("hex($self, /, sep=<unrepresentable>, bytes_per_sep=1)")]
            fn hex(this: &$ty, sep: Option<&Object>, bytes_per_sep: i32) -> Result<String> {
                Ok(algo::hex(&this.to_vec(), hex_separator(sep)?, bytes_per_sep as isize))
            }
            /// Create from a string of hexadecimal numbers.
            #[pyfn("fromhex($type, string, /)", class)]
            fn fromhex(ty: &TypeObject, string: &Object) -> Result {
                let bytes = Bytes::new(&algo::from_hex(&hex_digits(string)?)?);
                if ty.is_type(&crate::bytes::PyBytes_Type) { Ok(bytes.into_object()) } else { Object::call(ty, &[&bytes]) }
            }
        }
    };
}

define_methods!(bytes, Bytes, "bytes", extra: [super::getnewargs::DEF, super::dunder_bytes::DEF]);
define_methods!(bytearray, ByteArray, "bytearray", extra: [
    crate::bytearray::methods::append::DEF, crate::bytearray::methods::extend::DEF,
    crate::bytearray::methods::insert::DEF, crate::bytearray::methods::pop::DEF,
    crate::bytearray::methods::remove::DEF, crate::bytearray::methods::reverse::DEF,
    crate::bytearray::methods::clear::DEF, crate::bytearray::methods::copy::DEF,
    crate::bytearray::methods::resize::DEF, crate::bytearray::methods::alloc_::DEF,
    crate::bytearray::methods::reduce::DEF, crate::bytearray::methods::reduce_ex::DEF,
    crate::bytearray::methods::sizeof::DEF
]);

use krait_macros::pyfn;

#[pyfn("__getnewargs__($self, /)")]
fn getnewargs(this: &Bytes) -> Result {
    Ok(Tuple::from_vec(vec![Bytes::new(this.as_slice()).into_object()]).into_object())
}

/// Convert this value to exact type bytes.
#[pyfn("__bytes__($self, /)")]
fn dunder_bytes(this: &Bytes) -> Ref<Bytes> {
    match this.downcast_exact::<Bytes>() {
        Some(exact) => Ref::from_borrowed(exact),
        None => Bytes::new(this.as_slice()),
    }
}

impl Bytes {
    /// The bytes, copied.
    pub(crate) fn to_vec(&self) -> Vec<u8> {
        self.as_slice().to_vec()
    }

    /// What a method that gives new bytes returns: the object itself where nothing changed.
    pub(crate) fn make(&self, bytes: &[u8]) -> Ref<Bytes> {
        match self.downcast_exact::<Bytes>() {
            Some(exact) if exact.as_slice() == bytes => Ref::from_borrowed(exact),
            _ => Bytes::new(bytes),
        }
    }
}
