//! FRC1, which counts 23 bits down, and FRC2, which counts 32 bits up.
//!
//! Counters are computed when asked for; only the next interrupt is an event.
//! Facts: Arduino `esp8266_peri.h`, esp-open-rtos `timer_regs.h`, RTOS SDK `eagle_soc.h`.
//!
//! The surprising fact: FRC2 calls once for each write of its alarm, though its counter meets the same alarm again
//! after 2^32 ticks; a model that called again and again would drown the vendor's SDK.

use super::{Device, field};
use crate::irq::Pulse;
use crate::schedule::Event;
use crate::sys::Sys;
use crate::time::Ticks;

const LOAD: u32 = 0x00;
const COUNT: u32 = 0x04;
const CTRL: u32 = 0x08;
const INT: u32 = 0x0C;
const FRC2: u32 = 0x20;
const ALARM: u32 = 0x30;

const ENABLE: u32 = 1 << 7;
const RELOAD: u32 = 1 << 6;
/// CTRL bit 8: an interrupt has come and was not cleared.
const STATUS: u32 = 1 << 8;

/// One counter, as of a moment.
#[derive(Debug, Clone, Default)]
struct Counter {
    load: u32,
    ctrl: u32,
    value: u32,
    at: Ticks,
    called: bool,
}

impl Counter {
    fn step(&self, sys: &Sys) -> Ticks {
        let shift = match field(self.ctrl, 3, 2) {
            0 => 0,
            1 => 4,
            _ => 8,
        };
        sys.clocks.apb() << shift
    }

    fn steps(&self, sys: &Sys) -> u64 {
        if self.ctrl & ENABLE == 0 { 0 } else { sys.now.saturating_sub(self.at) / self.step(sys) }
    }
}

/// Both counters.
#[derive(Debug, Clone, Default)]
pub struct Timers {
    one: Counter,
    two: Counter,
    alarm: u32,
    armed: bool,
}

impl Timers {
    /// Both at rest.
    #[must_use]
    pub fn new() -> Self {
        Timers::default()
    }

    fn one_value(&self, sys: &Sys) -> u32 {
        let gone = self.one.steps(sys);
        let value = u64::from(self.one.value);
        if gone <= value {
            return (value - gone) as u32;
        }
        // Past zero it starts again from the load value, or from the top.
        let span = if self.one.ctrl & RELOAD != 0 { u64::from(self.one.load) } else { 0x7F_FFFF };
        (span - (gone - value - 1) % (span + 1)) as u32
    }

    fn two_value(&self, sys: &Sys) -> u32 {
        self.two.value.wrapping_add(self.two.steps(sys) as u32)
    }

    /// Takes the counters' values as of now for their new beginning; before anything about them changes.
    pub fn rebase(&mut self, sys: &Sys) {
        for (value, counter) in [(self.one_value(sys), 1), (self.two_value(sys), 2)] {
            let counter = if counter == 1 { &mut self.one } else { &mut self.two };
            // What is left of the current step stays with the counter.
            let step = counter.step(sys);
            let rest = if counter.ctrl & ENABLE == 0 { 0 } else { sys.now.saturating_sub(counter.at) % step };
            counter.value = value;
            counter.at = sys.now - rest;
        }
    }

    /// Puts the next calls into the schedule.
    pub fn plan(&self, sys: &mut Sys) {
        if self.one.ctrl & ENABLE != 0 {
            let steps = u64::from(self.one.value).max(1);
            sys.schedule.set(Event::Frc1, self.one.at + steps * self.one.step(sys));
        } else {
            sys.schedule.clear(Event::Frc1);
        }
        if self.two.ctrl & ENABLE != 0 && self.armed {
            let ahead = self.alarm.wrapping_sub(self.two.value);
            let steps = if ahead == 0 { 1 << 32 } else { u64::from(ahead) };
            sys.schedule.set(Event::Frc2, self.two.at + steps * self.two.step(sys));
        } else {
            sys.schedule.clear(Event::Frc2);
        }
    }
}

impl Device for Timers {
    fn read(&mut self, offset: u32, sys: &mut Sys) -> u32 {
        let (counter, at) = if offset < FRC2 { (&self.one, offset) } else { (&self.two, offset - FRC2) };
        match at {
            LOAD => counter.load,
            COUNT if offset < FRC2 => self.one_value(sys),
            COUNT => self.two_value(sys),
            CTRL => counter.ctrl | if counter.called { STATUS } else { 0 },
            _ if offset == ALARM => self.alarm,
            _ => 0,
        }
    }

    fn write(&mut self, offset: u32, value: u32, sys: &mut Sys) {
        self.rebase(sys);
        let first = offset < FRC2;
        let counter = if first { &mut self.one } else { &mut self.two };
        match offset {
            ALARM => {
                self.alarm = value;
                self.armed = true;
            }
            _ => match offset % FRC2 {
                LOAD => {
                    counter.load = if first { value & 0x7F_FFFF } else { value };
                    counter.value = counter.load;
                    counter.at = sys.now;
                }
                CTRL => {
                    if value & ENABLE != 0 && counter.ctrl & ENABLE == 0 {
                        counter.at = sys.now;
                    }
                    counter.ctrl = value & 0xFF;
                }
                INT => counter.called = counter.called && value & 1 == 0,
                _ => {}
            },
        }
        self.plan(sys);
    }

    fn knows(&self, offset: u32) -> bool {
        matches!(offset, 0..=0x0C | FRC2..=ALARM)
    }

    fn event(&mut self, event: Event, sys: &mut Sys) {
        if event == Event::Frc1 {
            self.one.called = true;
            self.one.at = sys.now;
            // The step after zero loads the counter; a load of n calls every n steps.
            self.one.value = if self.one.ctrl & RELOAD != 0 { self.one.load } else { 0x7F_FFFF };
            sys.irq.pulse(Pulse::Frc1);
        } else {
            self.two.called = true;
            self.armed = false;
            sys.irq.pulse(Pulse::Frc2);
        }
        self.rebase(sys);
        self.plan(sys);
    }

    fn reset(&mut self, _sys: &mut Sys) {
        *self = Timers::default();
    }
}
