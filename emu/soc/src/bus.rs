//! The core's view of the chip: plain memory at full speed, everything else exactly.
//!
//! The fast half serves data RAM, instruction RAM, the ROM and the flash window as long as nothing has to be looked at
//! (strict mode, a window that is off or whose chip is busy, memory lent to the cache); the slow half does the rest.
//!
//! The surprising fact: addresses outside of the chip's three regions of 512 MB give "prohibited" (28, 29), which is
//! what a null pointer gives on silicon; holes inside of them give cause 3.

use krait_lx106::{Attention, Bus, Fault, Stored, Width};

use crate::findings::Kind;
use crate::memory::{DRAM, DRAM_BYTES, IRAM, IRAM_BYTES, ROM, ROM_BYTES, RTC_BYTES, RTC_MEMORY, WINDOW, WINDOW_BYTES};
use crate::soc::Soc;

/// What kind of memory an address is of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Dram,
    Iram,
    Rom,
    Window,
    Rtc,
    Register,
    Hole,
    Outside,
}

fn place(address: u32) -> Place {
    let within = |base: u32, bytes: u32| address.wrapping_sub(base) < bytes;
    if within(DRAM, DRAM_BYTES) {
        Place::Dram
    } else if within(IRAM, IRAM_BYTES) {
        Place::Iram
    } else if within(WINDOW, WINDOW_BYTES) {
        Place::Window
    } else if within(ROM, ROM_BYTES) {
        Place::Rom
    } else if within(RTC_MEMORY, RTC_BYTES) {
        Place::Rtc
    } else if crate::soc::block(address).is_some() {
        Place::Register
    } else if (0x2000_0000..0x8000_0000).contains(&address) {
        Place::Hole
    } else {
        Place::Outside
    }
}

fn narrow(word: u32, address: u32, width: Width) -> u32 {
    let shifted = word >> ((address & 3) * 8);
    match width {
        Width::Byte => shifted & 0xFF,
        Width::Half => shifted & 0xFFFF,
        Width::Word => word,
    }
}

fn merge(word: u32, address: u32, width: Width, value: u32) -> u32 {
    let mask = match width {
        Width::Byte => 0xFF,
        Width::Half => 0xFFFF,
        Width::Word => return value,
    };
    let shift = (address & 3) * 8;
    word & !(mask << shift) | (value & mask) << shift
}

impl Soc {
    /// Whether the window answers.
    #[inline(always)]
    fn window_open(&self) -> bool {
        let window = &self.sys.memory.window;
        window.enabled && !window.busy
    }

    #[inline(always)]
    fn window_word(&self, address: u32) -> u32 {
        self.sys.flash.word(self.sys.memory.window.base.wrapping_add(address.wrapping_sub(WINDOW)))
    }

    /// What the closed window answers: nothing that makes sense.
    fn closed_window(&mut self, address: u32) -> u32 {
        let window = self.sys.memory.window;
        self.sys.find(if window.enabled { Kind::FlashBusy } else { Kind::FlashCacheOff }, address);
        0
    }

    fn check_written(&mut self, address: u32) {
        let word = address.wrapping_sub(DRAM) / 4;
        if let Some(bits) = self.written.get((word / 32) as usize)
            && bits >> (word % 32) & 1 == 0
        {
            self.sys.find(Kind::UninitialisedRam, address);
        }
    }

    fn mark_written(&mut self, address: u32) {
        let word = address.wrapping_sub(DRAM) / 4;
        if let Some(bits) = self.written.get_mut((word / 32) as usize) {
            *bits |= 1 << (word % 32);
        }
    }

    fn trap(&mut self, address: u32) -> Fault {
        self.sys.stats.narrow_trap(address);
        Fault::LoadStoreError
    }
}

impl Bus for Soc {
    fn fetch(&mut self, address: u32) -> Option<u32> {
        match place(address) {
            Place::Iram => {
                if self.sys.memory.is_lent(address) {
                    self.sys.find(Kind::CacheRam, address);
                    return Some(0);
                }
                self.sys.memory.iram.load32(address)
            }
            Place::Rom => self.sys.memory.rom.load32(address),
            Place::Window => {
                if !self.window_open() {
                    return Some(self.closed_window(address));
                }
                self.sys.stats.window_fetches += 1;
                Some(self.window_word(address))
            }
            _ => None,
        }
    }

    #[inline(always)]
    fn fast_load8(&self, address: u32) -> Option<u8> {
        if self.checked { None } else { self.sys.memory.dram.load8(address) }
    }

    #[inline(always)]
    fn fast_load16(&self, address: u32) -> Option<u16> {
        if self.checked { None } else { self.sys.memory.dram.load16(address) }
    }

    #[inline(always)]
    fn fast_load32(&self, address: u32) -> Option<u32> {
        if self.checked {
            return None;
        }
        if let Some(word) = self.sys.memory.dram.load32(address) {
            return Some(word);
        }
        let at = address.wrapping_sub(WINDOW);
        if at < WINDOW_BYTES {
            if at & 3 != 0 || !self.window_open() {
                return None;
            }
            let count = &self.sys.stats.window_loads;
            count.set(count.get() + 1);
            return Some(self.window_word(address));
        }
        if self.sys.memory.is_lent(address) { None } else { self.sys.memory.iram.load32(address) }
    }

    #[inline(always)]
    fn fast_store8(&mut self, address: u32, value: u8) -> Stored {
        if !self.checked && self.sys.memory.dram.store8(address, value) { Stored::Data } else { Stored::Declined }
    }

    #[inline(always)]
    fn fast_store16(&mut self, address: u32, value: u16) -> Stored {
        if !self.checked && self.sys.memory.dram.store16(address, value) { Stored::Data } else { Stored::Declined }
    }

    #[inline(always)]
    fn fast_store32(&mut self, address: u32, value: u32) -> Stored {
        if self.checked {
            return Stored::Declined;
        }
        if self.sys.memory.dram.store32(address, value) {
            return Stored::Data;
        }
        if !self.sys.memory.is_lent(address) && self.sys.memory.iram.store32(address, value) {
            return Stored::Code;
        }
        Stored::Declined
    }

    fn load(&mut self, address: u32, width: Width, now: u64) -> Result<u32, Fault> {
        self.set_cycle(now);
        let place = place(address);
        let word = address & !3;
        let wide_only = matches!(place, Place::Iram | Place::Rom | Place::Window | Place::Rtc);
        if wide_only && width != Width::Word {
            return Err(self.trap(address));
        }
        let value = match place {
            Place::Dram => {
                if !self.written.is_empty() {
                    self.check_written(word);
                }
                self.sys.memory.dram.load32(word)
            }
            Place::Iram => {
                if self.sys.memory.is_lent(address) {
                    self.sys.find(Kind::CacheRam, address);
                    Some(0)
                } else {
                    self.sys.memory.iram.load32(word)
                }
            }
            Place::Rom => self.sys.memory.rom.load32(word),
            Place::Window => {
                let count = &self.sys.stats.window_loads;
                count.set(count.get() + 1);
                Some(if self.window_open() { self.window_word(word) } else { self.closed_window(address) })
            }
            Place::Rtc => self.sys.memory.rtc.load32(word),
            Place::Register => {
                if width != Width::Word && address >= 0x6000_0000 {
                    self.sys.find(Kind::NarrowRegister, address);
                }
                self.run_events(self.sys.now);
                self.read_register(word)
            }
            Place::Hole => return Err(Fault::LoadStoreError),
            Place::Outside => return Err(Fault::LoadProhibited),
        };
        value.map(|value| narrow(value, address, width)).ok_or(Fault::LoadStoreError)
    }

    fn store(&mut self, address: u32, width: Width, value: u32, now: u64) -> Result<(), Fault> {
        self.set_cycle(now);
        let place = place(address);
        let wide_only = matches!(place, Place::Iram | Place::Rom | Place::Window | Place::Rtc);
        if wide_only && width != Width::Word {
            return Err(self.trap(address));
        }
        let word = address & !3;
        let done = match place {
            Place::Dram => {
                self.mark_written(word);
                match width {
                    Width::Byte => self.sys.memory.dram.store8(address, value as u8),
                    Width::Half => self.sys.memory.dram.store16(address, value as u16),
                    Width::Word => self.sys.memory.dram.store32(address, value),
                }
            }
            Place::Iram => {
                if self.sys.memory.is_lent(address) {
                    self.sys.find(Kind::CacheRam, address);
                    true
                } else {
                    self.sys.memory.iram.store32(word, value)
                }
            }
            Place::Rom | Place::Window => {
                self.sys.find(Kind::ReadOnlyStore, address);
                true
            }
            Place::Rtc => self.sys.memory.rtc.store32(word, value),
            Place::Register => {
                let mut whole = value;
                if width != Width::Word {
                    if address >= 0x6000_0000 {
                        self.sys.find(Kind::NarrowRegister, address);
                    }
                    // A FIFO is not read to be written.
                    let fifo = matches!(word, 0x6000_0000 | 0x6000_0F00);
                    if !fifo {
                        whole = merge(self.read_register(word).unwrap_or(0), address, width, value);
                    }
                }
                self.run_events(self.sys.now);
                self.write_register(word, whole, now)
            }
            Place::Hole => return Err(Fault::LoadStoreError),
            Place::Outside => return Err(Fault::StoreProhibited),
        };
        if done { Ok(()) } else { Err(Fault::LoadStoreError) }
    }

    fn attend(&mut self, now: u64) -> Attention {
        self.set_cycle(now);
        self.run_events(self.sys.now);
        let (lines, again) = self.sys.irq.take();
        // A pulse must fall before it can rise again.
        let deadline = if again { now + 1 } else { self.time.cycles(self.sys.schedule.next()).max(now + 1) };
        Attention { lines, deadline, stop: self.sys.stop }
    }
}
