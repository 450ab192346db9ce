//! `krait-lx106-check`: the emulated CPU against independent witnesses, each a subcommand.
#![forbid(unsafe_code)]

mod program;
mod sim;

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
    /// Runs a program made for QEMU's `sim` machine, and says how fast on standard error
    Sim {
        /// An ELF file
        program: PathBuf,
    },
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
        Check::Sim { program } => sim::run(&program),
    }
}
