//! Division of magnitudes in place, the schoolbook way.
//!
//! The shape all division here shares: a window `u` of `m` limbs, a divisor `d` of `n` limbs with
//! its top bit set, and the top `n` limbs of `u` below `d`. Afterwards `u[..n]` is the remainder
//! and `u[n..]` the quotient: the quotient needs no memory of its own.

use crate::limb::{div_2by1, div_3by2, reciprocal, reciprocal_2};
use crate::mul::msub_row;
use crate::{Error, Limb, Watch, mag};

/// A single-limb divisor with its reciprocal, shifted so that its top bit is set.
#[derive(Clone, Copy)]
pub(crate) struct LimbDivisor {
    shifted: Limb,
    shift: u32,
    recip: Limb,
}

impl LimbDivisor {
    /// `None` for zero.
    pub(crate) fn new(d: Limb) -> Option<Self> {
        let shift = d.leading_zeros();
        let shifted = d.checked_shl(shift)?;
        Some(LimbDivisor { shifted, shift, recip: reciprocal(shifted) })
    }

    /// `u = u / d`; returns the remainder.
    pub(crate) fn divide(&self, u: &mut [Limb]) -> Limb {
        let mut rest = mag::shl_small(u, self.shift);
        for x in u.iter_mut().rev() {
            (*x, rest) = div_2by1(rest, *x, self.shifted, self.recip);
        }
        rest >> self.shift
    }

    /// `u % d`, leaving `u` alone.
    pub(crate) fn remainder(&self, u: &[Limb]) -> Limb {
        let mut rest = 0;
        for &x in u.iter().rev() {
            // Shift limb by limb: rest < d, so rest << shift has room for the bits that x sheds.
            let high = rest << self.shift | x.checked_shr(Limb::BITS - self.shift).unwrap_or(0);
            rest = div_2by1(high, x << self.shift, self.shifted, self.recip).1 >> self.shift;
        }
        rest
    }
}

/// Knuth's algorithm D in place (see the module's text). Needs `d.len() >= 2` and `u.len() >= d.len()`.
pub(crate) fn schoolbook(u: &mut [Limb], d: &[Limb], watch: &mut Watch) -> Result<(), Error> {
    let n = d.len();
    let [.., d0, d1] = *d else {
        return Err(Error::DivideByZero);
    };
    let recip = reciprocal_2(d1, d0);
    for j in (0..u.len().saturating_sub(n)).rev() {
        let Some((top, body)) = u.get_mut(j..=j + n).and_then(<[Limb]>::split_last_mut) else {
            return Err(Error::Space);
        };
        let [.., u0, u1] = *body else {
            return Err(Error::Space);
        };
        watch.spend(n)?;
        if *top == 0 && u1 < d1 {
            // The window is below the divisor: a zero digit, which stands there already.
            continue;
        }
        let mut digit = if (*top, u1) >= (d1, d0) { Limb::MAX } else { div_3by2((*top, u1, u0), (d1, d0), recip) };
        if msub_row(body, d, digit) > *top {
            // One too many, which is rare; the carry cancels the borrow.
            digit -= 1;
            mag::add_assign(body, d);
        }
        *top = digit;
    }
    Ok(())
}
