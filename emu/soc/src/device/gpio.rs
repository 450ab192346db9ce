//! GPIO0 to GPIO15: output, input, open drain, interrupts by edge or level, the sigma-delta modulator, and the counter
//! that measures the RTC's clock.
//!
//! Facts: Arduino `esp8266_peri.h` and the SDKs' `eagle_soc.h` (PINn bits: source 0 is the data register, driver 1 is
//! open drain; the SVD's names say the reverse). Scale of the calibration value: what the vendor's formula makes of
//! it, as MicroPython and the SDKs use it: crystal cycles in an RTC cycle times 65536.
//!
//! The surprising fact: an interrupt by level comes back at once when it is cleared while the level still holds.

use super::{Device, Latches, field};
use crate::irq::Source;
use crate::schedule::Event;
use crate::sys::Sys;
use crate::time::Ticks;

const OUT: u32 = 0x00;
const OUT_SET: u32 = 0x04;
const OUT_CLEAR: u32 = 0x08;
const ENABLE: u32 = 0x0C;
const ENABLE_SET: u32 = 0x10;
const ENABLE_CLEAR: u32 = 0x14;
const IN: u32 = 0x18;
const STATUS: u32 = 0x1C;
const STATUS_SET: u32 = 0x20;
const STATUS_CLEAR: u32 = 0x24;
const PIN0: u32 = 0x28;
const SIGMA_DELTA: u32 = 0x68;
const CALIB_SYNC: u32 = 0x6C;
const CALIB_VALUE: u32 = 0x70;

const PINS: u32 = 16;
const ALL: u32 = 0xFFFF;
const MODULATOR_ON: u32 = 1 << 16;

/// The GPIO block.
#[derive(Debug, Clone)]
pub struct Gpio {
    out: u32,
    enable: u32,
    status: u32,
    strap: u32,
    modulator_since: Ticks,
    calibrated_at: Ticks,
    latches: Latches,
}

impl Gpio {
    /// All inputs.
    #[must_use]
    pub fn new() -> Self {
        Gpio {
            out: 0,
            enable: 0,
            status: 0,
            strap: 0,
            modulator_since: 0,
            calibrated_at: 0,
            latches: Latches::new(0x80),
        }
    }

    /// The strapping pins as sampled at reset: bit 0 GPIO2, bit 1 GPIO0, bit 2 GPIO15.
    #[must_use]
    pub fn strap(&self) -> u32 {
        self.strap
    }

    /// Samples the strapping pins.
    pub fn sample_strap(&mut self, sys: &Sys) {
        let bit = |pad| u32::from(sys.pads.level(pad));
        self.strap = bit(2) | bit(0) << 1 | bit(15) << 2;
    }

    /// A pad's level has changed.
    pub fn edge(&mut self, pad: u32, level: bool, sys: &mut Sys) {
        let fires = match self.kind(pad) {
            1 => level,
            2 => !level,
            3 => true,
            _ => false,
        };
        if fires {
            self.status |= 1 << pad;
        }
        self.update(sys);
    }

    /// Whether a pin that may wake the CPU from light sleep has the level to do it.
    #[must_use]
    pub fn wakes(&self, sys: &Sys) -> bool {
        (0..PINS).any(|pin| {
            let may = self.latches.get(PIN0 + 4 * pin) & 1 << 10 != 0;
            may && match self.kind(pin) {
                4 => !sys.pads.level(pin as usize),
                5 => sys.pads.level(pin as usize),
                _ => false,
            }
        })
    }

    fn kind(&self, pin: u32) -> u32 {
        if pin < PINS { field(self.latches.get(PIN0 + 4 * pin), 9, 7) } else { 0 }
    }

    fn update(&mut self, sys: &mut Sys) {
        for pin in 0..PINS {
            let level = sys.pads.level(pin as usize);
            if matches!((self.kind(pin), level), (4, false) | (5, true)) {
                self.status |= 1 << pin;
            }
        }
        sys.irq.set(Source::Gpio, self.status != 0);
    }

    fn apply(&mut self, changed: u32, sys: &mut Sys) {
        for pin in (0..PINS).filter(|pin| changed >> pin & 1 != 0) {
            sys.pads.gpio(pin as usize, self.out >> pin & 1 != 0, self.enable >> pin & 1 != 0, sys.now);
        }
        self.update(sys);
    }

    fn modulator_on(&self) -> bool {
        self.latches.get(SIGMA_DELTA) & MODULATOR_ON != 0
    }

    /// The modulator's output now: a first-order accumulator of eight bits, whose carry is the output.
    fn modulator_level(&self, sys: &Sys) -> bool {
        let register = self.latches.get(SIGMA_DELTA);
        let target = u64::from(field(register, 7, 0));
        let step = sys.clocks.apb() * u64::from(field(register, 15, 8) + 1);
        let n = sys.now.saturating_sub(self.modulator_since) / step % 256;
        (n + 1) * target / 256 != n * target / 256
    }

    fn input(&self, sys: &Sys) -> u32 {
        let modulated = if self.modulator_on() { sys.pads.modulated() & ALL } else { 0 };
        let levels = sys.pads.levels() & ALL & !modulated;
        levels | if modulated != 0 && self.modulator_level(sys) { modulated } else { 0 }
    }
}

impl Default for Gpio {
    fn default() -> Self {
        Gpio::new()
    }
}

/// What the RTC's cycle measures: crystal cycles times 65536.
fn calibration() -> u32 {
    ((super::rtc::TICK << 16) / (crate::time::TICKS_PER_US / 26)) as u32
}

impl Device for Gpio {
    fn read(&mut self, offset: u32, sys: &mut Sys) -> u32 {
        match offset {
            OUT => self.out,
            ENABLE => self.enable,
            IN => self.input(sys) | self.strap << 16,
            STATUS => self.status,
            CALIB_VALUE => {
                let periods = u64::from(field(self.latches.get(CALIB_SYNC), 9, 0)).max(1);
                let ready = sys.now >= self.calibrated_at + periods * super::rtc::TICK;
                calibration() | if ready { 3 << 30 } else { 0 }
            }
            _ => self.latches.get(offset),
        }
    }

    fn write(&mut self, offset: u32, value: u32, sys: &mut Sys) {
        match offset {
            OUT | OUT_SET | OUT_CLEAR => {
                let old = self.out;
                self.out = combine(old, value, offset - OUT, u32::MAX);
                self.apply((old ^ self.out) & ALL, sys);
            }
            ENABLE | ENABLE_SET | ENABLE_CLEAR => {
                let old = self.enable;
                self.enable = combine(old, value, offset - ENABLE, 0x3F_FFFF);
                self.apply((old ^ self.enable) & ALL, sys);
            }
            STATUS | STATUS_SET | STATUS_CLEAR => {
                self.status = combine(self.status, value, offset - STATUS, ALL);
                self.update(sys);
            }
            PIN0..SIGMA_DELTA => {
                self.latches.set(offset, value);
                let pin = (offset - PIN0) / 4;
                sys.pads.mode(pin as usize, value & 4 != 0, value & 1 != 0, sys.now);
                self.update(sys);
            }
            SIGMA_DELTA => {
                self.latches.set(offset, value);
                self.modulator_since = sys.now;
                let density = self.modulator_on().then_some(value as u8);
                sys.pads.modulate(density, sys.now);
            }
            CALIB_SYNC => {
                if value >> 31 != 0 && self.latches.get(offset) >> 31 == 0 {
                    self.calibrated_at = sys.now;
                }
                self.latches.set(offset, value);
            }
            _ => {}
        }
    }

    fn knows(&self, offset: u32) -> bool {
        offset <= CALIB_VALUE
    }

    fn event(&mut self, _event: Event, _sys: &mut Sys) {}

    fn reset(&mut self, sys: &mut Sys) {
        *self = Gpio { strap: self.strap, ..Gpio::new() };
        for pin in 0..PINS {
            sys.pads.mode(pin as usize, false, false, sys.now);
        }
        sys.irq.set(Source::Gpio, false);
    }
}

/// A register that is written whole (0), by bits to set (4), or by bits to clear (8).
fn combine(old: u32, value: u32, how: u32, mask: u32) -> u32 {
    match how {
        0 => value & mask,
        4 => old | value & mask,
        _ => old & !value,
    }
}
