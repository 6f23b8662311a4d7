//! `scandir` and `DirEntry`.

use super::names::Stream;
use super::path::PathFdOrNone;
use super::stat::{stat_result, zeroed};
use crate::sys::{self, fs_decode};
use core::cell::Cell;
use core::mem::offset_of;
use krait_macros::pyfn;
use krait_object::dealloc::dealloc_gc;
use krait_object::defs::member;
use krait_object::errors;
use krait_object::generic_alias::CLASS_GETITEM;
use krait_object::result::{NextResult, next_result};
use krait_object::typeobj::flags;
use krait_object::{
    Bytes, Int, MemberDef, MethodDef, Object, Ref, Result, Slot, Str, TypeObject, alloc, exceptions, gc, none,
};

/// `os.DirEntry`: a name in a directory, with what is known of it.
#[repr(C)]
pub struct DirEntry {
    ob_base: Object,
    name: Slot,
    path: Slot,
    stat: Slot,
    lstat: Slot,
    kind: Cell<u8>,
    dir_fd: Cell<i32>,
    inode: Cell<u64>,
}

krait_object::object_type!(DirEntry, DIR_ENTRY);

static MEMBERS: &[MemberDef] = &[
    MemberDef::new(c"name", member::T_OBJECT_EX, offset_of!(DirEntry, name), member::READONLY)
        .doc(c"the entry's base filename, relative to scandir() \"path\" argument"),
    MemberDef::new(c"path", member::T_OBJECT_EX, offset_of!(DirEntry, path), member::READONLY)
        .doc(c"the entry's full path name; equivalent to os.path.join(scandir_path, entry.name)"),
    MemberDef::SENTINEL,
];
static METHODS: &[MethodDef] = &[
    is_dir::DEF,
    is_file::DEF,
    is_symlink::DEF,
    is_junction::DEF,
    entry_stat::DEF,
    inode::DEF,
    entry_fspath::DEF,
    CLASS_GETITEM,
    MethodDef::SENTINEL,
];

/// The type `posix.DirEntry`.
pub static DIR_ENTRY: TypeObject = TypeObject::of::<DirEntry>(c"posix.DirEntry")
    .flags(flags::HAVE_GC | flags::DISALLOW_INSTANTIATION)
    .tp_dealloc(dealloc_gc::<DirEntry>)
    .tp_traverse(traverse_entry)
    .tp_repr(entry_repr)
    .members(MEMBERS)
    .methods(METHODS);

krait_object::traverse!(traverse_entry, DirEntry, |this, v| {
    v.slot(&this.name)?;
    v.slot(&this.path)?;
    v.slot(&this.stat)?;
    v.slot(&this.lstat)?;
});

extern "C" fn entry_repr(object: &Object) -> Result {
    let name = object.expect::<DirEntry>().name.get().unwrap_or_else(|| none().to_ref());
    Ok(Str::new(&format!("<DirEntry {}>", name.repr()?)).into_object())
}

impl DirEntry {
    /// A fresh stat; `Err` in the inner result is the error number.
    fn fetch(&self, follow: bool) -> Result<core::result::Result<libc::stat, i32>> {
        let (base, dir_fd) = match self.dir_fd.get() {
            -1 => (self.path.get(), libc::AT_FDCWD),
            fd => (self.name.get(), fd),
        };
        let path = sys::fs_converter(&base.unwrap_or_else(|| none().to_ref()))?;
        let flags = if follow { 0 } else { libc::AT_SYMLINK_NOFOLLOW };
        let mut st: libc::stat = zeroed();
        // SAFETY: a C string and a structure to fill.
        let done = sys::once(|| unsafe { libc::fstatat(dir_fd, path.as_ptr(), &mut st, flags) });
        Ok(done.map(|_| st))
    }

    fn raise(&self, number: i32) -> krait_object::Raised {
        exceptions::raise_errno(number, self.path.get().as_deref())
    }

    fn is_link(&self) -> Result<bool> {
        if self.kind.get() != libc::DT_UNKNOWN {
            return Ok(self.kind.get() == libc::DT_LNK);
        }
        self.has_mode(false, libc::S_IFLNK)
    }

    fn result(&self, follow: bool) -> Result {
        let follow = follow && self.is_link()?;
        let slot = if follow { &self.stat } else { &self.lstat };
        if let Some(found) = slot.get() {
            return Ok(found);
        }
        let st = self.fetch(follow)?.map_err(|number| self.raise(number))?;
        let made = stat_result(&st)?;
        slot.set(Some(made.clone()));
        Ok(made)
    }

    fn has_mode(&self, follow: bool, mode: libc::mode_t) -> Result<bool> {
        let result = match self.result(follow) {
            Ok(result) => result,
            Err(raised) => {
                errors::clear_if(raised, &exceptions::PyExc_FileNotFoundError)?;
                return Ok(false);
            }
        };
        let found = result.get_attr(krait_object::id!("st_mode"))?;
        Ok(sys::c_long(&found)? as libc::mode_t & libc::S_IFMT == mode)
    }

    fn is_kind(&self, follow: bool, kind: u8, mode: libc::mode_t) -> Result<bool> {
        let known = self.kind.get();
        if known == libc::DT_UNKNOWN || (follow && known == libc::DT_LNK) {
            return self.has_mode(follow, mode);
        }
        Ok(known == kind)
    }
}

/// Return True if the entry is a directory; cached per entry.
#[pyfn("is_dir($self, /, *, follow_symlinks=True)")]
fn is_dir(entry: &DirEntry, follow_symlinks: bool) -> Result<bool> {
    entry.is_kind(follow_symlinks, libc::DT_DIR, libc::S_IFDIR)
}

/// Return True if the entry is a file; cached per entry.
#[pyfn("is_file($self, /, *, follow_symlinks=True)")]
fn is_file(entry: &DirEntry, follow_symlinks: bool) -> Result<bool> {
    entry.is_kind(follow_symlinks, libc::DT_REG, libc::S_IFREG)
}

/// Return True if the entry is a symbolic link; cached per entry.
#[pyfn("is_symlink($self, /)")]
fn is_symlink(entry: &DirEntry) -> Result<bool> {
    entry.is_link()
}

/// Return True if the entry is a junction; cached per entry.
#[pyfn("is_junction($self, /)")]
fn is_junction(entry: &DirEntry) -> bool {
    let _ = entry;
    false
}

/// Return stat_result object for the entry; cached per entry.
#[pyfn("stat($self, /, *, follow_symlinks=True)")]
fn entry_stat(entry: &DirEntry, follow_symlinks: bool) -> Result {
    entry.result(follow_symlinks)
}

/// Return inode of the entry; cached per entry.
#[pyfn("inode($self, /)")]
fn inode(entry: &DirEntry) -> Ref<Int> {
    Int::from_u64(entry.inode.get())
}

/// Returns the path for the entry.
#[pyfn("__fspath__($self, /)")]
fn entry_fspath(entry: &DirEntry) -> Result {
    Ok(entry.path.get().unwrap_or_else(|| none().to_ref()))
}

/// The iterator of `scandir`; owns the stream until it is used up or closed.
#[repr(C)]
pub struct ScandirIterator {
    ob_base: Object,
    path: Slot,
    fd: Cell<i32>,
    as_bytes: Cell<bool>,
    stream: Cell<*mut Stream>,
}

krait_object::object_type!(ScandirIterator, SCANDIR_ITERATOR);

static ITERATOR_METHODS: &[MethodDef] = &[enter::DEF, exit::DEF, close::DEF, MethodDef::SENTINEL];

/// The type `posix.ScandirIterator`.
pub static SCANDIR_ITERATOR: TypeObject = TypeObject::of::<ScandirIterator>(c"posix.ScandirIterator")
    .flags(flags::HAVE_GC | flags::DISALLOW_INSTANTIATION)
    .tp_dealloc(iterator_dealloc)
    .tp_traverse(traverse_iterator)
    .tp_finalize(iterator_finalize)
    .tp_iter(iter_self)
    .tp_iternext(iterator_next)
    .methods(ITERATOR_METHODS);

krait_object::traverse!(traverse_iterator, ScandirIterator, |this, v| {
    v.slot(&this.path)?;
});

extern "C" fn iter_self(object: &Object) -> Result {
    Ok(object.to_ref())
}

impl ScandirIterator {
    fn take_stream(&self) -> Option<Box<Stream>> {
        let stream = self.stream.replace(core::ptr::null_mut());
        // SAFETY: the pointer came from a box and was taken out, so that it is owned once.
        (!stream.is_null()).then(|| unsafe { Box::from_raw(stream) })
    }

    fn next_entry(&self) -> Result<Option<Ref<Object>>> {
        // The stream is out of the object while the GIL is released.
        let Some(mut stream) = self.take_stream() else { return Ok(None) };
        let path = self.path.get();
        let found = stream.next();
        let Some(entry) = found.map_err(|number| exceptions::raise_errno(number, path.as_deref()))? else {
            return Ok(None);
        };
        let replaced = self.stream.replace(Box::into_raw(stream));
        debug_assert!(replaced.is_null());
        let object = alloc::alloc_instance(&DIR_ENTRY, 0)?;
        let this = object.expect::<DirEntry>();
        this.kind.set(entry.kind);
        this.inode.set(entry.inode);
        this.dir_fd.set(self.fd.get());
        let mut full = Vec::new();
        if self.fd.get() == -1 {
            full = match &path {
                Some(path) if !path.is_none() => sys::fs_converter(path)?.into_bytes(),
                _ => b".".to_vec(),
            };
            if full.last().is_some_and(|&b| b != b'/') {
                full.push(b'/');
            }
        }
        full.extend_from_slice(&entry.name);
        this.name.set(Some(self.text(&entry.name)?));
        this.path.set(Some(self.text(&full)?));
        gc::track(&object);
        Ok(Some(object))
    }

    fn text(&self, bytes: &[u8]) -> Result {
        if self.as_bytes.get() {
            Ok(Bytes::new(bytes).into_object())
        } else {
            Ok(fs_decode(bytes)?.into_object())
        }
    }
}

extern "C" fn iterator_next(object: &Object) -> NextResult {
    next_result(object.expect::<ScandirIterator>().next_entry())
}

extern "C" fn iterator_finalize(object: &Object) {
    let this = object.expect::<ScandirIterator>();
    let Some(stream) = this.take_stream() else { return };
    drop(stream);
    let saved = errors::take();
    let text = match object.repr() {
        Ok(text) => format!("unclosed scandir iterator {text}"),
        Err(_) => "unclosed scandir iterator".to_string(),
    };
    if errors::warn(&exceptions::PyExc_ResourceWarning, text, 1).is_err() {
        errors::write_unraisable("Exception ignored while finalizing scandir iterator", Some(object));
    }
    if let Some(saved) = saved {
        errors::restore(saved);
    }
}

unsafe extern "C" fn iterator_dealloc(object: *mut Object) {
    // SAFETY: a dead instance; its finaliser may bring it back, and then it is left alone.
    unsafe {
        if krait_object::dealloc::call_finalizer(object) {
            return;
        }
        dealloc_gc::<ScandirIterator>(object);
    }
}

#[pyfn("__enter__($self, /)", nosig)]
fn enter(this: &ScandirIterator) -> Result {
    Ok(Object::to_ref(this))
}

#[pyfn("__exit__($self, *args)", nosig)]
fn exit(this: &ScandirIterator, args: krait_object::args::Args<'_>) {
    let _ = args;
    drop(this.take_stream());
}

#[pyfn("close($self, /)", nosig)]
fn close(this: &ScandirIterator) {
    drop(this.take_stream());
}

/// Return an iterator of DirEntry objects for given path.
#[pyfn("scandir(path=None)")]
pub fn scandir(path: PathFdOrNone) -> Result {
    let stream = Stream::open(&path)?;
    let object = alloc::alloc_instance(&SCANDIR_ITERATOR, 0)?;
    let this = object.expect::<ScandirIterator>();
    this.path.set(Some(path.object.clone()));
    this.fd.set(path.fd.unwrap_or(-1));
    this.as_bytes.set(path.is_bytes);
    this.stream.set(Box::into_raw(Box::new(stream)));
    gc::track(&object);
    Ok(object)
}
