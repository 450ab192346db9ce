//! Building the krait program, and running it.

use crate::{shell, word32};
use anyhow::{Context, Result};
use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;

/// Where the program's crate stands.
pub(crate) const KRAIT: &str = "krait";

/// How to build.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Options {
    /// Word size in bits: 64 for this machine, 32 for i686
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u32).range(32..=64))]
    word: u32,
    /// Without optimisation, with checks, as tests run it
    #[arg(long)]
    debug: bool,
}

/// Builds as asked.
pub(crate) fn build(options: &Options) -> Result<bool> {
    anyhow::ensure!(shell::has_crate(KRAIT), "the krait program is absent from this tree");
    if options.word == 32 {
        let library = word32::library()?;
        return shell::show(word32::cargo(&library, "build", !options.debug, &["-p", "krait"]));
    }
    if options.debug { shell::show(debug()) } else { release() }
}

/// The command that builds the program as tests run it.
pub(crate) fn debug() -> Command {
    let mut cargo = shell::cargo();
    cargo.args(["build", "-p", "krait"]);
    cargo
}

/// Builds the optimised program; says whether that worked.
pub(crate) fn release() -> Result<bool> {
    anyhow::ensure!(shell::has_crate(KRAIT), "the krait program is absent from this tree");
    let mut cargo = shell::cargo();
    cargo.args(["build", "-q", "--release", "-p", "krait"]);
    shell::show(cargo)
}

/// The optimised program.
pub(crate) fn program() -> PathBuf {
    shell::target().join("release/krait")
}

/// Builds the program and becomes it.
pub(crate) fn run(arguments: &[OsString]) -> Result<bool> {
    if !program().is_file() {
        eprintln!("building krait: the first time takes a minute or two");
    }
    if !release()? {
        return Ok(false);
    }
    // The user's folder stays what it is: scripts are named from there.
    let error = Command::new(program()).args(arguments).env_remove("LD_LIBRARY_PATH").exec();
    Err(error).with_context(|| program().display().to_string())
}
