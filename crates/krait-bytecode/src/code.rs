//! Code objects and the constants that they hold, before they are Python objects.
//!
//! Sharing is part of the value: `marshal` writes an object that has several owners once and refers to it afterwards,
//! so the reference counts of the `Rc`s here stand for those of CPython's objects. What CPython keeps once for all
//! (small integers, one-character strings, the empty tuple) counts as shared by its value.

use std::collections::HashSet;
use std::hash::{Hash, Hasher};
use std::rc::Rc;

use num_bigint::BigInt;

use crate::flags::*;
use crate::text::{Str, StrConst};

/// An integer. Invariant: `Big` holds only what does not fit `Small`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Int {
    Small(i64),
    Big(BigInt),
}

impl Int {
    pub fn to_big(&self) -> BigInt {
        match self {
            Int::Small(n) => BigInt::from(*n),
            Int::Big(n) => n.clone(),
        }
    }

    /// Integers that CPython keeps once for all.
    pub fn is_singleton(&self) -> bool {
        matches!(self, Int::Small(-5..=256))
    }
}

impl From<i64> for Int {
    fn from(n: i64) -> Int {
        Int::Small(n)
    }
}

impl From<BigInt> for Int {
    fn from(n: BigInt) -> Int {
        match i64::try_from(&n) {
            Ok(small) => Int::Small(small),
            Err(_) => Int::Big(n),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Complex {
    pub real: f64,
    pub imag: f64,
}

#[derive(Clone, Debug)]
pub struct Slice {
    pub start: Const,
    pub stop: Const,
    pub step: Const,
}

/// A value that the compiler may put into `co_consts`.
#[derive(Clone, Debug)]
pub enum Const {
    None,
    True,
    False,
    Ellipsis,
    Int(Rc<Int>),
    Float(Rc<f64>),
    Complex(Rc<Complex>),
    Str(StrConst),
    Bytes(Rc<[u8]>),
    Tuple(Rc<[Const]>),
    FrozenSet(Rc<[Const]>),
    Slice(Rc<Slice>),
    Code(Rc<Code>),
}

impl Const {
    pub fn bool(value: bool) -> Const {
        if value { Const::True } else { Const::False }
    }

    pub fn int(n: impl Into<Int>) -> Const {
        Const::Int(Rc::new(n.into()))
    }

    pub fn float(n: f64) -> Const {
        Const::Float(Rc::new(n))
    }

    pub fn complex(real: f64, imag: f64) -> Const {
        Const::Complex(Rc::new(Complex { real, imag }))
    }

    pub fn str(text: &str) -> Const {
        Const::Str(StrConst::from(text))
    }

    pub fn bytes(bytes: impl Into<Rc<[u8]>>) -> Const {
        Const::Bytes(bytes.into())
    }

    pub fn tuple(items: impl Into<Rc<[Const]>>) -> Const {
        Const::Tuple(items.into())
    }

    /// The text of a string without lone surrogates.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Const::Str(s) => s.as_str(),
            _ => None,
        }
    }

    /// Whether both are the very same object.
    pub fn is(&self, other: &Const) -> bool {
        use Const::*;
        match (self, other) {
            (None, None) | (True, True) | (False, False) | (Ellipsis, Ellipsis) => true,
            (Int(a), Int(b)) => Rc::ptr_eq(a, b) || (a == b && a.is_singleton()),
            (Float(a), Float(b)) => Rc::ptr_eq(a, b),
            (Complex(a), Complex(b)) => Rc::ptr_eq(a, b),
            (Str(a), Str(b)) => {
                Rc::ptr_eq(&a.text, &b.text) || (a.interned && b.interned && a.text == b.text)
            }
            (Bytes(a), Bytes(b)) => Rc::ptr_eq(a, b) || (a.len() < 2 && a == b),
            (Tuple(a), Tuple(b)) => Rc::ptr_eq(a, b) || (a.is_empty() && b.is_empty()),
            (FrozenSet(a), FrozenSet(b)) => Rc::ptr_eq(a, b),
            (Slice(a), Slice(b)) => Rc::ptr_eq(a, b),
            (Code(a), Code(b)) => Rc::ptr_eq(a, b),
            _ => false,
        }
    }

    /// Truth value; every constant but a code object is known to be true or false.
    pub fn truth(&self) -> bool {
        match self {
            Const::None | Const::False => false,
            Const::True | Const::Ellipsis | Const::Slice(_) | Const::Code(_) => true,
            Const::Int(n) => **n != Int::Small(0),
            Const::Float(n) => **n != 0.0,
            Const::Complex(c) => c.real != 0.0 || c.imag != 0.0,
            Const::Str(s) => !s.is_empty(),
            Const::Bytes(b) => !b.is_empty(),
            Const::Tuple(items) | Const::FrozenSet(items) => !items.is_empty(),
        }
    }
}

/// A constant compared as the compiler merges constants: type and value agree, `0.0` differs from `-0.0`, a NaN equals
/// only itself (CPython's `_PyCode_ConstantKey`).
#[derive(Clone, Debug)]
pub struct ConstKey(pub Const);

impl PartialEq for ConstKey {
    fn eq(&self, other: &ConstKey) -> bool {
        same(&self.0, &other.0)
    }
}

impl Eq for ConstKey {}

impl Hash for ConstKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        hash(&self.0, state);
    }
}

fn same_float(a: f64, b: f64) -> bool {
    a == b && a.is_sign_negative() == b.is_sign_negative()
}

fn same_all(a: &[Const], b: &[Const]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
}

/// Whether every item of `a` is one of `b`.
fn same_items(a: &[Const], b: &[Const]) -> bool {
    if a.len() <= 8 {
        return a.iter().all(|x| b.iter().any(|y| same(x, y)));
    }
    let known: HashSet<ConstKey> = b.iter().cloned().map(ConstKey).collect();
    a.iter().all(|x| known.contains(&ConstKey(x.clone())))
}

fn same(a: &Const, b: &Const) -> bool {
    if a.is(b) {
        return true;
    }
    match (a, b) {
        (Const::Int(a), Const::Int(b)) => a == b,
        (Const::Float(a), Const::Float(b)) => same_float(**a, **b),
        (Const::Complex(a), Const::Complex(b)) => same_float(a.real, b.real) && same_float(a.imag, b.imag),
        (Const::Str(a), Const::Str(b)) => a == b,
        (Const::Bytes(a), Const::Bytes(b)) => a == b,
        (Const::Tuple(a), Const::Tuple(b)) => same_all(a, b),
        (Const::FrozenSet(a), Const::FrozenSet(b)) => a.len() == b.len() && same_items(a, b),
        (Const::Slice(a), Const::Slice(b)) => {
            same(&a.start, &b.start) && same(&a.stop, &b.stop) && same(&a.step, &b.step)
        }
        (Const::Code(a), Const::Code(b)) => a == b,
        _ => false,
    }
}

fn hash<H: Hasher>(value: &Const, state: &mut H) {
    std::mem::discriminant(value).hash(state);
    match value {
        Const::None | Const::True | Const::False | Const::Ellipsis => {}
        Const::Int(n) => n.hash(state),
        Const::Float(n) => n.to_bits().hash(state),
        Const::Complex(c) => (c.real.to_bits(), c.imag.to_bits()).hash(state),
        Const::Str(s) => s.text.hash(state),
        Const::Bytes(b) => b.hash(state),
        Const::Tuple(items) => {
            items.len().hash(state);
            items.iter().for_each(|item| hash(item, state));
        }
        // The order of the elements is not part of the value.
        Const::FrozenSet(items) => items.len().hash(state),
        Const::Slice(s) => {
            hash(&s.start, state);
            hash(&s.stop, state);
            hash(&s.step, state);
        }
        Const::Code(code) => {
            (code.name.text.as_bytes(), code.firstlineno, &code.code, &code.linetable).hash(state);
        }
    }
}

/// A code object. `code` has its inline caches zeroed and no specialised instruction.
#[derive(Clone, Debug)]
pub struct Code {
    pub argcount: u32,
    pub posonlyargcount: u32,
    pub kwonlyargcount: u32,
    pub stacksize: u32,
    pub flags: u32,
    pub code: Rc<[u8]>,
    pub consts: Rc<[Const]>,
    /// Strings only.
    pub names: Rc<[Const]>,
    /// Names of locals, then cells, then free variables; strings only.
    pub localsplusnames: Rc<[Const]>,
    /// One byte of `CO_FAST_*` for each of `localsplusnames`.
    pub localspluskinds: Rc<[u8]>,
    pub filename: StrConst,
    pub name: StrConst,
    pub qualname: StrConst,
    pub firstlineno: i32,
    pub linetable: Rc<[u8]>,
    pub exceptiontable: Rc<[u8]>,
}

impl Code {
    /// Names whose kind has one of the bits.
    fn named(&self, mask: u8) -> impl Iterator<Item = &Str> {
        self.localsplusnames.iter().zip(self.localspluskinds.iter()).filter_map(
            move |(name, kind)| match name {
                Const::Str(s) if kind & mask != 0 => Some(&**s),
                _ => None,
            },
        )
    }

    pub fn varnames(&self) -> impl Iterator<Item = &Str> {
        self.named(CO_FAST_LOCAL)
    }

    pub fn cellvars(&self) -> impl Iterator<Item = &Str> {
        self.named(CO_FAST_CELL)
    }

    pub fn freevars(&self) -> impl Iterator<Item = &Str> {
        self.named(CO_FAST_FREE)
    }
}

/// As Python's `==` of code objects: everything but the file name, the qualified name and the stack size.
impl PartialEq for Code {
    fn eq(&self, other: &Code) -> bool {
        self.name == other.name
            && self.argcount == other.argcount
            && self.posonlyargcount == other.posonlyargcount
            && self.kwonlyargcount == other.kwonlyargcount
            && self.flags == other.flags
            && self.firstlineno == other.firstlineno
            && self.code == other.code
            && same_all(&self.consts, &other.consts)
            && same_all(&self.names, &other.names)
            && same_all(&self.localsplusnames, &other.localsplusnames)
            && self.linetable == other.linetable
            && self.exceptiontable == other.exceptiontable
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_tell_types_and_signs_apart() {
        let key = |c: Const| ConstKey(c);
        assert_ne!(key(Const::int(1)), key(Const::float(1.0)));
        assert_ne!(key(Const::int(1)), key(Const::True));
        assert_ne!(key(Const::float(0.0)), key(Const::float(-0.0)));
        assert_eq!(key(Const::float(1.5)), key(Const::float(1.5)));
        assert_ne!(key(Const::float(f64::NAN)), key(Const::float(f64::NAN)));
        let pair = |a, b| Const::tuple([Const::int(a), b]);
        assert_eq!(key(pair(1, Const::str("x"))), key(pair(1, Const::str("x"))));
        assert_ne!(key(pair(1, Const::float(0.0))), key(pair(1, Const::float(-0.0))));
    }

    #[test]
    fn integers_are_canonical() {
        assert_eq!(Int::from(BigInt::from(7)), Int::Small(7));
        assert!(matches!(Int::from(BigInt::from(i64::MAX) + 1), Int::Big(_)));
    }
}
