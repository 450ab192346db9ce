//! Operators on floats.
//!
//! Division and remainder round towards minus infinity with the divisor's sign, as Python's do; a power that has no
//! real value is complex; overflow gives infinity, as in the reference, not an error.

use krait_bignum::FLOAT_LIMBS;

use super::complex::{self, Complex};
use super::float::{as_float, int_to_float};
use super::float_compare::{self, int_with_float, integer_part};
use super::float_math as math;
use super::int::Operand;
use super::int_big::divide_by_zero;
use super::int_ops::{is_comparison, ordered, pair, straight};
use crate::{BinaryOp, Float, Maybe, Outcome, UnaryOp, Value, Vm};

/// Whether floats know the plain operator `op`.
pub(crate) fn supports(op: BinaryOp) -> bool {
    is_comparison(op)
        || matches!(
            op,
            BinaryOp::Add
                | BinaryOp::Subtract
                | BinaryOp::Multiply
                | BinaryOp::FloorDivide
                | BinaryOp::TrueDivide
                | BinaryOp::Modulo
                | BinaryOp::Power
                | BinaryOp::Divmod
        )
}

/// The `binary` slot of `float`.
pub(super) fn binary(vm: &mut Vm, op: BinaryOp, a: Value, b: Value) -> Maybe {
    let (op, a, b) = straight(op, a, b);
    let (x, y) = (as_float(a), as_float(b));
    if let (Some(x), Some(y)) = (x, y) {
        return floats(vm, op, x, y);
    }
    if let (Some(x), Some(y)) = (x, Operand::of(b)) {
        if is_comparison(op) {
            let order = int_with_float(y.int(), x).map(core::cmp::Ordering::reverse);
            return Ok(Some(ordered(op, order)));
        }
        if !supports(op) {
            return Ok(None);
        }
        let y = int_to_float(vm, y.int())?;
        return floats(vm, op, x, y);
    }
    if let (Some(x), Some(c)) = (x, b.downcast::<Complex>()) {
        return complex::complexes(vm, op, (x, 0.0), (c.real, c.imag));
    }
    Ok(None)
}

/// `x op y` for a plain operator.
pub(crate) fn floats(vm: &mut Vm, op: BinaryOp, x: Float, y: Float) -> Maybe {
    let r = match op {
        BinaryOp::Add => x + y,
        BinaryOp::Subtract => x - y,
        BinaryOp::Multiply => x * y,
        BinaryOp::FloorDivide | BinaryOp::TrueDivide | BinaryOp::Modulo | BinaryOp::Divmod if y == 0.0 => {
            return Err(divide_by_zero(vm));
        }
        BinaryOp::TrueDivide => x / y,
        BinaryOp::FloorDivide => div_mod(x, y).0,
        BinaryOp::Modulo => floor_mod(x, y),
        BinaryOp::Divmod => {
            let (q, r) = div_mod(x, y);
            let (q, r) = (vm.new_float(q)?, vm.new_float(r)?);
            return pair(vm, q, r).map(Some);
        }
        BinaryOp::Power => return power(vm, x, y).map(Some),
        op if is_comparison(op) => return Ok(Some(ordered(op, x.partial_cmp(&y)))),
        _ => return Ok(None),
    };
    vm.new_float(r).map(Some)
}

/// `x % y` for `y` other than 0.
fn floor_mod(x: Float, y: Float) -> Float {
    let r = math::fmod(x, y);
    if r == 0.0 {
        Float::copysign(0.0, y)
    } else if (r < 0.0) != (y < 0.0) {
        r + y
    } else {
        r
    }
}

/// `divmod(x, y)` for `y` other than 0.
fn div_mod(x: Float, y: Float) -> (Float, Float) {
    let r = math::fmod(x, y);
    // Integral but for rounding, since the remainder is exact.
    let mut q = (x - r) / y;
    if r != 0.0 && (r < 0.0) != (y < 0.0) {
        q -= 1.0;
    }
    if q == 0.0 {
        q = Float::copysign(0.0, x / y);
    } else {
        let down = math::floor(q);
        q = if q - down > 0.5 { down + 1.0 } else { down };
    }
    (q, floor_mod(x, y))
}

fn power(vm: &mut Vm, x: Float, y: Float) -> Outcome {
    if x == 0.0 && y < 0.0 && y.is_finite() {
        return Err(divide_by_zero(vm));
    }
    if x < 0.0 && x.is_finite() && y.is_finite() && math::floor(y) != y {
        return complex::power(vm, (x, 0.0), (y, 0.0));
    }
    vm.new_float(real_power(x, y))
}

/// `x ** y` where it is real. Squares and roots, which are most, are exactly rounded and cheap.
pub fn real_power(x: Float, y: Float) -> Float {
    if y == 2.0 {
        x * x
    } else if y == 0.5 && x > 0.0 {
        math::sqrt(x)
    } else {
        math::pow(x, y)
    }
}

/// The `unary` slot of `float`.
pub(super) fn unary(vm: &mut Vm, op: UnaryOp, v: Value) -> Maybe {
    let Some(f) = as_float(v) else { return Ok(None) };
    match op {
        UnaryOp::Positive | UnaryOp::Float => Ok(Some(v)),
        UnaryOp::Negative => vm.new_float(-f).map(Some),
        UnaryOp::Abs => vm.new_float(f.abs()).map(Some),
        UnaryOp::Bool => Ok(Some(Value::bool(f != 0.0))),
        UnaryOp::Hash => Ok(Some(Value::small_int(float_compare::hash(f)))),
        UnaryOp::Complex => complex::new(vm, f, 0.0).map(Some),
        _ => Ok(None),
    }
}

/// `int(f)`: towards zero.
///
/// # Errors
/// `OverflowError` for infinities, `ValueError` for NaN.
pub fn to_int(vm: &mut Vm, f: Float) -> Outcome {
    if f.is_nan() {
        return Err(vm.value_error("can't convert NaN to int"));
    }
    if f.is_infinite() {
        return Err(vm.overflow_error("can't convert inf to int"));
    }
    if f.abs() < (1u64 << Float::MANTISSA_DIGITS) as Float {
        return vm.new_int(f as i64);
    }
    let mut room = [0; FLOAT_LIMBS];
    let made = integer_part(&mut room, f);
    vm.new_bigint(made.of(&room))
}
