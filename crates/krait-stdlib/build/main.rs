//! Packs the standard library: the sources of the crate that carries CPython's `Lib`, corrected where they were edited
//! for another interpreter, and the files that a build of CPython generates.

#[path = "../src/archive.rs"]
mod archive;
mod opcodes;
mod patch;
mod sysconfig;

use archive::{Entry, Kind};
use std::fs;
use std::path::Path;

/// Files that CPython 3.14 does not have, or that are of no use on Linux.
const LEFT_OUT: &[&str] = &[
    "README.md",
    "_dummy_os.py",
    "_dummy_thread.py",
    "_pycodecs.py",
    "dummy_threading.py",
    "_opcode_metadata.py",
    "ctypes/macholib/README.ctypes",
    "ctypes/macholib/fetch_macholib",
    "ctypes/macholib/fetch_macholib.bat",
];

/// Folders of Tk programs, which need a display library that is not linked, and of other systems' scripts.
const FOLDERS_LEFT_OUT: &[&str] =
    &["idlelib/", "tkinter/", "turtledemo/", "venv/scripts/nt/", "__pycache__/"];

fn main() {
    println!("cargo:rerun-if-changed=build");
    println!("cargo:rerun-if-changed=overlay");
    println!("cargo:rerun-if-changed=src/archive.rs");
    let overlay = Path::new(env!("CARGO_MANIFEST_DIR")).join("overlay");
    let read = |name: &str| fs::read_to_string(overlay.join(name)).unwrap_or_else(|e| panic!("{name}: {e}"));

    let mut entries = library(Path::new(rustpython_pylib::LIB_PATH));
    for patch in patch::parse(&read("corrections.txt")) {
        let path = format!("lib/python3.14/{}", patch.path);
        let entry =
            entries.iter_mut().find(|e| e.path == path).unwrap_or_else(|| panic!("{path} is missing"));
        let text = String::from_utf8_lossy(&entry.data);
        entry.data = patch.apply(&text).into_bytes();
    }
    entries.push(file("_opcode_metadata.py", opcodes::module().into_bytes()));
    entries.extend(sysconfig::files(&read("sysconfig.txt"), &read("build-details.json")));
    entries.push(file("site-packages/README.txt", b"Third-party packages are installed here.\n".to_vec()));
    let dynload = "lib/python3.14/lib-dynload".to_owned();
    entries.push(Entry { path: dynload, kind: Kind::Folder, data: Vec::new() });
    entries.sort_by(|a, b| a.path.cmp(&b.path));

    let archive = archive::pack(&entries);
    let out = Path::new(&std::env::var_os("OUT_DIR").expect("cargo sets OUT_DIR")).to_owned();
    fs::write(out.join("library.bin"), &archive).expect("OUT_DIR is writable");
    println!("cargo:rustc-env=KRAIT_STDLIB_HASH={}", &archive::content_hash(&archive)[..16]);
}

fn file(path: &str, data: Vec<u8>) -> Entry {
    Entry { path: format!("lib/python3.14/{path}"), kind: Kind::File, data }
}

/// All files of the library that belong to CPython on Linux.
fn library(root: &Path) -> Vec<Entry> {
    let mut entries = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        let listing = fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
        for item in listing.flatten() {
            let path = item.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.strip_prefix(root).expect("is below the root").to_string_lossy().into_owned();
            if LEFT_OUT.contains(&name.as_str()) || FOLDERS_LEFT_OUT.iter().any(|f| name.contains(f)) {
                continue;
            }
            let data = fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
            entries.push(if name == "PSF-LICENSE" { file("LICENSE.txt", data) } else { file(&name, data) });
        }
    }
    entries
}
