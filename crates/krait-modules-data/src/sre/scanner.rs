//! `_sre.SRE_Scanner`: one match after the other. CPython: `scanner_*` in `Modules/_sre/sre.c`.

use super::engine::State;
use super::match_object::Match;
use super::pattern::Pattern;
use super::subject::{Mode, Subject, clamp};
use core::cell::Cell;
use core::mem::offset_of;
use krait_macros::pyfn;
use krait_object::dealloc::dealloc_gc;
use krait_object::defs::{MemberDef, MethodDef, member};
use krait_object::typeobj::flags;
use krait_object::{Object, Ref, Result, Slot, TypeObject, alloc};

/// A position in a text.
#[repr(C)]
pub struct Scanner {
    ob_base: Object,
    pattern: Slot<Pattern>,
    string: Slot,
    pos: usize,
    end: usize,
    next: Cell<usize>,
    /// The match before was empty, so the next one must not be.
    must_advance: Cell<bool>,
    exhausted: Cell<bool>,
}

krait_object::object_type!(Scanner, SCANNER_TYPE);

static MEMBERS: &[MemberDef] = &[
    MemberDef::new(c"pattern", member::T_OBJECT, offset_of!(Scanner, pattern), member::READONLY),
    MemberDef::SENTINEL,
];

/// The type `_sre.SRE_Scanner`.
pub static SCANNER_TYPE: TypeObject = TypeObject::of::<Scanner>(c"_sre.SRE_Scanner")
    .flags(flags::HAVE_GC | flags::DISALLOW_INSTANTIATION | flags::IMMUTABLETYPE)
    .tp_dealloc(dealloc_gc::<Scanner>)
    .tp_traverse(traverse)
    .members(MEMBERS)
    .methods(&[match_::DEF, search::DEF, MethodDef::SENTINEL]);

krait_object::traverse!(traverse, Scanner, |this, v| {
    v.slot(&this.pattern)?;
    v.slot(&this.string)?;
});

impl Scanner {
    /// A scanner of a text between two positions.
    pub fn new(
        pattern: &Pattern,
        string: &Object,
        pos: Option<isize>,
        endpos: Option<isize>,
    ) -> Result<Ref<Scanner>> {
        let (pos, end) = clamp(Subject::for_pattern(pattern, string)?.len(), pos, endpos);
        Ok(alloc::new_tracked(Scanner {
            ob_base: Object::new(&SCANNER_TYPE),
            pattern: Slot::new(Ref::from_borrowed(pattern)),
            string: Slot::new(string.to_ref()),
            pos,
            end,
            next: Cell::new(pos),
            must_advance: Cell::new(false),
            exhausted: Cell::new(false),
        }))
    }

    /// The next match.
    pub fn advance(&self, mode: Mode) -> Result<Option<Ref<Match>>> {
        let (Some(pattern), Some(string)) = (self.pattern.get(), self.string.get()) else { return Ok(None) };
        if self.exhausted.get() {
            return Ok(None);
        }
        let subject = Subject::for_pattern(&pattern, &string)?;
        let mut state = State::new(pattern.group_count());
        let next = self.next.get();
        let barred = self.must_advance.get().then_some(next);
        if !subject.run(&pattern, &mut state, mode, next, self.end, barred)? {
            self.exhausted.set(true);
            return Ok(None);
        }
        self.next.set(state.end);
        self.must_advance.set(state.start == state.end);
        Ok(Some(Match::new(&pattern, &string, &state, self.pos, self.end)))
    }
}

#[pyfn("match($self, /)")]
fn match_(scanner: &Scanner) -> Result<Option<Ref<Match>>> {
    scanner.advance(Mode::Match)
}

#[pyfn("search($self, /)")]
fn search(scanner: &Scanner) -> Result<Option<Ref<Match>>> {
    scanner.advance(Mode::Search)
}
