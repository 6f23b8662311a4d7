//! The matcher: a backtracking machine over the code of `re._compiler`. CPython: `Modules/_sre/sre_lib.h`.
//!
//! Nothing recurses: what may be tried later lies on the stack `trail`, and a failure pops it. Marks that are
//! overwritten go there too, so that popping restores them. States of counted repeats never change once made: a round
//! makes a new one, and a choice remembers which was current. Look-around and atomic groups put a [`Trail::Barrier`]
//! and a [`Sub`]; when the sub-pattern succeeds, its choices are removed from the trail and its marks stay.
//!
//! Code is read with bounds: damaged code fails to match, it does not crash.

use super::charset::{Fold, accepts, after_one, fold, in_set, word_test};
use super::opcode::*;
use krait_object::Result;

/// A mark that is not set.
pub const UNSET: usize = usize::MAX;
/// No repeat is active.
const NO_REPEAT: u32 = u32::MAX;
/// Instructions between two looks at pending signals.
const SIGNAL_INTERVAL: u32 = 1 << 16;

/// A character in its width in memory.
pub trait Unit: Copy + Into<u32> {
    /// First occurrence of a code point.
    fn find(text: &[Self], c: u32) -> Option<usize> {
        text.iter().position(|&u| u.into() == c)
    }
}

impl Unit for u8 {
    fn find(text: &[u8], c: u32) -> Option<usize> {
        u8::try_from(c).ok().and_then(|c| memchr::memchr(c, text))
    }
}
impl Unit for u16 {}
impl Unit for u32 {}

/// What is tried, or put back, when matching fails.
enum Trail {
    /// A sub-match began here.
    Barrier,
    /// A mark had this value.
    Mark { index: u32, lastindex: u32, old: usize },
    /// Go on at `pc`.
    Choice { pc: u32, repeat: u32, repeats: u32, ptr: usize },
    /// Try the alternative whose skip word is at `pc`.
    Branch { pc: u32, repeat: u32, repeats: u32, ptr: usize },
    /// A greedy run of single characters: give one back, down to `low`.
    Greedy { pc: u32, repeat: u32, repeats: u32, ptr: usize, low: usize },
    /// A lazy run of single characters, whose arguments are at `pc`: take one more.
    Lazy { pc: u32, repeat: u32, repeats: u32, ptr: usize, count: u32 },
}

/// A counted repeat in progress; `at` is the word behind its REPEAT.
#[derive(Clone, Copy)]
struct Repeat {
    count: u32,
    at: u32,
    previous: u32,
    last: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum SubKind {
    Assert,
    AssertNot,
    Atomic,
    Possessive,
}

/// A sub-match in progress.
#[derive(Clone, Copy)]
struct Sub {
    kind: SubKind,
    /// Index of its barrier.
    base: usize,
    /// The word behind its instruction.
    at: usize,
    ptr: usize,
    repeat: u32,
    count: u32,
}

/// What is kept between searches in one text.
#[derive(Default)]
pub struct State {
    /// Start and end of groups 1, 2, …
    pub marks: Vec<usize>,
    /// Number of the group closed last; 0 for none.
    pub lastindex: u32,
    /// Where the match begins and ends.
    pub start: usize,
    pub end: usize,
    trail: Vec<Trail>,
    repeats: Vec<Repeat>,
    subs: Vec<Sub>,
    steps: u32,
}

impl State {
    /// For a pattern with so many groups.
    pub fn new(groups: usize) -> State {
        State { marks: vec![UNSET; groups * 2], ..State::default() }
    }

    fn reset(&mut self) {
        self.marks.fill(UNSET);
        self.lastindex = 0;
        self.trail.clear();
        self.repeats.clear();
        self.subs.clear();
    }

    /// The span of a group that took part (0 is the whole match).
    pub fn span(&self, group: usize) -> Option<(usize, usize)> {
        if group == 0 {
            return Some((self.start, self.end));
        }
        let (start, end) = (*self.marks.get(group * 2 - 2)?, *self.marks.get(group * 2 - 1)?);
        (start != UNSET && end != UNSET && start <= end).then_some((start, end))
    }
}

/// What to look for, and where.
pub struct Request<'a, U> {
    pub code: &'a [u32],
    /// The text up to the end position.
    pub text: &'a [U],
    /// The match must reach the end of the text.
    pub whole: bool,
    /// The match may not be empty at this position.
    pub must_advance: Option<usize>,
}

impl<U: Unit> Request<'_, U> {
    /// Matches at a position.
    pub fn match_at(&self, state: &mut State, start: usize) -> Result<bool> {
        state.reset();
        state.start = start;
        Machine {
            code: self.code,
            text: self.text,
            request: self,
            state,
            repeat: NO_REPEAT,
            pc: 0,
            ptr: start,
        }
        .run()
    }

    fn word(&self, at: usize) -> u32 {
        self.code.get(at).copied().unwrap_or(FAILURE)
    }

    /// Looks for the first match at or after a position.
    pub fn search(&self, state: &mut State, start: usize) -> Result<bool> {
        let (mut body, mut flags, mut least) = (0, 0, 0);
        if self.word(0) == INFO {
            body = 1 + self.word(1) as usize;
            flags = self.word(2);
            least = self.word(3) as usize;
        }
        let Some(last) = self.text.len().checked_sub(least).filter(|&last| last >= start) else {
            return Ok(false);
        };
        if flags & INFO_PREFIX != 0 && self.word(5) > 0 {
            let prefix = self.code.get(7..7 + self.word(5) as usize).unwrap_or(&[]);
            if !prefix.is_empty() {
                return self.search_prefix(state, start, last, prefix);
            }
        }
        let set = (flags & INFO_CHARSET != 0).then_some(5);
        let literal = (self.word(body) == LITERAL).then(|| self.word(body + 1));
        let anchored =
            self.word(body) == AT && matches!(self.word(body + 1), AT_BEGINNING | AT_BEGINNING_STRING);
        let mut at = start;
        while at <= last {
            if let Some(set) = set {
                let found = self.text[at..].iter().position(|&u| in_set(self.code, set, u.into()));
                let Some(skipped) = found else { return Ok(false) };
                at += skipped;
            } else if let Some(c) = literal {
                let Some(skipped) = U::find(&self.text[at..], c) else { return Ok(false) };
                at += skipped;
            }
            if at > last {
                break;
            }
            if self.match_at(state, at)? {
                return Ok(true);
            }
            if anchored {
                break;
            }
            at += 1;
        }
        Ok(false)
    }

    /// Every match begins with these characters.
    fn search_prefix(&self, state: &mut State, start: usize, last: usize, prefix: &[u32]) -> Result<bool> {
        let mut at = start;
        while at <= last {
            let Some(skipped) = U::find(&self.text[at..], prefix[0]) else { return Ok(false) };
            at += skipped;
            let same = self.text[at..].len() >= prefix.len()
                && self.text[at..].iter().zip(prefix).all(|(&u, &p)| u.into() == p);
            if same && self.match_at(state, at)? {
                return Ok(true);
            }
            at += 1;
        }
        Ok(false)
    }
}

/// One attempt to match.
struct Machine<'a, 's, U> {
    code: &'a [u32],
    text: &'a [U],
    request: &'a Request<'a, U>,
    state: &'s mut State,
    repeat: u32,
    pc: usize,
    ptr: usize,
}

impl<U: Unit> Machine<'_, '_, U> {
    #[inline(always)]
    fn word(&self, at: usize) -> u32 {
        self.code.get(at).copied().unwrap_or(FAILURE)
    }

    #[inline(always)]
    fn char(&self, at: usize) -> Option<u32> {
        self.text.get(at).map(|&u| u.into())
    }

    fn run(&mut self) -> Result<bool> {
        loop {
            self.state.steps = self.state.steps.wrapping_add(1);
            if self.state.steps % SIGNAL_INTERVAL == 0 {
                if let Some(check) = krait_object::interp::current().hooks.check_signals.get() {
                    check()?;
                }
            }
            let advanced = match self.word(self.pc) {
                SUCCESS => match self.state.subs.pop() {
                    Some(sub) => self.sub_succeeded(sub),
                    None if self.accepts_end() => {
                        self.state.end = self.ptr;
                        return Ok(true);
                    }
                    None => false,
                },
                op => self.step(op),
            };
            if !advanced && !self.backtrack() {
                return Ok(false);
            }
        }
    }

    fn accepts_end(&self) -> bool {
        !(self.request.whole && self.ptr != self.text.len()) && self.request.must_advance != Some(self.ptr)
    }

    /// One instruction; false when it fails.
    #[inline(always)]
    fn step(&mut self, op: u32) -> bool {
        if let Some(next) = after_one(self.code, self.pc) {
            let Some(c) = self.char(self.ptr) else { return false };
            if !accepts(self.code, self.pc, c) {
                return false;
            }
            self.ptr += 1;
            self.pc = next;
            return true;
        }
        let args = self.pc + 1;
        match op {
            MARK => self.mark(self.word(args)),
            AT => {
                self.pc += 2;
                self.at(self.word(args))
            }
            JUMP | INFO => {
                self.pc = args + self.word(args) as usize;
                true
            }
            BRANCH => self.branch(args),
            REPEAT_ONE => self.repeat_one(args),
            MIN_REPEAT_ONE => self.lazy_one(args),
            POSSESSIVE_REPEAT_ONE => self.possessive_one(args),
            REPEAT => self.begin_repeat(args),
            MAX_UNTIL => self.max_until(),
            MIN_UNTIL => self.min_until(),
            GROUPREF => self.group_ref(args, Fold::Exact),
            GROUPREF_IGNORE => self.group_ref(args, Fold::Ascii),
            GROUPREF_LOC_IGNORE => self.group_ref(args, Fold::Locale),
            GROUPREF_UNI_IGNORE => self.group_ref(args, Fold::Unicode),
            GROUPREF_EXISTS => {
                let exists = self.state.span(self.word(args) as usize + 1).is_some();
                self.pc = args + if exists { 2 } else { self.word(args + 1) as usize };
                exists || self.word(args + 1) != 0
            }
            ASSERT => self.look_around(args, SubKind::Assert),
            ASSERT_NOT => self.look_around(args, SubKind::AssertNot),
            ATOMIC_GROUP => {
                self.enter(SubKind::Atomic, args, 0);
                self.pc = args + 1;
                true
            }
            POSSESSIVE_REPEAT => self.possessive(args, 0, UNSET),
            _ => false,
        }
    }

    fn mark(&mut self, index: u32) -> bool {
        let lastindex = self.state.lastindex;
        let Some(mark) = self.state.marks.get_mut(index as usize) else { return false };
        let old = core::mem::replace(mark, self.ptr);
        if !self.state.trail.is_empty() {
            self.state.trail.push(Trail::Mark { index, lastindex, old });
        }
        if index & 1 == 1 {
            self.state.lastindex = index / 2 + 1;
        }
        self.pc += 2;
        true
    }

    fn at(&self, code: u32) -> bool {
        let (ptr, end) = (self.ptr, self.text.len());
        match code {
            AT_BEGINNING | AT_BEGINNING_STRING => ptr == 0,
            AT_BEGINNING_LINE => ptr == 0 || self.char(ptr - 1) == Some(10),
            AT_END => ptr == end || (ptr + 1 == end && self.char(ptr) == Some(10)),
            AT_END_LINE => ptr == end || self.char(ptr) == Some(10),
            AT_END_STRING => ptr == end,
            AT_BOUNDARY | AT_LOC_BOUNDARY | AT_UNI_BOUNDARY => self.at_boundary(code),
            AT_NON_BOUNDARY | AT_LOC_NON_BOUNDARY | AT_UNI_NON_BOUNDARY => !self.at_boundary(code),
            _ => false,
        }
    }

    fn at_boundary(&self, code: u32) -> bool {
        let test = word_test(code);
        let before = self.ptr > 0 && self.char(self.ptr - 1).is_some_and(test);
        before != self.char(self.ptr).is_some_and(test)
    }

    /// Could the code at `pc` match here, judged by the next character alone?
    #[inline]
    fn viable(&self, pc: usize) -> bool {
        match self.word(pc) {
            LITERAL => self.char(self.ptr) == Some(self.word(pc + 1)),
            IN => self.char(self.ptr).is_some_and(|c| in_set(self.code, pc + 2, c)),
            _ => true,
        }
    }

    /// Takes the first alternative at or after the skip word `at` that may match.
    fn branch(&mut self, mut at: usize) -> bool {
        loop {
            let skip = self.word(at) as usize;
            if skip == 0 {
                return false;
            }
            if self.viable(at + 1) {
                let next = at + skip;
                if self.word(next) != 0 {
                    let (repeat, repeats, ptr) = (self.repeat, self.repeats_len(), self.ptr);
                    self.state.trail.push(Trail::Branch { pc: next as u32, repeat, repeats, ptr });
                }
                self.pc = at + 1;
                return true;
            }
            at += skip;
        }
    }

    fn repeats_len(&self) -> u32 {
        self.state.repeats.len() as u32
    }

    /// How many characters from here, at most `max`, the one-character instruction at `pc` accepts.
    fn count(&self, pc: usize, max: u32) -> usize {
        let text = &self.text[self.ptr.min(self.text.len())..];
        let text = if max == MAXREPEAT { text } else { &text[..text.len().min(max as usize)] };
        match self.word(pc) {
            ANY_ALL => text.len(),
            ANY => U::find(text, 10).unwrap_or(text.len()),
            NOT_LITERAL => U::find(text, self.word(pc + 1)).unwrap_or(text.len()),
            _ if after_one(self.code, pc).is_none() => 0,
            _ => text.iter().position(|&u| !accepts(self.code, pc, u.into())).unwrap_or(text.len()),
        }
    }

    fn repeat_one(&mut self, args: usize) -> bool {
        let (least, most) = (self.word(args + 1) as usize, self.word(args + 2));
        let count = self.count(args + 3, most);
        if count < least {
            return false;
        }
        let tail = args + self.word(args) as usize;
        let low = self.ptr + least;
        self.give_back(tail, low, self.ptr + count)
    }

    /// Goes on behind a greedy run that ends at `ptr` or before, but not before `low`.
    fn give_back(&mut self, tail: usize, low: usize, mut ptr: usize) -> bool {
        if self.word(tail) == LITERAL {
            let wanted = Some(self.word(tail + 1));
            while self.char(ptr) != wanted {
                if ptr <= low {
                    return false;
                }
                ptr -= 1;
            }
        }
        if ptr > low {
            let (repeat, repeats) = (self.repeat, self.repeats_len());
            self.state.trail.push(Trail::Greedy { pc: tail as u32, repeat, repeats, ptr: ptr - 1, low });
        }
        self.ptr = ptr;
        self.pc = tail;
        true
    }

    fn lazy_one(&mut self, args: usize) -> bool {
        let least = self.word(args + 1);
        if self.count(args + 3, least) < least as usize {
            return false;
        }
        self.ptr += least as usize;
        self.take_more(args, least)
    }

    /// Goes on behind a lazy run, which may take one more later.
    fn take_more(&mut self, args: usize, count: u32) -> bool {
        let (repeat, repeats, ptr) = (self.repeat, self.repeats_len(), self.ptr);
        self.state.trail.push(Trail::Lazy { pc: args as u32, repeat, repeats, ptr, count });
        self.pc = args + self.word(args) as usize;
        true
    }

    fn possessive_one(&mut self, args: usize) -> bool {
        let count = self.count(args + 3, self.word(args + 2));
        self.ptr += count;
        self.pc = args + self.word(args) as usize;
        count >= self.word(args + 1) as usize
    }

    fn push_repeat(&mut self, repeat: Repeat) {
        self.repeat = self.repeats_len();
        self.state.repeats.push(repeat);
    }

    fn begin_repeat(&mut self, args: usize) -> bool {
        let previous = self.repeat;
        self.push_repeat(Repeat { count: u32::MAX, at: args as u32, previous, last: UNSET });
        self.pc = args + self.word(args) as usize;
        true
    }

    fn current_repeat(&self) -> Option<Repeat> {
        self.state.repeats.get(self.repeat as usize).copied()
    }

    fn max_until(&mut self) -> bool {
        let Some(repeat) = self.current_repeat() else { return false };
        let at = repeat.at as usize;
        let (least, most) = (self.word(at + 1), self.word(at + 2));
        let count = repeat.count.wrapping_add(1);
        let tail = self.pc + 1;
        if count < least {
            self.push_repeat(Repeat { count, ..repeat });
            self.pc = at + 3;
            return true;
        }
        if (count < most || most == MAXREPEAT) && self.ptr != repeat.last {
            let (repeats, ptr) = (self.repeats_len(), self.ptr);
            self.state.trail.push(Trail::Choice { pc: tail as u32, repeat: repeat.previous, repeats, ptr });
            self.push_repeat(Repeat { count, last: ptr, ..repeat });
            self.pc = at + 3;
            return true;
        }
        self.repeat = repeat.previous;
        self.pc = tail;
        true
    }

    fn min_until(&mut self) -> bool {
        let Some(repeat) = self.current_repeat() else { return false };
        let at = repeat.at as usize;
        let (least, most) = (self.word(at + 1), self.word(at + 2));
        let count = repeat.count.wrapping_add(1);
        if count < least {
            self.push_repeat(Repeat { count, ..repeat });
            self.pc = at + 3;
            return true;
        }
        if (count < most || most == MAXREPEAT) && self.ptr != repeat.last {
            let ptr = self.ptr;
            self.push_repeat(Repeat { count, last: ptr, ..repeat });
            let (current, repeats) = (self.repeat, self.repeats_len());
            self.state.trail.push(Trail::Choice { pc: (at + 3) as u32, repeat: current, repeats, ptr });
        }
        self.repeat = repeat.previous;
        self.pc += 1;
        true
    }

    fn group_ref(&mut self, args: usize, how: Fold) -> bool {
        let Some((start, end)) = self.state.span(self.word(args) as usize + 1) else { return false };
        let len = end - start;
        let (Some(group), Some(here)) = (self.text.get(start..end), self.text.get(self.ptr..self.ptr + len))
        else {
            return false;
        };
        let same = group.iter().zip(here).all(|(&a, &b)| fold(how, a.into()) == fold(how, b.into()));
        self.ptr += len;
        self.pc = args + 1;
        same
    }

    fn enter(&mut self, kind: SubKind, at: usize, count: u32) {
        let base = self.state.trail.len();
        self.state.trail.push(Trail::Barrier);
        self.state.subs.push(Sub { kind, base, at, ptr: self.ptr, repeat: self.repeat, count });
    }

    fn look_around(&mut self, args: usize, kind: SubKind) -> bool {
        let back = self.word(args + 1) as usize;
        if self.ptr < back {
            self.pc = args + self.word(args) as usize;
            return kind == SubKind::AssertNot;
        }
        self.enter(kind, args, 0);
        self.ptr -= back;
        self.pc = args + 2;
        true
    }

    /// Begins the next round of a possessive repeat, or goes on behind it. `last` is where the round before began.
    fn possessive(&mut self, args: usize, count: u32, last: usize) -> bool {
        let (least, most) = (self.word(args + 1), self.word(args + 2));
        if count < least || ((count < most || most == MAXREPEAT) && self.ptr != last) {
            self.enter(SubKind::Possessive, args, count);
            self.pc = args + 3;
        } else {
            // The skip word leads to the SUCCESS of the body.
            self.pc = args + self.word(args) as usize + 1;
        }
        true
    }

    fn sub_succeeded(&mut self, sub: Sub) -> bool {
        if sub.kind == SubKind::AssertNot {
            while self.state.trail.len() > sub.base {
                self.undo_top();
            }
            return false;
        }
        self.forget_choices(sub.base);
        self.repeat = sub.repeat;
        match sub.kind {
            SubKind::Possessive => return self.possessive(sub.at, sub.count + 1, sub.ptr),
            SubKind::Assert => self.ptr = sub.ptr,
            _ => {}
        }
        self.pc = sub.at + self.word(sub.at) as usize;
        true
    }

    fn undo_top(&mut self) {
        if let Some(Trail::Mark { index, lastindex, old }) = self.state.trail.pop() {
            self.state.marks[index as usize] = old;
            self.state.lastindex = lastindex;
        }
    }

    /// Removes the choices above `base`, keeping what marks were before.
    fn forget_choices(&mut self, base: usize) {
        let trail = &mut self.state.trail;
        let mut keep = base;
        for index in base..trail.len() {
            if matches!(trail[index], Trail::Mark { .. }) {
                trail.swap(keep, index);
                keep += 1;
            }
        }
        trail.truncate(keep);
    }

    /// Takes the next choice; false when none is left.
    fn backtrack(&mut self) -> bool {
        loop {
            let Some(top) = self.state.trail.pop() else { return false };
            let resumed = match top {
                Trail::Mark { index, lastindex, old } => {
                    self.state.marks[index as usize] = old;
                    self.state.lastindex = lastindex;
                    false
                }
                Trail::Barrier => match self.state.subs.pop() {
                    Some(sub) => self.sub_failed(sub),
                    None => false,
                },
                Trail::Choice { pc, repeat, repeats, ptr } => {
                    self.resume(repeat, repeats, ptr);
                    self.pc = pc as usize;
                    true
                }
                Trail::Branch { pc, repeat, repeats, ptr } => {
                    self.resume(repeat, repeats, ptr);
                    self.branch(pc as usize)
                }
                Trail::Greedy { pc, repeat, repeats, ptr, low } => {
                    self.resume(repeat, repeats, ptr);
                    self.give_back(pc as usize, low, ptr)
                }
                Trail::Lazy { pc, repeat, repeats, ptr, count } => {
                    self.resume(repeat, repeats, ptr);
                    self.lazy_again(pc as usize, count)
                }
            };
            if resumed {
                return true;
            }
        }
    }

    fn resume(&mut self, repeat: u32, repeats: u32, ptr: usize) {
        self.repeat = repeat;
        self.state.repeats.truncate(repeats as usize);
        self.ptr = ptr;
    }

    fn lazy_again(&mut self, args: usize, count: u32) -> bool {
        let most = self.word(args + 2);
        if (count >= most && most != MAXREPEAT) || self.count(args + 3, 1) == 0 {
            return false;
        }
        self.ptr += 1;
        self.take_more(args, count.saturating_add(1))
    }

    fn sub_failed(&mut self, sub: Sub) -> bool {
        self.repeat = sub.repeat;
        self.ptr = sub.ptr;
        self.pc = sub.at + self.word(sub.at) as usize;
        match sub.kind {
            SubKind::AssertNot => true,
            SubKind::Possessive => {
                self.pc += 1;
                sub.count >= self.word(sub.at + 1)
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers<T: std::str::FromStr>(text: &str) -> Vec<T> {
        text.split_whitespace().filter_map(|n| n.parse().ok()).collect()
    }

    /// The fixture is written by CPython (`tests/fixtures/regex.py`).
    #[test]
    fn finds_what_cpython_finds() {
        for line in include_str!("../../tests/fixtures/regex.txt").lines() {
            let fields: Vec<&str> = line.split('|').collect();
            let [mode, groups, code, text, expected, pattern] = fields[..] else { panic!("{line}") };
            let (code, text) = (numbers::<u32>(code), numbers::<u32>(text));
            let mut state = State::new(groups.parse().unwrap());
            let whole = mode == "fullmatch";
            let request = Request { code: &code, text: &text, whole, must_advance: None };
            let found = match mode {
                "search" => request.search(&mut state, 0),
                _ => request.match_at(&mut state, 0),
            };
            let mut actual = "-".to_owned();
            if found.unwrap() {
                let count = state.marks.len() / 2;
                let span = |group| match state.span(group) {
                    Some((start, end)) => format!("{start},{end} "),
                    None => "-1,-1 ".to_owned(),
                };
                actual = (0..=count).map(span).collect::<String>() + &state.lastindex.to_string();
            }
            assert_eq!(actual, expected, "{mode} {pattern}");
        }
    }
}
