//! Code objects that CPython marshalled are read and written again to the same bytes. `tests/marshal` holds what
//! `marshal.dumps(compile(...))` of CPython 3.14 gave; `KRAIT_MARSHAL` names a folder with more of it.

use std::path::PathBuf;
use std::rc::Rc;

use krait_bytecode::marshal::{self, Error};
use krait_bytecode::{Code, Const, exceptions, location, verify};

fn code_of(bytes: &[u8]) -> Rc<Code> {
    match marshal::loads(bytes) {
        Ok(Const::Code(code)) => code,
        other => panic!("{other:?}"),
    }
}

/// The tables are read and written again, too.
fn check_tables(code: &Code) {
    let mut writer = location::Writer::new(code.firstlineno);
    for entry in location::Entries::new(&code.linetable, code.firstlineno) {
        let p = entry.position;
        let units = entry.end - entry.start;
        match (p.line, p.end_line) {
            (Some(line), Some(end)) => {
                writer.add(units, line, end, p.column.unwrap_or(-1), p.end_column.unwrap_or(-1));
            }
            _ => writer.none(units),
        }
    }
    assert_eq!(writer.finish(), *code.linetable);
    let mut table = Vec::new();
    exceptions::Entries::new(&code.exceptiontable).for_each(|entry| exceptions::write(&mut table, &entry));
    assert_eq!(table, *code.exceptiontable);
    for value in code.consts.iter() {
        if let Const::Code(inner) = value {
            check_tables(inner);
        }
    }
}

#[test]
fn same_bytes_again() {
    let here = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/marshal"));
    let mut bad = Vec::new();
    let mut count = 0;
    for folder in std::iter::once(here).chain(std::env::var_os("KRAIT_MARSHAL").map(PathBuf::from)) {
        for file in std::fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            let bytes = std::fs::read(&path).unwrap();
            let code = code_of(&bytes);
            check_tables(&code);
            let again = marshal::dumps(&code).unwrap();
            count += 1;
            if again != bytes {
                let at = again.iter().zip(&bytes).take_while(|(a, b)| a == b).count();
                let around =
                    |b: &[u8]| b[at.saturating_sub(12)..(at + 30).min(b.len())].escape_ascii().to_string();
                bad.push(format!("{path:?} at {at}\n  {}\n  {}", around(&bytes), around(&again)));
            }
        }
    }
    let shown: Vec<String> = bad.iter().take(8).cloned().collect();
    assert!(bad.is_empty(), "{} of {count} differ (expected, got)\n{}", bad.len(), shown.join("\n"));
}

#[test]
fn bad_data() {
    let cases: [(&[u8], Error<&str>); 9] = [
        (b"", Error::Eof("EOF read where object expected")),
        (b"i\x01\0", Error::Eof("marshal data too short")),
        (b"!", Error::Value("bad marshal data (unknown type code)")),
        (b"r\0\0\0\0", Error::Value("bad marshal data (invalid reference)")),
        (b"0", Error::Type("NULL object in marshal data for object")),
        (b")\x010", Error::Type("NULL object in marshal data for tuple")),
        (b"l\x01\0\0\0\0\0", Error::Value("bad marshal data (unnormalized long data)")),
        (b"l\x01\0\0\0\xff\xff", Error::Value("bad marshal data (digit out of range in long)")),
        (b"s\xff\xff\xff\xff", Error::Value("bad marshal data (bytes object size out of range)")),
    ];
    for (bytes, error) in cases {
        assert_eq!(marshal::loads(bytes).unwrap_err(), error);
    }
    let deep = [b')', 1].repeat(1999);
    assert!(marshal::loads(&[&deep[..], b"N"].concat()).is_ok());
    let deeper = [b')', 1].repeat(2000);
    assert_eq!(
        marshal::loads(&[&deeper[..], b"N"].concat()).unwrap_err(),
        Error::Value("recursion limit exceeded")
    );
}

#[test]
fn truncated_and_mangled_files() {
    let here = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/marshal");
    let path = std::fs::read_dir(here).unwrap().next().unwrap().unwrap().path();
    let bytes = std::fs::read(path).unwrap();
    for end in 0..bytes.len().min(3000) {
        assert!(marshal::loads(&bytes[..end]).is_err());
    }
    for at in 0..bytes.len().min(3000) {
        for byte in [0, 0x29, 0x7b, 0xf2, 0xff] {
            let mut mangled = bytes.clone();
            mangled[at] = byte;
            if let Ok(Const::Code(code)) = marshal::loads(&mangled) {
                let _ = verify::verify_all(&code);
            }
        }
    }
}

#[test]
fn cpython_code_is_accepted() {
    let here = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/marshal"));
    let mut bad = Vec::new();
    for folder in std::iter::once(here).chain(std::env::var_os("KRAIT_MARSHAL").map(PathBuf::from)) {
        for file in std::fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            if let Err(refusal) = verify::verify_all(&code_of(&std::fs::read(&path).unwrap())) {
                bad.push(format!("{path:?}: {refusal}"));
            }
        }
    }
    let shown: Vec<String> = bad.iter().take(20).cloned().collect();
    assert!(bad.is_empty(), "{} refused\n{}", bad.len(), shown.join("\n"));
}
