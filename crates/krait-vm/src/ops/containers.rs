//! Building and unpacking containers.

use crate::eval::Regs;
use crate::stackref::StackRef;
use krait_object::errors::{self, system_error, type_error, value_error};
use krait_object::set::Set;
use krait_object::slice::Slice;
use krait_object::{Dict, List, Object, Raised, Ref, Result, Str, Tuple, exceptions as exc, none};

/// Takes the topmost values, lowest first.
#[inline(always)]
fn take(r: &mut Regs, count: usize) -> impl Iterator<Item = Ref<Object>> {
    // SAFETY: within the stack by the code's stack effects; each value is read once.
    unsafe {
        r.sp = r.sp.sub(count);
        let base = r.sp;
        (0..count).map(move |i| base.add(i).read().into_ref())
    }
}

#[inline(always)]
pub fn build_tuple(r: &mut Regs, arg: usize) {
    let items = take(r, arg);
    let tuple = Tuple::from_exact_iter(arg, items);
    r.push_ref(tuple.into_object());
}

#[inline(always)]
pub fn build_list(r: &mut Regs, arg: usize) {
    let items = take(r, arg).collect();
    r.push_ref(List::from_vec(items).into_object());
}

/// `BUILD_SET`.
pub fn build_set(r: &mut Regs, arg: usize) -> Result<()> {
    let items: Vec<Ref<Object>> = take(r, arg).collect();
    let set = Set::new();
    for item in &items {
        set.add(item)?;
    }
    r.push_ref(set.into_object());
    Ok(())
}

#[inline(always)]
pub fn build_map(r: &mut Regs, arg: usize) -> Result<()> {
    let items: Vec<Ref<Object>> = take(r, arg * 2).collect();
    let dict = Dict::new();
    for pair in items.chunks_exact(2) {
        dict.set(&pair[0], &pair[1])?;
    }
    r.push_ref(dict.into_object());
    Ok(())
}

#[inline(always)]
pub fn build_string(r: &mut Regs, arg: usize) {
    let parts: Vec<Ref<Object>> = take(r, arg).collect();
    r.push_ref(join(&parts).into_object());
}

/// The parts one after the other; all are strings.
#[inline(never)]
fn join(parts: &[Ref<Object>]) -> Ref<Str> {
    let texts = || parts.iter().map(|p| p.expect::<Str>());
    let len = texts().map(Str::len).sum();
    let max = texts().map(Str::max_char).max().unwrap_or(0);
    if max < 128 {
        let mut bytes = Vec::with_capacity(len);
        texts().for_each(|t| bytes.extend_from_slice(t.as_ascii().unwrap_or("").as_bytes()));
        return Str::from_ascii(&bytes);
    }
    let points: Vec<u32> = texts().flat_map(|t| t.chars().iter().collect::<Vec<_>>()).collect();
    Str::from_code_points(points.into_iter(), len, max)
}

/// `BUILD_SLICE`.
#[inline(always)]
pub fn build_slice(r: &mut Regs, arg: usize) {
    let step = if arg == 3 { r.pop() } else { StackRef::immortal(none()) };
    let (stop, start) = (r.pop(), r.pop());
    r.push_ref(new_slice(start.object(), stop.object(), step.object()));
}

/// `slice(start, stop, step)`.
#[inline(always)]
pub fn new_slice(start: &Object, stop: &Object, step: &Object) -> Ref<Object> {
    Slice::new(start, stop, step).into_object()
}

fn set_at<'a>(r: &Regs, depth: usize) -> Result<&'a Set> {
    r.object(depth).downcast::<Set>().ok_or_else(|| system_error("expected a set on the stack"))
}

#[inline(always)]
fn list_at<'a>(r: &Regs, depth: usize) -> Result<&'a List> {
    r.object(depth).downcast::<List>().ok_or_else(|| system_error("expected a list on the stack"))
}

#[inline(always)]
pub fn list_append(r: &mut Regs, arg: usize) -> Result<()> {
    let value = r.pop();
    list_at(r, arg)?.push(value.into_ref());
    Ok(())
}

/// `LIST_EXTEND`.
pub fn list_extend(r: &mut Regs, arg: usize) -> Result<()> {
    let iterable = r.pop();
    let iterable = iterable.object();
    match list_at(r, arg)?.extend(iterable) {
        Err(_)
            if errors::matches(&exc::PyExc_TypeError)
                && iterable.ty().tp_iter.get().is_none()
                && !iterable.is_sequence() =>
        {
            errors::clear();
            Err(type_error(format!("Value after * must be an iterable, not {}", iterable.type_name())))
        }
        other => other,
    }
}

#[inline(always)]
pub fn set_add_item(r: &mut Regs, arg: usize) -> Result<()> {
    let value = r.pop();
    set_at(r, arg)?.add(value.object())
}

/// `SET_UPDATE`.
pub fn set_update(r: &mut Regs, arg: usize) -> Result<()> {
    let iterable = r.pop();
    set_at(r, arg)?.update(iterable.object())
}

#[inline(always)]
pub fn map_add(r: &mut Regs, arg: usize) -> Result<()> {
    let (value, key) = (r.pop(), r.pop());
    match r.object(arg).downcast::<Dict>() {
        Some(dict) => dict.set(key.object(), value.object()),
        None => Err(system_error("expected a dict on the stack")),
    }
}

/// `DICT_UPDATE`.
pub fn dict_update(r: &mut Regs, arg: usize) -> Result<()> {
    let update = r.pop();
    let Some(dict) = r.object(arg).downcast::<Dict>() else {
        return Err(system_error("expected a dict on the stack"));
    };
    match dict.merge(update.object(), true) {
        Err(_) if errors::matches(&exc::PyExc_AttributeError) => {
            errors::clear();
            Err(type_error(format!("'{}' object is not a mapping", update.object().type_name())))
        }
        other => other,
    }
}

/// `GET_LEN`.
pub fn get_len(r: &mut Regs) -> Result<()> {
    let len = Object::len(r.object(1))?;
    r.push_ref(krait_object::Int::from_i64(len as i64).into_object());
    Ok(())
}

/// Pushes the items so that the first is on top.
#[inline(always)]
pub fn push_reversed(r: &mut Regs, items: &[Ref<Object>]) {
    for item in items.iter().rev() {
        r.push(StackRef::new(item));
    }
}

#[inline(always)]
pub fn unpack_sequence(r: &mut Regs, arg: usize) -> Result<()> {
    let sequence = r.pop();
    let items = unpack(sequence.object(), arg, None)?;
    push_reversed(r, &items);
    Ok(())
}

/// `UNPACK_EX`: items before and after a starred target.
pub fn unpack_ex(r: &mut Regs, arg: usize) -> Result<()> {
    let sequence = r.pop();
    let items = unpack(sequence.object(), arg & 0xff, Some(arg >> 8))?;
    push_reversed(r, &items);
    Ok(())
}

/// The values for the targets, in their order (`_PyEval_UnpackIterableStackRef`).
#[inline(never)]
fn unpack(iterable: &Object, before: usize, after: Option<usize>) -> Result<Vec<Ref<Object>>> {
    let iterator = match iterable.iter() {
        Ok(iterator) => iterator,
        Err(_)
            if errors::matches(&exc::PyExc_TypeError)
                && iterable.ty().tp_iter.get().is_none()
                && !iterable.is_sequence() =>
        {
            errors::clear();
            return Err(type_error(format!("cannot unpack non-iterable {} object", iterable.type_name())));
        }
        Err(raised) => return Err(raised),
    };
    let mut items = Vec::with_capacity(before);
    while items.len() < before {
        match iterator.iter_next()? {
            Some(item) => items.push(item),
            None => return Err(not_enough(before, after, items.len())),
        }
    }
    match after {
        None => {
            if iterator.iter_next()?.is_none() {
                return Ok(items);
            }
            Err(too_many(iterable, before))
        }
        Some(after) => {
            let rest = iterator.to_list()?;
            let len = rest.len();
            if len < after {
                return Err(not_enough(before, Some(after), before + len));
            }
            let tail: Vec<Ref<Object>> = (0..after).filter_map(|_| rest.pop()).collect();
            items.push(rest.into_object());
            items.extend(tail.into_iter().rev());
            Ok(items)
        }
    }
}

#[cold]
fn not_enough(before: usize, after: Option<usize>, got: usize) -> Raised {
    match after {
        None => value_error(format!("not enough values to unpack (expected {before}, got {got})")),
        Some(after) => value_error(format!(
            "not enough values to unpack (expected at least {}, got {got})",
            before + after
        )),
    }
}

#[cold]
fn too_many(iterable: &Object, expected: usize) -> Raised {
    let sized = iterable.downcast_exact::<List>().is_some()
        || iterable.downcast_exact::<Tuple>().is_some()
        || iterable.downcast_exact::<Dict>().is_some();
    if sized {
        if let Ok(got) = Object::len(iterable) {
            if got > expected {
                return value_error(format!("too many values to unpack (expected {expected}, got {got})"));
            }
        }
    }
    value_error(format!("too many values to unpack (expected {expected})"))
}
