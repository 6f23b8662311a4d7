//! Reading: bytes to values, through a builder of values.

use num_bigint::{BigInt, BigUint, Sign};

use super::{Error, FLAG_REF, MAX_DEPTH, Result, code};

/// Where the bytes come from.
pub trait Source<E> {
    /// The next `count` bytes; `None` when there are fewer.
    fn take(&mut self, count: usize) -> std::result::Result<Option<&[u8]>, E>;
}

impl<E> Source<E> for &[u8] {
    fn take(&mut self, count: usize) -> std::result::Result<Option<&[u8]>, E> {
        if count > self.len() {
            return Ok(None);
        }
        let (taken, rest) = self.split_at(count);
        *self = rest;
        Ok(Some(taken))
    }
}

/// Text as it is stored.
#[derive(Clone, Copy, Debug)]
pub enum Text<'a> {
    /// One byte a character, as Latin-1.
    Latin1(&'a [u8]),
    /// UTF-8 in which surrogates are encoded; not checked.
    Utf8(&'a [u8]),
}

/// What holds other values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Container {
    Tuple,
    List,
    Dict,
    Set,
    FrozenSet,
}

/// The parts of a code object.
#[derive(Clone, Debug)]
pub struct CodeFields<V> {
    pub argcount: i32,
    pub posonlyargcount: i32,
    pub kwonlyargcount: i32,
    pub stacksize: i32,
    pub flags: i32,
    pub firstlineno: i32,
    /// code, consts, names, localsplusnames, localspluskinds, filename, name, qualname, linetable, exceptiontable
    pub objects: [V; 10],
}

/// Makes values. Checks of what a code object holds are the builder's.
pub trait Builder {
    type Value: Clone;
    /// A container that is being filled.
    type Open;
    type Error;

    fn none(&mut self) -> Result<Self::Value, Self::Error>;
    fn bool(&mut self, value: bool) -> Result<Self::Value, Self::Error>;
    fn ellipsis(&mut self) -> Result<Self::Value, Self::Error>;
    fn stop_iteration(&mut self) -> Result<Self::Value, Self::Error>;
    fn int(&mut self, value: i64) -> Result<Self::Value, Self::Error>;
    fn big_int(&mut self, value: BigInt) -> Result<Self::Value, Self::Error>;
    fn float(&mut self, value: f64) -> Result<Self::Value, Self::Error>;
    fn complex(&mut self, real: f64, imag: f64) -> Result<Self::Value, Self::Error>;
    fn bytes(&mut self, bytes: &[u8]) -> Result<Self::Value, Self::Error>;
    fn str(&mut self, text: Text<'_>, interned: bool) -> Result<Self::Value, Self::Error>;
    fn slice(&mut self, parts: [Self::Value; 3]) -> Result<Self::Value, Self::Error>;
    fn code(&mut self, fields: CodeFields<Self::Value>) -> Result<Self::Value, Self::Error>;

    /// Opens a container for `size` items (0 for a dict, whose size is not known).
    fn open(&mut self, kind: Container, size: usize) -> Result<Self::Open, Self::Error>;
    /// The container as a value before it is full, for those that contain themselves; `None` where there is none.
    fn peek(&mut self, open: &Self::Open) -> Option<Self::Value>;
    /// Adds an item: keys and values of a dict in turn.
    fn push(&mut self, open: &mut Self::Open, item: Self::Value) -> Result<(), Self::Error>;
    fn close(&mut self, open: Self::Open) -> Result<Self::Value, Self::Error>;
}

/// An object whose parts are still to come.
enum Pending<B: Builder> {
    Items { open: B::Open, kind: Container, left: usize, slot: Option<usize> },
    Dict { open: B::Open, key: Option<B::Value> },
    Slice { parts: Vec<B::Value>, slot: Option<usize> },
    Code { numbers: [i32; 6], parts: Vec<B::Value>, slot: Option<usize> },
}

/// What one type code gave.
enum Read<V> {
    Value(V),
    /// The end of a dict.
    Null,
    /// Parts follow.
    Opened,
}

pub struct Reader<'b, B: Builder, S> {
    builder: &'b mut B,
    source: S,
    allow_code: bool,
    /// Values that may be referred to; `None` while one is not complete.
    refs: Vec<Option<B::Value>>,
    pending: Vec<Pending<B>>,
}

const TOO_SHORT: &str = "marshal data too short";
const NO_OBJECT: &str = "EOF read where object expected";

impl<'b, B: Builder, S: Source<B::Error>> Reader<'b, B, S> {
    pub fn new(builder: &'b mut B, source: S, allow_code: bool) -> Reader<'b, B, S> {
        Reader { builder, source, allow_code, refs: Vec::new(), pending: Vec::new() }
    }

    /// What is left of the source.
    pub fn into_source(self) -> S {
        self.source
    }

    /// Reads one object with all that it contains.
    pub fn read(&mut self) -> Result<B::Value, B::Error> {
        self.refs.clear();
        self.pending.clear();
        loop {
            let mut value = match self.object()? {
                Read::Opened => match self.finish_if_full()? {
                    Some(value) => Some(value),
                    None => continue,
                },
                Read::Value(value) => Some(value),
                Read::Null => None,
            };
            loop {
                if self.pending.is_empty() {
                    return value.ok_or(Error::Type("NULL object in marshal data for object"));
                }
                self.supply(value)?;
                value = self.finish_if_full()?;
                if value.is_none() {
                    break;
                }
            }
        }
    }

    fn bytes(&mut self, count: usize) -> Result<&[u8], B::Error> {
        match self.source.take(count) {
            Ok(Some(bytes)) => Ok(bytes),
            Ok(None) => Err(Error::Eof(TOO_SHORT)),
            Err(error) => Err(Error::Model(error)),
        }
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], B::Error> {
        let bytes = self.bytes(N)?;
        bytes.try_into().map_err(|_| Error::Eof(TOO_SHORT))
    }

    fn byte(&mut self) -> Result<u8, B::Error> {
        match self.source.take(1) {
            Ok(Some(bytes)) => Ok(bytes[0]),
            Ok(None) => Err(Error::Eof(NO_OBJECT)),
            Err(error) => Err(Error::Model(error)),
        }
    }

    fn long(&mut self) -> Result<i32, B::Error> {
        self.array().map(i32::from_le_bytes)
    }

    fn size(&mut self, complaint: &'static str) -> Result<usize, B::Error> {
        usize::try_from(self.long()?).map_err(|_| Error::Value(complaint))
    }

    fn double(&mut self) -> Result<f64, B::Error> {
        self.array().map(f64::from_le_bytes)
    }

    fn float_text(&mut self) -> Result<f64, B::Error> {
        let size = usize::from(self.byte()?);
        let bytes = self.bytes(size)?;
        let text = std::str::from_utf8(bytes).ok().and_then(|text| text.parse().ok());
        text.ok_or(Error::Value("could not convert string to float"))
    }

    fn big_int(&mut self) -> Result<B::Value, B::Error> {
        let size = self.long()?;
        let count = size.unsigned_abs();
        if count > i32::MAX as u32 {
            return Err(Error::Value("bad marshal data (long size out of range)"));
        }
        let mut digits = Vec::new();
        for _ in 0..count {
            let digit = u16::from_le_bytes(self.array()?);
            if digit >= 1 << 15 {
                return Err(Error::Value("bad marshal data (digit out of range in long)"));
            }
            digits.push(digit);
        }
        if digits.last() == Some(&0) {
            return Err(Error::Value("bad marshal data (unnormalized long data)"));
        }
        let mut words = Vec::with_capacity(digits.len() / 2 + 1);
        let (mut word, mut bits) = (0u64, 0);
        for digit in digits {
            word |= u64::from(digit) << bits;
            bits += 15;
            if bits >= 32 {
                words.push(word as u32);
                word >>= 32;
                bits -= 32;
            }
        }
        words.push(word as u32);
        let sign = if size < 0 { Sign::Minus } else { Sign::Plus };
        self.builder.big_int(BigInt::from_biguint(sign, BigUint::new(words)))
    }

    fn text(&mut self, size: usize, utf8: bool, interned: bool) -> Result<B::Value, B::Error> {
        match self.source.take(size) {
            Ok(Some(bytes)) => {
                let text = if utf8 { Text::Utf8(bytes) } else { Text::Latin1(bytes) };
                self.builder.str(text, interned)
            }
            Ok(None) => Err(Error::Eof(TOO_SHORT)),
            Err(error) => Err(Error::Model(error)),
        }
    }

    fn byte_string(&mut self) -> Result<B::Value, B::Error> {
        let size = self.size("bad marshal data (bytes object size out of range)")?;
        match self.source.take(size) {
            Ok(Some(bytes)) => self.builder.bytes(bytes),
            Ok(None) => Err(Error::Eof(TOO_SHORT)),
            Err(error) => Err(Error::Model(error)),
        }
    }

    fn reserve(&mut self, flagged: bool) -> Option<usize> {
        flagged.then(|| {
            self.refs.push(None);
            self.refs.len() - 1
        })
    }

    /// Opens a container; those that may contain themselves can be referred to at once.
    fn open(&mut self, kind: Container, size: usize, flagged: bool) -> Result<Read<B::Value>, B::Error> {
        let open = self.builder.open(kind, size)?;
        let slot = self.reserve(flagged);
        if let Some(slot) = slot
            && kind != Container::FrozenSet
        {
            self.refs[slot] = self.builder.peek(&open);
        }
        self.pending.push(match kind {
            Container::Dict => Pending::Dict { open, key: None },
            _ => Pending::Items { open, kind, left: size, slot },
        });
        Ok(Read::Opened)
    }

    fn reference(&mut self) -> Result<B::Value, B::Error> {
        let index = self.long()?;
        let known = usize::try_from(index).ok().and_then(|n| self.refs.get(n)).cloned().flatten();
        known.ok_or(Error::Value("bad marshal data (invalid reference)"))
    }

    fn open_code(&mut self, flagged: bool) -> Result<Read<B::Value>, B::Error> {
        if !self.allow_code {
            return Err(Error::Value("unmarshalling code objects is disallowed"));
        }
        let slot = self.reserve(flagged);
        let mut numbers = [0; 6];
        for number in &mut numbers[..5] {
            *number = self.long()?;
        }
        self.pending.push(Pending::Code { numbers, parts: Vec::with_capacity(10), slot });
        Ok(Read::Opened)
    }

    fn object(&mut self) -> Result<Read<B::Value>, B::Error> {
        let first = self.byte()?;
        if self.pending.len() + 1 > MAX_DEPTH {
            return Err(Error::Value("recursion limit exceeded"));
        }
        let flagged = first & FLAG_REF != 0;
        const TUPLE_SIZE: &str = "bad marshal data (tuple size out of range)";
        const SET_SIZE: &str = "bad marshal data (set size out of range)";
        let value = match first & !FLAG_REF {
            code::NULL => return Ok(Read::Null),
            code::NONE => return self.builder.none().map(Read::Value),
            code::STOP_ITERATION => return self.builder.stop_iteration().map(Read::Value),
            code::ELLIPSIS => return self.builder.ellipsis().map(Read::Value),
            code::FALSE => return self.builder.bool(false).map(Read::Value),
            code::TRUE => return self.builder.bool(true).map(Read::Value),
            code::REF => return self.reference().map(Read::Value),
            code::CODE => return self.open_code(flagged),
            code::SLICE => {
                let slot = self.reserve(flagged);
                self.pending.push(Pending::Slice { parts: Vec::with_capacity(3), slot });
                return Ok(Read::Opened);
            }
            code::SMALL_TUPLE => {
                let size = usize::from(self.byte()?);
                return self.open(Container::Tuple, size, flagged);
            }
            code::TUPLE => {
                let size = self.size(TUPLE_SIZE)?;
                return self.open(Container::Tuple, size, flagged);
            }
            code::LIST => {
                let size = self.size("bad marshal data (list size out of range)")?;
                return self.open(Container::List, size, flagged);
            }
            code::SET => {
                let size = self.size(SET_SIZE)?;
                return self.open(Container::Set, size, flagged);
            }
            code::FROZENSET => {
                let size = self.size(SET_SIZE)?;
                return self.open(Container::FrozenSet, size, flagged);
            }
            code::DICT => return self.open(Container::Dict, 0, flagged),
            other => self.leaf(other)?,
        };
        if flagged {
            self.refs.push(Some(value.clone()));
        }
        Ok(Read::Value(value))
    }

    fn leaf(&mut self, kind: u8) -> Result<B::Value, B::Error> {
        const STRING_SIZE: &str = "bad marshal data (string size out of range)";
        match kind {
            code::INT => {
                let value = self.long()?;
                self.builder.int(i64::from(value))
            }
            code::INT64 => {
                let value = i64::from_le_bytes(self.array()?);
                self.builder.int(value)
            }
            code::LONG => self.big_int(),
            code::FLOAT => {
                let value = self.float_text()?;
                self.builder.float(value)
            }
            code::BINARY_FLOAT => {
                let value = self.double()?;
                self.builder.float(value)
            }
            code::COMPLEX => {
                let (real, imag) = (self.float_text()?, self.float_text()?);
                self.builder.complex(real, imag)
            }
            code::BINARY_COMPLEX => {
                let (real, imag) = (self.double()?, self.double()?);
                self.builder.complex(real, imag)
            }
            code::STRING => self.byte_string(),
            code::ASCII | code::ASCII_INTERNED => {
                let size = self.size(STRING_SIZE)?;
                self.text(size, false, kind == code::ASCII_INTERNED)
            }
            code::SHORT_ASCII | code::SHORT_ASCII_INTERNED => {
                let size = usize::from(self.byte()?);
                self.text(size, false, kind == code::SHORT_ASCII_INTERNED)
            }
            code::UNICODE | code::INTERNED => {
                let size = self.size(STRING_SIZE)?;
                self.text(size, true, kind == code::INTERNED)
            }
            _ => Err(Error::Value("bad marshal data (unknown type code)")),
        }
    }

    /// Gives a part to the innermost open object.
    fn supply(&mut self, value: Option<B::Value>) -> Result<(), B::Error> {
        const QUALNAME: usize = 8;
        match self.pending.last_mut() {
            Some(Pending::Items { open, kind, left, .. }) => {
                let item = value.ok_or(Error::Type(match kind {
                    Container::Tuple => "NULL object in marshal data for tuple",
                    Container::List => "NULL object in marshal data for list",
                    _ => "NULL object in marshal data for set",
                }))?;
                *left -= 1;
                self.builder.push(open, item)
            }
            Some(Pending::Dict { open, key }) => match (value, key.take()) {
                (Some(value), None) => {
                    *key = Some(value);
                    Ok(())
                }
                (Some(value), Some(key)) => {
                    self.builder.push(open, key)?;
                    self.builder.push(open, value)
                }
                // A key without a value is dropped, as CPython does.
                (None, _) => self.end_dict(),
            },
            Some(Pending::Slice { parts, .. }) => {
                parts.push(value.ok_or(Error::Type("NULL object in marshal data for object"))?);
                Ok(())
            }
            Some(Pending::Code { parts, .. }) => {
                parts.push(value.ok_or(Error::Type("NULL object in marshal data for object"))?);
                if parts.len() == QUALNAME {
                    let line = self.long()?;
                    if let Some(Pending::Code { numbers, .. }) = self.pending.last_mut() {
                        numbers[5] = line;
                    }
                }
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// Turns the dict that just ended into a full container, which is closed next.
    fn end_dict(&mut self) -> Result<(), B::Error> {
        if let Some(Pending::Dict { open, .. }) = self.pending.pop() {
            self.pending.push(Pending::Items { open, kind: Container::Dict, left: 0, slot: None });
        }
        Ok(())
    }

    /// Closes the innermost open object if it has all its parts.
    fn finish_if_full(&mut self) -> Result<Option<B::Value>, B::Error> {
        let full = match self.pending.last() {
            Some(Pending::Items { left, .. }) => *left == 0,
            Some(Pending::Slice { parts, .. }) => parts.len() == 3,
            Some(Pending::Code { parts, .. }) => parts.len() == 10,
            _ => false,
        };
        let Some(pending) = full.then(|| self.pending.pop()).flatten() else { return Ok(None) };
        let broken = Error::Value("bad marshal data (unknown type code)");
        let (value, slot) = match pending {
            Pending::Items { open, slot, .. } => (self.builder.close(open)?, slot),
            Pending::Dict { open, .. } => (self.builder.close(open)?, None),
            Pending::Slice { parts, slot } => {
                let parts = parts.try_into().map_err(|_| broken)?;
                (self.builder.slice(parts)?, slot)
            }
            Pending::Code { numbers, parts, slot } => {
                let [argcount, posonlyargcount, kwonlyargcount, stacksize, flags, firstlineno] = numbers;
                let objects = parts.try_into().map_err(|_| broken)?;
                let fields = CodeFields {
                    argcount,
                    posonlyargcount,
                    kwonlyargcount,
                    stacksize,
                    flags,
                    firstlineno,
                    objects,
                };
                (self.builder.code(fields)?, slot)
            }
        };
        if let Some(slot) = slot {
            self.refs[slot] = Some(value.clone());
        }
        Ok(Some(value))
    }
}
