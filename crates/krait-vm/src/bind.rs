//! From the arguments of a call to the locals of a frame. CPython: `initialize_locals` in `Python/ceval.c`.
//!
//! Invariant: the arguments are consumed, whatever happens; on error no frame is left on the data stack.

use crate::code::CodeObject;
use crate::frame::{DataStack, Frame, push_frame};
use crate::function::Function;
use crate::stackref::StackRef;
use core::mem::ManuallyDrop;
use krait_bytecode::flags::{CO_OPTIMIZED, CO_VARARGS, CO_VARKEYWORDS};
use krait_object::errors::type_error;
use krait_object::thread::ThreadState;
use krait_object::{Dict, Object, Raised, Ref, Result, Str, Tuple};

/// References that are taken one after the other; what is left is dropped.
struct Given {
    next: *const StackRef,
    end: *const StackRef,
}

impl Given {
    /// # Safety
    /// `count` valid references lie at `args`, and the caller gives them away.
    unsafe fn new(args: *const StackRef, count: usize) -> Given {
        // SAFETY: the caller's promise.
        Given { next: args, end: unsafe { args.add(count) } }
    }

    #[inline(always)]
    fn take(&mut self) -> StackRef {
        debug_assert!(self.next < self.end);
        // SAFETY: below the end by the callers' counts; each is read once.
        unsafe {
            let value = self.next.read();
            self.next = self.next.add(1);
            value
        }
    }
}

impl Drop for Given {
    fn drop(&mut self) {
        while self.next < self.end {
            drop(self.take());
        }
    }
}

/// Takes positional parameters only, no defaults needed: arguments can be moved straight into the locals.
#[inline(always)]
pub fn is_simple(code: &CodeObject) -> bool {
    let flags = code.co_flags.get() as u32;
    code.co_kwonlyargcount.get() == 0 && flags & (CO_OPTIMIZED | CO_VARARGS | CO_VARKEYWORDS) == CO_OPTIMIZED
}

/// A frame for a call whose arguments are references on a stack (`_PyEvalFramePushAndInit`).
///
/// # Safety
/// `func` is a function; `args` has `nargs` positional arguments and then one value per keyword name, all given away.
/// The frame must be evaluated or cleared.
#[inline(always)]
pub unsafe fn frame_from_stack(
    ts: &ThreadState,
    func: StackRef,
    locals: Option<Ref<Object>>,
    args: *const StackRef,
    nargs: usize,
    kwnames: Option<&Tuple>,
) -> Result<*mut Frame> {
    // SAFETY: the caller's promise.
    unsafe {
        let function = func.object_unbound().cast::<Function>();
        let code = function.code();
        let frame = push_frame(ts, code);
        if kwnames.is_none() && nargs == code.co_argcount.get() as usize && is_simple(code) {
            Frame::init(frame, func, locals, code, nargs);
            core::ptr::copy_nonoverlapping(args, Frame::locals(frame), nargs);
            return Ok(frame);
        }
        Frame::init(frame, func, locals, code, 0);
        let given = Given::new(args, nargs + kwnames.map_or(0, Tuple::len));
        fill_or_clear(ts, frame, given, nargs, kwnames)
    }
}

/// As [`frame_from_stack`] for borrowed arguments.
///
/// # Safety
/// `func` is a function. The frame must be evaluated or cleared.
pub unsafe fn frame_from_objects(
    ts: &ThreadState,
    func: StackRef,
    locals: Option<Ref<Object>>,
    args: &[&Object],
    kwnames: Option<&Tuple>,
) -> Result<*mut Frame> {
    // SAFETY: new references are made for the frame; the vector's own are forgotten, not dropped.
    unsafe {
        let function = func.object_unbound().cast::<Function>();
        let code = function.code();
        let kwnames = kwnames.filter(|k| !k.is_empty());
        let nargs = args.len() - kwnames.map_or(0, Tuple::len);
        let frame = push_frame(ts, code);
        if kwnames.is_none() && nargs == code.co_argcount.get() as usize && is_simple(code) {
            Frame::init(frame, func, locals, code, nargs);
            let target = Frame::locals(frame);
            for (index, arg) in args.iter().enumerate() {
                target.add(index).write(StackRef::new(arg));
            }
            return Ok(frame);
        }
        Frame::init(frame, func, locals, code, 0);
        let owned: Vec<ManuallyDrop<StackRef>> =
            args.iter().map(|a| ManuallyDrop::new(StackRef::new(a))).collect();
        let given = Given::new(owned.as_ptr().cast(), owned.len());
        fill_or_clear(ts, frame, given, nargs, kwnames)
    }
}

/// # Safety
/// The frame is the topmost of the data stack, initialised with null locals.
#[inline(never)]
unsafe fn fill_or_clear(
    ts: &ThreadState,
    frame: *mut Frame,
    given: Given,
    nargs: usize,
    kwnames: Option<&Tuple>,
) -> Result<*mut Frame> {
    // SAFETY: the caller's promise; on error the frame is cleared before its room is given back.
    unsafe {
        let function = (*frame).f_funcobj.object_unbound().cast::<Function>();
        match fill(function, (*frame).code(), Frame::locals(frame), given, nargs, kwnames) {
            Ok(()) => Ok(frame),
            Err(raised) => {
                Frame::clear_except_code(frame);
                let code = core::ptr::read(&(*frame).f_executable);
                DataStack::of(ts).pop(frame);
                drop(ManuallyDrop::into_inner(code));
                Err(raised)
            }
        }
    }
}

/// Fills the parameters.
///
/// # Safety
/// `locals` has room for the code's locals, all null.
unsafe fn fill(
    function: &Function,
    code: &CodeObject,
    locals: *mut StackRef,
    mut given: Given,
    nargs: usize,
    kwnames: Option<&Tuple>,
) -> Result<()> {
    let argcount = code.co_argcount.get() as usize;
    let total = argcount + code.co_kwonlyargcount.get() as usize;
    let star = code.has_flag(CO_VARARGS);
    let kwdict = code.has_flag(CO_VARKEYWORDS).then(Dict::new);
    // SAFETY: indices are below the number of locals, which are valid references; plain assignment drops a null.
    unsafe {
        if let Some(dict) = &kwdict {
            *locals.add(total + usize::from(star)) = StackRef::owned(dict.clone().into_object());
        }
        for index in 0..nargs.min(argcount) {
            *locals.add(index) = given.take();
        }
        let rest = nargs.saturating_sub(argcount);
        if star {
            let items = (0..rest).map(|_| given.take().into_ref());
            *locals.add(total) = StackRef::owned(Tuple::from_exact_iter(rest, items).into_object());
        } else {
            (0..rest).for_each(|_| drop(given.take()));
        }
        if let Some(names) = kwnames {
            for name in names.as_objects() {
                let value = given.take();
                keyword(function, code, locals, total, kwdict.as_deref(), name, names, value)?;
            }
        }
        if nargs > argcount && !star {
            return Err(too_many(function, code, nargs, locals));
        }
        defaults(function, code, locals, nargs)
    }
}

/// One keyword argument.
///
/// # Safety
/// As for [`fill`].
#[expect(clippy::too_many_arguments, reason = "one step of a loop, apart for its length")]
unsafe fn keyword(
    function: &Function,
    code: &CodeObject,
    locals: *mut StackRef,
    total: usize,
    kwdict: Option<&Dict>,
    name: &Object,
    names: &Tuple,
    value: StackRef,
) -> Result<()> {
    let Some(text) = name.downcast::<Str>() else {
        return Err(type_error(format!("{}() keywords must be strings", function.qualname())));
    };
    let posonly = code.co_posonlyargcount.get() as usize;
    let params = &code.localsplus_names().as_slice()[..total];
    let found = (posonly..total)
        .find(|&i| params[i].is(name))
        .or_else(|| (posonly..total).find(|&i| params[i].expect::<Str>().eq(text)));
    match (found, kwdict) {
        (Some(index), _) => {
            // SAFETY: below the number of parameters.
            let local = unsafe { &mut *locals.add(index) };
            if !local.is_null() {
                return Err(type_error(format!(
                    "{}() got multiple values for argument '{text}'",
                    function.qualname()
                )));
            }
            *local = value;
            Ok(())
        }
        (None, Some(dict)) => dict.set(name, value.object()),
        (None, None) => Err(unexpected(function, code, text, names)),
    }
}

#[cold]
fn unexpected(function: &Function, code: &CodeObject, name: &Str, names: &Tuple) -> Raised {
    let qualname = function.qualname();
    let posonly = code.co_posonlyargcount.get() as usize;
    let total = (code.co_argcount.get() + code.co_kwonlyargcount.get()) as usize;
    let params = &code.localsplus_names().as_slice()[..total];
    let text = |object: &Ref<Object>| object.expect::<Str>().to_string_lossy();
    let by_name: Vec<String> = params[..posonly]
        .iter()
        .filter(|p| names.as_slice().iter().any(|n| n.downcast::<Str>().is_some_and(|n| n.eq(p.expect()))))
        .map(text)
        .collect();
    if !by_name.is_empty() {
        return type_error(format!(
            "{qualname}() got some positional-only arguments passed as keyword arguments: '{}'",
            by_name.join(", ")
        ));
    }
    let candidates: Vec<String> = params[posonly..].iter().map(text).collect();
    let wanted = name.to_string_lossy();
    match krait_object::args::suggest::closest(&wanted, candidates.iter().map(String::as_str)) {
        Some(near) => type_error(format!(
            "{qualname}() got an unexpected keyword argument '{name}'. Did you mean '{near}'?"
        )),
        None => type_error(format!("{qualname}() got an unexpected keyword argument '{name}'")),
    }
}

#[cold]
fn too_many(function: &Function, code: &CodeObject, given: usize, locals: *mut StackRef) -> Raised {
    let argcount = code.co_argcount.get() as usize;
    let kwonly = code.co_kwonlyargcount.get() as usize;
    // SAFETY: the keyword-only parameters are among the locals.
    let kwonly_given =
        (argcount..argcount + kwonly).filter(|&i| unsafe { !(*locals.add(i)).is_null() }).count();
    let defaults = function.func_defaults.get().map_or(0, |d| d.len());
    let (mut plural, expected) = match defaults {
        0 => (argcount != 1, argcount.to_string()),
        n => (true, format!("from {} to {argcount}", argcount.saturating_sub(n))),
    };
    let s = |n: usize| if n == 1 { "" } else { "s" };
    let extra = match kwonly_given {
        0 => String::new(),
        n => format!(" positional argument{} (and {n} keyword-only argument{})", s(given), s(n)),
    };
    if defaults != 0 {
        plural = true;
    }
    type_error(format!(
        "{}() takes {expected} positional argument{} but {given}{extra} {} given",
        function.qualname(),
        if plural { "s" } else { "" },
        if given == 1 && kwonly_given == 0 { "was" } else { "were" }
    ))
}

/// Fills what was not given from the defaults.
///
/// # Safety
/// As for [`fill`].
unsafe fn defaults(
    function: &Function,
    code: &CodeObject,
    locals: *mut StackRef,
    nargs: usize,
) -> Result<()> {
    let argcount = code.co_argcount.get() as usize;
    let kwonly = code.co_kwonlyargcount.get() as usize;
    // SAFETY: indices are below the number of locals, which are valid references.
    let is_null = |i: usize| unsafe { (*locals.add(i)).is_null() };
    if nargs < argcount {
        let defaults = function.func_defaults.get();
        let defaults = defaults.as_deref().map_or(&[][..], Tuple::as_slice);
        let used = defaults.len().min(argcount);
        let (first, defaults) = (argcount - used, &defaults[defaults.len() - used..]);
        if (nargs..first).any(is_null) {
            let names = (0..first).filter(|&i| is_null(i)).collect();
            return Err(missing(function, code, names, "positional"));
        }
        for (offset, value) in defaults.iter().enumerate() {
            if is_null(first + offset) {
                // SAFETY: as above.
                unsafe { *locals.add(first + offset) = StackRef::new(value) };
            }
        }
    }
    if kwonly == 0 {
        return Ok(());
    }
    let kwdefaults = function.func_kwdefaults.get();
    let mut absent = Vec::new();
    for index in argcount..argcount + kwonly {
        if !is_null(index) {
            continue;
        }
        let found = match &kwdefaults {
            Some(dict) => dict.get(code.local_name(index))?,
            None => None,
        };
        match found {
            // SAFETY: as above.
            Some(value) => unsafe { *locals.add(index) = StackRef::owned(value) },
            None => absent.push(index),
        }
    }
    if absent.is_empty() { Ok(()) } else { Err(missing(function, code, absent, "keyword-only")) }
}

#[cold]
fn missing(function: &Function, code: &CodeObject, indices: Vec<usize>, kind: &str) -> Raised {
    let names: Vec<String> = indices
        .iter()
        .map(|&i| match Object::repr(code.local_name(i)) {
            Ok(text) => text.to_string_lossy(),
            Err(_) => String::new(),
        })
        .collect();
    let list = match &names[..] {
        [one] => one.clone(),
        [a, b] => format!("{a} and {b}"),
        [most @ .., last] => format!("{}, and {last}", most.join(", ")),
        [] => String::new(),
    };
    let (qualname, count) = (function.qualname(), names.len());
    let s = if count == 1 { "" } else { "s" };
    type_error(format!("{qualname}() missing {count} required {kind} argument{s}: {list}"))
}
