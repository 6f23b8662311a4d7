//! Tables against a simple model, shared tables, mutation while comparing.

use super::*;
use crate::typeobj::PyType_Type;
use crate::{Int, Tuple, none, testing};

/// A small deterministic generator.
struct Random(u64);

impl Random {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
}

/// What a dict should be: pairs in insertion order.
#[derive(Default)]
struct Model(Vec<(u64, u64)>);

impl Model {
    fn set(&mut self, key: u64, value: u64) {
        match self.0.iter_mut().find(|(k, _)| *k == key) {
            Some(entry) => entry.1 = value,
            None => self.0.push((key, value)),
        }
    }

    fn remove(&mut self, key: u64) -> bool {
        let found = self.0.iter().position(|(k, _)| *k == key);
        found.map(|at| self.0.remove(at)).is_some()
    }
}

fn number(n: u64) -> Ref<Object> {
    Int::from_i64(n as i64).into_object()
}

fn value_of(object: &Object) -> u64 {
    object.expect::<Int>().to_i64().expect("small") as u64
}

fn check_against(dict: &Dict, model: &Model, key: impl Fn(u64) -> Ref<Object>) {
    assert_eq!(dict.len(), model.0.len());
    let items = dict.items();
    assert_eq!(items.len(), model.0.len());
    for ((found_key, found), (k, v)) in items.iter().zip(&model.0) {
        assert!(found_key.eq(&key(*k)).expect("comparable"));
        assert_eq!(value_of(found), *v);
        assert_eq!(value_of(&dict.get(&key(*k)).expect("hashable").expect("there")), *v);
    }
    let mut position = dict.end_position();
    let mut backwards = Vec::new();
    while let Some(index) = dict.previous_index(&mut position) {
        backwards.push(value_of(dict.value_at(index).expect("there")));
    }
    backwards.reverse();
    assert_eq!(backwards, model.0.iter().map(|(_, v)| *v).collect::<Vec<_>>());
}

fn exercise(dict: &Dict, steps: u64, keys: u64, seed: u64, key: impl Fn(u64) -> Ref<Object>) {
    let (mut random, mut model) = (Random(seed), Model::default());
    for step in 0..steps {
        let k = random.below(keys);
        match random.below(10) {
            0..6 => {
                model.set(k, step);
                dict.set(&key(k), &number(step)).expect("set");
            }
            6..8 => assert_eq!(dict.remove(&key(k)).expect("remove"), model.remove(k)),
            8 => {
                let last = dict.pop_last().expect("pop").map(|(_, v)| value_of(&v));
                assert_eq!(last, model.0.pop().map(|(_, v)| v));
            }
            _ => {
                let there = model.0.iter().any(|(m, _)| *m == k);
                assert_eq!(dict.contains(&key(k)).expect("contains"), there);
            }
        }
        if step % 64 == 0 {
            check_against(dict, &model, &key);
            check_against(&dict.copy().expect("copy"), &model, &key);
        }
    }
    check_against(dict, &model, &key);
}

#[test]
fn integers() {
    let _session = testing::init();
    for keys in [3, 8, 100, 3000] {
        exercise(&Dict::new(), 6000, keys, keys, number);
    }
}

#[test]
fn colliding_hashes() {
    let _session = testing::init();
    // Multiples of the modulus all hash to zero.
    let key = |k: u64| Int::from_i128(i128::from(k) * i128::from(crate::hash::MODULUS)).into_object();
    exercise(&Dict::new(), 1500, 60, 7, key);
    // Equal low bits.
    exercise(&Dict::new(), 3000, 200, 8, |k| number(k << 20));
}

#[test]
fn strings_and_mixed_keys() {
    let _session = testing::init();
    exercise(&Dict::new(), 5000, 300, 1, |k| Str::new(&format!("key{k}")).into_object());
    exercise(&Dict::new(), 5000, 300, 2, |k| {
        if k % 3 == 0 { number(k) } else { Str::new(&format!("key{k}")).into_object() }
    });
}

#[test]
fn wide_indices() {
    let _session = testing::init();
    let dict = Dict::new();
    for n in 0..100_000u64 {
        dict.set(&number(n), &number(n)).expect("set");
    }
    assert_eq!(dict.table().log2_size(), 18);
    assert!((0..100_000).all(|n| dict.get(&number(n)).expect("get").is_some_and(|v| value_of(&v) == n)));
    dict.clear();
    assert!(dict.is_empty() && core::ptr::eq(dict.table(), Keys::empty()));
}

#[test]
fn sizes_are_those_of_cpython() {
    let _session = testing::init();
    let size = |count: u64, text: bool| {
        let dict = Dict::new();
        for n in 0..count {
            let key = if text { Str::new(&format!("key{n}")).into_object() } else { number(n) };
            dict.set(&key, none()).expect("set");
        }
        dict.size_of() + 16
    };
    assert_eq!(
        [0, 1, 5, 6, 10, 11, 100, 1000].map(|n| size(n, false)),
        [64, 224, 224, 352, 352, 632, 4688, 36952]
    );
    assert_eq!(
        [0, 1, 5, 6, 10, 11, 100, 1000].map(|n| size(n, true)),
        [64, 184, 184, 272, 272, 464, 3328, 26032]
    );
}

#[test]
fn versions_follow_the_keys() {
    let _session = testing::init();
    let dict = Dict::new();
    let (a, b) = (Str::new("first"), Str::new("second"));
    dict.set(&a, none()).expect("set");
    let version = dict.keys_version();
    assert_ne!(version, 0);
    dict.set(&a, &number(1)).expect("set");
    assert_eq!(dict.keys_version(), version);
    let index = lookup_in_keys(dict.table(), &a).expect("there");
    assert_eq!(value_of(dict.value_at(index).expect("there")), 1);
    dict.set(&b, none()).expect("set");
    let second = dict.keys_version();
    assert_ne!(second, version);
    assert!(dict.remove(&a).expect("remove"));
    assert_ne!(dict.keys_version(), second);
    assert!(lookup_in_keys(dict.table(), &a).is_none());
}

fn new_class(name: &str) -> Ref<Object> {
    let bases = Tuple::empty().to_ref();
    let namespace = Dict::new();
    namespace.set_str(crate::id!("__module__"), &Str::new("m")).expect("set");
    Object::call(&PyType_Type, &[&Str::new(name), &bases, &namespace]).expect("class")
}

#[test]
fn instances_share_keys() {
    let _session = testing::init();
    let class = new_class("A");
    let make = |names: &[&str]| {
        let object = class.call(&[]).expect("instance");
        for (n, name) in names.iter().enumerate() {
            object.set_attr(&Str::new(name), Some(&number(n as u64))).expect("set");
        }
        object
    };
    let (x, y) = (make(&["a", "b", "c"]), make(&["c", "a"]));
    assert!(instance::has_inline_values(&x) && instance::inline_values(&x).is_valid());
    let dict = instance::instance_dict(&y).expect("dict").expect("has one");
    assert!(dict.is_split());
    let names: Vec<String> = dict.keys().iter().map(|k| k.str().expect("text").to_string()).collect();
    assert_eq!(names, ["c", "a"]);
    // The dict and the instance see each other's changes.
    dict.set_str(&Str::new("b"), &number(7)).expect("set");
    assert_eq!(value_of(&y.get_attr(&Str::new("b")).expect("attribute")), 7);
    y.set_attr(&Str::new("c"), None).expect("delete");
    assert_eq!(dict.len(), 2);
    // It outlives the instance, and can outgrow the shared keys.
    drop(y);
    assert_eq!(value_of(&dict.get_str(&Str::new("b")).expect("still there")), 7);
    for n in 0..50 {
        dict.set_str(&Str::new(&format!("more{n}")), &number(n)).expect("set");
    }
    assert!(!dict.is_split() && dict.len() == 52);
    assert_eq!(value_of(&x.get_attr(&Str::new("c")).expect("attribute")), 2);
}

#[test]
fn instances_outgrow_their_values() {
    let _session = testing::init();
    let class = new_class("B");
    let object = class.call(&[]).expect("instance");
    for n in 0..100 {
        object.set_attr(&Str::new(&format!("attribute{n}")), Some(&number(n))).expect("set");
    }
    assert!(!instance::inline_values(&object).is_valid());
    for n in 0..100 {
        assert_eq!(value_of(&object.get_attr(&Str::new(&format!("attribute{n}"))).expect("there")), n);
    }
    let replacement = Dict::new();
    replacement.set_str(&Str::new("only"), &number(5)).expect("set");
    object.set_attr(&Str::new("__dict__"), Some(&replacement)).expect("set");
    assert_eq!(value_of(&object.get_attr(&Str::new("only")).expect("there")), 5);
    assert!(!object.has_attr(&Str::new("attribute1")).expect("asked"));
    let fresh = class.call(&[]).expect("instance");
    fresh.set_attr(&Str::new("x"), Some(&number(1))).expect("set");
    fresh.set_attr(&Str::new("__dict__"), Some(&Dict::new())).expect("set");
    assert!(!fresh.has_attr(&Str::new("x")).expect("asked"));
}
