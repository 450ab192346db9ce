//! Numbers that look random, the same for the same seed (splitmix64).

/// A sequence.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Random(seed)
    }

    pub(crate) fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub(crate) fn word(&mut self) -> u32 {
        self.bits() as u32
    }

    /// Below `limit`, which is not 0.
    pub(crate) fn below(&mut self, limit: u32) -> u32 {
        ((u64::from(self.word()) * u64::from(limit)) >> 32) as u32
    }

    /// Whether something of this chance in a hundred happens.
    pub(crate) fn percent(&mut self, chance: u32) -> bool {
        self.below(100) < chance
    }

    pub(crate) fn one_of<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len() as u32) as usize]
    }

    /// A word of the kinds at which arithmetic goes wrong.
    pub(crate) fn value(&mut self) -> u32 {
        let word = self.word();
        match self.below(8) {
            0 => word & 0xFF,
            1 => word | 0xFFFF_FF00,
            2 => 1 << (word & 31),
            3 => self.one_of(&[0, 1, u32::MAX, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF, 0xFFFF_8000, 0x7FFF]),
            4 => word >> (word & 31),
            _ => word,
        }
    }
}
