//! A push button to ground (or to the supply), on a pin or on RST.

use krait_soc::pads::Drive;
use krait_soc::{Answer, Part, Wires};

use super::{Options, common, unknown};
use crate::board::Pin;
use crate::script::parse_span;

/// A push button.
#[derive(Debug, Clone)]
pub struct Button {
    pin: Pin,
    pressed: Drive,
    down: bool,
}

/// Makes one.
///
/// # Errors
/// An option is wrong.
pub fn build(options: &Options<'_>) -> Result<Box<dyn Part>, String> {
    let pin = options.any_pin("pin")?;
    if pin == Pin::Adc {
        return Err("a button needs a digital pin, or RST".into());
    }
    let pressed = if options.flag("active_high", false)? { Drive::High } else { Drive::Low };
    Ok(Box::new(Button { pin, pressed, down: false }))
}

impl Button {
    fn set(&mut self, down: bool, wires: &mut Wires<'_>) {
        self.down = down;
        match self.pin {
            Pin::Gpio(n) => wires.drive(n.into(), if down { self.pressed } else { Drive::Release }),
            Pin::Reset => wires.hold_reset(down),
            Pin::Adc => {}
        }
    }
}

impl Part for Button {
    fn attach(&mut self, _wires: &mut Wires<'_>) {}

    fn timer(&mut self, _tag: u32, wires: &mut Wires<'_>) {
        self.set(false, wires);
    }

    fn command(&mut self, words: &[&str], wires: &mut Wires<'_>) -> Result<Answer, String> {
        match *words {
            ["press"] => {
                wires.cancel(0);
                self.set(true, wires);
                Ok(Answer::Done)
            }
            ["press", span] => {
                let span = parse_span(span).ok_or_else(|| format!("`{span}` is no time"))?;
                self.set(true, wires);
                wires.timer_at(wires.now().saturating_add(span), 0);
                Ok(Answer::Done)
            }
            ["release"] => {
                self.set(false, wires);
                Ok(Answer::Done)
            }
            ["read"] => Ok(Answer::Number(f64::from(u8::from(self.down)))),
            _ => unknown(words, "press, press SPAN, release, read"),
        }
    }

    common!();
}
