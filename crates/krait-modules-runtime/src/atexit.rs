//! `atexit`: functions to call at the end of the interpreter. CPython: `Modules/atexitmodule.c`.
//!
//! The interpreter holds the callbacks; its end calls [`run_callbacks`].

//!
use krait_macros::pyfn;
use krait_object::args::{Args, Kwargs};
use krait_object::defs::MethodDef;
use krait_object::module::ModuleDef;
use krait_object::{Dict, List, Object, Ref, Result, Tuple, errors, interp, type_error};

/// The module.
pub static MODULE: ModuleDef = ModuleDef::new(c"atexit")
    .doc(c"allow programmer to define multiple exit functions to be executed\nupon normal program termination.\n\nTwo public functions, register and unregister, are defined.\n")
    .methods(METHODS);

static METHODS: &[MethodDef] =
    &[register::DEF, clear::DEF, unregister::DEF, run::DEF, count::DEF, MethodDef::SENTINEL];

fn callbacks() -> Ref<List> {
    let interp = interp::current();
    interp.atexit_callbacks.get().unwrap_or_else(|| {
        let list = List::new();
        interp.atexit_callbacks.set(Some(list.clone()));
        list
    })
}

/// Calls the registered functions, the last first; what they raise is reported and forgotten.
pub fn run_callbacks() {
    while let Some(entry) = callbacks().pop() {
        let Some([function, args, kwargs]) = entry.downcast::<Tuple>().map(Tuple::as_objects) else {
            continue;
        };
        let Some(args) = args.downcast::<Tuple>() else { continue };
        if function.call_dict(args, kwargs.downcast::<Dict>()).is_err() {
            errors::write_unraisable("in atexit callback ", Some(function));
        }
    }
}

/// Register a function to be executed upon normal program termination
///
///     func - function to be called at exit
///     args - optional arguments to pass to func
///     kwargs - optional keyword arguments to pass to func
///
///     func is returned to facilitate usage as a decorator.
#[pyfn("register(func, /, *args, **kwargs)", nosig)]
fn register(func: &Object, args: Args<'_>, kwargs: Kwargs<'_>) -> Result {
    if !func.is_callable() {
        return Err(type_error("the first argument must be callable"));
    }
    let named = Dict::new();
    for (name, value) in kwargs.iter() {
        named.set(name, value)?;
    }
    let entry = Tuple::from_slice(&[func, &Tuple::from_slice(&args), &named]);
    callbacks().try_push(entry.into_object())?;
    Ok(func.to_ref())
}

/// Clear the list of previously registered exit functions.
#[pyfn("_clear()")]
fn clear() {
    callbacks().clear();
}

/// Run all registered exit functions.
///
/// If a callback raises an exception, it is logged with sys.unraisablehook.
#[pyfn("_run_exitfuncs()")]
fn run() {
    run_callbacks();
}

/// Return the number of registered exit functions.
#[pyfn("_ncallbacks()")]
fn count() -> usize {
    callbacks().len()
}

/// Unregister an exit function which was previously registered using
/// atexit.register
///
///     func - function to be unregistered
#[pyfn("unregister(func, /)")]
fn unregister(func: &Object) -> Result<()> {
    let mut kept = Vec::new();
    for entry in callbacks().to_vec() {
        let known = entry.downcast::<Tuple>().and_then(|t| t.get(0));
        if !known.map_or(Ok(false), |f| f.eq(func))? {
            kept.push(entry);
        }
    }
    interp::current().atexit_callbacks.set(Some(List::from_vec(kept)));
    Ok(())
}
