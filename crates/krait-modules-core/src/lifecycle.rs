//! Start and end of the interpreter. CPython: `Python/pylifecycle.c`, `Modules/main.c`.
//!
//! Start: types, `sys` and `builtins`, the frozen import system, the standard streams, `site`. End: threads, `atexit`,
//! streams flushed.

use crate::sys::hooks;
use crate::{builtins, config, imp, import};
use krait_object::errors::{self, system_error};
use krait_object::exceptions::{self, BaseException};
use krait_object::interp::Interpreter;
use krait_object::module::{Module, ModuleDef};
use krait_object::thread::ThreadState;
use krait_object::{Dict, Int, List, Object, Raised, Ref, Result, Str, gil, id, interp, none};

static BUILTINS: ModuleDef = ModuleDef::new(c"builtins")
    .doc(c"Built-in functions, types, exceptions, and other objects.\n\nThis module provides direct access to all 'built-in'\nidentifiers of Python; for example, builtins.len is\nthe full name for the built-in function len().")
    .methods(builtins::METHODS);

/// Makes the main interpreter with the calling thread attached, up to a working import system.
pub fn start() -> Result<()> {
    let config = config::get();
    let interp = Interpreter::leak_new(0);
    interp.optimize.set(config.optimize);
    interp.bytes_warning.set(config.bytes_warning);
    interp.dev_mode.set(config.dev_mode);
    interp.int_max_str_digits.set(config.int_max_str_digits);
    let id = interp.next_thread_id.replace(interp.next_thread_id.get() + 1);
    let state: &'static ThreadState = Box::leak(ThreadState::new(interp, id));
    state.bind_to_thread();
    gil::attach(state);
    interp.threads.borrow_mut().push(state);
    krait_object::typeobj::builtin_types::init_types()?;
    krait_vm::init()?;
    interp.gc.garbage.set(Some(List::new()));
    interp.gc.callbacks.set(Some(List::new()));
    let hooks = &interp.hooks;
    hooks.import_module.set(Some(import::import_name));
    hooks.write_unraisable.set(Some(hooks::write_unraisable));
    hooks.audit.set(Some(hooks::raise_audit));
    hooks.warn.set(Some(warn));
    make_modules(interp)?;
    start_imports(interp)
}

/// `sys.modules`, `sys`, `builtins`.
fn make_modules(interp: &'static Interpreter) -> Result<()> {
    let modules = Dict::new();
    interp.modules.set(Some(modules.clone()));
    let sys = crate::sys::MODULE.create()?;
    interp.sysdict.set(Some(sys.dict()));
    modules.set_str(id!("sys"), &sys)?;
    sys.add("modules", &modules)?;
    let builtins = BUILTINS.create()?;
    builtins.mark_executed();
    fill_builtins(&builtins)?;
    interp.builtins.set(Some(builtins.dict()));
    modules.set_str(id!("builtins"), &builtins)?;
    crate::sys::attributes::fill(&sys)?;
    sys.mark_executed();
    Ok(())
}

fn fill_builtins(module: &Module) -> Result<()> {
    module.add("None", none())?;
    module.add("Ellipsis", krait_object::singletons::ellipsis())?;
    module.add("NotImplemented", krait_object::not_implemented())?;
    for (name, value) in [("False", false), ("True", true)] {
        module.add(name, krait_object::object::bool_object(value))?;
    }
    module.add("__debug__", krait_object::object::bool_object(config::get().optimize == 0))?;
    for ty in builtins::types() {
        module.add(ty.short_name(), ty)?;
    }
    for (name, ty) in exceptions::ALL {
        if !name.starts_with('_') {
            module.add(name, *ty)?;
        }
    }
    module.add("EnvironmentError", &exceptions::PyExc_OSError)?;
    module.add("IOError", &exceptions::PyExc_OSError)?;
    module.add("ExceptionGroup", &*exceptions::init_exception_group()?)
}

/// Runs the frozen import system and installs it.
fn start_imports(interp: &'static Interpreter) -> Result<()> {
    let lost = || system_error("the import system is not in the program");
    let bootstrap = imp::exec_frozen(krait_stdlib::frozen("_frozen_importlib").ok_or_else(lost)?)?;
    interp.importlib.set(Some(bootstrap.clone()));
    let imp_module = imp::MODULE.create()?;
    imp_module.mark_executed();
    imp::MODULE.execute(&imp_module)?;
    import::modules()?.set_str(id!("_imp"), &imp_module)?;
    let sys = import::modules()?.get_str(id!("sys")).ok_or_else(lost)?;
    bootstrap.call_method(id!("_install"), &[&sys, &imp_module])?;
    bootstrap.call_method(id!("_install_external_importers"), &[])?;
    Ok(())
}

/// `interp.hooks.warn`: by the library's warnings module once it is there.
fn warn(category: &krait_object::TypeObject, message: &str, stack_level: isize) -> Result<()> {
    let Some(modules) = interp::current().modules.get() else { return Ok(()) };
    let Some(warnings) = modules.get_str(id!("warnings")) else { return Ok(()) };
    let level = Int::from_i64(stack_level as i64);
    warnings.call_method(id!("warn"), &[&Str::new(message), category, &level]).map(drop)
}

/// The standard streams, `builtins.open`, and `site` unless it is not wanted.
pub fn start_library() -> Result<()> {
    import::import_name("encodings")?;
    let io = import::import_name("io")?;
    let interp = interp::current();
    if let Some(builtins) = interp.builtins.get() {
        builtins.set_str(id!("open"), &*io.get_attr(id!("open"))?)?;
    }
    for (name, descriptor, mode) in [("stdin", 0, "r"), ("stdout", 1, "w"), ("stderr", 2, "w")] {
        let stream = open_stream(&io, name, descriptor, mode)?;
        set_sys(name, &stream)?;
        set_sys(&format!("__{name}__"), &stream)?;
    }
    if !config::get().no_site {
        import::import_name("site")?;
    }
    Ok(())
}

fn set_sys(name: &str, value: &Object) -> Result<()> {
    match interp::current().sysdict.get() {
        Some(sys) => sys.set_str(krait_object::str::intern::intern_str(name), value),
        None => Ok(()),
    }
}

/// One of the standard streams; None when its descriptor is closed.
fn open_stream(io: &Object, name: &str, descriptor: i32, mode: &str) -> Result {
    // SAFETY: asks the system about a descriptor.
    if unsafe { libc::fcntl(descriptor, libc::F_GETFD) } < 0 {
        return Ok(none().to_ref());
    }
    let config = config::get();
    let write = mode == "w";
    let unbuffered = config.unbuffered && write;
    let number = Int::from_i64(descriptor.into());
    let buffering = Int::from_i64(if unbuffered { 0 } else { -1 });
    let raw_mode = Str::new(if write { "wb" } else { "rb" });
    let closefd = krait_object::object::bool_object(false);
    let open = io.get_attr(id!("open"))?;
    let buffer =
        open.call_keywords(&[&number, &raw_mode], &[("buffering", &buffering), ("closefd", closefd)])?;
    let raw = if unbuffered { buffer.clone() } else { buffer.get_attr(id!("raw"))? };
    raw.set_attr(id!("name"), Some(&Str::new(&format!("<{name}>"))))?;
    let terminal = raw.call_method(id!("isatty"), &[])?.is_true()?;
    let errors = match (&config.io_errors, name) {
        (Some(errors), _) if name != "stderr" => errors.clone(),
        (_, "stderr") => "backslashreplace".to_owned(),
        _ => "strict".to_owned(),
    };
    let encoding = Str::new(config.io_encoding.as_deref().unwrap_or("utf-8"));
    let truth = krait_object::object::bool_object;
    let line_buffering = truth(!unbuffered && (terminal || name == "stderr"));
    let newline = Str::new("\n");
    let stream = io.get_attr(id!("TextIOWrapper"))?.call_keywords(
        &[&buffer],
        &[
            ("encoding", &encoding),
            ("errors", &Str::new(&errors)),
            ("newline", if write { &newline } else { none() }),
            ("line_buffering", line_buffering),
            ("write_through", truth(unbuffered)),
        ],
    )?;
    stream.set_attr(id!("mode"), Some(&Str::new(mode)))?;
    Ok(stream)
}

/// The namespace of `__main__`, made at first use.
pub fn main_namespace() -> Result<Ref<Dict>> {
    let modules = import::modules()?;
    let name = id!("__main__");
    if let Some(module) = modules.get_str(name) {
        return match module.downcast::<Module>() {
            Some(module) => Ok(module.dict()),
            None => Err(system_error("__main__ is no module")),
        };
    }
    let module = Module::new(name)?;
    modules.set_str(name, &module)?;
    let dict = module.dict();
    if let Some(builtins) = modules.get_str(id!("builtins")) {
        dict.set_str(id!("__builtins__"), &builtins)?;
    }
    Ok(dict)
}

/// Runs source in `__main__`.
pub fn run_source(source: &[u8], is_text: bool, filename: &str) -> Result<()> {
    let namespace = main_namespace()?;
    let optimize = config::get().optimize as u8;
    let mode = krait_vm::CompileMode::Exec;
    let code = krait_vm::compile_source(source, is_text, filename, mode, 0, optimize)?;
    krait_vm::run_code(&code, &namespace, None).map(drop)
}

/// Prints an exception that nothing caught through `sys.excepthook`, and gives the exit status.
pub fn report(raised: Raised) -> i32 {
    let exception = errors::fetch(raised);
    if exception.is_instance_of(&exceptions::PyExc_SystemExit) {
        return exit_status(&exception);
    }
    let _ = set_sys("last_exc", &exception);
    let _ = set_sys("last_type", exception.ty());
    let _ = set_sys("last_value", &exception);
    let traceback = exception.traceback.get().unwrap_or_else(|| none().to_ref());
    let _ = set_sys("last_traceback", &traceback);
    let hook = interp::current().sysdict.get().and_then(|s| s.get_str(id!("excepthook")));
    let done = hook.map(|hook| hook.call(&[exception.ty(), &exception, &traceback]));
    match done {
        Some(Ok(_)) => {}
        Some(Err(second)) => {
            let second = errors::fetch(second);
            if second.is_instance_of(&exceptions::PyExc_SystemExit) {
                return exit_status(&second);
            }
            hooks::write_stderr("Error in sys.excepthook:\n");
            hooks::print_exception(&second);
            hooks::write_stderr("\nOriginal exception was:\n");
            hooks::print_exception(&exception);
        }
        None => {
            hooks::write_stderr("sys.excepthook is missing\n");
            hooks::print_exception(&exception);
        }
    }
    if exception.is_instance_of(&exceptions::PyExc_KeyboardInterrupt) { 130 } else { 1 }
}

/// The status that a SystemExit asks for; a text is printed.
fn exit_status(exception: &BaseException) -> i32 {
    let code = exception.get_attr(id!("code")).unwrap_or_else(|_| {
        errors::clear();
        none().to_ref()
    });
    if code.is_none() {
        return 0;
    }
    if let Some(int) = code.downcast::<Int>() {
        return int.to_i64().map_or(-1, |n| n as i32);
    }
    let text = code.str().map_or_else(
        |_| {
            errors::clear();
            String::new()
        },
        |t| t.to_string_lossy(),
    );
    hooks::write_stderr(&format!("{text}\n"));
    1
}

/// The end: waits for threads, runs exit functions, flushes the streams. Gives the exit status.
pub fn finish(status: i32) -> i32 {
    let interp = interp::current();
    let call = |module: &Str, function: &Str| {
        let found = interp.modules.get().and_then(|m| m.get_str(module));
        if let Some(module) = found.filter(|m| !m.is_none()) {
            if module.call_method(function, &[]).is_err() {
                errors::write_unraisable("on shutdown", Some(&module));
            }
        }
    };
    call(id!("threading"), id!("_shutdown"));
    call(id!("atexit"), id!("_run_exitfuncs"));
    interp.finalizing.set(true);
    flush_streams(status)
}

fn flush_streams(status: i32) -> i32 {
    let mut status = status;
    for name in ["stdout", "stderr"] {
        let stream = interp::current().sysdict.get().and_then(|s| s.get_str(&Str::new(name)));
        let Some(stream) = stream.filter(|s| !s.is_none()) else { continue };
        let closed = stream.get_attr_opt(id!("closed")).and_then(|c| c.map_or(Ok(false), |c| c.is_true()));
        if closed.unwrap_or(false) {
            continue;
        }
        if stream.call_method(id!("flush"), &[]).is_err() {
            errors::write_unraisable("while flushing sys.stdout", Some(&stream));
            if name == "stdout" {
                status = 120;
            }
        }
    }
    status
}

/// Puts a folder first on `sys.path`.
fn prepend_path(folder: &[u8]) -> Result<()> {
    if config::get().safe_path {
        return Ok(());
    }
    let path = interp::current().sysdict.get().and_then(|s| s.get_str(id!("path")));
    if let Some(path) = path.and_then(|p| p.downcast_into::<List>().ok()) {
        path.insert(0, crate::sys::attributes::fs_text(folder));
    }
    Ok(())
}

/// Runs a program file, or a folder or archive with `__main__.py`.
pub fn run_file(file: &std::ffi::OsStr, skip_first_line: bool) -> Result<()> {
    use std::os::unix::ffi::OsStrExt;
    let path = std::path::Path::new(file);
    if path.is_dir() {
        prepend_path(file.as_bytes())?;
        return run_module_as_main("__main__", false);
    }
    let mut source = match std::fs::read(path) {
        Ok(source) => source,
        Err(error) => {
            let text = format!(
                "{}: can't open file '{}': [Errno {}] {}\n",
                config::get().prefixes.executable.display(),
                std::path::absolute(path).unwrap_or_else(|_| path.to_owned()).display(),
                error.raw_os_error().unwrap_or(0),
                exceptions::os_error::strerror(error.raw_os_error().unwrap_or(0)),
            );
            hooks::write_stderr(&text);
            return Err(errors::raise_with(&exceptions::PyExc_SystemExit, &[&Int::from_i64(2)]));
        }
    };
    if skip_first_line {
        let end = source.iter().position(|b| *b == b'\n').unwrap_or(source.len());
        source.drain(..end);
    }
    let real = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    if let Some(folder) = real.parent() {
        prepend_path(folder.as_os_str().as_bytes())?;
    }
    let namespace = main_namespace()?;
    namespace.set_str(id!("__file__"), &crate::sys::attributes::fs_text(file.as_bytes()))?;
    namespace.set_str(id!("__cached__"), none())?;
    run_source(&source, false, &file.to_string_lossy())
}

/// `-m name`
pub fn run_module(name: &[u8]) -> Result<()> {
    prepend_path(b"")?;
    run_module_as_main(&String::from_utf8_lossy(name), true)
}

fn run_module_as_main(name: &str, set_argv0: bool) -> Result<()> {
    main_namespace()?;
    let runpy = import::import_name("runpy")?;
    let set = krait_object::object::bool_object(set_argv0);
    runpy.call_method(id!("_run_module_as_main"), &[&Str::new(name), set]).map(drop)
}

/// Runs what standard input holds.
pub fn run_stdin() -> Result<()> {
    prepend_path(b"")?;
    let read = gil::allow_threads(|| {
        let mut source = Vec::new();
        std::io::Read::read_to_end(&mut std::io::stdin().lock(), &mut source).map(|_| source)
    });
    match read {
        Ok(source) => run_source(&source, false, "<stdin>"),
        Err(error) => Err(errors::from_io(&error, None)),
    }
}

/// `-c command`
pub fn run_command(command: &[u8]) -> Result<()> {
    prepend_path(b"")?;
    run_source(command, true, "<string>")
}
