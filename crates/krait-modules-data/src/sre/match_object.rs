//! `re.Match`. CPython: `MatchObject` in `Modules/_sre/sre.c`.

use super::engine::State;
use super::pattern::Pattern;
use super::subject::Subject;
use super::substitute::compile_template;
use super::template::{Output, Template};
use core::ffi::c_void;
use core::mem::offset_of;
use krait_macros::pyfn;
use krait_object::args::Args;
use krait_object::dealloc::dealloc_gc;
use krait_object::defs::{GetSetDef, MemberDef, MethodDef, member};
use krait_object::errors::index_error;
use krait_object::generic_alias::CLASS_GETITEM;
use krait_object::slots::MappingMethods;
use krait_object::str::search::Builder;
use krait_object::typeobj::flags;
use krait_object::{Dict, Int, Object, Ref, Result, Slot, Tuple, TypeObject, alloc, errors, none};

/// A match; it owns the spans, not the text they point into.
#[repr(C)]
pub struct Match {
    ob_base: Object,
    string: Slot,
    regs: Slot<Tuple>,
    pattern: Slot<Pattern>,
    pos: isize,
    endpos: isize,
    lastindex: u32,
    spans: Box<[Option<(usize, usize)>]>,
}

krait_object::object_type!(Match, MATCH_TYPE);

static AS_MAPPING: MappingMethods = MappingMethods::EMPTY.mp_subscript(subscript);
static METHODS: &[MethodDef] = &[
    group::DEF,
    start::DEF,
    end::DEF,
    span::DEF,
    groups::DEF,
    groupdict::DEF,
    expand::DEF,
    copy::DEF,
    deepcopy::DEF,
    CLASS_GETITEM,
    MethodDef::SENTINEL,
];
static MEMBERS: &[MemberDef] = &[
    MemberDef::new(c"string", member::T_OBJECT, offset_of!(Match, string), member::READONLY)
        .doc(c"The string passed to match() or search()."),
    MemberDef::new(c"re", member::T_OBJECT, offset_of!(Match, pattern), member::READONLY)
        .doc(c"The regular expression object."),
    MemberDef::new(c"pos", member::T_PYSSIZET, offset_of!(Match, pos), member::READONLY)
        .doc(c"The index into the string at which the RE engine started looking for a match."),
    MemberDef::new(c"endpos", member::T_PYSSIZET, offset_of!(Match, endpos), member::READONLY)
        .doc(c"The index into the string beyond which the RE engine will not go."),
    MemberDef::SENTINEL,
];
static GETSET: &[GetSetDef] = &[
    GetSetDef::getter(c"lastindex", get_lastindex)
        .doc(c"The integer index of the last matched capturing group."),
    GetSetDef::getter(c"lastgroup", get_lastgroup).doc(c"The name of the last matched capturing group."),
    GetSetDef::getter(c"regs", get_regs),
    GetSetDef::SENTINEL,
];

/// The type `re.Match`.
pub static MATCH_TYPE: TypeObject = TypeObject::of::<Match>(c"re.Match")
    .flags(flags::HAVE_GC | flags::DISALLOW_INSTANTIATION | flags::IMMUTABLETYPE)
    .doc(c"The result of re.match() and re.search().\nMatch objects always have a boolean value of True.")
    .tp_dealloc(dealloc_gc::<Match>)
    .tp_traverse(traverse)
    .tp_repr(repr)
    .as_mapping(&AS_MAPPING)
    .methods(METHODS)
    .members(MEMBERS)
    .getset(GETSET);

krait_object::traverse!(traverse, Match, |this, v| {
    v.slot(&this.string)?;
    v.slot(&this.regs)?;
    v.slot(&this.pattern)?;
});

impl Match {
    /// The match that a search left in its state.
    pub fn new(pattern: &Pattern, string: &Object, state: &State, pos: usize, endpos: usize) -> Ref<Match> {
        alloc::new_tracked(Match {
            ob_base: Object::new(&MATCH_TYPE),
            string: Slot::new(string.to_ref()),
            regs: Slot::empty(),
            pattern: Slot::new(Ref::from_borrowed(pattern)),
            pos: pos as isize,
            endpos: endpos as isize,
            lastindex: state.lastindex,
            spans: (0..=pattern.group_count()).map(|group| state.span(group)).collect(),
        })
    }

    fn string(&self) -> Ref<Object> {
        self.string.get().unwrap_or_else(|| none().to_ref())
    }

    fn groupindex(&self) -> Ref<Dict> {
        self.pattern.get().and_then(|p| p.groupindex.get()).unwrap_or_else(Dict::new)
    }

    /// The number of a group given by number or name.
    fn index(&self, group: &Object) -> Result<usize> {
        let number = if group.is_index() {
            match group.as_isize(true) {
                Ok(number) => Some(number),
                Err(_) => {
                    errors::clear();
                    None
                }
            }
        } else {
            match self.groupindex().get(group) {
                Ok(found) => {
                    found.and_then(|n| n.downcast::<Int>().and_then(Int::to_i64)).map(|n| n as isize)
                }
                Err(_) => {
                    errors::clear();
                    None
                }
            }
        };
        match number.and_then(|n| usize::try_from(n).ok()).filter(|&n| n < self.spans.len()) {
            Some(index) => Ok(index),
            None => Err(index_error("no such group")),
        }
    }

    fn text(&self, subject: &Subject<'_>, index: usize) -> Option<Ref<Object>> {
        self.spans[index].map(|(start, end)| subject.slice(start, end))
    }

    fn group_object(&self, group: &Object) -> Result<Option<Ref<Object>>> {
        let string = self.string();
        let index = self.index(group)?;
        Ok(self.text(&Subject::of(&string)?, index))
    }

    fn span_of(&self, group: Option<&Object>) -> Result<(isize, isize)> {
        let index = match group {
            Some(group) => self.index(group)?,
            None => 0,
        };
        Ok(self.spans[index].map_or((-1, -1), |(start, end)| (start as isize, end as isize)))
    }
}

extern "C" fn repr(object: &Object) -> Result {
    let this = object.expect::<Match>();
    let string = this.string();
    let text = this.text(&Subject::of(&string)?, 0).unwrap_or_else(|| none().to_ref()).repr()?;
    let (start, end) = this.span_of(None)?;
    let mut out = Builder::new();
    out.push_str(&format!("<re.Match object; span=({start}, {end}), match="));
    out.push_chars(text.chars().slice(0, text.len().min(50)));
    out.push_str(">");
    Ok(out.finish().into_object())
}

extern "C" fn subscript(object: &Object, key: &Object) -> Result {
    let found = object.expect::<Match>().group_object(key)?;
    Ok(found.unwrap_or_else(|| none().to_ref()))
}

/// group([group1, ...]) -> str or tuple.
/// Return subgroup(s) of the match by indices or names.
/// For 0 returns the entire match.
#[pyfn("group($self, /, *args)", nosig)]
fn group(this: &Match, args: Args<'_>) -> Result {
    let string = this.string();
    let subject = Subject::of(&string)?;
    let one = |index| this.text(&subject, index).unwrap_or_else(|| none().to_ref());
    match args.as_slice() {
        [] => Ok(one(0)),
        [group] => Ok(one(this.index(group)?)),
        many => {
            let mut items = Vec::with_capacity(many.len());
            for group in many {
                items.push(one(this.index(group)?));
            }
            Ok(Tuple::from_vec(items).into_object())
        }
    }
}

/// Return index of the start of the substring matched by group.
#[pyfn("start($self, group=0, /)")]
fn start(this: &Match, group: Option<&Object>) -> Result<isize> {
    Ok(this.span_of(group)?.0)
}

/// Return index of the end of the substring matched by group.
#[pyfn("end($self, group=0, /)")]
fn end(this: &Match, group: Option<&Object>) -> Result<isize> {
    Ok(this.span_of(group)?.1)
}

/// For match object m, return the 2-tuple (m.start(group), m.end(group)).
#[pyfn("span($self, group=0, /)")]
fn span(this: &Match, group: Option<&Object>) -> Result<(isize, isize)> {
    this.span_of(group)
}

/// Return a tuple containing all the subgroups of the match, from 1.
///
///   default
///     Is used for groups that did not participate in the match.
#[pyfn("groups($self, /, default=None)")]
fn groups(this: &Match, default: &Object) -> Result<Ref<Tuple>> {
    let string = this.string();
    let subject = Subject::of(&string)?;
    let item = |index| this.text(&subject, index).unwrap_or_else(|| default.to_ref());
    Ok(Tuple::from_vec((1..this.spans.len()).map(item).collect()))
}

/// Return a dictionary containing all the named subgroups of the match, keyed by the subgroup name.
///
///   default
///     Is used for groups that did not participate in the match.
#[pyfn("groupdict($self, /, default=None)")]
fn groupdict(this: &Match, default: &Object) -> Result<Ref<Dict>> {
    let result = Dict::new();
    let string = this.string();
    let subject = Subject::of(&string)?;
    for (name, _) in this.groupindex().items() {
        let index = this.index(&name)?;
        let value = this.text(&subject, index).unwrap_or_else(|| default.to_ref());
        result.set(&name, &value)?;
    }
    Ok(result)
}

/// Return the string obtained by doing backslash substitution on the string template, as done by the sub() method.
#[pyfn("expand($self, /, template)")]
fn expand(this: &Match, template: &Object) -> Result {
    let Some(pattern) = this.pattern.get() else { return Ok(none().to_ref()) };
    let template = match compile_template(&pattern, template)?.downcast_into::<Template>() {
        Ok(template) => template,
        Err(text) => return Ok(text),
    };
    if let Some(text) = template.literal() {
        return Ok(text);
    }
    let string = this.string();
    let subject = Subject::of(&string)?;
    let mut out = Output::like(&subject);
    template.expand(&mut out, &subject, |group| match this.spans.get(group) {
        Some(span) => Ok(*span),
        None => Err(index_error("no such group")),
    })?;
    Ok(out.finish())
}

#[pyfn("__copy__($self, /)")]
fn copy(this: &Match) -> Ref<Match> {
    Ref::from_borrowed(this)
}

#[pyfn("__deepcopy__($self, memo, /)")]
fn deepcopy(this: &Match, _memo: &Object) -> Ref<Match> {
    Ref::from_borrowed(this)
}

extern "C" fn get_lastindex(object: &Object, _: *mut c_void) -> Result {
    match object.expect::<Match>().lastindex {
        0 => Ok(none().to_ref()),
        index => Ok(Int::from_i64(index.into()).into_object()),
    }
}

extern "C" fn get_lastgroup(object: &Object, _: *mut c_void) -> Result {
    let this = object.expect::<Match>();
    let names = this.pattern.get().and_then(|p| p.indexgroup.get());
    let name = names.filter(|_| this.lastindex > 0);
    let name = name.and_then(|n| n.get(this.lastindex as usize).map(Object::to_ref));
    Ok(name.unwrap_or_else(|| none().to_ref()))
}

extern "C" fn get_regs(object: &Object, _: *mut c_void) -> Result {
    let this = object.expect::<Match>();
    if let Some(regs) = this.regs.get() {
        return Ok(regs.into_object());
    }
    let pair = |span: &Option<(usize, usize)>| {
        let (start, end) = span.map_or((-1, -1), |(start, end)| (start as i64, end as i64));
        Tuple::from_vec(vec![Int::from_i64(start).into_object(), Int::from_i64(end).into_object()])
            .into_object()
    };
    let regs = Tuple::from_vec(this.spans.iter().map(pair).collect());
    this.regs.set(Some(regs.clone()));
    Ok(regs.into_object())
}
