//! Commands of the tool chain: which cargo, in which folder, with which surroundings.

use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The repository's top folder.
pub(crate) fn root() -> PathBuf {
    krait_conformance::repository()
}

/// The build folder that cargo uses for this workspace.
pub(crate) fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// Whether the crate in `folder` is part of the tree.
pub(crate) fn has_crate(folder: &str) -> bool {
    root().join(folder).join("Cargo.toml").is_file()
}

/// A command without what `cargo run` put into the environment, which confuses an inner cargo.
fn clean(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(root()).env_remove("LD_LIBRARY_PATH");
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST") || text == "CARGO" {
            command.env_remove(&name);
        }
    }
    command
}

/// The cargo that runs this.
pub(crate) fn cargo() -> Command {
    clean(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// A tool of the nightly tool chain.
pub(crate) fn nightly(tool: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = clean("rustup");
    // These name the stable tool chain, and would win over `rustup run`.
    command.env_remove("RUSTUP_TOOLCHAIN").env_remove("RUSTC").env_remove("RUSTDOC");
    command.args(["run", "nightly"]).arg(tool);
    command
}

/// This program, for a chore as a process of its own.
pub(crate) fn x() -> Result<Command> {
    Ok(clean(std::env::current_exe().context("this program's own path")?))
}

/// Runs `command` with this terminal; says whether it succeeded.
pub(crate) fn show(mut command: Command) -> Result<bool> {
    let status = command.status().with_context(|| format!("{:?}", command.get_program()))?;
    Ok(status.success())
}

/// Whether `program` is there: whether it succeeds with `arguments`.
pub(crate) fn exists(program: &str, arguments: &[&str]) -> bool {
    let mut command = clean(program);
    command.args(arguments).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|s| s.success())
}

/// `path` as seen from the repository's top, for people.
pub(crate) fn short(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}
