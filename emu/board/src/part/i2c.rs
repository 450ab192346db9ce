//! A device on an I2C bus: start, address, acknowledge, bytes either way, stop. What the bytes mean is the device's.
//!
//! The chip has no I2C hardware: the program makes the edges itself, so this works on edges alone. Data changes while
//! the clock is low; a change while it is high is a start or a stop. Facts: NXP UM10204.

use krait_soc::Wires;
use krait_soc::pads::{Change, Drive, PadChange};
use krait_soc::time::Ticks;

/// What a device makes of the bytes.
pub trait Device {
    /// It is addressed; false says no.
    fn start(&mut self, reads: bool, now: Ticks) -> bool;
    /// A byte to it; false does not acknowledge.
    fn write(&mut self, byte: u8, now: Ticks) -> bool;
    /// A byte from it.
    fn read(&mut self) -> u8;
    /// The host lets go of the bus.
    fn stop(&mut self, _now: Ticks) {}
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Idle,
    Address,
    Write,
    Read,
}

/// The wires' side of a device.
#[derive(Debug, Clone)]
pub struct Target {
    sda: usize,
    scl: usize,
    address: u8,
    phase: Phase,
    byte: u8,
    bits: u8,
    levels: (bool, bool),
    addressed: bool,
}

impl Target {
    /// At two pins, with an address of seven bits.
    #[must_use]
    pub fn new(sda: usize, scl: usize, address: u8) -> Self {
        Target { sda, scl, address, phase: Phase::Idle, byte: 0, bits: 0, levels: (true, true), addressed: false }
    }

    /// Watches the bus, and pulls it up as every module does.
    pub fn attach(&mut self, wires: &mut Wires<'_>) {
        for pin in [self.sda, self.scl] {
            wires.watch(pin);
            wires.drive(pin, Drive::PullUp);
        }
        self.levels = (wires.level(self.sda), wires.level(self.scl));
    }

    /// Takes a change of either line.
    pub fn change(&mut self, change: PadChange, device: &mut dyn Device, wires: &mut Wires<'_>) {
        let Change::Level(level) = change.what else { return };
        let pad = usize::from(change.pad);
        if pad == self.sda && level != self.levels.0 {
            self.levels.0 = level;
            if self.levels.1 {
                self.condition(level, device, change.time);
            }
        } else if pad == self.scl && level != self.levels.1 {
            self.levels.1 = level;
            if self.phase != Phase::Idle {
                if level { self.rise(device, change.time) } else { self.fall(device, wires, change.time) }
            }
        }
    }

    fn condition(&mut self, stop: bool, device: &mut dyn Device, now: Ticks) {
        if stop {
            if self.addressed {
                device.stop(now);
            }
            self.phase = Phase::Idle;
            self.addressed = false;
        } else {
            self.phase = Phase::Address;
            (self.byte, self.bits) = (0, 0);
        }
    }

    /// Data is taken when the clock rises.
    fn rise(&mut self, _device: &mut dyn Device, _now: Ticks) {
        if self.phase == Phase::Read {
            if self.bits == 9 && self.levels.0 {
                // The host does not acknowledge: it wants no more.
                self.phase = Phase::Idle;
            }
        } else if self.bits >= 1 && self.bits <= 8 {
            self.byte = self.byte << 1 | u8::from(self.levels.0);
        }
    }

    /// Data is put when the clock has fallen. Clocks are counted here: the fall after the start is number 0.
    fn fall(&mut self, device: &mut dyn Device, wires: &mut Wires<'_>, now: Ticks) {
        self.bits += 1;
        let mut low = false;
        match (self.phase, self.bits) {
            (Phase::Address, 9) => {
                let reads = self.byte & 1 != 0;
                low = self.byte >> 1 == self.address && device.start(reads, now);
                self.addressed = low;
                // The acknowledge belongs to the phase that it begins.
                self.phase = match (low, reads) {
                    (false, _) => Phase::Idle,
                    (true, false) => Phase::Write,
                    (true, true) => Phase::Read,
                };
                self.bits = 9;
                if self.phase == Phase::Idle {
                    wires.drive_at(self.sda, Drive::PullUp, now);
                    return;
                }
            }
            (Phase::Write, 9) => low = device.write(self.byte, now),
            (Phase::Write | Phase::Address, 10) => {
                self.byte = 0;
                self.bits = 1;
            }
            (Phase::Read, 10) => {
                self.byte = device.read();
                self.bits = 1;
                low = self.byte & 0x80 == 0;
            }
            (Phase::Read, 2..=8) => low = self.byte >> (8 - self.bits) & 1 == 0,
            _ => {}
        }
        wires.drive_at(self.sda, if low { Drive::Low } else { Drive::PullUp }, now);
    }
}
