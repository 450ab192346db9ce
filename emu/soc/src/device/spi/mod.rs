//! The two serial-interface blocks: their registers, and what a "user" command of theirs puts on the wires.
//!
//! SPI0 belongs to the flash ([`flash`]), SPI1 is HSPI ([`hspi`]); the register block is the same.
//! Facts: the `esp8266` crate's SVD; MicroPython's `hspi.c` for clock polarity and phase; esptool for the alignment of
//! an address (its most significant bit is bit 31).
//!
//! The surprising fact: phase is not a register bit. CK_OUT_EDGE is phase exclusive-or polarity.

pub mod flash;
pub mod hspi;

use super::{Latches, field};
use crate::sys::Sys;
use crate::time::Ticks;

pub(crate) const CMD: u32 = 0x00;
pub(crate) const ADDR: u32 = 0x04;
pub(crate) const CTRL: u32 = 0x08;
pub(crate) const STATUS: u32 = 0x10;
pub(crate) const CLOCK: u32 = 0x18;
pub(crate) const USER: u32 = 0x1C;
pub(crate) const USER1: u32 = 0x20;
pub(crate) const USER2: u32 = 0x24;
pub(crate) const PIN: u32 = 0x2C;
pub(crate) const SLAVE: u32 = 0x30;
pub(crate) const W0: u32 = 0x40;

pub(crate) const USR: u32 = 1 << 18;
const DUPLEX: u32 = 1;
const TRANS_DONE: u32 = 1 << 4;
const TRANS_DONE_ENABLE: u32 = 1 << 9;

/// What happens in one clock of a user command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bit {
    /// What is put on the data-out wire, if anything.
    pub(crate) out: Option<bool>,
    /// The bit of the buffer where data-in goes, counted from W0's bit 0.
    pub(crate) into: Option<u32>,
}

/// The phases of a user command, in clocks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Phases {
    pub(crate) command: u32,
    pub(crate) address: u32,
    pub(crate) dummy: u32,
    pub(crate) out: u32,
    pub(crate) into: u32,
}

impl Phases {
    pub(crate) fn total(self) -> u32 {
        self.command + self.address + self.dummy + self.out + self.into
    }
}

/// The registers of a block.
#[derive(Debug, Clone)]
pub(crate) struct Registers(pub(crate) Latches);

impl Registers {
    pub(crate) fn new() -> Self {
        let mut latches = Latches::new(0x100);
        // As reset leaves them: command phase on, a slow clock, 8-bit command.
        latches.set(USER, 0x8000_0040);
        latches.set(USER1, 0x5C00_0000);
        latches.set(USER2, 0x7000_0000);
        latches.set(CLOCK, 0x8000_3043);
        latches.set(PIN, 0x1E);
        latches.set(SLAVE, 0x0200);
        Registers(latches)
    }

    /// Ticks in a clock of the wires.
    pub(crate) fn clock(&self, sys: &Sys) -> Ticks {
        let clock = self.0.get(CLOCK);
        let divider = if clock >> 31 != 0 {
            1
        } else {
            u64::from(field(clock, 30, 18) + 1) * u64::from(field(clock, 17, 12) + 1)
        };
        divider * sys.clocks.apb()
    }

    pub(crate) fn phases(&self) -> Phases {
        let (user, one, two) = (self.0.get(USER), self.0.get(USER1), self.0.get(USER2));
        let on = |bit: u32, length: u32| if user >> bit & 1 != 0 { length + 1 } else { 0 };
        let out = on(27, field(one, 25, 17));
        Phases {
            command: on(31, field(two, 31, 28)),
            address: on(30, field(one, 31, 26)).min(32),
            dummy: on(29, field(one, 7, 0)),
            out: out.min(512),
            // In full duplex the input comes while the output goes.
            into: if user & DUPLEX != 0 { 0 } else { on(28, field(one, 16, 8)).min(512) },
        }
    }

    /// Clock number `n` of a user command.
    pub(crate) fn bit(&self, phases: Phases, n: u32) -> Bit {
        let (user, ctrl) = (self.0.get(USER), self.0.get(CTRL));
        let nothing = Bit { out: None, into: None };
        let mut n = n;
        if n < phases.command {
            // Low byte first, each byte from its top.
            let value = field(self.0.get(USER2), 15, 0);
            return Bit { out: Some(value >> (n / 8 * 8 + 7 - n % 8) & 1 != 0), ..nothing };
        }
        n -= phases.command;
        if n < phases.address {
            return Bit { out: Some(self.0.get(ADDR) >> (31 - n) & 1 != 0), ..nothing };
        }
        n -= phases.address;
        if n < phases.dummy {
            return nothing;
        }
        n -= phases.dummy;
        let input = |n: u32| place(n, user >> 10 & 1 != 0, ctrl >> 25 & 1 != 0, user >> 24 & 1 != 0);
        if n < phases.out {
            let at = place(n, user >> 11 & 1 != 0, ctrl >> 26 & 1 != 0, user >> 25 & 1 != 0);
            let level = self.0.get(W0 + at / 32 * 4) >> (at % 32) & 1 != 0;
            return Bit { out: Some(level), into: (user & DUPLEX != 0).then(|| input(n)) };
        }
        n -= phases.out;
        Bit { into: Some(input(n)), ..nothing }
    }

    /// Puts a bit of input where it belongs.
    pub(crate) fn store(&mut self, at: u32, level: bool) {
        let register = W0 + at / 32 * 4;
        let word = self.0.get(register);
        let mask = 1 << (at % 32);
        self.0.set(register, if level { word | mask } else { word & !mask });
    }

    /// A byte of the buffer, by number.
    pub(crate) fn byte(&self, n: u32) -> u8 {
        (self.0.get(W0 + n / 4 * 4) >> (n % 4 * 8)) as u8
    }

    pub(crate) fn set_byte(&mut self, n: u32, byte: u8) {
        let register = W0 + n / 4 * 4;
        let shift = n % 4 * 8;
        self.0.set(register, self.0.get(register) & !(0xFF << shift) | u32::from(byte) << shift);
    }

    /// Marks the end of a command; whether the interrupt is to be up.
    pub(crate) fn done(&mut self) -> bool {
        self.0.set(CMD, 0);
        self.0.set(SLAVE, self.0.get(SLAVE) | TRANS_DONE);
        self.calls()
    }

    /// Whether a finished command wants the interrupt.
    pub(crate) fn calls(&self) -> bool {
        let slave = self.0.get(SLAVE);
        slave & TRANS_DONE != 0 && slave & TRANS_DONE_ENABLE != 0
    }

    pub(crate) fn knows(offset: u32) -> bool {
        offset <= 0x7C || (0xF0..=0xFC).contains(&offset)
    }
}

/// Where bit `n` of the data lies in the buffer: bytes from the low or the high end of each word, bits of each byte
/// from the top unless `low_bit_first`, beginning at W8 if `high_part`.
fn place(n: u32, high_byte_first: bool, low_bit_first: bool, high_part: bool) -> u32 {
    let byte = n / 8 % 4;
    let byte = if high_byte_first { 3 - byte } else { byte };
    let bit = if low_bit_first { n % 8 } else { 7 - n % 8 };
    let word = n / 32 + if high_part { 8 } else { 0 };
    word % 16 * 32 + byte * 8 + bit
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places() {
        assert_eq!([0, 7, 8, 32].map(|n| place(n, false, false, false)), [7, 0, 15, 39]);
        assert_eq!([0, 7, 8].map(|n| place(n, true, false, false)), [31, 24, 23]);
        assert_eq!([0, 7].map(|n| place(n, false, true, true)), [256, 263]);
    }

    #[test]
    fn phases_of_an_identification() {
        let mut r = Registers::new();
        r.0.set(USER, 1 << 31 | 1 << 28);
        r.0.set(USER1, 23 << 8);
        r.0.set(USER2, 7 << 28 | 0x9F);
        let phases = r.phases();
        assert_eq!((phases.command, phases.into, phases.total()), (8, 24, 32));
        let sent = (0..8).fold(0, |v, n| v << 1 | u32::from(r.bit(phases, n).out == Some(true)));
        assert_eq!(sent, 0x9F);
        assert_eq!(r.bit(phases, 8).into, Some(7));
    }
}
