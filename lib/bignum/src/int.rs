//! The signed number as callers hand it over, and what comes back.

use core::cmp::Ordering;

use crate::limb::wide;
use crate::{LIMB_BITS, LIMB_BYTES, Limb, mag};

/// A borrowed integer: sign and magnitude. Its limbs have no high zeros, and zero is not negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Int<'a> {
    negative: bool,
    limbs: &'a [Limb],
}

/// What an operation left in the output slice: `out[..len]` is the magnitude, without high zeros.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Made {
    /// The result is below zero. Never set when `len` is 0.
    pub negative: bool,
    /// Limbs of the output in use.
    pub len: usize,
}

impl Made {
    #[inline]
    pub(crate) fn new(negative: bool, len: usize) -> Made {
        Made { negative: negative && len != 0, len }
    }

    /// The result as an operand, given the slice it was written to.
    pub fn of(self, out: &[Limb]) -> Int<'_> {
        Int::new(self.negative, out.get(..self.len).unwrap_or(out))
    }
}

impl<'a> Int<'a> {
    /// Zero.
    pub const ZERO: Int<'static> = Int { negative: false, limbs: &[] };

    /// The integer with this sign and magnitude; high zero limbs are dropped.
    #[inline]
    pub fn new(negative: bool, limbs: &'a [Limb]) -> Self {
        let limbs = mag::trim(limbs);
        Int { negative: negative && !limbs.is_empty(), limbs }
    }

    /// Below zero.
    #[inline]
    pub fn is_negative(self) -> bool {
        self.negative
    }

    /// Equal to zero.
    #[inline]
    pub fn is_zero(self) -> bool {
        self.limbs.is_empty()
    }

    /// Not a multiple of two.
    pub fn is_odd(self) -> bool {
        self.limbs.first().is_some_and(|low| low & 1 == 1)
    }

    /// The magnitude, little-endian, without high zeros.
    #[inline]
    pub fn limbs(self) -> &'a [Limb] {
        self.limbs
    }

    /// The number with its sign turned.
    #[must_use]
    pub fn negated(self) -> Self {
        Int::new(!self.negative, self.limbs)
    }

    /// The number without its sign.
    #[must_use]
    pub fn abs(self) -> Self {
        Int::new(false, self.limbs)
    }

    /// Bits of the magnitude (Python's `int.bit_length`).
    pub fn bit_len(self) -> u64 {
        mag::bit_len(self.limbs)
    }

    /// The value, if it fits.
    pub fn to_i64(self) -> Option<i64> {
        let magnitude = low_u64(self.limbs);
        if self.bit_len() > 64 {
            None
        } else if self.negative {
            0i64.checked_sub_unsigned(magnitude)
        } else {
            i64::try_from(magnitude).ok()
        }
    }

    /// The value, if it fits.
    pub fn to_u64(self) -> Option<u64> {
        (!self.negative && self.bit_len() <= 64).then(|| low_u64(self.limbs))
    }

    /// The value, if it fits.
    pub fn to_isize(self) -> Option<isize> {
        self.to_i64().and_then(|x| isize::try_from(x).ok())
    }

    /// The value, if it fits.
    pub fn to_usize(self) -> Option<usize> {
        self.to_u64().and_then(|x| usize::try_from(x).ok())
    }

    /// The low 64 bits of the number in two's complement: for hashes, masks and `struct.pack`.
    pub fn wrapping_u64(self) -> u64 {
        let magnitude = low_u64(self.limbs);
        if self.negative { magnitude.wrapping_neg() } else { magnitude }
    }
}

impl Ord for Int<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.negative, other.negative) {
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
            (false, false) => mag::cmp(self.limbs, other.limbs),
            (true, true) => mag::cmp(other.limbs, self.limbs),
        }
    }
}

impl PartialOrd for Int<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

fn low_u64(limbs: &[Limb]) -> u64 {
    limbs.iter().take(SMALL_LIMBS).enumerate().fold(0, |x, (i, &limb)| x | wide(limb) << (i as u32 * LIMB_BITS))
}

/// Limbs of a 64-bit magnitude.
pub const SMALL_LIMBS: usize = 8 / LIMB_BYTES;

/// A machine integer laid out as limbs, to be used as an operand: `Small::from(x).int()`.
#[derive(Clone, Copy, Debug)]
pub struct Small {
    negative: bool,
    limbs: [Limb; SMALL_LIMBS],
}

impl Small {
    /// The operand. It borrows from `self`.
    #[inline]
    pub fn int(&self) -> Int<'_> {
        Int::new(self.negative, &self.limbs)
    }

    fn new(negative: bool, magnitude: u64) -> Small {
        let mut limbs = [0; SMALL_LIMBS];
        for (i, limb) in limbs.iter_mut().enumerate() {
            *limb = (magnitude >> (i as u32 * LIMB_BITS)) as Limb;
        }
        Small { negative, limbs }
    }
}

impl From<i64> for Small {
    fn from(x: i64) -> Small {
        Small::new(x < 0, x.unsigned_abs())
    }
}

impl From<u64> for Small {
    fn from(x: u64) -> Small {
        Small::new(false, x)
    }
}

impl From<isize> for Small {
    fn from(x: isize) -> Small {
        Small::from(x as i64)
    }
}
