//! `cargo x`: every chore of the repository by one command.
//!
//! A step whose crate is not in the tree says that it is absent and does nothing else.
#![forbid(unsafe_code)]

mod build;
mod fuzz;
mod plan;
mod qstr;
mod setup;
mod shell;
mod sizes;
mod test;
mod tidy;
mod word32;

use anyhow::Result;
use clap::{Parser, Subcommand};
use std::ffi::OsString;
use std::process::ExitCode;

/// Every chore of the repository by one command.
#[derive(Parser)]
#[command(bin_name = "cargo x", version)]
struct Arguments {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Builds the krait program and opens its REPL, or runs what follows
    Run {
        /// Arguments for krait
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<OsString>,
    },
    /// Sets up what tests need, then runs everything that can be tested on this machine
    Test(test::Options),
    /// Installs and fetches what is needed: the reference's tests and programs, a 32-bit linker
    Setup,
    /// Builds the krait program, optimised
    Build(build::Options),
    /// Runs the reference's test suite
    Conformance(Box<krait_conformance::Options>),
    /// Measures Krait against the program in KRAIT_PEER, or the reference's own
    Bench(Box<krait_bench::Options>),
    /// Fuzzes one target, or each in turn
    Fuzz(fuzz::Options),
    /// Prints where the bytes of the krait program are
    Sizes(sizes::Options),
    /// Checks the rules of the house: file lengths, unsafe code, words, file heads
    Tidy,
    /// Brings the table of strings interned at build time up to date
    Qstr {
        /// Only say whether it is stale
        #[arg(long)]
        check: bool,
    },
}

fn main() -> ExitCode {
    match carry_out(Arguments::parse().chore) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("cargo x: {error:#}");
            ExitCode::from(2)
        }
    }
}

/// Does one chore; `Ok(false)` if it found something wrong and has said what.
fn carry_out(chore: Chore) -> Result<bool> {
    match chore {
        Chore::Run { arguments } => build::run(&arguments),
        Chore::Test(options) => test::run(&options),
        Chore::Setup => setup::run().map(|_| true),
        Chore::Build(options) => build::build(&options),
        Chore::Conformance(options) => Ok(krait_conformance::run(&options)?.is_good()),
        Chore::Bench(mut options) => {
            if options.program.is_none() && options.heap_of.is_none() {
                if !build::release()? {
                    return Ok(false);
                }
                options.program = Some(build::program());
            }
            krait_bench::run(&options)
        }
        Chore::Fuzz(options) => fuzz::run(&options),
        Chore::Sizes(options) => sizes::run(&options),
        Chore::Tidy => tidy::run(),
        Chore::Qstr { check } => {
            qstr::run(&shell::root(), check).map_err(anyhow::Error::msg)?;
            Ok(true)
        }
    }
}
