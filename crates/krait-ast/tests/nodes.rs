//! Constants, names, printing and dropping of trees. Expected texts are what `ast.dump` of CPython 3.14 prints.

use krait_ast::dump::dump_expr;
use krait_ast::{Constant, Expr, ExprContext, ExprKind, Int, Interner, Operator, Range, Text};
use num_bigint::BigInt;

fn constant(value: Constant) -> Expr {
    Expr::new(ExprKind::constant(value), Range::new(1, 0, 1, 1))
}

fn shown(value: Constant) -> String {
    let text = dump_expr(&constant(value));
    let text = text.strip_prefix("Constant(value=").expect("a constant");
    text.strip_suffix(", lineno=1, col_offset=0, end_lineno=1, end_col_offset=1)")
        .expect("its place")
        .to_owned()
}

#[test]
fn floats_print_as_in_python() {
    let cases = [
        (0.0, "0.0"),
        (-0.0, "-0.0"),
        (1e16, "1e+16"),
        (1e15, "1000000000000000.0"),
        (0.0001, "0.0001"),
        (0.00001, "1e-05"),
        (1.5e300, "1.5e+300"),
        (f64::INFINITY, "inf"),
        (f64::NAN, "nan"),
        (5e-324, "5e-324"),
    ];
    for (value, want) in cases {
        assert_eq!(shown(Constant::Float(value)), want);
    }
    assert_eq!(shown(Constant::Complex { real: 0.0, imag: 1.0 }), "1j");
    assert_eq!(shown(Constant::Complex { real: 1.0, imag: -2.5 }), "(1-2.5j)");
    assert_eq!(shown(Constant::Complex { real: -0.0, imag: 0.0 }), "(-0+0j)");
}

#[test]
fn strings_print_as_in_python() {
    assert_eq!(shown(Constant::Str(Text::from("it's"))), "\"it's\"");
    assert_eq!(shown(Constant::Str(Text::from("'\"\\\n\x7fé€😀"))), r#"'\'"\\\n\x7f\xe9\u20ac\U0001f600'"#);
    assert_eq!(shown(Constant::Str(Text::from_code_points([0xd800, 0xdc00]))), r"'\ud800\udc00'");
    assert_eq!(shown(Constant::Bytes((*b"a\xff\0").into())), r"b'a\xff\x00'");
    assert_eq!(shown(Constant::Tuple([Constant::None].into())), "(None,)");
    assert_eq!(shown(Constant::FrozenSet([Constant::True].into())), "frozenset({True})");
}

#[test]
fn integers_are_big_only_when_they_must() {
    let big: BigInt = BigInt::from(i64::MAX) + 1;
    assert_eq!(Int::from(BigInt::from(i64::MIN)), Int::Small(i64::MIN));
    assert_eq!(Int::from(big.clone()).to_big(), big);
    assert_eq!(shown(Constant::Int(Int::from(big))), "9223372036854775808");
}

#[test]
fn text_keeps_surrogates_apart() {
    let text = Text::from_code_points([0x61, 0xe9, 0xd83d, 0xde00, 0x1_f600]);
    assert_eq!(text.as_str(), None);
    assert_eq!(text.code_points().collect::<Vec<_>>(), [0x61, 0xe9, 0xd83d, 0xde00, 0x1_f600]);
    assert_eq!(Text::from("é").as_str(), Some("é"));
}

#[test]
fn text_that_is_not_utf8_is_no_panic() {
    for bytes in [&b"\xff"[..], b"\xe2\x82", b"\x80\x80", b"\xf0"] {
        assert!(Text::from_bytes(bytes).code_points().count() > 0);
    }
}

#[test]
fn names_are_shared() {
    let mut names = Interner::default();
    let first = names.intern("spam");
    assert_eq!(first, names.intern("spam"));
    assert_ne!(first, names.intern("eggs"));
    assert_eq!(first, "spam");
}

#[test]
fn long_chains_are_dropped_in_a_loop() {
    let worker = std::thread::Builder::new().stack_size(128 << 10).spawn(|| {
        let name = || Box::new(constant(Constant::None));
        let mut expr = constant(Constant::True);
        for _ in 0..200_000 {
            let node = ExprKind::BinOp { left: Box::new(expr), op: Operator::Add, right: name() };
            let attr = krait_ast::Name::new("a");
            let node = ExprKind::Attribute {
                value: Box::new(Expr::new(node, Range::default())),
                attr,
                ctx: ExprContext::Load,
            };
            expr = Expr::new(node, Range::default());
        }
        drop(expr);
    });
    worker.expect("a thread starts").join().expect("nothing overflows");
}
