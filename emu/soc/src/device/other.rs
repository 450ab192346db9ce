//! Everything that is not a device of its own: the Wi-Fi MAC's and the RF's registers, which remember what is written,
//! and the few among them that answer.
//!
//! Facts: what vendor images poll on their way up (found by booting them); MicroPython and Arduino for the generator of
//! random numbers at 0x3FF20E44; the free-running microsecond counter at 0x3FF20C00.
//!
//! The surprising fact: the Wi-Fi MAC's area takes narrow stores, and vendor code relies on it.

use alloc::collections::BTreeMap;

use super::Latches;
use crate::sys::Sys;
use crate::time::TICKS_PER_US;

/// The MAC's area.
pub const WDEV: u32 = 0x3FF2_0000;
/// Bytes of it.
pub const WDEV_BYTES: u32 = 0x2000;

const UART_STATUS: u32 = 0x20;
const MICROSECONDS: u32 = 0xC00;
const RANDOM: u32 = 0xE44;
/// The baseband's "ready".
const PHY_READY: u32 = 0x6000_057C;

/// Registers without a device.
#[derive(Debug, Clone)]
pub struct Other {
    wdev: Latches,
    rest: BTreeMap<u32, u32>,
}

impl Other {
    /// Nothing written.
    #[must_use]
    pub fn new() -> Self {
        Other { wdev: Latches::new(WDEV_BYTES), rest: BTreeMap::new() }
    }

    /// Reads the word at an address.
    pub fn read(&self, address: u32, sys: &mut Sys) -> u32 {
        let offset = address.wrapping_sub(WDEV);
        if offset < WDEV_BYTES {
            return match offset {
                UART_STATUS => sys.irq.uart_status(),
                MICROSECONDS => (sys.now / TICKS_PER_US) as u32,
                RANDOM => sys.rng.next() as u32,
                _ => self.wdev.get(offset),
            };
        }
        let value = self.rest.get(&address).copied().unwrap_or(0);
        if address == PHY_READY { value | 1 << 31 } else { value }
    }

    /// Writes the word at an address.
    pub fn write(&mut self, address: u32, value: u32) {
        let offset = address.wrapping_sub(WDEV);
        if offset < WDEV_BYTES {
            self.wdev.set(offset, value);
        } else if self.rest.len() < 0x1_0000 || self.rest.contains_key(&address) {
            self.rest.insert(address, value);
        }
    }

    /// Whether the register has a meaning here.
    #[must_use]
    pub fn knows(&self, address: u32) -> bool {
        let offset = address.wrapping_sub(WDEV);
        matches!(offset, UART_STATUS | MICROSECONDS | RANDOM) || address == PHY_READY
    }

    /// The chip was reset.
    pub fn reset(&mut self) {
        *self = Other::new();
    }
}

impl Default for Other {
    fn default() -> Self {
        Other::new()
    }
}
