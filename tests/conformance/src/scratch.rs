//! A private copy of the suite's folders for one run, removed when the run ends.
//!
//! Tests write beside themselves, and several runs may go on at once on one machine: a copy each
//! keeps them apart. The timing programs get our own small `bench` module in place of the suite's,
//! whose 20 million turns say nothing more than a few thousand do.

use anyhow::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};

/// Our replacement for the suite's timing harness.
const BENCH: &str = include_str!("../python/bench.py");

/// The number of turns, which some of the programs also name themselves, and ours.
const TURNS: &str = "20000000";
const FEWER: &str = "20000";

/// Deepest folder nesting that is copied.
const DEPTH: usize = 8;

/// The copy.
#[derive(Debug)]
pub struct Scratch {
    dir: PathBuf,
}

impl Scratch {
    /// Copies `folders` of `tests` below `under`.
    ///
    /// # Errors
    /// A file cannot be read or written.
    pub fn new<'a>(under: &Path, tests: &Path, folders: impl Iterator<Item = &'a str>) -> Result<Self> {
        sweep(under);
        let dir = under.join(format!("run-{}", std::process::id()));
        let scratch = Self { dir };
        for folder in folders {
            let to = scratch.tests().join(folder);
            copy(&tests.join(folder), &to, DEPTH)?;
            if folder == "internal_bench" {
                shorten(&to)?;
            }
        }
        Ok(scratch)
    }

    /// The copied `tests` folder.
    #[must_use]
    pub fn tests(&self) -> PathBuf {
        self.dir.join("tests")
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What cannot be removed lies under the build folder, and the next run tries again.
        let _ = fs::remove_dir_all(&self.dir);
    }
}

/// Removes what interrupted runs left: the copies of processes that are no more, or are this one.
fn sweep(under: &Path) {
    let Ok(entries) = under.read_dir() else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let Some(owner) = name.strip_prefix("run-") else {
            continue;
        };
        let own = owner == std::process::id().to_string();
        if own || !Path::new("/proc").join(owner).exists() {
            // Another run may be sweeping too.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// Makes the timing programs of `dir` short.
fn shorten(dir: &Path) -> Result<()> {
    for entry in dir.read_dir()? {
        let path = entry?.path();
        if path.extension().is_some_and(|e| e == "py") {
            let text = fs::read_to_string(&path)?;
            fs::write(&path, text.replace(TURNS, FEWER))?;
        }
    }
    Ok(fs::write(dir.join("bench.py"), BENCH)?)
}

/// Copies a folder, following no links.
///
/// # Errors
/// A file cannot be read or written.
pub fn copy(from: &Path, to: &Path, depth: usize) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in from.read_dir().with_context(|| format!("cannot read {}", from.display()))? {
        let entry = entry?;
        let kind = entry.file_type()?;
        let target = to.join(entry.file_name());
        if kind.is_file() {
            fs::copy(entry.path(), target)?;
        } else if kind.is_dir() && depth > 0 {
            copy(&entry.path(), &target, depth - 1)?;
        }
    }
    Ok(())
}
