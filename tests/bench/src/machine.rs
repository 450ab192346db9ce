//! Figures of a whole process: instructions by valgrind, peak memory by the kernel, wall time.
//!
//! Peak memory is read from `/proc` while the process still lives, not from its resource usage at
//! the end: the kernel counts into the latter what the parent held at the moment of the fork.

use anyhow::{Context, Result, bail};
use krait_conformance::family::Family;
use krait_conformance::peer::Program;
use krait_conformance::process::tool;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Longest that one measured process may run.
pub(crate) const LIMIT: Duration = Duration::from_secs(600);

/// Instructions of a whole run, start-up included.
pub(crate) fn instructions(program: &Program, arguments: &[&str]) -> Result<u64> {
    let mut valgrind = Command::new("valgrind");
    // A program given as a script is followed into what it starts; the last count is the program's.
    valgrind.args(["--tool=callgrind", "--trace-children=yes", "--callgrind-out-file=/dev/null"]);
    valgrind.args(program.words()).args(arguments).env_remove("LD_LIBRARY_PATH");
    let output = tool(valgrind, LIMIT).context("valgrind")?;
    let text = String::from_utf8_lossy(&output);
    let line = text.lines().rev().find_map(|l| l.split("Collected : ").nth(1));
    let number = line.and_then(|l| l.trim().parse().ok());
    number.context("valgrind printed no count")
}

/// Wall time of a whole run, in seconds.
pub(crate) fn wall(program: &Program, arguments: &[&str]) -> Result<f64> {
    let mut command = quiet(program, arguments);
    let start = Instant::now();
    let status = command.spawn()?.wait()?;
    let took = start.elapsed().as_secs_f64();
    anyhow::ensure!(status.success(), "{} left with {status}", program.path.display());
    Ok(took)
}

/// Wall time in seconds, and the largest peak memory that was seen, in KB, looking every millisecond.
pub(crate) fn wall_and_peak(program: &Program, arguments: &[&str]) -> Result<(f64, u64)> {
    let start = Instant::now();
    let mut family = Family::spawn(&mut quiet(program, arguments))?;
    let mut peak = 0;
    loop {
        peak = peak.max(high_water(family.leader()).unwrap_or(0));
        if let Some(status) = family.leader().try_wait()? {
            anyhow::ensure!(status.success(), "{} left with {status}", program.path.display());
            return Ok((start.elapsed().as_secs_f64(), peak));
        }
        if start.elapsed() > LIMIT {
            family.kill()?;
            bail!("took longer than {} s", LIMIT.as_secs());
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn quiet(program: &Program, arguments: &[&str]) -> Command {
    let mut command = program.command();
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.env_remove("LD_LIBRARY_PATH");
    command
}

/// Peak memory, in KB, of a program that runs `script` to its end in a heap of `heap`.
pub(crate) fn peak(program: &Program, heap: &str, script: &Path) -> Result<u64> {
    let text = std::fs::read_to_string(script)?;
    // The last line keeps the process alive until it has been looked at.
    let code = format!("{text}\nprint('at its end')\nimport sys\nsys.stdin.readline()\n");
    let mut command = program.command();
    command.args(["-X", &format!("heapsize={heap}"), "-c", &code]).env_remove("LD_LIBRARY_PATH");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut family = Family::spawn(&mut command)?;
    let out = family.leader().stdout.take().context("no pipe")?;
    let (tell, told) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let reached = BufReader::new(out).lines().map_while(Result::ok).any(|l| l == "at its end");
        // Nobody listens after the limit; then nothing is owed either.
        let _ = tell.send(reached);
    });
    let reached = told.recv_timeout(Duration::from_secs(60)).unwrap_or(false);
    let kilobytes = high_water(family.leader());
    drop(family.leader().stdin.take());
    if family.wait_until(Instant::now() + Duration::from_secs(5))?.is_none() {
        family.kill()?;
    }
    anyhow::ensure!(reached, "{} did not reach its end in {heap}", script.display());
    kilobytes.context("the kernel tells no peak memory")
}

/// The kernel's high-water mark of a living process, in KB.
fn high_water(child: &Child) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).ok()?;
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}
