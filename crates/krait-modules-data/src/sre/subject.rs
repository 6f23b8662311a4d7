//! The text that is searched: a string or readable memory, and slices of it as objects.

use super::engine::{Request, State};
use super::pattern::Pattern;
use krait_object::buffer::{View, request};
use krait_object::str::Chars;
use krait_object::{Bytes, Object, Ref, Result, Str, type_error};

/// A text in use; memory of a buffer is held until it is dropped.
pub enum Subject<'a> {
    Text(&'a Str),
    Memory(&'a Object, View),
}

/// Match here, or look for a match.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    Match,
    FullMatch,
    Search,
}

impl<'a> Subject<'a> {
    /// A string or bytes-like object.
    pub fn of(object: &'a Object) -> Result<Subject<'a>> {
        if let Some(text) = object.downcast::<Str>() {
            return Ok(Subject::Text(text));
        }
        if object.ty().buffer().is_none_or(|b| b.bf_getbuffer.get().is_none()) {
            let name = object.type_name();
            return Err(type_error(format!("expected string or bytes-like object, got '{name}'")));
        }
        Ok(Subject::Memory(object, View::get(object, request::SIMPLE)?))
    }

    /// The same, of the kind that a pattern is for.
    pub fn for_pattern(pattern: &Pattern, object: &'a Object) -> Result<Subject<'a>> {
        let subject = Subject::of(object)?;
        match (pattern.is_bytes(), &subject) {
            (Some(false), Subject::Memory(..)) => {
                Err(type_error("cannot use a string pattern on a bytes-like object"))
            }
            (Some(true), Subject::Text(_)) => {
                Err(type_error("cannot use a bytes pattern on a string-like object"))
            }
            _ => Ok(subject),
        }
    }

    /// The characters (bytes as Latin-1).
    pub fn chars(&self) -> Chars<'_> {
        match self {
            Subject::Text(text) => text.chars(),
            Subject::Memory(_, view) => Chars::Latin1(view.as_slice()),
        }
    }

    /// Number of characters.
    pub fn len(&self) -> usize {
        self.chars().len()
    }

    /// A part as an object of its own.
    pub fn slice(&self, start: usize, end: usize) -> Ref<Object> {
        let (start, end) = (start.min(self.len()), end.min(self.len()));
        let end = end.max(start);
        match self {
            Subject::Text(text) => text.part(start, end).into_object(),
            Subject::Memory(object, view) => match object.downcast_exact::<Bytes>() {
                Some(whole) if start == 0 && end == view.as_slice().len() => whole.to_ref(),
                _ => Bytes::new(&view.as_slice()[start..end]).into_object(),
            },
        }
    }

    /// Runs a pattern's code from `start` in the text up to `end`.
    pub fn run(
        &self,
        pattern: &Pattern,
        state: &mut State,
        mode: Mode,
        start: usize,
        end: usize,
        must_advance: Option<usize>,
    ) -> Result<bool> {
        if start > end || end > self.len() {
            return Ok(false);
        }
        let (code, whole) = (pattern.code(), mode == Mode::FullMatch);
        macro_rules! go {
            ($text:expr) => {{
                let request = Request { code, text: &$text[..end], whole, must_advance };
                if mode == Mode::Search {
                    request.search(state, start)
                } else {
                    request.match_at(state, start)
                }
            }};
        }
        match self.chars() {
            Chars::Latin1(text) => go!(text),
            Chars::Ucs2(text) => go!(text),
            Chars::Ucs4(text) => go!(text),
        }
    }
}

/// Start and end positions brought inside a text.
pub fn clamp(len: usize, pos: Option<isize>, endpos: Option<isize>) -> (usize, usize) {
    let inside = |p: isize| (p.max(0) as usize).min(len);
    (inside(pos.unwrap_or(0)), inside(endpos.unwrap_or(isize::MAX)))
}

/// All matches in a text, one after the other; an empty one is not repeated at its place.
pub struct Scan<'p, 's, 'a> {
    pattern: &'p Pattern,
    pub subject: &'s Subject<'a>,
    pub state: State,
    next: usize,
    end: usize,
    must_advance: Option<usize>,
}

impl<'p, 's, 'a> Scan<'p, 's, 'a> {
    /// From `start` in the text up to `end`.
    pub fn new(pattern: &'p Pattern, subject: &'s Subject<'a>, start: usize, end: usize) -> Scan<'p, 's, 'a> {
        let state = State::new(pattern.group_count());
        Scan { pattern, subject, state, next: start, end, must_advance: None }
    }

    /// Goes to the next match, which is then in `state`.
    pub fn advance(&mut self) -> Result<bool> {
        let found = self.subject.run(
            self.pattern,
            &mut self.state,
            Mode::Search,
            self.next,
            self.end,
            self.must_advance,
        )?;
        if found {
            self.next = self.state.end;
            self.must_advance = (self.state.start == self.state.end).then_some(self.next);
        }
        Ok(found)
    }

    /// A group of the current match; `None` if it took no part.
    pub fn group(&self, index: usize) -> Option<Ref<Object>> {
        self.state.span(index).map(|(start, end)| self.subject.slice(start, end))
    }
}
