//! The test suite: MicroPython's `tests/` folder and the `extmod` folder beside it.
//!
//! Debian's source package carries it byte for byte as the git tag has it, and is the first choice:
//! it comes through a signed archive. `KRAIT_PEER_TESTS` overrides everything and is never cached.

use super::{DEBIAN, LIMIT, apt::Apt, cache, files, lock, untar, whole};
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The public repository, and the tag of the suite that the lists in this folder were written for.
const REPOSITORY: &str = "https://github.com/micropython/micropython.git";
const TAG: &str = "v1.26.1";

/// A suite on disk.
#[derive(Debug, Clone)]
pub struct Suite {
    /// The tree: `tests` and `extmod` stand in it.
    pub root: PathBuf,
    /// Where it came from, for people.
    pub origin: String,
}

impl Suite {
    /// Its `tests` folder.
    #[must_use]
    pub fn tests(&self) -> PathBuf {
        self.root.join("tests")
    }
}

/// The suite, fetched if need be.
///
/// # Errors
/// No source has it: the message has every source's answer.
pub fn suite() -> Result<Suite> {
    if let Some(path) = std::env::var_os("KRAIT_PEER_TESTS") {
        return given(Path::new(&path));
    }
    let _lock = lock()?;
    let root = cache().join("suite");
    let origin = || fs::read_to_string(root.join("ORIGIN")).ok();
    if let Some(origin) = origin() {
        return Ok(Suite { root, origin });
    }
    let mut answers = Vec::new();
    for suite in DEBIAN {
        match whole(&root, |dir| from_debian(suite, dir)) {
            Ok(()) => break,
            Err(e) => answers.push(format!("Debian {suite}: {e:#}")),
        }
    }
    if origin().is_none()
        && let Err(e) = whole(&root, from_git)
    {
        answers.push(format!("git: {e:#}"));
    }
    let Some(origin) = origin() else {
        bail!("the reference's test suite is not to be had\n  {}", answers.join("\n  "))
    };
    Ok(Suite { root, origin })
}

/// Accepts the tree itself or its `tests` folder.
fn given(path: &Path) -> Result<Suite> {
    let path = path.canonicalize().with_context(|| format!("KRAIT_PEER_TESTS={}", path.display()))?;
    let root = if path.join("tests/basics").is_dir() {
        path.clone()
    } else if path.join("basics").is_dir() {
        path.parent().unwrap_or(&path).to_path_buf()
    } else {
        bail!("KRAIT_PEER_TESTS={} holds no test suite", path.display())
    };
    anyhow::ensure!(root.join("tests/basics").is_dir(), "the suite's folder must be named 'tests'");
    Ok(Suite { root, origin: format!("KRAIT_PEER_TESTS={}", path.display()) })
}

fn from_debian(suite: &str, dir: &Path) -> Result<()> {
    let apt = Apt::open(&cache(), suite)?;
    let archives = dir.join("archives");
    apt.source("micropython", &archives)?;
    let found = files(&archives, |n| n.contains(".orig.tar."))?;
    let archive = found.first().context("the source package holds no original archive")?;
    untar(archive, &dir.join("all"), true)?;
    let name = archive.file_name().unwrap_or_default().to_string_lossy();
    let version = name.split('_').nth(1).and_then(|v| v.split(".orig").next()).unwrap_or("?").to_owned();
    keep(dir, &format!("MicroPython {version}, Debian's source package, suite {suite}"))?;
    fs::remove_dir_all(archives)?;
    Ok(())
}

fn from_git(dir: &Path) -> Result<()> {
    let mut git = Command::new("git");
    git.args(["-c", "advice.detachedHead=false", "clone", "--quiet", "--depth=1", "--branch", TAG]);
    git.arg(REPOSITORY).arg(dir.join("all")).env("GIT_TERMINAL_PROMPT", "0");
    crate::process::tool(git, LIMIT)?;
    keep(dir, &format!("MicroPython {TAG}, its git repository"))
}

/// Keeps of the tree in `dir/all` what tests need.
fn keep(dir: &Path, origin: &str) -> Result<()> {
    let all = dir.join("all");
    for part in ["tests", "extmod", "LICENSE"] {
        fs::rename(all.join(part), dir.join(part)).with_context(|| format!("the tree has no {part}"))?;
    }
    fs::remove_dir_all(all)?;
    fs::write(dir.join("ORIGIN"), origin)?;
    Ok(())
}
