//! The registers of the eval loop.
//!
//! Invariants: a `Regs` lives in the loop's own variables and is passed by reference only to functions that are inlined
//! into the loop, so that its fields stay in machine registers; slow paths get and return it by value, or get what they
//! need. `sp` stays within the frame's stack and `ip` within its code, because the code's stack effects were checked
//! when it was compiled.

use crate::code::CodeObject;
use crate::frame::Frame;
use crate::stackref::StackRef;
use krait_object::thread::ThreadState;
use krait_object::{Object, Ref, Str};

#[derive(Clone, Copy)]
pub struct Regs {
    /// Behind the current instruction, its caches included.
    pub ip: *mut u16,
    /// Behind the topmost value.
    pub sp: *mut StackRef,
    pub frame: *mut Frame,
    pub ts: &'static ThreadState,
}

impl Regs {
    /// The registers for going on with a frame at its `instr_ptr`.
    #[inline(always)]
    pub fn load(ts: &'static ThreadState, frame: *mut Frame) -> Regs {
        // SAFETY: a live frame that is not executing, so that its stack pointer is up to date.
        unsafe { Regs { ip: (*frame).instr_ptr, sp: (*frame).stackpointer, frame, ts } }
    }

    #[inline(always)]
    pub fn push(&mut self, value: StackRef) {
        // SAFETY: the frame has room for the code's greatest stack depth.
        unsafe {
            self.sp.write(value);
            self.sp = self.sp.add(1);
        }
    }

    #[inline(always)]
    pub fn push_ref(&mut self, value: Ref<Object>) {
        self.push(StackRef::owned(value));
    }

    #[inline(always)]
    pub fn push_bool(&mut self, value: bool) {
        self.push(StackRef::immortal(krait_object::object::bool_object(value)));
    }

    #[inline(always)]
    pub fn pop(&mut self) -> StackRef {
        // SAFETY: the stack is not empty by the code's stack effects; the value moves out.
        unsafe {
            self.sp = self.sp.sub(1);
            self.sp.read()
        }
    }

    /// The value `depth` places below the top (1 is the topmost), in place.
    #[inline(always)]
    pub fn peek(&self, depth: usize) -> &mut StackRef {
        // SAFETY: within the stack by the code's stack effects; no other reference to the place is in use.
        unsafe { &mut *self.sp.sub(depth) }
    }

    /// The object `depth` places below the top, with the lifetime of the instruction.
    #[inline(always)]
    pub fn object<'a>(&self, depth: usize) -> &'a Object {
        // SAFETY: not null by the instruction's contract; it stays on the stack while the instruction uses it.
        unsafe { (*self.sp.sub(depth)).object_unbound() }
    }

    /// Drops the topmost `count` values, the topmost first.
    #[inline(always)]
    pub fn drop_top(&mut self, count: usize) {
        for _ in 0..count {
            drop(self.pop());
        }
    }

    /// Replaces the topmost value.
    #[inline(always)]
    pub fn set_top(&mut self, value: StackRef) {
        let old = core::mem::replace(self.peek(1), value);
        drop(old);
    }

    #[inline(always)]
    pub fn local(&self, index: usize) -> &mut StackRef {
        // SAFETY: local operands are below the number of locals; no other reference to the place is in use.
        unsafe { &mut *Frame::locals(self.frame).add(index) }
    }

    /// The frame; it lives while it executes.
    #[inline(always)]
    pub fn frame<'a>(&self) -> &'a Frame {
        // SAFETY: the frame that the loop executes is live.
        unsafe { &*self.frame }
    }

    #[inline(always)]
    pub fn code<'a>(&self) -> &'a CodeObject {
        self.frame().code()
    }

    #[inline(always)]
    pub fn name<'a>(&self, index: usize) -> &'a Str {
        self.code().name(index)
    }

    /// Moves the instruction pointer by this many units.
    #[inline(always)]
    pub fn jump(&mut self, by: isize) {
        // SAFETY: jump operands stay within the code.
        self.ip = unsafe { self.ip.offset(by) };
    }

    /// Saves the stack pointer, before something else looks at the frame.
    #[inline(always)]
    pub fn save_sp(&self) {
        // SAFETY: the executing frame is live.
        unsafe { (*self.frame).stackpointer = self.sp };
    }

    /// Where an inlined call returns to: units from the current instruction.
    #[inline(always)]
    pub fn save_return(&self, instruction_units: usize) {
        // SAFETY: the executing frame is live.
        unsafe { (*self.frame).return_offset = instruction_units as u16 };
    }

    /// A cache word of the current instruction, which has `caches` of them.
    #[inline(always)]
    pub fn cache(&self, caches: usize, index: usize) -> u16 {
        // SAFETY: the caches lie between the instruction and `ip`.
        unsafe { self.ip.sub(caches).add(index).read() }
    }

    #[inline(always)]
    pub fn cache_u32(&self, caches: usize, index: usize) -> u32 {
        // SAFETY: as for `cache`, two words.
        unsafe { self.ip.sub(caches).add(index).cast::<u32>().read_unaligned() }
    }

    #[inline(always)]
    pub fn cache_ptr<T>(&self, caches: usize, index: usize) -> *mut T {
        // SAFETY: as for `cache`, four words.
        unsafe { self.ip.sub(caches).add(index).cast::<*mut T>().read_unaligned() }
    }

    /// The current instruction, which has `caches` cache words.
    #[inline(always)]
    pub fn instruction(&self, caches: usize) -> *mut u16 {
        // SAFETY: the instruction lies before its caches.
        unsafe { self.ip.sub(caches + 1) }
    }
}
