//! Recursive division in place (after Burnikel and Ziegler, "Fast recursive division"): quotients of
//! long numbers at the price of a few multiplications.
//!
//! Works on the window of `div`: the parts of the quotient fall into place above the remainder by
//! themselves, so nothing is moved. Recursion depth is the logarithm of the length.

use core::cmp::Ordering;

use crate::{Error, Limb, Watch, div, karatsuba, mag, mul};

/// Divisors and quotients with at least this many limbs are split (measured).
const RECURSIVE: usize = 64;

/// Scratch for a divisor of `n` limbs.
pub(crate) fn scratch_len(n: usize) -> usize {
    if n < RECURSIVE {
        0
    } else {
        // A product, and the room to make it whether or not its factors are of equal length.
        n.saturating_mul(2).saturating_add(karatsuba::scratch_len(n.div_ceil(2)))
    }
}

/// Divides the window `u` of any length in place by `d` (two limbs or more, top bit set), pieces of
/// `d`'s length at a time. The top `d.len()` limbs of `u` are below `d`. Falls back to the
/// schoolbook when `scratch` is short of [`scratch_len`].
pub(crate) fn window(u: &mut [Limb], d: &[Limb], scratch: &mut [Limb], watch: &mut Watch) -> Result<(), Error> {
    let n = d.len();
    if n < RECURSIVE || scratch.len() < scratch_len(n) {
        return div::schoolbook(u, d, watch);
    }
    // The topmost piece may be shorter; the rest are whole.
    let mut low = u.len().saturating_sub(n);
    let first = low % n;
    if first != 0 {
        low -= first;
        if let Some(top) = u.get_mut(low..) {
            short_quotient(top, d, scratch, watch)?;
        }
    }
    while low >= n {
        low -= n;
        if let Some(piece) = u.get_mut(low..low + 2 * n) {
            two_by_one(piece, d, scratch, watch)?;
        }
    }
    Ok(())
}

/// `u.len() == 2 * d.len()`: the quotient in two parts.
fn two_by_one(u: &mut [Limb], d: &[Limb], scratch: &mut [Limb], watch: &mut Watch) -> Result<(), Error> {
    let n = d.len();
    if n < RECURSIVE {
        return div::schoolbook(u, d, watch);
    }
    let half = n / 2;
    if let Some(high) = u.get_mut(half..) {
        short_quotient(high, d, scratch, watch)?;
    }
    if let Some(low) = u.get_mut(..n + half) {
        short_quotient(low, d, scratch, watch)?;
    }
    Ok(())
}

/// A quotient of `f = u.len() - d.len()` limbs, fewer than `d` has: guessed from the top `2 * f`
/// limbs and the top `f` of the divisor, then put right by what the rest of the divisor adds.
fn short_quotient(u: &mut [Limb], d: &[Limb], scratch: &mut [Limb], watch: &mut Watch) -> Result<(), Error> {
    let n = d.len();
    let f = u.len().saturating_sub(n);
    if f < RECURSIVE / 2 || f >= n || scratch.len() < n {
        return div::schoolbook(u, d, watch);
    }
    let (d_low, d_high) = d.split_at(n - f);
    let (rest, quotient) = u.split_at(n);
    if quotient.iter().all(|&x| x == 0) && mag::cmp(rest, d) == Ordering::Less {
        // Below the divisor: quotient and remainder stand there already.
        return Ok(());
    }
    let mut over: Limb = 0;
    let (_, upper) = u.split_at_mut(n - f);
    let (_, top) = upper.split_at(f);
    if mag::cmp(top, d_high) == Ordering::Less {
        two_by_one(upper, d_high, scratch, watch)?;
    } else {
        // top == d_high: the quotient is all ones, and the remainder is what lies below plus d_high.
        let (below, top) = upper.split_at_mut(f);
        over = mag::add_assign(below, d_high);
        top.fill(Limb::MAX);
    }
    let (product, room) = scratch.split_at_mut(n);
    let (rest, quotient) = u.split_at_mut(n);
    mul::product(product, quotient, d_low, room, watch)?;
    let borrow = mag::sub_assign(rest, product);
    // The remainder is rest + (over - borrow) * B**n: below zero at most twice.
    while over < borrow {
        mag::sub_assign(quotient, &[1]);
        over += mag::add_assign(rest, d);
    }
    Ok(())
}
