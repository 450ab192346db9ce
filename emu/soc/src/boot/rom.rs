//! What stands in the ROM's place when no dump is given: nothing but the word by which tools know the chip, and
//! breakpoints at the vectors.
//!
//! The surprising fact: a program that calls a ROM function finds illegal instructions there; the crash that follows
//! says so, since its address lies in the ROM.

use alloc::format;

use krait_lx106::Special;

use crate::machine::Machine;
use crate::memory::{ROM, ROM_BYTES};
use crate::stop::Stop;

/// The word at 0x40001000 by which esptool knows an ESP8266 (`targets/esp8266.py`).
const CHIP_MAGIC: u32 = 0xFFF0_C101;
const CHIP_MAGIC_ADDRESS: u32 = 0x4000_1000;

/// Debug, NMI, kernel exception, user exception, double exception, reset.
const VECTORS: [u32; 6] = [0x10, 0x20, 0x30, 0x50, 0x70, 0x80];
const RESET: u32 = ROM + 0x80;

/// Where a program returns to that returns from its entry point.
pub(crate) const RETURN: u32 = 0x4000_0F00;

impl Machine {
    /// Puts the dump, or what stands for it, in place.
    pub(crate) fn install_rom(&mut self) {
        match &self.config.rom {
            Some(dump) => {
                let _ = self.soc.sys.memory.rom.write(ROM, dump);
            }
            None => {
                let _ = self.soc.sys.memory.rom.store32(CHIP_MAGIC_ADDRESS, CHIP_MAGIC);
                for vector in VECTORS {
                    self.cpu.set_breakpoint(ROM + vector);
                }
                self.cpu.set_breakpoint(RETURN);
            }
        }
    }

    /// The core stands at a breakpoint: one of the ROM's, or someone else's.
    pub(crate) fn reached(&mut self, pc: u32) -> Option<Stop> {
        if self.config.rom.is_some() || pc.wrapping_sub(ROM) >= ROM_BYTES {
            return Some(Stop::Breakpoint);
        }
        match pc {
            RETURN => {
                self.say("user code done\n");
                self.state = crate::machine::State::Halted;
                None
            }
            // A program that jumps to the reset vector starts the boot anew without a reset.
            RESET => {
                self.state = crate::machine::State::Boot;
                None
            }
            _ => Some(self.unhandled()),
        }
    }

    /// An exception has come to the ROM's vectors: says what the ROM would, and stands still.
    fn unhandled(&mut self) -> Stop {
        let cause = self.cpu.special(Special::Exccause);
        let [epc1, epc2, epc3] = [Special::Epc1, Special::Epc2, Special::Epc3].map(|r| self.cpu.special(r));
        let (address, depc) = (self.cpu.special(Special::Excvaddr), self.cpu.special(Special::Depc));
        self.say(&format!(
            "Fatal exception ({cause}): \nepc1=0x{epc1:08x}, epc2=0x{epc2:08x}, epc3=0x{epc3:08x}, \
             excvaddr=0x{address:08x}, depc=0x{depc:08x}\n"
        ));
        self.drain();
        self.crashed(false)
    }
}
