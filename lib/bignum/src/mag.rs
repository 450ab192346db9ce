//! Magnitudes: little-endian limb slices, the unsigned layer under [`Int`](crate::Int).
//!
//! Inputs may carry high zero limbs unless a function says otherwise. In-place functions state
//! the lengths they expect; carry and borrow come back as a limb of 0 or 1.

use core::cmp::Ordering;

use crate::{Error, LIMB_BITS, Limb};

/// `a` without its high zero limbs.
#[inline]
pub fn trim(a: &[Limb]) -> &[Limb] {
    a.get(..len(a)).unwrap_or(a)
}

/// Limbs of `a` up to and including the highest that is not zero.
#[inline]
pub fn len(a: &[Limb]) -> usize {
    a.iter().rposition(|&limb| limb != 0).map_or(0, |top| top + 1)
}

/// Compares two magnitudes.
pub fn cmp(a: &[Limb], b: &[Limb]) -> Ordering {
    let (a, b) = (trim(a), trim(b));
    a.len().cmp(&b.len()).then_with(|| a.iter().rev().cmp(b.iter().rev()))
}

/// Bits needed to write the magnitude: 0 for zero.
pub fn bit_len(a: &[Limb]) -> u64 {
    let a = trim(a);
    match a.last() {
        Some(top) => a.len() as u64 * u64::from(LIMB_BITS) - u64::from(top.leading_zeros()),
        None => 0,
    }
}

/// Zero bits below the lowest one bit; 0 for zero.
pub fn trailing_zeros(a: &[Limb]) -> u64 {
    match a.iter().position(|&limb| limb != 0) {
        Some(i) => i as u64 * u64::from(LIMB_BITS) + u64::from(a.get(i).map_or(0, |x| x.trailing_zeros())),
        None => 0,
    }
}

/// `acc += b`, carrying through all of `acc`; needs `acc.len() >= b.len()`. Returns the carry out.
#[inline]
pub(crate) fn add_assign(acc: &mut [Limb], b: &[Limb]) -> Limb {
    let mut carry = false;
    let mut acc = acc.iter_mut();
    for (&y, x) in b.iter().zip(&mut acc) {
        (*x, carry) = x.carrying_add(y, carry);
    }
    for x in acc {
        if !carry {
            break;
        }
        (*x, carry) = x.overflowing_add(1);
    }
    Limb::from(carry)
}

/// `acc -= b`, borrowing through all of `acc`; needs `acc.len() >= b.len()`. Returns the borrow out.
#[inline]
pub(crate) fn sub_assign(acc: &mut [Limb], b: &[Limb]) -> Limb {
    let mut borrow = false;
    let mut acc = acc.iter_mut();
    for (&y, x) in b.iter().zip(&mut acc) {
        (*x, borrow) = x.borrowing_sub(y, borrow);
    }
    for x in acc {
        if !borrow {
            break;
        }
        (*x, borrow) = x.overflowing_sub(1);
    }
    Limb::from(borrow)
}

/// Adds one; returns the carry out.
pub(crate) fn increment(acc: &mut [Limb]) -> Limb {
    add_assign(acc, &[1])
}

/// `out = a + b`; returns the limbs used. `out` needs one limb more than the longer operand.
pub fn add(out: &mut [Limb], a: &[Limb], b: &[Limb]) -> Result<usize, Error> {
    let (a, b) = (trim(a), trim(b));
    let (long, short) = if a.len() >= b.len() { (a, b) } else { (b, a) };
    let out = out.get_mut(..long.len() + 1).ok_or(Error::Space)?;
    let (body, top) = out.split_at_mut(long.len());
    body.copy_from_slice(long);
    top.fill(add_assign(body, short));
    Ok(len(out))
}

/// `out = |a - b|`; returns the limbs used and whether `a < b`. `out` needs the longer operand's limbs.
pub fn sub(out: &mut [Limb], a: &[Limb], b: &[Limb]) -> Result<(usize, bool), Error> {
    let (a, b) = (trim(a), trim(b));
    let less = cmp(a, b) == Ordering::Less;
    let (big, small) = if less { (b, a) } else { (a, b) };
    let out = out.get_mut(..big.len()).ok_or(Error::Space)?;
    out.copy_from_slice(big);
    sub_assign(out, small);
    Ok((len(out), less))
}

/// `acc = acc << bits` with `bits < LIMB_BITS`; returns the bits pushed out at the top.
pub(crate) fn shl_small(acc: &mut [Limb], bits: u32) -> Limb {
    if bits == 0 {
        return 0;
    }
    let mut carry = 0;
    for x in acc {
        let next = *x >> (LIMB_BITS - bits);
        *x = *x << bits | carry;
        carry = next;
    }
    carry
}

/// `acc = acc >> bits` with `bits < LIMB_BITS`; the bits pushed out at the bottom are lost.
pub(crate) fn shr_small(acc: &mut [Limb], bits: u32) {
    if bits == 0 {
        return;
    }
    let mut carry = 0;
    for x in acc.iter_mut().rev() {
        let next = *x << (LIMB_BITS - bits);
        *x = *x >> bits | carry;
        carry = next;
    }
}

/// Splits a bit count into whole limbs and bits; `None` when the limbs exceed the address space.
pub(crate) fn split_bits(bits: u64) -> Option<(usize, u32)> {
    let limbs = usize::try_from(bits / u64::from(LIMB_BITS)).ok()?;
    Some((limbs, (bits % u64::from(LIMB_BITS)) as u32))
}

/// `out = a << bits`; returns the limbs used. `out` needs `a`'s limbs, `bits / LIMB_BITS` and one more.
pub fn shl(out: &mut [Limb], a: &[Limb], bits: u64) -> Result<usize, Error> {
    let a = trim(a);
    if a.is_empty() {
        return Ok(0);
    }
    let (limbs, bits) = split_bits(bits).ok_or(Error::Space)?;
    let total = limbs.checked_add(a.len()).and_then(|n| n.checked_add(1)).ok_or(Error::Space)?;
    let out = out.get_mut(..total).ok_or(Error::Space)?;
    let (low, rest) = out.split_at_mut(limbs);
    low.fill(0);
    let (body, top) = rest.split_at_mut(a.len());
    body.copy_from_slice(a);
    top.fill(shl_small(body, bits));
    Ok(len(out))
}

/// `out = a >> bits`, rounded down; returns the limbs used and whether a one bit was lost.
/// `out` needs `a`'s limbs less `bits / LIMB_BITS`.
pub fn shr(out: &mut [Limb], a: &[Limb], bits: u64) -> Result<(usize, bool), Error> {
    let a = trim(a);
    let (low, high, bits) = match split_bits(bits) {
        Some((limbs, bits)) if limbs < a.len() => {
            let (low, high) = a.split_at(limbs);
            (low, high, bits)
        }
        _ => return Ok((0, !a.is_empty())),
    };
    let mask = (1 << bits) - 1;
    let lost = low.iter().any(|&x| x != 0) || high.first().is_some_and(|x| x & mask != 0);
    let out = out.get_mut(..high.len()).ok_or(Error::Space)?;
    out.copy_from_slice(high);
    shr_small(out, bits);
    Ok((len(out), lost))
}

/// `acc = acc * m + add`; returns the limb carried out.
pub(crate) fn mul_add_limb(acc: &mut [Limb], m: Limb, add: Limb) -> Limb {
    let mut carry = add;
    for x in acc {
        (*x, carry) = x.carrying_mul(m, carry);
    }
    carry
}
