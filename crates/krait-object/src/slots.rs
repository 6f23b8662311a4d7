//! The function types of slots and the method suites that types point to (`Include/cpython/object.h`).
//!
//! A slot function is an ordinary Rust function with the C calling convention. Borrowed arguments are `&Object`,
//! nullable ones `Option<&Object>`.

use crate::buffer::Buffer;
use crate::object::Object;
use crate::result::{NextResult, Result};
use crate::tuple::Tuple;
use crate::typeobj::TypeObject;
use core::cell::Cell;
use core::ffi::{c_char, c_int, c_void};

pub type UnaryFn = extern "C" fn(&Object) -> Result;
pub type BinaryFn = extern "C" fn(&Object, &Object) -> Result;
pub type TernaryFn = extern "C" fn(&Object, &Object, Option<&Object>) -> Result;
pub type PowerFn = extern "C" fn(&Object, &Object, &Object) -> Result;
pub type InquiryFn = extern "C" fn(&Object) -> c_int;
pub type LenFn = extern "C" fn(&Object) -> isize;
pub type IndexArgFn = extern "C" fn(&Object, isize) -> Result;
pub type IndexSetFn = extern "C" fn(&Object, isize, Option<&Object>) -> c_int;
pub type ContainsFn = extern "C" fn(&Object, &Object) -> c_int;
pub type SetFn = extern "C" fn(&Object, &Object, Option<&Object>) -> c_int;
pub type HashFn = extern "C" fn(&Object) -> isize;
pub type RichCompareFn = extern "C" fn(&Object, &Object, c_int) -> Result;
pub type IterNextFn = extern "C" fn(&Object) -> NextResult;
pub type DescrGetFn = extern "C" fn(&Object, Option<&Object>, Option<&Object>) -> Result;
pub type DescrSetFn = extern "C" fn(&Object, &Object, Option<&Object>) -> c_int;
pub type InitFn = extern "C" fn(&Object, &Tuple, Option<&Object>) -> c_int;
pub type NewFn = extern "C" fn(&TypeObject, &Tuple, Option<&Object>) -> Result;
pub type CallFn = extern "C" fn(&Object, &Tuple, Option<&Object>) -> Result;
pub type AllocFn = extern "C" fn(&TypeObject, isize) -> Result;
pub type FreeFn = unsafe extern "C" fn(*mut c_void);
pub type DestructorFn = unsafe extern "C" fn(*mut Object);
pub type FinalizeFn = extern "C" fn(&Object);
pub type VisitFn = unsafe extern "C" fn(*mut Object, *mut c_void) -> c_int;
pub type TraverseFn = unsafe extern "C" fn(*mut Object, VisitFn, *mut c_void) -> c_int;
pub type ClearFn = unsafe extern "C" fn(*mut Object) -> c_int;
pub type VectorcallFn = unsafe extern "C" fn(*mut Object, *const *mut Object, usize, *mut Object) -> Result;
pub type SendFn = extern "C" fn(&Object, Option<&Object>, *mut *mut Object) -> c_int;
pub type GetBufferFn = extern "C" fn(&Object, *mut Buffer, c_int) -> c_int;
pub type ReleaseBufferFn = extern "C" fn(&Object, *mut Buffer);
pub type GetAttrCharFn = unsafe extern "C" fn(*mut Object, *mut c_char) -> Result;
pub type SetAttrCharFn = unsafe extern "C" fn(*mut Object, *mut c_char, *mut Object) -> c_int;
pub type GetterFn = extern "C" fn(&Object, *mut c_void) -> Result;
pub type SetterFn = extern "C" fn(&Object, Option<&Object>, *mut c_void) -> c_int;

macro_rules! suite {
    ($(#[$doc:meta])* $name:ident { $($field:ident: $ty:ty,)* }) => {
        $(#[$doc])*
        #[repr(C)]
        #[derive(Clone)]
        pub struct $name { $(pub $field: Cell<Option<$ty>>,)* }
        impl $name {
            /// No function set.
            pub const EMPTY: $name = $name { $($field: Cell::new(None),)* };
            $(
                /// Sets the slot (for constant tables).
                pub const fn $field(mut self, function: $ty) -> $name {
                    self.$field = Cell::new(Some(function));
                    self
                }
            )*
        }
        // SAFETY: suites are changed only with the GIL held.
        unsafe impl Sync for $name {}
    };
}

suite! {
    /// `PyNumberMethods`.
    NumberMethods {
        nb_add: BinaryFn, nb_subtract: BinaryFn, nb_multiply: BinaryFn, nb_remainder: BinaryFn, nb_divmod: BinaryFn,
        nb_power: PowerFn, nb_negative: UnaryFn, nb_positive: UnaryFn, nb_absolute: UnaryFn, nb_bool: InquiryFn,
        nb_invert: UnaryFn, nb_lshift: BinaryFn, nb_rshift: BinaryFn, nb_and: BinaryFn, nb_xor: BinaryFn,
        nb_or: BinaryFn, nb_int: UnaryFn, nb_reserved: UnaryFn, nb_float: UnaryFn,
        nb_inplace_add: BinaryFn, nb_inplace_subtract: BinaryFn, nb_inplace_multiply: BinaryFn,
        nb_inplace_remainder: BinaryFn, nb_inplace_power: PowerFn, nb_inplace_lshift: BinaryFn,
        nb_inplace_rshift: BinaryFn, nb_inplace_and: BinaryFn, nb_inplace_xor: BinaryFn, nb_inplace_or: BinaryFn,
        nb_floor_divide: BinaryFn, nb_true_divide: BinaryFn, nb_inplace_floor_divide: BinaryFn,
        nb_inplace_true_divide: BinaryFn, nb_index: UnaryFn, nb_matrix_multiply: BinaryFn,
        nb_inplace_matrix_multiply: BinaryFn,
    }
}
suite! {
    /// `PySequenceMethods`.
    SequenceMethods {
        sq_length: LenFn, sq_concat: BinaryFn, sq_repeat: IndexArgFn, sq_item: IndexArgFn, was_sq_slice: UnaryFn,
        sq_ass_item: IndexSetFn, was_sq_ass_slice: UnaryFn, sq_contains: ContainsFn, sq_inplace_concat: BinaryFn,
        sq_inplace_repeat: IndexArgFn,
    }
}
suite! {
    /// `PyMappingMethods`.
    MappingMethods { mp_length: LenFn, mp_subscript: BinaryFn, mp_ass_subscript: SetFn, }
}
suite! {
    /// `PyAsyncMethods`.
    AsyncMethods { am_await: UnaryFn, am_aiter: UnaryFn, am_anext: UnaryFn, am_send: SendFn, }
}
suite! {
    /// `PyBufferProcs`.
    BufferProcs { bf_getbuffer: GetBufferFn, bf_releasebuffer: ReleaseBufferFn, }
}

/// Comparison operators of `tp_richcompare`, numbered as `Py_LT` to `Py_GE`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(i32)]
pub enum CompareOp {
    Lt = 0,
    Le = 1,
    Eq = 2,
    Ne = 3,
    Gt = 4,
    Ge = 5,
}

impl CompareOp {
    /// From the C argument; anything outside 0..=5 is a bug of the caller and reads as `==`.
    #[inline(always)]
    pub fn from_int(op: c_int) -> CompareOp {
        match op {
            0 => CompareOp::Lt,
            1 => CompareOp::Le,
            3 => CompareOp::Ne,
            4 => CompareOp::Gt,
            5 => CompareOp::Ge,
            _ => CompareOp::Eq,
        }
    }

    /// The operator with its operands exchanged.
    pub fn swapped(self) -> CompareOp {
        match self {
            CompareOp::Lt => CompareOp::Gt,
            CompareOp::Le => CompareOp::Ge,
            CompareOp::Gt => CompareOp::Lt,
            CompareOp::Ge => CompareOp::Le,
            same => same,
        }
    }

    /// The sign in source text.
    pub fn symbol(self) -> &'static str {
        ["<", "<=", "==", "!=", ">", ">="][self as usize]
    }

    /// The answer for an ordering.
    #[inline(always)]
    pub fn holds(self, order: core::cmp::Ordering) -> bool {
        match self {
            CompareOp::Lt => order.is_lt(),
            CompareOp::Le => order.is_le(),
            CompareOp::Eq => order.is_eq(),
            CompareOp::Ne => order.is_ne(),
            CompareOp::Gt => order.is_gt(),
            CompareOp::Ge => order.is_ge(),
        }
    }
}
