//! The hash of a run: two runs that differ in any access to a device, or in when it happened, differ in it.

/// A hash that grows with the run: FNV-1a over words, with a final mixing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace(u64);

impl Default for Trace {
    fn default() -> Self {
        Trace(0xCBF2_9CE4_8422_2325)
    }
}

impl Trace {
    /// Takes in something that happened: a kind and a value.
    #[inline]
    pub fn mix(&mut self, kind: u64, value: u64) {
        self.0 = (self.0 ^ kind).wrapping_mul(0x0000_0100_0000_01B3).rotate_left(23);
        self.0 = (self.0 ^ value).wrapping_mul(0x0000_0100_0000_01B3).rotate_left(29);
    }

    /// The hash of all that was taken in.
    #[must_use]
    pub fn hash(&self) -> u64 {
        let mut h = self.0;
        h = (h ^ h >> 33).wrapping_mul(0xFF51_AFD7_ED55_8CCD);
        h ^ h >> 33
    }
}
