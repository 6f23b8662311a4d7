//! `TextIOWrapper`: text over a binary buffer. CPython: `Modules/_io/textio.c`.
//!
//! Text that is decoded and not yet read is `text` from `pos` on; encoded text that is not yet written is `pending`.
//! UTF-8, Latin-1 and ASCII are decoded and encoded here; other encodings through the registry's incremental codecs.

use crate::base::{self, Base, dealloc_stream};
use crate::buffered::Buffered;
use crate::fileio::cannot_pickle;
use crate::{both, call_unit, is_closed, unsupported};
use core::cell::{Cell, RefCell};
use core::ffi::{c_int, c_void};
use core::mem::offset_of;
use krait_macros::pyfn;
use krait_object::codecs::handlers::Handler;
use krait_object::codecs::{self, Builtin};
use krait_object::defs::member;
use krait_object::object::{bool_object, none};
use krait_object::result::{NextResult, Result, next_result, unit_result};
use krait_object::typeobj::flags;
use krait_object::{
    Bytes, Dict, GetSetDef, Int, MemberDef, MethodDef, Object, Ref, Slot, Str, Tuple, TypeObject, alloc,
    args, errors, exceptions as exc, gc, id, type_error, value_error,
};

/// How line ends are treated.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
enum Newline {
    #[default]
    Universal,
    Untranslated,
    Lf,
    Cr,
    CrLf,
}

/// The state that holds no object.
#[derive(Default)]
struct State {
    newline: Newline,
    /// Decoded text that was not read yet, from `pos` on.
    text: Vec<u32>,
    pos: usize,
    /// Bytes of an incomplete character.
    rest: Vec<u8>,
    /// A carriage return that ended the last piece, whose line feed may follow.
    carriage: bool,
    pending: Vec<u8>,
    /// 1 `\r`, 2 `\n`, 4 `\r\n` were seen.
    seen: u8,
}

/// `textio`.
#[repr(C)]
pub struct TextIOWrapper {
    base: Base,
    buffer: Slot,
    encoding: Slot,
    errors: Slot,
    decoder: Slot,
    encoder: Slot,
    line_buffering: Cell<bool>,
    write_through: Cell<bool>,
    finalizing: Cell<bool>,
    state: RefCell<State>,
}

krait_object::object_type!(TextIOWrapper, TEXT_IO_WRAPPER);

/// `_io.TextIOWrapper`.
pub static TEXT_IO_WRAPPER: TypeObject = TypeObject::of::<TextIOWrapper>(c"_io.TextIOWrapper")
    .flags(flags::BASETYPE | flags::HAVE_GC)
    .base(&raw const base::TEXT_IO_BASE)
    .doc(c"TextIOWrapper(buffer, encoding=None, errors=None, newline=None, line_buffering=False, write_through=False)\n--\n\nCharacter and line based layer over a BufferedIOBase object, buffer.")
    .tp_dealloc(dealloc_stream::<TextIOWrapper>)
    .tp_traverse(traverse)
    .tp_clear(clear)
    .tp_new(new)
    .tp_init(init)
    .tp_repr(repr)
    .tp_iternext(iternext)
    .getset(&[
        GetSetDef::getter(c"name", get_name),
        GetSetDef::getter(c"closed", get_closed),
        GetSetDef::getter(c"newlines", get_newlines),
        GetSetDef::getter(c"errors", get_errors),
        GetSetDef::SENTINEL,
    ])
    .members(&[
        MemberDef::new(c"encoding", member::T_OBJECT, offset_of!(TextIOWrapper, encoding), member::READONLY),
        MemberDef::new(c"buffer", member::T_OBJECT, offset_of!(TextIOWrapper, buffer), member::READONLY),
        MemberDef::new(
            c"line_buffering",
            member::T_BOOL,
            offset_of!(TextIOWrapper, line_buffering),
            member::READONLY,
        ),
        MemberDef::new(
            c"write_through",
            member::T_BOOL,
            offset_of!(TextIOWrapper, write_through),
            member::READONLY,
        ),
        MemberDef::new(c"_finalizing", member::T_BOOL, offset_of!(TextIOWrapper, finalizing), 0),
        MemberDef::SENTINEL,
    ])
    .methods(&[
        detach::DEF,
        reconfigure::DEF,
        write::DEF,
        read::DEF,
        readline::DEF,
        flush::DEF,
        close::DEF,
        fileno::DEF,
        seekable::DEF,
        readable::DEF,
        writable::DEF,
        isatty::DEF,
        seek::DEF,
        tell::DEF,
        truncate::DEF,
        getstate::DEF,
        MethodDef::SENTINEL,
    ]);

krait_object::traverse!(traverse, TextIOWrapper, |this, v| {
    v.slot(&this.base.dict)?;
    v.slot(&this.buffer)?;
    v.slot(&this.decoder)?;
    v.slot(&this.encoder)?;
});

unsafe extern "C" fn clear(object: *mut Object) -> c_int {
    // SAFETY: called with a live instance.
    let this = unsafe { &*object.cast::<TextIOWrapper>() };
    this.base.dict.take();
    this.buffer.take();
    this.decoder.take();
    this.encoder.take();
    0
}

extern "C" fn new(ty: &TypeObject, _: &Tuple, _: Option<&Object>) -> Result {
    let object = alloc::allocate(ty, 0)?;
    // SAFETY: the instance was allocated just now, zeroed: the field holds nothing to drop.
    unsafe {
        (&raw mut (*object.as_raw().cast::<TextIOWrapper>()).state).write(RefCell::new(State::default()));
    }
    if !gc::is_tracked(&object) {
        gc::track(&object);
    }
    Ok(object)
}

fn text_or_none(value: Option<&Object>, name: &str) -> Result<Option<String>> {
    match value.filter(|v| !v.is_none()) {
        None => Ok(None),
        Some(value) => match value.downcast::<Str>() {
            Some(text) => Ok(Some(text.to_string())),
            None => Err(type_error(format!(
                "TextIOWrapper() argument '{name}' must be str or None, not {}",
                value.type_name()
            ))),
        },
    }
}

fn parse_newline(newline: Option<&str>) -> Result<Newline> {
    Ok(match newline {
        None => Newline::Universal,
        Some("") => Newline::Untranslated,
        Some("\n") => Newline::Lf,
        Some("\r") => Newline::Cr,
        Some("\r\n") => Newline::CrLf,
        Some(other) => return Err(value_error(format!("illegal newline value: {other}"))),
    })
}

extern "C" fn init(object: &Object, args: &Tuple, kwargs: Option<&Object>) -> c_int {
    unit_result((|| {
        let names = ["buffer", "encoding", "errors", "newline", "line_buffering", "write_through"];
        let kwargs = kwargs.and_then(|k| k.downcast::<Dict>());
        let v = args::parse_init("TextIOWrapper", &names, 1, args, kwargs)?;
        let encoding = match text_or_none(v[1].as_deref(), "encoding")?.as_deref() {
            None | Some("locale") => "utf-8".to_owned(),
            Some(name) => name.to_owned(),
        };
        let handling = text_or_none(v[2].as_deref(), "errors")?.unwrap_or_else(|| "strict".to_owned());
        let newline = parse_newline(text_or_none(v[3].as_deref(), "newline")?.as_deref())?;
        let truth = |value: &Option<Ref<Object>>| value.as_ref().map_or(Ok(false), |v| v.is_true());
        let (line_buffering, write_through) = (truth(&v[4])?, truth(&v[5])?);
        let this = object.expect::<TextIOWrapper>();
        this.set_codec(&encoding, &handling)?;
        *this.state.borrow_mut() = State { newline, ..State::default() };
        this.line_buffering.set(line_buffering);
        this.write_through.set(write_through);
        this.buffer.set(v[0].clone());
        Ok(())
    })())
}

impl TextIOWrapper {
    fn set_codec(&self, encoding: &str, handling: &str) -> Result<()> {
        self.decoder.take();
        self.encoder.take();
        if self.fast(encoding).is_none() {
            let codec = codecs::lookup(encoding)?;
            let how = Str::new(handling);
            self.decoder.set(Some(codec.call_method(id!("incrementaldecoder"), &[&how])?));
            self.encoder.set(Some(codec.call_method(id!("incrementalencoder"), &[&how])?));
        }
        self.encoding.set(Some(Str::new(encoding).into_object()));
        self.errors.set(Some(Str::new(handling).into_object()));
        Ok(())
    }

    fn fast(&self, encoding: &str) -> Option<Builtin> {
        codecs::builtin(encoding).filter(|b| matches!(b, Builtin::Utf8 | Builtin::Latin1 | Builtin::Ascii))
    }

    fn names(&self) -> (String, String) {
        let text = |slot: &Slot, default: &str| {
            let value = slot.get();
            value.as_ref().and_then(|v| v.downcast::<Str>()).map_or(default.to_owned(), |s| s.to_string())
        };
        (text(&self.encoding, "utf-8"), text(&self.errors, "strict"))
    }

    fn buffer(&self) -> Result {
        self.buffer.get().ok_or_else(|| {
            value_error(if self.encoding.is_empty() {
                "I/O operation on uninitialized object"
            } else {
                "underlying buffer has been detached"
            })
        })
    }

    fn open_buffer(&self) -> Result {
        let buffer = self.buffer()?;
        if is_closed(&buffer)? { Err(value_error("I/O operation on closed file.")) } else { Ok(buffer) }
    }

    fn encode(&self, text: &Str) -> Result<Vec<u8>> {
        let (encoding, handling) = self.names();
        let made = match self.encoder.get() {
            Some(encoder) => encoder.call_method(id!("encode"), &[text])?,
            None => codecs::encode_text(text, &encoding, &handling)?,
        };
        match made.downcast::<Bytes>() {
            Some(bytes) => Ok(bytes.as_slice().to_vec()),
            None => {
                Err(type_error(format!("encoder should return a bytes object, not '{}'", made.type_name())))
            }
        }
    }

    /// Writes what is pending to the buffer.
    fn write_pending(&self, buffer: &Object) -> Result<()> {
        let data = core::mem::take(&mut self.state.borrow_mut().pending);
        if data.is_empty() {
            return Ok(());
        }
        match exact_buffer(buffer) {
            Some(native) => native.write_all(&data).map(drop),
            None => buffer.call_method(id!("write"), &[&Bytes::new(&data)]).map(drop),
        }
    }

    /// Decodes one piece, with incomplete characters left for the next.
    fn decode(&self, mut data: Vec<u8>, is_final: bool) -> Result<Ref<Str>> {
        if let Some(decoder) = self.decoder.get() {
            let made = decoder.call_method(id!("decode"), &[&Bytes::new(&data), bool_object(is_final)])?;
            return made.downcast_into::<Str>().map_err(|other| {
                type_error(format!("decoder should return a string result, not '{}'", other.type_name()))
            });
        }
        let (encoding, handling) = self.names();
        if codecs::builtin(&encoding) != Some(Builtin::Utf8) {
            return codecs::decode_text(&data, &encoding, &handling);
        }
        let mut rest = core::mem::take(&mut self.state.borrow_mut().rest);
        if !rest.is_empty() {
            rest.append(&mut data);
            data = rest;
        }
        let (text, used) = codecs::utf8::decode(&data, &Handler::new(&handling), is_final)?;
        self.state.borrow_mut().rest = data.get(used..).unwrap_or(&[]).to_vec();
        Ok(text)
    }

    /// Reads and decodes one piece; false at the end.
    fn fill(&self, buffer: &Object) -> Result<bool> {
        self.write_pending(buffer)?;
        let data = match exact_buffer(buffer) {
            Some(native) => native.read_chunk(8192)?,
            None => {
                let method = if buffer.has_attr(id!("read1"))? { id!("read1") } else { id!("read") };
                let data = buffer.call_method(method, &[&Int::from_i64(8192)])?;
                let Some(bytes) = data.downcast::<Bytes>() else {
                    return Err(type_error(format!(
                        "underlying read1() should have returned a bytes-like object, not '{}'",
                        data.type_name()
                    )));
                };
                bytes.as_slice().to_vec()
            }
        };
        let end = data.is_empty();
        let text = self.decode(data, end)?;
        let mut state = self.state.borrow_mut();
        state.push(text.chars().iter(), end);
        Ok(!end)
    }

    fn line(&self, limit: usize) -> Result<Option<Ref<Str>>> {
        let buffer = self.open_buffer()?;
        self.write_pending(&buffer)?;
        let mut scanned = 0;
        loop {
            if let Some(line) = self.state.borrow_mut().take_line(limit, &mut scanned) {
                return Ok(Some(line));
            }
            if !self.fill(&buffer)? {
                let mut state = self.state.borrow_mut();
                if let Some(line) = state.take_line(limit, &mut scanned) {
                    return Ok(Some(line));
                }
                let left = state.take(usize::MAX);
                return Ok(if left.is_empty() { None } else { Some(left) });
            }
        }
    }
}

/// The buffer, when no subclass can have changed it.
fn exact_buffer(buffer: &Object) -> Option<&Buffered> {
    let ty = buffer.type_ptr();
    let native = [
        &raw const crate::buffered::BUFFERED_READER,
        &raw const crate::buffered::BUFFERED_WRITER,
        &raw const crate::buffered::BUFFERED_RANDOM,
    ];
    if native.contains(&ty) { buffer.downcast::<Buffered>() } else { None }
}

impl State {
    /// Adds decoded text, with line ends translated.
    fn push(&mut self, chars: impl Iterator<Item = u32>, end: bool) {
        if self.pos > 0 {
            self.text.drain(..self.pos);
            self.pos = 0;
        }
        let (cr, lf) = (u32::from(b'\r'), u32::from(b'\n'));
        if !matches!(self.newline, Newline::Universal | Newline::Untranslated) {
            self.text.extend(chars);
            return;
        }
        let translate = self.newline == Newline::Universal;
        for c in chars {
            if self.carriage {
                self.carriage = false;
                if c == lf {
                    self.seen |= 4;
                    self.text.extend(if translate { &[10][..] } else { &[13, 10][..] });
                    continue;
                }
                self.seen |= 1;
                self.text.push(if translate { lf } else { cr });
            }
            match c {
                13 => self.carriage = true,
                10 => {
                    self.seen |= 2;
                    self.text.push(lf);
                }
                _ => self.text.push(c),
            }
        }
        if end && core::mem::take(&mut self.carriage) {
            self.seen |= 1;
            self.text.push(if translate { lf } else { cr });
        }
    }

    /// Takes up to `count` characters.
    fn take(&mut self, count: usize) -> Ref<Str> {
        let end = self.text.len().min(self.pos.saturating_add(count));
        let part = &self.text[self.pos..end];
        let max = part.iter().copied().max().unwrap_or(0);
        let text = Str::from_code_points(part.iter().copied(), part.len(), max);
        self.pos = end;
        text
    }

    /// Takes a line if a whole one (or `limit` characters) is there; `scanned` characters are known to hold no end.
    fn take_line(&mut self, limit: usize, scanned: &mut usize) -> Option<Ref<Str>> {
        let rest = &self.text[self.pos..];
        let skip = (*scanned).min(rest.len());
        let found = match self.newline {
            Newline::Universal | Newline::Lf => {
                rest[skip..].iter().position(|&c| c == 10).map(|at| skip + at + 1)
            }
            Newline::Cr => rest[skip..].iter().position(|&c| c == 13).map(|at| skip + at + 1),
            Newline::CrLf => rest.windows(2).position(|w| w == [13, 10]).map(|at| at + 2),
            Newline::Untranslated => {
                let at = rest[skip..].iter().position(|&c| c == 10 || c == 13).map(|at| skip + at);
                at.map(|at| if rest[at] == 13 && rest.get(at + 1) == Some(&10) { at + 2 } else { at + 1 })
            }
        };
        *scanned = rest.len();
        match found {
            Some(length) => Some(self.take(length.min(limit))),
            None if rest.len() >= limit => Some(self.take(limit)),
            None => None,
        }
    }

    fn reset(&mut self) {
        *self = State {
            newline: self.newline,
            seen: self.seen,
            pending: core::mem::take(&mut self.pending),
            ..State::default()
        };
    }
}

/// Write string s to stream.
#[pyfn("write($self, s, /)")]
fn write(this: &TextIOWrapper, s: &Str) -> Result<usize> {
    let buffer = this.open_buffer()?;
    let lf = u32::from(b'\n');
    let has_lf = s.chars().iter().any(|c| c == lf);
    let has_end = has_lf || (this.line_buffering.get() && s.chars().iter().any(|c| c == 13));
    let newline = this.state.borrow().newline;
    let end: Option<&[u32]> = match newline {
        Newline::Cr if has_lf => Some(&[13]),
        Newline::CrLf if has_lf => Some(&[13, 10]),
        _ => None,
    };
    let data = match end {
        None => this.encode(s)?,
        Some(end) => {
            let mut points = Vec::with_capacity(s.len() + 8);
            for c in s.chars().iter() {
                if c == lf { points.extend_from_slice(end) } else { points.push(c) }
            }
            this.encode(&Str::from_ucs4(&points))?
        }
    };
    let full = {
        let mut state = this.state.borrow_mut();
        state.pending.extend_from_slice(&data);
        state.pending.len() >= 8192
    };
    let line = this.line_buffering.get() && has_end;
    if full || line || this.write_through.get() {
        this.write_pending(&buffer)?;
    }
    if line {
        call_unit(&buffer, id!("flush"))?;
    }
    this.state.borrow_mut().reset();
    Ok(s.len())
}

fn size_argument(size: Option<&Object>) -> Result<isize> {
    match size {
        Some(size) if !size.is_none() => size.as_isize(false),
        _ => Ok(-1),
    }
}

#[pyfn("read($self, size=-1, /)")]
fn read(this: &TextIOWrapper, size: Option<&Object>) -> Result<Ref<Str>> {
    let size = size_argument(size)?;
    let buffer = this.open_buffer()?;
    if !buffer.call_method(id!("readable"), &[])?.is_true()? {
        return Err(unsupported("not readable"));
    }
    this.write_pending(&buffer)?;
    let wanted = usize::try_from(size).unwrap_or(usize::MAX);
    loop {
        {
            let state = this.state.borrow();
            if state.text.len() - state.pos >= wanted {
                break;
            }
        }
        if !this.fill(&buffer)? {
            break;
        }
    }
    Ok(this.state.borrow_mut().take(wanted))
}

#[pyfn("readline($self, size=-1, /)")]
fn readline(this: &TextIOWrapper, size: isize) -> Result<Ref<Str>> {
    let limit = usize::try_from(size).unwrap_or(usize::MAX);
    Ok(this.line(limit)?.unwrap_or_else(|| Str::new("")))
}

extern "C" fn iternext(object: &Object) -> NextResult {
    next_result((|| {
        if core::ptr::eq(object.type_ptr(), &raw const TEXT_IO_WRAPPER) {
            let line = object.expect::<TextIOWrapper>().line(usize::MAX)?;
            return Ok(line.map(Ref::into_object));
        }
        let line = object.call_method(id!("readline"), &[])?;
        Ok(if line.len()? == 0 { None } else { Some(line) })
    })())
}

#[pyfn("flush($self, /)")]
fn flush(this: &TextIOWrapper) -> Result<()> {
    let buffer = this.open_buffer()?;
    this.write_pending(&buffer)?;
    call_unit(&buffer, id!("flush"))
}

#[pyfn("close($self, /)")]
fn close(this: &TextIOWrapper) -> Result<()> {
    let buffer = this.buffer()?;
    if is_closed(&buffer)? {
        return Ok(());
    }
    if this.finalizing.get() && buffer.call_method(id!("_dealloc_warn"), &[this]).is_err() {
        errors::clear();
    }
    both(call_unit(this, id!("flush")), || call_unit(&buffer, id!("close")))
}

#[pyfn("detach($self, /)")]
fn detach(this: &TextIOWrapper) -> Result {
    let buffer = this.buffer()?;
    call_unit(this, id!("flush"))?;
    this.buffer.take();
    Ok(buffer)
}

/// Reconfigure the text stream with new parameters.
#[pyfn(
    "reconfigure($self, /, *, encoding=None, errors=None, newline=None, line_buffering=None, write_through=None)"
)]
fn reconfigure(
    this: &TextIOWrapper,
    encoding: Option<&Object>,
    errors: Option<&Object>,
    newline: Option<&Object>,
    line_buffering: Option<&Object>,
    write_through: Option<&Object>,
) -> Result<()> {
    let encoding = text_or_none(encoding, "encoding")?;
    let handling = text_or_none(errors, "errors")?;
    let newline = text_or_none(newline, "newline")?;
    call_unit(this, id!("flush"))?;
    if encoding.is_some() || handling.is_some() {
        let (old_encoding, old_errors) = this.names();
        let handling = handling.unwrap_or(if encoding.is_some() { "strict".to_owned() } else { old_errors });
        let encoding = encoding.filter(|e| e != "locale").unwrap_or(old_encoding);
        this.set_codec(&encoding, &handling)?;
    }
    if let Some(newline) = newline {
        this.state.borrow_mut().newline = parse_newline(Some(&newline))?;
    }
    if let Some(value) = line_buffering {
        this.line_buffering.set(value.is_true()?);
    }
    if let Some(value) = write_through {
        this.write_through.set(value.is_true()?);
    }
    Ok(())
}

macro_rules! forward {
    ($($name:ident $signature:literal $python:literal;)*) => {
        $(
            #[pyfn($signature)]
            fn $name(this: &TextIOWrapper) -> Result {
                this.buffer()?.call_method(id!($python), &[])
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

#[pyfn("seek($self, cookie, whence=0, /)")]
fn seek(this: &TextIOWrapper, cookie: &Object, whence: i32) -> Result {
    let buffer = this.open_buffer()?;
    if !buffer.call_method(id!("seekable"), &[])?.is_true()? {
        return Err(unsupported("underlying stream is not seekable"));
    }
    let zero = cookie.eq(&Int::from_i64(0))?;
    match whence {
        0 => {}
        1 if !zero => return Err(unsupported("can't do nonzero cur-relative seeks")),
        2 if !zero => return Err(unsupported("can't do nonzero end-relative seeks")),
        1 => return this.call_method(id!("tell"), &[]),
        2 => {}
        _ => return Err(value_error(format!("invalid whence ({whence}, should be 0, 1 or 2)"))),
    }
    if whence == 0 && cookie.as_isize(false)? < 0 {
        return Err(value_error(format!("negative seek position {}", cookie.repr()?)));
    }
    call_unit(this, id!("flush"))?;
    this.state.borrow_mut().reset();
    if let Some(decoder) = this.decoder.get() {
        call_unit(&decoder, id!("reset"))?;
    }
    buffer.call_method(id!("seek"), &[cookie, &Int::from_i64(i64::from(whence))])
}

#[pyfn("tell($self, /)")]
fn tell(this: &TextIOWrapper) -> Result<i64> {
    let buffer = this.open_buffer()?;
    if !buffer.call_method(id!("seekable"), &[])?.is_true()? {
        return Err(unsupported("underlying stream is not seekable"));
    }
    call_unit(this, id!("flush"))?;
    let at = buffer.call_method(id!("tell"), &[])?.as_isize(false)? as i64;
    let (unread, rest, plain) = {
        let state = this.state.borrow();
        let points = &state.text[state.pos..];
        let plain = state.seen & 5 == 0 && !state.carriage;
        (Str::from_ucs4(points), state.rest.len() as i64, plain)
    };
    if unread.is_empty() {
        return Ok(at - rest);
    }
    if !plain || this.decoder.get().is_some() {
        return Err(errors::os_error("can't reconstruct logical file position"));
    }
    Ok(at - rest - this.encode(&unread)?.len() as i64)
}

#[pyfn("truncate($self, pos=None, /)")]
fn truncate(this: &TextIOWrapper, pos: Option<&Object>) -> Result {
    call_unit(this, id!("flush"))?;
    this.buffer()?.call_method(id!("truncate"), &[pos.unwrap_or(none())])
}

#[pyfn("__getstate__($self, /)")]
fn getstate(this: &TextIOWrapper) -> Result {
    Err(cannot_pickle(this))
}

extern "C" fn get_name(object: &Object, _: *mut c_void) -> Result {
    object.expect::<TextIOWrapper>().buffer()?.get_attr(id!("name"))
}

extern "C" fn get_closed(object: &Object, _: *mut c_void) -> Result {
    object.expect::<TextIOWrapper>().buffer()?.get_attr(id!("closed"))
}

extern "C" fn get_errors(object: &Object, _: *mut c_void) -> Result {
    let this = object.expect::<TextIOWrapper>();
    Ok(this.errors.get().unwrap_or_else(|| none().to_ref()))
}

extern "C" fn get_newlines(object: &Object, _: *mut c_void) -> Result {
    let seen = object.expect::<TextIOWrapper>().state.borrow().seen;
    let kinds: Vec<Ref<Object>> = [(1, "\r"), (2, "\n"), (4, "\r\n")]
        .iter()
        .filter(|(bit, _)| seen & bit != 0)
        .map(|(_, text)| Str::new(text).into_object())
        .collect();
    Ok(match kinds.as_slice() {
        [] => none().to_ref(),
        [one] => one.clone(),
        _ => Tuple::from_vec(kinds).into_object(),
    })
}

extern "C" fn repr(object: &Object) -> Result {
    let this = object.expect::<TextIOWrapper>();
    let mut text = String::from("<_io.TextIOWrapper");
    for (attribute, label) in [(id!("name"), "name"), (id!("mode"), "mode")] {
        match object.get_attr_opt(attribute) {
            Ok(Some(value)) => text.push_str(&format!(" {label}={}", value.repr()?)),
            Ok(None) => {}
            Err(raised) => errors::clear_if(raised, &exc::PyExc_ValueError)?,
        }
    }
    text.push_str(&format!(" encoding='{}'>", this.names().0));
    Ok(Str::new(&text).into_object())
}
