//! Sign-and-magnitude arithmetic with Python's rules: division rounds towards minus infinity.

use crate::div::LimbDivisor;
use crate::{Error, Int, Limb, Made, Watch, divide_conquer, mag, mul as product};

/// Limbs that [`add`] and [`sub`] need in `out`.
pub fn add_len(a: Int, b: Int) -> usize {
    a.limbs().len().max(b.limbs().len()).saturating_add(1)
}

/// `out = a + b`. Needs [`add_len`] limbs.
pub fn add(out: &mut [Limb], a: Int, b: Int) -> Result<Made, Error> {
    if a.is_negative() == b.is_negative() {
        let len = mag::add(out, a.limbs(), b.limbs())?;
        Ok(Made::new(a.is_negative(), len))
    } else {
        let (len, less) = mag::sub(out, a.limbs(), b.limbs())?;
        Ok(Made::new(a.is_negative() != less, len))
    }
}

/// `out = a - b`. Needs [`add_len`] limbs.
pub fn sub(out: &mut [Limb], a: Int, b: Int) -> Result<Made, Error> {
    add(out, a, b.negated())
}

/// Limbs that [`mul`] needs in `out`.
pub fn mul_len(a: Int, b: Int) -> usize {
    a.limbs().len().saturating_add(b.limbs().len())
}

/// Limbs of scratch with which [`mul`] is fastest: 0 for short factors.
pub fn mul_scratch_len(a: Int, b: Int) -> usize {
    product::scratch_len(a.limbs().len(), b.limbs().len())
}

/// `out = a * b`. Needs [`mul_len`] limbs; any `scratch` will do, [`mul_scratch_len`] is best.
/// Factors that are the same slice are squared, which is cheaper.
pub fn mul(out: &mut [Limb], a: Int, b: Int, scratch: &mut [Limb], watch: &mut Watch) -> Result<Made, Error> {
    let out = out.get_mut(..mul_len(a, b)).ok_or(Error::Space)?;
    let negative = a.is_negative() != b.is_negative();
    let (a, b) = (a.limbs(), b.limbs());
    if core::ptr::eq(a, b) {
        product::square(out, a, scratch, watch)?;
    } else {
        product::product(out, a, b, scratch, watch)?;
    }
    Ok(Made::new(negative, mag::len(out)))
}

/// Limbs of the quotient of [`floor_div`] and [`div_mod`].
pub fn quot_len(a: Int, b: Int) -> usize {
    // One more than the difference, and one for rounding down.
    a.limbs().len().saturating_sub(b.limbs().len()).saturating_add(2)
}

/// Limbs of the remainder of [`floor_mod`] and [`div_mod`].
pub fn rem_len(a: Int, b: Int) -> usize {
    // With signs alike a short dividend is its own remainder; otherwise |b| - |a| is left.
    let _ = a;
    b.limbs().len()
}

/// Least scratch of a division, and the scratch with which it is fastest.
fn scratch_lens(a: usize, b: usize) -> (usize, usize) {
    if a < b || b == 0 {
        return (0, 0);
    }
    if b == 1 {
        return (a, a);
    }
    let least = a.saturating_add(b).saturating_add(1);
    (least, least.saturating_add(divide_conquer::scratch_len(b)))
}

/// Limbs of scratch for [`floor_div`], [`floor_mod`] and [`div_mod`]. The least that will do is
/// `a`'s limbs and `b`'s and one; divisors shorter than some 64 limbs ask for no more than that.
pub fn div_scratch_len(a: Int, b: Int) -> usize {
    scratch_lens(a.limbs().len(), b.limbs().len()).1
}

/// A quotient and remainder that lie in the scratch.
pub(crate) struct Divided<'s> {
    pub(crate) quot: &'s [Limb],
    pub(crate) rem: &'s [Limb],
}

/// Divides trimmed magnitudes with `a.len() >= b.len() >= 2` within the scratch.
pub(crate) fn divide<'s>(
    a: &[Limb],
    b: &[Limb],
    scratch: &'s mut [Limb],
    watch: &mut Watch,
) -> Result<Divided<'s>, Error> {
    if scratch.len() < scratch_lens(a.len(), b.len()).0 {
        return Err(Error::Space);
    }
    let shift = b.last().map_or(0, |top| top.leading_zeros());
    let (u, scratch) = scratch.split_at_mut(a.len() + 1);
    let (d, scratch) = scratch.split_at_mut(b.len());
    d.copy_from_slice(b);
    mag::shl_small(d, shift);
    let (body, top) = u.split_at_mut(a.len());
    body.copy_from_slice(a);
    top.fill(mag::shl_small(body, shift));
    divide_conquer::window(u, d, scratch, watch)?;
    let (rem, quot) = u.split_at_mut(d.len());
    mag::shr_small(rem, shift);
    Ok(Divided { quot, rem })
}

fn store(out: &mut [Limb], a: &[Limb]) -> Result<usize, Error> {
    let a = mag::trim(a);
    out.get_mut(..a.len()).ok_or(Error::Space)?.copy_from_slice(a);
    Ok(a.len())
}

/// Rounds the truncated division of magnitudes to Python's, and stores what is wanted.
fn floored(
    (quot, quot_out): (&[Limb], Option<&mut [Limb]>),
    (rem, rem_out): (&[Limb], Option<&mut [Limb]>),
    a: Int,
    b: Int,
) -> Result<(Made, Made), Error> {
    let mixed = a.is_negative() != b.is_negative();
    let inexact = mag::len(rem) != 0;
    let mut made = (Made::default(), Made::default());
    if let Some(out) = quot_out {
        let mut len = store(out, quot)?;
        if mixed && inexact {
            let out = out.get_mut(..len + 1).ok_or(Error::Space)?;
            if let Some(top) = out.last_mut() {
                *top = 0;
            }
            mag::increment(out);
            len = mag::len(out);
        }
        made.0 = Made::new(mixed, len);
    }
    if let Some(out) = rem_out {
        let len = if mixed && inexact { mag::sub(out, b.limbs(), rem)?.0 } else { store(out, rem)? };
        made.1 = Made::new(b.is_negative(), len);
    }
    Ok(made)
}

fn floor_both(
    quot: Option<&mut [Limb]>,
    rem: Option<&mut [Limb]>,
    a: Int,
    b: Int,
    scratch: &mut [Limb],
    watch: &mut Watch,
) -> Result<(Made, Made), Error> {
    let (x, y) = (a.limbs(), b.limbs());
    match *y {
        [] => Err(Error::DivideByZero),
        _ if mag::cmp(x, y).is_lt() => floored((&[], quot), (x, rem), a, b),
        [limb] => {
            let divisor = LimbDivisor::new(limb).ok_or(Error::DivideByZero)?;
            watch.spend(x.len())?;
            if quot.is_none() {
                return floored((&[], None), (&[divisor.remainder(x)], rem), a, b);
            }
            let work = scratch.get_mut(..x.len()).ok_or(Error::Space)?;
            work.copy_from_slice(x);
            let rest = divisor.divide(work);
            floored((work, quot), (&[rest], rem), a, b)
        }
        _ => {
            let done = divide(x, y, scratch, watch)?;
            floored((done.quot, quot), (done.rem, rem), a, b)
        }
    }
}

/// `out = a // b`, rounded down. Needs [`quot_len`] limbs and [`div_scratch_len`] of scratch.
pub fn floor_div(out: &mut [Limb], a: Int, b: Int, scratch: &mut [Limb], watch: &mut Watch) -> Result<Made, Error> {
    Ok(floor_both(Some(out), None, a, b, scratch, watch)?.0)
}

/// `out = a % b`, with the sign of `b`. Needs [`rem_len`] limbs and [`div_scratch_len`] of scratch.
pub fn floor_mod(out: &mut [Limb], a: Int, b: Int, scratch: &mut [Limb], watch: &mut Watch) -> Result<Made, Error> {
    Ok(floor_both(None, Some(out), a, b, scratch, watch)?.1)
}

/// `quot, rem = divmod(a, b)`. Needs [`quot_len`], [`rem_len`] and [`div_scratch_len`] limbs.
pub fn div_mod(
    quot: &mut [Limb],
    rem: &mut [Limb],
    a: Int,
    b: Int,
    scratch: &mut [Limb],
    watch: &mut Watch,
) -> Result<(Made, Made), Error> {
    floor_both(Some(quot), Some(rem), a, b, scratch, watch)
}

/// `u = u % d` in place for magnitudes: the remainder in the low limbs, zeros above. For `d` with
/// its top bit set and at least two limbs, and `u` with a zero limb on top.
pub(crate) fn reduce(u: &mut [Limb], d: &[Limb], scratch: &mut [Limb], watch: &mut Watch) -> Result<(), Error> {
    if let [limb] = *d {
        let divisor = LimbDivisor::new(limb).ok_or(Error::DivideByZero)?;
        watch.spend(u.len())?;
        let rest = divisor.remainder(u);
        u.fill(0);
        u.iter_mut().take(1).for_each(|x| *x = rest);
        return Ok(());
    }
    divide_conquer::window(u, d, scratch, watch)?;
    if let Some(quot) = u.get_mut(d.len()..) {
        quot.fill(0);
    }
    Ok(())
}
