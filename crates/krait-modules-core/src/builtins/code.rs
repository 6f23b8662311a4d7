//! Built-in functions that look at or make code and frames: compile, eval, exec, globals, locals, vars, dir,
//! `__build_class__`, `__import__`.

use krait_macros::pyfn;
use krait_object::errors::{self, runtime_error, system_error, type_error, value_error};
use krait_object::{Dict, List, Object, Ref, Result, Str, Tuple, TypeObject, id, interp};
use krait_vm::CompileMode;
use krait_vm::cell::Cell;
use krait_vm::code::CodeObject;
use krait_vm::function::Function;

/// Globals of the calling frame.
pub fn current_globals() -> Option<Ref<Dict>> {
    krait_vm::context::current_globals()
}

/// Locals of the calling frame: the namespace of a module or class body, a snapshot of a function's variables.
pub fn current_locals() -> Result {
    krait_vm::context::current_locals()
}

/// Return the dictionary containing the current scope's global variables.
///
/// NOTE: Updates to this dictionary *will* affect name lookups in the current
/// global scope and vice-versa.
#[pyfn("globals()")]
pub fn globals() -> Result {
    Ok(match current_globals() {
        Some(globals) => globals.into_object(),
        None => krait_object::none().to_ref(),
    })
}

/// Return a dictionary containing the current scope's local variables.
///
/// NOTE: Whether or not updates to this dictionary will affect name lookups in
/// the local scope and vice-versa is *implementation dependent* and not
/// covered by any backwards compatibility guarantees.
#[pyfn("locals()")]
pub fn locals() -> Result {
    current_locals()
}

/// vars([object]) -> dictionary
///
/// Without arguments, equivalent to locals().
/// With an argument, equivalent to object.__dict__.
#[pyfn("vars(object=<unrepresentable>, /)", nosig)]
pub fn vars(object: Option<&Object>) -> Result {
    let Some(object) = object else { return current_locals() };
    match object.get_attr_opt(id!("__dict__"))? {
        Some(dict) => Ok(dict),
        None => Err(type_error("vars() argument must have __dict__ attribute")),
    }
}

/// dir([object]) -> list of strings
///
/// If called without an argument, return the names in the current scope.
/// Else, return an alphabetized list of names comprising (some of) the attributes
/// of the given object, and of attributes reachable from it.
#[pyfn("dir(object=<unrepresentable>, /)", nosig)]
pub fn dir(object: Option<&Object>) -> Result<Ref<List>> {
    match object {
        Some(object) => object.dir(),
        None => {
            let names = current_locals()?.mapping_keys()?;
            names.sort()?;
            Ok(names)
        }
    }
}

/// `PyCF_SOURCE_IS_UTF8`
const SOURCE_IS_UTF8: i32 = 0x100;
/// The `CO_FUTURE_*` bits that code inherits from the code that compiles it.
const FUTURES: i32 = 0x1fe_0000;

/// Text or bytes of a source argument; errors as CPython's.
fn source_bytes(source: &Object) -> Result<(Vec<u8>, bool)> {
    let (bytes, is_text) = match source.downcast::<Str>() {
        Some(text) => match text.to_utf8() {
            Some(utf8) => (utf8.as_bytes().to_vec(), true),
            None => {
                let encoded = krait_object::codecs::encode_text(text, "utf-8", "strict")?;
                (krait_object::buffer::copy_of_bytes(&encoded)?.unwrap_or_default(), true)
            }
        },
        None => match krait_object::buffer::copy_of_bytes(source)? {
            Some(bytes) => (bytes, false),
            None => return Err(type_error("compile() arg 1 must be a string, bytes or AST object")),
        },
    };
    if bytes.contains(&0) {
        return Err(errors::raise(
            &krait_object::exceptions::PyExc_SyntaxError,
            "source code string cannot contain null bytes",
        ));
    }
    Ok((bytes, is_text))
}

/// The name of a file argument: text, bytes or a path.
fn file_name(filename: &Object) -> Result<String> {
    if let Some(text) = filename.downcast::<Str>() {
        return Ok(text.to_string_lossy());
    }
    let path = match filename.call_special(id!("__fspath__"), &[])? {
        Some(path) => path,
        None => filename.to_ref(),
    };
    if let Some(text) = path.downcast::<Str>() {
        return Ok(text.to_string_lossy());
    }
    match path.downcast::<krait_object::Bytes>() {
        Some(bytes) => Ok(String::from_utf8_lossy(bytes.as_slice()).into_owned()),
        None => Err(type_error(format!(
            "expected str, bytes or os.PathLike object, not {}",
            filename.type_name()
        ))),
    }
}

/// `compile()` of text or bytes.
fn compile_object(
    source: &Object,
    filename: &Object,
    mode: &str,
    flags: i32,
    dont_inherit: bool,
    optimize: i32,
) -> Result {
    let mode = match mode {
        "exec" => CompileMode::Exec,
        "eval" => CompileMode::Eval,
        "single" => CompileMode::Single,
        _ => return Err(value_error("compile() mode must be 'exec', 'eval' or 'single'")),
    };
    let filename = file_name(filename)?;
    let (bytes, is_text) = source_bytes(source)?;
    let inherited = match krait_vm::context::caller(0) {
        Some(frame) if !dont_inherit => frame.code().map_or(0, |c| c.co_flags.get() & FUTURES),
        _ => 0,
    };
    let optimize = if optimize < 0 { interp::current().optimize.get() } else { optimize } as u8;
    let flags = (flags | inherited) as u32;
    Ok(krait_vm::compile_source(&bytes, is_text, &filename, mode, flags, optimize)?.into_object())
}

/// Flags that `compile` takes.
const KNOWN_FLAGS: i32 = FUTURES | 0x100 | 0x200 | 0x1000 | 0x2000 | 0x4000;

/// Compile source into a code object that can be executed by exec() or eval().
///
/// The source code may represent a Python module, statement or expression.
/// The filename will be used for run-time error messages.
/// The mode must be 'exec' to compile a module, 'single' to compile a
/// single (interactive) statement, or 'eval' to compile an expression.
/// The flags argument, if present, controls which future statements influence
/// the compilation of the code.
/// The dont_inherit argument, if true, stops the compilation inheriting
/// the effects of any future statements in effect in the code calling
/// compile; if absent or false these statements do influence the compilation,
/// in addition to any features explicitly specified.
#[pyfn("compile(source, filename, mode, flags=0, dont_inherit=False, optimize=-1, *, _feature_version=-1)")]
pub fn compile(
    source: &Object,
    filename: &Object,
    mode: &str,
    flags: i32,
    dont_inherit: bool,
    optimize: i32,
    _feature_version: i32,
) -> Result {
    if flags & !KNOWN_FLAGS != 0 {
        return Err(value_error("compile(): unrecognised flags"));
    }
    if !(-1..=2).contains(&optimize) {
        return Err(value_error("compile(): invalid optimize value"));
    }
    compile_object(source, filename, mode, flags, dont_inherit, optimize)
}

/// Globals and locals of `exec` and `eval`, with `__builtins__` put into the globals.
fn namespaces(
    name: &str,
    globals: Option<&Object>,
    locals: Option<&Object>,
) -> Result<(Ref<Dict>, Ref<Object>)> {
    let (globals, locals) = match (globals, locals) {
        (None, None) => {
            let Some(globals) = current_globals() else {
                return Err(system_error("globals and locals cannot be NULL"));
            };
            (globals, current_locals()?)
        }
        (None, Some(locals)) => {
            let Some(globals) = current_globals() else {
                return Err(system_error("globals and locals cannot be NULL"));
            };
            (globals, locals.to_ref())
        }
        (Some(globals), locals) => {
            let Some(dict) = globals.downcast::<Dict>() else {
                return Err(type_error(if name == "eval" && globals.is_mapping() {
                    "globals must be a real dict; try eval(code, {}, mapping)".to_owned()
                } else {
                    format!("{name}() globals must be a dict, not {}", globals.type_name())
                }));
            };
            (Ref::from_borrowed(dict), locals.unwrap_or(globals).to_ref())
        }
    };
    if !locals.is_mapping() {
        return Err(type_error(format!(
            "{name}() locals must be a mapping or None, not {}",
            locals.type_name()
        )));
    }
    if globals.get_str(id!("__builtins__")).is_none() {
        globals.set_str(id!("__builtins__"), &krait_vm::function::current_builtins())?;
    }
    Ok((globals, locals))
}

/// The code that `exec` and `eval` run: a code object, or source that is compiled.
fn code_of(source: &Object, mode: &str) -> Result<Ref<CodeObject>> {
    if let Some(code) = source.downcast::<CodeObject>() {
        return Ok(Ref::from_borrowed(code));
    }
    let text = match source.downcast::<Str>() {
        // Leading blanks of an expression are no indentation.
        Some(text) if mode == "eval" => {
            let chars = text.chars();
            let start = chars.iter().position(|c| c != 32 && c != 9).unwrap_or(chars.len());
            text.part(start, text.len()).into_object()
        }
        _ => source.to_ref(),
    };
    let compiled = compile_object(&text, &Str::new("<string>"), mode, SOURCE_IS_UTF8, false, -1)?;
    compiled.downcast_into::<CodeObject>().map_err(|_| system_error("compile() gave no code object"))
}

/// Evaluate the given source in the context of globals and locals.
///
/// The source may be a string representing a Python expression
/// or a code object as returned by compile().
/// The globals must be a dictionary and locals can be any mapping,
/// defaulting to the current globals and locals.
/// If only globals is given, locals defaults to it.
#[pyfn("eval(source, /, globals=None, locals=None)")]
pub fn eval(source: &Object, globals: Option<&Object>, locals: Option<&Object>) -> Result {
    let (globals, locals) = namespaces("eval", globals, locals)?;
    let code = code_of(source, "eval")?;
    if !code.freevars().is_empty() {
        return Err(type_error("code object passed to eval() may not contain free variables"));
    }
    krait_vm::run_code(&code, &globals, Some(&locals))
}

/// Execute the given source in the context of globals and locals.
///
/// The source may be a string representing one or more Python statements
/// or a code object as returned by compile().
/// The globals must be a dictionary and locals can be any mapping,
/// defaulting to the current globals and locals.
/// If only globals is given, locals defaults to it.
/// The closure must be a tuple of cellvars, and can only be used
/// when source is a code object requiring exactly that many cellvars.
#[pyfn("exec(source, /, globals=None, locals=None, *, closure=None)")]
pub fn exec(
    source: &Object,
    globals: Option<&Object>,
    locals: Option<&Object>,
    closure: Option<&Object>,
) -> Result<()> {
    let (globals, locals) = namespaces("exec", globals, locals)?;
    let Some(code) = source.downcast::<CodeObject>() else {
        if closure.is_some() {
            return Err(type_error("closure can only be used when source is a code object"));
        }
        let code = code_of(source, "exec")?;
        return krait_vm::run_code(&code, &globals, Some(&locals)).map(drop);
    };
    let free = code.freevars().len();
    let Some(closure) = closure else {
        if free > 0 {
            return Err(type_error("code object passed to exec() may not contain free variables"));
        }
        return krait_vm::run_code(code, &globals, Some(&locals)).map(drop);
    };
    if free == 0 {
        return Err(type_error("cannot use a closure with this code object"));
    }
    let cells = closure.downcast_exact::<Tuple>().filter(|t| t.len() == free);
    let Some(cells) = cells.filter(|t| t.as_objects().iter().all(|c| c.downcast::<Cell>().is_some())) else {
        return Err(type_error(format!("code object requires a closure of exactly length {free}")));
    };
    let function = Function::new(code, &globals);
    function.func_closure.set(Some(Ref::from_borrowed(cells)));
    krait_vm::function::invoke_with_locals(&function, Some(&locals), &[], None).map(drop)
}

/// The metaclass that fits the bases; the most derived one.
fn derived_metaclass<'a>(start: &'a TypeObject, bases: &'a Tuple) -> Result<&'a TypeObject> {
    let mut winner = start;
    for base in bases.as_objects() {
        let ty = base.ty();
        if winner.is_subtype_of(ty) {
            continue;
        }
        if !ty.is_subtype_of(winner) {
            return Err(type_error(
                "metaclass conflict: the metaclass of a derived class must be a (non-strict) subclass of the metaclasses of all its bases",
            ));
        }
        winner = ty;
    }
    Ok(winner)
}

/// Replaces bases that are no types by what their `__mro_entries__` gives; `None`: nothing to replace.
pub fn update_bases(bases: &[&Object]) -> Result<Option<Ref<Tuple>>> {
    let all = Tuple::from_slice(bases);
    let (mut out, mut changed) = (Vec::new(), false);
    for base in bases {
        if base.downcast::<TypeObject>().is_some() {
            out.push(base.to_ref());
            continue;
        }
        let Some(method) = base.get_attr_opt(id!("__mro_entries__"))? else {
            out.push(base.to_ref());
            continue;
        };
        let entries = method.call(&[&all])?;
        let Some(entries) = entries.downcast::<Tuple>() else {
            return Err(type_error("__mro_entries__ must return a tuple"));
        };
        changed = true;
        out.extend(entries.as_slice().iter().cloned());
    }
    Ok(changed.then(|| Tuple::from_vec(out)))
}

/// __build_class__(func, name, /, *bases, [metaclass], **kwds) -> class
///
/// Internal helper function used by the class statement.
#[pyfn("__build_class__(func, name, /, *bases, **kwds)", raw)]
pub fn build_class(args: &[&Object], kwnames: Option<&Tuple>) -> Result {
    let keywords = kwnames.map_or(0, Tuple::len);
    let (positional, values) = args.split_at(args.len() - keywords);
    let [function, name, bases @ ..] = positional else {
        return Err(type_error("__build_class__: not enough arguments"));
    };
    let Some(function) = function.downcast::<Function>() else {
        return Err(type_error("__build_class__: func must be a function"));
    };
    if name.downcast::<Str>().is_none() {
        return Err(type_error("__build_class__: name is not a string"));
    }
    let original = Tuple::from_slice(bases);
    let updated = update_bases(bases)?;
    let bases = updated.clone().unwrap_or_else(|| original.clone());
    let kwds = Dict::new();
    for (name, value) in kwnames.map_or(&[][..], Tuple::as_objects).iter().zip(values) {
        kwds.set(name, value)?;
    }
    let given = kwds.pop(id!("metaclass"))?;
    let metaclass = match given {
        Some(meta) => match meta.downcast::<TypeObject>() {
            Some(ty) => derived_metaclass(ty, &bases)?.to_ref(),
            None => meta,
        },
        None => {
            let start = match bases.as_objects() {
                [] => &krait_object::typeobj::PyType_Type,
                [first, ..] => first.ty(),
            };
            derived_metaclass(start, &bases)?.to_ref()
        }
    };
    let namespace = prepare(&metaclass, name, &bases, &kwds)?;
    let cell = krait_vm::function::invoke_with_locals(function, Some(&namespace), &[], None)?;
    if updated.is_some() {
        namespace.set_item(id!("__orig_bases__"), &original)?;
    }
    let class_args = Tuple::from_slice(&[name, &bases, &namespace]);
    let class = metaclass.call_dict(&class_args, Some(&kwds))?;
    check_class_cell(&class, &cell, name)?;
    Ok(class)
}

fn prepare(metaclass: &Object, name: &Object, bases: &Tuple, kwds: &Dict) -> Result {
    let Some(method) = metaclass.get_attr_opt(id!("__prepare__"))? else {
        return Ok(Dict::new().into_object());
    };
    let namespace = method.call_dict(&Tuple::from_slice(&[name, bases]), Some(kwds))?;
    if !namespace.is_mapping() {
        let shown = match metaclass.downcast::<TypeObject>() {
            Some(ty) => ty.short_name().to_owned(),
            None => "<metaclass>".to_owned(),
        };
        return Err(type_error(format!(
            "{shown}.__prepare__() must return a mapping, not {}",
            namespace.type_name()
        )));
    }
    Ok(namespace)
}

/// The body gave back its `__class__` cell: `type.__new__` must have filled it with the class.
fn check_class_cell(class: &Object, cell: &Object, name: &Object) -> Result<()> {
    let (Some(cell), true) = (cell.downcast::<Cell>(), class.downcast::<TypeObject>().is_some()) else {
        return Ok(());
    };
    match cell.ob_ref.get() {
        None => Err(runtime_error(format!(
            "__class__ not set defining {} as {}. Was __classcell__ propagated to type.__new__?",
            name.repr()?,
            class.repr()?
        ))),
        Some(content) if !content.is(class) => Err(type_error(format!(
            "__class__ set to {} defining {} as {}",
            content.repr()?,
            name.repr()?,
            class.repr()?
        ))),
        Some(_) => Ok(()),
    }
}

/// Import a module.
///
/// Because this function is meant for use by the Python interpreter and not
/// for general use, it is better to use importlib.import_module() to
/// programmatically import a module.
///
/// The globals argument is only used to determine the context; they are not
/// modified.  The locals argument is unused.  The fromlist should be a list
/// of names to emulate ``from name import ...``, or an empty list to emulate
/// ``import name``.  When importing a module from a package, note that
/// __import__('A.B', ...) returns package A when fromlist is empty, but its
/// submodule B when fromlist is not empty.  The level argument is used to
/// determine whether to perform absolute or relative imports: 0 is absolute,
/// while a positive number is the number of parent directories to search
/// relative to the current module.
#[pyfn("__import__(name, globals=None, locals=None, fromlist=(), level=0)")]
pub fn import(
    name: &Object,
    globals: Option<&Object>,
    locals: Option<&Object>,
    fromlist: Option<&Object>,
    level: i32,
) -> Result {
    let _ = locals;
    crate::import::import_module_level(name, globals, fromlist, level)
}

/// Call sys.breakpointhook(*args, **kws).
///
/// sys.breakpointhook() must accept whatever arguments are passed.
///
/// By default, this drops you into the pdb debugger.
#[pyfn("breakpoint(*args, **kws)")]
pub fn breakpoint(args: krait_object::args::Args<'_>, kws: krait_object::args::Kwargs<'_>) -> Result {
    let Some(hook) = interp::current().sysdict.get().and_then(|s| s.get_str(id!("breakpointhook"))) else {
        return Err(runtime_error("lost sys.breakpointhook"));
    };
    let keywords = kws.to_dict()?;
    hook.call_dict(&args.to_tuple(), Some(&keywords))
}
