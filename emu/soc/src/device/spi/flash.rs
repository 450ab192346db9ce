//! SPI0: the flash controller, with its ready-made commands and the user command, on the flash chip.
//!
//! A command takes the time of its clocks, and is done on the chip when they are over; erasing and programming then go
//! on in the chip, which the program asks about with the status command.
//! Facts: the ROM's use of the registers (0x400040C0 to 0x40004B44): command bits, the packing of address and length.

use super::{ADDR, CMD, CTRL, Registers, STATUS, USR};
use crate::device::Device;
use crate::findings::Kind;
use crate::irq::Source;
use crate::schedule::Event;
use crate::sys::Sys;

const TWO_BYTE_STATUS: u32 = 1 << 22;

/// The flash controller.
#[derive(Debug, Clone)]
pub struct FlashController {
    registers: Registers,
}

impl FlashController {
    /// As reset leaves it.
    #[must_use]
    pub fn new() -> Self {
        FlashController { registers: Registers::new() }
    }

    fn run(&mut self, sys: &mut Sys) {
        let command = self.registers.0.get(CMD);
        let address = self.registers.0.get(ADDR);
        let place = [(address >> 16) as u8, (address >> 8) as u8, address as u8];
        let length = (address >> 24).min(64);
        let at = |code: u8| [code, place[0], place[1], place[2]];
        match 31 - command.leading_zeros().min(31) {
            31 => {
                let data = talk(sys, &at(0x03), length);
                self.take_in(&data);
            }
            30 => drop(talk(sys, &[0x06], 0)),
            29 => drop(talk(sys, &[0x04], 0)),
            28 => {
                let data = talk(sys, &[0x9F], 3);
                self.registers.0.set(super::W0, 0);
                self.take_in(&data);
            }
            27 => {
                let low = talk(sys, &[0x05], 1).first().copied().unwrap_or(0xFF);
                let two = self.registers.0.get(CTRL) & TWO_BYTE_STATUS != 0;
                let high = if two { talk(sys, &[0x35], 1).first().copied().unwrap_or(0xFF) } else { 0 };
                self.registers.0.set(STATUS, u32::from(low) | u32::from(high) << 8);
            }
            26 => {
                let value = self.registers.0.get(STATUS);
                let bytes = [0x01, value as u8, (value >> 8) as u8];
                let two = self.registers.0.get(CTRL) & TWO_BYTE_STATUS != 0;
                talk(sys, if two { &bytes } else { &bytes[..2] }, 0);
            }
            25 => {
                let mut bytes = at(0x02).to_vec();
                bytes.extend((0..length).map(|n| self.registers.byte(n)));
                talk(sys, &bytes, 0);
            }
            24 => drop(talk(sys, &at(0x20), 0)),
            23 => drop(talk(sys, &at(0xD8), 0)),
            22 => drop(talk(sys, &[0x60], 0)),
            21 => drop(talk(sys, &[0xB9], 0)),
            20 => drop(talk(sys, &[0xAB], 0)),
            18 => self.user(sys),
            _ => {}
        }
    }

    fn take_in(&mut self, data: &[u8]) {
        for (n, byte) in (0u32..).zip(data) {
            self.registers.set_byte(n, *byte);
        }
    }

    /// A user command, in whole bytes, as the chip hears it: what is left of a byte in the end is not heard.
    fn user(&mut self, sys: &mut Sys) {
        let phases = self.registers.phases();
        sys.flash.select();
        let (mut byte, mut count) = (0u8, 0);
        let mut places = [None; 8];
        for n in 0..phases.total() {
            let bit = self.registers.bit(phases, n);
            byte = byte << 1 | u8::from(bit.out.unwrap_or(true));
            places[count] = bit.into;
            count += 1;
            if count == 8 {
                let answer = sys.flash.exchange(byte, sys.now);
                for (i, place) in places.iter().enumerate() {
                    if let Some(place) = place {
                        self.registers.store(*place, answer >> (7 - i) & 1 != 0);
                    }
                }
                count = 0;
            }
        }
        sys.flash.deselect(sys.now);
    }

    fn clocks(&self, command: u32) -> u64 {
        if command & USR != 0 {
            return u64::from(self.registers.phases().total());
        }
        let length = u64::from((self.registers.0.get(ADDR) >> 24).min(64));
        match 31 - command.leading_zeros().min(31) {
            31 | 25 => 32 + 8 * length,
            28 => 32,
            23 | 24 => 32,
            26 | 27 => 16,
            _ => 8,
        }
    }
}

impl Default for FlashController {
    fn default() -> Self {
        FlashController::new()
    }
}

/// One command of the chip: bytes out, then so many in.
fn talk(sys: &mut Sys, out: &[u8], into: u32) -> alloc::vec::Vec<u8> {
    sys.flash.select();
    for byte in out {
        sys.flash.exchange(*byte, sys.now);
    }
    let data = (0..into).map(|_| sys.flash.exchange(0xFF, sys.now)).collect();
    sys.flash.deselect(sys.now);
    data
}

impl Device for FlashController {
    fn read(&mut self, offset: u32, _sys: &mut Sys) -> u32 {
        self.registers.0.get(offset)
    }

    fn write(&mut self, offset: u32, value: u32, sys: &mut Sys) {
        if offset != CMD {
            self.registers.0.set(offset, value);
            sys.irq.set(Source::Spi0, self.registers.calls());
            return;
        }
        if self.registers.0.get(CMD) != 0 || value == 0 {
            return;
        }
        if value.count_ones() > 1 {
            sys.find(Kind::FlashCommand, value);
        }
        self.registers.0.set(CMD, value);
        let takes = self.clocks(value) * self.registers.clock(sys);
        sys.schedule.set(Event::Spi0Done, sys.now + takes);
    }

    fn knows(&self, offset: u32) -> bool {
        Registers::knows(offset)
    }

    fn event(&mut self, event: Event, sys: &mut Sys) {
        if event == Event::FlashReady {
            sys.memory.window.busy = false;
            return;
        }
        let generation = sys.flash.generation();
        self.run(sys);
        if sys.flash.is_busy(sys.now) {
            sys.schedule.set(Event::FlashReady, sys.flash.busy_until());
            sys.memory.window.busy = true;
        }
        if sys.flash.generation() != generation {
            sys.window_changed = true;
            sys.stop = true;
        }
        if sys.flash.is_cut() {
            sys.stop = true;
        }
        let calls = self.registers.done();
        sys.irq.set(Source::Spi0, calls);
    }

    fn reset(&mut self, sys: &mut Sys) {
        self.registers = Registers::new();
        sys.irq.set(Source::Spi0, false);
    }
}
