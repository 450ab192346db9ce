//! The pads: where what the chip drives, what is wired to it and the pulls meet, and a level comes out.
//!
//! A pad's level is that of the strongest driver; with none, of the pulls; with none of those it stays as it was (a
//! floating input must not make a run depend on anything but its inputs). Each change of level is queued with its
//! moment for those who watch.
//!
//! The surprising fact: sigma-delta output is a density, not a stream of edges. Watchers hear of the density; who reads
//! the pin sees the level that the modulator has at that moment.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use crate::time::Ticks;

/// GPIO0 to GPIO15, and GPIO16.
pub const PADS: usize = 17;

/// What the chip can put on a pad.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Signal {
    /// The pad's bit of the GPIO block.
    Gpio,
    /// Nothing: an input, or a function that is not modelled.
    None,
    /// UART0's transmitter.
    Uart0Txd,
    /// UART0 asks for a pause.
    Uart0Rts,
    /// UART0's data-terminal-ready.
    Uart0Dtr,
    /// UART1's transmitter.
    Uart1Txd,
    /// UART1 asks for a pause.
    Uart1Rts,
    /// HSPI's clock.
    HspiClk,
    /// HSPI's data out (MOSI).
    HspiD,
    /// HSPI's data in (MISO): driven only as a slave or in dual modes, so never here.
    HspiQ,
    /// HSPI's chip select 0.
    HspiCs,
    /// I2S data out.
    I2sData,
    /// I2S bit clock out.
    I2sBck,
    /// I2S word select out.
    I2sWs,
}

const SIGNALS: usize = Signal::I2sWs as usize + 1;

/// What something outside does to a pad.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Drive {
    /// Nothing.
    Release,
    /// A resistor to ground.
    PullDown,
    /// A resistor to the supply.
    PullUp,
    /// Holds it low.
    Low,
    /// Holds it high.
    High,
}

/// Something that happened at a pad.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PadChange {
    /// When.
    pub time: Ticks,
    /// Which pad.
    pub pad: u8,
    /// What.
    pub what: Change,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// The level is now this.
    Level(bool),
    /// The sigma-delta modulator gives so many 256ths of high, or no longer anything if `None`.
    Density(Option<u8>),
}

/// The chip's own side of a pad.
#[derive(Debug, Clone, Copy, Default)]
struct Own {
    signal: u8,
    out: bool,
    enabled: bool,
    open_drain: bool,
    modulated: bool,
    pull_up: bool,
    pull_down: bool,
}

/// Who drives a pad from outside.
#[derive(Debug, Clone, Copy)]
struct Outside {
    pad: u8,
    owner: u32,
    drive: Drive,
}

/// The most changes that wait; more are dropped, which [`Pads::lost`] counts.
const CHANGES_MAX: usize = 1 << 16;

/// All pads.
#[derive(Debug, Clone)]
pub struct Pads {
    own: [Own; PADS],
    signals: [Option<bool>; SIGNALS],
    outside: Vec<Outside>,
    levels: u32,
    changes: VecDeque<PadChange>,
    watched: u32,
    density: Option<u8>,
    /// Pads where the chip and something outside held different levels, by bit, since this was last cleared.
    pub contention: u32,
    /// Changes that nobody heard of, since too many came at once.
    pub lost: u64,
}

impl Default for Pads {
    fn default() -> Self {
        let own = Own { signal: Signal::Gpio as u8, ..Own::default() };
        Pads {
            own: [own; PADS],
            signals: [None; SIGNALS],
            outside: Vec::new(),
            levels: 0,
            changes: VecDeque::new(),
            watched: 0,
            density: None,
            contention: 0,
            lost: 0,
        }
    }
}

impl Pads {
    /// All levels by bit.
    #[must_use]
    pub fn levels(&self) -> u32 {
        self.levels
    }

    /// One level.
    #[must_use]
    pub fn level(&self, pad: usize) -> bool {
        pad < PADS && self.levels >> pad & 1 != 0
    }

    /// Whether the chip itself drives a pad, and to what.
    #[must_use]
    pub fn driven(&self, pad: usize) -> Option<bool> {
        self.own.get(pad).and_then(|own| self.own_drive(own))
    }

    /// The pads whose modulator is on, by bit.
    #[must_use]
    pub fn modulated(&self) -> u32 {
        let on = |own: &Own| own.modulated && own.enabled && own.signal == Signal::Gpio as u8;
        self.own.iter().enumerate().filter(|(_, own)| on(own)).fold(0, |bits, (pad, _)| bits | 1 << pad)
    }

    /// Has a pad show another of the chip's signals.
    pub fn route(&mut self, pad: usize, signal: Signal, now: Ticks) {
        if let Some(own) = self.own.get_mut(pad) {
            own.signal = signal as u8;
            self.settle(pad, now);
        }
    }

    /// Whether a pad shows `signal`.
    #[must_use]
    pub fn shows(&self, pad: usize, signal: Signal) -> bool {
        self.own.get(pad).is_some_and(|own| own.signal == signal as u8)
    }

    /// The chip's pulls at a pad.
    pub fn pulls(&mut self, pad: usize, up: bool, down: bool, now: Ticks) {
        if let Some(own) = self.own.get_mut(pad) {
            (own.pull_up, own.pull_down) = (up, down);
            self.settle(pad, now);
        }
    }

    /// The GPIO block's side of a pad.
    pub fn gpio(&mut self, pad: usize, out: bool, enabled: bool, now: Ticks) {
        let Some(own) = self.own.get_mut(pad) else { return };
        if (own.out, own.enabled) != (out, enabled) {
            (own.out, own.enabled) = (out, enabled);
            self.settle(pad, now);
            self.tell_density(pad, now);
        }
    }

    /// The pad's mode: open drain, and whether the modulator replaces its bit.
    pub fn mode(&mut self, pad: usize, open_drain: bool, modulated: bool, now: Ticks) {
        let Some(own) = self.own.get_mut(pad) else { return };
        if (own.open_drain, own.modulated) != (open_drain, modulated) {
            (own.open_drain, own.modulated) = (open_drain, modulated);
            self.settle(pad, now);
            self.tell_density(pad, now);
        }
    }

    /// The modulator's density, if it is on.
    pub fn modulate(&mut self, density: Option<u8>, now: Ticks) {
        if self.density != density {
            self.density = density;
            for pad in 0..PADS {
                if self.own.get(pad).is_some_and(|own| own.modulated && own.enabled) {
                    self.push(pad, Change::Density(density), now);
                }
            }
        }
    }

    fn tell_density(&mut self, pad: usize, now: Ticks) {
        if self.density.is_some() && self.own.get(pad).is_some_and(|own| own.modulated) {
            let on = self.modulated() >> pad & 1 != 0;
            self.push(pad, Change::Density(self.density.filter(|_| on)), now);
        }
    }

    /// The level of one of the chip's signals; `None` if it is not driven.
    pub fn signal(&mut self, signal: Signal, level: Option<bool>, now: Ticks) {
        let slot = &mut self.signals[signal as usize];
        if *slot == level {
            return;
        }
        *slot = level;
        for pad in 0..PADS {
            if self.shows(pad, signal) {
                self.settle(pad, now);
            }
        }
    }

    /// Whether anything outside looks at a pad that shows `signal`.
    #[must_use]
    pub fn is_watched(&self, signal: Signal) -> bool {
        (0..PADS).any(|pad| self.watched >> pad & 1 != 0 && self.shows(pad, signal))
    }

    /// Has changes of a pad queued.
    pub fn watch(&mut self, pad: usize) {
        if pad < PADS {
            self.watched |= 1 << pad;
        }
    }

    /// What `owner` does to a pad from outside.
    pub fn drive(&mut self, owner: u32, pad: usize, drive: Drive, now: Ticks) {
        if pad >= PADS {
            return;
        }
        let place = self.outside.iter().position(|o| o.owner == owner && usize::from(o.pad) == pad);
        match (place.and_then(|at| self.outside.get_mut(at)), drive) {
            (Some(there), _) if there.drive == drive => return,
            (Some(there), _) => there.drive = drive,
            (None, Drive::Release) => return,
            (None, _) => self.outside.push(Outside { pad: pad as u8, owner, drive }),
        }
        if drive == Drive::Release
            && let Some(at) = place
        {
            self.outside.swap_remove(at);
        }
        self.settle(pad, now);
    }

    /// Takes the next change that is queued.
    pub fn take_change(&mut self) -> Option<PadChange> {
        self.changes.pop_front()
    }

    /// What a reset of the chip does: its own side falls back to inputs; what is wired to it stays.
    pub fn reset(&mut self, now: Ticks) {
        self.modulate(None, now);
        self.signals = [None; SIGNALS];
        for pad in 0..PADS {
            // GPIO16 keeps what the RTC's power domain holds.
            if pad != 16
                && let Some(own) = self.own.get_mut(pad)
            {
                *own = Own { signal: Signal::Gpio as u8, ..Own::default() };
            }
            self.settle(pad, now);
        }
    }

    fn own_drive(&self, own: &Own) -> Option<bool> {
        if own.signal != Signal::Gpio as u8 {
            return self.signals.get(usize::from(own.signal)).copied().flatten();
        }
        match (own.enabled, own.open_drain, own.out) {
            (false, ..) | (true, true, true) => None,
            (_, _, out) => Some(out),
        }
    }

    fn settle(&mut self, pad: usize, now: Ticks) {
        let Some(own) = self.own.get(pad).copied() else { return };
        let mine = self.own_drive(&own);
        let there = || self.outside.iter().filter(|o| usize::from(o.pad) == pad).map(|o| o.drive);
        let outside = if there().any(|d| d == Drive::Low) {
            Some(false)
        } else {
            there().any(|d| d == Drive::High).then_some(true)
        };
        let level = match (mine, outside) {
            (Some(a), Some(b)) if a != b => {
                self.contention |= 1 << pad;
                false
            }
            (Some(level), _) | (None, Some(level)) => level,
            (None, None) if own.pull_up || there().any(|d| d == Drive::PullUp) => true,
            (None, None) if own.pull_down || there().any(|d| d == Drive::PullDown) => false,
            (None, None) => self.level(pad),
        };
        if level != self.level(pad) {
            self.levels ^= 1 << pad;
            self.push(pad, Change::Level(level), now);
        }
    }

    fn push(&mut self, pad: usize, what: Change, time: Ticks) {
        if self.changes.len() < CHANGES_MAX {
            self.changes.push_back(PadChange { time, pad: pad as u8, what });
        } else {
            self.lost += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strength() {
        let mut p = Pads::default();
        assert!(!p.level(4));
        p.pulls(4, true, false, 0);
        assert!(p.level(4));
        p.drive(1, 4, Drive::PullDown, 1);
        assert!(p.level(4), "equal strengths: the pull-up is named first");
        p.drive(2, 4, Drive::Low, 2);
        assert!(!p.level(4));
        p.gpio(4, true, true, 3);
        assert_eq!((p.level(4), p.contention), (false, 1 << 4));
        p.drive(2, 4, Drive::Release, 4);
        assert!(p.level(4));
        p.mode(4, true, false, 5);
        p.pulls(4, false, false, 5);
        assert!(!p.level(4), "open drain lets the pull-down have it");
    }

    #[test]
    fn a_floating_pad_keeps_its_level() {
        let mut p = Pads::default();
        p.drive(9, 5, Drive::High, 0);
        p.drive(9, 5, Drive::Release, 1);
        assert!(p.level(5));
    }

    #[test]
    fn signals_reach_the_pads_that_show_them() {
        let mut p = Pads::default();
        p.signal(Signal::HspiClk, Some(true), 0);
        assert!(!p.level(14));
        p.route(14, Signal::HspiClk, 1);
        assert!(p.level(14));
        p.signal(Signal::HspiClk, Some(false), 2);
        let times: Vec<_> = core::iter::from_fn(|| p.take_change()).map(|c| (c.time, c.pad, c.what)).collect();
        assert_eq!(times, [(1, 14, Change::Level(true)), (2, 14, Change::Level(false))]);
    }
}
