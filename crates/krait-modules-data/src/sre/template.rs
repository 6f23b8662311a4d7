//! `_sre.SRE_Template`: a replacement text cut into literals and group numbers. CPython: `TemplateObject` in
//! `Modules/_sre/sre.c`.

use super::subject::Subject;
use krait_object::dealloc::dealloc_gc;
use krait_object::str::search::Builder;
use krait_object::typeobj::flags;
use krait_object::{Bytes, Int, List, Object, Ref, Result, Slot, Str, Tuple, TypeObject, alloc, type_error};

/// Literal, group, literal, group, …, literal.
#[repr(C)]
pub struct Template {
    ob_base: Object,
    literals: Slot<Tuple>,
    groups: Box<[usize]>,
}

krait_object::object_type!(Template, TEMPLATE_TYPE);

/// The type `_sre.SRE_Template`.
pub static TEMPLATE_TYPE: TypeObject = TypeObject::of::<Template>(c"_sre.SRE_Template")
    .flags(flags::HAVE_GC | flags::DISALLOW_INSTANTIATION | flags::IMMUTABLETYPE)
    .tp_dealloc(dealloc_gc::<Template>)
    .tp_traverse(traverse);

krait_object::traverse!(traverse, Template, |this, v| {
    v.slot(&this.literals)?;
});

/// `_sre.template`: the list alternates texts and group numbers.
pub fn new(_pattern: &Object, template: &List) -> Result {
    let invalid = || type_error("invalid template");
    let items = template.to_vec();
    if items.len() % 2 == 0 {
        return Err(invalid());
    }
    let (mut literals, mut groups) = (Vec::new(), Vec::new());
    for (position, item) in items.into_iter().enumerate() {
        if position % 2 == 0 {
            literals.push(item);
            continue;
        }
        let Some(index) = item.downcast::<Int>() else { return Err(invalid()) };
        match index.to_i64().and_then(|i| usize::try_from(i).ok()) {
            Some(index) => groups.push(index),
            None => return Err(invalid()),
        }
    }
    Ok(alloc::new_tracked(Template {
        ob_base: Object::new(&TEMPLATE_TYPE),
        literals: Slot::new(Tuple::from_vec(literals)),
        groups: groups.into(),
    })
    .into_object())
}

/// Text under construction: characters or bytes, after the kind of the pattern.
pub enum Output {
    Text(Builder),
    Bytes(Vec<u8>),
}

impl Output {
    /// Nothing yet, of the subject's kind.
    pub fn like(subject: &Subject<'_>) -> Output {
        match subject {
            Subject::Text(_) => Output::Text(Builder::new()),
            Subject::Memory(..) => Output::Bytes(Vec::new()),
        }
    }

    /// Appends a part of the subject.
    pub fn push_part(&mut self, subject: &Subject<'_>, start: usize, end: usize) {
        match (self, subject) {
            (Output::Text(out), _) => out.push_chars(subject.chars().slice(start, end)),
            (Output::Bytes(out), Subject::Memory(_, view)) => {
                out.extend_from_slice(&view.as_slice()[start..end]);
            }
            (Output::Bytes(_), Subject::Text(_)) => {}
        }
    }

    /// Appends an object, which must be of the same kind; `index` counts the pieces before it.
    pub fn push_object(&mut self, item: &Object, index: usize) -> Result<()> {
        match self {
            Output::Text(out) => match item.downcast::<Str>() {
                Some(text) => out.push(text),
                None => {
                    let name = item.type_name();
                    return Err(type_error(format!(
                        "sequence item {index}: expected str instance, {name} found"
                    )));
                }
            },
            Output::Bytes(out) => match krait_object::buffer::copy_of_bytes(item)? {
                Some(bytes) => out.extend_from_slice(&bytes),
                None => {
                    let name = item.type_name();
                    return Err(type_error(format!(
                        "sequence item {index}: expected a bytes-like object, {name} found"
                    )));
                }
            },
        }
        Ok(())
    }

    /// The result.
    pub fn finish(self) -> Ref<Object> {
        match self {
            Output::Text(out) => out.finish().into_object(),
            Output::Bytes(out) => Bytes::new(&out).into_object(),
        }
    }
}

impl Template {
    /// Appends the template with groups filled in by their spans.
    pub fn expand(
        &self,
        out: &mut Output,
        subject: &Subject<'_>,
        span: impl Fn(usize) -> Result<Option<(usize, usize)>>,
    ) -> Result<()> {
        let Some(literals) = self.literals.get() else { return Ok(()) };
        for (index, literal) in literals.as_objects().iter().enumerate() {
            out.push_object(literal, index * 2)?;
            if let Some(&group) = self.groups.get(index)
                && let Some((start, end)) = span(group)?
            {
                out.push_part(subject, start, end);
            }
        }
        Ok(())
    }

    /// The only literal of a template without groups.
    pub fn literal(&self) -> Option<Ref<Object>> {
        if !self.groups.is_empty() {
            return None;
        }
        self.literals.get().and_then(|l| l.get(0).map(Object::to_ref))
    }
}
