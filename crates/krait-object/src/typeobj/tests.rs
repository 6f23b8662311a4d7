//! Tests of types and objects without an interpreter loop: classes are made by calling `type`, their methods are Rust
//! functions in a stand-in for `function`. Expectations are CPython's.

use super::*;
use crate::errors;
use crate::result::Result;
use crate::{CompareOp, Dict, Int, List, Ref, Str, Tuple, alloc, id, none, testing};
use core::mem::offset_of;

#[repr(C)]
struct Function {
    ob_base: Object,
    vectorcall: Cell<Option<VectorcallFn>>,
    code: fn(&[&Object]) -> Result,
}

static FUNCTION: TypeObject = TypeObject::of::<Function>(c"function")
    .flags(flags::METHOD_DESCRIPTOR)
    .vectorcall_offset(offset_of!(Function, vectorcall))
    .tp_descr_get(function_get)
    .tp_call(function_call)
    .tp_dealloc(crate::dealloc::dealloc_plain::<Function>);

crate::object_type!(Function, FUNCTION);

extern "C" fn function_get(object: &Object, instance: Option<&Object>, _: Option<&Object>) -> Result {
    match instance {
        Some(instance) => Ok(crate::method::Method::new(object, instance).into_object()),
        None => Ok(object.to_ref()),
    }
}

extern "C" fn function_call(object: &Object, args: &Tuple, _: Option<&Object>) -> Result {
    (object.expect::<Function>().code)(args.as_objects())
}

unsafe extern "C" fn function_vectorcall(
    callable: *mut Object,
    args: *const *mut Object,
    nargsf: usize,
    _kwnames: *mut Object,
) -> Result {
    // SAFETY: the vectorcall protocol.
    unsafe {
        let n = crate::cfunction::vectorcall_nargs(nargsf);
        let args: &[&Object] = if n == 0 { &[] } else { core::slice::from_raw_parts(args.cast(), n) };
        ((*callable).expect::<Function>().code)(args)
    }
}

fn function(code: fn(&[&Object]) -> Result) -> Ref<Object> {
    alloc::new_object(Function {
        ob_base: Object::new(&FUNCTION),
        vectorcall: Cell::new(Some(function_vectorcall)),
        code,
    })
    .into_object()
}

fn start() -> testing::Session {
    let session = testing::init();
    ready::ready(&FUNCTION).unwrap();
    session
}

type Attributes<'a> = &'a [(&'a str, Ref<Object>)];

fn dict(attributes: Attributes) -> Ref<Dict> {
    let dict = Dict::new();
    for (name, value) in attributes {
        dict.set_str(crate::str::intern::intern_str(name), value).unwrap();
    }
    dict
}

fn try_class(name: &str, bases: &[&Object], attributes: Attributes) -> Result<Ref<TypeObject>> {
    let attributes = dict(attributes);
    attributes.set_str(id!("__module__"), &Str::new("m")).unwrap();
    let bases = Tuple::from_slice(bases);
    let class = PyType_Type.call(&[&Str::new(name), &bases, &attributes])?;
    Ok(class.downcast_into::<TypeObject>().unwrap())
}

fn class(name: &str, bases: &[&Object], attributes: Attributes) -> Ref<TypeObject> {
    match try_class(name, bases, attributes) {
        Ok(class) => class,
        Err(raised) => panic!("{}", message(raised)),
    }
}

/// "Type: text" of the exception, which is cleared.
fn message(raised: crate::Raised) -> String {
    let exception = errors::fetch(raised);
    let text =
        exception.arguments().get(0).map(|a| a.downcast::<Str>().map_or("?".into(), |s| s.to_string_lossy()));
    format!("{}: {}", exception.type_name(), text.unwrap_or_default())
}

fn error<T>(result: Result<T>) -> String {
    match result {
        Ok(_) => "no error".to_owned(),
        Err(raised) => message(raised),
    }
}

fn text(object: &Object) -> String {
    match object.repr() {
        Ok(text) => text.to_string_lossy(),
        Err(raised) => message(raised),
    }
}

fn int(value: i64) -> Ref<Object> {
    Int::from_i64(value).into_object()
}

fn value(object: &Object) -> i64 {
    object.downcast::<Int>().unwrap().to_i64().unwrap()
}

#[test]
fn static_types_are_ready() {
    let _session = start();
    for ty in builtin_types::all() {
        assert!(ty.has_flag(flags::READY), "{}", ty.name());
        assert!(ty.tp_dealloc.get().is_some(), "{} has no destructor", ty.name());
        assert!(ty.mro().unwrap().get(0).unwrap().is(ty));
        let last = ty.mro().unwrap().as_slice().last().unwrap().clone();
        assert!(last.is(&PyBaseObject_Type), "{}", ty.name());
        assert!(ty.dict().unwrap().get_str(id!("__doc__")).is_some());
    }
    assert_eq!(text(&PyType_Type), "<class 'type'>");
    assert_eq!(PyBaseObject_Type.tp_flags.get(), 0x1502);
    assert_eq!(PyType_Type.tp_flags.get() & !0x8_0000, 0x8080_5d02);
}

#[test]
fn plain_class() {
    let _session = start();
    let c = class("C", &[], &[("x", int(7))]);
    assert_eq!(text(&c), "<class 'm.C'>");
    assert_eq!(c.tp_dictoffset.get(), -1);
    assert_eq!(c.tp_weaklistoffset.get(), -32);
    assert_eq!(c.tp_basicsize.get(), 16);
    let object = c.call(&[]).unwrap();
    assert!(text(&object).starts_with("<m.C object at 0x"));
    assert_eq!(value(&object.get_attr(id!("x")).unwrap()), 7);
    object.set_attr(id!("y"), Some(&int(5))).unwrap();
    assert_eq!(value(&object.get_attr(id!("y")).unwrap()), 5);
    object.set_attr(id!("y"), None).unwrap();
    assert_eq!(error(object.get_attr(id!("y"))), "AttributeError: 'C' object has no attribute 'y'");
    assert_eq!(error(object.set_attr(id!("y"), None)), "AttributeError: 'C' object has no attribute 'y'");
    assert!(object.get_attr_opt(id!("y")).unwrap().is_none());
    assert_eq!(error(c.get_attr(id!("zz"))), "AttributeError: type object 'C' has no attribute 'zz'");
    assert_eq!(error(c.call(&[none()])), "TypeError: C() takes no arguments");
    assert!(object.is_instance(&c).unwrap());
    assert!(object.get_attr(id!("__class__")).unwrap().is(&c));
}

#[test]
fn object_without_dict() {
    let _session = start();
    let o = PyBaseObject_Type.call(&[]).unwrap();
    assert_eq!(error(o.get_attr(id!("x"))), "AttributeError: 'object' object has no attribute 'x'");
    assert_eq!(
        error(o.set_attr(id!("x"), Some(none()))),
        "AttributeError: 'object' object has no attribute 'x' and no __dict__ for setting new attributes"
    );
    assert_eq!(
        error(o.set_attr(id!("__repr__"), Some(none()))),
        "AttributeError: 'object' object attribute '__repr__' is read-only"
    );
    assert_eq!(error(PyBaseObject_Type.call(&[none()])), "TypeError: object() takes no arguments");
    assert_eq!(
        error(crate::int::PyLong_Type.set_attr(id!("y"), Some(none()))),
        "TypeError: cannot set 'y' attribute of immutable type 'int'"
    );
}

#[test]
fn methods_fill_slots_and_follow_changes() {
    let _session = start();
    let c = class(
        "C",
        &[],
        &[
            ("__init__", function(|a| a[0].set_attr(id!("v"), Some(a[1])).map(|()| none().to_ref()))),
            ("__len__", function(|_| Ok(int(3)))),
            ("__add__", function(|a| a[0].get_attr(id!("v")))),
            ("__eq__", function(|_| Ok(crate::object::bool_object(true).to_ref()))),
            ("__call__", function(|a| Ok(a[1].to_ref()))),
            ("m", function(|a| Ok(a[0].to_ref()))),
        ],
    );
    let object = c.call(&[&int(41)]).unwrap();
    let length = c.mapping().unwrap().mp_length.get().unwrap();
    assert_eq!(length(&object), 3);
    let add = c.number().unwrap().nb_add.get().unwrap();
    assert_eq!(value(&add(&object, none()).unwrap()), 41);
    assert!(object.rich_compare_bool(none(), CompareOp::Eq).unwrap());
    assert!(!object.rich_compare_bool(none(), CompareOp::Ne).unwrap());
    assert_eq!(error(object.hash()), "TypeError: unhashable type: 'C'");
    assert_eq!(value(&object.call(&[&int(9)]).unwrap()), 9);
    assert!(object.call_method(id!("m"), &[]).unwrap().is(&object));
    assert!(object.get_attr(id!("m")).unwrap().call(&[]).unwrap().is(&object));

    let d = class("D", &[&c], &[]);
    assert!(d.number().unwrap().nb_subtract.get().is_none());
    c.set_attr(id!("__sub__"), Some(&function(|_| Ok(int(1))))).unwrap();
    let sub = d.number().unwrap().nb_subtract.get().unwrap();
    let other = d.call(&[none()]).unwrap();
    assert_eq!(value(&sub(&other, none()).unwrap()), 1);
    c.set_attr(id!("__sub__"), None).unwrap();
    assert!(d.number().unwrap().nb_subtract.get().is_none());
    assert!(c.number().unwrap().nb_subtract.get().is_none());
}

#[test]
fn subclass_of_native_type() {
    let _session = start();
    let e = class("E", &[&crate::exceptions::PyExc_ValueError], &[]);
    assert_eq!(e.tp_dictoffset.get(), 16);
    let object = e.call(&[&int(1)]).unwrap();
    object.set_attr(id!("extra"), Some(&int(2))).unwrap();
    assert_eq!(value(&object.get_attr(id!("extra")).unwrap()), 2);
    assert!(e.has_flag(flags::BASE_EXC_SUBCLASS));
    // The native slot serves as it is.
    let repr = |t: &TypeObject| slotdefs::address(&t.tp_repr);
    assert_eq!(repr(&e), repr(&crate::exceptions::PyExc_BaseException));
    let b = error(try_class("B", &[&crate::int::PyBool_Type], &[]));
    assert_eq!(b, "TypeError: type 'bool' is not an acceptable base type");
    let clash = error(try_class(
        "K",
        &[&crate::exceptions::PyExc_ImportError, &crate::exceptions::PyExc_OSError],
        &[],
    ));
    assert_eq!(clash, "TypeError: multiple bases have instance lay-out conflict");
}

#[test]
fn linearisation() {
    let _session = start();
    let a = class("A", &[], &[]);
    let b = class("B", &[&a], &[]);
    let c = class("C", &[&a], &[]);
    let d = class("D", &[&b, &c], &[]);
    let names: Vec<String> =
        d.mro().unwrap().as_slice().iter().map(|t| t.expect::<TypeObject>().name().to_owned()).collect();
    assert_eq!(names, ["D", "B", "C", "A", "object"]);
    assert_eq!(
        error(try_class("X", &[&a, &b], &[])),
        "TypeError: Cannot create a consistent method resolution order (MRO) for bases A, B"
    );
    assert_eq!(error(try_class("X", &[&a, &a], &[])), "TypeError: duplicate base class A");
    let subclasses = a.call_method(id!("__subclasses__"), &[]).unwrap();
    let subclasses = subclasses.downcast::<List>().unwrap().to_vec();
    assert!(subclasses[0].is(&b) && subclasses[1].is(&c) && subclasses.len() == 2);
}

#[test]
fn slots() {
    let _session = start();
    let names = Tuple::from_slice(&[&Str::new("b") as &Str, &Str::new("__p")]).into_object();
    let c = class("C", &[], &[("__slots__", names.clone()), ("k", int(1))]);
    assert_eq!(c.tp_basicsize.get(), 32);
    assert_eq!(c.tp_dictoffset.get(), 0);
    let object = c.call(&[]).unwrap();
    assert_eq!(error(object.get_attr(id!("b"))), "AttributeError: 'C' object has no attribute 'b'");
    object.set_attr(id!("b"), Some(&int(3))).unwrap();
    object.set_attr(id!("_C__p"), Some(&int(4))).unwrap();
    assert_eq!(value(&object.get_attr(id!("b")).unwrap()), 3);
    assert_eq!(value(&object.get_attr(id!("_C__p")).unwrap()), 4);
    assert_eq!(
        error(object.set_attr(id!("k"), Some(none()))),
        "AttributeError: 'C' object attribute 'k' is read-only"
    );
    object.set_attr(id!("b"), None).unwrap();
    assert_eq!(error(object.set_attr(id!("b"), None)), "AttributeError: b");
    assert_eq!(
        error(try_class("X", &[], &[("__slots__", Str::new("x").into_object()), ("x", int(1))])),
        "ValueError: 'x' in __slots__ conflicts with class variable"
    );
    assert_eq!(
        error(try_class("X", &[], &[("__slots__", Str::new("1x").into_object())])),
        "TypeError: __slots__ must be identifiers"
    );
    assert_eq!(
        error(try_class("X", &[&crate::tuple::PyTuple_Type], &[("__slots__", Str::new("x").into_object())])),
        "TypeError: nonempty __slots__ not supported for subtype of 'tuple'"
    );
    let other = class("O", &[], &[("__slots__", names)]);
    // `__p` is mangled with the class' name, so the layouts have different names.
    assert_eq!(
        error(object.set_attr(id!("__class__"), Some(&other))),
        "TypeError: __class__ assignment: 'O' object layout differs from 'C'"
    );
}

#[test]
fn reference_counts_balance() {
    let _session = start();
    let c = class("C", &[], &[]);
    let before = c.refcount();
    let object = c.call(&[]).unwrap();
    object.set_attr(id!("a"), Some(&int(1000))).unwrap();
    let big = Str::new("a text that is not shared").into_object();
    object.set_attr(id!("b"), Some(&big)).unwrap();
    assert_eq!(c.refcount(), before + 1);
    assert_eq!(big.refcount(), 2);
    drop(object);
    assert_eq!(c.refcount(), before);
    assert_eq!(big.refcount(), 1);
}

#[test]
fn finalizer_can_resurrect() {
    let _session = start();
    thread_local! {
        static SAVED: core::cell::RefCell<Vec<Ref<Object>>> = const { core::cell::RefCell::new(Vec::new()) };
    }
    fn del(args: &[&Object]) -> Result {
        SAVED.with_borrow_mut(|s| s.push(args[0].to_ref()));
        Ok(none().to_ref())
    }
    let c = class("C", &[], &[("__del__", function(del))]);
    drop(c.call(&[]).unwrap());
    let saved = SAVED.take();
    assert_eq!(saved.len(), 1);
    assert_eq!(saved[0].refcount(), 1);
    drop(saved);
    assert!(SAVED.take().is_empty(), "a finaliser runs once");
}

#[test]
fn class_and_bases_assignment() {
    let _session = start();
    let a = class("A", &[], &[("who", int(1))]);
    let b = class("B", &[], &[("who", int(2))]);
    let object = a.call(&[]).unwrap();
    object.set_attr(id!("__class__"), Some(&b)).unwrap();
    assert_eq!(value(&object.get_attr(id!("who")).unwrap()), 2);
    let c = class("C", &[&a], &[]);
    let d = class("D", &[&c], &[]);
    assert_eq!(value(&d.get_attr(id!("who")).unwrap()), 1);
    c.set_attr(id!("__bases__"), Some(&Tuple::from_slice(&[&*b]))).unwrap();
    assert_eq!(value(&d.get_attr(id!("who")).unwrap()), 2);
    assert!(d.is_subtype_of(&b) && !d.is_subtype_of(&a));
    assert_eq!(
        error(object.set_attr(id!("__class__"), Some(&int(1)))),
        "TypeError: __class__ must be set to a class, not 'int' object"
    );
    assert_eq!(
        error(object.set_attr(id!("__class__"), Some(&crate::int::PyLong_Type))),
        "TypeError: __class__ assignment only supported for mutable types or ModuleType subclasses"
    );
    assert_eq!(
        error(b.set_attr(id!("__bases__"), Some(&Tuple::from_slice(&[&*d])))),
        "TypeError: a __bases__ item causes an inheritance cycle"
    );
}

#[test]
fn wrappers_and_descriptors() {
    let _session = start();
    let c = class("C", &[], &[]);
    let object = c.call(&[]).unwrap();
    let repr = PyBaseObject_Type.get_attr(id!("__repr__")).unwrap();
    assert_eq!(text(&repr), "<slot wrapper '__repr__' of 'object' objects>");
    assert!(repr.call(&[&object]).is_ok());
    assert_eq!(
        error(repr.call(&[])),
        "TypeError: descriptor '__repr__' of 'object' object needs an argument"
    );
    let call = PyType_Type.get_attr(id!("__call__")).unwrap();
    assert!(call.call(&[&c]).unwrap().is_instance_of(&c));
    let dir = PyBaseObject_Type.get_attr(id!("__dir__")).unwrap();
    assert_eq!(text(&dir), "<method '__dir__' of 'object' objects>");
    assert_eq!(error(dir.call(&[])), "TypeError: unbound method object.__dir__() needs an argument");
    let mro = PyType_Type.dict().unwrap().get_str(id!("__mro__")).unwrap();
    assert_eq!(text(&mro), "<attribute '__mro__' of 'type' objects>");
    let bound = object.get_attr(id!("__repr__")).unwrap();
    assert!(text(&bound).starts_with("<method-wrapper '__repr__' of C object at 0x"));
    let new = object.get_attr(id!("__new__")).unwrap();
    assert!(new.call(&[&c]).unwrap().is_instance_of(&c));
    assert_eq!(
        error(new.call(&[&crate::exceptions::PyExc_ValueError])),
        "TypeError: object.__new__(ValueError) is not safe, use ValueError.__new__()"
    );
    assert_eq!(error(int(1).call(&[])), "TypeError: 'int' object is not callable");
    assert!(PyType_Type.get_attr(id!("__base__")).unwrap().is(&PyBaseObject_Type));
    assert!(c.get_attr(id!("__base__")).unwrap().is(&PyBaseObject_Type));
    assert_eq!(value(&c.get_attr(id!("__dictoffset__")).unwrap()), -1);
}

#[test]
fn properties_and_class_methods() {
    let _session = start();
    let get = function(|a| a[0].get_attr(id!("_v")));
    let property = crate::property::PyProperty_Type.call(&[&get]).unwrap();
    let c = class(
        "C",
        &[],
        &[
            ("p", property),
            ("cm", crate::classmethod::ClassMethod::new(&function(|a| Ok(a[0].to_ref()))).into_object()),
            ("sm", crate::classmethod::StaticMethod::new(&function(|a| Ok(a[0].to_ref()))).into_object()),
        ],
    );
    let object = c.call(&[]).unwrap();
    assert_eq!(error(object.get_attr(id!("p"))), "AttributeError: 'C' object has no attribute '_v'");
    object.set_attr(id!("_v"), Some(&int(6))).unwrap();
    assert_eq!(value(&object.get_attr(id!("p")).unwrap()), 6);
    assert_eq!(
        error(object.set_attr(id!("p"), Some(none()))),
        "AttributeError: property 'p' of 'C' object has no setter"
    );
    assert_eq!(
        error(object.set_attr(id!("p"), None)),
        "AttributeError: property 'p' of 'C' object has no deleter"
    );
    assert!(object.call_method(id!("cm"), &[]).unwrap().is(&c));
    assert_eq!(value(&c.call_method(id!("sm"), &[&int(8)]).unwrap()), 8);
    let sup = crate::super_::PySuper_Type.call(&[&c, &object]).unwrap();
    assert_eq!(text(&sup), "<super: <class 'C'>, <C object>>");
    assert_eq!(
        error(crate::super_::PySuper_Type.call(&[&crate::int::PyLong_Type, &object])),
        "TypeError: super(type, obj): obj (instance of C) is not an instance or subtype of type (int)."
    );
}

#[test]
fn getattr_hook() {
    let _session = start();
    let c = class("C", &[], &[("__getattr__", function(|a| Ok(a[1].to_ref())))]);
    let object = c.call(&[]).unwrap();
    assert_eq!(text(&object.get_attr(id!("anything")).unwrap()), "'anything'");
    assert!(object.get_attr(id!("__class__")).unwrap().is(&c));
    c.set_attr(id!("__getattr__"), None).unwrap();
    assert_eq!(
        error(object.get_attr(id!("anything"))),
        "AttributeError: 'C' object has no attribute 'anything'"
    );
}

#[test]
fn metaclasses() {
    let _session = start();
    let m = class("M", &[&PyType_Type], &[("__call__", function(|_| Ok(int(12))))]);
    let attributes = dict(&[]);
    let c = m.get_attr(id!("__new__")).unwrap();
    let c = c.call(&[&m, &Str::new("C"), Tuple::empty(), &attributes]).unwrap();
    assert!(core::ptr::eq(c.type_ptr(), &*m));
    assert_eq!(value(&c.call(&[]).unwrap()), 12);
    let n = class("N", &[&PyType_Type], &[]);
    let d = n.call(&[&Str::new("D"), Tuple::empty(), &dict(&[])]).unwrap();
    assert_eq!(
        error(try_class("X", &[&c, &d], &[])),
        "TypeError: metaclass conflict: the metaclass of a derived class must be a (non-strict) subclass of the metaclasses of all its bases"
    );
    assert_eq!(error(PyType_Type.call(&[none(), none()])), "TypeError: type() takes 1 or 3 arguments");
    assert_eq!(
        error(PyType_Type.call(&[none(), Tuple::empty(), &dict(&[])])),
        "TypeError: type.__new__() argument 1 must be str, not None"
    );
}

#[test]
fn look_up_cache_sees_changes() {
    let _session = start();
    let a = class("A", &[], &[("x", int(1))]);
    let b = class("B", &[&a], &[]);
    for round in 0..5 {
        a.set_attr(id!("x"), Some(&int(round))).unwrap();
        assert_eq!(value(&b.get_attr(id!("x")).unwrap()), round);
        assert_eq!(value(&b.get_attr(id!("x")).unwrap()), round);
    }
    assert_ne!(b.tp_version_tag.get(), 0);
    b.set_attr(id!("x"), Some(&int(70))).unwrap();
    assert_eq!(value(&b.get_attr(id!("x")).unwrap()), 70);
    b.set_attr(id!("x"), None).unwrap();
    assert_eq!(value(&b.get_attr(id!("x")).unwrap()), 4);
}

#[test]
fn hash_without_comparison() {
    let _session = start();
    let eq = function(|_| Ok(crate::object::bool_object(true).to_ref()));
    let a = class("A", &[], &[("__eq__", eq), ("__hash__", function(|_| Ok(int(5))))]);
    let b = class("B", &[&a], &[("__hash__", function(|_| Ok(int(6))))]);
    let object = b.call(&[]).unwrap();
    assert_eq!(object.hash(), Ok(6));
    assert!(object.rich_compare_bool(none(), CompareOp::Eq).unwrap());
    assert_eq!(slotdefs::address(&a.tp_richcompare), slotdefs::address(&b.tp_richcompare));
}

#[test]
fn cycles_are_collected() {
    let _session = start();
    let c = class("C", &[], &[]);
    let before = c.refcount();
    let slotted = class("S", &[], &[("__slots__", Str::new("me").into_object())]);
    let object = c.call(&[]).unwrap();
    object.set_attr(id!("me"), Some(&object)).unwrap();
    drop(object);
    let object = slotted.call(&[]).unwrap();
    object.set_attr(id!("me"), Some(&object)).unwrap();
    drop(object);
    assert_eq!(c.refcount(), before + 1);
    crate::gc::collect::collect_with_callbacks(2);
    assert_eq!(c.refcount(), before);
    // A class and its instances go as well: the class is in a cycle with its own MRO.
    let alive = |base: &TypeObject| base.subclasses().len();
    let d = class("D", &[&c], &[]);
    assert_eq!(alive(&c), 1);
    drop(d);
    crate::gc::collect::collect_with_callbacks(2);
    assert_eq!(alive(&c), 0);
}

#[test]
fn long_chains_die_without_deep_recursion() {
    let _session = start();
    let c = class("C", &[], &[]);
    let before = c.refcount();
    let mut head = c.call(&[]).unwrap();
    for _ in 0..200_000 {
        let next = c.call(&[]).unwrap();
        next.set_attr(id!("next"), Some(&head)).unwrap();
        head = next;
    }
    drop(head);
    assert_eq!(c.refcount(), before);
}

#[test]
fn annotations_and_names() {
    let _session = start();
    let c = class("C", &[], &[]);
    assert_eq!(text(&c.get_attr(id!("__annotations__")).unwrap().ty()), "<class 'dict'>");
    assert!(c.get_attr(id!("__annotate__")).unwrap().is_none());
    c.set_attr(id!("__name__"), Some(&Str::new("N"))).unwrap();
    c.set_attr(id!("__qualname__"), Some(&Str::new("Q.N"))).unwrap();
    assert_eq!(text(&c), "<class 'm.Q.N'>");
    assert_eq!(
        error(c.set_attr(id!("__name__"), Some(&int(1)))),
        "TypeError: can only assign string to N.__name__, not 'int'"
    );
    assert_eq!(
        error(c.set_attr(id!("__name__"), None)),
        "TypeError: cannot delete '__name__' attribute of immutable type 'N'"
    );
    assert_eq!(
        error(crate::int::PyLong_Type.get_attr(id!("__annotations__"))),
        "AttributeError: type object 'int' has no attribute '__annotations__'"
    );
    assert_eq!(error(c.get_attr(id!("__abstractmethods__"))), "AttributeError: __abstractmethods__");
    c.set_attr(id!("__abstractmethods__"), Some(&Tuple::from_slice(&[&Str::new("f") as &Str]))).unwrap();
    assert_eq!(
        error(c.call(&[])),
        "TypeError: Can't instantiate abstract class N without an implementation for abstract method 'f'"
    );
}

#[test]
fn flags_of_classes() {
    let _session = start();
    // What CPython 3.14 shows in `__flags__` for classes without methods.
    let empty = Tuple::empty().to_ref();
    let one = |name| Tuple::from_slice(&[&Str::new(name) as &Str]).into_object();
    let slots = |s: &Ref<Object>| vec![("__slots__", s.clone())];
    let cases: Vec<(&TypeObject, Vec<(&str, Ref<Object>)>, u64)> = vec![
        (&PyBaseObject_Type, vec![], 0x561c),
        (&PyBaseObject_Type, slots(&empty), 0x5600),
        (&PyBaseObject_Type, slots(&one("__weakref__")), 0x5608),
        (&PyBaseObject_Type, slots(&one("__dict__")), 0x5614),
        (&PyBaseObject_Type, slots(&one("a")), 0x5600),
        (&crate::int::PyLong_Type, vec![], 0x140_5610),
        (&crate::int::PyLong_Type, slots(&empty), 0x140_5600),
        (&crate::tuple::PyTuple_Type, vec![], 0x440_5630),
        (&crate::list::PyList_Type, vec![], 0x240_563c),
        (&crate::exceptions::PyExc_Exception, vec![], 0x4000_5608),
        (&PyType_Type, vec![], 0x8080_5e00),
    ];
    for (base, attributes, expected) in cases {
        let c = class("C", &[base], &attributes);
        assert_eq!(c.tp_flags.get(), expected, "subclass of {}: {:#x}", base.name(), c.tp_flags.get());
    }
}
