//! [`Part`]: something wired to the chip's pins. The parts themselves are not here.
//!
//! A part hears of each change of a pad that it watches, at its exact time, may drive pads, set itself timers, and
//! answers commands given in words (`press`, `set 24.5`). It sees nothing else of the chip.
//!
//! The surprising fact: characters of a UART and frames of I2S are put on the pads ahead of time when they begin, so a
//! change may carry a time that lies in the future; parts go by the time that they are told.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::any::Any;

use crate::pads::{Drive, PadChange};
use crate::sys::{ResetCause, Sleep, Sys};
use crate::time::Ticks;

/// What a part answers to a command.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// Done.
    Done,
    /// A number, in the part's unit.
    Number(f64),
    /// Words.
    Text(String),
    /// A file's content: a picture, a recording.
    File(Vec<u8>),
}

/// Something wired to the chip.
pub trait Part: Send {
    /// It has been wired: time to watch pads and to drive them as it does at rest.
    fn attach(&mut self, wires: &mut Wires<'_>);

    /// A pad that it watches has changed.
    fn change(&mut self, _change: PadChange, _wires: &mut Wires<'_>) {}

    /// A timer of its own has run out.
    fn timer(&mut self, _tag: u32, _wires: &mut Wires<'_>) {}

    /// A command in words.
    ///
    /// # Errors
    /// What is wrong with it, for a person.
    fn command(&mut self, words: &[&str], _wires: &mut Wires<'_>) -> Result<Answer, String> {
        Err(alloc::format!("this part does not know `{}`", words.join(" ")))
    }

    /// The board's power went and came back.
    fn power_cycle(&mut self, _wires: &mut Wires<'_>) {}

    /// For a snapshot.
    fn boxed_clone(&self) -> Box<dyn Part>;

    /// For a test that wants to look inside.
    fn as_any(&self) -> &dyn Any;
}

impl Clone for Box<dyn Part> {
    fn clone(&self) -> Self {
        self.boxed_clone()
    }
}

/// A part's view of the chip.
pub struct Wires<'a> {
    pub(crate) sys: &'a mut Sys,
    pub(crate) part: usize,
}

impl Wires<'_> {
    /// The present.
    #[must_use]
    pub fn now(&self) -> Ticks {
        self.sys.now
    }

    /// The level of a pad.
    #[must_use]
    pub fn level(&self, pad: usize) -> bool {
        self.sys.pads.level(pad)
    }

    /// Asks to hear of a pad's changes.
    pub fn watch(&mut self, pad: usize) {
        self.sys.watch(self.part, pad);
    }

    /// Drives a pad from outside, from now on.
    pub fn drive(&mut self, pad: usize, drive: Drive) {
        self.drive_at(pad, drive, self.sys.now);
    }

    /// Drives a pad from the moment of a change that the part was told of.
    pub fn drive_at(&mut self, pad: usize, drive: Drive, when: Ticks) {
        self.sys.pads.drive(self.part as u32, pad, drive, when);
    }

    /// Has [`Part::timer`] called at `when`; a timer of the same tag is moved. False if there are too many.
    pub fn timer_at(&mut self, when: Ticks, tag: u32) -> bool {
        self.sys.schedule.set_part(self.part, tag, when.max(self.sys.now))
    }

    /// Forgets a timer.
    pub fn cancel(&mut self, tag: u32) {
        self.sys.schedule.set_part(self.part, tag, Ticks::MAX);
    }

    /// The voltage at TOUT, in millivolts at the chip's pin.
    pub fn set_tout(&mut self, mv: u32) {
        self.sys.tout_mv = mv;
    }

    /// Pulls RST low for a moment.
    pub fn reset_chip(&mut self) {
        let cause = if self.sys.sleep == Sleep::Deep { ResetCause::DeepSleep } else { ResetCause::External };
        self.sys.request_reset(cause);
    }

    /// Holds RST low, or lets it go.
    pub fn hold_reset(&mut self, low: bool) {
        if low {
            self.reset_chip();
        }
        if !low && self.sys.held {
            self.sys.strap_again = true;
        }
        self.sys.held = low;
        self.sys.stop = true;
    }

    /// What I2S has sent since this was last asked: the rate, and frames of left and right.
    pub fn take_audio(&mut self) -> (u32, Vec<(i16, i16)>) {
        (self.sys.audio.rate, core::mem::take(&mut self.sys.audio.frames))
    }

    /// A number of the run's seed.
    pub fn random(&mut self) -> u64 {
        self.sys.rng.next()
    }
}
