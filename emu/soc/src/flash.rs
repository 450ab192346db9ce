//! The flash chip behind the flash controller: a serial NOR memory of the 25-series, spoken to byte by byte.
//!
//! A command takes effect when the chip is deselected, as on the real one; programming can only clear bits and wraps
//! within its page of 256 bytes; while the chip is busy it hears nothing but the status commands.
//! Facts: the common command set of the 25-series (Winbond W25Q16/32 data sheets).
//!
//! The surprising fact: the power can be cut at the Nth program or erase. That operation is then left half done, which
//! half being a matter of the seed; everything after it never happened.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec;
use alloc::vec::Vec;

use crate::rng::Rng;
use crate::time::{self, Ticks};

/// Bytes in a sector, the smallest piece that can be erased.
pub const SECTOR: usize = 4096;
/// Bytes in a page, within which programming wraps.
pub const PAGE: usize = 256;
/// The smallest chip.
pub const SIZE_MIN: usize = 512 << 10;
/// The largest chip.
pub const SIZE_MAX: usize = 16 << 20;

const BUSY: u8 = 1;
const WRITE_ENABLED: u8 = 2;

/// What the chip has done since it was made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FlashStats {
    /// Programs and erases, counted together: the number by which a power cut is told where to happen.
    pub operations: u64,
    /// Page programs.
    pub programs: u64,
    /// Bytes programmed.
    pub programmed_bytes: u64,
    /// Erases by sector number; an erase of a block counts for each of its sectors.
    pub erases: BTreeMap<u32, u32>,
    /// Bytes programmed where a bit would have had to be set, which only an erase can do.
    pub overwrites: u64,
    /// Commands that came while the chip was busy, or that wrote without write enable: the chip ignored them.
    pub ignored: u64,
}

/// Durations of what takes long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FlashTimes {
    /// A whole page.
    pub program: Ticks,
    /// A sector of 4 KB.
    pub sector: Ticks,
    /// A block of 32 KB.
    pub block32: Ticks,
    /// A block of 64 KB.
    pub block64: Ticks,
    /// Each megabyte of the whole chip.
    pub chip_mb: Ticks,
    /// The status registers.
    pub status: Ticks,
}

impl Default for FlashTimes {
    /// The typical times of a W25Q32.
    fn default() -> Self {
        FlashTimes {
            program: time::us(700),
            sector: time::ms(45),
            block32: time::ms(120),
            block64: time::ms(150),
            chip_mb: time::ms(2500),
            status: time::ms(10),
        }
    }
}

/// The command that is being heard.
#[derive(Debug, Clone, Default)]
struct Heard {
    bytes: Vec<u8>,
    count: usize,
    code: u8,
    address: usize,
}

/// A serial flash memory.
#[derive(Debug, Clone)]
pub struct FlashChip {
    bytes: Vec<u8>,
    unique: [u8; 8],
    status: [u8; 3],
    volatile_status: bool,
    asleep: bool,
    reset_armed: bool,
    busy_until: Ticks,
    heard: Heard,
    selected: bool,
    times: FlashTimes,
    cut_at: Option<u64>,
    cut: bool,
    rng: Rng,
    dirty: BTreeSet<u32>,
    generation: u64,
    /// What the chip has done.
    pub stats: FlashStats,
}

impl FlashChip {
    /// An erased chip of `size` bytes, if that is a power of two from 512 KB to 16 MB.
    #[must_use]
    pub fn new(size: usize, seed: u64) -> Option<Self> {
        if !size.is_power_of_two() || !(SIZE_MIN..=SIZE_MAX).contains(&size) {
            return None;
        }
        let mut rng = Rng::new(seed ^ 0xF1A5_4C41);
        let unique = rng.next().to_le_bytes();
        Some(FlashChip {
            bytes: vec![0xFF; size],
            unique,
            status: [0; 3],
            volatile_status: false,
            asleep: false,
            reset_armed: false,
            busy_until: 0,
            heard: Heard::default(),
            selected: false,
            times: FlashTimes::default(),
            cut_at: None,
            cut: false,
            rng,
            dirty: BTreeSet::new(),
            generation: 0,
            stats: FlashStats::default(),
        })
    }

    /// What is stored.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The size in bytes: a power of two.
    #[must_use]
    pub fn size(&self) -> usize {
        self.bytes.len()
    }

    /// Puts bytes in from outside, as a programmer on the bench does; false if they do not fit.
    pub fn write(&mut self, at: usize, bytes: &[u8]) -> bool {
        let Some(place) = at.checked_add(bytes.len()).and_then(|end| self.bytes.get_mut(at..end)) else {
            return false;
        };
        place.copy_from_slice(bytes);
        self.touch(at, bytes.len());
        true
    }

    /// The JEDEC number: maker, kind, logarithm of the size.
    #[must_use]
    pub fn jedec(&self) -> [u8; 3] {
        [0xEF, 0x40, self.bytes.len().trailing_zeros() as u8]
    }

    /// The number that no other chip has.
    #[must_use]
    pub fn unique_id(&self) -> [u8; 8] {
        self.unique
    }

    /// How long things take.
    pub fn set_times(&mut self, times: FlashTimes) {
        self.times = times;
    }

    /// Has the power fail at the `n`th program or erase from the chip's making on (the first is 1), or never.
    pub fn cut_power_at(&mut self, n: Option<u64>) {
        self.cut_at = n;
        self.cut = false;
    }

    /// Whether the power was cut by [`FlashChip::cut_power_at`] since this was last asked.
    pub fn take_cut(&mut self) -> bool {
        core::mem::take(&mut self.cut)
    }

    /// Whether it is so without forgetting it.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        self.cut
    }

    /// A number that changes whenever what is stored does.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// The sectors changed since this was last asked, in order.
    pub fn take_dirty(&mut self) -> Vec<u32> {
        core::mem::take(&mut self.dirty).into_iter().collect()
    }

    /// What a power cycle does: busy, write enable and volatile settings are gone.
    pub fn power_cycle(&mut self) {
        self.status[0] &= !(BUSY | WRITE_ENABLED);
        self.asleep = false;
        self.reset_armed = false;
        self.busy_until = 0;
        self.selected = false;
        self.heard = Heard::default();
    }

    /// The word at a byte offset divisible by four, as the cache window reads it; offsets wrap at the chip's size.
    #[must_use]
    #[inline]
    pub fn word(&self, at: u32) -> u32 {
        let at = at as usize & (self.bytes.len() - 1) & !3;
        match self.bytes.get(at..at + 4) {
            Some(&[a, b, c, d]) => u32::from_le_bytes([a, b, c, d]),
            _ => u32::MAX,
        }
    }

    /// Whether a program or erase is going on.
    #[must_use]
    pub fn is_busy(&self, now: Ticks) -> bool {
        now < self.busy_until
    }

    /// When it will be done.
    #[must_use]
    pub fn busy_until(&self) -> Ticks {
        self.busy_until
    }

    /// Chip select falls.
    pub fn select(&mut self) {
        self.selected = true;
        self.heard.bytes.clear();
        self.heard.count = 0;
        self.heard.address = 0;
    }

    /// Eight clocks: a byte in, a byte out. Out of what is driven while the chip has nothing to say: 0xFF.
    pub fn exchange(&mut self, byte: u8, now: Ticks) -> u8 {
        if !self.selected {
            return 0xFF;
        }
        let at = self.heard.count;
        let out = self.output(now);
        self.heard.count += 1;
        if at == 0 {
            self.heard.code = byte;
            let hears = matches!(byte, 0x05 | 0x35 | 0x15) || (!self.is_busy(now) && (!self.asleep || byte == 0xAB));
            if !hears {
                self.stats.ignored += 1;
                // Deaf until deselected.
                self.selected = false;
            }
            return 0xFF;
        }
        self.take_in(at, byte);
        out
    }

    /// What the next eight clocks will bring out, whatever goes in with them.
    #[must_use]
    pub fn output(&self, now: Ticks) -> u8 {
        let at = self.heard.count;
        if !self.selected || at == 0 {
            return 0xFF;
        }
        // Data begins after the code, three bytes of address, and what is clocked while the chip fetches.
        let skip = match self.heard.code {
            0x03 => 4,
            0x0B | 0x3B | 0x6B | 0xBB => 5,
            0xEB => 7,
            0x05 => return self.status_byte(0, now),
            0x35 => return self.status_byte(1, now),
            0x15 => return self.status_byte(2, now),
            0x9F => return self.jedec().get(at - 1).copied().unwrap_or(0xFF),
            0x4B => return at.checked_sub(5).and_then(|i| self.unique.get(i % 8)).copied().unwrap_or(0xFF),
            0x90 => return if at < 4 { 0xFF } else { [0xEF, self.device_id()][at % 2] },
            0xAB => return if at < 4 { 0xFF } else { self.device_id() },
            _ => return 0xFF,
        };
        if at < skip {
            return 0xFF;
        }
        let from = self.heard.address + (at - skip);
        self.bytes.get(from & (self.bytes.len() - 1)).copied().unwrap_or(0xFF)
    }

    fn take_in(&mut self, at: usize, byte: u8) {
        if matches!(self.heard.code, 0x01 | 0x31 | 0x11) {
            if self.heard.bytes.len() < 3 {
                self.heard.bytes.push(byte);
            }
        } else if at < 4 {
            self.heard.address = (self.heard.address << 8 | usize::from(byte)) & 0xFF_FFFF;
        } else if matches!(self.heard.code, 0x02 | 0x32) {
            // More than a page overwrites what came first, as the chip's buffer does.
            let place = (self.heard.address + (at - 4)) % PAGE;
            if self.heard.bytes.is_empty() {
                self.heard.bytes.resize(PAGE, 0xFF);
            }
            if let Some(slot) = self.heard.bytes.get_mut(place) {
                *slot = byte;
            }
        }
    }

    fn device_id(&self) -> u8 {
        (self.bytes.len().trailing_zeros() as u8).wrapping_sub(2)
    }

    fn status_byte(&self, which: usize, now: Ticks) -> u8 {
        let value = self.status.get(which).copied().unwrap_or(0);
        if which != 0 {
            return value;
        }
        // Write enable falls when the write is done.
        if self.is_busy(now) { value | BUSY | WRITE_ENABLED } else { value & !BUSY }
    }

    /// Chip select rises: what was heard is done.
    pub fn deselect(&mut self, now: Ticks) {
        if !core::mem::take(&mut self.selected) || self.heard.count == 0 {
            return;
        }
        let armed = core::mem::take(&mut self.reset_armed);
        let volatile = core::mem::take(&mut self.volatile_status);
        match self.heard.code {
            0x06 => self.status[0] |= WRITE_ENABLED,
            0x04 => self.status[0] &= !WRITE_ENABLED,
            0x50 => self.volatile_status = true,
            0xB9 => self.asleep = true,
            0xAB => self.asleep = false,
            0x66 => self.reset_armed = true,
            0x99 if armed => self.power_cycle(),
            0x01 | 0x31 | 0x11 => self.write_status(volatile, now),
            0x02 | 0x32 if self.heard.count > 4 => self.program(now),
            0x20 if self.heard.count >= 4 => self.erase(SECTOR, self.times.sector, now),
            0x52 if self.heard.count >= 4 => self.erase(32 << 10, self.times.block32, now),
            0xD8 if self.heard.count >= 4 => self.erase(64 << 10, self.times.block64, now),
            0xC7 | 0x60 => {
                self.heard.address = 0;
                let mb = (self.bytes.len() >> 20).max(1) as u64;
                self.erase(self.bytes.len(), self.times.chip_mb * mb, now);
            }
            _ => {}
        }
    }

    fn write_status(&mut self, volatile: bool, now: Ticks) {
        if !volatile && !self.may_write() {
            return;
        }
        let first = match self.heard.code {
            0x31 => 1,
            0x11 => 2,
            _ => 0,
        };
        let bytes = self.heard.bytes.clone();
        for (slot, byte) in self.status.iter_mut().skip(first).zip(bytes) {
            *slot = byte;
        }
        self.status[0] &= !(BUSY | WRITE_ENABLED);
        self.busy_until = now + if volatile { 0 } else { self.times.status };
    }

    fn may_write(&mut self) -> bool {
        let may = self.status[0] & WRITE_ENABLED != 0;
        if !may {
            self.stats.ignored += 1;
        }
        may
    }

    /// The protected range: block protect bits 4:2, top or bottom 5, sectors 6, complement bit 14 of both registers.
    fn is_protected(&self, from: usize, length: usize) -> bool {
        let bits = usize::from(self.status[0] >> 2 & 7);
        let size = self.bytes.len();
        let unit = if self.status[0] & 0x40 != 0 { SECTOR } else { 64 << 10 };
        let span = match bits {
            0 => 0,
            7 => size,
            _ if unit == SECTOR => (unit << (bits - 1)).min(32 << 10),
            _ => (unit << (bits - 1)).min(size),
        };
        let bottom = self.status[0] & 0x20 != 0;
        let (start, end) = if bottom { (0, span) } else { (size - span, size) };
        let overlaps = from < end && from + length > start && span != 0;
        let within = from >= start && from + length <= end && span != 0;
        if self.status[1] & 0x40 != 0 { !within } else { overlaps }
    }

    /// Counts an operation and says whether the power fails in the middle of it.
    fn begin(&mut self) -> bool {
        self.stats.operations += 1;
        self.cut = self.cut || self.cut_at == Some(self.stats.operations);
        self.cut
    }

    fn program(&mut self, now: Ticks) {
        let page = self.heard.address & (self.bytes.len() - 1) & !(PAGE - 1);
        if !self.may_write() || self.cut || self.is_protected(page, PAGE) {
            return;
        }
        let cut = self.begin();
        let count = (self.heard.count - 4).min(PAGE);
        for i in 0..count {
            let place = (self.heard.address + i) % PAGE;
            let mut value = self.heard.bytes.get(place).copied().unwrap_or(0xFF);
            if cut {
                // Bits that had not been reached stay as they were.
                value |= self.rng.next() as u8;
            }
            if let Some(cell) = self.bytes.get_mut(page + place) {
                self.stats.overwrites += u64::from(value & !*cell != 0);
                *cell &= value;
            }
        }
        self.stats.programs += 1;
        self.stats.programmed_bytes += count as u64;
        self.touch(page, PAGE);
        self.finish(self.times.program * (count as u64 + 16) / (PAGE as u64 + 16), now);
    }

    fn erase(&mut self, length: usize, takes: Ticks, now: Ticks) {
        let start = self.heard.address & (self.bytes.len() - 1) & !(length - 1);
        if !self.may_write() || self.cut || self.is_protected(start, length) {
            return;
        }
        let cut = self.begin();
        let Some(area) = self.bytes.get_mut(start..start + length) else { return };
        if cut {
            for cell in area.iter_mut() {
                *cell |= self.rng.next() as u8;
            }
        } else {
            area.fill(0xFF);
        }
        for sector in start / SECTOR..(start + length) / SECTOR {
            *self.stats.erases.entry(sector as u32).or_default() += 1;
        }
        self.touch(start, length);
        self.finish(takes, now);
    }

    fn finish(&mut self, takes: Ticks, now: Ticks) {
        self.status[0] &= !WRITE_ENABLED;
        self.busy_until = now.saturating_add(takes);
    }

    fn touch(&mut self, at: usize, length: usize) {
        self.generation += 1;
        let last = at + length.max(1) - 1;
        self.dirty.extend((at / SECTOR..=last / SECTOR).map(|s| s as u32));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(chip: &mut FlashChip, bytes: &[u8], now: Ticks) -> Vec<u8> {
        chip.select();
        let out = bytes.iter().map(|b| chip.exchange(*b, now)).collect();
        chip.deselect(now);
        out
    }

    fn chip() -> FlashChip {
        FlashChip::new(1 << 20, 1).expect("a size that exists")
    }

    #[test]
    fn sizes() {
        assert!(FlashChip::new(256 << 10, 0).is_none());
        assert!(FlashChip::new(3 << 20, 0).is_none());
        for log in 19..=24 {
            assert_eq!(FlashChip::new(1 << log, 0).expect("valid").jedec()[2], log as u8);
        }
    }

    #[test]
    fn programs_only_clear_bits_and_wrap_in_their_page() {
        let mut c = chip();
        command(&mut c, &[0x02, 0, 0, 0xFE, 1, 2, 3], 0);
        assert!(c.bytes().iter().all(|b| *b == 0xFF), "no write enable");
        command(&mut c, &[0x06], 0);
        command(&mut c, &[0x02, 0, 0, 0xFE, 1, 2, 3], 0);
        assert_eq!((c.bytes()[0xFE], c.bytes()[0xFF], c.bytes()[0], c.bytes()[0x100]), (1, 2, 3, 0xFF));
        assert_eq!(command(&mut c, &[0x05, 0], 0)[1] & 1, 1);
        assert_eq!(command(&mut c, &[0x03, 0, 0, 0xFE, 0], 0)[4], 0xFF, "deaf while busy");
        let later = time::ms(10);
        assert_eq!(command(&mut c, &[0x05, 0], later)[1], 0);
        command(&mut c, &[0x06], later);
        command(&mut c, &[0x02, 0, 0, 0xFE, 0x80], later);
        assert_eq!((c.bytes()[0xFE], c.stats.overwrites), (0, 1));
        assert_eq!(command(&mut c, &[0x0B, 0, 0, 0xFF, 0, 0, 0], 2 * later)[5..], [2, 0xFF]);
    }

    #[test]
    fn erases_what_was_asked() {
        for (code, length) in [(0x20, 4096), (0x52, 32 << 10), (0xD8, 64 << 10), (0xC7, 1 << 20)] {
            let mut c = chip();
            assert!(c.write(0, &vec![0; 1 << 20]));
            command(&mut c, &[0x06], 0);
            let rest: &[u8] = if code == 0xC7 { &[] } else { &[0x01, 0x23, 0x45] };
            command(&mut c, &[&[code], rest].concat(), 0);
            let erased: Vec<usize> = (0..1 << 20).filter(|i| c.bytes()[*i] == 0xFF).collect();
            assert_eq!(erased.len(), length);
            assert_eq!(erased[0], 0x12345 & !(length - 1) & ((1 << 20) - 1));
            assert_eq!(c.stats.erases.len(), length / SECTOR);
        }
    }

    #[test]
    fn identities() {
        let mut c = chip();
        assert_eq!(command(&mut c, &[0x9F, 0, 0, 0], 0)[1..], [0xEF, 0x40, 20]);
        let id = command(&mut c, &[0x4B, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], 0);
        assert_eq!(id[5..], c.unique_id());
        assert_eq!(command(&mut c, &[0x90, 0, 0, 0, 0, 0], 0)[4..], [0xEF, 18]);
    }

    #[test]
    fn block_protection() {
        let mut c = chip();
        command(&mut c, &[0x06], 0);
        command(&mut c, &[0x01, 0x04], 0);
        let later = time::ms(20);
        for (address, changes) in [(0xF_0000, false), (0xE_0000, true)] {
            command(&mut c, &[0x06], later);
            command(&mut c, &[0x02, (address >> 16) as u8, 0, 0, 0], later);
            assert_eq!(c.bytes()[address] == 0, changes);
        }
    }

    #[test]
    fn a_power_cut_leaves_half_an_operation_and_nothing_after() {
        let mut c = chip();
        assert!(c.write(0, &[0; SECTOR * 2]));
        c.cut_power_at(Some(1));
        for sector in [0, 0x10] {
            command(&mut c, &[0x06], 0);
            command(&mut c, &[0x20, 0, sector, 0], 0);
        }
        let first = &c.bytes()[..SECTOR];
        assert!(first.iter().any(|b| *b != 0) && first.iter().any(|b| *b != 0xFF));
        assert!(c.bytes()[SECTOR..2 * SECTOR].iter().all(|b| *b == 0));
        assert!(c.take_cut() && !c.take_cut());
    }
}
