//! `str`: Unicode text in the narrowest of three widths (PEP 393). CPython: `Objects/unicodeobject.c`.
//!
//! - this file: layout, construction, access
//! - `intern`: interned strings and the [`id!`](crate::id) macro
//! - `search`: finding, splitting, the builder; `case`, `classify`, `numeric`: properties of characters
//! - `escape`: repr; `percent`, `template`: `%` and `str.format`
//! - `methods`, `slots`: the Python face
//!
//! Invariants: `kind` is the narrowest that holds all characters; an exact `str` is compact (characters behind the
//! header, one zero unit at the end); `hash` is -1 until computed; surrogates may occur alone.

pub mod case;
pub mod classify;
pub mod escape;
pub mod intern;
pub mod methods;
pub mod numeric;
pub mod percent;
pub mod search;
pub mod slots;
pub mod template;

use crate::alloc;
use crate::object::Object;
use crate::reference::Ref;
use crate::typeobj::TypeObject;
use core::cell::Cell;
use core::ffi::c_char;
use core::ptr::NonNull;

/// `PyUnicodeObject`. ASCII strings have only the first 40 bytes before their characters (`PyASCIIObject`), other
/// compact ones the first 56 (`PyCompactUnicodeObject`), strings of subclasses all of it.
#[repr(C)]
pub struct Str {
    ob_base: Object,
    length: Cell<isize>,
    hash: Cell<isize>,
    state: Cell<u32>,
}

/// The part that non-ASCII strings have in addition.
#[repr(C)]
struct CompactStr {
    base: Str,
    utf8_length: Cell<isize>,
    utf8: Cell<*mut c_char>,
}

/// A string that is not compact: its characters are elsewhere (instances of subclasses).
#[repr(C)]
pub struct LegacyStr {
    base: CompactStr,
    data: Cell<*mut u8>,
}

const _: () = {
    assert!(size_of::<Str>() == 40);
    assert!(size_of::<CompactStr>() == 56);
    assert!(size_of::<LegacyStr>() == 64);
};

crate::object_type!(Str, PyUnicode_Type, UNICODE_SUBCLASS);

/// The type `str`.
#[unsafe(no_mangle)]
pub static PyUnicode_Type: TypeObject = slots::str_type(TypeObject::new(c"str", size_of::<LegacyStr>()));

const KIND_SHIFT: u32 = 2;
const COMPACT: u32 = 1 << 5;
const ASCII: u32 = 1 << 6;
const STATIC: u32 = 1 << 7;
const INTERNED_MASK: u32 = 3;

/// The characters of a string in their width.
#[derive(Clone, Copy, Debug)]
pub enum Chars<'a> {
    /// Code points up to U+00FF (ASCII strings too).
    Latin1(&'a [u8]),
    Ucs2(&'a [u16]),
    Ucs4(&'a [u32]),
}

impl Chars<'_> {
    /// Number of characters.
    #[inline(always)]
    pub fn len(&self) -> usize {
        match self {
            Chars::Latin1(s) => s.len(),
            Chars::Ucs2(s) => s.len(),
            Chars::Ucs4(s) => s.len(),
        }
    }

    /// No characters?
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The code point at an index (panics outside).
    #[inline(always)]
    pub fn at(&self, index: usize) -> u32 {
        match self {
            Chars::Latin1(s) => u32::from(s[index]),
            Chars::Ucs2(s) => u32::from(s[index]),
            Chars::Ucs4(s) => s[index],
        }
    }

    /// All code points.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = u32> + ExactSizeIterator + '_ {
        (0..self.len()).map(move |i| self.at(i))
    }
}

/// A character of one-character static strings and similar: see [`Str::from_char`].
#[repr(C)]
pub(crate) struct StaticLatin1 {
    base: CompactStr,
    data: [u8; 2],
}

// SAFETY: static strings change only their cached hash and UTF-8 form, under the GIL.
unsafe impl Sync for StaticLatin1 {}
// SAFETY: as above.
unsafe impl Sync for Str {}

/// ASCII one-character strings have the short header, so they are laid out apart.
#[repr(C)]
struct StaticAscii {
    base: Str,
    data: [u8; 2],
}

// SAFETY: as above.
unsafe impl Sync for StaticAscii {}

const fn static_base(ascii: bool, length: isize) -> Str {
    let state = (1 << KIND_SHIFT) | COMPACT | STATIC | if ascii { ASCII } else { 0 } | 3;
    Str {
        ob_base: Object::immortal(&raw const PyUnicode_Type),
        length: Cell::new(length),
        hash: Cell::new(-1),
        state: Cell::new(state),
    }
}

static EMPTY: StaticAscii = StaticAscii { base: static_base(true, 0), data: [0, 0] };

static ASCII_CHARS: [StaticAscii; 128] = {
    let mut table = [const { StaticAscii { base: static_base(true, 1), data: [0, 0] } }; 128];
    let mut i = 0;
    while i < 128 {
        table[i].data[0] = i as u8;
        i += 1;
    }
    table
};

static LATIN1_CHARS: [StaticLatin1; 128] = {
    let mut table = [const {
        StaticLatin1 {
            base: CompactStr {
                base: static_base(false, 1),
                utf8_length: Cell::new(0),
                utf8: Cell::new(core::ptr::null_mut()),
            },
            data: [0, 0],
        }
    }; 128];
    let mut i = 0;
    while i < 128 {
        table[i].data[0] = 128 + i as u8;
        i += 1;
    }
    table
};

impl Str {
    /// The empty string.
    pub fn empty() -> &'static Str {
        &EMPTY.base
    }

    /// The static string of one Latin-1 character.
    #[inline(always)]
    pub fn latin1_char(byte: u8) -> &'static Str {
        if byte < 128 {
            &ASCII_CHARS[byte as usize].base
        } else {
            &LATIN1_CHARS[byte as usize - 128].base.base
        }
    }

    /// A string of one character (a surrogate is allowed).
    pub fn from_char(code: u32) -> Ref<Str> {
        if code < 256 {
            return Str::latin1_char(code as u8).into();
        }
        Str::from_ucs4(&[code])
    }

    /// From UTF-8 text.
    pub fn new(text: &str) -> Ref<Str> {
        if text.is_ascii() {
            return Str::from_ascii(text.as_bytes());
        }
        let max = text.chars().map(u32::from).max().unwrap_or(0);
        Str::from_code_points(text.chars().map(u32::from), text.chars().count(), max)
    }

    /// From bytes that are all ASCII (the caller has checked).
    pub fn from_ascii(bytes: &[u8]) -> Ref<Str> {
        debug_assert!(bytes.is_ascii());
        match bytes {
            [] => Str::empty().into(),
            [one] => Str::latin1_char(*one).into(),
            _ => {
                let s = Str::alloc(bytes.len(), 0x7f);
                // SAFETY: `alloc` made room for that many one-byte characters.
                unsafe { core::ptr::copy_nonoverlapping(bytes.as_ptr(), s.data_ptr(), bytes.len()) };
                s
            }
        }
    }

    /// From Latin-1 bytes.
    pub fn from_latin1(bytes: &[u8]) -> Ref<Str> {
        if bytes.is_ascii() {
            return Str::from_ascii(bytes);
        }
        if let [one] = bytes {
            return Str::latin1_char(*one).into();
        }
        let s = Str::alloc(bytes.len(), 0xff);
        // SAFETY: as in `from_ascii`.
        unsafe { core::ptr::copy_nonoverlapping(bytes.as_ptr(), s.data_ptr(), bytes.len()) };
        s
    }

    /// From 16-bit characters (not UTF-16: each unit is one character); narrowed if possible.
    pub fn from_ucs2(units: &[u16]) -> Ref<Str> {
        let max = units.iter().copied().max().unwrap_or(0);
        Str::from_code_points(units.iter().map(|&u| u32::from(u)), units.len(), u32::from(max))
    }

    /// From code points up to U+10FFFF, surrogates allowed; narrowed if possible.
    pub fn from_ucs4(points: &[u32]) -> Ref<Str> {
        let max = points.iter().copied().max().unwrap_or(0);
        Str::from_code_points(points.iter().copied(), points.len(), max)
    }

    /// From text that may hold surrogates encoded as three bytes each ("WTF-8"), as the compiler's constants do.
    /// Ill-formed bytes become U+FFFD.
    pub fn from_wtf8(bytes: &[u8]) -> Ref<Str> {
        if let Ok(text) = core::str::from_utf8(bytes) {
            return Str::new(text);
        }
        let mut points = Vec::with_capacity(bytes.len());
        let mut rest = bytes;
        while !rest.is_empty() {
            let (point, used) = match rest {
                [b0, ..] if *b0 < 0x80 => (u32::from(*b0), 1),
                [b0 @ 0xc2..=0xdf, b1, ..] => (u32::from(b0 & 0x1f) << 6 | u32::from(b1 & 0x3f), 2),
                [b0 @ 0xe0..=0xef, b1, b2, ..] => {
                    (u32::from(b0 & 0xf) << 12 | u32::from(b1 & 0x3f) << 6 | u32::from(b2 & 0x3f), 3)
                }
                [b0 @ 0xf0..=0xf4, b1, b2, b3, ..] => (
                    u32::from(b0 & 7) << 18
                        | u32::from(b1 & 0x3f) << 12
                        | u32::from(b2 & 0x3f) << 6
                        | u32::from(b3 & 0x3f),
                    4,
                ),
                _ => (0xfffd, 1),
            };
            points.push(point.min(0x10ffff));
            rest = &rest[used..];
        }
        Str::from_ucs4(&points)
    }

    /// From a slice of another string's characters.
    pub fn from_chars(chars: Chars<'_>) -> Ref<Str> {
        match chars {
            Chars::Latin1(s) => Str::from_latin1(s),
            Chars::Ucs2(s) => Str::from_ucs2(s),
            Chars::Ucs4(s) => Str::from_ucs4(s),
        }
    }

    /// From `len` code points of which `max` is the greatest.
    pub fn from_code_points(points: impl Iterator<Item = u32>, len: usize, max: u32) -> Ref<Str> {
        if len == 0 {
            return Str::empty().into();
        }
        if len == 1 && max < 256 {
            return Str::latin1_char(max as u8).into();
        }
        let s = Str::alloc(len, max);
        let data = s.data_ptr();
        // SAFETY: `alloc` made room for `len` characters of the width that `max` needs; `take` bounds the writes.
        unsafe {
            match s.kind() {
                1 => points.take(len).enumerate().for_each(|(i, p)| data.add(i).write(p as u8)),
                2 => {
                    points.take(len).enumerate().for_each(|(i, p)| data.cast::<u16>().add(i).write(p as u16))
                }
                _ => points.take(len).enumerate().for_each(|(i, p)| data.cast::<u32>().add(i).write(p)),
            }
        }
        s
    }

    /// A new compact string with room for `len` characters up to `max`; the characters are zero. Nobody else may see
    /// it before they are written.
    pub fn alloc(len: usize, max: u32) -> Ref<Str> {
        match Str::try_alloc(len, max) {
            Some(s) => s,
            None => std::alloc::handle_alloc_error(std::alloc::Layout::new::<Str>()),
        }
    }

    /// The memory of `self` with the characters of another ASCII string behind its own.
    ///
    /// # Safety
    /// The caller gives away the only reference to `self`, which is exact, ASCII and not interned; `other` is ASCII.
    pub(crate) unsafe fn grow_ascii(&self, other: &Str) -> Ref<Str> {
        let (old, more) = (self.len(), other.len());
        let size = size_of::<Str>() + old + more + 1;
        // SAFETY: the caller's promise; on failure the old block is untouched and the process ends.
        unsafe {
            let block = alloc::realloc(self.as_ptr().cast(), size).cast::<Str>();
            let Some(block) = NonNull::new(block) else {
                std::alloc::handle_alloc_error(std::alloc::Layout::new::<Str>())
            };
            let grown = block.as_ref();
            grown.length.set((old + more) as isize);
            grown.hash.set(-1);
            let data = grown.data_ptr();
            core::ptr::copy_nonoverlapping(other.data_ptr(), data.add(old), more);
            data.add(old + more).write(0);
            Ref::from_owned(block)
        }
    }

    /// As [`Str::alloc`]; `None` when memory does not suffice.
    pub fn try_alloc(len: usize, max: u32) -> Option<Ref<Str>> {
        let (kind, ascii) = match max {
            0..0x80 => (1, true),
            0x80..0x100 => (1, false),
            0x100..0x10000 => (2, false),
            _ => (4, false),
        };
        let head = if ascii { size_of::<Str>() } else { size_of::<CompactStr>() };
        let size = len.checked_add(1)?.checked_mul(kind)?.checked_add(head)?;
        let block = alloc::malloc(size);
        if block.is_null() {
            return None;
        }
        let base = Str {
            ob_base: Object::new(&PyUnicode_Type),
            length: Cell::new(len as isize),
            hash: Cell::new(-1),
            state: Cell::new(((kind as u32) << KIND_SHIFT) | COMPACT | if ascii { ASCII } else { 0 }),
        };
        // SAFETY: the block holds the header and `len + 1` characters, zeroed.
        unsafe {
            core::ptr::write_bytes(block.cast::<u8>().add(head), 0, (len + 1) * kind);
            if ascii {
                block.cast::<Str>().write(base);
            } else {
                block.cast::<CompactStr>().write(CompactStr {
                    base,
                    utf8_length: Cell::new(0),
                    utf8: Cell::new(core::ptr::null_mut()),
                });
            }
            Some(Ref::from_owned(NonNull::new_unchecked(block.cast::<Str>())))
        }
    }

    /// Number of characters.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.length.get() as usize
    }

    /// Empty?
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes per character: 1, 2 or 4.
    #[inline(always)]
    pub fn kind(&self) -> u32 {
        (self.state.get() >> KIND_SHIFT) & 7
    }

    /// All characters below U+0080?
    #[inline(always)]
    pub fn is_ascii(&self) -> bool {
        self.state.get() & ASCII != 0
    }

    /// Characters behind the header?
    pub fn is_compact(&self) -> bool {
        self.state.get() & COMPACT != 0
    }

    /// In the table of interned strings?
    #[inline(always)]
    pub fn is_interned(&self) -> bool {
        self.state.get() & INTERNED_MASK != 0
    }

    /// Largest character that the width can hold.
    pub fn max_char(&self) -> u32 {
        match (self.is_ascii(), self.kind()) {
            (true, _) => 0x7f,
            (_, 1) => 0xff,
            (_, 2) => 0xffff,
            _ => 0x10ffff,
        }
    }

    /// Where the characters are.
    #[inline(always)]
    pub fn data_ptr(&self) -> *mut u8 {
        let state = self.state.get();
        let base = core::ptr::from_ref(self).cast_mut();
        // SAFETY: the flags tell which of the three layouts this string has.
        unsafe {
            if state & COMPACT == 0 {
                (*base.cast::<LegacyStr>()).data.get()
            } else if state & ASCII != 0 {
                base.add(1).cast::<u8>()
            } else {
                base.cast::<CompactStr>().add(1).cast::<u8>()
            }
        }
    }

    /// The characters.
    #[inline(always)]
    pub fn chars(&self) -> Chars<'_> {
        let (data, len) = (self.data_ptr(), self.len());
        // SAFETY: `len` characters of `kind` bytes live at `data` and do not change.
        unsafe {
            match self.kind() {
                1 => Chars::Latin1(core::slice::from_raw_parts(data, len)),
                2 => Chars::Ucs2(core::slice::from_raw_parts(data.cast(), len)),
                _ => Chars::Ucs4(core::slice::from_raw_parts(data.cast(), len)),
            }
        }
    }

    /// The characters of an ASCII string as text.
    #[inline(always)]
    pub fn as_ascii(&self) -> Option<&str> {
        if !self.is_ascii() {
            return None;
        }
        // SAFETY: ASCII is UTF-8; the data has `len` bytes.
        Some(unsafe {
            core::str::from_utf8_unchecked(core::slice::from_raw_parts(self.data_ptr(), self.len()))
        })
    }

    /// As UTF-8 text, cached in the object; `None` if it holds surrogates.
    pub fn to_utf8(&self) -> Option<&str> {
        if let Some(text) = self.as_ascii() {
            return Some(text);
        }
        // SAFETY: a string that is not ASCII has the larger header.
        let compact = unsafe { &*core::ptr::from_ref(self).cast::<CompactStr>() };
        if compact.utf8.get().is_null() {
            let text: Option<String> = self.chars().iter().map(char::from_u32).collect();
            let text = text?;
            let block = alloc::malloc(text.len() + 1).cast::<u8>();
            if block.is_null() {
                return None;
            }
            // SAFETY: the block has room for the text and a zero byte.
            unsafe {
                core::ptr::copy_nonoverlapping(text.as_ptr(), block, text.len());
                block.add(text.len()).write(0);
            }
            compact.utf8_length.set(text.len() as isize);
            compact.utf8.set(block.cast());
        }
        // SAFETY: the cache holds valid UTF-8 of that length and lives as long as the object.
        Some(unsafe {
            core::str::from_utf8_unchecked(core::slice::from_raw_parts(
                compact.utf8.get().cast::<u8>(),
                compact.utf8_length.get() as usize,
            ))
        })
    }

    /// As Rust text, surrogates replaced by U+FFFD: for messages.
    pub fn to_string_lossy(&self) -> String {
        self.chars().iter().map(|c| char::from_u32(c).unwrap_or('\u{fffd}')).collect()
    }

    /// As UTF-8 with surrogates encoded as three bytes ("WTF-8").
    pub fn to_wtf8(&self) -> Vec<u8> {
        if let Some(text) = self.to_utf8() {
            return text.as_bytes().to_vec();
        }
        let mut out = Vec::with_capacity(self.len() * 3);
        for c in self.chars().iter() {
            match char::from_u32(c) {
                Some(ch) => out.extend_from_slice(ch.encode_utf8(&mut [0; 4]).as_bytes()),
                None => out.extend([
                    0xe0 | (c >> 12) as u8,
                    0x80 | (c >> 6 & 0x3f) as u8,
                    0x80 | (c & 0x3f) as u8,
                ]),
            }
        }
        out
    }

    /// The hash, computed once (keyed SipHash over the characters' bytes as CPython's; -1 is never a hash).
    #[inline(always)]
    pub fn hash(&self) -> isize {
        let cached = self.hash.get();
        if cached != -1 { cached } else { self.compute_hash() }
    }

    #[cold]
    fn compute_hash(&self) -> isize {
        // SAFETY: `len * kind` bytes of characters.
        let bytes =
            unsafe { core::slice::from_raw_parts(self.data_ptr(), self.len() * self.kind() as usize) };
        let hash = crate::hash::hash_bytes(bytes);
        self.hash.set(hash);
        hash
    }

    /// Same characters?
    #[inline]
    pub fn eq(&self, other: &Str) -> bool {
        if core::ptr::eq(self, other) {
            return true;
        }
        if self.len() != other.len() || self.kind() != other.kind() {
            return false;
        }
        let size = self.len() * self.kind() as usize;
        // SAFETY: both have that many bytes of characters.
        unsafe {
            core::slice::from_raw_parts(self.data_ptr(), size)
                == core::slice::from_raw_parts(other.data_ptr(), size)
        }
    }

    /// Bytes in memory, as `sys.getsizeof` counts them without collector header.
    pub fn size_in_memory(&self) -> usize {
        let characters = (self.len() + 1) * self.kind() as usize;
        if !self.is_compact() {
            return size_of::<LegacyStr>() + characters;
        }
        let head = if self.is_ascii() { size_of::<Str>() } else { size_of::<CompactStr>() };
        // SAFETY: a string that is not ASCII has the larger header.
        let cached = !self.is_ascii()
            && unsafe { !(*core::ptr::from_ref(self).cast::<CompactStr>()).utf8.get().is_null() };
        head + characters + if cached { self.utf8_cache_len() + 1 } else { 0 }
    }

    fn utf8_cache_len(&self) -> usize {
        // SAFETY: called for strings that are not ASCII.
        unsafe { (*core::ptr::from_ref(self).cast::<CompactStr>()).utf8_length.get() as usize }
    }

    /// Frees what the string holds outside its own block, when it dies.
    fn free_caches(&self) {
        if self.is_compact() && self.is_ascii() {
            return;
        }
        let base = core::ptr::from_ref(self);
        // SAFETY: not ASCII-compact, so the larger header is there; each block is freed once.
        unsafe {
            let compact = &*base.cast::<CompactStr>();
            let utf8 = compact.utf8.replace(core::ptr::null_mut());
            let mut data = core::ptr::null_mut();
            if !self.is_compact() {
                data = (*base.cast::<LegacyStr>()).data.replace(core::ptr::null_mut());
            }
            if utf8.cast() != data {
                alloc::free(utf8.cast());
            }
            alloc::free(data.cast());
        }
    }

    /// Gives a fresh, zeroed instance of a subclass the characters of `text`, in a block of their own.
    fn adopt_characters(&self, text: &Str) -> crate::Result<()> {
        let size = (text.len() + 1) * text.kind() as usize;
        let block = alloc::malloc(size).cast::<u8>();
        if block.is_null() {
            return Err(crate::errors::memory_error());
        }
        // SAFETY: the block has room for the characters and the final zero; `self` is an instance of a subclass, which
        // has the full layout, not yet seen by anyone.
        unsafe {
            core::ptr::copy_nonoverlapping(text.data_ptr(), block, size);
            let legacy = &*core::ptr::from_ref(self).cast::<LegacyStr>();
            legacy.data.set(block);
        }
        self.length.set(text.length.get());
        self.hash.set(text.hash.get());
        self.state.set((text.kind() << KIND_SHIFT) | (text.state.get() & ASCII));
        Ok(())
    }

    /// Equal to ASCII text?
    pub fn eq_str(&self, text: &str) -> bool {
        self.to_utf8() == Some(text)
    }
}

impl core::fmt::Display for Str {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self.to_utf8() {
            Some(text) => f.write_str(text),
            None => f.write_str(&self.to_string_lossy()),
        }
    }
}
