//! Bodies of the specialised calls.
//!
//! The stack holds the callable, then `self` or null, then the arguments. `Ok(None)` and `Ok(false)` say that a guard
//! failed; nothing has changed then.

use crate::bind::frame_from_stack;
use crate::code::{CodeObject, Parts};
use crate::eval::Regs;
use crate::frame::{self, Frame, Owner, push_frame};
use crate::function::{Function, is_plain};
use crate::ops::calls::{finish, unpack_method, with_objects};
use crate::run::vm_state;
use crate::stackref::StackRef;
use core::mem::ManuallyDrop;
use krait_bytecode::opcode::raw;
use krait_object::cfunction::CFunction;
use krait_object::defs::meth;
use krait_object::descriptors::method::MethodDescr;
use krait_object::method::Method;
use krait_object::typeobj::{PyType_Type, base};
use krait_object::{Bytes, Int, List, Object, Ref, Result, Slot, Str, Tuple, TypeObject, none, thread};

type Hit = Result<bool>;
type Entered = Result<Option<*mut Frame>>;

const CALL: usize = 3;
const CONVENTION: i32 =
    meth::VARARGS | meth::FASTCALL | meth::NOARGS | meth::O | meth::KEYWORDS | meth::METHOD;

/// The callable's place, the place of the first argument (with `self`) and their number.
#[inline(always)]
fn operands(r: &Regs, arg: usize) -> (*mut StackRef, *mut StackRef, usize) {
    // SAFETY: the instruction's operands are on the stack.
    unsafe {
        let base = r.sp.sub(arg + 2);
        let has_self = usize::from(!(*base.add(1)).is_null());
        (base, base.add(2 - has_self), arg + has_self)
    }
}

/// The callable as a plain function of the cached version.
#[inline(always)]
fn guarded<'a>(r: &Regs, base: *mut StackRef) -> Option<&'a Function> {
    // SAFETY: the callable is on the stack.
    let function = unsafe { (*base).object_unbound() }.downcast_exact::<Function>()?;
    (function.func_version.get() == r.cache_u32(CALL, 1)).then_some(function)
}

/// A frame whose arguments are moved over as they lie.
///
/// # Safety
/// The function's code takes `count` arguments by position; they lie at `args`.
#[inline(always)]
unsafe fn enter_exact(
    r: &mut Regs,
    base: *mut StackRef,
    args: *mut StackRef,
    count: usize,
    code: &CodeObject,
) -> *mut Frame {
    // SAFETY: the caller's promise; the operands leave the stack.
    unsafe {
        r.sp = base;
        r.save_return(1 + CALL);
        let frame = push_frame(r.ts, code);
        Frame::init(frame, base.read(), None, code, count);
        core::ptr::copy_nonoverlapping(args, Frame::locals(frame), count);
        frame
    }
}

#[inline(always)]
pub fn py_exact_args(r: &mut Regs, arg: usize) -> Entered {
    let (base, args, count) = operands(r, arg);
    let Some(function) = guarded(r, base) else { return Ok(None) };
    let code = function.code();
    if code.co_argcount.get() as usize != count {
        return Ok(None);
    }
    // SAFETY: the version stands for code that takes positional arguments only, and their number was tested.
    Ok(Some(unsafe { enter_exact(r, base, args, count, code) }))
}

#[inline(always)]
pub fn py_general(r: &mut Regs, arg: usize) -> Entered {
    let (base, args, count) = operands(r, arg);
    if guarded(r, base).is_none() {
        return Ok(None);
    }
    r.sp = base;
    r.save_return(1 + CALL);
    // SAFETY: the operands are given away.
    unsafe { frame_from_stack(r.ts, base.read(), None, args, count, None).map(Some) }
}

/// Is the callable a method bound to an instance, whose function has the cached version?
#[inline(always)]
fn bound_guard(r: &Regs, arg: usize) -> bool {
    if !r.peek(arg + 1).is_null() {
        return false;
    }
    let Some(method) = r.object(arg + 2).downcast_exact::<Method>() else { return false };
    let function = method.function().downcast_exact::<Function>();
    function.is_some_and(|f| f.func_version.get() == r.cache_u32(CALL, 1))
}

#[inline(always)]
pub fn bound_method_exact_args(r: &mut Regs, arg: usize) -> Entered {
    if !bound_guard(r, arg) {
        return Ok(None);
    }
    // SAFETY: the guard says that it is a bound method without `self` beside it.
    unsafe { unpack_method(r.sp.sub(arg + 2)) };
    py_exact_args(r, arg)
}

#[inline(always)]
pub fn bound_method_general(r: &mut Regs, arg: usize) -> Entered {
    if !bound_guard(r, arg) {
        return Ok(None);
    }
    // SAFETY: as above.
    unsafe { unpack_method(r.sp.sub(arg + 2)) };
    py_general(r, arg)
}

/// The code of the frame under an `__init__`: checks that it gave None, returns the instance.
fn init_cleanup() -> Result<Ref<CodeObject>> {
    let slot = &crate::run::vm_state().init_cleanup;
    if let Some(code) = slot.get() {
        return Ok(code);
    }
    let empty = || Ref::from_borrowed(Tuple::empty());
    let name = || Str::new("__init__");
    let code = CodeObject::from_parts(Parts {
        filename: name(),
        name: name(),
        qualname: name(),
        flags: 0,
        code: vec![raw::EXIT_INIT_CHECK, 0, raw::RETURN_VALUE, 0],
        firstlineno: 1,
        linetable: Bytes::new(&[]),
        consts: empty(),
        names: empty(),
        localsplusnames: empty(),
        localspluskinds: Bytes::new(&[]),
        argcount: 0,
        posonlyargcount: 0,
        kwonlyargcount: 0,
        stacksize: 2,
        exceptiontable: Bytes::new(&[]),
    })?;
    slot.set(Some(code.clone()));
    Ok(code)
}

/// `CALL_ALLOC_AND_ENTER_INIT`: makes the instance and runs `__init__` in this loop, over a frame that returns the
/// instance.
#[inline(always)]
pub fn alloc_and_enter_init(r: &mut Regs, arg: usize) -> Entered {
    if !r.peek(arg + 1).is_null() {
        return Ok(None);
    }
    let Some(class) = r.object(arg + 2).downcast::<TypeObject>() else { return Ok(None) };
    if class.tp_version_tag.get() != r.cache_u32(CALL, 1) {
        return Ok(None);
    }
    enter_init(r, class, arg)
}

fn init_function(class: &TypeObject, count: usize) -> Option<&Function> {
    // SAFETY: null or kept alive by the class, as long as it is not modified.
    let init = unsafe { class.as_heap()?.spec_cache.init.get().as_ref() }?;
    is_plain(init)
        .filter(|f| crate::bind::is_simple(f.code()) && f.code().co_argcount.get() as usize == count)
}

#[inline(always)]
fn enter_init(r: &mut Regs, class: &TypeObject, arg: usize) -> Entered {
    let Some(init) = init_function(class, arg + 1) else { return Ok(None) };
    let cleanup = init_cleanup()?;
    let instance = base::new_instance(class)?;
    crate::eval::enter_recursion(r.ts)?;
    // SAFETY: the operands are on the stack, are moved to the frame of `__init__`, and the rest is dropped; both frames
    // are pushed with room for what is written.
    unsafe {
        let code = init.code();
        let base = r.sp.sub(arg + 2);
        r.save_return(1 + CALL);
        let shim = push_shim(r.ts, &cleanup, StackRef::owned(instance.clone()));
        let frame = push_frame(r.ts, code);
        Frame::init(frame, StackRef::new(init), None, code, arg + 1);
        Frame::locals(frame).write(StackRef::owned(instance));
        core::ptr::copy_nonoverlapping(base.add(2), Frame::locals(frame).add(1), arg);
        r.sp = base;
        r.save_sp();
        (*shim).previous = r.frame;
        frame::set_current_frame(r.ts, shim);
        let class = base.read();
        *r = Regs::load(r.ts, shim);
        drop(class);
        Ok(Some(frame))
    }
}

/// # Safety
/// The frame must be entered or cleared.
#[inline(always)]
unsafe fn push_shim(ts: &thread::ThreadState, code: &CodeObject, value: StackRef) -> *mut Frame {
    let frame = push_frame(ts, code);
    // SAFETY: the room is for a frame of the code.
    unsafe {
        (*frame).f_executable = ManuallyDrop::new(StackRef::new(code));
        (*frame).f_funcobj = ManuallyDrop::new(StackRef::immortal(none()));
        (*frame).f_globals = core::ptr::null();
        (*frame).f_builtins = core::ptr::null();
        (*frame).f_locals = core::ptr::null_mut();
        (*frame).frame_obj = core::ptr::null_mut();
        (*frame).instr_ptr = code.first_instr();
        (*frame).return_offset = 0;
        (*frame).owner = Owner::Thread;
        (*frame).visited = 0;
        Frame::locals(frame).write(value);
        (*frame).stackpointer = Frame::locals(frame).add(1);
    }
    frame
}

/// Ends a call of native code: the operands go, the result comes.
#[inline(always)]
fn done(r: &mut Regs, arg: usize, result: Result) -> Hit {
    finish(r, arg + 2, result).map(|_| true)
}

/// The native function and the number of arguments, when its convention is this one.
#[inline(always)]
fn native<'a>(r: &Regs, arg: usize, convention: i32) -> Option<(&'a CFunction, *mut StackRef, usize)> {
    let (base, args, count) = operands(r, arg);
    // SAFETY: the callable is on the stack.
    let function = unsafe { (*base).object_unbound() }.downcast_exact::<CFunction>()?;
    (function.def().ml_flags & CONVENTION == convention).then_some((function, args, count))
}

#[inline(always)]
fn receiver(function: &CFunction) -> &Object {
    // SAFETY: the function keeps its receiver.
    unsafe { function.self_ptr().as_ref() }.unwrap_or(none())
}

#[inline(always)]
pub fn builtin_o(r: &mut Regs, arg: usize) -> Hit {
    let Some((function, args, 1)) = native(r, arg, meth::O) else { return Ok(false) };
    thread::check_recursion(" while calling a Python object")?;
    // SAFETY: the flags say which member of the union is set; one argument was given.
    let result = unsafe { (function.def().ml_meth.plain)(receiver(function), (*args).get()) };
    done(r, arg, result)
}

#[inline(always)]
pub fn builtin_fast(r: &mut Regs, arg: usize) -> Hit {
    let Some((function, args, count)) = native(r, arg, meth::FASTCALL) else { return Ok(false) };
    // SAFETY: the flags say which member of the union is set.
    let result = unsafe {
        with_objects(args, count, |a| {
            (function.def().ml_meth.fast)(receiver(function), a.as_ptr().cast(), count as isize)
        })
    };
    done(r, arg, result)
}

#[inline(always)]
pub fn builtin_fast_with_keywords(r: &mut Regs, arg: usize) -> Hit {
    let Some((function, args, count)) = native(r, arg, meth::FASTCALL | meth::KEYWORDS) else {
        return Ok(false);
    };
    // SAFETY: the flags say which member of the union is set.
    let result = unsafe {
        with_objects(args, count, |a| {
            (function.def().ml_meth.fast_keywords)(
                receiver(function),
                a.as_ptr().cast(),
                count as isize,
                None,
            )
        })
    };
    done(r, arg, result)
}

/// The method descriptor, `self` and the arguments after it, when convention and type fit.
#[inline(always)]
fn descriptor<'a>(
    r: &Regs,
    arg: usize,
    convention: i32,
) -> Option<(&'a MethodDescr, &'a Object, *mut StackRef, usize)> {
    let (base, args, count) = operands(r, arg);
    // SAFETY: the callable and `count` arguments are on the stack.
    unsafe {
        let method = (*base).object_unbound().downcast_exact::<MethodDescr>()?;
        if method.def().ml_flags & CONVENTION != convention || count == 0 {
            return None;
        }
        let instance = (*args).object_unbound();
        instance.is_instance_of(method.owner()).then_some((method, instance, args.add(1), count - 1))
    }
}

#[inline(always)]
pub fn method_descriptor_o(r: &mut Regs, arg: usize) -> Hit {
    let Some((method, instance, args, 1)) = descriptor(r, arg, meth::O) else { return Ok(false) };
    thread::check_recursion(" while calling a Python object")?;
    // SAFETY: the flags say which member of the union is set; one argument was given.
    let result = unsafe { (method.def().ml_meth.plain)(instance, (*args).get()) };
    done(r, arg, result)
}

#[inline(always)]
pub fn method_descriptor_noargs(r: &mut Regs, arg: usize) -> Hit {
    let Some((method, instance, _, 0)) = descriptor(r, arg, meth::NOARGS) else { return Ok(false) };
    thread::check_recursion(" while calling a Python object")?;
    // SAFETY: the flags say which member of the union is set.
    let result = unsafe { (method.def().ml_meth.plain)(instance, None) };
    done(r, arg, result)
}

#[inline(always)]
pub fn method_descriptor_fast(r: &mut Regs, arg: usize) -> Hit {
    let Some((method, instance, args, count)) = descriptor(r, arg, meth::FASTCALL) else { return Ok(false) };
    // SAFETY: the flags say which member of the union is set.
    let result = unsafe {
        with_objects(args, count, |a| {
            (method.def().ml_meth.fast)(instance, a.as_ptr().cast(), count as isize)
        })
    };
    done(r, arg, result)
}

#[inline(always)]
pub fn method_descriptor_fast_with_keywords(r: &mut Regs, arg: usize) -> Hit {
    let Some((method, instance, args, count)) = descriptor(r, arg, meth::FASTCALL | meth::KEYWORDS) else {
        return Ok(false);
    };
    // SAFETY: the flags say which member of the union is set.
    let result = unsafe {
        with_objects(args, count, |a| {
            (method.def().ml_meth.fast_keywords)(instance, a.as_ptr().cast(), count as isize, None)
        })
    };
    done(r, arg, result)
}

#[inline(always)]
pub fn builtin_class(r: &mut Regs, arg: usize) -> Hit {
    let (base, args, count) = operands(r, arg);
    // SAFETY: the callable is on the stack.
    let Some(class) = (unsafe { (*base).object_unbound() }).downcast::<TypeObject>() else {
        return Ok(false);
    };
    let Some(vectorcall) = class.tp_vectorcall.get() else { return Ok(false) };
    // SAFETY: a type's vectorcall, with borrowed arguments.
    let result = unsafe {
        with_objects(args, count, |a| {
            vectorcall(class.as_ptr(), a.as_ptr().cast(), count, core::ptr::null_mut())
        })
    };
    done(r, arg, result)
}

#[inline(always)]
pub fn non_py_general(r: &mut Regs, arg: usize) -> Hit {
    let (base, args, count) = operands(r, arg);
    // SAFETY: the operands are on the stack.
    unsafe {
        let callable = (*base).object_unbound();
        if is_plain(callable).is_some() || callable.downcast_exact::<Method>().is_some() {
            return Ok(false);
        }
        let result = with_objects(args, count, |a| callable.vectorcall(a, None));
        done(r, arg, result)
    }
}

/// Is the callable this type, called with one argument and no `self`?
#[inline(always)]
fn is_one_argument_of(r: &Regs, ty: &TypeObject) -> bool {
    r.peek(2).is_null() && core::ptr::eq(r.object(3), &**ty)
}

#[inline(always)]
pub fn type_1(r: &mut Regs) -> Hit {
    if !is_one_argument_of(r, &PyType_Type) {
        return Ok(false);
    }
    let ty = r.object(1).ty().to_ref();
    done(r, 1, Ok(ty))
}

#[inline(always)]
pub fn str_1(r: &mut Regs) -> Hit {
    if !is_one_argument_of(r, &krait_object::str::PyUnicode_Type) {
        return Ok(false);
    }
    let text = r.object(1).str().map(Ref::into_object);
    done(r, 1, text)
}

#[inline(always)]
pub fn tuple_1(r: &mut Regs) -> Hit {
    if !is_one_argument_of(r, &krait_object::tuple::PyTuple_Type) {
        return Ok(false);
    }
    let tuple = r.object(1).to_tuple().map(Ref::into_object);
    done(r, 1, tuple)
}

#[inline(always)]
fn is_builtin(r: &Regs, arg: usize, function: &Slot) -> bool {
    r.peek(arg + 1).is_null() && core::ptr::eq(r.object(arg + 2), function.as_ptr())
}

#[inline(always)]
pub fn len(r: &mut Regs) -> Hit {
    if !is_builtin(r, 1, &vm_state().len) {
        return Ok(false);
    }
    let result = Object::len(r.object(1)).map(|n| Int::from_i64(n as i64).into_object());
    done(r, 1, result)
}

#[inline(always)]
pub fn isinstance(r: &mut Regs) -> Hit {
    if !is_builtin(r, 2, &vm_state().isinstance) {
        return Ok(false);
    }
    let result = r.object(2).is_instance(r.object(1));
    done(r, 2, result.map(|b| krait_object::object::bool_object(b).to_ref()))
}

/// `CALL_LIST_APPEND`: `list.append(item)` as a statement; the `POP_TOP` behind it is skipped.
#[inline(always)]
pub fn list_append(r: &mut Regs) -> Hit {
    if r.peek(2).is_null() || !core::ptr::eq(r.object(3), vm_state().list_append.as_ptr()) {
        return Ok(false);
    }
    let Some(list) = r.object(2).downcast_exact::<List>() else { return Ok(false) };
    list.try_push(core::mem::replace(r.peek(1), StackRef::NULL).into_ref())?;
    r.drop_top(3);
    // SAFETY: the next instruction is within the code.
    if unsafe { r.ip.read() } as u8 == raw::POP_TOP {
        r.jump(1);
    } else {
        r.push(StackRef::immortal(none()));
    }
    Ok(true)
}
