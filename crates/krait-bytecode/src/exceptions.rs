//! The exception table of a code object (`co_exceptiontable`): which handler covers which instructions.
//!
//! An entry is four numbers in big-endian groups of six bits, the top bit marking the first byte of an entry, so that a
//! reader can start in the middle. CPython describes the format in `InternalDocs/exception_handling.md`.

/// Offsets count code units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    pub start: u32,
    /// Behind the last covered unit.
    pub end: u32,
    pub target: u32,
    /// Values left on the stack before the exception is pushed.
    pub depth: u32,
    /// Push the offset of the raising instruction, too.
    pub lasti: bool,
}

pub fn write(table: &mut Vec<u8>, entry: &Entry) {
    number(table, entry.start, 0x80);
    number(table, entry.end - entry.start, 0);
    number(table, entry.target, 0);
    number(table, entry.depth << 1 | u32::from(entry.lasti), 0);
}

fn number(table: &mut Vec<u8>, value: u32, mut mark: u8) {
    let groups = (32 - value.leading_zeros()).div_ceil(6).max(1);
    for group in (0..groups).rev() {
        let more = if group > 0 { 0x40 } else { 0 };
        table.push((value >> (6 * group)) as u8 & 0x3F | more | mark);
        mark = 0;
    }
}

/// Reads the entries; stops at bytes that are cut off.
#[derive(Clone, Debug)]
pub struct Entries<'a> {
    bytes: &'a [u8],
}

impl<'a> Entries<'a> {
    pub fn new(table: &'a [u8]) -> Entries<'a> {
        Entries { bytes: table }
    }

    fn number(&mut self) -> Option<u32> {
        let mut value = 0u32;
        loop {
            let (first, rest) = self.bytes.split_first()?;
            self.bytes = rest;
            value = value << 6 | u32::from(first & 0x3F);
            if first & 0x40 == 0 {
                return Some(value);
            }
        }
    }
}

impl Iterator for Entries<'_> {
    type Item = Entry;

    fn next(&mut self) -> Option<Entry> {
        let start = self.number()?;
        let length = self.number()?;
        let target = self.number()?;
        let depth = self.number()?;
        Some(Entry {
            start,
            end: start.saturating_add(length),
            target,
            depth: depth >> 1,
            lasti: depth & 1 == 1,
        })
    }
}

/// The handler for an exception raised in this code unit.
pub fn find(table: &[u8], unit: u32) -> Option<Entry> {
    Entries::new(table).take_while(|e| e.start <= unit).find(|e| unit < e.end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trip() {
        let entries = [
            Entry { start: 2, end: 5, target: 9, depth: 0, lasti: false },
            Entry { start: 70, end: 5000, target: 300_000, depth: 3, lasti: true },
        ];
        let mut table = Vec::new();
        entries.iter().for_each(|e| write(&mut table, e));
        assert_eq!(table[..4], [0x82, 3, 9, 0]);
        assert_eq!(Entries::new(&table).collect::<Vec<_>>(), entries);
        assert_eq!(find(&table, 71), Some(entries[1]));
        assert_eq!(find(&table, 6), None);
        assert_eq!(Entries::new(&[0x82, 0x43]).next(), None);
    }
}
