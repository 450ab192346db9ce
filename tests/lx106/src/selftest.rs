//! The checks on the emulated CPU, from flash and as QEMU has them, against the host; and how fast, against QEMU.

use crate::chip::{self, Programs};
use crate::flash::Flash;
use crate::program::Program;
use crate::sim::{self, RESET, Sim};
use crate::tools;
use anyhow::{Context, Result};
use krait_lx106::{Bus, Cpu, Ram};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Runs of each when measuring, of which the fastest counts.
const RUNS: u32 = 5;

/// What is run.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Options {
    /// Where to build
    #[arg(long)]
    folder: PathBuf,
    /// Measures by so many rounds, alternating with QEMU
    #[arg(long)]
    speed: Option<u32>,
}

pub(crate) fn run(options: &Options) -> Result<bool> {
    let programs = chip::build(&options.folder)?;
    if let Some(rounds) = options.speed {
        return measure(&programs, rounds).map(|()| true);
    }
    let mut host = String::new();
    krait_lx106_checks::run(&mut host)?;
    let mut good = true;
    let program = Program::read(&programs.flash)?;
    let (output, count) = emulated(&program, Flash::new(), 0x4020_1010)?;
    good &= same("flash", &host, &output, count);
    let (output, count) = emulated(&Program::read(&programs.sim)?, Sim::new(), RESET)?;
    good &= same("sim", &host, &output, count);
    println!("{}", if good { "2 passed, 0 failed" } else { "0 passed, 1 failed" });
    // The text of a real program, for the disassembler.
    Ok(good && crate::objdump::run(&[programs.flash], false)?)
}

fn same(what: &str, host: &str, output: &[u8], count: u64) -> bool {
    let good = host.as_bytes() == output;
    println!("selftest: {what}: {count} instructions, {}", if good { "the host's output" } else { "DIFFERENT" });
    for (ours, theirs) in String::from_utf8_lossy(output).lines().zip(host.lines()).filter(|(a, b)| a != b) {
        println!("  host {theirs}\n  here {ours}");
    }
    good
}

/// Memory that a program is loaded into.
trait Memory: Bus {
    fn parts(&mut self) -> Vec<&mut Ram>;
}

impl Memory for Sim {
    fn parts(&mut self) -> Vec<&mut Ram> {
        vec![&mut self.ram, &mut self.rom]
    }
}

impl Memory for Flash {
    fn parts(&mut self) -> Vec<&mut Ram> {
        vec![&mut self.window, &mut self.dram, &mut self.heap]
    }
}

fn emulated<M: Memory>(program: &Program, mut memory: M, entry: u32) -> Result<(Vec<u8>, u64)> {
    for (address, bytes) in &program.parts {
        let part = memory.parts().into_iter().find(|ram| ram.contains(*address));
        anyhow::ensure!(part.is_some_and(|ram| ram.write(*address, bytes)), "{address:#x}: no memory there");
    }
    let mut cpu = Cpu::new();
    cpu.set_pc(entry);
    cpu.set_simcalls(true);
    let mut out = Vec::new();
    let read =
        |memory: &mut M, address, bytes: &mut [u8]| memory.parts().into_iter().any(|ram| ram.read(address, bytes));
    let status = sim::calls(&mut cpu, &mut memory, &mut out, read)?;
    anyhow::ensure!(status == 0, "exit status {status}: {}", String::from_utf8_lossy(&out));
    Ok((out, cpu.instructions()))
}

fn measure(programs: &Programs, rounds: u32) -> Result<()> {
    let folder = tools::scratch()?;
    let (mut sim, mut flash) = (Program::read(&programs.sim)?, Program::read(&programs.flash)?);
    for program in [&mut sim, &mut flash] {
        program.set_word("rounds", rounds)?;
    }
    let (file, nothing) = (folder.join("many.elf"), folder.join("once.elf"));
    sim.write(&file)?;
    let mut idle = Program::read(&programs.sim)?;
    idle.set_word("rounds", 0)?;
    idle.write(&nothing)?;
    let mut best = [f64::MAX; 4];
    let mut count = 0;
    for _ in 0..RUNS {
        let mut time = |nth: usize, run: &mut dyn FnMut() -> Result<()>| -> Result<()> {
            let start = used()?;
            run()?;
            best[nth] = best[nth].min(used()? - start);
            Ok(())
        };
        time(0, &mut || qemu(&file))?;
        time(1, &mut || qemu(&nothing))?;
        time(2, &mut || emulated(&sim, Sim::new(), RESET).map(|(_, instructions)| count = instructions))?;
        time(3, &mut || emulated(&flash, Flash::new(), 0x4020_1010).map(drop))?;
    }
    let million = count as f64 / 1e6;
    println!("speed: {million:.0} million instructions, best of {RUNS} alternating runs");
    println!("  QEMU           {:.3} s, {:.3} s of it to start", best[0], best[1]);
    let qemu = best[0] - best[1];
    for (what, took) in [("QEMU running", qemu), ("here, as QEMU", best[2]), ("here, flash", best[3])] {
        println!("  {what:14} {took:.3} s, {:.0} million a second, {:.2} of QEMU", million / took, qemu / took);
    }
    Ok(())
}

/// The time in seconds that this process and its children have computed, which other load disturbs less than a clock.
fn used() -> Result<f64> {
    let text = std::fs::read_to_string("/proc/self/stat")?;
    // Behind the name, which may contain anything: user and system time are fields 14 to 17, in hundredths.
    let fields = text.rsplit(')').next().unwrap_or_default();
    let ticks = fields.split_whitespace().skip(11).take(4).map(str::parse::<f64>);
    Ok(ticks.sum::<Result<f64, _>>()? / 100.0)
}

fn qemu(program: &Path) -> Result<()> {
    let mut qemu = Command::new(tools::qemu());
    qemu.args(["-M", "sim", "-cpu", "lx106", "-m", "32M", "-semihosting", "-nographic", "-monitor", "none", "-kernel"]);
    let status = qemu.arg(program).stdin(Stdio::null()).stdout(Stdio::null()).status().context("QEMU")?;
    anyhow::ensure!(status.success(), "QEMU: {status}");
    Ok(())
}
