//! Builds the checks for the lx106, linked for QEMU's machine and for the chip's memory.
//!
//! rustc's own object files for this target are broken, and LLVM's linker does not link them: the assembly goes through
//! GNU as and ld. rustc prints a function's literals before the line that begins its section; `l32r` needs them behind.

use crate::tools;
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

/// What was linked.
pub(crate) struct Programs {
    pub(crate) sim: PathBuf,
    pub(crate) flash: PathBuf,
}

/// Builds everything below `folder`.
pub(crate) fn build(folder: &Path) -> Result<Programs> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("chip");
    fs::create_dir_all(folder)?;
    let folder = folder.canonicalize()?;
    let started = SystemTime::now();
    let mut cargo = Command::new("rustup");
    cargo.args(["run", "nightly", "cargo", "build", "--release"]).current_dir(&source);
    for name in ["RUSTUP_TOOLCHAIN", "RUSTC", "RUSTDOC", "RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS"] {
        cargo.env_remove(name);
    }
    cargo.env("CARGO_TARGET_DIR", &folder);
    if let Some(library) = std::env::var_os("KRAIT_RUST_LIBRARY") {
        cargo.env("__CARGO_TESTS_ONLY_SRC_ROOT", library);
    }
    // Its last step, to link, may fail: what counts is the assembly.
    let output = cargo.output().context("cargo of the nightly tool chain")?;
    let deps = folder.join("esp8266/release/deps");
    let mut objects = vec![assemble(&source.join("start.s"), &folder.join("start.o"))?];
    for name in ["krait_lx106_chip", "compiler_builtins"] {
        let Some(assembly) = newest(&deps, name) else {
            bail!("rustc made no {name}: {}", String::from_utf8_lossy(&output.stderr));
        };
        let placed = folder.join(format!("{name}.s"));
        fs::write(&placed, place_literals(&fs::read_to_string(&assembly)?)?)?;
        objects.push(assemble(&placed, &folder.join(format!("{name}.o")))?);
    }
    let stale = fs::metadata(&objects[0])?.modified()? < started;
    anyhow::ensure!(!stale, "the objects are old");
    let link = |script: &str, name: &str| -> Result<PathBuf> {
        let program = folder.join(name);
        let mut ld = Command::new(tools::binutil("ld"));
        ld.arg("--gc-sections").arg("-T").arg(source.join(script)).args(&objects).arg("-o").arg(&program);
        done(&mut ld)?;
        Ok(program)
    };
    Ok(Programs { sim: link("sim.ld", "sim.elf")?, flash: link("flash.ld", "flash.elf")? })
}

fn done(command: &mut Command) -> Result<()> {
    let output = command.output().with_context(|| format!("{:?}", command.get_program()))?;
    let program = command.get_program().to_string_lossy().into_owned();
    anyhow::ensure!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}

fn assemble(assembly: &Path, object: &Path) -> Result<PathBuf> {
    done(Command::new(tools::binutil("as")).arg("--text-section-literals").arg(assembly).arg("-o").arg(object))?;
    Ok(object.to_path_buf())
}

/// The newest assembly file of a crate.
fn newest(folder: &Path, name: &str) -> Option<PathBuf> {
    let files = folder.read_dir().ok()?.flatten().filter(|entry| {
        let file = entry.file_name().to_string_lossy().into_owned();
        file.starts_with(&format!("{name}-")) && file.ends_with(".s")
    });
    files.max_by_key(|entry| entry.metadata().and_then(|m| m.modified()).ok()).map(|entry| entry.path())
}

/// Moves literals behind the line that begins the section of the function that they belong to.
fn place_literals(assembly: &str) -> Result<String> {
    let lines: Vec<&str> = assembly.lines().collect();
    let (mut placed, mut waiting) = (String::with_capacity(assembly.len()), Vec::new());
    for (nth, line) in lines.iter().enumerate() {
        let text = line.trim();
        if text == ".literal_position" || text.starts_with(".literal\t") || text.starts_with(".literal ") {
            waiting.push(*line);
            continue;
        }
        placed.push_str(line);
        placed.push('\n');
        let begins = text.starts_with(".section\t.text") || text == ".text";
        let next = lines.get(nth + 1).map_or("", |l| l.trim());
        if begins && !next.starts_with(".section") && !next.starts_with(".text") {
            for literal in waiting.drain(..) {
                placed.push_str(literal);
                placed.push('\n');
            }
        }
    }
    anyhow::ensure!(waiting.is_empty(), "literals without a section");
    Ok(placed)
}
