//! `BufferedReader`, `BufferedWriter`, `BufferedRandom`. CPython: `Modules/_io/bufferedio.c`.
//!
//! Bytes read ahead are in `ahead` from `pos` on, bytes not yet written in `pending`; never both are non-empty.

use crate::base::{self, Base, dealloc_stream};
use crate::fileio::{FileIO, cannot_pickle};
use crate::{DEFAULT_BUFFER_SIZE, both, call_unit, is_closed, unsupported};
use core::cell::{Cell, RefCell};
use core::ffi::{c_int, c_void};
use core::mem::offset_of;
use krait_macros::pyfn;
use krait_object::buffer::{View, request};
use krait_object::bytearray::ByteArray;
use krait_object::defs::member;
use krait_object::object::{bool_object, none};
use krait_object::result::{NextResult, Result, next_result, unit_result};
use krait_object::typeobj::flags;
use krait_object::{
    Bytes, Dict, GetSetDef, Int, MemberDef, MethodDef, Object, Ref, Slot, Str, Tuple, TypeObject, alloc,
    args, errors, exceptions as exc, gc, id, value_error,
};

/// `buffered`.
#[repr(C)]
pub struct Buffered {
    base: Base,
    raw: Slot,
    finalizing: Cell<bool>,
    detached: Cell<bool>,
    busy: Cell<bool>,
    size: Cell<usize>,
    pos: Cell<usize>,
    ahead: RefCell<Vec<u8>>,
    pending: RefCell<Vec<u8>>,
}

// SAFETY: repr(C) with the header first; the three types have this layout.
unsafe impl krait_object::Typed for Buffered {
    fn type_object() -> &'static TypeObject {
        &BUFFERED_READER
    }
    fn check(object: &Object) -> bool {
        [&BUFFERED_READER, &BUFFERED_WRITER, &BUFFERED_RANDOM].iter().any(|ty| object.is_instance_of(ty))
    }
}
impl core::ops::Deref for Buffered {
    type Target = Object;
    fn deref(&self) -> &Object {
        // SAFETY: the struct is repr(C) and starts with the header.
        unsafe { &*core::ptr::from_ref(self).cast::<Object>() }
    }
}

const fn buffered_type(name: &'static core::ffi::CStr) -> TypeObject {
    TypeObject::of::<Buffered>(name)
        .flags(flags::BASETYPE | flags::HAVE_GC)
        .base(&raw const base::BUFFERED_IO_BASE)
        .tp_dealloc(dealloc_stream::<Buffered>)
        .tp_traverse(traverse)
        .tp_clear(clear)
        .tp_new(new)
        .tp_init(init)
        .tp_repr(repr)
        .getset(GETSET)
        .members(MEMBERS)
}

static GETSET: &[GetSetDef] = &[
    GetSetDef::getter(c"closed", get_closed),
    GetSetDef::getter(c"name", get_name),
    GetSetDef::getter(c"mode", get_mode),
    GetSetDef::SENTINEL,
];
static MEMBERS: &[MemberDef] = &[
    MemberDef::new(c"raw", member::T_OBJECT, offset_of!(Buffered, raw), member::READONLY),
    MemberDef::new(c"_finalizing", member::T_BOOL, offset_of!(Buffered, finalizing), 0),
    MemberDef::SENTINEL,
];

/// `_io.BufferedReader`.
pub static BUFFERED_READER: TypeObject =
    buffered_type(c"_io.BufferedReader").tp_iternext(iternext).methods(&[
        detach::DEF,
        flush_read::DEF,
        close::DEF,
        seekable::DEF,
        fileno::DEF,
        isatty::DEF,
        dealloc_warn::DEF,
        getstate::DEF,
        seek::DEF,
        tell::DEF,
        truncate::DEF,
        readable::DEF,
        read::DEF,
        read1::DEF,
        peek::DEF,
        readinto::DEF,
        readinto1::DEF,
        readline::DEF,
        MethodDef::SENTINEL,
    ]);
/// `_io.BufferedWriter`.
pub static BUFFERED_WRITER: TypeObject = buffered_type(c"_io.BufferedWriter").methods(&[
    detach::DEF,
    flush::DEF,
    close::DEF,
    seekable::DEF,
    fileno::DEF,
    isatty::DEF,
    dealloc_warn::DEF,
    getstate::DEF,
    seek::DEF,
    tell::DEF,
    truncate::DEF,
    writable::DEF,
    write::DEF,
    MethodDef::SENTINEL,
]);
/// `_io.BufferedRandom`.
pub static BUFFERED_RANDOM: TypeObject =
    buffered_type(c"_io.BufferedRandom").tp_iternext(iternext).methods(&[
        detach::DEF,
        flush::DEF,
        close::DEF,
        seekable::DEF,
        fileno::DEF,
        isatty::DEF,
        dealloc_warn::DEF,
        getstate::DEF,
        seek::DEF,
        tell::DEF,
        truncate::DEF,
        readable::DEF,
        read::DEF,
        read1::DEF,
        peek::DEF,
        readinto::DEF,
        readinto1::DEF,
        readline::DEF,
        writable::DEF,
        write::DEF,
        MethodDef::SENTINEL,
    ]);

krait_object::traverse!(traverse, Buffered, |this, v| {
    v.slot(&this.base.dict)?;
    v.slot(&this.raw)?;
});

unsafe extern "C" fn clear(object: *mut Object) -> c_int {
    // SAFETY: called with a live instance.
    let this = unsafe { &*object.cast::<Buffered>() };
    this.base.dict.take();
    this.raw.take();
    0
}

extern "C" fn new(ty: &TypeObject, _: &Tuple, _: Option<&Object>) -> Result {
    let object = alloc::allocate(ty, 0)?;
    let this = object.as_raw().cast::<Buffered>();
    // SAFETY: the instance was allocated just now, zeroed: these fields hold nothing to drop.
    unsafe {
        (&raw mut (*this).ahead).write(RefCell::new(Vec::new()));
        (&raw mut (*this).pending).write(RefCell::new(Vec::new()));
    }
    if !gc::is_tracked(&object) {
        gc::track(&object);
    }
    Ok(object)
}

extern "C" fn init(object: &Object, args: &Tuple, kwargs: Option<&Object>) -> c_int {
    unit_result((|| {
        let kwargs = kwargs.and_then(|k| k.downcast::<Dict>());
        let function = object.ty().short_name();
        let v = args::parse_init(function, &["raw", "buffer_size"], 1, args, kwargs)?;
        let size = match &v[1] {
            Some(size) => size.as_isize(false)?,
            None => DEFAULT_BUFFER_SIZE as isize,
        };
        let raw = v[0].clone().unwrap_or_else(|| none().to_ref());
        let needs = |method: &Str, message: &str| -> Result<()> {
            if raw.call_method(method, &[])?.is_true()? { Ok(()) } else { Err(unsupported(message)) }
        };
        if object.is_instance_of(&BUFFERED_RANDOM) {
            needs(id!("seekable"), "File or stream is not seekable.")?;
        }
        if !object.is_instance_of(&BUFFERED_WRITER) {
            needs(id!("readable"), "File or stream is not readable.")?;
        }
        if !object.is_instance_of(&BUFFERED_READER) {
            needs(id!("writable"), "File or stream is not writable.")?;
        }
        if size <= 0 {
            return Err(value_error("buffer size must be strictly positive"));
        }
        let this = object.expect::<Buffered>();
        this.raw.set(Some(raw));
        this.detached.set(false);
        this.size.set(size as usize);
        this.pos.set(0);
        this.ahead.borrow_mut().clear();
        this.pending.borrow_mut().clear();
        Ok(())
    })())
}

/// Marks the object as in use by one call; another call on it meanwhile is an error.
struct Busy<'a>(&'a Buffered);

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.0.busy.set(false);
    }
}

impl Buffered {
    fn enter(&self) -> Result<Busy<'_>> {
        if self.busy.replace(true) {
            return Err(errors::runtime_error(format!("reentrant call inside {}", self.repr()?)));
        }
        Ok(Busy(self))
    }

    fn raw(&self) -> Result {
        self.raw.get().ok_or_else(|| {
            value_error(if self.detached.get() {
                "raw stream has been detached"
            } else {
                "I/O operation on uninitialized object"
            })
        })
    }

    fn open_raw(&self, what: &str) -> Result {
        let raw = self.raw()?;
        let closed = match raw.downcast_exact::<FileIO>() {
            Some(file) => file.fd() < 0,
            None => is_closed(&raw)?,
        };
        if closed { Err(value_error(format!("{what} of closed file"))) } else { Ok(raw) }
    }

    fn available(&self) -> usize {
        self.ahead.borrow().len() - self.pos.get()
    }

    /// Takes up to `count` bytes that were read ahead.
    fn take(&self, count: usize) -> Vec<u8> {
        let ahead = self.ahead.borrow();
        let start = self.pos.get();
        let end = ahead.len().min(start.saturating_add(count));
        self.pos.set(end);
        ahead[start..end].to_vec()
    }

    fn raw_read(raw: &Object, size: usize) -> Result<Option<Vec<u8>>> {
        if let Some(file) = raw.downcast_exact::<FileIO>() {
            return file.read_bytes(size);
        }
        let buffer = ByteArray::new(&vec![0; size]);
        let count = raw.call_method(id!("readinto"), &[&buffer])?;
        if count.is_none() {
            return Ok(None);
        }
        let count = count.as_isize(false)?;
        let mut bytes = buffer.to_vec();
        if count < 0 || count as usize > size {
            return Err(errors::os_error(format!(
                "raw readinto() returned invalid length {count} (should have been between 0 and {size})"
            )));
        }
        bytes.truncate(count as usize);
        Ok(Some(bytes))
    }

    fn raw_write(raw: &Object, data: &[u8]) -> Result<Option<usize>> {
        if let Some(file) = raw.downcast_exact::<FileIO>() {
            return file.write_bytes(data);
        }
        let count = raw.call_method(id!("write"), &[&Bytes::new(data)])?;
        if count.is_none() {
            return Ok(None);
        }
        let count = count.as_isize(false)?;
        if count < 0 || count as usize > data.len() {
            return Err(errors::os_error(format!(
                "raw write() returned invalid length {count} (should have been between 0 and {})",
                data.len()
            )));
        }
        Ok(Some(count as usize))
    }

    fn raw_seek(raw: &Object, offset: i64, whence: i32) -> Result<i64> {
        if let Some(file) = raw.downcast_exact::<FileIO>() {
            return file.seek_to(offset, whence);
        }
        let at =
            raw.call_method(id!("seek"), &[&Int::from_i64(offset), &Int::from_i64(i64::from(whence))])?;
        Ok(at.as_isize(false)? as i64)
    }

    /// Reads one block ahead; the number of bytes, `None` when it would block.
    fn fill(&self, raw: &Object) -> Result<Option<usize>> {
        self.flush_pending(raw)?;
        let Some(data) = Self::raw_read(raw, self.size.get())? else { return Ok(None) };
        let count = data.len();
        *self.ahead.borrow_mut() = data;
        self.pos.set(0);
        Ok(Some(count))
    }

    fn flush_pending(&self, raw: &Object) -> Result<()> {
        if self.pending.borrow().is_empty() {
            return Ok(());
        }
        let data = self.pending.take();
        let mut done = 0;
        while done < data.len() {
            match Self::raw_write(raw, &data[done..]) {
                Ok(Some(count)) => done += count,
                Ok(None) => {
                    *self.pending.borrow_mut() = data[done..].to_vec();
                    return Err(would_block(0));
                }
                Err(raised) => {
                    *self.pending.borrow_mut() = data[done..].to_vec();
                    return Err(raised);
                }
            }
        }
        let mut data = data;
        data.clear();
        if self.pending.borrow().is_empty() {
            *self.pending.borrow_mut() = data;
        }
        Ok(())
    }

    /// Gives up what was read ahead, so that the raw position is the logical one.
    fn rewind(&self, raw: &Object) -> Result<()> {
        let ahead = self.available();
        self.ahead.borrow_mut().clear();
        self.pos.set(0);
        if ahead > 0 {
            Self::raw_seek(raw, -(ahead as i64), libc::SEEK_CUR)?;
        }
        Ok(())
    }

    /// `read1` for native callers.
    pub fn read_chunk(&self, size: usize) -> Result<Vec<u8>> {
        let raw = self.open_raw("read")?;
        let _busy = self.enter()?;
        if self.available() == 0 {
            self.fill(&raw)?;
        }
        Ok(self.take(size))
    }

    /// `write` for native callers.
    pub fn write_all(&self, data: &[u8]) -> Result<usize> {
        let raw = self.open_raw("write to")?;
        let _busy = self.enter()?;
        self.rewind(&raw)?;
        if self.pending.borrow().len() + data.len() <= self.size.get() {
            self.pending.borrow_mut().extend_from_slice(data);
            return Ok(data.len());
        }
        self.flush_pending(&raw)?;
        let mut done = 0;
        while data.len() - done > self.size.get() {
            match Self::raw_write(&raw, &data[done..])? {
                Some(count) => done += count,
                None => {
                    let room = self.size.get().min(data.len() - done);
                    self.pending.borrow_mut().extend_from_slice(&data[done..done + room]);
                    return Err(would_block(done + room));
                }
            }
        }
        self.pending.borrow_mut().extend_from_slice(&data[done..]);
        Ok(data.len())
    }

    fn read_all(&self, raw: &Object) -> Result<Option<Vec<u8>>> {
        self.flush_pending(raw)?;
        let mut data = self.take(usize::MAX);
        loop {
            match Self::raw_read(raw, self.size.get())? {
                Some(part) if part.is_empty() => return Ok(Some(data)),
                Some(part) => data.extend_from_slice(&part),
                None => return Ok(if data.is_empty() { None } else { Some(data) }),
            }
        }
    }

    fn read_exactly(&self, raw: &Object, count: usize) -> Result<Option<Vec<u8>>> {
        let mut data = self.take(count);
        while data.len() < count {
            match self.fill(raw)? {
                Some(0) => break,
                Some(_) => data.extend_from_slice(&self.take(count - data.len())),
                None if data.is_empty() => return Ok(None),
                None => break,
            }
        }
        Ok(Some(data))
    }

    fn line(&self, limit: usize) -> Result<Vec<u8>> {
        let raw = self.open_raw("readline")?;
        let _busy = self.enter()?;
        let mut line = Vec::new();
        loop {
            let found = {
                let ahead = self.ahead.borrow();
                let rest = &ahead[self.pos.get()..];
                memchr::memchr(b'\n', &rest[..rest.len().min(limit - line.len())])
            };
            match found {
                Some(at) => {
                    line.extend_from_slice(&self.take(at + 1));
                    return Ok(line);
                }
                None => line.extend_from_slice(&self.take(limit - line.len())),
            }
            if line.len() >= limit || self.fill(&raw)?.unwrap_or(0) == 0 {
                return Ok(line);
            }
        }
    }
}

#[cold]
fn would_block(written: usize) -> krait_object::Raised {
    errors::raise_with(
        &exc::PyExc_BlockingIOError,
        &[
            &Int::from_i64(i64::from(libc::EAGAIN)),
            &Str::new("write could not complete without blocking"),
            &Int::from_u64(written as u64),
        ],
    )
}

fn size_argument(size: Option<&Object>) -> Result<isize> {
    match size {
        Some(size) if !size.is_none() => size.as_isize(false),
        _ => Ok(-1),
    }
}

#[pyfn("read($self, size=-1, /)")]
fn read(this: &Buffered, size: Option<&Object>) -> Result<Option<Vec<u8>>> {
    let size = size_argument(size)?;
    if size < -1 {
        return Err(value_error("read length must be non-negative or -1"));
    }
    let raw = this.open_raw("read")?;
    let _busy = this.enter()?;
    if size < 0 { this.read_all(&raw) } else { this.read_exactly(&raw, size as usize) }
}

#[pyfn("read1($self, size=-1, /)")]
fn read1(this: &Buffered, size: isize) -> Result<Vec<u8>> {
    let size = if size < 0 { this.size.get() } else { size as usize };
    if size == 0 {
        this.open_raw("read")?;
        return Ok(Vec::new());
    }
    this.read_chunk(size)
}

#[pyfn("peek($self, size=0, /)")]
fn peek(this: &Buffered, _size: isize) -> Result<Vec<u8>> {
    let raw = this.open_raw("peek")?;
    let _busy = this.enter()?;
    if this.available() == 0 {
        this.fill(&raw)?;
    }
    Ok(this.ahead.borrow()[this.pos.get()..].to_vec())
}

fn into(this: &Buffered, buffer: &Object, once: bool) -> Result<Option<usize>> {
    let view = View::get(buffer, request::WRITABLE)?;
    let wanted = view.raw().len as usize;
    let data = if once {
        Some(this.read_chunk(wanted)?)
    } else {
        let raw = this.open_raw("readinto")?;
        let _busy = this.enter()?;
        this.read_exactly(&raw, wanted)?
    };
    Ok(data.map(|data| {
        view.write(0, &data);
        data.len()
    }))
}

#[pyfn("readinto($self, buffer, /)")]
fn readinto(this: &Buffered, buffer: &Object) -> Result<Option<usize>> {
    into(this, buffer, false)
}

#[pyfn("readinto1($self, buffer, /)")]
fn readinto1(this: &Buffered, buffer: &Object) -> Result<Option<usize>> {
    into(this, buffer, true)
}

#[pyfn("readline($self, size=-1, /)")]
fn readline(this: &Buffered, size: Option<&Object>) -> Result<Vec<u8>> {
    let size = size_argument(size)?;
    this.line(if size < 0 { usize::MAX } else { size as usize })
}

extern "C" fn iternext(object: &Object) -> NextResult {
    next_result((|| {
        let this = object.expect::<Buffered>();
        if object.type_ptr() == &raw const BUFFERED_READER || object.type_ptr() == &raw const BUFFERED_RANDOM
        {
            let line = this.line(usize::MAX)?;
            return Ok(if line.is_empty() { None } else { Some(Bytes::new(&line).into_object()) });
        }
        let line = object.call_method(id!("readline"), &[])?;
        Ok(if line.len()? == 0 { None } else { Some(line) })
    })())
}

#[pyfn("write($self, buffer, /)")]
fn write(this: &Buffered, buffer: View) -> Result<usize> {
    this.write_all(buffer.as_slice())
}

#[pyfn("flush($self, /)")]
fn flush(this: &Buffered) -> Result<()> {
    let raw = this.open_raw("flush")?;
    let _busy = this.enter()?;
    this.flush_pending(&raw)?;
    this.rewind(&raw)
}

#[pyfn("flush($self, /)")]
fn flush_read(this: &Buffered) -> Result<()> {
    call_unit(&*this.raw()?, id!("flush"))
}

#[pyfn("close($self, /)")]
fn close(this: &Buffered) -> Result<()> {
    let raw = this.raw()?;
    if is_closed(&raw)? {
        return Ok(());
    }
    if this.finalizing.get() {
        if raw.call_method(id!("_dealloc_warn"), &[this]).is_err() {
            errors::clear();
        }
    }
    both(call_unit(this, id!("flush")), || call_unit(&raw, id!("close")))
}

#[pyfn("detach($self, /)")]
fn detach(this: &Buffered) -> Result {
    let raw = this.raw()?;
    call_unit(this, id!("flush"))?;
    this.raw.take();
    this.detached.set(true);
    Ok(raw)
}

#[pyfn("seek($self, target, whence=0, /)")]
fn seek(this: &Buffered, target: i64, whence: i32) -> Result<i64> {
    if !(0..=4).contains(&whence) {
        return Err(value_error(format!("whence value {whence} unsupported")));
    }
    let raw = this.open_raw("seek")?;
    if !raw.call_method(id!("seekable"), &[])?.is_true()? {
        return Err(unsupported("File or stream is not seekable."));
    }
    let _busy = this.enter()?;
    this.flush_pending(&raw)?;
    this.rewind(&raw)?;
    Buffered::raw_seek(&raw, target, whence)
}

#[pyfn("tell($self, /)")]
fn tell(this: &Buffered) -> Result<i64> {
    let raw = this.raw()?;
    let at = match raw.downcast_exact::<FileIO>() {
        Some(file) => file.seek_to(0, libc::SEEK_CUR)?,
        None => raw.call_method(id!("tell"), &[])?.as_isize(false)? as i64,
    };
    if at < 0 {
        return Err(errors::os_error(format!("Raw stream returned invalid position {at}")));
    }
    let at = at - this.available() as i64 + this.pending.borrow().len() as i64;
    Ok(at)
}

#[pyfn("truncate($self, pos=None, /)")]
fn truncate(this: &Buffered, pos: Option<&Object>) -> Result {
    let raw = this.open_raw("truncate")?;
    if this.is_instance_of(&BUFFERED_READER) {
        return Err(unsupported("truncate"));
    }
    let _busy = this.enter()?;
    this.flush_pending(&raw)?;
    this.rewind(&raw)?;
    raw.call_method(id!("truncate"), &[pos.unwrap_or(none())])
}

macro_rules! forward {
    ($($name:ident $signature:literal $python:literal;)*) => {
        $(
            #[pyfn($signature)]
            fn $name(this: &Buffered) -> Result {
                this.raw()?.call_method(id!($python), &[])
            }
        )*
    };
}

forward! {
    seekable "seekable($self, /)" "seekable";
    readable "readable($self, /)" "readable";
    writable "writable($self, /)" "writable";
    fileno "fileno($self, /)" "fileno";
    isatty "isatty($self, /)" "isatty";
}

#[pyfn("_dealloc_warn($self, source, /)")]
fn dealloc_warn(this: &Buffered, source: &Object) {
    if let Some(raw) = this.raw.get() {
        if raw.call_method(id!("_dealloc_warn"), &[source]).is_err() {
            errors::clear();
        }
    }
}

#[pyfn("__getstate__($self, /)")]
fn getstate(this: &Buffered) -> Result {
    Err(cannot_pickle(this))
}

extern "C" fn get_closed(object: &Object, _: *mut c_void) -> Result {
    let raw = object.expect::<Buffered>().raw()?;
    Ok(bool_object(is_closed(&raw)?).to_ref())
}

extern "C" fn get_name(object: &Object, _: *mut c_void) -> Result {
    object.expect::<Buffered>().raw()?.get_attr(id!("name"))
}

extern "C" fn get_mode(object: &Object, _: *mut c_void) -> Result {
    object.expect::<Buffered>().raw()?.get_attr(id!("mode"))
}

extern "C" fn repr(object: &Object) -> Result {
    let name: Option<Ref<Object>> = match object.get_attr_opt(id!("name")) {
        Ok(name) => name,
        Err(raised) => errors::clear_if(raised, &exc::PyExc_ValueError).map(|()| None)?,
    };
    let ty = object.type_name();
    Ok(Str::new(&match name {
        Some(name) => format!("<{ty} name={}>", name.repr()?),
        None => format!("<{ty}>"),
    })
    .into_object())
}
