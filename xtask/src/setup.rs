//! `cargo x setup`: what tests need and the machine lacks. It says what it does before it does it.
//!
//! Only two things change the machine outside the repository's `target/`: Debian's `gcc-multilib`,
//! installed by root where the C compiler cannot link 32-bit programs, and rustup's `rust-src`,
//! where no source of the standard library is at hand. Everything else lands in `target/`.

use crate::word32::{self, Library};
use crate::{fuzz, shell};
use anyhow::{Context, Result};
use krait_conformance::peer;
use krait_conformance::process::tool;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

/// Longest wait for one installation.
const LIMIT: Duration = Duration::from_secs(600);

/// What is at hand afterwards; an error says why something is not.
pub(crate) struct Ready {
    pub(crate) suite: Result<peer::Suite, String>,
    pub(crate) mpy_cross: Result<PathBuf, String>,
    pub(crate) wheels: Result<PathBuf, String>,
    pub(crate) word32: Result<Library, String>,
    pub(crate) fuzzer: Result<PathBuf, String>,
    /// What the emulated CPU is held against is there; the standard library's source for its programs.
    pub(crate) lx106: Result<Library, String>,
    pub(crate) littlefs: Result<PathBuf, String>,
    pub(crate) mtools: Result<PathBuf, String>,
}

/// Sets everything up as far as this machine allows.
///
/// # Errors
/// None so far: what is missing is part of the result.
pub(crate) fn run() -> Result<Ready> {
    let suite = said("the reference's test suite", peer::suite(), |s| s.origin.clone());
    said("esptool", esptool(), |p| shell::short(p)).ok();
    said("the reference's program", peer::program(), |p| shell::short(&p.path)).ok();
    let mpy_cross = said("the reference's mpy-cross", peer::mpy_cross(), |p| shell::short(p));
    said("editors' stubs of the reference's port", peer::stubs(), |p| shell::short(p)).ok();
    let wheels = said("tools for file systems", peer::wheels(), |p| shell::short(p));
    let word32 = said("32-bit build", word32(), |l| match l {
        Library::Installed => "library source of the nightly tool chain".to_owned(),
        Library::At(path) => shell::short(path),
    });
    let fuzzer = if shell::root().join(fuzz::FOLDER).is_dir() {
        said("fuzzer", fuzz::tool_path(), |p| shell::short(p))
    } else {
        Err("there are no fuzz targets in this tree".to_owned())
    };
    let lx106 = said("witnesses for the emulated CPU", lx106(), |_| "QEMU, binutils, nightly".to_owned());
    let littlefs = said("littlefs-python", peer::littlefs(), |p| shell::short(p));
    let mtools = said("mtools", peer::mtools(), |p| shell::short(p));
    Ok(Ready { lx106, suite, mpy_cross, wheels, word32, fuzzer, littlefs, mtools })
}

/// Prints how one part of the set-up went.
fn said<T>(what: &str, result: Result<T>, detail: impl Fn(&T) -> String) -> Result<T, String> {
    match result {
        Ok(value) => {
            println!("setup: {what}: {}", detail(&value));
            Ok(value)
        }
        Err(error) => {
            println!("setup: {what}: missing: {error:#}");
            Err(format!("{error:#}").lines().next().unwrap_or_default().to_owned())
        }
    }
}

fn word32() -> Result<Library> {
    if !word32::links() {
        install("gcc-multilib").context("cc -m32 does not link here")?;
        anyhow::ensure!(word32::links(), "cc -m32 does not link, even with gcc-multilib");
    }
    word32::library()
}

fn lx106() -> Result<Library> {
    for (program, package) in
        [("qemu-system-xtensa", "qemu-system-misc"), ("xtensa-lx106-elf-objdump", "binutils-xtensa-lx106")]
    {
        if !shell::exists(program, &["--version"]) {
            install(package)?;
            anyhow::ensure!(shell::exists(program, &["--version"]), "{package} brought no {program}");
        }
    }
    word32::library()
}

/// esptool, in a Python environment of its own under `target/`; the emulator's tests look for it there.
fn esptool() -> Result<PathBuf> {
    const RELEASE: &str = "esptool>=5,<6";
    let folder = shell::root().join("target/tools/esptool");
    let program = folder.join("bin/esptool");
    if program.is_file() {
        return Ok(program);
    }
    let mut venv = Command::new("python3");
    venv.args(["-m", "venv"]).arg(&folder);
    if tool(venv, LIMIT).is_err() {
        install("python3-venv").context("python3 makes no environments here")?;
        let mut venv = Command::new("python3");
        venv.args(["-m", "venv"]).arg(&folder);
        tool(venv, LIMIT)?;
    }
    let mut pip = Command::new(folder.join("bin/pip"));
    pip.args(["install", "--quiet", "--disable-pip-version-check", RELEASE]);
    tool(pip, LIMIT)?;
    anyhow::ensure!(program.is_file(), "pip installed no bin/esptool");
    Ok(program)
}

/// Installs a Debian package, if this is root on a Debian machine.
fn install(package: &str) -> Result<()> {
    anyhow::ensure!(shell::exists("apt-get", &["--version"]), "install the counterpart of {package}");
    anyhow::ensure!(is_root(), "run `apt-get install {package}` as root");
    println!("setup: apt-get install {package}");
    let mut update = Command::new("apt-get");
    update.arg("update");
    tool(update, LIMIT)?;
    let mut install = Command::new("apt-get");
    install.args(["install", "--yes", "--no-install-recommends", package]);
    install.env("DEBIAN_FRONTEND", "noninteractive");
    tool(install, LIMIT).map(drop)
}

fn is_root() -> bool {
    let mut id = Command::new("id");
    id.arg("-u");
    tool(id, Duration::from_secs(10)).is_ok_and(|out| out.trim_ascii() == b"0")
}
