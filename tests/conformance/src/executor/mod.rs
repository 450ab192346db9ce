//! Where tests run: one trait, so that a board can take the place of the host program.

mod host;

pub use host::Host;

use crate::case::Case;
use crate::process::Ended;
use anyhow::Result;
use std::path::Path;
use std::time::Duration;

/// What a test did.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// What it printed, as it came.
    pub output: Vec<u8>,
    /// How it ended. An uncaught exception is a status other than 0.
    pub ended: Ended,
}

/// One run of one test.
#[derive(Debug, Clone, Copy)]
pub struct Job<'a> {
    /// Which test.
    pub case: &'a Case,
    /// The private copy of the suite's `tests` folder. Absolute.
    pub tests: &'a Path,
    /// Most that it may take.
    pub limit: Duration,
    /// 0 at first; a second try is more patient with terminals.
    pub attempt: u32,
}

/// Something that runs MicroPython programs.
pub trait Executor: Sync {
    /// The section of `gaps.txt` that is about it.
    fn section(&self) -> &str;

    /// How many tests it can run at once, at least 1.
    fn at_once(&self) -> usize;

    /// Runs one test.
    ///
    /// # Errors
    /// The executor itself is at fault. A test that crashes is an [`Outcome`].
    fn run(&self, job: Job) -> Result<Outcome>;

    /// Runs a few lines and gives what they print; an exception's text is output like any other.
    ///
    /// # Errors
    /// The program cannot be run.
    fn evaluate(&self, code: &str) -> Result<String>;
}
