//! A logic analyser: the levels of some pins over time, as a VCD file for GTKWave or PulseView.
//!
//! Facts: IEEE 1364, value change dump. Characters of a UART are put on the pads when they begin, so changes are sorted
//! by their time before they are written.

use std::fmt::Write as _;

use krait_soc::pads::{Change, PadChange};
use krait_soc::time::{TICKS_PER_US, Ticks};
use krait_soc::{Answer, Part, Wires};

use super::{Options, common, unknown};

/// The most changes that are kept; later ones are counted only.
const MOST: usize = 4 << 20;

/// The analyser.
#[derive(Debug, Clone)]
pub struct Analyser {
    pins: Vec<(usize, String)>,
    from: u32,
    changes: Vec<(Ticks, u8, bool)>,
    lost: u64,
}

/// Makes one.
///
/// # Errors
/// An option is wrong.
pub fn build(options: &Options<'_>) -> Result<Box<dyn Part>, String> {
    let pins = options.pins("pins")?;
    if pins.is_empty() {
        return Err("`pins` is empty".into());
    }
    let labelled = pins.into_iter().map(|pin| (pin, options.board.label(pin as u8))).collect();
    Ok(Box::new(Analyser { pins: labelled, from: 0, changes: Vec::new(), lost: 0 }))
}

impl Analyser {
    /// What was recorded: time, GPIO, level.
    #[must_use]
    pub fn changes(&self) -> &[(Ticks, u8, bool)] {
        &self.changes
    }

    fn vcd(&self) -> String {
        let code = |n: usize| char::from(b'!' + (n % 90) as u8);
        let mut out = String::from("$timescale 1 ns $end\n$scope module esp8266 $end\n");
        for (n, (_, label)) in self.pins.iter().enumerate() {
            let _ = writeln!(out, "$var wire 1 {} {label} $end", code(n));
        }
        out.push_str("$upscope $end\n$enddefinitions $end\n#0\n$dumpvars\n");
        for (n, (pin, _)) in self.pins.iter().enumerate() {
            let _ = writeln!(out, "{}{}", self.from >> pin & 1, code(n));
        }
        out.push_str("$end\n");
        let mut sorted = self.changes.clone();
        sorted.sort_by_key(|(time, ..)| *time);
        let mut last = None;
        for (time, pad, level) in sorted {
            let ns = time * 1000 / TICKS_PER_US;
            if last != Some(ns) {
                let _ = writeln!(out, "#{ns}");
                last = Some(ns);
            }
            if let Some(n) = self.pins.iter().position(|(pin, _)| *pin == usize::from(pad)) {
                let _ = writeln!(out, "{}{}", u8::from(level), code(n));
            }
        }
        out
    }
}

impl Part for Analyser {
    fn attach(&mut self, wires: &mut Wires<'_>) {
        for (pin, _) in &self.pins {
            wires.watch(*pin);
            self.from |= u32::from(wires.level(*pin)) << pin;
        }
    }

    fn change(&mut self, change: PadChange, _wires: &mut Wires<'_>) {
        if let Change::Level(level) = change.what {
            if self.changes.len() < MOST {
                self.changes.push((change.time, change.pad, level));
            } else {
                self.lost += 1;
            }
        }
    }

    fn command(&mut self, words: &[&str], _wires: &mut Wires<'_>) -> Result<Answer, String> {
        match *words {
            ["save"] | ["save", "vcd"] => Ok(Answer::File(self.vcd().into_bytes())),
            ["read"] => Ok(Answer::Text(format!("{} changes, {} lost", self.changes.len(), self.lost))),
            _ => unknown(words, "save vcd, read"),
        }
    }

    common!();
}
