//! `float`. CPython: `Objects/floatobject.c`.

use crate::alloc;
use crate::object::Object;
use crate::reference::Ref;
use crate::typeobj::{TypeObject, flags};
use core::cell::Cell;

/// `PyFloatObject`.
#[repr(C)]
pub struct Float {
    ob_base: Object,
    ob_fval: Cell<f64>,
}

crate::object_type!(Float, PyFloat_Type);

/// The type `float`.
#[unsafe(no_mangle)]
pub static PyFloat_Type: TypeObject =
    TypeObject::of::<Float>(c"float").flags(flags::BASETYPE | flags::MATCH_SELF);

impl Float {
    /// A new float.
    #[inline]
    pub fn new(value: f64) -> Ref<Float> {
        alloc::new_object(Float { ob_base: Object::new(&PyFloat_Type), ob_fval: Cell::new(value) })
    }

    /// The value.
    #[inline(always)]
    pub fn value(&self) -> f64 {
        self.ob_fval.get()
    }
}
