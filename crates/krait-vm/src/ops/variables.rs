//! Cells and free variables, and the errors for variables without a value.

use crate::cell::Cell;
use crate::code::CodeObject;
use crate::eval::Regs;
use crate::stackref::StackRef;
use krait_bytecode::flags::CO_FAST_FREE;
use krait_object::exceptions::{self as exc, raise_name_error};
use krait_object::{Dict, Raised, Ref, Result};

#[cold]
pub fn unbound_local(code: &CodeObject, index: usize) -> Raised {
    let name = code.local_name(index);
    raise_name_error(
        &exc::PyExc_UnboundLocalError,
        &format!("cannot access local variable '{name}' where it is not associated with a value"),
        name,
    )
}

/// The error for an empty cell.
#[cold]
fn unbound_cell(code: &CodeObject, index: usize) -> Raised {
    if code.kinds().get(index).is_none_or(|k| k & CO_FAST_FREE == 0) {
        return unbound_local(code, index);
    }
    let name = code.local_name(index);
    raise_name_error(
        &exc::PyExc_NameError,
        &format!(
            "cannot access free variable '{name}' where it is not associated with a value in enclosing scope"
        ),
        name,
    )
}

#[inline(always)]
fn cell<'a>(r: &Regs, index: usize) -> &'a Cell {
    // SAFETY: after MAKE_CELL and COPY_FREE_VARS the local is a cell for as long as the frame runs.
    unsafe { r.local(index).object_unbound().cast::<Cell>() }
}

/// `MAKE_CELL`: the local's value moves into a new cell.
pub fn make_cell(r: &mut Regs, arg: usize) {
    let value = core::mem::replace(r.local(arg), StackRef::NULL).into_ref_opt();
    *r.local(arg) = StackRef::owned(Cell::new(value).into_object());
}

/// `COPY_FREE_VARS`: the closure's cells become the last locals.
#[inline(always)]
pub fn copy_free_vars(r: &mut Regs, arg: usize) {
    let offset = r.code().co_nlocalsplus.get() as usize - arg;
    let closure = r.frame().function().and_then(|f| f.func_closure.get());
    if let Some(closure) = closure {
        for (index, cell) in closure.as_objects().iter().take(arg).enumerate() {
            *r.local(offset + index) = StackRef::new(cell);
        }
    }
}

#[inline(always)]
pub fn load_deref(r: &mut Regs, arg: usize) -> Result<()> {
    match cell(r, arg).ob_ref.get() {
        Some(value) => {
            r.push_ref(value);
            Ok(())
        }
        None => Err(unbound_cell(r.code(), arg)),
    }
}

#[inline(always)]
pub fn store_deref(r: &mut Regs, arg: usize) {
    let value = r.pop().into_ref();
    cell(r, arg).ob_ref.set(value);
}

#[inline(always)]
pub fn delete_deref(r: &mut Regs, arg: usize) -> Result<()> {
    match cell(r, arg).ob_ref.take() {
        Some(_) => Ok(()),
        None => Err(unbound_cell(r.code(), arg)),
    }
}

/// `LOAD_FROM_DICT_OR_DEREF`: a class body's free variable.
#[inline(always)]
pub fn load_from_dict_or_deref(r: &mut Regs, arg: usize) -> Result<()> {
    let namespace = r.pop();
    let name = r.code().local_name(arg);
    let found = match namespace.object().downcast_exact::<Dict>() {
        Some(dict) => dict.get(name)?,
        None => namespace.object().get_item_opt(name)?,
    };
    let value: Ref = match found.or_else(|| cell(r, arg).ob_ref.get()) {
        Some(value) => value,
        None => return Err(unbound_cell(r.code(), arg)),
    };
    r.push_ref(value);
    Ok(())
}
