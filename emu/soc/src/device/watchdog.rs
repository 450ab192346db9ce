//! The hardware watchdog: two stages, of which the first may call and the second resets the chip.
//!
//! Facts: esp8266-hal 0.5.1 `watchdog.rs`, mongoose-os.com on the ESP8266's watchdog, the ROM's use of the registers.
//!
//! The surprising fact: feeding it while its enable bit is clear is what switches it off.

use super::{Device, Latches};
use crate::irq::Pulse;
use crate::schedule::Event;
use crate::sys::{ResetCause, Sys};
use crate::time::Ticks;

const CTL: u32 = 0x00;
const OP: u32 = 0x04;
const OP_ND: u32 = 0x08;
const COUNT: u32 = 0x0C;
const STAGE: u32 = 0x10;
const FEED: u32 = 0x14;
const STAGE_RESET: u32 = 0x18;
const FEED_VALUE: u32 = 0x73;

const ENABLE: u32 = 1;
const NO_RESET: u32 = 1 << 1;
const SINGLE_STAGE: u32 = 1 << 2;

/// The watchdog.
#[derive(Debug, Clone)]
pub struct Watchdog {
    latches: Latches,
    stage: u32,
    since: Ticks,
}

impl Watchdog {
    /// Off.
    #[must_use]
    pub fn new() -> Self {
        Watchdog { latches: Latches::new(0x20), stage: 0, since: 0 }
    }

    /// Whether it counts.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.latches.get(CTL) & ENABLE != 0
    }

    /// A stage of exponent n takes 2^n times 2^16 bus cycles: 0.82 ms at 80 MHz.
    fn period(&self, sys: &Sys) -> Ticks {
        let register = if self.stage == 0 { OP } else { OP_ND };
        let exponent = (self.latches.get(register) & 15).max(1);
        (sys.clocks.apb() << 16) << exponent
    }

    fn start(&mut self, sys: &mut Sys) {
        self.since = sys.now;
        if self.is_on() {
            let when = sys.now + self.period(sys);
            sys.schedule.set(Event::Watchdog, when);
        } else {
            sys.schedule.clear(Event::Watchdog);
        }
    }
}

impl Default for Watchdog {
    fn default() -> Self {
        Watchdog::new()
    }
}

impl Device for Watchdog {
    fn read(&mut self, offset: u32, sys: &mut Sys) -> u32 {
        match offset {
            COUNT if self.is_on() => (sys.now.saturating_sub(self.since) / (sys.clocks.apb() << 16)) as u32,
            COUNT => 0,
            STAGE => self.stage,
            _ => self.latches.get(offset),
        }
    }

    fn write(&mut self, offset: u32, value: u32, sys: &mut Sys) {
        match offset {
            FEED | STAGE_RESET => {
                if value == FEED_VALUE || offset == STAGE_RESET {
                    self.stage = 0;
                    self.start(sys);
                }
            }
            CTL => {
                let was = self.is_on();
                self.latches.set(CTL, value);
                if self.is_on() != was {
                    self.stage = 0;
                    self.start(sys);
                }
            }
            _ => self.latches.set(offset, value),
        }
    }

    fn knows(&self, offset: u32) -> bool {
        matches!(offset, CTL | OP | OP_ND | COUNT | STAGE | FEED | STAGE_RESET)
    }

    fn event(&mut self, _event: Event, sys: &mut Sys) {
        let ctl = self.latches.get(CTL);
        if self.stage == 0 {
            sys.irq.pulse(Pulse::Watchdog);
            if ctl & SINGLE_STAGE == 0 {
                self.stage = 1;
            } else if ctl & NO_RESET == 0 {
                sys.request_reset(ResetCause::Watchdog);
                return;
            }
            self.start(sys);
        } else {
            sys.request_reset(ResetCause::Watchdog);
        }
    }

    /// Every reset but a software reset switches it off; that case is the machine's, which then does not call this.
    fn reset(&mut self, sys: &mut Sys) {
        *self = Watchdog::new();
        sys.schedule.clear(Event::Watchdog);
    }
}
