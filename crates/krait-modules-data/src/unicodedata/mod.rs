//! `unicodedata`: the Unicode character database, version 16.0.0. CPython: `Modules/unicodedata.c`.
//!
//! `tables.rs` is written by `generate.py`; names come from a library that is newer, so characters that this version
//! does not assign have no name here. `ucd_3_2_0` is not there.

mod normal;
mod tables;

use krait_macros::pyfn;
use krait_object::args::CodePoint;
use krait_object::defs::MethodDef;
use krait_object::errors::value_error;
use krait_object::exceptions::raise_key_error_text;
use krait_object::module::{Module, ModuleDef};
use krait_object::{Float, Int, Object, Ref, Result, Str};
use normal::Form;

static METHODS: &[MethodDef] = &[
    decimal::DEF,
    digit::DEF,
    numeric::DEF,
    category::DEF,
    bidirectional::DEF,
    combining::DEF,
    mirrored::DEF,
    east_asian_width::DEF,
    decomposition::DEF,
    name::DEF,
    lookup::DEF,
    is_normalized::DEF,
    normalize::DEF,
    MethodDef::SENTINEL,
];

/// The module `unicodedata`.
pub static MODULE: ModuleDef = ModuleDef::new(c"unicodedata")
    .doc(c"This module provides access to the Unicode Character Database which\ndefines character properties for all Unicode characters. The data in\nthis database is based on the UnicodeData.txt file version\n16.0.0 which is publicly available from the Unicode Consortium\nat https://www.unicode.org/Public/16.0.0/ucd/UnicodeData.txt.\n\nThe module uses the same names and symbols as defined by the\nUnicodeData File Format 16.0.0.")
    .methods(METHODS)
    .exec(exec);

fn exec(module: &Module) -> Result<()> {
    module.add_str("unidata_version", "16.0.0")
}

/// The run of characters with the same properties that a character is in.
fn record(c: u32) -> (u32, u8, u8, u8, u8, u8) {
    let after = tables::RUNS.partition_point(|run| run.0 <= c);
    tables::RUNS[after.saturating_sub(1)]
}

fn number(c: u32) -> Option<(u8, u8, f64)> {
    let at = tables::NUMBERS.binary_search_by_key(&c, |row| row.0).ok()?;
    let (_, decimal, digit, value) = tables::NUMBERS[at];
    Some((decimal, digit, value))
}

/// The value, or what stands in for it, or an error.
fn or_default(value: Option<Ref<Object>>, default: Option<&Object>, message: &str) -> Result {
    match (value, default) {
        (Some(value), _) => Ok(value),
        (None, Some(default)) => Ok(default.to_ref()),
        (None, None) => Err(value_error(message)),
    }
}

fn small(value: Option<u8>) -> Option<Ref<Object>> {
    value.filter(|&v| v != 255).map(|v| Int::from_i64(v.into()).into_object())
}

/// Converts a Unicode character into its equivalent decimal value.
///
/// Returns the decimal value assigned to the character chr as integer.
/// If no such value is defined, default is returned, or, if not given,
/// ValueError is raised.
#[pyfn("decimal($self, chr, default=<unrepresentable>, /)")]
fn decimal(_module: &Object, chr: CodePoint, default: Option<&Object>) -> Result {
    or_default(small(number(chr.0).map(|n| n.0)), default, "not a decimal")
}

/// Converts a Unicode character into its equivalent digit value.
///
/// Returns the digit value assigned to the character chr as integer.
/// If no such value is defined, default is returned, or, if not given,
/// ValueError is raised.
#[pyfn("digit($self, chr, default=<unrepresentable>, /)")]
fn digit(_module: &Object, chr: CodePoint, default: Option<&Object>) -> Result {
    or_default(small(number(chr.0).map(|n| n.1)), default, "not a digit")
}

/// Converts a Unicode character into its equivalent numeric value.
///
/// Returns the numeric value assigned to the character chr as float.
/// If no such value is defined, default is returned, or, if not given,
/// ValueError is raised.
#[pyfn("numeric($self, chr, default=<unrepresentable>, /)")]
fn numeric(_module: &Object, chr: CodePoint, default: Option<&Object>) -> Result {
    let value = number(chr.0).map(|n| Float::new(n.2).into_object());
    or_default(value, default, "not a numeric character")
}

/// Returns the general category assigned to the character chr as string.
#[pyfn("category($self, chr, /)")]
fn category(_module: &Object, chr: CodePoint) -> &'static str {
    tables::CATEGORIES[usize::from(record(chr.0).1)]
}

/// Returns the bidirectional class assigned to the character chr as string.
///
/// If no such value is defined, an empty string is returned.
#[pyfn("bidirectional($self, chr, /)")]
fn bidirectional(_module: &Object, chr: CodePoint) -> &'static str {
    tables::BIDI_CLASSES[usize::from(record(chr.0).2)]
}

/// Returns the canonical combining class assigned to the character chr as integer.
///
/// Returns 0 if no combining class is defined.
#[pyfn("combining($self, chr, /)")]
fn combining(_module: &Object, chr: CodePoint) -> i32 {
    record(chr.0).3.into()
}

/// Returns the mirrored property assigned to the character chr as integer.
///
/// Returns 1 if the character has been identified as a "mirrored"
/// character in bidirectional text, 0 otherwise.
#[pyfn("mirrored($self, chr, /)")]
fn mirrored(_module: &Object, chr: CodePoint) -> i32 {
    record(chr.0).5.into()
}

/// Returns the east asian width assigned to the character chr as string.
#[pyfn("east_asian_width($self, chr, /)")]
fn east_asian_width(_module: &Object, chr: CodePoint) -> &'static str {
    tables::WIDTHS[usize::from(record(chr.0).4)]
}

/// Returns the character decomposition mapping assigned to the character chr as string.
///
/// An empty string is returned in case no such mapping is defined.
#[pyfn("decomposition($self, chr, /)")]
fn decomposition(_module: &Object, chr: CodePoint) -> String {
    match normal::hangul_parts(chr.0) {
        Some((parts, len)) => {
            let hex: Vec<String> = parts[..len].iter().map(|part| format!("{part:04X}")).collect();
            hex.join(" ")
        }
        None => normal::mapping(chr.0).unwrap_or("").to_owned(),
    }
}

/// Returns the name assigned to the character chr as a string.
///
/// If no name is defined, default is returned, or, if not given,
/// ValueError is raised.
#[pyfn("name($self, chr, default=<unrepresentable>, /)")]
fn name(_module: &Object, chr: CodePoint, default: Option<&Object>) -> Result {
    let assigned = record(chr.0).1 != 0;
    let name = char::from_u32(chr.0).filter(|_| assigned).and_then(unicode_names2::name);
    or_default(name.map(|n| Str::new(&n.to_string()).into_object()), default, "no such name")
}

/// Look up character by name.
///
/// If a character with the given name is found, return the
/// corresponding character.  If not found, KeyError is raised.
#[pyfn("lookup($self, name, /)")]
fn lookup(_module: &Object, name: &Str) -> Result<Ref<Str>> {
    let text = name.to_string_lossy();
    match unicode_names2::character(&text).filter(|&c| record(c.into()).1 != 0) {
        Some(c) => Ok(Str::from_char(c.into())),
        None => Err(raise_key_error_text(&format!("undefined character name '{text}'"))),
    }
}

fn form_of(name: &Str) -> Result<Form> {
    Form::named(&name.to_string_lossy()).ok_or_else(|| value_error("invalid normalization form"))
}

/// Return whether the Unicode string unistr is in the normal form 'form'.
///
/// Valid values for form are 'NFC', 'NFKC', 'NFD', and 'NFKD'.
#[pyfn("is_normalized($self, form, unistr, /)")]
fn is_normalized(_module: &Object, form: &Str, unistr: &Str) -> Result<bool> {
    let form = form_of(form)?;
    if unistr.is_ascii() {
        return Ok(true);
    }
    Ok(normal::normalize(form, unistr.chars().iter()).into_iter().eq(unistr.chars().iter()))
}

/// Return the normal form 'form' for the Unicode string unistr.
///
/// Valid values for form are 'NFC', 'NFKC', 'NFD', and 'NFKD'.
#[pyfn("normalize($self, form, unistr, /)")]
fn normalize(_module: &Object, form: &Str, unistr: &Str) -> Result<Ref<Str>> {
    let form = form_of(form)?;
    if unistr.is_ascii() {
        return Ok(Ref::from_borrowed(unistr));
    }
    Ok(Str::from_ucs4(&normal::normalize(form, unistr.chars().iter())))
}
