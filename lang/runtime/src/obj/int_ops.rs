//! Operators on ints (and bools, which act as 0 and 1).
//!
//! Two machine words are worked on directly and overflow into [`super::int_big`]. A float or complex on the right
//! takes over, except in comparisons, which are exact. What is no number at all is left to the other operand's type.

use core::cmp::Ordering;

use krait_bignum::{BitOp, Int, Made};

use super::complex::{self, Complex};
use super::float::{as_float, int_to_float};
use super::float_compare::int_with_float;
use super::int::{Operand, small_or_bool};
use super::int_big::{self, Division, divide_by_zero};
use super::{float_ops, int_divide, int_pow};
use crate::{BinaryOp, Maybe, Outcome, Raised, UnaryOp, Value, Vm};

/// Whether the operator is a comparison.
pub(crate) fn is_comparison(op: BinaryOp) -> bool {
    (BinaryOp::Less..=BinaryOp::NotEqual).contains(&op)
}

/// A comparison's answer; `None` if nothing is known of the order (NaN).
pub(crate) fn ordered(op: BinaryOp, order: Option<Ordering>) -> Value {
    Value::bool(match (op, order) {
        (BinaryOp::NotEqual, order) => order != Some(Ordering::Equal),
        (_, None) => false,
        (BinaryOp::Less, Some(o)) => o.is_lt(),
        (BinaryOp::More, Some(o)) => o.is_gt(),
        (BinaryOp::LessEqual, Some(o)) => o.is_le(),
        (BinaryOp::MoreEqual, Some(o)) => o.is_ge(),
        (_, Some(o)) => o.is_eq(),
    })
}

/// The plain operator and the operands in its order: undoes in-place and reflected forms.
#[inline]
pub(crate) fn straight(op: BinaryOp, a: Value, b: Value) -> (BinaryOp, Value, Value) {
    if op < BinaryOp::InplaceOr || (BinaryOp::Or..=BinaryOp::Contains).contains(&op) {
        (op, a, b)
    } else if op.is_inplace() {
        (op.plain(), a, b)
    } else {
        (op.plain(), b, a)
    }
}

/// The `binary` slot of `int` and `bool`.
pub(crate) fn binary(vm: &mut Vm, op: BinaryOp, a: Value, b: Value) -> Maybe {
    let (op, a, b) = straight(op, a, b);
    if let (Some(x), Some(y)) = (small_or_bool(a), small_or_bool(b)) {
        return small(vm, op, x, y);
    }
    let Some(x) = Operand::of(a) else {
        // A reflected operator with something else on the left, which has had its chance.
        return Ok(None);
    };
    if let Some(y) = Operand::of(b) {
        return big(vm, op, x.int(), y.int());
    }
    if let Some(f) = as_float(b) {
        if is_comparison(op) {
            return Ok(Some(ordered(op, int_with_float(x.int(), f))));
        }
        if !float_ops::supports(op) {
            return Ok(None);
        }
        let x = int_to_float(vm, x.int())?;
        return float_ops::floats(vm, op, x, f);
    }
    if let Some(c) = b.downcast::<Complex>() {
        return complex::with_int(vm, op, x.int(), &c);
    }
    Ok(None)
}

/// `a op b` of machine words.
fn small(vm: &mut Vm, op: BinaryOp, x: isize, y: isize) -> Maybe {
    let overflowed = |vm: &mut Vm, r: Option<isize>| match r {
        Some(r) => vm.new_int(r).map(Some),
        None => {
            let (a, b) = (krait_bignum::Small::from(x), krait_bignum::Small::from(y));
            big(vm, op, a.int(), b.int())
        }
    };
    match op {
        BinaryOp::Add => overflowed(vm, x.checked_add(y)),
        BinaryOp::Subtract => overflowed(vm, x.checked_sub(y)),
        BinaryOp::Multiply => overflowed(vm, x.checked_mul(y)),
        BinaryOp::Lshift => {
            let shifted = match u32::try_from(y) {
                Ok(n) if n < isize::BITS => Some(x << n).filter(|r| r >> n == x),
                _ if x == 0 && y >= 0 => Some(0),
                _ => None,
            };
            overflowed(vm, shifted)
        }
        BinaryOp::Rshift => {
            let bits = u32::try_from(y).map_or(isize::BITS - 1, |n| n.min(isize::BITS - 1));
            if y < 0 { Err(negative_shift(vm)) } else { overflowed(vm, Some(x >> bits)) }
        }
        BinaryOp::And => overflowed(vm, Some(x & y)),
        BinaryOp::Or => overflowed(vm, Some(x | y)),
        BinaryOp::Xor => overflowed(vm, Some(x ^ y)),
        BinaryOp::FloorDivide | BinaryOp::Modulo | BinaryOp::Divmod if y == 0 => Err(divide_by_zero(vm)),
        BinaryOp::FloorDivide => overflowed(vm, floor_div(x, y)),
        BinaryOp::Modulo => overflowed(vm, Some(floor_mod(x, y))),
        BinaryOp::Divmod => match floor_div(x, y) {
            Some(q) => {
                let q = vm.new_int(q)?;
                let r = vm.new_int(floor_mod(x, y))?;
                pair(vm, q, r).map(Some)
            }
            None => overflowed(vm, None),
        },
        BinaryOp::TrueDivide => int_divide::small(vm, x, y).map(Some),
        BinaryOp::Power => int_pow::small(vm, x, y).map(Some),
        op if is_comparison(op) => Ok(Some(ordered(op, Some(x.cmp(&y))))),
        _ => Ok(None),
    }
}

/// `x // y` for `y` other than 0; `None` if it overflows.
pub(crate) fn floor_div(x: isize, y: isize) -> Option<isize> {
    let q = x.checked_div(y)?;
    Some(if x % y != 0 && (x < 0) != (y < 0) { q - 1 } else { q })
}

/// `x % y` for `y` other than 0.
pub(crate) fn floor_mod(x: isize, y: isize) -> isize {
    let r = x.wrapping_rem(y);
    if r != 0 && (r < 0) != (y < 0) { r + y } else { r }
}

/// A tuple of two.
pub(crate) fn pair(vm: &mut Vm, a: Value, b: Value) -> Outcome {
    Ok(vm.new_tuple(&[a, b])?.value())
}

#[cold]
fn negative_shift(vm: &mut Vm) -> Raised {
    vm.value_error("negative shift count")
}

/// `a op b` of any integers.
pub(crate) fn big(vm: &mut Vm, op: BinaryOp, a: Int<'_>, b: Int<'_>) -> Maybe {
    if is_comparison(op) {
        return Ok(Some(ordered(op, Some(a.cmp(&b)))));
    }
    let plain = |vm: &mut Vm, len, f: &dyn Fn(&mut [krait_bignum::Limb]) -> Result<Made, krait_bignum::Error>| {
        int_big::make(vm, len, &mut |vm, out| f(out).map_err(|e| int_big::error(vm, e)))
    };
    let bitwise =
        |vm: &mut Vm, op| plain(vm, krait_bignum::bitwise_len(a, b), &|out| krait_bignum::bitwise(out, op, a, b));
    let r = match op {
        BinaryOp::Add => plain(vm, krait_bignum::add_len(a, b), &|out| krait_bignum::add(out, a, b)),
        BinaryOp::Subtract => plain(vm, krait_bignum::add_len(a, b), &|out| krait_bignum::sub(out, a, b)),
        BinaryOp::Multiply => int_big::mul(vm, a, b),
        BinaryOp::FloorDivide | BinaryOp::Modulo | BinaryOp::Divmod | BinaryOp::TrueDivide if b.is_zero() => {
            Err(divide_by_zero(vm))
        }
        BinaryOp::FloorDivide => int_big::divide(vm, Division::Quotient, a, b),
        BinaryOp::Modulo => int_big::divide(vm, Division::Remainder, a, b),
        BinaryOp::Divmod => {
            let (q, r) = int_big::div_mod(vm, a, b)?;
            pair(vm, q, r)
        }
        BinaryOp::TrueDivide => int_divide::big(vm, a, b),
        BinaryOp::And => bitwise(vm, BitOp::And),
        BinaryOp::Or => bitwise(vm, BitOp::Or),
        BinaryOp::Xor => bitwise(vm, BitOp::Xor),
        BinaryOp::Lshift | BinaryOp::Rshift if b.is_negative() => Err(negative_shift(vm)),
        BinaryOp::Lshift | BinaryOp::Rshift => {
            // A count beyond 64 bits shifts everything out, or needs more memory than there is.
            let bits = b.to_u64().unwrap_or(u64::MAX);
            int_big::shift(vm, op == BinaryOp::Lshift, a, bits)
        }
        BinaryOp::Power => int_pow::big(vm, a, b),
        _ => return Ok(None),
    };
    r.map(Some)
}

/// The `unary` slot of `int` and `bool`.
pub(crate) fn unary(vm: &mut Vm, op: UnaryOp, v: Value) -> Maybe {
    if let Some(i) = small_or_bool(v) {
        return match op {
            UnaryOp::Positive | UnaryOp::Hash | UnaryOp::Int => Ok(Some(Value::small_int(i))),
            UnaryOp::Negative => vm.new_int(i.wrapping_neg()).map(Some),
            UnaryOp::Abs => vm.new_int(i.wrapping_abs()).map(Some),
            UnaryOp::Invert => Ok(Some(Value::small_int(!i))),
            UnaryOp::Bool => Ok(Some(Value::bool(i != 0))),
            UnaryOp::Float => vm.new_float(i as crate::Float).map(Some),
            UnaryOp::Complex => complex::new(vm, i as crate::Float, 0.0).map(Some),
            _ => Ok(None),
        };
    }
    let Some(x) = Operand::of(v) else { return Ok(None) };
    let x = x.int();
    let r = match op {
        UnaryOp::Positive | UnaryOp::Int => Ok(v),
        UnaryOp::Abs if !x.is_negative() => Ok(v),
        UnaryOp::Negative | UnaryOp::Abs => vm.new_bigint(x.negated()),
        UnaryOp::Invert => int_big::make(vm, krait_bignum::not_len(x), &mut |vm, out| {
            krait_bignum::not(out, x).map_err(|e| int_big::error(vm, e))
        }),
        UnaryOp::Bool => Ok(Value::TRUE),
        UnaryOp::Hash => Ok(Value::small_int(hash(x))),
        UnaryOp::Float => {
            let f = int_to_float(vm, x)?;
            vm.new_float(f)
        }
        UnaryOp::Complex => {
            let f = int_to_float(vm, x)?;
            complex::new(vm, f, 0.0)
        }
        _ => return Ok(None),
    };
    r.map(Some)
}

/// The hash of an integer: itself in the small range, so that equal floats can have the same.
pub(crate) fn hash(x: Int<'_>) -> isize {
    if let Some(i) = x.to_isize()
        && Value::try_small_int(i).is_some()
    {
        return i;
    }
    let folded = x.limbs().iter().fold(usize::from(x.is_negative()), |h, limb| {
        #[allow(
            clippy::unnecessary_cast,
            reason = "limb and word are equally wide on every target but in a test build"
        )]
        let limb = *limb as usize;
        (h.rotate_left(11) ^ limb).wrapping_mul(0x9e37_79b1)
    });
    (folded >> 2) as isize
}
