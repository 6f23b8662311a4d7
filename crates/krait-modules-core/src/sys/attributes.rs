//! Constants and other attributes of `sys`.

use crate::config::{self, Config};
use krait_object::module::Module;
use krait_object::namespace::Namespace;
use krait_object::structseq::StructSeq;
use krait_object::{Dict, Float, Int, List, Object, Ref, Result, Str, Tuple, codecs, id, none};

static FLOAT_INFO: StructSeq = StructSeq::new(
    c"sys.float_info",
    c"A named tuple holding information about the float type.",
    &[
        (c"max", c"maximum representable finite float"),
        (c"max_exp", c"maximum int e such that radix**(e-1) is representable"),
        (c"max_10_exp", c"maximum int e such that 10**e is representable"),
        (c"min", c"minimum positive normalized float"),
        (c"min_exp", c"minimum int e such that radix**(e-1) is a normalized float"),
        (c"min_10_exp", c"minimum int e such that 10**e is a normalized float"),
        (c"dig", c"maximum number of decimal digits that can be faithfully represented in a float"),
        (c"mant_dig", c"mantissa digits"),
        (c"epsilon", c"difference between 1 and the next representable float"),
        (c"radix", c"radix of exponent"),
        (c"rounds", c"rounding mode used for arithmetic operations"),
    ],
    11,
);
static INT_INFO: StructSeq = StructSeq::new(
    c"sys.int_info",
    c"A named tuple that holds information about Python's internal representation of integers.",
    &[
        (c"bits_per_digit", c"size of a digit in bits"),
        (c"sizeof_digit", c"size in bytes of the type used to represent a digit"),
        (c"default_max_str_digits", c"maximum string conversion digits limitation"),
        (c"str_digits_check_threshold", c"minimum positive value for int_max_str_digits"),
    ],
    4,
);
static HASH_INFO: StructSeq = StructSeq::new(
    c"sys.hash_info",
    c"A named tuple providing parameters used for computing hashes.",
    &[
        (c"width", c"width of the type used for hashing, in bits"),
        (c"modulus", c"prime number giving the modulus on which the hash function is based"),
        (c"inf", c"value to be used for hash of a positive infinity"),
        (c"nan", c"value to be used for hash of a nan"),
        (c"imag", c"multiplier used for the imaginary part of a complex number"),
        (c"algorithm", c"name of the algorithm for hashing of str, bytes and memoryviews"),
        (c"hash_bits", c"internal output size of hash algorithm"),
        (c"seed_bits", c"seed size of hash algorithm"),
        (c"cutoff", c"small string optimization cutoff"),
    ],
    9,
);
static THREAD_INFO: StructSeq = StructSeq::new(
    c"sys.thread_info",
    c"A named tuple holding information about the thread implementation.",
    &[
        (c"name", c"name of the thread implementation"),
        (c"lock", c"name of the lock implementation"),
        (c"version", c"name and version of the thread library"),
    ],
    3,
);
static VERSION_INFO: StructSeq = StructSeq::new(
    c"sys.version_info",
    c"Version information as a named tuple.",
    &[
        (c"major", c"Major release number"),
        (c"minor", c"Minor release number"),
        (c"micro", c"Patch release number"),
        (c"releaselevel", c"'alpha', 'beta', 'candidate', or 'final'"),
        (c"serial", c"Serial release number"),
    ],
    5,
)
.no_new();
static FLAGS: StructSeq = StructSeq::new(
    c"sys.flags",
    c"Flags provided through command line arguments or environment vars.",
    &[
        (c"debug", c"-d"),
        (c"inspect", c"-i"),
        (c"interactive", c"-i"),
        (c"optimize", c"-O or -OO"),
        (c"dont_write_bytecode", c"-B"),
        (c"no_user_site", c"-s"),
        (c"no_site", c"-S"),
        (c"ignore_environment", c"-E"),
        (c"verbose", c"-v"),
        (c"bytes_warning", c"-b"),
        (c"quiet", c"-q"),
        (c"hash_randomization", c"-R"),
        (c"isolated", c"-I"),
        (c"dev_mode", c"-X dev"),
        (c"utf8_mode", c"-X utf8"),
        (c"warn_default_encoding", c"-X warn_default_encoding"),
        (c"safe_path", c"-P"),
        (c"int_max_str_digits", c"-X int_max_str_digits"),
        (c"gil", c"-X gil"),
        (c"thread_inherit_context", c"-X thread_inherit_context"),
        (c"context_aware_warnings", c"-X context_aware_warnings"),
    ],
    18,
)
.no_new();
static ASYNCGEN_HOOKS: StructSeq =
    StructSeq::new(c"asyncgen_hooks", c"", &[(c"firstiter", c""), (c"finalizer", c"")], 2);
static UNRAISABLE: StructSeq = StructSeq::new(
    c"UnraisableHookArgs",
    c"Type used to pass arguments to sys.unraisablehook.",
    &[
        (c"exc_type", c"Exception type"),
        (c"exc_value", c"Exception value"),
        (c"exc_traceback", c"Exception traceback"),
        (c"err_msg", c"Error message"),
        (c"object", c"Object causing the exception"),
    ],
    5,
);

/// The value of `sys.get_asyncgen_hooks()`.
pub fn asyncgen_hooks(values: Vec<Ref<Object>>) -> Result {
    ASYNCGEN_HOOKS.make(values)
}

/// The argument of `sys.unraisablehook`.
pub fn unraisable_args(values: Vec<Ref<Object>>) -> Result {
    UNRAISABLE.make(values)
}

fn int(value: i64) -> Ref<Object> {
    Int::from_i64(value).into_object()
}

fn text(value: &str) -> Ref<Object> {
    Str::new(value).into_object()
}

/// Text from the operating system, as `os.fsdecode`.
pub fn fs_text(bytes: &[u8]) -> Ref<Object> {
    match codecs::decode_text(bytes, "utf-8", "surrogateescape") {
        Ok(text) => text.into_object(),
        Err(_) => {
            krait_object::errors::clear();
            Str::from_latin1(bytes).into_object()
        }
    }
}

fn path(value: &std::path::Path) -> Ref<Object> {
    use std::os::unix::ffi::OsStrExt;
    fs_text(value.as_os_str().as_bytes())
}

fn list(values: &[Vec<u8>]) -> Ref<Object> {
    List::from_vec(values.iter().map(|v| fs_text(v)).collect()).into_object()
}

fn flags(config: &Config) -> Result {
    let b = |value: bool| int(value.into());
    let truth = |value: bool| krait_object::object::bool_object(value).to_ref();
    FLAGS.make(vec![
        int(config.debug.into()),
        b(config.inspect),
        b(config.interactive),
        int(config.optimize.into()),
        b(config.dont_write_bytecode),
        b(config.no_user_site),
        b(config.no_site),
        b(config.ignore_environment),
        int(config.verbose.into()),
        int(config.bytes_warning.into()),
        b(config.quiet),
        b(config.hash_randomization),
        b(config.isolated),
        truth(config.dev_mode),
        int(config.utf8_mode.into()),
        b(config.warn_default_encoding),
        truth(config.safe_path),
        int(config.int_max_str_digits.into()),
        int(1),
        int(0),
        int(0),
    ])
}

fn version_info() -> Result {
    VERSION_INFO.make(vec![int(3), int(14), int(8), text("final"), int(0)])
}

const HEX_VERSION: i64 = 0x030e_08f0;

fn implementation(config: &Config) -> Result {
    let dict = Dict::new();
    dict.set_str(id!("name"), &Str::new("cpython"))?;
    dict.set_str(id!("cache_tag"), &Str::new("cpython-314"))?;
    dict.set_str(id!("version"), &*version_info()?)?;
    dict.set_str(id!("hexversion"), &Int::from_i64(HEX_VERSION))?;
    dict.set_str(id!("_multiarch"), &Str::new("x86_64-linux-gnu"))?;
    dict.set_str(id!("supports_isolated_interpreters"), krait_object::object::bool_object(true))?;
    dict.set_str(id!("_krait"), &Str::new(config.version))?;
    Ok(Namespace::from_dict(dict).into_object())
}

fn x_options(config: &Config) -> Result {
    let dict = Dict::new();
    for option in &config.x_options {
        let (name, value) = match option.iter().position(|b| *b == b'=') {
            Some(at) => (fs_text(&option[..at]), fs_text(&option[at + 1..])),
            None => (fs_text(option), krait_object::object::bool_object(true).to_ref()),
        };
        dict.set(&name, &value)?;
    }
    Ok(dict.into_object())
}

fn builtin_names(config: &Config) -> Ref<Object> {
    let mut names: Vec<&str> = config.modules.iter().map(|m| m.name()).collect();
    names.extend(["sys", "builtins"]);
    names.sort_unstable();
    names.dedup();
    Tuple::from_vec(names.into_iter().map(text).collect()).into_object()
}

fn numeric_info(module: &Module) -> Result<()> {
    let float = |v: f64| Float::new(v).into_object();
    let values = vec![
        float(f64::MAX),
        int(f64::MAX_EXP.into()),
        int(f64::MAX_10_EXP.into()),
        float(f64::MIN_POSITIVE),
        int(f64::MIN_EXP.into()),
        int(f64::MIN_10_EXP.into()),
        int(f64::DIGITS.into()),
        int(f64::MANTISSA_DIGITS.into()),
        float(f64::EPSILON),
        int(f64::RADIX.into()),
        int(1),
    ];
    module.add("float_info", &*FLOAT_INFO.make(values)?)?;
    module.add("int_info", &*INT_INFO.make(vec![int(30), int(4), int(4300), int(640)])?)?;
    let hash = vec![
        int(64),
        int(krait_object::hash::MODULUS as i64),
        int(krait_object::hash::INF as i64),
        int(0),
        int(krait_object::hash::IMAG as i64),
        text("siphash13"),
        int(64),
        int(128),
        int(0),
    ];
    module.add("hash_info", &*HASH_INFO.make(hash)?)?;
    let threads = vec![text("pthread"), text("semaphore"), text(&thread_library())];
    module.add("thread_info", &*THREAD_INFO.make(threads)?)
}

/// Name and version of the thread library, as the system tells.
fn thread_library() -> String {
    let mut buffer = [0u8; 64];
    // SAFETY: the buffer and its length.
    let len =
        unsafe { libc::confstr(libc::_CS_GNU_LIBPTHREAD_VERSION, buffer.as_mut_ptr().cast(), buffer.len()) };
    String::from_utf8_lossy(&buffer[..len.saturating_sub(1).min(63)]).into_owned()
}

/// Fills `sys` in.
pub fn fill(module: &Module) -> Result<()> {
    let config = config::get();
    numeric_info(module)?;
    module.add("flags", &*flags(config)?)?;
    module.add("version_info", &*version_info()?)?;
    module.add_int("hexversion", HEX_VERSION)?;
    module.add_int("api_version", 1013)?;
    module.add_str("version", &format!("3.14.8 ({}) [rustc]", config.version))?;
    module.add_str("copyright", "Copyright (c) 2026 The Krait developers.")?;
    module.add("implementation", &*implementation(config)?)?;
    module.add_str("platform", "linux")?;
    module.add_str("byteorder", "little")?;
    module.add_int("maxsize", i64::MAX)?;
    module.add_int("maxunicode", 0x10ffff)?;
    module.add_str("abiflags", "")?;
    module.add_str("platlibdir", "lib")?;
    module.add_str("float_repr_style", "short")?;
    module.add_str("_framework", "")?;
    module.add("_git", &Tuple::from_vec(vec![text("Krait"), text(""), text("")]))?;
    module.add("builtin_module_names", &builtin_names(config))?;
    module.add("stdlib_module_names", &*stdlib_names()?)?;
    paths(module, config)?;
    module.add("argv", &list(&config.argv))?;
    module.add("orig_argv", &list(&config.orig_argv))?;
    module.add("warnoptions", &list(&config.warn_options))?;
    module.add("_xoptions", &*x_options(config)?)?;
    let dont_write = krait_object::object::bool_object(config.dont_write_bytecode);
    module.add("dont_write_bytecode", dont_write)?;
    match &config.pycache_prefix {
        Some(prefix) => module.add("pycache_prefix", &fs_text(prefix))?,
        None => module.add("pycache_prefix", none())?,
    }
    module.add("meta_path", &List::new())?;
    module.add("path_hooks", &List::new())?;
    module.add("path_importer_cache", &Dict::new())?;
    for hook in ["excepthook", "displayhook", "unraisablehook", "breakpointhook"] {
        if let Some(function) = module.dict().get_str(&Str::new(hook)) {
            module.add(&format!("__{hook}__"), &function)?;
        }
    }
    Ok(())
}

fn paths(module: &Module, config: &Config) -> Result<()> {
    let p = &config.prefixes;
    module.add("executable", &path(&p.executable))?;
    module.add("_base_executable", &path(&p.base_executable))?;
    module.add("prefix", &path(&p.prefix))?;
    module.add("exec_prefix", &path(&p.exec_prefix))?;
    module.add("base_prefix", &path(&p.base_prefix))?;
    module.add("base_exec_prefix", &path(&p.base_exec_prefix))?;
    module.add("_stdlib_dir", &path(&p.stdlib_dir))?;
    module.add("path", &List::from_vec(p.search_path.iter().map(|x| path(x)).collect()))
}

/// Names of the standard library's modules: native ones and those in the library's folder.
fn stdlib_names() -> Result {
    let config = config::get();
    let mut names: Vec<String> = config.modules.iter().map(|m| m.name().to_owned()).collect();
    names.extend(["sys".to_owned(), "builtins".to_owned()]);
    if let Ok(entries) = std::fs::read_dir(&config.prefixes.stdlib_dir) {
        for entry in entries.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let is_dir = entry.file_type().is_ok_and(|t| t.is_dir());
            match name.strip_suffix(".py") {
                Some(stem) => names.push(stem.to_owned()),
                None if is_dir && !name.contains(['-', '.']) && !name.starts_with("__") => names.push(name),
                None => {}
            }
        }
    }
    names.retain(|n| !matches!(n.as_str(), "site-packages" | "lib-dynload" | "test"));
    let items = names.iter().map(|n| text(n)).collect();
    Ok(krait_object::set::frozenset_from(items)?.into_object())
}
