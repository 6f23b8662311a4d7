//! The number protocol (`PyNumber_*`): binary operators with reflection, in-place forms, conversions.

use crate::object::Object;
use crate::reference::Ref;
use crate::result::Result;

macro_rules! operators {
    ($($name:ident $inplace:ident $sign:literal;)*) => {
        $(
            #[doc = concat!("`a ", $sign, " b`.")]
            pub fn $name(_a: &Object, _b: &Object) -> Result {
                todo!()
            }
            #[doc = concat!("`a ", $sign, "= b`.")]
            pub fn $inplace(_a: &Object, _b: &Object) -> Result {
                todo!()
            }
        )*
    };
}

operators! {
    add inplace_add "+"; subtract inplace_subtract "-"; multiply inplace_multiply "*";
    matrix_multiply inplace_matrix_multiply "@"; true_divide inplace_true_divide "/";
    floor_divide inplace_floor_divide "//"; remainder inplace_remainder "%"; lshift inplace_lshift "<<";
    rshift inplace_rshift ">>"; and inplace_and "&"; xor inplace_xor "^"; or inplace_or "|";
}

/// `divmod(a, b)`.
pub fn divmod(_a: &Object, _b: &Object) -> Result {
    todo!()
}
/// `pow(a, b, modulus)`; `None` object for no modulus.
pub fn power(_a: &Object, _b: &Object, _modulus: &Object) -> Result {
    todo!()
}
/// `a **= b`.
pub fn inplace_power(_a: &Object, _b: &Object, _modulus: &Object) -> Result {
    todo!()
}
/// `-a`.
pub fn negative(_a: &Object) -> Result {
    todo!()
}
/// `+a`.
pub fn positive(_a: &Object) -> Result {
    todo!()
}
/// `~a`.
pub fn invert(_a: &Object) -> Result {
    todo!()
}
/// `abs(a)`.
pub fn absolute(_a: &Object) -> Result {
    todo!()
}

impl Object {
    /// `operator.index(self)`: an exact or subclass `int`.
    pub fn index(&self) -> Result<Ref<crate::Int>> {
        todo!()
    }
    /// `operator.index` as a machine integer; out of range raises `OverflowError`, or clips when `clip` is true.
    pub fn as_isize(&self, _clip: bool) -> Result<isize> {
        todo!()
    }
    /// `int(self)` (`PyNumber_Long`).
    pub fn to_int(&self) -> Result<Ref<crate::Int>> {
        todo!()
    }
    /// `float(self)` as a number (`PyFloat_AsDouble`).
    pub fn as_f64(&self) -> Result<f64> {
        todo!()
    }
    /// Has it `__index__`?
    pub fn is_index(&self) -> bool {
        self.ty().number().is_some_and(|n| n.nb_index.get().is_some())
    }
}
