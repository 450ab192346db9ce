//! What hangs on I2S: a converter whose sound is kept, as a WAV file.

use krait_soc::{Answer, Part, Wires};

use super::{Options, common, unknown, wav};

/// The converter. What it has taken is kept here, since the chip keeps only so much.
#[derive(Debug, Clone, Default)]
pub struct I2sSink {
    rate: u32,
    samples: Vec<i16>,
}

/// Makes one.
///
/// # Errors
/// An option is wrong.
pub fn build(_options: &Options<'_>) -> Result<Box<dyn Part>, String> {
    Ok(Box::<I2sSink>::default())
}

impl I2sSink {
    fn take(&mut self, wires: &mut Wires<'_>) {
        let (rate, frames) = wires.take_audio();
        if rate != 0 {
            self.rate = rate;
        }
        self.samples.extend(frames.into_iter().flat_map(|(left, right)| [left, right]));
    }
}

impl Part for I2sSink {
    fn attach(&mut self, _wires: &mut Wires<'_>) {}

    fn command(&mut self, words: &[&str], wires: &mut Wires<'_>) -> Result<Answer, String> {
        self.take(wires);
        match *words {
            ["read"] => Ok(Answer::Text(format!("{} frames at {} Hz", self.samples.len() / 2, self.rate))),
            ["save"] | ["save", "wav"] => Ok(Answer::File(wav::file(self.rate, 2, &self.samples))),
            _ => unknown(words, "read, save wav"),
        }
    }

    common!();
}
