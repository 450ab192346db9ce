//! An LED: how bright it is, by the share of time that it is on, and how often it has blinked.

use krait_soc::pads::{Change, PadChange};
use krait_soc::time::Ticks;
use krait_soc::{Answer, Part, Wires};

use super::{Options, common, unknown};

/// An LED between a pin and the supply (active low) or ground.
#[derive(Debug, Clone)]
pub struct Led {
    pin: usize,
    active_low: bool,
    on: bool,
    density: Option<u8>,
    since: Ticks,
    lit: Ticks,
    asked: Ticks,
    blinks: u64,
}

/// Makes one.
///
/// # Errors
/// An option is wrong.
pub fn build(options: &Options<'_>) -> Result<Box<dyn Part>, String> {
    Ok(Box::new(Led::new(options.pin("pin")?, options.flag("active_low", false)?)))
}

impl Led {
    /// At a pin.
    #[must_use]
    pub fn new(pin: usize, active_low: bool) -> Self {
        Led { pin, active_low, on: false, density: None, since: 0, lit: 0, asked: 0, blinks: 0 }
    }

    /// Whether it is lit.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.on
    }

    /// How often it has gone on.
    #[must_use]
    pub fn blinks(&self) -> u64 {
        self.blinks
    }

    fn account(&mut self, now: Ticks) {
        let span = now.saturating_sub(self.since);
        self.lit += match self.density {
            Some(density) => {
                let share = Ticks::from(density);
                span * if self.active_low { 256 - share } else { share } / 256
            }
            None if self.on => span,
            None => 0,
        };
        self.since = now.max(self.since);
    }
}

impl Part for Led {
    fn attach(&mut self, wires: &mut Wires<'_>) {
        wires.watch(self.pin);
        self.on = wires.level(self.pin) != self.active_low;
    }

    fn change(&mut self, change: PadChange, _wires: &mut Wires<'_>) {
        self.account(change.time);
        match change.what {
            Change::Level(level) => {
                let on = level != self.active_low;
                self.blinks += u64::from(on && !self.on);
                self.on = on;
            }
            Change::Density(density) => self.density = density,
        }
    }

    fn command(&mut self, words: &[&str], wires: &mut Wires<'_>) -> Result<Answer, String> {
        match *words {
            ["read"] => Ok(Answer::Number(f64::from(u8::from(self.on)))),
            // The share of time lit since this was last asked.
            ["brightness"] => {
                let now = wires.now();
                self.account(now);
                let span = now.saturating_sub(self.asked).max(1);
                let share = self.lit as f64 / span as f64;
                (self.lit, self.asked) = (0, now);
                Ok(Answer::Number(share.min(1.0)))
            }
            ["blinks"] => Ok(Answer::Number(self.blinks as f64)),
            _ => unknown(words, "read, brightness, blinks"),
        }
    }

    common!();
}
