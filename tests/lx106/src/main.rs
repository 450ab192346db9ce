//! `krait-lx106-check`: the emulated CPU against independent witnesses, each a subcommand.
#![forbid(unsafe_code)]

mod asm;
mod chip;
mod flash;
mod harness;
mod objdump;
mod program;
mod qemu;
mod random;
mod selftest;
mod sim;
mod streams;
mod tools;

use anyhow::Result;
use clap::{Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;

/// Holds the emulated CPU against QEMU, GNU objdump and the host.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    check: Check,
}

#[derive(Subcommand)]
enum Check {
    /// Builds the checks for the lx106 and compares what they print with what the host prints
    Selftest(selftest::Options),
    /// Compares the disassembler with GNU objdump
    Objdump {
        /// Every word, instead of a part of the regular ones
        #[arg(long)]
        exhaustive: bool,
        /// ELF files whose text is compared too
        programs: Vec<PathBuf>,
    },
    /// Compares random streams of instructions with QEMU
    Qemu(qemu::Options),
}

fn main() -> ExitCode {
    match carry_out(Arguments::parse().check) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("krait-lx106-check: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn carry_out(check: Check) -> Result<bool> {
    match check {
        Check::Selftest(options) => selftest::run(&options),
        Check::Objdump { exhaustive, programs } => objdump::run(&programs, exhaustive),
        Check::Qemu(options) => qemu::run(&options),
    }
}
