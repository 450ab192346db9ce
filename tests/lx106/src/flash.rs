//! A machine with the chip's access rules: code in the window to flash, which data may only read by aligned words; data
//! RAM that does everything and executes nothing; and a heap that the chip has not.

use krait_lx106::{Attention, Bus, Fault, Ram, Stored, Width};

/// The memory of the machine.
#[derive(Clone)]
pub(crate) struct Flash {
    /// The window to flash.
    pub(crate) window: Ram,
    pub(crate) dram: Ram,
    pub(crate) heap: Ram,
}

impl Flash {
    pub(crate) fn new() -> Self {
        Flash {
            window: Ram::new(0x4020_0000, 1 << 20),
            dram: Ram::new(0x3FFE_8000, 0x1_8000),
            heap: Ram::new(0x3F40_0000, 4 << 20),
        }
    }
}

impl Bus for Flash {
    const FAST_REGIONS: u8 = 0b0000_0110;

    fn fetch(&mut self, address: u32) -> Option<u32> {
        self.window.load32(address)
    }

    #[inline(always)]
    fn fast_load8(&self, address: u32) -> Option<u8> {
        self.dram.load8(address).or_else(|| self.heap.load8(address))
    }

    #[inline(always)]
    fn fast_load16(&self, address: u32) -> Option<u16> {
        self.dram.load16(address).or_else(|| self.heap.load16(address))
    }

    #[inline(always)]
    fn fast_load32(&self, address: u32) -> Option<u32> {
        self.dram.load32(address).or_else(|| self.heap.load32(address)).or_else(|| self.window.load32(address))
    }

    #[inline(always)]
    fn fast_store8(&mut self, address: u32, value: u8) -> Stored {
        let done = self.dram.store8(address, value) || self.heap.store8(address, value);
        if done { Stored::Data } else { Stored::Declined }
    }

    #[inline(always)]
    fn fast_store16(&mut self, address: u32, value: u16) -> Stored {
        let done = self.dram.store16(address, value) || self.heap.store16(address, value);
        if done { Stored::Data } else { Stored::Declined }
    }

    #[inline(always)]
    fn fast_store32(&mut self, address: u32, value: u32) -> Stored {
        let done = self.dram.store32(address, value) || self.heap.store32(address, value);
        if done { Stored::Data } else { Stored::Declined }
    }

    fn load(&mut self, _: u32, _: Width, _: u64) -> Result<u32, Fault> {
        Err(Fault::LoadStoreError)
    }

    fn store(&mut self, _: u32, _: Width, _: u32, _: u64) -> Result<(), Fault> {
        Err(Fault::LoadStoreError)
    }

    fn attend(&mut self, _: u64) -> Attention {
        Attention::default()
    }
}
