//! What an allocator that rounds to granules costs: bytes asked for against bytes taken, under the test personality
//! `count`.
//!
//! The surprising fact: the same requests are also rounded the way of the allocator that Krait is compared with, so
//! that one run gives both figures.

use crate::heap::GRANULE;

/// Bytes in a block of the reference's heap on a 32-bit machine (`py/mpconfig.h`, four words).
const REFERENCE_BLOCK: usize = 16;

/// Sums over the allocations of a run; what grew in place counts with what it grew by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Blocks allocated.
    pub blocks: u64,
    /// Bytes that were asked for.
    pub requested: u64,
    /// Bytes of granules taken for them.
    pub rounded: u64,
    /// Bytes that the reference's heap would have taken for them.
    pub reference: u64,
}

impl Tally {
    /// A block of `bytes` bytes is new.
    pub(crate) fn allocated(&mut self, bytes: usize) {
        self.blocks += 1;
        self.add(0, bytes);
    }

    /// A block of `from` bytes holds `to` now.
    pub(crate) fn grew(&mut self, from: usize, to: usize) {
        self.add(from, to);
    }

    fn add(&mut self, from: usize, to: usize) {
        let rounded = |n: usize, unit: usize| n.next_multiple_of(unit);
        self.requested += to.saturating_sub(from) as u64;
        self.rounded += rounded(to, GRANULE).saturating_sub(rounded(from, GRANULE)) as u64;
        self.reference += rounded(to, REFERENCE_BLOCK).saturating_sub(rounded(from, REFERENCE_BLOCK)) as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums() {
        let mut t = Tally::default();
        t.allocated(GRANULE + 1);
        t.grew(GRANULE, 3 * GRANULE);
        assert_eq!((t.blocks, t.requested, t.rounded), (1, 3 * GRANULE as u64 + 1, 4 * GRANULE as u64));
        assert!(t.reference >= t.requested);
    }
}
