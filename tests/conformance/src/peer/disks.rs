//! What writes and reads disk images besides Krait: PyPI's `littlefs-python`, and Debian's `mtools`.

use super::{LIMIT, cache, cpython, lock, whole};
use crate::process::tool;
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The release, which holds the C original of littlefs 2.
const LITTLEFS: &str = "littlefs-python==0.19.*";

/// The folder that Python finds the package `littlefs` in, fetched if need be.
///
/// # Errors
/// It is not to be had; the message is pip's.
pub fn littlefs() -> Result<PathBuf> {
    let _lock = lock()?;
    let folder = cache().join("littlefs");
    if !folder.is_dir() {
        whole(&folder, fetch_littlefs).context("littlefs-python is not to be had")?;
    }
    Ok(folder)
}

fn fetch_littlefs(dir: &Path) -> Result<()> {
    let mut pip = Command::new(cpython());
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]);
    pip.arg("--target").arg(dir).arg(LITTLEFS);
    tool(pip, LIMIT).map(drop)
}

/// The folder of mtools' programs, fetched if need be.
///
/// # Errors
/// They are not to be had: this is not Debian, or apt's message.
pub fn mtools() -> Result<PathBuf> {
    let _lock = lock()?;
    let folder = cache().join("mtools");
    if !folder.is_dir() {
        whole(&folder, fetch_mtools).context("mtools is not to be had")?;
    }
    Ok(folder.join("usr/bin"))
}

fn fetch_mtools(dir: &Path) -> Result<()> {
    std::fs::create_dir_all(dir)?;
    let mut apt = Command::new("apt-get");
    apt.args(["download", "--quiet", "mtools"]).current_dir(dir);
    tool(apt, LIMIT)?;
    let package = dir.read_dir()?.flatten().map(|e| e.path()).find(|p| p.extension().is_some_and(|e| e == "deb"));
    let package = package.context("apt-get has downloaded nothing")?;
    let mut unpack = Command::new("dpkg");
    unpack.arg("-x").arg(package.canonicalize()?).arg(dir);
    tool(unpack, LIMIT)?;
    anyhow::ensure!(dir.join("usr/bin/mformat").exists(), "the package holds no mformat");
    Ok(())
}
