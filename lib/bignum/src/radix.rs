//! Bases of text: how many digits make a limb.

use crate::limb::wide;
use crate::{Error, LIMB_BITS, Limb};

/// A base with its chunk: the most digits whose every value fits one limb.
#[derive(Clone, Copy)]
pub(crate) struct Radix {
    pub(crate) base: Limb,
    /// Digits of a chunk.
    pub(crate) digits: usize,
    /// `base ** digits`; meaningless for powers of two that fill the limb.
    pub(crate) chunk: Limb,
    /// For a base that is a power of two, its exponent.
    pub(crate) shift: Option<u32>,
}

impl Radix {
    pub(crate) fn new(base: u32) -> Result<Radix, Error> {
        if !(2..=36).contains(&base) {
            return Err(Error::Base);
        }
        let base = Limb::from(base as u8);
        let (mut digits, mut chunk) = (1, base);
        while let Some(next) = chunk.checked_mul(base) {
            chunk = next;
            digits += 1;
        }
        let shift = base.is_power_of_two().then(|| base.trailing_zeros());
        Ok(Radix { base, digits, chunk, shift })
    }

    /// No fewer digits than a magnitude of so many bits can have; at least 1.
    pub(crate) fn digits_of(&self, bits: u64) -> usize {
        let digits = match self.shift {
            Some(shift) => bits.div_ceil(u64::from(shift)),
            None => {
                // A chunk of `digits` stands for at least this many 1/32 bits.
                let chunk_bits = log2_down(self.chunk);
                let chunks = bits.saturating_mul(32).div_ceil(chunk_bits);
                chunks.saturating_mul(self.digits as u64)
            }
        };
        usize::try_from(digits).unwrap_or(usize::MAX).max(1)
    }
}

/// `floor(32 * log2(x))` for `x >= 1`, or a little less.
fn log2_down(x: Limb) -> u64 {
    let whole = x.ilog2();
    // The fraction bit by bit: square a number in 1..2, halve it when it reaches 2.
    let mut m = wide(x) << (63 - whole) >> 32;
    let mut log = u64::from(whole);
    for _ in 0..5 {
        m = (m * m) >> 31;
        log *= 2;
        if m >> 32 != 0 {
            m >>= 1;
            log += 1;
        }
    }
    log
}

/// Bits per [`LIMB_BITS`] that a chunk does not fill are lost to padding, at most some 8 in 100.
const _: () = assert!(LIMB_BITS >= 32);
