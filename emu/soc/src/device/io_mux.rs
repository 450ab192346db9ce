//! IO_MUX: which function each pad has, and its pulls.
//!
//! The order of the registers is not that of the pins. Facts: QEMU-jcmv's table of functions, Arduino
//! `esp8266_peri.h`, the SDKs' `eagle_soc.h`.
//!
//! The surprising fact: the GPIO function's number is 0 for pads 0, 2, 4 and 5, and 3 for all others.

use super::{Device, Latches};
use crate::pads::Signal;
use crate::sys::Sys;

const CONF: u32 = 0x00;

/// The pad of each register from +0x04 on.
const PAD: [u8; 16] = [12, 13, 14, 15, 3, 1, 6, 7, 8, 9, 10, 11, 0, 2, 4, 5];

/// IO_MUX.
#[derive(Debug, Clone)]
pub struct IoMux {
    latches: Latches,
    /// DPORT +0x28, which swaps UART0's pins (bit 2) and UART1's (bit 3).
    swap: u32,
}

impl IoMux {
    /// As reset leaves it.
    #[must_use]
    pub fn new() -> Self {
        IoMux { latches: Latches::new(0x44), swap: 0 }
    }

    /// DPORT's swaps have changed.
    pub fn set_swap(&mut self, swap: u32, sys: &mut Sys) {
        self.swap = swap;
        for register in 0..PAD.len() as u32 {
            self.apply(register, sys);
        }
    }

    fn apply(&self, register: u32, sys: &mut Sys) {
        let Some(pad) = PAD.get(register as usize).copied() else { return };
        let value = self.latches.get(4 + 4 * register);
        let function = value >> 4 & 3 | value >> 6 & 4;
        let signal = self.signal(pad, function);
        sys.pads.route(pad.into(), signal, sys.now);
        sys.pads.pulls(pad.into(), value & 1 << 7 != 0, value & 1 << 6 != 0, sys.now);
    }

    fn signal(&self, pad: u8, function: u32) -> Signal {
        let (swap0, swap1) = (self.swap & 1 << 2 != 0, self.swap & 1 << 3 != 0);
        let pick = |swapped: bool, plain, other| if swapped { other } else { plain };
        match (pad, function) {
            (0 | 2 | 4 | 5, 0) | (1 | 3 | 6..=15, 3) => Signal::Gpio,
            (1, 0) => pick(swap0, Signal::Uart0Txd, Signal::Uart0Rts),
            (15, 4) => pick(swap0, Signal::Uart0Rts, Signal::Uart0Txd),
            (12, 4) => Signal::Uart0Dtr,
            (2, 2) | (7, 4) => pick(swap1, Signal::Uart1Txd, Signal::Uart1Rts),
            (11, 4) => pick(swap1, Signal::Uart1Rts, Signal::Uart1Txd),
            (2, 4) => Signal::Uart0Txd,
            (12, 2) => Signal::HspiQ,
            (13, 2) => Signal::HspiD,
            (14, 2) => Signal::HspiClk,
            (15, 2) => Signal::HspiCs,
            (3, 1) => Signal::I2sData,
            (15, 1) => Signal::I2sBck,
            (2, 1) => Signal::I2sWs,
            _ => Signal::None,
        }
    }
}

impl Default for IoMux {
    fn default() -> Self {
        IoMux::new()
    }
}

impl Device for IoMux {
    fn read(&mut self, offset: u32, _sys: &mut Sys) -> u32 {
        self.latches.get(offset)
    }

    fn write(&mut self, offset: u32, value: u32, sys: &mut Sys) {
        self.latches.set(offset, value);
        if offset >= 4 {
            self.apply(offset / 4 - 1, sys);
        }
    }

    fn knows(&self, offset: u32) -> bool {
        (CONF..=0x40).contains(&offset)
    }

    fn reset(&mut self, sys: &mut Sys) {
        *self = IoMux::new();
        for register in 0..PAD.len() as u32 {
            self.apply(register, sys);
        }
    }
}
