//! SPI1, called HSPI: a master whose clocks and data appear on the pads, edge by edge.
//!
//! A command is stepped a byte at a time by the machine ([`crate::soc`]), since what comes in depends on parts that
//! answer to each edge. Slave mode is not modelled.

use super::{Bit, CMD, PIN, Phases, Registers, USER, USR};
use crate::device::Device;
use crate::irq::Source;
use crate::pads::Signal;
use crate::schedule::Event;
use crate::sys::Sys;
use crate::time::Ticks;

/// HSPI.
#[derive(Debug, Clone)]
pub struct Hspi {
    registers: Registers,
    phases: Phases,
    at: u32,
}

impl Hspi {
    /// As reset leaves it.
    #[must_use]
    pub fn new() -> Self {
        Hspi { registers: Registers::new(), phases: Phases::default(), at: 0 }
    }

    /// Whether the clock rests high.
    pub(crate) fn polarity(&self) -> bool {
        self.registers.0.get(PIN) >> 29 & 1 != 0
    }

    /// Whether data is taken at the second edge of each clock.
    pub(crate) fn phase(&self) -> bool {
        (self.registers.0.get(USER) >> 7 & 1 != 0) != self.polarity()
    }

    /// Half a clock.
    pub(crate) fn half(&self, sys: &Sys) -> Ticks {
        self.registers.clock(sys) / 2
    }

    /// What the next clock does, if there is one.
    pub(crate) fn next_bit(&mut self) -> Option<Bit> {
        if self.at >= self.phases.total() {
            return None;
        }
        let bit = self.registers.bit(self.phases, self.at);
        self.at += 1;
        Some(bit)
    }

    /// A bit of input.
    pub(crate) fn store(&mut self, at: u32, level: bool) {
        self.registers.store(at, level);
    }

    /// How many clocks are left.
    pub(crate) fn left(&self) -> u32 {
        self.phases.total().saturating_sub(self.at)
    }

    /// The command is over.
    pub(crate) fn finish(&mut self, sys: &mut Sys) {
        sys.pads.signal(Signal::HspiCs, Some(true), sys.now);
        let calls = self.registers.done();
        sys.irq.set(Source::Spi1, calls);
    }

    fn rest(&self, sys: &mut Sys) {
        let idle = self.polarity();
        sys.pads.signal(Signal::HspiClk, Some(idle), sys.now);
        sys.pads.signal(Signal::HspiCs, Some(true), sys.now);
    }
}

impl Default for Hspi {
    fn default() -> Self {
        Hspi::new()
    }
}

impl Device for Hspi {
    fn read(&mut self, offset: u32, _sys: &mut Sys) -> u32 {
        self.registers.0.get(offset)
    }

    fn write(&mut self, offset: u32, value: u32, sys: &mut Sys) {
        if offset != CMD {
            self.registers.0.set(offset, value);
            sys.irq.set(Source::Spi1, self.registers.calls());
            if offset == PIN && self.registers.0.get(CMD) == 0 {
                self.rest(sys);
            }
            return;
        }
        if self.registers.0.get(CMD) != 0 || value & USR == 0 {
            return;
        }
        self.registers.0.set(CMD, value & USR);
        self.phases = self.registers.phases();
        self.at = 0;
        if self.registers.0.get(PIN) & 1 == 0 {
            sys.pads.signal(Signal::HspiCs, Some(false), sys.now);
        }
        let clocks = u64::from(self.phases.total().min(8));
        let takes = clocks * 2 * self.half(sys);
        sys.schedule.set(Event::Spi1Step, sys.now + takes);
    }

    fn knows(&self, offset: u32) -> bool {
        Registers::knows(offset)
    }

    fn reset(&mut self, sys: &mut Sys) {
        *self = Hspi::new();
        sys.irq.set(Source::Spi1, false);
        self.rest(sys);
    }
}
