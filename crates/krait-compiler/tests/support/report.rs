//! The fields of code objects as text, in the notation of `ascii()` and of hexadecimal digits. The goldens of the tests
//! hold the same text made by CPython (`tests/bless.py`).

use std::fmt::Write;

use krait_bytecode::{Code, Const, Int, Str};
use krait_compiler::pyrepr;

/// Each field of a code object, by its name in Python.
pub fn fields(code: &Code) -> Vec<(&'static str, String)> {
    let hex = |bytes: &[u8]| bytes.iter().map(|b| format!("{b:02x}")).collect::<String>();
    let names = |names: &mut dyn Iterator<Item = &Str>| tuple(names.map(ascii).collect());
    let co_names: Vec<&Str> =
        code.names.iter().filter_map(|n| if let Const::Str(s) = n { Some(&**s) } else { None }).collect();
    vec![
        ("co_code", hex(&code.code)),
        ("co_linetable", hex(&code.linetable)),
        ("co_exceptiontable", hex(&code.exceptiontable)),
        ("co_names", names(&mut co_names.into_iter())),
        ("co_varnames", names(&mut code.varnames())),
        ("co_freevars", names(&mut code.freevars())),
        ("co_cellvars", names(&mut code.cellvars())),
        ("co_flags", code.flags.to_string()),
        ("co_stacksize", code.stacksize.to_string()),
        ("co_argcount", code.argcount.to_string()),
        ("co_posonlyargcount", code.posonlyargcount.to_string()),
        ("co_kwonlyargcount", code.kwonlyargcount.to_string()),
        ("co_nlocals", code.varnames().count().to_string()),
        ("co_firstlineno", code.firstlineno.to_string()),
        ("co_name", ascii(&code.name)),
        ("co_qualname", ascii(&code.qualname)),
        ("co_consts", norm(&Const::Tuple(code.consts.clone()))),
    ]
}

/// A code object and, in the order of their constants, those inside it.
pub fn walk<'a>(code: &'a Code, all: &mut Vec<&'a Code>) {
    all.push(code);
    for value in code.consts.iter() {
        if let Const::Code(inner) = value {
            walk(inner, all);
        }
    }
}

fn tuple(items: Vec<String>) -> String {
    match &items[..] {
        [only] => format!("({only},)"),
        _ => format!("({})", items.join(", ")),
    }
}

/// `ascii()` of a string.
fn ascii(text: &Str) -> String {
    let points: Vec<u32> = text.code_points().collect();
    let has = |c: char| points.contains(&u32::from(c));
    let quote = if has('\'') && !has('"') { '"' } else { '\'' };
    let mut out = String::from(quote);
    for point in points {
        let _ = match char::from_u32(point) {
            Some('\n') => write!(out, "\\n"),
            Some('\r') => write!(out, "\\r"),
            Some('\t') => write!(out, "\\t"),
            Some('\\') => write!(out, "\\\\"),
            Some(c) if c == quote => write!(out, "\\{c}"),
            Some(c @ ' '..='~') => write!(out, "{c}"),
            _ if point < 0x100 => write!(out, "\\x{point:02x}"),
            _ if point < 0x1_0000 => write!(out, "\\u{point:04x}"),
            _ => write!(out, "\\U{point:08x}"),
        };
    }
    out.push(quote);
    out
}

fn norm(value: &Const) -> String {
    let all = |items: &[Const]| items.iter().map(norm).collect::<Vec<_>>();
    match value {
        Const::None => "NoneType:None".to_owned(),
        Const::True => "bool:True".to_owned(),
        Const::False => "bool:False".to_owned(),
        Const::Ellipsis => "ellipsis:Ellipsis".to_owned(),
        Const::Int(n) => match &**n {
            Int::Small(n) => format!("int:{n}"),
            Int::Big(n) => format!("int:{n}"),
        },
        Const::Float(n) => format!("float:{}", pyrepr::float(**n)),
        Const::Complex(c) => format!("complex:{}", pyrepr::complex(c.real, c.imag)),
        Const::Str(s) => format!("str:{}", ascii(s)),
        Const::Bytes(b) => format!("bytes:{}", pyrepr::bytes(b)),
        Const::Tuple(items) => format!("({})", all(items).join(",")),
        Const::FrozenSet(items) => {
            let mut items = all(items);
            items.sort();
            format!("fs{{{}}}", items.join(","))
        }
        Const::Slice(s) => format!("slice({},{},{})", norm(&s.start), norm(&s.stop), norm(&s.step)),
        Const::Code(_) => "<code>".to_owned(),
    }
}
