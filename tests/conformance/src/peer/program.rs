//! The reference's own Unix program, prebuilt by Debian, run with the C library of its own suite.
//!
//! It may want a newer C library than the machine's, so it is started through the dynamic linker
//! that was unpacked beside it: the command has several words, and none of them is a script, which
//! keeps timings and instruction counts its own.

use super::{DEBIAN, LIMIT, apt::Apt, cache, files, lock, whole};
use crate::process::tool;
use anyhow::{Context, Result, bail};
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A program and the words to start it with.
#[derive(Debug, Clone)]
pub struct Program {
    /// What to run.
    pub path: PathBuf,
    /// Words that come before the program's own arguments.
    pub before: Vec<OsString>,
}

impl Program {
    /// A program that starts as itself.
    #[must_use]
    pub fn plain(path: PathBuf) -> Self {
        Self { path, before: Vec::new() }
    }

    /// A command that starts it.
    #[must_use]
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.path);
        command.args(&self.before);
        command
    }

    /// Its words, to be put behind another tool's.
    pub fn words(&self) -> impl Iterator<Item = OsString> {
        std::iter::once(self.path.clone().into_os_string()).chain(self.before.iter().cloned())
    }
}

/// The peer: `KRAIT_PEER` if set, else Debian's program, fetched if need be.
///
/// # Errors
/// No source has it.
pub fn program() -> Result<Program> {
    if let Some(path) = std::env::var_os("KRAIT_PEER") {
        let path = PathBuf::from(path);
        anyhow::ensure!(path.is_file(), "KRAIT_PEER={} is no file", path.display());
        return Ok(Program::plain(path));
    }
    let _lock = lock()?;
    let root = cache().join("program");
    if let Ok(program) = unpacked(&root) {
        return Ok(program);
    }
    let mut answers = Vec::new();
    for suite in DEBIAN {
        match whole(&root, |dir| fetch(suite, dir)).and_then(|()| unpacked(&root)) {
            Ok(program) => return Ok(program),
            Err(e) => answers.push(format!("Debian {suite}: {e:#}")),
        }
    }
    bail!("the reference's program is not to be had\n  {}", answers.join("\n  "))
}

fn fetch(suite: &str, dir: &Path) -> Result<()> {
    let apt = Apt::open(&cache(), suite)?;
    let mut packages = apt.dependencies("micropython")?;
    packages.push("micropython".into());
    let archives = dir.join("archives");
    apt.download(&packages, &archives)?;
    for package in files(&archives, |n| n.ends_with(".deb"))? {
        let mut dpkg = Command::new("dpkg");
        dpkg.arg("-x").arg(package).arg(dir);
        tool(dpkg, LIMIT)?;
    }
    fs::remove_dir_all(archives)?;
    Ok(())
}

/// Puts the command together and sees that it runs.
fn unpacked(root: &Path) -> Result<Program> {
    let binary = root.join("usr/bin/micropython");
    let mut libraries = None;
    for dir in root.join("usr/lib").read_dir()?.flatten() {
        if dir.path().is_dir()
            && let Some(linker) = files(&dir.path(), |n| n.starts_with("ld-linux"))?.pop()
        {
            libraries = Some((linker, dir.path()));
        }
    }
    let (linker, libraries) = libraries.context("no dynamic linker was unpacked")?;
    let before = vec!["--library-path".into(), libraries.into(), binary.into()];
    let program = Program { path: linker, before };
    let mut probe = program.command();
    probe.args(["-c", "pass"]);
    tool(probe, LIMIT)?;
    Ok(program)
}
