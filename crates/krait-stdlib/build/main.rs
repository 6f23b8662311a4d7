//! Packs the standard library: the sources of the crate that carries CPython's `Lib`, corrected where they were edited
//! for another interpreter, the files that a build of CPython generates, and compiled modules.

#[path = "../src/archive.rs"]
mod archive;
mod compile;
mod frozen;
mod opcodes;
mod patch;
mod sysconfig;

use archive::{Entry, Kind};
use std::fs;
use std::path::{Path, PathBuf};

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
    let out = Path::new(&std::env::var_os("OUT_DIR").expect("cargo sets OUT_DIR")).to_owned();
    let frozen = frozen::write(&entries, &out);
    // A development build changes often: its modules are compiled when they are imported.
    let release = std::env::var("PROFILE").is_ok_and(|profile| profile == "release");
    if release {
        entries.extend(compile::pycs(&entries));
    }
    entries.sort_by(|a, b| a.path.cmp(&b.path));
    let archive = archive::pack(&entries);
    fs::write(out.join("library.bin"), &archive).expect("OUT_DIR is writable");
    println!("cargo:rustc-env=KRAIT_STDLIB_NAME={}", name(release, [&archive, &frozen]));
}

/// What the unpacked folder is called. A development build adds what its compiler was made from, so that compiled files
/// that another compiler left there are not taken for its own.
fn name(release: bool, content: [&[u8]; 2]) -> String {
    let mut all = content.concat();
    if !release {
        for part in ["krait-ast", "krait-bytecode", "krait-syntax", "krait-compiler"] {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(part).join("src");
            let mut files = files(&folder);
            files.sort();
            files.iter().filter_map(|path| fs::read(path).ok()).for_each(|data| all.extend(data));
        }
    }
    let hash = &archive::content_hash(&all)[..16];
    if release { format!("lib-{hash}") } else { format!("lib-{hash}-dev") }
}

fn file(path: &str, data: Vec<u8>) -> Entry {
    Entry { path: format!("lib/python3.14/{path}"), kind: Kind::File, data }
}

/// All files below a folder.
fn files(root: &Path) -> Vec<PathBuf> {
    let (mut files, mut folders) = (Vec::new(), vec![root.to_owned()]);
    while let Some(folder) = folders.pop() {
        let listing = fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
        for path in listing.flatten().map(|item| item.path()) {
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    files
}

/// All files of the library that belong to CPython on Linux.
fn library(root: &Path) -> Vec<Entry> {
    let mut entries = Vec::new();
    for path in files(root) {
        let name = path.strip_prefix(root).expect("is below the root").to_string_lossy().into_owned();
        if LEFT_OUT.contains(&name.as_str()) || FOLDERS_LEFT_OUT.iter().any(|f| name.contains(f)) {
            continue;
        }
        let data = fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        entries.push(if name == "PSF-LICENSE" { file("LICENSE.txt", data) } else { file(&name, data) });
    }
    entries
}
