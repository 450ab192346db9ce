//! The reference's tests and programs, fetched once and cached under `target/peer`.
//!
//! Nothing installed on the machine is changed: Debian's packages come through a private apt root
//! and are unpacked into the cache, Python's through pip into a folder of its own. Every function tries the cache
//! first, then each source in turn, and its error says what every source answered.

mod apt;
mod disks;
mod oracle;
mod program;
mod sources;
mod stubs;
mod suite;
mod wheels;

pub use disks::{littlefs, mtools};
pub use oracle::mpy_cross;
pub use program::{Program, program};
pub use stubs::{stubs, stubs_folder};
pub use suite::{Suite, suite};
pub use wheels::wheels;

use anyhow::{Context, Result};
use std::ffi::OsStr;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// The Debian suites that are asked, best first.
const DEBIAN: &[&str] = &["forky", "trixie"];

/// Longest wait for one fetching or unpacking tool.
const LIMIT: Duration = Duration::from_secs(300);

/// Where everything fetched is kept. One fetching process at a time: the others wait for it.
#[must_use]
pub fn cache() -> PathBuf {
    crate::repository().join("target/peer")
}

/// Holds the cache's lock until dropped.
struct Locked {
    _file: File,
}

fn lock() -> Result<Locked> {
    let dir = cache();
    fs::create_dir_all(&dir).with_context(|| format!("cannot make {}", dir.display()))?;
    let file = File::create(dir.join("lock"))?;
    file.lock()?;
    Ok(Locked { _file: file })
}

/// Fills `to` through `fill`, so that it exists whole or not at all.
fn whole(to: &Path, fill: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
    let half = to.with_extension("half");
    // What an interrupted run left.
    let _ = fs::remove_dir_all(&half);
    fs::create_dir_all(&half)?;
    fill(&half)?;
    let _ = fs::remove_dir_all(to);
    fs::rename(&half, to).with_context(|| format!("cannot make {}", to.display()))
}

/// The files in `dir` whose names match `wanted`, sorted.
fn files(dir: &Path, wanted: impl Fn(&str) -> bool) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in dir.read_dir()? {
        let path = entry?.path();
        if path.file_name().and_then(OsStr::to_str).is_some_and(&wanted) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// Unpacks a tar archive into `to`, without its single top folder if `strip`.
///
/// # Errors
/// The archive cannot be unpacked.
pub fn untar(archive: &Path, to: &Path, strip: bool) -> Result<()> {
    fs::create_dir_all(to)?;
    let mut tar = Command::new("tar");
    tar.arg("--no-same-owner").arg("-xf").arg(archive).arg("-C").arg(to);
    if strip {
        tar.arg("--strip-components=1");
    }
    crate::process::tool(tar, LIMIT).map(drop)
}

/// The CPython whose output is the expectation: `KRAIT_PYTHON`, or `python3`.
#[must_use]
pub fn cpython() -> std::ffi::OsString {
    std::env::var_os("KRAIT_PYTHON").unwrap_or_else(|| "python3".into())
}
