//! The programs that are timed: the reference's `perf_bench`, and our own small ones.
//!
//! Each is put together with the lines that time it into one file, so that the program under test
//! needs no imports of ours. A perf_bench program states its own parameters for a nominal speed `N`
//! (MHz) and heap `M` (KB); a micro-benchmark defines `run(n)` and is given a count.

use anyhow::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};

/// A program ready to run.
#[derive(Debug, Clone)]
pub(crate) struct Timed {
    pub(crate) name: String,
    pub(crate) path: PathBuf,
}

/// What a micro-benchmark's file ends with.
const MICRO: &str = "
def _timed(n):
    from time import ticks_us, ticks_diff
    start = ticks_us()
    out = run(n)
    print(ticks_diff(ticks_us(), start), n, out)
";

/// Needs machine code or a file system of its own: not what is compared here.
const NOT_HERE: &[&str] = &["viper_", "core_import_mpy_", "benchrun"];

/// The suite's programs, composed into `to`.
pub(crate) fn perf_bench(tests: &Path, to: &Path, n: u32, m: u32) -> Result<Vec<Timed>> {
    let dir = tests.join("perf_bench");
    let harness = fs::read_to_string(dir.join("benchrun.py")).context("the suite's benchrun.py")?;
    let call = format!("bm_run({n}, {m})\n");
    compose(&dir, to, "", |text| format!("{text}\n{harness}\n{call}"))
}

/// Our own programs, composed into `to`. `turns` scales them all.
pub(crate) fn micro(to: &Path, turns: u32) -> Result<Vec<Timed>> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("micro");
    compose(&dir, to, "micro/", |text| format!("{text}\n{MICRO}\n_timed({turns})\n"))
}

fn compose(dir: &Path, to: &Path, prefix: &str, build: impl Fn(&str) -> String) -> Result<Vec<Timed>> {
    fs::create_dir_all(to)?;
    let mut found = Vec::new();
    for entry in dir.read_dir().with_context(|| format!("no {}", dir.display()))? {
        let path = entry?.path();
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let is_program = path.extension().is_some_and(|e| e == "py");
        if is_program && !NOT_HERE.iter().any(|n| stem.starts_with(n)) {
            let target = to.join(format!("{}{stem}.py", prefix.replace('/', "_")));
            fs::write(&target, build(&fs::read_to_string(&path)?))?;
            found.push(Timed { name: format!("{prefix}{stem}"), path: target });
        }
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(found)
}

/// What a timed program printed: microseconds, and its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    Took(u64, String),
    /// It declined, or it failed: its last line.
    No(String),
}

impl Answer {
    pub(crate) fn read(output: &[u8], ended_well: bool) -> Self {
        let text = String::from_utf8_lossy(output);
        let text = text.trim();
        let mut words = text.splitn(3, char::is_whitespace);
        let time = words.next().and_then(|w| w.parse().ok());
        let answer = words.nth(1);
        match (time, answer) {
            (Some(time), Some(answer)) if ended_well => Self::Took(time, answer.to_owned()),
            _ => Self::No(text.lines().last().unwrap_or("no output").to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers() {
        let read = |s: &str| Answer::read(s.as_bytes(), true);
        assert_eq!(read("12 3 None\n"), Answer::Took(12, "None".into()));
        assert_eq!(read("12 3 (1, 2)\n"), Answer::Took(12, "(1, 2)".into()));
        assert_eq!(read("SKIP\n"), Answer::No("SKIP".into()));
        assert_eq!(read("-1 -1 SKIP: no"), Answer::No("-1 -1 SKIP: no".into()));
        assert_eq!(Answer::read(b"1 2 3", false), Answer::No("1 2 3".into()));
    }
}
