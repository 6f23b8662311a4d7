//! Names that are looked up in namespaces: module and class bodies, globals, builtins.

use crate::eval::Regs;
use crate::stackref::StackRef;
use krait_object::errors::system_error;
use krait_object::exceptions::{self as exc, raise_name_error};
use krait_object::{Dict, Object, Raised, Ref, Result, Str, id};

#[cold]
fn not_defined(name: &Str) -> Raised {
    raise_name_error(&exc::PyExc_NameError, &format!("name '{name}' is not defined"), name)
}

#[inline(always)]
fn find(mapping: &Object, name: &Str) -> Result<Option<Ref<Object>>> {
    match mapping.downcast_exact::<Dict>() {
        Some(dict) => dict.get(name),
        None => mapping.get_item_opt(name),
    }
}

/// Globals, then builtins.
#[inline(never)]
pub fn load_global_slow(globals: &Dict, builtins: &Object, name: &Str) -> Result {
    if let Some(found) = globals.get(name)? {
        return Ok(found);
    }
    match find(builtins, name)? {
        Some(found) => Ok(found),
        None => Err(not_defined(name)),
    }
}

#[inline(always)]
pub fn load_global(r: &mut Regs, arg: usize) -> Result<()> {
    let value = load_global_slow(r.frame().globals(), r.frame().builtins(), r.name(arg >> 1))?;
    r.push_ref(value);
    if arg & 1 != 0 {
        r.push(StackRef::NULL);
    }
    Ok(())
}

#[inline(always)]
pub fn store_global(r: &mut Regs, arg: usize) -> Result<()> {
    let value = r.pop();
    r.frame().globals().set(r.name(arg), value.object())
}

#[inline(always)]
pub fn delete_global(r: &mut Regs, arg: usize) -> Result<()> {
    if r.frame().globals().remove(r.name(arg))? { Ok(()) } else { Err(not_defined(r.name(arg))) }
}

#[inline(always)]
pub fn load_locals(r: &mut Regs) -> Result<()> {
    match r.frame().locals_mapping() {
        Some(locals) => {
            r.push(StackRef::new(locals));
            Ok(())
        }
        None => Err(system_error("no locals")),
    }
}

#[inline(never)]
fn load_name_value(r: Regs, name: &Str) -> Result {
    let Some(locals) = r.frame().locals_mapping() else {
        return Err(system_error(format!("no locals when loading {}", Object::repr(name)?)));
    };
    match find(locals, name)? {
        Some(found) => Ok(found),
        None => load_global_slow(r.frame().globals(), r.frame().builtins(), name),
    }
}

#[inline(always)]
pub fn load_name(r: &mut Regs, arg: usize) -> Result<()> {
    let value = load_name_value(*r, r.name(arg))?;
    r.push_ref(value);
    Ok(())
}

#[inline(always)]
pub fn load_from_dict_or_globals(r: &mut Regs, arg: usize) -> Result<()> {
    let namespace = r.pop();
    let name = r.name(arg);
    let value = match find(namespace.object(), name)? {
        Some(found) => found,
        None => load_global_slow(r.frame().globals(), r.frame().builtins(), name)?,
    };
    r.push_ref(value);
    Ok(())
}

#[inline(always)]
pub fn store_name(r: &mut Regs, arg: usize) -> Result<()> {
    let value = r.pop();
    let name = r.name(arg);
    let Some(locals) = r.frame().locals_mapping() else {
        return Err(system_error(format!("no locals found when storing {}", Object::repr(name)?)));
    };
    match locals.downcast_exact::<Dict>() {
        Some(dict) => dict.set(name, value.object()),
        None => locals.set_item(name, value.object()),
    }
}

#[inline(always)]
pub fn delete_name(r: &mut Regs, arg: usize) -> Result<()> {
    delete_name_in(r.frame().locals_mapping(), r.name(arg))
}

#[cold]
fn delete_name_in(locals: Option<&Object>, name: &Str) -> Result<()> {
    let Some(locals) = locals else {
        return Err(system_error(format!("no locals when deleting {}", Object::repr(name)?)));
    };
    match locals.downcast_exact::<Dict>() {
        Some(dict) => {
            if dict.remove(name)? {
                Ok(())
            } else {
                Err(not_defined(name))
            }
        }
        None => match locals.del_item(name) {
            Err(_) if krait_object::errors::matches(&exc::PyExc_KeyError) => Err(not_defined(name)),
            other => other,
        },
    }
}

#[inline(always)]
pub fn load_build_class(r: &mut Regs) -> Result<()> {
    let found = find(r.frame().builtins(), id!("__build_class__"))?;
    match found {
        Some(found) => {
            r.push_ref(found);
            Ok(())
        }
        None => {
            Err(raise_name_error(&exc::PyExc_NameError, "__build_class__ not found", id!("__build_class__")))
        }
    }
}

/// `SETUP_ANNOTATIONS`: makes `__annotations__` in the namespace unless it is there.
pub fn setup_annotations(r: &mut Regs) -> Result<()> {
    let Some(locals) = r.frame().locals_mapping() else {
        return Err(system_error("no locals found when setting up annotations"));
    };
    let name = id!("__annotations__");
    if find(locals, name)?.is_some() {
        return Ok(());
    }
    let fresh = Dict::new();
    match locals.downcast_exact::<Dict>() {
        Some(dict) => dict.set(name, &fresh),
        None => locals.set_item(name, &fresh),
    }
}
