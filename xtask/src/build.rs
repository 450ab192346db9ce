//! Building the krait program, and running it.

use crate::{shell, word32};
use anyhow::{Context, Result};
use std::ffi::OsString;
use std::fs;
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// Where the program's crate stands.
pub(crate) const KRAIT: &str = "krait";

/// How to build.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Options {
    /// Word size in bits: 64 for this machine, 32 for i686
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u32).range(32..=64))]
    word: u32,
    /// Without optimisation, with checks, as tests run it
    #[arg(long)]
    debug: bool,
}

/// Builds as asked.
pub(crate) fn build(options: &Options) -> Result<bool> {
    anyhow::ensure!(shell::has_crate(KRAIT), "the krait program is absent from this tree");
    if options.word == 32 {
        let library = word32::library()?;
        return shell::show(word32::cargo(&library, "build", !options.debug, &["-p", "krait"]));
    }
    if options.debug { shell::show(debug()) } else { release() }
}

/// The command that builds the program as tests run it.
pub(crate) fn debug() -> Command {
    let mut cargo = shell::cargo();
    cargo.args(["build", "-p", "krait"]);
    cargo
}

/// Builds the optimised program, and puts it where [`program`] says; says whether that worked.
///
/// It is linked with no shared library and at a fixed address where that is possible: nothing is then to be found,
/// mapped or relocated when it starts, which is most of what `krait -c pass` would do.
pub(crate) fn release() -> Result<bool> {
    anyhow::ensure!(shell::has_crate(KRAIT), "the krait program is absent from this tree");
    let mut cargo = shell::cargo();
    cargo.args(["build", "-q", "--release", "-p", "krait"]);
    let Some(target) = static_target() else { return shell::show(cargo) };
    // The target is named so that the flags do not reach the procedural macros, which are shared libraries.
    cargo.args(["--target", target]).env("RUSTFLAGS", "-C target-feature=+crt-static -C relocation-model=static");
    if !shell::show(cargo)? {
        return Ok(false);
    }
    let built = shell::target().join(target).join("release/krait");
    let place = program();
    fs::create_dir_all(place.parent().unwrap_or(&place))?;
    // A program that runs cannot be overwritten, but its name can be taken away.
    let fresh = place.with_extension("new");
    fs::copy(&built, &fresh).and_then(|_| fs::rename(&fresh, &place)).with_context(|| place.display().to_string())?;
    Ok(true)
}

/// This machine's target, if programs can be linked statically for it.
fn static_target() -> Option<&'static str> {
    let target = match () {
        () if cfg!(all(target_arch = "x86_64", target_os = "linux", target_env = "gnu")) => "x86_64-unknown-linux-gnu",
        () if cfg!(all(target_arch = "aarch64", target_os = "linux", target_env = "gnu")) => {
            "aarch64-unknown-linux-gnu"
        }
        () => return None,
    };
    // The C library's archive is a package of its own on some systems.
    let mut cc = Command::new("cc");
    cc.args(["-static", "-x", "c", "-", "-o", "/dev/null"]).stdin(Stdio::piped());
    cc.stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = cc.spawn().ok()?;
    child.stdin.take()?.write_all(b"int main(void) { return 0; }\n").ok()?;
    child.wait().ok()?.success().then_some(target)
}

/// The optimised program.
pub(crate) fn program() -> PathBuf {
    shell::target().join("release/krait")
}

/// Builds the program and becomes it.
pub(crate) fn run(arguments: &[OsString]) -> Result<bool> {
    if !program().is_file() {
        eprintln!("building krait: the first time takes a minute or two");
    }
    if !release()? {
        return Ok(false);
    }
    // The user's folder stays what it is: scripts are named from there.
    let error = Command::new(program()).args(arguments).env_remove("LD_LIBRARY_PATH").exec();
    Err(error).with_context(|| program().display().to_string())
}
