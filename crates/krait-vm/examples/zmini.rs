use krait_macros::pyfn;
use krait_object::args::{Args, Kwargs};
use krait_object::*;

#[pyfn("print(*args)")]
fn print(args: Args<'_>) -> Result<()> {
    let mut out = Vec::new();
    for a in args.as_slice() {
        out.push(a.str()?.to_string_lossy());
    }
    println!("{}", out.join(" "));
    Ok(())
}
#[pyfn("build_class(func, name, /, *bases, **kwds)")]
fn build_class(func: &Object, name: &Object, bases: Args<'_>, kwds: Kwargs<'_>) -> Result {
    let orig = bases.to_tuple();
    let mut list = Vec::new();
    let mut changed = false;
    for b in orig.as_slice() {
        if b.downcast::<TypeObject>().is_none() {
            if let Some(m) = b.get_attr_opt(id!("__mro_entries__"))? {
                let r = m.call(&[&orig])?;
                list.extend_from_slice(r.expect::<Tuple>().as_slice());
                changed = true;
                continue;
            }
        }
        list.push(b.clone());
    }
    let bases = Tuple::from_vec(list);
    let kw = kwds.to_dict()?;
    let mut meta = kw.pop(id!("metaclass"))?;
    if meta.is_none() {
        meta = Some(match bases.get(0) {
            Some(b) => b.ty().to_ref(),
            None => typeobj::PyType_Type.to_ref(),
        });
    }
    let mut meta = meta.unwrap();
    if let Some(t) = meta.downcast::<TypeObject>() {
        meta = typeobj::create::calculate_metaclass(t, &bases)?.to_ref();
    }
    let ns = match meta.get_attr_opt(id!("__prepare__"))? {
        Some(p) => p.call_dict(&Tuple::from_slice(&[name, &bases]), Some(&kw))?,
        None => Dict::new().into_object(),
    };
    let f = func.downcast::<krait_vm::function::Function>().unwrap();
    let cell = krait_vm::function::invoke_with_locals(f, Some(&ns), &[], None)?;
    let _ = cell;
    if changed {
        ns.set_item(id!("__orig_bases__"), &orig)?;
    }
    meta.call_dict(&Tuple::from_slice(&[name, &bases, &ns]), Some(&kw))
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
#[pyfn("id(o, /)")]
fn id_(o: &Object) -> usize {
    o.as_ptr() as usize
}
#[pyfn("callable(o, /)")]
fn callable(o: &Object) -> bool {
    o.is_callable()
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
    let l = o.to_list()?;
    l.sort()?;
    Ok(l)
}
#[pyfn("abs(o, /)")]
fn abs(o: &Object) -> Result {
    protocol::number::absolute(o)
}
#[pyfn("next(o, /)")]
fn next(o: &Object) -> Result {
    match o.iter_next()? {
        Some(x) => Ok(x),
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
#[pyfn("collect()")]
fn collect() -> isize {
    gc::collect::collect_with_callbacks(2)
}

#[pyfn("getsizeof(o, /)")]
fn getsizeof(o: &Object) -> Result<isize> {
    let n = o.call_method(id!("__sizeof__"), &[])?;
    Ok(n.as_isize(false)? + if gc::is_gc(o) { 16 } else { 0 })
}
#[pyfn("eval(o, /)")]
fn eval(o: &str) -> Result {
    let code =
        krait_vm::compile::compile_source(o.as_bytes(), true, "<string>", krait_syntax::Mode::Eval, 0, 0)?;
    let g = krait_vm::context::current_globals().unwrap();
    krait_vm::run::run_code(&code, &g, None)
}
#[pyfn("is_tracked(o, /)")]
fn is_tracked(o: &Object) -> bool {
    gc::is_tracked(o)
}
#[pyfn("clock()")]
fn clock() -> f64 {
    use std::time::*;
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs_f64()
}
fn unraisable(place: &str, o: Option<&Object>) {
    let e = errors::take();
    println!("UNRAISABLE {place} {:?}", e.map(|e| e.repr().map(|r| r.to_string_lossy())));
    let _ = o;
}

fn main() {
    let file = std::env::args().nth(1).unwrap();
    let interp = interp::Interpreter::leak_new(0);
    let state: &'static thread::ThreadState = Box::leak(thread::ThreadState::new(interp, 1));
    state.bind_to_thread();
    gil::attach(state);
    typeobj::builtin_types::init_types().unwrap();
    krait_vm::init().unwrap();
    interp.hooks.write_unraisable.set(Some(unraisable));
    let b = Dict::new();
    interp.builtins.set(Some(b.clone()));
    for def in [
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
        id_::DEF,
        callable::DEF,
        dir::DEF,
        iter::DEF,
        next::DEF,
        pow::DEF,
        divmod::DEF,
        collect::DEF,
        format::DEF,
        sorted::DEF,
        getsizeof::DEF,
        eval::DEF,
        is_tracked::DEF,
        clock::DEF,
        abs::DEF,
    ] {
        let def: &'static MethodDef = Box::leak(Box::new(def));
        b.set_str(
            str::intern::intern_str(def.name()),
            &cfunction::CFunction::new(def, None, None, None).unwrap(),
        )
        .unwrap();
    }
    let def: &'static MethodDef = Box::leak(Box::new(build_class::DEF));
    b.set_str(id!("__build_class__"), &cfunction::CFunction::new(def, None, None, None).unwrap()).unwrap();
    for ty in typeobj::builtin_types::all() {
        b.set_str(str::intern::intern_str(ty.short_name()), ty).unwrap();
    }
    b.set_str(id!("None"), none()).unwrap();
    b.set_str(id!("NotImplemented"), not_implemented()).unwrap();
    b.set_str(id!("Ellipsis"), singletons::ellipsis()).unwrap();
    let src = std::fs::read(&file).unwrap();
    let t0 = std::time::Instant::now();
    let run = || -> Result<()> {
        let code = krait_vm::compile::compile_source(&src, false, &file, krait_syntax::Mode::Exec, 0, 0)?;
        let g = Dict::new();
        g.set_str(id!("__name__"), &Str::new("__main__"))?;
        krait_vm::run::run_code(&code, &g, None)?;
        Ok(())
    };
    if run().is_err() {
        let e = errors::take().unwrap();
        println!("FATAL {}: {}", e.type_name(), e.str().map(|s| s.to_string_lossy()).unwrap_or_default());
        if let Some(tb) = e.traceback.get() {
            println!(
                "line {:?}",
                tb.get_attr(id!("tb_lineno")).and_then(|l| l.repr()).map(|s| s.to_string_lossy())
            );
        }
    }
    if std::env::var("TIME").is_ok() {
        eprintln!("{:?}", t0.elapsed());
    }
}
