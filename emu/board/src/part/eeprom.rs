//! An I2C EEPROM of the 24Cxx kind with two bytes of address (24C32 and larger): pages of 32 bytes, 5 ms a write.
//!
//! While it writes it does not acknowledge its address, which is how a program finds out that it is done.

use krait_soc::pads::PadChange;
use krait_soc::time::{Ticks, ms};
use krait_soc::{Answer, Part, Wires};

use super::i2c::{Device, Target};
use super::{Options, common, unknown};

const PAGE: usize = 32;

/// An EEPROM.
#[derive(Debug, Clone)]
pub struct Eeprom {
    target: Target,
    cells: Cells,
}

/// Makes one.
///
/// # Errors
/// An option is wrong.
pub fn build(options: &Options<'_>) -> Result<Box<dyn Part>, String> {
    let kb = options.count("kb", 4, 4..=64)? as usize;
    if !kb.is_power_of_two() {
        return Err("`kb` must be a power of two".into());
    }
    let address = options.count("address", 0x50, 0x50..=0x57)? as u8;
    let target = Target::new(options.pin("sda")?, options.pin("scl")?, address);
    let cells = Cells { bytes: vec![0xFF; kb << 10], at: 0, taken: 0, page: Vec::new(), busy_until: 0 };
    Ok(Box::new(Eeprom { target, cells }))
}

#[derive(Debug, Clone)]
struct Cells {
    bytes: Vec<u8>,
    at: usize,
    taken: usize,
    /// What is to be written when the bus is let go.
    page: Vec<(usize, u8)>,
    busy_until: Ticks,
}

impl Device for Cells {
    fn start(&mut self, reads: bool, now: Ticks) -> bool {
        if now < self.busy_until {
            return false;
        }
        if !reads {
            self.taken = 0;
        }
        self.page.clear();
        true
    }

    fn write(&mut self, byte: u8, _now: Ticks) -> bool {
        match self.taken {
            0 => self.at = usize::from(byte) << 8,
            1 => self.at = (self.at | usize::from(byte)) & (self.bytes.len() - 1),
            _ => {
                self.page.push((self.at, byte));
                // Only the last page's worth counts: earlier ones are overwritten.
                if self.page.len() > PAGE {
                    self.page.remove(0);
                }
                self.at = self.at & !(PAGE - 1) | (self.at + 1) & (PAGE - 1);
            }
        }
        self.taken = self.taken.saturating_add(1);
        true
    }

    fn read(&mut self) -> u8 {
        let byte = self.bytes.get(self.at).copied().unwrap_or(0xFF);
        self.at = (self.at + 1) & (self.bytes.len() - 1);
        byte
    }

    fn stop(&mut self, now: Ticks) {
        if !self.page.is_empty() {
            for (at, byte) in self.page.drain(..) {
                if let Some(cell) = self.bytes.get_mut(at) {
                    *cell = byte;
                }
            }
            self.busy_until = now + ms(5);
        }
    }
}

impl Part for Eeprom {
    fn attach(&mut self, wires: &mut Wires<'_>) {
        self.target.attach(wires);
    }

    fn change(&mut self, change: PadChange, wires: &mut Wires<'_>) {
        self.target.change(change, &mut self.cells, wires);
    }

    fn command(&mut self, words: &[&str], _wires: &mut Wires<'_>) -> Result<Answer, String> {
        match *words {
            ["save"] => Ok(Answer::File(self.cells.bytes.clone())),
            _ => unknown(words, "save"),
        }
    }

    common!();
}
