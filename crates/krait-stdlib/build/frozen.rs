//! The modules that are there before any file can be read (CPython: `Python/frozen.c`).

use crate::archive::Entry;
use crate::compile;
use std::fmt::Write;
use std::fs;
use std::path::Path;

/// A name in the table, the module whose code it has, and whether it is a package.
type Row = (&'static str, &'static str, bool);

/// Needed to set up the import system; these are always used.
const BOOTSTRAP: &[Row] = &[
    ("_frozen_importlib", "importlib._bootstrap", false),
    ("_frozen_importlib_external", "importlib._bootstrap_external", false),
    ("zipimport", "zipimport", false),
];

/// Imported by every start; `-X frozen_modules=off` turns them off.
const LIBRARY: &[Row] = &[
    ("abc", "abc", false),
    ("codecs", "codecs", false),
    ("io", "io", false),
    ("_collections_abc", "_collections_abc", false),
    ("_sitebuiltins", "_sitebuiltins", false),
    ("genericpath", "genericpath", false),
    ("ntpath", "ntpath", false),
    ("posixpath", "posixpath", false),
    ("os", "os", false),
    ("site", "site", false),
    ("stat", "stat", false),
    ("importlib.util", "importlib.util", false),
    ("importlib.machinery", "importlib.machinery", false),
    ("runpy", "runpy", false),
];

/// For tests of the import system. A name that begins with `<` is a package's `__init__` under a name of its own.
const TEST: &[Row] = &[
    ("__hello__", "__hello__", false),
    ("__hello_alias__", "__hello__", false),
    ("__phello_alias__", "__hello__", true),
    ("__phello_alias__.spam", "__hello__", false),
    ("__phello__", "__phello__", true),
    ("__phello__.__init__", "<__phello__", false),
    ("__phello__.ham", "__phello__.ham", true),
    ("__phello__.ham.__init__", "<__phello__.ham", false),
    ("__phello__.ham.eggs", "__phello__.ham.eggs", false),
    ("__phello__.spam", "__phello__.spam", false),
    ("__hello_only__", "", false),
];

const HELLO_ONLY: &[u8] = b"initialized = True\nprint(\"Hello world!\")\n";

/// Writes the code of each module into `out` and the table as `frozen.rs`; gives back all code, for the content hash.
pub fn write(entries: &[Entry], out: &Path) -> Vec<u8> {
    let mut modules: Vec<&str> = Vec::new();
    for (_, origin, _) in BOOTSTRAP.iter().chain(LIBRARY).chain(TEST) {
        let origin = origin.trim_start_matches('<');
        if !modules.contains(&origin) {
            modules.push(origin);
        }
    }
    let sources: Vec<_> = modules.iter().map(|module| (filename(module), source(entries, module))).collect();
    let mut everything = Vec::new();
    for (module, result) in modules.iter().zip(compile::all(&sources)) {
        let code = result.unwrap_or_else(|e| panic!("{module} does not compile: {e}"));
        fs::write(out.join(file(module)), &code).expect("OUT_DIR is writable");
        everything.extend(code);
    }
    let mut table = String::new();
    for (group, rows) in [("Bootstrap", BOOTSTRAP), ("Library", LIBRARY), ("Test", TEST)] {
        for (name, origin, package) in rows {
            let file = file(origin.trim_start_matches('<'));
            let origin = if origin.is_empty() { "None".to_owned() } else { format!("Some({origin:?})") };
            writeln!(
                table,
                "Frozen {{ name: {name:?}, origin: {origin}, package: {package}, group: FrozenGroup::{group}, \
                 code: include_bytes!(concat!(env!(\"OUT_DIR\"), \"/{file}\")) }},"
            )
            .expect("a string takes text");
        }
    }
    fs::write(out.join("frozen.rs"), format!("&[\n{table}]\n")).expect("OUT_DIR is writable");
    everything
}

fn filename(module: &str) -> String {
    format!("<frozen {}>", if module.is_empty() { "__hello_only__" } else { module })
}

fn file(module: &str) -> String {
    format!("frozen-{}.marshal", if module.is_empty() { "__hello_only__" } else { module })
}

fn source<'a>(entries: &'a [Entry], module: &str) -> &'a [u8] {
    if module.is_empty() {
        return HELLO_ONLY;
    }
    let path = format!("lib/python3.14/{}", module.replace('.', "/"));
    let names = [format!("{path}.py"), format!("{path}/__init__.py")];
    let found = entries.iter().find(|e| names.contains(&e.path));
    &found.unwrap_or_else(|| panic!("{module} is not in the library")).data
}
