//! Interpreter frames and the data stack that they live on. CPython: `pycore_interpframe.h`, `Python/frame.c`.
//!
//! A frame is the fixed part below, then the locals, cells and free variables, then the evaluation stack. Frames of
//! running functions lie one above the other in chunks that belong to the thread; those of generators lie in the
//! generator; those that outlive their call lie in their frame object.
//!
//! Invariants: `localsplus[..stackpointer]` always holds valid references (null is valid); `stackpointer` is up to date
//! whenever the frame is not the one executing. A frame is cleared exactly once.

use crate::code::CodeObject;
use crate::frame_object::FrameObject;
use crate::function::Function;
use crate::generator::Generator;
use crate::stackref::StackRef;
use core::mem::{ManuallyDrop, offset_of};
use krait_object::thread::ThreadState;
use krait_object::{Dict, Object, Ref};

/// Whose memory a frame is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Owner {
    Thread = 0,
    Generator = 1,
    FrameObject = 2,
}

/// `_PyInterpreterFrame`.
#[repr(C)]
pub struct Frame {
    /// The code object, owned.
    pub f_executable: ManuallyDrop<StackRef>,
    pub previous: *mut Frame,
    /// The function, owned; `None` for the shim of a constructor call.
    pub f_funcobj: ManuallyDrop<StackRef>,
    /// Borrowed from the function.
    pub f_globals: *const Dict,
    /// Borrowed from the function.
    pub f_builtins: *const Object,
    /// Owned or null: the namespace of module and class bodies.
    pub f_locals: *mut Object,
    /// Owned or null.
    pub frame_obj: *mut FrameObject,
    /// The instruction being executed, or about to be.
    pub instr_ptr: *mut u16,
    pub stackpointer: *mut StackRef,
    /// Units from the calling instruction to where a return goes on.
    pub return_offset: u16,
    pub owner: Owner,
    pub visited: u8,
    localsplus: [usize; 1],
}

/// Words of the fixed part (`FRAME_SPECIALS_SIZE`).
pub const FRAME_SPECIALS: usize = (size_of::<Frame>() - 1) / size_of::<usize>();

const _: () = {
    assert!(size_of::<Frame>() == 88);
    assert!(offset_of!(Frame, localsplus) == 80);
    assert!(offset_of!(Frame, instr_ptr) == 56);
};

/// Offset of the locals in a frame.
pub const LOCALS_OFFSET: usize = offset_of!(Frame, localsplus);

impl Frame {
    /// The first local.
    ///
    /// # Safety
    /// `this` is a frame.
    #[inline(always)]
    pub unsafe fn locals(this: *mut Frame) -> *mut StackRef {
        // SAFETY: the locals follow the fixed part.
        unsafe { &raw mut (*this).localsplus }.cast::<StackRef>()
    }

    /// The code object.
    #[inline(always)]
    pub fn code(&self) -> &CodeObject {
        // SAFETY: `f_executable` of a frame is a code object.
        unsafe { self.f_executable.object().cast::<CodeObject>() }
    }

    /// The function, unless this is a shim.
    #[inline(always)]
    pub fn function(&self) -> Option<&Function> {
        self.f_funcobj.get().and_then(|f| f.downcast_exact::<Function>())
    }

    /// Offset of the current instruction in code units.
    #[inline(always)]
    pub fn lasti(&self) -> i32 {
        // SAFETY: `instr_ptr` points into the code object's instructions.
        unsafe { self.instr_ptr.offset_from(self.code().first_instr()) as i32 }
    }

    #[inline(always)]
    pub fn globals(&self) -> &Dict {
        // SAFETY: the function keeps its globals alive.
        unsafe { &*self.f_globals }
    }

    #[inline(always)]
    pub fn builtins(&self) -> &Object {
        // SAFETY: the function keeps its builtins alive.
        unsafe { &*self.f_builtins }
    }

    /// The namespace of a module or class body.
    #[inline(always)]
    pub fn locals_mapping(&self) -> Option<&Object> {
        // SAFETY: null or owned by the frame.
        unsafe { self.f_locals.as_ref() }
    }

    /// Line of the current instruction.
    pub fn lineno(&self) -> Option<i32> {
        self.code().line_of(self.lasti())
    }

    /// Not yet past the instructions that make cells and generators (`_PyFrame_IsIncomplete`)?
    pub fn is_incomplete(&self) -> bool {
        match self.f_executable.object().downcast_exact::<CodeObject>() {
            None => true,
            Some(_) if self.owner == Owner::Generator => false,
            Some(code) => code.is_shim() || self.lasti() < code.first_traceable(),
        }
    }

    /// This frame or the nearest below it that Python may see.
    ///
    /// # Safety
    /// Null or a live frame whose `previous` chain is live.
    pub unsafe fn first_complete(mut this: *mut Frame) -> *mut Frame {
        // SAFETY: the caller's promise.
        unsafe {
            while !this.is_null() && (*this).is_incomplete() {
                this = (*this).previous;
            }
        }
        this
    }

    /// Fills the fixed part of a new frame and sets locals from `null_from` on to null. Takes over `function` and
    /// `locals`.
    ///
    /// # Safety
    /// `this` has room for a frame of the function's code.
    #[inline(always)]
    pub unsafe fn init(
        this: *mut Frame,
        function: StackRef,
        locals: Option<Ref<Object>>,
        code: &CodeObject,
        null_from: usize,
    ) {
        // SAFETY: the caller's promise; `function` is a function object.
        unsafe {
            let func = function.object_unbound().cast::<Function>();
            (*this).f_executable = ManuallyDrop::new(StackRef::new(code));
            (*this).previous = core::ptr::null_mut();
            (*this).f_globals = func.globals_ptr();
            (*this).f_builtins = func.builtins_ptr();
            (*this).f_funcobj = ManuallyDrop::new(function);
            (*this).f_locals = locals.map_or(core::ptr::null_mut(), Ref::into_raw);
            (*this).frame_obj = core::ptr::null_mut();
            (*this).instr_ptr = code.first_instr();
            (*this).return_offset = 0;
            (*this).owner = Owner::Thread;
            (*this).visited = 0;
            let base = Frame::locals(this);
            let count = code.co_nlocalsplus.get() as usize;
            for index in null_from..count {
                base.add(index).write(StackRef::NULL);
            }
            (*this).stackpointer = base.add(count);
        }
    }

    /// Drops the locals, the stack and the namespace (`_PyFrame_ClearLocals`).
    ///
    /// # Safety
    /// A frame that is not executing.
    pub unsafe fn clear_locals(this: *mut Frame) {
        // SAFETY: everything below the stack pointer is a valid reference; the pointer is lowered first, because a
        // destructor may look at the frame.
        unsafe {
            let base = Frame::locals(this);
            let mut top = (*this).stackpointer;
            (*this).stackpointer = base;
            let locals = core::mem::replace(&mut (*this).f_locals, core::ptr::null_mut());
            while top > base {
                top = top.sub(1);
                drop(core::ptr::replace(top, StackRef::NULL));
            }
            drop(Ref::from_owned_opt(locals));
        }
    }

    /// Clears everything but the code (`_PyFrame_ClearExceptCode`): the frame's content moves into its frame object
    /// when somebody holds one.
    ///
    /// # Safety
    /// The frame is unlinked from the thread and not used afterwards but for its code, which the caller drops.
    #[inline(always)]
    pub unsafe fn clear_except_code(this: *mut Frame) {
        // SAFETY: the caller's promise.
        unsafe {
            if !(*this).frame_obj.is_null() {
                let object = core::mem::replace(&mut (*this).frame_obj, core::ptr::null_mut());
                let object = Ref::from_owned(core::ptr::NonNull::new_unchecked(object));
                if object.refcount() > 1 {
                    crate::frame_object::take_ownership(&object, this);
                    return;
                }
                object.detach();
            }
            Frame::clear_locals(this);
            drop(ManuallyDrop::into_inner(core::ptr::read(&(*this).f_funcobj)));
            (*this).f_funcobj = ManuallyDrop::new(StackRef::NULL);
        }
    }

    /// Moves the content to another place. The source is left without owned references.
    ///
    /// # Safety
    /// `to` has room for the frame; `from` is not used afterwards.
    pub unsafe fn move_to(from: *mut Frame, to: *mut Frame) {
        // SAFETY: the caller's promise; references move bitwise, borrowed ones on the stack become owned because the
        // local that they rely on may be rebound while the frame is suspended.
        unsafe {
            core::ptr::copy_nonoverlapping(from.cast::<u8>(), to.cast::<u8>(), LOCALS_OFFSET);
            let count = (*from).stackpointer.offset_from(Frame::locals(from)) as usize;
            let (source, target) = (Frame::locals(from), Frame::locals(to));
            for index in 0..count {
                target.add(index).write(source.add(index).read().heap_safe());
            }
            (*to).previous = core::ptr::null_mut();
            (*to).stackpointer = target.add(count);
        }
    }

    /// Visits what the frame owns, for `tp_traverse`. `with_stack` is false for a frame that is executing, whose stack
    /// pointer is not up to date.
    ///
    /// # Safety
    /// A live frame.
    pub unsafe fn traverse(
        this: *mut Frame,
        v: &krait_object::gc::Visitor,
        with_stack: bool,
    ) -> Result<(), core::ffi::c_int> {
        // SAFETY: the caller's promise; the visitor runs no Python code.
        unsafe {
            if let Some(locals) = (*this).f_locals.as_ref() {
                v.visit(locals)?;
            }
            for reference in [&(*this).f_funcobj, &(*this).f_executable] {
                if reference.is_counted() {
                    v.visit(reference.object())?;
                }
            }
            let base = Frame::locals(this);
            let all = (*this).stackpointer.offset_from(base).max(0) as usize;
            let count = if with_stack { all } else { all.min((*this).code().co_nlocalsplus.get() as usize) };
            for index in 0..count {
                let reference = &*base.add(index);
                if reference.is_counted() {
                    v.visit(reference.object())?;
                }
            }
        }
        Ok(())
    }

    /// The generator that this frame lies in.
    ///
    /// # Safety
    /// The frame's owner is a generator.
    #[inline(always)]
    pub unsafe fn generator<'a>(this: *mut Frame) -> &'a Generator {
        // SAFETY: the frame is the generator's `gi_iframe`.
        unsafe { &*this.cast::<u8>().sub(offset_of!(Generator, gi_iframe)).cast::<Generator>() }
    }
}

/// One block of the data stack.
struct Chunk {
    memory: Box<[usize]>,
    /// Where the previous chunk's free part began when this one was opened.
    previous_top: *mut usize,
}

/// The thread's stack of frames.
pub struct DataStack {
    top: *mut usize,
    limit: *mut usize,
    /// Start of the newest chunk: a frame there is the chunk's first.
    base: *mut usize,
    chunks: Vec<Chunk>,
    /// A chunk kept for the next growth, so that a loop at the border does not allocate each time.
    spare: Option<Box<[usize]>>,
}

const CHUNK_WORDS: usize = 2048;

impl DataStack {
    /// The data stack of a thread, made at first use.
    #[inline(always)]
    pub fn of(ts: &ThreadState) -> &mut DataStack {
        let ptr = ts.datastack.get().cast::<DataStack>();
        if ptr.is_null() {
            return DataStack::create(ts);
        }
        // SAFETY: the stack belongs to the thread; the callers hold the borrow only while they push or pop.
        unsafe { &mut *ptr }
    }

    #[cold]
    fn create(ts: &ThreadState) -> &mut DataStack {
        let stack = Box::leak(Box::new(DataStack {
            top: core::ptr::null_mut(),
            limit: core::ptr::null_mut(),
            base: core::ptr::null_mut(),
            chunks: Vec::new(),
            spare: None,
        }));
        ts.datastack.set(core::ptr::from_mut(stack).cast());
        stack
    }

    /// Frees the stack of a thread that ends.
    pub fn destroy(ts: &ThreadState) {
        let ptr = ts.datastack.replace(core::ptr::null_mut()).cast::<DataStack>();
        if !ptr.is_null() {
            // SAFETY: made by `create` with `Box`, and no frame of the thread is left.
            drop(unsafe { Box::from_raw(ptr) });
        }
    }

    /// Room for a frame of this many words.
    #[inline(always)]
    pub fn push(&mut self, words: usize) -> *mut Frame {
        if (self.limit as usize).wrapping_sub(self.top as usize) / size_of::<usize>() <= words {
            self.grow(words);
        }
        let frame = self.top;
        // SAFETY: tested just now that the chunk has the room.
        self.top = unsafe { frame.add(words) };
        frame.cast()
    }

    #[cold]
    fn grow(&mut self, words: usize) {
        let size =
            CHUNK_WORDS.max(words * 2).max(self.chunks.last().map_or(0, |c| c.memory.len().min(1 << 16)));
        let mut memory = match self.spare.take().filter(|s| s.len() >= size) {
            Some(spare) => spare,
            None => vec![0usize; size].into_boxed_slice(),
        };
        let size = memory.len();
        let start = memory.as_mut_ptr();
        self.chunks.push(Chunk { memory, previous_top: self.top });
        self.top = start;
        self.base = start;
        // SAFETY: one past the end of the chunk.
        self.limit = unsafe { start.add(size) };
    }

    /// Gives the topmost frame's room back.
    #[inline(always)]
    pub fn pop(&mut self, frame: *mut Frame) {
        let base = frame.cast::<usize>();
        if core::ptr::eq(self.base, base) {
            self.pop_chunk();
        } else {
            self.top = base;
        }
    }

    #[cold]
    fn pop_chunk(&mut self) {
        let Some(chunk) = self.chunks.pop() else { return };
        self.top = chunk.previous_top;
        (self.base, self.limit) = match self.chunks.last_mut() {
            Some(last) => {
                let range = last.memory.as_mut_ptr_range();
                (range.start, range.end)
            }
            None => (core::ptr::null_mut(), core::ptr::null_mut()),
        };
        if self.spare.as_ref().is_none_or(|s| s.len() <= chunk.memory.len()) {
            self.spare = Some(chunk.memory);
        }
    }
}

/// The innermost frame of a thread; null when none runs.
#[inline(always)]
pub fn current_frame(ts: &ThreadState) -> *mut Frame {
    ts.current_frame.get().cast()
}

/// Links a frame as the innermost one.
#[inline(always)]
pub fn set_current_frame(ts: &ThreadState, frame: *mut Frame) {
    ts.current_frame.set(frame.cast());
}

/// The innermost frame that Python code may see.
pub fn visible_frame(ts: &ThreadState) -> *mut Frame {
    // SAFETY: the chain of a thread's frames is live.
    unsafe { Frame::first_complete(current_frame(ts)) }
}

/// Room on the data stack for a frame of `code`.
#[inline(always)]
pub fn push_frame(ts: &ThreadState, code: &CodeObject) -> *mut Frame {
    DataStack::of(ts).push(code.co_framesize.get() as usize)
}

/// Clears a frame that has ended and gives its room back (`_PyEval_FrameClearAndPop`). It must be unlinked already.
///
/// # Safety
/// The frame has ended and is not used afterwards.
#[inline(always)]
pub unsafe fn clear_and_pop(ts: &ThreadState, frame: *mut Frame) {
    // SAFETY: the caller's promise.
    unsafe {
        if (*frame).owner == Owner::Thread {
            let code = core::ptr::read(&(*frame).f_executable);
            Frame::clear_except_code(frame);
            DataStack::of(ts).pop(frame);
            drop(ManuallyDrop::into_inner(code));
        } else {
            crate::generator::clear_ended(ts, frame);
        }
    }
}
