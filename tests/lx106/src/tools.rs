//! Where the witnesses are: named by variables, or found by the shell's path.

use anyhow::Result;
use std::ffi::OsString;
use std::path::PathBuf;

/// GNU objdump for the lx106.
pub(crate) fn objdump() -> OsString {
    named("KRAIT_LX106_OBJDUMP", "xtensa-lx106-elf-objdump")
}

/// QEMU for Xtensa.
pub(crate) fn qemu() -> OsString {
    named("KRAIT_LX106_QEMU", "qemu-system-xtensa")
}

fn named(variable: &str, program: &str) -> OsString {
    std::env::var_os(variable).unwrap_or_else(|| program.into())
}

/// A folder of this process's own.
pub(crate) fn scratch() -> Result<PathBuf> {
    let folder = std::env::temp_dir().join(format!("krait-lx106-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}
