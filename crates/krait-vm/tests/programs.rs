//! Runs the programs in `programs/` and compares what they print with what CPython 3.14 printed (`.out`, with addresses
//! written as 0xADDR). The few builtins that they need are here, so that a failure is one of types, objects or the loop.

use krait_macros::pyfn;
use krait_object::args::{Args, Kwargs};
use krait_object::typeobj::{PyType_Type, builtin_types, create};
use krait_object::{
    Dict, List, MethodDef, Object, Ref, Result, Str, Tuple, TypeObject, cfunction, errors, exceptions, gil,
    id, interp, none, not_implemented, protocol, singletons, str, thread,
};
use krait_vm::function::{Function, invoke_with_locals};
use std::cell::RefCell;

thread_local! {
    static OUTPUT: RefCell<String> = const { RefCell::new(String::new()) };
}

#[pyfn("print(*args)")]
fn print(args: Args<'_>) -> Result<()> {
    let mut words = Vec::new();
    for argument in args.as_slice() {
        words.push(argument.str()?.to_string_lossy());
    }
    OUTPUT.with_borrow_mut(|out| {
        out.push_str(&words.join(" "));
        out.push('\n');
    });
    Ok(())
}

#[pyfn("build_class(func, name, /, *bases, **kwds)")]
fn build_class(func: &Object, name: &Object, bases: Args<'_>, kwds: Kwargs<'_>) -> Result {
    let bases = bases.to_tuple();
    let keywords = kwds.to_dict()?;
    let given = keywords.pop(id!("metaclass"))?;
    let metaclass = match (&given, bases.get(0)) {
        (Some(given), _) => given.clone(),
        (None, Some(base)) => Object::to_ref(base.ty()),
        (None, None) => PyType_Type.to_ref(),
    };
    let metaclass = match metaclass.downcast::<TypeObject>() {
        Some(ty) => create::calculate_metaclass(ty, &bases)?.to_ref(),
        None => metaclass,
    };
    let arguments = Tuple::from_slice(&[name, &bases]);
    let namespace = match metaclass.get_attr_opt(id!("__prepare__"))? {
        Some(prepare) => prepare.call_dict(&arguments, Some(&keywords))?,
        None => Dict::new().into_object(),
    };
    invoke_with_locals(func.expect::<Function>(), Some(&namespace), &[], None)?;
    metaclass.call_dict(&Tuple::from_slice(&[name, &bases, &namespace]), Some(&keywords))
}

#[pyfn("getattr(o, n, *d)")]
fn getattr(o: &Object, n: &Str, d: Args<'_>) -> Result {
    match d.as_slice().first() {
        Some(d) => Ok(o.get_attr_opt(n)?.unwrap_or_else(|| d.to_ref())),
        None => o.get_attr(n),
    }
}
#[pyfn("setattr(o, n, v, /)")]
fn setattr(o: &Object, n: &Object, v: &Object) -> Result<()> {
    o.set_attr_object(n, Some(v))
}
#[pyfn("delattr(o, n, /)")]
fn delattr(o: &Object, n: &Object) -> Result<()> {
    o.set_attr_object(n, None)
}
#[pyfn("hasattr(o, n, /)")]
fn hasattr(o: &Object, n: &Str) -> Result<bool> {
    o.has_attr(n)
}
#[pyfn("isinstance(o, c, /)")]
fn isinstance(o: &Object, c: &Object) -> Result<bool> {
    o.is_instance(c)
}
#[pyfn("issubclass(o, c, /)")]
fn issubclass(o: &Object, c: &Object) -> Result<bool> {
    o.is_subclass(c)
}
#[pyfn("repr(o, /)")]
fn repr(o: &Object) -> Result<Ref<Str>> {
    o.repr()
}
#[pyfn("hash(o, /)")]
fn hash(o: &Object) -> Result<isize> {
    o.hash()
}
#[pyfn("len(o, /)")]
fn len(o: &Object) -> Result<usize> {
    o.len()
}
#[pyfn("dir(o, /)")]
fn dir(o: &Object) -> Result<Ref<List>> {
    o.dir()
}
#[pyfn("iter(o, /)")]
fn iter(o: &Object) -> Result {
    o.iter()
}
#[pyfn("format(o, s='', /)")]
fn format(o: &Object, s: &str) -> Result<Ref<Str>> {
    o.format(&Str::new(s))
}
#[pyfn("sorted(o, /)")]
fn sorted(o: &Object) -> Result<Ref<List>> {
    let list = o.to_list()?;
    list.sort()?;
    Ok(list)
}
#[pyfn("next(o, /)")]
fn next(o: &Object) -> Result {
    let Some(step) = o.ty().tp_iternext.get() else {
        return Err(errors::type_error(format!("'{}' object is not an iterator", o.type_name())));
    };
    match step(o) {
        Some(item) => Ok(item),
        None if errors::occurred() => Err(krait_object::Raised),
        None => Err(errors::raise_with(&exceptions::PyExc_StopIteration, &[])),
    }
}
#[pyfn("pow(a, b, m=None, /)")]
fn pow(a: &Object, b: &Object, m: Option<&Object>) -> Result {
    protocol::number::power(a, b, m.unwrap_or(none()))
}
#[pyfn("divmod(a, b, /)")]
fn divmod(a: &Object, b: &Object) -> Result {
    protocol::number::divmod(a, b)
}

static FUNCTIONS: &[MethodDef] = &[
    print::DEF,
    getattr::DEF,
    setattr::DEF,
    delattr::DEF,
    hasattr::DEF,
    isinstance::DEF,
    issubclass::DEF,
    repr::DEF,
    hash::DEF,
    len::DEF,
    dir::DEF,
    iter::DEF,
    next::DEF,
    pow::DEF,
    divmod::DEF,
    format::DEF,
    sorted::DEF,
];
static BUILD_CLASS: MethodDef = build_class::DEF;

fn start() -> Result<()> {
    let interp = interp::Interpreter::leak_new(0);
    let state: &'static thread::ThreadState = Box::leak(thread::ThreadState::new(interp, 1));
    state.bind_to_thread();
    gil::attach(state);
    builtin_types::init_types()?;
    krait_vm::init()?;
    let builtins = Dict::new();
    for def in FUNCTIONS {
        let function = cfunction::CFunction::new(def, None, None, None)?;
        builtins.set_str(str::intern::intern_str(def.name()), &function)?;
    }
    let build = cfunction::CFunction::new(&BUILD_CLASS, None, None, None)?;
    builtins.set_str(id!("__build_class__"), &build)?;
    for ty in builtin_types::all() {
        builtins.set_str(str::intern::intern_str(ty.short_name()), ty)?;
    }
    builtins.set_str(id!("None"), none())?;
    builtins.set_str(id!("NotImplemented"), not_implemented())?;
    builtins.set_str(id!("Ellipsis"), singletons::ellipsis())?;
    interp.builtins.set(Some(builtins));
    Ok(())
}

fn run(path: &str) -> Result<String> {
    OUTPUT.take();
    let source = std::fs::read(path).expect("the program is readable");
    let mode = krait_vm::compile::CompileMode::Exec;
    let code = krait_vm::compile::compile_source(&source, false, path, mode, 0, 0)?;
    let globals = Dict::new();
    globals.set_str(id!("__name__"), &Str::new("__main__"))?;
    krait_vm::run::run_code(&code, &globals, None)?;
    drop((code, globals));
    // The program's classes and functions are in cycles; the next program should not see them.
    krait_object::gc::collect::collect_with_callbacks(2);
    Ok(without_addresses(&OUTPUT.take()))
}

/// Addresses differ from run to run.
fn without_addresses(text: &str) -> String {
    let mut parts = text.split("0x");
    let mut out = parts.next().unwrap_or("").to_owned();
    for part in parts {
        let digits = part.bytes().take_while(u8::is_ascii_hexdigit).count();
        out.push_str(if digits >= 6 { "0xADDR" } else { "0x" });
        out.push_str(if digits >= 6 { &part[digits..] } else { part });
    }
    out
}

#[test]
fn programs() {
    start().expect("the interpreter starts");
    for name in ["type_errors", "classes", "operators"] {
        let base = format!("{}/tests/programs/{name}", env!("CARGO_MANIFEST_DIR"));
        let expected = std::fs::read_to_string(format!("{base}.out")).expect("the output is readable");
        let output = run(&format!("{base}.py")).unwrap_or_else(|raised| {
            let exception = errors::fetch(raised);
            panic!("{name}: {}: {:?}", exception.type_name(), exception.str().map(|s| s.to_string_lossy()))
        });
        for (index, (got, want)) in output.lines().zip(expected.lines()).enumerate() {
            assert_eq!(got, want, "{name}, line {} of the output", index + 1);
        }
        assert_eq!(output.lines().count(), expected.lines().count(), "{name}: lines of output");
    }
}
