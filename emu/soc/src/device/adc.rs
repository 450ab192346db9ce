//! The ADC on TOUT, the ten-bit converter that MicroPython calls ADC(0), with its power-manager neighbours.
//!
//! Eight samples of 12 bits lie in the result registers, inverted: a reading is 0x800 minus the register.
//! Facts: the ROM's `rom_get_fm_sar_dout`, QEMU-endes's model, published drivers that read it without the SDK.
//!
//! The surprising fact: on silicon the range is compressed until the vendor's PHY code has calibrated it. The model is
//! the calibrated converter: 0 to 1 V give 0 to 1023 after the customary division.

use super::{Device, Latches, field};
use crate::schedule::Event;
use crate::sys::Sys;
use crate::time;

const CFG: u32 = 0x10;
const CFG1: u32 = 0x1C;
const RESULT: u32 = 0x40;
const RESULT_END: u32 = 0x60;

const START: u32 = 1 << 1;
const SELECT_VDD: u32 = 1 << 23;
const SELECT_TOUT: u32 = 1 << 21;
const BUSY: u32 = 1 << 24;

/// The block from 0x60000D40 on.
#[derive(Debug, Clone)]
pub struct Adc {
    latches: Latches,
    busy: bool,
}

impl Adc {
    /// As reset leaves it.
    #[must_use]
    pub fn new() -> Self {
        Adc { latches: Latches::new(0xC0), busy: false }
    }

    fn sample(&mut self, sys: &mut Sys) {
        let select = self.latches.get(CFG1);
        // TOUT: 1 V is full scale. The supply is measured a third as large.
        let mv = if select & SELECT_TOUT != 0 || select & SELECT_VDD == 0 { sys.tout_mv } else { sys.vdd_mv / 3 };
        let steps = (mv.min(1100) * 2047 / 1000).min(2047);
        for at in (RESULT..RESULT_END).step_by(4) {
            // One step of noise, of the seed's.
            let noise = (sys.rng.next() & 1) as u32;
            let value = (steps + noise).min(2047);
            self.latches.set(at, 0x800 - value);
        }
    }
}

impl Default for Adc {
    fn default() -> Self {
        Adc::new()
    }
}

impl Device for Adc {
    fn read(&mut self, offset: u32, _sys: &mut Sys) -> u32 {
        match offset {
            CFG => field(self.latches.get(CFG), 23, 0) | if self.busy { BUSY } else { 0 },
            // The power manager says that it is ready; the PHY's start waits for it.
            0x0C => self.latches.get(offset) | 1 << 24,
            _ => self.latches.get(offset),
        }
    }

    fn write(&mut self, offset: u32, value: u32, sys: &mut Sys) {
        let old = self.latches.get(offset);
        self.latches.set(offset, value);
        if offset == CFG && value & START != 0 && old & START == 0 {
            self.busy = true;
            sys.schedule.set(Event::Adc, sys.now + time::us(2) * u64::from(field(value, 4, 2) + 1));
        }
    }

    fn knows(&self, offset: u32) -> bool {
        matches!(offset, 0x00..=0x2C | RESULT..RESULT_END)
    }

    fn event(&mut self, _event: Event, sys: &mut Sys) {
        self.busy = false;
        self.sample(sys);
    }

    fn reset(&mut self, _sys: &mut Sys) {
        *self = Adc::new();
    }
}
