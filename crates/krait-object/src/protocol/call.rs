//! Calling (`Objects/call.c`). Arguments are slices of borrowed objects; keyword values follow the positional ones
//! and their names are in a tuple, as in the vectorcall protocol (PEP 590).

use crate::dict::Dict;
use crate::errors::{self, system_error, type_error};
use crate::object::Object;
use crate::reference::Ref;
use crate::result::Result;
use crate::slots::VectorcallFn;
use crate::str::Str;
use crate::thread;
use crate::tuple::Tuple;
use crate::typeobj::{TypeObject, flags};

/// `PY_VECTORCALL_ARGUMENTS_OFFSET`: the callee may use the place before the first argument for a while.
pub const ARGUMENTS_OFFSET: usize = 1 << (usize::BITS - 1);

/// Arguments of usual calls fit on the stack.
const SMALL: usize = 8;

impl Object {
    /// `self(*args)`.
    #[inline]
    pub fn call(&self, args: &[&Object]) -> Result {
        self.vectorcall(args, None)
    }

    /// `self()`.
    #[inline]
    pub fn call_no_args(&self) -> Result {
        self.vectorcall(&[], None)
    }

    /// The function of the vectorcall protocol, if the object has one (`PyVectorcall_Function`).
    #[inline(always)]
    pub fn vectorcall_function(&self) -> Option<VectorcallFn> {
        let ty = self.ty();
        if !ty.has_flag(flags::HAVE_VECTORCALL) {
            return None;
        }
        let offset = ty.tp_vectorcall_offset.get();
        // SAFETY: the flag says that a nullable function pointer lives at that offset of each instance.
        unsafe { self.as_ptr().cast::<u8>().offset(offset).cast::<Option<VectorcallFn>>().read() }
    }

    /// `self(*args[..n], **dict(zip(kwnames, args[n..])))`.
    #[inline]
    pub fn vectorcall(&self, args: &[&Object], kwnames: Option<&Tuple>) -> Result {
        debug_assert!(kwnames.is_none_or(|k| k.len() <= args.len()));
        let kwnames = kwnames.filter(|k| !k.is_empty());
        match self.vectorcall_function() {
            Some(function) => {
                let nargs = args.len() - kwnames.map_or(0, Tuple::len);
                let kwnames = kwnames.map_or(core::ptr::null_mut(), |k| k.as_ptr());
                // SAFETY: the object's own function; `&Object` is one non-null pointer.
                let result = unsafe { function(self.as_ptr(), args.as_ptr().cast(), nargs, kwnames) };
                check_result(self, result)
            }
            None => self.call_by_tuple(args, kwnames),
        }
    }

    /// A call with the C arguments of the vectorcall protocol (`PyObject_Vectorcall`).
    ///
    /// # Safety
    /// `args` points at the positional arguments and then one value per name in `kwnames`, which is null or a tuple of
    /// strings; with [`ARGUMENTS_OFFSET`] in `nargsf` the word before may be written.
    #[inline]
    pub unsafe fn vectorcall_raw(
        &self,
        args: *const *mut Object,
        nargsf: usize,
        kwnames: *mut Object,
    ) -> Result {
        if let Some(function) = self.vectorcall_function() {
            // SAFETY: the caller's promise.
            return check_result(self, unsafe { function(self.as_ptr(), args, nargsf, kwnames) });
        }
        // SAFETY: the caller's promise; objects are non-null.
        unsafe {
            let kwnames = kwnames.as_ref().map(|k| k.expect::<Tuple>());
            let total = (nargsf & !ARGUMENTS_OFFSET) + kwnames.map_or(0, Tuple::len);
            let args: &[&Object] =
                if total == 0 { &[] } else { core::slice::from_raw_parts(args.cast(), total) };
            self.call_by_tuple(args, kwnames)
        }
    }

    /// A call through `tp_call`, for objects without vectorcall (`_PyObject_MakeTpCall`).
    fn call_by_tuple(&self, args: &[&Object], kwnames: Option<&Tuple>) -> Result {
        if let Some(ty) = self.downcast::<TypeObject>() {
            if let Some(result) = crate::typeobj::metatype::call_fast(ty, args, kwnames) {
                return check_result(self, result);
            }
        }
        let Some(call) = self.ty().tp_call.get() else { return Err(self.not_callable()) };
        let positional = args.len() - kwnames.map_or(0, Tuple::len);
        let kwargs = match kwnames.filter(|k| !k.is_empty()) {
            Some(names) => Some(keywords_as_dict(names, &args[positional..])?),
            None => None,
        };
        let tuple = Tuple::from_slice(&args[..positional]);
        thread::check_recursion(" while calling a Python object")?;
        check_result(self, call(self, &tuple, kwargs.as_deref().map(|d| &**d)))
    }

    /// `self(*args, **kwargs)` (`PyObject_Call`).
    pub fn call_dict(&self, args: &Tuple, kwargs: Option<&Dict>) -> Result {
        let kwargs = kwargs.filter(|k| !k.is_empty());
        if self.vectorcall_function().is_some() {
            return match kwargs {
                None => self.vectorcall(args.as_objects(), None),
                Some(kwargs) => {
                    let (all, names) = flatten(None, args, kwargs)?;
                    self.vectorcall(as_objects(&all), Some(&names))
                }
            };
        }
        let Some(call) = self.ty().tp_call.get() else { return Err(self.not_callable()) };
        thread::check_recursion(" while calling a Python object")?;
        check_result(self, call(self, args, kwargs.map(|d| &**d)))
    }

    /// `self(first, *args, **kwargs)` (`_PyObject_Call_Prepend`).
    pub fn call_prepend(&self, first: &Object, args: &Tuple, kwargs: Option<&Dict>) -> Result {
        if let Some(kwargs) = kwargs.filter(|k| !k.is_empty()) {
            let (all, names) = flatten(Some(first), args, kwargs)?;
            return self.vectorcall(as_objects(&all), Some(&names));
        }
        with_first(first, args.as_objects(), |all| self.vectorcall(all, None))
    }

    /// `self(*args, **{name: value, ..})`.
    pub fn call_keywords(&self, args: &[&Object], keywords: &[(&str, &Object)]) -> Result {
        if keywords.is_empty() {
            return self.call(args);
        }
        let names = keywords.iter().map(|(name, _)| Ref::from_borrowed(crate::str::intern::intern_str(name)));
        let names = Tuple::from_exact_iter(keywords.len(), names.map(Ref::into_object));
        let mut all = args.to_vec();
        all.extend(keywords.iter().map(|&(_, value)| value));
        self.vectorcall(&all, Some(&names))
    }

    /// `self.name(*args)` without making a bound method.
    pub fn call_method(&self, name: &Str, args: &[&Object]) -> Result {
        self.call_method_vector(name, args, None)
    }

    /// `self.name(*args[..n], **dict(zip(kwnames, args[n..])))` without making a bound method
    /// (`PyObject_VectorcallMethod`).
    pub fn call_method_vector(&self, name: &Str, args: &[&Object], kwnames: Option<&Tuple>) -> Result {
        let (method, unbound) = self.get_method(name)?;
        if unbound {
            with_first(self, args, |all| method.vectorcall(all, kwnames))
        } else {
            method.vectorcall(args, kwnames)
        }
    }

    /// Calls the special method `name` of the type; `None` when the type has none.
    pub fn call_special(&self, name: &Str, args: &[&Object]) -> Result<Option<Ref<Object>>> {
        match self.lookup_special(name)? {
            Some(method) => method.call(args).map(Some),
            None => Ok(None),
        }
    }

    #[cold]
    fn not_callable(&self) -> crate::Raised {
        if let Some(module) = self.downcast::<crate::module::Module>() {
            if let Some(raised) = module_hint(module) {
                return raised;
            }
        }
        type_error(format!("'{}' object is not callable", self.type_name()))
    }
}

/// "Did you mean: 'pprint.pprint(...)'?" when a module is called that holds a callable of its own name.
fn module_hint(module: &Object) -> Option<crate::Raised> {
    let hint = || -> Result<Option<String>> {
        let Some(name) =
            module.get_attr_opt(crate::id!("__name__"))?.and_then(|n| n.downcast_into::<Str>().ok())
        else {
            return Ok(None);
        };
        let Some(found) = module.get_attr_opt(&name)?.filter(|f| f.is_callable()) else { return Ok(None) };
        drop(found);
        Ok(Some(format!("'module' object is not callable. Did you mean: '{name}.{name}(...)'?")))
    };
    match hint() {
        Ok(text) => text.map(type_error),
        Err(_) => {
            errors::clear();
            None
        }
    }
}

/// `tp_call` of types whose instances have vectorcall (`PyVectorcall_Call`).
pub extern "C" fn vectorcall_call(object: &Object, args: &Tuple, kwargs: Option<&Object>) -> Result {
    match kwargs.and_then(|k| k.downcast::<Dict>()).filter(|k| !k.is_empty()) {
        None => object.vectorcall(args.as_objects(), None),
        Some(kwargs) => {
            let (all, names) = flatten(None, args, kwargs)?;
            object.vectorcall(as_objects(&all), Some(&names))
        }
    }
}

/// Calls `run` with `first` before `args`.
#[inline]
pub fn with_first(first: &Object, args: &[&Object], run: impl FnOnce(&[&Object]) -> Result) -> Result {
    if args.len() < SMALL {
        let mut all = [first; SMALL];
        all[1..=args.len()].copy_from_slice(args);
        return run(&all[..=args.len()]);
    }
    let mut all = Vec::with_capacity(args.len() + 1);
    all.push(first);
    all.extend_from_slice(args);
    run(&all)
}

/// Positional and keyword values in one vector, and the keywords' names.
pub fn flatten(
    first: Option<&Object>,
    args: &Tuple,
    kwargs: &Dict,
) -> Result<(Vec<Ref<Object>>, Ref<Tuple>)> {
    let mut all = Vec::with_capacity(args.len() + kwargs.len() + 1);
    all.extend(first.map(Object::to_ref));
    all.extend_from_slice(args.as_slice());
    let mut names = Vec::with_capacity(kwargs.len());
    for (name, value) in kwargs.items() {
        if name.downcast::<Str>().is_none() {
            return Err(type_error("keywords must be strings"));
        }
        names.push(name);
        all.push(value);
    }
    Ok((all, Tuple::from_vec(names)))
}

/// Owned references as borrowed objects (same representation).
pub fn as_objects(owned: &[Ref<Object>]) -> &[&Object] {
    // SAFETY: `Ref<Object>` and `&Object` are both one non-null pointer.
    unsafe { core::slice::from_raw_parts(owned.as_ptr().cast::<&Object>(), owned.len()) }
}

/// Keyword names and values as a dict (`_PyStack_AsDict`).
pub fn keywords_as_dict(names: &Tuple, values: &[&Object]) -> Result<Ref<Dict>> {
    let dict = Dict::new();
    for (name, value) in names.as_slice().iter().zip(values) {
        dict.set(name, value)?;
    }
    Ok(dict)
}

/// A callee returned a value without an exception, or none with one; anything else is its bug
/// (`_Py_CheckFunctionResult`).
#[inline(always)]
pub fn check_result(callable: &Object, result: Result) -> Result {
    if cfg!(debug_assertions) { check_result_slow(callable, result) } else { result }
}

#[cold]
fn check_result_slow(callable: &Object, result: Result) -> Result {
    match (result, errors::occurred()) {
        (Ok(_), true) => Err(bad_result(format!(
            "<{} at {callable:p}> returned a result with an exception set",
            callable.type_name()
        ))),
        (Err(_), false) => Err(bad_result(format!(
            "<{} at {callable:p}> returned NULL without setting an exception",
            callable.type_name()
        ))),
        (result, _) => result,
    }
}

/// A SystemError whose cause is the exception that was set, if any.
fn bad_result(message: String) -> crate::Raised {
    let cause = errors::take();
    let raised = system_error(message);
    if let (Some(cause), Some(current)) = (cause, thread::current().current_exception.get()) {
        current.cause.set(Some(cause.clone().into_object()));
        current.context.set(Some(cause));
    }
    raised
}
