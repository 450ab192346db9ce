//! The devices, one file each, behind one trait.
//!
//! A device sees offsets from its block's base, divisible by four, and the shared [`Sys`]; what it wants to happen later
//! it puts into the schedule. Registers that are latches and nothing else are kept in a [`Latches`].

pub mod adc;
pub mod dport;
pub mod frc;
pub mod gpio;
pub mod i2s;
pub mod io_mux;
pub mod other;
pub mod regi2c;
pub mod rtc;
pub mod slc;
pub mod spi;
pub mod uart;
pub mod watchdog;

use alloc::vec;
use alloc::vec::Vec;

use crate::schedule::Event;
use crate::sys::Sys;

/// A block of registers.
pub trait Device {
    /// Reads the register at `offset`.
    fn read(&mut self, offset: u32, sys: &mut Sys) -> u32;

    /// Writes the register at `offset`.
    fn write(&mut self, offset: u32, value: u32, sys: &mut Sys);

    /// Whether there is such a register; writes to others are findings.
    fn knows(&self, offset: u32) -> bool;

    /// Something that the device waited for has happened; `sys.now` is its moment.
    fn event(&mut self, _event: Event, _sys: &mut Sys) {}

    /// The chip was reset.
    fn reset(&mut self, sys: &mut Sys);
}

/// Registers that remember what was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Latches(Vec<u32>);

impl Latches {
    /// For a block of `bytes` bytes; all zero.
    #[must_use]
    pub fn new(bytes: u32) -> Self {
        Latches(vec![0; bytes.div_ceil(4) as usize])
    }

    /// What was written last; 0 beyond the block.
    #[must_use]
    pub fn get(&self, offset: u32) -> u32 {
        self.0.get((offset / 4) as usize).copied().unwrap_or(0)
    }

    /// Remembers; nothing beyond the block.
    pub fn set(&mut self, offset: u32, value: u32) {
        if let Some(slot) = self.0.get_mut((offset / 4) as usize) {
            *slot = value;
        }
    }

    /// Everything zero again.
    pub fn clear(&mut self) {
        self.0.fill(0);
    }
}

/// The bits `low..=high` of a word.
#[must_use]
pub(crate) const fn field(word: u32, high: u32, low: u32) -> u32 {
    (word >> low) & (u32::MAX >> (31 - (high - low)))
}
