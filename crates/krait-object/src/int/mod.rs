//! `int` and `bool`. CPython: `Objects/longobject.c`, `Objects/boolobject.c`.
//!
//! A number is a sign and magnitude in 30-bit digits, least significant first; `lv_tag` holds the digit count shifted
//! by 3 and the sign (0 positive, 1 zero, 2 negative). One digit or none is the *compact* case.
//!
//! - this file: layout, conversion from and to machine and big integers
//! - `arith`: the operators
//! - `parse`: from text
//! - `text`: to text
//! - `methods`: constructor, methods, attributes; `bool`

pub mod arith;
pub mod methods;
pub mod parse;
pub mod text;

use crate::alloc;
use crate::object::Object;
use crate::reference::Ref;
use crate::typeobj::{TypeObject, flags};
use core::cell::Cell;
use core::ptr::NonNull;
use num_bigint::{BigInt, Sign};

/// `PyLongObject`; more digits follow the first.
#[repr(C)]
pub struct Int {
    ob_base: Object,
    lv_tag: Cell<usize>,
    ob_digit: [u32; 1],
}

const _: () = assert!(size_of::<Int>() == 32);

// SAFETY: ints never change after creation; counts are touched under the GIL.
unsafe impl Sync for Int {}

crate::object_type!(Int, PyLong_Type, LONG_SUBCLASS);

/// Bits per digit.
pub const SHIFT: u32 = 30;
/// Mask of one digit.
pub const MASK: u32 = (1 << SHIFT) - 1;
const SIGN_MASK: usize = 3;
const NON_SIZE_BITS: usize = 3;

/// The type `int`.
#[unsafe(no_mangle)]
pub static PyLong_Type: TypeObject = methods::int_type(
    TypeObject::new(c"int", 24).itemsize(4).flags(flags::BASETYPE | flags::LONG_SUBCLASS | flags::MATCH_SELF),
);

/// The type `bool`.
#[unsafe(no_mangle)]
pub static PyBool_Type: TypeObject =
    methods::bool_type(TypeObject::new(c"bool", 24).itemsize(4).base(&raw const PyLong_Type));

/// `False`.
#[unsafe(no_mangle)]
pub static _Py_FalseStruct: Int = Int::constant(&raw const PyBool_Type, 0);
/// `True`.
#[unsafe(no_mangle)]
pub static _Py_TrueStruct: Int = Int::constant(&raw const PyBool_Type, 1);

const SMALL_MIN: i64 = -5;
const SMALL_COUNT: usize = 5 + 257;

static SMALL: [Int; SMALL_COUNT] = {
    let mut table = [const { Int::constant(&raw const PyLong_Type, 0) }; SMALL_COUNT];
    let mut i = 0;
    while i < SMALL_COUNT {
        table[i] = Int::constant(&raw const PyLong_Type, i as i64 + SMALL_MIN);
        i += 1;
    }
    table
};

/// `True` or `False`.
#[inline(always)]
pub fn bool_singleton(value: bool) -> &'static Object {
    if value { &_Py_TrueStruct } else { &_Py_FalseStruct }
}

impl Int {
    const fn constant(ty: *const TypeObject, value: i64) -> Int {
        let tag = match value {
            0 => 1,
            1.. => 1 << NON_SIZE_BITS,
            _ => (1 << NON_SIZE_BITS) | 2,
        };
        Int { ob_base: Object::immortal(ty), lv_tag: Cell::new(tag), ob_digit: [value.unsigned_abs() as u32] }
    }

    /// From a machine integer.
    #[inline]
    pub fn from_i64(value: i64) -> Ref<Int> {
        if (SMALL_MIN..SMALL_MIN + SMALL_COUNT as i64).contains(&value) {
            return Ref::from_borrowed(&SMALL[(value - SMALL_MIN) as usize]);
        }
        if value.unsigned_abs() <= u64::from(MASK) {
            return alloc::new_plain(Int {
                ob_base: Object::new(&PyLong_Type),
                lv_tag: Cell::new((1 << NON_SIZE_BITS) | if value < 0 { 2 } else { 0 }),
                ob_digit: [value.unsigned_abs() as u32],
            });
        }
        Int::from_digits(
            value < 0,
            &[
                (value.unsigned_abs() & u64::from(MASK)) as u32,
                (value.unsigned_abs() >> SHIFT & u64::from(MASK)) as u32,
                (value.unsigned_abs() >> (2 * SHIFT)) as u32,
            ],
        )
    }

    /// From an unsigned machine integer.
    pub fn from_u64(value: u64) -> Ref<Int> {
        match i64::try_from(value) {
            Ok(small) => Int::from_i64(small),
            Err(_) => Int::from_digits(
                false,
                &[
                    (value & u64::from(MASK)) as u32,
                    (value >> SHIFT & u64::from(MASK)) as u32,
                    (value >> (2 * SHIFT)) as u32,
                ],
            ),
        }
    }

    /// From 30-bit digits, least significant first; leading zeros are dropped.
    pub fn from_digits(negative: bool, digits: &[u32]) -> Ref<Int> {
        let len = digits.iter().rposition(|&d| d != 0).map_or(0, |i| i + 1);
        if len <= 1 {
            let value = i64::from(digits.first().copied().unwrap_or(0)) * if negative { -1 } else { 1 };
            if (SMALL_MIN..SMALL_MIN + SMALL_COUNT as i64).contains(&value) {
                return Ref::from_borrowed(&SMALL[(value - SMALL_MIN) as usize]);
            }
        }
        let block = alloc::malloc(24 + 4 * len.max(1).next_multiple_of(2));
        if block.is_null() {
            std::alloc::handle_alloc_error(std::alloc::Layout::new::<Int>());
        }
        // SAFETY: the block holds the header, the tag and `len` digits.
        unsafe {
            let int = block.cast::<Int>();
            (&raw mut (*int).ob_base).write(Object::new(&PyLong_Type));
            (&raw mut (*int).lv_tag).write(Cell::new((len << NON_SIZE_BITS) | if negative { 2 } else { 0 }));
            core::ptr::copy_nonoverlapping(digits.as_ptr(), (&raw mut (*int).ob_digit).cast::<u32>(), len);
            Ref::from_owned(NonNull::new_unchecked(int))
        }
    }

    /// From a wide machine integer.
    pub fn from_i128(value: i128) -> Ref<Int> {
        if let Ok(small) = i64::try_from(value) {
            return Int::from_i64(small);
        }
        let magnitude = value.unsigned_abs();
        let digit = |i: u32| (magnitude >> (i * SHIFT)) as u32 & MASK;
        Int::from_digits(value < 0, &[digit(0), digit(1), digit(2), digit(3), digit(4)])
    }

    /// The value if it has at most four digits (120 bits).
    #[inline]
    pub fn to_i128(&self) -> Option<i128> {
        let digits = self.digits();
        if digits.len() > 4 {
            return None;
        }
        let magnitude = digits.iter().rev().fold(0i128, |acc, &d| acc << SHIFT | i128::from(d));
        Some(if self.is_negative() { -magnitude } else { magnitude })
    }

    /// The same number as an exact `int` (a subclass instance is copied).
    pub fn to_exact(&self) -> Ref<Int> {
        if self.downcast_exact::<Int>().is_some() {
            return Ref::from_borrowed(self);
        }
        Int::from_digits(self.is_negative(), self.digits())
    }

    /// Number of bits of the magnitude.
    pub fn bit_length(&self) -> u64 {
        match self.digits() {
            [] => 0,
            digits => {
                let top = digits[digits.len() - 1];
                (digits.len() as u64 - 1) * u64::from(SHIFT) + u64::from(32 - top.leading_zeros())
            }
        }
    }

    /// From a big integer.
    pub fn from_bigint(value: &BigInt) -> Ref<Int> {
        if let Ok(small) = i64::try_from(value) {
            return Int::from_i64(small);
        }
        let mut digits = Vec::new();
        let (mut acc, mut bits) = (0u64, 0);
        for word in value.magnitude().iter_u32_digits() {
            acc |= u64::from(word) << bits;
            bits += 32;
            while bits >= SHIFT {
                digits.push(acc as u32 & MASK);
                acc >>= SHIFT;
                bits -= SHIFT;
            }
        }
        digits.push(acc as u32);
        Int::from_digits(value.sign() == Sign::Minus, &digits)
    }

    /// As a big integer.
    pub fn to_bigint(&self) -> BigInt {
        let mut words = Vec::with_capacity(self.digits().len());
        let (mut acc, mut bits) = (0u64, 0);
        for &digit in self.digits() {
            acc |= u64::from(digit) << bits;
            bits += SHIFT;
            if bits >= 32 {
                words.push(acc as u32);
                acc >>= 32;
                bits -= 32;
            }
        }
        words.push(acc as u32);
        BigInt::from_slice(if self.is_negative() { Sign::Minus } else { Sign::Plus }, &words)
    }

    /// The digits, least significant first; none for zero.
    #[inline(always)]
    pub fn digits(&self) -> &[u32] {
        // SAFETY: the tag tells how many digits follow.
        unsafe { core::slice::from_raw_parts(self.ob_digit.as_ptr(), self.lv_tag.get() >> NON_SIZE_BITS) }
    }

    /// Below zero?
    #[inline(always)]
    pub fn is_negative(&self) -> bool {
        self.lv_tag.get() & SIGN_MASK == 2
    }

    /// Zero?
    #[inline(always)]
    pub fn is_zero(&self) -> bool {
        self.lv_tag.get() & SIGN_MASK == 1
    }

    /// At most one digit?
    #[inline(always)]
    pub fn is_compact(&self) -> bool {
        self.lv_tag.get() < (2 << NON_SIZE_BITS)
    }

    /// The value of a compact int.
    #[inline(always)]
    pub fn compact_value(&self) -> i64 {
        let sign = 1 - (self.lv_tag.get() & SIGN_MASK) as i64;
        sign * i64::from(self.ob_digit[0])
    }

    /// The value if it fits.
    pub fn to_i64(&self) -> Option<i64> {
        if self.is_compact() {
            return Some(self.compact_value());
        }
        let digits = self.digits();
        if digits.len() > 3 {
            return None;
        }
        let magnitude = digits.iter().rev().fold(0i128, |acc, &d| acc << SHIFT | i128::from(d));
        i64::try_from(if self.is_negative() { -magnitude } else { magnitude }).ok()
    }

    /// The value if it fits.
    pub fn to_u64(&self) -> Option<u64> {
        let digits = self.digits();
        if digits.len() > 3 || self.is_negative() {
            return None;
        }
        u64::try_from(digits.iter().rev().fold(0u128, |acc, &d| acc << SHIFT | u128::from(d))).ok()
    }
}
