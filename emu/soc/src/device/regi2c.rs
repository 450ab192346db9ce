//! The masters of the internal bus behind which the analog blocks have their registers: the PLL, the RF, the ADC's mux.
//!
//! Facts: the ROM's `rom_i2c_writeReg` and `rom_i2c_readReg`; the PLL's values from published start-up code without the
//! SDK; that block 0x62 register 7 reads 0xFF when its PLL has locked, from booting vendor images.
//!
//! The surprising fact: this is how the chip comes from 52 to 80 MHz. Until block 0x67 has its two values, every baud
//! rate is off by 26/40.

use alloc::collections::BTreeMap;

use super::{Device, Latches};
use crate::sys::Sys;

const WRITE: u32 = 1 << 24;
const PLL_BLOCK: u8 = 0x67;
const PLL_HOST: u8 = 4;

/// The masters.
#[derive(Debug, Clone)]
pub struct RegI2c {
    latches: Latches,
    blocks: BTreeMap<(u8, u8, u8), u8>,
}

impl RegI2c {
    /// Nothing set.
    #[must_use]
    pub fn new() -> Self {
        RegI2c { latches: Latches::new(0x40), blocks: BTreeMap::new() }
    }

    /// A register of an analog block.
    #[must_use]
    pub fn get(&self, host: u8, block: u8, register: u8) -> u8 {
        match (block, register) {
            (0x62, 7) => 0xFF,
            _ => self.blocks.get(&(host, block, register)).copied().unwrap_or(0),
        }
    }

    /// Whether the audio clock of I2S runs (block 0x67 register 4 bit 7).
    #[must_use]
    pub fn audio_clock(&self) -> bool {
        self.get(PLL_HOST, PLL_BLOCK, 4) & 0x80 != 0
    }

    /// Whether both of the PLL's registers hold values for one of the crystals.
    fn pll(&self) -> bool {
        let (one, two) = (self.get(PLL_HOST, PLL_BLOCK, 1), self.get(PLL_HOST, PLL_BLOCK, 2));
        matches!((one, two), (0x88, 0x91 | 0x71 | 0xA1) | (0x08, 0x81))
    }
}

impl Default for RegI2c {
    fn default() -> Self {
        RegI2c::new()
    }
}

impl Device for RegI2c {
    fn read(&mut self, offset: u32, _sys: &mut Sys) -> u32 {
        self.latches.get(offset)
    }

    fn write(&mut self, offset: u32, value: u32, sys: &mut Sys) {
        let [block, register, data, _] = value.to_le_bytes();
        let host = (offset / 4) as u8;
        if value & WRITE != 0 {
            // Hosts, blocks and registers are bytes: the map is bounded by what a program can name, and by this.
            if self.blocks.len() < 4096 || self.blocks.contains_key(&(host, block, register)) {
                self.blocks.insert((host, block, register), data);
            }
            sys.clocks.pll = self.pll();
            self.latches.set(offset, value & !(1 << 25));
        } else {
            let answer = self.get(host, block, register);
            self.latches.set(offset, value & 0xFFFF | u32::from(answer) << 16);
        }
    }

    fn knows(&self, offset: u32) -> bool {
        offset < 0x40
    }

    fn reset(&mut self, sys: &mut Sys) {
        *self = RegI2c::new();
        sys.clocks.pll = false;
    }
}
