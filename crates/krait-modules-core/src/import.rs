//! `import` from native code: `sys.modules` first, then the import system in Python. CPython: `Python/import.c`.
//!
//! The finders and loaders are `importlib._bootstrap`, which is frozen; this file has the fast path and the relative names.

use krait_object::errors::{self, import_error, key_error, type_error, value_error};
use krait_object::{Dict, Object, Ref, Result, Str, id, interp};

/// `sys.modules`.
pub fn modules() -> Result<Ref<Dict>> {
    interp::current().modules.get().ok_or_else(|| errors::runtime_error("unable to get sys.modules"))
}

/// The module of a name, if it is imported (`None` entries count as absent).
pub fn imported(name: &Object) -> Result<Option<Ref<Object>>> {
    Ok(modules()?.get(name)?.filter(|m| !m.is_none()))
}

/// `import name` for native code (`PyImport_ImportModule`).
pub fn import_name(name: &str) -> Result {
    let name = Str::new(name);
    match imported(&name)? {
        Some(module) => {
            ensure_initialized(&module, &name)?;
            Ok(module)
        }
        None => find_and_load(&name),
    }
}

fn importlib() -> Result {
    interp::current().importlib.get().ok_or_else(|| import_error("the import system is not ready"))
}

fn find_and_load(name: &Object) -> Result {
    let import = interp::current()
        .builtins
        .get()
        .and_then(|b| b.get_str(id!("__import__")))
        .unwrap_or_else(|| krait_object::none().to_ref());
    importlib()?.call_method(id!("_find_and_load"), &[name, &import])
}

/// A module that another thread is importing is waited for.
fn ensure_initialized(module: &Object, name: &Object) -> Result<()> {
    let Some(spec) = module.get_attr_opt(id!("__spec__"))? else { return Ok(()) };
    let initializing = match spec.get_attr_opt(id!("_initializing"))? {
        Some(flag) => flag.is_true()?,
        None => false,
    };
    if initializing {
        importlib()?.call_method(id!("_lock_unlock_module"), &[name])?;
    }
    Ok(())
}

/// The package that a relative import starts from.
fn package_of(globals: &Dict) -> Result<Ref<Str>> {
    let get = |name: &Str| globals.get_str(name).filter(|v| !v.is_none());
    let package = get(id!("__package__"));
    let spec = get(id!("__spec__"));
    if let Some(package) = package {
        let Ok(package) = package.downcast_into::<Str>() else {
            return Err(type_error("package must be a string"));
        };
        if let Some(parent) = spec.as_ref().map(|s| s.get_attr(id!("parent"))).transpose()? {
            if !parent.eq(&package)? {
                errors::warn(
                    &krait_object::exceptions::PyExc_DeprecationWarning,
                    "__package__ != __spec__.parent",
                    1,
                )?;
            }
        }
        return Ok(package);
    }
    if let Some(spec) = spec {
        let parent = spec.get_attr(id!("parent"))?;
        return parent.downcast_into::<Str>().map_err(|_| type_error("__spec__.parent must be a string"));
    }
    errors::warn(
        &krait_object::exceptions::PyExc_ImportWarning,
        "can't resolve package from __spec__ or __package__, falling back on __name__ and __path__",
        1,
    )?;
    let Some(name) = globals.get_str(id!("__name__")) else {
        return Err(errors::raise_with(
            &krait_object::exceptions::PyExc_KeyError,
            &[&Str::new("'__name__' not in globals")],
        ));
    };
    let Ok(name) = name.downcast_into::<Str>() else { return Err(type_error("__name__ must be a string")) };
    if globals.get_str(id!("__path__")).is_some() {
        return Ok(name);
    }
    let text = name.to_string_lossy();
    Ok(Str::new(text.rsplit_once('.').map_or("", |(parent, _)| parent)))
}

/// The absolute name of a relative one.
fn resolve(name: &Str, globals: Option<&Object>, level: i32) -> Result<Ref<Str>> {
    let Some(globals) = globals.and_then(|g| g.downcast::<Dict>()) else {
        return Err(key_error(&Str::new("'__name__' not in globals")));
    };
    let package = package_of(globals)?;
    if package.is_empty() {
        return Err(import_error("attempted relative import with no known parent package"));
    }
    let text = package.to_string_lossy();
    let mut base = text.as_str();
    for _ in 1..level {
        match base.rsplit_once('.') {
            Some((parent, _)) => base = parent,
            None => return Err(import_error("attempted relative import beyond top-level package")),
        }
    }
    if name.is_empty() {
        return Ok(Str::new(base));
    }
    Ok(Str::new(&format!("{base}.{name}")))
}

/// `__import__` (`PyImport_ImportModuleLevelObject`).
pub fn import_module_level(
    name: &Object,
    globals: Option<&Object>,
    fromlist: Option<&Object>,
    level: i32,
) -> Result {
    let Some(text) = name.downcast::<Str>() else {
        return Err(type_error(format!("module name must be a string, not {}", name.type_name())));
    };
    if level < 0 {
        return Err(value_error("level must be >= 0"));
    }
    let absolute = if level > 0 {
        resolve(text, globals, level)?
    } else {
        if text.is_empty() {
            return Err(value_error("Empty module name"));
        }
        Ref::from_borrowed(text)
    };
    let module = match imported(&absolute)? {
        Some(module) => {
            ensure_initialized(&module, &absolute)?;
            module
        }
        None => find_and_load(&absolute)?,
    };
    let from = match fromlist.filter(|f| !f.is_none()) {
        Some(list) => list.is_true()?,
        None => false,
    };
    if !from {
        return front(module, text, &absolute, level);
    }
    if module.get_attr_opt(id!("__path__"))?.is_some() {
        let import = interp::current()
            .builtins
            .get()
            .and_then(|b| b.get_str(id!("__import__")))
            .unwrap_or_else(|| krait_object::none().to_ref());
        let list = fromlist.unwrap_or(krait_object::none());
        return importlib()?.call_method(id!("_handle_fromlist"), &[&module, list, &import]);
    }
    Ok(module)
}

/// Without a list of names, `import a.b` gives `a`.
fn front(module: Ref<Object>, name: &Str, absolute: &Str, level: i32) -> Result {
    let text = name.to_string_lossy();
    let Some((first, _)) = text.split_once('.') else {
        return Ok(module);
    };
    if level == 0 {
        return import_name(first);
    }
    let cut = name.len() - first.chars().count();
    let front = absolute.part(0, absolute.len() - cut);
    match imported(&front)? {
        Some(module) => Ok(module),
        None => Err(errors::raise_with(
            &krait_object::exceptions::PyExc_KeyError,
            &[&Str::new(&format!("{} not in sys.modules as expected", front.repr()?))],
        )),
    }
}
