//! A wire from MOSI to MISO.

use krait_soc::pads::{Change, Drive, PadChange};
use krait_soc::{Part, Wires};

use super::{Options, common};

/// The wire.
#[derive(Debug, Clone)]
pub struct Loopback {
    from: usize,
    to: usize,
}

/// Makes one.
///
/// # Errors
/// An option is wrong.
pub fn build(options: &Options<'_>) -> Result<Box<dyn Part>, String> {
    Ok(Box::new(Loopback { from: options.pin("mosi")?, to: options.pin("miso")? }))
}

impl Part for Loopback {
    fn attach(&mut self, wires: &mut Wires<'_>) {
        wires.watch(self.from);
        let level = wires.level(self.from);
        wires.drive(self.to, if level { Drive::High } else { Drive::Low });
    }

    fn change(&mut self, change: PadChange, wires: &mut Wires<'_>) {
        if let Change::Level(level) = change.what {
            wires.drive_at(self.to, if level { Drive::High } else { Drive::Low }, change.time);
        }
    }

    common!();
}
