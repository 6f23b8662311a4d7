//! Running code objects. CPython: `PyEval_EvalCode`.

use crate::code::CodeObject;
use crate::function::{self, Function};
use krait_object::{Dict, Object, Result, Tuple, id, interp};

/// Makes sure that the globals name their builtins, as `exec` and `eval` do.
fn ensure_builtins(globals: &Dict) -> Result<()> {
    let name = id!("__builtins__");
    if globals.get(name)?.is_some() {
        return Ok(());
    }
    let builtins = match crate::context::current_globals() {
        Some(_) => function::current_builtins(),
        None => match interp::current().builtins.get() {
            Some(builtins) => builtins.into_object(),
            None => return Ok(()),
        },
    };
    globals.set(name, &builtins)
}

/// Runs a code object in namespaces; `locals` defaults to the globals.
pub fn run_code(code: &CodeObject, globals: &Dict, locals: Option<&Object>) -> Result {
    run_code_with_closure(code, globals, locals, None)
}

/// As [`run_code`], with cells for the code's free variables.
pub fn run_code_with_closure(
    code: &CodeObject,
    globals: &Dict,
    locals: Option<&Object>,
    closure: Option<&Tuple>,
) -> Result {
    ensure_builtins(globals)?;
    let function = Function::new(code, globals);
    if let Some(closure) = closure {
        function.func_closure.set(Some(closure.into()));
    }
    function::invoke_with_locals(&function, Some(locals.unwrap_or(globals)), &[], None)
}

/// What the VM keeps for each interpreter.
pub struct VmState {
    /// The code under a constructor's `__init__`.
    pub init_cleanup: krait_object::Slot<CodeObject>,
    /// The built-in functions that have a specialised call of their own, as far as seen.
    pub len: krait_object::Slot,
    pub isinstance: krait_object::Slot,
    pub list_append: krait_object::Slot,
}

/// The state of the current interpreter, made at first use.
#[inline(always)]
pub fn vm_state() -> &'static VmState {
    let interp = interp::current();
    if interp.vm_state.get().is_null() {
        let empty = krait_object::Slot::empty;
        let state = VmState {
            init_cleanup: krait_object::Slot::empty(),
            len: empty(),
            isinstance: empty(),
            list_append: empty(),
        };
        interp.vm_state.set(Box::into_raw(Box::new(state)).cast());
    }
    // SAFETY: made above, and never freed: interpreters live as long as the process.
    unsafe { &*interp.vm_state.get().cast::<VmState>() }
}
