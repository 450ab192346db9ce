//! Where the witnesses are: named by variables, or found by the shell's path.

use anyhow::Result;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// A program of GNU binutils for the lx106.
pub(crate) fn binutil(name: &str) -> OsString {
    let program = format!("xtensa-lx106-elf-{name}");
    std::env::var_os("KRAIT_LX106_BINUTILS")
        .map_or(program.clone().into(), |folder| Path::new(&folder).join(program).into())
}

/// QEMU for Xtensa.
pub(crate) fn qemu() -> OsString {
    std::env::var_os("KRAIT_LX106_QEMU").unwrap_or_else(|| "qemu-system-xtensa".into())
}

/// A folder of this process's own.
pub(crate) fn scratch() -> Result<PathBuf> {
    let folder = std::env::temp_dir().join(format!("krait-lx106-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}
