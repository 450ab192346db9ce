//! Whether a test leaves memory in use: each script runs many times in one interpreter, which tells what it holds.
//!
//! The surprising fact: the heap may hold a little more after some turns than after others, since the native stack
//! is scanned conservatively. A leak is what grows at every turn.

use crate::case::{Case, Kind};
use crate::process::{Ended, Ran, bounded};
use crate::report::Summary;
use anyhow::{Context, Result};
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Runs the turns and prints the growth; see its head.
const HARNESS: &str = "python/leaks.py";

/// Longest that one script's turns may take.
const LIMIT: Duration = Duration::from_secs(60);

/// Scripts that keep something on purpose, at every turn.
const KEEP: &[(&str, &str)] = &[(
    "basics/class_setname_hazard_rand.py",
    "invents new names at every turn, and names are kept, as in the reference",
)];

/// What the turns of one script showed.
enum Shown {
    Growth(u64),
    /// No figure, and that is as it should be: it ends the interpreter, or asks for what is not there.
    Nothing,
    Broken(String),
}

/// Runs all scripts of `cases` and prints those that leak.
///
/// # Errors
/// The program does not run.
pub fn run(program: &Path, tests: &Path, cases: &[Case]) -> Result<Summary> {
    let program = program.canonicalize().with_context(|| program.display().to_string())?;
    let scripts: Vec<&Case> = cases.iter().filter(|c| c.kind == Kind::Script).collect();
    let next = AtomicUsize::new(0);
    let shown = Mutex::new(Vec::new());
    let work = || -> Result<()> {
        while let Some(case) = scripts.get(next.fetch_add(1, Ordering::Relaxed)) {
            let result = measure(&program, &tests.join(&case.name))?;
            shown.lock().unwrap_or_else(PoisonError::into_inner).push((case.name.as_str(), result));
        }
        Ok(())
    };
    let jobs = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..jobs).map(|_| scope.spawn(work)).collect();
        workers.into_iter().try_for_each(|w| w.join().unwrap_or_else(|_| anyhow::bail!("a worker panicked")))
    })?;
    let mut shown = shown.into_inner().unwrap_or_else(PoisonError::into_inner);
    shown.sort_by(|a, b| a.0.cmp(b.0));
    Ok(report(&shown))
}

fn measure(program: &Path, script: &Path) -> Result<Shown> {
    let mut command = Command::new(program);
    command.args(["-X", "heapsize=512k"]).arg(crate::home().join(HARNESS)).arg(script);
    command.current_dir(script.parent().unwrap_or(Path::new("."))).env_remove("LD_LIBRARY_PATH");
    let Ran { output, ended, .. } = bounded(command, LIMIT)?;
    let text = String::from_utf8_lossy(&output);
    let figure = text.lines().rev().find_map(|l| l.strip_prefix("leak: "));
    let growth = figure.and_then(|l| l.split(' ').next()?.parse().ok());
    Ok(match (growth, ended) {
        (Some(growth), Ended::Status(0)) => Shown::Growth(growth),
        (None, Ended::Status(_)) => Shown::Nothing,
        (_, ended) => Shown::Broken(format!("{ended:?}")),
    })
}

fn report(shown: &[(&str, Shown)]) -> Summary {
    let mut summary = Summary::default();
    for (name, result) in shown {
        let kept = KEEP.iter().find(|(known, _)| known == name);
        match (result, kept) {
            (Shown::Growth(0), None) => summary.passed += 1,
            (Shown::Growth(0), Some(_)) => {
                summary.failed += 1;
                println!("  {name}: listed as keeping something, and keeps nothing");
            }
            (Shown::Growth(_), Some((_, why))) => {
                summary.gaps += 1;
                println!("  {name}: {why}");
            }
            (Shown::Growth(bytes), None) => {
                summary.failed += 1;
                println!("  {name}: {bytes} bytes more at every turn");
            }
            (Shown::Nothing, _) => summary.left_out += 1,
            (Shown::Broken(how), _) => {
                summary.failed += 1;
                println!("  {name}: {how}");
            }
        }
    }
    let Summary { passed, failed, left_out, gaps, .. } = summary;
    println!("leaks: {passed} passed, {failed} failed, {} skipped", left_out + gaps);
    summary
}
