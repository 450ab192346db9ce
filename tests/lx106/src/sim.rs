//! A machine as QEMU's `sim` has it: memory and the simulator calls `write` and `exit`, nothing else.

use crate::program;
use anyhow::{Result, bail};
use krait_lx106::{Attention, Bus, Cpu, Exit, Fault, Ram, Stored, Width};
use std::io::Write;
use std::path::Path;
use std::time::Instant;

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

    /// Loads the parts of a program.
    pub(crate) fn load_program(&mut self, path: &Path) -> Result<()> {
        for (address, bytes) in program::parts(path)? {
            let good = self.rom.contains(address) && self.rom.write(address, &bytes) || self.ram.write(address, &bytes);
            anyhow::ensure!(good, "{}: {address:#x}: no memory there", path.display());
        }
        Ok(())
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

/// Runs a program to its end; `Ok(true)` if it exits with 0.
pub(crate) fn run(path: &Path) -> Result<bool> {
    let mut sim = Sim::new();
    sim.load_program(path)?;
    let mut cpu = Cpu::new();
    cpu.set_pc(RESET);
    cpu.set_simcalls(true);
    let start = Instant::now();
    let status = calls(&mut cpu, &mut sim, &mut std::io::stdout().lock(), u64::MAX)?;
    let took = start.elapsed().as_secs_f64();
    let count = cpu.instructions();
    eprintln!("{count} instructions in {took:.3} s, {:.1} million a second", count as f64 / took / 1e6);
    Ok(status == 0)
}

/// Runs a program and serves its simulator calls; its exit status.
pub(crate) fn calls(cpu: &mut Cpu, sim: &mut Sim, out: &mut dyn Write, cycles: u64) -> Result<u32> {
    loop {
        match cpu.run(sim, cycles) {
            Exit::Simcall => {}
            other => bail!("the program stopped at {:#x}: {other:?}", cpu.pc()),
        }
        if let Some(status) = serve(cpu, sim, out)? {
            return Ok(status);
        }
    }
}

/// Serves one simulator call; the exit status if it was that.
pub(crate) fn serve(cpu: &mut Cpu, sim: &Sim, out: &mut dyn Write) -> Result<Option<u32>> {
    let ar = *cpu.registers();
    match ar[2] {
        1 => Ok(Some(ar[3])),
        4 => {
            let mut bytes = vec![0; ar[5].min(16 << 20) as usize];
            anyhow::ensure!(sim.ram.read(ar[4], &mut bytes), "write: {:#x} is no memory", ar[4]);
            out.write_all(&bytes)?;
            // The number of bytes, and no error.
            cpu.registers_mut()[2] = ar[5];
            cpu.registers_mut()[3] = 0;
            Ok(None)
        }
        other => bail!("simulator call {other} at {:#x}", cpu.pc()),
    }
}
