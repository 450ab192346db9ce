//! The conformance runner: the reference's own tests, run through any program that claims to be MicroPython.
//!
//! A [`case::Case`] is one test file; an [`executor::Executor`] runs it somewhere (the host program
//! today); [`expect`] knows what it ought to print and [`compare`] judges what it did print. What a
//! program need not do stands in committed files (`leftout.toml`, `gaps.txt`), each line with its
//! reason, and a line that is no longer true fails the run like a broken test does.
//!
//! The suite is not ours and is not stored here: [`peer`] fetches it, and the reference's programs.
//!
//! Absent from this crate: anything that knows Krait from the inside. It sees a program and its output.
#![forbid(unsafe_code)]

pub mod case;
pub mod cli;
pub mod compare;
pub mod executor;
pub mod expect;
pub mod family;
pub mod gaps;
pub mod leaks;
pub mod peer;
pub mod process;
pub mod report;
pub mod rules;
pub mod runner;
pub mod scratch;
pub mod terminal;

pub use cli::{Options, run};

use std::path::{Path, PathBuf};

/// The repository's top folder, known from where this crate was built.
#[must_use]
pub fn repository() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_path_buf()
}

/// This crate's own folder, where the committed lists stand.
#[must_use]
pub fn home() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Whether the run is unattended, so that a missing peer is a failure and not something to skip.
#[must_use]
pub fn in_ci() -> bool {
    std::env::var_os("CI").is_some_and(|v| v == "true" || v == "1")
}
