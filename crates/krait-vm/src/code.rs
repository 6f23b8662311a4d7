//! Code objects. CPython: `Objects/codeobject.c`.
//!
//! The instructions that run lie at the end of the object, with inline caches that the interpreter writes to and
//! opcodes that it replaces by specialised ones; `co_code` is made from them by undoing that.
//!
//! Invariants: nothing but the instructions, the caches and the version changes after creation; the three tables and
//! the tuples have the types that their fields say (tuples of strings for names).

use crate::code_attributes as attributes;
use core::cell::Cell;
use core::ffi::{c_char, c_void};
use core::mem::offset_of;
use krait_bytecode::exceptions::{self, Entry};
use krait_bytecode::flags::*;
use krait_bytecode::location::{self, Position};
use krait_bytecode::opcode::{Kind, Opcode, raw};
use krait_object::object::VarObject;
use krait_object::weakref::ListHead;
use krait_object::{Bytes, Object, Ref, Slot, Str, Tuple, TypeObject, alloc, interp};

/// `PyCodeObject`.
#[repr(C)]
pub struct CodeObject {
    ob_base: VarObject,
    pub co_consts: Slot<Tuple>,
    pub co_names: Slot<Tuple>,
    pub co_exceptiontable: Slot<Bytes>,
    pub co_flags: Cell<i32>,
    pub co_argcount: Cell<i32>,
    pub co_posonlyargcount: Cell<i32>,
    pub co_kwonlyargcount: Cell<i32>,
    pub co_stacksize: Cell<i32>,
    pub co_firstlineno: Cell<i32>,
    pub co_nlocalsplus: Cell<i32>,
    /// Words of a frame.
    pub co_framesize: Cell<i32>,
    pub co_nlocals: Cell<i32>,
    pub co_ncellvars: Cell<i32>,
    pub co_nfreevars: Cell<i32>,
    pub co_version: Cell<u32>,
    pub co_localsplusnames: Slot<Tuple>,
    pub co_localspluskinds: Slot<Bytes>,
    pub co_filename: Slot<Str>,
    pub co_name: Slot<Str>,
    pub co_qualname: Slot<Str>,
    pub co_linetable: Slot<Bytes>,
    co_weakreflist: ListHead,
    co_executors: Cell<*mut c_void>,
    co_cached: Cell<*mut Cached>,
    co_instrumentation_version: Cell<usize>,
    co_monitoring: Cell<*mut c_void>,
    co_unique_id: Cell<isize>,
    co_firsttraceable: Cell<i32>,
    co_extra: Cell<*mut c_void>,
    co_code_adaptive: [u16; 0],
}

const CODE_OFFSET: usize = offset_of!(CodeObject, co_code_adaptive);

const _: () = {
    assert!(CODE_OFFSET == 208);
    assert!(offset_of!(CodeObject, co_linetable) == 136);
    assert!(offset_of!(CodeObject, co_firsttraceable) == 192);
};

krait_object::object_type!(CodeObject, PyCode_Type);

/// The type `code`.
#[unsafe(no_mangle)]
pub static PyCode_Type: TypeObject = TypeObject::new(c"code", CODE_OFFSET)
    .itemsize(2)
    .weaklist_offset(offset_of!(CodeObject, co_weakreflist))
    .doc(c"code(argcount, posonlyargcount, kwonlyargcount, nlocals, stacksize,\n     flags, codestring, constants, names, varnames, filename, name,\n     qualname, firstlineno, linetable, exceptiontable, freevars=(),\n     cellvars=(), /)\n--\n\nCreate a code object.  Not for mere mortals.")
    .tp_dealloc(dealloc)
    .tp_repr(attributes::repr)
    .tp_hash(attributes::hash)
    .tp_richcompare(attributes::richcompare)
    .tp_new(crate::code_new::new)
    .methods(attributes::METHODS)
    .members(attributes::MEMBERS)
    .getset(attributes::GETSET);

/// Tuples and bytes made from the instructions and names when they are first asked for (`_PyCoCached`).
#[derive(Default)]
#[repr(C)]
struct Cached {
    code: Option<Ref<Bytes>>,
    varnames: Option<Ref<Tuple>>,
    cellvars: Option<Ref<Tuple>>,
    freevars: Option<Ref<Tuple>>,
}

unsafe extern "C" fn dealloc(object: *mut Object) {
    // SAFETY: a dead code object; its cache was made by `cached`.
    unsafe {
        let code = &*object.cast::<CodeObject>();
        let cached = code.co_cached.replace(core::ptr::null_mut());
        if !cached.is_null() {
            drop(Box::from_raw(cached));
        }
        krait_object::dealloc::dealloc_plain::<CodeObject>(object);
    }
}

/// Everything that a code object is made from (`struct _PyCodeConstructor`).
pub struct Parts {
    pub filename: Ref<Str>,
    pub name: Ref<Str>,
    pub qualname: Ref<Str>,
    pub flags: i32,
    /// Instructions with caches, not specialised.
    pub code: Vec<u8>,
    pub firstlineno: i32,
    pub linetable: Ref<Bytes>,
    pub consts: Ref<Tuple>,
    pub names: Ref<Tuple>,
    pub localsplusnames: Ref<Tuple>,
    pub localspluskinds: Ref<Bytes>,
    pub argcount: i32,
    pub posonlyargcount: i32,
    pub kwonlyargcount: i32,
    pub stacksize: i32,
    pub exceptiontable: Ref<Bytes>,
}

impl CodeObject {
    /// A code object from checked parts.
    pub fn from_parts(parts: Parts) -> krait_object::Result<Ref<CodeObject>> {
        let object = alloc::alloc_instance(&PyCode_Type, parts.code.len())?;
        let units = parts.code.len() / 2;
        let code = object.expect::<CodeObject>();
        code.ob_base.ob_size.set(units as isize);
        let kinds = parts.localspluskinds.as_slice();
        let count = |mask: u8| kinds.iter().filter(|k| **k & mask != 0).count() as i32;
        code.co_nlocals.set(count(CO_FAST_LOCAL));
        code.co_ncellvars.set(count(CO_FAST_CELL));
        code.co_nfreevars.set(count(CO_FAST_FREE));
        code.co_nlocalsplus.set(kinds.len() as i32);
        let framesize = kinds.len() + parts.stacksize.max(1) as usize + crate::frame::FRAME_SPECIALS;
        code.co_framesize.set(i32::try_from(framesize).unwrap_or(i32::MAX));
        code.co_filename.set(krait_object::str::intern::intern(parts.filename));
        code.co_name.set(krait_object::str::intern::intern(parts.name));
        code.co_qualname.set(krait_object::str::intern::intern(parts.qualname));
        code.co_flags.set(parts.flags);
        code.co_firstlineno.set(parts.firstlineno);
        code.co_linetable.set(parts.linetable);
        code.co_consts.set(parts.consts);
        code.co_names.set(parts.names);
        code.co_localsplusnames.set(parts.localsplusnames);
        code.co_localspluskinds.set(parts.localspluskinds);
        code.co_argcount.set(parts.argcount);
        code.co_posonlyargcount.set(parts.posonlyargcount);
        code.co_kwonlyargcount.set(parts.kwonlyargcount);
        code.co_stacksize.set(parts.stacksize);
        code.co_exceptiontable.set(parts.exceptiontable);
        code.co_unique_id.set(-1);
        code.co_version.set(next_version());
        // SAFETY: the instance was allocated with room for the instructions.
        unsafe {
            core::ptr::copy_nonoverlapping(parts.code.as_ptr(), code.first_instr().cast::<u8>(), units * 2);
        }
        crate::specialize::quicken(code);
        code.co_firsttraceable.set(code.find_resume());
        // SAFETY: made as a code object above.
        Ok(unsafe { object.cast_into::<CodeObject>() })
    }

    fn find_resume(&self) -> i32 {
        let mut unit = 0;
        while unit < self.units() {
            let op = self.opcode_at(unit);
            if op.deopt() == Opcode::RESUME {
                break;
            }
            unit += 1 + op.deopt().caches();
        }
        unit as i32
    }

    /// Number of code units.
    #[inline(always)]
    pub fn units(&self) -> usize {
        self.ob_base.ob_size.get() as usize
    }

    /// The first instruction.
    #[inline(always)]
    pub fn first_instr(&self) -> *mut u16 {
        self.co_code_adaptive.as_ptr().cast_mut()
    }

    /// The instructions as they are now.
    pub fn adaptive(&self) -> &[u16] {
        // SAFETY: `ob_size` units follow the fixed part. Units change only while instructions run, and no caller
        // keeps the slice over that.
        unsafe { core::slice::from_raw_parts(self.first_instr(), self.units()) }
    }

    /// The opcode at a unit; bytes that are none read as `CACHE`.
    pub fn opcode_at(&self, unit: usize) -> Opcode {
        self.adaptive().get(unit).and_then(|u| Opcode::from_byte(*u as u8)).unwrap_or(Opcode::CACHE)
    }

    /// The instructions without specialisation and with empty caches (`co_code`).
    pub fn deopted(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.units() * 2);
        let units = self.adaptive();
        let mut at = 0;
        while at < units.len() {
            let [op, arg] = units[at].to_le_bytes();
            let base = Opcode::from_byte(op).unwrap_or(Opcode::CACHE);
            let base = if base.kind() == Kind::Base { base } else { base.deopt() };
            bytes.extend([base.byte().unwrap_or(op), arg]);
            let caches = base.caches().min(units.len() - at - 1);
            bytes.extend(core::iter::repeat_n(0, caches * 2));
            at += 1 + caches;
        }
        bytes
    }

    fn cached(&self) -> &mut Cached {
        if self.co_cached.get().is_null() {
            self.co_cached.set(Box::into_raw(Box::default()));
        }
        // SAFETY: made above; no borrow of it is held over Python code.
        unsafe { &mut *self.co_cached.get() }
    }

    /// `co_code`.
    pub fn code_bytes(&self) -> Ref<Bytes> {
        self.cached().code.get_or_insert_with(|| Bytes::new(&self.deopted())).clone()
    }

    /// `co_varnames`.
    pub fn varnames(&self) -> Ref<Tuple> {
        self.cached().varnames.get_or_insert_with(|| self.named(CO_FAST_LOCAL)).clone()
    }

    /// `co_cellvars`.
    pub fn cellvars(&self) -> Ref<Tuple> {
        self.cached().cellvars.get_or_insert_with(|| self.named(CO_FAST_CELL)).clone()
    }

    /// `co_freevars`.
    pub fn freevars(&self) -> Ref<Tuple> {
        self.cached().freevars.get_or_insert_with(|| self.named(CO_FAST_FREE)).clone()
    }

    fn named(&self, mask: u8) -> Ref<Tuple> {
        let names = self.localsplus_names().as_slice().iter().zip(self.kinds());
        Tuple::from_vec(names.filter(|(_, k)| **k & mask != 0).map(|(n, _)| n.clone()).collect())
    }

    /// Names of locals, cells and free variables.
    #[inline(always)]
    pub fn localsplus_names(&self) -> &Tuple {
        // SAFETY: set at creation and never replaced.
        unsafe { self.co_localsplusnames.peek().unwrap_unchecked() }
    }

    /// One local variable's name.
    pub fn local_name(&self, index: usize) -> &Str {
        self.localsplus_names().get(index).map_or(Str::empty(), |n| n.expect::<Str>())
    }

    /// `CO_FAST_*` of each local.
    #[inline(always)]
    pub fn kinds(&self) -> &[u8] {
        // SAFETY: set at creation and never replaced.
        unsafe { self.co_localspluskinds.peek().unwrap_unchecked() }.as_slice()
    }

    #[inline(always)]
    pub fn consts(&self) -> &Tuple {
        // SAFETY: set at creation and never replaced.
        unsafe { self.co_consts.peek().unwrap_unchecked() }
    }

    #[inline(always)]
    pub fn names(&self) -> &Tuple {
        // SAFETY: set at creation and never replaced.
        unsafe { self.co_names.peek().unwrap_unchecked() }
    }

    /// One name.
    #[inline(always)]
    pub fn name(&self, index: usize) -> &Str {
        debug_assert!(index < self.names().len());
        // SAFETY: name operands are below the length of `co_names`, whose items are strings.
        unsafe { (**self.names().as_slice().get_unchecked(index)).cast::<Str>() }
    }

    #[inline(always)]
    pub fn name_str(&self) -> &Str {
        // SAFETY: set at creation and never replaced.
        unsafe { self.co_name.peek().unwrap_unchecked() }
    }

    #[inline(always)]
    pub fn qualname_str(&self) -> &Str {
        // SAFETY: set at creation and never replaced.
        unsafe { self.co_qualname.peek().unwrap_unchecked() }
    }

    pub fn filename_str(&self) -> &Str {
        // SAFETY: replaced only by `_imp._fix_co_filename`, which runs no Python code in between.
        unsafe { self.co_filename.peek().unwrap_unchecked() }
    }

    pub fn line_table(&self) -> &[u8] {
        // SAFETY: set at creation and never replaced.
        unsafe { self.co_linetable.peek().unwrap_unchecked() }.as_slice()
    }

    #[inline(always)]
    pub fn exception_table(&self) -> &[u8] {
        // SAFETY: set at creation and never replaced.
        unsafe { self.co_exceptiontable.peek().unwrap_unchecked() }.as_slice()
    }

    #[inline(always)]
    pub fn has_flag(&self, flag: u32) -> bool {
        self.co_flags.get() as u32 & flag != 0
    }

    /// Unit of the first `RESUME`: before it the frame is incomplete.
    #[inline(always)]
    pub fn first_traceable(&self) -> i32 {
        self.co_firsttraceable.get()
    }

    /// The code of the frame under a constructor call, invisible to Python.
    pub fn is_shim(&self) -> bool {
        self.first_traceable() as usize >= self.units()
    }

    /// Line of a code unit; the first line for a negative one.
    pub fn line_of(&self, unit: i32) -> Option<i32> {
        if unit < 0 {
            return Some(self.co_firstlineno.get());
        }
        self.position_of(unit as usize)?.line
    }

    /// Source range of a code unit.
    pub fn position_of(&self, unit: usize) -> Option<Position> {
        location::position_of(self.line_table(), self.co_firstlineno.get(), unit)
    }

    /// The handler that covers a code unit.
    pub fn handler(&self, unit: u32) -> Option<Entry> {
        let table = self.exception_table();
        if table.is_empty() { None } else { exceptions::find(table, unit) }
    }

    /// Back to what marshal writes: see [`crate::code_convert`].
    pub fn weakrefs(&self) -> &ListHead {
        &self.co_weakreflist
    }

    /// The C string face of the instructions.
    pub fn code_ptr(&self) -> *const c_char {
        self.first_instr().cast()
    }
}

/// The next version number for functions and code; 0 once they are used up.
pub fn next_version() -> u32 {
    let counter = &interp::current().func_version_next;
    let version = counter.get();
    if version != 0 {
        counter.set(version.wrapping_add(1));
    }
    version
}

/// Is it a jump or yield that `RESUME`-like tools look at?
pub fn is_resume(byte: u8) -> bool {
    matches!(byte, raw::RESUME | raw::RESUME_CHECK | raw::INSTRUMENTED_RESUME)
}
