//! `cargo x fuzz`: the fuzz targets of `tests/fuzz`, run by cargo-fuzz on the nightly tool chain.

use crate::shell;
use anyhow::{Context, Result};
use krait_conformance::process::tool;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

/// Where the targets stand: a workspace of their own, since they need another tool chain.
pub(crate) const FOLDER: &str = "tests/fuzz";

/// What is built and found, out of the way of what is committed.
const TARGET: &str = "target/fuzz";

/// No sanitizer: the collector reads the native stack as it is, red zones included, and a sanitizer knows nothing of
/// Krait's heap, which is checked by poisoning what is freed and by debug assertions.
const PLAIN: [&str; 2] = ["--sanitizer", "none"];

/// The tool's release.
const RELEASE: &str = "^0.13";

/// What to fuzz.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Options {
    /// The target; each in turn without one
    target: Option<String>,
    /// Seconds for each target
    #[arg(long, default_value_t = 600)]
    seconds: u64,
}

/// Fuzzes as asked; `Ok(false)` if something was found.
pub(crate) fn run(options: &Options) -> Result<bool> {
    let all = targets()?;
    let chosen: Vec<&String> = match &options.target {
        Some(name) => {
            let found = all.iter().find(|t| *t == name);
            vec![found.with_context(|| format!("no target {name}; there are: {}", all.join(", ")))?]
        }
        None => all.iter().collect(),
    };
    let path = tool_path()?;
    let mut good = true;
    for target in chosen {
        println!("fuzzing {target} for {} s", options.seconds);
        good &= shell::show(command(&path, target, options.seconds))?;
    }
    Ok(good)
}

/// The targets' names: the files of `fuzz_targets`.
pub(crate) fn targets() -> Result<Vec<String>> {
    let dir = shell::root().join(FOLDER).join("fuzz_targets");
    let entries = dir.read_dir().context("there are no fuzz targets in this tree")?;
    let mut names: Vec<String> = entries
        .flatten()
        .map(|e| e.path())
        .filter(|p| p.extension().is_some_and(|e| e == "rs"))
        .filter_map(|p| Some(p.file_stem()?.to_str()?.to_owned()))
        .collect();
    names.sort();
    anyhow::ensure!(!names.is_empty(), "there are no fuzz targets in this tree");
    Ok(names)
}

/// cargo-fuzz, built into `target/tools` if need be.
pub(crate) fn tool_path() -> Result<PathBuf> {
    let place = shell::root().join("target/tools");
    let path = place.join("bin/cargo-fuzz");
    if !path.is_file() {
        println!("setup: cargo install cargo-fuzz, into {}", shell::short(&place));
        let mut install = shell::cargo();
        install.args(["install", "--quiet", "--locked", "cargo-fuzz", "--version", RELEASE, "--root"]);
        install.arg(place);
        tool(install, Duration::from_secs(600))?;
    }
    Ok(path)
}

/// The command that builds all targets.
pub(crate) fn build(path: &std::path::Path) -> Command {
    let mut fuzz = shell::nightly(path);
    fuzz.args(["fuzz", "build"]).args(PLAIN).args(["--fuzz-dir", FOLDER, "--target-dir", TARGET]);
    fuzz
}

/// The command that runs one target.
pub(crate) fn command(path: &std::path::Path, target: &str, seconds: u64) -> Command {
    let mut fuzz = shell::nightly(path);
    fuzz.args(["fuzz", "run"]).args(PLAIN).args(["--fuzz-dir", FOLDER, "--target-dir", TARGET, target]);
    // New inputs go into the first folder; the committed ones are only read.
    let found = shell::root().join(TARGET).join("corpus").join(target);
    // cargo-fuzz says it if the folder cannot be made.
    let _ = std::fs::create_dir_all(&found);
    fuzz.arg(found);
    let seeds = shell::root().join(FOLDER).join("seeds").join(target);
    if seeds.is_dir() {
        fuzz.arg(seeds);
    }
    fuzz.arg("--");
    // An input that takes ten seconds is a hang.
    fuzz.args([&format!("-max_total_time={seconds}"), "-timeout=10", "-rss_limit_mb=2048"]);
    fuzz
}
