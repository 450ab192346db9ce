//! What devices share: time, clocks, interrupt lines, pads, memory, the flash chip, and the run's records.

use alloc::vec::Vec;

use crate::findings::{Finding, Findings, Kind};
use crate::flash::FlashChip;
use crate::irq::Irq;
use crate::memory::Memory;
use crate::pads::{PADS, Pads};
use crate::rng::Rng;
use crate::schedule::Schedule;
use crate::stats::Stats;
use crate::time::{Clocks, Ticks};
use crate::trace::Trace;

/// Why the chip starts anew; the number is what RTC +0x14 says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum ResetCause {
    /// Power came.
    PowerOn = 1,
    /// The RST pin.
    External = 2,
    /// RTC +0x00 bit 31.
    Software = 3,
    /// The watchdog's second stage.
    Watchdog = 4,
    /// The RST pin while in deep sleep, as when GPIO16 is wired to it.
    DeepSleep = 5,
}

/// How the CPU is kept from running.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sleep {
    /// It runs.
    Awake,
    /// Its clock stands until the RTC or a pin wakes it.
    Light,
    /// All but the RTC is off; only a reset brings it back.
    Deep,
}

/// What has come out of a UART and waits for the machine to take it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sent {
    /// When its last bit was over.
    pub time: Ticks,
    /// Which UART.
    pub port: u8,
    /// The character.
    pub byte: u8,
}

/// A frame of I2S output: left and right.
pub type Frame = (i16, i16);

/// Audio that I2S has sent and nobody has taken yet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Audio {
    /// Frames a second.
    pub rate: u32,
    /// The frames, oldest first; at most [`AUDIO_MAX`].
    pub frames: Vec<Frame>,
}

/// The most frames that are kept for whoever takes them.
pub const AUDIO_MAX: usize = 1 << 22;

/// The most bytes that wait to be taken from the UARTs; the oldest half is dropped beyond.
pub const SENT_MAX: usize = 1 << 20;

/// What devices share.
#[derive(Debug, Clone)]
pub struct Sys {
    /// The moment of what is being done.
    pub now: Ticks,
    /// The clocks.
    pub clocks: Clocks,
    /// What is to come.
    pub schedule: Schedule,
    /// Interrupt lines.
    pub irq: Irq,
    /// Pads.
    pub pads: Pads,
    /// Memory.
    pub memory: Memory,
    /// The flash chip.
    pub flash: FlashChip,
    /// The hardware's noise.
    pub rng: Rng,
    /// What has gone wrong without the program noticing.
    pub findings: Findings,
    /// Counts.
    pub stats: Stats,
    /// The hash of the run.
    pub trace: Trace,
    /// UART output.
    pub sent: Vec<Sent>,
    /// I2S output.
    pub audio: Audio,
    /// A reset that is to happen before the next instruction.
    pub reset: Option<ResetCause>,
    /// Whether the CPU runs.
    pub sleep: Sleep,
    /// Whether RST is held low.
    pub held: bool,
    /// Whether RST has risen, so that the strapping pins are to be read again.
    pub strap_again: bool,
    /// Which parts watch each pad.
    pub watchers: [Vec<usize>; PADS],
    /// The voltage at TOUT in millivolts, 0 to 1000 being the ADC's range.
    pub tout_mv: u32,
    /// The supply in millivolts.
    pub vdd_mv: u32,
    /// Whether the core must come back to the machine before the next instruction.
    pub stop: bool,
    /// Whether the flash window's decoded instructions are stale.
    pub window_changed: bool,
}

impl Sys {
    /// Notes something that a real chip would not forgive.
    pub fn find(&mut self, kind: Kind, address: u32) {
        if self.findings.note(Finding { kind, address, pc: None, time: self.now, count: 1 }) {
            self.stop = true;
        }
    }

    /// Asks for a reset; the first cause counts.
    pub fn request_reset(&mut self, cause: ResetCause) {
        self.reset = self.reset.or(Some(cause));
        self.stop = true;
    }

    /// Tells a part of changes of a pad from now on.
    pub fn watch(&mut self, part: usize, pad: usize) {
        if let Some(list) = self.watchers.get_mut(pad)
            && !list.contains(&part)
        {
            list.push(part);
            self.pads.watch(pad);
        }
    }

    /// A character has left a UART.
    pub fn send(&mut self, port: u8, byte: u8) {
        if self.sent.len() >= SENT_MAX {
            self.sent.drain(..SENT_MAX / 2);
        }
        self.trace.mix(0x5E4D, u64::from(port) << 8 | u64::from(byte));
        self.sent.push(Sent { time: self.now, port, byte });
    }
}
