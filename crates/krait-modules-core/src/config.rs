//! What a start of the interpreter was asked for (`PyConfig`): set once by the command before anything runs.

use krait_object::module::ModuleDef;
use krait_stdlib::Prefixes;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicI32, Ordering};

/// The configuration of the process.
pub struct Config {
    /// All native modules.
    pub modules: Vec<&'static ModuleDef>,
    pub prefixes: Prefixes,
    /// `sys.argv`
    pub argv: Vec<Vec<u8>>,
    /// `sys.orig_argv`
    pub orig_argv: Vec<Vec<u8>>,
    /// `-W` options and `PYTHONWARNINGS`
    pub warn_options: Vec<Vec<u8>>,
    /// `-X` options
    pub x_options: Vec<Vec<u8>>,
    pub debug: i32,
    pub inspect: bool,
    pub interactive: bool,
    pub optimize: i32,
    pub dont_write_bytecode: bool,
    pub no_user_site: bool,
    pub no_site: bool,
    pub ignore_environment: bool,
    pub verbose: i32,
    pub bytes_warning: i32,
    pub quiet: bool,
    pub hash_randomization: bool,
    pub isolated: bool,
    pub dev_mode: bool,
    pub utf8_mode: i32,
    pub warn_default_encoding: bool,
    pub safe_path: bool,
    pub int_max_str_digits: i32,
    pub unbuffered: bool,
    pub use_frozen_modules: bool,
    pub check_hash_pycs: String,
    /// `PYTHONPYCACHEPREFIX` or `-X pycache_prefix`
    pub pycache_prefix: Option<Vec<u8>>,
    /// `PYTHONIOENCODING`: encoding and errors
    pub io_encoding: Option<String>,
    pub io_errors: Option<String>,
    /// `krait 0.1.0, <date>`
    pub version: &'static str,
}

// SAFETY: the configuration is plain data and references to statics, never changed after `set`.
unsafe impl Sync for Config {}
// SAFETY: as above.
unsafe impl Send for Config {}

static CONFIG: OnceLock<Config> = OnceLock::new();
static FROZEN_OVERRIDE: AtomicI32 = AtomicI32::new(0);

/// Sets the configuration; a second call is ignored.
pub fn set(config: Config) {
    let _ = CONFIG.set(config);
}

/// The configuration.
pub fn get() -> &'static Config {
    CONFIG.get().expect("the configuration is set before the interpreter starts")
}

/// Tests of the import system switch frozen modules on (1), off (-1) or as configured (0).
pub fn override_frozen(value: i32) {
    FROZEN_OVERRIDE.store(value, Ordering::Relaxed);
}

/// Are frozen modules of the library used?
pub fn frozen_modules() -> bool {
    match FROZEN_OVERRIDE.load(Ordering::Relaxed) {
        0 => get().use_frozen_modules,
        value => value > 0,
    }
}
