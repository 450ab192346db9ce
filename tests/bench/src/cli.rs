//! The command line of the benchmarks, and the run from beginning to end.

use crate::compiling;
use crate::heap;
use crate::machine::{instructions, peak, wall};
use crate::programs::{Timed, micro, perf_bench};
use crate::stats::Sample;
use crate::timing::{Sides, millions};
use anyhow::{Context, Result};
use krait_conformance::peer::{self, Program};
use std::path::{Path, PathBuf};

/// What to measure.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    /// Krait's program, if not target/release/krait. The peer is KRAIT_PEER, or fetched
    #[arg(long, value_name = "PATH")]
    pub program: Option<PathBuf>,
    /// Only programs whose name contains this
    #[arg(long, value_name = "TEXT")]
    pub filter: Vec<String>,
    /// Runs of each program on each side
    #[arg(long, default_value_t = 5)]
    pub runs: u32,
    /// Nominal speed in MHz that the perf_bench programs scale themselves by
    #[arg(short = 'N', default_value_t = 1000)]
    pub n: u32,
    /// Nominal heap in KB that the perf_bench programs scale themselves by
    #[arg(short = 'M', default_value_t = 1000)]
    pub m: u32,
    /// Turns of each micro-benchmark
    #[arg(long, default_value_t = 200_000)]
    pub turns: u32,
    /// Heap of both sides while timing
    #[arg(long, default_value = "2m")]
    pub heap: String,
    /// Count instructions with valgrind instead of taking time
    #[arg(long)]
    pub callgrind: bool,
    /// Only the perf_bench programs
    #[arg(long, conflicts_with_all = ["only_micro", "only_process"])]
    pub only_perf: bool,
    /// Only the micro-benchmarks
    #[arg(long, conflicts_with = "only_process")]
    pub only_micro: bool,
    /// Only start-up, memory and compiling
    #[arg(long)]
    pub only_process: bool,
    /// Only what allocation costs in bytes, by this program with a 32-bit word
    #[arg(long, value_name = "PATH", conflicts_with_all = ["only_perf", "only_micro", "only_process"])]
    pub heap_of: Option<PathBuf>,
}

/// Runs what `options` ask for. `Ok(false)` if Krait failed a program or answered it wrongly.
///
/// # Errors
/// One of the programs is not to be had, or valgrind is missing.
pub fn run(options: &Options) -> Result<bool> {
    if let Some(program) = &options.heap_of {
        let program = program.canonicalize().with_context(|| format!("--heap-of {}", program.display()))?;
        let scratch = Scratch::new()?;
        return heap::measure(&program, &perf_bench(&peer::suite()?.tests(), &scratch.0, 100, 100)?);
    }
    let krait = match &options.program {
        Some(path) => path.canonicalize().with_context(|| format!("--program {}", path.display()))?,
        None => krait_conformance::repository().join("target/release/krait"),
    };
    anyhow::ensure!(krait.is_file(), "no krait is built: `cargo x build`, or give --program");
    let peer = peer::program()?;
    let sides = Sides { krait: Program::plain(krait), peer, heap: options.heap.clone() };
    let all = !(options.only_perf || options.only_micro || options.only_process);
    let scratch = Scratch::new()?;
    let mut good = true;
    if all || options.only_perf {
        let programs = perf_bench(&peer::suite()?.tests(), &scratch.0, options.n, options.m)?;
        let title = format!("perf_bench N={} M={}", options.n, options.m);
        good &= measure(options, &sides, &title, &programs)?;
    }
    if all || options.only_micro {
        let programs = micro(&scratch.0, options.turns)?;
        good &= measure(options, &sides, "micro", &programs)?;
    }
    if all || options.only_process {
        process(options, &sides, &scratch.0)?;
    }
    Ok(good)
}

fn measure(options: &Options, sides: &Sides, title: &str, programs: &[Timed]) -> Result<bool> {
    let wanted: Vec<Timed> = programs
        .iter()
        .filter(|p| options.filter.is_empty() || options.filter.iter().any(|f| p.name.contains(f)))
        .cloned()
        .collect();
    if wanted.is_empty() {
        return Ok(true);
    }
    if options.callgrind { sides.count(title, &wanted) } else { sides.time(title, &wanted, options.runs) }
}

/// Heap of the memory measurement: the chip's size.
const SMALL: &str = "64k";

/// A program for the memory measurement that uses most of a small heap.
const FILLING: &str = "kept = []\nfor i in range(400):\n    kept.append([i, str(i)])\nprint(len(kept))\n";

fn process(options: &Options, sides: &Sides, scratch: &Path) -> Result<()> {
    println!("\nstart-up of `-c pass`:");
    let (mut ours, mut theirs) = (Sample::default(), Sample::default());
    for _ in 0..options.runs.saturating_mul(10) {
        ours.push(wall(&sides.krait, &["-c", "pass"])? * 1e3);
        theirs.push(wall(&sides.peer, &["-c", "pass"])? * 1e3);
    }
    for (name, sample) in [("krait", &ours), ("peer", &theirs)] {
        let (low, high) = (sample.min(), sample.max());
        println!("  {name:6} {:.2} ms ({low:.2} .. {high:.2})", sample.median());
    }
    let counts = [&sides.krait, &sides.peer].map(|p| instructions(p, &["-c", "pass"]));
    match counts {
        [Ok(krait), Ok(peer)] => {
            println!("  instructions: krait {}, peer {}", millions(krait), millions(peer));
        }
        [Err(why), _] | [_, Err(why)] => println!("  instructions not counted: {why:#}"),
    }
    println!("\npeak memory, heapsize={SMALL}:");
    let script = scratch.join("filling.py");
    std::fs::write(&script, FILLING)?;
    for (name, program) in [("krait", &sides.krait), ("peer", &sides.peer)] {
        println!("  {name:6} {} KB", peak(program, SMALL, &script)?);
    }
    let source = compiling::generate(1 << 20);
    let file = scratch.join("large.py");
    std::fs::write(&file, &source)?;
    compiling::measure(sides, &file, source.len(), options.runs)
}

/// A folder for composed programs, removed at the end.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Result<Self> {
        let dir = peer::cache().join(format!("bench-{}", std::process::id()));
        std::fs::create_dir_all(&dir)?;
        Ok(Self(dir))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // It lies under the build folder; what cannot be removed is in nobody's way.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
