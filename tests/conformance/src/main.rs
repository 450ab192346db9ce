//! `krait-conformance`: the runner as a program of its own; `cargo x conformance` is the same thing.
#![forbid(unsafe_code)]

use clap::Parser;
use krait_conformance::Options;
use std::process::ExitCode;

/// Runs the reference's test suite through a program and compares what it prints.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(flatten)]
    options: Options,
}

fn main() -> ExitCode {
    match krait_conformance::run(&Arguments::parse().options) {
        Ok(summary) if summary.is_good() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("conformance: {error:#}");
            ExitCode::from(2)
        }
    }
}
