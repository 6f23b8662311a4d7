//! `repr` and `ascii` of text.

use super::Str;
use super::classify::is_printable;
use super::search::Builder;
use crate::reference::Ref;

/// The literal of a string: quotes chosen as Python does, unprintable characters escaped; with `ascii`, all beyond
/// ASCII too.
pub fn repr(s: &Str, ascii: bool) -> Ref<Str> {
    let chars = s.chars();
    let has = |c: char| chars.iter().any(|x| x == u32::from(c));
    let quote = if has('\'') && !has('"') { '"' } else { '\'' };
    let mut out = Builder::new();
    out.push_char(quote.into());
    for c in chars.iter() {
        push_escaped(&mut out, c, quote, ascii);
    }
    out.push_char(quote.into());
    out.finish()
}

fn push_escaped(out: &mut Builder, c: u32, quote: char, ascii: bool) {
    match c {
        _ if c == u32::from(quote) || c == u32::from('\\') => {
            out.push_char(u32::from('\\'));
            out.push_char(c);
        }
        9 => out.push_str("\\t"),
        10 => out.push_str("\\n"),
        13 => out.push_str("\\r"),
        0..0x20 | 0x7f => out.push_str(&format!("\\x{c:02x}")),
        0x20..0x7f => out.push_char(c),
        _ if !ascii && is_printable(c) => out.push_char(c),
        0x80..0x100 => out.push_str(&format!("\\x{c:02x}")),
        0x100..0x10000 => out.push_str(&format!("\\u{c:04x}")),
        _ => out.push_str(&format!("\\U{c:08x}")),
    }
}
