//! The wire from GPIO16 to RST, by which a deep sleep ends.

use krait_soc::pads::{Change, PadChange};
use krait_soc::{Part, Wires};

use super::{Options, common};

/// The wire.
#[derive(Debug, Clone)]
pub struct ResetWire;

/// Makes one.
///
/// # Errors
/// None.
pub fn build(_options: &Options<'_>) -> Result<Box<dyn Part>, String> {
    Ok(Box::new(ResetWire))
}

impl Part for ResetWire {
    fn attach(&mut self, wires: &mut Wires<'_>) {
        wires.watch(16);
    }

    fn change(&mut self, change: PadChange, wires: &mut Wires<'_>) {
        if change.what == Change::Level(false) {
            wires.reset_chip();
        }
    }

    common!();
}
