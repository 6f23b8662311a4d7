//! `re.Pattern`. CPython: `PatternObject` in `Modules/_sre/sre.c`.

use super::engine::State;
use super::match_object::Match;
use super::scanner::Scanner;
use super::subject::{Mode, Scan, Subject, clamp};
use super::substitute::substitute;
use core::cell::Cell;
use core::ffi::{c_int, c_void};
use core::mem::offset_of;
use krait_macros::pyfn;
use krait_object::dealloc::dealloc_gc;
use krait_object::defs::{GetSetDef, MemberDef, MethodDef, member};
use krait_object::descriptors::mappingproxy::PyDictProxy_Type;
use krait_object::generic_alias::CLASS_GETITEM;
use krait_object::object::bool_object;
use krait_object::result::len_result;
use krait_object::str::search::Builder;
use krait_object::typeobj::flags;
use krait_object::weakref::ListHead;
use krait_object::{
    CompareOp, Dict, List, Object, Ref, Result, Slot, Tuple, TypeObject, alloc, errors, hash, id, none,
    not_implemented,
};

/// A compiled regular expression.
#[repr(C)]
pub struct Pattern {
    ob_base: Object,
    groups: Cell<isize>,
    pub(super) groupindex: Slot<Dict>,
    pub(super) indexgroup: Slot<Tuple>,
    pattern: Slot,
    flags: Cell<c_int>,
    weakreflist: ListHead,
    is_bytes: Option<bool>,
    code: Box<[u32]>,
}

krait_object::object_type!(Pattern, PATTERN_TYPE);

static METHODS: &[MethodDef] = &[
    match_::DEF,
    fullmatch::DEF,
    search::DEF,
    sub::DEF,
    subn::DEF,
    findall::DEF,
    split::DEF,
    finditer::DEF,
    scanner::DEF,
    copy::DEF,
    deepcopy::DEF,
    CLASS_GETITEM,
    MethodDef::SENTINEL,
];
static MEMBERS: &[MemberDef] = &[
    MemberDef::new(c"pattern", member::T_OBJECT, offset_of!(Pattern, pattern), member::READONLY)
        .doc(c"The pattern string from which the RE object was compiled."),
    MemberDef::new(c"flags", member::T_INT, offset_of!(Pattern, flags), member::READONLY)
        .doc(c"The regex matching flags."),
    MemberDef::new(c"groups", member::T_PYSSIZET, offset_of!(Pattern, groups), member::READONLY)
        .doc(c"The number of capturing groups in the pattern."),
    MemberDef::SENTINEL,
];
static GETSET: &[GetSetDef] = &[
    GetSetDef::getter(c"groupindex", get_groupindex)
        .doc(c"A dictionary mapping group names to group numbers."),
    GetSetDef::SENTINEL,
];

/// The type `re.Pattern`.
pub static PATTERN_TYPE: TypeObject = TypeObject::of::<Pattern>(c"re.Pattern")
    .flags(flags::HAVE_GC | flags::DISALLOW_INSTANTIATION | flags::IMMUTABLETYPE)
    .doc(c"Compiled regular expression object.")
    .weaklist_offset(offset_of!(Pattern, weakreflist))
    .tp_dealloc(dealloc_gc::<Pattern>)
    .tp_traverse(traverse)
    .tp_repr(repr)
    .tp_hash(pattern_hash)
    .tp_richcompare(richcompare)
    .methods(METHODS)
    .members(MEMBERS)
    .getset(GETSET);

krait_object::traverse!(traverse, Pattern, |this, v| {
    v.slot(&this.groupindex)?;
    v.slot(&this.indexgroup)?;
    v.slot(&this.pattern)?;
});

impl Pattern {
    /// A pattern of compiled code; `pattern` is what it was written as, or None.
    pub fn new(
        pattern: &Object,
        flags: c_int,
        code: Box<[u32]>,
        groups: isize,
        groupindex: &Dict,
        indexgroup: &Tuple,
    ) -> Result<Ref<Pattern>> {
        let is_bytes = match pattern.is_none() {
            true => None,
            false => Some(matches!(Subject::of(pattern)?, Subject::Memory(..))),
        };
        if groups < 0 || groups as usize > code.len() {
            return Err(errors::runtime_error("invalid SRE code"));
        }
        Ok(alloc::new_tracked(Pattern {
            ob_base: Object::new(&PATTERN_TYPE),
            groups: Cell::new(groups),
            groupindex: Slot::new(Ref::from_borrowed(groupindex)),
            indexgroup: Slot::new(Ref::from_borrowed(indexgroup)),
            pattern: Slot::new(pattern.to_ref()),
            flags: Cell::new(flags),
            weakreflist: Cell::new(core::ptr::null_mut()),
            is_bytes,
            code,
        }))
    }

    /// The instructions.
    pub fn code(&self) -> &[u32] {
        &self.code
    }

    /// Number of groups.
    pub fn group_count(&self) -> usize {
        self.groups.get() as usize
    }

    /// Written as bytes? `None` when it is not known what it was written as.
    pub fn is_bytes(&self) -> Option<bool> {
        self.is_bytes
    }

    fn run(
        &self,
        mode: Mode,
        string: &Object,
        pos: Option<isize>,
        endpos: Option<isize>,
    ) -> Result<Option<Ref<Match>>> {
        let subject = Subject::for_pattern(self, string)?;
        let (start, end) = clamp(subject.len(), pos, endpos);
        let mut state = State::new(self.group_count());
        let found = subject.run(self, &mut state, mode, start, end, None)?;
        Ok(found.then(|| Match::new(self, string, &state, start, end)))
    }
}

/// Matches zero or more characters at the beginning of the string.
#[pyfn("match($self, /, string, pos=0, endpos=sys.maxsize)")]
fn match_(
    pattern: &Pattern,
    string: &Object,
    pos: Option<isize>,
    endpos: Option<isize>,
) -> Result<Option<Ref<Match>>> {
    pattern.run(Mode::Match, string, pos, endpos)
}

/// Matches against all of the string.
#[pyfn("fullmatch($self, /, string, pos=0, endpos=sys.maxsize)")]
fn fullmatch(
    pattern: &Pattern,
    string: &Object,
    pos: Option<isize>,
    endpos: Option<isize>,
) -> Result<Option<Ref<Match>>> {
    pattern.run(Mode::FullMatch, string, pos, endpos)
}

/// Scan through string looking for a match, and return a corresponding match object instance.
///
/// Return None if no position in the string matches.
#[pyfn("search($self, /, string, pos=0, endpos=sys.maxsize)")]
fn search(
    pattern: &Pattern,
    string: &Object,
    pos: Option<isize>,
    endpos: Option<isize>,
) -> Result<Option<Ref<Match>>> {
    pattern.run(Mode::Search, string, pos, endpos)
}

/// Return the string obtained by replacing the leftmost non-overlapping occurrences of pattern in string by the replacement repl.
#[pyfn("sub($self, /, repl, string, count=0)")]
fn sub(pattern: &Pattern, repl: &Object, string: &Object, count: isize) -> Result {
    Ok(substitute(pattern, repl, string, count)?.0)
}

/// Return the tuple (new_string, number_of_subs_made) found by replacing the leftmost non-overlapping occurrences of pattern with the replacement repl.
#[pyfn("subn($self, /, repl, string, count=0)")]
fn subn(pattern: &Pattern, repl: &Object, string: &Object, count: isize) -> Result<(Ref<Object>, usize)> {
    substitute(pattern, repl, string, count)
}

/// Return a list of all non-overlapping matches of pattern in string.
#[pyfn("findall($self, /, string, pos=0, endpos=sys.maxsize)")]
fn findall(
    pattern: &Pattern,
    string: &Object,
    pos: Option<isize>,
    endpos: Option<isize>,
) -> Result<Ref<List>> {
    let subject = Subject::for_pattern(pattern, string)?;
    let (start, end) = clamp(subject.len(), pos, endpos);
    let mut scan = Scan::new(pattern, &subject, start, end);
    let mut found = Vec::new();
    let groups = pattern.group_count();
    while scan.advance()? {
        let group = |index| scan.group(index).unwrap_or_else(|| subject.slice(0, 0));
        found.push(match groups {
            0 => group(0),
            1 => group(1),
            _ => Tuple::from_vec((1..=groups).map(group).collect()).into_object(),
        });
    }
    Ok(List::from_vec(found))
}

/// Split string by the occurrences of pattern.
#[pyfn("split($self, /, string, maxsplit=0)")]
fn split(pattern: &Pattern, string: &Object, maxsplit: isize) -> Result<Ref<List>> {
    let subject = Subject::for_pattern(pattern, string)?;
    let len = subject.len();
    let mut scan = Scan::new(pattern, &subject, 0, len);
    let (mut parts, mut last, mut done) = (Vec::new(), 0, 0);
    while (maxsplit == 0 || done < maxsplit) && scan.advance()? {
        parts.push(subject.slice(last, scan.state.start));
        for index in 1..=pattern.group_count() {
            parts.push(scan.group(index).unwrap_or_else(|| none().to_ref()));
        }
        last = scan.state.end;
        done += 1;
    }
    parts.push(subject.slice(last, len));
    Ok(List::from_vec(parts))
}

/// Return an iterator over all non-overlapping matches for the RE pattern in string.
///
/// For each match, the iterator returns a match object.
#[pyfn("finditer($self, /, string, pos=0, endpos=sys.maxsize)")]
fn finditer(pattern: &Pattern, string: &Object, pos: Option<isize>, endpos: Option<isize>) -> Result {
    let scanner = Scanner::new(pattern, string, pos, endpos)?;
    let search = scanner.get_attr(id!("search"))?;
    let Some(iter) = krait_object::interp::current().builtins.get().and_then(|b| b.get_str(id!("iter")))
    else {
        return Err(errors::attribute_error("iter"));
    };
    iter.call(&[&search, none()])
}

#[pyfn("scanner($self, /, string, pos=0, endpos=sys.maxsize)")]
fn scanner(
    pattern: &Pattern,
    string: &Object,
    pos: Option<isize>,
    endpos: Option<isize>,
) -> Result<Ref<Scanner>> {
    Scanner::new(pattern, string, pos, endpos)
}

#[pyfn("__copy__($self, /)")]
fn copy(pattern: &Pattern) -> Ref<Pattern> {
    Ref::from_borrowed(pattern)
}

#[pyfn("__deepcopy__($self, memo, /)")]
fn deepcopy(pattern: &Pattern, _memo: &Object) -> Ref<Pattern> {
    Ref::from_borrowed(pattern)
}

const FLAG_NAMES: [(c_int, &str); 8] = [
    (2, "re.IGNORECASE"),
    (4, "re.LOCALE"),
    (8, "re.MULTILINE"),
    (16, "re.DOTALL"),
    (32, "re.UNICODE"),
    (64, "re.VERBOSE"),
    (128, "re.DEBUG"),
    (256, "re.ASCII"),
];
const LOCALE: c_int = 4;
const UNICODE: c_int = 32;
const ASCII: c_int = 256;

extern "C" fn repr(object: &Object) -> Result {
    let pattern = object.expect::<Pattern>();
    let mut flags = pattern.flags.get();
    // The flag that is there unless another is chosen is not shown.
    if pattern.is_bytes == Some(false) && flags & (LOCALE | UNICODE | ASCII) == UNICODE {
        flags &= !UNICODE;
    }
    let mut names: Vec<String> = Vec::new();
    for (bit, name) in FLAG_NAMES {
        if flags & bit != 0 {
            names.push(name.to_owned());
            flags &= !bit;
        }
    }
    if flags != 0 {
        names.push(format!("0x{flags:x}"));
    }
    let text = pattern.pattern.get().unwrap_or_else(|| none().to_ref()).repr()?;
    let mut out = Builder::new();
    out.push_str("re.compile(");
    out.push_chars(text.chars().slice(0, text.len().min(200)));
    if !names.is_empty() {
        out.push_str(", ");
        out.push_str(&names.join("|"));
    }
    out.push_str(")");
    Ok(out.finish().into_object())
}

extern "C" fn pattern_hash(object: &Object) -> isize {
    let pattern = object.expect::<Pattern>();
    len_result((|| {
        let bytes: Vec<u8> = pattern.code.iter().flat_map(|word| word.to_ne_bytes()).collect();
        let source = pattern.pattern.get().unwrap_or_else(|| none().to_ref()).hash()?;
        let hash = hash::hash_bytes(&bytes)
            ^ source
            ^ pattern.flags.get() as isize
            ^ pattern.is_bytes.map_or(-1, isize::from)
            ^ pattern.code.len() as isize;
        Ok(if hash == -1 { -2 } else { hash })
    })())
}

extern "C" fn richcompare(a: &Object, b: &Object, op: c_int) -> Result {
    let op = CompareOp::from_int(op);
    let (CompareOp::Eq | CompareOp::Ne, Some(x), Some(y)) =
        (op, a.downcast::<Pattern>(), b.downcast::<Pattern>())
    else {
        return Ok(not_implemented().to_ref());
    };
    let same = x.is(y)
        || (x.flags.get() == y.flags.get()
            && x.is_bytes == y.is_bytes
            && x.code == y.code
            && match (x.pattern.get(), y.pattern.get()) {
                (Some(p), Some(q)) => p.eq(&q)?,
                (p, q) => p.is_none() && q.is_none(),
            });
    Ok(bool_object(same == (op == CompareOp::Eq)).to_ref())
}

extern "C" fn get_groupindex(object: &Object, _: *mut c_void) -> Result {
    let pattern = object.expect::<Pattern>();
    let dict = pattern.groupindex.get().unwrap_or_else(Dict::new);
    if dict.is_empty() {
        return Ok(dict.into_object());
    }
    PyDictProxy_Type.call(&[&dict])
}
