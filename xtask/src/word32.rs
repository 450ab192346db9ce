//! The 32-bit build: `i686-unknown-linux-gnu` with a standard library built from source.
//!
//! The tool chain that is installed is not touched. Nightly's own `rust-src` is used where it is
//! installed; otherwise the library's source is unpacked under `target/` from the archive beside the
//! repository, and cargo is told of it by the variable that its own tests use. That archive lacks the
//! files in folders named `vendor`; of those only one is missed, three conversions that core's
//! portable vectors want on x86, and it is supplied here.

use crate::shell;
use anyhow::{Context, Result};
use krait_conformance::peer::untar;
use krait_conformance::process::tool;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// The target's name.
pub(crate) const TARGET: &str = "i686-unknown-linux-gnu";

/// Stands beside the repository on the project's own machines.
const ARCHIVES: &str = "../shared/toolchain";

/// What the archive lacks.
const VECTORS: &str = "//! Conversions between core's portable vectors and x86's own types.
use crate::simd::Simd;
#[cfg(target_arch = \"x86\")]
use core::arch::x86::{__m128i, __m256i, __m512i};
#[cfg(target_arch = \"x86_64\")]
use core::arch::x86_64::{__m128i, __m256i, __m512i};
from_transmute! { unsafe Simd<u8, 16> => __m128i }
from_transmute! { unsafe Simd<u8, 32> => __m256i }
from_transmute! { unsafe Simd<u8, 64> => __m512i }
";

/// Where the standard library's source is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Library {
    /// In the nightly tool chain, where cargo looks by itself.
    Installed,
    /// Here.
    At(PathBuf),
}

/// Finds or unpacks the source of the standard library.
///
/// # Errors
/// There is none, and rustup brings none.
pub(crate) fn library() -> Result<Library> {
    let mut rustc = shell::nightly("rustc");
    rustc.args(["--print", "sysroot"]);
    let sysroot = tool(rustc, Duration::from_secs(60)).context("no nightly tool chain")?;
    let sysroot = PathBuf::from(String::from_utf8_lossy(&sysroot).trim());
    let installed = sysroot.join("lib/rustlib/src/rust/library/std/Cargo.toml");
    if installed.is_file() {
        return Ok(Library::Installed);
    }
    let Some(archive) = archive() else {
        println!("setup: asking rustup for the standard library's source");
        let mut rustup = Command::new("rustup");
        rustup.args(["component", "add", "rust-src", "--toolchain", "nightly"]);
        tool(rustup, Duration::from_secs(300)).context("no source of the standard library")?;
        return Ok(Library::Installed);
    };
    // Named by the archive, so that another one is unpacked afresh.
    let name = archive.file_name().unwrap_or_default().to_string_lossy();
    let place = shell::root().join("target/word32-library").join(name.trim_end_matches(".tar.xz"));
    if !place.join("READY").is_file() {
        println!("setup: unpacking the standard library's source into {}", shell::short(&place));
        // What an interrupted run left.
        let _ = fs::remove_dir_all(&place);
        untar(&archive, &place, false)?;
        let library = find_library(&place)?;
        let vectors = library.join("portable-simd/crates/core_simd/src/vendor/x86.rs");
        if !vectors.is_file() {
            fs::create_dir_all(vectors.parent().unwrap_or(&library))?;
            fs::write(&vectors, VECTORS)?;
        }
        fs::write(place.join("READY"), "")?;
    }
    Ok(Library::At(find_library(&place)?))
}

fn archive() -> Option<PathBuf> {
    let entries = shell::root().join(ARCHIVES).read_dir().ok()?;
    let mut found: Vec<PathBuf> = entries
        .flatten()
        .map(|e| e.path())
        .filter(|p| {
            let name = p.file_name().unwrap_or_default().to_string_lossy().into_owned();
            name.starts_with("rust-library-") && name.ends_with(".tar.xz")
        })
        .collect();
    found.sort();
    found.pop()
}

/// The folder that holds `std`: the archive's top, or one below it.
fn find_library(place: &Path) -> Result<PathBuf> {
    if place.join("std/Cargo.toml").is_file() {
        return Ok(place.to_path_buf());
    }
    let mut below = place.read_dir()?.flatten().map(|e| e.path());
    below.find(|p| p.join("std/Cargo.toml").is_file()).context("the archive holds no std")
}

/// A cargo command for the 32-bit target, in a build folder of its own.
pub(crate) fn cargo(library: &Library, verb: &str, release: bool, rest: &[&str]) -> Command {
    let mut cargo = shell::nightly("cargo");
    cargo.args([verb, "-Z", "build-std=std,panic_abort,test", "--target", TARGET]);
    cargo.args(rest).env("CARGO_TARGET_DIR", folder());
    if release {
        cargo.arg("--release");
    }
    if let Library::At(path) = library {
        cargo.env("__CARGO_TESTS_ONLY_SRC_ROOT", path);
    }
    cargo
}

/// The build folder.
pub(crate) fn folder() -> PathBuf {
    shell::root().join("target/word32")
}

/// Whether the C compiler links 32-bit programs.
pub(crate) fn links() -> bool {
    let mut cc = Command::new("cc");
    cc.args(["-m32", "-print-file-name=libgcc.a"]);
    let libgcc = tool(cc, Duration::from_secs(30)).unwrap_or_default();
    let mut cc = Command::new("cc");
    cc.args(["-m32", "-print-file-name=crt1.o"]);
    let crt = tool(cc, Duration::from_secs(30)).unwrap_or_default();
    // A file that is not found is printed as it was asked for, without a folder.
    [libgcc, crt].iter().all(|p| Path::new(String::from_utf8_lossy(p).trim()).is_file())
}
