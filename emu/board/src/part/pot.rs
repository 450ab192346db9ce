//! A potentiometer on the analog pin: a share of the board's full reading.

use krait_soc::{Answer, Part, Wires};

use super::{Options, common, number, unknown};

/// A potentiometer.
#[derive(Debug, Clone)]
pub struct Pot {
    value: f64,
    full_mv: u32,
}

/// Makes one.
///
/// # Errors
/// An option is wrong.
pub fn build(options: &Options<'_>) -> Result<Box<dyn Part>, String> {
    let value = options.number("value", 0.0)?;
    if !(0.0..=1.0).contains(&value) {
        return Err("`value` must be from 0 to 1".into());
    }
    Ok(Box::new(Pot { value, full_mv: options.adc_full_mv() }))
}

impl Part for Pot {
    fn attach(&mut self, wires: &mut Wires<'_>) {
        wires.set_tout((self.value * 1000.0) as u32);
    }

    fn command(&mut self, words: &[&str], wires: &mut Wires<'_>) -> Result<Answer, String> {
        match *words {
            ["set", text] => {
                // A share, or volts at the board's pin.
                let value = match text.strip_suffix('V') {
                    Some(volts) => number(volts)? * 1000.0 / f64::from(self.full_mv),
                    None => number(text)?,
                };
                if !(0.0..=1.0).contains(&value) {
                    return Err(format!("{text} is beyond the potentiometer's ends"));
                }
                self.value = value;
                self.attach(wires);
                Ok(Answer::Done)
            }
            ["read"] => Ok(Answer::Number(self.value)),
            _ => unknown(words, "set SHARE, set 1.5V, read"),
        }
    }

    common!();
}
