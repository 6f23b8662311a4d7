//! `_IOBase` and the abstract types below it. CPython: `Modules/_io/iobase.c`, the bases in `bufferedio.c` and
//! `textio.c`.
//!
//! Invariant: every native type of the module starts with [`Base`].

use crate::{both, call_unit, is_closed, unsupported};
use core::ffi::{c_int, c_void};
use core::mem::offset_of;
use krait_macros::pyfn;
use krait_object::args::Args;
use krait_object::buffer::{View, request};
use krait_object::bytearray::ByteArray;
use krait_object::object::{bool_object, none};
use krait_object::protocol::attributes::{generic_get_dict, generic_set_dict};
use krait_object::result::{NextResult, Result, next_result};
use krait_object::typeobj::flags;
use krait_object::weakref::ListHead;
use krait_object::{
    Bytes, Dict, GetSetDef, Int, List, MethodDef, Object, Ref, Slot, Str, Tuple, TypeObject, alloc, dealloc,
    errors, exceptions as exc, gc, id, type_error, value_error,
};

/// What all native streams start with.
#[repr(C)]
pub struct Base {
    ob_base: Object,
    pub dict: Slot<Dict>,
    pub weak: ListHead,
}

krait_object::object_type!(Base, IO_BASE);

/// `_io._IOBase`.
pub static IO_BASE: TypeObject = TypeObject::of::<Base>(c"_io._IOBase")
    .flags(flags::BASETYPE | flags::HAVE_GC)
    .dict_offset(offset_of!(Base, dict))
    .weaklist_offset(offset_of!(Base, weak))
    .doc(c"The abstract base class for all I/O classes.")
    .tp_dealloc(dealloc_stream::<Base>)
    .tp_finalize(finalize)
    .tp_traverse(traverse)
    .tp_clear(clear)
    .tp_iter(iter)
    .tp_iternext(iternext)
    .tp_new(new)
    .getset(&[
        GetSetDef::getset(c"__dict__", generic_get_dict, generic_set_dict),
        GetSetDef::getter(c"closed", get_closed),
        GetSetDef::SENTINEL,
    ])
    .methods(&[
        seek::DEF,
        tell::DEF,
        truncate::DEF,
        flush::DEF,
        close::DEF,
        seekable::DEF,
        readable::DEF,
        writable::DEF,
        check_closed::DEF,
        check_seekable::DEF,
        check_readable::DEF,
        check_writable::DEF,
        fileno::DEF,
        isatty::DEF,
        enter::DEF,
        exit::DEF,
        readline::DEF,
        readlines::DEF,
        writelines::DEF,
        MethodDef::SENTINEL,
    ]);

/// `_io._RawIOBase`.
pub static RAW_IO_BASE: TypeObject = TypeObject::of::<Base>(c"_io._RawIOBase")
    .flags(flags::BASETYPE)
    .base(&raw const IO_BASE)
    .doc(c"Base class for raw binary I/O.")
    .methods(&[raw_read::DEF, raw_readall::DEF, MethodDef::SENTINEL]);

/// `_io._BufferedIOBase`.
pub static BUFFERED_IO_BASE: TypeObject = TypeObject::of::<Base>(c"_io._BufferedIOBase")
    .flags(flags::BASETYPE)
    .base(&raw const IO_BASE)
    .doc(c"Base class for buffered IO objects.")
    .methods(&[
        buffered_detach::DEF,
        buffered_read::DEF,
        buffered_read1::DEF,
        buffered_readinto::DEF,
        buffered_readinto1::DEF,
        buffered_write::DEF,
        MethodDef::SENTINEL,
    ]);

/// `_io._TextIOBase`.
pub static TEXT_IO_BASE: TypeObject = TypeObject::of::<Base>(c"_io._TextIOBase")
    .flags(flags::BASETYPE)
    .base(&raw const IO_BASE)
    .doc(c"Base class for text I/O.")
    .getset(&[
        GetSetDef::getter(c"encoding", get_none),
        GetSetDef::getter(c"newlines", get_none),
        GetSetDef::getter(c"errors", get_none),
        GetSetDef::SENTINEL,
    ])
    .methods(&[text_detach::DEF, text_read::DEF, text_readline::DEF, text_write::DEF, MethodDef::SENTINEL]);

krait_object::traverse!(traverse, Base, |this, v| {
    v.slot(&this.dict)?;
});

unsafe extern "C" fn clear(object: *mut Object) -> c_int {
    // SAFETY: called with a live instance.
    unsafe { &*object.cast::<Base>() }.dict.take();
    0
}

extern "C" fn new(ty: &TypeObject, _: &Tuple, _: Option<&Object>) -> Result {
    let object = alloc::allocate(ty, 0)?;
    if !gc::is_tracked(&object) {
        gc::track(&object);
    }
    Ok(object)
}

/// `tp_dealloc` of streams: closes first.
///
/// # Safety
/// A dead instance of `T`, called once.
pub unsafe extern "C" fn dealloc_stream<T: krait_object::Typed>(object: *mut Object) {
    // SAFETY: the caller's promise; a revived object is left alone.
    unsafe {
        if !dealloc::call_finalizer(object) {
            dealloc::dealloc_gc::<T>(object);
        }
    }
}

/// `tp_finalize`: closes what is open; errors of that are reported, not raised.
pub extern "C" fn finalize(object: &Object) {
    let pending = errors::take();
    let closed = match object.get_attr_opt(id!("closed")) {
        Ok(Some(value)) => value.is_true(),
        Ok(None) => Ok(true),
        Err(raised) => Err(raised),
    };
    let closed = closed.unwrap_or_else(|_| {
        errors::clear();
        false
    });
    if !closed {
        if object.set_attr(id!("_finalizing"), Some(bool_object(true))).is_err() {
            errors::clear();
        }
        if object.call_method(id!("close"), &[]).is_err() {
            errors::write_unraisable("", Some(object));
        }
    }
    if let Some(pending) = pending {
        errors::restore(pending);
    }
}

extern "C" fn get_none(_: &Object, _: *mut c_void) -> Result {
    Ok(none().to_ref())
}

extern "C" fn get_closed(object: &Object, _: *mut c_void) -> Result {
    Ok(bool_object(object.has_attr(id!("__IOBase_closed"))?).to_ref())
}

/// Raises ValueError on a closed stream.
pub fn require_open(object: &Object) -> Result<()> {
    if is_closed(object)? { Err(value_error("I/O operation on closed file.")) } else { Ok(()) }
}

#[pyfn("seek($self, offset, whence=os.SEEK_SET, /)")]
fn seek(_this: &Object, _offset: &Object, _whence: Option<&Object>) -> Result {
    Err(unsupported("seek"))
}

/// Return current stream position.
#[pyfn("tell($self, /)")]
fn tell(this: &Object) -> Result {
    this.call_method(id!("seek"), &[&Int::from_i64(0), &Int::from_i64(1)])
}

#[pyfn("truncate($self, size=None, /)")]
fn truncate(_this: &Object, _size: Option<&Object>) -> Result {
    Err(unsupported("truncate"))
}

/// Flush write buffers, if applicable.
#[pyfn("flush($self, /)")]
fn flush(this: &Object) -> Result<()> {
    if this.has_attr(id!("__IOBase_closed"))? {
        return Err(value_error("I/O operation on closed file."));
    }
    Ok(())
}

/// Flush and close the IO object.
#[pyfn("close($self, /)")]
fn close(this: &Object) -> Result<()> {
    if this.has_attr(id!("__IOBase_closed"))? {
        return Ok(());
    }
    both(call_unit(this, id!("flush")), || this.set_attr(id!("__IOBase_closed"), Some(bool_object(true))))
}

#[pyfn("seekable($self, /)")]
fn seekable(_this: &Object) -> bool {
    false
}

#[pyfn("readable($self, /)")]
fn readable(_this: &Object) -> bool {
    false
}

#[pyfn("writable($self, /)")]
fn writable(_this: &Object) -> bool {
    false
}

#[pyfn("_checkClosed($self, msg=None, /)")]
fn check_closed(this: &Object, _msg: Option<&Object>) -> Result<()> {
    require_open(this)
}

fn check(this: &Object, method: &Str, message: &str) -> Result {
    let answer = this.call_method(method, &[])?;
    if answer.is(bool_object(true)) { Ok(answer) } else { Err(unsupported(message)) }
}

#[pyfn("_checkSeekable($self, msg=None, /)")]
fn check_seekable(this: &Object, _msg: Option<&Object>) -> Result {
    check(this, id!("seekable"), "File or stream is not seekable.")
}

#[pyfn("_checkReadable($self, msg=None, /)")]
fn check_readable(this: &Object, _msg: Option<&Object>) -> Result {
    check(this, id!("readable"), "File or stream is not readable.")
}

#[pyfn("_checkWritable($self, msg=None, /)")]
fn check_writable(this: &Object, _msg: Option<&Object>) -> Result {
    check(this, id!("writable"), "File or stream is not writable.")
}

#[pyfn("fileno($self, /)")]
fn fileno(_this: &Object) -> Result {
    Err(unsupported("fileno"))
}

#[pyfn("isatty($self, /)")]
fn isatty(this: &Object) -> Result<bool> {
    require_open(this)?;
    Ok(false)
}

#[pyfn("__enter__($self, /)")]
fn enter(this: &Object) -> Result {
    require_open(this)?;
    Ok(this.to_ref())
}

#[pyfn("__exit__($self, /, *args)")]
fn exit(this: &Object, _args: Args<'_>) -> Result {
    this.call_method(id!("close"), &[])
}

/// Read and return a line from the stream.
#[pyfn("readline($self, size=-1, /)")]
fn readline(this: &Object, size: Option<&Object>) -> Result<Vec<u8>> {
    let limit = match size {
        Some(size) if !size.is_none() => size.as_isize(false)?,
        _ => -1,
    };
    let peek = this.get_attr_opt(id!("peek"))?;
    let mut line = Vec::new();
    while limit < 0 || line.len() < limit as usize {
        let mut wanted = 1;
        if let Some(peek) = &peek {
            let ahead = peek.call(&[&Int::from_i64(1)])?;
            let Some(ahead) = ahead.downcast::<Bytes>() else {
                return Err(errors::os_error(format!(
                    "peek() should have returned a bytes object, not '{}'",
                    ahead.type_name()
                )));
            };
            let bytes = ahead.as_slice();
            if !bytes.is_empty() {
                let room = if limit < 0 { bytes.len() } else { bytes.len().min(limit as usize - line.len()) };
                wanted = memchr::memchr(b'\n', &bytes[..room]).map_or(room, |at| at + 1);
            }
        }
        let part = this.call_method(id!("read"), &[&Int::from_u64(wanted as u64)])?;
        let Some(part) = part.downcast::<Bytes>() else {
            return Err(errors::os_error(format!(
                "read() should have returned a bytes object, not '{}'",
                part.type_name()
            )));
        };
        if part.as_slice().is_empty() {
            break;
        }
        line.extend_from_slice(part.as_slice());
        if line.last() == Some(&b'\n') {
            break;
        }
    }
    Ok(line)
}

/// Return a list of lines from the stream.
#[pyfn("readlines($self, hint=-1, /)")]
fn readlines(this: &Object, hint: Option<&Object>) -> Result<Ref<List>> {
    let hint = match hint {
        Some(hint) if !hint.is_none() => hint.as_isize(false)?,
        _ => -1,
    };
    let list = List::new();
    let lines = this.iter()?;
    let mut length = 0;
    while let Some(line) = lines.iter_next()? {
        length += line.len()? as isize;
        list.push(line);
        if hint > 0 && length > hint {
            break;
        }
    }
    Ok(list)
}

/// Write a list of lines to stream.
#[pyfn("writelines($self, lines, /)")]
fn writelines(this: &Object, lines: &Object) -> Result<()> {
    require_open(this)?;
    lines.for_each(|line| this.call_method(id!("write"), &[&line]).map(drop))
}

extern "C" fn iter(this: &Object) -> Result {
    require_open(this)?;
    Ok(this.to_ref())
}

extern "C" fn iternext(this: &Object) -> NextResult {
    next_result((|| {
        let line = this.call_method(id!("readline"), &[])?;
        Ok(if line.len()? == 0 { None } else { Some(line) })
    })())
}

/// The method `read` of raw streams over their `readinto`.
#[pyfn("read($self, size=-1, /)")]
fn raw_read(this: &Object, size: isize) -> Result {
    if size < 0 {
        return this.call_method(id!("readall"), &[]);
    }
    let buffer = ByteArray::new(&vec![0; size as usize]);
    let count = this.call_method(id!("readinto"), &[&buffer])?;
    if count.is_none() {
        return Ok(count);
    }
    let count = count.as_isize(false)?;
    let bytes = buffer.to_vec();
    match usize::try_from(count).ok().and_then(|n| bytes.get(..n)) {
        Some(part) => Ok(Bytes::new(part).into_object()),
        None => Err(value_error(format!("readinto returned {count} outside buffer size {size}"))),
    }
}

/// Read until EOF, using multiple read() call.
#[pyfn("readall($self, /)")]
fn raw_readall(this: &Object) -> Result {
    let mut all = Vec::new();
    loop {
        let part = this.call_method(id!("read"), &[&Int::from_u64(crate::DEFAULT_BUFFER_SIZE as u64)])?;
        if part.is_none() && all.is_empty() {
            return Ok(part);
        }
        if part.is_none() {
            break;
        }
        let Some(bytes) = part.downcast::<Bytes>() else {
            return Err(type_error("read() should return bytes"));
        };
        if bytes.as_slice().is_empty() {
            break;
        }
        all.extend_from_slice(bytes.as_slice());
    }
    Ok(Bytes::new(&all).into_object())
}

macro_rules! unsupported_methods {
    ($($name:ident $python:literal $signature:literal;)*) => {
        $(
            #[pyfn($signature)]
            fn $name(_this: &Object, _args: Args<'_>) -> Result {
                Err(unsupported($python))
            }
        )*
    };
}

unsupported_methods! {
    buffered_read "read" "read($self, /, *args)";
    buffered_read1 "read1" "read1($self, /, *args)";
    buffered_write "write" "write($self, /, *args)";
    text_read "read" "read($self, /, *args)";
    text_readline "readline" "readline($self, /, *args)";
    text_write "write" "write($self, /, *args)";
    buffered_detach "detach" "detach($self, /, *args)";
    text_detach "detach" "detach($self, /, *args)";
}

fn read_into(this: &Object, buffer: &Object, method: &Str) -> Result<usize> {
    let view = View::get(buffer, request::WRITABLE)?;
    let size = view.raw().len;
    let data = this.call_method(method, &[&Int::from_i64(size as i64)])?;
    let Some(bytes) = data.downcast::<Bytes>() else {
        return Err(type_error("read() should return bytes"));
    };
    let bytes = bytes.as_slice();
    if bytes.len() > size as usize {
        return Err(value_error(format!(
            "read() returned too much data: {size} bytes requested, {} returned",
            bytes.len()
        )));
    }
    view.write(0, bytes);
    Ok(bytes.len())
}

#[pyfn("readinto($self, buffer, /)")]
fn buffered_readinto(this: &Object, buffer: &Object) -> Result<usize> {
    read_into(this, buffer, id!("read"))
}

#[pyfn("readinto1($self, buffer, /)")]
fn buffered_readinto1(this: &Object, buffer: &Object) -> Result<usize> {
    read_into(this, buffer, id!("read1"))
}

/// The warning about a stream that was not closed.
pub fn warn_unclosed(source: &Object) {
    let Ok(repr) = source.repr() else {
        errors::clear();
        return;
    };
    if errors::warn(&exc::PyExc_ResourceWarning, format!("unclosed file {repr}"), 1).is_err() {
        errors::write_unraisable("", Some(source));
    }
}
