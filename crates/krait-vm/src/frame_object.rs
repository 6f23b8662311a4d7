//! Frame objects, made when somebody asks for one. CPython: `Objects/frameobject.c`.
//!
//! A frame object points to the interpreter frame while that lives, and takes over its content when it ends, into room
//! at its own end that was allocated for it.

use crate::code::CodeObject;
use crate::frame::{Frame, LOCALS_OFFSET, Owner};
use crate::generator::{self, state};
use crate::locals_proxy;
use crate::stackref::StackRef;
use core::cell::Cell;
use core::ffi::{c_int, c_void};
use core::mem::{ManuallyDrop, offset_of};
use krait_bytecode::flags::CO_OPTIMIZED;
use krait_macros::pyfn;
use krait_object::defs::member::T_BOOL;
use krait_object::errors::{attribute_error, runtime_error, type_error, value_error};
use krait_object::object::bool_object;
use krait_object::result::unit_result;
use krait_object::typeobj::flags;
use krait_object::{
    Dict, GetSetDef, Int, MemberDef, MethodDef, Object, Ref, Result, Slot, Str, TypeObject, alloc, gc, none,
};

/// `PyFrameObject`.
#[repr(C)]
pub struct FrameObject {
    ob_base: Object,
    f_back: Slot<FrameObject>,
    f_frame: Cell<*mut Frame>,
    pub f_trace: Slot,
    pub f_lineno: Cell<i32>,
    pub f_trace_lines: Cell<bool>,
    pub f_trace_opcodes: Cell<bool>,
    /// Names that are no locals of the code, set through `f_locals`.
    pub f_extra_locals: Slot<Dict>,
    pub f_locals_cache: Slot,
    /// Old values of locals replaced through `f_locals`: the stack may still borrow them.
    pub f_overwritten: Slot<krait_object::List>,
    f_frame_data: [usize; 1],
}

const DATA_OFFSET: usize = offset_of!(FrameObject, f_frame_data);

const _: () = {
    assert!(size_of::<FrameObject>() == 80);
    assert!(DATA_OFFSET == 72);
};

krait_object::object_type!(FrameObject, PyFrame_Type);

/// The type `frame`.
#[unsafe(no_mangle)]
pub static PyFrame_Type: TypeObject = TypeObject::new(c"frame", DATA_OFFSET + LOCALS_OFFSET)
    .itemsize(size_of::<usize>())
    .flags(flags::HAVE_GC | flags::DISALLOW_INSTANTIATION)
    .tp_dealloc(dealloc)
    .tp_traverse(traverse)
    .tp_clear(clear_slot)
    .tp_repr(repr)
    .methods(&[clear::DEF, sizeof::DEF, MethodDef::SENTINEL])
    .members(&[
        MemberDef::new(c"f_trace_lines", T_BOOL, offset_of!(FrameObject, f_trace_lines), 0),
        MemberDef::SENTINEL,
    ])
    .getset(&[
        GetSetDef::getter(c"f_back", get_back),
        GetSetDef::getter(c"f_locals", get_locals)
            .doc(c"Return the mapping used by the frame to look up local variables."),
        GetSetDef::getset(c"f_lineno", get_lineno, set_lineno)
            .doc(c"Return the current line number in the frame."),
        GetSetDef::getset(c"f_trace", get_trace, set_trace)
            .doc(c"Return the trace function for this frame, or None if no trace function is set."),
        GetSetDef::getter(c"f_lasti", get_lasti)
            .doc(c"Return the index of the last attempted instruction in the frame."),
        GetSetDef::getter(c"f_globals", get_globals).doc(c"Return the global variables in the frame."),
        GetSetDef::getter(c"f_builtins", get_builtins).doc(c"Return the built-in variables in the frame."),
        GetSetDef::getter(c"f_code", get_code).doc(c"Return the code object being executed in this frame."),
        GetSetDef::getset(c"f_trace_opcodes", get_trace_opcodes, set_trace_opcodes)
            .doc(c"Return True if opcode tracing is enabled, False otherwise."),
        GetSetDef::getter(c"f_generator", get_generator)
            .doc(c"Return the generator or coroutine associated with this frame, or None."),
        GetSetDef::SENTINEL,
    ]);

unsafe extern "C" fn traverse(
    object: *mut Object,
    visit: krait_object::slots::VisitFn,
    arg: *mut c_void,
) -> c_int {
    // SAFETY: called by the collector with a live instance.
    let (this, v) = unsafe { (&*object.cast::<FrameObject>(), gc::Visitor::new(visit, arg)) };
    let walk = || -> core::result::Result<(), c_int> {
        v.slot(&this.f_back)?;
        v.slot(&this.f_trace)?;
        v.slot(&this.f_extra_locals)?;
        v.slot(&this.f_locals_cache)?;
        v.slot(&this.f_overwritten)?;
        if this.owns_frame() {
            // SAFETY: the frame's content is in the object.
            unsafe { Frame::traverse(this.f_frame.get(), &v, true)? };
        }
        Ok(())
    };
    match walk() {
        Ok(()) => 0,
        Err(stop) => stop,
    }
}

unsafe extern "C" fn clear_slot(object: *mut Object) -> c_int {
    // SAFETY: called with a live instance.
    unsafe { &*object }.expect::<FrameObject>().clear_content();
    0
}

unsafe extern "C" fn dealloc(object: *mut Object) {
    // SAFETY: a dead frame object; its content is dropped once, the code last.
    unsafe {
        let this = &*object.cast::<FrameObject>();
        gc::untrack(this);
        if this.owns_frame() {
            let frame = this.f_frame.get();
            Frame::clear_locals(frame);
            drop(ManuallyDrop::into_inner(core::ptr::read(&(*frame).f_funcobj)));
            drop(ManuallyDrop::into_inner(core::ptr::read(&(*frame).f_executable)));
        }
        krait_object::dealloc::dealloc_gc::<FrameObject>(object);
    }
}

/// The frame object of a frame, made if there is none yet.
///
/// # Safety
/// The frame is live.
pub unsafe fn of_frame(frame: *mut Frame) -> Ref<FrameObject> {
    // SAFETY: the caller's promise; the frame owns one reference to its object.
    unsafe {
        if let Some(found) = (*frame).frame_obj.as_ref() {
            return Ref::from_borrowed(found);
        }
        let code = (*frame).code();
        let slots = (code.co_nlocalsplus.get() + code.co_stacksize.get()).max(1) as usize;
        let made = match alloc::alloc_instance(&PyFrame_Type, slots * size_of::<StackRef>()) {
            Ok(made) => made.cast_into::<FrameObject>(),
            Err(_) => std::alloc::handle_alloc_error(std::alloc::Layout::new::<FrameObject>()),
        };
        made.f_frame.set(frame);
        made.f_trace_lines.set(true);
        (*frame).frame_obj = made.clone().into_raw();
        made
    }
}

/// Moves the content of a frame that has ended into its frame object; the code reference is shared.
///
/// # Safety
/// The frame is unlinked and its content not used afterwards, but for the code.
#[cold]
pub unsafe fn take_ownership(object: &FrameObject, frame: *mut Frame) {
    // SAFETY: the object was allocated with room for the frame.
    unsafe {
        let target = (&raw const object.f_frame_data).cast_mut().cast::<Frame>();
        let previous = (*frame).previous;
        let code = (*frame).f_executable.duplicate();
        Frame::move_to(frame, target);
        (*target).f_executable = ManuallyDrop::new(code);
        (*target).owner = Owner::FrameObject;
        (*target).frame_obj = core::ptr::null_mut();
        if (*target).lasti() < (*target).code().first_traceable() {
            // It never got to its first instruction, and is dead now: as if it had.
            let first = (*target).code().first_traceable() as usize;
            (*target).instr_ptr = (*target).code().first_instr().add(first);
        }
        object.f_frame.set(target);
        (*frame).f_funcobj = ManuallyDrop::new(StackRef::NULL);
        (*frame).f_locals = core::ptr::null_mut();
        (*frame).stackpointer = Frame::locals(frame);
        let back = Frame::first_complete(previous);
        if !back.is_null() {
            object.f_back.set(Some(of_frame(back)));
        }
        gc::track(object);
    }
}

impl FrameObject {
    /// The interpreter frame, wherever it lies; null after [`FrameObject::detach`].
    pub fn frame(&self) -> *mut Frame {
        self.f_frame.get()
    }

    /// The frame has moved.
    pub fn set_frame(&self, frame: *mut Frame) {
        self.f_frame.set(frame);
    }

    /// The frame goes, and nobody but it holds the object.
    pub fn detach(&self) {
        self.f_frame.set(core::ptr::null_mut());
    }

    fn owns_frame(&self) -> bool {
        // SAFETY: null or a live frame.
        unsafe { self.f_frame.get().as_ref() }.is_some_and(|f| f.owner == Owner::FrameObject)
    }

    /// The frame as a reference; it lives while the object does.
    pub fn inner(&self) -> Option<&Frame> {
        // SAFETY: null or a live frame.
        unsafe { self.f_frame.get().as_ref() }
    }

    /// The code object.
    pub fn code(&self) -> Option<&CodeObject> {
        self.inner().map(Frame::code)
    }

    /// The next frame outwards.
    pub fn back(&self) -> Option<Ref<FrameObject>> {
        if let Some(back) = self.f_back.get() {
            return Some(back);
        }
        // SAFETY: the chain of a live frame is live.
        unsafe {
            let frame = Frame::first_complete(self.inner()?.previous);
            (!frame.is_null()).then(|| of_frame(frame))
        }
    }

    /// Drops locals and stack.
    fn clear_content(&self) {
        self.f_trace.take();
        self.f_extra_locals.take();
        self.f_overwritten.take();
        let frame = self.f_frame.get();
        if !self.owns_frame() {
            return;
        }
        // SAFETY: the object's own frame is not executing.
        unsafe {
            let base = Frame::locals(frame);
            let count = (*frame).code().co_nlocalsplus.get() as usize;
            let top = (*frame).stackpointer;
            for index in 0..count {
                drop(core::ptr::replace(base.add(index), StackRef::NULL));
            }
            let mut at = top;
            (*frame).stackpointer = base.add(count).min(top);
            while at > base.add(count) {
                at = at.sub(1);
                drop(core::ptr::replace(at, StackRef::NULL));
            }
            let locals = core::mem::replace(&mut (*frame).f_locals, core::ptr::null_mut());
            drop(Ref::from_owned_opt(locals));
        }
    }

    /// Line being executed.
    pub fn lineno(&self) -> Option<i32> {
        match self.f_lineno.get() {
            0 => self.inner()?.lineno(),
            line => Some(line),
        }
    }
}

fn this(object: &Object) -> &FrameObject {
    object.expect::<FrameObject>()
}

extern "C" fn repr(object: &Object) -> Result {
    let frame = this(object);
    let (file, name) = match frame.code() {
        Some(code) => {
            (Object::repr(code.filename_str())?.to_string_lossy(), code.name_str().to_string_lossy())
        }
        None => (String::new(), String::new()),
    };
    let line = frame.lineno().unwrap_or(-1);
    Ok(Str::new(&format!("<frame at {object:p}, file {file}, line {line}, code {name}>")).into_object())
}

extern "C" fn get_back(object: &Object, _: *mut c_void) -> Result {
    Ok(this(object).back().map_or_else(|| none().to_ref(), Ref::into_object))
}

/// What `f_locals` and `locals()` start from: a write-through proxy for functions, the namespace for other code.
pub fn locals_of(frame: &FrameObject) -> Result {
    let Some(inner) = frame.inner() else { return Ok(Dict::new().into_object()) };
    let hidden = inner.code().kinds().iter().any(|k| k & krait_bytecode::flags::CO_FAST_HIDDEN != 0);
    if !inner.code().has_flag(CO_OPTIMIZED) && !(hidden && locals_proxy::has_hidden_values(inner)) {
        return Ok(match inner.locals_mapping() {
            Some(locals) => locals.to_ref(),
            None => Dict::new().into_object(),
        });
    }
    Ok(locals_proxy::new(frame).into_object())
}

extern "C" fn get_locals(object: &Object, _: *mut c_void) -> Result {
    locals_of(this(object))
}

extern "C" fn get_lineno(object: &Object, _: *mut c_void) -> Result {
    Ok(this(object).lineno().map_or_else(|| none().to_ref(), |l| Int::from_i64(i64::from(l)).into_object()))
}

extern "C" fn set_lineno(_: &Object, value: Option<&Object>, _: *mut c_void) -> c_int {
    unit_result(match value {
        None => Err(attribute_error("cannot delete attribute")),
        Some(value) if value.downcast::<Int>().is_none() => Err(value_error("lineno must be an integer")),
        Some(_) => Err(value_error("f_lineno can only be set in a trace function")),
    })
}

extern "C" fn get_trace(object: &Object, _: *mut c_void) -> Result {
    Ok(this(object).f_trace.get().unwrap_or_else(|| none().to_ref()))
}

extern "C" fn set_trace(object: &Object, value: Option<&Object>, _: *mut c_void) -> c_int {
    this(object).f_trace.set(value.filter(|v| !v.is_none()).map(Object::to_ref));
    0
}

extern "C" fn get_trace_opcodes(object: &Object, _: *mut c_void) -> Result {
    Ok(bool_object(this(object).f_trace_opcodes.get()).to_ref())
}

extern "C" fn set_trace_opcodes(object: &Object, value: Option<&Object>, _: *mut c_void) -> c_int {
    unit_result(
        match value.map(|v| core::ptr::eq(v.type_ptr(), &krait_object::int::PyBool_Type).then(|| v.is_true()))
        {
            Some(Some(Ok(flag))) => {
                this(object).f_trace_opcodes.set(flag);
                Ok(())
            }
            _ => Err(type_error("attribute value type must be bool")),
        },
    )
}

extern "C" fn get_lasti(object: &Object, _: *mut c_void) -> Result {
    let lasti = this(object).inner().map_or(-1, Frame::lasti);
    Ok(Int::from_i64(if lasti < 0 { -1 } else { i64::from(lasti) * 2 }).into_object())
}

extern "C" fn get_globals(object: &Object, _: *mut c_void) -> Result {
    Ok(this(object).inner().map_or_else(|| none().to_ref(), |f| f.globals().to_ref()))
}

extern "C" fn get_builtins(object: &Object, _: *mut c_void) -> Result {
    Ok(this(object).inner().map_or_else(|| none().to_ref(), |f| f.builtins().to_ref()))
}

extern "C" fn get_code(object: &Object, _: *mut c_void) -> Result {
    Ok(this(object).code().map_or_else(|| none().to_ref(), |c| c.to_ref()))
}

extern "C" fn get_generator(object: &Object, _: *mut c_void) -> Result {
    let frame = this(object).frame();
    // SAFETY: a live frame; the owner tells where it lies.
    unsafe {
        match frame.as_ref() {
            Some(inner) if inner.owner == Owner::Generator => Ok(Frame::generator(frame).to_ref()),
            _ => Ok(none().to_ref()),
        }
    }
}

/// Clear all references held by the frame.
#[pyfn("clear($self, /)")]
fn clear(frame: &FrameObject) -> Result<()> {
    let inner = frame.frame();
    let Some(owner) = frame.inner().map(|f| f.owner) else { return Ok(()) };
    match owner {
        Owner::FrameObject => frame.clear_content(),
        Owner::Thread => return Err(runtime_error("cannot clear an executing frame")),
        Owner::Generator => {
            // SAFETY: the owner says that the frame lies in a generator.
            let generator = unsafe { Frame::generator(inner) };
            match generator.gi_frame_state.get() {
                state::EXECUTING => return Err(runtime_error("cannot clear an executing frame")),
                state::SUSPENDED | state::SUSPENDED_YIELD_FROM => {
                    return Err(runtime_error("cannot clear a suspended frame"));
                }
                _ => generator::finalize(generator),
            }
        }
    }
    Ok(())
}

/// Return the size of the frame in memory, in bytes.
#[pyfn("__sizeof__($self, /)")]
fn sizeof(frame: &FrameObject) -> Result {
    let code = frame.code();
    let slots = code.map_or(0, |c| i64::from(c.co_nlocalsplus.get()) + i64::from(c.co_stacksize.get()));
    Ok(Int::from_i64((DATA_OFFSET + LOCALS_OFFSET) as i64 + 8 * slots).into_object())
}
