//! The real-time clock's block: the slow counter, resets and their causes, sleep, scratch words, GPIO16.
//!
//! It is a power domain of its own: counter, scratch words and RTC memory outlive everything but the loss of power.
//! Facts: esp-open-rtos `rtc_regs.h`, the ROM's `rtc_get_reset_reason`, MicroPython's and Arduino's use of GPIO16's
//! registers; the order in which published drivers enter deep sleep without the SDK.
//!
//! The surprising fact: no register says "deep". A sleep (+0x08 bit 20) is deep if the power sequence in +0x0C has bit
//! 18 set, as all published deep sleeps have and light sleeps have not. When its time comes GPIO16 falls; what wakes
//! the chip is the wire from there to RST, if the board has it.

use super::{Device, Latches, field};
use crate::irq::Source;
use crate::pads::Signal;
use crate::schedule::Event;
use crate::sys::{ResetCause, Sleep, Sys};
use crate::time::{self, Ticks};

const CTRL: u32 = 0x00;
const ALARM: u32 = 0x04;
const STATE: u32 = 0x08;
const SEQUENCE: u32 = 0x0C;
const CAUSE: u32 = 0x14;
const WAKE: u32 = 0x18;
const COUNTER: u32 = 0x1C;
const INT_STATUS: u32 = 0x20;
const INT_CLEAR: u32 = 0x24;
const INT_ENABLE: u32 = 0x28;
const SCRATCH: u32 = 0x30;
const SCRATCH_END: u32 = 0x40;
const GPIO_OUT: u32 = 0x68;
const GPIO_ENABLE: u32 = 0x74;
const GPIO_IN: u32 = 0x8C;
const PAD_CONF: u32 = 0xA0;

const SOFTWARE_RESET: u32 = 1 << 31;
const SLEEP: u32 = 1 << 20;
const WOKEN: u32 = 1 << 21;
const DEEP: u32 = 1 << 18;
const WAKE_BY_TIMER: u32 = 1 << 3;
const WAKE_BY_PIN: u32 = 1 << 2;

/// One step of the slow counter: 6.5 us, in the middle of what real chips have (5.5 to 7).
pub const TICK: Ticks = time::us(13) / 2;

/// The RTC.
#[derive(Debug, Clone)]
pub struct Rtc {
    latches: Latches,
    cause: ResetCause,
    /// Why the last sleep ended: 1 by a pin, 8 by the timer.
    wake_cause: u32,
    started: Ticks,
    raised: u32,
}

impl Rtc {
    /// As power-on leaves it.
    #[must_use]
    pub fn new() -> Self {
        let mut latches = Latches::new(0x100);
        latches.set(INT_ENABLE, 0);
        Rtc { latches, cause: ResetCause::PowerOn, wake_cause: 0, started: 0, raised: 0 }
    }

    /// Why the chip started last.
    #[must_use]
    pub fn cause(&self) -> ResetCause {
        self.cause
    }

    /// The slow counter.
    #[must_use]
    pub fn counter(&self, now: Ticks) -> u32 {
        (now.saturating_sub(self.started) / TICK) as u32
    }

    /// Notes why the chip starts; with the power gone, everything else is forgotten.
    pub fn start(&mut self, cause: ResetCause, now: Ticks) {
        if cause == ResetCause::PowerOn {
            *self = Rtc { started: now, ..Rtc::new() };
        }
        if cause == ResetCause::DeepSleep {
            self.wake_cause = WAKE_BY_TIMER;
            self.latches.set(STATE, self.latches.get(STATE) | WOKEN);
        }
        self.cause = cause;
    }

    /// Ends a light sleep.
    pub fn wake(&mut self, by_timer: bool, sys: &mut Sys) {
        if sys.sleep == Sleep::Light {
            sys.sleep = Sleep::Awake;
            sys.schedule.clear(Event::RtcWake);
            self.wake_cause = if by_timer { WAKE_BY_TIMER } else { WAKE_BY_PIN };
            self.latches.set(STATE, self.latches.get(STATE) & !SLEEP | WOKEN);
            self.raised |= 3;
            self.update(sys);
        }
    }

    /// Whether a pin may end a light sleep.
    #[must_use]
    pub fn wakes_by_pin(&self) -> bool {
        self.latches.get(WAKE) & WAKE_BY_PIN != 0
    }

    fn fall_asleep(&mut self, sys: &mut Sys) {
        let deep = self.latches.get(SEQUENCE) & DEEP != 0;
        sys.sleep = if deep { Sleep::Deep } else { Sleep::Light };
        sys.stop = true;
        if self.latches.get(WAKE) & WAKE_BY_TIMER != 0 {
            // A target that lies behind, by less than half of the counter's range, has been reached.
            let ahead = self.latches.get(ALARM).wrapping_sub(self.counter(sys.now));
            let steps = if ahead as i32 <= 0 { 1 } else { u64::from(ahead) };
            sys.schedule.set(Event::RtcWake, sys.now + steps * TICK);
        }
        if deep {
            // XPD_DCDC: high while asleep, low when the time has come.
            sys.pads.route(16, Signal::Gpio, sys.now);
            sys.pads.gpio(16, true, true, sys.now);
        }
    }

    fn update(&mut self, sys: &mut Sys) {
        sys.irq.set(Source::Rtc, self.raised & self.latches.get(INT_ENABLE) != 0);
    }

    fn pin16(&self, sys: &mut Sys) {
        let out = self.latches.get(GPIO_OUT) & 1 != 0;
        let enabled = self.latches.get(GPIO_ENABLE) & 1 != 0;
        sys.pads.gpio(16, out, enabled, sys.now);
        let conf = self.latches.get(PAD_CONF);
        sys.pads.pulls(16, false, conf & 1 << 3 != 0, sys.now);
    }
}

impl Default for Rtc {
    fn default() -> Self {
        Rtc::new()
    }
}

impl Device for Rtc {
    fn read(&mut self, offset: u32, sys: &mut Sys) -> u32 {
        match offset {
            CAUSE => self.cause as u32,
            WAKE => field(self.latches.get(WAKE), 5, 0) | self.wake_cause << 8,
            COUNTER => self.counter(sys.now),
            INT_STATUS => self.raised & self.latches.get(INT_ENABLE),
            // The SDK waits here for the analog part to be up after a sleep.
            INT_ENABLE => self.latches.get(INT_ENABLE) | 1,
            GPIO_IN => u32::from(sys.pads.level(16)),
            _ => self.latches.get(offset),
        }
    }

    fn write(&mut self, offset: u32, value: u32, sys: &mut Sys) {
        match offset {
            CAUSE | COUNTER | GPIO_IN => return,
            INT_CLEAR => self.raised &= !value,
            _ => self.latches.set(offset, value),
        }
        match offset {
            CTRL if value & SOFTWARE_RESET != 0 => {
                self.latches.set(CTRL, value & !SOFTWARE_RESET);
                sys.request_reset(ResetCause::Software);
            }
            STATE if value & SLEEP != 0 => self.fall_asleep(sys),
            GPIO_OUT | GPIO_ENABLE | PAD_CONF => self.pin16(sys),
            _ => {}
        }
        self.update(sys);
    }

    fn knows(&self, offset: u32) -> bool {
        offset <= INT_ENABLE
            || (SCRATCH..SCRATCH_END).contains(&offset)
            || matches!(offset, 0x2C | 0x40..=0x48 | GPIO_OUT | GPIO_ENABLE | GPIO_IN | 0x90..=PAD_CONF | 0xA4)
    }

    fn event(&mut self, _event: Event, sys: &mut Sys) {
        match sys.sleep {
            Sleep::Light => self.wake(true, sys),
            Sleep::Deep => sys.pads.gpio(16, false, true, sys.now),
            Sleep::Awake => {}
        }
    }

    fn reset(&mut self, sys: &mut Sys) {
        let scratch: alloc::vec::Vec<u32> = (SCRATCH..SCRATCH_END).step_by(4).map(|at| self.latches.get(at)).collect();
        let (state, wake) = (self.latches.get(STATE), self.latches.get(WAKE));
        self.latches.clear();
        for (at, word) in (SCRATCH..SCRATCH_END).step_by(4).zip(scratch) {
            self.latches.set(at, word);
        }
        self.latches.set(STATE, state & WOKEN);
        self.latches.set(WAKE, wake);
        self.raised = 0;
        self.update(sys);
        self.pin16(sys);
    }
}
