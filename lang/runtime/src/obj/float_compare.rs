//! Floats against ints: exact, however large the int is.

use core::cmp::Ordering;

use krait_bignum::{FLOAT_LIMBS, Int, Limb, Made};

use super::float_math::trunc;
use super::int_ops;
use crate::{Float, Value};

/// The integer part of a finite float in `out`, which has [`FLOAT_LIMBS`] limbs.
pub(crate) fn integer_part(out: &mut [Limb], f: Float) -> Made {
    #[cfg(target_pointer_width = "64")]
    let made = krait_bignum::from_f64(out, f);
    #[cfg(target_pointer_width = "32")]
    let made = krait_bignum::from_f32(out, f);
    made.unwrap_or_default()
}

/// How an int and a float are ordered; `None` for NaN.
pub(crate) fn int_with_float(x: Int<'_>, f: Float) -> Option<Ordering> {
    if f.is_nan() {
        return None;
    }
    if f.is_infinite() {
        return Some(if f > 0.0 { Ordering::Less } else { Ordering::Greater });
    }
    let mut room = [0; FLOAT_LIMBS];
    let whole = integer_part(&mut room, f);
    let order = x.cmp(&whole.of(&room));
    if order.is_ne() {
        return Some(order);
    }
    // The integer parts are equal: the fraction decides.
    0.0.partial_cmp(&(f - trunc(f)))
}

/// The hash of a float: that of the int of the same value, if there is one.
pub(crate) fn hash(f: Float) -> isize {
    if f.is_finite() && trunc(f) == f {
        if f.abs() < (1u64 << (Float::MANTISSA_DIGITS - 1)) as Float {
            // Exact, and in the small range of either width.
            return f as isize;
        }
        let mut room = [0; FLOAT_LIMBS];
        return int_ops::hash(integer_part(&mut room, f).of(&room));
    }
    #[allow(clippy::unnecessary_cast, reason = "a float's bits are a word on either target")]
    let bits = f.to_bits() as usize;
    ((bits ^ bits >> (usize::BITS / 2)) >> 2) as isize
}

/// Whether the word is a small int of that value; for tests of equality by hash tables.
const _: () = assert!(1 << (Float::MANTISSA_DIGITS - 1) <= Value::SMALL_INT_MAX);

#[cfg(test)]
mod tests {
    use super::*;
    use krait_bignum::Small;

    #[test]
    fn order_is_exact() {
        let big = Small::from(1i64 << 62 | 1);
        let near = (1u64 << 62) as Float;
        assert_eq!(int_with_float(big.int(), near), Some(Ordering::Greater));
        assert_eq!(int_with_float(Small::from(3i64).int(), 3.5), Some(Ordering::Less));
        assert_eq!(int_with_float(Small::from(-3i64).int(), -3.5), Some(Ordering::Greater));
        assert_eq!(int_with_float(Small::from(0i64).int(), -0.0), Some(Ordering::Equal));
        assert_eq!(int_with_float(Small::from(0i64).int(), Float::NAN), None);
        assert_eq!(int_with_float(big.int(), Float::INFINITY), Some(Ordering::Less));
    }

    #[test]
    fn equal_numbers_have_equal_hashes() {
        for i in [0i64, 1, -1, 12345, -(1 << 20), 1 << 40, -(1 << 62)] {
            assert_eq!(hash(i as Float), int_ops::hash(Small::from(i).int()), "{i}");
        }
        assert_eq!(hash(-0.0), 0);
    }
}
