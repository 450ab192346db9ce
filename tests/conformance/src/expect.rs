//! What a test ought to print: the suite's own file, or what CPython prints, which is kept.
//!
//! The suite is one release behind the version that Krait claims. Where the newer release prints
//! something else, our own expectation stands in `expect-1.29/`, and is used for programs that claim
//! that version or a later one. `expect-1.29/README.md` says why for each.

use crate::case::{Case, Kind};
use crate::peer::cpython;
use crate::process::bounded;
use anyhow::Result;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// An expectation, or why there is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expected {
    /// This output.
    Output(Vec<u8>),
    /// None to be had.
    Unknown(String),
}

/// Finds expectations.
#[derive(Debug)]
pub struct Expectations {
    cache: PathBuf,
    /// CPython's version, or why there is none.
    python: Result<String, String>,
    newer: bool,
}

/// What stands for the private folder's path in outputs.
const PLACE: &str = "{tests}";

impl Expectations {
    /// `newer` says whether the program claims 1.29 or later.
    #[must_use]
    pub fn new(cache: &Path, newer: bool) -> Self {
        let mut ask = Command::new(cpython());
        ask.args(["-BSc", "import sys; print(*sys.version_info[:3], sep='.')"]);
        let python = match bounded(ask, Duration::from_secs(30)) {
            Ok(ran) if ran.is_success() => Ok(String::from_utf8_lossy(&ran.output).trim().to_owned()),
            Ok(_) => Err("CPython does not run".to_owned()),
            Err(e) => Err(format!("no CPython: {e:#}")),
        };
        let version = python.as_deref().unwrap_or("none");
        Self { cache: cache.join("expect").join(version), python, newer }
    }

    /// CPython's version, for the report.
    #[must_use]
    pub fn python(&self) -> &str {
        match &self.python {
            Ok(version) => version,
            Err(why) => why,
        }
    }

    /// What `case` ought to print.
    ///
    /// # Errors
    /// A file cannot be read or kept.
    pub fn of(&self, case: &Case, tests: &Path, limit: Duration) -> Result<Expected> {
        if case.kind == Kind::Timing {
            return Ok(Expected::Output(Vec::new()));
        }
        let file = format!("{}.exp", case.name);
        let ours = crate::home().join("expect-1.29").join(&file);
        if self.newer && ours.is_file() {
            return Ok(Expected::Output(fs::read(ours)?));
        }
        let theirs = tests.join(&file);
        if theirs.is_file() {
            return Ok(Expected::Output(canonical(&fs::read(theirs)?, tests)));
        }
        self.ask_cpython(case, tests, limit)
    }

    fn ask_cpython(&self, case: &Case, tests: &Path, limit: Duration) -> Result<Expected> {
        let version = match &self.python {
            Ok(version) => version,
            Err(why) => return Ok(Expected::Unknown(why.clone())),
        };
        let path = case.path(tests);
        let key = format!("{:016x}", fnv(&fs::read(&path)?));
        let kept = self.cache.join(format!("{}.{key}", case.name.replace('/', "-")));
        if let Ok(output) = fs::read(&kept) {
            return Ok(Expected::Output(output));
        }
        let mut python = Command::new(cpython());
        // Neither site packages nor compiled files: only the language and its own library.
        python.arg("-BS").arg(&path).current_dir(path.parent().unwrap_or(tests));
        python.env("PYTHONIOENCODING", "utf-8").env_remove("PYTHONPATH").env_remove("LD_LIBRARY_PATH");
        let ran = bounded(python, limit)?;
        if !ran.is_success() {
            return Ok(Expected::Unknown(format!("CPython {version} cannot run it")));
        }
        let output = canonical(&ran.output, tests);
        fs::create_dir_all(&self.cache)?;
        let half = self.cache.join(format!("half-{}-{key}", std::process::id()));
        fs::write(&half, &output)?;
        fs::rename(half, kept)?;
        Ok(Expected::Output(output))
    }
}

/// Output with `\n` line ends and without the private folder's path.
#[must_use]
pub fn canonical(output: &[u8], tests: &Path) -> Vec<u8> {
    use std::os::unix::ffi::OsStrExt;
    let unix = replace(output, b"\r\n", b"\n");
    replace(&unix, tests.as_os_str().as_bytes(), PLACE.as_bytes())
}

fn replace(text: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&first, tail)) = rest.split_first() {
        match rest.strip_prefix(from) {
            Some(after) if !from.is_empty() => {
                out.extend_from_slice(to);
                rest = after;
            }
            _ => {
                out.push(first);
                rest = tail;
            }
        }
    }
    out
}

/// FNV-1a: a name for a file's contents that stays the same from build to build.
fn fnv(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |h, &b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn canonical_output() {
        assert_eq!(canonical(b"a\r\nb /x/tests/c\r", Path::new("/x/tests")), b"a\nb {tests}/c\r");
    }

    #[test]
    fn fnv_reference_value() {
        assert_eq!(fnv(b"a"), 0xaf63_dc4c_8601_ec8c);
    }
}
