//! A model servo: the length of pulses, 20 ms apart, is its angle.

use krait_soc::pads::{Change, PadChange};
use krait_soc::time::{TICKS_PER_US, Ticks, ms};
use krait_soc::{Answer, Part, Wires};

use super::{Options, common, unknown};

/// A servo.
#[derive(Debug, Clone)]
pub struct Servo {
    pin: usize,
    range: (f64, f64),
    high_since: Option<Ticks>,
    pulse: Option<f64>,
    last: Ticks,
}

/// Makes one.
///
/// # Errors
/// An option is wrong.
pub fn build(options: &Options<'_>) -> Result<Box<dyn Part>, String> {
    let range = (options.number("min_us", 500.0)?, options.number("max_us", 2500.0)?);
    if range.0 < 0.0 || range.1 <= range.0 {
        return Err("`max_us` must be more than `min_us`".into());
    }
    Ok(Box::new(Servo { pin: options.pin("pin")?, range, high_since: None, pulse: None, last: 0 }))
}

impl Servo {
    /// Degrees from 0 to 180, or `None` if no pulses came of late.
    #[must_use]
    pub fn angle(&self, now: Ticks) -> Option<f64> {
        let fresh = now.saturating_sub(self.last) < ms(100);
        let (low, high) = self.range;
        let pulse = self.pulse.filter(|_| fresh)?;
        Some(((pulse - low) / (high - low) * 180.0).clamp(0.0, 180.0))
    }
}

impl Part for Servo {
    fn attach(&mut self, wires: &mut Wires<'_>) {
        wires.watch(self.pin);
    }

    fn change(&mut self, change: PadChange, _wires: &mut Wires<'_>) {
        match change.what {
            Change::Level(true) => self.high_since = Some(change.time),
            Change::Level(false) => {
                if let Some(since) = self.high_since.take() {
                    self.pulse = Some(change.time.saturating_sub(since) as f64 / TICKS_PER_US as f64);
                    self.last = change.time;
                }
            }
            Change::Density(_) => {}
        }
    }

    fn command(&mut self, words: &[&str], wires: &mut Wires<'_>) -> Result<Answer, String> {
        match *words {
            ["read"] => match self.angle(wires.now()) {
                Some(angle) => Ok(Answer::Number((angle * 10.0).round() / 10.0)),
                None => Ok(Answer::Text("no pulses".into())),
            },
            ["pulse"] => Ok(Answer::Number(self.pulse.unwrap_or(0.0))),
            _ => unknown(words, "read, pulse"),
        }
    }

    common!();
}
