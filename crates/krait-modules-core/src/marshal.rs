//! The module `marshal`: Python objects read and written without an intermediate form. CPython: `Python/marshal.c`.

use krait_bytecode::marshal::{
    Builder, CodeFields, Container, Error, Model, Part, Reader, Source, Text, View, Writer,
};
use krait_macros::pyfn;
use krait_object::errors::{eof_error, type_error, value_error};
use krait_object::module::{Module, ModuleDef};
use krait_object::set::Set;
use krait_object::slice::Slice;
use krait_object::{
    Bytes, Complex, Dict, Float, Int, List, MethodDef, Object, Raised, Ref, Result, Str, Tuple, id, none,
};
use krait_vm::code::{CodeObject, Parts};
use num_bigint::BigInt;
use std::borrow::Cow;

/// The module.
pub static MODULE: ModuleDef = ModuleDef::new(c"marshal")
    .doc(c"This module contains functions that can read and write Python values in\na binary format. The format is specific to Python, but independent of\nmachine architecture issues.")
    .methods(&[dump::DEF, load::DEF, dumps::DEF, loads::DEF, MethodDef::SENTINEL])
    .exec(exec);

/// Version of the format.
const VERSION: i32 = 5;

fn exec(module: &Module) -> Result<()> {
    module.add_int("version", VERSION.into())
}

/// Builds Python objects.
struct Objects;

/// A container being filled.
enum Open {
    Tuple(Vec<Ref<Object>>),
    List(Ref<List>),
    Dict(Ref<Dict>, Option<Ref<Object>>),
    Set(Ref<Object>, Vec<Ref<Object>>, bool),
}

fn text_of(text: Text<'_>) -> Ref<Str> {
    match text {
        Text::Latin1(bytes) => Str::from_latin1(bytes),
        Text::Utf8(bytes) => Str::from_wtf8(bytes),
    }
}

/// What the builder's functions give.
type Read<T = Ref<Object>> = core::result::Result<T, Error<Raised>>;

impl Builder for Objects {
    type Value = Ref<Object>;
    type Open = Open;
    type Error = Raised;

    fn none(&mut self) -> Read {
        Ok(none().to_ref())
    }
    fn bool(&mut self, value: bool) -> Read {
        Ok(krait_object::object::bool_object(value).to_ref())
    }
    fn ellipsis(&mut self) -> Read {
        Ok(krait_object::singletons::ellipsis().to_ref())
    }
    fn stop_iteration(&mut self) -> Read {
        Ok(krait_object::exceptions::PyExc_StopIteration.to_ref())
    }
    fn int(&mut self, value: i64) -> Read {
        Ok(Int::from_i64(value).into_object())
    }
    fn big_int(&mut self, value: BigInt) -> Read {
        Ok(Int::from_bigint(&value).into_object())
    }
    fn float(&mut self, value: f64) -> Read {
        Ok(Float::new(value).into_object())
    }
    fn complex(&mut self, real: f64, imag: f64) -> Read {
        Ok(Complex::new(real, imag).into_object())
    }
    fn bytes(&mut self, bytes: &[u8]) -> Read {
        Ok(Bytes::new(bytes).into_object())
    }
    fn str(&mut self, text: Text<'_>, interned: bool) -> Read {
        let s = text_of(text);
        Ok(if interned { krait_object::str::intern::intern(s) } else { s }.into_object())
    }
    fn slice(&mut self, [start, stop, step]: [Ref<Object>; 3]) -> Read {
        Ok(Slice::from_owned(start, stop, step).into_object())
    }
    fn code(&mut self, fields: CodeFields<Ref<Object>>) -> Read {
        Ok(code_from(fields).map_err(Error::Model)?.into_object())
    }
    fn open(&mut self, kind: Container, _size: usize) -> Read<Open> {
        Ok(match kind {
            Container::Tuple => Open::Tuple(Vec::new()),
            Container::List => Open::List(List::new()),
            Container::Dict => Open::Dict(Dict::new(), None),
            Container::Set => Open::Set(Set::new().into_object(), Vec::new(), false),
            Container::FrozenSet => Open::Set(none().to_ref(), Vec::new(), true),
        })
    }
    fn peek(&mut self, open: &Open) -> Option<Ref<Object>> {
        match open {
            Open::List(list) => Some(list.clone().into_object()),
            Open::Dict(dict, _) => Some(dict.clone().into_object()),
            Open::Set(set, _, false) => Some(set.clone()),
            _ => None,
        }
    }
    fn push(&mut self, open: &mut Open, item: Ref<Object>) -> Read<()> {
        match open {
            Open::Tuple(items) => items.push(item),
            Open::List(list) => list.push(item),
            Open::Dict(dict, key) => match key.take() {
                Some(key) => dict.set(&key, &item).map_err(Error::Model)?,
                None => *key = Some(item),
            },
            Open::Set(set, items, frozen) => match frozen {
                true => items.push(item),
                false => set.expect::<Set>().add(&item).map_err(Error::Model)?,
            },
        }
        Ok(())
    }
    fn close(&mut self, open: Open) -> Read {
        Ok(match open {
            Open::Tuple(items) => Tuple::from_vec(items).into_object(),
            Open::List(list) => list.into_object(),
            Open::Dict(dict, _) => dict.into_object(),
            Open::Set(set, _, false) => set,
            Open::Set(_, items, true) => {
                krait_object::set::frozenset_from(items).map_err(Error::Model)?.into_object()
            }
        })
    }
}

/// A part of a code object of the right type.
fn part<T: krait_object::Typed>(value: &Ref<Object>) -> Result<Ref<T>> {
    value
        .clone()
        .downcast_into::<T>()
        .map_err(|_| value_error("bad marshal data (code object has a part of a wrong type)"))
}

/// A code object from its fields; checked, because the data may come from anywhere.
fn code_from(fields: CodeFields<Ref<Object>>) -> Result<Ref<CodeObject>> {
    let [code, consts, names, localsplusnames, kinds, filename, name, qualname, linetable, exceptiontable] =
        &fields.objects;
    CodeObject::from_parts(Parts {
        filename: part(filename)?,
        name: part(name)?,
        qualname: part(qualname)?,
        flags: fields.flags,
        code: part::<Bytes>(code)?.as_slice().to_vec(),
        firstlineno: fields.firstlineno,
        linetable: part(linetable)?,
        consts: part(consts)?,
        names: part(names)?,
        localsplusnames: part(localsplusnames)?,
        localspluskinds: part(kinds)?,
        argcount: fields.argcount,
        posonlyargcount: fields.posonlyargcount,
        kwonlyargcount: fields.kwonlyargcount,
        stacksize: fields.stacksize,
        exceptiontable: part(exceptiontable)?,
    })
}

/// The exception that an error of the format stands for.
fn raised(error: Error<Raised>) -> Raised {
    match error {
        Error::Eof(message) => eof_error(message),
        Error::Value(message) => value_error(message),
        Error::Type(message) => type_error(message),
        Error::Model(raised) => raised,
    }
}

/// Reads one object from bytes.
pub fn from_bytes(bytes: &[u8], allow_code: bool) -> Result {
    let mut objects = Objects;
    Reader::new(&mut objects, bytes, allow_code).read().map_err(raised)
}

/// Reads from an object with `readinto` or `read`.
struct FileSource<'a> {
    file: &'a Object,
    buffer: Vec<u8>,
}

impl Source<Raised> for FileSource<'_> {
    fn take(&mut self, count: usize) -> Result<Option<&[u8]>> {
        self.buffer.clear();
        while self.buffer.len() < count {
            let wanted = Int::from_u64((count - self.buffer.len()) as u64);
            let got = self.file.call_method(id!("read"), &[&wanted])?;
            let Some(bytes) = got.downcast::<Bytes>() else {
                return Err(type_error(format!("file.read() returned not bytes but {}", got.type_name())));
            };
            if bytes.as_slice().is_empty() {
                return Ok(None);
            }
            self.buffer.extend_from_slice(bytes.as_slice());
        }
        Ok(Some(&self.buffer))
    }
}

/// Read one value from the open file and return it.
#[pyfn("load(file, /, *, allow_code=True)")]
fn load(file: &Object, allow_code: bool) -> Result {
    let mut objects = Objects;
    Reader::new(&mut objects, FileSource { file, buffer: Vec::new() }, allow_code).read().map_err(raised)
}

/// Convert the bytes-like object to a value.
#[pyfn("loads(bytes, /, *, allow_code=True)")]
fn loads(bytes: &Object, allow_code: bool) -> Result {
    let Some(data) = krait_object::buffer::copy_of_bytes(bytes)? else {
        return Err(type_error(format!("a bytes-like object is required, not '{}'", bytes.type_name())));
    };
    from_bytes(&data, allow_code)
}

/// Views Python objects for the writer.
struct Graph;

/// An object to be written. Objects that only the writer holds (parts of code objects made for the purpose) are kept
/// alive by the reference; a borrowed one is not counted twice.
#[derive(Clone)]
struct Item {
    object: Ref<Object>,
    /// References that this module itself holds.
    own: u32,
}

fn item(object: Ref<Object>) -> Item {
    Item { object, own: 1 }
}

fn items(objects: &[Ref<Object>]) -> Vec<Item> {
    objects.iter().map(|o| item(o.clone())).collect()
}

/// The value as digits of 15 bits, as the format wants it.
fn digits15(int: &Int) -> Vec<u16> {
    let mut digits = Vec::new();
    for &digit in int.digits() {
        digits.push((digit & 0x7fff) as u16);
        digits.push((digit >> 15) as u16);
    }
    while digits.last() == Some(&0) {
        digits.pop();
    }
    digits
}

fn view_of(object: &Object) -> Result<View<'static, Item>> {
    if object.is_none() {
        return Ok(View::None);
    }
    if object.is(&krait_object::exceptions::PyExc_StopIteration) {
        return Ok(View::StopIteration);
    }
    if object.is(krait_object::singletons::ellipsis()) {
        return Ok(View::Ellipsis);
    }
    if core::ptr::eq(object.type_ptr(), &raw const krait_object::int::PyBool_Type) {
        return Ok(View::Bool(object.is_true()?));
    }
    if let Some(int) = object.downcast_exact::<Int>() {
        return Ok(match int.to_i64() {
            Some(value) => View::Int(value),
            None => View::BigInt { negative: int.is_negative(), digits: digits15(int) },
        });
    }
    if let Some(float) = object.downcast_exact::<Float>() {
        return Ok(View::Float(float.value()));
    }
    if let Some(complex) = object.downcast_exact::<Complex>() {
        let (real, imag) = complex.value();
        return Ok(View::Complex(real, imag));
    }
    if let Some(bytes) = object.downcast_exact::<Bytes>() {
        return Ok(View::Bytes(Cow::Owned(bytes.as_slice().to_vec())));
    }
    if let Some(text) = object.downcast_exact::<Str>() {
        return Ok(View::Str {
            text: Cow::Owned(text.to_wtf8()),
            ascii: text.is_ascii(),
            interned: text.is_interned(),
        });
    }
    if let Some(tuple) = object.downcast_exact::<Tuple>() {
        return Ok(View::Tuple(items(tuple.as_slice())));
    }
    if let Some(list) = object.downcast_exact::<List>() {
        return Ok(View::List(items(&list.to_vec())));
    }
    if let Some(dict) = object.downcast_exact::<Dict>() {
        return Ok(View::Dict(dict.items().into_iter().flat_map(|(k, v)| [item(k), item(v)]).collect()));
    }
    if core::ptr::eq(object.type_ptr(), &raw const krait_object::set::PySet_Type) {
        return Ok(View::Set(items(&object.collect()?)));
    }
    if core::ptr::eq(object.type_ptr(), &raw const krait_object::set::PyFrozenSet_Type) {
        return Ok(View::FrozenSet(items(&object.collect()?)));
    }
    if object.downcast_exact::<Slice>().is_some() {
        let part = |name: &Str| object.get_attr(name).map(item);
        return Ok(View::Slice([part(id!("start"))?, part(id!("stop"))?, part(id!("step"))?]));
    }
    if let Some(code) = object.downcast_exact::<CodeObject>() {
        return Ok(View::Code(code_parts(code)));
    }
    match krait_object::buffer::copy_of_bytes(object)? {
        Some(bytes) => Ok(View::Bytes(Cow::Owned(bytes))),
        None => Ok(View::Unknown),
    }
}

/// The parts of a code object in the order of the format.
fn code_parts(code: &CodeObject) -> Vec<Part<Item>> {
    let long = |value: i32| Part::Long(value);
    let object = |o: Ref<Object>| Part::Object(item(o));
    vec![
        long(code.co_argcount.get()),
        long(code.co_posonlyargcount.get()),
        long(code.co_kwonlyargcount.get()),
        long(code.co_stacksize.get()),
        long(code.co_flags.get()),
        object(code.code_bytes().into_object()),
        object(code.consts().to_ref()),
        object(code.names().to_ref()),
        object(code.localsplus_names().to_ref()),
        object(Bytes::new(code.kinds()).into_object()),
        object(code.filename_str().to_ref()),
        object(code.name_str().to_ref()),
        object(code.qualname_str().to_ref()),
        long(code.co_firstlineno.get()),
        object(Bytes::new(code.line_table()).into_object()),
        object(Bytes::new(code.exception_table()).into_object()),
    ]
}

impl Model for Graph {
    type Value = Item;
    type Identity = usize;
    type Error = Raised;

    fn view(&self, value: &Item) -> core::result::Result<View<'_, Item>, Error<Raised>> {
        view_of(&value.object).map_err(Error::Model)
    }

    fn identity(&self, value: &Item) -> Option<usize> {
        let object = &value.object;
        let interned = object.downcast_exact::<Str>().is_some_and(Str::is_interned);
        let shared = object.is_immortal() || interned || object.refcount() > value.own + 1;
        shared.then(|| object.as_ptr() as usize)
    }

    fn identity_if_held(&self, value: &Item) -> Option<usize> {
        Some(value.object.as_ptr() as usize)
    }
}

/// `marshal.dumps`.
pub fn to_bytes(value: &Object, version: i32, allow_code: bool) -> Result<Vec<u8>> {
    let graph = Graph;
    let writer = Writer::new(&graph, version, allow_code);
    writer.write(&item(value.to_ref())).map_err(raised)
}

/// Write the value on the open file.
#[pyfn("dump(value, file, version=5, /, *, allow_code=True)")]
fn dump(value: &Object, file: &Object, version: i32, allow_code: bool) -> Result {
    let bytes = Bytes::new(&to_bytes(value, version, allow_code)?);
    file.call_method(id!("write"), &[&bytes])
}

/// Return the bytes object that would be written to a file by dump(value, file).
#[pyfn("dumps(value, version=5, /, *, allow_code=True)")]
fn dumps(value: &Object, version: i32, allow_code: bool) -> Result<Vec<u8>> {
    to_bytes(value, version, allow_code)
}
