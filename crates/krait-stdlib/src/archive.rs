//! The form in which the standard library is embedded: one deflate stream of entries.
//!
//! An entry is: length of the path (u16), path, kind (u8), length of the data (u32), data; numbers are little-endian.
//! The build script writes it and the program reads it, both with this file.

/// The time that every unpacked file carries (2026-01-01), so that compiled files fit their sources.
pub const MTIME: u64 = 1_767_225_600;

/// What an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A file, written as it is.
    File = 0,
    /// A text in which `@PREFIX@` stands for the folder that the library is unpacked into.
    Template = 1,
    /// An empty folder.
    Folder = 2,
}

/// One entry; the path is relative to the prefix and has `/` as separator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub path: String,
    pub kind: Kind,
    pub data: Vec<u8>,
}

/// Packs entries.
#[allow(dead_code, reason = "only the build script packs")]
pub fn pack(entries: &[Entry]) -> Vec<u8> {
    let mut stream = Vec::new();
    for entry in entries {
        stream.extend((entry.path.len() as u16).to_le_bytes());
        stream.extend(entry.path.as_bytes());
        stream.push(entry.kind as u8);
        stream.extend((entry.data.len() as u32).to_le_bytes());
        stream.extend(&entry.data);
    }
    miniz_oxide::deflate::compress_to_vec(&stream, 8)
}

/// Unpacks all entries; `None` when the archive is damaged.
#[allow(dead_code, reason = "only the program unpacks")]
pub fn unpack(archive: &[u8]) -> Option<Vec<Entry>> {
    let stream = miniz_oxide::inflate::decompress_to_vec(archive).ok()?;
    let mut rest = stream.as_slice();
    let mut entries = Vec::new();
    while !rest.is_empty() {
        let path_len = u16::from_le_bytes(*take::<2>(&mut rest)?);
        let path = String::from_utf8(slice(&mut rest, path_len.into())?.to_vec()).ok()?;
        let kind = match take::<1>(&mut rest)? {
            [0] => Kind::File,
            [1] => Kind::Template,
            [2] => Kind::Folder,
            _ => return None,
        };
        let len = u32::from_le_bytes(*take::<4>(&mut rest)?);
        let data = slice(&mut rest, len as usize)?.to_vec();
        entries.push(Entry { path, kind, data });
    }
    Some(entries)
}

fn slice<'a>(rest: &mut &'a [u8], len: usize) -> Option<&'a [u8]> {
    let (head, tail) = rest.split_at_checked(len)?;
    *rest = tail;
    Some(head)
}

fn take<'a, const N: usize>(rest: &mut &'a [u8]) -> Option<&'a [u8; N]> {
    slice(rest, N)?.try_into().ok()
}

/// A 128-bit FNV-1a hash as hexadecimal text. It names content; it is no protection.
#[allow(dead_code, reason = "only the build script hashes content")]
pub fn content_hash(bytes: &[u8]) -> String {
    let mut hash = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58du128;
    for &byte in bytes {
        hash = (hash ^ u128::from(byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b);
    }
    format!("{hash:032x}")
}
