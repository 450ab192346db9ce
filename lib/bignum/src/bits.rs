//! Shifts and bitwise operations as if numbers were in endless two's complement.

use crate::{Error, Int, LIMB_BITS, Limb, Made, mag};

/// A bitwise operation of two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BitOp {
    /// `a & b`
    And,
    /// `a | b`
    Or,
    /// `a ^ b`
    Xor,
}

impl BitOp {
    fn on(self, a: Limb, b: Limb) -> Limb {
        match self {
            BitOp::And => a & b,
            BitOp::Or => a | b,
            BitOp::Xor => a ^ b,
        }
    }
}

/// Two's complement limbs of a number, lowest first, without end.
struct Complement<'a> {
    limbs: core::slice::Iter<'a, Limb>,
    flip: Limb,
    carry: bool,
}

impl<'a> Complement<'a> {
    fn new(a: Int<'a>) -> Self {
        Complement {
            limbs: a.limbs().iter(),
            flip: if a.is_negative() { Limb::MAX } else { 0 },
            carry: a.is_negative(),
        }
    }

    #[inline]
    fn next(&mut self) -> Limb {
        let limb = self.limbs.next().copied().unwrap_or(0) ^ self.flip;
        let (limb, carry) = limb.overflowing_add(Limb::from(self.carry));
        self.carry = carry;
        limb
    }
}

/// Limbs that [`bitwise`] needs in `out`.
pub fn bitwise_len(a: Int, b: Int) -> usize {
    a.limbs().len().max(b.limbs().len()).saturating_add(1)
}

/// `out = a & b`, `a | b` or `a ^ b`. Needs [`bitwise_len`] limbs.
pub fn bitwise(out: &mut [Limb], op: BitOp, a: Int, b: Int) -> Result<Made, Error> {
    let out = out.get_mut(..bitwise_len(a, b)).ok_or(Error::Space)?;
    let (mut x, mut y) = (Complement::new(a), Complement::new(b));
    let sign = |a: Int| Limb::from(a.is_negative());
    let negative = op.on(sign(a), sign(b)) == 1;
    // The result's own complement is undone on the way.
    let flip = if negative { Limb::MAX } else { 0 };
    let mut carry = negative;
    for slot in out.iter_mut() {
        let limb = op.on(x.next(), y.next()) ^ flip;
        (*slot, carry) = limb.overflowing_add(Limb::from(carry));
    }
    Ok(Made::new(negative, mag::len(out)))
}

/// Limbs that [`not`] needs in `out`.
pub fn not_len(a: Int) -> usize {
    a.limbs().len().max(1).saturating_add(1)
}

/// `out = ~a`, which is `-a - 1`. Needs [`not_len`] limbs.
pub fn not(out: &mut [Limb], a: Int) -> Result<Made, Error> {
    if a.is_negative() {
        let (len, _) = mag::sub(out, a.limbs(), &[1])?;
        Ok(Made::new(false, len))
    } else {
        let len = mag::add(out, a.limbs(), &[1])?;
        Ok(Made::new(true, len))
    }
}

/// Limbs that [`shl`] needs in `out`; `None` when no memory could hold them.
pub fn shl_len(a: Int, bits: u64) -> Option<usize> {
    if a.is_zero() {
        return Some(0);
    }
    let (limbs, _) = mag::split_bits(bits)?;
    let total = limbs.checked_add(a.limbs().len())?.checked_add(1)?;
    (total <= isize::MAX as usize / crate::LIMB_BYTES).then_some(total)
}

/// `out = a << bits`. Needs [`shl_len`] limbs.
pub fn shl(out: &mut [Limb], a: Int, bits: u64) -> Result<Made, Error> {
    Ok(Made::new(a.is_negative(), mag::shl(out, a.limbs(), bits)?))
}

/// Limbs that [`shr`] needs in `out`.
pub fn shr_len(a: Int, bits: u64) -> usize {
    let gone = usize::try_from(bits / u64::from(LIMB_BITS)).unwrap_or(usize::MAX);
    a.limbs().len().saturating_sub(gone).saturating_add(1)
}

/// `out = a >> bits`, rounded down, so that `-1 >> n` stays -1. Needs [`shr_len`] limbs.
pub fn shr(out: &mut [Limb], a: Int, bits: u64) -> Result<Made, Error> {
    let (len, lost) = mag::shr(out, a.limbs(), bits)?;
    if !(a.is_negative() && lost) {
        return Ok(Made::new(a.is_negative(), len));
    }
    let out = out.get_mut(..len + 1).ok_or(Error::Space)?;
    if let Some(top) = out.last_mut() {
        *top = 0;
    }
    mag::increment(out);
    Ok(Made::new(true, mag::len(out)))
}
