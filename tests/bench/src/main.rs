//! `krait-bench`: the benchmarks as a program of their own; `cargo x bench` is the same thing.
#![forbid(unsafe_code)]

use clap::Parser;
use krait_bench::Options;
use std::process::ExitCode;

/// Measures Krait against another MicroPython.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(flatten)]
    options: Options,
}

fn main() -> ExitCode {
    match krait_bench::run(&Arguments::parse().options) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("bench: {error:#}");
            ExitCode::from(2)
        }
    }
}
