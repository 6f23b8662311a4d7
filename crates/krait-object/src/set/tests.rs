//! The table against a simple model; iteration order as CPython's.

use super::*;
use crate::{Int, testing};
use std::collections::BTreeSet;

fn number(n: i64) -> Ref<Object> {
    Int::from_i64(n).into_object()
}

fn numbers(set: &Set) -> Vec<i64> {
    set.items().iter().map(|o| o.expect::<Int>().to_i64().expect("small")).collect()
}

#[test]
fn behaves_as_a_set() {
    let _session = testing::init();
    for (keys, shift) in [(5, 0), (50, 0), (2000, 0), (300, 20)] {
        let (set, mut model) = (Set::new(), BTreeSet::new());
        let mut seed = keys as u64;
        for step in 0..8000 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let key = (((seed >> 33) % keys as u64) as i64) << shift;
            match (seed >> 60) % 4 {
                0 | 1 => assert_eq!(set.insert(&number(key)).expect("added"), model.insert(key)),
                2 => assert_eq!(set.discard(&number(key)).expect("removed"), model.remove(&key)),
                _ => assert_eq!(set.contains(&number(key)).expect("asked"), model.contains(&key)),
            }
            assert_eq!(set.len(), model.len());
            if step % 256 == 0 {
                let mut all = numbers(&set);
                all.sort_unstable();
                assert_eq!(all, model.iter().copied().collect::<Vec<_>>());
                assert_eq!(numbers(&set.copy().expect("copy")).len(), model.len());
            }
        }
        while let Some(item) = set.pop() {
            assert!(model.remove(&item.expect::<Int>().to_i64().expect("small")));
        }
        assert!(model.is_empty());
    }
}

#[test]
fn order_is_that_of_cpython() {
    let _session = testing::init();
    let order = |items: &[i64]| {
        let set = Set::new();
        items.iter().for_each(|&n| set.add(&number(n)).expect("added"));
        numbers(&set)
    };
    // list(set([...])) of CPython 3.14.
    assert_eq!(order(&[8, 0, 16, 3, 11]), [0, 3, 8, 11, 16]);
    assert_eq!(
        order(&(0..12).map(|n| n * 37 % 101).collect::<Vec<_>>()),
        [0, 67, 3, 37, 74, 10, 47, 84, 20, 30, 57, 94]
    );
    assert_eq!(
        order(&(0..40).map(|n| n * n * 7919).collect::<Vec<_>>())[..8],
        [0, 2027264, 8109056, 2858759, 1781775, 5772951, 10841111, 285084]
    );
}
