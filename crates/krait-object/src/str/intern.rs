//! Interned strings: one object per text, so that equality is identity (`PyUnicode_InternInPlace`).
//!
//! Interned strings are immortal here: identifiers of programs live as long as their code does in practice, and an
//! immortal key costs no counting.

use super::{INTERNED_MASK, Str};
use crate::reference::Ref;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hash, Hasher};
use std::sync::Mutex;

/// A table entry: hashed and compared by text.
struct Entry(&'static Str);

impl Hash for Entry {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.0.hash() as u64);
    }
}
impl PartialEq for Entry {
    fn eq(&self, other: &Entry) -> bool {
        self.0.eq(other.0)
    }
}
impl Eq for Entry {}

/// Passes an already good hash through.
#[derive(Default)]
struct Identity(u64);
impl Hasher for Identity {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, _: &[u8]) {}
    fn write_u64(&mut self, value: u64) {
        self.0 = value.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

type Table = HashMap<Entry, (), BuildHasherDefault<Identity>>;

static TABLE: Mutex<Option<Table>> = Mutex::new(None);

/// The interned string with this text; `s` itself if it is the first. Only exact strings are interned; an instance of
/// a subclass is returned as it is.
pub fn intern(s: Ref<Str>) -> Ref<Str> {
    if s.is_interned() || !s.is_compact() {
        return s;
    }
    let mut guard = TABLE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let table = guard.get_or_insert_with(Table::default);
    // SAFETY: the borrow is used for the look-up only, or becomes permanent when the string is made immortal below.
    let key = unsafe { s.leak_ref() };
    if let Some((found, ())) = table.get_key_value(&Entry(key)) {
        return Ref::from_borrowed(found.0);
    }
    if s.len() == 1 && s.kind() == 1 || s.is_empty() {
        return s;
    }
    s.make_immortal();
    s.state.set(s.state.get() & !INTERNED_MASK | 2);
    table.insert(Entry(key), ());
    s
}

/// The interned string for a text.
pub fn intern_str(text: &str) -> &'static Str {
    let s = intern(Str::new(text));
    // SAFETY: interned strings are immortal.
    unsafe { s.leak_ref() }
}

/// An interned identifier, looked up once per place: `id!("__name__")` is a `&'static Str`.
#[macro_export]
macro_rules! id {
    ($text:expr) => {{
        static CACHE: $crate::str::intern::Cached = $crate::str::intern::Cached::new();
        CACHE.get($text)
    }};
}

/// The memory of one [`id!`](crate::id).
pub struct Cached(core::sync::atomic::AtomicPtr<Str>);

impl Cached {
    /// Not yet looked up.
    pub const fn new() -> Cached {
        Cached(core::sync::atomic::AtomicPtr::new(core::ptr::null_mut()))
    }

    /// The string.
    #[inline(always)]
    pub fn get(&self, text: &'static str) -> &'static Str {
        let ptr = self.0.load(core::sync::atomic::Ordering::Relaxed);
        // SAFETY: null or an interned, hence immortal, string.
        match unsafe { ptr.as_ref() } {
            Some(found) => found,
            None => self.fill(text),
        }
    }

    #[cold]
    fn fill(&self, text: &'static str) -> &'static Str {
        let found = intern_str(text);
        self.0.store(core::ptr::from_ref(found).cast_mut(), core::sync::atomic::Ordering::Relaxed);
        found
    }
}

impl Default for Cached {
    fn default() -> Self {
        Cached::new()
    }
}
