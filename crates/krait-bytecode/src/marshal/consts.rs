//! `marshal` of constants and code objects of this crate.

use std::borrow::Cow;
use std::rc::Rc;

use num_bigint::BigInt;

use super::reader::{Builder, CodeFields, Container, Reader, Text};
use super::writer::{Model, Part, View, Writer};
use super::{Error, Result};
use crate::code::{Code, Const, Int, Slice};
use crate::text::{Str, StrConst};

/// Writes a code object as CPython would when nobody but its module holds it (`marshal.dumps(compile(…))`, where the
/// code object itself is held by a variable).
pub fn dumps(code: &Rc<Code>) -> Result<Vec<u8>, std::convert::Infallible> {
    Writer::new(&&Consts, super::VERSION, true).write(&Node::Top(code))
}

/// Reads a constant; most often the code object of a module.
pub fn loads(bytes: &[u8]) -> Result<Const, &'static str> {
    let mut builder = ConstBuilder;
    Reader::new(&mut builder, bytes, true).read()
}

/// The model of this crate's values.
#[derive(Clone, Copy, Debug)]
pub struct Consts;

/// A borrowed value.
#[derive(Clone, Copy, Debug)]
pub enum Node<'a> {
    Const(&'a Const),
    Tuple(&'a Rc<[Const]>),
    Str(&'a StrConst),
    Bytes(&'a Rc<[u8]>),
    /// The bytes of the code, which CPython takes out of the code object and keeps there.
    CodeBytes(&'a Code),
    /// The kinds of the locals, made anew for each code object.
    Kinds(&'a Rc<[u8]>),
    Code(&'a Rc<Code>),
    /// A code object that is held elsewhere, too.
    Top(&'a Rc<Code>),
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Identity {
    Address(usize),
    SmallInt(i64),
    Interned(Str),
    Bytes(Option<u8>),
    EmptyTuple,
    CodeBytes(usize),
}

fn address<T: ?Sized>(rc: &Rc<T>) -> Identity {
    Identity::Address(Rc::as_ptr(rc).cast::<u8>() as usize)
}

fn of_rc<T: ?Sized>(rc: &Rc<T>, held: bool) -> Option<Identity> {
    (held || Rc::strong_count(rc) > 1).then(|| address(rc))
}

fn of_str(text: &StrConst, held: bool) -> Option<Identity> {
    if text.interned { Some(Identity::Interned(Str::clone(&text.text))) } else { of_rc(&text.text, held) }
}

fn of_bytes(bytes: &Rc<[u8]>, held: bool) -> Option<Identity> {
    match **bytes {
        [] => Some(Identity::Bytes(None)),
        [byte] => Some(Identity::Bytes(Some(byte))),
        _ => of_rc(bytes, held),
    }
}

fn of_tuple(items: &Rc<[Const]>, held: bool) -> Option<Identity> {
    if items.is_empty() { Some(Identity::EmptyTuple) } else { of_rc(items, held) }
}

fn of_const(value: &Const, held: bool) -> Option<Identity> {
    match value {
        Const::None | Const::True | Const::False | Const::Ellipsis => None,
        Const::Int(n) => match **n {
            Int::Small(small) if n.is_singleton() => Some(Identity::SmallInt(small)),
            _ => of_rc(n, held),
        },
        Const::Float(n) => of_rc(n, held),
        Const::Complex(c) => of_rc(c, held),
        Const::Str(s) => of_str(s, held),
        Const::Bytes(b) => of_bytes(b, held),
        Const::Tuple(items) => of_tuple(items, held),
        Const::FrozenSet(items) => of_rc(items, held),
        Const::Slice(s) => of_rc(s, held),
        Const::Code(c) => of_rc(c, held),
    }
}

fn of_node(node: &Node<'_>, held: bool) -> Option<Identity> {
    match node {
        Node::Const(value) => of_const(value, held),
        Node::Tuple(items) => of_tuple(items, held),
        Node::Str(text) => of_str(text, held),
        Node::Bytes(bytes) => of_bytes(bytes, held),
        Node::CodeBytes(code) => Some(Identity::CodeBytes(std::ptr::from_ref(*code) as usize)),
        Node::Kinds(kinds) => kinds.is_empty().then_some(Identity::Bytes(None)),
        Node::Code(code) => of_rc(code, held),
        Node::Top(code) => Some(address(code)),
    }
}

fn view_int(n: &Int) -> View<'static, Node<'_>> {
    match n {
        Int::Small(n) => View::Int(*n),
        Int::Big(n) => {
            let digits = n.magnitude().to_radix_le(1 << 5);
            // Three digits of five bits make one of fifteen.
            let digits =
                digits.chunks(3).map(|c| c.iter().rev().fold(0u16, |sum, d| sum << 5 | u16::from(*d)));
            View::BigInt { negative: n.sign() == num_bigint::Sign::Minus, digits: digits.collect() }
        }
    }
}

fn view_str(text: &StrConst) -> View<'_, Node<'_>> {
    let (ascii, interned) = (text.is_ascii(), text.interned);
    View::Str { text: Cow::Borrowed(text.as_bytes()), ascii, interned }
}

fn view_code(code: &Code) -> View<'_, Node<'_>> {
    use Part::{Long, Object};
    View::Code(vec![
        Long(code.argcount as i32),
        Long(code.posonlyargcount as i32),
        Long(code.kwonlyargcount as i32),
        Long(code.stacksize as i32),
        Long(code.flags as i32),
        Object(Node::CodeBytes(code)),
        Object(Node::Tuple(&code.consts)),
        Object(Node::Tuple(&code.names)),
        Object(Node::Tuple(&code.localsplusnames)),
        Object(Node::Kinds(&code.localspluskinds)),
        Object(Node::Str(&code.filename)),
        Object(Node::Str(&code.name)),
        Object(Node::Str(&code.qualname)),
        Long(code.firstlineno),
        Object(Node::Bytes(&code.linetable)),
        Object(Node::Bytes(&code.exceptiontable)),
    ])
}

fn view_const<'a>(value: &'a Const) -> View<'a, Node<'a>> {
    let nodes = |items: &'a [Const]| items.iter().map(Node::Const).collect();
    match value {
        Const::None => View::None,
        Const::True => View::Bool(true),
        Const::False => View::Bool(false),
        Const::Ellipsis => View::Ellipsis,
        Const::Int(n) => view_int(n),
        Const::Float(n) => View::Float(**n),
        Const::Complex(c) => View::Complex(c.real, c.imag),
        Const::Str(s) => view_str(s),
        Const::Bytes(b) => View::Bytes(Cow::Borrowed(b)),
        Const::Tuple(items) => View::Tuple(nodes(items)),
        Const::FrozenSet(items) => View::FrozenSet(nodes(items)),
        Const::Slice(s) => View::Slice([&s.start, &s.stop, &s.step].map(Node::Const)),
        Const::Code(c) => view_code(c),
    }
}

/// The lifetime of the values is that of the model's borrow.
impl<'a> Model for &'a Consts {
    type Value = Node<'a>;
    type Identity = Identity;
    type Error = std::convert::Infallible;

    fn view(&self, value: &Node<'a>) -> Result<View<'_, Node<'a>>, Self::Error> {
        Ok(view_node(*value))
    }

    fn identity(&self, value: &Node<'a>) -> Option<Identity> {
        of_node(value, false)
    }

    fn identity_if_held(&self, value: &Node<'a>) -> Option<Identity> {
        of_node(value, true)
    }
}

fn view_node(node: Node<'_>) -> View<'_, Node<'_>> {
    match node {
        Node::Const(value) => view_const(value),
        Node::Tuple(items) => View::Tuple(items.iter().map(Node::Const).collect()),
        Node::Str(text) => view_str(text),
        Node::Bytes(bytes) | Node::Kinds(bytes) => View::Bytes(Cow::Borrowed(bytes)),
        Node::CodeBytes(code) => View::Bytes(Cow::Borrowed(&code.code)),
        Node::Code(code) | Node::Top(code) => view_code(code),
    }
}

/// Builds the values of this crate. Lists, dicts and sets are none.
#[derive(Debug, Default)]
pub struct ConstBuilder;

type Built = Result<Const, &'static str>;

fn unsupported<T>() -> Result<T, &'static str> {
    Err(Error::Model("not a constant"))
}

impl Builder for ConstBuilder {
    type Value = Const;
    type Open = (Container, Vec<Const>);
    type Error = &'static str;

    fn none(&mut self) -> Built {
        Ok(Const::None)
    }

    fn bool(&mut self, value: bool) -> Built {
        Ok(Const::bool(value))
    }

    fn ellipsis(&mut self) -> Built {
        Ok(Const::Ellipsis)
    }

    fn stop_iteration(&mut self) -> Built {
        unsupported()
    }

    fn int(&mut self, value: i64) -> Built {
        Ok(Const::int(value))
    }

    fn big_int(&mut self, value: BigInt) -> Built {
        Ok(Const::int(Int::from(value)))
    }

    fn float(&mut self, value: f64) -> Built {
        Ok(Const::float(value))
    }

    fn complex(&mut self, real: f64, imag: f64) -> Built {
        Ok(Const::complex(real, imag))
    }

    fn bytes(&mut self, bytes: &[u8]) -> Built {
        Ok(Const::bytes(bytes))
    }

    fn str(&mut self, text: Text<'_>, interned: bool) -> Built {
        let text = match text {
            Text::Latin1(bytes) => Str::from_code_points(bytes.iter().map(|b| u32::from(*b))),
            Text::Utf8(bytes) => Str::from_bytes(bytes.to_vec()).ok_or(Error::Model("not UTF-8"))?,
        };
        Ok(Const::Str(StrConst { text: Rc::new(text), interned }))
    }

    fn slice(&mut self, [start, stop, step]: [Const; 3]) -> Built {
        Ok(Const::Slice(Rc::new(Slice { start, stop, step })))
    }

    fn code(&mut self, fields: CodeFields<Const>) -> Built {
        code_object(fields).map(|code| Const::Code(Rc::new(code)))
    }

    fn open(&mut self, kind: Container, _size: usize) -> Result<Self::Open, &'static str> {
        match kind {
            Container::Tuple | Container::FrozenSet => Ok((kind, Vec::new())),
            _ => unsupported(),
        }
    }

    fn peek(&mut self, _open: &Self::Open) -> Option<Const> {
        None
    }

    fn push(&mut self, open: &mut Self::Open, item: Const) -> Result<(), &'static str> {
        open.1.push(item);
        Ok(())
    }

    fn close(&mut self, (kind, items): Self::Open) -> Built {
        Ok(match kind {
            Container::FrozenSet => Const::FrozenSet(items.into()),
            _ => Const::Tuple(items.into()),
        })
    }
}

fn code_object(fields: CodeFields<Const>) -> Result<Code, &'static str> {
    let bad = || Error::Model("bad code object");
    let count = |n: i32| u32::try_from(n).map_err(|_| bad());
    let bytes = |value: Const| match value {
        Const::Bytes(bytes) => Ok(bytes),
        _ => Err(bad()),
    };
    let tuple = |value: Const| match value {
        Const::Tuple(items) => Ok(items),
        _ => Err(bad()),
    };
    let text = |value: Const| match value {
        Const::Str(text) => Ok(text),
        _ => Err(bad()),
    };
    let names = |value: Const| match tuple(value)? {
        items if items.iter().all(|item| matches!(item, Const::Str(_))) => Ok(items),
        _ => Err(bad()),
    };
    let [code, consts, name_list, locals, kinds, filename, name, qualname, linetable, exceptiontable] =
        fields.objects;
    let code = Code {
        argcount: count(fields.argcount)?,
        posonlyargcount: count(fields.posonlyargcount)?,
        kwonlyargcount: count(fields.kwonlyargcount)?,
        stacksize: count(fields.stacksize)?,
        flags: fields.flags as u32,
        code: bytes(code)?,
        consts: tuple(consts)?,
        names: names(name_list)?,
        localsplusnames: names(locals)?,
        localspluskinds: bytes(kinds)?,
        filename: text(filename)?,
        name: text(name)?,
        qualname: text(qualname)?,
        firstlineno: fields.firstlineno,
        linetable: bytes(linetable)?,
        exceptiontable: bytes(exceptiontable)?,
    };
    let consistent = code.code.len().is_multiple_of(2)
        && code.localsplusnames.len() == code.localspluskinds.len()
        && code.posonlyargcount <= code.argcount;
    if consistent { Ok(code) } else { Err(bad()) }
}
