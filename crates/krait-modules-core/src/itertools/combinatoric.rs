//! product, permutations, combinations, combinations_with_replacement.
//!
//! Each keeps its pools as a tuple and the positions in them in a Rust vector, which no Python code can reach.

use super::{iterator_type, keywords, make};
use core::cell::Cell;
use krait_object::args::parse_init;
use krait_object::errors::{overflow_error, type_error, value_error};
use krait_object::result::NextResult;
use krait_object::{Object, Result, Str, Tuple, TypeObject};

/// Positions in the pool, none before the first result. All-zero is the valid state "none", as instances need it.
pub struct Positions(Cell<*mut Vec<usize>>);

impl Positions {
    /// Changes the positions; `None` when there are none yet.
    fn with<T>(&self, change: impl FnOnce(Option<&mut Vec<usize>>) -> T) -> T {
        // SAFETY: null or a box that this object owns; no Python code runs in `change`, so nobody else borrows it.
        change(unsafe { self.0.get().as_mut() })
    }

    /// Sets the positions for the first time.
    fn start(&self, positions: Vec<usize>) {
        debug_assert!(self.0.get().is_null());
        self.0.set(Box::into_raw(Box::new(positions)));
    }

    /// A copy of the first `count` positions.
    fn first(&self, count: usize) -> Vec<usize> {
        self.with(|at| at.map_or_else(Vec::new, |at| at[..count].to_vec()))
    }

    fn is_started(&self) -> bool {
        !self.0.get().is_null()
    }
}

impl Drop for Positions {
    fn drop(&mut self) {
        if self.is_started() {
            // SAFETY: the box is owned by this object and freed once.
            drop(unsafe { Box::from_raw(self.0.get()) });
        }
    }
}

iterator_type! {
    /// `productobject`
    Product "product" PRODUCT { pools: Tuple, } { positions: Positions, done: Cell<bool>, }
    next: product_next, new: product_new,
    doc: c"product(*iterables, repeat=1)\n--\n\nCartesian product of input iterables.  Equivalent to nested for-loops."
}

extern "C" fn product_new(ty: &TypeObject, args: &Tuple, kwargs: Option<&Object>) -> Result {
    let mut repeat = 1;
    for (name, value) in keywords(kwargs).map_or_else(Vec::new, |k| k.items()) {
        if !name.downcast::<Str>().is_some_and(|n| n.eq_str("repeat")) {
            return Err(type_error(format!(
                "product() got an unexpected keyword argument '{}'",
                name.str()?
            )));
        }
        repeat = value.as_isize(false)?;
        if repeat < 0 {
            return Err(value_error("repeat argument cannot be negative"));
        }
    }
    let repeat = repeat as usize;
    let total = args.len().checked_mul(repeat).filter(|n| *n < isize::MAX as usize / 16);
    if total.is_none() {
        return Err(overflow_error("repeat argument too large"));
    }
    let mut pools = Vec::new();
    for arg in if repeat == 0 { &[] } else { args.as_objects() } {
        pools.push(arg.to_tuple()?.into_object());
    }
    let once = pools.clone();
    for _ in 1..repeat {
        pools.extend(once.iter().cloned());
    }
    make(ty, |this: &Product| this.pools.set(Some(Tuple::from_vec(pools))))
}

fn pool(pools: &Tuple, index: usize) -> &Tuple {
    pools.as_slice()[index].expect::<Tuple>()
}

extern "C" fn product_next(object: &Object) -> NextResult {
    let this = object.expect::<Product>();
    if this.done.get() {
        return None;
    }
    let pools = this.pools.get()?;
    if !this.positions.is_started() {
        if (0..pools.len()).any(|i| pool(&pools, i).is_empty()) {
            this.done.set(true);
            return None;
        }
        this.positions.start(vec![0; pools.len()]);
    } else if !this.positions.with(|at| at.is_some_and(|at| advance(at, &pools))) {
        this.done.set(true);
        return None;
    }
    let at = this.positions.first(pools.len());
    let items = at.iter().enumerate().map(|(i, &p)| pool(&pools, i).as_slice()[p].clone()).collect();
    Some(Tuple::from_vec(items).into_object())
}

/// Counts one further, the last position fastest; false after the last.
fn advance(at: &mut [usize], pools: &Tuple) -> bool {
    for i in (0..at.len()).rev() {
        at[i] += 1;
        if at[i] < pool(pools, i).len() {
            return true;
        }
        at[i] = 0;
    }
    false
}

/// Pool and length from the arguments of a constructor.
fn pool_and_length(
    name: &'static str,
    args: &Tuple,
    kwargs: Option<&Object>,
    optional: bool,
) -> Result<(krait_object::Ref<Tuple>, usize)> {
    let required = if optional { 1 } else { 2 };
    let values = parse_init(name, &["iterable", "r"], required, args, keywords(kwargs))?;
    let pool = match &values[0] {
        Some(iterable) => iterable.to_tuple()?,
        None => return Err(type_error(format!("{name}() missing required argument 'iterable' (pos 1)"))),
    };
    let length = match values[1].as_ref().filter(|r| !(optional && r.is_none())) {
        None => pool.len(),
        Some(r) => {
            if optional && r.downcast::<krait_object::Int>().is_none() {
                return Err(type_error("Expected int as r"));
            }
            let r = r.as_isize(false)?;
            usize::try_from(r).map_err(|_| value_error("r must be non-negative"))?
        }
    };
    Ok((pool, length))
}

fn select(pool: &Tuple, at: &[usize]) -> NextResult {
    let items = at.iter().map(|&i| pool.as_slice()[i].clone()).collect();
    Some(Tuple::from_vec(items).into_object())
}

iterator_type! {
    /// `combinationsobject`
    Combinations "combinations" COMBINATIONS { pool: Tuple, } { length: Cell<usize>, positions: Positions, done: Cell<bool>, }
    next: combinations_next, new: combinations_new,
    doc: c"combinations(iterable, r)\n--\n\nReturn successive r-length combinations of elements in the iterable.\n\ncombinations(range(4), 3) --> (0,1,2), (0,1,3), (0,2,3), (1,2,3)"
}

extern "C" fn combinations_new(ty: &TypeObject, args: &Tuple, kwargs: Option<&Object>) -> Result {
    let (pool, length) = pool_and_length("combinations", args, kwargs, false)?;
    make(ty, |this: &Combinations| {
        this.done.set(length > pool.len());
        this.length.set(length);
        this.pool.set(Some(pool));
    })
}

extern "C" fn combinations_next(object: &Object) -> NextResult {
    let this = object.expect::<Combinations>();
    if this.done.get() {
        return None;
    }
    let pool = this.pool.get()?;
    let (n, r) = (pool.len(), this.length.get());
    if !this.positions.is_started() {
        this.positions.start((0..r).collect());
    } else {
        let moved = this.positions.with(|at| {
            let Some(at) = at else { return false };
            // The last position that can still move right.
            let Some(i) = (0..r).rev().find(|&i| at[i] != i + n - r) else { return false };
            at[i] += 1;
            for j in i + 1..r {
                at[j] = at[j - 1] + 1;
            }
            true
        });
        if !moved {
            this.done.set(true);
            return None;
        }
    }
    select(&pool, &this.positions.first(r))
}

iterator_type! {
    /// `cwrobject`
    CombinationsWithReplacement "combinations_with_replacement" COMBINATIONS_WITH_REPLACEMENT { pool: Tuple, } { length: Cell<usize>, positions: Positions, done: Cell<bool>, }
    next: cwr_next, new: cwr_new,
    doc: c"combinations_with_replacement(iterable, r)\n--\n\nReturn successive r-length combinations of elements in the iterable allowing individual elements to have successive repeats.\n\ncombinations_with_replacement('ABC', 2) --> ('A','A'), ('A','B'), ('A','C'), ('B','B'), ('B','C'), ('C','C')"
}

extern "C" fn cwr_new(ty: &TypeObject, args: &Tuple, kwargs: Option<&Object>) -> Result {
    let (pool, length) = pool_and_length("combinations_with_replacement", args, kwargs, false)?;
    make(ty, |this: &CombinationsWithReplacement| {
        this.done.set(pool.is_empty() && length > 0);
        this.length.set(length);
        this.pool.set(Some(pool));
    })
}

extern "C" fn cwr_next(object: &Object) -> NextResult {
    let this = object.expect::<CombinationsWithReplacement>();
    if this.done.get() {
        return None;
    }
    let pool = this.pool.get()?;
    let (n, r) = (pool.len(), this.length.get());
    if !this.positions.is_started() {
        this.positions.start(vec![0; r]);
    } else {
        let moved = this.positions.with(|at| {
            let Some(at) = at else { return false };
            let Some(i) = (0..r).rev().find(|&i| at[i] != n - 1) else { return false };
            let next = at[i] + 1;
            at[i..].fill(next);
            true
        });
        if !moved {
            this.done.set(true);
            return None;
        }
    }
    select(&pool, &this.positions.first(r))
}

iterator_type! {
    /// `permutationsobject`
    Permutations "permutations" PERMUTATIONS { pool: Tuple, } { length: Cell<usize>, positions: Positions, cycles: Positions, done: Cell<bool>, }
    next: permutations_next, new: permutations_new,
    doc: c"permutations(iterable, r=None)\n--\n\nReturn successive r-length permutations of elements in the iterable.\n\npermutations(range(3), 2) --> (0,1), (0,2), (1,0), (1,2), (2,0), (2,1)"
}

extern "C" fn permutations_new(ty: &TypeObject, args: &Tuple, kwargs: Option<&Object>) -> Result {
    let (pool, length) = pool_and_length("permutations", args, kwargs, true)?;
    make(ty, |this: &Permutations| {
        this.done.set(length > pool.len());
        this.length.set(length);
        this.pool.set(Some(pool));
    })
}

extern "C" fn permutations_next(object: &Object) -> NextResult {
    let this = object.expect::<Permutations>();
    if this.done.get() {
        return None;
    }
    let pool = this.pool.get()?;
    let (n, r) = (pool.len(), this.length.get());
    if !this.positions.is_started() {
        this.positions.start((0..n).collect());
        this.cycles.start((0..r).map(|i| n - i).collect());
    } else {
        let moved = this.positions.with(|at| {
            let Some(at) = at else { return false };
            this.cycles.with(|cycles| {
                let Some(cycles) = cycles else { return false };
                for i in (0..r).rev() {
                    cycles[i] -= 1;
                    if cycles[i] != 0 {
                        at.swap(i, n - cycles[i]);
                        return true;
                    }
                    at[i..].rotate_left(1);
                    cycles[i] = n - i;
                }
                false
            })
        });
        if !moved {
            this.done.set(true);
            return None;
        }
    }
    select(&pool, &this.positions.first(r))
}
