//! `Pattern.sub` and `subn`. CPython: `pattern_subx` in `Modules/_sre/sre.c`.

use super::match_object::Match;
use super::pattern::Pattern;
use super::subject::{Scan, Subject};
use super::template::{Output, Template};
use krait_object::{Bytes, Object, Ref, Result, errors, exceptions, type_error};

/// What a match is replaced by.
enum Replacement {
    Literal(Ref<Object>),
    Template(Ref<Template>),
    Function(Ref<Object>),
}

/// The parsed form of a replacement text: a template, or a text without groups.
pub fn compile_template(pattern: &Pattern, template: &Object) -> Result {
    let Some(import) = krait_object::interp::current().hooks.import_module.get() else {
        return Err(errors::raise(&exceptions::PyExc_ImportError, "No module named 're'"));
    };
    let function = import("re")?.get_attr(krait_object::id!("_compile_template"))?;
    match function.call(&[pattern, template]) {
        Err(raised) if template.hash_fails() => {
            // A text that cannot be hashed (bytearray) is copied, because the function caches by it.
            errors::clear_if(raised, &exceptions::PyExc_TypeError)?;
            let Some(copy) = krait_object::buffer::copy_of_bytes(template)? else {
                return Err(type_error("expected string or bytes-like object"));
            };
            function.call(&[pattern, &Bytes::new(&copy)])
        }
        other => other,
    }
}

trait HashFails {
    /// Is an object's type one whose instances have no hash?
    fn hash_fails(&self) -> bool;
}

impl HashFails for Object {
    fn hash_fails(&self) -> bool {
        self.downcast_exact::<krait_object::Str>().is_none() && self.downcast_exact::<Bytes>().is_none()
    }
}

fn replacement(pattern: &Pattern, repl: &Object) -> Result<Replacement> {
    if repl.is_callable() {
        return Ok(Replacement::Function(repl.to_ref()));
    }
    let literal = match Subject::of(repl) {
        Ok(text) => {
            let chars = text.chars();
            let escape = krait_object::str::Chars::Latin1(b"\\");
            chars.find(&krait_object::str::search::needle(&chars, escape)).is_none()
        }
        Err(_) => {
            errors::clear();
            false
        }
    };
    if literal {
        return Ok(Replacement::Literal(repl.to_ref()));
    }
    match compile_template(pattern, repl)?.downcast_into::<Template>() {
        Ok(template) => Ok(match template.literal() {
            Some(text) => Replacement::Literal(text),
            None => Replacement::Template(template),
        }),
        Err(text) => Ok(Replacement::Literal(text)),
    }
}

/// The text with at most `count` matches replaced (0: all), and how many were.
pub fn substitute(
    pattern: &Pattern,
    repl: &Object,
    string: &Object,
    count: isize,
) -> Result<(Ref<Object>, usize)> {
    let how = replacement(pattern, repl)?;
    let subject = Subject::for_pattern(pattern, string)?;
    let len = subject.len();
    let mut scan = Scan::new(pattern, &subject, 0, len);
    let mut out = Output::like(&subject);
    let (mut done, mut last, mut pieces) = (0, 0, 0);
    while count <= 0 || done < count as usize {
        if !scan.advance()? {
            break;
        }
        let (start, end) = (scan.state.start, scan.state.end);
        if last < start {
            out.push_part(&subject, last, start);
            pieces += 1;
        }
        match &how {
            Replacement::Literal(text) => out.push_object(text, pieces)?,
            Replacement::Template(template) => {
                let groups = pattern.group_count();
                let span = |group: usize| {
                    if group > groups {
                        return Err(errors::index_error("no such group"));
                    }
                    Ok(scan.state.span(group))
                };
                template.expand(&mut out, &subject, span)?;
            }
            Replacement::Function(function) => {
                let found = Match::new(pattern, string, &scan.state, 0, len);
                let text = function.call(&[&found])?;
                if !text.is_none() {
                    out.push_object(&text, pieces)?;
                }
            }
        }
        pieces += 1;
        done += 1;
        last = end;
    }
    if done == 0 && last == 0 {
        return Ok((subject.slice(0, len), 0));
    }
    out.push_part(&subject, last, len);
    Ok((out.finish(), done))
}
