//! The memory map: RAM, the flash window, and what each kind of memory refuses.
//!
//! Data RAM takes any access; instruction RAM, the ROM, the flash window and RTC memory take aligned words only, and
//! answer a narrower access with cause 3 (LoadStoreError).
//! Facts: Arduino core `core_esp8266_non32xfer.cpp` and `doc/mmu.rst`; esptool's memory map; RTOS SDK `esp8266.ld`.
//!
//! The surprising fact: a store to the window or the ROM does nothing and says nothing, as on the chip's bus; it is
//! noted as a finding.

use krait_lx106::Ram;

/// Data RAM: 80 KB for the program, 16 KB that the ROM uses.
pub const DRAM: u32 = 0x3FFE_8000;
/// Bytes of it.
pub const DRAM_BYTES: u32 = 0x1_8000;
/// The mask ROM.
pub const ROM: u32 = 0x4000_0000;
/// Bytes of it.
pub const ROM_BYTES: u32 = 0x1_0000;
/// Instruction RAM; its upper half may be lent to the flash cache.
pub const IRAM: u32 = 0x4010_0000;
/// Bytes of it.
pub const IRAM_BYTES: u32 = 0x1_0000;
/// The flash window.
pub const WINDOW: u32 = 0x4020_0000;
/// Bytes of it.
pub const WINDOW_BYTES: u32 = 0x10_0000;
/// RTC memory, which outlives a deep sleep.
pub const RTC_MEMORY: u32 = 0x6000_1000;
/// Bytes of it.
pub const RTC_BYTES: u32 = 0x400;

/// The flash cache, as DPORT's registers have set it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Window {
    /// Whether the window answers.
    pub enabled: bool,
    /// The flash offset of the window's beginning.
    pub base: u32,
    /// Whether the lower of the two 16 KB blocks is lent too.
    pub both_blocks: bool,
    /// Whether the flash chip is busy and cannot be read.
    pub busy: bool,
}

/// All plain memory.
#[derive(Debug, Clone)]
pub struct Memory {
    /// Data RAM.
    pub dram: Ram,
    /// Instruction RAM.
    pub iram: Ram,
    /// The ROM: ours, or a user's dump.
    pub rom: Ram,
    /// RTC memory.
    pub rtc: Ram,
    /// The flash window.
    pub window: Window,
}

impl Default for Memory {
    fn default() -> Self {
        Memory {
            dram: Ram::new(DRAM, DRAM_BYTES),
            iram: Ram::new(IRAM, IRAM_BYTES),
            rom: Ram::new(ROM, ROM_BYTES),
            rtc: Ram::new(RTC_MEMORY, RTC_BYTES),
            window: Window::default(),
        }
    }
}

impl Memory {
    /// Whether an address of instruction RAM is at present the flash cache's.
    #[must_use]
    pub fn is_lent(&self, address: u32) -> bool {
        let from = if self.window.both_blocks { 0x8000 } else { 0xC000 };
        self.window.enabled && (from..IRAM_BYTES).contains(&address.wrapping_sub(IRAM))
    }

    /// A word as a DMA engine sees it: data RAM only.
    #[must_use]
    pub fn dma_load(&self, address: u32) -> Option<u32> {
        self.dram.load32(address)
    }

    /// Stores a word as a DMA engine does; false outside of data RAM.
    #[must_use]
    pub fn dma_store(&mut self, address: u32, value: u32) -> bool {
        self.dram.store32(address, value)
    }

    /// Copies bytes into RAM of any kind, as a loader does; false if they are not all inside one.
    #[must_use]
    pub fn load_image(&mut self, address: u32, bytes: &[u8]) -> bool {
        let fits = |ram: &Ram, address: u32| {
            let last = address.checked_add((bytes.len() as u32).saturating_sub(1));
            ram.contains(address) && last.is_some_and(|last| ram.contains(last))
        };
        [&mut self.dram, &mut self.iram, &mut self.rtc]
            .into_iter()
            .any(|ram| fits(ram, address) && ram.write(address, bytes))
    }

    /// Reads bytes of any plain memory but the flash window; `None` outside.
    #[must_use]
    pub fn load8(&self, address: u32) -> Option<u8> {
        [&self.dram, &self.iram, &self.rom, &self.rtc].into_iter().find_map(|ram| ram.load8(address))
    }
}
