//! Operators on constants, within the bounds on size that the compiler allows itself.

use std::rc::Rc;

use krait_bytecode::opcode::operand::{BinaryOp, Intrinsic1};
use krait_bytecode::{Const, ConstKey, Int, Opcode, Slice, Str, StrConst};
use num_bigint::BigInt;
use num_traits::{FromPrimitive, Signed, ToPrimitive, Zero};

use super::number::Number;

const MAX_INT_BITS: u64 = 128;
const MAX_COLLECTION_SIZE: usize = 256;
const MAX_STR_SIZE: usize = 4096;
const MAX_TOTAL_ITEMS: usize = 1024;

pub(crate) fn unary(op: Opcode, arg: u32, operand: &Const) -> Option<Const> {
    if op == Opcode::UNARY_NOT {
        return Some(Const::bool(!operand.truth()));
    }
    let number = Number::of(operand)?;
    let result = match op {
        Opcode::CALL_INTRINSIC_1 if !matches!(number, Number::Bool(_)) => return Some(operand.clone()),
        Opcode::UNARY_NEGATIVE => number.negative(),
        // `~True` is deprecated and must go on to warn.
        Opcode::UNARY_INVERT => match number {
            Number::Int(n) => Number::Int(!n),
            _ => return None,
        },
        Opcode::CALL_INTRINSIC_1 if arg == Intrinsic1::UnaryPositive as u32 => number.positive(),
        _ => return None,
    };
    Some(result.to_const())
}

pub(crate) fn binary(op: u32, left: &Const, right: &Const) -> Option<Const> {
    let op = BinaryOp::from_arg(op)?;
    match op {
        BinaryOp::Subscript => return subscript(left, right),
        BinaryOp::Remainder if matches!(left, Const::Str(_) | Const::Bytes(_)) => return None,
        BinaryOp::Multiply => {
            if let Some(result) = repeat(left, right).or_else(|| repeat(right, left)) {
                return result;
            }
        }
        BinaryOp::Add => {
            if let Some(result) = concatenate(left, right) {
                return Some(result);
            }
        }
        _ => {}
    }
    let (left, right) = (Number::of(left)?, Number::of(right)?);
    if !is_small(op, &left, &right) {
        return None;
    }
    left.binary(op, &right).map(|n| n.to_const())
}

/// Whether the result of an operator on integers stays within bounds.
fn is_small(op: BinaryOp, left: &Number, right: &Number) -> bool {
    let (Some(a), Some(b)) = (left.to_int(), right.to_int()) else { return true };
    if a.is_zero() || b.is_zero() {
        return true;
    }
    match op {
        BinaryOp::Multiply => a.bits() + b.bits() <= MAX_INT_BITS,
        BinaryOp::Power if b.is_positive() => b.to_u64().is_some_and(|n| a.bits() <= MAX_INT_BITS / n),
        BinaryOp::LeftShift => b.to_u64().is_some_and(|n| n <= MAX_INT_BITS && a.bits() <= MAX_INT_BITS - n),
        _ => true,
    }
}

fn concatenate(left: &Const, right: &Const) -> Option<Const> {
    Some(match (left, right) {
        // The other operand itself, not a copy, where one is empty.
        (Const::Str(a), Const::Str(_)) if a.is_empty() => right.clone(),
        (Const::Str(_), Const::Str(b)) if b.is_empty() => left.clone(),
        (Const::Bytes(a), Const::Bytes(_)) if a.is_empty() => right.clone(),
        (Const::Bytes(_), Const::Bytes(b)) if b.is_empty() => left.clone(),
        (Const::Tuple(a), Const::Tuple(_)) if a.is_empty() => right.clone(),
        (Const::Tuple(_), Const::Tuple(b)) if b.is_empty() => left.clone(),
        (Const::Str(a), Const::Str(b)) => string([a.as_bytes(), b.as_bytes()].concat()),
        (Const::Bytes(a), Const::Bytes(b)) => Const::Bytes([&**a, &**b].concat().into()),
        (Const::Tuple(a), Const::Tuple(b)) => Const::Tuple(a.iter().chain(b.iter()).cloned().collect()),
        _ => return None,
    })
}

fn string(bytes: Vec<u8>) -> Const {
    Const::Str(StrConst::new(Str::from_bytes(bytes).unwrap_or_else(|| Str::new(""))))
}

/// `None`: not a sequence and a number. `Some(None)`: not to be folded.
fn repeat(sequence: &Const, count: &Const) -> Option<Option<Const>> {
    let (size, limit) = match sequence {
        Const::Tuple(items) => (items.len(), MAX_COLLECTION_SIZE),
        Const::Str(s) => (s.char_count(), MAX_STR_SIZE),
        Const::Bytes(b) => (b.len(), MAX_STR_SIZE),
        _ => return None,
    };
    let count = Number::of(count)?.to_int()?;
    if size == 0 {
        return Some(count.to_i64().map(|_| sequence.clone()));
    }
    let Some(n) = count.to_usize().filter(|n| *n <= limit / size) else { return Some(None) };
    Some(match sequence {
        _ if n == 1 => Some(sequence.clone()),
        Const::Tuple(items) => {
            if n > 0 && total_items(sequence, MAX_TOTAL_ITEMS / n).is_none() {
                return Some(None);
            }
            Some(Const::Tuple(std::iter::repeat_n(items.iter(), n).flatten().cloned().collect()))
        }
        Const::Str(s) => Some(string(s.as_bytes().repeat(n))),
        Const::Bytes(b) => Some(Const::Bytes(b.repeat(n).into())),
        _ => None,
    })
}

/// What is left of the budget after counting nested items; `None` when it is overdrawn.
fn total_items(value: &Const, limit: usize) -> Option<usize> {
    match value {
        Const::Tuple(items) => {
            let mut limit = limit.checked_sub(items.len())?;
            for item in items.iter() {
                limit = total_items(item, limit)?;
            }
            Some(limit)
        }
        _ => Some(limit),
    }
}

fn subscript(container: &Const, index: &Const) -> Option<Const> {
    if let Const::Slice(slice) = index {
        return subscript_slice(container, slice);
    }
    let index = Number::of(index)?.to_int()?.to_i64()?;
    let at = |length: usize| {
        let index = if index < 0 { index.checked_add(length as i64)? } else { index };
        usize::try_from(index).ok().filter(|n| *n < length)
    };
    match container {
        Const::Tuple(items) => items.get(at(items.len())?).cloned(),
        Const::Bytes(b) => b.get(at(b.len())?).map(|b| Const::int(i64::from(*b))),
        Const::Str(s) => {
            let n = at(s.char_count())?;
            s.code_points().nth(n).map(|c| Const::Str(StrConst::new(Str::from_code_points([c]))))
        }
        _ => None,
    }
}

fn subscript_slice(container: &Const, slice: &Slice) -> Option<Const> {
    Some(match container {
        Const::Tuple(items) => {
            let picked = indices(slice, items.len())?;
            if picked.len() == items.len() && picked.first() == Some(&0) {
                return Some(container.clone());
            }
            Const::Tuple(picked.into_iter().map(|n| items[n].clone()).collect())
        }
        Const::Bytes(b) => {
            Const::Bytes(indices(slice, b.len())?.into_iter().map(|n| b[n]).collect::<Rc<[u8]>>())
        }
        Const::Str(s) => {
            let points: Vec<u32> = s.code_points().collect();
            let picked = indices(slice, points.len())?.into_iter().map(|n| points[n]);
            Const::Str(StrConst::new(Str::from_code_points(picked)))
        }
        _ => return None,
    })
}

/// The indices that a slice picks from a sequence of this length.
fn indices(slice: &Slice, length: usize) -> Option<Vec<usize>> {
    let length = length as i64;
    let part = |value: &Const| match value {
        Const::None => Some(None),
        other => {
            let n = Number::of(other)?.to_int()?;
            // Far outside is as good as just outside.
            let clamp = if n.is_negative() { i64::MIN / 4 } else { i64::MAX / 4 };
            Some(Some(n.to_i64().unwrap_or(clamp).clamp(i64::MIN / 4, i64::MAX / 4)))
        }
    };
    let step = part(&slice.step)?.unwrap_or(1);
    if step == 0 {
        return None;
    }
    let (low, high) = if step < 0 { (-1, length - 1) } else { (0, length) };
    let bound = |n: Option<i64>, default: i64| match n {
        None => default,
        Some(n) if n < 0 => (n + length).max(low),
        Some(n) => n.min(high),
    };
    let (first, last) = if step < 0 { (high, low) } else { (low, high) };
    let mut at = bound(part(&slice.start)?, first);
    let stop = bound(part(&slice.stop)?, last);
    let mut picked = Vec::new();
    while (step > 0 && at < stop) || (step < 0 && at > stop) {
        picked.push(at as usize);
        at += step;
    }
    Some(picked)
}

/// The small integer that `LOAD_SMALL_INT` can load.
pub(crate) fn small_int(value: &Const) -> Option<u32> {
    match value {
        Const::Int(n) => match **n {
            Int::Small(n @ 0..=255) => Some(n as u32),
            _ => None,
        },
        _ => None,
    }
}

/// Constants that Python's `==` finds equal have the same key: `1`, `1.0` and `True`, also within tuples.
pub(crate) fn equality_key(value: &Const) -> ConstKey {
    ConstKey(canonical(value))
}

fn canonical(value: &Const) -> Const {
    match value {
        Const::True => Const::int(1),
        Const::False => Const::int(0),
        Const::Float(n) if n.fract() == 0.0 => {
            BigInt::from_f64(**n).map_or_else(|| value.clone(), Const::int)
        }
        Const::Complex(c) if c.imag == 0.0 => canonical(&Const::float(c.real)),
        // Adding zero takes the sign from a negative one.
        Const::Complex(c) => Const::complex(c.real + 0.0, c.imag + 0.0),
        Const::Tuple(items) => Const::tuple(items.iter().map(canonical).collect::<Vec<_>>()),
        Const::FrozenSet(items) => Const::FrozenSet(items.iter().map(canonical).collect()),
        _ => value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds() {
        let product = binary(BinaryOp::Multiply as u32, &Const::str("ab"), &Const::int(2048)).unwrap();
        assert_eq!(product.as_str().map(str::len), Some(4096));
        assert!(binary(BinaryOp::Multiply as u32, &Const::int(2049), &Const::str("ab")).is_none());
        assert!(binary(BinaryOp::Power as u32, &Const::int(2), &Const::int(1000)).is_none());
        assert!(binary(BinaryOp::Remainder as u32, &Const::str("%d"), &Const::int(1)).is_none());
    }

    #[test]
    fn slices() {
        let slice = |start, stop, step| Const::Slice(Rc::new(Slice { start, stop, step }));
        let pick = |s| binary(BinaryOp::Subscript as u32, &Const::str("abcde"), &s).unwrap();
        assert_eq!(pick(slice(Const::int(1), Const::int(-1), Const::None)).as_str(), Some("bcd"));
        assert_eq!(pick(slice(Const::None, Const::None, Const::int(-2))).as_str(), Some("eca"));
        assert_eq!(pick(Const::int(-1)).as_str(), Some("e"));
    }
}
