//! The interpreter: everything that subinterpreters must not share. CPython: `PyInterpreterState`.

use crate::gil::Gil;
use crate::reference::Slot;
use crate::{Dict, List};
use core::cell::{Cell, RefCell};
use core::sync::atomic::{AtomicPtr, Ordering};

/// An interpreter. Lives in leaked memory for the life of the process.
pub struct Interpreter {
    pub id: i64,
    gil: AtomicPtr<Gil>,
    /// `sys.getrecursionlimit()`.
    pub recursion_limit: Cell<i32>,
    /// `sys.get_int_max_str_digits()`.
    pub int_max_str_digits: Cell<i32>,
    /// `sys.modules`.
    pub modules: Slot<Dict>,
    /// `sys.__dict__`.
    pub sysdict: Slot<Dict>,
    /// `builtins.__dict__`.
    pub builtins: Slot<Dict>,
    /// The `importlib._bootstrap` module.
    pub importlib: Slot,
    pub import_func: Slot,
    /// Codec registry: search functions, cache, error handlers.
    pub codec_search_path: Slot<List>,
    pub codec_search_cache: Slot<Dict>,
    pub codec_error_registry: Slot<Dict>,
    /// Callbacks of `atexit`: tuples of function, positional and keyword arguments.
    pub atexit_callbacks: Slot<List>,
    /// The cycle collector.
    pub gc: crate::gc::GcState,
    /// All thread states of the interpreter.
    pub threads: RefCell<Vec<*const crate::thread::ThreadState>>,
    pub next_thread_id: Cell<u64>,
    /// `sys.flags` and the like that object code asks for often.
    pub bytes_warning: Cell<i32>,
    pub optimize: Cell<i32>,
    pub dev_mode: Cell<bool>,
    pub warn_default_encoding: Cell<bool>,
    pub finalizing: Cell<bool>,
    /// Hooks of `sys.addaudithook`.
    pub audit_hooks: Slot<List>,
    /// Functions that upper layers give to this crate.
    pub hooks: Hooks,
    /// `_PyInterpreterState` extras by upper layers (the VM keeps its own state here).
    pub vm_state: Cell<*mut core::ffi::c_void>,
    pub func_version_next: Cell<u32>,
    pub type_version_next: Cell<u32>,
    /// Look-up cache, version tags and watchers of types.
    pub types: crate::typeobj::lookup::TypeState,
}

// SAFETY: the interpreter is touched only by threads that hold its GIL; `gil` itself is atomic.
unsafe impl Sync for Interpreter {}
// SAFETY: as above.
unsafe impl Send for Interpreter {}

/// What object code needs from the VM above it.
#[derive(Default)]
pub struct Hooks {
    /// `warnings.warn_explicit`: category, message, file name, line.
    pub warn_explicit: Cell<Option<fn(&crate::TypeObject, &str, &str, i32) -> crate::Result<()>>>,
    /// Adds the current frame to an exception's traceback, warnings, imports: set by the VM at start.
    pub import_module: Cell<Option<fn(&str) -> crate::Result>>,
    /// `warnings.warn_explicit`-like: category, message, stack level.
    pub warn: Cell<Option<fn(&crate::TypeObject, &str, isize) -> crate::Result<()>>>,
    /// Unraisable exceptions: takes the current exception.
    pub write_unraisable: Cell<Option<fn(&str, Option<&crate::Object>)>>,
    /// Globals of the current frame, builtins of the current frame.
    pub current_globals: Cell<Option<fn() -> Option<crate::Ref<Dict>>>>,
    /// `super()` without arguments: (type, self) from the current frame.
    pub super_context: Cell<Option<fn() -> crate::Result<(crate::Ref, crate::Ref)>>>,
    /// Runs pending signal handlers (`PyErr_CheckSignals`).
    pub check_signals: Cell<Option<fn() -> crate::Result<()>>>,
    /// The text of the AttributeError for a module whose spec says that it shadows another or is half initialised.
    pub module_attribute_hint: Cell<Option<fn(&crate::Object, &crate::Str, &crate::Str) -> Option<String>>>,
    /// Is it a `TypeAliasType` or another type expression of the typing module (for `a | b`)?
    pub is_type_alias: Cell<Option<fn(&crate::Object) -> bool>>,
    /// `sys.audit`.
    pub audit: Cell<Option<fn(&str, &[&crate::Object]) -> crate::Result<()>>>,
}

impl Interpreter {
    /// A new interpreter in memory that is never freed.
    pub fn leak_new(id: i64) -> &'static Interpreter {
        let interp: &'static Interpreter = Box::leak(Box::new(Interpreter {
            id,
            gil: AtomicPtr::new(Box::leak(Box::new(Gil::new()))),
            recursion_limit: Cell::new(1000),
            int_max_str_digits: Cell::new(4300),
            modules: Slot::empty(),
            sysdict: Slot::empty(),
            builtins: Slot::empty(),
            importlib: Slot::empty(),
            import_func: Slot::empty(),
            codec_search_path: Slot::empty(),
            codec_search_cache: Slot::empty(),
            codec_error_registry: Slot::empty(),
            atexit_callbacks: Slot::empty(),
            gc: crate::gc::GcState::new(),
            threads: RefCell::default(),
            next_thread_id: Cell::new(1),
            bytes_warning: Cell::new(0),
            optimize: Cell::new(0),
            dev_mode: Cell::new(false),
            warn_default_encoding: Cell::new(false),
            finalizing: Cell::new(false),
            audit_hooks: Slot::empty(),
            hooks: Hooks::default(),
            vm_state: Cell::new(core::ptr::null_mut()),
            func_version_next: Cell::new(1),
            type_version_next: Cell::new(1),
            types: Default::default(),
        }));
        interp.gc.init();
        interp
    }

    /// The interpreter's lock.
    pub fn gil(&self) -> &'static Gil {
        // SAFETY: GILs are leaked and never null.
        unsafe { &*self.gil.load(Ordering::Acquire) }
    }

    pub(crate) fn replace_gil(&self, interval: u64) {
        let gil = Box::leak(Box::new(Gil::new()));
        gil.set_interval(interval);
        self.gil.store(gil, Ordering::Release);
    }
}

/// The current thread's interpreter.
#[inline(always)]
pub fn current() -> &'static Interpreter {
    crate::thread::current().interp
}
