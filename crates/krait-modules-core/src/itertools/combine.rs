//! Iterators that join or fold others: chain, zip_longest, accumulate, pairwise.

use super::{iterator_type, keywords, make, no_keywords, positional};
use core::cell::Cell;
use krait_macros::pyfn;
use krait_object::args::parse_init;
use krait_object::errors::type_error;
use krait_object::generic_alias::CLASS_GETITEM;
use krait_object::protocol::number;
use krait_object::result::{NextResult, next_result};
use krait_object::{List, MethodDef, Object, Result, Str, Tuple, TypeObject, none};

iterator_type! {
    /// `chainobject`
    Chain "chain" CHAIN { source: Object, active: Object, } {}
    next: chain_next, new: chain_new,
    doc: c"chain(*iterables)\n--\n\nReturn a chain object whose .__next__() method returns elements from the\nfirst iterable until it is exhausted, then elements from the next\niterable, until all of the iterables are exhausted.",
    methods(CHAIN_METHODS)
}

static CHAIN_METHODS: &[MethodDef] = &[from_iterable::DEF, CLASS_GETITEM, MethodDef::SENTINEL];

extern "C" fn chain_new(ty: &TypeObject, args: &Tuple, kwargs: Option<&Object>) -> Result {
    no_keywords("chain", kwargs)?;
    let source = Object::iter(args)?;
    make(ty, |this: &Chain| this.source.set(Some(source)))
}

/// Alternative chain() constructor taking a single iterable argument that evaluates lazily.
#[pyfn("from_iterable($type, iterable, /)", class)]
fn from_iterable(ty: &TypeObject, iterable: &Object) -> Result {
    let source = iterable.iter()?;
    make(ty, |this: &Chain| this.source.set(Some(source)))
}

extern "C" fn chain_next(object: &Object) -> NextResult {
    let this = object.expect::<Chain>();
    next_result((|| {
        loop {
            let Some(source) = this.source.get() else { return Ok(None) };
            let active = match this.active.get() {
                Some(active) => active,
                None => {
                    let Some(iterable) = source.iter_next()? else {
                        this.source.take();
                        return Ok(None);
                    };
                    let active = match iterable.iter() {
                        Ok(active) => active,
                        Err(raised) => {
                            this.source.take();
                            return Err(raised);
                        }
                    };
                    this.active.set(Some(active.clone()));
                    active
                }
            };
            if let Some(item) = active.iter_next()? {
                return Ok(Some(item));
            }
            this.active.take();
        }
    })())
}

iterator_type! {
    /// `ziplongestobject`
    ZipLongest "zip_longest" ZIP_LONGEST { iterators: List, fill: Object, } { active: Cell<usize>, }
    next: zip_longest_next, new: zip_longest_new,
    doc: c"zip_longest(*iterables, fillvalue=None)\n--\n\nReturn a zip_longest object whose .__next__() method returns a tuple where\nthe i-th element comes from the i-th iterable argument.  The .__next__()\nmethod continues until the longest iterable in the argument sequence\nis exhausted and then it raises StopIteration.  When the shorter iterables\nare exhausted, the fillvalue is substituted in their place.  The fillvalue\ndefaults to None or can be specified by a keyword argument."
}

extern "C" fn zip_longest_new(ty: &TypeObject, args: &Tuple, kwargs: Option<&Object>) -> Result {
    let mut fill = none().to_ref();
    for (name, value) in keywords(kwargs).map_or_else(Vec::new, |k| k.items()) {
        if !name.downcast::<Str>().is_some_and(|n| n.eq_str("fillvalue")) {
            return Err(type_error("zip_longest() got an unexpected keyword argument"));
        }
        fill = value;
    }
    let iterators = args.as_objects().iter().map(|a| a.iter()).collect::<Result<Vec<_>>>()?;
    make(ty, |this: &ZipLongest| {
        this.active.set(iterators.len());
        this.iterators.set(Some(List::from_vec(iterators)));
        this.fill.set(Some(fill));
    })
}

extern "C" fn zip_longest_next(object: &Object) -> NextResult {
    let this = object.expect::<ZipLongest>();
    next_result((|| {
        let (Some(iterators), Some(fill)) = (this.iterators.get(), this.fill.get()) else { return Ok(None) };
        if this.active.get() == 0 {
            return Ok(None);
        }
        let mut items = Vec::with_capacity(iterators.len());
        for (index, it) in iterators.to_vec().into_iter().enumerate() {
            if it.is_none() {
                items.push(fill.clone());
                continue;
            }
            match it.iter_next() {
                Ok(Some(item)) => items.push(item),
                Ok(None) => {
                    this.active.set(this.active.get().saturating_sub(1));
                    if this.active.get() == 0 {
                        return Ok(None);
                    }
                    // An exhausted iterator is marked by None, which is no iterator itself.
                    iterators.set(index, none().to_ref());
                    items.push(fill.clone());
                }
                Err(raised) => {
                    this.active.set(0);
                    return Err(raised);
                }
            }
        }
        Ok(Some(Tuple::from_vec(items).into_object()))
    })())
}

iterator_type! {
    /// `accumulateobject`
    Accumulate "accumulate" ACCUMULATE { total: Object, it: Object, binop: Object, initial: Object, } {}
    next: accumulate_next, new: accumulate_new,
    doc: c"accumulate(iterable, func=None, *, initial=None)\n--\n\nReturn series of accumulated sums."
}

extern "C" fn accumulate_new(ty: &TypeObject, args: &Tuple, kwargs: Option<&Object>) -> Result {
    if args.len() > 2 {
        return Err(type_error(format!(
            "accumulate() takes at most 2 positional arguments ({} given)",
            args.len()
        )));
    }
    let values = parse_init("accumulate", &["iterable", "func", "initial"], 1, args, keywords(kwargs))?;
    let it = values[0].as_ref().map(|v| v.iter()).transpose()?;
    let given = |i: usize| values[i].clone().filter(|v| !v.is_none());
    make(ty, |this: &Accumulate| {
        this.it.set(it);
        this.binop.set(given(1));
        this.initial.set(given(2));
    })
}

extern "C" fn accumulate_next(object: &Object) -> NextResult {
    let this = object.expect::<Accumulate>();
    next_result((|| {
        if let Some(initial) = this.initial.take() {
            this.total.set(Some(initial.clone()));
            return Ok(Some(initial));
        }
        let Some(it) = this.it.get() else { return Ok(None) };
        let Some(item) = it.iter_next()? else { return Ok(None) };
        let total = match (this.total.get(), this.binop.get()) {
            (None, _) => item,
            (Some(total), None) => number::add(&total, &item)?,
            (Some(total), Some(binop)) => binop.call(&[&total, &item])?,
        };
        this.total.set(Some(total.clone()));
        Ok(Some(total))
    })())
}

iterator_type! {
    /// `pairwiseobject`
    Pairwise "pairwise" PAIRWISE { it: Object, old: Object, } {}
    next: pairwise_next, new: pairwise_new,
    doc: c"pairwise(iterable, /)\n--\n\nReturn an iterator of overlapping pairs taken from the input iterator.\n\n    s -> (s0,s1), (s1,s2), (s2, s3), ..."
}

extern "C" fn pairwise_new(ty: &TypeObject, args: &Tuple, kwargs: Option<&Object>) -> Result {
    no_keywords("pairwise", kwargs)?;
    let it = positional("pairwise", args, 1, 1)?[0].iter()?;
    make(ty, |this: &Pairwise| this.it.set(Some(it)))
}

extern "C" fn pairwise_next(object: &Object) -> NextResult {
    let this = object.expect::<Pairwise>();
    next_result((|| {
        let Some(it) = this.it.get() else { return Ok(None) };
        if this.old.is_empty() {
            let Some(first) = it.iter_next()? else {
                this.it.take();
                return Ok(None);
            };
            this.old.set(Some(first));
        }
        let Some(new) = it.iter_next()? else {
            this.it.take();
            this.old.take();
            return Ok(None);
        };
        // Taking the new item may have changed the state: what is there now is the older one.
        let Some(old) = this.old.replace(Some(new.clone())) else { return Ok(None) };
        Ok(Some(Tuple::from_vec(vec![old, new]).into_object()))
    })())
}
