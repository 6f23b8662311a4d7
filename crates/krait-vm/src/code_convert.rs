//! From the compiler's [`krait_bytecode::Code`] to code objects.
//!
//! Names and constants that look like identifiers are interned (`intern_constants`), and what one `Rc` of the compiler
//! holds becomes one object.

use crate::code::{CodeObject, Parts};
use krait_bytecode::{Code, Const, StrConst};
use krait_object::complex::Complex;
use krait_object::str::intern::intern;
use krait_object::{Bytes, Float, Int, Object, Ref, Result, Str, Tuple, none};
use std::collections::HashMap;
use std::rc::Rc;

/// Objects made so far, by the address of the `Rc` they were made from.
#[derive(Default)]
struct Converter {
    made: HashMap<*const (), Ref<Object>>,
}

/// A code object from compiled code, nested code included.
pub fn from_bytecode(code: &Code) -> Result<Ref<CodeObject>> {
    Converter::default().code(code)
}

fn address<T: ?Sized>(rc: &Rc<T>) -> *const () {
    Rc::as_ptr(rc).cast()
}

impl Converter {
    fn shared<T: ?Sized>(&mut self, rc: &Rc<T>, make: impl FnOnce(&mut Converter, &T) -> Result) -> Result {
        // An empty slice has no address of its own.
        if size_of_val::<T>(rc) == 0 {
            return make(self, rc);
        }
        if let Some(found) = self.made.get(&address(rc)) {
            return Ok(found.clone());
        }
        let object = make(self, rc)?;
        self.made.insert(address(rc), object.clone());
        Ok(object)
    }

    fn text(&mut self, text: &StrConst) -> Result<Ref<Str>> {
        let object = self.shared(&text.text, |_, s| Ok(Str::from_wtf8(s.as_bytes()).into_object()))?;
        // SAFETY: made as a string.
        let object = unsafe { object.cast_into::<Str>() };
        Ok(if text.interned || text.text.is_name_like() { intern(object) } else { object })
    }

    fn name(&mut self, name: &StrConst) -> Result<Ref<Str>> {
        Ok(intern(self.text(name)?))
    }

    fn names(&mut self, names: &Rc<[Const]>) -> Result<Ref<Tuple>> {
        let mut objects = Vec::with_capacity(names.len());
        for name in names.iter() {
            objects.push(match name {
                Const::Str(name) => self.name(name)?.into_object(),
                _ => Str::empty().to_ref(),
            });
        }
        Ok(Tuple::from_vec(objects))
    }

    fn all(&mut self, items: &[Const]) -> Result<Vec<Ref<Object>>> {
        items.iter().map(|item| self.constant(item)).collect()
    }

    fn constant(&mut self, value: &Const) -> Result {
        Ok(match value {
            Const::None => none().to_ref(),
            Const::True => krait_object::object::bool_object(true).to_ref(),
            Const::False => krait_object::object::bool_object(false).to_ref(),
            Const::Ellipsis => krait_object::singletons::ellipsis().to_ref(),
            Const::Int(n) => self.shared(n, |_, n| {
                Ok(match n {
                    krait_bytecode::Int::Small(n) => Int::from_i64(*n).into_object(),
                    krait_bytecode::Int::Big(n) => Int::from_bigint(n).into_object(),
                })
            })?,
            Const::Float(n) => self.shared(n, |_, n| Ok(Float::new(*n).into_object()))?,
            Const::Complex(c) => self.shared(c, |_, c| Ok(Complex::new(c.real, c.imag).into_object()))?,
            Const::Str(s) => self.text(s)?.into_object(),
            Const::Bytes(b) => self.shared(b, |_, b| Ok(Bytes::new(b).into_object()))?,
            Const::Tuple(items) => {
                self.shared(items, |this, items| Ok(Tuple::from_vec(this.all(items)?).into_object()))?
            }
            Const::FrozenSet(items) => {
                self.shared(items, |this, items| krait_object::set::frozenset_from(this.all(items)?))?
            }
            Const::Slice(s) => self.shared(s, |this, s| {
                let parts = [this.constant(&s.start)?, this.constant(&s.stop)?, this.constant(&s.step)?];
                Ok(crate::ops::containers::new_slice(&parts[0], &parts[1], &parts[2]))
            })?,
            Const::Code(code) => self.shared(code, |this, code| Ok(this.code(code)?.into_object()))?,
        })
    }

    fn bytes(&mut self, bytes: &Rc<[u8]>) -> Result<Ref<Bytes>> {
        let object = self.shared(bytes, |_, b| Ok(Bytes::new(b).into_object()))?;
        // SAFETY: made as bytes.
        Ok(unsafe { object.cast_into::<Bytes>() })
    }

    fn code(&mut self, code: &Code) -> Result<Ref<CodeObject>> {
        krait_object::thread::check_recursion("")?;
        CodeObject::from_parts(Parts {
            filename: self.name(&code.filename)?,
            name: self.name(&code.name)?,
            qualname: self.name(&code.qualname)?,
            flags: code.flags as i32,
            code: code.code.to_vec(),
            firstlineno: code.firstlineno,
            linetable: self.bytes(&code.linetable)?,
            consts: Tuple::from_vec(self.all(&code.consts)?),
            names: self.names(&code.names)?,
            localsplusnames: self.names(&code.localsplusnames)?,
            localspluskinds: Bytes::new(&code.localspluskinds),
            argcount: code.argcount as i32,
            posonlyargcount: code.posonlyargcount as i32,
            kwonlyargcount: code.kwonlyargcount as i32,
            stacksize: code.stacksize as i32,
            exceptiontable: self.bytes(&code.exceptiontable)?,
        })
    }
}

/// A tuple of names with each interned.
pub fn intern_all(names: &Tuple) -> Ref<Tuple> {
    let interned = names.as_slice().iter().map(|n| match n.clone().downcast_into::<Str>() {
        Ok(text) => intern(text).into_object(),
        Err(other) => other,
    });
    Tuple::from_exact_iter(names.len(), interned)
}

fn is_name_like(text: &Str) -> bool {
    text.as_ascii().is_some_and(|s| s.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'))
}

/// Constants given by Python code, with identifier-like strings interned, in nested tuples too.
pub fn intern_constants(consts: &Tuple) -> Result<Ref<Tuple>> {
    krait_object::thread::check_recursion("")?;
    let mut items = Vec::with_capacity(consts.len());
    for item in consts.as_slice() {
        items.push(if let Some(text) = item.downcast_exact::<Str>() {
            if is_name_like(text) { intern(Ref::from_borrowed(text)).into_object() } else { item.clone() }
        } else if let Some(inner) = item.downcast_exact::<Tuple>() {
            intern_constants(inner)?.into_object()
        } else {
            item.clone()
        });
    }
    Ok(Tuple::from_vec(items))
}
