//! Iterators that choose from another: compress, dropwhile, filterfalse, takewhile, islice, starmap.

use super::{iterator_type, keywords, make, no_keywords, positional};
use core::cell::Cell;
use krait_object::args::parse_init;
use krait_object::errors::value_error;
use krait_object::result::{NextResult, next_result};
use krait_object::{Object, Result, Tuple, TypeObject};

iterator_type! {
    /// `compressobject`
    Compress "compress" COMPRESS { data: Object, selectors: Object, } {}
    next: compress_next, new: compress_new,
    doc: c"compress(data, selectors)\n--\n\nReturn data elements corresponding to true selector elements.\n\nForms a shorter iterator from selected data elements using the selectors to\nchoose the data elements."
}

extern "C" fn compress_new(ty: &TypeObject, args: &Tuple, kwargs: Option<&Object>) -> Result {
    let values = parse_init("compress", &["data", "selectors"], 2, args, keywords(kwargs))?;
    let iterator = |i: usize| values[i].as_ref().map(|v| v.iter()).transpose();
    let (data, selectors) = (iterator(0)?, iterator(1)?);
    make(ty, |this: &Compress| {
        this.data.set(data);
        this.selectors.set(selectors);
    })
}

extern "C" fn compress_next(object: &Object) -> NextResult {
    let this = object.expect::<Compress>();
    next_result((|| {
        let (Some(data), Some(selectors)) = (this.data.get(), this.selectors.get()) else { return Ok(None) };
        loop {
            let Some(datum) = data.iter_next()? else { return Ok(None) };
            let Some(selector) = selectors.iter_next()? else { return Ok(None) };
            if selector.is_true()? {
                return Ok(Some(datum));
            }
        }
    })())
}

/// The constructor of the iterators that take a function and an iterable.
fn function_and_iterator<T: krait_object::Typed>(
    ty: &TypeObject,
    name: &'static str,
    args: &Tuple,
    kwargs: Option<&Object>,
    fill: impl FnOnce(&T, &Object, krait_object::Ref<Object>),
) -> Result {
    no_keywords(name, kwargs)?;
    let given = positional(name, args, 2, 2)?;
    let it = given[1].iter()?;
    make(ty, |this: &T| fill(this, given[0], it))
}

iterator_type! {
    /// `dropwhileobject`
    DropWhile "dropwhile" DROPWHILE { func: Object, it: Object, } { started: Cell<bool>, }
    next: dropwhile_next, new: dropwhile_new,
    doc: c"dropwhile(predicate, iterable, /)\n--\n\nDrop items from the iterable while predicate(item) is true.\n\nAfterwards, return every element until the iterable is exhausted."
}

extern "C" fn dropwhile_new(ty: &TypeObject, args: &Tuple, kwargs: Option<&Object>) -> Result {
    function_and_iterator(ty, "dropwhile", args, kwargs, |this: &DropWhile, func, it| {
        this.func.set(Some(func.to_ref()));
        this.it.set(Some(it));
    })
}

extern "C" fn dropwhile_next(object: &Object) -> NextResult {
    let this = object.expect::<DropWhile>();
    next_result((|| {
        let (Some(func), Some(it)) = (this.func.get(), this.it.get()) else { return Ok(None) };
        loop {
            let Some(item) = it.iter_next()? else { return Ok(None) };
            if this.started.get() {
                return Ok(Some(item));
            }
            if !func.call(&[&item])?.is_true()? {
                this.started.set(true);
                return Ok(Some(item));
            }
        }
    })())
}

iterator_type! {
    /// `takewhileobject`
    TakeWhile "takewhile" TAKEWHILE { func: Object, it: Object, } { stopped: Cell<bool>, }
    next: takewhile_next, new: takewhile_new,
    doc: c"takewhile(predicate, iterable, /)\n--\n\nReturn successive entries from an iterable as long as the predicate evaluates to true for each entry."
}

extern "C" fn takewhile_new(ty: &TypeObject, args: &Tuple, kwargs: Option<&Object>) -> Result {
    function_and_iterator(ty, "takewhile", args, kwargs, |this: &TakeWhile, func, it| {
        this.func.set(Some(func.to_ref()));
        this.it.set(Some(it));
    })
}

extern "C" fn takewhile_next(object: &Object) -> NextResult {
    let this = object.expect::<TakeWhile>();
    next_result((|| {
        if this.stopped.get() {
            return Ok(None);
        }
        let (Some(func), Some(it)) = (this.func.get(), this.it.get()) else { return Ok(None) };
        let Some(item) = it.iter_next()? else { return Ok(None) };
        if func.call(&[&item])?.is_true()? {
            return Ok(Some(item));
        }
        this.stopped.set(true);
        Ok(None)
    })())
}

iterator_type! {
    /// `filterfalseobject`
    FilterFalse "filterfalse" FILTERFALSE { func: Object, it: Object, } {}
    next: filterfalse_next, new: filterfalse_new,
    doc: c"filterfalse(function, iterable, /)\n--\n\nReturn those items of iterable for which function(item) is false.\n\nIf function is None, return the items that are false."
}

extern "C" fn filterfalse_new(ty: &TypeObject, args: &Tuple, kwargs: Option<&Object>) -> Result {
    function_and_iterator(ty, "filterfalse", args, kwargs, |this: &FilterFalse, func, it| {
        this.func.set(Some(func.to_ref()));
        this.it.set(Some(it));
    })
}

extern "C" fn filterfalse_next(object: &Object) -> NextResult {
    let this = object.expect::<FilterFalse>();
    next_result((|| {
        let (Some(func), Some(it)) = (this.func.get(), this.it.get()) else { return Ok(None) };
        let by_truth = func.is_none() || func.is(&krait_object::int::PyBool_Type);
        while let Some(item) = it.iter_next()? {
            let truth = if by_truth { item.is_true()? } else { func.call(&[&item])?.is_true()? };
            if !truth {
                return Ok(Some(item));
            }
        }
        Ok(None)
    })())
}

iterator_type! {
    /// `starmapobject`
    StarMap "starmap" STARMAP { func: Object, it: Object, } {}
    next: starmap_next, new: starmap_new,
    doc: c"starmap(function, iterable, /)\n--\n\nReturn an iterator whose values are returned from the function evaluated with an argument tuple taken from the given sequence."
}

extern "C" fn starmap_new(ty: &TypeObject, args: &Tuple, kwargs: Option<&Object>) -> Result {
    function_and_iterator(ty, "starmap", args, kwargs, |this: &StarMap, func, it| {
        this.func.set(Some(func.to_ref()));
        this.it.set(Some(it));
    })
}

extern "C" fn starmap_next(object: &Object) -> NextResult {
    let this = object.expect::<StarMap>();
    next_result((|| {
        let (Some(func), Some(it)) = (this.func.get(), this.it.get()) else { return Ok(None) };
        let Some(item) = it.iter_next()? else { return Ok(None) };
        let args = item.to_tuple()?;
        func.call(args.as_objects()).map(Some)
    })())
}

iterator_type! {
    /// `isliceobject`
    ISlice "islice" ISLICE { it: Object, } { next: Cell<isize>, stop: Cell<isize>, step: Cell<isize>, count: Cell<isize>, }
    next: islice_next, new: islice_new,
    doc: c"islice(iterable, stop) --> islice object\nislice(iterable, start, stop[, step]) --> islice object\n\nReturn an iterator whose next() method returns selected values from an\niterable.  If start is specified, will skip all preceding elements;\notherwise, start defaults to zero.  Step defaults to one.  If\nspecified as another value, step determines how many values are\nskipped between successive calls.  Works like a slice() on a list\nbut returns an iterator."
}

/// A bound of `islice`: `None` or an int of at least `least`.
fn bound(value: &Object, default: isize, least: isize, message: &str) -> Result<isize> {
    if value.is_none() {
        return Ok(default);
    }
    let number = if value.is_index() { value.as_isize(false) } else { Err(value_error(message)) };
    match number {
        Ok(n) if n >= least => Ok(n),
        Ok(_) => Err(value_error(message)),
        Err(_) => {
            krait_object::errors::clear();
            Err(value_error(message))
        }
    }
}

extern "C" fn islice_new(ty: &TypeObject, args: &Tuple, kwargs: Option<&Object>) -> Result {
    no_keywords("islice", kwargs)?;
    let given = positional("islice", args, 2, 4)?;
    let stop_message = "Stop argument for islice() must be None or an integer: 0 <= x <= sys.maxsize.";
    let indices_message = "Indices for islice() must be None or an integer: 0 <= x <= sys.maxsize.";
    let (start, stop, step) = match given[1..] {
        [stop] => (0, bound(stop, -1, 0, stop_message)?, 1),
        [start, stop, ref rest @ ..] => {
            let start = bound(start, 0, 0, indices_message)?;
            let stop = bound(stop, -1, 0, stop_message)?;
            let step = match rest {
                [step] => bound(step, 1, 1, "Step for islice() must be a positive integer or None.")?,
                _ => 1,
            };
            (start, stop, step)
        }
        [] => (0, -1, 1),
    };
    let it = given[0].iter()?;
    make(ty, |this: &ISlice| {
        this.it.set(Some(it));
        this.next.set(start);
        this.stop.set(stop);
        this.step.set(step);
    })
}

extern "C" fn islice_next(object: &Object) -> NextResult {
    let this = object.expect::<ISlice>();
    next_result((|| {
        let Some(it) = this.it.get() else { return Ok(None) };
        let stop = this.stop.get();
        // Past items that are not wanted, but never past the end of the slice.
        while this.count.get() < this.next.get() && (stop == -1 || this.count.get() < stop) {
            if it.iter_next()?.is_none() {
                this.it.take();
                return Ok(None);
            }
            this.count.set(this.count.get() + 1);
        }
        if stop != -1 && this.count.get() >= stop {
            this.it.take();
            return Ok(None);
        }
        let Some(item) = it.iter_next()? else {
            this.it.take();
            return Ok(None);
        };
        this.count.set(this.count.get() + 1);
        let next = this.next.get().saturating_add(this.step.get());
        this.next.set(if stop != -1 { next.min(stop) } else { next });
        Ok(Some(item))
    })())
}
