//! `coroutine_wrapper`: what `coroutine.__await__()` gives.

use crate::generator::{Coroutine, as_generator};
use crate::generator_attributes::throw_arguments;
use crate::ops::generators::Sent;
use krait_macros::pyfn;
use krait_object::args::Args;
use krait_object::dealloc::dealloc_gc;
use krait_object::errors;
use krait_object::result::{NextResult, next_result};
use krait_object::typeobj::flags;
use krait_object::{MethodDef, Object, Ref, Result, Slot, TypeObject, alloc};

/// `PyCoroWrapper`.
#[repr(C)]
pub struct CoroutineWrapper {
    ob_base: Object,
    coroutine: Slot<Coroutine>,
}

krait_object::object_type!(CoroutineWrapper, _PyCoroWrapper_Type);

/// The type `coroutine_wrapper`.
#[unsafe(no_mangle)]
pub static _PyCoroWrapper_Type: TypeObject = TypeObject::of::<CoroutineWrapper>(c"coroutine_wrapper")
    .flags(flags::HAVE_GC | flags::DISALLOW_INSTANTIATION)
    .doc(c"A wrapper object implementing __await__ for coroutines.")
    .tp_dealloc(dealloc_gc::<CoroutineWrapper>)
    .tp_traverse(traverse)
    .tp_iter(itself)
    .tp_iternext(iternext)
    .methods(&[send::DEF, throw::DEF, close::DEF, MethodDef::SENTINEL]);

krait_object::traverse!(traverse, CoroutineWrapper, |this, v| {
    v.slot(&this.coroutine)?;
});

/// `coroutine.__await__()`.
pub extern "C" fn await_(object: &Object) -> Result {
    let coroutine = object.expect::<Coroutine>();
    Ok(alloc::new_tracked(CoroutineWrapper {
        ob_base: Object::new(&_PyCoroWrapper_Type),
        coroutine: Slot::new(Ref::from_borrowed(coroutine)),
    })
    .into_object())
}

extern "C" fn itself(object: &Object) -> Result {
    Ok(object.to_ref())
}

impl CoroutineWrapper {
    fn inner(&self) -> Ref<Object> {
        match self.coroutine.get() {
            Some(coroutine) => coroutine.into_object(),
            None => unreachable!("set at creation and never replaced"),
        }
    }
}

extern "C" fn iternext(object: &Object) -> NextResult {
    let inner = object.expect::<CoroutineWrapper>().inner();
    next_result((|| match as_generator(&inner).send(None, false)? {
        Sent::Yielded(value) => Ok(Some(value)),
        Sent::Returned(value) if value.is_none() => Ok(None),
        Sent::Returned(value) => Err(errors::stop_iteration(&value)),
    })())
}

/// send(arg) -> send 'arg' into coroutine,
/// return next iterated value or raise StopIteration.
#[pyfn("send($self, object, /)")]
fn send(wrapper: &CoroutineWrapper, object: &Object) -> Result {
    as_generator(&wrapper.inner()).send_method(Some(object))
}

/// throw(value)
/// throw(type[,value[,traceback]])
///
/// Raise exception in coroutine, return next iterated value or raise
/// StopIteration.
#[pyfn("throw($self, *args)", nosig)]
fn throw(wrapper: &CoroutineWrapper, args: Args<'_>) -> Result {
    let (ty, value, tb) = throw_arguments(args.as_slice())?;
    as_generator(&wrapper.inner()).throw(true, ty, value, tb)
}

/// close() -> raise GeneratorExit inside coroutine.
#[pyfn("close($self, /)")]
fn close(wrapper: &CoroutineWrapper) -> Result {
    as_generator(&wrapper.inner()).close()
}
