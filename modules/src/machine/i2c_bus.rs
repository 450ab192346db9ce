//! I2C by two open-drain lines: start, stop, bytes and acknowledgements (UM10204 by NXP). A device may hold the
//! clock low to gain time, up to a limit.

use core::cell::Cell;

use krait_hal::PinMode;
use krait_runtime::obj::exception::OS_ERROR;
use krait_runtime::{Raised, Tracer, Vm};

use super::line::Line;

/// `ETIMEDOUT`
const ETIMEDOUT: i32 = 110;

/// A `SoftI2C`'s body.
pub(crate) struct Bus {
    pub(super) scl: Cell<Line>,
    pub(super) sda: Cell<Line>,
    /// Half a clock, in microseconds.
    pub(super) half: Cell<u32>,
    /// How long a device may hold the clock, in microseconds.
    pub(super) patience: Cell<u32>,
}

impl Bus {
    pub(super) fn trace(&self, t: &mut Tracer<'_>) {
        self.scl.get().trace(t);
        self.sda.get().trace(t);
    }

    fn pause(&self, vm: &Vm) {
        vm.platform().clock().delay_us(self.half.get());
    }

    fn sda(&self, vm: &mut Vm, high: bool) -> Result<(), Raised> {
        self.sda.get().write(vm, high)
    }

    fn scl_low(&self, vm: &mut Vm) -> Result<(), Raised> {
        self.scl.get().write(vm, false)
    }

    /// Lets the clock go high, and waits for it.
    fn scl_high(&self, vm: &mut Vm) -> Result<(), Raised> {
        let scl = self.scl.get();
        scl.write(vm, true)?;
        self.pause(vm);
        let clock = vm.platform().clock();
        let start = clock.monotonic_us();
        while !scl.read(vm)? {
            if clock.monotonic_us() - start > u64::from(self.patience.get()) {
                // The other line must not stay low.
                self.sda(vm, true)?;
                return Err(vm.os_error(ETIMEDOUT));
            }
            vm.poll()?;
        }
        Ok(())
    }

    pub(super) fn begin(&self, vm: &mut Vm, freq: u32) -> Result<(), Raised> {
        self.half.set((500_000 / freq.max(1)).max(1));
        for line in [self.scl.get(), self.sda.get()] {
            line.write(vm, true)?;
            line.mode(vm, PinMode::OpenDrain)?;
        }
        // A device that holds the clock now may let it go later.
        let stopped = self.stop(vm);
        vm.catch(&OS_ERROR, stopped).map(|_| ())
    }

    pub(super) fn start(&self, vm: &mut Vm) -> Result<(), Raised> {
        self.sda(vm, true)?;
        self.pause(vm);
        self.scl_high(vm)?;
        self.sda(vm, false)?;
        self.pause(vm);
        Ok(())
    }

    pub(super) fn stop(&self, vm: &mut Vm) -> Result<(), Raised> {
        self.pause(vm);
        self.sda(vm, false)?;
        self.pause(vm);
        self.scl_high(vm)?;
        self.sda(vm, true)?;
        self.pause(vm);
        Ok(())
    }

    /// Clocks one bit: drives the data line to `out`, gives what it is.
    fn bit(&self, vm: &mut Vm, out: bool) -> Result<bool, Raised> {
        self.sda(vm, out)?;
        self.pause(vm);
        self.scl_high(vm)?;
        let level = self.sda.get().read(vm)?;
        self.scl_low(vm)?;
        Ok(level)
    }

    /// Writes a byte; whether it was acknowledged.
    pub(super) fn write(&self, vm: &mut Vm, byte: u8) -> Result<bool, Raised> {
        self.pause(vm);
        self.scl_low(vm)?;
        for i in (0..8).rev() {
            self.bit(vm, byte >> i & 1 == 1)?;
        }
        Ok(!self.bit(vm, true)?)
    }

    /// Reads a byte, and acknowledges it unless it is the last.
    pub(super) fn read(&self, vm: &mut Vm, last: bool) -> Result<u8, Raised> {
        self.pause(vm);
        self.scl_low(vm)?;
        let mut byte = 0;
        for _ in 0..8 {
            byte = byte << 1 | u8::from(self.bit(vm, true)?);
        }
        self.bit(vm, last)?;
        self.sda(vm, true)?;
        Ok(byte)
    }
}
