//! Cells: the variables that closures share. CPython: `Objects/cellobject.c`.

use core::ffi::{c_int, c_void};
use krait_object::dealloc::dealloc_gc;
use krait_object::errors::{type_error, value_error};
use krait_object::object::bool_object;
use krait_object::typeobj::flags;
use krait_object::{
    CompareOp, Dict, GetSetDef, Object, Ref, Result, Slot, Str, Tuple, TypeObject, alloc, not_implemented,
};

/// `PyCellObject`.
#[repr(C)]
pub struct Cell {
    ob_base: Object,
    pub ob_ref: Slot,
}

krait_object::object_type!(Cell, PyCell_Type);

/// The type `cell`.
#[unsafe(no_mangle)]
pub static PyCell_Type: TypeObject = TypeObject::of::<Cell>(c"cell")
    .flags(flags::HAVE_GC)
    .doc(c"cell([contents])\n--\n\nCreate a new cell object.\n\n  contents\n    the contents of the cell. If not specified, the cell will be empty,\n    and \n further attempts to access its cell_contents attribute will\n    raise a ValueError.")
    .tp_dealloc(dealloc_gc::<Cell>)
    .tp_traverse(traverse)
    .tp_clear(clear)
    .tp_repr(repr)
    .tp_richcompare(richcompare)
    .tp_new(new)
    .getset(&[GetSetDef::getset(c"cell_contents", get_contents, set_contents), GetSetDef::SENTINEL]);

krait_object::traverse!(traverse, Cell, |this, v| {
    v.slot(&this.ob_ref)?;
});

unsafe extern "C" fn clear(object: *mut Object) -> c_int {
    // SAFETY: called with a live instance.
    unsafe { &*object }.expect::<Cell>().ob_ref.take();
    0
}

impl Cell {
    /// A cell with or without content.
    pub fn new(content: Option<Ref<Object>>) -> Ref<Cell> {
        alloc::new_tracked(Cell { ob_base: Object::new(&PyCell_Type), ob_ref: Slot::from_option(content) })
    }
}

extern "C" fn new(_ty: &TypeObject, args: &Tuple, kwargs: Option<&Object>) -> Result {
    if kwargs.and_then(|k| k.downcast::<Dict>()).is_some_and(|d| !d.is_empty()) {
        return Err(type_error("cell() takes no keyword arguments"));
    }
    krait_object::args::check_positional("cell", args.len(), 0, 1)?;
    Ok(Cell::new(args.get(0).map(Object::to_ref)).into_object())
}

extern "C" fn repr(object: &Object) -> Result {
    let text = match object.expect::<Cell>().ob_ref.get() {
        None => format!("<cell at {object:p}: empty>"),
        Some(content) => format!("<cell at {object:p}: {} object at {:p}>", content.type_name(), &*content),
    };
    Ok(Str::new(&text).into_object())
}

extern "C" fn richcompare(a: &Object, b: &Object, op: c_int) -> Result {
    let (Some(x), Some(y)) = (a.downcast::<Cell>(), b.downcast::<Cell>()) else {
        return Ok(not_implemented().to_ref());
    };
    let op = CompareOp::from_int(op);
    match (x.ob_ref.get(), y.ob_ref.get()) {
        (Some(x), Some(y)) => x.rich_compare(&y, op),
        (x, y) => Ok(bool_object(op.holds(x.is_some().cmp(&y.is_some()))).to_ref()),
    }
}

extern "C" fn get_contents(object: &Object, _: *mut c_void) -> Result {
    object.expect::<Cell>().ob_ref.get().ok_or_else(|| value_error("Cell is empty"))
}

extern "C" fn set_contents(object: &Object, value: Option<&Object>, _: *mut c_void) -> c_int {
    object.expect::<Cell>().ob_ref.set(value.map(Object::to_ref));
    0
}
