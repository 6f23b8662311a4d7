//! The modules as objects: types become ready, functions are called as Python calls them.

use krait_object::interp::Interpreter;
use krait_object::module::Module;
use krait_object::str::intern::intern_str;
use krait_object::thread::ThreadState;
use krait_object::{Bytes, Dict, Int, List, Object, Ref, Str, Tuple, none};

fn module(name: &str) -> Ref<Module> {
    let def = krait_modules_data::MODULES.iter().find(|m| m.name() == name).unwrap();
    let module = def.create().unwrap();
    def.execute(&module).unwrap();
    module
}

fn call(object: &Object, name: &str, args: &[&Object]) -> Ref<Object> {
    match object.call_method(intern_str(name), args) {
        Ok(result) => result,
        Err(raised) => panic!("{name}: {}", Object::repr(&krait_object::errors::fetch(raised)).unwrap()),
    }
}

fn text(object: &Object) -> String {
    object.repr().unwrap().to_string_lossy()
}

/// `(a)|b` as `re._compiler` writes it.
const A_OR_B: &[i64] = &[14, 4, 0, 1, 1, 7, 9, 17, 0, 16, 97, 17, 1, 15, 7, 5, 16, 98, 15, 2, 0, 1];

#[test]
fn calls() {
    let interp = Interpreter::leak_new(0);
    let state: &'static ThreadState = Box::leak(ThreadState::new(interp, 1));
    state.bind_to_thread();
    krait_object::gil::attach(state);
    krait_object::typeobj::builtin_types::init_types().unwrap();
    checks();
    krait_object::gil::detach();
}

fn checks() {
    let sha = call(&module("_sha2"), "sha256", &[&Bytes::new(b"abc")]);
    let hex = text(&call(&sha, "hexdigest", &[]));
    assert_eq!(hex, "'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'");
    let md5 = call(&module("_md5"), "md5", &[]);
    assert_eq!(text(&call(&md5, "hexdigest", &[])), "'d41d8cd98f00b204e9800998ecf8427e'");
    let sha1 = call(&module("_sha1"), "sha1", &[&Bytes::new(b"abc")]);
    assert_eq!(text(&call(&sha1, "hexdigest", &[])), "'a9993e364706816aba3e25717850c26c9cd0d89d'");

    let ucd = module("unicodedata");
    assert_eq!(text(&call(&ucd, "name", &[&Str::new("é")])), "'LATIN SMALL LETTER E WITH ACUTE'");
    assert_eq!(text(&call(&ucd, "numeric", &[&Str::new("½")])), "0.5");
    assert_eq!(text(&call(&ucd, "digit", &[&Str::new("x"), none()])), "None");
    assert_eq!(text(&call(&ucd, "normalize", &[&Str::new("NFC"), &Str::new("e\u{301}")])), "'é'");

    let sre = module("_sre");
    let code = List::from_vec(A_OR_B.iter().map(|&w| Int::from_i64(w).into_object()).collect());
    let (flags, groups) = (Int::from_i64(32), Int::from_i64(1));
    let names = Tuple::from_slice(&[none(), none()]);
    let pattern = call(&sre, "compile", &[&Str::new("(a)|b"), &flags, &code, &groups, &Dict::new(), &names]);
    assert_eq!(text(&pattern), "re.compile('(a)|b')");
    let found = call(&pattern, "search", &[&Str::new("xxab")]);
    assert_eq!(text(&found), "<re.Match object; span=(2, 3), match='a'>");
    assert_eq!(text(&call(&found, "groups", &[])), "('a',)");
    assert_eq!(text(&call(&found, "span", &[&Int::from_i64(1)])), "(2, 3)");
    assert_eq!(text(&call(&pattern, "findall", &[&Str::new("xxab")])), "['a', '']");
    assert_eq!(text(&call(&pattern, "split", &[&Str::new("1a2b3")])), "['1', 'a', '2', None, '3']");
    assert_eq!(text(&call(&pattern, "sub", &[&Str::new("-"), &Str::new("1a2b3")])), "'1-2-3'");
    assert_eq!(text(&call(&pattern, "subn", &[&Str::new("-"), &Str::new("zz")])), "('zz', 0)");
}
