//! Values of literals, and what CPython says about those that have none.

use krait_ast::constant::{Constant, Int, Text};
use krait_syntax::literals::{StringValue, character_by_name, decode_string, parse_number};

fn text(token: &str) -> String {
    match decode_string(token) {
        Ok((StringValue::Text(text), warning)) => {
            let points: Vec<u32> = text.code_points().collect();
            format!("{points:x?} {}", warning.map_or(String::new(), |warning| warning.offset.to_string()))
        }
        Ok((StringValue::Bytes(bytes), _)) => format!("b{bytes:x?}"),
        Err(message) => message,
    }
}

#[test]
fn escapes() {
    assert_eq!(text(r"'\n\x41\u00e9\U0001F600\101\0'"), "[a, 41, e9, 1f600, 41, 0] ");
    assert_eq!(text("'a\\\nb'"), "[61, 62] ");
    assert_eq!(text(r"'\ud800\N{BULLET}\N{line feed}'"), "[d800, 2022, a] ");
    assert_eq!(text(r"rb'\n'"), "b[5c, 6e]");
    assert_eq!(text(r"b'\x41\400'"), "b[41, 0]");
    assert_eq!(text(r"'a\d'"), "[61, 5c, 64] 2");
    assert_eq!(text(r"r'\d'"), "[5c, 64] ");
}

#[test]
fn wrong_escapes() {
    let unicode = |rest: &str| format!("(unicode error) 'unicodeescape' codec can't decode bytes in {rest}");
    assert_eq!(text(r"'\N{foo}'"), unicode("position 0-6: unknown Unicode character name"));
    assert_eq!(text(r"'\x1'"), unicode("position 0-2: truncated \\xXX escape"));
    assert_eq!(text(r"'é\u12'"), unicode("position 10-13: truncated \\uXXXX escape"));
    assert_eq!(text(r"'\U00110000'"), unicode("position 0-9: illegal Unicode character"));
    assert_eq!(text(r"b'\x1'"), "(value error) invalid \\x escape at position 0");
    assert_eq!(text("b'é'"), "bytes can only contain ASCII literal characters");
}

#[test]
fn numbers() {
    assert_eq!(parse_number("1_000", 4300), Ok(Constant::Int(Int::Small(1000))));
    assert_eq!(parse_number("0XfF", 4300), Ok(Constant::Int(Int::Small(255))));
    assert_eq!(parse_number("1.", 4300), Ok(Constant::Float(1.0)));
    assert_eq!(parse_number("1e400", 4300), Ok(Constant::Float(f64::INFINITY)));
    assert_eq!(parse_number("2J", 4300), Ok(Constant::Complex { real: 0.0, imag: 2.0 }));
    assert!(parse_number(&"9".repeat(4300), 4300).is_ok());
    assert_eq!(
        parse_number(&"9".repeat(4301), 4300),
        Err("Exceeds the limit (4300 digits) for integer string conversion: value has 4301 digits; use \
             sys.set_int_max_str_digits() to increase the limit - Consider hexadecimal for huge integer literals \
             to avoid decimal conversion limits."
            .into())
    );
}

#[test]
fn names() {
    assert_eq!(character_by_name("latin small letter a"), Some('a'));
    assert_eq!(character_by_name("LATIN SMALL LETTER  A"), None);
    assert_eq!(character_by_name("LATIN_SMALL_LETTER_A"), None);
    assert_eq!(character_by_name("TANGUT IDEOGRAPH-17000"), Some('\u{17000}'));
    assert_eq!(character_by_name("CJK UNIFIED IDEOGRAPH-4e00"), Some('\u{4e00}'));
    assert_eq!(decode_string("''"), Ok((StringValue::Text(Text::from("")), None)));
}
