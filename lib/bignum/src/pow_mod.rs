//! Three-argument `pow`.
//!
//! Residues are kept modulo the modulus shifted so that its top bit is set: a multiple of it, so the
//! shift is undone only once, at the end.

use crate::arith::reduce;
use crate::{Error, Int, Limb, Made, Watch, divide_conquer, mag, mul};

/// Limbs that [`pow_mod`] needs in `out`.
pub fn pow_mod_len(modulus: Int) -> usize {
    modulus.limbs().len()
}

/// Limbs of the window in which products are reduced.
fn window_len(base: usize, n: usize) -> usize {
    n.saturating_mul(2).max(base).saturating_add(1)
}

/// Limbs of scratch for [`pow_mod`]. The least that will do is twice the modulus and once the longer
/// of base and twice the modulus, and one.
pub fn pow_mod_scratch_len(base: Int, modulus: Int) -> usize {
    let n = modulus.limbs().len();
    let faster = mul::scratch_len(n, n).max(divide_conquer::scratch_len(n));
    window_len(base.limbs().len(), n).saturating_add(n.saturating_mul(2)).saturating_add(faster)
}

/// `out = pow(base, exp, modulus)`, with the sign of the modulus. `exp` must not be negative
/// ([`Error::Overflow`]). Needs [`pow_mod_len`] and [`pow_mod_scratch_len`] limbs.
pub fn pow_mod(
    out: &mut [Limb],
    base: Int,
    exp: Int,
    modulus: Int,
    scratch: &mut [Limb],
    watch: &mut Watch,
) -> Result<Made, Error> {
    let m = modulus.limbs();
    let n = m.len();
    let Some(top) = m.last() else {
        return Err(Error::DivideByZero);
    };
    if exp.is_negative() {
        return Err(Error::Overflow);
    }
    let shift = top.leading_zeros();
    let result = out.get_mut(..n).ok_or(Error::Space)?;
    let (d, scratch) = scratch.split_at_mut_checked(n).ok_or(Error::Space)?;
    let (factor, scratch) = scratch.split_at_mut_checked(n).ok_or(Error::Space)?;
    let (u, scratch) = scratch.split_at_mut_checked(window_len(base.limbs().len(), n)).ok_or(Error::Space)?;
    d.copy_from_slice(m);
    mag::shl_small(d, shift);

    set(u, base.limbs());
    reduce(u, d, scratch, watch)?;
    set(factor, u.get(..n).ok_or(Error::Space)?);
    if base.is_negative() && mag::len(factor) != 0 {
        set(u, d);
        mag::sub_assign(u, factor);
        set(factor, u.get(..n).ok_or(Error::Space)?);
    }

    set(result, &[1]);
    let mut first = true;
    for &limb in exp.limbs().iter().rev() {
        for bit in (0..Limb::BITS).rev() {
            if !first {
                let square = u.get_mut(..2 * n).ok_or(Error::Space)?;
                mul::square(square, result, scratch, watch)?;
                settle(u, result, d, scratch, watch)?;
            }
            if limb >> bit & 1 == 1 {
                if first {
                    result.copy_from_slice(factor);
                    first = false;
                } else {
                    let product = u.get_mut(..2 * n).ok_or(Error::Space)?;
                    mul::product(product, result, factor, scratch, watch)?;
                    settle(u, result, d, scratch, watch)?;
                }
            }
        }
    }

    // Undo the shift: (result << shift) mod d is (result mod m) << shift.
    set(u, result);
    if let Some(body) = u.get_mut(..=n) {
        mag::shl_small(body, shift);
    }
    settle(u, result, d, scratch, watch)?;
    mag::shr_small(result, shift);
    if modulus.is_negative() && mag::len(result) != 0 {
        d.copy_from_slice(m);
        mag::sub_assign(d, result);
        result.copy_from_slice(d);
    }
    Ok(Made::new(modulus.is_negative(), mag::len(result)))
}

/// `to = from`, with zeros above. `from` is not the longer.
fn set(to: &mut [Limb], from: &[Limb]) {
    to.fill(0);
    to.iter_mut().zip(from).for_each(|(x, y)| *x = *y);
}

/// `result = u[..2n] mod d`.
fn settle(
    u: &mut [Limb],
    result: &mut [Limb],
    d: &[Limb],
    scratch: &mut [Limb],
    watch: &mut Watch,
) -> Result<(), Error> {
    let n = d.len();
    let u = u.get_mut(..=2 * n).ok_or(Error::Space)?;
    if let Some(top) = u.last_mut() {
        *top = 0;
    }
    reduce(u, d, scratch, watch)?;
    result.copy_from_slice(u.get(..n).ok_or(Error::Space)?);
    Ok(())
}
