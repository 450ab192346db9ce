//! Powers. Factors of two are taken out first, so that `10 ** n` is `5 ** n` and a shift.

use crate::limb::wide;
use crate::{Error, Int, LIMB_BITS, LIMB_BYTES, Limb, Made, Watch, mag, mul};

/// `ceil(256 * log2(a))` or a little more, for a magnitude above 1.
fn log2_up(a: &[Limb]) -> Option<u64> {
    let a = mag::trim(a);
    let bits = mag::bit_len(a);
    // The top 31 bits, rounded up, as a number in 1..=2 with 30 bits of fraction.
    let (mut top, mut have): (u64, u32) = (0, 0);
    for limb in a.iter().rev() {
        let used = if have == 0 { LIMB_BITS - limb.leading_zeros() } else { LIMB_BITS };
        let take = used.min(31 - have);
        top = top << take | (wide(*limb) & (u64::MAX >> (64 - used))) >> (used - take);
        have += take;
        if have == 31 {
            break;
        }
    }
    let mut m = (top << (31 - have)) + 1;
    let mut log = bits.checked_sub(1)?;
    for _ in 0..8 {
        m = (m * m).div_ceil(1 << 30);
        log = log.checked_mul(2)?;
        if m > 1 << 31 {
            m = m.div_ceil(2);
            log += 1;
        }
    }
    log.checked_add(1)
}

/// Limbs for `odd ** exp`, with the slack that intermediate products take.
fn odd_len(odd: &[Limb], odd_shift: u64, exp: u64) -> Option<usize> {
    let log = log2_up(odd)?.checked_sub(odd_shift.checked_mul(256)?)?;
    let bits = log.checked_mul(exp)? / 256 + 1;
    let limbs = usize::try_from(bits / u64::from(LIMB_BITS)).ok()?;
    limbs.checked_add(3)
}

/// What a power takes: zero bits of the base, whether nothing else remains, limbs of the odd part's power.
fn plan(a: Int, exp: u64) -> Option<(u64, bool, usize)> {
    let twos = mag::trailing_zeros(a.limbs());
    let only_twos = twos + 1 == a.bit_len();
    let odd = if only_twos { 1 } else { odd_len(a.limbs(), twos, exp)? };
    Some((twos, only_twos, odd))
}

/// Limbs that [`pow`] needs in `out`; `None` when no memory could hold the result.
pub fn pow_len(a: Int, exp: u64) -> Option<usize> {
    if a.is_zero() || exp == 0 {
        return Some(1);
    }
    let (twos, _, odd) = plan(a, exp)?;
    let (limbs, _) = mag::split_bits(twos.checked_mul(exp)?)?;
    let total = limbs.checked_add(odd)?.checked_add(1)?;
    (total <= isize::MAX as usize / LIMB_BYTES).then_some(total)
}

/// Limbs of scratch for [`pow`]; `None` as in [`pow_len`]. The least that will do is the limbs of
/// the base and of the result; what is asked beyond that makes long products fast.
pub fn pow_scratch_len(a: Int, exp: u64) -> Option<usize> {
    if a.is_zero() || exp == 0 {
        return Some(0);
    }
    let (_, only_twos, odd) = plan(a, exp)?;
    if only_twos {
        return Some(0);
    }
    let half = odd.div_ceil(2);
    a.limbs().len().checked_add(odd)?.checked_add(mul::scratch_len(half, half))
}

/// `out = a ** exp`. Needs [`pow_len`] and [`pow_scratch_len`] limbs.
pub fn pow(out: &mut [Limb], a: Int, exp: u64, scratch: &mut [Limb], watch: &mut Watch) -> Result<Made, Error> {
    let negative = a.is_negative() && exp % 2 == 1;
    if exp == 0 {
        *out.first_mut().ok_or(Error::Space)? = 1;
        return Ok(Made::new(false, 1));
    }
    if a.is_zero() {
        return Ok(Made::default());
    }
    let (twos, only_twos, cap) = plan(a, exp).ok_or(Error::Space)?;
    let shift = twos.checked_mul(exp).ok_or(Error::Space)?;
    if only_twos {
        return Ok(Made::new(negative, mag::shl(out, &[1], shift)?));
    }
    let n = a.limbs().len();
    let (odd, scratch) = scratch.split_at_mut_checked(n).ok_or(Error::Space)?;
    let (odd_len, _) = mag::shr(odd, a.limbs(), twos)?;
    let odd = odd.get(..odd_len).ok_or(Error::Space)?;
    let (other, scratch) = scratch.split_at_mut_checked(cap).ok_or(Error::Space)?;
    let body = out.get_mut(..cap).ok_or(Error::Space)?;

    let (mut now, mut next) = (body, other);
    let mut swapped = false;
    now.get_mut(..odd_len).ok_or(Error::Space)?.copy_from_slice(odd);
    let mut len = odd_len;
    for bit in (0..exp.ilog2()).rev() {
        let to = next.get_mut(..2 * len).ok_or(Error::Space)?;
        mul::square(to, now.get(..len).ok_or(Error::Space)?, scratch, watch)?;
        len = mag::len(to);
        (now, next, swapped) = (next, now, !swapped);
        if exp >> bit & 1 == 0 {
            continue;
        }
        if let [limb] = *odd {
            let to = now.get_mut(..=len).ok_or(Error::Space)?;
            if let Some((top, body)) = to.split_last_mut() {
                watch.spend(len)?;
                *top = mag::mul_add_limb(body, limb, 0);
            }
            len = mag::len(to);
        } else {
            let to = next.get_mut(..len + odd_len).ok_or(Error::Space)?;
            mul::product(to, now.get(..len).ok_or(Error::Space)?, odd, scratch, watch)?;
            len = mag::len(to);
            (now, next, swapped) = (next, now, !swapped);
        }
    }
    if swapped {
        next.get_mut(..len).zip(now.get(..len)).ok_or(Error::Space).map(|(to, from)| to.copy_from_slice(from))?;
    }
    let len = shl_in_place(out, len, shift)?;
    Ok(Made::new(negative, len))
}

/// `out[..len] <<= bits`; returns the new length.
fn shl_in_place(out: &mut [Limb], len: usize, bits: u64) -> Result<usize, Error> {
    let (limbs, bits) = mag::split_bits(bits).ok_or(Error::Space)?;
    let total = limbs.checked_add(len).ok_or(Error::Space)?;
    if out.len() < total {
        return Err(Error::Space);
    }
    out.copy_within(..len, limbs);
    let (low, body) = out.split_at_mut(limbs);
    low.fill(0);
    let carry = mag::shl_small(body.get_mut(..len).ok_or(Error::Space)?, bits);
    if carry == 0 {
        return Ok(total);
    }
    *out.get_mut(total).ok_or(Error::Space)? = carry;
    Ok(total + 1)
}
