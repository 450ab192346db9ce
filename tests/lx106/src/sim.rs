//! A machine as QEMU's `sim` has it: memory and the simulator calls `write` and `exit`, nothing else.

use anyhow::{Result, bail};
use krait_lx106::{Attention, Bus, Cpu, Exit, Fault, Ram, Special, Stored, Width};
use std::io::Write;

/// Where QEMU begins.
pub(crate) const RESET: u32 = 0x5000_0000;

/// The memory of the machine.
#[derive(Clone)]
pub(crate) struct Sim {
    pub(crate) rom: Ram,
    pub(crate) ram: Ram,
}

impl Sim {
    pub(crate) fn new() -> Self {
        Sim { rom: Ram::new(RESET, 0x1_0000), ram: Ram::new(0x6000_0000, 16 << 20) }
    }
}

impl Bus for Sim {
    // RAM and ROM are in two regions, which no test closes.
    const FAST_REGIONS: u8 = 0b0000_1000;
    const FETCH_FAULT: Fault = Fault::InstructionAddressError;

    fn fetch(&mut self, address: u32) -> Option<u32> {
        self.ram.load32(address).or_else(|| self.rom.load32(address))
    }

    #[inline(always)]
    fn fast_load8(&self, address: u32) -> Option<u8> {
        self.ram.load8(address)
    }

    #[inline(always)]
    fn fast_load16(&self, address: u32) -> Option<u16> {
        self.ram.load16(address)
    }

    #[inline(always)]
    fn fast_load32(&self, address: u32) -> Option<u32> {
        self.ram.load32(address)
    }

    #[inline(always)]
    fn fast_store8(&mut self, address: u32, value: u8) -> Stored {
        if self.ram.store8(address, value) { Stored::Code } else { Stored::Declined }
    }

    #[inline(always)]
    fn fast_store16(&mut self, address: u32, value: u16) -> Stored {
        if self.ram.store16(address, value) { Stored::Code } else { Stored::Declined }
    }

    #[inline(always)]
    fn fast_store32(&mut self, address: u32, value: u32) -> Stored {
        if self.ram.store32(address, value) { Stored::Code } else { Stored::Declined }
    }

    fn load(&mut self, address: u32, width: Width, _: u64) -> Result<u32, Fault> {
        let value = match width {
            Width::Byte => self.rom.load8(address).map(u32::from),
            Width::Half => self.rom.load16(address).map(u32::from),
            Width::Word => self.rom.load32(address),
        };
        value.ok_or(Fault::LoadStoreAddressError)
    }

    fn store(&mut self, _: u32, _: Width, _: u32, _: u64) -> Result<(), Fault> {
        Err(Fault::LoadStoreAddressError)
    }

    fn attend(&mut self, _: u64) -> Attention {
        Attention::default()
    }
}

/// Runs a program and serves its simulator calls, with `read` for the bytes that it writes; its exit status.
pub(crate) fn calls<B: Bus>(
    cpu: &mut Cpu,
    bus: &mut B,
    out: &mut dyn Write,
    read: impl Fn(&mut B, u32, &mut [u8]) -> bool,
) -> Result<u32> {
    loop {
        match cpu.run(bus, u64::MAX) {
            Exit::Simcall => {}
            other => {
                let (pc, first) = (cpu.pc(), cpu.special(Special::Epc1));
                bail!("the program stopped at {pc:#x}: {other:?}; its last exception was at {first:#x}: {cpu:?}")
            }
        }
        if let Some(status) = serve(cpu, out, |address, bytes| read(bus, address, bytes))? {
            return Ok(status);
        }
    }
}

/// Serves one simulator call; the exit status if it was that.
pub(crate) fn serve(
    cpu: &mut Cpu,
    out: &mut dyn Write,
    mut read: impl FnMut(u32, &mut [u8]) -> bool,
) -> Result<Option<u32>> {
    let ar = *cpu.registers();
    match ar[2] {
        1 => Ok(Some(ar[3])),
        4 => {
            let mut bytes = vec![0; ar[5].min(16 << 20) as usize];
            anyhow::ensure!(read(ar[4], &mut bytes), "write: {:#x} is no memory", ar[4]);
            out.write_all(&bytes)?;
            // The number of bytes, and no error.
            cpu.registers_mut()[2] = ar[5];
            cpu.registers_mut()[3] = 0;
            Ok(None)
        }
        other => bail!("simulator call {other} at {:#x}", cpu.pc()),
    }
}
