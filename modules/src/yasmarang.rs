//! Yasmarang, the reference's generator of pseudo-random numbers (by Ilya Levin, public domain).
//!
//! A seed gives the same numbers here as there, since programs keep tables made from one. It is no source of secrets.

/// The generator's state.
#[derive(Clone, Copy)]
pub(crate) struct Yasmarang {
    pad: u32,
    n: u32,
    d: u32,
    dat: u8,
}

impl Yasmarang {
    /// The generator that a seed begins.
    pub(crate) const fn new(seed: u32) -> Yasmarang {
        Yasmarang { pad: seed, n: 69, d: 233, dat: 0 }
    }

    /// The next 32 bits.
    pub(crate) fn next(&mut self) -> u32 {
        let sum = u32::from(self.dat).wrapping_add(self.d.wrapping_mul(self.n));
        self.pad = self.pad.wrapping_add(sum).rotate_left(3);
        self.n = self.pad | 2;
        self.d ^= self.pad.rotate_right(1);
        // The reference's one-byte operand is signed, but only its low byte stays.
        self.dat ^= (self.pad as u8) ^ ((self.d >> 8) as u8) ^ 1;
        self.pad ^ (self.d << 5) ^ (self.pad >> 18) ^ (u32::from(self.dat) << 1)
    }

    /// A number below `n`, each with the same probability; `n` is not 0.
    pub(crate) fn below(&mut self, n: u64) -> u64 {
        let mask = u64::MAX >> (n | 1).leading_zeros();
        loop {
            let low = u64::from(self.next());
            // Up to 32 bits one step is enough, and that is what the reference takes.
            let bits = if mask > u64::from(u32::MAX) { low << 32 | u64::from(self.next()) } else { low };
            if bits & mask < n {
                return bits & mask;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reference_gives_these() {
        let mut g = Yasmarang::new(1);
        assert_eq!([g.next(), g.next(), g.next()], [2002244, 1862853106, 2677483614]);
    }

    #[test]
    fn below_stays_below() {
        let mut g = Yasmarang::new(7);
        for n in [1, 2, 3, 255, 256, 257, u64::from(u32::MAX), 1 << 32, (1 << 33) + 1, u64::MAX] {
            for _ in 0..50 {
                assert!(g.below(n) < n);
            }
        }
    }
}
