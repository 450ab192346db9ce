//! True division of ints: the float nearest to the exact quotient, ties to even.
//!
//! The quotient is computed with more bits than a float has and a record of whether anything is left, then rounded
//! once, at the place that the result's exponent asks for (which differs for subnormal results).

use krait_bignum::{Int, Small};

use super::int_big::{divide_by_zero, watched, with_scratch};
use crate::{Float, Outcome, Raised, Vm};

/// Bits of a quotient before rounding; more than any float has.
const QUOTIENT_BITS: u64 = 64;
const MANTISSA: i64 = Float::MANTISSA_DIGITS as i64;
/// The exponent of the lowest bit of the smallest subnormal.
const LOWEST: i64 = Float::MIN_EXP as i64 - MANTISSA;

/// `x / y` of machine words.
pub(super) fn small(vm: &mut Vm, x: isize, y: isize) -> Outcome {
    if y == 0 {
        return Err(divide_by_zero(vm));
    }
    let exact = |i: isize| i.unsigned_abs() >> (MANTISSA - 1) == 0;
    if exact(x) && exact(y) {
        return vm.new_float(x as Float / y as Float);
    }
    let (a, b) = (Small::from(x), Small::from(y));
    big(vm, a.int(), b.int())
}

/// `a / b` of any integers, `b` not zero.
///
/// # Errors
/// `OverflowError` beyond the largest float.
pub(super) fn big(vm: &mut Vm, a: Int<'_>, b: Int<'_>) -> Outcome {
    if a.is_zero() {
        return vm.new_float(if b.is_negative() { -0.0 } else { 0.0 });
    }
    // a / b == (a * 2**shift // b) * 2**-shift
    let shift = b.bit_len() as i64 - a.bit_len() as i64 + QUOTIENT_BITS as i64;
    if shift > QUOTIENT_BITS as i64 - LOWEST + 2 {
        return vm.new_float(if a.is_negative() == b.is_negative() { 0.0 } else { -0.0 });
    }
    let (left, right) = (shift.max(0) as u64, (-shift).max(0) as u64);
    let (quotient, rest) = scaled(vm, a.abs(), left, b.abs(), right)?;
    let negative = a.is_negative() != b.is_negative();
    match round(quotient, rest, -shift) {
        Some(x) => vm.new_float(if negative { -x } else { x }),
        None => Err(vm.overflow_error("integer division result too large for a float")),
    }
}

/// `(a << left) // (b << right)`, which has at most 65 bits, and whether there is a remainder.
fn scaled(vm: &mut Vm, a: Int<'_>, left: u64, b: Int<'_>, right: u64) -> Result<(u128, bool), Raised> {
    let (Some(a_len), Some(b_len)) = (krait_bignum::shl_len(a, left), krait_bignum::shl_len(b, right)) else {
        return Err(super::int_big::too_big(vm));
    };
    let quotient_len = QUOTIENT_BITS as usize / krait_bignum::LIMB_BITS as usize + 4;
    // Both operands, quotient, remainder, and the least scratch of a division.
    let room = (a_len.saturating_add(b_len).saturating_add(1))
        .saturating_mul(2)
        .saturating_add(quotient_len)
        .saturating_add(b_len);
    with_scratch(vm, room, room, &mut |vm, limbs| {
        watched(vm, |watch| {
            let short = krait_bignum::Error::Space;
            let (x, limbs) = limbs.split_at_mut_checked(a_len).ok_or(short)?;
            let (y, limbs) = limbs.split_at_mut_checked(b_len).ok_or(short)?;
            let (quotient, limbs) = limbs.split_at_mut_checked(quotient_len).ok_or(short)?;
            let (rest, scratch) = limbs.split_at_mut_checked(b_len).ok_or(short)?;
            let x = krait_bignum::shl(x, a, left)?.of(x);
            let y = krait_bignum::shl(y, b, right)?.of(y);
            let (q, r) = krait_bignum::div_mod(quotient, rest, x, y, scratch, watch)?;
            let mut value = 0u128;
            for limb in q.of(quotient).limbs().iter().rev() {
                value = value << krait_bignum::LIMB_BITS | u128::from(*limb);
            }
            Ok((value, r.len != 0))
        })
    })
}

/// The float nearest to `x * 2**exponent`, and a little more if `rest`; `None` if it overflows.
fn round(x: u128, rest: bool, exponent: i64) -> Option<Float> {
    let bits = i64::from(u128::BITS - x.leading_zeros());
    let lowest = (bits + exponent - MANTISSA).max(LOWEST).max(exponent);
    let drop = lowest - exponent;
    if drop > 127 {
        return Some(0.0);
    }
    let drop = drop as u32;
    let lost = x & ((1u128 << drop) - 1);
    let half = (1u128 << drop) >> 1;
    let kept = x >> drop;
    let up = drop > 0 && (lost > half || lost == half && (rest || kept & 1 == 1));
    // Exact: at most MANTISSA bits, and the scaling keeps them all.
    let kept = (kept + u128::from(up)) as Float;
    let value = crate::obj::float_math::ldexp(kept, lowest as i32);
    value.is_finite().then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_once() {
        assert_eq!(round(1, false, 0), Some(1.0));
        assert_eq!(round(1 << 64, false, -64), Some(1.0));
        assert_eq!(round((1 << 64) | 1, false, -64), Some(1.0));
        let half_ulp = 1u128 << (64 - MANTISSA);
        assert_eq!(round((1 << 64) + half_ulp, false, -64), Some(1.0));
        assert_eq!(round((1 << 64) + half_ulp, true, -64), Some(1.0 + Float::EPSILON));
        assert_eq!(round(1 << 64, false, LOWEST - 64), Some(Float::from_bits(1)));
        assert_eq!(round(1 << 64, false, LOWEST - 65), Some(0.0));
        assert_eq!(round(1 << 64, true, LOWEST - 65), Some(Float::from_bits(1)));
        assert_eq!(round(1 << 64, false, i64::from(Float::MAX_EXP)), None);
    }
}
