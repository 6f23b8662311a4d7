//! `_weakref`: what the module `weakref` is built on. CPython: `Modules/_weakref.c`.

use krait_macros::pyfn;
use krait_object::defs::MethodDef;
use krait_object::module::{Module, ModuleDef};
use krait_object::weakref::{self, WeakRef, proxy};
use krait_object::{Dict, List, Object, Ref, Result};

/// The module.
pub static MODULE: ModuleDef =
    ModuleDef::new(c"_weakref").doc(c"Weak-reference support module.").methods(METHODS).exec(exec);

static METHODS: &[MethodDef] =
    &[getweakrefcount::DEF, getweakrefs::DEF, new_proxy::DEF, remove_dead_weakref::DEF, MethodDef::SENTINEL];

fn exec(module: &Module) -> Result<()> {
    module.add("ref", &weakref::_PyWeakref_RefType)?;
    module.add("ReferenceType", &weakref::_PyWeakref_RefType)?;
    module.add("ProxyType", &proxy::_PyWeakref_ProxyType)?;
    module.add("CallableProxyType", &proxy::_PyWeakref_CallableProxyType)
}

/// Return the number of weak references to 'object'.
#[pyfn("getweakrefcount(object, /)")]
fn getweakrefcount(object: &Object) -> usize {
    weakref::all(object).len()
}

/// Return a list of all weak reference objects pointing to 'object'.
#[pyfn("getweakrefs(object, /)")]
fn getweakrefs(object: &Object) -> Ref<List> {
    List::from_vec(weakref::all(object).into_iter().map(Ref::into_object).collect())
}

/// Create a proxy object that weakly references 'object'.
///
/// 'callback', if given, is called with a reference to the
/// proxy when 'object' is about to be finalized.
#[pyfn("proxy(object, callback=None, /)")]
fn new_proxy(object: &Object, callback: Option<&Object>) -> Result<Ref<WeakRef>> {
    proxy::new_proxy(object, callback)
}

/// Atomically remove key from dict if it points to a dead weakref.
#[pyfn("_remove_dead_weakref(dct, key, /)")]
fn remove_dead_weakref(dct: &Dict, key: &Object) -> Result<()> {
    let Some(value) = dct.get(key)? else { return Ok(()) };
    match value.downcast::<WeakRef>() {
        None => Err(krait_object::type_error("not a weakref")),
        Some(reference) if reference.get().is_none() => dct.remove(key).map(|_| ()),
        Some(_) => Ok(()),
    }
}
