//! Karatsuba's method: three half-size products in place of four.
//!
//! With `a = a1*X + a0` and `b = b1*X + b0` the middle term is
//! `a0*b0 + a1*b1 - (a0 - a1)*(b0 - b1)`. The differences are made in the output slice, which is
//! free until the outer products are written: that keeps the scratch at about twice the length.
//! Depth of recursion is the logarithm of the length.

use core::cmp::Ordering;

use crate::mul::{KARATSUBA, schoolbook, schoolbook_square};
use crate::{Error, Limb, Watch, mag};

/// Squares gain from splitting only later, since their schoolbook form does half the work (measured).
const KARATSUBA_SQUARE: usize = 64;

/// Limbs of scratch for factors of `n` limbs each.
pub(crate) fn scratch_len(mut n: usize) -> usize {
    let mut total: usize = 0;
    let mut deepest = 0;
    while n >= KARATSUBA {
        let half = n.div_ceil(2);
        // Own product, and after the recursion the middle term, where the callee's scratch was.
        deepest = deepest.max(total.saturating_add(4 * half + 1));
        total = total.saturating_add(2 * half);
        n = half;
    }
    deepest.max(total)
}

/// `out = |low - high|`, where `high` may be a limb shorter; says whether the difference is negative.
fn difference(out: &mut [Limb], low: &[Limb], high: &[Limb]) -> bool {
    let negative = mag::cmp(low, high) == Ordering::Less;
    let (big, small) = if negative { (high, low) } else { (low, high) };
    let (body, rest) = out.split_at_mut(big.len().min(out.len()));
    body.copy_from_slice(big);
    rest.fill(0);
    // A `small` that is a limb longer than `big` has a zero there.
    mag::sub_assign(body, small.get(..big.len()).unwrap_or(small));
    negative
}

/// Adds the middle term into `out`, which holds the outer products: `z0 + z2 -+ middle`.
fn combine(out: &mut [Limb], half: usize, middle: &[Limb], subtract: bool, room: &mut [Limb]) {
    let Some(sum) = room.get_mut(..2 * half + 1) else {
        return;
    };
    let (z0, z2) = out.split_at(2 * half);
    if let Some((top, body)) = sum.split_last_mut() {
        body.copy_from_slice(z0);
        *top = 0;
    }
    mag::add_assign(sum, z2);
    if subtract {
        mag::sub_assign(sum, middle);
    } else {
        mag::add_assign(sum, middle);
    }
    if let Some(acc) = out.get_mut(half..) {
        // The product is known to fit, so limbs of the sum beyond the end are zero.
        let fits = acc.len().min(sum.len());
        mag::add_assign(acc, sum.get(..fits).unwrap_or(&[]));
    }
}

/// `out = a * b` for equal lengths; `scratch` has at least [`scratch_len`].
pub(crate) fn product(
    out: &mut [Limb],
    a: &[Limb],
    b: &[Limb],
    scratch: &mut [Limb],
    watch: &mut Watch,
) -> Result<(), Error> {
    let n = a.len();
    let half = n.div_ceil(2);
    if n < KARATSUBA || scratch.len() < 4 * half + 1 {
        return schoolbook(out, a, b, watch);
    }
    let ((a0, a1), (b0, b1)) = (a.split_at(half), b.split_at(half));
    let (middle, room) = scratch.split_at_mut(2 * half);
    let (low, high) = out.split_at_mut(2 * half);
    let (da, db) = low.split_at_mut(half);
    let subtract = difference(da, a0, a1) == difference(db, b0, b1);
    product(middle, da, db, room, watch)?;
    product(low, a0, b0, room, watch)?;
    product(high, a1, b1, room, watch)?;
    combine(out, half, middle, subtract, room);
    Ok(())
}

/// `out = a * a`; `scratch` has at least [`scratch_len`].
pub(crate) fn square(out: &mut [Limb], a: &[Limb], scratch: &mut [Limb], watch: &mut Watch) -> Result<(), Error> {
    let n = a.len();
    let half = n.div_ceil(2);
    if n < KARATSUBA_SQUARE || scratch.len() < 4 * half + 1 {
        return schoolbook_square(out, a, watch);
    }
    let (a0, a1) = a.split_at(half);
    let (middle, room) = scratch.split_at_mut(2 * half);
    let (low, high) = out.split_at_mut(2 * half);
    let (da, _) = low.split_at_mut(half);
    difference(da, a0, a1);
    square(middle, da, room, watch)?;
    square(low, a0, room, watch)?;
    square(high, a1, room, watch)?;
    combine(out, half, middle, true, room);
    Ok(())
}
