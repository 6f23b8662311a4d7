//! Iterators that need not end: count, cycle, repeat.

use super::{iterator_type, keywords, make, no_keywords, positional};
use core::cell::Cell;
use krait_macros::pyfn;
use krait_object::args::parse_init;
use krait_object::errors::type_error;
use krait_object::protocol::number;
use krait_object::result::{NextResult, next_result};
use krait_object::{Int, List, MethodDef, Object, Result, Str, Tuple, TypeObject};

iterator_type! {
    /// `countobject`: a machine integer while it lasts, else objects.
    Count "count" COUNT { long_cnt: Object, long_step: Object, } { cnt: Cell<i64>, fast: Cell<bool>, }
    next: count_next, new: count_new,
    doc: c"count(start=0, step=1)\n--\n\nReturn a count object whose .__next__() method returns consecutive values.\n\nEquivalent to:\n    def count(firstval=0, step=1):\n        x = firstval\n        while 1:\n            yield x\n            x += step",
    tp_repr(count_repr)
}

extern "C" fn count_new(ty: &TypeObject, args: &Tuple, kwargs: Option<&Object>) -> Result {
    let values = parse_init("count", &["start", "step"], 0, args, keywords(kwargs))?;
    let start = values[0].clone().unwrap_or_else(|| Int::from_i64(0).into_object());
    let step = values[1].clone().unwrap_or_else(|| Int::from_i64(1).into_object());
    let is_number = |o: &Object| {
        o.is_index()
            || o.ty().number().is_some_and(|n| n.nb_float.get().is_some() || n.nb_int.get().is_some())
            || o.downcast::<krait_object::Complex>().is_some()
    };
    if !is_number(&start) || !is_number(&step) {
        return Err(type_error("a number is required"));
    }
    let small = |o: &Object| o.downcast_exact::<Int>().and_then(Int::to_i64);
    let fast = small(&start).filter(|_| small(&step) == Some(1));
    make(ty, |this: &Count| {
        this.fast.set(fast.is_some());
        this.cnt.set(fast.unwrap_or(0));
        this.long_cnt.set(Some(start));
        this.long_step.set(Some(step));
    })
}

extern "C" fn count_next(object: &Object) -> NextResult {
    let this = object.expect::<Count>();
    if this.fast.get() {
        let value = this.cnt.get();
        match value.checked_add(1) {
            Some(next) => this.cnt.set(next),
            None => {
                this.fast.set(false);
                this.long_cnt.set(Some(Int::from_i128(i128::from(value) + 1).into_object()));
            }
        }
        return Some(Int::from_i64(value).into_object());
    }
    next_result((|| {
        let (Some(current), Some(step)) = (this.long_cnt.get(), this.long_step.get()) else {
            return Ok(None);
        };
        let next = number::add(&current, &step)?;
        this.long_cnt.set(Some(next));
        Ok(Some(current))
    })())
}

extern "C" fn count_repr(object: &Object) -> Result {
    let this = object.expect::<Count>();
    if this.fast.get() {
        return Ok(Str::new(&format!("count({})", this.cnt.get())).into_object());
    }
    let (Some(current), Some(step)) = (this.long_cnt.get(), this.long_step.get()) else {
        return Ok(Str::new("count()").into_object());
    };
    let one = step.downcast_exact::<Int>().and_then(Int::to_i64) == Some(1);
    let text = if one {
        format!("count({})", current.repr()?)
    } else {
        format!("count({}, {})", current.repr()?, step.repr()?)
    };
    Ok(Str::new(&text).into_object())
}

iterator_type! {
    /// `cycleobject`
    Cycle "cycle" CYCLE { it: Object, saved: List, } { index: Cell<usize>, }
    next: cycle_next, new: cycle_new,
    doc: c"cycle(iterable, /)\n--\n\nReturn elements from the iterable until it is exhausted. Then repeat the sequence indefinitely."
}

extern "C" fn cycle_new(ty: &TypeObject, args: &Tuple, kwargs: Option<&Object>) -> Result {
    no_keywords("cycle", kwargs)?;
    let it = positional("cycle", args, 1, 1)?[0].iter()?;
    make(ty, |this: &Cycle| {
        this.it.set(Some(it));
        this.saved.set(Some(List::new()));
    })
}

extern "C" fn cycle_next(object: &Object) -> NextResult {
    let this = object.expect::<Cycle>();
    next_result((|| {
        let Some(saved) = this.saved.get() else { return Ok(None) };
        if let Some(it) = this.it.get() {
            if let Some(item) = it.iter_next()? {
                saved.push(item.clone());
                return Ok(Some(item));
            }
            this.it.take();
        }
        if saved.is_empty() {
            return Ok(None);
        }
        let index = this.index.get() % saved.len();
        this.index.set(index + 1);
        Ok(saved.get(index))
    })())
}

iterator_type! {
    /// `repeatobject`
    Repeat "repeat" REPEAT { element: Object, } { left: Cell<isize>, }
    next: repeat_next, new: repeat_new,
    doc: c"repeat(object [,times]) -> create an iterator which returns the object\nfor the specified number of times.  If not specified, returns the object\nendlessly.",
    tp_repr(repeat_repr), methods(REPEAT_METHODS)
}

static REPEAT_METHODS: &[MethodDef] = &[repeat_length_hint::DEF, MethodDef::SENTINEL];

extern "C" fn repeat_new(ty: &TypeObject, args: &Tuple, kwargs: Option<&Object>) -> Result {
    let values = parse_init("repeat", &["object", "times"], 1, args, keywords(kwargs))?;
    let left = match &values[1] {
        Some(times) => times.as_isize(false)?.max(0),
        None => -1,
    };
    make(ty, |this: &Repeat| {
        this.element.set(values[0].clone());
        this.left.set(left);
    })
}

extern "C" fn repeat_next(object: &Object) -> NextResult {
    let this = object.expect::<Repeat>();
    match this.left.get() {
        0 => return None,
        -1 => {}
        left => this.left.set(left - 1),
    }
    this.element.get()
}

extern "C" fn repeat_repr(object: &Object) -> Result {
    let this = object.expect::<Repeat>();
    let element = this.element.get().map_or(Ok(Str::new("None")), |e| e.repr())?;
    let text = match this.left.get() {
        -1 => format!("repeat({element})"),
        left => format!("repeat({element}, {left})"),
    };
    Ok(Str::new(&text).into_object())
}

/// Private method returning an estimate of len(list(it)).
#[pyfn("__length_hint__($self, /)", nosig)]
fn repeat_length_hint(this: &Repeat) -> Result<isize> {
    match this.left.get() {
        -1 => Err(type_error("len() of unsized object")),
        left => Ok(left),
    }
}
