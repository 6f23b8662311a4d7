//! What is known of the stack and the locals at a place.

use super::Checked;

/// Types that instructions take for granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Any,
    List,
    Set,
    Dict,
    Function,
    Cell,
}

/// A value on the stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Slot {
    pub maybe_null: bool,
    /// The local that keeps the value alive.
    pub borrowed: Option<u32>,
    pub kind: Kind,
}

impl Slot {
    pub const VALUE: Slot = Slot::of(Kind::Any);
    pub const NULLABLE: Slot = Slot { maybe_null: true, ..Slot::VALUE };

    pub const fn of(kind: Kind) -> Slot {
        Slot { maybe_null: false, borrowed: None, kind }
    }

    fn merge(&mut self, other: &Slot) -> Checked<bool> {
        let before = *self;
        self.maybe_null |= other.maybe_null;
        self.borrowed = match (self.borrowed, other.borrowed) {
            (Some(a), Some(b)) if a != b => return Err("value borrowed from two locals"),
            (a, b) => a.or(b),
        };
        if self.kind != other.kind {
            self.kind = Kind::Any;
        }
        Ok(*self != before)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Local {
    Unset,
    Set,
    Cell,
    /// Depends on the way here.
    Unknown,
}

#[derive(Clone, Debug)]
pub(super) struct State {
    pub stack: Vec<Slot>,
    pub locals: Vec<Local>,
}

impl State {
    /// Whether anything is less certain than before.
    pub fn merge(&mut self, other: &State) -> Checked<bool> {
        if self.stack.len() != other.stack.len() {
            return Err("stack depth depends on the way");
        }
        let mut changed = false;
        for (mine, theirs) in self.stack.iter_mut().zip(&other.stack) {
            changed |= mine.merge(theirs)?;
        }
        for (mine, theirs) in self.locals.iter_mut().zip(&other.locals) {
            if mine != theirs && *mine != Local::Unknown {
                *mine = Local::Unknown;
                changed = true;
            }
        }
        Ok(changed)
    }

    pub fn push(&mut self, slot: Slot) {
        self.stack.push(slot);
    }

    pub fn pop(&mut self) -> Checked<Slot> {
        self.stack.pop().ok_or("stack underflow")
    }

    /// Takes off a value that may not be NULL.
    pub fn pop_value(&mut self) -> Checked<Slot> {
        let slot = self.pop()?;
        if slot.maybe_null { Err("NULL where a value is needed") } else { Ok(slot) }
    }

    /// The place that many below the top, 1 for the top.
    pub fn below_top(&self, depth: u32) -> Checked<usize> {
        self.stack
            .len()
            .checked_sub(depth as usize)
            .filter(|n| *n < self.stack.len())
            .ok_or("stack underflow")
    }

    pub fn local(&self, local: u32) -> Local {
        self.locals[local as usize]
    }

    /// Gives a local another value, which nothing on the stack may rely on.
    pub fn set_local(&mut self, local: u32, value: Local) -> Checked {
        if self.stack.iter().any(|slot| slot.borrowed == Some(local)) {
            return Err("local overwritten while it is borrowed");
        }
        self.locals[local as usize] = value;
        Ok(())
    }
}
