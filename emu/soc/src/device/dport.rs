//! DPORT: the flash cache, the CPU's clock, the gates of interrupts, swaps of pins; and the fuses beside it.
//!
//! Facts: the ROM's `Cache_Read_Enable` and `Cache_Read_Disable`; Arduino and esp-open-rtos headers; esptool and
//! QEMU-endes for the fuses.
//!
//! The surprising fact: the bit that says "upper megabyte" is bit 25; bit 24 means something else that also maps the
//! even megabyte.

use super::{Device, Latches, field};
use crate::sys::Sys;

const NMI: u32 = 0x00;
const EDGE_ENABLE: u32 = 0x04;
const CACHE: u32 = 0x0C;
const CLOCK: u32 = 0x14;
const SPI_STATUS: u32 = 0x20;
const CACHE_RAM: u32 = 0x24;
const IO_SWAP: u32 = 0x28;
const FUSES: u32 = 0x50;

const FLUSH: u32 = 1;
const FLUSHED: u32 = 2;
const CACHE_ON: u32 = 1 << 8;
const ODD_MEGABYTE: u32 = 1 << 25;

/// DPORT and the fuses.
#[derive(Debug, Clone)]
pub struct Dport {
    latches: Latches,
    fuses: [u32; 4],
}

impl Dport {
    /// A chip with this MAC address.
    #[must_use]
    pub fn new(mac: [u8; 6]) -> Self {
        Dport { latches: Latches::new(0x50), fuses: fuses(mac) }
    }

    /// DPORT +0x28: swaps of pins.
    #[must_use]
    pub fn swap(&self) -> u32 {
        self.latches.get(IO_SWAP)
    }

    /// DPORT +0x0C: maps the window by the register's bits.
    fn map(&self, sys: &mut Sys) {
        let cache = self.latches.get(CACHE);
        let old = sys.memory.window;
        let window = &mut sys.memory.window;
        window.enabled = cache & CACHE_ON != 0;
        window.base = field(cache, 18, 16) << 21 | if cache & ODD_MEGABYTE != 0 { 1 << 20 } else { 0 };
        // Bit 3 lends the upper block, bits 3 and 4 both.
        window.both_blocks = self.latches.get(CACHE_RAM) & 0x10 != 0;
        if *window != old {
            sys.window_changed = true;
            sys.stop = true;
        }
    }
}

/// The four words of fuses: MAC address, chip version 2, and an own OUI.
fn fuses(mac: [u8; 6]) -> [u32; 4] {
    let oui = u32::from_be_bytes([0, mac[0], mac[1], mac[2]]);
    let (kind, own) = match [mac[0], mac[1], mac[2]] {
        [0x18, 0xFE, 0x34] => (0, 0),
        [0xAC, 0xD0, 0x74] => (1, 0),
        _ => (0, oui),
    };
    let middle = u32::from(mac[3]) << 8 | u32::from(mac[4]);
    [u32::from(mac[5]) << 24, middle | kind << 16 | 2 << 24, 0, own]
}

impl Device for Dport {
    fn read(&mut self, offset: u32, sys: &mut Sys) -> u32 {
        match offset {
            NMI => sys.irq.nmi_select,
            EDGE_ENABLE => sys.irq.edge_enable,
            CACHE => {
                let cache = self.latches.get(CACHE);
                cache & !FLUSHED | if cache & FLUSH != 0 { FLUSHED } else { 0 }
            }
            CLOCK => u32::from(sys.clocks.double),
            SPI_STATUS => sys.irq.spi_status(),
            FUSES.. => self.fuses.get(((offset - FUSES) / 4) as usize).copied().unwrap_or(0),
            _ => self.latches.get(offset),
        }
    }

    fn write(&mut self, offset: u32, value: u32, sys: &mut Sys) {
        self.latches.set(offset, value);
        match offset {
            NMI => sys.irq.nmi_select = value,
            EDGE_ENABLE => sys.irq.edge_enable = value,
            CLOCK => sys.clocks.double = value & 1 != 0,
            CACHE | CACHE_RAM => self.map(sys),
            _ => {}
        }
    }

    fn knows(&self, offset: u32) -> bool {
        matches!(offset, 0x00..=0x2C | FUSES..=0x5C)
    }

    fn reset(&mut self, sys: &mut Sys) {
        self.latches.clear();
        sys.clocks.double = false;
        self.map(sys);
    }
}

#[cfg(test)]
mod tests {
    use super::fuses;

    #[test]
    fn addresses() {
        let [zero, one, _, three] = fuses([0x18, 0xFE, 0x34, 1, 2, 3]);
        assert_eq!((zero >> 24, one & 0xFF_FFFF, three), (3, 0x0102, 0));
        let [_, one, _, three] = fuses([0xAC, 0xD0, 0x74, 1, 2, 3]);
        assert_eq!((one & 0xFF_FFFF, three), (0x1_0102, 0));
        let [_, _, _, three] = fuses([0x5C, 0xCF, 0x7F, 1, 2, 3]);
        assert_eq!(three, 0x5C_CF7F);
    }
}
