//! Virtual time: ticks of 1/2080 microsecond, and the clocks that are made of it.
//!
//! 2080 MHz is the least common multiple of the chip's clocks (26 MHz crystal, 52 MHz before the PLL is set up, 80 and
//! 160 MHz after), so that every cycle of each is a whole number of ticks and nothing is ever rounded. A 64-bit count
//! of ticks lasts 280 years.

/// A moment, or a span, of virtual time in ticks.
pub type Ticks = u64;

/// Ticks in a microsecond.
pub const TICKS_PER_US: Ticks = 2080;
/// Ticks in a millisecond.
pub const TICKS_PER_MS: Ticks = 1000 * TICKS_PER_US;
/// Ticks in a second.
pub const TICKS_PER_S: Ticks = 1000 * TICKS_PER_MS;

/// A span of `us` microseconds.
#[must_use]
pub const fn us(us: u64) -> Ticks {
    us.saturating_mul(TICKS_PER_US)
}

/// A span of `ms` milliseconds.
#[must_use]
pub const fn ms(ms: u64) -> Ticks {
    ms.saturating_mul(TICKS_PER_MS)
}

/// The chip's clocks, as the PLL's and DPORT's registers have set them.
///
/// Before the PLL is programmed the chip runs on twice its 26 MHz crystal; that is why the boot ROM speaks at 74880
/// baud when it means 115200.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clocks {
    /// Whether the PLL gives 80 MHz (registers 1 and 2 of block 0x67 on the internal bus).
    pub pll: bool,
    /// Whether the CPU runs at twice the bus clock (DPORT +0x14 bit 0).
    pub double: bool,
}

impl Clocks {
    /// Ticks in a cycle of the bus (APB) clock, by which all devices count.
    #[must_use]
    pub const fn apb(self) -> Ticks {
        if self.pll { 26 } else { 40 }
    }

    /// Ticks in a cycle of the CPU.
    #[must_use]
    pub const fn cpu(self) -> Ticks {
        if self.double { self.apb() / 2 } else { self.apb() }
    }

    /// The CPU's frequency in hertz.
    #[must_use]
    pub const fn cpu_hz(self) -> u64 {
        TICKS_PER_S / self.cpu()
    }
}

/// Relates the CPU's count of cycles to ticks; its origin moves when the CPU's frequency changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CpuTime {
    ticks: Ticks,
    cycles: u64,
    per_cycle: Ticks,
}

impl CpuTime {
    /// From cycle `cycles` at `ticks` on, a cycle takes `per_cycle` ticks.
    #[must_use]
    pub const fn new(ticks: Ticks, cycles: u64, per_cycle: Ticks) -> Self {
        CpuTime { ticks, cycles, per_cycle: if per_cycle == 0 { 1 } else { per_cycle } }
    }

    /// The moment of a cycle.
    #[must_use]
    pub const fn ticks(&self, cycles: u64) -> Ticks {
        self.ticks.saturating_add(cycles.saturating_sub(self.cycles).saturating_mul(self.per_cycle))
    }

    /// The first cycle at or after a moment.
    #[must_use]
    pub const fn cycles(&self, ticks: Ticks) -> u64 {
        if ticks == u64::MAX {
            return u64::MAX;
        }
        self.cycles.saturating_add(ticks.saturating_sub(self.ticks).div_ceil(self.per_cycle))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_are_whole() {
        let hz = |pll, double| Clocks { pll, double }.cpu_hz();
        assert_eq!([hz(false, false), hz(true, false), hz(true, true)], [52_000_000, 80_000_000, 160_000_000]);
        assert_eq!(TICKS_PER_S % 26_000_000, 0);
    }

    #[test]
    fn cycles_and_back() {
        let time = CpuTime::new(1000, 10, 13);
        assert_eq!(time.ticks(12), 1026);
        assert_eq!(time.cycles(1026), 12);
        assert_eq!(time.cycles(1027), 13);
        assert_eq!(time.cycles(0), 10);
        assert_eq!(time.cycles(u64::MAX), u64::MAX);
    }
}
