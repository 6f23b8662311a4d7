//! Compiling modules of the library: frozen ones, and `.pyc` files.

use crate::archive::{Entry, Kind, MTIME};
use krait_bytecode::marshal;
use krait_bytecode::pyc::Validation;
use krait_compiler::{CompileOptions, compile_owned};
use krait_syntax::{Mode, ParseFlags, parse_bytes};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Deep trees need room up to the limits that the parser and the compiler count.
const STACK: usize = 64 << 20;

/// The marshalled code of a module, or why there is none.
fn code(source: &[u8], filename: &str) -> Result<Vec<u8>, String> {
    let mut decode = |encoding: &str, bytes: &[u8]| match encoding {
        "iso-8859-1" => Ok(bytes.iter().map(|&byte| char::from(byte)).collect()),
        _ => Err(format!("unknown encoding: {encoding}")),
    };
    let parse =
        parse_bytes(source, Mode::Exec, ParseFlags::default(), &mut decode).map_err(|e| e.message.clone())?;
    let code = compile_owned(parse.module, &CompileOptions::new(filename), &mut |_| Ok(()))
        .map_err(|e| e.message)?;
    marshal::dumps(&code).map_err(|e| e.to_string())
}

/// Compiles sources (name shown as the file's, text) in their order, on all processors.
pub fn all(sources: &[(String, &[u8])]) -> Vec<Result<Vec<u8>, String>> {
    let (next, results) = (AtomicUsize::new(0), Mutex::new(vec![Err(String::new()); sources.len()]));
    let work = || {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some((name, source)) = sources.get(index) else { return };
            let result = code(source, name);
            results.lock().expect("no thread panics")[index] = result;
        }
    };
    std::thread::scope(|scope| {
        let count = std::thread::available_parallelism().map_or(1, usize::from);
        for _ in 0..count {
            std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work).expect("a thread starts");
        }
    });
    results.into_inner().expect("no thread panics")
}

/// The `.pyc` files of all modules that are the same wherever they are unpacked. The import system puts the real path
/// into the code objects.
pub fn pycs(entries: &[Entry]) -> Vec<Entry> {
    let is_module = |e: &&Entry| e.kind == Kind::File && e.path.ends_with(".py");
    let modules: Vec<&Entry> = entries.iter().filter(is_module).collect();
    let sources: Vec<_> = modules.iter().map(|e| (e.path.clone(), e.data.as_slice())).collect();
    let mut out = Vec::new();
    for (module, result) in modules.iter().zip(all(&sources)) {
        let Ok(code) = result else {
            println!("cargo:warning={}: {}", module.path, result.unwrap_err());
            continue;
        };
        let (folder, name) = module.path.rsplit_once('/').expect("is in the library's folder");
        let stem = name.strip_suffix(".py").expect("is a module");
        let size = module.data.len() as u32;
        let mut data = Validation::Timestamp { mtime: MTIME as u32, size }.to_header().to_vec();
        data.extend(code);
        out.push(Entry {
            path: format!("{folder}/__pycache__/{stem}.cpython-314.pyc"),
            kind: Kind::File,
            data,
        });
    }
    out
}
