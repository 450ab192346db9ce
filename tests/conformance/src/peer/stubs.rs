//! `micropython-esp8266-stubs` from PyPI: what editors believe the reference's port to contain.

use super::{LIMIT, cache, cpython, lock, whole};
use crate::process::tool;
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The release that describes the version that Krait is; the suffix counts repackagings.
const RELEASE: &str = "micropython-esp8266-stubs==1.29.0.*";

/// Where the stubs are once they were fetched.
#[must_use]
pub fn stubs_folder() -> PathBuf {
    cache().join("stubs")
}

/// The folder with the stubs, fetched if need be.
///
/// # Errors
/// They are not to be had; the message is pip's.
pub fn stubs() -> Result<PathBuf> {
    let _lock = lock()?;
    let folder = stubs_folder();
    if !folder.is_dir() {
        whole(&folder, fetch).context("the stubs are not to be had")?;
    }
    Ok(folder)
}

fn fetch(dir: &Path) -> Result<()> {
    let mut pip = Command::new(cpython());
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]);
    pip.arg("--target").arg(dir).arg(RELEASE);
    tool(pip, LIMIT)?;
    anyhow::ensure!(dir.join("binascii.pyi").is_file(), "the wheel holds no stubs");
    Ok(())
}
