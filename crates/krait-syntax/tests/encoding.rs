//! Sources as bytes: what CPython's `compile` says about their encoding.

use krait_syntax::encoding::{decode_source, find_cookie, normalize_newlines};

/// A decoder that knows Latin-1 only.
fn latin1(name: &str, bytes: &[u8]) -> Result<String, String> {
    if name == "iso-8859-1" {
        return Ok(bytes.iter().map(|&byte| byte as char).collect());
    }
    Err(format!("unknown encoding: {name}"))
}

fn text(bytes: &[u8]) -> String {
    decode_source(bytes, &mut latin1).map(|source| source.text).unwrap_or_else(|error| {
        format!(
            "{} {} {} {} {} {:?}",
            error.message, error.lineno, error.col_offset, error.end_lineno, error.end_col_offset, error.text
        )
    })
}

fn not_utf8(byte: &str, line: i32, column: i32, shown: &str) -> String {
    format!(
        "Non-UTF-8 code starting with '\\x{byte}' on line {line}, but no encoding declared; \
         see https://peps.python.org/pep-0263/ for details {line} {column} {line} {column} Some({shown:?})"
    )
}

#[test]
fn utf8() {
    assert_eq!(text(b"x = '\xc3\xa9'\n"), "x = '\u{e9}'\n");
    assert_eq!(text(b"\xef\xbb\xbfx"), "x");
    assert_eq!(text(b"\xff"), not_utf8("ff", 1, 1, "\u{fffd}"));
    assert_eq!(text(b"x=1\n\xff\n"), not_utf8("ff", 2, 1, "\u{fffd}"));
    assert_eq!(text(b"x=\"\xc3\n\""), not_utf8("c3", 1, 4, "x=\"\u{fffd}"));
    assert_eq!(text(b"a=1\r\n\"\xc0\x80\""), not_utf8("c0", 2, 2, "\"\u{fffd}\u{fffd}\""));
    assert_eq!(text(b"# coding: utf_8_sig\n\"\xe9\""), not_utf8("e9", 2, 2, "\"\u{fffd}\""));
}

#[test]
fn cookies() {
    assert_eq!(text(b"# coding: latin1\n'\xe9'"), "unknown encoding: latin1 0 -1 0 0 None");
    assert_eq!(text(b"# coding: latin-1\n'\xe9'"), "# coding: latin-1\n'\u{e9}'");
    assert_eq!(text(b"# coding: latin-1-unix\n'\xe9'"), "# coding: latin-1-unix\n'\u{e9}'");
    assert_eq!(text(b"\r\n# coding: foo\r\n"), "unknown encoding: foo 0 -1 0 0 None");
    assert_eq!(
        text(b"\xef\xbb\xbf# coding: latin1\nx\n"),
        "encoding problem: latin1 with BOM 1 0 1 16 Some(\"# coding: latin1\")"
    );
    let name = |bytes: &'static [u8]| find_cookie(bytes).map(|(name, _)| name);
    assert_eq!(name(b"#!/bin\n#  vim: set fileencoding=foo :\n").as_deref(), Some("foo"));
    assert_eq!(name(b"#coding=\n#coding=foo\n").as_deref(), Some("foo"));
    assert_eq!(name(b"# coding:\tfoo bar\n").as_deref(), Some("foo"));
    assert_eq!(name(b"\x0c# coding: UTF-8-sig\n").as_deref(), Some("utf-8"));
    for without in
        [&b"x\n# coding: foo\n"[..], b"\n\n# coding: foo\n", b"# coding : foo\n", b"\\\n# coding: foo\n"]
    {
        assert_eq!(find_cookie(without), None);
    }
}

#[test]
fn newlines() {
    assert_eq!(normalize_newlines("a\r\nb\rc\n", true), "a\nb\nc\n");
    assert_eq!(normalize_newlines("a", true), "a\n");
    assert_eq!(normalize_newlines("a", false), "a");
}
