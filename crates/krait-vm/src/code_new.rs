//! Building code objects from what Python passes: `types.CodeType(...)` and `replace`.

use crate::code::{CodeObject, Parts};
use krait_bytecode::flags::*;
use krait_object::errors::{overflow_error, system_error, type_error, value_error};
use krait_object::{Bytes, Dict, Object, Ref, Result, Str, Tuple, TypeObject};

/// The constructor's arguments, checked for type only.
pub struct Fields {
    argcount: i32,
    posonlyargcount: i32,
    kwonlyargcount: i32,
    nlocals: i32,
    stacksize: i32,
    flags: i32,
    code: Ref<Bytes>,
    consts: Ref<Tuple>,
    names: Ref<Tuple>,
    varnames: Ref<Tuple>,
    filename: Ref<Str>,
    name: Ref<Str>,
    qualname: Ref<Str>,
    firstlineno: i32,
    linetable: Ref<Bytes>,
    exceptiontable: Ref<Bytes>,
    freevars: Ref<Tuple>,
    cellvars: Ref<Tuple>,
}

/// A C int, or OverflowError.
pub fn to_int(value: isize) -> Result<i32> {
    i32::try_from(value).map_err(|_| overflow_error("Python int too large to convert to C int"))
}

fn int_arg(object: &Object) -> Result<i32> {
    let number = object.index()?;
    match number.to_i64() {
        Some(value) => to_int(value as isize),
        None => Err(overflow_error("Python int too large to convert to C int")),
    }
}

fn typed<T: krait_object::Typed>(object: &Object, position: usize, expected: &str) -> Result<Ref<T>> {
    match object.downcast::<T>() {
        Some(value) => Ok(Ref::from_borrowed(value)),
        None => Err(type_error(format!(
            "code() argument {position} must be {expected}, not {}",
            if object.is_none() { "None" } else { object.type_name() }
        ))),
    }
}

fn check_names(names: &Tuple) -> Result<()> {
    match names.as_objects().iter().find(|n| n.downcast::<Str>().is_none()) {
        Some(bad) => {
            Err(type_error(format!("name tuples must contain only strings, not '{}'", bad.type_name())))
        }
        None => Ok(()),
    }
}

pub extern "C" fn new(_ty: &TypeObject, args: &Tuple, kwargs: Option<&Object>) -> Result {
    if kwargs.and_then(|k| k.downcast::<Dict>()).is_some_and(|d| !d.is_empty()) {
        return Err(type_error("code() takes no keyword arguments"));
    }
    let a = args.as_objects();
    krait_object::args::check_positional("code", a.len(), 16, 18)?;
    let empty = Ref::from_borrowed(Tuple::empty());
    let fields = Fields {
        argcount: int_arg(a[0])?,
        posonlyargcount: int_arg(a[1])?,
        kwonlyargcount: int_arg(a[2])?,
        nlocals: int_arg(a[3])?,
        stacksize: int_arg(a[4])?,
        flags: int_arg(a[5])?,
        code: typed(a[6], 7, "bytes")?,
        consts: typed(a[7], 8, "tuple")?,
        names: typed(a[8], 9, "tuple")?,
        varnames: typed(a[9], 10, "tuple")?,
        filename: typed(a[10], 11, "str")?,
        name: typed(a[11], 12, "str")?,
        qualname: typed(a[12], 13, "str")?,
        firstlineno: int_arg(a[13])?,
        linetable: typed(a[14], 15, "bytes")?,
        exceptiontable: typed(a[15], 16, "bytes")?,
        freevars: a.get(16).map_or(Ok(empty.clone()), |o| typed(o, 17, "tuple"))?,
        cellvars: a.get(17).map_or(Ok(empty), |o| typed(o, 18, "tuple"))?,
    };
    for (value, name) in [
        (fields.argcount, "argcount"),
        (fields.posonlyargcount, "posonlyargcount"),
        (fields.kwonlyargcount, "kwonlyargcount"),
        (fields.nlocals, "nlocals"),
    ] {
        if value < 0 {
            return Err(value_error(format!("code: {name} must not be negative")));
        }
    }
    Ok(fields.build()?.into_object())
}

impl Fields {
    /// The fields of an existing code object.
    pub fn of(code: &CodeObject) -> Fields {
        Fields {
            argcount: code.co_argcount.get(),
            posonlyargcount: code.co_posonlyargcount.get(),
            kwonlyargcount: code.co_kwonlyargcount.get(),
            nlocals: code.co_nlocals.get(),
            stacksize: code.co_stacksize.get(),
            flags: code.co_flags.get(),
            code: code.code_bytes(),
            consts: Ref::from_borrowed(code.consts()),
            names: Ref::from_borrowed(code.names()),
            varnames: code.varnames(),
            filename: Ref::from_borrowed(code.filename_str()),
            name: Ref::from_borrowed(code.name_str()),
            qualname: Ref::from_borrowed(code.qualname_str()),
            firstlineno: code.co_firstlineno.get(),
            linetable: Bytes::new(code.line_table()),
            exceptiontable: Bytes::new(code.exception_table()),
            freevars: code.freevars(),
            cellvars: code.cellvars(),
        }
    }

    pub fn int_field(&mut self, name: &str) -> Option<&mut i32> {
        Some(match name {
            "co_argcount" => &mut self.argcount,
            "co_posonlyargcount" => &mut self.posonlyargcount,
            "co_kwonlyargcount" => &mut self.kwonlyargcount,
            "co_nlocals" => &mut self.nlocals,
            "co_stacksize" => &mut self.stacksize,
            "co_flags" => &mut self.flags,
            "co_firstlineno" => &mut self.firstlineno,
            _ => return None,
        })
    }

    pub fn tuple_field(&mut self, name: &str) -> Option<&mut Ref<Tuple>> {
        Some(match name {
            "co_consts" => &mut self.consts,
            "co_names" => &mut self.names,
            "co_varnames" => &mut self.varnames,
            "co_freevars" => &mut self.freevars,
            "co_cellvars" => &mut self.cellvars,
            _ => return None,
        })
    }

    pub fn str_field(&mut self, name: &str) -> Option<&mut Ref<Str>> {
        Some(match name {
            "co_filename" => &mut self.filename,
            "co_name" => &mut self.name,
            "co_qualname" => &mut self.qualname,
            _ => return None,
        })
    }

    pub fn bytes_field(&mut self, name: &str) -> Option<&mut Ref<Bytes>> {
        Some(match name {
            "co_code" => &mut self.code,
            "co_linetable" => &mut self.linetable,
            "co_exceptiontable" => &mut self.exceptiontable,
            _ => return None,
        })
    }

    /// The code object, after CPython's checks.
    pub fn build(self) -> Result<Ref<CodeObject>> {
        for names in [&self.names, &self.varnames, &self.freevars, &self.cellvars] {
            check_names(names)?;
        }
        let bad = self.argcount < self.posonlyargcount
            || self.posonlyargcount < 0
            || self.kwonlyargcount < 0
            || self.stacksize < 0
            || self.flags < 0;
        if bad {
            return Err(system_error("../Objects/codeobject.c:465: bad argument to internal function"));
        }
        if self.code.as_slice().len() % 2 != 0 {
            return Err(value_error("code: co_code is malformed"));
        }
        let flag = |bit: u32| i64::from(self.flags as u32 & bit != 0);
        let total = i64::from(self.argcount)
            + i64::from(self.kwonlyargcount)
            + flag(CO_VARARGS)
            + flag(CO_VARKEYWORDS);
        if total > self.varnames.len() as i64 {
            return Err(value_error("code: co_varnames is too small"));
        }
        if self.nlocals as usize != self.varnames.len() {
            return Err(value_error("code: co_nlocals != len(co_varnames)"));
        }
        let (names, kinds) = self.localsplus()?;
        CodeObject::from_parts(Parts {
            filename: self.filename,
            name: self.name,
            qualname: self.qualname,
            flags: self.flags,
            code: self.code.as_slice().to_vec(),
            firstlineno: self.firstlineno,
            linetable: self.linetable,
            consts: crate::code_convert::intern_constants(&self.consts)?,
            names: crate::code_convert::intern_all(&self.names),
            localsplusnames: crate::code_convert::intern_all(&names),
            localspluskinds: Bytes::new(&kinds),
            argcount: self.argcount,
            posonlyargcount: self.posonlyargcount,
            kwonlyargcount: self.kwonlyargcount,
            stacksize: self.stacksize,
            exceptiontable: self.exceptiontable,
        })
    }

    /// Locals, then the cells that are no locals, then free variables.
    fn localsplus(&self) -> Result<(Ref<Tuple>, Vec<u8>)> {
        let mut names: Vec<Ref<Object>> = self.varnames.as_slice().to_vec();
        let mut kinds: Vec<u8> = (0..names.len()).map(|i| self.argument_kind(i) | CO_FAST_LOCAL).collect();
        for cell in self.cellvars.as_slice() {
            let text = cell.expect::<Str>();
            match names[..self.varnames.len()].iter().position(|n| n.expect::<Str>().eq(text)) {
                Some(at) => kinds[at] |= CO_FAST_CELL,
                None => {
                    names.push(cell.clone());
                    kinds.push(CO_FAST_CELL);
                }
            }
        }
        for free in self.freevars.as_slice() {
            names.push(free.clone());
            kinds.push(CO_FAST_FREE);
        }
        Ok((Tuple::from_vec(names), kinds))
    }

    fn argument_kind(&self, index: usize) -> u8 {
        let (positional, posonly) = (self.argcount as usize, self.posonlyargcount as usize);
        let keyword_end = positional + self.kwonlyargcount as usize;
        let has = |bit: u32| usize::from(self.flags as u32 & bit != 0);
        let star = keyword_end + has(CO_VARARGS);
        match index {
            i if i < posonly => CO_FAST_ARG_POS,
            i if i < positional => CO_FAST_ARG_POS | CO_FAST_ARG_KW,
            i if i < keyword_end => CO_FAST_ARG_KW,
            i if i < star => CO_FAST_ARG_VAR | CO_FAST_ARG_POS,
            i if i < star + has(CO_VARKEYWORDS) => CO_FAST_ARG_VAR | CO_FAST_ARG_KW,
            _ => 0,
        }
    }
}
