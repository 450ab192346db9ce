//! The emulated CPU against QEMU: the same memory image of random streams on both, and what they left compared.
//!
//! On the emulated CPU each image runs in several ways that must make no difference: in one go, in short slices, and
//! traced.

use crate::harness::{self, HARNESS, STREAMS, WRITTEN, block};
use crate::random::Random;
use crate::sim::{self, RESET, Sim};
use crate::{streams, tools};
use anyhow::{Context, Result, bail};
use krait_lx106::{Cpu, Exit, Trace, decode};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

/// Streams in one image.
const IMAGE: u32 = 8192;

/// What is compared.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Options {
    /// At least so many instructions of random streams, not counting the program around them
    #[arg(long, default_value_t = 1_000_000)]
    instructions: u64,
    /// Another choice of streams
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Streams in an image
    #[arg(long, default_value_t = IMAGE)]
    streams: u32,
    /// Shows each instruction of one stream of the first image, and compares nothing
    #[arg(long)]
    show: Option<u32>,
}

/// A memory image.
struct Image {
    reset: Vec<u8>,
    harness: Vec<u8>,
    streams: Vec<u8>,
}

/// How an image is run on the emulated CPU.
#[derive(Debug, Clone, Copy)]
enum Way {
    Whole,
    Slices(u64),
    Traced,
}

pub(crate) fn run(options: &Options) -> Result<bool> {
    let folder = tools::scratch()?;
    let (mut instructions, mut exceptions, mut count, mut bad) = (0u64, 0u64, 0u64, 0u64);
    let mut seed = options.seed;
    while instructions < options.instructions {
        let image = image(seed, options.streams)?;
        if let Some(nth) = options.show {
            return show(&image, nth).map(|()| true);
        }
        let theirs = qemu(&image, &folder)?;
        for way in [Way::Whole, Way::Slices(1 + seed % 61), Way::Traced] {
            let mut counter = Counter { instructions: 0 };
            let ours = emulated(&image, way, &mut counter)?;
            let different = compare(&ours, &theirs, seed, way);
            bad += different;
            if matches!(way, Way::Traced) {
                instructions += counter.instructions;
                count += u64::from(options.streams);
                exceptions += (0..options.streams)
                    .map(|n| u64::from(word(&ours, n * block::SIZE + block::SPECIALS + 60)))
                    .sum::<u64>();
            }
            if different > 0 {
                break;
            }
        }
        if bad > 20 {
            break;
        }
        seed += 1;
    }
    println!("qemu: {count} streams, {instructions} instructions, {exceptions} exceptions: {bad} streams differ");
    println!("{}", if bad == 0 { "1 passed, 0 failed" } else { "0 passed, 1 failed" });
    Ok(bad == 0)
}

fn image(seed: u64, count: u32) -> Result<Image> {
    let (reset, harness) = harness::build(count)?;
    let mut random = Random::new(seed.wrapping_mul(0x1_0000_0001));
    let streams = (0..count).flat_map(|nth| streams::make(&mut random, nth)).collect();
    Ok(Image { reset, harness, streams })
}

fn machine(image: &Image, cpu: &mut Cpu) -> Result<Sim> {
    let mut sim = Sim::new();
    let good = sim.rom.write(RESET, &image.reset)
        && sim.ram.write(HARNESS, &image.harness)
        && sim.ram.write(STREAMS, &image.streams);
    anyhow::ensure!(good, "the image does not fit");
    cpu.set_pc(RESET);
    cpu.set_simcalls(true);
    Ok(sim)
}

/// Counts what is executed in the streams.
struct Counter {
    instructions: u64,
}

impl Trace for Counter {
    fn instruction(&mut self, pc: u32, _: &[u32; 16], _: u64) {
        self.instructions += u64::from(pc >= STREAMS);
    }
}

/// Runs an image on the emulated CPU; what it wrote.
fn emulated(image: &Image, way: Way, counter: &mut Counter) -> Result<Vec<u8>> {
    let mut cpu = Cpu::new();
    let mut sim = machine(image, &mut cpu)?;
    let mut out = Vec::new();
    // Far more than any image takes.
    let end = 1 << 34;
    loop {
        let exit = match way {
            Way::Whole => cpu.run(&mut sim, end),
            Way::Slices(cycles) => cpu.run(&mut sim, cycles),
            Way::Traced => cpu.run_traced(&mut sim, end, counter),
        };
        match exit {
            Exit::Budget if cpu.cycles() < end => {}
            Exit::Simcall => {
                if sim::serve(&mut cpu, &mut out, |address, bytes| sim.ram.read(address, bytes))?.is_some() {
                    return Ok(out);
                }
            }
            other => bail!("{way:?}: stopped at {:#x}: {other:?}", cpu.pc()),
        }
    }
}

/// Runs an image on QEMU; what it wrote.
fn qemu(image: &Image, folder: &Path) -> Result<Vec<u8>> {
    let file = folder.join("image.elf");
    fs::write(&file, elf(&[(RESET, &image.reset), (HARNESS, &image.harness), (STREAMS, &image.streams)]))?;
    let mut qemu = Command::new(tools::qemu());
    qemu.args(["-M", "sim", "-cpu", "lx106", "-m", "32M", "-semihosting", "-nographic", "-monitor", "none"]);
    // Its time is then that of its instructions, and its timer as far away as on any machine.
    qemu.args(["-icount", "shift=0", "-kernel"]);
    let output = qemu.arg(&file).stdin(Stdio::null()).stderr(Stdio::piped()).output().context("QEMU")?;
    anyhow::ensure!(output.status.success(), "QEMU: {}: {}", output.status, String::from_utf8_lossy(&output.stderr));
    Ok(output.stdout)
}

/// An executable file with these parts.
fn elf(parts: &[(u32, &[u8])]) -> Vec<u8> {
    let mut file = vec![0x7F, b'E', b'L', b'F', 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    let words = |file: &mut Vec<u8>, words: &[u32]| words.iter().for_each(|w| file.extend_from_slice(&w.to_le_bytes()));
    // An executable (2) for Xtensa (94); header of 52 bytes, program headers of 32.
    words(&mut file, &[94 << 16 | 2, 1, RESET, 52, 0, 0, 32 << 16 | 52, parts.len() as u32, 0]);
    let mut at = 52 + 32 * parts.len() as u32;
    for (address, bytes) in parts {
        let size = bytes.len() as u32;
        words(&mut file, &[1, at, *address, *address, size, size, 7, 4]);
        at += size;
    }
    parts.iter().for_each(|(_, bytes)| file.extend_from_slice(bytes));
    file
}

fn word(bytes: &[u8], at: u32) -> u32 {
    let bytes = bytes.get(at as usize..at as usize + 4).unwrap_or(&[0; 4]);
    u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
}

/// How many streams differ; the first few are shown.
fn compare(ours: &[u8], theirs: &[u8], seed: u64, way: Way) -> u64 {
    if ours.len() != theirs.len() {
        println!("seed {seed}, {way:?}: {} bytes, QEMU {}", ours.len(), theirs.len());
        return 1;
    }
    let blocks = ours.chunks(block::SIZE as usize).zip(theirs.chunks(block::SIZE as usize));
    let mut different = 0;
    for (nth, (ours, theirs)) in blocks.enumerate() {
        if ours == theirs {
            continue;
        }
        different += 1;
        if different > 4 {
            continue;
        }
        println!("seed {seed}, {way:?}, stream {nth}:");
        for at in (0..block::SIZE).step_by(4).filter(|at| word(ours, *at) != word(theirs, *at)) {
            println!("  {}: QEMU {:08x}, ours {:08x}", name(at), word(theirs, at), word(ours, at));
        }
    }
    different
}

fn name(at: u32) -> String {
    match at {
        block::AFTER..block::SPECIALS => format!("a{}", (at - block::AFTER) / 4),
        block::SPECIALS..block::LITERALS => match WRITTEN.get((at - block::SPECIALS) as usize / 4) {
            Some(special) => special.name().to_owned(),
            None => ["sum", "exceptions"][(at - block::SPECIALS) as usize / 4 - WRITTEN.len()].to_owned(),
        },
        _ => format!("+{at:#x}"),
    }
}

/// Prints what a stream does.
struct Show {
    from: u32,
    code: Vec<u8>,
}

impl Trace for Show {
    fn instruction(&mut self, pc: u32, registers: &[u32; 16], _: u64) {
        let at = pc.wrapping_sub(self.from);
        if at >= block::SIZE {
            return;
        }
        let bits = word(&[&self.code[at as usize..], &[0; 4]].concat(), 0);
        let Some(instruction) = decode(bits, pc) else { return };
        let used = instruction.reads() | instruction.writes();
        let registers: Vec<String> =
            (0..16).filter(|r| used >> r & 1 != 0).map(|r| format!("a{r}={:x}", registers[r as usize])).collect();
        println!("{pc:x}: {:20} {}", instruction.to_string().replace('\t', " "), registers.join(" "));
    }

    fn exception(&mut self, from: u32, to: u32, _: u64) {
        if from.wrapping_sub(self.from) < block::SIZE {
            println!("{from:x}: exception, to {to:x}");
        }
    }
}

fn show(image: &Image, nth: u32) -> Result<()> {
    let from = STREAMS + nth * block::SIZE;
    let at = (nth * block::SIZE) as usize;
    let code = image.streams.get(at..at + block::SIZE as usize).context("no such stream")?.to_vec();
    let mut cpu = Cpu::new();
    let mut sim = machine(image, &mut cpu)?;
    while !matches!(cpu.run_traced(&mut sim, 1 << 34, &mut Show { from, code: code.clone() }), Exit::Simcall) {}
    Ok(())
}
