//! Runs a source file with little more than the eval loop: `print`, `len`, `repr` and the types as builtins.

use krait_macros::pyfn;
use krait_object::args::Args;
use krait_object::cfunction::CFunction;
use krait_object::interp::Interpreter;
use krait_object::thread::ThreadState;
use krait_object::{Dict, MethodDef, Object, Ref, Result, Str, Tuple, TypeObject, errors, none};
use krait_vm::{CompileMode, Function, compile_source, run_code};

#[pyfn("print(*args)", nosig)]
fn print(args: Args<'_>) -> Result<()> {
    let mut line = Vec::new();
    for arg in args.as_slice() {
        line.push(arg.str()?.to_string_lossy());
    }
    println!("{}", line.join(" "));
    Ok(())
}

#[pyfn("len(object, /)")]
fn len(object: &Object) -> Result<usize> {
    Object::len(object)
}

#[pyfn("repr(object, /)")]
fn repr(object: &Object) -> Result {
    Ok(object.repr()?.into_object())
}

#[pyfn("iter(object, /)")]
fn iter(object: &Object) -> Result {
    object.iter()
}

#[pyfn("next(object, /)")]
fn next(object: &Object) -> Result {
    match object.iter_next()? {
        Some(value) => Ok(value),
        None => Err(errors::raise_with(&krait_object::exceptions::PyExc_StopIteration, &[])),
    }
}

#[pyfn("isinstance(object, class, /)")]
fn isinstance(object: &Object, class: &Object) -> Result<bool> {
    object.is_instance(class)
}

#[pyfn("getattr(object, name, /)")]
fn getattr(object: &Object, name: &Str) -> Result {
    object.get_attr(name)
}

#[pyfn("setrecursionlimit(limit, /)")]
fn setrecursionlimit(limit: i32) -> Result<()> {
    krait_vm::context::set_recursion_limit(limit)
}

#[pyfn("getframe(depth, /)")]
fn getframe(depth: usize) -> Result {
    Ok(krait_vm::context::frame_at(depth)?.into_object())
}

#[pyfn("locals()")]
fn locals() -> Result {
    krait_vm::context::current_locals()
}

#[pyfn("__build_class__(func, name, /, *bases)", nosig)]
fn build_class(func: &Object, name: &Object, bases: Args<'_>) -> Result {
    let namespace = Dict::new();
    let function = func.expect::<Function>();
    let cell = krait_vm::function::invoke_with_locals(function, Some(&namespace), &[], None)?;
    let bases = bases.to_tuple();
    let meta: Ref<Object> = match bases.get(0) {
        Some(base) => base.ty().to_ref(),
        None => krait_object::typeobj::PyType_Type.to_ref(),
    };
    let class = meta.call(&[name, &bases, &namespace])?;
    if let Some(cell) = cell.downcast::<krait_vm::cell::Cell>() {
        cell.ob_ref.set(class.clone());
    }
    Ok(class)
}

fn builtins() -> Result<Ref<Dict>> {
    let dict = Dict::new();
    for def in [
        &print::DEF,
        &len::DEF,
        &repr::DEF,
        &iter::DEF,
        &next::DEF,
        &isinstance::DEF,
        &getattr::DEF,
        &locals::DEF,
        &setrecursionlimit::DEF,
        &getframe::DEF,
        &build_class::DEF,
    ] {
        let def: &'static MethodDef = Box::leak(Box::new(*def));
        let function = CFunction::new(def, None, None, None)?;
        dict.set_str(&Str::new(def.name()), &function)?;
    }
    for ty in krait_object::typeobj::builtin_types::all() {
        let ty: &TypeObject = ty;
        dict.set_str(&Str::new(ty.full_name()), ty)?;
    }
    let group = krait_object::exceptions::group::init_exception_group()?;
    dict.set_str(&Str::new("ExceptionGroup"), &group)?;
    dict.set_str(&Str::new("None"), none())?;
    Ok(dict)
}

fn run(path: &str) -> Result<()> {
    krait_object::typeobj::builtin_types::init_types()?;
    krait_vm::init()?;
    let interp = krait_object::interp::current();
    let builtins = builtins()?;
    interp.builtins.set(builtins.clone());
    let source = std::fs::read(path).expect("the file can be read");
    let code = compile_source(&source, false, path, CompileMode::Exec, 0, 0)?;
    let globals = Dict::new();
    globals.set_str(&Str::new("__name__"), &Str::new("__main__"))?;
    globals.set_str(&Str::new("__builtins__"), &builtins)?;
    run_code(&code, &globals, None)?;
    Ok(())
}

fn report(path: &str) {
    let error = errors::fetch(krait_object::Raised);
    let mut entry = error.traceback.get().and_then(|t| t.downcast_into::<krait_vm::Traceback>().ok());
    while let Some(tb) = entry {
        let name = tb.tb_frame.get().and_then(|f| f.code().map(|c| c.name_str().to_string_lossy()));
        eprintln!("  File \"{path}\", line {}, in {}", tb.lineno().unwrap_or(-1), name.unwrap_or_default());
        entry = tb.tb_next.get();
    }
    let text = Object::str(&error).map_or_else(|_| "?".to_owned(), |t| t.to_string_lossy());
    eprintln!("{}: {text}", error.type_name());
}

fn main() {
    let path = std::env::args().nth(1).expect("a file");
    let interp = Interpreter::leak_new(0);
    let state: &'static ThreadState = Box::leak(ThreadState::new(interp, 0));
    state.bind_to_thread();
    krait_object::gil::attach(state);
    let _: Ref<Tuple> = Ref::from_borrowed(Tuple::empty());
    if run(&path).is_err() {
        report(&path);
        std::process::exit(1);
    }
}
