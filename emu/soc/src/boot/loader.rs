//! Starting from flash, and what the ROM says meanwhile.
//!
//! The text is that of the ROM, since tools and people look for it; it leaves UART0 at 74880 baud, because the ROM sets
//! the divisor for 80 MHz while the chip still runs at 52.
//! State handed over: the ROM's disassembly (cache off, watchdog off after a cold start, SP just below the end of RAM,
//! VECBASE at the ROM, no interrupt enabled).

use alloc::format;
use alloc::string::{String, ToString};

use krait_lx106::Special;

use super::image::{self, Image};
use super::{Mode, download, rom};
use crate::device::Device;
use crate::machine::{Machine, State};
use crate::memory::{DRAM, IRAM};
use crate::schedule::Event;
use crate::stop::Stop;
use crate::sys::ResetCause;
use crate::time::{self, Ticks};

/// 80 MHz by 115200.
const DIVISOR: u32 = 694;
/// 52 MHz by 115200.
const HOST_DIVISOR: u32 = 451;
const CLKDIV: u32 = 0x14;
const FIFO: u32 = 0x00;
const STATUS: u32 = 0x1C;
/// Where the ROM's stack stands when it calls the program.
const STACK: u32 = 0x3FFF_FFB0;
/// The time that reading 16 bytes of an image takes, about that of single-line reads at 26 MHz with the ROM's overhead.
const LINE: Ticks = time::us(10);
/// From reset to the first character.
const START_UP: Ticks = time::ms(2);

impl Machine {
    /// Does what the ROM does after a reset.
    pub(crate) fn boot(&mut self) -> Option<Stop> {
        self.state = State::Halted;
        self.clear_system_ram();
        let sys = &mut self.soc.sys;
        self.soc.uarts[0].write(CLKDIV, DIVISOR, sys);
        self.wait(START_UP);
        let strap = self.soc.gpio.strap();
        let cause = self.soc.rtc.cause();
        self.say(&format!("\n ets Jan  8 2013,rst cause:{}, boot mode:({strap},7)\n\n", cause as u32));
        if cause == ResetCause::Watchdog {
            self.say("wdt reset\n");
        }
        match self.mode_override.unwrap_or_else(|| Mode::of(strap)) {
            Mode::Flash => self.boot_from_flash(),
            Mode::Download => {
                self.drain();
                // The ROM finds the host's rate by the length of the pulses of the first packet; nearly all hosts
                // begin with 115200.
                self.soc.uarts[0].write(CLKDIV, HOST_DIVISOR, &mut self.soc.sys);
                self.state = State::Download(download::Download::new());
                None
            }
            Mode::Ram => {
                self.hand_over(IRAM);
                None
            }
            Mode::Nothing => {
                self.drain();
                Some(Stop::BootFailed(format!(
                    "boot mode {strap}: GPIO15, GPIO0 and GPIO2 ask for a boot from SDIO or for none"
                )))
            }
        }
    }

    fn boot_from_flash(&mut self) -> Option<Stop> {
        let parsed = match image::parse(self.soc.sys.flash.bytes()) {
            Ok(parsed) => parsed,
            Err(error) => return Some(self.refuse(error.to_string())),
        };
        if let Err(why) = self.load_segments(&parsed) {
            return Some(self.refuse(why));
        }
        let sum = parsed.sums.last().copied().unwrap_or(image::CHECKSUM_SEED);
        self.say(&format!("csum 0x{sum:02x}\n"));
        if let Err(error) = parsed.checksum {
            self.say("csum err\n");
            return Some(self.refuse(error.to_string()));
        }
        self.hand_over(parsed.header.entry);
        None
    }

    fn refuse(&mut self, why: String) -> Stop {
        self.say("ets_main.c 181 \n");
        self.drain();
        Stop::BootFailed(why)
    }

    fn load_segments(&mut self, parsed: &Image) -> Result<(), String> {
        // Bytes of the present line of 16 that are used.
        let mut used = 16u32;
        for (segment, sum) in parsed.segments.iter().zip(&parsed.sums) {
            let tail_before = used % 16;
            if segment.offset > 16 {
                let left = 16 - tail_before;
                if left < 8 {
                    self.say(&format!("ho 0 tail {tail_before} room {left}\n"));
                    used = 8 - left;
                } else {
                    used = tail_before + 8;
                }
            }
            // A full line is followed by an empty one.
            let room = if used == 16 { 16 } else { 16 - used };
            let (address, length) = (segment.address, segment.length as u32);
            self.say(&format!("load 0x{address:08x}, len {length}, room {room} \n"));
            let end = segment.offset.saturating_add(segment.length);
            let bytes = self.soc.sys.flash.bytes().get(segment.offset..end).unwrap_or_default().to_vec();
            self.wait(LINE * u64::from(length / 16 + 1));
            if !self.soc.sys.memory.load_image(address, &bytes) {
                return Err(format!("segment of {length} bytes for {address:#010x}: there is no RAM"));
            }
            self.mark_loaded(address, length);
            used = if length < room { 16 - room + length } else { (length - room) % 16 };
            self.say(&format!("tail {used}\nchksum 0x{sum:02x}\n"));
        }
        self.cpu.invalidate_all();
        Ok(())
    }

    /// For strict mode: what a loader wrote is written.
    pub(crate) fn mark_loaded(&mut self, address: u32, length: u32) {
        for at in (0..length).step_by(4) {
            let word = address.wrapping_add(at).wrapping_sub(DRAM) / 4;
            if let Some(bits) = self.soc.written.get_mut((word / 32) as usize) {
                *bits |= 1 << (word % 32);
            }
        }
    }

    /// Calls the program.
    pub(crate) fn hand_over(&mut self, entry: u32) {
        let registers = self.cpu.registers_mut();
        registers[0] = rom::RETURN;
        registers[1] = STACK;
        self.cpu.set_special(Special::Ps, 0x20);
        self.cpu.set_special(Special::Intenable, 0);
        self.cpu.set_special(Special::Litbase, 0);
        self.cpu.set_pc(entry);
        self.state = State::Running;
    }

    /// The ROM clears its variables, and has a few that programs read.
    fn clear_system_ram(&mut self) {
        let ram = &mut self.soc.sys.memory.dram;
        for address in (0x3FFF_C000..0x3FFF_EB30).step_by(4) {
            let _ = ram.store32(address, 0);
        }
        let chip = [0x0016_40EF, 4 << 20, 0x1_0000, 0x1000, 0x100, 0xFFFF];
        for (at, word) in (0x3FFF_C718..).step_by(4).zip(chip) {
            let _ = ram.store32(at, word);
        }
        let _ = ram.store32(0x3FFF_C714, 0x3FFF_C718);
        let _ = ram.store32(0x3FFF_C704, 52);
        self.mark_loaded(0x3FFF_C000, 0x2B30);
    }

    /// Lets time pass, as a program that does nothing else.
    pub(crate) fn wait(&mut self, span: Ticks) {
        self.pass_to(self.now().saturating_add(span));
    }

    /// Sends text, waiting for room as the ROM does; a reset in the middle ends it.
    pub(crate) fn say(&mut self, text: &str) {
        self.say_bytes(text.as_bytes());
    }

    /// Waits until all that was said has left.
    pub(crate) fn drain(&mut self) {
        while let Some(when) = self.soc.sys.schedule.when(Event::Uart0Sent)
            && self.soc.sys.reset.is_none()
        {
            self.pass_to(when);
        }
    }

    /// As [`Machine::say`], for bytes.
    pub(crate) fn say_bytes(&mut self, bytes: &[u8]) {
        for byte in bytes {
            while self.soc.uarts[0].read(STATUS, &mut self.soc.sys) >> 16 & 0xFF >= 126 {
                let Some(when) = self.soc.sys.schedule.when(Event::Uart0Sent) else { break };
                self.pass_to(when);
                if self.soc.sys.reset.is_some() {
                    return;
                }
            }
            self.soc.uarts[0].write(FIFO, u32::from(*byte), &mut self.soc.sys);
        }
    }
}
