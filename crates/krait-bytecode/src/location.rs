//! The location table of a code object (`co_linetable`): which source range each instruction comes from.
//!
//! An entry covers one to eight code units. Its first byte has the top bit set, a form in the next four bits and the
//! length less one in the last three; the form says how line and columns follow. Lines are deltas to the entry before.
//! The writer chooses the shortest form exactly as CPython's `Python/assemble.c`; the readers accept any bytes.

/// A source range as the table holds it; `None` is unknown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Position {
    pub line: Option<i32>,
    pub end_line: Option<i32>,
    pub column: Option<i32>,
    pub end_column: Option<i32>,
}

const FORM_ONE_LINE: u8 = 10;
const FORM_NO_COLUMNS: u8 = 13;
const FORM_LONG: u8 = 14;
const FORM_NONE: u8 = 15;
const MAX_UNITS: usize = 8;

/// Writes a location table.
#[derive(Debug)]
pub struct Writer {
    bytes: Vec<u8>,
    line: i32,
}

impl Writer {
    pub fn new(firstlineno: i32) -> Writer {
        Writer { bytes: Vec::new(), line: firstlineno }
    }

    pub fn finish(self) -> Vec<u8> {
        self.bytes
    }

    /// Appends `units` code units without a location.
    pub fn none(&mut self, units: usize) {
        self.in_parts(units, |w, units| w.first(FORM_NONE, units));
    }

    /// Appends `units` code units of one location. Negative columns or end line are unknown.
    pub fn add(&mut self, units: usize, line: i32, end_line: i32, column: i32, end_column: i32) {
        self.in_parts(units, |w, units| w.entry(units, line, end_line, column, end_column));
    }

    fn in_parts(&mut self, mut units: usize, mut write: impl FnMut(&mut Writer, usize)) {
        while units > MAX_UNITS {
            write(self, MAX_UNITS);
            units -= MAX_UNITS;
        }
        if units > 0 {
            write(self, units);
        }
    }

    fn entry(&mut self, units: usize, line: i32, end_line: i32, column: i32, end_column: i32) {
        let delta = line.wrapping_sub(self.line);
        if column < 0 || end_column < 0 {
            if end_line == line || end_line < 0 {
                self.first(FORM_NO_COLUMNS, units);
                self.signed(delta);
                self.line = line;
                return;
            }
        } else if end_line == line {
            if delta == 0 && column < 80 && end_column >= column && end_column - column < 16 {
                self.first((column >> 3) as u8, units);
                self.bytes.push((column as u8 & 7) << 4 | (end_column - column) as u8);
                return;
            }
            if (0..3).contains(&delta) && column < 128 && end_column < 128 {
                self.first(FORM_ONE_LINE + delta as u8, units);
                self.bytes.extend([column as u8, end_column as u8]);
                self.line = line;
                return;
            }
        }
        self.first(FORM_LONG, units);
        self.signed(delta);
        self.unsigned(end_line.wrapping_sub(line) as u32);
        self.unsigned(column.wrapping_add(1) as u32);
        self.unsigned(end_column.wrapping_add(1) as u32);
        self.line = line;
    }

    fn first(&mut self, form: u8, units: usize) {
        self.bytes.push(0x80 | form << 3 | (units as u8 - 1));
    }

    fn unsigned(&mut self, mut value: u32) {
        while value >= 64 {
            self.bytes.push(0x40 | (value & 63) as u8);
            value >>= 6;
        }
        self.bytes.push(value as u8);
    }

    fn signed(&mut self, value: i32) {
        self.unsigned(value.unsigned_abs() << 1 | u32::from(value < 0));
    }
}

/// One entry of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// First code unit and the one behind the last.
    pub start: usize,
    pub end: usize,
    pub position: Position,
}

/// Reads the entries of a table. Bad bytes end it or give odd positions, never a panic.
#[derive(Clone, Debug)]
pub struct Entries<'a> {
    bytes: &'a [u8],
    line: i32,
    unit: usize,
}

impl<'a> Entries<'a> {
    pub fn new(table: &'a [u8], firstlineno: i32) -> Entries<'a> {
        Entries { bytes: table, line: firstlineno, unit: 0 }
    }

    fn byte(&mut self) -> u8 {
        match self.bytes.split_first() {
            Some((first, rest)) => {
                self.bytes = rest;
                *first
            }
            None => 0,
        }
    }

    fn unsigned(&mut self) -> u32 {
        let mut value = 0u32;
        let mut shift = 0;
        loop {
            let byte = self.byte();
            value |= u32::from(byte & 63).checked_shl(shift).unwrap_or(0);
            shift += 6;
            if byte & 0x40 == 0 {
                return value;
            }
        }
    }

    fn signed(&mut self) -> i32 {
        let value = self.unsigned();
        let size = (value >> 1) as i32;
        if value & 1 == 1 { size.wrapping_neg() } else { size }
    }

    fn position(&mut self, form: u8) -> Position {
        let unless_zero = |n: u32| (n != 0).then(|| (n - 1) as i32);
        let (line, end_line, column, end_column);
        match form {
            FORM_NONE => return Position::default(),
            FORM_LONG => {
                self.line = self.line.wrapping_add(self.signed());
                line = self.line;
                end_line = line.wrapping_add(self.unsigned() as i32);
                column = unless_zero(self.unsigned());
                end_column = unless_zero(self.unsigned());
            }
            FORM_NO_COLUMNS => {
                self.line = self.line.wrapping_add(self.signed());
                (line, end_line) = (self.line, self.line);
                (column, end_column) = (None, None);
            }
            FORM_ONE_LINE..FORM_NO_COLUMNS => {
                self.line = self.line.wrapping_add(i32::from(form - FORM_ONE_LINE));
                (line, end_line) = (self.line, self.line);
                column = Some(i32::from(self.byte()));
                end_column = Some(i32::from(self.byte()));
            }
            _ => {
                let second = self.byte();
                let start = i32::from(form) << 3 | i32::from(second >> 4);
                (line, end_line) = (self.line, self.line);
                (column, end_column) = (Some(start), Some(start + i32::from(second & 15)));
            }
        }
        Position { line: Some(line), end_line: Some(end_line), column, end_column }
    }
}

impl Iterator for Entries<'_> {
    type Item = Entry;

    fn next(&mut self) -> Option<Entry> {
        let (first, rest) = self.bytes.split_first()?;
        self.bytes = rest;
        let start = self.unit;
        self.unit += usize::from(first & 7) + 1;
        let position = self.position(first >> 3 & 15);
        Some(Entry { start, end: self.unit, position })
    }
}

/// The position of every code unit (`co_positions`).
pub fn positions(table: &[u8], firstlineno: i32) -> impl Iterator<Item = Position> {
    Entries::new(table, firstlineno)
        .flat_map(|entry| std::iter::repeat_n(entry.position, entry.end - entry.start))
}

/// Runs of code units on one line, as byte offsets (`co_lines`).
pub fn lines(table: &[u8], firstlineno: i32) -> impl Iterator<Item = (usize, usize, Option<i32>)> {
    let mut entries = Entries::new(table, firstlineno).peekable();
    std::iter::from_fn(move || {
        let first = entries.next()?;
        let mut end = first.end;
        while let Some(entry) = entries.next_if(|e| e.position.line == first.position.line) {
            end = entry.end;
        }
        Some((first.start * 2, end * 2, first.position.line))
    })
}

/// The position of one code unit.
pub fn position_of(table: &[u8], firstlineno: i32, unit: usize) -> Option<Position> {
    Entries::new(table, firstlineno).find(|entry| unit < entry.end).map(|entry| entry.position)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_round_trip() {
        let cases = [
            (1, 1, 0, 5),
            (1, 1, 79, 94),
            (3, 3, 100, 120),
            (2, 9, 4, 3),
            (2, 2, -1, -1),
            (400, 400, 200, 300),
        ];
        let mut writer = Writer::new(1);
        for (line, end, column, end_column) in cases {
            writer.add(11, line, end, column, end_column);
            writer.none(1);
        }
        let table = writer.finish();
        let mut read = positions(&table, 1);
        for (line, end, column, end_column) in cases {
            let known = |n: i32| (n >= 0).then_some(n);
            for _ in 0..11 {
                let p = read.next().unwrap();
                assert_eq!((p.line, p.end_line), (Some(line), Some(end)));
                assert_eq!((p.column, p.end_column), (known(column), known(end_column)));
            }
            assert_eq!(read.next(), Some(Position::default()));
        }
        assert_eq!(read.next(), None);
    }

    #[test]
    fn bytes_of_cpython() {
        // `a.b` on line 1: RESUME on line 0, the expression, the statement's end.
        let table = b"\xf0\x03\x01\x01\x01\xd8\x00\x01\x87\x03\x84\x03";
        let runs: Vec<_> = lines(table, 1).collect();
        assert_eq!(runs, [(0, 2, Some(0)), (2, 30, Some(1))]);
    }

    #[test]
    fn garbage_is_harmless() {
        for byte in 0..=255u8 {
            let _ = positions(&[byte, byte, 0x7f, byte], i32::MAX).count();
        }
    }
}
