//! The limb: one machine word of a magnitude.
//!
//! All wide arithmetic is multiplication and addition. There is no division of a double limb in
//! this crate: it is slow on every target and not to be trusted on the lx106.

#[cfg(all(target_pointer_width = "64", not(feature = "limb32")))]
mod width {
    /// One digit of a magnitude: 64 bits here, 32 bits on a 32-bit target.
    pub type Limb = u64;
}
#[cfg(not(all(target_pointer_width = "64", not(feature = "limb32"))))]
mod width {
    /// One digit of a magnitude: 32 bits here, 64 bits on a 64-bit target.
    pub type Limb = u32;
}
pub use width::Limb;

/// Bits of a [`Limb`].
pub const LIMB_BITS: u32 = Limb::BITS;
/// Bytes of a [`Limb`].
pub const LIMB_BYTES: usize = size_of::<Limb>();

const HALF: u32 = LIMB_BITS / 2;
const HALF_MASK: Limb = (1 << HALF) - 1;

/// A limb as 64 bits, whichever its width.
#[allow(clippy::useless_conversion, reason = "the same type on a 64-bit target only")]
#[inline(always)]
pub(crate) fn wide(limb: Limb) -> u64 {
    u64::from(limb)
}

/// `floor((B*B - 1) / d) - B` for a `d` with its top bit set: what turns division by `d` into
/// multiplication (Möller and Granlund, "Improved division by invariant integers").
pub(crate) fn reciprocal(d: Limb) -> Limb {
    // (B*B - 1) / d - B  ==  (B*(B - 1 - d) + (B - 1)) / d, whose high limb is below d.
    let (top, low) = (d >> HALF, d & HALF_MASK);
    let mut rest = !d;
    let mut quotient: Limb = 0;
    for _ in 0..2 {
        // One half-limb digit by long division; every half of the dividend's low limb is all ones.
        let mut digit = rest / top;
        let mut over = rest % top;
        while digit > HALF_MASK || digit * low > (over << HALF | HALF_MASK) {
            digit -= 1;
            over += top;
            if over > HALF_MASK {
                break;
            }
        }
        rest = (rest << HALF | HALF_MASK).wrapping_sub(digit.wrapping_mul(d));
        quotient = quotient << HALF | digit;
    }
    quotient
}

/// Divides `high*B + low` by `d` (top bit set, `high < d`) with `d`'s reciprocal: quotient, remainder.
#[inline(always)]
pub(crate) fn div_2by1(high: Limb, low: Limb, d: Limb, recip: Limb) -> (Limb, Limb) {
    let (q0, q1) = recip.carrying_mul(high, 0);
    let (q0, carry) = q0.overflowing_add(low);
    let mut q = q1.wrapping_add(high).wrapping_add(Limb::from(carry)).wrapping_add(1);
    let mut r = low.wrapping_sub(q.wrapping_mul(d));
    if r > q0 {
        q = q.wrapping_sub(1);
        r = r.wrapping_add(d);
    }
    if r >= d {
        q = q.wrapping_add(1);
        r -= d;
    }
    (q, r)
}

/// The reciprocal of the two-limb divisor `d1*B + d0` (top bit of `d1` set).
pub(crate) fn reciprocal_2(d1: Limb, d0: Limb) -> Limb {
    let mut v = reciprocal(d1);
    let (mut p, carry) = d1.wrapping_mul(v).overflowing_add(d0);
    if carry {
        v = v.wrapping_sub(1);
        if p >= d1 {
            v = v.wrapping_sub(1);
            p -= d1;
        }
        p = p.wrapping_sub(d1);
    }
    let (t0, t1) = v.carrying_mul(d0, 0);
    let (p, carry) = p.overflowing_add(t1);
    if carry {
        v = v.wrapping_sub(1);
        if (p, t0) >= (d1, d0) {
            v = v.wrapping_sub(1);
        }
    }
    v
}

/// The quotient limb of `(u2, u1, u0)` by `(d1, d0)`, where `(u2, u1) < (d1, d0)`.
#[inline(always)]
pub(crate) fn div_3by2(u: (Limb, Limb, Limb), d: (Limb, Limb), recip: Limb) -> Limb {
    let ((u2, u1, u0), (d1, d0)) = (u, d);
    let (q0, q1) = recip.carrying_mul(u2, 0);
    let (q0, carry) = q0.overflowing_add(u1);
    let mut q = q1.wrapping_add(u2).wrapping_add(Limb::from(carry));
    let r1 = u1.wrapping_sub(q.wrapping_mul(d1));
    let (t0, t1) = d0.carrying_mul(q, 0);
    let sub = |x: (Limb, Limb), y: (Limb, Limb)| {
        let (low, borrow) = x.1.overflowing_sub(y.1);
        (x.0.wrapping_sub(y.0).wrapping_sub(Limb::from(borrow)), low)
    };
    let mut r = sub(sub((r1, u0), (t1, t0)), d);
    q = q.wrapping_add(1);
    if r.0 >= q0 {
        q = q.wrapping_sub(1);
        let (low, carry) = r.1.overflowing_add(d0);
        r = (r.0.wrapping_add(d1).wrapping_add(Limb::from(carry)), low);
    }
    if r >= d {
        q = q.wrapping_add(1);
    }
    q
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(all(target_pointer_width = "64", not(feature = "limb32")))]
    type Wide = u128;
    #[cfg(not(all(target_pointer_width = "64", not(feature = "limb32"))))]
    type Wide = u64;

    fn samples() -> impl Iterator<Item = Limb> {
        let mut x: u64 = 0x9e37_79b9_7f4a_7c15;
        let edge = [0, 1, 2, Limb::MAX, Limb::MAX - 1, 1 << (LIMB_BITS - 1), HALF_MASK];
        edge.into_iter().chain((0..200).map(move |_| {
            x ^= x << 13;
            x ^= x >> 7;
            x ^= x << 17;
            x as Limb
        }))
    }

    #[test]
    fn reciprocal_is_exact() {
        for d in samples().map(|d| d | 1 << (LIMB_BITS - 1)) {
            let want = (Wide::MAX / Wide::from(d)) as Limb;
            assert_eq!(reciprocal(d), want, "{d:#x}");
        }
    }

    #[test]
    fn two_by_one() {
        for d in samples().map(|d| d | 1 << (LIMB_BITS - 1)) {
            let v = reciprocal(d);
            for high in samples().filter(|&h| h < d) {
                for low in samples().take(40) {
                    let wide = Wide::from(high) << LIMB_BITS | Wide::from(low);
                    let want = ((wide / Wide::from(d)) as Limb, (wide % Wide::from(d)) as Limb);
                    assert_eq!(div_2by1(high, low, d, v), want);
                }
            }
        }
    }
}
