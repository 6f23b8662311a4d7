//! Reads STRING and NUMBER tokens separated by NUL bytes and prints the value of each on a line: for comparison with
//! CPython.

use std::io::{Read, Write};

use krait_ast::constant::Constant;
use krait_syntax::literals::{StringValue, decode_string, parse_number};

fn main() -> std::io::Result<()> {
    let mut input = String::new();
    std::io::stdin().read_to_string(&mut input)?;
    let mut out = std::io::stdout().lock();
    for token in input.split('\0') {
        if token.contains(['"', '\'']) {
            match decode_string(token) {
                Err(message) => writeln!(out, "error {message}")?,
                Ok((value, warning)) => {
                    match value {
                        StringValue::Text(text) => {
                            write!(out, "str {:?}", text.code_points().collect::<Vec<_>>())?
                        }
                        StringValue::Bytes(bytes) => write!(out, "bytes {bytes:?}")?,
                    }
                    writeln!(out, " {}", warning.map_or(String::new(), |warning| warning.message))?;
                }
            }
            continue;
        }
        match parse_number(token, 4300) {
            Err(message) => writeln!(out, "error {message}")?,
            Ok(Constant::Int(value)) => writeln!(out, "int {:x}", value.to_big())?,
            Ok(Constant::Float(value)) => writeln!(out, "float {:016x}", value.to_bits())?,
            Ok(Constant::Complex { imag, .. }) => writeln!(out, "imag {:016x}", imag.to_bits())?,
            Ok(_) => writeln!(out, "?")?,
        }
    }
    Ok(())
}
