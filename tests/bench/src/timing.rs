//! Times programs on both sides, turn by turn, and prints one line each.

use crate::machine::{LIMIT, instructions};
use crate::programs::{Answer, Timed};
use crate::stats::{Sample, geometric_mean};
use anyhow::Result;
use krait_conformance::peer::Program;
use krait_conformance::process::{Ended, bounded};

/// The two sides.
#[derive(Debug)]
pub(crate) struct Sides {
    pub(crate) krait: Program,
    pub(crate) peer: Program,
    /// `-X heapsize=` for both.
    pub(crate) heap: String,
}

/// What one program's runs gave.
enum Row {
    /// Peer's figure over Krait's, and the two medians.
    Ratio(Sample, f64, f64),
    /// No comparison; true if that is Krait's fault.
    None(String, bool),
}

impl Sides {
    /// Times `programs`; says whether every one of them was answered, and rightly.
    pub(crate) fn time(&self, title: &str, programs: &[Timed], runs: u32) -> Result<bool> {
        self.table(title, "ms", programs, |timed| self.row(timed, runs))
    }

    /// Counts the instructions of `programs`, less those of an empty program.
    pub(crate) fn count(&self, title: &str, programs: &[Timed]) -> Result<bool> {
        let idle = [&self.krait, &self.peer].map(|p| instructions(p, &["-c", "pass"]));
        let [krait, peer] = idle;
        let (krait, peer) = (krait?, peer?);
        println!("empty program: krait {} instructions, peer {}", millions(krait), millions(peer));
        self.table(title, "M instructions", programs, |timed| {
            // A failing program counts for nothing.
            if let Row::None(why, fault) = self.row(timed, 1)? {
                return Ok(Row::None(why, fault));
            }
            let path = timed.path.to_string_lossy();
            let heap = format!("heapsize={}", self.heap);
            let arguments = ["-X", &heap, &path];
            let ours = instructions(&self.krait, &arguments)?.saturating_sub(krait);
            let theirs = instructions(&self.peer, &arguments)?.saturating_sub(peer);
            let (ours, theirs) = (float(ours) / 1e6, float(theirs) / 1e6);
            let mut ratio = Sample::default();
            ratio.push(theirs / ours.max(1e-6));
            Ok(Row::Ratio(ratio, ours, theirs))
        })
    }

    fn table(
        &self,
        title: &str,
        unit: &str,
        programs: &[Timed],
        mut row: impl FnMut(&Timed) -> Result<Row>,
    ) -> Result<bool> {
        println!("\n{title}: peer / krait, more is better for krait");
        println!("{:24}{:>8}{:>18}   krait, peer ({unit})", "program", "median", "min .. max");
        let mut medians = Vec::new();
        let mut good = true;
        for timed in programs {
            match row(timed)? {
                Row::Ratio(ratio, ours, theirs) => {
                    let spread = format!("{:.2} .. {:.2}", ratio.min(), ratio.max());
                    let name = &timed.name;
                    println!("{name:24}{:>8.2}{spread:>18}   {ours:.1}, {theirs:.1}", ratio.median());
                    medians.push(ratio.median());
                }
                Row::None(why, fault) => {
                    println!("{:24}{:>8}   {why}", timed.name, if fault { "FAILED" } else { "-" });
                    good &= !fault;
                }
            }
        }
        if let Some(mean) = geometric_mean(&medians) {
            let least = medians.iter().copied().fold(f64::INFINITY, f64::min);
            println!("geometric mean of {}: {mean:.2}, least {least:.2}", medians.len());
        }
        Ok(good)
    }

    fn row(&self, timed: &Timed, runs: u32) -> Result<Row> {
        let mut ratio = Sample::default();
        let (mut ours, mut theirs) = (Sample::default(), Sample::default());
        for turn in 0..runs {
            // Who goes first alternates too.
            let (a, b) = if turn % 2 == 0 {
                let a = self.once(&self.krait, timed)?;
                (a, self.once(&self.peer, timed)?)
            } else {
                let b = self.once(&self.peer, timed)?;
                (self.once(&self.krait, timed)?, b)
            };
            let (krait, peer) = match (a, b) {
                (Answer::Took(_, x), Answer::Took(_, y)) if x != y => {
                    return Ok(Row::None(format!("answers {x}, the peer {y}"), true));
                }
                (Answer::Took(krait, _), Answer::Took(peer, _)) => (krait, peer),
                (_, Answer::No(why)) => {
                    return Ok(Row::None(format!("the peer says: {why}"), false));
                }
                (Answer::No(why), _) => return Ok(Row::None(why, true)),
            };
            let (krait, peer) = (float(krait.max(1)), float(peer.max(1)));
            ratio.push(peer / krait);
            ours.push(krait / 1e3);
            theirs.push(peer / 1e3);
        }
        Ok(Row::Ratio(ratio, ours.median(), theirs.median()))
    }

    fn once(&self, program: &Program, timed: &Timed) -> Result<Answer> {
        let mut command = program.command();
        command.arg("-X").arg(format!("heapsize={}", self.heap)).arg(&timed.path);
        command.env_remove("LD_LIBRARY_PATH");
        let ran = bounded(command, LIMIT)?;
        Ok(Answer::read(&ran.output, ran.ended == Ended::Status(0)))
    }
}

/// Exact up to 2^53, which no figure here comes near.
#[expect(clippy::cast_precision_loss, reason = "figures are far below 2^53")]
pub(crate) fn float(n: u64) -> f64 {
    n as f64
}

pub(crate) fn millions(n: u64) -> String {
    format!("{:.2} M", float(n) / 1e6)
}
