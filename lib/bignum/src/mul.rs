//! Multiplication of magnitudes: the schoolbook method, and the choice of method.
//!
//! Inside, outputs have exactly the summed length of the factors and are filled whole.

use crate::{Error, Limb, Watch, karatsuba, mag};

/// Factors with at least this many limbs are split by Karatsuba's method (measured).
pub(crate) const KARATSUBA: usize = 32;

/// `acc += a * b` over equal lengths; returns the limb carried out.
#[inline]
pub(crate) fn mac_row(acc: &mut [Limb], a: &[Limb], b: Limb) -> Limb {
    let mut carry = 0;
    for (x, &y) in acc.iter_mut().zip(a) {
        (*x, carry) = y.carrying_mul_add(b, *x, carry);
    }
    carry
}

/// `acc -= a * b` over equal lengths; returns the limb borrowed out.
#[inline]
pub(crate) fn msub_row(acc: &mut [Limb], a: &[Limb], b: Limb) -> Limb {
    let mut carry = 0;
    for (x, &y) in acc.iter_mut().zip(a) {
        let (low, high) = y.carrying_mul(b, carry);
        let (rest, borrow) = x.overflowing_sub(low);
        *x = rest;
        carry = high + Limb::from(borrow);
    }
    carry
}

/// Quadratic product. `out.len() == a.len() + b.len()`.
pub(crate) fn schoolbook(out: &mut [Limb], a: &[Limb], b: &[Limb], watch: &mut Watch) -> Result<(), Error> {
    let (a, b) = if a.len() >= b.len() { (a, b) } else { (b, a) };
    out.fill(0);
    for (i, &limb) in b.iter().enumerate() {
        watch.spend(a.len())?;
        if let Some(row) = out.get_mut(i..i + a.len() + 1)
            && let Some((top, row)) = row.split_last_mut()
        {
            *top = mac_row(row, a, limb);
        }
    }
    Ok(())
}

/// Quadratic square: each cross product once, doubled. `out.len() == 2 * a.len()`.
pub(crate) fn schoolbook_square(out: &mut [Limb], a: &[Limb], watch: &mut Watch) -> Result<(), Error> {
    out.fill(0);
    let n = a.len();
    let mut rest = a;
    let mut i = 0;
    while let Some((&limb, above)) = rest.split_first() {
        watch.spend(above.len() + 1)?;
        if let Some(row) = out.get_mut(2 * i + 1..i + n + 1)
            && let Some((top, row)) = row.split_last_mut()
        {
            *top = mac_row(row, above, limb);
        }
        rest = above;
        i += 1;
    }
    mag::shl_small(out, 1);
    let mut carry = false;
    for (pair, &limb) in out.chunks_exact_mut(2).zip(a) {
        let (low, high) = limb.carrying_mul(limb, 0);
        if let [x, y] = pair {
            (*x, carry) = x.carrying_add(low, carry);
            (*y, carry) = y.carrying_add(high, carry);
        }
    }
    Ok(())
}

/// Working room that lets [`product`] use its fastest method on factors of these lengths.
pub(crate) fn scratch_len(a: usize, b: usize) -> usize {
    let (long, short) = (a.max(b), a.min(b));
    if short < KARATSUBA {
        0
    } else if long == short {
        karatsuba::scratch_len(short)
    } else {
        karatsuba::scratch_len(short).saturating_add(short.saturating_mul(2))
    }
}

/// `out = a * b`, `out.len() == a.len() + b.len()`. Any amount of scratch will do.
pub(crate) fn product(
    out: &mut [Limb],
    a: &[Limb],
    b: &[Limb],
    scratch: &mut [Limb],
    watch: &mut Watch,
) -> Result<(), Error> {
    let (a, b) = if a.len() >= b.len() { (a, b) } else { (b, a) };
    if b.len() < KARATSUBA || scratch.len() < scratch_len(a.len(), b.len()) {
        return schoolbook(out, a, b, watch);
    }
    if a.len() == b.len() {
        return karatsuba::product(out, a, b, scratch, watch);
    }
    // Lopsided: the long factor in pieces of the short one's length.
    out.fill(0);
    let (piece, scratch) = scratch.split_at_mut(2 * b.len());
    for (i, part) in a.chunks(b.len()).enumerate() {
        let piece = piece.get_mut(..part.len() + b.len()).ok_or(Error::Space)?;
        // The last piece is shorter; each such turn at least halves the sizes every second time,
        // as in Euclid's algorithm, so the recursion is shallow.
        product(piece, part, b, scratch, watch)?;
        if let Some(acc) = out.get_mut(i * b.len()..) {
            mag::add_assign(acc, piece);
        }
    }
    Ok(())
}

/// `out = a * a`, `out.len() == 2 * a.len()`. Any amount of scratch will do.
pub(crate) fn square(out: &mut [Limb], a: &[Limb], scratch: &mut [Limb], watch: &mut Watch) -> Result<(), Error> {
    if scratch.len() < karatsuba::scratch_len(a.len()) {
        schoolbook_square(out, a, watch)
    } else {
        karatsuba::square(out, a, scratch, watch)
    }
}
