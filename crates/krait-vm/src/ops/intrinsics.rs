//! `CALL_INTRINSIC_1` and `CALL_INTRINSIC_2`.
//!
//! The objects of the typing syntax (`type X = …`, `def f[T]`) come from a module above this one through
//! [`TypingHooks`].

use crate::eval::Regs;
use crate::function::Function;
use core::cell::Cell;
use krait_bytecode::opcode::operand::{Intrinsic1, Intrinsic2};
use krait_object::errors::{self, system_error};
use krait_object::exceptions::{self as exc, BaseException};
use krait_object::{List, Object, Ref, Result, id, none};

/// What the typing module puts in place: functions of one and of two arguments, by intrinsic.
pub struct TypingHooks {
    pub unary: Cell<Option<fn(Intrinsic1, &Object) -> Result>>,
    pub binary: Cell<Option<fn(Intrinsic2, &Object, &Object) -> Result>>,
}

// SAFETY: set once at start-up, and read with the GIL held.
unsafe impl Sync for TypingHooks {}

pub static TYPING: TypingHooks = TypingHooks { unary: Cell::new(None), binary: Cell::new(None) };

pub fn call_intrinsic_1(r: &mut Regs, arg: usize) -> Result<()> {
    let value = r.pop();
    let result = unary(*r, arg, value.object())?;
    r.push_ref(result);
    Ok(())
}

pub fn call_intrinsic_2(r: &mut Regs, arg: usize) -> Result<()> {
    let (second, first) = (r.pop(), r.pop());
    let result = binary(arg, first.object(), second.object())?;
    r.push_ref(result);
    Ok(())
}

fn unary(r: Regs, arg: usize, value: &Object) -> Result {
    use Intrinsic1::*;
    match Intrinsic1::from_arg(arg as u32) {
        Some(Print) => print(value),
        Some(ImportStar) => {
            let Some(locals) = r.frame().locals_mapping() else {
                return Err(system_error("no locals found during 'import *'"));
            };
            crate::ops::imports::import_star(value, locals)?;
            Ok(none().to_ref())
        }
        Some(StopIterationError) => Ok(stop_iteration_error(r, value)),
        Some(AsyncGenWrap) => Ok(crate::async_generator::wrap(value)),
        Some(UnaryPositive) => krait_object::protocol::number::positive(value),
        Some(ListToTuple) => match value.downcast::<List>() {
            Some(list) => Ok(list.to_tuple().into_object()),
            None => Err(system_error("INTRINSIC_LIST_TO_TUPLE without a list")),
        },
        Some(kind @ (TypeVar | ParamSpec | TypeVarTuple | SubscriptGeneric | TypeAlias)) => {
            match TYPING.unary.get() {
                Some(hook) => hook(kind, value),
                None => Err(system_error("typing objects are not available")),
            }
        }
        Some(Invalid) | None => Err(system_error("invalid intrinsic")),
    }
}

fn binary(arg: usize, first: &Object, second: &Object) -> Result {
    match Intrinsic2::from_arg(arg as u32) {
        Some(Intrinsic2::PrepReraiseStar) => exc::group::prep_reraise_star(first, second),
        Some(Intrinsic2::SetFunctionTypeParams) => {
            if let Some(function) = first.downcast::<Function>() {
                function.func_typeparams.set(Some(second.to_ref()));
            }
            Ok(first.to_ref())
        }
        Some(
            kind @ (Intrinsic2::TypeVarWithBound
            | Intrinsic2::TypeVarWithConstraints
            | Intrinsic2::SetTypeParamDefault),
        ) => match TYPING.binary.get() {
            Some(hook) => hook(kind, first, second),
            None => Err(system_error("typing objects are not available")),
        },
        Some(Intrinsic2::Invalid) | None => Err(system_error("invalid intrinsic")),
    }
}

/// The value of an expression statement at the prompt.
fn print(value: &Object) -> Result {
    let sys = krait_object::interp::current().sysdict.get();
    match sys.and_then(|s| s.get_str(id!("displayhook"))) {
        Some(hook) => hook.call(&[value]),
        None => Err(errors::runtime_error("lost sys.displayhook")),
    }
}

/// StopIteration out of a generator becomes RuntimeError (PEP 479).
fn stop_iteration_error(r: Regs, value: &Object) -> Ref<Object> {
    use krait_bytecode::flags::{CO_ASYNC_GENERATOR, CO_COROUTINE};
    let code = r.code();
    let kind = match () {
        () if code.has_flag(CO_ASYNC_GENERATOR) => "async generator",
        () if code.has_flag(CO_COROUTINE) => "coroutine",
        () => "generator",
    };
    let what = if value.is_instance_of(&exc::PyExc_StopIteration) {
        "StopIteration"
    } else if code.has_flag(CO_ASYNC_GENERATOR) && value.is_instance_of(&exc::PyExc_StopAsyncIteration) {
        "StopAsyncIteration"
    } else {
        return value.to_ref();
    };
    let raised = errors::runtime_error(format!("{kind} raised {what}"));
    let error = errors::fetch(raised);
    if let Some(cause) = value.downcast::<BaseException>() {
        error.set_cause(Some(cause));
        error.context.set(Some(Ref::from_borrowed(cause)));
    }
    error.into_object()
}
