//! `import`.

use crate::eval::Regs;
use krait_object::errors::{self, type_error};
use krait_object::exceptions::{self as exc, raise_import_error};
use krait_object::{Dict, Object, Raised, Ref, Result, Str, id, interp, none};

/// `IMPORT_NAME`.
pub fn import_name(r: &mut Regs, arg: usize) -> Result<()> {
    let (fromlist, level) = (r.pop(), r.pop());
    let module = import(*r, r.name(arg), fromlist.object(), level.object())?;
    r.push_ref(module);
    Ok(())
}

fn import(r: Regs, name: &Str, fromlist: &Object, level: &Object) -> Result {
    let builtins = r.frame().builtins();
    let found = match builtins.downcast::<Dict>() {
        Some(dict) => dict.get(id!("__import__"))?,
        None => builtins.get_item_opt(id!("__import__"))?,
    };
    let Some(import) = found else {
        return Err(errors::import_error("__import__ not found"));
    };
    let locals = r.frame().locals_mapping().unwrap_or(none());
    let globals: &Object = r.frame().globals();
    import.call(&[name, globals, locals, fromlist, level])
}

/// `IMPORT_FROM`.
pub fn import_from(r: &mut Regs, arg: usize) -> Result<()> {
    let value = attribute_of_module(r.object(1), r.name(arg))?;
    r.push_ref(value);
    Ok(())
}

/// `from module import name`, falling back to `sys.modules` for a submodule that is being imported.
#[inline(never)]
pub fn attribute_of_module(module: &Object, name: &Str) -> Result {
    if let Some(found) = module.get_attr_opt(name)? {
        return Ok(found);
    }
    let module_name = module.get_attr_opt(id!("__name__"))?.and_then(|n| n.downcast_into::<Str>().ok());
    if let Some(module_name) = &module_name {
        let full = Str::new(&format!("{module_name}.{name}"));
        if let Some(modules) = interp::current().modules.get() {
            if let Some(found) = modules.get(&full)? {
                return Ok(found);
            }
        }
    }
    Err(cannot_import(module, module_name.as_deref(), name)?)
}

#[cold]
fn cannot_import(module: &Object, module_name: Option<&Str>, name: &Str) -> Result<Raised> {
    let shown = module_name.map_or_else(|| "<unknown module name>".to_owned(), Str::to_string_lossy);
    let quoted = match module_name {
        Some(name) => Object::repr(name)?.to_string_lossy(),
        None => format!("'{shown}'"),
    };
    let origin = origin_of(module)?;
    let place = origin.as_ref().map_or_else(|| "unknown location".to_owned(), |o| o.to_string_lossy());
    let message = format!("cannot import name {} from {quoted} ({place})", Object::repr(name)?);
    Ok(raise_import_error(
        &exc::PyExc_ImportError,
        &message,
        module_name.map(|n| -> &Object { n }),
        origin.as_ref().map(|o| -> &Object { o }),
        Some(name),
    ))
}

/// The file that a module comes from, by its spec or its `__file__`.
fn origin_of(module: &Object) -> Result<Option<Ref<Str>>> {
    if let Some(spec) = module.get_attr_opt(id!("__spec__"))? {
        let has_location = match spec.get_attr_opt(id!("has_location"))? {
            Some(flag) => flag.is_true()?,
            None => false,
        };
        if has_location {
            if let Some(origin) =
                spec.get_attr_opt(id!("origin"))?.and_then(|o| o.downcast_into::<Str>().ok())
            {
                return Ok(Some(origin));
            }
        }
    }
    Ok(module.get_attr_opt(id!("__file__"))?.and_then(|f| f.downcast_into::<Str>().ok()))
}

/// `from module import *` into a namespace (`CALL_INTRINSIC_1` IMPORT_STAR).
pub fn import_star(module: &Object, locals: &Object) -> Result<()> {
    let (names, explicit) = match module.get_attr_opt(id!("__all__"))? {
        Some(all) => (all, true),
        None => match module.get_attr_opt(id!("__dict__"))? {
            Some(dict) => (dict.mapping_keys()?.into_object(), false),
            None => return Err(errors::import_error("from-import-* object has no __dict__ and no __all__")),
        },
    };
    let mut index = 0;
    loop {
        let name = match names.sequence_get(index) {
            Ok(name) => name,
            Err(raised) => return errors::clear_if(raised, &exc::PyExc_IndexError),
        };
        index += 1;
        let Some(text) = name.downcast::<Str>() else {
            return Err(bad_name(module, &name, explicit)?);
        };
        if !explicit && text.chars().iter().next() == Some(u32::from('_')) {
            continue;
        }
        let value = module.get_attr(text)?;
        match locals.downcast_exact::<Dict>() {
            Some(dict) => dict.set(text, &value)?,
            None => locals.set_item(text, &value)?,
        }
    }
}

#[cold]
fn bad_name(module: &Object, name: &Object, explicit: bool) -> Result<Raised> {
    let module_name = module.get_attr(id!("__name__"))?;
    let Some(module_name) = module_name.downcast::<Str>() else {
        return Ok(type_error(format!("module __name__ must be a string, not {}", module_name.type_name())));
    };
    let (kind, place) = if explicit { ("Item", "__all__") } else { ("Key", "__dict__") };
    Ok(type_error(format!("{kind} in {module_name}.{place} must be str, not {}", name.type_name())))
}
