//! What allocation costs in bytes: rounding to blocks, and the tables that describe them.
//!
//! Krait counts under its test personality `count`, with a 32-bit word; the same requests, rounded the way of the
//! reference's heap, are the other figure. Neither side is timed.

use crate::machine::LIMIT;
use crate::programs::Timed;
use anyhow::{Context, Result};
use krait_conformance::process::tool;
use std::path::Path;
use std::process::Command;

/// Bits of tables for a granule of Krait's, and for a block of the reference's (two of allocation, one of finalisers).
const TABLE_BITS: f64 = 3.0;

/// Bytes in a granule of a 32-bit Krait, and in a block of the reference's.
const UNITS: (f64, f64) = (8.0, 16.0);

/// Heap of the programs, large enough for all of them.
const HEAP: &str = "heapsize=2m";

/// Counts of one program: blocks, bytes asked for, bytes taken, bytes that the reference would have taken.
#[derive(Debug, Clone, Copy, Default)]
struct Counts {
    blocks: f64,
    requested: f64,
    taken: f64,
    reference: f64,
}

impl Counts {
    fn read(text: &str) -> Option<Self> {
        let line = text.lines().rev().find_map(|l| l.strip_prefix("heap: "))?;
        let mut numbers = line.split(' ').map_while(|w| w.parse().ok());
        let mut next = || numbers.next();
        Some(Self { blocks: next()?, requested: next()?, taken: next()?, reference: next()? })
    }

    /// Bytes of rounding and of tables for a hundred bytes asked for: Krait's, the reference's.
    fn overhead(self) -> (f64, f64) {
        let of =
            |bytes: f64, unit: f64| (bytes * (1.0 + TABLE_BITS / (8.0 * unit)) / self.requested.max(1.0) - 1.0) * 100.0;
        (of(self.taken, UNITS.0), of(self.reference, UNITS.1))
    }
}

/// Runs each program and prints what its allocations cost. `Ok(false)`: one of them printed no counts.
pub(crate) fn measure(program: &Path, programs: &[Timed]) -> Result<bool> {
    println!("\nheap overhead, 32-bit word, for 100 bytes asked for:");
    println!("  {:24}{:>10}{:>12}{:>9}{:>11}", "", "blocks", "bytes", "krait", "reference");
    let mut sums = [0.0; 2];
    let mut counted = 0.0;
    for timed in programs {
        let mut krait = Command::new(program);
        krait.args(["-X", HEAP]).arg(&timed.path).env("KRAIT_HARD", "count");
        let output = tool(krait, LIMIT).with_context(|| timed.name.clone())?;
        let Some(counts) = Counts::read(&String::from_utf8_lossy(&output)) else {
            println!("  {:24}no counts", timed.name);
            return Ok(false);
        };
        let (krait, reference) = counts.overhead();
        println!("  {:24}{:>10}{:>12}{krait:>9.1}{reference:>11.1}", timed.name, counts.blocks, counts.requested);
        sums[0] += krait;
        sums[1] += reference;
        counted += 1.0;
    }
    println!("  {:46}{:>9.1}{:>11.1}", "mean", sums[0] / counted, sums[1] / counted);
    Ok(sums[0] < sums[1])
}
