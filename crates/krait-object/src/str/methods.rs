//! The methods of `str`.

use super::classify::*;
use super::numeric::is_space;
use super::search::{Builder, needle};
use super::{Chars, Str, case};
use crate::args::Args;
use crate::defs::MethodDef;
use crate::errors::{index_error, overflow_error, type_error, value_error};
use crate::format::number::{format_str, spec_argument};
use crate::object::{Object, none};
use crate::reference::Ref;
use crate::result::Result;
use crate::tuple::Tuple;
use crate::{Dict, Int, List};
use krait_macros::pyfn;

pub(super) static METHODS: &[MethodDef] = &[
    encode::DEF,
    replace::DEF,
    split::DEF,
    rsplit::DEF,
    join::DEF,
    capitalize::DEF,
    casefold::DEF,
    title::DEF,
    center::DEF,
    count::DEF,
    expandtabs::DEF,
    find::DEF,
    partition::DEF,
    index::DEF,
    ljust::DEF,
    lower::DEF,
    lstrip::DEF,
    rfind::DEF,
    rindex::DEF,
    rjust::DEF,
    rstrip::DEF,
    rpartition::DEF,
    splitlines::DEF,
    strip::DEF,
    swapcase::DEF,
    translate::DEF,
    upper::DEF,
    startswith::DEF,
    endswith::DEF,
    removeprefix::DEF,
    removesuffix::DEF,
    isascii::DEF,
    islower::DEF,
    isupper::DEF,
    istitle::DEF,
    isspace::DEF,
    isdecimal::DEF,
    isdigit::DEF,
    isnumeric::DEF,
    isalpha::DEF,
    isalnum::DEF,
    isidentifier::DEF,
    isprintable::DEF,
    zfill::DEF,
    format::DEF,
    format_map::DEF,
    dunder_format::DEF,
    maketrans::DEF,
    sizeof::DEF,
    getnewargs::DEF,
    MethodDef::SENTINEL,
];

/// `start` and `end` of a search, as slice indices of a text of `len` characters.
pub(crate) fn range(start: Option<&Object>, end: Option<&Object>, len: usize) -> Result<(usize, usize)> {
    let bound = |value: Option<&Object>, default: usize| -> Result<isize> {
        match value.filter(|v| !v.is_none()) {
            None => Ok(default as isize),
            Some(v) if !v.is_index() => {
                Err(type_error("slice indices must be integers or None or have an __index__ method"))
            }
            Some(v) => {
                let at = v.as_isize(true)?;
                Ok(if at < 0 { (at + len as isize).max(0) } else { at })
            }
        }
    };
    let (start, end) = (bound(start, 0)?, bound(end, len)?.min(len as isize));
    Ok((start as usize, end.max(0) as usize))
}

fn find_in(
    s: &Str,
    sub: &Str,
    start: Option<&Object>,
    end: Option<&Object>,
    last: bool,
) -> Result<Option<usize>> {
    let (start, end) = range(start, end, s.len())?;
    if start > end || sub.len() > end - start {
        return Ok(None);
    }
    let chars = s.chars().slice(start, end);
    let n = needle(&chars, sub.chars());
    let found = if last { chars.rfind(&n) } else { chars.find(&n) };
    Ok(found.map(|at| at + start))
}

fn or_minus_one(found: Option<usize>) -> isize {
    found.map_or(-1, |at| at as isize)
}

/// Return the lowest index in S where substring sub is found, such that sub is contained within S[start:end].
///
/// Optional arguments start and end are interpreted as in slice notation.
/// Return -1 on failure.
#[pyfn("find($self, sub[, start[, end]], /)")]
fn find(s: &Str, sub: &Str, start: Option<&Object>, end: Option<&Object>) -> Result<isize> {
    Ok(or_minus_one(find_in(s, sub, start, end, false)?))
}

/// Return the highest index in S where substring sub is found, such that sub is contained within S[start:end].
#[pyfn("rfind($self, sub[, start[, end]], /)")]
fn rfind(s: &Str, sub: &Str, start: Option<&Object>, end: Option<&Object>) -> Result<isize> {
    Ok(or_minus_one(find_in(s, sub, start, end, true)?))
}

/// As find, but raises ValueError when the substring is not found.
#[pyfn("index($self, sub[, start[, end]], /)")]
fn index(s: &Str, sub: &Str, start: Option<&Object>, end: Option<&Object>) -> Result<usize> {
    find_in(s, sub, start, end, false)?.ok_or_else(|| value_error("substring not found"))
}

/// As rfind, but raises ValueError when the substring is not found.
#[pyfn("rindex($self, sub[, start[, end]], /)")]
fn rindex(s: &Str, sub: &Str, start: Option<&Object>, end: Option<&Object>) -> Result<usize> {
    find_in(s, sub, start, end, true)?.ok_or_else(|| value_error("substring not found"))
}

/// Return the number of non-overlapping occurrences of substring sub in string S[start:end].
#[pyfn("count($self, sub[, start[, end]], /)")]
fn count(s: &Str, sub: &Str, start: Option<&Object>, end: Option<&Object>) -> Result<usize> {
    let (start, end) = range(start, end, s.len())?;
    if start > end {
        return Ok(0);
    }
    Ok(s.chars().slice(start, end).occurrences(sub.chars(), usize::MAX).len())
}

/// One of several prefixes or suffixes.
fn matches_any(
    s: &Str,
    what: &Object,
    start: Option<&Object>,
    end: Option<&Object>,
    name: &str,
    test: impl Fn(Chars<'_>, Chars<'_>) -> bool,
) -> Result<bool> {
    let (start, end) = range(start, end, s.len())?;
    let tuple = what.downcast::<Tuple>();
    let items = tuple.map_or(core::slice::from_ref(&what), Tuple::as_objects);
    for item in items {
        let Some(text) = item.downcast::<Str>() else {
            return Err(type_error(if tuple.is_some() {
                format!("tuple for {name} must only contain str, not {}", item.type_name())
            } else {
                format!("{name} first arg must be str or a tuple of str, not {}", item.type_name())
            }));
        };
        if start <= end && test(s.chars().slice(start, end), text.chars()) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Return True if the string starts with the specified prefix, False otherwise.
#[pyfn("startswith($self, prefix[, start[, end]], /)")]
fn startswith(s: &Str, prefix: &Object, start: Option<&Object>, end: Option<&Object>) -> Result<bool> {
    matches_any(s, prefix, start, end, "startswith", |text, x| text.starts_with(x))
}

/// Return True if the string ends with the specified suffix, False otherwise.
#[pyfn("endswith($self, suffix[, start[, end]], /)")]
fn endswith(s: &Str, suffix: &Object, start: Option<&Object>, end: Option<&Object>) -> Result<bool> {
    matches_any(s, suffix, start, end, "endswith", |text, x| text.ends_with(x))
}

/// Return a str with the given prefix string removed if present.
#[pyfn("removeprefix($self, prefix, /)")]
fn removeprefix(s: &Str, prefix: &Str) -> Ref<Str> {
    let chars = s.chars();
    if chars.starts_with(prefix.chars()) { s.part(prefix.len(), s.len()) } else { s.exact() }
}

/// Return a str with the given suffix string removed if present.
#[pyfn("removesuffix($self, suffix, /)")]
fn removesuffix(s: &Str, suffix: &Str) -> Ref<Str> {
    let chars = s.chars();
    if !suffix.is_empty() && chars.ends_with(suffix.chars()) {
        s.part(0, s.len() - suffix.len())
    } else {
        s.exact()
    }
}

impl Str {
    /// The characters from `start` to `end` as a string; the whole exact string is itself.
    pub fn part(&self, start: usize, end: usize) -> Ref<Str> {
        if start == 0 && end == self.len() {
            return self.exact();
        }
        Str::from_chars(self.chars().slice(start, end))
    }

    /// This string as an exact `str` (an instance of a subclass is copied).
    pub fn exact(&self) -> Ref<Str> {
        match self.downcast_exact::<Str>() {
            Some(_) => Ref::from_borrowed(self),
            None => Str::from_chars(self.chars()),
        }
    }

    /// Two strings, one after the other.
    pub fn concat(&self, other: &Str) -> Ref<Str> {
        if self.is_empty() {
            return other.exact();
        }
        if other.is_empty() {
            return self.exact();
        }
        if let (Chars::Latin1(a), Chars::Latin1(b)) = (self.chars(), other.chars()) {
            let max = self.max_char().max(other.max_char());
            let made = Str::alloc(a.len() + b.len(), max);
            // SAFETY: the new string has room for both, one byte each, and nobody else sees it yet.
            unsafe {
                core::ptr::copy_nonoverlapping(a.as_ptr(), made.data_ptr(), a.len());
                core::ptr::copy_nonoverlapping(b.as_ptr(), made.data_ptr().add(a.len()), b.len());
            }
            return made;
        }
        let mut out = Builder::new();
        out.push(self);
        out.push(other);
        out.finish()
    }

    /// `this + other`, in the memory of `this` when nobody else holds it and both are ASCII: so that building a string
    /// piece by piece takes linear time.
    pub fn append(this: Ref<Str>, other: &Str) -> Ref<Str> {
        let exact = this.downcast_exact::<Str>().is_some();
        let own = this.refcount() == 1 && !this.is_immortal() && !this.is_interned() && exact;
        if !own || !this.is_ascii() || !other.is_ascii() || core::ptr::eq(&*this, other) {
            return this.concat(other);
        }
        // SAFETY: the only reference is given away here; an ASCII string is its header and its characters with a zero
        // behind them, and the longer block has room for both.
        unsafe {
            let this = core::mem::ManuallyDrop::new(this);
            this.grow_ascii(other)
        }
    }

    /// The string repeated.
    pub fn repeat(&self, count: usize) -> Result<Ref<Str>> {
        match (count, self.len()) {
            (0, _) | (_, 0) => return Ok(Str::empty().into()),
            (1, _) => return Ok(self.exact()),
            _ => {}
        }
        let Some(total) = self.len().checked_mul(count).filter(|&n| n <= isize::MAX as usize / 4) else {
            return Err(overflow_error("repeated string is too long"));
        };
        let Some(made) = Str::try_alloc(total, self.max_char()) else {
            return Err(crate::errors::memory_error());
        };
        let size = self.len() * self.kind() as usize;
        // SAFETY: the new string has room for `count` copies of the same width, and nobody else sees it yet.
        unsafe {
            for i in 0..count {
                core::ptr::copy_nonoverlapping(self.data_ptr(), made.data_ptr().add(i * size), size);
            }
        }
        Ok(made)
    }
}

/// Return a copy with all occurrences of substring old replaced by new.
#[pyfn("replace($self, old, new, /, count=-1)")]
fn replace(s: &Str, old: &Str, new: &Str, count: isize) -> Ref<Str> {
    let limit = if count < 0 { usize::MAX } else { count as usize };
    let chars = s.chars();
    let found = chars.occurrences(old.chars(), limit);
    if found.is_empty() {
        return s.exact();
    }
    let mut out = Builder::new();
    let mut from = 0;
    for at in found {
        out.push_chars(chars.slice(from, at));
        out.push(new);
        from = at + old.len();
    }
    out.push_chars(chars.slice(from, chars.len()));
    out.finish()
}

fn limit_of(maxsplit: isize) -> usize {
    if maxsplit < 0 { usize::MAX } else { maxsplit as usize }
}

/// Return a list of the substrings in the string, using sep as the separator string.
///
///   sep
///     The separator used to split the string.
///
///     When set to None (the default value), will split on any whitespace
///     character (including \n \r \t \f and spaces) and will discard
///     empty strings from the result.
///   maxsplit
///     Maximum number of splits.
///     -1 (the default value) means no limit.
///
/// Splitting starts at the front of the string and works to the end.
#[pyfn("split($self, /, sep=None, maxsplit=-1)")]
fn split(s: &Str, sep: Option<&Object>, maxsplit: isize) -> Result<Ref<List>> {
    let limit = limit_of(maxsplit);
    let Some(sep) = separator(sep)? else { return Ok(split_space(s, limit)) };
    let chars = s.chars();
    let (mut parts, mut from) = (Vec::new(), 0);
    for at in chars.occurrences(sep.chars(), limit) {
        parts.push(s.part(from, at).into_object());
        from = at + sep.len();
    }
    parts.push(s.part(from, s.len()).into_object());
    Ok(List::from_vec(parts))
}

/// A separator that is a non-empty string; `None`: split at white space.
fn separator(sep: Option<&Object>) -> Result<Option<&Str>> {
    let Some(sep) = sep.filter(|s| !s.is_none()) else { return Ok(None) };
    let Some(text) = sep.downcast::<Str>() else {
        return Err(type_error(format!("must be str or None, not {}", sep.type_name())));
    };
    if text.is_empty() {
        return Err(value_error("empty separator"));
    }
    Ok(Some(text))
}

fn split_space(s: &Str, limit: usize) -> Ref<List> {
    let chars = s.chars();
    let (len, mut at, mut parts) = (chars.len(), 0, Vec::new());
    loop {
        while at < len && is_space(chars.at(at)) {
            at += 1;
        }
        if at == len {
            break;
        }
        if parts.len() >= limit {
            parts.push(s.part(at, len).into_object());
            break;
        }
        let start = at;
        while at < len && !is_space(chars.at(at)) {
            at += 1;
        }
        parts.push(s.part(start, at).into_object());
    }
    List::from_vec(parts)
}

/// Return a list of the substrings in the string, using sep as the separator string.
///
/// Splitting starts at the end of the string and works to the front.
#[pyfn("rsplit($self, /, sep=None, maxsplit=-1)")]
fn rsplit(s: &Str, sep: Option<&Object>, maxsplit: isize) -> Result<Ref<List>> {
    let limit = limit_of(maxsplit);
    let chars = s.chars();
    let (mut parts, mut end) = (Vec::new(), s.len());
    match separator(sep)? {
        Some(sep) => {
            let n = needle(&chars, sep.chars());
            while parts.len() < limit {
                let Some(at) = chars.slice(0, end).rfind(&n) else { break };
                parts.push(s.part(at + sep.len(), end).into_object());
                end = at;
            }
            parts.push(s.part(0, end).into_object());
        }
        None => loop {
            while end > 0 && is_space(chars.at(end - 1)) {
                end -= 1;
            }
            if end == 0 {
                break;
            }
            if parts.len() >= limit {
                parts.push(s.part(0, end).into_object());
                break;
            }
            let mut start = end;
            while start > 0 && !is_space(chars.at(start - 1)) {
                start -= 1;
            }
            parts.push(s.part(start, end).into_object());
            end = start;
        },
    }
    parts.reverse();
    Ok(List::from_vec(parts))
}

/// Concatenate any number of strings.
///
/// The string whose method is called is inserted in between each given string.
/// The result is returned as a new string.
///
/// Example: '.'.join(['ab', 'pq', 'rs']) -> 'ab.pq.rs'
#[pyfn("join($self, iterable, /)")]
pub fn join(s: &Str, iterable: &Object) -> Result<Ref<Str>> {
    let items = if iterable.downcast_exact::<List>().is_none()
        && iterable.downcast_exact::<Tuple>().is_none()
        && iterable.ty().tp_iter.get().is_none()
        && !iterable.is_sequence()
    {
        return Err(type_error("can only join an iterable"));
    } else {
        iterable.collect()?
    };
    if let [one] = items.as_slice() {
        if let Some(text) = one.downcast_exact::<Str>() {
            return Ok(Ref::from_borrowed(text));
        }
    }
    let mut out = Builder::new();
    for (index, item) in items.iter().enumerate() {
        let Some(text) = item.downcast::<Str>() else {
            return Err(type_error(format!(
                "sequence item {index}: expected str instance, {} found",
                item.type_name()
            )));
        };
        if index > 0 {
            out.push(s);
        }
        out.push(text);
    }
    Ok(out.finish())
}

macro_rules! case_methods {
    ($($(#[$doc:meta])* $name:ident $signature:literal;)*) => { $(
        $(#[$doc])*
        #[pyfn($signature)]
        fn $name(s: &Str) -> Ref<Str> {
            case::$name(s)
        }
    )* };
}
case_methods! {
    /// Return a capitalized version of the string.
    capitalize "capitalize($self, /)";
    /// Return a version of the string suitable for caseless comparisons.
    casefold "casefold($self, /)";
    /// Return a version of the string where each word is titlecased.
    title "title($self, /)";
    /// Return a copy of the string converted to lowercase.
    lower "lower($self, /)";
    /// Return a copy of the string converted to uppercase.
    upper "upper($self, /)";
    /// Convert uppercase characters to lowercase and lowercase characters to uppercase.
    swapcase "swapcase($self, /)";
}

/// A fill character: a string of length one.
fn fill_char(fill: Option<&Object>) -> Result<u32> {
    let Some(fill) = fill else { return Ok(u32::from(' ')) };
    match fill.downcast::<Str>() {
        Some(text) if text.len() == 1 => Ok(text.chars().at(0)),
        Some(_) => Err(type_error("The fill character must be exactly one character long")),
        None => Err(type_error(format!(
            "The fill character must be a unicode character, not {}",
            fill.type_name()
        ))),
    }
}

/// Longest text that an operation makes.
const MAX_LEN: usize = isize::MAX as usize / 4;

fn pad(s: &Str, left: usize, right: usize, fill: u32) -> Result<Ref<Str>> {
    if left == 0 && right == 0 {
        return Ok(s.exact());
    }
    let total = left.checked_add(right).and_then(|n| n.checked_add(s.len())).filter(|&n| n <= MAX_LEN);
    let Some(_) = total else { return Err(overflow_error("padded string is too long")) };
    if total.is_some_and(|t| Str::try_alloc(t, fill.max(s.max_char())).is_none()) {
        return Err(crate::errors::memory_error());
    }
    let mut out = Builder::new();
    (0..left).for_each(|_| out.push_char(fill));
    out.push(s);
    (0..right).for_each(|_| out.push_char(fill));
    Ok(out.finish())
}

fn missing_width(s: &Str, width: isize) -> usize {
    usize::try_from(width).unwrap_or(0).saturating_sub(s.len())
}

/// Return a centered string of length width.
///
/// Padding is done using the specified fill character (default is a space).
#[pyfn("center($self, width, fillchar=' ', /)")]
fn center(s: &Str, width: isize, fillchar: Option<&Object>) -> Result<Ref<Str>> {
    let fill = fill_char(fillchar)?;
    let margin = missing_width(s, width);
    let left = margin / 2 + (margin & width as usize & 1);
    pad(s, left, margin - left, fill)
}

/// Return a left-justified string of length width.
///
/// Padding is done using the specified fill character (default is a space).
#[pyfn("ljust($self, width, fillchar=' ', /)")]
fn ljust(s: &Str, width: isize, fillchar: Option<&Object>) -> Result<Ref<Str>> {
    pad(s, 0, missing_width(s, width), fill_char(fillchar)?)
}

/// Return a right-justified string of length width.
///
/// Padding is done using the specified fill character (default is a space).
#[pyfn("rjust($self, width, fillchar=' ', /)")]
fn rjust(s: &Str, width: isize, fillchar: Option<&Object>) -> Result<Ref<Str>> {
    pad(s, missing_width(s, width), 0, fill_char(fillchar)?)
}

/// Pad a numeric string with zeros on the left, to fill a field of the given width.
///
/// The string is never truncated.
#[pyfn("zfill($self, width, /)")]
fn zfill(s: &Str, width: isize) -> Result<Ref<Str>> {
    let zeros = missing_width(s, width);
    let signed = !s.is_empty() && matches!(s.chars().at(0), 0x2b | 0x2d);
    if !signed || zeros == 0 {
        return pad(s, zeros, 0, u32::from('0'));
    }
    let rest = pad(&s.part(1, s.len()), zeros, 0, u32::from('0'))?;
    Ok(s.part(0, 1).concat(&rest))
}

/// Return a copy where all tab characters are expanded using spaces.
///
/// If tabsize is not given, a tab size of 8 characters is assumed.
#[pyfn("expandtabs($self, /, tabsize=8)")]
fn expandtabs(s: &Str, tabsize: i32) -> Result<Ref<Str>> {
    let tab = usize::try_from(tabsize).unwrap_or(0);
    let (mut out, mut column) = (Builder::new(), 0usize);
    for c in s.chars().iter() {
        match c {
            9 if tab > 0 => {
                let spaces = tab - column % tab;
                if out.len() + spaces > MAX_LEN {
                    return Err(overflow_error("new string is too long"));
                }
                (0..spaces).for_each(|_| out.push_char(32));
                column += spaces;
            }
            9 => {}
            _ => {
                out.push_char(c);
                column = if matches!(c, 10 | 13) { 0 } else { column + 1 };
            }
        }
    }
    Ok(out.finish())
}

/// Which ends a strip works on.
#[derive(Clone, Copy, PartialEq)]
enum Ends {
    Left,
    Right,
    Both,
}

fn strip_ends(s: &Str, chars: Option<&Object>, ends: Ends, name: &str) -> Result<Ref<Str>> {
    let set = match chars {
        None => None,
        Some(set) => match set.downcast::<Str>() {
            Some(set) => Some(set.chars()),
            None => {
                return Err(type_error(format!("{name} arg must be None or str, not {}", set.type_name())));
            }
        },
    };
    let drop = |c: u32| match &set {
        Some(set) => set.iter().any(|x| x == c),
        None => is_space(c),
    };
    let text = s.chars();
    let (mut start, mut end) = (0, text.len());
    if ends != Ends::Right {
        while start < end && drop(text.at(start)) {
            start += 1;
        }
    }
    if ends != Ends::Left {
        while end > start && drop(text.at(end - 1)) {
            end -= 1;
        }
    }
    Ok(s.part(start, end))
}

/// Return a copy of the string with leading and trailing whitespace removed.
///
/// If chars is given and not None, remove characters in chars instead.
#[pyfn("strip($self, chars=None, /)")]
fn strip(s: &Str, chars: Option<&Object>) -> Result<Ref<Str>> {
    strip_ends(s, chars, Ends::Both, "strip")
}

/// Return a copy of the string with leading whitespace removed.
///
/// If chars is given and not None, remove characters in chars instead.
#[pyfn("lstrip($self, chars=None, /)")]
fn lstrip(s: &Str, chars: Option<&Object>) -> Result<Ref<Str>> {
    strip_ends(s, chars, Ends::Left, "lstrip")
}

/// Return a copy of the string with trailing whitespace removed.
///
/// If chars is given and not None, remove characters in chars instead.
#[pyfn("rstrip($self, chars=None, /)")]
fn rstrip(s: &Str, chars: Option<&Object>) -> Result<Ref<Str>> {
    strip_ends(s, chars, Ends::Right, "rstrip")
}

fn partition_at(s: &Str, sep: &Str, last: bool) -> Result<(Ref<Str>, Ref<Str>, Ref<Str>)> {
    if sep.is_empty() {
        return Err(value_error("empty separator"));
    }
    let empty = || -> Ref<Str> { Str::empty().into() };
    let chars = s.chars();
    let n = needle(&chars, sep.chars());
    let found = if last { chars.rfind(&n) } else { chars.find(&n) };
    Ok(match found {
        Some(at) => (s.part(0, at), Ref::from_borrowed(sep), s.part(at + sep.len(), s.len())),
        None if last => (empty(), empty(), s.exact()),
        None => (s.exact(), empty(), empty()),
    })
}

/// Partition the string into three parts using the given separator.
///
/// This will search for the separator in the string.  If the separator is found,
/// returns a 3-tuple containing the part before the separator, the separator
/// itself, and the part after it.
///
/// If the separator is not found, returns a 3-tuple containing the original string
/// and two empty strings.
#[pyfn("partition($self, sep, /)")]
fn partition(s: &Str, sep: &Str) -> Result<(Ref<Str>, Ref<Str>, Ref<Str>)> {
    partition_at(s, sep, false)
}

/// Partition the string into three parts using the given separator, starting at the end.
#[pyfn("rpartition($self, sep, /)")]
fn rpartition(s: &Str, sep: &Str) -> Result<(Ref<Str>, Ref<Str>, Ref<Str>)> {
    partition_at(s, sep, true)
}

/// Return a list of the lines in the string, breaking at line boundaries.
///
/// Line breaks are not included in the resulting list unless keepends is given and
/// true.
#[pyfn("splitlines($self, /, keepends=False)")]
fn splitlines(s: &Str, keepends: bool) -> Ref<List> {
    let chars = s.chars();
    let (len, mut start, mut at, mut lines) = (chars.len(), 0, 0, Vec::new());
    while at < len {
        if !is_line_break(chars.at(at)) {
            at += 1;
            continue;
        }
        let end = at;
        at += if chars.at(at) == 13 && at + 1 < len && chars.at(at + 1) == 10 { 2 } else { 1 };
        lines.push(s.part(start, if keepends { at } else { end }).into_object());
        start = at;
    }
    if start < len {
        lines.push(s.part(start, len).into_object());
    }
    List::from_vec(lines)
}

/// What a translation table gives for a character.
enum Mapped {
    Same,
    Delete,
    To(Ref<Str>),
}

fn translated(table: &Object, c: u32) -> Result<Mapped> {
    let value = match table.get_item(&Int::from_i64(c.into())) {
        Ok(value) => value,
        Err(raised) => {
            crate::errors::clear_if(raised, &crate::exceptions::PyExc_LookupError)?;
            return Ok(Mapped::Same);
        }
    };
    if value.is_none() {
        return Ok(Mapped::Delete);
    }
    if let Some(int) = value.downcast::<Int>() {
        return match int.to_i64().filter(|v| (0..=0x10ffff).contains(v)) {
            Some(code) => Ok(Mapped::To(Str::from_char(code as u32))),
            None => Err(value_error("character mapping must be in range(0x110000)")),
        };
    }
    match value.downcast_into::<Str>() {
        Ok(text) => Ok(Mapped::To(text)),
        Err(_) => Err(type_error("character mapping must return integer, None or str")),
    }
}

/// Replace each character in the string using the given translation table.
///
///   table
///     Translation table, which must be a mapping of Unicode ordinals to
///     Unicode ordinals, strings, or None.
///
/// The table must implement lookup/indexing via __getitem__, for instance a
/// dictionary or list.  If this operation raises LookupError, the character is
/// left untouched.  Characters mapped to None are deleted.
#[pyfn("translate($self, table, /)")]
fn translate(s: &Str, table: &Object) -> Result<Ref<Str>> {
    let mut out = Builder::new();
    for c in s.chars().iter() {
        match translated(table, c)? {
            Mapped::Same => out.push_char(c),
            Mapped::Delete => {}
            Mapped::To(text) => out.push(&text),
        }
    }
    Ok(out.finish())
}

/// Return a translation table usable for str.translate().
///
/// If there is only one argument, it must be a dictionary mapping Unicode
/// ordinals (integers) or characters to Unicode ordinals, strings or None.
/// Character keys will be then converted to ordinals.
/// If there are two arguments, they must be strings of equal length, and
/// in the resulting dictionary, each character in x will be mapped to the
/// character at the same position in y. If there is a third argument, it
/// must be a string, whose characters will be mapped to None in the result.
#[pyfn("maketrans(x, y=<unrepresentable>, z=<unrepresentable>, /)", static)]
fn maketrans(x: &Object, y: Option<&Str>, z: Option<&Str>) -> Result<Ref<Dict>> {
    let table = Dict::new();
    let Some(y) = y else {
        let Some(source) = x.downcast_exact::<Dict>() else {
            return Err(type_error("if you give only one argument to maketrans it must be a dict"));
        };
        for (key, value) in source.items() {
            match key.downcast::<Str>() {
                Some(text) if text.len() == 1 => {
                    table.set(&Int::from_i64(text.chars().at(0).into()), &value)?;
                }
                Some(_) => {
                    return Err(value_error("string keys in translate table must be of length 1"));
                }
                None if key.downcast::<Int>().is_some() => table.set(&key, &value)?,
                None => return Err(type_error("keys in translate table must be strings or integers")),
            }
        }
        return Ok(table);
    };
    let Some(x) = x.downcast::<Str>() else {
        return Err(type_error("first maketrans argument must be a string if there is a second argument"));
    };
    if x.len() != y.len() {
        return Err(value_error("the first two maketrans arguments must have equal length"));
    }
    for (from, to) in x.chars().iter().zip(y.chars().iter()) {
        table.set(&Int::from_i64(from.into()), &Int::from_i64(to.into()))?;
    }
    for c in z.into_iter().flat_map(|z| z.chars().iter().collect::<Vec<_>>()) {
        table.set(&Int::from_i64(c.into()), none())?;
    }
    Ok(table)
}

macro_rules! tests {
    ($($(#[$doc:meta])* $name:ident $signature:literal |$s:ident| $body:expr;)*) => { $(
        $(#[$doc])*
        #[pyfn($signature)]
        fn $name($s: &Str) -> bool {
            $body
        }
    )* };
}

/// Not empty, and every character passes.
fn all(s: &Str, test: impl Fn(u32) -> bool) -> bool {
    !s.is_empty() && s.chars().iter().all(test)
}

tests! {
    /// Return True if all characters in the string are ASCII, False otherwise.
    isascii "isascii($self, /)" |s| s.is_ascii();
    /// Return True if the string is a lowercase string, False otherwise.
    islower "islower($self, /)" |s| {
        s.chars().iter().any(is_lower) && !s.chars().iter().any(|c| is_upper(c) || is_title(c))
    };
    /// Return True if the string is an uppercase string, False otherwise.
    isupper "isupper($self, /)" |s| {
        s.chars().iter().any(is_upper) && !s.chars().iter().any(|c| is_lower(c) || is_title(c))
    };
    /// Return True if the string is a title-cased string, False otherwise.
    istitle "istitle($self, /)" |s| case::istitle(s);
    /// Return True if the string is a whitespace string, False otherwise.
    isspace "isspace($self, /)" |s| all(s, is_space);
    /// Return True if the string is a decimal string, False otherwise.
    isdecimal "isdecimal($self, /)" |s| all(s, is_decimal);
    /// Return True if the string is a digit string, False otherwise.
    isdigit "isdigit($self, /)" |s| all(s, is_digit);
    /// Return True if the string is a numeric string, False otherwise.
    isnumeric "isnumeric($self, /)" |s| all(s, is_numeric);
    /// Return True if the string is an alphabetic string, False otherwise.
    isalpha "isalpha($self, /)" |s| all(s, is_alpha);
    /// Return True if the string is an alpha-numeric string, False otherwise.
    isalnum "isalnum($self, /)" |s| all(s, |c| is_alpha(c) || is_numeric(c) || is_digit(c));
    /// Return True if the string is a valid Python identifier, False otherwise.
    isidentifier "isidentifier($self, /)" |s| s.is_identifier();
    /// Return True if all characters in the string are printable, False otherwise.
    isprintable "isprintable($self, /)" |s| s.chars().iter().all(is_printable);
}

impl Str {
    /// Is it a Python identifier (keywords included)?
    pub fn is_identifier(&self) -> bool {
        let chars = self.chars();
        !chars.is_empty()
            && is_identifier_start(chars.at(0))
            && chars.iter().skip(1).all(is_identifier_continue)
    }
}

/// Encode the string using the codec registered for encoding.
///
///   encoding
///     The encoding in which to encode the string.
///   errors
///     The error handling scheme to use for encoding errors.
///     The default is 'strict' meaning that encoding errors raise a
///     UnicodeEncodeError.  Other possible values are 'ignore', 'replace' and
///     'xmlcharrefreplace' as well as any other name registered with
///     codecs.register_error that can handle UnicodeEncodeErrors.
#[pyfn("encode($self, /, encoding='utf-8', errors='strict')")]
fn encode(s: &Str, encoding: &str, errors: &str) -> Result {
    crate::codecs::encode_text(s, encoding, errors)
}

/// Return a formatted version of the string, using substitutions from args and kwargs.
///
/// The substitutions are identified by braces ('{' and '}').
#[pyfn("format($self, /, *args, **kwargs)")]
fn format(s: &Str, args: Args<'_>, kwargs: crate::args::Kwargs<'_>) -> Result<Ref<Str>> {
    let keywords = kwargs.to_dict()?;
    super::template::format(s, args.as_slice(), Some(&keywords))
}

/// Return a formatted version of the string, using substitutions from mapping.
///
/// The substitutions are identified by braces ('{' and '}').
#[pyfn("format_map($self, mapping, /)")]
fn format_map(s: &Str, mapping: &Object) -> Result<Ref<Str>> {
    super::template::format_map(s, mapping)
}

/// Return a formatted version of the string as described by format_spec.
#[pyfn("__format__($self, format_spec, /)")]
fn dunder_format(s: &Str, format_spec: &Object) -> Result<Ref<Str>> {
    let spec = spec_argument(format_spec)?;
    if spec.is_empty() {
        return match s.downcast_exact::<Str>() {
            Some(_) => Ok(Ref::from_borrowed(s)),
            None => s.str(),
        };
    }
    format_str(s, spec, s.type_name())
}

/// Return the size of the string in memory, in bytes.
#[pyfn("__sizeof__($self, /)")]
fn sizeof(s: &Str) -> usize {
    s.size_in_memory()
}

#[pyfn("__getnewargs__($self, /)")]
fn getnewargs(s: &Str) -> Result {
    Ok(Tuple::from_vec(vec![Str::from_chars(s.chars()).into_object()]).into_object())
}

/// The character at an index of a subscript.
pub(super) fn at_index(s: &Str, index: isize) -> Result {
    let at = if index < 0 { index + s.len() as isize } else { index };
    if at < 0 || at as usize >= s.len() {
        return Err(index_error("string index out of range"));
    }
    Ok(Str::from_char(s.chars().at(at as usize)).into_object())
}
