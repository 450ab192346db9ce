//! A strip of WS2812 or SK6812 lamps, decoded by the length of pulses.
//!
//! A bit is high for about 0.35 us (0) or 0.8 us (1); more than 50 us low shows what was shifted in. Facts: WorldSemi's
//! data sheet. The threshold lies in the middle of both families' tolerances.

use krait_soc::pads::{Change, PadChange};
use krait_soc::time::{TICKS_PER_US, Ticks, us};
use krait_soc::{Answer, Part, Wires};

use super::{Options, common, unknown};

const THRESHOLD: Ticks = TICKS_PER_US * 575 / 1000;
const LATCH: Ticks = us(50);

/// A strip.
#[derive(Debug, Clone)]
pub struct NeoPixel {
    pin: usize,
    /// Bytes of a lamp: 3, or 4 with white.
    bytes: usize,
    shown: Vec<u8>,
    shifting: Vec<u8>,
    byte: u8,
    bits: u8,
    high_since: Option<Ticks>,
    last: Ticks,
}

/// Makes one.
///
/// # Errors
/// An option is wrong.
pub fn build(options: &Options<'_>) -> Result<Box<dyn Part>, String> {
    let bytes = options.count("bytes", 3, 3..=4)? as usize;
    let count = options.count("count", 8, 1..=4096)? as usize;
    Ok(Box::new(NeoPixel {
        pin: options.pin("pin")?,
        bytes,
        shown: vec![0; bytes * count],
        shifting: Vec::new(),
        byte: 0,
        bits: 0,
        high_since: None,
        last: 0,
    }))
}

impl NeoPixel {
    fn latch(&mut self) {
        for (lamp, byte) in self.shown.iter_mut().zip(self.shifting.drain(..)) {
            *lamp = byte;
        }
        self.bits = 0;
    }

    /// What a lamp shows: red, green, blue, and white if it has it.
    #[must_use]
    pub fn lamp(&self, n: usize) -> Option<Vec<u8>> {
        let bytes = self.shown.get(n.checked_mul(self.bytes)?..)?.get(..self.bytes)?;
        let mut colours = bytes.to_vec();
        // They are sent green first.
        colours.swap(0, 1);
        Some(colours)
    }
}

impl Part for NeoPixel {
    fn attach(&mut self, wires: &mut Wires<'_>) {
        wires.watch(self.pin);
    }

    fn change(&mut self, change: PadChange, wires: &mut Wires<'_>) {
        match change.what {
            Change::Level(true) => {
                if change.time.saturating_sub(self.last) >= LATCH {
                    self.latch();
                }
                self.high_since = Some(change.time);
            }
            Change::Level(false) => {
                let Some(since) = self.high_since.take() else { return };
                self.byte = self.byte << 1 | u8::from(change.time.saturating_sub(since) > THRESHOLD);
                self.bits += 1;
                if self.bits == 8 {
                    self.bits = 0;
                    // What is beyond the last lamp goes to the next strip.
                    if self.shifting.len() < self.shown.len() {
                        self.shifting.push(self.byte);
                    }
                }
                self.last = change.time;
                wires.timer_at(change.time + LATCH, 0);
            }
            Change::Density(_) => {}
        }
    }

    fn timer(&mut self, _tag: u32, _wires: &mut Wires<'_>) {
        self.latch();
    }

    fn power_cycle(&mut self, _wires: &mut Wires<'_>) {
        self.shown.fill(0);
    }

    fn command(&mut self, words: &[&str], _wires: &mut Wires<'_>) -> Result<Answer, String> {
        let text = |lamp: Vec<u8>| lamp.iter().map(u8::to_string).collect::<Vec<_>>().join(" ");
        match *words {
            ["read"] => {
                let all = (0..self.shown.len() / self.bytes).filter_map(|n| self.lamp(n)).map(text);
                Ok(Answer::Text(all.collect::<Vec<_>>().join(", ")))
            }
            ["read", n] => {
                let lamp = n.parse().ok().and_then(|n| self.lamp(n));
                lamp.map(|l| Answer::Text(text(l))).ok_or_else(|| format!("there is no lamp {n}"))
            }
            _ => unknown(words, "read, read N"),
        }
    }

    common!();
}
