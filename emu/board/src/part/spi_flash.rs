//! A serial flash memory on four pins, in SPI modes 0 and 3: the same chip model as the one that the program boots from.

use krait_soc::flash::FlashChip;
use krait_soc::pads::{Change, Drive, PadChange};
use krait_soc::time::Ticks;
use krait_soc::{Answer, Part, Wires};

use super::{Options, common, unknown};

/// The memory.
#[derive(Debug, Clone)]
pub struct SpiFlash {
    clk: usize,
    mosi: usize,
    miso: usize,
    cs: usize,
    chip: FlashChip,
    selected: bool,
    data: bool,
    byte: u8,
    bits: u8,
    out: u8,
}

/// Makes one.
///
/// # Errors
/// An option is wrong.
pub fn build(options: &Options<'_>) -> Result<Box<dyn Part>, String> {
    let kb = options.count("kb", 1024, 512..=16384)? as usize;
    let chip = FlashChip::new(kb << 10, options.serial());
    Ok(Box::new(SpiFlash {
        clk: options.pin("clk")?,
        mosi: options.pin("mosi")?,
        miso: options.pin("miso")?,
        cs: options.pin("cs")?,
        chip: chip.ok_or("`kb` must be a power of two")?,
        selected: false,
        data: false,
        byte: 0,
        bits: 0,
        out: 0xFF,
    }))
}

impl SpiFlash {
    fn put(&self, wires: &mut Wires<'_>, now: Ticks) {
        let level = self.out >> (7 - self.bits) & 1 != 0;
        wires.drive_at(self.miso, if level { Drive::High } else { Drive::Low }, now);
    }

    fn select(&mut self, low: bool, wires: &mut Wires<'_>, now: Ticks) {
        if low {
            self.chip.select();
            (self.bits, self.selected) = (0, true);
            self.out = self.chip.output(now);
            self.put(wires, now);
        } else if self.selected {
            self.selected = false;
            // A command takes effect at a whole byte only.
            if self.bits == 0 {
                self.chip.deselect(now);
            }
            wires.drive_at(self.miso, Drive::Release, now);
        }
    }
}

impl Part for SpiFlash {
    fn attach(&mut self, wires: &mut Wires<'_>) {
        for pin in [self.clk, self.mosi, self.cs] {
            wires.watch(pin);
        }
        wires.drive(self.cs, Drive::PullUp);
        self.data = wires.level(self.mosi);
    }

    fn change(&mut self, change: PadChange, wires: &mut Wires<'_>) {
        let Change::Level(level) = change.what else { return };
        let (pad, now) = (usize::from(change.pad), change.time);
        if pad == self.cs {
            self.select(!level, wires, now);
        } else if pad == self.mosi {
            self.data = level;
        } else if self.selected && level {
            self.byte = self.byte << 1 | u8::from(self.data);
            self.bits += 1;
            if self.bits == 8 {
                self.chip.exchange(self.byte, now);
                self.bits = 0;
                self.out = self.chip.output(now);
            }
        } else if self.selected {
            self.put(wires, now);
        }
    }

    fn power_cycle(&mut self, _wires: &mut Wires<'_>) {
        self.chip.power_cycle();
    }

    fn command(&mut self, words: &[&str], _wires: &mut Wires<'_>) -> Result<Answer, String> {
        match *words {
            ["save"] => Ok(Answer::File(self.chip.bytes().to_vec())),
            _ => unknown(words, "save"),
        }
    }

    common!();
}
