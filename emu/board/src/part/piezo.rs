//! A piezo sounder on a pin: what it plays as a WAV file, and the frequency of its tone.

use krait_soc::pads::{Change, PadChange};
use krait_soc::time::{TICKS_PER_S, Ticks, ms};
use krait_soc::{Answer, Part, Wires};

use super::{Options, common, unknown, wav};

const RATE: u64 = 44_100;
/// Ten minutes.
const MOST: usize = 44_100 * 600;
const LOUD: f64 = 12_000.0;

/// A sounder.
#[derive(Debug, Clone)]
pub struct Piezo {
    pin: usize,
    level: bool,
    since: Ticks,
    rises: [Ticks; 2],
    samples: Vec<i16>,
    /// What of the present sample is known: how long it has been high.
    high: Ticks,
    begun: Ticks,
}

/// Makes one.
///
/// # Errors
/// An option is wrong.
pub fn build(options: &Options<'_>) -> Result<Box<dyn Part>, String> {
    let pin = options.pin("pin")?;
    Ok(Box::new(Piezo { pin, level: false, since: 0, rises: [0; 2], samples: Vec::new(), high: 0, begun: 0 }))
}

impl Piezo {
    /// Samples are the mean level over their time, so that a tone faster than they are does not alias much.
    fn advance(&mut self, now: Ticks) {
        while self.since < now && self.samples.len() < MOST {
            let end = (self.samples.len() as u64 + 1) * TICKS_PER_S / RATE;
            let until = end.min(now);
            if self.level {
                self.high += until - self.since;
            }
            self.since = until;
            if until == end {
                let span = (end - self.begun).max(1);
                let mean = self.high as f64 / span as f64;
                self.samples.push(if self.high == 0 && !self.level { 0 } else { ((mean * 2.0 - 1.0) * LOUD) as i16 });
                (self.high, self.begun) = (0, end);
            }
        }
    }
}

impl Part for Piezo {
    fn attach(&mut self, wires: &mut Wires<'_>) {
        wires.watch(self.pin);
    }

    fn change(&mut self, change: PadChange, _wires: &mut Wires<'_>) {
        let Change::Level(level) = change.what else { return };
        self.advance(change.time);
        self.level = level;
        if level {
            self.rises = [self.rises[1], change.time];
        }
    }

    fn command(&mut self, words: &[&str], wires: &mut Wires<'_>) -> Result<Answer, String> {
        let now = wires.now();
        match *words {
            ["read"] => {
                let [before, last] = self.rises;
                let sounds = before > 0 && last > before && now.saturating_sub(last) < ms(100);
                let hertz = TICKS_PER_S as f64 / (last - before.min(last)).max(1) as f64;
                Ok(Answer::Number(if sounds { (hertz * 10.0).round() / 10.0 } else { 0.0 }))
            }
            ["save"] | ["save", "wav"] => {
                self.advance(now);
                Ok(Answer::File(wav::file(RATE as u32, 1, &self.samples)))
            }
            _ => unknown(words, "read, save wav"),
        }
    }

    common!();
}
