//! groupby, tee and batched.

use super::{iterator_type, keywords, make, no_keywords, positional};
use core::cell::Cell;
use krait_macros::pyfn;
use krait_object::args::parse_init;
use krait_object::errors::{runtime_error, type_error, value_error};
use krait_object::result::{NextResult, next_result};
use krait_object::{List, MethodDef, Object, Ref, Result, Tuple, TypeObject, id};

iterator_type! {
    /// `groupbyobject`
    GroupBy "groupby" GROUPBY {
        it: Object, keyfunc: Object, tgtkey: Object, currkey: Object, currvalue: Object,
    } { serial: Cell<u64>, }
    next: groupby_next, new: groupby_new,
    doc: c"groupby(iterable, key=None)\n--\n\nmake an iterator that returns consecutive keys and groups from the iterable\n\niterable\n  Elements to divide into groups according to the key function.\nkey\n  A function for computing the group category for each element.\n  If the key function is not specified or is None, the element itself\n  is used for grouping."
}

extern "C" fn groupby_new(ty: &TypeObject, args: &Tuple, kwargs: Option<&Object>) -> Result {
    let values = parse_init("groupby", &["iterable", "key"], 1, args, keywords(kwargs))?;
    let it = values[0].as_ref().map(|v| v.iter()).transpose()?;
    make(ty, |this: &GroupBy| {
        this.it.set(it);
        this.keyfunc.set(values[1].clone().filter(|k| !k.is_none()));
    })
}

/// Takes the next item and its key; false at the end.
fn step(this: &GroupBy) -> Result<bool> {
    let Some(it) = this.it.get() else { return Ok(false) };
    let Some(value) = it.iter_next()? else { return Ok(false) };
    let key = match this.keyfunc.get() {
        Some(function) => function.call(&[&value])?,
        None => value.clone(),
    };
    this.currvalue.set(Some(value));
    this.currkey.set(Some(key));
    Ok(true)
}

extern "C" fn groupby_next(object: &Object) -> NextResult {
    let this = object.expect::<GroupBy>();
    next_result((|| {
        this.serial.set(this.serial.get() + 1);
        // Past the rest of the current group.
        loop {
            match (this.currkey.get(), this.tgtkey.get()) {
                (None, _) => {}
                (Some(_), None) => break,
                (Some(current), Some(target)) => {
                    if !target.eq(&current)? {
                        break;
                    }
                }
            }
            if !step(this)? {
                return Ok(None);
            }
        }
        let Some(key) = this.currkey.get() else { return Ok(None) };
        this.tgtkey.set(Some(key.clone()));
        let grouper = make(&GROUPER, |grouper: &Grouper| {
            grouper.parent.set(Some(Ref::from_borrowed(this)));
            grouper.tgtkey.set(Some(key.clone()));
            grouper.serial.set(this.serial.get());
        })?;
        Ok(Some(Tuple::from_vec(vec![key, grouper]).into_object()))
    })())
}

iterator_type! {
    /// `_grouperobject`: the items of one group; a newer group ends it.
    Grouper "_grouper" GROUPER { parent: GroupBy, tgtkey: Object, } { serial: Cell<u64>, }
    next: grouper_next, new: grouper_new,
    doc: c""
}

extern "C" fn grouper_new(ty: &TypeObject, args: &Tuple, kwargs: Option<&Object>) -> Result {
    no_keywords("_grouper", kwargs)?;
    let given = positional("_grouper", args, 2, 2)?;
    let Some(parent) = given[0].downcast::<GroupBy>() else {
        return Err(type_error(format!(
            "_grouper() argument 1 must be itertools.groupby, not {}",
            given[0].type_name()
        )));
    };
    make(ty, |this: &Grouper| {
        this.parent.set(Some(Ref::from_borrowed(parent)));
        this.tgtkey.set(Some(given[1].to_ref()));
        this.serial.set(parent.serial.get());
    })
}

extern "C" fn grouper_next(object: &Object) -> NextResult {
    let this = object.expect::<Grouper>();
    next_result((|| {
        let (Some(parent), Some(target)) = (this.parent.get(), this.tgtkey.get()) else { return Ok(None) };
        if parent.serial.get() != this.serial.get() {
            return Ok(None);
        }
        if parent.currvalue.is_empty() && !step(&parent)? {
            return Ok(None);
        }
        let Some(current) = parent.currkey.get() else { return Ok(None) };
        if !target.eq(&current)? {
            return Ok(None);
        }
        parent.currkey.take();
        Ok(parent.currvalue.take())
    })())
}

/// Items that one block of a tee holds.
const LINK_CELLS: usize = 57;

iterator_type! {
    /// `teedataobject`: a block of items read from the source, linked to the next block.
    TeeData "_tee_dataobject" TEE_DATA { it: Object, values: List, next_link: TeeData, } { running: Cell<bool>, }
    next: tee_data_next, new: tee_data_new,
    doc: c"Data container common to multiple tee objects."
}

extern "C" fn tee_data_next(_: &Object) -> NextResult {
    None
}

extern "C" fn tee_data_new(_ty: &TypeObject, args: &Tuple, kwargs: Option<&Object>) -> Result {
    no_keywords("_tee_dataobject", kwargs)?;
    let given = positional("_tee_dataobject", args, 3, 3)?;
    let Some(values) = given[1].downcast::<List>() else {
        return Err(type_error("_tee_dataobject() argument 2 must be list"));
    };
    let data = tee_data(given[0])?;
    data.values.set(Some(List::from_vec(values.to_vec())));
    if let Some(next) = given[2].downcast::<TeeData>() {
        data.next_link.set(Some(Ref::from_borrowed(next)));
    }
    Ok(data.into_object())
}

fn tee_data(it: &Object) -> Result<Ref<TeeData>> {
    let made = make(&TEE_DATA, |data: &TeeData| {
        data.it.set(Some(it.to_ref()));
        data.values.set(Some(List::new()));
    })?;
    made.downcast_into::<TeeData>().map_err(|_| type_error("tee data"))
}

impl TeeData {
    /// The item at an index, read from the source if it is the first that is missing.
    fn item(&self, index: usize) -> Result<Option<Ref<Object>>> {
        let (Some(values), Some(it)) = (self.values.get(), self.it.get()) else { return Ok(None) };
        if let Some(found) = values.get(index) {
            return Ok(Some(found));
        }
        if self.running.replace(true) {
            return Err(runtime_error("cannot re-enter the tee iterator"));
        }
        let next = it.iter_next();
        self.running.set(false);
        let Some(item) = next? else { return Ok(None) };
        values.push(item.clone());
        Ok(Some(item))
    }

    fn next_block(&self) -> Result<Ref<TeeData>> {
        if let Some(next) = self.next_link.get() {
            return Ok(next);
        }
        let it = self.it.get().ok_or_else(|| runtime_error("tee without source"))?;
        let next = tee_data(&it)?;
        self.next_link.set(Some(next.clone()));
        Ok(next)
    }
}

iterator_type! {
    /// `teeobject`
    Tee "_tee" TEE { data: TeeData, } { index: Cell<usize>, weakreflist: krait_object::weakref::ListHead, }
    next: tee_next, new: tee_new,
    doc: c"_tee(iterable, /)\n--\n\nIterator wrapped to make it copyable.",
    methods(TEE_METHODS), weaklist_offset(core::mem::offset_of!(Tee, weakreflist))
}

static TEE_METHODS: &[MethodDef] = &[tee_copy::DEF, MethodDef::SENTINEL];

extern "C" fn tee_next(object: &Object) -> NextResult {
    let this = object.expect::<Tee>();
    next_result((|| {
        let Some(mut data) = this.data.get() else { return Ok(None) };
        if this.index.get() >= LINK_CELLS {
            data = data.next_block()?;
            this.data.set(Some(data.clone()));
            this.index.set(0);
        }
        let item = data.item(this.index.get())?;
        if item.is_some() {
            this.index.set(this.index.get() + 1);
        }
        Ok(item)
    })())
}

fn tee_from(iterable: &Object) -> Result {
    let it = iterable.iter()?;
    if let Some(tee) = it.downcast_exact::<Tee>() {
        return copy_of(tee);
    }
    let data = tee_data(&it)?;
    make(&TEE, |this: &Tee| this.data.set(Some(data)))
}

fn copy_of(tee: &Tee) -> Result {
    make(&TEE, |this: &Tee| {
        this.data.set(tee.data.get());
        this.index.set(tee.index.get());
    })
}

extern "C" fn tee_new(_ty: &TypeObject, args: &Tuple, kwargs: Option<&Object>) -> Result {
    no_keywords("_tee", kwargs)?;
    tee_from(positional("_tee", args, 1, 1)?[0])
}

/// Returns an independent iterator.
#[pyfn("__copy__($self, /)", nosig)]
fn tee_copy(this: &Tee) -> Result {
    copy_of(this)
}

/// Returns a tuple of n independent iterators.
#[pyfn("tee(iterable, n=2, /)")]
pub fn tee(iterable: &Object, n: isize) -> Result {
    let Ok(n) = usize::try_from(n) else { return Err(value_error("n must be >= 0")) };
    if n == 0 {
        return Ok(Tuple::empty().to_ref());
    }
    let it = iterable.iter()?;
    let first = match it.lookup_special(id!("__copy__"))? {
        Some(_) => it,
        None => tee_from(&it)?,
    };
    let mut all = Vec::new();
    for _ in 1..n {
        all.push(first.call_method(id!("__copy__"), &[])?);
    }
    all.insert(0, first);
    Ok(Tuple::from_vec(all).into_object())
}

iterator_type! {
    /// `batchedobject`
    Batched "batched" BATCHED { it: Object, } { size: Cell<usize>, strict: Cell<bool>, }
    next: batched_next, new: batched_new,
    doc: c"batched(iterable, n, *, strict=False)\n--\n\nBatch data into tuples of length n. The last batch may be shorter than n.\n\nLoops over the input iterable and accumulates data into tuples up to size\nn.  The input is consumed lazily, just enough to fill a batch.  The\nresult is yielded as soon as a batch is full or when the input iterable\nis exhausted."
}

extern "C" fn batched_new(ty: &TypeObject, args: &Tuple, kwargs: Option<&Object>) -> Result {
    let values = parse_init("batched", &["iterable", "n", "strict"], 2, args, keywords(kwargs))?;
    if args.len() > 2 {
        return Err(type_error(format!(
            "batched() takes exactly 2 positional arguments ({} given)",
            args.len()
        )));
    }
    let size = values[1].as_ref().map_or(Ok(0), |n| n.as_isize(false))?;
    let Some(size) = usize::try_from(size).ok().filter(|n| *n > 0) else {
        return Err(value_error("n must be at least one"));
    };
    let strict = values[2].as_ref().map_or(Ok(false), |s| s.is_true())?;
    let it = values[0].as_ref().map(|v| v.iter()).transpose()?;
    make(ty, |this: &Batched| {
        this.it.set(it);
        this.size.set(size);
        this.strict.set(strict);
    })
}

extern "C" fn batched_next(object: &Object) -> NextResult {
    let this = object.expect::<Batched>();
    next_result((|| {
        let Some(it) = this.it.get() else { return Ok(None) };
        let mut items = Vec::new();
        while items.len() < this.size.get() {
            match it.iter_next()? {
                Some(item) => items.push(item),
                None => break,
            }
        }
        if items.is_empty() {
            this.it.take();
            return Ok(None);
        }
        if items.len() < this.size.get() {
            this.it.take();
            if this.strict.get() {
                return Err(value_error("batched(): incomplete batch"));
            }
        }
        Ok(Some(Tuple::from_vec(items).into_object()))
    })())
}
