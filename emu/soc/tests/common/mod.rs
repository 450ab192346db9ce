//! A program for the emulated core, written in the tests as a list of register accesses; and a machine that runs it.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::missing_panics_doc)]

pub mod asm;

use asm::Asm;
use krait_soc::time::{Ticks, ms};
use krait_soc::{Config, Machine, Stop};

/// Where a program leaves what it has seen.
pub const RESULTS: u32 = 0x3FFE_9000;
/// Where it says that it is done.
const DONE: u32 = 0x3FFE_8FFC;

pub const UART0: u32 = 0x6000_0000;
pub const HSPI: u32 = 0x6000_0100;
pub const SPI0: u32 = 0x6000_0200;
pub const GPIO: u32 = 0x6000_0300;
pub const TIMER: u32 = 0x6000_0600;
pub const RTC: u32 = 0x6000_0700;
pub const IO_MUX: u32 = 0x6000_0800;
pub const WDT: u32 = 0x6000_0900;
pub const SLC: u32 = 0x6000_0B00;
pub const REGI2C: u32 = 0x6000_0D00;
pub const ADC: u32 = 0x6000_0D40;
pub const I2S: u32 = 0x6000_0E00;
pub const UART1: u32 = 0x6000_0F00;
pub const DPORT: u32 = 0x3FF0_0000;

/// A program under construction.
pub struct Program {
    pub asm: Asm,
    peeks: u32,
}

impl Default for Program {
    fn default() -> Self {
        let mut asm = Asm::new(0x4010_0100);
        asm.li(12, RESULTS);
        asm.li(13, DONE);
        asm.li(14, 0);
        asm.s32i(14, 13, 0);
        Program { asm, peeks: 0 }
    }
}

impl Program {
    pub fn new() -> Self {
        Self::default()
    }

    /// Writes a word.
    pub fn poke(mut self, address: u32, value: u32) -> Self {
        self.asm.li(2, address);
        self.asm.li(3, value);
        self.asm.s32i(3, 2, 0);
        self
    }

    /// Reads a word into the next result.
    pub fn peek(mut self, address: u32) -> Self {
        self.asm.li(2, address);
        self.asm.l32i(3, 2, 0);
        self.keep(3);
        self
    }

    fn keep(&mut self, register: u32) {
        self.asm.s32i(register, 12, self.peeks * 4);
        self.peeks += 1;
    }

    /// Reads until the masked word is `value`.
    pub fn wait(mut self, address: u32, mask: u32, value: u32) -> Self {
        self.asm.li(2, address);
        self.asm.li(4, mask);
        self.asm.li(5, value);
        let again = self.asm.here();
        self.asm.l32i(3, 2, 0);
        self.asm.and(3, 3, 4);
        self.asm.bne(3, 5, again);
        self
    }

    /// Spins for so many turns of two instructions.
    pub fn spin(mut self, turns: u32) -> Self {
        self.asm.li(2, turns);
        let again = self.asm.here();
        self.asm.addi(2, 2, -1);
        self.asm.bnez(2, again);
        self
    }

    pub fn with(mut self, write: impl FnOnce(&mut Asm)) -> Self {
        write(&mut self.asm);
        self
    }

    /// 80 MHz by the PLL, as every firmware does first.
    pub fn pll(self) -> Self {
        self.poke(REGI2C + 16, 0x0188_0167).poke(REGI2C + 16, 0x0191_0267)
    }

    /// An image of it, its vectors at 0x40100000: the level-1 vector jumps to `handler` if there is one.
    pub fn image(mut self) -> Vec<u8> {
        self.asm.li(14, 1);
        self.asm.s32i(14, 13, 0);
        let forever = self.asm.here();
        self.asm.j(forever);
        asm::image(0x4010_0100, &[(0x4010_0100, self.asm.bytes())])
    }

    /// Runs it to its end; the results.
    pub fn run(self) -> (Machine, Vec<u32>) {
        self.run_on(Config::default(), ms(2000), |_| {})
    }

    pub fn run_on(self, config: Config, limit: Ticks, prepare: impl FnOnce(&mut Machine)) -> (Machine, Vec<u32>) {
        let count = self.peeks;
        let image = self.image();
        let mut machine = Machine::new(config).unwrap();
        assert!(machine.load_flash(0, &image));
        prepare(&mut machine);
        let end = machine.now() + limit;
        while machine.read_word(DONE) != Some(1) {
            let stop = machine.run_for(ms(1) / 4);
            assert!(matches!(stop, Stop::Time), "{stop:?}: {}", String::from_utf8_lossy(&machine.take_output(0)));
            assert!(machine.now() < end, "not done in time, pc {:#x}", machine.cpu().pc());
        }
        let results = (0..count).map(|n| machine.read_word(RESULTS + 4 * n).unwrap()).collect();
        (machine, results)
    }
}
