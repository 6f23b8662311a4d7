"""Writes tables.rs from the character database of a CPython 3.14: python3.14 generate.py > tables.rs."""
import sys
import unicodedata as u

BIDI = ['', 'L', 'LRE', 'LRO', 'R', 'AL', 'RLE', 'RLO', 'PDF', 'EN', 'ES', 'ET', 'AN', 'CS', 'NSM', 'BN', 'B', 'S', 'WS',
        'ON', 'LRI', 'RLI', 'FSI', 'PDI']
WIDTH = ['F', 'H', 'W', 'Na', 'A', 'N']
CATEGORY = ['Cn', 'Lu', 'Ll', 'Lt', 'Mn', 'Mc', 'Me', 'Nd', 'Nl', 'No', 'Zs', 'Zl', 'Zp', 'Cc', 'Cf', 'Cs', 'Co', 'Lm', 'Lo',
            'Pc', 'Pd', 'Ps', 'Pe', 'Pi', 'Pf', 'Po', 'Sm', 'Sc', 'Sk', 'So']

def strings(name, values):
    print(f'pub static {name}: &[&str] = &[{", ".join(chr(34) + v + chr(34) for v in values)}];')

def table(name, type_, entries):
    print(f'#[rustfmt::skip]\npub static {name}: &[{type_}] = &[')
    line = ''
    for entry in entries:
        if len(line) + len(entry) > 116:
            print('   ' + line)
            line = ''
        line += ' ' + entry + ','
    print('   ' + line + '\n];')

print('//! The character database of Unicode 16.0.0; written by `generate.py`.\n')
strings('CATEGORIES', CATEGORY)
strings('BIDI_CLASSES', BIDI)
strings('WIDTHS', WIDTH)
print('\n/// First character of a run, category, bidirectional class, combining class, width, mirrored.')
runs, last = [], None
for i in range(0x110000):
    c = chr(i)
    record = (CATEGORY.index(u.category(c)), BIDI.index(u.bidirectional(c)), u.combining(c),
              WIDTH.index(u.east_asian_width(c)), u.mirrored(c))
    if record != last:
        runs.append((i,) + record)
        last = record
table('RUNS', '(u32, u8, u8, u8, u8, u8)', [str(r).replace(', ', ',') for r in runs])
print('\n/// Character, decimal value, digit value (255 for none), numeric value.')
rows = []
for i in range(0x110000):
    n = u.numeric(chr(i), None)
    if n is not None:
        rows.append(f'({i},{u.decimal(chr(i), 255)},{u.digit(chr(i), 255)},{float(n)!r})')
table('NUMBERS', '(u32, u8, u8, f64)', rows)
print('\n/// Character and its decomposition: an optional tag, and code points in hexadecimal.')
table('DECOMPOSITIONS', '(u32, &str)', [f'({i},"{u.decomposition(chr(i))}")' for i in range(0x110000)
      if u.decomposition(chr(i)) and not 0xAC00 <= i < 0xD7A4])
print('\n/// First, second, and what they compose to.')
pairs = []
for i in range(0x110000):
    d = u.decomposition(chr(i)).split()
    if len(d) == 2 and d[0][0] != '<' and not 0xAC00 <= i < 0xD7A4:
        if u.normalize('NFC', chr(i)) == chr(i):
            pairs.append((int(d[0], 16), int(d[1], 16), i))
table('COMPOSITIONS', '(u32, u32, u32)', [str(p).replace(', ', ',') for p in sorted(pairs)])
