//! Calls through method table entries, as the eval loop makes them. No type is ready here, so objects are leaked.

use super::{Args, Kwargs};
use crate::defs::{MethodDef, meth};
use crate::gil;
use crate::interp::Interpreter;
use crate::str::intern::intern_str;
use crate::thread::ThreadState;
use crate::{Int, Object, Ref, Result, Str, Tuple, none};
use krait_macros::pyfn;
use std::mem::ManuallyDrop;
use std::sync::OnceLock;

/// Releases the GIL, after a failed test too.
struct Detach;

impl Drop for Detach {
    fn drop(&mut self) {
        gil::detach();
    }
}

/// Runs a test with the GIL of one interpreter that all tests share.
fn attached(test: impl FnOnce()) {
    struct Shared(&'static Interpreter);
    // SAFETY: the interpreter is only used with its GIL held.
    unsafe impl Sync for Shared {}
    // SAFETY: as above.
    unsafe impl Send for Shared {}
    static INTERP: OnceLock<Shared> = OnceLock::new();
    let interp = INTERP.get_or_init(|| Shared(Interpreter::leak_new(0))).0;
    let state = Box::leak(ThreadState::new(interp, 1));
    state.bind_to_thread();
    gil::attach(state);
    let _detach = Detach;
    test();
}

/// Nothing.
#[pyfn("zero()")]
fn zero() -> isize {
    0
}

#[pyfn("same($self, object, /)")]
fn same(slf: &Object, object: &Object) -> isize {
    isize::from(slf.is(object))
}

#[pyfn("weigh(a, b=10, /)")]
fn weigh(a: isize, b: isize) -> isize {
    a * 100 + b
}

#[pyfn("mix(a, /, b=2, *rest, c=None, d=4, **more)")]
fn mix(a: isize, b: isize, rest: Args<'_>, c: Option<&Object>, d: isize, more: Kwargs<'_>) -> isize {
    let c = isize::from(c.is_some());
    a + 10 * b + 100 * rest.len() as isize + 1000 * c + 10_000 * d + 100_000 * more.len() as isize
}

fn call(def: &MethodDef, args: &[i64], keywords: &[(&str, i64)]) -> i64 {
    let values: Vec<Ref<Int>> =
        args.iter().chain(keywords.iter().map(|(_, v)| v)).map(|&v| Int::from_i64(v)).collect();
    let names: Vec<Ref<Object>> = keywords.iter().map(|(n, _)| intern_str(n).to_ref()).collect();
    let names = ManuallyDrop::new(Tuple::from_vec(names));
    let pointers: Vec<*mut Object> = values.iter().map(|v| v.as_raw().cast()).collect();
    let kwnames = Some(&**names).filter(|n| !n.is_empty());
    // SAFETY: the flags tell which field of the union is valid; the pointers are objects alive in `values`.
    let result: Result = unsafe {
        match def.ml_flags & !(meth::CLASS | meth::STATIC) {
            meth::NOARGS => (def.ml_meth.plain)(none(), None),
            meth::O => (def.ml_meth.plain)(none(), Some(&values[0])),
            meth::FASTCALL => (def.ml_meth.fast)(none(), pointers.as_ptr(), args.len() as isize),
            _ => (def.ml_meth.fast_keywords)(none(), pointers.as_ptr(), args.len() as isize, kwnames),
        }
    };
    ManuallyDrop::new(result.unwrap()).downcast::<Int>().and_then(Int::to_i64).unwrap()
}

#[test]
fn conventions() {
    assert_eq!(zero::DEF.ml_flags, meth::NOARGS);
    assert_eq!(same::DEF.ml_flags, meth::O);
    assert_eq!(weigh::DEF.ml_flags, meth::FASTCALL);
    assert_eq!(mix::DEF.ml_flags, meth::FASTCALL | meth::KEYWORDS);
    assert_eq!(zero::DEF.doc(), Some("zero($module, /)\n--\n\nNothing."));
    assert_eq!(zero::DEF.name(), "zero");
}

#[test]
fn positional() {
    attached(|| {
        assert_eq!(call(&zero::DEF, &[], &[]), 0);
        assert_eq!(call(&same::DEF, &[3], &[]), 0);
        assert_eq!(call(&weigh::DEF, &[3], &[]), 310);
        assert_eq!(call(&weigh::DEF, &[3, 4], &[]), 304);
    });
}

#[test]
fn keywords() {
    attached(|| {
        assert_eq!(call(&mix::DEF, &[1], &[]), 40_021);
        assert_eq!(call(&mix::DEF, &[1, 3, 5, 7], &[]), 40_231);
        assert_eq!(call(&mix::DEF, &[1], &[("d", 5), ("b", 6)]), 50_061);
        assert_eq!(call(&mix::DEF, &[1, 3, 5], &[("c", 5), ("x", 6), ("y", 7), ("d", 0)]), 201_131);
        assert_eq!(call(&mix::DEF, &[1], &[("a", 6)]), 140_021);
    });
}

#[test]
fn names_that_are_not_interned() {
    attached(|| {
        let (name, one, two) = ("d".to_string(), Int::from_i64(1), Int::from_i64(7));
        let names = ManuallyDrop::new(Tuple::from_vec(vec![Str::new(&name).into_object()]));
        let args = [one.as_raw().cast::<Object>(), two.as_raw().cast()];
        // SAFETY: one positional argument and one keyword value, alive in `one` and `two`.
        let result = unsafe { (mix::DEF.ml_meth.fast_keywords)(none(), args.as_ptr(), 1, Some(&names)) };
        assert_eq!(ManuallyDrop::new(result.unwrap()).downcast::<Int>().and_then(Int::to_i64), Some(70_021));
    });
}
