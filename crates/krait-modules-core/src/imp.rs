//! The module `_imp`: what importlib needs from the interpreter. CPython: `Python/import.c`.

use crate::import::modules;
use krait_macros::pyfn;
use krait_object::errors::{import_error, runtime_error, type_error, value_error};
use krait_object::exceptions::raise_import_error;
use krait_object::module::{Module, ModuleDef};
use krait_object::{Bytes, List, MethodDef, Object, Ref, Result, Str, Tuple, id, none, thread};
use krait_vm::code::CodeObject;

/// The module.
pub static MODULE: ModuleDef = ModuleDef::new(c"_imp")
    .doc(c"(Extremely) low-level import machinery bits as used by importlib.")
    .methods(&[
        extension_suffixes::DEF,
        lock_held::DEF,
        acquire_lock::DEF,
        release_lock::DEF,
        find_frozen::DEF,
        get_frozen_object::DEF,
        is_frozen_package::DEF,
        create_builtin::DEF,
        exec_builtin::DEF,
        init_frozen::DEF,
        is_builtin::DEF,
        is_frozen::DEF,
        frozen_module_names::DEF,
        override_frozen::DEF,
        fix_co_filename::DEF,
        source_hash::DEF,
        MethodDef::SENTINEL,
    ])
    .exec(exec);

fn exec(module: &Module) -> Result<()> {
    module.add_str("check_hash_based_pycs", &crate::config::get().check_hash_pycs)?;
    module.add_int("pyc_magic_number_token", u32::from_le_bytes(krait_bytecode::pyc::MAGIC).into())
}

/// Owner (thread id) and depth of the import lock.
static OWNER: std::sync::Mutex<(u64, u32)> = std::sync::Mutex::new((0, 0));
static RELEASED: std::sync::Condvar = std::sync::Condvar::new();

fn owner() -> std::sync::MutexGuard<'static, (u64, u32)> {
    OWNER.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Returns the list of file suffixes used to identify extension modules.
#[pyfn("extension_suffixes()")]
fn extension_suffixes() -> Ref<List> {
    let suffixes = [".cpython-314-x86_64-linux-gnu.so", ".abi3.so", ".so"];
    List::from_vec(suffixes.iter().map(|s| Str::new(s).into_object()).collect())
}

/// Return True if the import lock is currently held, else False.
///
/// On platforms without threads, return False.
#[pyfn("lock_held()")]
fn lock_held() -> bool {
    owner().1 > 0
}

/// Acquires the interpreter's import lock for the current thread.
///
/// This lock should be used by import hooks to ensure thread-safety when importing
/// modules. On platforms without threads, this function does nothing.
#[pyfn("acquire_lock()")]
fn acquire_lock() {
    let me = thread::current().thread_id.get();
    {
        let mut state = owner();
        if state.1 == 0 || state.0 == me {
            *state = (me, state.1 + 1);
            return;
        }
    }
    krait_object::gil::allow_threads(|| {
        let mut state = owner();
        while state.1 > 0 {
            state = RELEASED.wait(state).unwrap_or_else(std::sync::PoisonError::into_inner);
        }
        *state = (me, 1);
    });
}

/// Release the interpreter's import lock.
///
/// On platforms without threads, this function does nothing.
#[pyfn("release_lock()")]
fn release_lock() -> Result<()> {
    let me = thread::current().thread_id.get();
    let mut state = owner();
    if state.1 == 0 || state.0 != me {
        return Err(runtime_error("not holding the import lock"));
    }
    state.1 -= 1;
    if state.1 == 0 {
        RELEASED.notify_one();
    }
    Ok(())
}

/// A frozen module that may be used now.
fn usable(name: &str) -> Option<&'static krait_stdlib::Frozen> {
    let found = krait_stdlib::frozen(name)?;
    let always = found.group == krait_stdlib::FrozenGroup::Bootstrap;
    (always || crate::config::frozen_modules()).then_some(found)
}

#[cold]
fn not_frozen(name: &Str) -> krait_object::Raised {
    match name.repr() {
        Ok(repr) => raise_import_error(
            &krait_object::exceptions::PyExc_ImportError,
            &format!("No such frozen object named {repr}"),
            Some(name),
            None,
            None,
        ),
        Err(raised) => raised,
    }
}

/// Return info about the corresponding frozen module (if there is one) or None.
///
/// The returned info (a 2-tuple):
///
///  * data         the raw marshalled bytes
///  * is_package   whether or not it is a package
///  * origname     the originally frozen module's name, or None if not
///                 a stdlib module (this will usually be the same as
///                 the module's current name)
#[pyfn("find_frozen(name, /, *, withdata=False)")]
fn find_frozen(name: &Str, withdata: bool) -> Result {
    let Some(found) = usable(&name.to_string_lossy()) else { return Ok(none().to_ref()) };
    let data = if withdata { Bytes::new(found.code).into_object() } else { none().to_ref() };
    let origin = found.origin.map_or_else(|| none().to_ref(), |o| Str::new(o).into_object());
    let package = krait_object::object::bool_object(found.package).to_ref();
    Ok(Tuple::from_vec(vec![data, package, origin]).into_object())
}

/// Create a code object for a frozen module.
#[pyfn("get_frozen_object(name, data=None, /)")]
fn get_frozen_object(name: &Str, data: Option<&Object>) -> Result {
    let code = match data {
        Some(data) => match krait_object::buffer::copy_of_bytes(data)? {
            Some(bytes) => crate::marshal::from_bytes(&bytes, true)?,
            None => {
                return Err(type_error(format!(
                    "a bytes-like object is required, not '{}'",
                    data.type_name()
                )));
            }
        },
        None => match usable(&name.to_string_lossy()) {
            Some(found) => crate::marshal::from_bytes(found.code, true)?,
            None => return Err(not_frozen(name)),
        },
    };
    if code.downcast::<CodeObject>().is_none() {
        return Err(type_error(format!("frozen object {} is not a code object", name.repr()?)));
    }
    Ok(code)
}

/// Returns True if the module name is of a frozen package.
#[pyfn("is_frozen_package(name, /)")]
fn is_frozen_package(name: &Str) -> Result<bool> {
    match usable(&name.to_string_lossy()) {
        Some(found) => Ok(found.package),
        None => Err(not_frozen(name)),
    }
}

/// Returns True if the module name corresponds to a frozen module.
#[pyfn("is_frozen(name, /)")]
fn is_frozen(name: &Str) -> bool {
    usable(&name.to_string_lossy()).is_some()
}

/// Initializes a frozen module.
#[pyfn("init_frozen(name, /)")]
fn init_frozen(name: &Str) -> Result {
    match usable(&name.to_string_lossy()) {
        Some(found) => exec_frozen(found),
        None => Ok(none().to_ref()),
    }
}

/// Runs a frozen module under its own name (`PyImport_ImportFrozenModule`).
pub fn exec_frozen(found: &krait_stdlib::Frozen) -> Result {
    let code = crate::marshal::from_bytes(found.code, true)?;
    let Some(code) = code.downcast::<CodeObject>() else {
        return Err(type_error(format!("frozen object '{}' is not a code object", found.name)));
    };
    let name = Str::new(found.name);
    let module = match modules()?.get(&name)? {
        Some(module) => module,
        None => {
            let module = Module::new(&name)?.into_object();
            modules()?.set(&name, &module)?;
            module
        }
    };
    let Some(typed) = module.downcast::<Module>() else {
        return Err(type_error("frozen module replaced itself before it ran"));
    };
    let dict = typed.dict();
    if found.package {
        dict.set_str(id!("__path__"), &krait_object::List::new())?;
    }
    if dict.get_str(id!("__builtins__")).is_none() {
        dict.set_str(id!("__builtins__"), &krait_vm::function::current_builtins())?;
    }
    let origin = found.origin.map_or_else(|| none().to_ref(), |o| Str::new(o).into_object());
    dict.set_str(id!("__origname__"), &origin)?;
    krait_vm::run_code(code, &dict, None)?;
    match modules()?.get(&name)? {
        Some(module) => Ok(module),
        None => Err(import_error(format!("Loaded module {} not found in sys.modules", name.repr()?))),
    }
}

/// Returns the list of available frozen modules.
#[pyfn("_frozen_module_names()")]
fn frozen_module_names() -> Ref<List> {
    List::from_vec(krait_stdlib::FROZEN.iter().map(|f| Str::new(f.name).into_object()).collect())
}

/// (internal-only) Override PyConfig.use_frozen_modules.
///
/// (-1: "off", 1: "on", 0: no override)
/// See frozen_modules() in Lib/test/support/import_helper.py.
#[pyfn("_override_frozen_modules_for_tests(override, /)")]
fn override_frozen(r#override: i32) {
    crate::config::override_frozen(r#override);
}

/// The native module of a name.
pub fn builtin(name: &str) -> Option<&'static ModuleDef> {
    crate::config::get().modules.iter().copied().find(|m| m.name() == name)
}

/// Returns True if the module name corresponds to a built-in module.
#[pyfn("is_builtin(name, /)")]
fn is_builtin(name: &Str) -> i32 {
    let text = name.to_string_lossy();
    if matches!(text.as_str(), "sys" | "builtins") {
        // They exist already and cannot be initialised again.
        return -1;
    }
    i32::from(builtin(&text).is_some())
}

/// Create an extension module.
#[pyfn("create_builtin(spec, /)")]
fn create_builtin(spec: &Object) -> Result {
    let name = spec.get_attr(id!("name"))?;
    let Some(text) = name.downcast::<Str>() else {
        return Err(type_error(format!("name must be string, not {}", name.type_name())));
    };
    if let Some(existing) = modules()?.get(&name)? {
        if existing.downcast::<Module>().is_some_and(|m| m.def().is_some()) {
            return Ok(existing);
        }
    }
    match builtin(&text.to_string_lossy()) {
        Some(def) => Ok(def.create()?.into_object()),
        None => Ok(none().to_ref()),
    }
}

/// Initialize a built-in module.
#[pyfn("exec_builtin(mod, /)")]
fn exec_builtin(r#mod: &Object) -> Result<i32> {
    let Some(module) = r#mod.downcast::<Module>() else { return Ok(0) };
    if let Some(def) = module.def() {
        if module.mark_executed() {
            def.execute(module)?;
        }
    }
    Ok(0)
}

/// Changes code.co_filename to specify the passed-in file path.
///
///   code
///     Code object to change.
///   path
///     File path to use.
#[pyfn("_fix_co_filename(code, path, /)")]
fn fix_co_filename(code: &CodeObject, path: &Str) {
    let old = Ref::from_borrowed(code.filename_str());
    if Str::eq(&old, path) {
        return;
    }
    rename(code, &old, path);
}

fn rename(code: &CodeObject, old: &Str, new: &Str) {
    if !Str::eq(code.filename_str(), old) {
        return;
    }
    code.co_filename.set(Some(Ref::from_borrowed(new)));
    for constant in code.consts().as_objects() {
        if let Some(inner) = constant.downcast::<CodeObject>() {
            rename(inner, old, new);
        }
    }
}

#[pyfn("source_hash(key, source)")]
fn source_hash(key: i64, source: &Object) -> Result<Vec<u8>> {
    let Some(bytes) = krait_object::buffer::copy_of_bytes(source)? else {
        return Err(value_error("source must be bytes-like"));
    };
    Ok(krait_object::hash::keyed_hash(key as u64, &bytes).to_le_bytes().to_vec())
}
