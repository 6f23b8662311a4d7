//! `list.sort`. CPython: `list_sort_impl`.
//!
//! While it is sorted the list is empty (`allocated` is -1), so that neither key functions nor comparisons can see or
//! disturb the items; what they put into the list meanwhile is dropped with a ValueError.

use super::compare::{self, Keys};
use super::{List, Taken, merge};
use crate::errors::value_error;
use crate::float::Float;
use crate::int::Int;
use crate::object::Object;
use crate::reference::Ref;
use crate::result::Result;
use crate::slots::CompareOp;
use crate::str::Str;
use crate::tuple::Tuple;
use core::cmp::Ordering;

/// An item under sort: borrowed from the storage that owns all of them.
#[derive(Clone, Copy)]
struct Keyed {
    key: *mut Object,
    value: *mut Object,
}

/// `list.sort(key=key, reverse=reverse)`.
pub fn sort(list: &List, key: Option<&Object>, reverse: bool) -> Result<()> {
    let taken = list.take_all();
    list.allocated.set(-1);
    let storage = core::mem::ManuallyDrop::new(taken);
    let result = sort_taken(&storage, key.filter(|k| !k.is_none()), reverse);
    let modified = list.allocated.get() >= 0;
    // What was put into the list meanwhile goes; the sorted items come back.
    let intruders = Taken { items: list.ob_item.get(), len: list.len(), capacity: 0 };
    list.ob_item.set(storage.items);
    list.set_len(storage.len);
    list.allocated.set(storage.capacity);
    drop(intruders);
    result?;
    if modified { Err(value_error("list modified during sort")) } else { Ok(()) }
}

fn sort_taken(storage: &Taken, key: Option<&Object>, reverse: bool) -> Result<()> {
    if storage.len == 0 {
        return Ok(());
    }
    // SAFETY: the storage belongs to this call alone; the items are permuted as plain pointers.
    let items: &mut [*mut Object] =
        unsafe { core::slice::from_raw_parts_mut(storage.items.cast(), storage.len) };
    let Some(function) = key else {
        let mut plain: Vec<Keyed> = items.iter().map(|&value| Keyed { key: value, value }).collect();
        let result = sort_keyed(&mut plain, reverse);
        write_back(items, &plain);
        return result;
    };
    let mut keys: Vec<Ref<Object>> = Vec::with_capacity(items.len());
    for &item in items.iter() {
        // SAFETY: owned by the storage.
        keys.push(function.call(&[unsafe { &*item }])?);
    }
    let mut keyed: Vec<Keyed> =
        items.iter().zip(&keys).map(|(&value, key)| Keyed { key: key.as_raw(), value }).collect();
    let result = sort_keyed(&mut keyed, reverse);
    write_back(items, &keyed);
    result
}

fn write_back(items: &mut [*mut Object], sorted: &[Keyed]) {
    for (place, entry) in items.iter_mut().zip(sorted) {
        *place = entry.value;
    }
}

/// Sorts entries; descending order keeps the order of equal ones, too.
fn sort_keyed(entries: &mut [Keyed], reverse: bool) -> Result<()> {
    if entries.len() < 2 {
        return Ok(());
    }
    if reverse {
        entries.reverse();
    }
    let result = sort_by_kind(entries);
    if reverse {
        entries.reverse();
    }
    result
}

fn sort_by_kind(entries: &mut [Keyed]) -> Result<()> {
    // SAFETY: keys are owned by the caller for the whole sort.
    let key = |entry: &Keyed| unsafe { &*entry.key };
    match compare::classify(entries.iter().map(key)) {
        Keys::Ints => {
            by_machine_value(entries, |e| key(e).expect::<Int>().to_i64().unwrap_or(0), |a, b| a.cmp(b));
        }
        Keys::Floats => {
            let order = |a: &f64, b: &f64| a.partial_cmp(b).unwrap_or(Ordering::Equal);
            by_machine_value(entries, |e| key(e).expect::<Float>().value(), order);
        }
        Keys::Strings => {
            entries.sort_by(|a, b| compare::strings(key(a).expect::<Str>(), key(b).expect::<Str>()));
        }
        Keys::Tuples(first) => {
            return merge::sort(entries, |a: Keyed, b: Keyed| {
                let (x, y) = (key(&a), key(&b));
                match (x.expect::<Tuple>().get(0), y.expect::<Tuple>().get(0)) {
                    (Some(i), Some(j)) => match first.order(i, j) {
                        Ordering::Less => Ok(true),
                        Ordering::Greater => Ok(false),
                        Ordering::Equal => x.rich_compare_bool_strict(y, CompareOp::Lt),
                    },
                    _ => x.rich_compare_bool_strict(y, CompareOp::Lt),
                }
            });
        }
        Keys::Other => {
            return merge::sort(entries, |a: Keyed, b: Keyed| {
                key(&a).rich_compare_bool_strict(key(&b), CompareOp::Lt)
            });
        }
    }
    Ok(())
}

/// Sorts by values taken out of the objects once.
fn by_machine_value<T: Copy>(
    entries: &mut [Keyed],
    value: impl Fn(&Keyed) -> T,
    order: impl Fn(&T, &T) -> Ordering,
) {
    let mut pairs: Vec<(T, *mut Object)> = entries.iter().map(|e| (value(e), e.value)).collect();
    pairs.sort_by(|a, b| order(&a.0, &b.0));
    for (entry, (_, value)) in entries.iter_mut().zip(pairs) {
        entry.value = value;
    }
}

impl Object {
    /// `bool(self OP other)`, asking also when both are the same object.
    fn rich_compare_bool_strict(&self, other: &Object, op: CompareOp) -> Result<bool> {
        let answer = self.rich_compare(other, op)?;
        if answer.is(crate::object::bool_object(true)) {
            return Ok(true);
        }
        if answer.is(crate::object::bool_object(false)) {
            return Ok(false);
        }
        answer.is_true()
    }
}
