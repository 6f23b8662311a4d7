//! `_thread`: threads and locks. CPython: `Modules/_threadmodule.c`.
//!
//! - this file: the module's functions; `raw_lock`: the lock of one word; `lock`: `lock` and `RLock`; `start`: new
//!   threads and `_ThreadHandle`

mod lock;
mod raw_lock;
mod start;

use krait_macros::pyfn;
use krait_object::errors::value_error;
use krait_object::exceptions;
use krait_object::module::{Module, ModuleDef};
use krait_object::structseq::StructSeq;
use krait_object::{MethodDef, Object, Raised, Result, Str, errors, id, interp, thread};

/// The module.
pub static MODULE: ModuleDef = ModuleDef::new(c"_thread")
    .doc(c"This module provides primitive operations to write multi-threaded programs.\nThe 'threading' module provides a more convenient interface.")
    .methods(METHODS)
    .exec(exec);

#[rustfmt::skip]
static METHODS: &[MethodDef] = &[
    start::start_new_thread::DEF, start::start_new::DEF, start::start_joinable_thread::DEF,
    start::make_thread_handle::DEF, start::shutdown::DEF, start::count::DEF, start::stack_size::DEF,
    start::get_main_thread_ident::DEF,
    allocate_lock::DEF, allocate::DEF, get_ident::DEF, get_native_id::DEF, exit::DEF, exit_thread::DEF,
    excepthook::DEF, daemon_threads_allowed::DEF, is_main_interpreter::DEF, set_name::DEF, get_name::DEF,
    MethodDef::SENTINEL,
];

static EXCEPT_HOOK_ARGS: StructSeq = StructSeq::new(
    c"_thread._ExceptHookArgs",
    c"ExceptHookArgs\n\nType used to pass arguments to threading.excepthook.",
    &[
        (c"exc_type", c"Exception type"),
        (c"exc_value", c"Exception value"),
        (c"exc_traceback", c"Exception traceback"),
        (c"thread", c"Thread"),
    ],
    4,
);

fn exec(module: &Module) -> Result<()> {
    module.add_type(&lock::LOCK)?;
    module.add("LockType", &lock::LOCK)?;
    module.add_type(&lock::RLOCK)?;
    module.add_type(&start::THREAD_HANDLE)?;
    module.add("_ExceptHookArgs", EXCEPT_HOOK_ARGS.ty()?)?;
    module.add("error", &exceptions::PyExc_RuntimeError)?;
    let longest = krait_object::Float::new(lock::TIMEOUT_MAX);
    module.add("TIMEOUT_MAX", &longest)?;
    module.add_int("_NAME_MAXLEN", 15)?;
    start::remember_main_thread();
    Ok(())
}

/// Create a new lock object.
#[pyfn("allocate_lock()")]
fn allocate_lock() -> Result {
    lock::new_lock()
}

/// An obsolete synonym of allocate_lock().
#[pyfn("allocate()")]
fn allocate() -> Result {
    lock::new_lock()
}

/// Return a non-zero integer that uniquely identifies the current thread.
#[pyfn("get_ident()")]
fn get_ident() -> u64 {
    thread::current().thread_id.get()
}

/// Return a non-negative integer identifying the thread as reported by the OS (kernel).
#[pyfn("get_native_id()")]
fn get_native_id() -> i32 {
    // SAFETY: a plain query.
    unsafe { libc::gettid() }
}

fn raise_exit() -> Raised {
    errors::raise_with(&exceptions::PyExc_SystemExit, &[])
}

/// Raise SystemExit: the thread ends silently unless the exception is caught.
#[pyfn("exit()")]
fn exit() -> Result<()> {
    Err(raise_exit())
}

/// An obsolete synonym of exit().
#[pyfn("exit_thread()")]
fn exit_thread() -> Result<()> {
    Err(raise_exit())
}

/// Return True if daemon threads are allowed in the current interpreter.
#[pyfn("daemon_threads_allowed()")]
fn daemon_threads_allowed() -> bool {
    true
}

/// Return True if the current interpreter is the main Python interpreter.
#[pyfn("_is_main_interpreter()")]
fn is_main_interpreter() -> bool {
    interp::current().id == 0
}

/// Set the name of the current thread.
#[pyfn("set_name(name)")]
fn set_name(name: &Str) -> Result<()> {
    let text = name.to_string_lossy();
    let mut end = text.len().min(15);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let name = crate::sys::c_string(&text.as_bytes()[..end])?;
    // SAFETY: the calling thread and a short C string.
    match unsafe { libc::pthread_setname_np(libc::pthread_self(), name.as_ptr()) } {
        0 => Ok(()),
        number => Err(crate::sys::os_error(number)),
    }
}

/// Get the name of the current thread.
#[pyfn("_get_name()")]
fn get_name() -> Result<krait_object::Ref<Str>> {
    let mut buffer = [0u8; 100];
    // SAFETY: the buffer is as long as said.
    let number =
        unsafe { libc::pthread_getname_np(libc::pthread_self(), buffer.as_mut_ptr().cast(), buffer.len()) };
    if number != 0 {
        return Err(crate::sys::os_error(number));
    }
    let end = buffer.iter().position(|&b| b == 0).unwrap_or(buffer.len());
    crate::sys::fs_decode(&buffer[..end])
}

/// Handle uncaught Thread.run() exception.
#[pyfn("_excepthook(args, /)")]
fn excepthook(args: &Object) -> Result<()> {
    if !args.ty().is_type(EXCEPT_HOOK_ARGS.ty()?) {
        return Err(krait_object::type_error("_thread.excepthook argument type must be ExceptHookArgs"));
    }
    let exc_type = args.get_attr(id!("exc_type"))?;
    if exc_type.is(&exceptions::PyExc_SystemExit) {
        return Ok(());
    }
    let thread = args.get_attr(id!("thread"))?;
    let stderr = interp::current().sysdict.get().and_then(|d| d.get_str(id!("stderr")));
    let Some(file) = stderr.filter(|f| !f.is_none()) else { return Ok(()) };
    let name = match thread.is_none() {
        true => None,
        false => thread.get_attr_opt(id!("_name"))?,
    };
    let name = match name {
        Some(name) => name.str()?.to_string_lossy(),
        None => get_ident().to_string(),
    };
    file.call_method(id!("write"), &[&Str::new(&format!("Exception in thread {name}:\n"))])?;
    let Some(import) = interp::current().hooks.import_module.get() else {
        return Err(value_error("imports are not possible any more"));
    };
    let traceback = import("traceback")?;
    let (value, trace) = (args.get_attr(id!("exc_value"))?, args.get_attr(id!("exc_traceback"))?);
    let print = traceback.get_attr(id!("print_exception"))?;
    print.call_keywords(&[&exc_type, &value, &trace], &[("file", &*file)])?;
    Ok(())
}
