//! Arithmetic that needs no call: on small integers and on floats that need no box. `None`: do it the long way.

use crate::{Float, Value};

#[inline(always)]
fn ints(a: Value, b: Value) -> Option<(isize, isize)> {
    if Value::both_small_int(a, b) { Some((a.as_small_int()?, b.as_small_int()?)) } else { None }
}

#[inline(always)]
pub(super) fn add(a: Value, b: Value) -> Option<Value> {
    if Value::both_small_int(a, b) {
        // (2x + 1) + (2y + 1) - 1 = 2(x + y) + 1, and it overflows exactly when the sum is no small integer.
        let word = (a.bits() as isize).checked_add(b.bits() as isize - 1)?;
        return Some(Value::small_int(word >> 1));
    }
    if Value::both_tagged_float(a, b) { Value::try_float(a.tagged_float() + b.tagged_float()) } else { None }
}

#[inline(always)]
pub(super) fn subtract(a: Value, b: Value) -> Option<Value> {
    if Value::both_small_int(a, b) {
        let word = (a.bits() as isize).checked_sub(b.bits() as isize - 1)?;
        return Some(Value::small_int(word >> 1));
    }
    if Value::both_tagged_float(a, b) { Value::try_float(a.tagged_float() - b.tagged_float()) } else { None }
}

#[inline(always)]
pub(super) fn multiply(a: Value, b: Value) -> Option<Value> {
    if let Some((x, y)) = ints(a, b) {
        return Value::try_small_int(x.checked_mul(y)?);
    }
    if Value::both_tagged_float(a, b) { Value::try_float(a.tagged_float() * b.tagged_float()) } else { None }
}

/// Whether an integer is exact as a float.
#[inline(always)]
fn exact(x: isize) -> bool {
    x.unsigned_abs() <= 1 << (Float::MANTISSA_DIGITS - 1)
}

#[inline(always)]
pub(super) fn divide(a: Value, b: Value) -> Option<Value> {
    if let Some((x, y)) = ints(a, b) {
        return if y != 0 && exact(x) && exact(y) { Value::try_float(x as Float / y as Float) } else { None };
    }
    // A tagged float is never zero.
    if Value::both_tagged_float(a, b) { Value::try_float(a.tagged_float() / b.tagged_float()) } else { None }
}

#[inline(always)]
pub(super) fn floor_divide(a: Value, b: Value) -> Option<Value> {
    match ints(a, b)? {
        (x, y) if y > 0 => Some(Value::small_int(x.div_euclid(y))),
        _ => None,
    }
}

#[inline(always)]
pub(super) fn modulo(a: Value, b: Value) -> Option<Value> {
    match ints(a, b)? {
        (x, y) if y > 0 => Some(Value::small_int(x.rem_euclid(y))),
        _ => None,
    }
}

#[inline(always)]
pub(super) fn or(a: Value, b: Value) -> Option<Value> {
    ints(a, b).map(|(x, y)| Value::small_int(x | y))
}

#[inline(always)]
pub(super) fn xor(a: Value, b: Value) -> Option<Value> {
    ints(a, b).map(|(x, y)| Value::small_int(x ^ y))
}

#[inline(always)]
pub(super) fn and(a: Value, b: Value) -> Option<Value> {
    ints(a, b).map(|(x, y)| Value::small_int(x & y))
}

/// A left shift that loses nothing.
#[inline(always)]
pub(super) fn shift_left(a: Value, b: Value) -> Option<Value> {
    let (x, y) = ints(a, b)?;
    if !(0..isize::BITS as isize).contains(&y) {
        return None;
    }
    let r = x.wrapping_shl(y as u32);
    if r >> y == x { Value::try_small_int(r) } else { None }
}

#[inline(always)]
pub(super) fn shift_right(a: Value, b: Value) -> Option<Value> {
    match ints(a, b)? {
        (x, y) if y >= 0 => Some(Value::small_int(x >> y.min(isize::BITS as isize - 1))),
        _ => None,
    }
}
