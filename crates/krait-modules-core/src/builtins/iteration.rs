//! Built-in functions on iterables.

use krait_macros::pyfn;
use krait_object::args::Args;
use krait_object::errors::{self, type_error, value_error};
use krait_object::{CompareOp, List, Object, Ref, Result, id};

/// Return True if bool(x) is True for all values x in the iterable.
///
/// If the iterable is empty, return True.
#[pyfn("all(iterable, /)")]
pub fn all(iterable: &Object) -> Result<bool> {
    let iterator = iterable.iter()?;
    while let Some(item) = iterator.iter_next()? {
        if !item.is_true()? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Return True if bool(x) is True for any x in the iterable.
///
/// If the iterable is empty, return False.
#[pyfn("any(iterable, /)")]
pub fn any(iterable: &Object) -> Result<bool> {
    let iterator = iterable.iter()?;
    while let Some(item) = iterator.iter_next()? {
        if item.is_true()? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Return the number of items in a container.
#[pyfn("len(obj, /)")]
pub fn len(obj: &Object) -> Result<usize> {
    Object::len(obj)
}

/// Get an iterator from an object.
///
/// In the first form, the argument must supply its own iterator, or be a sequence.
/// In the second form, the callable is called until it returns the sentinel.
#[pyfn("iter(object, sentinel=<unrepresentable>, /)", nosig)]
pub fn iter(object: &Object, sentinel: Option<&Object>) -> Result {
    krait_object::iterators::sequence::iter_builtin(object, sentinel)
}

/// Return the next item from the iterator.
///
/// If default is given and the iterator is exhausted,
/// it is returned instead of raising StopIteration.
#[pyfn("next(iterator, default=<unrepresentable>, /)", nosig)]
pub fn next(iterator: &Object, default: Option<&Object>) -> Result {
    let Some(function) = iterator.ty().tp_iternext.get() else {
        return Err(type_error(format!("'{}' object is not an iterator", iterator.type_name())));
    };
    if let Some(item) = function(iterator) {
        return Ok(item);
    }
    match default {
        Some(default) => {
            if errors::occurred() {
                errors::clear_if(krait_object::Raised, &krait_object::exceptions::PyExc_StopIteration)?;
            }
            Ok(default.to_ref())
        }
        None if errors::occurred() => Err(krait_object::Raised),
        None => Err(errors::raise_with(&krait_object::exceptions::PyExc_StopIteration, &[])),
    }
}

/// Return an AsyncIterator for an AsyncIterable object.
#[pyfn("aiter(async_iterable, /)")]
pub fn aiter(async_iterable: &Object) -> Result {
    let Some(function) = async_iterable.ty().asynchronous().and_then(|a| a.am_aiter.get()) else {
        return Err(type_error(format!("'{}' object is not an async iterable", async_iterable.type_name())));
    };
    let iterator = function(async_iterable)?;
    if iterator.ty().asynchronous().is_none_or(|a| a.am_anext.get().is_none()) {
        return Err(type_error(format!(
            "aiter() returned not an async iterator of type '{}'",
            iterator.type_name()
        )));
    }
    Ok(iterator)
}

/// The greatest or least of several values.
fn extreme(
    name: &str,
    op: CompareOp,
    args: Args<'_>,
    key: Option<&Object>,
    default: Option<&Object>,
) -> Result {
    if args.len() > 1 && default.is_some() {
        return Err(type_error(format!(
            "Cannot specify a default for {name}() with multiple positional arguments"
        )));
    }
    let key = key.filter(|k| !k.is_none());
    let mut best: Option<(Ref<Object>, Ref<Object>)> = None;
    let mut consider = |item: Ref<Object>| -> Result<()> {
        let value = match key {
            Some(key) => key.call(&[&item])?,
            None => item.clone(),
        };
        let better = match &best {
            None => true,
            Some((_, current)) => value.rich_compare_bool(current, op)?,
        };
        if better {
            best = Some((item, value));
        }
        Ok(())
    };
    match args.as_slice() {
        [] => {
            return Err(type_error(format!("{name} expected at least 1 argument, got 0")));
        }
        [one] => one.for_each(&mut consider)?,
        several => {
            for item in several {
                consider(item.to_ref())?;
            }
        }
    }
    match (best, default) {
        (Some((item, _)), _) => Ok(item),
        (None, Some(default)) => Ok(default.to_ref()),
        (None, None) => Err(value_error(format!("{name}() iterable argument is empty"))),
    }
}

/// With a single iterable argument, return its biggest item. The
/// default keyword-only argument specifies an object to return if
/// the provided iterable is empty.
/// With two or more positional arguments, return the largest argument.
#[pyfn("max(*args, key=None, default=<unrepresentable>)", nosig)]
pub fn max(args: Args<'_>, key: Option<&Object>, default: Option<&Object>) -> Result {
    extreme("max", CompareOp::Gt, args, key, default)
}

/// With a single iterable argument, return its smallest item. The
/// default keyword-only argument specifies an object to return if
/// the provided iterable is empty.
/// With two or more positional arguments, return the smallest argument.
#[pyfn("min(*args, key=None, default=<unrepresentable>)", nosig)]
pub fn min(args: Args<'_>, key: Option<&Object>, default: Option<&Object>) -> Result {
    extreme("min", CompareOp::Lt, args, key, default)
}

/// Return a new list containing all items from the iterable in ascending order.
///
/// A custom key function can be supplied to customize the sort order, and the
/// reverse flag can be set to request the result in descending order.
#[pyfn("sorted(iterable, /, *, key=None, reverse=False)")]
pub fn sorted(iterable: &Object, key: Option<&Object>, reverse: bool) -> Result<Ref<List>> {
    let list = iterable.to_list()?;
    let sort = list.get_attr(id!("sort"))?;
    let key = key.unwrap_or(krait_object::none());
    let reverse = krait_object::object::bool_object(reverse);
    sort.call_keywords(&[], &[("key", key), ("reverse", reverse)])?;
    Ok(list)
}
