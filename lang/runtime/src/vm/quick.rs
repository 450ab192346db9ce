//! Operators that need no dispatch by type: first those that need no call either (arithmetic on small integers and on
//! floats without a box), then the next most common. `None`: do it the long way.

use crate::obj::bytearray::ByteArray;
use crate::obj::complex::{self, Complex};
use crate::obj::dict::Dict;
use crate::obj::list::List;
use crate::obj::tuple::Tuple;
use crate::{Float, Outcome, Raised, Tailed, Value, Vm};

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

/// A number as a float, if that is exact and needs no look at an object.
#[inline(always)]
fn near_float(v: Value) -> Option<Float> {
    match v.as_small_int() {
        Some(i) if exact(i) => Some(i as Float),
        Some(_) => None,
        None => v.as_imm_float(),
    }
}

/// Real and imaginary part of a complex number, or of a number that is near a float.
#[inline(always)]
fn parts(v: Value) -> Option<complex::Parts> {
    match v.downcast::<Complex>() {
        Some(c) => Some((c.real, c.imag)),
        None => near_float(v).map(|x| (x, 0.0)),
    }
}

/// The operator `n` where the words alone do not tell the result: mixed and zero floats, complex numbers, and
/// whether interned strings are the same.
#[inline(always)]
pub(super) fn beyond_words(vm: &mut Vm, n: u8, a: Value, b: Value) -> Option<Outcome> {
    // The numbers are those of the opcodes: comparisons, then in-place operators, then plain ones.
    let plain = if n >= 22 { n - 13 } else { n };
    if a.is_qstr() && b.is_qstr() {
        return match n {
            2 => Some(Ok(Value::bool(a == b))),
            5 => Some(Ok(Value::bool(a != b))),
            _ => None,
        };
    }
    if a.is_obj() || b.is_obj() {
        if !matches!(plain, 14..=16) || (a.downcast::<Complex>().is_none() && b.downcast::<Complex>().is_none()) {
            return None;
        }
        let ((x, y), (u, v)) = (parts(a)?, parts(b)?);
        return Some(match plain {
            14 => complex::new(vm, x + u, y + v),
            15 => complex::new(vm, x - u, y - v),
            _ => complex::new(vm, x * u - y * v, x * v + y * u),
        });
    }
    if Value::both_small_int(a, b) {
        return None;
    }
    let (x, y) = (near_float(a)?, near_float(b)?);
    Some(match plain {
        0 => Ok(Value::bool(x < y)),
        1 => Ok(Value::bool(x > y)),
        2 => Ok(Value::bool(x == y)),
        3 => Ok(Value::bool(x <= y)),
        4 => Ok(Value::bool(x >= y)),
        5 => Ok(Value::bool(x != y)),
        14 => vm.new_float(x + y),
        15 => vm.new_float(x - y),
        16 => vm.new_float(x * y),
        19 if y != 0.0 => vm.new_float(x / y),
        _ => return None,
    })
}

/// An index from the end or the start, as one from the start.
#[inline(always)]
fn place(i: isize, len: usize) -> Option<usize> {
    let at = if i < 0 { i.checked_add_unsigned(len)? } else { i };
    (at as usize).lt(&len).then_some(at as usize)
}

/// `a[i]`
#[inline(never)]
pub(super) fn subscr(vm: &mut Vm, a: Value, i: Value) -> Outcome {
    if let Some(d) = a.downcast::<Dict>() {
        return match vm.dict_get(d, i)? {
            Some(v) => Ok(v),
            None => Err(vm.key_error(i)),
        };
    }
    if let Some(n) = i.as_small_int() {
        let item = if let Some(l) = a.downcast::<List>() {
            place(n, l.items.len()).and_then(|at| l.items.get(at))
        } else if let Some(t) = a.downcast::<Tuple>() {
            place(n, t.tail_len()).and_then(|at| t.tail().get(at).copied())
        } else if let Some(b) = a.downcast::<ByteArray>() {
            place(n, b.bytes.len()).and_then(|at| b.bytes.get(at)).map(|b| Value::small_int(b as isize))
        } else {
            None
        };
        if let Some(v) = item {
            return Ok(v);
        }
    }
    vm.subscr(a, i)
}

/// `a[i] = v`
#[inline(never)]
pub(super) fn set_subscr(vm: &mut Vm, a: Value, i: Value, v: Value) -> Result<(), Raised> {
    if let Some(d) = a.downcast::<Dict>()
        && !crate::obj::slice::is_slice(i)
    {
        return vm.dict_set(d, i, v);
    }
    if let Some(n) = i.as_small_int() {
        if let Some(l) = a.downcast::<List>() {
            if place(n, l.items.len()).is_some_and(|at| l.items.set(at, v)) {
                return Ok(());
            }
        } else if let (Some(b), Some(byte)) = (a.downcast::<ByteArray>(), v.as_small_int())
            && let Some(at) = place(n, b.bytes.len())
        {
            // SAFETY: the place is below the length, and no slice of the bytes is alive.
            unsafe { b.bytes.as_ptr().add(at).write(byte as u8) };
            return Ok(());
        }
    }
    vm.set_subscr(a, i, v)
}
