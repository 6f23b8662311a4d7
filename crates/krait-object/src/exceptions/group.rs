//! Exception groups (PEP 654).

use super::base::{BaseException, alloc_exception, no_keywords};
use super::simple::exception_layout;
use super::*;
use crate::defs::{MemberDef, MethodDef, member};
use crate::errors::{type_error, value_error};
use crate::object::none;
use crate::tuple::Tuple;
use crate::{Dict, List, id, thread};
use core::mem::offset_of;
use core::sync::atomic::{AtomicPtr, Ordering};
use krait_macros::pyfn;

exception_layout!(
    /// `PyBaseExceptionGroupObject`.
    BaseExceptionGroup, super::PyExc_BaseExceptionGroup, 96, { msg, excs, excs_str, }
);

static MEMBERS: &[MemberDef] = &[
    MemberDef::new(c"message", member::T_OBJECT, offset_of!(BaseExceptionGroup, msg), member::READONLY)
        .doc(c"exception message"),
    MemberDef::new(c"exceptions", member::T_OBJECT, offset_of!(BaseExceptionGroup, excs), member::READONLY)
        .doc(c"nested exceptions"),
    MemberDef::SENTINEL,
];
static METHODS: &[MethodDef] =
    &[crate::generic_alias::CLASS_GETITEM, derive::DEF, split::DEF, subgroup::DEF, MethodDef::SENTINEL];

pub(super) const fn layout(ty: TypeObject) -> TypeObject {
    BaseExceptionGroup::collected(ty).tp_new(new).tp_str(str_).tp_repr(repr).members(MEMBERS).methods(METHODS)
}

static EXCEPTION_GROUP: AtomicPtr<TypeObject> = AtomicPtr::new(core::ptr::null_mut());

/// The type `ExceptionGroup` (a heap type with two bases, made at start-up).
pub fn exception_group_type() -> Option<&'static TypeObject> {
    // SAFETY: set once to a type that is never freed.
    unsafe { EXCEPTION_GROUP.load(Ordering::Relaxed).as_ref() }
}

/// Makes `ExceptionGroup`, once `type` works.
pub fn init_exception_group() -> Result {
    if let Some(found) = exception_group_type() {
        return Ok(found.to_ref());
    }
    let bases = Tuple::from_slice(&[&PyExc_BaseExceptionGroup, &PyExc_Exception]);
    let dict = Dict::new();
    dict.set_str(id!("__module__"), id!("builtins"))?;
    let name = id!("ExceptionGroup");
    let made = Object::call(&crate::typeobj::PyType_Type, &[name, &bases, &dict])?;
    made.make_immortal();
    EXCEPTION_GROUP.store(made.as_ptr().cast(), Ordering::Relaxed);
    Ok(made)
}

extern "C" fn new(ty: &TypeObject, args: &Tuple, kwargs: Option<&Object>) -> Result {
    no_keywords(ty, kwargs)?;
    let [message, given] = args.as_objects() else {
        return Err(type_error(format!(
            "BaseExceptionGroup.__new__() takes exactly 2 arguments ({} given)",
            args.len()
        )));
    };
    if message.downcast::<Str>().is_none() {
        return Err(type_error(format!("argument 1 must be str, not {}", message.type_name())));
    }
    if !given.is_sequence() {
        return Err(type_error("second argument (exceptions) must be a sequence"));
    }
    let text = if given.downcast_exact::<List>().is_some() || given.downcast_exact::<Tuple>().is_some() {
        None
    } else {
        Some(given.repr()?)
    };
    let members = given.to_tuple()?;
    if members.is_empty() {
        return Err(value_error("second argument (exceptions) must be a non-empty sequence"));
    }
    let mut only_exceptions = true;
    for (index, member) in members.as_objects().iter().enumerate() {
        if member.downcast::<BaseException>().is_none() {
            return Err(value_error(format!(
                "Item {index} of second argument (exceptions) is not an exception"
            )));
        }
        only_exceptions &= member.is_instance_of(&PyExc_Exception);
    }
    let chosen = choose_type(ty, only_exceptions)?;
    let object = alloc_exception(chosen, args)?;
    let group = object.expect::<BaseExceptionGroup>();
    group.msg.set(Some(message.to_ref()));
    group.excs.set(Some(members.into_object()));
    group.excs_str.set(text.map(Ref::into_object));
    Ok(object)
}

/// `BaseExceptionGroup` of plain exceptions is an `ExceptionGroup`; an `Exception`-derived group takes no others.
fn choose_type(ty: &TypeObject, only_exceptions: bool) -> Result<&TypeObject> {
    let Some(group) = exception_group_type() else { return Ok(ty) };
    if ty.is_type(&PyExc_BaseExceptionGroup) {
        return Ok(if only_exceptions { group } else { ty });
    }
    if only_exceptions {
        return Ok(ty);
    }
    if ty.is_type(group) {
        return Err(type_error("Cannot nest BaseExceptions in an ExceptionGroup"));
    }
    if ty.is_subtype_of(&PyExc_Exception) {
        return Err(type_error(format!("Cannot nest BaseExceptions in '{}'", ty.full_name())));
    }
    Ok(ty)
}

extern "C" fn str_(object: &Object) -> Result {
    let group = object.expect::<BaseExceptionGroup>();
    let count = group.members().len();
    let message = group.msg.get().map_or(Ok(Str::empty().into()), |m| m.str())?;
    let plural = if count > 1 { "s" } else { "" };
    Ok(Str::new(&format!("{message} ({count} sub-exception{plural})")).into_object())
}

extern "C" fn repr(object: &Object) -> Result {
    let group = object.expect::<BaseExceptionGroup>();
    let name = object.ty().short_name();
    let message = group.msg.get().map_or(Ok(Str::empty().into()), |m| m.repr())?;
    let members = match group.excs_str.get().and_then(|t| t.downcast_into::<Str>().ok()) {
        Some(text) => text,
        None => {
            let args = group.base.arguments();
            match args.get(1).filter(|a| a.downcast_exact::<List>().is_some()) {
                Some(_) => Object::repr(&List::from_vec(group.members().as_slice().to_vec()))?,
                None => Object::repr(&group.members())?,
            }
        }
    };
    Ok(Str::new(&format!("{name}({message}, {members})")).into_object())
}

impl BaseExceptionGroup {
    /// The nested exceptions.
    pub fn members(&self) -> Ref<Tuple> {
        let members = self.excs.get().and_then(|e| e.downcast_into::<Tuple>().ok());
        members.unwrap_or_else(|| Ref::from_borrowed(Tuple::empty()))
    }
}

#[pyfn("derive($self, excs, /)")]
fn derive(group: &BaseExceptionGroup, excs: &Object) -> Result {
    let message = group.msg.get().unwrap_or_else(|| none().to_ref());
    let args = Tuple::from_slice(&[&message, excs]);
    new(&PyExc_BaseExceptionGroup, &args, None)
}

/// A group like `group` with other members, and its traceback, context, cause and notes.
fn subset(group: &BaseExceptionGroup, members: Vec<Ref<Object>>) -> Result {
    if members.is_empty() {
        return Ok(none().to_ref());
    }
    let derived = group.call_method(id!("derive"), &[&List::from_vec(members)])?;
    let Some(made) = derived.downcast::<BaseExceptionGroup>() else {
        return Err(type_error("derive must return an instance of BaseExceptionGroup"));
    };
    made.base.traceback.set(group.base.traceback.get());
    made.base.context.set(group.base.context.get());
    made.base.cause.set(group.base.cause.get());
    made.base.suppress_context.set(group.base.suppress_context.get());
    if let Some(notes) = group.get_attr_opt(id!("__notes__"))? {
        if notes.is_sequence() {
            let copy = notes.to_list()?;
            derived.set_attr(id!("__notes__"), Some(&copy))?;
        }
    }
    Ok(derived)
}

/// How a split chooses.
enum Matcher<'a> {
    Types(&'a Object),
    Predicate(&'a Object),
    /// Members of this set of leaves, by identity.
    Leaves(&'a [Ref<Object>]),
}

impl Matcher<'_> {
    fn of(value: &Object) -> Result<Matcher<'_>> {
        let is_exception_type =
            |o: &Object| o.downcast::<TypeObject>().is_some_and(|t| t.has_flag(flags::BASE_EXC_SUBCLASS));
        let is_tuple_of_types = value
            .downcast_exact::<Tuple>()
            .is_some_and(|t| t.as_objects().iter().all(|o| is_exception_type(o)));
        if is_exception_type(value) || is_tuple_of_types {
            return Ok(Matcher::Types(value));
        }
        if value.downcast::<TypeObject>().is_none() && value.is_callable() {
            return Ok(Matcher::Predicate(value));
        }
        Err(type_error(
            "expected an exception type, a tuple of exception types, or a callable (other than a class)",
        ))
    }

    fn matches(&self, exception: &Object) -> Result<bool> {
        match self {
            Matcher::Types(types) => matches_types(exception, types),
            Matcher::Predicate(function) => function.call(&[exception])?.is_true(),
            Matcher::Leaves(leaves) => Ok(leaves.iter().any(|l| l.is(exception))),
        }
    }
}

/// `PyErr_GivenExceptionMatches` for an instance: type or tuple of types, by MRO.
pub fn matches_types(exception: &Object, types: &Object) -> Result<bool> {
    if let Some(tuple) = types.downcast::<Tuple>() {
        for ty in tuple.as_objects() {
            if matches_types(exception, ty)? {
                return Ok(true);
            }
        }
        return Ok(false);
    }
    Ok(types.downcast::<TypeObject>().is_some_and(|t| exception.is_instance_of(t)))
}

/// (matching part or None, rest or None)
fn split_recursive(
    exception: &Object,
    matcher: &Matcher<'_>,
    want_rest: bool,
) -> Result<(Ref<Object>, Ref<Object>)> {
    let none_ref = || none().to_ref();
    // A set of leaves matches leaves only; the other matchers may match a whole group.
    let leaf_matcher = matches!(matcher, Matcher::Leaves(_));
    let group = exception.downcast::<BaseExceptionGroup>();
    if (!leaf_matcher || group.is_none()) && matcher.matches(exception)? {
        return Ok((exception.to_ref(), none_ref()));
    }
    let Some(group) = group else {
        return Ok((none_ref(), if want_rest { exception.to_ref() } else { none_ref() }));
    };
    thread::check_recursion(" in exceptiongroup_split_recursive")?;
    let (mut matched, mut rest) = (Vec::new(), Vec::new());
    for member in group.members().as_objects() {
        let (yes, no) = split_recursive(member, matcher, want_rest)?;
        if !yes.is_none() {
            matched.push(yes);
        }
        if !no.is_none() {
            rest.push(no);
        }
    }
    let yes = subset(group, matched)?;
    let no = if want_rest { subset(group, rest)? } else { none_ref() };
    Ok((yes, no))
}

#[pyfn("split($self, matcher_value, /)")]
fn split(group: &BaseExceptionGroup, matcher_value: &Object) -> Result {
    let (yes, no) = split_recursive(group, &Matcher::of(matcher_value)?, true)?;
    Ok(Tuple::from_vec(vec![yes, no]).into_object())
}

#[pyfn("subgroup($self, matcher_value, /)")]
fn subgroup(group: &BaseExceptionGroup, matcher_value: &Object) -> Result {
    Ok(split_recursive(group, &Matcher::of(matcher_value)?, false)?.0)
}

/// Splits an exception by types as `except*` does: (match, rest), each None if empty.
pub fn split_by_types(exception: &Object, types: &Object) -> Result<(Ref<Object>, Ref<Object>)> {
    split_recursive(exception, &Matcher::Types(types), true)
}

fn collect_leaves(exception: &Object, leaves: &mut Vec<Ref<Object>>) -> Result<()> {
    match exception.downcast::<BaseExceptionGroup>() {
        Some(group) => {
            thread::check_recursion(" in collect_exception_group_leaf_ids")?;
            for member in group.members().as_objects() {
                collect_leaves(member, leaves)?;
            }
        }
        None if !exception.is_none() => leaves.push(exception.to_ref()),
        None => {}
    }
    Ok(())
}

fn same_metadata(a: &BaseException, b: &BaseException) -> bool {
    a.notes.as_ptr() == b.notes.as_ptr()
        && a.traceback.as_ptr() == b.traceback.as_ptr()
        && a.cause.as_ptr() == b.cause.as_ptr()
        && a.context.as_ptr() == b.context.as_ptr()
}

/// What an `except*` statement raises in the end (`_PyExc_PrepReraiseStar`): the original exception and the list of
/// those raised or re-raised by the handlers.
pub fn prep_reraise_star(original: &Object, raised_list: &Object) -> Result {
    let Some(list) = raised_list.downcast::<List>() else {
        return Err(errors::system_error("except* without list of exceptions"));
    };
    let excs: Vec<_> = list.to_vec().into_iter().filter(|e| !e.is_none()).collect();
    if excs.is_empty() {
        return Ok(none().to_ref());
    }
    let Some(group) = original.downcast::<BaseExceptionGroup>() else {
        // A naked exception was wrapped for the handlers: at most one came out.
        return Ok(excs[0].clone());
    };
    let (mut raised, mut reraised) = (Vec::new(), Vec::new());
    for exc in excs {
        let base = exc.expect::<BaseException>();
        if same_metadata(base, &group.base) { reraised.push(exc) } else { raised.push(exc) }
    }
    let projection = projection(group, &reraised)?;
    if raised.is_empty() {
        return Ok(projection);
    }
    if !projection.is_none() {
        raised.push(projection);
    }
    if let [one] = raised.as_slice() {
        return Ok(one.clone());
    }
    let args = Tuple::from_vec(vec![Str::empty().to_ref(), List::from_vec(raised).into_object()]);
    new(&PyExc_BaseExceptionGroup, &args, None)
}

/// The part of the original group whose leaves are among `keep`.
fn projection(group: &BaseExceptionGroup, keep: &[Ref<Object>]) -> Result {
    let mut leaves = Vec::new();
    for exc in keep {
        collect_leaves(exc, &mut leaves)?;
    }
    Ok(split_recursive(group, &Matcher::Leaves(&leaves), false)?.0)
}
