//! Writing: values to bytes, seen through a model of values.

use std::borrow::Cow;
use std::collections::HashMap;
use std::hash::Hash;

use super::float::format_g17;
use super::{Error, FLAG_REF, MAX_DEPTH, Result, code};

/// A piece of a code object.
#[derive(Clone, Debug)]
pub enum Part<V> {
    Long(i32),
    Object(V),
}

/// What a value is.
#[derive(Clone, Debug)]
pub enum View<'a, V> {
    None,
    StopIteration,
    Ellipsis,
    Bool(bool),
    Int(i64),
    /// Sign and digits of 15 bits, the lowest first.
    BigInt {
        negative: bool,
        digits: Vec<u16>,
    },
    Float(f64),
    Complex(f64, f64),
    Bytes(Cow<'a, [u8]>),
    /// UTF-8 with surrogates encoded.
    Str {
        text: Cow<'a, [u8]>,
        ascii: bool,
        interned: bool,
    },
    Tuple(Vec<V>),
    List(Vec<V>),
    /// Keys and values in turn.
    Dict(Vec<V>),
    Set(Vec<V>),
    FrozenSet(Vec<V>),
    Slice([V; 3]),
    /// The parts in the order of the format.
    Code(Vec<Part<V>>),
    /// Nothing that can be written.
    Unknown,
}

/// A model of values that can be written.
pub trait Model {
    /// A borrowed value: copying it must not make it look shared.
    type Value: Clone;
    type Identity: Eq + Hash;
    type Error;

    fn view(&self, value: &Self::Value) -> Result<View<'_, Self::Value>, Self::Error>;

    /// What tells the object apart from others, if it has (or may have) several owners; `None` writes it in full.
    fn identity(&self, value: &Self::Value) -> Option<Self::Identity>;

    /// The same, of an object that the caller holds besides: it has one owner more.
    fn identity_if_held(&self, value: &Self::Value) -> Option<Self::Identity>;
}

enum Task<V> {
    Object { value: V, depth: usize, held: bool },
    Long(i32),
    Null,
}

const UNMARSHALLABLE: &str = "unmarshallable object";
const TOO_DEEP: &str = "object too deeply nested to marshal";
/// Sets are sorted by what their elements are written as, which nests writers.
const MAX_SET_NESTING: usize = 100;

pub struct Writer<'m, M: Model> {
    model: &'m M,
    version: i32,
    allow_code: bool,
    set_nesting: usize,
    refs: HashMap<M::Identity, u32>,
    tasks: Vec<Task<M::Value>>,
    out: Vec<u8>,
}

impl<'m, M: Model> Writer<'m, M> {
    pub fn new(model: &'m M, version: i32, allow_code: bool) -> Writer<'m, M> {
        Writer {
            model,
            version,
            allow_code,
            set_nesting: 0,
            refs: HashMap::new(),
            tasks: Vec::new(),
            out: Vec::new(),
        }
    }

    /// Writes one object with all that it contains.
    pub fn write(self, value: &M::Value) -> Result<Vec<u8>, M::Error> {
        self.run(value, false)
    }

    fn run(mut self, value: &M::Value, held: bool) -> Result<Vec<u8>, M::Error> {
        self.tasks.push(Task::Object { value: value.clone(), depth: 1, held });
        while let Some(task) = self.tasks.pop() {
            match task {
                Task::Long(n) => self.long(n),
                Task::Null => self.out.push(code::NULL),
                Task::Object { value, depth, held } => self.object(&value, depth, held)?,
            }
        }
        Ok(self.out)
    }

    fn long(&mut self, n: i32) {
        self.out.extend(n.to_le_bytes());
    }

    fn size(&mut self, n: usize) -> Result<(), M::Error> {
        let n = i32::try_from(n).map_err(|_| Error::Value(UNMARSHALLABLE))?;
        self.long(n);
        Ok(())
    }

    fn object(&mut self, value: &M::Value, depth: usize, held: bool) -> Result<(), M::Error> {
        if depth > MAX_DEPTH {
            return Err(Error::Value(TOO_DEEP));
        }
        let view = self.model.view(value)?;
        let simple = match view {
            View::None => code::NONE,
            View::StopIteration => code::STOP_ITERATION,
            View::Ellipsis => code::ELLIPSIS,
            View::Bool(false) => code::FALSE,
            View::Bool(true) => code::TRUE,
            _ => 0,
        };
        if simple != 0 {
            self.out.push(simple);
            return Ok(());
        }
        let mut flag = 0;
        if self.version >= 3 {
            let identity = if held { self.model.identity_if_held(value) } else { self.model.identity(value) };
            if let Some(identity) = identity {
                let next = self.refs.len() as u32;
                if let Some(index) = self.refs.get(&identity) {
                    self.out.push(code::REF);
                    self.out.extend(index.to_le_bytes());
                    return Ok(());
                }
                self.refs.insert(identity, next);
                flag = FLAG_REF;
            }
        }
        self.complex_object(view, flag, depth + 1)
    }

    fn complex_object(&mut self, view: View<'_, M::Value>, flag: u8, depth: usize) -> Result<(), M::Error> {
        match view {
            View::Int(n) => match i32::try_from(n) {
                Ok(n) => {
                    self.out.push(code::INT | flag);
                    self.long(n);
                }
                Err(_) => {
                    let size = n.unsigned_abs();
                    let digits = (0..5).map(|i| (size >> (15 * i) & 0x7FFF) as u16).collect();
                    self.big_int(n < 0, digits, flag)?;
                }
            },
            View::BigInt { negative, digits } => self.big_int(negative, digits, flag)?,
            View::Float(n) => {
                self.out.push(if self.version > 1 { code::BINARY_FLOAT } else { code::FLOAT } | flag);
                self.double(n);
            }
            View::Complex(real, imag) => {
                self.out.push(if self.version > 1 { code::BINARY_COMPLEX } else { code::COMPLEX } | flag);
                self.double(real);
                self.double(imag);
            }
            View::Bytes(bytes) => {
                self.out.push(code::STRING | flag);
                self.size(bytes.len())?;
                self.out.extend_from_slice(&bytes);
            }
            View::Str { text, ascii, interned } => self.text(&text, ascii, interned, flag)?,
            View::Tuple(items) => {
                if self.version >= 4 && items.len() < 256 {
                    self.out.extend([code::SMALL_TUPLE | flag, items.len() as u8]);
                } else {
                    self.out.push(code::TUPLE | flag);
                    self.size(items.len())?;
                }
                self.later(items, depth, false);
            }
            View::List(items) => {
                self.out.push(code::LIST | flag);
                self.size(items.len())?;
                self.later(items, depth, false);
            }
            View::Dict(items) => {
                self.out.push(code::DICT | flag);
                self.tasks.push(Task::Null);
                self.later(items, depth, false);
            }
            View::Set(items) => self.set(code::SET | flag, items, depth)?,
            View::FrozenSet(items) => self.set(code::FROZENSET | flag, items, depth)?,
            View::Slice(parts) if self.version >= 5 => {
                self.out.push(code::SLICE | flag);
                self.later(parts.into(), depth, false);
            }
            View::Code(_) if !self.allow_code => {
                return Err(Error::Value("marshalling code objects is disallowed"));
            }
            View::Code(parts) => {
                self.out.push(code::CODE | flag);
                for part in parts.into_iter().rev() {
                    self.tasks.push(match part {
                        Part::Long(n) => Task::Long(n),
                        Part::Object(value) => Task::Object { value, depth, held: false },
                    });
                }
            }
            _ => return Err(Error::Value(UNMARSHALLABLE)),
        }
        Ok(())
    }

    fn later(&mut self, items: Vec<M::Value>, depth: usize, held: bool) {
        self.tasks.extend(items.into_iter().rev().map(|value| Task::Object { value, depth, held }));
    }

    fn big_int(&mut self, negative: bool, mut digits: Vec<u16>, flag: u8) -> Result<(), M::Error> {
        while digits.last() == Some(&0) {
            digits.pop();
        }
        self.out.push(code::LONG | flag);
        let size = i32::try_from(digits.len()).map_err(|_| Error::Value(UNMARSHALLABLE))?;
        self.long(if negative { -size } else { size });
        digits.iter().for_each(|digit| self.out.extend(digit.to_le_bytes()));
        Ok(())
    }

    fn double(&mut self, value: f64) {
        if self.version > 1 {
            self.out.extend(value.to_le_bytes());
        } else {
            let text = format_g17(value);
            self.out.push(text.len() as u8);
            self.out.extend(text.as_bytes());
        }
    }

    fn text(&mut self, text: &[u8], ascii: bool, interned: bool, flag: u8) -> Result<(), M::Error> {
        let kind = match (ascii && self.version >= 4, text.len() < 256) {
            (true, true) => match interned {
                true => code::SHORT_ASCII_INTERNED,
                false => code::SHORT_ASCII,
            },
            (true, false) => match interned {
                true => code::ASCII_INTERNED,
                false => code::ASCII,
            },
            _ if interned && self.version >= 3 => code::INTERNED,
            _ => code::UNICODE,
        };
        self.out.push(kind | flag);
        if matches!(kind, code::SHORT_ASCII | code::SHORT_ASCII_INTERNED) {
            self.out.push(text.len() as u8);
        } else {
            self.size(text.len())?;
        }
        self.out.extend_from_slice(text);
        Ok(())
    }

    /// Elements in the order of what they are written as, so that the bytes do not depend on hashes.
    fn set(&mut self, kind: u8, items: Vec<M::Value>, depth: usize) -> Result<(), M::Error> {
        if self.set_nesting >= MAX_SET_NESTING {
            return Err(Error::Value(TOO_DEEP));
        }
        self.out.push(kind);
        self.size(items.len())?;
        let mut pairs = Vec::with_capacity(items.len());
        for item in items {
            let mut inner = Writer::new(self.model, self.version, self.allow_code);
            inner.set_nesting = self.set_nesting + 1;
            pairs.push((inner.run(&item, true)?, item));
        }
        pairs.sort_by(|a, b| a.0.cmp(&b.0));
        self.later(pairs.into_iter().map(|(_, item)| item).collect(), depth, true);
        Ok(())
    }
}
